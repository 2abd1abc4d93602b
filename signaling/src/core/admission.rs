//! Who may call and register: trunks by address, extensions by digest.

use super::binding::Binding;
use super::digest::{Guard, Verdict};
use super::directory::{Directory, Extension};
use super::headers::Name;
use super::input::Hop;
use super::output::{Counter, Output, RegistrationChange};
use super::registrar::{Instance, Refused, Registrar, Request};
use super::setup::Setup;
use super::stack::{Inbound, Stack};
use super::throttle::{Standing, Throttle, Throttled, seconds_until};
use super::uri::Uri;
use ringdesk_model::Timestamp;
use ringdesk_voice::{Destination, Origin};
use std::collections::BTreeSet;
use std::net::IpAddr;

pub(crate) struct Admission {
    guard: Guard,
    throttle: Throttle,
    registrar: Registrar,
    /// When the next registration expires; asked for far more often than it changes.
    next_expiry: Option<Timestamp>,
    unregistered: Vec<String>,
}

/// Why credentials prove nobody.
enum Unproven {
    Challenge {
        stale: bool,
    },
    /// They were not looked at.
    NotBefore(Timestamp),
}

/// A final answer with its fields; also the 200 of a REGISTER.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(Name, String)>,
}

impl Refusal {
    fn plain(status: u16) -> Refusal {
        Refusal { status, fields: vec![] }
    }
}

impl Admission {
    pub(crate) fn new(setup: &Setup, seed: u64) -> Admission {
        Admission {
            guard: Guard::new(seed, setup.digest.clone()),
            throttle: Throttle::new(setup.throttle),
            registrar: Registrar::default(),
            next_expiry: None,
            unregistered: Vec::new(),
        }
    }

    pub(crate) fn hop_failed(&mut self, stack: &mut Stack, hop: &Hop) {
        let poorer = self.registrar.lose(hop);
        self.next_expiry = self.registrar.next_expiry();
        self.report(stack, poorer, RegistrationChange::Removed);
    }

    /// Who has left, or has another password, is not reached at the old place any more.
    pub(crate) fn directory_changed(&mut self, stack: &mut Stack, old: &Directory) {
        let new = stack.directory.clone();
        let changed = old.extensions().filter(|extension| new.extension(&extension.user) != Some(*extension));
        let poorer: Vec<String> =
            changed.filter(|extension| self.registrar.remove(&extension.user)).map(|e| e.user.clone()).collect();
        self.next_expiry = self.registrar.next_expiry();
        self.report(stack, poorer, RegistrationChange::Removed);
    }

    /// Take back contacts that were kept over a restart.
    pub(crate) fn restore(&mut self, stack: &mut Stack, bindings: Vec<Binding>) {
        let (now, setup, directory) = (stack.wire.now, stack.wire.setup.registrar, stack.directory.clone());
        let interfaces = stack.wire.setup.interfaces.len();
        let mut richer = BTreeSet::new();
        for binding in bindings {
            let proof = directory.extension(&binding.extension).map(Extension::proof);
            let known = proof.as_ref() == Some(binding.proof.reveal());
            let flow = binding.flow.reveal().parse::<Hop>();
            let extension = binding.extension.clone();
            if known
                && flow.is_ok_and(|hop| usize::from(hop.interface.0) < interfaces)
                && self.registrar.restore(now, &setup, binding)
            {
                richer.insert(extension);
            }
        }
        self.next_expiry = self.registrar.next_expiry();
        self.report(stack, richer, RegistrationChange::Added);
    }

