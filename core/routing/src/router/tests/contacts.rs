//! Who it is that waits: contacts who know an agent, VIPs, those who are called back, and what all are told of their wait.

use super::*;

fn knows(c: &mut Centre, item: u32, agent: u32, patience: u64) {
    let preferred = Preferred { agent: id(agent), patience: secs(patience) };
    c.tell(Input::Queued(Work { preferred: Some(preferred), ..c.work(item, 1) }));
    c.pass(secs(1));
}

/// Rows: S7.2
#[test]
fn the_last_agent_is_waited_for_within_the_patience() {
    let mut c = Centre::new(&[(2, 0), (1, 0)]);
    c.ready(&[1, 2]);
    knows(&mut c, 100, 1, 30);
    assert_eq!(c.proposed(), [(100, 1)], "although of the second level");
    assert!(c.open[0].why.preferred);
    c.connect(100);
    knows(&mut c, 101, 1, 30);
    assert_eq!(c.proposed(), [], "busy");
    c.pass(secs(28));
    assert_eq!(c.proposed(), []);
    c.pass(secs(1));
    assert_eq!(c.proposed(), [(101, 2)], "then anybody");
    assert!(!c.open[0].why.preferred);
    c.commit();
    c.end(101, Ended::CallerLeft);

    // Not there at all: nobody waits. Did not take it: they had their chance.
    c.tell(Input::NextChosen(id(1), id(1), on_break()));
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WrapUpDone(id(2), id(1)));
    knows(&mut c, 102, 1, 30);
    assert_eq!(c.proposed(), [(102, 2)]);
    c.commit();
    c.end(102, Ended::CallerLeft);
    c.ready(&[1]);
    knows(&mut c, 103, 1, 30);
    c.commit();
    assert_eq!(c.rings(103), Some(1));
    c.end(103, Ended::Declined);
    assert_eq!(c.proposed(), [(103, 2)]);
}

/// Rows: S1.24
#[test]
fn who_asks_it_themselves_is_asked_last() {
    let mut c = Centre::new(&[(1, 0), (2, 0)]);
    c.ready(&[1, 2]);
    let own = |c: &mut Centre, item| {
        c.tell(Input::Queued(Work { asked_by: Some(id(1)), ..c.work(item, 1) }));
        c.pass(secs(1));
    };
    own(&mut c, 100);
    assert_eq!(c.proposed(), [(100, 2)], "although agent 1 is of the better level");
    c.connect(100);
    own(&mut c, 101);
    assert_eq!(c.proposed(), [(101, 1)], "nobody else is there");
}

#[test]
fn after_the_patience_they_still_come_first() {
    let mut c = Centre::new(&[(2, 0), (1, 0)]);
    c.ready(&[1]);
    c.call(100, 1);
    c.connect(100);
    knows(&mut c, 101, 1, 5);
    c.pass(secs(10));
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::Chosen(id(1), id(2), Wanted::NotReady("lunch".into())));
    c.tell(Input::WrapUpDone(id(2), id(1)));
    assert_eq!((c.proposed(), c.open[0].why.preferred), (vec![(101, 1)], true));
    // No patience: first where they are free, nobody waits where they are not.
    let mut c = Centre::new(&[(2, 0), (1, 0)]);
    c.ready(&[2, 1]);
    knows(&mut c, 100, 1, 0);
    knows(&mut c, 101, 1, 0);
    assert_eq!(c.proposed(), [(100, 1), (101, 2)]);
}

/// Rows: S7.8, S13.10
#[test]
fn a_vip_goes_first_and_nobody_waits_for_ever_because_of_it() {
    let vip = |c: &mut Centre, item: u32| {
        let preferred = Some(Preferred { agent: id(1), patience: Duration::ZERO });
        c.tell(Input::Queued(Work { vip: true, preferred, ..c.work(item, 1) }));
        c.pass(secs(1));
    };
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[2, 1]);
    vip(&mut c, 100);
    assert_eq!((c.proposed(), c.open[0].why.vip), (vec![(100, 1)], true), "the dedicated agent, at once");
    c.connect(100);
    c.call(101, 1);
    c.connect(101);
    for item in 102..105 {
        c.call(item, 1);
    }
    vip(&mut c, 105);
    vip(&mut c, 106);
    let places = [105, 106, 102, 103, 104].map(|item| c.router.place(id(item)));
    assert_eq!(places, [1, 2, 3, 4, 5].map(Some), "the head, one VIP behind the other");
    // The guard: who came a quarter of an hour earlier goes before.
    c.pass(secs(15 * 60 - 4));
    vip(&mut c, 107);
    let places = [105, 106, 102, 103, 107, 104].map(|item| c.router.place(id(item)));
    assert_eq!(places, [1, 2, 3, 4, 5, 6].map(Some));
}

