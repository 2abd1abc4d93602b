//! What the gateway needs of the server to let people hear recordings: files, waveforms, verdicts. Who may hear them and
//! that it is audited is decided before anything here is asked.

use crate::orders::Reply;
use crate::problem::Problem;
use ringdesk_operations::AudioFormat;
use ringdesk_storage::recordings::RecordingView;
use serde::Serialize;
use serde_json::Value;
use std::io;
use utoipa::ToSchema;

/// Finished recordings. The server implements it.
pub trait Archive: Send + Sync {
    /// The file, made if need be.
    fn audio(&self, recording: RecordingView, format: AudioFormat) -> Reply<Result<Box<dyn Audio>, ArchiveFault>>;
    /// The waveform, of at most so many spans.
    fn peaks(&self, recording: RecordingView, most: usize) -> Reply<Result<Waveform, ArchiveFault>>;
    /// Read it from end to end: was anything changed?
    fn verify(&self, recording: RecordingView) -> Reply<Result<Value, ArchiveFault>>;
    /// What it is, with its hashes, signed.
    fn certificate(&self, recording: RecordingView, issued_to: String) -> Reply<Result<Value, ArchiveFault>>;
    /// It was erased: take its files away.
    fn forget(&self, recording: RecordingView) -> Reply<Result<(), ArchiveFault>>;
}

/// A file of sound that is read from anywhere.
pub trait Audio: Send {
    fn length(&self) -> u64;
    /// Up to `length` bytes from `offset` on; fewer at the end. Blocks.
    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
}

/// Why it cannot be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveFault {
    /// It, or its file, is not there any more.
    Gone(&'static str),
    /// A fault of ours; for the log.
    Broken(String),
}

impl From<ArchiveFault> for Problem {
    fn from(fault: ArchiveFault) -> Self {
        match fault {
            ArchiveFault::Gone(why) => Problem::gone(why),
            ArchiveFault::Broken(why) => Problem::internal(&why),
        }
    }
}

/// How far the sound goes up and down, in 1/128 of full scale: lowest and highest sample of each span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waveform {
    /// Spans per second in the recording, before they were made fewer.
    pub per_second: u32,
    /// How many there are in it.
    pub spans: usize,
    /// The caller.
    pub left: Vec<[i8; 2]>,
    /// Everybody else.
    pub right: Vec<[i8; 2]>,
}
