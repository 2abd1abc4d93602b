//! The server as users run it, with real telephones: scripted ones, SIPp, baresip. One file per subject.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

/// The store suite's PostgreSQL.
#[path = "../../../storage/tests/store/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a part of that suite, which also looks at its files")]
mod postgres;

mod interop {
    mod accounts;
    mod agents;
    mod api;
    mod baresip;
    mod browsers;
    mod calls;
    mod hearing;
    mod models;
    mod networks;
    mod odd_phones;
    mod odd_sound;
    mod outbound_by_agents;
    mod overload;
    mod processes;
    mod recording_care;
    mod recording_disk;
    mod recording_sound;
    mod recordings;
    mod restarts;
    mod rsipstack;
    mod secure_sound;
    mod sip_operations;
    mod sipp;
    mod supervisor;
    mod tls;
    mod transcripts;
    mod transfers;
    mod trunks;
    mod turn;
    mod voicemail;
    mod web_socket;
}
