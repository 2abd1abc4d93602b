//! Legs whose sound is encrypted with keys in the descriptions (RFC 4568).

use super::*;
use crate::rtp::secure::{GROWTH, Keying, Keys, Secure, Suite};
use crate::sdp::sdes::Crypto;
use crate::webrtc::certificate::Identity;
use crate::webrtc::{Browser, Path, stun};
use ringdesk_voice::{LineSound, Profile, SrtpPolicy};

fn profile(srtp: SrtpPolicy) -> Profile {
    Profile::Rtp(LineSound { srtp, ..LineSound::default() })
}

/// The keys in the one `a=crypto` line, or in the one of this suite.
fn crypto(description: &str, suite: Suite) -> Crypto {
    let session = crate::sdp::read::parse(description.as_bytes()).unwrap();
    let all = crate::sdp::sdes::read(&session.medias[0]);
    all.into_iter().find(|c| c.keying.suite == suite).unwrap_or_else(|| panic!("no {suite:?} in {description}"))
}

/// A telephone that encrypts.
struct Phone {
    n: u8,
    own: Keying,
    secure: Secure,
    seq: u16,
}

fn secured(n: u8, proto: &str, own: &Keying) -> Sdp {
    let text = String::from_utf8(offer(n, "0 101", "").0.to_vec()).unwrap().replace("RTP/AVP", proto);
    let line = Crypto { tag: 5, keying: own.clone() }.write();
    Sdp::from(format!("{text}a=crypto:{line}\r\n").into_bytes())
}

fn text(sdp: &Sdp) -> String {
    String::from_utf8(sdp.0.to_vec()).unwrap()
}

impl Phone {
    /// Calls, and takes our answer.
    fn calls(bench: &mut Bench, n: u8, proto: &str, suite: Suite, policy: SrtpPolicy) -> Phone {
        let own = Keying::fresh(suite).unwrap();
        let answer = Phone::offers(bench, n, secured(n, proto, &own), policy);
        assert!(answer.contains(&format!(" {proto} 0 101")), "{answer}");
        let ours = crypto(&answer, suite);
        assert_eq!((ours.tag, answer.matches("a=crypto").count()), (5, 1), "the tag is echoed");
        let secure = Secure::new(&Keys { receive: ours.keying, send: own.clone() });
        Phone { n, own, secure, seq: 65_000 }
    }

    fn offers(bench: &mut Bench, n: u8, offer: Sdp, policy: SrtpPolicy) -> String {
        bench.media(MediaCommand::AnswerOffer {
            leg: leg(n),
            interface: InterfaceId(0),
            profile: profile(policy),
            offer,
            prefer: None,
        });
        match bench.events().pop() {
            Some(MediaEvent::Negotiated { answer: Some(answer), .. }) => text(&answer),
            other => panic!("{other:?}"),
        }
    }

    fn says(&mut self, bench: &mut Bench) {
        let (line, mut packet) = (bench.line(self.n), self.packet());
        bench.with(|call, around| call.rtp(line, phone(self.n), &mut packet, around));
    }

    /// The next one of its sound.
    fn packet(&mut self) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload_type: 0,
            seq: self.seq,
            timestamp: u32::from(self.seq) * 160,
            ssrc: self.n.into(),
        };
        self.seq = self.seq.wrapping_add(1);
        let mut packet = vec![0; HEADER + 160 + GROWTH];
        header.write(&mut packet);
        packet[HEADER..HEADER + 160].fill(self.n);
        let length = self.secure.protect(&mut packet, HEADER + 160).unwrap();
        packet.truncate(length);
        packet
    }

    /// What it was sent since the last look.
    fn hears(&mut self, bench: &mut Bench) -> Vec<(Header, Vec<u8>)> {
        let line = bench.line(self.n);
        let (mine, others) = bench.wire.rtp.drain(..).partition::<Vec<_>, _>(|(l, ..)| *l == line);
        bench.wire.rtp = others;
        let open = |(_, _, mut packet): (LineId, SocketAddr, Vec<u8>)| {
            let length = self.secure.unprotect(&mut packet).expect("authentic");
            let (header, payload) = parse(&packet[..length]).unwrap();
            (header, packet[payload].to_vec())
        };
        mine.into_iter().map(open).collect()
    }
}

fn with_phone(suite: Suite) -> (Bench, Phone) {
    let mut bench = Bench::new();
    let alice = Phone::calls(&mut bench, 1, "RTP/SAVP", suite, SrtpPolicy::Optional);
    bench.join(2, "0 101", "");
    bench.hear(1, 2);
    bench.hear(2, 1);
    bench.events();
    (bench, alice)
}

