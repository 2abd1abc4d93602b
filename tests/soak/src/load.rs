//! The people: callers who begin calls, agents who answer some of them, a supervisor who moves agents about.

mod agents;
mod callers;
mod supervisor;

pub use agents::agent;
pub use callers::{caller, quick_caller};
pub use supervisor::{pass_on, supervise};

use crate::handset::Handset;
use crate::house;
use crate::ledger::Ledger;
use crate::studio::Studio;
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Login};
use ringdesk_model::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::{RwLock, watch};

pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Lives of the server so far.
    pub life: u32,
    pub up: bool,
    /// Nobody has anything against the store.
    pub store: bool,
    /// Calls are begun.
    pub callers: bool,
    /// A telephone that vanishes now is noticed before the run is over.
    pub vanishing: bool,
    /// Agents answer.
    pub agents: bool,
}

/// What everybody shares.
pub struct World {
    pub centre: RwLock<Centre>,
    pub store: house::Store,
    pub sip: SocketAddr,
    pub studio: Studio,
    pub ledger: Ledger,
    pub supervisor: Login,
    /// Ids of the agents by extension.
    pub agents: BTreeMap<String, String>,
    /// Ids of the queues.
    pub queues: Vec<String>,
    pub stage: watch::Sender<Stage>,
    /// Ticks between two packets of a telephone.
    pub pace: u32,
    /// Everybody is quick and does what they should: the calls count, not the chaos.
    pub quick: bool,
}

impl World {
    pub async fn new(centre: Centre, store: house::Store, pace: u32) -> Result<World> {
        let supervisor = centre.login("supervisor").await?;
        let agents = house::ok(centre.api(&supervisor, "GET", "agents", None).await?)?;
        let text = |agent: &Value, name: &str| agent[name].as_str().map(str::to_owned).with_context(|| name.to_owned());
        let agents = agents
            .as_array()
            .context("agents")?
            .iter()
            .map(|a| Ok((text(a, "extension")?, text(a, "id")?)))
            .collect::<Result<_>>()?;
        let queues = house::ok(centre.api(&supervisor, "GET", "queues", None).await?)?;
        let queues = queues.as_array().context("queues")?.iter().map(|q| text(q, "id")).collect::<Result<_>>()?;
        let stage = Stage { life: 1, up: true, store: true, callers: true, vanishing: true, agents: true };
        Ok(World {
            sip: centre.sip,
            centre: RwLock::new(centre),
            store,
            studio: Studio::open()?,
            ledger: Ledger::open(),
            supervisor,
            agents,
            queues,
            stage: watch::Sender::new(stage),
            pace,
            quick: false,
        })
    }

    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Wait until the server is up, or callers are done: then false.
    pub async fn may_call(&self) -> bool {
        let mut stage = self.stage.subscribe();
        let found = stage.wait_for(|s| s.up || !s.callers).await;
        found.is_ok_and(|s| s.up && s.callers)
    }

    /// Wait until this life of the server is over.
    pub async fn server_is_gone(&self, life: u32) {
        let mut stage = self.stage.subscribe();
        let _ = stage.wait_for(|s| s.life != life || !s.up).await; // the sender is ours
    }

    pub async fn agents_are_done(&self) {
        let mut stage = self.stage.subscribe();
        let _ = stage.wait_for(|s| !s.agents).await; // the sender is ours
    }

    /// Wait until the server is up, or agents are done: then false.
    pub async fn may_answer(&self) -> bool {
        let mut stage = self.stage.subscribe();
        let found = stage.wait_for(|s| s.up || !s.agents).await;
        found.is_ok_and(|s| s.agents)
    }

    /// The moment of the BYE that this telephone heard, perhaps only when it was repeated.
    pub fn hung_up(&self, phone: &Handset) -> Timestamp {
        let ago = phone.bye_at.map_or(Duration::ZERO, |at| at.elapsed());
        Timestamp(self.ledger.now().0 - ago.as_micros() as i64)
    }

    /// As a supervisor: this agent is that from now on. False: refused, or there is no server.
    pub async fn choose(&self, extension: &str, state: &str) -> bool {
        let Some(id) = self.agents.get(extension) else { return false };
        let (path, wish) = (format!("agents/{id}/presence"), json!({ "state": state, "reason": "soak" }));
        let centre = self.centre.read().await;
        matches!(centre.api(&self.supervisor, "PUT", &path, Some(&wish)).await, Ok((200, _)))
    }
}
