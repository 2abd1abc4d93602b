//! Opus to a telephone whose way becomes narrow and lossy, and wide again: fewer bits, and packets that say what the one before
//! was, by what the telephone reports.

use super::transfers::{SOON, Talk};
use anyhow::{Result, ensure};
use ringdesk_interop::Phone;
use ringdesk_listening::{Sentence, Tape};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// Packets from which a figure is taken: half a second of speech.
const ENOUGH: usize = 25;

/// Does this packet of 20 ms, by the speech coder alone, say what the one before was (RFC 6716 §4.2.3, §4.2.4)?
fn is_protected(packet: &[u8]) -> bool {
    let by_speech_coder = packet.first().is_some_and(|toc| toc >> 3 < 12 && toc & 3 == 0);
    // The first two bits: somebody speaks, and the flag.
    by_speech_coder && packet.get(1).is_some_and(|bits| bits & 0x40 != 0)
}

/// Bits per second of what came last, and the share of packets that protect the one before.
fn of_late(phone: &Phone) -> Option<(usize, f64)> {
    let packets = phone.sound.opus_packets();
    let last = &packets[packets.len().checked_sub(ENOUGH)?..];
    let bits = last.iter().map(Vec::len).sum::<usize>() * 8 * 50 / ENOUGH;
    Some((bits, last.iter().filter(|p| is_protected(p)).count() as f64 / ENOUGH as f64))
}

async fn until(phone: &Phone, what: &str, fits: impl Fn(usize, f64) -> bool) -> Result<Duration> {
    phone.sound.clear();
    let begun = Instant::now();
    let mut tick = interval(Duration::from_millis(20));
    loop {
        tick.tick().await;
        let now = of_late(phone);
        if now.is_some_and(|(bits, protected)| fits(bits, protected)) {
            return Ok(begun.elapsed());
        }
        ensure!(begun.elapsed() < SOON, "{what}: {now:?}");
    }
}

/// Rows: S4.5, S4.4
#[tokio::test(flavor = "multi_thread")]
async fn fewer_bits_on_a_narrow_way_and_protection_on_a_lossy_one() -> Result<()> {
    let mut talk = Talk::begin_in_opus("").await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asr/tests/data");
    let sentence = Sentence::read(&folder, "en/lj001-0005.wav")?;
    // Without pauses: nobody needs bits for those.
    let sentences = vec![sentence; 12];
    talk.one.0.sound.say(&sentences.iter().flat_map(|s| s.sound.clone()).collect::<Vec<i16>>());
    assert!(Tape::of(&sentences[..1]).seconds() > 5);
    let phone = &talk.contact;
    // A good way: no protection, the usual bits.
    phone.sound.report_loss(0.0).await?;
    until(phone, "usual", |bits, protected| (9_000..19_000).contains(&bits) && protected == 0.0).await?;
    // Some loss: every packet with speech in it protects the one before.
    phone.sound.report_loss(0.06).await?;
    until(phone, "protected", |_, protected| protected > 0.6).await?;
    // A third is missing: the way is too narrow, for each report half of the bits go. S4.5: within two seconds.
    let (before, _) = of_late(phone).unwrap_or_default();
    for _ in 0..2 {
        phone.sound.report_loss(0.34).await?;
    }
    let took = until(phone, "fewer bits", |bits, _| bits * 10 < before * 7).await?;
    println!("{before} bits per second became fewer within {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    // It is wide again: bits come back report by report, and protection goes.
    for _ in 0..20 {
        phone.sound.report_loss(0.0).await?;
    }
    until(phone, "as before", |bits, protected| bits > 9_000 && protected == 0.0).await?;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.ends().await
}
