//! The use cases on an embedded store. What the databases do differently is the store suite's concern.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_access::{ChallengeRule, Permission};
use ringdesk_conversations::{CallFact, Country, Refusal};
use ringdesk_model::{
    AccountId, Actor, AgentId, Channel, Ids, OfferId, Pii, Presence, QueueId, Timestamp, WorkItemId, WorkOutcome,
};
use ringdesk_operations::conversations::LinesFrom;
use ringdesk_operations::demo::{self, Demo, DemoInbox};
use ringdesk_operations::sessions::Duty;
use ringdesk_operations::{CallRecord, Opening, OperationError, Operations, SessionLimits, SignedIn};
use ringdesk_routing::{Proposal, Why};
use ringdesk_storage::Store;
use ringdesk_storage::conversation_list::Listed;
use ringdesk_storage::inboxes::Closure;
use ringdesk_storage::journal::Set;
use ringdesk_storage::leases::Lease;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const PASSWORD: &str = "twelve-of-them";

struct Centre {
    _dir: tempfile::TempDir,
    ops: Operations,
    demo: Demo,
    ids: Ids,
}

impl Centre {
    async fn open() -> Centre {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), "").await.unwrap();
        let ops = Operations::new(Arc::new(store), "ringdesk").unwrap();
        let demo = install(&ops).await;
        Centre { _dir: dir, ops, demo, ids: Ids::seeded(3) }
    }

    fn account(&self) -> AccountId {
        self.demo.account
    }

    async fn who(&self, login: &str) -> SignedIn {
        let logged = self.ops.login(NOW, login, PASSWORD, "192.0.2.1").await.unwrap();
        self.ops.signed_in(NOW, &logged.token, Some("192.0.2.1")).await.unwrap().unwrap()
    }

    async fn set(&self) -> Set {
        Set::new(self.ops.account_key(self.account()).await.unwrap())
    }

    /// A call that reached the queue; gathered, not yet written.
    async fn waiting(&mut self, from: &str) -> (Set, CallRecord, WorkItemId, QueueId) {
        let mut set = self.set().await;
        let opening = Opening {
            account: self.account(),
            call: self.ids.next(NOW),
            inbox: None,
            from: Pii::new(from.to_owned()),
            from_name: Some(Pii::new("Carla Caller".to_owned())),
            to: Pii::new("1001".to_owned()),
            origin: "trunk:demo".to_owned(),
            home: Country::of("DE").unwrap(),
        };
        let mut record = CallRecord::open(&mut set, &mut self.ids, NOW, opening).unwrap();
        let (work_item, queue) = (self.ids.next(NOW), self.demo.queues["support"]);
        self.add(&mut set, &mut record, 1, CallFact::Answered);
        self.add(&mut set, &mut record, 1, CallFact::StepEntered { step: "wait".into(), kind: "queue".into() });
        self.add(&mut set, &mut record, 1, CallFact::Queued { work_item, queue });
        (set, record, work_item, queue)
    }

    fn add(&mut self, set: &mut Set, record: &mut CallRecord, seconds: u32, fact: CallFact) {
        record.fact(set, &mut self.ids, NOW + SECOND * seconds, &fact).unwrap();
    }

    fn proposal(&mut self, work_item: WorkItemId, agent: AgentId, queue: QueueId) -> Proposal {
        let why = Why { level: Some(1), idle_since: NOW, candidates: 1, ..Why::default() };
        let medium = ringdesk_model::Medium::Voice;
        Proposal { offer: self.ids.next(NOW), work_item, agent, queue, medium, why }
    }

    async fn lease(&self) -> Lease {
        self.ops.take_routing(NOW, self.account(), "node", HOUR).await.unwrap().expect("nobody else routes")
    }

    /// The audit's newest entry: action, object, result.
    async fn last_act(&self) -> (String, String, String) {
        let scope = self.who("admin").await.scope;
        let entries = self.ops.audit(&scope, None, 2).await.unwrap();
        // The newest is the sign-in of this look.
        let e = &entries[1];
        (e.action.clone(), e.object.clone(), e.result.clone())
    }
}

async fn install(ops: &Operations) -> Demo {
    let passwords: BTreeMap<String, String> =
        demo::logins().map(|(l, _)| (l.to_owned(), PASSWORD.to_owned())).collect();
    let inboxes = |queues: &BTreeMap<String, QueueId>| {
        let flow = serde_json::json!({ "queue": queues["support"] }).to_string();
        vec![
            DemoInbox { name: "main menu".into(), numbers: vec!["1000".into()], flow: flow.clone(), recording: None },
            DemoInbox { name: "support".into(), numbers: vec!["1001".into()], flow, recording: None },
        ]
    };
    ops.install_demo(NOW, &passwords, inboxes).await.unwrap()
}

