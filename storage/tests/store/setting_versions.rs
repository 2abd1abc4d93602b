//! What settings were, and the lists of users that are brought in.

use crate::world::{START, World};
use ringdesk_model::{Actor, UserId};
use ringdesk_storage::audit::{self, Act};
use ringdesk_storage::setting_versions::{self, SettingVersion};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{agents, setup};
use uuid::Uuid;

on_both! {
    versions_lie_beside_the_audit
    logins_extensions_and_places_of_a_list
}

/// Rows: S12.9
async fn versions_lie_beside_the_audit(world: World) {
    let mut tx = world.write().await;
    let key = world.store.key(&mut tx, world.account).await.unwrap();
    let mut put = async |n: u8, object: &str, seq: i64, found: bool, state: &str| {
        let (object, state) = (object.to_owned(), state.to_owned());
        let new = SettingVersion { id: Uuid::from_bytes([n; 16]), object, facet: "queue".into(), seq, found, state };
        setting_versions::put(&mut tx, &key, &new).await.unwrap();
    };
    put(1, "queue:a", 0, true, "1").await;
    put(2, "queue:a", 1, false, "2").await;
    put(3, "queue:b", 2, false, "null").await;
    for object in ["queue:a", "queue:b"] {
        let act = Act { action: "queue.edit", object, before: None, after: None, result: "ok" };
        audit::append(&mut tx, &key, START, &Actor::System, None, act).await.unwrap();
    }
    assert_eq!(setting_versions::newest_entry(&mut tx, world.account).await.unwrap(), 2);
    let states = async |tx: &mut ringdesk_storage::Tx, object: &str, before: i64| {
        let found = setting_versions::changes(tx, &key, object, before, 10).await.unwrap();
        found.into_iter().map(|c| (c.version.state, c.action)).collect::<Vec<_>>()
    };
    let edited = |state: &str| (state.to_owned(), "queue.edit".to_owned());
    assert_eq!(states(&mut tx, "", i64::MAX).await, [edited("null"), edited("2")], "what was found, nobody changed");
    assert_eq!(states(&mut tx, "queue:a", i64::MAX).await, [edited("2")]);
    assert_eq!(states(&mut tx, "", 2).await, [edited("2")]);
    let earlier = setting_versions::latest(&mut tx, &key, "queue:a", "queue", 1).await.unwrap().unwrap();
    assert_eq!((earlier.state.as_str(), earlier.found), ("1", true));
    assert!(setting_versions::latest(&mut tx, &key, "queue:a", "other", 9).await.unwrap().is_none());
    assert!(setting_versions::by_id(&mut tx, &key, Uuid::from_bytes([1; 16])).await.unwrap().is_none(), "no change");
    let change = setting_versions::by_id(&mut tx, &key, Uuid::from_bytes([3; 16])).await.unwrap().unwrap();
    assert_eq!((change.version.object.as_str(), change.actor.as_str()), ("queue:b", "system"));
    let known = setting_versions::known(&mut tx, world.account).await.unwrap();
    assert_eq!(known, ["queue:a", "queue:b"].map(|object| (object.to_owned(), "queue".to_owned())));
}

/// Rows: S12.29
async fn logins_extensions_and_places_of_a_list(world: World) {
    let mut tx = world.write().await;
    let agent = world.agents[0];
    let id: UserId = world.id(START);
    let user = User {
        id,
        account: world.account,
        login: "li\"lei".into(),
        name: "Li Lei".into(),
        roles: vec![],
        agent: Some(agent),
        extension: Some("2001".into()),
        disabled: false,
        version: 1,
    };
    users::create(&mut tx, START, &user, "$argon2id$").await.unwrap();
    let asked = ["nobody", "li\"lei", "李雷"].map(str::to_owned);
    assert_eq!(users::taken_logins(&mut tx, &asked).await.unwrap().into_iter().collect::<Vec<_>>(), ["li\"lei"]);
    assert_eq!(users::of_agent(&mut tx, world.account, agent).await.unwrap().unwrap().id, id);
    assert!(users::of_agent(&mut tx, world.account, world.agents[1]).await.unwrap().is_none());
    assert!(users::clear_extension(&mut tx, world.account, id).await.unwrap());
    assert_eq!(users::all(&mut tx, world.account).await.unwrap()[0].extension, None);
    let queue = agents::queues(&mut tx, world.account).await.unwrap()[0].id;
    setup::place(&mut tx, queue, agent, Some(7)).await.unwrap();
    let levels = async |tx: &mut ringdesk_storage::Tx| {
        let all = agents::queue_agents(tx, world.account).await.unwrap();
        all.into_iter().filter(|p| (p.queue, p.agent) == (queue, agent)).map(|p| p.level).collect::<Vec<_>>()
    };
    assert_eq!(levels(&mut tx).await, [7]);
    setup::place(&mut tx, queue, agent, None).await.unwrap();
    assert!(levels(&mut tx).await.is_empty());
}
