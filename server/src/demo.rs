//! The demo centre's flows; and a centre whose numbers and flows come from a file.

use anyhow::{Context as _, Result, bail};
use ringdesk_conversations::{RecordingRule, RecordingStart};
use ringdesk_ivr::Flow;
use ringdesk_model::QueueId;
use ringdesk_operations::demo::DemoInbox;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Numbers to dial, with the flow behind each.
pub fn inboxes(queues: &BTreeMap<String, QueueId>) -> Vec<DemoInbox> {
    let recorded = RecordingRule::starting(RecordingStart::OnAnswer);
    let inbox = |name: &str, number: &str, recording: Option<RecordingRule>, flow: &str| DemoInbox {
        recording,
        name: name.into(),
        numbers: vec![number.into()],
        flow: named(queues, flow),
    };
    vec![
        inbox("Main menu", "1000", Some(recorded), include_str!("../demo/main-menu.json")),
        inbox("Support", "1001", Some(recorded), include_str!("../demo/support.json")),
        inbox("Echo test", "1003", None, include_str!("../demo/echo.json")),
        inbox("Voicemail", "1004", None, include_str!("../demo/voicemail.json")),
    ]
}

/// `@support@` becomes the id of the queue of that name.
fn named(queues: &BTreeMap<String, QueueId>, flow: &str) -> String {
    queues.iter().fold(flow.to_owned(), |text, (name, id)| text.replace(&format!("@{name}@"), &id.to_string()))
}

/// Numbers with their flows, as an operator writes them down for `ringdesk import`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    inboxes: Vec<PlannedInbox>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedInbox {
    name: String,
    numbers: Vec<String>,
    flow: serde_json::Value,
    /// As the house does, without one.
    #[serde(default)]
    recording: Option<RecordingRule>,
}

impl Plan {
    pub fn read(file: &Path) -> Result<Plan> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Plan::parse(&text).with_context(|| file.display().to_string())
    }

    /// Every fault that can be seen without a store is found here: afterwards all or nothing is made.
    fn parse(text: &str) -> Result<Plan> {
        let plan: Plan = serde_json::from_str(text)?;
        let mut owners = BTreeMap::new();
        for inbox in &plan.inboxes {
            for number in &inbox.numbers {
                if let Some(other) = owners.insert(number, &inbox.name) {
                    bail!("number {number} belongs to both {other} and {}", inbox.name);
                }
            }
            // Any id will do for the check; which queues there are, the store knows.
            let stand_in = ["support", "sales"].map(|name| (name.to_owned(), QueueId(uuid::Uuid::nil())));
            let flow = Flow::parse(&named(&stand_in.into(), &inbox.flow.to_string()))
                .with_context(|| format!("flow of {}", inbox.name))?;
            if !flow.is_sound() {
                bail!("flow of {}: {:?}", inbox.name, flow.check());
            }
        }
        Ok(plan)
    }

    pub fn inboxes(self, queues: &BTreeMap<String, QueueId>) -> Vec<DemoInbox> {
        let inbox = |i: PlannedInbox| DemoInbox {
            name: i.name,
            numbers: i.numbers,
            flow: named(queues, &i.flow.to_string()),
            recording: i.recording,
        };
        self.inboxes.into_iter().map(inbox).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    #[test]
    fn a_plan_is_refused_before_anything_is_made() {
        let plan = |number: &str, step: &str| {
            let flow = format!(r#"{{"name":"x","start":"a","steps":{{"a":{step}}}}}"#);
            let inbox = |n: &str| format!(r#"{{"name":"n{n}","numbers":["{n}"],"flow":{flow}}}"#);
            Plan::parse(&format!(r#"{{"inboxes":[{},{}]}}"#, inbox("100"), inbox(number)))
        };
        let fault = |number, step| format!("{:#}", plan(number, step).unwrap_err());
        let queue = r#"{"kind":"queue","queue":"@support@"}"#;
        let inboxes =
            plan("200", queue).unwrap().inboxes(&BTreeMap::from([("support".to_owned(), QueueId(uuid::Uuid::max()))]));
        assert_eq!(inboxes.len(), 2);
        assert!(inboxes[1].flow.contains("ffffffff-ffff") && inboxes[1].numbers == ["200"]);
        assert_eq!(fault("100", queue), "number 100 belongs to both n100 and n100");
        assert!(fault("200", r#"{"kind":"answer","next":"b"}"#).contains("flow of n100"));
        assert!(fault("200", r#"{"kind":"queue","queue":"@nobody@"}"#).contains("flow of n100"));
    }

    #[test]
    fn the_plan_of_the_benchmark_is_sound() {
        Plan::parse(include_str!("../../bench/house.json")).unwrap();
    }

    #[test]
    fn every_demo_flow_passes_its_check() {
        let mut ids = Ids::seeded(1);
        let queues = ["support", "sales"].map(|name| (name.to_owned(), ids.next(Default::default())));
        for inbox in inboxes(&queues.into()) {
            let flow = Flow::parse(&inbox.flow).unwrap();
            assert_eq!(flow.check(), vec![], "{}", inbox.name);
        }
    }
}
