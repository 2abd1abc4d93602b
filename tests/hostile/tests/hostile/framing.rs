//! A stream is the same messages however it is cut, and the frame and the parser see the same end of each.

use crate::corpus;
use crate::mutation::{damaged, mutations};
use proptest::prelude::*;
use proptest::sample::Index;
use ringdesk_signaling::core::framing::{Frame, frame};
use ringdesk_signaling::core::message::Message;

const MOST: usize = 4_096;

#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    messages: Vec<Vec<u8>>,
    /// Bytes of empty lines.
    empty: usize,
    broken: Option<&'static str>,
    /// What is still waited with.
    rest: Vec<u8>,
}

impl Heard {
    fn take(&mut self, piece: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        self.rest.extend_from_slice(piece);
        loop {
            match frame(&self.rest, MOST) {
                Frame::Complete { len } => {
                    assert!((1..=MOST).contains(&len));
                    self.messages.push(self.rest.drain(..len).collect());
                }
                Frame::Keepalive { len } => {
                    assert!(len > 0, "a keepalive of nothing never ends");
                    self.empty += len;
                    self.rest.drain(..len);
                }
                Frame::NeedMore => break,
                Frame::Broken(why) => {
                    self.broken = Some(why);
                    self.rest.clear();
                    break;
                }
            }
        }
        assert!(self.rest.len() < MOST, "what waits is bounded");
    }

    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
        let mut heard = Heard::default();
        pieces.into_iter().for_each(|piece| heard.take(piece));
        heard
    }
}

fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// Those of the torture messages that a stream can carry, as they are.
fn whole() -> Vec<&'static [u8]> {
    corpus::bytes().into_iter().filter(|bytes| frame(bytes, MOST) == Frame::Complete { len: bytes.len() }).collect()
}

#[test]
fn most_torture_messages_fit_a_stream() {
    let odd: Vec<_> =
        corpus::all().iter().filter(|(_, bytes)| !whole().contains(&bytes.as_slice())).map(|(name, _)| name).collect();
    // The archive's `baddn` ends without its empty line, so a stream waits for it.
    assert_eq!(odd, ["baddn", "clerr", "dblreq", "inv2543", "mcl01", "ncl"]);
    for (name, broken) in [
        ("ncl", "bad Content-Length"),
        ("mcl01", "conflicting Content-Length"),
        ("inv2543", "no Content-Length"),
        ("clerr", "message too long"),
    ] {
        assert_eq!(frame(corpus::message(name), MOST), Frame::Broken(broken), "RFC 4475, {name}");
    }
    // The INVITE behind the REGISTER is the next message of a stream (and noise in a datagram, §3.1.1.8).
    assert_eq!(Heard::of([corpus::message("dblreq")]).messages.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_messages_come_out_as_they_went_in(
        chosen in proptest::collection::vec((any::<Index>(), 0..4usize), 1..6),
        places in proptest::collection::vec(any::<Index>(), 0..40),
    ) {
        let whole = whole();
        let (mut stream, mut sent, mut empty) = (Vec::new(), Vec::new(), 0);
        for (which, lines) in chosen {
            stream.extend(b"\r\n".repeat(lines));
            empty += 2 * lines;
            stream.extend_from_slice(which.get::<&[u8]>(&whole));
            sent.push(which.get::<&[u8]>(&whole).to_vec());
        }
        let heard = Heard::of(cut(&stream, &places));
        prop_assert_eq!(heard, Heard { messages: sent, empty, ..Heard::default() });
    }

    #[test]
    fn damaged_streams_are_the_same_however_they_are_cut(
        chosen in proptest::collection::vec(any::<Index>(), 1..5),
        mutations in mutations(5),
        places in proptest::collection::vec(any::<Index>(), 0..40),
    ) {
        let all = corpus::bytes();
        let stream: Vec<u8> = chosen.iter().flat_map(|which| which.get::<&[u8]>(&all).iter().copied()).collect();
        let stream = damaged(&stream, &mutations, &all);
        let whole = Heard::of([stream.as_slice()]);
        prop_assert_eq!(&Heard::of(cut(&stream, &places)), &whole);
        prop_assert_eq!(&Heard::of(stream.chunks(1)), &whole);
        for bytes in &whole.messages {
            // Two ideas of where a message ends are two messages for the price of one.
            if let Ok(message) = Message::parse(bytes) {
                let head = bytes.strip_suffix(&message.body[..]).expect("the body ends the frame");
                prop_assert!(head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n"), "{:?}", String::from_utf8_lossy(bytes));
            }
        }
    }
}
