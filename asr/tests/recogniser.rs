//! The recogniser with a real worker process, and everything that can go wrong with it.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_asr::engines::{Behaviour, CommandConfig, Line, Output, ScriptedConfig};
use ringdesk_asr::{Ask, Clip16k, EngineConfig, EngineFault, NotHeard, Purpose, Recogniser, RecogniserConfig};
use ringdesk_model::Language::{self, En, ZhCn};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, timeout};

fn scripted(name: &str, languages: &[Language], lines: Vec<Line>) -> EngineConfig {
    EngineConfig::Scripted(ScriptedConfig { name: name.into(), languages: languages.to_vec(), lines, file: None })
}

fn shell(name: &str, script: &str) -> EngineConfig {
    EngineConfig::Command(CommandConfig {
        name: name.into(),
        model: "1".into(),
        program: "sh".into(),
        args: vec!["-c".into(), script.into()],
        narrow_args: vec![],
        languages: vec![En],
        output: Output::Text,
        files: BTreeMap::new(),
        needs: vec![],
    })
}

fn config(engines: Vec<EngineConfig>) -> RecogniserConfig {
    let mut config = RecogniserConfig::new(PathBuf::from(env!("CARGO_BIN_EXE_bench-asr")), engines);
    config.places = 1;
    config
}

fn clip(value: i16) -> Clip16k {
    Clip16k::new(vec![value * 1_000; 1_600])
}

fn line(value: i16, text: &str, behaviour: Behaviour) -> Line {
    Line { sha256: Some(Line::hash(&clip(value))), behaviour, ..Line::new(text) }
}

async fn hear(recogniser: &Recogniser, value: i16, purpose: Purpose, language: Language) -> Result<String, NotHeard> {
    let (clip, ask) = (clip(value), Ask::new(purpose, language));
    let answer = timeout(Duration::from_secs(30), recogniser.recognise(&clip, &ask)).await;
    answer.expect("every question is answered").map(|t| t.text().into_inner())
}

fn fault(answer: Result<String, NotHeard>) -> &'static str {
    match answer {
        Err(NotHeard::Failed { fault, .. }) => fault.kind(),
        Err(NotHeard::Dropped) => "dropped",
        Err(NotHeard::NoEngine { .. }) => "no_engine",
        Err(NotHeard::Closed) => "closed",
        Ok(text) => panic!("heard {text}"),
    }
}

/// Rows: V4
#[tokio::test]
async fn a_worker_hears_in_both_languages_and_says_who_it_was() {
    let lines = vec![
        Line { language: Some(En), ..Line::new("hello there") },
        Line { language: Some(ZhCn), ..Line::new("您好") },
    ];
    let recogniser = Recogniser::start(config(vec![scripted("script", &[En, ZhCn], lines)]));
    assert_eq!(hear(&recogniser, 1, Purpose::Live, En).await.unwrap(), "hello there");
    assert_eq!(hear(&recogniser, 1, Purpose::SecondPass, ZhCn).await.unwrap(), "您好");
    let states = recogniser.engines().await;
    assert_eq!((states.len(), states[0].name.as_str(), &states[0].fault), (1, "script", &None));
    let counters = recogniser.counters();
    assert_eq!((counters.asked, counters.heard, counters.started), ([0, 1, 1], [0, 1, 1], 1));
    assert_eq!(counters.audio_ms, 200);
}

/// Rows: V4
#[tokio::test]
async fn no_engine_is_said_plainly_and_why() {
    let mut absent = CommandConfig::pocketsphinx();
    absent.name = "absent".into();
    absent.program = "no-such-program".into();
    let whisper = serde_json::json!({"kind": "whisper", "model": "no-such-ggml-base.bin"});
    let whisper: EngineConfig = serde_json::from_value(whisper).unwrap();
    let recogniser = Recogniser::start(config(vec![EngineConfig::Command(absent), whisper]));
    let answer = hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap_err();
    let said = answer.to_string();
    assert!(
        said.starts_with("no_engine")
            && said.contains("no-such-program")
            && said.contains("whisper: engine not ready: there is no file"),
        "{said}"
    );
    assert!(!answer.retryable());
    let answer = hear(&recogniser, 1, Purpose::Live, ZhCn).await.unwrap_err();
    assert!(matches!(answer, NotHeard::NoEngine { language: ZhCn, why } if why.len() == 1));
    assert_eq!(recogniser.counters().failed, BTreeMap::from([("no_engine", 2)]));
    // Neither is there a worker without its program.
    let mut config = config(vec![scripted("script", &[En], vec![Line::new("x")])]);
    config.worker.0 = "/no/such/worker".into();
    assert_eq!(fault(hear(&Recogniser::start(config), 1, Purpose::Live, En).await), "no_engine");
}

