//! Thousands of lives at random: every kind of input at every moment, sensible or not, and the promises of the front page.

use super::*;
use crate::leg::{About, Exchange};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the surroundings know of the call, from its outputs alone.
#[derive(Debug, Default)]
struct Model {
    asks: BTreeMap<AskId, Question>,
    orders: BTreeMap<OrderId, bool>,
    plays: BTreeSet<PlayId>,
    /// Legs signaling knows: dialled or incoming, without an end.
    live: BTreeSet<LegId>,
    answered: BTreeSet<LegId>,
    hung_up: BTreeSet<LegId>,
    /// Every leg media was ever told of, and those that are closed.
    media: BTreeSet<LegId>,
    closed: BTreeSet<LegId>,
    never_opened: BTreeSet<LegId>,
    hears: BTreeMap<LegId, Vec<LegId>>,
    /// Who talks with whom: the contact or a consulting agent, and whoever joined.
    bridges: BTreeSet<(LegId, LegId)>,
    agents: BTreeMap<LegId, AgentId>,
    muted: BTreeSet<LegId>,
    supervisors: BTreeMap<AgentId, (LegId, AgentId, SupervisionMode)>,
    transfers: BTreeMap<TransferId, bool>,
    /// Telephones whose REFER waits for its last word.
    refers: BTreeSet<LegId>,
    /// Offers that routing made because the call asked for an agent.
    sought: BTreeMap<OrderId, AskId>,
    /// What was reached, to know that the walk goes there.
    reached: BTreeMap<&'static str, u32>,
    /// The call must be recorded; what was asked about it, and what the house has allowed: the answer, the next bridge.
    recorded: bool,
    connects: BTreeMap<AskId, bool>,
    allowed: (bool, bool),
    held: BTreeSet<LegId>,
    /// Of agents who were at the door.
    arrived: BTreeSet<LegId>,
    /// Agents in browsers who are waited for, by the leg they had.
    lost: BTreeMap<LegId, AgentId>,
    /// An agent's own call, which begins at their devices.
    out_of_nothing: bool,
    ended_legs: BTreeSet<LegId>,
    gone: bool,
    ended: bool,
}

impl Model {
    fn check(&mut self, output: &Output) {
        assert!(!self.ended || matches!(output, Output::Done(..)), "`Ended` is the last word: {output:?}");
        match output {
            Output::Ask(ask, question) => {
                assert!(self.asks.insert(*ask, question.clone()).is_none());
                if let Question::Connect { bridge } = question {
                    assert!(self.recorded, "only where it matters");
                    self.connects.insert(*ask, *bridge);
                }
            }
            Output::Cancel(ask) => assert!(self.asks.remove(ask).is_some(), "only an open question is cancelled"),
            Output::Done(order, outcome) => {
                if let Outcome::Released { leg, .. } = outcome {
                    assert!(self.closed.contains(leg) && self.live.remove(leg));
                    self.reach("released");
                }
                let done = self.orders.get_mut(order).expect("an order we gave");
                assert!(!std::mem::replace(done, true), "an order ends once");
            }
            Output::Flow(FlowFact::Played(play, _)) => {
                assert!(self.plays.remove(play), "a play ends once");
                assert!(!self.gone, "nothing after `CallerGone`");
            }
            Output::Flow(fact) => {
                if *fact == FlowFact::CallerAnswered && self.out_of_nothing {
                    self.reach("picked up");
                }
                let revives = matches!(fact, FlowFact::Queue { .. } | FlowFact::Requeued { .. } | FlowFact::Program(_));
                assert!(!self.gone || revives, "nothing after `CallerGone`: {fact:?}");
                self.gone = *fact == FlowFact::CallerGone;
                match fact {
                    FlowFact::Queue { .. } => self.reach("to a queue"),
                    FlowFact::Program(_) => self.reach("to a flow"),
                    FlowFact::Requeued { .. } => self.reach("back to its queue"),
                    _ => {}
                }
            }
            Output::Leg(leg, LegCommand::Dial(_)) => assert!(self.live.insert(*leg)),
            Output::Leg(leg, command) => {
                assert!(self.live.contains(leg), "signaling knows this leg: {command:?}");
                assert!(!self.hung_up.contains(leg), "nothing after a hang-up: {command:?}");
                let answers = matches!(command, LegCommand::Answer { .. }) && !self.arrived.contains(leg);
                if matches!(command, LegCommand::Answer { .. }) && self.arrived.contains(leg) {
                    self.answered.insert(*leg);
                    self.reach("let in");
                }
                assert!(!answers || !self.recorded || self.allowed.0, "answered before the recording runs");
                if let LegCommand::TransferProgress { status: 200.. } = command {
                    assert!(self.refers.remove(leg), "one last word to a REFER");
                }
                if matches!(command, LegCommand::Hangup { .. }) {
                    assert!(!self.refers.contains(leg), "a REFER gets its last word before we hang up");
                    self.hung_up.insert(*leg);
                }
            }
            Output::Media(command) => {
                let leg = command.leg();
                self.media.insert(leg);
                self.never_opened.remove(&leg);
                assert!(!self.closed.contains(&leg), "nothing after `Close`: {command:?}");
                match command {
                    MediaCommand::Close { .. } => {
                        self.closed.insert(leg);
                    }
                    MediaCommand::Play { prompts, .. } if prompts == &[PromptRef::new("press-one")] => {
                        assert!(!self.bridges.iter().any(|(a, b)| *a == leg || *b == leg));
                        self.reach("asked");
                    }
                    MediaCommand::Hear { legs, .. } => {
                        self.hears.insert(leg, legs.clone());
                    }
                    _ => {}
                }
            }
            Output::Event(event) => self.check_event(event),
        }
    }

