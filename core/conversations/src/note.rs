//! Notes: what staff write about a conversation, for staff. A note leaves by no channel and no exporter.

use crate::Refusal;
use crate::after_call::NOTE_LIMIT;
use crate::disposition::EDITABLE;
use ringdesk_model::{Timestamp, UserId};

/// Of one conversation; who needs more writes a ticket.
const NOTES: i64 = 200;
/// What everybody is to read first is little.
const PINNED: i64 = 5;

/// What the law must know of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteWritten {
    /// `None`: the house.
    pub by: Option<UserId>,
    pub at: Timestamp,
}

/// The text as it is kept; `there`: how many notes the conversation has.
pub fn note_text(text: &str, there: i64) -> Result<String, Refusal> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Refusal::NoteEmpty),
        length if length > NOTE_LIMIT => Err(Refusal::NoteTooLong),
        _ if there >= NOTES => Err(Refusal::TooManyNotes),
        _ => Ok(text.to_owned()),
    }
}

/// Change what it says, or take it back: one's own, for a day. After that others have acted upon it.
pub fn may_change_note(now: Timestamp, note: &NoteWritten, who: Option<UserId>) -> Result<(), Refusal> {
    if note.by.is_none() || note.by != who {
        return Err(Refusal::NotYours);
    }
    if now.since(note.at) > EDITABLE { Err(Refusal::TooLate) } else { Ok(()) }
}

/// Show it before all others, to the next agent too; `pinned`: how many are already. Everybody who works on the
/// conversation may, with anybody's note.
pub fn may_pin_note(pinned: i64) -> Result<(), Refusal> {
    if pinned >= PINNED { Err(Refusal::TooManyNotes) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;
    use std::time::Duration;

    /// Rows: S7.20
    #[test]
    fn a_note_says_something_and_not_too_much() {
        assert_eq!(note_text("  they call again \n", 0), Ok("they call again".into()));
        assert_eq!(note_text(" \n", 0), Err(Refusal::NoteEmpty));
        assert_eq!(note_text(&"客".repeat(NOTE_LIMIT), 0).map(|t| t.chars().count()), Ok(NOTE_LIMIT));
        assert_eq!(note_text(&"客".repeat(NOTE_LIMIT + 1), 0), Err(Refusal::NoteTooLong));
        assert_eq!((note_text("x", NOTES - 1), note_text("x", NOTES)), (Ok("x".into()), Err(Refusal::TooManyNotes)));
        assert_eq!((may_pin_note(PINNED - 1), may_pin_note(PINNED)), (Ok(()), Err(Refusal::TooManyNotes)));
    }

    /// Rows: S7.20, S7.29
    #[test]
    fn ones_own_is_changed_for_a_day() {
        let mut ids = Ids::seeded(1);
        let at = Timestamp::from_millis(1);
        let (mine, other): (UserId, UserId) = (ids.next(at), ids.next(at));
        let note = NoteWritten { by: Some(mine), at };
        let tick = Duration::from_micros(1);
        assert_eq!(may_change_note(at + EDITABLE, &note, Some(mine)), Ok(()));
        assert_eq!(may_change_note(at + EDITABLE + tick, &note, Some(mine)), Err(Refusal::TooLate));
        assert_eq!(may_change_note(at, &note, Some(other)), Err(Refusal::NotYours));
        assert_eq!(may_change_note(at, &NoteWritten { by: None, at }, None), Err(Refusal::NotYours), "the house's own");
    }
}
