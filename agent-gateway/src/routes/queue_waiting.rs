//! What callers who wait in a queue are told, and whether they may be called back, as its editors say it.

use crate::problem::Problem;
use ringdesk_model::CalendarId;
use ringdesk_routing::{CallFirst, CallbackOffer, QueueSetup};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// A day.
const LONGEST: u64 = 86_400_000;

/// What is not named stays; of a new queue it has its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QueueWaiting {
    /// The place and the wait that is likely are said when somebody comes, and again so often, if they have become less: 10 s to an
    /// hour. 0: where the flow says so.
    announce_ms: Option<u64>,
    /// Callers may hang up, keep their place and be called when their turn comes.
    callback: Option<CallbackRule>,
}

/// Without `after_ms` and `above_ms` nobody is offered it; with both, who has waited so long or will probably wait longer than that.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallbackRule {
    /// After so long in the queue: at most a day; 0: not for that.
    #[serde(default)]
    after_ms: u64,
    /// Where the wait that is likely is longer than that: at most a day; 0: not for that.
    #[serde(default)]
    above_ms: u64,
    /// Calls that reach nobody, before they are given up: 1 to 10.
    #[serde(default = "tries")]
    tries: u8,
    /// So long after one of them comes the next: 10 s to a day.
    #[serde(default = "again")]
    again_ms: u64,
    /// Nobody is called outside of these opening hours: the calendar. Who keeps their place is told when it opens, and waits at it. Null:
    /// at any hour.
    #[serde(default)]
    hours: Option<Uuid>,
    /// Whose telephone rings first when their turn comes: `agent`, or `caller`, who then waits at their place for the next agent.
    #[serde(default)]
    #[schema(value_type = String)]
    first: CallFirst,
}

impl QueueWaiting {
    pub(super) fn of(setup: &QueueSetup) -> QueueWaiting {
        let ms = |span: Option<Duration>| span.map_or(0, |span| span.as_millis() as u64);
        let CallbackOffer { after, above, tries, again, hours, first } = setup.callback.unwrap_or_default();
        let (after_ms, above_ms, again_ms) = (ms(after), ms(above), ms(Some(again)));
        let callback = CallbackRule { after_ms, above_ms, tries, again_ms, hours: hours.map(|id| id.0), first };
        QueueWaiting { announce_ms: Some(ms(setup.announce)), callback: Some(callback) }
    }

    /// Into the settings of a queue.
    pub(super) fn put(self, settings: &mut Map<String, Value>) -> Result<(), Problem> {
        if let Some(ms) = self.announce_ms {
            let every = span("announce_ms", ms, 10_000..=3_600_000)?;
            settings.insert("announce".to_owned(), json!(every));
        }
        if let Some(CallbackRule { after_ms, above_ms, tries, again_ms, hours, first }) = self.callback {
            let after = span("after_ms", after_ms, 1_000..=LONGEST)?;
            let above = span("above_ms", above_ms, 1_000..=LONGEST)?;
            let again = span("again_ms", again_ms, 10_000..=LONGEST)?;
            let again = again.ok_or_else(|| Problem::invalid("again_ms is at least 10000"))?;
            if !(1..=10).contains(&tries) {
                return Err(Problem::invalid("tries is between 1 and 10"));
            }
            let offer = CallbackOffer { after, above, tries, again, hours: hours.map(CalendarId), first };
            // Who keeps a place already is called by it when nobody else is offered one.
            let said = after.is_some() || above.is_some() || hours.is_some() || first != CallFirst::default();
            settings.insert("callback".to_owned(), json!(said.then_some(offer)));
        }
        Ok(())
    }
}

/// 0: none.
fn span(name: &str, ms: u64, within: RangeInclusive<u64>) -> Result<Option<Duration>, Problem> {
    match ms {
        0 => Ok(None),
        ms if within.contains(&ms) => Ok(Some(Duration::from_millis(ms))),
        _ => Err(Problem::invalid(format!("{name} is 0, or between {} and {}", within.start(), within.end()))),
    }
}

fn tries() -> u8 {
    CallbackOffer::default().tries
}

fn again() -> u64 {
    CallbackOffer::default().again.as_millis() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::QueueId;

    /// Rows: S7.6, S7.7, V7
    #[test]
    fn what_is_read_says_the_same_again_and_nonsense_is_refused() {
        let plain = QueueSetup::new(QueueId(Uuid::nil()), "x");
        let callback = json!({
            "after_ms": 60_000, "above_ms": 300_000, "tries": 2, "again_ms": 120_000, "hours": Uuid::from_u128(7),
            "first": "caller"
        });
        let said = json!({ "announce_ms": 30_000, "callback": callback });
        let waiting: QueueWaiting = serde_json::from_value(said.clone()).unwrap();
        let mut settings = serde_json::to_value(&plain).unwrap().as_object().unwrap().clone();
        waiting.put(&mut settings).unwrap();
        let setup: QueueSetup = serde_json::from_value(Value::Object(settings)).unwrap();
        assert_eq!(serde_json::to_value(QueueWaiting::of(&setup)).unwrap(), said);
        // A rule from before there were hours.
        let before = json!({ "after": null, "above": null, "tries": 1, "again": { "secs": 60, "nanos": 0 } });
        let before: CallbackOffer = serde_json::from_value(before).unwrap();
        assert_eq!((before.hours, before.first), (None, CallFirst::Agent));
        // What nobody is offered is none.
        let none: QueueWaiting = serde_json::from_value(json!({ "callback": {} })).unwrap();
        let mut settings = Map::new();
        none.put(&mut settings).unwrap();
        assert_eq!(settings, json!({ "callback": null }).as_object().unwrap().clone());
        for nonsense in [
            json!({ "announce_ms": 9_999 }),
            json!({ "callback": { "after_ms": 999 } }),
            json!({ "callback": { "above_ms": 86_400_001_u64 } }),
            json!({ "callback": { "tries": 0 } }),
            json!({ "callback": { "again_ms": 0 } }),
        ] {
            let waiting: QueueWaiting = serde_json::from_value(nonsense.clone()).unwrap();
            assert!(waiting.put(&mut Map::new()).is_err(), "{nonsense}");
        }
    }
}
