//! What was said and what is on the tape, sample by sample, whatever the call went through.

use super::recordings::{SOON, Talk, decoded, id, stored, wav};
use anyhow::{Context as _, Result};
use ringdesk_audio::tone::measure;
use ringdesk_interop::sound::Spoken;
use serde_json::Value;
use std::ops::Range;

const FRAME: usize = 160;
/// A source that is placed anew may lie so much beside where it was: a machine that is busy speaks late, and catches up.
const NEAR: usize = 25 * FRAME;

/// A tone whose pitch steps with every frame: no two frames within a second are the same.
fn code(from_hz: f32, step_hz: f32, seconds: usize) -> Vec<i16> {
    let mut phase = 0f32;
    let mut samples = Vec::with_capacity(seconds * 8_000);
    for n in 0..seconds * 50 {
        let hz = from_hz + step_hz * (n % 61) as f32;
        for _ in 0..FRAME {
            samples.push((phase.sin() * 8_000.0) as i16);
            phase = (phase + std::f32::consts::TAU * hz / 8_000.0) % std::f32::consts::TAU;
        }
    }
    samples
}

/// Where on the tape each frame is, if it is there, in the order in which they were said.
fn places(tape: &[i16], spoken: &[Spoken]) -> Vec<Option<usize>> {
    let is_at = |frame: &[i16], at: usize| tape.get(at..at + FRAME) == Some(frame);
    let mut places = Vec::with_capacity(spoken.len());
    // The last one that was found: its number, and its place.
    let mut before: Option<(usize, usize)> = None;
    for frame in spoken {
        let next = before.map(|(tick, at)| at + (frame.tick - tick) * FRAME);
        let window = match next {
            // The first one may be anywhere.
            None => 0..tape.len(),
            Some(next) => next.saturating_sub(NEAR)..(next + NEAR).min(tape.len()),
        };
        let here = next.filter(|at| is_at(&frame.samples, *at));
        let found = here.or_else(|| window.clone().find(|at| is_at(&frame.samples, *at)));
        places.push(found);
        before = found.map(|at| (frame.tick, at)).or(before);
    }
    places
}

/// The gaps of one side, in samples.
fn gaps(recording: &Value, side: &str) -> Vec<Range<usize>> {
    let ms = |g: &Value, name: &str| usize::try_from(g[name].as_i64().unwrap_or(0)).unwrap_or(0) * 8;
    let all = recording["gaps"].as_array().into_iter().flatten();
    let mine = all.filter(|g| g["side"] == "both" || g["side"] == side);
    mine.map(|g| ms(g, "from_ms")..ms(g, "to_ms")).collect()
}

/// Each frame is on the tape as it was said, or its time is in a gap; and what is on the tape was said.
fn account(name: &str, tape: &[i16], spoken: &[Spoken], gaps: &[Range<usize>], aside: &[Range<usize>]) -> Range<usize> {
    let places = places(tape, spoken);
    let first = places.iter().position(Option::is_some).unwrap_or_else(|| panic!("{name}: nothing is on the tape"));
    let last = places.iter().rposition(Option::is_some).unwrap_or(first);
    assert!(first < 25 && places.len() - last < 25, "{name}: {first} before, {} after", places.len() - last);
    let mut heard = vec![false; tape.len()];
    for at in places.iter().flatten() {
        heard[*at..at + FRAME].fill(true);
    }
    let mut claimed = 0;
    let mut before = (spoken[first].tick, places[first].unwrap_or(0));
    for (n, (place, frame)) in places.iter().zip(spoken).enumerate().take(last + 1).skip(first) {
        match place {
            Some(at) => {
                assert!(!frame.lost, "{name}: a frame that never came is on the tape");
                before = (frame.tick, *at);
            }
            None => {
                let expected = before.1 + (frame.tick - before.0) * FRAME;
                // A frame at the border of a gap is given to the gap; one into which music begins is mixed with it.
                let near = expected.saturating_sub(3 * FRAME)..expected + 3 * FRAME;
                let listed = gaps.iter().chain(aside).any(|g| g.start < near.end && near.start < g.end);
                // Where a source was placed anew two of its frames may claim one place; one of them has it.
                let taken = heard[expected.min(tape.len())..(expected + FRAME).min(tape.len())].iter().any(|h| *h);
                claimed += usize::from(!listed && taken);
                assert!(
                    listed || taken,
                    "{name}: frame {n} of {} at {expected} is neither heard nor listed",
                    places.len()
                );
            }
        }
    }
    let (from, to) = (places[first].unwrap_or(0), places[last].unwrap_or(0) + FRAME);
    let mut unsaid = 0;
    for (at, there) in heard.iter().enumerate().take(to).skip(from) {
        let listed = *there || gaps.iter().chain(aside).any(|g| g.contains(&at));
        unsaid = if listed { 0 } else { unsaid + 1 };
        // Of a frame that two sources claim a part may stand.
        assert!(unsaid <= FRAME, "{name}: at {at} is something that nobody said, and no gap");
    }
    assert!(claimed <= 25, "{name}: {claimed} frames had no place of their own");
    from..to
}

