//! The files of contacts: found, read, made, changed, marked.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::contact_blocks::BlockReply;
use super::contact_identities::IdentityReply;
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_contacts::{Consent, Purpose, Tier};
use ringdesk_model::{
    AccountId, AgentId, Clock as _, ContactFieldId, ContactId, Pii, Scope, SegmentId, TagId, Timestamp,
};
use ringdesk_operations::contact_files::{ContactEdit, ContactSearch, ContactView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactQuestion {
    /// A number or an address, whole; or a name as it begins or is spelled, in characters or pinyin. At most 128 characters.
    #[serde(default)]
    typed: Option<String>,
    /// `standard`, `preferred`, `vip`.
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    tag: Option<Uuid>,
    /// Who is in it now; then nothing is typed.
    #[serde(default)]
    segment: Option<Uuid>,
    /// Only such as are kept out now.
    #[serde(default)]
    blocked: bool,
    /// 1 to 100; 20 without it.
    #[serde(default)]
    limit: Option<i64>,
    /// Only older files than this one: the last one of the page before.
    #[serde(default)]
    before: Option<Uuid>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// 1 to 100; 20 without it.
    limit: Option<i64>,
    /// Only older files than this one: the last one of the page before.
    before: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ContactReply {
    /// Of the file that stands for the one that was asked for.
    id: Uuid,
    name: Option<String>,
    language: Option<String>,
    /// `standard`, `preferred`, `vip`.
    tier: &'static str,
    /// Whom they have for themselves: asked first, and waited for.
    agent: Option<Uuid>,
    identities: Vec<IdentityReply>,
    /// By the id of the field. Sensitive ones are hidden from readers without the right to see numbers.
    fields: BTreeMap<Uuid, String>,
    /// Of the account's list.
    tags: BTreeSet<Uuid>,
    /// By purpose: `recording`, `marketing`, `tracking`, `automation`; who was not asked has none.
    consents: BTreeMap<&'static str, ConsentReply>,
    /// Proposed or in force.
    block: Option<BlockReply>,
    created_at: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ConsentReply {
    given: bool,
    at: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AlikeReply {
    contact: ContactReply,
    /// `claim`: one says what is the other's identity; `name`: their names are written alike.
    why: Vec<&'static str>,
}

/// What is left out stays; an empty text takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactWish {
    /// One line of at most 128 characters.
    #[serde(default)]
    name: Option<String>,
    /// `zh-CN`
    #[serde(default)]
    language: Option<String>,
    /// `standard`, `preferred`, `vip`.
    #[serde(default)]
    tier: Option<String>,
    /// Whom they have for themselves: the id of an agent.
    #[serde(default)]
    agent: Option<String>,
    /// By the id of the field.
    #[serde(default)]
    fields: BTreeMap<Uuid, String>,
    /// By purpose; null: they were not asked.
    #[serde(default)]
    consents: BTreeMap<String, Option<bool>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactMarks {
    /// All that it is to have; at most 20.
    tags: Vec<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ContactMade {
    id: Uuid,
}

/// Newest first: those with whom one has a conversation, or everybody with the right to all conversations.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts", tag = "contacts",
    params(("account_id" = Uuid, Path), Page),
    responses((status = 200, body = Vec<ContactReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Vec<ContactReply>>, Problem> {
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let question = ContactQuestion { limit: page.limit, before: page.before, ..ContactQuestion::default() };
    found(&gateway, account, &caller, question).await
}

/// Look for somebody. What is looked for is personal data: it stands in the body, not in the address.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts/search", tag = "contacts",
    params(("account_id" = Uuid, Path)), request_body = ContactQuestion,
    responses((status = 200, body = Vec<ContactReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<ContactQuestion>, JsonRejection>,
) -> Result<Json<Vec<ContactReply>>, Problem> {
    caller.may_read(account)?;
    let Json(question) = body.map_err(|e| Problem::unreadable(&e))?;
    found(&gateway, account, &caller, question).await
}

async fn found(
    gateway: &Gateway,
    account: AccountId,
    caller: &Caller,
    question: ContactQuestion,
) -> Result<Json<Vec<ContactReply>>, Problem> {
    caller.may_read(account)?;
    let limit = limit(question.limit, 20, 100)?;
    if question.typed.as_ref().is_some_and(|typed| typed.chars().count() > 128) {
        return Err(Problem::invalid("at most 128 characters are looked for"));
    }
    if question.segment.is_some() && question.typed.as_ref().is_some_and(|typed| !typed.trim().is_empty()) {
        return Err(Problem::invalid("in a segment nothing is typed"));
    }
    let search = ContactSearch {
        typed: question.typed.map(Pii::new),
        tier: question.tier.as_deref().map(tier).transpose()?,
        tag: question.tag.map(TagId),
        segment: question.segment.map(SegmentId),
        blocked: question.blocked,
        before: question.before.map(ContactId),
    };
    let (now, scope) = (gateway.clock.now(), &caller.who.scope);
    let all = gateway.operations.contacts(now, scope, &search, gateway.home, limit).await?;
    let sensitive = sensitive(gateway, account).await?;
    Ok(Json(all.into_iter().map(|view| shown(view, scope, &sensitive)).collect()))
}

/// One file; where it went into another, that one.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = ContactReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<ContactReply>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let view = gateway.operations.contact(scope, id).await?;
    Ok(Json(shown(view, scope, &sensitive(&gateway, account).await?)))
}

/// Who might be the same person, likeliest first. Nobody is merged by it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}/alike", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<AlikeReply>), (status = 404, body = Problem)))]
pub(crate) async fn alike(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<Vec<AlikeReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let sensitive = sensitive(&gateway, account).await?;
    let found = gateway.operations.contacts_like(scope, id).await?;
    let one = |(view, why): (ContactView, BTreeSet<_>)| AlikeReply {
        contact: shown(view, scope, &sensitive),
        why: why.into_iter().map(ringdesk_contacts::Likeness::as_str).collect(),
    };
    Ok(Json(found.into_iter().map(one).collect()))
}

/// A new file.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = ContactWish,
    responses((status = 201, body = ContactMade), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<ContactWish>, JsonRejection>,
) -> Result<(StatusCode, Json<ContactMade>), Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, edit) = (gateway.clock.now(), edit(wish)?);
    let id = gateway.operations.create_contact(now, &caller.who.actor, account, &edit).await?;
    Ok((StatusCode::CREATED, Json(ContactMade { id: id.0 })))
}

/// Change what is known of somebody.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/contacts/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ContactWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<ContactWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, edit) = (gateway.clock.now(), &caller.who, edit(wish)?);
    gateway.operations.edit_contact(now, &who.actor, &who.scope, id, &edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark a contact with these tags and no others.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/contacts/{id}/tags", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ContactMarks,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn mark(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<ContactMarks>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let Json(marks) = body.map_err(|e| Problem::unreadable(&e))?;
    let wanted = marks.tags.into_iter().map(TagId).collect();
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.tag_contact(now, &who.actor, &who.scope, id, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn edit(wish: ContactWish) -> Result<ContactEdit, Problem> {
    let mut consents = BTreeMap::new();
    for (purpose, given) in wish.consents {
        let purpose =
            Purpose::parse(&purpose).ok_or_else(|| Problem::invalid(format!("there is no purpose `{purpose}`")))?;
        consents.insert(purpose, given);
    }
    Ok(ContactEdit {
        name: wish.name.map(Pii::new),
        language: wish.language,
        tier: wish.tier.as_deref().map(tier).transpose()?,
        agent: wish.agent.as_deref().map(agent).transpose()?,
        fields: wish.fields.into_iter().map(|(id, value)| (ContactFieldId(id), Pii::new(value))).collect(),
        consents,
    })
}

fn tier(name: &str) -> Result<Tier, Problem> {
    Tier::parse(name).ok_or_else(|| Problem::invalid("the tier is standard, preferred or vip"))
}

/// Empty: nobody.
fn agent(id: &str) -> Result<Option<AgentId>, Problem> {
    let read = (!id.is_empty()).then(|| id.parse::<AgentId>()).transpose();
    read.map_err(|_| Problem::invalid("the agent is an id, or empty"))
}

async fn sensitive(gateway: &Gateway, account: AccountId) -> Result<BTreeSet<ContactFieldId>, Problem> {
    let all = gateway.operations.contact_fields(account).await?;
    Ok(all.into_iter().filter(|(_, rule)| rule.sensitive).map(|(id, _)| id).collect())
}

fn shown(view: ContactView, scope: &Scope, sensitive: &BTreeSet<ContactFieldId>) -> ContactReply {
    let profile = view.file.profile;
    let field = |(id, value): (ContactFieldId, Pii<String>)| match scope.unmasked || !sensitive.contains(&id) {
        true => (id.0, value.into_inner()),
        false => (id.0, "•••".to_owned()),
    };
    let consent = |(purpose, consent): (Purpose, Consent)| {
        (purpose.as_str(), ConsentReply { given: consent.given, at: consent.at.as_millis() })
    };
    ContactReply {
        id: view.file.id.0,
        name: profile.name.map(Pii::into_inner),
        language: profile.language,
        tier: profile.tier.as_str(),
        agent: view.file.agent.map(|agent| agent.0),
        identities: view.known.into_iter().map(|known| IdentityReply::of(known, scope.unmasked)).collect(),
        fields: profile.fields.into_iter().map(field).collect(),
        tags: view.tags.into_iter().map(|tag| tag.0).collect(),
        consents: profile.consents.into_iter().map(consent).collect(),
        block: view.block.map(BlockReply::of),
        created_at: Timestamp::as_millis(view.file.created_at),
    }
}
