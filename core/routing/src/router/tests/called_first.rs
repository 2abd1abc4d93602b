//! Kept places whose contact is called before an agent is asked.

use super::*;

impl Centre {
    /// Queue 1 calls the contact first.
    fn calling_first(agents: &[(u8, u8)]) -> Centre {
        let mut centre = Centre::new(agents);
        let callback = CallbackOffer { first: CallFirst::Caller, ..CallbackOffer::default() };
        centre.configure(|plan| plan.queues[0].callback = Some(callback));
        centre
    }

    /// A place is kept; the clock moves on a second.
    fn keep(&mut self, item: u32) {
        self.tell(Input::Queued(Work { callback: true, ..self.work(item, 1) }));
        self.pass(secs(1));
    }

    /// They have picked up, and wait as this item.
    fn back(&mut self, kept: u32, item: u32) {
        self.tell(Input::Queued(Work { in_place_of: Some(id(kept)), ..self.work(item, 1) }));
    }

    fn called(&self) -> Vec<u32> {
        let called = self.said.iter().filter_map(|o| match o {
            Output::CallFirst { work_item, .. } => Some(number_of(*work_item)),
            _ => None,
        });
        called.collect()
    }
}

/// Their turn ties nobody up: the agent talks with who came later, and they are the next.
///
/// Rows: V7
#[test]
fn who_is_called_first_waits_at_their_place_while_the_agent_goes_on() {
    let mut c = Centre::calling_first(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].max_wait = Some(secs(60)));
    c.keep(200);
    c.keep(201);
    c.pass(secs(100));
    c.call(102, 1);
    assert_eq!(c.called(), [0; 0], "nobody is there for them");
    c.want(1, Wanted::Ready);
    assert_eq!((c.called(), c.proposed()), (vec![200], vec![(102, 1)]));
    c.connect(102);
    assert_eq!([200, 201].map(|item| c.router.place(id(item))), [Some(1), Some(2)]);
    c.take_said();
    c.back(200, 300);
    assert_eq!((c.left(), c.called()), (vec![(200, WorkOutcome::CalledBack)], vec![]));
    assert_eq!([300, 201].map(|item| c.router.place(id(item))), [Some(1), Some(2)], "with the rank they had");
    c.pass(secs(59));
    assert_eq!(c.left(), [(200, WorkOutcome::CalledBack)], "the longest wait begins when they are on the line");
    c.tell(Input::WorkEnded(id(102)));
    c.tell(Input::WrapUpDone(id(0), id(1)));
    assert_eq!((c.proposed(), c.called()), (vec![(300, 1)], vec![]), "the agent is for who is on the line");
}

/// Rows: V7
#[test]
fn as_many_are_called_as_agents_are_free_and_who_is_not_reached_makes_room() {
    let mut c = Centre::calling_first(&[(1, 0), (1, 0)]);
    c.ready(&[1, 2]);
    for item in 200..204 {
        c.keep(item);
    }
    assert_eq!((c.called(), c.proposed()), (vec![200, 201], vec![]));
    c.take_said();
    c.tell(Input::Withdrawn(id(200)));
    assert_eq!((c.left(), c.called()), (vec![(200, WorkOutcome::Abandoned)], vec![202]));
    // A leader does not give away who is being called.
    c.tell(Input::AssignTo(id(7), id(201), id(1)));
    assert_eq!(c.done(7), Some(Err(Refusal::NotWaiting)));
    // Where agents are asked first from now on, they are, and who is being called still is.
    c.configure(|plan| plan.queues[0].callback = Some(CallbackOffer::default()));
    assert_eq!(c.proposed(), [(203, 1)]);
    c.take_said();
    c.back(201, 301);
    c.back(202, 302);
    assert_eq!(c.left(), [(201, WorkOutcome::CalledBack), (202, WorkOutcome::CalledBack)]);
    assert_eq!(c.proposed(), [(203, 1), (301, 2)]);
}

/// Whose wish nobody who is free meets keeps nobody else from being called.
///
/// Rows: V7
#[test]
fn who_wants_what_nobody_has_is_in_nobodys_way() {
    let mut c = Centre::calling_first(&[(1, 0)]);
    c.ready(&[1]);
    let wish: Skills = [(Skill("language:zh".into()), 1)].into();
    c.tell(Input::Queued(Work { callback: true, skills: wish, ..c.work(200, 1) }));
    c.pass(secs(1));
    assert_eq!(c.called(), [0; 0]);
    c.keep(201);
    assert_eq!(c.called(), [201]);
    assert_eq!(c.router.place(id(200)), Some(1), "they keep their place all the same");
}

/// Rows: V7
#[test]
fn where_a_leader_assigns_nobody_is_called_by_themselves() {
    let mut c = Centre::calling_first(&[(1, 0)]);
    c.configure(|plan| plan.queues[0].mode = Mode::Assign);
    c.ready(&[1]);
    c.keep(200);
    assert_eq!((c.called(), c.proposed()), (vec![], vec![]));
    c.tell(Input::AssignTo(id(7), id(200), id(1)));
    assert_eq!(c.proposed(), [(200, 1)], "this agent is to call them");
}
