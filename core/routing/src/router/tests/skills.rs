use super::*;

fn can(c: &mut Centre, of: &[&[(&str, u8)]]) {
    c.configure(|plan| plan.agents.iter_mut().zip(of).for_each(|(agent, has)| agent.skills = skills(has)));
}

fn step(after: u64, what: Relaxed, at_once_if_nobody: bool) -> RelaxStep {
    RelaxStep { after: secs(after), what, at_once_if_nobody }
}

/// Rows: S7.1, S7.2
#[test]
fn a_wish_waits_for_who_meets_it_and_holds_up_nobody() {
    let mut c = Centre::new(&[(1, 0), (1, 0), (2, 0)]);
    can(&mut c, &[&[("language:en", 3)], &[("language:zh", 1)], &[("language:zh", 3)]]);
    c.ready(&[1]);
    c.wish(100, &[("language:zh", 1)]);
    assert_eq!(c.proposed(), [], "the only one free speaks no Chinese");
    c.wish(101, &[]);
    assert_eq!(c.proposed(), [(101, 1)], "who comes behind does not wait for that");
    c.wish(102, &[("language:zh", 2)]);
    c.ready(&[2]);
    assert_eq!(c.proposed(), [(101, 1), (100, 2)], "a little is enough for the first and not for the second");
    c.ready(&[3]);
    assert_eq!(c.proposed(), [(101, 1), (100, 2), (102, 3)]);
}

