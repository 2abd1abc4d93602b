//! What one user may do, from all of their roles.

use crate::{Permission, Role, role_name};
use ringdesk_model::{AccountId, AgentId, Scope, UserId};
use std::collections::BTreeSet;

/// The union of a user's roles. The default grants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeSet<Permission>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs the permission {}", .0.as_str())]
pub struct Denied(pub Permission);

impl Grants {
    /// `names`: the user's roles; one that is not in `roles` grants nothing.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>, roles: &[Role]) -> Grants {
        let names: BTreeSet<&str> = names.into_iter().map(role_name).collect();
        let held = roles.iter().filter(|r| names.contains(r.name.as_str()));
        Grants(held.flat_map(|r| r.permissions.iter().copied()).collect())
    }

    /// What both allow.
    pub fn only(&self, these: &BTreeSet<Permission>) -> Grants {
        Grants(self.0.intersection(these).copied().collect())
    }

    pub fn allows(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    pub fn require(&self, permission: Permission) -> Result<(), Denied> {
        if self.allows(permission) { Ok(()) } else { Err(Denied(permission)) }
    }

    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }

    /// What this user's reads return. Without any right to read conversations the scope names no agent and so finds none.
    pub fn scope(&self, account: AccountId, user: UserId, agent: Option<AgentId>) -> Scope {
        Scope {
            account,
            user,
            agent: agent.filter(|_| self.allows(Permission::ConversationsReadOwn)),
            everyone: self.allows(Permission::ConversationsReadAll),
            unmasked: self.allows(Permission::NumbersUnmasked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped_roles;
    use ringdesk_model::{Ids, Timestamp};

    /// Rows: S12.6
    #[test]
    fn deny_by_default() {
        let roles = shipped_roles();
        for nobody in
            [Grants::default(), Grants::of([], &roles), Grants::of(["root", ""], &roles), Grants::of(["agent"], &[])]
        {
            for permission in Permission::ALL {
                assert_eq!(nobody.require(*permission), Err(Denied(*permission)));
            }
        }
    }

    #[test]
    fn roles_add_up_and_scopes_follow() {
        let (roles, now, mut ids) = (shipped_roles(), Timestamp(0), Ids::seeded(2));
        let (account, user, agent) = (ids.next(now), ids.next(now), ids.next::<AgentId>(now));
        let scope = |names: &[&str]| Grants::of(names.iter().copied(), &roles).scope(account, user, Some(agent));
        let table = [
            (scope(&["agent"]), (Some(agent), false, false)),
            (scope(&["supervisor"]), (Some(agent), true, false)),
            (scope(&["admin"]), (Some(agent), true, true)),
            (scope(&["technician"]), (None, false, false)),
            (scope(&["reviewer"]), (None, true, false)),
            (scope(&["agent", "reviewer"]), (Some(agent), true, false)),
            (scope(&[]), (None, false, false)),
        ];
        for (scope, expected) in table {
            assert_eq!((scope.agent, scope.everyone, scope.unmasked), expected);
        }
    }
}
