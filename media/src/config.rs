//! Configuration of this room: section `[media]` of the configuration file.

use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Media threads; 0: one less than there are cores, at least one.
    pub shards: usize,
    /// First and last UDP port for RTP and RTCP. Each leg takes an even one and the next.
    pub ports: (u16, u16),
    /// First and last UDP port for browsers: each media thread takes the first that is free, for all its browsers. Thread
    /// `n` begins to look at the `n`-th.
    pub browser_ports: (u16, u16),
    /// Seconds without RTP after which a leg is reported silent.
    pub silent_after_s: u64,
    /// Seconds between RTCP reports of a leg.
    pub report_every_s: u64,
    /// Milliseconds for which ports rest after a leg (late packets of the old call must not enter a new one).
    pub quarantine_ms: u64,
    /// Commands a shard may have waiting; above it they are refused.
    pub commands: usize,
    /// Ask the system for real-time scheduling of the media threads.
    pub realtime: bool,
    /// DSCP of RTP and RTCP (46: EF, RFC 3246); failure to set it is ignored.
    pub dscp: u8,
    /// Speak G.722 or Opus with a telephone that names it first, though it is converted for everybody who does not. Else
    /// only where no G.711 is offered, or the other leg speaks it.
    pub wideband: bool,
    /// The interfaces of the house, by [`ringdesk_voice::InterfaceId`]; the server fills them from `[[interface]]`.
    #[serde(skip)]
    pub interfaces: Vec<Interface>,
}

/// Where the sound of an interface leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Local address of the sockets.
    pub bind: IpAddr,
    /// Address in descriptions; `None`: the local one.
    pub advertise: Option<IpAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            shards: 0,
            ports: (20_000, 29_999),
            browser_ports: (19_000, 19_999),
            silent_after_s: 20,
            report_every_s: 5,
            quarantine_ms: 5_000,
            commands: 4_096,
            realtime: true,
            dscp: 46,
            wideband: false,
            interfaces: Vec::new(),
        }
    }
}

/// What a call needs to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) silent_after: Duration,
    pub(crate) report_every: Duration,
    pub(crate) wideband: bool,
}

impl Config {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            silent_after: Duration::from_secs(self.silent_after_s.max(1)),
            report_every: Duration::from_secs(self.report_every_s.max(1)),
            wideband: self.wideband,
        }
    }

    /// Even ports of the range whose neighbour is in it too.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = u16> + use<> {
        let (first, last) = self.ports;
        (first..last).filter(|port| port % 2 == 0)
    }
}
