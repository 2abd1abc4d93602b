//! The core, given damaged messages one after the other: it lives, strangers leave nothing behind, and in the end
//! nothing is left of anybody.

use crate::bare::{Bare, STRANGER, TRUNK, TRUNK_TCP};
use crate::corpus;
use crate::mutation::{damaged, mutations};
use proptest::prelude::*;
use ringdesk_signaling::core::output::Counter;
use std::time::Duration;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_torture(
        story in proptest::collection::vec((any::<prop::sample::Index>(), mutations(4), 0..3_000u64), 1..16),
        hop in proptest::sample::select(vec![TRUNK, TRUNK_TCP, STRANGER]),
    ) {
        let all = corpus::bytes();
        let mut bare = Bare::new(vec![]);
        for (which, mutations, pause) in &story {
            let before = bare.sent.len();
            bare.hear(hop, &damaged(which.get::<&[u8]>(&all), mutations, &all));
            prop_assert!(bare.sent.len() <= before + 1, "one message brings one answer at most");
            bare.pass(Duration::from_millis(*pause));
        }
        if hop == STRANGER {
            prop_assert_eq!((bare.core.legs(), bare.core.transactions(), bare.calls.len()), (0, 0, 0));
        }
        // Longer than anything may ring. A transaction has few timers, so a loop of them would show.
        let timers = bare.pass(Duration::from_secs(400));
        prop_assert!(timers <= 40 * story.len(), "{timers}");
        prop_assert_eq!((bare.core.legs(), bare.core.transactions()), (0, 0));
        prop_assert_eq!(bare.ended.len(), bare.calls.len());
        prop_assert_eq!(bare.core.poll_timeout(), None);
    }
}

/// Ten thousand callers of whom nothing is known cost an answer each and no memory at all.
#[test]
fn strangers_are_challenged_and_forgotten() {
    let mut bare = Bare::new(vec![]);
    let text = String::from_utf8(corpus::message("esc01").to_vec()).unwrap();
    for n in 0..10_000 {
        let invite = text.replace("z9hG4bKkdjuw", &format!("z9hG4bK{n}")).replace("esc01.", &format!("{n}."));
        let hop = format!("udp/0/198.51.{}.{}:5060", 100 + n / 250 % 100, 1 + n % 250);
        bare.hear(&hop, invite.as_bytes());
        assert_eq!(bare.statuses(), [407]);
        bare.sent.clear();
        assert_eq!((bare.core.legs(), bare.core.transactions()), (0, 0));
    }
    assert_eq!(bare.counted(Counter::Challenged), 10_000);
    assert_eq!(bare.core.poll_timeout(), None, "no timer was set for any of them");
    bare.hear(TRUNK, corpus::message("esc01"));
    assert_eq!(bare.calls.len(), 1, "and the trunk's call is none of them");
}
