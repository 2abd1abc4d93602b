//! Mentors and what they suggest, on both databases.

use crate::world::{START, World};
use ringdesk_access::{Mentorship, SuggestionEnd};
use ringdesk_model::{MentorshipId, Pii, SuggestionId, Timestamp, UserId};
use ringdesk_storage::mentors::{self, Suggestion, Whose};

on_both! {
    a_mentor_is_beside_an_agent_once_until_it_is_ended
    a_suggestion_is_sealed_and_ends_once
}

/// Rows: S7.18
async fn a_mentor_is_beside_an_agent_once_until_it_is_ended(world: World) {
    let (mentor, id): (UserId, MentorshipId) = (world.id(START), world.id(START));
    let [agent, other] = world.agents;
    let later = Timestamp(START.0 + 1);
    let it = Mentorship { mentor, agent, since: START, until: None };
    let mut tx = world.write().await;
    mentors::attach(&mut tx, world.account, id, &it).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let again = mentors::attach(&mut tx, world.account, world.id(START), &it).await;
    assert!(again.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = world.write().await;
    assert!(mentors::set_until(&mut tx, world.account, id, Some(later)).await.unwrap());
    let whose = |user, agent| Whose { account: world.account, user, agent };
    let until = Mentorship { until: Some(later), ..it.clone() };
    for (whose, found) in [
        (whose(None, None), vec![(id, until.clone())]),
        (whose(Some(mentor), Some(agent)), vec![(id, until)]),
        (whose(None, Some(other)), vec![]),
        (whose(Some(world.id(START)), None), vec![]),
    ] {
        assert_eq!(mentors::open(&mut tx, whose).await.unwrap(), found, "{whose:?}");
    }
    assert_eq!(mentors::mentees(&mut tx, world.account, mentor).await.unwrap(), [(agent, Some(later))]);
    assert!(mentors::end(&mut tx, world.account, id, later).await.unwrap());
    assert!(!mentors::end(&mut tx, world.account, id, later).await.unwrap(), "once");
    assert!(!mentors::set_until(&mut tx, world.account, id, None).await.unwrap(), "it is over");
    assert!(mentors::mentees(&mut tx, world.account, mentor).await.unwrap().is_empty());
    mentors::attach(&mut tx, world.account, world.id(START), &it).await.unwrap();
    tx.commit().await.unwrap();
}

/// Rows: S7.18, S12.2
async fn a_suggestion_is_sealed_and_ends_once(world: World) {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+4930123456");
    world.commit(&set).await;
    let id: SuggestionId = world.id(START);
    let new = Suggestion {
        id,
        conversation: waiting.conversation,
        agent: world.agents[0],
        mentor: world.id(START),
        text: Pii::new("ask for the contract".into()),
        at: START,
        end: None,
    };
    let mut tx = world.write().await;
    mentors::suggest(&mut tx, &world.key, &new).await.unwrap();
    let all = mentors::suggestions(&mut tx, &world.key, waiting.conversation).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&new));
    assert!(mentors::settle(&mut tx, world.account, id, START, SuggestionEnd::Taken).await.unwrap());
    assert!(!mentors::settle(&mut tx, world.account, id, START, SuggestionEnd::Dismissed).await.unwrap(), "once");
    let found = mentors::suggestion(&mut tx, &world.key, id).await.unwrap();
    assert_eq!(found, Some(Suggestion { end: Some(SuggestionEnd::Taken), ..new }));
    assert!(mentors::in_hand(&mut tx, &world.key, world.agents[0]).await.unwrap().is_empty(), "nobody has it in hand");
    assert!(mentors::calls_of(&mut tx, world.account, world.agents[0]).await.unwrap().is_empty());
    tx.commit().await.unwrap();
}
