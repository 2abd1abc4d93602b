//! Speech recognition, through the whole house: who is listened to while people talk, and what is heard again afterwards.
//!
//! The room `asr` turns sound into words; it knows no call. Here the copied packets of recorded calls get an ear each
//! ([`ear`]), what it understood becomes captions and lines ([`pen`]), and a durable job listens to the whole recording again
//! ([`second`], with its sound from [`tracks`]); so it does to sounds that people send each other ([`clips`]). A call never waits for any of it: what does not fit is counted and dropped, and is
//! still in the recording.
//!
//! Reading order: [`Hearing`], [`ear`], [`pen`], [`second`], [`tracks`], [`clips`], [`outcome`].

mod clips;
mod ear;
mod outcome;
pub(crate) mod pen;
pub(crate) mod second;
mod tracks;

use crate::config::{Asr, AsrQueue};
use crate::recordings::Taps;
use crate::recordings::taps::Listener as Tapping;
use crate::tasks::journal::Journal;
use anyhow::Context as _;
use ear::{Ear, News};
use pen::Pen;
use ringdesk_asr::recogniser::{EngineState, able};
use ringdesk_asr::{NotHeard, Recogniser, RecogniserConfig};
use ringdesk_model::{
    AccountId, CallId, ConversationId, Full, Language, Outlet, QueueId, RecordingId, Timestamp, WallClock,
};
use ringdesk_operations::Operations;
use ringdesk_operations::transcripts::{QueueSpeech, Speaker};
use ringdesk_vault::AccountKey;
use ringdesk_voice::{CallEvent, LegId, Tapped};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Packets that wait for an ear: two seconds of two people and of what is played to them. When it is full they are lost to
/// the captions, counted, and still in the recording.
const SOUND: usize = 512;
/// News of a call that wait for its ear. A call has a handful of them in an hour.
const NEWS: usize = 64;
/// An ear takes 0.4 % of a core, measured: a tenth of the machine for captions.
const EARS_PER_CORE: usize = 25;
/// How long the recogniser may take to say which engines there are.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is known of a running call, whether somebody listens or not.
#[derive(Default)]
struct Known {
    caller: Option<LegId>,
    parties: BTreeMap<LegId, Speaker>,
    held: BTreeSet<LegId>,
    queue: Option<QueueId>,
    ear: Option<mpsc::Sender<News>>,
}

/// What a recording begins with, as an ear needs it.
pub(crate) struct Beginning {
    pub(crate) call: CallId,
    pub(crate) conversation: ConversationId,
    pub(crate) recording: RecordingId,
    pub(crate) at: Timestamp,
    pub(crate) language: Language,
}

/// Everybody's way to what is heard. One per server.
pub(crate) struct Hearing {
    pub(crate) recogniser: Recogniser,
    operations: Arc<Operations>,
    account: AccountId,
    clock: WallClock,
    journal: Journal,
    pen: Pen,
    /// So many ears at once; a machine full of calls has its cores for them.
    most: usize,
    hot_words: Vec<String>,
    /// By name, as the configuration says; and all of them, as their rows and the configuration say.
    configured: BTreeMap<String, AsrQueue>,
    queues: Mutex<BTreeMap<QueueId, AsrQueue>>,
    calls: Mutex<HashMap<CallId, Known>>,
    /// Ears that have not ended.
    open: watch::Sender<usize>,
    newest: watch::Sender<u64>,
}

impl Hearing {
    /// Start the recogniser's worker, which is this program with another task (`asr-worker`), and the task that writes.
    pub(crate) async fn open(
        config: &Asr,
        operations: &Arc<Operations>,
        (account, key): (AccountId, Arc<AccountKey>),
        clock: WallClock,
        journal: &Journal,
        newest: &watch::Sender<u64>,
    ) -> anyhow::Result<Arc<Hearing>> {
        let closed = operations.close_live_transcripts(account).await?;
        tracing::info!(closed, "captions of a dead server end here");
        let there = operations.queue_speech(account).await?;
        let program = std::env::current_exe().context("where this program lies")?;
        let mut settings = RecogniserConfig::new(program, config.engines.clone());
        settings.live_deadline = Duration::from_secs(config.live_seconds.get());
        settings.second_deadline = Duration::from_secs(config.second_pass_seconds.get());
        settings.places = config.places.map_or(settings.places, |n| n.get());
        for name in config.queues.keys().filter(|name| !there.values().any(|(there, _)| there == *name)) {
            tracing::warn!(queue = name, "speech settings for a queue that is not there");
        }
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        let most = config.live_calls.unwrap_or(EARS_PER_CORE * cores);
        let hearing = Arc::new(Hearing {
            recogniser: Recogniser::start(settings),
            pen: Pen::start(operations.clone(), key, newest.clone()),
            operations: operations.clone(),
            account,
            clock,
            journal: journal.clone(),
            most: if config.live { most } else { 0 },
            hot_words: config.hot_words.clone(),
            configured: config.queues.clone(),
            queues: Mutex::default(),
            calls: Mutex::default(),
            open: watch::Sender::new(0),
            newest: newest.clone(),
        });
        tokio::spawn(report(hearing.recogniser.watch()));
        Ok(hearing)
    }

