//! Prompts as somebody uploads them, and as callers hear them.

use crate::interop::transfers::agent;
use anyhow::{Context as _, Result, ensure};
use ringdesk_audio::tone;
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const SPRING: &str = "prompts/en/sales.spring";
const BY_TELEPHONE: &str = "prompts/en/sales.spring/telephone?extension=2001";
/// After which one speaks.
const BEEP: f32 = 1_000.0;
/// For the house to say what is recorded, and how.
const TOLD: Duration = Duration::from_secs(30);
/// What the first take sounds like, and what later ones do.
const FIRST: f32 = 440.0;
const LATER: f32 = 697.0;

/// Two seconds of a tone, as ffmpeg makes it with these words.
fn made(folder: &Path, name: &str, hz: f32, words: &str) -> Result<Vec<u8>> {
    let file = folder.join(name);
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i"])
        .arg(format!("sine=frequency={hz}:sample_rate=48000:duration=2"))
        .args(words.split_whitespace())
        .arg(&file)
        .stdin(Stdio::null())
        .status()
        .context("ffmpeg (scripts/setup test installs it)")?;
    ensure!(status.success(), "{name} {words}");
    Ok(std::fs::read(file)?)
}

/// Time in which an agent who is free would have been rung.
const PATIENCE: Duration = Duration::from_secs(3);

/// The tone of a take, as the browser of whoever chooses among them hears it.
async fn heard(centre: &Centre, who: &Login, take: i64) -> Result<f32> {
    let (status, head, wav) = centre.fetch(Some(who), &format!("{SPRING}/audio?take={take}"), None).await?;
    ensure!(status == 200 && head.contains("audio/wav"), "{head}");
    let samples: Vec<i16> = hound::WavReader::new(Cursor::new(wav))?.samples().collect::<Result<_, _>>()?;
    Ok(tone::dominant(&samples[4_000..12_000], 8_000))
}

async fn takes(centre: &Centre, who: &Login) -> Result<Value> {
    let (status, found) = centre.api(who, "GET", SPRING, None).await?;
    ensure!(status == 200, "{status} {found}");
    Ok(found)
}

