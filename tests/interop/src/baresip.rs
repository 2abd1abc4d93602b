//! baresip as somebody's telephone: a SIP stack, a media stack and a digest that are not ours.
//!
//! It speaks a tone from a file, is told what to do over its control socket, and dumps what it hears into a file.

use crate::centre::free_port;
use crate::process::Process;
use crate::sound::tone_at_the_end;
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, timeout_at};

/// How long its tone lasts: longer than any test.
const SPEAKS: u32 = 120;

pub struct Baresip {
    /// Where its SIP is.
    pub sip: SocketAddr,
    process: Process,
    control: TcpStream,
    read: Vec<u8>,
    events: Vec<Value>,
    folder: TempDir,
}

/// Who it is.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    pub user: &'a str,
    pub server: SocketAddr,
    /// It registers with this; without one it does not register.
    pub password: Option<&'a str>,
    /// `udp`, `tcp` or `tls`.
    pub transport: &'a str,
    pub speaks_hz: f32,
}

/// What it is to know beyond that.
#[derive(Clone, Copy, Debug)]
pub struct More<'a> {
    /// `srtp.so`, `opus.so` …
    pub modules: &'a [&'a str],
    /// Of the account: codecs, encryption.
    pub parameters: &'a str,
}

impl Default for More<'_> {
    fn default() -> Self {
        More { modules: &[], parameters: "audio_codecs=PCMU/8000/1;dtmfmode=rtpevent" }
    }
}

impl Baresip {
    /// Start it on a free port.
    pub async fn start(account: &Account<'_>) -> Result<Baresip> {
        Baresip::start_at(account, free_port()?).await
    }

    /// The same, with more modules and other parameters.
    pub async fn start_with(account: &Account<'_>, more: &More<'_>) -> Result<Baresip> {
        Baresip::launch(account, free_port()?, more).await
    }

    /// Start it with its SIP on this port.
    pub async fn start_at(account: &Account<'_>, sip: SocketAddr) -> Result<Baresip> {
        Baresip::launch(account, sip, &More::default()).await
    }

    async fn launch(account: &Account<'_>, sip: SocketAddr, more: &More<'_>) -> Result<Baresip> {
        let folder = tempfile::tempdir()?;
        let control = free_port()?;
        std::fs::write(folder.path().join("config"), configuration(folder.path(), sip, control, more)?)?;
        std::fs::write(folder.path().join("accounts"), account.line(more))?;
        std::fs::write(folder.path().join("contacts"), "")?;
        write_tone(&folder.path().join("tone.wav"), account.speaks_hz)?;
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder.path()).arg("-s").current_dir(folder.path());
        let mut process = Process::start(&mut command, folder.path().join("output.txt"))?;
        let control = connect(&mut process, control).await?;
        Ok(Baresip { sip, process, control, read: Vec::new(), events: Vec::new(), folder })
    }

    /// A command of its menu; gives what it says.
    pub async fn command(&mut self, command: &str, parameters: &str) -> Result<String> {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).await?;
        let reply = self.message(Duration::from_secs(10), |m| m["response"] == true && m["token"] == command).await?;
        ensure!(reply["ok"] == true, "baresip refuses {command}: {reply}");
        Ok(reply["data"].as_str().unwrap_or_default().to_owned())
    }

    /// Wait for an event of this type: `REGISTER_OK`, `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` …
    pub async fn event(&mut self, kind: &str, within: Duration) -> Result<Value> {
        self.message(within, |m| m["event"] == true && m["type"] == kind).await.with_context(|| kind.to_owned())
    }

    pub async fn dial(&mut self, uri: &str) -> Result<()> {
        self.command("dial", uri).await.map(drop)
    }

    /// Send digits by RFC 4733.
    pub async fn press(&mut self, digits: &str) -> Result<()> {
        self.command("sndcode", digits).await.map(drop)
    }

    /// Wait until the sound it was sent holds this tone in its last half second. Gives the level in dBFS.
    pub async fn hears_tone(&self, hz: f32, within: Duration) -> Option<f32> {
        self.hears(within, |heard| tone_at_the_end(heard, hz)).await
    }

    /// Wait until half a second of the sound it was sent is loud, of whatever kind.
    pub async fn hears_something(&self, within: Duration) -> bool {
        let loud = |heard: &[i16]| heard.iter().filter(|s| s.unsigned_abs() > 500).count() > 2_000;
        self.hears(within, |heard| loud(heard).then_some(())).await.is_some()
    }

    async fn hears<T>(&self, within: Duration, what: impl Fn(&[i16]) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(50));
        loop {
            timeout_at(deadline, tick.tick()).await.ok()?;
            if let Some(found) = what(&self.heard()) {
                return Some(found);
            }
        }
    }

    /// What its decoder gave, from the newest dump of its `sndfile` filter: one file for each start of the sound.
    pub fn heard(&self) -> Vec<i16> {
        let mut dumps: Vec<PathBuf> = (std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        dumps.sort();
        let bytes = dumps.last().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        // The lengths in the head are written when the file is closed.
        let Some(data) = bytes.windows(4).position(|w| w == b"data") else { return Vec::new() };
        let samples = bytes.get(data + 8..).unwrap_or_default();
        samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// Every message it sent and received, and its own words.
    pub fn output(&self) -> String {
        self.process.output()
    }

    async fn message(&mut self, within: Duration, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(at) = self.events.iter().position(&fits) {
                return Ok(self.events.remove(at));
            }
            let mut buffer = [0u8; 4_096];
            let Ok(read) = timeout_at(deadline, self.control.read(&mut buffer)).await else {
                bail!("baresip said nothing of it within {within:?}; it said {:#?}\n{}", self.events, self.output());
            };
            let length = read?;
            ensure!(length > 0, "baresip has ended:\n{}", self.output());
            self.read.extend_from_slice(&buffer[..length]);
            while let Some(text) = take_netstring(&mut self.read)? {
                self.events.push(serde_json::from_slice(&text)?);
            }
        }
    }
}

