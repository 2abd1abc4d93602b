//! What a queue itself does for those who wait: place and estimate, and the offer to call back.

use super::*;
use crate::CallbackOffer;
use ringdesk_model::WorkOutcome;

const PLAIN: &str = r#""a": {"kind": "queue", "queue": "QUEUE", "priority": 5}"#;
const MINUTE: Duration = Duration::from_secs(60);

fn offered(after_s: u64) -> Waiting {
    let after = Some(Duration::from_secs(after_s));
    Waiting { announce_every: None, callback: Some(CallbackOffer { after, above: None }) }
}

fn ask(rig: &Rig, fits: impl Fn(&Question) -> bool) -> Option<(AskId, Question)> {
    rig.asks().into_iter().rfind(|(_, question)| fits(question))
}

fn wanted(rig: &Rig) -> Option<(AskId, CallBackRequest)> {
    let (ask, question) = ask(rig, |question| matches!(question, Question::CallBack(_)))?;
    let Question::CallBack(request) = question else { return None };
    Some((ask, request))
}

fn outcomes(rig: &Rig) -> Vec<WorkOutcome> {
    let left =
        |event: &&CallEvent| if let CallEvent::LeftQueue { outcome, .. } = event { Some(*outcome) } else { None };
    rig.events().iter().filter_map(left).collect()
}

fn place(rig: &mut Rig, position: u32, wait: Option<Duration>) {
    let (place, _) = ask(rig, |question| matches!(question, Question::Place(_))).expect("the place is asked for");
    rig.put(Input::Answer(place, Answer::Place(Place { position, wait })));
}

/// The texts that are to be spoken since; they are.
fn said(rig: &mut Rig) -> Vec<String> {
    let texts = rig.texts();
    for (ask, question) in rig.asks() {
        if matches!(question, Question::Speak { .. }) {
            let spoken = Spoken { prompt: PromptRef::new("speech/1"), duration: Duration::from_secs(2) };
            rig.put(Input::Answer(ask, Answer::Spoken(spoken)));
        }
    }
    texts
}

/// The place and the wait are said when they come, again when they have become less, and never more.
///
/// Rows: S7.6, V7, S13.4
#[test]
fn the_place_and_the_wait_are_said_again_only_when_they_fall() {
    let every = Waiting { announce_every: Some(Duration::from_secs(30)), callback: None };
    let mut rig = Rig::waiting(PLAIN, "+49301", every);
    rig.played();
    rig.out.clear();
    let mut tell = |position, minutes: Option<u32>| {
        rig.out.clear();
        rig.pass(30_000);
        place(&mut rig, position, minutes.map(|minutes| MINUTE * minutes));
        let texts = said(&mut rig);
        if !texts.is_empty() {
            rig.played();
        }
        texts
    };
    assert_eq!(tell(3, Some(6)), ["You are number 3.", "At most 6 minutes."]);
    assert_eq!(tell(3, Some(6)), [""; 0], "nothing is new");
    assert_eq!(tell(4, Some(9)), [""; 0], "and what is worse is not rubbed in");
    assert_eq!(tell(2, Some(9)), ["You are number 2.", "At most 6 minutes."]);
    assert_eq!(tell(2, None), [""; 0], "it has taken longer than was said");
    assert_eq!(tell(2, Some(3)), ["You are number 2.", "At most 3 minutes."]);
    assert_eq!(tell(1, Some(1)), ["You are number 1."], "the last minute is a prompt of its own");
}

