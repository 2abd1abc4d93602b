//! A visitor's conversation, line by line: what of it is theirs to see.

use ringdesk_model::ConversationId;
use ringdesk_storage::attachments::Attachment;
use ringdesk_storage::visitors::VisitorLine;
use serde_json::{Value, json};

/// What a visitor may see of a line. What is not for them keeps its number, so that theirs have no gaps.
pub(super) fn shown(conversation: ConversationId, line: &VisitorLine, files: &[(Attachment, String)]) -> Value {
    let mut frame = json!({ "t": "line", "conversation": conversation, "seq": line.seq, "kind": "none" });
    let mut put = |name: &str, value: Value| frame[name] = value;
    let said = |put: &mut dyn FnMut(&str, Value), kind: &str| {
        put("kind", kind.into());
        put("at", line.at.as_millis().into());
        let by = match line.speaker.as_str() {
            "contact" => "me",
            "agent" => "agent",
            _ => "house",
        };
        put("by", by.into());
        put("name", line.agent.clone().into());
    };
    match line.kind.as_str() {
        "message" => {
            said(&mut put, "text");
            put("text", line.text.reveal().clone().into());
            put("recalled", line.recalled.into());
            put("edited", line.edited.into());
            let of_it = files.iter().filter(|(file, _)| file.message == Some(line.id));
            let of_it = of_it.map(|(file, link)| {
                json!({
                    "name": file.name.reveal(), "kind": file.kind, "bytes": file.bytes,
                    "path": format!("/public/api/v1/attachments/{link}")
                })
            });
            put("files", of_it.collect());
        }
        "text_event" => {
            let event: Value = serde_json::from_str(line.text.reveal()).unwrap_or_default();
            match event["text"].as_str() {
                Some("text.agent_joined") => {
                    said(&mut put, "joined");
                    put("from", line.from.clone().into());
                }
                Some("text.agent_left") => said(&mut put, "left"),
                // Whom a colleague is asked for has not come yet: the visitor is told when they do.
                Some("text.passing") if event["queue"].is_string() => said(&mut put, "passed"),
                Some("text.closed") => said(&mut put, "closed"),
                Some("message_recalled") => {
                    said(&mut put, "recalled");
                    put("of", event["seq"].clone());
                }
                Some("message_updated") => {
                    said(&mut put, "edited");
                    put("of", event["seq"].clone());
                }
                _ => {}
            }
        }
        _ => {}
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Pii, Timestamp};
    use uuid::Uuid;

    #[test]
    fn what_staff_see_is_a_number_to_visitors() {
        let mut ids = Ids::seeded(1);
        let at = Timestamp::from_millis(5);
        let line = |kind: &str, speaker: &str, text: &str| VisitorLine {
            seq: 3,
            id: Uuid::nil(),
            kind: kind.into(),
            speaker: speaker.into(),
            agent: Some("Anna".into()),
            from: Some("Ben".into()),
            text: Pii::new(text.into()),
            at,
            recalled: false,
            edited: false,
        };
        let conversation: ConversationId = ids.next(at);
        let of = |kind, speaker, text| shown(conversation, &line(kind, speaker, text), &[]);
        let text = of("message", "agent", "<b>hello</b>");
        assert_eq!((&text["by"], &text["text"]), (&json!("agent"), &json!("<b>hello</b>")), "text stays text");
        let joined = of("text_event", "agent", r#"{"text":"text.agent_joined","queue":"q"}"#);
        assert_eq!(
            (&joined["kind"], &joined["name"], &joined["from"]),
            (&json!("joined"), &json!("Anna"), &json!("Ben"))
        );
        let left = of("text_event", "agent", r#"{"text":"text.agent_left","agent":"a"}"#);
        assert_eq!((&left["kind"], &left["name"]), (&json!("left"), &json!("Anna")));
        let passed = of("text_event", "agent", r#"{"text":"text.passing","queue":"q","detail":"transfer"}"#);
        assert_eq!((&passed["kind"], &passed["queue"]), (&json!("passed"), &Value::Null), "where to is ours to know");
        assert_eq!(of("text_event", "agent", r#"{"text":"text.passing","agent":"b"}"#)["kind"], "none");
        assert_eq!(of("text_event", "agent", r#"{"text":"message_recalled","seq":2}"#)["of"], 2);
        for hidden in [
            of("note", "agent", "rude"),
            of("text_event", "system", r#"{"text":"secret"}"#),
            of("speech", "contact", "x"),
        ] {
            let expected = json!({ "t": "line", "conversation": conversation, "seq": 3, "kind": "none" });
            assert_eq!(hidden, expected);
        }
    }
}
