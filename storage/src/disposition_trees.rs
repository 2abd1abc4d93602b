//! The trees of codes from which dispositions are chosen, with their versions.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, QueueId, Timestamp, UserId};
use uuid::Uuid;

/// Whose tree it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// For every queue that has none of its own.
    Account(AccountId),
    Queue(QueueId),
}

impl Owner {
    fn id(self) -> Uuid {
        match self {
            Owner::Account(id) => id.0,
            Owner::Queue(id) => id.0,
        }
    }
}

/// The newest version of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTree {
    pub owner: Owner,
    pub version: i64,
    /// JSON, as `core/conversations` reads it.
    pub tree: String,
}

/// The newest version of every tree of an account.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<StoredTree>, StoreError> {
    let found: Vec<(Uuid, i64, String)> = rows!(
        tx,
        "SELECT t.owner_id, t.version, t.tree FROM disposition_tree t WHERE t.account_id = $1
         AND t.version = (SELECT MAX(n.version) FROM disposition_tree n WHERE n.owner_id = t.owner_id) ORDER BY t.owner_id",
        account.0
    )?;
    let stored = |(owner, version, tree)| {
        let owner = if owner == account.0 { Owner::Account(account) } else { Owner::Queue(QueueId(owner)) };
        StoredTree { owner, version, tree }
    };
    Ok(found.into_iter().map(stored).collect())
}

/// Keep a new version. That the number is `version` is the writer's claim that nobody was quicker: where it is taken, the
/// row is refused.
pub async fn add(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    new: &StoredTree,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO disposition_tree (owner_id, version, account_id, tree, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
        new.owner.id(),
        new.version,
        account.0,
        new.tree.as_str(),
        now.0,
        by.map(|u| u.0)
    )?;
    Ok(())
}
