//! Who calls whom, as trunks say it and as they want to hear it: From, P-Asserted-Identity and P-Preferred-Identity
//! (RFC 3325), Privacy (RFC 3323), Diversion (RFC 5806), History-Info (RFC 7044), P-Called-Party-ID (RFC 7315), Identity
//! (RFC 8224).
//!
//! Who is anonymous stays anonymous: a network may assert who calls and have it kept from us ("id"); then it is kept.

use super::address::NameAddr;
use super::directory::Directory;
use super::headers::Name;
use super::message::Message;
use super::profile::{
    AddressForm, CalledField, ForeignCaller, ForwardedField, FromUser, IdentityField, NumberFormat, TrunkProfile,
};
use super::text::readable;
use super::uri::{Scheme, Uri};
use ringdesk_model::{Country, Pii};
use ringdesk_voice::Party;
use serde::{Deserialize, Serialize};

/// Values of one field that are kept, and how long each may be.
const KEPT: usize = 8;
const LONGEST: usize = 1_024;
/// A caller who is not shown (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/// What the fields of an INVITE said, for who keeps it. Personal data throughout: seal it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SaidIdentity {
    pub request_uri: String,
    pub from: String,
    pub to: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asserted: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferred: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub privacy: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub called_party: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diversion: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<String>,
    /// Signed by an operator; not verified here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<String>,
}

impl SaidIdentity {
    pub(crate) fn of(invite: &Message) -> SaidIdentity {
        let cut = |text: &str| readable(text).chars().take(LONGEST).collect::<String>();
        let all = |name: &Name| invite.headers.all(name).take(KEPT).map(cut).collect::<Vec<_>>();
        let one = |name: &Name| invite.headers.get(name).map(cut).unwrap_or_default();
        SaidIdentity {
            request_uri: cut(invite.uri()),
            from: one(&Name::From),
            to: one(&Name::To),
            asserted: all(&Name::PAssertedIdentity),
            preferred: all(&Name::PPreferredIdentity),
            privacy: all(&Name::Privacy),
            called_party: all(&called_party_id()),
            diversion: all(&Name::Diversion),
            history: all(&Name::HistoryInfo),
            identity: all(&Name::Identity),
        }
    }
}

/// Who calls over a trunk.
pub(crate) fn caller(invite: &Message, profile: &TrunkProfile) -> Party {
    let from = invite.from_addr();
    let uri_of = |address: &NameAddr| Uri::parse(&address.uri).ok();
    if is_withheld(invite, from.as_ref()) {
        return Party::number("anonymous");
    }
    // Of several identities the first with a number (RFC 3325 §9.1 allows one sip and one tel).
    let asserted = if profile.trusted {
        invite
            .headers
            .all(&Name::PAssertedIdentity)
            .filter_map(NameAddr::parse)
            .find(|a| uri_of(a).is_some_and(has_user))
    } else {
        None
    };
    let address = asserted.as_ref().or(from.as_ref());
    let uri = address.and_then(uri_of);
    let number = uri.as_ref().map(number_in).unwrap_or_default();
    let display =
        asserted.as_ref().and_then(|a| a.display.as_deref()).or(from.as_ref().and_then(|f| f.display.as_deref()));
    Party { number: Pii::new(number), name: display.map(|name| Pii::new(readable(name).into_owned())) }
}

/// The number that was called: of the fields that the trunk uses, in its order, the first with a number of ours; where none
/// is known, the first with any.
pub(crate) fn called(invite: &Message, profile: &TrunkProfile, directory: &Directory) -> Party {
    let said: Vec<String> = profile.called_from.iter().filter_map(|field| called_in(invite, *field)).collect();
    let own = said.iter().find_map(|number| directory.own_number(number));
    match (own, said.into_iter().next()) {
        (Some(own), _) => Party {
            number: Pii::new(own.announced.clone()),
            name: own.label.as_ref().filter(|label| **label != own.announced).map(|label| Pii::new(label.clone())),
        },
        (None, Some(number)) => Party::number(number),
        // Whatever is preferred, there always is a Request-URI.
        (None, None) => Party::number(called_in(invite, CalledField::RequestUri).unwrap_or_default()),
    }
}

