//! A party asks that whom it talks to be sent elsewhere: REFER inside the dialog (RFC 3515, 5589), the implicit
//! subscription that it makes, and the NOTIFYs about what becomes of it.
//!
//! Who is sent, and whether that may be, is not decided here: the request is taken with 202 and reported, and whoever
//! hears of it tells by [`ringdesk_voice::LegCommand::TransferProgress`] how it goes. One at a time; without news the
//! subscription ends by itself, so that no telephone waits for ever.

use super::dialog::Dialog;
use super::{Leg, LegTimer, Stage};
use crate::core::build::{reason_phrase, respond};
use crate::core::headers::Name;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::params::Params;
use crate::core::replaces::{ReferTo, Replaces};
use crate::core::stack::{Inbound, Stack};
use crate::core::transaction::TxId;
use crate::core::uri::{Scheme, Uri};
use ringdesk_model::Pii;
use ringdesk_voice::{LegEvent, LegId};

/// Packages whose subscriptions are taken.
pub(crate) const ALLOW_EVENTS: &str = "refer, message-summary, dialog";

/// A transfer that this party asked for and that is not over.
pub(super) struct Transfer {
    /// CSeq of its REFER.
    number: u32,
    /// It has to be told apart from an earlier one (RFC 3515 §2.4.6).
    named: bool,
    /// The party hears of it.
    subscribed: bool,
    /// What was told last.
    status: u16,
    notifies: Vec<TxId>,
}

/// NOTIFYs under way whose refusal ends the subscription; of older ones it does not matter any more.
const MAX_NOTIFIES: usize = 8;

impl Leg {
    /// REFER. `replaced`: what the Replaces of its Refer-To names, where it has one.
    pub(super) fn refer(&mut self, stack: &mut Stack, inbound: Inbound, replaced: Option<Result<LegId, u16>>) {
        let status = match ReferTo::of(inbound.message) {
            Ok(to) => match self.transfer_to(stack, &to, replaced) {
                Ok((to, replaces)) => return self.take_transfer(stack, inbound, to, replaces),
                Err(status) => status,
            },
            Err(status) => status,
        };
        stack.count(Counter::Rejected);
        self.reply(stack, inbound, status, &[]);
    }

    fn transfer_to(
        &self,
        stack: &Stack,
        to: &ReferTo,
        replaced: Option<Result<LegId, u16>>,
    ) -> Result<(String, Option<LegId>), u16> {
        // Before an answer there is nobody who could be sent away.
        if self.stage != Stage::Talking || self.is_foreign(stack, &to.uri) || !self.may_transfer(stack) {
            // Whose call it is is known already where it is replaced.
            let known = matches!(replaced, Some(Ok(_))) && self.stage == Stage::Talking && self.may_transfer(stack);
            if !known {
                return Err(403);
            }
        }
        let replaces = replaced.transpose()?;
        if replaces == Some(self.id) {
            return Err(400);
        }
        if self.transfer.is_some() {
            return Err(491);
        }
        Ok((to.dialled().ok_or(400_u16)?, replaces))
    }

    /// Could another call take the place of this one (RFC 3891 §3)?
    pub(crate) fn may_be_replaced(&self, replaces: &Replaces) -> Result<(), u16> {
        let named = |dialog: &Dialog| dialog.call_id == replaces.call_id && dialog.remote_tag == replaces.from_tag;
        match &self.dialog {
            Some(dialog) if named(dialog) => match self.stage {
                Stage::Closing => Err(603),
                _ if self.ended => Err(603),
                Stage::Talking if replaces.early_only => Err(486),
                Stage::Talking => Ok(()),
                // Its caller rings at ours: nothing that could be taken from him.
                Stage::Early => Err(481),
            },
            Some(_) => Err(481),
            None if self.ended => Err(481),
            // A telephone of ours rings: the call can be taken up elsewhere.
            None => match self.uac.as_ref().and_then(|uac| uac.early(&replaces.from_tag)) {
                Some(dialog) if named(dialog) => Ok(()),
                _ => Err(481),
            },
        }
    }

