use super::*;
use ringdesk_audio::{g711, resample::resample};
use std::path::Path;
use std::time::Duration;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn script(lines: Vec<Line>) -> Scripted {
    let languages = vec![Language::En, Language::ZhCn];
    Scripted::new(&ScriptedConfig { name: "script".into(), languages, lines, file: None })
}

async fn heard(engine: &Scripted, clip: &Clip16k, language: Language) -> String {
    let options = Options::new(language, Duration::from_secs(1));
    engine.transcribe(clip, &options).await.unwrap().text().into_inner()
}

fn noise(seed: u32, samples: usize) -> Clip16k {
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 20) as i16
    };
    Clip16k::new((0..samples).map(|_| next()).collect::<Vec<_>>())
}

/// All recordings of the set, with their words.
fn set() -> Vec<Line> {
    let refs = std::fs::read_to_string(data().join("refs.jsonl")).unwrap();
    let line = |l: &str| -> Line {
        let l: serde_json::Value = serde_json::from_str(l).unwrap();
        Line { sound: Some(data().join(l["file"].as_str().unwrap())), ..Line::new(l["text"].as_str().unwrap()) }
    };
    refs.lines().map(line).collect()
}

/// Rows: V4
#[tokio::test]
async fn recordings_are_known_again_through_a_telephone_and_with_silence_around() {
    let lines = set();
    assert!(lines.len() >= 17);
    let engine = script(lines.clone());
    for line in lines {
        let wide = wav::read(line.sound.as_ref().unwrap()).unwrap();
        let narrow: Vec<i16> = resample(wide.samples(), 16_000, 8_000)
            .iter()
            .map(|s| g711::ulaw_decode(g711::ulaw_encode(s / 2)))
            .collect();
        let mut sound = vec![0; 3_333];
        sound.extend(resample(&narrow, 8_000, 16_000));
        sound.extend(vec![0; 4_444]);
        for clip in [wide, Clip16k::new(sound)] {
            assert_eq!(heard(&engine, &clip, Language::En).await, line.text);
        }
    }
}

#[tokio::test]
async fn a_piece_of_a_recording_has_its_part_of_the_words_in_both_languages() {
    for (file, first, second) in [
        ("en/librivox-0870.wav", "and mister john dashwood", "in his power to do for them"),
        ("zh/funasr-asr-example.wav", "欢迎大家", "识别模型"),
    ] {
        let engine = script(set());
        let whole = wav::read(&data().join(file)).unwrap();
        let (left, right) = whole.samples().split_at(whole.samples().len() / 2);
        let left = heard(&engine, &Clip16k::new(left), Language::En).await;
        let right = heard(&engine, &Clip16k::new(right), Language::En).await;
        assert!(left.starts_with(first) && right.ends_with(second), "{left} | {right}");
        let line = set().into_iter().find(|l| l.sound.as_ref().unwrap().ends_with(file)).unwrap();
        let both = [pieces(&left), pieces(&right)].concat();
        let all = pieces(&line.text);
        assert!(both.len().abs_diff(all.len()) <= 1, "{left} | {right}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_script_is_not_said() {
    let lines = set();
    let left_out = lines[3].clone();
    let engine = script(lines.into_iter().filter(|l| *l != left_out).collect());
    let clip = wav::read(left_out.sound.as_ref().unwrap()).unwrap();
    assert_eq!(heard(&engine, &clip, Language::En).await, "");
    assert_eq!(heard(&engine, &Clip16k::new(vec![0; 16_000]), Language::En).await, "");
    assert_eq!(heard(&engine, &noise(1, 32_000), Language::En).await, "");
    assert_eq!(heard(&engine, &Clip16k::new(vec![]), Language::En).await, "");
}

#[tokio::test]
async fn by_hash_first_then_in_turn_and_by_language() {
    let clip = noise(5, 16_000);
    let engine = script(vec![
        Line { sha256: Some(Line::hash(&clip)), ..Line::new("known") },
        Line { language: Some(Language::En), ..Line::new("one") },
        Line { language: Some(Language::ZhCn), ..Line::new("一") },
        Line { language: Some(Language::En), ..Line::new("two") },
    ]);
    assert_eq!(heard(&engine, &clip, Language::En).await, "known");
    for wanted in ["one", "two", "one"] {
        assert_eq!(heard(&engine, &noise(6, 16_000), Language::En).await, wanted);
    }
    assert_eq!(heard(&engine, &noise(6, 16_000), Language::ZhCn).await, "一");
}

#[test]
fn words_have_times_in_order_within_the_clip() {
    let segment = segment(&Line::new("这是 text to speech 测试"), 3_000, 0.0, 1.0).unwrap();
    assert_eq!(segment.text.reveal(), "这是 text to speech 测试");
    assert_eq!(segment.words.len(), 7);
    assert_eq!((segment.start_ms, segment.end_ms), (0, 3_000));
    assert!(segment.words.windows(2).all(|w| w[0].end_ms <= w[1].start_ms + 1));
    assert!(super::segment(&Line::new("..."), 3_000, 0.0, 1.0).is_none());
}

#[test]
fn a_script_that_cannot_be_read_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("script.json");
    let config = |file: &Path| ScriptedConfig {
        name: "s".into(),
        languages: vec![Language::En],
        lines: vec![],
        file: Some(file.into()),
    };
    for text in ["", "{}", "[{}]", r#"[{"text": "x", "sound": "none.wav"}]"#] {
        std::fs::write(&file, text).unwrap();
        assert!(matches!(Scripted::new(&config(&file)).ready(), Err(EngineFault::Missing(_))), "{text}");
    }
    std::fs::copy(data().join("en/cards-004.wav"), dir.path().join("a.wav")).unwrap();
    std::fs::write(&file, r#"[{"text": "five five", "sound": "a.wav"}]"#).unwrap();
    assert_eq!(Scripted::new(&config(&file)).ready(), Ok(()));
}
