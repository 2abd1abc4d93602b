//! `make demo-call`: whole calls with scripted telephones, and the proof that they worked.
//!
//! In English: a caller dials the main menu, hears the greeting, presses 1, hears music and its position; both telephones of agent1
//! ring, one answers, both talk: first tones, which can be measured, then a short dialogue of real and generated speech. The
//! agent hangs up. Printed: the ladder, what was heard, the stored conversation, what is on its recording, its transcript by
//! the speech engine that is installed, and where a spoken word is found. In Mandarin: the same through a queue whose language it is,
//! with the transcript where somebody here understands it; else `no engine for zh-CN` is what the server says, and so do we.
//!
//! `RINGDESK_DEMO_ASR` names a file of `[[asr.engines]]` tables that the server gets as well.

use anyhow::{Context, Result, ensure};
use ringdesk_audio::resample::resample;
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn main() -> Result<()> {
    let engines = match std::env::var_os("RINGDESK_DEMO_ASR") {
        Some(file) => std::fs::read_to_string(&file).with_context(|| file.display().to_string())?,
        None => String::new(),
    };
    println!("--- a call in English\n");
    english(&Centre::start_with(&engines, &[]).await?).await?;
    println!("\n--- a call in Mandarin\n");
    let config = format!("[asr.queues.support]\nlanguage = \"zh-CN\"\n{engines}");
    mandarin(&Centre::start_with(&config, &[]).await?).await
}

#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn english(centre: &Centre) -> Result<()> {
    let ladder = Ladder::default();
    let password = ringdesk_interop::PASSWORD;

    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &ladder).await?;
    let mut desk = Phone::new("2001 desk", "2001", centre.sip, 620.0, &ladder).await?;
    let mut soft = Phone::new("2001 soft", "2001", centre.sip, 900.0, &ladder).await?;
    desk.register(password, 300).await?;
    soft.register(password, 300).await?;
    let agent = centre.login("agent1").await?;

    let (status, reply) = centre.api(&agent, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
    ensure!(status == 200, "presence: {status} {reply}");
    caller.invite("1000").await?;
    caller.answered(SOON).await?;
    ensure!(caller.sound.hears_something(SOON).await, "the caller hears no greeting");
    println!("caller hears the greeting");
    caller.sound.press('1');
    let (one, two) = tokio::join!(desk.rings(SOON), soft.rings(SOON));
    one.context("the desk phone")?;
    two.context("the softphone")?;
    caller.sound.clear();
    ensure!(caller.sound.hears_something(SOON).await, "the caller hears no music");
    println!("caller pressed 1, waits in the queue and hears music and its position");
    desk.pick_up().await?;
    let reason = soft.ringing_stops(SOON).await?;
    println!("both telephones of agent1 rang; the desk phone answered; the other was told: {reason}");

    caller.sound.clear();
    let at_agent = desk.sound.hears_tone(440.0, SOON).await.context("the agent does not hear the caller")?;
    let at_caller = caller.sound.hears_tone(620.0, SOON).await.context("the caller does not hear the agent")?;
    println!("agent hears 440 Hz at {at_agent:.1} dBFS, caller hears 620 Hz at {at_caller:.1} dBFS");

    talk("en", &caller, &desk).await?;
    desk.hang_up().await?;
    caller.hung_up(SOON).await?;
    let ended = |c: &Value| c.to_string().contains("\"hangup_cause\":\"normal\"");
    let conversations = centre.until(&agent, "conversations?channel=phone&limit=1", ended).await?;
    println!("\n{ladder}\nthe conversation, as stored:\n{conversations:#}");

    let reviewer = centre.login("reviewer").await?;
    recording(centre, &reviewer).await?;
    let last = transcript(centre, &reviewer).await?;
    ensure!(last["state"] == "done", "the transcript is not done");
    understood(centre, &reviewer, "en").await
}

#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn mandarin(centre: &Centre) -> Result<()> {
    let ladder = Ladder::default();
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &ladder).await?;
    let mut desk = Phone::new("2001 desk", "2001", centre.sip, 620.0, &ladder).await?;
    desk.register(ringdesk_interop::PASSWORD, 300).await?;
    centre.agent_ready("agent1").await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    desk.rings(SOON).await?;
    desk.pick_up().await?;
    desk.sound.hears_tone(440.0, SOON).await.context("the agent does not hear the caller")?;
    caller.sound.hears_tone(620.0, SOON).await.context("the caller does not hear the agent")?;
    talk("zh-CN", &caller, &desk).await?;
    desk.hang_up().await?;
    caller.hung_up(SOON).await?;
    println!();
    let reviewer = centre.login("reviewer").await?;
    recording(centre, &reviewer).await?;
    let last = transcript(centre, &reviewer).await?;
    match plain(&last["state"]) {
        "done" => understood(centre, &reviewer, "zh-CN").await?,
        "no_engine" => println!("no engine for zh-CN: {}", plain(&last["reason"])),
        other => anyhow::bail!("the transcript is {other}: {last}"),
    }
    Ok(())
}

/// Both say their lines.
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn talk(language: &str, caller: &Phone, agent: &Phone) -> Result<()> {
    caller.sound.hum(0.0);
    agent.sound.hum(0.0);
    for Turn { by_caller, text, sound } in dialogue(language)? {
        println!("{} says: {text}", if by_caller { "caller" } else { "agent" });
        let phone = if by_caller { caller } else { agent };
        phone.sound.say(&sound);
        phone.sound.said().await;
        tokio::time::sleep(Duration::from_millis(1_200)).await; // people let each other finish
    }
    Ok(())
}

