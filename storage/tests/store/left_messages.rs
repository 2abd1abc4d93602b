//! Messages that callers left, on both databases.

use crate::world::{START, Waiting, World};
use ringdesk_conversations::{CallFact, TalkFigures};
use ringdesk_language::search::Query;
use ringdesk_model::{AgentId, LeftMessageId, ParticipationId, Pii, Presence, QueueId, RecordingId, TranscriptId};
use ringdesk_storage::agents::{self, PresenceChange, QueueAgent};
use ringdesk_storage::journal::{NewMessage, Set};
use ringdesk_storage::left_messages::{self, LeftMessageState, NewLeftMessage, Wanted};
use ringdesk_storage::search::{self, Filter};
use ringdesk_storage::transcripts::{self, NewTranscript, Pass, TranscriptState};
use ringdesk_storage::{conversations, outbox, recovery};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_message_is_claimed_once_and_closed_by_its_holder
    everybody_sees_the_messages_of_their_queues
    the_words_of_a_message_are_those_of_its_place
    lines_are_found_by_how_people_talked
    who_comes_to_work_is_told_of_open_messages
    a_crash_takes_only_the_end_of_a_message
}

impl World {
    fn leaves(
        &self,
        set: &mut Set,
        call: &Waiting,
        second: u32,
        queue: Option<QueueId>,
    ) -> (LeftMessageId, RecordingId) {
        let at = START + SECOND * second;
        let (id, recording) = (self.id(at), self.id(at));
        let (conversation, call) = (call.conversation, call.call);
        let (from_ms, to_ms, recording_id) = (1_000, 5_000, Some(recording));
        set.left_message(NewLeftMessage { id, conversation, call, queue, recording: recording_id, from_ms, to_ms, at });
        (id, recording)
    }
}

async fn listed(world: &World, agent: Option<AgentId>, wanted: &Wanted) -> Vec<LeftMessageId> {
    let scope = agent.map_or(world.everyone(), |agent| world.own(agent));
    let found = left_messages::list(&mut world.read().await, &world.key, &scope, wanted, 10).await.unwrap();
    found.into_iter().map(|m| m.id).collect()
}

/// Rows: S2.11, S2.12
async fn a_message_is_claimed_once_and_closed_by_its_holder(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let (id, recording) = world.leaves(&mut set, &call, 1, Some(world.queue));
    let (other, _) = world.leaves(&mut set, &call, 2, None);
    world.commit(&set).await;
    let [first, second] = world.agents;
    let (part, again): (ParticipationId, ParticipationId) = (world.id(START), world.id(START));
    let mut tx = world.write().await;
    let account = world.account;
    assert!(!left_messages::hears(&mut tx, account, first, recording).await.unwrap(), "not before it is theirs");
    assert!(left_messages::claim(&mut tx, START, account, id, None, (first, part)).await.unwrap());
    assert!(!left_messages::claim(&mut tx, START, account, id, None, (second, again)).await.unwrap(), "one wins");
    let mut unclosed = left_messages::unclosed(&mut tx, account).await.unwrap();
    unclosed.sort_unstable();
    assert_eq!(unclosed, [(None, None, 1), (Some(world.queue), Some(first), 1)]);
    assert!(left_messages::hears(&mut tx, account, first, recording).await.unwrap());
    assert!(!left_messages::close(&mut tx, START, account, id, second).await.unwrap(), "not theirs");
    assert!(!left_messages::release(&mut tx, account, id, second).await.unwrap());
    // Given on, given back, taken and done.
    assert!(left_messages::claim(&mut tx, START, account, id, Some(first), (second, again)).await.unwrap());
    assert!(!left_messages::claim(&mut tx, START, account, id, Some(first), (second, again)).await.unwrap());
    assert!(left_messages::release(&mut tx, account, id, second).await.unwrap());
    assert!(left_messages::claim(&mut tx, START, account, id, None, (first, part)).await.unwrap());
    assert_eq!(left_messages::unfinished(&mut tx, account, call.conversation).await.unwrap(), 3, "two, and the call");
    assert!(left_messages::close(&mut tx, START + SECOND * 9, account, id, first).await.unwrap());
    assert!(!left_messages::close(&mut tx, START, account, id, first).await.unwrap(), "once");
    let seen = left_messages::get(&mut tx, &world.key, &world.everyone(), id).await.unwrap().unwrap();
    assert_eq!((seen.state, seen.agent, seen.participation), (LeftMessageState::Closed, Some(first), Some(part)));
    assert_eq!((seen.closed_at, seen.parties.from.reveal().as_str()), (Some(START + SECOND * 9), "+49301234567"));
    tx.commit().await.unwrap();

    // The conversation outlives its call, as long as somebody has to hear something.
    let mut set = world.set();
    set.close_conversation_if_heard(call.conversation, START + SECOND * 10);
    world.commit(&set).await;
    let closed = async || {
        let seen = conversations::get(&mut world.read().await, &world.key, &world.everyone(), call.conversation).await;
        seen.unwrap().unwrap().closed_at
    };
    assert_eq!(closed().await, None);
    let mut tx = world.write().await;
    assert!(left_messages::claim(&mut tx, START, account, other, None, (first, again)).await.unwrap());
    assert!(left_messages::close(&mut tx, START, account, other, first).await.unwrap());
    tx.commit().await.unwrap();
    world.commit(&set).await;
    assert_eq!(closed().await, Some(START + SECOND * 10));
}

