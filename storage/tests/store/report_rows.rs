//! What reports read of a period.

use crate::world::{START, World};
use ringdesk_model::{
    Channel, ContactId, ConversationId, InboxId, Medium, Pii, Presence, Timestamp, TransferId, WorkOutcome,
};
use ringdesk_storage::agents::{self, PresenceChange};
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::dispositions::{self, Disposition};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::journal::{CallChange, ConversationOpened, ParticipationState, Queued};
use ringdesk_storage::report_rows::{self, Origin};
use ringdesk_storage::routing::{self, OfferEnd};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::transfers::{NewTransfer, TransferEnd};
use ringdesk_storage::{contact_files, text_inboxes, text_matters};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

on_both! {
    a_period_has_the_calls_that_ran_in_it
    the_state_before_the_period_belongs_to_it
    what_nobody_filled_in_is_counted
    first_answers_and_offers_are_those_of_people
}

/// Rows: S11.9, S11.26
async fn a_period_has_the_calls_that_ran_in_it(world: World) {
    let mut all = Vec::new();
    for (n, lasts) in [(0u32, Some(2u32)), (1, Some(1)), (2, None), (5, Some(1))] {
        let (mut set, at) = (world.set(), START + HOUR * n);
        let waiting = world.call_in(&mut set, at, "+4930123456");
        let sheet = Some(format!("{{\"n\":{n}}}"));
        set.change_call(waiting.call, CallChange { sheet, ..CallChange::default() }).unwrap();
        if n == 1 {
            let id: TransferId = world.id(at);
            set.transfer(&NewTransfer {
                id,
                conversation: waiting.conversation,
                call: Some(waiting.call),
                by: Some(world.agents[0]),
                mode: "blind".into(),
                target: "queue",
                target_said: Pii::new("{}".into()),
                reason: None,
                at,
            })
            .unwrap();
            set.end_transfer(TransferEnd { id, at, waited_ms: 1, outcome: "completed".into(), taken_by: None });
        }
        if let Some(hours) = lasts {
            world.end(&mut set, &waiting, at + HOUR * hours);
        }
        world.commit(&set).await;
        all.push(waiting.call);
    }
    let mut tx = world.read().await;
    let mut of = async |from: Timestamp, to: Timestamp, after, limit| {
        let found = report_rows::sheets(&mut tx, &world.key, (from, to), after, limit).await.unwrap();
        found.iter().map(|row| all.iter().position(|c| *c == row.call).unwrap()).collect::<Vec<_>>()
    };
    let (from, to) = (START + HOUR * 2 + SECOND, START + HOUR * 5);
    assert_eq!(of(from, to, None, 10).await, [2], "two ended, one comes later");
    assert_eq!(of(START, to + SECOND, None, 2).await, [0, 1]);
    assert_eq!(of(START, to + SECOND, Some(all[1]), 2).await, [2, 3], "page by page");
    assert_eq!(
        of(START + HOUR * 40, START + HOUR * 41, None, 9).await,
        Vec::<usize>::new(),
        "a lost call is of its day"
    );
    let row = &report_rows::sheets(&mut tx, &world.key, (START, START + SECOND), None, 1).await.unwrap()[0];
    assert_eq!(row.sheet.as_ref().map(|s| s.reveal().as_str()), Some("{\"n\":0}"));
    let within = (START, START + HOUR * 2);
    let passed = report_rows::transfers(&mut tx, world.account, within).await.unwrap();
    assert_eq!(passed.len(), 1);
    assert_eq!((passed[0].agent, passed[0].outcome.as_deref()), (world.agents[0], Some("completed")));
    assert!(report_rows::transfers(&mut tx, world.account, (START, START + HOUR)).await.unwrap().is_empty());
}

