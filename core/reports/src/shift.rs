//! Presence as spans of time: every moment of a shift belongs to one state, so their sums are the time logged in.

use crate::{Period, PresenceAt};
use ringdesk_model::{AgentId, Presence, Timestamp};

/// An agent was this, from then until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub agent: AgentId,
    pub presence: Presence,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The spans of all agents within a period, without those in which they were logged out. A state lasts until the next
/// change, or until `now`. Changes that came late (their time lies before the one before) begin with that one.
pub fn spans(changes: &[PresenceAt], period: Period, now: Timestamp) -> Vec<Span> {
    let end = period.to.min(now);
    let mut found = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        let next = changes.get(n + 1).filter(|next| next.agent == change.agent);
        let before = n.checked_sub(1).and_then(|b| changes.get(b)).filter(|before| before.agent == change.agent);
        let begins = before.map_or(change.at, |before| before.at.max(change.at));
        let from = begins.max(period.from);
        let to = next.map_or(end, |next| next.at).min(end);
        if from < to && change.presence != Presence::LoggedOut {
            found.push(Span { agent: change.agent, presence: change.presence.clone(), from, to });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    #[test]
    fn a_state_lasts_until_the_next_and_no_longer_than_the_period() {
        let mut ids = Ids::seeded(1);
        let (one, two): (AgentId, AgentId) = (ids.next(at(0)), ids.next(at(0)));
        let change = |agent, seconds, presence| PresenceAt { agent, at: at(seconds), presence };
        let changes = [
            change(one, -100, Presence::Ready),
            change(one, 10, Presence::Talking),
            change(one, 30, Presence::LoggedOut),
            change(one, 60, Presence::NotReady("lunch".into())),
            change(two, 50, Presence::Ready),
        ];
        let period = Period { from: at(0), to: at(100) };
        let of = |now| -> Vec<(String, i64, i64)> {
            let read = |s: Span| (s.presence.as_str().to_owned(), s.from.0 / 1_000_000, s.to.0 / 1_000_000);
            spans(&changes, period, at(now)).into_iter().map(read).collect()
        };
        let said = |all: &[(&str, i64, i64)]| all.iter().map(|(p, a, b)| ((*p).to_owned(), *a, *b)).collect::<Vec<_>>();
        assert_eq!(
            of(1_000),
            said(&[("ready", 0, 10), ("talking", 10, 30), ("not_ready", 60, 100), ("ready", 50, 100)])
        );
        assert_eq!(of(55), said(&[("ready", 0, 10), ("talking", 10, 30), ("ready", 50, 55)]), "the day is not over");
    }

    /// Any changes at any times: the states fill the time logged in, without overlap.
    ///
    /// Rows: S11.26, S11.35
    #[test]
    fn state_totals_sum_to_the_time_logged_in() {
        let mut ids = Ids::seeded(7);
        let agents: Vec<AgentId> = (0..3).map(|_| ids.next(at(0))).collect();
        let states = [
            Presence::Ready,
            Presence::NotReady("lunch".into()),
            Presence::Reserved,
            Presence::Offered,
            Presence::Talking,
            Presence::Hold,
            Presence::WrapUp,
            Presence::Reconnecting,
            Presence::LoggedOut,
        ];
        for round in 0..2_000u32 {
            let mut changes = Vec::new();
            let mut expected = 0;
            let period = Period { from: at(1_000), to: at(1_000 + i64::from(round)) };
            let now = at(1_000 + (ids.bits() % 3_000) as i64);
            for agent in &agents {
                let mut when: Vec<i64> = (0..ids.bits() % 12).map(|_| (ids.bits() % 4_000) as i64).collect();
                when.sort_unstable();
                let of: Vec<PresenceAt> = when
                    .iter()
                    .map(|s| {
                        let presence = states[(ids.bits() % 9) as usize].clone();
                        PresenceAt { agent: *agent, at: at(*s), presence }
                    })
                    .collect();
                // Second by second, by hand.
                for second in 0..i64::from(round) {
                    let moment = at(1_000 + second);
                    let state = of.iter().rev().find(|c| c.at <= moment).map(|c| &c.presence);
                    expected += i64::from(moment < now && state.is_some_and(|s| *s != Presence::LoggedOut));
                }
                changes.extend(of);
            }
            let total: i64 = spans(&changes, period, now).iter().map(|s| s.to.0 - s.from.0).sum();
            assert_eq!(total, expected * 1_000_000, "round {round}");
        }
    }
}
