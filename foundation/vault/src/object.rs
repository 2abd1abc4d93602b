//! The data key of one large sealed thing that lies outside the store: a recording. Its wrapped form is a value of the
//! store; throw that away and every copy of the thing, in whatever backup, is noise (crypto-shredding).

use crate::root::fill;
use crate::sealed::Place;
use crate::{AccountKey, VaultError};
use ring::hmac::{self, HMAC_SHA256};
use std::fmt;
use zeroize::Zeroizing;

/// Random bytes that lie beside what is sealed, so that no two files share a key.
pub type Salt = [u8; 16];

/// Never seals anything itself: each use has its own key, [`ObjectKey::part`].
pub struct ObjectKey {
    secret: Zeroizing<[u8; 32]>,
}

impl ObjectKey {
    /// The key for one purpose, and with a salt for one file. Equal arguments give equal keys.
    pub fn part(&self, purpose: &str, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, &self.secret[..]));
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(salt);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(context.sign().as_ref());
        key
    }

    pub fn salt() -> Result<Salt, VaultError> {
        let mut salt = [0; 16];
        fill(&mut salt)?;
        Ok(salt)
    }
}

impl AccountKey {
    /// A fresh data key for the thing in this place, and its wrapped form to store there.
    pub fn create_object_key(&self, place: Place) -> Result<(ObjectKey, Vec<u8>), VaultError> {
        let mut secret = Zeroizing::new([0; 32]);
        fill(&mut secret[..])?;
        let wrapped = self.seal(place, &secret[..])?;
        Ok((ObjectKey { secret }, wrapped))
    }

    pub fn unwrap_object_key(&self, place: Place, wrapped: &[u8]) -> Result<ObjectKey, VaultError> {
        let secret = Zeroizing::new(self.open(place, wrapped)?);
        let secret = secret[..].try_into().map_err(|_| VaultError::Altered(place.table))?;
        Ok(ObjectKey { secret: Zeroizing::new(secret) })
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectKey(‹secret›)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootKey;
    use ringdesk_model::{AccountId, Ids, Timestamp};

    fn account(n: u64) -> AccountKey {
        let dir = tempfile::tempdir().unwrap();
        let (root, _) = RootKey::open_or_create(&dir.path().join("root.key")).unwrap();
        AccountKey::create(&root, Ids::seeded(n).next::<AccountId>(Timestamp(0))).unwrap().0
    }

    #[test]
    fn a_key_comes_back_only_from_its_own_wrapping() {
        let account_key = account(1);
        let place = Place::new("recording", "wrapped_key", &[7; 16]);
        let (key, wrapped) = account_key.create_object_key(place).unwrap();
        let again = account_key.unwrap_object_key(place, &wrapped).unwrap();
        assert_eq!(key.part("log", b""), again.part("log", b""));
        assert!(!wrapped.windows(32).any(|w| w == &key.secret[..]), "it is wrapped");

        let (other, other_wrapped) = account_key.create_object_key(place).unwrap();
        assert_ne!(key.part("log", b""), other.part("log", b""), "each is fresh");
        let elsewhere = Place::new("recording", "wrapped_key", &[8; 16]);
        assert!(account_key.unwrap_object_key(elsewhere, &wrapped).is_err(), "another row");
        assert!(account(2).unwrap_object_key(place, &other_wrapped).is_err(), "another account");
        assert!(account_key.unwrap_object_key(place, &wrapped[..wrapped.len() - 1]).is_err());
        let short = account_key.seal(place, b"not a key").unwrap();
        assert!(matches!(account_key.unwrap_object_key(place, &short), Err(VaultError::Altered("recording"))));
    }

    #[test]
    fn each_use_and_each_salt_has_its_own_key() {
        let (key, _) = account(1).create_object_key(Place::new("recording", "wrapped_key", &[7; 16])).unwrap();
        let parts = [key.part("log", b""), key.part("file", b""), key.part("file", b"1"), key.part("fil", b"e\x001")];
        for (i, part) in parts.iter().enumerate() {
            assert!(parts.iter().skip(i + 1).all(|other| other != part));
        }
        assert_ne!(ObjectKey::salt().unwrap(), ObjectKey::salt().unwrap());
        assert_eq!(format!("{key:?}"), "ObjectKey(‹secret›)");
    }
}
