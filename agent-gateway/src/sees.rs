//! Who is told of which event, and how much of it.

use crate::masked::hide_numbers;
use ringdesk_access::Permission;
use ringdesk_access::mentoring::holds;
use ringdesk_model::{AgentId, QueueId, UserId};
use ringdesk_operations::SignedIn;
use ringdesk_operations::events::Followed;
use ringdesk_operations::transcripts::masked;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a reader may know of an event; `None`: not even that it was. `queues` are those of the reader, who may be an agent.
///
/// An agent hears of the conversations in which they have a part, of the work in their queues, and of themselves; who sees
/// everybody's conversations, of all. A kind that is not named here is about a conversation, or for nobody.
pub(crate) fn told(event: &Followed, who: &SignedIn, queues: &BTreeSet<QueueId>) -> Option<Value> {
    let asked = asks(event, who);
    if asked && !works(event, who, queues) {
        // Not who has it in hand, nor what is said beside it.
        let seq = event.data.reveal()["seq"].clone();
        return Some(json!({ "conversation": event.conversation, "seq": seq, "asked": true }));
    }
    works(event, who, queues).then(|| {
        let mut data = event.data.reveal().clone();
        let is_to_some = event.kind.starts_with("staff_") || event.kind.starts_with("notice");
        if let (true, Some(fields)) = (is_to_some, data.as_object_mut()) {
            fields.remove("to");
        }
        if asked {
            data["asked"] = true.into();
        }
        hide_numbers(&mut data, &who.scope);
        if let ("caption", false, Some(said)) = (event.kind.as_str(), who.scope.unmasked, data["text"].as_str()) {
            data["text"] = masked(said).into();
        }
        data
    })
}

/// Whether a reader may know of an event at all: only then is their socket woken.
pub(crate) fn sees(event: &Followed, who: &SignedIn, queues: &BTreeSet<QueueId>) -> bool {
    works(event, who, queues) || asks(event, who)
}

/// They asked this of a help desk of the house, and it is something that a visitor of a site would be told, too.
fn asks(event: &Followed, who: &SignedIn) -> bool {
    who.by_token.is_none()
        && event.asker == Some(who.user.id)
        && matches!(
            event.kind.as_str(),
            "conversation_created"
                | "conversation_updated"
                | "message_created"
                | "message_updated"
                | "message_recalled"
                | "message_cursors"
        )
}

