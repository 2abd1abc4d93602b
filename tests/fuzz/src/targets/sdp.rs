//! Session descriptions: offers that we answer, answers to our offers.

use super::media::{answer_offer, close, dry, leg};
use crate::script::Script;
use ringdesk_media::dry::DryCall;
use ringdesk_voice::{InterfaceId, MediaCommand, MediaEvent, Refusal, Sdp};
use std::time::Duration;

/// The first byte chooses the role of what follows.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let role = script.byte();
    let theirs = Sdp::from(script.rest().to_vec());
    if role.is_multiple_of(2) { offered(theirs, role) } else { answered(theirs) }
}

fn offered(offer: Sdp, role: u8) {
    let mut dry = dry(1);
    if role & 2 != 0 {
        // Into a session that is there.
        answer_offer(&mut dry, 1, super::media::offer(1, "0 101", "a=rtcp-mux\r\n"));
        dry.events();
    }
    let before = dry.legs();
    answer_offer(&mut dry, 1, offer.clone());
    let Some(answer) = negotiated(&mut dry) else {
        assert_eq!(dry.legs(), before, "a refused offer opens nothing");
        close(dry, before);
        return;
    };
    let answer = answer.expect("an offer is answered with a description");
    // RFC 3264 §6: as many lines as there were, in their order; ours is the only one with a port.
    let lines = lines(&offer);
    let ours = self::lines(&answer);
    assert_eq!(ours.len(), lines.len(), "{}", shown(&answer));
    assert_eq!(ours.iter().filter(|line| port(line) != Some(0)).count(), 1, "{}", shown(&answer));
    for (their, our) in lines.iter().zip(&ours) {
        assert_eq!(kind(their), kind(our));
    }
    // The same offer again changes nothing, not even the version (RFC 3264 §8).
    answer_offer(&mut dry, 1, offer);
    assert_eq!(negotiated(&mut dry), Some(Some(answer.clone())));
    // What we wrote can be read: by us, and as the answer to an offer of ours where it is the only line.
    let mut other = super::media::dry(2);
    answer_offer(&mut other, 2, answer.clone());
    assert!(negotiated(&mut other).is_some(), "{}", shown(&answer));
    close(other, 1);
    dry.pass(Duration::from_secs(6));
    close(dry, 1);
}

fn answered(answer: Sdp) {
    let mut dry = dry(1);
    dry.command(MediaCommand::MakeOffer {
        leg: leg(1),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: None,
    });
    let first = made(&mut dry);
    dry.command(MediaCommand::TakeAnswer { leg: leg(1), answer: answer.clone() });
    let taken = negotiated(&mut dry);
    assert!(!matches!(taken, Some(Some(_))), "an answer is not answered");
    // Forks: the same again is as good, and the next offer is one that we would answer ourselves.
    dry.command(MediaCommand::TakeAnswer { leg: leg(1), answer });
    assert_eq!(negotiated(&mut dry).is_some(), taken.is_some());
    dry.command(MediaCommand::MakeOffer {
        leg: leg(1),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: None,
    });
    let second = made(&mut dry);
    assert_eq!(lines(&first).len(), lines(&second).len());
    let mut other = super::media::dry(2);
    answer_offer(&mut other, 2, second);
    let back = negotiated(&mut other).flatten().expect("we understand ourselves");
    dry.command(MediaCommand::TakeAnswer { leg: leg(1), answer: back });
    assert!(negotiated(&mut dry).is_some());
    dry.pass(Duration::from_secs(6));
    close(other, 1);
    close(dry, 1);
}

/// `None`: refused. Otherwise what we answer with.
fn negotiated(dry: &mut DryCall) -> Option<Option<Sdp>> {
    let mut events = dry.events();
    let last = events.pop();
    assert!(events.is_empty(), "one description, one event: {events:?}");
    match last {
        Some(MediaEvent::Negotiated { answer, .. }) => Some(answer),
        Some(MediaEvent::Refused { why, .. }) => {
            assert_ne!(why, Refusal::NoPorts);
            None
        }
        other => panic!("{other:?}"),
    }
}

fn made(dry: &mut DryCall) -> Sdp {
    match dry.events().pop() {
        Some(MediaEvent::Offer { offer, .. }) => offer,
        other => panic!("{other:?}"),
    }
}

fn lines(sdp: &Sdp) -> Vec<String> {
    let text = String::from_utf8_lossy(&sdp.0).into_owned();
    text.split('\n').filter(|line| line.starts_with("m=")).map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

fn kind(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

fn port(line: &str) -> Option<u16> {
    line.split(' ').nth(1)?.parse().ok()
}

fn shown(sdp: &Sdp) -> String {
    String::from_utf8_lossy(&sdp.0).into_owned()
}
