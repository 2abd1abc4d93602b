//! A flow as data.

use crate::Step;
use ringdesk_model::{Language, QueueId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use thiserror::Error;

/// The longest JSON text of a flow: 200 steps with texts of 2,000 characters, and room.
const LONGEST: usize = 4 << 20;

/// A program for callers. Read it with [`Flow::parse`], judge it with [`Flow::check`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Flow {
    pub name: String,
    /// Of its texts and prompts. `None`: that of the number which was dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Where it begins.
    pub start: String,
    pub steps: BTreeMap<String, Step>,
}

/// Why a text is no flow.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlowError {
    #[error("step `{step}`: {why}")]
    Step { step: String, why: String },
    #[error("{0}")]
    Form(String),
}

impl Flow {
    /// Whose agents this flow leads to first, seen from its start: the nearest queue, whether to wait there or to leave it a message.
    pub fn nearest_queue(&self) -> Option<QueueId> {
        let (mut seen, mut next) = (BTreeSet::from([self.start.as_str()]), VecDeque::from([self.start.as_str()]));
        while let Some(step) = next.pop_front().and_then(|id| self.steps.get(id)) {
            match step {
                Step::Queue(step) => return Some(step.queue),
                Step::Voicemail(step) if step.queue.is_some() => return step.queue,
                _ => {}
            }
            // A step that is missing hides nothing behind it.
            let exits = step.exits().into_iter().map(|exit| exit.to);
            next.extend(exits.filter(|id| self.steps.contains_key(*id) && seen.insert(id)));
        }
        None
    }

    /// Read a flow. The error says in which step what is wrong.
    pub fn parse(json: &str) -> Result<Flow, FlowError> {
        if json.len() > LONGEST {
            return Err(FlowError::Form(format!("longer than {LONGEST} bytes")));
        }
        let raw: Raw = serde_json::from_str(json).map_err(|e| FlowError::Form(e.to_string()))?;
        Flow::try_from(raw)
    }
}

/// The outer form; steps are read one by one, so that an error can name its step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    #[serde(default)]
    language: Option<Language>,
    start: String,
    steps: BTreeMap<String, serde_json::Value>,
}

impl TryFrom<Raw> for Flow {
    type Error = FlowError;

    fn try_from(raw: Raw) -> Result<Flow, FlowError> {
        let mut steps = BTreeMap::new();
        for (id, value) in raw.steps {
            match serde_json::from_value(value) {
                Ok(step) => drop(steps.insert(id, step)),
                Err(why) => return Err(FlowError::Step { step: id, why: why.to_string() }),
            }
        }
        Ok(Flow { name: raw.name, language: raw.language, start: raw.start, steps })
    }
}
