//! Registrations and calls, from the wire to the house and back.

use crate::digest::authorization;
use crate::log::Log;
use crate::peer::{Request, Tcp, Udp, field, response, status, to_tag};
use crate::room::{PASSWORD, PATIENCE, Room, TRUNK, config, room, room_with};
use ringdesk_model::{Ids, Pii, Timestamp};
use ringdesk_signaling::core::digest::DigestAlgorithm;
use ringdesk_signaling::{Config, RegistrationChange, SignalingEvent};
use ringdesk_voice::{
    Cause, Destination, Dial, IncomingCall, InterfaceId, LegCommand, LegEvent, LegId, Party, Sdp, Target,
};
use tokio::net::TcpListener;
use tokio::time::timeout;

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const ANSWER: &str =
    "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";
const REGISTRAR: &str = "sip:ringdesk.test";

fn sdp(text: &str) -> Sdp {
    Sdp(text.to_owned().into())
}

fn invite<'a>(id: &'a str, uri: &'a str) -> Request<'a> {
    Request { method: "INVITE", uri, id, extra: "Content-Type: application/sdp\r\n", body: OFFER, ..Request::default() }
}

fn register<'a>(id: &'a str, cseq: u32, extra: &'a str) -> Request<'a> {
    Request { method: "REGISTER", uri: REGISTRAR, user: "2001", id, cseq, extra, ..Request::default() }
}

/// To is the account itself in a REGISTER.
fn own(text: String) -> String {
    text.replace("To: <sip:1000@", "To: <sip:2001@")
}

async fn incoming(room: &mut Room) -> IncomingCall {
    match room.event().await {
        SignalingEvent::Incoming(call) => call,
        other => panic!("not a call: {other:?}"),
    }
}

async fn answer_of(client: &Udp) -> String {
    loop {
        let response = client.receive().await;
        if status(&response) >= 200 {
            return response;
        }
    }
}

/// Rows: V1
#[tokio::test]
async fn a_phone_registers_with_digest_over_udp() {
    for algorithm in ["MD5", "SHA-256"] {
        let mut room = room(Config { digest: DigestAlgorithm::ALL.into(), ..config() }).await;
        let phone = Udp::new("127.0.0.1", room.udp).await;
        phone.send(own(register("r", 1, "Expires: 600\r\n").text("UDP", phone.local))).await;
        let challenge = answer_of(&phone).await;
        assert_eq!(status(&challenge), 401);
        let wrong = authorization(&challenge, algorithm, "REGISTER", REGISTRAR, "2001", "guess");
        phone.send(own(register("r", 2, &wrong).text("UDP", phone.local))).await;
        assert!(matches!(status(&answer_of(&phone).await), 401 | 403));

        let right = authorization(&challenge, algorithm, "REGISTER", REGISTRAR, "2001", PASSWORD);
        phone.send(own(register("r", 3, &format!("{right}Expires: 600\r\n")).text("UDP", phone.local))).await;
        let mut done = answer_of(&phone).await;
        if status(&done) == 401 {
            // A nonce that was used for a wrong guess may be stale.
            let right = authorization(&done, algorithm, "REGISTER", REGISTRAR, "2001", PASSWORD);
            phone.send(own(register("r", 4, &format!("{right}Expires: 600\r\n")).text("UDP", phone.local))).await;
            done = answer_of(&phone).await;
        }
        assert_eq!(status(&done), 200, "{algorithm}: {done}");
        assert!(field(&done, "Contact").contains(&phone.local.to_string()), "{done}");
        match room.event().await {
            SignalingEvent::Registration { extension, contacts: 1, change: RegistrationChange::Added, .. } => {
                assert_eq!(extension, "2001");
            }
            other => panic!("not a registration: {other:?}"),
        }
        let devices = room.handle.reach(Target::Extension("2001".into())).await;
        assert_eq!(devices.len(), 1);
        assert!(devices[0].flow.is_some());
        room.until(|now| now.registrations == 1).await;
        assert_eq!(room.handle.reach(Target::Extension("2002".into())).await, vec![]);
    }
}

