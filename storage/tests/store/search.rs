//! Lines found by their words, on both databases.

use crate::keys;
use crate::world::{START, Waiting, World};
use ringdesk_language::search::Query;
use ringdesk_model::{Channel, ContactId, ConversationId, Pii, RecordingId, Scope, Timestamp, TranscriptId};
use ringdesk_storage::journal::{NewMessage, Set};
use ringdesk_storage::search::{self, Filter, FoundLine};
use ringdesk_storage::transcripts::{self, NewTranscript, Pass, TranscriptState};
use ringdesk_storage::{StoreError, Tx, conversations};
use std::collections::BTreeSet;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_line_is_found_by_its_words
    filters_and_scope_narrow_what_is_found
    what_was_forgotten_is_not_found
    lines_of_one_moment_have_their_own_places
    the_index_holds_no_plain_word
}

pub fn said(world: &World, set: &mut Set, to: &Waiting, at: Timestamp, speaker: &'static str, text: &str) {
    let line = NewMessage {
        id: world.id(at),
        conversation: to.conversation,
        kind: "message",
        speaker,
        agent: None,
        text: Pii::new(text.to_owned()),
        start_ms: Some(1_500),
        end_ms: Some(2_000),
        at,
    };
    set.line(line, None).unwrap();
}

async fn found(world: &World, scope: &Scope, question: &str, filter: &Filter) -> Vec<FoundLine> {
    let query = Query::parse(question).unwrap();
    let mut tx = world.read().await;
    let lines = search::candidates(&mut tx, &world.key, scope, &query.tokens(), filter, None, 100).await.unwrap();
    lines.into_iter().filter(|line| query.hits(line.text.reveal()).is_some()).collect()
}

pub async fn texts(world: &World, question: &str, filter: &Filter) -> Vec<String> {
    let lines = found(world, &world.everyone(), question, filter).await;
    lines.into_iter().map(|line| line.text.reveal().clone()).collect()
}

/// Rows: S2.15, V8
async fn a_line_is_found_by_its_words(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    said(&world, &mut set, &call, START + SECOND, "contact", "我要申請退款，多久到賬");
    said(&world, &mut set, &call, START + SECOND * 2, "agent", "Your refund is on its way");
    said(&world, &mut set, &call, START + SECOND * 3, "contact", "退一步说，款到了吗");
    said(&world, &mut set, &call, START + SECOND * 4, "contact", "我的电话是一三八一二三四五六七八");
    said(&world, &mut set, &call, START + SECOND * 5, "contact", "…");
    world.commit(&set).await;
    let mut set = world.set();
    said(&world, &mut set, &call, START + SECOND * 6, "agent", "退款已经到账");
    world.commit(&set).await;

    let all = Filter::default();
    assert_eq!(texts(&world, "退款", &all).await, ["退款已经到账", "我要申請退款，多久到賬"], "newest first");
    assert_eq!(texts(&world, "退款 到账", &all).await.len(), 2);
    assert_eq!(texts(&world, "\"refund is\"", &all).await.len(), 1);
    assert_eq!(texts(&world, "\"is refund\"", &all).await.len(), 0);
    assert_eq!(texts(&world, "refu*", &all).await.len(), 1);
    assert_eq!(texts(&world, "退", &all).await.len(), 3);
    assert_eq!(texts(&world, "call.started", &all).await.len(), 0, "what the house says is not searched");
    // A number that was spoken is not in the index, however one asks.
    let mut tx = world.read().await;
    for token in ["n:13812345678", "n:138", "c:三", "h:一三", "p:138"] {
        let tokens = BTreeSet::from([token.to_owned()]);
        let lines = search::candidates(&mut tx, &world.key, &world.everyone(), &tokens, &all, None, 9).await.unwrap();
        assert!(lines.is_empty(), "{token}");
    }
    let nothing = BTreeSet::new();
    let lines = search::candidates(&mut tx, &world.key, &world.everyone(), &nothing, &all, None, 9).await.unwrap();
    assert!(lines.is_empty());
    drop(tx);

    let line = &found(&world, &world.everyone(), "refund", &all).await[0];
    assert_eq!((line.conversation, line.seq, line.speaker.as_str()), (call.conversation, 3, "agent"));
    assert_eq!((line.start_ms, line.end_ms, line.at), (Some(1_500), Some(2_000), START + SECOND * 2));
    assert_eq!((line.channel.as_str(), line.recording, line.agent), ("phone", None, None));

    // Page by page.
    let query = Query::parse("退款").unwrap().tokens();
    let (mut before, mut pages) = (None, Vec::new());
    loop {
        let mut tx = world.read().await;
        let page = search::candidates(&mut tx, &world.key, &world.everyone(), &query, &all, before, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.doc);
        pages.push(last.at);
    }
    assert_eq!(pages, [START + SECOND * 6, START + SECOND]);
}

