use super::*;
use crate::{ClockTime, Span, SpecialDay, Weekday, Zone};
use proptest::prelude::*;
use std::collections::BTreeMap;

const HOUR: Duration = Duration::from_secs(3_600);

/// Nine to six from Monday to Friday, and National Day 2026 with its exchanged days.
fn shanghai() -> Calendar {
    let day = span("09:00", "18:00");
    let week = Weekday::ALL[..5].iter().map(|weekday| (*weekday, vec![day])).collect();
    let holiday = || SpecialDay { name: "国庆节".into(), ..SpecialDay::default() };
    let mut days: BTreeMap<Date, SpecialDay> =
        (1..=7).map(|n| (format!("2026-10-{n:02}").parse().unwrap(), holiday())).collect();
    let exchanged = SpecialDay { like: Some(Weekday::Monday), ..holiday() };
    days.insert("2026-10-10".parse().unwrap(), exchanged);
    Calendar { zone: zone("Asia/Shanghai"), week, days }
}

fn span(from: &str, to: &str) -> Span {
    Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

/// `2026-10-01 09:00` on the wall.
fn wall(calendar: &Calendar, text: &str) -> Timestamp {
    let (date, time) = text.split_once(' ').unwrap();
    calendar.zone.first(date.parse().unwrap(), time.parse().unwrap())
}

/// Rows: S13.9, S5.1
#[test]
fn holidays_close_and_exchanged_days_open() {
    let calendar = shanghai();
    let hours = Hours(&calendar);
    let at = |text: &str| wall(&calendar, text);
    let holiday = || Standing::Holiday("国庆节".into());
    for (text, standing) in [
        ("2026-09-30 08:59", Standing::Closed),
        ("2026-09-30 09:00", Standing::Open),
        ("2026-09-30 17:59", Standing::Open),
        ("2026-09-30 18:00", Standing::Closed),
        ("2026-10-01 00:00", holiday()),
        ("2026-10-07 12:00", holiday()),
        ("2026-10-08 12:00", Standing::Open),
        ("2026-10-10 12:00", Standing::Open),
        ("2026-10-10 20:00", Standing::Closed),
        ("2026-10-11 12:00", Standing::Closed),
    ] {
        assert_eq!(hours.at(at(text)), standing, "{text}");
    }
    assert_eq!(hours.next_open(at("2026-09-30 18:00")), Some(at("2026-10-08 09:00")), "over the whole week");
    assert_eq!(hours.next_open(at("2026-10-09 18:00")), Some(at("2026-10-10 09:00")));
    assert_eq!(hours.next_open(at("2026-10-10 12:00")), Some(at("2026-10-10 12:00")), "it is open now");
    assert_eq!(hours.closes(at("2026-10-10 12:00")), Some(at("2026-10-10 18:00")));
    assert_eq!(hours.closes(at("2026-10-11 12:00")), None);
    assert_eq!(hours.between(at("2026-09-30 17:00"), at("2026-10-08 10:00")), 2 * HOUR);
    assert_eq!(hours.after(at("2026-09-30 17:00"), 2 * HOUR), Some(at("2026-10-08 10:00")));
    assert_eq!(hours.after(at("2026-09-30 17:00"), HOUR), Some(at("2026-09-30 18:00")), "at the last moment");
}

/// Rows: S8.8
#[test]
fn days_have_23_24_or_25_hours() {
    for (name, date, length) in [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Asia/Shanghai", "2026-03-29", 24),
        ("Europe/Berlin", "2024-02-29", 24),
    ] {
        let calendar = Calendar::around_the_clock(zone(name));
        let date: Date = date.parse().unwrap();
        let begin = calendar.zone.first(date, ClockTime::MIDNIGHT);
        let end = calendar.zone.last(date, ClockTime::END_OF_DAY);
        assert_eq!(Hours(&calendar).between(begin, end), length * HOUR, "{name} {date}");
        assert_eq!(Hours(&calendar).after(begin, length * HOUR), Some(end));
        assert_eq!(Hours(&calendar).closes(begin), None, "never");
    }
    // Half an hour on Lord Howe Island.
    let calendar = Calendar::around_the_clock(zone("Australia/Lord_Howe"));
    let (from, to) = (wall(&calendar, "2026-10-04 00:00"), wall(&calendar, "2026-10-05 00:00"));
    assert_eq!(Hours(&calendar).between(from, to), HOUR * 47 / 2);
}

#[test]
fn hours_in_the_night_of_the_change() {
    let all_days = |open: Span| Weekday::ALL.into_iter().map(|day| (day, vec![open])).collect();
    let berlin =
        Calendar { zone: zone("Europe/Berlin"), week: all_days(span("02:15", "02:45")), days: BTreeMap::new() };
    let of = |date: &str| {
        let date: Date = date.parse().unwrap();
        let day = |time| berlin.zone.first(date, time);
        Hours(&berlin).between(day(ClockTime::MIDNIGHT), day(ClockTime::END_OF_DAY)).as_secs() / 60
    };
    assert_eq!(of("2026-03-28"), 30);
    assert_eq!(of("2026-03-29"), 0, "there is no such time that night");
    assert_eq!(of("2026-10-25"), 90, "from the first quarter past to the second quarter to");
    let reaching = Calendar { week: all_days(span("01:30", "02:30")), ..berlin.clone() };
    let night = wall(&reaching, "2026-03-29 01:45");
    assert_eq!(Hours(&reaching).closes(night), Some(wall(&reaching, "2026-03-29 03:00")), "at the jump");
}

#[test]
fn nights_go_over_midnight() {
    let night = |day| (day, vec![span("00:00", "06:00"), span("22:00", "24:00")]);
    let calendar =
        Calendar { zone: zone("UTC"), week: Weekday::ALL.into_iter().map(night).collect(), days: BTreeMap::new() };
    let at = |text| wall(&calendar, text);
    assert_eq!(Hours(&calendar).closes(at("2028-02-28 23:00")), Some(at("2028-02-29 06:00")), "a leap day");
    assert_eq!(Hours(&calendar).between(at("2028-02-28 00:00"), at("2028-03-01 00:00")), 16 * HOUR);
}

#[test]
fn what_is_never_open_is_never_open() {
    let calendar = Calendar { zone: zone("UTC"), week: BTreeMap::new(), days: BTreeMap::new() };
    let hours = Hours(&calendar);
    assert_eq!(hours.next_open(Timestamp(0)), None);
    assert_eq!(hours.after(Timestamp(0), HOUR), None);
    assert_eq!(hours.between(Timestamp(0), Timestamp(i64::MAX)), Duration::ZERO);
    assert_eq!(hours.at(Timestamp(i64::MIN)), Standing::Closed);
    assert_eq!(hours.next_open(Timestamp(i64::MAX)), None);
    let always = Calendar::around_the_clock(zone("Asia/Shanghai"));
    for edge in [i64::MIN, i64::MAX] {
        let _ = (Hours(&always).at(Timestamp(edge)), Hours(&always).next_open(Timestamp(edge)));
    }
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::btree_set(0u16..=288, 0..=6).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().map(|five| five * 5).collect();
        let time = |minutes: u16| ClockTime::new(minutes / 60, minutes % 60).unwrap();
        cuts.chunks_exact(2).map(|cut| Span { from: time(cut[0]), to: time(cut[1]) }).collect()
    })
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = prop::sample::select(vec![
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
    ]);
    let week = prop::collection::btree_map(prop::sample::select(Weekday::ALL.to_vec()), spans(), 0..=7);
    let special = (spans(), prop::option::of(prop::sample::select(Weekday::ALL.to_vec()))).prop_map(|(open, like)| {
        SpecialDay { name: "x".into(), open: if like.is_some() { Vec::new() } else { open }, like }
    });
    let days = prop::collection::btree_map(dates(), special, 0..=20);
    (zones, week, days).prop_map(|(name, week, days)| Calendar { zone: zone(name), week, days })
}

