//! Calls that we make: from `Dial` to the first 2xx, with everything a forking proxy can do in between.

use super::authorise::trunk_of;
use super::body::body_of;
use super::cause::{cause_of, q850_in, refused};
use super::dialog::Dialog;
use super::offer::{How, Theirs};
use super::route::{Way, way_to};
use super::session::{min_se, settled};
use super::{ALLOW, Leg, LegTimer, SUPPORTED, Stage, describe};
use crate::core::headers::Name;
use crate::core::identity::{Dressed, Place, SaidIdentity, dress, shown};
use crate::core::input::{Hop, Transport};
use crate::core::keyring::Tries;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::output::{Counter, LegNote};
use crate::core::stack::{LookupFor, Stack};
use crate::core::transaction::client::ClientFailure;
use crate::core::transaction::{ClientEnd, Owner, TxId};
use crate::core::uri::Uri;
use bytes::Bytes;
use ringdesk_voice::{Cause, Dial, InterfaceId, LegEvent, LegId, Sdp};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Early dialogs of one INVITE, at most; a 18x of one more is ignored, its 2xx is not.
const MAX_FORKS: usize = 16;
/// Addresses tried for one INVITE, at most.
const MAX_HOPS: usize = 8;

/// A call that is being made, or was so recently that responses may still come.
pub(super) struct Uac {
    /// The INVITE as last sent, without Via.
    invite: Message,
    interface: InterfaceId,
    hops: VecDeque<Hop>,
    tx: Option<TxId>,
    /// Something was heard in answer to the INVITE that is under way.
    heard: bool,
    /// INVITEs to addresses that said nothing while there was another one to try.
    abandoned: Vec<TxId>,
    forks: Vec<Fork>,
    rung: bool,
    /// Whose description was reported: the first that had one. It is heard until it is over, or somebody answers.
    progress_of: Option<String>,
    raised_min_se: bool,
    tries: Tries,
}

/// One early dialog (RFC 3261 §12.1.2), known by its To tag.
struct Fork {
    dialog: Dialog,
    described: Option<Bytes>,
    /// The last RSeq taken (RFC 3262 §4).
    rseq: Option<u32>,
}

impl Uac {
    pub(super) fn is_invite(&self, tx: TxId) -> bool {
        self.tx == Some(tx)
    }

    pub(super) fn is_abandoned(&self, tx: TxId) -> bool {
        self.abandoned.contains(&tx)
    }

    pub(super) fn fork(&mut self, tag: &str) -> Option<&mut Dialog> {
        self.forks.iter_mut().find(|fork| fork.dialog.remote_tag == tag).map(|fork| &mut fork.dialog)
    }

    pub(super) fn has_rung(&self) -> bool {
        self.rung
    }

    pub(super) fn early(&self, tag: &str) -> Option<&Dialog> {
        self.forks.iter().find(|fork| fork.dialog.remote_tag == tag).map(|fork| &fork.dialog)
    }

    /// It is this one whose early sound is heard, by its own description.
    pub(super) fn is_heard(&self, tag: &str) -> bool {
        self.progress_of.as_deref() == Some(tag)
    }

    /// This fork is over. The description of the one that is heard now, where that was it.
    fn drop_fork(&mut self, tag: &str) -> Option<Bytes> {
        self.forks.retain(|fork| fork.dialog.remote_tag != tag);
        if !self.is_heard(tag) {
            return None;
        }
        let next = self.forks.iter().find(|fork| fork.described.is_some());
        self.progress_of = next.map(|fork| fork.dialog.remote_tag.clone());
        next.and_then(|fork| fork.described.clone())
    }
}

