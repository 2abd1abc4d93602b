//! SIP and tel URIs (RFC 3261 §19.1, RFC 3966).

use super::params::{Params, split_outside};
use std::borrow::Cow;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    Sip,
    Sips,
    Tel,
    /// Known by name only; a Request-URI with it is answered 416.
    Other(String),
}

/// A parsed URI. `user`, `password` and parameters keep their `%` escapes; [`Uri::user`] undoes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    pub scheme: Scheme,
    /// User part with its own parameters; of `tel:` the number; of an unknown scheme everything after the colon.
    pub user: Option<String>,
    pub password: Option<String>,
    /// Empty for `tel:` and unknown schemes. An IPv6 reference keeps its brackets.
    pub host: String,
    pub port: Option<u16>,
    pub params: Params,
    /// `?name=value&…`
    pub headers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    #[error("no scheme")]
    Scheme,
    #[error("bad character")]
    Character,
    #[error("bad user part")]
    User,
    #[error("bad host")]
    Host,
    #[error("bad port")]
    Port,
    #[error("bad parameter")]
    Params,
    #[error("bad header part")]
    Headers,
}

impl Uri {
    pub fn parse(text: &str) -> Result<Uri, UriError> {
        let (scheme, rest) = text.split_once(':').ok_or(UriError::Scheme)?;
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            return Err(UriError::Scheme);
        }
        if rest.bytes().any(|b| b <= b' ' || b == 0x7F || matches!(b, b'<' | b'>' | b'"')) {
            return Err(UriError::Character);
        }
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "sip" => Scheme::Sip,
            "sips" => Scheme::Sips,
            "tel" => return tel(rest),
            _ if rest.is_empty() => return Err(UriError::User),
            other => {
                return Ok(Uri { user: Some(rest.to_owned()), ..Uri::bare(Scheme::Other(other.to_owned())) });
            }
        };
        let mut uri = Uri::bare(scheme);
        let rest = match rest.split_once('@') {
            Some((userinfo, rest)) => {
                let (user, password) = match userinfo.split_once(':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (userinfo, None),
                };
                if user.is_empty() {
                    return Err(UriError::User);
                }
                uri.user = Some(user.to_owned());
                uri.password = password.map(str::to_owned);
                rest
            }
            None => rest,
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let (hostport, params) = match rest.split_once(';') {
            Some((hostport, params)) => (hostport, Some(params)),
            None => (rest, None),
        };
        let (host, port) =
            host_port(hostport).map_err(|bad_port| if bad_port { UriError::Port } else { UriError::Host })?;
        (uri.host, uri.port) = (host.to_owned(), port);
        if let Some(params) = params {
            uri.params = uri_params(params).ok_or(UriError::Params)?;
        }
        if let Some(headers) = headers {
            for pair in headers.split('&') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                if name.is_empty() {
                    return Err(UriError::Headers);
                }
                uri.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(uri)
    }

    /// `sip:user@host:port` of parts; the user is escaped where needed.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Uri {
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        Uri { user: user.map(|user| escape_user(user).into_owned()), host, port, ..Uri::bare(Scheme::Sip) }
    }

    /// The user part without escapes and without its parameters (`+49301234;phone-context=…`); of `tel:` the number.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        let user = self.user.as_deref()?;
        Some(unescape(user.split(';').next().unwrap_or(user)))
    }

    /// `host` without the brackets of an IPv6 reference: what is resolved or dialled.
    pub fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(&self.host)
    }

    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Sips
    }

    /// As a request may be sent to it: the header part, which a Contact may have, is not allowed there (RFC 3261 §19.1.1,
    /// table 1).
    pub(crate) fn into_request(mut self) -> String {
        self.headers.clear();
        self.to_string()
    }

    /// Do both name the same resource (RFC 3261 §19.1.4)? Not transitive, by the RFC's own rules.
    pub fn equivalent(&self, other: &Uri) -> bool {
        if self.scheme != other.scheme {
            return false;
        }
        match self.scheme {
            Scheme::Tel => {
                return tel_digits(self) == tel_digits(other) && same_params(self, other, &["phone-context", "ext"]);
            }
            Scheme::Other(_) => return self.user == other.user,
            Scheme::Sip | Scheme::Sips => {}
        }
        let decoded = |part: &Option<String>| part.as_deref().map(|p| unescape(p).into_owned());
        decoded(&self.user) == decoded(&other.user)
            && decoded(&self.password) == decoded(&other.password)
            && self.host.eq_ignore_ascii_case(&other.host)
            && self.port == other.port
            && same_params(self, other, &["user", "ttl", "method", "maddr", "transport"])
            && same_headers(&self.headers, &other.headers)
    }

    fn bare(scheme: Scheme) -> Uri {
        Uri {
            scheme,
            user: None,
            password: None,
            host: String::new(),
            port: None,
            params: Params::default(),
            headers: Vec::new(),
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.scheme {
            Scheme::Sip => "sip:",
            Scheme::Sips => "sips:",
            Scheme::Tel => "tel:",
            Scheme::Other(name) => {
                return write!(f, "{name}:{}", self.user.as_deref().unwrap_or(""));
            }
        })?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            if self.scheme != Scheme::Tel {
                f.write_str("@")?;
            }
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)?;
        for (at, (name, value)) in self.headers.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

/// `host`, `host:port`, `[v6]:port`. The error says whether it is the port that is bad.
pub(super) fn host_port(text: &str) -> Result<(&str, Option<u16>), bool> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']').ok_or(false)? + 1;
        let address = &text[1..end - 1];
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(false);
        }
        (&text[..end], &text[end..])
    } else {
        let end = text.find(':').unwrap_or(text.len());
        (&text[..end], &text[end..])
    };
    let named = host.starts_with('[')
        || !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    if !named {
        return Err(false);
    }
    let port = match port.strip_prefix(':') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| true)?)
        }
        Some(_) => return Err(true),
        None if port.is_empty() => None,
        None => return Err(true),
    };
    Ok((host, port))
}

