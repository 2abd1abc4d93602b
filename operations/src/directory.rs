//! What signaling must know of the rows: phones and trunks.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Pii, Timestamp, TrunkId};
use ringdesk_storage::inboxes::{self, Trunk};
use ringdesk_storage::registrations::{self, Registration};
use ringdesk_storage::users::{self, Extension};
use std::collections::{BTreeMap, BTreeSet};

/// A trunk to be made.
#[derive(Clone, Debug)]
pub struct NewTrunk {
    pub name: String,
    /// Where its calls come from, as CIDR.
    pub networks: Vec<String>,
    /// JSON, as signaling reads it.
    pub settings: String,
    pub password: Option<Pii<String>>,
}

/// The phones and trunks of an account, for the registrar and the door.
#[derive(Clone)]
pub struct Directory {
    /// The realm of the hashes.
    pub realm: String,
    pub extensions: Vec<Extension>,
    pub trunks: Vec<Trunk>,
}

impl Operations {
    /// Read by the server itself, at the start and after changes; it leaves the server only as digest answers.
    pub async fn directory(&self, account: AccountId) -> Result<Directory, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(Directory {
            realm: self.realm.clone(),
            extensions: users::extensions(&mut tx, &key).await?,
            trunks: inboxes::trunks(&mut tx, &key).await?,
        })
    }

    /// Keep the contacts of an extension (JSON, as the registrar writes them) in the place of what was kept; `None`: it has
    /// none.
    pub async fn keep_registrations(
        &self,
        account: AccountId,
        changed: &BTreeMap<String, Option<Pii<String>>>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        for (extension, contacts) in changed {
            match contacts {
                Some(contacts) => {
                    let new = Registration { extension: extension.clone(), contacts: contacts.clone() };
                    registrations::put(&mut tx, &key, &new).await?;
                }
                None => registrations::remove(&mut tx, &key, extension).await?,
            }
        }
        Ok(tx.commit().await?)
    }

    pub async fn kept_registrations(&self, account: AccountId) -> Result<Vec<Registration>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(registrations::all(&mut tx, &key).await?)
    }

    /// Make a trunk. Whether its settings make sense is signaling's to say, before.
    pub async fn create_trunk(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        new: NewTrunk,
    ) -> Result<TrunkId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let NewTrunk { name, networks, settings, password } = new;
        let trunk = Trunk { id: self.id(now), name, networks, settings, password };
        inboxes::create_trunk(&mut tx, &key, &trunk).await.map_err(OperationError::taken("trunk"))?;
        let after = format!("{} {}", trunk.name, trunk.networks.join(" "));
        audited(&mut tx, &key, now, actor, "trunk.create", &format!("trunk:{}", trunk.id), None, Some(&after)).await?;
        tx.commit().await?;
        Ok(trunk.id)
    }

    /// Put this in the place of a trunk; it stays the trunk that it is, and its calls go on. Whether the settings make sense is
    /// signaling's to say, before.
    pub async fn change_trunk(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
        new: NewTrunk,
    ) -> Result<TrunkId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = inboxes::trunks(&mut tx, &key).await?;
        let before = all.into_iter().find(|trunk| trunk.name == name).ok_or(OperationError::NotFound("trunk"))?;
        let NewTrunk { name, networks, settings, password } = new;
        let trunk = Trunk { id: before.id, name, networks, settings, password };
        inboxes::change_trunk(&mut tx, &key, &trunk).await.map_err(OperationError::taken("trunk"))?;
        let said = |trunk: &Trunk| format!("{} {}", trunk.name, trunk.networks.join(" "));
        let (was, mut is) = (said(&before), said(&trunk));
        let changed = changed_settings(&before.settings, &trunk.settings);
        if !changed.is_empty() {
            is = format!("{is}; settings: {}", changed.join(", "));
        }
        if before.password.as_ref().map(Pii::reveal) != trunk.password.as_ref().map(Pii::reveal) {
            is.push_str("; password");
        }
        let object = format!("trunk:{}", trunk.id);
        audited(&mut tx, &key, now, actor, "trunk.change", &object, Some(&was), Some(&is)).await?;
        tx.commit().await?;
        Ok(trunk.id)
    }

    /// Somebody tried a trunk.
    pub async fn trunk_tested(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        trunk: TrunkId,
        outcome: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        audited(&mut tx, &key, now, actor, "trunk.test", &format!("trunk:{trunk}"), None, Some(outcome)).await?;
        Ok(tx.commit().await?)
    }

    pub async fn remove_trunk(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = inboxes::trunks(&mut tx, &key).await?;
        let id = all.into_iter().find(|trunk| trunk.name == name).ok_or(OperationError::NotFound("trunk"))?.id;
        if !inboxes::remove_trunk(&mut tx, account, name).await? {
            return Err(OperationError::NotFound("trunk"));
        }
        audited(&mut tx, &key, now, actor, "trunk.remove", &format!("trunk:{id}"), Some(name), None).await?;
        Ok(tx.commit().await?)
    }
}

/// The names of those that differ: what they say may be somebody's number.
fn changed_settings(before: &str, after: &str) -> Vec<String> {
    let read = |text: &str| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_names_what_was_changed_and_not_what_it_says() {
        let before = r#"{"host":"a","username":"u","port":5060}"#;
        assert_eq!(
            changed_settings(before, r#"{"host":"b","username":"u","register":true}"#),
            ["host", "port", "register"]
        );
        assert!(changed_settings(before, before).is_empty());
    }
}
