//! The agents of a demo's busy hour: made when the first one begins, out of use between two of them, gone with the pack.

use crate::desk::audited;
use crate::people::About;
use crate::secrets::password;
use crate::staff::told;
use crate::users::NewUser;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, Timestamp, UserId};
use ringdesk_storage::agents::{self, QueueAgent};
use ringdesk_storage::demo_helpers::{self, DemoHelper};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, setup};
use std::collections::BTreeSet;

/// As the floor shows them.
const NAMES: [&str; HELPERS] =
    ["Hanna Helper", "Hugo Helper", "Helena Helper", "Henrik Helper", "Hilde Helper", "Hasan Helper"];
/// At most.
pub const HELPERS: usize = 6;
/// Where free extensions are looked for.
const EXTENSIONS: std::ops::Range<u32> = 2_901..2_990;

/// An agent whose telephone the house answers. The password is good until the next busy hour.
#[derive(Clone, Debug)]
pub struct Helper {
    pub agent: AgentId,
    pub user: UserId,
    pub extension: String,
    pub phone_password: String,
}

impl Operations {
    /// A busy hour begins, with so many helpers: they take work of every queue from now on. All is one transaction, and in
    /// the audit.
    pub async fn begin_busy_hour(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        callers: u32,
        helpers: usize,
    ) -> Result<Vec<Helper>, OperationError> {
        // Slow work before the transaction. Nobody signs in as a helper: nobody learns this password.
        let hash = self.door.hash(&password()?).await?;
        let (mut tx, key) = self.write(account).await?;
        let standing = demo_helpers::all(&mut tx, account).await?;
        let people = users::all(&mut tx, account).await?;
        let open = setup::queues(&mut tx, account).await?;
        let mut made = Vec::new();
        for (n, name) in NAMES.iter().enumerate().take(helpers.min(HELPERS)) {
            let known = standing.get(n).and_then(|helper| people.iter().find(|user| user.id == helper.user));
            let (agent, user, extension) = match known {
                Some(user) => {
                    let extension = match &user.extension {
                        Some(extension) => extension.clone(),
                        None => free_extension(&people, &made)?,
                    };
                    let extension_of = Some(extension.clone());
                    users::edit(&mut tx, &User { disabled: false, extension: extension_of, ..user.clone() }).await?;
                    (user.agent.ok_or(OperationError::NotFound("agent"))?, user.id, extension)
                }
                None => {
                    let extension = free_extension(&people, &made)?;
                    let agent: AgentId = self.id(now);
                    agents::create_agent(&mut tx, now, account, agent, name, "{}").await?;
                    let login = free_login(&people, n);
                    let roles = vec!["agent".to_owned()];
                    let (name, about) = ((*name).to_owned(), About::default());
                    let new = NewUser { login, name, roles, agent: Some(agent), about };
                    let user = self.insert_user(&mut tx, &key, now, new, &hash).await?;
                    demo_helpers::add(&mut tx, account, DemoHelper { agent, user }).await?;
                    (agent, user, extension)
                }
            };
            for queue in agents::queues(&mut tx, account).await? {
                if open.get(&queue.id).is_some_and(|one| !one.disabled) {
                    agents::set_queue_agent(&mut tx, QueueAgent { queue: queue.id, agent, level: 1 }).await?;
                }
            }
            let phone_password = password()?;
            self.give_phone(&mut tx, &key, user, &extension, &phone_password).await?;
            let now_is = users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
            told(&mut tx, &key, now, &now_is.user).await?;
            made.push(Helper { agent, user, extension, phone_password });
        }
        let said = format!("{callers} callers, {} helpers", made.len());
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "demo.busy_hour.begin", &object, None, Some(&said)).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// It is over, or was stopped: its helpers are out of use until the next one. `actor`: who stopped it, or the system.
    pub async fn end_busy_hour(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        calls: u32,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        for helper in demo_helpers::all(&mut tx, account).await? {
            let Some(known) = users::by_id(&mut tx, account, helper.user).await? else { continue };
            if known.user.disabled {
                continue;
            }
            let user = User { disabled: true, ..known.user };
            users::edit(&mut tx, &user).await?;
            told(&mut tx, &key, now, &user).await?;
        }
        let said = format!("{calls} calls");
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "demo.busy_hour.end", &object, None, Some(&said)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The helpers there are, in use or not.
    pub async fn demo_helpers(&self, account: AccountId) -> Result<BTreeSet<AgentId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(demo_helpers::all(&mut tx, account).await?.into_iter().map(|helper| helper.agent).collect())
    }
}

/// Those who are in the books of a real call stay, out of use.
pub(crate) async fn remove_helpers(tx: &mut Tx, account: AccountId) -> Result<(), OperationError> {
    for helper in demo_helpers::all(tx, account).await? {
        demo_helpers::remove(tx, account, helper).await?;
    }
    Ok(())
}

fn free_extension(people: &[User], made: &[Helper]) -> Result<String, OperationError> {
    let taken = |one: &str| {
        people.iter().any(|user| user.extension.as_deref() == Some(one)) || made.iter().any(|h| h.extension == one)
    };
    let free = EXTENSIONS.map(|n| n.to_string()).find(|one| !taken(one));
    free.ok_or_else(|| OperationError::Invalid("no extension is free for the helpers".into()))
}

fn free_login(people: &[User], n: usize) -> String {
    let free = |login: &String| people.iter().all(|user| user.login != *login);
    let names = (0..).map(|again| match again {
        0 => format!("helper{}", n + 1),
        _ => format!("helper{}-{again}", n + 1),
    });
    names.into_iter().find(free).expect("there are more names than people")
}
