use super::*;
use crate::gap::{GapReason, GapSide};
use crate::log::{Dropped, Input, Mark, Side};
use crate::testing::{START, Taken, Talker, a_call, after, leg, recording_key, talkers};
use bytes::Bytes;
use ogg::PacketReader;
use opus::MSDecoder;
use proptest::prelude::*;
use ringdesk_audio::{g711, level, tone};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Coding, Tapped, Track};
use std::io::Cursor;

struct Sound {
    played: Played,
    left: Vec<i16>,
    right: Vec<i16>,
}

fn heard(key: &RecordingKey, taken: &Taken) -> Sound {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let played = play(&key.log(), Cursor::new(taken.bytes()), &mut |l, r| {
        left.extend_from_slice(l);
        right.extend_from_slice(r);
        Ok(())
    })
    .unwrap();
    assert_eq!(left.len(), right.len());
    Sound { played, left, right }
}

/// What a talker's sound is after G.711.
fn said(hz: f32, from: usize, samples: usize) -> Vec<i16> {
    let second: Vec<i16> =
        tone::sine(hz, -12.0, 8_000, 8_000).into_iter().map(|s| g711::ulaw_decode(g711::ulaw_encode(s))).collect();
    second.into_iter().cycle().skip(from % 8_000).take(samples).collect()
}

fn gap(from_ms: i64, to_ms: i64, reason: GapReason, side: GapSide) -> Gap {
    Gap { from_ms, to_ms, reason, side }
}

/// A packet that comes then, whatever its number says.
fn put(taken: &mut Taken, talker: &mut Talker, ms: i64) {
    let heard = talker.say(after(ms));
    taken.put(after(ms), Input::Heard(heard));
}

/// Rows: S4.6, V6
#[test]
fn the_caller_is_left_the_agent_right_and_never_mixed() {
    let key = recording_key(1);
    let taken = a_call(&key, Duration::from_secs(5));
    let sound = heard(&key, &taken);
    assert!(sound.left == said(440.0, 0, 40_000), "sample by sample");
    assert!(sound.right == said(620.0, 0, 40_000));
    assert_eq!((sound.played.duration_ms, sound.played.gaps), (5_000, vec![]));
    assert!(sound.played.verdict.intact);
    for (side, own, other) in [(&sound.left, 440.0, 620.0), (&sound.right, 620.0, 440.0)] {
        let level = tone::measure(side, 8_000, own);
        assert!((level - -12.0).abs() < 0.5, "{level}");
        assert!(tone::measure(side, 8_000, other) < level - 50.0);
    }
}

#[test]
fn a_wav_is_what_the_header_says() {
    let key = recording_key(1);
    let log = a_call(&key, Duration::from_millis(1_500)).bytes();
    let (rendered, file) = render(&key.log(), Cursor::new(log.clone()), Format::Wav, Vec::new()).unwrap();
    assert_eq!((file.len(), rendered.bytes), (44 + 4 * 12_000, 44 + 4 * 12_000));
    assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    let at = |i: usize| u32::from_le_bytes(*file[i..].first_chunk().unwrap());
    assert_eq!((at(4), at(24), at(28), at(40)), (48_036, 8_000, 32_000, 48_000));
    let left: Vec<i16> = file[44..].chunks(4).map(|f| i16::from_le_bytes([f[0], f[1]])).collect();
    assert!(left == said(440.0, 0, 12_000));
    assert_eq!(rendered.peaks.left.len(), 30);
    let again = render(&key.log(), Cursor::new(log), Format::Wav, Vec::new()).unwrap();
    assert_eq!(again, (rendered, file), "the same bytes each time");
}

