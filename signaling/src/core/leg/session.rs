//! Session timers (RFC 4028): the arithmetic. A call whose other side is gone ends by itself.

use crate::core::headers::Name;
use crate::core::message::{Message, seconds};
use crate::core::params::Params;
use crate::core::setup::SessionSetup;
use std::time::Duration;

/// Below this no session timer may be (RFC 4028 §4).
const SMALLEST: u32 = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) interval: u32,
    /// It is on us to refresh. Else we only watch.
    pub(crate) we_refresh: bool,
}

impl Session {
    /// When we refresh: half way (§10).
    pub(crate) fn refresh_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.interval)) / 2
    }

    /// When we give up. Who watches ends it a little before the time is over (§10).
    pub(crate) fn ends_after(&self) -> Duration {
        let whole = Duration::from_secs(u64::from(self.interval));
        if self.we_refresh { whole } else { whole - (whole / 3).min(Duration::from_secs(32)) }
    }
}

/// The interval that a peer asks for is too small: 422 with this Min-SE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooSmall {
    pub(crate) min: u32,
}

/// What we agree to as the one who answers an INVITE or UPDATE (§9, table 2), and the fields that say so.
pub(crate) fn agree(setup: SessionSetup, request: &Message) -> Result<(Session, Fields), TooSmall> {
    let knows =
        request.headers.contains(&Name::Supported, "timer") || request.headers.contains(&Name::Require, "timer");
    let asked = read(request);
    let their_min = min_se(request).unwrap_or(SMALLEST);
    let min = setup.min.max(SMALLEST);
    if let Some((interval, _)) = asked
        && interval < min
        && knows
    {
        return Err(TooSmall { min });
    }
    let interval = asked.map_or(setup.expires, |(interval, _)| interval.min(setup.expires)).max(their_min).max(min);
    // Who does not know session timers cannot refresh; then it is on us.
    let we_refresh = !knows || asked.is_some_and(|(_, refresher)| refresher == Some(Refresher::Uas));
    let session = Session { interval, we_refresh };
    let refresher = if we_refresh { "uas" } else { "uac" };
    Ok((session, Fields { expires: format!("{interval};refresher={refresher}"), require: knows && !we_refresh }))
}

/// What the answer to our request settled. Without a word about it we refresh all the same: as a sign of life.
pub(crate) fn settled(setup: SessionSetup, response: &Message) -> Session {
    match read(response) {
        Some((interval, refresher)) => {
            Session { interval: interval.max(SMALLEST), we_refresh: refresher != Some(Refresher::Uas) }
        }
        None => Session { interval: setup.expires.max(SMALLEST), we_refresh: true },
    }
}

pub(crate) fn min_se(message: &Message) -> Option<u32> {
    message.headers.get(&Name::MinSe).and_then(|value| seconds(value.split(';').next()?))
}

/// Session-Expires of a response of ours, and whether it needs `Require: timer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    expires: String,
    require: bool,
}

impl Fields {
    pub(crate) fn write(self, response: &mut Message) {
        if self.require {
            response.headers.push(Name::Require, "timer");
        }
        response.headers.push(Name::SessionExpires, self.expires);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresher {
    Uac,
    Uas,
}

fn read(message: &Message) -> Option<(u32, Option<Refresher>)> {
    let value = message.headers.get(&Name::SessionExpires)?;
    let (interval, params) = value.split_once(';').unwrap_or((value, ""));
    let params = Params::parse(params).unwrap_or_default();
    let refresher = match params.get("refresher") {
        Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
        Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
        _ => None,
    };
    // A day is longer than any call that is alive.
    Some((seconds(interval)?.min(86_400), refresher))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::method::Method;

    const SETUP: SessionSetup = SessionSetup { expires: 1_800, min: 120 };

    fn request(fields: &[(&str, &str)]) -> Message {
        let mut message = Message::request(Method::Invite, "sip:a@b");
        for (name, value) in fields {
            message.headers.push(Name::from(*name), *value);
        }
        message
    }

    #[test]
    fn as_the_one_who_answers() {
        for (fields, want) in [
            (vec![], Ok((1_800, true, "1800;refresher=uas", false))),
            (vec![("Supported", "timer")], Ok((1_800, false, "1800;refresher=uac", true))),
            (vec![("Supported", "timer"), ("Session-Expires", "600")], Ok((600, false, "600;refresher=uac", true))),
            (vec![("k", "timer"), ("x", "600;refresher=uas")], Ok((600, true, "600;refresher=uas", false))),
            (vec![("k", "timer"), ("x", "9000")], Ok((1_800, false, "1800;refresher=uac", true))),
            (vec![("k", "timer"), ("x", "9000"), ("Min-SE", "3600")], Ok((3_600, false, "3600;refresher=uac", true))),
            (vec![("k", "timer"), ("x", "100")], Err(TooSmall { min: 120 })),
            // A proxy asked for it; the caller could not repeat with more.
            (vec![("x", "100")], Ok((120, true, "120;refresher=uas", false))),
            (vec![("x", "never")], Ok((1_800, true, "1800;refresher=uas", false))),
        ] {
            let got = agree(SETUP, &request(&fields));
            let want = want.map(|(interval, we_refresh, expires, require)| {
                (Session { interval, we_refresh }, Fields { expires: expires.to_owned(), require })
            });
            assert_eq!(got, want, "{fields:?}");
        }
    }

    #[test]
    fn as_the_one_who_asked() {
        for (fields, interval, we_refresh) in [
            (vec![], 1_800, true),
            (vec![("x", "300;refresher=uas")], 300, false),
            (vec![("x", "300;refresher=uac")], 300, true),
            (vec![("x", "1")], 90, true),
        ] {
            assert_eq!(settled(SETUP, &request(&fields)), Session { interval, we_refresh }, "{fields:?}");
        }
        let watch = Session { interval: 1_800, we_refresh: false };
        assert_eq!(watch.ends_after(), Duration::from_secs(1_768));
        assert_eq!(Session { interval: 90, ..watch }.ends_after(), Duration::from_secs(60));
    }
}
