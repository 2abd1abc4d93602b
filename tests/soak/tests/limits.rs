//! Limits that need the real server, real time, and a store that is really slow.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use ringdesk_soak::handset::digest;
use ringdesk_soak::{faults, house};
use serde_json::Value;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, timeout};

const SOON: Duration = Duration::from_secs(20);
/// Of the good call.
const HZ: f32 = 440.0;

async fn phone(centre: &Centre, n: usize) -> Result<Phone> {
    Phone::new(&format!("caller {n}"), &format!("0151000{n:04}"), centre.sip, HZ, &Ladder::default()).await
}

/// The status with which a call to this number ends, and its Retry-After.
async fn fate(centre: &Centre, n: usize, number: &str) -> Result<(u16, Option<String>)> {
    let mut phone = phone(centre, n).await?;
    phone.invite(number).await?;
    let answer = phone.response("INVITE", |status| status >= 200, SOON).await?;
    let status = answer.status().context("a status")?;
    if status == 200 {
        phone.take_answer(&answer).await?;
        phone.hang_up().await?;
    }
    Ok((status, answer.get("Retry-After").map(str::to_owned)))
}

/// Somebody else holds the store, so the journal falls behind: new calls are refused at once, with when to try again; emergency
/// numbers are not; the call there is keeps its sound. When the store is back, calls are taken again, and nothing of what
/// happened meanwhile is lost.
///
/// Rows: S2.19(phone) S16.11
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_really_behind_refuses_early_and_keeps_its_calls() -> Result<()> {
    let marks = "[shedding]\njournal_behind_ms = 1000\nsip_behind_ms = 0\nmedia_behind_ms = 0\nafter_ms = 300\ncalm_ms = 500\n\
                 [signaling.limits]\nretry_after_seconds = 7\n";
    let centre = Centre::start_with(marks, &[]).await?;
    let mut good = phone(&centre, 0).await?;
    good.invite("1003").await?;
    good.answered(SOON).await?;
    ensure!(good.sound.hears_tone(HZ, SOON).await.is_some(), "no echo\n{}", centre.log());
    let mut other = phone(&centre, 1).await?;
    other.invite("1003").await?;
    other.answered(SOON).await?;

    let locked = faults::lock(&house::Store::of(&centre.folder.path().join("data")), 120).await?;
    // What it ends with waits for the store.
    other.hang_up().await?;
    centre.figure_until("calls_shedding", SOON, |n| n == 1).await?;
    for n in 2..7 {
        let began = Instant::now();
        ensure!(fate(&centre, n, "1003").await? == (503, Some("7".to_owned())), "call {n} was not refused");
        ensure!(began.elapsed() < Duration::from_secs(5), "early is not after {:?}", began.elapsed());
    }
    ensure!(fate(&centre, 7, "112").await?.0 == 404, "help passes: nobody takes the number, but it was asked for");
    good.sound.clear();
    ensure!(good.sound.hears_tone(HZ, SOON).await.is_some(), "the good call lost its sound\n{}", centre.log());
    ensure!(centre.figure("signaling_calls_shed_total").await? >= 5, "the refusals are counted");
    ensure!(centre.figure("calls_open").await? == 1);

    locked.abort();
    centre.figure_until("calls_shedding", SOON * 2, |n| n == 0).await?;
    ensure!(fate(&centre, 8, "1003").await?.0 == 200, "calls are not taken again");
    good.hang_up().await?;
    let admin = centre.login("admin").await?;
    let ended = |list: &Value| {
        let ended = |c: &&Value| c["calls"][0]["ended_at"].is_i64();
        list.as_array().is_some_and(|all| all.iter().filter(ended).count() == 3)
    };
    centre.until(&admin, "conversations?limit=10", ended).await?;
    Ok(())
}

/// A call that both sides forgot ends by itself, after as long as the operator says; the watchdog has nothing to do with it.
///
/// Rows: S16.11
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_call_is_the_operators_to_say() -> Result<()> {
    let mut centre = Centre::start().await?;
    let text = std::fs::read_to_string(centre.configuration())?;
    std::fs::write(centre.configuration(), format!("longest_call_seconds = 4\n{text}"))?;
    centre.crash_and_restart().await?;
    let mut caller = phone(&centre, 0).await?;
    caller.invite("1003").await?;
    caller.answered(SOON).await?;
    let answered = Instant::now();
    caller.hung_up(SOON).await?;
    // It began to count when it came in, before it was answered.
    ensure!(answered.elapsed() > Duration::from_millis(2_500), "cut after {:?}", answered.elapsed());
    let admin = centre.login("admin").await?;
    let by_us = |list: &Value| list[0]["calls"][0]["hung_up_by"] == "system";
    centre.until(&admin, "conversations?limit=1", by_us).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    ensure!(centre.figure("stuck_total").await? == 0, "the watchdog ended it");
    Ok(())
}

