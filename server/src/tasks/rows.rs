//! The rows that running machines need, as snapshots: numbers with their flows, phones, queues and agents.

use crate::caller_rate::CallerRates;
use crate::devices::Devices;
use crate::opening_hours::OpeningHours;
use crate::trunks::Trunks;
use ipnet::IpNet;
use ringdesk_conversations::RecordingRule;
use ringdesk_ivr::{self as ivr, Flow, Refusing, closure_flow, refusing_flow};
use ringdesk_model::{AccountId, Clock, Country, InboxId, Language, Pii, QueueId, Timestamp, TrunkId};
use ringdesk_operations::contact_blocks::{BlockAnswer, KeptOut};
use ringdesk_operations::trunks::PhoneNumber;
use ringdesk_operations::{OperationError, Operations};
use ringdesk_routing::QueueSetup;
use ringdesk_signaling::{Directory, Extension, OwnNumber, SignalingHandle, TrunkSettings, TrunkSpec};
use ringdesk_switchboard::AccountInput;
use ringdesk_voice::{Cause, IncomingCall, Origin};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long somebody who changed rows waits until running machines know them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The prompt that tells callers of the recording.
const NOTICE: &str = "recording.notice";

/// Prompt texts by id.
pub(crate) type Texts = Arc<BTreeMap<String, String>>;

/// A number that is answered.
#[derive(Clone)]
pub(crate) struct Number {
    pub(crate) inbox: InboxId,
    pub(crate) language: Language,
    pub(crate) prompts: Texts,
    pub(crate) recording: RecordingRule,
    /// Of the queues that have a rule of their own.
    pub(crate) queues: Arc<BTreeMap<QueueId, RecordingRule>>,
    /// Steps of its flow that tell the caller of the recording.
    pub(crate) announcing: Arc<BTreeSet<String>>,
    flow: Arc<Flow>,
    closure: Option<ivr::Closure>,
}

impl Number {
    /// The number's flow, or that of its closure while it lasts.
    pub(crate) fn flow_at(&self, now: Timestamp) -> Arc<Flow> {
        match &self.closure {
            Some(closure) if closure.is_on(now) => {
                Arc::new(closure_flow(closure, self.language, self.flow.nearest_queue()))
            }
            _ => self.flow.clone(),
        }
    }
}

/// Where the house stands: what a trunk's settings and a number's forms are read by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Premises {
    pub(crate) home: Country,
    /// How many there are.
    pub(crate) interfaces: usize,
}

/// What calls are answered by. Clones share it.
#[derive(Clone)]
pub(crate) struct Rows {
    numbers: Arc<RwLock<BTreeMap<String, Number>>>,
    /// For inboxes that have no rule of their own.
    recording: RecordingRule,
    premises: Premises,
    trunks: Trunks,
    devices: Devices,
    opening_hours: OpeningHours,
    kept_out: Arc<RwLock<Option<KeptOut>>>,
    caller_rates: CallerRates,
    /// How one waits in queues that say so themselves.
    waiting: Arc<RwLock<Arc<BTreeMap<QueueId, ivr::Waiting>>>>,
    /// Rules are asked of callers who come to a queue.
    rules_callers: Arc<AtomicBool>,
    /// Counts changes; `read` is how many of them running machines know.
    changes: Arc<watch::Sender<u64>>,
    read: Arc<watch::Sender<u64>>,
}

impl Rows {
    /// `recording`: the house's rule.
    pub(crate) fn new(recording: RecordingRule, premises: Premises, trunks: Trunks) -> Rows {
        let (numbers, devices, opening_hours, kept_out, waiting) = Default::default();
        let (rules_callers, caller_rates, changes, read) = Default::default();
        Rows {
            numbers,
            recording,
            premises,
            trunks,
            devices,
            opening_hours,
            kept_out,
            caller_rates,
            waiting,
            rules_callers,
            changes,
            read,
        }
    }

    pub(crate) fn trunks(&self) -> &Trunks {
        &self.trunks
    }

