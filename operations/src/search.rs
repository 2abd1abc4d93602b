//! Finding what was said and written, and the second at which it was said.

use crate::desk::audited;
use crate::origins::{Narrowed, Origins};
use crate::{OperationError, Operations};
pub use ringdesk_language::search::Ear;
use ringdesk_language::search::{Query, QueryError, snippet};
use ringdesk_model::{Actor, AgentId, ConversationId, InboxId, NoteId, Pii, RecordingId, Scope, SegmentId, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::search::{self, Filter, FoundLine};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;
use std::ops::Range;

/// The longest page.
const PAGE: i64 = 100;
/// Characters of a line that are shown.
const SNIPPET: usize = 120;
/// Lines that hold the words are opened in steps of so many, and at most so many for one page: those that hold them in
/// another order than the question's do not make one request last.
const STEP: i64 = 200;
const MOST_OPENED: usize = 2_000;
/// Ranked are the newest lines that hold the words, so many at a time.
const RANKED: usize = 1_000;

/// In which order lines come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SearchOrder {
    #[default]
    Newest,
    /// The best of the newest thousand; the next page are the best of the thousand before.
    Ranked,
}

/// What to look for, where, and how much of it.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Words that a line must all have, `"phrases"`, `begin*`nings.
    pub text: Pii<String>,
    /// Also what only sounds like it, by this ear.
    pub ear: Option<Ear>,
    pub filter: Filter,
    /// Conversations with contacts who are in it by now.
    pub segment: Option<SegmentId>,
    pub order: SearchOrder,
    /// [`SearchPage::next`] of the page before.
    pub before: Option<i64>,
    pub limit: i64,
}

#[derive(Clone, Debug)]
pub struct SearchPage {
    pub items: Vec<SearchItem>,
    /// Where the next page begins; `None`: nothing is left. A page may be short and have a next one.
    pub next: Option<i64>,
}

/// A line that answers, as this reader may see it.
#[derive(Clone, Debug)]
pub struct SearchItem {
    pub conversation: ConversationId,
    /// Of a note 0.
    pub seq: i64,
    pub note: Option<NoteId>,
    pub channel: String,
    pub inbox: Option<InboxId>,
    pub speaker: String,
    pub agent: Option<AgentId>,
    /// The part around the hit; numbers that may be somebody's are hidden from readers without the right to them, typed or
    /// spoken.
    pub text: Pii<String>,
    /// Where in the text the words stand, in characters.
    pub hits: Vec<Range<usize>>,
    /// Place in the recording.
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    pub recording: Option<RecordingId>,
    pub at: Timestamp,
}

impl Operations {
    /// Look for what was said. Who looked, where, and which conversations they read of is an entry of the audit; what
    /// they looked for is not, for the audit is not sealed.
    pub async fn search(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        search: &Search,
    ) -> Result<SearchPage, OperationError> {
        let query = match search.ear {
            Some(ear) => Query::by_ear(search.text.reveal(), ear)?,
            None => Query::parse(search.text.reveal())?,
        };
        let (found, next) = match search.order {
            SearchOrder::Newest => self.newest(now, scope, search, &query).await?,
            SearchOrder::Ranked => self.ranked(now, scope, search, &query).await?,
        };
        let conversations: BTreeSet<String> = found.iter().map(|f| f.line.conversation.to_string()).collect();
        let seen =
            serde_json::json!({ "filter": told(&search.filter), "lines": found.len(), "conversations": conversations });
        let (mut tx, key) = self.write(scope.account).await?;
        audited(&mut tx, &key, now, actor, "transcript.search", "search", None, Some(&seen.to_string())).await?;
        tx.commit().await?;
        let items = found.into_iter().map(|found| item(found, scope)).collect();
        Ok(SearchPage { items, next })
    }

