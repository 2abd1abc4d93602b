//! What the targets of sound share: a call on a virtual clock, and telephones that it believes.

use ringdesk_media::dry::{DryCall, Sent};
use ringdesk_model::{CallId, Timestamp};
use ringdesk_voice::{InterfaceId, LegId, LegQuality, MediaCommand, MediaEvent, Sdp};
use std::net::SocketAddr;
use uuid::Uuid;

pub(super) const START: Timestamp = Timestamp(1_790_000_000_000_000);

pub(super) fn dry(call: u128) -> DryCall {
    DryCall::new(CallId(Uuid::from_u128(call)), 7, START)
}

pub(super) fn leg(n: u8) -> LegId {
    LegId(Uuid::from_u128(u128::from(n)))
}

/// Where telephone `n` said that it listens.
pub(super) fn phone(n: u8) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, n], 5_000))
}

pub(super) fn offer(n: u8, formats: &str, more: &str) -> Sdp {
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.{n}\r\ns=-\r\nc=IN IP4 198.51.100.{n}\r\nt=0 0\r\n\
         m=audio 5000 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{more}"
    );
    Sdp::from(text.into_bytes())
}

pub(super) fn answer_offer(dry: &mut DryCall, n: u8, offer: Sdp) {
    dry.command(MediaCommand::AnswerOffer {
        leg: leg(n),
        interface: InterfaceId(0),
        profile: Default::default(),
        offer,
        prefer: None,
    });
}

/// Close everything: each leg says so once and leaves no port, and its figures are numbers.
pub(super) fn close(mut dry: DryCall, legs: usize) -> Vec<Sent> {
    dry.events();
    dry.close_all();
    let mut closed = 0;
    for event in dry.events() {
        if let MediaEvent::Closed { quality, .. } = event {
            closed += 1;
            plausible(&quality);
        }
    }
    assert_eq!((closed, dry.legs(), dry.lines()), (legs, 0, 0));
    dry.sent()
}

fn plausible(quality: &LegQuality) {
    assert!(quality.jitter_ms.is_finite() && quality.jitter_ms >= 0.0, "{quality:?}");
    assert!(quality.remote_loss.is_none_or(|loss| (0.0..=1.0).contains(&loss)), "{quality:?}");
    assert!(quality.rtt_ms.is_none_or(|rtt| (0.0..=60_000.0).contains(&rtt)), "{quality:?}");
    assert!(quality.mos.is_none_or(|mos| (1.0..=4.5).contains(&mos)), "{quality:?}");
}
