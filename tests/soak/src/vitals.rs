//! How the server feels: its memory, its files, its own figures; looked at from outside, once a second.

use anyhow::{Context as _, Result};
use ringdesk_interop::Centre;
use std::collections::BTreeMap;

/// Figures that only ever grow, and none of which may.
pub const LOSSES: &[&str] = &[
    "routing_stuck_total",
    "stuck_total",
    "media_panics_total",
    "signaling_core_panics_total",
    "signaling_legs_given_up_total",
    "journal_entries_lost_total",
    "recordings_events_lost_total",
    "recording_notes_lost_total",
    "recording_marks_lost_total",
    "media_commands_refused_total",
    "media_digits_dropped_total",
    "jobs_dead_total",
];
/// What must be nothing when everybody has hung up.
pub const OPEN: &[&str] = &[
    "calls_open",
    "media_legs_open",
    "signaling_legs_open",
    "recordings_open",
    "media_events_waiting",
    "media_commands_waiting",
];

/// One look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Seconds since the run began.
    pub at: f64,
    pub resident_kb: u64,
    pub files: u64,
    pub calls: u64,
}

/// The looks of one life of the server, from a start to its end.
#[derive(Clone, Debug, Default)]
pub struct Life {
    pub looks: Vec<Look>,
    /// The newest figures.
    pub figures: BTreeMap<String, u64>,
}

impl Life {
    pub async fn look(&mut self, centre: &Centre, at: f64) -> Result<()> {
        self.figures = figures(centre).await?;
        let calls = self.figures.get("calls_open").copied().unwrap_or(0);
        let (resident_kb, files) = process(centre.pid())?;
        self.looks.push(Look { at, resident_kb, files, calls });
        Ok(())
    }

    /// The average of the first and of the last third, and the slope between them per minute.
    pub fn trend(&self, of: impl Fn(&Look) -> u64) -> Option<Trend> {
        let third = self.looks.len() / 3;
        if third == 0 {
            return None;
        }
        let mean = |looks: &[Look], of: &dyn Fn(&Look) -> f64| looks.iter().map(of).sum::<f64>() / looks.len() as f64;
        let (first, last) = (&self.looks[..third], &self.looks[self.looks.len() - third..]);
        let value = |l: &Look| of(l) as f64;
        let (a, b) = (mean(first, &value), mean(last, &value));
        let minutes = (mean(last, &|l| l.at) - mean(first, &|l| l.at)) / 60.0;
        Some(Trend { first: a, last: b, per_minute: (b - a) / minutes.max(1e-9) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    pub first: f64,
    pub last: f64,
    pub per_minute: f64,
}

/// Every figure of `/metrics`; those with labels are added up, of those that two rooms count under one name the larger
/// one is taken.
pub async fn figures(centre: &Centre) -> Result<BTreeMap<String, u64>> {
    let (_, page) = centre.get("/metrics", None).await?;
    let mut found = BTreeMap::new();
    for line in page.as_str().context("a page of text")?.lines().filter(|l| !l.starts_with('#')) {
        let Some((name, value)) = line.rsplit_once(' ') else { continue };
        let value = value.parse::<f64>().unwrap_or(0.0);
        // Seconds become milliseconds: a figure is a whole number here.
        let seconds = name.split('{').next().is_some_and(|name| name.ends_with("_seconds"));
        let value = if seconds { value * 1_000.0 } else { value } as u64;
        let (name, labels) = name.split_once('{').unwrap_or((name, ""));
        let figure = found.entry(name.to_owned()).or_insert(0);
        *figure = if labels.is_empty() { value.max(*figure) } else { *figure + value };
    }
    Ok(found)
}

fn process(pid: u32) -> Result<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("VmRSS")?;
    let resident = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok((resident, std::fs::read_dir(format!("/proc/{pid}/fd"))?.count() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_compares_the_thirds() {
        let looks = (0..30).map(|n| Look { at: f64::from(n) * 6.0, resident_kb: 100 + n as u64, ..Look::default() });
        let life = Life { looks: looks.collect(), ..Life::default() };
        let trend = life.trend(|l| l.resident_kb).unwrap();
        assert_eq!((trend.first, trend.last), (104.5, 124.5));
        assert!((trend.per_minute - 10.0).abs() < 1e-9);
        assert_eq!(Life::default().trend(|l| l.files), None);
    }
}
