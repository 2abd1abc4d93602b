//! Recognition in a process of its own: niced, so that calls come first, and expendable, so that an engine that aborts or
//! eats memory takes no call with it.
//!
//! [`Recogniser`] is the house's end: a desk with bounded queues that starts the worker, starts it again when it dies, and
//! answers every question exactly once. [`worker_main`] is the other end. Between them go length-prefixed frames.

mod admission;
mod counters;
mod desk;
mod link;
pub mod wire;
mod worker;

pub use counters::Counters;
pub use wire::EngineState;
pub use worker::worker_main;

use crate::vad::Utterance;
use crate::{Clip16k, EngineConfig, EngineFault, NotHeard, Options, Transcript, engine::LONGEST, guard};
use admission::Job;
use counters::Count;
use ringdesk_model::Language;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

/// Clips of second passes that the desk knows at once; who comes later waits outside, and is never dropped.
const SECOND_WAITING: usize = 16;

const BACKSTOP: Duration = Duration::from_millis(500);

/// What a clip is wanted for; in this order places are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A machine talks with the caller and waits for the answer.
    Bot,
    /// A caption; dropped when there is no room in time.
    Live,
    /// The transcript that is kept; never dropped.
    SecondPass,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    pub purpose: Purpose,
    pub language: Language,
    /// This engine and no other.
    pub engine: Option<String>,
    pub hot_words: Vec<String>,
    pub narrow: bool,
    /// How much of the clip is voice, where that is known: phantoms are heard in noise.
    pub spoken_ms: Option<u64>,
}

impl Ask {
    pub fn new(purpose: Purpose, language: Language) -> Ask {
        Ask { purpose, language, engine: None, hot_words: Vec::new(), narrow: false, spoken_ms: None }
    }

    /// What is said in this utterance.
    pub fn about(utterance: &Utterance, purpose: Purpose, language: Language, hot_words: &[String]) -> Ask {
        Ask {
            hot_words: hot_words.to_vec(),
            narrow: utterance.narrow,
            spoken_ms: Some(utterance.spoken_ms),
            ..Ask::new(purpose, language)
        }
    }
}

#[derive(Clone, Debug)]
pub struct RecogniserConfig {
    /// The program and arguments that end in [`worker_main`].
    pub worker: (PathBuf, Vec<OsString>),
    /// Who is asked first stands first.
    pub engines: Vec<EngineConfig>,
    /// Clips at once.
    pub places: usize,
    /// Live clips that wait for a place. One more, and the oldest caption is dropped.
    pub waiting: usize,
    /// From question to answer, for [`Purpose::Bot`] and [`Purpose::Live`].
    pub live_deadline: Duration,
    /// For one clip of a second pass, once it has a place.
    pub second_deadline: Duration,
}

impl RecogniserConfig {
    /// A worker of this very binary: `ringdesk asr-worker`.
    pub fn new(program: PathBuf, engines: Vec<EngineConfig>) -> RecogniserConfig {
        RecogniserConfig {
            worker: (program, vec!["asr-worker".into()]),
            engines,
            places: std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2)),
            waiting: 16,
            live_deadline: Duration::from_secs(5),
            second_deadline: Duration::from_secs(120),
        }
    }
}

/// The house's end. Cheap to clone; the worker ends with the last of them.
#[derive(Clone)]
pub struct Recogniser {
    shared: Arc<Shared>,
}

struct Shared {
    inbox: mpsc::Sender<desk::Input>,
    engines: watch::Receiver<Option<Vec<EngineState>>>,
    counters: Arc<Count>,
    second: Semaphore,
    next: AtomicU64,
    live_deadline: Duration,
    second_deadline: Duration,
    places: usize,
}

impl Recogniser {
    /// Within a tokio runtime. The worker starts at once, and in the background.
    pub fn start(config: RecogniserConfig) -> Recogniser {
        let (inbox, receiver) = mpsc::channel(64);
        let (states, engines) = watch::channel(None);
        let counters = Arc::new(Count::default());
        let shared = Shared {
            inbox,
            engines,
            counters: counters.clone(),
            second: Semaphore::new(SECOND_WAITING),
            next: AtomicU64::new(1),
            live_deadline: config.live_deadline,
            second_deadline: config.second_deadline,
            places: config.places.max(1),
        };
        tokio::spawn(desk::run(config, receiver, states, counters));
        Recogniser { shared: Arc::new(shared) }
    }