    fn check_event(&mut self, event: &CallEvent) {
        match event {
            CallEvent::Bridged { a, b, agent, .. } => {
                assert!(self.bridges.insert((*a, *b)));
                assert!(self.allowed.1 || !self.recorded, "bridged before the recording runs");
                assert!(self.answered.contains(b) && self.live.contains(b) && !self.hung_up.contains(b));
                assert!(self.live.contains(a) && !self.hung_up.contains(a));
                if let Some(agent) = agent {
                    self.agents.insert(*b, *agent);
                }
                if self.bridges.iter().any(|(_, sender)| sender == a) {
                    self.reach("consulted");
                } else if self.bridges.len() > 1 {
                    self.reach("conference");
                }
            }
            CallEvent::Unbridged { a, b } => {
                assert!(self.bridges.remove(&(*a, *b)));
                self.lost.remove(b);
                if !self.bridges.iter().any(|(_, other)| other == b) {
                    self.agents.remove(b);
                }
            }
            CallEvent::Muted { leg } => assert!(self.muted.insert(*leg)),
            CallEvent::Unmuted { leg } => assert!(self.muted.remove(leg)),
            CallEvent::Supervised { leg, supervisor, of, mode } => {
                assert!(self.allowed.1 || !self.recorded, "listened to before the recording runs");
                assert!(self.answered.contains(leg) && self.live.contains(leg));
                self.supervisors.insert(*supervisor, (*leg, *of, *mode));
                self.reach("supervised");
            }
            CallEvent::SupervisionEnded { supervisor, failed, .. } => {
                assert_eq!(self.supervisors.remove(supervisor).is_some(), failed.is_none());
            }
            CallEvent::Transferring { transfer, .. } => assert!(self.transfers.insert(*transfer, false).is_none()),
            CallEvent::TransferEnded { transfer, outcome, .. } => {
                let ended = self.transfers.get_mut(transfer).expect("a transfer that began");
                assert!(!std::mem::replace(ended, true), "a transfer ends once");
                self.reach(outcome.as_str());
            }
            CallEvent::Inherited { leg, from } => {
                assert!(self.bridges.remove(&(*from, *leg)));
                let rest = std::mem::take(&mut self.bridges);
                self.bridges = rest.into_iter().map(|(a, b)| (if a == *from { *leg } else { a }, b)).collect();
                self.agents.remove(leg);
                self.answered.insert(*from);
                self.reach("inherited");
            }
            CallEvent::Reconnecting { leg, agent, .. } => {
                assert_eq!(self.agents.get(leg), Some(agent), "it talks");
                assert!(self.lost.insert(*leg, *agent).is_none(), "lost once");
                self.reach("lost");
            }
            CallEvent::Reconnected { leg, was, agent } => {
                assert_eq!(self.lost.remove(was), Some(*agent));
                assert!(self.answered.contains(leg) && self.live.contains(leg) && !self.hung_up.contains(leg));
                if leg != was {
                    self.moves(*was, *leg);
                    self.reach("another page");
                }
                self.reach("found");
            }
            CallEvent::NotReconnected { leg, agent } => {
                assert_eq!(self.lost.remove(leg), Some(*agent));
                self.reach("not found");
            }
            CallEvent::Parked { .. } => self.reach("parked"),
            CallEvent::Retrieved { .. } => self.reach("retrieved"),
            CallEvent::Adopted { .. } => self.reach("adopted"),
            CallEvent::Held { leg } => assert!(self.held.insert(*leg)),
            CallEvent::Resumed { leg } => assert!(self.held.remove(leg)),
            CallEvent::LegEnded { leg, .. } => {
                self.live.remove(leg);
                assert!(self.ended_legs.insert(*leg), "a leg ends once");
            }
            CallEvent::Ended { .. } => {
                self.lost.clear();
                self.ended = true;
            }
            _ => {}
        }
    }

