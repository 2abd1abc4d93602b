//! Legs whose sound cannot pass as it is: other codecs, and several at once.

mod lines;
mod walk;

use super::*;
use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::{Codec, OpusWish};
use ringdesk_audio::level::rms;
use ringdesk_audio::tone::{measure, sine};
use ringdesk_audio::{g711, resample};

const OPUS: &str = "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n";

fn formats(codec: Codec) -> (u8, &'static str, &'static str) {
    match codec {
        Codec::Pcmu => (0, "0 101", ""),
        Codec::Pcma => (8, "8 101", ""),
        Codec::G722 => (9, "9 101", ""),
        Codec::Opus => (96, "96 101", OPUS),
    }
}

/// A telephone: its codec, what it says, what it heard.
pub(super) struct Party {
    n: u8,
    payload_type: u8,
    codec: Codec,
    encoder: Encoder,
    decoder: Decoder,
    seq: u16,
    timestamp: u32,
    packets: Vec<(Header, usize)>,
    pub(super) heard: Vec<i16>,
}

pub(super) const RATE: u32 = 16_000;

impl Party {
    pub(super) fn join(bench: &mut Bench, n: u8, codec: Codec, more: &str) -> Party {
        let (payload_type, formats, map) = formats(codec);
        bench.join(n, formats, &format!("{map}{more}"));
        let wish = OpusWish { fec: true, ..OpusWish::default() };
        Party {
            n,
            payload_type,
            codec,
            encoder: Encoder::new(codec, RATE, wish).unwrap(),
            decoder: Decoder::new(codec, RATE).unwrap(),
            seq: 65_530,
            timestamp: 4_294_960_000,
            packets: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// The packet of these samples, and whether it goes out is the caller's to say.
    pub(super) fn packet(&mut self, samples: &[i16]) -> (Header, Vec<u8>) {
        let mut payload = [0; 1_500];
        let length = self.encoder.encode(samples, &mut payload).unwrap();
        let (seq, timestamp, payload_type) = (self.seq, self.timestamp, self.payload_type);
        self.seq = seq.wrapping_add(1);
        self.timestamp = timestamp.wrapping_add(self.codec.ticks(&payload[..length]));
        (Header { marker: false, payload_type, seq, timestamp, ssrc: u32::from(self.n) }, payload[..length].to_vec())
    }

    /// The last packet is not sent, and is no loss: its place in the numbering is the next one's.
    pub(super) fn unsay(&mut self) {
        self.seq = self.seq.wrapping_sub(1);
    }

    pub(super) fn say(&mut self, bench: &mut Bench, samples: &[i16]) {
        let (header, payload) = self.packet(samples);
        bench.packet(self.n, header, &payload);
    }

    pub(super) fn hear(&mut self, bench: &mut Bench) {
        for (header, payload) in bench.sent(self.n) {
            if header.payload_type == self.payload_type {
                self.decoder.decode(&payload, &mut self.heard);
            }
            self.packets.push((header, payload.len()));
        }
    }

    /// Numbers go up by one, sound follows on sound.
    pub(super) fn assert_continuous(&self, ms: u32) {
        let ticks = self.codec.clock() / 1_000 * ms;
        for pair in self.packets.windows(2) {
            let (a, b) = (pair[0].0, pair[1].0);
            assert_eq!(b.seq, a.seq.wrapping_add(1), "{:?}", self.codec);
            assert_eq!((b.timestamp.wrapping_sub(a.timestamp), b.marker), (ticks, false), "{:?}", self.codec);
        }
    }

    pub(super) fn level(&self, hz: f32) -> f32 {
        measure(&self.heard[self.heard.len() / 3..], RATE, hz)
    }
}

/// Everybody says a tone of their own for so long.
fn talk(bench: &mut Bench, parties: &mut [Party], hz: &[f32], ms: usize) {
    let tones: Vec<Vec<i16>> = hz.iter().map(|hz| sine(*hz, -16.0, RATE, RATE as usize / 1_000 * ms)).collect();
    for frame in 0..ms / 20 {
        for (party, tone) in parties.iter_mut().zip(&tones) {
            party.say(bench, &tone[frame * 320..(frame + 1) * 320]);
        }
        bench.pass(Duration::from_millis(20));
        parties.iter_mut().for_each(|p| p.hear(bench));
    }
}

fn hear(bench: &mut Bench, sink: u8, sources: &[u8]) {
    bench.media(MediaCommand::Hear { leg: leg(sink), legs: sources.iter().map(|n| leg(*n)).collect() });
}

#[test]
fn every_codec_to_every_other_both_ways() {
    for (one, other) in
        [(Codec::Pcmu, Codec::G722), (Codec::Pcma, Codec::Opus), (Codec::Opus, Codec::Pcmu), (Codec::G722, Codec::Opus)]
    {
        let mut bench = Bench::new();
        let mut parties = [Party::join(&mut bench, 1, one, ""), Party::join(&mut bench, 2, other, "")];
        bench.hear(1, 2);
        bench.hear(2, 1);
        talk(&mut bench, &mut parties, &[440.0, 900.0], 2_000);
        for (party, wanted, own) in [(&parties[0], 900.0, 440.0), (&parties[1], 440.0, 900.0)] {
            party.assert_continuous(20);
            assert!(party.packets[0].0.marker);
            assert!((94..=99).contains(&party.packets.len()), "{one:?} {other:?}: {}", party.packets.len());
            let (wanted, own) = (party.level(wanted), party.level(own));
            // Speech codecs take a tone for what it is not.
            assert!((wanted + 16.0).abs() < 3.5 && own < -45.0, "{one:?} {other:?}: {wanted} {own}");
        }
        assert_eq!((bench.figures.mixed_late.get(), bench.figures.late_ticks.get()), (0, 0));
        assert!(bench.figures.concealed_frames.get() <= 4, "{}", bench.figures.concealed_frames.get());
    }
}

#[test]
fn what_both_sides_can_do_wide_is_wide() {
    let mut bench = Bench::new();
    let mut parties = [Party::join(&mut bench, 1, Codec::G722, ""), Party::join(&mut bench, 2, Codec::Opus, "")];
    bench.hear(2, 1);
    bench.hear(1, 2);
    talk(&mut bench, &mut parties, &[5_500.0, 900.0], 2_000);
    assert!(parties[1].level(5_500.0) > -20.0, "{}", parties[1].level(5_500.0));
}

/// The same codec on both sides: on arrival, byte for byte, and no timer.
#[test]
fn the_same_wideband_codec_passes_through() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut bench = Bench::new();
        let mut a = Party::join(&mut bench, 1, codec, "");
        Party::join(&mut bench, 2, codec, "");
        bench.hear(2, 1);
        let mut said = Vec::new();
        for n in 0..50 {
            let (header, payload) = a.packet(&sine(500.0, -10.0, RATE, 320));
            bench.packet(1, header, &payload);
            said.push((n, payload));
        }
        let sent = bench.sent(2);
        let clock = codec.clock() / 50;
        for ((n, payload), (header, heard)) in said.iter().zip(&sent) {
            assert_eq!(payload, heard);
            assert_eq!(header.timestamp.wrapping_sub(sent[0].0.timestamp), n * clock);
        }
        assert!(bench.call.mixing.is_none());
        assert_eq!(bench.figures.mixed_frames.get(), 0);
    }
}

