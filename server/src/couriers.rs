//! What leaves by a channel: the texts of a conversation in their order, one after the other, each until its channel has it.
//!
//! Several couriers go at once, so that a receiver who does not answer holds up its own texts and nobody else's; one that was not
//! to be reached is left alone for a moment by all of them.

use crate::tasks::jobs::Worker;
use ringdesk_channels::{Carrier, Outbound, Sent};
use ringdesk_conversations::TextState;
use ringdesk_model::{AccountId, Clock as _, ConversationId, InboxId, Pii, Timestamp, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::messages::SEND;
use ringdesk_operations::text_inboxes::Leaving;
use ringdesk_storage::jobs::Job;
use ringdesk_storage::texts::PendingText;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// At once.
pub(crate) const COURIERS: usize = 4;
/// For how long a receiver is left alone who was not to be reached.
const PAUSE: Duration = Duration::from_secs(3);
/// Conversations share so many locks: one is handed over by one courier at a time.
const LANES: usize = 64;

/// Clones share what they know.
#[derive(Clone)]
pub(crate) struct Courier {
    pub(crate) operations: Arc<Operations>,
    pub(crate) carrier: Carrier,
    pub(crate) clock: WallClock,
    /// Newest cursor of the outbox.
    pub(crate) newest: watch::Sender<u64>,
    lanes: Arc<[tokio::sync::Mutex<()>; LANES]>,
    paused: Arc<Mutex<HashMap<InboxId, Timestamp>>>,
}

impl Courier {
    pub(crate) fn new(
        operations: Arc<Operations>,
        carrier: Carrier,
        clock: WallClock,
        newest: watch::Sender<u64>,
    ) -> Courier {
        let lanes = Arc::new(std::array::from_fn(|_| tokio::sync::Mutex::new(())));
        Courier { operations, carrier, clock, newest, lanes, paused: Arc::default() }
    }

    /// Everything that waits in a conversation. An error: later again, from where it stands.
    async fn hand_over(&self, job: &Job, conversation: ConversationId) -> Result<(), String> {
        let account = job.account;
        while let Some(leaving) =
            self.operations.leaving(self.clock.now(), account, conversation).await.map_err(|e| e.to_string())?
        {
            for text in &leaving.texts {
                let last = job.attempt >= job.max_attempts;
                let told = match self
                    .carried(&leaving, &text.id.to_string(), &self.created(account, &leaving, text).await?)
                    .await
                {
                    Sent::Accepted => (TextState::Sent, None),
                    Sent::Refused(why) => (TextState::Failed, Some(why)),
                    Sent::Later(why, _) if last => (TextState::Failed, Some(why)),
                    Sent::Unknown(why) if last || leaving.settings.no_repeats => (TextState::Unknown, Some(why)),
                    // Those behind it wait: they are read in their order.
                    Sent::Later(why, _) | Sent::Unknown(why) => return Err(why),
                };
                let (state, why) = (told.0, told.1.as_deref());
                let left = self.operations.text_left(self.clock.now(), account, text.id, (state, why)).await;
                left.map_err(|e| e.to_string())?;
                metrics::counter!("texts_left_total", "state" => state.as_str()).increment(1);
                self.wake(account).await;
            }
        }
        Ok(())
    }

    /// An edit or a recall of one that has left.
    async fn hand_over_change(&self, job: &Job, (conversation, message): Named, kind: &str) -> Result<(), String> {
        let about = (conversation, message);
        let found = self.operations.changed_text(self.clock.now(), job.account, about).await;
        let Some((leaving, seq, text)) = found.map_err(|e| e.to_string())? else { return Ok(()) };
        let body = serde_json::json!({
            "type": kind, "message": message, "conversation": conversation, "seq": seq, "text": text.as_ref().map(Pii::reveal),
            "contact": { "id": leaving.address.reveal() }
        });
        match self.carried(&leaving, &format!("{message}.{kind}.{}", job.id), &body).await {
            Sent::Accepted => Ok(()),
            Sent::Later(why, _) => Err(why),
            Sent::Unknown(why) if !leaving.settings.no_repeats => Err(why),
            Sent::Refused(why) | Sent::Unknown(why) => {
                tracing::warn!(%message, why, "the channel did not take a change of a text");
                Ok(())
            }
        }
    }

    /// What the channel is told of a text. A file is a path beneath this server, which holds for three days.
    async fn created(
        &self,
        account: AccountId,
        leaving: &Leaving,
        text: &PendingText,
    ) -> Result<serde_json::Value, String> {
        let files =
            self.operations.files_leaving(self.clock.now(), account, text.id).await.map_err(|e| e.to_string())?;
        let files = files.iter().map(|(file, link)| {
            serde_json::json!({
                "id": file.id, "name": file.name.reveal(), "kind": file.kind, "mime": file.mime, "bytes": file.bytes,
                "path": format!("/public/api/v1/attachments/{link}")
            })
        });
        Ok(serde_json::json!({
            "type": "message_created", "message": text.id, "conversation": text.conversation, "seq": text.seq,
            "contact": { "id": leaving.address.reveal() }, "speaker": text.speaker, "agent": text.agent,
            "text": text.text.reveal(), "attachments": files.collect::<Vec<_>>(), "at": text.at.as_millis()
        }))
    }

    async fn carried(&self, leaving: &Leaving, id: &str, body: &serde_json::Value) -> Sent {
        // Visitors of a site, and staff at their console, are told by their socket and read what is stored: it is there.
        if leaving.settings.site.is_some() || leaving.settings.internal {
            return Sent::Accepted;
        }
        let Some(url) = &leaving.settings.webhook else {
            return Sent::Refused("the inbox has no address to send to".into());
        };
        if let Some(until) = self.paused().get(&leaving.inbox).copied()
            && self.clock.now() < until
        {
            return Sent::Later("it was not to be reached a moment ago".into(), None);
        }
        let secrets: Vec<String> = leaving.secrets.iter().map(|secret| secret.reveal().clone()).collect();
        let body = body.to_string();
        let sent =
            self.carrier.send(self.clock.now(), &Outbound { url, id, body: body.as_bytes(), secrets: &secrets }).await;
        match &sent {
            Sent::Later(_, wait) => {
                self.paused().insert(leaving.inbox, self.clock.now() + wait.unwrap_or(PAUSE));
            }
            Sent::Unknown(_) => {
                self.paused().insert(leaving.inbox, self.clock.now() + PAUSE);
            }
            Sent::Accepted | Sent::Refused(_) => drop(self.paused().remove(&leaving.inbox)),
        }
        sent
    }

    fn paused(&self) -> std::sync::MutexGuard<'_, HashMap<InboxId, Timestamp>> {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wake(&self, account: AccountId) {
        if let Ok(head) = self.operations.events_head(account).await {
            crate::hearing::pen::wake(&self.newest, head);
        }
    }
}

/// Which text of which conversation.
type Named = (ConversationId, uuid::Uuid);

impl Worker for Courier {
    fn kinds(&self) -> &'static [&'static str] {
        &[SEND]
    }

    async fn work(&self, job: &Job) -> Result<(), String> {
        let payload: serde_json::Value = serde_json::from_str(&job.payload).map_err(|e| e.to_string())?;
        let conversation: ConversationId =
            payload["conversation"].as_str().and_then(|id| id.parse().ok()).ok_or("the job names no conversation")?;
        let lane = conversation.0.as_u128() as usize % LANES;
        let _one_at_a_time = self.lanes[lane].lock().await;
        match (payload["change"].as_str(), payload["message"].as_str().and_then(|id| id.parse().ok())) {
            (Some(kind), Some(message)) => self.hand_over_change(job, (conversation, message), kind).await,
            _ => self.hand_over(job, conversation).await,
        }
    }
}
