//! Tables of the RTP parts. The whole of them under random routes: `call/tests.rs`.

use super::inflow::{Arrival, Inflow};
use super::latch::Latch;
use super::outflow::{Outflow, Source};
use super::packet::{Event, Header, is_rtcp, parse};
use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;
use std::net::SocketAddr;
use std::time::Duration;
use uuid::Uuid;

const T0: Timestamp = Timestamp(1_000_000_000);

fn ms(ms: u64) -> Timestamp {
    T0 + Duration::from_millis(ms)
}

#[test]
fn headers_with_everything_in_them() {
    let header = Header { marker: true, payload_type: 8, seq: 0xfffe, timestamp: 0x0102_0304, ssrc: 0xdead_beef };
    let mut packet = vec![0u8; 12];
    header.write(&mut packet);
    packet.extend([7; 160]);
    assert_eq!(parse(&packet), Some((header, 12..172)));
    // Two CSRCs, an extension of one word, three bytes of padding.
    let mut full = packet[..12].to_vec();
    full[0] = 0x80 | 0x20 | 0x10 | 2;
    full.extend([0; 8]);
    full.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    full.extend([7; 10]);
    full.extend([0, 0, 3]);
    assert_eq!(parse(&full), Some((header, 28..38)));
    for cut in 0..full.len() {
        // Whatever is cut off, nothing is read that is not there.
        if let Some((_, payload)) = parse(&full[..cut]) {
            assert!(payload.start >= 12 && payload.end <= cut);
        }
    }
    full[37 + 3] = 200;
    assert_eq!(parse(&full), None, "padding longer than the packet");
    packet[0] = 0x40;
    assert_eq!(parse(&packet), None, "another version");
    assert!(is_rtcp(&[0x80, 200, 0, 1, 0, 0, 0, 0]) && !is_rtcp(&[0x80, 0x80, 0, 1, 0, 0, 0, 0]));
}

#[test]
fn events_round_trip() {
    let event = Event { code: 11, end: true, volume: 10, duration: 1600 };
    assert_eq!(Event::parse(&event.write()), Some(event));
    assert_eq!(Event::parse(&[1, 2, 3]), None);
}

#[test]
fn numbers_wrap_and_losses_are_counted() {
    let mut inflow = Inflow::default();
    let mut fresh = 0;
    for n in (65_500u32..65_700).filter(|n| n % 10 != 0) {
        assert!(matches!(inflow.arrive(1, n as u16, T0), Arrival::Fresh(_)));
        fresh += 1;
    }
    // 65,500 itself never arrived, so the count begins at 65,501.
    assert_eq!((inflow.figures.received, inflow.figures.expected(), inflow.figures.lost()), (fresh, 199, 19));
    assert_eq!(inflow.figures.fraction_lost(), (19 * 256 / 199) as u8);
    assert_eq!(inflow.figures.fraction_lost(), 0);
    assert_eq!(inflow.figures.highest(), 65_699);
}

#[test]
fn duplicates_stragglers_and_restarts() {
    let mut inflow = Inflow::default();
    let mut arrive = |ssrc, seq, at| inflow.arrive(ssrc, seq, ms(at));
    let base = 0x1_0000;
    assert_eq!(arrive(1, 100, 0), Arrival::Fresh(base + 100));
    assert_eq!(arrive(1, 103, 0), Arrival::Fresh(base + 103));
    assert_eq!(arrive(1, 101, 0), Arrival::Fresh(base + 101));
    assert_eq!(arrive(1, 101, 0), Arrival::Duplicate);
    assert_eq!(arrive(1, 103, 0), Arrival::Duplicate);
    assert_eq!(arrive(1, 20, 0), Arrival::Late);
    // A jump is believed when the next number follows it.
    assert_eq!(arrive(1, 30_000, 10), Arrival::Doubtful);
    assert_eq!(arrive(1, 104, 10), Arrival::Fresh(base + 104));
    assert_eq!(arrive(1, 40_000, 10), Arrival::Doubtful);
    assert_eq!(arrive(1, 40_001, 10), Arrival::Fresh(base + 40_001));
    // A new stream, and what is left of the old one.
    assert_eq!(arrive(2, 7, 20), Arrival::Fresh(base + 7));
    assert_eq!(arrive(1, 40_002, 30), Arrival::Late);
    // It comes back after the new one ended.
    assert_eq!(arrive(1, 40_100, 1000), Arrival::Fresh(base + 40_100));
    assert_eq!(inflow.epoch(), 4);
}

#[test]
fn jitter_of_a_known_pattern() {
    let mut inflow = Inflow::default();
    // Every second packet is 10 ms late: |D| is 10 ms each time, and the average runs there.
    for n in 0..2000u64 {
        inflow.figures.timestamp(n as u32 * 160, ms(n * 20 + if n % 2 == 1 { 10 } else { 0 }));
    }
    assert!((inflow.figures.jitter_ms() - 10.0).abs() < 0.2, "{}", inflow.figures.jitter_ms());
}