/// Rows: S16.14
#[tokio::test]
async fn an_account_of_ones_own_has_one_administrator_who_chooses_a_password_first() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), "").await.unwrap();
    let ops = Operations::new(Arc::new(store), "ringdesk").unwrap();
    let account = ops.found(NOW, "admin", PASSWORD).await.unwrap();
    assert_eq!(ops.accounts().await.unwrap(), [account]);
    let logged = ops.login(NOW, "admin", PASSWORD, "192.0.2.1").await.unwrap();
    let who = ops.signed_in(NOW, &logged.token, Some("192.0.2.1")).await.unwrap().unwrap();
    assert_eq!(who.must, Some(Duty::ChangePassword));
    ops.change_password(NOW, &who, PASSWORD, "chosen-by-me-42", "192.0.2.1").await.unwrap();
    let who = ops.signed_in(NOW, &logged.token, Some("192.0.2.1")).await.unwrap().unwrap();
    assert!(who.must.is_none() && who.grants.allows(Permission::UsersManage));
    assert!(ops.floorplan(account).await.unwrap().queues.is_empty());

    // Whoever comes later becomes nobody's administrator, and the demo does not mix with it.
    assert!(matches!(ops.found(NOW, "mallory", PASSWORD).await, Err(OperationError::Invalid(_))));
    assert!(ops.login(NOW, "mallory", PASSWORD, "192.0.2.1").await.is_err());
    assert!(ops.demo().await.unwrap().is_none());
}

#[tokio::test]
async fn the_demo_is_made_once() {
    let centre = Centre::open().await;
    assert!(centre.demo.made);
    let again = install(&centre.ops).await;
    assert!(!again.made);
    assert_eq!((again.account, &again.queues), (centre.account(), &centre.demo.queues));

    let directory = centre.ops.directory(centre.account()).await.unwrap();
    assert_eq!(directory.extensions.iter().map(|e| e.number.as_str()).collect::<Vec<_>>(), ["2001", "2002"]);
    assert!(
        directory.extensions.iter().all(|e| e.ha1_md5.len() == 32 && e.ha1_sha256.len() == 64 && e.agent.is_some())
    );
    assert_eq!(directory.trunks[0].networks, ["127.0.0.0/8"]);
    let numbers = centre.ops.numbers(centre.account()).await.unwrap();
    assert_eq!(numbers.keys().collect::<Vec<_>>(), ["1000", "1001"]);
    let (_, version, flow) = numbers["1001"].flow.as_ref().unwrap();
    assert_eq!(*version, 1);
    assert!(flow.contains(&centre.demo.queues["support"].to_string()));

    let plan = centre.ops.floorplan(centre.account()).await.unwrap();
    assert_eq!(plan.queues.iter().map(|q| q.name.as_str()).collect::<Vec<_>>(), ["sales", "support"]);
    assert_eq!(plan.queues[0].wrap_up, Some(SECOND * 10));
    assert_eq!(plan.agents.iter().map(|a| a.target.as_str()).collect::<Vec<_>>(), ["2001", "2002"]);
    assert_eq!(plan.agents[0].queues[&centre.demo.queues["sales"]], 1);
    let presence = centre.ops.recovered_presence(centre.account()).await.unwrap();
    assert!(presence.agents.values().all(|(p, _)| *p == Presence::LoggedOut));
}

/// Rows: S12.6(base), S12.9
#[tokio::test]
async fn signing_in_gives_the_roles_rights_and_is_audited() {
    let centre = Centre::open().await;
    let agent = centre.who("agent1").await;
    assert!(agent.grants.allows(Permission::PresenceOwn) && !agent.grants.allows(Permission::InboxesClose));
    assert!(!agent.scope.everyone && agent.scope.agent.is_some());
    assert!(matches!(&agent.actor, Actor::User { address: Some(a), .. } if a == "192.0.2.1"));
    let leader = centre.who("supervisor").await;
    assert!(leader.scope.everyone && leader.grants.allows(Permission::InboxesClose));
    assert_eq!(centre.ops.users(&agent.scope).await.unwrap().len(), 1, "an agent sees themselves");
    assert_eq!(centre.ops.users(&leader.scope).await.unwrap().len(), 6);

    let logged = centre.ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.unwrap();
    assert_eq!(logged.token.len(), 64);
    let expires = logged.expires;
    assert!(centre.ops.signed_in(expires, &logged.token, None).await.unwrap().is_none(), "expired");
    assert!(centre.ops.signed_in(NOW, "0000", None).await.unwrap().is_none());
    let who = centre.ops.signed_in(NOW, &logged.token, None).await.unwrap().unwrap();
    centre.ops.logout(NOW, &who).await.unwrap();
    assert!(centre.ops.signed_in(NOW, &logged.token, None).await.unwrap().is_none(), "signed out");
    assert_eq!(centre.last_act().await.0, "user.logout");

    let wrong = centre.ops.login(NOW, "agent1", "not it", "198.51.100.7").await;
    assert!(matches!(wrong, Err(OperationError::WrongLogin)));
    let (action, object, result) = centre.last_act().await;
    assert_eq!(
        (action.as_str(), object, result.as_str()),
        ("user.login", format!("user:{}", who.user.id), "wrong login or password")
    );
    let unknown = centre.ops.login(NOW, "nobody-here", "not it", "198.51.100.7").await;
    assert_eq!(unknown.err().unwrap().to_string(), wrong.err().unwrap().to_string(), "no oracle");
    assert_eq!(centre.last_act().await.1, "user:unknown");
    let admin = centre.who("admin").await;
    let entries = centre.ops.audit(&admin.scope, None, 100).await.unwrap();
    assert!(entries.iter().any(|e| e.address.as_deref() == Some("198.51.100.7")));
    assert!(!format!("{entries:?}").contains("nobody-here"), "what was typed is not kept");
    assert_eq!(centre.ops.verify_audit(centre.account()).await.unwrap(), entries.len() as i64);
}

