//! A lot of it, for who measures how pages bear it (`RINGDESK_DEMO_PACK=crowd`): hundreds of calls of one agent, and a conversation
//! in which thousands of lines were said.

use super::story::Story;
use super::{Loading, Pack, TAG};
use anyhow::{Context as _, Result};
use ringdesk_model::{Pii, Timestamp};
use ringdesk_storage::journal::{NewMessage, Set};
use std::time::Duration;

/// Conversations of `agent1`.
const CALLS: usize = 500;
/// Lines of the newest one.
const LINES: u32 = 10_000;
/// Lines of one set.
const AT_ONCE: u32 = 500;
/// Between two lines.
const PAUSE: Duration = Duration::from_secs(2);

/// Gives how many conversations there are.
pub(crate) async fn load(pack: &Pack) -> Result<usize> {
    let mut loading = Loading::begin(pack).await?;
    loading.tag(TAG).await?;
    let mut last = None;
    for n in 0..CALLS {
        let story = Story::taken(&mut loading, n)?;
        loading.write(&story).await?;
        last = Some(story);
    }
    let story = last.context("somebody called")?;
    let (agent, _) = *story.parts.first().context("an agent took it")?;
    for first in (0..LINES).step_by(AT_ONCE as usize) {
        let mut set = Set::new(pack.key.clone());
        for n in first..first + AT_ONCE {
            let at: Timestamp = story.began + PAUSE * n;
            let says = n % 2 == 1;
            // As long as people talk: some lines fill several rows of a page.
            let text = format!("Line {n}: {}", "and then it did not arrive ".repeat(1 + n as usize * 7 % 9));
            let since = i64::from(n) * 2_000;
            set.message(NewMessage {
                id: loading.ids.next(at),
                conversation: story.conversation,
                kind: "speech",
                speaker: if says { "agent" } else { "contact" },
                agent: says.then_some(agent),
                text: Pii::new(text),
                start_ms: Some(since),
                end_ms: Some(since + 1_800),
                at,
            })?;
        }
        pack.operations.write_journal(&set).await?;
    }
    tracing::info!(conversations = CALLS, lines = LINES, "the demo is crowded");
    Ok(CALLS)
}
