//! `name-addr` and `addr-spec`: From, To, Contact, Route, Refer-To, P-Asserted-Identity …

use super::params::{Params, closing_quote, find, pairs, quote, unquote};
use std::fmt;

/// `"Display" <uri>;params`. Without brackets, parameters belong to the field, not to the URI (RFC 3261 §20.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameAddr {
    /// Without quotes; `None` when there is none or it is empty.
    pub display: Option<String>,
    pub uri: String,
    pub params: Params,
}

impl NameAddr {
    pub fn new(uri: impl Into<String>) -> NameAddr {
        NameAddr { uri: uri.into(), ..NameAddr::default() }
    }

    /// `None`: an open quote or bracket, no URI, text where none may be, bad parameters.
    pub fn parse(text: &str) -> Option<NameAddr> {
        let (display, uri, params) = split(text)?;
        let params = Params::parse(params)?;
        let display = Some(unquote(display)).filter(|d| !d.is_empty());
        Some(NameAddr { display, uri: uri.to_owned(), params })
    }

    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", quote(display))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// Would [`NameAddr::parse`] take it? Without allocation.
pub(super) fn is_name_addr(text: &str) -> bool {
    split(text).is_some_and(|(_, _, params)| pairs(params).all(|pair| pair.is_some()))
}

/// One parameter of a name-addr field, without allocation.
pub(super) fn field_param<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    find(split(text)?.2, name)
}

/// A name-addr field with this tag in the place of none; otherwise as it was written. The semicolon too many that is
/// forgiven at its end would stand before the tag, where nobody forgives it.
pub(super) fn tagged(text: &str, tag: &str) -> String {
    match NameAddr::parse(text).filter(|addr| addr.params.has("tag")) {
        Some(mut addr) => {
            addr.params.set("tag", Some(tag));
            addr.to_string()
        }
        None => format!("{};tag={tag}", text.trim_end_matches([';', ' ', '\t'])),
    }
}

/// Display (raw), URI, parameters (raw, empty or with the leading semicolon).
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim();
    let (display, rest) = if text.starts_with('"') {
        let end = closing_quote(text)? + 1;
        let rest = text[end..].trim_start();
        if !rest.starts_with('<') {
            return None;
        }
        (&text[..end], rest)
    } else {
        match text.find('<') {
            // A bracket after the first semicolon belongs to a parameter.
            Some(at) if !text[..at].contains(';') => {
                let display = text[..at].trim_end();
                if display.contains('"') {
                    return None;
                }
                (display, &text[at..])
            }
            _ => ("", text),
        }
    };
    let (uri, params) = match rest.strip_prefix('<') {
        Some(rest) => {
            let (uri, params) = rest.split_once('>')?;
            let params = params.trim();
            if !params.is_empty() && !params.starts_with(';') {
                return None;
            }
            (uri.trim(), params)
        }
        None => {
            let at = rest.find(';').unwrap_or(rest.len());
            let uri = rest[..at].trim_end();
            // RFC 3261 §20.10: a URI with a comma, question mark or semicolon needs brackets.
            if uri.contains([',', '?', '"']) {
                return None;
            }
            (uri, &rest[at..])
        }
    };
    let (scheme, specific) = uri.split_once(':')?;
    let clean =
        !scheme.is_empty() && !specific.is_empty() && !uri.bytes().any(|b| b <= b' ' || matches!(b, b'<' | b'>'));
    clean.then_some((display, uri, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        for (text, display, uri, params) in [
            ("sip:a@b", None, "sip:a@b", ""),
            ("sip:a@b;tag=1", None, "sip:a@b", ";tag=1"),
            ("<sip:a@b;lr>;tag=1", None, "sip:a@b;lr", ";tag=1"),
            ("Mr. Watson <sip:a@b>", Some("Mr. Watson"), "sip:a@b", ""),
            ("Bell, Alexander <sip:a@b>;tag=43", Some("Bell, Alexander"), "sip:a@b", ";tag=43"),
            ("\"J Rosenberg \\\\\\\"\" <sip:j@e>\t; tag = 98as", Some("J Rosenberg \\\""), "sip:j@e", ";tag=98as"),
            (
                "\"<sip:x>\"<sip:a@b>;q=0.5;+sip.instance=\"<urn:uuid:1>\"",
                Some("<sip:x>"),
                "sip:a@b",
                ";q=0.5;+sip.instance=\"<urn:uuid:1>\"",
            ),
            ("\"\" < sip:a@b >", None, "sip:a@b", ""),
            ("sip:a@b;x=\"<y>\"", None, "sip:a@b", ";x=\"<y>\""),
            ("tel:+49", None, "tel:+49", ""),
        ] {
            let addr = NameAddr::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (addr.display.as_deref(), addr.uri.as_str(), addr.params.to_string().as_str()),
                (display, uri, params),
                "{text}"
            );
            assert!(is_name_addr(text));
            assert_eq!(NameAddr::parse(&addr.to_string()).unwrap(), addr);
        }
        assert_eq!(field_param("\"a;tag=no\" <sip:a@b;tag=no>;tag=yes", "TAG"), Some("yes"));
    }

    #[test]
    fn a_tag_is_put_where_none_was() {
        for (text, with_tag) in [
            ("sip:a@b", "sip:a@b;tag=t"),
            ("\"A\"  <sip:a@b>", "\"A\"  <sip:a@b>;tag=t"),
            ("sip:a@b;", "sip:a@b;tag=t"),
            ("<sip:a@b>;x=y ; ", "<sip:a@b>;x=y;tag=t"),
            ("<sip:a@b>;tag", "<sip:a@b>;tag=t"),
            ("A <sip:a@b>;tag=;x=y", "\"A\" <sip:a@b>;tag=t;x=y"),
        ] {
            assert_eq!(tagged(text, "t"), with_tag);
            assert_eq!(NameAddr::parse(with_tag).unwrap().tag(), Some("t"));
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "<>",
            "\"\" <>",
            "\"open <sip:a@b>",
            "<sip:a@b",
            "\"x\" sip:a@b",
            "<sip:a@b>x",
            "<sip:a b>",
            "a@b",
            "sip:a@b?Route=x",
            "<sip:a@b>;;;x",
            "sip:",
            "\"Mr. J. User <sip:j.user@example.com>",
            "a \"b\" <sip:c@d>",
            "sip:a>@b",
        ] {
            assert_eq!(NameAddr::parse(text), None, "{text}");
            assert!(!is_name_addr(text), "{text}");
        }
    }
}
