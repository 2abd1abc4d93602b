//! SIP over a stream: where messages end, however the bytes are cut into segments.

use crate::script::Script;
use ringdesk_signaling::core::framing::{Frame, frame};
use ringdesk_signaling::core::message::Message;

/// Small enough to be reached.
const MAX: usize = 1_024;

/// The first byte chooses the lengths of segments, the rest is what comes.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let seed = script.byte();
    let stream = script.rest();
    let (whole, whole_end) = read(stream, stream.len().max(1));
    let (pieces, pieces_end) = read(stream, usize::from(seed % 61) + 1);
    assert_eq!(pieces, whole, "the same messages, however they were cut");
    assert_eq!(pieces_end, whole_end);
    for message in &whole {
        assert!(message.len() <= MAX);
        // Over a stream the length is known, so a body is never cut.
        if let Err(why) = Message::parse(message) {
            assert_ne!(why.reason, "Content-Length Exceeds Message", "{message:?}");
        }
    }
}

/// Messages, and why it ended.
fn read(stream: &[u8], segment: usize) -> (Vec<Vec<u8>>, Option<&'static str>) {
    let (mut buffer, mut messages) = (Vec::new(), Vec::new());
    for bytes in stream.chunks(segment) {
        buffer.extend_from_slice(bytes);
        loop {
            match frame(&buffer, MAX) {
                Frame::Complete { len } => {
                    assert!(len > 0 && len <= buffer.len());
                    messages.push(buffer.drain(..len).collect());
                }
                Frame::Keepalive { len } => {
                    assert!(len > 0 && len <= buffer.len());
                    buffer.drain(..len);
                }
                Frame::NeedMore => {
                    assert!(buffer.len() < MAX, "nothing is kept beyond the limit");
                    break;
                }
                Frame::Broken(why) => return (messages, Some(why)),
            }
        }
    }
    (messages, None)
}
