//! An account's data key, and what it does: seal, find again, chain.

use crate::root::fill;
use crate::sealed::{Place, open_in_place, seal_in_place};
use crate::{RootKey, VaultError};
use ring::hmac::{self, HMAC_SHA256};
use ringdesk_model::AccountId;
use std::fmt;
use zeroize::Zeroizing;

/// `format | salt (16) | nonce (12) | value and tag (16)`
const FORMAT: u8 = 1;
const SALT: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Closes and opens what belongs to one account. Made from the account's data key, which exists wrapped in the store
/// and, while this lives, in memory.
pub struct AccountKey {
    account: AccountId,
    sealing: hmac::Key,
    index: hmac::Key,
    chain: hmac::Key,
    proof: hmac::Key,
}

/// A link of a hash chain: keyed hash over the link before and the entry.
pub type Chained = [u8; 32];

impl AccountKey {
    /// A new account: its key, and the wrapped form to store.
    pub fn create(root: &RootKey, account: AccountId) -> Result<(AccountKey, Vec<u8>), VaultError> {
        let mut secret = Zeroizing::new([0; 32]);
        fill(&mut secret[..])?;
        let wrapped = root.wrap(account.0.as_bytes(), &secret)?;
        Ok((AccountKey::derive(account, &secret), wrapped))
    }

    pub fn unwrap(root: &RootKey, account: AccountId, wrapped: &[u8]) -> Result<AccountKey, VaultError> {
        root.unwrap(account.0.as_bytes(), wrapped).map(|secret| AccountKey::derive(account, &secret))
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Close a value for this place. Equal values give different bytes each time.
    ///
    /// Each value has its own key, derived with a fresh salt: random 96-bit nonces under one key would have to end after
    /// 2³² values (NIST SP 800-38D §8.3), which a busy account reaches within months.
    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut random = [0; SALT + NONCE];
        fill(&mut random)?;
        let (salt, nonce) = split(&random);
        let mut body = Vec::with_capacity(1 + SALT + NONCE + plain.len() + TAG);
        body.extend_from_slice(plain);
        seal_in_place(&self.value_key(salt), *nonce, &place.aad(), &mut body);
        body.splice(0..0, [FORMAT].into_iter().chain(random));
        Ok(body)
    }

    /// Open what [`AccountKey::seal`] closed for the same place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let altered = || VaultError::Altered(place.table);
        let (format, rest) = sealed.split_first().ok_or_else(altered)?;
        if *format != FORMAT {
            return Err(VaultError::UnknownFormat(*format));
        }
        let (random, body) = rest.split_first_chunk::<{ SALT + NONCE }>().ok_or_else(altered)?;
        let (salt, nonce) = split(random);
        let mut body = body.to_vec();
        let length = open_in_place(&self.value_key(salt), *nonce, &place.aad(), &mut body).ok_or_else(altered)?.len();
        body.truncate(length);
        Ok(body)
    }

    /// Keyed hash of a normalised value, to find a sealed one by equality: HMAC-SHA-256, the first 128 bits. `domain`
    /// keeps a telephone number from matching an equal account name. It tells who sees the store which rows are equal.
    pub fn blind(&self, domain: &str, value: &str) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(domain.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        let mut hash = [0; 16];
        hash.copy_from_slice(&context.sign().as_ref()[..16]);
        hash
    }

    /// The next link of the account's audit chain. Keyed: whoever can write the store but has no root key cannot
    /// make a chain that verifies.
    pub fn link(&self, before: &Chained, entry: &[u8]) -> Chained {
        let mut context = hmac::Context::with_key(&self.chain);
        context.update(before);
        context.update(entry);
        let mut link = [0; 32];
        link.copy_from_slice(context.sign().as_ref());
        link
    }

    /// A keyed signature: this installation, with this account's key, vouches for the text. `domain` says what kind of text
    /// it is, so that one kind never passes for another.
    pub fn prove(&self, domain: &str, text: &[u8]) -> [u8; 32] {
        let mut proof = [0; 32];
        proof.copy_from_slice(hmac::sign(&self.proof, &proven(domain, text)).as_ref());
        proof
    }

    /// Is it the signature of this text? Takes the same time whatever the answer.
    pub fn proves(&self, domain: &str, text: &[u8], proof: &[u8]) -> bool {
        hmac::verify(&self.proof, &proven(domain, text), proof).is_ok()
    }

    fn derive(account: AccountId, secret: &[u8; 32]) -> AccountKey {
        let secret = hmac::Key::new(HMAC_SHA256, secret);
        let part = |purpose: &str| hmac::Key::new(HMAC_SHA256, hmac::sign(&secret, purpose.as_bytes()).as_ref());
        AccountKey {
            account,
            sealing: part("ringdesk seal 1"),
            index: part("ringdesk blind index 1"),
            chain: part("ringdesk audit chain 1"),
            proof: part("ringdesk proof 1"),
        }
    }

    fn value_key(&self, salt: &[u8; SALT]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(hmac::sign(&self.sealing, salt).as_ref());
        key
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey({})", self.account)
    }
}

