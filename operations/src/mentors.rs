//! Mentors: put beside agents, and taken away; the talks that they see, as long as their agent has them in hand; and what they
//! suggest, which is for the agent alone.
//!
//! A suggestion is no line of a timeline: no text, note or event of the conversation. What sends, exports, searches or reports
//! conversations reads none of its rows.

use crate::conversations::LinesFrom;
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_access::mentoring::{Candidate, holds, may_attach, suggestion_text};
use ringdesk_access::{Grants, MentorRefusal, Mentorship, SuggestionEnd};
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, ConversationId, MentorshipId, Pii, Scope, SuggestionId, Timestamp, UserId,
};
use ringdesk_storage::conversations::{ConversationView, MessageView};
use ringdesk_storage::mentors::{self, Suggestion, Whose};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, agents, conversations, users};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

const NONE: OperationError = OperationError::NotFound("conversation");

/// A mentorship with who they are.
#[derive(Clone, Debug)]
pub struct MentorshipView {
    pub id: MentorshipId,
    pub it: Mentorship,
    /// `None`: they are gone from the books.
    pub mentor_name: Option<String>,
    pub agent_name: Option<String>,
}

/// What ends with a mentorship: the mentor's own telephone may be in these calls.
#[derive(Clone, Debug)]
pub struct Detached {
    /// `None`: they take no work, and so have no telephone.
    pub mentor: Option<AgentId>,
    pub calls: Vec<CallId>,
}

impl Operations {
    /// Who mentors whom now. Only of one mentor or one agent, where they are named.
    pub async fn mentorships(
        &self,
        now: Timestamp,
        account: AccountId,
        (user, agent): (Option<UserId>, Option<AgentId>),
    ) -> Result<Vec<MentorshipView>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut all = mentors::open(&mut tx, Whose { account, user, agent }).await?;
        all.retain(|(_, one)| one.holds(now));
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let names: BTreeMap<UserId, String> =
            users::all(&mut tx, account).await?.into_iter().map(|user| (user.id, user.name)).collect();
        let agents: BTreeMap<AgentId, String> =
            agents::agents(&mut tx, account).await?.into_iter().map(|agent| (agent.id, agent.name)).collect();
        let view = |(id, it): (MentorshipId, Mentorship)| MentorshipView {
            mentor_name: names.get(&it.mentor).cloned(),
            agent_name: agents.get(&it.agent).cloned(),
            id,
            it,
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// The agents whose mentor somebody is now, each with the moment at which it ends. Asked for with every request.
    pub async fn mentees(
        &self,
        now: Timestamp,
        account: AccountId,
        mentor: UserId,
    ) -> Result<BTreeMap<AgentId, Option<Timestamp>>, OperationError> {
        mentees(&mut self.store.db.read().await?, now, account, mentor).await
    }

    /// Put a mentor beside an agent; who is there already stays until the new moment.
    pub async fn attach_mentor(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (mentor, agent): (UserId, AgentId),
        until: Option<Timestamp>,
    ) -> Result<MentorshipId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let user = users::by_id(&mut tx, account, mentor).await?.ok_or(OperationError::NotFound("user"))?.user;
        if !agents::agents(&mut tx, account).await?.iter().any(|one| one.id == agent) {
            return Err(OperationError::NotFound("agent"));
        }
        let grants = Grants::of(user.roles.iter().map(String::as_str), self.roles());
        let candidate = Candidate { grants: &grants, agent: user.agent, disabled: user.disabled };
        may_attach(now, &candidate, agent, until)?;
        let there = Whose { account, user: Some(mentor), agent: Some(agent) };
        let id = match mentors::open(&mut tx, there).await?.pop() {
            Some((id, _)) => {
                mentors::set_until(&mut tx, account, id, until).await?;
                id
            }
            None => {
                let id = self.id(now);
                mentors::attach(&mut tx, account, id, &Mentorship { mentor, agent, since: now, until }).await?;
                id
            }
        };
        let how = match until {
            Some(until) => format!("user:{mentor} until {}", until.as_millis()),
            None => format!("user:{mentor}"),
        };
        audited(&mut tx, &key, now, actor, "mentor.attach", &format!("agent:{agent}"), None, Some(&how)).await?;
        told(&mut tx, &key, now, "mentor_attached", (mentor, agent), None).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(id)
    }

