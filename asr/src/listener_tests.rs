use super::*;
use crate::wav;
use bytes::Bytes;
use ringdesk_audio::resample::resample;
use ringdesk_audio::tone;
use std::path::Path;
use uuid::Uuid;

const BEGAN: Timestamp = Timestamp::from_millis(1_000_000);

fn leg(n: u128) -> LegId {
    LegId(Uuid::from_u128(n))
}

fn speech(file: &str) -> Vec<i16> {
    let clip = wav::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)).unwrap();
    resample(clip.samples(), 16_000, 8_000)
}

/// Packets of 20 ms, the first at `at_ms`, numbered and timed from there.
fn packets(of: LegId, at_ms: i64, ssrc: u32, sequence: u16, timestamp: u32, sound: &[i16]) -> Vec<Tapped> {
    let packet = |(n, piece): (usize, &[i16])| Tapped::Packet {
        track: Track::Leg(of),
        arrived: Timestamp::from_millis(1_000_000 + at_ms + n as i64 * 20),
        ssrc,
        sequence: sequence.wrapping_add(n as u16),
        timestamp: timestamp.wrapping_add(n as u32 * 160),
        coding: Coding::Pcma,
        payload: piece.iter().map(|s| g711::alaw_encode(*s)).collect::<Vec<u8>>().into(),
    };
    sound.chunks_exact(160).enumerate().map(packet).collect()
}

fn listener() -> Listener {
    Listener::new(BEGAN, Settings::default(), every_coding)
}

fn said(listener: &mut Listener) -> Vec<(Track, u64, u64)> {
    let cuts = std::iter::from_fn(|| listener.poll_output());
    cuts.filter_map(|(track, cut)| if let Cut::Said(u) = cut { Some((track, u.start_ms, u.end_ms)) } else { None })
        .collect()
}

/// Rows: V4
#[test]
fn two_legs_and_a_wrap_of_every_number() {
    let (a, b) = (speech("en/sb-spk1_snt1.wav"), speech("en/sb-spk2_snt4.wav"));
    let mut both = packets(leg(1), 2_000, 7, 65_500, u32::MAX - 9_000, &a);
    both.extend(packets(leg(2), 2_500, 7, 3, 5, &b));
    both.sort_by_key(|p| if let Tapped::Packet { arrived, .. } = p { arrived.0 } else { 0 });
    let mut listener = listener();
    for packet in both {
        listener.handle_input(packet);
    }
    // Nothing more comes: a timer ends what was said, within a second.
    let (at, _) = listener.poll_timeout().unwrap();
    assert!(at <= BEGAN + Duration::from_millis(2_500 + 2_040 + 800));
    listener.handle_timeout(at);
    listener.handle_timeout(at + Duration::from_secs(5));
    assert_eq!(listener.poll_timeout(), None);
    let mut said = said(&mut listener);
    said.sort();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].0 == Track::Leg(leg(1)) && said[0].1.abs_diff(2_000) < 60, "{said:?}");
    assert!(said[1].0 == Track::Leg(leg(2)) && said[1].1.abs_diff(2_500) < 60, "{said:?}");
}

fn clip(listener: &mut Listener) -> Vec<i16> {
    let said = std::iter::from_fn(|| listener.poll_output());
    said.filter_map(|(_, cut)| if let Cut::Said(u) = cut { Some(u.clip.samples().to_vec()) } else { None })
        .flatten()
        .collect()
}

/// Disorder, duplicates and jitter change no sample and no time.
#[test]
fn a_bad_network_changes_nothing_that_arrives() {
    let sound = speech("en/sb-spk1_snt3.wav");
    let straight = packets(leg(1), 100, 7, 10, 0, &sound);
    let mut crooked = straight.clone();
    for n in (5..crooked.len() - 5).step_by(7) {
        crooked.swap(n, n + 2);
        let again = crooked[n].clone();
        crooked.insert(n + 4, again);
    }
    for (n, packet) in crooked.iter_mut().enumerate() {
        if let Tapped::Packet { arrived, .. } = packet
            && n > 0
        {
            *arrived += Duration::from_millis(n as u64 * 37 % 120);
        }
    }
    let mut clips = Vec::new();
    for packets in [straight, crooked] {
        let mut listener = listener();
        for packet in packets {
            listener.handle_input(packet);
        }
        listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
        clips.push(clip(&mut listener));
    }
    assert!(!clips[0].is_empty() && clips[0] == clips[1]);
}

