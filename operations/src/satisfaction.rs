//! Satisfaction: whom somebody has served is asked once how it was, and answers in the chat, by a link, or with a key of their
//! telephone (`call_record.rs`). The answer belongs to the conversation and to the agent who served them last.
//!
//! A link is no row: it names the conversation and carries the account's signature over that. It is worth one answer.

use crate::desk::audited;
use crate::secrets::{hex, unhex};
use crate::text_inboxes::settings;
use crate::visitors::Visitor;
use crate::{OperationError, Operations};
use ringdesk_conversations::{Aspect, Rating, Survey, may_rate, rates_until, rating};
use ringdesk_language::search::mask;
use ringdesk_model::{AccountId, Actor, Channel, ConversationId, Pii, Scope, Timestamp};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::satisfaction::{self, Answered, NewInvitation, Satisfaction, Wanted};
use ringdesk_storage::text_matters::{self, Matter};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::{Tx, contact_blocks, conversations, text_inboxes};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use uuid::Uuid;

const DOMAIN: &str = "rating link 1";
/// account, conversation.
const SIGNED: usize = 16 + 16;
const PROOF: usize = 32;
/// Blocks of one contact that are looked at; two are never open at once.
const BLOCKS: i64 = 5;
/// Answers listed at once.
const PAGE: i64 = 100;
/// Under a text that brings a link: what is asked, where the inbox says nothing of its own.
const QUESTION: [(&str, &str); 2] = [("en", "How satisfied are you with our service?"), ("zh", "您对本次服务满意吗？")];

/// What a contact is asked, and what they have answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub conversation: ConversationId,
    pub survey: Survey,
    /// Until when an answer is taken.
    pub until: Timestamp,
    pub given: Option<Rating>,
}

impl Operations {
    /// A conversation by text was closed: whoever was served is asked, if the inbox asks, once.
    pub(crate) async fn invite(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        matter: &Matter,
    ) -> Result<(), OperationError> {
        let (account, conversation) = (key.account(), matter.conversation);
        let (Some(agent), Some(inbox)) = (matter.agent, matter.inbox) else { return Ok(()) };
        let inbox = text_inboxes::all(tx, account).await?.into_iter().find(|one| one.id == inbox && !one.disabled);
        let Some(inbox) = inbox else { return Ok(()) };
        let Some(survey) = settings(&inbox.settings).survey else { return Ok(()) };
        if is_kept_out(tx, key, now, conversation).await? {
            return Ok(());
        }
        let was_asked = satisfaction::get(tx, key, conversation).await?.is_some();
        let new = NewInvitation { conversation, agent, queue: Some(matter.queue), at: now, stars: None };
        if !satisfaction::invite(tx, account, &new).await? || was_asked {
            return Ok(());
        }
        self.rating_line(tx, key, now, conversation, ("system", "survey.invited", None)).await?;
        if inbox.channel != Channel::WebChat
            && let Some(address) = &survey.address
        {
            let link = link(key, conversation);
            let text = format!("{}\n{address}/rate/{link}", questions(&survey).join("\n"));
            self.say_text(tx, key, now, conversation, (&text, "message.survey")).await?;
        }
        Ok(())
    }

    /// What the contact of a conversation may still answer. Whose it is was asked before.
    pub async fn invitation(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<Invitation>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(row) = satisfaction::get(&mut tx, &key, conversation).await? else { return Ok(None) };
        if may_rate(now, row.invited_at, row.rated_at).is_err() {
            return Ok(None);
        }
        let Some(survey) = survey_of(&mut tx, &key, conversation).await? else { return Ok(None) };
        let until = rates_until(row.invited_at, row.rated_at);
        Ok(Some(Invitation { conversation, survey, until, given: given(&row)? }))
    }

    /// A visitor answers for their newest conversation, or says it otherwise.
    pub async fn visitor_rates(
        &self,
        now: Timestamp,
        visitor: &Visitor,
        rating: &Rating,
    ) -> Result<(), OperationError> {
        let matter = self.visitor_matter(visitor).await?.ok_or(OperationError::NotFound("conversation"))?;
        self.rate(now, visitor.account, matter.conversation, rating).await
    }

    /// Whose link this is, and what they are asked.
    pub async fn rating_asked(&self, now: Timestamp, link: &str) -> Result<Invitation, OperationError> {
        let (account, conversation) = self.linked(link).await?;
        let asked = self.invitation(now, account, conversation).await?;
        asked.filter(|asked| asked.given.is_none()).ok_or(OperationError::Over("this link"))
    }

    /// Somebody answers by a link; once.
    pub async fn rate_by_link(&self, now: Timestamp, link: &str, rating: &Rating) -> Result<(), OperationError> {
        self.rating_asked(now, link).await?;
        let (account, conversation) = self.linked(link).await?;
        self.rate(now, account, conversation, rating).await
    }

    async fn linked(&self, link: &str) -> Result<(AccountId, ConversationId), OperationError> {
        const NONE: OperationError = OperationError::NotFound("invitation");
        let bytes = unhex(link).filter(|bytes| bytes.len() == SIGNED + PROOF).ok_or(NONE)?;
        let (signed, proof) = bytes.split_at(SIGNED);
        let id = |at: usize| signed.get(at..at + 16)?.try_into().ok().map(Uuid::from_bytes);
        let (account, conversation) = (AccountId(id(0).ok_or(NONE)?), ConversationId(id(16).ok_or(NONE)?));
        if !self.accounts().await?.contains(&account) {
            return Err(NONE);
        }
        let (_, key) = self.read(account).await?;
        if key.proves(DOMAIN, signed, proof) { Ok((account, conversation)) } else { Err(NONE) }
    }

