//! Recordings that a dead server had begun and not written into the books: their key stands on a slip beside their log.
//!
//! The books are a store that may be behind; the log is not. So what the row will say is written next to the log first, and
//! taken away when the row is there. What is found at the start becomes rows, which recovery then closes like all others.

use ringdesk_model::{AccountId, CallId, ConversationId, RecordingId, Timestamp};
use ringdesk_operations::{OperationError, Operations};
use ringdesk_recordings::Folder;
use ringdesk_storage::recordings::NewRecording;
use serde::{Deserialize, Serialize};

/// What a slip says. The key is wrapped by the account's.
#[derive(Serialize, Deserialize)]
struct Slip {
    conversation: ConversationId,
    call: CallId,
    wrapped_key: Vec<u8>,
    started_at: Timestamp,
}

/// To be kept with the log.
pub(crate) fn slip(new: &NewRecording) -> Vec<u8> {
    let NewRecording { id: _, conversation, call, wrapped_key, started_at } = new;
    let slip =
        Slip { conversation: *conversation, call: *call, wrapped_key: wrapped_key.clone(), started_at: *started_at };
    serde_json::to_vec(&slip).unwrap_or_default() // of ids, bytes and a number: it does not fail
}

fn read(id: RecordingId, slip: &[u8]) -> Option<NewRecording> {
    let Slip { conversation, call, wrapped_key, started_at } = serde_json::from_slice(slip).ok()?;
    Some(NewRecording { id, conversation, call, wrapped_key, started_at })
}

/// Write them into the books. Gives how many there were. A slip that cannot be read was being written when the server died:
/// there is no log to it.
pub(crate) async fn book(
    operations: &Operations,
    account: AccountId,
    folder: &Folder,
) -> Result<usize, OperationError> {
    let found = folder.unbooked().unwrap_or_else(|fault| {
        tracing::error!(%fault, "what was recorded last and is not in the books cannot be read");
        Vec::new()
    });
    let mut booked = 0;
    for (id, slip) in found {
        if let Some(new) = read(id, &slip) {
            match operations.recording_row(account, id).await {
                Ok(_) => {}
                Err(OperationError::NotFound(_)) => {
                    operations.request_recording(new.started_at, account, &new).await?;
                    booked += 1;
                }
                Err(fault) => return Err(fault),
            }
        }
        if let Err(fault) = folder.booked(id) {
            tracing::warn!(recording = %id, %fault, "the slip of a recording could not be taken away");
        }
    }
    if booked > 0 {
        tracing::info!(booked, "recordings of before the crash are in the books now");
    }
    Ok(booked)
}
