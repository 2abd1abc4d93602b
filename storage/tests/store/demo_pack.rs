//! Taking the demo's pack away.

use crate::world::{START, World};
use ringdesk_model::{Channel, Medium, Pii, Presence};
use ringdesk_storage::agents::{self, PresenceChange};
use ringdesk_storage::conversation_list::{self, Listed};
use ringdesk_storage::demo_helpers::{self, DemoHelper};
use ringdesk_storage::demo_pack::{self, Held};
use ringdesk_storage::journal::{CallStarted, ConversationOpened, ParticipationState, Parties, Queued};
use ringdesk_storage::recordings::{self, NewRecording};
use ringdesk_storage::users;

on_both! {
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