#[test]
fn a_conference_hears_all_but_oneself() {
    let mut bench = Bench::new();
    let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    let tones = [440.0, 700.0, 1_200.0, 1_900.0];
    let mut parties: Vec<Party> = (1..=4).zip(codecs).map(|(n, codec)| Party::join(&mut bench, n, codec, "")).collect();
    for n in 1..=4u8 {
        hear(&mut bench, n, &(1..=4).filter(|other| *other != n).collect::<Vec<_>>());
    }
    talk(&mut bench, &mut parties, &tones, 2_000);
    for (party, own) in parties.iter().zip(tones) {
        party.assert_continuous(20);
        for hz in tones {
            let level = party.level(hz);
            assert!(
                if hz == own { level < -40.0 } else { (level + 16.0).abs() < 3.5 },
                "{:?} {hz} {level}",
                party.codec
            );
        }
    }
    // One goes, then another: two of the same law are left, and nothing is mixed any more.
    bench.media(MediaCommand::Close { leg: leg(4) });
    bench.media(MediaCommand::Close { leg: leg(3) });
    assert!(bench.call.mixing.is_none());
    parties.truncate(2);
    let before = parties[0].packets.len();
    talk(&mut bench, &mut parties, &tones[..2], 200);
    let after = &parties[0].packets[before - 1..];
    assert!(after.windows(2).all(|w| w[1].0.seq == w[0].0.seq.wrapping_add(1)), "{after:?}");
    assert_eq!(after.len(), 11);
    assert!(after[1].0.marker && !after[2].0.marker);
}

