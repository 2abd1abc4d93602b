//! What subscribers are told: messages that wait (RFC 3842) and whether a line is busy (RFC 4235). The documents only;
//! who gets them is [`super::subscriptions`]'.

use std::fmt::Write as _;

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Package {
    /// One's own messages.
    Messages,
    /// Somebody's line: a busy lamp.
    Line,
}

impl Package {
    pub(crate) fn of(event: &str) -> Option<Package> {
        match event.split(';').next().unwrap_or("").trim() {
            "message-summary" => Some(Package::Messages),
            "dialog" => Some(Package::Line),
            _ => None,
        }
    }

    pub(crate) const fn event(self) -> &'static str {
        match self {
            Package::Messages => "message-summary",
            Package::Line => "dialog",
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Package::Messages => "application/simple-message-summary",
            Package::Line => "application/dialog-info+xml",
        }
    }
}

/// Voice messages for an extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCount {
    /// Not heard yet.
    pub new: u32,
    /// Heard, and kept.
    pub old: u32,
}

/// What the lamp of an extension shows. Later ones outshine earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lamp {
    #[default]
    Idle,
    /// It calls somebody.
    Calling,
    /// Its telephone rings.
    Ringing,
    /// It talks.
    Busy,
}

pub(crate) fn messages(address: &str, count: MessageCount) -> String {
    let waiting = if count.new > 0 { "yes" } else { "no" };
    format!(
        "Messages-Waiting: {waiting}\r\nMessage-Account: {address}\r\nVoice-Message: {}/{} (0/0)\r\n",
        count.new, count.old
    )
}

/// Always the full state. It says that somebody talks, not with whom; and a line at rest is a dialog that is over, for
/// telephones that switch a lamp off only where they are shown one.
pub(crate) fn line(address: &str, id: &str, version: u32, lamp: Lamp) -> String {
    let (direction, state) = match lamp {
        Lamp::Idle => ("", "terminated"),
        Lamp::Calling => (" direction=\"initiator\"", "early"),
        Lamp::Ringing => (" direction=\"recipient\"", "early"),
        Lamp::Busy => ("", "confirmed"),
    };
    format!(
        "<?xml version=\"1.0\"?>\r\n\
         <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" state=\"full\" entity=\"{}\">\r\n\
         <dialog id=\"{}\"{direction}><state>{state}</state></dialog>\r\n\
         </dialog-info>\r\n",
        escaped(address),
        escaped(id)
    )
}

/// For an attribute of XML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if u32::from(letter) < 0x20 => {
                // Writing into a String cannot fail.
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        assert_eq!(
            messages("sip:2001@example.org", MessageCount { new: 2, old: 5 }),
            "Messages-Waiting: yes\r\nMessage-Account: sip:2001@example.org\r\nVoice-Message: 2/5 (0/0)\r\n"
        );
        assert!(
            messages("sip:2001@example.org", MessageCount { new: 0, old: 5 }).starts_with("Messages-Waiting: no\r\n")
        );
        assert_eq!(
            line("sip:a\"<&>@b", "a&b", 7, Lamp::Ringing),
            "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"7\" \
             state=\"full\" entity=\"sip:a&quot;&lt;&amp;&gt;@b\">\r\n<dialog id=\"a&amp;b\" direction=\"recipient\">\
             <state>early</state></dialog>\r\n</dialog-info>\r\n"
        );
        for (lamp, says) in
            [(Lamp::Idle, "<state>terminated<"), (Lamp::Calling, "initiator"), (Lamp::Busy, ">confirmed<")]
        {
            assert!(line("sip:a@b", "a", 0, lamp).contains(says));
        }
        assert!(Lamp::Busy > Lamp::Ringing && Lamp::Ringing > Lamp::Calling && Lamp::Calling > Lamp::Idle);
        assert_eq!(Package::of("dialog;sla;id=3"), Some(Package::Line));
        assert_eq!(Package::of(" message-summary "), Some(Package::Messages));
        assert_eq!(Package::of("presence"), None);
    }
}
