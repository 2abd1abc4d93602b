//! The server as users run it, with real telephones: scripted ones, SIPp, baresip. One file per subject.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

/// The store suite's PostgreSQL.
#[path = "../../../storage/tests/store/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a part of that suite, which also looks at its files")]
mod postgres;

mod interop {
    mod accounts;
    mod acme;
    mod agents;
    mod api;
    mod bad_input;
    mod bad_lines;
    mod baresip;
    mod browser_returns;
    mod browsers;
    mod call_rules;
    mod calls;
    mod clips;
    mod closing;
    mod conferences;
    mod connectors;
    mod demo_pack;
    mod devices;
    mod direct_calls;
    mod feature_codes;
    mod go_live;
    mod hearing;
    mod kept_out;
    mod kept_places;
    mod mailbox;
    mod models;
    mod networks;
    mod number_regions;
    mod odd_phones;
    mod odd_sound;
    mod opus_adapts;
    mod outbound_by_agents;
    mod overload;
    mod own_calls;
    mod packet_times;
    mod processes;
    mod promises;
    mod prompts;
    mod recording_care;
    mod recording_disk;
    mod recording_sound;
    mod recordings;
    mod restarts;
    mod routing;
    mod rsipstack;
    mod secure_sound;
    mod sip_operations;
    mod sipp;
    mod sound_quality;
    mod spoken_words;
    mod supervisor;
    mod surveys;
    mod text_passing;
    mod texts;
    mod tls;
    mod transcripts;
    mod transfers;
    mod transfers_astray;
    mod trunk_faults;
    mod trunk_lines;
    mod trunks;
    mod turn;
    mod voicemail;
    mod web_socket;
    mod widget;
    mod widget_calls;
}
