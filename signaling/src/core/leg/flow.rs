//! The connection under a leg (RFC 5626, RFC 7118): who came over a stream is reached over that stream.
//!
//! A browser that changes its network, or whose socket breaks, comes back over another connection and registers there as
//! the device that it is (`+sip.instance`). Its session may have gone on all the while, for sound does not need the
//! socket: so the leg stays, says that it is not reached, and moves over as soon as the device is heard again. Who does
//! not come back within 64*T1 is gone. A page that was loaded anew is the same device with another Contact: it knows
//! nothing of the session, and is called anew ([`super::super::returns`]) while the old leg waits for its end.
//!
//! Only browsers are waited for: any other telephone is called where its Contact says ([`super::route`]).

use super::{Leg, LegTimer, Stage};
use crate::core::input::Hop;
use crate::core::notices::Lamp;
use crate::core::output::Counter;
use crate::core::registrar::Instance;
use crate::core::returns::{is_browser, is_same_page};
use crate::core::stack::Stack;
use ringdesk_voice::{Cause, LegEvent};

/// Who is at the other end, and how it is reached.
#[derive(Default)]
pub(super) struct Flow {
    extension: Option<String>,
    /// The device as it registered, where it did so over a stream.
    instance: Option<Instance>,
    /// The connection is gone and no other is known.
    lost: bool,
    /// Its device has come back as another page; this one may still hear us.
    replaced: bool,
}

impl Leg {
    /// What the lamp of its extension shows of it.
    pub(crate) fn lamp(&self) -> Lamp {
        match self.stage {
            _ if self.ended => Lamp::Idle,
            Stage::Talking => Lamp::Busy,
            Stage::Early if self.uas.is_some() => Lamp::Calling,
            Stage::Early if self.uac.as_ref().is_some_and(|uac| uac.has_rung()) => Lamp::Ringing,
            Stage::Early | Stage::Closing => Lamp::Idle,
        }
    }

    /// The extension at the other end.
    pub(crate) fn extension(&self) -> Option<&str> {
        self.flow.extension.as_deref()
    }

    /// The connection that our next request takes.
    pub(crate) fn connection(&self) -> Option<u64> {
        self.dialog.as_ref().and_then(|dialog| dialog.hop.connection)
    }

    /// How the other side names itself.
    pub(crate) fn contact(&self) -> Option<&str> {
        self.dialog.as_ref().map(|dialog| dialog.target())
    }

    pub(crate) fn instance(&self) -> Option<&Instance> {
        self.flow.instance.as_ref()
    }

    pub(crate) fn is_of(&mut self, extension: Option<String>, instance: Option<Instance>) {
        self.flow.extension = extension;
        self.flow.instance = instance;
    }

    /// Its connection is gone.
    pub(crate) fn flow_lost(&mut self, stack: &mut Stack) {
        let browser = self.dialog.as_ref().is_some_and(|dialog| !dialog.hop.transport.is_dialable());
        if self.ended || !browser || self.flow.lost {
            return;
        }
        self.flow.lost = true;
        stack.count(Counter::FlowLost);
        if self.stage == Stage::Early {
            // A call that nobody can be answered.
            self.end(stack, Cause::SignalingTimeout, None);
            return self.refuse(stack, Cause::SignalingTimeout, 504);
        }
        stack.report(self.id, LegEvent::FlowLost);
        let patience = stack.wire.setup.timers.transaction();
        self.alarms.set(&mut stack.wire, self.id, LegTimer::FlowGone, patience);
    }

    /// Its device has registered over this hop, with this Contact.
    pub(crate) fn rebind(&mut self, stack: &mut Stack, hop: Hop, contact: &str) {
        if is_browser(&hop) && self.contact().is_some_and(|known| !is_same_page(known, contact)) {
            return self.replaced_by_page(stack);
        }
        let Some(dialog) = self.dialog.as_mut().filter(|dialog| dialog.hop.connection.is_some()) else { return };
        if dialog.hop == hop || self.ended {
            return;
        }
        let (lookup, tag) = (dialog.rebind(hop), dialog.remote_tag.clone());
        let hop = dialog.hop;
        self.look_up_dialog(stack, &tag, lookup);
        if let Some(unacked) = &mut self.unacked {
            unacked.hop = hop;
            self.repeat_answer(stack);
        }
        self.flow_found(stack);
    }

    /// Another page has taken the place of the one in this session: nobody is at the old one any more.
    fn replaced_by_page(&mut self, stack: &mut Stack) {
        let told = std::mem::replace(&mut self.flow.replaced, true) || self.flow.lost;
        if self.ended || told || self.stage != Stage::Talking {
            return;
        }
        stack.count(Counter::FlowLost);
        stack.report(self.id, LegEvent::FlowLost);
        let patience = stack.wire.setup.timers.transaction();
        self.alarms.set(&mut stack.wire, self.id, LegTimer::FlowGone, patience);
    }

    /// It is reached again.
    pub(super) fn flow_found(&mut self, stack: &mut Stack) {
        if std::mem::take(&mut self.flow.lost) {
            self.alarms.clear(&mut stack.wire, LegTimer::FlowGone);
            stack.report(self.id, LegEvent::FlowBack);
        }
    }

    /// Nothing can be told to the other side.
    pub(super) fn is_cut_off(&self) -> bool {
        self.flow.lost
    }

    pub(super) fn flow_gone(&mut self, stack: &mut Stack) {
        stack.count(Counter::Ghost);
        self.hang_up(stack, Cause::SignalingTimeout);
    }
}
