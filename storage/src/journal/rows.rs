//! The rows of a set, as they travel in a batch.

use crate::batch::{Arena, Hex, Id, Span};
use serde::Serialize;

/// The sealed values of a set, by table.
#[derive(Default)]
pub(super) struct Sealed {
    pub(super) contacts: Arena,
    pub(super) calls: Arena,
    pub(super) changes: Arena,
    pub(super) call_events: Arena,
    pub(super) messages: Arena,
}

#[derive(Clone, Serialize)]
pub(super) struct ContactRow {
    pub(super) contact: Id,
    pub(super) kind: &'static str,
    pub(super) hash: Hex,
    pub(super) value: Span,
    pub(super) at: i64,
}

#[derive(Clone, Serialize)]
pub(super) struct ConversationRow {
    pub(super) id: Id,
    pub(super) channel: &'static str,
    pub(super) contact: Option<Id>,
    pub(super) inbox: Option<Id>,
    pub(super) at: i64,
    pub(super) closed: Option<i64>,
    pub(super) seq: i64,
    /// Where the number is at home by which it came: JSON.
    pub(super) place: Option<String>,
    /// By which identity it came.
    pub(super) via: Option<Hex>,
    /// Key into the contacts of the set.
    #[serde(skip)]
    pub(super) with: Option<Vec<u8>>,
}

#[derive(Serialize)]
pub(super) struct CallRow {
    pub(super) id: Id,
    pub(super) conversation: Id,
    pub(super) direction: &'static str,
    pub(super) origin: String,
    pub(super) parties: Span,
    pub(super) at: i64,
}

#[derive(Serialize)]
pub(super) struct ChangeRow {
    pub(super) id: Id,
    pub(super) answered: Option<i64>,
    pub(super) ended: Option<i64>,
    pub(super) cause: Option<String>,
    pub(super) by: Option<String>,
    pub(super) sheet: Option<Span>,
}

#[derive(Serialize)]
pub(super) struct CallEventRow {
    pub(super) call: Id,
    pub(super) n: i64,
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) payload: Span,
}

#[derive(Serialize)]
pub(super) struct ParticipationRow {
    pub(super) id: Id,
    pub(super) conversation: Id,
    pub(super) call: Option<Id>,
    pub(super) agent: Id,
    pub(super) queue: Option<Id>,
    pub(super) started: i64,
    pub(super) ended: Option<i64>,
    pub(super) hold: i64,
}

#[derive(Clone, Serialize)]
pub(super) struct MessageRow {
    pub(super) conversation: Id,
    pub(super) seq: i64,
    pub(super) id: Id,
    pub(super) kind: &'static str,
    pub(super) speaker: &'static str,
    pub(super) agent: Option<Id>,
    pub(super) text: Span,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) at: i64,
    pub(super) transcript: Option<Id>,
}

#[derive(Serialize)]
pub(super) struct WorkItemRow {
    pub(super) id: Id,
    pub(super) conversation: Id,
    pub(super) call: Option<Id>,
    pub(super) queue: Id,
    pub(super) medium: &'static str,
    pub(super) at: i64,
}

#[derive(Serialize)]
pub(super) struct LeftRow {
    pub(super) id: Id,
    pub(super) at: i64,
    pub(super) outcome: String,
    /// Served work goes on with its agent; everything else is over.
    pub(super) state: &'static str,
}
