//! Which dialogs there are, for the door: a message that names one of them is let in first, from wherever it comes.
//!
//! A tag of ours is 96 bits that nobody can guess, so only who is in a call, or hears it, can name one.

use std::collections::HashSet;

/// Tags of ours in use: as many as there are legs. Looked up only.
#[derive(Debug, Default)]
pub(crate) struct Dialogs(HashSet<String>);

/// How far a message is looked into for its tag; the To of a real one stands within its first lines.
const READ: usize = 4_096;

impl Dialogs {
    pub(crate) fn set(&mut self, tag: String, live: bool) {
        match live {
            true => self.0.insert(tag),
            false => self.0.remove(&tag),
        };
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Is this message of one of them? Read without a parser, since most of what is asked about is a flood.
    pub(crate) fn has(&self, message: &[u8]) -> bool {
        !self.0.is_empty() && to_tag(message).is_some_and(|tag| self.0.contains(tag))
    }
}

fn to_tag(message: &[u8]) -> Option<&str> {
    let message = &message[..message.len().min(READ)];
    for line in message.split(|byte| *byte == b'\n').skip(1) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return None;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = line[..colon].trim_ascii_end();
        if name.eq_ignore_ascii_case(b"to") || name.eq_ignore_ascii_case(b"t") {
            let value = std::str::from_utf8(&line[colon + 1..]).ok()?;
            // Behind the address: what stands in a display name or a URI is no parameter of the field.
            let parameters = value.rsplit('>').next().unwrap_or(value);
            return parameters.split(';').skip(1).find_map(|parameter| {
                let (name, tag) = parameter.split_once('=')?;
                name.trim().eq_ignore_ascii_case("tag").then(|| tag.trim())
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_message() {
        for (to, want) in [
            ("To: <sip:1000@a>;tag=ours", Some("ours")),
            ("to : \"x;tag=no\" <sip:1000@a;tag=no> ; TAG = ours ;x=y", Some("ours")),
            ("t: sip:1000@a;tag=ours", Some("ours")),
            ("To: <sip:1000@a;tag=no>", None),
            ("To: <sip:1000@a>", None),
            ("Totem: <sip:1000@a>;tag=no", None),
            ("", None),
        ] {
            let text =
                format!("BYE sip:a SIP/2.0\r\nVia: x\r\nodd\r\n{to}\r\nCall-ID: c\r\n\r\nTo: <sip:a>;tag=no\r\n");
            assert_eq!(to_tag(text.as_bytes()), want, "{to}");
            let mut dialogs = Dialogs::default();
            assert!(!dialogs.has(text.as_bytes()));
            dialogs.set("ours".into(), true);
            assert_eq!(dialogs.has(text.as_bytes()), want.is_some());
            dialogs.set("ours".into(), false);
            assert!(!dialogs.has(text.as_bytes()));
        }
        for noise in [&b""[..], b"\r\n\r\n", b"\xff\n\xff:\xff\nTo:\xff", b"To: <sip:a>;tag=x"] {
            assert_eq!(to_tag(noise), None);
        }
    }
}
