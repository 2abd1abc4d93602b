//! The two databases and a transaction on either.

use crate::StoreError;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The embedded default, or the one for those who outgrew it.
#[derive(Clone, Debug)]
pub enum Db {
    /// One writer, so that nobody meets a busy database; readers beside it see the last commit (WAL).
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
        /// Where everybody but the first queues for the writer: see [`Db::write_first`].
        turn: Arc<Semaphore>,
    },
    Postgres(sqlx::PgPool),
}

/// A transaction. Dropped without [`Tx::commit`], it leaves nothing.
pub enum Tx {
    Sqlite(Turn),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction on SQLite, and the turn of whoever has it.
pub struct Turn {
    tx: Transaction<'static, Sqlite>,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.tx
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }
}

/// How transactions begin on PostgreSQL.
const WRITE: &str = "BEGIN";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How long a caller waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

fn sqlite_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "memory")
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

impl Db {
    pub async fn open_sqlite(file: &Path) -> Result<Db, StoreError> {
        let options = sqlite_options(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits at a power cut; "stored" shall mean stored.
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "67108864");
        Db::sqlite(options).await
    }

    /// Beside whoever has the file: what they write is seen, and nothing can be written.
    pub async fn look_at_sqlite(file: &Path) -> Result<Db, StoreError> {
        Db::sqlite(sqlite_options(file).pragma("query_only", "on")).await
    }

    async fn sqlite(options: SqliteConnectOptions) -> Result<Db, StoreError> {
        let pool = || PoolOptions::<Sqlite>::new().acquire_timeout(PATIENCE).test_before_acquire(false);
        let forever = |p: PoolOptions<Sqlite>| p.idle_timeout(None).max_lifetime(None);
        let writer = forever(pool().min_connections(1).max_connections(1)).connect_with(options.clone()).await?;
        let reader = forever(pool().max_connections(4)).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Db::Sqlite { writer, reader, turn: Arc::new(Semaphore::new(1)) })
    }

    pub async fn open_postgres(url: &str) -> Result<Db, StoreError> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("ringdesk")
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let pool =
            PoolOptions::<Postgres>::new().acquire_timeout(PATIENCE).max_connections(16).connect_with(options).await?;
        Ok(Db::Postgres(pool))
    }

    /// A transaction that may write.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let turn = match self {
            Db::Sqlite { turn, .. } => {
                let mine = tokio::time::timeout(PATIENCE, turn.clone().acquire_owned());
                Some(mine.await.ok().and_then(Result::ok).ok_or(sqlx::Error::PoolTimedOut)?)
            }
            Db::Postgres(_) => None,
        };
        self.begin(turn).await
    }

    /// The same, before all who wait: for what running calls wait for. Of those one at a time stands at SQLite's writer, so
    /// this waits for one transaction of theirs at most, for those that came this way before it, and for whoever has the file
    /// outside of this process.
    pub async fn write_first(&self) -> Result<Tx, StoreError> {
        self.begin(None).await
    }

    async fn begin(&self, turn: Option<OwnedSemaphorePermit>) -> Result<Tx, StoreError> {
        Ok(match self {
            // A deferred transaction that turns to writing is refused at once when another writes, whatever the timeout.
            Db::Sqlite { writer, .. } => {
                Tx::Sqlite(Turn { tx: writer.begin_with("BEGIN IMMEDIATE").await?, _turn: turn })
            }
            Db::Postgres(pool) => Tx::Postgres(whole(pool.clone(), WRITE).await?),
        })
    }

    /// A transaction that only reads, from one moment's state.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Db::Sqlite { reader, .. } => Tx::Sqlite(Turn { tx: reader.begin().await?, _turn: None }),
            Db::Postgres(pool) => Tx::Postgres(whole(pool.clone(), READ).await?),
        })
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, reader, .. } => {
                reader.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// Begin in a task of its own, which goes on where nobody waits for it any more (a client that hung up, a call that was ended). The
/// driver rolls back only what the database has answered for: a BEGIN given up half-way leaves its connection within that transaction,
/// and whoever gets it next goes on there, where it was for reading only.
async fn whole(pool: sqlx::PgPool, begin: &'static str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let begun = tokio::spawn(async move { pool.begin_with(begin).await });
    // It neither panics nor is aborted: the runtime ends.
    begun.await.map_err(|_| sqlx::Error::PoolClosed)?
}

impl Tx {
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(t) => t.tx.commit().await?,
            Tx::Postgres(t) => t.commit().await?,
        }
        Ok(())
    }
}
