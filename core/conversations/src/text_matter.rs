//! A conversation by text as it goes on: which one a text belongs to, and what becomes of it when nobody writes.

use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a matter that was closed is taken up again by another text of the same contact.
pub const REOPEN: Duration = Duration::from_secs(24 * 3_600);
/// Of a text that the house says by itself, in characters.
pub const SAYING: usize = 1_000;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continues {
    /// The contact's last matter is open.
    Open,
    /// It was closed, not long ago: it goes on.
    Again,
    New,
}

/// `last`: when the contact's newest matter by this inbox was closed, if there is one and it is.
pub fn continues(now: Timestamp, last: Option<Option<Timestamp>>) -> Continues {
    match last {
        Some(None) => Continues::Open,
        Some(Some(closed)) if now.since(closed) <= REOPEN => Continues::Again,
        Some(Some(_)) | None => Continues::New,
    }
}

/// What an inbox says and does by itself. A text of `None` is not said, a time of `None` never comes. Times pass while the inbox
/// is open, where it has opening hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextManners {
    /// Said once when somebody writes and nobody of the queue is at work.
    pub away: Option<String>,
    /// Seconds after the contact's first text that nobody has answered.
    pub late_after: Option<u32>,
    /// Said then, once until somebody answers.
    pub late: Option<String>,
    /// Seconds after our last text, when the contact has not written since.
    pub remind_after: Option<u32>,
    pub reminder: Option<String>,
    /// Seconds after the reminder, or after our last text where none is said.
    pub close_after: Option<u32>,
    /// Said when it is closed for that.
    pub farewell: Option<String>,
}

/// What the law must know of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextMatter {
    /// Somebody has it in hand.
    pub has_agent: bool,
    /// Somebody of its queue is at work.
    pub attended: bool,
    /// The contact's last text.
    pub contact_at: Timestamp,
    /// The contact's first text that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// Since then.
    pub apologised: bool,
    /// A person's last text to them.
    pub answered_at: Option<Timestamp>,
    /// Since the contact wrote last.
    pub reminded_at: Option<Timestamp>,
    pub told_away: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextStep {
    Wait,
    SayAway,
    Apologise,
    Remind,
    Close,
}