/// Who is put out of use does not call either: a right password of an extension that is nobody's is a wrong one, in the answer
/// to an INVITE as in that to a REGISTER.
///
/// Rows: S12.29 V3
#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_of_use_does_not_call_with_the_right_password() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    // The demo takes everybody on this machine for an operator.
    house::trust_only(&centre, &admin, &["203.0.113.0/24"]).await?;
    ensure!(with_proof(&centre, "2001", PASSWORD).await? == 200, "an agent calls");
    ensure!(with_proof(&centre, "2001", "not-the-password").await? == 407, "with the right password only");
    let agents = house::ok(centre.api(&admin, "GET", "agents", None).await?)?;
    let of = |extension: &str| agents.as_array()?.iter().find(|a| a["extension"] == extension)?["id"].as_str();
    let id = of("2001").context("agent1")?;
    let (status, reply) = centre.api(&admin, "DELETE", &format!("agents/{id}"), None).await?;
    ensure!(status == 204, "{status} {reply}");
    ensure!(with_proof(&centre, "2001", PASSWORD).await? == 407, "out of use, and let in");
    ensure!(with_proof(&centre, "2002", PASSWORD).await? == 200, "the others call as before");
    Ok(())
}

/// An INVITE that answers its challenge: the last status. A call that was answered is hung up.
async fn with_proof(centre: &Centre, user: &str, password: &str) -> Result<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(centre.sip).await?;
    let (here, target) = (socket.local_addr()?, format!("sip:1003@{}", centre.sip));
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0\r\n",
        here.port()
    );
    let request = |method: &str, cseq: u32, to: &str, proof: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{cseq}{};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@{}>;tag=a\r\nTo: {to}\r\nCall-ID: {here}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:{user}@{here}>\r\n{proof}{kind}Content-Length: {}\r\n\r\n{body}",
            here.port(),
            centre.sip,
            body.len()
        )
    };
    let (mut proof, plain) = (String::new(), format!("<{target}>"));
    for cseq in 1..=2 {
        let invite = request("INVITE", cseq, &plain, &proof, &sdp);
        socket.send(invite.as_bytes()).await?;
        let answer = last(&socket, &invite, cseq).await?;
        let fields = answer.lines().filter_map(|line| line.split_once(": ")).collect::<Vec<_>>();
        let field = |name: &'static str| fields.iter().filter(move |(n, _)| *n == name).map(|(_, value)| *value);
        let status: u16 = answer.split(' ').nth(1).context("a status")?.parse()?;
        let to = field("To").next().context("To")?.to_owned();
        socket
            .send(request("ACK", cseq, &to, "", "").replace(&format!("ACK{cseq}"), &ack(cseq, status)).as_bytes())
            .await?;
        match status {
            200 => {
                let bye = request("BYE", cseq + 1, &to, "", "");
                socket.send(bye.as_bytes()).await?;
                last(&socket, &bye, cseq + 1).await?;
                return Ok(200);
            }
            407 if cseq == 1 => {
                let challenge =
                    field("Proxy-Authenticate").find(|c| c.contains("MD5")).context("a challenge by MD5")?;
                let answer = digest(challenge, user, password, "INVITE", &target)?;
                proof = format!("Proxy-Authorization: {answer}\r\n");
            }
            status => return Ok(status),
        }
    }
    Ok(407)
}

/// The branch of an ACK: its INVITE's, where that was refused (RFC 3261 §17.1.1.3).
fn ack(cseq: u32, status: u16) -> String {
    if status >= 300 { format!("INVITE{cseq}") } else { format!("ACK{cseq}") }
}

/// The last answer to this request, which is repeated until there is one.
async fn last(socket: &UdpSocket, request: &str, cseq: u32) -> Result<String> {
    let (deadline, mut bytes) = (Instant::now() + SOON, vec![0; 65_536]);
    while Instant::now() < deadline {
        let Ok(length) = timeout(Duration::from_millis(500), socket.recv(&mut bytes)).await else {
            socket.send(request.as_bytes()).await?;
            continue;
        };
        let answer = String::from_utf8_lossy(&bytes[..length?]).into_owned();
        let is_last = answer.starts_with("SIP/2.0 ") && !answer.starts_with("SIP/2.0 1");
        if is_last && answer.contains(&format!("CSeq: {cseq} ")) {
            return Ok(answer);
        }
        sleep(Duration::ZERO).await;
    }
    anyhow::bail!("no answer to {request}")
}

/// That somebody ended a limit stands in the audit.
///
/// Rows: S12.1(limits)
#[tokio::test(flavor = "multi_thread")]
async fn lifting_a_limit_is_in_the_audit() -> Result<()> {
    let centre = Centre::start_with("[signaling.throttle]\nattempts = 2\n", &[]).await?;
    let mut guesser = Phone::new("guesser", "2001", centre.sip, HZ, &Ladder::default()).await?;
    while guesser.register("not-the-password", 300).await.err().is_none_or(|fault| !fault.to_string().contains("503")) {
    }
    let lift = ["lift", "--address", "127.0.0.1", "--extension", "2001", "--config"];
    let done = std::process::Command::new(ringdesk_interop::centre::binary())
        .args(lift)
        .arg(centre.configuration())
        .status()?;
    ensure!(done.success());
    let admin = centre.login("admin").await?;
    let told = |entries: &Value| {
        let lifted =
            |e: &Value| e["action"] == "limits.lift" && e["object"] == "limit:2001@127.0.0.1" && e["result"] == "ok";
        entries.as_array().is_some_and(|all| all.iter().any(lifted))
    };
    centre.until(&admin, "audit?limit=50", told).await?;
    guesser.register(PASSWORD, 300).await
}
