//! What is said to a caller: a recorded prompt by its id, or a text; both may hold variables in braces.

use ringdesk_model::Language;
use ringdesk_voice::PromptRef;
use serde::{Deserialize, Serialize};

/// Prompts the steps use where a flow names none. Their texts come with the prompt library.
pub const QUEUE_WAIT: &str = "queue.wait";
/// Has the variable `position`.
pub const QUEUE_POSITION: &str = "queue.position";
/// Has the variable `minutes`.
pub const QUEUE_ESTIMATE: &str = "queue.estimate";
/// In place of it, for one minute or less.
pub const QUEUE_ESTIMATE_SHORT: &str = "queue.estimate_short";
/// Which key it takes to be called back.
pub const CALLBACK_OFFER: &str = "callback.offer";
/// At which number: that of the call, or another.
pub const CALLBACK_NUMBER: &str = "callback.number";
/// The same where nobody knows from where they call.
pub const CALLBACK_TYPE: &str = "callback.type";
/// Has the variable `callback_number`: the one they typed.
pub const CALLBACK_CONFIRM: &str = "callback.confirm";
pub const CALLBACK_REFUSED: &str = "callback.refused";
pub const CALLBACK_PROMISED: &str = "callback.promised";
/// Said before it where it is closed: has the variable `opens_time`, the last `opens_date`, too.
pub const CALLBACK_OPENS_TODAY: &str = "callback.opens_today";
pub const CALLBACK_OPENS_TOMORROW: &str = "callback.opens_tomorrow";
pub const CALLBACK_OPENS_LATER: &str = "callback.opens_later";
/// Said to whom the house calls back; the key 1 is its answer.
pub const CALLBACK_GREETING: &str = "callback.greeting";
pub const QUEUE_APOLOGY: &str = "queue.apology";
/// The agent was lost in the middle of the talk.
pub const QUEUE_LOST: &str = "queue.lost";
pub const VOICEMAIL_GREETING: &str = "voicemail.greeting";
pub const VOICEMAIL_TOO_SHORT: &str = "voicemail.too_short";
pub const VOICEMAIL_THANKS: &str = "voicemail.thanks";
pub const VOICEMAIL_FAILED: &str = "voicemail.failed";
/// Has no variables; the keys 1 to 5 are its answer.
pub const SURVEY_QUESTION: &str = "survey.question";
pub const SURVEY_THANKS: &str = "survey.thanks";
pub const DICTATION_INTRO: &str = "dictation.intro";
pub const DICTATION_NOTHING: &str = "dictation.nothing";
/// Said before what was just spoken is played.
pub const DICTATION_HEARD: &str = "dictation.heard";
pub const DICTATION_CHOICE: &str = "dictation.choice";
pub const DICTATION_KEPT: &str = "dictation.kept";
pub const DICTATION_DISCARDED: &str = "dictation.discarded";
pub const DICTATION_FAILED: &str = "dictation.failed";
pub const MAILBOX_NONE: &str = "mailbox.none";
pub const MAILBOX_NO_MORE: &str = "mailbox.no_more";
/// What the keys do.
pub const MAILBOX_CHOICE: &str = "mailbox.choice";
/// In place of the sound.
pub const MAILBOX_NO_SOUND: &str = "mailbox.no_sound";
pub const MAILBOX_CLOSED: &str = "mailbox.closed";
pub const MAILBOX_NOT_CLOSED: &str = "mailbox.not_closed";
pub const MAILBOX_CALLS: &str = "mailbox.calls";
pub const MAILBOX_CALLS_NOT: &str = "mailbox.calls_not";
pub const MAILBOX_FAILED: &str = "mailbox.failed";
/// The key for one number alone.
pub const CLOSING_ONE: &str = "closing.one";
pub const CLOSING_NUMBER: &str = "closing.number";
pub const CLOSING_NO_NUMBER: &str = "closing.no_number";
/// After its digits, as the three that follow.
pub const CLOSING_NUMBER_IS_OPEN: &str = "closing.number_is_open";
pub const CLOSING_NUMBER_IS_CLOSED: &str = "closing.number_is_closed";
pub const CLOSING_NUMBER_CLOSED: &str = "closing.number_closed";
pub const CLOSING_NUMBER_OPENED: &str = "closing.number_opened";
pub const CLOSING_CODE: &str = "closing.code";
pub const CLOSING_WRONG: &str = "closing.wrong";
pub const CLOSING_REFUSED: &str = "closing.refused";
pub const CLOSING_FAILED: &str = "closing.failed";
pub const CLOSING_IS_OPEN: &str = "closing.is_open";
pub const CLOSING_IS_CLOSED: &str = "closing.is_closed";
pub const CLOSING_CLOSED: &str = "closing.closed";
pub const CLOSING_OPENED: &str = "closing.opened";
/// All of the above.
pub const SYSTEM_PROMPTS: &[&str] = &[
    QUEUE_WAIT,
    QUEUE_POSITION,
    QUEUE_ESTIMATE,
    QUEUE_ESTIMATE_SHORT,
    CALLBACK_OFFER,
    CALLBACK_NUMBER,
    CALLBACK_TYPE,
    CALLBACK_CONFIRM,
    CALLBACK_REFUSED,
    CALLBACK_PROMISED,
    CALLBACK_OPENS_TODAY,
    CALLBACK_OPENS_TOMORROW,
    CALLBACK_OPENS_LATER,
    CALLBACK_GREETING,
    QUEUE_APOLOGY,
    QUEUE_LOST,
    VOICEMAIL_GREETING,
    VOICEMAIL_TOO_SHORT,
    VOICEMAIL_THANKS,
    VOICEMAIL_FAILED,
    SURVEY_QUESTION,
    SURVEY_THANKS,
    DICTATION_INTRO,
    DICTATION_NOTHING,
    DICTATION_HEARD,
    DICTATION_CHOICE,
    DICTATION_KEPT,
    DICTATION_DISCARDED,
    DICTATION_FAILED,
    CLOSING_ONE,
    CLOSING_NUMBER,
    CLOSING_NO_NUMBER,
    CLOSING_NUMBER_IS_OPEN,
    CLOSING_NUMBER_IS_CLOSED,
    CLOSING_NUMBER_CLOSED,
    CLOSING_NUMBER_OPENED,
    CLOSING_CODE,
    CLOSING_WRONG,
    CLOSING_REFUSED,
    CLOSING_FAILED,
    CLOSING_IS_OPEN,
    CLOSING_IS_CLOSED,
    CLOSING_CLOSED,
    CLOSING_OPENED,
    MAILBOX_NONE,
    MAILBOX_NO_MORE,
    MAILBOX_CHOICE,
    MAILBOX_NO_SOUND,
    MAILBOX_CLOSED,
    MAILBOX_NOT_CLOSED,
    MAILBOX_CALLS,
    MAILBOX_CALLS_NOT,
    MAILBOX_FAILED,
];
/// Hold music: on media's shelf under this name, in no language.
pub use ringdesk_voice::MUSIC;

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// `{"id": "queue.wait"}` or `{"text": "Welcome, {caller}."}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Of the prompt library, in the flow's language.
    Id(String),
    Text(String),
}

