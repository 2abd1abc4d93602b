use super::*;
use ringdesk_model::{Priority, WorkOutcome};

const PLAIN: &str = r#""a": {"kind": "queue", "queue": "QUEUE", "priority": 5}"#;
const FULL: &str = r#""a": {"kind": "queue", "queue": "QUEUE", "announce": {"position_every_ms": 30000}, "keys": {"*": "star"},
        "on": {"no_agents": "nobody", "max_wait": "long", "queue_full": "full"}, "after": "survey"},
    "star": {"kind": "echo"}, "nobody": {"kind": "echo"}, "long": {"kind": "echo"}, "full": {"kind": "echo"}, "survey": {"kind": "echo"}"#;

fn queue_ask(rig: &Rig) -> AskId {
    rig.asks().into_iter().find(|(_, q)| matches!(q, Question::Queue(_))).expect("it queues").0
}

fn request(rig: &Rig) -> WorkRequest {
    let mut asks = rig.asks().into_iter();
    asks.find_map(|(_, q)| if let Question::Queue(request) = q { Some(request) } else { None }).expect("it queues")
}

fn place_asks(rig: &Rig) -> Vec<AskId> {
    rig.asks().into_iter().filter(|(_, q)| matches!(q, Question::Place(_))).map(|(ask, _)| ask).collect()
}

fn left(rig: &mut Rig, outcome: WorkOutcome) {
    let ask = queue_ask(rig);
    rig.put(Input::Answer(ask, Answer::LeftQueue(outcome)));
}

fn outcomes(rig: &Rig) -> Vec<WorkOutcome> {
    rig.events()
        .iter()
        .filter_map(|e| if let CallEvent::LeftQueue { outcome, .. } = e { Some(*outcome) } else { None })
        .collect()
}

