//! What time does to texts: who waits long is told so, who is silent is reminded, and what nobody goes on with ends.

use crate::desk::audited;
use crate::messages::told;
use crate::text_inboxes::settings;
use crate::{OperationError, Operations};
use ringdesk_conversations::{TextManners, TextMatter, TextStep, text_step};
use ringdesk_model::{AccountId, Actor, ConversationId, InboxId, Pii, QueueId, Timestamp};
use ringdesk_rules::{Calendar, Hours};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_matters::{self, Matter};
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::{Tx, calendars, text_inboxes};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Matters looked at in one step.
const STEP: i64 = 2_000;

/// What an inbox does by itself, and the hours in which its time passes.
struct Patience {
    manners: TextManners,
    hours: Option<Calendar>,
}

impl Operations {
    /// Look at every open matter: who is told that nobody is there or that it takes longer, who is reminded, what ends. `attended`:
    /// the queues in which somebody is at work. Gives how many steps were made.
    pub async fn tend_texts(
        &self,
        now: Timestamp,
        account: AccountId,
        attended: &BTreeSet<QueueId>,
    ) -> Result<usize, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let patience = patience(&mut tx, account).await?;
        let mut due = Vec::new();
        for matter in text_matters::open(&mut tx, &key, STEP).await? {
            let Some(patience) = matter.inbox.and_then(|inbox| patience.get(&inbox)) else { continue };
            let step = step_of(now, &matter, patience, attended);
            if step != TextStep::Wait {
                due.push((matter.conversation, patience));
            }
        }
        drop(tx);
        for (conversation, patience) in &due {
            Box::pin(self.tend_text(now, account, *conversation, patience, attended)).await?;
        }
        Ok(due.len())
    }

    /// In a transaction of its own, as it stands by then.
    async fn tend_text(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
        patience: &Patience,
        attended: &BTreeSet<QueueId>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        texts::hold(&mut tx, account, conversation).await?;
        let Some(matter) = text_matters::get(&mut tx, &key, conversation).await? else { return Ok(()) };
        let step = match matter.closed_at {
            None => step_of(now, &matter, patience, attended),
            Some(_) => TextStep::Wait,
        };
        let manners = &patience.manners;
        let (say, action) = match step {
            TextStep::Wait => return Ok(()),
            TextStep::SayAway => (&manners.away, "message.away"),
            TextStep::Apologise => (&manners.late, "message.late"),
            TextStep::Remind => (&manners.reminder, "message.remind"),
            TextStep::Close => (&manners.farewell, "conversation.time_out"),
        };
        if let Some(text) = say {
            self.say_text(&mut tx, &key, now, conversation, (text, action)).await?;
        }
        match step {
            TextStep::Close => {
                Box::pin(self.closed(&mut tx, &key, now, &matter, "silence")).await?;
                let payload = Pii::new(serde_json::json!({
                    "conversation": conversation, "state": "closed", "line": "text.closed", "detail": "silence"
                }));
                outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "conversation_updated", payload }]).await?;
            }
            TextStep::Apologise => text_matters::apologised(&mut tx, account, conversation, now).await?,
            step => {
                let reminded = (step == TextStep::Remind).then_some(now);
                text_matters::house_said(&mut tx, account, conversation, reminded).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The house says something by itself.
    pub(crate) async fn say_text(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        conversation: ConversationId,
        (text, action): (&str, &'static str),
    ) -> Result<(), OperationError> {
        let id: Uuid = self.id(now);
        let text = Pii::new(text.to_owned());
        let (kind, speaker, agent) = ("message", "system", None);
        let line = NewTextLine { id, conversation, kind, speaker, agent, text: &text, at: now };
        let sending = Sending { author: None, sent_as: key.blind("sent_as", &id.to_string()), goes_out: true };
        let seq = texts::append(tx, key, &line, &sending).await?;
        self.hand_over(tx, key.account(), now, conversation, id).await?;
        let object = format!("conversation:{conversation}");
        audited(tx, key, now, &Actor::System, action, &object, None, None).await?;
        told(tx, key, now, "message_created", &line, seq).await?;
        Ok(())
    }
}

async fn patience(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<InboxId, Patience>, OperationError> {
    let calendars: BTreeMap<_, _> =
        calendars::all(tx, account).await?.into_iter().map(|one| (one.id, one.document)).collect();
    let inboxes = text_inboxes::all(tx, account).await?.into_iter().map(|inbox| {
        let settings = settings(&inbox.settings);
        let hours = settings.site.and_then(|site| calendars.get(&site.hours?));
        let hours = hours.and_then(|document| serde_json::from_str(document).ok());
        (inbox.id, Patience { manners: settings.manners, hours })
    });
    Ok(inboxes.collect())
}

fn step_of(now: Timestamp, matter: &Matter, patience: &Patience, attended: &BTreeSet<QueueId>) -> TextStep {
    let as_the_law_sees_it = TextMatter {
        has_agent: matter.agent.is_some(),
        attended: attended.contains(&matter.queue),
        contact_at: matter.contact_at,
        waiting_since: matter.waiting_since,
        apologised: matter.apologised_at.is_some(),
        answered_at: matter.answered_at,
        reminded_at: matter.reminded_at,
        told_away: matter.told_away,
    };
    let since = |from: Timestamp| match &patience.hours {
        Some(hours) => Hours(hours).between(from, now),
        None => now.since(from),
    };
    text_step(&as_the_law_sees_it, &patience.manners, since)
}
