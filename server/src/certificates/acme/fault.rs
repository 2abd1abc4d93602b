//! Why an authority gave no certificate, in the words in which it is told and counted.

use instant_acme::{Error, Problem};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AcmeFault {
    /// It does not answer, or nothing that we believe.
    #[error("the authority cannot be reached: {0}")]
    Unreachable(String),
    #[error("the authority asks for patience: {0}")]
    RateLimited(String),
    /// It did not find us where the name leads to.
    #[error("{name} was not proven: {reason}")]
    Unproven { name: String, reason: String },
    /// It gives nobody a certificate for one of these names.
    #[error("the authority refuses a name: {0}")]
    Name(String),
    /// It does not know the account, or wants something of its owner.
    #[error("the authority refuses the account: {0}")]
    Account(String),
    #[error("the authority refuses: {0}")]
    Refused(String),
    /// What it gave cannot be shown.
    #[error("what the authority gave is of no use: {0}")]
    Misfit(String),
    /// Our own disk, or our own port.
    #[error("here: {0}")]
    Here(String),
}

/// What RFC 8555 §6.7 puts before the name of a fault.
const URN: &str = "urn:ietf:params:acme:error:";

impl AcmeFault {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            AcmeFault::Unreachable(_) => "unreachable",
            AcmeFault::RateLimited(_) => "rate_limited",
            AcmeFault::Unproven { .. } => "unproven",
            AcmeFault::Name(_) => "name_refused",
            AcmeFault::Account(_) => "account_refused",
            AcmeFault::Refused(_) => "refused",
            AcmeFault::Misfit(_) => "misfit",
            AcmeFault::Here(_) => "here",
        }
    }

    /// What the operator can do about it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            AcmeFault::Unreachable(_) => "let the server out to the authority by HTTPS; it is asked again by itself",
            AcmeFault::RateLimited(_) => "nothing: it is asked again when the authority's limit is over",
            AcmeFault::Unproven { .. } => {
                "let the name lead to this server, and port 80 (http-01) or 443 (tls-alpn-01) through to it"
            }
            AcmeFault::Name(_) => "look at certificates.acme.names, and at the CAA records of the domain",
            AcmeFault::Account(_) => "look at certificates.acme.contact and external_account",
            AcmeFault::Refused(_) | AcmeFault::Misfit(_) => "read what the authority says; it is asked again by itself",
            AcmeFault::Here(_) => "see to the disk and the port that are named",
        }
    }
}

impl From<Error> for AcmeFault {
    fn from(fault: Error) -> Self {
        match fault {
            Error::Api(problem) => AcmeFault::from(&problem),
            Error::Timeout(_) => AcmeFault::Unreachable("it did not come to an end with the order".into()),
            Error::Crypto | Error::KeyRejected => AcmeFault::Account("the account's key cannot be used".into()),
            other => AcmeFault::Unreachable(other.to_string()),
        }
    }
}

impl From<&Problem> for AcmeFault {
    fn from(problem: &Problem) -> Self {
        let said = said(problem);
        match kind_of(problem) {
            "rateLimited" | "serverInternal" if problem.status == Some(429) => AcmeFault::RateLimited(said),
            "rateLimited" => AcmeFault::RateLimited(said),
            "serverInternal" => AcmeFault::Unreachable(said),
            "rejectedIdentifier" | "unsupportedIdentifier" | "caa" => AcmeFault::Name(said),
            "accountDoesNotExist"
            | "externalAccountRequired"
            | "userActionRequired"
            | "invalidContact"
            | "unsupportedContact"
            | "badPublicKey" => AcmeFault::Account(said),
            _ if problem.status == Some(429) => AcmeFault::RateLimited(said),
            _ => AcmeFault::Refused(said),
        }
    }
}

/// `accountDoesNotExist`; nothing where it is not of ACME's list.
pub(super) fn kind_of(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|name| name.strip_prefix(URN)).unwrap_or("")
}

/// What it says for people, cut to a line: it comes from outside.
pub(super) fn said(problem: &Problem) -> String {
    let mut said = kind_of(problem).to_owned();
    for detail in problem.detail.iter().chain(problem.subproblems.iter().filter_map(|sub| sub.detail.as_ref())) {
        said = if said.is_empty() { detail.clone() } else { format!("{said}: {detail}") };
    }
    said.chars().filter(|c| !c.is_control()).take(400).collect()
}
