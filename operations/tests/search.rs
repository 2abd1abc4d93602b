//! Looking for what was said: who finds what, and what is kept of it.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_conversations::Country;
use ringdesk_model::{AgentId, ConversationId, Ids, ParticipationId, Pii, Scope, Timestamp};
use ringdesk_operations::demo;
use ringdesk_operations::search::{Search, SearchItem, SearchOrder};
use ringdesk_operations::{CallRecord, Opening, OperationError, Operations, SignedIn};
use ringdesk_storage::Store;
use ringdesk_storage::journal::{NewMessage, ParticipationState, Set};
use ringdesk_storage::search::Filter;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SECOND: Duration = Duration::from_secs(1);
const PASSWORD: &str = "twelve-of-them";

struct Centre {
    _dir: tempfile::TempDir,
    ops: Operations,
    ids: Ids,
    admin: SignedIn,
    agent: SignedIn,
}

impl Centre {
    async fn open() -> Centre {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), "").await.unwrap();
        let ops = Operations::new(Arc::new(store), "ringdesk").unwrap();
        let passwords: BTreeMap<String, String> =
            demo::logins().map(|(login, _)| (login.to_owned(), PASSWORD.to_owned())).collect();
        ops.install_demo(NOW, &passwords, |_| Vec::new()).await.unwrap();
        let mut who = Vec::new();
        for login in ["admin", "agent1"] {
            let logged = ops.login(NOW, login, PASSWORD, "192.0.2.1").await.unwrap();
            who.push(ops.signed_in(NOW, &logged.token, None).await.unwrap().unwrap());
        }
        let (agent, admin) = (who.pop().unwrap(), who.pop().unwrap());
        Centre { _dir: dir, ops, ids: Ids::seeded(3), admin, agent }
    }

    /// A call in which this was said, a line a second; `with`: who answered it.
    async fn call(&mut self, with: Option<AgentId>, lines: &[&str]) -> ConversationId {
        let account = self.admin.scope.account;
        let mut set = Set::new(self.ops.account_key(account).await.unwrap());
        let opening = Opening {
            account,
            call: self.ids.next(NOW),
            inbox: None,
            from: Pii::new("+4930123456".to_owned()),
            from_name: None,
            to: Pii::new("1001".to_owned()),
            origin: "trunk:demo".to_owned(),
            home: Country::of("DE").unwrap(),
        };
        let record = CallRecord::open(&mut set, &mut self.ids, NOW, opening).unwrap();
        if let Some(agent) = with {
            set.participation(ParticipationState {
                id: self.ids.next::<ParticipationId>(NOW),
                conversation: record.conversation(),
                call: None,
                agent,
                queue: None,
                started_at: NOW,
                ended_at: None,
                hold_us: 0,
            });
        }
        for (n, text) in lines.iter().enumerate() {
            let at = NOW + SECOND * u32::try_from(n).unwrap();
            let line = NewMessage {
                id: self.ids.next::<ConversationId>(at).0,
                conversation: record.conversation(),
                kind: "message",
                speaker: "contact",
                agent: None,
                text: Pii::new((*text).to_owned()),
                start_ms: Some(i64::try_from(n).unwrap() * 1_000),
                end_ms: None,
                at,
            };
            set.line(line, None).unwrap();
        }
        self.ops.write_journal(&set).await.unwrap();
        record.conversation()
    }

    async fn find(&self, scope: &Scope, search: Search) -> (Vec<SearchItem>, Option<i64>) {
        let page = self.ops.search(NOW, &self.admin.actor, scope, &search).await.unwrap();
        (page.items, page.next)
    }
}

fn of(text: &str) -> Search {
    Search { text: Pii::new(text.to_owned()), limit: 50, ..Search::default() }
}

fn texts(items: &[SearchItem]) -> Vec<&str> {
    items.iter().map(|item| item.text.reveal().as_str()).collect()
}

/// Rows: S2.15, S10.21(API), S12.3, V8
#[tokio::test]
async fn a_spoken_word_is_found_with_its_second() {
    let mut centre = Centre::open().await;
    let (agent, everyone) = (centre.agent.scope.clone(), centre.admin.scope.clone());
    let mine = centre.call(agent.agent, &["您好", "我要退款，電話是一三八一二三四五六七八"]).await;
    let other = centre.call(None, &["Hello", "the 退款 is late"]).await;

    let (items, next) = centre.find(&everyone, of("退款")).await;
    assert_eq!((items.len(), next), (2, None));
    let item = items.iter().find(|item| item.conversation == mine).unwrap();
    assert_eq!(
        (item.seq, item.start_ms, item.speaker.as_str(), item.channel.as_str()),
        (3, Some(1_000), "contact", "phone")
    );
    assert_eq!(item.text.reveal(), "我要退款，電話是一三八一二三四五六七八");
    assert_eq!((item.hits.len(), item.hits[0].clone()), (1, 2..4));

    // Another's conversation is not found; a number is not shown.
    let (items, _) = centre.find(&agent, of("退款")).await;
    assert_eq!(texts(&items), ["我要退款，電話是••••••••六七八"]);
    assert_eq!(items[0].conversation, mine);
    let (items, _) = centre.find(&agent, of("late")).await;
    assert!(items.is_empty());

    // The audit names who, and which conversations; not the words.
    let entry = centre.ops.audit(&everyone, None, 3).await.unwrap().remove(2);
    assert_eq!((entry.action.as_str(), entry.object.as_str()), ("transcript.search", "search"));
    let after = entry.after.unwrap();
    assert!(after.contains(&mine.to_string()) && after.contains(&other.to_string()), "{after}");
    assert!(!after.contains("退款"), "{after}");
}

