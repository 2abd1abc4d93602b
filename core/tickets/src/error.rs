//! Why something may not be.

use crate::TicketState;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a ticket that was {} cannot become {}", .0.as_str(), .1.as_str())]
    Step(TicketState, TicketState),
    #[error("an archived ticket is only read")]
    Archived,
    #[error("a title is one line of 1 to 200 characters")]
    Title,
    #[error("a problem has at most 4000 characters")]
    Problem,
    #[error("a comment has 1 to 4000 characters")]
    Remark,
    #[error("{0} is wanted")]
    Required(String),
    /// Which field, and what it takes.
    #[error("{0}: {1}")]
    Value(String, &'static str),
    #[error("there is no field {0}")]
    UnknownField(String),
    #[error("a type or department is named by one line of at most 64 characters")]
    Name,
    #[error("a type has at most 30 fields of different names, each one line of at most 64 characters")]
    Fields,
    #[error("a choice has 1 to 100 different words of at most 64 characters")]
    Choices,
    #[error("a limit is 1 minute to 1 year of business time")]
    Limit,
    #[error("a text to the contact has 1 to 1000 characters")]
    Notice,
}

impl Refusal {
    /// What was asked for makes sense, but not as things stand.
    pub fn is_of_the_moment(&self) -> bool {
        matches!(self, Refusal::Step(..) | Refusal::Archived)
    }
}
