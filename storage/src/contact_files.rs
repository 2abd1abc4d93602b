//! The file of a contact: what is known of them, by whom it is found.

use crate::accounts::open_text;
use crate::batch::{Hex, Id, json};
use crate::{StoreError, Tx};
use ringdesk_contacts::{Consent, Narrowing, Profile, Purpose, Tier, name_form};
use ringdesk_language::search::name_tokens;
use ringdesk_model::{AccountId, AgentId, ContactFieldId, ContactId, Pii, Scope, TagId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One into another into another … A file is merged into one that stands for itself, so one step is the rule.
const LONGEST_WAY: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFile {
    pub id: ContactId,
    pub profile: Profile,
    /// Whom they have for themselves.
    pub agent: Option<AgentId>,
    pub merged_into: Option<ContactId>,
    pub created_at: Timestamp,
    pub created_by: Option<UserId>,
}

/// Which files. `None` everywhere: all that the reader may see.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub tier: Option<Tier>,
    pub tag: Option<TagId>,
    /// They have one of these among the words of their name; see [`words`].
    pub words: Option<Vec<[u8; 16]>>,
    /// They are kept out, at this moment.
    pub blocked_at: Option<Timestamp>,
    /// What everybody in a segment surely has: the others are not brought.
    pub narrowing: Narrowing,
    /// Older than this one.
    pub before: Option<ContactId>,
}

/// What of a profile has no column of its own.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Sealed {
    language: Option<String>,
    fields: BTreeMap<ContactFieldId, Pii<String>>,
    consents: BTreeMap<Purpose, Consent>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name_sealed: Option<Vec<u8>>,
    vip: bool,
    tier: String,
    file_sealed: Option<Vec<u8>>,
    dedicated_agent: Option<Uuid>,
    merged_into: Option<Uuid>,
    created_at: i64,
    created_by: Option<Uuid>,
}

/// The keyed hashes of what a name is found by.
pub fn words(key: &AccountKey, tokens: &BTreeSet<String>) -> Vec<[u8; 16]> {
    tokens.iter().map(|token| key.blind("contact_word", token)).collect()
}

pub async fn create(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    id: ContactId,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO contact (id, account_id, created_at, created_by) VALUES ($1, $2, $3, $4)",
        id.0,
        account.0,
        now.0,
        by.map(|u| u.0)
    )?;
    Ok(())
}

/// One file, as it is. In a transaction that writes nobody else changes it until its end.
pub async fn get(tx: &mut Tx, key: &AccountKey, id: ContactId) -> Result<Option<ContactFile>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, name_sealed, vip, tier, file_sealed, dedicated_agent, merged_into, created_at, created_by FROM contact
         WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| file(key, row)).transpose()
}

/// These files, as they are, in no order.
pub async fn these(tx: &mut Tx, key: &AccountKey, ids: &[ContactId]) -> Result<Vec<ContactFile>, StoreError> {
    let ids = json(&ids.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "SELECT id, name_sealed, vip, tier, file_sealed, dedicated_agent, merged_into, created_at, created_by FROM contact
                 WHERE account_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id, name_sealed, vip, tier, file_sealed, dedicated_agent, merged_into, created_at, created_by FROM contact
                 WHERE account_id = $1 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        key.account().0,
        ids
    )?;
    found.into_iter().map(|row| file(key, row)).collect()
}

/// Let nobody else change these files until the end of the transaction; in the order of their ids, so that nobody waits for
/// each other. Conversations may still begin with them: a call that comes waits for their identities alone, never for this.
pub async fn hold(tx: &mut Tx, account: AccountId, ids: &[ContactId]) -> Result<(), StoreError> {
    let ids = json(&ids.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let _: Vec<(Uuid,)> = rows!(
        tx,
        sqlite: "SELECT id FROM contact WHERE account_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY id",
        postgres: "SELECT id FROM contact WHERE account_id = $1
                   AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v) ORDER BY id FOR NO KEY UPDATE",
        account.0,
        ids
    )?;
    Ok(())
}

