//! Recordings of calls that run: begun by the rule or by order, told what happens in the call, ended with it.

mod message;
mod required;

use super::begun::Begun;
use super::books::Note;
use super::taps::{Listener, Taps};
use super::unbooked::slip;
use crate::hearing::{Beginning, Hearing};
use ringdesk_conversations::{RecordingRule, RecordingStart};
use ringdesk_model::{
    AccountId, Actor, CallId, Clock as _, ConversationId, Language, QueueId, RecordingId, Timestamp, WallClock,
};
use ringdesk_operations::Operations;
use ringdesk_recordings::{Feed, Folder, Mark, Marked, Opening, Recorder, RecordingKey, Side};
use ringdesk_storage::recordings::NewRecording;
use ringdesk_vault::AccountKey;
use ringdesk_voice::{CallEvent, LegId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// What is known of a call's recording before the call is.
pub(crate) struct Expected {
    pub(crate) conversation: ConversationId,
    /// Of the number that was dialled, or the house's.
    pub(crate) rule: RecordingRule,
    /// Of the queues that have one: in them it takes the place of the number's.
    pub(crate) queues: Arc<BTreeMap<QueueId, RecordingRule>>,
    /// In which the number is answered.
    pub(crate) language: Language,
    /// Steps of the flow that tell the caller of the recording.
    pub(crate) announcing: Arc<BTreeSet<String>>,
}

/// What somebody orders of a running call's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Begin, or go on after a pause.
    Start,
    Stop,
    Pause,
    Mask,
    Unmask,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// For a person.
    Because(&'static str),
    Busy,
}

impl Expected {
    /// Somewhere on its way the call may have to be recorded before it goes on.
    pub(crate) fn may_be_required(&self) -> bool {
        self.rule.is_required() || self.queues.values().any(|rule| rule.is_required())
    }
}

struct Live {
    expected: Expected,
    /// In force now.
    rule: RecordingRule,
    caller: Option<LegId>,
    answered: bool,
    /// Who talks with the caller, and who of all holds.
    joined: Vec<LegId>,
    held: BTreeSet<LegId>,
    /// The flow tells the caller at this moment.
    announces: bool,
    announced: bool,
    running: Option<Running>,
    /// Somebody stopped it; the rule does not begin again.
    stopped: bool,
    /// When the caller began to leave a message.
    message_at: Option<Timestamp>,
}

struct Running {
    feed: Feed,
    /// Where its clock begins.
    since: Timestamp,
    /// Begun for a message: it ends with the step that wanted it.
    for_message: bool,
    /// Begun by a person: no rule ends it.
    ordered: bool,
    /// Its file exists.
    started: bool,
    paused: bool,
    masked: bool,
}

/// Everybody's way to the recordings of running calls. One per server.
pub(crate) struct Recordings {
    pub(crate) recorder: Recorder,
    pub(crate) folder: Folder,
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) key: Arc<AccountKey>,
    pub(crate) clock: WallClock,
    pub(crate) taps: Taps,
    pub(crate) hearing: Arc<Hearing>,
    begun: Begun,
    notes: mpsc::Sender<Note>,
    calls: Mutex<HashMap<CallId, Live>>,
}

impl Recordings {
    pub(crate) fn new(
        (recorder, folder, begun): (Recorder, Folder, Begun),
        operations: Arc<Operations>,
        (account, key): (AccountId, Arc<AccountKey>),
        clock: WallClock,
        taps: Taps,
        hearing: Arc<Hearing>,
        notes: mpsc::Sender<Note>,
    ) -> Recordings {
        let calls = Mutex::default();
        Recordings { recorder, folder, operations, account, key, clock, taps, hearing, begun, notes, calls }
    }

    /// A call gets a desk; its events follow.
    pub(crate) fn expect(&self, call: CallId, expected: Expected) {
        let live = Live {
            rule: expected.rule,
            expected,
            caller: None,
            answered: false,
            joined: Vec::new(),
            held: BTreeSet::new(),
            announces: false,
            announced: false,
            running: None,
            stopped: false,
            message_at: None,
        };
        self.lock().insert(call, live);
    }

