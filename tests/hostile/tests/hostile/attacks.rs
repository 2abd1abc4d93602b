//! What is told of SIP stacks that broke, done to the room over its sockets, by UDP and by TCP.
//!
//! | fault | test |
//! |---|---|
//! | a length that overflows, lies, or is none (§4.1, §4.9) | `floods::lengths_that_no_body_has`, [`lengths_that_lie_in_datagrams`], `signaling/tests/gate/hostile.rs::a_length_that_overflows_…` |
//! | nonce counts beyond 9, SHA-256, both roles (§4.2, §4.3, §9) | `signaling` `digest::tests::three_hundred_uses_of_one_nonce_each_once`, `keyring::tests` |
//! | credentials that work for ever, or for others (§4.4) | [`what_was_heard_is_worth_nothing`], `signaling` `guessing::what_was_heard_on_the_wire_proves_nothing` |
//! | no caps, no deadlines, half-open and slow connections (§3, §4.5) | `floods::three_hundred_connections_that_never_finish`, `signaling/tests/gate/hostile.rs` (caps, slow first message, idle), [`connections_that_break_off`], `tcp_floods` |
//! | one client that does not read stops everybody (§11) | `signaling/tests/gate/hostile.rs::a_client_that_never_reads_stalls_nobody`, [`a_crowd_that_never_reads`] |
//! | odd bytes in a header end the message (§4.6) | `torture`, `reading`, `signaling` `parse_tests` |
//! | malformed and unknown requests are dropped unanswered (§4.7) | `torture`, `signaling` `outside::every_request_is_answered_and_nothing_is_kept` |
//! | datagrams above 8 kB are cut (§4.8) | [`sixty_kilobytes_and_five_hundred_fields`], `signaling/tests/gate/transports.rs::large_datagrams_are_not_cut` |
//! | PRACK that waits, early UPDATE, no 18x (§4.10, §4.11, §9) | `signaling` `outgoing::reliable_18x_…`, `incoming::update_in_an_early_dialog`, `incoming::reliable_…` |
//! | private data in the log (§4.13) | `signaling/tests/gate/calls.rs::the_access_log_names_requests_and_nobody`, [`a_limit_has_a_line_that_fail2ban_reads`] (in the gate's tests) |
//! | a lost BYE leaves a ghost (§4.14, §9) | `signaling` `inside::a_session_that_they_refresh_or_do_not`, `tests/soak` |
//! | dialogs and transactions that leak (§4.15) | [`Room::left_alone`] at the end of every test here; `machine::damaged_torture` |
//! | a 100 and then silence, TCP into a black hole (§11) | `signaling` `outgoing::a_100_and_then_silence`, `outgoing::timers_a_and_b`, `large::tcp_that_swallows` |
//! | requests with the right Call-ID and wrong tags, branch, source (§3) | [`forged_requests_do_not_touch_a_call`], `signaling` `forged` |
//! | which extensions there are | [`known_and_unknown_look_the_same_on_the_wire`], `signaling` `guessing::known_and_unknown_extensions_look_the_same` |
//! | retransmission storms | [`a_storm_of_repetitions`], `signaling` `forged::a_storm_of_repetitions` |
//! | forked 2xx, CANCEL and 2xx that cross, glare, hold, late offer, REFER (§9) | `signaling` `outgoing`, `incoming`, `inside`; REFER and WebSocket are not there yet |

use crate::peer::{PATIENCE, REALM, Room, Udp, connect, credentials_of, field, room, status, text};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TRUNK: &str = "127.0.0.2";
const STRANGER: &str = "127.0.0.66";

/// One who sends what it likes and reads the answers, by either transport.
enum Client {
    Udp(Udp),
    Tcp { stream: TcpStream, buffer: Vec<u8> },
}

const BOTH: [&str; 2] = ["UDP", "TCP"];

impl Client {
    async fn new(transport: &str, from: &str, room: &Room) -> Client {
        match transport {
            "UDP" => Client::Udp(Udp::new(from, room.udp).await),
            _ => Client::Tcp { stream: connect(from, room.tcp).await.unwrap(), buffer: Vec::new() },
        }
    }

    fn local(&self) -> SocketAddr {
        match self {
            Client::Udp(udp) => udp.local(),
            Client::Tcp { stream, .. } => stream.local_addr().unwrap(),
        }
    }

