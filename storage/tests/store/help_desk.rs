//! Help desks of the house, on both databases: one file for each colleague, what they asked, and what figures leave out.

use crate::world::{START, World};
use ringdesk_contacts::Proof;
use ringdesk_model::{Channel, ContactId, ConversationId, InboxId, Medium, Pii, Timestamp, UserId};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::journal::{ConversationOpened, Queued};
use ringdesk_storage::text_matters::{self, Cursors};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{contact_files, help_desk, routing};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_colleague_has_one_file
    a_colleague_sees_what_they_asked_and_what_is_unread
}

fn known_as(user: UserId) -> Identity {
    Identity { kind: "staff", value: Pii::new(user.to_string()) }
}

async fn file(world: &World, user: UserId) -> ContactId {
    let id: ContactId = world.id(START);
    let mut tx = world.write().await;
    contact_files::create(&mut tx, world.account, START, id, Some(user)).await.unwrap();
    help_desk::set_staff(&mut tx, world.account, id, user).await.unwrap();
    contacts::link(&mut tx, &world.key, START, id, &known_as(user), Proof::Staff).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Rows: S1.24
async fn a_colleague_has_one_file(world: World) {
    let (anna, ben): (UserId, UserId) = (world.id(START), world.id(START));
    let hers = file(&world, anna).await;
    let customer: ContactId = world.id(START);
    let mut tx = world.write().await;
    contact_files::create(&mut tx, world.account, START, customer, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let second = help_desk::set_staff(&mut tx, world.account, customer, anna).await;
    assert!(second.unwrap_err().is_conflict(), "one, whatever happens at the same moment");
    drop(tx);
    let mut tx = world.read().await;
    assert_eq!(help_desk::file_of(&mut tx, world.account, anna).await.unwrap(), Some(hers));
    assert_eq!(help_desk::file_of(&mut tx, world.account, ben).await.unwrap(), None);
    assert_eq!(help_desk::file_of(&mut tx, world.id(START), anna).await.unwrap(), None, "another account's");
    let staff = help_desk::staff_among(&mut tx, world.account, &[hers, customer]).await.unwrap();
    assert_eq!(staff, [hers].into());
    let known = contacts::by_identity(&mut tx, &world.key, &known_as(anna)).await.unwrap();
    assert_eq!(known, Some(hers));
    let known = contacts::known_of(&mut tx, &world.key, &[hers]).await.unwrap();
    assert_eq!((known[&hers].len(), known[&hers][0].proof), (1, Some(Proof::Staff)));
}

/// Rows: S1.24
async fn a_colleague_sees_what_they_asked_and_what_is_unread(world: World) {
    let (anna, ben): (UserId, UserId) = (world.id(START), world.id(START));
    let hers = file(&world, anna).await;
    let at = |seconds: u32| START + SECOND * seconds;
    let inbox: InboxId = world.id(START);
    let row =
        Inbox { id: inbox, channel: Channel::HelpDesk, name: "IT".into(), numbers: vec![], flow: None, closure: None };
    let mut tx = world.write().await;
    inboxes::create(&mut tx, world.account, &row).await.unwrap();
    tx.commit().await.unwrap();
    let mut talks: Vec<ConversationId> = Vec::new();
    for n in [0, 100] {
        let id: ConversationId = world.id(at(n));
        let mut set = world.set();
        let (channel, contact) = (Channel::HelpDesk, Some((known_as(anna), world.id(at(n)))));
        set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox), at: at(n), contact }).unwrap();
        let (item, queue) = (world.id(at(n)), world.queue);
        set.queued(Queued { id: item, conversation: id, call: None, queue, medium: Medium::Text, at: at(n) });
        world.commit(&set).await;
        let mut tx = world.write().await;
        text_matters::begin(&mut tx, &world.key, at(n), (id, queue), &Pii::new(anna.to_string())).await.unwrap();
        for (speaker, kind, after) in
            [("contact", "message", 0), ("agent", "text_event", 1), ("agent", "message", 2), ("system", "message", 3)]
        {
            let (text, at) = (Pii::new("x".to_owned()), at(n + after));
            let agent = (speaker == "agent").then(|| world.agents[0]);
            let line = NewTextLine { id: world.id(at), conversation: id, kind, speaker, agent, text: &text, at };
            texts::append_line(&mut tx, &world.key, &line).await.unwrap();
        }
        tx.commit().await.unwrap();
        talks.push(id);
    }
    let user = User {
        id: anna,
        account: world.account,
        login: "anna".into(),
        name: "Anna".into(),
        roles: vec!["agent".into()],
        agent: Some(world.agents[0]),
        extension: None,
        disabled: false,
        version: 1,
    };
    let mut tx = world.write().await;
    users::create(&mut tx, START, &user, "x").await.unwrap();
    let open = text_matters::open_texts(&mut tx, world.account, 9).await.unwrap();
    let asked: Vec<_> = open.iter().map(|text| (text.conversation, text.channel, text.asked_by)).collect();
    let her_agent = Some(world.agents[0]);
    let expected = talks.iter().map(|id| (*id, Channel::HelpDesk, her_agent));
    assert_eq!(asked, expected.collect::<Vec<_>>(), "and routing knows whose question it is");
    let all = help_desk::talks_of(&mut tx, world.account, anna, 10).await.unwrap();
    let told: Vec<_> = all.iter().map(|one| (one.conversation, one.last_at, one.last_seq, one.unread)).collect();
    assert_eq!(told, [(talks[1], at(103), 4, 2), (talks[0], at(3), 4, 2)], "the newest line first");
    assert_eq!((all[0].inbox, all[0].inbox_name.as_str(), all[0].closed_at), (inbox, "IT", None));
    let read = Cursors { delivered: 3, read: 3, seen: 0 };
    text_matters::advance(&mut tx, world.account, talks[0], read).await.unwrap();
    let one = help_desk::talk_of(&mut tx, world.account, anna, talks[0]).await.unwrap().unwrap();
    assert_eq!((one.read, one.unread), (3, 1));
    assert_eq!(help_desk::talk_of(&mut tx, world.account, ben, talks[0]).await.unwrap(), None, "nobody else's");
    assert!(help_desk::talks_of(&mut tx, world.account, ben, 10).await.unwrap().is_empty());
    let known = contacts::by_identity(&mut tx, &world.key, &known_as(anna)).await.unwrap();
    assert_eq!(known, Some(hers), "the same file for both");

    let mut set = world.set();
    let call = world.call_in(&mut set, at(5), "+4930123456");
    drop(tx);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let askers = help_desk::askers(&mut tx, world.account, &[talks[0], talks[1], call.conversation]).await.unwrap();
    assert_eq!(askers, [(talks[0], anna), (talks[1], anna)].into());
    let open = routing::open_items(&mut tx, world.account, 10).await.unwrap();
    let internal: Vec<_> = open.iter().map(|item| (item.conversation, item.internal)).collect();
    assert_eq!(internal, [(talks[0], true), (call.conversation, false), (talks[1], true)]);

    text_matters::close(&mut tx, world.account, talks[0], at(50)).await.unwrap();
    let mut within = async |from: Timestamp, to: Timestamp| {
        help_desk::internal(&mut tx, world.account, (from, to)).await.unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(within(START, at(60)).await, [talks[0]], "without the call");
    assert_eq!(within(at(51), at(200)).await, [talks[1]], "what is over before is not there");
    assert_eq!(within(at(50), at(200)).await, [talks[0], talks[1]]);
}
