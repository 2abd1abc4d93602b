//! Which call is meant: Replaces (RFC 3891), and a Refer-To that may carry it (RFC 3515 §2.1).

use super::address::NameAddr;
use super::headers::Name;
use super::message::Message;
use super::params::Params;
use super::uri::{Scheme, Uri, unescape};

/// A dialog as the one who has it names it: `to-tag` is ours, `from-tag` theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaces {
    pub(crate) call_id: String,
    pub(crate) to_tag: String,
    pub(crate) from_tag: String,
    /// Only while it rings.
    pub(crate) early_only: bool,
}

impl Replaces {
    pub(crate) fn parse(value: &str) -> Option<Replaces> {
        let (call_id, params) = value.split_once(';')?;
        let params = Params::parse(params)?;
        let tag = |name: &str| params.get(name).filter(|tag| !tag.is_empty()).map(str::to_owned);
        let call_id = call_id.trim();
        (!call_id.is_empty()).then_some(Replaces {
            call_id: call_id.to_owned(),
            to_tag: tag("to-tag")?,
            from_tag: tag("from-tag")?,
            early_only: params.has("early-only"),
        })
    }

    /// What an INVITE wants to replace; 400 where it cannot be read, or where it wants more than one thing (§3).
    pub(crate) fn of_invite(invite: &Message) -> Result<Option<Replaces>, u16> {
        match invite.headers.count(&Name::Replaces) {
            0 => Ok(None),
            1 if invite.headers.count(&Name::Join) == 0 => {
                invite.headers.get(&Name::Replaces).and_then(Replaces::parse).map(Some).ok_or(400)
            }
            _ => Err(400),
        }
    }
}

/// Where somebody is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReferTo {
    pub(crate) uri: Uri,
    /// The call that he already has there.
    pub(crate) replaces: Option<Replaces>,
}

impl ReferTo {
    /// 400: none, several, or one that cannot be read; 416: neither SIP nor a number; 403: another method than INVITE, or
    /// fields that are none of the sender's business (RFC 3515 §5.1: they would come from us).
    pub(crate) fn of(refer: &Message) -> Result<ReferTo, u16> {
        if refer.headers.count(&Name::ReferTo) != 1 || refer.headers.count(&Name::ReferredBy) > 1 {
            return Err(400);
        }
        if refer.headers.get(&Name::ReferredBy).is_some_and(|by| NameAddr::parse(by).is_none()) {
            return Err(400);
        }
        let address = refer.headers.get(&Name::ReferTo).and_then(NameAddr::parse).ok_or(400_u16)?;
        let mut uri = Uri::parse(&address.uri).map_err(|_| 400_u16)?;
        if matches!(uri.scheme, Scheme::Other(_)) {
            return Err(416);
        }
        if uri.params.get("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            return Err(403);
        }
        let mut replaces = None;
        for (name, value) in std::mem::take(&mut uri.headers) {
            let value = unescape(&value);
            match Name::from(unescape(&name).as_ref()) {
                Name::Replaces if replaces.is_none() => replaces = Some(Replaces::parse(&value).ok_or(400_u16)?),
                Name::Replaces => return Err(400),
                Name::Require if value.eq_ignore_ascii_case("replaces") => {}
                _ => return Err(403),
            }
        }
        Ok(ReferTo { uri, replaces })
    }

    /// The user part, or the number: what is dialled.
    pub(crate) fn dialled(&self) -> Option<String> {
        self.uri.user().map(|user| user.into_owned()).filter(|user| !user.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::method::Method;

    fn refer(fields: &[(Name, &str)]) -> Result<(Option<String>, Option<Replaces>), u16> {
        let mut message = Message::request(Method::Refer, "sip:1000@192.0.2.9");
        for (name, value) in fields {
            message.headers.push(name.clone(), *value);
        }
        ReferTo::of(&message).map(|to| (to.dialled(), to.replaces))
    }

    fn replaces(early_only: bool) -> Replaces {
        Replaces { call_id: "a@b".into(), to_tag: "1".into(), from_tag: "2".into(), early_only }
    }

    #[test]
    fn what_replaces_says() {
        for (value, want) in [
            ("a@b;to-tag=1;from-tag=2", Some(replaces(false))),
            ("a@b ; from-tag=2;to-tag=1;early-only", Some(replaces(true))),
            ("a@b;to-tag=1", None),
            ("a@b;to-tag=1;from-tag=", None),
            (";to-tag=1;from-tag=2", None),
            ("a@b", None),
            ("", None),
        ] {
            assert_eq!(Replaces::parse(value), want, "{value}");
        }
        let mut invite = Message::request(Method::Invite, "sip:1000@192.0.2.9");
        assert_eq!(Replaces::of_invite(&invite), Ok(None));
        invite.headers.push(Name::Replaces, "a@b;to-tag=1;from-tag=2");
        assert_eq!(Replaces::of_invite(&invite), Ok(Some(replaces(false))));
        invite.headers.push(Name::Replaces, "a@b;to-tag=1;from-tag=2");
        assert_eq!(Replaces::of_invite(&invite), Err(400));
        invite.headers.remove(&Name::Replaces);
        invite.headers.push(Name::Replaces, "a@b;to-tag=1;from-tag=2");
        invite.headers.push(Name::Join, "a@b;to-tag=1;from-tag=2");
        assert_eq!(Replaces::of_invite(&invite), Err(400));
    }

    #[test]
    fn where_somebody_is_sent() {
        use Name::{ReferTo as To, ReferredBy as By};
        for (fields, want) in [
            (vec![(To, "<sip:2002@192.0.2.9>")], Ok((Some("2002"), None))),
            (vec![(To, "\"Two\" <sip:%32002@192.0.2.9;user=phone;method=INVITE>")], Ok((Some("2002"), None))),
            (vec![(To, "tel:+49301234")], Ok((Some("+49301234"), None))),
            (vec![(To, "sip:2002@192.0.2.9"), (By, "<sip:2001@192.0.2.9>;cid=x")], Ok((Some("2002"), None))),
            (
                vec![(To, "<sip:2002@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>")],
                Ok((Some("2002"), Some(replaces(false)))),
            ),
            (vec![(To, "<sip:192.0.2.9>")], Ok((None, None))),
            (vec![], Err(400)),
            (vec![(To, "<sip:1@a>"), (To, "<sip:2@a>")], Err(400)),
            (vec![(To, "<sip:1@a>, <sip:2@a>")], Err(400)),
            (vec![(To, "<sip:1@a>"), (By, "<sip:2@a")], Err(400)),
            (vec![(To, "<sip:1@a>"), (By, "<sip:2@a>"), (By, "<sip:2@a>")], Err(400)),
            (vec![(To, "2002")], Err(400)),
            (vec![(To, "<sip:a b@c>")], Err(400)),
            (vec![(To, "<http://example.org/>")], Err(416)),
            (vec![(To, "<sip:2002@h;method=BYE>")], Err(403)),
            (vec![(To, "<sip:2002@h?Route=%3Csip:evil%3E>")], Err(403)),
            (vec![(To, "<sip:2002@h?Require=100rel>")], Err(403)),
            (vec![(To, "<sip:2002@h?body=x>")], Err(403)),
            (vec![(To, "<sip:2002@h?Replaces=a>")], Err(400)),
            (
                vec![(To, "<sip:2@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>")],
                Err(400),
            ),
        ] {
            let want = want.map(|(to, replaces): (Option<&str>, _)| (to.map(str::to_owned), replaces));
            assert_eq!(refer(&fields), want, "{fields:?}");
        }
    }
}
