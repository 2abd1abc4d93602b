//! What may be done with a ticket, and what its history says of it.

use crate::field::one_line;
use crate::{Priority, Refusal, TicketState};
use ringdesk_model::{DepartmentId, Timestamp, UserId};

const TITLE: usize = 200;
const TEXT: usize = 4_000;

/// Who has to settle it: somebody, whoever of a department takes it, or nobody yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assignee {
    pub department: Option<DepartmentId>,
    pub user: Option<UserId>,
}

/// What of a ticket decides what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub state: TicketState,
    pub priority: Priority,
    pub assignee: Assignee,
    pub solved_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Move(TicketState),
    Prioritise(Priority),
    Assign(Assignee),
    /// Title, problem or fields were written anew.
    Rewrite,
    Remark,
}

/// A line of its history. Who and when stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    Moved(TicketState, TicketState),
    Prioritised(Priority, Priority),
    Assigned(Assignee, Assignee),
    Rewritten,
    Remarked,
}

/// The ticket as it is then, and the line; `None`: it is so already.
pub fn apply(now: Timestamp, before: &Ticket, command: Command) -> Result<Option<(Ticket, Entry)>, Refusal> {
    if before.state == TicketState::Archived {
        return Err(Refusal::Archived);
    }
    let mut after = *before;
    let entry = match command {
        Command::Move(state) if state == before.state => return Ok(None),
        Command::Move(state) => {
            if !before.state.may_become(state) {
                return Err(Refusal::Step(before.state, state));
            }
            after.state = state;
            match state {
                TicketState::Solved => after.solved_at = Some(now),
                TicketState::Archived => after.archived_at = Some(now),
                _ => after.solved_at = None,
            }
            Entry::Moved(before.state, state)
        }
        Command::Prioritise(priority) if priority == before.priority => return Ok(None),
        Command::Prioritise(priority) => {
            after.priority = priority;
            Entry::Prioritised(before.priority, priority)
        }
        Command::Assign(assignee) if assignee == before.assignee => return Ok(None),
        Command::Assign(assignee) => {
            after.assignee = assignee;
            Entry::Assigned(before.assignee, assignee)
        }
        Command::Rewrite => Entry::Rewritten,
        Command::Remark => Entry::Remarked,
    };
    Ok(Some((after, entry)))
}

/// As it is kept.
pub fn title(raw: &str) -> Result<String, Refusal> {
    one_line(raw, TITLE).ok_or(Refusal::Title)
}

/// What is wrong, as it is kept; it may be empty.
pub fn problem(raw: &str) -> Result<String, Refusal> {
    let raw = raw.trim();
    if raw.chars().count() <= TEXT { Ok(raw.to_owned()) } else { Err(Refusal::Problem) }
}

/// A comment, as it is kept.
pub fn remark(raw: &str) -> Result<String, Refusal> {
    let raw = raw.trim();
    if (1..=TEXT).contains(&raw.chars().count()) { Ok(raw.to_owned()) } else { Err(Refusal::Remark) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEW: Ticket = Ticket {
        state: TicketState::Open,
        priority: Priority::Normal,
        assignee: Assignee { department: None, user: None },
        solved_at: None,
        archived_at: None,
    };

    fn command() -> impl Strategy<Value = Command> {
        let someone = |n: u128| Assignee { department: None, user: Some(UserId(uuid::Uuid::from_u128(n))) };
        prop_oneof![
            (0..5usize).prop_map(|n| Command::Move(TicketState::ALL[n])),
            (0..4usize).prop_map(|n| Command::Prioritise(Priority::ALL[n])),
            (0..3u128).prop_map(move |n| Command::Assign(someone(n))),
            Just(Command::Rewrite),
            Just(Command::Remark),
        ]
    }

    proptest! {
        /// Whatever is asked in whatever order: nothing leaves the archive, the history tells every change, and the moments
        /// are those of the states.
        ///
        /// Rows: S8.5, S8.10, S8.11
        #[test]
        fn histories_tell_the_whole_way_and_end_in_the_archive(commands in prop::collection::vec(command(), 0..60)) {
            let (mut ticket, mut told) = (NEW, NEW);
            for (n, command) in commands.into_iter().enumerate() {
                let now = Timestamp(n as i64 + 1);
                let was = ticket;
                match apply(now, &ticket, command) {
                    Ok(Some((after, entry))) => {
                        ticket = after;
                        match entry {
                            Entry::Moved(from, to) => {
                                prop_assert_eq!(told.state, from);
                                told.state = to;
                            }
                            Entry::Prioritised(from, to) => {
                                prop_assert_eq!(told.priority, from);
                                told.priority = to;
                            }
                            Entry::Assigned(from, to) => {
                                prop_assert_eq!(told.assignee, from);
                                told.assignee = to;
                            }
                            Entry::Rewritten | Entry::Remarked => prop_assert_eq!(ticket, was),
                        }
                    }
                    Ok(None) | Err(_) => prop_assert_eq!(ticket, was),
                }
                if was.state == TicketState::Archived {
                    prop_assert_eq!(ticket, was);
                    prop_assert_eq!(apply(now, &ticket, command), Err(Refusal::Archived));
                }
                let done = matches!(ticket.state, TicketState::Solved | TicketState::Archived);
                prop_assert_eq!(ticket.solved_at.is_some(), done);
                prop_assert_eq!(ticket.archived_at.is_some(), ticket.state == TicketState::Archived);
                prop_assert_eq!((told.state, told.priority, told.assignee), (ticket.state, ticket.priority, ticket.assignee));
            }
        }
    }

    #[test]
    fn texts_have_their_lengths() {
        assert_eq!(title("  a kettle "), Ok("a kettle".into()));
        assert_eq!(title("two\nlines"), Err(Refusal::Title));
        assert_eq!(problem(" "), Ok(String::new()));
        assert_eq!(problem(&"字".repeat(4_001)), Err(Refusal::Problem));
        assert_eq!(remark(" "), Err(Refusal::Remark));
        assert_eq!(remark(" called twice\n"), Ok("called twice".into()));
    }
}