    /// Everything that is known of one leg is so of another.
    fn moves(&mut self, from: LegId, to: LegId) {
        let other = |leg: LegId| if leg == from { to } else { leg };
        self.bridges = std::mem::take(&mut self.bridges).into_iter().map(|(a, b)| (other(a), other(b))).collect();
        self.agents = std::mem::take(&mut self.agents).into_iter().map(|(leg, agent)| (other(leg), agent)).collect();
        for legs in [&mut self.held, &mut self.muted] {
            *legs = std::mem::take(legs).into_iter().map(other).collect();
        }
    }

    /// Between two inputs: nobody hears whom he must not hear, and who holds nobody off hears everybody he talks to.
    fn check_hearing(&self) {
        for (leg, heard) in &self.hears {
            if self.closed.contains(leg) {
                continue;
            }
            let watched = self.supervisors.values().find(|(s, ..)| s == leg).and_then(|(_, of, _)| self.leg_of(*of));
            // Who consults has put the contact on hold, not whom he asks.
            let consults = |other: &LegId| self.bridges.iter().any(|(a, _)| a == other && self.agents.contains_key(a));
            let holds = |other: &LegId| self.held.contains(other) && !consults(other) && watched.is_none();
            let quiet = |other: &LegId| self.muted.contains(other) || holds(other);
            let mut expected = match watched {
                Some(watched) => self.peers(watched).into_iter().chain([watched]).collect(),
                None => self.peers(*leg),
            };
            for (supervisor, of, mode) in self.supervisors.values() {
                let of = self.leg_of(*of);
                let heard = match mode {
                    SupervisionMode::Listen => false,
                    SupervisionMode::Whisper => of == Some(*leg),
                    SupervisionMode::Barge => of == Some(*leg) || of.is_some_and(|of| self.peers(*leg).contains(&of)),
                };
                if heard && watched.is_none() {
                    expected.insert(*supervisor);
                }
            }
            expected.retain(|other| !quiet(other) && other != leg);
            let heard: BTreeSet<LegId> = heard.iter().copied().collect();
            for other in &heard {
                let early = self.live.contains(other) && !self.bridges.iter().any(|(a, b)| a == other || b == other);
                let supervises = self.supervisors.values().any(|(s, ..)| s == other);
                assert!(expected.contains(other) || (early && !supervises), "{leg:?} hears {other:?}: {self:#?}");
            }
            // Whom a supervisor barges in with may have gone to ask somebody.
            let of_absent = |other: &LegId| {
                let of = self.supervisors.values().find(|(s, ..)| s == other).and_then(|(_, of, _)| self.leg_of(*of));
                of.is_some_and(|of| self.held.contains(&of))
            };
            expected.retain(|other| !self.held.contains(other) && !of_absent(other) && !self.lost.contains_key(other));
            if !self.held.contains(leg) && watched.is_none_or(|watched| !self.held.contains(&watched)) {
                assert!(expected.is_subset(&heard), "{leg:?} hears {heard:?}, not {expected:?}: {self:#?}");
            }
        }
    }

    fn leg_of(&self, agent: AgentId) -> Option<LegId> {
        self.agents.iter().find(|(_, a)| **a == agent).map(|(leg, _)| *leg)
    }

