//! The gate under floods from people it does not know: what they cost is bounded, no call of theirs gets in, and a
//! second later the honest are served.

use crate::corpus;
use crate::mutation::{damaged, mutations};
use crate::peer::{PATIENCE, Room, connect, room, text};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use ringdesk_signaling::config::BudgetConfig;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

/// Addresses a flood comes from: 127.1.0.1 and following.
const SOURCES: usize = 100;

fn source(n: usize) -> String {
    format!("127.1.0.{}", 1 + n % SOURCES)
}

/// Send all of it as fast as the kernel takes it; how long that took.
async fn flood(to: SocketAddr, datagrams: Vec<Vec<u8>>) -> Duration {
    let sending = tokio::task::spawn_blocking(move || {
        let sockets: Vec<UdpSocket> = (0..SOURCES).map(|n| UdpSocket::bind((source(n), 0)).unwrap()).collect();
        let start = Instant::now();
        for (n, datagram) in datagrams.iter().enumerate() {
            // An answer that nobody reads may come back as an error of the next send; the flood goes on.
            let _ = sockets[n % SOURCES].send_to(datagram, to);
        }
        start.elapsed()
    });
    timeout(PATIENCE, sending).await.expect("the flood to end").unwrap()
}

/// What a room that has seen nobody honest yet may have let through in this time.
fn allowed(budget: &BudgetConfig, span: Duration) -> u64 {
    let refilled = span.as_secs_f64() * f64::from(budget.all_per_second);
    u64::from(budget.all_burst) + refilled.ceil() as u64
}

/// `telephones`: how often [`Room::serves_the_honest`] was asked; each registered one, from a port of its own.
fn nothing_of_it_is_left(room: &mut Room, telephones: usize) {
    assert_eq!(room.figure("signaling_core_panics_total"), 0);
    assert_eq!(room.calls(), 0, "a stranger's call got in");
    assert_eq!(room.snapshot().legs, 0);
    // Of every honest telephone there is its registration, and its transaction for the repetitions.
    assert_eq!(room.snapshot().registrations, telephones);
    assert!(room.snapshot().transactions <= telephones, "{:?}", room.snapshot());
}

/// Rows: V3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_datagrams_of_garbage() {
    let mut room = room(|_| {}).await;
    let opened = Instant::now();
    let all = corpus::bytes();
    let mut runner = TestRunner::deterministic();
    let damage: Vec<_> = (0..200).map(|_| mutations(5).new_tree(&mut runner).unwrap().current()).collect();
    let datagrams: Vec<Vec<u8>> = (0..20_000)
        .map(|n| match n % 3 {
            0 => (0..n % 700).map(|at| (at * 31 + n * 17) as u8 | 0x20).collect(),
            // What fits into a datagram of the loopback.
            _ => damaged(all[n % all.len()], &damage[n / 3 % damage.len()], &all).into_iter().take(8_000).collect(),
        })
        .collect();
    flood(room.udp, datagrams).await;
    room.serves_the_honest("garbage").await;
    let received = room.figure("signaling_messages_received_total");
    let most = allowed(&BudgetConfig::default(), opened.elapsed()) + 20;
    assert!(received <= most, "{received} of 20,000 reached the core, not {most} at most");
    assert!(room.figure("signaling_over_budget_total") > 0);
    assert!(room.figure("signaling_malformed_total") > 100, "{}", room.figure("signaling_malformed_total"));
    nothing_of_it_is_left(&mut room, 1);
}

/// Rows: V3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_invites_of_unknown_callers() {
    // Once within the budget of strangers, and once with a budget that lets them all in.
    for generous in [false, true] {
        let mut room = room(|config| {
            if generous {
                config.budget = BudgetConfig {
                    per_second: 100_000,
                    burst: 100_000,
                    all_per_second: 100_000,
                    all_burst: 100_000,
                    ..config.budget
                };
            }
        })
        .await;
        let opened = Instant::now();
        let local = "127.1.0.1:5060".parse().unwrap();
        let invites = (0..10_000).map(|n| {
            let id = format!("{generous}{n}");
            text("INVITE", &id, "", "UDP", local)
                .replace("sip:2001@ringdesk.test>;tag", "sip:+49171@caller.test>;tag")
                .into_bytes()
        });
        flood(room.udp, invites.collect()).await;
        room.serves_the_honest(&format!("invites-{generous}")).await;
        let challenged = room.figure("signaling_challenged_total");
        if generous {
            // Those that the kernel or the inbox had no room for are lost, as datagrams may be.
            let lost = room.figure("signaling_inbox_full_total") + room.figure("signaling_datagrams_lost_total");
            assert!(challenged > 1_000, "{challenged} challenged, {lost} lost");
            assert_eq!(room.figure("signaling_over_budget_total"), 0);
        } else {
            let most = allowed(&BudgetConfig::default(), opened.elapsed()) + 20;
            assert!(challenged <= most, "{challenged} challenged, not {most} at most");
            assert!(room.figure("signaling_over_budget_total") > 0);
        }
        nothing_of_it_is_left(&mut room, 1);
    }
}

