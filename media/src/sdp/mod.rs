//! Session descriptions: offer and answer (RFC 3264) for one audio stream, from the state of our own leg.
//!
//! Reading is in [`read`], the two roles in [`negotiate`], keys in descriptions in [`sdes`]. No sockets, no clock; new keys
//! come from the system.

pub(crate) mod browser;
pub(crate) mod negotiate;
pub(crate) mod read;
pub(crate) mod sdes;

pub(crate) use negotiate::{Local, Remote};

/// Which way sound flows, seen from the side that wrote the attribute (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub(crate) fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
        [SendRecv, SendOnly, RecvOnly, Inactive].into_iter().find(|d| d.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    pub(crate) const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    pub(crate) const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}

#[cfg(test)]
mod tests;
