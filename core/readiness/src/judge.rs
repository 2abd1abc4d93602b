//! The verdicts.

use crate::{CertificateFacts, Facts, InterfaceFacts, Seen, TrunkFacts, Value};
use ringdesk_model::Timestamp;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Green,
    /// It works, and somebody should know.
    Amber,
    /// Callers, or the law, would suffer.
    Red,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Green => "green",
            State::Amber => "amber",
            State::Red => "red",
        }
    }
}

macro_rules! checks {
    ($($name:ident $text:literal)*) => {
        /// What is looked at, in this order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CheckId { $($name,)* }

        impl CheckId {
            pub const ALL: &[CheckId] = &[$(CheckId::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {$(CheckId::$name => $text,)*}
            }
        }
    };
}

checks! {
    Certificate "certificate"
    PublicAddress "public_address"
    Sound "rtp_reachable"
    TrunkIn "trunk_in"
    TrunkOut "trunk_out"
    Keys "keys_in_clear"
    Clock "clock"
    Disk "disk_days"
    Backup "backup_age"
    Recogniser "recogniser"
    Announcement "recording_announcement"
    Holidays "holidays"
    EmptyQueue "empty_queue"
    SecondFactor "admin_second_factor"
    Demo "demo_data"
}

/// One of them, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: CheckId,
    pub state: State,
    pub seen: Seen,
    /// What to do; empty where there is nothing.
    pub advice: &'static str,
}

/// A call that was longer ago proves nothing any more.
const PROVEN_FOR: Duration = Duration::from_secs(30 * 86_400);
const SOON: Duration = Duration::from_secs(14 * 86_400);
const DAY: Duration = Duration::from_secs(86_400);
const GIGABYTE: u64 = 1_000_000_000;

/// Every check, each time, in the order of [`CheckId::ALL`].
pub fn judge(now: Timestamp, facts: &Facts) -> Vec<Check> {
    CheckId::ALL.iter().map(|id| look(*id, now, facts)).collect()
}

/// Nothing is red.
pub fn may_go_live(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.state != State::Red)
}

fn look(id: CheckId, now: Timestamp, facts: &Facts) -> Check {
    let (state, seen, advice) = match id {
        CheckId::Certificate => certificate(now, facts.certificate.as_ref()),
        CheckId::PublicAddress => public_address(&facts.interfaces),
        CheckId::Sound => sound(now, facts.sound_both_ways),
        CheckId::TrunkIn => trunk(now, &facts.trunks, "in"),
        CheckId::TrunkOut => trunk(now, &facts.trunks, "out"),
        CheckId::Keys => keys(facts),
        CheckId::Clock => clock(facts.clock_follows),
        CheckId::Disk => disk(facts.disk_free, facts.disk_a_day),
        CheckId::Backup => backup(now, facts.backup),
        CheckId::Recogniser => recogniser(facts),
        CheckId::Announcement => announcement(facts),
        CheckId::Holidays => holidays(facts.holidays),
        CheckId::EmptyQueue => empty_queue(facts),
        CheckId::SecondFactor => second_factor(facts),
        CheckId::Demo => demo(facts.demo),
    };
    Check { id, state, seen, advice }
}

