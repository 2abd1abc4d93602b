//! whisper.cpp in the worker process, with weights that the operator brings (`ringdesk models`).
//!
//! It believes what it reads and ends its process when it is surprised: so a file is looked at before it is loaded, and
//! nothing of this runs in the house. It is built for processors with AVX2; where that is missing, it says so.

mod text;

use super::{WhisperConfig, answer, short};
use crate::engine::{Hearing, RATE, Transcript};
use crate::models::{ModelFault, sum, weights};
use crate::{Capabilities, Clip16k, Engine, EngineFault, Options};
use ringdesk_model::{Language, Pii};
use std::ffi::c_void;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

/// Built elsewhere than in this workspace it would be built for that one machine, and end on others by SIGILL.
const _: () = assert!(
    matches!(option_env!("GGML_NATIVE"), Some(value) if matches!(value.as_bytes(), b"OFF")),
    "run cargo inside the workspace, or set what stands in .cargo/config.toml"
);

/// It refuses less than a second.
const SHORTEST: usize = RATE as usize * 5 / 4;
/// Encoder positions for a second of sound, and for the 30 seconds of its window.
const POSITIONS: usize = 50;
const WINDOW: usize = 1_500;
/// Who has so long may try again, hotter, what came out as nonsense.
const AT_EASE: Duration = Duration::from_secs(30);
/// Of a prompt: half of what the model remembers is for what it says.
const MOST_PROMPT: usize = 200;
/// In bytes: whisper.cpp reads it by a recursion that is as deep as the text is long.
const LONGEST_PROMPT: usize = 800;
/// Mandarin begins in simplified characters, and goes on in them.
const MANDARIN: &str = "以下是普通话的句子。";

pub(super) struct Whisper {
    config: WhisperConfig,
    label: String,
    /// Of the file as it was last seen.
    seen: Mutex<Option<(Stamp, Result<weights::Weights, EngineFault>)>>,
    loaded: Mutex<Option<(Stamp, Arc<WhisperContext>)>>,
    /// Work memory of jobs that are done, for the next ones.
    idle: Mutex<Vec<(Stamp, WhisperState)>>,
}

/// By which a file is the same as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Whisper {
    pub(super) fn new(config: WhisperConfig) -> Whisper {
        // Its lines would stand in the house's log, and say nothing to an operator.
        whisper_rs::install_logging_hooks();
        let label = config.model.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Whisper { config, label, seen: Mutex::default(), loaded: Mutex::default(), idle: Mutex::default() }
    }

    fn stamp(&self) -> Result<Stamp, EngineFault> {
        let file = &self.config.model;
        let data = std::fs::metadata(file).map_err(|_| not_ready(&ModelFault::Missing(file.clone())))?;
        Ok(Stamp { inode: data.ino(), length: data.len(), changed: (data.mtime(), data.mtime_nsec()) })
    }

    /// What the file is, looked at once for as long as it stays the same.
    fn weights(&self) -> Result<(Stamp, weights::Weights), EngineFault> {
        processor()?;
        let stamp = self.stamp()?;
        let mut seen = lock(&self.seen);
        let known = match &*seen {
            Some((at, known)) if *at == stamp => known.clone(),
            _ => {
                let fresh = self.examine();
                *seen = Some((stamp, fresh.clone()));
                fresh
            }
        };
        known.map(|weights| (stamp, weights))
    }

    fn examine(&self) -> Result<weights::Weights, EngineFault> {
        let WhisperConfig { model, sha256, languages, .. } = &self.config;
        let weights = weights::inspect(model).map_err(|fault| not_ready(&fault))?;
        if let Some(wanted) = sha256.as_ref().map(|s| s.to_ascii_lowercase()) {
            let found = sum(model).map_err(|fault| not_ready(&fault))?;
            if found != wanted {
                return Err(not_ready(&ModelFault::OtherSum { file: model.clone(), wanted, found }));
            }
        }
        if !weights.multilingual && !languages.contains(&Language::En) {
            return Err(EngineFault::NotReady(format!("{} knows only English", model.display())));
        }
        Ok(weights)
    }

    fn context(&self) -> Result<(Stamp, Arc<WhisperContext>), EngineFault> {
        let (stamp, _) = self.weights()?;
        let mut loaded = lock(&self.loaded);
        if let Some((at, context)) = &*loaded
            && *at == stamp
        {
            return Ok((stamp, context.clone()));
        }
        *loaded = None;
        lock(&self.idle).clear();
        let parameters = WhisperContextParameters { use_gpu: false, ..WhisperContextParameters::default() };
        match WhisperContext::new_with_params(&self.config.model, parameters) {
            Ok(context) => {
                let context = Arc::new(context);
                *loaded = Some((stamp, context.clone()));
                Ok((stamp, context))
            }
            Err(_) => {
                let fault = EngineFault::NotReady(format!("whisper.cpp does not take {}", self.config.model.display()));
                // Nobody asks again before the file changes.
                *lock(&self.seen) = Some((stamp, Err(fault.clone())));
                Err(fault)
            }
        }
    }

    /// Seconds of work on a thread of its own. `stop` ends it within a tenth of a second.
    fn work(&self, clip: &Clip16k, options: &Options, stop: &AtomicBool) -> Result<answer::Answer, EngineFault> {
        let (stamp, context) = self.context()?;
        let broken = |what: &str| EngineFault::Crashed { status: what.into(), complaint: Pii::default() };
        let idle = lock(&self.idle).pop().filter(|(at, _)| *at == stamp);
        let mut state = match idle {
            Some((_, state)) => state,
            None => context.create_state().map_err(|_| broken("no memory to work in"))?,
        };
        let prompt = prompt(&context, options);
        let mut sound: Vec<f32> = clip.samples().iter().map(|s| f32::from(*s) / 32_768.0).collect();
        if sound.len() < SHORTEST {
            sound.resize(SHORTEST, 0.0);
        }
        let mut parameters = self.parameters(options, sound.len());
        parameters.set_tokens(&prompt);
        #[expect(unsafe_code, reason = "the safe callback of this version casts its closure to another type")]
        // SAFETY: `stopped` reads a flag that lives until `full` returns, and touches nothing of whisper.cpp.
        unsafe {
            parameters.set_abort_callback(Some(stopped));
            parameters.set_abort_callback_user_data(std::ptr::from_ref(stop).cast_mut().cast());
        }
        match state.full(parameters, &sound) {
            Ok(()) => {}
            Err(_) if stop.load(Ordering::Relaxed) => return Err(EngineFault::Deadline(options.deadline)),
            Err(fault) => return Err(broken(&fault.to_string())),
        }
        let heard = text::answer(&state, context.token_eot());
        lock(&self.idle).push((stamp, state));
        Ok(heard)
    }

    fn parameters<'a>(&self, options: &Options, samples: usize) -> FullParams<'a, 'a> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_language(Some(short(options.language)));
        parameters.set_n_threads(i32::from(self.config.threads.get()));
        parameters.set_token_timestamps(true);
        parameters.set_no_context(true);
        parameters.set_suppress_blank(true);
        // Notes, applause, (music): nobody says them.
        parameters.set_suppress_nst(true);
        parameters.set_temperature_inc(if options.deadline >= AT_EASE { 0.2 } else { 0.0 });
        for off in [
            FullParams::set_print_special,
            FullParams::set_print_progress,
            FullParams::set_print_realtime,
            FullParams::set_print_timestamps,
        ] {
            off(&mut parameters, false);
        }
        if self.config.short_context {
            let positions = (samples * POSITIONS).div_ceil(RATE as usize) + 64;
            parameters.set_audio_ctx(i32::try_from(positions.min(WINDOW)).unwrap_or(0));
        }
        parameters
    }
}