    /// A consulting agent talks to whom he asks, all others in one room.
    fn peers(&self, leg: LegId) -> BTreeSet<LegId> {
        let consults = |a: &LegId| self.bridges.iter().any(|(_, b)| b == a);
        let pair = self.bridges.iter().find(|(a, b)| consults(a) && (*a == leg || *b == leg));
        if let Some((a, b)) = pair {
            return BTreeSet::from([if *a == leg { *b } else { *a }]);
        }
        let sender = self.bridges.iter().find(|(a, _)| consults(a)).map(|(a, _)| *a);
        let room: BTreeSet<LegId> =
            self.bridges.iter().filter(|(a, _)| !consults(a)).flat_map(|(a, b)| [*a, *b]).collect();
        if room.contains(&leg) {
            room.into_iter().filter(|l| *l != leg && Some(*l) != sender).collect()
        } else {
            BTreeSet::new()
        }
    }

    fn reach(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    fn check_end(&self) {
        assert!(self.ended);
        assert!(self.transfers.values().all(|ended| *ended), "open transfers");
        assert!(self.supervisors.is_empty());
        assert!(self.asks.is_empty(), "open questions");
        assert!(self.orders.values().all(|done| *done), "open orders");
        assert!(self.live.is_empty(), "open legs");
        assert!(self.bridges.is_empty());
        assert!(self.media.iter().all(|l| self.closed.contains(l) || self.never_opened.contains(l)), "open media");
    }
}

struct Walk {
    rig: Rig,
    model: Model,
    dice: Ids,
    plays: u32,
    /// What a well-behaved world would say next.
    polite: VecDeque<Input>,
    /// Whether telephones are browsers.
    browsers: bool,
    /// How willing signaling and media are to report the end of a leg, of 10.
    willing: u64,
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let mut dice = Ids::seeded(seed);
        let offer = (!dice.bits().is_multiple_of(4)).then(|| sdp("offer"));
        let recorded = dice.bits().is_multiple_of(2);
        let config = Config { recorded, ..Config::default() };
        let mut rig = Rig::with(offer, config);
        rig.call.own = dice.bits().is_multiple_of(4).then(|| dice.next(Timestamp(0)));
        let mut model = Model::default();
        if dice.bits().is_multiple_of(6) {
            rig = Rig::of_an_agent(config);
            model.out_of_nothing = true;
        } else {
            model.live.insert(rig.a);
        }
        model.recorded = recorded;
        let willing = dice.bits() % 11;
        let browsers = dice.bits().is_multiple_of(2);
        let mut walk = Walk { rig, model, dice, plays: 0, polite: VecDeque::new(), browsers, willing };
        walk.look();
        walk
    }

    fn look(&mut self) {
        for output in self.rig.take() {
            self.model.check(&output);
            let polite = self.polite(&output);
            self.polite.extend(polite);
        }
        self.model.check_hearing();
        let call = &self.rig.call;
        if call.ringings.is_empty() && call.search.is_none() && call.lost.is_empty() {
            let bridged = |l: LegId| self.model.bridges.iter().any(|(a, b)| *a == l || *b == l);
            let supervises = |l: LegId| self.model.supervisors.values().any(|(s, ..)| *s == l);
            let leaves = |l: LegId| call.legs.get(&l).is_some_and(|leg| leg.leaves.is_some());
            let stray = |l: &&LegId| {
                let l = **l;
                l != call.caller && !bridged(l) && !supervises(l) && !leaves(l) && !self.model.hung_up.contains(&l)
            };
            assert_eq!(self.model.live.iter().find(stray), None, "a leg that neither rings nor talks is hung up");
        }
        if !self.rig.call.is_over() {
            assert!(self.rig.call.poll_timeout().is_some(), "no state without a deadline");
        }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice.bits() % sides
    }

    fn put(&mut self, mut input: Input) {
        if self.browsers {
            let there: Vec<&mut Destination> = match &mut input {
                Input::Answer(_, Answer::Destinations(there)) => there.iter_mut().collect(),
                Input::Answer(_, Answer::Devices(devices)) => devices.iter_mut().flat_map(|d| &mut d.ways).collect(),
                _ => Vec::new(),
            };
            there.into_iter().for_each(|there| there.profile = Profile::WebRtc);
        }
        if let Input::Answer(ask, Answer::Recording) = &input
            && let Some(bridge) = self.model.connects.remove(ask)
        {
            self.model.allowed = (true, bridge);
        }
        if let Input::Answer(_, Answer::Adopted { leg, .. }) = &input {
            // If the call does not want it any more, it is nobody's here: another call's, or dropped by who gave it.
            self.model.live.insert(*leg);
            self.model.answered.insert(*leg);
        }
        if let Input::Leg(leg, LegEvent::TransferAsked { .. }) = &input {
            self.model.refers.insert(*leg);
        }
        if let Input::Leg(leg, LegEvent::Ended { .. }) = &input {
            self.model.refers.remove(leg);
        }
        self.rig.put(input);
        self.look();
    }

