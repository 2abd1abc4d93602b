//! What contacts are known by: identities, found by keyed hashes of them, and claims, which link nobody.

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_contacts::{IdentityKind, Proof, Tier};
use ringdesk_conversations::ContactNumber;
use ringdesk_model::{AgentId, ContactId, Pii, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What identifies a contact: a number, later an address or an account elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `number`, `email` …
    pub kind: &'static str,
    pub value: Pii<String>,
}

impl Identity {
    pub fn number(number: &ContactNumber) -> Identity {
        Identity { kind: "number", value: Pii::new(number.as_str().to_owned()) }
    }

    pub(crate) fn hash(&self, key: &AccountKey) -> [u8; 16] {
        key.blind(self.kind, self.value.reveal())
    }
}

pub async fn by_identity(tx: &mut Tx, key: &AccountKey, identity: &Identity) -> Result<Option<ContactId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT contact_id FROM contact_identity WHERE account_id = $1 AND kind = $2 AND value_hash = $3",
        key.account().0,
        identity.kind,
        &identity.hash(key)[..]
    )?;
    Ok(found.map(|(id,)| ContactId(id)))
}

/// The number of a contact, if they have one.
pub async fn number_of(tx: &mut Tx, key: &AccountKey, contact: ContactId) -> Result<Option<Identity>, StoreError> {
    let found: Option<(Vec<u8>, Vec<u8>)> = row!(
        tx,
        "SELECT value_hash, value_sealed FROM contact_identity
         WHERE account_id = $1 AND kind = 'number' AND contact_id = $2 ORDER BY value_hash LIMIT 1",
        key.account().0,
        contact.0
    )?;
    let Some((hash, sealed)) = found else { return Ok(None) };
    let value = open_text(key, Place::new("contact_identity", "value", &hash_of(&hash)?), &sealed)?;
    Ok(Some(Identity { kind: "number", value: Pii::new(value) }))
}

/// What of a contact decides how they wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub tier: Tier,
    /// Whom they have for themselves.
    pub dedicated: Option<AgentId>,
    /// Who talked with them last, and when.
    pub last: Option<(AgentId, Timestamp)>,
}

/// `None`: nobody is known by this.
pub async fn standing(tx: &mut Tx, key: &AccountKey, identity: &Identity) -> Result<Option<Standing>, StoreError> {
    type Row = (bool, String, Option<Uuid>, Option<Uuid>, Option<i64>);
    let found: Option<Row> = row!(
        tx,
        "SELECT k.vip, k.tier, k.dedicated_agent, p.agent_id, p.started_at
         FROM contact_identity i JOIN contact k ON k.id = i.contact_id
         LEFT JOIN participation p ON p.id = (SELECT l.id FROM conversation c JOIN participation l ON l.conversation_id = c.id
             WHERE c.contact_id = k.id ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
         WHERE i.account_id = $1 AND i.kind = $2 AND i.value_hash = $3",
        key.account().0,
        identity.kind,
        &identity.hash(key)[..]
    )?;
    Ok(found.map(|(vip, tier, dedicated, last, at)| standing_of(vip, &tier, dedicated, last.zip(at))))
}

/// VIP is a column of its own.
pub(crate) fn standing_of(vip: bool, tier: &str, dedicated: Option<Uuid>, last: Option<(Uuid, i64)>) -> Standing {
    Standing {
        tier: if vip { Tier::Vip } else { Tier::parse(tier).unwrap_or_default() },
        dedicated: dedicated.map(AgentId),
        last: last.map(|(agent, at)| (AgentId(agent), Timestamp(at))),
    }
}

/// An identity of a file, or a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its keyed hash, in hexadecimal: its name in the account, which tells nothing of it.
    pub id: String,
    pub kind: IdentityKind,
    pub value: Pii<String>,
    /// `None`: only said.
    pub proof: Option<Proof>,
    pub at: Timestamp,
}

impl Known {
    pub fn identity(&self) -> Identity {
        Identity { kind: self.kind.as_str(), value: self.value.clone() }
    }
}

