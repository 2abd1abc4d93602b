//! What somebody has chosen for themselves: it follows them from one browser to the next. What belongs to a device (its microphone,
//! its looks) stays there.

use crate::desk::audited;
use crate::people::AboutEdit;
use crate::{OperationError, Operations, SignedIn};
use ringdesk_model::{Language, Timestamp};
use ringdesk_storage::{StoreError, people};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Keys that somebody may have moved; the console has some dozen.
const SHORTCUTS: usize = 64;
/// Bytes of the name of an action, and of a key with its modifiers.
const NAME: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// None: as the browser reads.
    pub language: Option<Language>,
    /// They were shown round.
    pub tour_seen: bool,
    /// By action, the key that does it: only those that were moved.
    pub shortcuts: BTreeMap<String, String>,
}

/// What is to change; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct PreferencesEdit {
    pub language: Option<Option<Language>>,
    pub tour_seen: Option<bool>,
    pub shortcuts: Option<BTreeMap<String, String>>,
}

/// As it is kept; what an older version did not know is not chosen.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    tour_seen: bool,
    shortcuts: BTreeMap<String, String>,
}

impl Operations {
    pub async fn preferences(&self, who: &SignedIn) -> Result<Preferences, OperationError> {
        let (mut tx, key) = self.read(who.user.account).await?;
        let person = people::of_user(&mut tx, &key, who.user.id).await?.unwrap_or_default();
        let Kept { tour_seen, shortcuts } = kept(people::preferences(&mut tx, who.user.id).await?)?;
        Ok(Preferences { language: person.language, tour_seen, shortcuts })
    }

    /// One's own.
    pub async fn prefer(&self, now: Timestamp, who: &SignedIn, edit: PreferencesEdit) -> Result<(), OperationError> {
        check(edit.shortcuts.as_ref())?;
        let user = who.user.id;
        let (mut tx, key) = self.write(who.user.account).await?;
        let before = kept(people::preferences(&mut tx, user).await?)?;
        let after = Kept {
            tour_seen: edit.tour_seen.unwrap_or(before.tour_seen),
            shortcuts: edit.shortcuts.unwrap_or(before.shortcuts),
        };
        let after = serde_json::to_string(&after).expect("texts and a flag");
        people::set_preferences(&mut tx, user, &after).await?;
        AboutEdit { email: None, language: edit.language }.write(&mut tx, &key, user).await?;
        audited(&mut tx, &key, now, &who.actor, "user.preferences", &format!("user:{user}"), None, None).await?;
        Ok(tx.commit().await?)
    }
}

fn kept(text: Option<String>) -> Result<Kept, StoreError> {
    let Some(text) = text else { return Ok(Kept::default()) };
    serde_json::from_str(&text).map_err(|why| StoreError::Unreadable { what: "preferences", why: why.to_string() })
}

fn check(shortcuts: Option<&BTreeMap<String, String>>) -> Result<(), OperationError> {
    let Some(shortcuts) = shortcuts else { return Ok(()) };
    let plain = |text: &String| (1..=NAME).contains(&text.len()) && !text.contains(char::is_control);
    match shortcuts.len() <= SHORTCUTS && shortcuts.iter().all(|(action, chord)| plain(action) && plain(chord)) {
        true => Ok(()),
        false => Err(OperationError::Invalid(format!("at most {SHORTCUTS} shortcuts of at most {NAME} bytes each"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_few_and_short() {
        let of = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, c)| ((*a).to_owned(), (*c).to_owned())).collect::<BTreeMap<_, _>>()
        };
        assert!(check(None).is_ok());
        assert!(check(Some(&of(&[("mute", "Alt+M")]))).is_ok());
        for odd in [of(&[("", "Alt+M")]), of(&[("mute", "")]), of(&[("mute", &"x".repeat(33))]), of(&[("mute", "\n")])]
        {
            assert!(check(Some(&odd)).is_err(), "{odd:?}");
        }
        let many = (0..65).map(|n| (format!("a{n}"), "Alt+M".to_owned())).collect();
        assert!(check(Some(&many)).is_err());
    }

    #[test]
    fn what_an_older_version_kept_can_be_read() {
        assert!(!kept(None).unwrap().tour_seen);
        assert!(kept(Some(r#"{"tour_seen":true,"gone":1}"#.to_owned())).unwrap().tour_seen);
        assert!(kept(Some("7".to_owned())).is_err() && kept(Some("x".to_owned())).is_err());
    }
}
