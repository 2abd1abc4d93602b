//! Texts at an account's desk.

use super::*;
use crate::{AccountDesk, AccountInput, AccountOrder};
use ringdesk_model::{Actor, Ids, OrderId, Presence};
use ringdesk_routing::{AgentSetup, Capacity, Floorplan, QueueSetup, QueueStrategy, Router, Treatment, Wanted};

const SECOND: Duration = Duration::from_secs(1);

struct Scene {
    desk: AccountDesk,
    ids: Ids,
    queue: QueueId,
    agent: AgentId,
    said: Vec<AccountCarry>,
}

impl Scene {
    /// One agent who takes two texts, or a call.
    fn new(now: Timestamp) -> Scene {
        let mut ids = Ids::seeded(1);
        let desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
        let (queue, agent): (QueueId, AgentId) = (ids.next(now), ids.next(now));
        let mut scene = Scene { desk, ids, queue, agent, said: Vec::new() };
        let setup = AgentSetup {
            queues: [(queue, 1)].into(),
            capacity: Capacity { voice: 1, text: 2 },
            ..AgentSetup::new(agent, "2001")
        };
        let queues = vec![QueueSetup { wrap_up: Some(SECOND * 5), ..QueueSetup::new(queue, "support") }];
        scene.tell(now, AccountInput::Configured(Floorplan { queues, agents: vec![setup], channels: vec![] }));
        let ready = AccountOrder::Presence(agent, Wanted::Ready);
        let order = scene.ids.next(now);
        scene.tell(now, AccountInput::Order(order, Actor::System, ready));
        scene
    }

