//! ICE, the lite side (RFC 8445 §2.5, §7.3): the browser checks the paths to us and chooses one; we answer what proves our
//! password and follow its choice, as often as it changes its mind. Nothing here ever gives up: a path that was silent for
//! minutes and is checked again is as good as ever.
//!
//! A browser says which path it chose (USE-CANDIDATE). When an address translator gives it another address in mid-call, Firefox
//! does not know and does not say so: its sound and its checks (RFC 7675) go on, and come by another path. So a path that has
//! fallen silent is left for one by which the browser is heard: at once for sound, which nobody else can make and which is good
//! once; after longer than a browser ever waits with its next check for a check alone.

use super::stun::Request;
use ring::rand::{SecureRandom, SystemRandom};
use ringdesk_model::Timestamp;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// A way to the browser: our socket, and its address as we see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    /// Which of the shard's shared sockets.
    pub(crate) socket: u16,
    pub(crate) remote: SocketAddr,
}

/// Paths that are remembered; a browser with a cable, two radios, IPv6 and a relay has about a dozen.
const MOST_PATHS: usize = 16;
/// Sound follows sound from another path when ours was silent for so long, as with telephones (`rtp/latch.rs`).
const SILENCE: Duration = Duration::from_secs(2);
/// The same for a check. RFC 7675 §5.1: the next one comes after four to six seconds.
const UNASKED: Duration = Duration::from_secs(7);
/// Checks that are known again when somebody sends a copy of one from elsewhere.
const MOST_CHECKS: usize = 64;
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
    /// When the browser was last heard by the selected path.
    heard: Timestamp,
    /// The newest checks, and by which path each came first.
    checks: VecDeque<([u8; 12], Path)>,
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
        Agent {
            local: Credentials::new(),
            before: None,
            paths: Vec::new(),
            selected: None,
            nominated: false,
            heard: Timestamp(0),
            checks: VecDeque::new(),
        }
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

    pub(crate) fn check(&mut self, now: Timestamp, path: Path, request: &Request) -> Check {
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
        if self.is_copy(path, request.transaction) {
            return Check::Good { answer: request.success(path.remote, &password), new: false, switched: false };
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
        let wait = if chosen || self.selected.is_none() { Duration::ZERO } else { UNASKED };
        let switched = self.follow(now, path, wait);
        if chosen && current {
            self.nominated = true;
            // What still comes by the old paths is as authentic as ever; who proves the old password is not heard any more.
            self.before = None;
        }
        Check::Good { answer: request.success(path.remote, &password), new, switched }
    }

    /// New sound came over this path, and only the browser can have made it. `true`: ours takes it, too, from now on.
    pub(crate) fn spoke(&mut self, now: Timestamp, path: Path) -> bool {
        self.knows(path) && self.follow(now, path, SILENCE)
    }

    /// The browser is heard by this path: leave the selected one for it if that was silent for so long.
    fn follow(&mut self, now: Timestamp, path: Path, silence: Duration) -> bool {
        let same = self.selected == Some(path);
        if !same && now.since(self.heard) < silence {
            return false;
        }
        self.selected = Some(path);
        self.heard = now;
        !same
    }

    /// A check that came by another path before: whoever sends it need not know the password. Each check has a number of its own.
    fn is_copy(&mut self, path: Path, transaction: [u8; 12]) -> bool {
        if let Some((_, first)) = self.checks.iter().find(|(known, _)| *known == transaction) {
            return *first != path;
        }
        if self.checks.len() >= MOST_CHECKS {
            self.checks.pop_front();
        }
        self.checks.push_back((transaction, path));
        false
    }

    /// A handshake came over this path. Until the browser has chosen, its answer goes there, too; `true`: it did not before.
    pub(crate) fn used(&mut self, path: Path) -> bool {
        let switched = !self.nominated && self.knows(path) && self.selected != Some(path);
        if switched {
            self.selected = Some(path);
        }
        switched
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

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn bytes(by: &Credentials, nominate: bool) -> Vec<u8> {
        let mut transaction = [0; 12];
        SystemRandom::new().fill(&mut transaction).unwrap();
        stun::request(&format!("{}:them", by.ufrag), &by.password, transaction, nominate)
    }

    fn check_at(agent: &mut Agent, ms: i64, by: &Credentials, n: u8, nominate: bool) -> Check {
        agent.check(at(ms), path(n), &Request::parse(&bytes(by, nominate)).unwrap())
    }

    fn check(agent: &mut Agent, by: &Credentials, n: u8, nominate: bool) -> Check {
        check_at(agent, 0, by, n, nominate)
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
        assert!(!agent.used(path(2)));
        assert_eq!(agent.selected(), Some(path(3)), "who has chosen is asked before anything else");
        assert_eq!(good(&check(&mut agent, &ours, 1, true)), (false, true));
    }

    #[test]
    fn a_handshake_is_answered_where_it_came_from_until_the_browser_chooses() {
        let mut agent = Agent::new();
        let ours = agent.local().clone();
        check(&mut agent, &ours, 1, false);
        check(&mut agent, &ours, 2, false);
        assert!(agent.used(path(2)) && !agent.used(path(2)) && !agent.used(path(3)));
        assert_eq!(good(&check(&mut agent, &ours, 2, true)), (false, false), "sound goes there already");
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

    /// An agent who talks by the first path, which is chosen.
    fn talking() -> (Agent, Credentials) {
        let mut agent = Agent::new();
        let ours = agent.local().clone();
        check(&mut agent, &ours, 1, true);
        assert!(!agent.spoke(at(0), path(1)));
        (agent, ours)
    }

    /// An address translator began anew; Firefox goes on and says nothing of it.
    ///
    /// Rows: S7.28, V2
    #[test]
    fn sound_from_another_path_is_followed_when_ours_is_silent() {
        let (mut agent, ours) = talking();
        assert_eq!(good(&check_at(&mut agent, 1_000, &ours, 2, false)), (true, false));
        assert!(!agent.spoke(at(1_020), path(2)), "ours may still be heard");
        assert!(agent.spoke(at(2_000), path(2)));
        assert_eq!(agent.selected(), Some(path(2)));
        assert!(!agent.spoke(at(2_020), path(2)), "it was followed before");
        // A page that says nothing is followed by its checks, which come every four to six seconds.
        assert_eq!(good(&check_at(&mut agent, 9_019, &ours, 3, false)), (true, false));
        assert_eq!(good(&check_at(&mut agent, 9_020, &ours, 3, false)), (false, true));
    }

    #[test]
    fn two_paths_that_live_do_not_take_sound_from_each_other() {
        let (mut agent, ours) = talking();
        for ms in (0..60_000).step_by(20) {
            assert!(!agent.spoke(at(ms), path(1)));
            // A spare one is looked after; a straggler comes by it.
            if ms % 2_500 == 0 {
                assert!(!good(&check_at(&mut agent, ms, &ours, 2, false)).1);
                assert!(!agent.spoke(at(ms), path(2)));
            }
        }
        // A page that says nothing asks by both.
        for ms in (60_000..120_000).step_by(6_000) {
            assert!(!good(&check_at(&mut agent, ms, &ours, 1, false)).1);
            assert!(!good(&check_at(&mut agent, ms + 5_900, &ours, 2, false)).1);
        }
        assert_eq!(agent.selected(), Some(path(1)));
    }

    /// What was seen on the wire is sent again from elsewhere, long after the browser fell silent.
    #[test]
    fn a_copy_of_a_check_moves_nothing() {
        let (mut agent, ours) = talking();
        for nominate in [true, false] {
            let seen = bytes(&ours, nominate);
            let seen = Request::parse(&seen).unwrap();
            agent.check(at(100), path(1), &seen);
            assert_eq!(good(&agent.check(at(20_000), path(9), &seen)), (false, false));
            assert!(!agent.knows(path(9)) && !agent.spoke(at(20_000), path(9)));
            assert_eq!(good(&agent.check(at(200), path(1), &seen)), (false, false), "asked again, as browsers do");
        }
        let mut forged = ours.clone();
        forged.password.make_ascii_lowercase();
        assert_eq!(check_at(&mut agent, 20_000, &forged, 9, false), Check::Forged);
        assert_eq!(agent.selected(), Some(path(1)));
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
