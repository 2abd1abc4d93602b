//! The books' task: what happens to recordings becomes rows and events. One thing after the other, in order; a store that
//! fails is tried again for a while.

use super::Recordings;
use crate::desk::Desks;
use ringdesk_model::{CallId, Clock as _, ConversationId, RecordingId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_recordings::{Event, Failure, Happened, Stored};
use ringdesk_storage::recordings::{NewRecording, RecordingState, Sealed};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};

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

/// `newest`: wake-up of those who follow the outbox; `jobs`: of the jobs' runner.
pub(crate) async fn run_books(
    recordings: Arc<Recordings>,
    desks: Arc<Desks>,
    mut notes: mpsc::Receiver<Note>,
    newest: watch::Sender<u64>,
    jobs: Arc<Notify>,
) {
    let mut open = Open::new();
    metrics::gauge!("recordings_alarm").set(0.0);
    while let Some(note) = notes.recv().await {
        match note {
            Note::Flush(done) => {
                let _ = done.send(()); // whoever asked may have left
                continue;
            }
            Note::Requested(new) => {
                open.insert(new.id, (new.call, new.conversation));
                keep("a recording was not requested", || {
                    recordings.operations.request_recording(new.started_at, recordings.account, &new)
                })
                .await;
            }
            Note::NotBegun { recording, at } => {
                failed(&recordings, &mut open, recording, at, Failure::TooMany).await;
            }
            Note::Marked { recording, conversation, at, state, by_timer } => {
                let of = (recording, conversation);
                keep("a mark of a recording was not told", || {
                    recordings.operations.recording_marked(at, recordings.account, of, state, by_timer)
                })
                .await;
            }
            Note::Recorder(event) => {
                recorder_said(&recordings, &desks, &mut open, event).await;
                jobs.notify_one();
            }
        }
        if let Ok(head) = recordings.operations.events_head(recordings.account).await {
            newest.send_if_modified(|known| {
                let head = u64::try_from(head).unwrap_or(0);
                let new = head > *known;
                *known = head.max(*known);
                new
            });
        }
    }
}

async fn recorder_said(recordings: &Recordings, desks: &Desks, open: &mut Open, event: Event) {
    let Event { recording, at, what } = event;
    let Some((call, conversation)) = open.get(&recording).copied() else {
        return tracing::error!(%recording, "news of a recording that nobody asked for");
    };
    let of = (recording, conversation);
    let is = async |state, reason| {
        keep("the state of a recording was not stored", || {
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
            keep("the end of a pause was not told", || {
                recordings.operations.recording_marked(marked.at, account, of, "started", true)
            })
            .await;
        }
        Happened::Stored(stored) => {
            open.remove(&recording);
            metrics::gauge!("recordings_alarm").set(0.0);
            let sealed = sealed(&stored);
            keep("a stored recording was not entered", || {
                recordings.operations.recording_stored(at, recordings.account, of, &sealed, None)
            })
            .await;
        }
        Happened::Failed(reason) => {
            if recordings.failed(call, recording) {
                tracing::warn!(call.id = %call, "the call ends: it must not go on without a recording");
                metrics::counter!("calls_refused_unrecorded_total").increment(1);
                desks.hang_up(call, recordings.operations.id(recordings.clock.now()));
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
    keep("the failure of a recording was not stored", || {
        let of = (recording, conversation);
        recordings.operations.recording_is(at, recordings.account, of, RecordingState::Failed, Some(reason))
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
async fn keep<T, F: Future<Output = Result<T, OperationError>>>(what: &str, write: impl Fn() -> F) {
    for attempt in 0..PATIENCE {
        match write().await {
            Ok(_) => return,
            Err(fault) => {
                metrics::counter!("recording_write_failures_total").increment(1);
                tracing::error!(%fault, attempt, "{what}");
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
        }
    }
    metrics::counter!("recording_notes_lost_total").increment(1);
}
