//! Proving to a trunk who we are in requests inside a dialog (RFC 3261 §22.2). The first INVITE is [`super::uac`]'s.
//!
//! A challenged request is sent once more in its own dialog with the next CSeq; to the rest of the leg it is the same
//! request. ACK and CANCEL cannot be challenged (§22.1).
//!
//! Only the trunk itself is answered: an answer to a nonce of somebody else's choice is what a guesser of passwords
//! wants. The trunk is where its host was found for the INVITE, its nets, and where it has our registration; where a Contact or Record-Route leads
//! elsewhere, a challenge is a refusal, and nothing is signed in advance.

use super::Leg;
use crate::core::directory::Directory;
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::keyring::Tries;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::stack::Stack;
use crate::core::transaction::TxId;
use crate::core::uri::Uri;
use ringdesk_model::TrunkId;
use ringdesk_voice::Destination;

/// A request that may yet be challenged.
pub(super) struct Asked {
    pub(super) tx: TxId,
    hop: Hop,
    /// Without Via.
    request: Message,
    tries: Tries,
}

/// Requests of one leg under way, at most; of an older one a challenge is a refusal.
const MAX_ASKED: usize = 8;

impl Leg {
    /// Send a request inside a dialog.
    pub(super) fn ask(&mut self, stack: &mut Stack, hop: Hop, request: Message) -> TxId {
        self.ask_trying(stack, hop, request, Tries::default())
    }

    fn ask_trying(&mut self, stack: &mut Stack, hop: Hop, mut request: Message, tries: Tries) -> TxId {
        self.sign(stack, &hop, &mut request);
        let account = self.at_trunk(stack, &hop).and_then(|trunk| stack.directory.account(trunk)).is_some();
        let kept = account.then(|| request.clone());
        let owner = Some(self.id.into());
        let tx = match self.dialable {
            true => stack.transactions.request_of_any_size(&mut stack.wire, owner, hop, request),
            false => stack.transactions.request(&mut stack.wire, owner, hop, request),
        };
        if let Some(request) = kept {
            if self.asked.len() == MAX_ASKED {
                self.asked.remove(0);
            }
            self.asked.push(Asked { tx, hop, request, tries });
        }
        tx
    }

    /// The trunk of this leg, if this is the way to it and not to somebody else.
    pub(super) fn at_trunk(&self, stack: &Stack, hop: &Hop) -> Option<TrunkId> {
        let (trunk, at) = (self.trunk?, hop.remote.ip().to_canonical());
        let dialled = || self.dialled_at.contains(&at);
        (dialled() || stack.is_trunk_at(trunk, at)).then_some(trunk)
    }

    /// Put our credentials into a request of ours, where it goes to the trunk.
    pub(super) fn sign(&mut self, stack: &mut Stack, hop: &Hop, request: &mut Message) {
        stack.sign(self.at_trunk(stack, hop), request);
        if matches!(request.method(), Some(Method::Invite)) {
            let credentials = |name: &Name| matches!(name, Name::Authorization | Name::ProxyAuthorization);
            let fields = request.headers.iter().filter(|(name, _)| credentials(name));
            self.signed = fields.map(|(name, value)| (name.clone(), value.to_owned())).collect();
        }
    }

    /// The final response to a request of [`Leg::ask`]. True: it was a challenge, and the request is on its way again.
    pub(super) fn asked_again(&mut self, stack: &mut Stack, tx: TxId, response: &Message) -> bool {
        let Some(at) = self.asked.iter().position(|asked| asked.tx == tx) else { return false };
        let Asked { hop, mut request, mut tries, .. } = self.asked.remove(at);
        let trunk = self.at_trunk(stack, &hop);
        if !matches!(response.status(), Some(401 | 407)) || !stack.challenged(trunk, response, &mut tries) {
            return false;
        }
        let Some(method) = request.method().cloned() else { return false };
        let tag = request.to_tag().unwrap_or("").to_owned();
        let Some(dialog) = self.dialog_with(&tag) else { return false };
        dialog.local_cseq += 1;
        let (cseq, hop) = (dialog.local_cseq, dialog.hop);
        request.headers.set(Name::CSeq, format!("{cseq} {method}"));
        let again = self.ask_trying(stack, hop, request, tries);
        if self.bye == Some(tx) {
            self.bye = Some(again);
        }
        self.transfer_notified_again(tx, again);
        self.pressed_again(tx, again);
        if let Some(ours) = self.ours.as_mut().filter(|ours| ours.tx == Some(tx)) {
            ours.tx = Some(again);
            ours.cseq = cseq;
        }
        true
    }
}

/// The trunk that this destination is at, not merely said to be: its URI names the trunk's own host.
pub(super) fn trunk_of(directory: &Directory, to: &Destination) -> Option<TrunkId> {
    let target = directory.trunk(to.trunk?)?.outbound.as_ref()?;
    let uri = Uri::parse(&to.uri).ok()?;
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let same = bare(uri.bare_host()) == bare(&target.host) && !uri.params.has("maddr") && to.flow.is_none();
    to.trunk.filter(|_| same)
}
