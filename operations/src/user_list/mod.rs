//! Users by the list: brought in from a file of a spreadsheet, with a trial that changes nothing, and written out as one.
//!
//! Reading order: [`table`] (what a file is: [`delimited`] or a [`workbook`]), [`columns`] (its words), [`plan`] (the law: what each
//! row would do), then here what is done about it, and [`export`].

mod columns;
mod delimited;
mod export;
mod plan;
mod table;
mod workbook;

pub use columns::{Column, ListLanguage};
pub use delimited::written as write_table;
pub use plan::{CellChange, CellFault, Outcome, Plan, PlannedRow};
pub use table::{ROWS, Row, TableFault, read as read_table};

use crate::desk::audited;
use crate::people::About;
use crate::secrets::{hash_random, password};
use crate::staff::{NewAgent, UserEdit};
use crate::users::NewUser;
use crate::{OperationError, Operations, SignedIn};
use plan::{House, plan};
use ringdesk_access::{check_password, role_name};
use ringdesk_model::{AccountId, AgentId, QueueId, Timestamp};
use ringdesk_storage::agents::{self, Queue};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, people, setup};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    /// Nothing: say what would be.
    Trial,
    /// All of it, or nothing where a row is faulty.
    All,
    /// The rows that are good.
    Good,
}

/// What somebody is told once, and can be read nowhere later.
#[derive(Clone, Debug)]
pub struct FirstSecret {
    pub login: String,
    pub name: String,
    /// For signing in.
    pub password: Option<String>,
    pub extension: Option<String>,
    pub phone_password: Option<String>,
}

pub struct Imported {
    pub plan: Plan,
    pub applied: bool,
    pub secrets: Vec<FirstSecret>,
}

impl From<TableFault> for OperationError {
    fn from(fault: TableFault) -> Self {
        OperationError::Invalid(fault.to_string())
    }
}

