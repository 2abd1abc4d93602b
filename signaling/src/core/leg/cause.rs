//! Cause ↔ SIP, both directions, in one table's reach.

use crate::core::headers::Name;
use crate::core::message::Message;
use ringdesk_voice::Cause;

/// The final response that says why an INVITE is refused.
pub(crate) fn status_of(cause: Cause) -> u16 {
    match cause {
        // A caller who is sent away without a reason of his own: nobody is there to take it.
        Cause::Normal | Cause::NoAnswer | Cause::Unreachable => 480,
        Cause::Cancelled => 487,
        Cause::AnsweredElsewhere => 480,
        Cause::Busy => 486,
        Cause::Declined => 603,
        Cause::NotFound => 404,
        Cause::Forbidden => 403,
        Cause::NotAcceptable => 488,
        Cause::Congestion | Cause::Shutdown => 503,
        Cause::RemoteFailure => 502,
        Cause::SignalingTimeout => 504,
        Cause::MediaTimeout | Cause::InternalFailure => 500,
    }
}

/// What a final response to our INVITE means.
pub(crate) fn cause_of(status: u16) -> Cause {
    match status {
        // Not followed: whom we dial is decided by us.
        300..=399 => Cause::Unreachable,
        401 | 402 | 403 | 407 | 433 => Cause::Forbidden,
        404 | 410 | 484 | 485 | 604 => Cause::NotFound,
        408 => Cause::Unreachable,
        415 | 488 | 606 => Cause::NotAcceptable,
        // 482, 483: the number leads back to where it came from.
        430 | 480 | 482 | 483 => Cause::Unreachable,
        486 | 600 => Cause::Busy,
        487 => Cause::Cancelled,
        503 => Cause::Congestion,
        603 | 607 | 608 => Cause::Declined,
        500..=599 => Cause::RemoteFailure,
        _ => Cause::RemoteFailure,
    }
}

/// The Reason field of our CANCEL or BYE (RFC 3326).
pub(crate) fn reason_of(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::AnsweredElsewhere => "SIP;cause=200;text=\"Call completed elsewhere\"",
        Cause::Normal | Cause::Cancelled => return None,
        Cause::Busy => "Q.850;cause=17;text=\"User busy\"",
        Cause::NoAnswer => "Q.850;cause=19;text=\"No answer\"",
        Cause::Declined => "Q.850;cause=21;text=\"Call rejected\"",
        Cause::NotFound => "Q.850;cause=1;text=\"Unallocated number\"",
        Cause::Unreachable => "Q.850;cause=20;text=\"Subscriber absent\"",
        Cause::Forbidden => "Q.850;cause=57;text=\"Bearer capability not authorized\"",
        Cause::NotAcceptable => "SIP;cause=488;text=\"Not Acceptable Here\"",
        Cause::Congestion => "Q.850;cause=42;text=\"Switching equipment congestion\"",
        Cause::RemoteFailure | Cause::InternalFailure => "Q.850;cause=41;text=\"Temporary failure\"",
        Cause::SignalingTimeout => "SIP;cause=408;text=\"Request Timeout\"",
        Cause::MediaTimeout => "Q.850;cause=102;text=\"No media\"",
        Cause::Shutdown => "SIP;cause=503;text=\"Service Unavailable\"",
    })
}

/// The network's cause for one of ours, for trunks.
pub(crate) fn q850_of(cause: Cause) -> u8 {
    match cause {
        Cause::Normal | Cause::Cancelled => 16,
        Cause::AnsweredElsewhere => 26,
        Cause::Busy => 17,
        Cause::NoAnswer => 19,
        Cause::Declined => 21,
        Cause::NotFound => 1,
        Cause::Unreachable => 20,
        Cause::Forbidden => 57,
        Cause::NotAcceptable => 88,
        Cause::Congestion | Cause::Shutdown => 42,
        Cause::RemoteFailure | Cause::InternalFailure => 41,
        Cause::SignalingTimeout | Cause::MediaTimeout => 102,
    }
}

/// `None`: it says no more than that the call is over (16, 31, 127).
fn cause_of_q850(number: u8) -> Option<Cause> {
    Some(match number {
        1 | 22 | 28 => Cause::NotFound,
        2 | 3 | 20 | 27 => Cause::Unreachable,
        17 => Cause::Busy,
        18 | 19 => Cause::NoAnswer,
        21 => Cause::Declined,
        34 | 42 | 44 | 47 => Cause::Congestion,
        38 | 41 => Cause::RemoteFailure,
        50 | 55 | 57 => Cause::Forbidden,
        65 | 70 | 79 | 88 => Cause::NotAcceptable,
        102 => Cause::SignalingTimeout,
        _ => return None,
    })
}

/// The network's cause that a message carries (RFC 3326, in responses RFC 6432).
pub(crate) fn q850_in(message: &Message) -> Option<u8> {
    message.headers.all(&Name::Reason).find_map(|reason| {
        let (protocol, params) = reason.split_once(';')?;
        let params = super::super::params::Params::parse(&format!(";{params}"))?;
        let cause = protocol.trim().eq_ignore_ascii_case("Q.850").then(|| params.get("cause")?.trim().parse().ok())?;
        cause.filter(|cause| *cause < 128)
    })
}

