//! Inboxes for texts: made, edited, their secrets changed; and what is handed over to them.

use crate::desk::audited;
use crate::messages::state_changed;
use crate::texts::used;
use crate::{OperationError, Operations};
use ringdesk_conversations::text_matter::SAYING;
use ringdesk_conversations::{Survey, TextManners, TextRates, TextState, TrackConsent, check_rates, check_survey};
use ringdesk_model::{AccountId, Actor, CalendarId, Channel, ConversationId, InboxId, Pii, QueueId, Timestamp};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_inboxes::{self, Secret, TextInbox};
use ringdesk_storage::texts::{self, PendingText};
use ringdesk_storage::{Tx, agents, calendars, setup, text_matters};
use ringdesk_vault::AccountKey;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long a secret is good after another one was made.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
/// Texts handed over in one go.
const BATCH: i64 = 50;
/// Web sites of one inbox, and of one such address in bytes.
const SITES: usize = 20;
const ORIGIN: usize = 200;
/// Of a title, in characters.
const TITLE: usize = 60;
/// The longest time that an inbox waits before it does something by itself: a week, in seconds.
const LONGEST: u32 = 7 * 24 * 3_600;

/// How long the way of a visitor is kept where nobody says otherwise, and at most: in days.
const TRACK_DAYS: u32 = 30;
const TRACK_DAYS_MOST: u32 = 365;

/// What an inbox is beside its name and queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSettings {
    /// Where texts go out to. None: they are kept, and fail.
    pub webhook: Option<String>,
    /// The receiver does not know again what it is handed twice: nothing is handed over again of which nobody knows.
    pub no_repeats: bool,
    /// It stands on web sites; none: it is an inbox of the API channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// What contacts are asked when a conversation is over; without it nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey: Option<Survey>,
    /// How much contacts may write.
    #[serde(skip_serializing_if = "TextRates::is_default")]
    pub rates: TextRates,
    /// How soon an agent should first answer, in seconds; 45 without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_within: Option<u32>,
    /// A help desk of the house: staff who are signed in write to it, and nobody else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    #[serde(flatten)]
    pub manners: TextManners,
}

/// How an inbox looks on a web site, and on which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// Pages of these origins (`https://shop.example`) may show it; `*`: every page.
    pub allowed: Vec<String>,
    /// Above the conversation; the inbox's name without it.
    pub title: Option<String>,
    /// `#rrggbb`.
    pub colour: Option<String>,
    /// Said before anybody has written.
    pub greeting: Option<String>,
    /// `en`, `zh`; without it the page's, else the browser's.
    pub language: Option<String>,
    /// Outside of it a message is left; without one it is open whenever somebody is at work.
    pub hours: Option<CalendarId>,
    /// Whether what visitors do on the site is kept.
    pub track: TrackConsent,
    /// For how many days; 30 without it.
    pub track_days: Option<u32>,
    /// The number of ours that answers who calls from the page; without one nobody can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<String>,
}

impl Site {
    /// For how many days the way of a visitor is kept.
    pub fn track_days(&self) -> u32 {
        self.track_days.unwrap_or(TRACK_DAYS)
    }
}

/// What is to be made or changed; all of it.
#[derive(Clone, Debug)]
pub struct TextInboxEdit {
    pub name: String,
    pub queue: QueueId,
    pub settings: TextSettings,
}

/// An inbox as those meet it who bring texts to it.
#[derive(Clone, Debug)]
pub struct InboxDoor {
    pub account: AccountId,
    /// What requests to it are signed with.
    pub secrets: Vec<Pii<String>>,
    pub rates: TextRates,
}

/// One hand-over of a conversation's texts.
#[derive(Clone, Debug)]
pub struct Leaving {
    pub inbox: InboxId,
    pub settings: TextSettings,
    /// Newest first; each signs.
    pub secrets: Vec<Pii<String>>,
    /// The name by which the channel knows the contact.
    pub address: Pii<String>,
    /// In their order.
    pub texts: Vec<PendingText>,
}

