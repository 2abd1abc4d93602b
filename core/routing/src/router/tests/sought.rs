use super::*;

fn not_taken(c: &Centre) -> Vec<(u32, Ended)> {
    let found = c.said.iter().filter_map(|o| match o {
        Output::NotTaken(item, ended) => Some((number_of(*item), *ended)),
        _ => None,
    });
    found.collect()
}

/// Whom a colleague may ask for: whoever has their hands free and is not known to be away. The answer is immediate.
///
/// Rows: S7.9, S7.11
#[test]
fn a_break_does_not_protect_from_a_colleague_but_work_does() {
    let at = |c: &mut Centre, state: &str| match state {
        "ready" => c.want(2, Wanted::Ready),
        "lunch" => c.want(2, on_break()),
        "logged out" => {}
        "no answer" => c.want(2, Wanted::NotReady("no_answer".into())),
        _ => {
            c.ready(&[2]);
            c.call(100, 2);
            c.commit();
            if state != "ringing" {
                c.end(100, Ended::Accepted);
            }
            if state == "wrap-up" {
                c.tell(Input::WorkEnded(id(100)));
            }
        }
    };
    for (state, expected) in [
        ("ready", Ok(2)),
        ("lunch", Ok(2)),
        ("logged out", Err(Ended::Unreachable)),
        ("no answer", Err(Ended::Unreachable)),
        ("ringing", Err(Ended::Busy)),
        ("talking", Err(Ended::Busy)),
        ("wrap-up", Err(Ended::Busy)),
    ] {
        let mut c = Centre::new(&[(1, 0), (0, 1)]);
        at(&mut c, state);
        c.take_said();
        c.seek(200, 2, Some(1));
        assert_eq!(c.router.place(id(200)), None, "{state}: it waits in no queue");
        match expected {
            Ok(agent) => {
                assert_eq!((c.proposed(), not_taken(&c)), (vec![(200, agent)], vec![]), "{state}");
                c.commit();
                let offered = c.ringing.iter().find(|r| r.work_item == id(200)).expect("rings");
                assert_eq!((offered.queue, offered.ring_for), (id(1), secs(15)), "{state}");
                assert_eq!(c.router.floor().queues[0].waiting, 0, "{state}");
            }
            Err(ended) => assert_eq!((c.proposed(), not_taken(&c)), (vec![], vec![(200, ended)]), "{state}"),
        }
    }
}

/// However it ends, it ends once, and what the agent had chosen before is what they come back to.
///
/// Rows: S7.9, S7.11, S7.25
#[test]
fn who_was_sought_goes_back_to_what_they_chose() {
    for (ended, said, presence) in [
        (Ended::Accepted, None, Presence::Talking),
        (Ended::Declined, Some(Ended::Declined), not_ready("lunch")),
        (Ended::NoAnswer, Some(Ended::NoAnswer), not_ready("lunch")),
        (Ended::Failed, Some(Ended::Failed), not_ready("lunch")),
        (Ended::CallerLeft, None, not_ready("lunch")),
    ] {
        let mut c = Centre::new(&[(1, 0)]);
        c.want(1, on_break());
        c.seek(200, 1, None);
        c.commit();
        c.take_said();
        c.end(200, ended);
        c.pass(secs(60));
        assert_eq!(
            (not_taken(&c), c.presence(1)),
            (said.map(|e| (200, e)).into_iter().collect(), presence),
            "{ended:?}"
        );
        assert_eq!(c.left().len(), usize::from(said.is_none()), "{ended:?}");
        if ended == Ended::Accepted {
            c.tell(Input::WorkEnded(id(200)));
            assert_eq!(c.presence(1), Presence::WrapUp);
            c.tell(Input::WrapUpDone(id(1), id(1)));
            assert_eq!(c.presence(1), not_ready("lunch"));
        }
    }
}

/// Two ask for the same: one is told at once. What the store refuses, or whoever hangs up meanwhile, ends it too.
///
/// Rows: S7.11, S16.13
#[test]
fn two_who_ask_for_the_same_are_not_both_served() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1]);
    c.seek(200, 1, None);
    c.seek(201, 1, None);
    assert_eq!((c.proposed(), not_taken(&c)), (vec![(200, 1)], vec![(201, Ended::Busy)]));
    let offer = c.open.remove(0).offer;
    c.tell(Input::Lost(offer));
    assert_eq!(not_taken(&c), [(201, Ended::Busy), (200, Ended::Failed)]);
    c.pass(secs(2));
    c.seek(202, 1, None);
    c.tell(Input::Withdrawn(id(202)));
    c.commit();
    assert_eq!((c.rings(202), c.presence(1)), (None, Presence::Ready));
    assert_eq!(c.left(), [(202, WorkOutcome::Abandoned)]);
    c.seek(203, 7, None);
    assert_eq!(not_taken(&c).last(), Some(&(203, Ended::Unreachable)), "nobody of that name");
    c.tell(Input::Drain);
    c.seek(204, 1, None);
    assert_eq!(c.proposed(), [(204, 1)], "calls that run go on");
}

/// What is the agent's own matter ends their wrap-up: they are asked at once, and come back to what they had chosen to do next.
///
/// Rows: S7.9, S7.25
#[test]
fn wrap_up_does_not_protect_from_ones_own_matters() {
    for (ended, presence) in [(Ended::Accepted, Presence::WrapUp), (Ended::Declined, not_ready("lunch"))] {
        let mut c = Centre::new(&[(1, 0)]);
        c.ready(&[1]);
        c.call(100, 1);
        c.connect(100);
        c.call(101, 1);
        c.seek_as(200, 1, None, true);
        assert_eq!(not_taken(&c), [(200, Ended::Busy)], "a call in hand does");
        c.tell(Input::WorkEnded(id(100)));
        c.tell(Input::NextChosen(id(9), id(1), on_break()));
        assert_eq!(c.presence(1), Presence::WrapUp);
        c.seek_as(201, 1, None, true);
        assert_eq!(c.proposed(), [(201, 1)], "and nobody of the queue is asked in between");
        assert_eq!(c.presence(1), Presence::Reserved);
        c.commit();
        c.end(201, ended);
        if ended == Ended::Accepted {
            assert_eq!(c.presence(1), Presence::Talking);
            c.tell(Input::WorkEnded(id(201)));
        }
        assert_eq!(c.presence(1), presence, "{ended:?}");
        assert!(c.router.audit().is_empty());
    }
}
