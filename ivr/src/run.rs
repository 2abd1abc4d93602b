//! One caller's way through one flow.

use crate::line::{Fact, Line};
use crate::prompt::{Prompt, QUEUE_LOST};
use crate::steps::queue::Queue;
use crate::steps::{Go, State};
use crate::{Flow, Input, Output, Step, Waiting};
use ringdesk_model::{Ids, Language, Priority, QueueId, Timestamp};
use ringdesk_voice::{Answer, CallEvent, CallRuling, Cause, Party, PlayEnd, Question};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// For the 200 to go out, or the caller's late answer to come in.
const ANSWERING: Duration = Duration::from_secs(45);
/// Steps entered since the caller last heard or pressed something, or time went by. Beyond it the flow spins:
/// [`Flow::check`] finds circles in the graph, this finds those made of failing prompts and unreachable targets.
const SPIN: u32 = 32;
/// For the account's rules. Nothing sounds meanwhile; after it the flow has its own way.
const RULES: Duration = Duration::from_millis(2_500);

/// What a run knows of its call.
#[derive(Clone, Debug)]
pub struct Context {
    pub ids: Ids,
    /// Of the number that was dialled; a flow may have its own.
    pub language: Language,
    pub caller: Party,
    pub called: Party,
    /// Texts of the prompt library in the flow's language, by id. Those with variables are spoken when they are needed;
    /// all others are on media's shelf under `<language>/<id>`.
    pub prompts: Arc<BTreeMap<String, String>>,
    /// How one waits in queues that say so themselves, whatever flow leads there.
    pub queues: Arc<BTreeMap<QueueId, Waiting>>,
    /// The account has rules for callers who come to a queue: they are asked once, before the first one.
    pub ruled: bool,
}

/// A flow that runs.
#[derive(Debug)]
pub struct Run {
    flow: Arc<Flow>,
    line: Line,
    step: String,
    state: State,
    spin: u32,
}

impl Run {
    /// It begins with [`Input::Started`].
    pub fn start(_now: Timestamp, flow: Arc<Flow>, context: Context) -> Run {
        let line = Line::new(context, flow.language);
        Run { step: flow.start.clone(), flow, line, state: State::NotStarted, spin: 0 }
    }

