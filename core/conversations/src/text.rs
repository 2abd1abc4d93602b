//! Texts: what is sent and received by a channel of text, how it fares on its way, and who may still change it.

use crate::Refusal;
use ringdesk_model::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Of one text, in characters. What a channel takes less of is that channel's to say.
pub const TEXT_LIMIT: usize = 8_000;
/// Of the name that a sender gives to a text so that it is known again, in bytes.
pub const NAME_LIMIT: usize = 200;
/// How long a text may be recalled or edited by who sent it.
pub const RECALL: Duration = Duration::from_secs(120);

/// How a text that we sent fares. In this order: a later word of a channel never takes back what an earlier one proved, so
/// that words which overtake each other end in the same state (what failed and was read all the same was read).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// Stored, and on its way to the channel.
    Pending,
    /// Handed over, but the channel did not say whether it took it. Never sent again by itself where that could double it.
    Unknown,
    /// The channel has it.
    Sent,
    /// The channel refused it, or could not be reached for long.
    Failed,
    Delivered,
    Read,
}

impl TextState {
    pub const fn as_str(self) -> &'static str {
        match self {
            TextState::Pending => "pending",
            TextState::Unknown => "unknown",
            TextState::Sent => "sent",
            TextState::Failed => "failed",
            TextState::Delivered => "delivered",
            TextState::Read => "read",
        }
    }

    pub fn parse(name: &str) -> Option<TextState> {
        use TextState::{Delivered, Failed, Pending, Read, Sent, Unknown};
        [Pending, Unknown, Sent, Failed, Delivered, Read].into_iter().find(|state| state.as_str() == name)
    }

    /// The state after the channel has said this of it.
    pub fn told(self, word: TextState) -> TextState {
        self.max(word)
    }

    /// May somebody have it sent again? Not where the other side has it.
    pub fn may_retry(self) -> bool {
        matches!(self, TextState::Unknown | TextState::Failed)
    }
}

/// What the law must know of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextWritten {
    /// `None`: the contact, or the house.
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub recalled: bool,
}

/// The text as it is kept: without blanks around it, and something.
pub fn text_body(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Refusal::TextEmpty),
        length if length > TEXT_LIMIT => Err(Refusal::TextTooLong),
        _ => Ok(text.to_owned()),
    }
}

/// The same of a text that brings files: they may come without a word.
pub fn text_beside_files(text: &str, files: usize) -> Result<String, Refusal> {
    match (text.trim().is_empty(), files) {
        (_, files) if files > crate::attachment::ATTACHMENTS => Err(Refusal::TooManyFiles),
        (true, 1..) => Ok(String::new()),
        _ => text_body(text),
    }
}

/// The name by which a sender knows a text: whoever sends it again gives the same one.
pub fn text_name(name: &str) -> Result<&str, Refusal> {
    let fits = (1..=NAME_LIMIT).contains(&name.len()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(Refusal::TextName) }
}

/// Recall one's own, or say it otherwise, for two minutes; what was recalled stays so.
pub fn may_change_text(now: Timestamp, text: &TextWritten, who: Option<UserId>) -> Result<(), Refusal> {
    match text {
        TextWritten { recalled: true, .. } => Err(Refusal::Recalled),
        TextWritten { by, .. } if by.is_none() || *by != who => Err(Refusal::NotYourText),
        TextWritten { at, .. } if now.since(*at) > RECALL => Err(Refusal::RecallOver),
        TextWritten { .. } => Ok(()),
    }
}

