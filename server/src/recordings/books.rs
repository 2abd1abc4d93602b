//! The books' task: what happens to recordings becomes rows and events. In order, and all that waits in one transaction: the
//! more there is to write, the larger the transactions, never the longer the wait. A store that fails is tried again for a
//! while. What waits here when the server dies is found again: a request on its slip ([`super::unbooked`]), an end in its log.

use super::Recordings;
use ringdesk_model::{CallId, ConversationId, RecordingId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::recordings::{Step, What};
use ringdesk_recordings::{Event, Failure, Happened, Stored};
use ringdesk_storage::recordings::{NewRecording, RecordingState, Sealed};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// Notes that may wait. When it is full no recording begins, and the recorder keeps its news.
pub(crate) const BUFFER: usize = 16_384;
/// Notes of one transaction; running calls wait for the same writer.
const MOST: usize = 128;
/// How often a failing store is tried again before a note is given up, loudly.
const PATIENCE: u32 = 8;
/// Before it is tried again; twice as long each time, up to a point.
const PAUSE: Duration = Duration::from_millis(50);

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

/// What was read of the notes that waited, to be written in one go.
#[derive(Default)]
struct Page {
    steps: Vec<Step<'static>>,
    flushed: Vec<oneshot::Sender<()>>,
    /// The recorder had news: there may be work to do.
    work: bool,
}

/// `jobs`: wake-up of the jobs' runner.
pub(crate) async fn run_books(recordings: Arc<Recordings>, mut notes: mpsc::Receiver<Note>, jobs: Arc<Notify>) {
    let mut open = Open::new();
    let mut waiting = Vec::with_capacity(MOST);
    metrics::gauge!("recordings_alarm").set(0.0);
    while notes.recv_many(&mut waiting, MOST).await > 0 {
        let mut page = Page::default();
        for note in waiting.drain(..) {
            read(&recordings, &mut open, &mut page, note);
        }
        let lost = keep(page.steps.len(), PAUSE, |part| enter(&recordings, &page.steps[part])).await;
        metrics::counter!("recording_notes_lost_total").increment(lost);
        if page.work {
            jobs.notify_one();
        }
        for done in page.flushed {
            let _ = done.send(()); // whoever asked may have left
        }
    }
}

fn read(recordings: &Arc<Recordings>, open: &mut Open, page: &mut Page, note: Note) {
    match note {
        Note::Flush(done) => page.flushed.push(done),
        Note::Requested(new) => {
            open.insert(new.id, (new.call, new.conversation));
            let (at, recording, conversation) = (new.started_at, new.id, new.conversation);
            page.steps.push(Step { at, recording, conversation, what: What::Requested(new) });
        }
        Note::NotBegun { recording, at } => page.steps.extend(failed(open, recording, at, Failure::TooMany)),
        Note::Marked { recording, conversation, at, state, by_timer } => {
            page.steps.push(Step { at, recording, conversation, what: What::Marked { state, by_timer } });
        }
        Note::Recorder(event) => {
            page.steps.extend(recorder_said(recordings, open, event));
            page.work = true;
        }
    }
}

fn recorder_said(recordings: &Arc<Recordings>, open: &mut Open, event: Event) -> Option<Step<'static>> {
    let Event { recording, at, what } = event;
    let Some((call, conversation)) = open.get(&recording).copied() else {
        tracing::error!(%recording, "news of a recording that nobody asked for");
        return None;
    };
    let step = |at, what| Some(Step { at, recording, conversation, what });
    match what {
        Happened::Started => {
            recordings.started(call, recording);
            step(at, What::Is(RecordingState::Started, None))
        }
        Happened::Sealing => step(at, What::Is(RecordingState::Sealing, None)),
        Happened::Resumed(marked) => {
            recordings.resumed(call, recording, marked.mark);
            step(marked.at, What::Marked { state: "started", by_timer: true })
        }
        Happened::Stored(stored) => {
            open.remove(&recording);
            metrics::gauge!("recordings_alarm").set(0.0);
            step(at, What::Stored { sealed: sealed(&stored), recovered: None })
        }
        Happened::Failed(reason) => {
            if recordings.failed(call, recording) {
                tracing::error!(call.id = %call, "a call that must be recorded goes on without; its rest is recorded when it can be");
                metrics::counter!("calls_broken_off_unrecorded_total").increment(1);
                tokio::spawn(recordings.clone().record_the_rest(call));
            }
            failed(open, recording, at, reason)
        }
    }
}