    /// A recording begins: listen along from its first instant.
    pub(crate) fn begin(self: &Arc<Self>, taps: &Taps, beginning: Beginning) {
        if *self.open.borrow() >= self.most {
            metrics::counter!("asr_calls_without_captions_total").increment(1);
            return;
        }
        let call = beginning.call;
        let (put, sound) = mpsc::channel(SOUND);
        let (tell, news) = mpsc::channel(NEWS);
        let mut calls = self.lock();
        let Some(known) = calls.get_mut(&call) else { return };
        known.ear = Some(tell);
        let ear = Ear::new(self.clone(), taps.clone(), beginning, known);
        drop(calls);
        taps.listen(call, Tapping::Recogniser, outlet(put));
        let open = self.open.clone();
        open.send_modify(|n| *n += 1);
        let of = ear.of();
        let (hearing, task) = (self.clone(), tokio::spawn(ear.run(sound, news)));
        tokio::spawn(async move {
            if task.await.is_err() {
                tracing::error!(call.id = %call, "an ear failed; the call goes on without captions");
                hearing.failed(&of).await;
            }
            open.send_modify(|n| *n -= 1);
        });
    }

    /// The recording was stopped; nobody listens any more.
    pub(crate) fn stop(&self, taps: &Taps, call: CallId) {
        let ear = self.lock().get_mut(&call).and_then(|known| known.ear.take());
        if ear.is_some() {
            taps.leave(call, Tapping::Recogniser);
        }
    }

    /// Something happened in a call.
    pub(crate) fn event(&self, call: CallId, event: &CallEvent) {
        let mut calls = self.lock();
        if let CallEvent::Started { leg, .. } = event {
            calls.insert(call, Known { caller: Some(*leg), ..Known::default() });
            return;
        }
        let Some(known) = calls.get_mut(&call) else { return };
        let news = match event {
            CallEvent::Bridged { b, agent, .. } => {
                let speaker = Speaker::Agent(*agent);
                known.parties.insert(*b, speaker);
                News::Joined(*b, speaker)
            }
            CallEvent::Reconnected { leg, was, agent } if leg != was => {
                let speaker = Speaker::Agent(Some(*agent));
                known.parties.insert(*leg, speaker);
                if known.held.remove(was) {
                    known.held.insert(*leg);
                }
                News::Joined(*leg, speaker)
            }
            CallEvent::Queued { queue, .. } => {
                known.queue = Some(*queue);
                News::Queue(*queue)
            }
            CallEvent::Held { leg } => {
                known.held.insert(*leg);
                News::Held(*leg)
            }
            CallEvent::Resumed { leg } => {
                known.held.remove(leg);
                News::Resumed(*leg)
            }
            CallEvent::LegEnded { leg, .. } => {
                known.held.remove(leg);
                News::Resumed(*leg)
            }
            CallEvent::Ended { .. } => {
                calls.remove(&call);
                return;
            }
            _ => return,
        };
        if let Some(ear) = &known.ear
            && ear.try_send(news).is_err()
        {
            metrics::counter!("asr_news_lost_total").increment(1);
        }
    }

    /// The call's task is gone, however it ended.
    pub(crate) fn closed(&self, call: CallId) {
        self.lock().remove(&call);
    }

