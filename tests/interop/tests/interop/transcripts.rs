//! Speech through the whole house: said on a telephone, heard while people talk, heard again afterwards, found by its words.

use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use ringdesk_audio::resample::resample;
use ringdesk_interop::centre::binary;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const SOON: Duration = Duration::from_secs(10);
/// Between the end of a sentence and its caption: 0.6 s of silence say that it is over; the rest is ours.
const IN_TIME: Duration = Duration::from_millis(1_600);
pub(super) const SUNDAY: (&str, &str) = ("en/sb-spk1_snt5.wav", "Sunday is the best part of the week");
pub(super) const COAT: (&str, &str) = ("en/sb-spk2_snt4.wav", "mend the coat before you go out");
const WELCOME: (&str, &str) = ("zh/funasr-asr-example.wav", "欢迎大家来体验达摩院推出的语音识别模型");
const BROKERS: (&str, &str) = ("zh/aishell-BAC009S0724W0121.wav", "广州市房地产中介协会分析");

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../asr/tests/data")).join(name)
}

/// A sentence as a telephone sends it.
pub(super) fn sound(name: &str) -> Result<Vec<i16>> {
    let mut reader = hound::WavReader::open(file(name))?;
    let rate = reader.spec().sample_rate;
    let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    Ok(resample(&samples, rate, 8_000))
}

/// An engine that knows these recordings; `behaviour`: what it does with the first of them.
pub(super) fn scripted(lines: &[(&str, &str)], behaviour: &str) -> String {
    let line = |(n, (name, text)): (usize, &(&str, &str))| {
        let behaviour = if n == 0 { behaviour } else { "answer" };
        format!("[[asr.engines.lines]]\ntext = {text:?}\nsound = {:?}\nbehaviour = {behaviour:?}\n", file(name))
    };
    let lines: String = lines.iter().enumerate().map(line).collect();
    format!("[[asr.engines]]\nkind = \"scripted\"\nname = \"script\"\nlanguages = [\"en\", \"zh-CN\"]\n{lines}")
}

/// A call that agent1 has answered; nobody has said anything yet.
pub(super) struct Talk {
    pub(super) centre: Centre,
    pub(super) caller: Phone,
    pub(super) agent: Phone,
    pub(super) agents: Login,
    pub(super) reviewer: Login,
}

impl Talk {
    pub(super) async fn begin(speech: &str) -> Result<Talk> {
        Talk::begin_with(Centre::start_with(speech, &[]).await?).await
    }

    pub(super) async fn begin_with(centre: Centre) -> Result<Talk> {
        let ladder = Ladder::default();
        let mut agent = Phone::new("2001", "2001", centre.sip, 620.0, &ladder).await?;
        agent.register(PASSWORD, 300).await?;
        let (agents, reviewer) = (centre.agent_ready("agent1").await?, centre.login("reviewer").await?);
        let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &ladder).await?;
        caller.invite("1001").await?;
        caller.answered(SOON).await?;
        agent.rings(SOON).await?;
        agent.pick_up().await?;
        ensure!(agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent does not hear the caller");
        ensure!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the agent");
        caller.sound.hum(0.0);
        agent.sound.hum(0.0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Talk { centre, caller, agent, agents, reviewer })
    }

    /// One after the other says a sentence.
    pub(super) async fn said(&self, by_caller: &str, by_agent: &str) -> Result<()> {
        for (phone, name) in [(&self.caller, by_caller), (&self.agent, by_agent)] {
            phone.sound.say(&sound(name)?);
            phone.sound.said().await;
            tokio::time::sleep(Duration::from_millis(1_200)).await;
        }
        Ok(())
    }

    pub(super) async fn end(&mut self) -> Result<()> {
        self.caller.hang_up().await?;
        self.agent.hung_up(SOON).await.map(drop)
    }

    /// The conversation, when its transcripts are as wanted: pass and state.
    pub(super) async fn transcripts(&self, wanted: &[(&str, &str)]) -> Result<Vec<Value>> {
        let pairs = |c: &Value| -> Vec<(String, String)> {
            let text = |t: &Value, name: &str| t[name].as_str().unwrap_or_default().to_owned();
            c["transcripts"].as_array().into_iter().flatten().map(|t| (text(t, "pass"), text(t, "state"))).collect()
        };
        let wanted: Vec<_> = wanted.iter().map(|(pass, state)| ((*pass).to_owned(), (*state).to_owned())).collect();
        // The engine yields to everything else that runs on the machine.
        let patience = Duration::from_secs(180);
        let whole = |c: &Value| pairs(&c[0]) == wanted;
        let page = self.centre.until_within(patience, &self.reviewer, "conversations?limit=1", whole).await?;
        Ok(page[0]["transcripts"].as_array().cloned().unwrap_or_default())
    }

