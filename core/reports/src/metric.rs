//! The catalogue: every figure there is, with its unit and its formula in words. Reports, the floor, the wallboard, alert rules and an agent's
//! day all name a metric from here.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    Milliseconds,
    Percent,
    /// 1 to 5.
    Stars,
}

/// How samples become a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How many.
    Count,
    /// The sum of their times.
    Sum,
    /// The mean of their times.
    Average,
    /// The mean of their stars.
    Mean,
    /// The time that so many in a hundred do not exceed (nearest rank).
    Percentile(u8),
    Longest,
    /// How many in a hundred.
    Share,
    /// How much of the time, in a hundred.
    ShareOfTime,
    /// The sum of all times over the number of those that count.
    PerHit,
}

/// From which events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Stays in queues: those of calls from their sheets, those of texts from what waited.
    Stays,
    /// Offers to agents and their shares of calls, of the call sheets.
    Shares,
    /// Changes of presence.
    Presence,
    /// Transfers.
    Transfers,
    /// What agents had in hand, calls and texts, and whether they passed it on.
    Hands,
    /// Texts that agents were asked to take.
    TextOffers,
    /// Shares, and the wrap-up after them.
    SharesAndPresence,
    /// Contacts who were asked how satisfied they are.
    Invitations,
    /// Conversations by text, and the first answer of an agent.
    Answers,
    /// What waited in queues, and the first agent who was asked.
    Offers,
    /// Places that callers kept when they hung up.
    Places,
}

/// A metric in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    pub name: &'static str,
    pub formula: &'static str,
}

macro_rules! metrics {
    ($($name:ident $id:literal $unit:ident $kind:expr, $source:ident,
       $en:literal $en_formula:literal, $zh:literal $zh_formula:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($name,)* }

        impl Metric {
            pub const ALL: &[Metric] = &[$(Metric::$name,)*];

            pub const fn id(self) -> &'static str {
                match self { $(Metric::$name => $id,)* }
            }

            pub const fn unit(self) -> Unit {
                match self { $(Metric::$name => Unit::$unit,)* }
            }

            pub const fn kind(self) -> Kind {
                match self { $(Metric::$name => $kind,)* }
            }

            pub const fn source(self) -> Source {
                match self { $(Metric::$name => Source::$source,)* }
            }

            pub const fn en(self) -> Words {
                match self { $(Metric::$name => Words { name: $en, formula: $en_formula },)* }
            }

            pub const fn zh(self) -> Words {
                match self { $(Metric::$name => Words { name: $zh, formula: $zh_formula },)* }
            }
        }
    };
}

