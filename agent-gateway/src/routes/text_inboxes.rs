//! Inboxes of text: of the API channel (any program that signs its requests may bring texts, and is sent ours), of web sites, and help
//! desks, to which staff write.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::users::name_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_channels::webhook;
use ringdesk_conversations::{Allowance, Aspect, Survey, TextManners, TextRates, TrackConsent};
use ringdesk_model::{AccountId, CalendarId, Clock as _, InboxId, Pii, QueueId};
use ringdesk_operations::secrets;
use ringdesk_operations::text_inboxes::{Site, TextInboxEdit, TextSettings};
use ringdesk_storage::text_inboxes::TextInbox;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// All of it: what is not named is not there any more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditTextInbox {
    name: String,
    /// Whose agents answer.
    queue: Uuid,
    /// Where our texts go out to: `https://…`. Without one they fail.
    #[serde(default)]
    webhook: Option<String>,
    /// The receiver does not know again what it is handed twice (by `webhook-id`): what nobody knows of is not sent again by
    /// itself.
    #[serde(default)]
    no_repeats: bool,
    /// Said once when somebody writes and nobody is at work. At most 1,000 characters, as the three below.
    #[serde(default)]
    away: Option<String>,
    /// How soon an agent should first answer, in seconds, 10 to 604,800: what *first answers in time* are judged by; 45 without it.
    #[serde(default)]
    answer_within: Option<u32>,
    /// Seconds, 10 to 604,800, of a contact's first text that nobody has answered; times of all kinds pass while the inbox is open.
    #[serde(default)]
    late_after: Option<u32>,
    /// Said then, once until somebody answers.
    #[serde(default)]
    late: Option<String>,
    /// Seconds of the contact's silence, 10 to 604,800.
    #[serde(default)]
    remind_after: Option<u32>,
    #[serde(default)]
    reminder: Option<String>,
    /// Seconds after the reminder, or after our last text where none is said; then it is closed.
    #[serde(default)]
    close_after: Option<u32>,
    #[serde(default)]
    farewell: Option<String>,
    /// What contacts are asked when a conversation is over; without it nobody is.
    #[serde(default)]
    survey: Option<SurveyShape>,
    /// How much contacts may write; as the house has it without it.
    #[serde(default)]
    rates: Option<TextRatesShape>,
    /// It stands on web sites; without it, it is one of the API channel. What it is it stays.
    #[serde(default)]
    site: Option<SiteShape>,
    /// A help desk of the house: staff who are signed in write to it from the console, nobody and nothing else does, and figures leave it
    /// out unless asked. Without a site, a webhook and a survey. What it is it stays.
    #[serde(default)]
    internal: bool,
}

/// What contacts are asked when somebody has served them: 1 to 5 stars, and more.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SurveyShape {
    /// Rated beside the whole: `speed`, `attitude`, `effect`, `convenience`.
    #[serde(default)]
    aspects: Vec<String>,
    /// They may add words of their own.
    #[serde(default)]
    words: bool,
    /// The question by language, `en` and `zh`, at most 300 characters; our own where none is said.
    #[serde(default)]
    question: BTreeMap<String, String>,
    /// Of an inbox of the API channel: where contacts reach this server, `https://service.example`. They are sent a link.
    #[serde(default)]
    address: Option<String>,
}

/// How much contacts may write by it. What is null is as the house has it (docs/web-chat.md, *Limits*).
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextRatesShape {
    /// Texts of one contact.
    #[serde(default)]
    contact: Option<AllowanceShape>,
    /// Texts of one network address; of web sites alone.
    #[serde(default)]
    address: Option<AllowanceShape>,
    /// What who writes more is told, by language, `en` and `zh`, at most 300 characters; our own words where none is said.
    #[serde(default)]
    reply: BTreeMap<String, String>,
}

/// A bucket of tokens.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllowanceShape {
    /// Texts at once, 1 to 1,000.
    at_once: u32,
    /// So many more in a minute, 1 to 60,000.
    per_minute: u32,
}