    /// The engines as configured, and whether each could work: for the doctor and the API. Waits for the worker's first word.
    pub async fn engines(&self) -> Vec<EngineState> {
        let mut engines = self.shared.engines.clone();
        match engines.wait_for(Option::is_some).await {
            Ok(states) => states.clone().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    pub fn counters(&self) -> Counters {
        self.shared.counters.snapshot()
    }

    /// The same, and whenever the worker has looked again; `None` before its first word. Ends with the recogniser.
    pub fn watch(&self) -> watch::Receiver<Option<Vec<EngineState>>> {
        self.shared.engines.clone()
    }

    /// Who would be asked, first to last; or `no_engine`, and why.
    pub async fn choose(&self, language: Language, engine: Option<&str>) -> Result<Vec<EngineState>, NotHeard> {
        let mut states = self.engines().await;
        states.retain(|state| engine.is_none_or(|name| name == state.name));
        able(&states, language)
    }

    /// What is said in this clip. Dropping the future takes the question back.
    pub async fn recognise(&self, clip: &Clip16k, ask: &Ask) -> Result<Transcript, NotHeard> {
        let patience = match ask.purpose {
            Purpose::SecondPass => None,
            Purpose::Bot | Purpose::Live => Some(Instant::now() + self.shared.live_deadline),
        };
        let hear = async {
            let mut engines = self.choose(ask.language, ask.engine.as_deref()).await?;
            // A second opinion takes time that nobody has during a call.
            if ask.purpose != Purpose::SecondPass {
                engines.truncate(1);
            }
            if !guard::audible(clip) {
                return Ok(nothing(&engines[0], ask.language));
            }
            let mut last = NotHeard::Closed;
            for engine in engines {
                let heard = self.ask_one(clip, ask, &engine, patience).await;
                match heard.and_then(|heard| self.believe(heard, clip, ask)) {
                    Err(NotHeard::Failed { engine, fault }) => last = NotHeard::Failed { engine, fault },
                    done => return done,
                }
            }
            Err(last)
        };
        self.shared.counters.asked(ask.purpose, clip.ms());
        let answer = match patience {
            None => hear.await,
            // The desk and the worker keep the time themselves, and know what was late.
            Some(at) => timeout_at(at + BACKSTOP, hear).await.unwrap_or(Err(NotHeard::Dropped)),
        };
        self.shared.counters.answered(ask.purpose, &answer);
        answer
    }

    fn believe(&self, heard: Transcript, clip: &Clip16k, ask: &Ask) -> Result<Transcript, NotHeard> {
        let engine = heard.engine.clone();
        let cleaned = guard::clean(heard, clip.ms(), ask.spoken_ms);
        let (heard, taken) = cleaned.map_err(|fault| NotHeard::Failed { engine, fault })?;
        self.shared.counters.with(|c| c.phantoms += taken);
        Ok(heard)
    }

    /// How many clips are heard at once.
    pub(crate) fn places(&self) -> usize {
        self.shared.places
    }

    async fn ask_one(
        &self,
        clip: &Clip16k,
        ask: &Ask,
        engine: &EngineState,
        patience: Option<Instant>,
    ) -> Result<Transcript, NotHeard> {
        let shared = &self.shared;
        if clip.duration() > LONGEST {
            return Err(NotHeard::Failed { engine: engine.name.clone(), fault: EngineFault::TooLong });
        }
        let _place = match ask.purpose {
            Purpose::SecondPass => Some(shared.second.acquire().await.map_err(|_| NotHeard::Closed)?),
            Purpose::Bot | Purpose::Live => None,
        };
        let id = shared.next.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let hot_words = if engine.capabilities.hot_words { ask.hot_words.clone() } else { Vec::new() };
        let deadline = patience.map_or(shared.second_deadline, |at| at.saturating_duration_since(Instant::now()));
        let options = Options { language: ask.language, hot_words, narrow: ask.narrow, deadline };
        let job = Job {
            id,
            purpose: ask.purpose,
            engine: engine.name.clone(),
            options,
            clip: clip.clone(),
            expires: patience,
            deaths: 0,
            reply,
        };
        let mut asked = Asked { shared, id: Some(id) };
        shared.inbox.send(desk::Input::Hear(job)).await.map_err(|_| NotHeard::Closed)?;
        let answer = answer.await.unwrap_or(Err(NotHeard::Closed));
        asked.id = None;
        answer
    }
}

/// Who of these can be asked, first to last; or `no_engine`, and why.
pub fn able(states: &[EngineState], language: Language) -> Result<Vec<EngineState>, NotHeard> {
    let speaks = states.iter().filter(|state| state.capabilities.languages.contains(&language));
    let able: Vec<EngineState> = speaks.clone().filter(|state| state.fault.is_none()).cloned().collect();
    if !able.is_empty() {
        return Ok(able);
    }
    let why = speaks.filter_map(|state| Some((state.name.clone(), state.fault.clone()?))).collect();
    Err(NotHeard::NoEngine { language, why })
}

/// Nobody needs to be asked about silence.
fn nothing(engine: &EngineState, language: Language) -> Transcript {
    Transcript { segments: Vec::new(), language, engine: engine.name.clone(), model: engine.model.clone() }
}

/// A question that is taken back unless it was answered.
struct Asked<'a> {
    shared: &'a Shared,
    id: Option<u64>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // No room: then its own deadline ends it.
            let _ = self.shared.inbox.try_send(desk::Input::TakeBack(id));
        }
    }
}

impl fmt::Debug for Recogniser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recogniser({:?})", self.counters())
    }
}
