//! What the server tells of the certificate that it shows.

use ringdesk_model::Timestamp;

/// Asked for each time: certificates are exchanged while the server runs.
pub trait TellsOfCertificate: Send + Sync + 'static {
    fn state(&self) -> CertificateState;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateState {
    /// `own`: of the server's own authority; `given`: files of the operator's; `acme`: from an authority, over ACME.
    pub source: &'static str,
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Where one is named that gives certificates by itself.
    pub acme: Option<FromAuthority>,
}

/// How it stands with that authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromAuthority {
    pub directory: String,
    pub names: Vec<String>,
    pub challenge: &'static str,
    /// `waiting`, `ordering`, `good`, `failing`.
    pub phase: &'static str,
    /// Kind, and a sentence for people.
    pub fault: Option<(String, String)>,
    /// In a row.
    pub failures: u32,
    /// Of the last and the next order, milliseconds since 1970.
    pub tried: Option<i64>,
    pub next: Option<i64>,
}
