//! Recordings and transcripts, on both databases.

use crate::world::{START, World};
use ringdesk_model::{Pii, QueueId, RecordingId, TranscriptId};
use ringdesk_storage::journal::NewMessage;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::recordings::{self, NewRecording, RecordingState, Sealed};
use ringdesk_storage::search::{self, Filter};
use ringdesk_storage::transcripts::{self, NewTranscript, Pass, TranscriptState};
use ringdesk_storage::{conversations, dispositions};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_recording_goes_from_request_to_erasure
    a_better_transcript_takes_the_place_of_another
    what_was_said_goes_with_its_recording
    queues_have_rules_of_their_own
}

async fn a_recording_goes_from_request_to_erasure(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let other = world.call_in(&mut set, START, "+49301234568");
    let part = world.joined(&mut set, &call, world.agents[0], START);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let id: RecordingId = world.id(START);
    let new = NewRecording {
        id,
        conversation: call.conversation,
        call: call.call,
        wrapped_key: vec![7; 60],
        started_at: START,
    };
    recordings::insert(&mut tx, world.account, &new).await.unwrap();
    let open = recordings::unfinished(&mut tx, world.account, 10).await.unwrap();
    assert_eq!(open.iter().map(|r| (r.id, r.state)).collect::<Vec<_>>(), [(id, RecordingState::Requested)]);
    assert!(recordings::advance(&mut tx, world.account, id, RecordingState::Started, None).await.unwrap());
    assert!(
        !recordings::advance(&mut tx, world.id(START), id, RecordingState::Failed, None).await.unwrap(),
        "not theirs"
    );

    let sealed = Sealed {
        ended_at: START + SECOND * 9,
        duration_ms: 9_000,
        sha256: [1; 32],
        chain_head: [2; 32],
        gaps: r#"[{"from_ms":1,"to_ms":2,"reason":"mask"}]"#.into(),
    };
    assert!(recordings::stored(&mut tx, world.account, id, &sealed, None).await.unwrap());
    assert!(recordings::unfinished(&mut tx, world.account, 10).await.unwrap().is_empty());
    assert!(recordings::rendered(&mut tx, world.account, id, &[3; 32], 9_001, "[]").await.unwrap());
    let found = recordings::get(&mut tx, &world.everyone(), id).await.unwrap().unwrap();
    assert_eq!(
        (found.state, found.duration_ms, found.ended_at),
        (RecordingState::Stored, Some(9_001), Some(sealed.ended_at))
    );
    assert_eq!((found.sha256.as_deref(), found.rendered_sha256.as_deref()), (Some(&[1; 32][..]), Some(&[3; 32][..])));
    assert_eq!(recordings::of_conversation(&mut tx, world.account, call.conversation).await.unwrap().len(), 1);
    assert!(recordings::of_conversation(&mut tx, world.account, other.conversation).await.unwrap().is_empty());

    // Only those with a part in the conversation, or who see everybody's.
    let agent = |n: usize| ringdesk_model::Scope { everyone: false, agent: Some(world.agents[n]), ..world.everyone() };
    assert!(recordings::get(&mut tx, &agent(0), id).await.unwrap().is_some());
    assert!(recordings::get(&mut tx, &agent(1), id).await.unwrap().is_none());
    let mine = [other.conversation, call.conversation];
    let parts = conversations::agents_of(&mut tx, world.account, &mine).await.unwrap();
    assert_eq!(parts, [(call.conversation, world.agents[0], true)]);
    assert_eq!(dispositions::latest_of(&mut tx, world.account, world.agents[0]).await.unwrap(), Some(part));
    assert_eq!(dispositions::latest_of(&mut tx, world.account, world.agents[1]).await.unwrap(), None);

    assert!(recordings::erase(&mut tx, world.account, id, "the contact asked").await.unwrap());
    let gone = recordings::find(&mut tx, world.account, id).await.unwrap().unwrap();
    assert_eq!((gone.state, gone.wrapped_key), (RecordingState::Erased, None));
    assert!(
        !recordings::advance(&mut tx, world.account, id, RecordingState::Verified, None).await.unwrap(),
        "gone is gone"
    );
    assert!(!recordings::stored(&mut tx, world.account, id, &sealed, None).await.unwrap());
}

async fn a_better_transcript_takes_the_place_of_another(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    let mut tx = world.write().await;
    let make = |pass, state| NewTranscript {
        id: world.id(START),
        conversation: call.conversation,
        call: call.call,
        recording: None,
        pass,
        engine: "pocketsphinx en-us".into(),
        language: "en".into(),
        state,
        reason: None,
        at: START,
    };
    let (live, last) = (make(Pass::Live, TranscriptState::Done), make(Pass::Final, TranscriptState::Running));
    let nobody = make(Pass::Final, TranscriptState::NoEngine);
    for new in [&live, &last, &nobody] {
        transcripts::insert(&mut tx, world.account, new).await.unwrap();
    }
    assert!(transcripts::ended(&mut tx, world.account, last.id, TranscriptState::Done, None).await.unwrap());
    let stepped_back: Vec<TranscriptId> =
        transcripts::supersede(&mut tx, world.account, call.call, last.id).await.unwrap();
    assert_eq!(stepped_back, [live.id]);
    let all = transcripts::of_conversation(&mut tx, world.account, call.conversation).await.unwrap();
    let mut states: Vec<&str> = all.iter().map(|t| t.state.as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["done", "no_engine", "superseded"]);
}

