//! A running worker: its process and the two tasks at its pipes. Dropping it ends the process.

use super::RecogniserConfig;
use super::wire::{self, FromWorker, ToWorker};
use std::io;
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

/// What a worker needs of our environment. Not the rest: there may be keys in it.
const ENVIRONMENT: &[&str] = &["PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "RUST_BACKTRACE"];

pub(super) struct Link {
    _child: Child,
    frames: mpsc::Sender<Vec<u8>>,
    pub(super) messages: mpsc::Receiver<FromWorker>,
}

impl Link {
    pub(super) fn start(config: &RecogniserConfig) -> io::Result<Link> {
        let (program, args) = &config.worker;
        let environment = ENVIRONMENT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let mut child = Command::new(program)
            .args(args)
            .env_clear()
            .envs(environment)
            // whisper.cpp ends its process when it is surprised; a debugger over a caller's words is nobody's help.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            // A key pressed in our terminal is for us: the worker ends when we close its input.
            .process_group(0)
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a pipe is missing"));
        };
        // Room for a clip and a word of farewell for each place; see `send`.
        let (frames, to_write) = mpsc::channel(2 * config.places.max(1) + 4);
        let (read, messages) = mpsc::channel(16);
        tokio::spawn(write(stdin, to_write));
        tokio::spawn(self::read(stdout, read));
        let link = Link { _child: child, frames, messages };
        link.send(&ToWorker::Engines(config.engines.clone()), &[])?;
        Ok(link)
    }

    /// Never waits. A worker that does not read what it was asked is as good as dead.
    pub(super) fn send(&self, message: &ToWorker, sound: &[i16]) -> io::Result<()> {
        let frame = wire::frame(message, sound)?;
        self.frames.try_send(frame).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

async fn write(mut to: ChildStdin, mut frames: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if to.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// Ends at the end of the stream and at rubbish; both end the worker.
async fn read(mut from: ChildStdout, messages: mpsc::Sender<FromWorker>) {
    loop {
        let mut head = [0; 8];
        if from.read_exact(&mut head).await.is_err() {
            return;
        }
        let Ok((json, sound)) = wire::lengths(head) else { return };
        let mut body = vec![0; json + sound];
        if from.read_exact(&mut body).await.is_err() {
            return;
        }
        let Ok(message) = wire::message(&body[..json]) else { return };
        if messages.send(message).await.is_err() {
            return;
        }
    }
}
