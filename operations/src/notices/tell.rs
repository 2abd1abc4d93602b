//! Telling somebody: a row and an event that only they hear, in the transaction of what they are told of.

use super::{house, parsed};
use crate::tickets::by;
use crate::{OperationError, Operations};
use ringdesk_access::role_name;
use ringdesk_model::{AccountId, Actor, AgentId, NoticeId, Pii, Timestamp, UserId};
use ringdesk_notices::matrix::channels;
use ringdesk_notices::{HouseNotices, Matrix, NoticeChannel, NoticeKind, Values};
use ringdesk_storage::Tx;
use ringdesk_storage::notices::{self, Notice};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::tickets::KeptTicket;
use ringdesk_storage::users::{self, User};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;

/// What somebody is to be told.
pub(crate) struct Told {
    pub(crate) kind: NoticeKind,
    pub(crate) to: Vec<UserId>,
    /// Nobody is told twice of the same.
    pub(crate) cause: String,
    pub(crate) values: Values,
    /// Where it leads.
    pub(crate) place: String,
}

/// Who is there, and how they want to be told: read once for all that is told in a transaction.
pub(crate) struct Readers {
    house: HouseNotices,
    users: BTreeMap<UserId, User>,
    choices: BTreeMap<UserId, String>,
}

impl Readers {
    pub(crate) async fn read(tx: &mut Tx, account: AccountId) -> Result<Readers, OperationError> {
        let all = users::all(tx, account).await?.into_iter().filter(|user| !user.disabled);
        Ok(Readers {
            house: house(tx, account).await?.1,
            users: all.map(|user| (user.id, user)).collect(),
            choices: notices::choices(tx, account).await?,
        })
    }

    /// The person who is this agent.
    pub(crate) fn agent(&self, agent: AgentId) -> Option<UserId> {
        self.users.values().find(|user| user.agent == Some(agent)).map(|user| user.id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }
}

impl Operations {
    /// Tell people of one thing; gives how many had not been told of it. Who is out of use is told nothing.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        readers: &Readers,
        told: &Told,
    ) -> Result<usize, OperationError> {
        let texts = readers.house.said(told.kind, &told.values);
        let mut events = Vec::new();
        for user in told.to.iter().filter_map(|user| readers.users.get(user)) {
            let own: Matrix = readers.choices.get(&user.id).map(|text| parsed(text)).transpose()?.unwrap_or_default();
            let roles = user.roles.iter().map(|role| role_name(role));
            let channels = channels(told.kind, &own, roles, &readers.house.roles);
            let id: NoticeId = self.id(now);
            let notice = Notice {
                id,
                user: user.id,
                kind: told.kind.as_str().to_owned(),
                cause: told.cause.clone(),
                channels: serde_json::to_string(&channels).expect("a list of names"),
                listed: channels.contains(&NoticeChannel::List),
                texts: Pii::new(serde_json::to_string(&texts).expect("texts by language")),
                place: told.place.clone(),
                at: now,
            };
            // A row in any case: who wants to hear nothing of it is not asked again.
            if !notices::put(tx, key, &notice).await? || channels.is_empty() {
                continue;
            }
            let payload = Pii::new(serde_json::json!({
                "to": [user.id], "notice": id, "kind": told.kind, "channels": channels, "texts": texts, "place": told.place
            }));
            events.push(NewEvent { at: now, kind: "notice_given", payload });
        }
        if !events.is_empty() {
            outbox::append(tx, key, &events).await?;
        }
        Ok(events.len())
    }

    /// Who has a ticket in hand from now on is told, but for who took it themselves.
    pub(crate) async fn tell_of_ticket(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        ticket: &KeptTicket,
        kind: &str,
    ) -> Result<(), OperationError> {
        let Some(user) = ticket.law.assignee.user.filter(|user| by(actor) != Some(*user)) else { return Ok(()) };
        let told = Told {
            kind: NoticeKind::TicketAssigned,
            to: vec![user],
            cause: format!("ticket_assigned:{}:{}", ticket.id, now.0),
            values: Values::from([("number", ticket.number.to_string()), ("type", kind.to_owned())]),
            place: format!("ticket:{}", ticket.id),
        };
        self.tell_one(tx, key, now, told).await
    }

    /// The same where nobody else is told in this transaction.
    pub(crate) async fn tell_one(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        told: Told,
    ) -> Result<(), OperationError> {
        let readers = Readers::read(tx, key.account()).await?;
        self.tell(tx, key, now, &readers, &told).await.map(drop)
    }
}