/// Rows: S2.11, S12.6
async fn everybody_sees_the_messages_of_their_queues(world: World) {
    let [mine, other] = world.agents;
    let place = QueueAgent { queue: world.queue, agent: mine, level: 1 };
    let mut tx = world.write().await;
    agents::set_queue_agent(&mut tx, place).await.unwrap();
    tx.commit().await.unwrap();
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let of_queue = world.leaves(&mut set, &call, 1, Some(world.queue)).0;
    let of_nobody = world.leaves(&mut set, &call, 2, None).0;
    let newest = world.leaves(&mut set, &call, 3, Some(world.queue)).0;
    world.commit(&set).await;
    let all = Wanted::default();
    assert_eq!(listed(&world, None, &all).await, [newest, of_nobody, of_queue], "newest first");
    assert_eq!(listed(&world, Some(mine), &all).await, [newest, of_queue]);
    assert_eq!(listed(&world, Some(other), &all).await, []);
    assert_eq!(listed(&world, None, &Wanted { before: Some(newest), ..all.clone() }).await, [of_nobody, of_queue]);
    assert_eq!(listed(&world, None, &Wanted { queue: Some(world.queue), ..all.clone() }).await, [newest, of_queue]);

    let mut tx = world.write().await;
    let part = world.id(START);
    assert!(left_messages::claim(&mut tx, START, world.account, newest, None, (other, part)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(listed(&world, Some(mine), &all).await, [of_queue], "a colleague has it");
    assert_eq!(listed(&world, Some(other), &all).await, [newest]);
    let of = |state, agent| Wanted { state: Some(state), agent, ..all.clone() };
    assert_eq!(listed(&world, None, &of(LeftMessageState::Open, None)).await, [of_nobody, of_queue]);
    assert_eq!(listed(&world, None, &of(LeftMessageState::Claimed, Some(other))).await, [newest]);
    assert_eq!(listed(&world, None, &of(LeftMessageState::Closed, None)).await, []);
    let mut tx = world.read().await;
    let seen = left_messages::get(&mut tx, &world.key, &world.own(mine), newest).await.unwrap();
    assert_eq!(seen.unwrap().agent, Some(other), "who has it may be said");
    assert!(left_messages::get(&mut tx, &world.key, &world.own(mine), of_nobody).await.unwrap().is_none());
    assert!(left_messages::get(&mut tx, &world.key, &world.own(other), of_queue).await.unwrap().is_none());
}

/// Rows: S2.12, V8
async fn the_words_of_a_message_are_those_of_its_place(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let (id, recording) = world.leaves(&mut set, &call, 1, None);
    let (unheard, _) = world.leaves(&mut set, &call, 2, None);
    let pass = |pass, state| NewTranscript {
        id: world.id::<TranscriptId>(START),
        conversation: call.conversation,
        call: call.call,
        recording: Some(recording),
        pass,
        engine: "script".into(),
        language: "en".into(),
        state,
        reason: None,
        at: START,
    };
    let live = pass(Pass::Live, TranscriptState::Superseded);
    let last = pass(Pass::Final, TranscriptState::Done);
    world.commit(&set).await;
    let mut tx = world.write().await;
    for transcript in [&live, &last] {
        transcripts::insert(&mut tx, world.account, transcript).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut set = world.set();
    for (transcript, speaker, start, text) in [
        (&live, "contact", 1_500, "what a worse ear heard"),
        (&last, "contact", 3_000, "on Monday"),
        (&last, "contact", 1_500, "please call back"),
        (&last, "agent", 2_000, "not the caller"),
        (&last, "contact", 100, "before the message"),
        (&last, "contact", 5_000, "after the message"),
    ] {
        let line = NewMessage {
            id: world.id(START),
            conversation: call.conversation,
            kind: "speech",
            speaker,
            agent: None,
            text: Pii::new(text.to_owned()),
            start_ms: Some(start),
            end_ms: Some(start + 400),
            at: START,
        };
        set.line(line, Some(transcript.id)).unwrap();
    }
    world.commit(&set).await;
    let mut tx = world.read().await;
    let all = left_messages::list(&mut tx, &world.key, &world.everyone(), &Wanted::default(), 10).await.unwrap();
    let words = left_messages::words(&mut tx, &world.key, &all, 10).await.unwrap();
    assert_eq!(words[&id].text.reveal(), "please call back on Monday");
    assert_eq!((words[&id].state.as_deref(), words.contains_key(&unheard)), (Some("done"), false));
    assert!(left_messages::words(&mut tx, &world.key, &[], 10).await.unwrap().is_empty());
}

/// Rows: S10.21
async fn lines_are_found_by_how_people_talked(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    let transcript = |recording| NewTranscript {
        id: world.id::<TranscriptId>(START),
        conversation: call.conversation,
        call: call.call,
        recording: Some(recording),
        pass: Pass::Final,
        engine: "script".into(),
        language: "en".into(),
        state: TranscriptState::Done,
        reason: None,
        at: START,
    };
    let (measured, not) = (transcript(world.id(START)), transcript(world.id(START)));
    let mut tx = world.write().await;
    for transcript in [&measured, &not] {
        transcripts::insert(&mut tx, world.account, transcript).await.unwrap();
    }
    let figures = TalkFigures { silence_ms: 4_000, talk_over_ms: 500 };
    transcripts::measured(&mut tx, world.account, measured.id, &figures).await.unwrap();
    let shown = transcripts::of_conversation(&mut tx, world.account, call.conversation).await.unwrap();
    let mut shown: Vec<_> = shown.iter().map(|t| (t.silence_ms, t.talk_over_ms)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [(None, None), (Some(4_000), Some(500))]);
    tx.commit().await.unwrap();
    let mut set = world.set();
    for (transcript, text) in [(Some(&measured), "refund measured"), (Some(&not), "refund not"), (None, "refund typed")]
    {
        let line = NewMessage {
            id: world.id(START),
            conversation: call.conversation,
            kind: "speech",
            speaker: "contact",
            agent: None,
            text: Pii::new(text.to_owned()),
            start_ms: None,
            end_ms: None,
            at: START,
        };
        set.line(line, transcript.map(|t| t.id)).unwrap();
    }
    world.commit(&set).await;
    let tokens = Query::parse("refund").unwrap().tokens();
    for (silence_min_ms, talk_over_min_ms, found) in
        [(None, None, 3), (Some(4_000), None, 1), (Some(4_001), None, 0), (Some(0), Some(500), 1), (None, Some(501), 0)]
    {
        let filter = Filter { silence_min_ms, talk_over_min_ms, ..Filter::default() };
        let mut tx = world.read().await;
        let lines = search::candidates(&mut tx, &world.key, &world.everyone(), &tokens, &filter, None, 10).await;
        assert_eq!(lines.unwrap().len(), found, "{filter:?}");
    }
}

/// Rows: S2.11
async fn who_comes_to_work_is_told_of_open_messages(world: World) {
    let [mine, other] = world.agents;
    let mut tx = world.write().await;
    agents::set_queue_agent(&mut tx, QueueAgent { queue: world.queue, agent: mine, level: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.leaves(&mut set, &call, 1, Some(world.queue));
    world.leaves(&mut set, &call, 2, Some(world.queue));
    world.leaves(&mut set, &call, 3, None);
    world.commit(&set).await;
    let alerts = async |changes: &[(AgentId, Presence)]| {
        let mut set = world.set();
        let before = outbox::head(&mut world.read().await, world.account).await.unwrap();
        for (agent, presence) in changes {
            let change = PresenceChange {
                at: START + SECOND * 9,
                presence: presence.clone(),
                queue: None,
                actor: "system".into(),
            };
            set.presence(*agent, change);
        }
        world.commit(&set).await;
        let told = outbox::after(&mut world.read().await, &world.key, before, 10).await.unwrap();
        let alerts = told.iter().filter(|e| e.kind == "left_messages_waiting");
        alerts.map(|e| serde_json::from_str(e.payload.reveal()).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let told = alerts(&[(mine, Presence::NotReady("coffee".into())), (other, Presence::Ready)]).await;
    let newest = (START + SECOND * 2).as_millis();
    let queue = serde_json::json!({ "queue": world.queue, "open": 2, "newest_at": newest });
    assert_eq!(told, [serde_json::json!({ "agent": mine, "open": 2, "queues": [queue] })], "only the one of the queue");
    assert!(alerts(&[(mine, Presence::Ready)]).await.is_empty(), "they were here before");
    assert!(alerts(&[(mine, Presence::LoggedOut)]).await.is_empty());
    assert_eq!(alerts(&[(mine, Presence::Ready)]).await.len(), 1, "the next day");
}

/// Rows: S2.12, S16.13
async fn a_crash_takes_only_the_end_of_a_message(world: World) {
    let mut set = world.set();
    let calls = [1, 2, 3].map(|n| world.call_in(&mut set, START, &format!("+4930123456{n}")));
    let begun = |from_ms| CallFact::VoicemailBegun {
        recording: Some(world.id(START)),
        from_ms,
        min_ms: 2_000,
        queue: Some(world.queue),
    };
    let (open, over, gone_on) = (begun(700), begun(800), begun(900));
    for (call, fact) in calls.iter().zip([&open, &over, &gone_on]) {
        let text = serde_json::to_string(fact).unwrap();
        set.call_event(call.call, 3, START + SECOND, fact.kind(), &text).unwrap();
    }
    let discarded = CallFact::VoicemailDiscarded { duration_ms: 1, reason: "too_short".into() };
    let text = serde_json::to_string(&discarded).unwrap();
    set.call_event(calls[1].call, 4, START + SECOND * 2, discarded.kind(), &text).unwrap();
    set.call_event(calls[2].call, 4, START + SECOND * 2, "step_entered", "{}").unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    let found = recovery::open_messages(&mut tx, &world.key, START + SECOND * 60).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].call, found[0].facts, &found[0].fact), (calls[0].call, 3, &open));
    assert_eq!((found[0].began, found[0].until), (START + SECOND, START + SECOND), "it lived when that was written");

    // What was recorded of it says where it ends.
    let mut set = world.set();
    let (id, recording) = world.leaves(&mut set, &calls[0], 5, None);
    let line = NewMessage {
        id: world.id(START),
        conversation: calls[0].conversation,
        kind: "voicemail",
        speaker: "contact",
        agent: None,
        text: Pii::new("{}".to_owned()),
        start_ms: Some(1_000),
        end_ms: Some(5_000),
        at: START,
    };
    set.message(line).unwrap();
    ringdesk_storage::journal::write(&mut tx, &set).await.unwrap();
    for (ends_ms, to_ms) in [(9_000, 5_000), (3_210, 3_210), (10, 1_000)] {
        left_messages::cut(&mut tx, world.account, recording, ends_ms).await.unwrap();
        let seen = left_messages::get(&mut tx, &world.key, &world.everyone(), id).await.unwrap().unwrap();
        assert_eq!(seen.to_ms, to_ms);
        let conversation = calls[0].conversation;
        let lines = conversations::messages(&mut tx, &world.key, &world.everyone(), conversation, (0, false), 9).await;
        assert_eq!(lines.unwrap().iter().find_map(|l| l.end_ms), Some(to_ms));
    }
    tx.commit().await.unwrap();
}