/// Rows: S11.35
async fn the_state_before_the_period_belongs_to_it(world: World) {
    let mut tx = world.write().await;
    let [one, two] = world.agents;
    for (agent, n, presence) in [
        (one, 1u32, Presence::Ready),
        (one, 2, Presence::NotReady("lunch".into())),
        (two, 3, Presence::Ready),
        (one, 5, Presence::Talking),
        (one, 9, Presence::LoggedOut),
    ] {
        let change = PresenceChange { at: START + SECOND * n, presence, queue: None, actor: "system".into() };
        agents::set_presence(&mut tx, world.account, agent, &change).await.unwrap();
    }
    let within = (START + SECOND * 4, START + SECOND * 9);
    let found = report_rows::presence(&mut tx, world.account, within).await.unwrap();
    let of = |agent| found.iter().filter(|c| c.agent == agent).map(|c| c.presence.clone()).collect::<Vec<_>>();
    assert_eq!(of(one), [Presence::NotReady("lunch".into()), Presence::Talking]);
    assert_eq!(of(two), [Presence::Ready]);
    assert!(report_rows::presence(&mut tx, world.id(START), within).await.unwrap().is_empty(), "another account's");
}

/// Rows: S7.29
async fn what_nobody_filled_in_is_counted(world: World) {
    let (mut set, mut parts) = (world.set(), Vec::new());
    for n in 0..3u32 {
        let waiting = world.call_in(&mut set, START, "+4930123456");
        let id = world.joined(&mut set, &waiting, world.agents[0], START);
        set.participation(ParticipationState {
            id,
            conversation: waiting.conversation,
            call: Some(waiting.call),
            agent: world.agents[0],
            queue: Some(world.queue),
            started_at: START,
            ended_at: Some(START + HOUR * n),
            hold_us: 0,
        });
        parts.push(id);
    }
    world.commit(&set).await;
    let mut tx = world.write().await;
    let code = Disposition { code: "solved".into(), note: None, at: START, by: None };
    dispositions::set(&mut tx, &world.key, parts[2], &code).await.unwrap();
    let open = report_rows::unfilled(&mut tx, world.account, START + HOUR).await.unwrap();
    assert_eq!(open, [(world.agents[0], world.queue, 1)], "one is too old, one is filled in");
}