/// Rows: V6
#[test]
fn an_ogg_keeps_the_sides_apart_and_is_as_long_as_the_call() {
    let (key, mut both) = (recording_key(1), talkers());
    // One side talks, the other is silent: what collapses in a stereo encoder.
    let mut taken = Taken::start(&key);
    for ms in (0..4_000).step_by(20) {
        put(&mut taken, &mut both.0, ms);
    }
    for ms in (4_000..8_010).step_by(20) {
        put(&mut taken, &mut both.1, ms);
    }
    taken.end(8_010);
    let (rendered, file) = render(&key.log(), Cursor::new(taken.bytes()), Format::Ogg, Vec::new()).unwrap();
    assert!(rendered.bytes < 30_000, "{} bytes for 8 s", rendered.bytes);

    let mut packets = PacketReader::new(Cursor::new(file));
    let head = packets.read_packet().unwrap().unwrap().data;
    assert_eq!((&head[..8], head[9], &head[18..]), (&b"OpusHead"[..], 2, &[255, 2, 0, 0, 1][..]));
    let skip = usize::from(u16::from_le_bytes([head[10], head[11]])) / 6;
    assert_eq!(&packets.read_packet().unwrap().unwrap().data[..8], b"OpusTags");
    let mut decoder = MSDecoder::new(8_000, 2, 0, &[0, 1]).unwrap();
    let (mut left, mut right, mut end) = (Vec::new(), Vec::new(), 0);
    while let Some(packet) = packets.read_packet().unwrap() {
        let mut samples = [0; 320];
        assert_eq!(decoder.decode(&packet.data, &mut samples, false).unwrap(), 160);
        left.extend(samples.iter().step_by(2));
        right.extend(samples.iter().skip(1).step_by(2));
        end = packet.absgp_page() as usize;
        assert_eq!(packet.last_in_stream(), left.len() >= skip + 64_160, "one end, at the end");
    }
    assert_eq!(end, (skip + 64_160) * 6, "8.02 s: the last frame goes beyond the end by 10 ms");
    let (left, right) = (&left[skip..], &right[skip..]);
    for (side, hz, sounds, silent) in
        [(left, 440.0, 800..31_000, 33_000..63_000), (right, 620.0, 33_000..63_000, 800..31_000)]
    {
        let level = tone::measure(&side[sounds.clone()], 8_000, hz);
        assert!((level - -12.0).abs() < 2.0, "{level}");
        assert!(level::rms(&side[silent]) < level - 50.0);
        assert!((tone::dominant(&side[sounds], 8_000) - hz).abs() < 2.0);
    }
}

/// Rows: V11, S4.6
#[test]
fn a_mask_keeps_the_clock_and_nothing_of_the_sound() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    taken.talk(&mut both, 0, 2_000);
    both.0.skip();
    both.1.skip();
    taken.mark(2_010, Mark::Mask);
    taken.talk(&mut both, 2_020, 3_000);
    taken.mark(3_005, Mark::Unmask);
    both.0.skip();
    both.1.skip();
    taken.talk(&mut both, 3_020, 5_000);
    taken.end(5_000);
    let sound = heard(&key, &taken);
    for (side, hz) in [(&sound.left, 440.0), (&sound.right, 620.0)] {
        assert_eq!(side.len(), 40_000);
        assert!(side[..16_000] == said(hz, 0, 16_000));
        assert!(side[16_080..24_040].iter().all(|s| *s == 0), "silence");
        assert!(side[24_160..] == said(hz, 24_160, 15_840), "and in step afterwards");
    }
    assert!(sound.played.gaps.contains(&gap(2_010, 3_005, GapReason::Mask, GapSide::Both)));
    let rest: Vec<_> = sound.played.gaps.iter().filter(|g| g.reason != GapReason::Mask).collect();
    assert!(rest.iter().all(|g| g.to_ms - g.from_ms <= 20), "{rest:?}");
}

#[test]
fn what_the_network_did_is_undone_or_listed() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    // Lost: 1000 to 1060. Twice: 1500. Out of order: 2000 and 2020, and over the border of a block.
    for ms in (0..4_000).step_by(20) {
        match ms {
            1_000 | 1_020 | 1_040 => both.0.skip(),
            1_500 => {
                let packet = both.0.say(after(ms));
                taken.put(after(ms), Input::Heard(packet.clone()));
                taken.put(after(ms), Input::Heard(packet));
            }
            2_000 | 2_400 => {
                let first = both.0.say(after(ms + 20));
                put(&mut taken, &mut both.0, ms + 20);
                taken.put(after(ms + 20), Input::Heard(first));
            }
            2_020 | 2_420 => {}
            _ => put(&mut taken, &mut both.0, ms),
        }
        put(&mut taken, &mut both.1, ms);
    }
    taken.end(4_000);
    let sound = heard(&key, &taken);
    let expected = said(440.0, 0, 32_000);
    assert!(sound.left[..8_000] == expected[..8_000] && sound.left[8_480..] == expected[8_480..]);
    assert!(sound.right == said(620.0, 0, 32_000));
    assert_eq!(sound.played.gaps, [gap(1_000, 1_060, GapReason::Lost, GapSide::Left)]);
}

