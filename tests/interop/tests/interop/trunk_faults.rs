//! Trunks that do not do as they should, and those who look after them: what is shown, what can be changed, what can be tried.

use super::trunk_lines::{CALLER_HZ, CARRIER_HZ, Stage, exchange, stage, trunk};
use super::trunks::{OPEN, SOON, make, support_dials};
use anyhow::{Context as _, Result, ensure};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

fn of_carrier(trunks: &Value) -> Option<&Value> {
    trunks.as_array()?.iter().find(|trunk| trunk["name"] == "a-carrier")
}

/// Two 200s under different tags: the first talks, the second is acknowledged and ended (RFC 3261 §13.2.2.4).
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_answers_twice_talks_once() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.comes().await?;
    let Stage { carrier, caller, .. } = &mut stage;
    let sdp = carrier.sdp("sendrecv");
    carrier.fork("one")?;
    carrier.say("200 OK", &[], &sdp).await?;
    let ack = carrier.request("ACK", SOON).await?;
    ensure!(ack.get("To").is_some_and(|to| to.ends_with(";tag=one")), "{ack:?}");
    carrier.speak_early()?;
    caller.answered(SOON).await?;
    carrier.fork("two")?;
    carrier.say("200 OK", &[], &sdp).await?;
    let bye = carrier.request("BYE", SOON).await?;
    ensure!(bye.get("To").is_some_and(|to| to.ends_with(";tag=two")), "{bye:?}");
    carrier.respond(&bye, "200 OK", "").await?;
    stage.both_hear().await.context("the first goes on")?;
    let Stage { carrier, caller, .. } = &mut stage;
    carrier.fork("one")?;
    carrier.hang_up().await?;
    caller.hung_up(SOON).await?;
    assert_eq!(stage.centre.figure("signaling_forks_released_total").await?, 1);
    stage.nothing_is_left().await
}

/// A number that is forwarded to itself: the trunk leads back to our own door. The call ends there, at once and with a reason,
/// and not when seventy servers have been asked.
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_leads_back_to_itself() -> Result<()> {
    let centre = Centre::start_with(OPEN, &[]).await?;
    let admin = centre.login("admin").await?;
    let settings = json!({ "host": centre.sip.ip(), "port": centre.sip.port(), "transport": "udp", "options": "off" });
    make(&centre, &admin, &json!({ "name": "mirror", "networks": ["127.0.0.66"], "settings": settings })).await?;
    support_dials(&centre, &admin, "+4930123456").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER_HZ, &Ladder::default()).await?;
    caller.invite("1001").await?;
    assert_eq!(caller.refused(SOON).await?, 480, "{}", centre.log());
    assert_eq!(centre.figure("signaling_looped_requests_total").await?, 1);
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    centre.until(&admin, "conversations", |all| all.as_array().is_some_and(|all| all.len() == 1)).await?;
    Ok(())
}

/// A re-INVITE from elsewhere: what follows goes there, and so does the sound; which may also move without a word.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_moves_in_mid_call_is_followed() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.talk().await?;
    let Stage { carrier, .. } = &mut stage;
    let elsewhere = UdpSocket::bind("127.0.0.66:0").await?;
    carrier.believe(elsewhere.local_addr()?);
    carrier.sound.move_away().await?;
    let sdp = carrier.sdp("sendrecv").replace("o=- 1 1 ", "o=- 1 2 ").replace("127.0.0.66", "127.0.0.1");
    let taken = carrier.reinvite_with(&sdp).await?;
    assert_eq!(taken.status(), Some(200), "{}", taken.start);
    stage.both_hear().await.context("after a move that was told")?;
    let Stage { carrier, caller, .. } = &mut stage;
    carrier.sound.move_away().await?;
    caller.sound.clear();
    carrier.sound.clear();
    caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("the caller, after a move without a word")?;
    carrier.sound.hears_tone(CALLER_HZ, SOON).await.context("the exchange, after a move without a word")?;
    // The end of the call is told where the Contact is now.
    let heard = async {
        let mut buffer = [0; 4_096];
        loop {
            let (length, from) = elsewhere.recv_from(&mut buffer).await?;
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("BYE ") {
                let head: String =
                    text.lines().filter(|l| !l.starts_with("BYE ")).map(|l| format!("{l}\r\n")).collect();
                elsewhere.send_to(format!("SIP/2.0 200 OK\r\n{head}\r\n").as_bytes(), from).await?;
                return anyhow::Ok(());
            }
        }
    };
    caller.hang_up().await?;
    tokio::time::timeout(SOON, heard).await.context("no BYE at the new address")??;
    stage.nothing_is_left().await
}

