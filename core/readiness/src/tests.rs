//! Each check in each of its states; and that nothing is green unseen.

use super::*;
use ringdesk_model::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000)
}

/// A centre where everything is right.
fn fine() -> Facts {
    Facts {
        certificate: Some(CertificateFacts {
            names: vec!["centre.example".into()],
            not_before: now() - DAY,
            not_after: now() + DAY * 60,
            own: false,
            renewed: true,
            failing: None,
        }),
        interfaces: vec![InterfaceFacts {
            name: "world".into(),
            bound: "10.0.0.2".parse().unwrap(),
            advertised: Some("203.0.113.7".into()),
        }],
        sound_both_ways: Some(now() - DAY),
        trunks: vec![TrunkFacts {
            name: "carrier".into(),
            dials: true,
            up: Some(true),
            registered: Some(true),
            keys_in_clear: false,
            came: Some(now() - DAY),
            went: Some(now() - DAY),
        }],
        telephones_in_clear: Some(vec![]),
        clock_follows: Some(true),
        disk_free: Some(100_000_000_000),
        disk_a_day: Some(1_000_000_000),
        backup: Some(Some(now() - DAY)),
        recognisers: vec![Recogniser { language: "en".into(), used: true, engines: vec!["whisper".into()] }],
        inboxes: vec![InboxFacts { name: "Support".into(), records: true, announces: true }],
        holidays: Some(true),
        queue_steps: vec![QueueStepFacts { flow: "Support".into(), step: "wait".into(), has_way_out: true }],
        admins: vec![AdminFacts { login: "ann".into(), second_factor: true }],
        demo: Some(false),
    }
}

fn state(id: CheckId, facts: &Facts) -> State {
    judge(now(), facts).into_iter().find(|check| check.id == id).unwrap().state
}

/// Rows: S16.28
#[test]
fn a_centre_where_everything_is_right_is_green_all_over() {
    let checks = judge(now(), &fine());
    assert_eq!(checks.len(), CheckId::ALL.len());
    for check in &checks {
        assert_eq!((check.state, check.advice), (State::Green, ""), "{check:?}");
    }
    assert!(may_go_live(&checks));
}

/// Rows: S16.28
#[test]
fn nothing_is_green_that_nobody_saw() {
    let checks = judge(now(), &Facts::default());
    // Without anything recorded nobody has to be told, and where nobody may change rights nobody needs a second factor.
    for check in checks.iter().filter(|c| ![CheckId::Announcement, CheckId::SecondFactor].contains(&c.id)) {
        assert!(
            check.state > State::Green && !check.advice.is_empty() && !check.seen.to_string().is_empty(),
            "{check:?}"
        );
    }
    assert!(!may_go_live(&checks));
}