    /// Its first description is with media: refused, there is nothing to close.
    fn opens(&self, leg: LegId) -> bool {
        let exchange = self.rig.call.legs.get(&leg).and_then(|l| l.exchange);
        let first = |about| !matches!(about, About::Change | About::Restart);
        matches!(exchange, Some((Exchange::Answering(about) | Exchange::Offering(about), _)) if first(about))
    }

    fn any_leg(&mut self) -> LegId {
        let legs: Vec<LegId> = self.model.media.iter().copied().collect();
        let n = self.roll(legs.len() as u64 + 1) as usize;
        legs.get(n).copied().unwrap_or(self.rig.a)
    }

    fn step(&mut self) {
        let ms = [0, 1, 20, 200, 3_000, 30_000][self.roll(6) as usize];
        if self.roll(3) == 0 {
            self.rig.pass(Duration::from_millis(ms));
            self.look();
        }
        if self.roll(3) > 0
            && let Some(input) = self.polite.pop_front()
        {
            return self.behave(input);
        }
        match self.roll(12) {
            0..=3 => self.signaling(),
            4..=6 => self.media(),
            7 | 10 | 11 => self.order(),
            8 => self.flow(),
            _ => self.answer(),
        }
    }

    /// Do what was expected, unless the rude part of the world came first.
    fn behave(&mut self, input: Input) {
        match &input {
            Input::Answer(ask, _) if self.model.asks.remove(ask).is_none() => return,
            Input::Order(order, _) => drop(self.model.orders.insert(*order, false)),
            Input::Leg(leg, _) if !self.model.live.contains(leg) => return,
            Input::Leg(leg, LegEvent::Answered { .. }) => drop(self.model.answered.insert(*leg)),
            Input::Flow(_) if self.model.gone => return,
            _ => {}
        }
        self.put(input);
    }

    fn signaling(&mut self) {
        let leg = self.any_leg();
        if !self.model.live.contains(&leg) {
            return; // signaling reports only on legs it has
        }
        let some = (self.roll(3) > 0).then(|| sdp("body"));
        let event = match self.roll(17) {
            14 | 15 => LegEvent::FlowLost,
            16 => LegEvent::FlowBack,
            12 | 13 => {
                let replaces = (self.roll(3) == 0).then(|| self.rig.ids.next(self.rig.now));
                if self.model.refers.contains(&leg)
                    || self.model.hung_up.contains(&leg)
                    || !self.model.answered.contains(&leg)
                {
                    return;
                }
                LegEvent::TransferAsked { to: "2002".to_string().into(), replaces }
            }
            0 | 1 => LegEvent::Ringing,
            2 => LegEvent::Progress { answer: sdp("early") },
            3..=5 => LegEvent::Answered { answer: some },
            6 => LegEvent::Confirmed { answer: some },
            7 | 8 => LegEvent::Offered { offer: some },
            9 => LegEvent::Digit { digit: Digit::new('1').unwrap(), duration: None },
            _ if self.roll(10) >= self.willing => return,
            _ => {
                let causes = [
                    Cause::Busy,
                    Cause::Declined,
                    Cause::Normal,
                    Cause::Unreachable,
                    Cause::SignalingTimeout,
                    Cause::RemoteFailure,
                ];
                let cause = causes[self.roll(6) as usize];
                LegEvent::Ended { cause, status: None }
            }
        };
        if matches!(event, LegEvent::Answered { .. }) && leg != self.rig.a {
            self.model.answered.insert(leg);
        }
        self.put(Input::Leg(leg, event));
    }

