//! `espeak-ng` as a child process: GPL, so it is run and never linked.

use crate::SpeechFault;
use ringdesk_model::Language;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// No text we send makes more than this: 2,000 characters, slowly, are some ten minutes. What comes beyond is a fault.
const MOST: u64 = 48 << 20;

pub(crate) fn voice(language: Language) -> &'static str {
    match language {
        Language::En => "en-us",
        Language::ZhCn => "cmn",
    }
}

/// A whole WAV. Dropping the future ends the child.
pub(crate) async fn speak(engine: &Path, text: &str, voice: &str, rate: u16) -> Result<Vec<u8>, SpeechFault> {
    let failed = |e: io::Error| SpeechFault::Engine(e.to_string());
    // -b 1: the text is UTF-8, whatever the locale of the service is.
    let mut child = Command::new(engine)
        .args(["--stdin", "--stdout", "-b", "1", "-v", voice, "-s", &rate.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| if e.kind() == io::ErrorKind::NotFound { SpeechFault::NoEngine } else { failed(e) })?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(SpeechFault::Engine("a pipe is missing".into()));
    };
    let (mut sound, mut complaint) = (Vec::new(), Vec::new());
    // By its standard input, never by a shell: a text is only a text. A child that ends without reading it says why.
    let feed = async {
        let _ = stdin.write_all(text.as_bytes()).await;
        drop(stdin);
        Ok(())
    };
    tokio::try_join!(feed, async { stdout.take(MOST).read_to_end(&mut sound).await }, async {
        stderr.take(4_096).read_to_end(&mut complaint).await
    },)
    .map_err(failed)?;
    if sound.len() as u64 == MOST {
        return Err(SpeechFault::Engine("it does not stop speaking".into()));
    }
    let status = child.wait().await.map_err(failed)?;
    if !status.success() || sound.len() < 44 {
        let complaint = String::from_utf8_lossy(&complaint);
        return Err(SpeechFault::Engine(format!("{status}: {}", complaint.trim())));
    }
    Ok(measured(sound))
}

/// A WAV written to a pipe has no lengths in its header; put in what was really read.
fn measured(mut wav: Vec<u8>) -> Vec<u8> {
    let head = wav.len().min(256);
    let Some(data) = wav[..head].windows(4).position(|w| w == b"data") else { return wav };
    let Some(length) = wav.len().checked_sub(data + 8) else { return wav };
    // At most MOST bytes, so both fit.
    let (riff, length) = ((wav.len() - 8) as u32, (length & !1) as u32);
    wav[4..8].copy_from_slice(&riff.to_le_bytes());
    wav[data + 4..data + 8].copy_from_slice(&length.to_le_bytes());
    wav
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `false` and `true` take any arguments: one fails, one says nothing.
    #[tokio::test]
    async fn an_engine_that_fails_is_told_from_one_that_is_missing() {
        for program in ["false", "true"] {
            let fault = speak(Path::new(program), "text", "en", 160).await.unwrap_err();
            assert!(matches!(fault, SpeechFault::Engine(_)), "{program}: {fault}");
        }
        let fault = speak(Path::new("no-such-program"), "text", "en", 160).await.unwrap_err();
        assert!(matches!(fault, SpeechFault::NoEngine));
        let fault = speak(Path::new("espeak-ng"), "text", "zzz", 160).await.unwrap_err();
        assert!(matches!(fault, SpeechFault::Engine(_)));
    }

    #[test]
    fn any_head_survives() {
        for wav in [&b""[..], b"data", b"RIFFxxxxdata", b"RIFFxxxxWAVEdata1234567", b"1234567data890a"] {
            assert_eq!(measured(wav.to_vec()).len(), wav.len());
        }
    }

    /// A text that starts like an option or a shell command is a text.
    #[tokio::test]
    async fn a_text_is_only_a_text() {
        for text in ["-v no-such-voice", "$(exit 1)", "; false", "--help"] {
            assert!(speak(Path::new("espeak-ng"), text, "en", 160).await.unwrap().len() > 8_000, "{text}");
        }
    }
}