/// A session ends without a sign of life, and in any case after a working day; a sign of life is not a new day.
///
/// Rows: S12.29
#[tokio::test]
async fn a_session_rests_and_ends() {
    let centre = Centre::open().await;
    let log_in = async || centre.ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.unwrap().token;
    let holds =
        async |after: Duration, token: &str| centre.ops.signed_in(NOW + after, token, None).await.unwrap().is_some();
    let (idle, busy) = (log_in().await, log_in().await);
    for hours in 1..12 {
        assert!(holds(HOUR * hours, &busy).await, "after {hours} h");
    }
    assert!(!holds(HOUR * 2, &idle).await);
    assert!(!holds(HOUR * 12, &busy).await);
    // Of another house.
    let limits = SessionLimits { idle: SECOND * 24, longest: SECOND * 60 };
    let ops = Operations::new(centre.ops.store().clone(), "ringdesk").unwrap().with_sessions(limits);
    let token = ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.unwrap().token;
    for (seconds, expected) in [(20, true), (40, true), (59, true), (60, false)] {
        assert_eq!(ops.signed_in(NOW + SECOND * seconds, &token, None).await.unwrap().is_some(), expected, "{seconds}");
    }
    let token = ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.unwrap().token;
    assert!(ops.signed_in(NOW + SECOND * 24, &token, None).await.unwrap().is_none());
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let centre = Centre::open().await;
    // So that nothing but the waiting is in the way.
    let (admin, rule) = (centre.who("admin").await, ChallengeRule { after_failures: 100, bits: 8 });
    centre.ops.set_challenge_rule(NOW, &admin.actor, centre.account(), rule).await.unwrap();
    let mut refused = 0;
    for _ in 0..8 {
        match centre.ops.login(NOW, "agent1", "wrong one", "203.0.113.5").await {
            Err(OperationError::TryLater(_)) => refused += 1,
            other => assert!(matches!(other, Err(OperationError::WrongLogin))),
        }
    }
    assert_eq!(refused, 3, "five are free");
    assert!(matches!(centre.ops.login(NOW, "agent1", PASSWORD, "203.0.113.5").await, Err(OperationError::TryLater(_))));
    centre.ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.expect("the owner is not locked out");
    centre.ops.login(NOW + HOUR, "agent1", PASSWORD, "203.0.113.5").await.expect("later");
}

#[tokio::test]
async fn a_new_password_and_disabling_end_sessions() {
    let centre = Centre::open().await;
    let admin = centre.who("admin").await;
    let old = centre.ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.unwrap();
    let weak = centre.ops.set_password(NOW, &admin.actor, centre.account(), old.user.id, "short", true).await;
    assert!(matches!(weak, Err(OperationError::WeakPassword(_))));
    assert!(centre.ops.signed_in(NOW, &old.token, None).await.unwrap().is_some(), "nothing changed");
    centre.ops.set_password(NOW, &admin.actor, centre.account(), old.user.id, "quite another 1", true).await.unwrap();
    assert!(centre.ops.signed_in(NOW, &old.token, None).await.unwrap().is_none());
    assert!(centre.ops.login(NOW, "agent1", PASSWORD, "192.0.2.1").await.is_err());
    let new = centre.ops.login(NOW, "agent1", "quite another 1", "192.0.2.1").await.unwrap();

    centre.ops.set_disabled(NOW, &admin.actor, centre.account(), new.user.id, true).await.unwrap();
    assert!(centre.ops.signed_in(NOW, &new.token, None).await.unwrap().is_none());
    assert!(matches!(
        centre.ops.login(NOW, "agent1", "quite another 1", "192.0.2.1").await,
        Err(OperationError::WrongLogin)
    ));
    assert_eq!(centre.ops.directory(centre.account()).await.unwrap().extensions.len(), 1, "the phone is out too");

    let about = ringdesk_operations::people::About::default();
    let (login, name) = ("agent2".into(), "x".into());
    let twin = ringdesk_operations::users::NewUser { login, name, roles: vec![], agent: None, about };
    let taken = centre.ops.create_user(NOW, &admin.actor, centre.account(), twin.clone(), "long enough 1").await;
    assert!(matches!(taken, Err(OperationError::Taken(_))));
    let new = ringdesk_operations::users::NewUser { login: "agent3".into(), ..twin };
    let user = centre.ops.create_user(NOW, &admin.actor, centre.account(), new, "long enough 1").await.unwrap();
    let taken = centre.ops.set_phone(NOW, &admin.actor, centre.account(), user, "2002", "secret of it").await;
    assert!(matches!(taken, Err(OperationError::Taken(_))));
    assert!(centre.ops.set_phone(NOW, &admin.actor, centre.account(), user, "20 03", "secret of it").await.is_err());
    centre.ops.set_phone(NOW, &admin.actor, centre.account(), user, "2003", "secret of it").await.unwrap();
    let nobody = centre.who("agent2").await;
    assert!(nobody.grants.require(Permission::UsersManage).is_err());
}

