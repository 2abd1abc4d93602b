//! Types of tickets: what is asked, how long it may take, what the contact is told.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, TicketTypeId};
use ringdesk_tickets::TicketType;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptType {
    pub id: TicketTypeId,
    pub name: String,
    pub kind: TicketType,
    /// Out of use: no more tickets are made of it.
    pub disabled: bool,
    /// Counts up with every change.
    pub version: i64,
}

/// By their names.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<KeptType>, StoreError> {
    let found: Vec<(Uuid, String, String, bool, i64)> = rows!(
        tx,
        "SELECT id, name, settings, disabled, version FROM ticket_type WHERE account_id = $1 ORDER BY name, id",
        account.0
    )?;
    let read = |(id, name, settings, disabled, version): (Uuid, String, String, bool, i64)| {
        let kind = serde_json::from_str(&settings).map_err(|_| StoreError::unreadable("a type of tickets", &name))?;
        Ok(KeptType { id: TicketTypeId(id), name, kind, disabled, version })
    };
    found.into_iter().map(read).collect()
}

pub async fn insert(tx: &mut Tx, account: AccountId, row: &KeptType) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO ticket_type (id, account_id, name, settings, disabled, version) VALUES ($1, $2, $3, $4, $5, $6)",
        row.id.0,
        account.0,
        row.name.as_str(),
        written(&row.kind),
        row.disabled,
        row.version
    )?;
    Ok(())
}

/// In the place of the version before it; false: somebody else changed it meanwhile.
pub async fn change(tx: &mut Tx, account: AccountId, row: &KeptType) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE ticket_type SET name = $3, settings = $4, disabled = $5, version = $6
         WHERE account_id = $1 AND id = $2 AND version + 1 = $6",
        account.0,
        row.id.0,
        row.name.as_str(),
        written(&row.kind),
        row.disabled,
        row.version
    )?;
    Ok(changed == 1)
}

fn written(kind: &TicketType) -> String {
    serde_json::to_string(kind).expect("texts and numbers")
}
