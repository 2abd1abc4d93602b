//! `queue`: wait for an agent, with music and the place in the queue. Who is served when, and how long anybody may wait,
//! is routing's business; this step asks once and treats the caller kindly until the answer comes.

mod calling_back;
mod news;

use super::{Exit, Go, State as RunState, check_keys, check_span, key_of};
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use crate::{Output, Waiting};
use calling_back::{CallingBack, Then, promise};
use ringdesk_model::{AskId, Priority, QueueId, Timestamp, WorkItemId, WorkOutcome};
use ringdesk_voice::{Answer, CallEvent, Cause, Opening, PlayEnd, Question, WorkRequest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// For routing to let go of a caller, whatever its queue is set to.
const LONGEST_WAIT: Duration = Duration::from_secs(4 * 3600);
/// For routing to say `Served` when agent and caller have already parted.
const LATE_ANSWER: Duration = Duration::from_secs(5);
/// The key for that offer, unless the flow has a use for it.
const CALL_BACK: char = '1';
/// A call ends long before this.
const LONGEST_TALK: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub queue: QueueId,
    /// In minutes of waiting it is worth.
    #[serde(default)]
    pub priority: Priority,
    /// By its name on media's shelf.
    #[serde(default = "music")]
    pub music: String,
    /// Said once, before the music.
    #[serde(default = "welcome")]
    pub welcome: Option<Prompt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<Announce>,
    /// Keys that leave the queue → step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, String>,
    /// Where to go when no agent takes the call. Without a step: the apology, then hang up.
    #[serde(default)]
    pub on: On,
    #[serde(default = "apology")]
    pub apology: Prompt,
    /// Where to go when the agent has hung up. Without a step: hang up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    pub position_every_ms: u32,
    /// With the variable `position`.
    #[serde(default = "news::position")]
    pub prompt: Prompt,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct On {
    /// Also when the server is about to stop and takes no new work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_agents: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_full: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    /// An agent and the caller talk.
    Served,
    /// They have talked; routing's `Served` is still on its way.
    Talked,
    /// Nobody has taken it; who had transferred it is asked to take it back.
    Returning(WorkOutcome),
    /// The apology, or the promise to call back.
    Parting,
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    work_item: WorkItemId,
    ask: AskId,
    until: Timestamp,
    /// We ask for the place.
    place: Option<(AskId, Timestamp)>,
    next_place: Option<Timestamp>,
    /// The place, and the minutes that were announced last: a larger one is never said.
    said: Option<(u32, Option<u32>)>,
    /// What the queue itself says of how one waits there.
    own: Waiting,
    offer_at: Option<Timestamp>,
    /// They know by which key they are called back.
    offered: bool,
    calling_back: Option<CallingBack>,
    /// Somebody transferred the contact here, and wants to hear how that ended.
    transferred: bool,
    /// If nobody takes it, it goes back to that one.
    returns: bool,
    /// The music broke off; try it again then.
    music_again: Option<Timestamp>,
}

impl Queue {
    /// A queue with everything at its default.
    pub fn plain(queue: QueueId) -> Queue {
        Queue {
            queue,
            priority: Priority::default(),
            music: music(),
            welcome: welcome(),
            announce: None,
            keys: BTreeMap::new(),
            on: On::default(),
            apology: apology(),
            after: None,
        }
    }

    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        let at_once = [&self.on.no_agents, &self.on.queue_full].into_iter().flatten().map(|to| Exit::at_once(to));
        let later = self.keys.values().chain(&self.on.max_wait).chain(&self.after).map(|to| Exit::after_a_while(to));
        at_once.chain(later).collect()
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        self.welcome.iter().chain(self.announce.as_ref().map(|a| &a.prompt)).chain([&self.apology]).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        check_keys(self.keys.keys(), fault);
        if let Some(announce) = &self.announce {
            check_span("position_every_ms", announce.position_every_ms, 10_000, 3_600_000, fault);
        }
        if self.music.is_empty() {
            fault("the music has no name".into());
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys(); // pressed for a menu, not to leave the queue
        let work_item: WorkItemId = line.fresh_id(now);
        line.event(CallEvent::Queued { work_item, queue: self.queue });
        let request = WorkRequest { work_item, queue: self.queue, priority: self.priority };
        let ask = line.ask(now, Question::Queue(request));
        let own = line.waiting_in(self.queue);
        let offer_at = own.callback.and_then(|offer| offer.after).map(|after| now + after);
        let mut state = State {
            phase: Phase::Waiting,
            work_item,
            ask,
            until: now + LONGEST_WAIT,
            place: None,
            next_place: self.place_every(own).map(|_| now),
            said: None,
            own,
            offer_at: offer_at.filter(|_| self.offers()),
            offered: false,
            calling_back: None,
            transferred: false,
            returns: false,
            music_again: None,
        };
        if !self.welcome.as_ref().is_some_and(|w| line.say(now, std::slice::from_ref(w), None)) {
            self.music_or_place(&mut state, now, line);
        }
        state.set_due(line);
        (RunState::Queue(state), Go::Stay)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: Fact) -> Go {
        let go = match state.phase {
            Phase::Waiting => self.waiting(state, now, line, fact),
            Phase::Served | Phase::Talked => self.served(state, line, &fact),
            Phase::Returning(outcome) => match fact {
                Fact::NotReturned | Fact::Due => self.unserved(state, now, line, outcome),
                // It was taken back, and they have talked.
                Fact::DialEnded(_) => Go::to_or_end(self.after.as_ref(), Cause::Normal),
                _ => Go::Stay,
            },
            Phase::Parting => match fact {
                Fact::Said | Fact::Due => Go::End(Cause::Normal),
                _ => Go::Stay,
            },
        };
        if go == Go::Stay && state.phase == Phase::Waiting {
            state.set_due(line);
        }
        go
    }

    fn waiting(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: Fact) -> Go {
        if let Some(talk) = &mut state.calling_back {
            match talk.on(now, line, (state.work_item, self.priority), &fact) {
                Then::Talks => {}
                Then::Waits => {
                    state.calling_back = None;
                    line.hush();
                    self.music_or_place(state, now, line);
                    return Go::Stay;
                }
                Then::Promised(opening) => {
                    line.put(Output::Cancel(state.ask));
                    return self.promised(state, now, line, opening);
                }
            }
        }
        match fact {
            Fact::Said | Fact::Key(_) if state.calling_back.is_some() => {}
            Fact::Said => self.music_or_place(state, now, line),
            Fact::MusicEnded(end) => {
                // Stopped by somebody else: the caller is being bridged, or the leg is closing. Missing: not on the shelf.
                let pause = Duration::from_secs(if end == PlayEnd::Missing { 30 } else { 1 });
                state.music_again = Some(now + pause);
            }
            Fact::Key(key) => {
                if let Some(step) = self.keys.get(&key_of(key)) {
                    line.put(Output::Cancel(state.ask));
                    state.left(line, WorkOutcome::Abandoned);
                    return Go::to(step);
                }
                if state.offered && key.key() == CALL_BACK {
                    state.forget_place(line);
                    state.calling_back = Some(CallingBack::begin(now, line));
                }
            }
            Fact::Due => return self.due(state, now, line),
            Fact::Answer(ask, answer) if ask == state.ask => {
                return match answer {
                    Answer::LeftQueue(outcome) => self.left_queue(state, now, line, outcome),
                    _ => self.left_queue(state, now, line, WorkOutcome::NoAgents),
                };
            }
            Fact::Answer(ask, answer) if state.place.is_some_and(|(p, _)| p == ask) => {
                state.place = None;
                if let Answer::Place(place) = answer {
                    self.announce(state, now, line, place);
                }
            }
            Fact::Answer(..) | Fact::Talk(_) | Fact::NotReturned => {}
            Fact::DialEnded(_) => {
                state.forget_place(line);
                line.rest();
                line.wait(now, LATE_ANSWER, "routing did not say that the caller was served");
                state.phase = Phase::Talked;
            }
        }
        Go::Stay
    }

    fn served(&self, state: &mut State, line: &mut Line, fact: &Fact) -> Go {
        let after = || Go::to_or_end(self.after.as_ref(), Cause::Normal);
        match (fact, state.phase) {
            (Fact::DialEnded(_), Phase::Served) => after(),
            (Fact::Due, Phase::Served) => Go::End(Cause::Normal),
            (Fact::Answer(ask, _), Phase::Talked) if *ask == state.ask => {
                state.left(line, WorkOutcome::Served);
                after()
            }
            (Fact::Due, Phase::Talked) => {
                line.put(Output::Cancel(state.ask));
                state.left(line, WorkOutcome::Served);
                after()
            }
            _ => Go::Stay,
        }
    }

    fn due(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        let due = |at: Timestamp| at <= now;
        if due(state.until) {
            line.put(Output::Cancel(state.ask));
            return self.left_queue(state, now, line, WorkOutcome::MaxWait);
        }
        if state.place.is_some_and(|(_, at)| due(at)) {
            state.forget_place(line); // no place, no announcement; the music plays on
        }
        if state.calling_back.is_some() {
            return Go::Stay;
        }
        if state.offer_at.is_some_and(due) && !line.is_talking() {
            self.offer(state, now, line, Vec::new(), None);
        }
        if state.next_place.is_some_and(due) {
            self.ask_place(state, now, line);
        }
        if state.music_again.take_if(|at| due(*at)).is_some() && !line.is_talking() {
            line.start_music(&self.music);
        }
        Go::Stay
    }

    fn left_queue(&self, state: &mut State, now: Timestamp, line: &mut Line, outcome: WorkOutcome) -> Go {
        if outcome == WorkOutcome::CalledBack {
            return self.promised(state, now, line, None);
        }
        state.left(line, outcome);
        if outcome == WorkOutcome::Served {
            line.rest();
            line.wait(now, LONGEST_TALK, "the longest conversation");
            state.phase = Phase::Served;
            return Go::Stay;
        }
        if state.returns {
            // The music plays on.
            line.wait(now, LONGEST_TALK, "nobody said whether the caller was taken back");
            state.phase = Phase::Returning(outcome);
            return Go::Stay;
        }
        self.unserved(state, now, line, outcome)
    }

    fn unserved(&self, state: &mut State, now: Timestamp, line: &mut Line, outcome: WorkOutcome) -> Go {
        let step = match outcome {
            WorkOutcome::NoAgents | WorkOutcome::Draining | WorkOutcome::ChannelOff => &self.on.no_agents,
            WorkOutcome::MaxWait => &self.on.max_wait,
            WorkOutcome::QueueFull => &self.on.queue_full,
            WorkOutcome::Abandoned | WorkOutcome::Served | WorkOutcome::CalledBack | WorkOutcome::Moved => &None,
        };
        if let Some(step) = step {
            return Go::to(step);
        }
        line.rest();
        self.part(state, now, line, std::slice::from_ref(&self.apology))
    }

    /// Their place is kept without them. `opening`: nobody calls before then.
    fn promised(&self, state: &mut State, now: Timestamp, line: &mut Line, opening: Option<Opening>) -> Go {
        state.left(line, WorkOutcome::CalledBack);
        line.rest();
        let words = promise(line, opening);
        self.part(state, now, line, &words)
    }

    fn part(&self, state: &mut State, now: Timestamp, line: &mut Line, words: &[Prompt]) -> Go {
        state.phase = Phase::Parting;
        if line.say(now, words, None) { Go::Stay } else { Go::End(Cause::Normal) }
    }

    /// After something was said.
    fn music_or_place(&self, state: &mut State, now: Timestamp, line: &mut Line) {
        if !line.has_music() {
            line.start_music(&self.music);
        }
        state.music_again = None;
        if state.said.is_none() && state.place.is_none() && state.next_place.is_some_and(|at| at <= now) {
            self.ask_place(state, now, line);
        }
    }
}

impl State {
    pub(crate) fn caller_gone(&mut self, line: &mut Line) {
        let outcome = match self.phase {
            // Whoever hangs up on the last figure has named the number all the same.
            Phase::Waiting if self.calling_back.as_ref().is_some_and(CallingBack::is_settled) => {
                WorkOutcome::CalledBack
            }
            Phase::Waiting => WorkOutcome::Abandoned,
            Phase::Talked => WorkOutcome::Served,
            Phase::Served | Phase::Returning(_) | Phase::Parting => return,
        };
        line.put(Output::Cancel(self.ask));
        self.left(line, outcome);
    }

    pub(crate) fn was_transferred(&mut self, returns: bool) {
        (self.transferred, self.returns) = (true, returns);
    }

    fn left(&mut self, line: &mut Line, outcome: WorkOutcome) {
        self.forget_place(line);
        if let Some(ask) =
            self.calling_back.take().filter(|_| outcome == WorkOutcome::Served).and_then(|talk| talk.asked())
        {
            line.put(Output::Cancel(ask)); // an agent was faster
        }
        line.event(CallEvent::LeftQueue { work_item: self.work_item, outcome });
        if self.transferred {
            line.put(Output::LeftQueue(outcome));
        }
    }

    fn forget_place(&mut self, line: &mut Line) {
        if let Some((ask, _)) = self.place.take() {
            line.put(Output::Cancel(ask));
        }
    }

    fn set_due(&self, line: &mut Line) {
        if let Some(talk) = &self.calling_back {
            let until = talk.due().map(|at| (at, "no key"));
            line.due = until.into_iter().chain([(self.until, "the longest wait")]).min();
            return;
        }
        let waits = [
            Some((self.until, "the longest wait")),
            self.offer_at.filter(|_| !line.is_talking()).map(|at| (at, "time to offer a callback")),
            self.place.map(|(_, at)| (at, "nobody knows the place")),
            self.next_place.filter(|_| !line.is_talking()).map(|at| (at, "time to announce the place")),
            self.music_again.map(|at| (at, "music again")),
        ];
        line.due = waits.into_iter().flatten().min();
    }
}

fn music() -> String {
    prompt::MUSIC.to_string()
}

fn welcome() -> Option<Prompt> {
    Some(Prompt::id(prompt::QUEUE_WAIT))
}

fn apology() -> Prompt {
    Prompt::id(prompt::QUEUE_APOLOGY)
}