/// What is due. Only the contact's silence ends a matter: who waits for us is never sent away. `since`: how much time that counts
/// has passed since a moment.
pub fn text_step(matter: &TextMatter, manners: &TextManners, since: impl Fn(Timestamp) -> Duration) -> TextStep {
    let over = |seconds: u32, from: Timestamp| since(from) >= Duration::from_secs(seconds.into());
    if !matter.has_agent && !matter.attended && !matter.told_away && manners.away.is_some() {
        return TextStep::SayAway;
    }
    if let (Some(seconds), Some(from)) = (manners.late_after.filter(|_| manners.late.is_some()), matter.waiting_since) {
        // Who was told that nobody is there knows that it takes longer.
        let tell = !matter.apologised && !matter.told_away && over(seconds, from);
        return if tell { TextStep::Apologise } else { TextStep::Wait };
    }
    let answered = matter.answered_at.filter(|at| matter.has_agent && *at > matter.contact_at);
    let Some(answered) = answered else { return TextStep::Wait };
    match (manners.remind_after.filter(|_| manners.reminder.is_some()), matter.reminded_at) {
        (Some(seconds), None) if over(seconds, answered) => TextStep::Remind,
        (Some(_), None) => TextStep::Wait,
        (_, reminded) => match manners.close_after {
            // Who wrote after the reminder gave the contact new time.
            Some(seconds) if over(seconds, reminded.unwrap_or(answered).max(answered)) => TextStep::Close,
            _ => TextStep::Wait,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Every moment counts.
    fn passed(now: Timestamp) -> impl Fn(Timestamp) -> Duration {
        move |from| now.since(from)
    }

    /// Rows: N76
    #[test]
    fn a_matter_goes_on_for_a_day_after_its_end() {
        assert_eq!(continues(START, None), Continues::New);
        assert_eq!(continues(START, Some(None)), Continues::Open);
        assert_eq!(continues(START + REOPEN, Some(Some(START))), Continues::Again);
        assert_eq!(continues(START + REOPEN + MINUTE, Some(Some(START))), Continues::New);
    }

    /// Rows: S2.11
    #[test]
    fn who_writes_to_nobody_is_told_once() {
        let manners = TextManners { away: Some("later".into()), ..TextManners::default() };
        let matter = TextMatter {
            has_agent: false,
            attended: false,
            contact_at: START,
            waiting_since: Some(START),
            apologised: false,
            answered_at: None,
            reminded_at: None,
            told_away: false,
        };
        assert_eq!(text_step(&matter, &manners, passed(START)), TextStep::SayAway);
        for quiet in [
            TextMatter { told_away: true, ..matter },
            TextMatter { attended: true, ..matter },
            TextMatter { has_agent: true, ..matter },
        ] {
            assert_eq!(text_step(&quiet, &manners, passed(START + MINUTE * 999)), TextStep::Wait, "{quiet:?}");
        }
        assert_eq!(text_step(&matter, &TextManners::default(), passed(START)), TextStep::Wait, "nothing to say");
    }

    #[test]
    fn silence_is_reminded_of_and_then_ends_it() {
        let manners = TextManners {
            remind_after: Some(60),
            reminder: Some("still there?".into()),
            close_after: Some(120),
            ..TextManners::default()
        };
        let answered = TextMatter {
            has_agent: true,
            attended: true,
            contact_at: START,
            waiting_since: None,
            apologised: false,
            answered_at: Some(START + MINUTE),
            reminded_at: None,
            told_away: false,
        };
        let step = |at: Duration, matter: &TextMatter| text_step(matter, &manners, passed(START + at));
        assert_eq!(step(MINUTE + MINUTE / 2, &answered), TextStep::Wait);
        assert_eq!(step(MINUTE * 2, &answered), TextStep::Remind);
        let reminded = TextMatter { reminded_at: Some(START + MINUTE * 2), ..answered };
        assert_eq!(step(MINUTE * 3, &reminded), TextStep::Wait);
        assert_eq!(step(MINUTE * 4, &reminded), TextStep::Close);
        let again = TextMatter { answered_at: Some(START + MINUTE * 3), ..reminded };
        assert_eq!((step(MINUTE * 4, &again), step(MINUTE * 5, &again)), (TextStep::Wait, TextStep::Close));
        let ours = TextMatter { answered_at: None, ..answered };
        assert_eq!(step(MINUTE * 999, &ours), TextStep::Wait, "they wait for us");
        let silent = TextManners { reminder: None, ..manners.clone() };
        assert_eq!(text_step(&answered, &silent, passed(START + MINUTE * 3)), TextStep::Close, "without a word before");
        assert_eq!(text_step(&reminded, &TextManners::default(), passed(START + MINUTE * 999)), TextStep::Wait);
    }

    /// Rows: S13.6
    #[test]
    fn who_waits_long_is_told_so_once() {
        let manners = TextManners {
            away: Some("nobody".into()),
            late_after: Some(60),
            late: Some("it takes longer".into()),
            close_after: Some(10),
            ..TextManners::default()
        };
        let waits = TextMatter {
            has_agent: false,
            attended: true,
            contact_at: START + MINUTE / 2,
            waiting_since: Some(START),
            apologised: false,
            answered_at: None,
            reminded_at: None,
            told_away: false,
        };
        let step = |at: Duration, matter: TextMatter| text_step(&matter, &manners, passed(START + at));
        assert_eq!(step(MINUTE - Duration::from_micros(1), waits), TextStep::Wait);
        assert_eq!(step(MINUTE, waits), TextStep::Apologise, "from the first text on");
        assert_eq!(
            step(MINUTE, TextMatter { has_agent: true, ..waits }),
            TextStep::Apologise,
            "in hand and unanswered"
        );
        assert_eq!(step(MINUTE * 9, TextMatter { apologised: true, ..waits }), TextStep::Wait);
        assert_eq!(step(MINUTE * 9, TextMatter { told_away: true, ..waits }), TextStep::Wait, "they know");
        assert_eq!(step(MINUTE, TextMatter { attended: false, ..waits }), TextStep::SayAway);
        let closed = |_| Duration::ZERO;
        assert_eq!(text_step(&waits, &manners, closed), TextStep::Wait, "no time counts while it is closed");
        let answered = TextMatter { has_agent: true, waiting_since: None, answered_at: Some(START + MINUTE), ..waits };
        assert_eq!(step(MINUTE * 9, answered), TextStep::Close, "the contact's silence is another matter");
    }
}