/// Rows: S13.23
#[tokio::test]
async fn a_number_is_closed_until_a_time_or_until_opened() {
    let centre = Centre::open().await;
    let leader = centre.who("supervisor").await;
    let inbox = centre.ops.numbers(centre.account()).await.unwrap()["1001"].inbox;
    let closure = Closure { until: NOW + HOUR, prompt: "closed".into(), action: "hangup".into() };
    centre.ops.close_inbox(NOW, &leader.actor, centre.account(), inbox, closure.clone()).await.unwrap();
    let numbers = centre.ops.numbers(centre.account()).await.unwrap();
    assert_eq!(numbers["1001"].closed(NOW), Some(&closure));
    assert_eq!(numbers["1001"].closed(NOW + HOUR), None, "over by itself");
    assert_eq!(numbers["1000"].closed(NOW), None, "the other number answers");
    let (action, object, _) = centre.last_act().await;
    assert_eq!((action.as_str(), object), ("inbox.close", format!("inbox:{inbox}")));
    centre.ops.open_inbox(NOW, &leader.actor, centre.account(), inbox).await.unwrap();
    assert_eq!(centre.ops.numbers(centre.account()).await.unwrap()["1001"].closed(NOW), None);
    assert_eq!(centre.last_act().await.0, "inbox.open");
    let kinds: Vec<String> =
        centre.ops.events_after(centre.account(), 0, 100).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["inbox_closed", "inbox_opened"]);

    let past = Closure { until: NOW, ..closure.clone() };
    assert!(centre.ops.close_inbox(NOW, &leader.actor, centre.account(), inbox, past).await.is_err());
    let unknown = centre.ops.id(NOW);
    let error = centre.ops.close_inbox(NOW, &leader.actor, centre.account(), unknown, closure).await.unwrap_err();
    assert!(matches!(error, OperationError::NotFound("inbox")));
}

