//! Agents and users after they were made: edited, put out of use, taken back. Whoever is out of use is signed out at once,
//! their phone is out of the directory and routing knows them no more; a call they are in goes on to its end, and what they
//! did stays in the books under their name.

use crate::desk::audited;
use crate::people::{About, AboutEdit};
use crate::secrets::{ha1, password};
use crate::users::NewUser;
use crate::{OperationError, Operations};
use ringdesk_access::check_password;
use ringdesk_model::{AccountId, Actor, AgentId, Pii, QueueId, Timestamp, UserId};
use ringdesk_storage::agents::{self, QueueAgent};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, sessions, setup};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who signs in, has a phone, and takes work.
#[derive(Clone, Debug)]
pub struct NewAgent {
    pub login: String,
    pub name: String,
    pub roles: Vec<String>,
    pub extension: String,
    /// With the level in each.
    pub queues: Vec<(QueueId, u8)>,
    pub about: About,
}

/// An agent who was made. The phone's password is shown once.
pub struct MadeAgent {
    pub agent: AgentId,
    pub user: UserId,
    pub version: i64,
    pub phone_password: String,
}

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct UserEdit {
    pub name: Option<String>,
    pub active: Option<bool>,
    /// Empty: no phone.
    pub extension: Option<String>,
    pub about: AboutEdit,
    /// The version that the editor has seen; `None`: whatever it is by now.
    pub replaces: Option<i64>,
}

impl UserEdit {
    pub(crate) fn applied(&self, to: &User) -> User {
        let mut user = to.clone();
        user.name = self.name.clone().unwrap_or(user.name);
        user.disabled = self.active.map_or(user.disabled, |active| !active);
        if let Some(extension) = &self.extension {
            user.extension = Some(extension.clone()).filter(|e| !e.is_empty());
        }
        user
    }
}

/// What came of it.
pub struct Edited {
    pub version: i64,
    /// Of a phone with a new extension, shown once: its hash holds the extension.
    pub phone_password: Option<String>,
}

/// What a telephone proves itself with.
#[derive(Clone, Debug)]
pub struct PhoneSecret {
    pub extension: String,
    pub realm: String,
    pub ha1_md5: Pii<String>,
}

