//! The contract between an engine and the house, and the words of a transcript.

use crate::EngineFault;
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Samples per second of everything an engine hears.
pub const RATE: u32 = 16_000;
/// The longest clip an engine is asked to hear: the voice detector cuts at a quarter of it.
pub const LONGEST: Duration = Duration::from_secs(60);

/// Sound for an engine: 16 kHz mono, 16 bits. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip16k {
    samples: Arc<[i16]>,
}

/// What an engine can do, so that nobody asks for more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub languages: Vec<Language>,
    /// It takes notice of [`Options::hot_words`].
    pub hot_words: bool,
    /// Its segments come with the time of each word.
    pub word_times: bool,
}

/// What is asked of an engine for one clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    pub language: Language,
    /// Names of products and people that are likely here.
    pub hot_words: Vec<String>,
    /// The clip was telephone sound: nothing above 4 kHz in it.
    pub narrow: bool,
    /// The engine has this long, once it begins.
    pub deadline: Duration,
}

/// What one engine understood of one clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// In order of time; empty when nobody said anything.
    pub segments: Vec<Segment>,
    pub language: Language,
    pub engine: String,
    pub model: String,
}

/// Some words in a row. Times count from the start of the clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub text: Pii<String>,
    pub start_ms: u64,
    pub end_ms: u64,
    /// Empty where the engine does not say.
    pub words: Vec<Word>,
    /// From 0 to 1.
    pub confidence: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    pub text: Pii<String>,
    pub start_ms: u64,
    pub end_ms: u64,
    pub confidence: Option<f32>,
}

/// What an engine promises. Dropping the future ends the work, on whatever machine it is done.
pub type Hearing<'a> = Pin<Box<dyn Future<Output = Result<Transcript, EngineFault>> + Send + 'a>>;

/// Something that turns a clip into words. It keeps no deadline of its own: whoever asks drops the future in time.
pub trait Engine: Send + Sync + fmt::Debug {
    /// As the configuration names it.
    fn name(&self) -> &str;
    /// Which weights, which voice, which version: what a reader of the transcript may want to know.
    fn model(&self) -> &str;
    fn capabilities(&self) -> Capabilities;
    /// Could it work now? Cheap: asked at the start of the worker, and by the doctor.
    fn ready(&self) -> Result<(), EngineFault>;
    fn transcribe<'a>(&'a self, clip: &'a Clip16k, options: &'a Options) -> Hearing<'a>;
}

impl Clip16k {
    pub fn new(samples: impl Into<Arc<[i16]>>) -> Clip16k {
        Clip16k { samples: samples.into() }
    }

    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.samples.len() as u64 * 1_000_000 / u64::from(RATE))
    }

    pub fn ms(&self) -> u64 {
        self.samples.len() as u64 * 1_000 / u64::from(RATE)
    }
}

impl fmt::Debug for Clip16k {
    /// The samples are somebody's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip16k({} ms)", self.ms())
    }
}

impl Options {
    pub fn new(language: Language, deadline: Duration) -> Options {
        Options { language, hot_words: Vec::new(), narrow: false, deadline }
    }
}

impl Transcript {
    /// What this engine understood.
    pub(crate) fn of(engine: &impl Engine, options: &Options, segments: Vec<Segment>) -> Transcript {
        let (language, engine, model) = (options.language, engine.name().into(), engine.model().into());
        Transcript { segments, language, engine, model }
    }

    /// Everything that was said, in one line.
    pub fn text(&self) -> Pii<String> {
        let texts: Vec<&str> = self.segments.iter().map(|s| s.text.reveal().as_str()).collect();
        Pii::new(texts.join(" "))
    }
}

impl Segment {
    pub fn new(text: impl Into<String>, start_ms: u64, end_ms: u64) -> Segment {
        Segment { text: Pii::new(text.into()), start_ms, end_ms, words: Vec::new(), confidence: None }
    }

    /// The same, later.
    pub fn shifted(mut self, by_ms: u64) -> Segment {
        self.start_ms += by_ms;
        self.end_ms += by_ms;
        for word in &mut self.words {
            word.start_ms += by_ms;
            word.end_ms += by_ms;
        }
        self
    }
}
