//! Quick phrases: what agents say again and again; kept, found while they type, and used with the names of the conversation.

use crate::desk::audited;
use crate::messages::matter;
use crate::{OperationError, Operations};
use ringdesk_access::Permission;
use ringdesk_conversations::{Filled, PhraseCategory, PhraseFor, PhraseReader, QuickPhrase, fill_phrase, placed};
use ringdesk_model::{
    AccountId, Actor, ConversationId, PhraseCategoryId, Pii, QueueId, QuickPhraseId, Scope, Timestamp,
};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_matters::Matter;
use ringdesk_storage::{Tx, agents, contact_files, conversations, inboxes, quick_phrases, setup};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// Of one account.
const PHRASES: usize = 2_000;
const CATEGORIES: usize = 200;
/// Shown while somebody types.
const FOUND: usize = 12;

/// All that somebody may use or change.
#[derive(Clone, Debug)]
pub struct Phrases {
    pub categories: Vec<PhraseCategory>,
    pub phrases: Vec<PhraseView>,
}

#[derive(Clone, Debug)]
pub struct PhraseView {
    pub phrase: QuickPhrase,
    pub usable: bool,
    pub editable: bool,
}

/// One that answers what was typed.
#[derive(Clone, Debug)]
pub struct FoundPhrase {
    pub phrase: QuickPhrase,
    pub language: String,
    /// With its gaps open.
    pub text: String,
}

