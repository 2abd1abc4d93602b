//! Durable work: claimed, kept alive, finished or tried again. What the jobs do is the [`Worker`]'s business.

use ringdesk_model::{Clock, WallClock};
use ringdesk_operations::Operations;
use ringdesk_storage::jobs::{Failed, Job};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long a runner that stopped without a word keeps its jobs.
const LEASE: Duration = Duration::from_secs(60);
/// Between looks, when nobody wakes us and nothing is due: another node may have enqueued.
const LOOK: Duration = Duration::from_secs(5);

/// Does jobs. An error is a sentence for the operator; the job is tried again later, until it is given up.
pub(crate) trait Worker: Send + Sync + 'static {
    /// The kinds it does; others are left to other runners.
    fn kinds(&self) -> &'static [&'static str];
    fn work(&self, job: &Job) -> impl Future<Output = Result<(), String>> + Send;
}

/// One wake-up for several runners: whoever enqueues does not know whose job it is.
pub(crate) fn apart<const N: usize>(wake: Arc<Notify>) -> [Arc<Notify>; N] {
    let all = std::array::from_fn(|_| Arc::new(Notify::new()));
    let told: [Arc<Notify>; N] = all.clone();
    tokio::spawn(async move {
        loop {
            wake.notified().await;
            told.iter().for_each(|runner| runner.notify_one());
        }
    });
    all
}

/// Run one job after the other: they are heavy, and the calls need the cores.
pub(crate) async fn run_jobs<W: Worker>(
    operations: Arc<Operations>,
    worker: W,
    runner: String,
    wake: Arc<Notify>,
    clock: WallClock,
) {
    loop {
        match operations.claim_jobs(clock.now(), &runner, LEASE, 1, worker.kinds()).await {
            Ok(jobs) if jobs.is_empty() => rest(&operations, worker.kinds(), &wake, clock).await,
            Ok(jobs) => {
                for job in jobs {
                    run(&operations, &worker, &runner, &job, clock).await;
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "no jobs could be taken");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

async fn run<W: Worker>(operations: &Operations, worker: &W, runner: &str, job: &Job, clock: WallClock) {
    let outcome = {
        let mut work = std::pin::pin!(worker.work(job));
        loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = tokio::time::sleep(LEASE / 3) => {
                    match operations.keep_job(clock.now(), runner, job.id, LEASE).await {
                        Ok(true) => {}
                        Ok(false) => return tracing::warn!(job.id = %job.id, job.kind, "another runner took the job"),
                        Err(fault) => tracing::warn!(%fault, "the lease of a job was not renewed"),
                    }
                }
            }
        }
    };
    let noted = match outcome {
        Ok(()) => {
            metrics::counter!("jobs_done_total", "kind" => job.kind.clone()).increment(1);
            operations.finish_job(runner, job.id).await.map(drop)
        }
        Err(error) => match operations.fail_job(clock.now(), runner, job, &error).await {
            Ok(Failed::Dead) => {
                metrics::counter!("jobs_dead_total", "kind" => job.kind.clone()).increment(1);
                tracing::error!(job.id = %job.id, job.kind, error, "a job was given up");
                Ok(())
            }
            Ok(Failed::Again(_)) => {
                metrics::counter!("jobs_failed_total", "kind" => job.kind.clone()).increment(1);
                tracing::warn!(job.id = %job.id, job.kind, error, attempt = job.attempt, "a job failed; it is tried again");
                Ok(())
            }
            Ok(Failed::NotMine) => Ok(()),
            Err(fault) => Err(fault),
        },
    };
    if let Err(fault) = noted {
        // Its lease runs out, and it is done again.
        tracing::error!(%fault, job.id = %job.id, "the end of a job was not noted");
    }
}

/// Until something is due, or somebody says so.
async fn rest(operations: &Operations, kinds: &[&str], wake: &Notify, clock: WallClock) {
    let due = operations.jobs_due_at(kinds).await.ok().flatten().map_or(LOOK, |at| at.since(clock.now()));
    let pause = due.clamp(Duration::from_millis(20), LOOK);
    tokio::select! {
        () = wake.notified() => {}
        () = tokio::time::sleep(pause) => {}
    }
}
