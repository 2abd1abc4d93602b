//! The account desk, between routing and the calls.

mod kept_places;

use super::*;
use crate::TurnNews;
use ringdesk_model::{Actor, AgentId, Presence, QueueId};
use ringdesk_routing::{AgentSetup, Floorplan, QueueSetup, Wanted};
use ringdesk_voice::{AgentRequest, CallEvent, Cause, EndedBy, Origin, SupervisionMode, WorkRequest};
use std::time::Duration;

/// Rows: S16.13
#[test]
fn stuck_is_what_is_over_twice() {
    let (now, mut ids) = (Timestamp(0), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let queue: QueueId = ids.next(now);
    let plan = Floorplan { queues: vec![QueueSetup::new(queue, "support")], ..Floorplan::default() };
    desk.handle_input(now, AccountInput::Configured(plan));
    let (call, ask) = (ids.next(now), ids.next(now));
    let mut wait = |desk: &mut AccountDesk, call, ask| {
        let request = WorkRequest { work_item: ids.next(now), queue, priority: Default::default() };
        desk.handle_input(now, AccountInput::Queue { call, ask, request, treatment: Default::default() });
    };
    wait(&mut desk, call, ask);
    assert!(desk.reconcile(now, |_| true).is_empty());
    assert!(desk.reconcile(now, |_| false).is_empty(), "its last words may be on their way");
    desk.handle_input(now, AccountInput::Cancel(ask));
    assert!(desk.reconcile(now, |_| false).is_empty(), "they were");
    wait(&mut desk, call, ask);
    assert!(desk.reconcile(now, |_| false).is_empty());
    assert_eq!(desk.reconcile(now, |_| false).len(), 1, "nothing came");
    assert!(desk.reconcile(now, |_| false).is_empty(), "mended");
    assert_eq!(desk.floor().queues[0].waiting, 0);
}

/// A supervisor in a call is not offered another; whoever took over has a part like all others, with its wrap-up.
///
/// Rows: S7.17, S7.25
#[test]
fn a_supervisor_has_their_hands_full() {
    let (now, mut ids) = (Timestamp::from_millis(1), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let (queue, supervisor, of): (QueueId, AgentId, AgentId) = (ids.next(now), ids.next(now), ids.next(now));
    let agent = |id: AgentId, target: &str| AgentSetup { queues: [(queue, 1)].into(), ..AgentSetup::new(id, target) };
    let agents = vec![agent(supervisor, "2001"), agent(of, "2002")];
    desk.handle_input(
        now,
        AccountInput::Configured(Floorplan { queues: vec![QueueSetup::new(queue, "q")], agents, channels: vec![] }),
    );
    let ready = AccountOrder::Presence(supervisor, Wanted::Ready);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, ready));
    let call: CallId = ids.next(now);
    // The agent's own part: they were sought, and took it.
    let (work_item, ask) = (ids.next(now), ids.next(now));
    let ready = AccountOrder::Presence(of, Wanted::Ready);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, ready));
    let ring_for = Duration::from_secs(20);
    let request = AgentRequest { work_item, agent: of, queue: None, ring_for, ends_wrap_up: false };
    desk.handle_input(now, AccountInput::Seek { call, ask, request });
    let proposed = std::iter::from_fn(|| desk.poll_carry()).find_map(|carry| match carry {
        AccountCarry::Propose(batch) => Some(batch[0].offer),
        _ => None,
    });
    desk.handle_input(now, AccountInput::Committed(vec![proposed.expect("proposed")]));
    let order = std::iter::from_fn(|| desk.poll_carry()).find_map(|carry| match carry {
        AccountCarry::Order(_, order, CallOrder::Offer(_)) => Some(order),
        _ => None,
    });
    let accepted = Outcome::Offer(OfferOutcome::Accepted);
    desk.handle_input(now, AccountInput::Replied(order.expect("offered"), accepted));
    let presence = |desk: &AccountDesk, agent: AgentId| {
        desk.floor().agents.iter().find(|a| a.agent == agent).map(|a| a.presence.clone()).expect("on the floor")
    };
    let leg: LegId = ids.next(now);
    let told = |desk: &mut AccountDesk, event: CallEvent| {
        desk.handle_input(now, AccountInput::Observed(call, event));
        while desk.poll_carry().is_some() {}
    };
    let supervised = |mode| CallEvent::Supervised { leg, supervisor, of, mode };
    let ended = || CallEvent::SupervisionEnded { supervisor, of, failed: None };
    told(&mut desk, supervised(SupervisionMode::Listen));
    told(&mut desk, supervised(SupervisionMode::Whisper));
    assert_eq!(presence(&desk, supervisor), Presence::Talking);
    told(&mut desk, ended());
    assert_eq!(presence(&desk, supervisor), Presence::Ready);
    told(&mut desk, supervised(SupervisionMode::Barge));
    told(&mut desk, CallEvent::Bridged { a: ids.next(now), b: leg, agent: Some(supervisor), offer: None });
    told(&mut desk, ended());
    assert_eq!(presence(&desk, supervisor), Presence::Talking, "it is theirs now");
    told(&mut desk, CallEvent::LegEnded { leg, cause: Cause::Normal, status: None });
    assert_eq!(presence(&desk, supervisor), Presence::WrapUp);
    // Brought along from another call by an attended transfer: in that one it was no work.
    let finish = AccountOrder::FinishWrapUp(supervisor);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, finish));
    let leg: LegId = ids.next(now);
    let brought = CallEvent::Bridged { a: ids.next(now), b: leg, agent: Some(supervisor), offer: None };
    told(&mut desk, brought.clone());
    told(&mut desk, brought);
    assert_eq!(presence(&desk, supervisor), Presence::Talking);
    told(&mut desk, CallEvent::LegEnded { leg, cause: Cause::Normal, status: None });
    assert_eq!(presence(&desk, supervisor), Presence::WrapUp);
    // A call whose task died says nothing but that it is over.
    let finish = AccountOrder::FinishWrapUp(supervisor);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, finish));
    told(&mut desk, supervised(SupervisionMode::Listen));
    told(&mut desk, CallEvent::Ended { cause: Cause::InternalFailure, by: EndedBy::System });
    assert_eq!(presence(&desk, supervisor), Presence::Ready);
    assert!(desk.reconcile(now, |_| true).is_empty());
}

