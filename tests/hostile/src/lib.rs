//! What the outside may throw at Ringdesk: torture messages, garbage, floods.
//!
//! The tests are in `tests/hostile.rs`; the corpora beside them.