impl Leg {
    /// Dial a new leg. It ends at once where the destination makes no sense.
    pub(crate) fn dial(stack: &mut Stack, id: LegId, dial: Dial) -> Leg {
        let mut leg = Leg::new(stack, id);
        leg.trunk = trunk_of(&stack.directory, &dial.to);
        leg.dialable = dial.to.flow.is_none();
        let dressed = leg.dressed(stack, &dial);
        if let Err(cause) = leg.take_places(stack, &dial, dressed.as_ref()) {
            leg.end(stack, cause, None);
            leg.finish(stack);
            return leg;
        }
        let interface = dial.to.interface;
        let flow = dial.to.flow.as_deref().map(str::parse::<Hop>);
        let uri = Uri::parse(&dial.to.uri);
        let invite = leg.invite(stack, &dial, dressed, flow.as_ref().and_then(|flow| flow.as_ref().ok()));
        leg.described = (!dial.offer.0.is_empty()).then(|| dial.offer.0.clone());
        leg.uac = Some(Box::new(Uac {
            invite,
            interface,
            hops: VecDeque::new(),
            tx: None,
            heard: false,
            abandoned: Vec::new(),
            // Nearly always the only one; a vector would make room for four.
            forks: Vec::with_capacity(1),
            rung: false,
            progress_of: None,
            raised_min_se: false,
            tries: Tries::default(),
        }));
        let ringing = stack.wire.setup.timers.ringing;
        leg.alarms.set(&mut stack.wire, id, LegTimer::Ringing, ringing);
        if let Some(trunk) = leg.trunk {
            let patience = stack.directory.profile(trunk).patience;
            leg.alarms.set(&mut stack.wire, id, LegTimer::TrunkStuck, patience);
            if let Some(uac) = &leg.uac {
                let said = Box::new(SaidIdentity::of(&uac.invite));
                stack.note(id, LegNote::Went { trunk, said });
            }
        }
        match (flow, uri) {
            (Some(Ok(hop)), Ok(_)) => leg.try_hops(stack, [hop]),
            (None, Ok(uri)) => {
                let usual = stack.wire.setup.interfaces.get(usize::from(interface.0));
                let usual = usual.map_or(Transport::Udp, |interface| interface.usual_transport());
                match way_to(&uri, usual) {
                    Way::Address(transport, remote) if transport.is_dialable() => {
                        leg.try_hops(stack, [Hop { transport, interface, remote, connection: None }]);
                    }
                    Way::Name(lookup) if !lookup.host.is_empty() && lookup.is_dialable() => {
                        let token = stack.look_up(Owner::Leg(id), LookupFor::Dial, lookup);
                        leg.lookups.push(token);
                    }
                    _ => leg.give_up_dialling(stack, Cause::Unreachable),
                }
            }
            _ => leg.give_up_dialling(stack, Cause::Unreachable),
        }
        leg
    }

    /// The call as its trunk wants it.
    fn dressed(&self, stack: &Stack, dial: &Dial) -> Option<Dressed> {
        let directory = &stack.directory;
        let trunk = directory.trunk(self.trunk?)?;
        let number = Uri::parse(&dial.to.uri).ok()?.user()?.into_owned();
        let setup = &stack.wire.setup;
        let usual = setup.interfaces.get(usize::from(dial.to.interface.0));
        let usual = usual.map_or(Transport::Udp, |interface| interface.usual_transport());
        let registration = directory.account(trunk.id).and_then(|account| account.registration.as_ref());
        // An operator that registers us knows us in its own domain.
        let own_host = match registration {
            Some(registration) => registration.domain.as_str(),
            None => stack.wire.own_address(dial.to.interface, usual).0,
        };
        let place = Place { target: trunk.outbound.as_ref()?.uri(None), own_host };
        Some(dress(directory, directory.profile(trunk.id), &number, &dial.from, &place))
    }

    /// On its trunk, and of the number that it shows.
    fn take_places(&self, stack: &mut Stack, dial: &Dial, dressed: Option<&Dressed>) -> Result<(), Cause> {
        let Some(trunk) = self.trunk else { return Ok(()) };
        let number = Uri::parse(&dial.to.uri).ok().and_then(|uri| Some(uri.user()?.into_owned())).unwrap_or_default();
        let must = stack.wire.setup.emergency_numbers.contains(&number);
        let shown = dressed.and_then(|dressed| dressed.shown.clone());
        stack.take_places(self.id, trunk, shown, must).map_err(|_| Cause::Congestion)
    }

