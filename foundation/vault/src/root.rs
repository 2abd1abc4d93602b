//! The root key of an installation: its file, its recovery key, and the wrapping of account keys.

use crate::VaultError;
use crate::sealed::{Nonce96, open_in_place, seal_in_place};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// First line of the key file.
const HEAD: &str = "ringdesk root key 1";
/// Without letters that are mistaken for digits (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const WRAPPED: u8 = 1;

/// Wraps the data keys of all accounts.
pub struct RootKey {
    secret: Zeroizing<[u8; 32]>,
    id: [u8; 8],
}

/// The root key as a person writes it down: printed once, at the first start. `Display` reveals it.
pub struct RecoveryKey(Zeroizing<String>);

impl RootKey {
    /// Open the key file, or create it (mode 0600, never overwriting). A new key comes with its recovery key.
    pub fn open_or_create(path: &Path) -> Result<(RootKey, Option<RecoveryKey>), VaultError> {
        match RootKey::open(path) {
            Err(VaultError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let mut secret = Zeroizing::new([0; 32]);
                fill(&mut secret[..])?;
                let key = RootKey::from_secret(secret);
                key.write(path)?;
                let recovery = key.recovery();
                Ok((key, Some(recovery)))
            }
            other => other.map(|key| (key, None)),
        }
    }

    /// Open the key file. Refused when others may read it.
    pub fn open(path: &Path) -> Result<RootKey, VaultError> {
        let file = |action| move |source| VaultError::File { action, path: path.into(), source };
        let mode = fs::metadata(path).map_err(file("open"))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Exposed(path.into(), mode));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(file("read"))?);
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(VaultError::NotAKey(path.into()));
        }
        let secret = lines.next().and_then(decode).ok_or_else(|| VaultError::NotAKey(path.into()))?;
        Ok(RootKey::from_secret(secret))
    }

    /// Write a lost key file again, from the recovery key. An existing file is never overwritten.
    pub fn restore(path: &Path, recovery: &str) -> Result<RootKey, VaultError> {
        let key = RootKey::from_secret(decode(recovery).ok_or(VaultError::Mistyped)?);
        key.write(path)?;
        Ok(key)
    }

    /// Names the key without giving it away; stands in error messages and in wrapped keys.
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    /// `version | id of the root key | nonce | key and tag`.
    pub(crate) fn wrap(&self, owner: &[u8; 16], key: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
        let mut nonce: Nonce96 = [0; 12];
        fill(&mut nonce)?;
        let mut out = vec![WRAPPED];
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&nonce);
        let mut body = key.to_vec();
        seal_in_place(&self.secret, nonce, owner, &mut body);
        out.append(&mut body);
        Ok(out)
    }

    pub(crate) fn unwrap(&self, owner: &[u8; 16], wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        const SHORT: VaultError = VaultError::Altered("wrapped key");
        let (version, rest) = wrapped.split_first().ok_or(SHORT)?;
        if *version != WRAPPED {
            return Err(VaultError::UnknownFormat(*version));
        }
        let (id, rest) = rest.split_first_chunk::<8>().ok_or(SHORT)?;
        if *id != self.id {
            return Err(VaultError::WrongRootKey { wanted: hex(id), given: self.id() });
        }
        let (nonce, body) = rest.split_first_chunk::<12>().ok_or(SHORT)?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = open_in_place(&self.secret, *nonce, owner, &mut body).ok_or(SHORT)?;
        plain.try_into().map(Zeroizing::new).map_err(|_| SHORT)
    }

    fn from_secret(secret: Zeroizing<[u8; 32]>) -> RootKey {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret[..]), b"ringdesk root key id");
        let mut id = [0; 8];
        id.copy_from_slice(&tag.as_ref()[..8]);
        RootKey { secret, id }
    }

    fn recovery(&self) -> RecoveryKey {
        RecoveryKey(Zeroizing::new(encode(&self.secret)))
    }

    fn write(&self, path: &Path) -> Result<(), VaultError> {
        let file = |action| move |source| VaultError::File { action, path: path.into(), source };
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file("create"))?;
        let text = Zeroizing::new(format!("{HEAD}\n{}\n", self.recovery()));
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file("write"))?;
        // The name must survive a power cut as well as the bytes.
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(folder).and_then(|f| f.sync_all()).map_err(file("write"))
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKey({})", self.id())
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(‹secret›)")
    }
}

