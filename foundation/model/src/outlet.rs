//! How an IO room reports without knowing who listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The listener's buffer is full or the listener is gone; the event comes back.
#[derive(Debug, PartialEq, Eq)]
pub struct Full<T>(pub T);

/// The sending end of somebody's bounded buffer. Never blocks.
pub struct Outlet<T> {
    put: Arc<dyn Fn(T) -> Result<(), Full<T>> + Send + Sync>,
    refused: Arc<AtomicU64>,
}

impl<T> Outlet<T> {
    /// Wrap the `try_send` of a bounded buffer, of whatever runtime.
    pub fn new(try_send: impl Fn(T) -> Result<(), Full<T>> + Send + Sync + 'static) -> Self {
        Outlet { put: Arc::new(try_send), refused: Arc::default() }
    }

    /// Hand an event over. On [`Full`] the room decides what the loss means; the refusal is counted either way.
    pub fn try_send(&self, event: T) -> Result<(), Full<T>> {
        (self.put)(event).inspect_err(|_| {
            self.refused.fetch_add(1, Ordering::Relaxed);
        })
    }

    /// How many events were refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl<T> Clone for Outlet<T> {
    fn clone(&self) -> Self {
        Outlet { put: self.put.clone(), refused: self.refused.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn a_full_buffer_gives_the_event_back_and_counts_it() {
        let (tx, _rx) = sync_channel(1);
        let outlet = Outlet::new(move |n: u32| tx.try_send(n).map_err(|_| Full(n)));
        assert_eq!(outlet.try_send(1), Ok(()));
        assert_eq!(outlet.try_send(2), Err(Full(2)));
        assert_eq!(outlet.refused(), 1);
    }
}
