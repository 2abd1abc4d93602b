//! The audit: who did what, chained per account so that a changed, removed or inserted entry is found.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Actor, Timestamp};
use ringdesk_vault::{AccountKey, Chained};

/// What to append. `before` and `after` are masked by the caller: no personal data, no secrets.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// `user.login`, `inbox.close` …
    pub action: &'static str,
    /// `user:<id>`, `inbox:<id>` …
    pub object: &'a str,
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
    /// `ok`, or why not.
    pub result: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub action: String,
    pub object: String,
    #[sqlx(rename = "before_change")]
    pub before: Option<String>,
    #[sqlx(rename = "after_change")]
    pub after: Option<String>,
    pub result: String,
    pub address: Option<String>,
    pub link: Vec<u8>,
}

/// An actor as it stands in entries: `user:<id>`, `contact`, `bot`, `system`.
pub fn actor(actor: &Actor) -> String {
    match actor {
        Actor::User { user, .. } => format!("user:{user}"),
        Actor::Contact => "contact".to_owned(),
        Actor::Bot => "bot".to_owned(),
        Actor::System => "system".to_owned(),
    }
}

/// Append an entry in the transaction of what it tells. `address` goes before the actor's own: a failed sign-in has
/// an address but no user.
pub async fn append(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    who: &Actor,
    address: Option<&str>,
    act: Act<'_>,
) -> Result<i64, StoreError> {
    let account = key.account();
    let own = match who {
        Actor::User { address, .. } => address.as_deref(),
        _ => None,
    };
    let head: Option<(i64, Vec<u8>)> =
        row!(tx, "UPDATE audit_head SET seq = seq + 1 WHERE account_id = $1 RETURNING seq, link", account.0)?;
    let (seq, before) = head.ok_or(StoreError::UnknownAccount(account))?;
    let mut entry = Entry {
        seq,
        at: now.0,
        actor: actor(who),
        action: act.action.to_owned(),
        object: act.object.to_owned(),
        before: act.before.map(str::to_owned),
        after: act.after.map(str::to_owned),
        result: act.result.to_owned(),
        address: address.or(own).map(str::to_owned),
        link: Vec::new(),
    };
    entry.link = entry.linked(key, &before)?.to_vec();
    exec!(
        tx,
        "INSERT INTO audit_entry (account_id, seq, at, actor, action, object, before_change, after_change, result, address, link)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        account.0,
        entry.seq,
        entry.at,
        entry.actor.as_str(),
        entry.action.as_str(),
        entry.object.as_str(),
        entry.before.as_deref(),
        entry.after.as_deref(),
        entry.result.as_str(),
        entry.address.as_deref(),
        &entry.link[..]
    )?;
    exec!(tx, "UPDATE audit_head SET link = $2 WHERE account_id = $1", account.0, &entry.link[..])?;
    Ok(seq)
}

/// Newest first, those before `before`.
pub async fn list(tx: &mut Tx, account: AccountId, before: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    rows!(
        tx,
        "SELECT seq, at, actor, action, object, before_change, after_change, result, address, link FROM audit_entry
         WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
        account.0,
        before,
        limit
    )
}

/// Walk the whole chain; gives the number of entries. The head finds a chain that was cut short.
pub async fn verify(tx: &mut Tx, key: &AccountKey) -> Result<i64, StoreError> {
    let account = key.account();
    let mut link = vec![0; 32];
    let mut last = 0;
    loop {
        let page: Vec<Entry> = rows!(
            tx,
            "SELECT seq, at, actor, action, object, before_change, after_change, result, address, link FROM audit_entry
             WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000",
            account.0,
            last
        )?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            last += 1;
            if entry.seq != last || entry.linked(key, &link)?[..] != entry.link[..] {
                return Err(StoreError::BrokenChain(last));
            }
            link = entry.link;
        }
    }
    let head: Option<(i64, Vec<u8>)> = row!(tx, "SELECT seq, link FROM audit_head WHERE account_id = $1", account.0)?;
    match head {
        Some((seq, head)) if seq == last && head == link => Ok(last),
        Some(_) => Err(StoreError::BrokenChain(last + 1)),
        None => Err(StoreError::UnknownAccount(account)),
    }
}

impl Entry {
    /// The link over the one before and all columns of this entry, as JSON: no two entries have the same text.
    fn linked(&self, key: &AccountKey, before: &[u8]) -> Result<Chained, StoreError> {
        let before: &Chained = before.try_into().map_err(|_| StoreError::BrokenChain(self.seq))?;
        let columns = (
            self.seq,
            self.at,
            &self.actor,
            &self.action,
            &self.object,
            &self.before,
            &self.after,
            &self.result,
            &self.address,
        );
        Ok(key.link(before, crate::batch::json(&columns).as_bytes()))
    }
}