    fn media(&mut self) {
        let leg = self.any_leg();
        let held = self.roll(4) == 0;
        let event = match self.roll(12) {
            0..=2 => MediaEvent::Negotiated { leg, answer: (self.roll(8) > 0).then(|| sdp("answer")), held },
            3..=5 => MediaEvent::Offer { leg, offer: sdp("ours") },
            6 => {
                if self.opens(leg) {
                    self.model.never_opened.insert(leg);
                }
                MediaEvent::Refused { leg, why: [Refusal::NoAudio, Refusal::NoPorts][self.roll(2) as usize] }
            }
            7 => MediaEvent::Digit {
                leg,
                digit: Digit::new('2').unwrap(),
                duration: Duration::ZERO,
                source: DigitSource::Rtp,
            },
            8 => MediaEvent::Flowing { leg },
            9 => MediaEvent::Silent { leg, lasted: Duration::from_secs(self.roll(70)) },
            10 => {
                let plays: Vec<PlayId> = self.model.plays.iter().copied().collect();
                let n = self.roll(plays.len() as u64 + 1) as usize;
                MediaEvent::Played {
                    leg: self.rig.a,
                    play: plays.get(n).copied().unwrap_or(PlayId(9_999)),
                    end: PlayEnd::Stopped,
                }
            }
            _ if !self.model.closed.contains(&leg) || self.roll(10) >= self.willing => return,
            _ => MediaEvent::Closed { leg, quality: LegQuality::default() },
        };
        self.put(Input::Media(event));
    }

    fn order(&mut self) {
        let by = self.any_agent();
        let now = self.rig.now;
        let what = match self.roll(48) {
            0 => CallOrder::Hangup,
            1..=2 => CallOrder::WithdrawOffer(self.rig.ids.next(now)),
            3..=10 => {
                let to = match self.roll(8) {
                    0 => TransferTo::Queue(self.rig.ids.next(now)),
                    1 => TransferTo::Flow(self.rig.ids.next(now)),
                    2 => TransferTo::Supervisor,
                    3 => TransferTo::Number("+49301".to_string().into()),
                    4 => TransferTo::Extension("2002".into()),
                    _ => TransferTo::Agent(self.rig.ids.next(now)),
                };
                let mode = [TransferMode::Blind, TransferMode::Consult, TransferMode::Join][self.roll(3) as usize];
                CallOrder::Transfer(TransferOrder { transfer: self.rig.ids.next(now), by, to, mode, reason: None })
            }
            11 | 12 => CallOrder::CompleteTransfer { by },
            13 => CallOrder::ReturnToContact { by },
            14 | 15 => CallOrder::MergeConsultation { by },
            16 => CallOrder::Hold { by, on: self.roll(2) == 0 },
            17 => CallOrder::Mute { by, on: self.roll(2) == 0 },
            18 => CallOrder::Leave { by },
            19 => CallOrder::PressKeys { by, keys: vec![Digit::new('5').unwrap()].into() },
            20..=22 => CallOrder::Supervise(SuperviseOrder {
                supervisor: self.any_supervisor(),
                target: Target::Extension("2009".into()),
                of: by,
                mode: [SupervisionMode::Listen, SupervisionMode::Whisper, SupervisionMode::Barge]
                    [self.roll(3) as usize],
            }),
            23 => CallOrder::StopSupervising { supervisor: self.any_supervisor() },
            24 => CallOrder::TakeOver { supervisor: self.any_supervisor() },
            25 | 26 => CallOrder::Park { by },
            27 | 28 => CallOrder::Retrieve { by: self.rig.ids.next(now) },
            29 if self.roll(4) == 0 => CallOrder::Release { leg: self.any_leg() },
            30 => CallOrder::TakeUp { by: self.rig.ids.next(now), leg: self.any_leg() },
            31 => {
                let leg: LegId = self.rig.ids.next(now);
                if !self.model.ended {
                    self.model.live.insert(leg);
                    self.model.arrived.insert(leg);
                }
                let offer = (self.roll(3) > 0).then(|| sdp("theirs"));
                let arrival = Arrival { leg, interface: InterfaceId(0), profile: Default::default(), offer };
                CallOrder::Connect(self.rig.offer(), arrival)
            }
            _ => CallOrder::Offer(self.rig.offer()),
        };
        // Half of the offers are withdrawn at once.
        let withdrawn =
            if let CallOrder::Offer(offer) = &what { self.roll(6).eq(&0).then_some(offer.offer) } else { None };
        self.give(what);
        if let Some(offer) = withdrawn {
            self.give(CallOrder::WithdrawOffer(offer));
        }
    }

    fn give(&mut self, what: CallOrder) {
        let order: OrderId = self.rig.ids.next(self.rig.now);
        self.model.orders.insert(order, false);
        self.put(Input::Order(order, what));
        let settled = self.model.orders[&order] || !self.model.ended;
        assert!(settled, "an order to a call that is over is answered at once");
    }

