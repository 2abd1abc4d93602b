//! Durable work, for the server's runner.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, JobId, Timestamp};
use ringdesk_storage::jobs::{self, Failed, Job};
use std::time::Duration;

impl Operations {
    /// Take up to `limit` due jobs of these kinds under a lease.
    pub async fn claim_jobs(
        &self,
        now: Timestamp,
        runner: &str,
        lease: Duration,
        limit: i64,
        kinds: &[&str],
    ) -> Result<Vec<Job>, OperationError> {
        let mut tx = self.store.db.write().await?;
        let claimed = jobs::claim(&mut tx, now, runner, lease, limit, kinds).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Keep a long job; false: another runner has it.
    pub async fn keep_job(
        &self,
        now: Timestamp,
        runner: &str,
        job: JobId,
        lease: Duration,
    ) -> Result<bool, OperationError> {
        let mut tx = self.store.db.write().await?;
        let kept = jobs::heartbeat(&mut tx, now, runner, job, lease).await?;
        tx.commit().await?;
        Ok(kept)
    }

    pub async fn finish_job(&self, runner: &str, job: JobId) -> Result<bool, OperationError> {
        let mut tx = self.store.db.write().await?;
        let done = jobs::finish(&mut tx, runner, job).await?;
        tx.commit().await?;
        Ok(done)
    }

    pub async fn fail_job(
        &self,
        now: Timestamp,
        runner: &str,
        job: &Job,
        error: &str,
    ) -> Result<Failed, OperationError> {
        let mut tx = self.store.db.write().await?;
        let failed = jobs::fail(&mut tx, now, runner, job, error).await?;
        tx.commit().await?;
        Ok(failed)
    }

    /// When there will be something to claim.
    pub async fn jobs_due_at(&self, kinds: &[&str]) -> Result<Option<Timestamp>, OperationError> {
        Ok(jobs::due_at(&mut self.store.db.read().await?, kinds).await?)
    }

    /// Jobs that were given up, newest first: id, kind, last error.
    pub async fn dead_jobs(
        &self,
        account: AccountId,
        limit: i64,
    ) -> Result<Vec<(JobId, String, String)>, OperationError> {
        Ok(jobs::dead(&mut self.store.db.read().await?, account, limit.clamp(1, 500)).await?)
    }
}
