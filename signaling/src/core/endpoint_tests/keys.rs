//! Keys that leave by INFO.

use super::driver::*;
use crate::core::message::Message;
use crate::core::output::Counter;
use ringdesk_voice::{Cause, Digit, LegCommand, LegId};
use std::time::Duration;

fn press(line: &mut Line, leg: LegId, keys: &str) {
    let keys: Vec<Digit> = keys.chars().filter_map(Digit::new).collect();
    line.command(leg, LegCommand::Press { keys: keys.into() });
}

fn info(line: &mut Line) -> (Message, String, String) {
    let info = line.method("INFO");
    let kind = info.content_type().unwrap_or_default();
    let body = String::from_utf8(info.body.to_vec()).unwrap();
    (info, kind, body)
}

fn answer(line: &mut Line, info: &Message, status: u16) {
    line.hear(answer_to(info, status, "", "", ""));
}

/// Rows: V15
#[test]
fn keys_leave_one_after_the_other() {
    let mut line = Line::new();
    let (leg, _) = answered_call(&mut line, "");
    press(&mut line, leg, "1");
    press(&mut line, leg, "*D");
    for key in ["1", "*", "D"] {
        let (asked, kind, body) = info(&mut line);
        assert_eq!((kind.as_str(), body), ("application/dtmf-relay", format!("Signal={key}\r\nDuration=100\r\n")));
        line.quiet();
        answer(&mut line, &asked, 200);
    }
    line.quiet();
    // What is not understood, or not answered, does not stop those that follow.
    press(&mut line, leg, "34");
    let (asked, ..) = info(&mut line);
    answer(&mut line, &asked, 500);
    let (_, _, body) = info(&mut line);
    assert!(body.starts_with("Signal=4"));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    press(&mut line, leg, "5");
    assert!(info(&mut line).2.starts_with("Signal=5"));
}

#[test]
fn who_reads_only_the_plain_form_is_told_in_it() {
    let mut line = Line::new();
    let (leg, _) = answered_call(&mut line, "");
    press(&mut line, leg, "7#");
    let (asked, ..) = info(&mut line);
    answer(&mut line, &asked, 415);
    for key in ["7", "#"] {
        let (asked, kind, body) = info(&mut line);
        assert_eq!((kind.as_str(), body.as_str()), ("application/dtmf", key));
        answer(&mut line, &asked, if key == "#" { 415 } else { 200 });
    }
    line.quiet();
}

#[test]
fn keys_are_bounded_and_end_with_the_call() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    press(&mut line, leg, &"1".repeat(100));
    assert_eq!(line.counted(Counter::CommandIgnored), 1, "the rest is dropped");
    let (asked, ..) = info(&mut line);
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    answer(&mut line, &asked, 481);
    line.quiet();
    press(&mut line, leg, "1");
    line.quiet();
    line.pass(Duration::from_secs(40));
    line.gone();
}
