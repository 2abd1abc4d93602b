//! Says what a script says. A line is found by its sound: exactly (a hash), or by ear (a recording of it, recognised also
//! through a telephone and when cut in pieces); lines without sound are said in turn.

use super::scripted_ear::Ear;
use crate::engine::{Hearing, Segment, Transcript, Word};
use crate::words::{join, pieces};
use crate::{Capabilities, Clip16k, Engine, EngineFault, Options, wav};
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptedConfig {
    pub name: String,
    pub languages: Vec<Language>,
    #[serde(default)]
    pub lines: Vec<Line>,
    /// More lines, a JSON array of them; its sounds lie beside it.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub text: String,
    /// A line for one language only.
    #[serde(default)]
    pub language: Option<Language>,
    /// A recording of it.
    #[serde(default)]
    pub sound: Option<PathBuf>,
    /// Of the clip's samples, in hexadecimal ([`Line::hash`]).
    #[serde(default)]
    pub sha256: Option<String>,
    #[serde(default)]
    pub behaviour: Behaviour,
}

/// To rehearse what real engines do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    #[default]
    Answer,
    /// Never answer.
    Hang,
    /// Take the whole worker down.
    Abort,
}

impl Line {
    pub fn new(text: &str) -> Line {
        Line { text: text.into(), ..Line::default() }
    }

    pub fn hash(clip: &Clip16k) -> String {
        let mut hash = Sha256::new();
        for sample in clip.samples() {
            hash.update(sample.to_le_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Debug)]
pub(super) struct Scripted {
    name: String,
    languages: Vec<Language>,
    lines: Result<Vec<(Line, Option<Ear>)>, EngineFault>,
    turn: AtomicUsize,
}

impl Scripted {
    pub(super) fn new(config: &ScriptedConfig) -> Scripted {
        Scripted {
            name: config.name.clone(),
            languages: config.languages.clone(),
            lines: load(config).map_err(EngineFault::Missing),
            turn: AtomicUsize::new(0),
        }
    }

    /// The line, and which part of its time (from 0 to 1) the clip covers.
    fn find(&self, clip: &Clip16k, language: Language) -> Result<Option<(&Line, f64, f64)>, EngineFault> {
        let lines = self.lines.as_ref().map_err(Clone::clone)?;
        let mine = || lines.iter().filter(|(line, _)| line.language.is_none_or(|l| l == language));
        let hash = Line::hash(clip);
        if let Some((line, _)) = mine().find(|(line, _)| line.sha256.as_ref().is_some_and(|s| *s == hash)) {
            return Ok(Some((line, 0.0, 1.0)));
        }
        let heard = Ear::new(clip);
        let best = mine()
            .filter_map(|(line, ear)| Some((line, ear.as_ref()?.hears(&heard)?)))
            .max_by(|a, b| a.1.likeness.total_cmp(&b.1.likeness));
        if let Some((line, place)) = best {
            return Ok(Some((line, place.from, place.to)));
        }
        let in_turn: Vec<_> = mine().filter(|(line, _)| line.sound.is_none() && line.sha256.is_none()).collect();
        if in_turn.is_empty() {
            return Ok(None);
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        Ok(Some((&in_turn[turn % in_turn.len()].0, 0.0, 1.0)))
    }
}

fn load(config: &ScriptedConfig) -> Result<Vec<(Line, Option<Ear>)>, String> {
    let mut lines = config.lines.clone();
    if let Some(file) = &config.file {
        let fault = |e: String| format!("the script {}: {e}", file.display());
        let text = std::fs::read_to_string(file).map_err(|e| fault(e.to_string()))?;
        let more: Vec<Line> = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
        lines.extend(more.into_iter().map(|line| Line {
            sound: line.sound.map(|s| file.parent().map_or(s.clone(), |dir| dir.join(&s))),
            ..line
        }));
    }
    let with_ear = |line: Line| {
        let ear = match &line.sound {
            Some(sound) => Some(Ear::new(&wav::read(sound).map_err(|e| format!("{}: {e}", sound.display()))?)),
            None => None,
        };
        Ok((line, ear))
    };
    lines.into_iter().map(with_ear).collect()
}

/// The part of a line that a clip covers, its words spread over the time by their length.
fn segment(line: &Line, clip_ms: u64, from: f64, to: f64) -> Option<Segment> {
    let pieces = pieces(&line.text);
    let weight = |p: &String| p.chars().count() as f64 + 1.0;
    let all: f64 = pieces.iter().map(weight).sum();
    let at = |place: f64| ((place - from) / (to - from).max(1e-9) * clip_ms as f64).clamp(0.0, clip_ms as f64) as u64;
    let (mut said, mut words, mut before) = (Vec::new(), Vec::new(), 0.0);
    for piece in pieces {
        let (start, end) = (before / all, (before + weight(&piece)) / all);
        before += weight(&piece);
        let middle = f64::midpoint(start, end);
        if (from..to).contains(&middle) {
            let text = Pii::new(piece.clone());
            words.push(Word { text, start_ms: at(start), end_ms: at(end), confidence: Some(1.0) });
            said.push(piece);
        }
    }
    let (first, last) = (words.first()?.start_ms, words.last()?.end_ms);
    let whole = from <= 0.0 && to >= 1.0;
    let text = if whole { line.text.trim().to_string() } else { join(&said) };
    Some(Segment { words, confidence: Some(1.0), ..Segment::new(text, first, last) })
}

impl Engine for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        "script"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { languages: self.languages.clone(), hot_words: false, word_times: true }
    }

    fn ready(&self) -> Result<(), EngineFault> {
        self.lines.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    fn transcribe<'a>(&'a self, clip: &'a Clip16k, options: &'a Options) -> Hearing<'a> {
        Box::pin(async move {
            let found = self.find(clip, options.language)?;
            match found.map(|(line, ..)| line.behaviour) {
                Some(Behaviour::Hang) => std::future::pending::<()>().await,
                Some(Behaviour::Abort) => std::process::abort(),
                Some(Behaviour::Answer) | None => {}
            }
            let segments = found.and_then(|(line, from, to)| segment(line, clip.ms(), from, to));
            Ok(Transcript::of(self, options, segments.into_iter().collect()))
        })
    }
}

#[cfg(test)]
#[path = "scripted_tests.rs"]
mod tests;