impl Account<'_> {
    fn line(&self, more: &More<'_>) -> String {
        let registers = match self.password {
            Some(password) => format!(";auth_user={};auth_pass={password};regint=300", self.user),
            None => ";regint=0".into(),
        };
        format!("<sip:{}@{};transport={}>{registers};{}\n", self.user, self.server, self.transport, more.parameters)
    }
}

fn configuration(folder: &Path, sip: SocketAddr, control: SocketAddr, more: &More<'_>) -> Result<String> {
    let loaded: String = more.modules.iter().map(|module| format!("module {module}\n")).collect();
    let modules = modules()?;
    let (modules, folder) = (modules.display(), folder.display());
    Ok(format!(
        "poll_method epoll\nsip_listen {sip}\nnet_interface {}\ncall_local_timeout 120\ncall_max_calls 4\n\
         audio_player aufile,{folder}/played.wav\naudio_source aufile,{folder}/tone.wav\naudio_alert aufile,{folder}/alert.wav\n\
         ausrc_srate 8000\nauplay_srate 8000\nsnd_path {folder}\nctrl_tcp_listen {control}\nmodule_path {modules}\n\
         module g711.so\nmodule aufile.so\nmodule sndfile.so\n{loaded}module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n",
        sip.ip()
    ))
}

/// Debian keeps them below the architecture's folder or not, by release.
fn modules() -> Result<PathBuf> {
    let places = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"];
    let others = ["/usr/lib/aarch64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules"];
    let found = places.iter().chain(&others).map(PathBuf::from).find(|p| p.join("ctrl_tcp.so").exists());
    found.context("baresip's modules (scripts/setup test installs them)")
}

fn write_tone(file: &Path, hz: f32) -> Result<()> {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(file, format)?;
    for n in 0..8_000 * SPEAKS {
        let turn = (f64::from(n) * f64::from(hz) / 8_000.0).fract() * std::f64::consts::TAU;
        wav.write_sample((turn.sin() * 8_000.0) as i16)?;
    }
    Ok(wav.finalize()?)
}

async fn connect(process: &mut Process, control: SocketAddr) -> Result<TcpStream> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut tick = interval(Duration::from_millis(20));
    loop {
        tick.tick().await;
        if let Ok(stream) = TcpStream::connect(control).await {
            return Ok(stream);
        }
        ensure!(process.is_running(), "baresip has ended:\n{}", process.output());
        ensure!(Instant::now() < deadline, "baresip has no control socket:\n{}", process.output());
    }
}

/// `5:hello,`
fn take_netstring(buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>> {
    let Some(colon) = buffer.iter().position(|b| *b == b':') else { return Ok(None) };
    let length: usize = std::str::from_utf8(&buffer[..colon])?.parse()?;
    let end = colon + 1 + length;
    if buffer.len() <= end {
        return Ok(None);
    }
    let text = buffer[colon + 1..end].to_vec();
    buffer.drain(..=end);
    Ok(Some(text))
}
