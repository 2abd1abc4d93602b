//! The JSON in which most programs and servers say what they understood: `text`, and where they can `language`,
//! `segments` and `words` with times in seconds (`start`, `end`). Everything else in it is passed over.

use crate::engine::{Segment, Word};
use crate::words::tokens;
use crate::{Clip16k, EngineFault};
use ringdesk_model::{Language, Pii};
use serde::Deserialize;

/// No clip holds more.
const MOST_WORDS: usize = 2_000;
/// Of a segment: on average each token was one of seven that were as likely. Even a bad line is better than that; noise is
/// not.
const LEAST_LOGPROB: f64 = -2.0;

#[derive(Default, Deserialize)]
pub(super) struct Answer {
    pub(super) text: Option<String>,
    pub(super) language: Option<String>,
    #[serde(default, alias = "result")]
    pub(super) words: Vec<Timed>,
    #[serde(default)]
    pub(super) segments: Vec<Timed>,
    pub(super) confidence: Option<f64>,
}

#[derive(Default, Deserialize)]
pub(super) struct Timed {
    #[serde(alias = "word")]
    pub(super) text: String,
    pub(super) start: Option<f64>,
    pub(super) end: Option<f64>,
    #[serde(alias = "conf", alias = "probability")]
    pub(super) confidence: Option<f64>,
    /// The mean logarithm of its tokens' probabilities.
    pub(super) avg_logprob: Option<f64>,
    pub(super) no_speech_prob: Option<f64>,
}

pub fn segments(json: &[u8], clip: &Clip16k, asked: Language) -> Result<Vec<Segment>, EngineFault> {
    // Never the parser's message: it may quote the text.
    let answer: Answer = serde_json::from_slice(json).map_err(|e| {
        let place = format!("no answer in JSON ({:?} at {})", e.classify(), e.column());
        EngineFault::Rubbish(place)
    })?;
    check(answer, clip, asked)
}

/// The same, where it did not come as JSON.
pub(super) fn check(answer: Answer, clip: &Clip16k, asked: Language) -> Result<Vec<Segment>, EngineFault> {
    if answer.language.as_deref().is_some_and(|l| !same(l, asked)) {
        return Err(EngineFault::OtherLanguage(asked));
    }
    if answer.words.len().max(answer.segments.len()) > MOST_WORDS {
        return Err(EngineFault::Rubbish("more words than a clip holds".into()));
    }
    let end = clip.ms();
    let words: Vec<Word> = answer.words.iter().filter_map(|w| w.word(end)).collect();
    let mut segments: Vec<Segment> = answer.segments.iter().filter_map(|s| s.segment(end)).collect();
    if segments.is_empty() {
        let text = match answer.text {
            Some(text) => text.trim().to_string(),
            None if words.is_empty() => return Err(EngineFault::Rubbish("no text in the answer".into())),
            None => words.iter().map(|w| w.text.reveal().as_str()).collect::<Vec<_>>().join(" "),
        };
        if tokens(&text).is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = (words.first().map_or(0, |w| w.start_ms), words.last().map_or(end, |w| w.end_ms));
        let mut segment = Segment::new(text, first, last.max(first));
        segment.confidence = answer.confidence.and_then(probability);
        segments.push(segment);
    }
    segments.sort_by_key(|s| s.start_ms);
    for word in words {
        let home = segments.iter().rposition(|s| s.start_ms <= word.start_ms).unwrap_or(0);
        segments[home].words.push(word);
    }
    for segment in &mut segments {
        segment.words.sort_by_key(|w| w.start_ms);
        let known: Vec<f32> = segment.words.iter().filter_map(|w| w.confidence).collect();
        if segment.confidence.is_none() && !known.is_empty() {
            segment.confidence = Some(known.iter().sum::<f32>() / known.len() as f32);
        }
    }
    Ok(segments)
}

impl Timed {
    fn times(&self, clip_ms: u64) -> (u64, u64) {
        let ms = |s: Option<f64>, or: u64| {
            s.filter(|s| s.is_finite()).map_or(or, |s| (s.max(0.0) * 1_000.0).min(clip_ms as f64) as u64)
        };
        let start = ms(self.start, 0);
        (start, ms(self.end, clip_ms).max(start))
    }

    fn word(&self, clip_ms: u64) -> Option<Word> {
        let text = self.text.trim();
        let (start_ms, end_ms) = self.times(clip_ms);
        let confidence = self.confidence.and_then(probability);
        // Without a time it is no more than the text already says.
        (self.start.is_some() && !tokens(text).is_empty()).then(|| Word {
            text: Pii::new(text.to_string()),
            start_ms,
            end_ms,
            confidence,
        })
    }

