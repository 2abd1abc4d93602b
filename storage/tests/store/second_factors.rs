//! Second factors, keys of programs, and when a centre went live.

use crate::world::{START, World};
use ringdesk_model::{CallId, Pii, TrunkId, UserId};
use ringdesk_storage::api_tokens::{self, ApiToken};
use ringdesk_storage::go_live::{self, GoLive};
use ringdesk_storage::second_factors;
use ringdesk_storage::trunk_legs::{self, TrunkLeg};
use ringdesk_storage::users;
use std::collections::BTreeSet;
use std::time::Duration;

on_both! {
    a_second_factor_is_asked_for_once_it_was_confirmed
    a_key_of_a_program_ends
    a_centre_is_live_by_somebodys_word
}

async fn somebody(world: &World) -> UserId {
    let user = users::User {
        id: world.id(START),
        account: world.account,
        login: "ann".into(),
        name: "Ann".into(),
        roles: vec!["manager".into()],
        agent: None,
        extension: None,
        disabled: false,
        version: 1,
    };
    let mut tx = world.write().await;
    users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
    tx.commit().await.unwrap();
    user.id
}

/// Rows: S12.17, S12.2
async fn a_second_factor_is_asked_for_once_it_was_confirmed(world: World) {
    let user = somebody(&world).await;
    let mut tx = world.write().await;
    assert_eq!(second_factors::of_user(&mut tx, &world.key, user).await.unwrap(), None);
    let secret = Pii::new(b"12345678901234567890".to_vec());
    second_factors::begin(&mut tx, &world.key, START, user, &secret).await.unwrap();
    let begun = second_factors::of_user(&mut tx, &world.key, user).await.unwrap().unwrap();
    assert_eq!((begun.secret, begun.confirmed, begun.last_step), (secret.clone(), None, None));
    assert!(second_factors::confirmed(&mut tx, world.account).await.unwrap().is_empty());
    second_factors::confirm(&mut tx, START, user).await.unwrap();
    assert_eq!(second_factors::confirmed(&mut tx, world.account).await.unwrap(), BTreeSet::from([user]));
    // No step is used twice, nor one before it.
    for (step, taken) in [(7, true), (7, false), (6, false), (8, true)] {
        assert_eq!(second_factors::use_step(&mut tx, user, step).await.unwrap(), taken, "{step}");
    }
    second_factors::set_recovery_codes(&mut tx, user, &[[1; 16], [2; 16]]).await.unwrap();
    assert!(second_factors::use_recovery_code(&mut tx, user, &[1; 16]).await.unwrap());
    assert!(!second_factors::use_recovery_code(&mut tx, user, &[1; 16]).await.unwrap());
    assert_eq!(second_factors::recovery_codes_left(&mut tx, user).await.unwrap(), 1);
    // Begun anew it is as if it had never been.
    second_factors::begin(&mut tx, &world.key, START, user, &secret).await.unwrap();
    let anew = second_factors::of_user(&mut tx, &world.key, user).await.unwrap().unwrap();
    assert_eq!((anew.confirmed, anew.last_step), (None, None));
    assert!(second_factors::remove(&mut tx, user).await.unwrap());
    assert!(!second_factors::remove(&mut tx, user).await.unwrap());
    assert_eq!(second_factors::recovery_codes_left(&mut tx, user).await.unwrap(), 0);
    let roles: BTreeSet<String> = ["manager".to_owned(), "leader".to_owned()].into();
    second_factors::set_needed_by(&mut tx, world.account, &roles).await.unwrap();
    assert_eq!(second_factors::needed_by(&mut tx, world.account).await.unwrap(), roles);
    second_factors::set_needed_by(&mut tx, world.account, &BTreeSet::new()).await.unwrap();
    assert!(second_factors::needed_by(&mut tx, world.account).await.unwrap().is_empty());
}

async fn a_key_of_a_program_ends(world: World) {
    let user = somebody(&world).await;
    let mut tx = world.write().await;
    let end = START + Duration::from_secs(3_600);
    let new = ApiToken {
        id: world.id(START),
        user,
        name: "reports".into(),
        permissions: vec!["reports.read".into(), "audit.read".into()],
        created: START,
        expires: end,
        seen: None,
    };
    api_tokens::put(&mut tx, world.account, &[7; 32], &new).await.unwrap();
    let (maker, found) = api_tokens::by_hash(&mut tx, START, &[7; 32]).await.unwrap().unwrap();
    assert_eq!((maker.id, &found), (user, &new));
    assert!(api_tokens::by_hash(&mut tx, START, &[8; 32]).await.unwrap().is_none());
    assert!(api_tokens::by_hash(&mut tx, end, &[7; 32]).await.unwrap().is_none(), "it has ended");
    api_tokens::touch(&mut tx, START, new.id).await.unwrap();
    let all = api_tokens::all(&mut tx, world.account).await.unwrap();
    assert_eq!(all, [ApiToken { seen: Some(START), ..new.clone() }]);
    assert!(!api_tokens::remove(&mut tx, world.id(START), new.id).await.unwrap(), "another account's");
    assert!(api_tokens::remove(&mut tx, world.account, new.id).await.unwrap());
    assert!(api_tokens::by_hash(&mut tx, START, &[7; 32]).await.unwrap().is_none());
}

/// Rows: S16.28
async fn a_centre_is_live_by_somebodys_word(world: World) {
    let user = somebody(&world).await;
    let mut tx = world.write().await;
    assert_eq!(go_live::read(&mut tx, world.account).await.unwrap(), None);
    let words = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let overridden = GoLive {
        at: START,
        user: Some(user),
        reason: Some("a pilot".into()),
        overridden: words(&["demo_data", "clock"]),
    };
    go_live::put(&mut tx, world.account, &overridden).await.unwrap();
    assert_eq!(go_live::read(&mut tx, world.account).await.unwrap(), Some(overridden));
    let plain = GoLive { at: START + Duration::from_secs(9), user: None, reason: None, overridden: words(&[]) };
    go_live::put(&mut tx, world.account, &plain).await.unwrap();
    assert_eq!(go_live::read(&mut tx, world.account).await.unwrap(), Some(plain));
    assert!(go_live::remove(&mut tx, world.account).await.unwrap());
    assert!(!go_live::remove(&mut tx, world.account).await.unwrap());
    // Only what was not refused, and ended as calls do, proves a trunk.
    let trunk = world.id::<TrunkId>(START);
    for (at, status, q850, direction) in
        [(1, None, Some(16), "in"), (2, None, Some(16), "in"), (3, Some(486), Some(17), "in"), (4, None, None, "out")]
    {
        let leg = TrunkLeg {
            call: world.id::<CallId>(START),
            leg: world.id(START),
            trunk,
            direction: direction.into(),
            at: START + Duration::from_secs(at),
            said: Pii::new("{}".into()),
            status,
            q850,
        };
        trunk_legs::put(&mut tx, &world.key, &leg).await.unwrap();
    }
    let proven = go_live::proven_trunks(&mut tx, world.account).await.unwrap();
    assert_eq!(proven, [(trunk, "in".to_owned(), START + Duration::from_secs(2))]);
}
