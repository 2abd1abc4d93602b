//! Signing in and out. A session ends by time, by rest, by its owner, by who manages users, by a new password, and when its
//! user is disabled; whoever holds a door open for it hears of that at once ([`Operations::sessions_changed`]).

use crate::api_tokens::PREFIX;
use crate::challenges::{Solution, at_the_door};
use crate::desk::audited;
use crate::door::{Refused, place_of};
use crate::second_factor::{Asked, is_missing};
use crate::secrets::{token, token_hash};
use crate::{OperationError, Operations};
use ringdesk_access::Grants;
use ringdesk_model::{AccountId, Actor, AgentId, Scope, Timestamp, UserId};
use ringdesk_storage::audit::{self, Act};
use ringdesk_storage::sessions::{self, Session};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, accounts, people};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How long somebody is known at an address from which they got in.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 86_400);
/// No login is longer; what is was not typed by a person.
const LONGEST_LOGIN: usize = 400;

/// When sessions end by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request, and without an events socket.
    pub idle: Duration,
    /// In any case.
    pub longest: Duration,
}

impl Default for SessionLimits {
    /// A working day and its overtime.
    fn default() -> Self {
        SessionLimits { idle: Duration::from_secs(2 * 3_600), longest: Duration::from_secs(12 * 3_600) }
    }
}

/// A sign-in that worked. The token is shown once.
pub struct LoggedIn {
    pub user: User,
    pub token: String,
    pub expires: Timestamp,
}

/// Who is behind a session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Uuid,
    pub user: User,
    pub grants: Grants,
    pub scope: Scope,
    /// Whose mentor they are, each with the moment at which it ends.
    pub mentees: BTreeMap<AgentId, Option<Timestamp>>,
    /// With the address of the request.
    pub actor: Actor,
    /// A program, by the key of this name; not the person who made it.
    pub by_token: Option<String>,
    /// They have no right but to do this.
    pub must: Option<Duty>,
}

/// What somebody does before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Somebody else knows their password.
    ChangePassword,
    /// A role of theirs needs a second factor and they have none.
    SetUpSecondFactor,
}

impl Duty {
    pub const fn as_str(self) -> &'static str {
        match self {
            Duty::ChangePassword => "change_password",
            Duty::SetUpSecondFactor => "set_up_second_factor",
        }
    }

    /// The password first: a second factor is set up by whom it belongs to.
    async fn of(tx: &mut Tx, user: &User) -> Result<Option<Duty>, OperationError> {
        if people::must_change_password(tx, user.id).await? {
            return Ok(Some(Duty::ChangePassword));
        }
        Ok(is_missing(tx, user).await?.then_some(Duty::SetUpSecondFactor))
    }
}

impl Operations {
    /// Try a login and a password. Both outcomes are audited. An unknown login, a wrong password and a disabled user get the
    /// same answer for the same work; who has to wait does so whether or not there is such a login.
    pub async fn login(
        &self,
        now: Timestamp,
        login: &str,
        password: &str,
        address: &str,
    ) -> Result<LoggedIn, OperationError> {
        self.login_by(now, login, (password, None), None, address).await
    }

