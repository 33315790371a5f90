//! PINs and their hashes (argon2id).
//!
//! Owns: the rule for a PIN and the hash text. Refuses: short, over-long and trivial PINs. Holds no PIN longer than a call.

use crate::privacy::{Entropy, EntropyError};
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

/// Why a PIN is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Fewer than 6 or more than 64 characters.
    #[error("a PIN has 6 to 64 characters, this one has {0}")]
    Length(usize),
    /// All the same character, or a run like 123456.
    #[error("this PIN is too easy to guess")]
    Trivial,
    /// The hash could not be made.
    #[error("the PIN could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// No random bytes for the salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Hash of a PIN in PHC text form (`$argon2id$v=19$...`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinHash(String);

impl std::fmt::Debug for PinHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinHash(masked)")
    }
}

/// 19 MiB, 2 passes, 1 lane: the smallest of the commonly recommended argon2id settings, a tenth of a second on a Pi.
fn hasher() -> Argon2<'static> {
    // invariant: these parameters are within argon2's bounds
    let params = Params::new(19 * 1024, 2, 1, None).expect("argon2 parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn is_trivial(pin: &str) -> bool {
    let steps: Vec<i32> = pin.as_bytes().windows(2).map(|w| i32::from(w[1]) - i32::from(w[0])).collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}

impl PinHash {
    /// Hashes a PIN with a fresh salt.
    ///
    /// # Errors
    /// [`PinError`] when it breaks the rule or could not be hashed.
    pub fn make(pin: &str, entropy: &mut dyn Entropy) -> Result<Self, PinError> {
        let length = pin.chars().count();
        if !(6..=64).contains(&length) {
            return Err(PinError::Length(length));
        }
        if is_trivial(pin) {
            return Err(PinError::Trivial);
        }
        let mut salt = [0u8; 16];
        entropy.fill(&mut salt)?;
        let salt = SaltString::encode_b64(&salt).map_err(PinError::Hash)?;
        let hash = hasher().hash_password(pin.as_bytes(), &salt).map_err(PinError::Hash)?;
        Ok(Self(hash.to_string()))
    }

    /// Whether this is the PIN. Slow on purpose.
    pub fn matches(&self, pin: &str) -> bool {
        PasswordHash::new(&self.0).is_ok_and(|hash| hasher().verify_password(pin.as_bytes(), &hash).is_ok())
    }

    /// Spends the time of a check and forgets it.
    pub fn burn(pin: &str) {
        let mut out = [0u8; 32];
        if hasher().hash_password_into(pin.as_bytes(), b"nobody's salt...", &mut out).is_err() {
            tracing::debug!("the time of a PIN check could not be spent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::OsEntropy;

    #[test]
    fn short_and_trivial_pins_are_refused() {
        assert!(matches!(PinHash::make("1234", &mut OsEntropy), Err(PinError::Length(4))));
        for pin in ["111111", "123456", "987654"] {
            assert!(matches!(PinHash::make(pin, &mut OsEntropy), Err(PinError::Trivial)), "{pin}");
        }
    }

    #[test]
    fn a_hash_matches_its_pin_only() {
        let hash = PinHash::make("246813", &mut OsEntropy).unwrap();
        assert!(hash.matches("246813"));
        assert!(!hash.matches("246814"));
    }
}
