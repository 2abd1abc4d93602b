//! Callers whom nobody served: who belongs on the list, and as what.

use crate::CallSheet;
use ringdesk_model::{QueueId, WorkOutcome};
use std::time::Duration;

/// The same number within so long is the same person with the same matter.
pub const MERGED: Duration = Duration::from_secs(24 * 3_600);

/// Why somebody is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnservedKind {
    /// Hung up while they waited.
    Abandoned,
    /// Nobody was there, or the wait was too long.
    TurnedAway,
    /// They left a message.
    Voicemail,
    /// They were called back and not reached.
    CallbackFailed,
}

impl UnservedKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            UnservedKind::Abandoned => "abandoned",
            UnservedKind::TurnedAway => "turned_away",
            UnservedKind::Voicemail => "voicemail",
            UnservedKind::CallbackFailed => "callback_failed",
        }
    }

    pub fn parse(name: &str) -> Option<UnservedKind> {
        use UnservedKind::{Abandoned, CallbackFailed, TurnedAway, Voicemail};
        [Abandoned, TurnedAway, Voicemail, CallbackFailed].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The queue that owes the caller of an ended call something, why, and how long they had waited in all. `None`: somebody
/// talked with them, or they never waited.
pub fn unserved(sheet: &CallSheet, message_left: bool) -> Option<(QueueId, UnservedKind, Duration)> {
    if sheet.talked().any(|part| !part.consults) {
        return None;
    }
    let last = sheet.queue_spells.last()?;
    let end = |spell: &crate::QueueSpell| spell.left_at.or(sheet.ended_at).unwrap_or(spell.queued_at);
    let waited = sheet.queue_spells.iter().map(|spell| end(spell).since(spell.queued_at)).sum();
    let kind = match last.outcome {
        _ if message_left => UnservedKind::Voicemail,
        None | Some(WorkOutcome::Abandoned) => UnservedKind::Abandoned,
        // They are owed a call, and that is written elsewhere.
        Some(WorkOutcome::CalledBack) => return None,
        // The agent was given the call and did not get it any more.
        Some(WorkOutcome::Served) => UnservedKind::Abandoned,
        Some(_) => UnservedKind::TurnedAway,
    };
    Some((last.queue, kind, waited))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallFact;
    use ringdesk_model::{Ids, Timestamp, WorkItemId};

    /// Rows: S7.27
    #[test]
    fn who_waited_and_met_nobody_is_owed_something() {
        let at = |seconds: i64| Timestamp(seconds * 1_000_000);
        let mut ids = Ids::seeded(2);
        let (queue, work_item): (QueueId, WorkItemId) = (ids.next(at(0)), ids.next(at(0)));
        let (offer, agent) = (ids.next(at(0)), ids.next(at(0)));
        let sheet = |facts: &[(i64, CallFact)]| {
            let mut sheet = CallSheet::default();
            for (seconds, fact) in facts {
                sheet.apply(at(*seconds), fact);
            }
            sheet
        };
        let queued = (1, CallFact::Queued { work_item, queue });
        let left = |outcome| (31, CallFact::LeftQueue { work_item, outcome });
        let joined = (31, CallFact::AgentJoined { offer, agent, queue: Some(queue) });
        let ended = (40, CallFact::Ended { cause: "normal".into(), by: "caller".into() });
        let waited = |kind, seconds| Some((queue, kind, Duration::from_secs(seconds)));
        for (facts, message, expected) in [
            (
                vec![queued.clone(), left(WorkOutcome::Abandoned), ended.clone()],
                false,
                waited(UnservedKind::Abandoned, 30),
            ),
            (
                vec![queued.clone(), left(WorkOutcome::NoAgents), ended.clone()],
                false,
                waited(UnservedKind::TurnedAway, 30),
            ),
            (
                vec![queued.clone(), left(WorkOutcome::MaxWait), ended.clone()],
                true,
                waited(UnservedKind::Voicemail, 30),
            ),
            (vec![queued.clone(), ended.clone()], false, waited(UnservedKind::Abandoned, 39)),
            (vec![queued.clone(), left(WorkOutcome::Served), joined, ended.clone()], false, None),
            (vec![queued, left(WorkOutcome::CalledBack), ended.clone()], false, None),
            (vec![ended], false, None),
        ] {
            assert_eq!(unserved(&sheet(&facts), message), expected, "{facts:?}");
        }
        for kind in ["abandoned", "turned_away", "voicemail", "callback_failed"] {
            assert_eq!(UnservedKind::parse(kind).map(UnservedKind::as_str), Some(kind));
        }
    }
}
