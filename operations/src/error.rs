//! Why a use case did not happen.

use crate::challenges::Challenge;
use ringdesk_access::{ChallengeFault, TryLater, WeakPassword};
use ringdesk_conversations::Refusal;
use ringdesk_storage::StoreError;
use ringdesk_vault::VaultError;
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// Also when it is there, but not for this reader.
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error("{0} is taken")]
    Taken(&'static str),
    /// It was there, and is no longer.
    #[error("{0} is over")]
    Over(&'static str),
    /// A legal hold.
    #[error("{0} must be kept: it is on legal hold")]
    LegalHold(&'static str),
    /// Somebody else was quicker.
    #[error("{0} was changed by somebody else meanwhile")]
    Changed(&'static str),
    /// Another person has it in hand.
    #[error("{0} is in the hands of {1}")]
    InHand(&'static str, String),
    #[error("nobody has {0} in hand: claim it first")]
    Unclaimed(&'static str),
    #[error("{0} is closed")]
    Closed(&'static str),
    /// Somebody whom the house does not talk to.
    #[error("this contact is kept out")]
    KeptOut,
    /// It is of a help desk of the house: nobody from outside writes to it.
    #[error("this inbox is for staff who are signed in, and for nobody else")]
    InternalInbox,
    /// A text that waits until somebody has looked at it.
    #[error("this text is looked at before it is delivered")]
    Held,
    /// What its writer is told, by language.
    #[error("this text is not taken")]
    Filtered(BTreeMap<String, String>),
    #[error("the audit does not hold: entry {0} was changed, removed or put in between")]
    BrokenChain(i64),
    #[error("somebody has to keep the right to grant rights")]
    LastToGrant,
    /// Something else leads to it.
    #[error("{0}")]
    InUse(String),
    #[error("{0}")]
    Invalid(String),
    /// A right is missing that only shows when the object is known.
    #[error("this needs a right that you do not have")]
    NotAllowed,
    /// One text for a wrong password, an unknown login and a disabled one.
    #[error("wrong login or password")]
    WrongLogin,
    /// The password is right, and a code is wanted beside it.
    #[error("a code of your second factor is wanted")]
    CodeWanted,
    /// Too many failures: work is wanted before a password is looked at.
    #[error("a challenge has to be solved first")]
    ChallengeWanted(Challenge),
    /// The answer was none; here is another challenge.
    #[error("{0}")]
    ChallengeFailed(ChallengeFault, Challenge),
    #[error("wrong code, or one that was used before")]
    WrongCode,
    #[error(transparent)]
    TryLater(#[from] TryLater),
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Pass(#[from] ringdesk_conversations::PassRefusal),
    #[error(transparent)]
    Phrase(#[from] ringdesk_conversations::PhraseRefusal),
    #[error(transparent)]
    Shared(#[from] ringdesk_conversations::SharedRefusal),
    #[error(transparent)]
    Staff(#[from] ringdesk_conversations::StaffRefusal),
    #[error(transparent)]
    Contact(#[from] ringdesk_contacts::Refusal),
    #[error(transparent)]
    Mentor(#[from] ringdesk_access::MentorRefusal),
    #[error(transparent)]
    Ticket(#[from] ringdesk_tickets::Refusal),
    #[error(transparent)]
    Notice(#[from] ringdesk_notices::Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl From<VaultError> for OperationError {
    fn from(error: VaultError) -> Self {
        OperationError::Store(error.into())
    }
}

impl OperationError {
    /// It may work later, unchanged.
    pub fn is_passing(&self) -> bool {
        matches!(self, OperationError::Store(error) if error.is_passing())
    }

    /// A version that somebody else wrote at the same moment.
    pub(crate) fn raced(what: &'static str) -> impl Fn(StoreError) -> OperationError {
        move |error| if error.is_conflict() { OperationError::Changed(what) } else { error.into() }
    }

    /// A refused unique index, said in the words of the use case.
    pub(crate) fn taken(what: &'static str) -> impl Fn(StoreError) -> OperationError {
        move |error| if error.is_conflict() { OperationError::Taken(what) } else { error.into() }
    }
}