    /// Wait until every ear has said what it heard.
    pub(crate) async fn finished(&self) {
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Which engine hears this language; asked once per call.
    async fn engine(&self, language: Language) -> Result<String, NotHeard> {
        match tokio::time::timeout(PATIENCE, self.recogniser.choose(language, None)).await {
            Ok(able) => Ok(able?.first().map(|e| named(&e.name, &e.model)).unwrap_or_default()),
            Err(_) => Err(NotHeard::Closed),
        }
    }

    /// How callers are heard in which queue, as it is now: asked when a recording begins, and when one is heard again.
    async fn learn(&self) {
        match self.operations.queue_speech(self.account).await {
            Ok(rows) => {
                let queue = |(id, (name, row)): (QueueId, (String, QueueSpeech))| {
                    let mut all = self.configured.get(&name).cloned().unwrap_or_default();
                    // The row was written later, by somebody who looked at this queue.
                    all.language = row.language.or(all.language);
                    all.hot_words.extend(row.hot_words);
                    (id, all)
                };
                *self.queues() = rows.into_iter().map(queue).collect();
            }
            Err(fault) => tracing::warn!(%fault, "how queues are heard could not be read; it stays as it was"),
        }
    }

    /// In this queue the caller is heard so.
    fn queue(&self, queue: QueueId) -> Option<AsrQueue> {
        self.queues().get(&queue).cloned()
    }

    fn queues_have_languages(&self) -> bool {
        self.queues().values().any(|queue| queue.language.is_some())
    }

    /// What engines should expect.
    fn hot_words(&self, queue: Option<QueueId>) -> Vec<String> {
        let more = queue.and_then(|q| self.queue(q)).map(|q| q.hot_words).unwrap_or_default();
        self.hot_words.iter().cloned().chain(more).collect()
    }

    fn queues(&self) -> std::sync::MutexGuard<'_, BTreeMap<QueueId, AsrQueue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever follows the outbox looks.
    pub(crate) fn wake(&self, event: i64) {
        pen::wake(&self.newest, event);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Known>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Figures for `/metrics`.
pub(crate) fn figures(recogniser: &Recogniser) -> [(&'static str, u64); 14] {
    let counted = recogniser.counters();
    let [bot, live, second] = counted.asked;
    let [_, live_heard, second_heard] = counted.heard;
    let [_, live_dropped, _] = counted.dropped;
    let no_engine = counted.failed.get("no_engine").copied().unwrap_or(0);
    [
        ("asr_bot_clips_total", bot),
        ("asr_live_clips_total", live),
        ("asr_live_clips_heard_total", live_heard),
        ("asr_live_clips_dropped_total", live_dropped),
        ("asr_second_pass_clips_total", second),
        ("asr_second_pass_clips_heard_total", second_heard),
        ("asr_no_engine_total", no_engine),
        ("asr_clips_failed_total", counted.failed.values().sum::<u64>() - no_engine),
        ("asr_audio_ms_total", counted.audio_ms),
        ("asr_phantoms_total", counted.phantoms),
        ("asr_worker_starts_total", counted.started),
        ("asr_worker_hung_total", counted.hung),
        ("asr_waiting", counted.waiting),
        ("asr_working", counted.working),
    ]
}

/// Which languages are heard by whom, for the metrics and the log: at the start, and whenever that changes.
async fn report(mut looked: watch::Receiver<Option<Vec<EngineState>>>) {
    let mut last = BTreeMap::new();
    while let Ok(states) = looked.wait_for(Option::is_some).await.map(|states| states.clone().unwrap_or_default()) {
        for state in &states {
            let gauge = metrics::gauge!("asr_engine_ready", "engine" => state.name.clone());
            gauge.set(if state.fault.is_none() { 1.0 } else { 0.0 });
        }
        for language in [Language::En, Language::ZhCn] {
            let able = able(&states, language);
            let gauge = metrics::gauge!("asr_no_engine", "language" => language.as_str());
            gauge.set(if able.is_ok() { 0.0 } else { 1.0 });
            let said = able.map(|able| able.iter().map(|e| named(&e.name, &e.model)).collect::<Vec<_>>());
            if last.get(&language) == Some(&said) {
                continue;
            }
            match &said {
                Ok(engines) => tracing::info!(language = language.as_str(), ?engines, "speech is recognised"),
                Err(why) => tracing::warn!(language = language.as_str(), %why, "speech is not recognised"),
            }
            last.insert(language, said);
        }
        if looked.changed().await.is_err() {
            return;
        }
    }
}

/// Engine and model, as a transcript's row names them.
fn named(engine: &str, model: &str) -> String {
    format!("{engine} {model}").trim().to_owned()
}

/// What an ear takes from the tap.
fn outlet(put: mpsc::Sender<Tapped>) -> Outlet<Tapped> {
    Outlet::new(move |tapped| match put.try_send(tapped) {
        Ok(()) => Ok(()),
        Err(mpsc::error::TrySendError::Full(tapped)) => {
            metrics::counter!("asr_sound_lost_total").increment(1);
            Err(Full(tapped))
        }
        Err(mpsc::error::TrySendError::Closed(_)) => Ok(()), // it has ended; nobody misses it
    })
}