/// The file that stands for this one now: itself, or the one it was merged into.
pub async fn current(tx: &mut Tx, account: AccountId, id: ContactId) -> Result<Option<ContactId>, StoreError> {
    let mut id = id;
    for _ in 0..LONGEST_WAY {
        let found: Option<(Option<Uuid>,)> =
            row!(tx, "SELECT merged_into FROM contact WHERE account_id = $1 AND id = $2", account.0, id.0)?;
        match found {
            None => return Ok(None),
            Some((None,)) => return Ok(Some(id)),
            Some((Some(next),)) => id = ContactId(next),
        }
    }
    Err(StoreError::unreadable("a contact", "it was merged in a circle"))
}

/// May this reader see the file? Who sees everybody's conversations does, who has one with them, and who made it.
pub async fn is_seen(tx: &mut Tx, scope: &Scope, id: ContactId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM contact k WHERE k.account_id = $1 AND k.id = $2
           AND ($3 OR k.created_by = $5 OR EXISTS (SELECT 1 FROM conversation v JOIN participation p ON p.conversation_id = v.id
                    WHERE v.contact_id = k.id AND p.agent_id = $4))",
        scope.account.0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0),
        scope.user.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Newest first, without those that went into others.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<ContactFile>, StoreError> {
    let words = wanted.words.as_ref().map(|words| json(&words.iter().map(|w| Hex(w.to_vec())).collect::<Vec<_>>()));
    let (vip, tier) = match wanted.tier {
        None => (None, None),
        Some(Tier::Vip) => (Some(true), None),
        Some(tier) => (Some(false), Some(tier.as_str())),
    };
    let narrowing = &wanted.narrowing;
    let tiers = narrowing.tiers.as_ref().map(|tiers| json(&tiers.iter().map(|t| t.as_str()).collect::<Vec<_>>()));
    let tags = narrowing.tags.as_ref().map(|tags| json(&tags.iter().map(|t| Id(t.0)).collect::<Vec<_>>()));
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "SELECT k.id, k.name_sealed, k.vip, k.tier, k.file_sealed, k.dedicated_agent, k.merged_into, k.created_at, k.created_by FROM contact k
         WHERE k.account_id = $1 AND k.merged_into IS NULL
           AND ($2 OR k.created_by = $4 OR EXISTS (SELECT 1 FROM conversation v JOIN participation p ON p.conversation_id = v.id
                    WHERE v.contact_id = k.id AND p.agent_id = $3))
           AND (k.vip = $5 OR $5 IS NULL) AND (k.tier = $6 OR $6 IS NULL)
           AND (EXISTS (SELECT 1 FROM contact_tag t WHERE t.contact_id = k.id AND t.tag_id = $7) OR $7 IS NULL)
           AND ($8 IS NULL OR k.id IN (SELECT w.contact_id FROM contact_word w WHERE w.account_id = $1
                    AND w.word_hash IN (SELECT unhex(value) FROM json_each($8))))
           AND (EXISTS (SELECT 1 FROM contact_block b WHERE b.contact_id = k.id AND b.state = 'active'
                    AND (b.until IS NULL OR b.until > $9)) OR $9 IS NULL)
           AND ($12 IS NULL OR CASE WHEN k.vip THEN 'vip' ELSE k.tier END IN (SELECT value FROM json_each($12)))
           AND ($13 IS NULL OR EXISTS (SELECT 1 FROM contact_tag g WHERE g.contact_id = k.id
                    AND g.tag_id IN (SELECT unhex(value) FROM json_each($13))))
           AND ($14 IS NULL OR EXISTS (SELECT 1 FROM conversation s WHERE s.contact_id = k.id AND s.opened_at >= $14))
           AND (k.id < $10 OR $10 IS NULL) ORDER BY k.id DESC LIMIT $11",
        postgres: "SELECT k.id, k.name_sealed, k.vip, k.tier, k.file_sealed, k.dedicated_agent, k.merged_into, k.created_at, k.created_by FROM contact k
         WHERE k.account_id = $1 AND k.merged_into IS NULL
           AND ($2 OR k.created_by = $4 OR EXISTS (SELECT 1 FROM conversation v JOIN participation p ON p.conversation_id = v.id
                    WHERE v.contact_id = k.id AND p.agent_id = $3))
           AND (k.vip = $5 OR $5 IS NULL) AND (k.tier = $6 OR $6 IS NULL)
           AND (EXISTS (SELECT 1 FROM contact_tag t WHERE t.contact_id = k.id AND t.tag_id = $7) OR $7 IS NULL)
           AND ($8::jsonb IS NULL OR k.id IN (SELECT w.contact_id FROM contact_word w WHERE w.account_id = $1
                    AND w.word_hash IN (SELECT decode(h, 'hex') FROM jsonb_array_elements_text($8::jsonb) h)))
           AND (EXISTS (SELECT 1 FROM contact_block b WHERE b.contact_id = k.id AND b.state = 'active'
                    AND (b.until IS NULL OR b.until > $9)) OR $9 IS NULL)
           AND ($12::jsonb IS NULL OR CASE WHEN k.vip THEN 'vip' ELSE k.tier END IN (SELECT jsonb_array_elements_text($12::jsonb)))
           AND ($13::jsonb IS NULL OR EXISTS (SELECT 1 FROM contact_tag g WHERE g.contact_id = k.id
                    AND g.tag_id IN (SELECT v::uuid FROM jsonb_array_elements_text($13::jsonb) v)))
           AND ($14::bigint IS NULL OR EXISTS (SELECT 1 FROM conversation s WHERE s.contact_id = k.id AND s.opened_at >= $14))
           AND (k.id < $10 OR $10 IS NULL) ORDER BY k.id DESC LIMIT $11",
        scope.account.0,
        scope.everyone,
        scope.agent.map(|a| a.0),
        scope.user.0,
        vip,
        tier,
        wanted.tag.map(|t| t.0),
        words.as_deref(),
        wanted.blocked_at.map(|at| at.0),
        wanted.before.map(|c| c.0),
        limit,
        tiers.as_deref(),
        tags.as_deref(),
        wanted.narrowing.spoke_since.map(|at| at.0)
    )?;
    found.into_iter().map(|row| file(key, row)).collect()
}

