//! Texts that I am being asked to take. A call rings; a text is answered here.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, OfferId, Pii, Timestamp};
use ringdesk_operations::whom::WARN_AFTER;
use ringdesk_storage::text_matters::TextOffer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TextOfferReply {
    id: Uuid,
    work_item: Uuid,
    conversation: Uuid,
    queue: Uuid,
    inbox: Option<Uuid>,
    /// `offered`; `accepted`: it is in my hands.
    state: String,
    offered_at: i64,
    /// Since when the contact waits for an answer; null: they have one.
    waiting_since: Option<i64>,
    /// From then on they wait too long, by the settings of the queue; null: nobody has it in hand, or they have an answer.
    late_at: Option<i64>,
    /// What the contact wrote last.
    said: Option<String>,
    /// The rules by which it waits where it does, and why.
    ruled: Vec<RuledReply>,
    /// A colleague named me; null: it is my turn.
    passed: Option<PassedReply>,
}

/// Who names me, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct PassedReply {
    /// `blind` (I have it instead of them), `join` (I come beside them).
    mode: String,
    by: Option<Uuid>,
    reason: Option<String>,
}

/// A rule that held when it began.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct RuledReply {
    rule: String,
    because: Vec<RuledBecauseReply>,
    done: Vec<RuledActionReply>,
    /// The rule whose tag it followed from.
    #[serde(default)]
    after: Option<String>,
}

/// A test of it that counted.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct RuledBecauseReply {
    /// `channel`, `tier`, `text`, `hours`, `conversations` …
    fact: String,
    /// Which calendar or field, or of how many days.
    #[serde(default)]
    of: Option<String>,
    found: String,
    /// It was none of these.
    #[serde(default)]
    not: bool,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct RuledActionReply {
    /// `queue`, `priority`, `tag`, `note` …
    what: String,
    name: String,
    /// Why it was not done: `no_contact`, `no_number`, `gone`.
    #[serde(default)]
    failed: Option<String>,
}

/// What I am being asked to take, and what I have in hand, oldest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/text_offers", tag = "texts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TextOfferReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TextOfferReply>>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let found = match caller.who.scope.agent {
        Some(agent) => gateway.operations.text_offers(&caller.who.scope, agent).await?,
        None => Vec::new(),
    };
    let limits = gateway.operations.warn_times(account).await?;
    let late_at = |offer: &TextOffer| {
        let since = offer.waiting_since.filter(|_| offer.state == "accepted")?;
        Some((since + limits.get(&offer.queue).copied().unwrap_or(WARN_AFTER)).as_millis())
    };
    let mut passed = match caller.who.scope.agent {
        Some(agent) => gateway.operations.passed_texts(&caller.who.scope, agent).await?,
        None => Default::default(),
    };
    let shown = found.into_iter().map(|offer| TextOfferReply {
        id: offer.offer.0,
        work_item: offer.work_item.0,
        conversation: offer.conversation.0,
        queue: offer.queue.0,
        waiting_since: offer.waiting_since.map(Timestamp::as_millis),
        late_at: late_at(&offer),
        inbox: offer.inbox.map(|i| i.0),
        state: offer.state,
        offered_at: offer.offered_at.as_millis(),
        said: offer.said.map(Pii::into_inner),
        ruled: offer.ruled.and_then(|text| serde_json::from_str(text.reveal()).ok()).unwrap_or_default(),
        passed: passed.remove(&offer.offer).map(|of| PassedReply {
            mode: of.mode,
            by: of.by.map(|agent| agent.0),
            reason: of.reason.map(Pii::into_inner),
        }),
    });
    Ok(Json(shown.collect()))
}

/// Take it: it is mine from now on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_offers/{id}/accept", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn accept(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, OfferId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    answer(&gateway, &caller, account, id, true).await
}

/// Leave it to others.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_offers/{id}/decline", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn decline(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, OfferId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    answer(&gateway, &caller, account, id, false).await
}

async fn answer(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    id: OfferId,
    takes: bool,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (agent, who) = (caller.agent()?, &caller.who);
    let mine = gateway.operations.text_offers(&who.scope, agent).await?;
    let offer = mine.iter().find(|offer| offer.offer == id).ok_or_else(|| Problem::not_found("offer"))?;
    if takes && offer.state == "accepted" {
        return Ok(StatusCode::NO_CONTENT); // their first answer got lost
    }
    gateway.orders.answer_text(who.actor.clone(), agent, id, takes).await?;
    Ok(StatusCode::NO_CONTENT)
}