/// How an inbox looks on a web site, and on which.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteShape {
    /// Pages of these origins may show it: `https://shop.example`; `*`: every page. At most 20.
    #[serde(default)]
    allowed: Vec<String>,
    /// Above the conversation, at most 60 characters; the inbox's name without it.
    #[serde(default)]
    title: Option<String>,
    /// `#rrggbb`.
    #[serde(default)]
    colour: Option<String>,
    /// Said before anybody has written. At most 1,000 characters.
    #[serde(default)]
    greeting: Option<String>,
    /// `en`, `zh`; the page's own without it.
    #[serde(default)]
    language: Option<String>,
    /// A calendar: outside of its hours a message is left.
    #[serde(default)]
    hours: Option<Uuid>,
    /// Whether what visitors do on the site is kept: `asked` (once the page says that they agreed; so without it),
    /// `not_needed`, `never`.
    #[serde(default)]
    track: Option<String>,
    /// For how many days, 1 to 365; 30 without it.
    #[serde(default)]
    track_days: Option<u32>,
    /// The number of ours that answers who calls from the page; without one nobody can.
    #[serde(default)]
    calls: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextInboxReply {
    id: Uuid,
    /// `api`, `web_chat`, `help_desk`.
    channel: &'static str,
    name: String,
    queue: Uuid,
    webhook: Option<String>,
    no_repeats: bool,
    away: Option<String>,
    remind_after: Option<u32>,
    reminder: Option<String>,
    close_after: Option<u32>,
    farewell: Option<String>,
    /// 45 seconds without it.
    answer_within: Option<u32>,
    late_after: Option<u32>,
    late: Option<String>,
    survey: Option<SurveyShape>,
    rates: TextRatesShape,
    site: Option<SiteShape>,
    /// It is a help desk, for staff alone.
    internal: bool,
    active: bool,
    /// In the last 24 hours, by why: `too_fast`, `kept_out`, `held` and `refused` by a filter.
    turned_away: BTreeMap<String, i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextInboxMade {
    id: Uuid,
    /// Shown this once. Null of a help desk: nobody signs for it.
    secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SecretMade {
    /// Shown this once. The one before is good for another day.
    secret: String,
}

/// Every inbox for texts.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/text_inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TextInboxReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TextInboxReply>>, Problem> {
    caller.may(account, Permission::InboxesRead)?;
    gateway.turned_away.write(&gateway).await;
    let counted = gateway.operations.turned_away(account, gateway.clock.now() - DAY).await?;
    let turned_away = |id| counted.iter().filter(move |(inbox, ..)| *inbox == id).map(|(_, why, n)| (why.clone(), *n));
    let all = gateway.operations.text_inboxes(account).await?.into_iter();
    Ok(Json(all.map(|inbox| TextInboxReply { turned_away: turned_away(inbox.id).collect(), ..shown(inbox) }).collect()))
}

/// Make one, with its first secret.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    request_body = EditTextInbox, responses((status = 201, body = TextInboxMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<EditTextInbox>, JsonRejection>,
) -> Result<(StatusCode, Json<TextInboxMade>), Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = read(&gateway, new)?;
    let (now, actor, secret) = (gateway.clock.now(), &caller.who.actor, webhook::secret(&secrets::random()?));
    let id = gateway.operations.create_text_inbox(now, actor, account, &edit, Pii::new(secret.clone())).await?;
    let secret = (!edit.settings.internal).then_some(secret);
    Ok((StatusCode::CREATED, Json(TextInboxMade { id: id.0, secret })))
}

/// Edit one. Put it out of use where all inboxes are.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/text_inboxes/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditTextInbox,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
    body: Result<Json<EditTextInbox>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = read(&gateway, edit)?;
    gateway.operations.edit_text_inbox(gateway.clock.now(), &caller.who.actor, account, id, &edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another secret (of a help desk there is none: 403). Both are good for a day, and what leaves is signed with both, so that either side changes at its own time.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/text_inboxes/{id}/secret", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 201, body = SecretMade), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn renew_secret(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
) -> Result<(StatusCode, Json<SecretMade>), Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let (now, actor, secret) = (gateway.clock.now(), &caller.who.actor, webhook::secret(&secrets::random()?));
    gateway.operations.renew_inbox_secret(now, actor, account, id, Pii::new(secret.clone())).await?;
    Ok((StatusCode::CREATED, Json(SecretMade { secret })))
}

