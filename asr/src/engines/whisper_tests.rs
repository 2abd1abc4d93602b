use super::*;
use std::path::Path;

const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/for-tests-ggml-tiny.bin");

fn engine(model: &Path) -> Shared {
    let config = serde_json::json!({"model": model});
    Shared::new(serde_json::from_value(config).unwrap())
}

fn options(language: Language, hot_words: &[&str]) -> Options {
    let hot_words = hot_words.iter().map(|w| (*w).to_owned()).collect();
    Options { hot_words, ..Options::new(language, Duration::from_secs(5)) }
}

#[test]
fn hot_words_go_before_as_a_prompt() {
    let engine = engine(Path::new(STUB));
    let (_, context) = engine.0.context().unwrap();
    let read = |language, words: &[&str]| {
        let tokens = prompt(&context, &options(language, words));
        let bytes: Vec<u8> = tokens.iter().flat_map(|t| context.token_to_bytes(*t).unwrap()).copied().collect();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(read(Language::En, &[]), "");
    assert_eq!(read(Language::En, &["Ringdesk", "Wang Fang"]), "Ringdesk, Wang Fang.");
    // Of these characters each is a token: the vocabulary of the file has no halves.
    assert_eq!(read(Language::ZhCn, &["电话", "中文"]), "以下是普通话的句子。电话、中文。");
    let many: Vec<String> = (0..500).map(|n| format!("Name{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!((100..=MOST_PROMPT).contains(&prompt(&context, &options(Language::En, &many)).len()));
    let endless = "话".repeat(100_000);
    assert_eq!(read(Language::En, &["Ringdesk", &endless]), "Ringdesk.");
}

/// Through the callback that whisper.cpp asks while it works.
#[test]
fn work_that_nobody_wants_stops() {
    let engine = engine(Path::new(STUB));
    let clip = Clip16k::new(vec![500; 16_000]);
    let stopped = engine.0.work(&clip, &options(Language::En, &[]), &AtomicBool::new(true));
    assert!(matches!(stopped, Err(EngineFault::Deadline(_))));
    assert!(lock(&engine.0.idle).is_empty());
}

#[test]
fn a_file_is_looked_at_again_when_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ggml-x.bin");
    let engine = engine(&file);
    let ready = || engine.ready().map_err(|fault| fault.to_string());
    assert!(ready().unwrap_err().contains("there is no file"));
    let stub = std::fs::read(STUB).unwrap();
    std::fs::write(&file, &stub[..1_000]).unwrap();
    assert!(ready().unwrap_err().contains("breaks off"));
    std::fs::write(&file, &stub).unwrap();
    assert_eq!(ready(), Ok(()));
    // Only English, by the size of its vocabulary.
    let mut english = stub.clone();
    english[4..8].copy_from_slice(&51_864u32.to_le_bytes());
    std::fs::write(&file, &english[..]).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!((ready(), engine.capabilities().languages), (Ok(()), vec![Language::En]));
    // Whole for us, and nothing that whisper.cpp takes: that is known from the first attempt on.
    let mut odd = stub;
    for _ in 0..167 {
        odd.extend([1u32, 4, 0, 1].iter().flat_map(|n| n.to_le_bytes()));
        odd.extend(b"name\0\0\0\0");
    }
    std::fs::write(&file, &odd).unwrap();
    assert_eq!(ready(), Ok(()));
    let refused = engine.0.context().map(drop).unwrap_err();
    assert!(refused.to_string().starts_with("engine not ready: whisper.cpp does not take"), "{refused}");
    assert_eq!(engine.ready(), Err(refused));
}
