//! A caller who waits in a queue and does not want to: they say where they are to be called, and hang up. Their place stays.
//!
//! Part of the step `queue`, which goes on meanwhile: an agent who takes the call in the middle of it has it.

use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::{AskId, Pii, Priority, Timestamp, WorkItemId};
use ringdesk_voice::{Answer, CallBackRequest, Opening, OpeningDay, Question};
use std::time::Duration;

/// For the first figure, and after each one.
const FIRST: Duration = Duration::from_secs(15);
const NEXT: Duration = Duration::from_secs(4);
/// For the promise to be written down.
const WRITTEN: Duration = Duration::from_secs(5);
/// Who has named so many numbers that cannot be called goes on waiting.
const FAULTS: u8 = 3;
/// The longest number, and the shortest (E.164 has 15 figures, with a prefix for the outside before them).
const LONGEST: usize = 20;
const SHORTEST: usize = 3;
/// What was typed is right.
const RIGHT: char = '#';
/// The variable under which it is read to them.
const TYPED: &str = "callback_number";

/// The talk about the number.
#[derive(Debug, Default)]
pub(super) struct CallingBack {
    typed: String,
    /// It was read to them, and they have not said that it is right.
    unconfirmed: Option<String>,
    faults: u8,
    /// When what was typed is all of it.
    until: Option<Timestamp>,
    asked: Option<AskId>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It goes on.
    Talks,
    /// They wait in the queue as before.
    Waits,
    /// `Some`: nobody calls before then.
    Promised(Option<Opening>),
}

impl CallingBack {
    pub(super) fn begin(now: Timestamp, line: &mut Line) -> CallingBack {
        let mut talk = CallingBack::default();
        talk.question(now, line, None);
        talk
    }

    pub(super) fn on(&mut self, now: Timestamp, line: &mut Line, work: (WorkItemId, Priority), fact: &Fact) -> Then {
        match fact {
            Fact::Key(_) if self.asked.is_some() => {}
            Fact::Key(digit) => return self.key(now, line, work, digit.key()),
            Fact::Said => self.until = Some(now + if self.typed.is_empty() { FIRST } else { NEXT }),
            Fact::Due if self.until.is_some_and(|at| at <= now) => {
                self.until = None;
                if let Some(ask) = self.asked.take() {
                    line.put(Output::Cancel(ask));
                    return self.fault(now, line);
                }
                return if self.typed.is_empty() { Then::Waits } else { self.typed(now, line, work) };
            }
            Fact::Answer(ask, answer) if self.asked == Some(*ask) => {
                (self.asked, self.until) = (None, None);
                return match answer {
                    Answer::Done => Then::Promised(None),
                    Answer::CallsLater(opening) => Then::Promised(Some(opening.clone())),
                    _ => self.fault(now, line),
                };
            }
            _ => {}
        }
        Then::Talks
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.until
    }

    /// They have named a number, and nothing takes that back.
    pub(super) fn is_settled(&self) -> bool {
        self.asked.is_some()
    }

    /// The question that is still open.
    pub(super) fn asked(&self) -> Option<AskId> {
        self.asked
    }

    fn key(&mut self, now: Timestamp, line: &mut Line, work: (WorkItemId, Priority), key: char) -> Then {
        line.hush();
        if key == RIGHT
            && let Some(number) = self.unconfirmed.take()
        {
            return self.wants(now, line, work, (number, false));
        }
        match key {
            '*' => return Then::Waits,
            '#' if !self.typed.is_empty() => return self.typed(now, line, work),
            // Another number takes its place.
            '0'..='9' if self.typed.len() < LONGEST => {
                self.unconfirmed = None;
                self.typed.push(key);
            }
            _ => {}
        }
        self.until = Some(now + if self.typed.is_empty() { FIRST } else { NEXT });
        Then::Talks
    }

    fn typed(&mut self, now: Timestamp, line: &mut Line, work: (WorkItemId, Priority)) -> Then {
        let typed = std::mem::take(&mut self.typed);
        if typed == "1" && knows_caller(line) {
            let number = line.value("caller").unwrap_or_default().to_owned();
            return self.wants(now, line, work, (number, true));
        }
        if typed.len() < SHORTEST {
            return self.fault(now, line);
        }
        // Whoever typed a wrong figure would never hear of us.
        line.keep_value(TYPED, typed.clone());
        self.unconfirmed = Some(typed);
        self.until = (!line.say(now, &[Prompt::id(prompt::CALLBACK_CONFIRM)], None)).then(|| now + FIRST);
        Then::Talks
    }

    /// `own`: they call from there.
    fn wants(
        &mut self,
        now: Timestamp,
        line: &mut Line,
        (work_item, priority): (WorkItemId, Priority),
        (number, own): (String, bool),
    ) -> Then {
        let request = CallBackRequest { work_item, priority, number: Pii::new(number), own };
        self.asked = Some(line.ask(now, Question::CallBack(request)));
        self.until = Some(now + WRITTEN);
        Then::Talks
    }

    fn fault(&mut self, now: Timestamp, line: &mut Line) -> Then {
        self.faults += 1;
        if self.faults >= FAULTS {
            return Then::Waits;
        }
        self.question(now, line, Some(prompt::CALLBACK_REFUSED));
        Then::Talks
    }

    fn question(&mut self, now: Timestamp, line: &mut Line, before: Option<&str>) {
        let question = if knows_caller(line) { prompt::CALLBACK_NUMBER } else { prompt::CALLBACK_TYPE };
        let prompts: Vec<Prompt> = before.into_iter().chain([question]).map(Prompt::id).collect();
        self.until = (!line.say(now, &prompts, None)).then(|| now + FIRST);
    }
}

/// What is said to whoever is called back: where it is closed, first when that will be over.
pub(super) fn promise(line: &mut Line, opening: Option<Opening>) -> Vec<Prompt> {
    let opens = opening.map(|Opening { day, date, time }| {
        line.keep_value("opens_date", date);
        line.keep_value("opens_time", time);
        match day {
            OpeningDay::Today => prompt::CALLBACK_OPENS_TODAY,
            OpeningDay::Tomorrow => prompt::CALLBACK_OPENS_TOMORROW,
            OpeningDay::Later => prompt::CALLBACK_OPENS_LATER,
        }
    });
    opens.into_iter().chain([prompt::CALLBACK_PROMISED]).map(Prompt::id).collect()
}

/// Whoever withholds their number is called at no number of theirs.
fn knows_caller(line: &Line) -> bool {
    line.value("caller").is_some_and(|number| {
        let digits = number.strip_prefix('+').unwrap_or(number);
        digits.len() >= SHORTEST && digits.bytes().all(|b| b.is_ascii_digit())
    })
}