/// The contact takes their own back, for as long as we may ours. `came_in`: it is theirs.
pub fn may_contact_recall(now: Timestamp, text: &TextWritten, came_in: bool) -> Result<(), Refusal> {
    match text {
        TextWritten { recalled: true, .. } => Err(Refusal::Recalled),
        _ if !came_in => Err(Refusal::NotYourText),
        TextWritten { at, .. } if now.since(*at) > RECALL => Err(Refusal::RecallOver),
        TextWritten { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    const ALL: [TextState; 6] = [
        TextState::Pending,
        TextState::Unknown,
        TextState::Sent,
        TextState::Failed,
        TextState::Delivered,
        TextState::Read,
    ];

    #[test]
    fn states_are_said_as_they_are_read_and_as_they_travel() {
        for state in ALL {
            assert_eq!(TextState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(TextState::parse("gone"), None);
    }

    /// Every order in which a channel may say its words ends alike.
    ///
    /// Rows: S1.21, S2.2
    #[test]
    fn words_that_overtake_each_other_end_alike() {
        let words = [TextState::Sent, TextState::Failed, TextState::Delivered, TextState::Read];
        for mask in 0..16u32 {
            let said: Vec<TextState> = (0..4).filter(|n| mask & (1 << n) != 0).map(|n| words[n]).collect();
            let end = said.iter().fold(TextState::Pending, |state, word| state.told(*word));
            let mut turned = said.clone();
            for _ in 0..said.len() {
                turned.rotate_left(1);
                let other = turned.iter().rev().fold(TextState::Pending, |state, word| state.told(*word));
                assert_eq!((other, other.told(other)), (end, end), "{turned:?}");
            }
        }
        assert_eq!(TextState::Failed.told(TextState::Read), TextState::Read, "it was read all the same");
        assert_eq!(TextState::Read.told(TextState::Failed), TextState::Read);
        assert_eq!(ALL.map(TextState::may_retry), [false, true, false, true, false, false]);
    }

    #[test]
    fn a_text_says_something_and_not_too_much() {
        assert_eq!(text_body("  你好 \n"), Ok("你好".into()));
        assert_eq!(text_body(" \n"), Err(Refusal::TextEmpty));
        assert_eq!(text_body(&"客".repeat(TEXT_LIMIT)).map(|t| t.chars().count()), Ok(TEXT_LIMIT));
        assert_eq!(text_body(&"客".repeat(TEXT_LIMIT + 1)), Err(Refusal::TextTooLong));
        assert_eq!((text_name("a"), text_name("")), (Ok("a"), Err(Refusal::TextName)));
        assert_eq!(text_name(&"a".repeat(NAME_LIMIT + 1)), Err(Refusal::TextName));
        assert_eq!(text_name("a\nb"), Err(Refusal::TextName));
    }

    /// Rows: S2.3
    #[test]
    fn ones_own_is_recalled_for_two_minutes() {
        let mut ids = Ids::seeded(1);
        let at = Timestamp::from_millis(1);
        let (mine, other): (UserId, UserId) = (ids.next(at), ids.next(at));
        let text = TextWritten { by: Some(mine), at, recalled: false };
        let tick = Duration::from_micros(1);
        assert_eq!(may_change_text(at + RECALL, &text, Some(mine)), Ok(()));
        assert_eq!(may_change_text(at + RECALL + tick, &text, Some(mine)), Err(Refusal::RecallOver));
        assert_eq!(may_change_text(at, &text, Some(other)), Err(Refusal::NotYourText));
        assert_eq!(may_change_text(at, &TextWritten { by: None, ..text }, None), Err(Refusal::NotYourText));
        assert_eq!(may_change_text(at, &TextWritten { recalled: true, ..text }, Some(mine)), Err(Refusal::Recalled));
    }

    /// Rows: S2.3
    #[test]
    fn contacts_recall_what_came_from_them() {
        let at = Timestamp::from_millis(1);
        let text = TextWritten { by: None, at, recalled: false };
        let late = at + RECALL + Duration::from_micros(1);
        assert_eq!(may_contact_recall(at + RECALL, &text, true), Ok(()));
        assert_eq!(may_contact_recall(late, &text, true), Err(Refusal::RecallOver));
        assert_eq!(may_contact_recall(at, &text, false), Err(Refusal::NotYourText));
        assert_eq!(may_contact_recall(at, &TextWritten { recalled: true, ..text }, true), Err(Refusal::Recalled));
    }
}