metrics! {
    Queued "queued" Count Kind::Count, Stays,
        "Entered the queue" "Stays in a queue that began in the period; who is queued again counts again",
        "进入队列" "期间内开始的排队次数；重新排队再计一次";
    Answered "answered" Count Kind::Count, Stays,
        "Answered" "Stays that ended with an agent",
        "已接听" "由坐席接起而结束的排队";
    Abandoned "abandoned" Count Kind::Count, Stays,
        "Abandoned" "Stays in which the caller gave up after the short-abandon time or later",
        "放弃" "来电者等待达到短放弃时间后自行离开的排队";
    ShortAbandoned "short_abandoned" Count Kind::Count, Stays,
        "Short abandons" "Stays in which the caller gave up before the short-abandon time",
        "短放弃" "来电者在短放弃时间之前自行离开的排队";
    TurnedAway "turned_away" Count Kind::Count, Stays,
        "Turned away" "Stays that ended because nobody was there, the wait was too long or the queue was full",
        "未能服务" "因无人值守、等待超时或队列已满而结束的排队";
    Unanswered "unanswered" Count Kind::Count, Stays,
        "Unanswered" "Abandoned, short abandons and turned away together",
        "未接听" "放弃、短放弃与未能服务之和";
    WaitAverage "wait_average" Milliseconds Kind::Average, Stays,
        "Average wait" "Sum of the waits of answered stays / answered stays (ASA)",
        "平均等待" "已接听排队的等待时间之和 / 已接听排队数 (ASA)";
    WaitP50 "wait_p50" Milliseconds Kind::Percentile(50), Stays,
        "Median wait" "The wait that half of the answered stays do not exceed",
        "等待中位数" "半数已接听排队不超过的等待时间";
    WaitP90 "wait_p90" Milliseconds Kind::Percentile(90), Stays,
        "Wait of 90 %" "The wait that nine of ten answered stays do not exceed",
        "90% 等待" "九成已接听排队不超过的等待时间";
    WaitMax "wait_max" Milliseconds Kind::Longest, Stays,
        "Longest wait" "The longest wait of the stays, answered or not",
        "最长等待" "所有排队（无论是否接听）中最长的等待时间";
    ServiceLevel "service_level" Percent Kind::Share, Stays,
        "Service level" "Answered in time (20 s unless said otherwise) / (answered + abandoned), short abandons left out",
        "服务水平" "规定时间内接听（未设定为 20 秒）/（已接听 + 放弃），不计短放弃";
    Handled "handled" Count Kind::Count, Shares,
        "Handled" "Shares of calls in which the agent talked with the contact",
        "处理量" "坐席与客户通话的次数";
    Missed "missed" Count Kind::Count, Shares,
        "Missed" "Offers that the agent did not take: declined, not answered, busy, unreachable",
        "错过" "坐席未接的派工：拒绝、无应答、忙、无法接通";
    Talk "talk" Milliseconds Kind::Sum, Shares,
        "Talk time" "From joining to leaving, without hold",
        "通话时长" "从接入到离开，不含保持";
    Hold "hold" Milliseconds Kind::Sum, Shares,
        "Hold time" "Time in which the agent had the contact on hold",
        "保持时长" "坐席让客户保持等待的时间";
    HandleAverage "handle_average" Milliseconds Kind::PerHit, SharesAndPresence,
        "Average handle time" "(Talk + hold + wrap-up) / handled (AHT)",
        "平均处理时长" "(通话 + 保持 + 事后处理) / 处理量 (AHT)";
    Transfers "transfers" Count Kind::Count, Transfers,
        "Transfers" "Contacts by telephone and text that the agent passed on, or had somebody join for; how each ended by detail",
        "转接" "坐席转出或邀请他人加入的电话与文字会话次数；结果见明细";
    TransferRate "transfer_rate" Percent Kind::Share, Hands,
        "Transfer rate" "Calls and texts passed on to somebody else who took them / those that agents had in hand; what became of it by detail",
        "转接率" "成功转给他人的电话与文字会话 / 坐席经手的总数；结果见明细";
    TextsHandled "texts_handled" Count Kind::Count, Hands,
        "Texts handled" "Conversations by text that the agent had in hand",
        "文字处理量" "坐席经手的文字会话数";
    TextsMissed "texts_missed" Count Kind::Count, TextOffers,
        "Texts missed" "Texts that the agent was asked to take and did not: declined, not answered, busy, unreachable",
        "错过的文字" "派给坐席而未接手的文字会话：拒绝、无应答、忙、无法接通";
    TextHandleAverage "text_handle_average" Milliseconds Kind::Average, Hands,
        "Average time of texts" "Sum of the times from taking a text to its end or passing it on / texts that ended so; several at once count each",
        "文字平均处理时长" "从接手到结束或转出的时间之和 / 已结束的文字会话数；同时进行的分别计时";
    LoggedIn "logged_in" Milliseconds Kind::Sum, Presence,
        "Logged in" "Time in any state but logged out: the sum of all times below",
        "登录时长" "除登出外所有状态的时间之和";
    TimeReady "time_ready" Milliseconds Kind::Sum, Presence,
        "Ready" "Time in state ready",
        "就绪" "处于就绪状态的时间";
    TimeNotReady "time_not_ready" Milliseconds Kind::Sum, Presence,
        "Not ready" "Time in state not ready, by reason",
        "未就绪" "处于未就绪状态的时间，按原因";
    TimeOffered "time_offered" Milliseconds Kind::Sum, Presence,
        "Being rung" "Time in states reserved and offered",
        "振铃" "处于预留与派工状态的时间";
    TimeTalking "time_talking" Milliseconds Kind::Sum, Presence,
        "Talking" "Time in state talking",
        "通话状态" "处于通话状态的时间";
    TimeHold "time_hold" Milliseconds Kind::Sum, Presence,
        "On hold" "Time in state hold",
        "保持状态" "处于保持状态的时间";
    TimeWrapUp "time_wrap_up" Milliseconds Kind::Sum, Presence,
        "Wrap-up" "Time in state wrap-up",
        "事后处理" "处于事后处理状态的时间";
    TimeReconnecting "time_reconnecting" Milliseconds Kind::Sum, Presence,
        "Reconnecting" "Time in which the agent's connection was lost",
        "重新连接" "坐席连接中断的时间";
    Occupancy "occupancy" Percent Kind::ShareOfTime, Presence,
        "Occupancy" "(Talking + hold + wrap-up) / (that + ready + being rung)",
        "占用率" "(通话 + 保持 + 事后处理) / (前者 + 就绪 + 振铃)";
    Satisfaction "satisfaction" Stars Kind::Mean, Invitations,
        "Satisfaction" "Sum of the stars (1 to 5) / answers, of those who were asked in the period",
        "满意度" "期间内受邀客户所评星级（1 至 5）之和 / 评价数";
    Satisfied "satisfied" Percent Kind::Share, Invitations,
        "Satisfied" "Answers of 4 or 5 stars / answers",
        "满意率" "四星与五星评价数 / 评价数";
    SurveyResponse "survey_response" Percent Kind::Share, Invitations,
        "Response to surveys" "Answers / contacts who were asked, each conversation once",
        "参评率" "评价数 / 受邀客户数，每个会话只计一次";
    LowRatings "low_ratings" Count Kind::Count, Invitations,
        "Low ratings" "Answers of 1 or 2 stars",
        "低分评价" "一星与二星评价数";
    AnsweredInTime "answered_in_time" Percent Kind::Share, Answers,
        "First answers in time" "Texts that an agent first answered within the inbox's time (45 s where it names none) / those answered, or left longer than that",
        "首次响应及时率" "坐席在渠道规定时间内（未设定为 45 秒）首次回复的会话数 / 已回复或超时未回复的会话数";
    FirstAnswer "first_answer" Milliseconds Kind::Average, Answers,
        "Average first answer" "Sum of the times to an agent's first text / conversations answered",
        "平均首次响应" "坐席首次回复用时之和 / 已回复的会话数";
    FirstAnswerP90 "first_answer_p90" Milliseconds Kind::Percentile(90), Answers,
        "First answer of 90 %" "The time that nine of ten first answers do not exceed",
        "90% 首次响应" "九成首次回复不超过的用时";
    OfferedInTime "offered_in_time" Percent Kind::Share, Offers,
        "Offered in time" "Calls and texts first offered to an agent within 30 s (VIP: 10 s) / those offered, or waiting longer than that; VIP and others by detail",
        "派工及时率" "30 秒内（VIP 为 10 秒）首次派给坐席的来电与文字 / 已派或超时未派的总数；可按明细区分 VIP";
    PlacesKept "places_kept" Count Kind::Count, Places,
        "Kept places" "Callers who came in the period, hung up and kept their place to be called back; what became of it by detail",
        "保留排队位置" "期间内来电、挂机并保留排队位置等待回电的次数；结果见明细";
    PlacesReached "places_reached" Percent Kind::Share, Places,
        "Kept places served" "Kept places whose caller talked with an agent / kept places that are over",
        "保留位置兑现率" "最终与坐席通话的保留位置 / 已结束的保留位置";
    PlaceWaitBefore "place_wait_before" Milliseconds Kind::Average, Places,
        "Wait before the place was kept" "Sum of the times from entering the queue until the caller hung up / kept places",
        "保留前等待" "从进入队列到挂机的时间之和 / 保留位置次数";
    PlaceWaitAverage "place_wait_average" Milliseconds Kind::Average, Places,
        "Whole wait with a kept place" "Sum of the times from first entering the queue until the talk with an agent, the time before the call-back among it / kept places served",
        "回电全程等待" "从首次进入队列到与坐席通话的时间之和（含回电前的等待）/ 已兑现的保留位置";
    PlaceWaitP90 "place_wait_p90" Milliseconds Kind::Percentile(90), Places,
        "Whole wait of 90 %" "The whole wait that nine of ten kept places served do not exceed",
        "90% 回电全程等待" "九成已兑现的保留位置不超过的全程等待时间";
}