/// Rows: S7.26
#[test]
fn who_is_called_back_keeps_the_place() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| {
        plan.queues[0].max_wait = Some(secs(60));
        plan.queues[0].empty = Empty::LeaveAtOnce;
    });
    c.want(1, Wanted::Ready);
    c.call(99, 1);
    c.connect(99);
    for item in 100..103 {
        c.call(item, 1);
    }
    c.take_said();
    c.pass(secs(20));
    let callback = Work { callback: true, in_place_of: Some(id(101)), ..c.work(200, 2) };
    c.tell(Input::Queued(callback.clone()));
    assert_eq!(c.left(), [(101, WorkOutcome::CalledBack)]);
    c.tell(Input::Withdrawn(id(101))); // and the line is closed
    c.tell(Input::Queued(callback)); // told twice
    assert_eq!([100, 200, 102].map(|item| c.router.place(id(item))), [Some(1), Some(2), Some(3)], "and the queue");
    c.take_said();
    c.pass(secs(60));
    assert_eq!(c.left(), [(100, WorkOutcome::MaxWait), (102, WorkOutcome::MaxWait)], "nobody is on the line");
    c.tell(Input::WorkEnded(id(99)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    assert_eq!(c.proposed(), [(200, 1)]);
    // Where the agent is being asked for the call, it is the callback they are asked for then.
    c.commit();
    c.tell(Input::Queued(Work { callback: true, in_place_of: Some(id(200)), ..c.work(201, 1) }));
    assert_eq!((c.rings(200), c.proposed()), (None, vec![(201, 1)]));
    c.commit();
    c.end(201, Ended::Declined);
    c.want(1, on_break());
    assert_eq!(c.router.place(id(201)), Some(1), "the queue is empty, and the promise stands");
}

/// Rows: S7.6, S13.4
#[test]
fn what_a_caller_is_told_only_falls() {
    let mut c = Centre::new(&[(1, 0)]);
    c.want(1, Wanted::Ready);
    c.call(100, 1);
    c.connect(100);
    for item in 101..120 {
        c.call(item, 1);
    }
    assert_eq!(c.router.wait(c.now, id(119)), None, "nothing is known yet");
    let mut told = BTreeMap::new();
    for done in 100..112 {
        c.pass(secs(60));
        c.tell(Input::WorkEnded(id(done)));
        c.tell(Input::WrapUpDone(id(0), id(1)));
        c.connect(done + 1);
        for item in done + 2..120 {
            if let Some(wait) = c.router.wait(c.now, id(item)) {
                let until = told.entry(item).or_insert(c.now + wait);
                assert!(c.now + wait <= *until, "{item} is told more than before");
                *until = c.now + wait;
            }
        }
    }
    assert_eq!(told.len(), 14, "from the fifth who was served on, everybody who waits is told");
    let wait = c.router.wait(c.now, id(119)).expect("told");
    assert!((secs(6 * 60)..=secs(8 * 60)).contains(&wait), "seven before, a minute each: {wait:?}");
    c.pass(secs(3_600));
    assert_eq!(c.router.wait(c.now, id(119)), None, "it has waited longer than was said: nothing more is said");
}

/// Rows: S7.25
#[test]
fn who_cannot_be_reached_is_not_ready() {
    let away = || Presence::NotReady("disconnected".into());
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    c.tell(Input::Unseen(id(1)));
    assert_eq!(c.presence(1), away());
    c.call(100, 1);
    assert_eq!(c.proposed(), [(100, 2)]);
    c.connect(100);
    c.tell(Input::Unseen(id(2)));
    assert_eq!(c.presence(2), Presence::Talking, "work in hand goes on");
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WrapUpDone(id(1), id(2)));
    assert_eq!(c.presence(2), away(), "and with empty hands nobody is there");
    c.tell(Input::Seen(id(2)));
    assert_eq!(c.presence(2), away(), "they say themselves when they are ready");
    c.want(2, Wanted::Ready);
    c.call(101, 1);
    c.connect(101);
    c.tell(Input::Unseen(id(2)));
    c.tell(Input::Seen(id(2)));
    c.tell(Input::WorkEnded(id(101)));
    c.tell(Input::WrapUpDone(id(2), id(2)));
    assert_eq!(c.presence(2), Presence::Ready, "back in time");
    c.want(1, on_break());
    c.tell(Input::Unseen(id(1)));
    assert_eq!(c.presence(1), not_ready("lunch"), "a choice of their own stays");
}