impl fmt::Display for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    SystemRandom::new().fill(bytes).map_err(|_| VaultError::NoRandomness)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// 32 bytes and a 3-byte checksum are 56 characters, in groups of seven.
fn encode(secret: &[u8; 32]) -> String {
    let sum = digest::digest(&digest::SHA256, secret);
    let mut out = String::with_capacity(63);
    let (mut bits, mut held, mut count) = (0u32, 0u32, 0);
    for byte in secret.iter().chain(&sum.as_ref()[..3]) {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            if count > 0 && count % 7 == 0 {
                out.push('-');
            }
            out.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
            count += 1;
        }
        bits &= 31; // the rest that was not written yet
    }
    out
}

fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut out = Zeroizing::new([0u8; 35]);
    let (mut bits, mut held, mut count) = (0u32, 0u32, 0);
    for c in text.trim().bytes().filter(|c| !matches!(c, b'-' | b' ')) {
        let c = match c.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            c => c,
        };
        let value = ALPHABET.iter().position(|a| *a == c)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            *out.get_mut(count)? = (bits >> held & 255) as u8;
            count += 1;
            bits &= 255;
        }
    }
    let (secret, sum) = out.split_first_chunk::<32>()?;
    let fits = count == 35 && held == 0 && digest::digest(&digest::SHA256, secret).as_ref()[..3] == *sum;
    fits.then(|| Zeroizing::new(*secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recovery_key_brings_the_root_key_back() {
        let dir = tempfile::tempdir().unwrap();
        let (key, recovery) = RootKey::open_or_create(&dir.path().join("root.key")).unwrap();
        let text = recovery.expect("a new key comes with its recovery key").to_string();
        assert_eq!(text.len(), 63, "eight groups of seven");

        let again = dir.path().join("again.key");
        let spoken = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
        assert_eq!(RootKey::restore(&again, &spoken).unwrap().id(), key.id());
        assert_eq!(RootKey::open(&again).unwrap().id(), key.id());

        let mut mistyped = text.into_bytes();
        mistyped[10] = if mistyped[10] == b'X' { b'Y' } else { b'X' };
        let mistyped = String::from_utf8(mistyped).unwrap();
        let other = dir.path().join("other.key");
        assert!(matches!(RootKey::restore(&other, &mistyped), Err(VaultError::Mistyped)));
        assert!(matches!(RootKey::restore(&other, ""), Err(VaultError::Mistyped)));
        assert!(!other.exists());
    }

    #[test]
    fn the_file_is_private_made_once_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.key");
        let (first, _) = RootKey::open_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (second, recovery) = RootKey::open_or_create(&path).unwrap();
        assert!(recovery.is_none());
        assert_eq!(first.id(), second.id());
        assert!(matches!(RootKey::restore(&path, &first.recovery().to_string()), Err(VaultError::File { .. })));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(RootKey::open_or_create(&path), Err(VaultError::Exposed(_, 0o640))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "something else").unwrap();
        assert!(matches!(RootKey::open_or_create(&path), Err(VaultError::NotAKey(_))));
    }

    #[test]
    fn debug_keeps_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let (key, recovery) = RootKey::open_or_create(&dir.path().join("root.key")).unwrap();
        let recovery = recovery.unwrap();
        let shown = format!("{key:?} {recovery:?}");
        assert!(!shown.contains(&recovery.to_string()[..7]), "{shown}");
    }
}