/// What is on the newest recording: a tone on each side, and nothing that somebody changed.
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn recording(centre: &Centre, reviewer: &Login) -> Result<()> {
    let stored = |c: &Value| c[0]["recordings"][0]["state"] == "stored";
    let recording = centre.until(reviewer, "conversations?limit=1", stored).await?[0]["recordings"][0].clone();
    let below = format!("recordings/{}", recording["id"].as_str().context("an id")?);
    let (_, verdict) = centre.api(reviewer, "GET", &format!("{below}/verify"), None).await?;
    ensure!(verdict["intact"] == true, "the recording was changed: {verdict:#}");
    let (status, _, wav) = centre.fetch(Some(reviewer), &format!("{below}/audio?format=wav"), None).await?;
    ensure!(status == 200, "the recording: {status}");
    let samples = hound::WavReader::new(wav.as_slice())?.into_samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    let level = |side: usize, hz| {
        let side: Vec<i16> = samples.iter().skip(side).step_by(2).copied().collect();
        let halves = side.chunks_exact(4_000).map(|half| ringdesk_audio::tone::measure(half, 8_000, hz));
        halves.fold(f32::NEG_INFINITY, f32::max)
    };
    let (left, right) = (level(0, 440.0), level(1, 620.0));
    ensure!(left > -30.0 && right > -30.0, "left {left} dBFS, right {right} dBFS");
    println!(
        "the recording: {} ms, caller left at {left:.1} dBFS, agent right at {right:.1} dBFS, {} blocks, intact, SHA-256 {}",
        recording["duration_ms"],
        verdict["blocks"],
        recording["sha256"].as_str().unwrap_or_default()
    );
    Ok(())
}

struct Turn {
    by_caller: bool,
    text: String,
    sound: Vec<i16>,
}

/// What is said, by whom: a recording with its text, or a text to be spoken. One turn per line.
fn dialogue(language: &str) -> Result<Vec<Turn>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let turns = std::fs::read_to_string(format!("{root}/tests/interop/dialogue.jsonl"))?;
    let turns = turns.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let voice = if language == "en" { "en-us" } else { "cmn" };
    let turn = |turn: &Value| {
        let text = |name: &str| turn[name].as_str().map(str::to_owned);
        let words = text("text").context("a text")?;
        let wav = match text("recording") {
            Some(file) => std::fs::read(format!("{root}/{file}"))?,
            None => Command::new("espeak-ng").args(["-v", voice, "-s", "140", "--stdout", &words]).output()?.stdout,
        };
        // Read as a stream: speech that is generated does not know its length beforehand.
        let mut reader = hound::WavReader::new(wav.as_slice()).with_context(|| format!("no speech for {words:?}"))?;
        let rate = reader.spec().sample_rate;
        let samples: Vec<i16> = reader.samples::<i16>().map_while(Result::ok).collect();
        Ok(Turn { by_caller: turn["who"] == "caller", text: words, sound: resample(&samples, rate, 8_000) })
    };
    turns.iter().filter(|t| t["call"] == language).map(turn).collect()
}

/// The last transcript of the newest conversation, when it is over.
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn transcript(centre: &Centre, reviewer: &Login) -> Result<Value> {
    let is_final = |t: &Value| t["pass"] == "final" && t["state"] != "running";
    let over = |c: &Value| c[0]["transcripts"].as_array().is_some_and(|all| all.iter().any(is_final));
    let mut page = centre.until(reviewer, "conversations?limit=1", over).await;
    for _ in 0..5 {
        if page.is_ok() {
            break;
        }
        page = centre.until(reviewer, "conversations?limit=1", over).await; // on a busy machine an engine takes its time
    }
    let page = page?;
    let all = page[0]["transcripts"].as_array().context("transcripts")?;
    let last = all.iter().find(|t| is_final(t)).context("the last one")?;
    println!("\nthe transcript: {} {} {}", last["engine"], last["state"], last["reason"]);
    Ok(last.clone())
}

/// What the engine understood, and where one of the words is found that were said and understood.
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn understood(centre: &Centre, reviewer: &Login, language: &str) -> Result<()> {
    let (_, page) = centre.api(reviewer, "GET", "conversations?limit=1", None).await?;
    let path = format!("conversations/{}/messages?limit=200", page[0]["id"].as_str().context("an id")?);
    let (_, messages) = centre.api(reviewer, "GET", &path, None).await?;
    let lines: Vec<&Value> = messages.as_array().into_iter().flatten().filter(|m| m["kind"] == "speech").collect();
    for line in &lines {
        println!("{:>7} ms  {:<8} {}", line["start_ms"].to_string(), plain(&line["speaker"]), plain(&line["text"]));
    }
    let said = dialogue(language)?.into_iter().map(|t| t.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let words = lines.iter().flat_map(|l| words(plain(&l["text"]))).filter(|w| said.contains(w.as_str()));
    let word = words.max_by_key(String::len).context("no word was understood")?;
    let query: String = word.bytes().map(|b| format!("%{b:02X}")).collect();
    let (status, found) = centre.api(reviewer, "GET", &format!("search?q={query}"), None).await?;
    ensure!(status == 200 && found["items"][0]["recording_id"].is_string(), "{status} {found:#}");
    println!("\nsearch for \"{word}\":\n{:#}", found["items"][0]);
    Ok(())
}

/// What may be looked for: words of four letters and more, and pairs of Chinese characters.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 3).map(str::to_lowercase).collect();
    let chars: Vec<char> = text.chars().collect();
    let han = |pair: &&[char]| pair.iter().all(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
    words.extend(chars.windows(2).filter(han).map(|pair| pair.iter().collect::<String>()));
    words
}

fn plain(text: &Value) -> &str {
    text.as_str().unwrap_or_default()
}