fn read(gateway: &Gateway, edit: EditTextInbox) -> Result<TextInboxEdit, Problem> {
    let (late_after, late, answer_within) = (edit.late_after, edit.late.clone(), edit.answer_within);
    let internal = edit.internal;
    let survey = edit.survey.as_ref().map(asked).transpose()?;
    if let Some(url) = &edit.webhook {
        gateway.orders.check_webhook(url).map_err(Problem::invalid)?;
    }
    let rates = edit.rates.map_or_else(TextRates::default, |TextRatesShape { contact, address, reply }| {
        let allowance = |shape: AllowanceShape| Allowance::new(shape.at_once, shape.per_minute);
        TextRates { contact: contact.map(allowance), address: address.map(allowance), reply }
    });
    let EditTextInbox { webhook, no_repeats, away, remind_after, reminder, close_after, farewell, site, .. } = edit;
    let site = site.map(|SiteShape { allowed, title, colour, greeting, language, hours, track, track_days, calls }| {
        // A browser writes an origin in small letters, and without a stroke at its end.
        let allowed = allowed.iter().map(|one| one.trim().trim_end_matches('/').to_lowercase()).collect();
        let no_track = || Problem::invalid("`track` is asked, not_needed or never");
        let track = track.map(|name| TrackConsent::parse(&name).ok_or_else(no_track)).transpose()?.unwrap_or_default();
        let hours = hours.map(CalendarId);
        Ok::<_, Problem>(Site { allowed, title, colour, greeting, language, hours, track, track_days, calls })
    });
    let site = site.transpose()?;
    let manners = TextManners { away, late_after, late, remind_after, reminder, close_after, farewell };
    let settings = TextSettings { answer_within, webhook, no_repeats, site, survey, rates, internal, manners };
    Ok(TextInboxEdit { name: name_of(&edit.name)?, queue: QueueId(edit.queue), settings })
}

fn asked(shape: &SurveyShape) -> Result<Survey, Problem> {
    let SurveyShape { aspects, words, question, address } = shape;
    let aspect = |name: &String| Aspect::parse(name).ok_or_else(|| Problem::invalid("no such aspect"));
    let aspects = aspects.iter().map(aspect).collect::<Result<_, _>>()?;
    let address = address.as_ref().map(|address| address.trim().trim_end_matches('/').to_owned());
    Ok(Survey { aspects, words: *words, question: question.clone(), address })
}

fn shown(inbox: TextInbox) -> TextInboxReply {
    let bucket = |Allowance { at_once, per_minute }| AllowanceShape { at_once, per_minute };
    let TextSettings { answer_within, webhook, no_repeats, site, survey, rates, internal, manners } =
        TextSettings::of(&inbox);
    TextInboxReply {
        id: inbox.id.0,
        channel: inbox.channel.as_str(),
        name: inbox.name,
        queue: inbox.queue.0,
        webhook,
        no_repeats,
        away: manners.away,
        remind_after: manners.remind_after,
        reminder: manners.reminder,
        close_after: manners.close_after,
        farewell: manners.farewell,
        answer_within,
        late_after: manners.late_after,
        late: manners.late,
        survey: survey.map(|Survey { aspects, words, question, address }| SurveyShape {
            aspects: aspects.into_iter().map(|aspect| aspect.as_str().to_owned()).collect(),
            words,
            question,
            address,
        }),
        site: site.map(|Site { allowed, title, colour, greeting, language, hours, track, track_days, calls }| {
            SiteShape {
                allowed,
                title,
                colour,
                greeting,
                language,
                hours: hours.map(|calendar| calendar.0),
                track: Some(track.as_str().to_owned()),
                track_days,
                calls,
            }
        }),
        rates: TextRatesShape {
            contact: rates.contact.map(bucket),
            address: rates.address.map(bucket),
            reply: rates.reply,
        },
        internal,
        active: !inbox.disabled,
        turned_away: BTreeMap::new(),
    }
}
