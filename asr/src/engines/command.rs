//! Any program that reads a WAV and writes what it understood, one process per clip.
//!
//! The sound is a file in memory, the program's standard input; where a program wants a name, `{wav}` in its arguments is
//! one. No shell: an argument is only an argument. It is ended with all it started when nobody waits for it any more.

use super::{answer, hypseg, short};
use crate::engine::{Hearing, Segment, Transcript};
use crate::os::{Group, die_with_parent, memory_file};
use crate::words::tokens;
use crate::{Capabilities, Clip16k, Engine, EngineFault, Options, wav};
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// No transcript of a minute is longer, whatever form it has.
const MOST_OUTPUT: u64 = 1 << 20;
/// The end of its complaints that is kept.
const MOST_COMPLAINT: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandConfig {
    pub name: String,
    /// Which weights and version: shown with the transcript.
    #[serde(default)]
    pub model: String,
    /// A path, or a name to be found in `PATH`.
    pub program: PathBuf,
    /// With `{wav}`, `{language}` (`en`, `zh`), `{hot_words}` (with commas between) and the names of `files`.
    pub args: Vec<String>,
    /// More of them for telephone sound.
    #[serde(default)]
    pub narrow_args: Vec<String>,
    pub languages: Vec<Language>,
    #[serde(default)]
    pub output: Output,
    /// Small texts that the program wants to read from files: `{name}` in an argument is the path of one.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Files without which it does not work: its model.
    #[serde(default)]
    pub needs: Vec<PathBuf>,
}

/// What it writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Only words.
    #[default]
    Text,
    /// An object with `text`, and where it can `language`, `words` and `segments` as the trade writes them.
    Json,
    /// As `pocketsphinx_batch -hypseg`.
    Hypseg,
}

