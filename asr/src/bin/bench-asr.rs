//! `bench-asr [folder] [engines.json]`: error rates and processor time of every engine here, at 16 kHz and through G.711.
//!
//! `engines.json` is an array of engine configurations; without it the engines that need none are measured, and whisper.cpp
//! with each model that lies in `data/models`. With the one argument `asr-worker` it is a recognition worker, for tests.

use ringdesk_asr::bench::{self, Line};
use ringdesk_asr::{EngineConfig, worker_main};
use ringdesk_model::Language;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = if args.first().is_some_and(|a| a == "asr-worker") {
        worker_main(std::io::stdin(), std::io::stdout()).map_err(Into::into)
    } else {
        measure(&args)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("bench-asr: {e}");
            ExitCode::FAILURE
        }
    }
}

/// What needs no configuration, and what was pulled.
fn present(models: &Path) -> Result<Vec<EngineConfig>, Box<dyn Error>> {
    let mut engines = vec![EngineConfig::Pocketsphinx];
    let mut files: Vec<PathBuf> = std::fs::read_dir(models).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "bin"));
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        engines.push(serde_json::from_value(serde_json::json!({"kind": "whisper", "name": name, "model": file}))?);
    }
    Ok(engines)
}

#[expect(clippy::print_stdout, reason = "a command's output")]
fn measure(args: &[String]) -> Result<(), Box<dyn Error>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let folder = PathBuf::from(args.first().map_or(own, String::as_str));
    let engines: Vec<EngineConfig> = match args.get(1) {
        Some(file) => serde_json::from_str(&std::fs::read_to_string(file)?)?,
        None => present(Path::new("data/models"))?,
    };
    let references = bench::references(&folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!(
        "{:<16} {:<6} {:<10} {:>10} {:>12} {:>8} {:>8}",
        "engine", "lang", "line", "error rate", "of", "CPU s/s", "failed"
    );
    for language in [Language::En, Language::ZhCn] {
        let kind = if language == Language::En { "WER" } else { "CER" };
        let mut able = 0;
        for config in &engines {
            let engine = config.build();
            if !engine.capabilities().languages.contains(&language) {
                continue;
            }
            if let Err(why) = engine.ready() {
                println!("{:<16} {:<6} {why}", engine.name(), language.as_str());
                continue;
            }
            able += 1;
            for (line, name) in [(Line::Wide, "16 kHz"), (Line::Telephone, "G.711")] {
                let mut all = bench::Result::default();
                for reference in references.iter().filter(|r| r.language == language) {
                    all = all.plus(&runtime.block_on(bench::hear(engine.as_ref(), reference, line))?);
                }
                let score = all.score;
                println!(
                    "{:<16} {:<6} {name:<10} {kind} {:>5.1}% {:>5}/{:<6} {:>8.2} {:>8}",
                    engine.name(),
                    language.as_str(),
                    score.rate() * 100.0,
                    score.errors(),
                    score.units,
                    all.cpu_per_second(),
                    all.failed
                );
            }
        }
        if able == 0 {
            println!("{:<16} {:<6} no_engine", "-", language.as_str());
        }
    }
    Ok(())
}
