//! A whole call desk — the call and the flow that runs in it — under any sequence of events. Whatever the world does, every
//! leg, question, order and stay in the queue ends once, and the last event is `Ended`.

use proptest::collection::vec;
use proptest::prelude::*;
use ringdesk_call_control::{Call, Config};
use ringdesk_ivr::{Context, Flow, Run};
use ringdesk_model::{
    Actor, AgentId, AskId, CallId, Ids, Language, OrderId, Timestamp, TransferId, WorkItemId, WorkOutcome,
};
use ringdesk_switchboard::{CallDesk, CallInput, Carry};
use ringdesk_voice::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

const FLOW: &str = r##"{"name": "any", "start": "hello", "steps": {
    "hello": {"kind": "say", "prompt": {"text": "Hello {caller}."}, "next": "menu"},
    "menu": {"kind": "menu", "prompts": [{"id": "menu"}], "choices": {"1": "queue", "2": "dial", "3": "early", "4": "echo"}, "on_failed": "queue"},
    "queue": {"kind": "queue", "queue": "01930000-0000-7000-8000-000000000001", "announce": {"position_every_ms": 10000},
              "keys": {"*": "menu", "#": "dial"}, "on": {"no_agents": "dial", "max_wait": "menu"}, "after": "menu"},
    "dial": {"kind": "dial", "target": {"extension": "2001"}, "on": {"no_answer": "queue"}, "after": "menu"},
    "early": {"kind": "dial", "target": {"number": "+49"}, "after": "echo"},
    "echo": {"kind": "echo"}
}}"##;

/// One thing the world does; which one exactly depends on what is under way.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// What was asked for, in order.
    Behave,
    Key(u8),
    Answer(u8, u8),
    Leg(u8, u8),
    Media(u8, u8),
    Order(u8),
    /// An agent, a supervisor or a telephone wants somebody else in the call, or out of it.
    Operate(u8, u8),
    Wait(u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => Just(Act::Behave),
        2 => any::<u8>().prop_map(Act::Key),
        1 => any::<(u8, u8)>().prop_map(|(a, b)| Act::Answer(a, b)),
        1 => any::<(u8, u8)>().prop_map(|(a, b)| Act::Leg(a, b)),
        1 => any::<(u8, u8)>().prop_map(|(a, b)| Act::Media(a, b)),
        1 => any::<u8>().prop_map(Act::Order),
        2 => any::<(u8, u8)>().prop_map(|(a, b)| Act::Operate(a, b)),
        1 => any::<u8>().prop_map(Act::Wait),
    ];
    vec(act, 0..150)
}

struct World {
    desk: CallDesk,
    now: Timestamp,
    ids: Ids,
    caller: LegId,
    polite: VecDeque<CallInput>,
    open_asks: BTreeMap<AskId, Question>,
    orders: BTreeMap<OrderId, u32>,
    legs: BTreeSet<LegId>,
    live: BTreeSet<LegId>,
    bridged: BTreeSet<(LegId, LegId)>,
    agents: BTreeMap<LegId, AgentId>,
    /// Offers that were made because the call asked for an agent.
    sought: BTreeMap<OrderId, AskId>,
    transfers: BTreeMap<TransferId, bool>,
    queued: bool,
    ended: bool,
    bridges: u32,
}

impl World {
    fn new() -> World {
        let now = Timestamp::from_millis(1_000_000);
        let mut ids = Ids::seeded(1);
        let caller: LegId = ids.next(now);
        let incoming = IncomingCall {
            leg: caller,
            from: Party::number("+49301"),
            to: Party::number("1000"),
            origin: Origin::Extension("2009".into()),
            interface: InterfaceId(0),
            profile: Default::default(),
            offer: Some(Sdp::from(b"offer".to_vec())),
            reliable: false,
            replaces: None,
            hops: 69,
            sip_call_id: "x".into(),
        };
        let context = Context {
            ids: Ids::seeded(2),
            language: Language::En,
            caller: incoming.from.clone(),
            called: incoming.to.clone(),
            prompts: Arc::default(),
            queues: Arc::default(),
            ruled: false,
        };
        let flow = Run::start(now, Arc::new(Flow::parse(FLOW).unwrap()), context);
        let call = Call::incoming(now, Ids::seeded(3), incoming, Config::default());
        let id: CallId = ids.next(now);
        let mut world = World {
            desk: CallDesk::new(now, id, call, flow),
            now,
            ids,
            caller,
            polite: VecDeque::new(),
            open_asks: BTreeMap::new(),
            orders: BTreeMap::new(),
            legs: BTreeSet::from([caller]),
            live: BTreeSet::from([caller]),
            bridged: BTreeSet::new(),
            agents: BTreeMap::new(),
            sought: BTreeMap::new(),
            transfers: BTreeMap::new(),
            queued: false,
            ended: false,
            bridges: 0,
        };
        world.look();
        world
    }