    /// Every contact there is.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = Binding> {
        self.registrar.bindings()
    }

    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack) {
        self.throttle.handle_timeout(stack.wire.now);
        if self.next_expiry.is_none_or(|at| at > stack.wire.now) {
            return;
        }
        let poorer = self.registrar.expire(stack.wire.now);
        self.next_expiry = self.registrar.next_expiry();
        self.report(stack, poorer, RegistrationChange::Expired);
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let expiry = self.next_expiry.map(|at| (at, "a registration expires"));
        let forgiven = self.throttle.poll_timeout().map(|at| (at, "wrong passwords are forgotten"));
        [expiry, forgiven].into_iter().flatten().min()
    }

    /// Who has guessed too often.
    pub(crate) fn throttled(&self, now: Timestamp) -> Vec<Throttled> {
        self.throttle.throttled(now)
    }

    /// Everybody whose wrong passwords are counted.
    pub(crate) fn guessers(&self) -> usize {
        self.throttle.len()
    }

    pub(crate) fn lift(&mut self, extension: Option<&str>, address: Option<IpAddr>) -> usize {
        self.throttle.lift(extension, address)
    }

    /// Answer a REGISTER: a challenge, a refusal, or the 200 with every binding.
    pub(crate) fn register(&mut self, stack: &mut Stack, inbound: Inbound) -> Option<Refusal> {
        let now = stack.wire.now;
        let message = inbound.message;
        let user = match self.prove(stack, inbound, &Name::Authorization) {
            Ok(user) => user,
            Err(unproven) => return Some(self.refuse(stack, 401, Name::WwwAuthenticate, unproven)),
        };
        // An extension registers itself and nobody else.
        let to = message.to_addr().and_then(|a| Uri::parse(&a.uri).ok()?.user().map(|u| u.into_owned()));
        if to.as_deref() != Some(user.as_str()) {
            return Some(Refusal::plain(403));
        }
        let contacts: Vec<&str> = message.headers.all(&Name::Contact).collect();
        let proof = stack.directory.extension(&user).map(Extension::proof).unwrap_or_default();
        let request = Request {
            contacts,
            expires: message.expires(),
            call_id: message.call_id(),
            cseq: message.cseq().0,
            hop: inbound.source,
            proof: &proof,
        };
        let setup = stack.wire.setup.registrar;
        match self.registrar.register(now, &setup, &user, &request) {
            Ok(changed) => {
                self.next_expiry = self.registrar.next_expiry();
                if !request.contacts.is_empty() {
                    let change = match (changed.added, changed.removed) {
                        (true, _) => RegistrationChange::Added,
                        (false, true) => RegistrationChange::Removed,
                        (false, false) => RegistrationChange::Refreshed,
                    };
                    self.report(stack, vec![user.clone()], change);
                }
                let contacts = self.registrar.contacts(now, &user);
                let mut fields: Vec<_> = contacts.into_iter().map(|c| (Name::Contact, c)).collect();
                // RFC 5626 §6: it is reached over this flow.
                let flows = request.contacts.iter().any(|contact| contact.contains("reg-id"));
                if flows && message.headers.contains(&Name::Supported, "outbound") {
                    fields.push((Name::Require, "outbound".into()));
                }
                Some(Refusal { status: 200, fields })
            }
            Err(Refused::TooBrief(least)) => {
                Some(Refusal { status: 423, fields: vec![(Name::MinExpires, least.to_string())] })
            }
            Err(Refused::Malformed) => Some(Refusal::plain(400)),
            Err(Refused::OutOfOrder) => Some(Refusal::plain(500)),
            Err(Refused::TooMany) => Some(Refusal::plain(403)),
        }
    }

    /// Who calls: an extension proves itself, a trunk is known by its address, everybody else is challenged.
    pub(crate) fn caller(&mut self, stack: &mut Stack, inbound: Inbound) -> Result<Origin, Refusal> {
        let from = inbound.message.from_addr().and_then(|a| Uri::parse(&a.uri).ok()?.user().map(|u| u.into_owned()));
        let claims_extension = from.as_deref().is_some_and(|user| stack.directory.extension(user).is_some());
        if !claims_extension {
            let called = Uri::parse(inbound.message.uri()).ok();
            let called = called.as_ref().and_then(Uri::user).unwrap_or_default();
            if let Some(trunk) = stack.trunk_at(inbound.source.remote.ip(), &called) {
                return Ok(Origin::Trunk(trunk));
            }
        }
        match self.prove(stack, inbound, &Name::ProxyAuthorization) {
            // Nobody calls in the name of somebody else.
            Ok(user) if from.as_deref() != Some(user.as_str()) => {
                stack.count(Counter::Rejected);
                Err(Refusal::plain(403))
            }
            Ok(user) => Ok(Origin::Extension(user)),
            Err(unproven) => Err(self.refuse(stack, 407, Name::ProxyAuthenticate, unproven)),
        }
    }

    /// Who subscribes: an extension, and nobody else.
    pub(crate) fn subscriber(&mut self, stack: &mut Stack, inbound: Inbound) -> Result<String, Refusal> {
        let from = inbound.message.from_addr().and_then(|a| Uri::parse(&a.uri).ok()?.user().map(|u| u.into_owned()));
        match self.prove(stack, inbound, &Name::Authorization) {
            Ok(user) if from.as_deref() != Some(user.as_str()) => Err(Refusal::plain(403)),
            Ok(user) => Ok(user),
            Err(unproven) => Err(self.refuse(stack, 401, Name::WwwAuthenticate, unproven)),
        }
    }

    /// The extension that registered this contact there.
    pub(crate) fn extension_at(&self, contact: &str, hop: &Hop) -> Option<String> {
        self.registrar.extension_at(contact, hop)
    }

    /// Extensions that have lost their last contact since they were asked for.
    pub(crate) fn take_unregistered(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unregistered)
    }

    pub(crate) fn contacts(&self, stack: &Stack, user: &str) -> Vec<Destination> {
        self.registrar.destinations(stack.wire.now, &stack.wire.setup, user)
    }

    /// Where this device is registered now.
    pub(crate) fn destination(&self, stack: &Stack, device: &Instance) -> Option<Destination> {
        self.registrar.destination(stack.wire.now, &stack.wire.setup, device)
    }

    /// The device behind this connection: see [`Registrar::device_over`].
    pub(crate) fn device_over(&self, hop: &Hop, contact: Option<&str>, extension: Option<&str>) -> Option<Instance> {
        self.registrar.device_over(hop, contact, extension)
    }

    /// The extension that these credentials prove, or why they do not.
    fn prove(&mut self, stack: &mut Stack, inbound: Inbound, field: &Name) -> Result<String, Unproven> {
        let message = inbound.message;
        let method = message.method().map(|m| m.as_str().to_owned()).unwrap_or_default();
        let value = message.headers.get(field);
        let (now, source) = (stack.wire.now, inbound.source);
        let address = source.remote.ip();
        let (throttle, registrar) = (&mut self.throttle, &self.registrar);
        let mut not_before = None;
        let may_try = |user: &str| {
            not_before = throttle.check(now, user, address, registrar.standing(now, user, &source));
            not_before.is_none()
        };
        match self.guard.verify_if(now, &stack.directory, &method, message.uri(), value, may_try) {
            Verdict::Proven(user) => {
                // A refresh says nothing about another telephone at the same address that has a wrong password.
                if self.registrar.standing(now, &user, &source) != Standing::Registered {
                    self.throttle.proven(&user, address);
                }
                Ok(user)
            }
            Verdict::Challenge { stale } => {
                if value.is_some() && !stale {
                    stack.count(Counter::Unauthorised);
                }
                Err(Unproven::Challenge { stale })
            }
            Verdict::Replayed => {
                stack.count(Counter::Replayed);
                Err(Unproven::Challenge { stale: true })
            }
            Verdict::Wrong(user) => {
                stack.count(Counter::Unauthorised);
                let standing = self.registrar.standing(now, &user, &source);
                for throttled in self.throttle.failed(now, &user, address, standing) {
                    let known = standing != Standing::Stranger;
                    stack.wire.outputs.push_back(Output::Throttled { throttled, source, known });
                }
                Err(Unproven::Challenge { stale: false })
            }
            Verdict::NotNow => Err(Unproven::NotBefore(not_before.unwrap_or(now))),
        }
    }

    fn refuse(&mut self, stack: &mut Stack, status: u16, field: Name, unproven: Unproven) -> Refusal {
        match unproven {
            Unproven::Challenge { stale } => {
                stack.count(Counter::Challenged);
                let challenges = self.guard.challenges(stack.wire.now, stack.directory.realm(), stale);
                Refusal { status, fields: challenges.into_iter().map(|c| (field.clone(), c)).collect() }
            }
            // The same for who exists and who does not, for who is right and who is wrong.
            Unproven::NotBefore(at) => {
                stack.count(Counter::Throttled);
                let after = seconds_until(stack.wire.now, at).max(1);
                Refusal { status: 503, fields: vec![(Name::RetryAfter, after.to_string())] }
            }
        }
    }

    fn report(&mut self, stack: &mut Stack, extensions: impl IntoIterator<Item = String>, change: RegistrationChange) {
        for extension in extensions {
            let contacts = self.registrar.count(&extension);
            let bindings = self.registrar.bindings_of(&extension);
            if contacts == 0 {
                self.unregistered.push(extension.clone());
            }
            stack.wire.outputs.push_back(Output::Registration { extension, contacts, change, bindings });
        }
    }
}
