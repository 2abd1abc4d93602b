//! What is said of the certificate: a line for people, and the state for the API.

use super::acme::{Acme, AcmeState, Phase};
use super::shown::{Shown, Whose};
use super::{Certificates, Source};
use ringdesk_agent_gateway::certificate::{CertificateState, FromAuthority, TellsOfCertificate};
use ringdesk_model::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// It is said from here on that a certificate of the operator's ends.
const SOON: Duration = Duration::from_secs(14 * 86_400);

impl Certificates {
    /// One line for people: whose it is, for whom, until when.
    pub fn line(&self, now: Timestamp) -> Result<String, String> {
        self.told(now, None)
    }

    /// The same from beside the server that runs: what it wrote of the authority counts.
    pub fn line_from_outside(&self, now: Timestamp) -> Result<String, String> {
        match &self.source {
            Source::Acme(acme, _) => self.told(now, Some(acme.written_state())),
            _ => self.told(now, None),
        }
    }

    fn told(&self, now: Timestamp, written: Option<AcmeState>) -> Result<String, String> {
        let (facts, whose) = self.shown.facts();
        let by = match (&self.source, whose) {
            (Source::Own(authority) | Source::Acme(_, authority), Whose::Own) => {
                format!("by its own authority ({})", authority.file().display())
            }
            (Source::Acme(acme, _), _) => format!("by {}", acme.config().directory),
            (Source::Given(given), _) => given.file().display().to_string(),
            (Source::Own(_), _) => "of nobody's".to_owned(),
        };
        let mut said = format!("{by}, for {}, until {}", facts.names.join(" "), day(facts.not_after));
        let failing = match &self.source {
            Source::Acme(acme, _) => Some(written.unwrap_or_else(|| acme.state())),
            _ => None,
        };
        let failing = failing.filter(|state| state.phase == Phase::Failing).and_then(|state| state.fault);
        if let Some((_, why)) = &failing {
            said = format!("{said}; {why}");
        }
        if facts.not_after <= now {
            return Err(format!("it has expired: {said}"));
        }
        if facts.not_before > now {
            return Err(format!("it is not valid yet: {said}"));
        }
        match failing.is_some() || (facts.not_after.since(now) < SOON && whose == Whose::Given) {
            true if facts.not_after.since(now) < SOON => Err(format!("it expires soon: {said}")),
            true => Err(said),
            false => Ok(said),
        }
    }

    /// Who tells others of it, while `keep` has it.
    pub(crate) fn teller(&self) -> Teller {
        let acme = match &self.source {
            Source::Acme(acme, _) => Some(acme.clone()),
            _ => None,
        };
        Teller { shown: self.shown.clone(), acme }
    }
}

/// What the API says of the certificate.
pub(crate) struct Teller {
    shown: Arc<Shown>,
    acme: Option<Arc<Acme>>,
}

impl TellsOfCertificate for Teller {
    fn state(&self) -> CertificateState {
        let (facts, whose) = self.shown.facts();
        let from = self.acme.as_ref().map(|acme| {
            let state = acme.state();
            FromAuthority {
                directory: acme.config().directory.clone(),
                names: acme.config().names.clone(),
                challenge: acme.config().challenge.as_str(),
                phase: state.phase.as_str(),
                fault: state.fault,
                failures: state.failures,
                tried: state.tried,
                next: state.next,
            }
        });
        CertificateState {
            source: match whose {
                Whose::Own => "own",
                Whose::Given => "given",
                Whose::Acme => "acme",
            },
            names: facts.names,
            not_before: facts.not_before,
            not_after: facts.not_after,
            acme: from,
        }
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
