use super::*;

/// Rows: S7.25, S16.13
#[test]
fn presence_survives_a_restart_and_work_does_not() {
    let since = Timestamp::from_millis(5_000);
    let table = [
        (Presence::LoggedOut, Presence::LoggedOut),
        (Presence::Ready, Presence::Ready),
        (not_ready("lunch"), not_ready("lunch")),
        (Presence::Talking, not_ready("restart")),
        (Presence::Offered, not_ready("restart")),
        (Presence::Reserved, not_ready("restart")),
        (Presence::WrapUp, not_ready("restart")),
    ];
    for (stored, presence) in table {
        for plan_first in [true, false] {
            let mut c = Centre::new(&[]);
            let setup = Centre::new(&[(1, 0)]).plan.agents;
            let state = Recovered { agents: [(id(1), (stored.clone(), since))].into() };
            if plan_first {
                c.configure(|plan| plan.agents = setup);
                c.take_said();
                c.tell(Input::Recovered(state));
            } else {
                c.tell(Input::Recovered(state));
                c.configure(|plan| plan.agents = setup);
            }
            assert_eq!(c.presence(1), presence);
            let told = c.said.iter().any(|o| matches!(o, Output::PresenceChanged { .. }));
            assert_eq!(told, stored != presence, "{stored:?}: told only where it differs from the store");
        }
    }
    let mut c = Centre::new(&[(1, 0)]);
    c.tell(Input::Recovered(Recovered { agents: [(id(1), (Presence::Ready, since))].into() }));
    assert_eq!(c.router.floor().agents[0].since, since);
    c.call(100, 1);
    assert_eq!(c.proposed(), vec![(100, 1)]);
}

#[test]
fn a_new_plan_lets_waiting_work_find_new_agents() {
    let mut c = Centre::new(&[(1, 0), (0, 1)]);
    c.ready(&[2]);
    c.call(100, 1);
    assert_eq!(c.proposed(), vec![]);
    c.configure(|plan| {
        plan.agents[1].queues.insert(id(1), 3);
    });
    assert_eq!(c.proposed(), vec![(100, 2)]);
    c.connect(100);
    c.configure(|plan| plan.queues[0].max_wait = Some(secs(30)));
    c.call(101, 1);
    c.configure(|plan| plan.queues[0].max_wait = Some(secs(10)));
    c.pass(secs(9));
    assert!(c.left().contains(&(101, WorkOutcome::MaxWait)));
}

#[test]
fn a_queue_that_goes_lets_its_work_go() {
    let mut c = Centre::new(&[(1, 1)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.call(101, 1);
    c.commit();
    c.take_said();
    c.configure(|plan| drop(plan.queues.remove(0)));
    assert_eq!(c.left(), vec![(101, WorkOutcome::NoAgents)], "who is being offered may still be served");
    c.end(100, Ended::Declined);
    assert_eq!(c.left(), vec![(101, WorkOutcome::NoAgents), (100, WorkOutcome::NoAgents)]);
    c.pass(secs(10));
    c.call(102, 1);
    assert_eq!(c.left().last(), Some(&(102, WorkOutcome::NoAgents)));

    // Taken in time: without its queue there is no wrap-up.
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.commit();
    c.configure(|plan| drop(plan.queues.remove(0)));
    c.end(100, Ended::Accepted);
    assert_eq!(c.presence(1), Presence::Talking);
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::Ready);
}

#[test]
fn an_agent_who_goes_finishes_the_talk() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    c.call(100, 1);
    c.call(101, 1);
    c.commit();
    c.end(100, Ended::Accepted);
    c.configure(|plan| plan.agents.clear());
    let offer = c.ringing[0].offer;
    assert!(c.said.contains(&Output::WithdrawOffer(offer)));
    assert_eq!(c.presence(1), Presence::Talking);
    c.end(101, Ended::Superseded);
    c.take_said();
    c.tell(Input::WorkEnded(id(100)));
    let gone = Output::PresenceChanged { agent: id(1), presence: Presence::LoggedOut, since: c.now, queue: None };
    assert!(c.said.contains(&gone));
    assert_eq!(c.router.floor().agents, vec![]);
    assert_eq!(c.router.place(id(101)), Some(1));
}

#[test]
fn an_agent_who_goes_leaves_no_wrap_up_behind() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.connect(100);
    c.tell(Input::WorkEnded(id(100)));
    c.configure(|plan| plan.agents.clear());
    assert_eq!(c.router.floor().agents, vec![]);
}

#[test]
fn a_smaller_capacity_waits_for_the_work_in_hand() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    for item in 100..103 {
        let mut work = c.work(item, 1);
        work.medium = TEXT;
        c.tell(Input::Queued(work));
    }
    c.commit();
    for item in 100..103 {
        c.end(item, Ended::Accepted);
    }
    c.configure(|plan| plan.agents[0].capacity = Capacity { voice: 1, text: 1 });
    for item in 100..103 {
        c.tell(Input::WorkEnded(id(item)));
    }
    c.tell(Input::WrapUpDone(id(0), id(1)));
    for item in 110..112 {
        let mut work = c.work(item, 1);
        work.medium = TEXT;
        c.tell(Input::Queued(work));
    }
    assert_eq!(c.proposed(), vec![(110, 1)]);
}

/// Rows: S7.25
#[test]
fn the_floor_shows_queues_and_agents() {
    let mut c = Centre::new(&[(1, 1), (1, 0)]);
    c.ready(&[1, 2]);
    c.want(2, on_break());
    let since = c.now;
    c.call(100, 1);
    c.call(101, 1);
    c.commit();
    let floor = c.router.floor();
    let sales = &floor.queues[0];
    assert_eq!(
        (sales.name.as_str(), sales.waiting, sales.offered, sales.longest_waiting_since),
        ("sales", 2, 1, Some(since))
    );
    assert_eq!(sales.agents, [("offered", 1), ("not_ready", 1)].into());
    assert_eq!(floor.queues[1].waiting, 0);
    let work: Vec<_> = floor.agents[0].work.iter().map(|w| (number_of(w.work_item), w.state)).collect();
    assert_eq!(work, [(100, "offered")]);
    assert_eq!((&floor.agents[1].presence, floor.agents[1].since), (&not_ready("lunch"), since));
}

/// The same inputs give the same outputs, ids and all: a journal can be replayed.
#[test]
fn routing_repeats_itself() {
    let run = || {
        let mut c = Centre::new(&[(1, 1), (2, 1), (1, 0)]);
        c.ready(&[3, 1, 2]);
        for item in 100..110 {
            c.call(item, 1 + item % 2);
            c.commit();
        }
        c.end(100, Ended::Declined);
        c.end(101, Ended::Accepted);
        c.pass(secs(60));
        c.take_said()
    };
    assert_eq!(run(), run());
}
