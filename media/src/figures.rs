//! Figures of a shard. Written by its thread alone, read by anybody, so plain stores suffice.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A figure with one writer.
#[derive(Debug, Default)]
pub(crate) struct Figure(AtomicU64);

impl Figure {
    pub(crate) fn add(&self, n: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(n), Relaxed);
    }

    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident)*) => {
        #[derive(Debug, Default)]
        pub(crate) struct Figures { $($(#[$doc])* pub(crate) $name: Figure,)* }

        impl Figures {
            /// Names and sums over the shards.
            pub(crate) fn sums<'a>(all: impl Iterator<Item = &'a Figures> + Clone) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), all.clone().map(|f| f.$name.get()).sum()),)*]
            }
        }
    };
}

figures! {
    packets_in
    packets_out
    /// From an address that is not the leg's.
    dropped_source
    /// Not RTP.
    dropped_malformed
    /// A payload type nobody negotiated.
    dropped_payload_type
    dropped_duplicate
    /// Too late, or of a stream that was replaced.
    dropped_late
    /// Around a jump of the sequence numbers.
    dropped_restart
    /// Not by who has the key of the leg, or encrypted by nobody where it must be.
    dropped_forged
    /// Encrypted, and there before.
    dropped_replayed
    /// Either way, before there are keys where there must be.
    dropped_unsecured
    /// The system did not take it.
    dropped_send
    rtcp_in
    rtcp_out
    rtcp_malformed
    rtcp_dropped_source
    /// Frames of 20 ms that were decoded for a mix, those of them in which something was made up for what did not come,
    /// and packets that came too late for theirs.
    mixed_frames
    concealed_frames
    mixed_late
    /// Legs rated every few seconds; those of them from which something was heard, the sum of their MOS, those below 3.1.
    quality_samples
    quality_rated
    quality_mos_hundredths
    quality_poor
    /// Times that a leg that should speak was not heard for five seconds.
    one_way
    /// On the port that browsers share: checks, those of nobody that is known, those with a wrong password.
    stun_in
    stun_dropped
    stun_forged
    /// What is no check and came by a way that nobody has proven.
    dropped_path
    /// Datagrams of handshakes, those that went wrong, and those by somebody else than who was described.
    dtls_in
    dtls_failed
    dtls_strangers
    /// A browser changed the way its sound takes.
    paths_switched
    /// Commands to legs that are not there.
    commands_ignored
    /// Prompt packets sent more than one packet time too late.
    late_ticks
    /// Packets copied for recordings and listeners, and those of them that found no room.
    tapped
    tap_lost
    calls_open
    legs_open
    /// Legs that a mix is made for: what the others hear passes as it comes.
    legs_mixed
    ports_in_quarantine
    /// Ports that somebody else holds.
    ports_taken
    /// State events that wait for the listener.
    events_waiting
    /// Digits dropped because too many events waited.
    digits_dropped
    panics
}
