//! For the tests of this room: a key, a virtual call, its log in memory.

use crate::keys::RecordingKey;
use crate::log::{Config, Input, Log, Mark, Marked, Opening, Output, Summary};
use bytes::Bytes;
use opus::{Application, Channels};
use ringdesk_audio::halfband::Doubler;
use ringdesk_audio::{g711, g722, tone};
use ringdesk_model::{AccountId, CallId, Ids, RecordingId, Timestamp};
use ringdesk_vault::{AccountKey, RootKey};
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::sync::OnceLock;
use std::time::Duration;

/// When the calls of the tests begin.
pub(crate) const START: Timestamp = Timestamp(1_790_000_000_000_000);

pub(crate) fn account_key() -> &'static AccountKey {
    static KEY: OnceLock<AccountKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let (root, _) = RootKey::open_or_create(&dir.path().join("root.key")).unwrap();
        AccountKey::create(&root, Ids::seeded(1).next::<AccountId>(START)).unwrap().0
    })
}

/// The same name for the same number, and each time another key.
pub(crate) fn recording_key(n: u64) -> RecordingKey {
    RecordingKey::create(account_key(), Ids::seeded(n).next::<RecordingId>(START)).unwrap().0
}

pub(crate) fn leg(n: u64) -> LegId {
    Ids::seeded(1_000 + n).next(START)
}

pub(crate) fn opening() -> Opening {
    Opening { call: Ids::seeded(2).next::<CallId>(START), caller: leg(0), at: START }
}

pub(crate) fn after(ms: i64) -> Timestamp {
    Timestamp(START.0 + ms * 1_000)
}

pub(crate) fn mark(ms: i64, mark: Mark) -> Input {
    Input::Mark {
        marked: Marked { at: after(ms), mark, by: "user:1".into(), reason: "card_number".into() },
        until: None,
    }
}

/// A party that says a tone: one packet of 20 ms after the other.
pub(crate) struct Talker {
    pub(crate) track: Track,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) coding: Coding,
    sound: Vec<i16>,
    said: usize,
    coder: Option<Coder>,
}

pub(crate) enum Coder {
    G722(g722::Encoder, Doubler),
    Opus(opus::Encoder),
}

impl Talker {
    /// `hz` goes round in a second without a click when it is whole.
    pub(crate) fn new(track: Track, hz: f32) -> Talker {
        let sound = tone::sine(hz, -12.0, 8_000, 8_000);
        let ssrc = hz as u32;
        Talker {
            track,
            ssrc,
            sequence: 65_500,
            timestamp: u32::MAX - 1_000,
            coding: Coding::Pcmu,
            sound,
            said: 0,
            coder: None,
        }
    }

    pub(crate) fn say(&mut self, arrived: Timestamp) -> Tapped {
        let sound: Vec<i16> = (0..160).map(|i| self.sound[(self.said + i) % self.sound.len()]).collect();
        let payload = self.payload(&sound);
        let packet = Tapped::Packet {
            track: self.track,
            arrived,
            ssrc: self.ssrc,
            sequence: self.sequence,
            timestamp: self.timestamp,
            coding: self.coding,
            payload: Bytes::from(payload),
        };
        self.skip();
        packet
    }

    /// Say 20 ms that never arrive.
    pub(crate) fn skip(&mut self) {
        self.said += 160;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.coding.clock_rate() / 50);
    }

    fn payload(&mut self, sound: &[i16]) -> Vec<u8> {
        match self.coding {
            Coding::Pcmu => sound.iter().map(|s| g711::ulaw_encode(*s)).collect(),
            Coding::Pcma => sound.iter().map(|s| g711::alaw_encode(*s)).collect(),
            Coding::G722 => {
                let new = || Coder::G722(g722::Encoder::new(), Doubler::new());
                let Coder::G722(encoder, doubler) = self.coder.get_or_insert_with(new) else { unreachable!() };
                let (mut wide, mut bytes) = (Vec::new(), Vec::new());
                doubler.process(sound, &mut wide);
                encoder.encode(&wide, &mut bytes);
                bytes
            }
            Coding::Opus => {
                let new = || Coder::Opus(opus::Encoder::new(8_000, Channels::Mono, Application::Voip).unwrap());
                let Coder::Opus(encoder) = self.coder.get_or_insert_with(new) else { unreachable!() };
                encoder.encode_vec(sound, 1_275).unwrap()
            }
        }
    }
}

/// Caller 440 Hz, agent 620 Hz.
pub(crate) fn talkers() -> (Talker, Talker) {
    (Talker::new(Track::Leg(leg(0)), 440.0), Talker::new(Track::Leg(leg(1)), 620.0))
}

/// A log and the blocks that came out of it.
pub(crate) struct Taken {
    pub(crate) log: Log,
    pub(crate) blocks: Vec<Vec<u8>>,
    pub(crate) resumed: Vec<Marked>,
    pub(crate) summary: Option<Summary>,
}

impl Taken {
    pub(crate) fn start(key: &RecordingKey) -> Taken {
        let log = Log::open(key.log(), opening(), Config::default());
        Taken { log, blocks: Vec::new(), resumed: Vec::new(), summary: None }
    }

    pub(crate) fn put(&mut self, at: Timestamp, input: Input) {
        self.log.handle_input(at, input);
        self.drain();
    }

    pub(crate) fn tick(&mut self, at: Timestamp) {
        self.log.handle_timeout(at);
        self.drain();
    }

    /// Both talk from here to there.
    pub(crate) fn talk(&mut self, (left, right): &mut (Talker, Talker), from_ms: i64, to_ms: i64) {
        for ms in (from_ms..to_ms).step_by(20) {
            self.put(after(ms), Input::Heard(left.say(after(ms))));
            self.put(after(ms), Input::Heard(right.say(after(ms))));
        }
    }

    pub(crate) fn mark(&mut self, ms: i64, what: Mark) {
        self.put(after(ms), mark(ms, what));
    }

    pub(crate) fn end(&mut self, ms: i64) -> Summary {
        self.put(after(ms), Input::End { at: after(ms) });
        self.summary.clone().expect("it ended")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.blocks.concat()
    }

    fn drain(&mut self) {
        while let Some(output) = self.log.poll_output() {
            match output {
                Output::Append(block) => self.blocks.push(block),
                Output::Resumed(marked) => self.resumed.push(marked),
                Output::Ended(summary) => self.summary = Some(summary),
            }
        }
    }
}

/// Both talk for so long, and hang up.
pub(crate) fn a_call(key: &RecordingKey, lasting: Duration) -> Taken {
    let mut taken = Taken::start(key);
    let ms = lasting.as_millis() as i64;
    taken.talk(&mut talkers(), 0, ms);
    taken.end(ms);
    taken
}