    fn segment(&self, clip_ms: u64) -> Option<Segment> {
        let text = self.text.trim();
        // What the engine itself takes for silence, or for a guess.
        let silent = self.no_speech_prob.is_some_and(|p| p > 0.6) && self.avg_logprob.is_none_or(|p| p < -1.0);
        let silent = silent || self.avg_logprob.is_some_and(|p| p < LEAST_LOGPROB);
        let (start_ms, end_ms) = self.times(clip_ms);
        let confidence = self.confidence.or(self.avg_logprob.map(f64::exp)).and_then(probability);
        (!silent && !tokens(text).is_empty()).then(|| Segment { confidence, ..Segment::new(text, start_ms, end_ms) })
    }
}

fn probability(p: f64) -> Option<f32> {
    p.is_finite().then(|| p.clamp(0.0, 1.0) as f32)
}

/// `en`, `en-US`, `english`; a server that says nothing intelligible is not contradicted.
fn same(said: &str, asked: Language) -> bool {
    let said = said.trim().to_ascii_lowercase();
    let said = said.split(['-', '_']).next().unwrap_or_default();
    match asked {
        _ if said.is_empty() || said == "auto" => true,
        Language::En => ["en", "eng", "english"].contains(&said),
        Language::ZhCn => ["zh", "zho", "chi", "cmn", "yue", "chinese", "mandarin"].contains(&said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip() -> Clip16k {
        Clip16k::new(vec![0; 32_000])
    }

    fn read(json: &str) -> Result<Vec<Segment>, EngineFault> {
        segments(json.as_bytes(), &clip(), Language::En)
    }

    #[test]
    fn plain_text_lasts_as_long_as_the_clip() {
        let heard = read(r#"{"text": " Hello there. "}"#).unwrap();
        assert_eq!(heard, [Segment::new("Hello there.", 0, 2_000)]);
        for nothing in [r#"{"text": ""}"#, r#"{"text": " . "}"#] {
            assert_eq!(read(nothing).unwrap(), []);
        }
    }

    #[test]
    fn words_and_segments_keep_their_times() {
        let heard = read(
            r#"{"language": "english", "text": "a b c", "task": "transcribe",
                "segments": [{"text": " a b", "start": 0.1, "end": 0.9, "avg_logprob": -0.1},
                             {"text": "c", "start": 1.0, "end": 99, "avg_logprob": -0.2},
                             {"text": "Thank you", "start": 1.5, "end": 2, "no_speech_prob": 0.9, "avg_logprob": -1.5},
                             {"text": "Turner", "start": 1.6, "end": 2, "no_speech_prob": 0.1, "avg_logprob": -9.2}],
                "words": [{"word": "a", "start": 0.1, "end": 0.2, "probability": 0.5}, {"word": "c", "start": 1.1, "end": 1.2}]}"#,
        )
        .unwrap();
        assert_eq!(heard.len(), 2);
        assert_eq!((heard[0].start_ms, heard[0].end_ms, heard[0].words.len()), (100, 900, 1));
        assert_eq!((heard[1].start_ms, heard[1].end_ms, heard[1].words[0].start_ms), (1_000, 2_000, 1_100));
        assert!((heard[0].confidence.unwrap() - 0.905).abs() < 0.001);
        assert_eq!(heard[0].words[0].confidence, Some(0.5));
        // As Vosk says it.
        let heard =
            read(r#"{"text": "x y", "result": [{"conf": 1.0, "start": 0.5, "end": 0.7, "word": "x"}]}"#).unwrap();
        assert_eq!((heard[0].start_ms, heard[0].confidence), (500, Some(1.0)));
    }

    #[test]
    fn rubbish_and_other_languages_are_faults() {
        for rubbish in ["", "secret words", "[]", "{}", r#"{"text": 5}"#, r#"{"words": [{"word": "x", "start": "y"}]}"#]
        {
            let fault = read(rubbish).unwrap_err();
            assert!(matches!(fault, EngineFault::Rubbish(_)), "{rubbish}: {fault}");
            assert!(!fault.to_string().contains("secret"));
        }
        let other = read(r#"{"text": "x", "language": "zh"}"#).unwrap_err();
        assert_eq!(other, EngineFault::OtherLanguage(Language::En));
        for odd in [
            r#"{"text":"x","segments":[{"text":"x","start":-5,"end":-9}]}"#,
            r#"{"text":"x","words":[{"word":"x","start":1e300}]}"#,
        ] {
            for s in read(odd).unwrap() {
                assert!(s.start_ms <= s.end_ms && s.end_ms <= 2_000, "{s:?}");
            }
        }
    }
}