    /// The same with a code of the second factor, or a recovery code. Without one, where it is wanted, the answer to a right
    /// password is [`OperationError::CodeWanted`]; wrong codes count as wrong passwords do. And with the answer to a challenge: where
    /// one is wanted and there is none, nothing is said of the password, and the try does not count as one.
    pub async fn login_by(
        &self,
        now: Timestamp,
        login: &str,
        (password, code): (&str, Option<&str>),
        solution: Option<&Solution>,
        address: &str,
    ) -> Result<LoggedIn, OperationError> {
        let login = login.trim().to_lowercase();
        let login = if login.len() > LONGEST_LOGIN { String::new() } else { login };
        let place = place_of(address);
        if let Err(refused) = self.door.check(now, &login, &place) {
            return Err(self.refused(now, refused, address).await);
        }
        let (known, rule) = {
            let mut tx = self.store.db.read().await?;
            (sessions::is_known(&mut tx, now, KNOWN_FOR, &login, &place).await?, at_the_door(&mut tx).await?)
        };
        if self.door.is_laborious(now, &login, &place, known, rule.after_failures) {
            let another = || self.challenges.make(now, rule, &login, &place);
            let Some(solution) = solution else { return Err(OperationError::ChallengeWanted(another()?)) };
            if let Err(fault) = self.challenges.take(now, solution, &login, &place) {
                return Err(OperationError::ChallengeFailed(fault, another()?));
            }
        }
        let attempt = match self.door.begin(now, &login, &place, known) {
            Ok(attempt) => attempt,
            Err(refused) => return Err(self.refused(now, refused, address).await),
        };
        let found = users::by_login(&mut self.store.db.read().await?, &login).await?;
        let fits = attempt.fits(password, found.as_ref().map(|c| c.password_hash.as_str())).await?;
        match found {
            Some(c) if fits && !c.user.disabled => match self.asked_code(now, &c.user, code).await? {
                Asked::Fits => {
                    attempt.succeeded();
                    self.open_session(now, c.user, address).await
                }
                Asked::Wanted => {
                    attempt.halfway();
                    Err(OperationError::CodeWanted)
                }
                Asked::Wrong => {
                    drop(attempt);
                    tracing::warn!("login failed from {address}");
                    self.note_failure(now, Some(c.user), address, "wrong code").await?;
                    Err(OperationError::WrongCode)
                }
            },
            other => {
                drop(attempt);
                tracing::warn!("login failed from {address}");
                let user = other.map(|c| c.user);
                let result = match &user {
                    Some(user) if user.disabled => "disabled",
                    _ => "wrong login or password",
                };
                self.note_failure(now, user, address, result).await?;
                Err(OperationError::WrongLogin)
            }
        }
    }

    /// Somebody of the demo centre comes in without a password. Who asks is not asked here: only a server that runs as a demo, and
    /// only for its own machine, may do this.
    pub async fn enter_demo(&self, now: Timestamp, login: &str, address: &str) -> Result<LoggedIn, OperationError> {
        let demo = self.demo().await?.ok_or(OperationError::NotFound("demo"))?;
        let known = crate::demo::logins().any(|(known, _)| known == login);
        let found = users::by_login(&mut self.store.db.read().await?, login).await?.map(|credentials| credentials.user);
        match found {
            Some(user) if known && user.account == demo.account && !user.disabled => {
                self.open_session(now, user, address).await
            }
            _ => Err(OperationError::NotFound("demo login")),
        }
    }

    /// The people of the demo centre who could come in so, in the order of its table.
    pub async fn demo_people(&self) -> Result<Vec<User>, OperationError> {
        let Some(demo) = self.demo().await? else { return Ok(Vec::new()) };
        let all = users::all(&mut self.store.db.read().await?, demo.account).await?;
        let found = crate::demo::logins().filter_map(|(login, _)| all.iter().find(|u| u.login == login && !u.disabled));
        Ok(found.cloned().collect())
    }

    /// The first refusal after a try leaves a line and an audit entry, the thousand after it only a figure.
    async fn refused(&self, now: Timestamp, refused: Refused, address: &str) -> OperationError {
        if refused.news {
            tracing::warn!("login refused for now from {address}");
            if let Err(fault) = self.note_failure(now, None, address, "too many attempts").await {
                return fault;
            }
        }
        refused.wait.into()
    }

    async fn open_session(&self, now: Timestamp, user: User, address: &str) -> Result<LoggedIn, OperationError> {
        let (token, expires) = (token()?, now + self.session_limits.longest);
        let (mut tx, key) = self.write(user.account).await?;
        sessions::drop_old(&mut tx, now, self.idle(now)).await?;
        let session = Session { id: self.id(now), created: now, seen: now, expires, address: Some(address.to_owned()) };
        sessions::open(&mut tx, &user, &token_hash(&token), &session).await?;
        sessions::know(&mut tx, now, user.id, &place_of(address)).await?;
        let actor = Actor::User { user: user.id, agent: user.agent, address: Some(address.to_owned()) };
        audited(&mut tx, &key, now, &actor, "user.login", &format!("user:{}", user.id), None, None).await?;
        tx.commit().await?;
        Ok(LoggedIn { user, token, expires })
    }