/// Rows: S1.19, S11.35, N4, N62
async fn first_answers_and_offers_are_those_of_people(world: World) {
    let mut tx = world.write().await;
    let at = |seconds: u32| START + SECOND * seconds;
    let inbox: InboxId = world.id(START);
    let row =
        Inbox { id: inbox, channel: Channel::Api, name: "Shop".into(), numbers: vec![], flow: None, closure: None };
    inboxes::create(&mut tx, world.account, &row).await.unwrap();
    text_inboxes::put(&mut tx, world.account, inbox, world.queue, "{}").await.unwrap();
    tx.commit().await.unwrap();
    let mut all = Vec::new();
    for (n, answered) in [(0, Some(40)), (100, None)] {
        let (id, contact): (ConversationId, ContactId) = (world.id(at(n)), world.id(at(n)));
        let who = Identity { kind: "channel", value: Pii::new(format!("{inbox}:guest-{n}")) };
        let mut set = world.set();
        let (channel, from) = (Channel::Api, Some((who, contact)));
        set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox), at: at(n), contact: from })
            .unwrap();
        let item = world.id(at(n));
        set.queued(Queued {
            id: item,
            conversation: id,
            call: None,
            queue: world.queue,
            medium: Medium::Text,
            at: at(n),
        });
        world.commit(&set).await;
        let mut tx = world.write().await;
        text_matters::begin(&mut tx, &world.key, at(n), (id, world.queue), &Pii::new("guest".into())).await.unwrap();
        let lines =
            [("contact", "message", 0), ("system", "message", 1), ("agent", "text_event", 2), ("agent", "message", 40)];
        for (speaker, kind, after) in lines {
            if kind == "message" && speaker == "agent" && answered.is_none() {
                continue;
            }
            let (text, agent) = (Pii::new("x".to_owned()), (speaker == "agent").then(|| world.agents[0]));
            let at = at(n + after);
            let line = NewTextLine { id: world.id(at), conversation: id, kind, speaker, agent, text: &text, at };
            texts::append_line(&mut tx, &world.key, &line).await.unwrap();
        }
        tx.commit().await.unwrap();
        if answered.is_some() {
            for (agent, after, outcome) in [(1, 7, "no_answer"), (0, 8, "accepted")] {
                let offer = world.propose(at(n + after), item, world.agents[agent]).await.unwrap();
                let end = OfferEnd { offer, at: at(n + after + 1), outcome: outcome.into() };
                let mut tx = world.write().await;
                routing::end_offers(&mut tx, world.account, &[end]).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
        all.push((id, contact));
    }
    let mut tx = world.read().await;
    let within = (START, START + HOUR);
    let answers = report_rows::first_answers(&mut tx, world.account, within, 10).await.unwrap();
    let told: Vec<_> =
        answers.iter().map(|(inbox, a)| (a.conversation, *inbox, a.at, a.answered_at, a.agent)).collect();
    assert_eq!(told[0], (all[0].0, Some(inbox), START, Some(at(40)), Some(world.agents[0])), "the house is nobody");
    assert_eq!(told[1], (all[1].0, Some(inbox), at(100), None, None));
    let offers = report_rows::first_offers(&mut tx, world.account, within, 10).await.unwrap();
    let told: Vec<_> = offers.iter().map(|o| (o.conversation, o.at, o.offered_at, o.vip)).collect();
    assert_eq!(told, [(all[0].0, START, Some(at(7)), false), (all[1].0, at(100), None, false)]);
    let stays = report_rows::text_stays(&mut tx, world.account, within, 10).await.unwrap();
    let told: Vec<_> = stays.iter().map(|s| (s.conversation, s.queue, s.at, s.left_at, s.outcome)).collect();
    assert_eq!(
        told[0],
        (all[0].0, world.queue, START, Some(at(9)), Some(WorkOutcome::Served)),
        "it waited until somebody took it"
    );
    assert_eq!((told.len(), told[1].0, told[1].3), (2, all[1].0, None));
    let asked = report_rows::text_offers(&mut tx, world.account, within, 10).await.unwrap();
    let told: Vec<_> = asked.iter().map(|o| (o.agent, o.at, o.ended_at, o.outcome.as_deref(), o.call)).collect();
    let [one, two] = world.agents;
    let missed = (two, at(7), Some(at(8)), Some("no_answer"), None);
    assert_eq!(told, [missed, (one, at(8), Some(at(9)), Some("accepted"), None)], "who let it ring, and who took it");
    assert_eq!((asked[0].conversation, asked[0].queue), (all[0].0, Some(world.queue)));
    assert!(
        report_rows::text_offers(&mut tx, world.account, (at(9) + SECOND, START + HOUR), 10).await.unwrap().is_empty()
    );
    let later = (at(1), START + HOUR);
    assert_eq!(report_rows::first_answers(&mut tx, world.account, later, 10).await.unwrap().len(), 1);
    assert_eq!(report_rows::first_offers(&mut tx, world.account, later, 10).await.unwrap().len(), 1);
    let ids = [all[0].0, all[1].0];
    let origins = report_rows::origins(&mut tx, world.account, &ids).await.unwrap();
    let expected = Origin { channel: Channel::Api, inbox: Some(inbox), contact: Some(all[0].1) };
    assert_eq!((origins.len(), origins.get(&all[0].0)), (2, Some(&expected)));
    let stranger = world.id(START);
    assert!(report_rows::origins(&mut tx, stranger, &ids).await.unwrap().is_empty(), "another account's");
    let files = contact_files::these(&mut tx, &world.key, &[all[1].1]).await.unwrap();
    assert_eq!(files.iter().map(|file| file.id).collect::<Vec<_>>(), [all[1].1]);
}
