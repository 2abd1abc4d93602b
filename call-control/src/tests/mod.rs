//! Table tests of one call, on a virtual clock; `walk` gives it thousands of lives at random.

mod arrive;
mod caller;
mod codes;
mod devices;
mod dial;
mod early;
mod gate;
mod keys;
mod offer;
mod operations;
mod reconnect;
mod refer;
mod talk;
mod transfer;
mod walk;

use crate::{Call, Config, FlowFact, FlowOrder, Input, Output};
use ringdesk_model::{AgentId, AskId, Ids, OfferId, OrderId, Timestamp, TransferId, WorkOutcome};
use ringdesk_voice::*;
use std::time::Duration;

/// A call with everything around it played by the test.
struct Rig {
    call: Call,
    now: Timestamp,
    ids: Ids,
    a: LegId,
    out: Vec<Output>,
}

fn sdp(text: &str) -> Sdp {
    Sdp::from(text.as_bytes().to_vec())
}

fn incoming(leg: LegId, offer: Option<Sdp>) -> IncomingCall {
    IncomingCall {
        leg,
        from: Party::number("+4930123456"),
        to: Party::number("1000"),
        origin: Origin::Extension("2009".into()),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer,
        reliable: false,
        replaces: None,
        hops: 69,
        sip_call_id: "x".into(),
    }
}

fn device(name: &str) -> Destination {
    Destination {
        uri: format!("sip:{name}"),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: Default::default(),
    }
}

impl Rig {
    fn new(offer: Option<Sdp>) -> Rig {
        Rig::with(offer, Config::default())
    }

    fn with(offer: Option<Sdp>, config: Config) -> Rig {
        let now = Timestamp::from_millis(1_000_000);
        let mut ids = Ids::seeded(1);
        let a = ids.next(now);
        let call = Call::incoming(now, Ids::seeded(2), incoming(a, offer), config);
        let mut rig = Rig { call, now, ids, a, out: Vec::new() };
        rig.drain();
        rig
    }

    /// A caller without an offer who can answer ours before the 200.
    fn reliable() -> Rig {
        let mut rig = Rig::new(None);
        let call = IncomingCall { reliable: true, ..incoming(rig.a, None) };
        rig.call = Call::incoming(rig.now, Ids::seeded(2), call, Config::default());
        rig.out.clear();
        rig.drain();
        rig
    }

    /// A caller who has been answered.
    fn answered() -> Rig {
        let mut rig = Rig::new(Some(sdp("offer")));
        rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
        rig.flow(FlowOrder::AnswerCaller);
        rig.leg(rig.a, LegEvent::Confirmed { answer: None });
        rig.take();
        rig
    }

    /// A caller who talks to an agent; the agent's leg.
    fn talking() -> (Rig, LegId) {
        let mut rig = Rig::answered();
        let (_, legs) = rig.ring(&["desk"]);
        rig.pick_up(legs[0]);
        rig.take();
        (rig, legs[0])
    }

    fn drain(&mut self) {
        while let Some(output) = self.call.poll_output() {
            self.out.push(output);
        }
    }

    fn put(&mut self, input: Input) {
        self.call.handle_input(self.now, input);
        self.drain();
    }

    fn leg(&mut self, leg: LegId, event: LegEvent) {
        self.put(Input::Leg(leg, event));
    }

    fn media(&mut self, event: MediaEvent) {
        self.put(Input::Media(event));
    }

    fn flow(&mut self, order: FlowOrder) {
        self.put(Input::Flow(order));
    }

    fn order(&mut self, what: CallOrder) -> OrderId {
        let order = self.ids.next(self.now);
        self.put(Input::Order(order, what));
        order
    }

    /// Let time pass, with every deadline in it.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, _)) = self.call.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = at;
            self.call.handle_timeout(at);
            self.drain();
        }
        self.now = end;
    }

    /// What came out since the last look.
    fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    fn ended(&mut self, leg: LegId, cause: Cause) {
        self.leg(leg, LegEvent::Ended { cause, status: None });
    }

    fn closed(&mut self, leg: LegId) {
        self.media(MediaEvent::Closed { leg, quality: LegQuality::default() });
    }

    fn the_ask(&self) -> AskId {
        self.out.iter().rev().find_map(|o| if let Output::Ask(ask, _) = o { Some(*ask) } else { None }).expect("asked")
    }

    fn dialled(&self) -> Vec<LegId> {
        self.out
            .iter()
            .filter_map(|o| if let Output::Leg(leg, LegCommand::Dial(_)) = o { Some(*leg) } else { None })
            .collect()
    }

    /// Answer the question where to dial, and let media make its offers; the legs that were dialled.
    fn reach(&mut self, devices: &[&str]) -> Vec<LegId> {
        let ask = self.the_ask();
        self.put(Input::Answer(ask, Answer::Destinations(devices.iter().map(|d| device(d)).collect())));
        self.make_offers()
    }

    fn make_offers(&mut self) -> Vec<LegId> {
        let before = self.dialled().len();
        let wanted: Vec<LegId> = self
            .out
            .iter()
            .filter_map(|o| if let Output::Media(MediaCommand::MakeOffer { leg, .. }) = o { Some(*leg) } else { None })
            .collect();
        for leg in wanted {
            self.media(MediaEvent::Offer { leg, offer: sdp("ours") });
        }
        self.dialled().split_off(before)
    }

    /// Offer the caller to an agent with these devices.
    fn ring(&mut self, devices: &[&str]) -> (OrderId, Vec<LegId>) {
        let offer = self.offer();
        let order = self.order(CallOrder::Offer(offer));
        let legs = self.reach(devices);
        (order, legs)
    }

    fn offer(&mut self) -> OfferOrder {
        let now = self.now;
        OfferOrder {
            offer: self.ids.next(now),
            work_item: self.ids.next(now),
            agent: self.ids.next(now),
            queue: self.ids.next(now),
            target: Target::Extension("2001".into()),
            ring_for: Duration::from_secs(20),
        }
    }

    fn pick_up(&mut self, leg: LegId) {
        self.leg(leg, LegEvent::Answered { answer: Some(sdp("theirs")) });
        self.media(MediaEvent::Negotiated { leg, answer: None, held: false });
    }

    fn saw(&self, output: &Output) -> bool {
        self.out.contains(output)
    }

    fn saw_event(&self, event: CallEvent) -> bool {
        self.saw(&Output::Event(event))
    }

    fn hung_up(&self, leg: LegId, cause: Cause) -> bool {
        self.saw(&Output::Leg(leg, LegCommand::Hangup { cause }))
    }

    fn outcome(&self, order: OrderId) -> Option<&Outcome> {
        let mut found = self
            .out
            .iter()
            .filter_map(|o| if let Output::Done(id, x) = o { (*id == order).then_some(x) } else { None });
        let first = found.next();
        assert!(found.next().is_none(), "an order ends once");
        first
    }

    fn facts(&self) -> Vec<FlowFact> {
        self.out.iter().filter_map(|o| if let Output::Flow(fact) = o { Some(fact.clone()) } else { None }).collect()
    }
}