#[tokio::test]
async fn the_worker_lets_others_go_first_and_keeps_no_secrets() {
    let script = "cut -d' ' -f19 /proc/self/stat; env | cut -d= -f1 | grep -c CARGO_MANIFEST_DIR; true";
    let recogniser = Recogniser::start(config(vec![shell("nice", script)]));
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert_eq!(hear(&recogniser, 1, Purpose::Live, En).await.unwrap(), "10 0");
}

/// Bad input of the issue: an engine that hangs. The worker lives on.
#[tokio::test]
async fn a_hanging_engine_costs_its_own_clip_only() {
    let lines = vec![line(1, "never", Behaviour::Hang), line(2, "fine", Behaviour::Answer)];
    let mut config = config(vec![scripted("script", &[En], lines), shell("sleeper", "sleep 1000")]);
    config.live_deadline = Duration::from_millis(700);
    config.second_deadline = Duration::from_millis(500);
    let recogniser = Recogniser::start(config);
    recogniser.engines().await;
    let began = Instant::now();
    assert_eq!(fault(hear(&recogniser, 1, Purpose::Live, En).await), "deadline");
    assert!(began.elapsed() < Duration::from_millis(1_500));
    assert_eq!(hear(&recogniser, 2, Purpose::Live, En).await.unwrap(), "fine");
    assert_eq!(recogniser.counters().started, 1);
    let mut ask = Ask::new(Purpose::SecondPass, En);
    ask.engine = Some("sleeper".into());
    let answer = recogniser.recognise(&clip(2), &ask).await.map(|_| String::new());
    assert_eq!(fault(answer), "deadline");
}

/// Bad input of the issue: an engine that crashes, here with the whole worker.
#[tokio::test]
async fn a_dying_worker_is_started_again_and_second_passes_are_tried_again() {
    let lines = vec![line(1, "dies", Behaviour::Abort), line(2, "fine", Behaviour::Answer)];
    let recogniser = Recogniser::start(config(vec![scripted("script", &[En], lines)]));
    assert_eq!(fault(hear(&recogniser, 1, Purpose::Live, En).await), "crashed");
    assert_eq!(hear(&recogniser, 2, Purpose::Live, En).await.unwrap(), "fine");
    // The poison and an innocent at once: only the poison fails.
    let (poison, innocent) =
        tokio::join!(hear(&recogniser, 1, Purpose::SecondPass, En), hear(&recogniser, 2, Purpose::SecondPass, En));
    assert_eq!(fault(poison), "crashed");
    assert_eq!(innocent.unwrap(), "fine");
    // Live once, then twice for the second pass.
    assert_eq!(recogniser.counters().started, 4);
}

