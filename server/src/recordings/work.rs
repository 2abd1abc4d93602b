//! What the jobs of recordings do: render what nobody waits for, take exports away again, clean the search after erasures.

use super::archive::{Cabinet, Haste};
use crate::tasks::jobs::Worker;
use ringdesk_agent_gateway::archive::ArchiveFault;
use ringdesk_model::RecordingId;
use ringdesk_operations::recording_erasure::PURGE_SEARCH;
use ringdesk_operations::recordings::{FORGET_WAV, RENDER};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_recordings::Format;
use ringdesk_storage::jobs::Job;
use ringdesk_storage::recordings::RecordingState;
use std::sync::Arc;

/// Does them, one after the other.
pub(crate) struct Renderer {
    pub(crate) operations: Arc<Operations>,
    pub(crate) cabinet: Cabinet,
}

impl Worker for Renderer {
    fn kinds(&self) -> &'static [&'static str] {
        &[RENDER, FORGET_WAV, PURGE_SEARCH]
    }

    async fn work(&self, job: &Job) -> Result<(), String> {
        if job.kind == PURGE_SEARCH {
            return self.operations.purge_search().await.map_err(|e| e.to_string());
        }
        let payload: serde_json::Value = serde_json::from_str(&job.payload).map_err(|e| e.to_string())?;
        let id: RecordingId =
            payload["recording"].as_str().and_then(|id| id.parse().ok()).ok_or("the job names no recording")?;
        let (row, _) = match self.operations.recording_row(job.account, id).await {
            Ok(found) => found,
            Err(OperationError::NotFound(_)) => return Ok(()), // its row is gone, and the work with it
            Err(fault) => return Err(fault.to_string()),
        };
        if row.state == RecordingState::Erased {
            return Ok(());
        }
        let done = match job.kind == FORGET_WAV {
            true => self.cabinet.forget_wav(&row).await,
            false => self.cabinet.rendered(&row, Format::Ogg, Haste::Idle).await.map(drop),
        };
        match done {
            Ok(()) => Ok(()),
            Err(ArchiveFault::Gone(why)) => Err(why.into()),
            Err(ArchiveFault::Broken(why)) => Err(why),
        }
    }
}
