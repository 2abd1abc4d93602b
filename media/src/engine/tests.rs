//! What only the inside can do: make a call's packet panic.

use super::{Config, Error, Media, Shelf};
use crate::call::commands::Command;
use crate::config::Interface;
use crate::shard::pace::{CROWD, GATHER};
use ringdesk_model::{CallId, Clock, Full, Outlet, WallClock};
use ringdesk_voice::{InterfaceId, LegId, MediaCommand, MediaEvent, Sdp};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use uuid::Uuid;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn start(config: Config) -> (Media, Receiver<(CallId, MediaEvent)>) {
    let (tx, rx) = sync_channel(1000);
    let outlet = Outlet::new(move |e| {
        tx.try_send(e).map_err(|e| match e {
            std::sync::mpsc::TrySendError::Full(e) | std::sync::mpsc::TrySendError::Disconnected(e) => Full(e),
        })
    });
    let seed = u64::from(std::process::id()) << 20;
    (Media::start(config, WallClock::start(), seed, Shelf::default(), outlet).unwrap(), rx)
}

fn local() -> Config {
    let interfaces = vec![Interface { bind: LOCAL, advertise: None }];
    Config { interfaces, realtime: false, shards: 1, ..Config::default() }
}

fn open(media: &Media, events: &Receiver<(CallId, MediaEvent)>, n: u128) -> (CallId, LegId, UdpSocket) {
    let phone = UdpSocket::bind((LOCAL, 0)).unwrap();
    let port = phone.local_addr().unwrap().port();
    let offer = format!("v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n");
    let (call, leg) = (CallId(Uuid::from_u128(n)), LegId(Uuid::from_u128(n)));
    let offer = Sdp::from(offer.into_bytes());
    media
        .command(
            call,
            MediaCommand::AnswerOffer {
                leg,
                interface: InterfaceId(0),
                profile: Default::default(),
                offer,
                prefer: None,
            },
        )
        .unwrap();
    let (_, event) = events.recv_timeout(Duration::from_secs(5)).unwrap();
    let MediaEvent::Negotiated { answer: Some(answer), .. } = event else { panic!("{event:?}") };
    let answer = String::from_utf8(answer.0.to_vec()).unwrap();
    let port: u16 = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    phone.connect((LOCAL, port)).unwrap();
    (call, leg, phone)
}

fn packet(seq: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, seq, 0, 0, 0, 0, 0, 0, 0, 1];
    packet.extend([0xff; 160]);
    packet
}

/// One packet after the other, each when the one before was seen: however fast the machine, a shard with a crowd takes them in
/// turns that lie apart.
#[test]
fn the_packets_of_a_crowd_are_gathered() {
    let (media, events) = start(local());
    let calls: Vec<_> = (1..=CROWD as u128).map(|n| open(&media, &events, n)).collect();
    let clock = WallClock::start();
    let began = clock.now();
    for (_, leg, phone) in &calls {
        phone.send(&packet(1)).unwrap();
        let (_, event) = events.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(event, MediaEvent::Flowing { leg: *leg });
    }
    let lasted = clock.now().since(began);
    assert!(lasted >= GATHER * (CROWD as u32 - 2), "{lasted:?}");
}

#[test]
fn a_panic_in_one_call_closes_that_call_and_no_other() {
    let (media, events) = start(local());
    let (bad, leg, phone) = open(&media, &events, 1);
    let (_, other, other_phone) = open(&media, &events, 2);
    media.hand_over(bad, Command::Poison).unwrap();
    // The answer to a leg that is not there comes behind it.
    media.command(bad, MediaCommand::Close { leg: LegId(Uuid::nil()) }).unwrap();
    events.recv_timeout(Duration::from_secs(5)).unwrap();
    phone.send(&packet(1)).unwrap();
    let (_, event) = events.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(matches!(event, MediaEvent::Closed { leg: closed, .. } if closed == leg), "{event:?}");
    other_phone.send(&packet(1)).unwrap();
    let (_, event) = events.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(event, MediaEvent::Flowing { leg: other });
    // The call is forgotten: it can begin again.
    open(&media, &events, 1);
    let figure = |name| media.figures().into_iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!((figure("panics"), figure("legs_open")), (1, 2));
}

/// More threads carry more: calls that come go where there is least to do, and those that talk meanwhile go on.
///
/// Rows: S16.10
#[test]
fn calls_spread_over_the_shards_and_none_of_them_is_dropped() {
    let (media, events) = start(Config { shards: 3, report_every_s: 3_600, ..local() });
    let mut phones: Vec<UdpSocket> = Vec::new();
    for n in 1..=12u8 {
        let (call, leg, phone) = open(&media, &events, n.into());
        media.command(call, MediaCommand::Hear { leg, legs: vec![leg] }).unwrap();
        phone.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        // The answer to a leg that is not there comes when the call hears itself.
        media.command(call, MediaCommand::Close { leg: LegId(Uuid::nil()) }).unwrap();
        events.recv_timeout(Duration::from_secs(5)).unwrap();
        phones.push(phone);
        for phone in &phones {
            phone.send(&packet(n)).unwrap();
            assert_eq!(phone.recv(&mut [0; 2_000]).expect("every call hears itself"), 172);
        }
        let (_, event) = events.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(event, MediaEvent::Flowing { leg });
    }
    let carried: Vec<u64> = media.shards.iter().map(|shard| shard.figures.legs_open.get()).collect();
    assert_eq!(carried, [4, 4, 4]);
}

#[test]
fn the_end_of_the_room_closes_every_leg() {
    let (media, events) = start(local());
    for n in 1..=5 {
        open(&media, &events, n);
    }
    drop(media);
    assert_eq!(events.iter().filter(|(_, e)| matches!(e, MediaEvent::Closed { .. })).count(), 5);
}

#[test]
fn calls_without_legs_are_forgotten() {
    let (media, events) = start(local());
    for n in 1..=500u128 {
        let (call, leg) = (CallId(Uuid::from_u128(n)), LegId(Uuid::from_u128(n)));
        media.command(call, MediaCommand::Close { leg }).unwrap();
        events.recv_timeout(Duration::from_secs(5)).unwrap();
    }
    let places = media.places.lock().unwrap().by_call.len();
    assert!(places <= 130, "{places}");
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let begin =
        |config| Media::start(config, WallClock::start(), 1, Shelf::default(), Outlet::new(|e| Err(Full(e)))).err();
    let any = "0.0.0.0".parse().unwrap();
    assert!(matches!(begin(Config::default()), Some(Error::NoInterface)));
    let interfaces = vec![Interface { bind: any, advertise: None }];
    assert!(matches!(begin(Config { interfaces, ..local() }), Some(Error::NoAddress(_))));
    let interfaces = vec![Interface { bind: any, advertise: Some("::1".parse().unwrap()) }];
    assert!(matches!(begin(Config { interfaces, ..local() }), Some(Error::MixedFamilies { .. })));
    assert!(matches!(begin(Config { ports: (20_001, 20_002), ..local() }), Some(Error::NoPorts(..))));
}
