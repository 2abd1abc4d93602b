//! Tags in groups, segments, and what is shown of a contact over all channels.

use crate::world::{START, World};
use ringdesk_contacts::{Narrowing, Profile, Tier};
use ringdesk_model::{
    AgentId, ContactId, ConversationId, Pii, Scope, SegmentId, TagId, TicketId, TicketTypeId, Timestamp, UserId,
};
use ringdesk_storage::contact_cards::{self, CardOf};
use ringdesk_storage::contact_files::{self, Wanted};
use ringdesk_storage::contact_merges::{self, Merge};
use ringdesk_storage::contact_timeline::{self, Subject};
use ringdesk_storage::journal::NewMessage;
use ringdesk_storage::segments::{self, SegmentRow};
use ringdesk_storage::tags::{self, Tag, TagUsage};
use ringdesk_storage::ticket_types::{self, KeptType};
use ringdesk_storage::tickets::{self, Fields, KeptTicket, Sight};
use ringdesk_storage::{Tx, conversations};
use ringdesk_tickets::{Assignee, Priority, Ticket, TicketState, TicketType};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    two_tags_become_one_wherever_they_are
    segments_are_kept_and_of_two_editors_one_learns_of_the_other
    the_store_brings_who_can_be_in_a_segment
    what_segments_ask_is_counted_by_contact
    the_timeline_of_a_contact_has_calls_and_tickets_in_the_order_of_time
    a_card_shows_what_goes_on
}

struct Talk {
    conversation: ConversationId,
    contact: ContactId,
}

async fn call(world: &World, number: &str, n: u32, agent: Option<AgentId>, ends: bool) -> Talk {
    let (mut set, at) = (world.set(), START + SECOND * n);
    let waiting = world.call_in(&mut set, at, number);
    if let Some(agent) = agent {
        world.joined(&mut set, &waiting, agent, at);
    }
    if ends {
        world.end(&mut set, &waiting, at + SECOND);
    }
    world.commit(&set).await;
    let mut tx = world.read().await;
    let found =
        conversations::get(&mut tx, &world.key, &world.everyone(), waiting.conversation).await.unwrap().unwrap();
    Talk { conversation: waiting.conversation, contact: found.contact.unwrap() }
}

async fn ticket(world: &World, contact: ContactId, title: &str, at: Timestamp, state: TicketState) -> TicketId {
    let kind: TicketTypeId = world.id(at);
    let row =
        KeptType { id: kind, name: format!("Repair {kind}"), kind: TicketType::default(), disabled: false, version: 1 };
    let mut tx = world.write().await;
    ticket_types::insert(&mut tx, world.account, &row).await.unwrap();
    let solved_at = (state == TicketState::Solved).then_some(at + SECOND);
    let ticket = KeptTicket {
        id: world.id(at),
        number: tickets::next_number(&mut tx, world.account).await.unwrap(),
        kind,
        title: Pii::new(title.into()),
        problem: Pii::new(String::new()),
        fields: Pii::new(Fields::new()),
        law: Ticket { state, priority: Priority::Normal, assignee: Assignee::default(), solved_at, archived_at: None },
        contact: Some(contact),
        contact_name: None,
        conversation: None,
        by_text: false,
        created_by: None,
        created_at: at,
        due_at: None,
        changed_at: at,
    };
    tickets::put(&mut tx, &world.key, &ticket).await.unwrap();
    tx.commit().await.unwrap();
    ticket.id
}

/// Rows: S9.8
async fn two_tags_become_one_wherever_they_are(world: World) {
    let (one, two) =
        (call(&world, "+49301234567", 0, None, true).await, call(&world, "+49301234568", 1, None, true).await);
    let mut tx = world.write().await;
    let mut kept = Tag::named(world.id::<TagId>(START), "complaint");
    (kept.group, kept.roles) = (Some("Mood".into()), vec!["leader".into(), "manager".into()]);
    let gone = Tag::named(world.id::<TagId>(START), "Complaints");
    for tag in [&gone, &kept] {
        tags::put(&mut tx, world.account, tag).await.unwrap();
    }
    let by = Some(world.id::<UserId>(START));
    for (conversation, tag) in [(one.conversation, gone.id), (two.conversation, gone.id), (two.conversation, kept.id)] {
        tags::add(&mut tx, START, world.account, conversation, tag, by).await.unwrap();
    }
    contact_files::add_tag(&mut tx, START, world.account, one.contact, gone.id, by).await.unwrap();
    let usage = tags::usage(&mut tx, world.account).await.unwrap();
    let on = |conversations, contacts| TagUsage { conversations, contacts };
    assert_eq!(usage, BTreeMap::from([(gone.id, on(2, 1)), (kept.id, on(1, 0))]));
    tags::merge(&mut tx, world.account, gone.id, kept.id).await.unwrap();
    assert_eq!(tags::all(&mut tx, world.account).await.unwrap(), std::slice::from_ref(&kept), "with group and roles");
    assert_eq!(tags::usage(&mut tx, world.account).await.unwrap(), BTreeMap::from([(kept.id, on(2, 1))]));
    let of = tags::of(&mut tx, world.account, &[one.conversation, two.conversation]).await.unwrap();
    let each = BTreeSet::from([kept.id]);
    assert_eq!(of, BTreeMap::from([(one.conversation, each.clone()), (two.conversation, each)]));
}

