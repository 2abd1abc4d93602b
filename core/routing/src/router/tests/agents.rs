use super::*;

/// Rows: S7.25
#[test]
fn every_change_of_presence_is_told_once_with_its_time() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].wrap_up = Some(secs(15)));
    c.want(1, Wanted::Ready);
    c.want(1, Wanted::Ready);
    c.call(100, 1);
    c.commit();
    c.pass(secs(2));
    c.end(100, Ended::Accepted);
    c.pass(secs(60));
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WorkEnded(id(100)));
    c.pass(secs(30));
    c.want(1, on_break());
    c.want(1, Wanted::LoggedOut);
    let start = Timestamp::from_millis(1_000_000);
    let told: Vec<_> = c
        .said
        .iter()
        .filter_map(|o| match o {
            Output::PresenceChanged { presence, since, queue, .. } => {
                Some((presence.as_str(), since.since(start).as_secs(), queue.is_some()))
            }
            _ => None,
        })
        .collect();
    let expected = [
        ("ready", 0, false),
        ("reserved", 0, true),
        ("offered", 1, true),
        ("talking", 3, true),
        ("wrap_up", 63, true),
        ("ready", 78, false),
        ("not_ready", 93, false),
        ("logged_out", 93, false),
    ];
    assert_eq!(told, expected);
}

/// Rows: S7.25
#[test]
fn a_contact_on_hold_is_seen_and_still_fills_the_agent() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.call(101, 1);
    c.connect(100);
    c.tell(Input::WorkHeld(id(100)));
    c.tell(Input::WorkHeld(id(100)));
    assert_eq!((c.presence(1), c.proposed()), (Presence::Hold, vec![]));
    c.tell(Input::WorkResumed(id(100)));
    assert_eq!(c.presence(1), Presence::Talking);
    c.tell(Input::WorkHeld(id(100)));
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::WrapUp, "hold ends with the call");
    c.tell(Input::WorkResumed(id(100)));
    assert_eq!(c.presence(1), Presence::WrapUp, "late news changes nothing");
}

/// Rows: S7.29
#[test]
fn wrap_up_ends_by_timer_by_hand_or_by_choice() {
    let wrapping = |wrap_up: Option<Duration>| {
        let mut c = Centre::new(&[(1, 0)]);
        c.configure(|plan| plan.queues[0].wrap_up = wrap_up);
        c.ready(&[1]);
        c.call(100, 1);
        c.call(101, 1);
        c.connect(100);
        c.tell(Input::WorkEnded(id(100)));
        assert_eq!((c.presence(1), c.proposed()), (Presence::WrapUp, vec![]));
        c.take_said();
        c
    };
    let mut c = wrapping(Some(secs(15)));
    c.pass(secs(14));
    assert_eq!(c.presence(1), Presence::WrapUp);
    c.pass(secs(1));
    assert_eq!(c.proposed(), vec![(101, 1)], "by timer");

    for until_done in [None, Some(Duration::ZERO)] {
        let mut c = wrapping(until_done);
        c.pass(secs(36_000));
        assert_eq!(c.presence(1), Presence::WrapUp, "no timer");
        c.tell(Input::WrapUpDone(id(7), id(1)));
        assert_eq!((c.done(7), c.proposed()), (Some(Ok(())), vec![(101, 1)]), "by hand");
        c.tell(Input::WrapUpDone(id(8), id(1)));
        assert_eq!(c.done(8), Some(Err(Refusal::NotInWrapUp)));
    }

    let mut c = wrapping(None);
    c.want(1, on_break());
    assert_eq!((c.presence(1), c.proposed()), (not_ready("lunch"), vec![]), "by choice");

    let mut c = wrapping(Some(secs(15)));
    c.pass(secs(10));
    c.tell(Input::WrapUpExtended(id(7), id(1), secs(60)));
    c.tell(Input::WrapUpExtended(id(8), id(1), secs(3_601)));
    assert_eq!((c.done(7), c.done(8)), (Some(Ok(())), Some(Err(Refusal::TooLong))));
    let until = c.router.floor().agents[0].work[0].until.expect("there is a timer");
    assert_eq!(until.since(c.now), secs(65));
    c.pass(secs(64));
    assert_eq!(c.presence(1), Presence::WrapUp, "extended");
    c.pass(secs(1));
    assert_eq!(c.proposed(), vec![(101, 1)]);
}

/// Rows: S7.29
#[test]
fn the_next_state_is_chosen_during_the_call() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].wrap_up = Some(secs(15)));
    c.ready(&[1]);
    c.tell(Input::NextChosen(id(6), id(1), on_break()));
    assert_eq!(c.done(6), Some(Err(Refusal::NoWork)));
    c.call(100, 1);
    c.call(101, 1);
    c.connect(100);
    c.tell(Input::NextChosen(id(7), id(1), on_break()));
    assert_eq!(c.presence(1), Presence::Talking);
    assert_eq!(c.router.floor().agents[0].next, Some(not_ready("lunch")));
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::WrapUp);
    c.pass(secs(15));
    assert_eq!((c.presence(1), c.proposed()), (not_ready("lunch"), vec![]));
}

