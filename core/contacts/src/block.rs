//! Who is kept out: a contact, by all their identities at once, for a reason and until a time.
//!
//! An agent proposes, somebody else approves; who may approve may also block at once. A proposal keeps nobody out.

use crate::Refusal;
use crate::field::one_line;
use ringdesk_model::{Timestamp, UserId};

/// In characters.
const LONGEST_REASON: usize = 500;
const SHORTEST_REASON: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// Waits for somebody to approve it.
    Proposed,
    Active,
    /// Nobody approved.
    Declined,
    /// Ended before its time.
    Lifted,
}

impl BlockState {
    pub const fn as_str(self) -> &'static str {
        match self {
            BlockState::Proposed => "proposed",
            BlockState::Active => "active",
            BlockState::Declined => "declined",
            BlockState::Lifted => "lifted",
        }
    }

    pub fn parse(name: &str) -> Option<BlockState> {
        [BlockState::Proposed, BlockState::Active, BlockState::Declined, BlockState::Lifted]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub state: BlockState,
    /// `None`: until it is lifted.
    pub until: Option<Timestamp>,
    /// `None`: the house.
    pub proposed_by: Option<UserId>,
}

impl Block {
    /// `approves`: who asks for it may do so alone.
    pub fn begin(
        now: Timestamp,
        until: Option<Timestamp>,
        by: Option<UserId>,
        approves: bool,
    ) -> Result<Block, Refusal> {
        if until.is_some_and(|until| until <= now) {
            return Err(Refusal::Expiry);
        }
        let state = if approves { BlockState::Active } else { BlockState::Proposed };
        Ok(Block { state, until, proposed_by: by })
    }

    pub fn keeps_out(&self, now: Timestamp) -> bool {
        self.state == BlockState::Active && self.until.is_none_or(|until| now < until)
    }

    /// Decide a proposal.
    pub fn decide(&self, now: Timestamp, by: Option<UserId>, approve: bool) -> Result<BlockState, Refusal> {
        if self.state != BlockState::Proposed {
            return Err(Refusal::BlockState(self.state.as_str()));
        }
        if approve && by.is_some() && by == self.proposed_by {
            return Err(Refusal::OwnProposal);
        }
        if approve && self.until.is_some_and(|until| until <= now) {
            return Err(Refusal::Expiry);
        }
        Ok(if approve { BlockState::Active } else { BlockState::Declined })
    }

    /// End one that is in force, or take a proposal back.
    pub fn lift(&self) -> Result<BlockState, Refusal> {
        match self.state {
            BlockState::Active | BlockState::Proposed => Ok(BlockState::Lifted),
            state => Err(Refusal::BlockState(state.as_str())),
        }
    }
}

pub fn block_reason(reason: &str) -> Result<String, Refusal> {
    let line = one_line(reason, LONGEST_REASON).ok_or(Refusal::Reason)?;
    (line.chars().count() >= SHORTEST_REASON).then_some(line).ok_or(Refusal::Reason)
}

/// Numbers of police, fire brigade and ambulance, of which a call back must always get through.
pub fn is_emergency(number: &str) -> bool {
    // China: 110 police, 119 fire, 120 ambulance, 122 traffic. Elsewhere: 112 (EU, GSM), 911, 999, 000, 108, 118.
    const NUMBERS: &[&str] = &["110", "119", "120", "122", "112", "911", "999", "000", "108", "118"];
    NUMBERS.contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S9.17
    #[test]
    fn a_proposal_keeps_nobody_out_until_somebody_else_approves() {
        let mut ids = Ids::seeded(1);
        let [agent, leader]: [UserId; 2] = std::array::from_fn(|_| ids.next(Timestamp(0)));
        let now = Timestamp(100);
        let asked = Block::begin(now, Some(Timestamp(200)), Some(agent), false).unwrap();
        assert!(!asked.keeps_out(now));
        assert_eq!(asked.decide(now, Some(agent), true), Err(Refusal::OwnProposal));
        assert_eq!(asked.decide(Timestamp(200), Some(leader), true), Err(Refusal::Expiry), "too late");
        let block = Block { state: asked.decide(now, Some(leader), true).unwrap(), ..asked };
        assert!(block.keeps_out(Timestamp(199)) && !block.keeps_out(Timestamp(200)), "it expires by itself");
        assert_eq!(block.decide(now, Some(leader), false), Err(Refusal::BlockState("active")));
        let lifted = Block { state: block.lift().unwrap(), ..block };
        assert!(!lifted.keeps_out(now));
        assert_eq!(lifted.lift(), Err(Refusal::BlockState("lifted")));
        assert_eq!(asked.decide(now, Some(agent), false), Ok(BlockState::Declined), "but they may give it up");
    }

    /// Rows: S9.17
    #[test]
    fn who_may_approve_blocks_at_once() {
        let block = Block::begin(Timestamp(1), None, None, true).unwrap();
        assert!(block.keeps_out(Timestamp(1)) && block.keeps_out(Timestamp(i64::MAX)));
        assert_eq!(Block::begin(Timestamp(1), Some(Timestamp(1)), None, true), Err(Refusal::Expiry));
    }

    #[test]
    fn reasons_say_something() {
        assert_eq!(block_reason(" 反复辱骂 "), Ok("反复辱骂".into()));
        for bad in ["", "ab", "a\nb c", &"x".repeat(501)] {
            assert_eq!(block_reason(bad), Err(Refusal::Reason), "{bad}");
        }
        assert!(is_emergency("110") && !is_emergency("+8613800138000"));
    }
}
