//! A caller, one queue, two agents, and rooms that do at once what they are told.

use ringdesk_call_control::{Call, Contacted};
use ringdesk_ivr::{Context, Flow, Run};
use ringdesk_model::{Actor, AgentId, AskId, CallId, Ids, Language, OrderId, QueueId, Timestamp};
use ringdesk_routing::{AgentSetup, CallFirst, CallbackOffer, Empty, Floorplan, QueueSetup, Router, Wanted};
use ringdesk_switchboard::{
    AccountCarry, AccountDesk, AccountInput, AccountOrder, CallDesk, CallInput, Carry, KeptPlace,
};
use ringdesk_voice::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

const FLOW: &str = r#"{"name": "support", "language": "en", "start": "support", "steps": {
    "support": {"kind": "queue", "queue": "01930000-0000-7000-8000-000000000001", "on": {"no_agents": "nobody"}},
    "nobody": {"kind": "say", "prompt": {"id": "queue.no_agents"}, "next": "bye"},
    "bye": {"kind": "hangup"}
}}"#;

const CALLED_FIRST: &str = r#"{"name": "their turn", "language": "en", "start": "answer", "steps": {
    "answer": {"kind": "answer", "next": "greeting"},
    "greeting": {"kind": "menu", "prompts": [{"id": "callback.greeting"}], "choices": {"1": "support"}, "on_failed": "bye"},
    "support": {"kind": "queue", "queue": "01930000-0000-7000-8000-000000000001"},
    "bye": {"kind": "hangup"}
}}"#;

/// A queue in which nobody works.
pub(super) const DESERTED: &str = "01930000-0000-7000-8000-000000000002";

enum Step {
    Call(CallInput),
    Account(AccountInput),
}

pub(super) struct Scene {
    pub(super) now: Timestamp,
    start: Timestamp,
    id: CallId,
    desk: CallDesk,
    account: AccountDesk,
    pub(super) caller: LegId,
    /// Legs by name, in the order in which they appeared.
    names: BTreeMap<LegId, String>,
    pub(super) agents: [AgentId; 2],
    next: VecDeque<Step>,
    /// How the next offer is meant.
    held: bool,
    /// Who waits for a page to come back.
    returns: Option<AskId>,
    /// Whether the ladder tells who hears whom.
    pub(super) tells_hearing: bool,
    ids: Ids,
    trace: String,
}

impl Scene {
    /// Two agents (extensions 2001 with two devices, 2002 with one); `ready`: which of them are.
    pub(super) fn new(ready: &[usize]) -> Scene {
        Scene::with_flow(FLOW, ready)
    }

    /// The same on another flow.
    pub(super) fn with_flow(flow: &str, ready: &[usize]) -> Scene {
        Scene::begin(flow, ready, false)
    }

    /// Somebody keeps a place in the queue, whom the house calls before an agent is asked. Their telephone is the first phone.
    pub(super) fn called_first(ready: &[usize]) -> Scene {
        Scene::begin(CALLED_FIRST, ready, true)
    }

