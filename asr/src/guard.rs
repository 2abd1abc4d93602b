//! What engines say when nobody said anything, or not that. Pure.
//!
//! Large models fill silence with what stood under silence in their training: thanks for watching, subtitles by. They also
//! fall into loops, and into other languages. The voice detector keeps most silence from them; this is the second line.

use crate::engine::{Segment, Transcript};
use crate::words::{is_han, join, pieces, tokens};
use crate::{Clip16k, EngineFault};
use ringdesk_audio::level;
use ringdesk_model::{Language, Pii};

/// Never said on a telephone. Compared without case, spaces and punctuation.
const PHANTOMS: &[&str] = &[
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "please subscribe",
    "please subscribe to my channel",
    "like and subscribe",
    "don't forget to like and subscribe",
    "see you in the next video",
    "subtitles by the amara org community",
    "subtitles by amara org",
    "transcribed by otter ai",
    "transcription by castingwords",
    "translated by",
    "请不吝点赞订阅转发打赏支持明镜与点点栏目",
    "請不吝點贊訂閱轉發打賞支持明鏡與點點欄目",
    "字幕由 amara org 社区提供",
    "字幕由 amara org 社區提供",
    "字幕志愿者",
    "字幕组",
    "中文字幕志愿者",
    "谢谢观看",
    "謝謝觀看",
    "感谢观看",
    "感謝觀看",
    "谢谢大家观看",
    "订阅我的频道",
    "下期再见",
    "下期节目再见",
];
/// Said every day, and by engines about every noise: believed only of a real voice.
const DOUBTFUL: &[&str] = &[
    "you",
    "thank you",
    "bye",
    "bye bye",
    "the",
    "i",
    "so",
    "okay",
    "huh",
    "oh",
    "嗯",
    "啊",
    "谢谢",
    "拜拜",
    "我",
    "是",
];
/// So much voice is real.
const REAL_MS: u64 = 300;
/// And an engine that is so sure.
const SURE: f32 = 0.6;
/// The loudest 50 ms of a clip in which somebody speaks, dBFS; the quietest line brings more.
const QUIET: f32 = -58.0;
/// Loops: the longest phrase, how often, and how many words at least. "One zero zero zero zero" is a number, not a loop.
const LONGEST_LOOP: usize = 8;
const LOOP_TIMES: usize = 4;
const LOOP_WORDS: usize = 10;
/// Nobody says more words (or characters) in a second.
const FASTEST: u64 = 12;

/// Is there any sound worth asking about?
pub fn audible(clip: &Clip16k) -> bool {
    clip.samples().chunks(800).map(level::rms).any(|l| l > QUIET)
}

/// What remains, and how many segments were taken out or shortened. `spoken_ms`: how much of the clip is voice, where known.
pub fn clean(mut heard: Transcript, clip_ms: u64, spoken_ms: Option<u64>) -> Result<(Transcript, u64), EngineFault> {
    let all: String = heard.segments.iter().map(|s| s.text.reveal().as_str()).collect();
    if foreign(&all, heard.language) {
        return Err(EngineFault::OtherLanguage(heard.language));
    }
    let mut taken = 0;
    heard.segments.retain_mut(|segment| {
        segment.end_ms = segment.end_ms.min(clip_ms);
        segment.start_ms = segment.start_ms.min(segment.end_ms);
        let phantom = phantom(segment, spoken_ms);
        taken += u64::from(phantom || unloop(segment));
        !phantom && !tokens(segment.text.reveal()).is_empty()
    });
    // More words than the time has room for were not said in it.
    let words: usize = heard.segments.iter().map(|s| tokens(s.text.reveal()).len()).sum();
    if words as u64 * 1_000 > FASTEST * clip_ms.max(500) {
        taken += heard.segments.len() as u64;
        heard.segments.clear();
    }
    Ok((heard, taken))
}

fn phantom(segment: &Segment, spoken_ms: Option<u64>) -> bool {
    let said = tokens(segment.text.reveal()).concat();
    let is = |list: &[&str]| list.iter().any(|phrase| tokens(phrase).concat() == said);
    let real = spoken_ms.is_none_or(|ms| ms >= REAL_MS) || segment.confidence.is_some_and(|c| c >= SURE);
    is(PHANTOMS) || !real && is(DOUBTFUL)
}

/// A phrase said over and over, once only.
fn unloop(segment: &mut Segment) -> bool {
    let mut written = pieces(segment.text.reveal());
    let mut found = false;
    let mut at = 0;
    while at < written.len() {
        let lower: Vec<String> = written[at..].iter().map(|w| w.to_lowercase()).collect();
        let times =
            |n: usize| 1 + lower[n.min(lower.len())..].chunks_exact(n).take_while(|c| **c == lower[..n]).count();
        let found_loop = (1..=LONGEST_LOOP.min(lower.len()))
            .map(|n| (n, times(n)))
            .find(|(n, times)| *times >= LOOP_TIMES && n * times >= LOOP_WORDS);
        if let Some((n, times)) = found_loop {
            written.drain(at + n..at + n * times);
            // The words' own times follow the text only where there is one for each.
            if segment.words.len() >= at + n * times {
                segment.words.drain(at + n..at + n * times);
            }
            found = true;
            at += n;
        } else {
            at += 1;
        }
    }
    if found {
        segment.text = Pii::new(join(&written));
    }
    found
}