fn proven(domain: &str, text: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), &[0], text].concat()
}

fn split(random: &[u8; SALT + NONCE]) -> (&[u8; SALT], &[u8; NONCE]) {
    let (salt, rest) = random.split_first_chunk().expect("28 bytes begin with 16");
    (salt, rest.first_chunk().expect("12 bytes are left"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::{Ids, Timestamp};

    fn root() -> RootKey {
        let dir = tempfile::tempdir().unwrap();
        RootKey::open_or_create(&dir.path().join("root.key")).unwrap().0
    }

    fn account(n: u64) -> AccountId {
        Ids::seeded(n).next(Timestamp(0))
    }

    #[test]
    fn what_was_sealed_opens_only_in_its_place() {
        let root = root();
        let (key, wrapped) = AccountKey::create(&root, account(1)).unwrap();
        let place = Place::new("message", "text", &[7; 16]);
        let sealed = key.seal(place, b"my number is 4711").unwrap();
        assert_eq!(key.open(place, &sealed).unwrap(), b"my number is 4711");
        assert_ne!(sealed, key.seal(place, b"my number is 4711").unwrap(), "equal values look different");
        assert!(!sealed.windows(4).any(|w| w == b"4711"));

        for elsewhere in [
            Place::new("message", "text", &[8; 16]),
            Place::new("message", "name", &[7; 16]),
            Place::new("contact", "text", &[7; 16]),
        ] {
            assert!(matches!(key.open(elsewhere, &sealed), Err(VaultError::Altered(_))), "{elsewhere:?}");
        }
        let again = AccountKey::unwrap(&root, account(1), &wrapped).unwrap();
        assert_eq!(again.open(place, &sealed).unwrap(), b"my number is 4711");
        let (other, _) = AccountKey::create(&root, account(2)).unwrap();
        assert!(other.open(place, &sealed).is_err());
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (key, _) = AccountKey::create(&root(), account(1)).unwrap();
        let place = Place::new("message", "text", &[7; 16]);
        let sealed = key.seal(place, b"hello").unwrap();
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(key.open(place, &altered).is_err(), "byte {i}");
            assert!(key.open(place, &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn a_wrong_root_key_is_named() {
        let (right, wrong) = (root(), root());
        let (_, wrapped) = AccountKey::create(&right, account(1)).unwrap();
        let error = AccountKey::unwrap(&wrong, account(1), &wrapped).unwrap_err().to_string();
        assert!(
            error.contains("wrong root key") && error.contains(&right.id()) && error.contains(&wrong.id()),
            "{error}"
        );
        // The wrapped key of one account is of no use to another.
        assert!(matches!(AccountKey::unwrap(&right, account(2), &wrapped), Err(VaultError::Altered(_))));
        let mut altered = wrapped;
        *altered.last_mut().unwrap() ^= 1;
        assert!(matches!(AccountKey::unwrap(&right, account(1), &altered), Err(VaultError::Altered(_))));
    }

    #[test]
    fn keyed_hashes_find_equal_values_within_an_account_only() {
        let root = root();
        let ((a, _), (b, _)) =
            (AccountKey::create(&root, account(1)).unwrap(), AccountKey::create(&root, account(2)).unwrap());
        assert_eq!(a.blind("number", "+4930123456"), a.blind("number", "+4930123456"));
        assert_ne!(a.blind("number", "+4930123456"), a.blind("number", "+4930123457"));
        assert_ne!(a.blind("number", "+4930123456"), a.blind("email", "+4930123456"));
        assert_ne!(a.blind("number", "+4930123456"), b.blind("number", "+4930123456"));
    }

    #[test]
    fn a_proof_holds_for_its_text_alone() {
        let root = root();
        let ((key, _), (other, _)) =
            (AccountKey::create(&root, account(1)).unwrap(), AccountKey::create(&root, account(2)).unwrap());
        let proof = key.prove("certificate", b"text");
        assert!(key.proves("certificate", b"text", &proof));
        assert!(!key.proves("certificate", b"texts", &proof));
        assert!(!key.proves("link", b"text", &proof));
        assert!(!key.proves("certificate", b"text", &proof[..31]));
        assert!(!other.proves("certificate", b"text", &proof));
    }

    #[test]
    fn a_chain_depends_on_every_entry_and_on_their_order() {
        let (key, _) = AccountKey::create(&root(), account(1)).unwrap();
        let chain = |entries: &[&[u8]]| entries.iter().fold([0; 32], |before, e| key.link(&before, e));
        let whole = chain(&[b"a", b"b", b"c"]);
        assert_eq!(whole, chain(&[b"a", b"b", b"c"]));
        for other in
            [&[b"a" as &[u8], b"c", b"b"][..], &[b"a", b"b"], &[b"b", b"c"], &[b"ab", b"c"], &[b"a", b"x", b"c"]]
        {
            assert_ne!(whole, chain(other));
        }
    }
}
