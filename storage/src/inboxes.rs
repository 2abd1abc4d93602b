//! Inboxes with their numbers, flows with their versions, trunks.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Channel, FlowId, InboxId, Pii, Timestamp, TrunkId, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Until when an inbox is closed out of turn, what callers hear, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    pub until: Timestamp,
    /// Name of a prompt.
    pub prompt: String,
    /// As the server reads it: `hangup`, `queue:support` …
    pub action: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    pub id: InboxId,
    pub channel: Channel,
    pub name: String,
    /// Our own numbers, normalised; they are public.
    pub numbers: Vec<String>,
    pub flow: Option<FlowId>,
    pub closure: Option<Closure>,
}

/// The version of a flow that callers meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFlow {
    pub id: FlowId,
    pub name: String,
    pub version: i64,
    /// JSON.
    pub document: String,
}

/// A version of a flow as it was kept, without its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowVersion {
    pub version: i64,
    pub at: Timestamp,
    /// Id and name; none: the house.
    pub by: Option<(UserId, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    pub id: TrunkId,
    pub name: String,
    /// Where its calls come from, as CIDR.
    pub networks: Vec<String>,
    /// JSON, as signaling reads it.
    pub settings: String,
    /// What we prove ourselves by to its operator.
    pub password: Option<Pii<String>>,
}

pub async fn create(tx: &mut Tx, account: AccountId, inbox: &Inbox) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO inbox (id, account_id, channel, name, flow_id) VALUES ($1, $2, $3, $4, $5)",
        inbox.id.0,
        account.0,
        inbox.channel.as_str(),
        inbox.name.as_str(),
        inbox.flow.map(|f| f.0)
    )?;
    for number in &inbox.numbers {
        exec!(
            tx,
            "INSERT INTO inbox_number (account_id, number, inbox_id) VALUES ($1, $2, $3)",
            account.0,
            number.as_str(),
            inbox.id.0
        )?;
    }
    Ok(())
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<Inbox>, StoreError> {
    type Row = (Uuid, String, String, Option<Uuid>, Option<i64>, Option<String>, Option<String>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, channel, name, flow_id, closed_until, closed_prompt, closed_action FROM inbox WHERE account_id = $1 ORDER BY name",
        account.0
    )?;
    let numbers: Vec<(Uuid, String)> =
        rows!(tx, "SELECT inbox_id, number FROM inbox_number WHERE account_id = $1 ORDER BY number", account.0)?;
    let inbox = |(id, channel, name, flow, until, prompt, action): Row| {
        Ok(Inbox {
            id: InboxId(id),
            channel: Channel::parse(&channel).ok_or_else(|| StoreError::unreadable("channel", &channel))?,
            name,
            numbers: numbers.iter().filter(|(of, _)| *of == id).map(|(_, number)| number.clone()).collect(),
            flow: flow.map(FlowId),
            closure: until.map(|until| Closure {
                until: Timestamp(until),
                prompt: prompt.unwrap_or_default(),
                action: action.unwrap_or_default(),
            }),
        })
    };
    found.into_iter().map(inbox).collect()
}

/// Close an inbox out of turn, or open it again.
pub async fn set_closure(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    closure: Option<&Closure>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE inbox SET closed_until = $3, closed_prompt = $4, closed_action = $5 WHERE id = $1 AND account_id = $2",
        inbox.0,
        account.0,
        closure.map(|c| c.until.0),
        closure.map(|c| c.prompt.as_str()),
        closure.map(|c| c.action.as_str())
    )?;
    Ok(changed == 1)
}

pub async fn create_flow(tx: &mut Tx, account: AccountId, id: FlowId, name: &str) -> Result<(), StoreError> {
    exec!(tx, "INSERT INTO flow (id, account_id, name) VALUES ($1, $2, $3)", id.0, account.0, name)?;
    Ok(())
}

pub async fn flow_by_name(tx: &mut Tx, account: AccountId, name: &str) -> Result<Option<FlowId>, StoreError> {
    let found: Option<(Uuid,)> = row!(tx, "SELECT id FROM flow WHERE account_id = $1 AND name = $2", account.0, name)?;
    Ok(found.map(|(id,)| FlowId(id)))
}

/// Keep a new version of a flow; gives its number.
pub async fn add_flow_version(
    tx: &mut Tx,
    now: Timestamp,
    flow: FlowId,
    document: &str,
    by: Option<UserId>,
) -> Result<i64, StoreError> {
    let made: Option<(i64,)> = row!(
        tx,
        "INSERT INTO flow_version (flow_id, version, document, created_at, created_by)
         VALUES ($1, (SELECT COALESCE(MAX(version), 0) + 1 FROM flow_version WHERE flow_id = $1), $2, $3, $4) RETURNING version",
        flow.0,
        document,
        now.0,
        by.map(|u| u.0)
    )?;
    made.map(|(version,)| version).ok_or(StoreError::Database(sqlx::Error::RowNotFound))
}

