//! ICE, the lite side (RFC 8445 §2.5, §7.3): the browser checks the paths to us and chooses one; we answer what proves our
//! password and follow its choice, as often as it changes its mind. Nothing here ever gives up: a path that was silent for
//! minutes and is checked again is as good as ever.

use super::stun::Request;
use ring::rand::{SecureRandom, SystemRandom};
use std::net::SocketAddr;

/// A way to the browser: our socket, and its address as we see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    /// Which of the shard's shared sockets.
    pub(crate) socket: u16,
    pub(crate) remote: SocketAddr,
}

/// Paths that are remembered; a browser with a cable, two radios, IPv6 and a relay has about a dozen.
const MOST_PATHS: usize = 16;
/// RFC 8839 §5.4: at least 24 and 128 bits; six of them in a letter.
const UFRAG: usize = 8;
const PASSWORD: usize = 24;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What one side calls itself, and the secret of who talks to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.ufrag)
    }
}

impl Credentials {
    pub(crate) fn new() -> Credentials {
        Credentials { ufrag: letters(UFRAG), password: letters(PASSWORD) }
    }
}

fn letters(count: usize) -> String {
    let mut bytes = vec![0; count];
    SystemRandom::new().fill(&mut bytes).expect("the system has randomness; ring reads it at the first use or never");
    bytes.iter().map(|b| char::from(LETTERS[usize::from(b % 64)])).collect()
}

#[derive(Debug)]
pub(crate) struct Agent {
    local: Credentials,
    /// Of before a restart: valid until a path was chosen with the new (RFC 8445 §9.3.1.2).
    before: Option<Credentials>,
    /// Paths on which somebody knew our password, the newest last.
    paths: Vec<Path>,
    selected: Option<Path>,
    nominated: bool,
}

/// What a check was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Answer it. `new`: this path was not known; `switched`: sound takes it from now on.
    Good { answer: Vec<u8>, new: bool, switched: bool },
    /// In order, but it cannot be done: answer so.
    Refused { answer: Vec<u8> },
    /// By somebody who does not know the password: not worth an answer.
    Forged,
}

impl Agent {
    pub(crate) fn new() -> Agent {
        Agent { local: Credentials::new(), before: None, paths: Vec::new(), selected: None, nominated: false }
    }

    pub(crate) fn local(&self) -> &Credentials {
        &self.local
    }

    /// Where to send; `None`: no path was proven yet.
    pub(crate) fn selected(&self) -> Option<Path> {
        self.selected
    }

    pub(crate) fn knows(&self, path: Path) -> bool {
        self.paths.contains(&path)
    }

    /// New names for a new beginning; sound goes on where it went until a new path is chosen.
    pub(crate) fn restart(&mut self) {
        self.before = Some(std::mem::replace(&mut self.local, Credentials::new()));
        self.nominated = false;
    }

    /// Nobody answered our offer to begin anew: the names of before are the names.
    pub(crate) fn withdraw(&mut self) {
        if let Some(before) = self.before.take() {
            self.local = before;
            self.nominated = true;
        }
    }

    pub(crate) fn check(&mut self, path: Path, request: &Request) -> Check {
        let names = [Some(&self.local), self.before.as_ref()];
        let named = names.into_iter().flatten().find(|c| request.ufrag() == Some(&c.ufrag));
        let Some(Credentials { ufrag, password }) = named.filter(|c| request.is_by(&c.password)).cloned() else {
            return Check::Forged;
        };
        if !request.unknown.is_empty() {
            return Check::Refused { answer: request.not_understood(&password) };
        }
        if request.controlled {
            return Check::Refused { answer: request.role_conflict(&password) };
        }
        let new = !self.knows(path);
        if new {
            if self.paths.len() >= MOST_PATHS {
                let oldest = self.paths.iter().position(|p| Some(*p) != self.selected).unwrap_or(0);
                self.paths.remove(oldest);
            }
            self.paths.push(path);
        }
        let current = ufrag == self.local.ufrag;
        // By the old names, too: sound follows the browser as long as it has not begun anew.
        let chosen = request.use_candidate;
        // Before the first choice the first path will do: its first packets need not be lost.
        let switched = (chosen || self.selected.is_none()) && self.selected != Some(path);
        if switched {
            self.selected = Some(path);
        }
        if chosen && current {
            self.nominated = true;
            // What still comes by the old paths is as authentic as ever; who proves the old password is not heard any more.
            self.before = None;
        }
        Check::Good { answer: request.success(path.remote, &password), new, switched }
    }

