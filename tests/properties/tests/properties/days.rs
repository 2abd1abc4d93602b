//! What must be true of the shipped days.

#![allow(clippy::print_stdout, reason = "figures are the output")]

use super::simulation::{erlang_c, run};
use super::traces::{fifty_agents, promotion_day, small_office, theory};
use std::time::Duration;

/// At 65 % load every VIP is offered within 10 s and everybody else within 30 s, and nobody goes to an agent of the wrong language.
/// Without skills the same day makes people wait longer in the mean, for those who have to be sent back.
///
/// Rows: S7.1, S7.2, S7.8, N9, N62
#[test]
fn fifty_agents_serve_their_day_in_time_and_skills_make_it_shorter() {
    let by_skill = run(&fifty_agents(true));
    by_skill.print();
    assert_eq!((by_skill.mistakes, by_skill.abandoned), (0, 0));
    assert!(by_skill.quantile(true, 1_000) <= Duration::from_secs(10), "{:?}", by_skill.quantile(true, 1_000));
    assert!(by_skill.quantile(false, 1_000) <= Duration::from_secs(30), "{:?}", by_skill.quantile(false, 1_000));
    let naive = run(&fifty_agents(false));
    naive.print();
    assert_eq!(naive.waits.len(), by_skill.waits.len(), "everybody is served in the end");
    assert!(naive.mistakes > 0 && by_skill.mean() < naive.mean(), "{:?} {:?}", by_skill.mean(), naive.mean());
}

/// Rows: S7.4, S7.6
#[test]
fn a_promotion_day_keeps_what_it_tells_its_callers() {
    let day = run(&promotion_day());
    day.print();
    assert!(day.longest_queue > 50, "a peak is a peak: {}", day.longest_queue);
    assert!(day.told.len() > 1_000, "{}", day.told.len());
    // Four of five, within eight of a hundred; and in the middle it is not twice the truth.
    assert!((0.72..0.88).contains(&day.kept()), "{}", day.kept());
    assert!(day.exaggerated() < 2.0, "{}", day.exaggerated());
    assert!(day.quantile(true, 990) < day.quantile(false, 990), "VIPs go first");
}

#[test]
fn a_small_office_shares_its_day_evenly() {
    let day = run(&small_office());
    day.print();
    let (least, most) = day.spread();
    assert!(most < least * 3 / 2, "{least:?} {most:?}");
    assert!(day.level(Duration::from_secs(20)) > 0.7, "{}", day.level(Duration::from_secs(20)));
}

/// The published example and rows computed by hand, and then the router against them: service level, mean, and what callers are
/// told.
///
/// Rows: S7.6
#[test]
fn the_router_does_what_erlang_c_says() {
    let table = [
        (720.0, 240.0, 55, 15.0, 0.8459, 8.18),
        (200.0, 180.0, 12, 20.0, 0.6402, 40.44),
        (20.0, 300.0, 3, 20.0, 0.7257, 67.45),
    ];
    for (calls, talk, agents, within, level, wait) in table {
        let (computed, mean) = erlang_c(calls, talk, agents, within);
        assert!((computed - level).abs() < 0.0001 && (mean - wait).abs() < 0.01, "{computed} {mean}");
    }
    for agents in [12, 14] {
        let day = run(&theory(200.0, 180.0, agents, 24 * 7));
        let (level, mean) = erlang_c(200.0, 180.0, agents, 20.0);
        day.print();
        println!("  Erlang C: {:.1} % within 20 s, mean {mean:.1} s", level * 100.0);
        assert!((0.72..0.88).contains(&day.kept()), "{}", day.kept());
        let seen = day.level(Duration::from_secs(20));
        assert!((seen - level).abs() < 0.05, "{seen} {level}");
        assert!((day.mean().as_secs_f64() / mean - 1.0).abs() < 0.25, "{:?} {mean}", day.mean());
    }
}
