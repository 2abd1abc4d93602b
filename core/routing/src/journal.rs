//! What routing was told, kept: told again to a new [`Router`] of the same [`Config`](crate::Config) and seed, the same is said.

use crate::{Input, Output, Router};
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};

/// One call of the machine's verbs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// `None`: time had come ([`Router::handle_timeout`]).
    pub input: Option<Input>,
}

/// Tell it all again; gives what was said.
pub fn replay(router: &mut Router, entries: impl IntoIterator<Item = Entry>) -> Vec<Output> {
    let mut said = Vec::new();
    for Entry { at, input } in entries {
        match input {
            Some(input) => router.handle_input(at, input),
            None => router.handle_timeout(at),
        }
        said.extend(std::iter::from_fn(|| router.poll_output()));
    }
    said
}