    /// A handshake came over this path. Until the browser has chosen, its answer goes there, too.
    pub(crate) fn used(&mut self, path: Path) {
        if !self.nominated && self.knows(path) {
            self.selected = Some(path);
        }
    }

    /// Paths that are known, for who sorts packets to legs.
    pub(crate) fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// Our names, the old ones too while they are good.
    pub(crate) fn ufrags(&self) -> impl Iterator<Item = &str> {
        [Some(&self.local), self.before.as_ref()].into_iter().flatten().map(|c| c.ufrag.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::stun;
    use super::*;

    fn path(n: u8) -> Path {
        Path { socket: 0, remote: SocketAddr::from(([192, 0, 2, n], 4000)) }
    }

    fn check(agent: &mut Agent, by: &Credentials, n: u8, nominate: bool) -> Check {
        let bytes = stun::request(&format!("{}:them", by.ufrag), &by.password, [n; 12], nominate);
        agent.check(path(n), &Request::parse(&bytes).unwrap())
    }

    fn good(check: &Check) -> (bool, bool) {
        match check {
            Check::Good { new, switched, .. } => (*new, *switched),
            other => panic!("{other:?}"),
        }
    }

    /// Rows: V2
    #[test]
    fn the_browser_chooses_and_may_choose_again() {
        let mut agent = Agent::new();
        let ours = agent.local().clone();
        assert_eq!(good(&check(&mut agent, &ours, 1, false)), (true, true), "the first path, until one is chosen");
        assert_eq!(good(&check(&mut agent, &ours, 2, false)), (true, false));
        assert_eq!(good(&check(&mut agent, &ours, 2, true)), (false, true));
        assert_eq!(good(&check(&mut agent, &ours, 2, true)), (false, false));
        // From Wi-Fi to LTE, and back, an hour later.
        assert_eq!(good(&check(&mut agent, &ours, 3, true)), (true, true));
        assert_eq!(agent.selected(), Some(path(3)));
        agent.used(path(2));
        assert_eq!(agent.selected(), Some(path(3)), "who has chosen is asked before anything else");
        assert_eq!(good(&check(&mut agent, &ours, 1, true)), (false, true));
    }

    #[test]
    fn who_does_not_know_the_password_changes_nothing() {
        let mut agent = Agent::new();
        let mut forged = agent.local().clone();
        forged.password.make_ascii_lowercase();
        assert_eq!(check(&mut agent, &forged, 1, true), Check::Forged);
        let stranger = Credentials::new();
        assert_eq!(check(&mut agent, &stranger, 1, true), Check::Forged);
        assert_eq!(agent.selected(), None);
    }

    /// Rows: V2
    #[test]
    fn after_a_restart_the_old_path_serves_until_the_new_is_chosen() {
        let mut agent = Agent::new();
        let old = agent.local().clone();
        check(&mut agent, &old, 1, true);
        agent.restart();
        let new = agent.local().clone();
        assert_ne!(old, new);
        assert_eq!(good(&check(&mut agent, &old, 1, true)), (false, false), "still asked on the old one");
        assert_eq!(good(&check(&mut agent, &new, 2, false)), (true, false));
        assert_eq!(agent.selected(), Some(path(1)));
        assert_eq!(good(&check(&mut agent, &new, 2, true)), (false, true));
        assert_eq!((agent.selected(), agent.paths().len()), (Some(path(2)), 2));
        assert_eq!(check(&mut agent, &old, 1, true), Check::Forged, "the old names are gone");
    }

    /// Nobody answered our offer to begin anew: the browser goes on as it was, and may still change its path.
    #[test]
    fn a_beginning_that_is_not_answered_changes_nothing() {
        let mut agent = Agent::new();
        let old = agent.local().clone();
        check(&mut agent, &old, 1, true);
        agent.restart();
        let refused = agent.local().clone();
        assert_eq!(good(&check(&mut agent, &old, 2, true)), (true, true));
        agent.withdraw();
        assert_eq!(check(&mut agent, &refused, 3, true), Check::Forged);
        assert_eq!(agent.local(), &old);
        assert_eq!(good(&check(&mut agent, &old, 3, true)), (true, true));
        agent.withdraw();
        assert_eq!(agent.local(), &old);
    }

    #[test]
    fn paths_are_bounded_and_the_one_in_use_is_kept() {
        let mut agent = Agent::new();
        let ours = agent.local().clone();
        check(&mut agent, &ours, 1, true);
        for n in 2..60 {
            check(&mut agent, &ours, n, false);
        }
        assert_eq!(agent.paths().len(), MOST_PATHS);
        assert!(agent.knows(path(1)));
    }
}