    /// The store takes every proposal.
    fn tell(&mut self, now: Timestamp, input: AccountInput) {
        self.desk.handle_input(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Timestamp) {
        while let Some(carry) = self.desk.poll_carry() {
            if let AccountCarry::Propose(batch) = &carry {
                let offers = batch.iter().map(|p| p.offer).collect();
                self.desk.handle_input(now, AccountInput::Committed(offers));
            }
            self.said.push(carry);
        }
    }

    fn text(&mut self, now: Timestamp) -> OpenText {
        OpenText {
            work_item: self.ids.next(now),
            conversation: self.ids.next(now),
            queue: self.queue,
            channel: "api",
            enqueued_at: now,
            treatment: Default::default(),
            sought: None,
            asked_by: None,
        }
    }

    fn offers(&self) -> Vec<OfferId> {
        let proposed = |carry: &AccountCarry| match carry {
            AccountCarry::Propose(batch) => batch.iter().map(|p| p.offer).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        self.said.iter().flat_map(proposed).collect()
    }

    fn answer(&mut self, now: Timestamp, agent: AgentId, offer: OfferId, takes: bool) -> Result<(), Refusal> {
        let order: OrderId = self.ids.next(now);
        self.tell(now, AccountInput::Order(order, Actor::System, AccountOrder::AnswerText(agent, offer, takes)));
        let done = |carry: &AccountCarry| match carry {
            AccountCarry::Done(of, result) if *of == order => Some(*result),
            _ => None,
        };
        self.said.iter().find_map(done).expect("an order is done")
    }

    fn presence(&self) -> Presence {
        self.desk.floor().agents[0].presence.clone()
    }
}

/// Rows: S7.4, S1.1
#[test]
fn a_text_is_offered_taken_and_ended_by_its_rows() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let (first, second, third) = (scene.text(now), scene.text(now), scene.text(now));
    let all = vec![first.clone(), second.clone(), third.clone()];
    scene.tell(now, AccountInput::Texts(all.clone()));
    scene.tell(now, AccountInput::Texts(all.clone()));
    let mut offers = scene.offers();
    for offer in offers.clone() {
        assert_eq!(scene.answer(now, scene.agent, offer, true), Ok(()));
    }
    // One that was asked while they answered.
    for offer in scene.offers().into_iter().filter(|o| !offers.contains(o)).collect::<Vec<_>>() {
        assert_eq!(scene.answer(now, scene.agent, offer, true), Ok(()));
        offers.push(offer);
    }
    assert_eq!(offers.len(), 2, "as many as they take, told once or twice");
    let joined = scene.said.iter().filter(|c| matches!(c, AccountCarry::TextJoined { .. })).count();
    assert_eq!(joined, 2);
    let ended = |c: &AccountCarry| matches!(c, AccountCarry::OfferEnded(o, how) if *o == offers[0] && how.as_str() == "accepted");
    let join = |c: &AccountCarry| matches!(c, AccountCarry::TextJoined { offer, .. } if *offer == offers[0]);
    let at = |of: &dyn Fn(&AccountCarry) -> bool| scene.said.iter().position(of).expect("it was said");
    assert!(at(&ended) < at(&join), "the end of the offer goes before the part");
    assert_eq!(scene.answer(now, scene.agent, offers[0], true), Err(Refusal::Lost), "once");
    assert_eq!(scene.desk.floor().queues[0].waiting, 1);

    // The first is settled, the third gave up: both are gone from the rows.
    let later = now + SECOND;
    scene.tell(later, AccountInput::Texts(vec![second.clone()]));
    assert_eq!(scene.desk.floor().queues[0].waiting, 0);
    assert_eq!(scene.desk.floor().agents[0].work.len(), 2, "one in hand, one in wrap-up");
    scene.desk.handle_timeout(later + SECOND * 5);
    scene.drain(later + SECOND * 5);
    assert_eq!(scene.desk.floor().agents[0].work.len(), 1);
    scene.tell(later, AccountInput::Texts(vec![]));
    assert!(scene.desk.reconcile(later, |_| true).is_empty());
}

/// Two agents are asked at once and click at once: one has it, the other is told that somebody was faster.
///
/// Rows: S7.22
#[test]
fn of_two_who_take_a_text_at_once_one_has_it() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let other: AgentId = scene.ids.next(now);
    let of = |id| AgentSetup { queues: [(scene.queue, 1)].into(), ..AgentSetup::new(id, "2001") };
    let queue = QueueSetup { strategy: QueueStrategy::RingAll, ..QueueSetup::new(scene.queue, "support") };
    let (agents, queues) = (vec![of(scene.agent), of(other)], vec![queue]);
    scene.tell(now, AccountInput::Configured(Floorplan { queues, agents, channels: vec![] }));
    let (order, ready) = (scene.ids.next(now), AccountOrder::Presence(other, Wanted::Ready));
    scene.tell(now, AccountInput::Order(order, Actor::System, ready));
    let text = scene.text(now);
    scene.tell(now, AccountInput::Texts(vec![text]));
    let asked = |carry: &AccountCarry| match carry {
        AccountCarry::Propose(batch) => batch.iter().map(|p| (p.agent, p.offer)).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let offers: Vec<(AgentId, OfferId)> = scene.said.iter().flat_map(asked).collect();
    assert_eq!(offers.len(), 2, "both are asked");
    let answers: Vec<_> = offers.into_iter().map(|(agent, offer)| scene.answer(now, agent, offer, true)).collect();
    assert_eq!(answers, [Ok(()), Err(Refusal::Lost)]);
    let hands: Vec<usize> = scene.desk.floor().agents.iter().map(|agent| agent.work.len()).collect();
    assert_eq!(hands.iter().sum::<usize>(), 1, "one has it: {hands:?}");
    assert!(scene.desk.reconcile(now, |_| true).is_empty());
}

/// Rows: S7.9, S7.22
#[test]
fn a_leader_moves_a_text_and_puts_another_first() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let (order, away) = (scene.ids.next(now), AccountOrder::Presence(scene.agent, Wanted::NotReady("x".into())));
    scene.tell(now, AccountInput::Order(order, Actor::System, away));
    let second: QueueId = scene.ids.next(now);
    let agent = AgentSetup {
        queues: [(scene.queue, 1), (second, 1)].into(),
        capacity: Capacity { voice: 1, text: 1 },
        ..AgentSetup::new(scene.agent, "2001")
    };
    let queues = vec![QueueSetup::new(scene.queue, "support"), QueueSetup::new(second, "sales")];
    scene.tell(now, AccountInput::Configured(Floorplan { queues, agents: vec![agent], channels: vec![] }));
    let (first, vip, last) = (scene.text(now), scene.text(now + SECOND), scene.text(now + SECOND * 2));
    let treated = OpenText { treatment: Treatment { vip: true, ..Treatment::default() }, ..vip };
    scene.tell(now + SECOND * 3, AccountInput::Texts(vec![first.clone(), treated.clone(), last.clone()]));
    let mut orders = Vec::new();
    for what in [
        AccountOrder::Move(last.work_item, second),
        AccountOrder::MoveToHead(first.work_item),
        AccountOrder::Move(first.work_item, scene.ids.next(now)),
        AccountOrder::Presence(scene.agent, Wanted::Ready),
    ] {
        let order: OrderId = scene.ids.next(now);
        orders.push(order);
        scene.tell(now + SECOND * 3, AccountInput::Order(order, Actor::System, what));
    }
    let done: Vec<_> = orders
        .iter()
        .map(|order| {
            let of = |carry: &AccountCarry| match carry {
                AccountCarry::Done(of, result) if of == order => Some(*result),
                _ => None,
            };
            scene.said.iter().find_map(of).expect("an order is done")
        })
        .collect();
    assert_eq!(done, [Ok(()), Ok(()), Err(Refusal::UnknownQueue), Ok(())]);
    let moved = |carry: &AccountCarry| match carry {
        AccountCarry::TextMoved { work_item, queue, .. } => Some((*work_item, *queue)),
        _ => None,
    };
    assert_eq!(scene.said.iter().filter_map(moved).collect::<Vec<_>>(), [(last.work_item, second)]);
    let asked = |carry: &AccountCarry| match carry {
        AccountCarry::Propose(batch) => batch.iter().map(|p| p.work_item).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let asked: Vec<WorkItemId> = scene.said.iter().flat_map(asked).collect();
    assert_eq!(asked, [first.work_item], "before the VIP: a leader said so");
}

#[test]
fn who_does_not_answer_is_not_ready_and_the_text_waits_on() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let text = scene.text(now);
    scene.tell(now, AccountInput::Texts(vec![text.clone()]));
    let offer = scene.offers()[0];
    let stranger = scene.ids.next(now);
    assert_eq!(scene.answer(now, stranger, offer, true), Err(Refusal::Lost), "another's offer");
    let (at, what) = scene.desk.poll_timeout().unwrap();
    assert_eq!((at, what), (now + SECOND * 20, "text offer"));
    scene.desk.handle_timeout(at);
    scene.drain(at);
    assert!(
        scene
            .said
            .iter()
            .any(|c| matches!(c, AccountCarry::OfferEnded(o, how) if *o == offer && how.as_str() == "no_answer"))
    );
    assert_eq!(scene.presence(), Presence::NotReady("no_answer".into()));
    assert_eq!(scene.desk.floor().queues[0].waiting, 1);
    scene.tell(at, AccountInput::Texts(vec![]));
    assert_eq!(scene.desk.floor().queues[0].waiting, 0);
}