/// Offered after a while; press 1, and 1 again for the number of the call: the place stays, the call ends.
///
/// Rows: V7, S7.7
#[test]
fn who_does_not_want_to_wait_is_called_back_at_their_own_number() {
    let mut rig = Rig::waiting(PLAIN, "+49301", offered(20));
    rig.played();
    rig.keys("1");
    assert_eq!(rig.playing().0, ["music"], "not offered yet: the key means nothing");
    rig.pass(19_999);
    assert_eq!(rig.playing().0, ["music"]);
    rig.pass(1);
    assert_eq!(rig.playing().0, ["en/callback.offer"]);
    rig.played();
    assert_eq!(rig.playing().0, ["music"]);
    // The key stays in force.
    rig.pass(60_000);
    rig.keys("1");
    assert_eq!(rig.playing().0, ["en/callback.number"]);
    rig.keys("1");
    assert_eq!(wanted(&rig), None, "it may be the beginning of a number");
    rig.pass(4_000);
    let (ask, request) = wanted(&rig).expect("they are called back");
    assert_eq!((request.number.reveal().as_str(), request.own, request.priority.0), ("+49301", true, 5));
    rig.put(Input::Answer(ask, Answer::Done));
    assert_eq!(
        (rig.playing().0, outcomes(&rig)),
        (vec!["en/callback.promised".to_owned()], vec![WorkOutcome::CalledBack])
    );
    assert_eq!(rig.hung_up(), None);
    rig.played();
    assert_eq!(rig.hung_up(), Some(Cause::Normal));
}

/// Where it is closed they hear when it opens, and the call ends.
///
/// Rows: V7
#[test]
fn who_is_called_when_it_opens_hears_when_that_is() {
    let days = [
        (OpeningDay::Today, "We open at 13:30."),
        (OpeningDay::Tomorrow, "We open tomorrow at 13:30."),
        (OpeningDay::Later, "We open on 2026-11-23 at 13:30."),
    ];
    for (day, words) in days {
        let mut rig = Rig::waiting(PLAIN, "+49301", offered(5));
        rig.played();
        rig.pass(5_000);
        rig.played();
        rig.keys("1");
        rig.keys("1#");
        let (ask, _) = wanted(&rig).expect("they are called back");
        rig.out.clear();
        let opening = Opening { day, date: "2026-11-23".into(), time: "13:30".into() };
        rig.put(Input::Answer(ask, Answer::CallsLater(opening)));
        assert_eq!(outcomes(&rig), [WorkOutcome::CalledBack]);
        assert_eq!(said(&mut rig), [words]);
        assert_eq!(rig.playing().0, ["speech/1", "en/callback.promised"]);
        rig.played();
        assert_eq!(rig.hung_up(), Some(Cause::Normal));
    }
    // Nobody can speak the time: what was recorded is said all the same.
    let mut rig = Rig::waiting(PLAIN, "+49301", offered(5));
    rig.played();
    rig.pass(5_000);
    rig.played();
    rig.keys("1");
    rig.keys("1#");
    let (back, _) = wanted(&rig).expect("they are called back");
    let opening = Opening { day: OpeningDay::Today, date: "2026-11-23".into(), time: "13:30".into() };
    rig.put(Input::Answer(back, Answer::CallsLater(opening)));
    let (spoken, _) =
        ask(&rig, |question| matches!(question, Question::Speak { .. })).expect("the time is to be spoken");
    rig.put(Input::Answer(spoken, Answer::Failed));
    assert_eq!(rig.playing().0, ["en/callback.promised"]);
}

