//! Structured logs. No personal data above DEBUG: it lives in `Pii` and does not print.

use crate::config::Log;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for people; a file, a journal and what reads them get plain lines.
    let ansi = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    // A second start in one process (tests) keeps the first.
    let _ = if log.json { builder.json().try_init() } else { builder.try_init() };
}
