//! SIPp with scenarios of our own, kept in `sipp/*.xml`.

use crate::centre::{PASSWORD, free_port};
use crate::process::Process;
use anyhow::{Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A scenario that runs.
pub struct Sipp {
    pub sip: SocketAddr,
    scenario: String,
    process: Process,
    folder: TempDir,
}

/// What differs from scenario to scenario.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// Name of the file without its ending.
    pub scenario: &'a str,
    pub server: SocketAddr,
    /// Number to dial, or extension.
    pub service: &'a str,
    pub calls: u32,
    /// Calls begun per second.
    pub rate: u32,
    /// `u1` UDP, `t1` one TCP connection, `tn` one for each call.
    pub transport: &'a str,
    /// Its port, when it must be that one.
    pub at: Option<SocketAddr>,
    /// Send back whatever sound comes.
    pub echoes: bool,
}

impl<'a> Run<'a> {
    pub fn new(scenario: &'a str, server: SocketAddr, service: &'a str) -> Run<'a> {
        Run { scenario, server, service, calls: 1, rate: 10, transport: "u1", at: None, echoes: false }
    }

    pub fn start(&self) -> Result<Sipp> {
        let folder = tempfile::tempdir()?;
        let sip = self.at.map_or_else(free_port, Ok)?;
        let media = free_port()?.port() & !1;
        // Half a second of a 440 Hz tone as PCMU, which SIPp repeats.
        let tone: Vec<u8> = (0..4_000u32)
            .map(|n| (f64::from(n) * 440.0 / 8_000.0).fract() * std::f64::consts::TAU)
            .map(|turn| ringdesk_audio::g711::ulaw_encode((turn.sin() * 8_000.0) as i16))
            .collect();
        std::fs::write(folder.path().join("tone.ulaw"), tone)?;
        let mut command = Command::new("sipp");
        command
            .current_dir(folder.path())
            .arg("-sf")
            .arg(scenarios().join(format!("{}.xml", self.scenario)))
            .args(["-s", self.service, "-au", self.service, "-ap", PASSWORD, "-t", self.transport])
            .args(["-i", "127.0.0.1", "-p", &sip.port().to_string()])
            .args(["-mi", "127.0.0.1", "-mp", &media.to_string()])
            .args(["-m", &self.calls.to_string(), "-r", &self.rate.to_string()])
            .args([
                "-nostdin",
                "-trace_err",
                "-error_file",
                "errors.txt",
                "-trace_msg",
                "-message_file",
                "messages.txt",
            ])
            .args(["-timeout", "90", "-timeout_error"]);
        if self.echoes {
            command.arg("-rtp_echo");
        }
        command.arg(self.server.to_string());
        let process = Process::start(&mut command, folder.path().join("output.txt"))?;
        Ok(Sipp { sip, scenario: self.scenario.into(), process, folder })
    }
}

impl Sipp {
    /// Wait for its end; every call must have gone as the scenario says.
    pub async fn succeeded(mut self, within: Duration) -> Result<()> {
        let status = self.process.ended(within).await?;
        ensure!(status.success(), "{}: {status}\n{}", self.scenario, self.story());
        Ok(())
    }

    /// What it complained of, and the messages.
    pub fn story(&self) -> String {
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let messages = read("messages.txt");
        let from = messages.char_indices().rev().nth(12_000).map_or(0, |(at, _)| at);
        format!("{}\n{}\n{}", read("errors.txt"), &messages[from..], self.process.output())
    }

    /// How many messages it sent or received so far whose first line begins so.
    pub fn messages(&self, start: &str) -> usize {
        let text = std::fs::read_to_string(self.folder.path().join("messages.txt")).unwrap_or_default();
        text.lines().filter(|line| line.starts_with(start)).count()
    }
}

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp")
}
