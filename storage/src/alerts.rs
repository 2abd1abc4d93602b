//! Alert rules of an account, and the warnings they raised.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, AlertId, AlertRuleId, Timestamp, UserId};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct RuleRow {
    pub id: AlertRuleId,
    pub name: String,
    /// JSON, as the law reads it.
    pub rule: String,
    pub disabled: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    pub rule: AlertRuleId,
    pub name: String,
    pub metric: String,
    /// `queue:<id>`, `agent:<id>`, `trunk:<id>`, `house`.
    pub subject: String,
    pub value: String,
    pub raised_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<UserId>,
    /// What is done about it.
    pub measure: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    rule_id: Uuid,
    name: String,
    metric: String,
    subject: String,
    value: String,
    raised_at: i64,
    ended_at: Option<i64>,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<Uuid>,
    measure: Option<String>,
}

pub async fn rules(tx: &mut Tx, account: AccountId) -> Result<Vec<RuleRow>, StoreError> {
    let found: Vec<(Uuid, String, String, bool)> =
        rows!(tx, "SELECT id, name, rule, disabled FROM alert_rule WHERE account_id = $1 ORDER BY name", account.0)?;
    let rule = |(id, name, rule, disabled)| RuleRow { id: AlertRuleId(id), name, rule, disabled };
    Ok(found.into_iter().map(rule).collect())
}

/// Make one, or change it.
pub async fn put_rule(tx: &mut Tx, account: AccountId, rule: &RuleRow) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO alert_rule (id, account_id, name, rule, disabled) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, rule = excluded.rule, disabled = excluded.disabled",
        rule.id.0,
        account.0,
        rule.name.as_str(),
        rule.rule.as_str(),
        rule.disabled
    )?;
    Ok(())
}

pub async fn remove_rule(tx: &mut Tx, account: AccountId, id: AlertRuleId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM alert_rule WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(gone == 1)
}

pub async fn raise(tx: &mut Tx, account: AccountId, alert: &Alert) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO alert (id, account_id, rule_id, name, metric, subject, value, raised_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        alert.id.0,
        account.0,
        alert.rule.0,
        alert.name.as_str(),
        alert.metric.as_str(),
        alert.subject.as_str(),
        alert.value.as_str(),
        alert.raised_at.0
    )?;
    Ok(())
}

/// What the rule said of this subject is over. Gives the warnings that end.
pub async fn end(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    rule: AlertRuleId,
    subject: &str,
) -> Result<Vec<AlertId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "UPDATE alert SET ended_at = $4 WHERE account_id = $1 AND rule_id = $2 AND subject = $3 AND ended_at IS NULL
         RETURNING id",
        account.0,
        rule.0,
        subject,
        now.0
    )?;
    Ok(found.into_iter().map(|(id,)| AlertId(id)).collect())
}

/// Somebody has seen it and says what they do. False: there is none, or somebody did before.
pub async fn acknowledge(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: AlertId,
    by: Option<UserId>,
    measure: &str,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE alert SET acknowledged_at = $3, acknowledged_by = $4, measure = $5
         WHERE account_id = $1 AND id = $2 AND acknowledged_at IS NULL",
        account.0,
        id.0,
        now.0,
        by.map(|u| u.0),
        measure
    )?;
    Ok(changed == 1)
}

/// The newest first; `open`: those that have not ended, or that nobody has acknowledged.
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    open: bool,
    before: Option<AlertId>,
    limit: i64,
) -> Result<Vec<Alert>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, rule_id, name, metric, subject, value, raised_at, ended_at, acknowledged_at, acknowledged_by, measure FROM alert
         WHERE account_id = $1 AND id < $2 AND (NOT $3 OR ended_at IS NULL OR acknowledged_at IS NULL)
         ORDER BY id DESC LIMIT $4",
        account.0,
        before.map_or(Uuid::max(), |b| b.0),
        open,
        limit
    )?;
    let alert = |row: Row| Alert {
        id: AlertId(row.id),
        rule: AlertRuleId(row.rule_id),
        name: row.name,
        metric: row.metric,
        subject: row.subject,
        value: row.value,
        raised_at: Timestamp(row.raised_at),
        ended_at: row.ended_at.map(Timestamp),
        acknowledged_at: row.acknowledged_at.map(Timestamp),
        acknowledged_by: row.acknowledged_by.map(UserId),
        measure: row.measure,
    };
    Ok(found.into_iter().map(alert).collect())
}

/// Whether there is a warning of this name: an account's first rules are made once.
pub async fn any_rule(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(tx, "SELECT COUNT(*) FROM alert_rule WHERE account_id = $1", account.0)?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Rings since a moment that agents left unanswered, by agent.
pub async fn no_answers(tx: &mut Tx, account: AccountId, since: Timestamp) -> Result<Vec<(AgentId, i64)>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        "SELECT p.agent_id, COUNT(*) FROM agent a JOIN presence_change p ON p.agent_id = a.id
         WHERE a.account_id = $1 AND p.at >= $2 AND p.presence = 'not_ready' AND p.reason = 'no_answer'
         GROUP BY p.agent_id ORDER BY p.agent_id",
        account.0,
        since.0
    )?;
    Ok(found.into_iter().map(|(agent, n)| (AgentId(agent), n)).collect())
}

/// Recordings that failed, of those begun since a moment.
pub async fn recordings_failed(tx: &mut Tx, account: AccountId, since: Timestamp) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM recording WHERE account_id = $1 AND started_at >= $2 AND state = 'failed'",
        account.0,
        since.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}
