//! Taking the demo's pack away.

use crate::world::{START, World};
use ringdesk_contacts::Profile;
use ringdesk_model::{Channel, ConversationId, InboxId, Medium, Pii, Presence, UserId};
use ringdesk_storage::agents::{self, PresenceChange};
use ringdesk_storage::contacts::{self, Identity};
use ringdesk_storage::conversation_list::{self, Listed};
use ringdesk_storage::demo_helpers::{self, DemoHelper};
use ringdesk_storage::demo_pack::{self, Held};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::journal::{CallStarted, ConversationOpened, ParticipationState, Parties, Queued};
use ringdesk_storage::recordings::{self, NewRecording};
use ringdesk_storage::tags::{self, Tag};
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::{contact_files, text_inboxes, text_matters, users};

on_both! {
    what_a_help_desk_was_asked_for_show_goes_away_with_it
    only_what_was_never_said_goes_away
    helpers_go_away_unless_they_talked_to_somebody_real
}

/// Rows: S16.26
async fn only_what_was_never_said_goes_away(world: World) {
    let (mut set, conversation, call) = (world.set(), world.id(START), world.id(START));
    let real = world.call_in(&mut set, START, "+49301234567");
    set.open_conversation(ConversationOpened {
        id: conversation,
        channel: Channel::Phone,
        inbox: None,
        at: START,
        contact: None,
    })
    .unwrap();
    let parties = Parties { from: Pii::new("+4930999".into()), from_name: None, to: Pii::new("1000".into()) };
    let (direction, origin) = ("inbound", demo_pack::ORIGIN.to_owned());
    set.start_call(CallStarted { id: call, conversation, direction, origin, parties, at: START }).unwrap();
    world.say(&mut set, conversation, START, "call.started");
    let (medium, queue) = (Medium::Voice, world.queue);
    set.queued(Queued { id: world.id(START), conversation, call: Some(call), queue, medium, at: START });
    set.participation(ParticipationState {
        id: world.id(START),
        conversation,
        call: Some(call),
        agent: world.agents[0],
        queue: Some(world.queue),
        started_at: START,
        ended_at: Some(START),
        hold_us: 0,
    });
    world.commit(&set).await;
    let mut tx = world.write().await;
    let new = NewRecording { id: world.id(START), conversation, call, wrapped_key: vec![1], started_at: START };
    recordings::insert(&mut tx, world.account, &new).await.unwrap();
    for actor in ["demo", "system"] {
        let change = PresenceChange { at: START, presence: Presence::Ready, queue: None, actor: actor.into() };
        agents::set_presence(&mut tx, world.account, world.agents[0], &change).await.unwrap();
    }
    assert_eq!(demo_pack::count(&mut tx, world.account).await.unwrap(), 1);
    let files = demo_pack::remove(&mut tx, &world.key).await.unwrap();
    assert_eq!(files.iter().map(|f| f.id).collect::<Vec<_>>(), [new.id]);
    assert_eq!(demo_pack::count(&mut tx, world.account).await.unwrap(), 0);
    assert!(demo_pack::remove(&mut tx, &world.key).await.unwrap().is_empty());
    let left = conversation_list::list(&mut tx, &world.key, &world.everyone(), &Listed::default(), 9).await.unwrap();
    assert_eq!(left.iter().map(|c| c.id).collect::<Vec<_>>(), [real.conversation]);
    let changes = agents::presence_changes(&mut tx, world.account, world.agents[0], 9).await.unwrap();
    assert_eq!(changes.len(), 1);
}

