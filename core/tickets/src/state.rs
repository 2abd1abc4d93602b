//! The way of a ticket: one pure machine, whose last state nothing leaves.

use serde::{Deserialize, Serialize};

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Somebody of us has to do something.
    Open,
    /// A third party has: a workshop, a carrier.
    Pending,
    /// The contact has.
    Waiting,
    /// Done, as we see it; it may be opened again.
    Solved,
    /// Only read from now on.
    Archived,
}

use TicketState::{Archived, Open, Pending, Solved, Waiting};

impl TicketState {
    pub const ALL: [TicketState; 5] = [Open, Pending, Waiting, Solved, Archived];

    pub const fn as_str(self) -> &'static str {
        match self {
            Open => "open",
            Pending => "pending",
            Waiting => "waiting",
            Solved => "solved",
            Archived => "archived",
        }
    }

    pub fn parse(name: &str) -> Option<TicketState> {
        TicketState::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Somebody still has to do something.
    pub const fn is_at_work(self) -> bool {
        matches!(self, Open | Pending | Waiting)
    }

    /// The states that may follow.
    pub const fn next(self) -> &'static [TicketState] {
        match self {
            Open => &[Pending, Waiting, Solved],
            Pending => &[Open, Waiting, Solved],
            Waiting => &[Open, Pending, Solved],
            Solved => &[Open, Archived],
            Archived => &[],
        }
    }

    pub fn may_become(self, next: TicketState) -> bool {
        self.next().contains(&next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S8.5, S8.10
    #[test]
    fn a_ticket_is_worked_on_solved_and_archived_and_nothing_leaves_the_archive() {
        let table = TicketState::ALL.map(|from| TicketState::ALL.map(|to| u8::from(from.may_become(to))));
        // From (down) open, pending, waiting, solved, archived, to (across) the same.
        assert_eq!(table, [[0, 1, 1, 1, 0], [1, 0, 1, 1, 0], [1, 1, 0, 1, 0], [1, 0, 0, 0, 1], [0, 0, 0, 0, 0]]);
        for state in TicketState::ALL {
            assert_eq!(TicketState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(TicketState::parse("lost"), None);
    }
}
