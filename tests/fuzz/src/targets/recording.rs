//! The block log of a recording: written by a story, then meddled with. What was not touched is intact; what was is
//! never called so, and what comes out is what went in.

use crate::script::Script;
use bytes::Bytes;
use ringdesk_model::{AccountId, CallId, RecordingId, Timestamp};
use ringdesk_recordings::log::{Config, Dropped, Entry, Input, Log, Mark, Marked, Opening, Output, Packet, Summary};
use ringdesk_recordings::read::{Ending, Fault, Found, Reader};
use ringdesk_recordings::verify::{Expected, verify};
use ringdesk_recordings::{GapReason, LogKey, RecordingKey};
use ringdesk_vault::{AccountKey, RootKey};
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::sync::OnceLock;
use std::time::Duration;
use uuid::Uuid;

const START: Timestamp = Timestamp(1_790_000_000_000_000);

pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let key = &key();
    let (blocks, heard, summary) = write(&mut script);
    let whole: Vec<u8> = blocks.concat();
    untouched(key, &whole, &heard, &summary);
    let expected = Expected { sha256: sha256(key, &whole), chain_head: summary.chain_head };
    let touched = meddled(&blocks, &mut script);
    let verdict = verify(key, &touched[..], Some(&expected)).expect("memory has no faults");
    assert_eq!(verdict.intact, touched == whole, "{:?}", verdict.faults);
    assert_eq!(verdict.as_stored, Some(touched == whole));
    assert_eq!(verdict.bytes, touched.len() as u64);
    // Read without the books: only what was written comes out, each block at most as often as it stands there.
    let mut reader = Reader::new(key, &touched[..]);
    let mut count = 0;
    while let Some(found) = reader.next().expect("memory has no faults") {
        count += 1;
        assert!(count <= 4 * touched.len() / 48 + 8, "as many blocks and faults as there is room for");
        if let Found::Block(block) = found {
            for entry in block.entries {
                if let Entry::Packet(packet) = entry {
                    assert!(heard.contains(&packet), "sound that nobody said");
                }
            }
        }
    }
    // A log that a crash broke off is closed where it breaks.
    let cut = &whole[..usize::from(script.number()).min(whole.len())];
    let verdict = verify(key, cut, None).expect("memory has no faults");
    let torn = |fault: &Fault| matches!(fault, Fault::Torn { .. } | Fault::Empty);
    assert!(verdict.faults.iter().all(torn), "{:?}", verdict.faults);
    assert_eq!(verdict.ending == Ending::Closed, cut.len() == whole.len());
    // And of anything at all nothing opens.
    let rubbish = script.rest();
    let verdict = verify(key, rubbish, None).expect("memory has no faults");
    assert!(verdict.blocks == 0 && !verdict.intact);
}

/// Random, and the same for the whole run: what is damaged is chosen by the input, not what it turns into.
fn key() -> LogKey {
    static KEY: OnceLock<RecordingKey> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for a key");
        let (root, _) = RootKey::open_or_create(&folder.path().join("root.key")).expect("a key");
        let (account, _) = AccountKey::create(&root, AccountId(Uuid::from_u128(1))).expect("a key");
        RecordingKey::create(&account, RecordingId(Uuid::from_u128(2))).expect("a key").0
    });
    key.log()
}

fn leg(n: u8) -> LegId {
    LegId(Uuid::from_u128(u128::from(n)))
}