/// What a refusal of a trunk means: behind a gateway the status says less than the network's own cause.
pub(crate) fn refused(response: &Message, status: u16) -> Cause {
    let said = q850_in(response).and_then(cause_of_q850);
    match status {
        // These say enough by themselves.
        486 | 600 | 603 | 607 | 608 | 401 | 407 | 488 => cause_of(status),
        _ => said.unwrap_or_else(|| cause_of(status)),
    }
}

/// The Reason field for a trunk: it bills and reroutes by the network's cause.
pub(crate) fn reason_for_trunk(cause: Cause) -> String {
    let network = q850_of(cause);
    match reason_of(cause) {
        None => format!("Q.850;cause={network};text=\"Normal call clearing\""),
        Some(reason) if reason.starts_with("Q.850") => reason.to_owned(),
        Some(reason) => format!("{reason}, Q.850;cause={network}"),
    }
}

/// Why the other side sent BYE or CANCEL. `usual`: without a Reason that says otherwise.
pub(crate) fn cause_in(message: &Message, usual: Cause) -> Cause {
    for reason in message.headers.all(&Name::Reason) {
        let (protocol, params) = reason.split_once(';').unwrap_or((reason, ""));
        let cause = super::super::params::Params::parse(params).and_then(|p| p.get("cause")?.parse::<u16>().ok());
        let protocol = protocol.trim();
        let found = match cause {
            Some(200) if protocol.eq_ignore_ascii_case("SIP") && usual == Cause::Cancelled => Cause::AnsweredElsewhere,
            Some(408) if protocol.eq_ignore_ascii_case("SIP") => Cause::SignalingTimeout,
            Some(status @ 300..=699) if protocol.eq_ignore_ascii_case("SIP") => cause_of(status),
            Some(number) if protocol.eq_ignore_ascii_case("Q.850") => {
                u8::try_from(number).ok().and_then(cause_of_q850).unwrap_or(usual)
            }
            _ => continue,
        };
        return found;
    }
    usual
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::method::Method;

    #[test]
    fn what_we_say_is_understood_by_us() {
        for (cause, status, understood) in [
            (Cause::Busy, 486, Cause::Busy),
            (Cause::Declined, 603, Cause::Declined),
            (Cause::NotFound, 404, Cause::NotFound),
            (Cause::Forbidden, 403, Cause::Forbidden),
            (Cause::NotAcceptable, 488, Cause::NotAcceptable),
            (Cause::Congestion, 503, Cause::Congestion),
            (Cause::Unreachable, 480, Cause::Unreachable),
            (Cause::InternalFailure, 500, Cause::RemoteFailure),
            (Cause::Cancelled, 487, Cause::Cancelled),
        ] {
            assert_eq!(status_of(cause), status);
            assert_eq!(cause_of(status), understood);
        }
        for (status, cause) in
            [(302, Cause::Unreachable), (600, Cause::Busy), (606, Cause::NotAcceptable), (420, Cause::RemoteFailure)]
        {
            assert_eq!(cause_of(status), cause);
        }
    }

    /// Rows: V15
    #[test]
    fn the_networks_causes_go_both_ways() {
        for cause in [
            Cause::Busy,
            Cause::NoAnswer,
            Cause::Declined,
            Cause::NotFound,
            Cause::Unreachable,
            Cause::Forbidden,
            Cause::NotAcceptable,
            Cause::Congestion,
            Cause::RemoteFailure,
            Cause::SignalingTimeout,
        ] {
            let mut response = Message::request(Method::Bye, "sip:a@b");
            response.headers.push(Name::Reason, reason_for_trunk(cause));
            assert_eq!(q850_in(&response), Some(q850_of(cause)));
            assert_eq!(refused(&response, 500), cause, "{cause:?}");
            assert_eq!(cause_in(&response, Cause::Normal), cause, "{cause:?}");
            assert_eq!(refused(&response, 486), Cause::Busy, "that is plain enough");
        }
        let plain = Message::request(Method::Bye, "sip:a@b");
        assert_eq!((q850_in(&plain), refused(&plain, 503)), (None, Cause::Congestion));
    }

    #[test]
    fn reasons() {
        for (reason, usual, cause) in [
            ("SIP;cause=200;text=\"Call completed elsewhere\"", Cause::Cancelled, Cause::AnsweredElsewhere),
            ("SIP ;cause=408", Cause::Normal, Cause::SignalingTimeout),
            ("Q.850;cause=16", Cause::Normal, Cause::Normal),
            ("Q.850;cause=17, SIP;cause=486", Cause::Normal, Cause::Busy),
            ("Q.850;cause=1", Cause::Normal, Cause::NotFound),
            ("Q.850;cause=31", Cause::Cancelled, Cause::Cancelled),
            ("Q.850;cause=300", Cause::Normal, Cause::Normal),
            ("X;cause=1", Cause::Normal, Cause::Normal),
            ("SIP", Cause::Cancelled, Cause::Cancelled),
        ] {
            let mut bye = Message::request(Method::Bye, "sip:a@b");
            bye.headers.push(Name::Reason, reason);
            assert_eq!(cause_in(&bye, usual), cause, "{reason}");
        }
    }
}
