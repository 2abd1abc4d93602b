//! Segments: written, counted as they are written, asked for of somebody. Who is in one is judged when it is asked, by the laws of
//! `core/contacts`: contacts come in sets, narrowed to who can be in it, and only what the condition asks for is looked up.

use crate::contact_files::{ContactView, seen, with_parts};
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_contacts::segment::{asked, days_back, facts};
use ringdesk_contacts::{Narrowing, Refusal, SegmentFact, Standing, check_segment, field_name};
use ringdesk_model::{AccountId, Actor, ContactId, Pii, Scope, SegmentId, Timestamp};
use ringdesk_rules::Condition;
use ringdesk_storage::contact_files::{self, ContactFile, Wanted};
use ringdesk_storage::documents::{self, Versioned};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::segments::{self, SegmentRow};
use ringdesk_storage::{Tx, contact_fields, help_desk};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// Of one account.
const SEGMENTS: usize = 100;
/// Contacts judged at once.
const SET: i64 = 1_000;
const NONE: OperationError = OperationError::NotFound("segment");

#[derive(Clone, Debug)]
pub struct SegmentView {
    pub id: SegmentId,
    pub name: String,
    pub condition: Condition,
    pub version: i64,
}

impl Operations {
    /// By name.
    pub async fn segments(&self, account: AccountId) -> Result<Vec<SegmentView>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        all(&mut tx, &key).await
    }

    /// A condition as it travels: JSON. The fault says where.
    pub async fn read_segment(
        &self,
        account: AccountId,
        condition: serde_json::Value,
    ) -> Result<Condition, OperationError> {
        let condition: Condition =
            serde_json::from_value(condition).map_err(|fault| OperationError::Invalid(fault.to_string()))?;
        let (mut tx, _) = self.read(account).await?;
        let fields = contact_fields::all(&mut tx, account).await?.into_iter().map(|(id, _)| id).collect();
        check_segment(&condition, &fields)?;
        Ok(condition)
    }

    /// A condition that passed [`Operations::read_segment`], under a name.
    pub async fn create_segment(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
        condition: &Condition,
    ) -> Result<SegmentId, OperationError> {
        let name = field_name(name).map_err(|_| Refusal::SegmentName)?;
        let (mut tx, key) = self.write(account).await?;
        if segments::all(&mut tx, &key).await?.len() >= SEGMENTS {
            return Err(Refusal::Segments(SEGMENTS).into());
        }
        let id: SegmentId = self.id(now);
        let row = SegmentRow { id, name, condition: written(condition), version: 1 };
        segments::insert(&mut tx, &key, &row).await.map_err(OperationError::taken("the name"))?;
        audited(&mut tx, &key, now, actor, "segment.create", &object(id), None, Some(&row.name)).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Put it in the place of a version; of two editors one learns of the other.
    pub async fn edit_segment(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (id, replaces): (SegmentId, i64),
        name: &str,
        condition: &Condition,
    ) -> Result<(), OperationError> {
        let name = field_name(name).map_err(|_| Refusal::SegmentName)?;
        let (mut tx, key) = self.write(account).await?;
        let before = segments::all(&mut tx, &key).await?.into_iter().find(|row| row.id == id).ok_or(NONE)?;
        let row = SegmentRow { id, name, condition: written(condition), version: replaces.saturating_add(1) };
        if !segments::change(&mut tx, &key, &row).await.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the segment"));
        }
        let (had, has) = (Some(before.name.as_str()), Some(row.name.as_str()));
        audited(&mut tx, &key, now, actor, "segment.edit", &object(id), had, has).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One that no rule asks for.
    pub async fn remove_segment(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: SegmentId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = segments::all(&mut tx, &key).await?.into_iter().find(|row| row.id == id).ok_or(NONE)?;
        let rules = documents::get(&mut tx, account, Versioned::Rules).await?;
        if rules.is_some_and(|list| list.text.contains(&id.to_string())) {
            return Err(OperationError::InUse("a rule asks for it".into()));
        }
        segments::remove(&mut tx, account, id).await?;
        audited(&mut tx, &key, now, actor, "segment.remove", &object(id), Some(&before.name), None).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many of the contacts that the reader may see are in it now.
    pub async fn count_segment(
        &self,
        now: Timestamp,
        scope: &Scope,
        condition: &Condition,
    ) -> Result<u64, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let mut wanted = Wanted { narrowing: Narrowing::of(condition, now), ..Wanted::default() };
        let mut count = 0;
        loop {
            let set = contact_files::list(&mut tx, &key, scope, &wanted, SET).await?;
            let Some(last) = set.last().map(|file| file.id) else { return Ok(count) };
            wanted.before = Some(last);
            // Customers are counted, not who asks a help desk of the house.
            let ids: Vec<ContactId> = set.iter().map(|file| file.id).collect();
            let ours = help_desk::staff_among(&mut tx, scope.account, &ids).await?;
            let customers = set.into_iter().filter(|file| !ours.contains(&file.id)).collect();
            count += within(&mut tx, &key, now, customers, condition).await?.len() as u64;
        }
    }

    /// Those of a segment that the reader may see, newest first; `wanted` says which of them.
    pub(crate) async fn segment_people(
        &self,
        now: Timestamp,
        scope: &Scope,
        id: SegmentId,
        mut wanted: Wanted,
        limit: usize,
    ) -> Result<Vec<ContactView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let one = all(&mut tx, &key).await?.into_iter().find(|one| one.id == id).ok_or(NONE)?;
        wanted.narrowing = Narrowing::of(&one.condition, now);
        let mut people = Vec::new();
        while people.len() < limit {
            let set = contact_files::list(&mut tx, &key, scope, &wanted, SET).await?;
            let Some(last) = set.last().map(|file| file.id) else { break };
            wanted.before = Some(last);
            people.extend(within(&mut tx, &key, now, set, &one.condition).await?);
        }
        people.truncate(limit);
        with_parts(&mut tx, &key, people).await
    }

    /// In which segments somebody is now.
    pub async fn segments_of(
        &self,
        now: Timestamp,
        scope: &Scope,
        contact: ContactId,
    ) -> Result<Vec<SegmentView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let file = seen(&mut tx, &key, scope, contact).await?;
        of_file(&mut tx, &key, now, file).await
    }
}

