//! The words of a conversation that more than one room speaks.

use serde::{Deserialize, Serialize};

/// A medium of text or voice through which a contact reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Phone,
    WebChat,
    Api,
    Email,
    Sms,
    /// One of our own writes to a help desk of the house, from the console.
    HelpDesk,
}

impl Channel {
    pub const ALL: [Channel; 6] =
        [Channel::Phone, Channel::WebChat, Channel::Api, Channel::Email, Channel::Sms, Channel::HelpDesk];

    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Phone => "phone",
            Channel::WebChat => "web_chat",
            Channel::Api => "api",
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::HelpDesk => "help_desk",
        }
    }

    pub fn parse(s: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|c| c.as_str() == s)
    }

    pub const fn medium(self) -> Medium {
        match self {
            Channel::Phone => Medium::Voice,
            Channel::WebChat | Channel::Api | Channel::Email | Channel::Sms | Channel::HelpDesk => Medium::Text,
        }
    }
}

/// What an agent's capacity is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    Voice,
    Text,
}

/// A language of prompts and speech, as BCP 47 names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Language {
    pub const fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::ZhCn => "zh-CN",
        }
    }
}

/// Where an agent stands. `Ready` and `NotReady` are chosen by the agent; the rest follows from the work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum Presence {
    LoggedOut,
    /// With the agent's own reason (`lunch`) or one of the system's (`no_answer`, `unreachable`, `restart`).
    NotReady(String),
    Ready,
    /// Matched, but the store has not confirmed it yet.
    Reserved,
    /// A work item is ringing.
    Offered,
    Talking,
    Hold,
    WrapUp,
    /// The agent's phone is gone in mid-call and may come back.
    Reconnecting,
}

impl Presence {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Presence::LoggedOut => "logged_out",
            Presence::NotReady(_) => "not_ready",
            Presence::Ready => "ready",
            Presence::Reserved => "reserved",
            Presence::Offered => "offered",
            Presence::Talking => "talking",
            Presence::Hold => "hold",
            Presence::WrapUp => "wrap_up",
            Presence::Reconnecting => "reconnecting",
        }
    }
}

/// Priority of a work item, in minutes of waiting it is worth (negative: later).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub i16);

impl Priority {
    /// Before all others.
    pub const FIRST: Priority = Priority(i16::MAX);
}

/// How a work item left its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkOutcome {
    /// An agent took it.
    Served,
    /// The contact left before an agent took it.
    Abandoned,
    /// Nobody is logged in who could become ready, or all are on break ("empty queue").
    NoAgents,
    /// It waited longer than the queue allows.
    MaxWait,
    /// The queue holds as many as it may.
    QueueFull,
    /// Ringdesk takes no new work: it is shutting down.
    Draining,
    /// The channel it came by is switched off.
    ChannelOff,
    /// The contact hung up and is called back: another work item has its place.
    CalledBack,
    /// Another queue has it.
    Moved,
}

impl WorkOutcome {
    /// In the words of the API, which are those of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            WorkOutcome::Served => "served",
            WorkOutcome::Abandoned => "abandoned",
            WorkOutcome::NoAgents => "no_agents",
            WorkOutcome::MaxWait => "max_wait",
            WorkOutcome::QueueFull => "queue_full",
            WorkOutcome::Draining => "draining",
            WorkOutcome::ChannelOff => "channel_off",
            WorkOutcome::CalledBack => "called_back",
            WorkOutcome::Moved => "moved",
        }
    }

    /// `None`: none of them.
    pub fn parse(text: &str) -> Option<WorkOutcome> {
        use WorkOutcome::{Abandoned, CalledBack, ChannelOff, Draining, MaxWait, Moved, NoAgents, QueueFull, Served};
        let all = [Served, Abandoned, NoAgents, MaxWait, QueueFull, Draining, ChannelOff, CalledBack, Moved];
        all.into_iter().find(|one| one.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_one_name() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        }
        assert_eq!((Channel::parse("fax"), Channel::HelpDesk.medium()), (None, Medium::Text));
    }
}