/// What a hostile connection does after it is open.
#[derive(Clone, Copy, Debug)]
enum Idler {
    /// Nothing.
    Silent,
    /// The first half of a message.
    Half,
    /// A whole header, and none of the largest body there may be.
    Bodiless,
    /// One header line after the other, for ever.
    Trickling,
}

/// Rows: V3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_connections_that_never_finish() {
    const EACH: usize = 75;
    let mut room = room(|config| {
        config.limits.first_message_seconds = 3;
        config.limits.message_seconds = 3;
    })
    .await;
    let mut idlers = JoinSet::new();
    for kind in [Idler::Silent, Idler::Half, Idler::Bodiless, Idler::Trickling] {
        for n in 0..EACH {
            idlers.spawn(idle(kind, source(n), room.tcp));
        }
    }
    let opened = Instant::now();
    room.until(|now| now.connections == 4 * EACH).await;
    room.serves_the_honest("meanwhile").await;
    assert!(room.snapshot().connections >= 4 * EACH, "they were all there meanwhile: {:?}", room.snapshot());
    // Every one is closed by the room, at its deadline, whatever it sends.
    while let Some(ended) = timeout(PATIENCE, idlers.join_next()).await.expect("all of them to end") {
        ended.unwrap();
    }
    assert!(opened.elapsed() < Duration::from_secs(12), "{:?}", opened.elapsed());
    room.until(|now| now.connections == 0).await;
    assert_eq!(room.figure("signaling_connections_timed_out_total"), 4 * EACH as u64);
    room.serves_the_honest("afterwards").await;
    nothing_of_it_is_left(&mut room, 2);
}

/// Ends when the room closes the connection.
async fn idle(kind: Idler, from: String, to: SocketAddr) {
    let mut stream = connect(&from, to).await.unwrap();
    let whole = text("OPTIONS", "idle", "", "TCP", stream.local_addr().unwrap());
    let beginning = match kind {
        Idler::Silent => String::new(),
        Idler::Half => whole[..whole.len() / 2].to_owned(),
        Idler::Bodiless => whole.replace("Content-Length: 0", "Content-Length: 60000"),
        Idler::Trickling => whole.lines().next().unwrap().to_owned() + "\r\n",
    };
    let (mut reading, mut writing) = stream.split();
    writing.write_all(beginning.as_bytes()).await.unwrap();
    let trickle = async {
        let mut tick = interval(Duration::from_millis(50));
        while matches!(kind, Idler::Trickling) && writing.write_all(b"X-More: of the same\r\n").await.is_ok() {
            tick.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let mut byte = [0];
    tokio::select! {
        () = trickle => {}
        end = reading.read(&mut byte) => assert!(matches!(end, Ok(0) | Err(_)), "{kind:?} was answered"),
    }
}

/// A connection that is cut off takes nothing of the next one, and lengths cost no memory before the bytes are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lengths_that_no_body_has() {
    let mut room = room(|_| {}).await;
    let lengths = [
        "65537",
        "99999999",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "0x10",
        "1,1",
    ];
    for (n, length) in lengths.iter().cycle().take(90).enumerate() {
        let mut stream = connect(&source(n), room.tcp).await.unwrap();
        let whole = text("OPTIONS", &format!("length{n}"), "", "TCP", stream.local_addr().unwrap());
        let cut = whole.replace("Content-Length: 0", &format!("Content-Length: {length}"));
        stream.write_all(cut.as_bytes()).await.unwrap();
        let end = timeout(PATIENCE, stream.read(&mut [0])).await.expect("the room to close it");
        assert!(matches!(end, Ok(0) | Err(_)), "{length} was answered");
    }
    assert_eq!(room.figure("signaling_connections_broken_total"), 90);
    room.serves_the_honest("lengths").await;
    nothing_of_it_is_left(&mut room, 1);
}
