//! The gateway over real HTTP, on a real store and with the real routing; only calls and telephones are absent.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

mod gateway {
    mod conversations;
    mod desk;
    mod events;
    mod flows;
    mod inboxes;
    mod permissions;
    mod left_messages;
    mod problems;
    mod recordings;
    mod search;
    mod signing_in;
    mod socket;
    mod trunks;
    mod users;
    mod work;
    mod world;
}
