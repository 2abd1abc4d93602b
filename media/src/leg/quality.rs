//! How a leg sounded: the E-model for narrow-band (ITU-T G.107, parameters of G.113 for G.711) and for wideband (G.107.1).

use crate::codec::Codec;

/// What a codec costs by itself, and how well it bears loss (G.113), on a scale that ends at `best`.
struct Impairment {
    best: f32,
    equipment: f32,
    robustness: f32,
}

impl Impairment {
    fn of(codec: Codec) -> Impairment {
        match codec {
            // With the concealment every telephone has (G.113 Appendix I).
            Codec::Pcmu | Codec::Pcma => Impairment { best: 93.2, equipment: 0.0, robustness: 25.1 },
            // At 64 kbit/s (G.113 Appendix IV).
            Codec::G722 => Impairment { best: 129.0, equipment: 13.0, robustness: 13.0 },
            // No recommendation has Opus: an estimate, after listening tests at 24 kbit/s with correction of single losses.
            Codec::Opus => Impairment { best: 129.0, equipment: 8.0, robustness: 20.0 },
        }
    }
}

/// MOS from loss (0..1), jitter and round trip. Without a round trip it is a listening score: delay is unknown.
pub(crate) fn mos(codec: Codec, loss: f32, jitter_ms: f32, rtt_ms: Option<f32>, packet_ms: f32) -> f32 {
    let Impairment { best, equipment, robustness } = Impairment::of(codec);
    let percent = (loss * 100.0).clamp(0.0, 100.0);
    let impairment = equipment + (95.0 - equipment) * percent / (percent + robustness);
    // A telephone's buffer holds about twice the jitter, within what one usually allows.
    let delay = rtt_ms.map_or(0.0, |rtt| rtt / 2.0 + packet_ms + (2.0 * jitter_ms).clamp(20.0, 200.0));
    let delay_impairment = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    // Both scales end at the same opinion (G.107.1 §7.5: R = 1.29 Rx).
    let scale = if codec.is_wide() { 1.29 } else { 1.0 };
    let r = ((best - delay_impairment - impairment) / scale).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S4.4
    #[test]
    fn known_points_of_the_e_model() {
        // (codec, loss, jitter, round trip, MOS)
        for (codec, loss, jitter, rtt, expected) in [
            (Codec::Pcmu, 0.0, 0.0, None, 4.41),
            (Codec::Pcma, 0.01, 2.0, Some(40.0), 4.29),
            (Codec::Pcmu, 0.05, 5.0, Some(100.0), 3.83),
            (Codec::Pcmu, 0.2, 5.0, None, 2.63),
            (Codec::Pcmu, 0.0, 0.0, Some(800.0), 2.77),
            (Codec::Pcmu, 1.0, 0.0, None, 1.18),
            // R = 116 of 129.
            (Codec::G722, 0.0, 0.0, None, 4.33),
            (Codec::Opus, 0.0, 0.0, None, 4.43),
        ] {
            let got = mos(codec, loss, jitter, rtt, 20.0);
            assert!((got - expected).abs() < 0.02, "{codec:?} {loss} {jitter} {rtt:?}: {got}");
        }
    }

    #[test]
    fn opus_bears_loss_better_than_g722() {
        let at = |codec, loss| mos(codec, loss, 0.0, None, 20.0);
        assert!(at(Codec::Opus, 0.05) > at(Codec::G722, 0.05) + 0.3);
        for codec in Codec::ALL {
            assert!((0..100).all(|n| at(codec, n as f32 / 100.0) >= at(codec, (n + 1) as f32 / 100.0)), "{codec:?}");
        }
    }
}
