//! Of what happened: the outbox is followed behind a cursor that is a row, so nothing that happened goes untold, and offers and calls
//! are written as fast as ever.

use super::tell::{Readers, Told};
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{AccountId, AgentId, QueueId, Timestamp, UserId, mask_number};
use ringdesk_notices::{NoticeKind, Values};
use ringdesk_storage::outbox::{self, Event};
use ringdesk_storage::{Tx, agents, notices};
use serde_json::Value;
use std::collections::BTreeMap;

/// Events of which somebody is told.
const KINDS: &[&str] = &["work_offered", "conversation_rated", "callback_due", "side_note", "voicemail_left"];
/// Events in one step.
const STEP: i64 = 200;
/// So far the cursor may lie behind where nothing was to be told: not every second is worth a write.
const SLACK: i64 = 1_000;

/// Who works where.
struct Queues {
    names: BTreeMap<QueueId, String>,
    members: Vec<(QueueId, AgentId)>,
}

impl Operations {
    /// Tell people of what happened since the last time; gives how many notices that were.
    pub async fn follow_notices(&self, now: Timestamp, account: AccountId) -> Result<usize, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let head = outbox::head(&mut tx, account).await?;
        let Some(cursor) = notices::cursor(&mut tx, account).await? else {
            // What happened before anybody was told of anything is past.
            drop(tx);
            let (mut tx, _) = self.write(account).await?;
            notices::set_cursor(&mut tx, account, head).await?;
            tx.commit().await?;
            return Ok(0);
        };
        let events = outbox::of_kinds(&mut tx, &key, KINDS, (cursor, head), STEP).await?;
        drop(tx);
        if events.is_empty() && head - cursor < SLACK {
            return Ok(0);
        }
        let reached = match events.last() {
            Some(last) if i64::try_from(events.len()).is_ok_and(|many| many == STEP) => last.seq,
            _ => head,
        };
        let (mut tx, key) = self.write(account).await?;
        let (readers, queues) = (Readers::read(&mut tx, account).await?, Queues::read(&mut tx, account).await?);
        let mut told = 0;
        for event in &events {
            if let Some(one) = self.told_of(&mut tx, account, event, &readers, &queues).await? {
                told += self.tell(&mut tx, &key, now, &readers, &one).await?;
            }
        }
        notices::set_cursor(&mut tx, account, reached).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// What an event has somebody know. `None`: nothing, or nobody any more.
    async fn told_of(
        &self,
        tx: &mut Tx,
        account: AccountId,
        event: &Event,
        readers: &Readers,
        queues: &Queues,
    ) -> Result<Option<Told>, OperationError> {
        let data: Value = serde_json::from_str(event.payload.reveal()).unwrap_or_default();
        let own: Vec<UserId> = named(&data, "agent").and_then(|agent| readers.agent(agent)).into_iter().collect();
        let queue: Option<QueueId> = named(&data, "queue");
        let of_queue = || ("queue", queue.and_then(|id| queues.names.get(&id).cloned()).unwrap_or_default());
        let conversation = || data["conversation"].as_str().map(|id| format!("conversation:{id}")).unwrap_or_default();
        let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
        let (kind, to, values, place) = match event.kind.as_str() {
            "work_offered" => {
                let Some(item) = named(&data, "work_item") else { return Ok(None) };
                let Some((conversation, is_call)) = notices::of_work_item(tx, account, item).await? else {
                    return Ok(None);
                };
                let place = format!("{}:{conversation}", if is_call { "call" } else { "conversation" });
                (NoticeKind::Enquiry, own, Values::from([of_queue()]), place)
            }
            "conversation_rated" => {
                let stars = ("stars", data["stars"].to_string());
                (NoticeKind::Rating, own, Values::from([stars, of_queue()]), conversation())
            }
            "callback_due" => {
                let number = ("number", mask_number(&text("number")));
                (NoticeKind::CallbackDue, own, Values::from([number]), "callbacks".to_owned())
            }
            "side_note" => {
                let values = Values::from([("who", text("by")), ("text", text("text"))]);
                (NoticeKind::SideNote, own, values, String::new())
            }
            "voicemail_left" => {
                let seconds = data["duration_ms"].as_i64().unwrap_or_default() / 1_000;
                let values = Values::from([of_queue(), ("seconds", seconds.max(1).to_string())]);
                let to = match queue {
                    Some(queue) => queues.people(queue, readers),
                    None => self.leaders(readers),
                };
                (NoticeKind::LeftMessage, to, values, "left_messages".to_owned())
            }
            _ => return Ok(None),
        };
        Ok(Some(Told { kind, to, cause: format!("event:{}", event.seq), values, place }))
    }

    /// Who gives work out: what belongs to no queue is theirs to see.
    fn leaders(&self, readers: &Readers) -> Vec<UserId> {
        let assigns =
            |roles: &[String]| Grants::of(roles.iter().map(String::as_str), &self.roles).allows(Permission::WorkAssign);
        readers.all().filter(|user| assigns(&user.roles)).map(|user| user.id).collect()
    }
}

impl Queues {
    async fn read(tx: &mut Tx, account: AccountId) -> Result<Queues, OperationError> {
        Ok(Queues {
            names: agents::queues(tx, account).await?.into_iter().map(|queue| (queue.id, queue.name)).collect(),
            members: agents::queue_agents(tx, account).await?.into_iter().map(|one| (one.queue, one.agent)).collect(),
        })
    }

    fn people(&self, queue: QueueId, readers: &Readers) -> Vec<UserId> {
        let members = self.members.iter().filter(|(of, _)| *of == queue);
        members.filter_map(|(_, agent)| readers.agent(*agent)).collect()
    }
}

fn named<T: std::str::FromStr>(data: &Value, field: &str) -> Option<T> {
    data[field].as_str()?.parse().ok()
}
