//! Contacts whose turn has come and whom the house calls before any agent is asked: through the one gate for calls to the outside, in a
//! call whose flow greets them and has them wait at their place. Who does not say that they are there (an answering machine) was not
//! reached.

use crate::desk::Desks;
use crate::outbound::{self, NotMade};
use crate::tasks::rows::Rows;
use ringdesk_conversations::ContactNumber;
use ringdesk_ivr::Flow;
use ringdesk_ivr::prompt::CALLBACK_GREETING;
use ringdesk_model::{CallId, Clock as _, Ids, QueueId, WorkItemId};
use ringdesk_operations::kept_places::FirstCall;
use ringdesk_storage::contacts::Identity;
use ringdesk_switchboard::AccountInput;
use ringdesk_voice::{CallEvent, Party};
use std::sync::{Arc, Mutex};

/// Shown where neither the queue nor the call in which they came has a number of ours; trunks put theirs in its place, if they have one.
const NOBODY: &str = "anonymous";

/// Call whoever waits by this work item.
pub(crate) async fn begin(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    (work_item, queue): (WorkItemId, QueueId),
) {
    if !call(desks, rows, seeds, work_item, queue).await {
        let _ = desks.account.send(AccountInput::Called(work_item, None)).await; // the house is ending
    }
}

/// True: there is a call, which says itself that it has begun.
async fn call(desks: &Arc<Desks>, rows: &Rows, seeds: &Mutex<Ids>, work_item: WorkItemId, queue: QueueId) -> bool {
    let (operations, account) = desks.dialling.house();
    let wanted = match operations.call_first(desks.clock.now(), account, work_item, queue).await {
        Ok(Some(wanted)) => wanted,
        Ok(None) => return false,
        Err(fault) => {
            tracing::error!(%fault, "it could not be written down that somebody is called back");
            return false;
        }
    };
    let callback = wanted.callback;
    let made = match dial(desks, rows, seeds, wanted, work_item, queue).await {
        Ok(call) => Some(call),
        Err(why) => {
            tracing::info!(%callback, %why, "a contact whose turn has come was not dialled; they are again in a minute");
            None
        }
    };
    if let Err(fault) = operations.callback_dialled(desks.clock.now(), account, callback, made).await {
        tracing::error!(%callback, %fault, "it is not written down in which call somebody is called back");
    }
    made.is_some()
}

async fn dial(
    desks: &Arc<Desks>,
    rows: &Rows,
    seeds: &Mutex<Ids>,
    wanted: FirstCall,
    work_item: WorkItemId,
    queue: QueueId,
) -> Result<CallId, NotMade> {
    let identity = ContactNumber::normalise(wanted.number.reveal(), desks.dialling.home());
    let called = CalledFirst { work_item, identity: identity.map(|number| Identity::number(&number)), started: None };
    let from = Party::number(wanted.caller_id.unwrap_or_else(|| NOBODY.to_owned()));
    let spoken = (flow(queue)?, wanted.language.unwrap_or_default());
    outbound::call_first(desks, rows, seeds, (wanted.number, from), queue, spoken, called).await
}

/// They say that they are there, and wait.
fn flow(queue: QueueId) -> Result<Flow, NotMade> {
    let document = serde_json::json!({
        "name": "a contact whose turn has come",
        "start": "answer",
        "steps": {
            "answer": { "kind": "answer", "next": "greeting" },
            "greeting": {
                "kind": "menu",
                "prompts": [{ "id": CALLBACK_GREETING }],
                "choices": { "1": "queue" },
                "on_failed": "over"
            },
            "queue": { "kind": "queue", "queue": queue },
            "over": { "kind": "hangup" }
        }
    });
    Flow::parse(&document.to_string()).map_err(|_| NotMade::Failed)
}

/// Such a call, as its rooms see it.
pub(crate) struct CalledFirst {
    /// Whose place it is.
    pub(crate) work_item: WorkItemId,
    /// By which the contact is known.
    pub(crate) identity: Option<Identity>,
    started: Option<CallEvent>,
}

impl CalledFirst {
    /// For those who tell the contact's sound from that of others by whose call it is: the call begins with the contact, when they
    /// have answered.
    pub(crate) fn begins(&mut self, event: &CallEvent) -> Option<CallEvent> {
        match event {
            CallEvent::Started { .. } => {
                self.started = Some(event.clone());
                None
            }
            CallEvent::Answered { leg } => match self.started.take()? {
                CallEvent::Started { from, to, origin, .. } => Some(CallEvent::Started { leg: *leg, from, to, origin }),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Language;

    /// Rows: V7
    #[test]
    fn the_flow_of_a_contact_who_is_called_first_holds() {
        let flow = flow(QueueId(uuid::Uuid::from_u128(1))).expect("it is a flow");
        assert_eq!(flow.check(), []);
        for language in [Language::En, Language::ZhCn] {
            assert!(ringdesk_tts::texts(language).contains_key(CALLBACK_GREETING), "{language:?}");
        }
    }
}
