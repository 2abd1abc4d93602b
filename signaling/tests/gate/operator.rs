//! The room against an operator: large requests, registering with it; and its own phones over a restart.

use crate::digest::{authorization, md5_hex};
use crate::peer::{Request, Tcp, Udp, field, response, status};
use crate::room::{PASSWORD, PATIENCE, REALM, Room, TRUNK, config, directory, room};
use ringdesk_model::{Ids, Pii, Timestamp, TrunkId};
use ringdesk_signaling::config::BudgetConfig;
use ringdesk_signaling::{
    Config, Directory, RegistrationChange, SignalingEvent, Trunk, TrunkAccount, TrunkRegistration, TrunkState,
    TrunkTarget,
};
use ringdesk_voice::{Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, Party, Sdp, Target};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, UdpSocket};
use tokio::time::timeout;

/// Larger than any datagram that a path takes in one piece.
fn large() -> Sdp {
    Sdp(format!("v=0\r\n{}", "a=x:0123456789\r\n".repeat(100)).into())
}

fn dial(room: &Room, at: SocketAddr, offer: Sdp) -> LegId {
    let leg: LegId = Ids::seeded(u64::from(at.port())).next(Timestamp::from_millis(1));
    let to = Destination {
        uri: format!("sip:4940555@{at}"),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: Default::default(),
    };
    let dial = Dial { to, from: Party::number("2001"), offer, headers: Vec::new() };
    room.handle.command(leg, LegCommand::Dial(Box::new(dial)));
    leg
}

