//! Filters of what contacts write: kept, and asked of each text. Who writes what is held or refused is told so; none is lost without a word.

use crate::attachments::send_files;
use crate::desk::audited;
use crate::texts::InboundText;
use crate::visitors::Visit;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, ConversationId, InboxId, Pii, Timestamp};
pub use ringdesk_rules::{FilterAction, Find, TextFilter};
use ringdesk_storage::Tx;
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_filters::{self, FilterRow, FilteredNames, FilteredText, FindRow};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Of one account.
const FILTERS: usize = 50;
const NAME: usize = 64;
/// Of one writer, texts that wait for somebody's word; further ones are refused at once.
const UNJUDGED: i64 = 20;
/// Figures of what was found, the oftenest.
const FINDS: i64 = 2_000;
/// What was judged, marked or refused is kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
const MINUTE: Duration = Duration::from_secs(60);

/// A filter as it is kept.
#[derive(Clone, Debug)]
pub struct KeptFilter {
    pub id: Uuid,
    pub name: String,
    pub version: i64,
    pub filter: TextFilter,
}

/// A filter that found something, by the name it had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundBy {
    pub filter: Uuid,
    pub name: String,
    pub finds: Vec<Find>,
}

/// Whether a text was looked at by the filters, or by a person.
pub(crate) enum Passes {
    Looked(Vec<Looked>),
    /// Its id from the time when it was held.
    LetThrough(Uuid),
}

/// A filter, and what it found in a text.
pub(crate) struct Looked {
    kept: KeptFilter,
    finds: Vec<Find>,
}

/// A text in which something was found.
pub(crate) struct Caught {
    action: FilterAction,
    why: Why,
    said: Pii<String>,
    names: FilteredNames,
    inbox: InboxId,
}

/// What came, as it is kept until somebody has looked at it.
#[derive(Serialize, Deserialize)]
struct Said {
    name: String,
    address: String,
    contact_name: Option<String>,
    text: String,
    files: Vec<Uuid>,
    visit: Option<Visit>,
}

/// Why it was caught, and what its writer is told where it is refused.
#[derive(Serialize, Deserialize)]
pub(crate) struct Why {
    pub(crate) found: Vec<FoundBy>,
    #[serde(default)]
    pub(crate) reply: BTreeMap<String, String>,
}

impl Passes {
    pub(crate) fn let_through(&self) -> Option<Uuid> {
        match self {
            Passes::LetThrough(id) => Some(*id),
            Passes::Looked(_) => None,
        }
    }
}

