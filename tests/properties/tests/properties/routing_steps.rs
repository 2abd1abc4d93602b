//! Random stories of a contact centre: a floorplan, and what happens on it. Numbers in a step are resolved against what
//! is there when it happens, so that every shorter story is a story too.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use ringdesk_model::{AgentId, Medium, Priority, QueueId};
use ringdesk_routing::*;
use std::str::FromStr;
use std::time::Duration;

pub(crate) const QUEUES: u32 = 3;
pub(crate) const AGENTS: u32 = 5;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Queue {
        queue: u32,
        priority: i16,
        medium: Medium,
        required: Option<u32>,
        waited: u64,
        wish: Wish,
    },
    /// The contact hangs up and is called back.
    CallBack(usize),
    /// Whom the house calls picks up, and waits on the line.
    PickUp(usize),
    MoveTo(usize, u32),
    MoveToHead(usize),
    Unseen(u32),
    Seen(u32),
    /// A colleague asks for this agent, by the rules of a queue or of none in particular.
    Seek {
        agent: u32,
        queue: Option<u32>,
        medium: Medium,
    },
    /// A call that is no work rings at this agent, or they talk in one; or it is over.
    Engage(u32, Option<Engaged>),
    Withdraw(usize),
    Choose(u32, Wanted),
    Next(u32, Wanted),
    /// The store answers the oldest proposals.
    Commit(usize),
    Lose,
    End(usize, Ended),
    /// On hold, or back.
    Hold(usize, bool),
    WorkEnded(usize),
    WrapUpDone(u32),
    Extend(u32, u64),
    Assign(usize, u32),
    Pick(u32, usize),
    /// Milliseconds.
    Pass(u64),
    Configure(Change),
    /// Only where the reference model does not follow: somebody or a queue goes or comes back.
    Toggle(bool, u32),
    Drain,
}

/// What is particular about a work item.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) skills: Skills,
    /// An agent, and seconds of patience.
    pub(crate) preferred: Option<(u32, u64)>,
    pub(crate) vip: bool,
    pub(crate) channel: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Change {
    Level(u32, u32, u8),
    Capacity(u32, Capacity),
    Mode(u32, Mode),
    Empty(u32, Empty),
    MaxWait(u32, Option<u64>),
    Skills(u32, Skills),
    Strategy(u32, QueueStrategy),
    Relax(u32, Option<u8>, Vec<RelaxStep>),
    Overflow(u32, Vec<Overflow>),
    Channel(ChannelSetup),
    First(u32, CallFirst),
}

/// Queues that work overflows to have no limit: whether there is room would depend on who asks first.
pub(crate) const LIMITED: u32 = 0;

pub(crate) fn id<T: FromStr>(n: u32) -> T {
    let Ok(id) = format!("00000000-0000-0000-0000-{n:012}").parse() else { panic!("{n} makes no id") };
    id
}

pub(crate) fn apply(change: &Change, plan: &mut Floorplan) {
    match change {
        Change::Level(agent, queue, level) => set_level(plan, *agent, *queue, *level),
        Change::Capacity(agent, capacity) => plan.agents[*agent as usize].capacity = *capacity,
        Change::Mode(queue, mode) => plan.queues[*queue as usize].mode = *mode,
        Change::Empty(queue, empty) => plan.queues[*queue as usize].empty = *empty,
        Change::Skills(agent, skills) => plan.agents[*agent as usize].skills = skills.clone(),
        Change::Strategy(queue, strategy) => plan.queues[*queue as usize].strategy = *strategy,
        Change::Relax(queue, first_levels, steps) => {
            plan.queues[*queue as usize].first_levels = *first_levels;
            plan.queues[*queue as usize].relax = steps.clone();
        }
        Change::Overflow(queue, rules) => plan.queues[*queue as usize].overflow = rules.clone(),
        Change::Channel(setup) => {
            plan.channels.retain(|channel| channel.name != setup.name);
            plan.channels.push(setup.clone());
        }
        Change::First(queue, first) => plan.queues[*queue as usize].callback = Some(calling(*first)),
        Change::MaxWait(queue, seconds) => plan.queues[*queue as usize].max_wait = seconds.map(Duration::from_secs),
    }
}

fn calling(first: CallFirst) -> CallbackOffer {
    CallbackOffer { first, ..CallbackOffer::default() }
}

fn set_level(plan: &mut Floorplan, agent: u32, queue: u32, level: u8) {
    let queues = &mut plan.agents[agent as usize].queues;
    match level {
        0 => drop(queues.remove(&id::<QueueId>(queue))),
        level => drop(queues.insert(id(queue), level)),
    }
}

fn capacity() -> impl Strategy<Value = Capacity> {
    select(vec![(1, 0), (1, 3), (1, 2), (0, 2), (2, 4)]).prop_map(|(voice, text)| Capacity { voice, text })
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![8 => Just(Mode::Push), 1 => Just(Mode::Pull), 1 => Just(Mode::Assign)]
}

fn empty() -> impl Strategy<Value = Empty> {
    prop_oneof![3 => Just(Empty::Wait), 1 => Just(Empty::LeaveAtOnce)]
}

