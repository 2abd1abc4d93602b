//! Promised callbacks and unserved callers.

use crate::world::{START, World};
use ringdesk_conversations::{CallbackState, ContactNumber, Country, UnservedKind};
use ringdesk_model::{CallId, Pii, QueueId, Timestamp};
use ringdesk_reports::PlaceKept;
use ringdesk_storage::callbacks::{self, Callback, KeptPlace, OpenPlace, Wanted};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::place_rows;
use ringdesk_storage::recovery;
use ringdesk_storage::unserved::{self, NewUnserved};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const NUMBER: &str = "+49301234567";

on_both! {
    a_promise_is_kept_sealed_and_listed_by_its_time
    a_talk_since_keeps_a_promise
    a_call_that_reached_nobody_is_found
    the_same_number_within_a_day_is_one_caller
    who_was_served_since_leaves_the_list
    who_waited_when_the_server_died_is_owed_a_call
    who_keeps_their_place_waits_by_a_work_item_until_they_are_reached
}

fn identity() -> Identity {
    Identity::number(&ContactNumber::normalise(NUMBER, Country::of("DE").unwrap()).unwrap())
}

fn promise(world: &World, due: Timestamp) -> Callback {
    Callback {
        id: world.id(START),
        conversation: None,
        contact: None,
        number: Pii::new("MARKER+49301234567".into()),
        queue: world.queue,
        owner: Some(world.agents[0]),
        due_from: due,
        due_until: due + HOUR,
        note: Some(Pii::new("MARKER about the invoice".into())),
        state: CallbackState::Promised,
        reminded: false,
        attempts: 0,
        next_at: due,
        call: None,
        promised_by: Some(world.id(START)),
        promised_at: START,
        closed_at: None,
        closed_as: None,
        place: None,
    }
}

/// Rows: S7.26, S12.2
async fn a_promise_is_kept_sealed_and_listed_by_its_time(world: World) {
    let mut tx = world.write().await;
    let (late, mut soon) = (promise(&world, START + HOUR), promise(&world, START));
    for one in [&late, &soon] {
        callbacks::put(&mut tx, &world.key, one).await.unwrap();
    }
    let all = callbacks::list(&mut tx, &world.key, &world.everyone(), &Wanted::default(), 9).await.unwrap();
    assert_eq!(all, [soon.clone(), late.clone()]);
    (soon.state, soon.closed_as, soon.closed_at) = (CallbackState::Closed, Some("reached".into()), Some(START));
    callbacks::put(&mut tx, &world.key, &soon).await.unwrap();
    let all = callbacks::list(&mut tx, &world.key, &world.everyone(), &Wanted::default(), 9).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&late));
    let closed = Wanted { state: Some(CallbackState::Closed), owner: Some(world.agents[0]), ..Wanted::default() };
    let all = callbacks::list(&mut tx, &world.key, &world.own(world.agents[0]), &closed, 9).await.unwrap();
    assert_eq!(all, [soon.clone()]);
    let before = Wanted { before: Some(START + HOUR), ..Wanted::default() };
    assert_eq!(callbacks::list(&mut tx, &world.key, &world.everyone(), &before, 9).await.unwrap(), []);
    let other = world.own(world.agents[1]);
    assert_eq!(callbacks::get(&mut tx, &world.key, &other, late.id).await.unwrap(), None, "not of their queue");
    let open = callbacks::open_by_queue(&mut tx, world.account, START + HOUR * 3).await.unwrap();
    assert_eq!(open, [(world.queue, 1, 1)]);
    let open = callbacks::open_by_queue(&mut tx, world.account, START).await.unwrap();
    assert_eq!(open, [(world.queue, 1, 0)]);
}

/// Rows: S7.26
async fn a_talk_since_keeps_a_promise(world: World) {
    let mut set = world.set();
    world.call_in(&mut set, START, NUMBER);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let contact = contacts::by_identity(&mut tx, &world.key, &identity()).await.unwrap().unwrap();
    let number = contacts::number_of(&mut tx, &world.key, contact).await.unwrap();
    assert_eq!(number, Some(identity()));
    assert_eq!(contacts::number_of(&mut tx, &world.key, world.id(START)).await.unwrap(), None);
    let promised = Callback { contact: Some(contact), promised_at: START + MINUTE, ..promise(&world, START + HOUR) };
    callbacks::put(&mut tx, &world.key, &promised).await.unwrap();
    tx.commit().await.unwrap();
    let kept = async || callbacks::kept(&mut world.read().await, world.account).await.unwrap();
    assert_eq!(kept().await, []);
    let mut set = world.set();
    let again = world.call_in(&mut set, START + MINUTE * 2, NUMBER);
    world.commit(&set).await;
    assert_eq!(kept().await, [], "they wait, and nobody talks with them yet");
    let mut set = world.set();
    world.joined(&mut set, &again, world.agents[1], START + MINUTE * 3);
    world.commit(&set).await;
    assert_eq!(kept().await, [(promised.id, again.call, "inbound".to_owned())]);
}

