//! Keys of one party for the others: those that media does not pass on by itself.

use super::*;

fn key(key: char) -> Digit {
    Digit::new(key).expect("a key")
}

/// A caller who has dialled somebody over a line like this, and talks to him.
fn talking_over(dtmf: DtmfMode) -> (Rig, LegId) {
    let mut rig = Rig::answered();
    let target = Target::Extension("2001".into());
    rig.flow(FlowOrder::Dial(DialRequest { targets: vec![target], from: None, ring_for: Duration::from_secs(30) }));
    let ask = rig.the_ask();
    let profile = Profile::Rtp(LineSound { dtmf, ..LineSound::default() });
    rig.put(Input::Answer(ask, Answer::Destinations(vec![Destination { profile, ..device("line") }])));
    let b = rig.make_offers()[0];
    rig.pick_up(b);
    rig.take();
    (rig, b)
}

fn by_info(leg: LegId, pressed: char) -> Output {
    Output::Leg(leg, LegCommand::Press { keys: vec![key(pressed)].into() })
}

fn by_media(leg: LegId, pressed: char) -> Output {
    Output::Media(MediaCommand::Press { leg, keys: vec![key(pressed)].into() })
}

fn heard(rig: &mut Rig, leg: LegId, source: DigitSource) -> Vec<Output> {
    rig.take();
    match source {
        DigitSource::Info => rig.leg(leg, LegEvent::Digit { digit: key('5'), duration: None }),
        _ => rig.media(MediaEvent::Digit { leg, digit: key('5'), duration: Duration::from_millis(80), source }),
    }
    rig.take().into_iter().filter(|o| matches!(o, Output::Leg(..) | Output::Media(_))).collect()
}

/// Rows: V15
#[test]
fn keys_reach_a_line_in_the_way_it_wants_them() {
    for dtmf in [DtmfMode::Rfc4733, DtmfMode::InBand, DtmfMode::Info] {
        for source in [DigitSource::Rtp, DigitSource::InBand, DigitSource::Info] {
            let (mut rig, b) = talking_over(dtmf);
            let a = rig.a;
            let expected = match (dtmf, source) {
                (DtmfMode::Info, _) => vec![by_info(b, '5')],
                (_, DigitSource::Info) => vec![by_media(b, '5')],
                _ => vec![],
            };
            assert_eq!(heard(&mut rig, a, source), expected, "{source:?} to {dtmf:?}");
            // And back: the caller's telephone is like any other.
            let expected = if source == DigitSource::Info { vec![by_media(a, '5')] } else { vec![] };
            assert_eq!(heard(&mut rig, b, source), expected, "{dtmf:?} to a telephone by {source:?}");
        }
    }
}

#[test]
fn a_key_that_comes_twice_is_passed_on_once() {
    let (mut rig, b) = talking_over(DtmfMode::Info);
    let a = rig.a;
    assert_eq!(heard(&mut rig, a, DigitSource::Rtp), [by_info(b, '5')]);
    assert_eq!(heard(&mut rig, a, DigitSource::Info), []);
}

#[test]
fn nobody_who_does_not_listen_gets_keys() {
    let (mut rig, b) = talking_over(DtmfMode::Info);
    let a = rig.a;
    rig.leg(b, LegEvent::Offered { offer: Some(sdp("hold")) });
    rig.media(MediaEvent::Negotiated { leg: b, answer: Some(sdp("held")), held: true });
    assert_eq!(heard(&mut rig, b, DigitSource::Info), [], "who holds is not heard");
    let mut rig = Rig::answered();
    assert_eq!(heard(&mut rig, a, DigitSource::Info), [], "the flow alone");
}
