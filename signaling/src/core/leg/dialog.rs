//! A dialog (RFC 3261 §12): what two parties have to say in every request so that the other one knows it.

use super::route::{Lookup, direct_hop, next_hop};
use crate::core::address::{NameAddr, tagged};
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::uri::Uri;

/// Longer route sets are no calls but attacks; what is beyond is not kept.
const MAX_ROUTES: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    /// From of our requests, with our tag.
    local: String,
    /// To of our requests, with their tag.
    remote: String,
    pub(crate) remote_tag: String,
    pub(crate) local_cseq: u32,
    pub(crate) remote_cseq: Option<u32>,
    routes: Vec<String>,
    /// The remote target: the peer's Contact.
    target: String,
    /// Our own Contact, as we told it.
    pub(crate) contact: String,
    /// From where the peer's last message came.
    source: Hop,
    /// Where our next request goes.
    pub(crate) hop: Hop,
    pub(crate) allows_update: bool,
    /// The Call-ID is ours.
    pub(crate) is_ours: bool,
}

impl Dialog {
    /// The dialog that answering this request makes (§12.1.1). `None`: it has no usable Contact.
    pub(crate) fn called(
        request: &Message,
        source: Hop,
        local_tag: &str,
        contact: String,
    ) -> Option<(Dialog, Option<Lookup>)> {
        let to = request.headers.get(&Name::To)?;
        let dialog = Dialog {
            call_id: request.call_id().to_owned(),
            local: tagged(to, local_tag),
            remote: request.headers.get(&Name::From)?.to_owned(),
            remote_tag: request.from_tag().unwrap_or("").to_owned(),
            local_cseq: 0,
            remote_cseq: Some(request.cseq().0),
            routes: request.headers.all(&Name::RecordRoute).take(MAX_ROUTES).map(str::to_owned).collect(),
            target: target_of(request)?,
            contact,
            source,
            hop: source,
            allows_update: request.headers.contains(&Name::Allow, "UPDATE"),
            is_ours: false,
        };
        Some(dialog.aimed())
    }

    /// The dialog that this response to our request makes (§12.1.2).
    pub(crate) fn calling(request: &Message, response: &Message, source: Hop) -> (Dialog, Option<Lookup>) {
        let mut routes: Vec<String> =
            response.headers.all(&Name::RecordRoute).take(MAX_ROUTES).map(str::to_owned).collect();
        routes.reverse();
        let value = |message: &Message, name: &Name| message.headers.get(name).unwrap_or("").to_owned();
        let dialog = Dialog {
            call_id: request.call_id().to_owned(),
            local: value(request, &Name::From),
            remote: value(response, &Name::To),
            remote_tag: response.to_tag().unwrap_or("").to_owned(),
            local_cseq: request.cseq().0,
            remote_cseq: None,
            routes,
            // A 18x need not have a Contact; then the Request-URI has to do until one comes.
            target: target_of(response).unwrap_or_else(|| request.uri().to_owned()),
            contact: value(request, &Name::Contact),
            source,
            hop: source,
            allows_update: response.headers.contains(&Name::Allow, "UPDATE"),
            is_ours: true,
        };
        dialog.aimed()
    }

    /// The next request of ours, with the next CSeq. Via comes from the transaction.
    pub(crate) fn request(&mut self, method: Method) -> Message {
        self.local_cseq += 1;
        self.build(method, self.local_cseq)
    }

    /// The ACK of a 2xx to our INVITE with this CSeq (§13.2.2.4).
    pub(crate) fn ack(&self, cseq: u32) -> Message {
        self.build(Method::Ack, cseq)
    }

    fn build(&self, method: Method, cseq: u32) -> Message {
        let mut routes = self.routes.as_slice();
        let mut uri = self.target.as_str();
        // §12.2.1.1: a first hop without `lr` wants to see itself in the Request-URI, and the target last.
        let strict = routes.first().and_then(|route| NameAddr::parse(route)).filter(|route| !is_loose(&route.uri));
        if let Some(strict) = &strict {
            uri = &strict.uri;
            routes = &routes[1..];
        }
        let mut message = Message::request(method.clone(), uri);
        message.headers.push(Name::MaxForwards, "70");
        for route in routes {
            message.headers.push(Name::Route, route.as_str());
        }
        if strict.is_some() {
            message.headers.push(Name::Route, format!("<{}>", self.target));
        }
        message.headers.push(Name::From, self.local.as_str());
        message.headers.push(Name::To, self.remote.as_str());
        message.headers.push(Name::CallId, self.call_id.as_str());
        message.headers.push(Name::CSeq, format!("{cseq} {method}"));
        message
    }

    /// The peer spoke: from where, and perhaps with a new Contact (`refresh`, §12.2.2).
    pub(crate) fn heard(&mut self, message: &Message, source: Hop, refresh: bool) -> Option<Lookup> {
        let target = if refresh { target_of(message) } else { None };
        let target = target.filter(|target| *target != self.target);
        let moved = source != self.source;
        if message.headers.count(&Name::Allow) > 0 {
            self.allows_update = message.headers.contains(&Name::Allow, "UPDATE");
        }
        if target.is_none() && !moved {
            return None;
        }
        self.source = source;
        if let Some(target) = target {
            self.target = target;
        }
        self.aim()
    }

    /// The connection to the peer is gone. True: its Contact names an address that may be tried instead.
    pub(crate) fn stranded(&mut self) -> bool {
        if self.hop.connection.is_none() {
            return false;
        }
        let first = self.routes.first().and_then(|route| NameAddr::parse(route)).map(|route| route.uri);
        let Some(direct) = direct_hop(self.hop, first.as_deref().unwrap_or(&self.target)) else { return false };
        (self.hop, self.source) = (direct, direct);
        true
    }

