use super::*;

/// Rows: S7.4, S7.22
#[test]
fn nobody_rings_before_the_store_has_it() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    assert_eq!((c.proposed(), c.rings(100), c.presence(1)), (vec![(100, 1)], None, Presence::Reserved));
    c.commit();
    assert_eq!((c.rings(100), c.presence(1)), (Some(1), Presence::Offered));
    let offered = c.ringing[0].clone();
    assert_eq!((offered.target.as_str(), offered.ring_for, offered.queue), ("2001", secs(20), id(1)));
    c.take_said();
    c.end(100, Ended::Accepted);
    assert_eq!((c.presence(1), c.left()), (Presence::Talking, vec![(100, WorkOutcome::Served)]));
    assert_eq!(c.router.place(id(100)), None);
}

/// What each end of an offer does to agent and caller.
///
/// Rows: S7.22, S7.25
#[test]
fn how_offers_end() {
    // Presence at once; after how many seconds the lone agent is asked again (`None`: not by itself).
    let table = [
        (Ended::Declined, Presence::Ready, Some(10)),
        (Ended::Busy, Presence::Ready, Some(5)),
        (Ended::Failed, Presence::Ready, Some(5)),
        (Ended::NoAnswer, not_ready("no_answer"), None),
        (Ended::Unreachable, not_ready("unreachable"), None),
    ];
    for (ended, presence, again) in table {
        let mut c = Centre::new(&[(1, 0)]);
        c.ready(&[1]);
        c.call(100, 1);
        c.call(101, 1);
        c.commit();
        c.take_said();
        c.end(100, ended);
        assert!(c.said.contains(&Output::OfferEnded(c_offer(&c), ended)), "{ended:?}");
        assert_eq!(c.presence(1), presence, "{ended:?}");
        assert_eq!((c.left(), c.router.place(id(100))), (vec![], Some(1)), "{ended:?}: it keeps its place");
        match again {
            Some(seconds) => {
                c.pass(secs(seconds) - Duration::from_millis(1));
                assert_eq!(c.proposed(), vec![], "{ended:?}");
                c.pass(Duration::from_millis(1));
                assert_eq!(c.proposed(), vec![(100, 1)], "{ended:?}");
            }
            None => {
                c.pass(secs(600));
                assert_eq!(c.proposed(), vec![], "{ended:?}");
                c.want(1, Wanted::Ready);
                assert_eq!(c.proposed(), vec![(100, 1)], "{ended:?}");
            }
        }
    }
}

fn c_offer(c: &Centre) -> OfferId {
    c.said
        .iter()
        .find_map(|o| if let Output::OfferEnded(offer, _) = o { Some(*offer) } else { None })
        .expect("an offer ended")
}

/// Rows: S7.22
#[test]
fn a_refused_item_goes_to_others_first_at_its_old_place() {
    let mut c = Centre::new(&[(1, 0), (1, 0), (2, 0)]);
    c.ready(&[1, 2, 3]);
    c.call(100, 1);
    c.call(101, 1);
    c.commit();
    assert_eq!((c.rings(100), c.rings(101)), (Some(1), Some(2)));
    c.call(102, 1);
    c.commit();
    assert_eq!(c.rings(102), Some(3));
    c.call(103, 1);
    c.end(100, Ended::Declined);
    assert_eq!(c.router.place(id(100)), Some(1));
    c.end(101, Ended::CallerLeft); // agent 2 is free: the old item first, not the one that came last
    assert_eq!(c.proposed(), vec![(100, 2)]);
    c.commit();
    c.pass(secs(3));
    c.end(100, Ended::Declined);
    c.pass(secs(7)); // agent 1 had it, but is the only one there
    assert_eq!(c.proposed(), vec![(100, 1)]);
}

