//! Remarks beside recordings and corrected lines, on both databases.

use crate::search::texts;
use crate::world::{START, Waiting, World};
use ringdesk_model::{CommentId, Pii, RecordingId, UserId};
use ringdesk_storage::corrections::{self, Correction};
use ringdesk_storage::journal::NewMessage;
use ringdesk_storage::recording_comments::{self, Comment};
use ringdesk_storage::recordings::{self, NewRecording};
use ringdesk_storage::search::Filter;
use ringdesk_storage::transcripts::{self, NewTranscript, Pass, TranscriptState};
use ringdesk_storage::{conversations, outbox};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    remarks_stand_at_their_moments_and_go_with_the_recording
    a_corrected_line_is_found_by_its_new_words_and_keeps_the_old_ones
}

async fn recorded(world: &World) -> (Waiting, RecordingId) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    let id = world.id(START);
    let new = NewRecording {
        id,
        conversation: call.conversation,
        call: call.call,
        wrapped_key: vec![7; 60],
        started_at: START,
    };
    let mut tx = world.write().await;
    recordings::insert(&mut tx, world.account, &new).await.unwrap();
    tx.commit().await.unwrap();
    (call, id)
}

/// Rows: S10.21
async fn remarks_stand_at_their_moments_and_go_with_the_recording(world: World) {
    let (_, recording) = recorded(&world).await;
    let (_, other) = recorded(&world).await;
    let author: UserId = world.id(START);
    let remark = |recording, at_ms, text: &str| Comment {
        id: world.id(START),
        recording,
        at_ms,
        text: Pii::new(text.to_owned()),
        author,
        written_at: START + SECOND,
    };
    let (late, early) = (remark(recording, 9_000, "Marker sighs"), remark(recording, 1_500, "greets by name"));
    let elsewhere = remark(other, 0, "another call");
    let mut tx = world.write().await;
    for new in [&late, &early, &elsewhere] {
        recording_comments::insert(&mut tx, &world.key, new).await.unwrap();
    }
    let found = recording_comments::of_recording(&mut tx, &world.key, recording, 10).await.unwrap();
    let shown: Vec<(CommentId, i64, &str)> = found.iter().map(|c| (c.id, c.at_ms, c.text.reveal().as_str())).collect();
    assert_eq!(shown, [(early.id, 1_500, "greets by name"), (late.id, 9_000, "Marker sighs")]);
    assert_eq!((found[0].author, found[0].written_at, found[0].recording), (author, START + SECOND, recording));
    let one = recording_comments::find(&mut tx, &world.key, late.id).await.unwrap().unwrap();
    assert_eq!(one.text.reveal(), "Marker sighs");
    assert!(!recording_comments::remove(&mut tx, world.id(START), late.id).await.unwrap(), "not theirs");
    assert!(recording_comments::remove(&mut tx, world.account, late.id).await.unwrap());
    assert!(recording_comments::find(&mut tx, &world.key, late.id).await.unwrap().is_none());
    assert_eq!(recording_comments::erase(&mut tx, world.id(START), recording).await.unwrap(), 0, "not theirs");
    assert_eq!(recording_comments::erase(&mut tx, world.account, recording).await.unwrap(), 1);
    assert_eq!(recording_comments::of_recording(&mut tx, &world.key, other, 10).await.unwrap().len(), 1);
}

/// Rows: S10.21, S2.15
async fn a_corrected_line_is_found_by_its_new_words_and_keeps_the_old_ones(world: World) {
    let (call, recording) = recorded(&world).await;
    let transcript = |state| NewTranscript {
        id: world.id(START),
        conversation: call.conversation,
        call: call.call,
        recording: Some(recording),
        pass: Pass::Final,
        engine: "scripted".into(),
        language: "en".into(),
        state,
        reason: None,
        at: START,
    };
    let (done, gone) = (transcript(TranscriptState::Done), transcript(TranscriptState::Superseded));
    let mut set = world.set();
    for (text, of) in [("I want a free fund", Some(&done)), ("captioned", Some(&gone)), ("typed", None)] {
        let line = NewMessage {
            id: world.id(START),
            conversation: call.conversation,
            kind: "speech",
            speaker: "contact",
            agent: None,
            text: Pii::new(text.to_owned()),
            start_ms: Some(0),
            end_ms: Some(900),
            at: START + SECOND,
        };
        set.line(line, of.map(|t| t.id)).unwrap();
    }
    world.commit(&set).await;
    let mut tx = world.write().await;
    for new in [&done, &gone] {
        transcripts::insert(&mut tx, world.account, new).await.unwrap();
    }
    let everyone = world.everyone();
    let all = conversations::messages(&mut tx, &world.key, &everyone, call.conversation, (0, true), 100);
    let all = all.await.unwrap();
    let seq = |text: &str| all.iter().find(|m| m.text.reveal() == text).unwrap().seq;
    let (heard, captioned, typed) = (seq("I want a free fund"), seq("captioned"), seq("typed"));
    for not_spoken in [captioned, typed, 999] {
        let none = corrections::line(&mut tx, &world.key, call.conversation, not_spoken).await.unwrap();
        assert!(none.is_none(), "{not_spoken}");
    }
    let author: UserId = world.id(START);
    for (n, text) in ["I want a refund", "I want a refund today"].into_iter().enumerate() {
        let line = corrections::line(&mut tx, &world.key, call.conversation, heard).await.unwrap().unwrap();
        assert_eq!(line.corrections, n as i64);
        let kept = Correction {
            id: world.id(START),
            seq: heard,
            n: line.corrections + 1,
            was: line.text.clone(),
            author,
            at: START + SECOND * 60,
        };
        corrections::correct(&mut tx, &world.key, call.conversation, &line, &kept, text).await.unwrap();
    }
    tx.commit().await.unwrap();

    assert_eq!(texts(&world, "refund today", &Filter::default()).await, ["I want a refund today"]);
    assert_eq!(texts(&world, "free fund", &Filter::default()).await, [""; 0], "it was never said");
    let mut tx = world.write().await;
    let kept = corrections::of_conversation(&mut tx, &world.key, call.conversation, 10).await.unwrap();
    let versions: Vec<_> = kept.iter().map(|k| (k.seq, k.n, k.was.reveal().as_str(), k.author)).collect();
    assert_eq!(versions, [(heard, 1, "I want a free fund", author), (heard, 2, "I want a refund", author)]);
    let now = conversations::messages(&mut tx, &world.key, &everyone, call.conversation, (0, false), 100);
    let counts: Vec<(i64, i64)> = now.await.unwrap().iter().map(|m| (m.seq, m.corrections)).collect();
    assert!(counts.contains(&(heard, 2)) && counts.contains(&(typed, 0)), "{counts:?}");
    // What was said is gone for good with the recording.
    assert_eq!(transcripts::erase(&mut tx, world.account, recording).await.unwrap().len(), 2);
    let left = corrections::of_conversation(&mut tx, &world.key, call.conversation, 10).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    assert!(!outbox::after(&mut tx, &world.key, 0, 10).await.unwrap().is_empty(), "other rows stay");
}