#[test]
fn a_contact_who_leaves_while_somebody_is_asked_asks_nobody() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let text = scene.text(now);
    scene.tell(now, AccountInput::Texts(vec![text]));
    let offer = scene.offers()[0];
    scene.tell(now, AccountInput::Texts(vec![]));
    assert_eq!(scene.answer(now, scene.agent, offer, true), Err(Refusal::Lost));
    assert_eq!(scene.presence(), Presence::Ready);
    assert_eq!(scene.desk.poll_timeout().map(|(_, what)| what), None);
}

/// One who is named is asked at once and by nobody else's leave; what they do not take is told once, and they are not asked again.
///
/// Rows: S7.9, S7.16
#[test]
fn a_named_colleague_is_asked_once_and_the_answer_is_told() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let away = |carry: &AccountCarry| match carry {
        AccountCarry::TextNotTaken { work_item, outcome, .. } => Some((*work_item, outcome.as_str())),
        _ => None,
    };
    let agent = scene.agent;
    let named = |scene: &mut Scene, of| OpenText { sought: Some(of), ..scene.text(now) };

    // They decline; the rows still have it for a moment.
    let first = named(&mut scene, agent);
    scene.tell(now, AccountInput::Texts(vec![first.clone()]));
    let offer = scene.offers()[0];
    assert_eq!(scene.answer(now, agent, offer, false), Ok(()));
    scene.tell(now, AccountInput::Texts(vec![first.clone()]));
    scene.tell(now, AccountInput::Texts(vec![]));
    assert_eq!(scene.offers().len(), 1, "asked once");

    // Nobody of that name is there.
    let nobody: AgentId = scene.ids.next(now);
    let second = named(&mut scene, nobody);
    scene.tell(now, AccountInput::Texts(vec![second.clone()]));
    scene.tell(now, AccountInput::Texts(vec![]));

    // They take it: it counts as any other text, until its rows are gone.
    let later = now + SECOND * 60;
    scene.desk.handle_timeout(later);
    let third = OpenText { sought: Some(agent), ..scene.text(later) };
    scene.tell(later, AccountInput::Texts(vec![third.clone()]));
    let offer = *scene.offers().last().expect("they are asked");
    assert_eq!(scene.answer(later, agent, offer, true), Ok(()));
    scene.tell(later, AccountInput::Texts(vec![third.clone()]));
    assert_eq!(scene.desk.floor().agents[0].work.len(), 1);

    // They do not answer in time: it is told, and they are not ready.
    let fourth = OpenText { sought: Some(agent), ..scene.text(later) };
    scene.tell(later, AccountInput::Texts(vec![third.clone(), fourth.clone()]));
    let (at, what) = scene.desk.poll_timeout().expect("somebody is asked");
    assert_eq!((at, what), (later + ASKED_FOR, "text offer"));
    scene.desk.handle_timeout(at);
    scene.drain(at);
    scene.tell(at, AccountInput::Texts(vec![third.clone()]));
    let told: Vec<_> = scene.said.iter().filter_map(away).collect();
    assert_eq!(
        told,
        [(first.work_item, "declined"), (second.work_item, "unreachable"), (fourth.work_item, "no_answer")]
    );
    assert_eq!(scene.desk.floor().agents[0].work.len(), 1, "what they had they have");
    assert!(scene.desk.reconcile(at, |_| true).is_empty());
}

/// Rows: S7.9
#[test]
fn whose_hands_are_full_is_not_asked() {
    let now = Timestamp::from_millis(1_000);
    let mut scene = Scene::new(now);
    let (one, two) = (scene.text(now), scene.text(now));
    scene.tell(now, AccountInput::Texts(vec![one.clone(), two.clone()]));
    let mut taken = Vec::new();
    while let Some(offer) = scene.offers().into_iter().find(|offer| !taken.contains(offer)) {
        assert_eq!(scene.answer(now, scene.agent, offer, true), Ok(()));
        taken.push(offer);
    }
    let third = OpenText { sought: Some(scene.agent), ..scene.text(now) };
    scene.tell(now, AccountInput::Texts(vec![one, two, third.clone()]));
    let busy = |carry: &AccountCarry| {
        matches!(carry, AccountCarry::TextNotTaken { work_item, outcome, .. }
            if *work_item == third.work_item && outcome.as_str() == "busy")
    };
    assert!(scene.said.iter().any(busy));
}
