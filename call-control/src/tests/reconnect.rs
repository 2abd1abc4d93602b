//! An agent's browser is lost in the middle of a talk, and comes back, or does not.

use super::*;
use ringdesk_model::{Pii, QueueId};

const TWENTY: Duration = Duration::from_secs(20);

fn browser(name: &str) -> Destination {
    Destination { profile: Profile::WebRtc, ..device(name) }
}

/// A contact from a queue talks to an agent in a browser, whose leg is given.
fn in_browser() -> (Rig, LegId, OfferOrder) {
    let mut rig = Rig::answered();
    let offer = rig.offer();
    rig.order(CallOrder::Offer(offer.clone()));
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::Destinations(vec![browser("page")])));
    let leg = rig.make_offers()[0];
    rig.pick_up(leg);
    rig.media(MediaEvent::Flowing { leg });
    rig.take();
    (rig, leg, offer)
}

impl Rig {
    fn silent(&mut self, leg: LegId) {
        self.media(MediaEvent::Silent { leg, lasted: Duration::from_secs(4) });
    }

    fn returns_asked(&self) -> Option<(AskId, LegId)> {
        self.out.iter().rev().find_map(|output| match output {
            Output::Ask(ask, Question::Return { leg }) => Some((*ask, *leg)),
            _ => None,
        })
    }

    fn token(&self) -> Option<Pii<String>> {
        self.out.iter().find_map(|output| match output {
            Output::Event(CallEvent::Reconnecting { token, .. }) => Some(token.clone()),
            _ => None,
        })
    }

    fn plays_music(&self, leg: LegId) -> bool {
        let music = |prompts: &[PromptRef]| prompts == [PromptRef::new(MUSIC)];
        self.out.iter().any(
            |o| matches!(o, Output::Media(MediaCommand::Play { leg: to, prompts, .. }) if *to == leg && music(prompts)),
        )
    }

    fn hears(&self, leg: LegId, legs: &[LegId]) -> bool {
        self.saw(&Output::Media(MediaCommand::Hear { leg, legs: legs.to_vec() }))
    }

    fn reoffered(&self, leg: LegId) -> bool {
        self.out.iter().any(|o| matches!(o, Output::Leg(to, LegCommand::Reoffer { .. }) if *to == leg))
    }

    /// The new page is called and answers; its leg.
    fn page_answers(&mut self) -> LegId {
        let (ask, _) = self.returns_asked().expect("somebody waits");
        self.put(Input::Answer(ask, Answer::Back(browser("new page"))));
        let leg = self.make_offers()[0];
        self.pick_up(leg);
        leg
    }

    /// Everything is closed, and `Ended` is the last event.
    fn over(&mut self, legs: &[LegId]) {
        self.order(CallOrder::Hangup);
        for leg in legs {
            self.ended(*leg, Cause::Normal);
            self.closed(*leg);
        }
        assert!(matches!(self.out.last(), Some(Output::Event(CallEvent::Ended { .. }))), "{:?}", self.out.last());
        assert!(self.call.is_over() && self.call.poll_timeout().is_none());
    }
}

/// The socket broke and the sound goes on: nobody hears a difference, and the agent is there again with the next registration.
///
/// Rows: S7.28
#[test]
fn a_broken_socket_is_not_heard() {
    let (mut rig, b, offer) = in_browser();
    rig.leg(b, LegEvent::FlowLost);
    let agent = offer.agent;
    let (token, until) = (rig.token().expect("told"), rig.now + TWENTY);
    let (ask, asked) = rig.returns_asked().unwrap();
    assert_eq!(asked, b);
    let told = Output::Event(CallEvent::Reconnecting { leg: b, agent, token, until });
    assert_eq!(rig.take(), [told, Output::Ask(ask, Question::Return { leg: b })]);
    rig.leg(b, LegEvent::FlowLost);
    assert!(rig.take().is_empty(), "told once");
    rig.pass(Duration::from_secs(9));
    rig.leg(b, LegEvent::FlowBack);
    assert_eq!(rig.take(), [Output::Cancel(ask), Output::Event(CallEvent::Reconnected { leg: b, was: b, agent })]);
    // As long as sound comes the socket has all the time that signaling gives it.
    rig.leg(b, LegEvent::FlowLost);
    rig.pass(Duration::from_secs(25));
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Event(CallEvent::NotReconnected { .. }))));
    rig.ended(b, Cause::SignalingTimeout);
    assert!(rig.saw_event(CallEvent::NotReconnected { leg: b, agent }), "its patience was the last");
    assert_eq!(rig.facts(), [FlowFact::Requeued { queue: offer.queue }]);
    rig.closed(b);
    let a = rig.a;
    rig.over(&[a]);
}

