//! Wrap-up: note and tags, and when the agent may finish it.

use crate::disposition::check_editable;
use crate::{Participation, Refusal};
use ringdesk_model::Timestamp;

/// In characters, not bytes: a Chinese note is as long as an English one.
pub const NOTE_LIMIT: usize = 4_000;
const TAGS: usize = 20;
const TAG_LENGTH: usize = 64;

/// The agent wants to finish wrap-up by hand. A timer that ends it asks nobody: the disposition can still be set.
pub fn may_finish_wrap_up(part: &Participation, disposition_required: bool) -> Result<(), Refusal> {
    if disposition_required && part.disposition.is_none() { Err(Refusal::Required) } else { Ok(()) }
}

pub fn check_note(now: Timestamp, part: &Participation, note: &str) -> Result<(), Refusal> {
    check_editable(now, part)?;
    if note.chars().count() > NOTE_LIMIT { Err(Refusal::NoteTooLong) } else { Ok(()) }
}

/// Trimmed, without doubles, in the order given.
pub fn check_tags(now: Timestamp, part: &Participation, tags: &[String]) -> Result<Vec<String>, Refusal> {
    check_editable(now, part)?;
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim();
        if tag.is_empty() || tag.chars().count() > TAG_LENGTH {
            return Err(Refusal::Tags);
        }
        if !kept.iter().any(|k| k == tag) {
            kept.push(tag.to_owned());
        }
        if kept.len() > TAGS {
            return Err(Refusal::Tags);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallFact, CallSheet};
    use ringdesk_model::Ids;

    fn part() -> Participation {
        let (now, mut ids) = (Timestamp(0), Ids::seeded(4));
        let mut sheet = CallSheet::default();
        sheet.apply(now, &CallFact::AgentJoined { offer: ids.next(now), agent: ids.next(now), queue: None });
        sheet.participations.remove(0)
    }

    /// Rows: S7.29
    #[test]
    fn notes_are_counted_in_characters() {
        let (now, part) = (Timestamp(9), part());
        assert_eq!(check_note(now, &part, &"客".repeat(NOTE_LIMIT)), Ok(()));
        assert_eq!(check_note(now, &part, &"客".repeat(NOTE_LIMIT + 1)), Err(Refusal::NoteTooLong));
    }

    #[test]
    fn tags_are_trimmed_and_single() {
        let (now, part) = (Timestamp(9), part());
        let tags = |list: &[&str]| check_tags(now, &part, &list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert_eq!(tags(&[" vip ", "vip", "refund"]), Ok(vec!["vip".to_owned(), "refund".to_owned()]));
        assert_eq!(tags(&["  "]), Err(Refusal::Tags));
        assert_eq!(tags(&["x".repeat(65).as_str()]), Err(Refusal::Tags));
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        assert_eq!(check_tags(now, &part, &many), Err(Refusal::Tags));
    }
}
