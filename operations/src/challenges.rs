//! Work that the door asks for, self-made: a seed that says until when and for how much it is good, signed for one login at one
//! address, and worth one answer.
//!
//! The answer is a number: SHA-256 of the seed as it was given, a colon and the number in decimals begins with as many zero bits as
//! the seed says. The key that signs lives in the process, and so does what was used: after a restart one is asked anew.

use crate::desk::audited;
use crate::secrets::{hex, random, unhex};
use crate::{OperationError, Operations};
use ring::digest::{SHA256, digest};
use ring::hmac;
use ringdesk_access::{ChallengeFault, ChallengeRule, UsedSeeds, solves};
use ringdesk_model::{AccountId, Actor, Timestamp};
use ringdesk_storage::{Tx, sign_in_challenge};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A slow telephone needs some ten seconds; who looks for the second factor meanwhile begins again.
const LIFE: Duration = Duration::from_secs(180);
/// Until when, how many bits, what makes it one of its kind.
const SIGNED: usize = 8 + 1 + 16;
const TAG: usize = 16;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Hexadecimal. It goes into the hash as it stands here.
    pub seed: String,
    /// Leading zero bits of the hash.
    pub bits: u32,
    pub expires_in: Duration,
}

/// What somebody found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    pub seed: String,
    pub number: u64,
}

pub(crate) struct Challenges {
    key: hmac::Key,
    used: Mutex<UsedSeeds>,
}

impl Challenges {
    pub(crate) fn new() -> Result<Challenges, OperationError> {
        Ok(Challenges { key: hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?), used: Mutex::default() })
    }

    /// One for this login from this place.
    pub(crate) fn make(
        &self,
        now: Timestamp,
        rule: ChallengeRule,
        login: &str,
        place: &str,
    ) -> Result<Challenge, OperationError> {
        let mut text = Vec::with_capacity(SIGNED + TAG);
        text.extend((now + LIFE).0.to_be_bytes());
        text.push(u8::try_from(rule.bits).unwrap_or(u8::MAX));
        text.extend(random::<16>()?);
        let tag = self.tag(&text, login, place);
        text.extend(tag.as_ref().iter().take(TAG));
        Ok(Challenge { seed: hex(&text), bits: rule.bits, expires_in: LIFE })
    }

    /// Whether this is the answer to one that was made for this login from this place; from now on it is used, unless it was wrong.
    pub(crate) fn take(
        &self,
        now: Timestamp,
        solution: &Solution,
        login: &str,
        place: &str,
    ) -> Result<(), ChallengeFault> {
        let text = unhex(&solution.seed).filter(|text| text.len() == SIGNED + TAG).ok_or(ChallengeFault::Foreign)?;
        let (signed, tag) = text.split_at(SIGNED);
        if !is_same(tag, &self.tag(signed, login, place).as_ref()[..TAG]) {
            return Err(ChallengeFault::Foreign);
        }
        let (until, rest) = signed.split_at(8);
        let until = Timestamp(i64::from_be_bytes(until.try_into().expect("eight bytes")));
        if now >= until {
            return Err(ChallengeFault::Expired);
        }
        let found = format!("{}:{}", solution.seed, solution.number);
        if !solves(digest(&SHA256, found.as_bytes()).as_ref(), u32::from(rest[0])) {
            return Err(ChallengeFault::Wrong);
        }
        let seed = rest[1..].try_into().expect("sixteen bytes");
        match self.used.lock().unwrap_or_else(PoisonError::into_inner).take(now, until, seed) {
            true => Ok(()),
            false => Err(ChallengeFault::Used),
        }
    }

    fn tag(&self, signed: &[u8], login: &str, place: &str) -> hmac::Tag {
        let mut signing = hmac::Context::with_key(&self.key);
        signing.update(signed);
        // The length, so that no login runs into the place.
        signing.update(&login.len().to_be_bytes());
        signing.update(login.as_bytes());
        signing.update(place.as_bytes());
        signing.sign()
    }
}

impl Operations {
    /// When an account wants work to be asked for; what it has not said is ours.
    pub async fn challenge_rule(&self, account: AccountId) -> Result<ChallengeRule, OperationError> {
        let said = sign_in_challenge::of_account(&mut self.store.db.read().await?, account).await?;
        Ok(said.map_or_else(ChallengeRule::default, ChallengeRule::of))
    }