    pub(super) async fn conversation(&self) -> Result<String> {
        let (_, page) = self.centre.api(&self.reviewer, "GET", "conversations?limit=1", None).await?;
        Ok(page[0]["id"].as_str().context("a conversation")?.to_owned())
    }

    /// Speech among the conversation's messages: speaker, text, beginning and end.
    pub(super) async fn lines(&self, who: &Login, more: &str) -> Result<Vec<(String, String, i64, i64)>> {
        let path = format!("conversations/{}/messages?limit=200{more}", self.conversation().await?);
        let (status, page) = self.centre.api(who, "GET", &path, None).await?;
        ensure!(status == 200, "{status} {page}");
        let speech = page.as_array().into_iter().flatten().filter(|m| m["kind"] == "speech");
        let text = |m: &Value, name: &str| m[name].as_str().unwrap_or_default().to_owned();
        let ms = |m: &Value, name: &str| m[name].as_i64().unwrap_or(-1);
        Ok(speech.map(|m| (text(m, "speaker"), text(m, "text"), ms(m, "start_ms"), ms(m, "end_ms"))).collect())
    }

    pub(super) async fn search(&self, query: &str) -> Result<Vec<Value>> {
        let (status, page) = self.centre.api(&self.reviewer, "GET", &format!("search?{query}"), None).await?;
        ensure!(status == 200, "{query}: {status} {page}");
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }
}

/// Captions from now on, each with the moment at which it came.
async fn captions(centre: &Centre, who: &Login) -> Result<mpsc::Receiver<(i64, Value)>> {
    let address = format!("ws://{}/api/v1/accounts/{}/events", centre.http, who.account);
    let mut request = address.into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", who.token).parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    let (put, captions) = mpsc::channel(100);
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            if event["type"] == "caption" && put.send((now(), event["data"].clone())).await.is_err() {
                return;
            }
        }
    });
    Ok(captions)
}

#[expect(clippy::disallowed_methods, reason = "a listener outside the house has a clock of its own")]
fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Both speakers word for word, live within time and again afterwards; found by the second, and not twice.
///
/// Rows: V4, V8, S2.15, S10.21, S12.10
#[tokio::test(flavor = "multi_thread")]
async fn what_both_say_is_captioned_in_time_and_found_afterwards_on_sqlite() -> Result<()> {
    both_say("").await
}

/// Rows: V4, V8, S2.15, S10.21, S12.10
#[tokio::test(flavor = "multi_thread")]
async fn what_both_say_is_captioned_in_time_and_found_afterwards_on_postgresql() -> Result<()> {
    let url = crate::postgres::database().await;
    both_say(&format!("[store]\nurl = {url:?}\n")).await
}

async fn both_say(store: &str) -> Result<()> {
    let mut talk = Talk::begin(&format!("{store}{}", scripted(&[SUNDAY, COAT], "answer"))).await?;
    let mut heard = captions(&talk.centre, &talk.agents).await?;
    talk.said(SUNDAY.0, COAT.0).await?;
    let live = talk.transcripts(&[("live", "running")]).await?;
    assert_eq!((&live[0]["engine"], &live[0]["language"]), (&json!("script script"), &json!("en")));
    let (_, page) = talk.centre.api(&talk.reviewer, "GET", "conversations?limit=1", None).await?;
    let began = page[0]["recordings"][0]["started_at"].as_i64().context("a recording")?;
    for (speaker, text) in [("contact", SUNDAY.1), ("agent", COAT.1)] {
        let (at, caption) = tokio::time::timeout(SOON, heard.recv()).await?.context("a caption")?;
        assert_eq!((&caption["speaker"], &caption["text"]), (&json!(speaker), &json!(text)));
        let late = at - began - caption["end_ms"].as_i64().context("a time")?;
        assert!(late < IN_TIME.as_millis() as i64, "{late} ms after the sentence: {caption}");
        // By the server's own note of when it had the words; ours is the same clock.
        let since = at - caption["heard_at"].as_i64().context("when it was understood")?;
        assert!((0..1_000).contains(&since), "{since} ms after it was understood: {caption}");
    }
    talk.end().await?;
    talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    let lines = talk.lines(&talk.agents, "").await?;
    let said: Vec<(&str, &str)> = lines.iter().map(|(who, text, ..)| (who.as_str(), text.as_str())).collect();
    assert_eq!(said, [("contact", SUNDAY.1), ("agent", COAT.1)]);
    assert!(lines[0].2 >= 0 && lines[0].3 > lines[0].2 + 1_000 && lines[1].2 >= lines[0].3, "{lines:?}");
    assert_eq!(talk.lines(&talk.agents, "&superseded=true").await?.len(), 4, "the captions are kept");

    let found = talk.search(&format!("q={}&speaker=contact", encoded("\"best part\""))).await?;
    assert_eq!(found.len(), 1, "once: the captions stepped back: {found:?}");
    assert_eq!(found[0]["text"], SUNDAY.1);
    assert_eq!(found[0]["start_ms"].as_i64(), Some(lines[0].2));
    let (status, _, sound) = talk
        .centre
        .fetch(Some(&talk.reviewer), &format!("recordings/{}/audio", found[0]["recording_id"].as_str().unwrap()), None)
        .await?;
    assert!(status == 200 && sound.starts_with(b"OggS"), "what was found is heard");
    assert!(talk.search("q=coat&speaker=contact").await?.is_empty(), "the agent said it");
    assert_eq!(talk.search("q=coat").await?.len(), 1);
    let admin = talk.centre.login("admin").await?;
    let (_, audit) = talk.centre.api(&admin, "GET", "audit?limit=300", None).await?;
    for act in ["transcript.view", "transcript.search"] {
        let found = audit.as_array().into_iter().flatten().filter(|e| e["action"] == act).count();
        assert!(found > 0, "{act} is not in the audit");
    }
    Ok(())
}

