//! What a list of users would do: made, changed, left as it is, or refused, row by row. A law: it reads nothing and writes nothing.

use super::columns::{Column, columns, language, language_title, role, state};
use super::table::{Row, TableFault};
use crate::people::{AboutEdit, email_form};
use crate::staff::check_extension;
use crate::users::{login_form, name_form};
use ringdesk_access::{Grants, Permission, Role};
use ringdesk_model::{AgentId, Language, Pii, QueueId, UserId};
use ringdesk_storage::people::Person;
use ringdesk_storage::users::User;
use std::collections::{BTreeMap, BTreeSet};

/// What the rows are compared with.
pub(crate) struct House<'a> {
    /// By login.
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) people: BTreeMap<UserId, Person>,
    /// Logins that another account of this server has.
    pub(crate) elsewhere: BTreeSet<String>,
    pub(crate) places: BTreeMap<AgentId, BTreeMap<QueueId, u8>>,
    /// With their names, and whether they are out of use.
    pub(crate) queues: Vec<(QueueId, String, bool)>,
    pub(crate) roles: &'a [Role],
    /// Of who brings the list.
    pub(crate) may: &'a Grants,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Create,
    Change,
    /// All of it is so already.
    Same,
    Faulty,
}

/// A cell that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFault {
    pub column: Column,
    /// A word for programs.
    pub code: &'static str,
    /// What is in it.
    pub value: String,
    /// How to mend it.
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    pub column: Column,
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug)]
pub struct PlannedRow {
    /// In the file; the first is 1.
    pub line: u32,
    pub login: String,
    pub name: String,
    pub outcome: Outcome,
    pub changes: Vec<CellChange>,
    pub faults: Vec<CellFault>,
    pub(crate) wish: Wish,
}

/// What a row wants; `None` leaves what is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) name: Option<String>,
    pub(crate) about: AboutEdit,
    /// Empty: no phone.
    pub(crate) extension: Option<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) queues: Option<BTreeMap<QueueId, u8>>,
    pub(crate) active: Option<bool>,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub rows: Vec<PlannedRow>,
    /// Titles of columns that nobody reads.
    pub unread: Vec<String>,
}

pub(crate) fn plan(house: &House<'_>, table: &[Row]) -> Result<Plan, TableFault> {
    let (head, rows) = table.split_first().ok_or(TableFault::Empty)?;
    let (known, unread) = columns(head)?;
    let mut seen = BTreeMap::new();
    // A row that begins with # is a remark.
    let rows = rows.iter().filter(|row| !row.cells[0].starts_with('#'));
    let mut rows: Vec<PlannedRow> = rows.map(|row| planned(house, &known, row, &mut seen)).collect();
    if rows.is_empty() {
        return Err(TableFault::Empty);
    }
    for sole in [EXTENSIONS, ADDRESSES] {
        whose(&sole, house, &mut rows);
    }
    who_grants(house, &mut rows);
    Ok(Plan { rows, unread })
}

/// The logins that are named.
pub(crate) fn logins(table: &[Row]) -> Result<BTreeSet<String>, TableFault> {
    let (head, rows) = table.split_first().ok_or(TableFault::Empty)?;
    let (known, _) = columns(head)?;
    let at = known.iter().find(|(column, _)| *column == Column::Login).map_or(0, |(_, at)| *at);
    Ok(rows.iter().filter_map(|row| row.cells.get(at)).filter_map(|login| login_form(login)).collect())
}