impl CommandConfig {
    /// Debian's packages `pocketsphinx` and `pocketsphinx-en-us`. Batch, not `pocketsphinx_continuous`: the clip is cut
    /// already, and a second voice detector would only lose words. Its noise removal hurts telephone sound.
    pub fn pocketsphinx() -> CommandConfig {
        let model = "/usr/share/pocketsphinx/model/en-us";
        let args = [
            "-adcin",
            "yes",
            "-adchdr",
            "44",
            "-ctl",
            "{list}",
            "-cepdir",
            "/dev",
            "-cepext",
            "",
            "-hypseg",
            "/dev/stdout",
            "-logfn",
            "/dev/null",
            "-hmm",
            "/usr/share/pocketsphinx/model/en-us/en-us",
            "-lm",
            "/usr/share/pocketsphinx/model/en-us/en-us.lm.bin",
            "-dict",
            "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict",
        ];
        CommandConfig {
            name: "pocketsphinx".into(),
            model: "en-us".into(),
            program: "pocketsphinx_batch".into(),
            args: args.map(String::from).to_vec(),
            narrow_args: ["-remove_noise", "no"].map(String::from).to_vec(),
            languages: vec![Language::En],
            output: Output::Hypseg,
            files: BTreeMap::from([("list".into(), "stdin\n".into())]),
            needs: ["en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict"].map(|f| Path::new(model).join(f)).to_vec(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Command {
    config: CommandConfig,
    /// Held open, so that every child inherits them.
    files: Result<BTreeMap<String, File>, EngineFault>,
}

impl Command {
    pub(super) fn new(config: CommandConfig) -> Command {
        let files = config.files.iter().map(|(name, text)| Ok((name.clone(), memory_file(text.as_bytes(), true)?)));
        let files =
            files.collect::<io::Result<_>>().map_err(|e| EngineFault::Missing(format!("memory for a file: {e}")));
        Command { config, files }
    }

    fn arguments(&self, options: &Options) -> Result<Vec<String>, EngineFault> {
        let files = self.files.as_ref().map_err(Clone::clone)?;
        let narrow = options.narrow.then_some(&self.config.narrow_args);
        let fill = |arg: &String| {
            // One placeholder after the other, from left to right: what a hot word contains is not looked at again.
            let (mut filled, mut rest) = (String::new(), arg.as_str());
            while let Some((before, after)) = rest.split_once('{') {
                let value = after.split_once('}').and_then(|(name, _)| match name {
                    "wav" => Some("/dev/stdin".to_string()),
                    "language" => Some(short(options.language).to_string()),
                    "hot_words" => Some(options.hot_words.join(",")),
                    _ => files.get(name).map(|f| format!("/proc/self/fd/{}", f.as_raw_fd())),
                });
                filled.push_str(before);
                match (value, after.split_once('}')) {
                    (Some(value), Some((_, after))) => {
                        filled.push_str(&value);
                        rest = after;
                    }
                    _ => {
                        filled.push('{');
                        rest = after;
                    }
                }
            }
            filled + rest
        };
        Ok(self.config.args.iter().chain(narrow.into_iter().flatten()).map(fill).collect())
    }

    async fn run(&self, clip: &Clip16k, options: &Options) -> Result<Vec<Segment>, EngineFault> {
        let crashed = |e: io::Error| EngineFault::Crashed { status: e.to_string(), complaint: Pii::default() };
        let sound = memory_file(&wav::write(clip), false).map_err(crashed)?;
        let mut command = tokio::process::Command::new(&self.config.program);
        command
            .args(self.arguments(options)?)
            .stdin(Stdio::from(sound))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        die_with_parent(&mut command);
        let mut child = command.spawn().map_err(|e| self.not_started(&e))?;
        let group = Group::of(child.id());
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(EngineFault::Rubbish("a pipe is missing".into()));
        };
        let mut output = Vec::new();
        let read = async {
            stdout.take(MOST_OUTPUT).read_to_end(&mut output).await?;
            Ok(())
        };
        let ((), complaint) = tokio::try_join!(read, last_of(stderr)).map_err(crashed)?;
        if output.len() as u64 == MOST_OUTPUT {
            return Err(EngineFault::Rubbish("it does not stop".into()));
        }
        let status = child.wait().await.map_err(crashed)?;
        group.ended();
        if !status.success() {
            let complaint = Pii::new(String::from_utf8_lossy(&complaint).trim().to_string());
            return Err(EngineFault::Crashed { status: status.to_string(), complaint });
        }
        if self.config.output == Output::Json {
            return answer::segments(&output, clip, options.language);
        }
        let output = String::from_utf8(output).map_err(|_| EngineFault::Rubbish("not in UTF-8".into()))?;
        if output.contains('\0') {
            return Err(EngineFault::Rubbish("not a text".into()));
        }
        if self.config.output == Output::Hypseg {
            return hypseg::segments(&output, clip);
        }
        let lines: Vec<&str> = output.lines().map(str::trim).filter(|l| !tokens(l).is_empty()).collect();
        Ok(if lines.is_empty() { Vec::new() } else { vec![Segment::new(lines.join(" "), 0, clip.ms())] })
    }

    fn not_started(&self, e: &io::Error) -> EngineFault {
        EngineFault::Missing(format!("{}: {e}", self.config.program.display()))
    }
}

impl Engine for Command {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn model(&self) -> &str {
        &self.config.model
    }

    fn capabilities(&self) -> Capabilities {
        let all = || self.config.args.iter().chain(&self.config.narrow_args);
        Capabilities {
            languages: self.config.languages.clone(),
            hot_words: all().any(|a| a.contains("{hot_words}")),
            word_times: self.config.output == Output::Hypseg,
        }
    }

    fn ready(&self) -> Result<(), EngineFault> {
        self.files.as_ref().map_err(Clone::clone)?;
        let program = &self.config.program;
        let found = if program.components().count() > 1 {
            program.is_file()
        } else {
            std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|dir| dir.join(program).is_file()))
        };
        if !found {
            return Err(EngineFault::Missing(format!("the program {}", program.display())));
        }
        match self.config.needs.iter().find(|f| !f.exists()) {
            Some(file) => Err(EngineFault::Missing(format!("the file {}", file.display()))),
            None => Ok(()),
        }
    }

    fn transcribe<'a>(&'a self, clip: &'a Clip16k, options: &'a Options) -> Hearing<'a> {
        Box::pin(async move {
            let segments = self.run(clip, options).await?;
            Ok(Transcript::of(self, options, segments))
        })
    }
}

/// All is read, so that the program is not stopped by a full pipe; the end is kept.
async fn last_of(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let (mut kept, mut piece) = (Vec::new(), [0; 1_024]);
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(&piece[..length]);
        let over = kept.len().saturating_sub(MOST_COMPLAINT);
        kept.drain(..over);
    }
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
