//! Codes that agents dial or type. What is dialled is answered by a word, or by whom the agent has asked for.

use crate::arrivals::connected;
use crate::desk::Desks;
use crate::mailbox::{Keeper, Mailbox};
use crate::outbound::{self, NotMade};
use crate::tasks::account::AccountOrders;
use crate::tasks::exchange::AtTheDoor;
use ringdesk_call_control::{Codes, KeyCode};
use ringdesk_ivr::Flow;
use ringdesk_model::{Actor, AgentId, CallId, Clock as _, Ids, Language};
use ringdesk_routing::Wanted;
use ringdesk_switchboard::AccountOrder;
use ringdesk_voice::{CallOrder, Outcome};
use serde::Deserialize;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Each may be another one; an empty one is off. Those of the second kind are typed while talking.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureCodes {
    pub ready: String,
    pub not_ready: String,
    pub echo: String,
    /// Then the code that closes the centre, or opens it again.
    pub closing: String,
    /// Messages that callers left for my queues.
    pub messages: String,
    /// The contact who is parked longest; with an extension behind it: whom that agent has parked.
    pub retrieve: String,
    /// What rings at a colleague of my queues; with an extension behind it: at that agent's.
    pub pick_up: String,

    /// And a number, up to `#` or a pause.
    pub transfer: String,
    pub consult: String,
    pub back: String,
    pub merge: String,
    pub hold: String,
    pub park: String,
}

impl Default for FeatureCodes {
    fn default() -> Self {
        FeatureCodes {
            ready: "*40".into(),
            not_ready: "*41".into(),
            echo: "*43".into(),
            closing: "*44".into(),
            messages: "*97".into(),
            retrieve: "*70".into(),
            pick_up: "*8".into(),
            transfer: "##".into(),
            consult: "*2".into(),
            back: "*3".into(),
            merge: "*4".into(),
            hold: "*5".into(),
            park: "*6".into(),
        }
    }
}

/// What was dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Ready,
    NotReady,
    Echo,
    Closing,
    Messages,
    Retrieve,
    PickUp,
}

impl FeatureCodes {
    /// The longest code with which it begins, and what stands behind it.
    pub(crate) fn read<'a>(&self, dialled: &'a str) -> Option<(Feature, &'a str)> {
        let all = self.dialled().into_iter().filter(|(code, _)| !code.is_empty());
        let fits = all.filter_map(|(code, feature)| Some((code.len(), feature, dialled.strip_prefix(code)?)));
        let (_, feature, rest) = fits.max_by_key(|(length, ..)| *length)?;
        let takes_more = matches!(feature, Feature::Retrieve | Feature::PickUp);
        (rest.is_empty() || takes_more).then_some((feature, rest))
    }

    /// Those that are typed while talking.
    pub(crate) fn in_call(&self) -> Codes {
        let code = |text: &String| KeyCode::new(text).unwrap_or_default();
        Codes {
            transfer: code(&self.transfer),
            consult: code(&self.consult),
            back: code(&self.back),
            merge: code(&self.merge),
            hold: code(&self.hold),
            park: code(&self.park),
        }
    }

    /// What is wrong with them.
    pub(crate) fn fault(&self) -> Option<String> {
        let dialled: Vec<&str> = self.dialled().into_iter().map(|(code, _)| code).collect();
        let typed: [&str; 6] = [&self.transfer, &self.consult, &self.back, &self.merge, &self.hold, &self.park];
        let keys = |code: &str| code.bytes().all(|b| b.is_ascii_digit() || b"*#".contains(&b));
        if let Some(wrong) = dialled
            .iter()
            .find(|code| !code.is_empty() && (!code.starts_with(['*', '#']) || code.len() > 8 || !keys(code)))
        {
            return Some(format!("{wrong:?} is no code to dial: `*` or `#`, then keys, at most 8"));
        }
        if let Some(wrong) =
            typed.iter().find(|code| !code.is_empty() && (KeyCode::new(code).is_none() || code.len() < 2))
        {
            return Some(format!("{wrong:?} is no code to type: 2 to 4 keys"));
        }
        for codes in [&dialled[..], &typed[..]] {
            for (at, code) in codes.iter().enumerate().filter(|(_, code)| !code.is_empty()) {
                if codes.iter().enumerate().any(|(other, c)| other != at && c == code) {
                    return Some(format!("{code:?} means two things"));
                }
            }
        }
        // One that ends with another would never be typed to its end.
        let hides = |one: &&&str| typed.iter().any(|other| other != *one && !other.is_empty() && one.ends_with(*other));
        typed.iter().find(|one| hides(one)).map(|one| format!("{one:?} ends with another code"))
    }

    fn dialled(&self) -> [(&str, Feature); 7] {
        [
            (&self.ready, Feature::Ready),
            (&self.not_ready, Feature::NotReady),
            (&self.echo, Feature::Echo),
            (&self.closing, Feature::Closing),
            (&self.messages, Feature::Messages),
            (&self.retrieve, Feature::Retrieve),
            (&self.pick_up, Feature::PickUp),
        ]
    }
}

