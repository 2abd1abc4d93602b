//! Runs at random: a run waits for something until it has finished, and everything it began ends.

use super::*;
use crate::CallbackOffer;
use ringdesk_model::WorkOutcome;
use std::collections::BTreeSet;

const FLOW: &str = r##"
    "a": {"kind": "say", "prompt": {"text": "Hello {caller}."}, "next": "menu"},
    "menu": {"kind": "menu", "prompts": [{"id": "m"}, {"text": "Or {called}."}], "choices": {"1": "number", "2": "queue", "3": "dial", "4": "split", "5": "echo", "6": "mail", "7": "listen", "9": "a"},
             "invalid": {"text": "Wrong."}, "attempts": 4, "on_failed": "queue"},
    "number": {"kind": "collect", "prompts": [{"id": "n"}], "name": "n", "max_digits": 3, "next": "split", "on_failed": "menu"},
    "split": {"kind": "branch", "on": "n", "cases": {"12": "queue"}, "prefixes": {"3": "dial"}, "default": "play"},
    "play": {"kind": "play", "prompts": ["p"], "interruptible": false, "next": "menu"},
    "queue": {"kind": "queue", "queue": "QUEUE", "announce": {"position_every_ms": 10000}, "keys": {"*": "menu", "#": "dial"},
              "on": {"no_agents": "play", "max_wait": "menu"}, "after": "stars"},
    "dial": {"kind": "dial", "target": {"extension": "2001"}, "music": "ringback", "on": {"busy": "queue", "no_answer": "menu"}, "after": "play"},
    "mail": {"kind": "voicemail", "prompt": {"text": "Speak."}, "max_seconds": 20, "next": "menu"},
    "stars": {"kind": "survey", "next": "menu"},
    "listen": {"kind": "listen", "prompts": [{"id": "l"}], "name": "matter", "next": "split", "on_failed": "menu"},
    "echo": {"kind": "echo", "limit_ms": 20000}
"##;

/// Of a contact whom the house has called before it asks an agent.
const CALLED_FIRST: &str = r##"
    "a": {"kind": "answer", "next": "greeting"},
    "greeting": {"kind": "menu", "prompts": [{"id": "callback.greeting"}], "choices": {"1": "queue"}, "on_failed": "over"},
    "queue": {"kind": "queue", "queue": "QUEUE"},
    "over": {"kind": "hangup"}
"##;

/// What is under way, seen from outside.
#[derive(Default)]
struct World {
    asks: BTreeSet<AskId>,
    open: Vec<(AskId, Question)>,
    plays: BTreeSet<PlayId>,
    /// Plays that were replaced or stopped: media still reports their end.
    current: Option<PlayId>,
    dials: usize,
    in_queue: bool,
    speaks: bool,
    finished: bool,
    steps: usize,
}

impl World {
    fn see(&mut self, output: &Output) {
        assert!(!self.finished, "nothing follows `Finished`: {output:?}");
        match output {
            Output::Ask(ask, question) => {
                assert!(self.asks.insert(*ask), "a question is asked once");
                self.open.push((*ask, question.clone()));
            }
            Output::Cancel(ask) => {
                let before = self.open.len();
                self.open.retain(|(a, _)| a != ask);
                assert!(self.open.len() < before, "only an open question is cancelled");
            }
            Output::Play { play, prompts, .. } => {
                assert!(self.plays.insert(*play) && !prompts.is_empty());
                self.current = Some(*play);
            }
            Output::Dial(_) => self.dials += 1,
            Output::Finished => self.finished = true,
            Output::Event(CallEvent::Queued { .. }) => assert!(!std::mem::replace(&mut self.in_queue, true)),
            Output::Event(CallEvent::LeftQueue { .. }) => {
                assert!(std::mem::replace(&mut self.in_queue, false), "left once")
            }
            Output::Event(CallEvent::VoicemailStarted { .. }) => assert!(!std::mem::replace(&mut self.speaks, true)),
            Output::Event(CallEvent::VoicemailEnded { .. }) => {
                assert!(std::mem::replace(&mut self.speaks, false), "every message ends once")
            }
            Output::Event(CallEvent::StepEntered { .. }) => self.steps += 1,
            _ => {}
        }
    }
}