#[test]
fn a_switch_goes_on_by_the_clock_on_the_wall() {
    let leg = |n| Source::Leg(LegId(Uuid::from_u128(n)), 0);
    let mut out = Outflow::new(9, 0xffff, 0xffff_ff00);
    let first = out.follow(leg(1), 500, 10_000, 160, false, ms(0)).unwrap();
    assert_eq!((first.seq, first.timestamp, first.marker), (0, 0xffff_ff00, true));
    let lossy = out.follow(leg(1), 503, 10_480, 160, false, ms(60)).unwrap();
    assert_eq!((lossy.seq, lossy.timestamp, lossy.marker), (3, 0xffff_ff00u32.wrapping_add(480), false));
    // 200 ms of nothing, then another source.
    let other = out.follow(leg(2), 77, 5, 160, false, ms(260)).unwrap();
    assert_eq!((other.seq, other.timestamp, other.marker), (4, lossy.timestamp.wrapping_add(1600), true));
    // What was on its way from before the switch does not fit any more.
    assert_eq!(out.follow(leg(2), 76, 0, 160, false, ms(261)), None);
    // Its clock falls back: ours does not.
    let fallen = out.follow(leg(2), 78, 1_000_000, 160, false, ms(280)).unwrap();
    let again = out.follow(leg(2), 79, 10, 160, false, ms(300)).unwrap();
    assert_eq!((again.seq, again.marker), (fallen.seq + 1, true));
    assert_eq!(again.timestamp.wrapping_sub(fallen.timestamp), 160);
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

#[test]
fn the_described_address_is_believed_at_once_and_others_are_not() {
    let mut latch = Latch::default();
    latch.describe(Some(address(1)));
    assert_eq!(latch.address(), Some(address(1)));
    assert!(latch.accept(address(1), 7, ms(0)));
    for n in 0..20 {
        assert!(!latch.accept(address(666), 7, ms(n * 20)), "while the right one works");
        assert!(latch.accept(address(1), 7, ms(n * 20)));
    }
    // Silent for two seconds: another stream may not take over, the same one may.
    for n in 0..20 {
        assert!(!latch.accept(address(666), 8, ms(2500 + n)));
    }
    for n in 1..8 {
        assert!(!latch.accept(address(2), 7, ms(2600 + n)), "{n}");
    }
    assert!(latch.accept(address(2), 7, ms(2610)));
    assert_eq!(latch.address(), Some(address(2)));
    // The described address works again.
    assert!(latch.accept(address(1), 7, ms(2620)));
    assert_eq!(latch.address(), Some(address(1)));
}

#[test]
fn an_undescribed_address_is_learned_by_four_in_a_row() {
    let mut latch = Latch::default();
    latch.describe(Some(address(1)));
    assert!(!latch.accept(address(2), 7, ms(0)));
    assert!(!latch.accept(address(2), 7, ms(1)));
    assert!(!latch.accept(address(3), 7, ms(2)), "another address begins anew");
    assert!(!latch.accept(address(2), 8, ms(3)));
    for _ in 0..2 {
        assert!(!latch.accept(address(2), 8, ms(4)));
    }
    assert!(latch.accept(address(2), 8, ms(5)));
    assert_eq!(latch.address(), Some(address(2)));
    // The same description again keeps what was learned; a new one does not.
    latch.describe(Some(address(1)));
    assert_eq!(latch.address(), Some(address(2)));
    latch.describe(Some(address(9)));
    assert_eq!(latch.address(), Some(address(9)));
    assert!(!latch.accept(address(2), 8, ms(6)));
}

/// Whoever is faster than a telephone behind NAT is believed first; the described host's own packets take its place.
#[test]
fn the_described_host_takes_its_place_back() {
    let thief = SocketAddr::from(([203, 0, 113, 66], 4000));
    let mut latch = Latch::default();
    latch.describe(Some(address(1)));
    for n in 0..50 {
        latch.accept(thief, 66, ms(n));
    }
    assert_eq!(latch.address(), Some(thief));
    // Its NAT gave it another port than it described.
    let theirs = (0..4).filter(|n| latch.accept(address(7), 7, ms(100 + n))).count();
    assert_eq!((theirs, latch.address()), (1, Some(address(7))));
    for n in 0..50 {
        assert!(!latch.accept(thief, 66, ms(200 + n)));
        assert!(!latch.accept(address(8), 66, ms(200 + n)), "one port of the host is as good as the other");
        assert!(latch.accept(address(7), 7, ms(200 + n)));
    }
}

/// The telephone of the last call goes on talking, long after its call.
#[test]
fn the_stream_of_the_call_before_is_never_learned() {
    let (old, new) = (SocketAddr::from(([203, 0, 113, 66], 4000)), SocketAddr::from(([203, 0, 113, 9], 4000)));
    let mut latch = Latch::default();
    latch.beware(vec![(old, 7)]);
    latch.describe(Some(address(1)));
    for n in 0..500 {
        assert!(!latch.accept(old, 7, ms(n * 20)));
    }
    assert_eq!((latch.address(), latch.stream()), (Some(address(1)), None));
    // Interleaved with the new one it does not keep that from being learned.
    let heard = (0..8).filter(|n| latch.accept(old, 7, ms(10_000 + n)) | latch.accept(new, 9, ms(10_000 + n))).count();
    assert_eq!((heard, latch.stream()), (5, Some((new, 9))));
    // The same telephone in the next call has another stream, or is described.
    let mut latch = Latch::default();
    latch.beware(vec![(old, 7)]);
    latch.describe(Some(address(1)));
    assert_eq!((0..4).filter(|n| latch.accept(old, 8, ms(*n))).count(), 1);
    let mut latch = Latch::default();
    latch.beware(vec![(old, 7)]);
    latch.describe(Some(old));
    assert!(latch.accept(old, 7, ms(0)));
}
