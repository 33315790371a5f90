//! Sealing: XChaCha20-Poly1305 under a data key per day, which is itself sealed under a key from the master key.
//!
//! Owns: the two blob forms as they stand in the journal. Refuses: a nonce used twice (24 random bytes each), and opening
//! under another context. Holds no state.

use super::PrivacyError;
use super::entropy::Entropy;
use super::keys::Derived;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Name of the algorithm in every entry, so that a later one can stand beside it.
pub const ALGORITHM: &str = "xchacha20poly1305";

/// Largest plain text sealed, bytes: the text of an identity card with room.
const MAX_PLAIN: usize = 2048;

/// A data key, wrapped. Body of the journal entry `day_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayKey {
    /// Day and a random tail: unique over restarts within a day.
    pub id: String,
    /// [`ALGORITHM`].
    pub alg: String,
    /// Hexadecimal, 24 bytes.
    pub nonce: String,
    /// Hexadecimal, the key of 32 bytes and the tag.
    pub wrapped: String,
}

/// Sealed personal data. Body of the journal entry `sealed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which data key.
    pub key: String,
    /// [`ALGORITHM`].
    pub alg: String,
    /// Hexadecimal, 24 bytes.
    pub nonce: String,
    /// Hexadecimal.
    pub ciphertext: String,
}

/// Opened personal data, wiped when dropped.
pub struct Unsealed(Zeroizing<Vec<u8>>);

impl Unsealed {
    /// The plain text.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn encrypt(key: &Derived, nonce: [u8; 24], context: &[u8], plain: &[u8]) -> Result<String, PrivacyError> {
    XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: context })
        .map(|c| crate::hex::encode(&c))
        .map_err(|_| PrivacyError::Cipher("the cipher refused the text"))
}

fn decrypt(
    key: &Derived,
    nonce: &str,
    context: &[u8],
    text: &str,
) -> Result<Zeroizing<Vec<u8>>, PrivacyError> {
    let nonce =
        crate::hex::decode(nonce).filter(|n| n.len() == 24).ok_or(PrivacyError::Unopenable("bad nonce"))?;
    let cipher = crate::hex::decode(text).ok_or(PrivacyError::Unopenable("not hexadecimal"))?;
    XChaCha20Poly1305::new(key.bytes().into())
        .decrypt(XNonce::from_slice(&nonce), Payload { msg: &cipher, aad: context })
        .map(Zeroizing::new)
        .map_err(|_| PrivacyError::Unopenable("key, context or content do not belong together"))
}

fn nonce(entropy: &mut dyn Entropy) -> Result<[u8; 24], PrivacyError> {
    let mut nonce = [0; 24];
    entropy.fill(&mut nonce)?;
    Ok(nonce)
}

pub(super) fn make_day_key(
    day: &str,
    wrap: &Derived,
    entropy: &mut dyn Entropy,
) -> Result<(DayKey, Derived), PrivacyError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    let mut tail = [0u8; 4];
    entropy.fill(&mut tail)?;
    let id = format!("{day}-{}", crate::hex::encode(&tail));
    let nonce = nonce(entropy)?;
    let wrapped = encrypt(wrap, nonce, id.as_bytes(), bytes.as_slice())?;
    let key = DayKey { id, alg: ALGORITHM.to_owned(), nonce: crate::hex::encode(&nonce), wrapped };
    Ok((key, Derived::from_bytes(*bytes)))
}

pub(super) fn seal(
    id: &str,
    key: &Derived,
    context: &[u8],
    plain: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Sealed, PrivacyError> {
    if plain.len() > MAX_PLAIN {
        return Err(PrivacyError::Cipher("longer than an identity card"));
    }
    let nonce = nonce(entropy)?;
    let ciphertext = encrypt(key, nonce, context, plain)?;
    Ok(Sealed {
        key: id.to_owned(),
        alg: ALGORITHM.to_owned(),
        nonce: crate::hex::encode(&nonce),
        ciphertext,
    })
}

pub(super) fn open(
    wrap: &Derived,
    day: &DayKey,
    context: &[u8],
    blob: &Sealed,
) -> Result<Unsealed, PrivacyError> {
    if day.id != blob.key || day.alg != ALGORITHM || blob.alg != ALGORITHM {
        return Err(PrivacyError::Unopenable("sealed under another key or algorithm"));
    }
    let key = decrypt(wrap, &day.nonce, day.id.as_bytes(), &day.wrapped)?;
    let bytes = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| PrivacyError::Unopenable("bad data key"))?;
    decrypt(&Derived::from_bytes(bytes), &blob.nonce, context, &blob.ciphertext).map(Unsealed)
}
