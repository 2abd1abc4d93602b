//! The second pass: a durable job hears the whole recording again, both sides, and its transcript takes the place of the
//! captions.

use super::Hearing;
use super::ear::said;
use super::outcome::{heard, not_heard, without_words};
use super::tracks::{Side, Spans, Tape};
use crate::recordings::Recordings;
use crate::tasks::jobs::Worker;
use crate::tasks::rows::Rows;
use ringdesk_asr::{NotHeard, TrackSound, Whole, second_pass};
use ringdesk_audio::RATE;
use ringdesk_conversations::{CallFact, TalkFigures, talk_figures};
use ringdesk_model::{AccountId, Clock as _, Language, QueueId, RecordingId, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::clips::TRANSCRIBE_CLIP;
use ringdesk_operations::recordings::TRANSCRIBE;
use ringdesk_operations::transcripts::{Again, Said, Speaker};
use ringdesk_recordings::RecordingKey;
use ringdesk_storage::jobs::Job;
use ringdesk_storage::recordings::{RecordingState, RecordingView};
use ringdesk_storage::transcripts::{Pass, TranscriptState};
use std::sync::Arc;

/// Hears recordings again, and the sounds that people send each other.
pub(crate) struct Transcriber {
    pub(crate) recordings: Arc<Recordings>,
    pub(crate) hearing: Arc<Hearing>,
    pub(crate) rows: Rows,
}

impl Worker for Transcriber {
    fn kinds(&self) -> &'static [&'static str] {
        &[TRANSCRIBE, TRANSCRIBE_CLIP]
    }

    async fn work(&self, job: &Job) -> Result<(), String> {
        let payload: serde_json::Value = serde_json::from_str(&job.payload).map_err(|e| e.to_string())?;
        if job.kind == TRANSCRIBE_CLIP {
            return self.hearing.hear_clip(job.account, &payload).await;
        }
        let id: RecordingId =
            payload["recording"].as_str().and_then(|id| id.parse().ok()).ok_or("the job names no recording")?;
        let operations = &self.hearing.operations;
        let row = match operations.recording_row(job.account, id).await {
            Ok((row, _)) => row,
            Err(OperationError::NotFound(_)) => return Ok(()), // its row is gone, and the work with it
            Err(fault) => return Err(fault.to_string()),
        };
        let Some(wrapped) = row.wrapped_key.as_ref().filter(|_| row.state != RecordingState::Erased) else {
            return Ok(());
        };
        let key = RecordingKey::unwrap(&self.recordings.key, row.id, wrapped).map_err(|e| e.to_string())?;
        let begun = operations.begin_second_pass(self.hearing.clock.now(), job.account, &row).await;
        let Some(again) = begun.map_err(|e| e.to_string())? else { return Ok(()) };
        self.hearing.learn().await;
        let course = Course::of(&again.facts, row.started_at);
        let language = self.language(&again, &course);
        let heard = self.hear(key, &row, language, &course).await;
        self.keep(job.account, &row, &again, &course, language, heard).await
    }
}

/// Why there is no transcript this time.
enum Fault {
    NotHeard(NotHeard),
    /// The recording could not be read.
    Tape(String),
}

impl Transcriber {
    async fn hear(
        &self,
        key: RecordingKey,
        row: &RecordingView,
        language: Language,
        course: &Course,
    ) -> Result<Whole<Party>, Fault> {
        // Nobody there: then nothing has to be read to say so.
        self.hearing.engine(language).await.map_err(Fault::NotHeard)?;
        let tape = Tape::new(key, self.recordings.folder.path(row.id, row.started_at));
        let track = |speaker, side, spans| TrackSound { speaker, language, rate: RATE, blocks: tape.side(side, spans) };
        let tracks = vec![
            track(Party::Caller, Side::Caller, course.caller()),
            track(Party::Other, Side::Others, course.others()),
        ];
        let hot_words = self.hearing.hot_words(course.queue);
        let heard = second_pass(&self.hearing.recogniser, tracks, &hot_words).await;
        match tape.fault() {
            Some(fault) => Err(Fault::Tape(fault)),
            None => heard.map_err(Fault::NotHeard),
        }
    }

    /// Write what became of it. An error is a reason to try again.
    async fn keep(
        &self,
        account: AccountId,
        row: &RecordingView,
        again: &Again,
        course: &Course,
        language: Language,
        whole: Result<Whole<Party>, Fault>,
    ) -> Result<(), String> {
        let (operations, now) = (&self.hearing.operations, self.hearing.clock.now());
        let (kept, state, retry) = match whole {
            Ok(whole) => {
                let outcome = heard(&whole, language);
                if let Some(figures) = course.figures(&whole, row.duration_ms) {
                    let measured = operations.talk_measured(account, again.of.transcript, &figures).await;
                    measured.map_err(|e| e.to_string())?;
                }
                let lines: Vec<Said> = whole
                    .spoken
                    .into_iter()
                    .filter_map(|spoken| {
                        let middle = u64::midpoint(spoken.segment.start_ms, spoken.segment.end_ms);
                        said(course.speaker(spoken.speaker, middle), spoken.segment)
                    })
                    .collect();
                let kept = operations.finish_second_pass(now, account, &again.of, &outcome, row.started_at, &lines);
                (kept.await, outcome.state, None)
            }
            Err(fault) => {
                let (state, reason, retry) = match fault {
                    Fault::NotHeard(why) => not_heard(&why),
                    Fault::Tape(why) => (TranscriptState::Failed, why, true),
                };
                let outcome = without_words(state, &reason, language);
                let kept = operations.end_transcript(now, account, &again.of, Pass::Final, &outcome);
                (kept.await, state, retry.then_some(reason))
            }
        };
        self.hearing.wake(kept.map_err(|e| e.to_string())?);
        metrics::counter!("transcripts_total", "pass" => "final", "state" => state.as_str()).increment(1);
        retry.map_or(Ok(()), Err)
    }