/// A cell is empty: leave it. A dash: take it away.
fn planned(house: &House<'_>, known: &[(Column, usize)], row: &Row, seen: &mut BTreeMap<String, u32>) -> PlannedRow {
    let cell = |wanted: Column| {
        let at = known.iter().find(|(column, _)| *column == wanted).map(|(_, at)| *at);
        at.and_then(|at| row.cells.get(at)).map_or("", String::as_str)
    };
    let mut faults = Faults(Vec::new());
    let mut wish = Wish::default();
    let login = login_form(cell(Column::Login)).unwrap_or_else(|| {
        faults.add(Column::Login, "login", cell(Column::Login), "a login has 1 to 100 characters and no blanks");
        cell(Column::Login).to_owned()
    });
    if let Some(line) = seen.insert(login.clone(), row.line) {
        seen.insert(login.clone(), line);
        faults.add(Column::Login, "twice", &login, format!("row {line} has the same login: keep one of them"));
    }
    let user = house.users.get(&login);
    if user.is_none() && house.elsewhere.contains(&login) {
        faults.add(Column::Login, "login_taken", &login, "this login is taken: choose another one");
    }
    match cell(Column::Name) {
        "" if user.is_none() => faults.add(Column::Name, "missing", "", "somebody new has a name"),
        "" => {}
        name => match name_form(name) {
            Some(name) => wish.name = Some(name),
            None => faults.add(Column::Name, "name", name, "a name has 1 to 200 characters"),
        },
    }
    match cell(Column::Email) {
        "" => {}
        "-" => wish.about.email = Some(None),
        email => match email_form(email) {
            Some(email) => wish.about.email = Some(Some(Pii::new(email))),
            None => faults.add(Column::Email, "email", email, "an address is written like anna@example.com"),
        },
    }
    match cell(Column::Language) {
        "" => {}
        "-" => wish.about.language = Some(None),
        text => match language(text) {
            Some(language) => wish.about.language = Some(Some(language)),
            None => faults.add(Column::Language, "language", text, "write English or 中文"),
        },
    }
    match cell(Column::Extension) {
        "" => {}
        "-" => wish.extension = Some(String::new()),
        extension => match check_extension(extension) {
            Ok(()) => wish.extension = Some(extension.to_owned()),
            Err(why) => faults.add(Column::Extension, "extension", extension, why.to_string()),
        },
    }
    roles(house, cell(Column::Roles), user, &mut wish, &mut faults);
    queues(house, cell(Column::Queues), &mut wish, &mut faults);
    match cell(Column::State) {
        "" => {}
        text => match state(text) {
            Some(active) => wish.active = Some(active),
            None => faults.add(Column::State, "state", text, "write \"active\" or \"out of use\""),
        },
    }
    takes_calls(user, &wish, cell(Column::Queues), &mut faults);
    let changes = changes(house, user, &wish);
    let outcome = match (faults.0.is_empty(), user, changes.is_empty()) {
        (false, ..) => Outcome::Faulty,
        (true, None, _) => Outcome::Create,
        (true, Some(_), true) => Outcome::Same,
        (true, Some(_), false) => Outcome::Change,
    };
    let name = wish.name.clone().or_else(|| user.map(|u| u.name.clone())).unwrap_or_default();
    PlannedRow { line: row.line, login, name, outcome, changes, faults: faults.0, wish }
}

struct Faults(Vec<CellFault>);

impl Faults {
    fn add(&mut self, column: Column, code: &'static str, value: &str, detail: impl Into<String>) {
        self.0.push(CellFault { column, code, value: value.to_owned(), detail: detail.into() });
    }
}

/// Names in a cell, however somebody divides them.
fn listed(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', ';', '|', '\n', '，', '；', '、']).map(str::trim).filter(|name| !name.is_empty())
}

/// Nobody gives a right that they do not have, but for those whose right it is to grant them.
fn may_give(house: &House<'_>, role: &Role) -> bool {
    house.may.allows(Permission::RightsGrant) || role.permissions.iter().all(|p| house.may.allows(*p))
}

fn roles(house: &House<'_>, cell: &str, user: Option<&User>, wish: &mut Wish, faults: &mut Faults) {
    let held = user.map_or(&[][..], |u| &u.roles);
    if let Some(above) = house.roles.iter().find(|r| held.contains(&r.name) && !may_give(house, r)) {
        let why = "they have rights that you do not have: ask somebody who may grant rights";
        faults.add(Column::Login, "beyond_you", &above.name, why);
    }
    let mut wanted = Vec::new();
    for name in listed(cell) {
        match role(name, house.roles) {
            None => {
                let all = house.roles.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
                faults.add(Column::Roles, "role_unknown", name, format!("there are: {all}"));
            }
            Some(role) if !may_give(house, role) => {
                faults.add(Column::Roles, "role_beyond_you", name, "it has rights that you do not have");
            }
            Some(role) if !wanted.contains(&role.name) => wanted.push(role.name.clone()),
            Some(_) => {}
        }
    }
    match (wanted.is_empty(), user) {
        (false, Some(_)) if !house.may.allows(Permission::RightsGrant) && wanted != held => {
            faults.add(Column::Roles, "rights", cell, "only who may grant rights changes the roles of others");
        }
        (false, _) => wish.roles = Some(wanted),
        (true, None) => wish.roles = Some(vec!["agent".to_owned()]),
        (true, Some(_)) => {}
    }
}

