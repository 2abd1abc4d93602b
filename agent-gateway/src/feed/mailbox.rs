//! What one socket is to be told, until it takes it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What is in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Post<T> {
    It(T),
    /// There was no room for everything: the rows have it.
    Missed,
}

/// A bounded buffer with one reader, who is woken by what is put in. What finds it full empties it, and the reader is told so
/// instead: whoever is so far behind reads the rows again, which needs none of it.
pub(crate) struct Mailbox<T> {
    most: usize,
    held: Mutex<Held<T>>,
    rings: Notify,
}

struct Held<T> {
    waiting: VecDeque<T>,
    missed: bool,
}

impl<T: PartialEq> Mailbox<T> {
    pub(crate) fn new(most: usize) -> Mailbox<T> {
        Mailbox { most, held: Mutex::new(Held { waiting: VecDeque::new(), missed: false }), rings: Notify::new() }
    }

    /// What was put in last and still waits is not put in twice.
    pub(crate) fn put(&self, it: T) {
        let mut held = self.held();
        if held.missed || held.waiting.back() == Some(&it) {
            return; // its reader was woken for that already
        }
        if held.waiting.len() < self.most {
            held.waiting.push_back(it);
        } else {
            held.waiting.clear();
            held.missed = true;
        }
        drop(held);
        self.rings.notify_one();
    }

    /// What is there now.
    pub(crate) fn taken(&self) -> Option<Post<T>> {
        let mut held = self.held();
        if std::mem::take(&mut held.missed) {
            return Some(Post::Missed);
        }
        held.waiting.pop_front().map(Post::It)
    }

    /// The next; may be dropped while it waits, and loses nothing.
    pub(crate) async fn next(&self) -> Post<T> {
        loop {
            if let Some(post) = self.taken() {
                return post;
            }
            self.rings.notified().await;
        }
    }

    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_put_in_comes_out_in_order_and_once() {
        let mailbox = Mailbox::new(4);
        for it in [1, 2, 2, 3] {
            mailbox.put(it);
        }
        for it in [1, 2, 3] {
            assert_eq!(mailbox.next().await, Post::It(it));
        }
        assert_eq!(mailbox.taken(), None);
        mailbox.put(3);
        assert_eq!(mailbox.next().await, Post::It(3), "it was taken before, so it is news again");
    }

    #[tokio::test]
    async fn who_is_too_far_behind_is_told_so_once() {
        let mailbox = Mailbox::new(2);
        for it in 0..9 {
            mailbox.put(it);
        }
        assert_eq!(mailbox.next().await, Post::Missed);
        assert_eq!(mailbox.taken(), None);
        mailbox.put(9);
        assert_eq!(mailbox.next().await, Post::It(9));
    }
}