    async fn send(&mut self, text: &str) {
        match self {
            Client::Udp(udp) => udp.send(text.as_bytes()).await,
            Client::Tcp { stream, .. } => stream.write_all(text.as_bytes()).await.unwrap(),
        }
    }

    /// The next whole message.
    async fn receive(&mut self) -> String {
        match self {
            Client::Udp(udp) => timeout(PATIENCE, udp.receive()).await.expect("an answer in time"),
            Client::Tcp { stream, buffer } => loop {
                let text = String::from_utf8_lossy(buffer).into_owned();
                if let Some((head, _)) = text.split_once("\r\n\r\n") {
                    let whole = head.len() + 4 + field(head, "Content-Length").parse::<usize>().unwrap();
                    if buffer.len() >= whole {
                        return String::from_utf8(buffer.drain(..whole).collect()).unwrap();
                    }
                }
                let read = timeout(PATIENCE, stream.read_buf(buffer)).await.expect("an answer in time").unwrap();
                assert!(read > 0, "closed after {text:?}");
            },
        }
    }

    /// The final answer.
    async fn ask(&mut self, text: &str) -> String {
        self.send(text).await;
        loop {
            let answer = self.receive().await;
            if answer.starts_with("SIP/2.0 ") && status(&answer) >= 200 {
                return answer;
            }
        }
    }
}

/// Short timers, so that what is left can be waited for; strangers may send enough to be a nuisance.
async fn quick_room() -> Room {
    room(|config| {
        config.timers.t1_ms = 20;
        config.timers.t2_ms = 80;
        config.timers.t4_ms = 80;
        config.budget.per_second = 1_000;
        config.budget.burst = 2_000;
        config.budget.all_per_second = 10_000;
        config.budget.all_burst = 10_000;
        config.throttle.attempt_every_seconds = 1;
        config.throttle.attempts = 5;
        config.throttle.address_attempt_every_seconds = 1;
        config.throttle.address_attempts = 8;
        config.throttle.extension_attempt_every_seconds = 1;
        config.throttle.extension_attempts = 9;
    })
    .await
}

fn own(text: String) -> String {
    // The trunk calls in the name of nobody of ours.
    text.replace("<sip:2001@ringdesk.test>;tag", "<sip:+4917155@caller.test>;tag")
}

/// A call of the trunk, ringing: the client, its INVITE, our tag.
async fn ringing(room: &mut Room, transport: &str, id: &str) -> (Client, String, String) {
    let mut client = Client::new(transport, TRUNK, room).await;
    let invite = own(text("INVITE", id, "", transport, client.local()));
    client.send(&invite).await;
    let leg = room.incoming().await;
    room.ring(leg);
    loop {
        let answer = client.receive().await;
        if status(&answer) == 180 {
            let tag = field(&answer, "To").split_once(";tag=").unwrap().1.to_owned();
            return (client, invite, tag);
        }
    }
}

