//! The rows that running machines need, as snapshots: numbers with their flows, phones, queues and agents.

use anyhow::Context as _;
use ipnet::IpNet;
use ringdesk_conversations::RecordingRule;
use ringdesk_ivr::{self as ivr, Flow, closure_flow};
use ringdesk_model::{AccountId, Clock, InboxId, Language, Pii, QueueId, Timestamp, TrunkId};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_signaling::{Directory, Extension, SignalingHandle, Trunk, TrunkAccount, TrunkSettings};
use ringdesk_switchboard::AccountInput;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
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

/// What calls are answered by. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    numbers: Arc<RwLock<BTreeMap<String, Number>>>,
    /// For inboxes that have no rule of their own.
    recording: RecordingRule,
    /// Counts changes; `read` is how many of them running machines know.
    changes: Arc<watch::Sender<u64>>,
    read: Arc<watch::Sender<u64>>,
}

impl Rows {
    /// `recording`: the house's rule.
    pub(crate) fn new(recording: RecordingRule) -> Rows {
        Rows { recording, ..Rows::default() }
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
        let queues: BTreeMap<String, _> =
            operations.floorplan(account).await?.queues.into_iter().map(|q| (q.name, q.id)).collect();
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

/// The steps of a flow that say [`NOTICE`].
fn announcing(document: &str) -> BTreeSet<String> {
    let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let steps = document["steps"].as_object();
    let says = |step: &serde_json::Value| step["prompt"]["id"] == NOTICE;
    steps.into_iter().flatten().filter(|(_, step)| says(step)).map(|(name, _)| name.clone()).collect()
}

/// What signaling needs to know of the rows.
pub(crate) async fn directory(operations: &Operations, account: AccountId) -> Result<Directory, OperationError> {
    let rows = operations.directory(account).await?;
    let extensions = rows
        .extensions
        .into_iter()
        .map(|e| Extension { user: e.number, ha1_md5: e.ha1_md5, ha1_sha256: e.ha1_sha256 })
        .collect();
    let (mut trunks, mut accounts) = (Vec::new(), Vec::new());
    for row in rows.trunks {
        match trunk(row.id, &row.name, &row.networks, &row.settings, row.password) {
            Ok((trunk, account)) => {
                accounts.extend(account.map(|account| (trunk.id, account)));
                trunks.push(trunk);
            }
            // The others go on.
            Err(fault) => tracing::error!(trunk = row.name, fault = format!("{fault:#}"), "this trunk is not used"),
        }
    }
    let directory = Directory::new(rows.realm, extensions, trunks);
    Ok(accounts.into_iter().fold(directory, |directory, (trunk, account)| directory.with_account(trunk, account)))
}

/// A trunk as signaling wants it, or what is wrong with it.
pub(crate) fn trunk(
    id: TrunkId,
    name: &str,
    networks: &[String],
    settings: &str,
    password: Option<Pii<String>>,
) -> anyhow::Result<(Trunk, Option<TrunkAccount>)> {
    let network = |text: &String| {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        net.with_context(|| format!("{text:?} is neither an address nor a network"))
    };
    let nets = networks.iter().map(network).collect::<anyhow::Result<Vec<IpNet>>>()?;
    let settings: TrunkSettings = serde_json::from_str(settings).context("settings")?;
    Ok(settings.read(id, name, nets, password)?)
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
        match directory(&operations, account).await {
            Ok(directory) => signaling.set_directory(Arc::new(directory)),
            Err(fault) => tracing::error!(%fault, "phones and trunks could not be read again"),
        }
        match operations.floorplan(account).await {
            Ok(plan) => drop(routing.send(AccountInput::Configured(plan)).await),
            Err(fault) => tracing::error!(%fault, "queues and agents could not be read again"),
        }
        rows.read.send_replace(known);
    }
}