/// Rows: S9.9, S12.2
async fn segments_are_kept_and_of_two_editors_one_learns_of_the_other(world: World) {
    let mut tx = world.write().await;
    let row = |name: &str, version| SegmentRow {
        id: world.id::<SegmentId>(START),
        name: name.into(),
        condition: r#"{"is":{"fact":"language","one_of":["MARKER"]}}"#.into(),
        version,
    };
    let (regulars, another) = (row("Regulars", 1), row("Another", 1));
    for one in [&regulars, &another] {
        segments::insert(&mut tx, &world.key, one).await.unwrap();
    }
    assert_eq!(segments::all(&mut tx, &world.key).await.unwrap(), [another.clone(), regulars.clone()]);
    let changed = SegmentRow { name: "Old friends".into(), version: 2, ..regulars.clone() };
    assert!(segments::change(&mut tx, &world.key, &changed).await.unwrap());
    assert!(!segments::change(&mut tx, &world.key, &changed).await.unwrap(), "somebody was quicker");
    assert!(segments::remove(&mut tx, world.account, another.id).await.unwrap());
    assert_eq!(segments::all(&mut tx, &world.key).await.unwrap(), std::slice::from_ref(&changed));
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let taken = segments::insert(&mut tx, &world.key, &row("Old friends", 1)).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
}

/// Rows: S9.9
async fn the_store_brings_who_can_be_in_a_segment(world: World) {
    let vip = call(&world, "+49301234567", 0, None, true).await.contact;
    let plain = call(&world, "+49301234568", 100, None, true).await.contact;
    let mut tx = world.write().await;
    let tag = Tag::named(world.id::<TagId>(START), "loyal");
    tags::put(&mut tx, world.account, &tag).await.unwrap();
    contact_files::put(&mut tx, &world.key, vip, &Profile { tier: Tier::Vip, ..Profile::default() }).await.unwrap();
    contact_files::add_tag(&mut tx, START, world.account, plain, tag.id, None).await.unwrap();
    let mut found = async |narrowing: Narrowing| {
        let wanted = Wanted { narrowing, ..Wanted::default() };
        let list = contact_files::list(&mut tx, &world.key, &world.everyone(), &wanted, 10).await.unwrap();
        list.into_iter().map(|file| file.id).collect::<BTreeSet<_>>()
    };
    let tiers = |tiers: &[Tier]| Narrowing { tiers: Some(tiers.iter().copied().collect()), ..Narrowing::default() };
    let tags = |tags: &[TagId]| Narrowing { tags: Some(tags.iter().copied().collect()), ..Narrowing::default() };
    let both = BTreeSet::from([vip, plain]);
    assert_eq!(found(Narrowing::default()).await, both);
    assert_eq!(found(tiers(&[Tier::Vip, Tier::Preferred])).await, [vip].into(), "VIP is a column of its own");
    assert_eq!(found(tiers(&[Tier::Standard])).await, [plain].into());
    assert_eq!(found(tiers(&[])).await, BTreeSet::new());
    assert_eq!(found(tags(&[tag.id, world.id(START)])).await, [plain].into());
    let since = |at| Narrowing { spoke_since: Some(at), ..Narrowing::default() };
    assert_eq!(found(since(START)).await, both);
    assert_eq!(found(since(START + SECOND * 50)).await, [plain].into());
}

/// Rows: S9.9
async fn what_segments_ask_is_counted_by_contact(world: World) {
    let kept = call(&world, "+49301234567", 0, None, true).await.contact;
    for n in [10, 20] {
        call(&world, "+49301234567", n, None, true).await;
    }
    let gone = call(&world, "+49301234568", 30, None, true).await.contact;
    ticket(&world, kept, "first", START, TicketState::Open).await;
    ticket(&world, gone, "second", START + SECOND * 9, TicketState::Solved).await;
    let (account, both) = (world.account, [kept, gone]);
    let mut tx = world.write().await;
    let since = START + SECOND * 5;
    let counts = segments::conversations_since(&mut tx, account, &both, since).await.unwrap();
    assert_eq!(counts, BTreeMap::from([(kept, 2), (gone, 1)]));
    let last = segments::last_of(&mut tx, account, &both).await.unwrap();
    assert_eq!(last, BTreeMap::from([(kept, START + SECOND * 20), (gone, START + SECOND * 30)]));
    let channels = segments::channels_of(&mut tx, account, &[gone]).await.unwrap();
    assert_eq!(channels, BTreeMap::from([(gone, BTreeSet::from(["phone".to_owned()]))]));
    let tickets = segments::tickets_since(&mut tx, account, &both, since).await.unwrap();
    assert_eq!(tickets, BTreeMap::from([(gone, 1)]));
    merged(&world, &mut tx, kept, gone).await;
    let tickets = segments::tickets_since(&mut tx, account, &[kept], START).await.unwrap();
    assert_eq!(tickets, BTreeMap::from([(kept, 2)]), "also those of the file that went into theirs");
}