/// Mostly in letters that the language has not.
fn foreign(text: &str, language: Language) -> bool {
    let (mut own, mut other) = (0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        let latin = c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c);
        // Who speaks Chinese uses English words; a transcript of English has no Chinese characters.
        let is_own = latin || language == Language::ZhCn && is_han(c);
        *(if is_own { &mut own } else { &mut other }) += 1;
    }
    other > own
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::tone::sine;

    fn cleaned(language: Language, spoken_ms: u64, texts: &[&str]) -> Result<(Vec<String>, u64), EngineFault> {
        let segments = texts.iter().map(|t| Segment::new(*t, 0, 60_000)).collect();
        let heard = Transcript { segments, language, engine: String::new(), model: String::new() };
        let (heard, taken) = clean(heard, 15_000, Some(spoken_ms))?;
        assert!(heard.segments.iter().all(|s| s.end_ms <= 15_000));
        Ok((heard.segments.into_iter().map(|s| s.text.into_inner()).collect(), taken))
    }

    #[test]
    fn phantoms_go_and_words_stay() {
        let en = |ms, text| cleaned(Language::En, ms, &[text]).unwrap().0.concat();
        let zh = |ms, text| cleaned(Language::ZhCn, ms, &[text]).unwrap().0.concat();
        for phantom in ["Thanks for watching!", " Thank you for watching. ", "Subtitles by the Amara.org community"] {
            assert_eq!(en(5_000, phantom), "", "{phantom}");
        }
        for phantom in ["请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "字幕由Amara.org社区提供", "谢谢观看。"]
        {
            assert_eq!(zh(5_000, phantom), "", "{phantom}");
        }
        for said in ["Thanks for watching my house while I was away", "Thank you.", "bye"] {
            assert_eq!(en(800, said), said);
        }
        assert_eq!(zh(800, "谢谢"), "谢谢");
        assert_eq!((en(150, "Thank you."), zh(150, "嗯。")), (String::new(), String::new()));
        assert_eq!(en(150, "no"), "no");
        assert_eq!(en(900, "..."), "");
    }

    #[test]
    fn loops_are_said_once() {
        let en = |text: &str| cleaned(Language::En, 5_000, &[text]).unwrap().0.concat();
        assert_eq!(en(&"I'm sorry. ".repeat(20)), "I'm sorry");
        assert_eq!(en(&format!("Well {} right", "we will see ".repeat(6))), "Well we will see right");
        assert_eq!(en(&"no ".repeat(12)), "no");
        // A number, and somebody insistent.
        for said in ["one zero zero zero zero zero one", "no no no no", "very very very good"] {
            assert_eq!(en(said), said);
        }
        let zh = cleaned(Language::ZhCn, 5_000, &[&"好的好的".repeat(8)]).unwrap();
        assert_eq!(zh, (vec!["好的".to_string()], 1));
    }

    #[test]
    fn more_words_than_time_were_not_said() {
        let many: String = (0..200).map(|n| format!("w{n} ")).collect();
        assert_eq!(cleaned(Language::En, 5_000, &[&many]).unwrap(), (vec![], 1));
        let fine: String = (0..60).map(|n| format!("w{n} ")).collect();
        assert_eq!(cleaned(Language::En, 5_000, &[&fine]).unwrap().0.len(), 1);
    }

    /// Bad input of the issue: another language.
    #[test]
    fn another_language_is_a_fault() {
        for (language, text) in [
            (Language::En, "您好，请问有什么可以帮您"),
            (Language::En, "здравствуйте"),
            (Language::ZhCn, "ご視聴ありがとうございました"),
            (Language::ZhCn, "시청해주셔서 감사합니다"),
        ] {
            assert_eq!(cleaned(language, 5_000, &[text]), Err(EngineFault::OtherLanguage(language)), "{text}");
        }
        for (language, text) in [
            (Language::En, "café déjà vu"),
            (Language::En, ""),
            (Language::ZhCn, "这是一个 text to speech 测试"),
            (Language::ZhCn, "OK bye"),
        ] {
            assert!(cleaned(language, 5_000, &[text]).is_ok(), "{text}");
        }
    }

    #[test]
    fn silence_is_not_worth_a_question() {
        assert!(!audible(&Clip16k::new(vec![])));
        assert!(!audible(&Clip16k::new(vec![12; 16_000])));
        let mut nearly = vec![0; 16_000];
        nearly.extend(sine(300.0, -40.0, 16_000, 1_600));
        assert!(audible(&Clip16k::new(nearly)));
    }
}