    fn invite(&self, stack: &mut Stack, dial: &Dial, dressed: Option<Dressed>, flow: Option<&Hop>) -> Message {
        let setup = &stack.wire.setup;
        let transport = flow.map_or_else(
            || setup.interfaces.get(usize::from(dial.to.interface.0)).map_or(Transport::Udp, |i| i.usual_transport()),
            |hop| hop.transport,
        );
        let call_id = stack.wire.words.next();
        let setup = &stack.wire.setup;
        let host = stack.wire.own_address(dial.to.interface, transport).0;
        // A telephone may have registered one with a header part.
        let with_headers = Uri::parse(&dial.to.uri).ok().filter(|uri| !uri.headers.is_empty());
        let called = with_headers.map_or_else(|| dial.to.uri.clone(), Uri::into_request);
        let Dressed { uri: called, from, fields, .. } = dressed.unwrap_or_else(|| {
            let shown = shown(&dial.from, host);
            let known = !dial.from.number.reveal().is_empty();
            let fields = known.then(|| (Name::PAssertedIdentity, shown.clone())).into_iter().collect();
            Dressed { uri: called, from: shown, fields, shown: None }
        });
        let mut invite = Message::request(Method::Invite, called.as_str());
        let headers = &mut invite.headers;
        // A call that came to us and goes on keeps count: in a ring it would go round for ever.
        let mut told = dial.headers.iter().filter(|(name, _)| Name::from(name.as_str()) == Name::MaxForwards);
        let hops = told.find_map(|(_, hops)| hops.reveal().parse().ok()).unwrap_or(70u8);
        headers.push(Name::MaxForwards, hops.to_string());
        headers.push(Name::From, format!("{from};tag={}", self.tag));
        headers.push(Name::To, format!("<{called}>"));
        headers.push(Name::CallId, call_id);
        headers.push(Name::CSeq, "1 INVITE");
        headers.push(Name::Allow, ALLOW);
        // Without an offer of ours a reliable 18x would bring theirs, which only a PRACK could answer.
        headers.push(Name::Supported, if dial.offer.0.is_empty() { "timer" } else { SUPPORTED });
        headers.push(Name::SessionExpires, setup.session.expires.to_string());
        headers.push(Name::MinSe, setup.session.min.to_string());
        headers.push(Name::UserAgent, setup.user_agent.as_str());
        for (name, value) in fields {
            headers.push(name, value);
        }
        for (name, value) in &dial.headers {
            let name = Name::from(name.as_str());
            if !reserved(&name) {
                headers.push(name, value.reveal().as_str());
            }
        }
        if !dial.offer.0.is_empty() {
            describe(&mut invite, &dial.offer.0);
        }
        invite
    }

    /// The lookup of a dialled host is answered.
    pub(super) fn resolved(&mut self, stack: &mut Stack, hops: &[(Transport, SocketAddr)]) {
        let Some(uac) = &self.uac else { return };
        if self.stage != Stage::Early || uac.tx.is_some() {
            return;
        }
        let interface = uac.interface;
        let hop = |&(transport, remote)| Hop { transport, interface, remote, connection: None };
        self.try_hops(stack, hops.iter().map(hop));
    }

    fn try_hops(&mut self, stack: &mut Stack, hops: impl IntoIterator<Item = Hop>) {
        if let Some(uac) = &mut self.uac {
            uac.hops = hops.into_iter().take(MAX_HOPS).collect();
        }
        if !self.next_hop(stack) {
            self.give_up_dialling(stack, Cause::Unreachable);
        }
    }

    /// Send the INVITE to the next address (RFC 3263 §4.3). False: there is none left.
    fn next_hop(&mut self, stack: &mut Stack) -> bool {
        let Some(uac) = &mut self.uac else { return false };
        let Some(hop) = uac.hops.pop_front() else { return false };
        let number = uac.invite.from_addr().and_then(|from| Uri::parse(&from.uri).ok());
        let user = number.as_ref().and_then(Uri::user).unwrap_or_default();
        let contact = stack.wire.contact(&hop, &user);
        // Another address may have its own nonce for the same realm.
        uac.tries = Tries::default();
        uac.invite.headers.set(Name::Contact, contact);
        self.send_invite(stack, hop);
        true
    }

