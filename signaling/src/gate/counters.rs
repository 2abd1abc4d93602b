//! Figures of the room since its start, by the names under which the server exports them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident => $name:literal,)*) => {
        /// What the gate counts. Whoever counts adds to a field; nobody takes away.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub(crate) $field: Tally,)*
            /// What the core counts, by its own names; few, so a lock of the driver is cheap.
            core: Mutex<BTreeMap<&'static str, u64>>,
        }

        impl Counters {
            /// Name and value of every counter; names end in `_total`.
            pub fn figures(&self) -> Vec<(&'static str, u64)> {
                let mut figures = vec![$(($name, self.$field.get()),)*];
                let core = self.core.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                figures.extend(core.iter().map(|(name, count)| (*name, *count)));
                figures
            }
        }
    };
}

counters! {
    /// Whole messages that reached the core.
    received => "signaling_messages_received_total",
    /// Messages handed to a socket or to a connection's buffer.
    sent => "signaling_messages_sent_total",
    /// Messages that no socket or connection took.
    send_failed => "signaling_messages_send_failed_total",
    /// Datagrams that the kernel had no room for.
    datagrams_lost => "signaling_datagrams_lost_total",
    /// CRLF and STUN keepalives.
    keepalives => "signaling_keepalives_total",
    /// Datagrams of unknown sources beyond their budget.
    over_budget => "signaling_over_budget_total",
    /// Times a connection of an unknown source had to wait for its budget.
    held_back => "signaling_held_back_total",
    /// Datagrams dropped because the inbox was full (for unknown sources: half full; for new matters of the known: seven
    /// eighths).
    inbox_full => "signaling_inbox_full_total",
    /// Errors of a listening socket.
    socket_errors => "signaling_socket_errors_total",
    accepted => "signaling_connections_accepted_total",
    /// Connections refused by a cap.
    refused => "signaling_connections_refused_total",
    dialled => "signaling_connections_dialled_total",
    /// Connections that came about, but no TLS on them.
    handshakes_failed => "signaling_tls_handshakes_failed_total",
    dial_failed => "signaling_connections_dial_failed_total",
    /// Connections closed because no message, or no whole one, arrived in time.
    timed_out => "signaling_connections_timed_out_total",
    /// Connections closed because what arrived was not SIP, or too large.
    broken_streams => "signaling_connections_broken_total",
    /// Connections closed because the other side did not read.
    not_reading => "signaling_connections_not_reading_total",
    /// Extensions and addresses that were limited after too many wrong passwords.
    guessers => "signaling_guessers_total",
    /// Lookups that found nothing, or came beyond the cap.
    resolve_failed => "signaling_resolve_failed_total",
    /// Calls answered with 503 because the room, or the house behind it, was full.
    calls_refused => "signaling_calls_refused_total",
    /// Legs ended because the house did not take their events, or did not fit its commands in.
    legs_given_up => "signaling_legs_given_up_total",
    /// Notes of legs that the house did not take.
    notes_lost => "signaling_notes_lost_total",
    /// Times the core was built anew after a panic. Anything but 0 is a fault of ours.
    core_panics => "signaling_core_panics_total",
}

impl Counters {
    pub(crate) fn add_core(&self, name: &'static str) {
        let mut core = self.core.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *core.entry(name).or_default() += 1;
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicU64);

impl Tally {
    pub(crate) fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_told_once() {
        let counters = Counters::default();
        counters.received.one();
        counters.add_core("signaling_ghosts_total");
        counters.add_core("signaling_ghosts_total");
        let figures = counters.figures();
        let names: std::collections::BTreeSet<_> = figures.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), figures.len());
        assert!(figures.contains(&("signaling_messages_received_total", 1)));
        assert!(figures.contains(&("signaling_ghosts_total", 2)));
        assert!(names.iter().all(|n| n.starts_with("signaling_") && n.ends_with("_total")));
    }
}