/// Rows: S12.1
#[test]
fn an_encrypted_leg_and_a_plain_one_hear_each_other_over_the_end_of_the_numbers() {
    for suite in Suite::ALL {
        let (mut bench, mut alice) = with_phone(suite);
        let ssrc = bench.call.legs[0].outflow.ssrc;
        bench.call.legs[0].outflow.begin_anew(ssrc, 65_000);
        for n in 0..1_500u16 {
            alice.says(&mut bench);
            assert_eq!(bench.sent(2).pop().unwrap().1, [1; 160]);
            bench.sound(2, n.wrapping_sub(300));
            let heard = alice.hears(&mut bench);
            assert_eq!(heard.len(), 1, "{suite:?} {n}");
            assert_eq!(heard[0].1, [2; 160]);
            bench.now += Duration::from_millis(20);
        }
        assert_eq!(bench.figures.dropped_forged.get() + bench.figures.dropped_unsecured.get(), 0);
    }
}

#[test]
fn who_has_not_the_key_is_not_heard_and_the_call_goes_on() {
    let (mut bench, mut alice) = with_phone(Suite::AeadAes128Gcm);
    // Not encrypted; with another key; from elsewhere, often enough to be learned if it were believed.
    for seq in 0..10 {
        bench.sound(1, seq);
    }
    let other = Keying::fresh(Suite::AeadAes128Gcm).unwrap();
    let mut stranger = Secure::new(&Keys { receive: other.clone(), send: other });
    let line = bench.line(1);
    for seq in 0..20u16 {
        let mut packet = vec![0; HEADER + 160 + GROWTH];
        Header { marker: false, payload_type: 0, seq, timestamp: 0, ssrc: 9 }.write(&mut packet);
        let length = stranger.protect(&mut packet, HEADER + 160).unwrap();
        bench.with(|call, around| call.rtp(line, phone(66), &mut packet[..length], around));
    }
    assert_eq!((bench.sent(2).len(), bench.figures.dropped_forged.get()), (0, 30));
    assert_eq!(bench.events(), [], "nothing flows");
    bench.pass(Duration::from_secs(21));
    assert!(bench.events().iter().any(|e| matches!(e, MediaEvent::Silent { leg: silent, .. } if *silent == leg(1))));
    bench.sent(2);
    alice.hears(&mut bench);
    alice.says(&mut bench);
    assert_eq!(bench.sent(2).len(), 1);
    assert_eq!(bench.events(), [MediaEvent::Flowing { leg: leg(1) }]);
    bench.sound(2, 1);
    assert_eq!(alice.hears(&mut bench).len(), 1, "and its sound goes where it was described, not to the stranger");
}

#[test]
fn a_new_key_in_mid_call_begins_a_new_stream() {
    let (mut bench, mut alice) = with_phone(Suite::AesCm128HmacSha1_80);
    bench.sound(2, 1);
    let before = alice.hears(&mut bench)[0].0;
    // The same key again: a refresh, or hold. Nothing changes.
    let same = secured(1, "RTP/SAVP", &alice.own);
    let answer = Phone::offers(&mut bench, 1, same, SrtpPolicy::Optional);
    let kept = crypto(&answer, Suite::AesCm128HmacSha1_80).keying;
    bench.sound(2, 2);
    let after = alice.hears(&mut bench)[0].0;
    assert_eq!((after.ssrc, after.seq), (before.ssrc, before.seq.wrapping_add(1)));
    // A new one: old packets are nobody's, and ours begin anew under a key of their own.
    let mut late = vec![0; HEADER + 160 + GROWTH];
    Header { marker: false, payload_type: 0, seq: 65_100, timestamp: 0, ssrc: 1 }.write(&mut late);
    let length = alice.secure.protect(&mut late, HEADER + 160).unwrap();
    let own = Keying::fresh(Suite::AeadAes128Gcm).unwrap();
    let answer = Phone::offers(&mut bench, 1, secured(1, "RTP/SAVP", &own), SrtpPolicy::Optional);
    let ours = crypto(&answer, Suite::AeadAes128Gcm).keying;
    assert_ne!(ours, kept);
    alice.secure = Secure::new(&Keys { receive: ours, send: own });
    let line = bench.line(1);
    bench.with(|call, around| call.rtp(line, phone(1), &mut late[..length], around));
    assert_eq!((bench.sent(2).len(), bench.figures.dropped_forged.get()), (0, 1));
    alice.says(&mut bench);
    assert_eq!(bench.sent(2).len(), 1);
    bench.sound(2, 3);
    let anew = alice.hears(&mut bench)[0].0;
    assert!(anew.ssrc != before.ssrc && anew.seq < 0x8001);
}