fn called_in(invite: &Message, field: CalledField) -> Option<String> {
    let first = |name: &Name| invite.headers.all(name).find_map(NameAddr::parse).map(|address| address.uri);
    let uri = match field {
        CalledField::RequestUri => invite.uri().to_owned(),
        CalledField::To => invite.to_addr()?.uri,
        CalledField::PCalledPartyId => first(&called_party_id())?,
        // The newest entry stands first; whom the caller dialled is in the last (RFC 5806 §5.2).
        CalledField::Diversion => invite.headers.all(&Name::Diversion).filter_map(NameAddr::parse).last()?.uri,
        CalledField::HistoryInfo => first(&Name::HistoryInfo)?,
    };
    let number = number_in(&Uri::parse(&uri).ok()?);
    (!number.is_empty()).then_some(number)
}

/// Who calls does not want to be known (RFC 3323 §4.2, RFC 3325 §9.3).
fn is_withheld(invite: &Message, from: Option<&NameAddr>) -> bool {
    let levels = |value: &str| value.split([';', ',']).map(|l| l.trim().to_ascii_lowercase()).collect::<Vec<_>>();
    let private = |level: String| matches!(level.as_str(), "id" | "user" | "header");
    let asked = invite.headers.all(&Name::Privacy).flat_map(levels).any(private);
    let uri = from.and_then(|from| Uri::parse(&from.uri).ok());
    asked || uri.is_some_and(|uri| uri.host.eq_ignore_ascii_case("anonymous.invalid"))
}

/// Digits without the marks between them (RFC 3966 §5); any other user part as it is.
fn number_in(uri: &Uri) -> String {
    let user = uri.user().unwrap_or_default().into_owned();
    let bare: String = user.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect();
    let digits = bare.strip_prefix('+').unwrap_or(&bare);
    match uri.scheme == Scheme::Tel || (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())) {
        true => bare,
        false => user,
    }
}

fn has_user(uri: Uri) -> bool {
    uri.user().is_some_and(|user| !user.is_empty())
}

fn called_party_id() -> Name {
    Name::from("P-Called-Party-ID")
}

/// A call to the outside as a trunk wants it.
#[derive(Debug)]
pub(crate) struct Dressed {
    /// Request-URI and, in brackets, To.
    pub(crate) uri: String,
    /// Without tag.
    pub(crate) from: String,
    pub(crate) fields: Vec<(Name, String)>,
    /// The number of ours that is shown, in its one form.
    pub(crate) shown: Option<String>,
}

/// What a telephone of the house is shown, for From. Without a number: anonymous. The dots of a masked number are
/// stars: those are written in a URI as they are (RFC 3261 §25.1, `mark`), and every display has them.
pub(crate) fn shown(party: &Party, host: &str) -> String {
    let number = party.number.reveal();
    if number.is_empty() {
        return ANONYMOUS.to_owned();
    }
    let uri = Uri::sip(Some(&number.replace('•', "*")), host, None).to_string();
    let name = party.name.as_ref().map(|name| name.reveal().clone());
    NameAddr { display: name.filter(|name| !name.is_empty()), ..NameAddr::new(uri) }.to_string()
}

/// Where a trunk is.
pub(crate) struct Place<'a> {
    /// Host, port and transport of Request-URI and To.
    pub(crate) target: Uri,
    /// Host of addresses of ours.
    pub(crate) own_host: &'a str,
}