/// A phone that registered over TCP is called over the same connection, and is gone when the connection is.
#[tokio::test]
async fn a_phone_is_called_over_the_connection_it_registered_with() {
    let mut room = room(config()).await;
    let mut phone = Tcp::connect("127.0.0.1", room.tcp).await;
    phone.send(own(register("r", 1, "").text("TCP", phone.local))).await;
    let challenge = phone.receive().await;
    let right = authorization(&challenge, "MD5", "REGISTER", REGISTRAR, "2001", PASSWORD);
    phone.send(own(register("r", 2, &format!("{right}Expires: 600\r\n")).text("TCP", phone.local))).await;
    assert_eq!(status(&phone.receive().await), 200);
    assert!(matches!(room.event().await, SignalingEvent::Registration { contacts: 1, .. }));

    let devices = room.handle.reach(Target::Extension("2001".into())).await;
    let leg = dial(&room, devices[0].clone());
    let call = phone.receive().await;
    assert!(call.starts_with("INVITE "), "{call}");
    let contact = format!("Contact: <sip:2001@{};transport=tcp>\r\nContent-Type: application/sdp\r\n", phone.local);
    phone.send(response(&call, "180 Ringing", &contact, "")).await;
    assert_eq!(room.leg_event(leg).await, LegEvent::Ringing);
    phone.send(response(&call, "200 OK", &contact, ANSWER)).await;
    assert_eq!(room.leg_event(leg).await, LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    assert!(phone.receive().await.starts_with("ACK "));
    room.handle.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    let bye = phone.receive().await;
    assert!(bye.starts_with("BYE "), "{bye}");
    phone.send(response(&bye, "200 OK", "", "")).await;
    assert!(matches!(room.leg_event(leg).await, LegEvent::Ended { cause: Cause::Normal, .. }));

    drop(phone);
    assert!(matches!(room.event().await, SignalingEvent::Registration { contacts: 0, .. }));
    assert_eq!(room.handle.reach(Target::Extension("2001".into())).await, vec![]);
    room.until(|now| now.connections == 0).await;
}

fn dial(room: &Room, to: Destination) -> LegId {
    let leg: LegId = Ids::seeded(11).next(Timestamp(0));
    let from = Party { number: Pii::new("+4930123456".into()), name: None };
    let dial = Dial { to, from, offer: sdp(OFFER), headers: vec![("X-Ringdesk-Call".into(), Pii::new("1".into()))] };
    room.handle.command(leg, LegCommand::Dial(Box::new(dial)));
    leg
}

fn destination(uri: String) -> Destination {
    Destination { uri, interface: InterfaceId(0), flow: None, trunk: None, profile: Default::default() }
}

/// Rows: V1
#[tokio::test]
async fn a_trunk_calls_over_udp() {
    let mut room = room(config()).await;
    let trunk = Udp::new(TRUNK, room.udp).await;
    trunk.request(invite("call", "sip:1000@ringdesk.test")).await;
    let call = incoming(&mut room).await;
    assert_eq!(call.to.number.reveal(), "1000");
    assert_eq!(call.offer, Some(sdp(OFFER)));
    assert_eq!(call.sip_call_id, "call@gate.test");
    room.until(|now| now.legs == 1).await;

    room.handle.command(call.leg, LegCommand::Ring);
    let mut ringing = trunk.receive().await;
    if status(&ringing) == 100 {
        ringing = trunk.receive().await;
    }
    assert_eq!(status(&ringing), 180);
    room.handle.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = answer_of(&trunk).await;
    assert_eq!(status(&ok), 200);
    assert!(ok.ends_with(ANSWER));
    assert_eq!(to_tag(&ok), to_tag(&ringing));
    // The Contact is where in-dialog requests reach us.
    let contact = field(&ok, "Contact").trim_matches(['<', '>']).to_owned();
    assert!(contact.contains(&room.udp.to_string()), "{contact}");
    let in_dialog =
        |method, cseq| Request { method, uri: &contact, id: "call", cseq, to_tag: to_tag(&ok), ..Request::default() };
    trunk.request(in_dialog("ACK", 1)).await;
    assert_eq!(room.leg_event(call.leg).await, LegEvent::Confirmed { answer: None });
    assert_eq!(status(&trunk.ask(in_dialog("BYE", 2)).await), 200);
    let ended = room.leg_event(call.leg).await;
    assert!(matches!(ended, LegEvent::Ended { cause: Cause::Normal, .. }), "{ended:?}");
    room.until(|now| now.legs == 0).await;
}

/// Rows: V1
#[tokio::test]
async fn a_trunk_calls_over_tcp_and_gives_up() {
    let mut room = room(config()).await;
    let mut trunk = Tcp::connect(TRUNK, room.tcp).await;
    let text = invite("call", "sip:1000@ringdesk.test").text("TCP", trunk.local);
    trunk.send(&text).await;
    let call = incoming(&mut room).await;
    room.handle.command(call.leg, LegCommand::Ring);
    while status(&trunk.receive().await) != 180 {}
    let cancel = text.split("\r\nContact").next().unwrap().replace("INVITE", "CANCEL").replace("-CANCEL-", "-INVITE-");
    trunk.send(format!("{cancel}\r\nContent-Length: 0\r\n\r\n")).await;
    let mut answers = [trunk.receive().await, trunk.receive().await];
    answers.sort_by_key(|answer| status(answer));
    assert_eq!(answers.each_ref().map(|answer| status(answer)), [200, 487]);
    let ended = room.leg_event(call.leg).await;
    assert!(matches!(ended, LegEvent::Ended { cause: Cause::Cancelled, .. }), "{ended:?}");
}

/// Nobody listens: the leg ends at once instead of after the transaction's 32 seconds.
#[tokio::test]
async fn a_refused_connection_ends_its_leg() {
    let mut room = room(config()).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let leg = dial(&room, destination(format!("sip:9@{closed};transport=tcp")));
    let ended = room.leg_event(leg).await;
    assert!(matches!(ended, LegEvent::Ended { .. }), "{ended:?}");
    assert_eq!(room.figure("signaling_connections_dial_failed_total"), 1);
    room.until(|now| now.connections == 0).await;
}

/// We dial; the messages of the call share one connection.
#[tokio::test]
async fn a_destination_is_dialled_over_tcp() {
    let mut room = room(config()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let leg = dial(&room, destination(format!("sip:9@{at};transport=tcp")));
    let (stream, from) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    assert_eq!(from.ip(), room.tcp.ip(), "it leaves by its interface");
    let mut callee = Tcp::of(stream);
    let call = callee.receive().await;
    assert!(call.starts_with(&format!("INVITE sip:9@{at};transport=tcp SIP/2.0\r\n")), "{call}");
    assert!(field(&call, "Via").starts_with("SIP/2.0/TCP "), "{call}");
    assert_eq!(field(&call, "X-Ringdesk-Call"), "1");
    callee.send(response(&call, "486 Busy Here", "", "")).await;
    assert!(callee.receive().await.starts_with("ACK "));
    let ended = room.leg_event(leg).await;
    assert!(matches!(ended, LegEvent::Ended { cause: Cause::Busy, status: Some(486) }), "{ended:?}");
    assert_eq!(room.figure("signaling_connections_dialled_total"), 1);

    // And the connection's end under a call is the end of waiting for an answer.
    let leg = dial(&room, destination(format!("sip:8@{at};transport=tcp")));
    assert!(callee.receive().await.starts_with("INVITE sip:8@"));
    assert_eq!(room.figure("signaling_connections_dialled_total"), 1);
    drop(callee);
    let ended = room.leg_event(leg).await;
    assert!(matches!(ended, LegEvent::Ended { .. }), "{ended:?}");
}

/// Rows: S16.13
#[tokio::test]
async fn a_draining_room_takes_no_new_calls() {
    let mut room = room(config()).await;
    let trunk = Udp::new(TRUNK, room.udp).await;
    trunk.request(invite("first", "sip:1000@ringdesk.test")).await;
    let call = incoming(&mut room).await;
    room.handle.drain();
    let refused = loop {
        // The drain travels beside the messages, so an OPTIONS may still be answered with 200.
        let answer = trunk.ask(Request::default()).await;
        if status(&answer) == 503 {
            break trunk.ask(invite("second", "sip:1000@ringdesk.test")).await;
        }
    };
    assert_eq!(status(&refused), 503);
    field(&refused, "Retry-After");
    room.handle.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    assert_eq!(status(&answer_of(&trunk).await), 200, "live legs go on");
}

/// Rows: S16.13
#[tokio::test]
async fn a_full_house_refuses_calls_and_loses_no_event() {
    let mut room = room_with(config(), 1).await;
    let trunk = Udp::new(TRUNK, room.udp).await;
    trunk.request(invite("first", "sip:1000@ringdesk.test")).await;
    room.until_figure("signaling_messages_received_total", 1).await;
    let refused = trunk.ask(invite("second", "sip:1000@ringdesk.test")).await;
    assert_eq!((status(&refused), field(&refused, "Call-ID")), (503, "second@gate.test"));
    assert_eq!(room.figure("signaling_calls_refused_total"), 1);
    let call = incoming(&mut room).await;
    assert_eq!(call.sip_call_id, "first@gate.test");
    room.handle.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = answer_of(&trunk).await;
    let in_dialog = |method, cseq| Request { method, id: "first", cseq, to_tag: to_tag(&ok), ..Request::default() };
    // Two events for one place: the second waits in the room.
    trunk.request(in_dialog("ACK", 1)).await;
    assert_eq!(status(&trunk.ask(in_dialog("BYE", 2)).await), 200);
    assert_eq!(room.leg_event(call.leg).await, LegEvent::Confirmed { answer: None });
    assert!(matches!(room.leg_event(call.leg).await, LegEvent::Ended { cause: Cause::Normal, .. }));
    trunk.request(Request { id: "third", ..invite("third", "sip:1000@ringdesk.test") }).await;
    assert_eq!(incoming(&mut room).await.sip_call_id, "third@gate.test");
}

/// Every answered request has one line, and no line has a number or a name in it.
///
/// Rows: S12.24
#[tokio::test]
async fn the_access_log_names_requests_and_nobody() {
    let log = Log::of_all();
    let mut room = room(config()).await;
    let trunk = Udp::new(TRUNK, room.udp).await;
    let private = |text: String| text.replace("\"Al\"", "\"Alice Adler\"");
    trunk.send(private(invite("logged", "sip:+498005550100@ringdesk.test").text("UDP", trunk.local))).await;
    let call = incoming(&mut room).await;
    room.handle.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    let answer = answer_of(&trunk).await;
    assert_eq!(status(&answer), 486);
    let options = Request { id: "logged2", ..Request::default() };
    trunk.send(private(options.text("UDP", trunk.local))).await;
    assert_eq!(status(&answer_of(&trunk).await), 200);
    room.signaling.close().await;

    let text = log.text();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("ringdesk_signaling::access") && line.contains("-logged")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for part in ["INVITE", "status=486", "source=127.0.0.2", "logged@gate.test", "z9hG4bK-logged-INVITE-1"] {
        assert!(lines[0].contains(part), "no {part} in {}", lines[0]);
    }
    assert!(lines[1].contains("OPTIONS") && lines[1].contains("status=200"), "{}", lines[1]);
    for private in ["1715550199", "8005550100", "Alice", "Adler"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}