#[tokio::test]
async fn pages_end_where_the_next_ones_begin() {
    let mut centre = Centre::open().await;
    let everyone = centre.admin.scope.clone();
    // Lines that hold both characters but not the word stand between the others.
    let lines: Vec<String> =
        (0..650).map(|n| if n % 50 == 0 { format!("退款 第{n}次") } else { format!("退一步，款 {n}") }).collect();
    centre.call(None, &lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (mut before, mut found, mut pages) = (None, Vec::new(), 0);
    loop {
        let (items, next) = centre.find(&everyone, Search { before, limit: 5, ..of("退款") }).await;
        found.extend(items.iter().map(|item| item.start_ms.unwrap() / 1_000));
        pages += 1;
        match next {
            Some(_) => before = next,
            None => break,
        }
    }
    assert_eq!(found, (0..13).map(|n| 600 - n * 50).collect::<Vec<i64>>());
    assert_eq!(pages, 3);

    let question = || of("退一步 款");
    let (first, next) = centre.find(&everyone, Search { limit: 100, ..question() }).await;
    assert_eq!((first.len(), next.is_some()), (100, true));
    let filter = Filter { from: Some(NOW + SECOND * 10), to: Some(NOW + SECOND * 13), ..Filter::default() };
    let (items, next) = centre.find(&everyone, Search { filter, ..question() }).await;
    assert_eq!((texts(&items), next), (vec!["退一步，款 12", "退一步，款 11", "退一步，款 10"], None));
}

#[tokio::test]
async fn the_best_lines_come_first_when_asked_so() {
    let mut centre = Centre::open().await;
    let everyone = centre.admin.scope.clone();
    let long = format!("refund {}", "and other words ".repeat(10));
    centre.call(None, &["refund refund", &long, "a refund, please"]).await;
    let (items, _) = centre.find(&everyone, of("refund")).await;
    assert_eq!(items.iter().map(|i| i.start_ms.unwrap()).collect::<Vec<_>>(), [2_000, 1_000, 0]);
    let ranked = Search { order: SearchOrder::Ranked, ..of("refund") };
    let (items, next) = centre.find(&everyone, ranked.clone()).await;
    assert_eq!(items.iter().map(|i| i.start_ms.unwrap()).collect::<Vec<_>>(), [0, 2_000, 1_000]);
    assert_eq!(next, None);
    assert!(items[2].text.reveal().chars().count() <= 122 && items[2].text.reveal().ends_with('…'));

    // More than a thousand: the best of the newest, then those before.
    let many: Vec<String> = (0..1_300).map(|n| format!("refund number {n} {}", "x".repeat(n / 100))).collect();
    centre.call(None, &many.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (items, next) = centre.find(&everyone, Search { limit: 1, ..ranked.clone() }).await;
    assert_eq!(items[0].start_ms, Some(399_000), "of equal ones the newest");
    let (items, next) = centre.find(&everyone, Search { limit: 1, before: next, ..ranked }).await;
    assert_eq!((items[0].start_ms, next), (Some(0), None));
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said() {
    let mut centre = Centre::open().await;
    centre.call(None, &["my number is 13812345678"]).await;
    for (text, why) in [
        ("", "nothing to search for"),
        ("。，!", "nothing to search for"),
        (&*"长".repeat(10_000), "longer than 256"),
        ("13812345678", "not indexed"),
    ] {
        let error = centre.ops.search(NOW, &centre.admin.actor, &centre.admin.scope, &of(text)).await.unwrap_err();
        assert!(matches!(&error, OperationError::Invalid(said) if said.contains(why)), "{text}: {error}");
    }
    let (items, _) = centre.find(&centre.admin.scope, of("号")).await;
    assert!(items.is_empty(), "one character is a question like others");
    let (items, _) = centre.find(&centre.admin.scope, Search { limit: -5, before: Some(-1), ..of("number") }).await;
    assert!(items.is_empty());
}
