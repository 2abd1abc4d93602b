//! By what a message finds its transaction (RFC 3261 §17.1.3, §17.2.3).

use crate::core::headers::Name;
use crate::core::message::Message;
use crate::core::via::Via;

/// Of a request that arrived. `method`: the method of the transaction looked for, INVITE for an ACK or CANCEL.
///
/// Without the magic cookie the sender follows RFC 2543 and its branch, if any, proves nothing: then Request-URI, From
/// tag, Call-ID, CSeq number and the whole top Via decide. The To tag is left out, so that an ACK with the tag of our
/// response finds its INVITE.
pub(super) fn server_key(request: &Message, method: &str) -> String {
    let Some(via) = request.via() else {
        return String::new();
    };
    if via.has_cookie() {
        let branch = via.branch.as_deref().unwrap_or("");
        let port = via.port.unwrap_or(0);
        // sent-by is part of the key: another client may have chosen the same branch (§17.2.3).
        let mut key = String::with_capacity(branch.len() + via.host.len() + method.len() + 10);
        key.push_str(branch);
        key.push(' ');
        key.extend(via.host.chars().map(|c| c.to_ascii_lowercase()));
        key.push_str(&format!(":{port} {method}"));
        return key;
    }
    old_key(request, &via, method)
}

fn old_key(request: &Message, via: &Via, method: &str) -> String {
    let (number, _) = request.cseq();
    // What we write into Via ourselves must not be part of it.
    let branch = via.branch.as_deref().unwrap_or("");
    format!(
        "2543 {} {} {} {number} {}:{:?}:{branch} {method}",
        request.uri(),
        request.from_tag().unwrap_or(""),
        request.call_id(),
        via.host,
        via.port,
    )
}

/// What is the same in all copies of one request that came by different paths (§8.2.2.2). `None` inside a dialog.
pub(super) fn merge_key(request: &Message) -> Option<String> {
    if request.to_tag().is_some() {
        return None;
    }
    let cseq = request.headers.get(&Name::CSeq).unwrap_or("");
    Some(format!("{} {} {cseq}", request.from_tag().unwrap_or(""), request.call_id()))
}

/// Of a response: the branch is ours, the method stands in CSeq (an answer to CANCEL has the branch of its INVITE).
pub(super) fn client_key(branch: &str, method: &str) -> String {
    let mut key = String::with_capacity(branch.len() + method.len() + 1);
    key.push_str(branch);
    key.push(' ');
    key.push_str(method);
    key
}