/// A colleague's telephone is in a direct call: nobody of the queue is offered to them until its last leg is gone, into whichever
/// call it went.
///
/// Rows: S7.4, S7.25
#[test]
fn who_is_called_directly_is_engaged() {
    let (now, mut ids) = (Timestamp::from_millis(1), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let (queue, one, two): (QueueId, AgentId, AgentId) = (ids.next(now), ids.next(now), ids.next(now));
    let agent = |id: AgentId, target: &str| AgentSetup { queues: [(queue, 1)].into(), ..AgentSetup::new(id, target) };
    let agents = vec![agent(one, "2001"), agent(two, "2002")];
    let plan = Floorplan { queues: vec![QueueSetup::new(queue, "q")], agents, channels: vec![] };
    desk.handle_input(now, AccountInput::Configured(plan));
    let ready = AccountOrder::Presence(two, Wanted::Ready);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, ready));
    let (call, other): (CallId, CallId) = (ids.next(now), ids.next(now));
    let [from, leg, second]: [LegId; 3] = [ids.next(now), ids.next(now), ids.next(now)];
    let (ask, request) = (ids.next(now), WorkRequest { work_item: ids.next(now), queue, priority: Default::default() });
    let proposed = |desk: &mut AccountDesk| {
        std::iter::from_fn(|| desk.poll_carry()).any(|carry| matches!(carry, AccountCarry::Propose(_)))
    };
    let presence = |desk: &AccountDesk, agent: AgentId| {
        desk.floor().agents.iter().find(|a| a.agent == agent).map(|a| a.presence.clone()).expect("on the floor")
    };
    let told = |desk: &mut AccountDesk, call: CallId, event: CallEvent| {
        desk.handle_input(now, AccountInput::Observed(call, event));
    };
    let ended = |leg: LegId| CallEvent::LegEnded { leg, cause: Cause::Normal, status: None };
    let (party, origin) = (|n: &str| ringdesk_voice::Party::number(n), |n: &str| Origin::Extension(n.into()));
    told(
        &mut desk,
        call,
        CallEvent::Started { leg: from, from: party("2001"), to: party("2002"), origin: origin("2001") },
    );
    for leg in [leg, second] {
        told(&mut desk, call, CallEvent::Dialled { leg, extension: Some("2002".into()) });
    }
    assert_eq!((presence(&desk, one), presence(&desk, two)), (Presence::Talking, Presence::Reserved));
    desk.handle_input(now, AccountInput::Queue { call: other, ask, request, treatment: Default::default() });
    told(&mut desk, call, ended(second));
    told(&mut desk, call, CallEvent::Bridged { a: from, b: leg, agent: None, offer: None });
    assert_eq!(presence(&desk, two), Presence::Talking);
    // Into another call and on; the one it came from ends.
    let third: CallId = ids.next(now);
    told(&mut desk, call, CallEvent::Released { leg });
    told(&mut desk, call, ended(from));
    told(&mut desk, call, CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller });
    told(&mut desk, third, CallEvent::Adopted { leg });
    assert_eq!((presence(&desk, one), presence(&desk, two)), (Presence::LoggedOut, Presence::Talking));
    assert!(!proposed(&mut desk), "they talk");
    assert!(desk.reconcile(now, |_| true).is_empty());
    told(&mut desk, third, ended(leg));
    assert!(proposed(&mut desk), "and now they do not");
    assert_eq!(presence(&desk, two), Presence::Reserved);
    // The house calls somebody, who speaks a prompt: nobody else is in it.
    told(&mut desk, third, CallEvent::Dialled { leg: second, extension: Some("2001".into()) });
    assert_eq!(presence(&desk, one), Presence::Reserved);
    told(&mut desk, third, CallEvent::Answered { leg: second });
    assert_eq!(presence(&desk, one), Presence::Talking);
    told(&mut desk, third, ended(second));
    assert_eq!(presence(&desk, one), Presence::LoggedOut);
    // A call whose task died without a word engages nobody for ever.
    told(&mut desk, third, CallEvent::Dialled { leg: second, extension: Some("2001".into()) });
    let died = |id: CallId| id != third;
    assert!(desk.reconcile(now, died).is_empty());
    assert_eq!(desk.reconcile(now, died).len(), 1);
    assert_eq!(presence(&desk, one), Presence::LoggedOut);
}

