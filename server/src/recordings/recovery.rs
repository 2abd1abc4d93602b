//! What a dead server left open is closed: the log at its last whole block, the row with what is left.

use super::Recordings;
use super::archive::gaps_text;
use ringdesk_model::Clock as _;
use ringdesk_recordings::read::Ending;
use ringdesk_recordings::{Gap, GapReason, GapSide, RecordingKey, Recovered, Verdict, recover};
use ringdesk_storage::recordings::{RecordingState, RecordingView, Sealed};
use std::sync::Arc;
use tokio::sync::Notify;

/// Reason of a recording that a crash broke off.
pub(crate) const RECOVERED: &str = "recovered";
/// What a crash takes at most: the block in memory, and the time until it would have been written.
const TAIL_MS: i64 = 1_000;

/// Close them, one after the other. The list must be from before this server recorded anything.
pub(crate) async fn close(recordings: Arc<Recordings>, left: Vec<RecordingView>, jobs: Arc<Notify>) {
    for row in left {
        let recording = row.id;
        match close_one(&recordings, row).await {
            Ok(what) => tracing::info!(%recording, what, "a recording that was open at the crash is closed"),
            Err(fault) => tracing::error!(%recording, fault, "a recording of before the crash could not be closed"),
        }
        jobs.notify_one();
    }
}

async fn close_one(recordings: &Recordings, row: RecordingView) -> Result<&'static str, String> {
    let (now, account, of) = (recordings.clock.now(), recordings.account, (row.id, row.conversation));
    let failed = async |reason: &'static str| {
        metrics::counter!("recordings_failed_total", "reason" => reason).increment(1);
        let state = RecordingState::Failed;
        let noted = recordings.operations.recording_is(now, account, of, state, Some(reason)).await;
        let told = noted.map_err(|e| e.to_string())?;
        told.into_iter().for_each(|event| recordings.hearing.wake(event));
        Ok(reason)
    };
    let Some(wrapped) = row.wrapped_key.clone() else { return failed("no_key").await };
    let key = RecordingKey::unwrap(&recordings.key, row.id, &wrapped).map_err(|e| e.to_string())?;
    let path = recordings.folder.path(row.id, row.started_at);
    let found = tokio::task::spawn_blocking(move || recover(&path, &key.log())).await.map_err(|e| e.to_string())?;
    match found.map_err(|e| e.to_string())? {
        Recovered::Closed { verdict, cut } => {
            let broken_off = verdict.ending == Ending::BrokenOff;
            tracing::debug!(recording = %row.id, cut, broken_off, "a log was recovered");
            let why = broken_off.then_some(RECOVERED);
            let stored = recordings.operations.recording_stored(now, account, of, &sealed(&verdict), why).await;
            let told = stored.map_err(|e| e.to_string())?;
            told.into_iter().for_each(|event| recordings.hearing.wake(event));
            metrics::counter!("recordings_recovered_total").increment(1);
            Ok(if broken_off { RECOVERED } else { "stored" })
        }
        Recovered::Nothing => failed("nothing_written").await,
        Recovered::Damaged(_) => failed("damaged").await,
    }
}

fn sealed(verdict: &Verdict) -> Sealed {
    let mut gaps = verdict.gaps.clone();
    gaps.extend(tail(verdict));
    Sealed {
        ended_at: verdict.ended_at,
        duration_ms: verdict.duration_ms,
        sha256: verdict.sha256,
        chain_head: verdict.chain_head,
        gaps: gaps_text(&gaps),
    }
}

/// What the crash took: nobody knows how much of it there was, only that it was not more.
pub(crate) fn tail(verdict: &Verdict) -> Option<Gap> {
    let from_ms = verdict.duration_ms;
    let gap = Gap { from_ms, to_ms: from_ms + TAIL_MS, reason: GapReason::Damaged, side: GapSide::Both };
    (verdict.ending == Ending::BrokenOff).then_some(gap)
}
