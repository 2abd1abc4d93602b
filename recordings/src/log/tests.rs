use super::*;
use crate::read::{Found, Reader};
use crate::testing::{START, Taken, a_call, after, leg, mark, opening, recording_key, talkers};
use bytes::Bytes;
use proptest::prelude::*;
use ringdesk_voice::{Coding, Track};

/// Everything a log holds, by reading it back.
fn entries(taken: &Taken, key: &LogKey) -> Vec<Entry> {
    let bytes = taken.bytes();
    let mut reader = Reader::new(key, &bytes[..]);
    let mut entries = Vec::new();
    while let Some(found) = reader.next().unwrap() {
        match found {
            Found::Block(block) => entries.extend(block.entries),
            Found::Fault(fault) => panic!("{fault:?}"),
        }
    }
    entries
}

fn arrivals(entries: &[Entry]) -> Vec<i64> {
    let arrived = |e: &Entry| match e {
        Entry::Packet(p) => Some((p.arrived.0 - START.0) / 1_000),
        _ => None,
    };
    entries.iter().filter_map(arrived).collect()
}

#[test]
fn what_goes_in_comes_back_in_blocks_of_less_than_a_second() {
    let key = recording_key(1);
    let taken = a_call(&key, Duration::from_secs(5));
    assert_eq!(taken.blocks.len(), 7, "six of 0.8 s, and the last");
    let read = entries(&taken, &key.log());
    assert_eq!(read[0], Entry::Opened(opening()));
    let (mut left, mut right) = talkers();
    let packets: Vec<&Packet> =
        read.iter().filter_map(|e| if let Entry::Packet(p) = e { Some(p) } else { None }).collect();
    assert_eq!(packets.len(), 500);
    for (i, pair) in packets.chunks(2).enumerate() {
        let at = after(i as i64 * 20);
        for (packet, talker) in pair.iter().zip([&mut left, &mut right]) {
            let p = (*packet).clone();
            let heard = Tapped::Packet {
                track: p.track,
                arrived: p.arrived,
                ssrc: p.ssrc,
                sequence: p.sequence,
                timestamp: p.timestamp,
                coding: p.coding,
                payload: p.payload,
            };
            assert_eq!(heard, talker.say(at));
        }
    }
    let summary = taken.summary.unwrap();
    assert_eq!((summary.duration_ms, summary.blocks), (5_000, 7));
    assert_eq!(summary.gaps, []);
    let [left, right] = summary.totals.tracks[..] else { panic!("{:?}", summary.totals) };
    assert_eq!((left.packets, left.bytes, left.lost, left.last), (250, 40_000, 0, after(4_980)));
    assert_eq!((right.packets, right.bytes, right.lost), (250, 40_000, 0));
    assert_eq!(read.last(), Some(&Entry::Totals(summary.totals)));
}

/// Rows: V11
#[test]
fn a_pause_leaves_no_byte_of_what_was_said_in_it() {
    for (begin, end) in [(Mark::Pause, Mark::Resume), (Mark::Mask, Mark::Unmask)] {
        let (key, mut both) = (recording_key(1), talkers());
        let mut taken = Taken::start(&key);
        taken.talk(&mut both, 0, 1_500);
        // The order comes 100 ms late, and counts from its instant nevertheless.
        taken.put(after(1_490), mark(1_390, begin));
        let sealed = taken.blocks.len();
        taken.talk(&mut both, 1_500, 3_000);
        taken.mark(3_000, end);
        taken.talk(&mut both, 3_000, 4_000);
        let summary = taken.end(4_000);
        let heard = arrivals(&entries(&taken, &key.log()));
        assert!(heard.iter().all(|ms| *ms < 1_390 || *ms >= 3_000), "{begin:?}");
        assert_eq!(heard.len(), 2 * (70 + 50));
        assert!(sealed >= 2, "what was heard before is sealed at once");
        let reason = if begin == Mark::Pause { GapReason::Pause } else { GapReason::Mask };
        assert_eq!(summary.gaps, [Gap { from_ms: 1_390, to_ms: 3_000, reason, side: GapSide::Both }]);
        assert_eq!(summary.totals.tracks[0].lost, 0, "what is not kept is not lost");
    }
}

#[test]
fn a_packet_that_comes_late_out_of_a_pause_is_not_kept_either() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    taken.mark(100, Mark::Mask);
    taken.mark(500, Mark::Unmask);
    taken.put(after(520), Input::Heard(both.0.say(after(499))));
    taken.put(after(520), Input::Heard(both.0.say(after(500))));
    taken.end(600);
    assert_eq!(arrivals(&entries(&taken, &key.log())), [500]);
}

#[test]
fn a_pause_ends_by_itself() {
    let key = recording_key(1);
    let mut taken = Taken::start(&key);
    let until = Some(after(30_000));
    let Input::Mark { marked, .. } = mark(1_000, Mark::Mask) else { unreachable!() };
    taken.put(after(1_000), Input::Mark { marked: marked.clone(), until });
    taken.mark(2_000, Mark::Pause);
    taken.tick(after(30_000));
    assert_eq!(taken.resumed.len(), 1);
    assert_eq!((taken.resumed[0].mark, taken.resumed[0].at), (Mark::Unmask, after(30_000)));
    taken.tick(after(602_000));
    assert_eq!((taken.resumed[1].mark, taken.resumed[1].at), (Mark::Resume, after(602_000)));
    // An end ends a pause too, and nobody's order can make one that is longer than allowed.
    let marked = Marked { at: after(610_000), ..marked };
    taken.put(after(610_000), Input::Mark { marked, until: Some(Timestamp(i64::MAX)) });
    let summary = taken.end(620_000);
    assert_eq!(summary.gaps.len(), 3, "{:?}", summary.gaps);
    let until = |reason| summary.gaps.iter().filter(|g| g.reason == reason).map(|g| g.to_ms).max();
    assert_eq!(until(GapReason::Pause), Some(602_000));
}

