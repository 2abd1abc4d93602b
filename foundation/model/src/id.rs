//! Ids: UUIDv7 (RFC 9562), one type per noun, made from a seeded source so that a replayed machine repeats them.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::{Builder, Uuid};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                $name(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> {
                s.parse().map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", stringify!($name), self.0)
            }
        }
    )*};
}

ids! {
    /// A tenant.
    AccountId
    /// A person who signs in: agent, supervisor, administrator …
    UserId
    /// A person who takes work items. An agent is always a user; not every user is an agent.
    AgentId
    /// The person on the other side of a conversation.
    ContactId
    /// One matter with a contact over any channel.
    ConversationId
    /// One agent's span in a conversation.
    ParticipationId
    /// One telephone interaction.
    CallId
    /// What is queued and routed: a call, chat, ticket or callback.
    WorkItemId
    QueueId
    /// One proposal of a work item to an agent; it ends exactly once.
    OfferId
    /// One passing-on of a call, or one joining of somebody; it ends exactly once.
    TransferId
    /// A configured channel endpoint; a voice inbox is numbers and a flow.
    InboxId
    FlowId
    TrunkId
    /// A command to a running machine that wants a reply.
    OrderId
    /// A question of a machine; it ends exactly once.
    AskId
    /// The sound of a call, kept.
    RecordingId
    /// One pass of speech recognition over a call.
    TranscriptId
    /// A remark at a moment of a recording.
    CommentId
    /// A message that a caller spoke and somebody has to hear.
    LeftMessageId
    /// What staff wrote about a conversation, for staff.
    NoteId
    /// A word of the account's list that conversations are marked with.
    TagId
    /// What agents say again and again.
    QuickPhraseId
    /// A shelf of such phrases.
    PhraseCategoryId
    /// A call that somebody promised to a contact.
    CallbackId
    /// A caller whom nobody served.
    UnservedId
    /// A field that an account adds to the file of a contact.
    ContactFieldId
    /// People who belong together by what is known of them.
    SegmentId
    /// Two files made one; it can be undone.
    MergeId
    /// Where some of the staff write to each other.
    StaffRoomId
    /// Somebody beside an agent as their mentor.
    MentorshipId
    /// What a mentor suggests to their agent.
    SuggestionId
    /// What one of the staff was told.
    NoticeId
    /// A contact who is not to reach us.
    BlockId
    /// A matter that outlives the talk in which it came up.
    TicketId
    /// What a ticket is about, and what it asks for.
    TicketTypeId
    /// Who settles tickets without talking to contacts: repair, sales, a doctor's office.
    DepartmentId
    /// Opening hours with their holidays.
    CalendarId
    /// When a leader is to be warned.
    AlertRuleId
    /// One warning, from its rise to its end.
    AlertId
    /// One telephone of an agent: a browser, a desk phone, a mobile.
    DeviceId
    /// Durable work.
    JobId
}

/// Source of ids and other random bits for a machine. Equal seed and equal calls give equal ids.
#[derive(Clone, Debug)]
pub struct Ids {
    state: u64,
}

impl Ids {
    pub fn seeded(seed: u64) -> Self {
        Ids { state: seed }
    }

    /// A fresh id that sorts by `now` (to the millisecond).
    pub fn next<T: From<Uuid>>(&mut self, now: Timestamp) -> T {
        let mut bits = [0u8; 10];
        bits[..8].copy_from_slice(&self.bits().to_be_bytes());
        bits[8..].copy_from_slice(&self.bits().to_be_bytes()[..2]);
        let ms = u64::try_from(now.as_millis()).unwrap_or(0);
        T::from(Builder::from_unix_timestamp_millis(ms, &bits).into_uuid())
    }

    /// 64 well-mixed bits (SplitMix64). Not for keys or secrets.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_repeat_with_the_seed_and_sort_by_time() {
        let (mut a, mut b) = (Ids::seeded(7), Ids::seeded(7));
        let first: CallId = a.next(Timestamp::from_millis(1_000));
        assert_eq!(first, b.next(Timestamp::from_millis(1_000)));
        let second: CallId = a.next(Timestamp::from_millis(1_001));
        assert!(first < second);
        assert_eq!(first.0.get_version_num(), 7);
        assert_eq!(first.to_string().parse::<CallId>().unwrap(), first);
    }
}
