//! What happens, read once for everybody who follows it.
//!
//! The truth is in the rows; here they are only read and opened once, however many sockets follow. A follower takes the past
//! from the rows and what is new from here. The seam between the two is the number: [`Feeds::follow`] gives the receiver
//! first and then waits until the feed stands somewhere, so what was written before that is in the rows a follower then
//! reads, and what was written after it is in the receiver. What comes by both ways has the same number.

use ringdesk_model::AccountId;
use ringdesk_operations::Operations;
use ringdesk_operations::events::Followed;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{sleep, timeout};

/// Events held for followers who are busy. Who falls further behind reads the rows again.
const HELD: usize = 1_024;
/// Events read at once.
const PAGE: i64 = 500;
/// How long an event may go unnoticed that nobody announced.
const LOOK: Duration = Duration::from_millis(500);

/// One feed per account that is followed. Clones share them.
#[derive(Clone, Default)]
pub struct Feeds(Arc<Mutex<BTreeMap<AccountId, Feed>>>);

#[derive(Clone)]
struct Feed {
    live: broadcast::Sender<Arc<Followed>>,
    /// The number up to which `live` has told; -1 before it stands anywhere.
    told: watch::Sender<i64>,
    look: Arc<Notify>,
}

impl Feeds {
    /// Everything from now on. `None`: the store does not answer.
    pub(crate) async fn follow(
        &self,
        operations: &Arc<Operations>,
        news: impl FnOnce() -> watch::Receiver<u64>,
        account: AccountId,
    ) -> Option<broadcast::Receiver<Arc<Followed>>> {
        let (receiver, mut told) = {
            let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let feed = feeds.entry(account).or_insert_with(|| {
                let feed = Feed {
                    live: broadcast::Sender::new(HELD),
                    told: watch::Sender::new(-1),
                    look: Arc::new(Notify::new()),
                };
                tokio::spawn(run(self.clone(), feed.clone(), operations.clone(), news(), account));
                feed
            });
            (feed.live.subscribe(), feed.told.subscribe())
        };
        let stands = told.wait_for(|n| *n >= 0).await.is_ok();
        stands.then_some(receiver)
    }

    /// Rows were just written by this process: look at once.
    pub(crate) fn look(&self) {
        for feed in self.0.lock().unwrap_or_else(PoisonError::into_inner).values() {
            feed.look.notify_one();
        }
    }
}

async fn run(
    feeds: Feeds,
    feed: Feed,
    operations: Arc<Operations>,
    mut news: watch::Receiver<u64>,
    account: AccountId,
) {
    let mut cursor = loop {
        match operations.events_head(account).await {
            Ok(head) => break head,
            Err(fault) => tracing::warn!(%fault, "events cannot be read"),
        }
        sleep(LOOK).await;
    };
    loop {
        feed.told.send_replace(cursor);
        // Marked as seen before the rows are read: what is written meanwhile wakes us again.
        news.borrow_and_update();
        match operations.followed(account, cursor, PAGE).await {
            Ok(page) if !page.is_empty() => {
                for event in page {
                    cursor = event.seq;
                    let _ = feed.live.send(Arc::new(event)); // nobody may be listening just now
                }
                continue;
            }
            Ok(_) => {}
            Err(fault) => {
                tracing::warn!(%fault, "events cannot be read");
                sleep(LOOK).await;
            }
        }
        let announced = async {
            tokio::select! {
                () = feed.look.notified() => {}
                changed = news.changed() => if changed.is_err() {
                    feed.look.notified().await; // whoever announced is gone; the rows are looked at all the same
                },
            }
        };
        let _ = timeout(LOOK, announced).await;
        // Under the lock, so that nobody begins to follow a feed that ends.
        let mut open = feeds.0.lock().unwrap_or_else(PoisonError::into_inner);
        if feed.live.receiver_count() == 0 {
            open.remove(&account);
            return;
        }
    }
}