impl Operations {
    pub async fn text_inboxes(&self, account: AccountId) -> Result<Vec<TextInbox>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(text_inboxes::all(&mut tx, account).await?)
    }

    /// Make an inbox with its first secret: for the API channel, or for web sites where the edit names them; or a help desk, which
    /// has no secret, because nobody signs for it. Whether its address may be asked is the channel's to say,
    /// before.
    pub async fn create_text_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        edit: &TextInboxEdit,
        secret: Pii<String>,
    ) -> Result<InboxId, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        check(&mut tx, account, edit).await?;
        let id: InboxId = self.id(now);
        let channel = kind(&edit.settings);
        let name = edit.name.clone();
        let row = Inbox { id, channel, name, numbers: Vec::new(), flow: None, closure: None };
        inboxes::create(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))?;
        text_inboxes::put(&mut tx, account, id, edit.queue, &kept(&edit.settings)?).await?;
        if channel != Channel::HelpDesk {
            self.new_secret(&mut tx, &key, now, id, secret).await?;
        }
        let after = said(edit);
        audited(&mut tx, &key, now, actor, "inbox.create", &format!("inbox:{id}"), None, Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn edit_text_inbox(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: InboxId,
        edit: &TextInboxEdit,
    ) -> Result<(), OperationError> {
        const NONE: OperationError = OperationError::NotFound("inbox");
        let (mut tx, key) = self.write(account).await?;
        let before = used(&mut tx, account, id).await?;
        check(&mut tx, account, edit).await?;
        if before.channel != kind(&edit.settings) {
            return Err(OperationError::Invalid(
                "an inbox stays what it is: of web sites, of the API channel, or a help desk".into(),
            ));
        }
        let standing = setup::inboxes(&mut tx, account).await?.get(&id).copied().ok_or(NONE)?;
        let edited = setup::edit_inbox(&mut tx, account, id, &edit.name, None, standing).await;
        if !edited.map_err(OperationError::taken("the name"))? {
            return Err(OperationError::Changed("the inbox"));
        }
        text_inboxes::put(&mut tx, account, id, edit.queue, &kept(&edit.settings)?).await?;
        let was = TextInboxEdit { name: before.name, queue: before.queue, settings: settings(&before.settings) };
        let (object, before, after) = (format!("inbox:{id}"), said(&was), said(edit));
        audited(&mut tx, &key, now, actor, "inbox.edit", &object, Some(&before), Some(&after)).await?;
        told(&mut tx, &key, now, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Another secret; those before it are good for a day, so that both sides may change at their own time.
    pub async fn renew_inbox_secret(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: InboxId,
        secret: Pii<String>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if used(&mut tx, account, id).await?.channel == Channel::HelpDesk {
            return Err(OperationError::InternalInbox);
        }
        self.new_secret(&mut tx, &key, now, id, secret).await?;
        audited(&mut tx, &key, now, actor, "inbox.renew_secret", &format!("inbox:{id}"), None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn new_secret(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        inbox: InboxId,
        secret: Pii<String>,
    ) -> Result<(), OperationError> {
        let new = Secret { id: self.id(now), secret, made_at: now, ends_at: None };
        Ok(text_inboxes::add_secret(tx, key, inbox, &new, now + OVERLAP).await?)
    }

    /// `None` also when it is out of use. A help desk of the house is refused: no program writes to it.
    pub async fn inbox_door(&self, now: Timestamp, inbox: InboxId) -> Result<Option<InboxDoor>, OperationError> {
        let account = text_inboxes::account_of(&mut self.store.db.read().await?, inbox).await?;
        let Some(account) = account else { return Ok(None) };
        let (mut tx, key) = self.read(account).await?;
        let Ok(row) = used(&mut tx, account, inbox).await else { return Ok(None) };
        if row.channel == Channel::HelpDesk {
            return Err(OperationError::InternalInbox);
        }
        let found = text_inboxes::secrets(&mut tx, &key, inbox, now).await?;
        let secrets = found.into_iter().map(|s| s.secret).collect();
        Ok(Some(InboxDoor { account, secrets, rates: settings(&row.settings).rates }))
    }

    /// What waits to leave a conversation; `None`: nothing does.
    pub async fn leaving(
        &self,
        now: Timestamp,
        account: AccountId,
        conversation: ConversationId,
    ) -> Result<Option<Leaving>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let texts = texts::pending(&mut tx, &key, conversation, BATCH).await?;
        let Some(inbox) = texts.first().map(|text| text.inbox) else { return Ok(None) };
        let all = text_inboxes::all(&mut tx, account).await?;
        let (Some(row), Some(matter)) =
            (all.into_iter().find(|i| i.id == inbox), text_matters::get(&mut tx, &key, conversation).await?)
        else {
            return Ok(None);
        };
        let secrets = text_inboxes::secrets(&mut tx, &key, inbox, now).await?;
        Ok(Some(Leaving {
            inbox,
            // What is out of use asks nobody.
            settings: if row.disabled { TextSettings::default() } else { settings(&row.settings) },
            secrets: secrets.into_iter().map(|s| s.secret).collect(),
            address: matter.address,
            texts,
        }))
    }

    /// One whose edit or recall is to be told, with where to. `None`: it never left.
    pub async fn changed_text(
        &self,
        now: Timestamp,
        account: AccountId,
        (conversation, message): (ConversationId, Uuid),
    ) -> Result<Option<(Leaving, i64, Option<Pii<String>>)>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(None) };
        let Some(matter) = text_matters::get(&mut tx, &key, conversation).await? else { return Ok(None) };
        let all = text_inboxes::all(&mut tx, account).await?;
        let Some(row) = all.into_iter().find(|i| Some(i.id) == matter.inbox && !i.disabled) else { return Ok(None) };
        let secrets = text_inboxes::secrets(&mut tx, &key, row.id, now).await?;
        let leaving = Leaving {
            inbox: row.id,
            settings: settings(&row.settings),
            secrets: secrets.into_iter().map(|s| s.secret).collect(),
            address: matter.address,
            texts: Vec::new(),
        };
        let says = (!text.recalled).then_some(text.text);
        Ok(Some((leaving, text.seq, says)))
    }

    /// What came of a hand-over. A word of the channel that came first stands.
    pub async fn text_left(
        &self,
        now: Timestamp,
        account: AccountId,
        message: Uuid,
        (state, reason): (TextState, Option<&str>),
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(()) };
        texts::hold(&mut tx, account, text.conversation).await?;
        let Some(text) = texts::by_id(&mut tx, &key, message).await? else { return Ok(()) };
        if let Some(was) = text.state
            && was.told(state) != was
        {
            texts::set_state(&mut tx, account, message, state, reason).await?;
            state_changed(&mut tx, &key, now, &text, state, reason).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// What cannot be read is an inbox that says nothing by itself.
pub(crate) fn settings(text: &str) -> TextSettings {
    serde_json::from_str(text).unwrap_or_default()
}

impl TextSettings {
    /// As they are kept.
    pub fn of(inbox: &TextInbox) -> TextSettings {
        settings(&inbox.settings)
    }
}

/// What an inbox is.
fn kind(settings: &TextSettings) -> Channel {
    match (&settings.site, settings.internal) {
        (Some(_), _) => Channel::WebChat,
        (None, true) => Channel::HelpDesk,
        (None, false) => Channel::Api,
    }
}

fn kept(settings: &TextSettings) -> Result<String, OperationError> {
    serde_json::to_string(settings).map_err(|_| OperationError::Internal("the settings could not be written"))
}

async fn check(tx: &mut Tx, account: AccountId, edit: &TextInboxEdit) -> Result<(), OperationError> {
    if !agents::queues(tx, account).await?.iter().any(|queue| queue.id == edit.queue) {
        return Err(OperationError::NotFound("queue"));
    }
    let TextSettings { site, webhook, survey, internal, .. } = &edit.settings;
    if *internal && (site.is_some() || webhook.is_some() || survey.is_some()) {
        return Err(OperationError::Invalid("a help desk for staff has no site, no webhook and no survey".into()));
    }
    let manners = &edit.settings.manners;
    let sayings = [&manners.away, &manners.late, &manners.reminder, &manners.farewell];
    if sayings.into_iter().flatten().any(|text| text.trim().is_empty() || text.chars().count() > SAYING) {
        return Err(OperationError::Invalid(format!("what is said by itself has 1 to {SAYING} characters")));
    }
    let answer_within = edit.settings.answer_within;
    let times = [manners.late_after, manners.remind_after, manners.close_after, answer_within];
    if times.into_iter().flatten().any(|seconds| !(10..=LONGEST).contains(&seconds)) {
        return Err(OperationError::Invalid("a time is 10 seconds to 7 days".into()));
    }
    check_rates(&edit.settings.rates).map_err(|why| OperationError::Invalid(why.into()))?;
    if let Some(survey) = &edit.settings.survey {
        check_survey(survey).map_err(|why| OperationError::Invalid(why.into()))?;
        if survey.address.is_none() && edit.settings.site.is_none() {
            return Err(OperationError::Invalid("a link needs the address by which contacts reach this server".into()));
        }
    }
    match &edit.settings.site {
        Some(site) => check_site(tx, account, site).await,
        None => Ok(()),
    }
}

async fn check_site(tx: &mut Tx, account: AccountId, site: &Site) -> Result<(), OperationError> {
    let wrong = |why: String| Err(OperationError::Invalid(why));
    if site.allowed.len() > SITES || !site.allowed.iter().all(|one| one == "*" || is_origin(one)) {
        return wrong(format!("a site is written as https://shop.example, without a path; at most {SITES} of them"));
    }
    let colour = |c: &String| c.len() == 7 && c.starts_with('#') && c[1..].chars().all(|d| d.is_ascii_hexdigit());
    if !site.colour.as_ref().is_none_or(colour) {
        return wrong("a colour is written as #1a2b3c".into());
    }
    let fits = |text: &Option<String>, most| {
        text.as_ref().is_none_or(|text| (1..=most).contains(&text.trim().chars().count()))
    };
    if !fits(&site.title, TITLE) || !fits(&site.greeting, SAYING) {
        return wrong(format!("a title has 1 to {TITLE} characters, a greeting 1 to {SAYING}"));
    }
    if !matches!(site.language.as_deref(), None | Some("en" | "zh")) {
        return wrong("a language is `en` or `zh`".into());
    }
    if !(1..=TRACK_DAYS_MOST).contains(&site.track_days()) {
        return wrong(format!("the way of visitors is kept for 1 to {TRACK_DAYS_MOST} days"));
    }
    if let Some(number) = &site.calls
        && !inboxes::all(tx, account).await?.iter().any(|inbox| inbox.numbers.contains(number))
    {
        return Err(OperationError::NotFound("number"));
    }
    match site.hours {
        Some(hours) if !calendars::all(tx, account).await?.iter().any(|one| one.id == hours) => {
            Err(OperationError::NotFound("calendar"))
        }
        _ => Ok(()),
    }
}

/// As browsers write one (RFC 6454 §6.1), and as it may stand in a policy: nothing in it ends a word there.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let is_port = |port: &str| (1..=5).contains(&port.len()) && port.chars().all(|c| c.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    text.len() <= ORIGIN && !name.is_empty() && name.chars().all(known)
}

/// Without what is said: that may be anything.
fn said(edit: &TextInboxEdit) -> String {
    let webhook = edit.settings.webhook.as_deref().unwrap_or("nowhere");
    format!("{}: queue {}, texts to {webhook}", edit.name, edit.queue)
}

async fn told(tx: &mut Tx, key: &AccountKey, now: Timestamp, inbox: InboxId) -> Result<(), OperationError> {
    let payload = Pii::new(serde_json::json!({ "inbox": inbox }));
    outbox::append(tx, key, &[NewEvent { at: now, kind: "inbox_changed", payload }]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn what_stands_in_a_policy_is_an_origin_and_nothing_else() {
        for origin in ["https://shop.example", "http://127.0.0.1:8080", "https://a-b.example:443"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example; script-src *",
            "https://SHOP.example",
            "https://shop.example:",
            "https://shop.example:port",
            "ftp://shop.example",
            "https://a https://b",
            "javascript:alert(1)",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
