//! What the machine wants done and what it reports.

use super::binding::Binding;
use super::identity::SaidIdentity;
use super::input::{Hop, HopFailure, Transport};
use super::throttle::Throttled;
use super::trunk_health::TrunkHealth;
use super::trunks::TrunkState;
use bytes::Bytes;
use ringdesk_model::TrunkId;
use ringdesk_voice::{Destination, IncomingCall, LegEvent, LegId};

#[derive(Clone, Debug)]
pub enum Output {
    Send {
        hop: Hop,
        bytes: Bytes,
    },
    /// Find the hops for this host (RFC 3263). → `Input::Resolved` with the same token
    Resolve {
        token: u64,
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
        secure: bool,
    },
    Incoming(IncomingCall),
    Leg(LegId, LegEvent),
    /// The answer to `Input::Reach` and `Input::Return`. Empty: nobody there.
    Reached {
        ask: u64,
        destinations: Vec<Destination>,
    },
    Registration {
        extension: String,
        contacts: usize,
        change: RegistrationChange,
        /// All contacts that it has now, for who keeps them over a restart.
        bindings: Vec<Binding>,
    },
    /// A trunk's registration with its operator is not what it was.
    Trunk {
        trunk: TrunkId,
        state: TrunkState,
    },
    /// A trunk is not what it was, as far as OPTIONS tell.
    Health {
        trunk: TrunkId,
        health: TrunkHealth,
    },
    /// Nothing gets through to a trunk.
    Trouble {
        trunk: TrunkId,
        why: HopFailure,
    },
    /// What the wire said of a leg beyond what a call needs, for who keeps it.
    Noted(LegId, LegNote),
    /// Somebody has guessed too often and is limited from now on. `source`: the last guess; `known`: the extension is
    /// registered there, so this is one of our own.
    Throttled {
        throttled: Throttled,
        source: Hop,
        known: bool,
    },
    /// The dialog with this tag of ours begins, or is over.
    Dialog {
        tag: String,
        live: bool,
    },
    /// Something worth a figure.
    Count(Counter),
}

/// What is kept of a leg's signaling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegNote {
    /// A call came in over this trunk, and said this.
    Came { trunk: TrunkId, said: Box<SaidIdentity> },
    /// A call went out over this trunk, and said this.
    Went { trunk: TrunkId, said: Box<SaidIdentity> },
    /// How it ended on the wire: the final response to an INVITE that was refused, and the network's cause (Q.850).
    Ended { status: Option<u16>, q850: Option<u8> },
}

/// What happened to an extension's contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistrationChange {
    Added,
    Refreshed,
    Removed,
    Expired,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        /// What is counted. The gate turns it into metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Counter {
            $($(#[$doc])* $name,)*
        }

        impl Counter {
            pub const ALL: &'static [Counter] = &[$(Counter::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Counter::$name => concat!("signaling_", $text, "_total"),)* }
            }
        }
    };
}

counters! {
    /// A message that could not be read.
    Malformed "malformed"
    /// A request was challenged.
    Challenged "challenged"
    /// A request of ours was challenged, and we answered.
    ChallengeAnswered "challenges_answered"
    /// A trunk did not take our credentials.
    CredentialsRefused "credentials_refused"
    /// A registration with an operator failed.
    TrunkRegistrationFailed "trunk_registrations_failed"
    /// A request too large for a datagram left over TCP.
    Enlarged "requests_over_tcp"
    /// It came back, and left as a datagram all the same.
    FellBack "requests_back_to_udp"
    /// Credentials were wrong.
    Unauthorised "unauthorised"
    /// Right credentials, used once more.
    Replayed "replayed_credentials"
    /// Credentials were not looked at, because there were too many wrong ones.
    Throttled "throttled"
    /// A request was refused for another reason than its credentials.
    Rejected "rejected"
    /// A new call or transaction was refused for want of room.
    Overloaded "overloaded"
    /// A new call was refused because the server is behind its work.
    Shed "calls_shed"
    /// A CANCEL from somewhere else than its INVITE.
    ForgedCancel "forged_cancels"
    /// A new call was refused because of the drain.
    Drained "drained"
    /// A response that belongs to nothing.
    StrayResponse "stray_responses"
    /// An ACK that belongs to nothing.
    StrayAck "stray_acks"
    /// A CANCEL that belongs to nothing.
    StrayCancel "stray_cancels"
    /// A request for a dialog that we do not know.
    UnknownDialog "unknown_dialogs"
    /// A request inside a dialog beyond what one party may send.
    TooMuchInside "requests_inside_refused"
    /// A call of ours that was sent back to us (482).
    Looped "looped_requests"
    /// The same request over a second path (482).
    Merged "merged_requests"
    /// We repeated a message.
    Retransmission "retransmissions"
    /// A request or response came once more.
    Repeated "repeated_messages"
    /// A client transaction ended without an answer.
    TransactionTimeout "transaction_timeouts"
    /// A transport failed under a transaction.
    TransportFailure "transport_failures"
    /// A call over a trunk that had no place for it, in either direction.
    TrunkFull "trunk_calls_refused"
    /// A call of a number whose channels were all taken.
    NumberFull "number_calls_refused"
    /// A trunk that said nothing but 100.
    TrunkStuck "trunk_calls_stuck"
    /// A leg dialled another address after the first failed.
    Failover "failovers"
    /// Another fork answered as well and was released.
    ForkReleased "forks_released"
    /// Offers crossed (491).
    Glare "glares"
    /// Our 2xx was never acknowledged.
    AckMissing "acks_missing"
    /// A session timer ran out.
    SessionExpired "sessions_expired"
    /// A leg reached the end of its longest plausible life.
    Ghost "ghosts"
    /// The connection of a browser in a call is gone.
    FlowLost "flows_lost"
    /// A command that the leg's state does not allow.
    CommandIgnored "commands_ignored"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = Counter::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(names.len(), Counter::ALL.len());
        assert!(names.contains("signaling_stray_acks_total"));
    }
}