/// A supervisor listens: the two who talk are passed through to each other all the same.
#[test]
fn who_listens_to_two_costs_the_two_nothing() {
    let mut bench = Bench::with_legs(2);
    let mut supervisor = Party::join(&mut bench, 3, Codec::Pcma, "");
    bench.hear(1, 2);
    bench.hear(2, 1);
    hear(&mut bench, 3, &[1, 2]);
    for seq in 0..50 {
        bench.sound(1, seq);
        bench.sound(2, seq);
        assert_eq!((bench.sent(1).len(), bench.sent(2).len()), (1, 1), "on arrival");
        bench.pass(Duration::from_millis(20));
        supervisor.hear(&mut bench);
    }
    assert!(supervisor.packets.len() >= 45 && rms(&supervisor.heard) > -60.0);
}

#[test]
fn packets_as_long_as_the_telephone_wants_them() {
    for (codec, ms, got) in [
        (Codec::Pcmu, 10, 10),
        (Codec::Pcmu, 30, 30),
        (Codec::G722, 40, 40),
        (Codec::Opus, 10, 10),
        (Codec::Opus, 30, 20),
        (Codec::Opus, 60, 60),
    ] {
        let mut bench = Bench::new();
        let from = if codec == Codec::Pcmu { Codec::G722 } else { Codec::Pcmu };
        let mut parties =
            [Party::join(&mut bench, 1, from, ""), Party::join(&mut bench, 2, codec, &format!("a=ptime:{ms}\r\n"))];
        bench.hear(2, 1);
        talk(&mut bench, &mut parties, &[600.0, 0.0], 1_200);
        parties[1].assert_continuous(got);
        assert!((parties[1].level(600.0) + 16.0).abs() < 3.5, "{codec:?} {ms}");
    }
}

#[test]
fn a_prompt_for_a_wideband_leg_and_what_is_tapped_of_it() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut bench = Bench::new();
        let mut parties = [Party::join(&mut bench, 1, codec, ""), Party::join(&mut bench, 2, Codec::Pcmu, "")];
        bench.hear(1, 2);
        talk(&mut bench, &mut parties, &[0.0, 700.0], 400);
        let before = parties[0].packets.len();
        let (tx, tapped) = sync_channel(1_000);
        let outlet = Outlet::new(move |t| {
            tx.try_send(t).expect("the test has room");
            Ok::<(), Full<_>>(())
        });
        bench.with(|call, around| call.command(Command::Tap(Some(outlet)), around));
        let tone = Clip::new(sine(1_100.0, -12.0, 8_000, 8_000));
        let prompts = vec![Arc::new(Prompt::encode(&tone))];
        let command = Command::Play { leg: leg(1), play: PlayId(3), prompts, missing: false, repeat: false };
        bench.with(|call, around| call.command(command, around));
        parties[0].heard.clear();
        for _ in 0..51 {
            bench.pass(Duration::from_millis(20));
            parties[0].hear(&mut bench);
        }
        let prompt = &parties[0].packets[before..];
        assert_eq!(prompt.len(), 50);
        assert!(prompt[0].0.marker && prompt[0].0.payload_type == parties[0].payload_type);
        let ticks = codec.clock() / 50;
        assert!(prompt.windows(2).all(|w| w[1].0.timestamp.wrapping_sub(w[0].0.timestamp) == ticks));
        let (prompt, other) = (parties[0].level(1_100.0), parties[0].level(700.0));
        assert!((prompt + 12.0).abs() < 3.5 && other < -40.0, "{codec:?}: {prompt} {other}");
        // What is kept of it is what was sent.
        let mut decoder = Decoder::new(codec, RATE).unwrap();
        let mut kept = Vec::new();
        let mut clocks = Vec::new();
        for tapped in tapped.try_iter() {
            let Tapped::Packet { track: Track::Player(_), coding, payload, timestamp, .. } = tapped else { continue };
            assert_eq!(coding, codec.coding());
            decoder.decode(&payload, &mut kept);
            clocks.push(timestamp);
        }
        assert_eq!(clocks, (0..50).map(|n| n * ticks).collect::<Vec<_>>());
        assert!((measure(&kept[RATE as usize / 2..], RATE, 1_100.0) + 12.0).abs() < 3.5);
        // And the leg is heard again.
        parties[0].heard.clear();
        talk(&mut bench, &mut parties, &[0.0, 700.0], 600);
        assert!((parties[0].level(700.0) + 16.0).abs() < 3.5, "{codec:?}");
        let seqs: Vec<u16> =
            parties[0].packets.iter().map(|(h, _)| h.seq.wrapping_sub(parties[0].packets[0].0.seq)).collect();
        assert_eq!(seqs, (0..seqs.len() as u16).collect::<Vec<_>>());
    }
}

