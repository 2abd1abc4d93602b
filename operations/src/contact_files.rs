//! The files of contacts: found, read, made, changed, marked.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::profile::language_tag;
use ringdesk_contacts::{Consent, IdentityKind, Likeness, Purpose, Refusal, Tier, contact_name, likeness};
use ringdesk_conversations::choose_tags;
use ringdesk_language::search::NameQuery;
use ringdesk_model::{
    AccountId, Actor, AgentId, ContactFieldId, ContactId, Country, Pii, Scope, SegmentId, TagId, Timestamp, UserId,
};
use ringdesk_storage::contact_blocks::{self, KeptBlock};
use ringdesk_storage::contact_files::{self, ContactFile, Wanted};
use ringdesk_storage::contacts::{self, Identity, Known};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{Tx, agents, contact_fields, help_desk, tags};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// The longest page.
const PAGE: i64 = 100;
/// Files whose names are looked at for one question.
const CANDIDATES: i64 = 500;
/// Who might be the same.
const ALIKE: usize = 10;

pub(crate) const NONE: OperationError = OperationError::NotFound("contact");

/// A file with what hangs on it.
#[derive(Clone, Debug)]
pub struct ContactView {
    pub file: ContactFile,
    pub known: Vec<Known>,
    pub tags: BTreeSet<TagId>,
    /// Proposed or in force.
    pub block: Option<KeptBlock>,
}

/// Whom somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct ContactSearch {
    /// A number, an address, a name or the beginning of one, in characters or pinyin.
    pub typed: Option<Pii<String>>,
    pub tier: Option<Tier>,
    pub tag: Option<TagId>,
    pub segment: Option<SegmentId>,
    pub blocked: bool,
    /// Older than this one.
    pub before: Option<ContactId>,
}

/// What is to change; the rest stays. Empty texts take away.
#[derive(Clone, Debug, Default)]
pub struct ContactEdit {
    pub name: Option<Pii<String>>,
    pub language: Option<String>,
    pub tier: Option<Tier>,
    /// Whom they have for themselves; `Some(None)`: nobody.
    pub agent: Option<Option<AgentId>>,
    pub fields: BTreeMap<ContactFieldId, Pii<String>>,
    /// `None`: they were not asked.
    pub consents: BTreeMap<Purpose, Option<bool>>,
}

impl Operations {
    /// Newest first. A number or an address is found whole, a name also by how it begins and is spelled; in a segment nothing
    /// is typed.
    pub async fn contacts(
        &self,
        now: Timestamp,
        scope: &Scope,
        search: &ContactSearch,
        home: Country,
        limit: i64,
    ) -> Result<Vec<ContactView>, OperationError> {
        let limit = limit.clamp(1, PAGE);
        let mut wanted = Wanted {
            tier: search.tier,
            tag: search.tag,
            words: None,
            blocked_at: search.blocked.then_some(now),
            before: search.before,
            ..Wanted::default()
        };
        let most = usize::try_from(limit).expect("1 to 100");
        if let Some(segment) = search.segment {
            return self.segment_people(now, scope, segment, wanted, most).await;
        }
        let (mut tx, key) = self.read(scope.account).await?;
        let found = match search.typed.as_ref().map(|typed| typed.reveal().trim()).filter(|typed| !typed.is_empty()) {
            None => contact_files::list(&mut tx, &key, scope, &wanted, limit).await?,
            Some(typed) => match by_identity(&mut tx, &key, scope, typed, home).await? {
                Some(file) => vec![file],
                None => {
                    let Some(query) = NameQuery::parse(typed) else { return Ok(Vec::new()) };
                    wanted.words = Some(contact_files::words(&key, &query.tokens()));
                    let mut found = contact_files::list(&mut tx, &key, scope, &wanted, CANDIDATES).await?;
                    found.retain(|file| file.profile.name.as_ref().is_some_and(|name| query.matches(name.reveal())));
                    found.truncate(most);
                    found
                }
            },
        };
        with_parts(&mut tx, &key, found).await
    }

