//! The store suite: the same cases on SQLite and on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]
#![expect(unreachable_pub, reason = "modules of one test binary")]

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::world::World::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::world::World::postgres().await).await;
            })*
        }
    };
}

#[path = "store/alerts.rs"]
mod alerts;
#[path = "store/cases.rs"]
mod cases;
#[path = "store/contact_files.rs"]
mod contact_files;
#[path = "store/demo_pack.rs"]
mod demo_pack;
#[path = "store/devices.rs"]
mod devices;
#[path = "store/documents.rs"]
mod documents;
#[path = "store/help_desk.rs"]
mod help_desk;
#[path = "store/keys.rs"]
mod keys;
#[path = "store/left_messages.rs"]
mod left_messages;
#[path = "store/mentors.rs"]
mod mentors;
#[path = "store/notes.rs"]
mod notes;
#[path = "store/notices.rs"]
mod notices;
#[path = "store/people.rs"]
mod people;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/promises.rs"]
mod promises;
#[path = "store/quick_phrases.rs"]
mod quick_phrases;
#[path = "store/recordings.rs"]
mod recordings;
#[path = "store/report_rows.rs"]
mod report_rows;
#[path = "store/reviewing.rs"]
mod reviewing;
#[path = "store/rules.rs"]
mod rules;
#[path = "store/satisfaction.rs"]
mod satisfaction;
#[path = "store/schema.rs"]
mod schema;
#[path = "store/search.rs"]
mod search;
#[path = "store/search_speed.rs"]
mod search_speed;
#[path = "store/second_factors.rs"]
mod second_factors;
#[path = "store/segments.rs"]
mod segments;
#[path = "store/setting_versions.rs"]
mod setting_versions;
#[path = "store/setup.rs"]
mod setup;
#[path = "store/staff_rooms.rs"]
mod staff_rooms;
#[path = "store/text_filters.rs"]
mod text_filters;
#[path = "store/text_transfers.rs"]
mod text_transfers;
#[path = "store/texts.rs"]
mod texts;
#[path = "store/tickets.rs"]
mod tickets;
#[path = "store/track.rs"]
mod track;
#[path = "store/transfers.rs"]
mod transfers;
#[path = "store/trunks.rs"]
mod trunks;
#[path = "store/visitors.rs"]
mod visitors;
#[path = "store/work.rs"]
mod work;
#[path = "store/world.rs"]
mod world;