    /// Mostly somebody who talks here.
    fn any_agent(&mut self) -> AgentId {
        let agents: Vec<AgentId> = self.model.agents.values().copied().collect();
        let n = self.roll(agents.len() as u64 * 4 + 1) as usize / 4;
        agents.get(n).copied().unwrap_or_else(|| self.rig.ids.next(self.rig.now))
    }

    fn any_supervisor(&mut self) -> AgentId {
        let supervisors: Vec<AgentId> = self.rig.call.supervisions.keys().copied().collect();
        let n = self.roll(supervisors.len() as u64 + 1) as usize;
        supervisors.get(n).copied().unwrap_or_else(|| self.rig.ids.next(self.rig.now))
    }

    fn flow(&mut self) {
        if self.model.gone {
            return; // the flow has finished
        }
        let target = if self.roll(2) == 0 { Target::Extension("2001".into()) } else { Target::Uri("sip:x".into()) };
        let order = match self.roll(22) {
            20 | 21 => FlowOrder::LeftQueue(
                [WorkOutcome::MaxWait, WorkOutcome::NoAgents, WorkOutcome::Abandoned, WorkOutcome::Served]
                    [self.roll(4) as usize],
            ),
            0..=6 => FlowOrder::AnswerCaller,
            7..=12 => {
                self.plays += 1;
                self.model.plays.insert(PlayId(self.plays));
                FlowOrder::Play { play: PlayId(self.plays), prompts: vec![PromptRef::new("p")], repeat: false }
            }
            13 | 14 => FlowOrder::StopPlay(PlayId(self.plays)),
            15 => FlowOrder::Echo,
            16..=18 => {
                FlowOrder::Dial(DialRequest { targets: vec![target], from: None, ring_for: Duration::from_secs(30) })
            }
            _ => FlowOrder::Hangup(Cause::Normal),
        };
        self.put(Input::Flow(order));
    }

    fn answer(&mut self) {
        let Some((ask, question)) = self.model.asks.first_key_value().map(|(a, q)| (*a, q.clone())) else { return };
        let answer = match (question, self.roll(6)) {
            (_, 0) => Answer::Failed,
            (Question::Whom { .. }, 1) => Answer::NotTo(TransferOutcome::Forbidden),
            (Question::Whom { .. }, n) => Answer::To(match n {
                2 => TransferTo::Queue(self.rig.ids.next(self.rig.now)),
                3 => TransferTo::Number("+49301".to_string().into()),
                4 => TransferTo::Extension("2002".into()),
                _ => TransferTo::Agent(self.rig.ids.next(self.rig.now)),
            }),
            (Question::Agent(_), n) => {
                Answer::AgentRefused([OfferOutcome::Busy, OfferOutcome::Declined][n as usize % 2])
            }
            (Question::Program(_), _) => Answer::Program("{}".into()),
            (Question::Adopt { .. }, _) => Answer::Adopted {
                leg: self.rig.ids.next(self.rig.now),
                interface: InterfaceId(0),
                profile: Default::default(),
                agent: None,
            },
            (Question::Return { .. }, _) => Answer::Back(Destination { profile: Profile::WebRtc, ..device("page") }),
            (_, 5) => Answer::Recording,
            (Question::Reach(_), 4) => Answer::Devices(self.some_devices()),
            (_, n) => Answer::Destinations((1..n).map(|i| device(&i.to_string())).collect()),
        };
        self.model.asks.remove(&ask);
        self.put(Input::Answer(ask, answer));
    }

    /// In turns, and with a person to be asked.
    fn some_devices(&mut self) -> Vec<Device> {
        let mut devices = Vec::new();
        for n in 0..self.roll(4) {
            let accept = Accept { prompt: PromptRef::new("press-one"), within: Duration::from_secs(8) };
            devices.push(Device {
                turn: self.roll(3) as u8,
                ring_for: (self.roll(2) == 0).then_some(Duration::from_secs(5)),
                accept: (self.roll(2) == 0).then_some(accept),
                ..Device::plain((0..self.roll(3)).map(|way| device(&format!("{n}-{way}"))).collect())
            });
        }
        devices
    }

