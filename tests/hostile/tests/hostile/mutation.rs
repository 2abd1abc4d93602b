//! Damage: what a broken or hostile sender does to a message that was whole.

use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index),
    Delete(Index, Index),
    /// A piece of it once more, so many times.
    Repeat(Index, Index, u8),
    /// A piece of another one.
    Splice(Index, Index, Index, Index),
    Insert(Index, &'static [u8]),
}

/// Pieces that mean something to somebody.
const PIECES: [&[u8]; 24] = [
    b"\r\n\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n ",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b"@",
    b"%",
    b"%00",
    b":",
    b"\xff\xfe",
    b"\xf4\x8f\xbf\xbf",
    b"sip:",
    b"SIP/2.0",
    b"Content-Length: 4294967295\r\n",
    b"l: -1\r\n",
    b"Via: ",
    b"99999999999999999999",
];

/// Nothing grows beyond this.
const LARGEST: usize = 80_000;

pub(crate) fn mutations(most: usize) -> impl Strategy<Value = Vec<Mutation>> {
    let index = any::<Index>;
    let one = prop_oneof![
        3 => (index(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        1 => index().prop_map(Mutation::Cut),
        2 => (index(), index()).prop_map(|(from, to)| Mutation::Delete(from, to)),
        2 => (index(), index(), any::<u8>()).prop_map(|(from, to, times)| Mutation::Repeat(from, to, times)),
        2 => (index(), index(), index(), index()).prop_map(|(at, of, from, to)| Mutation::Splice(at, of, from, to)),
        4 => (index(), proptest::sample::select(PIECES.as_slice())).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
    ];
    proptest::collection::vec(one, 0..most)
}

/// `others`: where pieces are taken from.
pub(crate) fn damaged(whole: &[u8], mutations: &[Mutation], others: &[&[u8]]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for mutation in mutations {
        // One place more than there are bytes: the end.
        let at = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let span = |from: &Index, to: &Index, bytes: &[u8]| {
            let (from, to) = (at(from, bytes), at(to, bytes));
            from.min(to)..from.max(to)
        };
        match mutation {
            Mutation::Flip(index, bit) => {
                let place = at(index, &bytes);
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            Mutation::Set(index, value) => {
                let place = at(index, &bytes);
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = *value);
            }
            Mutation::Cut(index) => bytes.truncate(at(index, &bytes)),
            Mutation::Delete(from, to) => drop(bytes.drain(span(from, to, &bytes))),
            Mutation::Repeat(from, to, times) => {
                let span = span(from, to, &bytes);
                let more = bytes[span.clone()].repeat(usize::from(*times));
                bytes.splice(span.end..span.end, more);
            }
            Mutation::Splice(index, of, from, to) => {
                let other = of.get(others);
                let place = at(index, &bytes);
                bytes.splice(place..place, other[span(from, to, other)].iter().copied());
            }
            Mutation::Insert(index, piece) => {
                let place = at(index, &bytes);
                bytes.splice(place..place, piece.iter().copied());
            }
        }
        bytes.truncate(LARGEST);
    }
    bytes
}