async fn merged(world: &World, tx: &mut Tx, kept: ContactId, gone: ContactId) {
    let moved = contact_merges::move_all(tx, START, world.account, kept, gone, None).await.unwrap();
    let merge = Merge { id: world.id(START), kept, gone, at: START, by: None, undone_at: None, undone_by: None, moved };
    contact_merges::insert(tx, &world.key, &merge).await.unwrap();
}

/// Rows: S1.25
async fn the_timeline_of_a_contact_has_calls_and_tickets_in_the_order_of_time(world: World) {
    let anna = world.agents[0];
    let first = call(&world, "+49301234567", 0, Some(anna), true).await;
    let kettle = ticket(&world, first.contact, "the kettle MARKER", START + SECOND * 5, TicketState::Solved).await;
    let second = call(&world, "+49301234567", 10, None, false).await;
    call(&world, "+49301234568", 11, Some(anna), true).await;
    let mut tx = world.read().await;
    let mut lines = async |scope: &Scope, tickets: bool, before, limit| {
        let sight = Sight { scope, all: true };
        contact_timeline::lines(&mut tx, &world.key, sight, tickets, first.contact, before, limit).await.unwrap()
    };
    let everyone = world.everyone();
    let all = lines(&everyone, true, None, 10).await;
    let subjects: Vec<Subject> = all.iter().map(|line| line.subject).collect();
    let [newest, middle, oldest] = [
        Subject::Conversation(second.conversation),
        Subject::Ticket(kettle),
        Subject::Conversation(first.conversation),
    ];
    assert_eq!(subjects, [newest, middle, oldest]);
    assert_eq!((all[0].channel.as_deref(), all[0].ended_at), (Some("phone"), None));
    assert_eq!(all[1].text.as_ref().map(|text| text.reveal().as_str()), Some("the kettle MARKER"));
    assert_eq!((all[1].state.as_deref(), all[1].ended_at), (Some("solved"), Some(START + SECOND * 6)));
    assert_eq!((all[2].agent, all[2].direction.as_deref()), (Some(anna), Some("inbound")));
    // Page by page, nothing twice; and as far as a reader may see.
    let page = lines(&everyone, true, None, 1).await;
    let before = Some((page[0].at, second.conversation.0));
    let rest: Vec<Subject> = lines(&everyone, true, before, 10).await.iter().map(|line| line.subject).collect();
    assert_eq!(rest, [middle, oldest]);
    let hers = world.own(anna);
    assert_eq!(lines(&hers, false, None, 10).await.iter().map(|l| l.subject).collect::<Vec<_>>(), [oldest]);
    assert_eq!(lines(&world.own(world.agents[1]), false, None, 10).await, []);
}

/// Rows: S1.23(phone), S9.5, S9.8
async fn a_card_shows_what_goes_on(world: World) {
    let open = call(&world, "+49301234567", 0, None, false).await;
    let mut set = world.set();
    set.message(NewMessage {
        id: world.id(START),
        conversation: open.conversation,
        kind: "message",
        speaker: "contact",
        agent: None,
        text: Pii::new("my kettle leaks".into()),
        start_ms: None,
        end_ms: None,
        at: START + SECOND,
    })
    .unwrap();
    world.commit(&set).await;
    for n in 1..5 {
        call(&world, "+49301234567", n * 10, Some(world.agents[0]), true).await;
    }
    let now = call(&world, "+49301234567", 90, None, false).await;
    ticket(&world, now.contact, "the kettle", START, TicketState::Open).await;
    ticket(&world, now.contact, "the toaster", START, TicketState::Solved).await;
    let mut tx = world.write().await;
    let (loyal, repair) =
        (Tag::named(world.id::<TagId>(START), "loyal"), Tag::named(world.id::<TagId>(START), "repair"));
    for tag in [&loyal, &repair] {
        tags::put(&mut tx, world.account, tag).await.unwrap();
    }
    contact_files::add_tag(&mut tx, START, world.account, now.contact, loyal.id, None).await.unwrap();
    tags::add(&mut tx, START, world.account, open.conversation, repair.id, None).await.unwrap();
    let of = CardOf::Conversation(now.conversation);
    let card = contact_cards::read(&mut tx, &world.key, &world.everyone(), of, 3).await.unwrap().unwrap();
    let names = |marks: &[contact_cards::Mark]| marks.iter().map(|mark| mark.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&card.tags), card.earlier.len()), (vec!["loyal".to_owned()], 3));
    let first = &card.earlier[0];
    assert_eq!((first.conversation, first.open), (open.conversation, true), "what goes on stands first, however old");
    assert_eq!(names(&first.tags), ["repair"]);
    assert_eq!(first.said.as_ref().map(|said| said.reveal().as_str()), Some("my kettle leaks"));
    assert!(card.earlier[1..].iter().all(|one| !one.open && one.said.is_none()));
    let titles: Vec<&str> = card.tickets.iter().map(|one| one.title.reveal().as_str()).collect();
    assert_eq!(titles, ["the kettle"], "what is solved is no matter any more");
}
