//! Conversations with their calls, participations and timeline.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::attachments::AttachmentReply;
use super::call_quality::PartyQuality;
use super::recordings::{RecordingReply, TranscriptReply, recording, transcript};
use super::reports::channel_named;
use super::search::stars;
use super::work::{CallEventReply, facts};
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::masked::{Number, hide_numbers};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_conversations::CallSheet;
use ringdesk_model::{
    AccountId, AgentId, Clock as _, ContactId, ConversationId, InboxId, Pii, QueueId, Scope, SegmentId, TagId,
    Timestamp,
};
use ringdesk_operations::conversations::{LinesFrom, words_for};
use ringdesk_storage::conversation_faces::LastText;
use ringdesk_storage::conversation_list::{Listed, ListedState};
use ringdesk_storage::conversations::{CallView, ConversationView, MessageView, ParticipationView};
use ringdesk_storage::recordings::RecordingView;
use ringdesk_storage::transcripts::TranscriptView;
use ringdesk_storage::transfers::TransferView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Characters of a text that a list shows.
const LAST_TEXT: usize = 160;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// `phone`, `web_chat` …
    channel: Option<String>,
    /// `open`, `closed`; `waiting`: somebody waits in a queue; `active`: an agent has a part in it now.
    state: Option<String>,
    /// It waited there, or was served from there.
    queue: Option<Uuid>,
    /// Has a part in it.
    agent: Option<Uuid>,
    /// It is marked with this tag.
    tag: Option<Uuid>,
    /// It came by this inbox.
    inbox: Option<Uuid>,
    contact: Option<Uuid>,
    /// The contact rated it with so many stars or fewer, 1 to 5.
    stars_most: Option<u8>,
    /// The contact is in this segment by now.
    segment: Option<Uuid>,
    /// Opened then or later: milliseconds since 1970 (UTC).
    from: Option<i64>,
    /// Opened before then.
    to: Option<i64>,
    /// 1 to 100; 20 without it.
    limit: Option<i64>,
    /// Only older ones than this conversation: the last one of the page before.
    before: Option<Uuid>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timeline {
    /// Only lines after this number.
    after: Option<i64>,
    /// Instead: the newest lines before this number. Of a long talk one reads the end first.
    before: Option<i64>,
    /// 1 to 200; 100 without it.
    limit: Option<i64>,
    /// Also what a live transcript heard, when there is a better one.
    superseded: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ConversationReply {
    id: Uuid,
    channel: &'static str,
    contact: Option<Uuid>,
    /// What the contact is called; null: nobody knows.
    contact_name: Option<String>,
    inbox: Option<Uuid>,
    /// What the inbox is called.
    inbox_name: Option<String>,
    /// Milliseconds since 1970 (UTC), as all times.
    opened_at: i64,
    closed_at: Option<i64>,
    calls: Vec<CallReply>,
    participations: Vec<ParticipationReply>,
    recordings: Vec<RecordingReply>,
    transcripts: Vec<TranscriptReply>,
    /// Of the account's list.
    tags: BTreeSet<Uuid>,
    /// Null: it is spoken, or nothing was written yet.
    last_text: Option<LastTextReply>,
}

/// The last text of a conversation that was not taken back.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastTextReply {
    /// `contact`, `agent`, `bot`, `system`.
    speaker: String,
    agent: Option<Uuid>,
    /// How it begins, 160 characters at most; empty: a file alone.
    text: String,
    at: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallReply {
    id: Uuid,
    /// `inbound`, `outbound`.
    direction: String,
    from: Number,
    to: Number,
    started_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    hangup_cause: Option<String>,
    hung_up_by: Option<String>,
    queue_ms: u64,
    talk_ms: u64,
    hold_ms: u64,
    /// How each party sounded, once their connection is over.
    sound: Vec<PartyQuality>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ParticipationReply {
    id: Uuid,
    agent: Uuid,
    queue: Option<Uuid>,
    joined_at: i64,
    left_at: Option<i64>,
    hold_ms: i64,
    disposition: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MessageReply {
    id: Uuid,
    seq: i64,
    kind: String,
    /// `contact`, `agent`, `bot`, `system`.
    speaker: String,
    agent: Option<Uuid>,
    text: String,
    at: i64,
    /// Of speech: its place in the call's recording.
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    /// Of speech: which of the conversation's transcripts it belongs to, or in which of its files it was said.
    transcript: Option<Uuid>,
    /// How often somebody mended what was heard; 0: it stands as the engine heard it.
    corrections: i64,
    /// Of a text that goes out: `pending`, `unknown` (handed over, and nobody knows), `sent`, `failed`, `delivered`, `read`.
    state: Option<String>,
    /// Why it failed.
    reason: Option<String>,
    /// Its sender took it back; it says nothing any more.
    recalled_at: Option<i64>,
    edited_at: Option<i64>,
    /// What was sent with it.
    attachments: Vec<AttachmentReply>,
}

/// Newest first: one's own, or everybody's with the right to it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations", tag = "conversations",
    params(("account_id" = Uuid, Path), Filter), responses((status = 200, body = Vec<ConversationReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<ConversationReply>>, Problem> {
    caller.may_read(account)?;
    let Query(filter) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let channel = filter.channel.as_deref().map(channel_named).transpose()?;
    let limit = limit(filter.limit, 20, 100)?;
    let scope = &caller.who.scope;
    let state = match filter.state.as_deref() {
        None => None,
        Some(name) => {
            let state = ListedState::parse(name);
            Some(state.ok_or_else(|| Problem::invalid("the state is open, closed, waiting or active"))?)
        }
    };
    let moment = |ms: Option<i64>| ms.map(|ms| Timestamp(ms.saturating_mul(1_000)));
    let wanted = Listed {
        state,
        channel,
        agent: filter.agent.map(AgentId),
        queue: filter.queue.map(QueueId),
        tag: filter.tag.map(TagId),
        inbox: filter.inbox.map(InboxId),
        contact: filter.contact.map(ContactId),
        stars_most: stars(filter.stars_most)?,
        from: moment(filter.from),
        to: moment(filter.to),
        before: filter.before.map(ConversationId),
    };
    let now = gateway.clock.now();
    let found = match filter.segment.map(SegmentId) {
        None => gateway.operations.conversations(scope, &wanted, limit).await?,
        Some(segment) => gateway.operations.segment_conversations(now, scope, segment, wanted, limit).await?,
    };
    let sounds = gateway.operations.recordings_of(scope, &found).await?;
    Ok(Json(found.into_iter().zip(sounds).map(|(view, sounds)| conversation(view, sounds, scope, now)).collect()))
}

/// One that this reader may see.
pub(super) async fn find(gateway: &Gateway, scope: &Scope, id: ConversationId) -> Result<ConversationView, Problem> {
    Ok(gateway.operations.conversation(scope, id).await?)
}

/// One conversation.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = ConversationReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<ConversationReply>, Problem> {
    caller.may_read(account)?;
    let found = gateway.operations.conversation(&caller.who.scope, id).await?;
    let sounds = gateway.operations.recordings(&caller.who.scope, id).await?;
    Ok(Json(conversation(found, sounds, &caller.who.scope, gateway.clock.now())))
}

/// Its timeline, in order: what happened, and what was said. Reading what was said leaves an entry in the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), Timeline), responses((status = 200, body = Vec<MessageReply>), (status = 404, body = Problem)))]
pub(crate) async fn messages(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    query: Result<Query<Timeline>, QueryRejection>,
) -> Result<Json<Vec<MessageReply>>, Problem> {
    caller.may_read(account)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(page.limit, 100, 200)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let from = match (page.after, page.before) {
        (Some(_), Some(_)) => return Err(Problem::invalid("after or before, not both")),
        (after, None) => LinesFrom::After(after.unwrap_or(0)),
        (None, Some(before)) => LinesFrom::Before(before),
    };
    let asked = (from, page.superseded.unwrap_or(false));
    let found = gateway.operations.messages(now, &who.actor, &who.scope, id, asked, limit).await?;
    let mut all: Vec<_> = found.into_iter().map(message).collect();
    if let Some((first, last)) = all.first().zip(all.last()).map(|(first, last)| (first.seq, last.seq)) {
        let between = (first - 1, last);
        let files = gateway.operations.files_of(&who.scope, id, between).await?;
        let mut heard = match files.iter().any(|file| file.kind == "sound") {
            true => gateway.operations.clips_of(&who.scope, id, between).await?,
            false => Vec::new(),
        };
        for file in files {
            if let Some(line) = all.iter_mut().find(|line| Some(line.id) == file.message) {
                let clip = heard.iter().position(|clip| clip.attachment_id == file.id).map(|at| heard.swap_remove(at));
                let mut shown = AttachmentReply::from(file);
                shown.transcript = clip.map(Into::into);
                line.attachments.push(shown);
            }
        }
    }
    Ok(Json(all))
}

/// Everything that happened in its calls, in order; the quality of each party's sound among it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/events", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = Vec<CallEventReply>), (status = 404, body = Problem)))]
pub(crate) async fn events(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<CallEventReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let mut all = Vec::new();
    for call in find(&gateway, scope, id).await?.calls {
        all.extend(facts(&gateway, scope, call.id).await?);
    }
    Ok(Json(all))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TransferReply {
    id: Uuid,
    /// Null: a text was passed on.
    call: Option<Uuid>,
    /// Who passed the contact on; none: whom a flow had dialled for them.
    by: Option<Uuid>,
    /// `blind`, `consult`, `join`.
    mode: String,
    /// For whom: `kind` is `agent`, `queue`, `flow`, `number`, `extension` or `supervisor`, and the rest says which.
    to: serde_json::Value,
    reason: Option<String>,
    began_at: i64,
    ended_at: Option<i64>,
    /// Until somebody answered, or it was over.
    waited_ms: Option<i64>,
    /// `completed`, `declined`, `no_answer`, `busy`, `unreachable`, `forbidden`, `returned`, `caller_left`, `failed`; none while
    /// it is under way.
    outcome: Option<String>,
    /// The agent who took it.
    agent: Option<Uuid>,
}

/// Who passed the contact on to whom, in order, why, and what came of it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/transfers", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = Vec<TransferReply>), (status = 404, body = Problem)))]
pub(crate) async fn transfers(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<TransferReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let shown = |view: TransferView| {
        let mut to: serde_json::Value = serde_json::from_str(view.target_said.reveal()).unwrap_or_default();
        hide_numbers(&mut to, scope);
        TransferReply {
            id: view.id.0,
            call: view.call.map(|c| c.0),
            by: view.by.map(|a| a.0),
            mode: view.mode,
            to,
            reason: view.reason.map(Pii::into_inner),
            began_at: view.began_at.as_millis(),
            ended_at: view.ended_at.map(Timestamp::as_millis),
            waited_ms: view.waited_ms,
            outcome: view.outcome,
            agent: view.taken_by.map(|a| a.0),
        }
    };
    Ok(Json(gateway.operations.transfers(scope, id).await?.into_iter().map(shown).collect()))
}

/// What a conversation has of sound and of its transcripts.
pub(super) type Sounds = (Vec<RecordingView>, Vec<TranscriptView>);

pub(super) fn conversation(
    view: ConversationView,
    (sound, text): Sounds,
    scope: &Scope,
    now: Timestamp,
) -> ConversationReply {
    ConversationReply {
        id: view.id.0,
        channel: view.channel.as_str(),
        contact: view.contact.map(|c| c.0),
        contact_name: view.contact_name.map(|name| words_for(scope, &name)),
        inbox: view.inbox.map(|i| i.0),
        inbox_name: view.inbox_name,
        opened_at: view.opened_at.as_millis(),
        closed_at: view.closed_at.map(Timestamp::as_millis),
        calls: view.calls.into_iter().map(|c| call(c, scope, now)).collect(),
        participations: view.participations.into_iter().map(participation).collect(),
        recordings: sound.into_iter().map(recording).collect(),
        transcripts: text.into_iter().map(transcript).collect(),
        tags: view.tags.into_iter().map(|t| t.0).collect(),
        last_text: view.last_text.map(|last| last_text(last, scope)),
    }
}

fn last_text(last: LastText, scope: &Scope) -> LastTextReply {
    let is_theirs = last.speaker == "contact";
    let text = if is_theirs { words_for(scope, &last.text) } else { last.text.into_inner() };
    LastTextReply {
        speaker: last.speaker,
        agent: last.agent.map(|a| a.0),
        text: text.chars().take(LAST_TEXT).collect(),
        at: last.at.as_millis(),
    }
}

fn call(view: CallView, scope: &Scope, now: Timestamp) -> CallReply {
    let sheet =
        view.sheet.as_ref().and_then(|s| serde_json::from_str::<CallSheet>(s.reveal()).ok()).unwrap_or_default();
    let figures = sheet.figures(now);
    CallReply {
        id: view.id.0,
        direction: view.direction,
        from: Number::shown(&view.parties.from, scope),
        to: Number::shown(&view.parties.to, scope),
        started_at: view.started_at.as_millis(),
        answered_at: view.answered_at.map(Timestamp::as_millis),
        ended_at: view.ended_at.map(Timestamp::as_millis),
        hangup_cause: view.cause,
        hung_up_by: view.ended_by,
        queue_ms: figures.queue_ms,
        talk_ms: figures.talk_ms,
        hold_ms: figures.hold_ms,
        sound: sheet.sound.iter().map(|sound| PartyQuality::of(sound.party, &sound.figures)).collect(),
    }
}

fn participation(view: ParticipationView) -> ParticipationReply {
    ParticipationReply {
        id: view.id.0,
        agent: view.agent.0,
        queue: view.queue.map(|q| q.0),
        joined_at: view.started_at.as_millis(),
        left_at: view.ended_at.map(Timestamp::as_millis),
        hold_ms: view.hold_us / 1_000,
        disposition: view.disposition,
    }
}

pub(super) fn message(view: MessageView) -> MessageReply {
    MessageReply {
        id: view.id,
        seq: view.seq,
        kind: view.kind,
        speaker: view.speaker,
        agent: view.agent.map(|a| a.0),
        text: view.text.into_inner(),
        at: view.at.as_millis(),
        start_ms: view.start_ms,
        end_ms: view.end_ms,
        transcript: view.transcript.map(|t| t.0),
        corrections: view.corrections,
        state: view.state,
        reason: view.reason,
        recalled_at: view.recalled_at.map(Timestamp::as_millis),
        edited_at: view.edited_at.map(Timestamp::as_millis),
        attachments: Vec::new(),
    }
}
