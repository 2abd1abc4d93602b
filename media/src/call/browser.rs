//! A browser's leg: what comes in at the shared port and is no sound, and what the leg says of itself there.

use super::{Call, Surroundings, Wire};
use crate::shard::line::LineId;
use crate::shard::wheel::Alarm;
use crate::webrtc::{Failure, Heard, Output, Path, is_dtls, is_stun};
use ringdesk_voice::{MediaEvent, Refusal};

impl Call {
    /// A datagram at the shared port (RFC 7983).
    pub(crate) fn browser<W: Wire>(
        &mut self,
        line: LineId,
        path: Path,
        bytes: &mut [u8],
        around: &mut Surroundings<'_, W>,
    ) {
        if !is_stun(bytes) && !is_dtls(bytes) {
            return self.browser_sound(line, path, bytes, around);
        }
        #[cfg(test)]
        assert!(!self.poisoned, "poisoned by a test");
        let Some(at) = self.by_line(line) else { return };
        let leg = &mut self.legs[at];
        let Some(browser) = &mut leg.browser else { return };
        let before = browser.agent().selected();
        let figures = around.figures;
        match browser.handle_input(around.now, path, bytes) {
            Heard::Check => {
                // Who asks whether we are there is there, though it may have nothing to say (RFC 7675).
                leg.heard = around.now;
                leg.silence_told = false;
                let after = browser.agent().selected();
                figures.paths_switched.add(u64::from(before.is_some() && before != after));
            }
            Heard::Handshake => figures.dtls_in.add(1),
            Heard::Forged => figures.stun_forged.add(1),
            Heard::Nothing => figures.stun_dropped.add(1),
        }
        self.serve(at, around);
    }

    fn browser_sound<W: Wire>(&mut self, line: LineId, path: Path, bytes: &mut [u8], around: &mut Surroundings<'_, W>) {
        let Some(at) = self.by_line(line) else { return };
        let before = self.legs[at].inflow.newest();
        self.rtp(line, path.remote, bytes, around);
        let leg = &mut self.legs[at];
        // What came late, again, or from somebody else, does not say where the browser is now.
        if leg.inflow.newest() != before && leg.browser.as_mut().is_some_and(|b| b.spoke(around.now, path)) {
            around.figures.paths_switched.add(1);
            self.serve(at, around);
        }
    }

    /// Carry out what a browser's leg wants.
    pub(super) fn serve<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let Some(browser) = &mut leg.browser else { return };
        let mut failed = None;
        let mut keys = None;
        while let Some(output) = browser.poll_output() {
            match output {
                Output::Send(path, datagram) => around.wire.datagram(path, &datagram),
                Output::Moved => around.wire.follow(leg.line, browser.agent()),
                Output::Keys(new) => keys = Some(new),
                Output::Failed(failure) => failed = Some(failure),
            }
        }
        let due = browser.poll_timeout(around.now).filter(|due| leg.shake_timer.is_none_or(|before| *due < before));
        if let Some(keys) = keys {
            leg.take_keys(&keys, around.ids);
        }
        if let Some(due) = due {
            leg.shake_timer = Some(due);
            self.wake_at(at, due, Alarm::Shake, around);
        }
        if let Some(failure) = failed {
            around.figures.dtls_failed.add(1);
            around.figures.dtls_strangers.add((failure == Failure::Stranger).into());
            let leg = self.legs[at].id;
            tracing::warn!(?failure, %leg, "a browser's handshake failed: there is no sound");
            self.tell(MediaEvent::Refused { leg, why: Refusal::Unsecured }, around);
        }
    }

    pub(super) fn shake<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        // One that was set earlier and is not the earliest any more.
        if leg.shake_timer.is_none_or(|due| due > around.now) {
            return;
        }
        leg.shake_timer = None;
        if let Some(browser) = &mut leg.browser {
            browser.handle_timeout(around.now);
            self.serve(at, around);
        }
    }
}