/// What a file is, its content says: every kind that people have is taken and keeps its tone; what is none changes nothing, and
/// says why not.
///
/// Rows: S13.3, V13
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_judged_by_what_is_in_it() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let folder = tempfile::tempdir()?;
    for (n, (name, words, kind, rate)) in [
        ("a.wav", "-c:a pcm_s16le -ar 44100 -ac 2", "wav", 44_100),
        ("a.mp3", "-c:a libmp3lame -b:a 128k -ar 44100", "mp3", 44_100),
        ("a.ogg", "-c:a libvorbis -ar 44100", "ogg_vorbis", 44_100),
        ("a.opus", "-c:a libopus -b:a 32k", "ogg_opus", 8_000),
        ("a.webm", "-c:a libopus -b:a 48k", "webm_opus", 8_000),
    ]
    .into_iter()
    .enumerate()
    {
        let hz = if n == 0 { FIRST } else { LATER };
        let (status, take) = centre.upload(&who, SPRING, &made(folder.path(), name, hz, words)?).await?;
        assert_eq!(status, 201, "{name}: {take}");
        assert_eq!((&take["kind"], &take["rate"], &take["way"]), (&json!(kind), &json!(rate), &json!("upload")));
        assert_eq!(take["number"], n + 1);
        let length = take["duration_ms"].as_i64().unwrap_or(0);
        assert!((1_900..2_150).contains(&length), "{name}: {length} ms");
        let tone = heard(&centre, &who, n as i64 + 1).await?;
        assert!((tone - hz).abs() < 3.0, "{name}: {tone} Hz");
    }
    let before = takes(&centre, &who).await?;
    assert_eq!((&before["current"], before["takes"].as_array().map(Vec::len)), (&json!(5), Some(5)));

    let good = made(folder.path(), "b.wav", FIRST, "-c:a pcm_s16le")?;
    for (what, bytes, status, code) in [
        ("nothing", Vec::new(), 422, "empty:"),
        ("a picture that is called sound", b"\x89PNG\r\n\x1a\n0000000000000000".to_vec(), 422, "unknown_kind:"),
        ("a program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(), 422, "unknown_kind:"),
        ("FLAC", made(folder.path(), "a.flac", FIRST, "-c:a flac")?, 422, "unknown_kind:"),
        ("half a file", good[..good.len() / 2].to_vec(), 422, "broken_off:"),
        ("silence", made(folder.path(), "s.wav", FIRST, "-af volume=0 -c:a pcm_s16le")?, 422, "silent:"),
        ("six channels", made(folder.path(), "six.wav", FIRST, "-c:a pcm_s16le -ac 6")?, 422, "channels:"),
        ("a rate of nobody's", made(folder.path(), "odd.wav", FIRST, "-c:a pcm_s16le -ar 44103")?, 422, "rate:"),
        (
            "more than a quarter of an hour",
            made(folder.path(), "l.opus", FIRST, "-c:a libopus -b:a 6k -af aloop=loop=-1:size=96000,atrim=end=905")?,
            422,
            "too_long:",
        ),
        ("more than anybody may send", vec![0; 16 * 1024 * 1024 + 1], 413, ""),
    ] {
        let (got, problem) = centre.upload(&who, SPRING, &bytes).await?;
        assert_eq!(got, status, "{what}: {problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.starts_with(code), "{what}: {problem}");
    }
    for nowhere in ["prompts/en/..%2f..%2fetc", "prompts/en/A", "prompts/tlh/sales.spring", "prompts/en/queue.position"]
    {
        let (got, problem) = centre.upload(&who, nowhere, &good).await?;
        assert!([404, 422].contains(&got), "{nowhere}: {got} {problem}");
    }
    let agent = centre.login("agent1").await?;
    assert_eq!(centre.upload(&agent, SPRING, &good).await?.0, 403);
    assert_eq!(takes(&centre, &who).await?, before, "nothing of that was taken");

    // Who did what stands in the books.
    let (_, entries) = centre.api(&who, "GET", "audit?limit=50", None).await?;
    let acts = entries.as_array().context("entries")?.iter().filter(|e| e["action"] == "prompt.take").count();
    assert_eq!(acts, 5, "{entries:#}");
    Ok(())
}

/// A flow plays what nobody has recorded: the list calls it a gap. An upload fills it, and the next caller hears it; another take
/// is chosen, and the next one hears that.
///
/// Rows: S13.3, V13
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_the_take_that_was_chosen() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let folder = tempfile::tempdir()?;
    let steps = json!({
        "hello": { "kind": "say", "prompt": { "id": "sales.spring" }, "next": "bye" },
        "bye": { "kind": "hangup" },
    });
    let flow = json!({ "name": "Spring", "document": { "name": "Spring", "language": "en", "start": "hello", "steps": steps } });
    let (status, flow) = centre.api(&who, "POST", "flows", Some(&flow)).await?;
    ensure!(status == 201, "{flow}");
    let number = json!({ "name": "Spring", "numbers": ["1066"], "flow": flow["id"] });
    let (status, made_number) = centre.api(&who, "POST", "inboxes", Some(&number)).await?;
    ensure!(status == 201, "{made_number}");

    let standing = async || -> Result<(Value, Value)> {
        let (_, all) = centre.api(&who, "GET", "prompts", None).await?;
        let one = all.as_array().and_then(|all| all.iter().find(|one| one["id"] == "sales.spring")).cloned();
        let one = one.with_context(|| format!("it is listed: {all}"))?;
        Ok((one["used_by"].clone(), one["languages"][0]["state"].clone()))
    };
    assert_eq!(standing().await?, (json!(["Spring"]), json!("missing")));
    for (n, hz) in [(1, FIRST), (2, LATER)] {
        let file = made(folder.path(), "take.mp3", hz, "-c:a libmp3lame -b:a 64k -ar 22050")?;
        let (status, take) = centre.upload(&who, SPRING, &file).await?;
        ensure!(status == 201 && take["number"] == n, "{take}");
        hears(&centre, hz).await?;
    }
    assert_eq!(standing().await?, (json!(["Spring"]), json!("recorded")));
    let (status, said) = centre.api(&who, "POST", &format!("{SPRING}/use?take=1"), None).await?;
    ensure!(status == 204, "{said}");
    hears(&centre, FIRST).await
}

/// A call to the number from its first to its last sound: the tone of one take, and nothing of the other.
async fn hears(centre: &Centre, hz: f32) -> Result<()> {
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 0.0, &Ladder::default()).await?;
    caller.invite("1066").await?;
    caller.answered(SOON).await?;
    let level = caller.sound.hears_tone(hz, SOON).await;
    ensure!(level.is_some_and(|level| level > -40.0), "{hz} Hz: {level:?}\n{}", centre.log());
    caller.hung_up(SOON).await?;
    let all = caller.sound.heard();
    let other = if hz == FIRST { LATER } else { FIRST };
    let wrong = all.chunks_exact(800).filter(|part| tone::measure(part, 8_000, other) > -40.0).count();
    ensure!(wrong == 0, "{other} Hz in {wrong} tenths of a second");
    Ok(())
}

/// The house calls, says what is recorded, and beeps; then this is spoken.
async fn speaks(centre: &Centre, who: &Login, phone: &mut Phone, hz: f32) -> Result<()> {
    let (status, said) = centre.api(who, "POST", BY_TELEPHONE, None).await?;
    ensure!(status == 202, "{status} {said}");
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    speaks_after_the_beep(centre, phone, hz).await
}

