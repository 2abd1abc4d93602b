//! The gateway over real HTTP, on a real store and with the real routing; only calls and telephones are absent.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

mod gateway {
    mod alerts;
    mod attachments;
    mod browser;
    mod calls;
    mod challenges;
    mod contact_cards;
    mod contacts;
    mod conversations;
    mod desk;
    mod devices;
    mod door;
    mod events;
    mod flows;
    mod help_desk;
    mod inbox_states;
    mod inboxes;
    mod kept_places;
    mod left_messages;
    mod many_channels;
    mod mentors;
    mod notes;
    mod notices;
    mod passing;
    mod permissions;
    mod problems;
    mod promises;
    mod quick_phrases;
    mod recordings;
    mod reports;
    mod reviewing;
    mod routing;
    mod rules;
    mod satisfaction;
    mod search;
    mod second_factor;
    mod secure;
    mod segments;
    mod setting_history;
    mod shared_files;
    mod signing_in;
    mod slow;
    mod socket;
    mod staff;
    mod staff_rooms;
    mod text_limits;
    mod text_times;
    mod tickets;
    mod track;
    mod trunks;
    mod user_list;
    mod users;
    mod widget;
    mod widget_load;
    mod work;
    mod world;
}