    fn send_invite(&mut self, stack: &mut Stack, hop: Hop) {
        let Some(uac) = &mut self.uac else { return };
        uac.forks.clear();
        uac.heard = false;
        let mut invite = uac.invite.clone();
        if !uac.hops.is_empty() {
            let patience = stack.wire.setup.timers.hop;
            self.alarms.set(&mut stack.wire, self.id, LegTimer::HopSilent, patience);
        }
        // The hop that is in use stands before those that are left.
        uac.hops.push_front(hop);
        if self.trunk.is_some() {
            self.dialled_at.push(hop.remote.ip().to_canonical());
            self.dialled_at.dedup();
        }
        self.sign(stack, &hop, &mut invite);
        let owner = Some(self.id.into());
        let tx = match self.dialable {
            true => stack.transactions.request_of_any_size(&mut stack.wire, owner, hop, invite),
            false => stack.transactions.request(&mut stack.wire, owner, hop, invite),
        };
        if let Some(uac) = &mut self.uac {
            uac.tx = Some(tx);
        }
    }

    /// The same INVITE with the next CSeq, to the same hop (after a 401, 407 or 422).
    fn invite_again(&mut self, stack: &mut Stack) {
        let Some(uac) = &mut self.uac else { return };
        let (cseq, _) = uac.invite.cseq();
        uac.invite.headers.set(Name::CSeq, format!("{} INVITE", cseq + 1));
        if let Some(hop) = uac.hops.pop_front() {
            self.send_invite(stack, hop);
        }
    }

    /// Waiting for timer B would take longer than any caller waits. Should the silent one speak up later, it is told that
    /// it comes too late.
    pub(super) fn hop_silent(&mut self, stack: &mut Stack) {
        let Some(uac) = &mut self.uac else { return };
        if self.stage != Stage::Early || uac.heard || uac.hops.len() < 2 {
            return;
        }
        if let Some(tx) = uac.tx.take() {
            uac.abandoned.push(tx);
            stack.transactions.cancel(&mut stack.wire, tx, None);
        }
        self.fail_over(stack);
    }

    /// A trunk that says 100 and nothing more, or nothing at all: whoever dialled has other ways, and a caller who waits.
    pub(super) fn trunk_stuck(&mut self, stack: &mut Stack) {
        if self.stage != Stage::Early || self.uac.is_none() {
            return;
        }
        stack.count(Counter::TrunkStuck);
        self.trunk_worked(stack, false);
        self.give_up_dialling(stack, Cause::Unreachable);
    }

    fn trunk_worked(&mut self, stack: &mut Stack, worked: bool) {
        if let Some(trunk) = self.trunk {
            self.alarms.clear(&mut stack.wire, LegTimer::TrunkStuck);
            stack.trunk_worked(trunk, worked);
        }
    }

    pub(super) fn abandoned_response(&mut self, stack: &mut Stack, response: &Message, source: Hop) {
        if !(200..300).contains(&response.status().unwrap_or(0)) {
            return;
        }
        let (cseq, _) = response.cseq();
        let tag = response.to_tag().unwrap_or("").to_owned();
        if self.acks.iter().any(|sent| sent.cseq == cseq && sent.tag == tag) {
            self.acknowledge(stack, cseq, &tag, None);
        } else if let Some(uac) = &self.uac {
            let (dialog, _) = Dialog::calling(&uac.invite, response, source);
            self.release(stack, dialog, cseq, tag);
            if let Some(sent) = self.acks.last_mut() {
                sent.late = true;
            }
        }
    }

    /// Another address, if there is one.
    fn fail_over(&mut self, stack: &mut Stack) -> bool {
        let Some(uac) = &mut self.uac else { return false };
        uac.hops.pop_front();
        if self.stage != Stage::Early || !self.next_hop(stack) {
            return false;
        }
        stack.count(Counter::Failover);
        true
    }

