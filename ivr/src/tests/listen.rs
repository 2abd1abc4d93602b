use super::*;
use ringdesk_model::Pii;

const LISTEN: &str = r#""a": {"kind": "listen", "name": "matter", "prompts": [{"id": "say_it"}], "invalid": {"id": "again"}, "next": "split", "on_failed": "z"},
    "split": {"kind": "branch", "on": "matter", "cases": {"refund": "r"}, "default": "o"},
    "r": {"kind": "echo"}, "o": {"kind": "say", "prompt": {"text": "You said {matter}."}, "next": "z"}, "z": {"kind": "echo"}"#;

fn last(rig: &Rig) -> (AskId, Question) {
    rig.asks().pop().expect("a question")
}

fn listens(rig: &Rig) -> bool {
    last(rig).1 == Question::Listen(Listening::Begin(Language::En))
}

/// The house was asked what was said since then.
fn hears(rig: &Rig) -> Option<Timestamp> {
    match last(rig).1 {
        Question::Listen(Listening::Hear { language: Language::En, since }) => Some(since),
        _ => None,
    }
}

/// The question is asked, and the house can hear.
fn asked(steps: &str) -> Rig {
    let mut rig = Rig::new(steps);
    assert_eq!(rig.playing().0, ["en/say_it"]);
    let (ask, _) = last(&rig);
    assert!(listens(&rig), "from the beginning of the question");
    assert_eq!(rig.out.last(), Some(&Output::Attend(true)));
    rig.put(Input::Answer(ask, Answer::Recording));
    rig
}

/// The question is over, and the caller is listened to.
fn speaking() -> Rig {
    let mut rig = asked(LISTEN);
    rig.pass(2_000);
    rig.played();
    rig
}

/// They say this, and are understood.
fn says(rig: &mut Rig, words: &str) {
    rig.put(Input::Talk(true));
    rig.pass(1_000);
    rig.put(Input::Talk(false));
    rig.pass(1_000);
    assert!(hears(rig).is_some());
    let answer = if words.is_empty() { Answer::Failed } else { Answer::Heard(Pii::new(words.to_owned())) };
    rig.put(Input::Answer(last(rig).0, answer));
}

/// Rows: S7.2
#[test]
fn what_a_caller_says_decides_the_way() {
    for (words, step) in [("refund", "r"), ("nothing else", "o")] {
        let mut rig = speaking();
        let over = rig.now;
        rig.put(Input::Talk(true));
        rig.pass(3_000);
        rig.put(Input::Talk(false));
        rig.pass(500);
        rig.put(Input::Talk(true));
        rig.pass(1_000);
        assert!(listens(&rig), "a pause is no end");
        rig.put(Input::Talk(false));
        rig.pass(1_000);
        assert_eq!(hears(&rig), Some(over), "since the question was over");
        rig.put(Input::Answer(last(&rig).0, Answer::Heard(Pii::new(words.to_owned()))));
        assert_eq!(rig.step(), step);
    }
}

/// Rows: S7.2
#[test]
fn who_thinks_before_they_speak_is_waited_for() {
    let mut rig = speaking();
    rig.put(Input::Talk(false));
    rig.pass(5_000);
    assert!(listens(&rig), "a quiet line is no end of a sentence");
    says(&mut rig, "refund");
    assert_eq!(rig.step(), "r");
}

/// Rows: S7.2
#[test]
fn a_voice_ends_the_question() {
    let mut rig = asked(LISTEN);
    rig.pass(700);
    let (_, play) = rig.playing();
    let began = rig.now;
    rig.put(Input::Talk(true));
    assert!(rig.out.contains(&Output::StopPlay(play)));
    rig.pass(1_500);
    rig.put(Input::Talk(false));
    rig.pass(1_000);
    assert_eq!(hears(&rig), Some(began));
    rig.put(Input::Answer(last(&rig).0, Answer::Heard(Pii::new("refund".to_owned()))));
    assert_eq!(rig.step(), "r");
}

