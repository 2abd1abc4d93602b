//! Texts as routing meets them. A call tells us when it begins, rings and ends; a text is rows, and whoever reads them says, as
//! often as they look, which are open. So this desk compares, and cannot miss what happened while nobody looked: a text that is
//! new waits, one that is gone is over, in whatever state routing has it.

use crate::{AccountCarry, OpenText};
use ringdesk_model::{AgentId, ConversationId, Medium, OfferId, QueueId, Timestamp, WorkItemId, WorkOutcome};
use ringdesk_routing::{Ended, Input, Offered, Refusal, Work};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Routing has it in a queue.
    Waits,
    /// An agent has it.
    InHand,
    /// Routing turned it away (a queue that is full or gone, a server that ends). It still is in the rows: it comes again.
    Outside,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    work_item: WorkItemId,
    agent: AgentId,
    queue: QueueId,
    until: Timestamp,
}

/// The part of an account's desk that is about texts.
#[derive(Debug, Default)]
pub(crate) struct TextDesk {
    texts: BTreeMap<WorkItemId, (ConversationId, Stage)>,
    /// Agents who are being asked.
    asked: BTreeMap<OfferId, Asked>,
}

impl TextDesk {
    /// These are open, and no others.
    pub(crate) fn are(&mut self, open: Vec<OpenText>) -> Vec<Input> {
        let mut inputs = Vec::new();
        let named: BTreeSet<WorkItemId> = open.iter().map(|text| text.work_item).collect();
        let gone: Vec<WorkItemId> = self.texts.keys().filter(|id| !named.contains(id)).copied().collect();
        for id in gone {
            match self.texts.remove(&id) {
                Some((_, Stage::InHand)) => inputs.push(Input::WorkEnded(id)),
                Some((_, Stage::Waits)) => inputs.push(Input::Withdrawn(id)),
                Some((_, Stage::Outside)) | None => {}
            }
        }
        for text in open {
            if self.texts.get(&text.work_item).is_none_or(|(_, stage)| *stage == Stage::Outside) {
                self.texts.insert(text.work_item, (text.conversation, Stage::Waits));
                inputs.push(Input::Queued(work(text)));
            }
        }
        inputs
    }

    /// Their page shows it; they have so long.
    pub(crate) fn offered(&mut self, now: Timestamp, offered: &Offered) {
        let Offered { work_item, agent, queue, ring_for, .. } = *offered;
        self.asked.insert(offered.offer, Asked { work_item, agent, queue, until: now + ring_for });
    }

    /// Nobody is asked any more; true: it was a text.
    pub(crate) fn withdrawn(&mut self, offer: OfferId) -> bool {
        self.asked.remove(&offer).is_some()
    }

    /// It waits in another queue; with what the store is to be told, if it is a text.
    pub(crate) fn moved(&self, work_item: WorkItemId, queue: QueueId) -> Option<AccountCarry> {
        let (conversation, _) = self.texts.get(&work_item)?;
        Some(AccountCarry::TextMoved { conversation: *conversation, work_item, queue })
    }

    /// Out of its queue; true: it was a text.
    pub(crate) fn left(&mut self, work_item: WorkItemId, outcome: WorkOutcome) -> bool {
        let Some((_, stage)) = self.texts.get_mut(&work_item) else { return false };
        *stage = if outcome == WorkOutcome::Served { Stage::InHand } else { Stage::Outside };
        true
    }

    /// An agent takes it, or not; with what the store is to be told.
    pub(crate) fn answered(
        &mut self,
        agent: AgentId,
        offer: OfferId,
        takes: bool,
    ) -> Result<(Ended, Option<AccountCarry>), Refusal> {
        let asked = self.asked.get(&offer).filter(|asked| asked.agent == agent).copied().ok_or(Refusal::Lost)?;
        let conversation = self.texts.get(&asked.work_item).map(|(id, _)| *id).ok_or(Refusal::ContactLeft)?;
        self.asked.remove(&offer);
        let joined = AccountCarry::TextJoined { offer, agent, conversation, queue: asked.queue };
        Ok(if takes { (Ended::Accepted, Some(joined)) } else { (Ended::Declined, None) })
    }

    /// Those who did not answer in time.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<OfferId> {
        self.asked.extract_if(.., |_, asked| asked.until <= now).map(|(offer, _)| offer).collect()
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.asked.values().map(|asked| (asked.until, "text offer")).min()
    }
}

/// Nobody is on the line: it waits as long as it takes.
fn work(text: OpenText) -> Work {
    let work = Work {
        channel: Some(text.channel.to_owned()),
        callback: true,
        ..Work::new(text.work_item, text.queue, Medium::Text, text.enqueued_at)
    };
    work.treated(text.treatment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountDesk, AccountInput, AccountOrder};
    use ringdesk_model::{Actor, Ids, OrderId, Presence};
    use ringdesk_routing::{AgentSetup, Capacity, Floorplan, QueueSetup, QueueStrategy, Router, Treatment, Wanted};
    use std::time::Duration;

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
}
