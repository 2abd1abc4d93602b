//! Every timer of the machine in one ordered structure: setting, cancelling and taking the next are O(log n).

use super::leg::LegTimer;
use super::transaction::{TransactionTimer, TxId};
use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;
use std::collections::BTreeMap;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    Transaction(TxId, TransactionTimer),
    Leg(LegId, LegTimer),
}

impl Alarm {
    fn name(self) -> &'static str {
        match self {
            Alarm::Transaction(_, timer) => timer.name(),
            Alarm::Leg(_, timer) => timer.name(),
        }
    }
}

/// A timer that was set. Lost when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(Timestamp, u64);

#[derive(Debug, Default)]
pub(crate) struct Timers {
    // The number keeps timers of one moment in the order in which they were set.
    due: BTreeMap<Ticket, Alarm>,
    last: u64,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, alarm: Alarm) -> Ticket {
        self.last += 1;
        let ticket = Ticket(at, self.last);
        self.due.insert(ticket, alarm);
        ticket
    }

    pub(crate) fn cancel(&mut self, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket {
            self.due.remove(&ticket);
        }
    }

    /// The next timer that is due, taken out.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<Alarm> {
        let entry = self.due.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    pub(crate) fn next(&self) -> Option<(Timestamp, &'static str)> {
        self.due.first_key_value().map(|(ticket, alarm)| (ticket.0, alarm.name()))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_of_one_moment_keep_their_order() {
        let mut timers = Timers::default();
        let alarm = |n| Alarm::Transaction(TxId(n), TransactionTimer::End);
        let at = Timestamp(10);
        timers.set(at, alarm(1));
        let second = timers.set(at, alarm(2));
        timers.set(at, alarm(3));
        timers.set(Timestamp(5), alarm(4));
        timers.cancel(Some(second));
        timers.cancel(Some(second));
        assert_eq!(timers.next().unwrap().0, Timestamp(5));
        let fired: Vec<_> = std::iter::from_fn(|| timers.pop(at)).collect();
        assert_eq!(fired, [alarm(4), alarm(1), alarm(3)]);
        assert_eq!((timers.pop(at), timers.len()), (None, 0));
    }
}
