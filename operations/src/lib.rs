//! What people and programs may have done to the rows: one function per use case, one transaction each:
//! load → law → write → emit → enqueue.
//!
//! Every write takes the `Actor` and leaves its audit entry in its own transaction; every read takes the `Scope`. Whether
//! somebody holds the permission for a use case is asked at the door (the gateway), with [`SignedIn::grants`]; what they
//! see of it is decided by the scope, here. Running calls and queues are not changed here: they learn of changed rows
//! from the outbox, or from who called.
//!
//! Reading order: [`desk`] (`Operations`, what all use cases share), [`users`], [`staff`], [`user_list`], [`sessions`], [`challenges`], [`second_factor`], [`api_tokens`], [`demo`], [`demo_pack`], [`demo_helpers`], [`inboxes`], [`directory`],
//! [`floor`], [`floor_figures`], [`reports`], [`alerts`], [`help`], [`mentors`], [`call_record`] and [`journal`] (what calls leave), [`conversations`], [`contact_cards`], [`contact_files`], [`contact_identities`], [`contact_fields`], [`contact_merges`], [`contact_blocks`], [`contact_timeline`] and [`segments`] (who they are with), [`calendars`], [`rules`], [`dispositions`], [`texts`], [`text_transfers`], [`quick_phrases`], [`messages`], [`attachments`], [`shared_files`], [`clips`], [`text_inboxes`], [`visitors`] and [`track`] (what is written, and from where), [`staff_rooms`] and [`staff_lines`] (what staff write to each other), [`help_desk`] (what staff ask the house), [`visitor_calls`], [`notes`], [`notices`] (what staff are told at once), [`tags`], [`setting_history`] and [`used_by`], [`drafts`], [`recordings`], [`recording_links`], [`recording_rules`], [`recording_erasure`], [`recording_comments`], [`transcripts`], [`corrections`], [`callbacks`], [`kept_places`], [`place_hours`], [`promises`] and [`unserved`] (what the house owes), [`tickets`] and [`ticket_setup`], [`search`], [`trunks`] (numbers and operators), [`whom`] (what is dialled), [`jobs`], [`events`].

pub mod desk;
pub mod error;

pub mod api_tokens;
pub mod challenges;
pub mod demo;
pub mod demo_helpers;
pub mod demo_pack;
mod door;
pub mod founding;
pub mod second_factor;
pub mod secrets;
pub mod sessions;
pub mod staff;
pub mod user_list;
pub mod users;

pub mod alerts;
pub mod attachments;
pub mod devices;
pub mod dialling;
pub mod directory;
pub mod floor;
pub mod floor_figures;
pub mod inbox_setup;
pub mod inbox_states;
pub mod inboxes;

pub mod calendars;
pub mod call_record;
pub mod callbacks;
pub mod clips;
pub mod closure_pin;
pub mod contact_blocks;
pub mod contact_cards;
pub mod contact_fields;
pub mod contact_files;
pub mod contact_identities;
pub mod contact_merges;
pub mod contact_timeline;
pub mod conversations;
pub mod corrections;
pub mod dispositions;
mod documents;
pub mod drafts;
pub mod events;
pub mod filtered_texts;
pub mod go_live;
pub mod help;
pub mod help_desk;
pub mod jobs;
pub mod journal;
pub mod kept_places;
pub mod left_messages;
pub mod limits;
pub mod mentors;
pub mod messages;
pub mod notes;
pub mod notices;
pub mod origins;
pub mod people;
pub mod place_hours;
pub mod preferences;
pub mod promises;
pub mod prompts;
pub mod public_names;
pub mod queues;
pub mod quick_phrases;
pub mod recording_comments;
pub mod recording_erasure;
pub mod recording_links;
pub mod recording_rules;
pub mod recordings;
pub mod reports;
pub mod routing_setup;
pub mod rules;
pub mod satisfaction;
pub mod search;
pub mod segments;
pub mod setting_history;
pub mod shared_files;
pub mod staff_lines;
pub mod staff_rooms;
pub mod tags;
pub mod text_filters;
pub mod text_inboxes;
pub mod text_times;
pub mod text_transfers;
pub mod texts;
mod ticket_notices;
pub mod ticket_setup;
pub mod ticket_texts;
pub mod tickets;
pub mod track;
pub mod transcripts;
pub mod trunks;
pub mod turned_away;
pub mod unserved;
pub mod used_by;
pub mod visitor_calls;
pub mod visitors;
pub mod whom;

pub use call_record::{CallRecord, Opening};
pub use desk::Operations;
pub use error::OperationError;
pub use recording_links::AudioFormat;
pub use sessions::{Duty, LoggedIn, SessionLimits, SignedIn};
