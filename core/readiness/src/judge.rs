//! The verdicts.

use crate::{CertificateFacts, Facts, InterfaceFacts, TrunkFacts};
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
    /// What was seen, in a sentence.
    pub seen: String,
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

type Verdict = (State, String, &'static str);

fn green(seen: impl Into<String>) -> Verdict {
    (State::Green, seen.into(), "")
}

fn certificate(now: Timestamp, facts: Option<&CertificateFacts>) -> Verdict {
    let Some(facts) = facts else {
        return (
            State::Red,
            "there is no certificate that can be used".into(),
            "see what `ringdesk doctor` says of it",
        );
    };
    let names = facts.names.join(" ");
    let left = facts.not_after.since(now);
    if facts.not_after <= now {
        return (
            State::Red,
            format!("it has expired; it was for {names}"),
            "put a new one in its place, or name an authority under certificates.acme",
        );
    }
    if facts.not_before > now {
        return (
            State::Red,
            format!("it is not valid yet; it is for {names}"),
            "set the clock, or put another certificate in its place",
        );
    }
    if let Some(why) = &facts.failing {
        let state = if left < SOON { State::Red } else { State::Amber };
        return (
            state,
            format!("for {names}, and the authority gives no other: {why}"),
            "do what the authority's fault says",
        );
    }
    if left < SOON && !facts.renewed {
        return (State::Amber, format!("for {names}; it ends in {} days", days(left)), "put a new one in its place");
    }
    if facts.own {
        let advice = "have people install /authority.pem, or name an authority under certificates.acme";
        return (State::Amber, format!("for {names}, by this server's own authority"), advice);
    }
    green(format!("for {names}, good for {} days", days(left)))
}

fn public_address(interfaces: &[InterfaceFacts]) -> Verdict {
    let advice = "set signaling.interface.advertised to the address under which the world reaches this server";
    if interfaces.is_empty() {
        return (State::Red, "SIP listens nowhere".into(), "add a [[signaling.interface]]");
    }
    let told = |one: &InterfaceFacts| match &one.advertised {
        Some(name) => name.parse::<IpAddr>().ok(),
        None => Some(one.bound),
    };
    if interfaces.iter().all(|one| told(one).is_some_and(|ip| ip.is_loopback())) {
        return (State::Red, "it can be reached from this machine only".into(), advice);
    }
    // A name is somebody's deliberate choice.
    let reachable = interfaces.iter().find(|one| told(one).is_none_or(is_public));
    match reachable {
        Some(one) => {
            let shown = one.advertised.clone().unwrap_or_else(|| one.bound.to_string());
            green(format!("{} is told {shown}", one.name))
        }
        None => (
            State::Amber,
            "every interface has a private address: who is not in these networks hears nothing".into(),
            advice,
        ),
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
        Some(at) if now.since(at) <= PROVEN_FOR => green(format!("heard and sent in a call {}", ago(now, at))),
        Some(at) => (State::Amber, format!("last heard {}", ago(now, at)), advice),
        None => (State::Amber, "no caller was heard since the start who heard us".into(), advice),
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
        let seen = if out { "no trunk can be dialled out over" } else { "there is no trunk" };
        return (State::Red, seen.into(), "add a trunk (docs/trunks.md)");
    }
    let ill = |trunk: &&&TrunkFacts| trunk.up == Some(false) || trunk.registered == Some(false);
    let down: Vec<&str> = able.iter().filter(ill).map(|trunk| trunk.name.as_str()).collect();
    if down.len() == able.len() {
        return (State::Red, format!("down: {}", down.join(", ")), "see GET trunks for what the operator answers");
    }
    let last = |trunk: &TrunkFacts| if out { trunk.went } else { trunk.came };
    let unproven = |trunk: &&&TrunkFacts| last(trunk).is_none_or(|at| now.since(at) > PROVEN_FOR);
    let unproven: Vec<&str> = able.iter().filter(unproven).map(|trunk| trunk.name.as_str()).collect();
    match () {
        () if unproven.len() == able.len() => {
            (State::Red, format!("no call {way} was ever answered, or not of late"), advice)
        }
        () if !down.is_empty() => {
            (State::Amber, format!("down: {}", down.join(", ")), "see GET trunks for what the operator answers")
        }
        () if !unproven.is_empty() => (State::Amber, format!("not proven: {}", unproven.join(", ")), advice),
        () => green(format!(
            "answered calls over {}",
            able.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ")
        )),
    }
}

fn clock(follows: Option<bool>) -> Verdict {
    let advice =
        "run an NTP client (chrony, systemd-timesyncd): second factors, certificates and reports need the time";
    match follows {
        Some(true) => green("the system's clock follows others"),
        Some(false) => (State::Amber, "the system does not say that its clock follows others".into(), advice),
        None => (State::Amber, "nobody could ask the system about its clock".into(), advice),
    }
}

fn disk(free: Option<u64>, a_day: Option<u64>) -> Verdict {
    let advice = "make room where `data` lies, or let recordings go sooner";
    let Some(free) = free else { return (State::Amber, "nobody could look at the disk".into(), advice) };
    let shown = format!("{:.1} GB are free", free as f64 / GIGABYTE as f64);
    if free < GIGABYTE {
        return (State::Red, shown, advice);
    }
    match a_day.filter(|a_day| *a_day > 0).map(|a_day| free / a_day) {
        Some(days) if days < 7 => (State::Red, format!("{shown}: {days} days as things go"), advice),
        Some(days) if days < 30 => (State::Amber, format!("{shown}: {days} days as things go"), advice),
        Some(days) => green(format!("{shown}: {days} days as things go")),
        None if free < 10 * GIGABYTE => {
            (State::Amber, format!("{shown}; nothing is recorded yet to reckon by"), advice)
        }
        None => green(format!("{shown}; nothing is recorded yet to reckon by")),
    }
}

fn backup(now: Timestamp, known: Option<Option<Timestamp>>) -> Verdict {
    match known {
        None => (
            State::Amber,
            "this version makes no backups, and does not know of yours".into(),
            "back up the data folder with the server stopped (or PostgreSQL by its own means), and root.key apart from it; try it once",
        ),
        Some(None) => (State::Red, "there is no backup".into(), "make one"),
        Some(Some(at)) if now.since(at) > DAY * 2 => {
            (State::Red, format!("the last one was made {}", ago(now, at)), "make one")
        }
        Some(Some(at)) => green(format!("the last one was made {}", ago(now, at))),
    }
}

fn recogniser(facts: &Facts) -> Verdict {
    let deaf: Vec<&str> =
        facts.recognisers.iter().filter(|r| r.used && r.engines.is_empty()).map(|r| r.language.as_str()).collect();
    let able = facts.recognisers.iter().filter(|r| !r.engines.is_empty());
    let able: Vec<String> = able.map(|r| format!("{} by {}", r.language, r.engines.join(", "))).collect();
    match (deaf.is_empty(), able.is_empty()) {
        (false, _) => (
            State::Amber,
            format!("nobody understands {}: its calls are recorded, and have no transcripts", deaf.join(", ")),
            "add an engine for it under [asr] (asr/README.md)",
        ),
        (true, true) => (State::Amber, "no engine is there".into(), "add one under [asr] (asr/README.md)"),
        (true, false) => green(able.join("; ")),
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
            format!("recorded, and callers are not told: {}", silent.join(", ")),
            "let the flow play the prompt `recording.notice` first, or do not record there",
        ),
        true if facts.inboxes.iter().any(|inbox| inbox.records) => {
            green("callers are told wherever calls are recorded")
        }
        true => green("nothing is recorded"),
    }
}

