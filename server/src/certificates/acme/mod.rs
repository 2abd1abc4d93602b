//! Certificates from an authority that gives them by itself (ACME, RFC 8555), a public one such as Let's Encrypt for instance.
//!
//! Nothing waits for it: until the first one is there, and wherever none comes, the house's own certificate is shown; and one
//! that was given stays until the next one is good, whatever the authority says meanwhile. It is asked again when a third of a
//! certificate's life is left, and after a failure after a minute, then after twice as long each time, up to six hours.
//!
//! Reading order: this page ([`Acme::keep`] is all of it), [`order`], [`proofs`], [`account`], [`client`], [`fault`], [`state`].

mod account;
mod client;
mod fault;
mod order;
mod proofs;
mod state;
#[cfg(test)]
mod tests;

use super::shown::{Shown, Whose};
use super::{CertificateFault, Pair};
use account::Keeper;
use client::Client;
use fault::AcmeFault;
pub(crate) use proofs::{ALPN, Proofs};
use ringdesk_agent_gateway::{Patience, serve};
use ringdesk_model::{Clock, Timestamp};
use ringdesk_vault::AccountKey;
use serde::Deserialize;
pub(crate) use state::{AcmeState, Phase};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::rustls::RootCertStore;

/// `[certificates.acme]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeConfig {
    /// The authority's directory.
    #[serde(default = "lets_encrypt")]
    pub directory: String,
    /// The authority's terms of service were read, and are agreed to. Without it there is no account.
    pub agree_to_terms: bool,
    /// For whom: names (and addresses, where the authority gives certificates for addresses) that lead to this server.
    pub names: Vec<String>,
    /// `mailto:…`, for what the authority has to tell.
    #[serde(default)]
    pub contact: Vec<String>,
    #[serde(default)]
    pub challenge: Challenge,
    /// Where `http-01` is answered. The authority asks at port 80; another one has to be mapped to it.
    #[serde(default = "port_80")]
    pub listen: Vec<SocketAddr>,
    /// Of certificates, where the authority has several: `shortlived`.
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub external_account: Option<ExternalAccount>,
    /// After the first failure; twice as long after each further one.
    #[serde(default = "a_minute")]
    pub retry_seconds: NonZeroU32,
}

/// Whose the account is, for authorities that ask (external account binding).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalAccount {
    pub id: String,
    /// In which the key stands alone, as the authority shows it (base64url).
    pub key_file: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Challenge {
    #[default]
    #[serde(rename = "http-01")]
    Http,
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn,
}

impl Challenge {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Challenge::Http => "http-01",
            Challenge::TlsAlpn => "tls-alpn-01",
        }
    }
}

fn lets_encrypt() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".into()
}

fn port_80() -> Vec<SocketAddr> {
    vec![SocketAddr::from(([0, 0, 0, 0], 80))]
}

fn a_minute() -> NonZeroU32 {
    const { NonZeroU32::new(60).expect("not zero") }
}

impl AcmeConfig {
    /// What cannot work is said at the start.
    pub(super) fn check(mut self) -> Result<AcmeConfig, CertificateFault> {
        if !self.agree_to_terms {
            return Err(CertificateFault::Acme(
                "agree_to_terms = true, once you have read the authority's terms".into(),
            ));
        }
        if !self.directory.starts_with("https://") {
            return Err(CertificateFault::Acme(format!("directory = {:?}: it begins with https://", self.directory)));
        }
        if self.names.is_empty() || self.names.len() > MOST_NAMES {
            return Err(CertificateFault::Acme(format!("names: one at least, and at most {MOST_NAMES}")));
        }
        for name in &mut self.names {
            *name = super::names::valid(name).ok_or_else(|| CertificateFault::Name(name.clone()))?;
        }
        if self.challenge == Challenge::Http && self.listen.is_empty() {
            return Err(CertificateFault::Acme("listen: http-01 is answered somewhere".into()));
        }
        Ok(self)
    }
}

/// In one certificate; what Let's Encrypt takes.
const MOST_NAMES: usize = 100;
/// Between two failures, at most.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3_600);
/// An authority may ask for more; a day is enough for every limit that they have.
const LONGEST_PATIENCE: Duration = Duration::from_secs(86_400);
/// How often it is looked whether it is time; clocks jump, machines sleep.
const LOOK: Duration = Duration::from_secs(1);

/// What becomes of the certificate.
pub(crate) struct Acme {
    config: AcmeConfig,
    folder: PathBuf,
    proofs: Proofs,
    state: Arc<Mutex<AcmeState>>,
}

impl Acme {
    pub(super) fn new(config: AcmeConfig, folder: &Path) -> Acme {
        Acme { config, folder: folder.into(), proofs: Proofs::default(), state: Arc::default() }
    }

    pub(super) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    pub(super) fn config(&self) -> &AcmeConfig {
        &self.config
    }