/// In the language of the queue, whatever the number speaks.
///
/// Rows: V4, V8, S2.15
#[tokio::test(flavor = "multi_thread")]
async fn a_chinese_queue_is_heard_in_chinese() -> Result<()> {
    let centre = Centre::start_with(&scripted(&[WELCOME, BROKERS], "answer"), &[]).await?;
    let admin = centre.login("admin").await?;
    let (_, queues) = centre.api(&admin, "GET", "queues", None).await?;
    let support = queues.as_array().into_iter().flatten().find(|q| q["name"] == "support").context("the queue")?;
    let path = format!("queues/{}", support["id"].as_str().context("an id")?);
    let (_, sheet) = centre.api(&admin, "GET", &path, None).await?;
    let edit = json!({ "language": "zh-CN", "hot_words": ["房地产"], "replaces": sheet["version"] });
    let (status, _) = centre.api(&admin, "PUT", &path, Some(&edit)).await?;
    assert_eq!(status, 200);
    let mut talk = Talk::begin_with(centre).await?;
    talk.said(WELCOME.0, BROKERS.0).await?;
    talk.end().await?;
    let all = talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    assert_eq!((&all[0]["language"], &all[1]["language"]), (&json!("zh-CN"), &json!("zh-CN")));
    let lines = talk.lines(&talk.reviewer, "").await?;
    let said: Vec<(&str, &str)> = lines.iter().map(|(who, text, ..)| (who.as_str(), text.as_str())).collect();
    assert_eq!(said, [("contact", WELCOME.1), ("agent", BROKERS.1)]);
    // Simplified or traditional, a part of the sentence.
    for words in ["语音识别", "語音識別", "房地产"] {
        assert_eq!(talk.search(&format!("q={}", encoded(words))).await?.len(), 1, "{words}");
    }
    assert!(talk.search(&format!("q={}", encoded("不存在"))).await?.is_empty());
    Ok(())
}

/// Real speech, a real engine, no configuration.
///
/// Rows: V4, V8
#[tokio::test(flavor = "multi_thread")]
async fn real_speech_is_found_by_its_words() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.said("en/librivox-0870.wav", "en/sb-spk1_snt3.wav").await?;
    talk.end().await?;
    let all = talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    assert!(all[1]["engine"].as_str().is_some_and(|e| e.starts_with("pocketsphinx")), "{all:?}");
    let lines = talk.lines(&talk.reviewer, "").await?;
    let found = talk.search("q=leisure&speaker=contact").await?;
    assert_eq!(found.len(), 1, "{lines:#?}");
    Ok(())
}

/// Nobody understands the language: that is said, in words, wherever a transcript would stand.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn a_language_without_an_engine_is_said() -> Result<()> {
    let mut talk = Talk::begin("[asr.queues.support]\nlanguage = \"zh-CN\"\n").await?;
    talk.said(BROKERS.0, BROKERS.0).await?;
    talk.end().await?;
    let all = talk.transcripts(&[("live", "no_engine"), ("final", "no_engine")]).await?;
    for one in &all {
        assert_eq!(one["language"], "zh-CN");
        assert!(one["reason"].as_str().is_some_and(|r| r.starts_with("no_engine: nobody here understands zh-CN")));
    }
    assert!(talk.lines(&talk.reviewer, "").await?.is_empty());
    assert_eq!(talk.centre.figure("asr_no_engine{language=\"zh-CN\"}").await?, 1);
    let doctor = Command::new(binary()).args(["doctor", "--config"]).arg(talk.centre.configuration()).output()?;
    let page = String::from_utf8(doctor.stdout)?;
    assert!(page.contains("ok       recognition en: pocketsphinx"), "{page}");
    assert!(page.contains("absent   recognition zh-CN: no_engine"), "{page}");
    Ok(())
}

