//! The cryptography of the DTLS library, by `ring`: the one provider of this house. What browsers speak is P-256 or X25519
//! for the exchange, ECDSA for who they are and AES-GCM for the rest; the library checks every part of this against known
//! answers before it uses it.

use super::certificate;
use dimpl::CryptoError::{self, OperationFailed};
use dimpl::CryptoOperation;
use dimpl::crypto::{
    Aad, ActiveKeyExchange, Buf, Cipher, CryptoProvider, Dtls12CipherSuite, Dtls13CipherSuite, HashAlgorithm,
    HashContext, HashProvider, HmacProvider, KeyProvider, NamedGroup, Nonce, SecureRandom, SignatureAlgorithm,
    SignatureVerifier, SigningKey, SupportedDtls12CipherSuite, SupportedDtls13CipherSuite, SupportedKxGroup, TmpBuf,
};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, X25519};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    self, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, EcdsaKeyPair,
};
use ring::{aead, digest, hmac};

pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: &[&Group(NamedGroup::X25519), &Group(NamedGroup::Secp256r1)],
        signature_verification: &Verifier,
        key_provider: &Keys,
        secure_random: &Random,
        hash_provider: &Hashes,
        hmac_provider: &Hashes,
        cipher_suites: &[&Aes128],
        dtls13_cipher_suites: &[&ChaCha],
    }
}

#[derive(Debug)]
struct Group(NamedGroup);

#[derive(Debug)]
struct Exchange {
    group: NamedGroup,
    ours: EphemeralPrivateKey,
    public: Buf,
}

fn agreement(group: NamedGroup) -> Result<&'static agreement::Algorithm, CryptoError> {
    match group {
        NamedGroup::X25519 => Ok(&X25519),
        NamedGroup::Secp256r1 => Ok(&ECDH_P256),
        other => Err(CryptoError::UnsupportedKeyExchangeGroup(other)),
    }
}

impl SupportedKxGroup for Group {
    fn name(&self) -> NamedGroup {
        self.0
    }

    fn start_exchange(&self, mut buf: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let ours = EphemeralPrivateKey::generate(agreement(self.0)?, &SystemRandom::new())
            .map_err(|_| OperationFailed(CryptoOperation::GenerateEphemeralKey))?;
        let public = ours.compute_public_key().map_err(|_| OperationFailed(CryptoOperation::ComputePublicKey))?;
        buf.clear();
        buf.extend_from_slice(public.as_ref());
        Ok(Box::new(Exchange { group: self.0, ours, public: buf }))
    }
}

impl ActiveKeyExchange for Exchange {
    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, peer: &[u8], out: &mut Buf) -> Result<(), CryptoError> {
        let theirs = UnparsedPublicKey::new(agreement(self.group)?, peer);
        agreement::agree_ephemeral(self.ours, &theirs, |secret| {
            out.clear();
            out.extend_from_slice(secret);
        })
        .map_err(|_| CryptoError::InvalidPublicKey(self.group))
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}

#[derive(Debug)]
struct Keys;

#[derive(Debug)]
struct Key(EcdsaKeyPair);

impl KeyProvider for Keys {
    fn load_private_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &SystemRandom::new())
            .map(|key| Box::new(Key(key)) as Box<dyn SigningKey>)
            .map_err(|_| OperationFailed(CryptoOperation::LoadPrivateKey))
    }
}

impl SigningKey for Key {
    fn sign(&mut self, data: &[u8], hash: HashAlgorithm, out: &mut Buf) -> Result<(), CryptoError> {
        if hash != HashAlgorithm::SHA256 {
            return Err(CryptoError::SigningKeyUnsupportedHash { group: NamedGroup::Secp256r1, hash });
        }
        let signed = self.0.sign(&SystemRandom::new(), data).map_err(|_| OperationFailed(CryptoOperation::Sign))?;
        out.clear();
        out.extend_from_slice(signed.as_ref());
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256]
    }
}

#[derive(Debug)]
struct Verifier;

impl SignatureVerifier for Verifier {
    fn verify_signature(
        &self,
        certificate: &[u8],
        data: &[u8],
        signature: &[u8],
        hash: HashAlgorithm,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), CryptoError> {
        if algorithm != SignatureAlgorithm::ECDSA {
            return Err(CryptoError::UnsupportedSignatureAlgorithm(algorithm));
        }
        let point = certificate::public_point(certificate).ok_or(CryptoError::InvalidSubjectPublicKey)?;
        // An uncompressed point: its length tells the curve.
        let how = match (point.len(), hash) {
            (65, HashAlgorithm::SHA256) => &ECDSA_P256_SHA256_ASN1,
            (65, HashAlgorithm::SHA384) => &ECDSA_P256_SHA384_ASN1,
            (97, HashAlgorithm::SHA256) => &ECDSA_P384_SHA256_ASN1,
            (97, HashAlgorithm::SHA384) => &ECDSA_P384_SHA384_ASN1,
            _ => return Err(CryptoError::UnsupportedPublicKeyAlgorithm),
        };
        signature::UnparsedPublicKey::new(how, point)
            .verify(data, signature)
            .map_err(|_| OperationFailed(CryptoOperation::VerifySignature))
    }
}

