//! Table tests of flows on a virtual clock; `walk` runs them at random.

mod calling_back;
mod check;
mod closing;
mod dial;
mod dictate;
mod hours;
mod keys;
mod listen;
mod mailbox;
mod queue;
mod rules;
mod speech;
mod survey;
mod voicemail;
mod walk;

use crate::{Context, Flow, Input, Output, Run, Waiting};
use ringdesk_model::{AskId, Ids, Language, Timestamp};
use ringdesk_voice::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const QUEUE: &str = "01930000-0000-7000-8000-000000000001";

/// A run with everything around it played by the test.
struct Rig {
    run: Run,
    now: Timestamp,
    out: Vec<Output>,
}

/// A flow of these steps, as they stand in the JSON, that starts with `a`.
fn flow(steps: &str) -> Flow {
    let json = format!(r#"{{"name": "test", "start": "a", "steps": {{{}}}}}"#, steps.replace("QUEUE", QUEUE));
    Flow::parse(&json).unwrap_or_else(|e| panic!("{e}\n{json}"))
}

fn context() -> Context {
    let texts = [
        ("queue.position", "You are number {position}."),
        ("queue.wait", "Please wait."),
        ("queue.apology", "Sorry."),
        ("queue.lost", "Lost."),
        ("queue.estimate", "At most {minutes} minutes."),
        ("queue.estimate_short", "At most a minute."),
        ("callback.opens_today", "We open at {opens_time}."),
        ("callback.opens_tomorrow", "We open tomorrow at {opens_time}."),
        ("callback.opens_later", "We open on {opens_date} at {opens_time}."),
    ];
    Context {
        ids: Ids::seeded(5),
        language: Language::En,
        caller: Party::number("+49301"),
        called: Party::number("1000"),
        prompts: Arc::new(
            texts.into_iter().map(|(id, text)| (id.to_string(), text.to_string())).collect::<BTreeMap<_, _>>(),
        ),
        queues: Arc::default(),
        ruled: false,
    }
}

impl Rig {
    fn unanswered(steps: &str) -> Rig {
        let now = Timestamp::from_millis(1_000_000);
        let mut rig = Rig { run: Run::start(now, Arc::new(flow(steps)), context()), now, out: Vec::new() };
        rig.put(Input::Started);
        rig
    }

    /// In queues that say themselves how one waits there.
    fn waiting(steps: &str, caller: &str, waiting: Waiting) -> Rig {
        let queue: ringdesk_model::QueueId = QUEUE.parse().expect("an id");
        let queues = Arc::new(BTreeMap::from([(queue, waiting)]));
        Rig::of(steps, Context { queues, caller: Party::number(caller), ..context() })
    }

    fn of(steps: &str, context: Context) -> Rig {
        let now = Timestamp::from_millis(1_000_000);
        let mut rig = Rig { run: Run::start(now, Arc::new(flow(steps)), context), now, out: Vec::new() };
        rig.put(Input::Started);
        if rig.out.contains(&Output::AnswerCaller) {
            rig.put(Input::CallerAnswered);
        }
        rig
    }

    fn new(steps: &str) -> Rig {
        let mut rig = Rig::unanswered(steps);
        if rig.out.contains(&Output::AnswerCaller) {
            rig.put(Input::CallerAnswered);
        }
        rig
    }

    fn put(&mut self, input: Input) {
        self.run.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.run.poll_output() {
            self.out.push(output);
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while let Some((at, _)) = self.run.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = at;
            self.run.handle_timeout(at);
            self.drain();
        }
        self.now = end;
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.put(Input::Digit(Digit::new(key).expect("a key")));
        }
    }

    fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// The prompts of the last play, and its id.
    fn playing(&self) -> (Vec<String>, PlayId) {
        let last = self.out.iter().rev().find_map(|o| {
            if let Output::Play { play, prompts, .. } = o {
                Some((prompts.iter().map(|p| p.0.to_string()).collect(), *play))
            } else {
                None
            }
        });
        last.expect("something plays")
    }

    fn played(&mut self) {
        let (_, play) = self.playing();
        self.put(Input::Played(play, PlayEnd::Finished));
    }

    fn asks(&self) -> Vec<(AskId, Question)> {
        self.out
            .iter()
            .filter_map(|o| if let Output::Ask(ask, q) = o { Some((*ask, q.clone())) } else { None })
            .collect()
    }

    /// The texts that were to be spoken.
    fn texts(&self) -> Vec<String> {
        self.asks()
            .into_iter()
            .filter_map(|(_, q)| if let Question::Speak { text, .. } = q { Some(text) } else { None })
            .collect()
    }

    /// Speak the last text that was asked for.
    fn spoken(&mut self) {
        let (ask, _) = self.asks().pop().expect("a text to speak");
        self.put(Input::Answer(
            ask,
            Answer::Spoken(Spoken { prompt: PromptRef::new("speech/1"), duration: Duration::from_secs(2) }),
        ));
    }

    fn step(&self) -> &str {
        self.run.step()
    }

    /// How it ended, if it has.
    fn hung_up(&self) -> Option<Cause> {
        let cause = self.out.iter().find_map(|o| if let Output::Hangup(cause) = o { Some(*cause) } else { None })?;
        assert_eq!(self.out.last(), Some(&Output::Finished));
        assert_eq!(self.run.poll_timeout(), None);
        Some(cause)
    }

    fn events(&self) -> Vec<&CallEvent> {
        self.out.iter().filter_map(|o| if let Output::Event(event) = o { Some(event) } else { None }).collect()
    }
}
