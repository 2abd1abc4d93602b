//! Calls to the outside, counted per day. Whether one may be made is the law's to say ([`may_dial`]).

use crate::desk::audited;
use crate::{OperationError, Operations};
pub use ringdesk_access::dialling::{DialPolicy, DialRefused, Passage, is_open};
use ringdesk_access::dialling::{Dialled, may_dial};
use ringdesk_model::{AccountId, Actor, CallId, Timestamp};
use ringdesk_storage::audit::{self, Act};
use ringdesk_storage::setup;

const DAY_US: i64 = 86_400_000_000;

impl Operations {
    /// Judge a number, count the call, and keep the decision. The number itself is not kept here: the call's own row has it.
    /// An emergency number is let through even if none of this can be written.
    pub async fn dial(
        &self,
        now: Timestamp,
        account: AccountId,
        call: CallId,
        policy: &DialPolicy,
        at_once: u32,
        number: &str,
    ) -> Result<Passage, DialRefused> {
        if policy.emergency.contains(number) {
            return Ok(Passage::Emergency);
        }
        match self.judge(now, account, call, policy, at_once, number).await {
            Ok(verdict) => verdict,
            Err(fault) => {
                tracing::error!(call.id = %call, %fault, "a call to the outside could not be counted, and is refused");
                Err(DialRefused::Uncounted)
            }
        }
    }

    async fn judge(
        &self,
        now: Timestamp,
        account: AccountId,
        call: CallId,
        policy: &DialPolicy,
        at_once: u32,
        number: &str,
    ) -> Result<Result<Passage, DialRefused>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let day = now.0.div_euclid(DAY_US);
        let today = u32::try_from(setup::dialled(&mut tx, account, day).await?).unwrap_or(u32::MAX);
        let mut verdict = may_dial(policy, Dialled { today, at_once }, number);
        if verdict.is_ok() && !setup::count_dialled(&mut tx, account, day, policy.a_day.into()).await? {
            verdict = Err(DialRefused::TooManyToday);
        }
        let object = format!("call:{call}");
        match verdict {
            Ok(_) => {
                let count = (today + 1).to_string();
                audited(&mut tx, &key, now, &Actor::System, "call.dial", &object, None, Some(&count)).await?;
            }
            Err(refused) => {
                let result = refused.to_string();
                let act = Act { action: "call.dial", object: &object, before: None, after: None, result: &result };
                audit::append(&mut tx, &key, now, &Actor::System, None, act).await?;
            }
        }
        tx.commit().await?;
        Ok(verdict)
    }
}
