//! Who is kept out: proposed, approved, lifted, and known at the door.

use crate::contact_files::{standing, tell, who};
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::{Block, BlockState, IdentityKind, Refusal, block_reason, is_emergency};
use ringdesk_model::{AccountId, Actor, BlockId, ContactId, ContactNumber, Country, JobId, Pii, Scope, Timestamp};
use ringdesk_storage::contact_blocks::{self, KeptBlock};
use ringdesk_storage::documents::Unversioned;
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::{Tx, contact_files, contacts};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The job that tells the door whom rules keep out: they have nobody who waits until it has read that, as people have.
pub const TELL_DOOR: &str = "tell_door";
const PAGE: i64 = 200;
const ATTEMPTS: i64 = 8;

/// What a caller who is kept out meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer", content = "text", deny_unknown_fields)]
pub enum BlockAnswer {
    /// As if we were talking.
    #[default]
    Busy,
    /// The call is rejected.
    Decline,
    /// This is said to them: the id of a prompt, or a text.
    Message(String),
}

impl BlockAnswer {
    pub(crate) fn check(&self) -> Result<(), OperationError> {
        match self {
            BlockAnswer::Message(text) if !(1..=1_000).contains(&text.trim().chars().count()) => {
                Err(OperationError::Invalid("a message has 1 to 1000 characters".into()))
            }
            _ => Ok(()),
        }
    }
}

/// Who is kept out, as the door asks: by what identifies them, without a look into the store.
#[derive(Clone, Debug)]
pub struct KeptOut {
    key: Arc<AccountKey>,
    until: BTreeMap<(String, Vec<u8>), Option<Timestamp>>,
    pub answer: BlockAnswer,
}

impl KeptOut {
    /// Is this caller kept out now? Nobody is who shows no number.
    pub fn is_kept_out(&self, now: Timestamp, caller: &str, home: Country) -> bool {
        let Some(number) = ContactNumber::normalise(caller, home) else { return false };
        let kind = IdentityKind::Number.as_str();
        let hash = self.key.blind(kind, number.as_str()).to_vec();
        let until = self.until.get(&(kind.to_owned(), hash));
        until.is_some_and(|until| until.is_none_or(|until| now < until))
    }
}

