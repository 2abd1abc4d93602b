//! When the agents were there: ready in the morning, at lunch, talking when their calls say so, gone in the evening.

use super::{Loading, TAG};
use anyhow::Result;
use ringdesk_model::{AgentId, Presence, Timestamp};
use ringdesk_storage::agents::PresenceChange;
use ringdesk_storage::journal::Set;
use std::time::Duration;

const WRAP_UP: Duration = Duration::from_secs(30);

/// Of every day of the pack. Agents who were here already keep what they were.
pub(super) async fn write(loading: &mut Loading) -> Result<()> {
    for agent in loading.agents.values().copied() {
        if !loading.pack.operations.presence_changes(&loading.scope, agent, 1).await?.is_empty() {
            continue;
        }
        let mut set = Set::new(loading.pack.key.clone());
        for day in (1..=13).rev() {
            for (at, presence) in of_day(loading, agent, day) {
                set.presence(agent, PresenceChange { at, presence, queue: None, actor: TAG.to_owned() });
            }
        }
        loading.pack.operations.write_journal(&set).await?;
    }
    Ok(())
}

fn of_day(loading: &Loading, agent: AgentId, day: u32) -> Vec<(Timestamp, Presence)> {
    let at = |minutes| loading.at(day, minutes);
    let (begins, ends) = (at(8 * 60 + 55), at(18 * 60 + 30));
    let mut busy: Vec<(Timestamp, Timestamp)> =
        loading.talks.iter().filter(|t| t.0 == agent && begins < t.1 && t.2 < ends).map(|t| (t.1, t.2)).collect();
    busy.sort_unstable();
    let lunch = (at(12 * 60 + 30), at(13 * 60));
    let mut changes = vec![(begins, Presence::Ready)];
    let mut free_from = begins;
    let rests = busy.iter().all(|(from, to)| *to + WRAP_UP < lunch.0 || *from > lunch.1);
    for (from, to) in busy {
        if from < free_from {
            continue; // two at once: only reports of calls show the other one
        }
        changes.push((from, Presence::Talking));
        changes.push((to, Presence::WrapUp));
        free_from = to + WRAP_UP;
        changes.push((free_from, Presence::Ready));
    }
    if rests {
        changes.push((lunch.0, Presence::NotReady("lunch".to_owned())));
        changes.push((lunch.1, Presence::Ready));
    }
    changes.push((ends, Presence::LoggedOut));
    changes.sort_by_key(|(at, _)| *at);
    changes
}
