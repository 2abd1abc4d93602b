//! What was said, over HTTP: found by its words, read in the conversation, kept from those without the right to it.

use super::world::{Login, NUMBER, ROLES, Waiting, World};
use ringdesk_conversations::TalkFigures;
use ringdesk_model::{AgentId, Clock as _, Pii, RecordingId, Timestamp, TranscriptId};
use ringdesk_operations::transcripts::{Of, Said, Speaker, caption};
use ringdesk_storage::journal::Set;
use ringdesk_storage::recordings::NewRecording;
use ringdesk_storage::transcripts::{NewTranscript, Outcome, Pass, TranscriptState};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const SPOKEN: &str = "call me at zero one five one one two three four five six seven about the refund";

pub(crate) struct Heard {
    pub(crate) of: Of,
    pub(crate) recording: RecordingId,
    pub(crate) began: Timestamp,
}

/// Captions of a call, as an ear leaves them: speaker, text and the second at which it was said.
async fn heard(world: &World, waiting: &Waiting, lines: &[(Speaker, &str, u64)]) -> Heard {
    let began = world.clock.now() - Duration::from_secs(60);
    let of = Of { transcript: world.id::<TranscriptId>(), conversation: waiting.conversation, call: waiting.call };
    let recording = world.id();
    let new = NewTranscript {
        id: of.transcript,
        conversation: of.conversation,
        call: of.call,
        recording: Some(recording),
        pass: Pass::Live,
        engine: "script".into(),
        language: "en".into(),
        state: TranscriptState::Running,
        reason: None,
        at: began,
    };
    world.operations.begin_transcript(began, world.account, &new).await.unwrap();
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    for (speaker, text, second) in lines {
        caption(&mut set, world.id(), &of, began, began, &said(*speaker, text, *second)).unwrap();
    }
    world.operations.write_journal(&set).await.unwrap();
    Heard { of, recording, began }
}