/// `Sales:1; Support:2`; a dash: none.
fn queues(house: &House<'_>, cell: &str, wish: &mut Wish, faults: &mut Faults) {
    let mut wanted = BTreeMap::new();
    for place in listed(cell).filter(|place| *place != "-") {
        // A queue whose own name ends like a level is meant by its name.
        let whole = house.queues.iter().find(|(_, name, _)| name.to_lowercase() == place.to_lowercase());
        let (name, level) = match (whole, place.rsplit_once([':', '：'])) {
            (None, Some((name, level))) => (name.trim(), level.trim()),
            _ => (place, "1"),
        };
        let found = house.queues.iter().find(|(_, queue, _)| queue.to_lowercase() == name.to_lowercase());
        match (found, level.parse::<u8>().ok().filter(|level| *level > 0)) {
            (None, _) => {
                let all = house.queues.iter().filter(|(.., out)| !out).map(|(_, name, _)| name.as_str());
                let all = all.take(20).collect::<Vec<_>>().join(", ");
                faults.add(Column::Queues, "queue_unknown", name, format!("there are: {all}"));
            }
            (Some((.., true)), _) => {
                faults.add(Column::Queues, "queue_out_of_use", name, "put the queue back into use first");
            }
            (_, None) => faults.add(Column::Queues, "level", place, "a level is 1 to 255: Sales:1"),
            (Some((id, ..)), Some(level)) => {
                if wanted.insert(*id, level).is_some() {
                    faults.add(Column::Queues, "queue_twice", name, "name each queue once");
                }
            }
        }
    }
    if !cell.is_empty() {
        if !house.may.allows(Permission::QueuesEdit) {
            faults.add(Column::Queues, "queues_right", cell, "you may not say who works in queues");
        }
        wish.queues = Some(wanted);
    }
}

/// Who works in queues has an extension; who is no agent does not become one by a list.
fn takes_calls(user: Option<&User>, wish: &Wish, queues: &str, faults: &mut Faults) {
    let works = wish.queues.as_ref().is_some_and(|queues| !queues.is_empty());
    let phone = wish.extension.as_ref().filter(|extension| !extension.is_empty());
    match user {
        None if works && phone.is_none() && !faults.0.iter().any(|f| f.column == Column::Extension) => {
            faults.add(Column::Extension, "extension_missing", "", "who works in queues has an extension");
        }
        Some(user) if user.agent.is_none() && (works || phone.is_some()) => {
            let (column, value) =
                phone.map_or((Column::Queues, queues), |extension| (Column::Extension, extension.as_str()));
            let why = "this user takes no calls: make an agent with another login";
            faults.add(column, "no_agent", value, why);
        }
        _ => {}
    }
}

fn changes(house: &House<'_>, user: Option<&User>, wish: &Wish) -> Vec<CellChange> {
    let names = |places: &BTreeMap<QueueId, u8>| {
        let place = |(id, level): (&QueueId, &u8)| {
            let name = house.queues.iter().find(|(queue, ..)| queue == id).map_or("?", |(_, name, _)| name);
            format!("{name}:{level}")
        };
        places.iter().map(place).collect::<Vec<_>>().join("; ")
    };
    let nowhere = BTreeMap::new();
    let at = user.and_then(|u| u.agent).and_then(|agent| house.places.get(&agent)).unwrap_or(&nowhere);
    let person = user.and_then(|u| house.people.get(&u.id));
    let address = |email: Option<&Pii<String>>| email.map(|email| email.reveal().clone()).unwrap_or_default();
    let speaks = |language: Option<Language>| language.map(language_title).unwrap_or_default().to_owned();
    let active = |active: bool| if active { "active" } else { "out of use" };
    let had = |text: fn(&User) -> String| user.map(text).unwrap_or_default();
    [
        (Column::Name, had(|u| u.name.clone()), wish.name.clone()),
        (
            Column::Email,
            address(person.and_then(|p| p.email.as_ref())),
            wish.about.email.as_ref().map(|email| address(email.as_ref())),
        ),
        (Column::Language, speaks(person.and_then(|p| p.language)), wish.about.language.map(speaks)),
        (Column::Extension, had(|u| u.extension.clone().unwrap_or_default()), wish.extension.clone()),
        (Column::Roles, had(|u| sorted(&u.roles)), wish.roles.as_deref().map(sorted)),
        (Column::Queues, names(at), wish.queues.as_ref().map(names)),
        (
            Column::State,
            user.map(|u| active(!u.disabled).to_owned()).unwrap_or_default(),
            wish.active.map(|is| active(is).to_owned()),
        ),
    ]
    .into_iter()
    .filter_map(|(column, before, after)| {
        after.filter(|after| *after != before).map(|after| CellChange { column, before, after })
    })
    .collect()
}