    pub async fn set_challenge_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        rule: ChallengeRule,
    ) -> Result<(), OperationError> {
        if !rule.is_within_bounds() {
            let (failures, bits) = (ChallengeRule::FAILURES, ChallengeRule::BITS);
            let bounds = (failures.start(), failures.end(), bits.start(), bits.end());
            let why = format!("{} to {} failures, {} to {} bits", bounds.0, bounds.1, bounds.2, bounds.3);
            return Err(OperationError::Invalid(why));
        }
        let before = self.challenge_rule(account).await?;
        let (mut tx, key) = self.write(account).await?;
        let row = (i64::from(rule.after_failures), i64::from(rule.bits));
        sign_in_challenge::set(&mut tx, account, row).await?;
        let said = |rule: ChallengeRule| format!("after {} failures, {} bits", rule.after_failures, rule.bits);
        let (had, has, object) = (said(before), said(rule), format!("account:{account}"));
        audited(&mut tx, &key, now, actor, "sign_in.challenge", &object, Some(&had), Some(&has)).await?;
        Ok(tx.commit().await?)
    }
}

/// What holds at the door, for whoever knocks.
pub(crate) async fn at_the_door(tx: &mut Tx) -> Result<ChallengeRule, OperationError> {
    Ok(ChallengeRule::strictest(sign_in_challenge::all(tx).await?.into_iter().map(ChallengeRule::of)))
}

/// In as much time, wherever they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: ChallengeRule = ChallengeRule { after_failures: 3, bits: 8 };
    const HERE: &str = "192.0.2.1";

    fn solved(challenge: &Challenge) -> Solution {
        let hash = |number: u64| digest(&SHA256, format!("{}:{number}", challenge.seed).as_bytes());
        let number = (0..).find(|number| solves(hash(*number).as_ref(), challenge.bits)).unwrap();
        Solution { seed: challenge.seed.clone(), number }
    }

    /// Rows: S12.16
    #[test]
    fn an_answer_is_good_once_for_one_login_at_one_place_for_a_while() {
        let (challenges, now) = (Challenges::new().unwrap(), Timestamp::from_millis(1_000));
        let take = |at, solution: &Solution, login, place| challenges.take(at, solution, login, place);
        let asked = challenges.make(now, RULE, "agent1", HERE).unwrap();
        let right = solved(&asked);
        assert_eq!(take(now, &right, "agent2", HERE), Err(ChallengeFault::Foreign));
        assert_eq!(take(now, &right, "agent1", "192.0.2.2"), Err(ChallengeFault::Foreign));
        assert_eq!(take(now + LIFE, &right, "agent1", HERE), Err(ChallengeFault::Expired));
        let other = Challenges::new().unwrap();
        assert_eq!(other.take(now, &right, "agent1", HERE), Err(ChallengeFault::Foreign), "another key");
        let off = (0..).map(|number| Solution { number, ..right.clone() });
        let wrong = off.take(50).filter(|one| take(now, one, "agent1", HERE) == Err(ChallengeFault::Wrong)).count();
        assert!(wrong > 0, "a wrong number is no answer");
        let fresh = solved(&challenges.make(now, RULE, "agent1", HERE).unwrap());
        assert_eq!(take(now, &fresh, "agent1", HERE), Ok(()));
        assert_eq!(take(now, &fresh, "agent1", HERE), Err(ChallengeFault::Used));
    }

    /// Whatever bit of a seed is turned, it is none of ours: nobody makes it easier or longer for themselves.
    ///
    /// Rows: S12.16
    #[test]
    fn no_bit_of_a_seed_can_be_turned() {
        let (challenges, now) = (Challenges::new().unwrap(), Timestamp::from_millis(1_000));
        let right = solved(&challenges.make(now, RULE, "agent1", HERE).unwrap());
        let text = unhex(&right.seed).unwrap();
        for bit in 0..text.len() * 8 {
            let mut turned = text.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            let turned = Solution { seed: hex(&turned), number: right.number };
            assert_eq!(challenges.take(now, &turned, "agent1", HERE), Err(ChallengeFault::Foreign), "bit {bit}");
        }
        for odd in ["", "00", "zz", &"0".repeat(81), &format!("{}00", right.seed)] {
            let odd = Solution { seed: odd.to_owned(), number: 0 };
            assert_eq!(challenges.take(now, &odd, "agent1", HERE), Err(ChallengeFault::Foreign), "{}", odd.seed);
        }
    }
}
