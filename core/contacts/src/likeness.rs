//! Who might be the same person. Suggested to a human, who decides; nothing is merged by itself.

use ringdesk_model::ContactId;
use std::collections::{BTreeMap, BTreeSet};

/// Why two files might be one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// One says of themselves what is the other's identity, or both say the same.
    Claim,
    /// Their names are written alike.
    Name,
}

impl Likeness {
    pub const fn as_str(self) -> &'static str {
        match self {
            Likeness::Claim => "claim",
            Likeness::Name => "name",
        }
    }
}

/// The files found for each reason, best first: those with more reasons, then by the stronger one, then the newest. `but`:
/// whom they are like, and whoever was said not to be.
pub fn likeness(
    found: impl IntoIterator<Item = (ContactId, Likeness)>,
    but: &BTreeSet<ContactId>,
    most: usize,
) -> Vec<(ContactId, BTreeSet<Likeness>)> {
    let mut reasons: BTreeMap<ContactId, BTreeSet<Likeness>> = BTreeMap::new();
    for (contact, likeness) in found {
        if !but.contains(&contact) {
            reasons.entry(contact).or_default().insert(likeness);
        }
    }
    let mut all: Vec<_> = reasons.into_iter().collect();
    all.sort_by_key(|(contact, why)| (std::cmp::Reverse(why.len()), why.first().copied(), std::cmp::Reverse(*contact)));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    #[test]
    fn the_likeliest_come_first() {
        let mut ids = Ids::seeded(1);
        let [me, name, claim, both]: [ContactId; 4] =
            std::array::from_fn(|n| ids.next(Timestamp::from_millis(n as i64)));
        let found = [
            (name, Likeness::Name),
            (me, Likeness::Name),
            (claim, Likeness::Claim),
            (both, Likeness::Name),
            (both, Likeness::Claim),
        ];
        let order: Vec<_> = likeness(found, &[me].into(), 10).into_iter().map(|(contact, _)| contact).collect();
        assert_eq!(order, [both, claim, name]);
        assert_eq!(likeness(found, &[me, both].into(), 1).len(), 1);
    }
}
