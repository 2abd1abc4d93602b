//! Legs whose sound cannot pass as it is: other codecs, and several at once.

use super::*;
use crate::codec::decoder::Decoder;
use crate::codec::encoder::Encoder;
use crate::codec::{Codec, OpusWish};
use ringdesk_audio::level::rms;
use ringdesk_audio::tone::{measure, sine};
use ringdesk_audio::{g711, resample};
use std::f32::consts::PI;

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
struct Party {
    n: u8,
    payload_type: u8,
    codec: Codec,
    encoder: Encoder,
    decoder: Decoder,
    seq: u16,
    timestamp: u32,
    packets: Vec<(Header, usize)>,
    heard: Vec<i16>,
}

const RATE: u32 = 16_000;

impl Party {
    fn join(bench: &mut Bench, n: u8, codec: Codec, more: &str) -> Party {
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
    fn packet(&mut self, samples: &[i16]) -> (Header, Vec<u8>) {
        let mut payload = [0; 1_500];
        let length = self.encoder.encode(samples, &mut payload).unwrap();
        let (seq, timestamp, payload_type) = (self.seq, self.timestamp, self.payload_type);
        self.seq = seq.wrapping_add(1);
        self.timestamp = timestamp.wrapping_add(self.codec.ticks(&payload[..length]));
        (Header { marker: false, payload_type, seq, timestamp, ssrc: u32::from(self.n) }, payload[..length].to_vec())
    }

    fn say(&mut self, bench: &mut Bench, samples: &[i16]) {
        let (header, payload) = self.packet(samples);
        bench.packet(self.n, header, &payload);
    }

    fn hear(&mut self, bench: &mut Bench) {
        for (header, payload) in bench.sent(self.n) {
            if header.payload_type == self.payload_type {
                self.decoder.decode(&payload, &mut self.heard);
            }
            self.packets.push((header, payload.len()));
        }
    }

    /// Numbers go up by one, sound follows on sound.
    fn assert_continuous(&self, ms: u32) {
        let ticks = self.codec.clock() / 1_000 * ms;
        for pair in self.packets.windows(2) {
            let (a, b) = (pair[0].0, pair[1].0);
            assert_eq!(b.seq, a.seq.wrapping_add(1), "{:?}", self.codec);
            assert_eq!((b.timestamp.wrapping_sub(a.timestamp), b.marker), (ticks, false), "{:?}", self.codec);
        }
    }

    fn level(&self, hz: f32) -> f32 {
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

/// What is heard is compared with what would have been heard over a network without faults, in stretches of a quarter of
/// a second, each where it fits best (the buffer moves): mean distance of the spectra, dB, and signal to noise, dB.
fn score(clean: &[i16], heard: &[i16]) -> (f32, f32) {
    const STRETCH: usize = 2_000;
    let (mut distances, mut noises) = (Vec::new(), Vec::new());
    for (at, stretch) in clean.chunks_exact(STRETCH).enumerate().skip(2) {
        if rms(stretch) < -45.0 {
            continue;
        }
        let from = (at * STRETCH).saturating_sub(1_600);
        let fit = |offset: &usize| {
            let there = &heard[*offset..*offset + STRETCH];
            let product: f32 = stretch.iter().zip(there).map(|(a, b)| f32::from(*a) * f32::from(*b)).sum();
            product / there.iter().map(|b| f32::from(*b) * f32::from(*b)).sum::<f32>().max(1.0).sqrt()
        };
        let offsets = from..(from + 3_200).min(heard.len() - STRETCH);
        let Some(best) = offsets.max_by(|a, b| fit(a).total_cmp(&fit(b))) else { break };
        for (a, b) in stretch.chunks_exact(200).zip(heard[best..best + STRETCH].chunks_exact(200)) {
            if rms(a) < -45.0 {
                continue;
            }
            let (x, y) = (bands(a), bands(b));
            distances.push((x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum::<f32>() / x.len() as f32).sqrt());
            let wrong: Vec<i16> = a.iter().zip(b).map(|(a, b)| a.saturating_sub(*b)).collect();
            noises.push((rms(a) - rms(&wrong)).clamp(-10.0, 35.0));
        }
    }
    let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len() as f32;
    (mean(&distances), mean(&noises))
}

/// Power in 18 bands of 25 ms of sound, dB, no lower than what nobody hears.
fn bands(frame: &[i16]) -> Vec<f32> {
    (0..18)
        .map(|band| {
            let hz = 200.0 + band as f32 * 180.0;
            let (mut real, mut imaginary) = (0f32, 0f32);
            for (n, sample) in frame.iter().enumerate() {
                let window = 0.5 - 0.5 * (2.0 * PI * n as f32 / frame.len() as f32).cos();
                let (sin, cos) = (2.0 * PI * hz * n as f32 / 8_000.0).sin_cos();
                real += f32::from(*sample) * window * cos;
                imaginary += f32::from(*sample) * window * sin;
            }
            10.0 * (real * real + imaginary * imaginary).max(1e7).log10()
        })
        .collect()
}

fn speech() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../asr/tests/data/en/lj001-0005.wav");
    let wav = std::fs::read(path).expect("the speech");
    let data = wav.windows(4).position(|w| w == b"data").expect("a data chunk") + 8;
    wav[data..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}

/// Speech from leg 1, over a network of this loss and jitter, as leg 2 hears it, at 8 kHz.
fn through(from: Codec, to: Codec, lost: u32, jitter_us: u32) -> Vec<i16> {
    let mut bench = Bench::new();
    let mut parties = [Party::join(&mut bench, 1, from, ""), Party::join(&mut bench, 2, to, "")];
    bench.hear(2, 1);
    // A telephone that protects itself, and does so whether anything is lost or not.
    parties[0].encoder.expect_loss(0.05);
    let mut state = 4_711u32;
    let mut chance = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(state >> 8) * u64::from(below)) >> 24) as u32
    };
    let mut on_the_way = Vec::new();
    let mut speech = speech();
    speech.resize(speech.len() + 16_000, 0);
    for (n, frame) in speech.chunks_exact(320).enumerate() {
        let (header, payload) = parties[0].packet(frame);
        let at = T0 + Duration::from_micros(n as u64 * 20_000 + u64::from(chance(jitter_us + 1)));
        if chance(1_000) >= lost {
            on_the_way.push((at, header, payload.clone()));
            if lost > 0 && chance(100) < 2 {
                on_the_way.push((at + Duration::from_millis(5), header, payload));
            }
        }
    }
    on_the_way.sort_by_key(|(at, ..)| *at);
    for (at, header, payload) in on_the_way {
        let wait = at.since(bench.now);
        bench.pass(wait);
        bench.packet(1, header, &payload);
        parties[1].hear(&mut bench);
    }
    bench.pass(Duration::from_millis(300));
    parties[1].hear(&mut bench);
    resample::resample(&parties[1].heard, RATE, 8_000)
}