/// Rows: S7.26
async fn a_call_that_reached_nobody_is_found(world: World) {
    let mut set = world.set();
    let (over, running) = (world.call_in(&mut set, START, NUMBER), world.call_in(&mut set, START, NUMBER));
    set.left_queue(over.work_item, START, "served", true);
    world.end(&mut set, &over, START + MINUTE);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let calling = |call: Option<CallId>| Callback {
        state: CallbackState::Calling,
        call,
        next_at: START + MINUTE,
        ..promise(&world, START)
    };
    let (ended, live, lost) = (calling(Some(over.call)), calling(Some(running.call)), calling(None));
    for one in [&ended, &live, &lost] {
        callbacks::put(&mut tx, &world.key, one).await.unwrap();
    }
    let missed = callbacks::missed(&mut tx, world.account, START).await.unwrap();
    assert_eq!(missed, [(ended.id, true)]);
    let mut missed = callbacks::missed(&mut tx, world.account, START + MINUTE * 2).await.unwrap();
    missed.sort();
    let mut expected = [(ended.id, true), (lost.id, false)];
    expected.sort();
    assert_eq!(missed, expected, "a call of which nothing came was not made");
}

fn unserved_at(world: &World, at: Timestamp, wait_ms: i64) -> NewUnserved {
    NewUnserved {
        id: world.id(at),
        queue: world.queue,
        identity: Some(identity()),
        number: Pii::new("MARKER+49301234567".into()),
        kind: UnservedKind::Abandoned,
        at,
        wait_ms,
        conversation: world.id(at),
        call: Some(world.id(at)),
    }
}

/// Rows: S7.27, S12.2
async fn the_same_number_within_a_day_is_one_caller(world: World) {
    let mut tx = world.write().await;
    let (first, again) = (unserved_at(&world, START, 9_000), unserved_at(&world, START + HOUR * 23, 4_000));
    let other: QueueId = world.id(START);
    let elsewhere = NewUnserved { queue: other, ..unserved_at(&world, START + HOUR, 1) };
    let nobody = NewUnserved { identity: None, number: Pii::default(), ..unserved_at(&world, START + HOUR, 1) };
    for one in [&first, &again, &elsewhere, &nobody] {
        unserved::add(&mut tx, &world.key, one).await.unwrap();
    }
    let wanted = unserved::Wanted { queue: Some(world.queue), ..unserved::Wanted::default() };
    let all = unserved::list(&mut tx, &world.key, &world.everyone(), &wanted, 9).await.unwrap();
    assert_eq!(all.iter().map(|u| u.id).collect::<Vec<_>>(), [nobody.id, first.id]);
    let one = &all[1];
    assert_eq!((one.tries, one.wait_ms, one.first_at, one.last_at), (2, 9_000, START, START + HOUR * 23));
    assert_eq!((one.conversation, one.number.reveal().as_str()), (again.conversation, "MARKER+49301234567"));
    let next_day = unserved_at(&world, START + HOUR * 48, 1);
    unserved::add(&mut tx, &world.key, &next_day).await.unwrap();
    let page = unserved::Wanted { before: Some(next_day.id), ..wanted.clone() };
    let all = unserved::list(&mut tx, &world.key, &world.everyone(), &page, 9).await.unwrap();
    assert_eq!(all.len(), 2, "the next day is another matter");

    // One has it, then nobody, then it is done.
    let [one, two] = world.agents;
    let give = (None, Some(one));
    assert!(unserved::give(&mut tx, START, world.account, first.id, give).await.unwrap());
    assert!(!unserved::give(&mut tx, START, world.account, first.id, (None, Some(two))).await.unwrap());
    assert!(unserved::give(&mut tx, START, world.account, first.id, (Some(one), None)).await.unwrap());
    assert!(unserved::give(&mut tx, START, world.account, first.id, give).await.unwrap());
    let mine = unserved::get(&mut tx, &world.key, &world.own(one), first.id).await.unwrap().unwrap();
    assert_eq!((mine.state.as_str(), mine.agent), ("claimed", Some(one)));
    assert_eq!(unserved::get(&mut tx, &world.key, &world.own(two), first.id).await.unwrap(), None);
    assert!(unserved::close(&mut tx, START, world.account, first.id, "wrote a letter", None).await.unwrap());
    assert!(!unserved::close(&mut tx, START, world.account, first.id, "again", None).await.unwrap());
}

