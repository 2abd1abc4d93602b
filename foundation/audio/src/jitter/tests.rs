//! A sender, a network and a player that asks every 20 ms, all on one virtual clock.

use super::*;

/// Where chance is needed: the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }
}

/// A way through the network.
#[derive(Clone, Copy)]
struct Line {
    /// Milliseconds of sound per packet.
    ptime: u32,
    /// Of a thousand packets.
    lost: u64,
    doubled: u64,
    /// Microseconds; packets overtake each other.
    jitter: u64,
    /// Of the sender's clock, parts per million.
    drift: i64,
    seconds: i64,
}

const GOOD: Line = Line { ptime: 20, lost: 0, doubled: 0, jitter: 0, drift: 0, seconds: 30 };
const T0: Timestamp = Timestamp(1_790_000_000_000_000);

#[derive(Default, Debug)]
struct Heard {
    /// Numbers of the packets, in the order in which they were played.
    packets: Vec<u32>,
    lost: u32,
    empty: u32,
    shortened: u32,
    lengthened: u32,
    /// From arrival at the earliest possible to being played, the longest and that of the end, microseconds.
    longest: i64,
    last: i64,
    figures: Figures,
}

/// What was said, as it arrives: time, number, timestamp.
fn arrivals(line: Line, dice: &mut Dice) -> Vec<(i64, u32, u32)> {
    let packets = line.seconds * 1_000 / i64::from(line.ptime);
    let mut arrivals = Vec::new();
    for n in 0..packets {
        let said = n * i64::from(line.ptime) * (1_000_000 + line.drift) / 1_000;
        let timestamp = 4_294_900_000u32.wrapping_add(n as u32 * line.ptime * 8);
        for copy in 0..1 + u64::from(dice.roll(1_000) < line.doubled) {
            if copy == 1 || dice.roll(1_000) >= line.lost {
                arrivals.push((said + dice.roll(line.jitter + 1) as i64 + copy as i64 * 3_000, n as u32, timestamp));
            }
        }
    }
    arrivals.sort_unstable();
    arrivals
}

fn play(line: Line, arrivals: &[(i64, u32, u32)]) -> Heard {
    let mut buffer = Buffer::new(Settings::new(8_000));
    let (mut heard, mut pending, mut arrivals) = (Heard::default(), 0u32, arrivals.iter().peekable());
    let ticks = line.ptime * 8;
    for tick in 0..line.seconds * 50 {
        let now = tick * 20_000 + 7_000;
        while let Some((at, n, timestamp)) = arrivals.next_if(|(at, ..)| *at <= now) {
            buffer.put(1, *timestamp, ticks, *n, Timestamp(T0.0 + at));
            assert!(buffer.len() <= MOST_PACKETS);
        }
        let now = Timestamp(T0.0 + now);
        while pending < 160 {
            match buffer.next(pending, now) {
                Next::Wait => pending = 160,
                Next::Sound(n) => {
                    let delay = now.0 - T0.0 - i64::from(n) * i64::from(line.ptime) * (1_000_000 + line.drift) / 1_000;
                    let delay = delay + i64::from(pending) * 125;
                    heard.longest = heard.longest.max(delay);
                    heard.last = delay;
                    heard.packets.push(n);
                    pending += ticks;
                }
                Next::Lost { ticks, following } => {
                    heard.lost += 1;
                    assert!(following.is_none_or(|n| heard.packets.last().is_none_or(|before| n > *before)));
                    pending += ticks;
                }
                Next::Empty => {
                    heard.empty += 1;
                    pending += 160;
                }
            }
        }
        // The player's pitch periods are 8 ms.
        match buffer.pace(pending, now) {
            Pace::Shorten if pending >= 320 => {
                pending -= 64;
                heard.shortened += 1;
            }
            Pace::Shorten => {
                if let Next::Sound(n) = buffer.next(pending, now) {
                    heard.packets.push(n);
                    pending += ticks - 64;
                    heard.shortened += 1;
                }
            }
            Pace::Lengthen => {
                pending += 64;
                heard.lengthened += 1;
            }
            Pace::Keep => {}
        }
        pending -= 160;
    }
    heard.figures = buffer.figures();
    heard
}

fn run(line: Line, seed: u64) -> Heard {
    let arrivals = arrivals(line, &mut Dice(seed));
    let heard = play(line, &arrivals);
    assert!(heard.packets.windows(2).all(|w| w[0] < w[1]), "out of order or twice");
    heard
}

