//! One matter with a contact, over any channel.

use ringdesk_model::{AccountId, CallId, Channel, ContactId, ConversationId, InboxId, Pii, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    Open,
    Closed,
}

/// A conversation opens with its first call or message and owns the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub account: AccountId,
    /// `None`: an anonymous caller.
    pub contact: Option<ContactId>,
    pub channel: Channel,
    pub inbox: Option<InboxId>,
    pub state: ConversationState,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub calls: Vec<CallId>,
}

impl Conversation {
    pub fn open(
        now: Timestamp,
        id: ConversationId,
        account: AccountId,
        contact: Option<ContactId>,
        channel: Channel,
        inbox: Option<InboxId>,
    ) -> Self {
        Conversation {
            id,
            account,
            contact,
            channel,
            inbox,
            state: ConversationState::Open,
            opened_at: now,
            closed_at: None,
            calls: Vec::new(),
        }
    }

    /// Closing twice keeps the first time.
    pub fn close(&mut self, now: Timestamp) {
        self.state = ConversationState::Closed;
        self.closed_at.get_or_insert(now);
    }

    /// A call joins once, however often it is told.
    pub fn add_call(&mut self, call: CallId) {
        if !self.calls.contains(&call) {
            self.calls.push(call);
        }
    }
}

/// Payload of the event `conversation_created`. What is not known is an explicit null, never a missing field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationCreated {
    pub conversation: ConversationId,
    pub account: AccountId,
    pub inbox: Option<InboxId>,
    pub contact: Option<ContactId>,
    pub name: Option<Pii<String>>,
    /// The address on this channel: a caller's number.
    pub address: Option<Pii<String>>,
    pub channel: Channel,
    /// The web page the visitor came from; always null for a call.
    pub page: Option<String>,
    pub opened_at: Timestamp,
}

impl ConversationCreated {
    pub fn of(
        conversation: &Conversation,
        name: Option<Pii<String>>,
        address: Option<Pii<String>>,
        page: Option<String>,
    ) -> Self {
        ConversationCreated {
            conversation: conversation.id,
            account: conversation.account,
            inbox: conversation.inbox,
            contact: conversation.contact,
            name,
            address,
            channel: conversation.channel,
            page,
            opened_at: conversation.opened_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S2.16
    #[test]
    fn the_created_event_names_every_field_known_or_not() {
        let (now, mut ids) = (Timestamp::from_millis(5), Ids::seeded(1));
        let conversation =
            Conversation::open(now, ids.next(now), ids.next(now), None, Channel::Phone, Some(ids.next(now)));
        let event = ConversationCreated::of(&conversation, None, Some(Pii::new("+4930123456".into())), None);
        let json = serde_json::to_value(&event).unwrap();
        for field in ["name", "contact", "channel", "page", "address", "inbox"] {
            assert!(json.as_object().unwrap().contains_key(field), "{field} is missing");
        }
        assert!(json["name"].is_null() && json["contact"].is_null() && json["page"].is_null());
        assert_eq!(json["channel"], "phone");
        assert_eq!(json["address"], "+4930123456");
    }

    #[test]
    fn closing_twice_keeps_the_first_time() {
        let (now, mut ids) = (Timestamp::from_millis(5), Ids::seeded(1));
        let mut conversation = Conversation::open(now, ids.next(now), ids.next(now), None, Channel::Phone, None);
        let call = ids.next(now);
        conversation.add_call(call);
        conversation.add_call(call);
        conversation.close(Timestamp::from_millis(9));
        conversation.close(Timestamp::from_millis(12));
        assert_eq!((conversation.closed_at, conversation.calls.len()), (Some(Timestamp::from_millis(9)), 1));
    }
}