fn failed(open: &mut Open, recording: RecordingId, at: Timestamp, reason: Failure) -> Option<Step<'static>> {
    let (call, conversation) = open.remove(&recording)?;
    let reason = reason.as_str();
    tracing::error!(%recording, call.id = %call, reason, "a recording failed; its call goes on");
    metrics::counter!("recordings_failed_total", "reason" => reason).increment(1);
    metrics::gauge!("recordings_alarm").set(1.0);
    Some(Step { at, recording, conversation, what: What::Is(RecordingState::Failed, Some(reason)) })
}

/// In one transaction. Whoever follows the outbox is woken for what it tells.
async fn enter(recordings: &Recordings, steps: &[Step<'static>]) -> Result<(), OperationError> {
    let told = recordings.operations.enter_recordings(recordings.account, steps).await?;
    told.into_iter().for_each(|event| recordings.hearing.wake(event));
    // The recorder has written the slip when it says how it began; the row came before.
    for step in steps {
        if matches!(step.what, What::Is(RecordingState::Started | RecordingState::Failed, _))
            && let Err(fault) = recordings.folder.booked(step.recording)
        {
            tracing::warn!(recording = %step.recording, %fault, "the slip of a recording could not be taken away");
        }
    }
    Ok(())
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

/// Write so many; a store that fails is tried again. What it refuses is halved until the one it refuses stands alone: that
/// one is given up after a while, the others are not. Gives how many were lost. How a recording ended is found again at the
/// next start, in its log; that there is one, on its slip.
async fn keep<F: Future<Output = Result<(), OperationError>>>(
    count: usize,
    pause: Duration,
    write: impl Fn(Range<usize>) -> F,
) -> u64 {
    let mut lost = 0;
    let mut parts = Vec::new();
    parts.push(0..count);
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        // A store that is gone or locked is waited for: the buffer of notes bounds what waits behind it.
        let (mut attempt, mut refused) = (0u32, 0);
        while let Err(fault) = write(part.clone()).await {
            metrics::counter!("recording_write_failures_total").increment(1);
            tracing::error!(%fault, attempt, steps = part.len(), "what happened to recordings was not stored");
            let passing = fault.is_passing();
            if !passing && part.len() > 1 {
                let middle = part.start + part.len() / 2;
                parts.extend([middle..part.end, part.start..middle]);
                break;
            }
            refused += u32::from(!passing);
            if refused == PATIENCE {
                lost += 1;
                break;
            }
            tokio::time::sleep(pause * (1 << attempt.min(5))).await;
            attempt += 1;
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A note that the store refuses costs no other note its place, nor its order, and few transactions more.
    ///
    /// Rows: S4.6
    #[tokio::test]
    async fn what_is_refused_is_lost_alone() {
        for refused in [vec![], vec![37], vec![0, 99]] {
            let (written, tries) = (RefCell::new(Vec::new()), RefCell::new(0usize));
            let lost = keep(100, Duration::ZERO, |part| {
                *tries.borrow_mut() += 1;
                let bad = refused.iter().any(|step| part.contains(step));
                if !bad {
                    written.borrow_mut().extend(part);
                }
                std::future::ready(if bad { Err(OperationError::Internal("refused")) } else { Ok(()) })
            });
            assert_eq!(lost.await, refused.len() as u64);
            let others: Vec<usize> = (0..100).filter(|step| !refused.contains(step)).collect();
            assert_eq!(*written.borrow(), others);
            // Alone it is tried for a while; on the way there are two halves of each size.
            let most = 1 + refused.len() * (PATIENCE as usize + 2 * 7);
            assert!(*tries.borrow() <= most, "{} transactions", tries.borrow());
        }
    }
}
