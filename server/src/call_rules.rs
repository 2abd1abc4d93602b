//! Rules of the account in calls: asked when a caller comes to a queue, within a bounded time, and by a job when the call is over.

use crate::desk::Desks;
use crate::recordings::Recordings;
use crate::tasks::jobs::Worker;
use crate::tasks::rows::Rows;
use ringdesk_model::{AccountId, CallId, Clock as _, ConversationId, WallClock};
use ringdesk_operations::contact_blocks::TELL_DOOR;
use ringdesk_operations::rules::{CALL_RULES, CallComes};
use ringdesk_storage::jobs::Job;
use ringdesk_voice::{Answer, CallRuling, RulesRequest};
use std::sync::Arc;
use std::time::Duration;

/// How long rules may take before a caller goes where the flow leads them.
const RULING: Duration = Duration::from_secs(2);

/// What the rules say of a caller. A store that does not say so at once makes nobody wait for it.
pub(crate) async fn of_caller(
    desks: &Desks,
    (call, conversation): (CallId, Option<ConversationId>),
    RulesRequest { queue, entered, said }: RulesRequest,
) -> Answer {
    // No call of an agent's own is asked about, and none that is in no books.
    let Some(conversation) = conversation else { return Answer::Failed };
    let (operations, account) = desks.dialling.house();
    let comes = CallComes { call, conversation, queue, entered, said };
    let asked = async {
        // Rules ask of rows, and the call's first ones may still be on their way.
        desks.journal.flushed().await;
        operations.rule_caller(desks.clock.now(), account, &comes).await
    };
    let why = match tokio::time::timeout(RULING, asked).await {
        Ok(Ok(Some(ruled))) => {
            metrics::counter!("calls_ruled_total").increment(1);
            wake(&desks.recordings, account).await;
            let (queue, priority, greeting) = (ruled.queue, ruled.priority, ruled.greeting);
            return Answer::Ruled(CallRuling { queue, priority, greeting });
        }
        Ok(Ok(None)) => return Answer::Failed,
        Ok(Err(fault)) => fault.to_string(),
        Err(_) => "not in time".to_owned(),
    };
    metrics::counter!("calls_not_ruled_total").increment(1);
    tracing::warn!(call.id = %call, why, "a caller goes where the flow leads: the rules could not be asked");
    Answer::Failed
}

/// Asks the rules of calls that are over, and tells the door whom rules keep out.
pub(crate) struct Ruler {
    pub(crate) recordings: Arc<Recordings>,
    pub(crate) rows: Rows,
    pub(crate) clock: WallClock,
}

impl Worker for Ruler {
    fn kinds(&self) -> &'static [&'static str] {
        &[CALL_RULES, TELL_DOOR]
    }

    async fn work(&self, job: &Job) -> Result<(), String> {
        if job.kind == TELL_DOOR {
            self.rows.changed().await;
            return Ok(());
        }
        let payload: serde_json::Value = serde_json::from_str(&job.payload).map_err(|e| e.to_string())?;
        let call = payload["call"].as_str().and_then(|id| id.parse().ok()).ok_or("the job names no call")?;
        let conversation = payload["conversation"].as_str().and_then(|id| id.parse().ok());
        let conversation: ConversationId = conversation.ok_or("the job names no conversation")?;
        let ruled = self.recordings.operations.rule_closed_call(self.clock.now(), job.account, (call, conversation));
        Box::pin(ruled).await.map_err(|e| e.to_string())?;
        wake(&self.recordings, job.account).await;
        Ok(())
    }
}

/// Whoever follows the outbox looks.
async fn wake(recordings: &Recordings, account: AccountId) {
    if let Ok(head) = recordings.operations.events_head(account).await {
        recordings.hearing.wake(head);
    }
}
