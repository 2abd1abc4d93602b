//! What a run prints: one table.

use crate::audit::TOLERANCE_MS;
use crate::soak::Outcome;
use crate::vitals::Trend;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Broken invariants shown in full.
const SHOWN: usize = 40;

#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    pub fn row(&mut self, what: impl Into<String>, value: impl ToString) {
        self.0.push((what.into(), value.to_string()));
    }

    pub fn trend(&mut self, what: &str, trend: Option<Trend>, unit: &str) {
        if let Some(Trend { first, last, per_minute }) = trend {
            let value = format!("{first:.0} → {last:.0} {unit} ({per_minute:+.1} per minute)");
            self.row(format!("{what}, first and last third"), value);
        }
    }

    pub fn print(&self, title: &str, broken: &[String]) -> String {
        let width = self.0.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
        let mut text = format!("{title}\n");
        for (what, value) in &self.0 {
            let _ = writeln!(text, "  {what:width$}  {value}");
        }
        let _ = writeln!(text, "  {:width$}  {}", "broken invariants", broken.len());
        // By their words first: three hundred of one kind hide the one of another.
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for fault in broken {
            let words = fault.split(": Entry").next().unwrap_or_default();
            *kinds.entry(words.replace(|c: char| c.is_ascii_digit(), "")).or_default() += 1;
        }
        for (kind, n) in kinds {
            let _ = writeln!(text, "  {n:>width$}  {}", kind.chars().take(100).collect::<String>());
        }
        for fault in broken.iter().take(SHOWN) {
            let _ = writeln!(text, "  ✗ {fault}");
        }
        if broken.len() > SHOWN {
            let _ = writeln!(text, "  … and {} more", broken.len() - SHOWN);
        }
        text
    }
}

pub fn soak(outcome: &Outcome) -> String {
    let mut table = Table::default();
    let findings = &outcome.findings;
    let calls = outcome.world.ledger.calls();
    let most = outcome.lives.iter().flat_map(|l| &l.looks).map(|l| l.calls).max().unwrap_or(0);
    table.row("calls begun", calls.len());
    table.row("calls held at once, most", most);
    table.row("calls answered", calls.iter().filter(|c| c.answered.is_some()).count());
    table.row("calls in which an agent talked", calls.iter().filter(|c| !c.spans.is_empty()).count());
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    for call in &calls {
        *ends.entry(call.end.map_or("not ended".into(), |e| e.name())).or_default() += 1;
    }
    ends.into_iter().for_each(|(end, n)| table.row(format!("ended: {end}"), n));
    outcome.world.ledger.faults().into_iter().for_each(|(fault, n)| table.row(format!("fault: {fault}"), n));
    table.row("records in the books", findings.records);
    table.row("begun within a second of a kill (kept)", format!("{} ({})", findings.unsure, findings.unsure_kept));
    let seconds = |(phones, books): (f64, f64)| format!("{phones:.1} s on the telephones, {books:.1} s in the books");
    table.row("answered", seconds(findings.answered_s));
    table.row("talked", seconds(findings.talked_s));
    table.row("largest gap of a moment", format!("{} ms (allowed {TOLERANCE_MS})", findings.largest_gap_ms));
    table.row("calls that a dead server took along, each with its end", findings.crashed);
    let [answered, kept, failed] = findings.recorded_s;
    table.row("recorded calls", format!("{answered} s answered, {kept} s kept, {failed} s failed with a reason"));
    table.row("longest lag of the books", format!("{} ms", findings.lag_ms));
    if let Some((before, after)) = findings.holds {
        table.row(
            "held before and after (files, threads, tasks)",
            format!(
                "{} {} {} → {} {} {}",
                before.files, before.threads, before.tasks, after.files, after.threads, after.tasks
            ),
        );
    }
    table.row("losses of all kinds", findings.losses.values().sum::<u64>());
    table.trend("memory", findings.memory, "kB");
    table.trend("open files", findings.files, "files");
    if let Some(end) = outcome.lives.last().and_then(|l| l.looks.last()) {
        table.row("when all have hung up", format!("{} kB, {} files", end.resident_kb, end.files));
    }
    for (warning, n) in &findings.warnings {
        table.row(format!("log: {warning}"), n);
    }
    let title = format!(
        "soak: seed {}, {} callers, {} agents, {:.0} s of load, {:.0} s in all",
        outcome.plan.seed,
        outcome.plan.calls,
        outcome.plan.agents(),
        outcome.plan.length.as_secs_f64(),
        outcome.lasted.as_secs_f64()
    );
    table.print(&title, &findings.broken)
}

pub fn flood(plan: &crate::flood::Plan, outcome: &crate::flood::Outcome) -> String {
    let mut table = Table::default();
    let sent: u64 = outcome.sent.iter().sum();
    let seconds = outcome.lasted.as_secs_f64();
    table.row("bad inputs sent", format!("{sent} ({:.0} per second)", sent as f64 / seconds));
    for (kind, n) in std::iter::zip(crate::noise::KINDS, outcome.sent) {
        table.row(format!("bad: {kind}"), n);
    }
    table.row("bad inputs the machine did not take", outcome.unsent);
    if plan.connections > 0 {
        let opened: u64 = outcome.opened.iter().sum();
        table.row("bad connections", format!("{opened}, {} of them ended by the server", outcome.closed));
        for (way, n) in std::iter::zip(crate::siege::WAYS, outcome.opened) {
            table.row(format!("bad: {way}"), n);
        }
    }
    table.row("good calls held", format!("{} of {}", outcome.good.len() / 2, plan.good));
    let sum = |of: fn(&crate::flood::Good) -> u64| outcome.good.iter().map(of).sum::<u64>();
    table.row("their packets", format!("{} said, {} heard", sum(|g| g.said), sum(|g| g.heard)));
    table.row("their packets lost", sum(|g| g.missing));
    let pause = outcome.good.iter().map(|g| g.longest_pause).max().unwrap_or(0);
    table.row("longest pause in their sound", format!("{} ms", pause * 20));
    table.row("probe calls", outcome.probes);
    let at = |q: f64| {
        let last = outcome.answer_ms.len().saturating_sub(1);
        outcome.answer_ms.get((q * last as f64) as usize).copied().unwrap_or(0)
    };
    let times = format!("{} / {} / {} ms", at(0.5), at(0.99), at(1.0));
    table.row("INVITE to answer, half / 99 % / all within", times);
    table.row("telephones that rang", outcome.rang);
    table.row("registrations refreshed", outcome.refreshed);
    table.row("tries with the wrong password", outcome.wrong);
    for name in [
        "signaling_over_budget_total",
        "signaling_inbox_full_total",
        "signaling_datagrams_lost_total",
        "signaling_malformed_total",
        "signaling_challenged_total",
        "signaling_unauthorised_total",
        "signaling_messages_received_total",
        "signaling_connections_refused_total",
        "signaling_connections_timed_out_total",
        "signaling_connections_broken_total",
        "signaling_connections_not_reading_total",
    ] {
        table.row(name, outcome.figures.get(name).copied().unwrap_or(0));
    }
    table.trend("memory", outcome.memory, "kB");
    let title = format!(
        "flood: seed {}, {} per second from {} addresses for {seconds:.0} s, {} good calls",
        plan.seed, plan.per_second, plan.sources, plan.good
    );
    table.print(&title, &outcome.broken)
}