/// A packet that is lost is listed, and the voice goes on for so long; what came is not touched, and of what is missing for
/// longer nothing is made up.
///
/// Rows: S4.4, S4.6
#[test]
fn a_voice_goes_on_where_a_packet_is_lost() {
    for coding in [Coding::Pcmu, Coding::Pcma, Coding::G722, Coding::Opus] {
        let lost = |ms: i64| ms % 200 == 100 || (2_000..2_080).contains(&ms);
        let talk = |losing: bool| {
            let (key, mut both) = (recording_key(1), talkers());
            let mut taken = Taken::start(&key);
            both.0.coding = coding;
            for ms in (0..4_000).step_by(20) {
                if losing && lost(ms) { both.0.skip() } else { put(&mut taken, &mut both.0, ms) }
            }
            taken.end(4_000);
            heard(&key, &taken)
        };
        let (whole, holed) = (talk(false), talk(true));
        for ms in (0..4_000).step_by(20) {
            let frame = ms as usize * 8..(ms as usize + 20) * 8;
            let (was, is) = (&whole.left[frame.clone()], &holed.left[frame]);
            let level = level::rms(is) - level::rms(was);
            match (lost(ms), coding) {
                (true, _) if (2_000..2_080).contains(&ms) => assert!(is.iter().all(|s| *s == 0), "{coding:?} at {ms}"),
                // What Opus guesses fades sooner, by how much its own sound decides; a hole would be silence.
                (true, Coding::Opus) => assert!(level > -12.0, "{coding:?} at {ms}: {level} dB"),
                (true, _) => assert!(level > -4.0, "{coding:?} at {ms}: {level} dB"),
                (false, Coding::Pcmu | Coding::Pcma) => assert!(was == is, "{coding:?} at {ms}: what came is changed"),
                // Their decoders remember what was before.
                (false, Coding::G722 | Coding::Opus) => assert!(level.abs() < 12.0, "{coding:?} at {ms}: {level} dB"),
            }
            if lost(ms) {
                let listed = |g: &Gap| g.reason == GapReason::Lost && g.from_ms <= ms && g.to_ms >= ms + 20;
                assert!(holed.played.gaps.iter().any(listed), "{coding:?} at {ms}: {:?}", holed.played.gaps);
            }
        }
    }
}

/// A hold with another source, a timestamp that jumps, another device: the sound is where it was heard.
#[test]
fn a_source_that_starts_anew_is_placed_by_its_arrival() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    for ms in (0..6_000).step_by(20) {
        match ms {
            2_000 => (both.0.ssrc, both.0.sequence, both.0.timestamp) = (77, 9, 123_456_789),
            3_000 => both.0.timestamp = both.0.timestamp.wrapping_add(1_000_000),
            4_000 => both.0.timestamp = both.0.timestamp.wrapping_sub(7_777_777),
            5_000 => (both.0.coding, both.0.ssrc) = (Coding::Pcma, 78),
            _ => {}
        }
        put(&mut taken, &mut both.0, ms);
        put(&mut taken, &mut both.1, ms);
    }
    taken.end(6_000);
    let sound = heard(&key, &taken);
    assert!(sound.left[..40_000] == said(440.0, 0, 40_000));
    assert!((tone::measure(&sound.left[40_000..], 8_000, 440.0) - -12.0).abs() < 0.5, "A-law");
    assert!(sound.right == said(620.0, 0, 48_000));
    assert_eq!(sound.played.gaps, []);
}

#[test]
fn a_stall_and_the_burst_after_it_are_put_back_in_time() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    for ms in (0..10_000).step_by(20) {
        // From 3 s to 6 s nothing of the caller arrives, then all of it within 60 ms.
        let late = if (3_000..6_000).contains(&ms) { 6_000 + (ms - 3_000) / 50 } else { ms };
        if late == ms {
            put(&mut taken, &mut both.1, ms);
        }
        if (3_000..6_000).contains(&ms) {
            put(&mut taken, &mut both.1, ms);
            continue;
        }
        if ms == 6_000 {
            for i in 0..150 {
                let heard = both.0.say(after(6_000 + i * 2 / 5));
                taken.put(after(6_000), Input::Heard(heard));
            }
        }
        put(&mut taken, &mut both.0, ms);
    }
    taken.end(10_000);
    let sound = heard(&key, &taken);
    assert!(sound.left == said(440.0, 0, 80_000));
    assert!(sound.right == said(620.0, 0, 80_000));
}

/// Both clocks are off by 200 ppm, in opposite directions: after ten minutes they would be 240 ms apart.
#[test]
fn a_burst_at_the_beginning_is_heard_as_far_as_there_is_time_for_it() {
    let key = recording_key(1);
    let (mut caller, _) = talkers();
    let mut taken = Taken::start(&key);
    // A hundred milliseconds at once: by its own clock all but the last packet lie before the log.
    for _ in 0..5 {
        put(&mut taken, &mut caller, 0);
    }
    for ms in (20..2_000).step_by(20) {
        put(&mut taken, &mut caller, ms);
    }
    taken.end(2_000);
    let sound = heard(&key, &taken);
    assert!(sound.left == said(440.0, 4 * 160, 16_000));
    assert_eq!(sound.played.duration_ms, 2_000);
}

