//! Speech over a bad line, through the whole house: what the others hear, what is on the tape, and what a recogniser
//! understands of both.
//!
//! A contact reads sentences twice in one call: over a good line, and over one that loses 5 % of the packets and delivers the
//! rest up to 40 ms early or late, out of order and sometimes twice. Three take part, so that sound is mixed and not passed on.

use super::recordings::{stored, wav};
use super::transfers::{CONTACT, SOON, Talk};
use anyhow::{Context as _, Result, ensure};
use ringdesk_asr::EngineConfig;
use ringdesk_asr::bench::{self, Reference};
use ringdesk_asr::score::Score;
use ringdesk_interop::Relay;
use ringdesk_listening::{Line, Sentence, Tape, estoi};
use ringdesk_model::Language;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// S4.4: what a recogniser gets wrong may rise by so much.
const MORE_ERRORS: f64 = 0.05;
/// What one reading of 131 words cannot tell apart: the standard error at an error rate of a half.
const CANNOT_TELL: f64 = 0.044;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../asr/tests/data"))
}

/// The English sentences of the recognisers' tests, and all that is said in them.
fn sentences() -> Result<(Tape, String)> {
    let english = |r: &Reference| r.language == Language::En;
    let references: Vec<Reference> = bench::references(&folder())?.into_iter().filter(english).collect();
    let mut sentences = Vec::new();
    for reference in &references {
        let name = reference.file.strip_prefix(folder())?.to_str().context("a name")?;
        sentences.push(Sentence::read(&folder(), name)?);
    }
    let words: Vec<&str> = references.iter().map(|r| r.text.as_str()).collect();
    Ok((Tape::of(&sentences), words.join(" ")))
}

/// What came of one reading: how alike it was to what was said, and what was understood.
#[derive(Debug)]
struct Reading {
    heard: f64,
    taped: f64,
    words_heard: Score,
    words_taped: Score,
}

async fn read_twice(talk: &mut Talk, bad: Line) -> Result<[Reading; 2]> {
    let (tape, words) = sentences()?;
    // A third, who says nothing.
    talk.transfer(json!({ "agent": talk.two.1.agent.clone() }), "join").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.centre.figure_until("media_legs_mixed", SOON, |n| n == 3).await?;
    let relay = Relay::to(talk.contact.sends_sound_to()?).await?;
    talk.contact.sound.send_to(relay.near);
    // It comes from another address now, which is believed after a while.
    tokio::time::sleep(Duration::from_secs(1)).await;
    talk.one.0.sound.clear();
    ensure!(talk.one.0.sound.hears_tone(CONTACT, SOON).await.is_some(), "not by the relay");
    for phone in [&talk.contact, &talk.one.0, &talk.two.0] {
        phone.sound.hum(0.0);
    }
    let (mut heard, mut begun) = (Vec::new(), Vec::new());
    for line in [Line::GOOD, bad] {
        relay.becomes(line);
        talk.one.0.sound.clear();
        begun.push(Instant::now());
        talk.contact.sound.say(&tape.sound);
        talk.contact.sound.said().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        heard.push(talk.one.0.sound.heard());
    }
    let over = Instant::now();
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.two.0.hung_up(SOON).await?;

    let reviewer = talk.centre.login("reviewer").await?;
    let recording = stored(&talk.centre, &reviewer, 1).await?.remove(0);
    let [left, _] = wav(&talk.centre, &reviewer, &recording).await?;
    // Where the readings begin, counted from the end.
    let begins = |n: usize| left.len().saturating_sub((over - begun[n]).as_millis() as usize * 8);
    let engine = EngineConfig::Pocketsphinx.build();
    let mut readings = Vec::new();
    for (n, heard) in heard.iter().enumerate() {
        let taped = if n == 0 { &left[begins(0)..begins(1)] } else { &left[begins(1)..] };
        let understood = async |sound: &[i16]| {
            let heard = bench::hear_sound(engine.as_ref(), (&words, Language::En), 8_000, sound).await;
            heard.score
        };
        readings.push(Reading {
            heard: estoi(&tape.sound, heard, 8_000).score,
            taped: estoi(&tape.sound, taped, 8_000).score,
            words_heard: understood(heard).await,
            words_taped: understood(taped).await,
        });
    }
    readings.try_into().map_err(|_| anyhow::anyhow!("two readings"))
}

#[expect(clippy::print_stdout, reason = "the readings are what the test is run for by hand")]
fn judge(name: &str, [good, bad]: &[Reading; 2], floor: f64) -> Result<()> {
    println!("{name}\n  over a good line: {good:?}\n  over a bad one:   {bad:?}");
    let rises = |good: Score, bad: Score, whose: &str| {
        ensure!(good.rate() < 0.65, "{name}, {whose}: {good:?}");
        ensure!(bad.rate() <= good.rate() + MORE_ERRORS + CANNOT_TELL, "{name}, {whose}: {good:?} became {bad:?}");
        Ok(())
    };
    rises(good.words_taped, bad.words_taped, "taped")?;
    ensure!(good.taped > 0.94, "{name}, taped over a good line: {}", good.taped);
    ensure!(bad.taped > floor, "{name}, taped over a bad line: {}", bad.taped);
    // A mix is made every 20 ms: a machine that is too busy for that cuts it over a good line, too, and says nothing about the
    // bad one. On a virtual clock media's own test hears it.
    if good.heard > 0.94 {
        rises(good.words_heard, bad.words_heard, "heard")?;
        ensure!(bad.heard > floor - 0.02, "{name}, heard over a bad line: {}", bad.heard);
    }
    Ok(())
}

/// Telephones and line are of the same machine, and send too late where it is busy: that makes a reading worse, never better. So
/// another call may show what the first could not.
async fn shown(name: &str, begin: impl AsyncFn() -> Result<Talk>, bad: Line, floor: f64) -> Result<()> {
    let mut tries = 3;
    loop {
        let mut talk = begin().await?;
        let judged = judge(name, &read_twice(&mut talk, bad).await?, floor);
        talk.ends().await?;
        tries -= 1;
        if judged.is_ok() || tries == 0 {
            return judged;
        }
    }
}

/// Rows: S4.4, S4.5
#[tokio::test(flavor = "multi_thread")]
async fn pcmu_over_a_bad_line() -> Result<()> {
    shown("PCMU", async || Talk::begin("").await, Line::bad(1), 0.94).await
}

/// Each packet says what the one before was, and that is made use of in the mix and in the recording.
///
/// Rows: S4.4, S4.5
#[tokio::test(flavor = "multi_thread")]
async fn opus_over_a_bad_line() -> Result<()> {
    shown("Opus", async || Talk::begin_in_opus("").await, Line::bad(2), 0.91).await
}