/// An engine that takes its process down, and one that never answers: the call does not notice, and the transcript says why.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_crashes_or_hangs_harms_no_call() -> Result<()> {
    tokio::try_join!(harmless("abort"), harmless("hang")).map(drop)
}

async fn harmless(behaviour: &str) -> Result<()> {
    let patience = "[asr]\nlive_seconds = 1\nsecond_pass_seconds = 1\n";
    let mut talk = Talk::begin(&format!("{patience}{}", scripted(&[SUNDAY], behaviour))).await?;
    talk.caller.sound.say(&sound(SUNDAY.0)?);
    talk.caller.sound.said().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    talk.caller.sound.hum(440.0);
    talk.agent.sound.clear();
    assert!(talk.agent.sound.hears_tone(440.0, SOON).await.is_some(), "{behaviour}: they still talk");
    talk.end().await?;
    let all = talk.transcripts(&[("live", "failed"), ("final", "failed")]).await?;
    let why = if behaviour == "abort" { "worker died" } else { "no answer within" };
    for one in &all {
        assert!(one["reason"].as_str().is_some_and(|r| r.contains(why)), "{behaviour}: {one}");
    }
    assert!(talk.search("q=sunday").await?.is_empty());
    let (_, page) = talk.centre.api(&talk.reviewer, "GET", "conversations?limit=1", None).await?;
    assert_eq!(page[0]["calls"][0]["hangup_cause"], "normal", "{page}");
    let (recording, state) = (&page[0]["recordings"][0], &page[0]["recordings"][0]["state"]);
    assert!(state == "stored" || state == "verified", "{recording}");
    Ok(())
}

/// What is masked, and what is said while one of them is on hold, is heard by nobody: not live, not afterwards.
///
/// Rows: V4, V11
#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_is_in_no_transcript() -> Result<()> {
    let mut talk = Talk::begin(&scripted(&[SUNDAY, COAT], "answer")).await?;
    let (_, page) = talk.centre.api(&talk.agents, "GET", "conversations?limit=1", None).await?;
    let call = page[0]["calls"][0]["id"].as_str().context("a call")?.to_owned();
    let secret = sound(SUNDAY.0)?;
    for (action, back) in [("mask", "unmask"), ("pause", "start")] {
        for (n, action) in [action, back].into_iter().enumerate() {
            let path = format!("calls/{call}/recording");
            let body = json!({ "action": action });
            let (status, reply) = talk.centre.api(&talk.agents, "POST", &path, Some(&body)).await?;
            ensure!(status == 204, "{action}: {status} {reply}");
            if n == 0 {
                talk.caller.sound.say(&secret);
                talk.caller.sound.said().await;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
    }
    talk.agent.reinvite("sendonly").await?;
    talk.caller.sound.say(&secret);
    talk.caller.sound.said().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    talk.agent.reinvite("sendrecv").await?;
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    talk.caller.sound.say(&sound(COAT.0)?);
    talk.caller.sound.said().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    talk.end().await?;
    talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    let lines = talk.lines(&talk.reviewer, "&superseded=true").await?;
    let said: Vec<(&str, &str)> = lines.iter().map(|(who, text, ..)| (who.as_str(), text.as_str())).collect();
    assert_eq!(said, [("contact", COAT.1), ("contact", COAT.1)], "live and afterwards");
    let apart = lines[0].2.abs_diff(lines[1].2);
    assert!(apart < 300, "both tell the same place of the recording: {lines:?}");
    Ok(())
}

/// The server dies while they talk: what was recorded is heard at the next start, and found.
///
/// Rows: V4, V8, S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_a_crash_broke_off_is_heard_afterwards() -> Result<()> {
    let mut talk = Talk::begin(&scripted(&[SUNDAY, COAT], "answer")).await?;
    talk.said(SUNDAY.0, COAT.0).await?;
    talk.centre.crash_and_restart().await?;
    talk.reviewer = talk.centre.login("reviewer").await?;
    talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    let lines = talk.lines(&talk.reviewer, "").await?;
    let said: Vec<(&str, &str)> = lines.iter().map(|(who, text, ..)| (who.as_str(), text.as_str())).collect();
    assert_eq!(said, [("contact", SUNDAY.1), ("agent", COAT.1)]);
    assert_eq!(talk.search("q=coat").await?.len(), 1);
    Ok(())
}
