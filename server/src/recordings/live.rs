//! Recordings of calls that run: begun by the rule or by order, told what happens in the call, ended with it.

mod message;

use super::books::Note;
use super::taps::{Listener, Taps};
use crate::hearing::{Beginning, Hearing};
use ringdesk_conversations::{RecordingRule, RecordingStart};
use ringdesk_model::{
    AccountId, Actor, CallId, Clock as _, ConversationId, Language, RecordingId, Timestamp, WallClock,
};
use ringdesk_operations::Operations;
use ringdesk_recordings::{Feed, Folder, Mark, Marked, Opening, Recorder, RecordingKey, Side};
use ringdesk_storage::recordings::NewRecording;
use ringdesk_vault::AccountKey;
use ringdesk_voice::{CallEvent, LegId};
use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// What is known of a call's recording before the call is.
pub(crate) struct Expected {
    pub(crate) conversation: ConversationId,
    pub(crate) rule: RecordingRule,
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

struct Live {
    expected: Expected,
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
    notes: mpsc::Sender<Note>,
    calls: Mutex<HashMap<CallId, Live>>,
}

impl Recordings {
    pub(crate) fn new(
        (recorder, folder): (Recorder, Folder),
        operations: Arc<Operations>,
        (account, key): (AccountId, Arc<AccountKey>),
        clock: WallClock,
        taps: Taps,
        hearing: Arc<Hearing>,
        notes: mpsc::Sender<Note>,
    ) -> Recordings {
        Recordings { recorder, folder, operations, account, key, clock, taps, hearing, notes, calls: Mutex::default() }
    }

    /// A call gets a desk; its events follow.
    pub(crate) fn expect(&self, call: CallId, expected: Expected) {
        let live = Live {
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

    /// Could a recording begin now? Asked before a call is connected that must not go without.
    pub(crate) async fn can_begin(&self) -> std::io::Result<()> {
        let folder = self.folder.0.clone();
        let probe = move || {
            std::fs::create_dir_all(&folder)?;
            let (path, mut file) = probe_file(&folder)?;
            let written = file.write_all(&[0; 65_536]).and_then(|()| file.sync_data());
            std::fs::remove_file(path)?;
            written
        };
        tokio::task::spawn_blocking(probe).await.map_err(std::io::Error::other)?
    }

    /// Something happened in a call. False: it must not go on, because it is not recorded.
    pub(crate) fn event(&self, call: CallId, at: Timestamp, event: &CallEvent) -> bool {
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call) else { return true };
        let rule = live.expected.rule;
        let begins = match event {
            CallEvent::Started { leg, .. } => {
                live.caller = Some(*leg);
                false
            }
            CallEvent::Answered { .. } => {
                live.answered = true;
                rule.start == RecordingStart::OnAnswer
            }
            CallEvent::Bridged { b, .. } => {
                live.joined.push(*b);
                live.mark(at, Mark::Joined(*b, Side::Other));
                rule.start == RecordingStart::OnBridge
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
                return true;
            }
            _ => false,
        };
        if !begins || live.running.is_some() || live.stopped {
            return true;
        }
        self.begin(call, at, live).is_ok() || !rule.is_required()
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
        let required = live.expected.rule.is_required();
        let Some(running) = &mut live.running else {
            return match wish {
                Wish::Start if live.answered => self.begin(call, at, live),
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

    /// The recorder gave up. True: the call must not go on, because its recording never began.
    pub(super) fn failed(&self, call: CallId, recording: RecordingId) -> bool {
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call) else { return false };
        let Some(running) = live.running.take_if(|r| r.feed.recording() == recording) else { return false };
        let refuse = live.expected.rule.is_required() && !running.started;
        drop(calls);
        self.taps.leave(call, Listener::Recorder);
        refuse
    }

    fn begin(&self, call: CallId, at: Timestamp, live: &mut Live) -> Result<(), Refused> {
        let caller = live.caller.ok_or(Refused::Because("this call has no caller yet"))?;
        let recording: RecordingId = self.operations.id(at);
        let Ok((key, wrapped_key)) = RecordingKey::create(&self.key, recording) else {
            tracing::error!(call.id = %call, "no key could be made for a recording");
            return Err(Refused::Busy);
        };
        let conversation = live.expected.conversation;
        // The row is asked for before the recorder: its news of the file comes after it.
        let new = NewRecording { id: recording, conversation, call, wrapped_key, started_at: at };
        if !self.note(Note::Requested(Box::new(new))) {
            return Err(Refused::Busy);
        }
        let Ok(feed) = self.recorder.open(&key, Opening { call, caller, at }) else {
            self.note(Note::NotBegun { recording, at });
            return Err(Refused::Busy);
        };
        self.taps.listen(call, Listener::Recorder, feed.outlet());
        let language = live.expected.language;
        self.hearing.begin(&self.taps, Beginning { call, conversation, recording, at, language });
        live.running =
            Some(Running { feed, since: at, for_message: false, started: false, paused: false, masked: false });
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

/// A file that nobody else uses.
fn probe_file(folder: &std::path::Path) -> std::io::Result<(std::path::PathBuf, std::fs::File)> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = folder.join(format!(".probe-{}-{number}", std::process::id()));
    let file = std::fs::File::create(&path)?;
    Ok((path, file))
}
