//! Inboxes for texts: made, edited, their secrets changed; and what is handed over to them.

use crate::desk::audited;
use crate::messages::state_changed;
use crate::texts::used;
use crate::{OperationError, Operations};
use ringdesk_conversations::text_matter::SAYING;
use ringdesk_conversations::{TextManners, TextState};
use ringdesk_model::{AccountId, Actor, Channel, ConversationId, InboxId, Pii, QueueId, Timestamp};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_inboxes::{self, Secret, TextInbox};
use ringdesk_storage::texts::{self, PendingText};
use ringdesk_storage::{Tx, agents, setup, text_matters};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long a secret is good after another one was made.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
/// Texts handed over in one go.
const BATCH: i64 = 50;
/// The longest time that an inbox waits before it does something by itself: a week, in seconds.
const LONGEST: u32 = 7 * 24 * 3_600;

/// What an inbox is beside its name and queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSettings {
    /// Where texts go out to. None: they are kept, and fail.
    pub webhook: Option<String>,
    /// The receiver does not know again what it is handed twice: nothing is handed over again of which nobody knows.
    pub no_repeats: bool,
    #[serde(flatten)]
    pub manners: TextManners,
}

/// What is to be made or changed; all of it.
#[derive(Clone, Debug)]
pub struct TextInboxEdit {
    pub name: String,
    pub queue: QueueId,
    pub settings: TextSettings,
}

/// One hand-over of a conversation's texts.
#[derive(Clone, Debug)]
pub struct Leaving {
    pub inbox: InboxId,
    pub settings: TextSettings,
    /// Newest first; each signs.
    pub secrets: Vec<Pii<String>>,
    /// The name by which the channel knows the contact.
    pub address: Pii<String>,
    /// In their order.
    pub texts: Vec<PendingText>,
}

