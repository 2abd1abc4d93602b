//! Texts passed on and shared, on both databases.

use crate::world::{START, World};
use ringdesk_model::{AgentId, Channel, ConversationId, Medium, OfferId, Pii, TransferId, WorkItemId};
use ringdesk_storage::agents;
use ringdesk_storage::journal::{ConversationOpened, NewMessage, Queued, TextJoined};
use ringdesk_storage::recovery;
use ringdesk_storage::text_matters::{self, OpenText};
use ringdesk_storage::text_transfers::{self, PassedWork, TextRefused};
use ringdesk_storage::transfers::{self, NewTransfer, TransferView};
use ringdesk_storage::visitors;
use std::collections::BTreeSet;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    what_a_colleague_takes_is_theirs_and_what_they_refuse_is_where_it_was
    who_joins_is_beside_who_asked_and_leaves_without_ending_it
    what_was_passed_to_a_queue_waits_there_after_a_crash
    a_conversation_that_ends_ends_its_transfer
}

struct Matter {
    conversation: ConversationId,
}

/// A matter by text that this agent has in hand.
async fn in_hand(world: &World, agent: AgentId) -> Matter {
    let (conversation, item) = (world.id(START), world.id(START));
    let mut set = world.set();
    let (channel, contact) = (Channel::Api, None);
    set.open_conversation(ConversationOpened { id: conversation, channel, inbox: None, at: START, contact }).unwrap();
    set.queued(Queued { id: item, conversation, call: None, queue: world.queue, medium: Medium::Text, at: START });
    world.commit(&set).await;
    let mut tx = world.write().await;
    let address = Pii::new("MARKER-address".to_owned());
    text_matters::begin(&mut tx, &world.key, START, (conversation, world.queue), &address).await.unwrap();
    tx.commit().await.unwrap();
    let matter = Matter { conversation };
    takes(world, &matter, item, agent, 0).await;
    matter
}

/// Asked, and taken.
async fn takes(world: &World, matter: &Matter, item: WorkItemId, agent: AgentId, after: u32) -> OfferId {
    let at = START + SECOND * after;
    let offer = world.propose(at, item, agent).await.expect("it waits");
    let mut set = world.set();
    set.end_offer(offer, at, "accepted");
    set.text_joined(TextJoined { offer, conversation: matter.conversation, agent, queue: world.queue, at });
    world.commit(&set).await;
    offer
}

async fn pass(
    world: &World,
    matter: &Matter,
    by: AgentId,
    (to, mode): (Option<AgentId>, &str),
    after: u32,
) -> WorkItemId {
    let (id, item): (TransferId, WorkItemId) = (world.id(START), world.id(START));
    let new = NewTransfer {
        id,
        conversation: matter.conversation,
        call: None,
        by: Some(by),
        mode: mode.into(),
        target: if to.is_some() { "agent" } else { "queue" },
        target_said: Pii::new("{}".into()),
        reason: Some(Pii::new("MARKER wants a refund".into())),
        at: START + SECOND * after,
    };
    let mut tx = world.write().await;
    let work = PassedWork { id: item, queue: world.queue, sought: to };
    text_transfers::begin(&mut tx, &world.key, &new, work).await.unwrap();
    tx.commit().await.unwrap();
    item
}

async fn hands(world: &World, matter: &Matter) -> BTreeSet<AgentId> {
    text_transfers::hands(&mut world.read().await, world.account, matter.conversation).await.unwrap()
}

async fn open(world: &World) -> Vec<OpenText> {
    text_matters::open_texts(&mut world.read().await, world.account, 100).await.unwrap()
}

async fn log(world: &World, matter: &Matter) -> Vec<TransferView> {
    let (mut tx, all) = (world.read().await, world.everyone());
    transfers::of_conversation(&mut tx, &world.key, &all, matter.conversation).await.unwrap()
}