/// Right Call-ID, right numbers, and wrong in one thing each: the call goes on, and nothing is kept of them.
///
/// Rows: V3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_requests_do_not_touch_a_call() {
    for transport in BOTH {
        let mut room = quick_room().await;
        let (mut caller, invite, tag) = ringing(&mut room, transport, "victim").await;
        room.until(|now| now.legs == 1 && now.dialogs == 1).await;
        let mut sent = 0;
        for forger in BOTH {
            let mut thief = Client::new(forger, STRANGER, &room).await;
            let via = format!("SIP/2.0/{forger} {};branch=z9hG4bK", thief.local());
            for method in ["BYE", "CANCEL", "INVITE", "UPDATE", "INFO", "PRACK"] {
                for (from_tag, to_tag, branch) in [
                    ("fvictim", "guessed", "thief"),
                    ("wrong", tag.as_str(), "thief"),
                    ("", tag.as_str(), "thief"),
                    (tag.as_str(), "fvictim", "thief"),
                    ("fvictim", "", "victim"),
                ] {
                    sent += 1;
                    let mut request =
                        invite.replace("INVITE", method).replace("tag=fvictim", &format!("tag={from_tag}"));
                    if from_tag.is_empty() {
                        request = request.replace(";tag=\r\n", "\r\n");
                    }
                    if !to_tag.is_empty() {
                        request = request.replace(
                            "To: <sip:2001@ringdesk.test>",
                            &format!("To: <sip:2001@ringdesk.test>;tag={to_tag}"),
                        );
                    } else if method != "CANCEL" {
                        // Without our tag it is a request of its own, and a challenge or 481 away from anything.
                        continue;
                    }
                    // Its own Via, but for the CANCEL that copies the whole of the victim's.
                    if branch == "thief" || forger != transport {
                        let old = invite.lines().find(|line| line.starts_with("Via:")).unwrap();
                        request = request.replace(old, &format!("Via: {via}{branch}{sent};rport"));
                    }
                    thief.send(&request).await;
                    // The answer to a copied Via goes to the port it names, at the thief's own address: nobody is there.
                    if branch == "thief" || forger != transport {
                        let answer = thief.receive().await;
                        assert!(matches!(status(&answer), 400 | 481), "{method} {from_tag} {to_tag}: {answer}");
                    }
                }
            }
        }
        room.serves_the_honest("forged").await;
        assert_eq!((room.snapshot().legs, room.snapshot().dialogs), (1, 1), "{transport}: the call is there");
        assert_eq!(room.figure("signaling_forged_cancels_total"), 1, "{transport}");
        assert!(room.figure("signaling_unknown_dialogs_total") > 20);
        // Its own CANCEL ends it.
        let cancel = invite.replace("INVITE", "CANCEL");
        caller.send(&cancel).await;
        let mut answers = [status(&caller.receive().await), status(&caller.receive().await)];
        answers.sort_unstable();
        assert_eq!(answers, [200, 487]);
        caller.send(&invite.replace("INVITE sip", "ACK sip").replace("1 INVITE", "1 ACK")).await;
        drop(caller);
        room.left_alone(1).await;
    }
}

/// Registered over the wire, heard by somebody, said again.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_heard_is_worth_nothing() {
    for transport in BOTH {
        let room = quick_room().await;
        let mut phone = Client::new(transport, "127.0.0.5", &room).await;
        let challenge = phone.ask(&text("REGISTER", "first", "", transport, phone.local())).await;
        assert_eq!(status(&challenge), 401);
        let proof = credentials_of(&challenge, "2001", "correct horse", 1);
        let proven = text("REGISTER", "second", &proof, transport, phone.local());
        assert_eq!(status(&phone.ask(&proven).await), 200);
        for thief in BOTH {
            let mut thief = Client::new(thief, STRANGER, &room).await;
            let name = if matches!(thief, Client::Udp(_)) { "UDP" } else { "TCP" };
            for (n, what) in [
                proof.clone(),
                proof.replace("nc=00000001", "nc=00000002"),
                proof.replace("username=\"2001\"", "username=\"2002\""),
                proof.replace("nonce=\"", "nonce=\"0"),
            ]
            .iter()
            .enumerate()
            {
                let answer = thief.ask(&text("REGISTER", &format!("replay{name}{n}"), what, name, thief.local())).await;
                assert!(matches!(status(&answer), 401 | 503), "{n}: {answer}");
            }
        }
        assert_eq!(room.snapshot().registrations, 1);
        assert_eq!(room.figure("signaling_replayed_credentials_total"), 2);
        // Over UDP a repetition of the very request is no replay: its answer was lost.
        if transport == "UDP" {
            assert_eq!(status(&phone.ask(&proven).await), 200);
        }
    }
}

/// What an answer is but for what is new in each.
fn shape(answer: &str) -> Vec<String> {
    let varies = ["Via", "To", "From", "Call-ID", "CSeq", "Contact"];
    let keep = |line: &&str| !varies.iter().any(|name| line.starts_with(&format!("{name}:")));
    let nonce = |line: &str| match line.split_once("nonce=\"") {
        Some((before, rest)) => format!("{before}{}", rest.split_once('"').unwrap().1),
        None => line.to_owned(),
    };
    answer.lines().filter(keep).map(nonce).collect()
}