    /// What a well-behaved world does about it.
    fn polite(&mut self, output: &Output) -> Option<Input> {
        match output {
            Output::Ask(ask, Question::Agent(request)) => {
                let order: OrderId = self.rig.ids.next(self.rig.now);
                self.model.sought.insert(order, *ask);
                let offer = OfferOrder { work_item: request.work_item, agent: request.agent, ..self.rig.offer() };
                Some(Input::Order(order, CallOrder::Offer(offer)))
            }
            Output::Done(order, Outcome::Offer(outcome)) => self.model.sought.remove(order).map(|ask| {
                let answer = match outcome {
                    OfferOutcome::Accepted => Answer::LeftQueue(WorkOutcome::Served),
                    outcome => Answer::AgentRefused(*outcome),
                };
                Input::Answer(ask, answer)
            }),
            output => polite(output),
        }
    }
}

fn polite(output: &Output) -> Option<Input> {
    let answer = Some(sdp("answer"));
    Some(match output {
        Output::Ask(ask, Question::Connect { .. }) => Input::Answer(*ask, Answer::Recording),
        Output::Ask(_, Question::Agent(_) | Question::Adopt { .. } | Question::Program(_)) => return None,
        Output::Ask(ask, Question::Return { .. }) => {
            Input::Answer(*ask, Answer::Back(Destination { profile: Profile::WebRtc, ..device("page") }))
        }
        Output::Ask(ask, Question::Whom { to: to @ (TransferTo::Number(_) | TransferTo::Extension(_)), .. }) => {
            Input::Answer(*ask, Answer::To(to.clone()))
        }
        Output::Leg(leg, LegCommand::Reoffer { .. }) => {
            Input::Leg(*leg, LegEvent::ReofferAccepted { answer: sdp("answer") })
        }
        Output::Ask(ask, _) => Input::Answer(*ask, Answer::Destinations(vec![device("1"), device("2")])),
        Output::Flow(FlowFact::Started) => Input::Flow(FlowOrder::AnswerCaller),
        Output::Leg(leg, LegCommand::Dial(_)) => Input::Leg(*leg, LegEvent::Answered { answer }),
        Output::Leg(leg, LegCommand::Answer { .. }) => Input::Leg(*leg, LegEvent::Confirmed { answer }),
        Output::Media(command) => Input::Media(match *command {
            MediaCommand::AnswerOffer { leg, .. } => MediaEvent::Negotiated { leg, answer, held: false },
            MediaCommand::TakeAnswer { leg, .. } => MediaEvent::Negotiated { leg, answer: None, held: false },
            MediaCommand::MakeOffer { leg, .. } => MediaEvent::Offer { leg, offer: sdp("ours") },
            _ => return None,
        }),
        _ => return None,
    })
}

#[test]
fn whatever_happens_every_leg_order_and_question_ends_once() {
    let mut reached: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..4_000 {
        let mut walk = Walk::new(seed);
        for _ in 0..250 {
            walk.step();
            *reached.entry("bridged").or_default() += u32::from(!walk.model.bridges.is_empty());
            *reached.entry("held").or_default() += u32::from(!walk.model.held.is_empty());
            if walk.rig.call.is_over() {
                break;
            }
        }
        // The world falls silent: deadlines alone must end it.
        walk.rig.pass(Duration::from_secs(13 * 3600));
        walk.look();
        assert!(walk.rig.call.is_over(), "seed {seed}");
        walk.model.check_end();
        for (what, times) in walk.model.reached {
            *reached.entry(what).or_default() += times;
        }
    }
    for (what, least) in [
        ("bridged", 1_000),
        ("held", 100),
        ("consulted", 20),
        ("conference", 20),
        ("supervised", 20),
        ("to a queue", 20),
        ("to a flow", 5),
        ("parked", 20),
        ("retrieved", 2),
        ("adopted", 5),
        ("released", 5),
        ("let in", 20),
        ("completed", 20),
        ("returned", 3),
        ("caller_left", 20),
        ("declined", 2),
        ("inherited", 5),
        ("lost", 50),
        ("found", 10),
        ("another page", 3),
        ("not found", 20),
        ("back to its queue", 5),
        ("asked", 3),
        ("picked up", 50),
    ] {
        assert!(
            reached.get(what).is_some_and(|n| *n >= least),
            "the walk must reach what it checks: {what} in {reached:?}"
        );
    }
}

#[test]
fn equal_seeds_and_inputs_give_equal_calls() {
    let trace = |seed| {
        let mut walk = Walk::new(seed);
        let mut trace = String::new();
        for _ in 0..100 {
            walk.step();
            trace.push_str(&format!("{:?} {:?}\n", walk.rig.now, walk.rig.call));
        }
        trace
    };
    assert_eq!(trace(11), trace(11));
}
