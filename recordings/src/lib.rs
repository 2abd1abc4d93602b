//! The recording of a call: evidence that survives a power cord and shows any tampering.
//!
//! While people talk, packets are copied as they come into the **block log**: sealed blocks of less than a second, each
//! with the hash of the one before inside its seal, appended by one thread for all calls. What does not get in is counted
//! and becomes a gap; media never waits. Afterwards the log is read for everything else: **verify** says what was changed,
//! **recover** closes what a dead process left, **render** decodes it into the file people play, caller left and everybody
//! else right, with a waveform, and a **certificate** puts the hashes on paper. Every answered second of each side is in
//! the sound or in the list of gaps.
//!
//! Not here: when to record and what the caller is told first (the switchboard's flow), rows, events and jobs
//! (`operations`), byte ranges and permissions (`agent-gateway`), words (`asr`). The only IO is the writer's and that of
//! the functions that take a path.
//!
//! A recording from its beginning to its end:
//!
//! 1. [`RecordingKey::create`]: the wrapped key goes into the recording's row.
//! 2. [`Recorder::open`](writer::Recorder::open): gives a [`Feed`](writer::Feed). Its `outlet()` is media's tap; its `mark`
//!    pauses, masks, and says who joined; its `end` seals. What becomes of it comes as [`writer::Event`]s.
//! 3. After `Stored`: [`render::render_file`] and [`peaks::Peaks::store`], by a job. [`file::SealedFile`] plays from anywhere.
//! 4. At the next start after a crash, per unfinished row: [`recover::recover`], then as after `Stored`.
//!
//! Reading order: [`log`] (the pure machine: what goes in, which blocks come out), `log/block` and `log/entry` (the
//! format), [`keys`], [`writer`], [`read`], [`verify`], [`recover`], [`render`], [`file`], [`peaks`], [`certificate`].

pub mod certificate;
pub mod file;
pub mod gap;
mod hex;
pub mod keys;
pub mod log;
pub mod peaks;
pub mod read;
pub mod recover;
pub mod render;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod writer;

pub use certificate::{Certificate, CertifiedFile};
pub use file::{FileError, SealedFile, SealedWriter};
pub use gap::{Gap, GapReason, GapSide};
pub use keys::{LogKey, RecordingKey};
pub use log::{Mark, Marked, Opening, Side};
pub use peaks::Peaks;
pub use recover::{Recovered, recover};
pub use render::{Format, Played, RenderError, Rendered, play, render_file};
pub use verify::{Expected, Verdict, verify};
pub use writer::{Event, Failure, Feed, Folder, Happened, Recorder, Stored};