/// What those who dial codes may reach.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) codes: Arc<FeatureCodes>,
    pub(crate) orders: AccountOrders,
    pub(crate) keeper: Keeper,
}

impl Service {
    /// Answer an agent who has dialled a code, and do what it says.
    pub(crate) async fn answer(
        &self,
        desks: &Arc<Desks>,
        seeds: &Mutex<Ids>,
        (agent, extension): (AgentId, &str),
        (feature, rest): (Feature, &str),
        waits: AtTheDoor,
    ) -> Result<(), NotMade> {
        let language = desks.devices.language(extension);
        let whose = match rest {
            "" => None,
            extension => {
                let (operations, account) = desks.dialling.house();
                Some(operations.agent_of_extension(account, extension).await?.ok_or(NotMade::Unknown)?)
            }
        };
        let (says, waits) = match feature {
            Feature::Echo => ("echo.intro", waits),
            Feature::Messages => return self.messages(desks, seeds, agent, waits, language).await.map(drop),
            Feature::Closing => return closing(desks, seeds, waits, language).map(drop),
            Feature::Ready => (self.becomes(agent, Wanted::Ready).await, waits),
            Feature::NotReady => (self.becomes(agent, Wanted::NotReady(String::new())).await, waits),
            Feature::Retrieve => match self.retrieved(desks, agent, whose, waits).await {
                Ok(()) => return Ok(()),
                Err(waits) => ("code.nothing", *waits),
            },
            Feature::PickUp => match connected(desks, agent, None, waits, self.picks_up(agent, whose)).await {
                Ok(()) => return Ok(()),
                Err(waits) => ("code.nothing", *waits),
            },
        };
        self.speak(desks, seeds, waits, says, feature == Feature::Echo, language).map(drop)
    }

    async fn messages(
        &self,
        desks: &Arc<Desks>,
        seeds: &Mutex<Ids>,
        agent: AgentId,
        waits: AtTheDoor,
        language: Language,
    ) -> Result<CallId, NotMade> {
        let mailbox = Mailbox::new(desks, &self.keeper, agent, language).await?.ok_or(NotMade::Forbidden)?;
        let document = json!({ "name": "messages", "language": language, "start": "answer", "steps": {
            "answer": { "kind": "answer", "next": "messages" },
            "messages": { "kind": "mailbox" },
        } });
        let flow = Flow::parse(&document.to_string()).map_err(|_| NotMade::Failed)?;
        desks.mailboxes.open(waits.leg(), mailbox);
        outbound::serve(desks, seeds, waits, flow, language)
    }

    /// Connect them with whom is parked.
    async fn retrieved(
        &self,
        desks: &Arc<Desks>,
        agent: AgentId,
        whose: Option<AgentId>,
        waits: AtTheDoor,
    ) -> Result<(), Box<AtTheDoor>> {
        let Some(call) = desks.longest_parked(whose) else { return Err(Box::new(waits)) };
        let order = desks.recordings.operations.id(desks.clock.now());
        let asks = async {
            let outcome = desks.order(call, order, Actor::System, CallOrder::Retrieve { by: agent }).await;
            outcome == Some(Outcome::Done)
        };
        connected(desks, agent, Some(call), waits, asks).await
    }

