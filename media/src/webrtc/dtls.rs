//! The handshake (DTLS 1.2, RFC 6347) that gives both sides the keys for their sound (DTLS-SRTP, RFC 5764). The library
//! stands behind one trait, so that it can be replaced.

use super::certificate::{Fingerprint, Identity};
use super::provider::provider;
use crate::rtp::secure::{Keying, Keys, Suite};
use dimpl::{Config, Dtls, Output, SrtpProfile};
use ringdesk_model::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Larger than any datagram we send.
const DATAGRAM: usize = 1_500;
/// Answers that wait to be sent; a flight is four or five.
const MOST_WAITING: usize = 32;
/// From the first message to the last; the browser gives up sooner.
const PATIENCE: Duration = Duration::from_secs(30);

/// Is it DTLS, by its first byte (RFC 7983 §7)?
pub(crate) fn is_dtls(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(20..=63))
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    Keys(Keys),
    /// It is over: broken, too slow, or by somebody else than who was described.
    Failed(Failure),
    /// The other side said goodbye.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The certificate is not that of the description.
    Stranger,
    Handshake,
}

/// One side of a handshake.
pub(crate) trait Handshake: std::fmt::Debug + Send {
    fn handle_input(&mut self, now: Timestamp, datagram: &[u8]);
    fn handle_timeout(&mut self, now: Timestamp);
    fn poll_timeout(&self) -> Option<Timestamp>;
    fn poll_output(&mut self) -> Option<Step>;
}

#[allow(
    clippy::disallowed_methods,
    reason = "the library wants an instant to count from; ours is the same distance away from any"
)]
fn anchor() -> Instant {
    Instant::now()
}

/// Begin one. `active`: we speak first. `theirs`: nobody else's certificate will do.
pub(crate) fn begin(identity: &Identity, theirs: Fingerprint, active: bool, now: Timestamp) -> Box<dyn Handshake> {
    let clock = Clock { from: anchor(), at: now };
    let mut dtls = Dtls::new_12(config(), identity.certificate.clone(), clock.from);
    dtls.set_active(active);
    let mut shake =
        Shake { dtls, clock, theirs, active, proven: false, over: false, due: None, waiting: VecDeque::new() };
    if active {
        // Its first flight is made by its clock.
        shake.handle_timeout(now);
    }
    Box::new(shake)
}

fn config() -> Arc<Config> {
    static CONFIG: OnceLock<Arc<Config>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let config = Config::builder()
            .with_crypto_provider(provider())
            .mtu(1_200)
            // Who comes here has proven by STUN that its address is its own: what the cookie is for.
            .use_server_cookie(false)
            .require_client_certificate(true)
            .flight_start_rto(Duration::from_millis(250))
            .flight_retries(8)
            .handshake_timeout(PATIENCE)
            .build();
        Arc::new(config.expect("`ring` gives the known answers; a test asks for them"))
    });
    Arc::clone(config)
}

/// The library's time is the machine's; ours is what the shard says.
#[derive(Debug)]
struct Clock {
    from: Instant,
    at: Timestamp,
}

impl Clock {
    fn instant(&self, now: Timestamp) -> Instant {
        self.from + now.since(self.at)
    }

    fn timestamp(&self, then: Instant) -> Timestamp {
        self.at + then.saturating_duration_since(self.from)
    }
}

struct Shake {
    dtls: Dtls,
    clock: Clock,
    theirs: Fingerprint,
    active: bool,
    /// Its certificate was the right one.
    proven: bool,
    over: bool,
    due: Option<Timestamp>,
    waiting: VecDeque<Step>,
}

impl std::fmt::Debug for Shake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shake").field("proven", &self.proven).field("over", &self.over).finish_non_exhaustive()
    }
}

impl Shake {
    fn put(&mut self, step: Step) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back(step);
        }
    }

    fn fail(&mut self, failure: Failure) {
        if !std::mem::replace(&mut self.over, true) {
            self.waiting.clear();
            self.due = None;
            self.waiting.push_back(Step::Failed(failure));
        }
    }

    fn drain(&mut self) {
        let mut buffer = [0; DATAGRAM];
        while !self.over {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(datagram) => {
                    let step = Step::Send(datagram.to_vec());
                    self.put(step);
                }
                Output::PeerCert(certificate) => {
                    self.proven = self.theirs.is_of(certificate);
                    if !self.proven {
                        self.fail(Failure::Stranger);
                    }
                }
                Output::KeyingMaterial(material, profile) => {
                    // Never without who they are for.
                    match keys(&material, profile, self.active).filter(|_| self.proven) {
                        Some(keys) => self.put(Step::Keys(keys)),
                        None => self.fail(Failure::Handshake),
                    }
                }
                Output::CloseNotify => self.put(Step::Closed),
                Output::Timeout(then) => {
                    self.due = Some(self.clock.timestamp(then));
                    return;
                }
                Output::BufferTooSmall { .. } => return self.fail(Failure::Handshake),
                // Nothing that a leg needs.
                _ => {}
            }
        }
    }
}

