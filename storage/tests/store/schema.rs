//! Statements and schema: what must hold of the room as a whole.

use crate::postgres;
use crate::world::World;
use ringdesk_storage::{Db, StoreError, Tx, migrate, statement};
use sqlx::{Column, Executor, Row, SqlSafeStr, Statement, TypeInfo};
use std::collections::BTreeSet;
use std::path::Path;

/// A value of each type a statement may bind.
#[derive(Clone, Copy, Debug)]
enum Sample {
    Number,
    Text,
    Json,
    Bytes,
    Id,
    Flag,
}

const RESULTS: &[&str] = &["INT8", "UUID", "TEXT", "BYTEA", "BOOL", "JSONB", "FLOAT8"];

/// A constraint may refuse made-up values; the statement ran.
fn ran(result: Result<(), sqlx::Error>) -> Result<(), String> {
    use sqlx::error::ErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    match result {
        Ok(()) => Ok(()),
        Err(sqlx::Error::Database(e))
            if matches!(e.kind(), CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation) =>
        {
            Ok(())
        }
        Err(e) => Err(e.to_string()),
    }
}

#[tokio::test]
async fn every_statement_is_prepared_and_executed_on_both() {
    let (lite, server) = (World::sqlite().await, World::postgres().await);
    let mut faults = Vec::new();
    for statement in statement::all() {
        let place = format!("{}:{}", statement.file, statement.line);
        let (Tx::Postgres(mut pg), Tx::Sqlite(mut sl)) = (server.write().await, lite.write().await) else {
            unreachable!()
        };

        // What PostgreSQL makes of the parameters says what to bind on either. On a connection of its own: a statement
        // prepared without types would be used again for values with types.
        let Tx::Postgres(mut describing) = server.read().await else { unreachable!() };
        let prepared = match describing.prepare(statement.postgres.into_sql_str()).await {
            Ok(prepared) => prepared,
            Err(e) => {
                faults.push(format!("{place}: PostgreSQL does not prepare it: {e}"));
                continue;
            }
        };
        let parameters = match prepared.parameters() {
            Some(sqlx::Either::Left(types)) => types.iter().map(|t| t.name().to_owned()).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        if parameters.len() != statement.binds {
            faults.push(format!("{place}: {} values for {} parameters", statement.binds, parameters.len()));
            continue;
        }
        for column in prepared.columns().iter().filter(|c| !RESULTS.contains(&c.type_info().name())) {
            faults.push(format!("{place}: column {} is {}", column.name(), column.type_info().name()));
        }
        let samples: Vec<Sample> = parameters
            .iter()
            .map(|name| match name.as_str() {
                "INT8" => Sample::Number,
                "TEXT" => Sample::Text,
                "JSONB" => Sample::Json,
                "BYTEA" => Sample::Bytes,
                "UUID" => Sample::Id,
                "BOOL" => Sample::Flag,
                other => panic!("{place}: a parameter of type {other}"),
            })
            .collect();

        let mut query = sqlx::query(statement.postgres);
        for sample in &samples {
            query = match sample {
                Sample::Number => query.bind(1i64),
                Sample::Text => query.bind("x"),
                // As the room binds it: text, cast by the statement.
                Sample::Json => query.bind("[]"),
                Sample::Bytes => query.bind(&[0u8; 16][..]),
                Sample::Id => query.bind(uuid::Uuid::nil()),
                Sample::Flag => query.bind(true),
            };
        }
        if let Err(e) = ran(query.fetch_all(&mut *pg).await.map(drop)) {
            faults.push(format!("{place}: PostgreSQL: {e}"));
        }

        let mut query = sqlx::query(statement.sqlite);
        for sample in &samples {
            query = match sample {
                Sample::Number => query.bind(1i64),
                Sample::Text => query.bind("x"),
                Sample::Json => query.bind("[]"),
                Sample::Bytes => query.bind(&[0u8; 16][..]),
                Sample::Id => query.bind(uuid::Uuid::nil()),
                Sample::Flag => query.bind(true),
            };
        }
        if let Err(e) = ran(query.fetch_all(&mut *sl).await.map(drop)) {
            faults.push(format!("{place}: SQLite: {e}"));
        }
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// A statement that goes round the macros would go round the test above.
#[test]
fn every_statement_registers_itself() {
    let mut written = 0;
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            if path.ends_with("src/statement.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            written += ["exec!(", "row!(", "rows!("].iter().map(|verb| text.matches(verb).count()).sum::<usize>();
            assert!(!text.contains("sqlx::query"), "{}: use exec!, row! or rows!", path.display());
            let raw = text.matches("sqlx::raw_sql").count();
            assert!(raw == 0 || path.ends_with("src/migrate.rs"), "{}: use exec!, row! or rows!", path.display());
        }
    }
    assert!(written > 50);
    assert_eq!(statement::all().len(), written);
}

/// A batch is the outer loop: were it the inner one, a set would cost more with every call there ever was.
#[tokio::test]
async fn a_batch_is_never_the_inner_loop() {
    let world = World::sqlite().await;
    let mut batches = 0;
    for statement in statement::all().into_iter().filter(|s| s.sqlite.contains("jsonb_each(")) {
        let Tx::Sqlite(mut tx) = world.write().await else { unreachable!() };
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sqlite));
        let plan: Vec<String> =
            sqlx::query(explain).fetch_all(&mut *tx).await.unwrap().iter().map(|r| r.get("detail")).collect();
        let batch = plan.iter().position(|step| step.contains("VIRTUAL TABLE")).expect("it goes through the batch");
        // The one lease row may be looked at first.
        let outer =
            plan[..batch].iter().filter(|step| !step.starts_with("SEARCH l USING PRIMARY KEY (name=?)")).count();
        assert_eq!(outer, 0, "{}:{}: {plan:#?}", statement.file, statement.line);
        batches += 1;
    }
    assert!(batches > 15);
}

/// (table, column, kind of value) of both trees. The index of tokens is each database's own.
#[tokio::test]
async fn both_trees_make_the_same_tables() {
    let (lite, server) = (World::sqlite().await, World::postgres().await);
    let (Tx::Postgres(mut pg), Tx::Sqlite(mut sl)) = (server.read().await, lite.read().await) else { unreachable!() };
    let kind = |name: &str| match name.to_ascii_uppercase().as_str() {
        "BIGINT" | "BOOLEAN" | "INTEGER" => "number",
        "UUID" | "BYTEA" | "BLOB" => "bytes",
        "TEXT" => "text",
        other => panic!("unexpected type {other}"),
    };
    let of_pg: BTreeSet<(String, String, &str)> = sqlx::query(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = 'public'
         AND table_name <> 'search_token'",
    )
    .fetch_all(&mut *pg)
    .await
    .unwrap()
    .iter()
    .map(|r| (r.get(0), r.get(1), kind(r.get(2))))
    .collect();
    let of_lite: BTreeSet<(String, String, &str)> = sqlx::query(
        "SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
         AND t.name NOT LIKE 'search_token%'",
    )
    .fetch_all(&mut *sl)
    .await
    .unwrap()
    .iter()
    .map(|r| (r.get(0), r.get(1), kind(r.get(2))))
    .collect();
    assert!(of_pg.len() > 100);
    assert_eq!(of_pg.symmetric_difference(&of_lite).collect::<Vec<_>>(), Vec::<&(String, String, &str)>::new());

    let of_pg: BTreeSet<String> =
        sqlx::query("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%WHERE%'")
            .fetch_all(&mut *pg)
            .await
            .unwrap()
            .iter()
            .map(|r| r.get(0))
            .collect();
    let of_lite: BTreeSet<String> =
        sqlx::query("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'")
            .fetch_all(&mut *sl)
            .await
            .unwrap()
            .iter()
            .map(|r| r.get(0))
            .collect();
    assert_eq!(of_pg, of_lite, "partial indexes");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for db in [
        Db::open_sqlite(&dir.path().join("x.db")).await.unwrap(),
        Db::open_postgres(&postgres::database().await).await.unwrap(),
    ] {
        migrate::migrate(&db).await.unwrap();
        migrate::migrate(&db).await.expect("a second start changes nothing");
        let mut tx = db.write().await.unwrap();
        let sql = "INSERT INTO schema_version (version) VALUES (999)";
        match &mut tx {
            Tx::Sqlite(t) => drop(sqlx::query(sql).execute(&mut **t).await.unwrap()),
            Tx::Postgres(t) => drop(sqlx::query(sql).execute(&mut **t).await.unwrap()),
        }
        tx.commit().await.unwrap();
        let error = migrate::migrate(&db).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 999, .. }), "{error}");
        db.close().await;
    }
}