/// Rows: S7.25
#[test]
fn a_choice_while_ringing_waits_for_the_end_of_the_offer() {
    for (ended, presence) in [
        (Ended::Accepted, Presence::Talking),
        (Ended::Declined, not_ready("lunch")),
        (Ended::NoAnswer, not_ready("lunch")),
        (Ended::CallerLeft, not_ready("lunch")),
    ] {
        let mut c = Centre::new(&[(1, 0)]);
        c.ready(&[1]);
        c.call(100, 1);
        c.commit();
        c.want(1, on_break());
        assert_eq!((c.presence(1), c.rings(100)), (Presence::Offered, Some(1)));
        c.end(100, ended);
        assert_eq!(c.presence(1), presence, "{ended:?}");
    }
}

/// Rows: S7.25
#[test]
fn a_break_chosen_before_it_rings_is_respected() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.want(1, on_break());
    let offer = c.open[0].offer;
    c.commit();
    assert_eq!((c.rings(100), c.presence(1), c.router.place(id(100))), (None, not_ready("lunch"), Some(1)));
    assert!(c.said.contains(&Output::OfferEnded(offer, Ended::Superseded)));
}

/// Rows: S7.25
#[test]
fn signing_out_stops_the_ringing_and_waits_for_the_talk() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.commit();
    let offer = c.ringing[0].offer;
    c.take_said();
    c.want(1, Wanted::LoggedOut);
    assert!(c.said.contains(&Output::WithdrawOffer(offer)));
    assert_eq!(c.presence(1), Presence::Offered, "the call has the last word");
    c.end(100, Ended::Superseded);
    assert_eq!((c.presence(1), c.proposed()), (Presence::LoggedOut, vec![(100, 2)]));

    // It was answered in the same moment.
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.want(1, Wanted::LoggedOut);
    c.end(100, Ended::Accepted);
    assert_eq!(c.presence(1), Presence::Talking);
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::LoggedOut, "who signs out does no wrap-up");

    // The call never answered the withdrawal.
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.want(1, Wanted::LoggedOut);
    c.pass(secs(10));
    assert_eq!((c.presence(1), c.router.place(id(100))), (Presence::LoggedOut, Some(1)));
}

#[test]
fn orders_for_nobody_are_refused() {
    let mut c = Centre::new(&[(1, 0)]);
    c.tell(Input::Chosen(id(7), id(9), Wanted::Ready));
    c.tell(Input::NextChosen(id(8), id(9), Wanted::Ready));
    c.tell(Input::WrapUpDone(id(9), id(9)));
    c.tell(Input::Chosen(id(10), id(1), Wanted::NotReady("x".repeat(65))));
    let refusals = [7, 8, 9, 10].map(|order| c.done(order));
    let unknown = Some(Err(Refusal::UnknownAgent));
    assert_eq!(refusals, [unknown, unknown, unknown, Some(Err(Refusal::Reason))]);
}

/// Rows: S7.25, S7.28
#[test]
fn an_agent_who_is_lost_is_waited_for_and_then_not_ready() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.connect(100);
    c.tell(Input::WorkHeld(id(100)));
    c.tell(Input::WorkLost(id(100)));
    c.tell(Input::WorkLost(id(100)));
    assert_eq!(c.presence(1), Presence::Reconnecting);
    assert_eq!(c.router.audit(), Vec::<String>::new());
    c.call(101, 1);
    assert_eq!(c.proposed(), vec![], "still at work");
    c.tell(Input::WorkFound(id(100)));
    assert_eq!(c.presence(1), Presence::Hold, "as it was");
    c.tell(Input::WorkLost(id(100)));
    c.tell(Input::WorkResumed(id(100)));
    assert_eq!(c.presence(1), Presence::Reconnecting);
    c.tell(Input::WorkFound(id(100)));
    assert_eq!(c.presence(1), Presence::Talking);
    c.tell(Input::WorkFound(id(100)));
    c.tell(Input::WorkLost(id(100)));
    // Not back: no wrap-up, no new call, and nobody asks for them.
    c.tell(Input::WorkGivenUp(id(100)));
    c.tell(Input::WorkGivenUp(id(100)));
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!((c.presence(1), c.proposed()), (Presence::NotReady("disconnected".into()), vec![]));
    let sought = Sought {
        work_item: id(102),
        agent: id(1),
        queue: None,
        medium: VOICE,
        ring_for: secs(20),
        ends_wrap_up: false,
        engaged_here: false,
    };
    c.tell(Input::Sought(sought));
    assert!(c.said.contains(&Output::NotTaken(id(102), Ended::Unreachable)), "{:?}", c.said);
    // The contact comes back to the queue before all others.
    let first = Work { priority: Priority::FIRST, ..c.work(103, 1) };
    c.tell(Input::Queued(first));
    assert_eq!((c.router.place(id(103)), c.router.place(id(101))), (Some(1), Some(2)));
    c.ready(&[2]);
    assert_eq!(c.open.last().map(|p| p.work_item), Some(id(103)));
}
