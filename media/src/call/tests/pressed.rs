//! Keys by order.

use super::*;
use ringdesk_voice::Digit;

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

#[test]
fn who_knows_no_telephone_event_gets_none() {
    let mut bench = Bench::new();
    bench.join(1, "0", "");
    press(&mut bench, 1, "123");
    bench.pass(Duration::from_secs(2));
    assert!(bench.sent(1).is_empty());
    press(&mut bench, 9, "1"); // nobody
}
