//! Tickets: numbered without gaps, found by their words, seen by whom they concern, with their histories.

use crate::world::{START, World};
use ringdesk_language::search::Query;
use ringdesk_model::{DepartmentId, Pii, Scope, TicketId, TicketTypeId, UserId};
use ringdesk_storage::departments::{self, Department};
use ringdesk_storage::ticket_types::{self, KeptType};
use ringdesk_storage::tickets::{self, Fields, KeptEntry, KeptTicket, Sight, Wanted};
use ringdesk_tickets::{Assignee, Priority, Ticket, TicketState, TicketType};
use std::time::Duration;

on_both! {
    tickets_are_kept_numbered_and_found
    a_department_sees_its_own_and_nothing_else
    the_pressing_ones_stand_first
    of_two_editors_one_learns_of_the_other
}

async fn kind(world: &World) -> TicketTypeId {
    let id: TicketTypeId = world.id(START);
    let row = KeptType { id, name: format!("Repair {id}"), kind: TicketType::default(), disabled: false, version: 1 };
    let mut tx = world.write().await;
    ticket_types::insert(&mut tx, world.account, &row).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn ticket(world: &World, kind: TicketTypeId, title: &str, assignee: Assignee, priority: Priority) -> KeptTicket {
    let mut tx = world.write().await;
    let ticket = KeptTicket {
        id: world.id(START),
        number: tickets::next_number(&mut tx, world.account).await.unwrap(),
        kind,
        title: Pii::new(title.into()),
        problem: Pii::new("MARKER leaks 漏水".into()),
        fields: Pii::new(Fields::from([("Device".into(), "MARKER kettle".into())])),
        law: Ticket { state: TicketState::Open, priority, assignee, solved_at: None, archived_at: None },
        contact: None,
        contact_name: None,
        conversation: None,
        by_text: false,
        created_by: None,
        created_at: START,
        due_at: Some(START + Duration::from_secs(60)),
        changed_at: START,
    };
    tickets::put(&mut tx, &world.key, &ticket).await.unwrap();
    let texts = [ticket.title.reveal().as_str(), ticket.problem.reveal()];
    tickets::index(&mut tx, &world.key, ticket.id, &texts, true).await.unwrap();
    tx.commit().await.unwrap();
    ticket
}

fn reader(world: &World, user: UserId) -> Scope {
    Scope { account: world.account, user, agent: None, everyone: false, unmasked: false }
}

async fn numbers(world: &World, scope: &Scope, all: bool, wanted: Wanted) -> Vec<i64> {
    let mut tx = world.read().await;
    let found = tickets::list(&mut tx, &world.key, Sight { scope, all }, &wanted, 50).await.unwrap();
    found.iter().map(|ticket| ticket.number).collect()
}

/// Rows: S8.2, S8.10
async fn tickets_are_kept_numbered_and_found(world: World) {
    let (kind, scope) = (kind(&world).await, reader(&world, world.id(START)));
    let first = ticket(&world, kind, "the kettle MARKER", Assignee::default(), Priority::Normal).await;
    {
        // Given, and not taken after all.
        let mut tx = world.write().await;
        assert_eq!(tickets::next_number(&mut tx, world.account).await.unwrap(), 2);
    }
    let second = ticket(&world, kind, "a toaster", Assignee::default(), Priority::Normal).await;
    assert_eq!((first.number, second.number), (1, 2));
    let mut tx = world.write().await;
    let sight = Sight { scope: &scope, all: true };
    assert_eq!(tickets::get(&mut tx, &world.key, sight, first.id).await.unwrap(), Some(first.clone()));
    let mut archived = first.clone();
    archived.law.state = TicketState::Archived;
    archived.law.archived_at = Some(START);
    tickets::put(&mut tx, &world.key, &archived).await.unwrap();
    let entry = KeptEntry {
        id: world.id(START),
        kind: "moved".into(),
        was: Some("solved".into()),
        became: Some("archived".into()),
        text: Some(Pii::new("MARKER thanks".into())),
        by: Some(scope.user),
        at: START,
    };
    tickets::tell(&mut tx, &world.key, first.id, &entry).await.unwrap();
    assert_eq!(tickets::history(&mut tx, &world.key, first.id, 9).await.unwrap(), [entry]);
    assert!(tickets::hold(&mut tx, world.account, first.id).await.unwrap());
    assert!(!tickets::hold(&mut tx, world.account, world.id(START)).await.unwrap());
    tx.commit().await.unwrap();
    for (typed, found) in
        [("kettle", &[1][..]), ("漏水", &[2, 1]), ("leaks toaster", &[2]), ("nothing", &[]), ("MARKER kettle", &[1])]
    {
        let tokens = Some(Query::parse(typed).unwrap().tokens());
        assert_eq!(numbers(&world, &scope, true, Wanted { tokens, ..Wanted::default() }).await, found, "{typed}");
    }
    for (wanted, found) in [
        (Wanted { number: Some(2), ..Wanted::default() }, &[2][..]),
        (Wanted { state: Some(TicketState::Archived), ..Wanted::default() }, &[1]),
        (Wanted { at_work: true, ..Wanted::default() }, &[2]),
        (Wanted { due_before: Some(START + Duration::from_secs(61)), ..Wanted::default() }, &[2]),
        (Wanted { due_before: Some(START), ..Wanted::default() }, &[]),
        (Wanted { unassigned: true, skip: 1, ..Wanted::default() }, &[1]),
        (Wanted { contact: Some(world.id(START)), ..Wanted::default() }, &[]),
        (Wanted { conversation: Some(world.id(START)), ..Wanted::default() }, &[]),
    ] {
        assert_eq!(numbers(&world, &scope, true, wanted.clone()).await, found, "{wanted:?}");
    }
    // What it no longer says, it is no longer found by.
    let mut tx = world.write().await;
    tickets::index(&mut tx, &world.key, second.id, &["a grill"], true).await.unwrap();
    tx.commit().await.unwrap();
    let tokens = |text: &str| Some(Query::parse(text).unwrap().tokens());
    assert!(numbers(&world, &scope, true, Wanted { tokens: tokens("toaster"), ..Wanted::default() }).await.is_empty());
    assert_eq!(numbers(&world, &scope, true, Wanted { tokens: tokens("grill"), ..Wanted::default() }).await, [2]);
}

/// Rows: S8.4
async fn a_department_sees_its_own_and_nothing_else(world: World) {
    let kind = kind(&world).await;
    let (here, there): (DepartmentId, DepartmentId) = (world.id(START), world.id(START));
    let (ada, bea): (UserId, UserId) = (world.id(START), world.id(START));
    let mut tx = world.write().await;
    for (id, name, members) in [(here, "Repair", [ada].into()), (there, "Sales", [bea].into())] {
        let department = Department { id, name: name.into(), disabled: false, members };
        departments::put(&mut tx, world.account, &department).await.unwrap();
        departments::put(&mut tx, world.account, &department).await.unwrap();
    }
    let names: Vec<_> =
        departments::all(&mut tx, world.account).await.unwrap().into_iter().map(|d| (d.name, d.members)).collect();
    assert_eq!(names, [("Repair".into(), [ada].into()), ("Sales".into(), [bea].into())]);
    // Neither may sign in: there is nobody to whom anything could fall.
    assert!(departments::loads(&mut tx, world.account, here).await.unwrap().is_empty());
    tx.commit().await.unwrap();
    let of = |department, user| Assignee { department, user };
    let mut ids: Vec<TicketId> = Vec::new();
    for assignee in
        [of(Some(here), None), of(Some(there), None), of(None, Some(ada)), of(Some(there), Some(bea)), of(None, None)]
    {
        ids.push(ticket(&world, kind, "x", assignee, Priority::Normal).await.id);
    }
    assert_eq!(numbers(&world, &reader(&world, ada), false, Wanted::default()).await, [1, 3]);
    assert_eq!(numbers(&world, &reader(&world, bea), false, Wanted::default()).await, [2, 4]);
    assert_eq!(numbers(&world, &reader(&world, ada), true, Wanted::default()).await, [1, 2, 3, 4, 5]);
    let wanted = Wanted { department: Some(there), ..Wanted::default() };
    assert!(numbers(&world, &reader(&world, ada), false, wanted).await.is_empty());
    let mut tx = world.read().await;
    let scope = reader(&world, ada);
    let sight = Sight { scope: &scope, all: false };
    for (id, seen) in ids.iter().zip([true, false, true, false, false]) {
        assert_eq!(tickets::get(&mut tx, &world.key, sight, *id).await.unwrap().is_some(), seen);
    }
}

/// Rows: S8.11
async fn the_pressing_ones_stand_first(world: World) {
    let (kind, scope) = (kind(&world).await, reader(&world, world.id(START)));
    for priority in [Priority::Low, Priority::Urgent, Priority::Normal, Priority::Urgent] {
        ticket(&world, kind, "x", Assignee::default(), priority).await;
    }
    let mut soon = ticket(&world, kind, "x", Assignee::default(), Priority::Urgent).await;
    soon.due_at = Some(START);
    let mut tx = world.write().await;
    tickets::put(&mut tx, &world.key, &soon).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(numbers(&world, &scope, true, Wanted::default()).await, [5, 2, 4, 3, 1]);
}

async fn of_two_editors_one_learns_of_the_other(world: World) {
    let id = kind(&world).await;
    let mut tx = world.write().await;
    let mut row = ticket_types::all(&mut tx, world.account).await.unwrap().remove(0);
    row.kind.limit_minutes = Some(30);
    row.version = 2;
    assert!(ticket_types::change(&mut tx, world.account, &row).await.unwrap());
    assert!(!ticket_types::change(&mut tx, world.account, &row).await.unwrap());
    let kept = ticket_types::all(&mut tx, world.account).await.unwrap();
    assert_eq!((kept.len(), kept[0].id, kept[0].kind.limit_minutes, kept[0].version), (1, id, Some(30), 2));
}
