//! What rules can ask of a call, and of nothing else.

use super::calls::CallComes;
use super::facts::Subject;
use crate::OperationError;
use ringdesk_conversations::{CallSheet, unserved};
use ringdesk_model::{CallId, ConversationId, Pii, WorkOutcome};
use ringdesk_rules::Fact;
use ringdesk_storage::conversations::{CallView, ConversationView};
use ringdesk_storage::{Tx, rules};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;

/// The longest name of what a flow keeps.
const NAME: usize = 50;

/// The call in which something happens.
#[derive(Clone, Debug)]
pub(crate) struct SubjectCall {
    direction: String,
    called: Pii<String>,
    caller: Pii<String>,
    sheet: CallSheet,
    left_message: bool,
    dispositions: Vec<String>,
    entered: BTreeMap<String, Pii<String>>,
    said: Option<Pii<String>>,
    is_over: bool,
}

/// A fact of calls, by its name in conditions.
pub(crate) enum AskedOfCall {
    /// The number that was dialled.
    Called,
    /// The other side's number: who calls, or whom an agent calls.
    Caller,
    /// With how many figures one likes: a prefix.
    CallerBegins,
    /// `inbound`, `outbound`.
    Direction,
    /// `entered:<name>`: what was keyed or said, as the flow keeps it.
    Entered(String),
    /// `served`, `abandoned`, `turned_away`, `voicemail`, `called_back`, `no_queue`.
    Outcome,
    TalkedSeconds,
    WaitedSeconds,
    /// The codes its agents chose, each with the branches that it stands on.
    Disposition,
}

impl AskedOfCall {
    pub(crate) fn parse(name: &str) -> Option<AskedOfCall> {
        let fits = |name: &str| {
            (1..=NAME).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        Some(match name {
            "called" => AskedOfCall::Called,
            "caller" => AskedOfCall::Caller,
            "caller_begins" => AskedOfCall::CallerBegins,
            "direction" => AskedOfCall::Direction,
            "outcome" => AskedOfCall::Outcome,
            "talked_seconds" => AskedOfCall::TalkedSeconds,
            "waited_seconds" => AskedOfCall::WaitedSeconds,
            "disposition" => AskedOfCall::Disposition,
            _ => AskedOfCall::Entered(name.strip_prefix("entered:").filter(|name| fits(name))?.to_owned()),
        })
    }
}

impl SubjectCall {
    pub(crate) fn of(call: &CallView) -> SubjectCall {
        let outbound = call.direction == "outbound";
        let sheet = call.sheet.as_ref().and_then(|sheet| serde_json::from_str(sheet.reveal()).ok());
        SubjectCall {
            direction: call.direction.clone(),
            called: call.parties.to.clone(),
            caller: if outbound { call.parties.to.clone() } else { call.parties.from.clone() },
            sheet: sheet.unwrap_or_default(),
            left_message: false,
            dispositions: Vec::new(),
            entered: BTreeMap::new(),
            said: None,
            is_over: call.ended_at.is_some(),
        }
    }

    /// `None`: it is not known, or not yet.
    pub(crate) fn fact(&self, asked: &AskedOfCall) -> Option<Fact> {
        let seconds = |ms: u64| Fact::Number(f64::from(u32::try_from(ms / 1_000).unwrap_or(u32::MAX)));
        let figures = || self.is_over.then(|| self.sheet.figures(self.sheet.ended_at.unwrap_or_default()));
        Some(match asked {
            AskedOfCall::Called => Fact::Word(self.called.reveal().clone()),
            AskedOfCall::Caller => Fact::Word(self.caller.reveal().clone()),
            AskedOfCall::CallerBegins => Fact::Words(beginnings(self.caller.reveal())),
            AskedOfCall::Direction => Fact::Word(self.direction.clone()),
            AskedOfCall::Entered(name) => Fact::Word(self.entered.get(name)?.reveal().clone()),
            AskedOfCall::Outcome => Fact::Word(self.is_over.then(|| self.outcome())?.to_owned()),
            AskedOfCall::TalkedSeconds => seconds(figures()?.talk_ms),
            AskedOfCall::WaitedSeconds => seconds(figures()?.queue_ms),
            AskedOfCall::Disposition if self.dispositions.is_empty() => return None,
            AskedOfCall::Disposition => Fact::Words(self.dispositions.iter().flat_map(|code| branches(code)).collect()),
        })
    }

    /// What the contact said in it. Of a call that begins, what they told its flow; of one of the past that is asked again, what they said
    /// first.
    pub(crate) async fn words(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        conversation: ConversationId,
    ) -> Result<Option<Fact>, OperationError> {
        let all = match (&self.said, self.is_over) {
            (Some(said), _) => vec![said.clone()],
            (None, true) => rules::words_of_contact(tx, key, conversation).await?,
            (None, false) => Vec::new(),
        };
        let words: Vec<String> = all.into_iter().map(Pii::into_inner).collect();
        Ok((!words.is_empty()).then_some(Fact::Words(words)))
    }