#[tokio::test]
async fn only_a_checked_flow_is_published() {
    let centre = Centre::open().await;
    let admin = centre.who("admin").await;
    let publish = async |document: &str, checked: Result<(), String>| {
        centre.ops.publish_flow(NOW, &admin.actor, centre.account(), "support", document, None, checked).await
    };
    assert!(
        matches!(publish("{}", Err("no start".into())).await, Err(OperationError::Invalid(why)) if why == "no start")
    );
    assert_eq!(publish(r#"{"new":1}"#, Ok(())).await.unwrap().1, 2);
    let numbers = centre.ops.numbers(centre.account()).await.unwrap();
    let (_, version, document) = numbers["1001"].flow.clone().unwrap();
    assert_eq!((version, &*document), (2, r#"{"new":1}"#));
    assert_eq!(numbers["1000"].flow.as_ref().unwrap().1, 1);
}

/// Rows: S1.2(call), S2.16
#[tokio::test]
async fn a_call_leaves_its_conversation_timeline_and_events() {
    let mut centre = Centre::open().await;
    let (agent1, agent2, leader) =
        (centre.who("agent1").await, centre.who("agent2").await, centre.who("supervisor").await);
    let (mut set, mut record, work_item, queue) = centre.waiting("+49301234567").await;
    let lease = centre.lease().await;
    let agent = agent1.scope.agent.unwrap();

    // The set with the work item and the offer for it are one transaction.
    let proposals =
        [centre.proposal(work_item, agent, queue), centre.proposal(work_item, agent2.scope.agent.unwrap(), queue)];
    let (offer, other) = (proposals[0].offer, proposals[1].offer);
    let made = centre.ops.commit_proposals(NOW, centre.account(), &lease, Some(&set), &proposals).await.unwrap();
    assert_eq!(made.into_iter().collect::<BTreeSet<_>>(), [offer, other].into(), "both are asked at once");
    centre.ops.end_offer(NOW + SECOND * 4, centre.account(), offer, "accepted").await.unwrap();
    centre.ops.end_offer(NOW + SECOND * 4, centre.account(), other, "superseded").await.unwrap();
    assert_eq!(centre.ops.open_work(centre.account()).await.unwrap(), (1, 1));

    set = centre.set().await;
    let facts = [
        (2, CallFact::Offered { offer, agent, queue }),
        (4, CallFact::OfferEnded { offer, agent, outcome: "accepted".into() }),
        (4, CallFact::LeftQueue { work_item, outcome: WorkOutcome::Served }),
        (4, CallFact::AgentJoined { offer, agent, queue: Some(queue) }),
        (10, CallFact::Held { agent: None }),
        (13, CallFact::Resumed { agent: None }),
    ];
    for (seconds, fact) in facts {
        centre.add(&mut set, &mut record, seconds, fact);
    }
    centre.ops.write_journal(&set).await.unwrap();
    let seen = centre.ops.conversation(&agent1.scope, record.conversation()).await.unwrap();
    assert!(seen.closed_at.is_none() && seen.participations[0].ended_at.is_none());
    assert_eq!(seen.participations[0].hold_us, 3_000_000);

    set = centre.set().await;
    centre.add(&mut set, &mut record, 20, CallFact::AgentLeft { agent });
    centre.add(&mut set, &mut record, 20, CallFact::Ended { cause: "normal".into(), by: "caller".into() });
    centre.add(&mut set, &mut record, 21, CallFact::Held { agent: None });
    let head = centre.ops.write_journal(&set).await.unwrap();
    assert!(record.is_over());
    assert_eq!(head, Some(centre.ops.events_head(centre.account()).await.unwrap()));
    assert_eq!(centre.ops.open_work(centre.account()).await.unwrap(), (0, 0), "everything ended with the call");

    let phone = Listed { channel: Some(Channel::Phone), ..Listed::default() };
    let all = centre.ops.conversations(&leader.scope, &phone, 10).await.unwrap();
    assert_eq!(all.len(), 1);
    let call = &all[0].calls[0];
    assert_eq!((call.parties.from.reveal().as_str(), call.parties.to.reveal().as_str()), ("+49301234567", "1001"));
    assert_eq!((call.answered_at, call.ended_at), (Some(NOW + SECOND), Some(NOW + SECOND * 20)));
    assert_eq!((call.cause.as_deref(), call.ended_by.as_deref()), (Some("normal"), Some("caller")));
    let sheet: ringdesk_conversations::CallSheet = serde_json::from_str(call.sheet.as_ref().unwrap().reveal()).unwrap();
    let figures = sheet.figures(NOW + HOUR);
    assert_eq!((figures.queue_ms, figures.talk_ms, figures.hold_ms), (3_000, 13_000, 3_000));
    let part = &all[0].participations[0];
    assert_eq!((part.agent, part.ended_at), (agent, Some(NOW + SECOND * 20)));
    assert!(all[0].contact.is_some());

    assert_eq!(centre.ops.conversations(&agent1.scope, &Listed::default(), 10).await.unwrap().len(), 1);
    assert!(centre.ops.conversations(&agent2.scope, &Listed::default(), 10).await.unwrap().is_empty(), "not theirs");
    assert!(centre.ops.conversation(&agent2.scope, all[0].id).await.is_err());
    assert!(
        centre
            .ops
            .messages(NOW, &agent2.actor, &agent2.scope, all[0].id, (LinesFrom::After(0), false), 10)
            .await
            .is_err()
    );
    let lines = centre
        .ops
        .messages(NOW, &agent1.actor, &agent1.scope, all[0].id, (LinesFrom::After(0), false), 100)
        .await
        .unwrap();
    assert_eq!(lines.iter().map(|l| l.seq).collect::<Vec<_>>(), (1..=lines.len() as i64).collect::<Vec<_>>());
    let keys: Vec<String> = lines
        .iter()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l.text.reveal()).unwrap()["text"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        keys,
        [
            "call.started",
            "call.answered",
            "call.queued",
            "call.offered",
            "call.agent_joined",
            "call.held",
            "call.resumed",
            "call.agent_left",
            "call.ended"
        ]
    );
    let events = centre.ops.call_events(&leader.scope, record.call()).await.unwrap();
    assert_eq!(events.len(), 12);
    let facts: Vec<CallFact> = events.iter().map(|e| serde_json::from_str(e.payload.reveal()).unwrap()).collect();
    assert!(matches!(facts.last(), Some(CallFact::Ended { .. })));

    let outbox = centre.ops.events_after(centre.account(), 0, 100).await.unwrap();
    assert_eq!(outbox[0].kind, "conversation_created");
    let created: serde_json::Value = serde_json::from_str(outbox[0].payload.reveal()).unwrap();
    assert_eq!((&created["name"], &created["address"]), (&"Carla Caller".into(), &"+49301234567".into()));
    assert!(created["page"].is_null() && created.get("page").is_some());
    let last: serde_json::Value = serde_json::from_str(outbox.last().unwrap().payload.reveal()).unwrap();
    assert_eq!((&last["state"], &last["line"]), (&"closed".into(), &"call.ended".into()));
    let news = outbox.iter().filter(|e| e.kind == "conversation_updated").count();
    assert_eq!(news, 3, "one per set, however much happened in it");
    assert!(outbox.iter().any(|e| e.kind == "work_offered") && outbox.iter().any(|e| e.kind == "offer_ended"));
}

/// The agent hangs up, the caller goes on: queued again and served by the same agent.
#[tokio::test]
async fn an_agent_who_left_is_free_while_the_caller_goes_on() {
    let mut centre = Centre::open().await;
    let agent = centre.who("agent1").await.scope.agent.unwrap();
    let lease = centre.lease().await;
    let (mut set, mut record, work_item, queue) = centre.waiting("+49301234567").await;
    for seconds in [5, 20] {
        let proposal = [centre.proposal(work_item, agent, queue)];
        let offer = proposal[0].offer;
        let made = centre.ops.commit_proposals(NOW, centre.account(), &lease, Some(&set), &proposal).await.unwrap();
        assert_eq!(made, [offer], "free, and the work item waits");
        centre.ops.end_offer(NOW, centre.account(), offer, "accepted").await.unwrap();
        set = centre.set().await;
        centre.add(&mut set, &mut record, seconds, CallFact::LeftQueue { work_item, outcome: WorkOutcome::Served });
        centre.add(&mut set, &mut record, seconds, CallFact::AgentJoined { offer, agent, queue: Some(queue) });
        centre.add(&mut set, &mut record, seconds + 5, CallFact::AgentLeft { agent });
        centre.ops.write_journal(&set).await.unwrap();
        assert_eq!(centre.ops.open_work(centre.account()).await.unwrap(), (0, 0));
        set = centre.set().await;
        centre.add(&mut set, &mut record, seconds + 6, CallFact::Queued { work_item, queue });
    }
    centre.add(&mut set, &mut record, 40, CallFact::Ended { cause: "normal".into(), by: "caller".into() });
    centre.ops.write_journal(&set).await.unwrap();
    assert_eq!(centre.ops.open_work(centre.account()).await.unwrap(), (0, 0));
}

/// A message is a line with its place, an event, and a conversation that stays open after the call.
///
/// Rows: S2.12
#[tokio::test]
async fn a_message_that_was_left_keeps_the_conversation_open() {
    for recording in [true, false] {
        let mut centre = Centre::open().await;
        let leader = centre.who("supervisor").await;
        let (mut set, mut record, work_item, queue) = centre.waiting("+49301234567").await;
        let recording = recording.then(|| centre.ids.next(NOW));
        let (queue_told, end) = (Some(queue), "key".to_owned());
        let left =
            CallFact::Voicemail { duration_ms: 4_000, recording, from_ms: 1_500, to_ms: 5_500, queue: queue_told, end };
        centre.add(&mut set, &mut record, 2, CallFact::LeftQueue { work_item, outcome: WorkOutcome::NoAgents });
        centre.add(&mut set, &mut record, 8, left);
        centre.add(&mut set, &mut record, 9, CallFact::Ended { cause: "normal".into(), by: "caller".into() });
        centre.ops.write_journal(&set).await.unwrap();
        let id = record.conversation();
        let seen = centre.ops.conversation(&leader.scope, id).await.unwrap();
        assert!(record.is_over() && seen.closed_at.is_none() && seen.calls[0].ended_at.is_some());
        let lines = centre
            .ops
            .messages(NOW, &leader.actor, &leader.scope, id, (LinesFrom::After(0), false), 100)
            .await
            .unwrap();
        let line = lines.iter().find(|l| l.kind == "voicemail").unwrap();
        let place = recording.map(|_| (1_500, 5_500));
        assert_eq!((line.start_ms.zip(line.end_ms), line.speaker.as_str()), (place, "contact"));
        let named = recording.map(|r: ringdesk_model::RecordingId| r.to_string());
        assert_eq!(named.is_some_and(|r| line.text.reveal().contains(&r)), recording.is_some());
        let outbox = centre.ops.events_after(centre.account(), 0, 100).await.unwrap();
        let last = |kind: &str| -> serde_json::Value {
            let event = outbox.iter().rev().find(|e| e.kind == kind).unwrap();
            serde_json::from_str(event.payload.reveal()).unwrap()
        };
        let event = last("voicemail_left");
        assert_eq!((&event["duration_ms"], &event["queue"]), (&4_000.into(), &queue.to_string().into()));
        assert_eq!(last("conversation_updated")["state"], "open");
    }
}

/// Rows: S7.29(state)
#[tokio::test]
async fn a_disposition_is_the_agents_own_for_a_day() {
    let mut centre = Centre::open().await;
    let (agent1, agent2, leader) =
        (centre.who("agent1").await, centre.who("agent2").await, centre.who("supervisor").await);
    let (mut set, mut record, _, queue) = centre.waiting("anonymous").await;
    let (offer, agent): (OfferId, _) = (centre.ids.next(NOW), agent1.scope.agent.unwrap());
    centre.add(&mut set, &mut record, 2, CallFact::AgentJoined { offer, agent, queue: Some(queue) });
    centre.add(&mut set, &mut record, 9, CallFact::AgentLeft { agent });
    centre.add(&mut set, &mut record, 9, CallFact::Ended { cause: "normal".into(), by: "agent".into() });
    centre.ops.write_journal(&set).await.unwrap();
    let view = centre.ops.conversation(&agent1.scope, record.conversation()).await.unwrap();
    assert!(view.contact.is_none(), "an anonymous caller is nobody");
    let part = view.participations[0].id;

    let set = async |at: Timestamp, who: &SignedIn, path: Option<&str>, note: Option<&str>| {
        let (path, note) = (path.map(str::to_owned), note.map(|n| Pii::new(n.to_owned())));
        centre.ops.set_disposition(at, &who.actor, &who.scope, part, path, note).await
    };
    let code = async || {
        let view = centre.ops.conversation(&leader.scope, view.id).await.unwrap();
        view.participations[0].disposition.clone()
    };
    assert!(
        matches!(set(NOW + HOUR, &agent2, Some("solved"), None).await, Err(OperationError::NotFound(_))),
        "not theirs"
    );
    assert!(matches!(
        set(NOW + HOUR, &agent1, Some("sold"), None).await,
        Err(OperationError::Refused(Refusal::Unknown))
    ));
    let long = "x".repeat(4_001);
    assert!(matches!(
        set(NOW + HOUR, &agent1, Some("solved"), Some(&long)).await,
        Err(OperationError::Refused(Refusal::NoteTooLong))
    ));
    set(NOW + HOUR, &agent1, Some("solved"), Some("called back")).await.unwrap();
    assert_eq!(code().await.as_deref(), Some("solved"));
    assert_eq!(centre.last_act().await.0, "disposition.set");
    set(NOW + HOUR, &leader, None, None).await.unwrap();
    assert_eq!(code().await, None);
    let late = set(NOW + HOUR * 25, &agent1, Some("solved"), None).await;
    assert!(matches!(late, Err(OperationError::Refused(Refusal::TooLate))));
}

/// Rows: S7.25
#[tokio::test]
async fn presence_is_kept_and_told() {
    let centre = Centre::open().await;
    let (agent1, agent2) = (centre.who("agent1").await, centre.who("agent2").await);
    let agent = agent1.scope.agent.unwrap();
    let record = async |at, presence| {
        centre.ops.record_presence(at, &agent1.actor, centre.account(), agent, presence, None).await.unwrap();
    };
    record(NOW, Presence::Ready).await;
    record(NOW + SECOND, Presence::NotReady("lunch".into())).await;
    let kept = centre.ops.presence_changes(&agent1.scope, agent, 10).await.unwrap();
    assert_eq!(kept.iter().map(|c| c.presence.as_str()).collect::<Vec<_>>(), ["not_ready", "ready"]);
    assert_eq!(kept[0].actor, format!("user:{}", agent1.user.id));
    assert!(centre.ops.presence_changes(&agent2.scope, agent, 10).await.is_err(), "a colleague's day is not theirs");
    let recovered = centre.ops.recovered_presence(centre.account()).await.unwrap();
    assert_eq!(recovered.agents[&agent], (Presence::NotReady("lunch".into()), NOW + SECOND));
    let events = centre.ops.events_after(centre.account(), 0, 10).await.unwrap();
    assert!(events.iter().all(|e| e.kind == "presence_changed") && events.len() == 2);
    assert_eq!(centre.ops.agents(&agent2.scope).await.unwrap().len(), 1);
}

/// Rows: S16.13
#[tokio::test]
async fn after_a_restart_open_calls_are_closed_and_their_agents_rest() {
    let mut centre = Centre::open().await;
    let agent1 = centre.who("agent1").await;
    let agent = agent1.scope.agent.unwrap();
    let (set, record, work_item, queue) = centre.waiting("+49301234567").await;
    let lease = centre.lease().await;
    let proposal = [centre.proposal(work_item, agent, queue)];
    centre.ops.commit_proposals(NOW, centre.account(), &lease, Some(&set), &proposal).await.unwrap();
    centre
        .ops
        .record_presence(NOW, &Actor::System, centre.account(), agent, Presence::Offered, Some(queue))
        .await
        .unwrap();

    let recovered = centre.ops.recover(NOW + HOUR, centre.account()).await.unwrap();
    assert_eq!(recovered.calls, [(record.call(), record.conversation())]);
    assert_eq!(centre.ops.open_work(centre.account()).await.unwrap(), (0, 0));
    let presence = centre.ops.recovered_presence(centre.account()).await.unwrap();
    assert_eq!(presence.agents[&agent].0, Presence::NotReady("restart".into()));
    let events = centre.ops.events_after(centre.account(), 0, 100).await.unwrap();
    assert!(events.iter().any(|e| e.kind == "call_ended" && e.payload.reveal().contains("server_crash")));
    let taken = centre.ops.take_routing(NOW + SECOND, centre.account(), "another", HOUR).await.unwrap();
    assert_eq!(taken, None, "somebody routes");
    centre.ops.release_routing(centre.account(), &lease).await.unwrap();
    assert!(centre.ops.take_routing(NOW + SECOND, centre.account(), "another", HOUR).await.unwrap().is_some());
    assert!(!centre.ops.renew_routing(NOW + SECOND, &lease, HOUR).await.unwrap());
}

/// Every decision is in the audit, without the number; a day has an end, and an emergency has none.
///
/// Rows: S12.13
#[tokio::test]
async fn calls_to_the_outside_are_judged_counted_and_kept() {
    use ringdesk_operations::dialling::{DialPolicy, DialRefused, Passage};
    let mut centre = Centre::open().await;
    let policy = DialPolicy {
        home: "+49".into(),
        emergency: ["112".to_owned()].into(),
        a_day: 2,
        at_once: 5,
        ..DialPolicy::default()
    };
    let call = centre.ids.next(NOW);
    let dial = async |at: Timestamp, at_once: u32, number: &str| {
        centre.ops.dial(at, centre.account(), call, &policy, at_once, number).await
    };
    let number = "+4930123456";
    assert_eq!(dial(NOW, 0, "+49900123").await, Err(DialRefused::Premium));
    assert_eq!(dial(NOW, 5, number).await, Err(DialRefused::TooManyAtOnce));
    assert_eq!(dial(NOW, 4, number).await, Ok(Passage::Open));
    assert_eq!(dial(NOW, 0, number).await, Ok(Passage::Open));
    assert_eq!(dial(NOW, 0, number).await, Err(DialRefused::TooManyToday));
    assert_eq!(dial(NOW, 99, "112").await, Ok(Passage::Emergency));
    assert_eq!(dial(NOW + HOUR * 24, 0, number).await, Ok(Passage::Open), "tomorrow");
    let admin = centre.who("admin").await;
    let entries = centre.ops.audit(&admin.scope, None, 20).await.unwrap();
    let kept: Vec<&str> = entries.iter().rev().filter(|e| e.action == "call.dial").map(|e| e.result.as_str()).collect();
    let at_once = "as many calls as there may be at a time";
    assert_eq!(kept, ["a premium number", at_once, "ok", "ok", "as many calls as a day may have", "ok"]);
    assert!(!format!("{entries:?}").contains("30123456"));
}

/// A queue's row says in which language its callers are heard, and which names to expect.
///
/// Rows: V4
#[tokio::test]
async fn a_queue_says_how_its_callers_are_heard() {
    use ringdesk_model::Language;
    use ringdesk_operations::transcripts::QueueSpeech;
    use ringdesk_storage::agents;
    let centre = Centre::open().await;
    let (sales, support) = (centre.demo.queues["sales"], centre.demo.queues["support"]);
    for (settings, language, hot_words) in [
        (r#"{"mode": "pull"}"#, None, vec![]),
        (r#"{"language": "zh-CN", "hot_words": ["红鞋"]}"#, Some(Language::ZhCn), vec!["红鞋".to_owned()]),
        // Nobody is deaf because of what somebody else wrote there.
        (r#"{"language": "Klingon"}"#, None, vec![]),
    ] {
        let mut tx = centre.ops.store().db.write().await.unwrap();
        assert!(agents::set_queue_settings(&mut tx, centre.account(), support, settings).await.unwrap());
        tx.commit().await.unwrap();
        let all = centre.ops.queue_speech(centre.account()).await.unwrap();
        assert_eq!(all[&sales], ("sales".to_owned(), QueueSpeech::default()));
        assert_eq!(all[&support], ("support".to_owned(), QueueSpeech { language, hot_words }), "{settings}");
    }
}

/// A code closes every number of the centre and opens them; wrong ones are slowed down like wrong passwords, and another caller is not kept
/// out for it.
///
/// Rows: S13.23
#[tokio::test]
async fn a_code_by_telephone_is_guessed_no_faster_than_a_password() {
    use ringdesk_operations::closure_pin::ByTelephone;
    let centre = Centre::open().await;
    let account = centre.account();
    let pin = |code: &str| Pii::new(code.to_owned());
    let typed = async |now, code: &str, from: &str, close| {
        centre.ops.close_by_telephone(now, account, (&pin(code), &pin(from)), (None, close)).await.unwrap()
    };
    let (one, other) = ("+4930111222", "+4930111333");
    assert_eq!(typed(NOW, "480715", one, None).await, ByTelephone::Wrong, "there is none yet");
    for weak in ["123456", "987654", "000000", "12345", "4807155555555", "48071x"] {
        let set = centre.ops.set_closure_pin(NOW, &Actor::System, account, &pin(weak), 12).await;
        assert!(matches!(set, Err(OperationError::Invalid(_))), "{weak}");
    }
    centre.ops.set_closure_pin(NOW, &Actor::System, account, &pin("480715"), 12).await.unwrap();
    assert_eq!(typed(NOW, "480715", other, None).await, ByTelephone::Is { closed: false });
    assert_eq!(typed(NOW, "480715", other, Some(true)).await, ByTelephone::Is { closed: true });
    let closed = async |now: Timestamp| {
        let all = centre.ops.inboxes(&centre.who("admin").await.scope).await.unwrap();
        let is = |inbox: &ringdesk_storage::inboxes::Inbox| inbox.closure.as_ref().is_some_and(|c| now < c.until);
        all.iter().filter(|inbox| is(inbox)).count()
    };
    assert!(closed(NOW + HOUR * 11).await > 0);
    assert_eq!(closed(NOW + HOUR * 12).await, 0, "it ends by itself");
    let later = (0..9).map(|_| typed(NOW, "111222", one, Some(false)));
    let mut refused = 0;
    for tried in later {
        match tried.await {
            ByTelephone::TryLater(_) => refused += 1,
            tried => assert_eq!(tried, ByTelephone::Wrong),
        }
    }
    assert!(refused >= 3, "a few are free: {refused}");
    assert!(matches!(typed(NOW, "480715", one, Some(false)).await, ByTelephone::TryLater(_)), "not even the right one");
    assert!(closed(NOW).await > 0);
    assert_eq!(typed(NOW, "480715", other, Some(false)).await, ByTelephone::Is { closed: false });
    assert_eq!(closed(NOW).await, 0);
    assert_eq!(typed(NOW + HOUR, "480715", one, None).await, ByTelephone::Is { closed: false }, "later");
    centre.ops.remove_closure_pin(NOW, &Actor::System, account).await.unwrap();
    assert_eq!(typed(NOW + HOUR, "480715", other, None).await, ByTelephone::Wrong);
}

/// One number is closed by telephone and opened, and the others stay as they are.
///
/// Rows: S13.23
#[tokio::test]
async fn a_code_closes_one_number_alone() {
    use ringdesk_operations::closure_pin::ByTelephone;
    let centre = Centre::open().await;
    let account = centre.account();
    let (pin, caller) = (Pii::new("480715".to_owned()), Pii::new("+4930111333".to_owned()));
    centre.ops.set_closure_pin(NOW, &Actor::System, account, &pin, 12).await.unwrap();
    let scope = centre.who("admin").await.scope;
    let voice = |inbox: &ringdesk_storage::inboxes::Inbox| !inbox.numbers.is_empty();
    let all: Vec<_> = centre.ops.inboxes(&scope).await.unwrap().into_iter().filter(voice).collect();
    assert!(all.len() > 1, "others are there");
    let number = all[0].numbers[0].trim_start_matches('+').to_owned();
    let typed = async |number: &str, close| {
        centre.ops.close_by_telephone(NOW, account, (&pin, &caller), (Some(number), close)).await.unwrap()
    };
    let closed = async || {
        let all = centre.ops.inboxes(&scope).await.unwrap().into_iter();
        all.filter(|inbox| inbox.closure.is_some()).map(|inbox| inbox.id).collect::<Vec<_>>()
    };
    for close in [None, Some(true), Some(false)] {
        assert_eq!(typed("4711", close).await, ByTelephone::NoNumber, "none of ours");
    }
    assert_eq!(typed(&number, None).await, ByTelephone::Is { closed: false });
    assert_eq!(typed(&number, Some(true)).await, ByTelephone::Is { closed: true });
    assert_eq!(closed().await, [all[0].id]);
    assert_eq!(typed(&number, None).await, ByTelephone::Is { closed: true });
    let centre_is = centre.ops.close_by_telephone(NOW, account, (&pin, &caller), (None, None)).await.unwrap();
    assert_eq!(centre_is, ByTelephone::Is { closed: false }, "one is not all");
    assert_eq!(typed(&number, Some(false)).await, ByTelephone::Is { closed: false });
    assert!(closed().await.is_empty());
}