/// As many telephones write it: keys beside a profile that does not want them.
#[test]
fn keys_on_a_plain_line_are_taken_and_offered_by_policy() {
    for (policy, encrypted) in [(SrtpPolicy::Off, false), (SrtpPolicy::Optional, true), (SrtpPolicy::Required, true)] {
        let mut bench = Bench::new();
        let own = Keying::fresh(Suite::AesCm128HmacSha1_80).unwrap();
        let answer = Phone::offers(&mut bench, 1, secured(1, "RTP/AVP", &own), policy);
        assert!(answer.contains(" RTP/AVP 0 101"), "{answer}");
        assert_eq!(answer.contains("a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:"), encrypted, "{policy:?}");
    }
    for (policy, proto, lines) in [
        (SrtpPolicy::Off, "RTP/AVP", 0),
        (SrtpPolicy::Optional, "RTP/AVP", 0),
        (SrtpPolicy::Offered, "RTP/AVP", 2),
        (SrtpPolicy::Required, "RTP/SAVP", 2),
    ] {
        let ours = our_offer(&mut Bench::new(), policy);
        assert!(ours.contains(&format!(" {proto} ")), "{ours}");
        assert_eq!(ours.matches("a=crypto:").count(), lines, "{policy:?}");
    }
}

fn our_offer(bench: &mut Bench, policy: SrtpPolicy) -> String {
    let (interface, profile) = (InterfaceId(0), profile(policy));
    bench.media(MediaCommand::MakeOffer { leg: leg(2), interface, profile, prefer: None });
    match bench.events().pop() {
        Some(MediaEvent::Offer { offer, .. }) => text(&offer),
        other => panic!("{other:?}"),
    }
}

/// Rows: S12.1
#[test]
fn where_it_must_be_encrypted_nothing_else_passes() {
    let mut bench = Bench::new();
    let plain = offer(1, "0 101", "");
    let refused = |bench: &mut Bench, n: u8, offer: Sdp, policy| {
        let (interface, profile) = (InterfaceId(0), profile(policy));
        bench.media(MediaCommand::AnswerOffer { leg: leg(n), interface, profile, offer, prefer: None });
        bench.events()
    };
    let unsecured = |n| [MediaEvent::Refused { leg: leg(n), why: Refusal::Unsecured }];
    assert_eq!(refused(&mut bench, 1, plain, SrtpPolicy::Required), unsecured(1));
    let own = Keying::fresh(Suite::AesCm128HmacSha1_80).unwrap();
    assert_eq!(refused(&mut bench, 1, secured(1, "RTP/SAVP", &own), SrtpPolicy::Off), unsecured(1));
    let keyless = text(&offer(1, "0 101", "")).replace("RTP/AVP", "RTP/SAVPF");
    assert_eq!(refused(&mut bench, 1, Sdp::from(keyless.into_bytes()), SrtpPolicy::Optional), unsecured(1));
    // Dialled by us: nothing before the keys, whoever says what.
    bench.join(1, "0 101", "");
    let ours = our_offer(&mut bench, SrtpPolicy::Required);
    bench.hear(1, 2);
    bench.hear(2, 1);
    let line = bench.line(2);
    let mut early = vec![0; HEADER + 160];
    Header { marker: false, payload_type: 0, seq: 1, timestamp: 0, ssrc: 2 }.write(&mut early);
    for _ in 0..10 {
        bench.with(|call, around| call.rtp(line, phone(2), &mut early, around));
    }
    assert_eq!((bench.sent(1).len(), bench.figures.dropped_unsecured.get()), (0, 10));
    bench.events();
    let gcm = crypto(&ours, Suite::AeadAes128Gcm);
    let own = Keying::fresh(Suite::AeadAes128Gcm).unwrap();
    let answer = |tag: u32, proto: &str| {
        let line = Crypto { tag, keying: own.clone() }.write();
        let text = text(&offer(2, "0 101", "")).replace("RTP/AVP", proto);
        Sdp::from(format!("{text}a=crypto:{line}\r\n").into_bytes())
    };
    for wrong in [offer(2, "0 101", ""), answer(gcm.tag + 1, "RTP/SAVP"), answer(77, "RTP/SAVP")] {
        bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: wrong });
        assert_eq!(bench.events(), unsecured(2));
    }
    bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: answer(gcm.tag, "RTP/SAVP") });
    assert!(matches!(bench.events()[..], [MediaEvent::Negotiated { .. }]));
    let mut bob =
        Phone { n: 2, own: own.clone(), secure: Secure::new(&Keys { receive: gcm.keying, send: own }), seq: 9 };
    bob.says(&mut bench);
    assert_eq!(bench.sent(1).len(), 1);
    bench.sound(1, 1);
    assert_eq!(bob.hears(&mut bench).len(), 1);
    // A later offer of ours names the one key that is in use.
    let later = our_offer(&mut bench, SrtpPolicy::Required);
    assert_eq!((later.matches("a=crypto:").count(), crypto(&later, Suite::AeadAes128Gcm).tag), (1, gcm.tag));
}

