//! The way of a visitor through a web site, as its page tells it where they agreed: what is kept of it, and what never is.
//!
//! What somebody typed is nowhere in it. An address keeps what says which page it was; what could open somebody's account, or says
//! who they are, is taken out of it before anything is kept.

use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Things that happened, in one request.
pub const TRACK_BATCH: usize = 20;
/// What is told later than this happened now: clocks of browsers are wrong, and tabs sleep.
const OLDEST: Duration = Duration::from_secs(3_600);
/// No page is looked at longer than this, in milliseconds: a day.
const LONGEST: u64 = 24 * 3_600 * 1_000;
/// Of an address and of a title, in characters.
const ADDRESS: usize = 500;
const TITLE: usize = 200;
/// Of the name of what happened, and of a field beside it.
const NAME: usize = 80;
/// Fields beside a name, and each one's value in characters.
const FIELDS: usize = 10;
const VALUE: usize = 200;
/// Of a part of an address, in characters: what is longer is no word that anybody chose.
const PART: usize = 40;
/// Figures in a row: from here on it may be somebody's number.
const FIGURES: usize = 7;
/// What stands where something was taken out.
const GONE: &str = "…";
/// Words in names of what is nobody's business.
const SECRET: [&str; 22] = [
    "token",
    "key",
    "secret",
    "pass",
    "password",
    "pwd",
    "auth",
    "sig",
    "signature",
    "session",
    "sid",
    "otp",
    "mail",
    "email",
    "phone",
    "mobile",
    "card",
    "cvv",
    "iban",
    "nonce",
    "jwt",
    "code",
];

/// Whether what visitors do on a site is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackConsent {
    /// Once the site's page says that the visitor agreed, and until it says that they do not.
    #[default]
    Asked,
    /// From the first page on: the house answers for it that nobody has to be asked.
    NotNeeded,
    Never,
}

impl TrackConsent {
    pub const fn as_str(self) -> &'static str {
        match self {
            TrackConsent::Asked => "asked",
            TrackConsent::NotNeeded => "not_needed",
            TrackConsent::Never => "never",
        }
    }

    pub fn parse(name: &str) -> Option<TrackConsent> {
        [TrackConsent::Asked, TrackConsent::NotNeeded, TrackConsent::Never].into_iter().find(|one| one.as_str() == name)
    }

    /// May it be kept of a visitor who has agreed, or has not?
    pub const fn allows(self, agreed: bool) -> bool {
        match self {
            TrackConsent::Asked => agreed,
            TrackConsent::NotNeeded => true,
            TrackConsent::Never => false,
        }
    }
}

/// What a visitor did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackKind {
    /// They came to a page.
    Page,
    /// They clicked on something that the site has marked.
    Click,
    /// They sent a form; what was in it is not told.
    Form,
    /// What the site's own script says, as that something was put into a cart.
    Event,
}

impl TrackKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            TrackKind::Page => "page",
            TrackKind::Click => "click",
            TrackKind::Form => "form",
            TrackKind::Event => "event",
        }
    }

    pub fn parse(name: &str) -> Option<TrackKind> {
        [TrackKind::Page, TrackKind::Click, TrackKind::Form, TrackKind::Event]
            .into_iter()
            .find(|one| one.as_str() == name)
    }
}

/// What is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackSaid {
    /// The address of the page, or of the screen of an app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of the marked element, the form, or the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

/// Why something is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackRefusal {
    #[error("a page has an address of at most {ADDRESS} characters")]
    Page,
    #[error("a click, a form and an event have a name of 1 to {NAME} characters")]
    Name,
    #[error("an event has at most {FIELDS} fields, named in at most {NAME} characters")]
    Fields,
}

