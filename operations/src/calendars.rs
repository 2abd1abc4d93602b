//! The account's opening hours: written, filled with holidays from a file, asked.

use crate::desk::audited;
use crate::floor::setup;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, CalendarId, Pii, Timestamp};
use ringdesk_rules::{Calendar, Date, Hours, SpecialDay, Standing, Weekday};
use ringdesk_storage::calendars::{self, CalendarRow};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{Tx, agents, inboxes};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of one account.
const CALENDARS: usize = 50;

#[derive(Clone, Debug)]
pub struct CalendarView {
    pub id: CalendarId,
    pub name: String,
    pub calendar: Calendar,
    pub version: i64,
}

/// How a calendar stands at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub now: Standing,
    /// When it is open: the next end of that.
    pub closes: Option<Timestamp>,
    /// When it is not: the next opening.
    pub opens: Option<Timestamp>,
}

impl Preview {
    pub fn of(calendar: &Calendar, at: Timestamp) -> Preview {
        let hours = Hours(calendar);
        let now = hours.at(at);
        let opens = if now.is_open() { None } else { hours.next_open(at) };
        Preview { closes: hours.closes(at), opens, now }
    }
}

impl Operations {
    pub async fn calendars(&self, account: AccountId) -> Result<Vec<CalendarView>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = calendars::all(&mut tx, account).await?;
        Ok(all
            .into_iter()
            .filter_map(|row| {
                let calendar = serde_json::from_str(&row.document).ok()?;
                Some(CalendarView { id: row.id, name: row.name, calendar, version: row.version })
            })
            .collect())
    }

    pub async fn create_calendar(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        name: &str,
        calendar: &Calendar,
    ) -> Result<CalendarId, OperationError> {
        let id: CalendarId = self.id(now);
        self.insert_calendar(now, actor, account, id, name, calendar).await?;
        Ok(id)
    }

    async fn insert_calendar(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: CalendarId,
        name: &str,
        calendar: &Calendar,
    ) -> Result<(), OperationError> {
        let (name, document) = checked(name, calendar)?;
        let (mut tx, key) = self.write(account).await?;
        if calendars::all(&mut tx, account).await?.len() >= CALENDARS {
            return Err(OperationError::Invalid("an account has at most 50 calendars".into()));
        }
        let row = CalendarRow { id, name, document, version: 1 };
        calendars::insert(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))?;
        let said = said(&row.name, calendar);
        audited(&mut tx, &key, now, actor, "calendar.create", &object(id), None, Some(&said)).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Put it in the place of a version; of two editors one learns of the other.
    pub async fn edit_calendar(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (id, replaces): (CalendarId, i64),
        name: &str,
        calendar: &Calendar,
    ) -> Result<(), OperationError> {
        let (name, document) = checked(name, calendar)?;
        let (mut tx, key) = self.write(account).await?;
        let before = found(&mut tx, account, id).await?;
        let row = CalendarRow { id, name, document, version: replaces.saturating_add(1) };
        if !calendars::change(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the calendar"));
        }
        let had = serde_json::from_str(&before.document).map(|calendar| said(&before.name, &calendar)).ok();
        let has = said(&row.name, calendar);
        audited(&mut tx, &key, now, actor, "calendar.edit", &object(id), had.as_deref(), Some(&has)).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// As it was at another time; one that was taken away comes back under its own id.
    pub(crate) async fn put_back_calendar(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: CalendarId,
        name: &str,
        calendar: &Calendar,
    ) -> Result<(), OperationError> {
        let present = calendars::all(&mut self.read(account).await?.0, account).await?;
        match present.into_iter().find(|row| row.id == id) {
            Some(row) => self.edit_calendar(now, actor, account, (id, row.version), name, calendar).await,
            None => self.insert_calendar(now, actor, account, id, name, calendar).await,
        }
    }

    /// One that no published flow, no queue and no rule asks.
    pub async fn remove_calendar(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: CalendarId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = found(&mut tx, account, id).await?;
        let asks = |document: &str| document.contains(&id.to_string());
        let flows = inboxes::published_flows(&mut tx, account).await?;
        if let Some(flow) = flows.into_iter().find(|flow| asks(&flow.document)) {
            return Err(OperationError::InUse(format!("the flow {} asks it", flow.name)));
        }
        for queue in agents::queues(&mut tx, account).await? {
            let setup = setup(queue)?;
            if setup.callback.is_some_and(|offer| offer.hours == Some(id)) {
                return Err(OperationError::InUse(format!("the queue {} calls back by it", setup.name)));
            }
        }
        if let Some(rule) = crate::rules::naming(&mut tx, account, &id.to_string()).await?.into_iter().next() {
            return Err(OperationError::InUse(format!("the rule {rule} asks it")));
        }
        calendars::remove(&mut tx, account, id).await?;
        audited(&mut tx, &key, now, actor, "calendar.remove", &object(id), Some(&before.name), None).await?;
        tell(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Has any calendar a special day in the year ahead?
    pub async fn knows_coming_holidays(&self, account: AccountId, now: Timestamp) -> Result<bool, OperationError> {
        const YEAR: Duration = Duration::from_secs(365 * 86_400);
        let all = self.calendars(account).await?;
        Ok(all.iter().any(|view| {
            let zone = &view.calendar.zone;
            view.calendar.days.range(zone.date(now)..=zone.date(now + YEAR)).next().is_some()
        }))
    }

    /// A calendar as it travels: JSON. The fault says where.
    pub fn read_calendar(&self, document: serde_json::Value) -> Result<Calendar, OperationError> {
        let calendar: Calendar =
            serde_json::from_value(document).map_err(|fault| OperationError::Invalid(fault.to_string()))?;
        match calendar.check().into_iter().next() {
            Some(fault) => Err(OperationError::Invalid(fault.to_string())),
            None => Ok(calendar),
        }
    }

    /// Holidays and exchanged workdays of a file, as a calendar has them; nothing is kept by it. Workdays are open like `like`.
    pub fn read_holidays(&self, text: &str, like: &str) -> Result<BTreeMap<Date, SpecialDay>, OperationError> {
        let like: Weekday = serde_json::from_value(like.into())
            .map_err(|_| OperationError::Invalid("a weekday is written like monday".into()))?;
        let days = ringdesk_rules::import(text).map_err(|fault| match fault.line {
            0 => OperationError::Invalid(fault.detail.into()),
            _ => OperationError::Invalid(format!("line or entry {fault}")),
        })?;
        Ok(days.into_iter().map(|day| day.special(like)).collect())
    }
}

fn checked(name: &str, calendar: &Calendar) -> Result<(String, String), OperationError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.contains(char::is_control) {
        return Err(OperationError::Invalid("a name is one line of at most 64 characters".into()));
    }
    if let Some(fault) = calendar.check().into_iter().next() {
        return Err(OperationError::Invalid(fault.to_string()));
    }
    let document =
        serde_json::to_string(calendar).map_err(|_| OperationError::Internal("a calendar cannot be kept"))?;
    Ok((name.to_owned(), document))
}

async fn found(tx: &mut Tx, account: AccountId, id: CalendarId) -> Result<CalendarRow, OperationError> {
    let all = calendars::all(tx, account).await?;
    all.into_iter().find(|row| row.id == id).ok_or(OperationError::NotFound("calendar"))
}

async fn tell(tx: &mut Tx, key: &AccountKey, at: Timestamp, id: CalendarId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "calendar": id }));
    outbox::append(tx, key, &[NewEvent { at, kind: "calendar_changed", payload }]).await?;
    Ok(())
}

fn said(name: &str, calendar: &Calendar) -> String {
    format!("{name}, {}, {} special days", calendar.zone.name(), calendar.days.len())
}

fn object(id: CalendarId) -> String {
    format!("calendar:{id}")
}
