//! Numbers with more to them than their inbox, and what operators said of calls.

use crate::world::{START, World};
use ringdesk_model::{CallId, Pii, TrunkId};
use ringdesk_storage::numbers::{self, PhoneNumber};
use ringdesk_storage::trunk_legs::{self, TrunkLeg};
use uuid::Uuid;

on_both! {
    what_is_said_of_a_number_is_kept
    what_an_operator_said_is_kept_sealed
}

/// Rows: V15
async fn what_is_said_of_a_number_is_kept(world: World) {
    let mut tx = world.write().await;
    let number = |number: &str, label: Option<&str>, channels| PhoneNumber {
        number: number.into(),
        label: label.map(str::to_owned),
        channels,
    };
    let landing = number("+861012345678", Some("4008001234"), Some(30));
    for new in [number("+861012345678", None, None), number("01087654321", None, Some(2)), landing.clone()] {
        numbers::put(&mut tx, world.account, &new).await.unwrap();
    }
    let other = number("01087654321", None, Some(2));
    assert_eq!(numbers::all(&mut tx, world.account).await.unwrap(), [landing.clone(), other]);
    assert_eq!(numbers::all(&mut tx, world.id(START)).await.unwrap(), []);
    assert!(!numbers::remove(&mut tx, world.id(START), "01087654321").await.unwrap(), "another account's");
    assert!(numbers::remove(&mut tx, world.account, "01087654321").await.unwrap());
    assert_eq!(numbers::all(&mut tx, world.account).await.unwrap(), [landing]);
}

/// Rows: V15, S12.2
async fn what_an_operator_said_is_kept_sealed(world: World) {
    let mut tx = world.write().await;
    let (call, trunk): (CallId, TrunkId) = (world.id(START), world.id(START));
    let leg = |n: u128, status, q850| TrunkLeg {
        call,
        leg: Uuid::from_u128(n),
        trunk,
        direction: "out".into(),
        at: START,
        said: Pii::new("{\"from\":\"MARKER\"}".into()),
        status,
        q850,
    };
    for new in [leg(1, None, None), leg(2, None, None), leg(1, Some(486), Some(17))] {
        trunk_legs::put(&mut tx, &world.key, &new).await.unwrap();
    }
    let found = trunk_legs::of_call(&mut tx, &world.key, call).await.unwrap();
    assert_eq!(found, [leg(1, Some(486), Some(17)), leg(2, None, None)]);
    assert_eq!(trunk_legs::of_call(&mut tx, &world.key, world.id(START)).await.unwrap(), []);
}
