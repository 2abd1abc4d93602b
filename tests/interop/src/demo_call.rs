//! `make demo-call`: one whole call with scripted telephones, and the proof that it worked.
//!
//! A caller dials the main menu, hears the greeting, presses 1, hears music and its position; both telephones of agent1
//! ring, one answers, both talk; the agent hangs up. Printed: the ladder, what was heard, the stored conversation, and what
//! is on its recording.

use anyhow::{Context, Result, ensure};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::json;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the output is the product")]
async fn main() -> Result<()> {
    let centre = Centre::start().await?;
    let ladder = Ladder::default();
    let password = ringdesk_interop::centre::PASSWORD;

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

    tokio::time::sleep(Duration::from_secs(2)).await; // of talk, for the recording
    desk.hang_up().await?;
    caller.hung_up(SOON).await?;
    let ended = |c: &serde_json::Value| c.to_string().contains("\"hangup_cause\":\"normal\"");
    let conversations = centre.until(&agent, "conversations?channel=phone&limit=1", ended).await?;
    println!("\n{ladder}\nthe conversation, as stored:\n{conversations:#}");

    let reviewer = centre.login("reviewer").await?;
    let stored = |c: &serde_json::Value| c[0]["recordings"][0]["state"] == "stored";
    let recording = centre.until(&reviewer, "conversations?limit=1", stored).await?[0]["recordings"][0].clone();
    let below = format!("recordings/{}", recording["id"].as_str().context("an id")?);
    let (_, verdict) = centre.api(&reviewer, "GET", &format!("{below}/verify"), None).await?;
    ensure!(verdict["intact"] == true, "the recording was changed: {verdict:#}");
    let (status, _, wav) = centre.fetch(Some(&reviewer), &format!("{below}/audio?format=wav"), None).await?;
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