/// Rows: S2.15, S10.21(API)
async fn filters_and_scope_narrow_what_is_found(world: World) {
    let mut set = world.set();
    let (one, two) = (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    world.joined(&mut set, &one, world.agents[0], START);
    said(&world, &mut set, &one, START + SECOND, "contact", "refund one");
    said(&world, &mut set, &one, START + SECOND * 2, "agent", "refund two");
    said(&world, &mut set, &two, START + SECOND * 3, "contact", "refund three");
    world.commit(&set).await;
    let all = Filter::default();
    let contact = {
        let mut tx = world.read().await;
        let view = conversations::get(&mut tx, &world.key, &world.everyone(), two.conversation).await.unwrap();
        view.unwrap().contact
    };
    for (filter, lines) in [
        (all.clone(), &["refund three", "refund two", "refund one"][..]),
        (Filter { speaker: Some("agent".into()), ..all.clone() }, &["refund two"]),
        (Filter { speaker: Some("nobody".into()), ..all.clone() }, &[]),
        (Filter { agent: Some(world.agents[0]), ..all.clone() }, &["refund two", "refund one"]),
        (Filter { agent: Some(world.agents[1]), ..all.clone() }, &[]),
        (Filter { queue: Some(world.queue), ..all.clone() }, &["refund three", "refund two", "refund one"]),
        (Filter { queue: Some(world.id(START)), ..all.clone() }, &[]),
        (Filter { contact, ..all.clone() }, &["refund three"]),
        (Filter { contact: Some(world.id::<ContactId>(START)), ..all.clone() }, &[]),
        (Filter { channel: Some(Channel::Phone), ..all.clone() }, &["refund three", "refund two", "refund one"]),
        (Filter { from: Some(START + SECOND * 2), ..all.clone() }, &["refund three", "refund two"]),
        (Filter { to: Some(START + SECOND * 2), ..all.clone() }, &["refund one"]),
        (Filter { from: Some(START + SECOND * 9), ..all.clone() }, &[]),
    ] {
        assert_eq!(texts(&world, "refund", &filter).await, lines, "{filter:?}");
    }
    assert_eq!(found(&world, &world.own(world.agents[0]), "refund", &all).await.len(), 2);
    assert!(found(&world, &world.own(world.agents[1]), "refund", &all).await.is_empty());
    let nobody = Scope { agent: None, everyone: false, ..world.everyone() };
    assert!(found(&world, &nobody, "refund", &all).await.is_empty());
    let stranger = Scope { account: world.id(START), ..world.everyone() };
    let mut tx = world.read().await;
    let tokens = Query::parse("refund").unwrap().tokens();
    let refused = search::candidates(&mut tx, &world.key, &stranger, &tokens, &all, None, 9).await;
    assert!(matches!(refused, Err(StoreError::UnknownAccount(_))));
}

async fn what_was_forgotten_is_not_found(world: World) {
    let mut set = world.set();
    let (one, two) = (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    let transcript = NewTranscript {
        id: world.id::<TranscriptId>(START),
        conversation: one.conversation,
        call: one.call,
        recording: Some(world.id::<RecordingId>(START)),
        pass: Pass::Live,
        engine: "scripted".into(),
        language: "en".into(),
        state: TranscriptState::Done,
        reason: None,
        at: START,
    };
    said(&world, &mut set, &one, START + SECOND, "contact", "refund by hand");
    said(&world, &mut set, &two, START + SECOND * 3, "contact", "refund elsewhere");
    let heard = NewMessage {
        id: world.id(START),
        conversation: one.conversation,
        kind: "message",
        speaker: "contact",
        agent: None,
        text: Pii::new("refund as heard".to_owned()),
        start_ms: Some(0),
        end_ms: Some(1),
        at: START + SECOND * 2,
    };
    set.line(heard, Some(transcript.id)).unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    transcripts::insert(&mut tx, world.account, &transcript).await.unwrap();
    tx.commit().await.unwrap();

    let all = Filter::default();
    let lines = found(&world, &world.everyone(), "refund", &all).await;
    assert_eq!(lines.iter().map(|l| l.recording).collect::<Vec<_>>(), [None, transcript.recording, None]);

    let mut tx = world.write().await;
    assert_eq!(search::forget_transcript(&mut tx, world.id(START), transcript.id).await.unwrap(), 0, "not theirs");
    // A better one takes its place.
    let better = NewTranscript { id: world.id(START), pass: Pass::Final, ..transcript.clone() };
    let elsewhere = NewTranscript { id: world.id(START), recording: Some(world.id(START)), ..better.clone() };
    for new in [&better, &elsewhere] {
        transcripts::insert(&mut tx, world.account, new).await.unwrap();
    }
    let supersede = async |tx: &mut _, by| transcripts::supersede(tx, world.account, one.call, by).await.unwrap();
    assert_eq!(supersede(&mut tx, elsewhere.id).await, [], "of another recording of this call");
    assert_eq!(supersede(&mut tx, better.id).await, [transcript.id]);
    assert_eq!(search::forget_transcript(&mut tx, world.account, transcript.id).await.unwrap(), 0, "gone already");
    tx.commit().await.unwrap();
    assert_eq!(texts(&world, "refund", &all).await, ["refund elsewhere", "refund by hand"]);

    let mut tx = world.write().await;
    assert_eq!(search::forget(&mut tx, world.id(START), one.conversation).await.unwrap(), 0, "not theirs");
    assert_eq!(search::forget(&mut tx, world.account, one.conversation).await.unwrap(), 1);
    search::purge(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(texts(&world, "refund", &all).await, ["refund elsewhere"]);
    assert_eq!(texts(&world, "hand", &all).await, Vec::<String>::new());
    assert_eq!(index_rows(&world).await, (1, 1), "lines and tokens go together");
}

/// How many lines and how many rows of tokens there are.
async fn index_rows(world: &World) -> (i64, i64) {
    let sql = "SELECT (SELECT COUNT(*) FROM search_line), (SELECT COUNT(*) FROM search_token)";
    match &mut world.read().await {
        Tx::Sqlite(t) => sqlx::query_as(sql).fetch_one(&mut **t).await.unwrap(),
        Tx::Postgres(t) => sqlx::query_as(sql).fetch_one(&mut **t).await.unwrap(),
    }
}

async fn lines_of_one_moment_have_their_own_places(world: World) {
    for words in [["one", "two", "three"], ["four", "five", "six"]] {
        let mut set = world.set();
        let call = world.call_in(&mut set, START, "+49301234567");
        for word in words {
            // The low bits of the id tell lines of a moment apart; these have the same ones.
            let id = world.id::<ConversationId>(START).0.as_u128() & !0x3f_ffff;
            let line = NewMessage {
                id: uuid::Uuid::from_u128(id),
                conversation: call.conversation,
                kind: "message",
                speaker: "contact",
                agent: None,
                text: Pii::new(format!("number {word} please")),
                start_ms: None,
                end_ms: None,
                at: START,
            };
            set.line(line, None).unwrap();
        }
        world.commit(&set).await;
    }
    let lines = found(&world, &world.everyone(), "please", &Filter::default()).await;
    assert_eq!(lines.len(), 6);
    assert_eq!(texts(&world, "five", &Filter::default()).await, ["number five please"]);
}

/// Tables, index, write-ahead log, temporary files. Rows: S12.2
async fn the_index_holds_no_plain_word(world: World) {
    const WORDS: &[&str] = &["zweitausendmarker", "客户标记词语"];
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    for n in 0..200 {
        said(&world, &mut set, &call, START + SECOND * n, "contact", &format!("zweitausendmarker {n} 客户标记词语"));
    }
    world.commit(&set).await;
    assert_eq!(texts(&world, "zweitausendmarker 客户标记词语", &Filter::default()).await.len(), 100);
    let markers: Vec<Vec<u8>> = WORDS.iter().flat_map(|word| forms(word)).collect();
    // Before anything was tidied away, and after.
    for _ in 0..2 {
        let Some(folder) = keys::files_of(&world).await else { return };
        assert_eq!(keys::files_with(&folder, &markers), Vec::<String>::new());
        assert!(!keys::files_with(&folder, &[b"support".to_vec()]).is_empty(), "this test reads the wrong files");
        let mut tx = world.write().await;
        search::purge(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A word as it could lie in a file.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let wide = |bytes: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let start: String = word.chars().take(4).collect();
    let hex: String = word.bytes().map(|b| format!("{b:02x}")).collect();
    let starts = if start.is_ascii() { Vec::new() } else { vec![start.into_bytes()] };
    [vec![word.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes), hex.into_bytes()], starts].concat()
}