    fn begin(flow: &str, ready: &[usize], called_first: bool) -> Scene {
        let now = Timestamp::from_millis(1_000_000);
        let mut ids = Ids::seeded(7);
        let queue: QueueId = "01930000-0000-7000-8000-000000000001".parse().unwrap();
        let agents: [AgentId; 2] = [ids.next(now), ids.next(now)];
        let mut account = AccountDesk::new(Router::new(Default::default(), Ids::seeded(8)), Ids::seeded(9));
        let callback = called_first.then(|| CallbackOffer { first: CallFirst::Caller, ..CallbackOffer::default() });
        let plan = Floorplan {
            queues: [(queue, "support"), (DESERTED.parse().unwrap(), "sales")]
                .map(|(id, name)| QueueSetup { empty: Empty::LeaveAtOnce, callback, ..QueueSetup::new(id, name) })
                .into(),
            agents: agents
                .iter()
                .zip(["2001", "2002"])
                .map(|(agent, target)| AgentSetup {
                    queues: BTreeMap::from([(queue, 1)]),
                    ..AgentSetup::new(*agent, target)
                })
                .collect(),
            channels: vec![],
        };
        account.handle_input(now, AccountInput::Configured(plan));
        for agent in ready {
            let order: OrderId = ids.next(now);
            let wanted = AccountOrder::Presence(agents[*agent], Wanted::Ready);
            account.handle_input(now, AccountInput::Order(order, Actor::System, wanted));
        }
        while account.poll_carry().is_some() {}

        let caller: LegId = ids.next(now);
        let incoming = IncomingCall {
            leg: caller,
            from: Party::number("+8613800000000"),
            to: Party::number("1001"),
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
        let flow = Run::start(now, Arc::new(Flow::parse(flow).unwrap()), context);
        let id: CallId = ids.next(now);
        let call = match called_first {
            false => Call::incoming(now, Ids::seeded(3), incoming, Default::default()),
            true => {
                let place = KeptPlace {
                    callback: ids.next(now),
                    work_item: ids.next(now),
                    conversation: ids.next(now),
                    queue,
                    priority: Default::default(),
                    enqueued_at: now,
                    treatment: Default::default(),
                    in_place_of: None,
                };
                let work_item = place.work_item;
                account.handle_input(now, AccountInput::Places(vec![place]));
                let turn = |carry: AccountCarry| matches!(carry, AccountCarry::CallFirst { work_item: of, .. } if of == work_item);
                assert!(std::iter::from_fn(|| account.poll_carry()).any(turn), "their turn has come");
                account.handle_input(now, AccountInput::Called(work_item, Some(id)));
                let (from, to, origin) = (incoming.to, incoming.from, Origin::Extension(String::new()));
                let (target, ring_for) = (Target::Number(to.number.clone()), Duration::from_secs(60));
                let wanted = Contacted { leg: caller, target, ring_for, from, to, origin };
                Call::to_contact(now, Ids::seeded(3), wanted, Default::default())
            }
        };
        let mut scene = Scene {
            now,
            start: now,
            id,
            desk: CallDesk::new(now, id, call, flow),
            account,
            caller,
            names: BTreeMap::from([(caller, "caller".to_owned())]),
            agents,
            next: VecDeque::new(),
            held: false,
            returns: None,
            tells_hearing: false,
            ids,
            trace: String::new(),
        };
        scene.settle();
        scene
    }

    /// A page that was loaded anew registers, is called, and answers; its sound comes. Its leg is the n-th device.
    pub(super) fn page_comes_back(&mut self, n: usize) -> LegId {
        let ask = self.returns.take().expect("somebody waits for it");
        self.line("          >> the page is back");
        let there = device(3);
        self.next.push_back(Step::Call(CallInput::Answer(ask, Answer::Back(there))));
        self.settle();
        self.answers(n);
        let leg = self.phone(n);
        self.sounds(leg);
        leg
    }

    /// The first packet, or the first after a silence.
    pub(super) fn sounds(&mut self, leg: LegId) {
        let name = self.names[&leg].clone();
        self.line(&format!("{name:<9} -> Flowing"));
        self.next.push_back(Step::Call(CallInput::Media(MediaEvent::Flowing { leg })));
        self.settle();
    }

    /// The leg of the n-th device that was dialled, from 1.
    pub(super) fn phone(&self, n: usize) -> LegId {
        let name = format!("phone {n}");
        *self.names.iter().find(|(_, v)| **v == name).unwrap_or_else(|| panic!("no {name}\n{}", self.trace)).0
    }

    pub(super) fn leg(&mut self, leg: LegId, event: LegEvent) {
        let name = self.names[&leg].clone();
        self.line(&format!("{name:<9} -> {}", word(&event)));
        self.next.push_back(Step::Call(CallInput::Leg(leg, event)));
        self.settle();
    }

    pub(super) fn answers(&mut self, n: usize) {
        let leg = self.phone(n);
        self.leg(leg, LegEvent::Answered { answer: Some(Sdp::from(b"answer".to_vec())) });
    }

    /// The other side of a leg changes its session: on hold, or back.
    pub(super) fn holds(&mut self, leg: LegId, held: bool) {
        self.held = held;
        self.leg(leg, LegEvent::Offered { offer: Some(Sdp::from(b"change".to_vec())) });
    }

    /// Somebody orders something of the call.
    pub(super) fn order(&mut self, what: CallOrder) {
        self.line(&format!("          >> {}", word(&what)));
        let order: OrderId = self.ids.next(self.now);
        self.next.push_back(Step::Call(CallInput::Order(order, Actor::System, Box::new(what))));
        self.settle();
    }

    /// Somebody who has no work here.
    pub(super) fn colleague(&mut self) -> AgentId {
        self.ids.next(self.now)
    }

    /// The n-th agent wants somebody else in the call.
    pub(super) fn transfers(&mut self, agent: usize, to: TransferTo, mode: TransferMode) {
        let (transfer, by) = (self.ids.next(self.now), self.agents[agent]);
        self.order(CallOrder::Transfer(TransferOrder { transfer, by, to, mode, reason: None }));
    }

    /// No sound arrives from a leg any more.
    pub(super) fn falls_silent(&mut self, leg: LegId, lasted: Duration) {
        let name = self.names[&leg].clone();
        self.line(&format!("{name:<9} -> Silent"));
        self.next.push_back(Step::Call(CallInput::Media(MediaEvent::Silent { leg, lasted })));
        self.settle();
    }

    pub(super) fn ends(&mut self, leg: LegId, cause: Cause) {
        self.leg(leg, LegEvent::Ended { cause, status: None });
    }

    /// The n-th agent is ready from now on.
    pub(super) fn is_ready(&mut self, agent: usize) {
        let order: OrderId = self.ids.next(self.now);
        let wanted = AccountOrder::Presence(self.agents[agent], Wanted::Ready);
        self.next.push_back(Step::Account(AccountInput::Order(order, Actor::System, wanted)));
        self.settle();
    }

    /// Let time pass, from deadline to deadline.
    pub(super) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let wake = [self.desk.poll_timeout(), self.account.poll_timeout()].into_iter().flatten().min();
            let Some((at, _)) = wake.filter(|(at, _)| *at <= until) else { break };
            self.now = at.max(self.now);
            self.desk.handle_timeout(self.now);
            self.account.handle_timeout(self.now);
            self.settle();
        }
        self.now = until;
    }

    pub(super) fn presence(&self, agent: usize) -> String {
        let floor = self.account.floor();
        let agent = floor.agents.iter().find(|a| a.agent == self.agents[agent]).unwrap();
        format!("{:?}", agent.presence)
    }

    /// How many wait in all queues.
    pub(super) fn waiting(&self) -> u32 {
        self.account.floor().queues.iter().map(|queue| queue.waiting).sum()
    }

    pub(super) fn is_over(&self) -> bool {
        self.desk.is_over()
    }

    /// The ladder so far.
    pub(super) fn ladder(&self) -> &str {
        &self.trace
    }

    fn line(&mut self, text: &str) {
        let at = self.now.since(self.start).as_secs_f64();
        self.trace += &format!("{at:7.3}  {text}\n");
    }

    fn settle(&mut self) {
        for _ in 0..10_000 {
            if let Some(carry) = self.desk.poll_carry() {
                self.see(carry);
            } else if let Some(carry) = self.account.poll_carry() {
                self.see_account(carry);
            } else {
                match self.next.pop_front() {
                    Some(Step::Call(input)) => self.desk.handle_input(self.now, input),
                    Some(Step::Account(input)) => self.account.handle_input(self.now, input),
                    None => {
                        assert_eq!(self.account.reconcile(self.now, |_| !self.desk.is_over()), Vec::<String>::new());
                        return;
                    }
                }
            }
        }
        panic!("the desks talk in circles\n{}", self.trace);
    }

    fn see(&mut self, carry: Carry) {
        let sdp = || Sdp::from(b"sdp".to_vec());
        if let Carry::Media(command @ (MediaCommand::Play { .. } | MediaCommand::StopPlay { .. })) = &carry {
            let name = self.names.get(&command.leg()).cloned().unwrap_or_default();
            self.line(&format!("{name:<9} ~~ {}", word(command)));
        }
        if let (Carry::Media(MediaCommand::Hear { leg, legs }), true) = (&carry, self.tells_hearing) {
            let name = |leg| self.names.get(leg).cloned().unwrap_or_default();
            let heard: Vec<String> = legs.iter().map(name).collect();
            let heard = if heard.is_empty() { "nobody".into() } else { heard.join(", ") };
            let line = format!("{:<9} ~~ hears {heard}", name(leg));
            self.line(&line);
        }
        match carry {
            Carry::Leg(leg, command) => {
                let name = self.names.get(&leg).cloned().unwrap_or_default();
                self.line(&format!("{name:<9} <- {}", word(&command)));
                // A leg that is hung up ends; a loser of the race is cancelled.
                if let LegCommand::Hangup { cause } = command {
                    self.next.push_back(Step::Call(CallInput::Leg(leg, LegEvent::Ended { cause, status: None })));
                }
            }
            Carry::Media(command) => {
                let leg = command.leg();
                if let MediaCommand::MakeOffer { .. } = command {
                    let name = format!("phone {}", self.names.len());
                    self.names.insert(leg, name);
                }
                let reply = match command {
                    MediaCommand::AnswerOffer { .. } => {
                        MediaEvent::Negotiated { leg, answer: Some(sdp()), held: self.held }
                    }
                    MediaCommand::TakeAnswer { .. } => MediaEvent::Negotiated { leg, answer: None, held: false },
                    MediaCommand::MakeOffer { .. } => MediaEvent::Offer { leg, offer: sdp() },
                    MediaCommand::StopPlay { play, .. } => MediaEvent::Played { leg, play, end: PlayEnd::Stopped },
                    MediaCommand::Play { play, repeat: false, .. } => {
                        MediaEvent::Played { leg, play, end: PlayEnd::Finished }
                    }
                    MediaCommand::Close { .. } => MediaEvent::Closed { leg, quality: LegQuality::default() },
                    MediaCommand::Play { .. }
                    | MediaCommand::Hear { .. }
                    | MediaCommand::Echo { .. }
                    | MediaCommand::Attend { .. }
                    | MediaCommand::Aside { .. }
                    | MediaCommand::Press { .. } => return,
                };
                self.next.push_back(Step::Call(CallInput::Media(reply)));
            }
            Carry::Ask(ask, question) => {
                let answer = match question {
                    Question::Queue(request) => {
                        let treatment = Default::default();
                        let queue = AccountInput::Queue { call: self.id, ask, request, treatment };
                        return self.next.push_back(Step::Account(queue));
                    }
                    Question::Place(work_item) => {
                        return self.next.push_back(Step::Account(AccountInput::Place {
                            call: self.id,
                            ask,
                            work_item,
                        }));
                    }
                    Question::Reach(Target::Extension(e)) if e == "2001" => {
                        Answer::Destinations(vec![device(1), device(2)])
                    }
                    Question::Reach(_) => Answer::Destinations(vec![device(3)]),
                    Question::Record | Question::Connect { .. } => Answer::Recording,
                    Question::Agent(request) => {
                        let seek = AccountInput::Seek { call: self.id, ask, request };
                        return self.next.push_back(Step::Account(seek));
                    }
                    Question::Whom { to, .. } => Answer::To(to),
                    Question::Program(_)
                    | Question::CallBack(_)
                    | Question::Adopt { .. }
                    | Question::Hours(_)
                    | Question::Rules(_)
                    | Question::Listen(_)
                    | Question::Dictate(_)
                    | Question::Closing(_)
                    | Question::Mailbox(_) => Answer::Failed,
                    Question::Return { .. } => return self.returns = Some(ask),
                    Question::Speak { text, .. } => {
                        Answer::Spoken(Spoken { prompt: PromptRef::new(&text), duration: Duration::from_secs(1) })
                    }
                };
                self.next.push_back(Step::Call(CallInput::Answer(ask, answer)));
            }
            Carry::Cancel(ask) if self.returns == Some(ask) => self.returns = None,
            Carry::Cancel(ask) => self.next.push_back(Step::Account(AccountInput::Cancel(ask))),
            Carry::Done(order, outcome) => self.next.push_back(Step::Account(AccountInput::Replied(order, outcome))),
            Carry::Event(event) => {
                if let CallEvent::Queued { .. }
                | CallEvent::LeftQueue { .. }
                | CallEvent::OfferEnded { .. }
                | CallEvent::Bridged { .. }
                | CallEvent::Unbridged { .. }
                | CallEvent::Held { .. }
                | CallEvent::Resumed { .. }
                | CallEvent::SoundLost { .. }
                | CallEvent::Transferring { .. }
                | CallEvent::TransferEnded { .. }
                | CallEvent::Supervised { .. }
                | CallEvent::SupervisionEnded { .. }
                | CallEvent::Inherited { .. }
                | CallEvent::Reconnecting { .. }
                | CallEvent::Reconnected { .. }
                | CallEvent::NotReconnected { .. }
                | CallEvent::Parked { .. }
                | CallEvent::Retrieved { .. }
                | CallEvent::VoicemailStarted { .. }
                | CallEvent::Rated { .. }
                | CallEvent::VoicemailEnded { .. }
                | CallEvent::Ended { .. } = &event
                {
                    self.line(&format!("          == {}", word(&event)));
                }
                self.next.push_back(Step::Account(AccountInput::Observed(self.id, event)));
            }
        }
    }

    fn see_account(&mut self, carry: AccountCarry) {
        match carry {
            AccountCarry::Propose(batch) => {
                let taken = batch.into_iter().map(|p| p.offer).collect();
                self.next.push_back(Step::Account(AccountInput::Committed(taken)));
            }
            AccountCarry::Order(_, order, what) => {
                self.next.push_back(Step::Call(CallInput::Order(order, Actor::System, Box::new(what))));
            }
            AccountCarry::Answer(_, ask, answer) => self.next.push_back(Step::Call(CallInput::Answer(ask, answer))),
            AccountCarry::Presence { agent, presence, .. } => {
                let name = if agent == self.agents[0] { "agent1" } else { "agent2" };
                self.line(&format!("          :: {name} {}", presence.as_str()));
            }
            AccountCarry::Sought { .. } | AccountCarry::SoughtEnded { .. } | AccountCarry::Moved { .. } => {}
            AccountCarry::PlaceMoved { .. } | AccountCarry::CallBack(_) | AccountCarry::CallFirst { .. } => {}
            AccountCarry::TextMoved { .. } | AccountCarry::TextNotTaken { .. } => {}
            AccountCarry::OfferEnded(..) | AccountCarry::Done(..) | AccountCarry::TextJoined { .. } => {}
        }
    }
}

/// The second agent has a browser.
fn device(n: u8) -> Destination {
    Destination {
        uri: format!("sip:{n}@192.0.2.{n}"),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: if n == 3 { Profile::WebRtc } else { Profile::default() },
    }
}

/// The name of a variant and, where there is one, its cause or outcome, or why a message was discarded.
fn word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let name = text.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
    for key in ["cause: ", "outcome: ", "discarded: "] {
        if let Some(at) = text.find(key) {
            let rest = &text[at + key.len()..];
            return format!("{name} {}", rest.split([',', ' ', '}']).next().unwrap_or_default());
        }
    }
    name
}