/// What these contacts are known by: identities first, then claims, each in the order of their kinds.
pub async fn known_of(
    tx: &mut Tx,
    key: &AccountKey,
    contacts: &[ContactId],
) -> Result<BTreeMap<ContactId, Vec<Known>>, StoreError> {
    type Row = (Uuid, String, Vec<u8>, Vec<u8>, Option<String>, i64);
    let ids = json(&contacts.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "SELECT contact_id, kind, value_hash, value_sealed, proof, at FROM contact_identity
                 WHERE account_id = $1 AND contact_id IN (SELECT unhex(value) FROM json_each($2))
                 UNION ALL SELECT contact_id, kind, value_hash, value_sealed, NULL, at FROM contact_claim
                 WHERE account_id = $1 AND contact_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT contact_id, kind, value_hash, value_sealed, proof, at FROM contact_identity
                 WHERE account_id = $1 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)
                 UNION ALL SELECT contact_id, kind, value_hash, value_sealed, NULL, at FROM contact_claim
                 WHERE account_id = $1 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        key.account().0,
        ids
    )?;
    let mut known: BTreeMap<ContactId, Vec<Known>> = BTreeMap::new();
    for (contact, kind, hash, sealed, proof, at) in found {
        let kind = IdentityKind::parse(&kind).map_err(|_| StoreError::unreadable("an identity", "its kind"))?;
        let table = if proof.is_some() { "contact_identity" } else { "contact_claim" };
        let value = Pii::new(open_text(key, Place::new(table, "value", &hash_of(&hash)?), &sealed)?);
        let proof = proof.and_then(|proof| Proof::parse(&proof));
        known.entry(ContactId(contact)).or_default().push(Known {
            id: format!("{:032x}", u128::from_be_bytes(hash_of(&hash)?)),
            kind,
            value,
            proof,
            at: Timestamp(at),
        });
    }
    for list in known.values_mut() {
        list.sort_by(|a, b| (a.proof.is_none(), a.kind, &a.value).cmp(&(b.proof.is_none(), b.kind, &b.value)));
    }
    Ok(known)
}

/// Make an identity theirs. A conflict: it is somebody's.
pub async fn link(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    contact: ContactId,
    identity: &Identity,
    proof: Proof,
) -> Result<(), StoreError> {
    let hash = identity.hash(key);
    let sealed = key.seal(Place::new("contact_identity", "value", &hash), identity.value.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO contact_identity (account_id, kind, value_hash, contact_id, value_sealed, proof, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        key.account().0,
        identity.kind,
        &hash[..],
        contact.0,
        sealed,
        proof.as_str(),
        now.0
    )?;
    Ok(())
}

/// False: it was not theirs.
pub async fn unlink(
    tx: &mut Tx,
    key: &AccountKey,
    contact: ContactId,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let gone = exec!(
        tx,
        "DELETE FROM contact_identity WHERE account_id = $1 AND kind = $2 AND value_hash = $3 AND contact_id = $4",
        key.account().0,
        identity.kind,
        &identity.hash(key)[..],
        contact.0
    )?;
    Ok(gone == 1)
}

/// Keep what they say of themselves; once.
pub async fn claim(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    contact: ContactId,
    identity: &Identity,
) -> Result<(), StoreError> {
    let hash = identity.hash(key);
    let sealed = key.seal(Place::new("contact_claim", "value", &hash), identity.value.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO contact_claim (contact_id, kind, value_hash, account_id, value_sealed, at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        contact.0,
        identity.kind,
        &hash[..],
        key.account().0,
        sealed,
        now.0
    )?;
    Ok(())
}

/// False: they had not said it.
pub async fn unclaim(
    tx: &mut Tx,
    key: &AccountKey,
    contact: ContactId,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let gone = exec!(
        tx,
        "DELETE FROM contact_claim WHERE account_id = $1 AND contact_id = $2 AND kind = $3 AND value_hash = $4",
        key.account().0,
        contact.0,
        identity.kind,
        &identity.hash(key)[..]
    )?;
    Ok(gone == 1)
}

fn hash_of(bytes: &[u8]) -> Result<[u8; 16], StoreError> {
    bytes.try_into().map_err(|_| StoreError::unreadable("the hash of an identity", "its length"))
}