/// Rows: S12.12
async fn what_was_said_goes_with_its_recording(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    let new = |id| NewRecording {
        id,
        conversation: call.conversation,
        call: call.call,
        wrapped_key: vec![7; 60],
        started_at: START,
    };
    let (mine, other): (RecordingId, RecordingId) = (world.id(START), world.id(START));
    let transcript = |recording| NewTranscript {
        id: world.id(START),
        conversation: call.conversation,
        call: call.call,
        recording: Some(recording),
        pass: Pass::Final,
        engine: "scripted".into(),
        language: "en".into(),
        state: TranscriptState::Done,
        reason: None,
        at: START,
    };
    let (said, elsewhere) = (transcript(mine), transcript(other));
    let mut set = world.set();
    for (text, of) in [("refund by card", Some(&said)), ("refund later", Some(&elsewhere)), ("refund typed", None)] {
        let line = NewMessage {
            id: world.id(START),
            conversation: call.conversation,
            kind: "message",
            speaker: "contact",
            agent: None,
            text: Pii::new(text.to_owned()),
            start_ms: Some(0),
            end_ms: Some(1),
            at: START + SECOND,
        };
        set.line(line, of.map(|t| t.id)).unwrap();
        let told = serde_json::json!({ "transcript": of.map(|t| t.id), "text": text });
        set.emit(NewEvent { at: START + SECOND, kind: "caption", payload: Pii::new(told) });
    }
    world.commit(&set).await;
    let mut tx = world.write().await;
    for id in [mine, other] {
        recordings::insert(&mut tx, world.account, &new(id)).await.unwrap();
    }
    for new in [&said, &elsewhere] {
        transcripts::insert(&mut tx, world.account, new).await.unwrap();
    }
    // Nobody erases what must be kept.
    assert!(recordings::hold(&mut tx, world.account, mine, Some("a lawsuit")).await.unwrap());
    assert!(!recordings::hold(&mut tx, world.id(START), mine, None).await.unwrap(), "not theirs");
    assert!(!recordings::erase(&mut tx, world.account, mine, "asked").await.unwrap());
    let held = recordings::find(&mut tx, world.account, mine).await.unwrap().unwrap();
    assert_eq!((held.held.as_deref(), held.wrapped_key.is_some()), (Some("a lawsuit"), true));
    assert!(recordings::hold(&mut tx, world.account, mine, None).await.unwrap());
    assert!(recordings::erase(&mut tx, world.account, mine, "asked").await.unwrap());
    assert!(!recordings::hold(&mut tx, world.account, mine, Some("too late")).await.unwrap());

    assert_eq!(transcripts::erase(&mut tx, world.id(START), mine).await.unwrap(), [], "not theirs");
    assert_eq!(transcripts::erase(&mut tx, world.account, mine).await.unwrap(), [said.id]);
    assert_eq!(transcripts::erase(&mut tx, world.account, mine).await.unwrap(), []);
    let blank = |payload: &str| {
        let told: serde_json::Value = serde_json::from_str(payload).unwrap();
        (told["transcript"] == serde_json::json!(said.id)).then(|| serde_json::json!({ "text": "" }))
    };
    assert_eq!(outbox::overwrite(&mut tx, &world.key, "caption", START + SECOND * 2, blank).await.unwrap(), 0);
    assert_eq!(outbox::overwrite(&mut tx, &world.key, "caption", START, blank).await.unwrap(), 1);
    tx.commit().await.unwrap();

    let mut tx = world.read().await;
    let left = transcripts::of_conversation(&mut tx, world.account, call.conversation).await.unwrap();
    assert_eq!(left.iter().map(|t| t.id).collect::<Vec<_>>(), [elsewhere.id.0]);
    let events = outbox::after(&mut tx, &world.key, 0, 1_000).await.unwrap();
    let told: String = events.iter().map(|e| e.payload.reveal().as_str()).collect();
    assert!(!told.contains("by card") && told.contains("refund later") && told.contains("refund typed"), "{told}");
    let everyone = world.everyone();
    let lines = conversations::messages(&mut tx, &world.key, &everyone, call.conversation, (0, true), 100);
    let texts: Vec<String> = lines.await.unwrap().into_iter().map(|m| m.text.reveal().clone()).collect();
    assert!(!texts.contains(&"refund by card".to_owned()) && texts.contains(&"refund later".to_owned()), "{texts:?}");
    drop(tx);
    let found = crate::search::texts(&world, "refund", &Filter::default()).await;
    assert_eq!(found.len(), 2, "{found:?}");
    let mut tx = world.write().await;
    search::purge(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(crate::search::texts(&world, "card", &Filter::default()).await, Vec::<String>::new());
}

/// Rows: S4.6
async fn queues_have_rules_of_their_own(world: World) {
    let mut tx = world.write().await;
    assert_eq!(recordings::queue_rules(&mut tx, world.account).await.unwrap(), []);
    let queue: QueueId = world.queue;
    let rule = r#"{"start":"on_bridge"}"#;
    assert!(recordings::set_queue_rule(&mut tx, world.account, queue, Some(rule)).await.unwrap());
    assert!(!recordings::set_queue_rule(&mut tx, world.id(START), queue, None).await.unwrap(), "not theirs");
    assert_eq!(recordings::queue_rules(&mut tx, world.account).await.unwrap(), [(queue, rule.to_owned())]);
    assert_eq!(recordings::queue_rules(&mut tx, world.id(START)).await.unwrap(), []);
    assert!(recordings::set_queue_rule(&mut tx, world.account, queue, None).await.unwrap());
    assert_eq!(recordings::queue_rules(&mut tx, world.account).await.unwrap(), []);
}