/// Who has dialled a code talks with the house alone, and no caller is given to them until they have put it down.
///
/// Rows: S7.4, S7.9
#[test]
fn who_has_dialled_a_code_is_engaged() {
    let (now, mut ids) = (Timestamp::from_millis(1), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let (queue, agent): (QueueId, AgentId) = (ids.next(now), ids.next(now));
    let agents = vec![AgentSetup { queues: [(queue, 1)].into(), ..AgentSetup::new(agent, "2001") }];
    let plan = Floorplan { queues: vec![QueueSetup::new(queue, "q")], agents, channels: vec![] };
    desk.handle_input(now, AccountInput::Configured(plan));
    let ready = AccountOrder::Presence(agent, Wanted::Ready);
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, ready));
    let (code, caller): (CallId, CallId) = (ids.next(now), ids.next(now));
    let leg: LegId = ids.next(now);
    let party = ringdesk_voice::Party::number;
    let origin = Origin::Extension("2001".into());
    for event in
        [CallEvent::Started { leg, from: party("2001"), to: party("*97"), origin }, CallEvent::Answered { leg }]
    {
        desk.handle_input(now, AccountInput::Observed(code, event));
        assert_eq!(desk.floor().agents[0].presence, Presence::Talking);
    }
    let (ask, request) = (ids.next(now), WorkRequest { work_item: ids.next(now), queue, priority: Default::default() });
    desk.handle_input(now, AccountInput::Queue { call: caller, ask, request, treatment: Default::default() });
    let proposed = |desk: &mut AccountDesk| {
        std::iter::from_fn(|| desk.poll_carry()).any(|carry| matches!(carry, AccountCarry::Propose(_)))
    };
    assert!(!proposed(&mut desk), "their telephone is busy");
    let ended = CallEvent::LegEnded { leg, cause: Cause::Normal, status: None };
    desk.handle_input(now, AccountInput::Observed(code, ended));
    assert!(proposed(&mut desk), "and now it is not");
}