async fn speaks_after_the_beep(centre: &Centre, phone: &Phone, hz: f32) -> Result<()> {
    phone.sound.hears_tone(BEEP, TOLD).await.with_context(|| format!("no beep\n{}", centre.log()))?;
    phone.sound.say(&tone::sine(hz, -12.0, 8_000, 24_000));
    phone.sound.said().await;
    phone.sound.clear();
    phone.sound.press('#');
    Ok(())
}

/// A telephone rings, one speaks after the beep and hears it: 1 keeps it, 2 begins again, 3 throws it away, and what is left lying when
/// somebody hangs up is heard by no caller.
///
/// Rows: S13.3, V13
#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_is_spoken_into_a_telephone() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let (status, said) = centre.api(&who, "POST", BY_TELEPHONE, None).await?;
    assert_eq!(status, 409, "no telephone is there: {said}");
    let (mut phone, _) = agent(&centre, "agent1", "2001", 0.0, "not_ready").await?;
    for (path, expected) in [
        ("prompts/en/sales.spring/telephone", 409),
        ("prompts/en/sales.spring/telephone?extension=4711", 404),
        ("prompts/en/queue.position/telephone?extension=2001", 422),
    ] {
        let (status, said) = centre.api(&who, "POST", path, None).await?;
        assert_eq!(status, expected, "{path}: {said}");
    }

    // Spoken wrongly, spoken again, kept.
    speaks(&centre, &who, &mut phone, LATER).await?;
    phone.sound.hears_tone(LATER, SOON).await.with_context(|| format!("it is not played\n{}", centre.log()))?;
    phone.sound.press('2');
    speaks_after_the_beep(&centre, &phone, FIRST).await?;
    phone.sound.hears_tone(FIRST, SOON).await.with_context(|| format!("it is not played\n{}", centre.log()))?;
    phone.sound.press('1');
    phone.hung_up(SOON).await?;
    let kept = centre.until(&who, SPRING, |takes| takes["current"] == 1).await?;
    let take = &kept["takes"][0];
    assert_eq!((&take["way"], &take["kind"]), (&json!("telephone"), &json!("wav")));
    assert!(take["made_by"].is_string(), "{take}");
    let length = take["duration_ms"].as_i64().unwrap_or(0);
    assert!((2_000..4_500).contains(&length), "{length} ms");
    let tone = heard(&centre, &who, 1).await?;
    assert!((tone - FIRST).abs() < 3.0, "{tone} Hz");

    // Hung up on the last word: laid by. Thrown away: nothing.
    speaks(&centre, &who, &mut phone, LATER).await?;
    phone.sound.hears_tone(LATER, SOON).await.context("it is played")?;
    phone.hang_up().await?;
    let laid_by =
        centre.until(&who, SPRING, |takes| takes["takes"].as_array().is_some_and(|all| all.len() == 2)).await?;
    assert_eq!((&laid_by["current"], &laid_by["takes"][1]["number"]), (&json!(1), &json!(2)));
    speaks(&centre, &who, &mut phone, LATER).await?;
    phone.sound.hears_tone(LATER, SOON).await.context("it is played")?;
    phone.sound.press('3');
    phone.hung_up(SOON).await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    assert_eq!(takes(&centre, &who).await?, laid_by);

    // In the books is who wanted it; of the calls nothing is a conversation.
    let (_, entries) = centre.api(&who, "GET", "audit?limit=50", None).await?;
    let acts = |action: &str| entries.as_array().map_or(0, |all| all.iter().filter(|e| e["action"] == action).count());
    assert_eq!((acts("prompt.take"), acts("prompt.lay_by")), (1, 1), "{entries:#}");
    let (_, all) = centre.api(&who, "GET", "conversations", None).await?;
    assert_eq!(all, json!([]));
    Ok(())
}

/// Whom the house calls for a prompt has a call in hand, from the first ringing on: a contact who comes to the queue meanwhile is
/// offered to nobody, and at once when they have hung up.
///
/// Rows: S13.3, S7.4, S7.25
#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_a_prompt_is_offered_nobody() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("admin").await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    let (status, said) = centre.api(&who, "POST", BY_TELEPHONE, None).await?;
    ensure!(status == 202, "{status} {said}");
    phone.rings(SOON).await.with_context(|| centre.log())?;
    centre.until(&login, "presence", |p| p["state"] == "reserved").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, LATER, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    phone.pick_up().await?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    ensure!(phone.rings(PATIENCE).await.is_err(), "they speak a prompt");
    phone.hang_up().await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    contact.sound.hears_tone(FIRST, SOON).await.with_context(|| centre.log())?;
    contact.hang_up().await?;
    phone.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    ensure!(centre.figure("stuck_total").await.unwrap_or(0) == 0, "{}", centre.log());
    Ok(())
}