impl Operations {
    /// Bring in a list of users. Everything that is done is one transaction, and each user has an audit entry as if they had
    /// been made or edited by hand.
    pub async fn import_users(
        &self,
        now: Timestamp,
        who: &SignedIn,
        file: &[u8],
        what: Import,
    ) -> Result<Imported, OperationError> {
        let table = table::read(file)?;
        let account = who.user.account;
        if what == Import::Trial {
            let (mut tx, key) = self.read(account).await?;
            let plan = plan(&self.house(&mut tx, &key, who, &table).await?, &table)?;
            return Ok(Imported { plan, applied: false, secrets: Vec::new() });
        }
        // As many as there can be; before the transaction, as all that costs time.
        let mut fresh = Vec::new();
        for _ in 1..table.len() {
            let first = password()?;
            fresh.push((hash_random(&first)?, first));
        }
        let (mut tx, key) = self.write(account).await?;
        let house = self.house(&mut tx, &key, who, &table).await?;
        let plan = plan(&house, &table)?;
        if what == Import::All && plan.rows.iter().any(|row| row.outcome == Outcome::Faulty) {
            return Ok(Imported { plan, applied: false, secrets: Vec::new() });
        }
        let secrets = self.carry_out(&mut tx, &key, now, who, &house, &plan, fresh).await?;
        let count = |outcome| plan.rows.iter().filter(|row| row.outcome == outcome).count();
        let after = format!("{} made, {} changed", count(Outcome::Create), count(Outcome::Change));
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, &who.actor, "users.import", &object, None, Some(&after)).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(Imported { plan, applied: true, secrets })
    }

    /// All users as a file that can be brought in again.
    pub async fn export_users(
        &self,
        now: Timestamp,
        who: &SignedIn,
        language: ListLanguage,
    ) -> Result<String, OperationError> {
        let account = who.user.account;
        let (mut tx, key) = self.write(account).await?;
        let users: Vec<User> = users::all(&mut tx, account).await?.into_iter().map(by_one_name).collect();
        let queues = agents::queues(&mut tx, account).await?.into_iter().map(|q| (q.id, q.name)).collect();
        let people = people::all(&mut tx, &key).await?;
        let list = export::list(&users, &people, &places(&mut tx, account).await?, &queues, language);
        let (object, after) = (format!("account:{account}"), users.len().to_string());
        audited(&mut tx, &key, now, &who.actor, "users.export", &object, None, Some(&after)).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// An empty list with the house's own queues in its example.
    pub async fn users_template(&self, account: AccountId, language: ListLanguage) -> Result<String, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let queues: Vec<String> = in_use(&mut tx, account).await?.into_iter().map(|q| q.name).collect();
        Ok(export::template(&queues, language))
    }

    async fn house<'a>(
        &'a self,
        tx: &mut Tx,
        key: &AccountKey,
        who: &'a SignedIn,
        table: &[Row],
    ) -> Result<House<'a>, OperationError> {
        let account = who.user.account;
        let users: BTreeMap<String, User> =
            users::all(tx, account).await?.into_iter().map(|u| (u.login.clone(), by_one_name(u))).collect();
        let unknown: Vec<String> = plan::logins(table)?.into_iter().filter(|l| !users.contains_key(l)).collect();
        let standing = setup::queues(tx, account).await?;
        let out = |queue: &Queue| standing.get(&queue.id).is_none_or(|s| s.disabled);
        let queues = agents::queues(tx, account).await?.into_iter().map(|q| (q.id, q.name.clone(), out(&q)));
        let queues = queues.collect();
        let elsewhere = users::taken_logins(tx, &unknown).await?;
        let (people, places) = (people::all(tx, key).await?, places(tx, account).await?);
        Ok(House { users, people, elsewhere, places, queues, roles: &self.roles, may: &who.grants })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        who: &SignedIn,
        house: &House<'_>,
        plan: &Plan,
        mut fresh: Vec<(String, String)>,
    ) -> Result<Vec<FirstSecret>, OperationError> {
        let (account, actor) = (who.user.account, &who.actor);
        let mut secrets = Vec::new();
        let changed = || plan.rows.iter().filter(|row| row.outcome == Outcome::Change);
        // Two who change places would stand in each other's way.
        for row in changed().filter(|row| row.changes.iter().any(|c| c.column == Column::Extension)) {
            users::clear_extension(tx, account, house.users[&row.login].id).await?;
        }
        for row in changed().filter(|row| row.changes.iter().any(|c| c.column == Column::Email)) {
            people::clear_email(tx, key, house.users[&row.login].id).await?;
        }
        for row in changed() {
            let (before, wish) = (&house.users[&row.login], row.wish.clone());
            let (name, active, extension) = (wish.name, wish.active, wish.extension);
            let edit = UserEdit { name, active, extension, about: wish.about, replaces: None };
            let after = edit.applied(before);
            edit.about.write(tx, key, before.id).await?;
            // Its version counts what was done a moment ago.
            let now_is = users::by_id(tx, account, before.id).await?.ok_or(OperationError::NotFound("user"))?;
            let after = User { version: now_is.user.version, ..after };
            if row.changes.iter().any(|c| ![Column::Roles, Column::Queues].contains(&c.column)) {
                let phone_password = self.edited_in(tx, key, now, actor, before, &after).await?;
                if phone_password.is_some() {
                    let (login, name, extension) = (row.login.clone(), after.name.clone(), after.extension.clone());
                    secrets.push(FirstSecret { login, name, password: None, extension, phone_password });
                }
            }
            if let Some(roles) = wish.roles.filter(|_| row.changes.iter().any(|c| c.column == Column::Roles)) {
                self.roles_in(tx, key, now, actor, before, &roles).await?;
            }
        }
        for row in plan.rows.iter().filter(|row| row.outcome == Outcome::Create) {
            let (mut hash, mut first) = fresh.pop().ok_or(OperationError::Internal("a password too few"))?;
            while check_password(&row.login, &first).is_err() {
                first = password()?;
                hash = hash_random(&first)?;
            }
            let wish = row.wish.clone();
            let (login, name, roles) = (row.login.clone(), row.name.clone(), wish.roles.unwrap_or_default());
            let extension = wish.extension.filter(|extension| !extension.is_empty());
            // Whoever brings the list has seen the password.
            let (email, language) = (wish.about.email.flatten(), wish.about.language.flatten());
            let about = About { email, language, must_change_password: true };
            let (user, phone_password) = match &extension {
                Some(extension) => {
                    let (login, name, extension) = (login.clone(), name.clone(), extension.clone());
                    // Their queues follow below, with everybody else's.
                    let new = NewAgent { login, name, roles, extension, queues: Vec::new(), about };
                    let made = self.agent_in(tx, key, now, actor, new, &hash).await?;
                    (made.user, Some(made.phone_password))
                }
                None => {
                    let new = NewUser { login: login.clone(), name: name.clone(), roles, agent: None, about };
                    (self.user_in(tx, key, now, actor, new, &hash).await?, None)
                }
            };
            if wish.active == Some(false) {
                let made = users::by_id(tx, account, user).await?.ok_or(OperationError::NotFound("user"))?.user;
                self.edited_in(tx, key, now, actor, &made, &User { disabled: true, ..made.clone() }).await?;
            }
            secrets.push(FirstSecret { login, name, password: Some(first), extension, phone_password });
        }
        self.move_in(tx, key, now, who, plan).await?;
        Ok(secrets)
    }

    /// Who works where from now on: each queue that is touched is changed once.
    async fn move_in(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        who: &SignedIn,
        plan: &Plan,
    ) -> Result<(), OperationError> {
        let account = who.user.account;
        let agents: BTreeMap<String, AgentId> = users::all(tx, account)
            .await?
            .into_iter()
            .filter_map(|user| user.agent.map(|agent| (user.login, agent)))
            .collect();
        let before = places(tx, account).await?;
        let mut touched: BTreeMap<QueueId, usize> = BTreeMap::new();
        for row in plan.rows.iter().filter(|row| [Outcome::Create, Outcome::Change].contains(&row.outcome)) {
            let (Some(wanted), Some(agent)) = (&row.wish.queues, agents.get(&row.login)) else { continue };
            let nowhere = BTreeMap::new();
            let had = before.get(agent).unwrap_or(&nowhere);
            for queue in had.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
                if had.get(queue) != wanted.get(queue) {
                    let level = wanted.get(queue).copied().map(i64::from);
                    setup::place(tx, *queue, *agent, level).await?;
                    *touched.entry(*queue).or_default() += 1;
                }
            }
        }
        for (queue, count) in touched {
            setup::count_change(tx, account, queue).await?;
            let (object, after) = (format!("queue:{queue}"), format!("{count} moved by a list of users"));
            audited(tx, key, now, &who.actor, "queue.members", &object, None, Some(&after)).await?;
            crate::queues::told(tx, key, now, queue).await?;
        }
        Ok(())
    }
}

/// Roles by the names under which they are kept today.
fn by_one_name(user: User) -> User {
    User { roles: user.roles.iter().map(|role| role_name(role).to_owned()).collect(), ..user }
}

async fn in_use(tx: &mut Tx, account: AccountId) -> Result<Vec<Queue>, OperationError> {
    let standing = setup::queues(tx, account).await?;
    let mut all = agents::queues(tx, account).await?;
    all.retain(|queue| standing.get(&queue.id).is_some_and(|s| !s.disabled));
    Ok(all)
}

async fn places(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<AgentId, BTreeMap<QueueId, u8>>, OperationError> {
    let mut places: BTreeMap<AgentId, BTreeMap<QueueId, u8>> = BTreeMap::new();
    for place in agents::queue_agents(tx, account).await? {
        let level = u8::try_from(place.level).unwrap_or(u8::MAX);
        places.entry(place.agent).or_default().insert(place.queue, level);
    }
    Ok(places)
}