/// What a queue wants goes together with what each item wants, the higher level of the two; its steps make both smaller; and whoever
/// already waits learns of it when it changes.
///
/// Rows: S7.1, S7.5
#[test]
fn a_queue_wants_something_of_its_agents_itself() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.configure(|plan| {
        plan.queues[0].wants = skills(&[("billing", 2)]);
        plan.queues[0].relax = vec![step(30, Relaxed::Drop("billing".into()), false)];
    });
    can(&mut c, &[&[("billing", 1), ("language:zh", 1)], &[("billing", 3)]]);
    c.ready(&[1]);
    c.call(100, 1);
    c.wish(101, &[("billing", 1), ("language:zh", 1)]);
    assert_eq!(c.proposed(), [], "a little is not enough");
    c.ready(&[2]);
    assert_eq!(c.proposed(), [(100, 2)]);
    assert_eq!(c.open[0].why.wanted, skills(&[("billing", 2)]));
    c.connect(100);
    c.pass(secs(30));
    assert_eq!(c.proposed(), [(101, 1)], "the step takes away what the queue wanted, too");
    c.connect(101);
    c.tell(Input::WorkEnded(id(101)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    c.call(102, 1);
    assert_eq!(c.proposed(), [], "a new one waits for somebody who can");
    c.configure(|plan| plan.queues[0].wants.clear());
    assert_eq!(c.proposed(), [(102, 1)], "and learns that nothing is wanted any more");
}

/// Rows: S7.1, S7.4
#[test]
fn who_meets_it_best_is_asked_within_a_level() {
    let mut c = Centre::new(&[(1, 0), (1, 0), (2, 0), (1, 0)]);
    can(&mut c, &[&[("billing", 1)], &[("billing", 3)], &[("billing", 5)], &[]]);
    c.ready(&[1, 2, 3, 4]);
    c.wish(100, &[("billing", 1)]);
    let why = c.open[0].why.clone();
    assert_eq!((number(c.open[0].agent), why.fit, why.candidates, why.relaxed), (2, 3, 3, 0));
    assert_eq!(
        why.others.iter().map(|a| number(*a)).collect::<Vec<_>>(),
        [1, 3],
        "then who can less, then the other level"
    );
    assert_eq!(why.wanted, skills(&[("billing", 1)]));
    c.wish(101, &[]);
    assert_eq!(c.proposed()[1], (101, 1), "without a wish by idle time");
}

/// Rows: S7.3, S7.5
#[test]
fn wishes_get_smaller_step_by_step_and_the_place_stays() {
    let mut c = Centre::new(&[(1, 0), (2, 0)]);
    c.configure(|plan| {
        plan.queues[0].first_levels = Some(1);
        plan.queues[0].relax = vec![
            step(30, Relaxed::Lower { skill: "billing".into(), to: 1 }, false),
            step(60, Relaxed::Drop("region".into()), false),
            step(90, Relaxed::UpTo(2), false),
        ];
    });
    can(&mut c, &[&[("billing", 2)], &[("billing", 1)]]);
    c.ready(&[1, 2]);
    c.wish(100, &[("billing", 3), ("region:310", 1)]);
    c.wish(101, &[("billing", 1), ("region:310", 1)]);
    assert_eq!(c.proposed(), []);
    c.pass(secs(57));
    assert_eq!(c.proposed(), [], "30 s: billing 1 is enough, but nobody is of the region");
    c.pass(secs(1));
    assert_eq!(c.proposed(), [(100, 1)], "60 s after it came");
    assert_eq!((c.open[0].why.relaxed, c.open[0].why.up_to), (2, Some(1)));
    assert_eq!(c.open[0].why.wanted, skills(&[("billing", 1)]));
    assert_eq!([100, 101].map(|item| c.router.place(id(item))), [Some(1), Some(2)]);
    c.pass(secs(1));
    assert_eq!(c.proposed(), [(100, 1)], "the other agent is of the second level");
    c.commit();
    c.end(100, Ended::Declined);
    assert_eq!([100, 101].map(|item| c.router.place(id(item))), [Some(1), Some(2)], "the old place");
    c.take_said();
    c.pass(secs(10));
    assert_eq!(c.proposed(), [(100, 1)], "the pause is over, and it comes first");
    c.commit();
    c.pass(secs(19));
    assert_eq!(c.proposed(), []);
    c.pass(secs(1));
    assert_eq!((c.proposed(), c.open[0].why.up_to), (vec![(101, 2)], Some(2)), "90 s: the second level");
}

/// A caller from Guangdong waits for an agent of that province while one is at work, keeps their place when they wait no longer for that,
/// and does not wait at all where none is there; who is from elsewhere, or from nobody knows where, wants nothing of the kind.
///
/// Rows: S7.3, S7.5
#[test]
fn agents_of_the_callers_region_are_asked_first() {
    let mut c = Centre::new(&[(1, 1), (1, 1)]);
    c.configure(|plan| {
        plan.queues[0].near = true;
        plan.queues[0].relax = vec![step(20, Relaxed::Drop(Region::KIND.into()), true)];
    });
    can(&mut c, &[&[], &[("region:CN-GD", 1)]]);
    let from = |c: &mut Centre, item: u32, queue: u32, code: &str| {
        let treatment = Treatment { region: Region::parse(code), ..Treatment::default() };
        let work = c.work(item, queue).treated(treatment);
        c.tell(Input::Queued(work));
        c.pass(secs(1));
    };
    c.ready(&[1, 2]);
    from(&mut c, 100, 1, "CN-GD");
    assert_eq!(c.proposed(), [(100, 2)], "though the other is idle longer");
    assert_eq!(c.open[0].why.wanted, skills(&[("region:CN-GD", 1)]));
    c.connect(100);

    from(&mut c, 101, 1, "CN-GD");
    assert_eq!(c.proposed(), [], "theirs is at work and will be free again");
    c.pass(secs(18));
    assert_eq!(c.proposed(), []);
    c.pass(secs(1));
    assert_eq!((c.proposed(), c.open[0].why.relaxed), (vec![(101, 1)], 1), "20 s after they came, anybody");
    c.connect(101);
    c.tell(Input::WorkEnded(id(101)));
    c.tell(Input::WrapUpDone(id(0), id(1)));

    from(&mut c, 102, 1, "CN-BJ");
    assert_eq!(c.proposed(), [(102, 1)], "nobody of that region is there: no reason to wait");
    c.connect(102);
    c.tell(Input::WorkEnded(id(102)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    c.call(103, 1);
    assert_eq!(c.proposed(), [(103, 1)], "from nobody knows where");
    c.connect(103);
    c.tell(Input::WorkEnded(id(103)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    from(&mut c, 104, 2, "CN-GD");
    assert_eq!(c.proposed(), [(104, 1)], "a queue that does not ask for it");
}

/// Rows: S7.5
#[test]
fn a_step_begins_at_once_where_nobody_present_could_take_it() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.configure(|plan| plan.queues[0].relax = vec![step(60, Relaxed::Drop("language".into()), true)]);
    can(&mut c, &[&[("language:zh", 1)], &[]]);
    c.ready(&[1, 2]);
    c.wish(100, &[("language:zh", 1)]);
    c.connect(100);
    c.wish(101, &[("language:zh", 1)]);
    assert_eq!(c.proposed(), [], "who speaks it is busy, and worth the wait");
    c.wish(102, &[("language:fr", 1)]);
    assert_eq!(c.proposed(), [(102, 2)], "nobody there does");
    c.commit();
    c.end(102, Ended::CallerLeft);
    c.tell(Input::NextChosen(id(5), id(1), on_break()));
    c.tell(Input::WorkEnded(id(100)));
    c.tell(Input::WrapUpDone(id(6), id(1)));
    assert_eq!(c.proposed(), [(101, 2)], "they have gone to lunch");
    assert_eq!(c.open[0].why.relaxed, 1);
}

#[test]
fn new_rules_apply_to_what_waits() {
    let mut c = Centre::new(&[(1, 0)]);
    c.ready(&[1]);
    c.wish(100, &[("billing", 1)]);
    c.pass(secs(40));
    c.configure(|plan| plan.queues[0].relax = vec![step(60, Relaxed::DropAll, false)]);
    assert_eq!(c.proposed(), []);
    c.configure(|plan| plan.queues[0].relax = vec![step(30, Relaxed::DropAll, false)]);
    assert_eq!(c.proposed(), [(100, 1)]);
    c.commit();
    c.end(100, Ended::Declined);
    c.configure(|plan| {
        plan.queues[0].relax.clear();
        plan.agents[0].skills = skills(&[("billing", 2)]);
    });
    c.pass(secs(10));
    assert_eq!((c.proposed(), c.open[0].why.fit), (vec![(100, 1)], 2), "what was relaxed is wanted again");
}
