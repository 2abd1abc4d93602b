//! Rooms in which staff write to each other: made, joined, left; and who there is to write to. What is said there: [`crate::staff_lines`].
//!
//! Whoever is in a room reads it, and nobody else: no role, no export and no program does. Who leaves reads nothing of it any more; who
//! comes reads it from its beginning.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_conversations::staff_room::ROOMS;
use ringdesk_conversations::{StaffRefusal, may_hold, name_answers, pair, room_name};
use ringdesk_model::{AccountId, Actor, AgentId, Pii, Scope, StaffRoomId, Timestamp, UserId};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::staff_lines::{self, NewStaffLine, StaffLineKind};
use ringdesk_storage::staff_rooms::{self, StaffRoom};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{StoreError, Tx};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const NONE: OperationError = OperationError::NotFound("room");

/// One of us, as others write to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    pub user: UserId,
    /// `None`: they are gone from the books.
    pub name: Option<String>,
    pub agent: Option<AgentId>,
    /// They can read what is written to them.
    pub active: bool,
}

/// A room as one of its people sees it.
#[derive(Clone, Debug)]
pub struct RoomView {
    pub room: StaffRoom,
    /// How far I have read.
    pub read: i64,
    pub unread: i64,
    /// Everybody in it, with how far they have read.
    pub people: Vec<(Colleague, i64)>,
}

