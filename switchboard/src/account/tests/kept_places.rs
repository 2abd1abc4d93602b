//! Places that callers keep when they hang up: which wait, and how they come to an agent.

use super::*;
use ringdesk_routing::{CallFirst, CallbackOffer};

/// A queue with one agent, a place that is kept in it, and what the store makes of the rest.
struct Kept {
    desk: AccountDesk,
    ids: Ids,
    queue: QueueId,
    agent: AgentId,
    place: crate::KeptPlace,
}

impl Kept {
    fn in_queue(setup: impl FnOnce(QueueSetup) -> QueueSetup) -> Kept {
        let (now, mut ids) = (Timestamp::from_millis(1_000), Ids::seeded(1));
        let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
        let (queue, agent): (QueueId, AgentId) = (ids.next(now), ids.next(now));
        let agents = vec![AgentSetup { queues: [(queue, 1)].into(), ..AgentSetup::new(agent, "2001") }];
        let queues = vec![setup(QueueSetup::new(queue, "support"))];
        desk.handle_input(now, AccountInput::Configured(Floorplan { queues, agents, channels: vec![] }));
        let place = crate::KeptPlace {
            callback: ids.next(now),
            work_item: ids.next(now),
            conversation: ids.next(now),
            queue,
            priority: Default::default(),
            enqueued_at: now,
            treatment: Default::default(),
            in_place_of: None,
        };
        Kept { desk, ids, queue, agent, place }
    }

    fn tell(&mut self, now: Timestamp, input: AccountInput) -> Vec<AccountCarry> {
        self.desk.handle_input(now, input);
        let mut all = Vec::new();
        while let Some(carry) = self.desk.poll_carry() {
            if let AccountCarry::Propose(batch) = &carry {
                let offers = batch.iter().map(|p| p.offer).collect();
                self.desk.handle_input(now, AccountInput::Committed(offers));
            }
            all.push(carry);
        }
        all
    }

    fn ready(&mut self, now: Timestamp) -> Vec<AccountCarry> {
        let order = AccountOrder::Presence(self.agent, Wanted::Ready);
        let id = self.ids.next(now);
        self.tell(now, AccountInput::Order(id, Actor::System, order))
    }

    /// Somebody waits in this call, in a work item of their own.
    fn waits(&mut self, now: Timestamp, call: CallId) -> (AskId, WorkItemId, Vec<AccountCarry>) {
        let (ask, work_item): (AskId, WorkItemId) = (self.ids.next(now), self.ids.next(now));
        let request = WorkRequest { work_item, queue: self.queue, priority: Default::default() };
        let all = self.tell(now, AccountInput::Queue { call, ask, request, treatment: Default::default() });
        (ask, work_item, all)
    }

    fn position(&mut self, now: Timestamp, call: CallId, work_item: WorkItemId) -> Option<u32> {
        let ask = self.ids.next(now);
        let all = self.tell(now, AccountInput::Place { call, ask, work_item });
        all.iter().find_map(|carry| {
            if let AccountCarry::Answer(_, _, Answer::Place(place)) = carry { Some(place.position) } else { None }
        })
    }
}

/// For which call an agent is rung.
fn offered(all: &[AccountCarry]) -> Option<CallId> {
    all.iter().find_map(
        |carry| if let AccountCarry::Order(call, _, CallOrder::Offer(_)) = carry { Some(*call) } else { None },
    )
}

fn called_first(all: &[AccountCarry]) -> Vec<WorkItemId> {
    let called = all.iter().filter_map(|carry| {
        if let AccountCarry::CallFirst { work_item, .. } = carry { Some(*work_item) } else { None }
    });
    called.collect()
}

/// Where it is closed the rows do not name the place, and nobody is rung for it; named again it stands before who came meanwhile.
///
/// Rows: V7
#[test]
fn a_place_that_is_not_named_comes_back_at_its_old_rank() {
    let now = Timestamp::from_millis(1_000);
    let mut kept = Kept::in_queue(|setup| setup);
    let place = kept.place.clone();
    kept.tell(now, AccountInput::Places(vec![place.clone()]));
    kept.tell(now, AccountInput::Places(vec![]));
    let evening = now + Duration::from_secs(3_600);
    let call: CallId = kept.ids.next(evening);
    let (_, later, _) = kept.waits(evening, call);
    assert_eq!(kept.position(evening, call, later), Some(1), "it is closed");
    let morning = evening + Duration::from_secs(50_000);
    kept.tell(morning, AccountInput::Places(vec![place.clone()]));
    assert_eq!(kept.position(morning, call, later), Some(2));
    let all = kept.ready(morning);
    let turn = all.iter().find_map(|carry| if let AccountCarry::CallBack(turn) = carry { Some(turn) } else { None });
    assert_eq!(turn.map(|turn| turn.work_item), Some(place.work_item), "{all:?}");
}

