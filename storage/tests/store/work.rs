//! Cases of work: offers, recovery, jobs, leases; each on both databases.

use crate::world::{START, World};
use ringdesk_conversations::{CallFact, CallSheet};
use ringdesk_model::{JobId, OfferId, Presence, Timestamp};
use ringdesk_storage::agents::PresenceChange;
use ringdesk_storage::jobs::{self, Failed, NewJob};
use ringdesk_storage::journal::{CallChange, Queued, is_written};
use ringdesk_storage::left_messages::NewLeftMessage;
use ringdesk_storage::outbox;
use ringdesk_storage::recovery;
use ringdesk_storage::{Tx, agents, conversations, leases, routing};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_proposal_holds_only_under_guard
    no_agent_and_no_work_item_is_given_twice
    an_offer_becomes_an_assignment_and_ends
    of_several_who_are_asked_one_has_it
    a_set_holds_ends_of_offers_and_presence
    a_restart_leaves_nothing_open
    a_talk_lasts_as_long_as_its_server
    jobs_are_claimed_once_tried_again_and_given_up
    leases_pass_with_a_higher_epoch
}

/// Rows: S7.4(voice)
async fn a_proposal_holds_only_under_guard(world: World) {
    let mut set = world.set();
    let (a, b) = (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    assert_eq!(world.propose(START, a.work_item, world.agents[0]).await, None, "not written yet");
    world.commit(&set).await;

    let offer = world.propose(START, a.work_item, world.agents[0]).await.expect("free and waiting");
    assert_eq!(world.propose(START, a.work_item, world.agents[1]).await, None, "no longer waiting");
    assert_eq!(world.propose(START, b.work_item, world.agents[0]).await, None, "the agent has one");
    assert_eq!(world.propose(START, b.work_item, world.id(START)).await, None, "no such agent");
    assert_eq!(world.propose(START + SECOND * 3_601, b.work_item, world.agents[1]).await, None, "the lease ran out");

    let mut tx = world.write().await;
    let newer = leases::take(&mut tx, START, "routing", "node", SECOND).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert!(newer.epoch > world.lease.epoch);
    assert_eq!(world.propose(START, b.work_item, world.agents[1]).await, None, "an old epoch");

    let mut tx = world.write().await;
    assert!(ends(&mut tx, START, &world, offer, "no_answer").await);
    assert!(!ends(&mut tx, START, &world, offer, "declined").await, "it ends once");
    assert!(!ends(&mut tx, START, &world, offer, "accepted").await);
    let batch = [(a.work_item, world.agents[0]), (b.work_item, world.agents[0]), (b.work_item, world.agents[1])];
    let batch = batch.map(|(work_item, agent)| routing::Proposed {
        offer: world.id(START),
        work_item,
        agent,
        queue: world.queue,
        why: "{}".to_owned(),
    });
    let made = routing::commit_proposals(&mut tx, START, world.account, &newer, &batch).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(made, [batch[0].offer, batch[2].offer], "of a batch, those that can hold, first come first served");
}

/// Rows: S7.22
async fn of_several_who_are_asked_one_has_it(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    let asked = world.agents.map(|agent| routing::Proposed {
        offer: world.id(START),
        work_item: call.work_item,
        agent,
        queue: world.queue,
        why: r#"{"how":"matched"}"#.to_owned(),
    });
    let mut tx = world.write().await;
    let made = routing::commit_proposals(&mut tx, START, world.account, &world.lease, &asked).await.unwrap();
    let both: BTreeSet<OfferId> = asked.iter().map(|p| p.offer).collect();
    assert_eq!(made.into_iter().collect::<BTreeSet<_>>(), both, "both are asked at once");
    let state = async |tx: &mut Tx| {
        let open = routing::open_items(tx, world.account, 10).await.unwrap();
        open.into_iter().map(|item| item.state).collect::<Vec<_>>()
    };
    assert!(ends(&mut tx, START, &world, asked[0].offer, "declined").await);
    assert_eq!(state(&mut tx).await, ["offered"], "the other is still asked");
    assert!(ends(&mut tx, START, &world, asked[1].offer, "accepted").await);
    assert_eq!(state(&mut tx).await, ["active"]);
    let scope = world.everyone();
    let offers = routing::offers_of(&mut tx, &scope, call.conversation).await.unwrap();
    let told: BTreeSet<_> = offers.iter().map(|o| (o.agent, o.outcome.as_deref(), o.why.as_deref())).collect();
    let why = Some(r#"{"how":"matched"}"#);
    let expected = [(asked[0].agent, Some("declined"), why), (asked[1].agent, Some("accepted"), why)];
    assert_eq!(told, expected.into_iter().collect());
    tx.commit().await.unwrap();

    // Two who take it are one too many, whoever says so; the end of one and the other in one set are not.
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234568");
    set.end_assignment(asked[1].offer, START);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let again = asked.map(|p| routing::Proposed { offer: world.id(START), work_item: call.work_item, ..p });
    let made = routing::commit_proposals(&mut tx, START, world.account, &world.lease, &again).await.unwrap();
    assert_eq!(made.len(), 2);
    tx.commit().await.unwrap();
    let ends = |outcomes: [&str; 2]| {
        let end = |(offer, outcome): (OfferId, &str)| routing::OfferEnd { offer, at: START, outcome: outcome.into() };
        [end((again[0].offer, outcomes[0])), end((again[1].offer, outcomes[1]))]
    };
    let mut tx = world.write().await;
    let twice = routing::end_offers(&mut tx, world.account, &ends(["accepted", "accepted"])).await;
    assert!(twice.is_err(), "two agents have one work item");
    drop(tx);
    let mut tx = world.write().await;
    let once = routing::end_offers(&mut tx, world.account, &ends(["superseded", "accepted"])).await.unwrap();
    assert_eq!((once.len(), state(&mut tx).await), (2, vec!["active".to_owned()]));
    tx.commit().await.unwrap();
}

async fn no_agent_and_no_work_item_is_given_twice(world: World) {
    let world = Arc::new(world);
    let mut set = world.set();
    let items: Vec<_> = (0..4).map(|_| world.call_in(&mut set, START, "+49301234567").work_item).collect();
    world.commit(&set).await;
    let racers: Vec<_> = (0..16)
        .map(|n| {
            let (world, item) = (world.clone(), items[n % 4]);
            tokio::spawn(async move { world.propose(START, item, world.agents[n / 4 % 2]).await })
        })
        .collect();
    let mut made = 0;
    for racer in racers {
        made += usize::from(racer.await.unwrap().is_some());
    }
    assert_eq!(made, 2, "two agents, one call each");
    let mut tx = world.read().await;
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (4, 2));
}

async fn an_offer_becomes_an_assignment_and_ends(world: World) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+49301234567");
    let other = world.call_in(&mut set, START, "+49301234568");
    world.commit(&set).await;
    let offer = world.propose(START, waiting.work_item, world.agents[0]).await.unwrap();
    let mut tx = world.write().await;
    assert!(ends(&mut tx, START, &world, offer, "accepted").await);
    tx.commit().await.unwrap();
    assert_eq!(world.propose(START, other.work_item, world.agents[0]).await, None, "the agent talks");
    let mut set = world.set();
    set.left_queue(waiting.work_item, START + SECOND, "served", true);
    world.commit(&set).await;
    let mut tx = world.write().await;
    assert!(routing::end_assignment(&mut tx, START + SECOND, world.account, offer).await.unwrap());
    assert!(!routing::end_assignment(&mut tx, START + SECOND, world.account, offer).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = world.read().await;
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (1, 0));
    drop(tx);
    // Served, then queued again for somebody else.
    let mut set = world.set();
    let (id, at) = (waiting.work_item, START + SECOND);
    let medium = ringdesk_model::Medium::Voice;
    let again =
        Queued { id, conversation: waiting.conversation, call: Some(waiting.call), queue: world.queue, medium, at };
    set.left_queue(id, at, "served", true);
    set.queued(again);
    world.commit(&set).await;
    let offer = world.propose(at, id, world.agents[1]).await.expect("it waits again");
    let mut tx = world.write().await;
    assert!(ends(&mut tx, at, &world, offer, "declined").await);
    tx.commit().await.unwrap();
    let mut set = world.set();
    set.left_queue(id, at, "abandoned", false);
    world.commit(&set).await;
    // A caller who hangs up while it rings takes the offer along.
    let offer = world.propose(START, other.work_item, world.agents[0]).await.expect("free again");
    let mut set = world.set();
    world.end(&mut set, &other, START + SECOND * 2);
    world.commit(&set).await;
    let mut tx = world.write().await;
    assert!(!ends(&mut tx, START, &world, offer, "caller_left").await);
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (0, 0));
}