    pub(crate) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(crate) fn opening_hours(&self) -> &OpeningHours {
        &self.opening_hours
    }

    /// What answers this caller: the number's flow, or, where they are turned away, what they are told in its place, and why.
    pub(crate) fn flow_for(
        &self,
        now: Timestamp,
        number: &Number,
        call: &IncomingCall,
    ) -> (Arc<Flow>, Option<&'static str>) {
        // Nobody of the house is kept out of it.
        let outside = matches!(call.origin, Origin::Trunk(_));
        if !outside {
            return (number.flow_at(now), None);
        }
        let (caller, home) = (call.from.number.reveal(), self.premises.home);
        let refused = |answer| Arc::new(refusing_flow(&refusing(answer, number.language), number.language));
        let kept_out = self.kept_out.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = kept_out.as_ref().filter(|list| list.is_kept_out(now, caller, home)) {
            metrics::counter!("calls_kept_out_total").increment(1);
            return (refused(&list.answer), Some("kept_out"));
        }
        if let Some(answer) = self.caller_rates.too_many(now, caller, home) {
            metrics::counter!("calls_too_often_total").increment(1);
            return (refused(&answer), Some("called_too_often"));
        }
        (number.flow_at(now), None)
    }

    /// How callers wait in queues that say so themselves.
    pub(crate) fn waiting(&self) -> Arc<BTreeMap<QueueId, ivr::Waiting>> {
        self.waiting.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether rules are asked of callers who come to a queue.
    pub(crate) fn rules_callers(&self) -> bool {
        self.rules_callers.load(Ordering::Relaxed)
    }

    /// The house's rule.
    pub(crate) fn recording_rule(&self) -> RecordingRule {
        self.recording
    }

    pub(crate) fn premises(&self) -> Premises {
        self.premises
    }

    pub(crate) fn number(&self, dialled: &str) -> Option<Number> {
        self.numbers.read().unwrap_or_else(PoisonError::into_inner).get(dialled).cloned()
    }

    /// In which the numbers of an inbox are answered.
    pub(crate) fn language(&self, inbox: InboxId) -> Option<Language> {
        let numbers = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        numbers.values().find(|number| number.inbox == inbox).map(|number| number.language)
    }

    /// Somebody changed rows: read them again. Returns when that is done, so that whoever made the change can rely on it;
    /// not later than a store takes that answers at all.
    pub(crate) async fn changed(&self) {
        let mut mine = 0;
        self.changes.send_modify(|n| {
            *n += 1;
            mine = *n;
        });
        let mut read = self.read.subscribe();
        let _ = tokio::time::timeout(PATIENCE, read.wait_for(|n| *n >= mine)).await;
    }

    /// Read the numbers. A flow that does not pass its check keeps the number unanswered, and says so.
    pub(crate) async fn load(&self, operations: &Operations, account: AccountId) -> Result<(), OperationError> {
        self.devices.load(operations, account).await?;
        self.opening_hours.load(operations, account).await?;
        let kept_out = operations.kept_out(account).await?;
        *self.kept_out.write().unwrap_or_else(PoisonError::into_inner) = Some(kept_out);
        self.caller_rates.set(operations.caller_limit(account).await?);
        self.rules_callers.store(operations.rules_callers(account).await?, Ordering::Relaxed);
        let plan = operations.floorplan(account).await?;
        let waiting = plan.queues.iter().filter_map(|queue| Some((queue.id, waiting(queue)?)));
        *self.waiting.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(waiting.collect());
        let queues: BTreeMap<String, _> = plan.queues.into_iter().map(|q| (q.name, q.id)).collect();
        let texts = |language| Arc::new(ringdesk_tts::texts(language));
        let prompts = BTreeMap::from(ringdesk_tts::library::LANGUAGES.map(|l| (l, texts(l))));
        let rules = operations.recording_rules(account).await?;
        let of_queues = Arc::new(operations.queue_recording_rules(account).await?);
        let mut numbers = BTreeMap::new();
        for (number, plan) in operations.numbers(account).await? {
            let Some((_, version, document)) = &plan.flow else { continue };
            let flow = match Flow::parse(document) {
                Ok(flow) if flow.is_sound() => flow,
                Ok(_) | Err(_) => {
                    tracing::error!(inbox = %plan.inbox, version, "this inbox has a flow that does not pass its check");
                    continue;
                }
            };
            let language = flow.language.unwrap_or_default();
            let closure = plan.closure.map(|c| ivr::Closure {
                prompt: match ringdesk_tts::texts(language).contains_key(&c.prompt) {
                    true => ivr::Prompt::Id(c.prompt),
                    false => ivr::Prompt::Text(c.prompt),
                },
                until: c.until,
                then: match c.action.strip_prefix("queue:").and_then(|name| queues.get(name)) {
                    Some(queue) => ivr::Then::Queue(*queue),
                    None if c.action == "voicemail" => ivr::Then::Voicemail,
                    None => ivr::Then::Hangup,
                },
            });
            let prompts = prompts[&language].clone();
            let recording = rules.get(&plan.inbox).copied().unwrap_or(self.recording);
            let (announcing, flow) = (Arc::new(announcing(document)), Arc::new(flow));
            let queues = of_queues.clone();
            let row = Number { inbox: plan.inbox, language, prompts, recording, queues, announcing, flow, closure };
            numbers.insert(number, row);
        }
        *self.numbers.write().unwrap_or_else(PoisonError::into_inner) = numbers;
        Ok(())
    }
}

/// What a queue itself does for those who wait; `None`: it leaves that to the flows.
fn waiting(queue: &QueueSetup) -> Option<ivr::Waiting> {
    let offered = queue.callback.filter(|offer| offer.after.is_some() || offer.above.is_some());
    let callback = offered.map(|offer| ivr::CallbackOffer { after: offer.after, above: offer.above });
    (queue.announce.is_some() || callback.is_some())
        .then_some(ivr::Waiting { announce_every: queue.announce, callback })
}

/// How who is kept out is told so.
fn refusing(answer: &BlockAnswer, language: Language) -> Refusing {
    match answer {
        BlockAnswer::Busy => Refusing::With(Cause::Busy),
        BlockAnswer::Decline => Refusing::With(Cause::Declined),
        BlockAnswer::Message(text) => Refusing::Saying(match ringdesk_tts::texts(language).contains_key(text) {
            true => ivr::Prompt::Id(text.clone()),
            false => ivr::Prompt::Text(text.clone()),
        }),
    }
}

/// The steps of a flow that say [`NOTICE`].
fn announcing(document: &str) -> BTreeSet<String> {
    let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let steps = document["steps"].as_object();
    let says = |step: &serde_json::Value| step["prompt"]["id"] == NOTICE;
    steps.into_iter().flatten().filter(|(_, step)| says(step)).map(|(name, _)| name.clone()).collect()
}

/// What signaling needs to know of the rows.
pub(crate) async fn directory(
    operations: &Operations,
    account: AccountId,
    premises: Premises,
) -> Result<Directory, OperationError> {
    let rows = operations.directory(account).await?;
    let answered: BTreeSet<String> = operations.numbers(account).await?.into_keys().collect();
    let numbers = own_numbers(&answered, operations.phone_numbers(account).await?);
    let extensions = rows
        .extensions
        .into_iter()
        .map(|e| Extension { user: e.number, ha1_md5: e.ha1_md5, ha1_sha256: e.ha1_sha256 })
        .collect();
    let mut specs = Vec::new();
    for row in rows.trunks {
        match trunk(row.id, &row.name, &row.networks, &row.settings, row.password, premises) {
            Ok(spec) => specs.push(spec),
            // The others go on.
            Err(fault) => tracing::error!(trunk = row.name, %fault, "this trunk is not used"),
        }
    }
    let trunks = specs.iter().map(|spec| spec.trunk.clone()).collect();
    let directory = Directory::new(rows.realm, extensions, trunks).with_numbers(premises.home, numbers);
    Ok(specs.into_iter().fold(directory, |directory, TrunkSpec { trunk, account, profile }| {
        let directory = directory.with_profile(trunk.id, profile);
        match account {
            Some(account) => directory.with_account(trunk.id, account),
            None => directory,
        }
    }))
}

/// Our numbers, as calls to them are announced: a landing number without an inbox of its own is answered as its label.
fn own_numbers(answered: &BTreeSet<String>, said: Vec<PhoneNumber>) -> Vec<OwnNumber> {
    let bare =
        |number: &String| OwnNumber { number: number.clone(), announced: number.clone(), label: None, channels: None };
    let mut all: BTreeMap<String, OwnNumber> = answered.iter().map(|number| (number.clone(), bare(number))).collect();
    for PhoneNumber { number, label, channels } in said {
        let own = all.entry(number.clone()).or_insert_with(|| bare(&number));
        let as_label = label.as_ref().filter(|label| answered.contains(*label) && !answered.contains(&number));
        own.announced = as_label.unwrap_or(&number).clone();
        (own.label, own.channels) = (label, channels);
    }
    all.into_values().collect()
}

/// What is wrong with a trunk, and where (a JSON pointer into what the API takes).
#[derive(Debug, thiserror::Error)]
#[error("{pointer}: {why}")]
pub(crate) struct TrunkFault {
    pub(crate) pointer: String,
    pub(crate) why: String,
}

/// A trunk as signaling wants it, or what is wrong with it.
pub(crate) fn trunk(
    id: TrunkId,
    name: &str,
    networks: &[String],
    settings: &str,
    password: Option<Pii<String>>,
    premises: Premises,
) -> Result<TrunkSpec, TrunkFault> {
    let fault = |pointer: String, why: String| TrunkFault { pointer, why };
    let network = |(at, text): (usize, &String)| {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.map_err(|_| fault(format!("/networks/{at}"), format!("{text:?} is neither an address nor a network")))
    };
    let nets = networks.iter().enumerate().map(network).collect::<Result<Vec<IpNet>, TrunkFault>>()?;
    let settings: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(settings).map_err(|e| fault("/settings".into(), e.to_string()))?;
    // Each has a default, so each can be read alone: then it is known which one is wrong.
    for (key, value) in &settings {
        let alone = serde_json::Map::from_iter([(key.clone(), value.clone())]);
        if let Err(why) = serde_json::from_value::<TrunkSettings>(alone.into()) {
            let key = key.replace('~', "~0").replace('/', "~1");
            return Err(fault(format!("/settings/{key}"), why.to_string()));
        }
    }
    let settings: TrunkSettings =
        serde_json::from_value(settings.into()).map_err(|e| fault("/settings".into(), e.to_string()))?;
    settings.read(id, name, nets, password, premises.interfaces).map_err(|wrong| match wrong.field {
        "password" => fault("/password".into(), wrong.why),
        field => fault(format!("/settings/{field}"), wrong.why),
    })
}

/// Read the rows again whenever somebody changed them.
pub(crate) async fn run_rows(
    rows: Rows,
    operations: Arc<Operations>,
    account: AccountId,
    signaling: SignalingHandle,
    routing: mpsc::Sender<AccountInput>,
    clock: impl Clock,
) {
    let mut changes = rows.changes.subscribe();
    while changes.changed().await.is_ok() {
        let known = *changes.borrow_and_update();
        tracing::debug!(at = %clock.now(), "rows changed");
        if let Err(fault) = rows.load(&operations, account).await {
            tracing::error!(%fault, "numbers could not be read again");
        }
        match directory(&operations, account, rows.premises).await {
            Ok(directory) => {
                rows.trunks.are(&directory);
                signaling.set_directory(Arc::new(directory));
            }
            Err(fault) => tracing::error!(%fault, "phones and trunks could not be read again"),
        }
        match operations.floorplan(account).await {
            Ok(plan) => drop(routing.send(AccountInput::Configured(plan)).await),
            Err(fault) => tracing::error!(%fault, "queues and agents could not be read again"),
        }
        rows.read.send_replace(known);
    }
}