/// What is kept of something that happened `ago_ms` milliseconds before now: when it was, and what is told.
pub fn track_event(
    now: Timestamp,
    kind: TrackKind,
    ago_ms: u64,
    said: TrackSaid,
) -> Result<(Timestamp, TrackSaid), TrackRefusal> {
    let ago = Duration::from_millis(ago_ms);
    let at = if ago > OLDEST { now } else { now - ago };
    let page = said.page.map(|page| clean_address(&page)).filter(|page| !page.is_empty());
    let named = said.name.as_ref().is_some_and(|name| (1..=NAME).contains(&name.trim().chars().count()));
    if kind == TrackKind::Page && page.is_none() {
        return Err(TrackRefusal::Page);
    }
    if kind != TrackKind::Page && !named {
        return Err(TrackRefusal::Name);
    }
    if said.fields.len() > FIELDS || said.fields.keys().any(|name| !(1..=NAME).contains(&name.chars().count())) {
        return Err(TrackRefusal::Fields);
    }
    let field = |(name, value): (String, String)| match is_secret(&name) || is_personal(&value) {
        true => (name, GONE.to_owned()),
        false => (name, value.chars().take(VALUE).collect()),
    };
    let title = said.title.map(|title| title.trim().chars().take(TITLE).collect::<String>());
    let name = said.name.map(|name| name.trim().to_owned()).filter(|_| kind != TrackKind::Page);
    let fields = said.fields.into_iter().filter(|_| kind == TrackKind::Event).map(field).collect();
    Ok((at, TrackSaid { page, title: title.filter(|title| !title.is_empty()), name, fields }))
}

/// How long a page was looked at, in milliseconds, as it is kept.
pub fn track_dwell(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds.min(LONGEST)).expect("a day of milliseconds")
}

/// An address without what it may tell of a person: who signs in with it, what follows `#`, values of parameters that are secret by
/// their name or look as if they were, and parts of the path that no person has chosen. What is left says which page it is.
pub fn clean_address(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default().trim();
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let (origin, path) = match path.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => {
            let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            (format!("{scheme}://{}", host.rsplit('@').next().unwrap_or_default()), path)
        }
        None => (String::new(), path),
    };
    let part = |part: &str| if is_personal(part) || part.chars().count() > PART { GONE } else { part }.to_owned();
    let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
    let parameter = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if is_secret(name) || is_personal(value) || value.chars().count() > PART => {
            format!("{}={GONE}", part(name))
        }
        Some((name, value)) => format!("{}={value}", part(name)),
        None => part(pair),
    };
    let query = query.filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{}", query.split('&').map(parameter).collect::<Vec<_>>().join("&")));
    let kept: String = format!("{origin}{path}{}", query.unwrap_or_default()).chars().take(ADDRESS).collect();
    kept.trim_end().to_owned()
}

/// RFC 3986 §3.1, as far as any site or app has one.
fn is_scheme(text: &str) -> bool {
    text.len() <= PART && !is_personal(text) && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Is what has this name nobody's business?
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    name.split(|c: char| !c.is_alphanumeric()).any(|word| SECRET.iter().any(|secret| word.ends_with(secret)))
}

