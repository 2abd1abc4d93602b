//! One person with two files: the files become one, and two again if that was wrong.
//!
//! The file that is kept takes over what it lacks; the other stays as it was, and points to it. What changed in the kept file
//! is listed, before and after, so that an undo takes back what nobody has changed since, and nothing else. What hangs on the
//! files (identities, conversations …) moves as rows; which ones, the store writes down beside this list.

use crate::{Consent, Profile, Purpose, Refusal, Tier};
use ringdesk_model::{ContactFieldId, ContactId, Pii};
use serde::{Deserialize, Serialize};

/// A place of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    Name,
    Language,
    Tier,
    Field(ContactFieldId),
    Consent(Purpose),
}

/// What one place held, and what it holds since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub facet: Facet,
    pub before: Option<Pii<String>>,
    pub after: Option<Pii<String>>,
}

/// May these be one? Each with the file it went into, if it did.
pub fn may_merge(
    (kept, kept_into): (ContactId, Option<ContactId>),
    (gone, gone_into): (ContactId, Option<ContactId>),
) -> Result<(), Refusal> {
    if kept == gone {
        return Err(Refusal::Itself);
    }
    if kept_into.is_some() || gone_into.is_some() {
        return Err(Refusal::MergedAway);
    }
    Ok(())
}

/// Let `kept` take over what it lacks. The higher tier counts; of two answers to one question of consent the refusal does.
pub fn merge(kept: &mut Profile, gone: &Profile) -> Vec<Change> {
    let mut facets = vec![Facet::Name, Facet::Language, Facet::Tier];
    facets.extend(gone.fields.keys().map(|field| Facet::Field(*field)));
    facets.extend(gone.consents.keys().map(|purpose| Facet::Consent(*purpose)));
    let mut changes = Vec::new();
    for facet in facets {
        let (before, theirs) = (read(kept, facet), read(gone, facet));
        let takes = match facet {
            Facet::Tier => gone.tier > kept.tier,
            Facet::Consent(purpose) => match (kept.consents.get(&purpose), gone.consents.get(&purpose)) {
                (Some(has), Some(says)) => has.given && !says.given,
                (has, says) => has.is_none() && says.is_some(),
            },
            Facet::Name | Facet::Language | Facet::Field(_) => before.is_none() && theirs.is_some(),
        };
        if takes {
            write(kept, facet, theirs.as_ref());
            changes.push(Change { facet, before, after: theirs });
        }
    }
    changes
}

/// Take back from `kept` what a merge had put there, where nobody has changed it since.
pub fn undo(kept: &mut Profile, changes: &[Change]) {
    for change in changes {
        if read(kept, change.facet) == change.after {
            write(kept, change.facet, change.before.as_ref());
        }
    }
}

fn read(profile: &Profile, facet: Facet) -> Option<Pii<String>> {
    match facet {
        Facet::Name => profile.name.clone(),
        Facet::Language => profile.language.clone().map(Pii::new),
        Facet::Tier => Some(Pii::new(profile.tier.as_str().to_owned())),
        Facet::Field(field) => profile.fields.get(&field).cloned(),
        Facet::Consent(purpose) => profile.consents.get(&purpose).map(|c| Pii::new(format!("{} {}", c.given, c.at.0))),
    }
}

fn write(profile: &mut Profile, facet: Facet, value: Option<&Pii<String>>) {
    let text = value.map(|value| value.reveal().as_str());
    match facet {
        Facet::Name => profile.name = value.cloned(),
        Facet::Language => profile.language = text.map(str::to_owned),
        Facet::Tier => profile.tier = text.and_then(Tier::parse).unwrap_or_default(),
        Facet::Field(field) => match value {
            Some(value) => drop(profile.fields.insert(field, value.clone())),
            None => drop(profile.fields.remove(&field)),
        },
        Facet::Consent(purpose) => match text.and_then(consent) {
            Some(consent) => drop(profile.consents.insert(purpose, consent)),
            None => drop(profile.consents.remove(&purpose)),
        },
    }
}

