//! Telephones that encrypt their sound and tell its keys to anybody on the way: keys in descriptions (SDES, RFC 4568) over UDP or
//! TCP. Nothing is refused for it; whoever looks before the centre goes live is told.

use ringdesk_signaling::SignalingHandle;
use ringdesk_voice::{Destination, IncomingCall, Origin, Profile, SrtpPolicy, Target};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Extensions whose telephones brought keys without being asked, since the start. They have proven who they are: there are at most as
/// many as the house has.
#[derive(Default)]
pub(crate) struct ClearKeys(Mutex<BTreeSet<String>>);

impl ClearKeys {
    /// A telephone calls, and describes its sound.
    pub(crate) fn calls(&self, call: &IncomingCall) {
        let (Origin::Extension(extension), Profile::Rtp(_), Some(offer)) = (&call.origin, &call.profile, &call.offer)
        else {
            return;
        };
        if offer.0.windows(KEY.len()).any(|part| part == KEY) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(extension.clone());
        }
    }

    /// Which of these extensions have a telephone whose keys are read on the way, as things are now.
    pub(crate) async fn of(&self, signaling: &SignalingHandle, extensions: &[String]) -> Vec<String> {
        let mut found = Vec::new();
        for extension in extensions {
            let ways = signaling.reach(Target::Extension(extension.clone())).await;
            let brings = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(extension);
            if ways.iter().any(|way| is_in_clear(way, brings)) {
                found.push(extension.clone());
            }
        }
        found
    }
}

const KEY: &[u8] = b"\na=crypto:";

/// `brings`: the telephone offers keys of its own accord.
fn is_in_clear(way: &Destination, brings: bool) -> bool {
    let Profile::Rtp(sound) = &way.profile else { return false };
    let has_keys = match sound.srtp {
        SrtpPolicy::Off => false,
        SrtpPolicy::Optional => brings,
        SrtpPolicy::Offered | SrtpPolicy::Required => true,
    };
    has_keys && way.flow.as_deref().is_some_and(|flow| !flow.starts_with("tls/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_voice::{InterfaceId, LineSound};

    #[test]
    fn keys_are_in_clear_where_there_are_keys_and_no_tls() {
        let way = |flow: &str, srtp| Destination {
            uri: "sip:2001@192.0.2.7".into(),
            interface: InterfaceId(0),
            flow: Some(flow.to_owned()),
            trunk: None,
            profile: Profile::Rtp(LineSound { srtp, ..LineSound::default() }),
        };
        let (udp, tls) = ("udp/0/192.0.2.7:5060", "tls/0/192.0.2.7:5061/3");
        for (flow, srtp, brings, clear) in [
            (udp, SrtpPolicy::Off, true, false),
            (udp, SrtpPolicy::Optional, false, false),
            (udp, SrtpPolicy::Optional, true, true),
            (udp, SrtpPolicy::Offered, false, true),
            ("tcp/0/192.0.2.7:5060/3", SrtpPolicy::Required, false, true),
            (tls, SrtpPolicy::Required, true, false),
        ] {
            assert_eq!(is_in_clear(&way(flow, srtp), brings), clear, "{flow} {srtp:?} {brings}");
        }
        let browser = Destination { profile: Profile::WebRtc, ..way("ws/0/192.0.2.7:1/3", SrtpPolicy::Off) };
        assert!(!is_in_clear(&browser, true));
    }
}
