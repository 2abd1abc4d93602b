//! The invariants, looked at from outside when it is quiet: the server's books against what the telephones saw.

use crate::house;
use crate::ledger::{End, Entry};
use crate::load::World;
use crate::rest::Holds;
use crate::soak::Plan;
use crate::vitals::{LOSSES, Life, OPEN, Trend, figures};
use anyhow::{Context as _, Result};
use ringdesk_interop::Login;
use ringdesk_model::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// How far a moment in the books may lie from the same moment on a telephone. A message crosses the loopback in less than a
/// millisecond; but one that finds a buffer full is only heard at its first repetition, 500 ms later (T1), and two busy cores
/// may let a telephone or the server wait for a second.
pub const TOLERANCE_MS: i64 = 1_500;
/// A minute without sound ends a leg whose telephone vanished; the report that begins it may be a few seconds late.
const SILENCE_MS: i64 = 66_000;
/// What was acknowledged so long before a kill stands in the books: sets of 20 ms, and a disk that may be slow.
const WRITTEN_MS: i64 = 1_000;

/// What is wrong, and what it was measured on.
#[derive(Default)]
pub struct Findings {
    pub broken: Vec<String>,
    pub records: usize,
    /// Begun so shortly before a kill that both is right, and which of it was.
    pub unsure: usize,
    pub unsure_kept: usize,
    pub figures: BTreeMap<String, u64>,
    pub losses: BTreeMap<&'static str, u64>,
    /// Seconds in which calls were up, on the telephones and in the books; the same of talks.
    pub answered_s: (f64, f64),
    pub talked_s: (f64, f64),
    pub largest_gap_ms: i64,
    pub memory: Option<Trend>,
    pub files: Option<Trend>,
    pub warnings: BTreeMap<String, u64>,
    /// Of recorded calls: answered, in recordings, in recordings that failed and say why; in seconds.
    pub recorded_s: [i64; 3],
    /// Calls that a dead server took along, each with its end.
    pub crashed: i64,
    /// What the server held before anybody called, and when all had hung up.
    pub holds: Option<(Holds, Holds)>,
    /// The longest lag of the books of any life, in milliseconds.
    pub lag_ms: u64,
}

/// A call as the API shows it.
struct Record {
    from: String,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    cause: String,
    queue_ms: i64,
    talk_ms: i64,
    hold_ms: i64,
    closed: bool,
}

pub async fn audit(plan: &Plan, world: &World, lives: &[Life]) -> Result<Findings> {
    let mut findings = Findings::default();
    let centre = world.centre.read().await;
    findings.figures = figures(&centre).await?;
    for name in OPEN {
        let open = findings.figures.get(*name).copied().unwrap_or(0);
        findings.check(open == 0, || format!("{name} is {open} when all have hung up"));
    }
    for name in LOSSES {
        let of = |life: &Life| life.figures.get(*name).copied().unwrap_or(0);
        let lost = lives.iter().map(of).sum();
        findings.losses.insert(name, lost);
        findings.check(lost == 0, || format!("{name} is {lost}"));
    }
    findings.lag_ms =
        lives.iter().filter_map(|l| l.figures.get("journal_lag_longest_seconds")).copied().max().unwrap_or(0);
    drop(centre);
    agents_are_free(world, &mut findings).await?;
    transactions_end(plan, world, &mut findings).await?;
    let admin = world.centre.read().await.login("admin").await?;
    let records = records(world, &admin).await?;
    findings.records = records.len();
    books(world, &records, &mut findings);
    for odd in world.ledger.oddities() {
        findings.broken.push(odd);
    }
    trends(plan, lives, &mut findings);
    let log = world.centre.read().await.log();
    findings.warnings = warnings(&log);
    findings.check(!log.contains("panicked at"), || "a panic stands in the log".into());
    Ok(findings)
}

impl Findings {
    fn check(&mut self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(why());
        }
    }
}

/// No agent is left in somebody's hands, no work item is open. Wrap-up has its own end, soon.
async fn agents_are_free(world: &World, findings: &mut Findings) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(15);
    let mut tick = interval(Duration::from_millis(250));
    loop {
        tick.tick().await;
        let centre = world.centre.read().await;
        let get = async |path| house::ok(centre.api(&world.supervisor, "GET", path, None).await?);
        let (agents, items, queues) = (get("agents").await?, get("work_items").await?, get("queues").await?);
        let mut stuck = Vec::new();
        for agent in agents.as_array().context("agents")? {
            let state = agent["presence"]["state"].as_str().unwrap_or_default();
            if !matches!(state, "ready" | "not_ready" | "logged_out") {
                stuck.push(format!("agent {} is {state} when all have hung up", agent["extension"]));
            }
        }
        stuck.extend(items.as_array().context("work items")?.iter().map(|i| format!("a work item is open: {i}")));
        let waiting = queues.as_array().context("queues")?.iter().filter(|q| q["waiting"] != 0);
        stuck.extend(waiting.map(|q| format!("queue {} has {} waiting", q["name"], q["waiting"])));
        if stuck.is_empty() || Instant::now() >= until {
            findings.broken.extend(stuck);
            return Ok(());
        }
    }
}

