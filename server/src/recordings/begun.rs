//! Who waits for a recording's first sign of life. The recorder's own thread tells it, before the books hear of it: a store
//! that is behind keeps no caller waiting.

use ringdesk_model::RecordingId;
use ringdesk_recordings::{Event, Happened};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<HashMap<RecordingId, oneshot::Sender<bool>>>>);

impl Begun {
    /// True: its file exists. Ask before the recorder is told to begin.
    pub(super) fn expect(&self, recording: RecordingId) -> oneshot::Receiver<bool> {
        let (tell, told) = oneshot::channel();
        self.lock().insert(recording, tell);
        told
    }

    /// It does not begin after all.
    pub(super) fn forget(&self, recording: RecordingId) {
        self.lock().remove(&recording);
    }

    /// News of the recorder.
    pub(crate) fn told(&self, event: &Event) {
        let begun = match event.what {
            Happened::Started => true,
            Happened::Failed(_) => false,
            Happened::Resumed(_) | Happened::Sealing | Happened::Stored(_) => return,
        };
        let waits = self.lock().remove(&event.recording);
        if let Some(waits) = waits {
            let _ = waits.send(begun); // whoever waited may have left
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RecordingId, oneshot::Sender<bool>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
