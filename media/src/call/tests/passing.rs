//! What passes from leg to leg and from prompts to legs.

use super::*;

#[test]
fn conversion_where_the_codecs_differ_and_none_where_they_agree() {
    let mut bench = Bench::new();
    bench.join(1, "0 101", "");
    bench.join(2, "8 101", "");
    bench.hear(2, 1);
    bench.hear(1, 2);
    bench.sound(1, 1);
    let (header, payload) = bench.sent(2).remove(0);
    assert_eq!((header.payload_type, payload.len()), (8, 160));
    assert!(payload.iter().all(|b| *b == ringdesk_audio::g711::ULAW_TO_ALAW[1]));
    // Extension, CSRC and padding stay behind.
    let mut bytes = vec![0xb1, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9, 0xbe, 0xde, 0, 0];
    bytes.extend([0xd5; 80]);
    bytes.extend([0, 2]);
    let line = bench.line(2);
    bench.with(|call, around| call.rtp(line, phone(2), &mut bytes, around));
    let (header, payload) = bench.sent(1).remove(0);
    assert_eq!((header.payload_type, payload), (0, vec![ringdesk_audio::g711::ALAW_TO_ULAW[0xd5]; 80]));
}

#[test]
fn a_prompt_goes_before_the_legs_and_gives_them_back() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    bench.sound(1, 1);
    bench.play(2, 7, 5 * 160, false);
    for seq in 2..10 {
        bench.pass(Duration::from_millis(20));
        bench.sound(1, seq);
    }
    let sent = bench.sent(2);
    let seqs: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(sent[0].0.seq)).collect();
    assert_eq!(seqs, (0..sent.len() as u16).collect::<Vec<_>>());
    let prompt = sent.iter().filter(|(_, p)| p[0] != 1).count();
    assert_eq!(prompt, 5);
    let marks: Vec<usize> = sent.iter().enumerate().filter(|(_, (h, _))| h.marker).map(|(i, _)| i).collect();
    assert_eq!(marks, [0, 1, 6]);
    for pair in sent.windows(2) {
        let step = pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp);
        assert!((160..=480).contains(&step), "{step}");
    }
    let played: Vec<_> = bench.events().into_iter().filter(|e| matches!(e, MediaEvent::Played { .. })).collect();
    assert_eq!(played, [MediaEvent::Played { leg: leg(2), play: PlayId(7), end: PlayEnd::Finished }]);
}

#[test]
fn every_playing_ends_once() {
    let mut bench = Bench::with_legs(1);
    let ends = |bench: &mut Bench| -> Vec<(u32, PlayEnd)> {
        let events = bench.events().into_iter();
        events
            .filter_map(|e| if let MediaEvent::Played { play, end, .. } = e { Some((play.0, end)) } else { None })
            .collect()
    };
    bench.play(1, 1, 1600, true);
    bench.pass(Duration::from_secs(1));
    bench.play(1, 2, 160, false);
    assert_eq!(ends(&mut bench), [(1, PlayEnd::Stopped)]);
    bench.pass(Duration::from_secs(1));
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(2) });
    assert_eq!(ends(&mut bench), [(2, PlayEnd::Finished)]);
    bench.play(1, 3, 1600, true);
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(2) });
    assert_eq!(ends(&mut bench), []);
    bench.media(MediaCommand::StopPlay { leg: leg(1), play: PlayId(3) });
    bench.play(1, 4, 1600, false);
    bench.media(MediaCommand::Close { leg: leg(1) });
    assert_eq!(ends(&mut bench), [(3, PlayEnd::Stopped), (4, PlayEnd::Stopped)]);
    bench.play(1, 5, 160, false);
    assert_eq!(ends(&mut bench), [(5, PlayEnd::Stopped)], "there is no such leg");
}

#[test]
fn echo() {
    let mut bench = Bench::with_legs(1);
    bench.media(MediaCommand::Echo { leg: leg(1) });
    bench.sound(1, 1);
    assert_eq!(bench.sent(1)[0].1, vec![1; 160]);
}
