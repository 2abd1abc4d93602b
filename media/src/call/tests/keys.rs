//! Keys: out of the stream, and anew for whoever hears them.

use super::*;

#[test]
fn keys_are_taken_out_of_the_stream_and_made_anew_for_the_other_side() {
    let mut bench = Bench::new();
    bench.join(1, "0 101", "");
    // The other side knows telephone-event as 96.
    let offer_96 = Sdp::from(
        String::from_utf8(offer(2, "0 96", "").0.to_vec()).unwrap().replace("rtpmap:101", "rtpmap:96").into_bytes(),
    );
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: offer_96,
        prefer: None,
    });
    bench.hear(2, 1);
    bench.events();
    for seq in 100..103 {
        bench.sound(1, seq);
        bench.pass(Duration::from_millis(20));
    }
    let key = |end, duration| Event { code: 3, end, volume: 10, duration }.write();
    let at = |bench: &mut Bench, seq, payload: [u8; 4]| {
        let header = Header { marker: false, payload_type: 101, seq, timestamp: 103 * 160, ssrc: 1 };
        bench.packet(1, header, &payload);
        bench.pass(Duration::from_millis(20));
    };
    at(&mut bench, 103, key(false, 160));
    at(&mut bench, 104, key(false, 320));
    at(&mut bench, 105, key(true, 480));
    at(&mut bench, 106, key(true, 480));
    at(&mut bench, 107, key(true, 480));
    bench.sound(1, 108);
    bench.sound(1, 109);
    let sent = bench.sent(2);
    let seqs: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(sent[0].0.seq)).collect();
    // Three of sound, two updates, three ends, and sound without a gap.
    assert_eq!(seqs, (0..10).collect::<Vec<_>>());
    assert!(sent[3].0.marker && sent[3..8].iter().all(|(h, _)| h.payload_type == 96));
    let start = sent[0].0.timestamp;
    assert!(sent[3..8].iter().all(|(h, _)| h.timestamp.wrapping_sub(start) == 3 * 160));
    let ends: Vec<_> = sent[3..8].iter().map(|(_, p)| (p[1] & 0x80 != 0, u16::from_be_bytes([p[2], p[3]]))).collect();
    assert_eq!(ends, [(false, 160), (false, 320), (true, 480), (true, 480), (true, 480)]);
    assert_eq!(sent[8].0.timestamp.wrapping_sub(start), 8 * 160);
    let digits = bench.events();
    let digits: Vec<_> = digits.iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).collect();
    assert_eq!(digits.len(), 1, "{digits:?}");
    let MediaEvent::Digit { digit, duration, .. } = digits[0] else { unreachable!() };
    assert_eq!((digit.key(), *duration), ('3', Duration::from_millis(60)));
}

#[test]
fn a_key_whose_end_is_lost_is_reported_and_ended_by_time() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    let header = Header { marker: true, payload_type: 101, seq: 9, timestamp: 800, ssrc: 1 };
    bench.packet(1, header, &Event { code: 0, end: false, volume: 3, duration: 800 }.write());
    assert_eq!(bench.sent(2).len(), 1);
    bench.pass(Duration::from_millis(400));
    assert_eq!(bench.sent(2).iter().filter(|(_, p)| p[1] & 0x80 != 0).count(), 3);
    let digits = bench.events().into_iter().filter(|e| matches!(e, MediaEvent::Digit { .. })).count();
    assert_eq!(digits, 1);
    // A second key is timed anew.
    let header = Header { seq: 10, timestamp: 9000, ..header };
    bench.packet(1, header, &Event { code: 1, end: false, volume: 3, duration: 800 }.write());
    bench.pass(Duration::from_millis(400));
    assert_eq!(bench.events().len(), 1);
    // A third is down when its leg goes.
    let header = Header { seq: 11, timestamp: 20_000, ..header };
    bench.packet(1, header, &Event { code: 2, end: false, volume: 3, duration: 800 }.write());
    bench.sent(2);
    bench.media(MediaCommand::Close { leg: leg(1) });
    assert_eq!(bench.sent(2).iter().filter(|(_, p)| p[0] == 2 && p[1] & 0x80 != 0).count(), 3);
}
