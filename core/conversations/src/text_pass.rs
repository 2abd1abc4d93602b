//! A text passed on to a queue or a colleague, or shared with one: who may, and to whom.
//!
//! As with calls: whoever passes it on to a colleague has it until the colleague takes it, so what is refused is where it was. To a
//! queue it goes at once. Whoever is asked to help comes beside them, and leaves without ending it.

use ringdesk_model::{AgentId, QueueId};
use std::collections::BTreeSet;

/// Agents in one conversation by text.
pub const HANDS: usize = 5;
/// Of a reason, in characters.
const REASON: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassTo {
    Agent(AgentId),
    Queue(QueueId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassMode {
    /// The target has it instead of the sender.
    Blind,
    /// The target comes beside the sender.
    Join,
}

impl PassMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            PassMode::Blind => "blind",
            PassMode::Join => "join",
        }
    }

    pub fn parse(name: &str) -> Option<PassMode> {
        [PassMode::Blind, PassMode::Join].into_iter().find(|mode| mode.as_str() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassRefusal {
    #[error("only who has the conversation in hand passes it on")]
    NotInHand,
    #[error("several have it in hand: say in whose place")]
    InWhosePlace,
    #[error("they have it in hand already")]
    InHand,
    #[error("a queue cannot join: name a colleague")]
    NobodyToJoin,
    #[error("somebody is being asked already; wait for their answer")]
    Asking,
    #[error("at most 5 agents are in one conversation")]
    Full,
    #[error("nobody else has it in hand: pass it on, or close it")]
    LastHand,
    #[error("a reason has at most 500 characters")]
    Reason,
}

impl PassRefusal {
    /// It may be different in a moment.
    pub fn is_of_the_moment(self) -> bool {
        !matches!(self, PassRefusal::NobodyToJoin | PassRefusal::Reason)
    }
}

/// Whose part it is that is passed on: one's own, or with the right to it that of another.
/// `in_place_of`: whom somebody with the right names.
pub fn sender(
    hands: &BTreeSet<AgentId>,
    me: Option<AgentId>,
    may_for_others: bool,
    in_place_of: Option<AgentId>,
) -> Result<AgentId, PassRefusal> {
    let held = |agent: &AgentId| hands.contains(agent);
    match in_place_of.filter(|_| may_for_others) {
        Some(named) => Some(named).filter(held).ok_or(PassRefusal::NotInHand),
        None => match me.filter(held) {
            Some(me) => Ok(me),
            None if !may_for_others => Err(PassRefusal::NotInHand),
            None if hands.len() > 1 => Err(PassRefusal::InWhosePlace),
            None => hands.first().copied().ok_or(PassRefusal::NotInHand),
        },
    }
}

/// May it go there? `asking`: somebody is being asked to take it or to join.
pub fn may_pass(hands: &BTreeSet<AgentId>, to: PassTo, mode: PassMode, asking: bool) -> Result<(), PassRefusal> {
    match (to, mode) {
        (PassTo::Queue(_), PassMode::Join) => Err(PassRefusal::NobodyToJoin),
        (PassTo::Agent(agent), _) if hands.contains(&agent) => Err(PassRefusal::InHand),
        _ if asking => Err(PassRefusal::Asking),
        (_, PassMode::Join) if hands.len() >= HANDS => Err(PassRefusal::Full),
        _ => Ok(()),
    }
}

/// May they leave the others to it?
pub fn may_leave(hands: &BTreeSet<AgentId>, agent: AgentId) -> Result<(), PassRefusal> {
    match (hands.contains(&agent), hands.len()) {
        (false, _) => Err(PassRefusal::NotInHand),
        (true, 1) => Err(PassRefusal::LastHand),
        (true, _) => Ok(()),
    }
}

/// Why, as it is kept; `None`: nothing was said.
pub fn pass_reason(reason: Option<&str>) -> Result<Option<String>, PassRefusal> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    match reason {
        Some(long) if long.chars().count() > REASON => Err(PassRefusal::Reason),
        reason => Ok(reason.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    fn agents() -> [AgentId; 6] {
        let mut ids = Ids::seeded(1);
        std::array::from_fn(|_| ids.next(Timestamp(0)))
    }

    /// Rows: S7.9
    #[test]
    fn ones_own_is_passed_on_and_that_of_others_with_the_right() {
        let [anna, bea, lead, ..] = agents();
        let hands = BTreeSet::from([anna, bea]);
        assert_eq!(sender(&hands, Some(anna), false, None), Ok(anna));
        assert_eq!(sender(&hands, Some(anna), false, Some(bea)), Ok(anna), "without the right it is one's own");
        assert_eq!(sender(&hands, Some(lead), false, None), Err(PassRefusal::NotInHand));
        assert_eq!(sender(&hands, Some(lead), true, None), Err(PassRefusal::InWhosePlace));
        assert_eq!(sender(&hands, None, true, Some(bea)), Ok(bea));
        assert_eq!(sender(&hands, None, true, Some(lead)), Err(PassRefusal::NotInHand));
        assert_eq!(sender(&BTreeSet::from([bea]), Some(lead), true, None), Ok(bea));
        assert_eq!(sender(&BTreeSet::new(), Some(lead), true, None), Err(PassRefusal::NotInHand));
    }

    /// Rows: S7.9, S7.16
    #[test]
    fn one_is_asked_at_a_time_and_nobody_who_is_there() {
        let all = agents();
        let [anna, bea, ..] = all;
        let queue = Ids::seeded(2).next(Timestamp(0));
        let hands = BTreeSet::from([anna]);
        for mode in [PassMode::Blind, PassMode::Join] {
            assert_eq!(may_pass(&hands, PassTo::Agent(bea), mode, false), Ok(()));
            assert_eq!(may_pass(&hands, PassTo::Agent(anna), mode, false), Err(PassRefusal::InHand));
            assert_eq!(may_pass(&hands, PassTo::Agent(bea), mode, true), Err(PassRefusal::Asking));
        }
        assert_eq!(may_pass(&hands, PassTo::Queue(queue), PassMode::Blind, false), Ok(()));
        assert_eq!(may_pass(&hands, PassTo::Queue(queue), PassMode::Join, false), Err(PassRefusal::NobodyToJoin));
        let full = BTreeSet::from_iter(all[..HANDS].iter().copied());
        assert_eq!(may_pass(&full, PassTo::Agent(all[5]), PassMode::Join, false), Err(PassRefusal::Full));
        assert_eq!(may_pass(&full, PassTo::Agent(all[5]), PassMode::Blind, false), Ok(()));
        assert_eq!(may_leave(&hands, anna), Err(PassRefusal::LastHand));
        assert_eq!(may_leave(&full, anna), Ok(()));
        assert_eq!(may_leave(&hands, bea), Err(PassRefusal::NotInHand));
    }

    #[test]
    fn a_reason_is_a_short_one_or_none() {
        assert_eq!(pass_reason(Some("  wants a refund ")), Ok(Some("wants a refund".into())));
        assert_eq!((pass_reason(Some(" ")), pass_reason(None)), (Ok(None), Ok(None)));
        assert_eq!(pass_reason(Some(&"客".repeat(501))), Err(PassRefusal::Reason));
    }
}