#[test]
fn a_run_never_hangs_and_ends_what_it_began() {
    let (mut finished, mut steps) = (0, 0);
    for document in [FLOW, CALLED_FIRST] {
        assert_eq!(flow(document).check(), []);
    }
    for seed in 0..3_000 {
        let mut dice = Ids::seeded(seed);
        let mut roll = |sides: u64| dice.bits() % sides;
        // In every other the queue offers to call back, and says how long it will be.
        let offer = CallbackOffer { after: Some(Duration::from_secs(5)), above: Some(Duration::from_secs(300)) };
        let called_first = seed % 10 == 9;
        let own = Waiting { announce_every: None, callback: (seed % 2 == 0).then_some(offer) };
        let queues = Arc::new(BTreeMap::from([(QUEUE.parse().expect("an id"), own)]));
        let document = if called_first { CALLED_FIRST } else { FLOW };
        let mut rig = Rig::of(document, Context { queues, ruled: seed % 3 == 0, ..context() });
        let mut world = World::default();
        for _ in 0..200 {
            for output in rig.take() {
                world.see(&output);
            }
            if world.finished {
                assert!(rig.run.is_finished() && rig.run.poll_timeout().is_none());
                break;
            }
            assert!(rig.run.poll_timeout().is_some(), "seed {seed}: it waits for nothing in `{}`", rig.step());
            match roll(12) {
                0..=2 => {
                    let key = "0123456789*#".chars().nth(roll(12) as usize).unwrap();
                    rig.keys(&key.to_string());
                }
                3 => rig.put(Input::CallerAnswered),
                4 | 5 => {
                    let plays: Vec<PlayId> = world.plays.iter().copied().collect();
                    let play = if roll(4) == 0 {
                        plays.get(roll(plays.len() as u64 + 1) as usize).copied()
                    } else {
                        world.current
                    };
                    let end =
                        [PlayEnd::Finished, PlayEnd::Finished, PlayEnd::Stopped, PlayEnd::Missing][roll(4) as usize];
                    if let Some(play) = play {
                        world.plays.remove(&play);
                        rig.put(Input::Played(play, end));
                    }
                }
                6..=8 if !world.open.is_empty() => {
                    let (ask, question) = world.open.remove(roll(world.open.len() as u64) as usize);
                    let answer = match question {
                        _ if roll(5) == 0 => Answer::Failed,
                        Question::Speak { .. } => {
                            Answer::Spoken(Spoken { prompt: PromptRef::new("s"), duration: Duration::ZERO })
                        }
                        Question::Record | Question::Connect { .. } | Question::Listen(Listening::Begin(_)) => {
                            Answer::Recording
                        }
                        Question::Listen(_) => Answer::Heard(ringdesk_model::Pii::new("words".to_owned())),
                        Question::Rules(_) => Answer::Ruled(CallRuling::default()),
                        Question::CallBack(_) => match roll(4) {
                            0 => Answer::Done,
                            day => Answer::CallsLater(Opening {
                                day: [OpeningDay::Today, OpeningDay::Tomorrow, OpeningDay::Later][day as usize - 1],
                                date: "2026-11-23".into(),
                                time: "09:00".into(),
                            }),
                        },
                        Question::Place(_) => Answer::Place(Place {
                            position: roll(5) as u32,
                            wait: Some(Duration::from_secs(roll(900))),
                        }),
                        _ => Answer::LeftQueue(
                            [
                                WorkOutcome::Served,
                                WorkOutcome::Served,
                                WorkOutcome::NoAgents,
                                WorkOutcome::MaxWait,
                                WorkOutcome::QueueFull,
                            ][roll(5) as usize],
                        ),
                    };
                    rig.put(Input::Answer(ask, answer));
                }
                9 => {
                    let outcome = [DialOutcome::Talked, DialOutcome::Busy, DialOutcome::NoAnswer, DialOutcome::Failed]
                        [roll(4) as usize];
                    rig.put(Input::DialEnded(outcome));
                }
                10 if roll(20) == 0 => rig.put(Input::CallerGone),
                10 => rig.put(Input::Talk(roll(2) == 0)),
                _ => rig.pass([1, 500, 2_000, 5_000, 30_000][roll(5) as usize]),
            }
        }
        if !world.finished {
            rig.put(Input::CallerGone);
            for output in rig.take() {
                world.see(&output);
            }
        }
        assert!(world.finished && world.open.is_empty(), "seed {seed}: open questions");
        assert!(!world.in_queue && !world.speaks, "seed {seed}: still queued, or a message without an end");
        finished += 1;
        steps += world.steps;
    }
    assert!(steps > finished * 5, "the walk must get somewhere: {steps} steps in {finished} runs");
}

#[test]
fn a_caller_who_does_nothing_is_let_go() {
    // Media and speech work, routing says nothing, the caller says nothing: time alone ends every wait.
    let mut rig = Rig::new(FLOW);
    for _ in 0..200_000 {
        if rig.run.is_finished() {
            return;
        }
        match rig.out.pop() {
            Some(Output::Ask(ask, Question::Speak { .. })) => rig.put(Input::Answer(ask, Answer::Failed)),
            Some(Output::Play { play, repeat: false, .. }) => rig.put(Input::Played(play, PlayEnd::Finished)),
            Some(Output::Event(CallEvent::LeftQueue { .. })) => return, // four hours later
            Some(_) => {}
            None => rig.pass(60_000),
        }
    }
    panic!("the caller is still there in `{}`", rig.step());
}