/// Requests are remembered for 64·T1, for their repetitions, and then no more. The short form does not wait for that: what
/// telephones did in their last half minute may stand there.
async fn transactions_end(plan: &Plan, world: &World, findings: &mut Findings) -> Result<()> {
    let most = if plan.judge_memory { 0 } else { 4 * (plan.calls + plan.agents()) as u64 };
    let until = Instant::now() + Duration::from_secs(45);
    let mut tick = interval(Duration::from_millis(500));
    loop {
        tick.tick().await;
        let found = figures(&*world.centre.read().await).await?;
        let open = found.get("signaling_transactions_open").copied().unwrap_or(0);
        if open <= most || Instant::now() >= until {
            findings.check(open <= most, || format!("{open} transactions are open when all have gone"));
            return Ok(());
        }
    }
}

/// Every call there is, page by page.
async fn records(world: &World, admin: &Login) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("conversations?channel=phone&limit=100{before}");
        let page = house::ok(world.centre.read().await.api(admin, "GET", &path, None).await?)?;
        let page = page.as_array().context("conversations")?;
        for conversation in page {
            for call in conversation["calls"].as_array().context("calls")? {
                found.push(record(call, !conversation["closed_at"].is_null()));
            }
        }
        let Some(last) = page.last() else { return Ok(found) };
        before = format!("&before={}", last["id"].as_str().context("id")?);
    }
}

fn record(call: &Value, closed: bool) -> Record {
    let ms = |name: &str| call[name].as_i64().unwrap_or(0);
    Record {
        from: call["from"].as_str().unwrap_or_default().to_owned(),
        answered_at: call["answered_at"].as_i64(),
        ended_at: call["ended_at"].as_i64(),
        cause: call["hangup_cause"].as_str().unwrap_or_default().to_owned(),
        queue_ms: ms("queue_ms"),
        talk_ms: ms("talk_ms"),
        hold_ms: ms("hold_ms"),
        closed,
    }
}

fn books(world: &World, records: &[Record], findings: &mut Findings) {
    let kills: Vec<i64> = world.ledger.kills().iter().map(|k| k.as_millis()).collect();
    let mut by_number: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        by_number.entry(&record.from).or_default().push(record);
    }
    for call in world.ledger.calls() {
        let mine = by_number.remove(call.number.as_str()).unwrap_or_default();
        let must = must_stand(&call, &kills);
        if must.is_none() {
            findings.unsure += 1;
            findings.unsure_kept += mine.len().min(1);
        }
        let right = match must {
            Some(true) => mine.len() == 1,
            Some(false) => mine.is_empty(),
            None => mine.len() < 2,
        };
        findings.check(right, || format!("call {call:?} has {} records", mine.len()));
        if call.end == Some(End::Unanswered) {
            findings.broken.push(format!("the server did not answer {call:?}"));
        }
        if let [one] = mine[..] {
            compare(&call, one, &kills, findings);
        }
    }
    for (number, strays) in by_number {
        findings.broken.push(format!("{} record(s) of {number}, who never called", strays.len()));
    }
}

/// Is there one record of this call? `None`: its server was killed before it must have been written.
fn must_stand(call: &Entry, kills: &[i64]) -> Option<bool> {
    if call.dialled == house::NOWHERE && call.answered.is_none() {
        return Some(false);
    }
    let begun = call.begun.as_millis();
    // An INVITE that the server never answered may not have reached it.
    let heard = call.heard.map(Timestamp::as_millis)?;
    let ended = call.ended.map_or(i64::MAX, Timestamp::as_millis);
    match kills.iter().find(|kill| begun <= **kill + WRITTEN_MS && **kill - WRITTEN_MS <= ended) {
        Some(kill) if heard + WRITTEN_MS > *kill => None,
        _ if call.answered.is_none() && matches!(call.end, Some(End::Refused(503))) => None,
        _ => Some(true),
    }
}