/// Might this be an address of mail, or a number of somebody?
fn is_personal(value: &str) -> bool {
    let is_mail = value.contains('@') || value.to_lowercase().contains("%40");
    let mut row = 0;
    let has_number = value.chars().any(|c| {
        row = if c.is_ascii_digit() { row + 1 } else { 0 };
        row >= FIGURES
    });
    is_mail || has_number
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(10_000_000);

    fn said(page: Option<&str>, name: Option<&str>) -> TrackSaid {
        TrackSaid { page: page.map(Into::into), name: name.map(Into::into), ..TrackSaid::default() }
    }

    /// Rows: S9.13
    #[test]
    fn an_address_keeps_the_page_and_nothing_of_the_person() {
        for (address, kept) in [
            ("https://shop.example/boots?size=39&colour=red", "https://shop.example/boots?size=39&colour=red"),
            ("https://mei:pw@shop.example/boots#token=abc", "https://shop.example/boots"),
            ("https://shop.example/?access_token=abc&page=2", "https://shop.example/?access_token=…&page=2"),
            (
                "https://shop.example/?apikey=1&resetPassword=2&sid=3",
                "https://shop.example/?apikey=…&resetPassword=…&sid=…",
            ),
            ("https://shop.example/?to=mei%40example.com", "https://shop.example/?to=…"),
            ("https://shop.example/?q=mei@example.com", "https://shop.example/?q=…"),
            ("https://shop.example/orders/13800138000", "https://shop.example/orders/…"),
            (
                "https://shop.example/?utm_source=letter&keyword=boots",
                "https://shop.example/?utm_source=letter&keyword=boots",
            ),
            ("https://shop.example/靴子?颜色=红", "https://shop.example/靴子?颜色=红"),
            ("app://cart?mei@example.com", "app://cart?…"),
            ("mei@example.com://x", "…//x"),
            ("/boots?", "/boots"),
            ("", ""),
        ] {
            assert_eq!(clean_address(address), kept, "{address}");
        }
        let link = format!("https://shop.example/reset/{}?x={}", "a".repeat(41), "b".repeat(41));
        assert_eq!(clean_address(&link), "https://shop.example/reset/…?x=…", "what nobody has typed may open a door");
        assert_eq!(clean_address(&"字/".repeat(5_000)).chars().count(), ADDRESS);
    }

    /// Rows: S9.13
    #[test]
    fn what_happened_is_named_and_dated_and_says_no_more_than_it_may() {
        let page = track_event(NOW, TrackKind::Page, 1_500, said(Some("https://a.example/x?code=1"), Some("dropped")));
        let (at, kept) = page.unwrap();
        assert_eq!(at, NOW - Duration::from_millis(1_500));
        assert_eq!((kept.page.as_deref(), kept.name), (Some("https://a.example/x?code=…"), None));
        let old = track_event(NOW, TrackKind::Click, u64::MAX, said(None, Some(" buy "))).unwrap();
        assert_eq!((old.0, old.1.name.as_deref()), (NOW, Some("buy")));
        assert_eq!(track_event(NOW, TrackKind::Page, 0, said(None, None)), Err(TrackRefusal::Page));
        assert_eq!(track_event(NOW, TrackKind::Form, 0, said(Some("https://a"), Some(" "))), Err(TrackRefusal::Name));
        assert_eq!(track_event(NOW, TrackKind::Event, 0, said(None, Some(&"x".repeat(81)))), Err(TrackRefusal::Name));

        let fields = [("item", "boots"), ("card_number", "4111"), ("note", "call 13800138000"), ("price", "59.90")];
        let fields: BTreeMap<String, String> = fields.map(|(name, value)| (name.into(), value.into())).into();
        let cart = TrackSaid { fields: fields.clone(), ..said(None, Some("cart")) };
        let (_, kept) = track_event(NOW, TrackKind::Event, 0, cart).unwrap();
        assert_eq!(kept.fields.len(), 4);
        assert_eq!((kept.fields["item"].as_str(), kept.fields["price"].as_str()), ("boots", "59.90"));
        assert_eq!(kept.fields["note"], GONE, "it may be somebody's number");
        assert_eq!(kept.fields["card_number"], GONE);
        let form = TrackSaid { fields, ..said(None, Some("contact")) };
        assert_eq!(
            track_event(NOW, TrackKind::Form, 0, form).unwrap().1.fields,
            BTreeMap::new(),
            "never what was typed"
        );
        let many = (0..11).map(|n| (n.to_string(), String::new())).collect();
        let many = TrackSaid { fields: many, ..said(None, Some("many")) };
        assert_eq!(track_event(NOW, TrackKind::Event, 0, many), Err(TrackRefusal::Fields));
    }

    /// Rows: S9.13
    #[test]
    fn nothing_is_kept_of_who_was_not_asked() {
        let kept = |consent: TrackConsent| [false, true].map(|agreed| consent.allows(agreed));
        assert_eq!(kept(TrackConsent::default()), [false, true]);
        assert_eq!(kept(TrackConsent::NotNeeded), [true, true]);
        assert_eq!(kept(TrackConsent::Never), [false, false]);
        assert_eq!(track_dwell(u64::MAX), 86_400_000);
    }
}
