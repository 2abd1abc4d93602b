//! Is a flow fit to be published? Every fault names its step and says in words what is wrong.

use crate::prompt::{self, LONGEST_TEXT, Prompt};
use crate::{Flow, Step};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Steps a flow may have.
const MOST_STEPS: usize = 200;
/// Characters of a name.
const LONGEST_NAME: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It must not be published.
    Error,
    Warning,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub severity: Severity,
    /// `None`: of the flow as a whole.
    pub step: Option<String>,
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(f, "step `{step}`: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl Flow {
    /// Everything that is wrong with it. Empty: it may be published.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check_form(&mut faults);
        for (id, step) in &self.steps {
            step.check(&mut |reason| faults.error(id, reason));
            self.check_texts(id, step, &mut faults);
            for exit in step.exits().into_iter().filter(|e| !self.steps.contains_key(e.to)) {
                faults.error(id, format!("it leads to `{}`, which does not exist", exit.to));
            }
            if let Step::Branch(branch) = step
                && !self.known_values().contains(branch.on.as_str())
            {
                faults.error(id, format!("nothing is known under the name `{}`", branch.on));
            }
        }
        self.check_ways(&mut faults);
        self.check_circles(&mut faults);
        faults.0
    }

    /// No fault but warnings.
    pub fn is_sound(&self) -> bool {
        self.check().iter().all(|f| f.severity == Severity::Warning)
    }

    fn check_form(&self, faults: &mut Faults) {
        if self.name.trim().is_empty() || self.name.chars().count() > LONGEST_NAME {
            faults.whole(format!("the flow needs a name of at most {LONGEST_NAME} characters"));
        }
        if self.steps.len() > MOST_STEPS {
            faults.whole(format!("it has {} steps; {MOST_STEPS} is the limit", self.steps.len()));
        }
        if !self.steps.contains_key(&self.start) {
            faults.whole(format!("it starts with `{}`, which does not exist", self.start));
        }
        for id in self.steps.keys().filter(|id| id.is_empty() || id.chars().count() > LONGEST_NAME) {
            faults.error(id, format!("the name of a step has 1 to {LONGEST_NAME} characters"));
        }
    }

    fn check_texts(&self, id: &str, step: &Step, faults: &mut Faults) {
        let known = self.known_values();
        for prompt in step.prompts() {
            let text = match prompt {
                Prompt::Text(text) => text,
                Prompt::Id(name) if name.is_empty() || name.len() > LONGEST_NAME => {
                    faults.error(id, "a prompt without a usable id".into());
                    continue;
                }
                Prompt::Id(_) => continue,
            };
            if text.trim().is_empty() {
                faults.error(id, "a text says nothing".into());
            }
            if text.chars().count() > LONGEST_TEXT {
                faults.error(id, format!("a text is longer than {LONGEST_TEXT} characters"));
            }
            match prompt::variables(text) {
                Err(why) => faults.error(id, format!("in a text, {why}")),
                Ok(names) => {
                    let place = matches!(step, Step::Queue(_));
                    for name in names.iter().filter(|n| !(known.contains(**n) || place && **n == "position")) {
                        faults.error(id, format!("a text wants `{{{name}}}`, and nothing is known under that name"));
                    }
                }
            }
        }
    }

    fn known_values(&self) -> BTreeSet<&str> {
        let collected = self.steps.values().filter_map(|step| match step {
            Step::Collect(step) => Some(step.name.as_str()),
            Step::Listen(step) => Some(step.name.as_str()),
            _ => None,
        });
        let asks_hours = self.steps.values().any(|step| matches!(step, Step::Hours(_)));
        let surveys = self.steps.values().any(|step| matches!(step, Step::Survey(_)));
        let known = collected.chain(["caller", "called"]).chain(asks_hours.then_some("holiday"));
        known.chain(surveys.then_some(crate::steps::survey::ANSWER)).collect()
    }

    /// Can every step be reached, and does every way come to an end?
    fn check_ways(&self, faults: &mut Faults) {
        let mut reached = BTreeSet::new();
        let mut open = vec![self.start.as_str()];
        while let Some(id) = open.pop() {
            if let Some(step) = self.steps.get(id)
                && reached.insert(id)
            {
                open.extend(step.exits().iter().map(|e| e.to));
            }
        }
        for id in self.steps.keys().filter(|id| !reached.contains(id.as_str())) {
            faults.warning(id, "no way leads here".into());
        }
        let mut ending: BTreeSet<&str> = BTreeSet::new();
        loop {
            let before = ending.len();
            for (id, step) in &self.steps {
                if step.may_end() || step.exits().iter().any(|e| ending.contains(e.to)) {
                    ending.insert(id);
                }
            }
            if ending.len() == before {
                break;
            }
        }
        for id in reached.iter().filter(|id| !ending.contains(**id)) {
            faults.error(id, "no way from here ends: none reaches hangup, queue, dial or echo".into());
        }
    }

    /// A circle in which the caller neither hears nor waits nor presses anything would never let go of him.
    fn check_circles(&self, faults: &mut Faults) {
        let at_once: BTreeMap<&str, Vec<&str>> = self
            .steps
            .iter()
            .map(|(id, step)| (id.as_str(), step.exits().iter().filter(|e| e.at_once).map(|e| e.to).collect()))
            .collect();
        for start in at_once.keys() {
            let mut seen = BTreeSet::new();
            let mut open = at_once[start].clone();
            while let Some(id) = open.pop() {
                if id == *start {
                    faults.error(
                        start,
                        "it is part of a circle in which the caller hears nothing and waits for nothing".into(),
                    );
                    break;
                }
                if seen.insert(id) {
                    open.extend(at_once.get(id).into_iter().flatten());
                }
            }
        }
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn whole(&mut self, reason: String) {
        self.0.push(Fault { severity: Severity::Error, step: None, reason });
    }

    fn error(&mut self, step: &str, reason: String) {
        self.0.push(Fault { severity: Severity::Error, step: Some(step.to_string()), reason });
    }

    fn warning(&mut self, step: &str, reason: String) {
        self.0.push(Fault { severity: Severity::Warning, step: Some(step.to_string()), reason });
    }
}
