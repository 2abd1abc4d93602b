//! One party's connection, from the first INVITE to the last BYE. A leg reports exactly one `Ended`, and it does not live
//! for ever: each of its stages has a timer that ends it.
//!
//! After its `Ended` a leg may stay a while without being heard of: until its CANCEL or BYE is answered, and until no
//! more 2xx can come that would have to be acknowledged.
//!
//! Reading order: [`Leg`], [`uas`] calls that come in, [`uac`] calls that we make, [`inside`] requests inside the dialog,
//! [`authorise`] proving who we are, [`flow`] the connection under it, [`keys`] by INFO, [`offer`] changing the session, [`refer`] being asked for a transfer, [`reliable`] 100rel, [`dialog`], [`route`], [`session`], [`body`], [`cause`].

mod authorise;
pub(crate) mod body;
pub(crate) mod cause;
pub(crate) mod dialog;
mod flow;
mod inside;
mod keys;
mod offer;
pub(crate) mod refer;
mod reliable;
pub(crate) mod route;
pub(crate) mod session;
mod uac;
mod uas;

use super::build::respond;
use super::headers::Name;
use super::input::{Hop, Transport};
use super::message::Message;
use super::method::Method;
use super::output::{Counter, LegNote};
use super::stack::{Inbound, LookupFor, Stack};
use super::timers::{Alarm, Ticket};
use super::transaction::client::ClientFailure;
use super::transaction::{ClientEnd, Owner, TxId};
use super::wire::Wire;
use authorise::Asked;
use bytes::Bytes;
use cause::{q850_of, reason_for_trunk, reason_of, status_of};
use dialog::Dialog;
use flow::Flow;
pub(crate) use inside::not_understood;
use keys::Keys;
use offer::{Ours, Theirs};
use refer::Transfer;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::{Cause, LegCommand, LegEvent, LegId, Sdp};
use session::Session;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use uac::Uac;
use uas::Uas;
pub(crate) use uas::unusable_body;

/// What we can do inside a dialog.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER";
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces, norefersub";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The initial INVITE has no final response yet.
    Early,
    /// A 2xx made the dialog.
    Talking,
    /// Over for whoever listens; the wire still has to hear of it.
    Closing,
}

pub(crate) struct Leg {
    id: LegId,
    /// Our tag, the same in all dialogs of this leg.
    tag: String,
    /// Whose credentials its requests carry.
    trunk: Option<TrunkId>,
    /// A page without an account: it calls whom it was let in to, and sends nobody anywhere.
    guest: bool,
    /// The network's cause of its end, as the other side said it.
    q850: Option<u8>,
    /// Addresses of that trunk, to which the INVITE was sent.
    dialled_at: Vec<IpAddr>,
    /// The other side may be dialled over TCP; a phone may not, which is reached only the way it registered.
    dialable: bool,
    stage: Stage,
    ended: bool,
    gone: bool,
    /// Of a call that came in: from its INVITE on. Of one that we made: from its 2xx on; early ones are in `uac`.
    dialog: Option<Dialog>,
    /// While a call that came in is not answered.
    uas: Option<Box<Uas>>,
    /// While a call that we made may still bring responses to its INVITE.
    uac: Option<Box<Uac>>,
    /// A 2xx of ours that waits for its ACK.
    unacked: Option<Box<Unacked>>,
    /// ACKs that we sent, for 2xx that come again.
    acks: Vec<SentAck>,
    /// Requests of ours inside the dialog that may yet be challenged.
    asked: Vec<Asked>,
    /// The credentials of our last INVITE; its ACK repeats them (RFC 3261 §22.1).
    signed: Vec<(Name, String)>,
    /// An offer of the other side that waits for our answer.
    theirs: Option<Box<Theirs>>,
    /// An offer of ours that waits for their answer.
    ours: Option<Box<Ours>>,
    /// An offer of ours that waits until it may be made.
    queued: Option<Sdp>,
    /// Our last description: what a refresh repeats.
    described: Option<Bytes>,
    session: Option<Session>,
    /// Until then responses to our INVITE may come.
    until: Timestamp,
    bye: Option<TxId>,
    /// Requests inside the dialog, one span each: see `inside`.
    inside_until: Timestamp,
    /// Hung up while our 2xx is not acknowledged: BYE has to wait (RFC 3261 §15).
    bye_after_ack: Option<Cause>,
    lookups: Vec<u64>,
    flow: Flow,
    keys: Keys,
    /// Asked for by the other side, and not over.
    transfer: Option<Box<Transfer>>,
    has_transferred: bool,
    alarms: Alarms,
}

