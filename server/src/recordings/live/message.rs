//! Messages that callers leave: a recording for as long as the step lasts, and where in it the message lies.

use super::{Live, Recordings};
use crate::recordings::books::Note;
use crate::recordings::taps::Listener;
use ringdesk_conversations::CallFact;
use ringdesk_model::{CallId, Clock as _, RecordingId, Timestamp};
use ringdesk_recordings::{Mark, Marked};
use ringdesk_voice::{CallEvent, Discard};

impl Recordings {
    /// The flow wants the call recorded until it goes on to another step. False: it cannot be.
    pub(crate) fn record_message(&self, call: CallId) -> bool {
        let at = self.clock.now();
        let mut calls = self.lock();
        let Some(live) = calls.get_mut(&call) else { return false };
        if live.running.is_some() {
            return self.listen_again(call, at, live);
        }
        let begun = self.begin(call, at, live).is_ok();
        if let Some(running) = &mut live.running {
            running.for_message = true;
        }
        begun
    }

    /// What somebody silenced is heard again: it was not meant for what the caller says now. False: it stays silent.
    fn listen_again(&self, call: CallId, at: Timestamp, live: &mut Live) -> bool {
        let Some(running) = &mut live.running else { return false };
        let silences = [(running.paused, Mark::Resume), (running.masked, Mark::Unmask)];
        for (_, mark) in silences.into_iter().filter(|(silent, _)| *silent) {
            let marked = Marked { at, mark, by: "flow".into(), reason: "voicemail".into() };
            if running.feed.mark(marked, None).is_err() {
                return false;
            }
            running.set(mark);
        }
        if silences.iter().any(|(silent, _)| *silent) {
            self.taps.mask(call, false);
            let (recording, conversation) = (running.feed.recording(), live.expected.conversation);
            self.note(Note::Marked { recording, conversation, at, state: "started", by_timer: false });
        }
        true
    }

    /// What the books are told of a message: that it began, and where it is heard, before it is over, so that a crash takes
    /// nothing but its end; then that it was left, or why it was not.
    pub(crate) fn message(&self, call: CallId, event: &CallEvent) -> Option<CallFact> {
        match event {
            CallEvent::VoicemailStarted { min_ms, queue } => {
                let (recording, from_ms) = self.message_place(call).unzip();
                let from_ms = from_ms.unwrap_or(0);
                Some(CallFact::VoicemailBegun { recording, from_ms, min_ms: *min_ms, queue: *queue })
            }
            CallEvent::VoicemailEnded { lasted_ms, discarded: Some(why), .. } => {
                Some(CallFact::VoicemailDiscarded { duration_ms: *lasted_ms, reason: why.as_str().into() })
            }
            CallEvent::VoicemailEnded { lasted_ms, end, discarded: None, queue } => {
                let (recording, from_ms) = self.message_place(call).unzip();
                if recording.is_none() {
                    tracing::error!(call.id = %call, "a message was left and is not recorded");
                    metrics::counter!("voicemails_lost_total").increment(1);
                }
                let from_ms = from_ms.unwrap_or(0);
                let to_ms = recording.map_or(0, |_| from_ms.saturating_add_unsigned(*lasted_ms));
                let end = end.as_str().into();
                Some(CallFact::Voicemail { duration_ms: *lasted_ms, recording, from_ms, to_ms, queue: *queue, end })
            }
            _ => None,
        }
    }

    /// Where the message that is being spoken begins.
    fn message_place(&self, call: CallId) -> Option<(RecordingId, i64)> {
        let calls = self.lock();
        let live = calls.get(&call)?;
        let (running, from) = (live.running.as_ref()?, live.message_at?);
        let ms = i64::try_from(from.since(running.since).as_millis()).unwrap_or(i64::MAX);
        Some((running.feed.recording(), ms))
    }

    /// The flow enters another step: what was recorded for its message ends.
    pub(super) fn message_over(&self, call: CallId, at: Timestamp, live: &mut Live) {
        live.message_at = None;
        let Some(running) = live.running.take_if(|r| r.for_message) else { return };
        self.taps.leave(call, Listener::Recorder);
        self.taps.mask(call, false);
        self.hearing.stop(&self.taps, call);
        if running.feed.end(at).is_err() {
            // The recorder ends what nobody holds any more.
            tracing::warn!(call.id = %call, "the recorder was not told of a message's end");
        }
    }
}

impl Live {
    pub(super) fn message_begins(&mut self, at: Timestamp) {
        self.message_at = Some(at);
        self.mark_message(at, Mark::MessageBegins, "voicemail");
    }

    pub(super) fn message_ends(&self, at: Timestamp, discarded: Option<Discard>) {
        self.mark_message(at, Mark::MessageEnds, discarded.map_or("voicemail", Discard::as_str));
    }

    fn mark_message(&self, at: Timestamp, mark: Mark, reason: &str) {
        let Some(running) = &self.running else { return };
        let marked = Marked { at, mark, by: "flow".into(), reason: reason.into() };
        if running.feed.mark(marked, None).is_err() {
            metrics::counter!("recording_marks_lost_total").increment(1);
        }
    }
}