    /// Wait until everything said so far is in the books.
    pub(crate) async fn flushed(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        if self.notes.send(Note::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Something happened in a call.
    pub(crate) fn event(&self, call: CallId, at: Timestamp, event: &CallEvent) {
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call) else { return };
        let begins = match event {
            CallEvent::Started { leg, .. } => {
                live.caller = Some(*leg);
                false
            }
            CallEvent::Answered { .. } => {
                live.answered = true;
                live.rule.start == RecordingStart::OnAnswer
            }
            CallEvent::Bridged { b, .. } => {
                live.joined.push(*b);
                live.mark(at, Mark::Joined(*b, Side::Other));
                live.rule.start == RecordingStart::OnBridge
            }
            // The same agent, by another leg.
            CallEvent::Reconnected { leg, was, .. } if leg != was => {
                live.joined.retain(|l| l != was);
                live.joined.push(*leg);
                live.mark(at, Mark::Joined(*leg, Side::Other));
                if live.held.remove(was) {
                    live.held.insert(*leg);
                    live.mark(at, Mark::Unhold(*was));
                    live.mark(at, Mark::Hold(*leg));
                }
                false
            }
            CallEvent::Queued { queue, .. } => {
                let rule = live.expected.queues.get(queue).copied().unwrap_or(live.expected.rule);
                let before = std::mem::replace(&mut live.rule, rule);
                if rule != before && rule.start == RecordingStart::Off {
                    self.ended_by_rule(call, at, live);
                }
                live.answered && rule != before && rule.start == RecordingStart::OnAnswer
            }
            CallEvent::Held { leg } => {
                live.held.insert(*leg);
                live.mark(at, Mark::Hold(*leg));
                false
            }
            CallEvent::Resumed { leg } => {
                live.held.remove(leg);
                live.mark(at, Mark::Unhold(*leg));
                false
            }
            CallEvent::StepEntered { step, .. } => {
                live.step(at, step);
                self.message_over(call, at, live);
                false
            }
            CallEvent::VoicemailStarted { .. } => {
                live.message_begins(at);
                false
            }
            CallEvent::VoicemailEnded { discarded, .. } => {
                live.message_ends(at, *discarded);
                false
            }
            CallEvent::LegEnded { leg, .. } => {
                live.joined.retain(|l| l != leg);
                live.held.remove(leg);
                false
            }
            CallEvent::Ended { .. } => {
                let ended = calls.remove(&call);
                drop(calls);
                self.ended(call, at, ended);
                return;
            }
            _ => false,
        };
        // Where it must be recorded this was done before the caller was answered; a failure was told already.
        if begins && live.running.is_none() && !live.stopped && self.begin(call, at, live).is_err() {
            tracing::warn!(call.id = %call, "a recording could not begin");
        }
    }

    /// The call's task is gone, however it ended.
    pub(crate) fn closed(&self, call: CallId) {
        let ended = self.lock().remove(&call);
        self.ended(call, self.clock.now(), ended);
    }

    /// Somebody orders something.
    pub(crate) fn order(&self, call: CallId, actor: &Actor, wish: Wish) -> Result<(), Refused> {
        let at = self.clock.now();
        let mut calls = self.lock();
        let live = calls.get_mut(&call).ok_or(Refused::Because("this call is over"))?;
        let required = live.rule.is_required();
        let Some(running) = &mut live.running else {
            return match wish {
                Wish::Start if live.answered => self.begin_ordered(call, at, live),
                Wish::Start => Err(Refused::Because("nobody has answered the caller yet")),
                _ => Err(Refused::Because("this call is not being recorded")),
            };
        };
        let (mark, state) = match wish {
            Wish::Stop if required => return Err(Refused::Because("calls to this number must be recorded")),
            Wish::Stop => {
                let feed = running.feed.clone();
                live.running = None;
                live.stopped = true;
                drop(calls);
                self.taps.leave(call, Listener::Recorder);
                self.taps.mask(call, false);
                self.hearing.stop(&self.taps, call);
                return feed.end(at).map_err(|_| Refused::Busy);
            }
            Wish::Start if running.paused => (Mark::Resume, "started"),
            Wish::Start => return Err(Refused::Because("this call is being recorded")),
            Wish::Pause => (Mark::Pause, "paused"),
            Wish::Mask => (Mark::Mask, "masked"),
            Wish::Unmask if running.masked => (Mark::Unmask, "started"),
            Wish::Unmask => return Err(Refused::Because("nothing is masked")),
        };
        let marked = Marked { at, mark, by: named(actor), reason: "order".into() };
        running.feed.mark(marked, None).map_err(|_| Refused::Busy)?;
        running.set(mark);
        self.taps.mask(call, running.is_secret());
        let (recording, conversation) = (running.feed.recording(), live.expected.conversation);
        drop(calls);
        self.note(Note::Marked { recording, conversation, at, state, by_timer: false });
        Ok(())
    }

    /// The recorder says that the file exists.
    pub(super) fn started(&self, call: CallId, recording: RecordingId) {
        self.with(call, recording, |running| running.started = true);
    }

    /// The recorder ended a pause or a mask that lasted too long.
    pub(super) fn resumed(&self, call: CallId, recording: RecordingId, mark: Mark) {
        self.with(call, recording, |running| {
            running.set(mark);
            self.taps.mask(call, running.is_secret());
        });
    }

    /// The recorder gave up. True: it did in the middle of a call that must be recorded.
    pub(super) fn failed(&self, call: CallId, recording: RecordingId) -> bool {
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call) else { return false };
        let Some(running) = live.running.take_if(|r| r.feed.recording() == recording) else { return false };
        let broke_off = live.rule.is_required() && running.started;
        drop(calls);
        self.taps.leave(call, Listener::Recorder);
        broke_off
    }

