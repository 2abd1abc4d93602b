//! What may be granted, one name per thing a person may do.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A right. Stored and shown by its name; a new one is granted to nobody until a role says so.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $name,
        )*}

        impl Permission {
            pub const ALL: &[Permission] = &[$(Permission::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {$(Permission::$name => $text,)*}
            }
        }
    };
}

permissions! {
    /// Conversations in which one has a part.
    ConversationsReadOwn => "conversations.read_own",
    ConversationsReadAll => "conversations.read_all",
    /// Take offers and picks, transfer and consult one's own, note, tag, disposition, propose a block.
    ConversationsAnswer => "conversations.answer",
    /// Transfer other people's conversations, end their calls.
    ConversationsTransfer => "conversations.transfer",
    /// Come into the talks of others: listen, whisper, barge, take over.
    CallsSupervise => "calls.supervise",
    /// Put a mentor beside an agent, and end it.
    MentorsAttach => "mentors.attach",
    /// Give a waiting work item to a named agent.
    WorkAssign => "work.assign",
    ContactsEdit => "contacts.edit",
    /// Make two files one, and two again.
    ContactsMerge => "contacts.merge",
    /// Keep contacts out, and let them in again.
    ContactsBlock => "contacts.block",
    /// Telephone numbers and addresses in full.
    NumbersUnmasked => "numbers.unmasked",
    /// See the number of one conversation in full, for a reason that is kept.
    NumbersReveal => "numbers.reveal",
    PresenceOwn => "presence.own",
    /// See and change the presence of others.
    PresenceOthers => "presence.others",
    PerformanceRead => "performance.read",
    QueuesRead => "queues.read",
    QueuesEdit => "queues.edit",
    FlowsRead => "flows.read",
    FlowsEdit => "flows.edit",
    InboxesRead => "inboxes.read",
    InboxesEdit => "inboxes.edit",
    /// Emergency closure of a number.
    InboxesClose => "inboxes.close",
    TrunksManage => "trunks.manage",
    QuickPhrasesEdit => "quick_phrases.edit",
    /// Make tickets, see all of them, say how pressing they are, archive them.
    TicketsCreate => "tickets.create",
    /// Settle tickets: one's own, and those of one's departments.
    TicketsWork => "tickets.work",
    TicketsAssign => "tickets.assign",
    /// Write to colleagues and read what they write, in rooms and to each other; and ask help desks of the house.
    ColleaguesWrite => "colleagues.write",
    /// Make rooms in which colleagues write to each other, and name them.
    StaffRoomsMake => "staff_rooms.make",
    ReportsRead => "reports.read",
    RecordingsPlay => "recordings.play",
    /// Erase recordings, and put them on legal hold.
    RecordingsErase => "recordings.erase",
    QualityReview => "quality.review",
    CampaignsRun => "campaigns.run",
    UsersManage => "users.manage",
    RightsGrant => "rights.grant",
    SettingsManage => "settings.manage",
    AuditRead => "audit.read",
    /// Health, logs, drain, restart.
    SystemMaintain => "system.maintain",
    BackupRun => "backup.run",
}

impl Permission {
    pub fn parse(name: &str) -> Option<Permission> {
        Permission::ALL.iter().copied().find(|p| p.as_str() == name)
    }
}