    /// Hang up before an answer: CANCEL, as soon as it is allowed (RFC 3261 §9.1).
    pub(super) fn give_up_dialling(&mut self, stack: &mut Stack, cause: Cause) {
        self.end(stack, cause, None);
        self.stage = Stage::Closing;
        self.alarms.clear_all(&mut stack.wire);
        self.abandon_offers(stack);
        let tx = self.uac.as_ref().and_then(|uac| uac.tx);
        let reason = self.reason(cause);
        // Where nothing more will be told of the INVITE, nothing would end the leg.
        if !tx.is_some_and(|tx| stack.transactions.cancel(&mut stack.wire, tx, reason.as_deref())) {
            self.finish(stack);
        }
    }

    /// The INVITE got no answer.
    pub(super) fn invite_failed(&mut self, stack: &mut Stack, end: ClientEnd) {
        if end.why == ClientFailure::Stalled {
            // Timer C: something answered once, so it has to be told; and nothing better is known to be tried.
            let rung = self.uac.as_ref().is_some_and(|uac| uac.rung);
            return self.give_up_dialling(stack, if rung { Cause::NoAnswer } else { Cause::Unreachable });
        }
        if self.stage == Stage::Closing {
            if let Some(uac) = &mut self.uac {
                uac.tx = None;
            }
            return self.wind_up(stack);
        }
        if !self.fail_over(stack) {
            self.trunk_worked(stack, false);
            self.end(stack, Cause::Unreachable, None);
            self.finish(stack);
        }
    }

    pub(super) fn invite_response(&mut self, stack: &mut Stack, response: &Message, source: Hop) {
        if let Some(uac) = &mut self.uac {
            uac.heard = true;
        }
        match response.status().unwrap_or(0) {
            0..=100 => {}
            101..=199 => {
                self.trunk_worked(stack, true);
                self.invite_progress(stack, response, source);
            }
            200..=299 => {
                self.trunk_worked(stack, true);
                self.invite_accepted(stack, response, source);
            }
            status => self.invite_refused(stack, response, status),
        }
    }

