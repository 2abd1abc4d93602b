//! Why something may not be.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a name is one line of at most 128 characters")]
    Name,
    #[error("there is no kind of identity of this name")]
    IdentityKind,
    #[error("this is no {0}")]
    Identity(&'static str),
    #[error("a file has at most {0} identities")]
    Identities(usize),
    #[error("a field is named by one line of at most 64 characters")]
    FieldName,
    #[error("a choice has 1 to 100 different words of at most 64 characters")]
    Choices,
    #[error("an account has at most {0} fields")]
    Fields(usize),
    #[error("there is no such field, or it is out of use")]
    UnknownField,
    /// Which field, and what it takes.
    #[error("{0}: {1}")]
    Value(String, &'static str),
    #[error("a language is written like zh-CN")]
    Language,
    #[error("a file is not merged with itself")]
    Itself,
    #[error("this file was merged into another")]
    MergedAway,
    #[error("this merge was undone before")]
    Undone,
    #[error("the file went into a third one: undo that merge first")]
    LaterMerge,
    #[error("the file of a colleague stays as it is, apart from those of customers")]
    OfStaff,
    #[error("a reason is one line of 3 to 500 characters")]
    Reason,
    #[error("a block ends in the future")]
    Expiry,
    #[error("an emergency number is not blocked")]
    Emergency,
    #[error("the block is {0}")]
    BlockState(&'static str),
    #[error("who proposes a block does not approve it")]
    OwnProposal,
    #[error("a segment is named by one line of at most 64 characters")]
    SegmentName,
    #[error("an account has at most {0} segments")]
    Segments(usize),
    /// Where in the condition (a JSON pointer), and what.
    #[error("{0}: {1}")]
    Segment(String, &'static str),
}

impl Refusal {
    /// What was asked for makes sense, but not as things stand.
    pub fn is_of_the_moment(&self) -> bool {
        use Refusal::{BlockState, LaterMerge, MergedAway, OwnProposal, Undone};
        matches!(self, MergedAway | Undone | LaterMerge | BlockState(_) | OwnProposal)
    }
}
