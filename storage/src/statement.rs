//! Statements: `exec!`, `row!`, `rows!` over `&mut Tx`, one SQL text for both databases.
//!
//! ```text
//! exec!(tx, "UPDATE agent SET name = $2 WHERE id = $1", id.0, name)?              → rows affected
//! let found: Option<UserRow> = row!(tx, "SELECT … WHERE login = $1", login)?;
//! let all: Vec<QueueRow> = rows!(tx, sqlite: "…", postgres: "…", batch)?;         what truly differs, side by side
//! ```
//!
//! Each statement registers itself, so that the store suite can prepare and execute every one on both databases. What several have in
//! common is a macro that gives text, put together by `concat!`.

/// One statement of this room, as the store suite sees it.
#[derive(Debug)]
pub struct Statement {
    pub sqlite: &'static str,
    pub postgres: &'static str,
    /// How many values are bound.
    pub binds: usize,
    pub file: &'static str,
    pub line: u32,
}

inventory::collect!(Statement);

/// Every statement of this room.
pub fn all() -> Vec<&'static Statement> {
    let mut all: Vec<_> = inventory::iter::<Statement>.into_iter().collect();
    all.sort_by_key(|s| (s.file, s.line));
    all
}

macro_rules! register {
    ($sqlite:expr, $postgres:expr $(, $bind:expr)*) => {
        inventory::submit! {
            $crate::statement::Statement {
                sqlite: $sqlite,
                postgres: $postgres,
                binds: { const BINDS: &[&str] = &[$(stringify!($bind)),*]; BINDS.len() },
                file: file!(),
                line: line!(),
            }
        }
    };
}

/// Run a statement; gives the number of rows it changed.
macro_rules! exec {
    ($tx:expr, sqlite: $sqlite:expr, postgres: $postgres:expr $(, $bind:expr)* $(,)?) => {{
        register!($sqlite, $postgres $(, $bind)*);
        match &mut *$tx {
            $crate::Tx::Sqlite(t) => sqlx::query($sqlite)$(.bind($bind))*.execute(&mut **t).await.map(|r| r.rows_affected()),
            $crate::Tx::Postgres(t) => sqlx::query($postgres)$(.bind($bind))*.execute(&mut **t).await.map(|r| r.rows_affected()),
        }
        .map_err($crate::StoreError::from)
    }};
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => { exec!($tx, sqlite: $sql, postgres: $sql $(, $bind)*) };
}

/// Run a statement that gives one row or none.
macro_rules! row {
    ($tx:expr, sqlite: $sqlite:expr, postgres: $postgres:expr $(, $bind:expr)* $(,)?) => {{
        register!($sqlite, $postgres $(, $bind)*);
        match &mut *$tx {
            $crate::Tx::Sqlite(t) => sqlx::query_as($sqlite)$(.bind($bind))*.fetch_optional(&mut **t).await,
            $crate::Tx::Postgres(t) => sqlx::query_as($postgres)$(.bind($bind))*.fetch_optional(&mut **t).await,
        }
        .map_err($crate::StoreError::from)
    }};
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => { row!($tx, sqlite: $sql, postgres: $sql $(, $bind)*) };
}

/// Run a statement that gives rows. The statement itself bounds how many.
macro_rules! rows {
    ($tx:expr, sqlite: $sqlite:expr, postgres: $postgres:expr $(, $bind:expr)* $(,)?) => {{
        register!($sqlite, $postgres $(, $bind)*);
        match &mut *$tx {
            $crate::Tx::Sqlite(t) => sqlx::query_as($sqlite)$(.bind($bind))*.fetch_all(&mut **t).await,
            $crate::Tx::Postgres(t) => sqlx::query_as($postgres)$(.bind($bind))*.fetch_all(&mut **t).await,
        }
        .map_err($crate::StoreError::from)
    }};
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => { rows!($tx, sqlite: $sql, postgres: $sql $(, $bind)*) };
}