    /// How the peer names our host.
    pub(crate) fn local_host(&self) -> Option<String> {
        Some(Uri::parse(&NameAddr::parse(&self.local)?.uri).ok()?.host)
    }

    /// The peer has a new connection, and is reached over that.
    pub(crate) fn rebind(&mut self, hop: Hop) -> Option<Lookup> {
        self.source = hop;
        self.aim()
    }

    /// The peer's Contact.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// From where the peer was heard last.
    pub(crate) fn source(&self) -> Hop {
        self.source
    }

    /// The answer to a lookup: believed, unless the peer was just heard from there.
    pub(crate) fn found(&mut self, hops: &[(crate::core::input::Transport, std::net::SocketAddr)]) {
        let heard = |(_, remote): &(_, std::net::SocketAddr)| *remote == self.source.remote;
        if let Some(&(transport, remote)) = hops.first()
            && !hops.iter().any(heard)
            && !self.source.transport.is_reliable()
        {
            self.hop = Hop { transport, remote, connection: None, ..self.source };
        }
    }

    fn aimed(mut self) -> (Dialog, Option<Lookup>) {
        let lookup = self.aim();
        (self, lookup)
    }

    fn aim(&mut self) -> Option<Lookup> {
        let first = self.routes.first().and_then(|route| NameAddr::parse(route)).map(|route| route.uri);
        let (hop, lookup) = next_hop(self.source, first.as_deref().unwrap_or(&self.target));
        self.hop = hop;
        lookup
    }
}

fn is_loose(uri: &str) -> bool {
    Uri::parse(uri).is_ok_and(|uri| uri.params.has("lr"))
}

/// The Contact, where it is a URI, without what a Request-URI must not have (§19.1.1): it becomes that of all that follows.
fn target_of(message: &Message) -> Option<String> {
    let contact = message.contact()?.uri;
    let uri = Uri::parse(&contact).ok()?;
    Some(if uri.headers.is_empty() { contact } else { uri.into_request() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(record_route: &str) -> Message {
        let text = format!(
            "INVITE sip:1000@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n{record_route}From: <sip:a@b>;tag=f\r\nTo: <sip:1000@192.0.2.9>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\nContact: <sip:a@203.0.113.1:5070>\r\n\r\n"
        );
        Message::parse(text.as_bytes()).unwrap()
    }

    fn source() -> Hop {
        "udp/0/192.0.2.1:5060".parse().unwrap()
    }

    fn requests(record_route: &str) -> (String, Vec<String>, String) {
        let (mut dialog, lookup) = Dialog::called(&invite(record_route), source(), "t", "<sip:us>".into()).unwrap();
        assert_eq!(lookup, None);
        let bye = dialog.request(Method::Bye);
        let routes = bye.headers.all(&Name::Route).map(str::to_owned).collect();
        (bye.uri().to_owned(), routes, dialog.hop.remote.to_string())
    }

    #[test]
    fn loose_and_strict_routes() {
        assert_eq!(requests(""), ("sip:a@203.0.113.1:5070".into(), vec![], "203.0.113.1:5070".into()));
        assert_eq!(
            requests("Record-Route: <sip:203.0.113.2;lr>, <sip:203.0.113.3;lr>\r\n"),
            (
                "sip:a@203.0.113.1:5070".into(),
                vec!["<sip:203.0.113.2;lr>".into(), "<sip:203.0.113.3;lr>".into()],
                "203.0.113.2:5060".into()
            )
        );
        assert_eq!(
            requests("Record-Route: <sip:203.0.113.2>, <sip:203.0.113.3;lr>\r\n"),
            (
                "sip:203.0.113.2".into(),
                vec!["<sip:203.0.113.3;lr>".into(), "<sip:a@203.0.113.1:5070>".into()],
                "203.0.113.2:5060".into()
            )
        );
    }

    #[test]
    fn a_caller_reverses_the_route_set() {
        let request = invite("");
        let mut response = crate::core::build::respond(&request, 200, None, Some("t"));
        response.headers.push(Name::RecordRoute, "<sip:203.0.113.3;lr>, <sip:203.0.113.2;lr>");
        response.headers.push(Name::Contact, "<sip:b@203.0.113.9>");
        let (mut dialog, _) = Dialog::calling(&request, &response, source());
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.headers.all(&Name::Route).collect::<Vec<_>>(), ["<sip:203.0.113.2;lr>", "<sip:203.0.113.3;lr>"]);
        assert_eq!((bye.uri(), bye.cseq()), ("sip:b@203.0.113.9", (8, Method::Bye)));
        assert_eq!((bye.from_tag(), bye.to_tag()), (Some("f"), Some("t")));
        assert_eq!(dialog.ack(7).cseq(), (7, Method::Ack));
    }

    #[test]
    fn a_new_contact_and_a_new_source_move_the_dialog() {
        let (mut dialog, _) = Dialog::called(&invite(""), source(), "t", String::new()).unwrap();
        let mut again = invite("");
        again.headers.set(Name::Contact, "<sip:a@10.0.0.1>");
        let moved: Hop = "udp/0/198.51.100.3:1024".parse().unwrap();
        assert_eq!(dialog.heard(&again, moved, true), None);
        assert_eq!(dialog.hop, moved);
        again.headers.set(Name::Contact, "<sip:a@phone.example.org>");
        assert_eq!(dialog.heard(&again, moved, true).unwrap().host, "phone.example.org");
        dialog.found(&[(moved.transport, "203.0.113.77:5060".parse().unwrap())]);
        assert_eq!(dialog.hop.remote.to_string(), "203.0.113.77:5060");
    }
}
