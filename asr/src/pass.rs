//! The second pass: all tracks of a recording, heard again in peace, become one conversation in order of time.

use crate::recogniser::{Ask, Purpose, Recogniser};
use crate::vad::{Cut, Segmenter, Settings, Utterance};
use crate::{NotHeard, Segment, Transcript};
use ringdesk_model::Language;
use std::collections::BTreeSet;
use std::fmt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Sound of a track: where it begins on the clock of the call, in milliseconds, and its samples.
pub type Block = (u64, Vec<i16>);

/// One party's sound, read while it is needed: a long call is never in memory as a whole.
pub struct TrackSound<S> {
    pub speaker: S,
    pub language: Language,
    /// 8,000 or 16,000; a track at another rate is not heard.
    pub rate: u32,
    /// In order of time. Gaps are silence.
    pub blocks: Box<dyn Iterator<Item = Block> + Send>,
}

/// Who said what. Times on the clock of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken<S> {
    pub speaker: S,
    pub segment: Segment,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Whole<S> {
    /// In order of time; of two who begin together, the lesser speaker first.
    pub spoken: Vec<Spoken<S>>,
    /// Names and models of the engines that heard it.
    pub engines: Vec<(String, String)>,
    /// Utterances that nobody understood: from, to, why.
    pub holes: Vec<(u64, u64, NotHeard)>,
}

/// Err only when there is no transcript: no engine for a language that was spoken, or nothing understood of all that was said.
pub async fn second_pass<S: Clone + Ord + Send + 'static>(
    recogniser: &Recogniser,
    tracks: Vec<TrackSound<S>>,
    hot_words: &[String],
) -> Result<Whole<S>, NotHeard> {
    // Cutting is work for a processor; the channel keeps it from running ahead.
    let (sender, mut utterances) = mpsc::channel(2);
    let cutting = tokio::task::spawn_blocking(move || {
        for mut track in tracks {
            let Some(mut segmenter) = Segmenter::new(Settings::default(), track.rate) else { continue };
            let mut end = false;
            while !end {
                let cuts = match track.blocks.next() {
                    Some((at_ms, samples)) => segmenter.hear(at_ms, &samples),
                    None => {
                        end = true;
                        segmenter.finish()
                    }
                };
                for cut in cuts {
                    if let Cut::Said(u) = cut
                        && sender.blocking_send((track.speaker.clone(), track.language, u)).is_err()
                    {
                        return;
                    }
                }
            }
        }
    });
    let mut whole = Whole { spoken: Vec::new(), engines: Vec::new(), holes: Vec::new() };
    let mut engines = BTreeSet::new();
    let mut asked = JoinSet::new();
    let mut more = true;
    while more || !asked.is_empty() {
        tokio::select! {
            utterance = utterances.recv(), if more && asked.len() < recogniser.places() => match utterance {
                None => more = false,
                Some((speaker, language, utterance)) => {
                    let ask = Ask::about(&utterance, Purpose::SecondPass, language, hot_words);
                    asked.spawn(one(recogniser.clone(), speaker, utterance, ask));
                }
            },
            Some(done) = asked.join_next() => {
                let Ok((speaker, utterance, answer)) = done else { return Err(NotHeard::Closed) };
                match answer {
                    Ok(heard) => {
                        engines.insert((heard.engine, heard.model));
                        let segments = heard.segments.into_iter().map(|s| s.shifted(utterance.start_ms));
                        whole.spoken.extend(segments.map(|segment| Spoken { speaker: speaker.clone(), segment }));
                    }
                    Err(why @ (NotHeard::NoEngine { .. } | NotHeard::Closed)) => return Err(why),
                    Err(why) => whole.holes.push((utterance.start_ms, utterance.end_ms, why)),
                }
            }
        }
    }
    // The cutter has ended, by itself or by a panic in a track's own reader: then this is no transcript.
    cutting.await.map_err(|_| NotHeard::Closed)?;
    if engines.is_empty()
        && let Some((.., why)) = whole.holes.first()
    {
        return Err(why.clone());
    }
    whole.spoken.sort_by(|a, b| (a.segment.start_ms, &a.speaker).cmp(&(b.segment.start_ms, &b.speaker)));
    whole.holes.sort_by_key(|(from, to, _)| (*from, *to));
    whole.engines = engines.into_iter().collect();
    Ok(whole)
}

async fn one<S>(
    recogniser: Recogniser,
    speaker: S,
    utterance: Utterance,
    ask: Ask,
) -> (S, Utterance, Result<Transcript, NotHeard>) {
    let answer = recogniser.recognise(&utterance.clip, &ask).await;
    (speaker, utterance, answer)
}

impl<S: fmt::Debug> fmt::Debug for TrackSound<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrackSound({:?}, {}, {} Hz)", self.speaker, self.language.as_str(), self.rate)
    }
}
