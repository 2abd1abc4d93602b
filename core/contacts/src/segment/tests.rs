use super::*;
use crate::Consent;
use proptest::prelude::*;
use ringdesk_model::{Ids, Pii};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn ago(days: u16) -> Timestamp {
    days_back(NOW, days)
}

fn condition(text: &str) -> Condition {
    serde_json::from_str(text).unwrap()
}

fn is_in(condition: &Condition, profile: &Profile, created: Timestamp, standing: &Standing) -> bool {
    condition.holds(&facts(NOW, created, profile, standing, &asked(condition)))
}

/// Rows: S9.9
#[test]
fn people_are_in_a_segment_by_attribute_behaviour_spend_and_preference() {
    let mut ids = Ids::seeded(1);
    let (spend, loyal): (ContactFieldId, TagId) = (ids.next(NOW), ids.next(NOW));
    let profile = Profile {
        language: Some("zh-CN".into()),
        tier: Tier::Preferred,
        fields: [(spend, Pii::new("1500.5".to_owned()))].into(),
        consents: [
            (Purpose::Marketing, Consent { given: true, at: NOW }),
            (Purpose::Tracking, Consent { given: false, at: NOW }),
        ]
        .into(),
        ..Profile::default()
    };
    let standing = Standing {
        tags: [loyal].into(),
        channels: ["phone".to_owned(), "web_chat".to_owned()].into(),
        last_at: Some(ago(3)),
        conversations: [(30, 4)].into(),
        tickets: [(90, 0)].into(),
    };
    for (text, holds) in [
        (r#"{"is":{"fact":"tier","one_of":["vip","preferred"]}}"#.to_owned(), true),
        (r#"{"is":{"fact":"tier","one_of":["VIP"]}}"#.to_owned(), false),
        (r#"{"is":{"fact":"language","one_of":["zh-cn"]}}"#.to_owned(), true),
        (format!(r#"{{"is":{{"fact":"tag","one_of":["{loyal}"]}}}}"#), true),
        (format!(r#"{{"at_least":{{"fact":"field:{spend}","number":1500}}}}"#), true),
        (format!(r#"{{"at_least":{{"fact":"field:{spend}","number":1501}}}}"#), false),
        (r#"{"is":{"fact":"channel","one_of":["web_chat"]}}"#.to_owned(), true),
        (r#"{"is":{"fact":"consent","one_of":["marketing"]}}"#.to_owned(), true),
        (r#"{"is":{"fact":"consent","one_of":["tracking"]}}"#.to_owned(), false),
        (r#"{"at_least":{"fact":"known_days","number":100}}"#.to_owned(), true),
        (r#"{"at_most":{"fact":"quiet_days","number":2}}"#.to_owned(), false),
        (r#"{"at_most":{"fact":"quiet_days","number":3}}"#.to_owned(), true),
        (r#"{"at_least":{"fact":"conversations:30","number":4}}"#.to_owned(), true),
        (r#"{"at_least":{"fact":"tickets:90","number":1}}"#.to_owned(), false),
        (r#"{"all":[{"at_least":{"fact":"conversations:30","number":3}},{"not":{"at_least":{"fact":"tickets:90","number":1}}}]}"#.to_owned(), true),
    ] {
        assert_eq!(is_in(&condition(&text), &profile, ago(100), &standing), holds, "{text}");
    }
    let never = Standing::default();
    let quiet = condition(r#"{"at_least":{"fact":"quiet_days","number":0}}"#);
    assert!(!is_in(&quiet, &profile, NOW, &never), "who never spoke has no last conversation");
    assert!(is_in(&condition(r#"{"at_most":{"fact":"conversations:30","number":0}}"#), &profile, NOW, &never));
}

/// Rows: S9.9
#[test]
fn a_segment_asks_only_what_can_be_known() {
    let mut ids = Ids::seeded(2);
    let [field, other]: [ContactFieldId; 2] = std::array::from_fn(|_| ids.next(NOW));
    let fields = [field].into();
    for name in
        ["tier", "language", "tag", "channel", "consent", "known_days", "quiet_days", "conversations:1", "tickets:730"]
    {
        let known = Condition::Known { fact: name.into() };
        assert_eq!(check_segment(&known, &fields), Ok(()), "{name}");
        assert_eq!(asked(&known).iter().map(name_of).collect::<Vec<_>>(), [name]);
    }
    assert_eq!(check_segment(&Condition::Known { fact: format!("field:{field}") }, &fields), Ok(()));
    for name in [
        format!("field:{other}").as_str(),
        "field:x",
        "conversations:0",
        "conversations:731",
        "tickets:+7",
        "spend",
        "tier:x",
        "",
    ] {
        let fault = check_segment(&Condition::All(vec![Condition::Known { fact: name.into() }]), &fields);
        assert_eq!(fault, Err(Refusal::Segment("/all/0/known/fact".into(), "there is no such fact")), "{name}");
    }
}

#[test]
fn a_merged_tag_is_asked_for_by_the_one_that_stays() {
    let mut ids = Ids::seeded(3);
    let [gone, kept, third]: [TagId; 3] = std::array::from_fn(|_| ids.next(NOW));
    let of =
        |tags: &[TagId]| Condition::Is { fact: "tag".into(), one_of: tags.iter().map(ToString::to_string).collect() };
    let mut tree = Condition::Any(vec![of(&[third]), Condition::Not(Box::new(of(&[gone, third])))]);
    assert!(retag(&mut tree, gone, kept));
    assert_eq!(tree, Condition::Any(vec![of(&[third]), Condition::Not(Box::new(of(&[third, kept])))]));
    assert!(!retag(&mut tree, gone, kept));
    let mut both = of(&[gone, kept]);
    assert!(retag(&mut both, gone, kept));
    assert_eq!(both, of(&[kept]));
}

fn conditions() -> impl Strategy<Value = Condition> {
    let tag = |n: u8| TagId(uuid::Uuid::from_u128(u128::from(n))).to_string();
    let leaf = prop_oneof![
        prop::collection::vec(prop::sample::select(vec!["vip", "standard", "preferred", "VIP", "?"]), 1..3).prop_map(
            |tiers| Condition::Is { fact: "tier".into(), one_of: tiers.into_iter().map(str::to_owned).collect() }
        ),
        prop::collection::vec(0u8..3, 1..3)
            .prop_map(move |tags| Condition::Is { fact: "tag".into(), one_of: tags.into_iter().map(tag).collect() }),
        (0u8..9).prop_map(|n| Condition::AtMost { fact: "quiet_days".into(), number: f64::from(n) / 2.0 }),
        (0u8..3).prop_map(|n| Condition::AtLeast { fact: "conversations:3".into(), number: f64::from(n) }),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|c| Condition::Not(Box::new(c))),
        ]
    })
}

proptest! {
    /// What narrows a segment for the store leaves out nobody who is in it.
    #[test]
    fn nobody_is_left_out(condition in conditions(), tier in 0usize..3, tags in prop::collection::btree_set(0u8..3, 0..3), spoke in prop::option::of(0i64..6 * 24)) {
        let tiers = [Tier::Standard, Tier::Preferred, Tier::Vip];
        let profile = Profile { tier: tiers[tier], ..Profile::default() };
        let hour = 3_600_000_000;
        let last_at = spoke.map(|hours| Timestamp(NOW.0 - hours * hour));
        let within = |days: u16| i64::from(last_at.is_some_and(|at| at >= ago(days)));
        let standing = Standing {
            tags: tags.iter().map(|n| TagId(uuid::Uuid::from_u128(u128::from(*n)))).collect(),
            last_at,
            conversations: [(3, within(3))].into(),
            ..Standing::default()
        };
        if is_in(&condition, &profile, NOW, &standing) {
            let narrowing = Narrowing::of(&condition, NOW);
            prop_assert!(narrowing.tiers.is_none_or(|tiers| tiers.contains(&profile.tier)));
            prop_assert!(narrowing.tags.is_none_or(|tags| tags.iter().any(|tag| standing.tags.contains(tag))));
            prop_assert!(narrowing.spoke_since.is_none_or(|since| last_at.is_some_and(|at| at >= since)));
        }
    }
}
