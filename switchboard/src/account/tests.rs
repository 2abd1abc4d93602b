//! The account desk, between routing and the calls.

use super::*;
use ringdesk_model::QueueId;
use ringdesk_routing::{Floorplan, QueueSetup};
use ringdesk_voice::WorkRequest;

/// Rows: S16.13
#[test]
fn stuck_is_what_is_over_twice() {
    let (now, mut ids) = (Timestamp(0), Ids::seeded(1));
    let mut desk = AccountDesk::new(Router::new(Default::default(), Ids::seeded(2)), Ids::seeded(3));
    let queue: QueueId = ids.next(now);
    let plan = Floorplan { queues: vec![QueueSetup::new(queue, "support")], agents: vec![] };
    desk.handle_input(now, AccountInput::Configured(plan));
    let (call, ask) = (ids.next(now), ids.next(now));
    let mut wait = |desk: &mut AccountDesk, call, ask| {
        let request = WorkRequest { work_item: ids.next(now), queue, priority: Default::default() };
        desk.handle_input(now, AccountInput::Queue { call, ask, request });
    };
    wait(&mut desk, call, ask);
    assert!(desk.reconcile(now, |_| true).is_empty());
    assert!(desk.reconcile(now, |_| false).is_empty(), "its last words may be on their way");
    desk.handle_input(now, AccountInput::Cancel(ask));
    assert!(desk.reconcile(now, |_| false).is_empty(), "they were");
    wait(&mut desk, call, ask);
    assert!(desk.reconcile(now, |_| false).is_empty());
    assert_eq!(desk.reconcile(now, |_| false).len(), 1, "nothing came");
    assert!(desk.reconcile(now, |_| false).is_empty(), "mended");
    assert_eq!(desk.floor().queues[0].waiting, 0);
}
