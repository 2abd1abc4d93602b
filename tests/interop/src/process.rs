//! A foreign program: its output goes to a file, and it dies with its handle.

use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::time::{Instant, interval};

pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Start it with its output in this file.
    pub fn start(command: &mut Command, output: PathBuf) -> Result<Process> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = std::fs::File::options().create(true).append(true).open(&output)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name} (scripts/setup test installs it)"))?;
        Ok(Process { name, child, output })
    }

    pub fn output(&self) -> String {
        let bytes = std::fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Wait for it to end by itself.
    pub async fn ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + within;
        let mut tick = interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "{} still runs after {within:?}:\n{}", self.name, self.output());
        }
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let output = self.output();
            let from = output.char_indices().rev().nth(6_000).map_or(0, |(at, _)| at);
            eprintln!("--- {} (end) ---\n{}", self.name, &output[from..]);
        }
    }
}