#[test]
fn prompts_keys_and_reports_are_encrypted_too() {
    let (mut bench, mut alice) = with_phone(Suite::AeadAes128Gcm);
    bench.play(1, 1, 1_600, false);
    bench.pass(Duration::from_millis(300));
    let prompt = alice.hears(&mut bench);
    assert_eq!(prompt.len(), 10);
    for (n, end) in [(1u16, false), (2, true)] {
        let header = Header { marker: n == 1, payload_type: 101, seq: n, timestamp: 800, ssrc: 2 };
        bench.packet(2, header, &[5, if end { 0x8a } else { 10 }, 0, n as u8 * 80]);
    }
    let keys = alice.hears(&mut bench);
    assert_eq!(keys.iter().filter(|(h, _)| h.payload_type == 101).count(), 4);
    bench.wire.reports.clear();
    bench.pass(Duration::from_secs(6));
    let line = bench.line(1);
    let reports: Vec<Vec<u8>> = bench.wire.reports.iter().filter(|r| r.0 == line).map(|r| r.1.clone()).collect();
    assert!(!reports.is_empty());
    for mut report in reports {
        let length = alice.secure.unprotect_rtcp(&mut report).expect("authentic");
        assert_eq!(report[1], 200, "a sender report");
        assert!(length >= 28);
        // And one of theirs is read.
        let mut theirs = vec![0x80, 201, 0, 1, 0, 0, 0, 1];
        theirs.resize(8 + GROWTH, 0);
        let length = alice.secure.protect_rtcp(&mut theirs, 8).unwrap();
        let malformed = bench.figures.rtcp_malformed.get();
        bench.with(|call, around| call.rtcp(line, phone(1), &mut theirs[..length], around));
        assert_eq!(bench.figures.rtcp_malformed.get() + bench.figures.dropped_forged.get(), malformed);
    }
}

/// An address translator changed a browser's address under it: its next sound takes ours along. What somebody sends again from
/// elsewhere, be it a check or sound, takes nothing along.
///
/// Rows: S7.28, V2
#[test]
fn sound_follows_a_browser_by_what_only_it_can_say() {
    let (mut bench, mut alice) = with_phone(Suite::AeadAes128Gcm);
    let browser = Browser::new(Arc::new(Identity::new().unwrap()));
    let ours = browser.credentials().clone();
    bench.call.legs[0].browser = Some(Box::new(browser));
    let line = bench.line(1);
    let comes = |bench: &mut Bench, n, mut datagram: Vec<u8>| {
        let path = Path { socket: 0, remote: phone(n) };
        bench.with(|call, around| call.browser(line, path, &mut datagram, around));
    };
    let check = |number, chosen| stun::request(&format!("{}:them", ours.ufrag), &ours.password, [number; 12], chosen);
    let goes = |bench: &Bench| bench.call.legs[0].address().unwrap();
    comes(&mut bench, 1, check(1, true));
    let said = alice.packet();
    comes(&mut bench, 1, said.clone());
    assert_eq!(goes(&bench), phone(1));
    bench.now += Duration::from_secs(5);
    for replayed in [check(1, true), said.clone()] {
        comes(&mut bench, 66, replayed);
    }
    comes(&mut bench, 3, check(2, false));
    assert_eq!(goes(&bench), phone(1), "somebody asks, and says nothing yet");
    comes(&mut bench, 3, said);
    assert_eq!((goes(&bench), bench.figures.dropped_replayed.get()), (phone(1), 2));
    comes(&mut bench, 3, alice.packet());
    assert_eq!((goes(&bench), bench.figures.paths_switched.get()), (phone(3), 1));
    bench.sound(2, 0);
    assert_eq!((bench.wire.rtp.pop().unwrap().1, bench.wire.followed), (phone(3), Some(phone(3))));
}