fn skills() -> impl Strategy<Value = Skills> {
    let skill = (select(vec!["language:zh", "language:en", "billing"]), 1u8..4);
    prop_oneof![
        2 => Just(Skills::new()),
        3 => vec(skill, 1..4).prop_map(|all| all.into_iter().map(|(name, level)| (Skill(name.into()), level)).collect()),
    ]
}

fn strategy() -> impl Strategy<Value = QueueStrategy> {
    use QueueStrategy::*;
    select(vec![LeastBusy, LeastBusy, LongestIdle, TopDown, RoundRobin, RingAll])
}

fn steps() -> impl Strategy<Value = Vec<RelaxStep>> {
    let what = prop_oneof![
        select(vec!["language", "billing"]).prop_map(|name| Relaxed::Drop(name.into())),
        Just(Relaxed::DropAll),
        (select(vec!["language", "billing"]), 1u8..3).prop_map(|(name, to)| Relaxed::Lower { skill: name.into(), to }),
        (1u8..4).prop_map(Relaxed::UpTo),
    ];
    let step = (0u64..40, what, any::<bool>()).prop_map(|(after, what, at_once_if_nobody)| RelaxStep {
        after: Duration::from_secs(after),
        what,
        at_once_if_nobody,
    });
    vec(step, 0..4)
}

fn rules() -> impl Strategy<Value = Vec<Overflow>> {
    let when = prop_oneof![
        (0u64..60).prop_map(|s| OverflowWhen::Waited(Duration::from_secs(s))),
        (0u32..4).prop_map(OverflowWhen::Length),
        Just(OverflowWhen::NoAgents),
    ];
    let queue = (LIMITED + 1..QUEUES).prop_map(|n| OverflowTo::Queue(id(n)));
    let to = prop_oneof![3 => queue, 1 => Just(OverflowTo::Flow)];
    prop_oneof![1 => Just(vec![]), 1 => vec((when, to).prop_map(|(when, to)| Overflow { when, to }), 1..3)]
}

fn wish() -> impl Strategy<Value = Wish> {
    let preferred = proptest::option::weighted(0.2, (0..AGENTS, select(vec![0, 0, 5, 20])));
    let channel = proptest::option::weighted(0.2, select(vec!["web", "sms"]));
    (skills(), preferred, proptest::bool::weighted(0.1), channel).prop_map(|(skills, preferred, vip, channel)| Wish {
        skills,
        preferred,
        vip,
        channel,
    })
}

fn first() -> impl Strategy<Value = CallFirst> {
    select(vec![CallFirst::Agent, CallFirst::Caller])
}

fn channel() -> impl Strategy<Value = ChannelSetup> {
    let switch = select(vec![ChannelSwitch::On, ChannelSwitch::Hold, ChannelSwitch::Refuse]);
    (select(vec!["web", "sms"]), -1i16..3, switch).prop_map(|(name, priority, switch)| ChannelSetup {
        name: name.into(),
        priority: Priority(priority),
        switch,
    })
}

fn queue() -> impl Strategy<Value = QueueSetup> {
    let after = select(vec![AfterNoAnswer::NotReady, AfterNoAnswer::Pause]);
    let seconds = |most: u64| proptest::option::of((0..most).prop_map(Duration::from_secs));
    let plain = (mode(), empty(), seconds(30), seconds(90), proptest::option::of(1u32..6), after).prop_map(
        |(mode, empty, wrap_up, max_wait, max_length, after_no_answer)| {
            let ring_for = Duration::from_secs(15);
            let setup = QueueSetup::new(id(0), "");
            QueueSetup { mode, empty, wrap_up, max_wait, max_length, after_no_answer, ring_for, ..setup }
        },
    );
    let first_levels = proptest::option::weighted(0.2, 1u8..3);
    (plain, strategy(), first_levels, steps(), rules(), first()).prop_map(
        |(plain, strategy, first_levels, relax, overflow, first)| {
            let callback = Some(calling(first));
            QueueSetup { strategy, first_levels, relax, overflow, callback, ..plain }
        },
    )
}