/// RFC 3261 §18.1.1.
///
/// Rows: V1
#[tokio::test]
async fn a_large_request_leaves_over_tcp() {
    let mut room = room(config()).await;
    let listener = TcpListener::bind((TRUNK, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    // The same port by UDP: it is there, and hears nothing.
    let deaf = UdpSocket::bind(at).await.unwrap();
    let leg = dial(&room, at, large());
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("a connection").unwrap();
    let mut operator = Tcp::of(stream);
    let invite = operator.receive().await;
    assert!(invite.starts_with("INVITE ") && invite.len() > 1_300, "{invite}");
    assert!(field(&invite, "Via").starts_with("SIP/2.0/TCP"));
    assert!(!field(&invite, "Contact").contains("transport"), "the dialog stays with UDP");
    operator.send(response(&invite, "486 Busy Here", "", "")).await;
    assert_eq!(room.leg_event(leg).await, LegEvent::Ended { cause: Cause::Busy, status: Some(486) });
    assert!(operator.receive().await.starts_with("ACK "));
    assert_eq!(deaf.try_recv(&mut [0; 16]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(room.figure("signaling_requests_over_tcp_total"), 1);
    assert_eq!(room.figure("signaling_requests_back_to_udp_total"), 0);
}

/// Rows: V1
#[tokio::test]
async fn where_nobody_takes_tcp_it_leaves_as_a_datagram() {
    let mut room = room(config()).await;
    let operator = Udp::new(TRUNK, room.udp).await;
    let leg = dial(&room, operator.local, large());
    let invite = operator.receive().await;
    assert!(invite.starts_with("INVITE ") && invite.len() > 1_300, "{invite}");
    assert!(field(&invite, "Via").starts_with("SIP/2.0/UDP"));
    operator.send(response(&invite, "486 Busy Here", "", "")).await;
    assert_eq!(room.leg_event(leg).await, LegEvent::Ended { cause: Cause::Busy, status: Some(486) });
    assert!(operator.receive().await.starts_with("ACK "));
    assert_eq!(room.figure("signaling_requests_back_to_udp_total"), 1);
}

fn with_account(at: SocketAddr) -> Arc<Directory> {
    let id = TrunkId(uuid::Uuid::from_u128(1));
    let trunk = Trunk {
        id,
        name: "carrier".into(),
        nets: Vec::new(),
        outbound: Some(TrunkTarget {
            host: at.ip().to_string(),
            port: Some(at.port()),
            transport: None,
            certificate: None,
        }),
        interface: InterfaceId(0),
    };
    let user = || Pii::new("u100".to_owned());
    let account = TrunkAccount {
        username: user(),
        password: Pii::new("geheim".into()),
        realm: None,
        registration: Some(TrunkRegistration { user: user(), domain: "op.test".into(), expires_seconds: 600 }),
    };
    Arc::new(Directory::new(REALM, Vec::new(), vec![trunk]).with_account(id, account))
}

fn parameter(credentials: &str, name: &str) -> String {
    let (_, after) = credentials.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("{name} in {credentials}"));
    after.split(',').next().unwrap().trim_matches('"').to_owned()
}

/// Rows: V1
#[tokio::test]
async fn the_room_registers_with_an_operator() {
    let budget = BudgetConfig { per_second: 1, burst: 1, ..BudgetConfig::default() };
    let mut room = room(Config { budget, ..config() }).await;
    let operator = Udp::new(TRUNK, room.udp).await;
    room.handle.set_directory(with_account(operator.local));
    let first = operator.receive().await;
    assert!(first.starts_with("REGISTER sip:op.test SIP/2.0\r\n"), "{first}");
    let challenge = "WWW-Authenticate: Digest realm=\"op.test\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"\r\n";
    operator.send(response(&first, "401 Unauthorized", challenge, "")).await;
    let second = operator.receive().await;
    let credentials = field(&second, "Authorization");
    let (a1, a2) = (md5_hex("u100:op.test:geheim"), md5_hex("REGISTER:sip:op.test"));
    let expected = md5_hex(&format!("{a1}:abc:00000001:{}:auth:{a2}", parameter(credentials, "cnonce")));
    assert_eq!(parameter(credentials, "response"), expected);
    operator.send(response(&second, "200 OK", "Expires: 300\r\n", "")).await;
    match room.event().await {
        SignalingEvent::Trunk { state: TrunkState::Registered { .. }, .. } => {}
        other => panic!("not registered: {other:?}"),
    }
    // An address that we asked is no stranger to us.
    for cseq in 1..=20 {
        assert_eq!(status(&operator.ask(Request { cseq, ..Request::default() }).await), 200);
    }
    room.handle.drain();
    let bye = operator.receive().await;
    assert_eq!(field(&bye, "Expires"), "0");
    assert!(matches!(room.event().await, SignalingEvent::Trunk { state: TrunkState::Left, .. }));
}

/// What the events said is enough for the next process to reach the phone.
///
/// Rows: V1
#[tokio::test]
async fn a_phone_is_reached_after_a_restart() {
    let mut before = room(config()).await;
    let phone = Udp::new("127.0.0.1", before.udp).await;
    let uri = "sip:ringdesk.test";
    let register = |cseq, extra: &str| {
        let request = Request { method: "REGISTER", uri, user: "2001", cseq, extra, ..Request::default() };
        request.text("UDP", phone.local).replace("To: <sip:1000@", "To: <sip:2001@")
    };
    phone.send(register(1, "")).await;
    let proof = authorization(&phone.receive().await, "MD5", "REGISTER", uri, "2001", PASSWORD);
    phone.send(register(2, &format!("{proof}Expires: 600\r\n"))).await;
    assert_eq!(status(&phone.receive().await), 200);
    let SignalingEvent::Registration { bindings, .. } = before.event().await else { panic!("not a registration") };
    before.signaling.close().await;

    let mut after = room(config()).await;
    let mut forged = bindings[0].clone();
    forged.extension = "9999".into();
    after.handle.restore([bindings.clone(), vec![forged]].concat()).await;
    match after.event().await {
        SignalingEvent::Registration { extension, contacts: 1, change: RegistrationChange::Added, bindings: now } => {
            assert_eq!((extension.as_str(), now), ("2001", bindings));
        }
        other => panic!("not a registration: {other:?}"),
    }
    after.until(|now| now.registrations == 1).await;
    let devices = after.handle.reach(Target::Extension("2001".into())).await;
    let flow = format!("udp/0/{}", phone.local);
    assert_eq!(devices.iter().map(|device| device.flow.as_deref()).collect::<Vec<_>>(), [Some(flow.as_str())]);
    // Gone with its extension, at once.
    after.handle.set_directory(Arc::new(Directory::new(REALM, Vec::new(), directory().trunks().to_vec())));
    match after.event().await {
        SignalingEvent::Registration { contacts: 0, change: RegistrationChange::Removed, bindings, .. } => {
            assert_eq!(bindings, []);
        }
        other => panic!("not removed: {other:?}"),
    }
    after.until(|now| now.registrations == 0).await;
}
