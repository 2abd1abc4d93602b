//! The table of targets. A new one is a file here with a `run(&[u8])` and a line in [`TARGETS`].

pub mod bodies;
mod browser;
mod config;
mod digest;
mod dispositions;
mod endpoint;
mod flow;
mod media;
mod recording;
mod rtcp;
mod rtp;
mod sdp;
mod search;
mod sip;
mod speech;
mod stream;
mod stun;
mod users;
mod widget;

/// One thing that reads what others wrote.
pub struct Target {
    /// Of its corpus, its dictionary and `make fuzz T=…`.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
    /// No input is longer. What the reader itself refuses by length is tried beyond that length where it costs little.
    pub longest: usize,
}

pub const TARGETS: &[Target] = &[
    Target { name: "sip", run: sip::run, longest: 8_192 },
    Target { name: "endpoint", run: endpoint::run, longest: 8_192 },
    Target { name: "stream", run: stream::run, longest: 4_096 },
    Target { name: "digest", run: digest::run, longest: 2_048 },
    Target { name: "sdp", run: sdp::run, longest: 8_192 },
    Target { name: "rtp", run: rtp::run, longest: 4_096 },
    Target { name: "rtcp", run: rtcp::run, longest: 2_048 },
    Target { name: "stun", run: stun::run, longest: 256 },
    Target { name: "browser", run: browser::run, longest: 8_192 },
    Target { name: "flow", run: flow::run, longest: 8_192 },
    Target { name: "dispositions", run: dispositions::run, longest: 4_096 },
    Target { name: "search", run: search::run, longest: 1_024 },
    Target { name: "recording", run: recording::run, longest: 4_096 },
    Target { name: "config", run: config::run, longest: 8_192 },
    Target { name: "speech", run: speech::run, longest: 4_096 },
    Target { name: "users", run: users::run, longest: 8_192 },
    Target { name: "widget", run: widget::run, longest: 4_096 },
    Target { name: "bodies", run: bodies::run, longest: 8_192 },
];
