//! `answer`: answer the caller. Other steps do so by themselves where they need sound.

use super::{Exit, Go};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub next: String,
}

impl Answer {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::at_once(&self.next)]
    }

    /// It needs sound, so the caller has been answered when it is entered.
    pub(crate) fn enter(&self) -> Go {
        Go::to(&self.next)
    }
}