impl Operations {
    /// Keep somebody out on every channel. `approves`: who asks may do so alone; otherwise it waits for somebody who may.
    pub async fn block_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        contact: ContactId,
        (reason, until): (&str, Option<Timestamp>),
        approves: bool,
    ) -> Result<BlockId, OperationError> {
        let reason = block_reason(reason)?;
        let block = Block::begin(now, until, who(actor), approves)?;
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[contact]).await?;
        standing(&mut tx, &key, scope, contact).await?;
        if answers_emergencies(&mut tx, &key, contact).await? {
            return Err(Refusal::Emergency.into());
        }
        contact_blocks::end_expired(&mut tx, now, scope.account, contact).await?;
        let id = self.insert_block(&mut tx, &key, now, actor, contact, (reason, block)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A rule of this name keeps somebody out until then; gives why it does not.
    pub(crate) async fn keep_out_by_rule(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        contact: ContactId,
        (rule, until): (&str, Timestamp),
    ) -> Result<Option<&'static str>, OperationError> {
        contact_files::hold(tx, key.account(), &[contact]).await?;
        if answers_emergencies(tx, key, contact).await? {
            return Ok(Some("emergency"));
        }
        contact_blocks::end_expired(tx, now, key.account(), contact).await?;
        // What somebody proposed is theirs to decide.
        if !contact_blocks::list(tx, key, Some(contact), true, 1).await?.is_empty() {
            return Ok(Some("blocked"));
        }
        let block = Block::begin(now, Some(until), None, true)?;
        self.insert_block(tx, key, now, &Actor::System, contact, (rule.to_owned(), block)).await?;
        let id: JobId = self.id(now);
        let payload = "{}".to_owned();
        let job = NewJob { id, kind: TELL_DOOR, key: None, payload, run_at: now, max_attempts: ATTEMPTS };
        jobs::enqueue(tx, key.account(), &job).await?;
        Ok(None)
    }

    async fn insert_block(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        contact: ContactId,
        (reason, block): (String, Block),
    ) -> Result<BlockId, OperationError> {
        let approves = block.state == BlockState::Active;
        let id: BlockId = self.id(now);
        let kept = KeptBlock {
            id,
            contact,
            block,
            reason: Pii::new(reason),
            at: now,
            decided_by: who(actor).filter(|_| approves),
            decided_at: approves.then_some(now),
        };
        contact_blocks::insert(tx, key, &kept).await.map_err(OperationError::taken("the contact's block"))?;
        let said = format!("contact:{contact}, {}, {}", kept.block.state.as_str(), until_said(kept.block.until));
        audited(tx, key, now, actor, "block.create", &object(id), None, Some(&said)).await?;
        tell(tx, key, now, contact).await?;
        Ok(id)
    }

    /// Newest first; without `all` only those that wait or are in force.
    pub async fn blocks(&self, account: AccountId, all: bool) -> Result<Vec<KeptBlock>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(contact_blocks::list(&mut tx, &key, None, !all, PAGE).await?)
    }

    /// Approve or decline what somebody proposed.
    pub async fn decide_block(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: BlockId,
        approve: bool,
    ) -> Result<(), OperationError> {
        self.change_block(now, actor, account, id, |block| block.decide(now, who(actor), approve)).await
    }

    /// Let them in again, everywhere.
    pub async fn lift_block(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: BlockId,
    ) -> Result<(), OperationError> {
        self.change_block(now, actor, account, id, Block::lift).await
    }

    async fn change_block(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: BlockId,
        law: impl FnOnce(&Block) -> Result<BlockState, Refusal>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let kept = contact_blocks::get(&mut tx, &key, id).await?.ok_or(OperationError::NotFound("block"))?;
        let (from, to) = (kept.block.state, law(&kept.block)?);
        if !contact_blocks::set_state(&mut tx, now, account, id, (from, to), who(actor)).await? {
            return Err(OperationError::Changed("the block"));
        }
        let (had, has) = (from.as_str(), to.as_str());
        audited(&mut tx, &key, now, actor, "block.change", &object(id), Some(had), Some(has)).await?;
        tell(&mut tx, &key, now, kept.contact).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn block_answer(&self, account: AccountId) -> Result<BlockAnswer, OperationError> {
        Ok(self.document(account, Unversioned::BlockAnswer).await?.unwrap_or_default())
    }

    pub async fn set_block_answer(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        answer: &BlockAnswer,
    ) -> Result<(), OperationError> {
        answer.check()?;
        self.put_document(now, actor, account, (Unversioned::BlockAnswer, "block.answer"), answer).await
    }

    /// Everybody who is kept out, for the door.
    pub async fn kept_out(&self, account: AccountId) -> Result<KeptOut, OperationError> {
        let answer = self.block_answer(account).await?;
        let (mut tx, key) = self.read(account).await?;
        let all = contact_blocks::kept_out(&mut tx, account).await?;
        let mut until: BTreeMap<(String, Vec<u8>), Option<Timestamp>> = BTreeMap::new();
        for (kind, hash, ends) in all {
            // Of two blocks the longer one counts.
            let kept = until.entry((kind, hash)).or_insert(ends);
            *kept = kept.zip(ends).map(|(a, b)| a.max(b));
        }
        Ok(KeptOut { key, until, answer })
    }
}

/// Is a number of theirs one that is called in an emergency? Who calls back from there is let in.
async fn answers_emergencies(tx: &mut Tx, key: &AccountKey, contact: ContactId) -> Result<bool, OperationError> {
    let known = contacts::known_of(tx, key, &[contact]).await?.remove(&contact).unwrap_or_default();
    Ok(known.iter().any(|one| one.kind == IdentityKind::Number && is_emergency(one.value.reveal())))
}

fn until_said(until: Option<Timestamp>) -> String {
    until.map_or_else(|| "until it is lifted".into(), |until| format!("until {until}"))
}

fn object(id: BlockId) -> String {
    format!("block:{id}")
}
