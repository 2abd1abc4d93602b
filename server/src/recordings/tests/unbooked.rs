//! What becomes of recordings whose rows were not written when the server died, with a real store.

use super::*;
use crate::recordings::books::run_books;
use crate::recordings::{recovery, unbooked};
use ringdesk_storage::recordings::RecordingState;
use tokio::sync::Notify;

/// Recorded, and the books never heard of it: the next server finds it, with its key, and it can be heard.
///
/// Rows: S4.6
#[tokio::test]
async fn a_recording_that_the_books_did_not_reach_is_found() {
    let Room { recordings, notes, call, seen, _dir, .. } = recorded().await;
    let (operations, account, folder) = (recordings.operations.clone(), recordings.account, recordings.folder.clone());
    assert!(operations.unfinished_recordings(account).await.unwrap().is_empty());
    // The server dies: what waits for the books is gone, the log and its slip are not.
    drop(notes);
    while seen.load(Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    recordings.recorder.shut_down();
    assert_eq!(unbooked::book(&operations, account, &folder).await.unwrap(), 1);
    let left = operations.unfinished_recordings(account).await.unwrap();
    let [row] = &left[..] else { panic!("{} rows", left.len()) };
    assert!(row.call == call && row.state == RecordingState::Requested && row.wrapped_key.is_some());
    let id = row.id;
    recovery::close(Arc::new(recordings), left, Arc::new(Notify::new())).await;
    let (row, _) = operations.recording_row(account, id).await.unwrap();
    assert!(row.state == RecordingState::Stored && row.sha256.is_some(), "{:?} {:?}", row.state, row.reason);
    assert_eq!(unbooked::book(&operations, account, &folder).await.unwrap(), 0, "once");
    assert!(folder.unbooked().unwrap().is_empty());
}

/// A slip lies there as long as it is needed, and no longer. Half a slip is no recording.
///
/// Rows: S4.6
#[tokio::test]
async fn what_is_in_the_books_needs_no_slip() {
    let Room { recordings, notes, _dir, .. } = recorded().await;
    let (recordings, folder) = (Arc::new(recordings), Folder(_dir.path().join("recordings")));
    let books = tokio::spawn(run_books(recordings.clone(), notes, Arc::new(Notify::new())));
    // The recorder says that it began, then that it stored: both are in the books when the flush is answered.
    recordings.recorder.shut_down();
    recordings.flushed().await;
    assert!(folder.unbooked().unwrap().is_empty());
    std::fs::write(folder.0.join("unbooked").join(uuid::Uuid::from_u128(9).to_string()), b"{\"conver").unwrap();
    let (operations, account) = (recordings.operations.clone(), recordings.account);
    assert_eq!(unbooked::book(&operations, account, &folder).await.unwrap(), 0);
    assert!(folder.unbooked().unwrap().is_empty());
    books.abort();
}

/// A call that is being recorded.
async fn recorded() -> Room {
    let room = Room::new(RecordingStart::OnAnswer, RecordingPolicy::BestEffort).await;
    room.starts();
    room.happens(CallEvent::Answered { leg: CALLER });
    room.bridged();
    room
}
