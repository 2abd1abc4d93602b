//! What happens, read once for everybody who follows it.
//!
//! The truth is in the rows; here they are only read and opened once, however many sockets follow, and told to those whom they
//! concern ([`followers`]). A follower takes the past from the rows and what is new from here. The seam between the two is the number:
//! a follower is given the ear first and then waits until the feed stands somewhere, so what was written before that is in the rows
//! they then read, and what was written after it is in their mailbox. What comes by both ways has the same number.

mod followers;
mod mailbox;

pub(crate) use followers::{ReaderEar, ReaderPost, Rights, VisitorEar, VisitorPost};
pub(crate) use mailbox::Post;

use crate::typing::Typed;
use followers::Followers;

use ringdesk_model::{AccountId, Pii};
use ringdesk_operations::Operations;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// Events read at once.
const PAGE: i64 = 500;
/// How long an event may go unnoticed that nobody announced.
const LOOK: Duration = Duration::from_millis(500);

/// One feed per account that is followed. Clones share them.
#[derive(Clone, Default)]
pub struct Feeds(Arc<Mutex<BTreeMap<AccountId, Feed>>>);

#[derive(Clone)]
struct Feed {
    followers: Followers,
    /// The number up to which everybody was told; -1 before it stands anywhere.
    told: watch::Sender<i64>,
    look: Arc<Notify>,
}

impl Feeds {
    /// Everything from now on that somebody of these rights may see. `None`: the store does not answer.
    pub(crate) async fn follow_as_reader(
        &self,
        operations: &Arc<Operations>,
        news: impl FnOnce() -> watch::Receiver<u64>,
        account: AccountId,
        rights: Rights,
    ) -> Option<ReaderEar> {
        let ear = |feed: &Feed| feed.followers.reader(rights, feed.told.subscribe());
        self.follow(operations, news, account, ear).await
    }

    /// Everything from now on that concerns a visitor of this address. `None`: the store does not answer.
    pub(crate) async fn follow_as_visitor(
        &self,
        operations: &Arc<Operations>,
        news: impl FnOnce() -> watch::Receiver<u64>,
        account: AccountId,
        address: Pii<String>,
    ) -> Option<VisitorEar> {
        self.follow(operations, news, account, |feed| feed.followers.visitor(address)).await
    }

    async fn follow<E>(
        &self,
        operations: &Arc<Operations>,
        news: impl FnOnce() -> watch::Receiver<u64>,
        account: AccountId,
        ear: impl FnOnce(&Feed) -> E,
    ) -> Option<E> {
        let (ear, mut told) = {
            let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let feed = feeds.entry(account).or_insert_with(|| {
                let feed = Feed {
                    followers: Followers::default(),
                    told: watch::Sender::new(-1),
                    look: Arc::new(Notify::new()),
                };
                tokio::spawn(run(self.clone(), feed.clone(), operations.clone(), news(), account));
                feed
            });
            (ear(feed), feed.told.subscribe())
        };
        let stands = told.wait_for(|n| *n >= 0).await.is_ok();
        stands.then_some(ear)
    }

    /// Somebody types, or a visitor came to another page.
    pub(crate) fn typed(&self, account: AccountId, typed: &Typed) {
        let feed = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned();
        if let Some(feed) = feed {
            feed.followers.typed(typed); // without a feed nobody looks
        }
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
                    let woken = feed.followers.tell(&Arc::new(event));
                    metrics::counter!("events_told_total").increment(1);
                    metrics::counter!("event_sockets_woken_total").increment(woken);
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
        if feed.followers.is_empty() {
            open.remove(&account);
            return;
        }
    }
}
