//! Header fields in the order they came in, unknown ones included.

use super::params::split_list;
use std::fmt;

macro_rules! names {
    ($($variant:ident $text:literal $($compact:literal)? $(list $list:tt)?;)*) => {
        /// Name of a header field; compact forms (RFC 3261 §7.3.3 and the IANA list) become the long one.
        #[derive(Clone, Debug)]
        pub enum Name {
            $($variant,)*
            /// Not known here; compared without regard to case.
            Other(Box<str>),
        }

        impl Name {
            /// The usual spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Name::$variant => $text,)*
                    Name::Other(name) => name,
                }
            }

            /// May several values stand in one field, separated by commas (RFC 3261 §7.3.1)?
            pub fn is_list(&self) -> bool {
                match self {
                    $($(Name::$variant => $list,)?)*
                    _ => false,
                }
            }

            fn known(name: &str) -> Option<Name> {
                if let [letter] = name.as_bytes() {
                    let letter = letter.to_ascii_lowercase();
                    $($(if letter == $compact { return Some(Name::$variant); })?)*
                    return None;
                }
                $(if name.eq_ignore_ascii_case($text) { return Some(Name::$variant); })*
                None
            }
        }
    };
}

// Ordered by how often they are seen, since they are looked up in this order.
names! {
    Via "Via" b'v' list true;
    From "From" b'f';
    To "To" b't';
    CallId "Call-ID" b'i';
    CSeq "CSeq";
    Contact "Contact" b'm' list true;
    MaxForwards "Max-Forwards";
    ContentType "Content-Type" b'c';
    ContentLength "Content-Length" b'l';
    Route "Route" list true;
    RecordRoute "Record-Route" list true;
    Require "Require" list true;
    Supported "Supported" b'k' list true;
    Allow "Allow" list true;
    UserAgent "User-Agent";
    Expires "Expires";
    Authorization "Authorization";
    WwwAuthenticate "WWW-Authenticate";
    ProxyAuthorization "Proxy-Authorization";
    ProxyAuthenticate "Proxy-Authenticate";
    Accept "Accept" list true;
    AcceptContact "Accept-Contact" b'a' list true;
    AcceptEncoding "Accept-Encoding" list true;
    AcceptLanguage "Accept-Language" list true;
    AlertInfo "Alert-Info" list true;
    AllowEvents "Allow-Events" b'u' list true;
    AuthenticationInfo "Authentication-Info";
    CallInfo "Call-Info" list true;
    ContentDisposition "Content-Disposition";
    ContentEncoding "Content-Encoding" b'e' list true;
    ContentLanguage "Content-Language" list true;
    Date "Date";
    Diversion "Diversion" list true;
    ErrorInfo "Error-Info" list true;
    Event "Event" b'o';
    FlowTimer "Flow-Timer";
    HistoryInfo "History-Info" list true;
    Identity "Identity" b'y';
    InReplyTo "In-Reply-To" list true;
    Join "Join";
    MimeVersion "MIME-Version";
    MinExpires "Min-Expires";
    MinSe "Min-SE";
    Organization "Organization";
    PAssertedIdentity "P-Asserted-Identity" list true;
    PPreferredIdentity "P-Preferred-Identity" list true;
    Path "Path" list true;
    Priority "Priority";
    Privacy "Privacy";
    ProxyRequire "Proxy-Require" list true;
    RAck "RAck";
    Reason "Reason" list true;
    ReferSub "Refer-Sub";
    ReferTo "Refer-To" b'r';
    ReferredBy "Referred-By" b'b';
    RejectContact "Reject-Contact" b'j' list true;
    Replaces "Replaces";
    ReplyTo "Reply-To";
    RequestDisposition "Request-Disposition" b'd' list true;
    RetryAfter "Retry-After";
    RSeq "RSeq";
    Server "Server";
    ServiceRoute "Service-Route" list true;
    SessionExpires "Session-Expires" b'x';
    SipEtag "SIP-ETag";
    SipIfMatch "SIP-If-Match";
    Subject "Subject" b's';
    SubscriptionState "Subscription-State";
    TargetDialog "Target-Dialog";
    Timestamp "Timestamp";
    Unsupported "Unsupported" list true;
    Warning "Warning" list true;
}

