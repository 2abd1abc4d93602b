//! Guests: pages that may call once without an account, because the house has given them a ticket. The ticket is the number that they
//! call, so there is nobody else whom they reach by it; who shows it a second time, or too late, is a stranger.

use super::input::{Hop, Transport};
use ringdesk_model::Timestamp;
use std::collections::BTreeMap;

/// Tickets that wait to be used. When all are given out, nobody else is expected until some are used or over.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Guests {
    /// Until when each is good.
    tickets: BTreeMap<String, Timestamp>,
}

impl Guests {
    /// Let in whoever calls this. False: too many are expected already.
    pub(crate) fn expect(&mut self, now: Timestamp, ticket: String, until: Timestamp) -> bool {
        self.tickets.retain(|_, until| *until > now);
        let has_room = self.tickets.len() < MOST;
        if has_room {
            self.tickets.insert(ticket, until);
        }
        has_room
    }

    /// Is this a guest? Their ticket is used up by the question. Only pages of ours get one, so it counts over a WebSocket alone.
    pub(crate) fn admit(&mut self, now: Timestamp, hop: &Hop, called: &str) -> bool {
        matches!(hop.transport, Transport::Ws | Transport::Wss)
            && self.tickets.remove(called).is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    /// Rows: S4.1
    #[test]
    fn what_is_expected_is_bounded_and_ends_by_time() {
        let mut guests = Guests::default();
        let until = NOW + Duration::from_secs(30);
        for n in 0..MOST {
            assert!(guests.expect(NOW, format!("t{n}"), until));
        }
        assert!(!guests.expect(NOW, "one more".into(), until));
        let hop: Hop = "wss/0/198.51.100.7:52100/11".parse().unwrap();
        assert!(!guests.admit(until, &hop, "t1"), "too late");
        assert!(!guests.admit(NOW, &hop, "t1"), "and used up by that");
        assert!(guests.admit(NOW, &hop, "t2") && !guests.admit(NOW, &hop, "one more"));
        assert!(!guests.admit(NOW, &"udp/0/198.51.100.7:5060".parse().unwrap(), "t3"), "no page calls so");
        assert!(guests.expect(until, "one more".into(), until + Duration::from_secs(30)), "what is over makes room");
        assert_eq!(guests.tickets.len(), 1);
    }
}
