//! What a call tells its recording, and who may order what; with the real recorder and a real store, without telephones.

mod books;
mod message;
mod unbooked;

use super::begun::Begun;
use super::books::Note;
use super::live::{Refused, Wish};
use super::{Expected, Recordings, Taps};
use crate::config::Asr;
use crate::hearing::Hearing;
use crate::tasks::journal::Journal;
use ringdesk_conversations::{RecordingPolicy, RecordingRule, RecordingStart};
use ringdesk_media::{Interface, Media, Shelf};
use ringdesk_model::{
    Actor, CallId, Clock as _, Ids, Language, Outlet, QueueId, Timestamp, UserId, WallClock, WorkItemId,
};
use ringdesk_operations::{Operations, demo};
use ringdesk_recordings::log::Entry;
use ringdesk_recordings::read::{Found, Reader};
use ringdesk_recordings::{Event, Folder, Happened, Mark, Recorder, RecordingKey, Side};
use ringdesk_storage::Store;
use ringdesk_storage::recordings::NewRecording;
use ringdesk_voice::{CallEvent, Cause, EndedBy, LegId, Origin, Party};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::{mpsc, watch};

const CALLER: LegId = LegId(uuid::Uuid::from_u128(1));
const AGENT: LegId = LegId(uuid::Uuid::from_u128(2));

struct Room {
    recordings: Recordings,
    notes: mpsc::Receiver<Note>,
    call: CallId,
    now: Timestamp,
    /// Files the recorder has made.
    seen: Arc<AtomicUsize>,
    _dir: tempfile::TempDir,
}

impl Room {
    async fn new(start: RecordingStart, policy: RecordingPolicy) -> Room {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), "").await.unwrap();
        let operations = Arc::new(Operations::new(Arc::new(store), "ringdesk").unwrap());
        let clock = WallClock::start();
        let passwords: BTreeMap<String, String> =
            demo::logins().map(|(l, _)| (l.to_owned(), "only-for-tests-1".to_owned())).collect();
        let account = operations.install_demo(clock.now(), &passwords, |_| vec![]).await.unwrap().account;
        let loopback = Interface { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), advertise: None };
        let media = ringdesk_media::Config { interfaces: vec![loopback], realtime: false, ..Default::default() };
        let media = Media::start(media, clock, 1, Shelf::default(), Outlet::new(|_| Ok(()))).unwrap();
        let folder = Folder(dir.path().join("recordings"));
        let (begun, seen) = (Begun::default(), Arc::new(AtomicUsize::new(0)));
        let (put, notes) = mpsc::channel(100);
        let (waits, counts, news) = (begun.clone(), seen.clone(), put.clone());
        let outlet = Outlet::new(move |event: Event| {
            counts.fetch_add(usize::from(event.what == Happened::Started), Relaxed);
            waits.told(&event);
            let _ = news.try_send(Note::Recorder(event)); // some tests read no news
            Ok(())
        });
        let recorder = Recorder::start(Default::default(), Arc::new(folder.clone()), Arc::new(clock), outlet);
        let key = operations.account_key(account).await.unwrap();
        let taps = Taps::new(Arc::new(media));
        let room = (recorder.unwrap(), folder, begun);
        let deaf = Asr { live: false, engines: vec![], ..Asr::default() };
        let (journal, _) = Journal::new();
        let of = (account, key.clone());
        let hearing = Hearing::open(&deaf, &operations, of, clock, &journal, &watch::Sender::new(0)).await.unwrap();
        let recordings = Recordings::new(room, operations, (account, key), clock, taps, hearing, put);
        let now = clock.now();
        let mut ids = Ids::seeded(1);
        let call = ids.next(now);
        let room = Room { recordings, notes, call, now, seen, _dir: dir };
        room.recordings.expect(call, room.expected(RecordingRule { start, policy }, BTreeMap::new()));
        room
    }

    fn expected(&self, rule: RecordingRule, queues: BTreeMap<QueueId, RecordingRule>) -> Expected {
        let announcing = Arc::new(BTreeSet::from(["notice".to_owned()]));
        let conversation = Ids::seeded(2).next(self.now);
        Expected { conversation, rule, queues: Arc::new(queues), language: Language::En, announcing }
    }

    /// So many files were made.
    fn recorder_has(&self, files: usize) -> bool {
        self.seen.load(Relaxed) == files
    }

    fn enters_queue(&self, queue: QueueId) {
        let work_item = WorkItemId(uuid::Uuid::from_u128(5));
        self.happens(CallEvent::Queued { queue, work_item });
    }

    /// A call is told of something.
    fn happens(&self, event: CallEvent) {
        self.recordings.event(self.call, self.recordings.clock.now(), &event);
    }

    fn starts(&self) {
        let origin = Origin::Extension("2001".into());
        let event = CallEvent::Started { leg: CALLER, from: Party::number("1"), to: Party::number("2"), origin };
        self.happens(event);
    }

    fn enters(&self, step: &str) {
        self.happens(CallEvent::StepEntered { step: step.into(), kind: "say".into() });
    }

    fn bridged(&self) {
        self.happens(CallEvent::Bridged { a: CALLER, b: AGENT, agent: None, offer: None });
    }

    fn ends(&self) {
        self.happens(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller });
    }

    fn order(&self, wish: Wish) -> Result<(), Refused> {
        let user = UserId(uuid::Uuid::from_u128(7));
        self.recordings.order(self.call, &Actor::User { user, agent: None, address: None }, wish)
    }

    /// What the books were asked for since the last look, and which states they were told.
    fn asked(&mut self) -> (Vec<NewRecording>, Vec<&'static str>) {
        let (mut rows, mut states) = (Vec::new(), Vec::new());
        while let Ok(note) = self.notes.try_recv() {
            match note {
                Note::Requested(new) => rows.push(*new),
                Note::Marked { state, .. } => states.push(state),
                _ => {}
            }
        }
        (rows, states)
    }

    /// The marks in a recording's log, with who made them, when everything is written.
    fn marks(&self, row: &NewRecording) -> Vec<(Mark, String)> {
        self.recordings.recorder.shut_down();
        let key = RecordingKey::unwrap(&self.recordings.key, row.id, &row.wrapped_key).unwrap().log();
        let path: PathBuf = self.recordings.folder.path(row.id, row.started_at);
        let mut reader = Reader::new(&key, std::fs::File::open(path).unwrap());
        let mut marks = Vec::new();
        while let Some(found) = reader.next().unwrap() {
            let Found::Block(block) = found else { panic!("{found:?}") };
            marks.extend(block.entries.into_iter().filter_map(|entry| match entry {
                Entry::Mark(marked) => Some((marked.mark, marked.by)),
                _ => None,
            }));
        }
        marks
    }
}