impl Handshake for Shake {
    fn handle_input(&mut self, now: Timestamp, datagram: &[u8]) {
        if self.over {
            return;
        }
        let at = self.clock.instant(now);
        if self.dtls.handle_timeout(at).is_err() {
            return self.fail(Failure::Handshake);
        }
        self.drain();
        if !self.over && self.dtls.handle_packet(datagram).is_err() {
            return self.fail(Failure::Handshake);
        }
        self.drain();
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        if self.over {
            return;
        }
        let at = self.clock.instant(now);
        match self.dtls.handle_timeout(at) {
            Ok(()) => self.drain(),
            Err(_) => self.fail(Failure::Handshake),
        }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.due
    }

    fn poll_output(&mut self) -> Option<Step> {
        self.waiting.pop_front()
    }
}

/// RFC 5764 §4.2: client key, server key, client salt, server salt.
fn keys(material: &[u8], profile: SrtpProfile, active: bool) -> Option<Keys> {
    let (suite, key) = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => (Suite::AesCm128HmacSha1_80, 16),
        SrtpProfile::AEAD_AES_128_GCM => (Suite::AeadAes128Gcm, 16),
        SrtpProfile::AEAD_AES_256_GCM => (Suite::AeadAes256Gcm, 32),
        _ => return None,
    };
    let salt = suite.salt_length();
    let (keys, salts) = material.split_at_checked(2 * key).filter(|(_, salts)| salts.len() >= 2 * salt)?;
    let half = |n: usize| {
        let secret = [&keys[n * key..(n + 1) * key], &salts[n * salt..(n + 1) * salt]].concat();
        Keying::new(suite, &secret, 0)
    };
    let (client, server) = (half(0)?, half(1)?);
    let (send, receive) = if active { (client, server) } else { (server, client) };
    Some(Keys { receive, send })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_790_000_000_000_000);

    fn take(from: &mut Box<dyn Handshake>) -> (Vec<Vec<u8>>, Vec<Step>) {
        let (mut datagrams, mut steps) = (Vec::new(), Vec::new());
        while let Some(step) = from.poll_output() {
            match step {
                Step::Send(datagram) => datagrams.push(datagram),
                other => steps.push(other),
            }
        }
        (datagrams, steps)
    }

    /// Two sides talk until nobody says anything; `lose`: so many datagrams at the beginning.
    fn talk(mut a: Box<dyn Handshake>, mut b: Box<dyn Handshake>, mut lose: usize) -> (Vec<Step>, Vec<Step>) {
        let (mut told_a, mut told_b) = (Vec::new(), Vec::new());
        let mut now = AT;
        for _ in 0..400 {
            let (to_b, steps) = take(&mut a);
            told_a.extend(steps);
            let (to_a, steps) = take(&mut b);
            told_b.extend(steps);
            for (datagrams, side) in [(&to_b, &mut b), (&to_a, &mut a)] {
                for datagram in datagrams {
                    assert!(is_dtls(datagram));
                    if lose > 0 {
                        lose -= 1;
                    } else {
                        side.handle_input(now, datagram);
                    }
                }
            }
            if to_a.is_empty() && to_b.is_empty() {
                now += Duration::from_millis(100);
                for side in [&mut a, &mut b] {
                    if side.poll_timeout().is_some_and(|due| due <= now) {
                        side.handle_timeout(now);
                    }
                }
            }
        }
        (told_a, told_b)
    }

    /// Rows: S12.1
    #[test]
    fn both_sides_get_the_same_keys_even_if_the_first_datagrams_are_lost() {
        for lose in [0, 1, 3, 6] {
            let (us, them) = (Identity::new().unwrap(), Identity::new().unwrap());
            let browser = begin(&them, us.fingerprint.clone(), true, AT);
            let server = begin(&us, them.fingerprint.clone(), false, AT);
            let (a, b) = talk(browser, server, lose);
            let ([Step::Keys(a)], [Step::Keys(b)]) = (&a[..], &b[..]) else { panic!("{lose}: {a:?} {b:?}") };
            assert_eq!((&a.send, &a.receive), (&b.receive, &b.send));
            assert_ne!(a.send, a.receive);
        }
    }

    /// Rows: S12.1
    #[test]
    fn who_shows_another_certificate_than_described_gets_no_keys() {
        let (us, them, stranger) = (Identity::new().unwrap(), Identity::new().unwrap(), Identity::new().unwrap());
        let browser = begin(&stranger, us.fingerprint.clone(), true, AT);
        let server = begin(&us, them.fingerprint.clone(), false, AT);
        let (_, told) = talk(browser, server, 0);
        assert_eq!(told, [Step::Failed(Failure::Stranger)]);
    }

    #[test]
    fn noise_does_not_end_a_handshake() {
        let (us, them) = (Identity::new().unwrap(), Identity::new().unwrap());
        let browser = begin(&them, us.fingerprint.clone(), true, AT);
        let mut server = begin(&us, them.fingerprint.clone(), false, AT);
        for length in 0..200usize {
            let noise: Vec<u8> = (0..length).map(|n| (n * 37 + length) as u8 % 64).collect();
            server.handle_input(AT, &noise);
        }
        let (_, told) = talk(browser, server, 0);
        assert!(matches!(told[..], [Step::Keys(_)]), "{told:?}");
    }
}