    fn outcome(&self) -> &'static str {
        if self.sheet.talked().any(|part| !part.consults) {
            return "served";
        }
        let called_back = |spell: &ringdesk_conversations::QueueSpell| spell.outcome == Some(WorkOutcome::CalledBack);
        match unserved(&self.sheet, self.left_message) {
            Some((_, kind, _)) => kind.as_str(),
            None if self.sheet.queue_spells.last().is_some_and(called_back) => "called_back",
            None if self.left_message => "voicemail",
            None => "no_queue",
        }
    }
}

impl Subject {
    /// What happens, happens in this call. `left_message`: somebody has to hear what the caller left.
    pub(crate) fn of_call(mut self, view: &ConversationView, call: CallId, left_message: bool) -> Subject {
        let dispositions = view.participations.iter().filter(|part| part.call == Some(call));
        let dispositions = dispositions.filter_map(|part| part.disposition.clone()).collect();
        self.call = view.calls.iter().find(|of| of.id == call).map(|of| SubjectCall {
            left_message,
            dispositions,
            ..SubjectCall::of(of)
        });
        let spells = self.call.iter().flat_map(|call| &call.sheet.queue_spells);
        self.queue = spells.last().map(|spell| spell.queue).or(self.queue);
        self
    }

    /// The same of a caller who comes to a queue.
    pub(crate) fn comes(mut self, comes: &CallComes) -> Subject {
        self.queue = Some(comes.queue);
        if let Some(call) = &mut self.call {
            (call.entered, call.said) = (comes.entered.clone(), comes.said.clone());
        }
        self
    }
}

/// A number as a rule may begin to write it: with all its figures, and with fewer.
fn beginnings(number: &str) -> Vec<String> {
    let ends = number.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.map(|end| number[..end].to_owned()).collect()
}

/// `billing/refund` stands on `billing`, too.
fn branches(code: &str) -> Vec<String> {
    let ends = code.match_indices('/').map(|(at, _)| at).chain([code.len()]);
    ends.map(|end| code[..end].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_conversations::CallFact;
    use ringdesk_model::{Ids, QueueId, Timestamp};

    fn call() -> SubjectCall {
        let view = CallView {
            id: CallId(uuid::Uuid::nil()),
            conversation: ConversationId(uuid::Uuid::nil()),
            direction: "inbound".into(),
            origin: "trunk:x".into(),
            parties: ringdesk_storage::journal::Parties {
                from: Pii::new("+4930123".into()),
                from_name: None,
                to: Pii::new("1001".into()),
            },
            started_at: Timestamp(0),
            answered_at: None,
            ended_at: Some(Timestamp(40_000_000)),
            cause: None,
            ended_by: None,
            sheet: None,
        };
        SubjectCall::of(&view)
    }

    fn is(fact: Option<Fact>, word: &str) -> bool {
        match fact {
            Some(Fact::Word(is)) => is == word,
            Some(Fact::Words(are)) => are.iter().any(|is| is == word),
            _ => false,
        }
    }

    /// Rows: S7.7, S13.5
    #[test]
    fn numbers_are_known_whole_and_by_their_beginning() {
        let mut call = call();
        assert!(is(call.fact(&AskedOfCall::Called), "1001"));
        assert!(is(call.fact(&AskedOfCall::Caller), "+4930123"));
        for (prefix, begins) in [("+49", true), ("+4930123", true), ("+44", false), ("30", false)] {
            assert_eq!(is(call.fact(&AskedOfCall::CallerBegins), prefix), begins, "{prefix}");
        }
        assert_eq!(call.fact(&AskedOfCall::Disposition), None);
        call.dispositions = vec!["billing/refund".into()];
        assert!(is(call.fact(&AskedOfCall::Disposition), "billing"));
        assert!(is(call.fact(&AskedOfCall::Disposition), "billing/refund"));
    }

    /// Rows: S7.7
    #[test]
    fn what_came_of_a_call_is_known_when_it_is_over() {
        let at = |seconds: i64| Timestamp(seconds * 1_000_000);
        let mut ids = Ids::seeded(2);
        let (queue, work_item): (QueueId, ringdesk_model::WorkItemId) = (ids.next(at(0)), ids.next(at(0)));
        let mut call = call();
        assert!(is(call.fact(&AskedOfCall::Outcome), "no_queue"));
        call.sheet.apply(at(1), &CallFact::Queued { work_item, queue });
        call.sheet.apply(at(31), &CallFact::LeftQueue { work_item, outcome: WorkOutcome::Abandoned });
        call.sheet.apply(at(40), &CallFact::Ended { cause: "normal".into(), by: "caller".into() });
        assert!(is(call.fact(&AskedOfCall::Outcome), "abandoned"));
        assert_eq!(call.fact(&AskedOfCall::WaitedSeconds), Some(Fact::Number(30.0)));
        call.is_over = false;
        assert_eq!(call.fact(&AskedOfCall::Outcome), None);
    }
}
