//! Thousands of lives at random: every kind of input at every moment, sensible or not, and the promises of the front page.

use super::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the surroundings know of the call, from its outputs alone.
#[derive(Default)]
struct Model {
    asks: BTreeSet<AskId>,
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
    bridge: Option<(LegId, LegId)>,
    /// The call must be recorded; what was asked about it, and what the house has allowed: the answer, the next bridge.
    recorded: bool,
    connects: BTreeMap<AskId, bool>,
    allowed: (bool, bool),
    held: BTreeSet<LegId>,
    ended_legs: BTreeSet<LegId>,
    gone: bool,
    ended: bool,
}

impl Model {
    fn check(&mut self, output: &Output) {
        assert!(!self.ended || matches!(output, Output::Done(..)), "`Ended` is the last word: {output:?}");
        match output {
            Output::Ask(ask, question) => {
                assert!(self.asks.insert(*ask));
                if let Question::Connect { bridge } = question {
                    assert!(self.recorded, "only where it matters");
                    self.connects.insert(*ask, *bridge);
                }
            }
            Output::Cancel(ask) => assert!(self.asks.remove(ask), "only an open question is cancelled"),
            Output::Done(order, _) => {
                let done = self.orders.get_mut(order).expect("an order we gave");
                assert!(!std::mem::replace(done, true), "an order ends once");
            }
            Output::Flow(FlowFact::Played(play, _)) => {
                assert!(self.plays.remove(play), "a play ends once");
                assert!(!self.gone, "nothing after `CallerGone`");
            }
            Output::Flow(fact) => {
                assert!(!self.gone, "nothing after `CallerGone`: {fact:?}");
                self.gone = *fact == FlowFact::CallerGone;
            }
            Output::Leg(leg, LegCommand::Dial(_)) => assert!(self.live.insert(*leg)),
            Output::Leg(leg, command) => {
                assert!(self.live.contains(leg), "signaling knows this leg: {command:?}");
                assert!(!self.hung_up.contains(leg), "nothing after a hang-up: {command:?}");
                let answers = matches!(command, LegCommand::Answer { .. });
                assert!(!answers || !self.recorded || self.allowed.0, "answered before the recording runs");
                if matches!(command, LegCommand::Hangup { .. }) {
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
            CallEvent::Bridged { a, b, .. } => {
                assert!(self.bridge.replace((*a, *b)).is_none());
                let allowed = std::mem::take(&mut self.allowed.1);
                assert!(allowed || !self.recorded, "bridged before the recording runs");
                assert!(self.answered.contains(b) && self.live.contains(b) && !self.hung_up.contains(b));
                assert!(self.live.contains(a) && !self.hung_up.contains(a));
            }
            CallEvent::Unbridged { a, b } => assert_eq!(self.bridge.take(), Some((*a, *b))),
            CallEvent::Held { leg } => assert!(self.held.insert(*leg)),
            CallEvent::Resumed { leg } => assert!(self.held.remove(leg)),
            CallEvent::LegEnded { leg, .. } => {
                self.live.remove(leg);
                assert!(self.ended_legs.insert(*leg), "a leg ends once");
            }
            CallEvent::Ended { .. } => self.ended = true,
            _ => {}
        }
    }

    /// Between two inputs: who is bridged hears the other, but for hold; who is not hears nobody.
    fn check_hearing(&self) {
        for (leg, heard) in &self.hears {
            if self.closed.contains(leg) {
                continue;
            }
            let partner = self.bridge.and_then(|(a, b)| if *leg == a { Some(b) } else { (*leg == b).then_some(a) });
            let expected: Vec<LegId> = partner.filter(|p| !self.held.contains(p)).into_iter().collect();
            assert_eq!(heard, &expected);
        }
    }

    fn check_end(&self) {
        assert!(self.ended && self.gone);
        assert!(self.asks.is_empty(), "open questions");
        assert!(self.orders.values().all(|done| *done), "open orders");
        assert!(self.live.is_empty(), "open legs");
        assert!(self.bridge.is_none());
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
    /// How willing signaling and media are to report the end of a leg, of 10.
    willing: u64,
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let mut dice = Ids::seeded(seed);
        let offer = (!dice.bits().is_multiple_of(4)).then(|| sdp("offer"));
        let recorded = dice.bits().is_multiple_of(2);
        let rig = Rig::with(offer, Config { recorded, ..Config::default() });
        let mut model = Model::default();
        model.live.insert(rig.a);
        model.recorded = recorded;
        let willing = dice.bits() % 11;
        let mut walk = Walk { rig, model, dice, plays: 0, polite: VecDeque::new(), willing };
        walk.look();
        walk
    }

    fn look(&mut self) {
        for output in self.rig.take() {
            self.model.check(&output);
            self.polite.extend(polite(&output));
        }
        self.model.check_hearing();
        if self.rig.call.ringing.is_none() {
            let partner = self.model.bridge.map(|(_, b)| b);
            let stray = |l: &&LegId| **l != self.rig.a && Some(**l) != partner && !self.model.hung_up.contains(l);
            assert_eq!(self.model.live.iter().find(stray), None, "a leg that neither rings nor talks is hung up");
        }
        if !self.rig.call.is_over() {
            assert!(self.rig.call.poll_timeout().is_some(), "no state without a deadline");
        }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice.bits() % sides
    }

    fn put(&mut self, input: Input) {
        if let Input::Answer(ask, Answer::Recording) = &input
            && let Some(bridge) = self.model.connects.remove(ask)
        {
            self.model.allowed = (true, bridge);
        }
        self.rig.put(input);
        self.look();
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
        match self.roll(10) {
            0..=3 => self.signaling(),
            4..=6 => self.media(),
            7 => self.order(),
            8 => self.flow(),
            _ => self.answer(),
        }
    }

    /// Do what was expected, unless the rude part of the world came first.
    fn behave(&mut self, input: Input) {
        match &input {
            Input::Answer(ask, _) if !self.model.asks.remove(ask) => return,
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
        let event = match self.roll(12) {
            0 | 1 => LegEvent::Ringing,
            2 => LegEvent::Progress { answer: sdp("early") },
            3..=5 => LegEvent::Answered { answer: some },
            6 => LegEvent::Confirmed { answer: some },
            7 | 8 => LegEvent::Offered { offer: some },
            9 => LegEvent::Digit { digit: Digit::new('1').unwrap(), duration: None },
            _ if self.roll(10) >= self.willing => return,
            _ => {
                let cause = [Cause::Busy, Cause::Declined, Cause::Normal, Cause::Unreachable, Cause::SignalingTimeout]
                    [self.roll(5) as usize];
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
                if !self.model.answered.contains(&leg) {
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
        let what = match self.roll(24) {
            0 => CallOrder::Hangup,
            1..=4 => CallOrder::WithdrawOffer(self.rig.ids.next(self.rig.now)),
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

    fn flow(&mut self) {
        if self.model.gone {
            return; // the flow has finished
        }
        let target = if self.roll(2) == 0 { Target::Extension("2001".into()) } else { Target::Uri("sip:x".into()) };
        let order = match self.roll(20) {
            0..=6 => FlowOrder::AnswerCaller,
            7..=12 => {
                self.plays += 1;
                self.model.plays.insert(PlayId(self.plays));
                FlowOrder::Play { play: PlayId(self.plays), prompts: vec![PromptRef::new("p")], repeat: false }
            }
            13 | 14 => FlowOrder::StopPlay(PlayId(self.plays)),
            15 => FlowOrder::Echo,
            16..=18 => FlowOrder::Dial(DialRequest { target, from: None, ring_for: Duration::from_secs(30) }),
            _ => FlowOrder::Hangup(Cause::Normal),
        };
        self.put(Input::Flow(order));
    }

    fn answer(&mut self) {
        let Some(ask) = self.model.asks.first().copied() else { return };
        let answer = match self.roll(6) {
            0 => Answer::Failed,
            5 => Answer::Recording,
            n => Answer::Destinations((1..n).map(|i| device(&i.to_string())).collect()),
        };
        self.model.asks.remove(&ask);
        self.put(Input::Answer(ask, answer));
    }
}

fn polite(output: &Output) -> Option<Input> {
    let answer = Some(sdp("answer"));
    Some(match output {
        Output::Ask(ask, Question::Connect { .. }) => Input::Answer(*ask, Answer::Recording),
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
    let mut bridged = 0;
    let mut held = 0;
    for seed in 0..4_000 {
        let mut walk = Walk::new(seed);
        for _ in 0..150 {
            walk.step();
            bridged += u32::from(walk.model.bridge.is_some());
            held += u32::from(!walk.model.held.is_empty());
            if walk.rig.call.is_over() {
                break;
            }
        }
        // The world falls silent: deadlines alone must end it.
        walk.rig.pass(Duration::from_secs(13 * 3600));
        walk.look();
        assert!(walk.rig.call.is_over(), "seed {seed}");
        walk.model.check_end();
    }
    assert!(bridged > 1_000 && held > 100, "the walk must reach what it checks: {bridged} bridged, {held} held");
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