/// Rows: S4.6
#[tokio::test]
async fn a_recording_is_told_what_happens_in_its_call() {
    let mut room = Room::new(RecordingStart::OnAnswer, RecordingPolicy::BestEffort).await;
    room.starts();
    room.enters("notice");
    assert!(room.asked().0.is_empty(), "nobody has answered");
    room.happens(CallEvent::Answered { leg: CALLER });
    room.enters("queue");
    room.enters("notice");
    room.enters("queue");
    room.bridged();
    room.happens(CallEvent::Held { leg: AGENT });
    room.happens(CallEvent::Resumed { leg: AGENT });
    assert_eq!(room.order(Wish::Mask), Ok(()));
    assert_eq!(room.order(Wish::Unmask), Ok(()));
    let (rows, states) = room.asked();
    let [row] = &rows[..] else { panic!("one recording, not {}", rows.len()) };
    assert!(row.call == room.call && row.started_at >= room.now);
    assert_eq!(states, ["masked", "started"]);
    room.ends();
    assert_eq!(room.order(Wish::Mask), Err(Refused::Because("this call is over")));
    let (call, user) = (|mark| (mark, "call".to_owned()), "user:00000000-0000-0000-0000-000000000007");
    assert_eq!(
        room.marks(row),
        [
            // Once, when it has been said.
            call(Mark::Announcement),
            call(Mark::Joined(AGENT, Side::Other)),
            call(Mark::Hold(AGENT)),
            call(Mark::Unhold(AGENT)),
            (Mark::Mask, user.to_owned()),
            (Mark::Unmask, user.to_owned()),
        ]
    );
}

/// Rows: S4.6
#[tokio::test]
async fn one_that_begins_late_is_told_what_was_before() {
    let mut room = Room::new(RecordingStart::OnBridge, RecordingPolicy::BestEffort).await;
    room.starts();
    room.happens(CallEvent::Answered { leg: CALLER });
    room.enters("notice");
    room.enters("queue");
    assert!(room.asked().0.is_empty(), "nobody talks yet");
    room.bridged();
    assert_eq!(room.asked().0.len(), 1);
    room.happens(CallEvent::Held { leg: AGENT });
    assert_eq!(room.order(Wish::Stop), Ok(()));
    room.bridged();
    assert!(room.asked().0.is_empty(), "the rule does not undo what a person ordered");
    assert_eq!(room.order(Wish::Start), Ok(()));
    let (rows, _) = room.asked();
    room.ends();
    let marks: Vec<Mark> = room.marks(&rows[0]).into_iter().map(|(mark, _)| mark).collect();
    assert_eq!(marks[0], Mark::Announcement);
    assert!(marks.contains(&Mark::Joined(AGENT, Side::Other)) && marks.contains(&Mark::Hold(AGENT)), "{marks:?}");
}

