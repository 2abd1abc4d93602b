//! The store: rows of every noun, in SQLite (the embedded default) or PostgreSQL, from one SQL text.
//!
//! A function here takes `&mut Tx` and touches the tables of its noun; nothing decides. Because all share the
//! transaction, a message, its number, its outbox event, its job and its audit entry are one commit. What identifies or
//! quotes a person is a sealed column; the raw files contain no such text.
//!
//! Not here: who may do what and in which order (`operations`), and what is lawful (`core`).
//!
//! Reading order: [`store`] (opening), [`db`] (`Db`, `Tx`), [`statement`] (the macros), [`migrate`]; then the nouns; then
//! [`journal`] (what calls leave behind), [`search`] (found by their words), [`outbox`], [`jobs`], [`leases`], [`routing`], [`recovery`], [`audit`].

#[macro_use]
pub mod statement;
mod batch;
pub mod db;
pub mod error;
pub mod folder;
pub mod migrate;
pub mod store;

pub mod accounts;
pub mod agents;
pub mod alerts;
pub mod api_tokens;
pub mod attachments;
pub mod calendars;
pub mod callbacks;
pub mod clip_transcripts;
pub mod closure_pin;
pub mod contact_blocks;
pub mod contact_cards;
pub mod contact_fields;
pub mod contact_files;
pub mod contact_merges;
pub mod contact_timeline;
pub mod contacts;
pub mod conversation_faces;
pub mod conversation_list;
pub mod conversations;
pub mod corrections;
pub mod demo_helpers;
pub mod demo_pack;
pub mod departments;
pub mod devices;
pub mod disposition_trees;
pub mod dispositions;
pub mod documents;
pub mod drafts;
pub mod go_live;
pub mod help;
pub mod help_desk;
pub mod inbox_states;
pub mod inboxes;
pub mod left_messages;
pub mod mentors;
pub mod notes;
pub mod notices;
pub mod number_places;
pub mod numbers;
pub mod people;
pub mod place_rows;
pub mod quick_phrases;
pub mod recording_comments;
pub mod recordings;
pub mod registrations;
pub mod report_rows;
pub mod rules;
pub mod satisfaction;
pub mod search;
pub mod second_factors;
pub mod segments;
pub mod sessions;
pub mod setting_versions;
pub mod setup;
pub mod shared_files;
pub mod sign_in_challenge;
pub mod staff_lines;
pub mod staff_rooms;
pub mod tags;
pub mod text_filters;
pub mod text_inboxes;
pub mod text_matters;
pub mod text_transfers;
pub mod texts;
pub mod ticket_types;
pub mod tickets;
pub mod track;
pub mod transcripts;
pub mod transfers;
pub mod trunk_legs;
pub mod turned_away;
pub mod unserved;
pub mod users;
pub mod visitors;

pub mod audit;
pub mod jobs;
pub mod journal;
pub mod leases;
pub mod outbox;
pub mod recovery;
pub mod routing;

pub use db::{Db, Tx};
pub use error::StoreError;
pub use folder::DataFolder;
pub use store::Store;
