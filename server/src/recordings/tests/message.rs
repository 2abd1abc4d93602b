//! What becomes of the messages that callers leave.

use super::*;
use ringdesk_conversations::CallFact;
use ringdesk_model::{QueueId, RecordingId};

const LEFT: CallEvent = CallEvent::VoicemailEnded { lasted_ms: 3_000, left: true, queue: None };

impl Room {
    async fn answered(start: RecordingStart) -> Room {
        let room = Room::new(start, RecordingPolicy::BestEffort).await;
        room.starts();
        assert!(room.happens(CallEvent::Answered { leg: CALLER }));
        room.enters("message");
        room
    }

    /// The caller speaks, and what he leaves is told to the books: where it is heard, and its place.
    fn leaves_a_message(&self) -> (Option<RecordingId>, i64, i64) {
        assert!(self.happens(CallEvent::VoicemailStarted));
        assert!(self.happens(LEFT));
        let fact = self.recordings.message_left(self.call, self.recordings.clock.now(), &LEFT);
        let Some(CallFact::Voicemail { duration_ms: 3_000, recording, from_ms, to_ms, queue: None }) = fact else {
            panic!("{fact:?}")
        };
        (recording, from_ms, to_ms)
    }
}

/// Rows: S2.12
#[tokio::test]
async fn a_message_is_recorded_where_nothing_else_is_and_only_as_long_as_its_step() {
    let mut room = Room::answered(RecordingStart::Off).await;
    assert!(room.asked().0.is_empty(), "the number has no rule");
    assert!(room.recordings.record_message(room.call));
    let (recording, from, to) = room.leaves_a_message();
    let (rows, _) = room.asked();
    assert_eq!((rows.len(), recording), (1, Some(rows[0].id)));
    assert!(0 <= from && from <= to && to < 60_000, "{from} to {to}");
    room.enters("queue");
    room.bridged();
    assert_eq!(room.order(Wish::Pause), Err(Refused::Because("this call is not being recorded")));
    assert!(room.asked().0.is_empty());
    // The next one has a recording of its own.
    room.enters("message");
    assert!(room.recordings.record_message(room.call));
    let again = room.leaves_a_message().0;
    assert!(again.is_some() && again != recording);
    room.ends();
    let flow = |mark| (mark, "flow".to_owned());
    assert_eq!(room.marks(&rows[0]), [flow(Mark::MessageBegins), flow(Mark::MessageEnds)]);
}

/// Rows: S2.12
#[tokio::test]
async fn a_call_that_is_recorded_keeps_its_one_recording() {
    let mut room = Room::answered(RecordingStart::OnAnswer).await;
    assert_eq!(room.order(Wish::Pause), Ok(()));
    assert_eq!(room.order(Wish::Mask), Ok(()));
    assert!(room.recordings.record_message(room.call), "what was silenced is heard again");
    let recording = room.leaves_a_message().0;
    room.enters("queue");
    assert_eq!(room.order(Wish::Start), Err(Refused::Because("this call is being recorded")), "it goes on");
    let (rows, states) = room.asked();
    assert_eq!((rows.len(), recording), (1, Some(rows[0].id)));
    assert_eq!(states, ["paused", "masked", "started"]);
    room.ends();
    let marks: Vec<Mark> = room.marks(&rows[0]).into_iter().map(|(mark, _)| mark).collect();
    let expected =
        [Mark::Pause, Mark::Mask, Mark::Resume, Mark::Unmask, Mark::MessageBegins, Mark::MessageEnds].to_vec();
    assert_eq!(marks, expected);
}

/// Rows: S2.12
#[tokio::test]
async fn what_is_not_kept_is_said() {
    let mut room = Room::answered(RecordingStart::Off).await;
    room.notes.close();
    assert!(!room.recordings.record_message(room.call), "there is no room for it");
    // The caller spoke all the same: the books learn that he did, and that nothing is heard.
    assert_eq!(room.leaves_a_message(), (None, 0, 0));
    let short = CallEvent::VoicemailEnded { lasted_ms: 1, left: false, queue: Some(QueueId(uuid::Uuid::nil())) };
    assert_eq!(room.recordings.message_left(room.call, room.now, &short), None);
    room.ends();
    assert!(!room.recordings.record_message(room.call), "the call is over");
}