impl Prompt {
    pub(crate) fn id(id: &str) -> Prompt {
        Prompt::Id(id.to_string())
    }
}

/// The name of a library prompt on media's shelf.
pub fn shelf_name(language: Language, id: &str) -> PromptRef {
    PromptRef::new(&format!("{}/{id}", language.as_str()))
}

pub(crate) fn has_variables(text: &str) -> bool {
    text.contains('{')
}

/// The variables of a text, or what is wrong with its braces.
pub(crate) fn variables(text: &str) -> Result<Vec<&str>, &'static str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        if rest[open..].starts_with('}') {
            return Err("a closing brace without an opening one");
        }
        let after = &rest[open + 1..];
        let close = after.find(['{', '}']).filter(|c| after[*c..].starts_with('}')).ok_or("a brace is not closed")?;
        found.push(&after[..close]);
        rest = &after[close + 1..];
    }
    Ok(found)
}

/// Put values in the place of variables. An unknown one leaves nothing; a stray brace stays as it is.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open + 1..].find('}') else { break };
        filled.push_str(&rest[..open]);
        filled.push_str(&value(&rest[open + 1..open + 1 + length]).unwrap_or_default());
        rest = &rest[open + length + 2..];
    }
    filled.push_str(rest);
    filled
}

/// A number as it should be read out: digit by digit. Names stay names.
pub(crate) fn digit_by_digit(number: &str) -> String {
    if !number.chars().all(|c| c.is_ascii_digit() || "+*#".contains(c)) {
        return number.to_string();
    }
    let digits: Vec<String> = number.chars().filter(|c| *c != '+').map(String::from).collect();
    digits.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_and_filled() {
        assert_eq!(variables("you are {position} of {count}"), Ok(vec!["position", "count"]));
        assert_eq!(variables("plain"), Ok(vec![]));
        for bad in ["{open", "close}", "{a{b}}"] {
            assert!(variables(bad).is_err(), "{bad}");
        }
        let value = |name: &str| (name == "n").then(|| "3".to_string());
        assert_eq!(fill("您是第{n}位{x}。", value), "您是第3位。");
        assert_eq!(fill("a { b", value), "a { b");
    }

    #[test]
    fn numbers_are_read_digit_by_digit() {
        assert_eq!(digit_by_digit("+4930"), "4 9 3 0");
        assert_eq!(digit_by_digit("alice"), "alice");
    }
}