/// They may know of it by what they do here.
fn works(event: &Followed, who: &SignedIn, queues: &BTreeSet<QueueId>) -> bool {
    let data = event.data.reveal();
    let may = |permission| who.grants.allows(permission);
    let own = || named::<AgentId>(data, "agent").is_some_and(|agent| who.scope.agent == Some(agent));
    let of_mine = |agent: &AgentId| who.mentees.get(agent).is_some_and(|until| holds(event.at, *until));
    let mentors = || named::<UserId>(data, "mentor") == Some(who.user.id);
    match event.kind.as_str() {
        // What staff say to each other is for those who were in the room when it was said, and for no program.
        "staff_room_changed" | "staff_line_said" | "staff_line_recalled" | "staff_room_read" => {
            let me = serde_json::json!(who.user.id);
            who.by_token.is_none() && data["to"].as_array().is_some_and(|to| to.contains(&me))
        }
        // So is what one of them is told.
        "notice_given" | "notices_read" | "notice_choices_changed" => {
            let me = serde_json::json!(who.user.id);
            who.by_token.is_none() && data["to"].as_array().is_some_and(|to| to.contains(&me))
        }
        "presence_changed" => {
            own() || may(Permission::PresenceOthers) || named(data, "agent").as_ref().is_some_and(of_mine)
        }
        "work_offered" | "offer_ended" => own() || may(Permission::WorkAssign),
        "work_queued" | "work_left" => {
            may(Permission::WorkAssign) || named(data, "queue").is_some_and(|queue| queues.contains(&queue))
        }
        "left_messages_waiting" | "callback_due" => own(),
        "side_note" => own(),
        "mentor_attached" | "mentor_detached" => own() || mentors() || may(Permission::MentorsAttach),
        // It says nothing; and what it says elsewhere is for these two alone.
        "suggestion_made" | "suggestion_settled" => {
            own() || mentors() && named(data, "agent").as_ref().is_some_and(of_mine)
        }
        "help_wanted" | "help_settled" => own() || may(Permission::CallsSupervise),
        "alert_raised" | "alert_ended" | "alert_acknowledged" => may(Permission::PerformanceRead),
        "callback_changed" | "unserved_changed" => {
            own() || who.scope.everyone || named(data, "queue").is_some_and(|queue| queues.contains(&queue))
        }
        "voicemail_left" | "left_message_updated" => {
            who.scope.everyone || named(data, "queue").is_some_and(|queue| queues.contains(&queue))
        }
        "agent_changed" => own() || may(Permission::PresenceOthers),
        "queue_changed" => may(Permission::QueuesRead),
        "inbox_closed" | "inbox_opened" | "inbox_changed" => may(Permission::InboxesRead),
        "trunk_changed" => may(Permission::TrunksManage) || may(Permission::SystemMaintain),
        "recording_commented" => event.conversation.is_some() && may(Permission::RecordingsPlay) && who.scope.everyone,
        "flow_published" | "prompt_changed" => may(Permission::FlowsRead),
        // What leaders are to know at once, by a rule.
        "rule_notice" => may(Permission::WorkAssign),
        "rules_changed" => may(Permission::SettingsManage),
        // It names nobody and says nothing.
        "text_filters_changed" => may(Permission::ContactsBlock),
        // So does this: it names a ticket, and says nothing of it.
        "ticket_changed" | "ticket_setup_changed" => may(Permission::TicketsWork),
        // That a file changed tells nothing of it; who may not read it asks in vain.
        "contact_file_changed" => may(Permission::ConversationsReadAll) || may(Permission::ConversationsReadOwn),
        "channel_changed"
        | "dispositions_published"
        | "tag_list_changed"
        | "calendar_changed"
        | "quick_phrases_changed"
        | "shared_files_changed"
        | "segment_changed" => may(Permission::QueuesRead),
        _ => {
            event.conversation.is_some()
                && (who.scope.everyone
                    || who.scope.agent.is_some_and(|agent| event.agents.contains(&agent))
                    || event.in_hand.iter().any(of_mine))
        }
    }
}