    fn invite_progress(&mut self, stack: &mut Stack, response: &Message, source: Hop) {
        let status = response.status().unwrap_or(0);
        let Some(uac) = self.uac.as_deref_mut().filter(|_| self.stage == Stage::Early) else { return };
        let Some(tag) = response.to_tag() else {
            return self.rings(stack, status);
        };
        if status == 199 {
            // RFC 6228: this fork is over; others may go on.
            return self.fork_over(stack, tag);
        }
        let mut lookup = None;
        let at = match uac.forks.iter().position(|fork| fork.dialog.remote_tag == tag) {
            Some(at) => {
                lookup = uac.forks[at].dialog.heard(response, source, true);
                at
            }
            None if uac.forks.len() >= MAX_FORKS => return,
            None => {
                let (dialog, found) = Dialog::calling(&uac.invite, response, source);
                lookup = lookup.or(found);
                uac.forks.push(Fork { dialog, described: None, rseq: None });
                uac.forks.len() - 1
            }
        };
        let fork = &mut uac.forks[at];
        let mut prack = None;
        if response.headers.contains(&Name::Require, "100rel") {
            let Some(rseq) = response.headers.get(&Name::RSeq).and_then(|rseq| rseq.trim().parse::<u32>().ok()) else {
                return;
            };
            // RFC 3262 §4: a repetition or one out of order is not taken; it comes again.
            if fork.rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
                return stack.count(Counter::Repeated);
            }
            fork.rseq = Some(rseq);
            let mut request = fork.dialog.request(Method::Prack);
            request.headers.push(Name::RAck, format!("{rseq} {} INVITE", uac.invite.cseq().0));
            let hop = fork.dialog.hop;
            prack = Some((hop, request));
        }
        let sdp = body_of(response).sdp().filter(|sdp| fork.described.as_ref() != Some(sdp));
        if let Some(sdp) = sdp.filter(|_| self.described.is_some()) {
            fork.described = Some(sdp.clone());
            // There is one caller: who was first is heard, the others are when their turn comes.
            if uac.progress_of.as_deref().is_none_or(|first| first == tag) {
                uac.progress_of = Some(tag.to_owned());
                stack.report(self.id, LegEvent::Progress { answer: Sdp(sdp) });
            }
        }
        if let Some((hop, request)) = prack {
            self.ask(stack, hop, request);
        }
        self.look_up_dialog(stack, tag, lookup);
        self.rings(stack, status);
    }

    pub(super) fn fork_over(&mut self, stack: &mut Stack, tag: &str) {
        if let Some(answer) = self.uac.as_mut().and_then(|uac| uac.drop_fork(tag)) {
            stack.report(self.id, LegEvent::Progress { answer: Sdp(answer) });
        }
    }

    fn rings(&mut self, stack: &mut Stack, status: u16) {
        if let Some(uac) = &mut self.uac
            && status == 180
            && !std::mem::replace(&mut uac.rung, true)
        {
            stack.report(self.id, LegEvent::Ringing);
        }
    }

    fn invite_accepted(&mut self, stack: &mut Stack, response: &Message, source: Hop) {
        let tag = response.to_tag().unwrap_or("").to_owned();
        let (cseq, _) = response.cseq();
        if self.theirs.as_ref().is_some_and(|theirs| theirs.is_ack_for(cseq)) && self.dialog_with(&tag).is_some() {
            // Its ACK waits for our answer to the late offer.
            return stack.count(Counter::Repeated);
        }
        // The same telephone may have said the same tag too late, over an address that had been given up.
        self.acks.retain(|sent| !sent.late || sent.cseq != cseq || sent.tag != tag);
        let first = self.stage == Stage::Early;
        if !first && self.acknowledge(stack, cseq, &tag, None) {
            return;
        }
        let Some(uac) = self.uac.as_deref_mut() else { return };
        let (mut dialog, lookup) = Dialog::calling(&uac.invite, response, source);
        let fork = uac.forks.iter().find(|fork| fork.dialog.remote_tag == tag);
        if let Some(fork) = fork {
            dialog.local_cseq = dialog.local_cseq.max(fork.dialog.local_cseq);
            dialog.remote_cseq = fork.dialog.remote_cseq;
        }
        let until = stack.wire.now + stack.wire.setup.timers.transaction();
        if !first {
            return self.release(stack, dialog, cseq, tag);
        }
        self.stage = Stage::Talking;
        self.until = until;
        self.alarms.clear(&mut stack.wire, LegTimer::Ringing);
        let rest = stack.wire.setup.timers.transaction();
        self.alarms.set(&mut stack.wire, self.id, LegTimer::Settled, rest);
        let early = fork.and_then(|fork| fork.described.clone());
        let reported = uac.progress_of.as_deref() == Some(tag.as_str());
        uac.forks.clear();
        self.dialog = Some(dialog);
        self.look_up_dialog(stack, &tag, lookup);
        let session = settled(stack.wire.setup.session, response);
        self.renew_session(stack, session);
        let sdp = body_of(response).sdp();
        if self.described.is_none() {
            return self.late_offer(stack, cseq, &tag, sdp);
        }
        self.acknowledge(stack, cseq, &tag, None);
        let answer = match (sdp, early) {
            // The same description once more is no news (RFC 6337 §3.1).
            (Some(sdp), Some(early)) if sdp == early && reported => None,
            (Some(sdp), _) => Some(sdp),
            (None, Some(early)) => Some(early).filter(|_| !reported),
            (None, None) => {
                // RFC 3264: our offer was never answered.
                self.end(stack, Cause::NotAcceptable, response.status());
                self.stage = Stage::Closing;
                return self.send_bye(stack, Cause::NotAcceptable);
            }
        };
        stack.report(self.id, LegEvent::Answered { answer: answer.map(Sdp) });
    }

    /// The 2xx brought their offer: our answer goes into the ACK.
    fn late_offer(&mut self, stack: &mut Stack, cseq: u32, tag: &str, sdp: Option<Bytes>) {
        let Some(sdp) = sdp else {
            self.acknowledge(stack, cseq, tag, None);
            self.end(stack, Cause::NotAcceptable, Some(200));
            self.stage = Stage::Closing;
            return self.send_bye(stack, Cause::NotAcceptable);
        };
        self.theirs = Some(Box::new(Theirs { how: How::Ack { cseq } }));
        let patience = stack.wire.setup.timers.offer;
        self.alarms.set(&mut stack.wire, self.id, LegTimer::OfferUnanswered, patience);
        stack.report(self.id, LegEvent::Answered { answer: None });
        stack.report(self.id, LegEvent::Offered { offer: Some(Sdp(sdp)) });
    }

    /// A 2xx that comes too late: of another fork, or after we hung up. ACK and BYE (RFC 3261 §13.2.2.4).
    fn release(&mut self, stack: &mut Stack, mut dialog: Dialog, cseq: u32, tag: String) {
        let (hop, ack) = (dialog.hop, dialog.ack(cseq));
        self.send_ack(stack, hop, ack, cseq, &tag, None);
        let mut bye = dialog.request(Method::Bye);
        stack.sign(self.at_trunk(stack, &hop), &mut bye);
        stack.count(Counter::ForkReleased);
        if self.stage == Stage::Closing && self.dialog.is_none() && self.bye.is_none() {
            self.until = stack.wire.now + stack.wire.setup.timers.transaction();
            self.bye = Some(stack.transactions.request(&mut stack.wire, Some(self.id.into()), hop, bye));
        } else {
            stack.transactions.request(&mut stack.wire, None, hop, bye);
        }
    }

    fn invite_refused(&mut self, stack: &mut Stack, response: &Message, status: u16) {
        let Some(uac) = &mut self.uac else { return };
        if self.stage != Stage::Early {
            uac.tx = None;
            return self.wind_up(stack);
        }
        match status {
            422 if !uac.raised_min_se => {
                if let Some(min) = min_se(response) {
                    // RFC 4028 §7.3. Once: who asks for more each time does not want the call.
                    uac.raised_min_se = true;
                    let expires = stack.wire.setup.session.expires.max(min);
                    uac.invite.headers.set(Name::SessionExpires, expires.to_string());
                    uac.invite.headers.set(Name::MinSe, min.to_string());
                    return self.invite_again(stack);
                }
            }
            401 | 407 if stack.challenged(self.trunk, response, &mut uac.tries) => return self.invite_again(stack),
            503 if refused(response, 503) == Cause::Congestion && self.fail_over(stack) => return,
            _ => {}
        }
        let rung = self.uac.as_ref().is_some_and(|uac| uac.rung);
        self.q850 = q850_in(response);
        let cause = match status {
            // It rang, and nobody came.
            408 | 480 | 487 if rung => Cause::NoAnswer,
            487 => Cause::Unreachable,
            _ if self.trunk.is_some() => refused(response, status),
            _ => cause_of(status),
        };
        // An answer about the called number is one, whatever it is.
        let by_trunk = matches!(cause, Cause::Unreachable | Cause::Congestion | Cause::RemoteFailure);
        if !rung && matches!(status, 408 | 500..=599) && by_trunk {
            self.trunk_worked(stack, false);
        }
        self.end(stack, cause, Some(status));
        self.finish(stack);
    }
}

/// What the machine writes itself.
fn reserved(name: &Name) -> bool {
    matches!(
        name,
        Name::Via
            | Name::From
            | Name::To
            | Name::CallId
            | Name::CSeq
            | Name::Contact
            | Name::MaxForwards
            | Name::Route
            | Name::RecordRoute
            | Name::ContentType
            | Name::ContentLength
            | Name::ContentEncoding
            | Name::Require
            | Name::Supported
            | Name::Allow
            | Name::SessionExpires
            | Name::MinSe
            | Name::Authorization
            | Name::ProxyAuthorization
            | Name::UserAgent
    )
}
