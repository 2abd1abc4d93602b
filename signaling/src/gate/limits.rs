//! Who is limited, and the line that says so.
//!
//! The line is for programs that ban addresses (fail2ban), so its form is kept: target `ringdesk_signaling::limits`, message
//! `limited`, and the fields `source`, `transport`, `reason`, `known`, in this order; `extension` last, where there is one,
//! as a keyed hash that a restart changes. `known=true`: a telephone is registered at that address, or it is a trunk's, or it
//! has calls; nobody may ban it. Which reason proves what is told in docs/hardening.md.

use crate::core::input::Hop;
use ringdesk_model::Timestamp;
use std::net::IpAddr;
use std::time::Duration;

pub(crate) const TARGET: &str = "ringdesk_signaling::limits";
/// Lines in a second, at most; a flood has ten thousand addresses.
const LINES: u32 = 20;
/// Who is still limited is said again after this.
pub(crate) const AGAIN: Duration = Duration::from_secs(60);

/// Why somebody is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Too many wrong passwords.
    Guessing,
    /// More messages than a stranger may send.
    Flood,
    /// More connections than a source may have.
    Connections,
    /// All strangers together sent more than they may.
    Strangers,
}

impl Limit {
    pub const fn as_str(self) -> &'static str {
        match self {
            Limit::Guessing => "guessing",
            Limit::Flood => "flood",
            Limit::Connections => "connections",
            Limit::Strangers => "strangers",
        }
    }
}

/// Somebody who is limited now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    pub limit: Limit,
    /// `None`: wherever it comes from. Of IPv6 the network (/64).
    pub address: Option<IpAddr>,
    /// `None`: whatever it tries.
    pub extension: Option<String>,
    pub since: Timestamp,
    /// When it is over by itself, if nothing more comes.
    pub until: Option<Timestamp>,
    /// What was refused or dropped meanwhile.
    pub refused: u64,
    /// A telephone is registered there, or it is a trunk's address, or it has calls.
    pub known: bool,
}

/// Says who is limited, and not more often than is good for a log.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    second: i64,
    told: u32,
}

impl Lines {
    /// True: it was said.
    pub(crate) fn tell(
        &mut self,
        now: Timestamp,
        hop: &Hop,
        limit: Limit,
        known: bool,
        extension: Option<&str>,
    ) -> bool {
        let second = now.as_millis().div_euclid(1_000);
        if second != self.second {
            (self.second, self.told) = (second, 0);
        }
        if self.told >= LINES {
            return false;
        }
        self.told += 1;
        let (source, transport, reason) = (hop.remote.ip().to_canonical(), hop.transport.as_str(), limit.as_str());
        match extension {
            Some(extension) => {
                tracing::warn!(target: TARGET, %source, %transport, %reason, known, %extension, "limited");
            }
            None => tracing::warn!(target: TARGET, %source, %transport, %reason, known, "limited"),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_is_cut() {
        let hop = "udp/0/192.0.2.1:5060".parse().unwrap();
        let mut lines = Lines::default();
        let mut tell = |ms: i64| lines.tell(Timestamp::from_millis(ms), &hop, Limit::Flood, false, None);
        assert_eq!((0..100).filter(|_| tell(1_500)).count(), LINES as usize);
        assert!(tell(2_000));
    }
}
