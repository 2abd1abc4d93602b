//! What is written of a whole sound, a recording or a file, once an engine has heard it or could not.

use super::named;
use ringdesk_asr::{NotHeard, Whole};
use ringdesk_model::Language;
use ringdesk_storage::transcripts::{Outcome, TranscriptState};

/// It was heard, perhaps with holes.
pub(super) fn heard<S>(whole: &Whole<S>, language: Language) -> Outcome {
    let engines: Vec<String> = whole.engines.iter().map(|(name, model)| named(name, model)).collect();
    let reason = whole.holes.first().map(|(.., why)| format!("{} utterances are missing: {why}", whole.holes.len()));
    let language = language.as_str().to_owned();
    Outcome { engine: engines.join(", "), language, state: TranscriptState::Done, reason }
}

/// There is nothing to write but why.
pub(super) fn without_words(state: TranscriptState, reason: &str, language: Language) -> Outcome {
    Outcome { engine: String::new(), language: language.as_str().to_owned(), state, reason: Some(reason.to_owned()) }
}

/// Nobody heard it: what that is called, why, and whether it may pass.
pub(super) fn not_heard(why: &NotHeard) -> (TranscriptState, String, bool) {
    match why {
        NotHeard::NoEngine { .. } => (TranscriptState::NoEngine, why.to_string(), false),
        why => (TranscriptState::Failed, why.to_string(), why.retryable()),
    }
}