impl Operations {
    /// The rooms in which the reader is, the one with the newest line first.
    pub async fn staff_rooms(&self, scope: &Scope) -> Result<Vec<RoomView>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let users = self.colleagues(&mut tx, scope.account).await?;
        let mut people = staff_rooms::people_of_rooms(&mut tx, scope.account, scope.user).await?;
        let rooms = staff_rooms::of_member(&mut tx, scope.account, scope.user).await?.into_iter();
        let view = |mine: staff_rooms::MyRoom| RoomView {
            people: known(&users, people.remove(&mine.room.id).unwrap_or_default()),
            room: mine.room,
            read: mine.read,
            unread: mine.unread,
        };
        Ok(rooms.map(view).collect())
    }

    /// Whom one can write to, by name; those whose name answers what was typed, in any spelling.
    pub async fn staff_people(&self, scope: &Scope, typed: &str) -> Result<Vec<Colleague>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let all = self.colleagues(&mut tx, scope.account).await?.into_values();
        let answers = |one: &Colleague| one.name.as_deref().is_some_and(|name| name_answers(typed, name));
        let mut found: Vec<Colleague> =
            all.filter(|one| one.active && one.user != scope.user && answers(one)).collect();
        found.sort_by(|a, b| (&a.name, a.user).cmp(&(&b.name, b.user)));
        Ok(found)
    }

    /// The direct messages with somebody: there is one such room, whoever asks first.
    pub async fn direct_room(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        other: UserId,
    ) -> Result<StaffRoomId, OperationError> {
        match self.try_direct(now, actor, scope, other).await {
            // Both asked at the same moment; now the room is there.
            Err(OperationError::Store(error)) if error.is_conflict() => self.try_direct(now, actor, scope, other).await,
            made => made,
        }
    }

    async fn try_direct(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        other: UserId,
    ) -> Result<StaffRoomId, OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let pair = pair(scope.user, other)?;
        if let Some(there) = staff_rooms::direct(&mut tx, account, pair).await? {
            return Ok(there);
        }
        self.writable(&mut tx, account, [other]).await?;
        let id: StaffRoomId = self.id(now);
        staff_rooms::create(&mut tx, account, now, id, None, Some(pair)).await?;
        for user in [scope.user, other] {
            staff_rooms::add(&mut tx, account, id, user).await?;
        }
        let with = format!("user:{other}");
        audited(&mut tx, &key, now, actor, "staff_room.create", &object(id), None, Some(&with)).await?;
        tell(&mut tx, &key, now, id, &[scope.user, other].into()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A room with a name, for these people and who makes it.
    pub async fn make_staff_room(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        name: &str,
        people: &[UserId],
    ) -> Result<StaffRoomId, OperationError> {
        let account = scope.account;
        let name = room_name(name)?;
        let (mut tx, key) = self.write(account).await?;
        let others: BTreeSet<UserId> = people.iter().copied().filter(|user| *user != scope.user).collect();
        may_hold(others.len() + 1)?;
        self.writable(&mut tx, account, others.iter().copied()).await?;
        if staff_rooms::named(&mut tx, account).await? >= ROOMS {
            return Err(StaffRefusal::TooManyRooms.into());
        }
        let id: StaffRoomId = self.id(now);
        staff_rooms::create(&mut tx, account, now, id, Some(&name), None).await?;
        let everybody: BTreeSet<UserId> = others.into_iter().chain([scope.user]).collect();
        for user in &everybody {
            staff_rooms::add(&mut tx, account, id, *user).await?;
        }
        self.note_staff_line(&mut tx, &key, now, (id, scope.user), StaffLineKind::Made, None, &name).await?;
        audited(&mut tx, &key, now, actor, "staff_room.create", &object(id), None, Some(&name)).await?;
        tell(&mut tx, &key, now, id, &everybody).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Give a room in which one is another name.
    pub async fn name_staff_room(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: StaffRoomId,
        name: &str,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        let (_, before) = named(&mut tx, scope, id).await?;
        let name = room_name(name)?;
        if name == before {
            return Ok(());
        }
        staff_rooms::rename(&mut tx, account, id, &name).await?;
        self.note_staff_line(&mut tx, &key, now, (id, scope.user), StaffLineKind::Named, None, &name).await?;
        audited(&mut tx, &key, now, actor, "staff_room.name", &object(id), Some(&before), Some(&name)).await?;
        let to = staff_rooms::people(&mut tx, account, id).await?.into_keys().collect();
        tell(&mut tx, &key, now, id, &to).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ask somebody in. Who is in it already stays so.
    pub async fn add_to_staff_room(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: StaffRoomId,
        user: UserId,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        named(&mut tx, scope, id).await?;
        let mut to: BTreeSet<UserId> = staff_rooms::people(&mut tx, account, id).await?.into_keys().collect();
        if !to.insert(user) {
            return Ok(());
        }
        may_hold(to.len())?;
        self.writable(&mut tx, account, [user]).await?;
        staff_rooms::add(&mut tx, account, id, user).await?;
        self.note_staff_line(&mut tx, &key, now, (id, scope.user), StaffLineKind::Added, Some(user), "").await?;
        let whom = format!("user:{user}");
        audited(&mut tx, &key, now, actor, "staff_room.add", &object(id), None, Some(&whom)).await?;
        tell(&mut tx, &key, now, id, &to).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn leave_staff_room(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: StaffRoomId,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        named(&mut tx, scope, id).await?;
        let to: BTreeSet<UserId> = staff_rooms::people(&mut tx, account, id).await?.into_keys().collect();
        self.note_staff_line(&mut tx, &key, now, (id, scope.user), StaffLineKind::Left, None, "").await?;
        staff_rooms::remove(&mut tx, account, id, scope.user).await?;
        audited(&mut tx, &key, now, actor, "staff_room.leave", &object(id), None, None).await?;
        tell(&mut tx, &key, now, id, &to).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A line that tells what became of the room.
    async fn note_staff_line(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        (room, author): (StaffRoomId, UserId),
        kind: StaffLineKind,
        whom: Option<UserId>,
        text: &str,
    ) -> Result<(), OperationError> {
        let (id, text): (Uuid, _) = (self.id(now), Pii::new(text.to_owned()));
        let line =
            NewStaffLine { id, room, kind, author, whom, conversation: None, text: &text, at: now, sent_as: None };
        let seq = staff_lines::append(tx, key, &line).await?;
        // Their own doing is nothing new to them.
        staff_rooms::advance(tx, key.account(), room, author, seq).await?;
        Ok(())
    }

    /// Everybody who signs in, and whether they can read what is written to them.
    pub(crate) async fn colleagues(
        &self,
        tx: &mut Tx,
        account: AccountId,
    ) -> Result<BTreeMap<UserId, Colleague>, OperationError> {
        let reads = |user: &User| {
            let grants = Grants::of(user.roles.iter().map(String::as_str), self.roles());
            !user.disabled && grants.allows(Permission::ColleaguesWrite)
        };
        let colleague = |user: User| {
            let active = reads(&user);
            (user.id, Colleague { user: user.id, name: Some(user.name), agent: user.agent, active })
        };
        Ok(users::all(tx, account).await?.into_iter().map(colleague).collect())
    }

    /// These are of the account, and can read what is written to them.
    pub(crate) async fn writable(
        &self,
        tx: &mut Tx,
        account: AccountId,
        people: impl IntoIterator<Item = UserId>,
    ) -> Result<(), OperationError> {
        let all = self.colleagues(tx, account).await?;
        for user in people {
            let one = all.get(&user).ok_or(OperationError::NotFound("user"))?;
            if !one.active {
                return Err(StaffRefusal::OutOfUse.into());
            }
        }
        Ok(())
    }
}

/// A room in which they are, with a name; held until the transaction ends.
async fn named(tx: &mut Tx, scope: &Scope, id: StaffRoomId) -> Result<(StaffRoom, String), OperationError> {
    let room = mine(tx, scope, id).await?;
    let name = room.name.clone().ok_or(StaffRefusal::Direct)?;
    Ok((room, name))
}

/// A room in which they are; held until the transaction ends. For who is not in it there is none.
pub(crate) async fn mine(tx: &mut Tx, scope: &Scope, id: StaffRoomId) -> Result<StaffRoom, OperationError> {
    staff_rooms::hold(tx, scope.account, id).await?;
    staff_rooms::get(tx, scope.account, id, scope.user).await?.ok_or(NONE)
}

fn known(users: &BTreeMap<UserId, Colleague>, people: BTreeMap<UserId, i64>) -> Vec<(Colleague, i64)> {
    let gone = |user| Colleague { user, name: None, agent: None, active: false };
    people.into_iter().map(|(user, read)| (users.get(&user).cloned().unwrap_or_else(|| gone(user)), read)).collect()
}

/// That a room is otherwise, to those who are in it, and whoever has just left.
async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    room: StaffRoomId,
    to: &BTreeSet<UserId>,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({ "room": room, "to": to }));
    outbox::append(tx, key, &[NewEvent { at, kind: "staff_room_changed", payload }]).await?;
    Ok(())
}

pub(crate) fn object(id: StaffRoomId) -> String {
    format!("staff_room:{id}")
}
