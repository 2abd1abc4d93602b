//! The driver without sockets: what it does when something went wrong.

use super::*;
use crate::config::{BudgetConfig, LimitsConfig};
use crate::core::directory::Extension;
use crate::core::setup::Interface;
use crate::gate::handle::{SignalingHandle, handle};
use crate::gate::house::SignalingEvent;
use crate::gate::inlet::Inlet;
use crate::gate::sources::Sources;
use crate::gate::streams::Streams;
use ringdesk_model::{Full, Outlet, Pii};
use ringdesk_voice::{Dial, InterfaceId, LegEvent, Party, Sdp, Target};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

fn driver(legs: usize) -> (Driver, SignalingHandle, mpsc::Receiver<SignalingEvent>) {
    let limits = LimitsConfig { legs, ..LimitsConfig::default() };
    let (clock, counters, gauges) = (WallClock::start(), Arc::new(Counters::default()), Arc::new(Gauges::default()));
    let (inbox_tx, inbox) = mpsc::channel(10);
    let sources = Sources::new(BudgetConfig::default(), Duration::from_secs(1), clock.now());
    let inlet = Inlet::new(inbox_tx, Arc::new(sources), counters.clone(), clock);
    let streams = Arc::new(Streams::new(limits, CancellationToken::new()));
    let room = StreamRoom {
        inlet,
        streams: streams.clone(),
        limits,
        tasks: TaskTracker::new(),
        secure: Arc::new(crate::gate::secure::Secure::new(None)),
    };
    let (handle, mailbox) = handle(legs, Arc::default(), gauges.clone(), streams, &room.inlet);
    let (tx, events) = mpsc::channel(100);
    let outlet = Outlet::new(move |event| {
        tx.try_send(event).map_err(|error| match error {
            mpsc::error::TrySendError::Full(event) | mpsc::error::TrySendError::Closed(event) => Full(event),
        })
    });
    let driver = Driver::new(Parts {
        setup: Setup { interfaces: vec![Interface::default()], ..Setup::default() },
        limits,
        seed: 1,
        clock,
        inbox,
        mailbox,
        house: House::new(outlet, counters, []),
        outbound: Outbound::new(Vec::new(), room.clone()),
        room,
        dns: Dns::new(Duration::from_secs(1)),
        gauges,
    });
    (driver, handle, events)
}

fn leg(n: u128) -> LegId {
    LegId(Uuid::from_u128(n))
}

/// To a host that has to be looked up, so the leg lives until the lookup is answered.
fn dial() -> LegCommand {
    let to = Destination {
        uri: "sip:1@host.invalid".into(),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: Default::default(),
    };
    LegCommand::Dial(Box::new(Dial { to, from: Party::number("2"), offer: Sdp(Bytes::new()), headers: Vec::new() }))
}

fn ends(events: &mut mpsc::Receiver<SignalingEvent>) -> Vec<(u128, Cause)> {
    let mut ends = Vec::new();
    while let Ok(event) = events.try_recv() {
        match event {
            SignalingEvent::Leg(leg, LegEvent::Ended { cause, .. }) => ends.push((leg.0.as_u128(), cause)),
            other => panic!("not an end: {other:?}"),
        }
    }
    ends
}

#[tokio::test]
async fn a_core_that_panicked_is_built_anew_and_its_legs_end() {
    let (mut driver, handle, mut events) = driver(10);
    handle.command(leg(1), dial());
    handle.drain();
    driver.round();
    assert_eq!(handle.snapshot().legs, 1);
    driver.start_anew(false);
    assert_eq!(ends(&mut events), [(1, Cause::InternalFailure)]);
    assert_eq!(driver.counters.core_panics.get(), 1);
    assert_eq!(driver.echoes.len(), 4, "it is told the directory, the contacts, the messages and the drain again");
    // And it works: the next leg is dialled, a question is answered.
    handle.command(leg(2), dial());
    driver.round();
    assert_eq!(driver.core.legs(), 1);
    let asked = tokio::spawn(async move { handle.reach(Target::Uri("sip:a@b".into())).await });
    tokio::task::yield_now().await;
    driver.round();
    assert_eq!(asked.await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_leg_whose_command_did_not_fit_ends() {
    let (mut driver, handle, mut events) = driver(1);
    handle.command(leg(1), dial());
    for _ in 1..driver.parts.mailbox.commands.max_capacity() {
        handle.command(leg(9), LegCommand::Hangup { cause: Cause::Normal });
    }
    // From here on nothing fits: a command of a leg whose dial stands in the buffer, and a dial.
    handle.command(leg(1), LegCommand::Hangup { cause: Cause::Normal });
    handle.command(leg(2), dial());
    driver.round();
    let mut ended = ends(&mut events);
    ended.sort_by_key(|(leg, _)| *leg);
    assert_eq!(ended.iter().map(|(leg, _)| *leg).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ended[1].1, Cause::Congestion);
    assert_eq!(driver.counters.legs_given_up.get(), 2);
    assert_eq!(handle.snapshot().legs, 0);
}

#[tokio::test]
async fn a_house_that_missed_the_end_of_a_leg_is_told_again() {
    let (mut driver, handle, mut events) = driver(10);
    handle.command(leg(7), LegCommand::Hangup { cause: Cause::Normal });
    driver.round();
    assert_eq!(ends(&mut events), [], "who hangs up knows");
    handle.command(leg(7), LegCommand::Ring);
    driver.round();
    assert_eq!(ends(&mut events), [(7, Cause::Cancelled)]);
    assert_eq!(handle.snapshot().legs, 0);
}

#[tokio::test]
async fn legs_are_bounded_in_dialling_too() {
    let (mut driver, handle, mut events) = driver(1);
    for n in 1..=3 {
        handle.command(leg(n), dial());
    }
    driver.round();
    assert_eq!(ends(&mut events), [(3, Cause::Congestion)]);
    assert_eq!(driver.core.legs(), 2);
}

#[tokio::test]
async fn phones_are_still_there_after_a_panic() {
    let (mut driver, handle, mut events) = driver(10);
    let extension =
        |user: &str, hash: &str| Extension { user: user.into(), ha1_md5: hash.repeat(32), ha1_sha256: hash.repeat(64) };
    let (here, gone) = (extension("1000", "a"), extension("1001", "b"));
    let binding = |extension: &Extension| Binding {
        extension: extension.user.clone(),
        contact: Pii::new("sip:x@192.0.2.1".into()),
        flow: Pii::new("udp/0/192.0.2.1:5060".into()),
        instance: None,
        q: 1_000,
        call_id: Pii::new("c".into()),
        cseq: 1,
        expires: driver.now() + Duration::from_secs(60),
        since: driver.now(),
        proof: Pii::new(extension.proof()),
    };
    let kept = [&here, &gone].map(binding).to_vec();
    handle.set_directory(Arc::new(Directory::new("r", vec![here], Vec::new())));
    handle.restore(kept).await;
    driver.round();
    driver.start_anew(false);
    driver.turn(Turn::Timeout);
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok())
        .map(|event| match event {
            SignalingEvent::Registration { extension, contacts, change, .. } => (extension, contacts, change),
            other => panic!("{other:?}"),
        })
        .collect();
    let one = |contacts, change| ("1000".to_owned(), contacts, change);
    let (added, removed) = (RegistrationChange::Added, RegistrationChange::Removed);
    assert_eq!(told, [one(1, added), one(0, removed), one(1, added)]);
    assert_eq!(handle.snapshot().registrations, 1);
    assert!(driver.parts.room.inlet.sources.knows(driver.now(), "192.0.2.1".parse().unwrap()));
}