/// Two people say codes through losses, keys, hold, mask, pause and a change of the source; then one is silent, then the other.
///
/// Rows: S4.6, V6, V11
#[tokio::test(flavor = "multi_thread")]
async fn every_frame_is_on_the_tape_or_in_a_gap() -> Result<()> {
    let mut talk = Talk::begin().await?;
    let (caller, agent) = (&talk.caller.sound, &talk.agent.sound);
    let before = (caller.spoken().len(), agent.spoken().len());
    caller.hum(0.0);
    agent.hum(0.0);
    // Longer than the test: they talk until they hang up.
    caller.say(&code(300.0, 13.0, 60));
    agent.say(&code(1_700.0, 17.0, 60));
    talk.lasts(1_000).await;
    talk.caller.sound.lose(5);
    talk.agent.sound.lose(3);
    talk.lasts(700).await;
    talk.caller.sound.press('7');
    talk.lasts(700).await;
    let held_from = talk.agent.sound.spoken().len();
    talk.agent.sound.mute(true);
    talk.agent.reinvite("sendonly").await?;
    talk.lasts(1_000).await;
    talk.agent.reinvite("sendrecv").await?;
    talk.agent.sound.mute(false);
    talk.lasts(700).await;
    assert_eq!(talk.order("mask").await?, 204);
    talk.lasts(800).await;
    assert_eq!(talk.order("unmask").await?, 204);
    talk.lasts(700).await;
    assert_eq!(talk.order("pause").await?, 204);
    talk.lasts(600).await;
    assert_eq!(talk.order("start").await?, 204);
    talk.lasts(700).await;
    talk.caller.sound.change_source();
    talk.lasts(700).await;
    talk.agent.sound.change_source();
    talk.lasts(1_000).await;
    let alone_from = talk.caller.sound.spoken().len();
    talk.agent.sound.mute(true);
    talk.lasts(1_500).await;
    let alone_to = talk.caller.sound.spoken().len();
    talk.agent.sound.mute(false);
    talk.caller.sound.mute(true);
    let other_from = talk.agent.sound.spoken().len();
    talk.lasts(1_500).await;
    talk.caller.hang_up().await?;
    let (said, answered) = (talk.caller.sound.spoken(), talk.agent.sound.spoken());
    talk.agent.hung_up(SOON).await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    // Only rendering knows what the network lost; whoever wants to hear it does not wait until the machine is idle.
    let recording = stored(centre, who, 1).await?.remove(0);
    let path = format!("recordings/{}/audio", id(&recording)?);
    let (_, _, ogg) = centre.fetch(Some(who), &path, None).await?;
    let recording = stored(centre, who, 1).await?.remove(0);
    let [left, right] = wav(centre, who, &recording).await?;
    // What came before the codes, a tone and silence, is the same in many places.
    let is_code = |frame: &Spoken| frame.samples.iter().any(|s| s.unsigned_abs() > 100);
    let lead = |all: &[Spoken], from: usize| from + 1 + all[from + 1..].iter().take_while(|f| !is_code(f)).count();
    let before = (lead(&said, before.0), lead(&answered, before.1));
    let (said, answered) = (&said[before.0..], &answered[before.1..]);
    let whole = account("caller", &left, said, &gaps(&recording, "left"), &[]);
    // What is played to the caller on hold is heard right, too: music, where the agent said nothing.
    let of_agent = places(&right, answered);
    let at = |n: usize| of_agent.get(n).copied().flatten();
    let held = held_from - before.1;
    let until = (held..of_agent.len()).find_map(at).context("the agent after the hold")?;
    let music = (0..held).rev().find_map(at).context("the agent before the hold")?..until;
    account("agent", &right, answered, &gaps(&recording, "right"), std::slice::from_ref(&music));
    assert!(music.len() > 7_000 && right[music].iter().any(|s| s.unsigned_abs() > 500), "music on hold");
    for reason in ["mask", "pause", "lost"] {
        assert!(recording["gaps"].as_array().into_iter().flatten().any(|g| g["reason"] == reason), "{recording}");
    }

    // And as people hear it, decoded by somebody else.
    let heard = decoded(&ogg)?;
    let of_caller = places(&left, said);
    let span = |all: &[Option<usize>], from: usize, to: usize| -> Result<Range<usize>> {
        let inner = all.get(from + 15..to - 15).context("a second alone")?;
        let mut found = inner.iter().flatten();
        let first = *found.next().context("the first frame alone")?;
        Ok(first..*found.next_back().context("the last frame alone")?)
    };
    let alone = span(&of_caller, alone_from - before.0, alone_to - before.0)?;
    let other = span(&of_agent, other_from - before.1, answered.len())?;
    assert!(whole.contains(&alone.start) && alone.len() > 6_000 && other.len() > 6_000, "{alone:?} {other:?}");
    for (who, span, loud) in [("caller", alone, 0), ("agent", other, 1)] {
        let level = |side: usize| rms(&heard[side][span.clone()]);
        let (mine, theirs) = (level(loud), level(1 - loud));
        println!("only the {who} speaks: {mine:.1} dB here, {theirs:.1} dB on the other side");
        assert!(mine > -20.0 && theirs < mine - 50.0, "{who}: {mine:.1} dB, {theirs:.1} dB");
    }
    assert!(measure(&left[whole], 8_000, 1_000.0) < -20.0, "no key is heard");
    Ok(())
}

/// dB of full scale.
fn rms(samples: &[i16]) -> f64 {
    let power: f64 =
        samples.iter().map(|s| (f64::from(*s) / 32_768.0).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    10.0 * power.max(1e-12).log10()
}
