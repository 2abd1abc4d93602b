//! The worker's end: reads questions, asks engines, writes answers. It knows no queue; the desk gives it no more than it
//! can do at once. When the house closes the pipe it ends, and its engines with it.

use super::wire::{self, EngineState, FromWorker, ToWorker};
use crate::{Clip16k, Engine, EngineFault, Options, Transcript, os};
use ringdesk_model::Pii;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::timeout;

type Answer = Result<Transcript, EngineFault>;

/// The whole life of the process, from the first frame to the end of `input`. To be called from `main`, before any runtime
/// and before anything that writes to standard output.
pub fn worker_main(input: impl Read + Send + 'static, mut output: impl Write) -> io::Result<()> {
    // Without it recognition works as well, only less modestly.
    let _ = os::be_nice();
    let (sender, mut frames) = mpsc::channel(4);
    std::thread::Builder::new().name("asr-input".into()).spawn(move || {
        let mut input = input;
        // Ends the channel at the end of the input, at rubbish, and when nobody takes frames any more.
        while let Ok(Some(frame)) = wire::read::<ToWorker>(&mut input) {
            if sender.blocking_send(frame).is_err() {
                return;
            }
        }
    })?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
        let mut worker = Worker::default();
        loop {
            let answer = tokio::select! {
                frame = frames.recv() => match frame {
                    None => return Ok(()),
                    Some((message, sound)) => worker.take(message, sound),
                },
                Some(done) = worker.tasks.join_next_with_id() => worker.done(done),
            };
            if let Some(answer) = answer {
                output.write_all(&wire::frame(&answer, &[])?)?;
                output.flush()?;
            }
        }
    })
}

#[derive(Default)]
struct Worker {
    engines: Vec<Arc<dyn Engine>>,
    tasks: JoinSet<Answer>,
    running: BTreeMap<Id, (u64, AbortHandle)>,
}

impl Worker {
    fn take(&mut self, message: ToWorker, sound: Vec<i16>) -> Option<FromWorker> {
        match message {
            ToWorker::Engines(configs) => {
                self.engines = configs.iter().map(|c| c.build()).collect();
                Some(self.look())
            }
            ToWorker::Look => Some(self.look()),
            ToWorker::Hear { id, engine, options } => {
                let Some(engine) = self.engines.iter().find(|e| e.name() == engine).cloned() else {
                    return Some(FromWorker::Heard { id, answer: Err(EngineFault::Missing(engine)) });
                };
                let handle = self.tasks.spawn(hear(engine, Clip16k::new(sound), options));
                self.running.insert(handle.id(), (id, handle));
                None
            }
            ToWorker::TakeBack { id } => {
                for (_, handle) in self.running.values().filter(|(running, _)| *running == id) {
                    handle.abort();
                }
                None
            }
        }
    }

    fn done(&mut self, done: Result<(Id, Answer), JoinError>) -> Option<FromWorker> {
        let (task, answer) = match done {
            Ok((task, answer)) => (task, Some(answer)),
            // Taken back: nobody waits for an answer.
            Err(e) if e.is_cancelled() => (e.id(), None),
            Err(e) => {
                let fault = EngineFault::Crashed { status: "a panic".into(), complaint: Pii::default() };
                (e.id(), Some(Err(fault)))
            }
        };
        let (id, _) = self.running.remove(&task)?;
        answer.map(|answer| FromWorker::Heard { id, answer })
    }

    fn look(&self) -> FromWorker {
        let state = |engine: &Arc<dyn Engine>| EngineState {
            name: engine.name().into(),
            model: engine.model().into(),
            capabilities: engine.capabilities(),
            fault: engine.ready().err(),
        };
        FromWorker::Engines(self.engines.iter().map(state).collect())
    }
}

async fn hear(engine: Arc<dyn Engine>, clip: Clip16k, options: Options) -> Answer {
    match timeout(options.deadline, engine.transcribe(&clip, &options)).await {
        Ok(answer) => answer,
        Err(_) => Err(EngineFault::Deadline(options.deadline)),
    }
}
