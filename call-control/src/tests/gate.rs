//! No recording, no call.

use super::*;

/// A caller at the door of a number whose calls must be recorded; the flow has ordered the answer.
fn at_the_gate() -> (Rig, AskId) {
    let mut rig = Rig::with(Some(sdp("offer")), Config { recorded: true, ..Config::default() });
    rig.media(MediaEvent::Negotiated { leg: rig.a, answer: Some(sdp("answer")), held: false });
    rig.flow(FlowOrder::AnswerCaller);
    rig.flow(FlowOrder::AnswerCaller);
    let asked = rig.asked();
    let [(ask, false)] = asked[..] else { panic!("{asked:?}") };
    (rig, ask)
}

impl Rig {
    /// What the house was asked about recording: `bridge`.
    fn asked(&self) -> Vec<(AskId, bool)> {
        let asked = self.out.iter().filter_map(|o| match o {
            Output::Ask(ask, Question::Connect { bridge }) => Some((*ask, *bridge)),
            _ => None,
        });
        asked.collect()
    }

    fn is_answered(&self) -> bool {
        self.out.iter().any(|o| matches!(o, Output::Leg(_, LegCommand::Answer { .. })))
    }

    fn says(&mut self, ask: AskId, answer: Answer) {
        self.put(Input::Answer(ask, answer));
    }
}

/// Rows: S4.6
#[test]
fn nobody_is_answered_before_the_recording_runs() {
    let (mut rig, ask) = at_the_gate();
    assert!(!rig.is_answered() && !rig.saw_event(CallEvent::Answered { leg: rig.a }));
    rig.says(ask, Answer::Recording);
    assert!(rig.is_answered() && rig.saw_event(CallEvent::Answered { leg: rig.a }));
    assert_eq!(rig.facts(), [FlowFact::Started, FlowFact::CallerAnswered]);
}

/// Rows: S4.6
#[test]
fn whoever_cannot_be_recorded_is_refused_unanswered() {
    for silent in [false, true] {
        let (mut rig, ask) = at_the_gate();
        match silent {
            true => rig.pass(Config::default().answer),
            false => rig.says(ask, Answer::Failed),
        }
        assert!(!rig.is_answered() && rig.hung_up(rig.a, Cause::Congestion));
        assert_eq!(rig.saw(&Output::Cancel(ask)), silent);
        rig.says(ask, Answer::Recording);
        assert!(!rig.is_answered(), "it comes too late");
        rig.ended(rig.a, Cause::Congestion);
        rig.closed(rig.a);
        assert!(rig.call.is_over());
    }
}

/// Rows: S4.6
#[test]
fn two_who_picked_up_do_not_hear_each_other_before_it_runs() {
    for (answer, talk) in [(Answer::Recording, true), (Answer::Failed, false)] {
        let (mut rig, ask) = at_the_gate();
        rig.says(ask, Answer::Recording);
        rig.leg(rig.a, LegEvent::Confirmed { answer: None });
        let (order, legs) = rig.ring(&["desk", "mobile"]);
        rig.take();
        rig.pick_up(legs[0]);
        rig.pick_up(legs[1]);
        let asked = rig.asked();
        let [(ask, true)] = asked[..] else { panic!("{asked:?}") };
        let connected = |rig: &Rig| rig.out.iter().any(|o| matches!(o, Output::Media(MediaCommand::Hear { .. })));
        assert!(!connected(&rig) && rig.outcome(order).is_none());
        // The first one has left again: the other is talked to.
        rig.ended(legs[0], Cause::Normal);
        rig.says(ask, answer);
        assert_eq!(connected(&rig), talk);
        let bridged = rig.out.iter().any(|o| matches!(o, Output::Event(CallEvent::Bridged { b, .. }) if *b == legs[1]));
        assert_eq!((bridged, rig.hung_up(rig.a, Cause::Congestion)), (talk, !talk));
    }
}

#[test]
fn a_caller_who_leaves_meanwhile_takes_the_question_along() {
    let (mut rig, ask) = at_the_gate();
    rig.ended(rig.a, Cause::Cancelled);
    assert!(rig.saw(&Output::Cancel(ask)));
    rig.closed(rig.a);
    assert!(rig.call.is_over() && !rig.is_answered());
}
