//! One order: the names, their proofs, a request, a certificate (RFC 8555 §7.4).

use super::fault::{self, AcmeFault};
use super::proofs::Proofs;
use super::{AcmeConfig, Challenge};
use crate::certificates::{Pair, pair};
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use ringdesk_model::Timestamp;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// For the authority to look at the proofs, and to sign.
const PATIENCE: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).backoff(1.5).timeout(Duration::from_secs(120));

/// A certificate that can be shown, and as it is kept: its key, then the chain.
pub(super) struct Issued {
    pub(super) pair: Pair,
    pub(super) pem: Zeroizing<String>,
}

/// Go through with it. What was put up as a proof is taken down by the caller.
pub(super) async fn fetch(
    account: &Account,
    config: &AcmeConfig,
    proofs: &Proofs,
    now: Timestamp,
) -> Result<Issued, AcmeFault> {
    let identifiers: Vec<Identifier> = config.names.iter().map(|name| identifier(name)).collect();
    let mut wanted = NewOrder::new(&identifiers);
    if let Some(profile) = &config.profile {
        wanted = wanted.profile(profile);
    }
    let mut order = account.new_order(&wanted).await?;
    prove(&mut order, config.challenge, proofs).await?;
    match order.poll_ready(&PATIENCE).await {
        Ok(OrderStatus::Ready) => {}
        Ok(_) => return Err(unproven(&mut order).await),
        Err(fault) => {
            // It says more about the name than about the order.
            let order_fault = AcmeFault::from(fault);
            return Err(match (&order_fault, unproven(&mut order).await) {
                (AcmeFault::Refused(_), told @ AcmeFault::Unproven { .. }) => told,
                _ => order_fault,
            });
        }
    }
    let making = |fault: rcgen::Error| AcmeFault::Here(fault.to_string());
    let key = KeyPair::generate().map_err(making)?;
    let mut params = CertificateParams::new(config.names.clone()).map_err(making)?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(making)?;
    order.finalize_csr(request.der()).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    let pem = Zeroizing::new(format!("{}{chain}", key.serialize_pem()));
    let pair = usable(Path::new("the authority's answer"), pem.as_bytes(), &config.names).map_err(AcmeFault::Misfit)?;
    match pair.facts.not_after > now {
        true => Ok(Issued { pair, pem }),
        false => Err(AcmeFault::Misfit("it has expired already".into())),
    }
}

/// A file of ours, key and chain: it can be shown, and is for these names.
pub(super) fn usable(file: &Path, pem: &[u8], names: &[String]) -> Result<Pair, String> {
    let pair = pair((file, pem), (file, pem)).map_err(|fault| fault.to_string())?;
    match names.iter().find(|name| !pair.facts.names.iter().any(|told| told.eq_ignore_ascii_case(name))) {
        None => Ok(pair),
        Some(missing) => Err(format!("it is not for {missing}")),
    }
}

fn identifier(name: &str) -> Identifier {
    match name.parse() {
        Ok(ip) => Identifier::Ip(ip),
        Err(_) => Identifier::Dns(name.to_owned()),
    }
}

/// Put up a proof for each name that has none yet, and say so.
async fn prove(order: &mut Order, challenge: Challenge, proofs: &Proofs) -> Result<(), AcmeFault> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        if authorization.status != AuthorizationStatus::Pending {
            continue; // proven by an earlier order; or the order says that it is invalid
        }
        let way = match challenge {
            Challenge::Http => ChallengeType::Http01,
            Challenge::TlsAlpn => ChallengeType::TlsAlpn01,
        };
        let Some(mut asked) = authorization.challenge(way) else {
            let reason = format!("the authority does not offer {}", challenge.as_str());
            return Err(AcmeFault::Unproven { name, reason });
        };
        let proof = asked.key_authorization();
        match challenge {
            Challenge::Http => proofs.put_text(&asked.token, proof.as_str()),
            Challenge::TlsAlpn => proofs
                .put_key(&name, proof.digest().as_ref())
                .map_err(|fault| AcmeFault::Unproven { name, reason: fault.to_string() })?,
        }
        asked.set_ready().await?;
    }
    Ok(())
}

/// Which name it was, and what the authority found there.
async fn unproven(order: &mut Order) -> AcmeFault {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let Ok(mut authorization) = authorization else { break };
        let name = authorization.identifier().to_string();
        let Ok(state) = authorization.refresh().await else { break };
        if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
            return AcmeFault::Unproven { name, reason: fault::said(problem) };
        }
    }
    AcmeFault::Refused("the order is void".into())
}
