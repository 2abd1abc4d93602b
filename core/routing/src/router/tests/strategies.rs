use super::*;

fn with(strategy: QueueStrategy, agents: &[(u8, u8)]) -> Centre {
    let mut c = Centre::new(agents);
    c.configure(|plan| plan.queues[0].strategy = strategy);
    c
}

fn text(c: &mut Centre, item: u32) -> u32 {
    c.tell(Input::Queued(Work { medium: TEXT, ..c.work(item, 1) }));
    c.pass(secs(1));
    let agent = c.proposed().last().expect("somebody is free").1;
    c.connect(item);
    agent
}

/// Rows: S7.4, S7.22
#[test]
fn each_strategy_spreads_texts_its_own_way() {
    let table = [
        // Who has least: one each, then again by idle time.
        (QueueStrategy::LeastBusy, [3, 1, 2, 3, 1, 2]),
        // Nothing in hand goes before idle longest; then the same agent until they are full.
        (QueueStrategy::LongestIdle, [3, 1, 2, 3, 3, 1]),
        // The list: until the first is full.
        (QueueStrategy::TopDown, [1, 1, 1, 2, 2, 2]),
        (QueueStrategy::RoundRobin, [1, 2, 3, 1, 2, 3]),
    ];
    for (strategy, expected) in table {
        let mut c = with(strategy, &[(1, 0), (1, 0), (1, 0)]);
        c.ready(&[3, 1, 2]);
        assert_eq!([100, 101, 102, 103, 104, 105].map(|item| text(&mut c, item)), expected, "{strategy:?}");
    }
}

/// Rows: S7.22
#[test]
fn the_turn_goes_on_after_whoever_was_asked_last() {
    let mut c = with(QueueStrategy::RoundRobin, &[(1, 0), (1, 0), (1, 0)]);
    c.ready(&[1, 2, 3]);
    let mut served = vec![];
    for item in 100..105 {
        c.call(item, 1);
        served.push(c.serve(item));
    }
    assert_eq!(served, [1, 2, 3, 1, 2]);
    c.want(3, on_break());
    c.call(105, 1);
    assert_eq!(c.serve(105), 1, "who is away is passed over");
    // A lower level goes before the turn.
    c.configure(|plan| *plan.agents[1].queues.get_mut(&id(1)).expect("a member") = 2);
    c.call(106, 1);
    assert_eq!(c.serve(106), 1);
}

/// Rows: S7.22
#[test]
fn all_ring_and_one_wins() {
    let mut c = with(QueueStrategy::RingAll, &[(1, 0), (1, 0), (2, 0)]);
    c.ready(&[1, 2, 3]);
    c.call(100, 1);
    assert_eq!(c.proposed(), [(100, 1), (100, 2)], "all of the first level");
    assert_eq!(c.open[0].why.others, [id(2), id(3)]);
    c.call(101, 1);
    assert_eq!(c.proposed()[2..], [(101, 3)], "the next call rings who is left");
    c.commit();
    let of = |c: &Centre, agent: u32| c.ringing.iter().find(|r| r.agent == id(agent)).expect("it rings").offer;
    let (first, second) = (of(&c, 1), of(&c, 2));
    c.take_said();
    c.tell(Input::OfferEnded(second, Ended::Accepted));
    assert_eq!(c.left(), [(100, WorkOutcome::Served)]);
    assert!(c.said.contains(&Output::WithdrawOffer(first)), "{:?}", c.said);
    assert_eq!((c.presence(1), c.presence(2)), (Presence::Offered, Presence::Talking));
    // In the same moment the other takes it too.
    c.tell(Input::OfferEnded(first, Ended::Accepted));
    assert!(c.said.contains(&Output::OfferEnded(first, Ended::Superseded)), "{:?}", c.said);
    assert_eq!((c.presence(1), c.presence(2)), (Presence::Ready, Presence::Talking));
    assert_eq!(c.left(), [(100, WorkOutcome::Served)], "once");
}

/// Rows: S7.22
#[test]
fn it_waits_again_when_the_last_of_all_has_not_taken_it() {
    let mut c = with(QueueStrategy::RingAll, &[(1, 0), (1, 0), (1, 0)]);
    c.ready(&[1, 2, 3]);
    c.call(100, 1);
    let lost = c.open.remove(2).offer;
    c.tell(Input::Lost(lost));
    c.commit();
    let offers: Vec<OfferId> = c.ringing.iter().map(|r| r.offer).collect();
    c.tell(Input::OfferEnded(offers[0], Ended::Declined));
    c.pass(secs(2));
    assert_eq!((c.proposed(), c.left()), (vec![], vec![]), "one of them still rings");
    c.tell(Input::OfferEnded(offers[1], Ended::NoAnswer));
    assert_eq!(c.proposed(), [(100, 3)], "who has not had it");
    c.commit();
    c.take_said();
    c.tell(Input::Withdrawn(id(100)));
    assert_eq!(c.left(), [(100, WorkOutcome::Abandoned)]);
    assert_eq!(c.presence(3), Presence::Ready);

    // The caller leaves while all ring, and one is not confirmed yet.
    c.want(2, Wanted::Ready);
    c.pass(secs(10));
    c.call(101, 1);
    let late = c.open.remove(0).offer;
    c.commit();
    c.take_said();
    let offer = c.ringing[0].offer;
    c.tell(Input::OfferEnded(offer, Ended::CallerLeft));
    assert_eq!((c.left(), c.ringing.len()), (vec![(101, WorkOutcome::Abandoned)], 0));
    c.tell(Input::Committed(vec![late]));
    assert!(c.said.contains(&Output::OfferEnded(late, Ended::CallerLeft)));
    assert_eq!([1, 2, 3].map(|agent| c.presence(agent)), [Presence::Ready, Presence::Ready, Presence::Ready]);
}

/// Rows: S7.22
#[test]
fn a_leader_assigns_and_a_refusal_returns_it_to_its_old_place() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.configure(|plan| plan.queues[0].mode = Mode::Assign);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.call(101, 1);
    assert_eq!(c.proposed(), [], "nobody is asked by itself");
    c.tell(Input::Pick(id(1), id(1), id(100)));
    assert_eq!(c.done(1), Some(Err(Refusal::NotPull)));
    c.tell(Input::AssignTo(id(2), id(100), id(2)));
    assert_eq!((c.proposed(), c.open[0].why.how), (vec![(100, 2)], How::Assigned));
    c.commit();
    assert_eq!(c.done(2), Some(Ok(())));
    c.end(100, Ended::Declined);
    assert_eq!([100, 101].map(|item| c.router.place(id(item))), [Some(1), Some(2)]);
    assert_eq!(c.proposed(), []);
}
