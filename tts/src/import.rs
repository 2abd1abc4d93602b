//! Take a folder of recordings into the library.

use crate::library::{PromptLibrary, has_variables, table};
use crate::wav;
use ringdesk_model::Language;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

/// What became of each file, and what is still missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub taken: Vec<String>,
    /// File and reason.
    pub refused: Vec<(String, String)>,
    pub missing: Vec<String>,
}

/// Take `<id>.wav` files of any usual rate, width and channel count; they become 8 kHz mono at the level of speech. An old
/// recording of the same prompt is replaced. Fails only when the folder cannot be read.
pub fn import(library: &PromptLibrary, language: Language, folder: &Path) -> io::Result<Imported> {
    let mut report = Imported::default();
    let mut files = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match take(library, language, &file, &name) {
            Ok(id) => report.taken.push(id),
            Err(reason) => report.refused.push((name, reason)),
        }
    }
    report.missing = library.missing(language);
    Ok(report)
}

fn take(library: &PromptLibrary, language: Language, file: &Path, name: &str) -> Result<String, String> {
    let (id, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    if !kind.eq_ignore_ascii_case("wav") {
        return Err("not a .wav file".to_owned());
    }
    match table(language).get(id) {
        None => return Err("no prompt has this id".to_owned()),
        Some(text) if has_variables(text) => return Err("has variables and is always spoken".to_owned()),
        Some(_) => {}
    }
    let source = File::open(file).map_err(|e| e.to_string())?;
    wav::write(&wav::read(BufReader::new(source))?, &library.path(language, id))?;
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Speaker;
    use ringdesk_audio::tone;

    fn record(path: &Path, sample_rate: u32, hz: f32) {
        let spec =
            hound::WavSpec { channels: 2, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for sample in tone::sine(hz, -30.0, sample_rate, sample_rate as usize) {
            writer.write_sample(sample).unwrap();
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
    }

    /// Rows: V13
    #[tokio::test]
    async fn recordings_keep_their_tone_and_what_does_not_fit_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = folder.path().join("in");
        fs::create_dir_all(&recordings).unwrap();
        record(&recordings.join("goodbye.wav"), 44_100, 440.0);
        record(&recordings.join("welcome.main.WAV"), 16_000, 1_477.0);
        record(&recordings.join("no.such.id.wav"), 8_000, 440.0);
        record(&recordings.join("queue.position.wav"), 8_000, 440.0);
        fs::write(recordings.join("menu.main.wav"), b"not a wav").unwrap();
        fs::write(recordings.join("notes.txt"), b"take two was better").unwrap();

        let speaker = Speaker::with_engine("no-such-program", folder.path().join("cache"), 160);
        let library = PromptLibrary::new(folder.path().join("prompts"), speaker);
        let report = import(&library, Language::En, &recordings).unwrap();
        assert_eq!(report.taken, ["goodbye", "welcome.main"]);
        let refused: Vec<(&str, &str)> = report.refused.iter().map(|(f, r)| (f.as_str(), r.as_str())).collect();
        assert!(refused[0].0 == "menu.main.wav", "{refused:?}");
        assert_eq!(
            refused[1..],
            [
                ("no.such.id.wav", "no prompt has this id"),
                ("notes.txt", "not a .wav file"),
                ("queue.position.wav", "has variables and is always spoken"),
            ]
        );
        let gaps = crate::texts(Language::En).values().filter(|text| !has_variables(text)).count() - 2;
        assert_eq!(report.missing.len(), gaps, "all that can be recorded but the two that were taken");
        assert!(report.missing.contains(&"menu.main".to_owned()) && !report.missing.contains(&"goodbye".to_owned()));

        for (id, hz) in [("goodbye", 440.0), ("welcome.main", 1_477.0)] {
            let clip = library.prompt(Language::En, id, &[]).await.unwrap();
            assert_eq!(clip.len(), 8_000);
            assert!((tone::dominant(clip.samples(), 8_000) - hz).abs() < 1.0, "{id}");
            let loud = tone::measure(clip.samples(), 8_000, hz);
            assert!((loud - ringdesk_audio::level::SPEECH).abs() < 0.5, "{id} at {loud}");
        }
        assert!(import(&library, Language::En, &folder.path().join("nowhere")).is_err());
    }
}