impl Operations {
    /// By their names, with how each find has fared.
    pub async fn text_filters(&self, account: AccountId) -> Result<(Vec<KeptFilter>, Vec<FindRow>), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = text_filters::all(&mut tx, account).await?.into_iter().filter_map(kept).collect();
        Ok((all, text_filters::finds(&mut tx, account, FINDS).await?))
    }

    /// A new one (`replaces` is nothing), or one in the place of the version that was read.
    pub async fn put_text_filter(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (id, replaces): (Option<Uuid>, Option<i64>),
        (name, filter): (&str, &TextFilter),
    ) -> Result<Uuid, OperationError> {
        let name = name.trim();
        if !(1..=NAME).contains(&name.chars().count()) {
            return Err(OperationError::Invalid("a name has 1 to 64 characters".into()));
        }
        filter.check().map_err(|why| OperationError::Invalid(why.to_string()))?;
        ringdesk_conversations::check_reply(&filter.reply).map_err(|why| OperationError::Invalid(why.into()))?;
        let document =
            serde_json::to_string(filter).map_err(|_| OperationError::Internal("a filter cannot be kept"))?;
        let (mut tx, key) = self.write(account).await?;
        let all = text_filters::all(&mut tx, account).await?;
        let before = match id {
            Some(id) => Some(all.iter().find(|one| one.id == id).ok_or(OperationError::NotFound("filter"))?),
            None if all.len() >= FILTERS => {
                return Err(OperationError::Invalid("an account has at most 50 filters".into()));
            }
            None => None,
        };
        if before.map(|one| one.version) != replaces {
            return Err(OperationError::Changed("the filter"));
        }
        let (id, version) = (id.unwrap_or_else(|| self.id(now)), replaces.unwrap_or_default() + 1);
        let row = FilterRow { id, name: name.to_owned(), document, version };
        let put = text_filters::put(&mut tx, account, &row).await;
        if !put.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the filter"));
        }
        let said = |row: &FilterRow| format!("{}: {}", row.name, row.document);
        let (action, had) = match before {
            Some(before) => ("text_filter.edit", Some(said(before))),
            None => ("text_filter.create", None),
        };
        let has = said(&row);
        audited(&mut tx, &key, now, actor, action, &object(id), had.as_deref(), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn remove_text_filter(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Uuid,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !text_filters::remove(&mut tx, account, id).await? {
            return Err(OperationError::NotFound("filter"));
        }
        audited(&mut tx, &key, now, actor, "text_filter.remove", &object(id), None, None).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the filters find in it, but for how often its writer writes.
    pub(crate) async fn look_at(&self, account: AccountId, text: &Pii<String>) -> Result<Vec<Looked>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = text_filters::all(&mut tx, account).await?.into_iter().filter_map(kept);
        let looked = |kept: KeptFilter| Looked { finds: kept.filter.find(text.reveal()), kept };
        Ok(all.filter(|one| one.filter.active).map(looked).collect())
    }

    /// What becomes of a text. Nothing: it goes its way. `Held`, `Filtered`: it does not, and the transaction holds why.
    pub(crate) async fn caught(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        (inbox, open): (InboxId, Option<ConversationId>),
        (sent_as, inbound): ([u8; 16], &InboundText),
        looked: Vec<Looked>,
    ) -> Result<Option<Caught>, OperationError> {
        if let Some(there) = text_filters::sent_as(tx, key, &sent_as).await? {
            let waits = there.action == FilterAction::Hold.as_str() && there.verdict.is_none();
            return Err(if waits { OperationError::Held } else { OperationError::Filtered(why(&there)?.reply) });
        }
        let account = key.account();
        let in_a_minute = match open.filter(|_| looked.iter().any(|one| one.kept.filter.in_a_minute.is_some())) {
            Some(open) => text_filters::written_since(tx, account, open, now - MINUTE).await? + 1,
            None => 1,
        };
        let (mut action, mut reply, mut found) = (None, BTreeMap::new(), Vec::new());
        for Looked { kept, mut finds } in looked {
            if kept.filter.finds_rate(u32::try_from(in_a_minute).unwrap_or(u32::MAX)) {
                finds.push(Find::Rate);
            }
            if finds.is_empty() {
                continue;
            }
            for find in &finds {
                text_filters::count(tx, account, (kept.id, &find.as_words()), false).await?;
            }
            action = action.max(Some(kept.filter.action));
            if reply.is_empty() {
                reply = kept.filter.reply;
            }
            found.push(FoundBy { filter: kept.id, name: kept.name, finds });
        }
        let Some(action) = action else { return Ok(None) };
        let writer = key.blind("writer", &format!("{inbox}:{}", inbound.address.reveal()));
        let (why, names) = (Why { found, reply }, FilteredNames { sent_as, writer });
        let caught = Caught { action, why, said: said(inbound)?, names, inbox };
        if action == FilterAction::Mark {
            return Ok(Some(caught));
        }
        if text_filters::unjudged_of(tx, account, &writer).await? >= UNJUDGED {
            return Err(OperationError::Filtered(caught.why.reply));
        }
        let id: Uuid = self.id(now);
        keep(tx, key, now, (id, None), &caught).await?;
        let about = format!("inbox:{inbox}, {}", action.as_str());
        audited(tx, key, now, &Actor::Contact, "text.filter", &format!("filtered_text:{id}"), None, Some(&about))
            .await?;
        tell(tx, key, now).await?;
        if action == FilterAction::Refuse {
            return Err(OperationError::Filtered(caught.why.reply));
        }
        // They wait with it, and are its own when it is let through.
        send_files(tx, account, (inbox, None), id, &inbound.files).await?;
        Err(OperationError::Held)
    }

    /// It was delivered; its reader is told what was found in it.
    pub(crate) async fn mark_text(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        caught: Caught,
        (id, conversation): (Uuid, ConversationId),
    ) -> Result<(), OperationError> {
        keep(tx, key, now, (id, Some(conversation)), &caught).await?;
        self.say_found(tx, key, now, conversation, ("text.marked", &caught.why.found)).await?;
        tell(tx, key, now).await
    }

    /// A line of the timeline, for us alone.
    pub(crate) async fn say_found(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        conversation: ConversationId,
        (line, found): (&'static str, &[FoundBy]),
    ) -> Result<(), OperationError> {
        let names: Vec<&str> = found.iter().map(|by| by.name.as_str()).collect();
        let detail = names.join(", ");
        let text = Pii::new(serde_json::json!({ "text": line, "detail": detail }).to_string());
        let (id, kind, speaker, agent): (Uuid, _, _, _) = (self.id(now), "text_event", "system", None);
        texts::append_line(tx, key, &NewTextLine { id, conversation, kind, speaker, agent, text: &text, at: now })
            .await?;
        let payload = Pii::new(serde_json::json!({
            "conversation": conversation, "state": "open", "line": line, "detail": detail
        }));
        outbox::append(tx, key, &[NewEvent { at: now, kind: "conversation_updated", payload }]).await?;
        Ok(())
    }
}

/// A filter that cannot be read finds nothing.
fn kept(row: FilterRow) -> Option<KeptFilter> {
    let FilterRow { id, name, document, version } = row;
    Some(KeptFilter { id, name, version, filter: serde_json::from_str(&document).ok()? })
}

async fn keep(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    (id, conversation): (Uuid, Option<ConversationId>),
    caught: &Caught,
) -> Result<(), OperationError> {
    let found = serde_json::to_string(&caught.why).map_err(|_| UNWRITTEN)?;
    let text = FilteredText {
        id,
        inbox: caught.inbox,
        action: caught.action.as_str().into(),
        said: caught.said.clone(),
        found: Pii::new(found),
        at: now,
        verdict: None,
        judged_by: None,
        judged_at: None,
        conversation,
    };
    text_filters::insert(tx, key, &text, &caught.names).await?;
    Ok(text_filters::forget(tx, key.account(), now - KEPT).await?)
}

const UNWRITTEN: OperationError = OperationError::Internal("what a filter found cannot be kept");
pub(crate) const UNREAD: OperationError = OperationError::Internal("what a filter found cannot be read");

fn said(inbound: &InboundText) -> Result<Pii<String>, OperationError> {
    let said = Said {
        name: inbound.name.clone(),
        address: inbound.address.reveal().clone(),
        contact_name: inbound.contact_name.as_ref().map(|name| name.reveal().clone()),
        text: inbound.text.reveal().clone(),
        files: inbound.files.clone(),
        visit: inbound.visit.clone(),
    };
    Ok(Pii::new(serde_json::to_string(&said).map_err(|_| UNWRITTEN)?))
}

pub(crate) fn inbound(kept: &FilteredText) -> Result<InboundText, OperationError> {
    let said: Said = serde_json::from_str(kept.said.reveal()).map_err(|_| UNREAD)?;
    Ok(InboundText {
        name: said.name,
        address: Pii::new(said.address),
        contact_name: said.contact_name.map(Pii::new),
        text: Pii::new(said.text),
        files: said.files,
        visit: said.visit,
    })
}

pub(crate) fn why(kept: &FilteredText) -> Result<Why, OperationError> {
    serde_json::from_str(kept.found.reveal()).map_err(|_| UNREAD)
}

pub(crate) fn identity(inbox: InboxId, inbound: &InboundText) -> Identity {
    Identity { kind: "channel", value: Pii::new(format!("{inbox}:{}", inbound.address.reveal())) }
}

fn object(id: Uuid) -> String {
    format!("text_filter:{id}")
}

pub(crate) async fn tell(tx: &mut Tx, key: &AccountKey, now: Timestamp) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({}));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "text_filters_changed", payload }]).await?;
    Ok(())
}
