use super::*;
use crate::testing::{a_call, recording_key};
use crate::verify::{Expected, verify};
use proptest::prelude::*;
use std::time::Duration;

fn faults(key: &LogKey, bytes: &[u8]) -> Vec<Fault> {
    verify(key, bytes, None).unwrap().faults
}

#[test]
fn an_untouched_log_is_intact() {
    let key = recording_key(1);
    let taken = a_call(&key, Duration::from_millis(4_500));
    let summary = taken.summary.clone().unwrap();
    let verdict = verify(&key.log(), &taken.bytes()[..], None).unwrap();
    assert!(verdict.intact);
    assert_eq!((verdict.ending, verdict.blocks, verdict.faults), (Ending::Closed, summary.blocks, vec![]));
    assert_eq!((verdict.chain_head, verdict.duration_ms), (summary.chain_head, 4_500));
    assert_eq!(verdict.totals, Some(summary.totals));
    assert_eq!(verdict.bytes, taken.bytes().len() as u64);
}

#[test]
fn each_kind_of_meddling_has_its_name_and_place() {
    let key = recording_key(1);
    let blocks = a_call(&key, Duration::from_millis(4_500)).blocks;
    let last = blocks.len() - 1;
    let of = |order: &[usize]| order.iter().flat_map(|i| blocks[*i].clone()).collect::<Vec<u8>>();
    let log = key.log();
    let first_cut = |n: usize| faults(&log, &of(&(n..=last).collect::<Vec<_>>()));
    assert_eq!(first_cut(1), [Fault::Missing { first: 0, last: 0 }]);
    assert_eq!(faults(&log, &of(&[0, 1, 4, 5])), [Fault::Missing { first: 2, last: 3 }]);
    assert_eq!(faults(&log, &of(&[0, 2, 1, 3, 4, 5])).len(), 2, "swapped");
    assert_eq!(faults(&log, &of(&[0, 1, 1, 2, 3, 4, 5])), [Fault::Misplaced { block: 1, expected: 2 }]);
    let mut inserted = of(&[0, 1]);
    inserted.extend(b"something else");
    inserted.extend(of(&[2, 3, 4, 5]));
    assert_eq!(faults(&log, &inserted), [Fault::Inserted { before: 2 }]);
    let mut trailing = of(&[0, 1, 2, 3, 4, 5]);
    trailing.extend(b"more");
    assert_eq!(faults(&log, &trailing), [Fault::Trailing { bytes: 4 }]);
    assert_eq!(faults(&log, b""), [Fault::Empty]);
    let mut renamed = of(&[0, 1, 2, 3, 4, 5]);
    renamed[8] ^= 1;
    assert_eq!(faults(&log, &renamed), [Fault::Altered { first: 0, last: 0 }], "the first block's own name");
    let other = recording_key(2);
    let recording = key.recording();
    assert_eq!(faults(&other.log(), &of(&[0, 1])), [Fault::OtherRecording { recording }]);
    // The same recording's name, and another key.
    let again = recording_key(1);
    assert_eq!(faults(&again.log(), &of(&[0, 1, 2, 3, 4, 5])), [Fault::NothingOpens]);
}

#[test]
fn a_cut_end_is_known_from_what_was_stored() {
    let key = recording_key(1);
    let taken = a_call(&key, Duration::from_millis(4_500));
    let bytes = taken.bytes();
    let whole = verify(&key.log(), &bytes[..], None).unwrap();
    let expected = Expected { sha256: whole.sha256, chain_head: whole.chain_head };
    assert_eq!(verify(&key.log(), &bytes[..], Some(&expected)).unwrap().as_stored, Some(true));
    let cut = taken.blocks[..3].concat();
    let verdict = verify(&key.log(), &cut[..], Some(&expected)).unwrap();
    assert_eq!((verdict.as_stored, verdict.intact, verdict.ending), (Some(false), false, Ending::BrokenOff));
    assert!(verify(&key.log(), &cut[..], None).unwrap().intact, "alone it looks like a crash");
}

#[test]
fn cut_at_every_length_it_reads_to_the_last_whole_block() {
    let key = recording_key(1);
    let taken = a_call(&key, Duration::from_millis(900));
    let bytes = taken.bytes();
    let log = key.log();
    let mut ends = vec![0];
    ends.extend(taken.blocks.iter().scan(0, |end, b| {
        *end += b.len();
        Some(*end)
    }));
    for length in 0..bytes.len() {
        let verdict = verify(&log, &bytes[..length], None).unwrap();
        let whole = ends.iter().filter(|e| **e <= length).count() - 1;
        assert_eq!(verdict.blocks as usize, whole, "cut at {length}");
        assert_eq!(verdict.ending, Ending::BrokenOff);
        let torn = (length - ends[whole]) as u64;
        let expected = match (whole, torn) {
            (0, 0) => vec![Fault::Empty],
            (_, 0) => vec![],
            _ => vec![Fault::Torn { block: whole as u32, bytes: torn }],
        };
        assert_eq!(verdict.faults, expected, "cut at {length}");
    }
}

proptest! {
    /// Rows: S4.8
    #[test]
    fn every_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let key = recording_key(1);
        let taken = a_call(&key, Duration::from_secs(3));
        let mut bytes = taken.bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let mut block = 0;
        let mut end = 0;
        for (i, b) in taken.blocks.iter().enumerate() {
            end += b.len();
            if at < end {
                block = i as u32;
                break;
            }
        }
        let verdict = verify(&key.log(), &bytes[..], None).unwrap();
        // The last block with a spoilt length looks torn; what was stored when it ended tells.
        let last = block + 1 == taken.blocks.len() as u32;
        let found = |f: &Fault| match f {
            Fault::Altered { first, last } => (*first..=*last).contains(&block),
            Fault::Torn { block: torn, .. } => last && *torn == block,
            _ => false,
        };
        prop_assert!(verdict.faults.iter().any(found), "byte {} of block {}: {:?}", at, block, verdict.faults);
        prop_assert_eq!(verdict.ending, if last { Ending::BrokenOff } else { Ending::Closed });
        prop_assert_eq!(verdict.blocks as usize, taken.blocks.len() - 1, "the others still open");
        let summary = taken.summary.unwrap();
        let expected = Expected { sha256: [0; 32], chain_head: summary.chain_head };
        prop_assert!(!verify(&key.log(), &bytes[..], Some(&expected)).unwrap().intact);
        if !last {
            prop_assert!(!verdict.intact);
        }
    }

    #[test]
    fn every_removed_run_of_blocks_is_found(from in 0usize..6, many in 1usize..6) {
        let key = recording_key(1);
        let mut blocks = a_call(&key, Duration::from_millis(4_500)).blocks;
        let to = (from + many).min(blocks.len() - 1);
        if from < to {
            blocks.drain(from..to);
            let verdict = verify(&key.log(), &blocks.concat()[..], None).unwrap();
            prop_assert_eq!(verdict.faults, vec![Fault::Missing { first: from as u32, last: to as u32 - 1 }]);
            prop_assert!(!verdict.intact);
        }
    }

    #[test]
    fn rubbish_never_ends_badly(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), cut in any::<prop::sample::Index>()) {
        let key = recording_key(1);
        let mut log = a_call(&key, Duration::from_secs(1)).bytes();
        log.truncate(cut.index(log.len()));
        log.extend(bytes);
        let _ = verify(&key.log(), &log[..], None).unwrap();
    }
}
