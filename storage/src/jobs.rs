//! Durable work: enqueued in the transaction that makes it necessary, claimed under a lease, tried again, given up
//! where a person can see it. A job may run twice (its runner may die after the work, before the note): it is idempotent.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, JobId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// What to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    pub kind: &'static str,
    /// A second job with the key of one that exists is not enqueued.
    pub key: Option<String>,
    /// JSON naming rows, without personal data.
    pub payload: String,
    pub run_at: Timestamp,
    pub max_attempts: i64,
}

/// A job that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub account: AccountId,
    pub kind: String,
    pub payload: String,
    /// Which try this is, from 1.
    pub attempt: i64,
    pub max_attempts: i64,
}

/// What became of a failed job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    Again(Timestamp),
    /// Given up; a dead letter.
    Dead,
    /// The lease had gone to another runner.
    NotMine,
}

/// The wait after the first failure; each further one doubles it, up to an hour.
const BACK_OFF: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(3_600);

/// Gives false when a job with that key exists.
pub async fn enqueue(tx: &mut Tx, account: AccountId, job: &NewJob) -> Result<bool, StoreError> {
    let made = exec!(
        tx,
        "INSERT INTO job (id, account_id, kind, key, payload, run_at, attempts, max_attempts, state)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 'ready') ON CONFLICT (key) DO NOTHING",
        job.id.0,
        account.0,
        job.kind,
        job.key.as_deref(),
        job.payload.as_str(),
        job.run_at.0,
        job.max_attempts
    )?;
    Ok(made == 1)
}

/// Take up to `limit` due jobs of these kinds, those too whose runner died (its lease ran out).
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    runner: &str,
    lease: Duration,
    limit: i64,
    kinds: &[&str],
) -> Result<Vec<Job>, StoreError> {
    type Row = (Uuid, Uuid, String, String, i64, i64);
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "UPDATE job SET state = 'running', attempts = attempts + 1, lease_owner = $2, lease_until = $3
                 WHERE id IN (SELECT id FROM job WHERE state IN ('ready', 'running') AND run_at <= $1
                              AND (state = 'ready' OR lease_until <= $1) AND kind IN (SELECT value FROM json_each($5))
                              ORDER BY run_at LIMIT $4)
                 RETURNING id, account_id, kind, payload, attempts, max_attempts",
        postgres: "UPDATE job SET state = 'running', attempts = attempts + 1, lease_owner = $2, lease_until = $3
                 WHERE id IN (SELECT id FROM job WHERE state IN ('ready', 'running') AND run_at <= $1
                              AND (state = 'ready' OR lease_until <= $1)
                              AND kind IN (SELECT jsonb_array_elements_text($5::jsonb))
                              ORDER BY run_at LIMIT $4 FOR UPDATE SKIP LOCKED)
                 RETURNING id, account_id, kind, payload, attempts, max_attempts",
        now.0,
        runner,
        (now + lease).0,
        limit,
        names(kinds)
    )?;
    let job = |(id, account, kind, payload, attempt, max_attempts): Row| Job {
        id: JobId(id),
        account: AccountId(account),
        kind,
        payload,
        attempt,
        max_attempts,
    };
    Ok(found.into_iter().map(job).collect())
}

/// Keep a long job; false when the lease has gone to another runner.
pub async fn heartbeat(
    tx: &mut Tx,
    now: Timestamp,
    runner: &str,
    job: JobId,
    lease: Duration,
) -> Result<bool, StoreError> {
    let kept = exec!(
        tx,
        "UPDATE job SET lease_until = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        job.0,
        runner,
        (now + lease).0
    )?;
    Ok(kept == 1)
}

/// Done. Call it in the transaction of the work where that is in the store; false means: roll back, another has it.
pub async fn finish(tx: &mut Tx, runner: &str, job: JobId) -> Result<bool, StoreError> {
    let done = exec!(
        tx,
        "UPDATE job SET state = 'done', lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        job.0,
        runner
    )?;
    Ok(done == 1)
}

/// Failed: later again, or a dead letter after the last try.
pub async fn fail(tx: &mut Tx, now: Timestamp, runner: &str, job: &Job, error: &str) -> Result<Failed, StoreError> {
    let dead = job.attempt >= job.max_attempts;
    let doublings = u32::try_from(job.attempt - 1).unwrap_or(0).min(20);
    let again = now + BACK_OFF.saturating_mul(1 << doublings).min(LONGEST);
    let changed = exec!(
        tx,
        "UPDATE job SET state = $3, run_at = $4, last_error = $5, lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        job.id.0,
        runner,
        if dead { "dead" } else { "ready" },
        again.0,
        error
    )?;
    Ok(match (changed, dead) {
        (0, _) => Failed::NotMine,
        (_, true) => Failed::Dead,
        (_, false) => Failed::Again(again),
    })
}

/// When there will be something of these kinds to claim.
pub async fn due_at(tx: &mut Tx, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<(Option<i64>,)> = row!(
        tx,
        sqlite: "SELECT MIN(CASE WHEN state = 'running' THEN lease_until ELSE run_at END) FROM job
                 WHERE state IN ('ready', 'running') AND kind IN (SELECT value FROM json_each($1))",
        postgres: "SELECT MIN(CASE WHEN state = 'running' THEN lease_until ELSE run_at END) FROM job
                 WHERE state IN ('ready', 'running') AND kind IN (SELECT jsonb_array_elements_text($1::jsonb))",
        names(kinds)
    )?;
    Ok(found.and_then(|(at,)| at).map(Timestamp))
}

/// As one bind.
fn names(kinds: &[&str]) -> String {
    serde_json::to_string(kinds).expect("a list of texts")
}

/// Jobs that were given up, newest first: id, kind, last error.
pub async fn dead(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<(JobId, String, String)>, StoreError> {
    let found: Vec<(Uuid, String, Option<String>)> = rows!(
        tx,
        "SELECT id, kind, last_error FROM job WHERE account_id = $1 AND state = 'dead' ORDER BY id DESC LIMIT $2",
        account.0,
        limit
    )?;
    Ok(found.into_iter().map(|(id, kind, error)| (JobId(id), kind, error.unwrap_or_default())).collect())
}
