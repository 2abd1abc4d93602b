//! The certificate that is shown now, and how it stands with the authority that gives it.

use crate::Gateway;
use crate::caller::Caller;
use crate::certificate::{CertificateState, FromAuthority};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateReply {
    /// `own`: by the server's own authority, which people install; `given`: files of the operator's; `acme`: by the authority
    /// that is named for it.
    source: &'static str,
    names: Vec<String>,
    /// Milliseconds since 1970 (UTC).
    not_before: i64,
    not_after: i64,
    /// `good`, `expires_soon` (in 14 days), `expired`, `not_yet_valid`.
    state: &'static str,
    /// Where an authority is named that gives certificates by itself.
    acme: Option<AcmeReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AcmeReply {
    directory: String,
    names: Vec<String>,
    /// `http-01`, `tls-alpn-01`.
    challenge: &'static str,
    /// `waiting`, `ordering`, `good`, `failing`: what is shown stays meanwhile.
    state: &'static str,
    /// Of the last order: `unreachable`, `rate_limited`, `unproven`, `name_refused`, `account_refused`, `refused`, `misfit`, `here`.
    fault: Option<String>,
    /// The same in words, with what to do.
    detail: Option<String>,
    /// In a row.
    failures: u32,
    /// Of the last order, and of the next one.
    tried: Option<i64>,
    next: Option<i64>,
}

impl From<FromAuthority> for AcmeReply {
    fn from(from: FromAuthority) -> AcmeReply {
        let (fault, detail) = from.fault.unzip();
        AcmeReply {
            directory: from.directory,
            names: from.names,
            challenge: from.challenge,
            state: from.phase,
            fault,
            detail,
            failures: from.failures,
            tried: from.tried,
            next: from.next,
        }
    }
}

/// It is said from here on that a certificate ends.
const SOON_MS: i64 = 14 * 86_400_000;

pub(crate) fn state(certificate: &CertificateState, now: Timestamp) -> &'static str {
    let left = certificate.not_after.as_millis() - now.as_millis();
    // One that is renewed by itself, and has a short life, does not end soon.
    let renewed = certificate.source == "acme" && certificate.acme.as_ref().is_some_and(|acme| acme.phase != "failing");
    match () {
        () if left <= 0 => "expired",
        () if certificate.not_before > now => "not_yet_valid",
        () if left < SOON_MS && !renewed => "expires_soon",
        () => "good",
    }
}

/// What this server shows to browsers and telephones.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/certificate", tag = "system", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = CertificateReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<CertificateReply>, Problem> {
    caller.may(account, Permission::SystemMaintain).or_else(|_| caller.may(account, Permission::SettingsManage))?;
    let Some(certificate) = &gateway.certificate else { return Err(Problem::not_found("certificate")) };
    let told = certificate.state();
    Ok(Json(CertificateReply {
        state: state(&told, gateway.clock.now()),
        source: told.source,
        names: told.names,
        not_before: told.not_before.as_millis(),
        not_after: told.not_after.as_millis(),
        acme: told.acme.map(AcmeReply::from),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S16.27
    #[test]
    fn an_end_is_said_before_it_comes() {
        let day = 86_400_000;
        let at = |days: i64| Timestamp::from_millis(1_795_000_000_000 + days * day);
        let acme = |phase| FromAuthority {
            directory: String::new(),
            names: Vec::new(),
            challenge: "http-01",
            phase,
            fault: None,
            failures: 0,
            tried: None,
            next: None,
        };
        let shown =
            |source, acme| CertificateState { source, names: Vec::new(), not_before: at(0), not_after: at(90), acme };
        let given = shown("given", None);
        for (day, said) in [(-1, "not_yet_valid"), (1, "good"), (75, "good"), (77, "expires_soon"), (90, "expired")] {
            assert_eq!(state(&given, at(day)), said, "day {day}");
        }
        assert_eq!(state(&shown("acme", Some(acme("good"))), at(80)), "good", "it is renewed by itself");
        assert_eq!(state(&shown("acme", Some(acme("failing"))), at(80)), "expires_soon");
    }
}
