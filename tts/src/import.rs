//! Take a folder of recordings into the library.

use crate::{PromptLibrary, library::texts, wav};
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

/// Import `<id>.wav` files of any usual rate, width and channel count, normalised to 8 kHz mono at the level of speech.
pub fn import(library: &PromptLibrary, language: Language, folder: &Path) -> io::Result<Imported> {
    let texts = texts(language);
    let mut report = Imported::default();
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|e| e.path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(id) = name.strip_suffix(".wav") else {
            report.refused.push((name, "not a .wav file".into()));
            continue;
        };
        let clip = match texts.get(id) {
            None => Err("no prompt has this id".to_owned()),
            Some(text) if text.contains('{') => Err("has variables and is always spoken".to_owned()),
            Some(_) => File::open(&file).map_err(|e| e.to_string()).and_then(|f| wav::read(BufReader::new(f))),
        };
        match clip {
            Err(reason) => report.refused.push((name, reason)),
            Ok(clip) => {
                let place = library.path(language, id);
                if let Some(parent) = place.parent() {
                    fs::create_dir_all(parent)?;
                }
                wav::write(&clip, &place).map_err(io::Error::other)?;
                report.taken.push(id.to_owned());
            }
        }
    }
    report.missing = texts
        .iter()
        .filter(|(id, text)| !text.contains('{') && !library.path(language, id).exists())
        .map(|(id, _)| id.clone())
        .collect();
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Speaker;
    use ringdesk_audio::tone;

    /// Rows: V13
    #[test]
    fn a_stereo_recording_keeps_its_tone_and_an_unknown_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = folder.path().join("in");
        fs::create_dir_all(&recordings).unwrap();
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        for name in ["goodbye.wav", "no.such.id.wav"] {
            let mut writer = hound::WavWriter::create(recordings.join(name), spec).unwrap();
            for n in 0..44_100 {
                let sample = ((n as f32 * 440.0 * std::f32::consts::TAU / 44_100.0).sin() * 6_000.0) as i16;
                writer.write_sample(sample).unwrap();
                writer.write_sample(sample).unwrap();
            }
            writer.finalize().unwrap();
        }
        fs::write(recordings.join("menu.main.wav"), b"not a wav").unwrap();
        let library = PromptLibrary::new(folder.path().join("prompts"), Speaker::new(folder.path(), 160));
        let report = import(&library, Language::En, &recordings).unwrap();
        assert_eq!(report.taken, ["goodbye"]);
        assert_eq!(report.refused.len(), 2);
        assert!(report.missing.contains(&"menu.main".to_owned()) && !report.missing.contains(&"goodbye".to_owned()));
        let clip = wav::read(File::open(library.path(Language::En, "goodbye")).unwrap()).unwrap();
        assert!((clip.len() as i64 - 8_000).abs() < 20);
        assert!(tone::measure(clip.samples(), 8_000, 440.0) > -25.0);
    }
}