/// A machine that stands still in the middle of a sentence, and then has all of it at once: the same sound at the same time, in one piece.
///
/// Rows: V4
#[test]
fn a_voice_that_comes_late_is_heard_as_it_was_spoken() {
    let sound = speech("en/sb-spk1_snt3.wav");
    let straight = packets(leg(1), 100, 7, 10, 0, &sound);
    let arrives = |packet: &Tapped| if let Tapped::Packet { arrived, .. } = packet { *arrived } else { BEGAN };
    let heard = |stalls: &[(u64, u64)]| {
        let mut listener = listener();
        for packet in &straight {
            let (mut packet, at) = (packet.clone(), arrives(packet));
            // Whatever comes while it stands still comes at the end of that.
            let stall = stalls.iter().find(|(from, to)| {
                at.since(BEGAN).as_millis() as u64 >= *from && at < BEGAN + Duration::from_millis(*to)
            });
            if let (Some((_, to)), Tapped::Packet { arrived, .. }) = (stall, &mut packet) {
                *arrived = BEGAN + Duration::from_millis(*to);
            }
            listener.handle_input(packet);
        }
        listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
        let cuts = std::iter::from_fn(|| listener.poll_output());
        cuts.filter_map(|(_, cut)| if let Cut::Said(u) = cut { Some(u) } else { None }).collect::<Vec<_>>()
    };
    let whole = heard(&[]);
    assert_eq!(whole.len(), 1);
    for stalls in [&[(900, 1_700)][..], &[(900, 2_400)], &[(600, 1_300), (1_500, 2_600)]] {
        assert!(heard(stalls) == whole, "{stalls:?}: {:?}", heard(stalls));
    }
}

/// A telephone whose clock stands still while it is on hold: what it says then is heard at its own time, soon.
#[test]
fn a_voice_that_stays_late_was_spoken_late() {
    let sound = speech("en/vosk-digits.wav");
    let mut listener = listener();
    let before = packets(leg(1), 0, 7, 10, 0, &vec![0; 1_600]);
    let after = packets(leg(1), 30_000, 7, 20, 1_600, &sound);
    for packet in before.into_iter().chain(after) {
        listener.handle_input(packet);
    }
    listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
    let said = said(&mut listener);
    let (_, _, end) = said.last().unwrap();
    assert!(end.abs_diff(30_000 + sound.len() as u64 / 8) < 1_500, "{said:?}");
}

/// In place of a lost packet there is no hole: the recogniser hears the voice go on, and each word at its time.
///
/// Rows: S4.4
#[test]
fn a_voice_goes_on_where_a_packet_is_lost() {
    let sound = speech("en/sb-spk1_snt3.wav");
    let whole = packets(leg(1), 100, 7, 10, 0, &sound);
    let holed: Vec<Tapped> = whole.iter().enumerate().filter(|(n, _)| n % 10 != 5).map(|(_, p)| p.clone()).collect();
    let clips: Vec<Vec<i16>> = [whole, holed]
        .into_iter()
        .map(|packets| {
            let mut listener = listener();
            packets.into_iter().for_each(|packet| listener.handle_input(packet));
            listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
            clip(&mut listener)
        })
        .collect();
    assert!(clips[0].len().abs_diff(clips[1].len()) < 1_600, "{} {}", clips[0].len(), clips[1].len());
    // A hole of 20 ms would be 320 samples of nothing at 16 kHz.
    let longest = |clip: &[i16]| clip.split(|s| s.unsigned_abs() > 1).map(<[i16]>::len).max().unwrap_or(0);
    assert!(longest(&clips[1]) < longest(&clips[0]) + 100, "{} {}", longest(&clips[0]), longest(&clips[1]));
}

/// A transfer: another source, other numbers, later.
#[test]
fn a_new_source_goes_on_at_its_time_of_arrival() {
    let sound = speech("en/sb-spk2_snt2.wav");
    let mut listener = listener();
    for packet in packets(leg(1), 1_000, 7, 10, 99, &sound) {
        listener.handle_input(packet);
    }
    for packet in packets(leg(1), 9_000, 8, 60_000, 4_000_000, &sound) {
        listener.handle_input(packet);
    }
    // And the same source after a jump of its clock.
    for packet in packets(leg(1), 20_000, 8, 60_000 + 200, 77, &sound) {
        listener.handle_input(packet);
    }
    // Or with all its numbers back to the beginning.
    for packet in packets(leg(1), 30_000, 8, 55_000, 3, &sound) {
        listener.handle_input(packet);
    }
    listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
    let said = said(&mut listener);
    let starts: Vec<u64> = said.iter().map(|s| (s.1 + 100) / 1_000).collect();
    assert_eq!(starts, [1, 9, 20, 30], "{said:?}");
}

/// Rows: V11
#[test]
fn a_masked_leg_is_not_heard() {
    let sound = speech("en/vosk-digits.wav");
    let mut listener = listener();
    listener.set_deaf(leg(1), true, BEGAN);
    for packet in packets(leg(1), 0, 7, 10, 0, &sound) {
        listener.handle_input(packet);
    }
    assert_eq!(said(&mut listener), []);
    listener.set_deaf(leg(1), false, BEGAN);
    for packet in packets(leg(1), 20_000, 8, 10, 0, &sound) {
        listener.handle_input(packet);
    }
    listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
    assert!(!said(&mut listener).is_empty());
}

