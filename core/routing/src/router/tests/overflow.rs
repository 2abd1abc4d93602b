use super::*;

fn rules(c: &mut Centre, rules: &[(OverflowWhen, OverflowTo)]) {
    let overflow = rules.iter().map(|(when, to)| Overflow { when: *when, to: *to }).collect();
    c.configure(|plan| plan.queues[0].overflow = overflow);
}

fn moved(c: &Centre) -> Vec<(u32, QueueId, MoveReason)> {
    let found = c.said.iter().filter_map(|o| match o {
        Output::Moved { work_item, to, why, .. } => Some((number_of(*work_item), *to, *why)),
        _ => None,
    });
    found.collect()
}

/// Rows: S7.5, S7.7
#[test]
fn who_waits_too_long_goes_where_others_are_free_with_their_rank() {
    let mut c = Centre::new(&[(1, 0), (0, 1)]);
    rules(&mut c, &[(OverflowWhen::Waited(secs(30)), OverflowTo::Queue(id(2)))]);
    c.call(100, 1);
    c.pass(secs(10));
    c.call(101, 2);
    c.pass(secs(17));
    assert_eq!(moved(&c), []);
    c.pass(secs(1));
    assert_eq!(moved(&c), [(100, id(2), MoveReason::Waited)]);
    assert_eq!([100, 101].map(|item| c.router.place(id(item))), [Some(1), Some(2)], "they came earlier");
    c.ready(&[2]);
    assert_eq!((c.proposed(), c.open[0].queue), (vec![(100, 2)], id(2)));
}

/// Rows: S7.7
#[test]
fn nobody_goes_while_somebody_is_being_asked_nor_back_where_they_were() {
    let mut c = Centre::new(&[(1, 0)]);
    rules(&mut c, &[(OverflowWhen::Waited(secs(30)), OverflowTo::Queue(id(2)))]);
    c.configure(|plan| {
        let back = Overflow { when: OverflowWhen::Waited(secs(10)), to: OverflowTo::Queue(id(1)) };
        let flow = Overflow { when: OverflowWhen::Waited(secs(20)), to: OverflowTo::Flow };
        plan.queues[1].overflow = vec![back, flow];
    });
    c.call(100, 1);
    c.pass(secs(20));
    c.ready(&[1]);
    c.commit();
    c.pass(secs(20));
    assert_eq!((c.rings(100), moved(&c)), (Some(1), vec![]));
    c.end(100, Ended::Declined);
    assert_eq!(moved(&c), [(100, id(2), MoveReason::Waited)]);
    c.take_said();
    c.pass(secs(19));
    assert_eq!((moved(&c), c.left()), (vec![], vec![]));
    c.pass(secs(1));
    assert_eq!(c.left(), [(100, WorkOutcome::MaxWait)], "20 s in the second queue: back to the flow");
}

/// Rows: S7.7
#[test]
fn the_length_at_the_door_sends_on_or_turns_away() {
    let mut c = Centre::new(&[(1, 0)]);
    let rule = |to| (OverflowWhen::Length(1), to);
    rules(&mut c, &[rule(OverflowTo::Queue(id(2))), rule(OverflowTo::Flow)]);
    c.configure(|plan| plan.queues[1].max_length = Some(1));
    for item in 100..103 {
        c.call(item, 1);
    }
    assert_eq!(moved(&c), [(101, id(2), MoveReason::Length)]);
    assert_eq!(c.left(), [(102, WorkOutcome::QueueFull)], "the other is full too");
}

/// Rows: S7.7
#[test]
fn an_empty_queue_gives_its_work_away() {
    let mut c = Centre::new(&[(1, 0), (0, 1)]);
    rules(&mut c, &[(OverflowWhen::NoAgents, OverflowTo::Queue(id(2)))]);
    c.ready(&[1]);
    c.call(100, 1);
    c.connect(100);
    c.call(101, 1);
    assert_eq!(moved(&c), [], "busy is not away");
    c.tell(Input::NextChosen(id(1), id(1), on_break()));
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WrapUpDone(id(2), id(1)));
    assert_eq!(moved(&c), [(101, id(2), MoveReason::NoAgents)]);
    // The other is empty as well, and has a rule of its own.
    c.configure(|plan| {
        plan.queues[1].overflow = vec![Overflow { when: OverflowWhen::NoAgents, to: OverflowTo::Flow }];
    });
    assert_eq!(c.left(), [(100, WorkOutcome::Served), (101, WorkOutcome::NoAgents)]);
}

/// Rows: S7.22
#[test]
fn a_leader_moves_what_waits() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.queues[1].max_length = Some(1));
    for (item, queue) in [(100, 1), (101, 1), (102, 1)] {
        c.call(item, queue);
    }
    c.tell(Input::MoveToHead(id(1), id(102)));
    assert_eq!(
        (c.done(1), [102, 100, 101].map(|i| c.router.place(id(i)))),
        (Some(Ok(())), [Some(1), Some(2), Some(3)])
    );
    c.tell(Input::MoveTo(id(2), id(100), id(2)));
    assert_eq!((c.done(2), moved(&c)), (Some(Ok(())), vec![(100, id(2), MoveReason::Leader)]));
    let refused = [(101, 2, Refusal::QueueFull), (101, 7, Refusal::UnknownQueue), (150, 2, Refusal::UnknownWork)];
    for (order, (item, queue, refusal)) in (3..).zip(refused) {
        c.tell(Input::MoveTo(id(order), id(item), id(queue)));
        assert_eq!(c.done(order), Some(Err(refusal)));
    }
    c.ready(&[1]);
    assert_eq!(c.proposed(), [(102, 1)]);
    c.tell(Input::MoveToHead(id(6), id(102)));
    assert_eq!(c.done(6), Some(Err(Refusal::NotWaiting)));
    c.connect(102);
    c.tell(Input::MoveTo(id(7), id(102), id(2)));
    assert_eq!(c.done(7), Some(Err(Refusal::NotWaiting)));
}

/// Rows: S1.17
#[test]
fn channels_have_priority_and_can_be_switched() {
    let mut c = Centre::new(&[(1, 0)]);
    let set = |c: &mut Centre, name: &str, priority: i16, switch: ChannelSwitch| {
        let setup = ChannelSetup { name: name.into(), priority: Priority(priority), switch };
        c.configure(|plan| {
            plan.channels.retain(|channel| channel.name != name);
            plan.channels.push(setup);
        });
    };
    let by = |c: &mut Centre, item: u32, channel: &str| {
        c.tell(Input::Queued(Work { channel: Some(channel.into()), ..c.work(item, 1) }));
        c.pass(secs(1));
    };
    set(&mut c, "web", 1, ChannelSwitch::On);
    set(&mut c, "sms", 0, ChannelSwitch::Hold);
    set(&mut c, "mail", 0, ChannelSwitch::Refuse);
    by(&mut c, 100, "phone");
    by(&mut c, 101, "web");
    by(&mut c, 102, "sms");
    by(&mut c, 103, "mail");
    assert_eq!(c.left(), [(103, WorkOutcome::ChannelOff)]);
    assert_eq!([101, 100, 102].map(|item| c.router.place(id(item))), [Some(1), Some(2), Some(3)], "a minute ahead");
    c.ready(&[1]);
    assert_eq!([c.serve(101), c.serve(100)], [1, 1]);
    assert_eq!(c.proposed(), [], "held");
    set(&mut c, "sms", 0, ChannelSwitch::On);
    assert_eq!(c.proposed(), [(102, 1)]);
}