async fn ends(tx: &mut Tx, at: Timestamp, world: &World, offer: OfferId, outcome: &str) -> bool {
    let end = routing::OfferEnd { offer, at, outcome: outcome.to_owned() };
    !routing::end_offers(tx, world.account, &[end]).await.unwrap().is_empty()
}

/// What happened to offers and agents goes with the rest of a set, in its order: the end of one offer before the work item is
/// queued again, closed, or taken along by the end of its call.
async fn a_set_holds_ends_of_offers_and_presence(world: World) {
    let mut set = world.set();
    let (a, b) = (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    world.commit(&set).await;
    let taken = world.propose(START, a.work_item, world.agents[0]).await.unwrap();
    let refused = world.propose(START, b.work_item, world.agents[1]).await.unwrap();
    let never: OfferId = world.id(START);
    assert_eq!(
        routing::made(&mut world.read().await, world.account, &[taken, never]).await.unwrap(),
        [taken],
        "what a lost answer was about can be asked"
    );

    let name = uuid::Uuid::from_u128(77);
    let change =
        |n: u32, presence| PresenceChange { at: START + SECOND * n, presence, queue: None, actor: "system".into() };
    let mut set = world.set().named(name);
    set.end_offer(taken, START + SECOND, "accepted");
    set.presence(world.agents[0], change(1, Presence::Talking));
    set.left_queue(a.work_item, START + SECOND, "served", true);
    set.end_offer(refused, START + SECOND, "declined");
    set.end_offer(refused, START + SECOND * 2, "no_answer");
    set.end_offer(never, START, "declined");
    set.end_assignment(taken, START + SECOND * 3);
    set.presence(world.agents[0], change(3, Presence::WrapUp));
    set.presence(world.id(START), change(3, Presence::Ready));
    set.presence(world.agents[0], change(4, Presence::NotReady("lunch".into())));
    world.end(&mut set, &a, START + SECOND * 4);
    let before = outbox::head(&mut world.read().await, world.account).await.unwrap();
    assert!(!is_written(&mut world.read().await, world.account, name).await.unwrap());
    world.commit(&set).await;

    let mut tx = world.read().await;
    assert!(is_written(&mut tx, world.account, name).await.unwrap());
    assert!(!is_written(&mut tx, world.account, uuid::Uuid::from_u128(78)).await.unwrap());
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (1, 0), "the declined one waits");
    let told = outbox::after(&mut tx, &world.key, before, 99).await.unwrap();
    let said: Vec<(&str, serde_json::Value)> =
        told.iter().map(|e| (e.kind.as_str(), serde_json::from_str(e.payload.reveal()).unwrap())).collect();
    let words: Vec<String> = said
        .iter()
        .map(|(kind, p)| format!("{kind} {}", p["outcome"].as_str().or(p["presence"]["state"].as_str()).unwrap_or("?")))
        .collect();
    let expected = [
        "offer_ended accepted",
        "presence_changed talking",
        "offer_ended declined",
        "presence_changed wrap_up",
        "presence_changed not_ready",
    ];
    assert_eq!(words, expected, "{said:?}");
    assert_eq!(said[0].1["work_item"], serde_json::json!(a.work_item));
    let kept = agents::presence_changes(&mut tx, world.account, world.agents[0], 9).await.unwrap();
    assert_eq!(kept.len(), 3);
    assert_eq!((kept[0].presence.clone(), kept[0].at), (Presence::NotReady("lunch".into()), START + SECOND * 4));
    let now = agents::agents(&mut tx, world.account).await.unwrap().into_iter().find(|a| a.id == world.agents[0]);
    assert_eq!(now.unwrap().presence, Presence::NotReady("lunch".into()));
    drop(tx);
    assert!(world.propose(START + SECOND * 5, b.work_item, world.agents[0]).await.is_some(), "both are free");
}

