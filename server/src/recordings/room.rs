//! The room that writes, reporting to the books.

use super::begun::Begun;
use super::books::Note;
use crate::Config;
use anyhow::{Context as _, Result};
use ringdesk_model::{Full, Outlet, WallClock};
use ringdesk_recordings::{Folder, Recorder};
use std::sync::Arc;
use tokio::sync::mpsc;

/// With where it writes, and who waits for its first sign of life.
pub(crate) fn open(config: &Config, clock: WallClock, notes: mpsc::Sender<Note>) -> Result<(Recorder, Folder, Begun)> {
    let (folder, begun) = (Folder(config.recordings()), Begun::default());
    let waits = begun.clone();
    let outlet = Outlet::new(move |event| {
        waits.told(&event);
        match notes.try_send(Note::Recorder(event)) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(Note::Recorder(event))) => Err(Full(event)),
            Err(_) => Ok(()), // the house is gone
        }
    });
    let writer = ringdesk_recordings::writer::Config::default();
    let recorder = Recorder::start(writer, Arc::new(folder.clone()), Arc::new(clock), outlet);
    Ok((recorder.context("the recorder's threads")?, folder, begun))
}