/// Keep the file as it is now, with the words its name is found by.
pub async fn put(tx: &mut Tx, key: &AccountKey, id: ContactId, profile: &Profile) -> Result<(), StoreError> {
    let name = profile.name.as_ref().map(|name| name.reveal().as_str());
    let seal = |column, plain: &[u8]| key.seal(Place::new("contact", column, id.0.as_bytes()), plain);
    let name_sealed = name.map(|name| seal("name", name.as_bytes())).transpose()?;
    let form = name.map(name_form).filter(|form| !form.is_empty());
    let rest = Sealed {
        language: profile.language.clone(),
        fields: profile.fields.clone(),
        consents: profile.consents.clone(),
    };
    let rest = serde_json::to_vec(&rest).expect("texts, numbers and maps of them");
    exec!(
        tx,
        "UPDATE contact SET name_sealed = $3, name_hash = $4, vip = $5, tier = $6, file_sealed = $7
         WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0,
        name_sealed,
        form.map(|form| key.blind("contact_name", &form).to_vec()),
        profile.tier == Tier::Vip,
        if profile.tier == Tier::Vip { Tier::Standard.as_str() } else { profile.tier.as_str() },
        seal("file", &rest)?
    )?;
    exec!(tx, "DELETE FROM contact_word WHERE account_id = $1 AND contact_id = $2", key.account().0, id.0)?;
    let words = words(key, &name.map(name_tokens).unwrap_or_default());
    if !words.is_empty() {
        exec!(
            tx,
            sqlite: "INSERT INTO contact_word (account_id, word_hash, contact_id) SELECT $1, unhex(value), $2 FROM json_each($3)",
            postgres: "INSERT INTO contact_word (account_id, word_hash, contact_id)
                       SELECT $1::uuid, decode(h, 'hex'), $2::uuid FROM jsonb_array_elements_text($3::jsonb) h",
            key.account().0,
            id.0,
            json(&words.iter().map(|w| Hex(w.to_vec())).collect::<Vec<_>>())
        )?;
    }
    Ok(())
}

/// Whom they have for themselves from now on.
pub async fn set_agent(
    tx: &mut Tx,
    account: AccountId,
    id: ContactId,
    agent: Option<AgentId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE contact SET dedicated_agent = $3 WHERE id = $1 AND account_id = $2",
        id.0,
        account.0,
        agent.map(|a| a.0)
    )?;
    Ok(())
}

