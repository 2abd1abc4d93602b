use super::*;

/// Rows: S7.4
#[test]
fn the_order_of_agents_is_level_then_load_then_idle_then_id() {
    let mut c = Centre::new(&[(2, 0), (1, 0), (1, 0), (1, 0)]);
    c.ready(&[1, 4, 3]);
    c.tell(Input::Chosen(id(0), id(2), Wanted::Ready));
    let mut order = vec![];
    for item in 100..104 {
        let mut work = c.work(item, 1);
        work.medium = TEXT;
        c.tell(Input::Queued(work));
        order.push(c.proposed().last().expect("somebody is free").1);
    }
    // Level 1 by idle time, then level 1 again: level goes before load.
    assert_eq!(order, [4, 3, 2, 4]);

    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.want(2, Wanted::Ready);
    c.want(1, Wanted::Ready);
    c.call(100, 1);
    assert_eq!(c.proposed(), vec![(100, 1)], "idle since the same moment: by id");
}

/// Rows: S7.4
#[test]
fn a_call_fills_the_agent_and_texts_share_them() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    for item in 100..104 {
        let mut work = c.work(item, 1);
        work.medium = TEXT;
        c.tell(Input::Queued(work));
    }
    assert_eq!(c.proposed(), vec![(100, 1), (101, 1), (102, 1)], "three texts, not four");
    c.call(200, 1);
    c.commit();
    for item in 100..103 {
        c.end(item, Ended::Accepted);
    }
    for item in 100..103 {
        c.tell(Input::WorkEnded(id(item)));
        assert_eq!(c.proposed(), vec![], "wrap-up counts");
    }
    c.tell(Input::WrapUpDone(id(1), id(1)));
    // The text came before the call, and takes its share: the call waits for an empty agent.
    assert_eq!(c.proposed(), vec![(103, 1)]);
    c.connect(103);
    assert_eq!(c.proposed(), vec![]);
    c.tell(Input::WorkEnded(id(103)));
    c.tell(Input::WrapUpDone(id(2), id(1)));
    assert_eq!(c.proposed(), vec![(200, 1)]);
    let mut work = c.work(104, 1);
    work.medium = TEXT;
    c.tell(Input::Queued(work));
    c.connect(200);
    assert_eq!(c.proposed(), vec![], "no text during a call");
}

/// Rows: S7.22
#[test]
fn work_is_ordered_by_time_less_its_priority_across_queues() {
    let mut c = Centre::new(&[(1, 1)]);
    c.call(100, 1);
    c.call(101, 2);
    let mut vip = c.work(102, 2);
    vip.priority = Priority(1);
    c.tell(Input::Queued(vip));
    let mut later = c.work(103, 1);
    later.priority = Priority(-1);
    later.enqueued_at = c.now - secs(30);
    c.tell(Input::Queued(later));
    let places = [100, 101, 102, 103].map(|item| c.router.place(id(item)).expect("it waits"));
    assert_eq!(places, [1, 2, 1, 2], "each in its own queue");
    let mut served = vec![];
    c.ready(&[1]);
    for _ in 0..4 {
        let item = c.proposed()[0].0;
        served.push(item);
        c.connect(item);
        c.tell(Input::WorkEnded(id(item)));
        c.tell(Input::WrapUpDone(id(0), id(1)));
    }
    assert_eq!(served, [102, 100, 101, 103]);
}

#[test]
fn equal_ranks_go_by_id() {
    let mut c = Centre::new(&[(1, 0)]);
    for item in [102, 100, 101] {
        c.tell(Input::Queued(c.work(item, 1)));
    }
    assert_eq!([100, 101, 102].map(|item| c.router.place(id(item)).expect("it waits")), [1, 2, 3]);
    c.ready(&[1]);
    assert_eq!(c.proposed(), vec![(100, 1)]);
}

/// Rows: S7.22
#[test]
fn logged_in_but_all_on_break_is_an_empty_queue() {
    // At the door.
    let mut c = Centre::new(&[(1, 1), (1, 0)]);
    c.configure(|plan| plan.queues[0].empty = Empty::LeaveAtOnce);
    c.call(100, 1);
    assert_eq!(c.left(), vec![(100, WorkOutcome::NoAgents)], "nobody is logged in");
    c.want(1, on_break());
    c.take_said();
    c.call(101, 1);
    c.call(102, 2);
    assert_eq!(c.left(), vec![(101, WorkOutcome::NoAgents)], "on break; the other queue waits as it is told to");

    // When the last one goes: those who work are there, whatever they do.
    c.ready(&[2]);
    c.call(103, 1);
    c.call(104, 1);
    c.take_said();
    c.connect(103);
    c.tell(Input::WorkEnded(id(103)));
    assert_eq!((c.presence(2), c.left()), (Presence::WrapUp, vec![(103, WorkOutcome::Served)]));
    c.take_said();
    c.want(2, on_break());
    assert_eq!(c.left(), vec![(104, WorkOutcome::NoAgents)]);
}

#[test]
fn the_last_agent_not_answering_empties_the_queue() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].empty = Empty::LeaveAtOnce);
    c.ready(&[1]);
    c.call(100, 1);
    c.call(101, 1);
    c.commit();
    c.take_said();
    c.end(100, Ended::NoAnswer);
    assert_eq!(c.left(), vec![(100, WorkOutcome::NoAgents), (101, WorkOutcome::NoAgents)]);
}