/// Around the changes of the clock, a leap day, and the day that Samoa left out.
fn dates() -> impl Strategy<Value = Date> {
    let around =
        prop::sample::select(vec!["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2024-02-28", "2011-12-29"]);
    (around, -3i64..=3)
        .prop_map(|(date, days)| date.parse::<Date>().unwrap().checked_add(jiff::Span::new().days(days)).unwrap())
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (dates(), -2_880i64..=2_880).prop_map(|(date, minutes)| {
        let midnight = zone("UTC").first(date, ClockTime::MIDNIGHT);
        Timestamp(midnight.0 + minutes * 60_000_000)
    })
}

proptest! {
    /// What the clock on the wall shows decides, minute by minute, but where an hour comes twice.
    #[test]
    fn it_is_open_when_the_wall_says_so(calendar in calendars(), at in instants()) {
        let local = calendar.zone.local(at);
        let twice = calendar.zone.first(local.date(), ClockTime::new(local.hour() as u16, local.minute() as u16).unwrap())
            != calendar.zone.last(local.date(), ClockTime::new(local.hour() as u16, local.minute() as u16).unwrap());
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let (spans, _) = calendar.on(local.date());
        let says = spans.iter().any(|s| s.from.minutes() <= minute && minute < s.to.minutes());
        if !twice {
            prop_assert_eq!(Hours(&calendar).at(at).is_open(), says, "{} in {:?}", local, calendar.zone);
        } else {
            prop_assert!(!says || Hours(&calendar).at(at).is_open());
        }
    }

    /// Nothing is open before the next opening, and then it is.
    #[test]
    fn the_next_opening_is_the_next(calendar in calendars(), at in instants()) {
        prop_assert!(calendar.check().is_empty());
        let hours = Hours(&calendar);
        match hours.next_open(at) {
            None => prop_assert_eq!(hours.between(at, at + HOUR * 24 * 30), Duration::ZERO),
            Some(then) => {
                prop_assert!(then >= at && hours.at(then).is_open());
                prop_assert_eq!(hours.between(at, then), Duration::ZERO);
                let closes = hours.closes(then);
                prop_assert!(closes.is_none_or(|closes| closes > then && !hours.at(closes).is_open()));
            }
        }
    }

    /// Counting forward and counting between agree, and pieces add up.
    #[test]
    fn business_time_is_arithmetic(calendar in calendars(), at in instants(), minutes in 1u64..20_000, cut in 0u64..30_000) {
        let hours = Hours(&calendar);
        let business = Duration::from_secs(minutes * 60);
        if let Some(end) = hours.after(at, business) {
            prop_assert_eq!(hours.between(at, end), business);
            let middle = at + Duration::from_secs(cut * 60).min(end.since(at));
            prop_assert_eq!(hours.between(at, middle) + hours.between(middle, end), business);
            prop_assert!(hours.after(at, business - Duration::from_micros(1)).is_some_and(|before| before < end));
        }
    }

    /// Never more than the clock itself.
    #[test]
    fn business_time_is_no_longer_than_time(calendar in calendars(), at in instants(), minutes in 0u64..100_000) {
        let to = at + Duration::from_secs(minutes * 60);
        prop_assert!(Hours(&calendar).between(at, to) <= to.since(at));
        prop_assert_eq!(Hours(&Calendar::around_the_clock(calendar.zone.clone())).between(at, to), to.since(at));
    }
}