/// Keys cross from a clock of 8 kHz to one of 48 and back, and sound goes on behind them.
#[test]
fn keys_between_codecs_are_made_anew_on_the_legs_own_clock() {
    let opus = "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n";
    for towards_opus in [true, false] {
        let mut bench = Bench::new();
        bench.join(1, "0 101", "");
        bench.join(2, "96 97 101", opus);
        bench.hear(1, 2);
        bench.hear(2, 1);
        bench.events();
        let (from, to, scale) = if towards_opus { (1, 2, 1u32) } else { (2, 1, 6) };
        let (in_type, out_type) = if towards_opus { (101, 97) } else { (97, 101) };
        let mut talker = Party::join(&mut bench, 9, if towards_opus { Codec::Pcmu } else { Codec::Opus }, "");
        talker.n = from;
        let sound = sine(500.0, -12.0, RATE, 320);
        let mut sent = Vec::new();
        let turn = |bench: &mut Bench, sent: &mut Vec<(Header, Vec<u8>)>| {
            bench.pass(Duration::from_millis(20));
            sent.extend(bench.sent(to));
        };
        for _ in 0..25 {
            talker.say(&mut bench, &sound);
            turn(&mut bench, &mut sent);
        }
        let timestamp = talker.timestamp;
        for n in 1..=7u32 {
            let (end, duration) = (n > 4, n.min(5) * 160 * scale);
            let event = Event { code: 4, end, volume: 10, duration: duration as u16 };
            let header =
                Header { marker: n == 1, payload_type: in_type, seq: talker.seq, timestamp, ssrc: from.into() };
            bench.packet(from, header, &event.write());
            talker.seq = talker.seq.wrapping_add(1);
            turn(&mut bench, &mut sent);
        }
        talker.timestamp = timestamp.wrapping_add(7 * 160 * scale);
        for _ in 0..25 {
            talker.say(&mut bench, &sound);
            turn(&mut bench, &mut sent);
        }
        let digits: Vec<_> = bench
            .events()
            .into_iter()
            .filter_map(|e| match e {
                MediaEvent::Digit { leg, digit, duration, .. } => Some((leg, digit.key(), duration.as_millis())),
                _ => None,
            })
            .collect();
        assert_eq!(digits, [(leg(from), '4', 100)]);
        let keys: Vec<_> = sent.iter().filter(|(h, _)| h.payload_type == out_type).collect();
        assert_eq!(keys.len(), 7, "four updates and three ends");
        assert!(keys[0].0.marker && keys.iter().all(|(h, _)| h.timestamp == keys[0].0.timestamp));
        let last = Event::parse(&keys[6].1).unwrap();
        let expected = if towards_opus { 4_800 } else { 800 };
        assert_eq!((last.code, last.end, last.duration), (4, true, expected));
        let first = sent[0].0.seq;
        let seqs: Vec<u16> = sent.iter().map(|(h, _)| h.seq.wrapping_sub(first)).collect();
        assert_eq!(seqs, (0..seqs.len() as u16).collect::<Vec<_>>());
        let sound: Vec<u32> =
            sent.iter().filter(|(h, _)| h.payload_type != out_type).map(|(h, _)| h.timestamp).collect();
        assert!(sound.windows(2).all(|w| (w[1].wrapping_sub(w[0]) as i32) > 0));
        assert!(sound.len() > 40, "sound before and behind: {}", sound.len());
    }
}

