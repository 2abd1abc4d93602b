//! Over which trunks a number is dialled, best first: those that are well before those that have just failed, before those
//! that are down; by priority; and among equals by their weights, as the seed falls. None is left out: when all are down, the
//! first that comes back takes the call.

use super::directory::{Directory, Trunk};
use ringdesk_model::TrunkId;

/// How well a trunk is, as far as is known; better ones are smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Well,
    /// Not registered where it wants that, or its last call came to nothing.
    Doubtful,
    Down,
    /// It has no room for one more call.
    Full,
}

pub(crate) fn in_order(
    directory: &Directory,
    standing: impl Fn(TrunkId) -> Standing,
    mut bits: impl FnMut() -> u64,
) -> Vec<&Trunk> {
    let mut ranked: Vec<(Standing, u16, &Trunk)> = directory
        .trunks()
        .iter()
        .filter(|trunk| trunk.outbound.is_some())
        .map(|trunk| (standing(trunk.id), directory.profile(trunk.id).priority, trunk))
        .collect();
    ranked.sort_by_key(|(standing, priority, trunk)| (*standing, *priority, trunk.id));
    let mut ordered = Vec::with_capacity(ranked.len());
    let mut rest = ranked.as_slice();
    while let Some((standing, priority, _)) = rest.first() {
        let equals = rest.partition_point(|(s, p, _)| (s, p) == (standing, priority));
        let (group, others) = rest.split_at(equals);
        draw(directory, group, &mut bits, &mut ordered);
        rest = others;
    }
    ordered
}

/// One after the other, each with the chance of its weight among those that are left.
fn draw<'a>(
    directory: &Directory,
    group: &[(Standing, u16, &'a Trunk)],
    bits: &mut impl FnMut() -> u64,
    ordered: &mut Vec<&'a Trunk>,
) {
    let mut left: Vec<(u64, &Trunk)> =
        group.iter().map(|(_, _, trunk)| (u64::from(directory.profile(trunk.id).weight), *trunk)).collect();
    while left.len() > 1 {
        let sum: u64 = left.iter().map(|(weight, _)| weight).sum();
        let at = match sum {
            0 => 0,
            sum => {
                let mut ticket = bits() % sum;
                let drawn = left.iter().position(|(weight, _)| {
                    let won = ticket < *weight;
                    ticket = ticket.saturating_sub(*weight);
                    won
                });
                drawn.unwrap_or(0)
            }
        };
        ordered.push(left.remove(at).1);
    }
    ordered.extend(left.pop().map(|(_, trunk)| trunk));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::directory::TrunkTarget;
    use crate::core::profile::TrunkProfile;
    use crate::core::wire::Words;
    use ringdesk_voice::InterfaceId;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn id(n: u128) -> TrunkId {
        TrunkId(Uuid::from_u128(n))
    }

    /// (priority, weight) of trunks 1, 2, 3 …
    fn directory(trunks: &[(u16, u16)]) -> Directory {
        let all = (1..).zip(trunks).map(|(n, _)| Trunk {
            id: id(n),
            name: n.to_string(),
            nets: Vec::new(),
            outbound: Some(TrunkTarget { host: "h".into(), port: None, transport: None, certificate: None }),
            interface: InterfaceId(0),
        });
        let directory = Directory::new("r", Vec::new(), all.collect());
        (1..).zip(trunks).fold(directory, |directory, (n, (priority, weight))| {
            directory
                .with_profile(id(n), TrunkProfile { priority: *priority, weight: *weight, ..TrunkProfile::default() })
        })
    }

    fn names(directory: &Directory, standing: impl Fn(TrunkId) -> Standing, words: &mut Words) -> String {
        in_order(directory, standing, || words.bits()).iter().map(|trunk| trunk.name.as_str()).collect()
    }

    /// Rows: V15
    #[test]
    fn the_well_before_the_doubtful_before_the_down_then_by_priority() {
        let directory = directory(&[(10, 1), (5, 1), (20, 1), (1, 1)]);
        let mut words = Words::seeded(1);
        assert_eq!(names(&directory, |_| Standing::Well, &mut words), "4213");
        let of = |trunk| match trunk {
            trunk if trunk == id(4) => Standing::Down,
            trunk if trunk == id(2) => Standing::Doubtful,
            trunk if trunk == id(1) => Standing::Full,
            _ => Standing::Well,
        };
        assert_eq!(names(&directory, of, &mut words), "3241");
    }

    #[test]
    fn equals_share_by_weight_and_the_seed_decides() {
        let directory = directory(&[(1, 1), (1, 3), (1, 0)]);
        let mut first: BTreeMap<char, usize> = BTreeMap::new();
        let (mut one, mut other) = (Words::seeded(7), Words::seeded(7));
        for _ in 0..4_000 {
            let order = names(&directory, |_| Standing::Well, &mut one);
            assert_eq!(order, names(&directory, |_| Standing::Well, &mut other));
            assert!(order.ends_with('3'), "a weight of 0: {order}");
            *first.entry(order.chars().next().unwrap()).or_default() += 1;
        }
        assert!((2_850..3_150).contains(&first[&'2']), "three of four: {first:?}");
    }
}