/// Who refreshes is we, by re-INVITE, as this exchange knows no UPDATE; it refuses, once with 491 and then with 488: the call keeps its
/// sound.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_refuses_a_reinvite_keeps_its_call() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.comes().await?;
    let Stage { carrier, caller, .. } = &mut stage;
    let sdp = carrier.sdp("sendrecv");
    let timer = [("Allow", "INVITE, ACK, BYE, CANCEL"), ("Require", "timer"), ("Session-Expires", "90;refresher=uac")];
    carrier.say("200 OK", &timer, &sdp).await?;
    carrier.request("ACK", SOON).await?;
    carrier.speak_early()?;
    caller.answered(SOON).await?;
    stage.both_hear().await?;
    for refusal in ["491 Request Pending", "488 Not Acceptable Here"] {
        let carrier = &mut stage.carrier;
        let refresh = carrier.request("INVITE", Duration::from_secs(70)).await?;
        ensure!(refresh.get("Session-Expires").is_some(), "{refresh:?}");
        carrier.respond(&refresh, refusal, "").await?;
        carrier.request("ACK", SOON).await?;
        stage.both_hear().await.context(refusal)?;
    }
    stage.ends().await
}

/// Another password, another host, another order of codecs: the call that runs goes on, the next one goes as it is said now.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_trunk_is_another_one_for_the_next_call() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.talk().await?;
    let Stage { centre, admin, .. } = &stage;
    let trunks = centre.until(admin, "trunks", |t| of_carrier(t).is_some_and(|t| t["calls"] == 1)).await?;
    let id = of_carrier(&trunks).map(|t| t["id"].clone());
    let mut other = Phone::at("127.0.0.67:0".parse()?, "other", "sbc", centre.sip, 900.0, &Ladder::default()).await?;
    let wish = trunk(other.seen_at(), &json!({ "codecs": ["PCMU"] }));
    let (status, reply) = centre.api(admin, "PUT", "trunks/a-carrier", Some(&wish)).await?;
    ensure!(status == 204, "{reply}");
    let (status, reply) = centre.api(admin, "PUT", "trunks/nobodys", Some(&wish)).await?;
    ensure!(status == 404, "{reply}");
    let wrong = trunk(other.seen_at(), &json!({ "codecs": ["G729"] }));
    let (status, reply) = centre.api(admin, "PUT", "trunks/a-carrier", Some(&wrong)).await?;
    ensure!((status, &reply["errors"][0]["pointer"]) == (422, &json!("/settings/codecs")), "{reply}");
    let (_, trunks) = centre.api(admin, "GET", "trunks", None).await?;
    let now = of_carrier(&trunks).context("it is there")?;
    assert_eq!((Some(&now["id"]), &now["calls"]), (id.as_ref(), &json!(1)), "it is the same trunk");
    assert_eq!(now["networks"], json!(["127.0.0.67"]));
    stage.both_hear().await.context("the call that runs")?;
    let mut second = Phone::new("second", "015187654321", stage.centre.sip, 523.0, &Ladder::default()).await?;
    second.invite("1001").await?;
    let offer = other.called(SOON).await.context("the next call goes elsewhere")?.body;
    ensure!(offer.contains("RTP/AVP 0 101"), "{offer}");
    other.pick_up().await?;
    second.answered(SOON).await?;
    second.sound.hears_tone(900.0, SOON).await.context("no sound over the changed trunk")?;
    second.hang_up().await?;
    other.hung_up(SOON).await?;
    stage.both_hear().await.context("the first call still")?;
    stage.ends().await
}

async fn tries(centre: &Centre, admin: &Login, number: &str) -> Result<(u16, Value)> {
    let wish = json!({ "number": number, "caller": "+493055501", "ring_seconds": 2, "listen_seconds": 1 });
    centre.api(admin, "POST", "trunks/a-carrier/test", Some(&wish)).await
}