/// The same words in every coding: heard at the same time, wide ones at 16 kHz, whatever comes between.
///
/// Rows: V4
#[test]
fn wideband_telephones_are_heard_at_their_own_rate() {
    let clip = wav::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/en/sb-spk1_snt1.wav")).unwrap();
    let wide = clip.samples();
    let narrow = speech("en/sb-spk1_snt1.wav");
    let mut opus = opus::Encoder::new(16_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
    let mut g722 = g722::Encoder::default();
    let mut code = |coding: Coding, piece: &[i16], n: usize| -> Vec<u8> {
        match coding {
            Coding::Pcmu => narrow[n * 160..(n + 1) * 160].iter().map(|s| g711::ulaw_encode(*s)).collect(),
            Coding::Pcma => narrow[n * 160..(n + 1) * 160].iter().map(|s| g711::alaw_encode(*s)).collect(),
            Coding::G722 => {
                let mut out = Vec::new();
                g722.encode(piece, &mut out);
                out
            }
            Coding::Opus => opus.encode_vec(piece, 1_500).unwrap(),
        }
    };
    let mut ends = Vec::new();
    let mut dull = f32::MIN;
    for (coding, rate) in [(Coding::Pcmu, 8_000), (Coding::Pcma, 8_000), (Coding::G722, 16_000), (Coding::Opus, 16_000)]
    {
        let mut listener = listener();
        for (n, piece) in wide.chunks_exact(320).enumerate().take(narrow.len() / 160) {
            let payload = code(coding, piece, n).into();
            let number = n as u32;
            listener.handle_input(Tapped::Packet {
                track: Track::Leg(leg(1)),
                arrived: BEGAN + Duration::from_millis(20 * u64::from(number)),
                ssrc: 1,
                sequence: number as u16,
                timestamp: number * coding.clock_rate() / 50,
                coding,
                payload,
            });
        }
        for junk in [Bytes::new(), Bytes::from_static(&[0xff; 3])] {
            let (sequence, timestamp) = (u16::MAX, 0);
            let (track, arrived) = (Track::Leg(leg(1)), BEGAN);
            listener.handle_input(Tapped::Packet {
                track,
                arrived,
                ssrc: 2,
                sequence,
                timestamp,
                coding,
                payload: junk,
            });
        }
        listener.handle_input(Tapped::Ended { leg: leg(1), at: BEGAN });
        let cuts: Vec<crate::Utterance> = std::iter::from_fn(|| listener.poll_output())
            .filter_map(|(_, cut)| if let Cut::Said(u) = cut { Some(u) } else { None })
            .collect();
        let first = cuts.first().unwrap_or_else(|| panic!("{coding:?}: nothing was heard"));
        assert!(first.clip.ms().abs_diff(first.end_ms - first.start_ms) <= 20, "{coding:?}");
        // What lies above the telephone's band.
        let bright =
            (18..30).map(|n| tone::measure(first.clip.samples(), 16_000, 250.0 * n as f32)).sum::<f32>() / 12.0;
        match rate {
            8_000 => dull = dull.max(bright),
            _ => assert!(bright > dull + 6.0, "{coding:?}: {bright} dB, narrow ones {dull} dB"),
        }
        ends.push((first.start_ms, cuts.iter().map(|u| u.end_ms).max().unwrap_or(0)));
        assert_eq!(listener.missed().0, 0);
    }
    for (start, end) in &ends {
        assert!(start.abs_diff(ends[0].0) <= 100 && end.abs_diff(ends[0].1) <= 200, "{ends:?}");
    }
}

#[test]
fn what_nobody_decodes_is_counted_and_players_are_not_heard() {
    // An ear that knows one coding.
    let mut listener =
        Listener::new(BEGAN, Settings::default(), |coding| every_coding(coding).filter(|_| coding == Coding::Pcmu));
    let sound = speech("en/sb-spk2_snt2.wav");
    for packet in packets(leg(1), 0, 7, 10, 0, &sound) {
        listener.handle_input(packet);
    }
    let unheard = listener.missed().0;
    assert!(unheard > 50);
    for mut packet in packets(leg(2), 0, 7, 10, 0, &sound) {
        if let Tapped::Packet { track, .. } = &mut packet {
            *track = Track::Player(leg(2));
        }
        listener.handle_input(packet);
    }
    listener.handle_input(Tapped::Lost { at: BEGAN, packets: 5 });
    assert_eq!(listener.missed(), (unheard, 5));
    assert!(listener.poll_output().is_none());
    // A tap of a thousand legs, and packets of any form.
    for n in 0..1_000u32 {
        listener.handle_input(Tapped::Packet {
            track: Track::Leg(leg(u128::from(n))),
            arrived: Timestamp(i64::MIN),
            ssrc: n,
            sequence: (n * 30_000) as u16,
            timestamp: n.wrapping_mul(0x9e37_79b9),
            coding: Coding::Pcmu,
            payload: Bytes::from(vec![0; n as usize]),
        });
    }
    assert!(listener.tracks.len() <= MOST_TRACKS);
}
