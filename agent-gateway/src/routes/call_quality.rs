//! How the parties of a call sound: of one that runs the last seconds, of one that is over the whole.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_conversations::{SoundFigures, SoundParty};
use ringdesk_model::{AccountId, CallId, Clock as _, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Of what we received from this party, unless said otherwise.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartyQuality {
    /// `caller`, `agent`, `callee`.
    party: String,
    agent: Option<Uuid>,
    codec: Option<String>,
    received_packets: u64,
    sent_packets: u64,
    lost_packets: u64,
    loss_percent: f64,
    /// RFC 3550 §6.4.1.
    jitter_ms: f64,
    /// From the party's reports (RTCP); `null`: it sends none.
    round_trip_ms: Option<f64>,
    /// Of what we sent, as the party reports it.
    remote_loss_percent: Option<f64>,
    /// E-model estimate (G.107, of wideband codecs G.107.1 on a scale of their own), 1 to 4.5; `null`: nothing was received.
    mos: Option<f64>,
    /// The lowest of a few seconds, once the connection is over.
    lowest_mos: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PartyNow {
    #[serde(flatten)]
    of: PartyQuality,
    /// Nothing comes from this party, though it should.
    one_way: bool,
    /// When it was rated, and how long ago that is: every five seconds, of the seconds since the time before.
    at: i64,
    age_ms: i64,
}

/// How everybody in a running call sounds now. Who talks in it sees it, and who may supervise or see figures of all; of a call
/// that is over it stands in the conversation.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/calls/{id}/quality", tag = "calls",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<PartyNow>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn quality(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<Json<Vec<PartyNow>>, Problem> {
    let sees_all = [Permission::CallsSupervise, Permission::PerformanceRead];
    let sees_all = sees_all.into_iter().any(|permission| caller.may(account, permission).is_ok());
    if !sees_all {
        caller.may(account, Permission::ConversationsAnswer)?;
    }
    super::calls::of_this_account(&gateway, account, id).await?;
    if !sees_all && super::calls::mine(&gateway, &caller, account, id).await?.is_none() {
        return Err(Problem::not_found("call"));
    }
    let rated = gateway.orders.sound(id).ok_or_else(|| Problem::not_found("call"))?;
    let now = gateway.clock.now();
    let party = |sound: crate::orders::PartySound| PartyNow {
        of: PartyQuality::of(sound.party, &sound.figures),
        one_way: sound.one_way,
        at: sound.at.as_millis(),
        age_ms: age(now, sound.at),
    };
    Ok(Json(rated.into_iter().map(party).collect()))
}

fn age(now: Timestamp, at: Timestamp) -> i64 {
    i64::try_from(now.since(at).as_millis()).unwrap_or(i64::MAX)
}

impl PartyQuality {
    pub(crate) fn of(party: SoundParty, figures: &SoundFigures) -> PartyQuality {
        let expected = figures.received_packets + figures.lost_packets;
        let (party, agent) = match party {
            SoundParty::Caller => ("caller", None),
            SoundParty::Agent { agent } => ("agent", Some(agent.0)),
            SoundParty::Callee => ("callee", None),
        };
        let mos = |hundredths: Option<u16>| hundredths.map(|h| f64::from(h) / 100.0);
        PartyQuality {
            party: party.to_owned(),
            agent,
            codec: figures.codec.clone(),
            received_packets: figures.received_packets,
            sent_packets: figures.sent_packets,
            lost_packets: figures.lost_packets,
            loss_percent: percent(figures.lost_packets, expected),
            jitter_ms: figures.jitter_us as f64 / 1_000.0,
            round_trip_ms: figures.round_trip_us.map(|us| us as f64 / 1_000.0),
            remote_loss_percent: figures.remote_loss_ppm.map(|ppm| percent(ppm, 1_000_000)),
            mos: mos(figures.mos_hundredths),
            lowest_mos: mos(figures.lowest_mos_hundredths),
        }
    }
}

/// In hundredths of a percent: figures are compared.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 10_000.0 / whole as f64).round() / 100.0 }
}