/// Rows: S16.13
async fn a_restart_leaves_nothing_open(world: World) {
    let mut set = world.set();
    let (talking, ringing) =
        (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    let done = world.call_in(&mut set, START, "+49301234569");
    world.end(&mut set, &done, START + SECOND);
    world.commit(&set).await;
    let first = world.propose(START, talking.work_item, world.agents[0]).await.unwrap();
    let second = world.propose(START, ringing.work_item, world.agents[1]).await.unwrap();
    let mut tx = world.write().await;
    assert!(ends(&mut tx, START, &world, first, "accepted").await);
    let change = PresenceChange { at: START, presence: Presence::Talking, queue: None, actor: "system".into() };
    agents::set_presence(&mut tx, world.account, world.agents[0], &change).await.unwrap();
    tx.commit().await.unwrap();
    let mut set = world.set();
    let part = world.joined(&mut set, &talking, world.agents[0], START + SECOND);
    set.call_event(talking.call, 3, START + SECOND * 5, "agent_joined", "{}").unwrap();
    set.left_message(NewLeftMessage {
        id: world.id(START),
        conversation: ringing.conversation,
        call: ringing.call,
        queue: None,
        recording: None,
        from_ms: 1,
        to_ms: 2,
        at: START,
    });
    world.commit(&set).await;

    let later = START + SECOND * 60;
    let mut tx = world.write().await;
    let before = outbox::head(&mut tx, world.account).await.unwrap();
    let recovered = recovery::recover(&mut tx, &world.key, later).await.unwrap();
    assert_eq!(recovered.calls, [(talking.call, talking.conversation), (ringing.call, ringing.conversation)]);
    assert_eq!(recovered.offers.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&first, &second]));
    assert_eq!((recovered.work_items, recovered.participations), (2, 1));
    assert_eq!(recovered.agents, [world.agents[0]]);
    let again = recovery::recover(&mut tx, &world.key, later).await.unwrap();
    assert_eq!(again, recovery::Recovered::default(), "a second run finds nothing");
    tx.commit().await.unwrap();

    let mut tx = world.read().await;
    assert_eq!(routing::open_work(&mut tx, world.account).await.unwrap(), (0, 0));
    let scope = world.everyone();
    let view = conversations::get(&mut tx, &world.key, &scope, talking.conversation).await.unwrap().unwrap();
    let call = &view.calls[0];
    assert_eq!(call.cause.as_deref(), Some(recovery::CAUSE));
    assert_eq!(call.ended_at, Some(START + SECOND * 5), "the last that is known of it");
    assert_eq!(view.closed_at, call.ended_at);
    assert_eq!((view.participations[0].id, view.participations[0].ended_at), (part, call.ended_at));
    let left = conversations::get(&mut tx, &world.key, &scope, ringing.conversation).await.unwrap().unwrap();
    assert!(
        left.calls[0].ended_at.is_some() && left.closed_at.is_none(),
        "a message was left and is still to be heard"
    );
    let events = conversations::call_events(&mut tx, &world.key, &scope, talking.call).await.unwrap();
    assert!(events[3].kind == "ended" && events[3].payload.reveal().contains(recovery::CAUSE));
    let done = conversations::get(&mut tx, &world.key, &scope, done.conversation).await.unwrap().unwrap();
    assert_eq!(done.calls[0].cause.as_deref(), Some("normal"), "what had ended stays as it was");
    let events = outbox::after(&mut tx, &world.key, before, 100).await.unwrap();
    assert_eq!(
        events.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(),
        ["call_ended", "call_ended", "offer_ended", "offer_ended"]
    );
    let agent = &agents::agents(&mut tx, world.account).await.unwrap()[0];
    assert_eq!(agent.presence, Presence::NotReady("restart".into()));
}

