//! What the page of a web site's visitor says over its socket, frame by frame (docs/channels.md).

use crate::capabilities::WEB;
use ringdesk_model::Pii;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Of a name that the page gives to a text, of a token, of a title, in bytes.
const NAME: usize = 200;
/// Of the address of a page, and of what browsers say of themselves.
const ADDRESS: usize = 2_000;
/// Of what somebody says of themselves in the form, in characters.
const SAID: usize = 100;

/// One frame, as it came and as far as it makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Frame {
    /// The first one: who it is, and how far they have come.
    Hello(Hello),
    Send(Written),
    /// Lines after this number are missing.
    Resume {
        after: i64,
    },
    /// Somebody types; that is never kept.
    Typing,
    /// How far what we wrote has come, and was read.
    Cursor {
        delivered: i64,
        read: i64,
    },
    /// Take mine back.
    Recall {
        seq: i64,
    },
    /// How it was.
    Rate(Rated),
    /// They want to speak: let their page in. `id`: by which the answer is known.
    Call {
        id: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    pub token: Pii<String>,
    /// The conversation whose lines they have, and the last of them.
    #[serde(default)]
    pub conversation: Option<String>,
    #[serde(default)]
    pub after: i64,
    #[serde(default)]
    pub page: Page,
    #[serde(default)]
    pub language: Option<String>,
}

/// Where the visitor is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Page {
    pub url: Option<String>,
    pub title: Option<String>,
    pub referrer: Option<String>,
}

/// A text, under the page's own name for it: sent again, it is the same one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Written {
    pub id: String,
    /// May be left out beside files.
    #[serde(default)]
    pub text: Pii<String>,
    /// Files that they brought before, by the ids these got.
    #[serde(default)]
    pub files: Vec<Uuid>,
    /// What they say of themselves, where they were asked.
    #[serde(default)]
    pub name: Option<Pii<String>>,
    #[serde(default)]
    pub reach: Option<Pii<String>>,
}

/// Stars for the whole, and for each aspect by its name. What they mean is the law's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rated {
    pub stars: u8,
    #[serde(default)]
    pub aspects: BTreeMap<String, u8>,
    #[serde(default)]
    pub words: Option<Pii<String>>,
}

/// Why a frame is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    #[error("no such frame")]
    Form,
    #[error("a field is missing, or too long")]
    Field,
    #[error("the text is empty")]
    Empty,
    #[error("the text is longer than {} characters", WEB.text_limit)]
    TooLong,
}

impl BadFrame {
    /// For a program.
    pub const fn code(self) -> &'static str {
        match self {
            BadFrame::Form => "form",
            BadFrame::Field => "field",
            BadFrame::Empty => "empty",
            BadFrame::TooLong => "too_long",
        }
    }
}

/// A frame from what came over the wire. What a page says of itself is cut where it is long; what somebody wrote never is.
pub fn read(text: &str) -> Result<Frame, (Option<String>, BadFrame)> {
    let frame: Frame = serde_json::from_str(text).map_err(|_| (None, BadFrame::Form))?;
    match frame {
        Frame::Hello(mut hello) => {
            let fits = named(hello.token.reveal()) && hello.after >= 0;
            let page = &mut hello.page;
            for (field, most) in [(&mut page.url, ADDRESS), (&mut page.title, NAME), (&mut page.referrer, ADDRESS)] {
                cut(field, most);
            }
            cut(&mut hello.language, 35);
            if fits { Ok(Frame::Hello(hello)) } else { Err((None, BadFrame::Field)) }
        }
        Frame::Send(written) if !named(&written.id) => Err((None, BadFrame::Field)),
        Frame::Call { id } if !named(&id) => Err((None, BadFrame::Field)),
        Frame::Send(mut written) => {
            let id = Some(written.id.clone());
            for said in [&mut written.name, &mut written.reach] {
                *said = said
                    .take()
                    .map(|one| Pii::new(one.reveal().trim().to_owned()))
                    .filter(|one| !one.reveal().is_empty());
                if said.as_ref().is_some_and(|one| one.reveal().chars().count() > SAID) {
                    return Err((id, BadFrame::Field));
                }
            }
            match written.text.reveal().trim().chars().count() {
                0 if written.files.is_empty() => Err((id, BadFrame::Empty)),
                length if length > WEB.text_limit => Err((id, BadFrame::TooLong)),
                _ => Ok(Frame::Send(written)),
            }
        }
        other => Ok(other),
    }
}