/// Which version callers meet from now on; gives the one before.
pub async fn publish_flow(
    tx: &mut Tx,
    account: AccountId,
    flow: FlowId,
    version: i64,
) -> Result<Option<i64>, StoreError> {
    let before: Option<(Option<i64>,)> =
        row!(tx, "SELECT published FROM flow WHERE id = $1 AND account_id = $2", flow.0, account.0)?;
    let changed = exec!(
        tx,
        "UPDATE flow SET published = $3 WHERE id = $1 AND account_id = $2
         AND EXISTS (SELECT 1 FROM flow_version v WHERE v.flow_id = $1 AND v.version = $3)",
        flow.0,
        account.0,
        version
    )?;
    if changed == 0 {
        return Err(StoreError::Database(sqlx::Error::RowNotFound));
    }
    Ok(before.and_then(|(version,)| version))
}

pub async fn published_flows(tx: &mut Tx, account: AccountId) -> Result<Vec<PublishedFlow>, StoreError> {
    let found: Vec<(Uuid, String, i64, String)> = rows!(
        tx,
        "SELECT f.id, f.name, v.version, v.document FROM flow f
         JOIN flow_version v ON v.flow_id = f.id AND v.version = f.published WHERE f.account_id = $1 ORDER BY f.name",
        account.0
    )?;
    let flow = |(id, name, version, document)| PublishedFlow { id: FlowId(id), name, version, document };
    Ok(found.into_iter().map(flow).collect())
}

/// The newest `most` versions of a flow, newest first; nothing of another account's.
pub async fn flow_versions(
    tx: &mut Tx,
    account: AccountId,
    flow: FlowId,
    most: i64,
) -> Result<Vec<FlowVersion>, StoreError> {
    let found: Vec<(i64, i64, Option<Uuid>, Option<String>)> = rows!(
        tx,
        "SELECT v.version, v.created_at, u.id, u.name FROM flow_version v JOIN flow f ON f.id = v.flow_id
         LEFT JOIN user_account u ON u.id = v.created_by AND u.account_id = f.account_id
         WHERE f.account_id = $1 AND f.id = $2 ORDER BY v.version DESC LIMIT $3",
        account.0,
        flow.0,
        most
    )?;
    let kept = |(version, at, by, name): (i64, i64, Option<Uuid>, Option<String>)| FlowVersion {
        version,
        at: Timestamp(at),
        by: by.map(UserId).zip(name),
    };
    Ok(found.into_iter().map(kept).collect())
}

/// One version of a flow, whether or not callers meet it.
pub async fn flow_version(
    tx: &mut Tx,
    account: AccountId,
    flow: FlowId,
    version: i64,
) -> Result<Option<PublishedFlow>, StoreError> {
    let found: Option<(Uuid, String, i64, String)> = row!(
        tx,
        "SELECT f.id, f.name, v.version, v.document FROM flow f JOIN flow_version v ON v.flow_id = f.id
         WHERE f.account_id = $1 AND f.id = $2 AND v.version = $3",
        account.0,
        flow.0,
        version
    )?;
    Ok(found.map(|(id, name, version, document)| PublishedFlow { id: FlowId(id), name, version, document }))
}

pub async fn create_trunk(tx: &mut Tx, key: &AccountKey, trunk: &Trunk) -> Result<(), StoreError> {
    let place = Place::new("trunk", "password", trunk.id.0.as_bytes());
    let password = trunk.password.as_ref().map(|p| key.seal(place, p.reveal().as_bytes())).transpose()?;
    exec!(
        tx,
        "INSERT INTO trunk (id, account_id, name, networks, settings, password_sealed) VALUES ($1, $2, $3, $4, $5, $6)",
        trunk.id.0,
        key.account().0,
        trunk.name.as_str(),
        serde_json::to_string(&trunk.networks).expect("a list of texts"),
        trunk.settings.as_str(),
        password
    )?;
    Ok(())
}

/// Keep this in the place of the trunk with this id; `false`: there is none.
pub async fn change_trunk(tx: &mut Tx, key: &AccountKey, trunk: &Trunk) -> Result<bool, StoreError> {
    let place = Place::new("trunk", "password", trunk.id.0.as_bytes());
    let password = trunk.password.as_ref().map(|p| key.seal(place, p.reveal().as_bytes())).transpose()?;
    let changed = exec!(
        tx,
        "UPDATE trunk SET name = $1, networks = $2, settings = $3, password_sealed = $4 WHERE id = $5 AND account_id = $6",
        trunk.name.as_str(),
        serde_json::to_string(&trunk.networks).expect("a list of texts"),
        trunk.settings.as_str(),
        password,
        trunk.id.0,
        key.account().0
    )?;
    Ok(changed == 1)
}

pub async fn trunks(tx: &mut Tx, key: &AccountKey) -> Result<Vec<Trunk>, StoreError> {
    type Row = (Uuid, String, String, String, Option<Vec<u8>>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, name, networks, settings, password_sealed FROM trunk WHERE account_id = $1 ORDER BY name",
        key.account().0
    )?;
    let trunk = |(id, name, networks, settings, password): Row| {
        let networks = serde_json::from_str(&networks).map_err(|e| StoreError::unreadable("networks of a trunk", e))?;
        let place = Place::new("trunk", "password", id.as_bytes());
        let password = password.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
        Ok(Trunk { id: TrunkId(id), name, networks, settings, password })
    };
    found.into_iter().map(trunk).collect()
}

/// Take a trunk away; `false`: there is none of this name.
pub async fn remove_trunk(tx: &mut Tx, account: AccountId, name: &str) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM trunk WHERE account_id = $1 AND name = $2", account.0, name)? == 1)
}
