//! What somebody is told of.

use crate::matrix::{Channels, NoticeChannel};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $text:literal, [$($variable:literal),*], [$($channel:ident),*], $en:literal, $zh:literal;)*) => {
        /// A kind of notice. Its texts may name its variables, in braces.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum NoticeKind {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $name,
        )*}

        impl NoticeKind {
            /// In the order in which a person reads them.
            pub const ALL: &[NoticeKind] = &[$(NoticeKind::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {$(NoticeKind::$name => $text,)*}
            }

            /// What a text of it may name.
            pub const fn variables(self) -> &'static [&'static str] {
                match self {$(NoticeKind::$name => &[$($variable),*],)*}
            }

            /// By which channels, where nobody has chosen.
            pub fn shipped_channels(self) -> Channels {
                match self {$(NoticeKind::$name => [$(NoticeChannel::$channel),*].into(),)*}
            }

            /// What it says, where the house says nothing of its own: in English, in Chinese.
            pub const fn shipped_texts(self) -> (&'static str, &'static str) {
                match self {$(NoticeKind::$name => ($en, $zh),)*}
            }
        }
    };
}

kinds! {
    /// A call or a text was offered. Not on the list: it is over in seconds.
    Enquiry => "enquiry", ["queue"], [Desktop],
        "A new enquiry from {queue}", "来自{queue}的新咨询";
    /// A contact waits too long for an answer by text.
    TextOverdue => "text_overdue", ["minutes"], [List, Sound, Desktop],
        "A contact has been waiting for your answer for {minutes} min", "有客户已等待您的回复 {minutes} 分钟";
    /// It is theirs from now on.
    TicketAssigned => "ticket_assigned", ["number", "type"], [List, Desktop],
        "Ticket #{number} ({type}) is yours now", "工单 #{number}（{type}）已分配给您";
    /// Half an hour is left.
    TicketDue => "ticket_due", ["number", "type", "minutes"], [List, Desktop],
        "Ticket #{number} ({type}) is due in {minutes} min", "工单 #{number}（{type}）将在 {minutes} 分钟后到期";
    /// Its time is over.
    TicketOverdue => "ticket_overdue", ["number", "type"], [List, Sound, Desktop],
        "Ticket #{number} ({type}) is overdue", "工单 #{number}（{type}）已超时";
    /// A contact has rated their work.
    Rating => "rating", ["stars", "queue"], [List, Desktop],
        "A contact gave you {stars} of 5 stars", "有客户给了您 {stars} 星评价（满分 5 星）";
    /// What they may do has changed.
    Permissions => "permissions", ["roles"], [List, Desktop],
        "Your roles have changed: {roles}", "您的角色已变更：{roles}";
    /// A leader says something that only they read.
    SideNote => "side_note", ["who", "text"], [List, Sound, Desktop],
        "{who}: {text}", "{who}：{text}";
    /// They promised to call.
    CallbackDue => "callback_due", ["number"], [List, Sound, Desktop],
        "A call you promised is due: {number}", "您承诺的回电已到时间：{number}";
    /// Somebody spoke a message to a queue of theirs.
    LeftMessage => "left_message", ["queue", "seconds"], [List, Sound],
        "A message of {seconds} s was left for {queue}", "{queue}收到一条 {seconds} 秒的语音留言";
}

impl NoticeKind {
    /// By the name under which it travels.
    pub fn parse(name: &str) -> Option<NoticeKind> {
        NoticeKind::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// What a variable stands for when a text is tried.
    pub fn sample(variable: &str) -> &'static str {
        match variable {
            "queue" => "Support",
            "minutes" => "5",
            "number" => "42",
            "type" => "Repair",
            "stars" => "4",
            "roles" => "agent, reviewer",
            "who" => "Lee",
            "seconds" => "18",
            _ => "…",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{check, shipped};

    /// Rows: S13.16
    #[test]
    fn what_is_shipped_says_what_there_is_to_say() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::parse(kind.as_str()), Some(*kind));
            assert_eq!(serde_json::json!(kind), serde_json::json!(kind.as_str()));
            for language in crate::LANGUAGES {
                assert_eq!(check(*kind, shipped(*kind, language)), Ok(()), "{kind:?} {language}");
            }
            assert!(!kind.shipped_channels().is_empty(), "{kind:?} would reach nobody");
        }
    }
}
