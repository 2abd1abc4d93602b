//! What becomes of the messages that callers leave.

use super::*;
use ringdesk_conversations::CallFact;
use ringdesk_model::{QueueId, RecordingId};
use ringdesk_voice::{Discard, MessageEnd};

const BEGUN: CallEvent = CallEvent::VoicemailStarted { min_ms: 2_000, queue: None };
const LEFT: CallEvent =
    CallEvent::VoicemailEnded { lasted_ms: 3_000, end: MessageEnd::Key, discarded: None, queue: None };

impl Room {
    async fn answered(start: RecordingStart) -> Room {
        let room = Room::new(start, RecordingPolicy::BestEffort).await;
        room.starts();
        room.happens(CallEvent::Answered { leg: CALLER });
        room.enters("message");
        room
    }

    /// The caller speaks, and what he leaves is told to the books: where it is heard, and its place.
    fn leaves_a_message(&self) -> (Option<RecordingId>, i64, i64) {
        self.happens(BEGUN);
        let begun = self.recordings.message(self.call, &BEGUN);
        self.happens(LEFT);
        let fact = self.recordings.message(self.call, &LEFT);
        let Some(CallFact::Voicemail { duration_ms: 3_000, recording, from_ms, to_ms, queue: None, end }) = fact else {
            panic!("{fact:?}")
        };
        assert_eq!((end.as_str(), to_ms - from_ms), ("key", if recording.is_some() { 3_000 } else { 0 }));
        let same = CallFact::VoicemailBegun { recording, from_ms, min_ms: 2_000, queue: None };
        assert_eq!(begun, Some(same), "known before it is over");
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
    let (end, queue) = (MessageEnd::HangUp, Some(QueueId(uuid::Uuid::nil())));
    for (why, reason) in [(Discard::TooShort, "too_short"), (Discard::Silent, "silent")] {
        let short = CallEvent::VoicemailEnded { lasted_ms: 1, end, discarded: Some(why), queue };
        let fact = CallFact::VoicemailDiscarded { duration_ms: 1, reason: reason.into() };
        assert_eq!(room.recordings.message(room.call, &short), Some(fact));
    }
    room.ends();
    assert!(!room.recordings.record_message(room.call), "the call is over");
}