/// Files whose name is written like this one's, newest first.
pub async fn of_same_name(tx: &mut Tx, key: &AccountKey, name: &str, most: i64) -> Result<Vec<ContactId>, StoreError> {
    let form = name_form(name);
    if form.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT id FROM contact WHERE account_id = $1 AND name_hash = $2 AND merged_into IS NULL ORDER BY id DESC LIMIT $3",
        key.account().0,
        key.blind("contact_name", &form).to_vec(),
        most
    )?;
    Ok(found.into_iter().map(|(id,)| ContactId(id)).collect())
}

/// Files of whom one says what is the other's identity, or both say the same.
pub async fn of_same_claim(
    tx: &mut Tx,
    account: AccountId,
    id: ContactId,
    most: i64,
) -> Result<Vec<ContactId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT DISTINCT o.contact_id FROM contact_claim c JOIN contact_claim o
            ON o.account_id = c.account_id AND o.kind = c.kind AND o.value_hash = c.value_hash AND o.contact_id <> c.contact_id
            JOIN contact k ON k.id = o.contact_id AND k.merged_into IS NULL
            WHERE c.account_id = $1 AND c.contact_id = $2
         UNION SELECT i.contact_id FROM contact_claim c JOIN contact_identity i
            ON i.account_id = c.account_id AND i.kind = c.kind AND i.value_hash = c.value_hash AND i.contact_id <> c.contact_id
            WHERE c.account_id = $1 AND c.contact_id = $2
         UNION SELECT c.contact_id FROM contact_identity i JOIN contact_claim c
            ON i.account_id = c.account_id AND i.kind = c.kind AND i.value_hash = c.value_hash AND i.contact_id <> c.contact_id
            JOIN contact k ON k.id = c.contact_id AND k.merged_into IS NULL
            WHERE i.account_id = $1 AND i.contact_id = $2
         LIMIT $3",
        account.0,
        id.0,
        most
    )?;
    Ok(found.into_iter().map(|(id,)| ContactId(id)).collect())
}

/// The tags of some contacts.
pub async fn tags_of(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
) -> Result<BTreeMap<ContactId, BTreeSet<TagId>>, StoreError> {
    let ids = json(&contacts.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        sqlite: "SELECT contact_id, tag_id FROM contact_tag WHERE account_id = $1
                 AND contact_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT contact_id, tag_id FROM contact_tag WHERE account_id = $1
                 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids
    )?;
    let mut of: BTreeMap<ContactId, BTreeSet<TagId>> = BTreeMap::new();
    for (contact, tag) in found {
        of.entry(ContactId(contact)).or_default().insert(TagId(tag));
    }
    Ok(of)
}

pub async fn add_tag(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    contact: ContactId,
    tag: TagId,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO contact_tag (contact_id, tag_id, account_id, at, by_user) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        contact.0,
        tag.0,
        account.0,
        now.0,
        by.map(|u| u.0)
    )?;
    Ok(())
}

pub async fn take_tag(tx: &mut Tx, account: AccountId, contact: ContactId, tag: TagId) -> Result<(), StoreError> {
    exec!(
        tx,
        "DELETE FROM contact_tag WHERE account_id = $1 AND contact_id = $2 AND tag_id = $3",
        account.0,
        contact.0,
        tag.0
    )?;
    Ok(())
}

fn file(key: &AccountKey, row: Row) -> Result<ContactFile, StoreError> {
    let open = |column, sealed: Option<Vec<u8>>| {
        sealed.map(|sealed| open_text(key, Place::new("contact", column, row.id.as_bytes()), &sealed)).transpose()
    };
    let rest: Sealed = match open("file", row.file_sealed)? {
        Some(text) => serde_json::from_str(&text).map_err(|_| StoreError::unreadable("a contact", "its file"))?,
        None => Sealed::default(),
    };
    let profile = Profile {
        name: open("name", row.name_sealed)?.map(Pii::new),
        language: rest.language,
        tier: if row.vip { Tier::Vip } else { Tier::parse(&row.tier).unwrap_or_default() },
        fields: rest.fields,
        consents: rest.consents,
    };
    Ok(ContactFile {
        id: ContactId(row.id),
        profile,
        agent: row.dedicated_agent.map(AgentId),
        merged_into: row.merged_into.map(ContactId),
        created_at: Timestamp(row.created_at),
        created_by: row.created_by.map(UserId),
    })
}
