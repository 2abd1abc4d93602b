//! What the server looks at before a centre goes live.

use crate::orders::Reply;
use ringdesk_readiness::Facts;

/// The server implements it.
pub trait Inspector: Send + Sync + 'static {
    /// Look now; it takes a moment. What cannot be looked at is left out.
    fn look(&self) -> Reply<Facts>;
}