/// Rows: V1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_look_the_same_on_the_wire() {
    for transport in BOTH {
        for method in ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"] {
            let mut seen = Vec::new();
            for user in ["2001", "2999", "admin"] {
                // A room for each: what one of them did must not change what the next one finds.
                let room = quick_room().await;
                let mut client = Client::new(transport, STRANGER, &room).await;
                let mut answers = Vec::new();
                for n in 0..8 {
                    let named = |more: &str| {
                        let id = format!("{n}{}", more.len());
                        text(method, &id, more, transport, client.local()).replace("sip:2001@", &format!("sip:{user}@"))
                    };
                    let first = named("");
                    let answer = client.ask(&first).await;
                    if let 401 | 407 = status(&answer) {
                        let proof = credentials_of(&answer, user, "guess", 1);
                        let proof = if status(&answer) == 407 { proof.replace("Auth", "Proxy-Auth") } else { proof };
                        let id = format!("{n}p");
                        let again = text(method, &id, &proof, transport, client.local());
                        answers.push(shape(&client.ask(&again.replace("sip:2001@", &format!("sip:{user}@"))).await));
                    }
                    answers.push(shape(&answer));
                }
                seen.push(answers);
            }
            assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{transport} {method}: {seen:#?}");
            if let "REGISTER" | "INVITE" = method {
                assert!(seen[0].iter().flatten().any(|line| line.starts_with("SIP/2.0 503")), "{seen:#?}");
            }
        }
    }
    assert_eq!(REALM, "ringdesk.test");
}

/// As large as a datagram can be, with as many fields as fit, from somebody whom we know: each is answered or dropped for
/// what it is, and others are served at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_kilobytes_and_five_hundred_fields() {
    for transport in BOTH {
        let room = quick_room().await;
        let bombs = |client: &Client, n: usize| -> Vec<(String, &'static [u16])> {
            let local = client.local();
            let with = |id: &str, more: &str| text("OPTIONS", &format!("{id}{n}"), more, transport, local);
            let fill = |unit: &str| unit.repeat(59_000 / unit.len());
            vec![
                (with("long", &format!("X-Long: {}\r\n", fill("a"))), &[200]),
                (with("fields", &fill("X: y\r\n")), &[400]),
                (with("vias", &fill("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n")), &[400]),
                (with("routes", &format!("Route: {}<sip:a>\r\n", fill("<sip:a>,"))), &[200]),
                (with("folded", &format!("Subject: a{}\r\n", fill("\r\n b"))), &[200, 400]),
                (with("quotes", &format!("Contact: \"{}\" <sip:a@b>\r\n", fill("\\\""))), &[200, 400]),
                (with("params", &format!("Accept: text/plain{}\r\n", fill(";a=b"))), &[200]),
                (with("requires", &format!("Require: a{}\r\n", fill(",b"))), &[420]),
                (
                    with("body", "Content-Type: text/plain\r\n").replace("Content-Length: 0", "Content-Length: 59000")
                        + &fill("b"),
                    &[200],
                ),
            ]
        };
        let mut client = Client::new(transport, TRUNK, &room).await;
        for n in 0..20 {
            for (bomb, wanted) in bombs(&client, n) {
                assert!(bomb.len() > 55_000 && bomb.len() < 65_000);
                let answer = client.ask(&bomb).await;
                assert!(wanted.contains(&status(&answer)), "{transport}: {}", &answer[..answer.len().min(300)]);
                // What is refused is not answered with more than was sent.
                assert!(answer.len() < bomb.len() + 2_000);
            }
        }
        // All at once, without reading.
        for n in 20..60 {
            if let Client::Udp(_) = client {
                for (bomb, _) in bombs(&client, n) {
                    client.send(&bomb).await;
                }
            }
        }
        room.serves_the_honest("bombs").await;
        assert_eq!(room.figure("signaling_core_panics_total"), 0);
        drop(client);
        room.left_alone(1).await;
    }
}

/// A datagram is as long as it is: a length that says more is refused, one that says less cuts the body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lengths_that_lie_in_datagrams() {
    let room = quick_room().await;
    let mut client = Client::new("UDP", TRUNK, &room).await;
    for (n, (length, wanted)) in [
        ("0", 200),
        ("3", 200),
        ("4", 400),
        ("65535", 400),
        ("4294967296", 400),
        ("18446744073709551615", 400),
        ("18446744073709551616", 400),
        ("-1", 400),
        ("0x3", 400),
        ("3, 3", 400),
        ("", 400),
    ]
    .iter()
    .enumerate()
    {
        let request = text("OPTIONS", &format!("lie{n}"), "", "UDP", client.local())
            .replace("Content-Length: 0", &format!("Content-Length: {length}"))
            + "abc";
        assert_eq!(status(&client.ask(&request).await), *wanted, "{length}");
    }
    room.serves_the_honest("lies").await;
    room.left_alone(1).await;
}

