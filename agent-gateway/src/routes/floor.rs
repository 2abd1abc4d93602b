//! The live floor: everybody and every queue now, with the figures of the day.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::reports::internal_named;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Medium, Presence, QueueId, Timestamp};
use ringdesk_operations::floor_figures::DayFigures;
use ringdesk_reports::{Internal, Metric};
use ringdesk_routing::{AgentFloor, QueueFloor, WorkFloor};
use ringdesk_storage::routing::OpenItem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Day {
    /// Where the day of its figures begins: the reader's midnight, in milliseconds since 1970 (UTC). Without it that of UTC.
    since: Option<i64>,
    /// What staff ask the house's help desks: `exclude` (so without it), `include`, `only`. Agents are shown with all their work.
    internal: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FloorReply {
    /// Of the live part: now.
    at: i64,
    /// When the figures of the day were read: at most five seconds ago.
    figures_at: i64,
    since: i64,
    agents: Vec<AgentOnFloor>,
    queues: Vec<QueueOnFloor>,
    /// Of all queues, by the ids of the catalogue.
    today: BTreeMap<&'static str, f64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AgentOnFloor {
    id: Uuid,
    name: String,
    /// `ready`, `not_ready`, `reserved`, `offered`, `talking`, `hold`, `wrap_up`, `reconnecting`, `logged_out`.
    state: &'static str,
    reason: Option<String>,
    since: i64,
    /// What they want to be when the work in hand is over.
    next: Option<&'static str>,
    paused_until: Option<i64>,
    work: Vec<WorkOnFloor>,
    /// Conversations by text that they have in hand: `active` work.
    texts_in_hand: u32,
    /// Calls of the last day without the disposition that the queue wants.
    unfilled: i64,
    /// Since when they want a leader's help; null: they do not.
    wants_help_since: Option<i64>,
    today: BTreeMap<&'static str, f64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct WorkOnFloor {
    work_item: Uuid,
    queue: Uuid,
    /// `voice`, `text`.
    medium: &'static str,
    /// `reserved`, `offered`, `active`, `wrap_up`.
    state: &'static str,
    /// Of wrap-up: when it ends by itself.
    until: Option<i64>,
    /// The call that it is.
    call: Option<Uuid>,
    conversation_id: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct QueueOnFloor {
    id: Uuid,
    name: String,
    /// Those being offered among them.
    waiting: u32,
    offered: u32,
    longest_wait_ms: i64,
    /// Conversations by text of this queue that agents have in hand.
    texts_in_hand: u32,
    /// By presence.
    agents: BTreeMap<String, u32>,
    /// Promised callbacks that are not kept yet.
    callbacks: i64,
    /// Those of them whose time is over.
    callbacks_overdue: i64,
    today: BTreeMap<&'static str, f64>,
}

/// Agents by presence with what they do, queues with who waits, and today's figures.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/floor", tag = "reports", params(("account_id" = Uuid, Path), Day),
    responses((status = 200, body = FloorReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Day>, QueryRejection>,
) -> Result<Json<FloorReply>, Problem> {
    caller.may(account, Permission::PerformanceRead)?;
    let Query(day) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let internal = internal_named(day.internal.as_deref())?.unwrap_or_default();
    let now = gateway.clock.now();
    let midnight = now.as_millis().div_euclid(DAY_MS) * DAY_MS;
    let since = day.since.unwrap_or(midnight);
    if !(now.as_millis() - 2 * DAY_MS..=now.as_millis()).contains(&since) {
        return Err(Problem::invalid("a day begins today or yesterday"));
    }
    let figures = gateway.operations.day_figures(now, account, Timestamp::from_millis(since), internal).await?;
    let names: BTreeMap<_, _> =
        gateway.operations.agents(&caller.who.scope).await?.into_iter().map(|a| (a.id, a.name)).collect();
    let items: BTreeMap<_, _> =
        gateway.operations.work_items(account, None).await?.into_iter().map(|item| (item.id, item)).collect();
    let help: BTreeMap<_, _> =
        gateway.operations.help_wanted(account).await?.into_iter().map(|h| (h.agent, h.at.as_millis())).collect();
    let floor = gateway.orders.floor();
    let in_hand = |w: &WorkFloor| {
        w.is_text_in_hand() && internal.counts(items.get(&w.work_item).is_some_and(|item| item.internal))
    };
    let work = |w: &WorkFloor| {
        let item = items.get(&w.work_item);
        WorkOnFloor {
            work_item: w.work_item.0,
            queue: w.queue.0,
            medium: match w.medium {
                Medium::Voice => "voice",
                Medium::Text => "text",
            },
            state: w.state,
            until: w.until.map(Timestamp::as_millis),
            call: item.and_then(|item| item.call.map(|c| c.0)),
            conversation_id: item.map(|item| item.conversation.0),
        }
    };
    let agent = |a: &AgentFloor| AgentOnFloor {
        id: a.agent.0,
        name: names.get(&a.agent).cloned().unwrap_or_default(),
        state: a.presence.as_str(),
        reason: match &a.presence {
            Presence::NotReady(reason) => Some(reason.clone()),
            _ => None,
        },
        since: a.since.as_millis(),
        next: a.next.as_ref().map(Presence::as_str),
        paused_until: a.paused_until.map(Timestamp::as_millis),
        work: a.work.iter().map(work).collect(),
        texts_in_hand: number(a.work.iter().filter(|w| in_hand(w)).count()),
        unfilled: figures.unfilled.get(&a.agent).copied().unwrap_or(0),
        wants_help_since: help.get(&a.agent).copied(),
        today: named(figures.agents.get(&a.agent)),
    };
    let texts = |queue: QueueId| {
        let all = floor.agents.iter().flat_map(|agent| &agent.work).filter(|w| w.queue == queue && in_hand(w));
        number(all.count())
    };
    let waits: BTreeMap<_, _> = floor.queues.iter().map(|q| (q.queue, waiting(q, internal, items.values()))).collect();
    let queue = |q: &QueueFloor| QueueOnFloor {
        id: q.queue.0,
        name: q.name.clone(),
        waiting: waits[&q.queue].waiting,
        offered: waits[&q.queue].offered,
        longest_wait_ms: waits[&q.queue].since.map_or(0, |since| (now.0 - since.0).max(0) / 1_000),
        texts_in_hand: texts(q.queue),
        agents: q.agents.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
        callbacks: figures.callbacks.get(&q.queue).map_or(0, |owed| owed.0),
        callbacks_overdue: figures.callbacks.get(&q.queue).map_or(0, |owed| owed.1),
        today: named(figures.queues.get(&q.queue)),
    };
    let DayFigures { at, since, .. } = *figures;
    Ok(Json(FloorReply {
        at: now.as_millis(),
        figures_at: at.as_millis(),
        since: since.as_millis(),
        agents: floor.agents.iter().filter(|a| names.contains_key(&a.agent)).map(agent).collect(),
        queues: floor.queues.iter().map(queue).collect(),
        today: named(Some(&figures.all)),
    }))
}

/// Who waits in a queue now.
#[derive(Debug, PartialEq, Eq)]
struct Waits {
    waiting: u32,
    offered: u32,
    /// The one that waits longest.
    since: Option<Timestamp>,
}

/// As routing says it, which knows first; the rows say it where some of it does not count.
fn waiting<'a>(q: &QueueFloor, internal: Internal, items: impl Iterator<Item = &'a OpenItem>) -> Waits {
    let here = items.filter(|item| item.queue == q.queue && matches!(item.state.as_str(), "waiting" | "offered"));
    let here: Vec<&OpenItem> = here.collect();
    let counts = |item: &OpenItem| internal.counts(item.internal);
    if internal != Internal::Only && here.iter().all(|item| counts(item)) {
        return Waits { waiting: q.waiting, offered: q.offered, since: q.longest_waiting_since };
    }
    let counted: Vec<&OpenItem> = here.into_iter().filter(|item| counts(item)).collect();
    Waits {
        waiting: number(counted.len()),
        offered: number(counted.iter().filter(|item| item.state == "offered").count()),
        since: counted.iter().map(|item| item.enqueued_at).min(),
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// By the ids of the catalogue.
fn named(figures: Option<&BTreeMap<Metric, f64>>) -> BTreeMap<&'static str, f64> {
    figures.into_iter().flatten().map(|(metric, value)| (metric.id(), *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    /// Rows: S1.24, S11.1
    #[test]
    fn who_asks_a_help_desk_does_not_wait_among_customers() {
        let (mut ids, at) = (Ids::seeded(1), Timestamp::from_millis);
        let queue: QueueId = ids.next(at(1));
        let mut item = |queue, state: &str, ms, internal| OpenItem {
            id: ids.next(at(ms)),
            queue,
            conversation: ids.next(at(ms)),
            call: None,
            medium: "text".into(),
            state: state.into(),
            enqueued_at: at(ms),
            internal,
        };
        let elsewhere = QueueId(Uuid::nil());
        let items = [
            item(queue, "offered", 10, true),
            item(queue, "waiting", 20, false),
            item(queue, "active", 5, false),
            item(elsewhere, "waiting", 1, true),
        ];
        let agents = BTreeMap::new();
        let said = QueueFloor {
            queue,
            name: "it".into(),
            waiting: 2,
            offered: 1,
            longest_waiting_since: Some(at(10)),
            agents,
        };
        let of = |internal| waiting(&said, internal, items.iter());
        let waits = |waiting, offered, ms| Waits { waiting, offered, since: Some(at(ms)) };
        assert_eq!(of(Internal::Exclude), waits(1, 0, 20));
        assert_eq!(of(Internal::Include), waits(2, 1, 10), "as routing has it");
        assert_eq!(of(Internal::Only), waits(1, 1, 10));
        let customers = &items[1..3];
        assert_eq!(waiting(&said, Internal::Exclude, customers.iter()), waits(2, 1, 10), "routing knows first");
        let none = Waits { waiting: 0, offered: 0, since: None };
        assert_eq!(waiting(&said, Internal::Only, customers.iter()), none);
    }
}