fn named<T: std::str::FromStr>(data: &Value, field: &str) -> Option<T> {
    data[field].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_access::{Grants, shipped_roles};
    use ringdesk_model::{AccountId, Actor, ConversationId, Ids, Pii, Timestamp};
    use ringdesk_storage::users::User;

    const NOW: Timestamp = Timestamp(0);

    fn who(role: &str, agent: Option<AgentId>) -> SignedIn {
        let mut ids = Ids::seeded(1);
        let (account, id): (AccountId, _) = (ids.next(NOW), ids.next(NOW));
        let user = User {
            id,
            account,
            login: role.into(),
            name: role.into(),
            roles: vec![role.into()],
            agent,
            extension: None,
            disabled: false,
            version: 1,
        };
        let grants = Grants::of([role], &shipped_roles());
        SignedIn {
            session: ids.next(NOW),
            scope: grants.scope(account, id, agent),
            actor: Actor::User { user: id, agent, address: None },
            grants,
            user,
            by_token: None,
            must: None,
            mentees: Default::default(),
        }
    }

    /// Rows: S12.6
    #[test]
    fn each_role_is_told_what_it_may_know() {
        let mut ids = Ids::seeded(2);
        let (mine, other): (AgentId, AgentId) = (ids.next(NOW), ids.next(NOW));
        let (here, there): (QueueId, QueueId) = (ids.next(NOW), ids.next(NOW));
        let about: ConversationId = ids.next(NOW);
        let event = |kind: &str, mut data: Value, parts: &[AgentId]| {
            let of_it = ["conversation", "message_", "recording_"].iter().any(|of| kind.starts_with(of));
            let conversation = of_it.then_some(about);
            data["conversation"] = json!(conversation);
            Followed {
                seq: 1,
                at: NOW,
                kind: kind.into(),
                data: Pii::new(data),
                conversation,
                agents: parts.iter().copied().collect(),
                in_hand: BTreeSet::new(),
                asker: None,
            }
        };
        let roles = ["agent", "leader", "manager", "technician", "reviewer", "operator"];
        // Who hears, as `x`, in the order of the roles. The agent is `mine`, of the queue `here`.
        for (event, hears) in [
            (event("conversation_created", json!({ "address": "+4930123456" }), &[]), ".xx.x."),
            (event("conversation_updated", json!({}), &[mine]), "xxx.x."),
            (event("conversation_updated", json!({}), &[other]), ".xx.x."),
            (event("recording_updated", json!({}), &[mine, other]), "xxx.x."),
            (event("message_created", json!({ "seq": 1 }), &[mine]), "xxx.x."),
            (event("message_state", json!({ "seq": 1 }), &[other]), ".xx.x."),
            (event("message_cursors", json!({ "read": 1 }), &[other]), ".xx.x."),
            (event("conversation_rated", json!({ "stars": 1 }), &[mine]), "xxx.x."),
            (event("conversation_rated", json!({ "stars": 1 }), &[other]), ".xx.x."),
            (event("recording_commented", json!({}), &[mine]), ".xx.x."),
            (event("presence_changed", json!({ "agent": mine }), &[]), "xxx..."),
            (event("presence_changed", json!({ "agent": other }), &[]), ".xx..."),
            (event("work_offered", json!({ "agent": mine, "queue": here }), &[]), "xxx..."),
            (event("work_offered", json!({ "agent": other, "queue": here }), &[]), ".xx..."),
            (event("offer_ended", json!({ "agent": mine }), &[]), "xxx..."),
            (event("offer_ended", json!({}), &[]), ".xx..."),
            (event("work_queued", json!({ "queue": here }), &[]), "xxx..."),
            (event("work_left", json!({ "queue": there }), &[]), ".xx..."),
            (event("voicemail_left", json!({ "queue": here }), &[]), "xxx.x."),
            (event("voicemail_left", json!({ "queue": there }), &[]), ".xx.x."),
            (event("voicemail_left", json!({ "queue": null }), &[]), ".xx.x."),
            (event("left_message_updated", json!({ "queue": here }), &[]), "xxx.x."),
            (event("left_message_updated", json!({ "queue": there }), &[]), ".xx.x."),
            (event("left_messages_waiting", json!({ "agent": mine, "open": 1 }), &[]), "x....."),
            (event("left_messages_waiting", json!({ "agent": other, "open": 1 }), &[]), "......"),
            (event("inbox_closed", json!({}), &[]), ".xxx.."),
            (event("inbox_changed", json!({}), &[]), ".xxx.."),
            (event("queue_changed", json!({ "queue": there }), &[]), "xxxxxx"),
            (event("agent_changed", json!({ "agent": mine }), &[]), "xxx..."),
            (event("agent_changed", json!({ "agent": other }), &[]), ".xx..."),
            (event("trunk_changed", json!({ "state": "down" }), &[]), "..xx.."),
            (event("flow_published", json!({}), &[]), ".xxx.."),
            (event("prompt_changed", json!({ "prompt": "goodbye" }), &[]), ".xxx.."),
            (event("dispositions_published", json!({}), &[]), "xxxxxx"),
            (event("callback_due", json!({ "agent": mine }), &[]), "x....."),
            (event("callback_due", json!({ "agent": other }), &[]), "......"),
            (event("callback_changed", json!({ "queue": here }), &[]), "xxx.x."),
            (event("callback_changed", json!({ "queue": there, "agent": mine }), &[]), "xxx.x."),
            (event("callback_changed", json!({ "queue": there }), &[]), ".xx.x."),
            (event("unserved_changed", json!({ "queue": there }), &[]), ".xx.x."),
            (event("side_note", json!({ "agent": mine }), &[]), "x....."),
            (event("side_note", json!({ "agent": other }), &[]), "......"),
            (event("mentor_attached", json!({ "agent": mine }), &[]), "xxx..."),
            (event("mentor_detached", json!({ "agent": other }), &[]), ".xx..."),
            (event("suggestion_made", json!({ "agent": mine }), &[]), "x....."),
            (event("suggestion_settled", json!({ "agent": other }), &[]), "......"),
            (event("help_wanted", json!({ "agent": mine }), &[]), "xxx..."),
            (event("help_settled", json!({ "agent": other }), &[]), ".xx..."),
            (event("alert_raised", json!({}), &[]), ".xx.x."),
            (event("alert_ended", json!({}), &[]), ".xx.x."),
            (event("alert_acknowledged", json!({}), &[]), ".xx.x."),
            (event("tag_list_changed", json!({}), &[]), "xxxxxx"),
            (event("quick_phrases_changed", json!({}), &[]), "xxxxxx"),
            (event("shared_files_changed", json!({}), &[]), "xxxxxx"),
            (event("segment_changed", json!({}), &[]), "xxxxxx"),
            (event("channel_changed", json!({ "channel": "phone" }), &[]), "xxxxxx"),
            (event("calendar_changed", json!({}), &[]), "xxxxxx"),
            (event("rule_notice", json!({}), &[mine]), ".xx..."),
            (event("rules_changed", json!({}), &[]), "..x..."),
            (event("text_filters_changed", json!({}), &[]), ".xx..."),
            (event("contact_file_changed", json!({}), &[]), "xxx.xx"),
            (event("ticket_changed", json!({}), &[]), "xxx..."),
            (event("ticket_setup_changed", json!({}), &[]), "xxx..."),
            (event("something_new", json!({ "agent": mine }), &[]), "......"),
        ] {
            let mut heard = String::new();
            for role in roles {
                let agent = (role == "agent").then_some(mine);
                let queues = if agent.is_some() { BTreeSet::from([here]) } else { BTreeSet::new() };
                heard.push(if told(&event, &who(role, agent), &queues).is_some() { 'x' } else { '.' });
            }
            assert_eq!(heard, hears, "{} {}", event.kind, event.data.reveal());
        }
    }

    /// Rows: S7.19, S12.6
    #[test]
    fn what_staff_say_is_for_who_is_in_the_room() {
        let mut ids = Ids::seeded(2);
        let room: ringdesk_model::StaffRoomId = ids.next(NOW);
        let of_rooms = ["staff_room_changed", "staff_line_said", "staff_line_recalled", "staff_room_read"];
        for kind in of_rooms.into_iter().chain(["notice_given", "notices_read", "notice_choices_changed"]) {
            let mut inside = who("agent", None);
            inside.user.id = ids.next(NOW);
            let outside = who("manager", None);
            let data = json!({ "room": room, "seq": 1, "user": inside.user.id, "to": [inside.user.id] });
            let event = Followed {
                seq: 1,
                at: NOW,
                kind: kind.into(),
                data: Pii::new(data),
                conversation: None,
                agents: BTreeSet::new(),
                in_hand: BTreeSet::new(),
                asker: None,
            };
            let told = |who: &SignedIn| told(&event, who, &BTreeSet::new());
            assert_eq!(told(&inside), Some(json!({ "room": room, "seq": 1, "user": inside.user.id })), "{kind}");
            assert_eq!(told(&outside), None, "{kind}");
            let program = SignedIn { by_token: Some("wallboard".into()), ..inside.clone() };
            assert_eq!(told(&program), None, "{kind}");
        }
    }

    /// A mentor hears of what their agent has in hand, as long as the agent has it and they are the agent's mentor; and of
    /// their own suggestions.
    ///
    /// Rows: S7.18, S12.6
    #[test]
    fn a_mentor_is_told_of_what_their_agent_has_in_hand() {
        let mut ids = Ids::seeded(2);
        let (theirs, other): (AgentId, AgentId) = (ids.next(NOW), ids.next(NOW));
        let conversation: Option<ConversationId> = Some(ids.next(NOW));
        let of = |until: Option<i64>| SignedIn {
            mentees: [(theirs, until.map(Timestamp))].into(),
            ..who("agent", Some(ids.clone().next(NOW)))
        };
        let event = |kind: &str, data: Value, in_hand: &[AgentId]| Followed {
            seq: 1,
            at: Timestamp(10),
            kind: kind.into(),
            data: Pii::new(data),
            conversation: conversation.filter(|_| kind.starts_with("message_")),
            agents: [theirs, other].into(),
            in_hand: in_hand.iter().copied().collect(),
            asker: None,
        };
        let hears = |event: &Followed, who: &SignedIn| told(event, who, &BTreeSet::new()).is_some();
        let said = |in_hand: &[AgentId]| event("message_created", json!({ "seq": 1 }), in_hand);
        let mentor = of(None);
        for (event, expected) in [
            (said(&[theirs]), true),
            (said(&[other, theirs]), true),
            (said(&[other]), false),
            (said(&[]), false),
            (event("presence_changed", json!({ "agent": theirs }), &[]), true),
            (event("presence_changed", json!({ "agent": other }), &[]), false),
            (event("suggestion_made", json!({ "agent": theirs, "mentor": mentor.user.id }), &[]), true),
            (event("suggestion_made", json!({ "agent": theirs, "mentor": other }), &[]), false),
            (event("mentor_detached", json!({ "agent": other, "mentor": mentor.user.id }), &[]), true),
            (event("work_offered", json!({ "agent": theirs }), &[]), false),
            (event("side_note", json!({ "agent": theirs }), &[]), false),
        ] {
            assert_eq!(hears(&event, &mentor), expected, "{} {:?}", event.kind, event.in_hand);
            let nobody = SignedIn { mentees: Default::default(), ..mentor.clone() };
            let own = event.kind == "mentor_detached";
            assert_eq!(hears(&event, &nobody), own, "{} of nobody's mentor", event.kind);
        }
        assert_eq!((hears(&said(&[theirs]), &of(Some(11))), hears(&said(&[theirs]), &of(Some(10)))), (true, false));
    }

    /// Who asked a help desk is told that there is something to read, and no more; another colleague, and a program, nothing.
    ///
    /// Rows: S1.24, S12.6
    #[test]
    fn who_asked_a_help_desk_hears_what_a_visitor_would() {
        let mut ids = Ids::seeded(2);
        let mut anna = who("agent", Some(ids.next(NOW)));
        anna.user.id = ids.next(NOW);
        let about: ConversationId = ids.next(NOW);
        let event = |kind: &str, asker| Followed {
            seq: 1,
            at: NOW,
            kind: kind.into(),
            data: Pii::new(json!({ "conversation": about, "seq": 3, "agent": about, "queue": about, "note": about })),
            conversation: Some(about),
            agents: BTreeSet::new(),
            in_hand: BTreeSet::new(),
            asker,
        };
        let of = |kind: &str, who: &SignedIn| told(&event(kind, Some(anna.user.id)), who, &BTreeSet::new());
        let expected = json!({ "conversation": about, "seq": 3, "asked": true });
        for kind in ["message_created", "message_recalled", "conversation_updated", "message_cursors"] {
            assert_eq!(of(kind, &anna).as_ref(), Some(&expected), "{kind}");
            assert_eq!(of(kind, &who("operator", None)), None, "{kind} to another");
            let program = SignedIn { by_token: Some("wallboard".into()), ..anna.clone() };
            assert_eq!(of(kind, &program), None, "{kind} to a program");
        }
        for kind in ["note_written", "message_state", "conversation_tagged"] {
            assert_eq!(of(kind, &anna), None, "{kind}");
        }
        assert_eq!(told(&event("message_created", None), &anna, &BTreeSet::new()), None, "nobody of ours asked");
        let mut leader = who("leader", None);
        leader.user.id = anna.user.id;
        let seen = of("message_created", &leader).unwrap();
        assert_eq!((&seen["asked"], &seen["agent"]), (&json!(true), &json!(about)), "it is theirs, and they lead");
    }

    #[test]
    fn numbers_that_are_spoken_are_for_those_with_the_right() {
        let data = Pii::new(json!({ "text": "my number is 015112345678 thanks", "start_ms": 1 }));
        let event = Followed {
            seq: 1,
            at: NOW,
            kind: "caption".into(),
            data,
            conversation: Some(Ids::seeded(2).next(NOW)),
            agents: BTreeSet::new(),
            in_hand: BTreeSet::new(),
            asker: None,
        };
        let of = |role| told(&event, &who(role, None), &BTreeSet::new()).unwrap()["text"].clone();
        assert!(!of("leader").as_str().unwrap().contains("12345"), "{}", of("leader"));
        assert_eq!(of("manager"), "my number is 015112345678 thanks");
    }

    #[test]
    fn numbers_and_names_are_for_those_with_the_right() {
        let mut ids = Ids::seeded(2);
        let conversation = Some(ids.next(NOW));
        let data = Pii::new(json!({ "name": "Carla", "address": "+4930123456", "page": null, "digits": "4711" }));
        let event = Followed {
            seq: 1,
            at: NOW,
            kind: "conversation_created".into(),
            data,
            conversation,
            agents: BTreeSet::new(),
            in_hand: BTreeSet::new(),
            asker: None,
        };
        let of = |role| told(&event, &who(role, None), &BTreeSet::new()).unwrap();
        assert_eq!(of("leader"), json!({ "name": "C•••", "address": "+49•••••456", "page": null, "digits": "••••" }));
        assert_eq!(of("manager"), json!({ "name": "Carla", "address": "+4930123456", "page": null, "digits": "••••" }));
    }
}
