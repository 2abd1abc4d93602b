//! RTP (RFC 3550) by hand: the header, what arrives from one leg ([`inflow`]), what one leg is sent ([`outflow`]),
//! whose packets to believe ([`latch`]), and what keeps them to whom they are for ([`secure`]). Pure, but that new keys are
//! the system's randomness.

pub(crate) mod inflow;
pub(crate) mod latch;
pub(crate) mod outflow;
pub(crate) mod packet;
pub(crate) mod secure;

#[cfg(test)]
mod tests;
