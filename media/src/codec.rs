//! The codecs a leg may speak, and how sound passes from one to the other.

use ringdesk_audio::g711;

/// A codec of this house. Both are 8 kHz, one byte per sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Pcmu,
    Pcma,
}

impl Codec {
    /// In the order in which we offer them.
    pub(crate) const ALL: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

    pub(crate) fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// Static payload type (RFC 3551 §6).
    pub(crate) const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The byte that decodes to silence.
    pub(crate) const fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => 0xff,
            Codec::Pcma => 0xd5,
        }
    }

    pub(crate) fn encode(self, sample: i16) -> u8 {
        match self {
            Codec::Pcmu => g711::ulaw_encode(sample),
            Codec::Pcma => g711::alaw_encode(sample),
        }
    }

    pub(crate) fn decode(self, byte: u8) -> i16 {
        match self {
            Codec::Pcmu => g711::ulaw_decode(byte),
            Codec::Pcma => g711::alaw_decode(byte),
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