#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, buf: &mut [u8]) -> Result<(), CryptoError> {
        SystemRandom::new().fill(buf).map_err(|_| OperationFailed(CryptoOperation::FillRandom))
    }
}

#[derive(Debug)]
struct Hashes;

struct Hash(digest::Context);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hash")
    }
}

impl HashProvider for Hashes {
    fn create_hash(&self, algorithm: HashAlgorithm) -> Box<dyn HashContext> {
        // Only those of the suites above are asked for.
        let which = if algorithm == HashAlgorithm::SHA384 { &digest::SHA384 } else { &digest::SHA256 };
        Box::new(Hash(digest::Context::new(which)))
    }
}

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn clone_and_finalize(&self, out: &mut Buf) {
        out.clear();
        out.extend_from_slice(self.0.clone().finish().as_ref());
    }
}

impl HmacProvider for Hashes {
    fn hmac(&self, hash: HashAlgorithm, key: &[u8], data: &[u8], out: &mut [u8]) -> Result<usize, CryptoError> {
        let which = match hash {
            HashAlgorithm::SHA256 => hmac::HMAC_SHA256,
            HashAlgorithm::SHA384 => hmac::HMAC_SHA384,
            other => return Err(CryptoError::UnsupportedHmacHash(other)),
        };
        let tag = hmac::sign(&hmac::Key::new(which, key), data);
        let tag = tag.as_ref();
        out.get_mut(..tag.len()).ok_or(OperationFailed(CryptoOperation::ComputeHmac))?.copy_from_slice(tag);
        Ok(tag.len())
    }
}

/// DTLS 1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which RFC 8827 §6.5 asks everybody to have.
#[derive(Debug)]
struct Aes128;

impl SupportedDtls12CipherSuite for Aes128 {
    fn suite(&self) -> Dtls12CipherSuite {
        Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn key_lengths(&self) -> (usize, usize, usize) {
        (0, 16, 4)
    }

    fn explicit_nonce_len(&self) -> usize {
        8
    }

    fn tag_len(&self) -> usize {
        16
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        sealed(&aead::AES_128_GCM, key)
    }
}

/// DTLS 1.3: TLS_CHACHA20_POLY1305_SHA256. The one whose record numbers `ring` can hide.
#[derive(Debug)]
struct ChaCha;

impl SupportedDtls13CipherSuite for ChaCha {
    fn suite(&self) -> Dtls13CipherSuite {
        Dtls13CipherSuite::CHACHA20_POLY1305_SHA256
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn key_len(&self) -> usize {
        32
    }

    fn iv_len(&self) -> usize {
        12
    }

    fn tag_len(&self) -> usize {
        16
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        sealed(&aead::CHACHA20_POLY1305, key)
    }

    fn encrypt_sn(&self, key: &[u8], sample: &[u8; 16]) -> [u8; 16] {
        let mask = aead::quic::HeaderProtectionKey::new(&aead::quic::CHACHA20, key).and_then(|k| k.new_mask(sample));
        let mut out = [0; 16];
        // The key has the length that was asked for above. Two of the five bytes are used.
        out[..5].copy_from_slice(&mask.unwrap_or_default());
        out
    }
}

#[derive(Debug)]
struct Sealed(aead::LessSafeKey);

fn sealed(algorithm: &'static aead::Algorithm, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
    let key = aead::UnboundKey::new(algorithm, key).map_err(|_| OperationFailed(CryptoOperation::CreateCipher))?;
    Ok(Box::new(Sealed(aead::LessSafeKey::new(key))))
}

fn nonce(nonce: &Nonce) -> aead::Nonce {
    aead::Nonce::assume_unique_for_key(nonce.0)
}

impl Cipher for Sealed {
    fn encrypt(&mut self, plaintext: &mut Buf, aad: Aad, number: Nonce) -> Result<(), CryptoError> {
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce(&number), aead::Aad::from(&aad[..]), plaintext.as_mut())
            .map_err(|_| OperationFailed(CryptoOperation::Encrypt))?;
        plaintext.extend_from_slice(tag.as_ref());
        Ok(())
    }

    fn decrypt(&mut self, ciphertext: &mut TmpBuf, aad: Aad, number: Nonce) -> Result<(), CryptoError> {
        let length = self
            .0
            .open_in_place(nonce(&number), aead::Aad::from(&aad[..]), ciphertext.as_mut())
            .map_err(|_| OperationFailed(CryptoOperation::Decrypt))?
            .len();
        ciphertext.truncate(length);
        Ok(())
    }
}
