//! The books' task: what happens to recordings becomes rows and events. One thing after the other, in order; a store that
//! fails is tried again for a while.

use super::Recordings;
use ringdesk_model::{CallId, ConversationId, RecordingId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_recordings::{Event, Failure, Happened, Stored};
use ringdesk_storage::recordings::{NewRecording, RecordingState, Sealed};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// Notes that may wait. When it is full no recording begins, and the recorder keeps its news.
pub(crate) const BUFFER: usize = 16_384;
/// How often a failing store is tried again before a note is given up, loudly.
const PATIENCE: u32 = 8;

/// News for the books.
pub(crate) enum Note {
    /// A recording is about to begin; the recorder's news of it follow.
    Requested(Box<NewRecording>),
    /// It was requested, and the recorder had no room for it.
    NotBegun {
        recording: RecordingId,
        at: Timestamp,
    },
    Recorder(Event),
    /// Somebody, or a timer, paused or masked it, or let it go on.
    Marked {
        recording: RecordingId,
        conversation: ConversationId,
        at: Timestamp,
        state: &'static str,
        by_timer: bool,
    },
    /// Answered when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// Whose recordings are open.
type Open = HashMap<RecordingId, (CallId, ConversationId)>;

/// `jobs`: wake-up of the jobs' runner.
pub(crate) async fn run_books(recordings: Arc<Recordings>, mut notes: mpsc::Receiver<Note>, jobs: Arc<Notify>) {
    let mut open = Open::new();
    metrics::gauge!("recordings_alarm").set(0.0);
    while let Some(note) = notes.recv().await {
        match note {
            Note::Flush(done) => {
                let _ = done.send(()); // whoever asked may have left
            }
            Note::Requested(new) => {
                open.insert(new.id, (new.call, new.conversation));
                keep(&recordings, "a recording was not requested", || {
                    recordings.operations.request_recording(new.started_at, recordings.account, &new)
                })
                .await;
            }
            Note::NotBegun { recording, at } => {
                failed(&recordings, &mut open, recording, at, Failure::TooMany).await;
            }
            Note::Marked { recording, conversation, at, state, by_timer } => {
                let of = (recording, conversation);
                keep(&recordings, "a mark of a recording was not told", || {
                    recordings.operations.recording_marked(at, recordings.account, of, state, by_timer)
                })
                .await;
            }
            Note::Recorder(event) => {
                recorder_said(&recordings, &mut open, event).await;
                jobs.notify_one();
            }
        }
    }
}

async fn recorder_said(recordings: &Arc<Recordings>, open: &mut Open, event: Event) {
    let Event { recording, at, what } = event;
    let Some((call, conversation)) = open.get(&recording).copied() else {
        return tracing::error!(%recording, "news of a recording that nobody asked for");
    };
    let of = (recording, conversation);
    let is = async |state, reason| {
        keep(recordings, "the state of a recording was not stored", || {
            recordings.operations.recording_is(at, recordings.account, of, state, reason)
        })
        .await;
    };
    match what {
        Happened::Started => {
            recordings.started(call, recording);
            is(RecordingState::Started, None).await;
        }
        Happened::Sealing => is(RecordingState::Sealing, None).await,
        Happened::Resumed(marked) => {
            recordings.resumed(call, recording, marked.mark);
            let account = recordings.account;
            keep(recordings, "the end of a pause was not told", || {
                recordings.operations.recording_marked(marked.at, account, of, "started", true)
            })
            .await;
        }
        Happened::Stored(stored) => {
            open.remove(&recording);
            metrics::gauge!("recordings_alarm").set(0.0);
            let sealed = sealed(&stored);
            keep(recordings, "a stored recording was not entered", || {
                recordings.operations.recording_stored(at, recordings.account, of, &sealed, None)
            })
            .await;
        }
        Happened::Failed(reason) => {
            if recordings.failed(call, recording) {
                tracing::error!(call.id = %call, "a call that must be recorded goes on without; its rest is recorded when it can be");
                metrics::counter!("calls_broken_off_unrecorded_total").increment(1);
                tokio::spawn(recordings.clone().record_the_rest(call));
            }
            failed(recordings, open, recording, at, reason).await;
        }
    }
}

async fn failed(recordings: &Recordings, open: &mut Open, recording: RecordingId, at: Timestamp, reason: Failure) {
    let Some((call, conversation)) = open.remove(&recording) else { return };
    let reason = reason.as_str();
    tracing::error!(%recording, call.id = %call, reason, "a recording failed; its call goes on");
    metrics::counter!("recordings_failed_total", "reason" => reason).increment(1);
    metrics::gauge!("recordings_alarm").set(1.0);
    keep(recordings, "the failure of a recording was not stored", || {
        let (of, state) = ((recording, conversation), RecordingState::Failed);
        recordings.operations.recording_is(at, recordings.account, of, state, Some(reason))
    })
    .await;
}

fn sealed(stored: &Stored) -> Sealed {
    Sealed {
        ended_at: stored.ended_at,
        duration_ms: stored.duration_ms,
        sha256: stored.sha256,
        chain_head: stored.chain_head,
        gaps: super::archive::gaps_text(&stored.gaps),
    }
}

/// Write it; a store that fails is tried again. What is lost after that is found at the next start, in the log.
/// Whoever follows the outbox is woken for the event it gives.
async fn keep<T: Into<Option<i64>>, F: Future<Output = Result<T, OperationError>>>(
    recordings: &Recordings,
    what: &str,
    write: impl Fn() -> F,
) {
    // A store that is gone or locked is waited for: the buffer of notes bounds what waits behind it.
    let (mut attempt, mut refused) = (0u32, 0);
    while refused < PATIENCE {
        match write().await {
            Ok(told) => return told.into().into_iter().for_each(|event| recordings.hearing.wake(event)),
            Err(fault) => {
                metrics::counter!("recording_write_failures_total").increment(1);
                tracing::error!(%fault, attempt, "{what}");
                tokio::time::sleep(Duration::from_millis(50 << attempt.min(5))).await;
                attempt += 1;
                refused += u32::from(!fault.is_passing());
            }
        }
    }
    metrics::counter!("recording_notes_lost_total").increment(1);
}
