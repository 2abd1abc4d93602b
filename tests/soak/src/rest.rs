//! What the store says when it is quiet, asked past the server; and what a server holds with nobody there.

use crate::house::Store;
use anyhow::{Context as _, Result};
use ringdesk_interop::Centre;
use ringdesk_model::Timestamp;
use ringdesk_storage::{Db, Tx};

/// What must be nothing, and how it is counted.
const NOTHING: &[(&str, &str)] = &[
    ("calls without an end", "SELECT COUNT(*) FROM call WHERE ended_at IS NULL OR cause IS NULL"),
    (
        "calls whose last events are not one",
        "SELECT COUNT(*) FROM call c WHERE (SELECT COUNT(*) FROM call_event e WHERE e.call_id = c.id AND e.kind = 'ended') <> 1",
    ),
    ("work items that are not closed", "SELECT COUNT(*) FROM work_item WHERE state <> 'closed'"),
    ("offers that did not end", "SELECT COUNT(*) FROM offer WHERE state <> 'ended' OR outcome IS NULL"),
    ("participations that did not end", "SELECT COUNT(*) FROM participation WHERE ended_at IS NULL"),
    ("conversations that are not closed", "SELECT COUNT(*) FROM conversation WHERE closed_at IS NULL"),
    ("captions that did not end", "SELECT COUNT(*) FROM transcript WHERE pass = 'live' AND state = 'running'"),
    ("jobs that were given up", "SELECT COUNT(*) FROM job WHERE state = 'dead'"),
    ("recordings that did not end", "SELECT COUNT(*) FROM recording WHERE state IN ('requested', 'started', 'sealing')"),
    (
        "recordings that failed without a reason",
        "SELECT COUNT(*) FROM recording WHERE state = 'failed' AND reason IS NULL",
    ),
    (
        // Its first second may be lost with a server that dies.
        "answered calls of a recorded number that no recording knows",
        "SELECT COUNT(*) FROM call c JOIN conversation v ON v.id = c.conversation_id JOIN inbox i ON i.id = v.inbox_id
         WHERE i.name = 'Soak 7002' AND c.answered_at IS NOT NULL
           AND NOT (c.cause = 'server_crash' AND c.ended_at - c.answered_at < 2000000)
           AND c.id NOT IN (SELECT call_id FROM recording)",
    ),
    (
        // A dead server's recording ends with its last block.
        "calls longer than their recording",
        "SELECT COUNT(*) FROM recording r JOIN call c ON c.id = r.call_id
         WHERE r.state IN ('stored', 'verified') AND c.answered_at IS NOT NULL
           AND c.ended_at - c.answered_at - r.duration_ms * 1000 > CASE WHEN c.cause = 'server_crash' THEN 6000000 ELSE 1500000 END",
    ),
];

/// Of recorded calls, in seconds: answered, in recordings that are kept, in recordings that failed and say why.
const RECORDED: [&str; 3] = [
    "SELECT CAST(COALESCE(SUM(c.ended_at - c.answered_at), 0) / 1000000 AS BIGINT) FROM recording r JOIN call c ON c.id = r.call_id
     WHERE c.answered_at IS NOT NULL",
    "SELECT CAST(COALESCE(SUM(duration_ms), 0) / 1000 AS BIGINT) FROM recording WHERE state IN ('stored', 'verified')",
    "SELECT CAST(COALESCE(SUM(c.ended_at - c.answered_at), 0) / 1000000 AS BIGINT) FROM recording r JOIN call c ON c.id = r.call_id
     WHERE r.state = 'failed' AND c.answered_at IS NOT NULL",
];

/// What is open that should not be, in words.
pub async fn open(store: &Store) -> Result<Vec<String>> {
    let db = store.open().await?;
    let mut found = Vec::new();
    for (what, sql) in NOTHING {
        let n = count(&db, sql).await.context(*what)?;
        if n > 0 {
            found.push(format!("{n} {what}"));
        }
    }
    db.close().await;
    Ok(found)
}

/// Calls that began before this moment and have no end: after a start there must be none.
pub async fn endless(store: &Store, before: Timestamp) -> Result<i64> {
    let db = store.open().await?;
    let sql = format!("SELECT COUNT(*) FROM call WHERE ended_at IS NULL AND started_at < {}", before.0);
    let n = count(&db, &sql).await?;
    db.close().await;
    Ok(n)
}

/// Calls that a dead server took along.
pub async fn crashed(store: &Store) -> Result<i64> {
    let db = store.open().await?;
    let n = count(&db, "SELECT COUNT(*) FROM call WHERE cause = 'server_crash'").await?;
    db.close().await;
    Ok(n)
}

pub async fn recorded(store: &Store) -> Result<[i64; 3]> {
    let db = store.open().await?;
    let mut found = [0; 3];
    for (place, sql) in std::iter::zip(&mut found, RECORDED) {
        *place = count(&db, sql).await?;
    }
    db.close().await;
    Ok(found)
}

async fn count(db: &Db, sql: &str) -> Result<i64> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    Ok(match &mut db.read().await? {
        Tx::Sqlite(t) => sqlx::query_scalar(sql).fetch_one(&mut **t).await?,
        Tx::Postgres(t) => sqlx::query_scalar(sql).fetch_one(&mut **t).await?,
    })
}

/// What a server holds, seen from outside, and the tasks it counts itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    pub files: u64,
    pub threads: u64,
    pub tasks: u64,
}

impl Holds {
    pub async fn of(centre: &Centre) -> Result<Holds> {
        let process = format!("/proc/{}", centre.pid());
        let count =
            |what: &str| Ok::<_, std::io::Error>(std::fs::read_dir(format!("{process}/{what}"))?.count() as u64);
        Ok(Holds { files: count("fd")?, threads: count("task")?, tasks: centre.figure("tasks_open").await? })
    }

    /// What is there beyond this: connections and threads come as they are needed, and stay for a while.
    pub fn beyond(self, before: Holds) -> Vec<String> {
        let mut more = Vec::new();
        for (what, now, before, room) in [
            ("files", self.files, before.files, 24),
            ("threads", self.threads, before.threads, 24),
            ("tasks", self.tasks, before.tasks, 16),
        ] {
            if now > before + room {
                more.push(format!("{now} {what} when all have hung up, {before} before anybody called"));
            }
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_behind_is_named() {
        let before = Holds { files: 30, threads: 20, tasks: 40 };
        assert!(before.beyond(before).is_empty());
        let after = Holds { files: 30, threads: 20, tasks: 240 };
        assert_eq!(after.beyond(before), ["240 tasks when all have hung up, 40 before anybody called"]);
    }
}