    /// The queue's, or what the caller was heard in, or that of the number.
    fn language(&self, again: &Again, course: &Course) -> Language {
        let queue = course.queue.and_then(|q| self.hearing.queue(q)).and_then(|q| q.language);
        let live = || {
            again.language.as_deref().and_then(|l| [Language::En, Language::ZhCn].into_iter().find(|k| k.as_str() == l))
        };
        let number = || again.inbox.and_then(|inbox| self.rows.language(inbox));
        queue.or_else(live).or_else(number).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Caller,
    Other,
}

/// Who talked when, and when nobody did, in milliseconds of the recording.
#[derive(Debug, Default, PartialEq, Eq)]
struct Course {
    talks: Vec<(u64, u64, Speaker)>,
    holds: Spans,
    queue: Option<QueueId>,
}

impl Course {
    fn of(facts: &[(Timestamp, CallFact)], began: Timestamp) -> Course {
        let mut course = Course::default();
        let (mut talk, mut hold) = (None, None);
        for (at, fact) in facts {
            let at = at.since(began).as_millis() as u64;
            match fact {
                CallFact::AgentJoined { agent, .. } => talk = Some((at, Speaker::Agent(Some(*agent)))),
                CallFact::CalleeJoined => talk = Some((at, Speaker::Agent(None))),
                CallFact::Held { .. } => hold = hold.or(Some(at)),
                CallFact::Queued { queue, .. } => course.queue = Some(*queue),
                _ => {}
            }
            let left = matches!(fact, CallFact::AgentLeft { .. } | CallFact::CalleeLeft | CallFact::Ended { .. });
            if (left || matches!(fact, CallFact::Resumed { .. }))
                && let Some(from) = hold.take()
            {
                course.holds.push((from, at));
            }
            if left && let Some((from, speaker)) = talk.take() {
                course.talks.push((from, at, speaker));
            }
        }
        course.holds.extend(hold.map(|from| (from, u64::MAX)));
        course.talks.extend(talk.map(|(from, speaker)| (from, u64::MAX, speaker)));
        course
    }

    /// When the caller is heard.
    fn caller(&self) -> Spans {
        without(vec![(0, u64::MAX)], &self.holds)
    }

    /// When somebody else is; the rest of that side are prompts and music, which are known in better form.
    fn others(&self) -> Spans {
        without(self.talks.iter().map(|(from, to, _)| (*from, *to)).collect(), &self.holds)
    }

    /// How the two talked; `None`: they never did.
    fn figures(&self, whole: &Whole<Party>, lasted_ms: Option<i64>) -> Option<TalkFigures> {
        let end = lasted_ms.and_then(|ms| u64::try_from(ms).ok())?;
        let connected: Spans = self.others().into_iter().map(|(from, to)| (from, to.min(end))).collect();
        let of = |party: Party| -> Spans {
            let mine = whole.spoken.iter().filter(|spoken| spoken.speaker == party);
            mine.map(|spoken| (spoken.segment.start_ms, spoken.segment.end_ms)).collect()
        };
        talk_figures(&connected, &of(Party::Caller), &of(Party::Other))
    }

    fn speaker(&self, party: Party, at: u64) -> Speaker {
        let before = |talk: &&(u64, u64, Speaker)| talk.0 <= at;
        match party {
            Party::Caller => Speaker::Contact,
            Party::Other => {
                self.talks.iter().rev().find(before).or(self.talks.first()).map_or(Speaker::Agent(None), |t| t.2)
            }
        }
    }
}

/// Spans, as far as they do not lie in others.
fn without(mut spans: Spans, others: &Spans) -> Spans {
    for (from, to) in others {
        let cut = |(a, b): (u64, u64)| [(a, b.min(*from)), (a.max(*to), b)].into_iter().filter(|(a, b)| a < b);
        spans = spans.into_iter().flat_map(cut).collect();
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;
    use std::time::Duration;

    #[test]
    fn who_talked_when_is_told_by_the_facts() {
        let mut ids = Ids::seeded(1);
        let (began, agent, queue) = (Timestamp(1_000_000), ids.next(Timestamp(0)), ids.next(Timestamp(0)));
        let facts = [
            (0, CallFact::Answered),
            (1, CallFact::Queued { work_item: ids.next(Timestamp(0)), queue }),
            (5, CallFact::AgentJoined { offer: ids.next(Timestamp(0)), agent, queue: Some(queue) }),
            (7, CallFact::Held { agent: None }),
            (9, CallFact::Resumed { agent: None }),
            (12, CallFact::AgentLeft { agent }),
            (20, CallFact::CalleeJoined),
            (22, CallFact::Held { agent: None }),
        ];
        let facts: Vec<_> = facts.into_iter().map(|(s, fact)| (began + Duration::from_secs(s), fact)).collect();
        let course = Course::of(&facts, began);
        assert_eq!(course.queue, Some(queue));
        assert_eq!(course.caller(), [(0, 7_000), (9_000, 22_000)]);
        assert_eq!(course.others(), [(5_000, 7_000), (9_000, 12_000), (20_000, 22_000)]);
        assert_eq!(course.speaker(Party::Caller, 6_000), Speaker::Contact);
        assert_eq!(course.speaker(Party::Other, 11_900), Speaker::Agent(Some(agent)));
        assert_eq!(course.speaker(Party::Other, 21_000), Speaker::Agent(None));
        // Before the recording began somebody talked already.
        assert_eq!(Course::of(&facts, began + Duration::from_secs(8)).talks[0].0, 0);
        assert_eq!(Course::of(&[], began).others(), []);
    }
}