/// Rows: S7.27
async fn who_was_served_since_leaves_the_list(world: World) {
    let mut set = world.set();
    let missed = world.call_in(&mut set, START, NUMBER);
    let new = NewUnserved { conversation: missed.conversation, ..unserved_at(&world, START + MINUTE, 60_000) };
    set.unserved(new.clone());
    world.commit(&set).await;
    let served = async || unserved::served(&mut world.read().await, world.account).await.unwrap();
    assert_eq!(served().await, []);
    let mut set = world.set();
    let again = world.call_in(&mut set, START + HOUR, NUMBER);
    world.joined(&mut set, &again, world.agents[0], START + HOUR);
    world.commit(&set).await;
    assert_eq!(served().await, [(new.id, world.queue, again.call)]);
    let mut tx = world.read().await;
    assert_eq!(unserved::heard(&mut tx, world.account).await.unwrap(), [], "they left no message");
}

/// Rows: S7.27
async fn who_waited_when_the_server_died_is_owed_a_call(world: World) {
    let mut set = world.set();
    let waits = world.call_in(&mut set, START, NUMBER);
    let talks = world.call_in(&mut set, START, "+49301234568");
    let over = world.call_in(&mut set, START, "+49301234569");
    world.commit(&set).await;
    let mut set = world.set();
    world.joined(&mut set, &talks, world.agents[0], START + MINUTE);
    world.end(&mut set, &over, START + MINUTE);
    set.call_event(waits.call, 9, START + MINUTE * 2, "step_entered", "{}").unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    let found = recovery::forsaken(&mut tx, &world.key, START + HOUR).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].call, found[0].conversation, found[0].queue), (waits.call, waits.conversation, world.queue));
    assert_eq!((found[0].number.reveal().as_str(), found[0].wait_ms, found[0].left_message), (NUMBER, 120_000, false));
    let of = contacts::number_of(&mut tx, &world.key, found[0].contact.unwrap()).await.unwrap();
    assert_eq!(of, Some(identity()));
    recovery::recover(&mut tx, &world.key, START + HOUR).await.unwrap();
    assert_eq!(recovery::forsaken(&mut tx, &world.key, START + HOUR).await.unwrap(), [], "once");
}

