//! `branch`: go on by what is known: collected input, `caller` or `called`.

use super::{Exit, Go};
use crate::line::Line;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    pub on: String,
    /// The whole value → step.
    #[serde(default)]
    pub cases: BTreeMap<String, String>,
    /// What the value begins with → step; the longest counts. `{"+49": "german"}`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prefixes: BTreeMap<String, String>,
    /// Everything else, and a value nobody entered.
    pub default: String,
}

impl Branch {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        self.cases.values().chain(self.prefixes.values()).chain([&self.default]).map(|to| Exit::at_once(to)).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        if self.cases.len() + self.prefixes.len() > 500 {
            fault("it has more than 500 cases".into());
        }
        if self.prefixes.keys().any(String::is_empty) {
            fault("an empty prefix hides the default".into());
        }
    }

    pub(crate) fn enter(&self, line: &Line) -> Go {
        let Some(value) = line.value(&self.on) else { return Go::to(&self.default) };
        let by_prefix =
            || self.prefixes.iter().filter(|(p, _)| value.starts_with(p.as_str())).max_by_key(|(p, _)| p.len());
        let step = self.cases.get(value).or_else(|| by_prefix().map(|(_, step)| step));
        Go::to(step.unwrap_or(&self.default))
    }
}
