//! The small grammar shared by URIs, Via and name-addr fields: lists, parameters, quoted strings.

use std::fmt;

/// Parameters in order, values raw (a quoted one with its quotes). Names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// `;a=b;c` with or without the first semicolon. `None`: an empty or nameless parameter, an open quote.
    /// One semicolon too many at the end is forgiven; phones send it.
    pub fn parse(text: &str) -> Option<Params> {
        let mut params = Vec::new();
        for pair in pairs(text) {
            let (name, value) = pair?;
            params.push((name.to_owned(), value.map(str::to_owned)));
        }
        Some(Params(params))
    }

    /// The raw value; `Some("")` for a parameter without one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value without quotes.
    pub fn unquoted(&self, name: &str) -> Option<String> {
        self.get(name).map(unquote)
    }

    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some(param) => param.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Append, whatever is there.
    pub fn push(&mut self, name: &str, value: Option<&str>) {
        self.0.push((name.to_owned(), value.map(str::to_owned)));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Params {
    /// Each with its semicolon: `;a=b;c`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            write!(f, ";{name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

/// Parameters without allocation; `None` items where [`Params::parse`] refuses.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = Option<(&str, Option<&str>)>> {
    let text = text.trim();
    let text = text.strip_prefix(';').unwrap_or(text);
    let text = text.strip_suffix(';').filter(|t| !t.trim().is_empty()).unwrap_or(text);
    let empty = text.trim().is_empty();
    split_outside(text, b';', false).filter(move |_| !empty).map(|pair| {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (pair.trim(), None),
        };
        let whole = match value {
            Some(value) if value.starts_with('"') => closing_quote(value) == Some(value.len() - 1),
            Some(value) => !value.contains(['"', ' ', '\t', '<', '>']),
            None => true,
        };
        (is_token(name) && whole).then_some((name, value))
    })
}

/// One parameter of `;a=b;c`, raw.
pub(super) fn find<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    pairs(text).flatten().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.unwrap_or(""))
}

/// Elements of a comma list, trimmed, empty ones skipped; the whole value where it is no list.
pub(super) fn split_list(value: &str, list: bool) -> impl Iterator<Item = &str> {
    let separator = if list { b',' } else { b'\n' }; // a value never holds a line feed
    split_outside(value, separator, true).map(str::trim).filter(|element| !element.is_empty())
}

/// Split at `separator` outside of quoted strings and, with `angle`, outside of `<…>`.
pub(super) fn split_outside(text: &str, separator: u8, angle: bool) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let bytes = text.as_bytes();
        let (mut quoted, mut bracket, mut at) = (false, false, 0);
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quoted => at += 1,
                b'"' if !bracket => quoted = !quoted,
                b'<' if angle && !quoted => bracket = true,
                b'>' if angle && !quoted => bracket = false,
                b if b == separator && !quoted && !bracket => {
                    rest = Some(&text[at + 1..]);
                    return Some(&text[..at]);
                }
                _ => {}
            }
            at += 1;
        }
        rest = None;
        Some(text)
    })
}

/// Where the quoted string that opens `text` ends.
pub(super) fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// RFC 3261 §25.1 `token`.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(super) fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

/// `"a\"b"` → `a"b`; anything not quoted stays as it is.
pub fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// `a"b` → `"a\"b"`.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let params = Params::parse(";a=b ; C = \"x;y\" ;flag;").unwrap();
        assert_eq!(params.get("A"), Some("b"));
        assert_eq!(params.unquoted("c").as_deref(), Some("x;y"));
        assert_eq!(params.get("flag"), Some(""));
        assert_eq!(params.to_string(), ";a=b;C=\"x;y\";flag");
        assert!(Params::parse("").unwrap().is_empty());
        for bad in [";;", ";a;;b", ";=b", ";a=\"x", ";a b=c", ";a=\"x\"y", ";a=<"] {
            assert_eq!(Params::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn quoting() {
        for text in ["", "a", "a\"b\\", "\u{fc}"] {
            assert_eq!(unquote(&quote(text)), text);
        }
        assert_eq!(closing_quote("\"a\\\"b\" <"), Some(5));
        assert_eq!(closing_quote("\"abc\\\""), None);
    }
}
