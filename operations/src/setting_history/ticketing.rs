//! The way back of types of tickets and of departments.

use crate::ticket_setup::found_type;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, DepartmentId, TicketTypeId, Timestamp, UserId};
use ringdesk_storage::departments::{self, Department};
use ringdesk_tickets::TicketType;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
pub(super) struct TicketTypeState {
    name: String,
    kind: TicketType,
    active: bool,
}

#[derive(Deserialize)]
pub(super) struct DepartmentState {
    name: String,
    members: BTreeSet<UserId>,
    active: bool,
}

impl Operations {
    /// `None`: it was not there; tickets of it may be, so it is put out of use.
    pub(super) async fn put_back_ticket_type(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: TicketTypeId,
        was: Option<TicketTypeState>,
    ) -> Result<(), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let is = found_type(&mut tx, account, id).await?;
        drop(tx);
        let to = was.unwrap_or(TicketTypeState { name: is.name, kind: is.kind, active: false });
        self.edit_ticket_type(now, actor, account, (id, is.version), (&to.name, to.kind, !to.active)).await
    }

    /// `None`: it was not there; tickets of it may be, so it is put out of use.
    pub(super) async fn put_back_department(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: DepartmentId,
        was: Option<DepartmentState>,
    ) -> Result<(), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let is = departments::all(&mut tx, account).await?.into_iter().find(|department| department.id == id);
        drop(tx);
        let to = match (was, is) {
            (Some(was), _) => Department { id, name: was.name, disabled: !was.active, members: was.members },
            (None, Some(is)) => Department { disabled: true, ..is },
            (None, None) => return Err(OperationError::NotFound("department")),
        };
        self.put_department(now, actor, account, Some(id), to).await.map(drop)
    }
}