    async fn newest(
        &self,
        now: Timestamp,
        scope: &Scope,
        search: &Search,
        query: &Query,
    ) -> Result<(Vec<Answer>, Option<i64>), OperationError> {
        let limit = limit(search);
        let (mut tx, key) = self.read(scope.account).await?;
        let tokens = query.tokens();
        let (mut found, mut before, mut opened) = (Vec::new(), search.before, 0);
        // Most lines that hold the words answer: one more says whether there is a next page.
        let mut step = i64::try_from(limit).unwrap_or(PAGE) + 1;
        while opened < MOST_OPENED {
            let lines = search::candidates(&mut tx, &key, scope, &tokens, &search.filter, before, step).await?;
            let last = lines.len() < usize::try_from(step).unwrap_or(0);
            opened += lines.len();
            let outside = outside(&mut tx, &key, now, search, &lines).await?;
            for line in lines {
                if found.len() == limit {
                    return Ok((found, before));
                }
                before = Some(line.doc);
                if outside.contains(&line.conversation) {
                    continue;
                }
                found.extend(answer(query, line));
            }
            if last {
                return Ok((found, None));
            }
            step = STEP;
        }
        Ok((found, before))
    }

    async fn ranked(
        &self,
        now: Timestamp,
        scope: &Scope,
        search: &Search,
        query: &Query,
    ) -> Result<(Vec<Answer>, Option<i64>), OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let tokens = query.tokens();
        let (mut found, mut before, mut opened) = (Vec::new(), search.before, 0);
        let next = loop {
            let lines = search::candidates(&mut tx, &key, scope, &tokens, &search.filter, before, STEP).await?;
            let last = lines.len() < usize::try_from(STEP).unwrap_or(0);
            opened += lines.len();
            before = lines.last().map(|line| line.doc).or(before);
            let outside = outside(&mut tx, &key, now, search, &lines).await?;
            let within = lines.into_iter().filter(|line| !outside.contains(&line.conversation));
            found.extend(within.filter_map(|line| answer(query, line)));
            match (last, opened >= RANKED) {
                (true, _) => break None,
                (_, true) => break before,
                _ => {}
            }
        };
        found.sort_by_key(|found: &Answer| std::cmp::Reverse((found.score, found.line.doc)));
        found.truncate(limit(search));
        Ok((found, next))
    }
}

impl From<QueryError> for OperationError {
    fn from(error: QueryError) -> Self {
        OperationError::Invalid(error.to_string())
    }
}

/// The conversations of these lines that are with somebody outside of the segment that is asked for.
async fn outside(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    search: &Search,
    lines: &[FoundLine],
) -> Result<BTreeSet<ConversationId>, OperationError> {
    let mut conversations: BTreeSet<ConversationId> = lines.iter().map(|line| line.conversation).collect();
    let narrowed = Narrowed { segment: search.segment, ..Narrowed::default() };
    if narrowed.is_all() {
        return Ok(BTreeSet::new());
    }
    let origins = Origins::look_up(tx, key, now, conversations.clone(), (None, &narrowed)).await?;
    conversations.retain(|id| !origins.holds(&narrowed, *id));
    Ok(conversations)
}

struct Answer {
    line: FoundLine,
    hits: Vec<Range<usize>>,
    score: i64,
}

fn limit(search: &Search) -> usize {
    usize::try_from(search.limit.clamp(1, PAGE)).unwrap_or(1)
}

fn answer(query: &Query, line: FoundLine) -> Option<Answer> {
    let hits = query.hits(line.text.reveal())?;
    Some(Answer { line, hits: hits.ranges, score: hits.score })
}

fn item(Answer { line, hits, .. }: Answer, scope: &Scope) -> SearchItem {
    let shown = snippet(line.text.reveal(), &hits, SNIPPET, !scope.unmasked);
    SearchItem {
        conversation: line.conversation,
        seq: line.seq,
        note: line.note,
        channel: line.channel,
        inbox: line.inbox,
        speaker: line.speaker,
        agent: line.agent,
        text: Pii::new(shown.text),
        hits: shown.hits,
        start_ms: line.start_ms,
        end_ms: line.end_ms,
        recording: line.recording,
        at: line.at,
    }
}

fn told(filter: &Filter) -> serde_json::Value {
    serde_json::json!({
        "speaker": filter.speaker,
        "agent": filter.agent,
        "queue": filter.queue,
        "tag": filter.tag,
        "contact": filter.contact,
        "channel": filter.channel.map(|c| c.as_str()),
        "inbox": filter.inbox,
        "stars_most": filter.stars_most,
        "from": filter.from.map(|at| at.0),
        "to": filter.to.map(|at| at.0),
        "silence_min_ms": filter.silence_min_ms,
        "talk_over_min_ms": filter.talk_over_min_ms,
    })
}
