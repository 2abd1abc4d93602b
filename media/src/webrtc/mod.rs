//! A browser's leg: what stands between its packets and the call. [`ice`] answers the browser's checks and follows the path
//! it chooses, [`dtls`] shakes hands on it, and what comes out are the keys with which `rtp::secure` protects the sound.
//!
//! Not here: the sockets (one per shard, shared by all browsers: `shard/shared.rs`), SRTP, and the descriptions
//! (`sdp/browser.rs`).
//!
//! Reading order: [`stun`], [`ice`], [`certificate`], [`provider`], [`dtls`], then [`Browser`].

pub(crate) mod certificate;
pub(crate) mod dtls;
pub(crate) mod ice;
mod provider;
pub(crate) mod stun;

use crate::rtp::secure::Keys;
use certificate::{Fingerprint, Identity};
pub(crate) use dtls::{Failure, is_dtls};
use dtls::{Handshake, Step};
pub(crate) use ice::Path;
use ice::{Agent, Check, Credentials};
use ringdesk_model::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use stun::Request;
pub(crate) use stun::is_stun;

/// Checks with a wrong password that are looked into, per second; further ones only where they come from a known path.
const MOST_FORGED: u32 = 50;
/// A timer of the handshake that is further away is none: the handshake is over.
const SOON: Duration = Duration::from_secs(60);
/// Datagrams that wait to leave; a leg sends them at once.
const MOST_WAITING: usize = 64;

/// What the other side's description says of its half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// Changes when ICE is to begin anew (RFC 8839 §4.4.3).
    pub(crate) ufrag: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) setup: Setup,
}

/// Who begins the handshake (RFC 8842 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Active,
    Passive,
    /// Whichever the other side likes: offers say so.
    Either,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Send(Path, Vec<u8>),
    /// Names or paths by which it is reached have changed.
    Moved,
    /// Sound may be protected with these from now on.
    Keys(Keys),
    /// The handshake failed: there will be no sound.
    Failed(Failure),
}

/// What a datagram was, for the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The browser lives.
    Check,
    Handshake,
    /// Nothing that it should have sent.
    Nothing,
    Forged,
}

#[derive(Debug)]
pub(crate) struct Browser {
    agent: Agent,
    identity: Arc<Identity>,
    theirs: Option<Described>,
    /// We offered to begin ICE anew, and have no answer yet.
    offered: bool,
    /// We begin the handshake.
    active: bool,
    shake: Option<Box<dyn Handshake>>,
    /// A handshake that began before its description came.
    early: Option<(Path, Vec<u8>)>,
    forged: (Timestamp, u32),
    waiting: VecDeque<Output>,
}