#[test]
fn clocks_that_drift_stay_in_step() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    for i in 0..30_000i64 {
        let slow = Timestamp(START.0 + i * 20_004);
        let fast = Timestamp(START.0 + i * 19_996);
        taken.put(slow, Input::Heard(both.0.say(slow)));
        taken.put(fast, Input::Heard(both.1.say(fast)));
    }
    taken.end(600_200);
    let sound = heard(&key, &taken);
    // The last packets: where they lie tells how far each side is off.
    let end = |side: &[i16]| side.iter().rposition(|s| s.unsigned_abs() > 100).unwrap() as f64 / 8.0;
    assert!((end(&sound.left) - 600_120.0).abs() < 45.0, "{}", end(&sound.left));
    assert!((end(&sound.right) - 599_880.0).abs() < 45.0, "{}", end(&sound.right));
    let moved: i64 = sound.played.gaps.iter().filter(|g| g.side == GapSide::Left).map(|g| g.to_ms - g.from_ms).sum();
    assert!((80..=250).contains(&moved), "the holes of the slow side are listed: {moved}");
}

#[test]
fn players_and_other_legs_are_right_unless_they_joined_left() {
    let key = recording_key(1);
    let mut taken = Taken::start(&key);
    let mut prompt = Talker::new(Track::Player(leg(0)), 700.0);
    let mut agent = Talker::new(Track::Leg(leg(1)), 500.0);
    let mut second = Talker::new(Track::Leg(leg(2)), 900.0);
    taken.mark(0, Mark::Joined(leg(2), Side::Caller));
    for ms in (0..2_000).step_by(20) {
        put(&mut taken, &mut prompt, ms);
        put(&mut taken, &mut agent, ms);
        put(&mut taken, &mut second, ms);
    }
    taken.put(after(2_000), Input::Heard(Tapped::Ended { leg: leg(1), at: after(2_000) }));
    taken.end(2_000);
    let sound = heard(&key, &taken);
    let hears = |side: &[i16], hz| tone::measure(side, 8_000, hz) > -13.0;
    assert!(hears(&sound.right, 700.0) && hears(&sound.right, 500.0) && !hears(&sound.right, 900.0));
    assert!(hears(&sound.left, 900.0) && !hears(&sound.left, 500.0));
}

/// Other codecs, other clocks: heard at their time, without a gap, and a lost packet is a gap of its own length.
#[test]
fn every_coding_is_heard() {
    for (left, right) in [(Coding::Opus, Coding::G722), (Coding::G722, Coding::Pcma), (Coding::Pcmu, Coding::Opus)] {
        let (key, mut both) = (recording_key(1), talkers());
        let mut taken = Taken::start(&key);
        (both.0.coding, both.1.coding) = (left, right);
        for ms in (0..4_000).step_by(20) {
            put(&mut taken, &mut both.0, ms);
            if ms == 2_000 {
                both.1.skip();
            } else {
                put(&mut taken, &mut both.1, ms);
            }
        }
        taken.end(4_000);
        let sound = heard(&key, &taken);
        assert_eq!(sound.played.gaps, [gap(2_000, 2_020, GapReason::Lost, GapSide::Right)], "{left:?} {right:?}");
        assert_eq!((sound.left.len(), sound.right.len()), (32_000, 32_000));
        for (side, own, other) in [(&sound.left, 440.0, 620.0), (&sound.right, 620.0, 440.0)] {
            let (own, other) = (tone::measure(side, 8_000, own), tone::measure(side, 8_000, other));
            assert!((own + 12.0).abs() < 2.0 && other < -45.0, "{left:?} {right:?}: {own} {other}");
        }
    }
}

#[test]
fn what_cannot_be_heard_is_listed() {
    let (key, mut both) = (recording_key(1), talkers());
    let mut taken = Taken::start(&key);
    both.1.coding = Coding::Opus;
    for ms in (0..2_000).step_by(20) {
        put(&mut taken, &mut both.0, ms);
        if ms >= 1_000 {
            let mut broken = both.1.say(after(ms));
            let Tapped::Packet { payload, .. } = &mut broken else { unreachable!() };
            *payload = vec![0xff; 40].into();
            taken.put(after(ms), Input::Heard(broken));
        }
    }
    let dropped = Dropped { from: after(2_000), to: after(2_500), packets: 50, reason: GapReason::RecorderBehind };
    taken.put(after(2_500), Input::Dropped(dropped));
    taken.end(3_000);
    let gaps = heard(&key, &taken).played.gaps;
    let expected = [
        gap(0, 1_000, GapReason::NoSound, GapSide::Right),
        gap(1_000, 2_000, GapReason::Unreadable, GapSide::Right),
        gap(2_000, 2_500, GapReason::RecorderBehind, GapSide::Both),
        gap(2_500, 3_000, GapReason::NoSound, GapSide::Left),
        gap(2_500, 3_000, GapReason::NoSound, GapSide::Right),
    ];
    assert_eq!(gaps, expected);
}