fn compare(call: &Entry, record: &Record, kills: &[i64], findings: &mut Findings) {
    let Some(ended_at) = record.ended_at.filter(|_| record.closed && !record.cause.is_empty()) else {
        return findings.broken.push(format!("call {} is not closed in the books", call.number));
    };
    let (Some(answered), Some(ended)) = (call.answered.map(Timestamp::as_millis), call.ended.map(Timestamp::as_millis))
    else {
        // Never up on the telephone; the answer may have crossed the CANCEL, but not by much.
        let up = record.answered_at.map_or(0, |at| ended_at - at);
        let killed = call.end == Some(End::Killed);
        return findings.check(up <= TOLERANCE_MS || killed, || format!("{up} ms in the books of unanswered {call:?}"));
    };
    let killed = kills.iter().any(|kill| (answered - WRITTEN_MS..=ended + WRITTEN_MS).contains(kill));
    let Some(answered_at) = record.answered_at else {
        return findings.check(
            killed && answered + WRITTEN_MS > kills.iter().copied().find(|k| *k >= answered).unwrap_or(0),
            || format!("the books do not say that {call:?} was answered"),
        );
    };
    findings.answered_s.0 += seconds(ended - answered);
    findings.answered_s.1 += seconds(ended_at - answered_at);
    let parts = record.queue_ms + record.talk_ms + record.hold_ms;
    findings.check(parts <= ended_at - answered_at + TOLERANCE_MS, || {
        format!("{parts} ms in queue, talk and hold of a call of {} ms: {call:?}", ended_at - answered_at)
    });
    findings.gap(answered_at - answered, TOLERANCE_MS, TOLERANCE_MS, "answered", call);
    // Who vanished is noticed late; what a killed server had not written is lost, and only that.
    let (early, late) = match call.end {
        Some(End::Vanished) => (TOLERANCE_MS, SILENCE_MS),
        _ if killed => (TOLERANCE_MS + WRITTEN_MS.max(ended - answered), TOLERANCE_MS),
        _ => (TOLERANCE_MS, TOLERANCE_MS),
    };
    findings.gap(ended_at - ended, early, late, "ended", call);
    talk(call, record, ended_at, killed, findings);
}

/// The time in which an agent's telephone was up, overlaps counted once.
fn talk(call: &Entry, record: &Record, ended_at: i64, killed: bool, findings: &mut Findings) {
    let vanished = call.spans.iter().any(|s| s.vanished);
    let mut spans: Vec<(i64, i64)> = call
        .spans
        .iter()
        .map(|s| {
            (s.from.as_millis(), s.to.map_or(ended_at, Timestamp::as_millis).min(ended_at.max(s.from.as_millis())))
        })
        .collect();
    spans.sort_unstable();
    let (mut talked, mut reached) = (0, i64::MIN);
    for (from, to) in &spans {
        talked += (to - (*from).max(reached)).max(0);
        reached = reached.max(*to);
    }
    findings.talked_s.0 += seconds(talked);
    findings.talked_s.1 += seconds(record.talk_ms);
    let booked = record.talk_ms + record.hold_ms;
    // One tolerance per talk: each has a beginning and an end.
    let each = TOLERANCE_MS * (spans.len() as i64).max(1);
    let most = if vanished { spans.first().map_or(0, |s| ended_at - s.0) } else { talked } + each;
    let least = if killed { 0 } else { talked - each };
    findings.check((least..=most).contains(&booked), || {
        format!("{booked} ms of talk in the books, {talked} ms on the telephones: {call:?}")
    });
}

