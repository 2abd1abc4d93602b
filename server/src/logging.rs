//! Structured logs. No personal data above DEBUG: it lives in `Pii` and does not print.

use crate::config::Log;
use tracing_subscriber::EnvFilter;

pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if log.json { builder.json().try_init() } else { builder.try_init() };
}