#[test]
fn a_damaged_log_is_heard_around_the_damage() {
    let key = recording_key(1);
    let mut blocks = a_call(&key, Duration::from_secs(5)).blocks;
    blocks.remove(2);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let played = play(&key.log(), Cursor::new(blocks.concat()), &mut |l, r| {
        left.extend_from_slice(l);
        right.extend_from_slice(r);
        Ok(())
    })
    .unwrap();
    assert!(!played.verdict.intact);
    let mut expected = said(440.0, 0, 40_000);
    expected[12_960..19_360].fill(0);
    assert!(left == expected);
    assert!(played.gaps.contains(&gap(1_600, 2_400, GapReason::Damaged, GapSide::Both)), "{:?}", played.gaps);
    let nothing = play(&key.log(), Cursor::new(b"rubbish"), &mut |_, _| Ok(()));
    assert!(matches!(nothing, Err(RenderError::Nothing)));
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let (key, dir) = (recording_key(1), tempfile::tempdir().unwrap());
    let (log, out) = (dir.path().join("log"), dir.path().join("file"));
    fs::write(&log, b"").unwrap();
    assert!(render_file(&key, &log, Format::Wav, &out).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
    fs::write(&log, a_call(&key, Duration::from_secs(1)).bytes()).unwrap();
    let rendered = render_file(&key, &log, Format::Wav, &out).unwrap();
    let mut file = crate::file::SealedFile::open(&key, File::open(&out).unwrap()).unwrap();
    assert_eq!(file.length(), rendered.bytes);
    let mut plain = Vec::new();
    file.read_to_end(&mut plain).unwrap();
    assert_eq!(ring::digest::digest(&SHA256, &plain).as_ref(), rendered.sha256);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any delays up to 120 ms, losses and pauses: what was kept is heard in its place within a frame, and what is not
    /// heard is listed.
    #[test]
    fn every_instant_is_heard_or_listed(
        fates in proptest::collection::vec((0i64..120, 0u8..20), 150),
        pauses in proptest::collection::vec((0i64..3_000, 1i64..400), 0..3),
    ) {
        let key = recording_key(1);
        let mut talker = Talker::new(Track::Leg(leg(0)), 440.0);
        let mut inputs = Vec::new();
        for (i, (delay, fate)) in fates.iter().enumerate() {
            let at = i as i64 * 20 + delay;
            let heard = talker.say(after(at));
            if *fate > 0 {
                // A full-scale payload tells what was heard from what was not.
                let Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, .. } = heard else { unreachable!() };
                let payload = Bytes::from_static(&[0x80; 160]);
                let heard = Tapped::Packet { track, arrived, ssrc, sequence, timestamp, coding, payload };
                inputs.push((at, Input::Heard(heard)));
            }
        }
        let mut at = 0;
        for (from, lasting) in pauses {
            at = from.max(at);
            inputs.push((at, crate::testing::mark(at, Mark::Pause)));
            inputs.push((at + lasting, crate::testing::mark(at + lasting, Mark::Resume)));
            at += lasting;
        }
        inputs.sort_by_key(|(at, _)| *at);
        let mut taken = Taken::start(&key);
        for (at, input) in inputs {
            taken.put(after(at), input);
        }
        taken.end(3_200);
        let sound = heard(&key, &taken);
        for (i, sample) in sound.left.iter().enumerate() {
            let (from, to) = (i as i64 * 125, (i as i64 + 1) * 125);
            let listed = |g: &Gap| g.side != GapSide::Right && g.from_ms * 1_000 <= from && g.to_ms * 1_000 >= to;
            prop_assert!(*sample != 0 || sound.played.gaps.iter().any(listed), "sample {} is unaccounted for", i);
        }
        let paused = |g: &&Gap| g.reason == GapReason::Pause;
        for gap in sound.played.gaps.iter().filter(paused) {
            let inner = (gap.from_ms * 8) as usize..((gap.to_ms * 8) as usize).min(sound.left.len());
            prop_assert!(sound.left[inner].iter().all(|s| *s == 0), "sound in a pause");
        }
    }
}