#[test]
fn a_good_network_is_heard_whole_and_soon() {
    for ptime in [10, 20, 30, 40, 60] {
        let line = Line { ptime, ..GOOD };
        let heard = run(line, 1);
        let said = (line.seconds * 1_000 / i64::from(ptime)) as usize;
        assert!(heard.packets.len() >= said - 5, "{ptime}: {} of {said}", heard.packets.len());
        assert_eq!((heard.lost, heard.figures.late, heard.figures.dropped), (0, 0, 0), "{ptime}: {heard:?}");
        assert!(heard.last <= 50_000, "{ptime}: {heard:?}");
        assert!(heard.empty <= 3 && heard.shortened <= 5, "{ptime}: {heard:?}");
    }
}

/// Rows: S4.4
#[test]
fn loss_jitter_reordering_and_duplicates() {
    for seed in 0..20 {
        let line = Line { lost: 50, doubled: 30, jitter: 40_000, seconds: 60, ..GOOD };
        let heard = run(line, seed);
        let arrived = 3_000.0 * 0.951;
        let share = heard.packets.len() as f64 / arrived;
        assert!(share > 0.97, "{seed}: {share} of what arrived was heard: {heard:?}");
        assert!(heard.longest < 120_000, "{seed}: {heard:?}");
        assert!(heard.figures.duplicates > 20, "{heard:?}");
    }
}

#[test]
fn the_delay_follows_the_network_both_ways() {
    let mut dice = Dice(3);
    let calm = Line { seconds: 60, ..GOOD };
    // A minute: calm, then jitter of 80 ms for 20 s, then calm.
    let mut all = arrivals(calm, &mut dice);
    for (at, ..) in &mut all {
        if (20_000_000..40_000_000).contains(at) {
            *at += dice.roll(80_000) as i64;
        }
    }
    all.sort_unstable();
    let heard = play(calm, &all);
    assert!((60_000..170_000).contains(&heard.longest), "{heard:?}");
    assert!(heard.last < 50_000 && heard.shortened > 3, "back again: {heard:?}");
    assert!(heard.packets.len() > 2_940, "{heard:?}");
}

#[test]
fn clocks_that_drift_are_followed_for_hours() {
    for drift in [-200, -50, 50, 200] {
        let line = Line { drift, jitter: 5_000, seconds: 3_600, ..GOOD };
        let heard = run(line, 9);
        // 200 ppm of an hour are 720 ms: 90 pitch periods of 8 ms, and hardly anything else.
        assert!(heard.packets.len() > 179_900, "{drift}: {} played", heard.packets.len());
        assert!(heard.empty + heard.lost < 60, "{drift}: {heard:?}");
        assert!(heard.longest < 90_000, "{drift}: {heard:?}");
        assert!(heard.shortened + heard.lengthened < 200, "{drift}: {heard:?}");
    }
}

#[test]
fn a_stall_and_its_burst_cost_no_more_than_the_stall() {
    for stall in [100_000, 150_000, 400_000, 900_000] {
        let mut all = arrivals(GOOD, &mut Dice(1));
        for (at, ..) in &mut all {
            if (10_000_000..10_000_000 + stall).contains(at) {
                *at = 10_000_000 + stall;
            }
        }
        all.sort_unstable();
        let heard = play(GOOD, &all);
        assert!(heard.packets.len() as i64 >= 1_495 - stall / 20_000, "{stall}: {heard:?}");
        if stall <= 150_000 {
            assert!(heard.packets.len() >= 1_490, "{stall}: it waited: {heard:?}");
        }
        assert!(heard.last < 60_000, "{stall}: {heard:?}");
    }
}

/// The way gets longer, or shorter again, and stays so.
#[test]
fn another_way_through_the_network_is_followed_soon() {
    for longer in [100_000, 250_000, 400_000, 800_000] {
        let mut all = arrivals(GOOD, &mut Dice(1));
        for (at, ..) in &mut all {
            if (10_000_000..20_000_000).contains(at) {
                *at += longer;
            }
        }
        all.sort_unstable();
        let heard = play(GOOD, &all);
        let missed = 1_500 - heard.packets.len() as i64;
        // What the buffer could not wait for, and once more on the way back.
        assert!(missed <= 2 * longer / 20_000 + 20, "{longer}: {missed} missed");
        assert!(heard.last < 60_000, "{longer}: {}", heard.last);
    }
}

