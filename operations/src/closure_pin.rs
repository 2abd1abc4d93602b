//! Closing by telephone: whoever knows the code closes every number of the centre at once, or one of them, and opens them again, wherever
//! they call from.
//!
//! Codes are tried as passwords are: a hash is kept, and wrong ones make whoever calls from that number wait, then everybody whom nobody
//! knows ([`ringdesk_access::LoginThrottle`]). The audit names the caller's number masked.

use crate::desk::audited;
use crate::inboxes::switched;
use crate::{OperationError, Operations};
use ringdesk_conversations::mask_number;
use ringdesk_model::{AccountId, Actor, Channel, Pii, Timestamp};
use ringdesk_storage::closure_pin::{self, ClosurePin};
use ringdesk_storage::inboxes::{self, Closure, Inbox};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Digits of a code.
pub const DIGITS: RangeInclusive<usize> = 6..=12;
/// How long a closure may last.
pub const HOURS: RangeInclusive<i64> = 1..=168;
/// What callers hear meanwhile.
const PROMPT: &str = "closed.emergency";
const ACTION: &str = "hangup";

/// What became of a code that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByTelephone {
    /// Right: so the centre stands now, or the one number.
    Is { closed: bool },
    /// Right; and there is no such number that could be closed by telephone.
    NoNumber,
    /// Wrong, or there is none.
    Wrong,
    /// Too many wrong ones: not even a right one counts before then.
    TryLater(Duration),
}

impl Operations {
    /// `None`: nobody can close by telephone.
    pub async fn closure_pin(&self, account: AccountId) -> Result<Option<ClosurePin>, OperationError> {
        Ok(closure_pin::read(&mut self.store.db.read().await?, account).await?)
    }

    pub async fn set_closure_pin(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        pin: &Pii<String>,
        hours: i64,
    ) -> Result<(), OperationError> {
        check(pin.reveal(), hours)?;
        let hash = self.door.hash(pin.reveal()).await?;
        let (mut tx, key) = self.write(account).await?;
        let before = closure_pin::read(&mut tx, account).await?.map(|pin| said(pin.hours));
        closure_pin::put(&mut tx, account, &ClosurePin { hash, hours, set_at: now }).await?;
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "closure_pin.set", &object, before.as_deref(), Some(&said(hours))).await?;
        tx.commit().await?;
        self.door.forgive(&throttled(account));
        Ok(())
    }

    /// Nobody can close by telephone any more.
    pub async fn remove_closure_pin(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = closure_pin::read(&mut tx, account).await?.ok_or(OperationError::NotFound("code for closing"))?;
        closure_pin::remove(&mut tx, account).await?;
        let (object, before) = (format!("account:{account}"), said(before.hours));
        audited(&mut tx, &key, now, actor, "closure_pin.remove", &object, Some(&before), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Somebody types a code into a telephone; where it is right, close (`Some(true)`), open (`Some(false)`), or only look. `number`: only
    /// this one of ours, in its digits.
    pub async fn close_by_telephone(
        &self,
        now: Timestamp,
        account: AccountId,
        (pin, caller): (&Pii<String>, &Pii<String>),
        (number, close): (Option<&str>, Option<bool>),
    ) -> Result<ByTelephone, OperationError> {
        let known = self.closure_pin(account).await?;
        let tried = match self.door.begin(now, &throttled(account), caller.reveal(), false) {
            Ok(tried) => tried,
            Err(refused) => {
                if refused.news {
                    self.told(now, account, caller, "closure_pin.throttled").await?;
                }
                return Ok(ByTelephone::TryLater(refused.wait.0));
            }
        };
        let fits = tried.fits(pin.reveal(), known.as_ref().map(|known| known.hash.as_str())).await?;
        let Some(known) = known.filter(|_| fits) else {
            drop(tried); // it counts
            self.told(now, account, caller, "closure_pin.wrong").await?;
            return Ok(ByTelephone::Wrong);
        };
        tried.succeeded();
        let (mut tx, key) = self.write(account).await?;
        // Where the code itself is typed stays open: how else would one open again from outside?
        let flows = inboxes::published_flows(&mut tx, account).await?;
        let doors: BTreeSet<_> = flows.iter().filter(|flow| asks_for_it(&flow.document)).map(|flow| flow.id).collect();
        let voice = |inbox: &Inbox| {
            inbox.channel == Channel::Phone
                && !inbox.numbers.is_empty()
                && inbox.flow.is_none_or(|flow| !doors.contains(&flow))
                && number.is_none_or(|digits| inbox.numbers.iter().any(|one| one.trim_start_matches('+') == digits))
        };
        let all: Vec<Inbox> = inboxes::all(&mut tx, account).await?.into_iter().filter(voice).collect();
        if number.is_some() && all.is_empty() {
            return Ok(ByTelephone::NoNumber);
        }
        let Some(close) = close else {
            let closed = |inbox: &Inbox| inbox.closure.as_ref().is_some_and(|closure| now < closure.until);
            return Ok(ByTelephone::Is { closed: !all.is_empty() && all.iter().all(closed) });
        };
        let until = now + Duration::from_secs(u64::try_from(known.hours).unwrap_or(1) * 3_600);
        let closure = close.then(|| Closure { until, prompt: PROMPT.to_owned(), action: ACTION.to_owned() });
        let from = by(caller);
        for inbox in all.iter().filter(|inbox| close || inbox.closure.is_some()) {
            switched(&mut tx, &key, now, &Actor::System, inbox, closure.as_ref(), Some(&from)).await?;
        }
        tx.commit().await?;
        Ok(ByTelephone::Is { closed: close })
    }

    async fn told(
        &self,
        now: Timestamp,
        account: AccountId,
        caller: &Pii<String>,
        action: &'static str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let (object, from) = (format!("account:{account}"), by(caller));
        audited(&mut tx, &key, now, &Actor::System, action, &object, None, Some(&from)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Has this flow the step at which a code is typed?
fn asks_for_it(document: &str) -> bool {
    let flow: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    flow["steps"].as_object().is_some_and(|steps| steps.values().any(|step| step["kind"] == "closing"))
}

fn check(pin: &str, hours: i64) -> Result<(), OperationError> {
    let invalid = |why: &str| Err(OperationError::Invalid(why.to_owned()));
    if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return invalid("a code has 6 to 12 digits");
    }
    let steps: Vec<i16> = pin.as_bytes().windows(2).map(|two| i16::from(two[1]) - i16::from(two[0])).collect();
    if [-1, 0, 1].iter().any(|step| steps.iter().all(|one| one == step)) {
        return invalid("this code is among the first that anybody would try");
    }
    if !HOURS.contains(&hours) {
        return invalid("a closure lasts 1 to 168 hours");
    }
    Ok(())
}

/// As the door counts tries.
fn throttled(account: AccountId) -> String {
    format!("closing {account}")
}

fn by(caller: &Pii<String>) -> String {
    format!("by telephone from {}", mask_number(caller.reveal()))
}

fn said(hours: i64) -> String {
    format!("a code; closures of {hours} h")
}
