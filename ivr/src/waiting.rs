//! How callers wait in a queue, whatever flow led them there: said in the queue's own settings.

use std::time::Duration;

/// What a queue does for those who wait in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Their place and the wait that is likely are said when they come, and again so often, if they have become less.
    pub announce_every: Option<Duration>,
    /// They may hang up, keep their place and be called.
    pub callback: Option<CallbackOffer>,
}

/// When a caller is offered to be called back; with both, when the first of them is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallbackOffer {
    /// So long in the queue.
    pub after: Option<Duration>,
    /// It will probably take longer than that.
    pub above: Option<Duration>,
}
