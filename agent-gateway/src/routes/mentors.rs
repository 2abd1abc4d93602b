//! Mentors: who is put beside which agent, until when, and by whom it is ended. What they do there: [`super::mentoring`].

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::orders::CallWish;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, MentorshipId, Timestamp, UserId};
use ringdesk_operations::mentors::MentorshipView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct MentorshipReply {
    id: Uuid,
    /// The user.
    mentor: Uuid,
    /// Null: they are gone from the books.
    mentor_name: Option<String>,
    agent: Uuid,
    agent_name: Option<String>,
    since: i64,
    /// Null: until somebody ends it.
    until: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMentorship {
    /// A user; who mentors need not take work.
    mentor: Uuid,
    agent: Uuid,
    /// Milliseconds since 1970 (UTC), and in the future; without it, until somebody ends it.
    until: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MentorshipMade {
    id: Uuid,
}

impl From<MentorshipView> for MentorshipReply {
    fn from(view: MentorshipView) -> Self {
        MentorshipReply {
            id: view.id.0,
            mentor: view.it.mentor.0,
            mentor_name: view.mentor_name,
            agent: view.it.agent.0,
            agent_name: view.agent_name,
            since: view.it.since.as_millis(),
            until: view.it.until.map(Timestamp::as_millis),
        }
    }
}

/// Who mentors whom now, whoever was put there first before the others.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/mentors", tag = "mentors", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<MentorshipReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<MentorshipReply>>, Problem> {
    caller.may(account, Permission::MentorsAttach)?;
    let all = gateway.operations.mentorships(gateway.clock.now(), account, (None, None)).await?;
    Ok(Json(all.into_iter().map(Into::into).collect()))
}

/// Put a mentor beside an agent. Who is there already stays until the moment that is named now.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/mentors", tag = "mentors", params(("account_id" = Uuid, Path)),
    request_body = NewMentorship,
    responses((status = 201, body = MentorshipMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn attach(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewMentorship>, JsonRejection>,
) -> Result<(StatusCode, Json<MentorshipMade>), Problem> {
    caller.may(account, Permission::MentorsAttach)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let until = new.until.map(|ms| Timestamp(ms.saturating_mul(1_000)));
    let (now, actor, both) = (gateway.clock.now(), &caller.who.actor, (UserId(new.mentor), AgentId(new.agent)));
    let id = gateway.operations.attach_mentor(now, actor, account, both, until).await?;
    Ok((StatusCode::CREATED, Json(MentorshipMade { id: id.0 })))
}

/// End it: from now on they see nothing of that agent's talks, and the telephone by which they were in one is hung up.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/mentors/{id}", tag = "mentors",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn detach(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, MentorshipId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::MentorsAttach)?;
    let ended = gateway.operations.detach_mentor(gateway.clock.now(), &caller.who.actor, account, id).await?;
    if let Some(supervisor) = ended.mentor {
        for call in ended.calls {
            // Refused: they were not in it.
            let _ = gateway.orders.call(caller.who.actor.clone(), call, CallWish::StopSupervising { supervisor }).await;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
