//! Keys by order.

use super::*;
use crate::codec::Codec;
use crate::leg::inband::InBand;
use ringdesk_voice::{Digit, DigitSource, DtmfMode, LineSound, Profile};

fn press(bench: &mut Bench, n: u8, keys: &str) {
    let keys: Vec<Digit> = keys.chars().filter_map(Digit::new).collect();
    bench.media(MediaCommand::Press { leg: leg(n), keys: keys.into() });
}

/// What was sent as keys: each with its timestamp, and how often its end was said.
fn keys(sent: &[(Header, Vec<u8>)]) -> Vec<(u8, u32, usize)> {
    let mut keys: Vec<(u8, u32, usize)> = Vec::new();
    for (header, payload) in sent.iter().filter(|(header, _)| header.payload_type == 101) {
        let event = Event::parse(payload).unwrap();
        if keys.last().is_none_or(|(_, timestamp, _)| *timestamp != header.timestamp) {
            assert!(header.marker, "the first packet of a key carries the marker");
            keys.push((event.code, header.timestamp, 0));
        }
        if let Some((code, _, ends)) = keys.last_mut() {
            assert_eq!(*code, event.code);
            *ends += usize::from(event.end);
            assert!(!event.end || event.duration >= 800, "pressed for a tenth of a second");
        }
    }
    keys
}

#[test]
fn keys_are_pressed_one_after_the_other_between_the_sound() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    for seq in 100..103 {
        bench.sound(1, seq);
        bench.pass(Duration::from_millis(20));
    }
    press(&mut bench, 2, "1#");
    for seq in 103..133 {
        bench.sound(1, seq);
        bench.pass(Duration::from_millis(20));
    }
    let sent = bench.sent(2);
    let pressed = keys(&sent);
    assert_eq!(pressed.iter().map(|(code, _, ends)| (*code, *ends)).collect::<Vec<_>>(), [(1, 3), (11, 3)]);
    let numbers: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(sent[0].0.seq)).collect();
    assert_eq!(numbers, (0..sent.len() as u16).collect::<Vec<_>>(), "no gap, no number twice");
    assert_eq!(sent.iter().filter(|(h, _)| h.payload_type == 0).count(), 33, "the sound goes on");
    assert!(bench.sent(1).is_empty(), "the other side hears nothing of it");
}

/// The keys that are heard in what was sent, and how many packets of telephone-event were in between.
fn heard(sent: &[(Header, Vec<u8>)]) -> (String, usize) {
    let (mut ear, mut keys) = (InBand::default(), String::new());
    for (_, payload) in sent.iter().filter(|(h, _)| h.payload_type == 0) {
        ear.hear(payload, Codec::Pcmu, |digit, _| keys.push(digit.key()));
    }
    // A key is heard when it is over.
    ear.hear(&[Codec::Pcmu.silence(); 800], Codec::Pcmu, |digit, _| keys.push(digit.key()));
    (keys, sent.iter().filter(|(h, _)| h.payload_type == 101).count())
}

/// Somebody with telephone-event, heard by one whose line is like this.
fn beside(formats: &str, dtmf: DtmfMode) -> Bench {
    let mut bench = Bench::new();
    bench.join(1, "0 101", "");
    let profile = Profile::Rtp(LineSound { dtmf, ..LineSound::default() });
    let (interface, offer) = (InterfaceId(0), offer(2, formats, ""));
    bench.media(MediaCommand::AnswerOffer { leg: leg(2), interface, profile, offer, prefer: None });
    bench.hear(2, 1);
    bench.hear(1, 2);
    bench.events();
    bench
}

/// Press a key on leg 1's telephone: four packets, the last with its end.
fn telephone(bench: &mut Bench, code: u8, seq: u16, timestamp: u32) {
    for (n, duration) in [400, 800, 1_200, 1_600].into_iter().enumerate() {
        let header = Header { marker: n == 0, payload_type: 101, seq: seq + n as u16, timestamp, ssrc: 1 };
        let event = Event { code, end: duration == 1_600, volume: 10, duration };
        bench.packet(1, header, &event.write());
        bench.pass(Duration::from_millis(50));
    }
}

/// Rows: V15
#[test]
fn who_knows_no_telephone_event_hears_keys() {
    for (formats, dtmf) in [("0", DtmfMode::Rfc4733), ("0", DtmfMode::InBand), ("0 101", DtmfMode::InBand)] {
        let mut bench = beside(formats, dtmf);
        press(&mut bench, 2, "15#");
        press(&mut bench, 9, "1"); // nobody
        bench.pass(Duration::from_secs(2));
        assert_eq!(heard(&bench.sent(2)), ("15#".to_owned(), 0), "{formats} {dtmf:?}");
        assert!(bench.events().iter().all(|e| !matches!(e, MediaEvent::Played { .. })), "nobody waits for an end");
        // Pressed by somebody whom it hears.
        telephone(&mut bench, 7, 10, 8_000);
        telephone(&mut bench, 11, 20, 16_000);
        bench.pass(Duration::from_secs(1));
        assert_eq!(heard(&bench.sent(2)), ("7#".to_owned(), 0), "{formats} {dtmf:?}");
    }
}

/// Rows: V15
#[test]
fn keys_as_sound_are_heard_though_the_line_offers_events() {
    let mut bench = beside("0 101", DtmfMode::InBand);
    let samples = ringdesk_audio::dtmf::generate('9', Duration::from_millis(120), -10.0).unwrap();
    let law: Vec<u8> = samples.iter().map(|s| Codec::Pcmu.encode(*s)).collect();
    let quiet = [Codec::Pcmu.silence(); 160];
    for (n, payload) in law.chunks_exact(160).chain([&quiet[..]; 5]).enumerate() {
        let n = n as u16;
        let header = Header { marker: n == 0, payload_type: 0, seq: n, timestamp: u32::from(n) * 160, ssrc: 2 };
        bench.packet(2, header, payload);
        bench.pass(Duration::from_millis(20));
    }
    let digits: Vec<_> = bench.events().into_iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).collect();
    let [MediaEvent::Digit { digit, source: DigitSource::InBand, .. }] = &digits[..] else { panic!("{digits:?}") };
    assert_eq!(digit.key(), '9');
    assert!(!bench.sent(1).is_empty(), "and as sound by the other side");
}

/// Signaling presses them.
///
/// Rows: V15
#[test]
fn a_line_that_wants_info_gets_no_keys_in_its_sound() {
    for formats in ["0", "0 101"] {
        let mut bench = beside(formats, DtmfMode::Info);
        telephone(&mut bench, 7, 10, 8_000);
        press(&mut bench, 2, "1");
        bench.pass(Duration::from_secs(1));
        assert_eq!(heard(&bench.sent(2)), (String::new(), 0), "{formats}");
        assert_eq!(
            bench.events().iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).count(),
            1,
            "but they are told"
        );
    }
}

/// What a caller presses may be the number of a card.
#[test]
fn no_recording_has_keys_that_are_pressed_as_sound() {
    let mut bench = beside("0", DtmfMode::InBand);
    let (tx, taps) = sync_channel(1_000);
    let outlet = Outlet::new(move |t| {
        tx.try_send(t).expect("the bench has room");
        Ok::<(), Full<_>>(())
    });
    bench.with(|call, around| call.command(Command::Tap(Some(outlet)), around));
    press(&mut bench, 2, "123");
    bench.pass(Duration::from_secs(1));
    assert_eq!(heard(&bench.sent(2)).0, "123");
    assert!(taps.try_iter().all(|t: Tapped| !format!("{t:?}").contains("Player")), "no key on the tape");
}
