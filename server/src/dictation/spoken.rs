//! Copied packets of one party, made one sound: in their order, each at its time, silence where one is missing.

use ringdesk_asr::listener::every_coding;
use ringdesk_audio::resample::resample;
use ringdesk_audio::{Clip, RATE};
use ringdesk_voice::{Coding, Tapped, Track};
use std::collections::BTreeMap;

/// A longer hole is a clock that has jumped, or a sender that was silent on purpose: so much of it is left.
const LONGEST_HOLE_MS: i64 = 5_000;

/// What one source sent, least sequence number first; numbers go on above 65,535.
struct Source {
    ssrc: u32,
    coding: Coding,
    newest: i64,
    packets: BTreeMap<i64, (u32, bytes::Bytes)>,
}

/// Everything that parties said, one source after the other.
pub(super) fn clip(packets: Vec<Tapped>) -> Clip {
    let mut sources: Vec<Source> = Vec::new();
    for tapped in packets {
        let Tapped::Packet { track: Track::Leg(_), ssrc, sequence, timestamp, coding, payload, .. } = tapped else {
            continue;
        };
        let same = sources.last().is_some_and(|source| (source.ssrc, source.coding) == (ssrc, coding));
        if !same {
            sources.push(Source { ssrc, coding, newest: i64::from(sequence), packets: BTreeMap::new() });
        }
        let source = sources.last_mut().expect("one was just put there");
        let step = sequence.wrapping_sub(source.newest as u16) as i16; // the shorter way round (RFC 3550 §A.1)
        let number = source.newest + i64::from(step);
        source.newest = source.newest.max(number);
        source.packets.entry(number).or_insert((timestamp, payload));
    }
    let mut all = Vec::new();
    for source in sources {
        all.extend(sound(source));
    }
    Clip::new(all)
}

fn sound(source: Source) -> Vec<i16> {
    let Some((rate, mut decode)) = every_coding(source.coding) else { return Vec::new() };
    let ticks = i64::from(source.coding.clock_rate());
    let (mut samples, mut ended) = (Vec::new(), None);
    for (timestamp, payload) in source.packets.into_values() {
        if let Some(ended) = ended {
            let hole = i64::from(timestamp.wrapping_sub(ended) as i32).clamp(0, LONGEST_HOLE_MS * ticks / 1_000);
            samples.resize(samples.len() + (hole * i64::from(rate) / ticks) as usize, 0);
        }
        let before = samples.len();
        decode(&payload, &mut samples);
        let lasted = (samples.len() - before) as i64 * ticks / i64::from(rate);
        ended = Some(timestamp.wrapping_add(lasted as u32));
    }
    resample(&samples, rate, RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::g711::ulaw_encode;
    use ringdesk_model::Timestamp;
    use ringdesk_voice::LegId;

    /// 20 ms of one level.
    fn packet(ssrc: u32, sequence: u16, timestamp: u32, level: i16) -> Tapped {
        Tapped::Packet {
            track: Track::Leg(LegId(uuid::Uuid::from_u128(1))),
            arrived: Timestamp(0),
            ssrc,
            sequence,
            timestamp,
            coding: Coding::Pcmu,
            payload: vec![ulaw_encode(level); 160].into(),
        }
    }

    /// The levels of each 20 ms, as thousands.
    fn levels(packets: Vec<Tapped>) -> Vec<i16> {
        clip(packets).samples().chunks(160).map(|part| (part[0] + 100) / 1_000).collect()
    }

    /// Rows: S13.3
    #[test]
    fn every_packet_has_its_place_once() {
        let start = u32::MAX - 159; // both the numbers and the clock begin anew on the way
        let of = |n: u16, level| packet(1, n.wrapping_sub(2), start.wrapping_add(u32::from(n) * 160), level);
        assert_eq!(levels(vec![of(0, 1_000), of(2, 3_000), of(1, 2_000), of(1, 2_000), of(3, 4_000)]), [1, 2, 3, 4]);
        assert_eq!(levels(vec![of(0, 1_000), of(3, 4_000)]), [1, 0, 0, 4], "what is lost is silence");
        let other = packet(2, 500, 77, 7_000);
        assert_eq!(levels(vec![of(0, 1_000), other]), [1, 7], "another source goes on where this one ended");
        let jumped = packet(1, 1, 99_999_999, 2_000);
        assert_eq!(levels(vec![packet(1, 0, 0, 1_000), jumped]).len(), 252, "a clock that jumps costs five seconds");
        assert!(clip(vec![]).is_empty());
    }
}