/// Rows: S7.2
#[test]
fn a_question_that_must_be_heard_goes_on_and_who_speaks_when_it_ends_is_heard() {
    let firm = LISTEN.replace(r#""kind": "listen","#, r#""kind": "listen", "interruptible": false,"#);
    let mut rig = asked(&firm);
    let (_, play) = rig.playing();
    rig.put(Input::Talk(true));
    rig.pass(3_000);
    assert!(!rig.out.contains(&Output::StopPlay(play)));
    rig.played();
    let over = rig.now;
    // Nobody waits six seconds for a beginning that is past.
    rig.pass(500);
    rig.put(Input::Talk(false));
    rig.pass(1_000);
    assert_eq!(hears(&rig), Some(over));
    // One who was quiet again before it ended has all their time.
    let mut rig = asked(&firm);
    rig.put(Input::Talk(true));
    rig.pass(1_000);
    rig.put(Input::Talk(false));
    rig.played();
    rig.pass(5_000);
    assert!(listens(&rig));
    rig.pass(1_000);
    assert!(hears(&rig).is_some());
}

/// Silence is no wrong answer: the question again, and nothing else. What is not understood is answered for.
///
/// Rows: S7.2
#[test]
fn who_says_nothing_hears_the_question_again_and_who_is_not_understood_hears_why() {
    let mut rig = speaking();
    rig.pass(6_000);
    rig.put(Input::Answer(last(&rig).0, Answer::Failed));
    assert_eq!(rig.playing().0, ["en/say_it"]);
    assert!(listens(&rig), "anew");
    rig.played();
    says(&mut rig, "");
    assert_eq!(rig.step(), "z", "two attempts in all, whatever became of them");

    let mut rig = speaking();
    says(&mut rig, "");
    assert_eq!(rig.playing().0, ["en/again", "en/say_it"]);
    rig.played();
    rig.keys("#");
    assert!(hears(&rig).is_some(), "a key ends what is said");
    rig.pass(20_000);
    assert_eq!(rig.step(), "z", "an engine that says nothing holds nobody up");
}

const CHOICES: &str = r#""a": {"kind": "listen", "name": "matter", "prompts": [{"id": "say_it"}], "invalid": {"id": "again"},
      "choices": {"refund": ["refund", "money back"], "order": ["order", "buy"], "reorder": ["order again"]},
      "keys": {"1": "refund", "2": "order"}, "next": "split", "on_failed": "z"},
    "split": {"kind": "branch", "on": "matter", "cases": {"refund": "r", "order": "o"}, "default": "d"},
    "r": {"kind": "echo"}, "o": {"kind": "echo"}, "d": {"kind": "echo"}, "z": {"kind": "echo"}"#;

/// Rows: S7.2, S7.7
#[test]
fn a_word_among_others_chooses() {
    for (words, step) in [("I want my money back", "r"), ("To ORDER something.", "o"), ("to order again", "d")] {
        let mut rig = asked(CHOICES);
        rig.played();
        says(&mut rig, words);
        assert_eq!(rig.step(), step, "{words}");
    }
    let mut rig = asked(CHOICES);
    rig.played();
    says(&mut rig, "the weather, and disorder");
    assert_eq!(rig.playing().0, ["en/again", "en/say_it"], "none of them was said");
    rig.played();
    says(&mut rig, "refund");
    assert_eq!(rig.step(), "r");
}

/// Rows: S7.2, S7.23
#[test]
fn a_key_stands_for_what_could_be_said() {
    // During the question, after it, and while what was said is being understood.
    let mut rig = asked(CHOICES);
    rig.keys("1");
    assert_eq!(rig.step(), "r");
    assert!(rig.out.contains(&Output::Attend(false)));
    let mut rig = asked(CHOICES);
    rig.played();
    rig.put(Input::Talk(true));
    rig.keys("2");
    assert_eq!(rig.step(), "o");
    let mut rig = asked(CHOICES);
    rig.played();
    rig.put(Input::Talk(true));
    rig.put(Input::Talk(false));
    rig.pass(1_000);
    let (ask, _) = last(&rig);
    rig.keys("2");
    assert!(rig.out.contains(&Output::Cancel(ask)));
    assert_eq!(rig.step(), "o");
    // A key of a question that must be heard waits for its end.
    let firm = CHOICES.replace(r#""kind": "listen","#, r#""kind": "listen", "interruptible": false,"#);
    let mut rig = asked(&firm);
    rig.keys("1");
    assert_eq!(rig.step(), "a");
    rig.played();
    assert_eq!(rig.step(), "r");
}

#[test]
fn choices_that_nobody_can_make_are_faults() {
    let faults = |from: &str, to: &str| -> Vec<String> {
        assert!(CHOICES.contains(from));
        let flow = flow(&CHOICES.replace(from, to));
        flow.check().into_iter().map(|fault| fault.to_string()).collect()
    };
    assert!(faults("", "").is_empty(), "{:?}", faults("", ""));
    for (from, to, says) in [
        (r#"["order again"]"#, "[]", "it needs words"),
        (r#""order again""#, r#"" ""#, "it needs words"),
        (r#""2": "order""#, r#""2": "ordre""#, "none of its choices"),
        (r#""2": "order""#, r#""x": "order""#, "not a key"),
    ] {
        let found = faults(from, to);
        assert!(found.iter().any(|fault| fault.contains(says)), "{to}: {found:?}");
    }
}

#[test]
fn where_nobody_hears_speech_the_flow_goes_on_at_once() {
    let mut rig = Rig::new(LISTEN);
    let (ask, _) = last(&rig);
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.step(), "z");
    assert!(rig.out.contains(&Output::Attend(false)));
}

#[test]
fn whoever_speaks_without_end_is_heard_in_part() {
    let mut rig = speaking();
    rig.put(Input::Talk(true));
    rig.pass(15_000);
    assert!(hears(&rig).is_some());
}

#[test]
fn nobody_is_asked_about_a_caller_who_has_hung_up() {
    let mut rig = Rig::new(LISTEN);
    let (ask, _) = last(&rig);
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(ask)), "while the question is asked");
    let mut rig = speaking();
    rig.put(Input::Talk(true));
    rig.put(Input::CallerGone);
    assert_eq!(hears(&rig), None, "while they speak");
    let mut rig = speaking();
    rig.keys("#");
    let (ask, _) = last(&rig);
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(ask)), "while somebody works out what they said");
}