/// What goes before: in which characters to write, and which names to expect.
fn prompt(context: &WhisperContext, options: &Options) -> Vec<i32> {
    let (mut text, separator, end) = match options.language {
        Language::ZhCn => (MANDARIN.to_owned(), "、", "。"),
        Language::En => (String::new(), ", ", "."),
    };
    for (n, word) in options.hot_words.iter().enumerate() {
        let word = word.replace('\0', "");
        if text.len() + word.len() > LONGEST_PROMPT {
            break;
        }
        text = text + if n > 0 { separator } else { "" } + &word;
    }
    if !options.hot_words.is_empty() {
        text.push_str(end);
    }
    // A token is at least a byte: with room for all, it never says that there is too little.
    let mut tokens = context.tokenize(&text, text.len() + 1).unwrap_or_default();
    tokens.truncate(MOST_PROMPT);
    tokens
}

#[expect(unsafe_code, reason = "whisper.cpp calls it")]
unsafe extern "C" fn stopped(flag: *mut c_void) -> bool {
    // SAFETY: the pointer is that of the flag in `work`, which outlives the call that uses it.
    unsafe { (*flag.cast::<AtomicBool>()).load(Ordering::Relaxed) }
}

/// What it is built for (.cargo/config.toml); a call on another processor would end the process.
fn processor() -> Result<(), EngineFault> {
    #[cfg(target_arch = "x86_64")]
    {
        let able = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
            && is_x86_feature_detected!("bmi2");
        if !able {
            return Err(EngineFault::NotReady("this processor has no AVX2, FMA, F16C and BMI2".into()));
        }
    }
    Ok(())
}

fn not_ready(fault: &ModelFault) -> EngineFault {
    EngineFault::NotReady(fault.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody waits for the work; when nobody does any more, it stops.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The engine, as the house knows it; a job holds on to it from its own thread.
pub(super) struct Shared(Arc<Whisper>);

impl Shared {
    pub(super) fn new(config: WhisperConfig) -> Shared {
        Shared(Arc::new(Whisper::new(config)))
    }
}

impl Engine for Shared {
    fn name(&self) -> &str {
        &self.0.config.name
    }

    fn model(&self) -> &str {
        &self.0.label
    }

    fn capabilities(&self) -> Capabilities {
        let mut languages = self.0.config.languages.clone();
        // A model that knows only English is not asked for anything else.
        if self.0.weights().is_ok_and(|(_, weights)| !weights.multilingual) {
            languages.retain(|l| *l == Language::En);
        }
        Capabilities { languages, hot_words: true, word_times: true }
    }

    fn ready(&self) -> Result<(), EngineFault> {
        self.0.weights().map(drop)
    }

    fn transcribe<'a>(&'a self, clip: &'a Clip16k, options: &'a Options) -> Hearing<'a> {
        Box::pin(async move {
            let stop = Arc::new(AtomicBool::new(false));
            let _wanted = Wanted(stop.clone());
            let (engine, sound, asked) = (self.0.clone(), clip.clone(), options.clone());
            let work = tokio::task::spawn_blocking(move || engine.work(&sound, &asked, &stop));
            let heard = work.await.map_err(|e| EngineFault::Crashed {
                status: if e.is_panic() { "a panic".into() } else { "taken back".into() },
                complaint: Pii::default(),
            })??;
            Ok(Transcript::of(self, options, answer::check(heard, clip, options.language)?))
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whisper({:?})", self.0.config)
    }
}

#[cfg(test)]
#[path = "whisper_tests.rs"]
mod tests;
