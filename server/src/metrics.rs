//! `/metrics`: what the rooms count, in Prometheus' text format, without a word about persons.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The recorder of this process; a second house in one process (tests) shares it.
pub(crate) fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            let _ = metrics::set_global_recorder(recorder); // once per process
            metrics::describe_counter!(
                "routing_stuck_total",
                "work items or agents the reconciler had to free; must stay 0"
            );
            metrics::describe_counter!("stuck_total", "the same, and calls the watchdog had to end; must stay 0");
            metrics::counter!("routing_stuck_total").absolute(0);
            metrics::counter!("stuck_total").absolute(0);
            handle
        })
        .clone()
}

/// Append the figures of media. Inside the room they have short names; outside they say whose they are.
pub(crate) fn append_media(text: &mut String, figures: &[(&'static str, u64)]) {
    const GAUGES: [&str; 9] = [
        "calls_open",
        "legs_open",
        "legs_mixed",
        "ports_in_quarantine",
        "events_waiting",
        "commands_waiting",
        "shards",
        "shelf_bytes",
        "behind_ms",
    ];
    for (name, value) in figures {
        let (kind, end) = if GAUGES.contains(name) { ("gauge", "") } else { ("counter", "_total") };
        let _ = write!(text, "# TYPE media_{name}{end} {kind}\nmedia_{name}{end} {value}\n");
    }
}

/// Append figures a room counts itself. `_total` names are counters, the rest gauges.
pub(crate) fn append(text: &mut String, figures: &[(&'static str, u64)]) {
    for (name, value) in figures {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        let _ = write!(text, "# TYPE {name} {kind}\n{name} {value}\n"); // a String takes everything
    }
}
