//! Who was asked how satisfied they are, and what they answered, on both databases.

use crate::world::{START, World};
use ringdesk_model::Pii;
use ringdesk_storage::Tx;
use ringdesk_storage::satisfaction::{self, Answered, Asked, NewInvitation, Wanted};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_conversation_is_asked_once_and_answered_until_it_is_said
    answers_are_listed_as_far_as_the_scope_reaches
}

/// Rows: S11.11, S11.13, S12.2
async fn a_conversation_is_asked_once_and_answered_until_it_is_said(world: World) {
    let mut set = world.set();
    let call = world.call_in(&mut set, START, "+49301234567");
    let [first, second] = world.agents;
    let (conversation, queue) = (call.conversation, Some(world.queue));
    set.invited(NewInvitation { conversation, agent: first, queue, at: START + SECOND, stars: None });
    world.commit(&set).await;
    let mut tx = world.write().await;
    let of = async |tx: &mut Tx| satisfaction::get(tx, &world.key, conversation).await.unwrap().unwrap();
    let row = of(&mut tx).await;
    assert_eq!((row.agent, row.queue, row.invited_at, row.stars), (first, queue, START + SECOND, None));
    let again = NewInvitation { conversation, agent: second, queue: None, at: START + SECOND * 5, stars: None };
    assert!(satisfaction::invite(&mut tx, world.account, &again).await.unwrap(), "nothing was said yet");
    assert_eq!(of(&mut tx).await.agent, second);
    let words = Some(Pii::new("MARKER very kind".to_owned()));
    let given = Answered { stars: 4, aspects: r#"{"speed":5}"#.into(), words };
    satisfaction::rate(&mut tx, &world.key, START + SECOND * 9, conversation, &given).await.unwrap();
    let other = Answered { stars: 2, words: None, ..given.clone() };
    satisfaction::rate(&mut tx, &world.key, START + SECOND * 20, conversation, &given).await.unwrap();
    let row = of(&mut tx).await;
    assert_eq!((row.stars, row.rated_at, row.aspects.as_str()), (Some(4), Some(START + SECOND * 9), r#"{"speed":5}"#));
    assert_eq!(row.words.map(Pii::into_inner).as_deref(), Some("MARKER very kind"));
    let late = NewInvitation { agent: first, at: START + SECOND * 30, ..again };
    assert!(!satisfaction::invite(&mut tx, world.account, &late).await.unwrap(), "who has answered is not asked again");
    satisfaction::rate(&mut tx, &world.key, START + SECOND * 40, conversation, &other).await.unwrap();
    let row = of(&mut tx).await;
    assert_eq!((row.stars, row.rated_at, row.words), (Some(2), Some(START + SECOND * 9), None), "changed as a whole");
    tx.commit().await.unwrap();
}

/// Rows: S11.14
async fn answers_are_listed_as_far_as_the_scope_reaches(world: World) {
    let mut all = Vec::new();
    for (n, stars) in [Some(5), Some(1), None].into_iter().enumerate() {
        let mut set = world.set();
        let at = START + SECOND * n as u32;
        let call = world.call_in(&mut set, at, &format!("+4930123456{n}"));
        let agent = world.agents[n % 2];
        world.joined(&mut set, &call, agent, at);
        world.commit(&set).await;
        let mut set = world.set();
        let queue = Some(world.queue);
        set.invited(NewInvitation { conversation: call.conversation, agent, queue, at, stars });
        world.commit(&set).await;
        all.push(Asked { conversation: call.conversation, agent, queue, at, stars });
    }
    let mut tx = world.read().await;
    let period = (START, START + SECOND * 60);
    assert_eq!(satisfaction::asked(&mut tx, world.account, period, 10).await.unwrap(), all);
    assert_eq!(satisfaction::low(&mut tx, world.account, START).await.unwrap(), 1);
    assert_eq!(satisfaction::low(&mut tx, world.account, START + SECOND * 2).await.unwrap(), 0, "none since");
    let mut list = async |scope, wanted: Wanted| {
        let found = satisfaction::list(&mut tx, &world.key, &scope, &wanted, 10).await.unwrap();
        found.into_iter().map(|one| one.stars).collect::<Vec<_>>()
    };
    let any = Wanted::default;
    assert_eq!(list(world.everyone(), any()).await, [Some(1), Some(5)], "the newest first, and answers alone");
    assert_eq!(list(world.everyone(), Wanted { most: Some(2), ..any() }).await, [Some(1)]);
    assert_eq!(list(world.everyone(), Wanted { agent: Some(world.agents[0]), ..any() }).await, [Some(5)]);
    assert_eq!(list(world.everyone(), Wanted { before: Some(START + SECOND), ..any() }).await, [Some(5)]);
    assert_eq!(list(world.everyone(), Wanted { from: Some(START + SECOND), ..any() }).await, [Some(1)]);
    assert_eq!(list(world.own(world.agents[1]), any()).await, [Some(1)], "one's own part");
}
