//! RTP (RFC 3550) by hand: the header, what arrives from one leg ([`inflow`]), what one leg is sent ([`outflow`]),
//! and whose packets to believe ([`latch`]). Pure.

pub(crate) mod inflow;
pub(crate) mod latch;
pub(crate) mod outflow;
pub(crate) mod packet;

#[cfg(test)]
mod tests;
