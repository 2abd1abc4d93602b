//! The path of a call: the caller's flow and the call itself, and what each carries to the other.

use crate::{CallInput, Carry};
use ringdesk_call_control::{self as call_control, Call, FlowFact, FlowOrder};
use ringdesk_ivr::{self as ivr, Flow, Run};
use ringdesk_model::{AskId, CallId, Timestamp};
use ringdesk_voice::Answer;
use std::collections::{BTreeMap, VecDeque};

/// Which of the two asked; its answer goes there.
#[derive(Clone, Copy, Debug)]
enum Asker {
    Call,
    Flow,
}

/// Owns one call and the flow that runs in it.
pub struct CallDesk {
    id: CallId,
    call: Call,
    flow: Run,
    askers: BTreeMap<AskId, Asker>,
    carries: VecDeque<Carry>,
}

impl CallDesk {
    /// A call at the door and the flow of the number it dialled. The flow begins when the call says so.
    pub fn new(now: Timestamp, id: CallId, call: Call, flow: Run) -> Self {
        let mut desk = CallDesk { id, call, flow, askers: BTreeMap::new(), carries: VecDeque::new() };
        desk.connect(now);
        desk
    }

    pub fn id(&self) -> CallId {
        self.id
    }

    /// Nothing will come out of this desk any more.
    pub fn is_over(&self) -> bool {
        self.call.is_over() && self.carries.is_empty()
    }

    pub fn handle_input(&mut self, now: Timestamp, input: CallInput) {
        match input {
            CallInput::Leg(leg, event) => self.call.handle_input(now, call_control::Input::Leg(leg, event)),
            CallInput::Media(event) => self.call.handle_input(now, call_control::Input::Media(event)),
            CallInput::Order(order, _actor, what) => {
                self.call.handle_input(now, call_control::Input::Order(order, *what))
            }
            CallInput::Answer(ask, answer) => match self.askers.remove(&ask) {
                Some(Asker::Call) => {
                    // Before anybody is let go, the flow he is to go to must be one.
                    let answer = match answer {
                        Answer::Program(program) if Flow::parse(&program).is_err() => Answer::Failed,
                        answer => answer,
                    };
                    self.call.handle_input(now, call_control::Input::Answer(ask, answer));
                }
                Some(Asker::Flow) => self.flow.handle_input(now, ivr::Input::Answer(ask, answer)),
                None => {} // cancelled meanwhile
            },
        }
        self.connect(now);
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.call.handle_timeout(now);
        self.flow.handle_timeout(now);
        self.connect(now);
    }

    /// When to call [`CallDesk::handle_timeout`] next, and what for.
    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        [self.call.poll_timeout(), self.flow.poll_timeout()].into_iter().flatten().min()
    }

    pub fn poll_carry(&mut self) -> Option<Carry> {
        self.carries.pop_front()
    }

    /// Carry until both rooms are quiet.
    fn connect(&mut self, now: Timestamp) {
        loop {
            if let Some(output) = self.call.poll_output() {
                self.call_said(now, output);
            } else if let Some(output) = self.flow.poll_output() {
                self.flow_said(now, output);
            } else {
                return;
            }
        }
    }

    fn call_said(&mut self, now: Timestamp, output: call_control::Output) {
        match output {
            call_control::Output::Leg(leg, command) => self.carries.push_back(Carry::Leg(leg, command)),
            call_control::Output::Media(command) => self.carries.push_back(Carry::Media(command)),
            call_control::Output::Done(order, outcome) => self.carries.push_back(Carry::Done(order, outcome)),
            call_control::Output::Event(event) => self.carries.push_back(Carry::Event(event)),
            call_control::Output::Ask(ask, question) => {
                self.askers.insert(ask, Asker::Call);
                self.carries.push_back(Carry::Ask(ask, question));
            }
            call_control::Output::Cancel(ask) => self.cancel(ask),
            call_control::Output::Flow(fact) => {
                let input = match fact {
                    FlowFact::Started => ivr::Input::Started,
                    FlowFact::CallerAnswered => ivr::Input::CallerAnswered,
                    FlowFact::Digit(digit) => ivr::Input::Digit(digit),
                    FlowFact::Played(play, end) => ivr::Input::Played(play, end),
                    FlowFact::Talk(talking) => ivr::Input::Talk(talking),
                    FlowFact::DialEnded(outcome) => ivr::Input::DialEnded(outcome),
                    FlowFact::Queue { queue, returns } => ivr::Input::Queue { queue, returns },
                    FlowFact::Requeued { queue } => ivr::Input::Requeued { queue },
                    FlowFact::NotReturned => ivr::Input::NotReturned,
                    FlowFact::Program(program) => ivr::Input::Program(program),
                    FlowFact::CallerGone => ivr::Input::CallerGone,
                };
                self.flow.handle_input(now, input);
            }
        }
    }

    fn flow_said(&mut self, now: Timestamp, output: ivr::Output) {
        let order = match output {
            ivr::Output::AnswerCaller => FlowOrder::AnswerCaller,
            ivr::Output::Play { play, prompts, repeat } => FlowOrder::Play { play, prompts, repeat },
            ivr::Output::StopPlay(play) => FlowOrder::StopPlay(play),
            ivr::Output::Echo => FlowOrder::Echo,
            ivr::Output::Attend(on) => FlowOrder::Attend(on),
            ivr::Output::Dial(request) => FlowOrder::Dial(request),
            ivr::Output::Hangup(cause) => FlowOrder::Hangup(cause),
            ivr::Output::LeftQueue(outcome) => FlowOrder::LeftQueue(outcome),
            ivr::Output::Event(event) => return self.carries.push_back(Carry::Event(event)),
            ivr::Output::Ask(ask, question) => {
                self.askers.insert(ask, Asker::Flow);
                return self.carries.push_back(Carry::Ask(ask, question));
            }
            ivr::Output::Cancel(ask) => return self.cancel(ask),
            ivr::Output::Finished => return,
        };
        self.call.handle_input(now, call_control::Input::Flow(order));
    }

    fn cancel(&mut self, ask: AskId) {
        self.askers.remove(&ask);
        self.carries.push_back(Carry::Cancel(ask));
    }
}