fn holidays(known: Option<bool>) -> Verdict {
    match known {
        None => (
            State::Amber,
            "nobody could look for them".into(),
            "see the log: the store did not say which holidays are entered",
        ),
        Some(false) => (
            State::Amber,
            "no calendar has holidays in the year ahead".into(),
            "enter them under Opening hours, or import them there from a file",
        ),
        Some(true) => green("they are entered"),
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
        (true, _) => (State::Amber, "no flow leads to a queue".into(), "publish a flow with a queue step"),
        (false, true) => green("every queue step says what becomes of a caller when nobody works"),
        (false, false) => (
            State::Amber,
            format!("when nobody works the caller hears an apology and is hung up: {}", open.join(", ")),
            "give the step an `on.no_agents`: voicemail, another number, a closing text",
        ),
    }
}

fn second_factor(facts: &Facts) -> Verdict {
    let without: Vec<&str> = facts.admins.iter().filter(|a| !a.second_factor).map(|a| a.login.as_str()).collect();
    match without.is_empty() {
        true => green(format!("all {} who may change rights have one", facts.admins.len())),
        false => (
            State::Red,
            format!("without one, and may change rights: {}", without.join(", ")),
            "let them set one up, and let the role need it (PUT second_factor_roles)",
        ),
    }
}

fn demo(there: Option<bool>) -> Verdict {
    match there {
        Some(false) => green("the demonstration is not there"),
        Some(true) => (
            State::Red,
            "people and numbers of the demonstration are there".into(),
            "begin with a data folder of your own, or disable the demonstration's people and remove its numbers",
        ),
        None => (State::Amber, "nobody could look".into(), "see that no login of the demonstration is left"),
    }
}

fn days(span: Duration) -> u64 {
    span.as_secs() / 86_400
}

fn ago(now: Timestamp, at: Timestamp) -> String {
    let span = now.since(at);
    match span.as_secs() {
        seconds if seconds < 3_600 => format!("{} minutes ago", seconds / 60),
        seconds if seconds < 2 * 86_400 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", days(span)),
    }
}
