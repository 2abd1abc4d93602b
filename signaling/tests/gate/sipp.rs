//! Calls by SIPp, a peer that shares no line with us.

use crate::room::{TRUNK, config, room};
use ringdesk_signaling::SignalingEvent;
use ringdesk_voice::{Cause, LegCommand, LegEvent, Sdp};
use std::process::Stdio;
use std::time::Duration;
use tokio::time::timeout;

const ANSWER: &str =
    "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
const CALLS: usize = 200;

/// SIPp's own caller: INVITE, 180, 200, ACK, BYE.
///
/// Rows: V1
#[tokio::test]
async fn sipp_calls_over_udp_and_tcp() {
    for (transport, media_port) in [("u1", "23000"), ("t1", "23010")] {
        let mut room = room(config()).await;
        let at = if transport == "u1" { room.udp } else { room.tcp };
        let mut sipp = tokio::process::Command::new("sipp")
            .args(["-sn", "uac", "-t", transport, "-i", TRUNK, "-mp", media_port, "-nostdin", "-d", "0"])
            .args(["-r", "200", "-m", &CALLS.to_string(), "-timeout", "30", "-timeout_error", &at.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("sipp is installed");
        let handle = room.handle.clone();
        let (mut calls, mut ends) = (0, 0);
        let serving = async {
            while ends < CALLS {
                match room.event().await {
                    SignalingEvent::Incoming(call) => {
                        calls += 1;
                        handle.command(call.leg, LegCommand::Ring);
                        handle.command(call.leg, LegCommand::Answer { sdp: Sdp(ANSWER.to_owned().into()) });
                    }
                    SignalingEvent::Leg(_, LegEvent::Confirmed { .. }) => {}
                    SignalingEvent::Leg(_, LegEvent::Ended { cause: Cause::Normal, .. }) => ends += 1,
                    other => panic!("{transport}: {other:?}"),
                }
            }
        };
        timeout(Duration::from_secs(40), serving).await.expect("all calls in time");
        let status = timeout(Duration::from_secs(10), sipp.wait()).await.expect("sipp to end").unwrap();
        assert!(status.success(), "{transport}: {status}");
        assert_eq!(calls, CALLS);
        room.until(|now| now.legs == 0).await;
    }
}
