//! A lot of it, for who measures how pages bear it (`RINGDESK_DEMO_PACK=crowd`): hundreds of calls of one agent, one in which
//! thousands of lines were said, and a conversation of ten thousand texts.

use super::story::Story;
use super::{Loading, Pack, TAG};
use anyhow::{Context as _, Result};
use ringdesk_model::{AgentId, Channel, ConversationId, Pii, Timestamp};
use ringdesk_storage::journal::{ConversationOpened, NewMessage, ParticipationState, Set};
use std::time::Duration;

/// Calls of `agent1`.
const CALLS: usize = 500;
/// Lines of the newest one.
const SAID: u32 = 2_000;
/// Texts of a conversation after it.
const WRITTEN: u32 = 10_000;
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
    lines(pack, &mut loading, (story.conversation, agent), story.began, "speech", SAID).await?;

    let began = loading.at(3, 60);
    let ended = began + PAUSE * WRITTEN;
    let conversation = loading.ids.next(began);
    let mut set = Set::new(pack.key.clone());
    set.open_conversation(ConversationOpened {
        id: conversation,
        channel: Channel::Api,
        inbox: None,
        at: began,
        contact: None,
    })?;
    set.participation(ParticipationState {
        id: loading.ids.next(began),
        conversation,
        call: None,
        agent,
        queue: loading.queues.get("support").copied(),
        started_at: began,
        ended_at: Some(ended),
        hold_us: 0,
    });
    pack.operations.write_journal(&set).await?;
    lines(pack, &mut loading, (conversation, agent), began, "message", WRITTEN).await?;
    let mut set = Set::new(pack.key.clone());
    set.close_conversation(conversation, ended);
    pack.operations.write_journal(&set).await?;
    tracing::info!(calls = CALLS, said = SAID, written = WRITTEN, "the demo is crowded");
    Ok(CALLS + 1)
}

/// So many lines, by the contact and the agent in turns.
async fn lines(
    pack: &Pack,
    loading: &mut Loading,
    (conversation, agent): (ConversationId, AgentId),
    began: Timestamp,
    kind: &'static str,
    many: u32,
) -> Result<()> {
    for first in (0..many).step_by(AT_ONCE as usize) {
        let mut set = Set::new(pack.key.clone());
        for n in first..first + AT_ONCE {
            let at: Timestamp = began + PAUSE * n;
            let says = n % 2 == 1;
            // As long as people talk: some lines fill several rows of a page.
            let text = format!("Line {n}: {}", "and then it did not arrive ".repeat(1 + n as usize * 7 % 9));
            let since = (kind == "speech").then_some(i64::from(n) * 2_000);
            set.message(NewMessage {
                id: loading.ids.next(at),
                conversation,
                kind,
                speaker: if says { "agent" } else { "contact" },
                agent: says.then_some(agent),
                text: Pii::new(text),
                start_ms: since,
                end_ms: since.map(|since| since + 1_800),
                at,
            })?;
        }
        pack.operations.write_journal(&set).await?;
    }
    Ok(())
}