    /// The step the caller is in.
    pub fn step(&self) -> &str {
        &self.step
    }

    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Started => {
                if matches!(self.state, State::NotStarted) {
                    let start = self.flow.start.clone();
                    self.follow(now, Go::To(start));
                }
            }
            Input::Queue { queue, returns } => self.transferred_to_queue(now, queue, returns),
            Input::Requeued { queue } => self.requeued(now, queue),
            Input::Program(program) => self.transferred_to_flow(now, &program),
            _ if matches!(self.state, State::NotStarted | State::Finished) && !matches!(input, Input::CallerGone) => {}
            Input::CallerAnswered => {
                self.line.answered = true;
                if matches!(self.state, State::Answering) {
                    self.line.rest();
                    let go = self.begin(now);
                    self.follow(now, go);
                }
            }
            Input::Digit(digit) => {
                self.spin = 0;
                if !self.line.is_habit(now, digit) {
                    self.tell(now, Fact::Key(digit));
                }
            }
            Input::Played(play, end) => {
                if end == PlayEnd::Finished {
                    self.spin = 0;
                }
                if let Some(fact) = self.line.played(now, play, end) {
                    self.tell(now, fact);
                }
            }
            Input::Answer(ask, answer) => {
                if let Some(fact) = self.line.answered(now, ask, answer) {
                    self.tell(now, fact);
                }
            }
            Input::Talk(talking) => self.tell(now, Fact::Talk(talking)),
            Input::DialEnded(outcome) => self.tell(now, Fact::DialEnded(outcome)),
            Input::NotReturned => self.tell(now, Fact::NotReturned),
            Input::CallerGone => self.gone(now),
        }
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        while !self.is_finished() && self.line.next_due().is_some_and(|(at, _)| at <= now) {
            self.spin = 0;
            if let Some(fact) = self.line.expire(now) {
                self.tell(now, fact);
            }
        }
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.line.next_due()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.line.next_output()
    }

    fn tell(&mut self, now: Timestamp, fact: Fact) {
        if matches!(self.state, State::Answering) {
            return match fact {
                Fact::Key(digit) => self.line.press_ahead(digit),
                Fact::Due => self.follow(now, Go::End(Cause::SignalingTimeout)),
                _ => {}
            };
        }
        if let State::Ruling(asked) = self.state {
            return match fact {
                Fact::Answer(ask, answer) if ask == asked => self.ruled(now, answer),
                Fact::Due => {
                    self.line.put(Output::Cancel(asked));
                    self.ruled(now, Answer::Failed);
                }
                _ => {}
            };
        }
        let flow = self.flow.clone();
        let Some(step) = flow.steps.get(&self.step) else { return };
        let go = step.on(&mut self.state, now, &mut self.line, fact);
        self.follow(now, go);
    }

    /// Walk until a step waits for something.
    fn follow(&mut self, now: Timestamp, mut go: Go) {
        loop {
            go = match go {
                Go::Stay => return,
                Go::End(cause) => {
                    self.line.rest();
                    self.line.put(Output::Hangup(cause));
                    self.line.put(Output::Finished);
                    self.state = State::Finished;
                    return;
                }
                Go::To(step) => self.enter(now, step),
            };
        }
    }

    fn enter(&mut self, now: Timestamp, id: String) -> Go {
        self.line.rest();
        self.spin += 1;
        let flow = self.flow.clone();
        // A missing step is a flow that was never checked.
        let Some(step) = flow.steps.get(&id).filter(|_| self.spin <= SPIN) else {
            return Go::End(Cause::InternalFailure);
        };
        self.line.event(CallEvent::StepEntered { step: id.clone(), kind: step.kind().to_string() });
        self.step = id;
        if step.needs_sound() && !self.line.answered {
            self.state = State::Answering;
            self.line.wait(now, ANSWERING, "the caller was not answered");
            self.line.put(Output::AnswerCaller);
            return Go::Stay;
        }
        self.begin(now)
    }

    fn begin(&mut self, now: Timestamp) -> Go {
        let flow = self.flow.clone();
        let Some(step) = flow.steps.get(&self.step) else { return Go::End(Cause::InternalFailure) };
        if let Step::Queue(queue) = step
            && let Some(request) = self.line.asks_rules(queue.queue)
        {
            self.state = State::Ruling(self.line.ask(now, Question::Rules(request)));
            self.line.wait(now, RULES, "the rules said nothing");
            return Go::Stay;
        }
        let (state, go) = step.enter(now, &mut self.line);
        self.state = state;
        go
    }

    /// Where the rules want the caller, and how; from now on the step is so, if they come to it again.
    fn ruled(&mut self, now: Timestamp, answer: Answer) {
        self.line.due = None;
        if let (Answer::Ruled(CallRuling { queue, priority, greeting }), Some(Step::Queue(own))) =
            (answer, self.flow.steps.get(&self.step))
        {
            let ruled = Queue {
                queue: queue.unwrap_or(own.queue),
                priority: priority.unwrap_or(own.priority),
                welcome: greeting.map(Prompt::Text).or_else(|| own.welcome.clone()),
                ..own.clone()
            };
            let mut flow = Flow::clone(&self.flow);
            flow.steps.insert(self.step.clone(), Step::Queue(ruled));
            self.flow = Arc::new(flow);
        }
        let go = self.begin(now);
        self.follow(now, go);
    }

    /// Nobody waits for the rules any more.
    fn forget_rules(&mut self) {
        if let State::Ruling(asked) = self.state {
            self.line.put(Output::Cancel(asked));
        }
    }

    /// The flow's own treatment of that queue, if it has one: its music, its announcements, its ways out. A queue it does not
    /// know is waited for in the plain way.
    fn transferred_to_queue(&mut self, now: Timestamp, queue: QueueId, returns: bool) {
        self.leave_step(now);
        // Somebody has chosen it.
        self.line.obeys_rules_no_more();
        let own = self.flow.steps.iter().find(|(_, step)| matches!(step, Step::Queue(q) if q.queue == queue));
        let id = match own {
            Some((id, _)) => id.clone(),
            None => {
                let id = format!("transferred:{queue}");
                let mut flow = Flow::clone(&self.flow);
                flow.steps.insert(id.clone(), Step::Queue(Queue::plain(queue)));
                self.flow = Arc::new(flow);
                id
            }
        };
        self.follow(now, Go::To(id));
        if let State::Queue(state) = &mut self.state {
            state.was_transferred(returns);
        }
    }

    /// As that queue is waited for by everybody, but before all others, and with another word of welcome.
    fn requeued(&mut self, now: Timestamp, queue: QueueId) {
        self.leave_step(now);
        self.line.obeys_rules_no_more();
        let id = format!("requeued:{queue}");
        let own = self.flow.steps.iter().find_map(|(step, is)| match is {
            Step::Queue(own) if own.queue == queue && *step != id => Some(own.clone()),
            _ => None,
        });
        let first = Queue {
            priority: Priority::FIRST,
            welcome: Some(Prompt::id(QUEUE_LOST)),
            ..own.unwrap_or_else(|| Queue::plain(queue))
        };
        let mut flow = Flow::clone(&self.flow);
        flow.steps.insert(id.clone(), Step::Queue(first));
        self.flow = Arc::new(flow);
        self.follow(now, Go::To(id));
    }

    fn transferred_to_flow(&mut self, now: Timestamp, program: &str) {
        self.leave_step(now);
        // Only what can be read is ever sent here.
        let Ok(flow) = Flow::parse(program) else { return self.follow(now, Go::End(Cause::InternalFailure)) };
        if let Some(language) = flow.language {
            self.line.language = language;
        }
        let start = flow.start.clone();
        self.flow = Arc::new(flow);
        self.follow(now, Go::To(start));
    }

    /// Somebody else decides where the contact goes. It has talked, so it was answered.
    fn leave_step(&mut self, now: Timestamp) {
        self.forget_rules();
        let flow = self.flow.clone();
        if !self.is_finished()
            && let Some(step) = flow.steps.get(&self.step)
        {
            step.caller_gone(&mut self.state, now, &mut self.line);
        }
        self.line.rest();
        self.line.answered = true;
        self.spin = 0;
        self.state = State::Plain;
    }

    fn gone(&mut self, now: Timestamp) {
        if self.is_finished() {
            return;
        }
        self.forget_rules();
        let flow = self.flow.clone();
        if let Some(step) = flow.steps.get(&self.step) {
            step.caller_gone(&mut self.state, now, &mut self.line);
        }
        self.line.rest();
        self.line.put(Output::Finished);
        self.state = State::Finished;
    }
}
