//! The search: libFuzzer around one target, which `RINGDESK_FUZZ` names. Built by `make fuzz` only, with the compiler's
//! instrumentation for coverage.

#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls functions by their C names")]

use libfuzzer_sys::fuzz_target;
use ringdesk_fuzz::{TARGETS, Target};
use std::sync::OnceLock;

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fn choose() -> &'static Target {
    // A house in this process starts the program it is for the recognition of speech.
    if std::env::args().nth(1).as_deref() == Some("asr-worker") {
        let ended = ringdesk_asr::worker_main(std::io::stdin(), std::io::stdout());
        std::process::exit(i32::from(ended.is_err()));
    }
    let wanted = std::env::var("RINGDESK_FUZZ").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let found = TARGETS.iter().find(|target| target.name == wanted);
    found.unwrap_or_else(|| panic!("RINGDESK_FUZZ={wanted:?} is none of {}", names.join(" ")))
}

fuzz_target!(init: { CHOSEN.get_or_init(choose); }, |bytes: &[u8]| (CHOSEN.get_or_init(choose).run)(bytes));