    pub(super) fn state(&self) -> AcmeState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What another process can know (`ringdesk doctor`).
    pub(super) fn written_state(&self) -> AcmeState {
        AcmeState::read(&self.state_file()).unwrap_or_default()
    }

    /// The one that was given before, while it is for these names.
    pub(super) fn kept(&self) -> Option<Pair> {
        let file = self.file();
        let pem = std::fs::read(&file).ok()?;
        match order::usable(&file, &pem, &self.config.names) {
            Ok(pair) => Some(pair),
            Err(fault) => {
                tracing::warn!(file = %file.display(), fault, "this certificate is not shown; another one is fetched");
                None
            }
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("acme.pem")
    }

    fn state_file(&self) -> PathBuf {
        self.folder.join("acme.state")
    }

    /// Keep a good one there, as long as the house stands.
    pub(super) async fn keep(
        self: Arc<Acme>,
        (shown, roots): (Arc<Shown>, Arc<RootCertStore>),
        key: Arc<AccountKey>,
        clock: impl Clock,
    ) {
        let client = Client::new(roots);
        let keeper = Keeper { file: self.folder.join("acme.account"), key };
        let mut listening = false;
        let mut due = renew_at(&shown).unwrap_or(clock.now());
        if due > clock.now() {
            self.tell(|state| state.good(due));
        }
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let now = clock.now();
            if now < due {
                continue;
            }
            self.tell(|state| state.ordering(now));
            let outcome = match self.listen(&mut listening).await {
                Ok(()) => self.fetch(&keeper, &client, now).await,
                Err(fault) => Err(fault),
            };
            self.proofs.clear();
            let now = clock.now();
            match outcome {
                Ok(pair) => {
                    shown.exchange(pair, Whose::Acme);
                    due = renew_at(&shown).unwrap_or(now + LONGEST_WAIT);
                    self.tell(|state| state.good(due));
                    metrics::counter!("acme_orders_total", "outcome" => "issued").increment(1);
                    tracing::info!(names = self.config.names.join(" "), "the authority gave a certificate");
                }
                Err(fault) => {
                    let asked = client.asked_for_patience().unwrap_or_default().min(LONGEST_PATIENCE);
                    due = now + wait(self.config.retry_seconds, self.state().failures).max(asked);
                    self.tell(|state| state.failed(&fault, due));
                    metrics::counter!("acme_orders_total", "outcome" => fault.kind()).increment(1);
                    tracing::error!(%fault, advice = fault.advice(), again = %due, "the authority gave no certificate");
                }
            }
        }
    }

    async fn fetch(&self, keeper: &Keeper, client: &Client, now: Timestamp) -> Result<Pair, AcmeFault> {
        let account = keeper.open(&self.config, client).await?;
        let mut issued = order::fetch(&account, &self.config, &self.proofs, now).await;
        if let Err(AcmeFault::Account(reason)) = &issued {
            // Authorities forget those who did nothing for long.
            tracing::warn!(reason, "the authority does not know the account; another one is made");
            keeper.forget();
            let account = keeper.open(&self.config, client).await?;
            issued = order::fetch(&account, &self.config, &self.proofs, now).await;
        }
        let issued = issued?;
        super::write(&self.file(), issued.pem.as_bytes(), 0o600).map_err(|fault| AcmeFault::Here(fault.to_string()))?;
        Ok(issued.pair)
    }

    /// Port 80, once it can be had.
    async fn listen(&self, listening: &mut bool) -> Result<(), AcmeFault> {
        if *listening || self.config.challenge != Challenge::Http {
            return Ok(());
        }
        let mut doors = Vec::new();
        for address in &self.config.listen {
            let door = TcpListener::bind(address).await;
            doors.push(door.map_err(|fault| AcmeFault::Here(format!("certificates.acme.listen {address}: {fault}")))?);
        }
        for door in doors {
            let routes = self.proofs.routes();
            tokio::spawn(async move {
                if let Err(fault) = serve(door, routes, Patience::default()).await {
                    tracing::error!(%fault, "proofs are not served any more");
                }
            });
        }
        *listening = true;
        Ok(())
    }

    fn tell(&self, change: impl FnOnce(&mut AcmeState)) {
        let mut state = self.state();
        change(&mut state);
        state.write(&self.state_file());
        metrics::gauge!("acme_failures_in_a_row").set(f64::from(state.failures));
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// With a third of its life left. `None`: the authority's is not shown.
fn renew_at(shown: &Shown) -> Option<Timestamp> {
    let (facts, whose) = shown.facts();
    let life = facts.not_after.since(facts.not_before);
    (whose == Whose::Acme).then(|| facts.not_after - life / 3)
}

/// After so many failures before this one.
fn wait(first: NonZeroU32, failures: u32) -> Duration {
    Duration::from_secs(u64::from(first.get())).saturating_mul(1 << failures.min(16)).min(LONGEST_WAIT)
}
