//! Notices: what each of the staff is told at once, how they want to be told, and in whose words.
//!
//! Reading order: [`tell`] (telling somebody, once), [`follow`] (of what happened), [`due`] (of what time brings), here (reading them,
//! choosing, and what a house has set).

mod due;
mod follow;
pub(crate) mod tell;

use crate::desk::audited;
use crate::{OperationError, Operations, SignedIn};
use ringdesk_access::role_name;
use ringdesk_model::{AccountId, Actor, NoticeId, Pii, Timestamp};
use ringdesk_notices::matrix::channels;
use ringdesk_notices::{Channels, HouseNotices, Matrix, NoticeKind};
use ringdesk_storage::documents::{self, Document, Versioned};
use ringdesk_storage::notices::{self, Notice};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;

/// After that a notice is forgotten, read or not.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Notices listed at once.
const PAGE: i64 = 50;

/// One's own, newest first.
#[derive(Clone, Debug)]
pub struct OwnNotices {
    /// Of all that are kept.
    pub unread: i64,
    /// Those up to here are read.
    pub read_to: Option<NoticeId>,
    pub listed: Vec<Notice>,
}

/// By which channels somebody is told of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub kind: NoticeKind,
    pub channels: Channels,
    /// What it would be, had they not chosen.
    pub by_default: Channels,
    /// They have chosen.
    pub own: bool,
}

impl Operations {
    /// One's own list, those before `before`.
    pub async fn own_notices(&self, who: &SignedIn, before: Option<NoticeId>) -> Result<OwnNotices, OperationError> {
        let (mut tx, key) = self.read(who.user.account).await?;
        let (unread, read_to) = notices::unread(&mut tx, key.account(), who.user.id).await?;
        let listed = notices::listed(&mut tx, &key, who.user.id, before, PAGE).await?;
        Ok(OwnNotices { unread, read_to, listed })
    }

    /// They have read up to this one, in whatever window.
    pub async fn read_notices(&self, now: Timestamp, who: &SignedIn, to: NoticeId) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(who.user.account).await?;
        if notices::read_to(&mut tx, key.account(), who.user.id, to).await? {
            let payload = Pii::new(serde_json::json!({ "to": [who.user.id], "read_to": to }));
            outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "notices_read", payload }]).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// How one is told of each kind.
    pub async fn notice_choices(&self, who: &SignedIn) -> Result<Vec<Choice>, OperationError> {
        let (mut tx, key) = self.read(who.user.account).await?;
        let house = house(&mut tx, key.account()).await?.1;
        let own = own(&notices::choices(&mut tx, key.account()).await?, who)?;
        let roles = || who.user.roles.iter().map(|role| role_name(role));
        let choice = |kind: &NoticeKind| Choice {
            kind: *kind,
            channels: channels(*kind, &own, roles(), &house.roles),
            by_default: channels(*kind, &Matrix::new(), roles(), &house.roles),
            own: own.contains_key(kind),
        };
        Ok(NoticeKind::ALL.iter().map(choice).collect())
    }

    /// Choose for oneself; `None`: as the house has it. What is not named stays.
    pub async fn choose_notices(
        &self,
        now: Timestamp,
        who: &SignedIn,
        wish: BTreeMap<NoticeKind, Option<Channels>>,
    ) -> Result<(), OperationError> {
        let user = who.user.id;
        let (mut tx, key) = self.write(who.user.account).await?;
        let mut own = own(&notices::choices(&mut tx, key.account()).await?, who)?;
        for (kind, channels) in wish {
            match channels {
                Some(channels) => own.insert(kind, channels),
                None => own.remove(&kind),
            };
        }
        let matrix = serde_json::to_string(&own).expect("names and lists of names");
        notices::choose(&mut tx, key.account(), user, &matrix).await?;
        audited(&mut tx, &key, now, &who.actor, "user.notices", &format!("user:{user}"), None, None).await?;
        let payload = Pii::new(serde_json::json!({ "to": [user] }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "notice_choices_changed", payload }]).await?;
        Ok(tx.commit().await?)
    }

    /// What a house has set, and which version that is. 0: nothing yet.
    pub async fn house_notices(&self, account: AccountId) -> Result<(i64, HouseNotices), OperationError> {
        house(&mut self.read(account).await?.0, account).await
    }

    /// Put a house's notices in the place of a version; of two editors one learns of the other. Gives the new version.
    pub async fn set_house_notices(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        replaces: i64,
        wish: HouseNotices,
    ) -> Result<i64, OperationError> {
        wish.check()?;
        if let Some(unknown) = wish.roles.keys().find(|name| !self.roles.iter().any(|role| role.name == **name)) {
            return Err(OperationError::Invalid(format!("there is no role {unknown}")));
        }
        let (mut tx, key) = self.write(account).await?;
        let before = house(&mut tx, account).await?.0;
        let text = serde_json::to_string(&wish).expect("names and texts");
        let new = Document { version: replaces.saturating_add(1), text };
        if before != replaces || !documents::put(&mut tx, account, Versioned::HouseNotices, &new).await? {
            return Err(OperationError::Changed("the notices"));
        }
        let (had, has) = (format!("version {before}"), format!("version {}", new.version));
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "notices.set", &object, Some(&had), Some(&has)).await?;
        tx.commit().await?;
        Ok(new.version)
    }

    /// Notices as they travel: JSON. The fault says where.
    pub fn read_house_notices(&self, wish: serde_json::Value) -> Result<HouseNotices, OperationError> {
        serde_json::from_value(wish).map_err(|fault| OperationError::Invalid(fault.to_string()))
    }

    /// What is older than thirty days is forgotten; gives how much that was.
    pub async fn forget_notices(&self, now: Timestamp, account: AccountId) -> Result<u64, OperationError> {
        let (mut tx, _) = self.write(account).await?;
        let forgotten = notices::forget(&mut tx, account, now - KEPT).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

/// As it is now.
pub(crate) async fn house(tx: &mut Tx, account: AccountId) -> Result<(i64, HouseNotices), OperationError> {
    match documents::get(tx, account, Versioned::HouseNotices).await? {
        Some(kept) => Ok((kept.version, parsed(&kept.text)?)),
        None => Ok((0, HouseNotices::default())),
    }
}

fn own(all: &BTreeMap<ringdesk_model::UserId, String>, who: &SignedIn) -> Result<Matrix, OperationError> {
    Ok(all.get(&who.user.id).map(|text| parsed(text)).transpose()?.unwrap_or_default())
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::Unreadable { what: "notices", why: why.to_string() })
}