    /// A line to the outside may send its callers elsewhere only where it was said so; a guest never.
    fn may_transfer(&self, stack: &Stack) -> bool {
        !self.guest && self.trunk.is_none_or(|trunk| stack.directory.profile(trunk).may_transfer)
    }

    /// Is this nobody of ours? Telephones know us by our realm, by an address of ours, or by how they dialled us.
    fn is_foreign(&self, stack: &Stack, uri: &Uri) -> bool {
        if uri.scheme == Scheme::Tel {
            return false;
        }
        let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let named = bare(&uri.host);
        let setup = &stack.wire.setup;
        let mut hosts = setup.interfaces.iter().flat_map(|i| [&i.udp, &i.tcp, &i.tls, &i.ws, &i.wss]).flatten();
        let dialled = self.dialog.as_ref().and_then(|dialog| dialog.local_host());
        let trunk = self.trunk.and_then(|trunk| stack.directory.trunk(trunk)?.outbound.as_ref());
        !(named == bare(stack.directory.realm())
            || hosts.any(|here| bare(&here.host) == named)
            || dialled.is_some_and(|host| bare(&host) == named)
            || trunk.is_some_and(|target| bare(&target.host) == named))
    }

    fn take_transfer(&mut self, stack: &mut Stack, inbound: Inbound, to: String, replaces: Option<LegId>) {
        let request = inbound.message;
        // RFC 4488: it does not want to hear of it.
        let silent = request.headers.get(&Name::ReferSub).is_some_and(|value| {
            value.split(';').next().is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
        });
        let mut response = respond(request, 202, None, Some(&self.tag));
        if let Some(dialog) = &self.dialog {
            response.headers.push(Name::Contact, dialog.contact.as_str());
        }
        if silent {
            response.headers.push(Name::ReferSub, "false");
            response.headers.push(Name::Supported, "norefersub");
        }
        stack.transactions.answer(&mut stack.wire, request, inbound.answer, &response);
        let named = std::mem::replace(&mut self.has_transferred, true);
        let number = request.cseq().0;
        let transfer = Transfer { number, named, subscribed: !silent, status: 100, notifies: Vec::new() };
        self.transfer = Some(Box::new(transfer));
        self.notify_transfer(stack, false);
        let patience = stack.wire.setup.timers.transaction();
        self.alarms.set(&mut stack.wire, self.id, LegTimer::TransferSilent, patience);
        stack.report(self.id, LegEvent::TransferAsked { to: Pii::new(to), replaces });
    }

    /// How it goes.
    pub(super) fn transfer_progress(&mut self, stack: &mut Stack, status: u16) {
        let Some(transfer) = &mut self.transfer else { return stack.count(Counter::CommandIgnored) };
        let before = std::mem::replace(&mut transfer.status, if (100..700).contains(&status) { status } else { 500 });
        if transfer.status >= 200 {
            return self.close_transfer(stack);
        }
        // The 100 was told with the 202: that somebody takes care of it is no news.
        if transfer.status != before {
            self.notify_transfer(stack, false);
        }
        // Somebody takes care of it; a telephone may ring for long.
        let patience = stack.wire.setup.timers.ringing;
        self.alarms.set(&mut stack.wire, self.id, LegTimer::TransferSilent, patience);
    }

    /// Nobody has said what became of it.
    pub(super) fn transfer_silent(&mut self, stack: &mut Stack) {
        if let Some(transfer) = &mut self.transfer {
            stack.count(Counter::Ghost);
            transfer.status = 408;
            self.close_transfer(stack);
        }
    }

    /// The leg ends, by us, while a transfer is under way.
    pub(super) fn break_off_transfer(&mut self, stack: &mut Stack) {
        if let Some(transfer) = &mut self.transfer {
            transfer.status = 487;
            self.close_transfer(stack);
        }
    }

