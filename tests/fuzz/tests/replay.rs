//! Every target over its committed corpus, whole and damaged.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_fuzz::mutation::{Dice, damaged};
use ringdesk_fuzz::{TARGETS, Target};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Damaged inputs per target.
const DAMAGED: usize = 3_000;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// File names and bytes, in order of their names.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpora().join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut files: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn run(target: &Target, name: &str, bytes: &[u8]) {
    let run = std::panic::AssertUnwindSafe(|| (target.run)(bytes));
    if std::panic::catch_unwind(run).is_err() {
        panic!("{} does not hold for {name}: {}", target.name, bytes.escape_ascii());
    }
}

/// Rows: S12.15
#[test]
fn corpora_hold() {
    for target in TARGETS {
        for (name, bytes) in corpus(target.name) {
            run(target, &name, &bytes);
        }
    }
}

/// Rows: S12.15
#[test]
fn damaged_corpora_hold() {
    for target in TARGETS {
        let corpus = corpus(target.name);
        let mut dice = Dice::seeded(7);
        for round in 0..DAMAGED {
            let (name, whole) = &corpus[round % corpus.len()];
            let (_, other) = &corpus[dice.below(corpus.len())];
            let bytes = damaged(whole, other, target.longest, &mut dice);
            run(target, &format!("{name}, damaged in round {round}"), &bytes);
        }
    }
}

#[test]
fn corpora_are_small_and_belong_to_a_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len(), "two targets of one name");
    let folders: BTreeSet<String> =
        std::fs::read_dir(corpora()).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, names);
    for target in TARGETS {
        let files = corpus(target.name);
        let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!((1..=200).contains(&files.len()), "{}: {} files", target.name, files.len());
        assert!(size <= 1 << 20, "{}: {size} bytes", target.name);
    }
}