impl Operations {
    pub async fn text_inboxes(&self, account: AccountId) -> Result<Vec<TextInbox>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(text_inboxes::all(&mut tx, account).await?)
    }

    /// Make an inbox for the API channel, with its first secret. Whether its address may be asked is the channel's to say,
    /// before.
    pub async fn create_text_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: &TextInboxEdit,
        secret: Pii<String>,
    ) -> Result<InboxId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        check(&mut tx, account, edit).await?;
        let id: InboxId = self.id(now);
        let (channel, name) = (Channel::Api, edit.name.clone());
        let row = Inbox { id, channel, name, numbers: Vec::new(), flow: None, closure: None };
        inboxes::create(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))?;
        text_inboxes::put(&mut tx, account, id, edit.queue, &kept(&edit.settings)?).await?;
        self.new_secret(&mut tx, &key, now, id, secret).await?;
        let after = said(edit);
        audited(&mut tx, &key, now, actor, "inbox.create", &format!("inbox:{id}"), None, Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn edit_text_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: InboxId,
        edit: &TextInboxEdit,
    ) -> Result<(), OperationError> {
        const NONE: OperationError = OperationError::NotFound("inbox");
        let (mut tx, key) = self.write(account).await?;
        let before = used(&mut tx, account, id).await?;
        check(&mut tx, account, edit).await?;
        let standing = setup::inboxes(&mut tx, account).await?.get(&id).copied().ok_or(NONE)?;
        let edited = setup::edit_inbox(&mut tx, account, id, &edit.name, None, standing).await;
        if !edited.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the inbox"));
        }
        text_inboxes::put(&mut tx, account, id, edit.queue, &kept(&edit.settings)?).await?;
        let was = TextInboxEdit { name: before.name, queue: before.queue, settings: settings(&before.settings) };
        let (object, before, after) = (format!("inbox:{id}"), said(&was), said(edit));
        audited(&mut tx, &key, now, actor, "inbox.edit", &object, Some(&before), Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Another secret; those before it are good for a day, so that both sides may change at their own time.
    pub async fn renew_inbox_secret(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: InboxId,
        secret: Pii<String>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        used(&mut tx, account, id).await?;
        self.new_secret(&mut tx, &key, now, id, secret).await?;
        audited(&mut tx, &key, now, actor, "inbox.renew_secret", &format!("inbox:{id}"), None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn new_secret(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        inbox: InboxId,
        secret: Pii<String>,
    ) -> Result<(), OperationError> {
        let new = Secret { id: self.id(now), secret, made_at: now, ends_at: None };
        Ok(text_inboxes::add_secret(tx, key, inbox, &new, now + OVERLAP).await?)
    }

    /// Whose inbox this is, and what requests to it are signed with. `None` also when it is out of use.
    pub async fn inbox_secrets(
        &self,
        now: Timestamp,
        inbox: InboxId,
    ) -> Result<Option<(AccountId, Vec<Pii<String>>)>, OperationError> {
        let account = text_inboxes::account_of(&mut self.store.db.read().await?, inbox).await?;
        let Some(account) = account else { return Ok(None) };
        let (mut tx, key) = self.read(account).await?;
        if used(&mut tx, account, inbox).await.is_err() {
            return Ok(None);
        }
        let found = text_inboxes::secrets(&mut tx, &key, inbox, now).await?;
        Ok(Some((account, found.into_iter().map(|s| s.secret).collect())))
    }

    /// What waits to leave a conversation; `None`: nothing does.
    pub async fn leaving(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<Leaving>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let texts = texts::pending(&mut tx, &key, conversation, BATCH).await?;
        let Some(inbox) = texts.first().map(|text| text.inbox) else { return Ok(None) };
        let all = text_inboxes::all(&mut tx, account).await?;
        let (Some(row), Some(matter)) =
            (all.into_iter().find(|i| i.id == inbox), text_matters::get(&mut tx, &key, conversation).await?)
        else {
            return Ok(None);
        };
        let secrets = text_inboxes::secrets(&mut tx, &key, inbox, now).await?;
        Ok(Some(Leaving {
            inbox,
            // What is out of use asks nobody.
            settings: if row.disabled { TextSettings::default() } else { settings(&row.settings) },
            secrets: secrets.into_iter().map(|s| s.secret).collect(),
            address: matter.address,
            texts,
        }))
    }

    /// One whose edit or recall is to be told, with where to. `None`: it never left.
    pub async fn changed_text(
        &self,
        now: Timestamp,
        account: AccountId,
        (conversation, message): (ConversationId, Uuid),
    ) -> Result<Option<(Leaving, i64, Option<Pii<String>>)>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(None) };
        let Some(matter) = text_matters::get(&mut tx, &key, conversation).await? else { return Ok(None) };
        let all = text_inboxes::all(&mut tx, account).await?;
        let Some(row) = all.into_iter().find(|i| Some(i.id) == matter.inbox && !i.disabled) else { return Ok(None) };
        let secrets = text_inboxes::secrets(&mut tx, &key, row.id, now).await?;
        let leaving = Leaving {
            inbox: row.id,
            settings: settings(&row.settings),
            secrets: secrets.into_iter().map(|s| s.secret).collect(),
            address: matter.address,
            texts: Vec::new(),
        };
        let says = (!text.recalled).then_some(text.text);
        Ok(Some((leaving, text.seq, says)))
    }

    /// What came of a hand-over. A word of the channel that came first stands.
    pub async fn text_left(
        &self,
        now: Timestamp,
        account: AccountId,
        message: Uuid,
        (state, reason): (TextState, Option<&str>),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(()) };
        texts::hold(&mut tx, account, text.conversation).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(()) };
        if let Some(was) = text.state
            && was.told(state) != was
        {
            texts::set_state(&mut tx, account, message, state, reason).await?;
            state_changed(&mut tx, &key, now, &text, state, reason).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// What cannot be read is an inbox that says nothing by itself.
pub(crate) fn settings(text: &str) -> TextSettings {
    serde_json::from_str(text).unwrap_or_default()
}

impl TextSettings {
    /// As they are kept.
    pub fn of(inbox: &TextInbox) -> TextSettings {
        settings(&inbox.settings)
    }
}

fn kept(settings: &TextSettings) -> Result<String, OperationError> {
    serde_json::to_string(settings).map_err(|_| OperationError::Internal("the settings could not be written"))
}

async fn check(tx: &mut Tx, account: AccountId, edit: &TextInboxEdit) -> Result<(), OperationError> {
    if !agents::queues(tx, account).await?.iter().any(|queue| queue.id == edit.queue) {
        return Err(OperationError::NotFound("queue"));
    }
    let manners = &edit.settings.manners;
    let sayings = [&manners.away, &manners.reminder, &manners.farewell];
    if sayings.into_iter().flatten().any(|text| text.trim().is_empty() || text.chars().count() > SAYING) {
        return Err(OperationError::Invalid(format!("what is said by itself has 1 to {SAYING} characters")));
    }
    let times = [manners.remind_after, manners.close_after];
    if times.into_iter().flatten().any(|seconds| !(10..=LONGEST).contains(&seconds)) {
        return Err(OperationError::Invalid("a time is 10 seconds to 7 days".into()));
    }
    Ok(())
}

/// Without what is said: that may be anything.
fn said(edit: &TextInboxEdit) -> String {
    let webhook = edit.settings.webhook.as_deref().unwrap_or("nowhere");
    format!("{}: queue {}, texts to {webhook}", edit.name, edit.queue)
}

async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, inbox: InboxId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "inbox": inbox }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "inbox_changed", payload }]).await?;
    Ok(())
}