#[test]
fn nobody_speaks_and_nothing_is_sent() {
    let mut bench = Bench::new();
    let mut parties = [Party::join(&mut bench, 1, Codec::Pcmu, ""), Party::join(&mut bench, 2, Codec::Opus, "")];
    bench.hear(2, 1);
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.sent(2).len(), 0);
    talk(&mut bench, &mut parties, &[440.0, 0.0], 500);
    bench.pass(Duration::from_secs(2));
    parties[1].hear(&mut bench);
    let sent = parties[1].packets.len();
    assert!((45..60).contains(&sent), "{sent}");
    // Held: nothing; and then again, with the clock gone on.
    let held = offer(2, "96 101", &format!("{OPUS}a=sendonly\r\n"));
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: held,
        prefer: None,
    });
    talk(&mut bench, &mut parties, &[440.0, 0.0], 500);
    assert_eq!(parties[1].packets.len(), sent);
    let back = offer(2, "96 101", OPUS);
    bench.media(MediaCommand::AnswerOffer {
        leg: leg(2),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer: back,
        prefer: None,
    });
    talk(&mut bench, &mut parties, &[440.0, 0.0], 500);
    let (before, after) = (parties[1].packets[sent - 1].0, parties[1].packets[sent].0);
    assert_eq!((after.seq, after.marker), (before.seq.wrapping_add(1), true));
    assert!(after.timestamp.wrapping_sub(before.timestamp) > 48 * 1_900);
}

/// Changing the codec in mid-call changes the way, and nothing else is needed.
#[test]
fn a_leg_that_changes_its_codec_is_converted_from_then_on() {
    let mut bench = Bench::with_legs(1);
    let mut parties = vec![Party::join(&mut bench, 2, Codec::Pcmu, ""), Party::join(&mut bench, 3, Codec::Pcmu, "")];
    bench.hear(2, 3);
    bench.hear(3, 2);
    talk(&mut bench, &mut parties, &[440.0, 900.0], 400);
    assert!(bench.call.mixing.is_none());
    let opus = Party::join(&mut bench, 3, Codec::Opus, "");
    parties[1] = Party { seq: parties[1].seq, ..opus };
    parties.iter_mut().for_each(|p| p.heard.clear());
    talk(&mut bench, &mut parties, &[440.0, 900.0], 1_000);
    assert!(bench.call.mixing.is_some());
    assert!((parties[0].level(900.0) + 16.0).abs() < 3.5 && (parties[1].level(440.0) + 16.0).abs() < 3.5);
}

/// Nothing of it is used where it is not needed.
#[test]
fn g711_knows_nothing_of_it() {
    assert!(g711::ULAW_TO_ALAW[0] == Codec::Pcmu.table_to(Codec::Pcma).unwrap()[0]);
    let mut bench = Bench::new();
    bench.join(1, "0 9 96 101", OPUS);
    bench.join(2, "8 0 101", "");
    bench.hear(1, 2);
    bench.hear(2, 1);
    for seq in 0..50 {
        bench.sound(1, seq);
        bench.pass(Duration::from_millis(20));
    }
    assert_eq!((bench.sent(2).len(), bench.figures.mixed_frames.get()), (50, 0));
    assert!(bench.call.mixing.is_none() && bench.call.legs.iter().all(|l| l.voice.is_none()));
}

/// Rows: S2.12
#[test]
fn whether_somebody_speaks_is_told_in_any_codec() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut bench = Bench::new();
        let mut parties = [Party::join(&mut bench, 1, codec, "")];
        bench.media(MediaCommand::Attend { leg: leg(1), on: true });
        let mut told = Vec::new();
        for hz in [0.0, 500.0, 0.0] {
            talk(&mut bench, &mut parties, &[hz], 1_000);
            told.extend(bench.events().into_iter().filter_map(|e| match e {
                MediaEvent::Talk { talking, .. } => Some(talking),
                _ => None,
            }));
        }
        assert_eq!(told, [false, true, false], "{codec:?}");
    }
}
