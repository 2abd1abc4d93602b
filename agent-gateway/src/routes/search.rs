//! What was said and written, by its words; and the second at which it was said.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::reports::channel_named;
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_model::{AccountId, AgentId, Clock as _, ContactId, InboxId, Pii, QueueId, SegmentId, TagId, Timestamp};
use ringdesk_operations::search::{Ear, Search, SearchItem, SearchOrder};
use ringdesk_storage::search::Filter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Lines of a page that does not say.
const PAGE: i64 = 20;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Words that a line must all have, `"phrases"`, `begin*`nings; at most 256 characters.
    q: String,
    /// `contact`, `agent`, `bot`, `system`, or `note`: what agents wrote beside it.
    speaker: Option<String>,
    /// Has a part in the conversation.
    agent: Option<Uuid>,
    /// The conversation waited there, or was served from there.
    queue: Option<Uuid>,
    /// The conversation is marked with this tag.
    tag: Option<Uuid>,
    contact: Option<Uuid>,
    /// `phone`, `web_chat` …
    channel: Option<String>,
    /// The conversation came by this inbox.
    inbox: Option<Uuid>,
    /// The contact rated the conversation with so many stars or fewer, 1 to 5.
    stars_most: Option<u8>,
    /// The contact is in this segment by now.
    segment: Option<Uuid>,
    /// Said then or later: milliseconds since 1970 (UTC).
    from: Option<i64>,
    /// Said before then.
    to: Option<i64>,
    /// Heard in a call in which neither side spoke for so many seconds, all in all.
    silence_min_s: Option<i64>,
    /// Heard in a call in which both sides spoke at once for so many seconds, all in all.
    talk_over_min_s: Option<i64>,
    /// `zh`, `en`: what sounds like it, by this ear. Chinese takes characters, pinyin, or initials.
    sounds: Option<String>,
    /// `newest` first, or `ranked`: the best of the newest thousand first.
    order: Option<String>,
    /// `next` of the page before.
    before: Option<i64>,
    /// 1 to 100; 20 without it.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FoundReply {
    items: Vec<LineReply>,
    /// Where the next page begins; none: nothing is left. A page may be short and have a next one.
    next: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LineReply {
    conversation_id: Uuid,
    /// Its line among the conversation's messages; 0: it stands in a note.
    seq: i64,
    note: Option<Uuid>,
    channel: String,
    /// By which the conversation came.
    inbox: Option<Uuid>,
    /// `contact`, `agent`, `bot`, `system`, `note`.
    speaker: String,
    agent: Option<Uuid>,
    /// The part around the hit; numbers that were spoken or typed are hidden from readers without the right to them.
    text: String,
    /// Where in the text the words stand, in characters: from, to.
    hits: Vec<[usize; 2]>,
    /// Its place in the recording.
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    recording_id: Option<Uuid>,
    at: i64,
}

/// Look for what was said or written, in one's own conversations or in everybody's. Who looked, and in which conversations
/// they read, is an entry of the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/search", tag = "conversations",
    params(("account_id" = Uuid, Path), Wanted),
    responses((status = 200, body = FoundReply), (status = 400, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn find(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<FoundReply>, Problem> {
    caller.may_read(account)?;
    let Query(wanted) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let search = search(wanted)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let page = gateway.operations.search(now, &who.actor, &who.scope, &search).await?;
    Ok(Json(FoundReply { items: page.items.into_iter().map(line).collect(), next: page.next }))
}

fn search(wanted: Wanted) -> Result<Search, Problem> {
    let speaker = match wanted.speaker.as_deref() {
        None | Some("contact" | "agent" | "bot" | "system" | "note") => wanted.speaker,
        Some(_) => return Err(Problem::invalid("the speaker is contact, agent, bot, system or note")),
    };
    let channel = wanted.channel.as_deref().map(channel_named).transpose()?;
    let order = match wanted.order.as_deref() {
        None | Some("newest") => SearchOrder::Newest,
        Some("ranked") => SearchOrder::Ranked,
        Some(_) => return Err(Problem::invalid("the order is newest or ranked")),
    };
    let ear = match wanted.sounds.as_deref() {
        None => None,
        Some("zh") => Some(Ear::Chinese),
        Some("en") => Some(Ear::English),
        Some(_) => return Err(Problem::invalid("sounds is zh or en")),
    };
    let limit = limit(wanted.limit, PAGE, 100)?;
    if let (Some(from), Some(to)) = (wanted.from, wanted.to)
        && from > to
    {
        return Err(Problem::invalid("from lies after to"));
    }
    let moment = |ms: Option<i64>| ms.map(|ms| Timestamp(ms.saturating_mul(1_000)));
    let filter = Filter {
        speaker,
        agent: wanted.agent.map(AgentId),
        queue: wanted.queue.map(QueueId),
        tag: wanted.tag.map(TagId),
        contact: wanted.contact.map(ContactId),
        channel,
        inbox: wanted.inbox.map(InboxId),
        stars_most: stars(wanted.stars_most)?,
        from: moment(wanted.from),
        to: moment(wanted.to),
        silence_min_ms: seconds("silence_min_s", wanted.silence_min_s)?,
        talk_over_min_ms: seconds("talk_over_min_s", wanted.talk_over_min_s)?,
    };
    let segment = wanted.segment.map(SegmentId);
    Ok(Search { text: Pii::new(wanted.q), ear, filter, segment, order, before: wanted.before, limit })
}

/// Those that there are.
pub(super) fn stars(wanted: Option<u8>) -> Result<Option<u8>, Problem> {
    match wanted {
        None | Some(1..=5) => Ok(wanted),
        Some(_) => Err(Problem::invalid("stars are 1 to 5")),
    }
}

/// As milliseconds; nobody talks for longer than a day.
fn seconds(name: &str, wanted: Option<i64>) -> Result<Option<i64>, Problem> {
    match wanted {
        None => Ok(None),
        Some(seconds @ 0..=86_400) => Ok(Some(seconds * 1_000)),
        Some(_) => Err(Problem::invalid(format!("{name} is 0 to 86,400 seconds"))),
    }
}

fn line(item: SearchItem) -> LineReply {
    LineReply {
        conversation_id: item.conversation.0,
        seq: item.seq,
        note: item.note.map(|n| n.0),
        channel: item.channel,
        inbox: item.inbox.map(|i| i.0),
        speaker: item.speaker,
        agent: item.agent.map(|a| a.0),
        text: item.text.into_inner(),
        hits: item.hits.into_iter().map(|hit| [hit.start, hit.end]).collect(),
        start_ms: item.start_ms,
        end_ms: item.end_ms,
        recording_id: item.recording.map(|r| r.0),
        at: item.at.as_millis(),
    }
}