    fn put(&mut self, input: CallInput) {
        if let CallInput::Answer(ask, _) = &input
            && self.open_asks.remove(ask).is_none()
        {
            return; // cancelled meanwhile
        }
        if let CallInput::Leg(leg, _) = &input
            && !self.live.contains(leg)
        {
            return; // signaling does not report on legs it does not have
        }
        if let CallInput::Order(order, ..) = &input {
            self.orders.insert(*order, 0);
        }
        self.desk.handle_input(self.now, input);
        self.look();
    }

    fn look(&mut self) {
        let mut carried = 0;
        while let Some(carry) = self.desk.poll_carry() {
            carried += 1;
            assert!(carried < 200, "call and flow talk in circles: {carry:?}");
            self.see(carry);
        }
        assert!(self.desk.is_over() || self.desk.poll_timeout().is_some(), "no state without a deadline");
    }

    fn see(&mut self, carry: Carry) {
        let sdp = || Some(Sdp::from(b"sdp".to_vec()));
        let reply = match carry {
            Carry::Ask(ask, question) => {
                let answer = match &question {
                    Question::Reach(_) => Answer::Destinations(vec![device(1), device(2)]),
                    Question::Speak { .. } => {
                        Answer::Spoken(Spoken { prompt: PromptRef::new("s"), duration: Duration::ZERO })
                    }
                    Question::Place(_) => Answer::Place(Place { position: 2, wait: None }),
                    Question::Record | Question::Connect { .. } => Answer::Recording,
                    Question::Whom { to, .. } => Answer::To(to.clone()),
                    Question::Program(_) => Answer::Program(FLOW.into()),
                    Question::Adopt { .. }
                    | Question::CallBack(_)
                    | Question::Return { .. }
                    | Question::Hours(_)
                    | Question::Rules(_)
                    | Question::Listen(_)
                    | Question::Dictate(_)
                    | Question::Closing(_)
                    | Question::Mailbox(_) => Answer::Failed,
                    Question::Agent(request) => {
                        let order: OrderId = self.ids.next(self.now);
                        self.sought.insert(order, ask);
                        let offer = self.offer(request.work_item, request.agent);
                        self.polite.push_back(CallInput::Order(
                            order,
                            Actor::System,
                            Box::new(CallOrder::Offer(offer)),
                        ));
                        self.open_asks.insert(ask, question);
                        return;
                    }
                    Question::Queue(_) => Answer::LeftQueue(WorkOutcome::Served),
                };
                let queue = matches!(question, Question::Queue(_));
                assert!(self.open_asks.insert(ask, question).is_none());
                (!queue).then_some(CallInput::Answer(ask, answer))
            }
            Carry::Cancel(ask) => {
                assert!(self.open_asks.remove(&ask).is_some(), "only an open question is cancelled");
                None
            }
            Carry::Done(order, outcome) => {
                *self.orders.get_mut(&order).expect("an order we gave") += 1;
                if let (Some(ask), Outcome::Offer(outcome)) = (self.sought.remove(&order), &outcome) {
                    let answer = match outcome {
                        OfferOutcome::Accepted => Answer::LeftQueue(WorkOutcome::Served),
                        outcome => Answer::AgentRefused(*outcome),
                    };
                    return self.polite.push_back(CallInput::Answer(ask, answer));
                }
                // Routing answers the flow's question when the offer was accepted.
                let queue = self.open_asks.iter().find(|(_, q)| matches!(q, Question::Queue(_))).map(|(ask, _)| *ask);
                queue
                    .filter(|_| outcome == Outcome::Offer(OfferOutcome::Accepted))
                    .map(|ask| CallInput::Answer(ask, Answer::LeftQueue(WorkOutcome::Served)))
            }
            Carry::Leg(leg, LegCommand::Dial(_)) => {
                self.legs.insert(leg);
                self.live.insert(leg);
                Some(CallInput::Leg(leg, LegEvent::Answered { answer: sdp() }))
            }
            Carry::Leg(leg, LegCommand::Hangup { cause }) => {
                Some(CallInput::Leg(leg, LegEvent::Ended { cause, status: None }))
            }
            Carry::Leg(..) => None,
            Carry::Media(command) => match command {
                MediaCommand::AnswerOffer { leg, .. } => {
                    Some(MediaEvent::Negotiated { leg, answer: sdp(), held: false })
                }
                MediaCommand::TakeAnswer { leg, .. } => Some(MediaEvent::Negotiated { leg, answer: None, held: false }),
                MediaCommand::MakeOffer { leg, .. } => {
                    self.legs.insert(leg);
                    sdp().map(|offer| MediaEvent::Offer { leg, offer })
                }
                MediaCommand::Play { leg, play, repeat: false, .. } => {
                    Some(MediaEvent::Played { leg, play, end: PlayEnd::Finished })
                }
                MediaCommand::StopPlay { leg, play } => Some(MediaEvent::Played { leg, play, end: PlayEnd::Stopped }),
                MediaCommand::Close { leg } => Some(MediaEvent::Closed { leg, quality: LegQuality::default() }),
                _ => None,
            }
            .map(CallInput::Media),
            Carry::Event(event) => {
                self.see_event(&event);
                None
            }
        };
        self.polite.extend(reply);
    }

