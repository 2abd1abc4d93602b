//! What a call tells its recording, and who may order what; with the real recorder and a real store, without telephones.

mod message;

use super::books::Note;
use super::live::{Refused, Wish};
use super::{Expected, Recordings, Taps};
use crate::config::Asr;
use crate::hearing::Hearing;
use crate::tasks::journal::Journal;
use ringdesk_conversations::{RecordingPolicy, RecordingRule, RecordingStart};
use ringdesk_media::{Interface, Media, Shelf};
use ringdesk_model::{Actor, CallId, Clock as _, Ids, Language, Outlet, Timestamp, UserId, WallClock};
use ringdesk_operations::{Operations, demo};
use ringdesk_recordings::log::Entry;
use ringdesk_recordings::read::{Found, Reader};
use ringdesk_recordings::{Folder, Mark, Recorder, RecordingKey, Side};
use ringdesk_storage::Store;
use ringdesk_storage::recordings::NewRecording;
use ringdesk_voice::{CallEvent, Cause, EndedBy, LegId, Origin, Party};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

const CALLER: LegId = LegId(uuid::Uuid::from_u128(1));
const AGENT: LegId = LegId(uuid::Uuid::from_u128(2));

struct Room {
    recordings: Recordings,
    notes: mpsc::Receiver<Note>,
    call: CallId,
    now: Timestamp,
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
        let recorder =
            Recorder::start(Default::default(), Arc::new(folder.clone()), Arc::new(clock), Outlet::new(|_| Ok(())));
        let (put, notes) = mpsc::channel(100);
        let key = operations.account_key(account).await.unwrap();
        let taps = Taps::new(Arc::new(media));
        let room = (recorder.unwrap(), folder);
        let deaf = Asr { live: false, engines: vec![], ..Asr::default() };
        let (journal, _) = Journal::new();
        let of = (account, key.clone());
        let hearing = Hearing::open(&deaf, &operations, of, clock, &journal, &watch::Sender::new(0)).await.unwrap();
        let recordings = Recordings::new(room, operations, (account, key), clock, taps, hearing, put);
        let now = clock.now();
        let mut ids = Ids::seeded(1);
        let call = ids.next(now);
        let announcing = Arc::new(BTreeSet::from(["notice".to_owned()]));
        let rule = RecordingRule { start, policy };
        recordings.expect(call, Expected { conversation: ids.next(now), rule, language: Language::En, announcing });
        Room { recordings, notes, call, now, _dir: dir }
    }

    /// A call is told of something; false: it must not go on.
    fn happens(&self, event: CallEvent) -> bool {
        self.recordings.event(self.call, self.recordings.clock.now(), &event)
    }

    fn starts(&self) {
        let origin = Origin::Extension("2001".into());
        let event = CallEvent::Started { leg: CALLER, from: Party::number("1"), to: Party::number("2"), origin };
        assert!(self.happens(event));
    }

    fn enters(&self, step: &str) {
        assert!(self.happens(CallEvent::StepEntered { step: step.into(), kind: "say".into() }));
    }

    fn bridged(&self) {
        assert!(self.happens(CallEvent::Bridged { a: CALLER, b: AGENT, agent: None, offer: None }));
    }

    fn ends(&self) {
        assert!(self.happens(CallEvent::Ended { cause: Cause::Normal, by: EndedBy::Caller }));
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
    assert!(room.happens(CallEvent::Answered { leg: CALLER }));
    room.enters("queue");
    room.enters("notice");
    room.enters("queue");
    room.bridged();
    assert!(room.happens(CallEvent::Held { leg: AGENT }) && room.happens(CallEvent::Resumed { leg: AGENT }));
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
    assert!(room.happens(CallEvent::Answered { leg: CALLER }));
    room.enters("notice");
    room.enters("queue");
    assert!(room.asked().0.is_empty(), "nobody talks yet");
    room.bridged();
    assert_eq!(room.asked().0.len(), 1);
    assert!(room.happens(CallEvent::Held { leg: AGENT }));
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
    assert!(room.happens(CallEvent::Answered { leg: CALLER }));
    room.bridged();
    assert_eq!(room.order(Wish::Pause), because("this call is not being recorded"));
    assert_eq!(room.order(Wish::Start), Ok(()));
    assert_eq!(room.order(Wish::Start), because("this call is being recorded"));
    assert_eq!(room.order(Wish::Unmask), because("nothing is masked"));
    assert_eq!((room.order(Wish::Pause), room.order(Wish::Pause), room.order(Wish::Start)), (Ok(()), Ok(()), Ok(())));

    let room = Room::new(RecordingStart::OnAnswer, RecordingPolicy::RecordOrRefuse).await;
    room.starts();
    assert!(room.happens(CallEvent::Answered { leg: CALLER }));
    assert_eq!(room.order(Wish::Stop), because("calls to this number must be recorded"));
    assert_eq!(room.order(Wish::Mask), Ok(()), "a secret may be said all the same");
}

/// The recorder is behind in everything: a call without a rule goes on, one that must be recorded does not.
///
/// Rows: S4.6
#[tokio::test]
async fn without_room_in_the_books_a_call_that_must_be_recorded_ends() {
    for (policy, goes_on) in [(RecordingPolicy::BestEffort, true), (RecordingPolicy::RecordOrRefuse, false)] {
        let mut room = Room::new(RecordingStart::OnAnswer, policy).await;
        room.starts();
        room.notes.close();
        assert_eq!(room.happens(CallEvent::Answered { leg: CALLER }), goes_on);
        room.ends();
        assert_eq!(room.asked().0.len(), 0);
    }
}
