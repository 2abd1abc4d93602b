//! Flows: the JSON that is imported, and a caller's way through what was taken.

use crate::script::{STEP, Script};
use ringdesk_ivr::{Context, Flow, Input, Output, Run};
use ringdesk_model::{AskId, Ids, Language, Timestamp, WorkOutcome};
use ringdesk_voice::{
    Answer, CallEvent, DialOutcome, Digit, OpenState, Party, Place, PlayEnd, PlayId, PromptRef, Question, Spoken,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What may happen to one caller before they hang up.
const MOVES: usize = 64;
/// Outputs of one input: a flow that spins is ended before that.
const OUTPUTS: usize = 1_000;

/// The flow, and behind [`STEP`] what the caller does.
pub(super) fn run(bytes: &[u8]) {
    let (json, moves) = match bytes.iter().position(|byte| *byte == STEP) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[][..]),
    };
    let Ok(json) = std::str::from_utf8(json) else { return };
    let Ok(flow) = Flow::parse(json) else { return };
    let faults = flow.check();
    for fault in &faults {
        assert!(!fault.to_string().is_empty());
        assert!(fault.step.as_ref().is_none_or(|step| flow.steps.contains_key(step)), "{fault:?}");
    }
    // What is stored is what was taken.
    let written = serde_json::to_string(&flow).expect("a flow is data");
    let again = Flow::parse(&written).unwrap_or_else(|why| panic!("{why}: {written}"));
    assert_eq!(again, flow);
    assert_eq!(again.check(), faults);
    if flow.is_sound() {
        Caller::through(flow, &mut Script::new(moves));
    }
}

/// One caller, and everything around the run played by the script.
struct Caller {
    run: Run,
    now: Timestamp,
    asks: BTreeSet<AskId>,
    open: Vec<(AskId, Question)>,
    plays: Vec<PlayId>,
    in_queue: bool,
    finished: bool,
}

impl Caller {
    fn through(flow: Flow, script: &mut Script) {
        let now = Timestamp::from_millis(1_000_000);
        let texts = [("queue.position", "You are number {position}."), ("queue.wait", "Please wait.")];
        let context = Context {
            ids: Ids::seeded(5),
            language: Language::En,
            caller: Party::number("+49301"),
            called: Party::number("1000"),
            prompts: Arc::new(
                texts.map(|(id, text)| (id.to_owned(), text.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
            ),
            queues: Arc::default(),
            ruled: true,
        };
        let mut caller = Caller {
            run: Run::start(now, Arc::new(flow), context),
            now,
            asks: BTreeSet::new(),
            open: Vec::new(),
            plays: Vec::new(),
            in_queue: false,
            finished: false,
        };
        caller.put(Input::Started);
        for _ in 0..MOVES {
            if caller.finished || script.is_empty() {
                break;
            }
            assert!(caller.run.poll_timeout().is_some(), "it waits for nothing in `{}`", caller.run.step());
            caller.step(script);
        }
        if !caller.finished {
            caller.put(Input::CallerGone);
        }
        assert!(caller.finished && caller.open.is_empty() && !caller.in_queue);
        assert!(caller.run.is_finished() && caller.run.poll_timeout().is_none());
    }

    fn step(&mut self, script: &mut Script) {
        let choice = script.byte();
        let which = usize::from(choice >> 4);
        match choice & 0x0f {
            0..=3 => {
                let digit = Digit::new("0123456789*#ABCD".chars().nth(which).expect("sixteen keys")).expect("a key");
                self.put(Input::Digit(digit));
            }
            4 => self.put(Input::CallerAnswered),
            5 | 6 => {
                if let Some(play) = self.plays.len().checked_sub(1 + which % 3).and_then(|at| self.plays.get(at)) {
                    let end = [PlayEnd::Finished, PlayEnd::Stopped, PlayEnd::Missing][which % 3];
                    self.put(Input::Played(*play, end));
                }
            }
            7..=9 if !self.open.is_empty() => {
                let (ask, question) = self.open.remove(which % self.open.len());
                self.put(Input::Answer(ask, answer(&question, script.byte())));
            }
            10 => {
                let outcomes = [
                    DialOutcome::Talked,
                    DialOutcome::Busy,
                    DialOutcome::NoAnswer,
                    DialOutcome::Declined,
                    DialOutcome::Unreachable,
                    DialOutcome::Failed,
                ];
                self.put(Input::DialEnded(outcomes[which % outcomes.len()]));
            }
            11 => self.put(Input::Talk(which % 2 == 0)),
            12 if which == 15 => self.put(Input::CallerGone),
            _ => self.pass(Duration::from_millis(u64::from(script.number()) * 4)),
        }
    }

    fn put(&mut self, input: Input) {
        self.run.handle_input(self.now, input);
        self.drain();
    }

    fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some((at, name)) = self.run.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.run.handle_timeout(self.now);
            self.drain();
            let next = self.run.poll_timeout();
            assert!(next.is_none_or(|(at, _)| at > self.now), "{name} is due and does not fire: {next:?}");
        }
        self.now = until;
    }

    fn drain(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.run.poll_output() {
            outputs += 1;
            assert!(outputs < OUTPUTS, "in `{}`: {output:?}", self.run.step());
            assert!(!self.finished, "nothing follows the end: {output:?}");
            match output {
                Output::Ask(ask, question) => {
                    assert!(self.asks.insert(ask), "a question is asked once");
                    self.open.push((ask, question));
                }
                Output::Cancel(ask) => {
                    let before = self.open.len();
                    self.open.retain(|(open, _)| *open != ask);
                    assert!(self.open.len() < before, "only an open question is cancelled");
                }
                Output::Play { play, prompts, .. } => {
                    assert!(!prompts.is_empty() && !self.plays.contains(&play));
                    self.plays.push(play);
                }
                Output::Finished => self.finished = true,
                Output::Event(CallEvent::Queued { .. }) => assert!(!std::mem::replace(&mut self.in_queue, true)),
                Output::Event(CallEvent::LeftQueue { .. }) => assert!(std::mem::replace(&mut self.in_queue, false)),
                _ => {}
            }
        }
    }
}

fn answer(question: &Question, choice: u8) -> Answer {
    if choice.is_multiple_of(5) {
        return Answer::Failed;
    }
    match question {
        Question::Speak { .. } => Answer::Spoken(Spoken { prompt: PromptRef::new("s"), duration: Duration::ZERO }),
        Question::Place(_) => Answer::Place(Place {
            position: u32::from(choice),
            wait: (choice > 100).then(|| Duration::from_secs(u64::from(choice) * 7)),
        }),
        Question::Queue(_) => {
            let outcomes = [WorkOutcome::Served, WorkOutcome::NoAgents, WorkOutcome::MaxWait, WorkOutcome::QueueFull];
            Answer::LeftQueue(outcomes[usize::from(choice) % outcomes.len()])
        }
        Question::Reach(_) => Answer::Destinations(Vec::new()),
        Question::Hours(_) => {
            let holiday = || OpenState::Holiday("x".into());
            Answer::Hours([OpenState::Open, OpenState::Closed, holiday()][usize::from(choice) % 3].clone())
        }
        _ => Answer::Recording,
    }
}