/// The same INVITE again and again, from the trunk: one call, and an answer for each repetition of what was answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_repetitions() {
    for transport in BOTH {
        let mut room = quick_room().await;
        let mut client = Client::new(transport, TRUNK, &room).await;
        let invite = own(text("INVITE", "storm", "", transport, client.local()));
        for n in 0..3_000 {
            client.send(&invite).await;
            if n % 200 == 0 {
                room.serves_the_trunk(&format!("storm{n}")).await;
            }
        }
        let leg = room.incoming().await;
        room.until(|now| now.legs == 1).await;
        assert_eq!(room.calls(), 0, "one call");
        assert!(room.snapshot().transactions <= 2, "{:?}", room.snapshot());
        room.hang_up(leg);
        let refused = loop {
            let answer = client.receive().await;
            if status(&answer) == 486 {
                break answer;
            }
        };
        let tag = field(&refused, "To").to_owned();
        let ack = invite.replace("INVITE", "ACK").replace("To: <sip:2001@ringdesk.test>", &format!("To: {tag}"));
        for _ in 0..500 {
            client.send(&ack).await;
        }
        room.serves_the_honest("storm").await;
        drop(client);
        room.left_alone(1).await;
    }
}

/// Connections that are half closed or torn down in the middle of whatever they say: each gives its place and its bytes
/// back at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_off() {
    let room = quick_room().await;
    for n in 0..60 {
        let mut stream = connect("127.0.0.9", room.tcp).await.unwrap();
        let whole = text("OPTIONS", &format!("half{n}"), "", "TCP", stream.local_addr().unwrap());
        let cut = whole.len() * n / 60;
        stream.write_all(&whole.as_bytes()[..cut]).await.unwrap();
        match n % 3 {
            // Half closed: nothing more comes, and it listens for ever.
            0 => {
                stream.shutdown().await.unwrap();
                let end = timeout(PATIENCE, stream.read(&mut [0; 2_000])).await.expect("the room to close it");
                assert!(matches!(end, Ok(0) | Err(_)));
            }
            // Torn down.
            1 => {
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
                drop(stream);
            }
            _ => drop(stream),
        }
    }
    room.until(|now| now.connections == 0 && now.buffered_bytes == 0).await;
    room.serves_the_honest("broken-off").await;
    room.left_alone(1).await;
}

/// Sixty clients of one address ask without end and read nothing. Each loses its connection when its buffer is full; what
/// they cost meanwhile is counted, and given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_never_reads() {
    let mut room = room(|config| {
        config.timers.t1_ms = 20;
        config.limits.write_buffer_bytes = 64 * 1_024;
        config.limits.write_seconds = 2;
    })
    .await;
    let mut crowd = tokio::task::JoinSet::new();
    for n in 0..60 {
        let to = room.tcp;
        crowd.spawn(async move {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4_096).unwrap();
            socket.bind(format!("{TRUNK}:0").parse().unwrap()).unwrap();
            let mut stream = socket.connect(to).await.unwrap();
            let local = stream.local_addr().unwrap();
            let asking = async {
                for m in 0.. {
                    let request = text("OPTIONS", &format!("crowd{n}x{m}"), "", "TCP", local);
                    if stream.write_all(request.as_bytes()).await.is_err() {
                        return;
                    }
                }
            };
            timeout(PATIENCE * 4, asking).await.expect("the room to close it");
        });
    }
    // The kernel's buffers take the first answers, ours the next.
    room.until(|now| now.buffered_bytes > 0).await;
    let most = 60 * (64 + 64 + 4) * 1_024;
    while let Some(ended) = timeout(PATIENCE * 4, crowd.join_next()).await.expect("all to end") {
        ended.unwrap();
        assert!(room.snapshot().buffered_bytes <= most);
    }
    assert!(room.figure("signaling_connections_not_reading_total") >= 60);
    room.serves_the_honest("crowd").await;
    assert_eq!(room.calls(), 0);
    room.left_alone(1).await;
}