pub(crate) fn dress(
    directory: &Directory,
    profile: &TrunkProfile,
    number: &str,
    caller: &Party,
    place: &Place,
) -> Dressed {
    let home = directory.home();
    let said = caller.number.reveal();
    let anonymous = said.is_empty() || said.eq_ignore_ascii_case("anonymous");
    let foreign = !anonymous && !is_ours(directory, profile, said);
    let default = profile.default_caller.as_deref();
    let shown = match (anonymous, foreign && profile.foreign_caller == ForeignCaller::Replace) {
        (true, _) => None,
        // Nothing is better than somebody else's number.
        (false, true) => default,
        (false, false) => Some(said.as_str()),
    };
    let own_host = profile.call_domain.as_deref().unwrap_or(place.own_host);
    let name = caller.name.as_ref().map(|name| name.reveal().clone());
    let name = name.filter(|name| !name.is_empty() && shown == Some(said.as_str()));
    let written = |number: &str| in_format(directory, home, profile.caller_format, number);
    let identity = |number: &str, form: AddressForm| {
        let uri = address(form, &written(number), Uri::sip(None, own_host, None), home);
        NameAddr { display: name.clone(), ..NameAddr::new(uri) }.to_string()
    };
    // From is sip, whatever else is tel: many a proxy reads its host.
    let from_form = if profile.address == AddressForm::SipPhone { AddressForm::SipPhone } else { AddressForm::Sip };
    let account = profile.account_user.as_ref().filter(|_| profile.from == FromUser::Account);
    let from = match (shown, account) {
        (None, _) => ANONYMOUS.to_owned(),
        (Some(_), Some(user)) => {
            let uri = Uri::sip(Some(user.reveal()), own_host, None).to_string();
            NameAddr { display: name.clone(), ..NameAddr::new(uri) }.to_string()
        }
        (Some(number), None) => identity(number, from_form),
    };
    let mut fields = Vec::new();
    // The operator still wants to know who pays for an anonymous call.
    if let Some(number) = shown.or(default) {
        for field in &profile.identity {
            let name = match field {
                IdentityField::Asserted => Name::PAssertedIdentity,
                IdentityField::Preferred => Name::PPreferredIdentity,
            };
            fields.push((name, identity(number, profile.identity_address)));
        }
    }
    if anonymous {
        fields.push((Name::Privacy, "id".to_owned()));
    }
    if let (true, Some(default), Some(field)) = (foreign, default, profile.forwarded_as) {
        let uri = address(profile.address, &written(default), Uri::sip(None, own_host, None), home);
        fields.push(match field {
            ForwardedField::Diversion => (Name::Diversion, format!("<{uri}>;reason=unconditional;counter=1")),
            ForwardedField::HistoryInfo => (Name::HistoryInfo, format!("<{uri}>;index=1")),
        });
    }
    let number = in_format(directory, home, profile.number_format, number);
    let uri = match &profile.call_domain {
        Some(domain) => address(profile.address, &number, Uri::sip(None, domain, None), home),
        None => address(profile.address, &number, place.target.clone(), home),
    };
    Dressed { uri, from, fields, shown: shown.or(default).map(|number| directory.one_form(number)) }
}

/// One of the trunk's numbers, or of the house's, or nobody has said whose numbers are.
fn is_ours(directory: &Directory, profile: &TrunkProfile, number: &str) -> bool {
    let one = directory.one_form(number);
    let fits = |own: &String| match own.strip_suffix('*') {
        // A range is written as it begins; its one form is not known.
        Some(begin) => one.starts_with(begin) || number.starts_with(begin),
        None => directory.one_form(own) == one,
    };
    let known = profile.default_caller.as_ref().is_some_and(|default| directory.one_form(default) == one);
    let unknown = profile.numbers.is_empty() && profile.default_caller.is_none();
    unknown || known || profile.numbers.iter().any(fits) || directory.own_number(number).is_some()
}

fn address(form: AddressForm, number: &str, mut sip: Uri, home: Option<Country>) -> String {
    let digits = number.strip_prefix('+').unwrap_or(number);
    match form {
        // A name has no tel form.
        AddressForm::Tel if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) => {
            address(AddressForm::Sip, number, sip, home)
        }
        AddressForm::Sip => {
            sip.user = Some(super::uri::escape_user(number).into_owned());
            sip.to_string()
        }
        AddressForm::SipPhone => {
            sip.user = Some(super::uri::escape_user(number).into_owned());
            sip.params.set("user", Some("phone"));
            sip.to_string()
        }
        AddressForm::Tel if number.starts_with('+') => format!("tel:{number}"),
        // RFC 3966 §5.1.5: a local number says where it is local.
        AddressForm::Tel => match home {
            Some(home) => format!("tel:{number};phone-context={}", home.calling_code()),
            None => format!("tel:{number};phone-context={}", sip.bare_host()),
        },
    }
}

fn in_format(directory: &Directory, home: Option<Country>, format: NumberFormat, number: &str) -> String {
    let one = directory.one_form(number);
    let Some(international) = one.strip_prefix('+') else { return number.to_owned() };
    match (format, home) {
        (NumberFormat::AsDialled, _) => number.to_owned(),
        (NumberFormat::PlusE164, _) => one,
        (NumberFormat::E164, _) => international.to_owned(),
        (NumberFormat::National, Some(home)) => home.national(&one).unwrap_or_else(|| home.from_home(international)),
        (NumberFormat::National, None) => number.to_owned(),
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
