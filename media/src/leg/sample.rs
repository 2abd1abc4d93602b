//! Figures of a leg: of the whole of it, and of its last seconds.

use super::Leg;
use super::quality::mos;
use ringdesk_model::Timestamp;
use ringdesk_voice::LegQuality;
use std::time::Duration;

/// After so long without a packet from who should speak, the sound goes one way only.
const ONE_WAY: Duration = Duration::from_secs(5);
/// Fewer packets than these say nothing about seconds.
const ENOUGH: u64 = 50;

/// What was counted at the last sample, and what came of the samples.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    expected: u64,
    received: u64,
    sent: u64,
    pub(crate) lowest: Option<f32>,
    pub(crate) latest: Option<f32>,
    pub(crate) one_way: bool,
}

impl Leg {
    /// From its opening until now.
    pub(crate) fn quality(&self) -> LegQuality {
        let figures = &self.inflow.figures;
        let quality = self.figures((figures.expected(), figures.received), self.outflow.packets);
        LegQuality { remote_loss: self.reports.remote_loss, lowest_mos: self.samples.lowest, ..quality }
    }

    /// Since the last one; and whether nothing arrives, though it should.
    pub(crate) fn sample(&mut self, now: Timestamp) -> (LegQuality, bool) {
        let figures = &self.inflow.figures;
        let (expected, received, sent) = (figures.expected(), figures.received, self.outflow.packets);
        let before = &self.samples;
        let since = (expected.saturating_sub(before.expected), received.saturating_sub(before.received));
        let quality = self.figures(since, sent.saturating_sub(before.sent));
        let quality = LegQuality { remote_loss: self.reports.latest_loss, ..quality };
        let one_way = self.expects_sound() && now.since(self.heard) >= ONE_WAY;
        let samples = &mut self.samples;
        (samples.expected, samples.received, samples.sent) = (expected, received, sent);
        samples.one_way = one_way;
        samples.latest = quality.mos;
        if since.0 >= ENOUGH {
            samples.lowest = [samples.lowest, quality.mos].into_iter().flatten().reduce(f32::min);
        }
        (quality, one_way)
    }

    fn figures(&self, (expected, received): (u64, u64), sent: u64) -> LegQuality {
        let lost = expected.saturating_sub(received);
        let loss = if expected == 0 { 0.0 } else { lost as f32 / expected as f32 };
        let packet_ms = self.remote.as_ref().map_or(20, |r| r.ptime) as f32;
        let (jitter_ms, rtt_ms) = (self.inflow.figures.jitter_ms(), self.reports.rtt_ms);
        LegQuality {
            codec: self.remote.as_ref().map(|r| r.send.codec.name().to_owned()),
            received_packets: received,
            sent_packets: sent,
            lost_packets: lost,
            jitter_ms,
            remote_loss: None,
            rtt_ms,
            mos: (received > 0).then(|| mos(self.speaks(), loss, jitter_ms, rtt_ms, packet_ms)),
            lowest_mos: None,
        }
    }
}