    fn see_event(&mut self, event: &CallEvent) {
        assert!(!self.ended, "`Ended` is the last event, not {event:?}");
        match event {
            CallEvent::Queued { .. } => assert!(!std::mem::replace(&mut self.queued, true)),
            CallEvent::LeftQueue { .. } => assert!(std::mem::replace(&mut self.queued, false)),
            CallEvent::Bridged { a, b, agent, .. } => {
                assert!(self.bridged.insert((*a, *b)) && self.live.contains(a) && self.live.contains(b));
                self.agents.extend(agent.map(|agent| (*b, agent)));
                self.bridges += 1;
            }
            CallEvent::Unbridged { a, b } => assert!(self.bridged.remove(&(*a, *b))),
            CallEvent::Inherited { leg, from } => {
                assert!(self.bridged.remove(&(*from, *leg)));
                let rest = std::mem::take(&mut self.bridged).into_iter();
                self.bridged = rest.map(|(a, b)| (if a == *from { *leg } else { a }, b)).collect();
            }
            CallEvent::Transferring { transfer, .. } => assert!(self.transfers.insert(*transfer, false).is_none()),
            CallEvent::TransferEnded { transfer, .. } => {
                assert_eq!(self.transfers.insert(*transfer, true), Some(false), "a transfer ends once");
            }
            CallEvent::LegEnded { leg, .. } => assert!(self.live.remove(leg), "a leg ends once"),
            CallEvent::Ended { .. } => self.ended = true,
            _ => {}
        }
    }

    fn act(&mut self, act: Act) {
        let leg_of = |legs: &BTreeSet<LegId>, n: u8| legs.iter().nth(usize::from(n) % legs.len()).copied();
        let Some(leg) = leg_of(&self.legs, if let Act::Leg(n, _) | Act::Media(n, _) = act { n } else { 0 }) else {
            return;
        };
        let sdp = Sdp::from(b"any".to_vec());
        match act {
            Act::Behave => {
                if let Some(input) = self.polite.pop_front() {
                    self.put(input);
                }
            }
            Act::Key(n) => {
                let digit = Digit::from_event([1, 1, 1, 2, 3, 4, 10, 11][usize::from(n % 8)]).expect("below 16");
                self.put(CallInput::Leg(self.caller, LegEvent::Digit { digit, duration: None }));
            }
            Act::Answer(n, kind) => {
                let Some(ask) = self.open_asks.keys().nth(usize::from(n) % self.open_asks.len().max(1)).copied() else {
                    return;
                };
                let answer = match (&self.open_asks[&ask], kind % 4) {
                    (Question::Queue(_), 0) => Answer::LeftQueue(WorkOutcome::NoAgents),
                    (Question::Queue(_), 1) => Answer::LeftQueue(WorkOutcome::MaxWait),
                    (Question::Queue(_), _) => return,
                    (Question::Reach(_), 0) => Answer::Destinations(vec![]),
                    _ => Answer::Failed,
                };
                self.put(CallInput::Answer(ask, answer));
            }
            Act::Leg(_, kind) => {
                let cause =
                    [Cause::Busy, Cause::Declined, Cause::Normal, Cause::SignalingTimeout][usize::from(kind / 8 % 4)];
                let event = match kind % 8 {
                    0 => LegEvent::Ringing,
                    1 => LegEvent::Progress { answer: sdp },
                    2 => LegEvent::Answered { answer: None },
                    3 => LegEvent::Confirmed { answer: None },
                    4 => LegEvent::Offered { offer: Some(sdp) },
                    5 => LegEvent::Offered { offer: None },
                    _ => LegEvent::Ended { cause, status: None },
                };
                self.put(CallInput::Leg(leg, event));
            }
            Act::Media(_, kind) => {
                let event = match kind % 5 {
                    0 => MediaEvent::Refused { leg, why: Refusal::NoCommonCodec },
                    1 => MediaEvent::Negotiated { leg, answer: Some(sdp), held: kind > 128 },
                    2 => MediaEvent::Silent { leg, lasted: Duration::from_secs(10) },
                    3 => MediaEvent::Flowing { leg },
                    _ => MediaEvent::Played { leg, play: PlayId(u32::from(kind / 5)), end: PlayEnd::Missing },
                };
                self.put(CallInput::Media(event));
            }
            Act::Order(kind) => {
                let (work_item, agent) = (self.ids.next(self.now), self.ids.next(self.now));
                let offer = self.offer(work_item, agent);
                let withdrawn = (kind % 4 == 1).then_some(offer.offer);
                self.order(if kind == 0 { CallOrder::Hangup } else { CallOrder::Offer(offer) });
                if let Some(offer) = withdrawn {
                    self.order(CallOrder::WithdrawOffer(offer));
                }
            }
            Act::Operate(who, kind) => self.operate(who, kind),
            Act::Wait(n) => self.wait(Duration::from_millis([1, 100, 1_000, 5_000, 30_000][usize::from(n % 5)])),
        }
    }