    /// The leg ends, by the other side: it does not wait for news any more.
    pub(super) fn forget_transfer(&mut self, stack: &mut Stack) {
        self.transfer = None;
        self.alarms.clear(&mut stack.wire, LegTimer::TransferSilent);
    }

    fn close_transfer(&mut self, stack: &mut Stack) {
        self.notify_transfer(stack, true);
        self.forget_transfer(stack);
    }

    /// A NOTIFY of ours was refused, or lost: nobody listens (RFC 6665 §4.2.2). The transfer itself goes on.
    pub(super) fn transfer_unheard(&mut self, tx: TxId) -> bool {
        let Some(transfer) = self.transfer.as_mut().filter(|transfer| transfer.notifies.contains(&tx)) else {
            return false;
        };
        transfer.subscribed = false;
        transfer.notifies.clear();
        true
    }

    /// The same NOTIFY goes again, signed.
    pub(super) fn transfer_notified_again(&mut self, tx: TxId, again: TxId) {
        let notifies = self.transfer.iter_mut().flat_map(|transfer| transfer.notifies.iter_mut());
        notifies.filter(|notify| **notify == tx).for_each(|notify| *notify = again);
    }

    /// SUBSCRIBE inside the dialog: it may prolong or end the subscription that its REFER made (RFC 3515 §2.4.4).
    pub(super) fn subscribe(&mut self, stack: &mut Stack, inbound: Inbound) {
        let request = inbound.message;
        let event = request.headers.get(&Name::Event).unwrap_or("");
        let (package, params) = event.split_once(';').unwrap_or((event, ""));
        if package.trim() != "refer" {
            return self.reply(stack, inbound, 489, &[(Name::AllowEvents, ALLOW_EVENTS)]);
        }
        let id = Params::parse(params).and_then(|params| params.get("id").map(str::to_owned));
        let mine = self
            .transfer
            .as_mut()
            .filter(|transfer| transfer.subscribed && id.is_none_or(|id| id.parse() == Ok(transfer.number)));
        let Some(transfer) = mine else { return self.reply(stack, inbound, 481, &[]) };
        let ends = request.expires() == Some(0);
        let status = transfer.status;
        let contact = self.dialog.as_ref().map_or(String::new(), |dialog| dialog.contact.clone());
        let expires = if ends { "0".to_owned() } else { self.transfer_expires(stack).to_string() };
        self.reply(stack, inbound, 200, &[(Name::Contact, &contact), (Name::Expires, &expires)]);
        self.notify_transfer(stack, ends);
        if let Some(transfer) = &mut self.transfer {
            transfer.status = status;
            transfer.subscribed &= !ends;
        }
    }

    fn transfer_expires(&self, stack: &Stack) -> u64 {
        stack.wire.setup.timers.ringing.as_secs()
    }

    fn notify_transfer(&mut self, stack: &mut Stack, last: bool) {
        let expires = self.transfer_expires(stack);
        let cut_off = self.is_cut_off();
        let (Some(transfer), Some(dialog)) = (&self.transfer, &mut self.dialog) else { return };
        if !transfer.subscribed || cut_off {
            return;
        }
        let mut notify = dialog.request(Method::Notify);
        notify.headers.push(Name::Contact, dialog.contact.as_str());
        let event = if transfer.named { format!("refer;id={}", transfer.number) } else { "refer".to_owned() };
        notify.headers.push(Name::Event, event);
        let state = match last {
            true => "terminated;reason=noresource".to_owned(),
            false => format!("active;expires={expires}"),
        };
        notify.headers.push(Name::SubscriptionState, state);
        notify.headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        notify.headers.push(Name::ContentType, "message/sipfrag;version=2.0");
        let status = transfer.status;
        notify.body = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status)).into();
        let hop = dialog.hop;
        let tx = self.ask(stack, hop, notify);
        if let Some(transfer) = &mut self.transfer {
            if transfer.notifies.len() == MAX_NOTIFIES {
                transfer.notifies.remove(0);
            }
            transfer.notifies.push(tx);
        }
    }
}