/// Rows: V1
#[test]
fn welcome_music_and_an_agent() {
    let mut rig = Rig::new(PLAIN);
    let Some((ask, Question::Queue(request))) = rig.asks().pop() else { panic!("it queues") };
    assert_eq!((request.queue.to_string(), request.priority.0), (QUEUE.to_string(), 5));
    assert!(rig.events().contains(&&CallEvent::Queued { work_item: request.work_item, queue: request.queue }));
    assert_eq!(rig.playing().0, ["en/queue.wait"]);
    rig.played();
    let Some(Output::Play { play, prompts, repeat: true }) = rig.out.last().cloned() else { panic!("music") };
    assert_eq!(prompts, [PromptRef::new("music")]);
    rig.take();
    rig.put(Input::Answer(ask, Answer::LeftQueue(WorkOutcome::Served)));
    let work_item = request.work_item;
    assert_eq!(
        rig.take(),
        [Output::Event(CallEvent::LeftQueue { work_item, outcome: WorkOutcome::Served }), Output::StopPlay(play)]
    );
    rig.keys("123*");
    rig.pass(3_600_000);
    assert!(rig.take().is_empty(), "the flow does not disturb the conversation");
    rig.put(Input::DialEnded(DialOutcome::Talked));
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

#[test]
fn the_place_is_said_after_the_welcome_and_every_half_minute_and_never_grows() {
    let mut rig = Rig::new(FULL);
    assert!(place_asks(&rig).is_empty());
    rig.played();
    let said = |rig: &mut Rig, position: u32| {
        let ask = place_asks(rig).pop().expect("it asks for the place");
        rig.put(Input::Answer(ask, Answer::Place(Place { position, wait: None })));
        assert!(matches!(rig.out.last(), Some(Output::Ask(_, Question::Speak { .. }))), "the music plays on meanwhile");
        rig.spoken();
        assert_eq!(rig.playing().0, ["speech/1"]);
        rig.played();
        assert_eq!(rig.playing().0, ["music"]);
        rig.texts().pop()
    };
    assert_eq!(said(&mut rig, 3).as_deref(), Some("You are number 3."));
    rig.pass(29_999);
    assert_eq!(place_asks(&rig).len(), 1);
    rig.pass(1);
    assert_eq!(said(&mut rig, 5).as_deref(), Some("You are number 3."), "somebody more urgent came in between");
    rig.pass(30_000);
    assert_eq!(said(&mut rig, 1).as_deref(), Some("You are number 1."));
    // Nobody knows: the music plays on, and the next time it is asked again.
    rig.pass(30_000);
    let unanswered = place_asks(&rig).pop().unwrap();
    rig.pass(2_000);
    assert!(rig.out.contains(&Output::Cancel(unanswered)));
    rig.pass(28_000);
    assert_eq!(place_asks(&rig).len(), 5);
    assert_eq!(rig.texts().len(), 3);
}

#[test]
fn nobody_takes_it() {
    for (outcome, step) in [
        (WorkOutcome::NoAgents, "nobody"),
        (WorkOutcome::Draining, "nobody"),
        (WorkOutcome::MaxWait, "long"),
        (WorkOutcome::QueueFull, "full"),
    ] {
        let mut rig = Rig::new(FULL);
        left(&mut rig, outcome);
        assert_eq!((rig.step(), outcomes(&rig)), (step, vec![outcome]));
        // Without a step: an apology, then the end.
        let mut rig = Rig::new(PLAIN);
        rig.played();
        left(&mut rig, outcome);
        assert_eq!(rig.playing().0, ["en/queue.apology"]);
        assert_eq!(rig.hung_up(), None);
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
    }
    let mut rig = Rig::new(FULL);
    let ask = queue_ask(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.step(), "nobody");
}

#[test]
fn a_key_leaves_the_queue() {
    let mut rig = Rig::new(FULL);
    rig.played();
    rig.keys("5");
    assert_eq!(rig.step(), "a");
    let (queued, place) = (queue_ask(&rig), place_asks(&rig).pop().unwrap());
    rig.keys("*");
    assert!(rig.out.contains(&Output::Cancel(queued)) && rig.out.contains(&Output::Cancel(place)));
    assert_eq!((rig.step(), outcomes(&rig)), ("star", vec![WorkOutcome::Abandoned]));
}

#[test]
fn the_caller_leaves_the_queue() {
    let mut rig = Rig::new(PLAIN);
    rig.played();
    let ask = queue_ask(&rig);
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(outcomes(&rig), [WorkOutcome::Abandoned]);
    assert_eq!(rig.out.last(), Some(&Output::Finished));
    // While he talks he leaves no queue.
    let mut rig = Rig::new(PLAIN);
    left(&mut rig, WorkOutcome::Served);
    rig.put(Input::CallerGone);
    assert_eq!(outcomes(&rig), [WorkOutcome::Served]);
}

#[test]
fn the_agent_may_hang_up_before_routing_says_served() {
    let mut rig = Rig::new(FULL);
    rig.played();
    rig.put(Input::DialEnded(DialOutcome::Talked));
    assert_eq!(rig.step(), "a");
    left(&mut rig, WorkOutcome::Served);
    assert_eq!((rig.step(), outcomes(&rig)), ("survey", vec![WorkOutcome::Served]));
    let mut rig = Rig::new(FULL);
    rig.put(Input::DialEnded(DialOutcome::Talked));
    rig.pass(5_000);
    assert_eq!((rig.step(), outcomes(&rig)), ("survey", vec![WorkOutcome::Served]));
}

#[test]
fn music_that_breaks_off_comes_back_without_haste() {
    for (end, pause) in [(PlayEnd::Stopped, 1_000), (PlayEnd::Finished, 1_000), (PlayEnd::Missing, 30_000)] {
        let mut rig = Rig::new(PLAIN);
        rig.played();
        let (_, play) = rig.playing();
        rig.put(Input::Played(play, end));
        rig.pass(pause - 1);
        assert_eq!(rig.playing().1, play);
        rig.pass(1);
        assert_ne!(rig.playing().1, play);
    }
}

#[test]
fn no_queue_keeps_a_caller_for_ever() {
    let mut rig = Rig::new(FULL);
    rig.pass(4 * 3_600_000);
    assert_eq!((rig.step(), outcomes(&rig)), ("long", vec![WorkOutcome::MaxWait]));
}

/// The agent is lost in the middle of the talk: the contact is told, and is the next whom anybody talks to.
///
/// Rows: S7.28
#[test]
fn whose_agent_is_lost_waits_before_all_others() {
    let mut rig = Rig::new(FULL);
    let queue = request(&rig).queue;
    left(&mut rig, WorkOutcome::Served);
    for _ in 0..2 {
        rig.out.clear();
        rig.put(Input::Requeued { queue });
        let request = request(&rig);
        assert_eq!((request.queue, request.priority), (queue, Priority::FIRST));
        assert_eq!(rig.playing().0, ["en/queue.lost"]);
        rig.played();
        assert_eq!(rig.playing().0, ["music"]);
        left(&mut rig, WorkOutcome::Served);
    }
    // The flow's own ways out are still there.
    rig.out.clear();
    rig.put(Input::Requeued { queue });
    left(&mut rig, WorkOutcome::MaxWait);
    assert_eq!(rig.step(), "long");
}
