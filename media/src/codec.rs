//! The codecs a leg may speak, and how sound passes from one to the other.
//!
//! Packets of one codec pass as they are, those of the two laws of G.711 through a table. Anything else is decoded,
//! mixed and encoded again ([`decoder`], [`encoder`]), which only `call/mix.rs` does.

pub(crate) mod decoder;
pub(crate) mod encoder;

use ringdesk_audio::g711;
use ringdesk_voice::Coding;

/// A codec of this house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Pcmu,
    Pcma,
    /// 64 kbit/s: 16 kHz sound, but an RTP clock of 8 kHz (RFC 3551 §4.5.2).
    G722,
    /// RTP clock of 48 kHz whatever the sound has (RFC 7587 §4.1).
    Opus,
}

impl Codec {
    pub(crate) const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    /// What we offer unasked, in this order: everybody has one of them, and it costs nothing between them.
    pub(crate) const G711: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

    pub(crate) fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// Static payload type (RFC 3551 §6).
    pub(crate) const fn payload_type(self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            Codec::Opus => None,
        }
    }

    /// Ticks of the RTP timestamp per second.
    pub(crate) const fn clock(self) -> u32 {
        match self {
            Codec::Opus => 48_000,
            _ => 8_000,
        }
    }

    /// As it stands in `rtpmap`; Opus always says two (RFC 7587 §7).
    pub(crate) const fn channels(self) -> u32 {
        match self {
            Codec::Opus => 2,
            _ => 1,
        }
    }

    /// More than the telephone's 3.4 kHz.
    pub(crate) const fn is_wide(self) -> bool {
        matches!(self, Codec::G722 | Codec::Opus)
    }

    /// A packet of this codec can be made one of that without a look at what was before.
    pub(crate) fn passes_to(self, to: Codec) -> bool {
        self == to || !self.is_wide() && !to.is_wide()
    }

    /// Ticks of sound in a payload; of one that makes no sense 20 ms.
    pub(crate) fn ticks(self, payload: &[u8]) -> u32 {
        match self {
            // One byte per tick: G.722 has two samples in it.
            Codec::Pcmu | Codec::Pcma | Codec::G722 => payload.len() as u32,
            Codec::Opus => {
                let samples = (!payload.is_empty()).then(|| opus::packet::get_nb_samples(payload, 48_000).ok());
                samples.flatten().map_or(960, |n| n as u32)
            }
        }
    }

    pub(crate) const fn coding(self) -> Coding {
        match self {
            Codec::Pcmu => Coding::Pcmu,
            Codec::Pcma => Coding::Pcma,
            Codec::G722 => Coding::G722,
            Codec::Opus => Coding::Opus,
        }
    }

    /// The law in which prompts are kept for it.
    pub(crate) const fn law(self) -> Codec {
        match self {
            Codec::Pcma => Codec::Pcma,
            _ => Codec::Pcmu,
        }
    }

    /// The byte that decodes to silence, in its law.
    pub(crate) const fn silence(self) -> u8 {
        match self.law() {
            Codec::Pcma => g711::ALAW_SILENCE,
            _ => g711::ULAW_SILENCE,
        }
    }

    /// In its law.
    pub(crate) fn encode(self, sample: i16) -> u8 {
        match self.law() {
            Codec::Pcma => g711::alaw_encode(sample),
            _ => g711::ulaw_encode(sample),
        }
    }

    /// In its law.
    pub(crate) fn decode(self, byte: u8) -> i16 {
        match self.law() {
            Codec::Pcma => g711::alaw_decode(byte),
            _ => g711::ulaw_decode(byte),
        }
    }

    /// The table that turns a byte of this codec into one of `to`; `None`: it is the same codec.
    pub(crate) fn table_to(self, to: Codec) -> Option<&'static [u8; 256]> {
        match (self, to) {
            (Codec::Pcmu, Codec::Pcma) => Some(&g711::ULAW_TO_ALAW),
            (Codec::Pcma, Codec::Pcmu) => Some(&g711::ALAW_TO_ULAW),
            _ => None,
        }
    }
}

/// What the other side's `fmtp` says about the Opus it wants (RFC 7587 §6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpusWish {
    /// It can use what a packet says about the one before.
    pub(crate) fec: bool,
    /// Nothing shall be sent while nobody speaks.
    pub(crate) dtx: bool,
    /// Bits per second, at most.
    pub(crate) bitrate: Option<u32>,
}

impl OpusWish {
    pub(crate) fn parse(fmtp: &str) -> OpusWish {
        let mut wish = OpusWish::default();
        for (name, value) in fmtp.split(';').filter_map(|p| p.trim().split_once('=')) {
            match (name.trim(), value.trim()) {
                ("useinbandfec", value) => wish.fec = value == "1",
                ("usedtx", value) => wish.dtx = value == "1",
                ("maxaveragebitrate", value) => wish.bitrate = value.parse().ok(),
                _ => {}
            }
        }
        wish
    }
}

#[cfg(test)]
mod tests;
