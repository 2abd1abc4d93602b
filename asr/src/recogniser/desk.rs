//! The task between those who ask and the worker. It alone starts and ends the process.

use super::RecogniserConfig;
use super::admission::{Admission, Job};
use super::counters::Count;
use super::link::Link;
use super::wire::{EngineState, FromWorker, ToWorker};
use crate::{Capabilities, EngineConfig, EngineFault, NotHeard};
use ringdesk_model::Pii;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// After a death the worker is started again after this, then twice this, and so on.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A worker that lived so long did not die of its start.
const SETTLED: Duration = Duration::from_secs(30);
/// So many starts without a word from it, and nobody waits for the next: it goes on, at ease.
const MOST_STILLBORN: u32 = 4;
/// It says which engines it has within this.
const START: Duration = Duration::from_secs(20);
/// An engine's deadline is kept by the worker; when it says nothing for so much longer it hangs itself.
const GRACE: Duration = Duration::from_secs(2);
/// Somebody may install a model at any time.
const LOOK: Duration = Duration::from_secs(60);

pub(super) enum Input {
    Hear(Job),
    TakeBack(u64),
}

struct Desk {
    config: RecogniserConfig,
    admission: Admission,
    worker: Worker,
    /// At work, and when the worker must have answered.
    working: BTreeMap<u64, (Job, Instant)>,
    states: watch::Sender<Option<Vec<EngineState>>>,
    counters: Arc<Count>,
    deaths: u32,
    /// In a row, without a word in between.
    stillborn: u32,
}

enum Worker {
    Down {
        until: Instant,
    },
    /// It has until `deadline` to say which engines it has.
    Starting {
        link: Link,
        deadline: Instant,
    },
    Up {
        link: Link,
        since: Instant,
        look: Instant,
    },
}

pub(super) async fn run(
    config: RecogniserConfig,
    mut inbox: mpsc::Receiver<Input>,
    states: watch::Sender<Option<Vec<EngineState>>>,
    counters: Arc<Count>,
) {
    let admission = Admission::new(config.places, config.waiting);
    let worker = Worker::Down { until: Instant::now() };
    let mut desk =
        Desk { config, admission, worker, working: BTreeMap::new(), states, counters, deaths: 0, stillborn: 0 };
    loop {
        let wake = desk.turn();
        tokio::select! {
            input = inbox.recv() => match input {
                Some(input) => desk.take(input),
                // The last who could ask is gone: the worker ends with us.
                None => return,
            },
            message = desk.worker.message() => match message {
                Some(message) => desk.hear(message),
                None => desk.died(),
            },
            () = sleep_until(wake) => {}
        }
    }
}

impl Worker {
    async fn message(&mut self) -> Option<FromWorker> {
        match self {
            Worker::Down { .. } => std::future::pending().await,
            Worker::Starting { link, .. } | Worker::Up { link, .. } => link.messages.recv().await,
        }
    }
}

impl Desk {
    fn take(&mut self, input: Input) {
        match input {
            Input::Hear(job) => self.admission.admit(job),
            Input::TakeBack(id) => {
                self.admission.take_back(id);
                if self.working.remove(&id).is_some()
                    && let Worker::Up { link, .. } = &self.worker
                    && link.send(&ToWorker::TakeBack { id }, &[]).is_err()
                {
                    self.died();
                }
            }
        }
    }

    fn hear(&mut self, message: FromWorker) {
        match message {
            FromWorker::Engines(engines) => {
                self.states.send_replace(Some(engines));
                self.stillborn = 0;
                let now = Instant::now();
                let worker = std::mem::replace(&mut self.worker, Worker::Down { until: now });
                self.worker = match worker {
                    Worker::Starting { link, .. } => Worker::Up { link, since: now, look: now + LOOK },
                    other => other,
                };
            }
            FromWorker::Heard { id, answer } => {
                if let Some((job, _)) = self.working.remove(&id) {
                    let engine = job.engine.clone();
                    job.answer(answer.map_err(|fault| NotHeard::Failed { engine, fault }));
                }
            }
        }
    }

