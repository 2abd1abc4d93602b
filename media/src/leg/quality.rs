//! How a leg sounded: the E-model for narrow-band (ITU-T G.107, parameters of G.113 for G.711).

/// Robustness of G.711 with the concealment every telephone has (G.113 Appendix I).
const BPL: f32 = 25.1;

/// MOS from loss (0..1), jitter and round trip. Without a round trip it is a listening score: delay is unknown.
pub(crate) fn mos(loss: f32, jitter_ms: f32, rtt_ms: Option<f32>, packet_ms: f32) -> f32 {
    let percent = (loss * 100.0).clamp(0.0, 100.0);
    let impairment = 95.0 * percent / (percent + BPL);
    // A telephone's buffer holds about twice the jitter, within what one usually allows.
    let delay = rtt_ms.map_or(0.0, |rtt| rtt / 2.0 + packet_ms + (2.0 * jitter_ms).clamp(20.0, 200.0));
    let delay_impairment = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    let r = (93.2 - delay_impairment - impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::mos;

    #[test]
    fn known_points_of_the_e_model() {
        // (loss, jitter, round trip, MOS)
        for (loss, jitter, rtt, expected) in [
            (0.0, 0.0, None, 4.41),
            (0.01, 2.0, Some(40.0), 4.29),
            (0.05, 5.0, Some(100.0), 3.83),
            (0.2, 5.0, None, 2.63),
            (0.0, 0.0, Some(800.0), 2.77),
            (1.0, 0.0, None, 1.18),
        ] {
            let got = mos(loss, jitter, rtt, 20.0);
            assert!((got - expected).abs() < 0.01, "{loss} {jitter} {rtt:?}: {got}");
        }
    }
}
