use super::*;

impl Centre {
    fn engage(&mut self, agent: u32, how: Option<Engaged>) {
        self.tell(Input::Engaged(id(agent), how));
    }
}

/// Whom a colleague calls directly is offered nothing meanwhile, from the first ringing on; and has nothing to wrap up.
///
/// Rows: S7.4, S7.25
#[test]
fn an_agent_in_a_direct_call_is_offered_nothing() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.ready(&[1]);
    c.engage(1, Some(Engaged::Ringing));
    assert_eq!(c.presence(1), Presence::Reserved);
    c.call(100, 1);
    c.tell(Input::Queued(Work { medium: TEXT, ..c.work(101, 1) }));
    c.engage(1, Some(Engaged::Talking));
    assert_eq!((c.presence(1), c.proposed()), (Presence::Talking, vec![]));
    c.seek(102, 1, Some(1));
    assert!(c.said.contains(&Output::NotTaken(id(102), Ended::Busy)), "nor are they asked by a colleague");
    c.tell(Input::AssignTo(id(9), id(100), id(1)));
    assert_eq!(c.done(9), Some(Err(Refusal::NoCapacity)), "nor given it by a leader");
    c.engage(1, None);
    assert_eq!((c.presence(1), c.proposed()), (Presence::Reserved, vec![(100, 1)]), "at once, without wrap-up");
}

/// Who could take two calls is offered the second; and what was offered before still rings.
///
/// Rows: S7.4
#[test]
fn a_direct_call_counts_as_one() {
    let mut c = Centre::new(&[(1, 0)]);
    c.configure(|plan| plan.agents[0].capacity = Capacity { voice: 2, text: 4 });
    c.ready(&[1]);
    c.engage(1, Some(Engaged::Talking));
    c.call(100, 1);
    c.call(101, 1);
    assert_eq!(c.proposed(), [(100, 1)]);
    c.commit();
    c.end(100, Ended::Accepted);
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::Talking, "that one goes on");
    c.engage(1, None);
    assert_eq!(c.proposed(), [(101, 1)], "wrap-up counts as the other");
}

/// An agent's own call is work by the time it is asked for, in the very call they are in; so it has its wrap-up.
///
/// Rows: V14
#[test]
fn an_agents_own_call_does_not_stand_in_its_own_way() {
    let mut c = Centre::new(&[(1, 0)]);
    c.want(1, on_break());
    c.engage(1, Some(Engaged::Talking));
    let own = Sought {
        work_item: id(100),
        agent: id(1),
        queue: None,
        medium: VOICE,
        ring_for: secs(40),
        ends_wrap_up: true,
        engaged_here: true,
    };
    c.tell(Input::Sought(own));
    c.commit();
    c.end(100, Ended::Accepted);
    c.engage(1, None);
    assert_eq!(c.presence(1), Presence::Talking);
    c.tell(Input::WorkEnded(id(100)));
    assert_eq!(c.presence(1), Presence::WrapUp);
}

/// By any of their extensions; who is no longer there is at none.
#[test]
fn agents_are_found_by_where_they_are() {
    let mut c = Centre::new(&[(1, 0), (1, 0)]);
    c.configure(|plan| _ = plan.agents[1].also_at.insert("2102".into()));
    for (extension, agent) in [("2001", Some(1)), ("2002", Some(2)), ("2102", Some(2)), ("2003", None), ("", None)] {
        assert_eq!(c.router.agent_at(extension), agent.map(id), "{extension}");
    }
    c.configure(|plan| plan.agents.truncate(1));
    assert_eq!(c.router.agent_at("2102"), None);
}