#[test]
fn somebody_without_room_for_the_medium_is_not_there_for_it() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| {
        plan.queues[0].empty = Empty::LeaveAtOnce;
        plan.agents[0].capacity = Capacity { voice: 0, text: 2 };
    });
    c.ready(&[1]);
    c.call(100, 1);
    assert_eq!(c.left(), vec![(100, WorkOutcome::NoAgents)]);
}

#[test]
fn the_longest_wait_does_not_cut_who_is_being_offered() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].max_wait = Some(secs(30)));
    c.call(100, 1);
    c.pass(secs(20));
    c.ready(&[1]);
    c.call(101, 1);
    c.commit();
    c.take_said();
    c.pass(secs(15));
    assert_eq!((c.rings(100), c.left()), (Some(1), vec![]));
    c.end(100, Ended::Declined);
    assert_eq!(c.left(), vec![(100, WorkOutcome::MaxWait)], "it is over when the offer came to nothing");
    c.take_said();
    c.want(1, on_break());
    c.pass(secs(30));
    assert_eq!(c.left(), vec![(101, WorkOutcome::MaxWait)]);
}

#[test]
fn a_full_queue_takes_no_more() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].max_length = Some(2));
    c.ready(&[1]);
    c.call(100, 1);
    c.call(101, 1);
    c.call(102, 1);
    assert_eq!(c.left(), vec![(102, WorkOutcome::QueueFull)], "one being offered is still in the queue");
    c.connect(100);
    c.take_said();
    c.call(103, 1);
    assert_eq!(c.left(), vec![]);
    c.tell(Input::Queued(c.work(103, 1))); // told twice
    c.tell(Input::Queued(c.work(100, 1)));
    assert_eq!((c.left(), c.router.place(id(103))), (vec![], Some(2)));
}

/// Rows: S16.13
#[test]
fn draining_turns_new_work_away_and_serves_what_waits() {
    let mut c = Centre::new(&[(1, 0)]);
    c.call(100, 1);
    c.tell(Input::Drain);
    c.call(101, 1);
    assert_eq!(c.left(), vec![(101, WorkOutcome::Draining)]);
    c.ready(&[1]);
    c.connect(100);
    assert_eq!(c.presence(1), Presence::Talking);
}

#[test]
fn work_for_one_agent_waits_for_them_while_they_are_there() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.connect(100); // agent 1
    let mut own = c.work(101, 1);
    own.required_agent = Some(id(1));
    c.tell(Input::Queued(own));
    c.call(102, 1);
    assert_eq!(c.proposed(), vec![(102, 2)], "agent 2 is not theirs; it does not block who comes behind");
    c.commit();
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    assert_eq!((c.proposed(), c.open[0].why.how), (vec![(101, 1)], How::Required));
    c.commit();
    c.end(101, Ended::NoAnswer);
    c.end(102, Ended::CallerLeft);
    assert_eq!(c.proposed(), vec![(101, 2)], "their agent is gone: anybody");
}

/// Of what is for one agent alone, a call that finds no room any more does not hold up a text.
///
/// Rows: S7.4
#[test]
fn a_call_without_room_does_not_hold_up_a_text_for_the_same_agent() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.agents[0].capacity = Capacity { voice: 2, text: 4 });
    c.ready(&[1]);
    c.call(100, 1);
    c.connect(100);
    c.want(1, Wanted::Ready);
    c.call(101, 1);
    c.connect(101);
    let own = |c: &Centre, item, medium| Work { medium, required_agent: Some(id(1)), ..c.work(item, 1) };
    let (call, text) = (own(&c, 103, VOICE), own(&c, 104, TEXT));
    let first = Work { medium: TEXT, priority: Priority(1), ..c.work(102, 1) };
    for work in [first, call, text] {
        c.tell(Input::Queued(work));
    }
    assert_eq!(c.proposed(), [], "two calls fill the agent");
    c.tell(Input::WorkEnded(id(101)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    assert_eq!(c.proposed(), [(102, 1), (104, 1)], "a text, and beside it no call but another text");
}

/// Who takes no texts any more is not waited for with one, also if that came into force when their hands were empty.
///
/// Rows: S7.4
#[test]
fn nobody_waits_for_an_agent_who_does_not_take_such_work_any_more() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    let texts = Capacity { voice: 1, text: 3 };
    c.configure(|plan| plan.agents.iter_mut().for_each(|agent| agent.capacity = texts));
    c.ready(&[1]);
    c.tell(Input::Queued(Work { medium: TEXT, ..c.work(100, 1) }));
    c.connect(100);
    c.want(1, Wanted::NotReady("lunch".into()));
    c.ready(&[2]);
    c.tell(Input::Queued(Work { medium: TEXT, required_agent: Some(id(1)), ..c.work(101, 1) }));
    assert_eq!(c.proposed(), [], "their agent is at work, and does not want more");
    c.configure(|plan| plan.agents[0].capacity.text = 0);
    assert_eq!(c.proposed(), [], "with a text in hand they still take texts");
    c.tell(Input::WorkEnded(id(100)));
    c.want(1, Wanted::Ready);
    assert_eq!(c.proposed(), [(101, 2)]);
}