/// What a browser says of itself, cut.
pub fn device(said: &str) -> String {
    let mut said = Some(said.to_owned());
    cut(&mut said, NAME * 2);
    said.unwrap_or_default()
}

fn named(value: &str) -> bool {
    (1..=NAME).contains(&value.len()) && !value.chars().any(char::is_control)
}

fn cut(field: &mut Option<String>, most: usize) {
    if let Some(value) = field {
        let end = (0..=most.min(value.len())).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
        value.truncate(end);
        if value.is_empty() {
            *field = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S1.22
    #[test]
    fn frames_are_what_they_say_or_nothing() {
        let sent = |text: &str| read(&serde_json::json!({ "t": "send", "id": "a", "text": text }).to_string());
        assert!(matches!(sent("hello"), Ok(Frame::Send(_))));
        assert_eq!(sent(" \n"), Err((Some("a".into()), BadFrame::Empty)));
        assert!(sent(&"字".repeat(WEB.text_limit)).is_ok());
        assert_eq!(sent(&"字".repeat(WEB.text_limit + 1)), Err((Some("a".into()), BadFrame::TooLong)));
        assert_eq!(read(r#"{"t":"send","id":"","text":"x"}"#), Err((None, BadFrame::Field)));
        assert_eq!(read(r#"{"t":"send","id":"a"}"#), Err((Some("a".into()), BadFrame::Empty)));
        let file = r#"{"t":"send","id":"a","files":["01930000-0000-7000-8000-000000000001"]}"#;
        assert!(matches!(read(file), Ok(Frame::Send(written)) if written.files.len() == 1), "a file needs no words");
        assert_eq!(read(r#"{"t":"typing"}"#), Ok(Frame::Typing));
        assert_eq!(read(r#"{"t":"call","id":"c"}"#), Ok(Frame::Call { id: "c".into() }));
        assert_eq!(read(r#"{"t":"call","id":""}"#), Err((None, BadFrame::Field)));
        assert_eq!(read(r#"{"t":"resume","after":7}"#), Ok(Frame::Resume { after: 7 }));
        assert_eq!(read(r#"{"t":"cursor","delivered":2,"read":1}"#), Ok(Frame::Cursor { delivered: 2, read: 1 }));
        let rated = r#"{"t":"rate","stars":4,"aspects":{"speed":5},"words":"good"}"#;
        assert!(matches!(read(rated), Ok(Frame::Rate(rated)) if (rated.stars, rated.aspects["speed"]) == (4, 5)));
        assert!(matches!(read(r#"{"t":"rate","stars":1}"#), Ok(Frame::Rate(rated)) if rated.words.is_none()));
        assert_eq!(read(r#"{"t":"rate","stars":-1}"#), Err((None, BadFrame::Form)));
        for nonsense in ["", "{", "[]", "null", r#"{"t":"drop"}"#, r#"{"t":"recall","seq":"1"}"#, r#"{"t":"send"}"#] {
            assert_eq!(read(nonsense), Err((None, BadFrame::Form)), "{nonsense}");
        }
    }

    #[test]
    fn what_a_page_says_of_itself_is_cut_and_never_refused() {
        let long =
            serde_json::json!({ "t": "hello", "token": "t", "page": { "url": "字".repeat(5_000), "title": "" } });
        let Ok(Frame::Hello(hello)) = read(&long.to_string()) else { panic!("a hello") };
        assert_eq!(hello.page.url.map(|url| url.len()), Some(1_998), "whole characters");
        assert_eq!((hello.page.title, hello.page.referrer, hello.after), (None, None, 0));
        assert_eq!(read(r#"{"t":"hello","token":""}"#), Err((None, BadFrame::Field)));
        assert_eq!(device(&"x".repeat(9_999)).len(), 400);
    }
}