type Verdict = (State, Seen, &'static str);

fn green(seen: Seen) -> Verdict {
    (State::Green, seen, "")
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn list(names: &[&str]) -> Value {
    text(names.join(", "))
}

fn ago(now: Timestamp, at: Timestamp) -> Value {
    Value::Ago(now.since(at))
}

fn certificate(now: Timestamp, facts: Option<&CertificateFacts>) -> Verdict {
    let Some(facts) = facts else {
        return (State::Red, Seen::NoCertificate {}, "see what `ringdesk doctor` says of it");
    };
    let names = text(facts.names.join(" "));
    let left = facts.not_after.since(now);
    if facts.not_after <= now {
        return (
            State::Red,
            Seen::Expired { names },
            "put a new one in its place, or name an authority under certificates.acme",
        );
    }
    if facts.not_before > now {
        return (State::Red, Seen::NotYet { names }, "set the clock, or put another certificate in its place");
    }
    if let Some(why) = &facts.failing {
        let state = if left < SOON { State::Red } else { State::Amber };
        return (state, Seen::NoOther { names, why: text(why) }, "do what the authority's fault says");
    }
    if left < SOON && !facts.renewed {
        return (State::Amber, Seen::EndsSoon { names, days: days(left) }, "put a new one in its place");
    }
    if facts.own {
        let advice = "have people install /authority.pem, or name an authority under certificates.acme";
        return (State::Amber, Seen::OwnAuthority { names }, advice);
    }
    green(Seen::GoodFor { names, days: days(left) })
}

fn public_address(interfaces: &[InterfaceFacts]) -> Verdict {
    let advice = "set signaling.interface.advertised to the address under which the world reaches this server";
    if interfaces.is_empty() {
        return (State::Red, Seen::ListensNowhere {}, "add a [[signaling.interface]]");
    }
    let told = |one: &InterfaceFacts| match &one.advertised {
        Some(name) => name.parse::<IpAddr>().ok(),
        None => Some(one.bound),
    };
    if interfaces.iter().all(|one| told(one).is_some_and(|ip| ip.is_loopback())) {
        return (State::Red, Seen::OnlyHere {}, advice);
    }
    // A name is somebody's deliberate choice.
    let reachable = interfaces.iter().find(|one| told(one).is_none_or(is_public));
    match reachable {
        Some(one) => {
            let shown = one.advertised.clone().unwrap_or_else(|| one.bound.to_string());
            green(Seen::Told { name: text(one.name.as_str()), address: text(shown) })
        }
        None => (State::Amber, Seen::AllPrivate {}, advice),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64; // RFC 6598
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
    }
}

fn sound(now: Timestamp, last: Option<Timestamp>) -> Verdict {
    let advice = "make a call from another network and talk; if nothing is heard, open media.ports (UDP) and look at `advertised`";
    match last {
        Some(at) if now.since(at) <= PROVEN_FOR => green(Seen::BothWays { ago: ago(now, at) }),
        Some(at) => (State::Amber, Seen::LastHeard { ago: ago(now, at) }, advice),
        None => (State::Amber, Seen::NeverHeard {}, advice),
    }
}

fn trunk(now: Timestamp, trunks: &[TrunkFacts], way: &str) -> Verdict {
    let out = way == "out";
    let advice = match out {
        true => "make a test call out: POST trunks/{name}/test, or an agent's call",
        false => "have somebody call one of your numbers from outside, and answer",
    };
    let able: Vec<&TrunkFacts> = trunks.iter().filter(|trunk| !out || trunk.dials).collect();
    if able.is_empty() {
        let seen = if out { Seen::NoTrunkOut {} } else { Seen::NoTrunk {} };
        return (State::Red, seen, "add a trunk (docs/trunks.md)");
    }
    let ill = |trunk: &&&TrunkFacts| trunk.up == Some(false) || trunk.registered == Some(false);
    let down: Vec<&str> = able.iter().filter(ill).map(|trunk| trunk.name.as_str()).collect();
    if down.len() == able.len() {
        return (State::Red, Seen::Down { trunks: list(&down) }, "see GET trunks for what the operator answers");
    }
    let last = |trunk: &TrunkFacts| if out { trunk.went } else { trunk.came };
    let unproven = |trunk: &&&TrunkFacts| last(trunk).is_none_or(|at| now.since(at) > PROVEN_FOR);
    let unproven: Vec<&str> = able.iter().filter(unproven).map(|trunk| trunk.name.as_str()).collect();
    match () {
        () if unproven.len() == able.len() => {
            (State::Red, if out { Seen::NoneOut {} } else { Seen::NoneIn {} }, advice)
        }
        () if !down.is_empty() => {
            (State::Amber, Seen::Down { trunks: list(&down) }, "see GET trunks for what the operator answers")
        }
        () if !unproven.is_empty() => (State::Amber, Seen::NotProven { trunks: list(&unproven) }, advice),
        () => green(Seen::AnsweredOver { trunks: list(&able.iter().map(|t| t.name.as_str()).collect::<Vec<_>>()) }),
    }
}

/// Keys in a description (SDES) want a transport that keeps them: RFC 4568, section 6.1. `srtp` and `transport` as the settings of a
/// line name them.
pub fn keys_in_clear(srtp: &str, transport: &str) -> bool {
    !matches!(srtp, "" | "off") && transport != "tls"
}

fn keys(facts: &Facts) -> Verdict {
    let trunks = facts.trunks.iter().filter(|trunk| trunk.keys_in_clear).map(|trunk| trunk.name.as_str());
    let telephones = facts.telephones_in_clear.iter().flatten().map(String::as_str);
    let lines: Vec<&str> = trunks.chain(telephones).collect();
    match (lines.is_empty(), facts.telephones_in_clear.is_some()) {
        (false, _) => {
            let advice = "let them talk over TLS: the trunk's `transport`, the telephone's server address";
            (State::Amber, Seen::KeysInClear { lines: list(&lines) }, advice)
        }
        (true, false) => (State::Amber, Seen::KeysUnknown {}, "ask the server while it runs: the page Go live"),
        (true, true) => green(Seen::KeysKept {}),
    }
}

fn clock(follows: Option<bool>) -> Verdict {
    let advice =
        "run an NTP client (chrony, systemd-timesyncd): second factors, certificates and reports need the time";
    match follows {
        Some(true) => green(Seen::ClockFollows {}),
        Some(false) => (State::Amber, Seen::ClockAlone {}, advice),
        None => (State::Amber, Seen::ClockUnknown {}, advice),
    }
}

fn disk(free: Option<u64>, a_day: Option<u64>) -> Verdict {
    let advice = "make room where `data` lies, or let recordings go sooner";
    let Some(bytes) = free else { return (State::Amber, Seen::DiskUnknown {}, advice) };
    let free = Value::Gigabytes(bytes);
    let lasts = |days| Seen::DiskLasts { free: Value::Gigabytes(bytes), days: Value::Count(days) };
    if bytes < GIGABYTE {
        return (State::Red, Seen::DiskFull { free }, advice);
    }
    match a_day.filter(|a_day| *a_day > 0).map(|a_day| bytes / a_day) {
        Some(days) if days < 7 => (State::Red, lasts(days), advice),
        Some(days) if days < 30 => (State::Amber, lasts(days), advice),
        Some(days) => green(lasts(days)),
        None if bytes < 10 * GIGABYTE => (State::Amber, Seen::DiskUnreckoned { free }, advice),
        None => green(Seen::DiskUnreckoned { free }),
    }
}

fn backup(now: Timestamp, known: Option<Option<Timestamp>>) -> Verdict {
    match known {
        None => (
            State::Amber,
            Seen::BackupUnknown {},
            "back up the data folder with the server stopped (or PostgreSQL by its own means), and root.key apart from it; try it once",
        ),
        Some(None) => (State::Red, Seen::NoBackup {}, "make one"),
        Some(Some(at)) if now.since(at) > DAY * 2 => (State::Red, Seen::BackedUp { ago: ago(now, at) }, "make one"),
        Some(Some(at)) => green(Seen::BackedUp { ago: ago(now, at) }),
    }
}

fn recogniser(facts: &Facts) -> Verdict {
    let deaf: Vec<&str> =
        facts.recognisers.iter().filter(|r| r.used && r.engines.is_empty()).map(|r| r.language.as_str()).collect();
    let able = facts.recognisers.iter().filter(|r| !r.engines.is_empty());
    let able: Vec<String> = able.map(|r| format!("{}: {}", r.language, r.engines.join(", "))).collect();
    match (deaf.is_empty(), able.is_empty()) {
        (false, _) => (
            State::Amber,
            Seen::NotUnderstood { languages: list(&deaf) },
            "add an engine for it under [asr] (asr/README.md)",
        ),
        (true, true) => (State::Amber, Seen::NoEngine {}, "add one under [asr] (asr/README.md)"),
        (true, false) => green(Seen::Engines { engines: text(able.join("; ")) }),
    }
}

fn announcement(facts: &Facts) -> Verdict {
    let silent: Vec<&str> = facts
        .inboxes
        .iter()
        .filter(|inbox| inbox.records && !inbox.announces)
        .map(|inbox| inbox.name.as_str())
        .collect();
    match silent.is_empty() {
        false => (
            State::Red,
            Seen::NotAnnounced { inboxes: list(&silent) },
            "let the flow play the prompt `recording.notice` first, or do not record there",
        ),
        true if facts.inboxes.iter().any(|inbox| inbox.records) => green(Seen::Announced {}),
        true => green(Seen::NothingRecorded {}),
    }
}

fn holidays(known: Option<bool>) -> Verdict {
    match known {
        None => {
            (State::Amber, Seen::HolidaysUnknown {}, "see the log: the store did not say which holidays are entered")
        }
        Some(false) => {
            (State::Amber, Seen::NoHolidays {}, "enter them under Opening hours, or import them there from a file")
        }
        Some(true) => green(Seen::HolidaysEntered {}),
    }
}

fn empty_queue(facts: &Facts) -> Verdict {
    let open: Vec<String> = facts
        .queue_steps
        .iter()
        .filter(|step| !step.has_way_out)
        .map(|step| format!("{}/{}", step.flow, step.step))
        .collect();
    match (facts.queue_steps.is_empty(), open.is_empty()) {
        (true, _) => (State::Amber, Seen::NoQueueStep {}, "publish a flow with a queue step"),
        (false, true) => green(Seen::EveryWayOut {}),
        (false, false) => (
            State::Amber,
            Seen::NoWayOut { steps: text(open.join(", ")) },
            "give the step an `on.no_agents`: voicemail, another number, a closing text",
        ),
    }
}

fn second_factor(facts: &Facts) -> Verdict {
    let without: Vec<&str> = facts.admins.iter().filter(|a| !a.second_factor).map(|a| a.login.as_str()).collect();
    match without.is_empty() {
        true => green(Seen::AllHaveSecond { count: Value::Count(facts.admins.len() as u64) }),
        false => (
            State::Red,
            Seen::WithoutSecond { logins: list(&without) },
            "let them set one up, and let the role need it (PUT second_factor_roles)",
        ),
    }
}

fn demo(there: Option<bool>) -> Verdict {
    match there {
        Some(false) => green(Seen::NoDemo {}),
        Some(true) => (
            State::Red,
            Seen::DemoThere {},
            "begin with a data folder of your own, or disable the demonstration's people and remove its numbers",
        ),
        None => (State::Amber, Seen::DemoUnknown {}, "see that no login of the demonstration is left"),
    }
}

fn days(span: Duration) -> Value {
    Value::Count(span.as_secs() / 86_400)
}
