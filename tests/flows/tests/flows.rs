//! Whole calls, one file per story.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

mod flows {
    mod called_first;
    mod queue;
    mod reconnect;
    mod scene;
    mod transfer;
    mod voicemail;
}
