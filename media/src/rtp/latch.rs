//! Whose packets to believe. A telephone behind NAT sends from an address its description does not name, so the
//! address is learned; an attacker who guesses the port sends too, so it is not learned from just anything.
//!
//! The described address is believed at once. Another is learned after [`LEARN`] packets of one SSRC in a row, and
//! replaced when it was silent for [`SILENCE`] and the same stream arrives [`RELEARN`] times from one new address. The
//! described host at another port (its NAT or its media server chose it) is learned even while some other host is believed:
//! whoever was faster than the telephone does not keep its place.
//!
//! A port has been somebody else's before. The streams that were believed there last, from where they came, are never learned
//! again: a telephone that does not know yet that its call is over talks into nobody else's.

use ringdesk_model::Timestamp;
use std::net::SocketAddr;
use std::time::Duration;

const LEARN: u32 = 4;
const RELEARN: u32 = 8;
const SILENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(crate) struct Latch {
    departed: Vec<Departed>,
    described: Option<SocketAddr>,
    believed: Option<Believed>,
    candidate: Option<Candidate>,
}

/// The stream of a call that had these ports before.
pub(crate) type Departed = (SocketAddr, u32);

#[derive(Debug)]
struct Believed {
    address: SocketAddr,
    ssrc: u32,
    heard: Timestamp,
}

#[derive(Debug)]
struct Candidate {
    address: SocketAddr,
    ssrc: u32,
    count: u32,
}

impl Latch {
    /// A description names this address. A new one starts learning anew; the same keeps what was learned.
    pub(crate) fn describe(&mut self, address: Option<SocketAddr>) {
        if self.described != address {
            *self = Latch {
                departed: std::mem::take(&mut self.departed),
                described: address,
                believed: None,
                candidate: None,
            };
        }
    }

    /// These streams are of the calls that were here before.
    pub(crate) fn beware(&mut self, departed: Vec<Departed>) {
        self.departed = departed;
    }

    /// The stream that is believed.
    pub(crate) fn stream(&self) -> Option<Departed> {
        self.believed.as_ref().map(|believed| (believed.address, believed.ssrc))
    }

    /// Where to send.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.believed.as_ref().map(|b| b.address).or(self.described)
    }

    /// Is this packet the other side's?
    pub(crate) fn accept(&mut self, from: SocketAddr, ssrc: u32, now: Timestamp) -> bool {
        if let Some(believed) = self.believed.as_mut().filter(|b| b.address == from) {
            believed.ssrc = ssrc;
            believed.heard = now;
            self.candidate = None;
            return true;
        }
        if self.described == Some(from) {
            return self.believe(from, ssrc, now);
        }
        if self.departed.contains(&(from, ssrc)) {
            return false;
        }
        let home = |address: SocketAddr| self.described.is_some_and(|described| described.ip() == address.ip());
        let needed = match &self.believed {
            None => LEARN,
            Some(b) if home(from) && !home(b.address) => LEARN,
            Some(b) if b.ssrc == ssrc && now.since(b.heard) >= SILENCE => RELEARN,
            Some(_) => return false,
        };
        let count = match &mut self.candidate {
            Some(c) if c.address == from && c.ssrc == ssrc => {
                c.count += 1;
                c.count
            }
            other => {
                *other = Some(Candidate { address: from, ssrc, count: 1 });
                1
            }
        };
        count >= needed && self.believe(from, ssrc, now)
    }

    fn believe(&mut self, address: SocketAddr, ssrc: u32, now: Timestamp) -> bool {
        self.believed = Some(Believed { address, ssrc, heard: now });
        self.candidate = None;
        true
    }
}