/// The contact is called, the agent goes on meanwhile, and who picks up waits at their old place; a place whose contact is being called is
/// not lost because the rows do not name it.
///
/// Rows: V7
#[test]
fn a_contact_who_is_called_first_waits_where_they_always_did() {
    let now = Timestamp::from_millis(1_000);
    let first = CallbackOffer { first: CallFirst::Caller, ..CallbackOffer::default() };
    let mut kept = Kept::in_queue(|setup| QueueSetup { callback: Some(first), ..setup });
    let place = kept.place.clone();
    assert_eq!(called_first(&kept.tell(now, AccountInput::Places(vec![place.clone()]))), []);
    let came = now + Duration::from_secs(60);
    let other: CallId = kept.ids.next(came);
    kept.waits(came, other);
    let all = kept.ready(came);
    assert_eq!((called_first(&all), offered(&all)), (vec![place.work_item], Some(other)), "nobody is tied up");

    let back: CallId = kept.ids.next(came);
    kept.tell(came, AccountInput::Called(place.work_item, Some(back)));
    kept.tell(came, AccountInput::Places(vec![]));
    let then = came + Duration::from_secs(1);
    let third: CallId = kept.ids.next(then);
    let (_, third_item, _) = kept.waits(then, third);
    let (_, item, all) = kept.waits(then, back);
    assert_eq!(offered(&all), None, "the agent is being rung for another");
    assert_eq!(kept.position(then, back, item), Some(1), "before all who came later");
    assert_eq!(kept.position(then, third, third_item), Some(3));
    // Passed on to a queue once more in the same call they wait as everybody.
    let (_, again, _) = kept.waits(then + Duration::from_secs(1), back);
    assert_eq!(kept.position(then, back, again), Some(4));
    assert!(kept.desk.reconcile(then, |_| true).is_empty());
}

/// Rows: V7
#[test]
fn who_is_called_first_and_not_reached_leaves_the_queue_to_the_next() {
    let now = Timestamp::from_millis(1_000);
    let first = CallbackOffer { first: CallFirst::Caller, ..CallbackOffer::default() };
    let mut kept = Kept::in_queue(|setup| QueueSetup { callback: Some(first), ..setup });
    kept.ready(now);
    let place = kept.place.clone();
    let mut behind = |seconds| {
        let enqueued_at = now + Duration::from_secs(seconds);
        crate::KeptPlace { work_item: kept.ids.next(now), enqueued_at, ..place.clone() }
    };
    let (second, third) = (behind(1), behind(2));
    let all = kept.tell(now, AccountInput::Places(vec![place.clone(), second.clone(), third.clone()]));
    assert_eq!(called_first(&all), [place.work_item], "as many as agents are free");
    let call: CallId = kept.ids.next(now);
    kept.tell(now, AccountInput::Called(place.work_item, Some(call)));
    let ended = CallEvent::Ended { cause: Cause::NoAnswer, by: EndedBy::Callee };
    let all = kept.tell(now, AccountInput::Observed(call, ended));
    assert_eq!(called_first(&all), [second.work_item]);
    // Nobody could be dialled.
    let all = kept.tell(now, AccountInput::Called(second.work_item, None));
    assert_eq!(called_first(&all), [third.work_item]);
    assert_eq!(kept.desk.floor().queues[0].waiting, 1);
    // A call that died without a word.
    let call: CallId = kept.ids.next(now);
    kept.tell(now, AccountInput::Called(third.work_item, Some(call)));
    assert!(kept.desk.reconcile(now, |_| false).is_empty());
    assert_eq!(kept.desk.reconcile(now, |_| false).len(), 1);
    assert_eq!(kept.desk.floor().queues[0].waiting, 0);
}
