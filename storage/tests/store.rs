//! The store suite: the same cases on SQLite and on a real PostgreSQL.
#![expect(unreachable_pub, reason = "modules of one test binary")]

#[path = "store/cases.rs"]
mod cases;
#[path = "store/keys.rs"]
mod keys;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/schema.rs"]
mod schema;
#[path = "store/world.rs"]
mod world;
