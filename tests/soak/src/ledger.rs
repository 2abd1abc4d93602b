//! What the telephones saw: every call that was begun, when it was up, when somebody talked. The audit holds the server's
//! books against it.

use ringdesk_model::{Clock as _, Timestamp, WallClock};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a call ended for the telephone that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Hung up by the caller.
    ByCaller,
    /// The same, with its first BYEs lost.
    ByCallerLate,
    /// Hung up by the server: the agent or the flow ended it.
    ByServer,
    /// Taken back before an answer.
    Cancelled,
    Refused(u16),
    /// The telephone lost its network: no BYE, no sound.
    Vanished,
    /// The server was killed under it.
    Killed,
    /// The server said nothing, or did not answer the BYE. Never right.
    Unanswered,
}

impl End {
    pub fn name(self) -> String {
        match self {
            End::ByCaller => "hung up by the caller".into(),
            End::ByCallerLate => "hung up by the caller, BYE lost first".into(),
            End::ByServer => "hung up by agent or flow".into(),
            End::Cancelled => "cancelled".into(),
            End::Refused(status) => format!("refused with {status}"),
            End::Vanished => "caller vanished".into(),
            End::Killed => "server killed".into(),
            End::Unanswered => "server silent".into(),
        }
    }
}

/// An agent's telephone in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
    /// The telephone vanished: the server may only notice later.
    pub vanished: bool,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub number: String,
    pub dialled: String,
    pub begun: Timestamp,
    /// The first answer of the server, provisional or not.
    pub heard: Option<Timestamp>,
    pub answered: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub end: Option<End>,
    pub spans: Vec<Span>,
}

pub struct Ledger {
    pub clock: WallClock,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    /// By the caller's number, which is used once.
    calls: BTreeMap<String, Entry>,
    faults: BTreeMap<&'static str, u64>,
    kills: Vec<Timestamp>,
    oddities: Vec<String>,
}

impl Ledger {
    pub fn open() -> Ledger {
        Ledger { clock: WallClock::start(), books: Mutex::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Begin a call: the number it comes from.
    pub fn begin(&self, dialled: &str) -> String {
        let begun = self.now();
        let mut books = self.books();
        let number = format!("151{:08}", books.calls.len() + 1);
        let entry = Entry {
            number: number.clone(),
            dialled: dialled.to_owned(),
            begun,
            heard: None,
            answered: None,
            ended: None,
            end: None,
            spans: Vec::new(),
        };
        books.calls.insert(number.clone(), entry);
        number
    }

    pub fn heard(&self, number: &str) {
        let now = self.now();
        self.change(number, |e| {
            e.heard.get_or_insert(now);
        });
    }

    pub fn answered(&self, number: &str) {
        let now = self.now();
        self.change(number, |e| {
            e.heard.get_or_insert(now);
            e.answered = Some(now);
        });
    }

    pub fn ended(&self, number: &str, at: Timestamp, end: End) {
        self.change(number, |e| (e.ended, e.end) = (Some(at), Some(end)));
    }

    /// An agent's telephone is in this call from now on; the number of the span.
    pub fn joined(&self, number: &str) -> usize {
        let now = self.now();
        let mut at = 0;
        self.change(number, |e| {
            e.spans.push(Span { from: now, to: None, vanished: false });
            at = e.spans.len() - 1;
        });
        at
    }

    pub fn left(&self, number: &str, span: usize, at: Timestamp, vanished: bool) {
        self.change(number, |e| {
            if let Some(span) = e.spans.get_mut(span) {
                (span.to, span.vanished) = (Some(at), vanished);
            }
        });
    }

    pub fn fault(&self, kind: &'static str) {
        *self.books().faults.entry(kind).or_default() += 1;
    }

    pub fn killed(&self, at: Timestamp) {
        self.books().kills.push(at);
    }

    /// Something that should not be, seen by a telephone.
    pub fn odd(&self, what: String) {
        let mut books = self.books();
        if books.oddities.len() < 1_000 {
            books.oddities.push(what);
        }
    }

    pub fn calls(&self) -> Vec<Entry> {
        self.books().calls.values().cloned().collect()
    }

    pub fn faults(&self) -> BTreeMap<&'static str, u64> {
        self.books().faults.clone()
    }

    pub fn kills(&self) -> Vec<Timestamp> {
        self.books().kills.clone()
    }

    pub fn oddities(&self) -> Vec<String> {
        self.books().oddities.clone()
    }

    fn change(&self, number: &str, how: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.books().calls.get_mut(number) {
            how(entry);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