/// The network is another one: the contact hears music, ICE begins anew when the page is reached, and they talk again.
///
/// Rows: S7.28
#[test]
fn another_network() {
    let (mut rig, b, offer) = in_browser();
    let (a, agent) = (rig.a, offer.agent);
    rig.leg(b, LegEvent::FlowLost);
    rig.take();
    rig.silent(b);
    assert!(rig.plays_music(a) && rig.hears(a, &[]), "{:?}", rig.out);
    assert!(!rig.reoffered(b), "nothing can be told to it");
    rig.pass(Duration::from_secs(5));
    rig.take();
    rig.leg(b, LegEvent::FlowBack);
    rig.make_offers();
    assert!(rig.reoffered(b));
    assert!(!rig.saw_event(CallEvent::Reconnected { leg: b, was: b, agent }), "not heard yet");
    rig.leg(b, LegEvent::ReofferAccepted { answer: sdp("theirs") });
    assert!(rig.saw(&Output::Media(MediaCommand::TakeAnswer { leg: b, answer: sdp("theirs") })));
    rig.media(MediaEvent::Negotiated { leg: b, answer: None, held: false });
    rig.take();
    rig.media(MediaEvent::Flowing { leg: b });
    assert!(rig.saw_event(CallEvent::Reconnected { leg: b, was: b, agent }) && rig.hears(a, &[b]));
    assert!(rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::StopPlay { leg, .. }) if *leg == a)));
    rig.over(&[a, b]);
}

/// Only the sound broke: the socket is there, so ICE begins anew at once.
#[test]
fn a_path_that_breaks_under_a_good_socket() {
    let (mut rig, b, offer) = in_browser();
    rig.silent(b);
    rig.make_offers();
    assert!(rig.reoffered(b) && rig.token().is_some());
    // The page's own offer crossed ours; nothing is lost by that.
    rig.leg(b, LegEvent::ReofferRefused { status: 491 });
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("restart")) });
    rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("ours")), held: false });
    rig.media(MediaEvent::Flowing { leg: b });
    assert!(rig.saw_event(CallEvent::Reconnected { leg: b, was: b, agent: offer.agent }));
    let a = rig.a;
    rig.over(&[a, b]);
}

/// The page is loaded anew: it is called, picks up what is its own, and takes the place of the old leg when it is heard.
///
/// Rows: S7.28
#[test]
fn a_page_that_is_loaded_anew_takes_the_old_ones_place() {
    for ends_first in [false, true] {
        let (mut rig, b, offer) = in_browser();
        let (a, agent) = (rig.a, offer.agent);
        rig.order(CallOrder::Hold { by: agent, on: true });
        rig.leg(b, LegEvent::FlowLost);
        rig.silent(b);
        let token = rig.token().unwrap();
        if ends_first {
            rig.ended(b, Cause::RemoteFailure);
            rig.closed(b);
            assert_eq!(rig.facts(), [], "the part goes on");
        }
        let c = rig.page_answers();
        let headers = rig.out.iter().find_map(|o| match o {
            Output::Leg(leg, LegCommand::Dial(dial)) if *leg == c => Some(dial.headers.clone()),
            _ => None,
        });
        assert_eq!(headers.unwrap()[0], ("X-Ringdesk-Return".into(), token));
        assert!(!rig.hears(a, &[c]) && rig.call.is_part(b), "not before it is heard");
        rig.order(CallOrder::Hold { by: agent, on: false });
        rig.take();
        rig.media(MediaEvent::Flowing { leg: c });
        assert!(rig.saw_event(CallEvent::Reconnected { leg: c, was: b, agent }));
        assert!(rig.hears(a, &[c]) && rig.hears(c, &[a]));
        assert_eq!(rig.hung_up(b, Cause::AnsweredElsewhere), !ends_first);
        let unbridged = |o: &Output| matches!(o, Output::Event(CallEvent::Unbridged { .. }));
        assert!(!rig.out.iter().any(unbridged), "nobody has left");
        if !ends_first {
            rig.ended(b, Cause::Normal);
            rig.closed(b);
        }
        // It is the agent's leg in every respect.
        let order = rig.order(CallOrder::Mute { by: agent, on: true });
        assert_eq!(rig.outcome(order), Some(&Outcome::Done));
        rig.over(&[a, c]);
    }
}