/// Only what the house itself marked is of the pack; a help desk that was asked something else stays, and so does its file.
///
/// Rows: S16.26, S1.24
async fn what_a_help_desk_was_asked_for_show_goes_away_with_it(world: World) {
    let account = world.account;
    let (shown, real): (InboxId, InboxId) = (world.id(START), world.id(START));
    let (anna, ben): (UserId, UserId) = (world.id(START), world.id(START));
    let tag = Tag::named(world.id(START), demo_pack::ORIGIN);
    let mut tx = world.write().await;
    for (id, name) in [(shown, "IT help desk"), (real, "Office")] {
        let (channel, name) = (Channel::HelpDesk, name.to_owned());
        inboxes::create(&mut tx, account, &Inbox { id, channel, name, numbers: vec![], flow: None, closure: None })
            .await
            .unwrap();
        text_inboxes::put(&mut tx, account, id, world.queue, "{}").await.unwrap();
    }
    tags::put(&mut tx, account, &tag).await.unwrap();
    tx.commit().await.unwrap();
    let mut talks: Vec<ConversationId> = Vec::new();
    for (inbox, user, by) in [(shown, anna, None), (real, ben, None), (real, ben, Some(ben))] {
        let id: ConversationId = world.id(START);
        let known = Identity { kind: "staff", value: Pii::new(user.to_string()) };
        let mut set = world.set();
        let (channel, contact) = (Channel::HelpDesk, Some((known, world.id(START))));
        set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox), at: START, contact }).unwrap();
        let (item, queue) = (world.id(START), world.queue);
        set.queued(Queued { id: item, conversation: id, call: None, queue, medium: Medium::Text, at: START });
        world.commit(&set).await;
        let mut tx = world.write().await;
        text_matters::begin(&mut tx, &world.key, START, (id, queue), &Pii::new(user.to_string())).await.unwrap();
        let (line, text) = (world.id(START), Pii::new("my screen is dark".to_owned()));
        let line = NewTextLine {
            id: line,
            conversation: id,
            kind: "message",
            speaker: "contact",
            agent: None,
            text: &text,
            at: START,
        };
        let sending = Sending { author: None, sent_as: [talks.len() as u8; 16], goes_out: false };
        texts::append(&mut tx, &world.key, &line, &sending).await.unwrap();
        let known = Identity { kind: "staff", value: Pii::new(user.to_string()) };
        let who = contacts::by_identity(&mut tx, &world.key, &known).await.unwrap().unwrap();
        let file = contact_files::get(&mut tx, &world.key, who).await.unwrap().unwrap();
        let profile = Profile { name: Some(Pii::new("Anna".into())), ..file.profile };
        contact_files::put(&mut tx, &world.key, who, &profile).await.unwrap();
        tags::add(&mut tx, START, account, id, tag.id, by).await.unwrap();
        tx.commit().await.unwrap();
        talks.push(id);
    }
    let mut tx = world.write().await;
    let of_pack = demo_pack::help_talks(&mut tx, account).await.unwrap();
    assert_eq!(of_pack, [(talks[0], shown), (talks[1], real)], "a tag that somebody gave is theirs");
    assert_eq!(demo_pack::held(&mut tx, account).await.unwrap(), Held { conversations: 2, ..Held::default() });
    assert!(demo_pack::remove(&mut tx, &world.key).await.unwrap().is_empty(), "it has no recordings");
    assert_eq!(demo_pack::count(&mut tx, account).await.unwrap(), 0);
    let left = conversation_list::list(&mut tx, &world.key, &world.everyone(), &Listed::default(), 9).await.unwrap();
    assert_eq!(left.iter().map(|c| c.id).collect::<Vec<_>>(), [talks[2]]);
    let desks = text_inboxes::all(&mut tx, account).await.unwrap();
    assert_eq!(desks.iter().map(|desk| desk.id).collect::<Vec<_>>(), [real]);
    for (user, stays) in [(anna, false), (ben, true)] {
        let known = Identity { kind: "staff", value: Pii::new(user.to_string()) };
        assert_eq!(contacts::by_identity(&mut tx, &world.key, &known).await.unwrap().is_some(), stays);
    }
}

/// Rows: S16.26
async fn helpers_go_away_unless_they_talked_to_somebody_real(world: World) {
    let (now, account) = (START, world.account);
    let mut helpers = Vec::new();
    let mut tx = world.write().await;
    for login in ["helper1", "helper2"] {
        let (agent, user) = (world.id(now), world.id(now));
        agents::create_agent(&mut tx, now, account, agent, login, "{}").await.unwrap();
        agents::set_queue_agent(&mut tx, agents::QueueAgent { queue: world.queue, agent, level: 1 }).await.unwrap();
        let row = users::User {
            id: user,
            account,
            login: login.to_owned(),
            name: login.to_owned(),
            roles: vec!["agent".to_owned()],
            agent: Some(agent),
            extension: None,
            disabled: false,
            version: 1,
        };
        users::create(&mut tx, now, &row, "-").await.unwrap();
        let helper = DemoHelper { agent, user };
        demo_helpers::add(&mut tx, account, helper).await.unwrap();
        helpers.push(helper);
    }
    assert_eq!(demo_helpers::all(&mut tx, account).await.unwrap(), helpers);
    assert_eq!(demo_pack::held(&mut tx, account).await.unwrap(), Held { helpers: 2, ..Held::default() });
    tx.commit().await.unwrap();
    let mut set = world.set();
    let real = world.call_in(&mut set, now, "+49301234567");
    world.commit(&set).await;
    assert!(world.propose(now, real.work_item, helpers[1].agent).await.is_some());

    let mut tx = world.write().await;
    assert!(demo_helpers::remove(&mut tx, account, helpers[0]).await.unwrap());
    assert!(!demo_helpers::remove(&mut tx, account, helpers[1]).await.unwrap(), "they are in the books of a real call");
    assert_eq!(demo_helpers::all(&mut tx, account).await.unwrap(), helpers[1..]);
    let left = agents::agents(&mut tx, account).await.unwrap();
    assert!(left.iter().all(|a| a.id != helpers[0].agent) && left.iter().any(|a| a.id == helpers[1].agent));
}
