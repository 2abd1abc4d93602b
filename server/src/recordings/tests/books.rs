//! What the books make of notes that wait, with a real store.

use super::*;
use crate::recordings::books::run_books;
use ringdesk_model::{CallId, ConversationId, RecordingId};
use ringdesk_operations::recordings::{Step, What};
use ringdesk_recordings::{Event, Happened};
use ringdesk_storage::recordings::RecordingState;
use tokio::sync::{Notify, oneshot};

fn request(n: u128) -> NewRecording {
    let id = |of: u128| uuid::Uuid::from_u128(of << 64 | n);
    NewRecording {
        id: RecordingId(id(1)),
        conversation: ConversationId(id(2)),
        call: CallId(id(3)),
        wrapped_key: vec![7; 60],
        started_at: Timestamp(1_000_000),
    }
}

/// Many calls are answered at once: when the books are flushed each recording is in the store, in the state it came to. What
/// waits together is written together, in order, with an event for each step.
///
/// Rows: S4.6
#[tokio::test]
async fn many_that_begin_at_once_are_all_in_the_store() {
    let Room { recordings, _dir, .. } = Room::new(RecordingStart::OnAnswer, RecordingPolicy::BestEffort).await;
    let recordings = Arc::new(recordings);
    let (put, notes) = mpsc::channel(1_000);
    for n in 0..300 {
        let new = request(n);
        let started = Event { recording: new.id, at: new.started_at, what: Happened::Started };
        put.try_send(Note::Requested(Box::new(new))).ok().unwrap();
        put.try_send(Note::Recorder(started)).ok().unwrap();
    }
    let (done, flushed) = oneshot::channel();
    put.try_send(Note::Flush(done)).ok().unwrap();
    let books = tokio::spawn(run_books(recordings.clone(), notes, Arc::new(Notify::new())));
    flushed.await.unwrap();
    drop(put);
    books.await.unwrap();
    let (operations, account) = (&recordings.operations, recordings.account);
    let open = operations.unfinished_recordings(account).await.unwrap();
    assert_eq!(open.len(), 300);
    assert!(open.iter().all(|row| row.state == RecordingState::Started && row.wrapped_key.is_some()));
}

/// Rows: S4.6
#[tokio::test]
async fn steps_that_are_entered_together_are_one_transaction() {
    let Room { recordings, _dir, .. } = Room::new(RecordingStart::OnAnswer, RecordingPolicy::BestEffort).await;
    let (operations, account) = (&recordings.operations, recordings.account);
    let step = |n: u128| {
        let new = request(n);
        let (at, recording, conversation) = (new.started_at, new.id, new.conversation);
        Step { at, recording, conversation, what: What::Requested(Box::new(new)) }
    };
    let first = operations.enter_recordings(account, &[step(0)]).await.unwrap().unwrap();
    // The store knows one of them already.
    let page: Vec<_> = [1, 2, 0, 3].map(step).into();
    assert!(operations.enter_recordings(account, &page).await.is_err());
    assert_eq!(operations.unfinished_recordings(account).await.unwrap().len(), 1);
    let page: Vec<_> = [1, 2, 3].map(step).into();
    assert_eq!(operations.enter_recordings(account, &page).await.unwrap(), Some(first + 3), "an event for each");
    assert_eq!(operations.unfinished_recordings(account).await.unwrap().len(), 4);
}
