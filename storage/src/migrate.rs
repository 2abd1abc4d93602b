//! The schema and its versions: two trees of SQL files, the same numbers in both.

use crate::{Db, StoreError, Tx};

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sqlite: include_str!("../migrations/sqlite/0001_first_call.sql"),
        postgres: include_str!("../migrations/postgres/0001_first_call.sql"),
    },
    Migration {
        version: 2,
        sqlite: include_str!("../migrations/sqlite/0002_recordings.sql"),
        postgres: include_str!("../migrations/postgres/0002_recordings.sql"),
    },
    Migration {
        version: 3,
        sqlite: include_str!("../migrations/sqlite/0003_disposition_trees.sql"),
        postgres: include_str!("../migrations/postgres/0003_disposition_trees.sql"),
    },
    Migration {
        version: 4,
        sqlite: include_str!("../migrations/sqlite/0004_search.sql"),
        postgres: include_str!("../migrations/postgres/0004_search.sql"),
    },
    Migration {
        version: 5,
        sqlite: include_str!("../migrations/sqlite/0005_phones.sql"),
        postgres: include_str!("../migrations/postgres/0005_phones.sql"),
    },
    Migration {
        version: 6,
        sqlite: include_str!("../migrations/sqlite/0006_journal.sql"),
        postgres: include_str!("../migrations/postgres/0006_journal.sql"),
    },
    Migration {
        version: 7,
        sqlite: include_str!("../migrations/sqlite/0007_left_messages.sql"),
        postgres: include_str!("../migrations/postgres/0007_left_messages.sql"),
    },
    Migration {
        version: 8,
        sqlite: include_str!("../migrations/sqlite/0008_accounts.sql"),
        postgres: include_str!("../migrations/postgres/0008_accounts.sql"),
    },
    Migration {
        version: 9,
        sqlite: include_str!("../migrations/sqlite/0009_recording_rules.sql"),
        postgres: include_str!("../migrations/postgres/0009_recording_rules.sql"),
    },
    Migration {
        version: 10,
        sqlite: include_str!("../migrations/sqlite/0010_talk_figures.sql"),
        postgres: include_str!("../migrations/postgres/0010_talk_figures.sql"),
    },
    Migration {
        version: 11,
        sqlite: include_str!("../migrations/sqlite/0011_transfers.sql"),
        postgres: include_str!("../migrations/postgres/0011_transfers.sql"),
    },
    Migration {
        version: 12,
        sqlite: include_str!("../migrations/sqlite/0012_trunks.sql"),
        postgres: include_str!("../migrations/postgres/0012_trunks.sql"),
    },
    Migration {
        version: 13,
        sqlite: include_str!("../migrations/sqlite/0013_review.sql"),
        postgres: include_str!("../migrations/postgres/0013_review.sql"),
    },
    Migration {
        version: 14,
        sqlite: include_str!("../migrations/sqlite/0014_notes.sql"),
        postgres: include_str!("../migrations/postgres/0014_notes.sql"),
    },
    Migration {
        version: 15,
        sqlite: include_str!("../migrations/sqlite/0015_devices.sql"),
        postgres: include_str!("../migrations/postgres/0015_devices.sql"),
    },
    Migration {
        version: 16,
        sqlite: include_str!("../migrations/sqlite/0016_reports.sql"),
        postgres: include_str!("../migrations/postgres/0016_reports.sql"),
    },
    Migration {
        version: 17,
        sqlite: include_str!("../migrations/sqlite/0017_keys.sql"),
        postgres: include_str!("../migrations/postgres/0017_keys.sql"),
    },
    Migration {
        version: 18,
        sqlite: include_str!("../migrations/sqlite/0018_promises.sql"),
        postgres: include_str!("../migrations/postgres/0018_promises.sql"),
    },
    Migration {
        version: 19,
        sqlite: include_str!("../migrations/sqlite/0019_watch.sql"),
        postgres: include_str!("../migrations/postgres/0019_watch.sql"),
    },
    Migration {
        version: 20,
        sqlite: include_str!("../migrations/sqlite/0020_setting_versions.sql"),
        postgres: include_str!("../migrations/postgres/0020_setting_versions.sql"),
    },
    Migration {
        version: 21,
        sqlite: include_str!("../migrations/sqlite/0021_contact_cards.sql"),
        postgres: include_str!("../migrations/postgres/0021_contact_cards.sql"),
    },
    Migration {
        version: 23,
        sqlite: include_str!("../migrations/sqlite/0023_texts.sql"),
        postgres: include_str!("../migrations/postgres/0023_texts.sql"),
    },
    Migration {
        version: 24,
        sqlite: include_str!("../migrations/sqlite/0024_contact_files.sql"),
        postgres: include_str!("../migrations/postgres/0024_contact_files.sql"),
    },
    Migration {
        version: 25,
        sqlite: include_str!("../migrations/sqlite/0025_demo_helpers.sql"),
        postgres: include_str!("../migrations/postgres/0025_demo_helpers.sql"),
    },
    Migration {
        version: 27,
        sqlite: include_str!("../migrations/sqlite/0027_closure_pin.sql"),
        postgres: include_str!("../migrations/postgres/0027_closure_pin.sql"),
    },
    Migration {
        version: 28,
        sqlite: include_str!("../migrations/sqlite/0028_people.sql"),
        postgres: include_str!("../migrations/postgres/0028_people.sql"),
    },
    Migration {
        version: 29,
        sqlite: include_str!("../migrations/sqlite/0029_routing.sql"),
        postgres: include_str!("../migrations/postgres/0029_routing.sql"),
    },
    Migration {
        version: 30,
        sqlite: include_str!("../migrations/sqlite/0030_visitors.sql"),
        postgres: include_str!("../migrations/postgres/0030_visitors.sql"),
    },
    Migration {
        version: 31,
        sqlite: include_str!("../migrations/sqlite/0031_tickets.sql"),
        postgres: include_str!("../migrations/postgres/0031_tickets.sql"),
    },
    Migration {
        version: 32,
        sqlite: include_str!("../migrations/sqlite/0032_attachments.sql"),
        postgres: include_str!("../migrations/postgres/0032_attachments.sql"),
    },
    Migration {
        version: 34,
        sqlite: include_str!("../migrations/sqlite/0034_kept_places.sql"),
        postgres: include_str!("../migrations/postgres/0034_kept_places.sql"),
    },
    Migration {
        version: 35,
        sqlite: include_str!("../migrations/sqlite/0035_rules.sql"),
        postgres: include_str!("../migrations/postgres/0035_rules.sql"),
    },
    Migration {
        version: 36,
        sqlite: include_str!("../migrations/sqlite/0036_tags_segments.sql"),
        postgres: include_str!("../migrations/postgres/0036_tags_segments.sql"),
    },
    Migration {
        version: 37,
        sqlite: include_str!("../migrations/sqlite/0037_text_transfers.sql"),
        postgres: include_str!("../migrations/postgres/0037_text_transfers.sql"),
    },
    Migration {
        version: 38,
        sqlite: include_str!("../migrations/sqlite/0038_quick_phrases.sql"),
        postgres: include_str!("../migrations/postgres/0038_quick_phrases.sql"),
    },
    Migration {
        version: 39,
        sqlite: include_str!("../migrations/sqlite/0039_satisfaction.sql"),
        postgres: include_str!("../migrations/postgres/0039_satisfaction.sql"),
    },
    Migration {
        version: 40,
        sqlite: include_str!("../migrations/sqlite/0040_track.sql"),
        postgres: include_str!("../migrations/postgres/0040_track.sql"),
    },
    Migration {
        version: 42,
        sqlite: include_str!("../migrations/sqlite/0042_staff_rooms.sql"),
        postgres: include_str!("../migrations/postgres/0042_staff_rooms.sql"),
    },
    Migration {
        version: 43,
        sqlite: include_str!("../migrations/sqlite/0043_text_filters.sql"),
        postgres: include_str!("../migrations/postgres/0043_text_filters.sql"),
    },
    Migration {
        version: 44,
        sqlite: include_str!("../migrations/sqlite/0044_call_rules.sql"),
        postgres: include_str!("../migrations/postgres/0044_call_rules.sql"),
    },
    Migration {
        version: 45,
        sqlite: include_str!("../migrations/sqlite/0045_files.sql"),
        postgres: include_str!("../migrations/postgres/0045_files.sql"),
    },
    Migration {
        version: 46,
        sqlite: include_str!("../migrations/sqlite/0046_public_names.sql"),
        postgres: include_str!("../migrations/postgres/0046_public_names.sql"),
    },
    Migration {
        version: 48,
        sqlite: include_str!("../migrations/sqlite/0048_sign_in_challenge.sql"),
        postgres: include_str!("../migrations/postgres/0048_sign_in_challenge.sql"),
    },
    Migration {
        version: 49,
        sqlite: include_str!("../migrations/sqlite/0049_notices.sql"),
        postgres: include_str!("../migrations/postgres/0049_notices.sql"),
    },
    Migration {
        version: 50,
        sqlite: include_str!("../migrations/sqlite/0050_mentors.sql"),
        postgres: include_str!("../migrations/postgres/0050_mentors.sql"),
    },
    Migration {
        version: 51,
        sqlite: include_str!("../migrations/sqlite/0051_help_desk.sql"),
        postgres: include_str!("../migrations/postgres/0051_help_desk.sql"),
    },
    Migration {
        version: 52,
        sqlite: include_str!("../migrations/sqlite/0052_called_first.sql"),
        postgres: include_str!("../migrations/postgres/0052_called_first.sql"),
    },
    Migration {
        version: 53,
        sqlite: include_str!("../migrations/sqlite/0053_places_of_a_period.sql"),
        postgres: include_str!("../migrations/postgres/0053_places_of_a_period.sql"),
    },
];

/// Bring the schema up to this program's. A newer one is refused. All steps are one transaction.
pub async fn migrate(db: &Db) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    if let Tx::Postgres(t) = &mut tx {
        // Nodes that start together take turns.
        sqlx::raw_sql("SELECT pg_advisory_xact_lock(7464433)").execute(&mut **t).await?;
    }
    exec!(&mut tx, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")?;
    let found: Option<(Option<i64>,)> = row!(&mut tx, "SELECT MAX(version) FROM schema_version")?;
    let found = found.and_then(|(version,)| version).unwrap_or(0);
    let known = MIGRATIONS.last().map_or(0, |m| m.version);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for step in MIGRATIONS.iter().filter(|m| m.version > found) {
        match &mut tx {
            Tx::Sqlite(t) => _ = sqlx::raw_sql(step.sqlite).execute(&mut **t).await?,
            Tx::Postgres(t) => _ = sqlx::raw_sql(step.postgres).execute(&mut **t).await?,
        }
        exec!(&mut tx, "INSERT INTO schema_version (version) VALUES ($1)", step.version)?;
    }
    tx.commit().await
}
