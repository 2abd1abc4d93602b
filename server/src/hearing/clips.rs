//! Sounds that people send each other: read, cut where nobody speaks, and heard like a recording.

use super::Hearing;
use super::ear::said;
use super::outcome::{heard, not_heard, without_words};
use ringdesk_asr::{NotHeard, TrackSound, Whole, second_pass};
use ringdesk_audio::RATE;
use ringdesk_model::{AccountId, Clock as _, Language};
use ringdesk_operations::clips::Unheard;
use ringdesk_operations::transcripts::{Said, Speaker};
use ringdesk_storage::transcripts::{Outcome, TranscriptState};
use ringdesk_tts::{SoundFault, decode};
use serde_json::Value;

/// Why there is no transcript.
enum Fault {
    /// The file is no sound that can be read here.
    Sound(SoundFault),
    NotHeard(NotHeard),
}

impl Hearing {
    /// Hear one, and write what became of it. An error is a reason to try again.
    pub(super) async fn hear_clip(&self, account: AccountId, payload: &Value) -> Result<(), String> {
        let id = payload["attachment"].as_str().and_then(|id| id.parse().ok()).ok_or("the job names no file")?;
        let found = self.operations.clip_to_hear(account, id).await.map_err(|e| e.to_string())?;
        let Some(mut clip) = found else { return Ok(()) }; // heard before, or gone with its text
        self.learn().await;
        let of_queue = self.queue(clip.queue()).and_then(|queue| queue.language);
        let language = of_queue.or(clip.language).unwrap_or_default();
        let content = std::mem::take(&mut clip.content);
        let (outcome, lines, again) = match self.listen(&clip, content, language).await {
            Ok(whole) => written(&clip, whole, language),
            Err(fault) => refused(fault, language),
        };
        let told = self.operations.finish_clip(self.clock.now(), account, &clip.of, &outcome, &lines).await;
        if let Some(event) = told.map_err(|e| e.to_string())? {
            self.wake(event);
        }
        metrics::counter!("transcripts_total", "pass" => "clip", "state" => outcome.state.as_str()).increment(1);
        again.map_or(Ok(()), Err)
    }

    async fn listen(&self, clip: &Unheard, content: Vec<u8>, language: Language) -> Result<Whole<Speaker>, Fault> {
        // Nobody there: then nothing has to be read to say so.
        self.engine(language).await.map_err(Fault::NotHeard)?;
        let read = tokio::task::spawn_blocking(move || decode(&content)).await;
        let sound = read.map_err(|_| Fault::NotHeard(NotHeard::Closed))?.map_err(Fault::Sound)?;
        let second = RATE as usize;
        let blocks: Vec<_> = sound.clip.samples().chunks(second).map(<[i16]>::to_vec).collect();
        let blocks = Box::new((0u64..).step_by(1_000).zip(blocks));
        let track = TrackSound { speaker: clip.speaker(), language, rate: RATE, blocks };
        let hot_words = self.hot_words(Some(clip.queue()));
        second_pass(&self.recogniser, vec![track], &hot_words).await.map_err(Fault::NotHeard)
    }
}

/// What is written of it, and why it is tried again, if it is.
type Ending = (Outcome, Vec<Said>, Option<String>);

fn written(clip: &Unheard, whole: Whole<Speaker>, language: Language) -> Ending {
    let outcome = heard(&whole, language);
    let lines = whole.spoken.into_iter().filter_map(|spoken| said(clip.speaker(), spoken.segment)).collect();
    (outcome, lines, None)
}

/// What cannot be heard is said; a fault that may pass is tried again.
fn refused(fault: Fault, language: Language) -> Ending {
    let (state, reason, again) = match fault {
        Fault::Sound(SoundFault::Silent) => (TranscriptState::Done, SoundFault::Silent.to_string(), false),
        Fault::Sound(fault) => (TranscriptState::Failed, fault.to_string(), false),
        Fault::NotHeard(why) => not_heard(&why),
    };
    (without_words(state, &reason, language), Vec::new(), again.then_some(reason))
}