/// Rows: S4.6
#[tokio::test]
async fn orders_that_make_no_sense_are_refused_with_a_sentence() {
    let because = |why| Err(Refused::Because(why));
    let room = Room::new(RecordingStart::Off, RecordingPolicy::BestEffort).await;
    room.starts();
    assert_eq!(room.order(Wish::Start), because("nobody has answered the caller yet"));
    room.happens(CallEvent::Answered { leg: CALLER });
    room.bridged();
    assert_eq!(room.order(Wish::Pause), because("this call is not being recorded"));
    assert_eq!(room.order(Wish::Start), Ok(()));
    assert_eq!(room.order(Wish::Start), because("this call is being recorded"));
    assert_eq!(room.order(Wish::Unmask), because("nothing is masked"));
    assert_eq!((room.order(Wish::Pause), room.order(Wish::Pause), room.order(Wish::Start)), (Ok(()), Ok(()), Ok(())));

    let room = Room::new(RecordingStart::OnAnswer, RecordingPolicy::RecordOrRefuse).await;
    room.starts();
    room.happens(CallEvent::Answered { leg: CALLER });
    assert_eq!(room.order(Wish::Stop), because("calls to this number must be recorded"));
    assert_eq!(room.order(Wish::Mask), Ok(()), "a secret may be said all the same");
}

/// The recorder is behind in everything: a call without a rule goes on, one that must be recorded is not answered.
///
/// Rows: S4.6
#[tokio::test]
async fn without_room_in_the_books_a_call_that_must_be_recorded_is_refused() {
    for (policy, goes_on) in [(RecordingPolicy::BestEffort, true), (RecordingPolicy::RecordOrRefuse, false)] {
        let mut room = Room::new(RecordingStart::OnAnswer, policy).await;
        room.starts();
        room.notes.close();
        assert_eq!(room.recordings.may_connect(room.call, false).await, goes_on);
        room.ends();
        assert_eq!(room.asked().0.len(), 0);
    }
}

/// What must be recorded runs before the caller is answered, or before two hear each other, and once.
///
/// Rows: S4.6
#[tokio::test]
async fn what_must_be_recorded_runs_before_anybody_is_connected() {
    let required = RecordingPolicy::RecordOrRefuse;
    for (start, by_the_answer) in [(RecordingStart::OnAnswer, 1), (RecordingStart::OnBridge, 0)] {
        let mut room = Room::new(start, required).await;
        room.starts();
        assert!(room.recordings.may_connect(room.call, false).await);
        assert_eq!(room.asked().0.len(), by_the_answer);
        room.happens(CallEvent::Answered { leg: CALLER });
        assert!(room.recordings.may_ring(room.call).await && room.recordings.may_connect(room.call, true).await);
        assert!(room.recorder_has(1), "its file is there when the word is given");
        room.bridged();
        assert_eq!(room.asked().0.len(), 1 - by_the_answer);
    }
}

/// Rows: S4.6
#[tokio::test]
async fn where_nothing_can_be_written_nobody_is_answered_nor_rung() {
    let mut room = Room::new(RecordingStart::OnBridge, RecordingPolicy::RecordOrRefuse).await;
    room.starts();
    let folder = room.recordings.folder.0.clone();
    std::fs::write(&folder, "in the way").unwrap();
    assert!(!room.recordings.may_connect(room.call, false).await);
    assert!(!room.recordings.may_ring(room.call).await && !room.recordings.may_connect(room.call, true).await);
    std::fs::remove_file(&folder).unwrap();
    assert!(room.recordings.may_ring(room.call).await && room.asked().0.is_empty());
    assert!(room.recordings.may_connect(room.call, true).await && room.asked().0.len() == 1);
}

/// A queue's rule takes the place of the number's, from the moment the caller enters it.
///
/// Rows: S4.6
#[tokio::test]
async fn in_a_queue_its_rule_counts() {
    let best = RecordingPolicy::BestEffort;
    let mut room = Room::new(RecordingStart::OnAnswer, best).await;
    let queue = |n| QueueId(uuid::Uuid::from_u128(n));
    let of = |start| RecordingRule { start, policy: best };
    let rules = BTreeMap::from([
        (queue(1), of(RecordingStart::Off)),
        (queue(2), RecordingRule { start: RecordingStart::OnBridge, policy: RecordingPolicy::RecordOrRefuse }),
    ]);
    let expected = room.expected(of(RecordingStart::OnAnswer), rules);
    assert!(expected.may_be_required());
    room.recordings.expect(room.call, expected);
    room.starts();
    room.happens(CallEvent::Answered { leg: CALLER });
    assert_eq!(room.asked().0.len(), 1, "the number's rule");
    room.enters_queue(queue(1));
    assert_eq!(room.order(Wish::Mask), Err(Refused::Because("this call is not being recorded")));
    room.bridged();
    assert!(room.asked().0.is_empty());
    room.enters_queue(queue(2));
    assert!(room.asked().0.is_empty(), "nobody talks yet");
    assert!(room.recordings.may_connect(room.call, true).await && room.asked().0.len() == 1);
    assert_eq!(room.order(Wish::Stop), Err(Refused::Because("calls to this number must be recorded")));
    room.enters_queue(queue(1));
    room.enters_queue(queue(3));
    assert_eq!(room.asked().0.len(), 1, "a queue without a rule: the number's");
    // What a person ordered is nobody's rule to end.
    assert_eq!((room.order(Wish::Stop), room.order(Wish::Start)), (Ok(()), Ok(())));
    room.enters_queue(queue(1));
    assert_eq!(room.order(Wish::Mask), Ok(()));
}
