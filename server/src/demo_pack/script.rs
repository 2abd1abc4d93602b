//! Who says what: the scripted calls of the pack.

use anyhow::{Context as _, Result};
use ringdesk_model::Language;
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[default]
    Talk,
    Abandoned,
    Voicemail,
    Callback,
}

/// Who speaks: `c` the caller, `a` the agent, `b` the second agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Who {
    #[serde(rename = "c")]
    Caller,
    #[serde(rename = "a")]
    First,
    #[serde(rename = "b")]
    Second,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scripted {
    lang: String,
    /// Days ago.
    pub(crate) day: u32,
    /// `09:30`.
    at: String,
    pub(crate) from: String,
    pub(crate) queue: String,
    #[serde(default)]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) agent: Option<String>,
    /// To whom it was passed on, at their first line.
    #[serde(default)]
    pub(crate) second: Option<String>,
    /// Seconds in the queue.
    pub(crate) wait: u64,
    /// Before this line the contact was on hold.
    #[serde(default)]
    pub(crate) hold: Option<usize>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) disposition: Option<String>,
    #[serde(default)]
    pub(crate) note: Option<String>,
    #[serde(default)]
    pub(crate) pin: bool,
    pub(crate) lines: Vec<(Who, String)>,
}

impl Scripted {
    pub(crate) fn language(&self) -> Language {
        if self.lang == "zh" { Language::ZhCn } else { Language::En }
    }

    /// Of the day.
    pub(crate) fn minutes(&self) -> Result<u32> {
        minutes(&self.at)
    }
}

/// `09:30`, from midnight.
pub(super) fn minutes(at: &str) -> Result<u32> {
    let (hours, minutes) = at.split_once(':').context("a time is written 09:30")?;
    Ok(hours.parse::<u32>()? * 60 + minutes.parse::<u32>()?)
}

pub(crate) fn all() -> Result<Vec<Scripted>> {
    serde_json::from_str(include_str!("../../demo/pack.json")).context("the demo's script")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S16.26
    #[test]
    fn the_script_has_what_a_visitor_is_to_find() {
        let all = all().unwrap();
        let of = |kind| all.iter().filter(|s| s.kind == kind).count();
        assert_eq!(all.iter().filter(|s| !s.lines.is_empty()).count(), 15, "calls with sound");
        assert_eq!((of(Kind::Abandoned), of(Kind::Voicemail), of(Kind::Callback)), (1, 1, 1));
        assert!(all.iter().any(|s| s.second.is_some()), "a transfer");
        assert!(all.iter().any(|s| s.tags.iter().any(|t| t == "complaint")));
        assert!(all.iter().filter(|s| s.language() == Language::ZhCn).count() >= 5);
        for script in &all {
            assert!(script.minutes().unwrap() < 24 * 60 && (1..14).contains(&script.day), "{}", script.from);
            let talks = script.agent.is_some();
            assert_eq!(talks, matches!(script.kind, Kind::Talk | Kind::Callback), "{}", script.from);
            assert_eq!(script.second.is_some(), script.lines.iter().any(|(who, _)| *who == Who::Second));
        }
    }
}