impl Operations {
    pub async fn create_agent(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        new: NewAgent,
        login_password: &str,
    ) -> Result<MadeAgent, OperationError> {
        check_password(&new.login, login_password)?;
        check_extension(&new.extension)?;
        let hash = self.door.hash(login_password).await?;
        let (mut tx, key) = self.write(account).await?;
        let made = self.agent_in(&mut tx, &key, now, actor, new, &hash).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The same as part of something larger.
    pub(crate) async fn agent_in(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        new: NewAgent,
        hash: &str,
    ) -> Result<MadeAgent, OperationError> {
        let account = key.account();
        let (agent, phone_password): (AgentId, _) = (self.id(now), password()?);
        agents::create_agent(tx, now, account, agent, &new.name, "{}").await?;
        let NewAgent { login, name, roles, about, .. } = new;
        let user = NewUser { login, name, roles, agent: Some(agent), about };
        let user = self.insert_user(tx, key, now, user, hash).await?;
        self.give_phone(tx, key, user, &new.extension, &phone_password).await?;
        let standing = if new.queues.is_empty() { BTreeMap::new() } else { setup::queues(tx, account).await? };
        for (queue, level) in new.queues {
            standing.get(&queue).filter(|s| !s.disabled).ok_or(OperationError::NotFound("queue"))?;
            agents::set_queue_agent(tx, QueueAgent { queue, agent, level: level.into() }).await?;
            setup::count_change(tx, account, queue).await?;
            let object = format!("queue:{queue}");
            audited(tx, key, now, actor, "queue.members", &object, None, Some("a new agent")).await?;
        }
        let made = users::by_id(tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        let object = format!("agent:{agent}");
        audited(tx, key, now, actor, "agent.create", &object, None, Some(&said(&made.user))).await?;
        told(tx, key, now, &made.user).await?;
        Ok(MadeAgent { agent, user, version: made.user.version, phone_password })
    }

    /// The user behind an agent.
    pub async fn user_of(&self, account: AccountId, agent: AgentId) -> Result<User, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = users::all(&mut tx, account).await?;
        all.into_iter().find(|u| u.agent == Some(agent)).ok_or(OperationError::NotFound("agent"))
    }

    pub async fn edit_user(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: UserId,
        edit: UserEdit,
    ) -> Result<Edited, OperationError> {
        let wanted = edit.extension.as_deref();
        wanted.filter(|e| !e.is_empty()).map(check_extension).transpose()?;
        let (mut tx, key) = self.write(account).await?;
        let before = users::by_id(&mut tx, account, id).await?.ok_or(OperationError::NotFound("user"))?.user;
        if edit.replaces.is_some_and(|version| version != before.version) {
            return Err(OperationError::Changed("this user"));
        }
        let after = edit.applied(&before);
        edit.about.write(&mut tx, &key, id).await?;
        let phone_password = self.edited_in(&mut tx, &key, now, actor, &before, &after).await?;
        self.somebody_grants(&mut tx, account).await?;
        let now_is = users::by_id(&mut tx, account, id).await?.ok_or(OperationError::NotFound("user"))?;
        tx.commit().await?;
        if after.disabled {
            self.sessions_end();
        }
        Ok(Edited { version: now_is.user.version, phone_password })
    }

    /// The same as part of something larger, at whose end [`Operations::somebody_grants`]; how they are reached is written before.
    /// Gives the password of a new phone.
    pub(crate) async fn edited_in(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        before: &User,
        after: &User,
    ) -> Result<Option<String>, OperationError> {
        let (id, account) = (after.id, after.account);
        if !users::edit(tx, after).await.map_err(OperationError::taken("the extension"))? {
            return Err(OperationError::Changed("this user"));
        }
        if let Some(agent) = after.agent {
            setup::rename_agent(tx, account, agent, &after.name).await?;
        }
        let mut phone_password = None;
        if let Some(extension) = after.extension.as_deref().filter(|_| after.extension != before.extension) {
            let fresh = password()?;
            self.give_phone(tx, key, id, extension, &fresh).await?;
            phone_password = Some(fresh);
        }
        if after.disabled {
            sessions::close_all(tx, id).await?;
        }
        let action = match (before.disabled, after.disabled) {
            (false, true) => "user.disable",
            (true, false) => "user.enable",
            _ => "user.edit",
        };
        let (object, was, is) = (format!("user:{id}"), said(before), said(after));
        audited(tx, key, now, actor, action, &object, Some(&was), Some(&is)).await?;
        told(tx, key, now, after).await?;
        Ok(phone_password)
    }

    /// Another password for a phone, shown once. Where it was registered with the old one it is not any more.
    pub async fn renew_phone(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
    ) -> Result<String, OperationError> {
        let fresh = password()?;
        let (mut tx, key) = self.write(account).await?;
        let found = users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        let extension = found.user.extension.ok_or_else(|| OperationError::Invalid("there is no phone".into()))?;
        self.give_phone(&mut tx, &key, user, &extension, &fresh).await?;
        audited(&mut tx, &key, now, actor, "user.set_phone", &format!("user:{user}"), None, Some(&extension)).await?;
        tx.commit().await?;
        Ok(fresh)
    }

    /// With what an agent's own browser registers beside their telephones.
    pub async fn phone_of(&self, account: AccountId, agent: AgentId) -> Result<PhoneSecret, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let found = users::extensions(&mut tx, &key).await?.into_iter().find(|e| e.agent == Some(agent));
        let found = found.ok_or_else(|| OperationError::Invalid("there is no phone".into()))?;
        Ok(PhoneSecret { extension: found.number, realm: self.realm.clone(), ha1_md5: Pii::new(found.ha1_md5) })
    }

    pub(crate) async fn give_phone(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        user: UserId,
        extension: &str,
        password: &str,
    ) -> Result<(), OperationError> {
        let (md5, sha256) = ha1(extension, &self.realm, password);
        let given = users::set_phone(tx, key, user, extension, &md5, &sha256).await;
        given.map_err(OperationError::taken("the extension"))?;
        Ok(())
    }

    /// The agents that are out of use.
    pub async fn disabled_agents(&self, account: AccountId) -> Result<BTreeSet<AgentId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(setup::disabled_agents(&mut tx, account).await?)
    }
}

pub(crate) fn check_extension(extension: &str) -> Result<(), OperationError> {
    match (1..=32).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(OperationError::Invalid("an extension is 1 to 32 letters and digits".into())),
    }
}

fn said(user: &User) -> String {
    let state = if user.disabled { "out of use" } else { "active" };
    format!("{}, {}, {state}", user.name, user.extension.as_deref().unwrap_or("no phone"))
}

pub(crate) async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, user: &User) -> Result<(), OperationError> {
    if let Some(agent) = user.agent {
        let payload = Pii::new(serde_json::json!({ "agent": agent, "name": user.name, "active": !user.disabled }));
        outbox::append(tx, key, &[NewEvent { at: now, kind: "agent_changed", payload }]).await?;
    }
    Ok(())
}
