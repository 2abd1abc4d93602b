//! What arrives at the browsers' port: checks, handshakes, anything else; and what browsers describe.

use super::media::{close, dry, leg, phone};
use crate::script::Script;
use ringdesk_media::dry::DryCall;
use ringdesk_voice::{InterfaceId, MediaCommand, MediaEvent, Profile, Sdp};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// An answer to our offer, but for who begins the handshake.
const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0 101\r\n\
    c=IN IP4 0.0.0.0\r\na=rtpmap:101 telephone-event/8000\r\na=ice-ufrag:them\r\na=ice-pwd:theirstheirstheirstheirs\r\na=fingerprint:sha-256 \
    AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12:AF:12\r\na=rtcp-mux\r\na=mid:0\r\na=setup:";

/// Steps: from where, what, and the rest of it.
pub(super) fn run(bytes: &[u8]) {
    let mut dry = dry(4);
    dry.command(MediaCommand::MakeOffer {
        leg: leg(1),
        interface: InterfaceId(0),
        profile: Profile::WebRtc,
        prefer: None,
    });
    let (mut ufrag, mut password) = names(&mut dry).expect("an offer has our names");
    let mut proven = BTreeSet::new();
    for step in Script::steps(bytes).take(64) {
        let mut script = Script::new(step);
        let (from, what) = (phone(1 + script.byte() % 4), script.byte());
        match what % 8 {
            0 => dry.browser(1, from, script.rest()),
            1 => {
                let check = check(&ufrag, &password, script.byte());
                dry.browser(1, from, &check);
                let sent = dry.sent();
                let answer = sent.iter().find(|s| s.to == from && s.packet.starts_with(&[1, 1]));
                assert!(answer.is_some(), "a good check is answered");
                proven.insert(from);
                only_to(&sent, &proven, from);
            }
            2 => {
                let mut damaged = check(&ufrag, &password, script.byte());
                let at = usize::from(script.byte()) % damaged.len();
                damaged[at] ^= script.byte();
                dry.browser(1, from, &damaged);
                // Damaged where nothing protects it, or not at all: it is a good one.
                let sent = dry.sent();
                if sent.iter().any(|s| s.to == from && s.packet.starts_with(&[1, 1])) {
                    proven.insert(from);
                }
                only_to(&sent, &proven, from);
            }
            3 => answer(&mut dry, &String::from_utf8_lossy(script.rest())),
            4 => {
                answer(&mut dry, &format!("{ANSWER}{}\r\n", if script.byte() & 1 == 0 { "active" } else { "passive" }))
            }
            5 => {
                let mut record = vec![22, 254, 253];
                record.extend_from_slice(script.rest());
                dry.browser(1, from, &record);
            }
            6 => {
                let offer = Sdp::from(script.rest().to_vec());
                let (profile, interface) = (Profile::WebRtc, InterfaceId(0));
                dry.command(MediaCommand::AnswerOffer { leg: leg(1), interface, profile, offer, prefer: None });
            }
            _ => dry.pass(Duration::from_millis(u64::from(script.byte()) * 20)),
        }
        // ICE may have begun anew.
        if let Some(now) = names(&mut dry) {
            (ufrag, password) = now;
        }
        let sent = dry.sent();
        only_to(&sent, &proven, from);
        assert!(sent.iter().all(|s| s.packet.len() <= 1_400), "nothing is made large");
    }
    let rest = close(dry, 1);
    assert!(rest.iter().all(|sent| sent.line == 0), "no sound without keys");
}

/// Nobody hears from us who has not spoken with our password, and nobody gets sound who has no keys.
fn only_to(sent: &[ringdesk_media::dry::Sent], proven: &BTreeSet<SocketAddr>, from: SocketAddr) {
    for sent in sent {
        assert_eq!(sent.line, 0, "no sound without keys");
        assert!(proven.contains(&sent.to) || sent.to == from && sent.packet[0] < 4, "{:?}", sent.to);
    }
}

fn check(ufrag: &str, password: &str, choice: u8) -> Vec<u8> {
    DryCall::check(&format!("{ufrag}:them"), password, [choice; 12], choice & 1 != 0)
}

fn answer(dry: &mut DryCall, text: &str) {
    dry.command(MediaCommand::TakeAnswer { leg: leg(1), answer: Sdp::from(text.as_bytes().to_vec()) });
}

/// Our name and password, of the newest description.
fn names(dry: &mut DryCall) -> Option<(String, String)> {
    let described = dry.events().into_iter().rev().find_map(|event| match event {
        MediaEvent::Offer { offer, .. } => Some(offer),
        MediaEvent::Negotiated { answer, .. } => answer,
        _ => None,
    })?;
    let text = String::from_utf8(described.0.to_vec()).expect("we write UTF-8");
    let value = |name: &str| text.lines().find_map(|line| Some(line.strip_prefix(name)?.to_owned()));
    Some((value("a=ice-ufrag:")?, value("a=ice-pwd:")?))
}
