//! Who is limited: what it is told, what the log says, what people see and may do about it.

use crate::digest::authorization;
use crate::log::Log;
use crate::peer::{Request, Tcp, Udp, status};
use crate::room::{PASSWORD, Room, config, room};
use ringdesk_signaling::Limit;
use std::net::IpAddr;

const REGISTER: Request<'static> = Request {
    method: "REGISTER",
    uri: "sip:ringdesk.test",
    user: "2001",
    id: "",
    cseq: 1,
    to_tag: "",
    extra: "",
    body: "",
};

/// One attempt to register 2001 with this password: the final status.
async fn attempt(phone: &Udp, id: &str, password: &str) -> u16 {
    let own = |text: String| text.replace("To: <sip:1000@", "To: <sip:2001@");
    let ask = async |extra: &str, cseq: u32| {
        phone.send(own(Request { id, extra, cseq, ..REGISTER }.text("UDP", phone.local))).await;
        phone.receive().await
    };
    let challenge = ask("Expires: 600\r\n", 1).await;
    if status(&challenge) != 401 {
        return status(&challenge);
    }
    let proof = authorization(&challenge, "MD5", "REGISTER", "sip:ringdesk.test", "2001", password);
    status(&ask(&format!("{proof}Expires: 600\r\n"), 2).await)
}

/// Lines about this address.
fn lines(of: &str) -> Vec<String> {
    let mark = format!("limited source={of} ");
    Log::of_all().text().lines().filter(|line| line.contains(&mark)).map(str::to_owned).collect()
}

async fn limited(room: &Room, of: &str) -> Vec<(Limit, Option<String>, bool)> {
    let of: IpAddr = of.parse().unwrap();
    let all = room.handle.limited().await;
    all.into_iter().filter(|one| one.address == Some(of)).map(|one| (one.limit, one.extension, one.known)).collect()
}

/// The form of the line is promised in docs/hardening.md.
///
/// Rows: S12.13, S12.24
#[tokio::test]
async fn a_limit_has_a_line_that_fail2ban_reads() {
    Log::of_all();
    let room = room(config()).await;
    let thief = Udp::new("127.0.0.77", room.udp).await;
    let mut statuses = Vec::new();
    for n in 0..14 {
        statuses.push(attempt(&thief, &format!("guess{n}"), "wrong").await);
    }
    assert_eq!(statuses, [[401; 10].as_slice(), &[503; 4]].concat());
    let found = lines("127.0.0.77");
    let [line] = &found[..] else { panic!("one line, not {found:?}") };
    let (before, after) = line.split_once("limited source=").unwrap();
    assert!(before.ends_with("  WARN ringdesk_signaling::limits: "), "{line}");
    let (fixed, extension) = after.split_once(" extension=").unwrap();
    assert_eq!(fixed, "127.0.0.77 transport=UDP reason=guessing known=false");
    assert!(extension.len() == 8 && extension.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    assert!(!line.contains("2001"), "{line}");
    assert_eq!(limited(&room, "127.0.0.77").await, [(Limit::Guessing, Some("2001".to_owned()), false)]);
    assert_eq!(room.figure("signaling_guessers_total"), 1);

    // Lifted by hand, it may try again at once.
    assert_eq!(room.handle.lift(Some("127.0.0.77".parse().unwrap()), Some("2001".into())).await, 1);
    assert_eq!(attempt(&thief, "right", PASSWORD).await, 200);
    assert_eq!(limited(&room, "127.0.0.77").await, []);
}

/// From behind an office's address, where another telephone is registered, the line says so.
#[tokio::test]
async fn an_address_of_ours_is_said_to_be_one() {
    Log::of_all();
    let room = room(config()).await;
    let good = Udp::new("127.0.0.78", room.udp).await;
    assert_eq!(attempt(&good, "good", PASSWORD).await, 200);
    let bad = Udp::new("127.0.0.78", room.udp).await;
    for n in 0..40 {
        attempt(&bad, &format!("bad{n}"), "wrong").await;
    }
    assert_eq!(attempt(&good, "good-again", PASSWORD).await, 200, "a live registration is never held up");
    let found = lines("127.0.0.78");
    assert!(!found.is_empty() && found.iter().all(|line| line.contains(" known=true")), "{found:?}");
    assert_eq!(limited(&room, "127.0.0.78").await, [(Limit::Guessing, Some("2001".to_owned()), true)]);
}

#[tokio::test]
async fn floods_and_crowds_have_lines_too() {
    Log::of_all();
    let mut config = config();
    config.budget.burst = 5;
    config.budget.per_second = 1;
    config.limits.connections_per_source = 2;
    let room = room(config).await;
    let flood = Udp::new("127.0.0.79", room.udp).await;
    for n in 0..50 {
        let id = format!("f{n}");
        flood.request(Request { id: &id, ..Request::default() }).await;
    }
    room.until_figure("signaling_over_budget_total", 45).await;
    let found = lines("127.0.0.79");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("source=127.0.0.79 transport=UDP reason=flood known=false"), "{found:?}");
    assert_eq!(limited(&room, "127.0.0.79").await, [(Limit::Flood, None, false)]);
    assert_eq!(room.handle.lift(Some("127.0.0.79".parse().unwrap()), None).await, 1);
    assert_eq!(status(&flood.ask(Request { id: "again", ..Request::default() }).await), 200);

    let _open = [Tcp::connect("127.0.0.80", room.tcp).await, Tcp::connect("127.0.0.80", room.tcp).await];
    room.until(|now| now.connections == 2).await;
    for _ in 0..5 {
        Tcp::connect("127.0.0.80", room.tcp).await.expect_close().await;
    }
    let found = lines("127.0.0.80");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("source=127.0.0.80 transport=TCP reason=connections known=false"), "{found:?}");
    assert_eq!(limited(&room, "127.0.0.80").await, [(Limit::Connections, None, false)]);
}