/// A caller hangs up and keeps their place: it waits by a work item of its own, also after the server has died, until the call that is
/// made for it has reached somebody. Who talks with them in the very call in which they waited has kept the promise, too.
///
/// Rows: V7
async fn who_keeps_their_place_waits_by_a_work_item_until_they_are_reached(world: World) {
    let mut set = world.set();
    let caller = world.call_in(&mut set, START, NUMBER);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let waits = callbacks::waiting_caller(&mut tx, world.account, caller.call, caller.work_item).await.unwrap();
    let waits = waits.expect("they wait");
    assert_eq!((waits.conversation, waits.queue, waits.since), (caller.conversation, world.queue, START));
    let stranger = callbacks::waiting_caller(&mut tx, world.account, world.id(START), caller.work_item).await.unwrap();
    assert_eq!(stranger, None, "in another call");
    let item = world.id(START);
    let place = KeptPlace { since: START, how: "{\"priority\":0}".into(), work_item: Some(item), called_first: true };
    let conversation = Some(caller.conversation);
    let mut kept = Callback { conversation, place: Some(place.clone()), ..promise(&world, START) };
    callbacks::wait_in(&mut tx, world.account, item, &waits, None).await.unwrap();
    callbacks::put(&mut tx, &world.key, &kept).await.unwrap();
    assert_eq!(callbacks::get(&mut tx, &world.key, &world.everyone(), kept.id).await.unwrap(), Some(kept.clone()));
    let open = OpenPlace {
        callback: kept.id,
        work_item: item,
        conversation: caller.conversation,
        queue: world.queue,
        promised_in: world.queue,
        since: START,
        how: place.how.clone(),
    };
    assert_eq!(callbacks::open_places(&mut tx, world.account).await.unwrap(), std::slice::from_ref(&open));
    assert_eq!(callbacks::of_work_item(&mut tx, world.account, item).await.unwrap(), Some(kept.id));
    assert_eq!(callbacks::places_without_work(&mut tx, world.account, START).await.unwrap(), []);
    tx.commit().await.unwrap();

    // The server dies, and what it had in hand is closed: the place is found.
    let mut tx = world.write().await;
    recovery::recover(&mut tx, &world.key, START + MINUTE).await.unwrap();
    assert_eq!(callbacks::open_places(&mut tx, world.account).await.unwrap(), []);
    assert_eq!(callbacks::places_without_work(&mut tx, world.account, START + MINUTE).await.unwrap(), [kept.id]);
    let next = world.id(START);
    callbacks::wait_in(&mut tx, world.account, next, &waits, Some(item)).await.unwrap();
    kept.place = Some(KeptPlace { work_item: Some(next), called_first: false, ..place });
    callbacks::put(&mut tx, &world.key, &kept).await.unwrap();
    assert_eq!(callbacks::get(&mut tx, &world.key, &world.everyone(), kept.id).await.unwrap(), Some(kept.clone()));
    assert_eq!(callbacks::open_places(&mut tx, world.account).await.unwrap(), [OpenPlace { work_item: next, ..open }]);
    callbacks::wait_no_more(&mut tx, START + MINUTE, next, "called_back").await.unwrap();
    assert_eq!(callbacks::open_places(&mut tx, world.account).await.unwrap(), []);
    tx.commit().await.unwrap();

    // In the call that is made for it somebody talks with them, whatever contact that number is.
    let mut set = world.set();
    let back = world.call_in(&mut set, START + MINUTE * 2, "+49301234999");
    world.joined(&mut set, &back, world.agents[0], START + MINUTE * 3);
    world.commit(&set).await;
    let mut tx = world.write().await;
    assert_eq!(callbacks::kept(&mut tx, world.account).await.unwrap(), []);
    (kept.state, kept.call) = (CallbackState::Calling, Some(back.call));
    callbacks::put(&mut tx, &world.key, &kept).await.unwrap();
    let found = callbacks::kept(&mut tx, world.account).await.unwrap();
    assert_eq!(found.iter().map(|(id, call, _)| (*id, *call)).collect::<Vec<_>>(), [(kept.id, back.call)]);
    let mut faster = promise(&world, START);
    faster.conversation = Some(back.conversation);
    faster.place =
        Some(KeptPlace { since: START + MINUTE * 2, how: "{}".into(), work_item: None, called_first: false });
    faster.promised_at = START + MINUTE * 4;
    callbacks::put(&mut tx, &world.key, &faster).await.unwrap();
    let found = callbacks::kept(&mut tx, world.account).await.unwrap();
    assert!(found.iter().any(|(id, ..)| *id == faster.id), "they talk since they waited: {found:?}");

    // As reports see both: the talk counts when it has closed the promise.
    let within = (START, START + MINUTE * 2);
    let before = place_rows::of_period(&mut tx, world.account, within, 10).await.unwrap();
    assert_eq!((before.len(), before[0].talked_at, before[0].closed_as.as_deref()), (1, None, None));
    (kept.state, kept.closed_as, kept.closed_at) =
        (CallbackState::Closed, Some("reached".into()), Some(START + MINUTE * 4));
    callbacks::put(&mut tx, &world.key, &kept).await.unwrap();
    let reached = PlaceKept {
        conversation: caller.conversation,
        queue: world.queue,
        at: START,
        kept_at: kept.promised_at,
        call: Some(back.call),
        talked_at: Some(START + MINUTE * 3),
        closed_as: Some("reached".into()),
    };
    assert_eq!(place_rows::of_period(&mut tx, world.account, within, 10).await.unwrap(), [reached]);
    let both = (START, START + MINUTE * 9);
    assert_eq!(place_rows::of_period(&mut tx, world.account, both, 10).await.unwrap().len(), 2);
    let stranger = world.id(START);
    assert_eq!(place_rows::of_period(&mut tx, stranger, both, 10).await.unwrap(), [], "another account's");
}
