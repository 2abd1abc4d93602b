//! Quick phrases: what agents say again and again, and the categories they stand in.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{PhraseCategory, PhraseFor, QuickPhrase};
use ringdesk_model::{AccountId, Clock as _, ConversationId, PhraseCategoryId, QueueId, QuickPhraseId, UserId};
use ringdesk_operations::quick_phrases::PhraseView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct QuickPhrasesReply {
    /// In their order among those of the same parent.
    categories: Vec<PhraseCategoryReply>,
    /// All that I may use or change, by their codes.
    phrases: Vec<QuickPhraseReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PhraseCategoryReply {
    id: Uuid,
    parent: Option<Uuid>,
    name: String,
    place: i64,
    /// Only agents of these queues see it; empty: everybody does.
    queues: Vec<Uuid>,
    /// Whoever sees it may write in it.
    open: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct QuickPhraseReply {
    id: Uuid,
    category: Option<Uuid>,
    /// `everybody`, `queue`, `me`.
    whose: &'static str,
    queue: Option<Uuid>,
    code: String,
    title: String,
    /// By language, as BCP 47 names it.
    texts: BTreeMap<String, String>,
    /// How often it was used.
    uses: i64,
    version: i64,
    /// It is among my matches while I type.
    usable: bool,
    editable: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuickPhraseWish {
    #[serde(default)]
    category: Option<Uuid>,
    /// `everybody`, `queue` (the agents of that queue), `me`.
    whose: String,
    #[serde(default)]
    queue: Option<Uuid>,
    /// 1 to 32 letters, figures, - or _; once among those of the same whose.
    code: String,
    /// One line of at most 80 characters.
    title: String,
    /// By language; `{{contact.name}}`, `{{agent.name}}`, `{{queue.name}}`, `{{inbox.name}}` and `{{ticket.number}}` are filled in.
    texts: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuickPhraseChange {
    /// The version that it takes the place of.
    replaces: i64,
    to: QuickPhraseWish,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhraseCategoryWish {
    /// One line of at most 64 characters.
    name: String,
    #[serde(default)]
    parent: Option<Uuid>,
    #[serde(default)]
    place: i64,
    /// Only agents of these queues see it; empty: everybody does.
    #[serde(default)]
    queues: Vec<Uuid>,
    /// Whoever sees it may write in it.
    #[serde(default)]
    open: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PhraseMade {
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhraseQuery {
    /// What was typed: the beginning of a code, or words of a title or a text; Chinese also by pinyin.
    #[serde(default)]
    q: String,
    /// For the language of its contact.
    #[serde(default)]
    conversation: Option<Uuid>,
    /// Mine, where nothing is known of the contact's.
    #[serde(default)]
    language: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PhraseFound {
    id: Uuid,
    code: String,
    title: String,
    language: String,
    /// With its gaps open.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhraseUse {
    conversation: Uuid,
    /// Mine, where nothing is known of the contact's.
    #[serde(default)]
    language: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PhraseFilled {
    text: String,
    /// Gaps for which nothing is known; they stand in the text as they are.
    missing: Vec<String>,
}

/// All that I may use or change.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/quick_phrases", tag = "texts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = QuickPhrasesReply), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<QuickPhrasesReply>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let all = gateway.operations.quick_phrases(&caller.who.scope, |of| caller.who.grants.allows(of)).await?;
    Ok(Json(QuickPhrasesReply {
        categories: all.categories.into_iter().map(category).collect(),
        phrases: all.phrases.into_iter().map(shown).collect(),
    }))
}

/// The best answers to what was typed, at most 12.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/quick_phrases/search", tag = "texts",
    params(("account_id" = Uuid, Path), PhraseQuery),
    responses((status = 200, body = Vec<PhraseFound>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    Query(query): Query<PhraseQuery>,
) -> Result<Json<Vec<PhraseFound>>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let may = |of| caller.who.grants.allows(of);
    let about = (query.q.as_str(), query.language.as_str());
    let conversation = query.conversation.map(ConversationId);
    let found = gateway.operations.find_phrases(&caller.who.scope, may, conversation, about).await?;
    let shown = found.into_iter().map(|found| PhraseFound {
        id: found.phrase.id.0,
        code: found.phrase.code,
        title: found.phrase.title,
        language: found.language,
        text: found.text,
    });
    Ok(Json(shown.collect()))
}

/// A new one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/quick_phrases", tag = "texts", params(("account_id" = Uuid, Path)),
    request_body = QuickPhraseWish,
    responses((status = 201, body = PhraseMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<QuickPhraseWish>, JsonRejection>,
) -> Result<(StatusCode, Json<PhraseMade>), Problem> {
    caller.may(account, Permission::QuickPhrasesEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let id = gateway.operations.id(gateway.clock.now());
    put(&gateway, &caller, wanted(id, 1, wish, caller.who.user.id)?).await?;
    Ok((StatusCode::CREATED, Json(PhraseMade { id: id.0 })))
}

/// Put it in the place of a version; of two editors one learns of the other.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/quick_phrases/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = QuickPhraseChange,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QuickPhraseId)>,
    caller: Caller,
    body: Result<Json<QuickPhraseChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QuickPhrasesEdit)?;
    let Json(change) = body.map_err(|e| Problem::unreadable(&e))?;
    let version = change.replaces.clamp(1, i64::MAX - 1) + 1;
    put(&gateway, &caller, wanted(id, version, change.to, caller.who.user.id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/quick_phrases/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QuickPhraseId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QuickPhrasesEdit)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.remove_phrase(now, (&who.actor, &who.scope), |of| who.grants.allows(of), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As it is said in a conversation by text that I may read. It counts as used.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/quick_phrases/{id}/use", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = PhraseUse,
    responses((status = 200, body = PhraseFilled), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn fill(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QuickPhraseId)>,
    caller: Caller,
    body: Result<Json<PhraseUse>, JsonRejection>,
) -> Result<Json<PhraseFilled>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(PhraseUse { conversation, language }) = body.map_err(|e| Problem::unreadable(&e))?;
    let may = |of| caller.who.grants.allows(of);
    let (scope, conversation) = (&caller.who.scope, ConversationId(conversation));
    let filled = gateway.operations.use_phrase(scope, may, conversation, (id, &language)).await?;
    Ok(Json(PhraseFilled { text: filled.text, missing: filled.missing }))
}

/// A new category.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/phrase_categories", tag = "texts", params(("account_id" = Uuid, Path)),
    request_body = PhraseCategoryWish,
    responses((status = 201, body = PhraseMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_category(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<PhraseCategoryWish>, JsonRejection>,
) -> Result<(StatusCode, Json<PhraseMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let now = gateway.clock.now();
    let id: PhraseCategoryId = gateway.operations.id(now);
    gateway.operations.put_phrase_category(now, &caller.who.actor, account, of_wish(id, wish), false).await?;
    Ok((StatusCode::CREATED, Json(PhraseMade { id: id.0 })))
}

/// Its name, where it stands, who sees it and who writes in it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/phrase_categories/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = PhraseCategoryWish,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit_category(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, PhraseCategoryId)>,
    caller: Caller,
    body: Result<Json<PhraseCategoryWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let now = gateway.clock.now();
    gateway.operations.put_phrase_category(now, &caller.who.actor, account, of_wish(id, wish), true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One in which nothing stands.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/phrase_categories/{id}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove_category(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, PhraseCategoryId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    gateway.operations.remove_phrase_category(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put(gateway: &Gateway, caller: &Caller, phrase: QuickPhrase) -> Result<(), Problem> {
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.put_phrase(now, (&who.actor, &who.scope), |of| who.grants.allows(of), phrase).await?;
    Ok(())
}

fn wanted(id: QuickPhraseId, version: i64, wish: QuickPhraseWish, me: UserId) -> Result<QuickPhrase, Problem> {
    let whose = match (wish.whose.as_str(), wish.queue) {
        ("everybody", None) => PhraseFor::Everybody,
        ("queue", Some(queue)) => PhraseFor::Queue(QueueId(queue)),
        ("me", None) => PhraseFor::Me(me),
        _ => return Err(Problem::invalid("a phrase is for everybody, for a queue that is named, or for me")),
    };
    let QuickPhraseWish { category, code, title, texts, .. } = wish;
    Ok(QuickPhrase { id, category: category.map(PhraseCategoryId), whose, code, title, texts, uses: 0, version })
}

fn of_wish(id: PhraseCategoryId, wish: PhraseCategoryWish) -> PhraseCategory {
    PhraseCategory {
        id,
        parent: wish.parent.map(PhraseCategoryId),
        name: wish.name,
        place: wish.place,
        queues: wish.queues.into_iter().map(QueueId).collect(),
        open: wish.open,
    }
}

fn category(one: PhraseCategory) -> PhraseCategoryReply {
    PhraseCategoryReply {
        id: one.id.0,
        parent: one.parent.map(|parent| parent.0),
        name: one.name,
        place: one.place,
        queues: one.queues.into_iter().map(|queue| queue.0).collect(),
        open: one.open,
    }
}

fn shown(view: PhraseView) -> QuickPhraseReply {
    let PhraseView { phrase, usable, editable } = view;
    let (whose, queue) = match phrase.whose {
        PhraseFor::Everybody => ("everybody", None),
        PhraseFor::Queue(queue) => ("queue", Some(queue.0)),
        PhraseFor::Me(_) => ("me", None),
    };
    QuickPhraseReply {
        id: phrase.id.0,
        category: phrase.category.map(|category| category.0),
        whose,
        queue,
        code: phrase.code,
        title: phrase.title,
        texts: phrase.texts,
        uses: phrase.uses,
        version: phrase.version,
        usable,
        editable,
    }
}
