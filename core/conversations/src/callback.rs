//! Promised callbacks: when somebody is reminded, who is asked to call, and when a promise goes to the queue.
//!
//! A law over one promise at one moment; whoever keeps the rows asks it again whenever something may have changed.

use ringdesk_model::{AgentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So long before the window its owner is reminded.
pub const REMIND: Duration = Duration::from_secs(300);
/// An owner who is not at work so long after its beginning does not keep it: the queue does.
pub const GRACE: Duration = Duration::from_secs(120);
/// After a try that reached nobody.
pub const AGAIN: Duration = Duration::from_secs(900);
/// A ring that nobody took up: the next one is asked sooner.
pub const SOON: Duration = Duration::from_secs(60);
/// Who is never reached is somebody whom nobody served.
pub const TRIES: i64 = 3;
/// The longest window, and the furthest day.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);
const FURTHEST: Duration = Duration::from_secs(366 * 24 * 3_600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    Promised,
    /// A call is under way.
    Calling,
    Closed,
}

impl CallbackState {
    pub const fn as_str(self) -> &'static str {
        match self {
            CallbackState::Promised => "promised",
            CallbackState::Calling => "calling",
            CallbackState::Closed => "closed",
        }
    }

    pub fn parse(name: &str) -> Option<CallbackState> {
        use CallbackState::{Calling, Closed, Promised};
        [Promised, Calling, Closed].into_iter().find(|state| state.as_str() == name)
    }
}

/// A promise, as the law sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    pub state: CallbackState,
    /// `None`: whoever of the queue is free.
    pub owner: Option<AgentId>,
    pub due_from: Timestamp,
    pub due_until: Timestamp,
    pub reminded: bool,
    pub attempts: i64,
    /// Not before then: after a try.
    pub next_at: Timestamp,
}

/// Who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present {
    pub owner_ready: bool,
    /// The owner is at work at all.
    pub owner_there: bool,
    /// Of the queue, ready for the longest.
    pub in_queue: Option<AgentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseStep {
    /// Nothing; a call or a presence may change that before time does.
    Wait,
    /// Tell the owner that it is due soon.
    Remind(AgentId),
    /// Ring this agent's telephone, then the contact's.
    Call(AgentId),
    /// The owner does not keep it: whoever of the queue is free.
    ToQueue,
    /// Tried often enough.
    GiveUp,
}

/// What is to be done for somebody who has hung up and keeps their place in a queue, while no call is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceStep {
    /// Not yet: they were called a moment ago.
    Wait,
    /// They wait in the queue, as if they had never hung up.
    Queue,
    /// Called often enough.
    GiveUp,
}

/// `tries`: calls that reached nobody, before they are given up.
pub fn place_step(now: Timestamp, promise: &Promise, tries: i64) -> PlaceStep {
    if promise.attempts >= tries {
        PlaceStep::GiveUp
    } else if promise.state == CallbackState::Promised && now >= promise.next_at {
        PlaceStep::Queue
    } else {
        PlaceStep::Wait
    }
}

/// What is to be done with it now; one thing at a time.
pub fn promise_step(now: Timestamp, promise: &Promise, present: Present) -> PromiseStep {
    let left_to_the_queue = |owner: AgentId| {
        if present.owner_ready {
            PromiseStep::Call(owner)
        } else if now >= promise.due_until || (!present.owner_there && now >= promise.due_from + GRACE) {
            PromiseStep::ToQueue
        } else {
            PromiseStep::Wait
        }
    };
    if promise.state != CallbackState::Promised {
        return PromiseStep::Wait;
    }
    if promise.attempts >= TRIES {
        return PromiseStep::GiveUp;
    }
    match promise.owner {
        Some(owner) if !promise.reminded && now + REMIND >= promise.due_from => PromiseStep::Remind(owner),
        _ if now < promise.due_from.max(promise.next_at) => PromiseStep::Wait,
        Some(owner) => left_to_the_queue(owner),
        None => present.in_queue.map_or(PromiseStep::Wait, PromiseStep::Call),
    }
}

/// A window that can be promised.
pub fn check_window(now: Timestamp, from: Timestamp, until: Timestamp) -> Result<(), &'static str> {
    if until < from {
        Err("the window ends before it begins")
    } else if until < now {
        Err("the window lies in the past")
    } else if until.since(from) > LONGEST {
        Err("a window is at most a week long")
    } else if from.since(now) > FURTHEST {
        Err("a callback is promised for a year at most")
    } else {
        Ok(())
    }
}