impl Metric {
    pub fn parse(id: &str) -> Option<Metric> {
        Metric::ALL.iter().copied().find(|metric| metric.id() == id)
    }

    /// Can it be told by queue?
    pub const fn has_queues(self) -> bool {
        matches!(
            self.source(),
            Source::Stays
                | Source::Shares
                | Source::Transfers
                | Source::Hands
                | Source::TextOffers
                | Source::Invitations
                | Source::Answers
                | Source::Offers
                | Source::Places
        )
    }

    /// Can it be told by agent?
    pub const fn has_agents(self) -> bool {
        !matches!(self.source(), Source::Stays | Source::Offers | Source::Places)
    }

    /// Is each of its rows one of a conversation, so that it can be told by channel, inbox, tag and segment?
    pub const fn has_conversations(self) -> bool {
        !matches!(self.source(), Source::Presence | Source::SharesAndPresence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Rows: S11.26
    #[test]
    fn every_metric_has_one_name_and_says_how_it_is_made() {
        let ids: BTreeSet<&str> = Metric::ALL.iter().map(|m| m.id()).collect();
        assert_eq!(ids.len(), Metric::ALL.len());
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.id()), Some(*metric));
            for words in [metric.en(), metric.zh()] {
                assert!(!words.name.is_empty() && words.formula.chars().count() > 5, "{metric:?}");
            }
            let unit = match metric.kind() {
                Kind::Count => Unit::Count,
                Kind::Share | Kind::ShareOfTime => Unit::Percent,
                Kind::Mean => Unit::Stars,
                _ => Unit::Milliseconds,
            };
            assert_eq!(metric.unit(), unit, "{metric:?}");
            assert!(metric.has_queues() || metric.has_agents());
        }
        assert_eq!(Metric::parse("nonsense"), None);
    }
}