    async fn rate(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
        rating: &Rating,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        texts::hold(&mut tx, account, conversation).await?;
        let row = satisfaction::get(&mut tx, &key, conversation).await?;
        let row = row.ok_or(OperationError::NotFound("invitation"))?;
        may_rate(now, row.invited_at, row.rated_at)?;
        let before = given(&row)?;
        if before.as_ref() == Some(rating) {
            return Ok(());
        }
        let kept = rating.aspects.iter().map(|(aspect, stars)| (aspect.as_str(), *stars)).collect::<BTreeMap<_, _>>();
        let aspects = serde_json::to_string(&kept).map_err(|_| OperationError::Internal("a rating cannot be kept"))?;
        let answered = Answered { stars: rating.stars, aspects, words: rating.words.clone() };
        satisfaction::rate(&mut tx, &key, now, conversation, &answered).await?;
        let stars = rating.stars.to_string();
        if before.as_ref().map(|before| before.stars) != Some(rating.stars) {
            self.rating_line(&mut tx, &key, now, conversation, ("contact", "survey.rated", Some(&stars))).await?;
        }
        let (object, before) = (format!("conversation:{conversation}"), before.map(|was| was.stars.to_string()));
        let action = "conversation.rate";
        audited(&mut tx, &key, now, &Actor::Contact, action, &object, before.as_deref(), Some(&stars)).await?;
        let payload = Pii::new(serde_json::json!({
            "conversation": conversation, "agent": row.agent, "queue": row.queue, "stars": rating.stars
        }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "conversation_rated", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The line of it, for those who read the conversation.
    async fn rating_line(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        conversation: ConversationId,
        (speaker, text, detail): (&'static str, &str, Option<&str>),
    ) -> Result<(), OperationError> {
        let text = Pii::new(serde_json::json!({ "text": text, "detail": detail }).to_string());
        let (id, kind): (Uuid, _) = (self.id(now), "text_event");
        let line = NewTextLine { id, conversation, kind, speaker, agent: None, text: &text, at: now };
        texts::append_line(tx, key, &line).await?;
        Ok(())
    }

    /// How the contact of a conversation has rated it, for who may read the conversation.
    pub async fn satisfaction(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Option<Satisfaction>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let seen = conversations::get(&mut tx, &key, scope, conversation).await?;
        seen.ok_or(OperationError::NotFound("conversation"))?;
        let row = satisfaction::get(&mut tx, &key, conversation).await?;
        Ok(row.map(|row| shown(scope, row)))
    }

    /// Answers, the newest first. Numbers in what was written beside them are hidden from readers without the right to them.
    pub async fn satisfactions(
        &self,
        scope: &Scope,
        wanted: &Wanted,
        limit: i64,
    ) -> Result<Vec<Satisfaction>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let found = satisfaction::list(&mut tx, &key, scope, wanted, limit.clamp(1, PAGE)).await?;
        Ok(found.into_iter().map(|row| shown(scope, row)).collect())
    }
}

/// Stars by aspect, from as they are kept. What is not known any more is left out.
pub fn aspects(kept: &str) -> BTreeMap<Aspect, u8> {
    let kept: BTreeMap<String, u8> = serde_json::from_str(kept).unwrap_or_default();
    kept.into_iter().filter_map(|(name, stars)| Some((Aspect::parse(&name)?, stars))).collect()
}

fn given(row: &Satisfaction) -> Result<Option<Rating>, OperationError> {
    let words = row.words.as_ref().map(|words| words.reveal().as_str());
    Ok(row.stars.map(|stars| rating(stars, aspects(&row.aspects), words)).transpose()?)
}

fn shown(scope: &Scope, row: Satisfaction) -> Satisfaction {
    let words = row.words.map(|words| if scope.unmasked { words } else { Pii::new(mask(words.reveal())) });
    Satisfaction { words, ..row }
}

/// What the inbox of a conversation asks by now; nothing where it asks no more.
async fn survey_of(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Option<Survey>, OperationError> {
    let inbox = text_matters::get(tx, key, conversation).await?.and_then(|matter| matter.inbox);
    let all = text_inboxes::all(tx, key.account()).await?;
    let inbox = all.into_iter().find(|one| Some(one.id) == inbox && !one.disabled);
    Ok(inbox.and_then(|inbox| settings(&inbox.settings).survey))
}

async fn is_kept_out(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    conversation: ConversationId,
) -> Result<bool, OperationError> {
    let everything = crate::callbacks::everything(key.account());
    let view = conversations::get(tx, key, &everything, conversation).await?;
    let Some(contact) = view.and_then(|view| view.contact) else { return Ok(false) };
    let blocks = contact_blocks::list(tx, key, Some(contact), true, BLOCKS).await?;
    Ok(blocks.iter().any(|kept| kept.block.keeps_out(now)))
}

/// In a text nobody knows the reader's language: both, or what the inbox says.
fn questions(survey: &Survey) -> Vec<String> {
    if survey.question.is_empty() {
        return QUESTION.iter().map(|(_, text)| (*text).to_owned()).collect();
    }
    survey.question.values().cloned().collect()
}

fn link(key: &AccountKey, conversation: ConversationId) -> String {
    let mut bytes = Vec::with_capacity(SIGNED + PROOF);
    bytes.extend_from_slice(key.account().0.as_bytes());
    bytes.extend_from_slice(conversation.0.as_bytes());
    let proof = key.prove(DOMAIN, &bytes);
    bytes.extend_from_slice(&proof);
    hex(&bytes)
}
