//! Roles are data: an account may change its own; these are the ones it is born with.

use crate::Permission::{self, *};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
}

impl Role {
    /// From stored names. A name that this version does not know grants nothing.
    pub fn stored<'a>(name: &str, permissions: impl IntoIterator<Item = &'a str>) -> Role {
        Role {
            name: role_name(name).to_owned(),
            permissions: permissions.into_iter().filter_map(Permission::parse).collect(),
        }
    }
}

/// Answer, and edit quick phrases.
const AGENT: &[Permission] = &[
    ConversationsReadOwn,
    ConversationsAnswer,
    ContactsEdit,
    PresenceOwn,
    QueuesRead,
    QuickPhrasesEdit,
    TicketsCreate,
    TicketsWork,
    ColleaguesWrite,
];
/// View performance, transfer other people's conversations, assign tickets and work.
const LEADER: &[Permission] = &[
    ConversationsReadAll,
    ConversationsTransfer,
    CallsSupervise,
    MentorsAttach,
    ContactsMerge,
    ContactsBlock,
    NumbersReveal,
    WorkAssign,
    PresenceOthers,
    PerformanceRead,
    FlowsRead,
    InboxesRead,
    InboxesClose,
    TicketsAssign,
    StaffRoomsMake,
    RecordingsPlay,
];
/// Reports, rights, settings.
const MANAGER: &[Permission] = &[
    NumbersUnmasked,
    QueuesEdit,
    FlowsEdit,
    InboxesEdit,
    TrunksManage,
    ReportsRead,
    RecordingsErase,
    CampaignsRun,
    UsersManage,
    RightsGrant,
    SettingsManage,
    AuditRead,
];
/// Maintenance and backup; sees no conversation.
const TECHNICIAN: &[Permission] =
    &[QueuesRead, FlowsRead, InboxesRead, TrunksManage, ColleaguesWrite, SystemMaintain, BackupRun];
/// Listens and judges.
const REVIEWER: &[Permission] =
    &[ConversationsReadAll, PerformanceRead, QueuesRead, ColleaguesWrite, RecordingsPlay, QualityReview];
/// Runs outbound campaigns.
const OPERATOR: &[Permission] = &[ConversationsReadOwn, PresenceOwn, QueuesRead, ColleaguesWrite, CampaignsRun];

/// Settles tickets of its departments; sees no conversation.
const DEPARTMENT: &[Permission] = &[TicketsWork, ColleaguesWrite];

/// A leader is also an agent, a manager also a leader.
pub fn shipped_roles() -> Vec<Role> {
    let role = |name: &str, sets: &[&[Permission]]| Role {
        name: name.to_owned(),
        permissions: sets.iter().flat_map(|set| set.iter().copied()).collect(),
    };
    vec![
        role("agent", &[AGENT]),
        role("leader", &[AGENT, LEADER]),
        role("manager", &[AGENT, LEADER, MANAGER]),
        role("technician", &[TECHNICIAN]),
        role("reviewer", &[REVIEWER]),
        role("operator", &[OPERATOR]),
        role("department", &[DEPARTMENT]),
    ]
}

/// The one name of a role: some houses say supervisor and admin.
pub fn role_name(name: &str) -> &str {
    match name {
        "supervisor" => "leader",
        "admin" | "administrator" => "manager",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole matrix as text: a change of anybody's rights shows in review.
    ///
    /// Rows: S12.6
    #[test]
    fn matrix_of_roles_and_permissions() {
        let roles = shipped_roles();
        let mut matrix = String::new();
        for permission in Permission::ALL {
            matrix.push_str(&format!("{:24}", permission.as_str()));
            for role in &roles {
                let cell = if role.permissions.contains(permission) { role.name.as_str() } else { "-" };
                matrix.push_str(&format!(" {cell:10}"));
            }
            matrix.truncate(matrix.trim_end().len());
            matrix.push('\n');
        }
        assert_eq!(matrix, include_str!("role/matrix.txt"), "\n{matrix}");
    }

    /// Rows: S12.6
    #[test]
    fn the_four_sets_are_those_of_the_requirement() {
        let roles = shipped_roles();
        let of = |name: &str| &roles.iter().find(|r| r.name == name).unwrap().permissions;
        assert!(of("agent").is_superset(&[ConversationsAnswer, QuickPhrasesEdit].into()));
        assert!(
            of("agent")
                .is_disjoint(&[ConversationsReadAll, NumbersUnmasked, PresenceOthers, ConversationsTransfer].into())
        );
        assert!(of("leader").is_superset(&[PerformanceRead, ConversationsTransfer, TicketsAssign].into()));
        assert!(of("leader").is_disjoint(&[ReportsRead, RightsGrant, SettingsManage].into()));
        assert!(of("manager").is_superset(&[ReportsRead, RightsGrant, SettingsManage].into()));
        assert!(of("manager").is_disjoint(&[SystemMaintain, BackupRun].into()));
        assert!(of("technician").is_superset(&[SystemMaintain, BackupRun].into()));
        assert!(
            of("technician")
                .is_disjoint(&[ConversationsReadOwn, ConversationsReadAll, NumbersUnmasked, AuditRead].into())
        );
    }

    #[test]
    fn unknown_names_grant_nothing() {
        let role = Role::stored("supervisor", ["queues.read", "everything", "*", ""]);
        assert_eq!((role.name.as_str(), role.permissions), ("leader", [QueuesRead].into()));
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.as_str());
        }
    }
}
