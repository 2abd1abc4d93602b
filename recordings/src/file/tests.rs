use super::*;
use crate::testing::recording_key;
use proptest::prelude::*;
use std::io::Cursor;

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

fn sealed(key: &RecordingKey, plain: &[u8]) -> Vec<u8> {
    let mut writer = SealedWriter::new(key, Vec::new()).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

#[test]
fn it_reads_as_the_plain_file_would() {
    let key = recording_key(1);
    for length in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 17] {
        let plain = plain(length);
        let bytes = sealed(&key, &plain);
        assert!(length < 64 || !bytes.windows(32).any(|w| w == &plain[..32]));
        let mut file = SealedFile::open(&key, Cursor::new(bytes)).unwrap();
        assert_eq!(file.length(), length as u64);
        let mut all = Vec::new();
        file.read_to_end(&mut all).unwrap();
        assert!(all == plain, "{length}");
        assert_eq!(file.read_at(length as u64 + 5, 10).unwrap(), b"");
        file.seek(SeekFrom::End(-(length.min(9) as i64))).unwrap();
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, &plain[length - length.min(9)..]);
        assert!(file.seek(SeekFrom::Current(-1_000_000)).is_err());
    }
}

#[test]
fn what_was_cut_off_or_moved_does_not_open() {
    let key = recording_key(1);
    let bytes = sealed(&key, &plain(3 * SEGMENT + 100));
    let open = |bytes: Vec<u8>| SealedFile::open(&key, Cursor::new(bytes));
    let segment = SEGMENT + TAG;
    for length in
        [0, 10, HEADER, HEADER + 5, HEADER + segment, HEADER + 2 * segment, HEADER + 3 * segment + 7, bytes.len() - 1]
    {
        assert!(matches!(open(bytes[..length].to_vec()), Err(FileError::Altered)), "cut at {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(open(longer).is_err());
    let mut swapped = bytes.clone();
    swapped[HEADER..HEADER + segment].copy_from_slice(&bytes[HEADER + segment..HEADER + 2 * segment]);
    let mut file = open(swapped).unwrap();
    assert!(matches!(file.read_at(0, 10), Err(FileError::Altered)));
    assert_eq!(
        file.read_at(SEGMENT as u64, 10).unwrap(),
        plain(SEGMENT + 10)[SEGMENT..],
        "the others are what they were"
    );
    assert!(SealedFile::open(&recording_key(2), Cursor::new(bytes.clone())).is_err(), "another recording's key");
    // Written and never finished.
    let mut writer = SealedWriter::new(&key, Vec::new()).unwrap();
    writer.write_all(&plain(2 * SEGMENT)).unwrap();
    assert!(open(writer.to).is_err());
    // Two files of one recording have no key in common.
    assert_ne!(sealed(&key, b"the same"), sealed(&key, b"the same"));
}

proptest! {
    #[test]
    fn any_range_is_what_the_plain_file_has_there(length in 0usize..200_000, from in 0u64..220_000, many in 0usize..150_000) {
        let key = recording_key(1);
        let plain = plain(length);
        let mut file = SealedFile::open(&key, Cursor::new(sealed(&key, &plain))).unwrap();
        let start = (from as usize).min(length);
        let end = (start + many).min(length);
        prop_assert!(file.read_at(from, many).unwrap() == plain[start..end]);
    }

    #[test]
    fn every_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let key = recording_key(1);
        let mut bytes = sealed(&key, &plain(SEGMENT + 500));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let mut all = Vec::new();
        let read = SealedFile::open(&key, Cursor::new(bytes)).map(|mut f| f.read_to_end(&mut all));
        prop_assert!(!matches!(read, Ok(Ok(_))), "byte {}", at);
    }
}