    /// From now on they see and say nothing there any more.
    pub async fn detach_mentor(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: MentorshipId,
    ) -> Result<Detached, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = mentors::open(&mut tx, Whose { account, user: None, agent: None }).await?;
        let (_, was) = all.into_iter().find(|(one, _)| *one == id).ok_or(OperationError::NotFound("mentorship"))?;
        mentors::end(&mut tx, account, id, now).await?;
        let before = format!("user:{}", was.mentor);
        let object = format!("agent:{}", was.agent);
        audited(&mut tx, &key, now, actor, "mentor.detach", &object, Some(&before), None).await?;
        told(&mut tx, &key, now, "mentor_detached", (was.mentor, was.agent), None).await?;
        let mentor = users::by_id(&mut tx, account, was.mentor).await?.and_then(|found| found.user.agent);
        let calls = mentors::calls_of(&mut tx, account, was.agent).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(Detached { mentor, calls })
    }

    /// What my agents have in hand now.
    pub async fn mentored_talks(
        &self,
        now: Timestamp,
        scope: &Scope,
    ) -> Result<Vec<(AgentId, ConversationView)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let mut talks = Vec::new();
        for agent in mentees(&mut tx, now, scope.account, scope.user).await?.into_keys() {
            let of_agent = mentors::in_hand(&mut tx, &key, agent).await?.into_iter();
            talks.extend(of_agent.map(|talk| (agent, talk)));
        }
        Ok(talks)
    }

    /// The timeline of such a talk, as the agent reads it, masked as the mentor's own rights say.
    pub async fn mentored_lines(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<MessageView>, OperationError> {
        let agent = self.mentored_in(now, scope, id).await?;
        let theirs = Scope { agent: Some(agent), everyone: false, ..scope.clone() };
        self.messages(now, actor, &theirs, id, (LinesFrom::After(after), false), limit).await
    }

    /// A word for my agent in a talk that they have in hand.
    pub async fn suggest(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        text: &Pii<String>,
    ) -> Result<SuggestionId, OperationError> {
        let text = Pii::new(suggestion_text(text.reveal())?.to_owned());
        let agent = self.mentored_in(now, scope, conversation).await?;
        let (mut tx, key) = self.write(scope.account).await?;
        let (id, mentor): (SuggestionId, _) = (self.id(now), scope.user);
        let new = Suggestion { id, conversation, agent, mentor, text, at: now, end: None };
        mentors::suggest(&mut tx, &key, &new).await?;
        let about = format!("conversation:{conversation}");
        audited(&mut tx, &key, now, actor, "suggestion.make", &format!("suggestion:{id}"), None, Some(&about)).await?;
        told(&mut tx, &key, now, "suggestion_made", (mentor, agent), Some(conversation)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What was suggested to me there, and what I suggested there as long as I may. Nobody else reads any of it.
    pub async fn suggestions(
        &self,
        now: Timestamp,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<Vec<(Suggestion, Option<String>)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let mine = mentees(&mut tx, now, scope.account, scope.user).await?;
        let parts = conversations::agents_of(&mut tx, scope.account, &[conversation]).await?;
        let is_theirs = parts.iter().any(|(_, agent, has_it)| *has_it && mine.contains_key(agent));
        if !is_theirs && conversations::get(&mut tx, &key, scope, conversation).await?.is_none() {
            return Err(NONE);
        }
        let mut all = mentors::suggestions(&mut tx, &key, conversation).await?;
        all.retain(|one| scope.agent == Some(one.agent) || one.mentor == scope.user && mine.contains_key(&one.agent));
        let mut names = BTreeMap::new();
        for one in &all {
            if let Entry::Vacant(unknown) = names.entry(one.mentor) {
                let found = users::by_id(&mut tx, scope.account, one.mentor).await?;
                unknown.insert(found.map(|found| found.user.name));
            }
        }
        let named = |one: Suggestion| {
            let name = names.get(&one.mentor).cloned().flatten();
            (one, name)
        };
        Ok(all.into_iter().map(named).collect())
    }

    /// The agent took it into their box, or put it aside. Once.
    pub async fn settle_suggestion(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: SuggestionId,
        end: SuggestionEnd,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let found = mentors::suggestion(&mut tx, &key, id).await?;
        let there = found.filter(|one| scope.agent == Some(one.agent)).ok_or(OperationError::NotFound("suggestion"))?;
        if !mentors::settle(&mut tx, scope.account, id, now, end).await? {
            return Err(MentorRefusal::Settled.into());
        }
        let object = format!("suggestion:{id}");
        audited(&mut tx, &key, now, actor, "suggestion.settle", &object, None, Some(end.as_str())).await?;
        told(&mut tx, &key, now, "suggestion_settled", (there.mentor, there.agent), Some(there.conversation)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The agent of mine who has it in hand now. What none of them has is not there.
    async fn mentored_in(&self, now: Timestamp, scope: &Scope, id: ConversationId) -> Result<AgentId, OperationError> {
        let talks = self.mentored_talks(now, scope).await?;
        talks.into_iter().find(|(_, talk)| talk.id == id).map(|(agent, _)| agent).ok_or(NONE)
    }
}

async fn mentees(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    mentor: UserId,
) -> Result<BTreeMap<AgentId, Option<Timestamp>>, OperationError> {
    let all = mentors::mentees(tx, account, mentor).await?.into_iter();
    Ok(all.filter(|(_, until)| holds(now, *until)).collect())
}

/// Tell the two of them. The conversation is what it is `about`, not whose event it is: nobody else with a part in it hears of it.
async fn told(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    kind: &'static str,
    (mentor, agent): (UserId, AgentId),
    about: Option<ConversationId>,
) -> Result<(), StoreError> {
    let payload = Pii::new(serde_json::json!({ "mentor": mentor, "agent": agent, "about": about }));
    outbox::append(tx, key, &[NewEvent { at, kind, payload }]).await?;
    Ok(())
}
