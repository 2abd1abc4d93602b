//! What was seen of a centre. `None` everywhere: nobody could look.

use ringdesk_model::Timestamp;
use std::net::IpAddr;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub certificate: Option<CertificateFacts>,
    pub interfaces: Vec<InterfaceFacts>,
    /// When sound last came from elsewhere than this machine while ours went there.
    pub sound_both_ways: Option<Timestamp>,
    pub trunks: Vec<TrunkFacts>,
    /// Extensions of telephones that encrypt their sound and tell its keys to anybody on the way.
    pub telephones_in_clear: Option<Vec<String>>,
    /// The system says that its clock follows others.
    pub clock_follows: Option<bool>,
    /// Free bytes where the data lies.
    pub disk_free: Option<u64>,
    /// What recordings took on an average day of late.
    pub disk_a_day: Option<u64>,
    /// This version makes backups, and when the last one was made.
    pub backup: Option<Option<Timestamp>>,
    pub recognisers: Vec<Recogniser>,
    pub inboxes: Vec<InboxFacts>,
    /// Whether a calendar has special days in the year ahead; `None`: nobody looked.
    pub holidays: Option<bool>,
    pub queue_steps: Vec<QueueStepFacts>,
    pub admins: Vec<AdminFacts>,
    /// The demonstration's people and numbers are there.
    pub demo: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CertificateFacts {
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// By the house's own authority, which people have to install.
    pub own: bool,
    /// It is renewed without anybody's help.
    pub renewed: bool,
    /// What an authority said at last, if it gave none.
    pub failing: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InterfaceFacts {
    pub name: String,
    pub bound: IpAddr,
    /// What others are told in its place.
    pub advertised: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TrunkFacts {
    pub name: String,
    /// Calls can go out over it: it has a host.
    pub dials: bool,
    pub up: Option<bool>,
    /// `None`: it wants no registration.
    pub registered: Option<bool>,
    /// Its sound is encrypted, and anybody on the way reads the keys.
    pub keys_in_clear: bool,
    /// The last call over it that was answered.
    pub came: Option<Timestamp>,
    pub went: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Recogniser {
    /// `en`, `zh-CN`.
    pub language: String,
    /// A number of this centre is answered in it.
    pub used: bool,
    pub engines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InboxFacts {
    pub name: String,
    pub records: bool,
    /// Its flow says so before anybody talks.
    pub announces: bool,
}

/// A step of a flow in which callers wait.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStepFacts {
    pub flow: String,
    pub step: String,
    /// It says what becomes of a caller when nobody works.
    pub has_way_out: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AdminFacts {
    pub login: String,
    pub second_factor: bool,
}
