//! What was heard becomes rows: captions of all calls, gathered for at most 20 ms and written in one transaction.

use ringdesk_model::Timestamp;
use ringdesk_operations::Operations;
use ringdesk_operations::transcripts::{Of, Said, caption};
use ringdesk_storage::journal::Set;
use ringdesk_vault::AccountKey;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Captions that wait to be written. When it is full the ears wait, and lose their own sound.
const BUFFER: usize = 1_024;
const GATHER: Duration = Duration::from_millis(20);
/// Captions of one set.
const MOST: usize = 500;
/// How often a failing store is tried again before captions are given up, loudly.
const PATIENCE: u32 = 6;

enum Stroke {
    Caption {
        of: Of,
        began: Timestamp,
        /// When the engine had understood it.
        heard: Timestamp,
        said: Said,
    },
    /// Answered when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// Where ears put what they heard. Clones share it.
#[derive(Clone)]
pub(super) struct Pen(mpsc::Sender<Stroke>);

impl Pen {
    pub(super) fn start(operations: Arc<Operations>, key: Arc<AccountKey>, newest: watch::Sender<u64>) -> Pen {
        let (put, strokes) = mpsc::channel(BUFFER);
        tokio::spawn(write(operations, key, newest, strokes));
        Pen(put)
    }

    pub(super) async fn put(&self, of: Of, began: Timestamp, heard: Timestamp, said: Said) {
        let _ = self.0.send(Stroke::Caption { of, began, heard, said }).await; // the pen ends last
    }

    pub(super) async fn flushed(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.send(Stroke::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

/// An event was written that nobody has looked for yet.
pub(crate) fn wake(newest: &watch::Sender<u64>, event: i64) {
    let event = u64::try_from(event).unwrap_or(0);
    newest.send_if_modified(|known| {
        let new = event > *known;
        *known = event.max(*known);
        new
    });
}

async fn write(
    operations: Arc<Operations>,
    key: Arc<AccountKey>,
    newest: watch::Sender<u64>,
    mut strokes: mpsc::Receiver<Stroke>,
) {
    while let Some(first) = strokes.recv().await {
        let until = tokio::time::Instant::now() + GATHER;
        let (mut set, mut captions, mut waiting) = (Set::new(key.clone()), 0, Vec::new());
        let mut next = Some(first);
        while let Some(stroke) = next.take() {
            match stroke {
                Stroke::Caption { of, began, heard, said } => {
                    captions += 1;
                    if let Err(fault) = caption(&mut set, operations.id(began), &of, began, heard, &said) {
                        tracing::error!(call.id = %of.call, %fault, "a caption could not be entered");
                    }
                }
                Stroke::Flush(done) => {
                    waiting.push(done);
                    break;
                }
            }
            if captions < MOST {
                next = tokio::time::timeout_at(until, strokes.recv()).await.ok().flatten();
            }
        }
        if captions > 0 {
            keep(&operations, &set, captions as u64, &newest).await;
        }
        for done in waiting {
            let _ = done.send(()); // whoever asked may have left
        }
    }
}

async fn keep(operations: &Operations, set: &Set, captions: u64, newest: &watch::Sender<u64>) {
    for attempt in 0..PATIENCE {
        match operations.write_journal(set).await {
            Ok(event) => {
                metrics::counter!("captions_total").increment(captions);
                return wake(newest, event.unwrap_or(0));
            }
            Err(fault) => {
                tracing::error!(%fault, attempt, "captions could not be written");
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
        }
    }
    metrics::counter!("captions_lost_total").increment(captions);
}