/// Rows: S7.9, S7.14
async fn what_a_colleague_takes_is_theirs_and_what_they_refuse_is_where_it_was(world: World) {
    let [anna, bea] = world.agents;
    let matter = in_hand(&world, anna).await;
    let item = pass(&world, &matter, anna, (Some(bea), "blind"), 1).await;
    let sought: Vec<_> = open(&world).await.into_iter().map(|text| text.sought).collect();
    assert_eq!(sought, [None, Some(bea)]);
    assert!(text_transfers::is_asking(&mut world.read().await, world.account, matter.conversation).await.unwrap());

    let mut set = world.set();
    let (conversation, at) = (matter.conversation, START + SECOND * 4);
    let refused = TextRefused { work_item: item, conversation, agent: bea, outcome: "declined", at };
    set.text_refused(refused);
    set.text_refused(refused);
    world.commit(&set).await;
    assert_eq!(hands(&world, &matter).await, BTreeSet::from([anna]), "it is where it was");
    assert_eq!(open(&world).await.len(), 1);
    assert!(!text_transfers::is_asking(&mut world.read().await, world.account, conversation).await.unwrap());

    let item = pass(&world, &matter, anna, (Some(bea), "blind"), 2).await;
    let offered = world.propose(START + SECOND * 5, item, bea).await.unwrap();
    let passed = text_transfers::passed_to(&mut world.read().await, &world.key, bea).await.unwrap();
    let asked = &passed[&offered];
    assert_eq!((asked.mode.as_str(), asked.by), ("blind", Some(anna)));
    assert_eq!(asked.reason.as_ref().unwrap().reveal(), "MARKER wants a refund");
    let mut set = world.set();
    let at = START + SECOND * 6;
    set.end_offer(offered, at, "accepted");
    set.text_joined(TextJoined { offer: offered, conversation, agent: bea, queue: world.queue, at });
    for at in [at, at + SECOND] {
        let (id, text) = (world.id(at), Pii::new("{}".to_owned()));
        let (kind, speaker, agent) = ("text_event", "agent", Some(bea));
        let line = NewMessage { id, conversation, kind, speaker, agent, text, start_ms: None, end_ms: None, at };
        set.message(line).unwrap();
    }
    world.commit(&set).await;
    assert_eq!(hands(&world, &matter).await, BTreeSet::from([bea]));
    let mut tx = world.write().await;
    agents::set_public_name(&mut tx, world.account, anna, Some("Front desk")).await.unwrap();
    tx.commit().await.unwrap();
    let lines = visitors::lines(&mut world.read().await, &world.key, conversation, 0, 10).await.unwrap();
    let from: Vec<_> = lines.iter().map(|line| line.from.as_deref()).collect();
    assert_eq!(from, [Some("Front desk"), None], "from whom, by the name for contacts, where it was taken over");
    let texts = open(&world).await;
    assert_eq!((texts.len(), texts[0].work_item, texts[0].sought), (1, item, None), "an ordinary one from now on");
    let told: Vec<_> = log(&world, &matter)
        .await
        .into_iter()
        .map(|t| (t.call, t.by, t.outcome.unwrap(), t.waited_ms, t.taken_by))
        .collect();
    let expected = [
        (None, Some(anna), "declined".to_owned(), Some(3_000), None),
        (None, Some(anna), "completed".to_owned(), Some(4_000), Some(bea)),
    ];
    assert_eq!(told, expected);
}

/// Rows: S7.16
async fn who_joins_is_beside_who_asked_and_leaves_without_ending_it(world: World) {
    let [anna, bea] = world.agents;
    let matter = in_hand(&world, anna).await;
    let item = pass(&world, &matter, anna, (Some(bea), "join"), 1).await;
    takes(&world, &matter, item, bea, 3).await;
    assert_eq!(hands(&world, &matter).await, BTreeSet::from([anna, bea]));
    assert_eq!(open(&world).await.len(), 2, "it counts for both");

    // Who had it first leaves: whoever is left has it as any other.
    let mut tx = world.write().await;
    text_transfers::release(&mut tx, world.account, (matter.conversation, anna), START + SECOND * 9).await.unwrap();
    text_transfers::stays(&mut tx, world.account, matter.conversation).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hands(&world, &matter).await, BTreeSet::from([bea]));
    let texts = open(&world).await;
    assert_eq!((texts.len(), texts[0].work_item, texts[0].sought), (1, item, None));
    let found = text_matters::get(&mut world.read().await, &world.key, matter.conversation).await.unwrap().unwrap();
    assert_eq!((found.closed_at, found.agent), (None, Some(bea)));
}

/// Rows: S7.9, S7.14
async fn what_was_passed_to_a_queue_waits_there_after_a_crash(world: World) {
    let [anna, bea] = world.agents;
    let to_queue = in_hand(&world, anna).await;
    let item = pass(&world, &to_queue, anna, (None, "blind"), 1).await;
    let mut tx = world.write().await;
    text_transfers::release(&mut tx, world.account, (to_queue.conversation, anna), START + SECOND).await.unwrap();
    tx.commit().await.unwrap();
    let to_bea = in_hand(&world, anna).await;
    pass(&world, &to_bea, anna, (Some(bea), "blind"), 1).await;

    let mut tx = world.write().await;
    recovery::recover(&mut tx, &world.key, START + SECOND * 60).await.unwrap();
    tx.commit().await.unwrap();
    let texts = open(&world).await;
    assert_eq!(texts.len(), 2, "one in each, for anybody");
    assert!(texts.iter().all(|text| text.sought.is_none()));
    assert!(texts.iter().any(|text| text.work_item == item));
    assert_eq!(log(&world, &to_queue).await[0].outcome, None, "it waits on");
    assert_eq!(log(&world, &to_bea).await[0].outcome.as_deref(), Some("server_crash"));
    takes(&world, &to_queue, item, bea, 90).await;
    let done = &log(&world, &to_queue).await[0];
    assert_eq!((done.outcome.as_deref(), done.taken_by, done.waited_ms), (Some("completed"), Some(bea), Some(89_000)));
}

/// Rows: S7.14
async fn a_conversation_that_ends_ends_its_transfer(world: World) {
    let [anna, bea] = world.agents;
    let matter = in_hand(&world, anna).await;
    pass(&world, &matter, anna, (Some(bea), "blind"), 1).await;
    let mut tx = world.write().await;
    text_matters::close(&mut tx, world.account, matter.conversation, START + SECOND * 8).await.unwrap();
    tx.commit().await.unwrap();
    assert!(open(&world).await.is_empty());
    assert_eq!(log(&world, &matter).await[0].outcome.as_deref(), Some("caller_left"));
}