/// A second reload while the first new page is being called, and a page that was too slow.
#[test]
fn a_page_may_be_loaded_anew_more_than_once() {
    let (mut rig, b, offer) = in_browser();
    let a = rig.a;
    rig.leg(b, LegEvent::FlowLost);
    rig.silent(b);
    let c = rig.page_answers();
    rig.take();
    rig.leg(c, LegEvent::FlowLost);
    assert_eq!(rig.returns_asked().map(|(_, leg)| leg), Some(c));
    let d = rig.page_answers();
    assert!(rig.hung_up(c, Cause::Cancelled));
    rig.ended(c, Cause::Cancelled);
    rig.closed(c);
    rig.take();
    // This one is gone before it has answered for good.
    rig.ended(d, Cause::Unreachable);
    rig.closed(d);
    assert_eq!(rig.returns_asked().map(|(_, leg)| leg), Some(d));
    let e = rig.page_answers();
    rig.media(MediaEvent::Flowing { leg: e });
    assert!(rig.saw_event(CallEvent::Reconnected { leg: e, was: b, agent: offer.agent }));
    rig.ended(b, Cause::Normal);
    rig.closed(b);
    rig.over(&[a, e]);
}

/// Who does not want the call is not called again and again.
#[test]
fn a_page_that_declines_is_left_alone() {
    let (mut rig, b, _) = in_browser();
    rig.leg(b, LegEvent::FlowLost);
    let (ask, _) = rig.returns_asked().unwrap();
    rig.put(Input::Answer(ask, Answer::Back(browser("new page"))));
    let c = rig.make_offers()[0];
    rig.take();
    rig.ended(c, Cause::Declined);
    rig.closed(c);
    assert_eq!(rig.returns_asked(), None);
    rig.silent(b);
    rig.pass(TWENTY);
    assert!(rig.facts().iter().any(|fact| matches!(fact, FlowFact::Requeued { .. })));
}

/// A browser's BYE with Reason 408 or 500 is no hang-up, and one without is; nor is a desk telephone's a loss.
///
/// Rows: S7.28
#[test]
fn a_bye_that_says_lost_is_no_hang_up() {
    for (cause, lost) in [
        (Cause::SignalingTimeout, true),
        (Cause::RemoteFailure, true),
        (Cause::MediaTimeout, true),
        (Cause::Normal, false),
        (Cause::Declined, false),
    ] {
        let (mut rig, b, offer) = in_browser();
        rig.ended(b, cause);
        assert_eq!(rig.token().is_some(), lost, "{cause:?}");
        let first = rig.out.iter().find(|o| matches!(o, Output::Event(_)));
        let told = matches!(first, Some(Output::Event(CallEvent::Reconnecting { .. })));
        assert_eq!(told, lost, "before its leg ends, so that nobody takes that for the end of their part");
        assert_eq!(rig.saw_event(CallEvent::Unbridged { a: rig.a, b }), !lost, "{cause:?}");
        rig.closed(b);
        if lost {
            assert!(rig.plays_music(rig.a));
            rig.pass(TWENTY);
            assert!(rig.saw_event(CallEvent::NotReconnected { leg: b, agent: offer.agent }));
            assert_eq!(rig.facts(), [FlowFact::Requeued { queue: offer.queue }]);
            assert!(rig.saw_event(CallEvent::Unbridged { a: rig.a, b }));
        }
        let (mut desk, b) = Rig::talking();
        desk.ended(b, cause);
        assert_eq!((desk.token(), desk.saw_event(CallEvent::Unbridged { a: desk.a, b })), (None, true));
    }
}

