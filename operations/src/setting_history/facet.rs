//! The parts of settings that change together: each is what one operation writes, so each is put back by one operation.

use ringdesk_access::Permission;

macro_rules! facets {
    ($($(#[$doc:meta])* $name:ident => $text:literal, $permission:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Facet {$(
            $(#[$doc])*
            $name,
        )*}

        impl Facet {
            pub const ALL: &[Facet] = &[$(Facet::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {$(Facet::$name => $text,)*}
            }

            /// The right to change it is the right to see what it was, and to put it back.
            pub const fn permission(self) -> Permission {
                match self {$(Facet::$name => Permission::$permission,)*}
            }
        }
    };
}

facets! {
    /// Name, settings, members, whether it is in use.
    Queue => "queue", QueuesEdit;
    QueueRecording => "queue_recording", QueuesEdit;
    /// Of a queue, or of the account.
    Dispositions => "dispositions", QueuesEdit;
    /// Name, numbers, flow, whether it is in use.
    Inbox => "inbox", InboxesEdit;
    InboxRecording => "inbox_recording", InboxesEdit;
    Closure => "closure", InboxesClose;
    /// What callers meet.
    Flow => "flow", FlowsEdit;
    /// Name, extension, whether they may sign in.
    User => "user", UsersManage;
    /// What an agent can, and takes at once.
    AgentRouting => "agent_routing", UsersManage;
    Channel => "channel", QueuesEdit;
    Roles => "roles", RightsGrant;
    Trunk => "trunk", TrunksManage;
    Number => "number", TrunksManage;
    AlertRule => "alert_rule", WorkAssign;
    Tag => "tag", SettingsManage;
    /// Name, zone, week and special days.
    Calendar => "calendar", SettingsManage;
    /// Name, choices, whether it is sensitive or in use.
    ContactField => "contact_field", SettingsManage;
    /// Name, what is asked, limit, texts to the contact, whether it is in use.
    TicketType => "ticket_type", SettingsManage;
    /// Name, members, whether it gets tickets.
    Department => "department", SettingsManage;
    SecondFactorRoles => "second_factor_roles", RightsGrant;
    /// From how many failures on the door asks for work, and for how much.
    SignInChallenge => "sign_in_challenge", RightsGrant;
    /// What staff are told at once: defaults by role, words of the house's own.
    Notices => "notices", SettingsManage;
    /// What follows when a conversation begins, is marked, is closed.
    Rules => "rules", SettingsManage;
    /// For whom a quick phrase is, how it is found, what it says; none of somebody's own.
    QuickPhrase => "quick_phrase", SettingsManage;
    /// Name, place, who sees what stands in it, who writes there.
    PhraseCategory => "phrase_category", SettingsManage;
    /// Of an inbox for texts: queue, addresses, what it says and does by itself, what it asks.
    TextInbox => "text_inbox", InboxesEdit;
    /// Which take of a prompt callers hear.
    Prompt => "prompt", FlowsEdit;
}

impl Facet {
    pub fn parse(name: &str) -> Option<Facet> {
        Facet::ALL.iter().copied().find(|facet| facet.as_str() == name)
    }

    /// Of an object as it stands in the audit.
    pub fn of(object: &str) -> &'static [Facet] {
        match object.split_once(':').map_or("", |(kind, _)| kind) {
            "queue" => &[Facet::Queue, Facet::QueueRecording, Facet::Dispositions],
            "inbox" => &[Facet::Inbox, Facet::InboxRecording, Facet::Closure, Facet::TextInbox],
            "flow" => &[Facet::Flow],
            "user" => &[Facet::User, Facet::AgentRouting, Facet::Roles],
            "channel" => &[Facet::Channel],
            "trunk" => &[Facet::Trunk],
            "number" => &[Facet::Number],
            "alert_rule" => &[Facet::AlertRule],
            "tag" => &[Facet::Tag],
            "calendar" => &[Facet::Calendar],
            "contact_field" => &[Facet::ContactField],
            "ticket_type" => &[Facet::TicketType],
            "department" => &[Facet::Department],
            "account" => {
                &[Facet::Dispositions, Facet::SecondFactorRoles, Facet::SignInChallenge, Facet::Notices, Facet::Rules]
            }
            "quick_phrase" => &[Facet::QuickPhrase],
            "phrase_category" => &[Facet::PhraseCategory],
            "prompt" => &[Facet::Prompt],
            _ => &[],
        }
    }
}

/// Acts that change no setting, though they are about an object that has some. Only to save the look: what is not named here
/// and changes nothing leaves no version either.
pub(super) fn is_quiet(action: &str) -> bool {
    ["user.login", "user.logout", "user.logout_everywhere", "agent.side_note", "trunk.test", "prompt.remove"]
        .contains(&action)
        || action.starts_with("help.")
}
