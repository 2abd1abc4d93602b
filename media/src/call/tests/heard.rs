//! What is told of sound to those who want to know: silence, speech, copies.

use super::*;

#[test]
fn silence_is_told_once_and_not_while_held() {
    let mut bench = Bench::with_legs(1);
    let silent = |bench: &mut Bench| bench.events().iter().filter(|e| matches!(e, MediaEvent::Silent { .. })).count();
    bench.sound(1, 1);
    bench.pass(Duration::from_secs(19));
    assert_eq!(silent(&mut bench), 0);
    // Comfort noise is a sign of life.
    let noise = Header { marker: false, payload_type: 13, seq: 2, timestamp: 900, ssrc: 1 };
    bench.packet(1, noise, &[40]);
    bench.pass(Duration::from_secs(19));
    assert_eq!(silent(&mut bench), 0);
    bench.pass(Duration::from_secs(60));
    assert_eq!(silent(&mut bench), 1);
    bench.sound(1, 3);
    bench.pass(Duration::from_secs(45));
    assert_eq!(silent(&mut bench), 1);
    bench.sound(1, 4);
    bench.join(1, "0 101", "a=inactive\r\n");
    bench.pass(Duration::from_secs(100));
    assert_eq!(silent(&mut bench), 0);
    bench.join(1, "0 101", "a=sendrecv\r\n");
    bench.pass(Duration::from_secs(15));
    assert_eq!(silent(&mut bench), 0, "counted from the resumption");
    bench.pass(Duration::from_secs(30));
    assert_eq!(silent(&mut bench), 1);
    assert_eq!(bench.figures.dropped_payload_type.get(), 0);
}

/// Rows: S2.12
#[test]
fn whether_somebody_speaks_is_told_to_who_wants_to_know() {
    let mut bench = Bench::with_legs(2);
    let talk = |bench: &mut Bench| -> Vec<bool> {
        let told = |e: MediaEvent| match e {
            MediaEvent::Talk { leg: of, talking } => Some((of == leg(1)).then_some(talking).expect("of this leg")),
            _ => None,
        };
        bench.events().into_iter().filter_map(told).collect()
    };
    // Packets of 20 ms from leg 1: loud, or µ-law silence. Leg 2 is always loud.
    let mut seq = 0;
    let mut say = |bench: &mut Bench, ms: u16, byte: u8| {
        for _ in 0..ms / 20 {
            seq += 1;
            for n in [1, 2] {
                let header = Header { marker: false, payload_type: 0, seq, timestamp: u32::from(seq) * 160, ssrc: n };
                let payload = if n == 1 { [byte; 160] } else { [0x20; 160] };
                bench.packet(n as u8, header, &payload);
            }
            bench.pass(Duration::from_millis(20));
        }
        seq
    };
    say(&mut bench, 1_000, 0x20);
    assert_eq!(talk(&mut bench), [], "nobody asked");
    bench.media(MediaCommand::Attend { leg: leg(1), on: true });
    say(&mut bench, 1_000, 0xff);
    say(&mut bench, 1_000, 0x20);
    say(&mut bench, 400, 0xff);
    say(&mut bench, 400, 0x20);
    assert_eq!(talk(&mut bench), [false, true], "a pause of 400 ms is none");
    // A telephone that sends nothing, or comfort noise, while nobody speaks.
    bench.pass(Duration::from_millis(1_100));
    assert_eq!(talk(&mut bench), [false]);
    let last = say(&mut bench, 100, 0x20);
    let noise = Header { marker: false, payload_type: 13, seq: last + 1, timestamp: 1, ssrc: 1 };
    bench.packet(1, noise, &[40]);
    assert_eq!(talk(&mut bench), [true, false]);
    bench.media(MediaCommand::Attend { leg: leg(1), on: false });
    bench.media(MediaCommand::Attend { leg: leg(9), on: true });
    say(&mut bench, 1_000, 0x20);
    bench.pass(Duration::from_secs(5));
    assert_eq!(talk(&mut bench), []);
}

#[test]
fn a_tap_hears_who_speaks_and_what_is_played_but_no_keys() {
    let mut b = Bench::with_legs(2);
    let (tx, heard) = sync_channel(3);
    let outlet = Outlet::new(move |t| {
        tx.try_send(t).map_err(|e| match e {
            TrySendError::Full(t) | TrySendError::Disconnected(t) => Full(t),
        })
    });
    b.hear(2, 1);
    b.sound(1, 0);
    b.with(|call, around| call.command(Command::Tap(Some(outlet)), around));
    let first = b.now;
    b.sound(1, 1);
    let key = Event { code: 5, end: false, volume: 10, duration: 160 };
    let header = Header { marker: true, payload_type: 101, seq: 2, timestamp: 320, ssrc: 1 };
    b.packet(1, header, &key.write());
    b.play(2, 7, 320, false);
    b.pass(Duration::from_millis(60));
    b.sound(1, 3);
    let got: Vec<Tapped> = heard.try_iter().collect();
    let tracks = |t: &Tapped| match t {
        Tapped::Packet { track, payload, coding: Coding::Pcmu, .. } => (*track, payload.len()),
        other => panic!("{other:?}"),
    };
    let player = Track::Player(leg(2));
    assert_eq!(got.iter().map(tracks).collect::<Vec<_>>(), [(Track::Leg(leg(1)), 160), (player, 160), (player, 160)]);
    assert!(matches!(got[0], Tapped::Packet { arrived, sequence: 1, .. } if arrived == first));
    assert_eq!(b.figures.tap_lost.get(), 1, "the listener's buffer held three");

    // There is room again: the loss is told before anything else.
    let lost_at = b.now;
    b.pass(Duration::from_millis(20));
    b.sound(1, 4);
    b.media(MediaCommand::Close { leg: leg(1) });
    let got: Vec<Tapped> = heard.try_iter().collect();
    assert_eq!(got[0], Tapped::Lost { at: lost_at, packets: 1 });
    assert!(matches!(got[1], Tapped::Packet { sequence: 4, .. }));
    assert_eq!(got[2], Tapped::Ended { leg: leg(1), at: b.now });
}
