//! How a leg sounds, every few seconds.

use super::*;

const FIVE: Duration = Duration::from_secs(5);

/// Leg 1 speaks for five seconds, every `nth` of its packets lost on the way.
fn speaks(bench: &mut Bench, seq: &mut u16, nth: u16) {
    for n in 0..250 {
        if nth == 0 || n % nth != 1 {
            bench.sound(1, *seq);
        }
        *seq += 1;
        bench.pass(Duration::from_millis(20));
    }
}

/// Rows: S4.4
#[test]
fn loss_shows_while_it_lasts_and_the_lowest_is_kept() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    let mut seq = 0;
    speaks(&mut bench, &mut seq, 0);
    speaks(&mut bench, &mut seq, 0);
    let good = bench.ratings(1);
    assert_eq!(good.len(), 2, "every five seconds");
    assert!(good.iter().all(|(q, one_way)| q.mos > Some(4.3) && q.lost_packets == 0 && !one_way), "{good:?}");
    assert!((249..=251).contains(&good[1].0.received_packets), "of the last five seconds: {good:?}");
    speaks(&mut bench, &mut seq, 5);
    speaks(&mut bench, &mut seq, 5);
    let bad = bench.ratings(1);
    let (worst, _) = bad.last().unwrap();
    assert!(worst.mos < Some(2.8) && (49..=51).contains(&worst.lost_packets), "{worst:?}");
    for _ in 0..4 {
        speaks(&mut bench, &mut seq, 0);
    }
    let again = bench.ratings(1);
    assert!(again.last().unwrap().0.mos > Some(4.3), "{again:?}");
    bench.media(MediaCommand::Close { leg: leg(1) });
    let closed = bench.events();
    let [MediaEvent::Closed { quality, .. }] = &closed[..] else { panic!("{closed:?}") };
    assert!(quality.mos > Some(3.5) && quality.lowest_mos < Some(2.8), "{quality:?}");
}

#[test]
fn who_should_speak_and_is_not_heard_is_told_and_who_is_on_hold_is_not() {
    let mut bench = Bench::with_legs(2);
    bench.hear(2, 1);
    let mut seq = 0;
    speaks(&mut bench, &mut seq, 0);
    bench.ratings(1);
    bench.pass(FIVE + FIVE);
    let silent = bench.ratings(1);
    assert_eq!(silent.iter().map(|(q, one_way)| (q.mos, *one_way)).next_back(), Some((None, true)));
    assert_eq!(bench.figures.one_way.get(), 2, "leg 2 has never spoken");
    speaks(&mut bench, &mut seq, 0);
    assert_eq!(bench.ratings(1).last().map(|(_, one_way)| *one_way), Some(false));
    bench.join(1, "0 101", "a=sendonly\r\n");
    bench.pass(FIVE + FIVE);
    let held = bench.ratings(1);
    assert!(held.iter().all(|(_, one_way)| !one_way), "{held:?}");
}