/// Our 2xx to an INVITE, repeated until its ACK comes (§13.3.1.4).
struct Unacked {
    cseq: u32,
    bytes: Bytes,
    hop: Hop,
    interval: Duration,
    /// It carried our offer: the ACK has the answer.
    late: bool,
    /// Of the INVITE that made the leg.
    initial: bool,
}

struct SentAck {
    cseq: u32,
    tag: String,
    bytes: Bytes,
    hop: Hop,
    /// Of an INVITE over an address that had been given up.
    late: bool,
}

/// Forks of one INVITE, and re-INVITEs that may be repeated, at most.
const MAX_ACKS: usize = 16;

/// Lookups of one leg under way, at most; beyond it the peer is answered where it was heard.
const MAX_LOOKUPS: usize = 8;

macro_rules! leg_timers {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum LegTimer { $($(#[$doc])* $name,)* }

        impl LegTimer {
            const COUNT: usize = [$(LegTimer::$name),*].len();

            pub(crate) fn name(self) -> &'static str {
                match self { $(LegTimer::$name => concat!("leg: ", $text),)* }
            }
        }
    };
}

leg_timers! {
    /// The longest a call may ring.
    Ringing "ringing"
    /// The dialled address says nothing.
    HopSilent "hop silent"
    /// Repeat our 2xx.
    RepeatAnswer "repeat answer"
    /// The ACK did not come.
    AckMissing "ack missing"
    /// Repeat our reliable 18x.
    RepeatReliable "repeat reliable"
    /// The PRACK did not come.
    PrackMissing "prack missing"
    /// Nobody answered an offer of the other side.
    OfferUnanswered "offer unanswered"
    /// Make our offer once more.
    OfferAgain "offer again"
    /// A trunk says nothing but 100.
    TrunkStuck "trunk stuck"
    SessionRefresh "session refresh"
    SessionExpiry "session expiry"
    /// No more responses to our INVITE can come.
    Settled "settled"
    /// A browser has not come back.
    FlowGone "flow gone"
    /// Nobody says what became of a transfer.
    TransferSilent "transfer silent"
}

#[derive(Default)]
struct Alarms([Option<Ticket>; LegTimer::COUNT]);

impl Alarms {
    fn set(&mut self, wire: &mut Wire, leg: LegId, timer: LegTimer, after: Duration) {
        let ticket = wire.timers.set(wire.now + after, Alarm::Leg(leg, timer));
        let old = self.0[timer as usize].replace(ticket);
        wire.timers.cancel(old);
    }

    fn clear(&mut self, wire: &mut Wire, timer: LegTimer) {
        wire.timers.cancel(self.0[timer as usize].take());
    }

    fn clear_all(&mut self, wire: &mut Wire) {
        for ticket in &mut self.0 {
            wire.timers.cancel(ticket.take());
        }
    }

    fn fired(&mut self, timer: LegTimer) {
        self.0[timer as usize] = None;
    }
}

impl Leg {
    fn new(stack: &mut Stack, id: LegId) -> Leg {
        Leg {
            id,
            tag: stack.tag(id),
            trunk: None,
            q850: None,
            dialled_at: Vec::new(),
            dialable: false,
            guest: false,
            stage: Stage::Early,
            ended: false,
            gone: false,
            dialog: None,
            uas: None,
            uac: None,
            unacked: None,
            acks: Vec::new(),
            asked: Vec::new(),
            signed: Vec::new(),
            theirs: None,
            ours: None,
            queued: None,
            described: None,
            session: None,
            until: stack.wire.now,
            bye: None,
            inside_until: stack.wire.now,
            bye_after_ack: None,
            lookups: Vec::new(),
            flow: Flow::default(),
            keys: Keys::default(),
            transfer: None,
            has_transferred: false,
            alarms: Alarms::default(),
        }
    }

    /// Over which it goes to the outside.
    pub(crate) fn trunk(&self) -> Option<TrunkId> {
        self.trunk
    }

    /// Nothing more will come of it: to be dropped.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Its `Ended` was reported.
    pub(crate) fn is_over(&self) -> bool {
        self.ended
    }

    pub(crate) fn command(&mut self, stack: &mut Stack, command: LegCommand) {
        if self.ended {
            return stack.count(Counter::CommandIgnored);
        }
        match command {
            LegCommand::Ring => self.provisional(stack, 180, None),
            LegCommand::Progress { answer } => self.provisional(stack, 183, Some(answer.0)),
            LegCommand::Answer { sdp } => self.answer(stack, sdp.0),
            LegCommand::AcceptOffer { answer } => self.accept_offer(stack, answer.0),
            LegCommand::RefuseOffer { status } => self.refuse_offer(stack, status),
            LegCommand::Reoffer { offer } => self.reoffer(stack, offer),
            LegCommand::Hangup { cause } => self.hang_up(stack, cause),
            LegCommand::TransferProgress { status } => self.transfer_progress(stack, status),
            LegCommand::Press { keys } => self.press(stack, keys.reveal()),
            LegCommand::Dial(_) => stack.count(Counter::CommandIgnored),
        }
    }

    /// A response to a request of this leg.
    pub(crate) fn response(&mut self, stack: &mut Stack, tx: TxId, response: &Message, source: Hop) {
        let status = response.status().unwrap_or(0);
        if status >= 200 && self.asked_again(stack, tx, response) {
            return;
        }
        if self.uac.as_ref().is_some_and(|uac| uac.is_invite(tx)) {
            return self.invite_response(stack, response, source);
        }
        if self.uac.as_ref().is_some_and(|uac| uac.is_abandoned(tx)) {
            return self.abandoned_response(stack, response, source);
        }
        if self.ours.as_ref().is_some_and(|ours| ours.tx == Some(tx)) {
            return self.ours_answered(stack, response, source);
        }
        if status >= 300 && self.transfer_unheard(tx) || status >= 200 && self.pressed(stack, tx, Some(status)) {
            return;
        }
        if self.bye == Some(tx) {
            if status >= 200 {
                self.bye = None;
                self.wind_up(stack);
            }
            return;
        }
        let (cseq, method) = response.cseq();
        if method == Method::Invite && (200..300).contains(&status) {
            self.acknowledge(stack, cseq, response.to_tag().unwrap_or(""), None);
        }
    }

    /// A request of this leg got no answer.
    pub(crate) fn failed(&mut self, stack: &mut Stack, end: ClientEnd) {
        self.asked.retain(|asked| asked.tx != end.tx);
        if self.uac.as_ref().is_some_and(|uac| uac.is_invite(end.tx)) {
            return self.invite_failed(stack, end);
        }
        if self.ours.as_ref().is_some_and(|ours| ours.tx == Some(end.tx)) {
            return self.ours_failed(stack, end);
        }
        if self.transfer_unheard(end.tx) || self.pressed(stack, end.tx, None) {
            return;
        }
        if end.why == ClientFailure::Stalled {
            stack.transactions.cancel(&mut stack.wire, end.tx, None);
        }
        if self.bye == Some(end.tx) {
            self.bye = None;
            if end.why == ClientFailure::Transport
                && let Some(dialog) = self.dialog.as_mut()
                && dialog.stranded()
            {
                return self.send_bye(stack, Cause::Normal);
            }
            self.wind_up(stack);
        }
    }

    pub(crate) fn alarm(&mut self, stack: &mut Stack, timer: LegTimer) {
        self.alarms.fired(timer);
        match timer {
            LegTimer::Ringing => {
                stack.count(Counter::Ghost);
                self.hang_up(stack, Cause::NoAnswer);
            }
            LegTimer::HopSilent => self.hop_silent(stack),
            LegTimer::TrunkStuck => self.trunk_stuck(stack),
            LegTimer::RepeatAnswer => self.repeat_answer(stack),
            LegTimer::AckMissing => self.ack_missing(stack),
            LegTimer::RepeatReliable => self.repeat_reliable(stack),
            LegTimer::PrackMissing => self.prack_missing(stack),
            LegTimer::OfferUnanswered => self.offer_unanswered(stack),
            LegTimer::OfferAgain => self.offer_again(stack),
            LegTimer::SessionRefresh => self.refresh(stack),
            LegTimer::SessionExpiry => {
                stack.count(Counter::SessionExpired);
                self.hang_up(stack, Cause::SignalingTimeout);
            }
            LegTimer::TransferSilent => self.transfer_silent(stack),
            LegTimer::FlowGone => self.flow_gone(stack),
            LegTimer::Settled => {
                self.uac = None;
                self.acks.clear();
                if self.stage == Stage::Closing {
                    self.wind_up(stack);
                }
            }
        }
    }

    /// The answer to a lookup of this leg.
    pub(crate) fn looked_up(
        &mut self,
        stack: &mut Stack,
        token: u64,
        purpose: LookupFor,
        hops: &[(Transport, SocketAddr)],
    ) {
        self.lookups.retain(|t| *t != token);
        match purpose {
            LookupFor::Dial => self.resolved(stack, hops),
            LookupFor::Dialog(tag) => {
                if let Some(dialog) = self.dialog_with(&tag) {
                    dialog.found(hops);
                }
            }
            LookupFor::Register => {}
        }
    }

    /// End the leg in the way its state wants.
    fn hang_up(&mut self, stack: &mut Stack, cause: Cause) {
        match self.stage {
            Stage::Early if self.uas.is_some() => self.refuse(stack, cause, status_of(cause)),
            Stage::Early => self.give_up_dialling(stack, cause),
            Stage::Talking => {
                self.end(stack, cause, None);
                self.break_off_transfer(stack);
                self.stage = Stage::Closing;
                self.send_bye(stack, cause);
            }
            Stage::Closing => {}
        }
    }

    /// The one and only `Ended`.
    fn end(&mut self, stack: &mut Stack, cause: Cause, status: Option<u16>) {
        if !std::mem::replace(&mut self.ended, true) {
            stack.places.release(self.id);
            if self.trunk.is_some() {
                let q850 = Some(self.q850.unwrap_or_else(|| q850_of(cause)));
                stack.note(self.id, LegNote::Ended { status, q850 });
            }
            stack.report(self.id, LegEvent::Ended { cause, status });
        }
    }

    fn send_bye(&mut self, stack: &mut Stack, cause: Cause) {
        self.abandon_offers(stack);
        if self.is_cut_off() {
            self.unacked = None;
            return self.wind_up(stack);
        }
        if self.unacked.is_some() {
            self.bye_after_ack = Some(cause);
            return;
        }
        let reason = self.reason(cause);
        let Some(dialog) = &mut self.dialog else { return self.finish(stack) };
        let mut bye = dialog.request(Method::Bye);
        if let Some(reason) = reason {
            bye.headers.push(Name::Reason, reason);
        }
        bye.headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        let hop = dialog.hop;
        self.bye = Some(self.ask(stack, hop, bye));
    }

    /// Why we end it, for the other side.
    fn reason(&self, cause: Cause) -> Option<String> {
        match self.trunk {
            Some(_) => Some(reason_for_trunk(cause)),
            None => reason_of(cause).map(str::to_owned),
        }
    }

    /// All is said: leave, as soon as no more 2xx can come.
    fn wind_up(&mut self, stack: &mut Stack) {
        self.stage = Stage::Closing;
        if self.bye.is_some() || self.unacked.is_some() {
            return;
        }
        if stack.wire.now >= self.until {
            return self.finish(stack);
        }
        self.alarms.clear_all(&mut stack.wire);
        let rest = self.until.since(stack.wire.now);
        self.alarms.set(&mut stack.wire, self.id, LegTimer::Settled, rest);
    }

    /// Leave now. Whatever still waits for an answer of ours gets one.
    fn finish(&mut self, stack: &mut Stack) {
        if let Some(uas) = self.uas.take() {
            uas.respond(stack, 500, &self.tag);
        }
        self.abandon_offers(stack);
        self.end(stack, Cause::InternalFailure, None);
        self.alarms.clear_all(&mut stack.wire);
        stack.forget(&self.tag, &self.lookups);
        self.gone = true;
    }

    /// The dialog with this remote tag, early or not.
    fn dialog_with(&mut self, tag: &str) -> Option<&mut Dialog> {
        match &mut self.dialog {
            Some(dialog) if dialog.remote_tag == tag => Some(dialog),
            Some(_) => None,
            None => self.uac.as_mut().and_then(|uac| uac.fork(tag)),
        }
    }

    fn look_up_dialog(&mut self, stack: &mut Stack, tag: &str, lookup: Option<route::Lookup>) {
        if let Some(lookup) = lookup
            && self.lookups.len() < MAX_LOOKUPS
        {
            let token = stack.look_up(Owner::Leg(self.id), LookupFor::Dialog(tag.to_owned()), lookup);
            self.lookups.push(token);
        }
    }

    /// ACK a 2xx to an INVITE of ours, or send the ACK for it once more. False: not our dialog.
    fn acknowledge(&mut self, stack: &mut Stack, cseq: u32, tag: &str, answer: Option<&Bytes>) -> bool {
        if let Some(sent) = self.acks.iter().find(|sent| sent.cseq == cseq && sent.tag == tag) {
            stack.wire.count(Counter::Repeated);
            stack.wire.send(sent.hop, sent.bytes.clone());
            return true;
        }
        let Some(dialog) = self.dialog.as_ref().filter(|dialog| dialog.remote_tag == tag) else { return false };
        let (hop, ack) = (dialog.hop, dialog.ack(cseq));
        self.send_ack(stack, hop, ack, cseq, tag, answer);
        true
    }

    fn send_ack(
        &mut self,
        stack: &mut Stack,
        hop: Hop,
        mut ack: Message,
        cseq: u32,
        tag: &str,
        answer: Option<&Bytes>,
    ) {
        if self.at_trunk(stack, &hop).is_some() {
            for (name, value) in &self.signed {
                ack.headers.push(name.clone(), value.as_str());
            }
        }
        if let Some(sdp) = answer {
            describe(&mut ack, sdp);
        }
        stack.wire.add_via(&mut ack, &hop);
        let bytes = ack.to_bytes();
        stack.wire.send(hop, bytes.clone());
        if self.acks.len() == MAX_ACKS {
            self.acks.remove(0);
        }
        self.acks.push(SentAck { cseq, tag: tag.to_owned(), bytes, hop, late: false });
    }

    /// Start, or start anew, the session timer.
    fn renew_session(&mut self, stack: &mut Stack, session: Session) {
        self.session = Some(session);
        self.alarms.set(&mut stack.wire, self.id, LegTimer::SessionExpiry, session.ends_after());
        if session.we_refresh {
            self.alarms.set(&mut stack.wire, self.id, LegTimer::SessionRefresh, session.refresh_after());
        } else {
            self.alarms.clear(&mut stack.wire, LegTimer::SessionRefresh);
        }
    }

    /// Answer a request inside the dialog at once.
    fn reply(&self, stack: &mut Stack, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        let mut response = respond(inbound.message, status, None, Some(&self.tag));
        for (name, value) in more {
            response.headers.push(name.clone(), *value);
        }
        stack.transactions.answer(&mut stack.wire, inbound.message, inbound.answer, &response);
    }
}

/// Put a session description into a message.
pub(super) fn describe(message: &mut Message, sdp: &Bytes) {
    message.headers.push(Name::ContentType, "application/sdp");
    message.body = sdp.clone();
}