impl Browser {
    pub(crate) fn new(identity: Arc<Identity>) -> Browser {
        Browser {
            agent: Agent::new(),
            identity,
            theirs: None,
            offered: false,
            active: false,
            shake: None,
            early: None,
            forged: (Timestamp(0), 0),
            // Its names are to be known.
            waiting: VecDeque::from([Output::Moved]),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.agent.local()
    }

    pub(crate) fn fingerprint(&self) -> &Fingerprint {
        &self.identity.fingerprint
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// What our answer says about the handshake.
    pub(crate) fn setup(&self) -> Setup {
        if self.active { Setup::Active } else { Setup::Passive }
    }

    /// The other side described itself; `offers`: it may choose to begin ICE anew, and we write our answer after this.
    pub(crate) fn describe(&mut self, theirs: Described, offers: bool, now: Timestamp) {
        let before = self.theirs.take();
        if offers {
            self.withdraw();
        }
        self.offered = false;
        if offers && before.as_ref().is_some_and(|b| b.ufrag != theirs.ufrag) {
            self.agent.restart();
            self.put(Output::Moved);
        }
        // RFC 8842 §5.5: another certificate is another association; the same goes on, whoever began it.
        if before.is_none_or(|b| b.fingerprint != theirs.fingerprint) {
            self.active = theirs.setup == Setup::Passive;
            self.shake = None;
            if !self.active {
                self.shake = Some(dtls::begin(&self.identity, theirs.fingerprint.clone(), false, now));
            }
        }
        self.theirs = Some(theirs);
        self.begin(now);
        if let Some((path, datagram)) = self.early.take() {
            self.handle_input(now, path, &datagram);
        }
    }

    /// We are about to make an offer. Of a leg that was described before we only ask again when it is to begin ICE anew; its
    /// answer has new names then (RFC 8839 §4.4.1.1.1).
    pub(crate) fn offers(&mut self) {
        if self.theirs.is_some() {
            self.withdraw();
            self.agent.restart();
            self.offered = true;
            self.put(Output::Moved);
        }
    }

    /// An offer of ours that had no answer is none.
    fn withdraw(&mut self) {
        if std::mem::take(&mut self.offered) {
            self.agent.withdraw();
            self.put(Output::Moved);
        }
    }

    /// A datagram that is no sound.
    pub(crate) fn handle_input(&mut self, now: Timestamp, path: Path, datagram: &[u8]) -> Heard {
        if is_stun(datagram) {
            return self.check(now, path, datagram);
        }
        if !is_dtls(datagram) || !self.agent.knows(path) {
            return Heard::Nothing;
        }
        if self.agent.used(path) {
            self.put(Output::Moved);
        }
        match &mut self.shake {
            Some(shake) => shake.handle_input(now, datagram),
            None => self.early = Some((path, datagram.to_vec())),
        }
        self.drain();
        Heard::Handshake
    }

    /// New sound of the browser's own came over this path. `true`: ours goes there from now on.
    pub(crate) fn spoke(&mut self, now: Timestamp, path: Path) -> bool {
        let switched = self.agent.spoke(now, path);
        if switched {
            self.put(Output::Moved);
        }
        switched
    }

    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        if let Some(shake) = self.shake.as_mut().filter(|s| s.poll_timeout().is_some_and(|due| due <= now)) {
            shake.handle_timeout(now);
            self.drain();
        }
    }

    pub(crate) fn poll_timeout(&self, now: Timestamp) -> Option<Timestamp> {
        self.shake.as_ref()?.poll_timeout().filter(|due| due.since(now) < SOON)
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.waiting.pop_front()
    }

    fn check(&mut self, now: Timestamp, path: Path, datagram: &[u8]) -> Heard {
        let (second, forged) = self.forged;
        let fresh = now.since(second) >= Duration::from_secs(1);
        if !fresh && forged >= MOST_FORGED && !self.agent.knows(path) {
            return Heard::Forged;
        }
        let Some(request) = Request::parse(datagram) else { return Heard::Nothing };
        match self.agent.check(now, path, &request) {
            Check::Good { answer, new, switched } => {
                self.put(Output::Send(path, answer));
                if new || switched {
                    self.put(Output::Moved);
                }
                self.begin(now);
                Heard::Check
            }
            Check::Refused { answer } => {
                self.put(Output::Send(path, answer));
                Heard::Check
            }
            Check::Forged => {
                self.forged = if fresh { (now, 1) } else { (second, forged + 1) };
                Heard::Forged
            }
        }
    }

    /// Begin the handshake where that is ours to do, as soon as there is a way.
    fn begin(&mut self, now: Timestamp) {
        let Some(theirs) = self.theirs.as_ref().filter(|_| self.active && self.shake.is_none()) else { return };
        if self.agent.selected().is_some() {
            self.shake = Some(dtls::begin(&self.identity, theirs.fingerprint.clone(), true, now));
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(step) = self.shake.as_mut().and_then(|s| s.poll_output()) {
            match step {
                Step::Send(datagram) => {
                    if let Some(path) = self.agent.selected() {
                        self.put(Output::Send(path, datagram));
                    }
                }
                Step::Keys(keys) => self.put(Output::Keys(keys)),
                Step::Failed(failure) => self.put(Output::Failed(failure)),
                // The leg ends by its call, or by its silence.
                Step::Closed => {}
            }
        }
    }

    fn put(&mut self, output: Output) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(output);
        }
    }
}