/// Rows: S4.4
#[test]
fn speech_over_a_bad_network() {
    // 5 % lost, 40 ms of jitter with reordering, 2 % doubled. The bounds lie between what is reached and what is heard
    // without concealment.
    for (from, to, most_distance, least_noise) in [
        (Codec::Pcmu, Codec::Opus, 2.5, 10.0),
        (Codec::Opus, Codec::Pcmu, 1.5, 20.0),
        (Codec::G722, Codec::Pcma, 2.0, 15.0),
        (Codec::Pcmu, Codec::G722, 2.0, 15.0),
    ] {
        let clean = through(from, to, 0, 0);
        let (distance, noise) = score(&clean, &through(from, to, 50, 40_000));
        eprintln!("{from:?} → {to:?}: spectral distance {distance:.2} dB, segmental SNR {noise:.1} dB");
        assert!(distance < most_distance && noise > least_noise, "{from:?} → {to:?}: {distance} dB, {noise} dB");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Sound(u8),
    Hear(u8, Vec<u8>),
    Play(u8),
    Key(u8, bool),
    Close(u8),
    Rejoin(u8, usize),
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 1u8..=4;
    prop_oneof![
        20 => n().prop_map(Step::Sound),
        4 => (n(), prop::collection::vec(n(), 0..4)).prop_map(|(n, of)| Step::Hear(n, of)),
        1 => n().prop_map(Step::Play),
        3 => (n(), any::<bool>()).prop_map(|(n, end)| Step::Key(n, end)),
        1 => n().prop_map(Step::Close),
        1 => (n(), 0usize..4).prop_map(|(n, codec)| Step::Rejoin(n, codec)),
        10 => (0u16..60).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever hears whom, in whichever codec: one stream, numbers up by one, time that never falls.
    #[test]
    fn a_sink_hears_one_stream_however_it_is_made(steps in prop::collection::vec(step(), 1..150)) {
        let mut bench = Bench::new();
        let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
        let mut parties: Vec<Party> =
            (1..=4).zip(codecs).map(|(n, codec)| Party::join(&mut bench, n, codec, "")).collect();
        let sound = sine(500.0, -12.0, RATE, 320);
        let mut last: [Option<(u16, u32)>; 5] = [None; 5];
        let mut keys: [Option<(u32, u16)>; 5] = [None; 5];
        for step in steps {
            match step {
                Step::Sound(n) if bench.call.by_id(leg(n)).is_some() => parties[usize::from(n) - 1].say(&mut bench, &sound),
                Step::Hear(n, of) => hear(&mut bench, n, &of),
                Step::Play(n) => bench.play(n, 1, 1_000, false),
                Step::Key(n, end) if bench.call.by_id(leg(n)).is_some() => {
                    let party = &mut parties[usize::from(n) - 1];
                    let (timestamp, duration) = keys[usize::from(n)].unwrap_or((party.timestamp, 0));
                    keys[usize::from(n)] = (!end).then_some((timestamp, duration.saturating_add(160)));
                    let event = Event { code: 5, end, volume: 9, duration: duration.saturating_add(160) };
                    let header = Header { marker: false, payload_type: 101, seq: party.seq, timestamp, ssrc: n.into() };
                    party.seq = party.seq.wrapping_add(1);
                    party.timestamp = party.timestamp.wrapping_add(party.codec.clock() / 50);
                    bench.packet(n, header, &event.write());
                }
                Step::Close(n) => {
                    if bench.call.by_id(leg(n)).is_some() {
                        bench.sent(n);
                    }
                    bench.media(MediaCommand::Close { leg: leg(n) });
                    last[usize::from(n)] = None;
                }
                Step::Rejoin(n, codec) => {
                    let party = Party::join(&mut bench, n, codecs[codec], "");
                    let before = &mut parties[usize::from(n) - 1];
                    let another_clock = before.codec.clock() != party.codec.clock();
                    *before = Party { seq: before.seq, timestamp: before.timestamp, ..party };
                    // Another codec, another clock: its time has nothing to do with that of before.
                    if let Some(last) = last[usize::from(n)].as_mut().filter(|_| another_clock) {
                        last.1 = bench.call.legs[bench.call.by_id(leg(n)).unwrap()].outflow.timestamp_at(bench.now);
                    }
                }
                Step::Pass(ms) => bench.pass(Duration::from_millis(ms.into())),
                _ => {}
            }
            for n in 1..=4u8 {
                if bench.call.by_id(leg(n)).is_none() {
                    continue;
                }
                for (header, _) in bench.sent(n) {
                    if let Some((seq, timestamp)) = last[usize::from(n)] {
                        // What is passed through keeps the gaps of its source: here those while it was not heard.
                        let mixed = bench.call.legs[bench.call.by_id(leg(n)).unwrap()].mixed;
                        let most = if mixed { 1 } else { 200 };
                        prop_assert!((1..=most).contains(&header.seq.wrapping_sub(seq)), "leg {}: {:?} {}", n, header, seq);
                        let step = header.timestamp.wrapping_sub(timestamp) as i32;
                        prop_assert!(step >= 0 || header.payload_type == 101, "leg {}: time fell by {}", n, step);
                    }
                    let time = match last[usize::from(n)] {
                        Some((_, before)) if header.payload_type == 101 => before,
                        _ => header.timestamp,
                    };
                    last[usize::from(n)] = Some((header.seq, time));
                }
            }
        }
        prop_assert_eq!(bench.figures.panics.get(), 0);
    }
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