/// `%41` → `A`. A `%` without two hex digits, or bytes that are not UTF-8, stay as they are.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |i: usize| bytes.get(at + i).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Escape what may not stand in a user part (RFC 3261 §25.1 `user`). `;` stays: it begins the parameters of a telephone-subscriber.
pub fn escape_user(user: &str) -> Cow<'_, str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%".contains(&b);
    if user.bytes().all(fits) {
        return Cow::Borrowed(user);
    }
    let mut out = String::with_capacity(user.len() + 8);
    for b in user.bytes() {
        if fits(b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    Cow::Owned(out)
}

fn tel(rest: &str) -> Result<Uri, UriError> {
    let (number, params) = rest.split_once(';').map_or((rest, None), |(n, p)| (n, Some(p)));
    if number.is_empty() {
        return Err(UriError::User);
    }
    let mut uri = Uri { user: Some(number.to_owned()), ..Uri::bare(Scheme::Tel) };
    if let Some(params) = params {
        uri.params = uri_params(params).ok_or(UriError::Params)?;
    }
    Ok(uri)
}

/// URI parameters may hold more characters than header parameters, but no quotes.
fn uri_params(text: &str) -> Option<Params> {
    let mut params = Params::default();
    for pair in split_outside(text.strip_suffix(';').unwrap_or(text), b';', false) {
        let (name, value) = pair.split_once('=').map_or((pair, None), |(n, v)| (n, Some(v)));
        if name.is_empty() {
            return None;
        }
        params.push(name, value);
    }
    Some(params)
}

/// RFC 3966 §5: visual separators do not count.
fn tel_digits(uri: &Uri) -> String {
    let number = uri.user.as_deref().unwrap_or("");
    number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Those in `must` match or are absent on both sides; every other one matches where both have it.
fn same_params(a: &Uri, b: &Uri, must: &[&str]) -> bool {
    let equal = |name: &str| match (a.params.get(name), b.params.get(name)) {
        (Some(x), Some(y)) => unescape(x).eq_ignore_ascii_case(&unescape(y)),
        (None, None) => true,
        _ => !must.iter().any(|m| m.eq_ignore_ascii_case(name)),
    };
    a.params.iter().chain(b.params.iter()).all(|(name, _)| equal(name))
}

fn same_headers(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let held = |(name, value): &(String, String), by: &[(String, String)]| {
        by.iter().any(|(n, v)| n.eq_ignore_ascii_case(name) && unescape(v) == unescape(value))
    };
    a.len() == b.len() && a.iter().all(|h| held(h, b)) && b.iter().all(|h| held(h, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let uri = Uri::parse("sips:al%40ice;x=1:pa:ss@[2001:db8::9]:5061;transport=tcp;lr?Subject=a%20b&p=").unwrap();
        assert_eq!(uri.scheme, Scheme::Sips);
        assert_eq!(uri.user.as_deref(), Some("al%40ice;x=1"));
        assert_eq!(uri.user().unwrap(), "al@ice");
        assert_eq!(uri.password.as_deref(), Some("pa:ss"));
        assert_eq!((uri.host.as_str(), uri.bare_host(), uri.port), ("[2001:db8::9]", "2001:db8::9", Some(5061)));
        assert_eq!(uri.params.get("transport"), Some("tcp"));
        assert!(uri.params.has("lr"));
        assert_eq!(uri.headers.len(), 2);
        assert!(uri.is_secure());
    }

    #[test]
    fn round_trips() {
        for text in [
            "sip:example.com",
            "sip:+4930123456;phone-context=x@example.com:5080;user=phone",
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
            "tel:+1-201-555-0123;ext=5",
            "soap.beep://192.0.2.103:3002",
        ] {
            assert_eq!(Uri::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Uri::sip(Some("a b"), "::1", Some(5060)).to_string(), "sip:a%20b@[::1]:5060");
    }

    #[test]
    fn refused() {
        for (text, error) in [
            ("alice@example.com", UriError::Scheme),
            ("1x:alice", UriError::Scheme),
            ("sip:", UriError::Host),
            ("sip:alice@", UriError::Host),
            ("sip:@host", UriError::User),
            ("sip:alice@host:", UriError::Port),
            ("sip:alice@host:65536", UriError::Port),
            ("sip:alice@host:-1", UriError::Port),
            ("sip:alice@[::1", UriError::Host),
            ("sip:alice@[nonsense]", UriError::Host),
            ("sip:alice@[::1]x", UriError::Port),
            ("sip:alice@ho st", UriError::Character),
            ("sip:alice@host;;lr", UriError::Params),
            ("sip:alice@host?", UriError::Headers),
            ("tel:", UriError::User),
            ("urn:", UriError::User),
        ] {
            assert_eq!(Uri::parse(text), Err(error), "{text}");
        }
    }

    /// The examples of RFC 3261 §19.1.4.
    #[test]
    fn equality() {
        let same = [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            ),
            ("tel:+1-201-555-0123", "tel:+12015550123"),
        ];
        let different = [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:carol@chicago.com", "sips:carol@chicago.com"),
        ];
        let equal = |(a, b): (&str, &str)| {
            let (a, b) = (Uri::parse(a).unwrap(), Uri::parse(b).unwrap());
            assert_eq!(a.equivalent(&b), b.equivalent(&a));
            a.equivalent(&b)
        };
        assert!(same.into_iter().all(equal));
        for pair in different {
            assert!(!equal(pair), "{pair:?}");
        }
    }
}