#[test]
fn a_silent_call_still_writes_that_it_lives() {
    let key = recording_key(1);
    let mut taken = Taken::start(&key);
    for ms in (0..10_000).step_by(50) {
        taken.tick(after(ms));
    }
    assert_eq!(taken.blocks.len(), 12);
    assert!(taken.bytes().len() < 12 * 200);
    assert_eq!(taken.log.poll_timeout(), Some((after(10_400), "the block is full of time")));
    taken.end(10_000);
    assert_eq!(taken.log.poll_timeout(), None);
    taken.tick(after(20_000));
    taken.put(after(20_000), Input::Heard(talkers().0.say(after(20_000))));
    assert_eq!(taken.blocks.len(), 13, "nothing after the end");
}

#[test]
fn what_found_no_room_is_a_gap_and_a_count() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    taken.talk(&mut both, 0, 500);
    let dropped = Dropped { from: after(500), to: after(700), packets: 20, reason: GapReason::RecorderBehind };
    taken.put(after(700), Input::Dropped(dropped));
    let Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, .. } = both.0.say(after(700)) else {
        panic!()
    };
    let payload = Bytes::from(vec![0; 9_000]);
    let huge = Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, payload };
    taken.put(after(700), Input::Heard(huge));
    let summary = taken.end(800);
    let gap = |from_ms, to_ms, reason| Gap { from_ms, to_ms, reason, side: GapSide::Both };
    assert_eq!(summary.gaps, [gap(500, 700, GapReason::RecorderBehind), gap(700, 720, GapReason::Unreadable)]);
    assert_eq!(summary.totals.dropped, 21);
    let kept: Vec<Entry> = entries(&taken, &key.log());
    assert!(kept.contains(&Entry::Dropped(dropped)));
}

#[test]
fn no_plain_byte_of_the_call_stands_in_the_log() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    let marker = b"PLAIN-MARKER-OF-WHAT-WAS-SAID";
    for ms in (0..3_000).step_by(20) {
        let Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, .. } = both.0.say(after(ms)) else {
            panic!()
        };
        let payload = Bytes::from(marker.repeat(5));
        let heard = Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, payload };
        taken.put(after(ms), Input::Heard(heard));
    }
    taken.mark(3_000, Mark::Mask);
    taken.end(3_100);
    let bytes = taken.bytes();
    for plain in [&marker[..8], b"user:1", b"card_number", leg(0).0.as_bytes()] {
        assert!(!bytes.windows(plain.len()).any(|w| w == plain), "{plain:?}");
    }
    assert!(bytes.windows(16).any(|w| w == key.recording().0.as_bytes()), "the recording's own name does");
}

#[test]
fn two_recordings_of_the_same_sound_have_nothing_in_common() {
    let (a, b) = (a_call(&recording_key(1), Duration::from_secs(1)), a_call(&recording_key(2), Duration::from_secs(1)));
    let bodies = |t: &Taken| t.blocks.iter().flat_map(|b| b[48..].to_vec()).collect::<Vec<u8>>();
    let (a, b) = (bodies(&a), bodies(&b));
    assert!(!a.windows(8).step_by(8).any(|w| b.windows(8).any(|v| v == w)));
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let time = || (-1_000_000_000_000i64..1_000_000_000_000).prop_map(|t| Timestamp(START.0 + t));
    let legs = || (0u64..3).prop_map(leg);
    let coding = prop_oneof![Just(Coding::Pcmu), Just(Coding::Pcma), Just(Coding::G722), Just(Coding::Opus)];
    let track = prop_oneof![legs().prop_map(Track::Leg), legs().prop_map(Track::Player)];
    let payload = proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from);
    let packet = (track, time(), any::<u32>(), any::<u16>(), any::<u32>(), coding, payload).prop_map(
        |(track, arrived, ssrc, sequence, timestamp, coding, payload)| {
            Entry::Packet(Packet { track, arrived, ssrc: ssrc % 90, sequence, timestamp, coding, payload })
        },
    );
    let what = prop_oneof![
        Just(Mark::Pause),
        Just(Mark::Unmask),
        Just(Mark::Announcement),
        Just(Mark::MessageBegins),
        Just(Mark::MessageEnds),
        legs().prop_map(Mark::Hold),
        legs().prop_map(|l| Mark::Joined(l, Side::Caller)),
        legs().prop_map(|l| Mark::Joined(l, Side::Other)),
    ];
    let marked = (time(), what, "[a-z一-龟]{0,20}", "[a-z]{0,20}")
        .prop_map(|(at, mark, by, reason)| Entry::Mark(Marked { at, mark, by, reason }));
    let dropped = (time(), time(), any::<u64>(), any::<bool>()).prop_map(|(from, to, packets, unreadable)| {
        let reason = if unreadable { GapReason::Unreadable } else { GapReason::RecorderBehind };
        Entry::Dropped(Dropped { from, to, packets, reason })
    });
    let ended = (legs(), time()).prop_map(|(leg, at)| Entry::Ended { leg, at });
    prop_oneof![8 => packet, 1 => marked, 1 => dropped, 1 => ended]
}

proptest! {
    #[test]
    fn every_block_says_what_was_put_in(entries in proptest::collection::vec(any_entry(), 0..150)) {
        let mut out = Vec::new();
        entry::encode(&entries, START, &mut out);
        prop_assert_eq!(entry::decode(&Bytes::from(out), START), Some(entries));
    }

    #[test]
    fn rubbish_in_a_block_is_refused_quietly(rubbish in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = entry::decode(&Bytes::from(rubbish), START);
    }
}
