//! By which channels somebody is told of what.

use crate::NoticeKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a notice reaches somebody. All of them end at their own screen: nothing leaves the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeChannel {
    /// It stands in the list until it was read, and thirty days at most.
    List,
    /// A short sound.
    Sound,
    /// The browser's own notice, while one looks elsewhere.
    Desktop,
}

/// Those that are on.
pub type Channels = BTreeSet<NoticeChannel>;

/// What was chosen; a kind that is not named was not chosen.
pub type Matrix = BTreeMap<NoticeKind, Channels>;

impl NoticeChannel {
    pub const ALL: [NoticeChannel; 3] = [NoticeChannel::List, NoticeChannel::Sound, NoticeChannel::Desktop];

    pub const fn as_str(self) -> &'static str {
        match self {
            NoticeChannel::List => "list",
            NoticeChannel::Sound => "sound",
            NoticeChannel::Desktop => "desktop",
        }
    }
}

/// By which channels somebody with these roles is told: their own choice; else whatever one of their roles says, all of them
/// together; else what we ship.
pub fn channels<'a>(
    kind: NoticeKind,
    own: &Matrix,
    roles: impl IntoIterator<Item = &'a str>,
    by_role: &BTreeMap<String, Matrix>,
) -> Channels {
    if let Some(own) = own.get(&kind) {
        return own.clone();
    }
    let said: Vec<&Channels> = roles.into_iter().filter_map(|role| by_role.get(role)?.get(&kind)).collect();
    match said.is_empty() {
        true => kind.shipped_channels(),
        false => said.into_iter().flatten().copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some() -> impl Strategy<Value = Channels> {
        proptest::sample::subsequence(NoticeChannel::ALL.to_vec(), 0..=3).prop_map(|all| all.into_iter().collect())
    }

    proptest! {
        /// Rows: S13.16
        #[test]
        fn ones_own_choice_beats_the_roles_which_beat_what_is_shipped(
            own in proptest::option::of(some()), first in proptest::option::of(some()), second in proptest::option::of(some()),
            at in 0..NoticeKind::ALL.len(),
        ) {
            let kind = NoticeKind::ALL[at];
            let matrix = |set: &Option<Channels>| set.iter().map(|set| (kind, set.clone())).collect::<Matrix>();
            let by_role = BTreeMap::from([("agent".to_owned(), matrix(&first)), ("leader".to_owned(), matrix(&second))]);
            let got = channels(kind, &matrix(&own), ["agent", "leader"], &by_role);
            let expected = match (own, first, second) {
                (Some(own), _, _) => own,
                (None, None, None) => kind.shipped_channels(),
                (None, a, b) => a.into_iter().chain(b).flatten().collect(),
            };
            prop_assert_eq!(got, expected);
            let stranger = channels(kind, &Matrix::new(), ["reviewer"], &by_role);
            prop_assert_eq!(stranger, kind.shipped_channels());
        }
    }
}