/// The books of a call whose server was killed in the talk: it ends when the server last said that it lives, and its sheet
/// ends with it, however late somebody looks. A sheet that nobody can read stops no start.
///
/// Rows: S16.13
async fn a_talk_lasts_as_long_as_its_server(world: World) {
    let mut set = world.set();
    let (talking, odd) =
        (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    let mut sheet = CallSheet::default();
    sheet.apply(START, &CallFact::Answered);
    let (offer, agent) = (world.id(START), world.agents[0]);
    sheet.apply(START + SECOND * 2, &CallFact::AgentJoined { offer, agent, queue: Some(world.queue) });
    let change = |sheet: String| CallChange { sheet: Some(sheet), ..CallChange::default() };
    set.change_call(talking.call, change(serde_json::to_string(&sheet).unwrap())).unwrap();
    set.change_call(odd.call, change("no sheet".into())).unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    let (lease, died) = (leases::routing(world.account), START + SECOND * 40);
    leases::take(&mut tx, died, &lease, "node", leases::ROUTING_FOR).await.unwrap().unwrap();
    recovery::recover(&mut tx, &world.key, START + SECOND * 60).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = world.read().await;
    for call in [&talking, &odd] {
        let view =
            conversations::get(&mut tx, &world.key, &world.everyone(), call.conversation).await.unwrap().unwrap();
        assert_eq!((view.calls[0].ended_at, view.closed_at), (Some(died), Some(died)));
        let sheet = view.calls[0].sheet.as_ref().unwrap().reveal();
        if call.call == talking.call {
            let sheet: CallSheet = serde_json::from_str(sheet).unwrap();
            assert_eq!(sheet.figures(START + SECOND * 9_000).talk_ms, 38_000);
            assert_eq!((sheet.ended_at, sheet.hangup_cause.as_deref()), (Some(died), Some(recovery::CAUSE)));
        } else {
            assert_eq!(sheet, "no sheet");
        }
    }
}

async fn jobs_are_claimed_once_tried_again_and_given_up(world: World) {
    let job = |key: Option<&str>, run_at| NewJob {
        id: world.id::<JobId>(START),
        kind: "test",
        key: key.map(str::to_owned),
        payload: "{}".into(),
        run_at,
        max_attempts: 2,
    };
    const MINE: &[&str] = &["other", "test"];
    let mut tx = world.write().await;
    assert_eq!(jobs::due_at(&mut tx, MINE).await.unwrap(), None);
    assert!(jobs::enqueue(&mut tx, world.account, &job(Some("once"), START + SECOND)).await.unwrap());
    assert!(!jobs::enqueue(&mut tx, world.account, &job(Some("once"), START)).await.unwrap());
    assert_eq!(jobs::due_at(&mut tx, MINE).await.unwrap(), Some(START + SECOND));
    assert!(jobs::claim(&mut tx, START, "a", SECOND, 10, MINE).await.unwrap().is_empty(), "not due");
    let now = START + SECOND;
    assert!(jobs::claim(&mut tx, now, "a", SECOND, 10, &["other"]).await.unwrap().is_empty(), "another runner's");
    let claimed = jobs::claim(&mut tx, now, "a", SECOND, 10, MINE).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].attempt), (1, 1));
    assert_eq!(jobs::due_at(&mut tx, &["other"]).await.unwrap(), None, "not of this runner's kinds");
    assert!(jobs::claim(&mut tx, now, "b", SECOND, 10, MINE).await.unwrap().is_empty(), "leased");
    assert!(jobs::heartbeat(&mut tx, now, "a", claimed[0].id, SECOND * 2).await.unwrap());
    assert!(!jobs::heartbeat(&mut tx, now, "b", claimed[0].id, SECOND * 2).await.unwrap());
    assert_eq!(jobs::due_at(&mut tx, MINE).await.unwrap(), Some(now + SECOND * 2), "when the lease ends");

    let Failed::Again(again) = jobs::fail(&mut tx, now, "a", &claimed[0], "no").await.unwrap() else {
        panic!("one try is left")
    };
    assert!(again > now);
    assert_eq!(jobs::fail(&mut tx, now, "a", &claimed[0], "no").await.unwrap(), Failed::NotMine);
    let second = jobs::claim(&mut tx, again, "a", SECOND, 10, MINE).await.unwrap();
    assert_eq!(second[0].attempt, 2);
    // The runner dies; another finds the job when the lease is over, and fails for the last time.
    let third = jobs::claim(&mut tx, again + SECOND * 2, "b", SECOND, 10, MINE).await.unwrap();
    assert!(!jobs::finish(&mut tx, "a", second[0].id).await.unwrap(), "it went to another");
    assert_eq!(jobs::fail(&mut tx, again, "b", &third[0], "broken").await.unwrap(), Failed::Dead);
    assert_eq!(jobs::dead(&mut tx, world.account, 9).await.unwrap()[0].2, "broken");
    assert_eq!(jobs::due_at(&mut tx, MINE).await.unwrap(), None);
    let other = job(None, START);
    jobs::enqueue(&mut tx, world.account, &other).await.unwrap();
    tx.commit().await.unwrap();

    let (mut one, claimed) = {
        let mut tx = world.write().await;
        let claimed = jobs::claim(&mut tx, START, "a", SECOND, 1, MINE).await.unwrap();
        (tx, claimed)
    };
    assert_eq!(claimed.len(), 1);
    if let Tx::Postgres(_) = one {
        // Another runner is not held up by the open claim.
        let mut two = world.write().await;
        assert!(jobs::claim(&mut two, START, "b", SECOND, 1, MINE).await.unwrap().is_empty());
    }
    assert!(jobs::finish(&mut one, "a", other.id).await.unwrap());
    one.commit().await.unwrap();
}

