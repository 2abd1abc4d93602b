//! Tickets: what a browser shows at the door of the events socket, where it can set no header.
//!
//! An address is written into logs and histories, so the session's token must not stand in one. A ticket may: it opens one
//! socket, once, within half a minute, and is forgotten. It lives in the process; a restart voids it.

use ringdesk_model::{Timestamp, UserId};
use ringdesk_operations::secrets;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a ticket may be used.
pub(crate) const LIFE: Duration = Duration::from_secs(30);
/// Tickets one person may hold at a time, and all together. When full, the oldest goes.
const PER_USER: usize = 20;
const KEPT: usize = 10_000;

/// Tickets that were given out and not used yet.
#[derive(Clone, Default)]
pub struct Tickets(Arc<Mutex<Given>>);

#[derive(Default)]
struct Given {
    tickets: HashMap<String, Ticket>,
    /// The same, oldest first.
    order: BTreeMap<u64, String>,
    next: u64,
}

struct Ticket {
    user: UserId,
    /// The session it stands for; asked again at the door.
    token: String,
    until: Timestamp,
    number: u64,
}

impl Tickets {
    /// A ticket for the session of this token.
    pub(crate) fn give(&self, now: Timestamp, user: UserId, token: &str) -> Result<String, crate::problem::Problem> {
        let ticket = secrets::token()?;
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.forget_old(now);
        let mine: Vec<u64> = given.tickets.values().filter(|t| t.user == user).map(|t| t.number).collect();
        if mine.len() >= PER_USER {
            given.forget(mine.into_iter().min());
        }
        if given.tickets.len() >= KEPT {
            let oldest = given.order.keys().next().copied();
            given.forget(oldest);
        }
        given.next += 1;
        let number = given.next;
        given.order.insert(number, ticket.clone());
        given.tickets.insert(ticket.clone(), Ticket { user, token: token.to_owned(), until: now + LIFE, number });
        Ok(ticket)
    }

    /// The token behind a ticket. Nobody gets it a second time.
    pub(crate) fn take(&self, now: Timestamp, ticket: &str) -> Option<String> {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.forget_old(now);
        let found = given.tickets.remove(ticket)?;
        given.order.remove(&found.number);
        Some(found.token)
    }
}

impl Given {
    /// All live equally long: the oldest are the first to end.
    fn forget_old(&mut self, now: Timestamp) {
        while let Some((number, ticket)) = self.order.first_key_value()
            && self.tickets.get(ticket).is_none_or(|t| t.until <= now)
        {
            let number = *number;
            self.forget(Some(number));
        }
    }

    fn forget(&mut self, number: Option<u64>) {
        if let Some(ticket) = number.and_then(|n| self.order.remove(&n)) {
            self.tickets.remove(&ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn user(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_ticket_opens_once_and_not_for_long() {
        let tickets = Tickets::default();
        let ticket = tickets.give(NOW, user(1), "token").unwrap();
        assert_eq!(tickets.take(NOW, "another"), None);
        assert_eq!(tickets.take(NOW + SECOND * 29, &ticket).as_deref(), Some("token"));
        assert_eq!(tickets.take(NOW + SECOND * 29, &ticket), None);
        let late = tickets.give(NOW, user(1), "token").unwrap();
        assert_eq!(tickets.take(NOW + LIFE, &late), None);
    }

    #[test]
    fn memory_is_bounded_and_one_person_crowds_out_only_themselves() {
        let tickets = Tickets::default();
        let other = tickets.give(NOW, user(2), "other").unwrap();
        let mine: Vec<String> = (0..=PER_USER).map(|_| tickets.give(NOW, user(1), "mine").unwrap()).collect();
        assert_eq!(tickets.take(NOW, &mine[0]), None, "the oldest of mine went");
        assert!(tickets.take(NOW, &mine[1]).is_some() && tickets.take(NOW, &other).is_some());
        for n in 0..12_000 {
            tickets.give(NOW, user(10 + n), "many").unwrap();
        }
        let given = tickets.0.lock().unwrap();
        assert_eq!((given.tickets.len(), given.order.len()), (KEPT, KEPT));
    }
}