/// In which segments a contact is now; in none, if there is no such contact. For what decides about them: routing, rules.
pub(crate) async fn of_contact(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    contact: ContactId,
) -> Result<BTreeSet<SegmentId>, OperationError> {
    let Some(file) = contact_files::get(tx, key, contact).await? else { return Ok(BTreeSet::new()) };
    Ok(of_file(tx, key, now, file).await?.into_iter().map(|one| one.id).collect())
}

/// In which of these segments each of some contacts is now; who is in none is left out.
pub(crate) async fn of_contacts(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    contacts: &[ContactId],
    only: Option<SegmentId>,
) -> Result<BTreeMap<ContactId, BTreeSet<SegmentId>>, OperationError> {
    let mut judged = all(tx, key).await?;
    judged.retain(|one| only.is_none_or(|id| one.id == id));
    if only.is_some() && judged.is_empty() {
        return Err(NONE);
    }
    let needs: BTreeSet<SegmentFact> = judged.iter().flat_map(|one| asked(&one.condition)).collect();
    let mut of = BTreeMap::new();
    for set in contacts.chunks(SET as usize) {
        let standings = standings(tx, key.account(), now, set, &needs).await?;
        let nothing = Standing::default();
        for file in contact_files::these(tx, key, set).await? {
            let standing = standings.get(&file.id).unwrap_or(&nothing);
            let facts = facts(now, file.created_at, &file.profile, standing, &needs);
            let within: BTreeSet<_> = judged.iter().filter(|s| s.condition.holds(&facts)).map(|s| s.id).collect();
            if !within.is_empty() {
                of.insert(file.id, within);
            }
        }
    }
    Ok(of)
}