async fn leases_pass_with_a_higher_epoch(world: World) {
    let mut tx = world.write().await;
    let a = leases::take(&mut tx, START, "x", "a", SECOND).await.unwrap().unwrap();
    assert_eq!(leases::take(&mut tx, START, "x", "b", SECOND).await.unwrap(), None, "held");
    assert!(leases::renew(&mut tx, START + SECOND, &a, SECOND).await.unwrap());
    assert_eq!(leases::take(&mut tx, START + SECOND, "x", "b", SECOND).await.unwrap(), None, "renewed");
    let b = leases::take(&mut tx, START + SECOND * 2, "x", "b", SECOND).await.unwrap().expect("it ran out");
    assert!(b.epoch > a.epoch);
    assert!(!leases::renew(&mut tx, START + SECOND * 2, &a, SECOND).await.unwrap(), "lost");
    leases::release(&mut tx, &a).await.unwrap();
    assert_eq!(
        leases::take(&mut tx, START + SECOND * 2, "x", "a", SECOND).await.unwrap(),
        None,
        "an old holder releases nothing"
    );
    leases::release(&mut tx, &b).await.unwrap();
    assert!(leases::take(&mut tx, START + SECOND * 2, "x", "a", SECOND).await.unwrap().unwrap().epoch > b.epoch);
}