    /// What rings at a colleague is offered to this agent instead.
    pub(crate) async fn picks_up(&self, agent: AgentId, of: Option<AgentId>) -> bool {
        matches!(self.orders.give(Actor::System, AccountOrder::PickUp(agent, of)).await, Some(Ok(())))
    }

    async fn becomes(&self, agent: AgentId, wanted: Wanted) -> &'static str {
        let ready = wanted == Wanted::Ready;
        match self.orders.give(Actor::System, AccountOrder::Presence(agent, wanted)).await {
            Some(Ok(())) if ready => "code.ready",
            Some(Ok(())) => "code.not_ready",
            _ => "error.apology",
        }
    }

    fn speak(
        &self,
        desks: &Arc<Desks>,
        seeds: &Mutex<Ids>,
        waits: AtTheDoor,
        prompt: &str,
        echoes: bool,
        language: Language,
    ) -> Result<CallId, NotMade> {
        let document = json!({ "name": "a code", "language": language, "start": "answer", "steps": {
            "answer": { "kind": "answer", "next": "say" },
            "say": { "kind": "say", "prompt": { "id": prompt }, "next": if echoes { "echo" } else { "bye" } },
            "echo": { "kind": "echo" },
            "bye": { "kind": "hangup" },
        } });
        let flow = Flow::parse(&document.to_string()).map_err(|_| NotMade::Failed)?;
        outbound::serve(desks, seeds, waits, flow, language)
    }
}

fn closing(desks: &Arc<Desks>, seeds: &Mutex<Ids>, waits: AtTheDoor, language: Language) -> Result<CallId, NotMade> {
    let document = json!({ "name": "closing", "language": language, "start": "answer", "steps": {
        "answer": { "kind": "answer", "next": "closing" },
        "closing": { "kind": "closing" },
    } });
    let flow = Flow::parse(&document.to_string()).map_err(|_| NotMade::Failed)?;
    outbound::serve(desks, seeds, waits, flow, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S7.9
    #[test]
    fn a_code_is_read_with_what_stands_behind_it() {
        let codes = FeatureCodes { pick_up: "*7".into(), ready: String::new(), ..FeatureCodes::default() };
        assert_eq!(codes.fault(), None);
        for (dialled, expected) in [
            ("*43", Some((Feature::Echo, ""))),
            ("*97", Some((Feature::Messages, ""))),
            ("*430", None),
            ("*70", Some((Feature::Retrieve, ""))),
            ("*702001", Some((Feature::Retrieve, "2001"))),
            ("*72001", Some((Feature::PickUp, "2001"))),
            ("*7", Some((Feature::PickUp, ""))),
            ("*40", None),
            ("2001", None),
            ("", None),
        ] {
            assert_eq!(codes.read(dialled), expected, "{dialled}");
        }
    }

    #[test]
    fn codes_that_cannot_be_told_apart_are_said() {
        let fault = |set: fn(&mut FeatureCodes)| {
            let mut codes = FeatureCodes::default();
            set(&mut codes);
            codes.fault()
        };
        assert_eq!(fault(|_| {}), None);
        assert_eq!(fault(|c| (c.park, c.hold) = (String::new(), String::new())), None);
        for set in [
            (|c| c.ready = "40".into()) as fn(&mut FeatureCodes),
            |c| c.ready = "*40x".into(),
            |c| c.ready = "*41".into(),
            |c| c.hold = "5".into(),
            |c| c.hold = "*5*5*".into(),
            |c| c.park = "*5".into(),
            |c| c.park = "1*5".into(),
        ] {
            assert!(fault(set).is_some());
        }
        assert_eq!(FeatureCodes::default().in_call().transfer, KeyCode::new("##").unwrap());
    }
}
