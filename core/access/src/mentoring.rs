//! A mentor beside an agent: whom one may be made, until when it holds, and what they may do and say.
//!
//! A mentor sees the talks that the agent has in hand now, and nothing else of them: not what is over, and not what others have in hand.
//! They may listen and whisper, never be heard by the contact; what they suggest is for the agent alone.

use crate::{Grants, Permission};
use ringdesk_model::{AgentId, Timestamp, UserId};

/// The longest suggestion, in characters.
pub const SUGGESTION: usize = 1_000;

/// Somebody who is beside an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentorship {
    pub mentor: UserId,
    pub agent: AgentId,
    pub since: Timestamp,
    /// `None`: until somebody ends it.
    pub until: Option<Timestamp>,
}

impl Mentorship {
    /// The moment named is the first at which it does not hold any more.
    pub fn holds(&self, now: Timestamp) -> bool {
        holds(now, self.until)
    }
}

/// The same, of its end alone.
pub fn holds(now: Timestamp, until: Option<Timestamp>) -> bool {
    until.is_none_or(|until| now < until)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MentorRefusal {
    #[error("nobody is their own mentor")]
    Oneself,
    #[error("that moment has passed")]
    Past,
    /// It would show them what their roles are made to keep from them.
    #[error("their roles let them read no conversation")]
    ReadsNothing,
    #[error("they are out of use")]
    Disabled,
    #[error("a suggestion has 1 to {SUGGESTION} characters")]
    Wordless,
    #[error("it was taken or put aside before")]
    Settled,
}

/// Whoever is to be a mentor.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub grants: &'a Grants,
    pub agent: Option<AgentId>,
    pub disabled: bool,
}

/// May they be made this agent's mentor, until then?
pub fn may_attach(
    now: Timestamp,
    mentor: &Candidate<'_>,
    agent: AgentId,
    until: Option<Timestamp>,
) -> Result<(), MentorRefusal> {
    let reads = [Permission::ConversationsReadOwn, Permission::ConversationsReadAll];
    match () {
        () if mentor.agent == Some(agent) => Err(MentorRefusal::Oneself),
        () if mentor.disabled => Err(MentorRefusal::Disabled),
        () if !reads.into_iter().any(|right| mentor.grants.allows(right)) => Err(MentorRefusal::ReadsNothing),
        () if !holds(now, until) => Err(MentorRefusal::Past),
        () => Ok(()),
    }
}

/// What became of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionEnd {
    /// It went into the agent's box. Whether they sent it, and how they changed it, is theirs.
    Taken,
    Dismissed,
}

impl SuggestionEnd {
    pub const fn as_str(self) -> &'static str {
        match self {
            SuggestionEnd::Taken => "taken",
            SuggestionEnd::Dismissed => "dismissed",
        }
    }

    pub fn parse(name: &str) -> Option<SuggestionEnd> {
        [SuggestionEnd::Taken, SuggestionEnd::Dismissed].into_iter().find(|end| end.as_str() == name)
    }
}

/// As it is kept: without the white space around it.
pub fn suggestion_text(text: &str) -> Result<&str, MentorRefusal> {
    let text = text.trim();
    match text.chars().count() {
        1..=SUGGESTION => Ok(text),
        _ => Err(MentorRefusal::Wordless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped_roles;
    use ringdesk_model::Ids;

    const NOW: Timestamp = Timestamp(1_000);

    /// Rows: S7.18
    #[test]
    fn a_mentor_is_somebody_else_who_may_read_and_it_ends_at_its_moment() {
        let (roles, mut ids) = (shipped_roles(), Ids::seeded(3));
        let (agent, other): (AgentId, AgentId) = (ids.next(NOW), ids.next(NOW));
        let of = |role: &str| Grants::of([role], &roles);
        let later = Some(Timestamp(1_001));
        for (role, theirs, disabled, until, expected) in [
            ("agent", Some(other), false, None, Ok(())),
            ("agent", Some(other), false, later, Ok(())),
            ("reviewer", None, false, later, Ok(())),
            ("agent", Some(agent), false, None, Err(MentorRefusal::Oneself)),
            ("agent", Some(other), true, None, Err(MentorRefusal::Disabled)),
            ("technician", None, false, None, Err(MentorRefusal::ReadsNothing)),
            ("department", None, false, None, Err(MentorRefusal::ReadsNothing)),
            ("agent", Some(other), false, Some(NOW), Err(MentorRefusal::Past)),
        ] {
            let grants = of(role);
            let mentor = Candidate { grants: &grants, agent: theirs, disabled };
            assert_eq!(may_attach(NOW, &mentor, agent, until), expected, "{role} {until:?}");
        }
        let user: UserId = ids.next(NOW);
        let held = Mentorship { mentor: user, agent, since: NOW, until: later };
        assert_eq!((held.holds(NOW), held.holds(Timestamp(1_001))), (true, false));
        assert!(Mentorship { until: None, ..held }.holds(Timestamp(i64::MAX)));
    }

    /// Rows: S7.18
    #[test]
    fn a_suggestion_says_something_and_ends_by_a_name() {
        assert_eq!(suggestion_text(" ask for the contract \n"), Ok("ask for the contract"));
        for bad in ["", " \n", &"长".repeat(SUGGESTION + 1)] {
            assert_eq!(suggestion_text(bad), Err(MentorRefusal::Wordless));
        }
        assert_eq!(suggestion_text(&"长".repeat(SUGGESTION)).map(|text| text.chars().count()), Ok(SUGGESTION));
        assert_eq!(SuggestionEnd::parse("taken"), Some(SuggestionEnd::Taken));
        assert_eq!(SuggestionEnd::parse("sent"), None);
    }
}