/// Promised, and the time for it is over.
pub fn is_overdue(now: Timestamp, promise: &Promise) -> bool {
    promise.state != CallbackState::Closed && now > promise.due_until
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minutes: i64) -> Timestamp {
        Timestamp(minutes * 60_000_000)
    }

    fn promise(owner: Option<AgentId>) -> Promise {
        Promise {
            state: CallbackState::Promised,
            owner,
            due_from: at(60),
            due_until: at(90),
            reminded: false,
            attempts: 0,
            next_at: at(0),
        }
    }

    const READY: Present = Present { owner_ready: true, owner_there: true, in_queue: None };
    const BUSY: Present = Present { owner_ready: false, owner_there: true, in_queue: None };
    const AWAY: Present = Present { owner_ready: false, owner_there: false, in_queue: None };

    /// Rows: S7.26
    #[test]
    fn an_owner_is_reminded_and_asked_and_an_absent_one_is_not_waited_for() {
        let mut ids = Ids::seeded(1);
        let owner: AgentId = ids.next(at(0));
        let mut p = promise(Some(owner));
        assert_eq!(promise_step(at(54), &p, READY), PromiseStep::Wait);
        assert_eq!(promise_step(at(55), &p, AWAY), PromiseStep::Remind(owner), "also who is not there yet");
        p.reminded = true;
        assert_eq!(promise_step(at(59), &p, READY), PromiseStep::Wait, "not before it was promised");
        assert_eq!(promise_step(at(60), &p, READY), PromiseStep::Call(owner));
        assert_eq!(promise_step(at(61), &p, AWAY), PromiseStep::Wait, "they may be late");
        assert_eq!(promise_step(at(62), &p, AWAY), PromiseStep::ToQueue);
        assert_eq!(promise_step(at(89), &p, BUSY), PromiseStep::Wait, "they talk, and the window is open");
        assert_eq!(promise_step(at(90), &p, BUSY), PromiseStep::ToQueue);
    }

    /// Rows: S7.26
    #[test]
    fn a_queue_keeps_it_by_whoever_is_free() {
        let mut ids = Ids::seeded(1);
        let free: AgentId = ids.next(at(0));
        let with = Present { in_queue: Some(free), ..AWAY };
        let mut p = promise(None);
        assert_eq!(promise_step(at(59), &p, with), PromiseStep::Wait);
        assert_eq!(promise_step(at(60), &p, AWAY), PromiseStep::Wait);
        assert_eq!(promise_step(at(60), &p, with), PromiseStep::Call(free));
        (p.attempts, p.next_at) = (1, at(70));
        assert_eq!(promise_step(at(69), &p, with), PromiseStep::Wait, "let them come home");
        assert_eq!(promise_step(at(70), &p, with), PromiseStep::Call(free));
        assert_eq!(promise_step(at(999), &p, with), PromiseStep::Call(free), "late is better than never");
        p.attempts = TRIES;
        assert_eq!(promise_step(at(70), &p, AWAY), PromiseStep::GiveUp);
        for state in [CallbackState::Calling, CallbackState::Closed] {
            assert_eq!(promise_step(at(70), &Promise { state, ..p }, with), PromiseStep::Wait);
            assert_eq!(CallbackState::parse(state.as_str()), Some(state));
        }
        assert!(is_overdue(at(91), &p) && !is_overdue(at(90), &p));
        assert!(!is_overdue(at(91), &Promise { state: CallbackState::Closed, ..p }));
    }

    /// Rows: V7
    #[test]
    fn who_keeps_their_place_waits_in_the_queue_until_they_are_reached_or_given_up() {
        let p = Promise { next_at: at(10), ..promise(None) };
        assert_eq!(place_step(at(9), &p, 2), PlaceStep::Wait);
        assert_eq!(place_step(at(10), &p, 2), PlaceStep::Queue);
        let calling = Promise { state: CallbackState::Calling, ..p };
        assert_eq!(place_step(at(10), &calling, 2), PlaceStep::Wait);
        assert_eq!(place_step(at(10), &Promise { attempts: 1, ..p }, 2), PlaceStep::Queue);
        assert_eq!(place_step(at(9), &Promise { attempts: 2, ..p }, 2), PlaceStep::GiveUp);
    }

    #[test]
    fn only_what_can_be_kept_is_promised() {
        let now = at(60);
        assert_eq!(check_window(now, at(60), at(60)), Ok(()));
        assert_eq!(check_window(now, at(30), at(70)), Ok(()), "it has begun");
        for (from, until) in [(at(80), at(70)), (at(10), at(59)), (at(60), at(60) + LONGEST + MINUTE)] {
            assert!(check_window(now, from, until).is_err(), "{from:?} {until:?}");
        }
        assert!(check_window(now, now + FURTHEST + MINUTE, now + FURTHEST + MINUTE).is_err());
    }
}