    /// The queue's rule is not to record. What a person ordered, or a message needs, goes on.
    fn ended_by_rule(&self, call: CallId, at: Timestamp, live: &mut Live) {
        let Some(running) = live.running.take_if(|r| !r.ordered && !r.for_message) else { return };
        self.taps.leave(call, Listener::Recorder);
        self.taps.mask(call, false);
        self.hearing.stop(&self.taps, call);
        if running.feed.end(at).is_err() {
            // The recorder ends what nobody holds any more.
            tracing::warn!(call.id = %call, "the recorder was not told of a recording's end");
        }
    }

    fn begin_ordered(&self, call: CallId, at: Timestamp, live: &mut Live) -> Result<(), Refused> {
        self.begin(call, at, live)?;
        if let Some(running) = &mut live.running {
            running.ordered = true;
        }
        Ok(())
    }

    fn begin(&self, call: CallId, at: Timestamp, live: &mut Live) -> Result<(), Refused> {
        self.begin_as(self.operations.id(at), call, at, live)
    }

    fn begin_as(&self, recording: RecordingId, call: CallId, at: Timestamp, live: &mut Live) -> Result<(), Refused> {
        let caller = live.caller.ok_or(Refused::Because("this call has no caller yet"))?;
        let Ok((key, wrapped_key)) = RecordingKey::create(&self.key, recording) else {
            tracing::error!(call.id = %call, "no key could be made for a recording");
            return Err(Refused::Busy);
        };
        let conversation = live.expected.conversation;
        // The row is asked for before the recorder: its news of the file comes after it.
        let new = NewRecording { id: recording, conversation, call, wrapped_key, started_at: at };
        let slip = slip(&new);
        if !self.note(Note::Requested(Box::new(new))) {
            return Err(Refused::Busy);
        }
        let Ok(feed) = self.recorder.open_noted(&key, Opening { call, caller, at }, slip) else {
            self.note(Note::NotBegun { recording, at });
            return Err(Refused::Busy);
        };
        self.taps.listen(call, Listener::Recorder, feed.outlet());
        let language = live.expected.language;
        self.hearing.begin(&self.taps, Beginning { call, conversation, recording, at, language });
        live.running = Some(Running {
            feed,
            since: at,
            for_message: false,
            ordered: false,
            started: false,
            paused: false,
            masked: false,
        });
        if live.announced {
            live.mark(at, Mark::Announcement);
        }
        for leg in live.joined.clone() {
            live.mark(at, Mark::Joined(leg, Side::Other));
        }
        for leg in live.held.clone() {
            live.mark(at, Mark::Hold(leg));
        }
        Ok(())
    }

    fn ended(&self, call: CallId, at: Timestamp, live: Option<Live>) {
        self.taps.forget(call);
        if let Some(running) = live.and_then(|live| live.running)
            && running.feed.end(at).is_err()
        {
            // The recorder ends what nobody holds any more.
            tracing::warn!(call.id = %call, "the recorder was not told of a call's end");
        }
    }

    /// False: the books' buffer is full, the store is far behind.
    fn note(&self, note: Note) -> bool {
        let kept = self.notes.try_send(note).is_ok();
        if !kept {
            metrics::counter!("recording_notes_lost_total").increment(1);
        }
        kept
    }

    fn with(&self, call: CallId, recording: RecordingId, what: impl FnOnce(&mut Running)) {
        if let Some(running) = self.lock().get_mut(&call).and_then(|live| live.running.as_mut())
            && running.feed.recording() == recording
        {
            what(running);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Live>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn mark(&self, at: Timestamp, mark: Mark) {
        let Some(running) = &self.running else { return };
        let marked = Marked { at, mark, by: "call".into(), reason: String::new() };
        if running.feed.mark(marked, None).is_err() {
            metrics::counter!("recording_marks_lost_total").increment(1);
        }
    }

    /// The caller was told when the step that tells it is over.
    fn step(&mut self, at: Timestamp, step: &str) {
        if std::mem::take(&mut self.announces) && !self.announced {
            self.announced = true;
            self.mark(at, Mark::Announcement);
        }
        self.announces = self.expected.announcing.contains(step);
    }
}

impl Running {
    /// What is said now is not kept, so nobody listens along.
    fn is_secret(&self) -> bool {
        self.masked || self.paused
    }

    fn set(&mut self, mark: Mark) {
        match mark {
            Mark::Pause => self.paused = true,
            Mark::Resume => self.paused = false,
            Mark::Mask => self.masked = true,
            Mark::Unmask => self.masked = false,
            _ => {}
        }
    }
}

/// As the audit names them.
fn named(actor: &Actor) -> String {
    match actor {
        Actor::User { user, .. } => format!("user:{user}"),
        Actor::Contact => "contact".into(),
        Actor::Bot => "bot".into(),
        Actor::System => "system".into(),
    }
}
