//! What leaders are warned of: every two seconds the floor, the trunks, the rows and the disk are held against the account's
//! alert rules.

use crate::hearing::pen;
use crate::trunks::Trunks;
use ringdesk_model::{AccountId, Clock as _, Timestamp, WallClock};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_reports::{Reading, Watched, Watching};
use ringdesk_routing::Floor;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const LOOK: Duration = Duration::from_secs(2);
/// How fast the disk fills is seen over a day, and not before so long.
const SPAN: Duration = Duration::from_secs(24 * 3_600);
const LEAST: Duration = Duration::from_secs(600);
/// Between two measurements of the disk.
const MEASURE: Duration = Duration::from_secs(60);

/// What the task has at hand.
pub(crate) struct Watch {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) trunks: Trunks,
    pub(crate) floor: watch::Receiver<Arc<Floor>>,
    pub(crate) newest: watch::Sender<u64>,
    pub(crate) clock: WallClock,
    /// Where the recordings are.
    pub(crate) data: PathBuf,
}

pub(crate) async fn run_watch(watch: Watch) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut watching, mut disk) = (None, Disk::default());
    loop {
        look.tick().await;
        if let Err(fault) = watch.look(&mut watching, &mut disk).await {
            tracing::error!(%fault, "nobody could be warned; it is looked at again in two seconds");
        }
    }
}

impl Watch {
    async fn look(&self, watching: &mut Option<Watching>, disk: &mut Disk) -> Result<(), OperationError> {
        let now = self.clock.now();
        let watching = match watching {
            Some(watching) => watching,
            None => {
                self.operations.first_alert_rules(now, self.account).await?;
                self.operations.begin_setting_history(self.account).await?;
                watching.insert(self.operations.watching(self.account).await?)
            }
        };
        let mut outside: Vec<Reading> = self
            .trunks
            .all()
            .into_iter()
            .filter_map(|(id, trunk)| {
                let value = if trunk.health? { 0.0 } else { 1.0 };
                Some(Reading { metric: Watched::TrunkDown, subject: format!("trunk:{id}"), queue: None, value })
            })
            .collect();
        if disk.is_due(now) {
            let data = self.data.clone();
            let found = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&data)).await;
            if let Ok(Ok(stat)) = found {
                disk.measured(now, stat.f_bavail.saturating_mul(stat.f_frsize));
            }
        }
        let house = |value| Reading { metric: Watched::DiskDays, subject: "house".into(), queue: None, value };
        outside.extend(disk.days().map(house));
        let floor = self.floor.borrow().clone();
        if self.operations.watch(now, self.account, watching, &floor, outside).await? > 0 {
            pen::wake(&self.newest, self.operations.events_head(self.account).await?);
        }
        Ok(())
    }
}

/// Free bytes over the last day.
#[derive(Debug, Default)]
struct Disk(VecDeque<(Timestamp, u64)>);

impl Disk {
    fn is_due(&self, now: Timestamp) -> bool {
        self.0.back().is_none_or(|(at, _)| now.since(*at) >= MEASURE)
    }

    fn measured(&mut self, now: Timestamp, free: u64) {
        self.0.push_back((now, free));
        while self.0.front().is_some_and(|(at, _)| now.since(*at) > SPAN) {
            self.0.pop_front();
        }
    }

    /// Until it is full, if it goes on like this. `None`: it does not fill, or nobody knows yet.
    fn days(&self) -> Option<f64> {
        let ((then, before), (now, free)) = (self.0.front()?, self.0.back()?);
        let span = now.since(*then);
        let used = before.checked_sub(*free).filter(|used| *used > 0)?;
        if span < LEAST {
            return None;
        }
        let days = span.as_secs_f64() / 86_400.0;
        Some((*free as f64 / (used as f64 / days) * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_judged_by_how_fast_it_fills() {
        let at = |minutes: i64| Timestamp(minutes * 60_000_000);
        let mut disk = Disk::default();
        assert!(disk.is_due(at(0)));
        disk.measured(at(0), 10_000);
        assert!(!disk.is_due(at(0)) && disk.is_due(at(1)));
        disk.measured(at(5), 9_000);
        assert_eq!(disk.days(), None, "too early to say");
        disk.measured(at(720), 9_000);
        // A thousand in half a day: nine thousand last four and a half.
        assert_eq!(disk.days(), Some(4.5));
        disk.measured(at(721), 12_000);
        assert_eq!(disk.days(), None, "somebody made room");
        disk.measured(at(3_000), 6_000);
        assert_eq!(disk.0.len(), 1, "a day is remembered");
    }
}