    /// One file; where it went into another, that one.
    pub async fn contact(&self, scope: &Scope, id: ContactId) -> Result<ContactView, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let file = seen(&mut tx, &key, scope, id).await?;
        Ok(with_parts(&mut tx, &key, vec![file]).await?.pop().expect("one for one"))
    }

    /// Who might be the same person, likeliest first. Nobody is merged by it.
    pub async fn contacts_like(
        &self,
        scope: &Scope,
        id: ContactId,
    ) -> Result<Vec<(ContactView, BTreeSet<Likeness>)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let file = seen(&mut tx, &key, scope, id).await?;
        let most = i64::try_from(ALIKE).expect("ten") + 1;
        let mut found = Vec::new();
        for other in contact_files::of_same_claim(&mut tx, scope.account, file.id, most).await? {
            found.push((other, Likeness::Claim));
        }
        if let Some(name) = &file.profile.name {
            for other in contact_files::of_same_name(&mut tx, &key, name.reveal(), most).await? {
                found.push((other, Likeness::Name));
            }
        }
        // A colleague who is a customer, too, has two files: what they ask the house is nothing of the other one.
        let ids: Vec<ContactId> = found.iter().map(|(other, _)| *other).chain([file.id]).collect();
        let mut but = help_desk::staff_among(&mut tx, scope.account, &ids).await?;
        if but.contains(&file.id) {
            return Ok(Vec::new());
        }
        but.insert(file.id);
        let mut alike = Vec::new();
        for (other, why) in likeness(found, &but, ALIKE) {
            if let Ok(file) = seen(&mut tx, &key, scope, other).await {
                alike.push((file, why));
            }
        }
        let (files, why): (Vec<_>, Vec<_>) = alike.into_iter().unzip();
        Ok(with_parts(&mut tx, &key, files).await?.into_iter().zip(why).collect())
    }

    /// A new file, with nothing that links anybody yet.
    pub async fn create_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: &ContactEdit,
    ) -> Result<ContactId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let id: ContactId = self.id(now);
        contact_files::create(&mut tx, account, now, id, who(actor)).await?;
        let file = contact_files::get(&mut tx, &key, id).await?.ok_or(NONE)?;
        let (file, changed) = edited(&mut tx, now, account, file, edit).await?;
        contact_files::put(&mut tx, &key, id, &file.profile).await?;
        contact_files::set_agent(&mut tx, account, id, file.agent).await?;
        audited(&mut tx, &key, now, actor, "contact.create", &object(id), None, Some(&changed.join(", "))).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Change what is known of somebody. The audit says what was changed, not to what.
    pub async fn edit_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
        edit: &ContactEdit,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[id]).await?;
        let file = standing(&mut tx, &key, scope, id).await?;
        let (file, changed) = edited(&mut tx, now, scope.account, file, edit).await?;
        if changed.is_empty() {
            return Ok(());
        }
        contact_files::put(&mut tx, &key, id, &file.profile).await?;
        contact_files::set_agent(&mut tx, scope.account, id, file.agent).await?;
        audited(&mut tx, &key, now, actor, "contact.edit", &object(id), None, Some(&changed.join(", "))).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Mark a contact with these tags and no others.
    pub async fn tag_contact(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ContactId,
        wanted: &BTreeSet<TagId>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        contact_files::hold(&mut tx, scope.account, &[id]).await?;
        standing(&mut tx, &key, scope, id).await?;
        let has = contact_files::tags_of(&mut tx, scope.account, &[id]).await?.remove(&id).unwrap_or_default();
        let all = tags::all(&mut tx, scope.account).await?;
        let uses = crate::tags::uses(&mut tx, scope.account, actor, &all).await?;
        let change = choose_tags(&has, wanted, &uses)?;
        if change == Default::default() {
            return Ok(());
        }
        for tag in &change.added {
            contact_files::add_tag(&mut tx, now, scope.account, id, *tag, who(actor)).await?;
        }
        for tag in &change.removed {
            contact_files::take_tag(&mut tx, scope.account, id, *tag).await?;
        }
        let names = |of: &BTreeSet<TagId>| {
            all.iter().filter(|tag| of.contains(&tag.id)).map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (had, has) = (names(&has), names(wanted));
        audited(&mut tx, &key, now, actor, "contact.tags", &object(id), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Put in what is to change; what changed, in words without what it holds.
async fn edited(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    mut file: ContactFile,
    edit: &ContactEdit,
) -> Result<(ContactFile, Vec<String>), OperationError> {
    let before = file.profile.clone();
    let mut changed = Vec::new();
    if let Some(name) = &edit.name {
        file.profile.name = contact_name(name.reveal())?.map(Pii::new);
    }
    if let Some(language) = &edit.language {
        file.profile.language = language_tag(language)?;
    }
    if let Some(tier) = edit.tier {
        file.profile.tier = tier;
    }
    let rules: BTreeMap<_, _> = match edit.fields.is_empty() {
        true => BTreeMap::new(),
        false => contact_fields::all(tx, account).await?.into_iter().collect(),
    };
    for (field, value) in &edit.fields {
        let rule = rules.get(field).ok_or(Refusal::UnknownField)?;
        match rule.value(value.reveal())? {
            Some(value) => drop(file.profile.fields.insert(*field, Pii::new(value))),
            None => drop(file.profile.fields.remove(field)),
        }
        if before.fields.get(field) != file.profile.fields.get(field) {
            changed.push(format!("field {}", rule.name));
        }
    }
    for (purpose, given) in &edit.consents {
        let said = before.consents.get(purpose).map(|consent| consent.given);
        if said == *given {
            continue;
        }
        match given {
            Some(given) => drop(file.profile.consents.insert(*purpose, Consent { given: *given, at: now })),
            None => drop(file.profile.consents.remove(purpose)),
        }
        let said = given.map_or("not asked", |given| if given { "given" } else { "refused" });
        changed.push(format!("consent to {}: {said}", purpose.as_str()));
    }
    if let Some(agent) = edit.agent.filter(|agent| *agent != file.agent) {
        if agent.is_some() && !agents::agents(tx, account).await?.iter().any(|one| Some(one.id) == agent) {
            return Err(OperationError::NotFound("agent"));
        }
        file.agent = agent;
        changed.push(agent.map_or_else(|| "agent: nobody".to_owned(), |agent| format!("agent: {agent}")));
    }
    let profile = &file.profile;
    changed.extend((before.name != profile.name).then(|| "name".to_owned()));
    changed.extend((before.language != profile.language).then(|| "language".to_owned()));
    changed.extend((before.tier != profile.tier).then(|| format!("tier: {}", profile.tier.as_str())));
    Ok((file, changed))
}

/// Whose identity this is, if it reads as one that is found whole.
async fn by_identity(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    typed: &str,
    home: Country,
) -> Result<Option<ContactFile>, OperationError> {
    for kind in [IdentityKind::Number, IdentityKind::Email] {
        let Ok(value) = kind.normalise(typed, home) else { continue };
        let identity = Identity { kind: kind.as_str(), value: Pii::new(value) };
        if let Some(id) = contacts::by_identity(tx, key, &identity).await? {
            return Ok(seen(tx, key, scope, id).await.ok());
        }
    }
    Ok(None)
}

pub(crate) async fn with_parts(
    tx: &mut Tx,
    key: &AccountKey,
    files: Vec<ContactFile>,
) -> Result<Vec<ContactView>, OperationError> {
    let ids: Vec<ContactId> = files.iter().map(|file| file.id).collect();
    let mut known = contacts::known_of(tx, key, &ids).await?;
    let mut tags = contact_files::tags_of(tx, key.account(), &ids).await?;
    let mut views = Vec::new();
    for file in files {
        let block = contact_blocks::list(tx, key, Some(file.id), true, 1).await?.pop();
        let (known, tags) = (known.remove(&file.id).unwrap_or_default(), tags.remove(&file.id).unwrap_or_default());
        views.push(ContactView { file, known, tags, block });
    }
    Ok(views)
}

/// The file that stands for this one, if the reader may see it.
pub(crate) async fn seen(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: ContactId,
) -> Result<ContactFile, OperationError> {
    let id = contact_files::current(tx, scope.account, id).await?.ok_or(NONE)?;
    if !contact_files::is_seen(tx, scope, id).await? {
        return Err(NONE);
    }
    contact_files::get(tx, key, id).await?.ok_or(NONE)
}

/// One that may be changed: seen, and not gone into another.
pub(crate) async fn standing(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: ContactId,
) -> Result<ContactFile, OperationError> {
    let file = seen(tx, key, scope, id).await?;
    if file.id == id { Ok(file) } else { Err(Refusal::MergedAway.into()) }
}

/// That there is something to read, for those who may.
pub(crate) async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp, id: ContactId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "contact": id }));
    outbox::append(tx, key, &[NewEvent { at, kind: "contact_file_changed", payload }]).await?;
    Ok(())
}

pub(crate) fn object(id: ContactId) -> String {
    format!("contact:{id}")
}

pub(crate) fn who(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { user, .. } => Some(*user),
        _ => None,
    }
}
