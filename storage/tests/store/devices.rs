//! Devices of agents.

use crate::world::{START, World};
use ringdesk_model::{DeviceId, Language, Pii};
use ringdesk_storage::devices::{self, AgentDevice, AgentRinging, DeviceKind, RingOrder};
use std::collections::BTreeMap;

on_both! {
    devices_are_kept_in_their_order
    how_devices_ring_is_kept
}

/// Rows: S7.28, S12.2
async fn devices_are_kept_in_their_order(world: World) {
    let mut tx = world.write().await;
    let device = |kind, place, number: Option<&str>, extension: Option<&str>| AgentDevice {
        id: world.id::<DeviceId>(START),
        agent: world.agents[0],
        kind,
        name: format!("{kind:?}"),
        place,
        ring_seconds: 15,
        active: true,
        extension: extension.map(str::to_owned),
        number: number.map(|n| Pii::new(n.to_owned())),
    };
    let mobile = device(DeviceKind::Mobile, 2, Some("13800138000"), None);
    let desk = device(DeviceKind::DeskPhone, 1, None, Some("2101"));
    let browser = device(DeviceKind::Browser, 3, None, None);
    for new in [&mobile, &desk, &browser] {
        devices::put(&mut tx, &world.key, new).await.unwrap();
    }
    assert_eq!(devices::all(&mut tx, &world.key).await.unwrap(), [desk.clone(), mobile.clone(), browser.clone()]);
    let number = Some(Pii::new("13900139000".to_owned()));
    let last = AgentDevice { place: 4, active: false, name: "Old".into(), number, ..mobile };
    devices::put(&mut tx, &world.key, &last).await.unwrap();
    assert!(!devices::remove(&mut tx, world.id(START), desk.id).await.unwrap(), "another account's");
    assert!(devices::remove(&mut tx, world.account, desk.id).await.unwrap());
    assert!(!devices::remove(&mut tx, world.account, desk.id).await.unwrap());
    assert_eq!(devices::all(&mut tx, &world.key).await.unwrap(), [browser, last]);
}

/// Rows: S7.28
async fn how_devices_ring_is_kept(world: World) {
    let mut tx = world.write().await;
    let ringing = AgentRinging { order: RingOrder::Sequence, language: Language::ZhCn };
    devices::set_ringing(&mut tx, world.account, world.agents[1], AgentRinging::default()).await.unwrap();
    devices::set_ringing(&mut tx, world.account, world.agents[1], ringing).await.unwrap();
    let all = devices::ringing(&mut tx, world.account).await.unwrap();
    assert_eq!(all, BTreeMap::from([(world.agents[1], ringing)]));
    assert!(devices::ringing(&mut tx, world.id(START)).await.unwrap().is_empty());
}