/// A caller keeps their place and hangs up: before who came later an agent is asked for them, in a call of its own. Who does not pick up
/// was asked in vain, who does has work in hand; and the rows' list makes none twice and lets go of what is over.
///
/// Rows: V7
#[test]
fn a_kept_place_is_asked_for_before_who_came_later() {
    let (now, mut ids) = (Timestamp::from_millis(1_000), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let (queue, agent): (QueueId, AgentId) = (ids.next(now), ids.next(now));
    let agents = vec![AgentSetup { queues: [(queue, 1)].into(), ..AgentSetup::new(agent, "2001") }];
    let after_no_answer = ringdesk_routing::AfterNoAnswer::Pause;
    let queues = vec![QueueSetup { after_no_answer, ..QueueSetup::new(queue, "support") }];
    desk.handle_input(now, AccountInput::Configured(Floorplan { queues, agents, channels: vec![] }));
    // The store takes every proposal; what else is carried is kept.
    let drain = |desk: &mut AccountDesk, now| {
        let mut all = Vec::new();
        while let Some(carry) = desk.poll_carry() {
            if let AccountCarry::Propose(batch) = &carry {
                desk.handle_input(now, AccountInput::Committed(batch.iter().map(|p| p.offer).collect()));
            }
            all.push(carry);
        }
        all
    };
    let wait = |desk: &mut AccountDesk, ids: &mut Ids| {
        let (call, ask, work_item): (CallId, AskId, WorkItemId) = (ids.next(now), ids.next(now), ids.next(now));
        let request = WorkRequest { work_item, queue, priority: Default::default() };
        desk.handle_input(now, AccountInput::Queue { call, ask, request, treatment: Default::default() });
        (call, ask, work_item)
    };
    let (first, first_ask, first_item) = wait(&mut desk, &mut ids);
    let (second, second_ask, _) = wait(&mut desk, &mut ids);
    let place = crate::KeptPlace {
        callback: ids.next(now),
        work_item: ids.next(now),
        conversation: ids.next(now),
        queue,
        priority: Default::default(),
        enqueued_at: now,
        treatment: Default::default(),
        in_place_of: Some(first_item),
    };
    desk.handle_input(now, AccountInput::PlaceKept(place.clone()));
    let left = |carry: &AccountCarry| matches!(carry, AccountCarry::Answer(call, ask, Answer::LeftQueue(WorkOutcome::CalledBack)) if *call == first && *ask == first_ask);
    assert!(drain(&mut desk, now).iter().any(left), "the flow knows that the place is kept");
    desk.handle_input(now, AccountInput::Places(vec![place.clone()]));
    assert_eq!(desk.floor().queues[0].waiting, 2, "once");

    let choose = |desk: &mut AccountDesk, ids: &mut Ids, wanted| {
        let order = AccountInput::Order(ids.next(now), Actor::System, AccountOrder::Presence(agent, wanted));
        desk.handle_input(now, order);
    };
    choose(&mut desk, &mut ids, Wanted::Ready);
    let turn = |all: &[AccountCarry]| {
        all.iter().find_map(|carry| if let AccountCarry::CallBack(turn) = carry { Some(*turn) } else { None })
    };
    let came = turn(&drain(&mut desk, now)).expect("their turn");
    assert_eq!((came.work_item, came.agent), (place.work_item, agent));
    let back: CallId = ids.next(now);
    desk.handle_input(now, AccountInput::Turn(came.offer, TurnNews::Begun(back)));
    let ended = |cause| CallEvent::Ended { cause, by: EndedBy::Agent };
    desk.handle_input(now, AccountInput::Observed(back, ended(Cause::NoAnswer)));
    let all = drain(&mut desk, now);
    let missed =
        |c: &AccountCarry| matches!(c, AccountCarry::OfferEnded(o, OfferOutcome::NoAnswer) if *o == came.offer);
    assert!(all.iter().any(missed), "{all:?}");
    assert_eq!(desk.floor().queues[0].waiting, 2, "both wait, in their order");

    // Asked again, taken, and over.
    let (now, came) = loop {
        let (at, _) = desk.poll_timeout().expect("they are left alone for a while");
        desk.handle_timeout(at);
        if let Some(turn) = turn(&drain(&mut desk, at)) {
            break (at, turn);
        }
    };
    assert_eq!(came.work_item, place.work_item);
    let back: CallId = ids.next(now);
    desk.handle_input(now, AccountInput::Turn(came.offer, TurnNews::Begun(back)));
    desk.handle_input(now, AccountInput::Turn(came.offer, TurnNews::Taken));
    let all = drain(&mut desk, now);
    let said = |fits: &dyn Fn(&AccountCarry) -> bool| all.iter().position(fits).expect("the store is told");
    let sought = said(
        &|c| matches!(c, AccountCarry::Sought { call, work_item, .. } if *call == back && *work_item == place.work_item),
    );
    let served = said(
        &|c| matches!(c, AccountCarry::SoughtEnded { work_item, outcome: OfferOutcome::Accepted, .. } if *work_item == place.work_item),
    );
    assert!(sought < served);
    assert_eq!(desk.floor().queues[0].waiting, 1, "the other still waits");
    assert_eq!(desk.floor().agents[0].presence, Presence::Talking);
    desk.handle_input(now, AccountInput::Places(vec![place.clone()]));
    desk.handle_input(now, AccountInput::Places(vec![]));
    assert_eq!(desk.floor().agents[0].work.len(), 1, "the rows say nothing of what is in hand");
    desk.handle_input(now, AccountInput::Observed(back, ended(Cause::Normal)));
    drain(&mut desk, now);
    assert_eq!(desk.floor().agents[0].presence, Presence::WrapUp);
    assert!(desk.reconcile(now, |call| call == second).is_empty());

    // Somebody closes a promise that waits, and one whose agent is being rung.
    desk.handle_input(now, AccountInput::Cancel(second_ask));
    let again = crate::KeptPlace { work_item: ids.next(now), in_place_of: None, ..place.clone() };
    desk.handle_input(now, AccountInput::Places(vec![again.clone()]));
    assert_eq!(desk.floor().queues[0].waiting, 1);
    desk.handle_input(now, AccountInput::Places(vec![]));
    assert_eq!(desk.floor().queues[0].waiting, 0);
    let last = crate::KeptPlace { work_item: ids.next(now), in_place_of: None, ..place };
    desk.handle_input(now, AccountInput::Places(vec![last]));
    desk.handle_input(now, AccountInput::Order(ids.next(now), Actor::System, AccountOrder::FinishWrapUp(agent)));
    let came = turn(&drain(&mut desk, now)).expect("their turn");
    desk.handle_input(now, AccountInput::Places(vec![]));
    let call: CallId = ids.next(now);
    desk.handle_input(now, AccountInput::Turn(came.offer, TurnNews::Begun(call)));
    let all = drain(&mut desk, now);
    let ends = |c: &AccountCarry| matches!(c, AccountCarry::Order(of, _, CallOrder::Hangup) if *of == call);
    assert!(all.iter().any(ends), "a call that is not wanted any more is ended: {all:?}");
    assert!(desk.reconcile(now, |_| true).is_empty());
}
