//! Filters of what contacts write, and the list of what they found.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Pii, Timestamp};
use ringdesk_operations::filtered_texts::{FilteredView, Verdict};
use ringdesk_operations::text_filters::{FilterAction, Find, KeptFilter, TextFilter};
use ringdesk_storage::text_filters::FindRow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextFilterWish {
    /// At most 64 characters; no other has it.
    name: String,
    /// At most 500 of 200 characters. Width, case, and traditional or simplified characters do not count; Latin words are whole words.
    #[serde(default)]
    words: Vec<String>,
    /// At most 20 of 60 characters: `?` is any one character, `#` a digit, `*` up to ten characters.
    #[serde(default)]
    patterns: Vec<String>,
    /// More characters than this, 1 to 8,000.
    #[serde(default)]
    longer_than: Option<u32>,
    /// So many addresses of web pages or more, 1 to 100.
    #[serde(default)]
    links: Option<u32>,
    /// So many texts of one contact in a conversation within a minute or more, 2 to 1,000.
    #[serde(default)]
    in_a_minute: Option<u32>,
    /// `mark` (delivered, and its reader is told), `hold` (until somebody has looked at it), `refuse`. Of several filters the
    /// last of these counts.
    action: String,
    /// What is told to whose text is refused, by language, `en` and `zh`, at most 300 characters.
    #[serde(default)]
    reply: BTreeMap<String, String>,
    active: bool,
    /// The version it is put in the place of. Of a new one: nothing.
    #[serde(default)]
    replaces: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextFilterReply {
    id: Uuid,
    name: String,
    words: Vec<String>,
    patterns: Vec<String>,
    longer_than: Option<u32>,
    links: Option<u32>,
    in_a_minute: Option<u32>,
    action: &'static str,
    reply: BTreeMap<String, String>,
    active: bool,
    /// Say it when you change the filter.
    version: i64,
    /// What it has found, the oftenest first.
    finds: Vec<FindFigures>,
}

/// How a word of a filter has fared.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindFigures {
    /// `word`, `pattern`, `length`, `links`, `rate`.
    kind: String,
    /// The word, the pattern.
    what: Option<String>,
    /// In so many texts.
    found: i64,
    /// In so many of them somebody saw nothing wrong.
    harmless: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextFilterMade {
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichTexts {
    /// Those that are judged, were marked or refused; without it those that are held.
    past: Option<bool>,
    /// Of the past: those before this id.
    before: Option<Uuid>,
}

/// A text in which something was found. Numbers in it are hidden from who may not see them.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilteredTextReply {
    id: Uuid,
    inbox: Uuid,
    /// What was done with it: `mark`, `hold`, `refuse`.
    action: &'static str,
    contact_name: Option<String>,
    text: String,
    /// How many files came with it.
    files: usize,
    found: Vec<FilterFound>,
    at: i64,
    /// `harmless`, `harmful`; null: nobody has said.
    verdict: Option<&'static str>,
    judged_by: Option<Uuid>,
    judged_at: Option<i64>,
    /// Where it stands, if it does.
    conversation: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FilterFound {
    filter: Uuid,
    /// Its name then.
    name: String,
    finds: Vec<FoundPart>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FoundPart {
    /// `word`, `pattern`, `length`, `links`, `rate`.
    kind: String,
    what: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextVerdict {
    /// `harmless`: nothing is wrong with it, and one that is held is delivered; `harmful`.
    verdict: String,
    /// Of a harmful one: why who wrote it is kept out from now on, on every channel. 3 to 500 characters.
    #[serde(default)]
    block: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextJudged {
    /// Where it stands, if it does.
    conversation: Option<Uuid>,
}

/// By their names.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/text_filters", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TextFilterReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TextFilterReply>>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let (filters, finds) = gateway.operations.text_filters(account).await?;
    Ok(Json(filters.into_iter().map(|filter| shown(filter, &finds)).collect()))
}

/// Make one. The next text meets it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_filters", tag = "inboxes", params(("account_id" = Uuid, Path)),
    request_body = TextFilterWish,
    responses((status = 201, body = TextFilterMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<TextFilterWish>, JsonRejection>,
) -> Result<(StatusCode, Json<TextFilterMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let id = put(&gateway, account, &caller, None, wish).await?;
    Ok((StatusCode::CREATED, Json(TextFilterMade { id })))
}

#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/text_filters/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TextFilterWish,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    body: Result<Json<TextFilterWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    put(&gateway, account, &caller, Some(id), wish).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// With its figures. What it held stays in the list.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/text_filters/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    gateway.operations.remove_text_filter(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// At most a hundred texts: those that are held, longest waiting first; or the past ones, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/filtered_texts", tag = "inboxes", params(("account_id" = Uuid, Path), WhichTexts),
    responses((status = 200, body = Vec<FilteredTextReply>), (status = 403, body = Problem)))]
pub(crate) async fn texts(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<WhichTexts>, QueryRejection>,
) -> Result<Json<Vec<FilteredTextReply>>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let past = which.past.unwrap_or(false).then_some(which.before);
    let found = gateway.operations.filtered_texts(&caller.who.scope, past).await?;
    Ok(Json(found.into_iter().map(text).collect()))
}

/// Let it through, or have it refused; of a past one say whether the filter was right.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/filtered_texts/{id}/verdict", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TextVerdict,
    responses((status = 200, body = TextJudged), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn judge(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
    body: Result<Json<TextVerdict>, JsonRejection>,
) -> Result<Json<TextJudged>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let verdict = Verdict::parse(&wish.verdict);
    let verdict = verdict.ok_or_else(|| Problem::invalid("the verdict is harmless or harmful"))?;
    if verdict == Verdict::Harmless && wish.block.is_some() {
        return Err(Problem::invalid("nobody is kept out for a text that is harmless"));
    }
    let (now, who) = (gateway.clock.now(), &caller.who);
    let said = (verdict, wish.block.as_deref());
    let stands = Box::pin(gateway.operations.judge_text(now, &who.actor, &who.scope, id, said)).await?;
    gateway.orders.texts_changed();
    gateway.feeds.look();
    if wish.block.is_some() {
        gateway.orders.rows_changed().await;
    }
    Ok(Json(TextJudged { conversation: stands.map(|id| id.0) }))
}

async fn put(
    gateway: &Gateway,
    account: AccountId,
    caller: &Caller,
    id: Option<Uuid>,
    wish: TextFilterWish,
) -> Result<Uuid, Problem> {
    let action = FilterAction::parse(&wish.action);
    let filter = TextFilter {
        words: wish.words,
        patterns: wish.patterns,
        longer_than: wish.longer_than,
        links: wish.links,
        in_a_minute: wish.in_a_minute,
        action: action.ok_or_else(|| Problem::invalid("the action is mark, hold or refuse"))?,
        reply: wish.reply,
        active: wish.active,
    };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let which = (id, wish.replaces);
    Ok(gateway.operations.put_text_filter(now, actor, account, which, (&wish.name, &filter)).await?)
}

fn shown(kept: KeptFilter, finds: &[FindRow]) -> TextFilterReply {
    let KeptFilter { id, name, version, filter } = kept;
    let figures = |row: &FindRow| {
        let (kind, what) = parts(&row.find);
        FindFigures { kind, what, found: row.found, harmless: row.harmless }
    };
    TextFilterReply {
        id,
        name,
        words: filter.words,
        patterns: filter.patterns,
        longer_than: filter.longer_than,
        links: filter.links,
        in_a_minute: filter.in_a_minute,
        action: filter.action.as_str(),
        reply: filter.reply,
        active: filter.active,
        version,
        finds: finds.iter().filter(|row| row.filter == id).map(figures).collect(),
    }
}

fn text(view: FilteredView) -> FilteredTextReply {
    let found = view.found.into_iter().map(|by| FilterFound {
        filter: by.filter,
        name: by.name,
        finds: by.finds.iter().map(found_part).collect(),
    });
    FilteredTextReply {
        id: view.id,
        inbox: view.inbox.0,
        action: view.action.as_str(),
        contact_name: view.contact_name.map(Pii::into_inner),
        text: Pii::into_inner(view.text),
        files: view.files,
        found: found.collect(),
        at: view.at.as_millis(),
        verdict: view.verdict.map(Verdict::as_str),
        judged_by: view.judged_by.map(|user| user.0),
        judged_at: view.judged_at.map(Timestamp::as_millis),
        conversation: view.conversation.map(|id| id.0),
    }
}

fn found_part(find: &Find) -> FoundPart {
    let (kind, what) = parts(&find.as_words());
    FoundPart { kind, what }
}

/// `word:退款` is of kind `word`, and what was found is `退款`.
fn parts(find: &str) -> (String, Option<String>) {
    match find.split_once(':') {
        Some((kind, what)) => (kind.to_owned(), Some(what.to_owned())),
        None => (find.to_owned(), None),
    }
}