#[tokio::test]
async fn a_worker_killed_from_outside_comes_back() {
    let recogniser = Recogniser::start(config(vec![shell("parent", "cut -d' ' -f4 /proc/$$/stat")]));
    let worker = hear(&recogniser, 1, Purpose::Live, En).await.unwrap();
    assert!(std::process::Command::new("kill").args(["-9", &worker]).status().unwrap().success());
    let next = hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap();
    assert_ne!(next, worker);
    // Dropping the last handle ends it.
    drop(recogniser);
    let alive = || std::fs::read_to_string(format!("/proc/{next}/stat")).is_ok_and(|s| !s.contains(") Z "));
    timeout(Duration::from_secs(5), async {
        while alive() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the worker ends with the house");
}

/// A worker that is no worker: it says nothing, or rubbish, or reads nothing.
#[tokio::test]
async fn a_worker_that_talks_rubbish_is_no_engine() {
    for script in [
        "echo this is no frame, not at all",
        "exit 3",
        "head -c 100000 /dev/zero",
        "printf '\\2\\0\\0\\0\\0\\0\\0\\0{}'",
    ] {
        let mut config = config(vec![scripted("script", &[En], vec![Line::new("x")])]);
        config.worker = ("sh".into(), vec!["-c".into(), script.into()]);
        let recogniser = Recogniser::start(config);
        let answer = hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap_err();
        let crashed = |why: &[(String, EngineFault)]| why.iter().all(|(_, f)| f.kind() == "crashed");
        assert!(matches!(&answer, NotHeard::NoEngine { why, .. } if crashed(why)), "{script}: {answer}");
    }
}

#[tokio::test]
async fn captions_are_dropped_first_and_second_passes_never() {
    let mut config = config(vec![shell("slow", "sleep 0.2; echo slow")]);
    config.waiting = 2;
    let recogniser = Recogniser::start(config);
    recogniser.engines().await;
    let ask = |purpose| {
        let recogniser = recogniser.clone();
        tokio::spawn(async move { hear(&recogniser, 1, purpose, En).await })
    };
    let second: Vec<_> = (0..20).map(|_| ask(Purpose::SecondPass)).collect();
    let live: Vec<_> = (0..10).map(|_| ask(Purpose::Live)).collect();
    let (mut heard, mut dropped) = (0, 0);
    for answer in live {
        match answer.await.unwrap() {
            Ok(text) => heard += usize::from(text == "slow"),
            Err(NotHeard::Dropped) => dropped += 1,
            Err(other) => panic!("{other}"),
        }
    }
    for answer in second {
        assert_eq!(answer.await.unwrap().unwrap(), "slow");
    }
    assert!(heard >= 2 && heard + dropped == 10 && dropped >= 5, "{heard} heard, {dropped} dropped");
    let counters = recogniser.counters();
    assert_eq!((counters.dropped, counters.waiting), ([0, dropped as u64, 0], 0));
}

#[tokio::test]
async fn a_question_taken_back_frees_its_place_and_engines_stand_in_for_each_other() {
    let engines = vec![shell("broken", "exit 1"), shell("good", "echo good")];
    let recogniser = Recogniser::start(config(engines));
    assert_eq!(hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap(), "good");
    assert_eq!(fault(hear(&recogniser, 1, Purpose::Live, En).await), "crashed");
    let recogniser =
        Recogniser::start(config(vec![shell("slow", "test \"$(wc -c)\" -gt 9999 && sleep 1000; echo quick")]));
    let long = Clip16k::new(vec![500; 16_000]);
    let ask = Ask::new(Purpose::SecondPass, En);
    assert!(timeout(Duration::from_secs(1), recogniser.recognise(&long, &ask)).await.is_err());
    assert_eq!(hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap(), "quick");
    let endless = Clip16k::new(vec![500; 16_000 * 61]);
    let answer = recogniser.recognise(&endless, &ask).await;
    assert!(matches!(answer, Err(NotHeard::Failed { fault: EngineFault::TooLong, .. })), "{answer:?}");
}

/// Rows: V4
#[tokio::test]
async fn what_nobody_can_have_said_is_not_believed() {
    let lines = vec![
        line(1, "Thanks for watching!", Behaviour::Answer),
        line(2, "您好您好", Behaviour::Answer),
        Line::new("you"),
    ];
    let recogniser = Recogniser::start(config(vec![scripted("script", &[En], lines)]));
    assert_eq!(hear(&recogniser, 1, Purpose::Live, En).await.unwrap(), "");
    assert_eq!(fault(hear(&recogniser, 2, Purpose::Live, En).await), "other_language");
    // Nobody is asked about silence, and this script would have said something.
    assert_eq!(hear(&recogniser, 3, Purpose::Live, En).await.unwrap(), "you");
    assert_eq!(hear(&recogniser, 0, Purpose::Live, En).await.unwrap(), "");
    assert_eq!(recogniser.counters().phantoms, 1);
}

/// The binary is replaced by a broken one while the house runs.
#[tokio::test]
async fn a_worker_that_does_not_come_back_leaves_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let flag = dir.path().join("broken");
    let mut config = config(vec![shell("parent", "cut -d' ' -f4 /proc/$$/stat")]);
    let worker = config.worker.0.display().to_string();
    let script = format!("test -e {} && exit 1; exec {worker} asr-worker", flag.display());
    config.worker = ("sh".into(), vec!["-c".into(), script.into()]);
    let recogniser = Recogniser::start(config);
    let worker = hear(&recogniser, 1, Purpose::SecondPass, En).await.unwrap();
    std::fs::write(&flag, "").unwrap();
    assert!(std::process::Command::new("kill").args(["-9", &worker]).status().unwrap().success());
    // It may still be alive for the first question, and dead for the second.
    let answers =
        [hear(&recogniser, 1, Purpose::SecondPass, En).await, hear(&recogniser, 1, Purpose::SecondPass, En).await];
    let [_, last] = answers;
    assert!(["crashed", "no_engine"].contains(&fault(last)));
    // Repaired, it is found again.
    std::fs::remove_file(&flag).unwrap();
    timeout(Duration::from_secs(20), async {
        while hear(&recogniser, 1, Purpose::SecondPass, En).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("it comes back");
}
