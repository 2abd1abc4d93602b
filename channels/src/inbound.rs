//! What the API channel is told: a text of a contact, or how one of ours fared.

use crate::capabilities::API;
use ringdesk_model::Pii;
use serde::Deserialize;
use uuid::Uuid;

/// Of an id that the other side gives, and of a name, in bytes.
const NAME: usize = 200;

/// Why a body cannot be taken. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the body is no such JSON: {0}")]
    Form(String),
    #[error("this channel carries {carries}, and no `{0}`", carries = API.types.join(", "))]
    Type(String),
    #[error("`{0}` is missing, or longer than {NAME} bytes")]
    Name(&'static str),
    #[error("the text is longer than {} characters", API.text_limit)]
    Oversize,
    #[error("the text is empty")]
    Empty,
}

/// A text of a contact. Sent again with the same `id` it is the same one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// The other system's; each text has its own.
    pub id: String,
    pub contact: Sender,
    /// `text`, where it is not said.
    #[serde(default = "plain", rename = "type")]
    pub kind: String,
    /// May be left out beside files.
    #[serde(default)]
    pub text: Pii<String>,
    /// Files that were brought before, by the ids they got, in their order.
    #[serde(default)]
    pub attachments: Vec<Uuid>,
}

/// Who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// As the other system knows them; it is written to under this name.
    pub id: Pii<String>,
    #[serde(default)]
    pub name: Option<Pii<String>>,
}

/// How a text of ours fared. They may come in any order, and more than once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The id that we gave it.
    pub message: String,
    pub state: Word,
    /// Of `failed`: why, for people.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a channel may say of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Sent,
    Failed,
    Delivered,
    Read,
}

impl Word {
    pub const fn as_str(self) -> &'static str {
        match self {
            Word::Sent => "sent",
            Word::Failed => "failed",
            Word::Delivered => "delivered",
            Word::Read => "read",
        }
    }
}

/// A text, from the body of a request that was believed.
pub fn message(body: &[u8]) -> Result<Inbound, Unreadable> {
    let read: Inbound = read(body)?;
    if !API.types.contains(&read.kind.as_str()) {
        return Err(Unreadable::Type(read.kind.chars().take(40).collect()));
    }
    named("id", &read.id)?;
    named("contact.id", read.contact.id.reveal())?;
    if let Some(name) = &read.contact.name {
        named("contact.name", name.reveal())?;
    }
    match read.text.reveal().trim().chars().count() {
        0 if read.attachments.is_empty() => Err(Unreadable::Empty),
        length if length > API.text_limit => Err(Unreadable::Oversize),
        _ => Ok(read),
    }
}

/// A receipt, from the body of a request that was believed.
pub fn receipt(body: &[u8]) -> Result<Receipt, Unreadable> {
    let read: Receipt = read(body)?;
    named("message", &read.message)?;
    if let Some(reason) = &read.reason {
        named("reason", reason)?;
    }
    Ok(read)
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Unreadable> {
    // The parser's own words name a place and a field, never a value.
    serde_json::from_slice(body).map_err(|why| match why.classify() {
        serde_json::error::Category::Data => Unreadable::Form(format!("line {}, column {}", why.line(), why.column())),
        _ => Unreadable::Form("it cannot be parsed".into()),
    })
}

fn named(field: &'static str, value: &str) -> Result<(), Unreadable> {
    let fits = (1..=NAME).contains(&value.len()) && !value.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Unreadable::Name(field)) }
}

fn plain() -> String {
    "text".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(change: &str) -> Result<Inbound, Unreadable> {
        let mut body = serde_json::json!({ "id": "m1", "contact": { "id": "c1" }, "text": "hello" });
        let change: serde_json::Value = serde_json::from_str(change).unwrap();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        message(body.to_string().as_bytes())
    }

    /// Rows: S1.22
    #[test]
    fn what_cannot_be_taken_is_said_and_not_guessed() {
        assert_eq!(parsed("{}").unwrap().contact.name, None);
        assert_eq!(parsed(r#"{"type":"text"}"#).unwrap().kind, "text");
        assert_eq!(parsed(r#"{"type":"sticker"}"#), Err(Unreadable::Type("sticker".into())));
        assert_eq!(parsed(r#"{"id":""}"#), Err(Unreadable::Name("id")));
        assert_eq!(parsed(r#"{"contact":{"id":"a\u0000b"}}"#), Err(Unreadable::Name("contact.id")));
        assert_eq!(parsed(r#"{"contact":{"id":"a","name":""}}"#), Err(Unreadable::Name("contact.name")));
        assert_eq!(parsed(r#"{"text":"  "}"#), Err(Unreadable::Empty));
        let long = serde_json::json!({ "text": "字".repeat(API.text_limit + 1) }).to_string();
        assert_eq!(parsed(&long), Err(Unreadable::Oversize));
        let whole = serde_json::json!({ "text": "字".repeat(API.text_limit) }).to_string();
        assert!(parsed(&whole).is_ok());
        assert!(matches!(parsed(r#"{"colour":"red"}"#), Err(Unreadable::Form(_))));
        assert_eq!(message(b"{"), Err(Unreadable::Form("it cannot be parsed".into())));
    }

    #[test]
    fn a_fault_quotes_nothing_of_what_was_said() {
        let told = message(br#"{"id":"m1","contact":{"id":"c1"},"text":4711}"#).unwrap_err().to_string();
        assert!(!told.contains("4711") && told.contains("column"), "{told}");
    }

    #[test]
    fn receipts_are_words_of_the_list() {
        let read = receipt(br#"{"message":"x","state":"failed","reason":"blocked"}"#).unwrap();
        assert_eq!((read.state, read.reason.as_deref()), (Word::Failed, Some("blocked")));
        for state in [Word::Sent, Word::Failed, Word::Delivered, Word::Read] {
            let body = serde_json::json!({ "message": "x", "state": state.as_str() }).to_string();
            assert_eq!(receipt(body.as_bytes()).unwrap().state, state);
        }
        assert!(receipt(br#"{"message":"x","state":"lost"}"#).is_err());
    }
}