fn write(script: &mut Script) -> (Vec<Vec<u8>>, Vec<Packet>, Summary) {
    let opening = Opening { call: CallId(Uuid::from_u128(3)), caller: leg(0), at: START };
    let mut log = Log::open(key(), opening, Config::default());
    let (mut now, mut heard) = (START, Vec::new());
    let mut tape = Tape::default();
    for sequence in 0..40 {
        let choice = script.byte();
        if choice == 0 {
            break;
        }
        now += Duration::from_millis(u64::from(choice >> 4) * 20);
        let at = now;
        match choice & 0x0f {
            0..=7 => {
                let track = if choice & 1 == 0 { Track::Leg(leg(choice & 3)) } else { Track::Player(leg(0)) };
                let coding = [Coding::Pcmu, Coding::Pcma, Coding::G722, Coding::Opus][usize::from(choice >> 1 & 3)];
                let length = usize::from(script.byte());
                let payload = Bytes::copy_from_slice(script.take(length));
                let packet =
                    Packet { track, arrived: at, ssrc: 1, sequence, timestamp: script.long(), coding, payload };
                heard.push(packet.clone());
                let Packet { track, arrived, ssrc, sequence, timestamp, coding, payload } = packet;
                let tapped = Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, payload };
                log.handle_input(now, Input::Heard(tapped));
            }
            8 => log.handle_input(now, Input::Heard(Tapped::Lost { at, packets: script.long().into() })),
            9 => log.handle_input(now, Input::Heard(Tapped::Ended { leg: leg(1), at })),
            10 => {
                let from = Timestamp(at.0 - i64::from(script.number()));
                let dropped = Dropped { from, to: at, packets: 1, reason: GapReason::RecorderBehind };
                log.handle_input(now, Input::Dropped(dropped));
            }
            11..=13 => {
                let marks = [
                    Mark::Pause,
                    Mark::Resume,
                    Mark::Mask,
                    Mark::Unmask,
                    Mark::Announcement,
                    Mark::Hold(leg(1)),
                    Mark::Unhold(leg(1)),
                    Mark::MessageBegins,
                ];
                let length = usize::from(script.byte());
                let by = String::from_utf8_lossy(script.take(length)).into_owned();
                let mark = marks[usize::from(choice >> 4) % marks.len()];
                let marked = Marked { at, mark, reason: by.repeat(2), by };
                log.handle_input(now, Input::Mark { marked, until: None });
            }
            _ => {
                now += Duration::from_millis(script.number().into());
                let (due, _) = log.poll_timeout().expect("a log waits for its next block");
                if due <= now {
                    log.handle_timeout(now);
                }
            }
        }
        tape.take(&mut log);
    }
    log.handle_input(now, Input::End { at: now });
    tape.take(&mut log);
    let summary = tape.summary.expect("it was ended");
    assert_eq!(summary.blocks as usize, tape.blocks.len());
    assert_eq!(log.poll_timeout(), None);
    (tape.blocks, heard, summary)
}

#[derive(Default)]
struct Tape {
    blocks: Vec<Vec<u8>>,
    summary: Option<Summary>,
}

impl Tape {
    fn take(&mut self, log: &mut Log) {
        while let Some(output) = log.poll_output() {
            match output {
                Output::Append(block) => self.blocks.push(block),
                Output::Resumed(_) => {}
                Output::Ended(summary) => self.summary = Some(summary),
            }
        }
    }
}

fn untouched(key: &LogKey, whole: &[u8], heard: &[Packet], summary: &Summary) {
    let verdict = verify(key, whole, None).expect("memory has no faults");
    assert!(verdict.intact && verdict.faults.is_empty(), "{:?}", verdict.faults);
    assert_eq!((verdict.ending, verdict.blocks), (Ending::Closed, summary.blocks));
    assert_eq!((verdict.chain_head, verdict.duration_ms), (summary.chain_head, summary.duration_ms));
    assert_eq!(verdict.totals.as_ref(), Some(&summary.totals));
    let mut reader = Reader::new(key, whole);
    while let Some(found) = reader.next().expect("memory has no faults") {
        let Found::Block(block) = found else { panic!("{found:?}") };
        for entry in block.entries {
            if let Entry::Packet(packet) = entry {
                assert!(heard.contains(&packet));
            }
        }
    }
}

fn sha256(key: &LogKey, whole: &[u8]) -> [u8; 32] {
    verify(key, whole, None).expect("memory has no faults").sha256
}

/// Bytes and whole blocks altered, removed, repeated, exchanged.
fn meddled(blocks: &[Vec<u8>], script: &mut Script) -> Vec<u8> {
    let mut blocks = blocks.to_vec();
    for _ in 0..1 + script.byte() % 4 {
        let choice = script.byte();
        let which = usize::from(choice >> 4) % blocks.len().max(1);
        let Some(block) = blocks.get_mut(which) else { break };
        let at = usize::from(script.number()) % block.len().max(1);
        match choice & 0x0f {
            0..=3 => {
                if let Some(byte) = block.get_mut(at) {
                    *byte ^= script.byte();
                }
            }
            4 => block.truncate(at),
            5 => drop(blocks.remove(which)),
            6 => {
                let again = block.clone();
                blocks.insert(at % blocks.len(), again);
            }
            7 => {
                let other = at % blocks.len();
                blocks.swap(which, other);
            }
            8 => {
                let length = usize::from(script.byte());
                let more = script.take(length).to_vec();
                block.splice(at..at, more);
            }
            _ => {}
        }
    }
    blocks.concat()
}