pub(crate) fn floorplan() -> impl Strategy<Value = Floorplan> {
    let agent = (vec(0u8..4, QUEUES as usize), capacity(), skills());
    (vec(queue(), QUEUES as usize), vec(agent, AGENTS as usize)).prop_map(|(queues, agents)| {
        let setup = |(n, queue): (u32, QueueSetup)| {
            let max_length = queue.max_length.filter(|_| n == LIMITED);
            QueueSetup { id: id(n), name: format!("queue {n}"), max_length, ..queue }
        };
        let queues = (0..).zip(queues).map(setup).collect();
        let agents = (0..).zip(agents).map(|(n, (levels, capacity, skills))| AgentSetup {
            queues: (0..).zip(levels).filter(|(_, level)| *level > 0).map(|(q, level)| (id(q), level)).collect(),
            capacity,
            skills,
            ..AgentSetup::new(id::<AgentId>(n), format!("{}", 2000 + n))
        });
        Floorplan { queues, agents: agents.collect(), channels: vec![] }
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        5 => Just(Wanted::Ready),
        2 => Just(Wanted::NotReady("lunch".into())),
        1 => Just(Wanted::LoggedOut),
    ]
}

fn medium() -> impl Strategy<Value = Medium> {
    select(vec![Medium::Voice, Medium::Voice, Medium::Text])
}

fn ended() -> impl Strategy<Value = Ended> {
    use Ended::*;
    select(vec![
        Accepted,
        Accepted,
        Accepted,
        Accepted,
        Declined,
        NoAnswer,
        Busy,
        Unreachable,
        CallerLeft,
        Superseded,
        Failed,
    ])
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..AGENTS, 0..QUEUES, 0u8..4).prop_map(|(agent, queue, level)| Change::Level(agent, queue, level)),
        (0..AGENTS, capacity()).prop_map(|(agent, capacity)| Change::Capacity(agent, capacity)),
        (0..QUEUES, mode()).prop_map(|(queue, mode)| Change::Mode(queue, mode)),
        (0..QUEUES, empty()).prop_map(|(queue, empty)| Change::Empty(queue, empty)),
        (0..QUEUES, proptest::option::of(0u64..90)).prop_map(|(queue, most)| Change::MaxWait(queue, most)),
        (0..AGENTS, skills()).prop_map(|(agent, skills)| Change::Skills(agent, skills)),
        (0..QUEUES, strategy()).prop_map(|(queue, strategy)| Change::Strategy(queue, strategy)),
        (0..QUEUES, proptest::option::weighted(0.2, 1u8..3), steps())
            .prop_map(|(queue, first, steps)| Change::Relax(queue, first, steps)),
        (0..QUEUES, rules()).prop_map(|(queue, rules)| Change::Overflow(queue, rules)),
        channel().prop_map(Change::Channel),
        (0..QUEUES, first()).prop_map(|(queue, first)| Change::First(queue, first)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let nth = 0usize..64;
    let agent = 0..AGENTS;
    let required = prop_oneof![6 => Just(None), 1 => (0..AGENTS).prop_map(Some)];
    prop_oneof![
        24 => (0..QUEUES, -2i16..3, medium(), required, 0u64..40, wish()).prop_map(
            |(queue, priority, medium, required, waited, wish)| Step::Queue { queue, priority, medium, required, waited, wish }
        ),
        6 => nth.clone().prop_map(Step::CallBack),
        4 => nth.clone().prop_map(Step::PickUp),
        2 => (nth.clone(), 0..QUEUES).prop_map(|(n, queue)| Step::MoveTo(n, queue)),
        2 => nth.clone().prop_map(Step::MoveToHead),
        2 => agent.clone().prop_map(Step::Unseen),
        1 => agent.clone().prop_map(Step::Seen),
        6 => (agent.clone(), proptest::option::of(0..QUEUES), medium()).prop_map(|(agent, queue, medium)| {
            Step::Seek { agent, queue, medium }
        }),
        6 => (agent.clone(), proptest::option::of(select(vec![Engaged::Ringing, Engaged::Talking])))
            .prop_map(|(agent, how)| Step::Engage(agent, how)),
        4 => nth.clone().prop_map(Step::Withdraw),
        20 => (agent.clone(), wanted()).prop_map(|(agent, wanted)| Step::Choose(agent, wanted)),
        3 => (agent.clone(), wanted()).prop_map(|(agent, wanted)| Step::Next(agent, wanted)),
        24 => (1usize..5).prop_map(Step::Commit),
        2 => Just(Step::Lose),
        24 => (nth.clone(), ended()).prop_map(|(offer, ended)| Step::End(offer, ended)),
        6 => (nth.clone(), any::<bool>()).prop_map(|(n, held)| Step::Hold(n, held)),
        12 => nth.clone().prop_map(Step::WorkEnded),
        8 => agent.clone().prop_map(Step::WrapUpDone),
        2 => (agent.clone(), 0u64..40).prop_map(|(agent, seconds)| Step::Extend(agent, seconds)),
        4 => (nth.clone(), agent.clone()).prop_map(|(item, agent)| Step::Assign(item, agent)),
        4 => (agent, nth).prop_map(|(agent, item)| Step::Pick(agent, item)),
        16 => prop_oneof![0u64..20, 0u64..3_000, 0u64..30_000].prop_map(Step::Pass),
        4 => change().prop_map(Step::Configure),
        2 => (any::<bool>(), 0..AGENTS).prop_map(|(queue, n)| Step::Toggle(queue, n)),
    ]
}

/// A story; some end in a drain.
pub(crate) fn story() -> impl Strategy<Value = Vec<Step>> {
    (vec(step(), 1..120), proptest::option::weighted(0.2, vec(step(), 1..40))).prop_map(|(mut steps, after)| {
        if let Some(after) = after {
            steps.push(Step::Drain);
            steps.extend(after);
        }
        steps
    })
}

pub(crate) fn priority(n: i16) -> Priority {
    Priority(n)
}