fn sorted(roles: &[String]) -> String {
    let mut roles = roles.to_vec();
    roles.sort();
    roles.join(", ")
}

/// What belongs to one person.
struct Sole {
    column: Column,
    code: &'static str,
    has: fn(&House<'_>, &User) -> Option<String>,
    /// `None`: it stays; empty: it is given up.
    wants: fn(&Wish) -> Option<String>,
}

const EXTENSIONS: Sole = Sole {
    column: Column::Extension,
    code: "extension_taken",
    has: |_, user| user.extension.clone(),
    wants: |wish| wish.extension.clone(),
};

const ADDRESSES: Sole = Sole {
    column: Column::Email,
    code: "email_taken",
    has: |house, user| house.people.get(&user.id)?.email.as_ref().map(|email| email.reveal().clone()),
    wants: |wish| wish.about.email.as_ref().map(|email| email.as_ref().map(|e| e.reveal().clone()).unwrap_or_default()),
};

/// Who gives theirs up in a row that holds leaves it to another row, so a row that is refused may refuse a further one.
fn whose(sole: &Sole, house: &House<'_>, rows: &mut [PlannedRow]) {
    loop {
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let moves = |row: &&PlannedRow| row.outcome != Outcome::Faulty && (sole.wants)(&row.wish).is_some();
        let moving: BTreeSet<&String> = rows.iter().filter(moves).map(|row| &row.login).collect();
        for user in house.users.values().filter(|user| !moving.contains(&user.login)) {
            if let Some(held) = (sole.has)(house, user) {
                owners.insert(held, user.login.clone());
            }
        }
        let mut refused = None;
        for (n, row) in rows.iter().enumerate().filter(|(_, row)| row.outcome != Outcome::Faulty) {
            let Some(wanted) = (sole.wants)(&row.wish).filter(|wanted| !wanted.is_empty()) else { continue };
            match owners.get(&wanted) {
                Some(other) if *other != row.login => {
                    refused = Some((n, wanted, other.clone()));
                    break;
                }
                _ => owners.insert(wanted, row.login.clone()),
            };
        }
        let Some((n, wanted, other)) = refused else { return };
        let mut faults = Faults(std::mem::take(&mut rows[n].faults));
        faults.add(sole.column, sole.code, &wanted, format!("{other} has it: choose another one"));
        (rows[n].faults, rows[n].outcome) = (faults.0, Outcome::Faulty);
    }
}

/// Somebody keeps the right to grant rights.
fn who_grants(house: &House<'_>, rows: &mut [PlannedRow]) {
    let grants =
        |roles: &[String]| Grants::of(roles.iter().map(String::as_str), house.roles).allows(Permission::RightsGrant);
    let good: BTreeMap<&str, &Wish> =
        rows.iter().filter(|r| r.outcome != Outcome::Faulty).map(|r| (r.login.as_str(), &r.wish)).collect();
    let stays = |user: &User| {
        let wish = good.get(user.login.as_str());
        let active = wish.and_then(|w| w.active).unwrap_or(!user.disabled);
        active && grants(wish.and_then(|w| w.roles.as_deref()).unwrap_or(&user.roles))
    };
    let new = rows.iter().filter(|row| row.outcome == Outcome::Create);
    let mut made = new.map(|row| row.wish.active != Some(false) && grants(row.wish.roles.as_deref().unwrap_or(&[])));
    if made.any(|grants| grants) || house.users.values().any(stays) {
        return;
    }
    let held = |row: &PlannedRow| house.users.get(&row.login).is_some_and(|u| !u.disabled && grants(&u.roles));
    for row in rows.iter_mut().filter(|row| row.outcome == Outcome::Change && held(row)) {
        let column = if row.wish.active == Some(false) { Column::State } else { Column::Roles };
        let why = "somebody has to keep the right to grant rights";
        row.faults.push(CellFault { column, code: "last_to_grant", value: row.login.clone(), detail: why.into() });
        row.outcome = Outcome::Faulty;
    }
}