async fn of_file(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    file: ContactFile,
) -> Result<Vec<SegmentView>, OperationError> {
    let mut all = all(tx, key).await?;
    let needs = all.iter().flat_map(|one| asked(&one.condition)).collect();
    let standing = standings(tx, key.account(), now, &[file.id], &needs).await?.remove(&file.id).unwrap_or_default();
    let facts = facts(now, file.created_at, &file.profile, &standing, &needs);
    all.retain(|one| one.condition.holds(&facts));
    Ok(all)
}

/// Which of these are in it.
async fn within(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    mut set: Vec<ContactFile>,
    condition: &Condition,
) -> Result<Vec<ContactFile>, OperationError> {
    let needs = asked(condition);
    let ids: Vec<ContactId> = set.iter().map(|file| file.id).collect();
    let standings = standings(tx, key.account(), now, &ids, &needs).await?;
    let nothing = Standing::default();
    set.retain(|file| {
        let standing = standings.get(&file.id).unwrap_or(&nothing);
        condition.holds(&facts(now, file.created_at, &file.profile, standing, &needs))
    });
    Ok(set)
}

/// What `needs` names, of these contacts: one statement for each thing.
async fn standings(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    contacts: &[ContactId],
    needs: &BTreeSet<SegmentFact>,
) -> Result<BTreeMap<ContactId, Standing>, OperationError> {
    let mut of: BTreeMap<ContactId, Standing> = BTreeMap::new();
    for need in needs {
        match need {
            SegmentFact::Tag => {
                for (id, tags) in contact_files::tags_of(tx, account, contacts).await? {
                    of.entry(id).or_default().tags = tags;
                }
            }
            SegmentFact::Channel => {
                for (id, channels) in segments::channels_of(tx, account, contacts).await? {
                    of.entry(id).or_default().channels = channels;
                }
            }
            SegmentFact::QuietDays => {
                for (id, at) in segments::last_of(tx, account, contacts).await? {
                    of.entry(id).or_default().last_at = Some(at);
                }
            }
            SegmentFact::Conversations(days) => {
                let since = days_back(now, *days);
                for (id, count) in segments::conversations_since(tx, account, contacts, since).await? {
                    of.entry(id).or_default().conversations.insert(*days, count);
                }
            }
            SegmentFact::Tickets(days) => {
                let since = days_back(now, *days);
                for (id, count) in segments::tickets_since(tx, account, contacts, since).await? {
                    of.entry(id).or_default().tickets.insert(*days, count);
                }
            }
            // The file itself says it.
            SegmentFact::Tier
            | SegmentFact::Language
            | SegmentFact::Consent
            | SegmentFact::Field(_)
            | SegmentFact::KnownDays => {}
        }
    }
    Ok(of)
}

/// Those that can be read: one that asks for what a later version knows is in nobody's way.
async fn all(tx: &mut Tx, key: &AccountKey) -> Result<Vec<SegmentView>, OperationError> {
    let view = |row: SegmentRow| {
        let condition = serde_json::from_str(&row.condition).ok()?;
        Some(SegmentView { id: row.id, name: row.name, condition, version: row.version })
    };
    Ok(segments::all(tx, key).await?.into_iter().filter_map(view).collect())
}

fn written(condition: &Condition) -> String {
    serde_json::to_string(condition).expect("a condition is texts and numbers")
}

/// That there is another list to read; who is in it is not said.
async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp, id: SegmentId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "segment": id }));
    outbox::append(tx, key, &[NewEvent { at, kind: "segment_changed", payload }]).await?;
    Ok(())
}

fn object(id: SegmentId) -> String {
    format!("segment:{id}")
}