    fn operate(&mut self, who: u8, kind: u8) {
        let now = self.now;
        let Some((leg, by)) =
            self.agents.iter().nth(usize::from(who) % self.agents.len().max(1)).map(|(l, a)| (*l, *a))
        else {
            return;
        };
        let mode = [TransferMode::Blind, TransferMode::Consult, TransferMode::Join][usize::from(who % 3)];
        let to = match who / 3 % 6 {
            0 => TransferTo::Queue("01930000-0000-7000-8000-000000000001".parse().unwrap()),
            1 => TransferTo::Queue(self.ids.next(now)),
            2 => TransferTo::Flow(self.ids.next(now)),
            3 => TransferTo::Number("+49302".to_string().into()),
            _ => TransferTo::Agent(self.ids.next(now)),
        };
        let supervisor: AgentId = self.ids.next(now);
        let target = Target::Extension("2001".into());
        let transfer: TransferId = self.ids.next(now);
        self.order(match kind % 12 {
            0..=4 => CallOrder::Transfer(TransferOrder { transfer, by, to, mode, reason: None }),
            5 => CallOrder::CompleteTransfer { by },
            6 => CallOrder::MergeConsultation { by },
            7 => CallOrder::Hold { by, on: who.is_multiple_of(2) },
            8 => CallOrder::Supervise(SuperviseOrder { supervisor, target, of: by, mode: SupervisionMode::Whisper }),
            9 => CallOrder::Park { by },
            10 => CallOrder::Leave { by },
            _ => {
                let leg = if who.is_multiple_of(2) { leg } else { self.caller };
                return self.put(CallInput::Leg(
                    leg,
                    LegEvent::TransferAsked { to: "2002".to_string().into(), replaces: None },
                ));
            }
        });
    }

    fn offer(&mut self, work_item: WorkItemId, agent: AgentId) -> OfferOrder {
        OfferOrder {
            offer: self.ids.next(self.now),
            work_item,
            agent,
            queue: self.ids.next(self.now),
            target: Target::Extension("2001".into()),
            ring_for: Duration::from_secs(20),
        }
    }

    fn order(&mut self, what: CallOrder) {
        let order: OrderId = self.ids.next(self.now);
        self.put(CallInput::Order(order, Actor::System, Box::new(what)));
    }

    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        let mut wakes = 0;
        while let Some((at, why)) = self.desk.poll_timeout().filter(|(at, _)| *at <= end) {
            wakes += 1;
            assert!(wakes < 100_000, "it wakes for nothing: {why}");
            self.now = self.now.max(at);
            self.desk.handle_timeout(self.now);
            self.look();
        }
        self.now = end;
    }
}

fn device(n: u32) -> Destination {
    Destination {
        uri: format!("sip:{n}"),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: Default::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_call_ends_clean(acts in acts()) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
        }
        // The world falls silent; deadlines alone end the call.
        world.wait(Duration::from_secs(25 * 3600));
        prop_assert!(world.desk.is_over() && world.ended);
        prop_assert!(world.live.is_empty() && world.open_asks.is_empty());
        prop_assert!(world.bridged.is_empty() && !world.queued);
        prop_assert!(world.transfers.values().all(|ended| *ended));
        prop_assert!(world.orders.values().all(|done| *done == 1));
    }
}

/// A world that behaves: the caller reaches the queue, talks, and the flow goes on with him until it has nothing more to say.
#[test]
fn a_world_that_behaves_bridges() {
    let mut world = World::new();
    let mut steps = vec![Act::Behave; 10];
    steps.extend([Act::Key(0), Act::Behave, Act::Behave, Act::Order(2)]);
    steps.extend([Act::Behave; 20]);
    for act in steps {
        world.act(act);
    }
    assert!(world.bridges >= 1 && !world.bridged.is_empty(), "nobody was bridged");
    assert!(!world.queued, "the caller was served");
}