#[test]
fn silence_that_is_not_sent_is_not_loss_and_costs_no_delay() {
    let all: Vec<_> = arrivals(GOOD, &mut Dice(1)).into_iter().filter(|(_, n, _)| n % 100 < 60).collect();
    let heard = play(GOOD, &all);
    assert!(heard.packets.len() >= all.len() - 3, "{heard:?}");
    assert!(heard.longest < 60_000 && heard.shortened < 5, "{heard:?}");
}

#[test]
fn a_new_source_and_a_clock_that_is_set_begin_anew() {
    let mut buffer = Buffer::new(Settings::new(8_000));
    let at = |ms: i64| Timestamp(T0.0 + ms * 1_000);
    for n in 0..10u32 {
        assert_eq!(buffer.put(1, n * 160, 160, n, at(i64::from(n) * 20)), Put::Kept);
    }
    assert_eq!(buffer.put(1, 5 * 160, 160, 5, at(200)), Put::Duplicate);
    // Another source.
    assert_eq!(buffer.put(2, 3_000_000_000, 160, 100, at(200)), Put::Kept);
    assert_eq!((buffer.len(), buffer.next(0, at(201))), (1, Next::Wait));
    assert_eq!(buffer.next(0, at(260)), Next::Sound(100));
    assert_eq!(buffer.next(0, at(280)), Next::Empty);
    // A stray timestamp is no new clock, two of them are.
    assert_eq!(buffer.put(2, 7, 160, 101, at(220)), Put::Doubtful);
    assert_eq!(buffer.put(2, 3_000_000_160, 160, 101, at(220)), Put::Kept);
    assert_eq!(buffer.put(2, 50_000, 160, 102, at(240)), Put::Doubtful);
    assert_eq!(buffer.put(2, 50_160, 160, 103, at(260)), Put::Kept);
    assert_eq!(buffer.next(0, at(320)), Next::Sound(103));
    assert_eq!(buffer.figures().restarts, 2);
}

#[test]
fn what_describes_the_lost_packet_is_handed_out_with_it() {
    let mut buffer = Buffer::new(Settings::new(48_000));
    let at = |ms: i64| Timestamp(T0.0 + ms * 1_000);
    for n in [0u32, 1, 3, 5] {
        buffer.put(1, n * 960, 960, n, at(i64::from(n) * 20));
    }
    assert_eq!(buffer.next(0, at(60)), Next::Sound(0));
    assert_eq!(buffer.next(0, at(80)), Next::Sound(1));
    assert_eq!(buffer.next(0, at(100)), Next::Lost { ticks: 960, following: Some(3) });
    assert_eq!(buffer.next(0, at(120)), Next::Sound(3));
    assert_eq!(buffer.put(1, 2 * 960, 960, 2, at(121)), Put::Late);
}

/// Whatever arrives whenever: in order, nothing twice, and bounded.
#[test]
fn no_network_is_too_bad() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let mut buffer = Buffer::new(Settings::new(8_000));
        let (mut now, mut played) = (T0.0, std::collections::BTreeSet::new());
        let (mut stream, mut timestamp, mut number) = (0, 0u32, 0u64);
        for _ in 0..2_000 {
            now += dice.roll(30_000) as i64;
            match dice.roll(100) {
                0 => stream += 1,
                1 => timestamp = dice.roll(u64::from(u32::MAX)) as u32,
                2 => now += dice.roll(5_000_000) as i64,
                3 => now -= dice.roll(1_000) as i64,
                _ => {}
            }
            timestamp = timestamp.wrapping_add(160);
            let shuffled = timestamp.wrapping_sub(160 * dice.roll(4) as u32);
            number += 1;
            let ticks = [0, 80, 160, 480, u32::MAX][dice.roll(5) as usize];
            buffer.put(stream, shuffled, ticks, number, Timestamp(now));
            assert!(buffer.len() <= MOST_PACKETS);
            assert!((20..=200).contains(&buffer.target().as_millis()));
            for _ in 0..dice.roll(3) {
                if let Next::Sound(n) = buffer.next(dice.roll(500) as u32, Timestamp(now)) {
                    assert!(played.insert(n), "twice");
                }
                let _ = buffer.pace(0, Timestamp(now));
            }
        }
    }
}
