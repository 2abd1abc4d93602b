//! The session of a browser: a cookie that no script can read and no other site's page sends along.
//!
//! `SameSite=Strict` keeps other sites out, not other ports of this machine, and not what a browser does wrong. So whoever comes
//! with the cookie and changes something also sends a header that no form and no foreign page can send without being asked
//! first; and a page that says where it is from has to be from here.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

const NAME: &str = "ringdesk";
/// What the console says of itself in requests that change something.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-ringdesk");
const CONSOLE: &str = "console";

/// The token in the cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<String> {
    let fields = headers.get_all(COOKIE).into_iter().filter_map(|field| field.to_str().ok());
    let found =
        fields.flat_map(|field| field.split(';')).find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
    found.filter(|token| !token.is_empty()).map(str::to_owned)
}

/// May this request use the cookie it came with?
pub(crate) fn may_use(parts: &Parts) -> bool {
    let reads = parts.method.is_safe();
    let origin = parts.headers.get(ORIGIN);
    // A socket is opened by a GET, and other pages may open sockets: a browser always says from where.
    let opens_a_socket = parts.headers.contains_key("sec-websocket-key");
    let from_here = origin.map_or(!opens_a_socket, |origin| is_own(origin, &parts.headers));
    from_here && (reads || is_console(&parts.headers))
}

/// Did the console send this?
pub(crate) fn is_console(headers: &HeaderMap) -> bool {
    headers.get(MARK).is_some_and(|mark| mark == CONSOLE)
}

/// Is this origin the host that was asked?
pub(crate) fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    from.is_some_and(|(_, from)| !host.is_empty() && from.eq_ignore_ascii_case(host))
}

/// `secure`: it came over TLS, and shall never go without.
pub(crate) fn set(token: &str, life: Duration, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}", life.as_secs());
    HeaderValue::try_from(text).unwrap_or_else(|_| cleared())
}

pub(crate) fn cleared() -> HeaderValue {
    HeaderValue::from_static("ringdesk=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(Request::builder().method(method), |r, (name, value)| r.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        for (fields, token_in_it) in [
            (&["ringdesk=abc"][..], Some("abc")),
            (&["a=b; ringdesk=abc; c=d"], Some("abc")),
            (&["a=b", "ringdesk=abc"], Some("abc")),
            (&["ringdesk="], None),
            (&["ringdesks=abc"], None),
            (&["xringdesk=abc"], None),
            (&[], None),
        ] {
            let all: Vec<(&str, &str)> = fields.iter().map(|field| ("cookie", *field)).collect();
            assert_eq!(token(&parts("GET", &all).headers).as_deref(), token_in_it, "{fields:?}");
        }
    }

    #[test]
    fn a_cookie_counts_from_our_own_pages_only() {
        let (host, here) = (("host", "centre.example:8443"), ("origin", "https://centre.example:8443"));
        let (there, mark) = (("origin", "https://evil.example"), ("x-ringdesk", "console"));
        let (port, socket) = (("origin", "https://centre.example:9"), ("sec-websocket-key", "x"));
        for (method, headers, may) in [
            ("GET", &[host][..], true),
            ("GET", &[host, here], true),
            ("GET", &[host, there], false),
            ("GET", &[host, port], false),
            ("GET", &[host, socket], false),
            ("GET", &[host, socket, here], true),
            ("GET", &[host, socket, there], false),
            ("POST", &[host, here], false),
            ("POST", &[host, here, mark], true),
            ("POST", &[host, mark], true),
            ("POST", &[host, there, mark], false),
            ("POST", &[host, here, ("x-ringdesk", "form")], false),
            ("DELETE", &[host, here], false),
            ("GET", &[host, ("origin", "null")], false),
        ] {
            assert_eq!(may_use(&parts(method, headers)), may, "{method} {headers:?}");
        }
    }

    #[test]
    fn a_cookie_that_came_over_tls_stays_there() {
        let life = Duration::from_secs(60);
        assert_eq!(set("abc", life, false), "ringdesk=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
        assert!(set("abc", life, true).to_str().unwrap().ends_with("; Secure"));
    }
}