/// Rows: V7
#[test]
fn another_number_is_typed_and_one_that_cannot_be_called_is_asked_for_again() {
    let mut rig = Rig::waiting(PLAIN, "+49301", offered(5));
    rig.played();
    rig.pass(5_000);
    rig.keys("1");
    rig.keys("0301235#");
    assert_eq!((wanted(&rig), rig.playing().0), (None, vec!["en/callback.confirm".to_owned()]), "it is read to them");
    rig.keys("0301234#");
    assert_eq!(wanted(&rig), None, "another one takes its place, and is read, too");
    rig.played();
    rig.keys("#");
    let (ask, request) = wanted(&rig).expect("they are called back");
    assert_eq!((request.number.reveal().as_str(), request.own), ("0301234", false));
    rig.put(Input::Answer(ask, Answer::Failed));
    assert_eq!(rig.playing().0, ["en/callback.refused", "en/callback.number"]);
    rig.keys("*");
    assert_eq!((rig.playing().0, outcomes(&rig)), (vec!["music".to_owned()], vec![]), "they go on waiting");
    // Nobody knows from where they call: they are asked to type it, and 1 is no number.
    let mut rig = Rig::waiting(PLAIN, "anonymous", offered(5));
    rig.played();
    rig.pass(5_000);
    rig.keys("1");
    assert_eq!(rig.playing().0, ["en/callback.type"]);
    rig.keys("1#");
    assert_eq!(
        (wanted(&rig), rig.playing().0),
        (None, vec!["en/callback.refused".to_owned(), "en/callback.type".to_owned()])
    );
    // Whoever does not say that it is right waits on.
    rig.keys("0301234#");
    rig.played();
    rig.pass(15_000);
    assert_eq!((wanted(&rig), rig.playing().0), (None, vec!["music".to_owned()]));
    rig.keys("1");
    // Whoever types nothing waits on.
    rig.played();
    rig.pass(15_000);
    assert_eq!(rig.playing().0, ["music"]);
}

/// Routing may say first that the place is kept; an agent may be faster; and whoever hangs up on the last figure has named it.
///
/// Rows: V7
#[test]
fn the_place_is_kept_whoever_says_so_first() {
    let begun = || {
        let mut rig = Rig::waiting(PLAIN, "+49301", offered(5));
        rig.played();
        rig.pass(5_000);
        rig.keys("1");
        rig.keys("1#");
        let (back, _) = wanted(&rig).expect("they are called back");
        let (queue, _) = ask(&rig, |question| matches!(question, Question::Queue(_))).expect("they wait");
        (rig, queue, back)
    };
    let (mut rig, queue, _) = begun();
    rig.put(Input::Answer(queue, Answer::LeftQueue(WorkOutcome::CalledBack)));
    assert_eq!(
        (rig.playing().0, outcomes(&rig)),
        (vec!["en/callback.promised".to_owned()], vec![WorkOutcome::CalledBack])
    );
    let (mut rig, queue, back) = begun();
    rig.put(Input::Answer(queue, Answer::LeftQueue(WorkOutcome::Served)));
    assert!(rig.out.contains(&Output::Cancel(back)));
    assert_eq!(outcomes(&rig), [WorkOutcome::Served]);
    let (mut rig, queue, back) = begun();
    rig.put(Input::CallerGone);
    assert!(rig.out.contains(&Output::Cancel(queue)) && !rig.out.contains(&Output::Cancel(back)));
    assert_eq!(outcomes(&rig), [WorkOutcome::CalledBack]);
}

/// Rows: V7, S7.7
#[test]
fn it_is_offered_where_the_wait_is_long_and_where_the_flow_leaves_the_key() {
    let above =
        Waiting { announce_every: None, callback: Some(CallbackOffer { after: None, above: Some(MINUTE * 5) }) };
    let mut rig = Rig::waiting(PLAIN, "+49301", above);
    rig.played();
    place(&mut rig, 2, Some(MINUTE * 5));
    assert_eq!(rig.playing().0, ["music"], "not longer than that");
    rig.out.clear();
    rig.pass(30_000);
    place(&mut rig, 2, Some(MINUTE * 6));
    assert_eq!(rig.playing().0, ["en/callback.offer"], "without the place, which nobody wants announced");
    rig.played();
    rig.out.clear();
    rig.pass(30_000);
    place(&mut rig, 2, Some(MINUTE * 6));
    rig.pass(1);
    assert!(!rig.out.iter().any(|o| matches!(o, Output::Play { .. })), "once");
    let taken = r#""a": {"kind": "queue", "queue": "QUEUE", "keys": {"1": "b"}}, "b": {"kind": "echo"}"#;
    let mut rig = Rig::waiting(taken, "+49301", offered(5));
    rig.played();
    rig.pass(60_000);
    assert_eq!(rig.playing().0, ["music"]);
    rig.keys("1");
    assert_eq!(rig.step(), "b");
}
