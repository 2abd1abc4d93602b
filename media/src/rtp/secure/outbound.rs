//! What leaves protected: one stream with one SSRC, and its reports.

use super::Keying;
use super::cipher::{Cipher, Number, Purpose};
use super::window::Window;
use crate::rtp::packet::HEADER;

const ENCRYPTED: u32 = 0x8000_0000;
const RTCP_HEAD: usize = 8;
const INDEX: usize = 4;

pub(super) struct Outbound {
    rtp: Cipher,
    rtcp: Cipher,
    /// The stream's SSRC and its numbers so far: one that is used twice would give both packets away.
    stream: Option<(u32, Window)>,
    reports: u32,
}

impl Outbound {
    pub(super) fn new(keying: &Keying) -> Outbound {
        let (rtp, rtcp) = (Cipher::new(keying, Purpose::Rtp), Cipher::new(keying, Purpose::Rtcp));
        Outbound { rtp, rtcp, stream: None, reports: 0 }
    }

    /// A packet of ours has the fixed header alone.
    pub(super) fn rtp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        if length < HEADER || buffer.len() < length {
            return None;
        }
        let sequence = u16::from_be_bytes([buffer[2], buffer[3]]);
        let ssrc = u32::from_be_bytes([buffer[8], buffer[9], buffer[10], buffer[11]]);
        let index = match &self.stream {
            Some((known, window)) if *known == ssrc => {
                Some(window.whole(sequence)).filter(|index| window.admits(*index))?
            }
            _ => u64::from(sequence),
        };
        let rollovers = ((index >> 16) as u32).to_be_bytes();
        if !self.rtp.seal(buffer, HEADER, length, &rollovers, Number { ssrc, index }) {
            return None;
        }
        match &mut self.stream {
            Some((known, window)) if *known == ssrc => window.note(index),
            _ => self.stream = Some((ssrc, Window::new(index))),
        }
        Some(length + self.rtp.tag())
    }

    pub(super) fn rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let tag = self.rtcp.tag();
        if length < RTCP_HEAD || buffer.len() < length + INDEX + tag || self.reports >= ENCRYPTED - 1 {
            return None;
        }
        self.reports += 1;
        let ssrc = u32::from_be_bytes([buffer[4], buffer[5], buffer[6], buffer[7]]);
        let trailer = (ENCRYPTED | self.reports).to_be_bytes();
        let number = Number { ssrc, index: self.reports.into() };
        if !self.rtcp.seal(buffer, RTCP_HEAD, length, &trailer, number) {
            return None;
        }
        // RFC 3711 §3.4: index, tag; RFC 7714 §9.2: tag, index.
        let at = match &self.rtcp {
            Cipher::CounterMode { .. } => {
                buffer.copy_within(length..length + tag, length + INDEX);
                length
            }
            Cipher::Gcm { .. } => length + tag,
        };
        buffer[at..at + INDEX].copy_from_slice(&trailer);
        Some(length + INDEX + tag)
    }
}
