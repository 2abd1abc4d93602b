//! Every codec there and back, at both rates.

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::*;
use ringdesk_audio::tone::{measure, sine};

const WISH: OpusWish = OpusWish { fec: true, dtx: false, bitrate: None };

fn packets(codec: Codec, rate: u32, ms: u32, loss: f32, sound: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(codec, rate, WISH).unwrap();
    encoder.expect_loss(loss);
    let mut payload = [0; 1_500];
    let packet = (rate * ms / 1_000) as usize;
    let mut one = |s: &[i16]| {
        let length = encoder.encode(s, &mut payload).unwrap();
        payload[..length].to_vec()
    };
    sound.chunks_exact(packet).map(&mut one).collect()
}

#[test]
fn there_and_back_at_any_rate_and_packet_time() {
    for codec in Codec::ALL {
        for (from, to) in [(8_000, 8_000), (16_000, 16_000), (8_000, 16_000), (16_000, 8_000)] {
            for ms in [10, 20, 40, 60] {
                let sound = sine(1_004.0, -12.0, from, from as usize * 2);
                let packets = packets(codec, from, ms, 0.0, &sound);
                assert!(packets.iter().all(|p| codec.ticks(p) == codec.clock() / 1_000 * ms), "{codec:?} {ms}");
                let mut decoder = Decoder::new(codec, to).unwrap();
                let mut heard = Vec::new();
                packets.iter().for_each(|p| decoder.decode(p, &mut heard));
                assert_eq!(heard.len(), packets.len() * (to * ms / 1_000) as usize);
                let level = measure(&heard[heard.len() / 2..], to, 1_004.0);
                assert!((level + 12.0).abs() < 1.5, "{codec:?} {from} {to} {ms} ms: {level}");
            }
        }
    }
}

/// What is wrong with every tenth packet, which is lost, with and without a look at the one behind it.
fn wrong(rate: u32, loss: f32) -> [f64; 2] {
    let frame = rate as usize / 50;
    // A tone that changes with every packet: the one before says nothing about it.
    let sound: Vec<i16> = (0..100).flat_map(|n| sine(300.0 + (n % 7) as f32 * 150.0, -12.0, rate, frame)).collect();
    let packets = packets(Codec::Opus, rate, 20, loss, &sound);
    [false, true].map(|look| {
        let mut decoder = Decoder::new(Codec::Opus, rate).unwrap();
        let mut whole = Decoder::new(Codec::Opus, rate).unwrap();
        let mut wrong = 0f64;
        for (n, packet) in packets.iter().enumerate() {
            let (mut heard, mut clean) = (Vec::new(), Vec::new());
            whole.decode(packet, &mut clean);
            if n % 10 == 5 {
                assert!(decoder.conceal(frame, look.then(|| &packets[n + 1][..]), &mut heard));
                wrong += clean.iter().zip(&heard).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
            } else {
                decoder.decode(packet, &mut heard);
            }
            assert_eq!(heard.len(), frame);
        }
        wrong
    })
}

/// Rows: S4.5
#[test]
fn opus_says_of_each_packet_what_the_one_before_was_where_packets_are_lost() {
    for rate in [8_000, 16_000] {
        let [without, with] = wrong(rate, 0.05);
        assert!(with < without / 2.0, "{rate}: {without} {with}");
        let [without, with] = wrong(rate, 0.0);
        assert!((0.9..1.1).contains(&(with / without)), "{rate}: {without} {with}: not where none are");
    }
    let mut out = Vec::new();
    let mut decoder = Decoder::new(Codec::Opus, 8_000).unwrap();
    for payload in [&[][..], &[0xff; 1_400], &[3, 63], &[0x0b, 0xff, 0xff]] {
        out.clear();
        decoder.decode(payload, &mut out);
        assert!(out.len() <= 960);
        decoder.conceal(160, Some(payload), &mut out);
        Codec::Opus.ticks(payload);
    }
    assert!(!Decoder::new(Codec::Pcmu, 8_000).unwrap().conceal(160, None, &mut out));
}

#[test]
fn what_passes_without_being_decoded() {
    for from in Codec::ALL {
        for to in Codec::ALL {
            let tables = from.table_to(to).is_some();
            assert_eq!(from.passes_to(to), from == to || tables, "{from:?} {to:?}");
        }
    }
}

#[test]
fn opus_that_is_wished_for() {
    let wish = OpusWish::parse("minptime=10; useinbandfec=1;usedtx=1 ; maxaveragebitrate=16000");
    assert_eq!(wish, OpusWish { fec: true, dtx: true, bitrate: Some(16_000) });
    assert_eq!(OpusWish::parse("stereo=1;useinbandfec=0;maxaveragebitrate=x"), OpusWish::default());
    // Who wants nothing for silence gets nothing.
    let mut encoder = Encoder::new(Codec::Opus, 8_000, wish).unwrap();
    let mut payload = [0; 1_500];
    let sent = (0..100).filter(|_| encoder.encode(&[0; 160], &mut payload).is_some()).count();
    assert!(sent < 30, "{sent}");
}

/// Rows: S4.5
#[test]
fn opus_takes_fewer_bits_where_the_way_is_narrow_and_more_again() {
    let mut encoder = Encoder::new(Codec::Opus, 16_000, OpusWish::default()).unwrap();
    let mut seed = 1u32;
    let mut second = |encoder: &mut Encoder| -> usize {
        let mut bytes = 0;
        for _ in 0..50 {
            let noise: Vec<i16> = (0..320)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 18) as i16
                })
                .collect();
            bytes += encoder.encode(&noise, &mut [0; 1_500]).unwrap();
        }
        bytes
    };
    let usual = (encoder.bitrate(), second(&mut encoder));
    encoder.report(0.3);
    let narrow = (encoder.bitrate(), second(&mut encoder));
    assert!(
        narrow.0 * 10 <= usual.0 * 6 && narrow.1 * 10 <= usual.1 * 7,
        "with the first report: {usual:?} {narrow:?}"
    );
    for _ in 0..20 {
        encoder.report(0.5);
    }
    assert!(encoder.bitrate() >= 8_000);
    encoder.report(0.05);
    let held = encoder.bitrate();
    encoder.report(0.05);
    assert_eq!(encoder.bitrate(), held, "it bears so much and no more");
    for _ in 0..4 {
        encoder.report(0.0);
    }
    assert_eq!(encoder.bitrate(), usual.0);
    assert!(second(&mut encoder) * 10 >= usual.1 * 9);
}
