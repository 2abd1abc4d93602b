//! Who may call and register: trunks by address, extensions by digest.
use super::headers::Name;
use super::input::Hop;
use super::setup::Setup;
use super::stack::{Inbound, Stack};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Destination, Origin};

pub(crate) struct Admission;

pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(Name, String)>,
}

impl Admission {
    pub(crate) fn new(_setup: &Setup, _seed: u64) -> Admission {
        Admission
    }
    pub(crate) fn hop_failed(&mut self, _stack: &mut Stack, _hop: &Hop) {}
    pub(crate) fn directory_changed(&mut self, _stack: &mut Stack) {}
    pub(crate) fn handle_timeout(&mut self, _stack: &mut Stack) {}
    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        None
    }
    pub(crate) fn register(&mut self, _stack: &mut Stack, _inbound: Inbound) -> Option<Refusal> {
        Some(Refusal { status: 403, fields: vec![] })
    }
    pub(crate) fn caller(&mut self, stack: &mut Stack, inbound: Inbound) -> Result<Origin, Refusal> {
        stack.directory.origin_of(inbound.source.remote.ip()).ok_or(Refusal { status: 407, fields: vec![] })
    }
    pub(crate) fn contacts(&self, _stack: &Stack, _user: &str) -> Vec<Destination> {
        vec![]
    }
}