impl Findings {
    fn gap(&mut self, gap: i64, early: i64, late: i64, what: &str, call: &Entry) {
        if early <= TOLERANCE_MS && late <= TOLERANCE_MS {
            self.largest_gap_ms = self.largest_gap_ms.max(gap.abs());
        }
        self.check((-early..=late).contains(&gap), || format!("{what} {gap} ms apart from the telephone's: {call:?}"));
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// Of the longest life of the server: what a kill takes away is no leak.
fn trends(plan: &Plan, lives: &[Life], findings: &mut Findings) {
    let Some(life) = lives.iter().max_by_key(|l| l.looks.len()) else { return };
    // Only under load: it fills for a while, and at the end it empties.
    let most = life.looks.iter().map(|l| l.calls).max().unwrap_or(0);
    let loaded = life.looks.iter().filter(|l| l.calls * 2 > most).copied().skip(if plan.judge_memory { 60 } else { 5 });
    let loaded = Life { looks: loaded.collect(), ..Life::default() };
    findings.memory = loaded.trend(|l| l.resident_kb);
    findings.files = loaded.trend(|l| l.files);
    if let (true, Some(memory), Some(files)) = (plan.judge_memory, findings.memory, findings.files) {
        // A tenth, for the allocator and the caches of the store; a leak of 2 kB per call is more after these minutes.
        findings.check(memory.last <= memory.first * 1.10 + 4_096.0, || format!("memory grows: {memory:?}"));
        findings.check(files.last <= files.first * 1.10 + 8.0, || format!("open files grow: {files:?}"));
    }
    if let Some(end) = lives.last().and_then(|l| l.looks.last()) {
        // Listeners, the store's connections, the threads' own: with nobody there, no more than a few dozen.
        findings.check(end.files < 100, || format!("{} open files when all have hung up", end.files));
    }
}

/// Warnings and errors of the log by their text, without what differs from one to the next.
fn warnings(log: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for line in log.lines() {
        let plain = strip(line);
        let Some(at) = plain.find(" WARN ").or(plain.find("ERROR ")) else { continue };
        let text: String = plain[at..].chars().filter(|c| !c.is_ascii_digit()).take(120).collect();
        let text = text.split(['=', '{']).next().unwrap_or_default().trim().to_owned();
        *found.entry(text).or_insert(0) += 1;
    }
    found
}

/// Without the colours of a terminal.
fn strip(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut escape = false;
    for c in line.chars() {
        match c {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(begun: i64, heard: Option<i64>, ended: i64) -> Entry {
        let at = Timestamp::from_millis;
        Entry {
            number: "1".into(),
            dialled: "7001".into(),
            begun: at(begun),
            heard: heard.map(at),
            answered: heard.map(at),
            ended: Some(at(ended)),
            end: Some(End::ByCaller),
            spans: vec![],
        }
    }

    fn booked(answered_at: i64, ended_at: i64, talk_ms: i64) -> Record {
        let (from, cause) = ("1".into(), "normal".into());
        Record {
            from,
            answered_at: Some(answered_at),
            ended_at: Some(ended_at),
            cause,
            queue_ms: 0,
            talk_ms,
            hold_ms: 0,
            closed: true,
        }
    }

    #[test]
    fn a_call_stands_in_the_books_unless_its_server_died_first() {
        assert_eq!(must_stand(&entry(10_000, Some(10_010), 20_000), &[]), Some(true));
        assert_eq!(must_stand(&entry(10_000, Some(10_010), 20_000), &[15_000]), Some(true));
        assert_eq!(must_stand(&entry(10_000, Some(14_500), 15_000), &[15_000]), None);
        assert_eq!(must_stand(&entry(10_000, None, 20_000), &[]), None);
        let nowhere = Entry { dialled: house::NOWHERE.into(), answered: None, ..entry(1, Some(2), 3) };
        assert_eq!(must_stand(&nowhere, &[]), Some(false));
    }

    #[test]
    fn seconds_that_differ_are_found() {
        let broken = |record: &Record, kills: &[i64]| {
            let mut findings = Findings::default();
            compare(&entry(10_000, Some(10_010), 20_000), record, kills, &mut findings);
            findings.broken.len()
        };
        assert_eq!(broken(&booked(10_005, 20_004, 0), &[]), 0);
        assert_eq!(broken(&booked(10_005, 22_004, 0), &[]), 1, "ended late");
        assert_eq!(broken(&booked(10_005, 12_000, 0), &[]), 1, "ended early");
        assert_eq!(broken(&booked(10_005, 12_000, 0), &[20_000]), 0, "the server died");
        assert_eq!(broken(&booked(10_005, 20_004, 4_000), &[]), 1, "talked with nobody");
        assert_eq!(broken(&Record { closed: false, ..booked(10_005, 20_004, 0) }, &[]), 1, "not closed");
    }

    #[test]
    fn overlapping_talks_count_once() {
        let at = Timestamp::from_millis;
        let span = |from, to| crate::ledger::Span { from: at(from), to: Some(at(to)), vanished: false };
        let call =
            Entry { spans: vec![span(11_000, 15_000), span(14_000, 16_000)], ..entry(10_000, Some(10_010), 20_000) };
        let mut findings = Findings::default();
        compare(&call, &booked(10_010, 20_000, 5_000), &[], &mut findings);
        assert!(findings.broken.is_empty(), "{:?}", findings.broken);
        assert_eq!(findings.talked_s, (5.0, 5.0));
    }

    #[test]
    fn warnings_are_counted_by_kind() {
        let log = "2026 \u{1b}[33m WARN\u{1b}[0m a: call 17 gone id=1\n2026  WARN a: call 18 gone id=2\n INFO fine\n";
        assert_eq!(warnings(log).values().copied().collect::<Vec<_>>(), [2]);
    }
}
