//! Departments, and who is in them.

use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, DepartmentId, UserId};
use ringdesk_tickets::Load;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    /// Out of use: it gets no more tickets.
    pub disabled: bool,
    pub members: BTreeSet<UserId>,
}

/// By their names.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<Department>, StoreError> {
    let found: Vec<(Uuid, String, bool, Option<Uuid>)> = rows!(
        tx,
        "SELECT d.id, d.name, d.disabled, m.user_id FROM department d
         LEFT JOIN department_member m ON m.department_id = d.id WHERE d.account_id = $1 ORDER BY d.name, d.id",
        account.0
    )?;
    let mut all: Vec<Department> = Vec::new();
    for (id, name, disabled, member) in found {
        if all.last().is_none_or(|last| last.id.0 != id) {
            all.push(Department { id: DepartmentId(id), name, disabled, members: BTreeSet::new() });
        }
        if let (Some(last), Some(member)) = (all.last_mut(), member) {
            last.members.insert(UserId(member));
        }
    }
    Ok(all)
}

/// Make one, or change it, with exactly these members.
pub async fn put(tx: &mut Tx, account: AccountId, department: &Department) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO department (id, account_id, name, disabled) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, disabled = excluded.disabled",
        department.id.0,
        account.0,
        department.name.as_str(),
        department.disabled
    )?;
    exec!(
        tx,
        "DELETE FROM department_member WHERE account_id = $1 AND department_id = $2",
        account.0,
        department.id.0
    )?;
    exec!(
        tx,
        sqlite: "INSERT INTO department_member (department_id, user_id, account_id) SELECT $1, unhex(value), $2 FROM json_each($3)",
        postgres: "INSERT INTO department_member (department_id, user_id, account_id)
                   SELECT $1, v::uuid, $2 FROM jsonb_array_elements_text($3::jsonb) v",
        department.id.0,
        account.0,
        json(&department.members.iter().map(|user| Id(user.0)).collect::<Vec<_>>())
    )?;
    Ok(())
}

/// Its members who may sign in, with how many tickets each has that are not solved.
pub async fn loads(tx: &mut Tx, account: AccountId, department: DepartmentId) -> Result<Vec<Load>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        "SELECT m.user_id, (SELECT COUNT(*) FROM ticket t WHERE t.assignee_id = m.user_id AND t.account_id = $1
            AND t.state IN ('open', 'pending', 'waiting')) AS at_work
         FROM department_member m JOIN user_account u ON u.id = m.user_id
         WHERE m.account_id = $1 AND m.department_id = $2 AND NOT u.disabled ORDER BY m.user_id",
        account.0,
        department.0
    )?;
    Ok(found.into_iter().map(|(user, at_work)| Load { user: UserId(user), at_work }).collect())
}
