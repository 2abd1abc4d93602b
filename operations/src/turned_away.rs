//! Who is not let in for asking too often: how often that was, and how often one number may call.

use crate::contact_blocks::BlockAnswer;
use crate::{OperationError, Operations};
use ringdesk_contacts::{IdentityKind, is_emergency};
use ringdesk_model::{AccountId, Actor, ContactNumber, Country, InboxId, Timestamp};
use ringdesk_storage::documents::Unversioned;
use ringdesk_storage::turned_away;
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Calls of one number, at the most that may be allowed in their time.
const MOST: u32 = 1_000;
/// The longest of these times: a day.
const LONGEST: u32 = 24 * 3_600;

/// How often one number may call, and what who calls more often meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerRate {
    /// So many calls …
    pub most: u32,
    /// … in so many seconds.
    pub within: u32,
    pub answer: BlockAnswer,
}

impl CallerRate {
    pub fn within(&self) -> Duration {
        Duration::from_secs(u64::from(self.within))
    }
}

/// The rate as the door asks for it: with those whom it does not concern.
#[derive(Clone)]
pub struct CallerLimit {
    pub rate: CallerRate,
    key: Arc<AccountKey>,
    favoured: BTreeSet<Vec<u8>>,
}

impl CallerLimit {
    /// By what this caller is counted; `None`: they are not. So are who shows no number, whom the house favours (VIPs), and
    /// emergency services that call back.
    pub fn counts(&self, caller: &str, home: Country) -> Option<Vec<u8>> {
        let number = ContactNumber::normalise(caller, home)?;
        let hash = self.key.blind(IdentityKind::Number.as_str(), number.as_str()).to_vec();
        (!is_emergency(number.as_str()) && !self.favoured.contains(&hash)).then_some(hash)
    }
}

impl Operations {
    /// So many more were not let in: by inbox and why (`too_fast`, `kept_out`, `called_too_often` …).
    pub async fn turn_away(
        &self,
        now: Timestamp,
        account: AccountId,
        who: &[(InboxId, &'static str, i64)],
    ) -> Result<(), OperationError> {
        let mut tx = self.store.db.write().await?;
        for (inbox, why, count) in who {
            turned_away::add(&mut tx, account, now, (*inbox, why), *count).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How many in the hours that began since.
    pub async fn turned_away(
        &self,
        account: AccountId,
        since: Timestamp,
    ) -> Result<Vec<(InboxId, String, i64)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(turned_away::since(&mut tx, account, since).await?)
    }

    /// `None`: anybody may call as often as they like.
    pub async fn caller_rate(&self, account: AccountId) -> Result<Option<CallerRate>, OperationError> {
        self.document(account, Unversioned::CallerRate).await
    }

    pub async fn set_caller_rate(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        rate: Option<&CallerRate>,
    ) -> Result<(), OperationError> {
        if let Some(rate) = rate {
            if !(1..=MOST).contains(&rate.most) || !(1..=LONGEST).contains(&rate.within) {
                return Err(OperationError::Invalid("1 to 1000 calls in 1 second to 24 hours".into()));
            }
            rate.answer.check()?;
        }
        self.put_document(now, actor, account, (Unversioned::CallerRate, "caller_rate.set"), &rate).await
    }

    /// For the door.
    pub async fn caller_limit(&self, account: AccountId) -> Result<Option<CallerLimit>, OperationError> {
        let Some(rate) = self.caller_rate(account).await? else { return Ok(None) };
        let (mut tx, key) = self.read(account).await?;
        let favoured = turned_away::favoured_callers(&mut tx, account).await?.into_iter().collect();
        Ok(Some(CallerLimit { rate, key, favoured }))
    }
}
