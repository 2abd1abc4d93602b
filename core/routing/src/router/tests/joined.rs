use super::*;

impl Centre {
    fn join(&mut self, item: u32, agent: u32) {
        self.tell(Input::Joined(Joined { work_item: id(item), agent: id(agent), queue: Some(id(1)) }));
    }
}

/// Whoever supervises is not offered anything; afterwards they are what they were, without wrap-up.
///
/// Rows: S7.17, S7.25
#[test]
fn a_supervisor_in_a_call_is_not_offered_another() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1]);
    c.join(50, 1);
    assert_eq!(c.presence(1), Presence::Talking);
    c.call(100, 1);
    assert!(c.proposed().is_empty(), "their hands are full");
    c.seek(200, 1, Some(1));
    assert!(c.said.contains(&Output::NotTaken(id(200), Ended::Busy)), "nor are they asked by a colleague");
    c.tell(Input::WorkLeft(id(50)));
    assert_eq!(c.proposed(), [(100, 1)], "at once");
    assert!(c.router.audit().is_empty());
}

/// Whoever has taken a call over finishes it as everybody does.
///
/// Rows: S7.17, S7.25
#[test]
fn who_took_a_call_over_has_its_wrap_up() {
    let mut c = Centre::new(&[(1, 0)]);
    c.want(1, Wanted::NotReady("lunch".into()));
    c.join(50, 1);
    c.tell(Input::WorkEnded(id(50)));
    assert_eq!(c.presence(1), Presence::WrapUp);
    // From there into the next one: the last is finished with.
    c.join(51, 1);
    assert_eq!(c.presence(1), Presence::Talking);
    c.join(52, 1);
    c.tell(Input::WorkLeft(id(52)));
    assert_eq!(c.presence(1), Presence::Talking, "the first counts");
    c.tell(Input::WorkLeft(id(51)));
    assert_eq!(c.presence(1), Presence::NotReady("lunch".into()));
    assert!(c.router.audit().is_empty());
}

/// A colleague's telephone rings; somebody of the queue picks it up, and the colleague is free as if nothing had been.
///
/// Rows: S7.11, S7.25
#[test]
fn what_rings_at_a_colleague_is_picked_up() {
    let mut c = Centre::new(&[(1, 0), (2, 0), (0, 1)]);
    c.ready(&[1, 2, 3]);
    c.call(100, 1);
    c.commit();
    let pick_up = |agent, of: Option<u32>| Input::PickUp(id(7), id(agent), of.map(id));
    let done = |c: &Centre| {
        c.said.iter().rev().find_map(|o| match o {
            Output::Done(order, result) if *order == id(7) => Some(*result),
            _ => None,
        })
    };
    for (agent, of) in [(3, None), (2, Some(3)), (1, None)] {
        c.tell(pick_up(agent, of));
        assert_eq!(done(&c), Some(Err(Refusal::NotWaiting)), "{agent} {of:?}");
    }
    c.tell(pick_up(2, Some(1)));
    assert_eq!(done(&c), Some(Ok(())));
    c.end(100, Ended::Superseded);
    assert_eq!((c.presence(1), c.proposed()), (Presence::Ready, vec![(100, 2)]));
    assert!(c.router.audit().is_empty());
}

/// Who is being rung for something else is not taken from it.
///
/// Rows: S7.25
#[test]
fn an_offer_that_rings_goes_before() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.join(50, 1);
    assert_eq!(c.presence(1), Presence::Offered);
    c.end(100, Ended::Accepted);
    c.tell(Input::WorkLeft(id(50)));
    assert_eq!(c.presence(1), Presence::Talking);
    assert!(c.router.audit().is_empty());
}