impl From<&str> for Name {
    fn from(name: &str) -> Name {
        Name::known(name).unwrap_or_else(|| Name::Other(name.into()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        match (self, other) {
            (Name::Other(a), Name::Other(b)) => a.eq_ignore_ascii_case(b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The header fields of one message. Values are text in the sense of [`super::text`], folding undone, ends trimmed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Name, String)>);

impl Headers {
    pub fn new() -> Headers {
        Headers::default()
    }

    pub fn with_capacity(fields: usize) -> Headers {
        Headers(Vec::with_capacity(fields))
    }

    /// The first field of this name, whole: a list is not split.
    pub fn get(&self, name: &Name) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name in order. Comma lists are split where the RFC allows lists ([`Name::is_list`]), never
    /// inside quotes or angle brackets; empty elements are skipped.
    pub fn all<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a str> + use<'a> {
        let (name, list) = (name.clone(), name.is_list());
        self.0.iter().filter(move |(n, _)| *n == name).flat_map(move |(_, value)| split_list(value, list))
    }

    /// The first value of this name.
    pub fn first(&self, name: &Name) -> Option<&str> {
        self.get(name).and_then(|value| split_list(value, name.is_list()).next())
    }

    /// Is `token` an element of this list header: `contains(&Name::Supported, "100rel")`? Without regard to case.
    pub fn contains(&self, name: &Name, token: &str) -> bool {
        self.all(name).any(|value| value.eq_ignore_ascii_case(token))
    }

    /// How many fields (lines) of this name there are.
    pub fn count(&self, name: &Name) -> usize {
        self.0.iter().filter(|(n, _)| n == name).count()
    }

    /// Append at the end.
    pub fn push(&mut self, name: Name, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// Put before the first field of the same name, or before everything else: a new Via, Route or Record-Route.
    pub fn push_front(&mut self, name: Name, value: impl Into<String>) {
        let at = self.0.iter().position(|(n, _)| *n == name).unwrap_or(0);
        self.0.insert(at, (name, value.into()));
    }

    /// Exactly one field of this name, in the place of the first one.
    pub fn set(&mut self, name: Name, value: impl Into<String>) {
        match self.0.iter().position(|(n, _)| *n == name) {
            Some(at) => {
                self.0[at].1 = value.into();
                let mut index = 0;
                self.0.retain(|(n, _)| {
                    index += 1;
                    index - 1 <= at || *n != name
                });
            }
            None => self.push(name, value),
        }
    }

    /// Remove all fields of this name; how many there were.
    pub fn remove(&mut self, name: &Name) -> usize {
        let before = self.0.len();
        self.0.retain(|(n, _)| n != name);
        before - self.0.len()
    }

    /// Remove and return the first value of this name; of a comma list only its first element.
    pub fn remove_first(&mut self, name: &Name) -> Option<String> {
        let at = self.0.iter().position(|(n, _)| n == name)?;
        let value = &self.0[at].1;
        let mut elements = split_list(value, name.is_list());
        let first = elements.next().map(str::to_owned);
        let rest = elements.collect::<Vec<_>>().join(", ");
        if rest.is_empty() {
            self.0.remove(at);
        } else {
            self.0[at].1 = rest;
        }
        first
    }

    /// Replace the first value of this name; of a comma list only its first element.
    pub fn replace_first(&mut self, name: &Name, value: &str) {
        if let Some(at) = self.0.iter().position(|(n, _)| n == name) {
            let mut text = value.to_owned();
            for element in split_list(&self.0[at].1, name.is_list()).skip(1) {
                text.push_str(", ");
                text.push_str(element);
            }
            self.0[at].1 = text;
        }
    }

    /// Replace the first field (line) of this name as a whole.
    pub(super) fn replace_field(&mut self, name: &Name, value: String) {
        if let Some((_, old)) = self.0.iter_mut().find(|(n, _)| n == name) {
            *old = value;
        }
    }

    /// Fields (lines) in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.0.iter().map(|(name, value)| (name, value.as_str()))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Headers {
    /// Names only: values hold numbers, names and credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name.as_str())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compact_forms_and_case() {
        for (text, name) in [("v", Name::Via), ("VIA", Name::Via), ("i", Name::CallId), ("X", Name::SessionExpires)] {
            assert_eq!(Name::from(text), name, "{text}");
        }
        assert_eq!(Name::from("x-Call"), Name::from("X-CALL"));
        assert_ne!(Name::from("x-Call"), Name::from("X-CALLS"));
        assert_eq!(Name::from("z"), Name::Other("z".into()));
    }

    #[test]
    fn lists_split_outside_quotes_and_brackets() {
        let mut headers = Headers::new();
        headers.push(Name::Contact, "\"a, b\" <sip:x,y@z>;q=1, <sip:c>, ");
        headers.push(Name::Contact, "sip:d");
        headers.push(Name::Subject, "one, two");
        assert_eq!(headers.all(&Name::Contact).collect::<Vec<_>>(), ["\"a, b\" <sip:x,y@z>;q=1", "<sip:c>", "sip:d"]);
        assert_eq!(headers.all(&Name::Subject).collect::<Vec<_>>(), ["one, two"]);
        assert_eq!(headers.remove_first(&Name::Contact).unwrap(), "\"a, b\" <sip:x,y@z>;q=1");
        assert_eq!(headers.get(&Name::Contact), Some("<sip:c>"));
        headers.push_front(Name::Contact, "sip:new");
        headers.replace_first(&Name::Contact, "sip:newer");
        assert_eq!(headers.all(&Name::Contact).collect::<Vec<_>>(), ["sip:newer", "<sip:c>", "sip:d"]);
        headers.set(Name::Contact, "sip:only");
        assert_eq!(headers.iter().map(|(_, v)| v).collect::<Vec<_>>(), ["sip:only", "one, two"]);
        assert_eq!(headers.remove(&Name::Contact), 1);
        assert_eq!(headers.remove_first(&Name::Contact), None);
    }
}
