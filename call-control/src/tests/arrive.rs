//! Agents who are at the door of a call that runs.

use super::transfer::talking;
use super::*;

/// The telephone of an agent, at the door.
fn at_the_door(rig: &mut Rig, offer: Option<Sdp>) -> Arrival {
    Arrival { leg: rig.ids.next(rig.now), interface: InterfaceId(0), profile: Default::default(), offer }
}

/// Routing's offer brings the telephone along: it is answered and hears the contact, and nothing rings.
///
/// Rows: S7.9, S7.11
#[test]
fn an_offer_to_somebody_at_the_door_is_answered_at_once() {
    for late in [false, true] {
        let mut rig = Rig::answered();
        let (offer, arrival) = (rig.offer(), at_the_door(&mut rig, (!late).then(|| sdp("theirs"))));
        let (agent, leg) = (offer.agent, arrival.leg);
        let order = rig.order(CallOrder::Connect(offer.clone(), arrival));
        assert!(rig.saw_event(CallEvent::Adopted { leg }));
        let ours = sdp("ours");
        match late {
            false => rig.media(MediaEvent::Negotiated { leg, answer: Some(ours.clone()), held: false }),
            true => rig.media(MediaEvent::Offer { leg, offer: ours.clone() }),
        }
        assert!(rig.saw(&Output::Leg(leg, LegCommand::Answer { sdp: ours })));
        rig.leg(leg, LegEvent::Confirmed { answer: late.then(|| sdp("theirs")) });
        if late {
            rig.media(MediaEvent::Negotiated { leg, answer: None, held: false });
        }
        assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Accepted)), "late: {late}");
        let bridged = CallEvent::Bridged { a: rig.a, b: leg, agent: Some(agent), offer: Some(offer.offer) };
        assert!(rig.saw_event(bridged) && rig.dialled().is_empty());
        assert_eq!((rig.hearing(rig.a), rig.hearing(leg)), (vec![leg], vec![rig.a]));
    }
}

/// Who leaves before, whose sound is of no use, and whom the call has no use for: hung up, and routing hears of it.
#[test]
fn whoever_cannot_be_connected_is_hung_up() {
    let mut rig = Rig::answered();
    let (offer, arrival) = (rig.offer(), at_the_door(&mut rig, Some(sdp("theirs"))));
    let leg = arrival.leg;
    let order = rig.order(CallOrder::Connect(offer, arrival));
    rig.ended(leg, Cause::Cancelled);
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Failed)));

    let (offer, arrival) = (rig.offer(), at_the_door(&mut rig, Some(sdp("theirs"))));
    let leg = arrival.leg;
    let order = rig.order(CallOrder::Connect(offer, arrival));
    rig.media(MediaEvent::Refused { leg, why: Refusal::NoCommonCodec });
    assert!(rig.hung_up(leg, Cause::NotAcceptable));
    assert_eq!(rig.outcome(order), Some(&Outcome::Offer(OfferOutcome::Failed)));

    let (mut rig, _) = Rig::talking();
    let (offer, arrival) = (rig.offer(), at_the_door(&mut rig, Some(sdp("theirs"))));
    let leg = arrival.leg;
    let order = rig.order(CallOrder::Connect(offer, arrival));
    assert!(rig.hung_up(leg, Cause::Unreachable));
    assert!(matches!(rig.outcome(order), Some(Outcome::Refused(_))));
}

/// INVITE with Replaces: the agent is asked for as every other, then has the contact, and the former one is free. The contact
/// notices nothing but the voice.
///
/// Rows: S7.11
#[test]
fn a_place_is_taken() {
    let (mut rig, b, _, _) = talking();
    let by = rig.colleague();
    let order = rig.order(CallOrder::TakeUp { by, leg: b });
    assert_eq!(rig.outcome(order), Some(&Outcome::Done));
    let Some((request, ask)) = rig.out.iter().rev().find_map(|o| match o {
        Output::Ask(ask, Question::Agent(request)) => Some((request.clone(), *ask)),
        _ => None,
    }) else {
        panic!("routing is asked")
    };
    assert!(request.agent == by && request.ends_wrap_up);
    assert_eq!(rig.hearing(rig.a), [b], "until then they talk on");
    let (offer, arrival) = (rig.offer(), at_the_door(&mut rig, Some(sdp("theirs"))));
    let (offer, leg) = (OfferOrder { agent: by, work_item: request.work_item, ..offer }, arrival.leg);
    rig.order(CallOrder::Connect(offer, arrival));
    rig.media(MediaEvent::Negotiated { leg, answer: Some(sdp("ours")), held: false });
    rig.put(Input::Answer(ask, Answer::LeftQueue(WorkOutcome::Served)));
    assert_eq!((rig.hearing(rig.a), rig.hearing(leg)), (vec![leg], vec![rig.a]));
    assert!(rig.hung_up(b, Cause::Normal));
    rig.ended(leg, Cause::Normal);
    assert!(rig.facts().contains(&FlowFact::DialEnded(DialOutcome::Talked)), "the call is whose it was");
}

/// Nobody's, one's own, refused by routing: they talk on. What rings for an offer is routing's.
#[test]
fn a_place_that_is_not_taken() {
    let (mut rig, b, agent, _) = talking();
    let (by, nobody) = (rig.colleague(), rig.ids.next(rig.now));
    for (by, leg) in [(by, nobody), (by, rig.a), (agent, b)] {
        let order = rig.order(CallOrder::TakeUp { by, leg });
        assert!(matches!(rig.outcome(order), Some(Outcome::Refused(_))));
    }
    rig.order(CallOrder::TakeUp { by, leg: b });
    let ask = rig.the_ask();
    rig.put(Input::Answer(ask, Answer::AgentRefused(OfferOutcome::Busy)));
    assert_eq!(rig.hearing(rig.a), [b]);

    let mut rig = Rig::answered();
    let offer = rig.offer();
    rig.order(CallOrder::Offer(offer.clone()));
    let rings = rig.reach(&["desk"])[0];
    let order = rig.order(CallOrder::TakeUp { by, leg: rings });
    assert_eq!(rig.outcome(order), Some(&Outcome::RingsFor(offer.agent)));
}
