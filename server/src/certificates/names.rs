//! By what names and addresses this server is reached, as far as it can know.

use super::CertificateFault;
use crate::config::Config;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use tokio_rustls::rustls::pki_types::ServerName;

/// As they stand in a certificate; the most telling ones first.
pub(super) struct Names(pub(super) Vec<String>);

/// Names in one certificate; more than anybody has.
const MOST: usize = 100;

pub(super) fn of(config: &Config) -> Result<Names, CertificateFault> {
    let mut found: Vec<String> = Vec::new();
    for name in &config.certificates.names {
        found.push(valid(name).ok_or_else(|| CertificateFault::Name(name.clone()))?);
    }
    for interface in &config.signaling.interface {
        found.extend(interface.advertised_host().and_then(|name| valid(&name)));
        found.extend(interface.media.map(|ip| ip.to_string()));
        found.extend(interface.addresses().flat_map(behind));
    }
    found.extend(config.https.listen.iter().copied().flat_map(behind));
    found.extend(host_name().and_then(|name| valid(&name)));
    found.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    let mut seen = BTreeSet::new();
    found.retain(|name| seen.insert(name.clone()));
    found.truncate(MOST);
    Ok(Names(found))
}

/// What can stand in a certificate; `None`: nothing that a client could look for.
pub(super) fn valid(name: &str) -> Option<String> {
    let bare = name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    match bare.parse::<IpAddr>() {
        Ok(ip) => Some(ip.to_string()),
        Err(_) => ServerName::try_from(bare.as_str()).is_ok().then_some(bare),
    }
}

/// The address, or the one that others see behind a wildcard.
fn behind(bound: SocketAddr) -> Option<String> {
    let ip = bound.ip();
    let seen = if ip.is_unspecified() { ringdesk_signaling::outward(ip).ok()? } else { ip };
    Some(seen.to_string())
}

fn host_name() -> Option<String> {
    // The kernel's own word for it; no call into C for one line of text.
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned())
}