/// Nobody is back in time: the contact is the flow's again, before all others, and the telephone that comes too late is told so.
///
/// Rows: S7.28
#[test]
fn after_twenty_seconds_the_contact_goes_back_to_its_queue() {
    let (mut rig, b, offer) = in_browser();
    let a = rig.a;
    rig.leg(b, LegEvent::FlowLost);
    rig.silent(b);
    let c = rig.page_answers();
    let (ask, _) = rig.returns_asked().unwrap();
    rig.take();
    rig.pass(TWENTY - Duration::from_millis(1));
    assert!(rig.take().is_empty());
    rig.pass(Duration::from_millis(1));
    assert!(rig.saw_event(CallEvent::NotReconnected { leg: b, agent: offer.agent }));
    assert!(rig.hung_up(b, Cause::SignalingTimeout) && rig.hung_up(c, Cause::Cancelled));
    assert!(!rig.saw(&Output::Cancel(ask)), "it was answered");
    assert_eq!(rig.facts(), [FlowFact::Requeued { queue: offer.queue }]);
    rig.flow(FlowOrder::Play { play: PlayId(3), prompts: vec![PromptRef::new("lost")], repeat: false });
    assert!(rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::Play { play: PlayId(3), .. }))));
    for leg in [b, c] {
        rig.ended(leg, Cause::Normal);
        rig.closed(leg);
    }
    // Somebody else takes it.
    let (order, legs) = rig.ring(&["desk"]);
    rig.pick_up(legs[0]);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)));
    rig.over(&[a, legs[0]]);
}

/// Of a conference the others talk on; a contact who hangs up ends it all, the waiting too.
#[test]
fn others_in_the_talk_go_on() {
    let (mut rig, b, offer) = in_browser();
    let transfer = TransferOrder {
        transfer: rig.ids.next(rig.now),
        by: offer.agent,
        to: TransferTo::Extension("2002".into()),
        mode: TransferMode::Join,
        reason: None,
    };
    rig.order(CallOrder::Transfer(transfer));
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::To(TransferTo::Extension("2002".into()))));
    let c = rig.reach(&["desk"])[0];
    rig.pick_up(c);
    rig.take();
    rig.ended(b, Cause::SignalingTimeout);
    rig.closed(b);
    rig.pass(TWENTY);
    assert!(rig.saw_event(CallEvent::NotReconnected { leg: b, agent: offer.agent }));
    assert_eq!((rig.facts(), rig.call.parts()), (vec![], 1));
    let (mut rig, b, _) = in_browser();
    rig.leg(b, LegEvent::FlowLost);
    let (ask, _) = rig.returns_asked().unwrap();
    let a = rig.a;
    rig.ended(a, Cause::Normal);
    assert!(rig.saw(&Output::Cancel(ask)) && rig.hung_up(b, Cause::Normal));
    rig.closed(a);
    rig.ended(b, Cause::Normal);
    rig.closed(b);
    assert!(rig.call.is_over());
}

/// Who called out from a page is found again like anybody else; their contact came from no queue.
///
/// Rows: V14
#[test]
fn an_agent_who_called_out_is_waited_for() {
    for comes_back in [true, false] {
        let mut rig = Rig::answered();
        let a = rig.a;
        let agent: AgentId = rig.ids.next(rig.now);
        rig.call.own = Some(agent);
        rig.call.legs.get_mut(&a).unwrap().profile = Profile::WebRtc;
        rig.media(MediaEvent::Flowing { leg: a });
        let target = Target::Number("+49301".to_owned().into());
        rig.flow(FlowOrder::Dial(DialRequest { targets: vec![target], from: None, ring_for: TWENTY }));
        let contact = rig.reach(&["trunk"])[0];
        rig.pick_up(contact);
        rig.take();
        rig.leg(a, LegEvent::FlowLost);
        assert!(rig.saw_event(CallEvent::Inherited { leg: contact, from: a }));
        rig.ended(a, Cause::SignalingTimeout);
        rig.closed(a);
        if comes_back {
            let page = rig.page_answers();
            rig.media(MediaEvent::Flowing { leg: page });
            assert!(rig.saw_event(CallEvent::Reconnected { leg: page, was: a, agent }) && rig.hears(contact, &[page]));
            rig.over(&[contact, page]);
        } else {
            rig.pass(TWENTY);
            assert!(rig.hung_up(contact, Cause::SignalingTimeout), "{:?}", rig.out);
        }
    }
}

/// The queue that the part came from is the one it returns to.
#[test]
fn the_queue_is_that_of_the_offer() {
    let (mut rig, b, offer) = in_browser();
    rig.ended(b, Cause::SignalingTimeout);
    rig.closed(b);
    rig.pass(TWENTY);
    let queue: QueueId = offer.queue;
    assert_eq!(rig.facts(), [FlowFact::Requeued { queue }]);
    let again = rig.offer();
    let order = rig.order(CallOrder::Offer(again));
    assert_eq!(rig.outcome(order), None, "it rings");
}
