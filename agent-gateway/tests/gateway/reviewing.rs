//! Remarks beside recordings and corrected lines, over HTTP: who writes them, who is told, and what stays.

use super::search::{SPOKEN, two_calls};
use super::world::World;
use ringdesk_model::Clock as _;
use ringdesk_storage::recordings::{NewRecording, Sealed};
use ringdesk_storage::transcripts::{Outcome, Pass, TranscriptState};
use serde_json::{Value, json};

/// A call that was recorded and heard; its recording's and its conversation's path.
async fn reviewed(world: &World) -> (String, String) {
    let (_, _, call, heard) = two_calls(world).await;
    let now = world.clock.now();
    let new = NewRecording {
        id: heard.recording,
        conversation: call.conversation,
        call: call.call,
        wrapped_key: vec![1],
        started_at: heard.began,
    };
    world.operations.request_recording(now, world.account, &new).await.unwrap();
    let sealed = Sealed { ended_at: now, duration_ms: 60_000, sha256: [1; 32], chain_head: [2; 32], gaps: "[]".into() };
    let of = (heard.recording, call.conversation);
    world.operations.recording_stored(now, world.account, of, &sealed, None).await.unwrap();
    let outcome =
        Outcome { engine: "script".into(), language: "en".into(), state: TranscriptState::Done, reason: None };
    world.operations.end_transcript(now, world.account, &heard.of, Pass::Live, &outcome).await.unwrap();
    (format!("recordings/{}", heard.recording), format!("conversations/{}", call.conversation))
}

/// Rows: S10.21, S12.6
#[tokio::test]
async fn who_may_hear_a_recording_remarks_at_its_seconds() {
    let world = World::start().await;
    let (recording, _) = reviewed(&world).await;
    let (reviewer, leader) = (world.login("reviewer").await, world.login("supervisor").await);
    let path = format!("{recording}/comments");
    assert_eq!(world.get(&reviewer, &path).await, json!([]));
    let said = json!({ "at_ms": 12_000, "text": "  reads the number back  " });
    let made = world.api(&reviewer, "POST", &path, said).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(world.api(&leader, "POST", &path, json!({ "at_ms": 3_000, "text": "好的开场" })).await.status, 201);
    let seen = world.get(&leader, &path).await;
    let shown: Vec<(i64, &str, bool)> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["at_ms"].as_i64().unwrap(), c["text"].as_str().unwrap(), c["mine"].as_bool().unwrap()))
        .collect();
    assert_eq!(shown, [(3_000, "好的开场", true), (12_000, "reads the number back", false)]);
    assert!(seen[1]["author_name"].as_str().is_some_and(|name| !name.is_empty()), "{seen}");

    for (at_ms, text) in [(-1, "before it"), (60_001, "after it"), (5, " "), (5, &"x".repeat(2_001))] {
        let got = world.api(&reviewer, "POST", &path, json!({ "at_ms": at_ms, "text": text })).await;
        assert_eq!(got.status, 422, "{at_ms} {text:.20}: {}", got.body);
    }
    // One's own only; the other one's stays.
    let mine = format!("comments/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.api(&leader, "DELETE", &mine, Value::Null).await.status, 422);
    assert_eq!(world.api(&reviewer, "DELETE", &mine, Value::Null).await.status, 204);
    assert_eq!(world.api(&reviewer, "DELETE", &mine, Value::Null).await.status, 404);
    assert_eq!(world.get(&reviewer, &path).await.as_array().unwrap().len(), 1);
    let kept = world.get(&world.login("admin").await, "audit?limit=100").await.to_string();
    assert!(kept.contains("recording.comment") && kept.contains("recording.uncomment"), "{kept}");
    assert!(!kept.contains("reads the number"), "what was remarked is not in the audit");
    // They go with the recording.
    let admin = world.login("admin").await;
    let erased = world.api(&admin, "POST", &format!("{recording}/erase"), json!({ "reason": "asked" })).await;
    assert_eq!(erased.status, 204, "{}", erased.body);
    assert_eq!(world.get(&reviewer, &path).await, json!([]));
    let late = world.api(&reviewer, "POST", &path, json!({ "at_ms": 1, "text": "late" })).await;
    assert_eq!(late.status, 410, "{}", late.body);
}

/// Rows: S10.21, S2.15
#[tokio::test]
async fn a_misheard_line_is_mended_and_what_it_said_is_kept() {
    let world = World::start().await;
    let (_, conversation) = reviewed(&world).await;
    let reviewer = world.login("reviewer").await;
    let lines = world.get(&reviewer, &format!("{conversation}/messages?limit=100")).await;
    let seq = |part: &str| {
        let found = lines.as_array().unwrap().iter().find(|m| m["text"].as_str().unwrap().contains(part));
        found.unwrap_or_else(|| panic!("{part} in {lines}"))["seq"].as_i64().unwrap()
    };
    let path = format!("{conversation}/corrections");
    let mend = async |seq: i64, text: &str, replaces: i64| {
        let body = json!({ "seq": seq, "text": text, "replaces": replaces });
        world.api(&reviewer, "POST", &path, body).await
    };
    let line = seq("red shoes");
    let got = mend(line, "I want a refund for the  blue boots ", 0).await;
    assert_eq!((got.status, &got.body["corrections"]), (201, &json!(1)), "{}", got.body);
    assert_eq!(mend(line, "something else", 0).await.status, 409, "somebody was quicker");
    assert_eq!(mend(line, "I want a refund for the blue boots", 1).await.status, 422, "that is what it says");
    assert_eq!(mend(line, " ", 1).await.status, 422);
    assert_eq!(mend(99_999, "nothing was said", 0).await.status, 404);
    // Who is not shown the number does not write the line anew: the number would be lost.
    let spoken = seq("call me at");
    assert!(!SPOKEN.is_empty() && lines.to_string().contains('•'), "{lines}");
    let refused = mend(spoken, "call me at ••••", 0).await;
    assert_eq!(refused.status, 422, "{}", refused.body);

    let found = world.get(&reviewer, "search?q=boots").await;
    assert_eq!(found["items"][0]["text"], "I want a refund for the blue boots");
    assert_eq!(world.get(&reviewer, "search?q=shoes").await["items"], json!([]));
    let again = world.get(&reviewer, &format!("{conversation}/messages?limit=100")).await;
    let now = again.as_array().unwrap().iter().find(|m| m["seq"] == line).unwrap();
    assert_eq!((&now["text"], &now["corrections"]), (&json!("I want a refund for the blue boots"), &json!(1)));
    let kept = world.get(&reviewer, &path).await;
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["version"]), (1, &json!(1)));
    assert_eq!(kept[0]["was"], "I want a refund for the red shoes");
}
