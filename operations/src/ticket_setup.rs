//! Types of tickets and departments: what an account writes of them.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{AccountId, Actor, DepartmentId, Pii, TicketTypeId, Timestamp, UserId};
use ringdesk_storage::departments::{self, Department};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::ticket_types::{self, KeptType};
use ringdesk_storage::users::User;
use ringdesk_storage::{Tx, calendars, users};
use ringdesk_tickets::TicketType;
use ringdesk_tickets::kind::name as one_name;
use ringdesk_vault::AccountKey;

/// Of one account.
const MOST: usize = 200;

impl Operations {
    /// Those out of use among them.
    pub async fn ticket_types(&self, account: AccountId) -> Result<Vec<KeptType>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(ticket_types::all(&mut tx, account).await?)
    }

    pub async fn create_ticket_type(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
        kind: TicketType,
    ) -> Result<TicketTypeId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if ticket_types::all(&mut tx, account).await?.len() >= MOST {
            return Err(OperationError::Invalid("an account has at most 200 types of tickets".into()));
        }
        let id: TicketTypeId = self.id(now);
        let row =
            checked(&mut tx, account, KeptType { id, name: name.into(), kind, disabled: false, version: 1 }).await?;
        ticket_types::insert(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))?;
        audited(&mut tx, &key, now, actor, "ticket_type.create", &type_object(id), None, Some(&said(&row))).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Put it in the place of a version (`replaces`); of two editors one learns of the other. Tickets keep what was filled in.
    pub async fn edit_ticket_type(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (id, replaces): (TicketTypeId, i64),
        (name, kind, disabled): (&str, TicketType, bool),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = found_type(&mut tx, account, id).await?;
        let row = KeptType { id, name: name.into(), kind, disabled, version: replaces.saturating_add(1) };
        let row = checked(&mut tx, account, row).await?;
        if !ticket_types::change(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the type"));
        }
        let (had, has) = (said(&before), said(&row));
        audited(&mut tx, &key, now, actor, "ticket_type.edit", &type_object(id), Some(&had), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everybody of us by name, and whether they may be given a ticket: they may sign in, and their roles let them work on some.
    pub async fn ticket_people(&self, account: AccountId) -> Result<Vec<(UserId, String, bool)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = users::all(&mut tx, account).await?;
        let works = |user: &User| {
            let grants = Grants::of(user.roles.iter().map(String::as_str), self.roles());
            !user.disabled && grants.allows(Permission::TicketsWork)
        };
        Ok(all.into_iter().map(|user| (user.id, user.name.clone(), works(&user))).collect())
    }

    pub async fn departments(&self, account: AccountId) -> Result<Vec<Department>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(departments::all(&mut tx, account).await?)
    }

    /// Make one (`None`), or change it: its name, its members, whether it gets tickets.
    pub async fn put_department(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Option<DepartmentId>,
        mut department: Department,
    ) -> Result<DepartmentId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = departments::all(&mut tx, account).await?;
        let before = match id {
            Some(id) => Some(all.iter().find(|d| d.id == id).ok_or(OperationError::NotFound("department"))?),
            None if all.len() >= MOST => {
                return Err(OperationError::Invalid("an account has at most 200 departments".into()));
            }
            None => None,
        };
        department.id = id.unwrap_or_else(|| self.id(now));
        department.name = one_name(&department.name)?;
        let known = users::all(&mut tx, account).await?;
        if !department.members.iter().all(|member| known.iter().any(|user| user.id == *member)) {
            return Err(OperationError::NotFound("user"));
        }
        departments::put(&mut tx, account, &department).await.map_err(OperationError::taken("the name"))?;
        let action = if before.is_some() { "department.edit" } else { "department.create" };
        let (had, has) = (before.map(of_department), of_department(&department));
        let object = format!("department:{}", department.id);
        audited(&mut tx, &key, now, actor, action, &object, had.as_deref(), Some(&has)).await?;
        tell(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(department.id)
    }
}

/// One of which tickets may be made.
pub(crate) async fn usable_type(tx: &mut Tx, account: AccountId, id: TicketTypeId) -> Result<KeptType, OperationError> {
    let found = found_type(tx, account, id).await?;
    if found.disabled {
        return Err(OperationError::Invalid("this type of tickets is out of use".into()));
    }
    Ok(found)
}

pub(crate) async fn found_type(tx: &mut Tx, account: AccountId, id: TicketTypeId) -> Result<KeptType, OperationError> {
    let found = ticket_types::all(tx, account).await?.into_iter().find(|kind| kind.id == id);
    found.ok_or(OperationError::NotFound("ticket type"))
}

pub(crate) async fn department_in_use(tx: &mut Tx, account: AccountId, id: DepartmentId) -> Result<(), OperationError> {
    let found = departments::all(tx, account).await?.into_iter().find(|d| d.id == id && !d.disabled);
    found.map(drop).ok_or(OperationError::NotFound("department"))
}

/// As it is kept, with a calendar and a department that there are.
async fn checked(tx: &mut Tx, account: AccountId, mut row: KeptType) -> Result<KeptType, OperationError> {
    row.name = one_name(&row.name)?;
    row.kind = row.kind.check()?;
    if let Some(department) = row.kind.department {
        department_in_use(tx, account, department).await?;
    }
    if let Some(calendar) = row.kind.calendar {
        let found = calendars::all(tx, account).await?.into_iter().any(|there| there.id == calendar);
        found.then_some(()).ok_or(OperationError::NotFound("calendar"))?;
    }
    Ok(row)
}

async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({}));
    outbox::append(tx, key, &[NewEvent { at, kind: "ticket_setup_changed", payload }]).await?;
    Ok(())
}

fn type_object(id: TicketTypeId) -> String {
    format!("ticket_type:{id}")
}

fn said(row: &KeptType) -> String {
    let kind = &row.kind;
    let fields: Vec<&str> = kind.fields.iter().map(|field| field.name.as_str()).collect();
    let limit = kind.limit_minutes.map_or_else(|| "no limit".to_owned(), |minutes| format!("{minutes} minutes"));
    let out = if row.disabled { ", out of use" } else { "" };
    format!("{}: {limit}, fields [{}], texts for {} states{out}", row.name, fields.join(", "), kind.notices.len())
}

fn of_department(department: &Department) -> String {
    let out = if department.disabled { ", out of use" } else { "" };
    format!("{}: {} members{out}", department.name, department.members.len())
}