fn said(speaker: Speaker, text: &str, second: u64) -> Said {
    Said { speaker, text: Pii::new(text.to_owned()), start_ms: second * 1_000, end_ms: second * 1_000 + 900 }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

async fn texts(world: &World, who: &Login, query: &str) -> Vec<String> {
    let page = world.get(who, &format!("search?{query}")).await;
    page["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

/// One call that agent1 has, and one that still waits; who said what in them.
pub(crate) async fn two_calls(world: &World) -> (Login, AgentId, Waiting, Heard) {
    let login = world.login("agent1").await;
    world.choose(&login, "ready").await;
    let mut mine = world.call("support", NUMBER).await;
    let agent = login.agent.unwrap();
    world.answered(&mut mine, agent).await;
    let other = world.call("sales", NUMBER).await;
    let lines = [
        (Speaker::Contact, "I want a refund for the red shoes", 5),
        (Speaker::Agent(Some(agent)), "the refund is on its way", 9),
        (Speaker::Contact, SPOKEN, 12),
    ];
    let first = heard(world, &mine, &lines).await;
    heard(world, &other, &[(Speaker::Contact, "我要退款", 20), (Speaker::Contact, "refund elsewhere", 21)]).await;
    (login, agent, mine, first)
}

/// Rows: S2.15, S10.21, V8
#[tokio::test]
async fn a_spoken_word_is_found_with_its_second() {
    let world = World::start().await;
    let (_, agent, mine, first) = two_calls(&world).await;
    let manager = world.login("admin").await;
    let page = world.get(&manager, "search?q=refund").await;
    let all = page["items"].as_array().unwrap();
    assert_eq!(all.len(), 4, "{page:#}");
    assert_eq!(all[0]["text"], "refund elsewhere", "the newest first");
    let hit = all.iter().find(|i| i["text"] == "the refund is on its way").unwrap();
    assert_eq!(hit["conversation_id"], json!(mine.conversation));
    assert_eq!((&hit["speaker"], &hit["agent"]), (&json!("agent"), &json!(agent)));
    assert_eq!((&hit["start_ms"], &hit["end_ms"]), (&json!(9_000), &json!(9_900)));
    assert_eq!((&hit["recording_id"], &hit["hits"]), (&json!(first.recording), &json!([[4, 10]])));
    assert_eq!(hit["at"], (first.began + Duration::from_secs(9)).as_millis());
    let timeline = world.get(&manager, &format!("conversations/{}/messages", mine.conversation)).await;
    let line = timeline.as_array().unwrap().iter().find(|m| m["seq"] == hit["seq"]).unwrap();
    assert_eq!((&line["text"], &line["start_ms"]), (&hit["text"], &hit["start_ms"]), "the place it opens");

    let nine = (first.began + Duration::from_secs(9)).as_millis();
    let support = world.queues["support"];
    for (query, found) in [
        (format!("q=refund&speaker=agent&agent={agent}"), 1),
        (format!("q=refund&queue={support}"), 3),
        (format!("q=refund&queue={support}&speaker=contact"), 2),
        (format!("q=refund&from={nine}&queue={support}"), 2),
        (format!("q=refund&to={nine}&queue={support}"), 1),
        ("q=refund&channel=phone&order=ranked".into(), 4),
        ("q=refund&channel=web_chat".into(), 0),
        (format!("q={}", encoded("\"refund for the\"")), 1),
        (format!("q={}", encoded("\"the for refund\"")), 0),
        (format!("q={}", encoded("refu* shoes")), 1),
        (format!("q={}", encoded("退款")), 1),
        (format!("q={}", encoded("退")), 1),
        ("q=nowhere".into(), 0),
    ] {
        assert_eq!(texts(&world, &manager, &query).await.len(), found, "{query}");
    }
    let (mut read, mut before) = (Vec::new(), String::new());
    loop {
        let page = world.get(&manager, &format!("search?q=refund&limit=1{before}")).await;
        read.extend(page["items"].as_array().unwrap().iter().map(|i| i["text"].clone()));
        match page["next"].as_i64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(read, all.iter().map(|i| i["text"].clone()).collect::<Vec<_>>(), "page by page the same");
}

/// Rows: S10.21
#[tokio::test]
async fn calls_are_found_by_how_people_talked() {
    let world = World::start().await;
    let (agent, _, mine, first) = two_calls(&world).await;
    let who = world.login("reviewer").await;
    let figures = TalkFigures { silence_ms: 12_000, talk_over_ms: 3_000 };
    world.operations.talk_measured(world.account, first.of.transcript, &figures).await.unwrap();
    for (query, found) in [
        ("q=refund", 4),
        ("q=refund&silence_min_s=12", 3),
        ("q=refund&silence_min_s=13", 0),
        ("q=refund&talk_over_min_s=3&silence_min_s=0", 3),
        ("q=refund&talk_over_min_s=3&speaker=agent", 1),
        ("q=refund&talk_over_min_s=4", 0),
        ("q=refund&silence_min_s=86400", 0),
    ] {
        assert_eq!(texts(&world, &who, query).await.len(), found, "{query}");
    }
    for query in ["q=refund&silence_min_s=-1", "q=refund&talk_over_min_s=86401"] {
        assert_eq!(world.api(&who, "GET", &format!("search?{query}"), Value::Null).await.status, 422, "{query}");
    }
    let shown = world.get(&agent, &format!("conversations/{}", mine.conversation)).await["transcripts"][0].clone();
    assert_eq!((&shown["silence_ms"], &shown["talk_over_ms"]), (&json!(12_000), &json!(3_000)));
}

/// Rows: S2.15, S12.6, S12.10
#[tokio::test]
async fn everybody_finds_what_they_may_read_and_the_audit_keeps_who_looked() {
    let world = World::start().await;
    let (_, _, mine, _) = two_calls(&world).await;
    for (role, login) in ROLES {
        let who = world.login(login).await;
        let got = world.api(&who, "GET", "search?q=refund", Value::Null).await;
        let (status, found) = match role {
            "agent" => (200, 3),
            "leader" | "manager" | "reviewer" => (200, 4),
            "technician" => (403, 0),
            _ => (200, 0),
        };
        assert_eq!(got.status, status, "{role}");
        assert_eq!(got.body["items"].as_array().map_or(0, Vec::len), found, "{role}: {}", got.body);
    }
    // Numbers that were spoken are for those with the right to numbers.
    let read = async |login: &str| {
        let who = world.login(login).await;
        let timeline = world.get(&who, &format!("conversations/{}/messages", mine.conversation)).await;
        let lines = timeline.as_array().unwrap();
        let line = lines.iter().rev().find(|m| m["kind"] == "speech").unwrap()["text"].as_str().unwrap().to_owned();
        (line, texts(&world, &who, "q=call+refund").await[0].clone())
    };
    let (line, found) = read("admin").await;
    assert_eq!(line, SPOKEN);
    assert!(found.contains("one two three"), "{found}");
    let (line, found) = read("agent1").await;
    assert!(!line.contains("one two three") && line.contains("about the refund"), "{line}");
    assert!(!found.contains("one two three") && found.contains("refund"), "{found}");

    let admin = world.login("admin").await;
    let audit = world.get(&admin, "audit?limit=500").await;
    let entries = |act: &str| -> Vec<Value> {
        audit.as_array().unwrap().iter().filter(|e| e["action"] == act).cloned().collect()
    };
    let searches = entries("transcript.search");
    assert_eq!(searches.len(), 7);
    assert!(searches.iter().all(|e| !e.to_string().contains("refund")), "not what they looked for");
    assert!(searches.iter().any(|e| e["after"].as_str().is_some_and(|a| a.contains(&mine.conversation.to_string()))));
    let views = entries("transcript.view");
    assert_eq!(views.len(), 2);
    assert!(views.iter().all(|e| e["object"] == format!("conversation:{}", mine.conversation)));
}

/// Rows: S2.15
#[tokio::test]
async fn what_cannot_be_looked_for_is_said() {
    let world = World::start().await;
    let who = world.login("reviewer").await;
    let long = format!("q={}", "x".repeat(10_000));
    let chinese = format!("q={}", encoded(&"退".repeat(7_000)));
    for (query, status, kind) in [
        ("", 400, "malformed"),
        ("q=", 422, "invalid"),
        ("q=%20", 422, "invalid"),
        ("q=...%21%3F%22%22", 422, "invalid"),
        ("q=a*", 422, "invalid"),
        ("q=015112345678", 422, "invalid"),
        ("q=%FF", 422, "invalid"),
        (long.as_str(), 422, "invalid"),
        (chinese.as_str(), 422, "invalid"),
        ("q=refund&speaker=robot", 422, "invalid"),
        ("q=refund&order=best", 422, "invalid"),
        ("q=refund&channel=pigeon", 422, "invalid"),
        ("q=refund&limit=0", 422, "invalid"),
        ("q=refund&limit=101", 422, "invalid"),
        ("q=refund&from=2&to=1", 422, "invalid"),
        ("q=refund&agent=me", 400, "malformed"),
        ("q=refund&from=yesterday", 400, "malformed"),
        ("q=refund&mood=bad", 400, "malformed"),
    ] {
        let got = world.api(&who, "GET", &format!("search?{query}"), Value::Null).await;
        let shown = query.get(..40).unwrap_or(query);
        assert_eq!((got.status, got.problem()), (status, kind), "{shown}: {}", got.body);
        assert!(got.head.to_ascii_lowercase().contains("application/problem+json"), "{shown}");
    }
    // Longer than any address may be: refused before there is a route.
    let endless = format!("search?q={}", encoded(&"退".repeat(10_000)));
    assert_eq!(world.api(&who, "GET", &endless, Value::Null).await.status, 414);
    // What means something to a database means nothing here; an agent or a queue that is not there has said nothing.
    let nobody = "01930000-0000-7000-8000-00000000dead";
    for q in [
        "' OR '1'='1",
        "refund'); DROP TABLE message; --",
        "a AND b",
        "NEAR(a b)",
        "tokens:refund",
        "-refund",
        "^refund",
        "a | b & !c",
        "x:*",
        "{refund}",
        "%_",
        "\u{0}refund",
    ] {
        let got = world.api(&who, "GET", &format!("search?q={}", encoded(q)), Value::Null).await;
        assert!([200, 422].contains(&got.status), "{q:?}: {} {}", got.status, got.body);
    }
    for query in [format!("q=refund&agent={nobody}"), format!("q=refund&queue={nobody}&contact={nobody}")] {
        assert_eq!(world.get(&who, &format!("search?{query}")).await, json!({ "items": [], "next": null }), "{query}");
    }
    // One letter is a word; the ends of time are moments.
    for query in ["q=a", "q=a&from=-9223372036854775808&to=9223372036854775807&before=-1"] {
        assert_eq!(world.get(&who, &format!("search?{query}")).await, json!({ "items": [], "next": null }), "{query}");
    }
}

/// Rows: V4, V8, S2.15
#[tokio::test]
async fn a_better_transcript_takes_the_place_of_captions() {
    let world = World::start().await;
    let (agent, _, mine, live) = two_calls(&world).await;
    let now = world.clock.now();
    let new = NewRecording {
        id: live.recording,
        conversation: mine.conversation,
        call: mine.call,
        wrapped_key: vec![1],
        started_at: live.began,
    };
    world.operations.request_recording(now, world.account, &new).await.unwrap();
    let (row, _) = world.operations.recording_row(world.account, live.recording).await.unwrap();
    let outcome = |state| Outcome { engine: "better one".into(), language: "en".into(), state, reason: None };
    let done = outcome(TranscriptState::Done);
    let shown = async || {
        let all = world.get(&agent, &format!("conversations/{}", mine.conversation)).await["transcripts"].clone();
        let pair = |t: &Value| format!("{} {}", t["pass"].as_str().unwrap(), t["state"].as_str().unwrap());
        all.as_array().unwrap().iter().map(pair).collect::<Vec<_>>()
    };
    let begin = async || world.operations.begin_second_pass(now, world.account, &row).await.unwrap();
    let again = begin().await.unwrap();
    assert_eq!(again.language.as_deref(), Some("en"));
    assert_eq!(shown().await, ["live running", "final running"]);
    // It fails, and is tried again under the same name.
    let failed = Outcome { reason: Some("no answer".into()), ..outcome(TranscriptState::Failed) };
    world.operations.end_transcript(now, world.account, &again.of, Pass::Final, &failed).await.unwrap();
    assert_eq!(shown().await, ["live running", "final failed"]);
    assert_eq!(begin().await.unwrap().of, again.of);
    let lines = [said(Speaker::Contact, "I want a refund for the blue shoes", 5)];
    let finish = world.operations.finish_second_pass(now, world.account, &again.of, &done, live.began, &lines);
    finish.await.unwrap();
    // The captions end after it: they step back at once.
    world.operations.end_transcript(now, world.account, &live.of, Pass::Live, &done).await.unwrap();
    assert_eq!(shown().await, ["live superseded", "final done"]);
    assert!(begin().await.is_none(), "a job that runs twice does its work once");
    assert_eq!(texts(&world, &agent, "q=refund").await, ["I want a refund for the blue shoes"]);
    let speech = async |more: &str| {
        let page = world.get(&agent, &format!("conversations/{}/messages?limit=200{more}", mine.conversation)).await;
        page.as_array().unwrap().iter().filter(|m| m["kind"] == "speech").count()
    };
    assert_eq!((speech("").await, speech("&superseded=true").await), (1, 4));
    let export = async |format: &str| {
        world.api(&agent, "GET", &format!("recordings/{}/transcript{format}", live.recording), Value::Null).await
    };
    let got = export("").await;
    assert_eq!(
        (got.status, got.body.as_str()),
        (200, Some("00:00:05.000 contact: I want a refund for the blue shoes\n"))
    );
    let got = export("?format=vtt").await;
    let cue = "WEBVTT\n\n00:00:05.000 --> 00:00:05.900\n<v contact>I want a refund for the blue shoes</v>\n";
    assert_eq!(got.body, cue);
    assert!(got.head.to_ascii_lowercase().contains("text/vtt"), "{}", got.head);
    assert_eq!(export("?format=pdf").await.status, 422);
    let stranger = world.login("agent2").await;
    let path = format!("recordings/{}/transcript", live.recording);
    assert_eq!(world.api(&stranger, "GET", &path, Value::Null).await.status, 404, "no part in it");
    let audit = world.get(&world.login("admin").await, "audit?limit=500").await;
    let exports = audit.as_array().unwrap().iter().filter(|e| e["action"] == "transcript.export").count();
    assert_eq!(exports, 2);
    let events = world.operations.events_after(world.account, 0, 500).await.unwrap();
    let told = |kind: &str| events.iter().filter(|e| e.kind == kind).count();
    assert_eq!((told("caption"), told("transcript_updated")), (5, 7));
}

/// A name that was heard for another of the same sound is found by ear, and only by ear; by characters, pinyin and initials, and an English word
/// by its sound. Who may not read the conversation hears nothing of it.
///
/// Rows: S10.21, V8
#[tokio::test]
async fn a_name_that_was_heard_wrongly_is_found_by_its_sound() {
    let world = World::start().await;
    let (agent, manager) = (world.login("agent1").await, world.login("admin").await);
    let call = world.call("sales", NUMBER).await;
    // She is called 张晓丽.
    let lines = [(Speaker::Contact, "我叫章小莉，来问一下订单", 3), (Speaker::Contact, "I want a refand please", 7)];
    heard(&world, &call, &lines).await;
    let zh = "我叫章小莉，来问一下订单";
    for (q, ear, found) in [
        ("张晓丽", "", None),
        ("张晓丽", "&sounds=zh", Some(zh)),
        ("zhangxiaoli", "&sounds=zh", Some(zh)),
        ("zxl", "&sounds=zh", Some(zh)),
        ("王晓丽", "&sounds=zh", None),
        ("refund", "", None),
        ("refund", "&sounds=en", Some("I want a refand please")),
        ("reward", "&sounds=en", None),
    ] {
        let expected: Vec<&str> = found.into_iter().collect();
        assert_eq!(texts(&world, &manager, &format!("q={}{ear}", encoded(q))).await, expected, "{q} {ear}");
        assert_eq!(texts(&world, &agent, &format!("q={}{ear}", encoded(q))).await, [""; 0], "{q} {ear}");
    }
    let page = world.get(&manager, &format!("search?q={}&sounds=zh", encoded("张晓丽"))).await;
    assert_eq!(page["items"][0]["hits"], json!([[2, 5]]), "where it was said: {page:#}");
    let wrong = world.api(&manager, "GET", "search?q=x&sounds=fr", Value::Null).await;
    assert_eq!((wrong.status, wrong.problem()), (422, "invalid"));
}
