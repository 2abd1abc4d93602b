//! `/sip`: the door through which browsers talk SIP (RFC 7118). HTTP ends with the handshake; the connection is signaling's
//! then.

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper_util::rt::TokioIo;
use ringdesk_agent_gateway::listen::Local;
use ringdesk_agent_gateway::{Proxies, Secured};
use ringdesk_signaling::{SignalingHandle, Visitor};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// What the door knows.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) signaling: SignalingHandle,
    pub(crate) proxies: Proxies,
    /// Pages from elsewhere that may come in: `https://desk.example.org`.
    pub(crate) origins: Arc<[String]>,
}

pub(crate) fn enter(door: Door, mut request: Request) -> Response {
    let headers = request.headers();
    let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| wants_web_socket(headers)) else {
        let upgrade = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, upgrade, "SIP over WebSocket").into_response();
    };
    if !has_word(headers, header::SEC_WEBSOCKET_PROTOCOL, "sip") {
        return (StatusCode::BAD_REQUEST, "the subprotocol is sip").into_response();
    }
    if !is_ours(headers, &door.origins) {
        return (StatusCode::FORBIDDEN, "pages of this origin may not call").into_response();
    }
    let accept = derive_accept_key(key.as_bytes());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|connect| connect.0);
    let local = request.extensions().get::<Local>().map(|local| local.0);
    let (Some(peer), Some(local)) = (peer, local) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response(); // not one of our listeners
    };
    let client = door.proxies.client(peer.ip(), headers);
    // What the page's own connection was, a proxy that is believed says.
    let told = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https" || proto == "wss");
    let secure = request.extensions().get::<Secured>().is_some() || (client != peer.ip().to_canonical() && told);
    let visitor = Visitor { remote: SocketAddr::new(client, peer.port()), local, secure };
    let Some(place) = door.signaling.web_place(visitor) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "no room").into_response();
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgraded.await {
            Ok(stream) => place.serve(TokioIo::new(stream)),
            Err(fault) => tracing::debug!(%fault, "a handshake was not finished"),
        }
    });
    let Ok(accept) = HeaderValue::try_from(accept) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    answer.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("sip"));
    answer.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

fn wants_web_socket(headers: &HeaderMap) -> bool {
    has_word(headers, header::UPGRADE, "websocket")
        && has_word(headers, header::CONNECTION, "upgrade")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13")
}

/// Is this word in a field that is a list?
fn has_word(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    let fields = headers.get_all(name).into_iter().filter_map(|field| field.to_str().ok());
    fields.flat_map(|field| field.split(',')).any(|found| found.trim().eq_ignore_ascii_case(word))
}

/// A page from elsewhere would call with the sign-in of whoever looks at it. What is no browser says no origin; it has to
/// prove itself by digest as everybody does.
fn is_ours(headers: &HeaderMap, others: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").is_some_and(|(_, from)| !host.is_empty() && from.eq_ignore_ascii_case(host));
    own || others.iter().any(|other| other.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn pages_of_ours_may_call() {
        let others = ["https://desk.example.org/".to_owned()];
        for (origin, ours) in [
            ("https://centre.example:8443", true),
            ("https://CENTRE.example:8443", true),
            ("https://centre.example", false),
            ("https://desk.example.org", true),
            ("https://evil.example", false),
            ("https://centre.example:8443.evil.example", false),
            ("null", false),
            ("", false),
        ] {
            let headers = fields(&[("host", "centre.example:8443"), ("origin", origin)]);
            assert_eq!(is_ours(&headers, &others), ours, "{origin}");
        }
        assert!(is_ours(&fields(&[("host", "centre.example")]), &[]), "no browser");
        assert!(!is_ours(&fields(&[("origin", "https://")]), &[]));
    }

    #[test]
    fn lists_are_read_as_lists() {
        let headers = fields(&[("connection", "keep-alive, Upgrade"), ("sec-websocket-protocol", "chat,SIP")]);
        assert!(has_word(&headers, header::CONNECTION, "upgrade"));
        assert!(has_word(&headers, header::SEC_WEBSOCKET_PROTOCOL, "sip"));
        assert!(!has_word(&headers, header::SEC_WEBSOCKET_PROTOCOL, "si"));
        assert!(!wants_web_socket(&headers));
    }
}
