//! People beside their logins: addresses, languages, choices, and passwords that somebody else knows.

use crate::world::{START, World};
use ringdesk_model::{Language, Pii, UserId};
use ringdesk_storage::people::{self, Person};
use ringdesk_storage::users;

on_both! {
    an_address_is_sealed_and_belongs_to_one_person
    a_password_that_somebody_else_knows_is_marked
}

async fn somebody(world: &World, login: &str) -> UserId {
    let user = users::User {
        id: world.id(START),
        account: world.account,
        login: login.into(),
        name: login.into(),
        roles: vec!["agent".into()],
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

/// Rows: S12.2
async fn an_address_is_sealed_and_belongs_to_one_person(world: World) {
    let (ann, ben) = (somebody(&world, "ann").await, somebody(&world, "ben").await);
    let address = Pii::new("ann@example.com".to_owned());
    let mut tx = world.write().await;
    assert_eq!(people::of_user(&mut tx, &world.key, ann).await.unwrap(), Some(Person::default()));
    assert!(people::write(&mut tx, &world.key, ann, Some(&address), Some(Language::ZhCn)).await.unwrap());
    let known = Person { email: Some(address.clone()), language: Some(Language::ZhCn), must_change_password: false };
    assert_eq!(people::of_user(&mut tx, &world.key, ann).await.unwrap(), Some(known.clone()));
    assert_eq!(people::all(&mut tx, &world.key).await.unwrap()[&ann], known);
    assert_eq!(people::preferences(&mut tx, ann).await.unwrap(), None);
    people::set_preferences(&mut tx, ann, "{}").await.unwrap();
    assert_eq!(people::preferences(&mut tx, ann).await.unwrap().as_deref(), Some("{}"));
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let twice = people::write(&mut tx, &world.key, ben, Some(&address), None).await;
    assert!(twice.unwrap_err().is_conflict(), "one address, one person");
    drop(tx);
    // Two who have none are not in each other's way, and an address that was given up is free.
    let mut tx = world.write().await;
    people::clear_email(&mut tx, &world.key, ann).await.unwrap();
    assert!(people::write(&mut tx, &world.key, ben, Some(&address), None).await.unwrap());
    assert!(people::write(&mut tx, &world.key, ann, None, None).await.unwrap());
    assert!(people::write(&mut tx, &world.key, ben, None, None).await.unwrap());
    tx.commit().await.unwrap();
}

async fn a_password_that_somebody_else_knows_is_marked(world: World) {
    let ann = somebody(&world, "ann").await;
    let mut tx = world.write().await;
    assert!(!people::must_change_password(&mut tx, ann).await.unwrap());
    assert!(users::set_password(&mut tx, ann, "$argon2id$2", true).await.unwrap());
    assert!(people::must_change_password(&mut tx, ann).await.unwrap());
    assert!(users::set_password(&mut tx, ann, "$argon2id$3", false).await.unwrap());
    assert!(!people::must_change_password(&mut tx, ann).await.unwrap());
    people::set_must_change_password(&mut tx, ann, true).await.unwrap();
    assert!(people::of_user(&mut tx, &world.key, ann).await.unwrap().unwrap().must_change_password);
    tx.commit().await.unwrap();
}