impl Operations {
    /// `grants`: what the reader may do.
    pub async fn quick_phrases(
        &self,
        scope: &Scope,
        may: impl Fn(Permission) -> bool,
    ) -> Result<Phrases, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let reader = reader(&mut tx, scope, may).await?;
        let categories = quick_phrases::categories(&mut tx, scope.account).await?;
        let all = quick_phrases::all(&mut tx, scope.account).await?.into_iter();
        let view = |phrase: QuickPhrase| PhraseView {
            usable: phrase.is_for(&reader, &categories),
            editable: phrase.may_write(&reader, &categories),
            phrase,
        };
        let phrases = all.map(view).filter(|one| one.usable || one.editable).collect();
        Ok(Phrases { categories, phrases })
    }

    /// The best answers to what was typed, in the language of the conversation's contact.
    pub async fn find_phrases(
        &self,
        scope: &Scope,
        may: impl Fn(Permission) -> bool,
        conversation: Option<ConversationId>,
        (typed, language): (&str, &str),
    ) -> Result<Vec<FoundPhrase>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let reader = reader(&mut tx, scope, may).await?;
        let theirs = match conversation {
            Some(id) => {
                let matter = matter(&mut tx, &key, scope, id).await?;
                contact_of(&mut tx, &key, scope, &matter).await?.1
            }
            None => None,
        };
        let languages: Vec<&str> = theirs.as_deref().into_iter().chain([language]).collect();
        let categories = quick_phrases::categories(&mut tx, scope.account).await?;
        let all = quick_phrases::all(&mut tx, scope.account).await?.into_iter();
        let answers = all.filter(|phrase| phrase.is_for(&reader, &categories));
        let mut ranked: Vec<_> = answers.filter_map(|phrase| Some((phrase.rank(typed)?, phrase))).collect();
        ranked.sort_by_key(|(rank, phrase)| (*rank, -phrase.uses));
        let found = |(_, phrase): (u32, QuickPhrase)| {
            let (language, text) = phrase.text_in(&languages);
            FoundPhrase { language: language.to_owned(), text: text.to_owned(), phrase }
        };
        Ok(ranked.into_iter().take(FOUND).map(found).collect())
    }

    /// As it is said in this conversation; it counts as used.
    pub async fn use_phrase(
        &self,
        scope: &Scope,
        may: impl Fn(Permission) -> bool,
        conversation: ConversationId,
        (id, language): (QuickPhraseId, &str),
    ) -> Result<Filled, OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let reader = reader(&mut tx, scope, may).await?;
        let categories = quick_phrases::categories(&mut tx, account).await?;
        let phrase = found(&mut tx, account, id).await?;
        if !phrase.is_for(&reader, &categories) {
            return Err(OperationError::NotFound("quick phrase"));
        }
        let matter = matter(&mut tx, &key, scope, conversation).await?;
        let (name, theirs) = contact_of(&mut tx, &key, scope, &matter).await?;
        let mut known: BTreeMap<&str, String> = BTreeMap::new();
        known.extend(name.map(|name| ("contact.name", name.into_inner())));
        let me = agents::agents(&mut tx, account).await?.into_iter().find(|one| Some(one.id) == scope.agent);
        known.extend(me.map(|agent| ("agent.name", agent.name)));
        let queue = agents::queues(&mut tx, account).await?.into_iter().find(|one| one.id == matter.queue);
        known.extend(queue.map(|queue| ("queue.name", queue.name)));
        let inbox = inboxes::all(&mut tx, account).await?.into_iter().find(|one| Some(one.id) == matter.inbox);
        known.extend(inbox.map(|inbox| ("inbox.name", inbox.name)));
        let ticket = quick_phrases::ticket_of(&mut tx, account, conversation).await?;
        known.extend(ticket.map(|number| ("ticket.number", number.to_string())));
        let languages: Vec<&str> = theirs.as_deref().into_iter().chain([language]).collect();
        let filled = fill_phrase(phrase.text_in(&languages).1, &known);
        quick_phrases::used(&mut tx, account, id).await?;
        tx.commit().await?;
        Ok(filled)
    }

    /// Make one (version 1), or change it (the version after the one that was read).
    pub async fn put_phrase(
        &self,
        now: Timestamp,
        (actor, scope): (&Actor, &Scope),
        may: impl Fn(Permission) -> bool,
        phrase: QuickPhrase,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let reader = reader(&mut tx, scope, may).await?;
        let categories = quick_phrases::categories(&mut tx, account).await?;
        let all = quick_phrases::all(&mut tx, account).await?;
        let before = all.iter().find(|one| one.id == phrase.id);
        match before {
            Some(before) => visible(before, &reader, &categories)?,
            None if phrase.version > 1 => return Err(OperationError::NotFound("quick phrase")),
            None if all.len() >= PHRASES => {
                return Err(OperationError::Invalid("an account has at most 2,000 quick phrases".into()));
            }
            None => {}
        }
        if phrase.category.is_some_and(|id| !categories.iter().any(|one| one.id == id)) {
            return Err(OperationError::NotFound("category"));
        }
        if let PhraseFor::Queue(queue) = phrase.whose
            && !setup::queues(&mut tx, account).await?.contains_key(&queue)
        {
            return Err(OperationError::NotFound("queue"));
        }
        if before.into_iter().chain([&phrase]).any(|one| !one.may_write(&reader, &categories)) {
            return Err(OperationError::NotAllowed);
        }
        let phrase = phrase.check()?;
        let put = quick_phrases::put(&mut tx, account, &phrase).await;
        if !put.map_err(OperationError::taken("the short code"))? {
            return Err(OperationError::Changed("the phrase"));
        }
        let action = if before.is_some() { "quick_phrase.edit" } else { "quick_phrase.create" };
        let (had, has) = (before.map(said), said(&phrase));
        let object = format!("quick_phrase:{}", phrase.id);
        audited(&mut tx, &key, now, actor, action, &object, had.as_deref(), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn remove_phrase(
        &self,
        now: Timestamp,
        (actor, scope): (&Actor, &Scope),
        may: impl Fn(Permission) -> bool,
        id: QuickPhraseId,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let reader = reader(&mut tx, scope, may).await?;
        let categories = quick_phrases::categories(&mut tx, account).await?;
        let phrase = found(&mut tx, account, id).await?;
        visible(&phrase, &reader, &categories)?;
        if !phrase.may_write(&reader, &categories) {
            return Err(OperationError::NotAllowed);
        }
        quick_phrases::remove(&mut tx, account, id).await?;
        let object = format!("quick_phrase:{id}");
        audited(&mut tx, &key, now, actor, "quick_phrase.remove", &object, Some(&said(&phrase)), None).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Make one, or change it: its name, its place, who sees it. `change`: there has to be one.
    pub async fn put_phrase_category(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        one: PhraseCategory,
        change: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let tree = quick_phrases::categories(&mut tx, account).await?;
        let before = tree.iter().find(|other| other.id == one.id);
        if change && before.is_none() || one.parent.is_some_and(|id| !tree.iter().any(|other| other.id == id)) {
            return Err(OperationError::NotFound("category"));
        }
        if before.is_none() && tree.len() >= CATEGORIES {
            return Err(OperationError::Invalid("an account has at most 200 categories of phrases".into()));
        }
        let known: BTreeSet<QueueId> = setup::queues(&mut tx, account).await?.into_keys().collect();
        if !one.queues.is_subset(&known) {
            return Err(OperationError::NotFound("queue"));
        }
        let one = placed(&tree, one)?;
        quick_phrases::put_category(&mut tx, account, &one).await?;
        let action = if change { "phrase_category.edit" } else { "phrase_category.create" };
        let (had, object) = (before.map(|one| one.name.clone()), format!("phrase_category:{}", one.id));
        audited(&mut tx, &key, now, actor, action, &object, had.as_deref(), Some(&one.name)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One in which nothing stands.
    pub async fn remove_phrase_category(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: PhraseCategoryId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let tree = quick_phrases::categories(&mut tx, account).await?;
        let one = tree.iter().find(|one| one.id == id).ok_or(OperationError::NotFound("category"))?;
        let holds = quick_phrases::all(&mut tx, account).await?.iter().any(|phrase| phrase.category == Some(id));
        if holds || tree.iter().any(|other| other.parent == Some(id)) {
            return Err(OperationError::InUse("something stands in this category: move it first".into()));
        }
        quick_phrases::remove_category(&mut tx, account, id).await?;
        let object = format!("phrase_category:{id}");
        audited(&mut tx, &key, now, actor, "phrase_category.remove", &object, Some(&one.name), None).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn reader(tx: &mut Tx, scope: &Scope, may: impl Fn(Permission) -> bool) -> Result<PhraseReader, OperationError> {
    let members = agents::queue_agents(tx, scope.account).await?.into_iter();
    Ok(PhraseReader {
        user: scope.user,
        queues: members.filter(|of| Some(of.agent) == scope.agent).map(|of| of.queue).collect(),
        writes: may(Permission::QuickPhrasesEdit),
        manages: may(Permission::SettingsManage),
    })
}

/// What somebody can neither use nor change is not there for them.
fn visible(phrase: &QuickPhrase, reader: &PhraseReader, tree: &[PhraseCategory]) -> Result<(), OperationError> {
    let seen = phrase.is_for(reader, tree) || phrase.may_write(reader, tree);
    seen.then_some(()).ok_or(OperationError::NotFound("quick phrase"))
}

async fn found(tx: &mut Tx, account: AccountId, id: QuickPhraseId) -> Result<QuickPhrase, OperationError> {
    quick_phrases::by_id(tx, account, id).await?.ok_or(OperationError::NotFound("quick phrase"))
}

/// The contact's name and language, as far as they are known.
async fn contact_of(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    matter: &Matter,
) -> Result<(Option<Pii<String>>, Option<String>), OperationError> {
    let view = conversations::get(tx, key, scope, matter.conversation).await?;
    let Some(contact) = view.and_then(|view| view.contact) else { return Ok((None, None)) };
    let file = contact_files::get(tx, key, contact).await?;
    Ok(file.map_or((None, None), |file| (file.profile.name, file.profile.language)))
}

async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({}));
    outbox::append(tx, key, &[NewEvent { at, kind: "quick_phrases_changed", payload }]).await?;
    Ok(())
}

fn said(phrase: &QuickPhrase) -> String {
    let whose = match phrase.whose {
        PhraseFor::Everybody => "for everybody".to_owned(),
        PhraseFor::Queue(queue) => format!("for queue:{queue}"),
        PhraseFor::Me(_) => "their own".to_owned(),
    };
    let languages: Vec<&str> = phrase.texts.keys().map(String::as_str).collect();
    format!("/{} {}, {whose}, in {}", phrase.code, phrase.title, languages.join(", "))
}