    /// An unknown login is not written down: people type passwords into that field.
    pub(crate) async fn note_failure(
        &self,
        now: Timestamp,
        user: Option<User>,
        address: &str,
        result: &'static str,
    ) -> Result<(), OperationError> {
        let mut tx = self.store.db.write().await?;
        let account = match &user {
            Some(user) => Some(user.account),
            None => accounts::all(&mut tx).await?.first().copied(),
        };
        let Some(account) = account else { return Ok(()) };
        let key = self.store.key(&mut tx, account).await?;
        let object = user.as_ref().map_or_else(|| "user:unknown".to_owned(), |u| format!("user:{}", u.id));
        let act = Act { action: "user.login", object: &object, before: None, after: None, result };
        audit::append(&mut tx, &key, now, &Actor::System, Some(address), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who is behind a token; `None`: nobody, any more. It is a sign of life.
    pub async fn signed_in(
        &self,
        now: Timestamp,
        token: &str,
        address: Option<&str>,
    ) -> Result<Option<SignedIn>, OperationError> {
        if token.starts_with(PREFIX) {
            return self.program(now, token, address).await;
        }
        let (found, must) = {
            let mut tx = self.store.db.read().await?;
            let found = sessions::by_token(&mut tx, now, self.idle(now), &token_hash(token)).await?;
            let must = match &found {
                Some((user, _)) => Duty::of(&mut tx, user).await?,
                None => None,
            };
            (found, must)
        };
        let Some((user, session)) = found else { return Ok(None) };
        // Not at every request: it is a write.
        if now.since(session.seen) >= self.session_limits.idle / 24
            && let Err(fault) = self.touch(now, session.id).await
        {
            tracing::warn!(%fault, "a sign of life could not be kept");
        }
        let grants = match must {
            Some(_) => Grants::default(),
            None => Grants::of(user.roles.iter().map(String::as_str), &self.roles),
        };
        let mentees = match must {
            Some(_) => BTreeMap::new(),
            None => self.mentees(now, user.account, user.id).await?,
        };
        Ok(Some(SignedIn {
            mentees,
            by_token: None,
            must,
            session: session.id,
            scope: grants.scope(user.account, user.id, user.agent),
            actor: Actor::User { user: user.id, agent: user.agent, address: address.map(str::to_owned) },
            grants,
            user,
        }))
    }

    async fn touch(&self, now: Timestamp, session: Uuid) -> Result<(), OperationError> {
        let mut tx = self.store.db.write().await?;
        sessions::touch(&mut tx, now, session).await?;
        Ok(tx.commit().await?)
    }

    pub async fn logout(&self, now: Timestamp, who: &SignedIn) -> Result<(), OperationError> {
        self.end_session(now, who, who.session).await
    }

    /// One's own sessions, newest first.
    pub async fn sessions(&self, now: Timestamp, who: &SignedIn) -> Result<Vec<Session>, OperationError> {
        let mut tx = self.store.db.read().await?;
        Ok(sessions::of_user(&mut tx, now, self.idle(now), who.user.id).await?)
    }

    /// End one of one's own.
    pub async fn end_session(&self, now: Timestamp, who: &SignedIn, session: Uuid) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(who.user.account).await?;
        if !sessions::close(&mut tx, who.user.id, session).await? {
            return Err(OperationError::NotFound("session"));
        }
        let object = format!("user:{}", who.user.id);
        audited(&mut tx, &key, now, &who.actor, "user.logout", &object, None, None).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// Sign a user out everywhere.
    pub async fn end_sessions(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        let ended = sessions::close_all(&mut tx, user).await?.to_string();
        let object = format!("user:{user}");
        audited(&mut tx, &key, now, actor, "user.logout_everywhere", &object, Some(&ended), Some("0")).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    pub(crate) fn sessions_end(&self) {
        self.sessions.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Who was not seen since is not signed in.
    fn idle(&self, now: Timestamp) -> Timestamp {
        now - self.session_limits.idle
    }
}