fn consent(text: &str) -> Option<Consent> {
    let (given, at) = text.split_once(' ')?;
    Some(Consent { given: given.parse().ok()?, at: ringdesk_model::Timestamp(at.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    struct House {
        ids: Ids,
    }

    impl House {
        fn field(&mut self) -> ContactFieldId {
            self.ids.next(Timestamp(0))
        }
    }

    fn said(text: &str) -> Pii<String> {
        Pii::new(text.to_owned())
    }

    fn answer(given: bool, at: i64) -> Consent {
        Consent { given, at: Timestamp(at) }
    }

    /// Rows: S9.6
    #[test]
    fn the_kept_file_takes_over_what_it_lacks_and_gives_it_back() {
        let mut house = House { ids: Ids::seeded(1) };
        let (order, birthday) = (house.field(), house.field());
        let kept = Profile {
            name: Some(said("张伟")),
            fields: [(order, said("A-1"))].into(),
            consents: [(Purpose::Marketing, answer(true, 1)), (Purpose::Recording, answer(true, 1))].into(),
            ..Profile::default()
        };
        let gone = Profile {
            name: Some(said("Zhang W.")),
            language: Some("zh-CN".into()),
            tier: Tier::Vip,
            fields: [(order, said("B-2")), (birthday, said("1990-01-01"))].into(),
            consents: [
                (Purpose::Marketing, answer(false, 2)),
                (Purpose::Recording, answer(true, 2)),
                (Purpose::Tracking, answer(true, 2)),
            ]
            .into(),
        };
        let mut one = kept.clone();
        let changes = merge(&mut one, &gone);
        assert_eq!(one.name, Some(said("张伟")), "its own name stays");
        assert_eq!((one.language.as_deref(), one.tier), (Some("zh-CN"), Tier::Vip));
        assert_eq!(one.fields, [(order, said("A-1")), (birthday, said("1990-01-01"))].into());
        assert_eq!(one.consents[&Purpose::Marketing], answer(false, 2), "a refusal counts");
        assert_eq!(one.consents[&Purpose::Recording], answer(true, 1));
        assert_eq!(one.consents[&Purpose::Tracking], answer(true, 2));
        let kept_list: Vec<Change> = serde_json::from_str(&serde_json::to_string(&changes).unwrap()).unwrap();
        assert_eq!(kept_list, changes);
        let mut again = one.clone();
        undo(&mut again, &changes);
        assert_eq!(again, kept, "exactly as it was");
        assert!(merge(&mut one, &gone).is_empty(), "what it has it does not take twice");
    }

    /// Rows: S9.6
    #[test]
    fn an_undo_leaves_what_was_changed_since() {
        let mut house = House { ids: Ids::seeded(2) };
        let order = house.field();
        let gone = Profile { fields: [(order, said("B-2"))].into(), tier: Tier::Preferred, ..Profile::default() };
        let mut one = Profile::default();
        let changes = merge(&mut one, &gone);
        one.fields.insert(order, said("C-3"));
        one.language = Some("en".into());
        undo(&mut one, &changes);
        assert_eq!(one.fields[&order], said("C-3"));
        assert_eq!((one.language.as_deref(), one.tier), (Some("en"), Tier::Standard));
    }

    #[test]
    fn only_two_files_of_their_own_are_merged() {
        let mut ids = Ids::seeded(3);
        let [a, b, c]: [ContactId; 3] = std::array::from_fn(|_| ids.next(Timestamp(0)));
        assert_eq!(may_merge((a, None), (b, None)), Ok(()));
        assert_eq!(may_merge((a, None), (a, None)), Err(Refusal::Itself));
        assert_eq!(may_merge((a, None), (b, Some(c))), Err(Refusal::MergedAway));
        assert_eq!(may_merge((a, Some(c)), (b, None)), Err(Refusal::MergedAway));
    }
}
