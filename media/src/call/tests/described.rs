//! Legs described, held, described anew, refused; and their reports.

use super::*;

#[test]
fn a_held_leg_is_sent_nothing_while_its_prompt_goes_on() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    bench.play(2, 1, 8000, false);
    bench.pass(Duration::from_millis(210));
    bench.join(2, "0 101", "a=sendonly\r\n");
    assert!(matches!(bench.events().last(), Some(MediaEvent::Negotiated { held: true, .. })));
    let before = bench.sent(2);
    bench.pass(Duration::from_millis(400));
    bench.sound(1, 5);
    assert_eq!(bench.sent(2).len(), 0);
    bench.join(2, "0 101", "a=sendrecv\r\n");
    bench.pass(Duration::from_millis(1000));
    let after = bench.sent(2);
    // 50 packets in all, 20 of them unheard; the timestamp kept the time, the numbers show no loss.
    assert_eq!(before.len() + after.len(), 30);
    let (last, first) = (before.last().unwrap().0, after[0].0);
    assert_eq!(first.seq, last.seq.wrapping_add(1));
    assert_eq!(first.timestamp.wrapping_sub(last.timestamp), 21 * 160);
    assert!(bench.events().contains(&MediaEvent::Played { leg: leg(2), play: PlayId(1), end: PlayEnd::Finished }));
}

#[test]
fn refusals_open_nothing_and_leave_an_open_leg_as_it_was() {
    let mut bench = Bench::new();
    bench.join(1, "18", "");
    assert_eq!(bench.events(), [MediaEvent::Refused { leg: leg(1), why: Refusal::NoCommonCodec }]);
    assert_eq!((bench.call.legs(), bench.wire.opened), (0, 0));
    bench.join(1, "0", "");
    bench.join(2, "0", "");
    bench.hear(2, 1);
    bench.events();
    let t38 =
        String::from_utf8(offer(2, "0", "").0.to_vec()).unwrap().replace("audio 5000 RTP/AVP", "image 5000 udptl");
    let t38 = Sdp::from(t38.into_bytes());
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: t38,
        prefer: None,
    });
    assert_eq!(bench.events(), [MediaEvent::Refused { leg: leg(2), why: Refusal::NoAudio }]);
    bench.sound(1, 1);
    assert_eq!(bench.sent(2).len(), 1);
    bench.wire.full = true;
    bench.join(3, "0", "");
    assert!(bench.events().contains(&MediaEvent::Refused { leg: leg(3), why: Refusal::NoPorts }));
    bench.media(MediaCommand::Close { leg: leg(3) });
    assert!(matches!(bench.events()[..], [MediaEvent::Closed { .. }]));
}

#[test]
fn a_reoffer_keeps_port_and_stream_and_takes_the_codec_of_the_other_leg() {
    let mut bench = Bench::new();
    bench.join(1, "8 0 101", "");
    bench.media(MediaCommand::MakeOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: Some(leg(1)),
    });
    let offers = |bench: &mut Bench| -> Vec<String> {
        let events = bench.events().into_iter();
        events
            .filter_map(|e| if let MediaEvent::Offer { offer, .. } = e { Some(offer) } else { None })
            .map(|o| String::from_utf8(o.0.to_vec()).unwrap())
            .collect()
    };
    let first = offers(&mut bench).remove(0);
    assert!(first.contains("m=audio 20004 RTP/AVP 8 0 101\r\n"), "{first}");
    let answer = offer(2, "8 101", "");
    bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: answer.clone() });
    bench.hear(2, 1);
    bench.packet(1, Header { marker: false, payload_type: 8, seq: 1, timestamp: 0, ssrc: 1 }, &[1; 160]);
    let before = bench.sent(2)[0].0;
    bench.media(MediaCommand::MakeOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        prefer: Some(leg(1)),
    });
    assert_eq!(offers(&mut bench), [first]);
    // The answer of another fork comes from elsewhere: sound goes there, in the same stream.
    let elsewhere = String::from_utf8(answer.0.to_vec()).unwrap().replace("198.51.100.2", "198.51.100.9");
    bench.media(MediaCommand::TakeAnswer { leg: leg(2), answer: Sdp::from(elsewhere.into_bytes()) });
    bench.packet(1, Header { marker: false, payload_type: 8, seq: 2, timestamp: 160, ssrc: 1 }, &[1; 160]);
    let (_, to, packet) = bench.wire.rtp.remove(0);
    let after = parse(&packet).unwrap().0;
    assert_eq!((to, after.ssrc, after.seq), (phone(9), before.ssrc, before.seq.wrapping_add(1)));
}

#[test]

fn reports_on_the_port_of_the_sound_where_both_want_it() {
    for (more, mux) in [("a=rtcp-mux\r\n", true), ("", false)] {
        let mut bench = Bench::new();
        bench.join(1, "0 101", more);
        bench.sound(1, 1);
        let line = bench.line(1);
        // A receiver report without blocks.
        let mut report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        bench.with(|call, around| call.rtp(line, phone(1), &mut report, around));
        let stranger = SocketAddr::from(([203, 0, 113, 6], 5001));
        bench.with(|call, around| call.rtcp(line, stranger, &mut report.clone(), around));
        let figures = &bench.figures;
        let seen = (figures.rtcp_in.get(), figures.rtcp_malformed.get(), figures.rtcp_dropped_source.get());
        assert_eq!(seen, (2, 0, 1));
        bench.pass(Duration::from_secs(8));
        assert_eq!(bench.wire.rtcp, [mux, mux], "after half the interval, then after a whole one");
    }
}