    /// Do all that is due. Gives when to look again.
    fn turn(&mut self) -> Instant {
        let now = Instant::now();
        self.admission.expire(now);
        if self.working.values().any(|(_, hung)| *hung <= now) {
            self.counters.with(|c| c.hung += 1);
            self.died();
        }
        match &mut self.worker {
            Worker::Down { until } if *until <= now => self.start(now),
            Worker::Starting { deadline, .. } if *deadline <= now => {
                self.counters.with(|c| c.hung += 1);
                self.died();
            }
            Worker::Up { link, look, .. } if *look <= now => {
                *look = now + LOOK;
                if link.send(&ToWorker::Look, &[]).is_err() {
                    self.died();
                }
            }
            _ => {}
        }
        self.dispatch(now);
        self.counters.waiting.store(self.admission.waiting() as u64, Ordering::Relaxed);
        self.counters.working.store(self.working.len() as u64, Ordering::Relaxed);
        let worker = match &self.worker {
            Worker::Down { until } => *until,
            Worker::Starting { deadline, .. } => *deadline,
            Worker::Up { look, .. } => *look,
        };
        let hung = self.working.values().map(|(_, hung)| *hung);
        hung.chain(self.admission.next_expiry()).chain([worker]).min().unwrap_or(worker)
    }

    fn start(&mut self, now: Instant) {
        self.counters.with(|c| c.started += 1);
        match Link::start(&self.config) {
            Ok(link) => self.worker = Worker::Starting { link, deadline: now + START },
            Err(e) => {
                tracing::error!(error = %e, "the recognition worker cannot be started");
                self.died();
            }
        }
    }

    fn dispatch(&mut self, now: Instant) {
        while let Worker::Up { link, .. } = &self.worker {
            let Some(mut job) = self.admission.next(self.working.len()) else { return };
            if job.reply.is_closed() {
                continue;
            }
            if let Some(at) = job.expires {
                job.options.deadline = at.saturating_duration_since(now);
            }
            let hear = ToWorker::Hear { id: job.id, engine: job.engine.clone(), options: job.options.clone() };
            let sent = link.send(&hear, job.clip.samples());
            let hung = now + job.options.deadline + GRACE;
            self.working.insert(job.id, (job, hung));
            if sent.is_err() {
                self.died();
            }
        }
    }

    /// The worker is dead, or is as good as dead and ends here.
    fn died(&mut self) {
        let now = Instant::now();
        if matches!(&self.worker, Worker::Up { since, .. } if now.duration_since(*since) > SETTLED) {
            self.deaths = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.deaths.min(10)).min(LONGEST_PAUSE);
        self.deaths += 1;
        tracing::warn!(deaths = self.deaths, ?pause, "the recognition worker is gone and will be started again");
        let fault = || EngineFault::Crashed { status: "the recognition worker died".into(), complaint: Pii::default() };
        if !matches!(self.worker, Worker::Up { .. }) {
            self.stillborn += 1;
        }
        // It never said which engines it has, or no longer does: so none can work.
        if self.states.borrow().is_none() || self.stillborn >= MOST_STILLBORN {
            let states = self.config.engines.iter().map(|e| unable(e, fault())).collect();
            self.states.send_replace(Some(states));
            self.admission.give_up(|engine| NotHeard::Failed { engine, fault: fault() });
        }
        self.worker = Worker::Down { until: now + pause };
        for (_, (job, _)) in std::mem::take(&mut self.working) {
            let engine = job.engine.clone();
            self.admission.died(job, NotHeard::Failed { engine, fault: fault() });
        }
    }
}

fn unable(engine: &EngineConfig, fault: EngineFault) -> EngineState {
    EngineState {
        name: engine.name().into(),
        model: String::new(),
        capabilities: Capabilities { languages: engine.languages(), hot_words: false, word_times: false },
        fault: Some(fault),
    }
}
