//! One stream connection: a task that reads and frames, and one that writes.

use super::inlet::Inlet;
use super::secure::Secure;
use super::streams::{Direction, Link, NotReading, Outgoing, Streams};
use crate::config::LimitsConfig;
use crate::core::framing::{Frame, frame};
use crate::core::input::{Hop, HopFailure, Input};
use bytes::{Buf, Bytes, BytesMut};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

/// Room asked for at each read; small messages are the rule.
const READ: usize = 4 * 1_024;
/// Answer to a double CRLF (RFC 5626 §4.4.1).
const PONG: &[u8] = b"\r\n";

/// For the last words on a connection.
const GOODBYE: Duration = Duration::from_secs(1);

/// Everything a connection needs besides its socket.
#[derive(Clone)]
pub(crate) struct StreamRoom {
    pub(crate) inlet: Inlet,
    pub(crate) streams: Arc<Streams>,
    pub(crate) limits: LimitsConfig,
    pub(crate) tasks: TaskTracker,
    pub(crate) secure: Arc<Secure>,
}

/// Serve a connection to its end, give its place back and tell the core.
pub(crate) async fn serve(
    room: StreamRoom,
    link: Arc<Link>,
    outgoing: Outgoing,
    direction: Direction,
    reading: impl AsyncRead + Unpin,
    writing: impl AsyncWrite + Unpin + Send + 'static,
) {
    room.tasks.spawn(write(room.clone(), link.close.clone(), outgoing, writing));
    let closed = link.close.clone();
    let ended = closed.run_until_cancelled(read(&room, &link, direction, reading)).await;
    // At an end of file what is queued may still leave: the writer ends when the last link to it is gone. In all other
    // cases it is stopped.
    if !matches!(ended, Some(End::Finished)) {
        link.close.cancel();
    }
    finish(&room, link, direction, HopFailure::Closed).await;
}

/// Give the place back, then tell the core; in this order, so that it finds no dead connection.
pub(crate) async fn finish(room: &StreamRoom, link: Arc<Link>, direction: Direction, why: HopFailure) {
    room.streams.close(&link, direction);
    let hop = link.hop;
    drop(link);
    room.inlet.tell(Input::HopFailed { hop, why }).await;
    // Whoever sent without naming a connection, as one does before there is one, hears of it when no other is left.
    let unnamed = Hop { connection: None, ..hop };
    if room.streams.find(&unnamed).is_none() {
        room.inlet.tell(Input::HopFailed { hop: unnamed, why }).await;
    }
}

/// Why a connection is not read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The other side finished.
    Finished,
    /// Reset, silence, or something that is not SIP.
    Broken,
}

async fn read(room: &StreamRoom, link: &Link, direction: Direction, mut reading: impl AsyncRead + Unpin) -> End {
    let (inlet, limits) = (&room.inlet, &room.limits);
    let known = || inlet.sources.knows(inlet.now(), link.hop.remote.ip());
    let mut buffer = BytesMut::with_capacity(READ);
    let mut unfinished = room.streams.unfinished();
    // Only whole messages and keepalives move this; single bytes buy no time.
    let mut patience = match direction {
        Direction::Inbound { .. } => inlet.alarm(limits.first_message()),
        Direction::Outbound => inlet.alarm(limits.idle(true)),
    };
    // Bytes of empty lines since the last message or ping.
    let mut empty = 0;
    // When the message that has begun has to be complete.
    let mut whole_by: Option<Instant> = None;
    loop {
        loop {
            match frame(&buffer, limits.message_bytes) {
                Frame::Complete { len } => {
                    let bytes = buffer.split_to(len.min(buffer.len())).freeze();
                    empty = 0;
                    if !inlet.message(link.hop, bytes).await {
                        return End::Broken;
                    }
                }
                Frame::Keepalive { len } => {
                    inlet.counters.keepalives.one();
                    // A double CRLF is a ping and wants one back, also when it came in halves.
                    empty += len;
                    if empty >= 4 {
                        empty = 0;
                        if let Err(NotReading { first }) = link.send(Bytes::from_static(PONG)) {
                            if first {
                                inlet.counters.not_reading.one();
                            }
                            return End::Broken;
                        }
                    }
                    buffer.advance(len.min(buffer.len()));
                }
                Frame::NeedMore => break,
                Frame::Broken(reason) => {
                    inlet.counters.broken_streams.one();
                    tracing::debug!(source = %link.hop.remote, ?reason, "stream is not SIP");
                    return End::Broken;
                }
            }
            patience = inlet.alarm(limits.idle(known()));
            whole_by = None;
        }
        if !buffer.is_empty() && whole_by.is_none() {
            whole_by = Some(inlet.alarm(limits.message()));
        }
        unfinished.set(buffer.len());
        buffer.reserve(READ);
        let until = whole_by.map_or(patience, |whole_by| whole_by.min(patience));
        match timeout_at(until, reading.read_buf(&mut buffer)).await {
            Ok(Ok(0)) => return End::Finished,
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return End::Broken,
            Err(_) => {
                inlet.counters.timed_out.one();
                return End::Broken;
            }
        }
    }
}

async fn write(
    room: StreamRoom,
    close: tokio_util::sync::CancellationToken,
    mut outgoing: Outgoing,
    mut writing: impl AsyncWrite + Unpin,
) {
    let all = async {
        while let Some(bytes) = outgoing.next().await {
            // What was written over TLS leaves with the flush.
            let writing = async {
                writing.write_all(&bytes).await?;
                writing.flush().await
            };
            match timeout(room.limits.write(), writing).await {
                Ok(Ok(())) => outgoing.written(bytes.len()),
                Ok(Err(_)) => break,
                Err(_) => {
                    room.inlet.counters.not_reading.one();
                    break;
                }
            }
        }
    };
    // Cancelled in the middle of a message or not: the connection is gone either way.
    if close.run_until_cancelled(all).await.is_some() {
        // TLS says goodbye, so that the other side knows that nothing was cut off. Whoever does not listen is not waited for.
        timeout(GOODBYE, writing.shutdown()).await.ok();
    }
    close.cancel();
}
