//! The demo centre's flows and logins.

use ringdesk_model::QueueId;
use ringdesk_operations::demo::DemoInbox;
use std::collections::BTreeMap;

/// Numbers to dial, with the flow behind each.
pub fn inboxes(queues: &BTreeMap<String, QueueId>) -> Vec<DemoInbox> {
    let fill = |flow: &str| {
        queues.iter().fold(flow.to_owned(), |text, (name, id)| text.replace(&format!("@{name}@"), &id.to_string()))
    };
    let inbox = |name: &str, number: &str, flow: &str| DemoInbox {
        name: name.into(),
        numbers: vec![number.into()],
        flow: fill(flow),
    };
    vec![
        inbox("Main menu", "1000", include_str!("../demo/main-menu.json")),
        inbox("Support", "1001", include_str!("../demo/support.json")),
        inbox("Echo test", "1003", include_str!("../demo/echo.json")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_ivr::Flow;
    use ringdesk_model::Ids;

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