/// The check before somebody relies on a trunk: answered with sound both ways, busy, unanswered, not allowed; and what went wrong last.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_is_tried_by_a_call() -> Result<()> {
    let centre = Centre::start_with(OPEN, &[]).await?;
    let admin = centre.login("admin").await?;
    let mut carrier = exchange(&centre, CARRIER_HZ).await?;
    let settings = json!({ "number_format": "plus_e164" });
    make(&centre, &admin, &trunk(carrier.seen_at(), &settings)).await?;
    // Answered, and the tone is heard there; and the network brings it back to us, in the form that it likes.
    let mut network = exchange(&centre, 0.0).await?;
    let (reply, told) = tokio::join!(tries(&centre, &admin, "+4930123456"), async {
        let invite = carrier.called(SOON).await?;
        network.invite("030123456").await?;
        assert_eq!(network.refused(SOON).await?, 404, "it is no number of ours");
        carrier.say("180 Ringing", &[], "").await?;
        carrier.pick_up().await?;
        carrier.sound.hears_tone(1_004.0, SOON).await.context("the tone of the test")?;
        carrier.hung_up(SOON).await?;
        anyhow::Ok(invite)
    });
    let invite = told?;
    ensure!(invite.start.contains("+4930123456"), "{}", invite.start);
    ensure!(invite.get("From").is_some_and(|from| from.contains("+493055501")), "{invite:?}");
    let (status, told) = reply?;
    ensure!(status == 200, "{told}");
    assert_eq!((&told["outcome"], &told["sound"], &told["codec"]), (&json!("answered"), &json!(true), &json!("PCMU")));
    assert_eq!(told["came_in_over"], "a-carrier");
    for figure in ["rang_after_ms", "answered_after_ms", "received_packets", "sent_packets", "mos"] {
        assert!(told[figure].as_f64().is_some_and(|n| n >= 0.0), "{figure}: {told}");
    }
    // Refused: by the called number, and by the trunk's fault.
    for (said, outcome) in [("486 Busy Here", "busy"), ("503 Service Unavailable", "congestion")] {
        let (reply, refused) = tokio::join!(tries(&centre, &admin, "+4930123456"), async {
            carrier.called(SOON).await?;
            carrier.decline(said).await
        });
        refused?;
        let (_, told) = reply?;
        assert_eq!((&told["outcome"], &told["sound"]), (&json!(outcome), &json!(false)), "{told}");
        assert_eq!(told["came_in_over"], Value::Null);
    }
    let failed = |t: &Value| of_carrier(t).is_some_and(|t| t["last_failure"]["what"] == "call");
    let trunks = centre.until(&admin, "trunks", failed).await?;
    let failure = &of_carrier(&trunks).context("the trunk")?["last_failure"];
    assert_eq!(failure["status"], 503, "{failure}");
    // It rings, and nobody comes.
    let (reply, left) = tokio::join!(tries(&centre, &admin, "+4930123456"), async {
        carrier.called(SOON).await?;
        carrier.say("180 Ringing", &[], "").await?;
        carrier.ringing_stops(SOON).await
    });
    left?;
    assert_eq!(reply?.1["outcome"], "no_answer");
    // Not everything may be dialled, and not everybody may try.
    let (status, reply) = tries(&centre, &admin, "+33123456789").await?;
    assert_eq!(status, 409, "{reply}");
    assert_eq!(tries(&centre, &centre.login("agent1").await?, "+4930123456").await?.0, 403);
    let audited = |e: &Value| {
        let results = ["answered", "busy", "congestion", "no_answer"];
        results
            .iter()
            .all(|r| e.as_array().is_some_and(|e| e.iter().any(|e| e["action"] == "trunk.test" && e["after"] == *r)))
    };
    centre.until(&admin, "audit?limit=100", audited).await?;
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    Ok(())
}

/// Somebody who shows this certificate, and takes whoever comes.
async fn shows(params: CertificateParams) -> Result<SocketAddr> {
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.der().to_vec())], key)?;
    let (listener, acceptor) = (TcpListener::bind("127.0.0.68:0").await?, TlsAcceptor::from(Arc::new(config)));
    let at = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await; // refused is what is wanted
        }
    });
    Ok(at)
}

/// An exchange whose certificate is over, or nobody's, is told apart from one that is not there; and no call goes there.
///
/// Rows: S12.1, V15
#[tokio::test(flavor = "multi_thread")]
async fn why_nothing_gets_through_to_a_trunk_is_shown() -> Result<()> {
    let mut over = CertificateParams::new(vec!["127.0.0.68".into()])?;
    (over.not_before, over.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let nobodys = CertificateParams::new(vec!["127.0.0.68".into()])?;
    let nowhere = TcpListener::bind("127.0.0.68:0").await?.local_addr()?;
    let centre = Centre::start_with(OPEN, &[]).await?;
    let admin = centre.login("admin").await?;
    support_dials(&centre, &admin, "+4930123456").await?;
    let more = json!({ "transport": "tls", "options": "on", "options_seconds": 1, "options_fail": 1 });
    make(&centre, &admin, &trunk(nowhere, &more)).await?;
    for (at, what) in [
        (nowhere, "connection_refused"),
        (shows(over).await?, "certificate_expired"),
        (shows(nobodys).await?, "certificate_refused"),
    ] {
        let (status, reply) = centre.api(&admin, "PUT", "trunks/a-carrier", Some(&trunk(at, &more))).await?;
        ensure!(status == 204, "{reply}");
        let is = |t: &Value| of_carrier(t).is_some_and(|t| t["last_failure"]["what"] == what && t["health"] == "down");
        centre.until(&admin, "trunks", is).await.with_context(|| what.to_owned())?;
        // Whoever calls is told that nobody is reached; the caller is not left hanging.
        let (_, told) = tries(&centre, &admin, "+4930123456").await?;
        assert_eq!(told["outcome"], "unreachable", "{what}: {told}");
    }
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER_HZ, &Ladder::default()).await?;
    caller.invite("1001").await?;
    let ended = caller.refused(SOON).await;
    assert!(ended.is_ok(), "{ended:?}");
    Ok(())
}
