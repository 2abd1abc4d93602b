use super::*;
use std::time::Duration;
use tokio::time::timeout;

fn shell(script: &str, output: Output) -> Command {
    Command::new(CommandConfig {
        name: "shell".into(),
        model: String::new(),
        program: "sh".into(),
        args: vec!["-c".into(), script.into(), "sh".into(), "{wav}".into(), "{language}".into(), "{hot_words}".into()],
        narrow_args: vec!["narrow".into()],
        languages: vec![Language::En, Language::ZhCn],
        output,
        files: BTreeMap::from([("note".into(), "a note".into())]),
        needs: Vec::new(),
    })
}

fn clip() -> Clip16k {
    Clip16k::new(vec![7; 16_000])
}

fn options() -> Options {
    Options::new(Language::ZhCn, Duration::from_secs(5))
}

async fn run(script: &str, output: Output) -> Result<Transcript, EngineFault> {
    shell(script, output).transcribe(&clip(), &options()).await
}

#[tokio::test]
async fn the_program_gets_a_wav_by_name_and_by_input() {
    let heard = run("wc -c < \"$1\"; wc -c; head -c 4 \"$1\"", Output::Text).await.unwrap();
    assert_eq!(heard.text().reveal(), "32044 32044 RIFF");
}

#[tokio::test]
async fn arguments_are_filled_and_stay_arguments() {
    let engine = shell("printf '%s|' \"$2\" \"$3\" \"$4\"", Output::Text);
    assert!(engine.capabilities().hot_words);
    let mut options = options();
    options.hot_words = vec!["{wav}".into(), "; exit 7".into()];
    options.narrow = true;
    let heard = engine.transcribe(&clip(), &options).await.unwrap();
    assert_eq!(heard.text().reveal(), "zh|{wav},; exit 7|narrow|");
    let mut engine = shell("", Output::Text);
    engine.config.args = vec!["-c".into(), "cat {note} {unknown".into()];
    let fault = engine.transcribe(&clip(), &options).await.unwrap_err();
    // The note is read; the brace nobody knows stays as it is.
    assert!(
        matches!(&fault, EngineFault::Crashed { complaint, .. } if complaint.reveal().contains("{unknown")),
        "{fault}"
    );
    engine.config.args = vec!["-c".into(), "cat {note}".into()];
    assert_eq!(engine.transcribe(&clip(), &options).await.unwrap().text().reveal(), "a note");
}

#[tokio::test]
async fn whatever_a_program_does_is_a_fault_with_a_name() {
    let fault = run("echo the words >&2; exit 3", Output::Text).await.unwrap_err();
    assert!(matches!(&fault, EngineFault::Crashed { complaint, .. } if complaint.reveal() == "the words"), "{fault:?}");
    assert!(!format!("{fault} {fault:?}").contains("the words"), "what it printed may be what was said");
    assert_eq!(run("kill -9 $$", Output::Text).await.unwrap_err().kind(), "crashed");
    assert_eq!(run("yes", Output::Text).await.unwrap_err().kind(), "rubbish");
    assert_eq!(run("head -c 100 /dev/zero", Output::Text).await.unwrap_err().kind(), "rubbish");
    assert_eq!(run("printf '\\377\\376x'", Output::Text).await.unwrap_err().kind(), "rubbish");
    assert_eq!(run("echo hello", Output::Json).await.unwrap_err().kind(), "rubbish");
    assert_eq!(
        run("echo '{\"text\":\"hi\",\"language\":\"en\"}'", Output::Json).await.unwrap_err().kind(),
        "other_language"
    );
    assert_eq!(run("true", Output::Hypseg).await.unwrap_err().kind(), "rubbish");
    assert_eq!(run("true", Output::Text).await.unwrap().segments, []);
    // Two megabytes of complaints stop nothing.
    let much = run("head -c 2000000 /dev/zero | tr '\\0' 'x' >&2; echo 你好", Output::Text).await.unwrap();
    assert_eq!(much.text().reveal(), "你好");
}

/// Bad input of the issue: an engine that hangs.
#[tokio::test]
async fn a_program_nobody_waits_for_ends_with_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
    let engine = shell(&script, Output::Text);
    assert!(timeout(Duration::from_millis(500), engine.transcribe(&clip(), &options())).await.is_err());
    let pid = std::fs::read_to_string(&file).unwrap();
    let process = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    let alive = || std::fs::read_to_string(&process).is_ok_and(|s| !s.contains(") Z "));
    timeout(Duration::from_secs(5), async {
        while alive() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the grandchild is gone");
}

#[tokio::test]
async fn an_engine_that_is_not_there_says_what_is_missing() {
    assert_eq!(shell("", Output::Text).ready(), Ok(()));
    let mut config = CommandConfig::pocketsphinx();
    config.program = "no-such-program".into();
    let engine = Command::new(config);
    assert!(matches!(engine.ready(), Err(EngineFault::Missing(what)) if what.contains("no-such-program")));
    assert_eq!(engine.transcribe(&clip(), &options()).await.unwrap_err().kind(), "missing");
    let mut config = CommandConfig::pocketsphinx();
    config.program = "sh".into();
    config.needs = vec!["/no/such/model".into()];
    assert!(matches!(Command::new(config).ready(), Err(EngineFault::Missing(what)) if what.contains("/no/such/model")));
}