#[test]
fn who_did_not_have_it_comes_before_who_did_whatever_the_level() {
    let mut c = Centre::new(&[(1, 0), (2, 0), (3, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.end(100, Ended::Declined);
    c.ready(&[3]);
    c.commit();
    assert_eq!(c.rings(100), Some(3));
    c.pass(secs(10));
    c.ready(&[2]);
    c.end(100, Ended::Declined);
    assert_eq!(c.proposed(), vec![(100, 2)], "agent 1 is of a better level and free, but had it");
}

#[test]
fn among_those_who_had_it_the_one_who_had_it_least_is_asked() {
    let mut c = Centre::new(&[(1, 0), (2, 0), (3, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    for _ in 0..2 {
        c.commit();
        c.end(100, Ended::Declined);
        c.pass(secs(10));
    }
    c.commit();
    c.end(100, Ended::Declined);
    for agent in [2, 3] {
        c.ready(&[agent]);
        c.commit();
        assert_eq!(c.rings(100), Some(agent));
        if agent == 2 {
            c.end(100, Ended::Declined);
        }
    }
    c.pass(secs(10));
    c.end(100, Ended::Declined);
    assert_eq!(c.proposed(), vec![(100, 2)]);
}

/// Rows: S7.25
#[test]
fn a_caller_who_hangs_up_costs_the_agent_nothing() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.commit();
    let offer = c.ringing[0].offer;
    c.take_said();
    c.tell(Input::Withdrawn(id(100)));
    assert_eq!(c.presence(1), Presence::Ready);
    assert!(c.said.contains(&Output::WithdrawOffer(offer)));
    assert!(c.said.contains(&Output::OfferEnded(offer, Ended::CallerLeft)));
    assert_eq!(c.left(), vec![(100, WorkOutcome::Abandoned)]);
    c.take_said();
    c.tell(Input::OfferEnded(offer, Ended::CallerLeft)); // the call says it too
    assert_eq!(c.take_said(), vec![]);
    c.call(101, 1);
    assert_eq!(c.proposed(), vec![(101, 1)], "still the one idle longest");
}

#[test]
fn a_caller_gone_while_the_store_writes_is_not_rung() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.take_said();
    c.tell(Input::Withdrawn(id(100)));
    assert_eq!((c.left(), c.presence(1)), (vec![(100, WorkOutcome::Abandoned)], Presence::Reserved));
    let offer = c.open[0].offer;
    c.commit();
    assert_eq!((c.rings(100), c.presence(1)), (None, Presence::Ready));
    assert!(c.said.contains(&Output::OfferEnded(offer, Ended::CallerLeft)), "the row in the store ends");
}

#[test]
fn a_lost_proposal_leaves_both_alone_for_a_moment() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    let offer = c.open.remove(0).offer;
    c.take_said();
    c.tell(Input::Lost(offer));
    assert_eq!((c.presence(1), c.router.place(id(100)), c.proposed()), (Presence::Ready, Some(1), vec![]));
    assert!(!c.said.iter().any(|o| matches!(o, Output::OfferEnded(..))), "what never was does not end");
    c.pass(secs(1));
    assert_eq!(c.proposed(), vec![(100, 1)]);
    c.tell(Input::Lost(offer)); // told twice
    assert_eq!(c.presence(1), Presence::Reserved);
}

/// Rows: S16.13
#[test]
fn a_silent_store_holds_nobody_for_ever_and_a_late_word_of_it_is_mended() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.want(1, on_break());
    let offer = c.open.remove(0).offer;
    c.pass(secs(10));
    assert_eq!((c.presence(1), c.router.place(id(100))), (not_ready("lunch"), Some(1)));
    c.take_said();
    c.tell(Input::Committed(vec![offer]));
    assert_eq!(c.take_said(), vec![Output::OfferEnded(offer, Ended::Superseded)]);
    c.tell(Input::Committed(vec![offer]));
    assert_eq!(c.take_said(), vec![]);
}

/// Rows: S16.13
#[test]
fn an_offer_nobody_ends_fails_by_itself() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.take_said();
    let offer = c.ringing[0].offer;
    c.pass(secs(29));
    assert_eq!(c.presence(1), Presence::Offered);
    c.pass(secs(1));
    assert!(
        c.said.contains(&Output::WithdrawOffer(offer)) && c.said.contains(&Output::OfferEnded(offer, Ended::Failed))
    );
    assert_eq!((c.presence(1), c.router.place(id(100))), (Presence::Ready, Some(1)));
}

/// Rows: S7.22
#[test]
fn a_leader_assigns() {
    let mut c = Centre::new(&[(1, 0), (0, 1), (1, 0)]);
    c.ready(&[2]);
    c.call(100, 1);
    c.call(101, 1);
    assert_eq!(c.proposed(), vec![], "agent 2 does not serve the queue");
    c.take_said();
    c.tell(Input::AssignTo(id(7), id(101), id(2)));
    assert_eq!((c.proposed(), c.done(7)), (vec![(101, 2)], None));
    assert_eq!(c.open[0].why.how, How::Assigned);
    c.commit();
    assert_eq!((c.done(7), c.rings(101)), (Some(Ok(())), Some(2)));
    c.end(101, Ended::Declined);
    assert_eq!((c.router.place(id(100)), c.router.place(id(101))), (Some(1), Some(2)), "back to its old place");

    for (order, item, agent, refusal) in
        [(8, 999, 2, Refusal::UnknownWork), (9, 100, 9, Refusal::UnknownAgent), (10, 100, 1, Refusal::NotReady)]
    {
        c.tell(Input::AssignTo(id(order), id(item), id(agent)));
        assert_eq!(c.done(order), Some(Err(refusal)), "{order}");
    }
    c.tell(Input::AssignTo(id(11), id(100), id(2))); // a pause does not count against a leader's word
    c.tell(Input::AssignTo(id(12), id(100), id(2)));
    c.tell(Input::AssignTo(id(13), id(101), id(2)));
    assert_eq!((c.done(12), c.done(13)), (Some(Err(Refusal::NotWaiting)), Some(Err(Refusal::NoCapacity))));
    let offer = c.open.remove(0).offer;
    c.tell(Input::Lost(offer));
    assert_eq!(c.done(11), Some(Err(Refusal::Lost)));
}

/// Rows: S7.22
#[test]
fn pull_queues_wait_to_be_picked() {
    let mut c = Centre::new(&[(1, 1), (0, 1)]);
    c.configure(|plan| plan.queues[0].mode = Mode::Pull);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.call(101, 1);
    assert_eq!((c.proposed(), c.router.place(id(101))), (vec![], Some(2)));
    c.tell(Input::Pick(id(7), id(2), id(101)));
    assert_eq!(c.done(7), Some(Err(Refusal::NotInQueue)));
    c.tell(Input::Pick(id(8), id(1), id(101)));
    assert_eq!(c.proposed(), vec![(101, 1)]);
    c.connect(101);
    assert_eq!(c.done(8), Some(Ok(())));
    c.call(102, 2);
    c.commit();
    c.end(102, Ended::Declined);
    c.tell(Input::Pick(id(9), id(2), id(102)));
    assert_eq!(c.done(9), Some(Err(Refusal::NotPull)), "this queue pushes");
    c.tell(Input::Pick(id(10), id(1), id(100)));
    assert_eq!(c.done(10), Some(Err(Refusal::NoCapacity)));
}

/// Rows: S7.22
#[test]
fn a_decision_explains_itself() {
    let mut c = Centre::new(&[(2, 0), (2, 0), (3, 0)]);
    c.ready(&[2, 1, 3]);
    let idle_since = c.now - secs(3);
    let mut work = c.work(100, 1);
    work.priority = Priority(2);
    c.tell(Input::Queued(work));
    let why = &c.open[0].why;
    let rank = (c.now - secs(120)).0;
    let others = vec![id(1), id(3)];
    let expected = Why { rank, level: Some(2), idle_since, candidates: 3, others, ..Why::default() };
    assert_eq!((why, number(c.open[0].agent)), (&expected, 2));
    assert!(serde_json::to_string(why).unwrap().contains("\"how\":\"matched\""));
}