/// Rows: S16.28
#[test]
fn each_thing_that_is_wrong_has_its_colour() {
    use CheckId::*;
    use State::*;
    type Change = fn(&mut Facts);
    let table: &[(CheckId, State, Change)] = &[
        (Certificate, Red, |f| f.certificate.as_mut().unwrap().not_after = now()),
        (Certificate, Red, |f| f.certificate.as_mut().unwrap().not_before = now() + DAY),
        (Certificate, Amber, |f| f.certificate.as_mut().unwrap().own = true),
        (Certificate, Amber, |f| f.certificate.as_mut().unwrap().failing = Some("no route".into())),
        (Certificate, Red, |f| {
            let certificate = f.certificate.as_mut().unwrap();
            (certificate.failing, certificate.not_after) = (Some("no route".into()), now() + DAY * 3);
        }),
        (Certificate, Green, |f| f.certificate.as_mut().unwrap().not_after = now() + DAY * 3),
        (Certificate, Amber, |f| {
            let certificate = f.certificate.as_mut().unwrap();
            (certificate.renewed, certificate.not_after) = (false, now() + DAY * 3);
        }),
        (PublicAddress, Red, |f| f.interfaces.clear()),
        (PublicAddress, Red, |f| {
            (f.interfaces[0].bound, f.interfaces[0].advertised) = ("127.0.0.1".parse().unwrap(), None);
        }),
        (PublicAddress, Amber, |f| f.interfaces[0].advertised = None),
        (PublicAddress, Amber, |f| f.interfaces[0].advertised = Some("100.64.1.1".into())),
        (PublicAddress, Green, |f| f.interfaces[0].advertised = Some("sip.centre.example".into())),
        (PublicAddress, Green, |f| {
            (f.interfaces[0].bound, f.interfaces[0].advertised) = ("2001:db8::1".parse().unwrap(), None);
        }),
        (Sound, Amber, |f| f.sound_both_ways = Some(now() - DAY * 40)),
        (TrunkIn, Red, |f| f.trunks.clear()),
        (TrunkIn, Red, |f| f.trunks[0].registered = Some(false)),
        (TrunkIn, Red, |f| f.trunks[0].came = None),
        (TrunkIn, Red, |f| f.trunks[0].came = Some(now() - DAY * 40)),
        (TrunkIn, Green, |f| f.trunks[0].went = None),
        (TrunkOut, Red, |f| f.trunks[0].dials = false),
        (TrunkOut, Red, |f| f.trunks[0].went = None),
        (TrunkOut, Amber, |f| {
            let other = TrunkFacts { name: "other".into(), up: Some(false), ..f.trunks[0].clone() };
            f.trunks.push(other);
        }),
        (TrunkOut, Amber, |f| {
            let other = TrunkFacts { name: "other".into(), went: None, ..f.trunks[0].clone() };
            f.trunks.push(other);
        }),
        (Keys, Amber, |f| f.trunks[0].keys_in_clear = true),
        (Keys, Amber, |f| f.telephones_in_clear = Some(vec!["2001".into()])),
        (Keys, Amber, |f| f.telephones_in_clear = None),
        (Clock, Amber, |f| f.clock_follows = Some(false)),
        (Disk, Red, |f| f.disk_free = Some(500_000_000)),
        (Disk, Red, |f| f.disk_a_day = Some(50_000_000_000)),
        (Disk, Amber, |f| f.disk_a_day = Some(10_000_000_000)),
        (Disk, Green, |f| f.disk_a_day = Some(0)),
        (Disk, Amber, |f| (f.disk_free, f.disk_a_day) = (Some(5_000_000_000), None)),
        (Backup, Red, |f| f.backup = Some(None)),
        (Backup, Red, |f| f.backup = Some(Some(now() - DAY * 3))),
        (Backup, Amber, |f| f.backup = None),
        (Recogniser, Amber, |f| f.recognisers[0].engines.clear()),
        (Recogniser, Green, |f| {
            let unused = super::Recogniser { language: "zh-CN".into(), used: false, engines: vec![] };
            f.recognisers.push(unused);
        }),
        (Announcement, Red, |f| f.inboxes[0].announces = false),
        (Announcement, Green, |f| (f.inboxes[0].announces, f.inboxes[0].records) = (false, false)),
        (Holidays, Amber, |f| f.holidays = Some(false)),
        (EmptyQueue, Amber, |f| f.queue_steps[0].has_way_out = false),
        (SecondFactor, Red, |f| f.admins[0].second_factor = false),
        (Demo, Red, |f| f.demo = Some(true)),
    ];
    for (at, (id, expected, change)) in table.iter().enumerate() {
        let mut facts = fine();
        change(&mut facts);
        assert_eq!(state(*id, &facts), *expected, "line {at}: {id:?}");
    }
}

/// Rows: S12.1
#[test]
fn keys_want_a_transport_that_keeps_them() {
    for (srtp, transport, clear) in [
        ("offered", "", true),
        ("required", "tcp", true),
        ("optional", "udp", true),
        ("required", "tls", false),
        ("off", "udp", false),
        ("", "", false),
    ] {
        assert_eq!(keys_in_clear(srtp, transport), clear, "{srtp} {transport}");
    }
}

/// Rows: S16.28
#[test]
fn ids_are_for_programs_and_never_double() {
    let mut ids: Vec<&str> = CheckId::ALL.iter().map(|id| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CheckId::ALL.len());
}

/// The console's own list of what can be seen: its dictionaries are checked against it.
const IN_THE_CONSOLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../console/src/pages/go-live/seen.json");

/// Rows: S16.28
#[test]
fn the_console_knows_everything_that_can_be_seen() {
    let line = |(code, values): &(&str, &[&str])| {
        let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
        format!("  \"{code}\": [{}]", values.join(", "))
    };
    let listed = format!("{{\n{}\n}}\n", Seen::CODES.iter().map(line).collect::<Vec<_>>().join(",\n"));
    if std::env::var_os("RINGDESK_UPDATE").is_some() {
        std::fs::write(IN_THE_CONSOLE, &listed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(IN_THE_CONSOLE).unwrap(), listed, "RINGDESK_UPDATE=1 writes it anew");
}

/// Rows: S16.28
#[test]
fn what_was_seen_is_a_sentence_and_bare_values() {
    let mut facts = fine();
    facts.disk_free = Some(5_250_000_000);
    let seen = |id, facts: &Facts| judge(now(), facts).into_iter().find(|check| check.id == id).unwrap().seen;
    let disk = seen(CheckId::Disk, &facts);
    assert_eq!((disk.code(), disk.to_string().as_str()), ("disk_lasts", "5.2 GB are free: 5 days as things go"));
    assert_eq!(disk.values(), [("days", "5".to_owned()), ("free", "5.2".to_owned())].into());
    (facts.trunks[0].keys_in_clear, facts.telephones_in_clear) = (true, Some(vec!["2001".into(), "2002".into()]));
    assert_eq!(seen(CheckId::Keys, &facts).values(), [("lines", "carrier, 2001, 2002".to_owned())].into());
    let sound = seen(CheckId::Sound, &facts);
    assert_eq!(sound.to_string(), "heard and sent in a call 24 hours ago");
    assert_eq!(sound.values(), [("ago", "86400".to_owned())].into());
}
