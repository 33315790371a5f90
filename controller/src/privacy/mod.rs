//! Personal data: what may be known of a donor on this station, and where it stops.
//!
//! Owns: the master key in memory, the keys derived from it, the data key of the day, and the three things that leave
//! here: a [`DonorToken`] (keyed hash: the same person, never who), a [`Sealed`] blob for the journal, and a masked name
//! for the screen. Refuses: handing a key out, and plain personal data in any entry, log or metric.
//!
//! A crash loses the data key in memory; the next run makes a new one for the day. Every data key is in the journal,
//! wrapped by the master key, so that whoever holds the master key can open every blob, and a replay needs no key.

mod entropy;
mod keys;
mod seal;

pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use keys::{KeyError, MasterKey};
pub use seal::{ALGORITHM, DayKey, Sealed, Unsealed};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use station::ident::DonorToken;

/// The privacy part of a running station.
pub struct Privacy {
    token_key: keys::Derived,
    wrap_key: keys::Derived,
    today: Option<(String, keys::Derived)>,
    entropy: Box<dyn Entropy>,
}

/// Why personal data could not be sealed or opened. In every case the plain text was not kept.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// The operating system gave no random bytes.
    #[error("no random bytes for a key or nonce: {0}")]
    Entropy(#[from] EntropyError),
    /// The cipher refused the text or the blob.
    #[error("sealing failed: {0}")]
    Cipher(&'static str),
    /// The blob was sealed under a key this journal does not hold, or damaged.
    #[error("the blob cannot be opened: {0}")]
    Unopenable(&'static str),
}

/// A sealed blob and, on the first of a day, the wrapped data key that has to be journaled before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealOutcome {
    /// Journal this first when present.
    pub new_key: Option<DayKey>,
    /// The blob.
    pub blob: Sealed,
}

impl Privacy {
    /// From the master key. Nothing is read or written.
    pub fn new(master: &MasterKey, entropy: Box<dyn Entropy>) -> Self {
        Self {
            token_key: master.derive(b"donor-token"),
            wrap_key: master.derive(b"day-key-wrap"),
            today: None,
            entropy,
        }
    }

    /// The same token for the same document number, here and after every restart under the same master key.
    pub fn token(&self, document_number: &str) -> Option<DonorToken> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.token_key.bytes()).ok()?;
        mac.update(document_number.trim().to_ascii_uppercase().as_bytes());
        DonorToken::new(&crate::hex::encode(&mac.finalize().into_bytes())).ok()
    }

    /// Seals `plain` under the data key of `day` (`YYYY-MM-DD`), making that key when it is the first of the day or of
    /// this run. `context` (station and donor token) is bound to the blob: it opens only with the same.
    ///
    /// # Errors
    /// [`PrivacyError::Entropy`] and [`PrivacyError::Cipher`]; nothing may be journaled then.
    pub fn seal(&mut self, day: &str, context: &[u8], plain: &[u8]) -> Result<SealOutcome, PrivacyError> {
        let mut new_key = None;
        let known = self.today.as_ref().is_some_and(|(id, _)| id.starts_with(day));
        if !known {
            let (wrapped, key) = seal::make_day_key(day, &self.wrap_key, self.entropy.as_mut())?;
            self.today = Some((wrapped.id.clone(), key));
            new_key = Some(wrapped);
        }
        let Some((id, key)) = &self.today else { return Err(PrivacyError::Cipher("no data key")) };
        let blob = seal::seal(id, key, context, plain, self.entropy.as_mut())?;
        Ok(SealOutcome { new_key, blob })
    }

    /// Opens a blob with its wrapped data key from the journal.
    ///
    /// # Errors
    /// [`PrivacyError::Unopenable`] when key, context or blob do not belong together.
    pub fn open(&self, key: &DayKey, context: &[u8], blob: &Sealed) -> Result<Unsealed, PrivacyError> {
        seal::open(&self.wrap_key, key, context, blob)
    }
}

/// A name for the screen: the first character, then one star for each of the others (`王*`, `欧**`, `J***`). At most
/// eight characters.
pub fn mask_name(name: &str) -> String {
    let mut chars = name.trim().chars();
    let Some(first) = chars.next() else { return String::new() };
    let rest = chars.count().min(7);
    std::iter::once(first).chain(std::iter::repeat_n('*', rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up instead of random: deterministic, never repeats within a test.
    struct Counting(u8);
    impl Entropy for Counting {
        fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            for b in bytes {
                self.0 = self.0.wrapping_add(1);
                *b = self.0;
            }
            Ok(())
        }
    }
    fn privacy(key: u8) -> Privacy {
        Privacy::new(&MasterKey::from_bytes([key; 32]), Box::new(Counting(0)))
    }

    #[test]
    fn the_same_number_gives_the_same_token_and_another_key_another() {
        let a = privacy(1).token("11010119900101123x").unwrap();
        assert_eq!(a, privacy(1).token(" 11010119900101123X ").unwrap());
        assert_ne!(a, privacy(2).token("11010119900101123X").unwrap());
        assert!(!a.as_str().contains("1990"));
    }

    #[test]
    fn a_blob_opens_only_with_its_key_and_its_context() {
        let mut p = privacy(1);
        let first = p.seal("2026-11-22", b"S1/tok", "王小明".as_bytes()).unwrap();
        let key = first.new_key.expect("first of the day");
        assert!(p.seal("2026-11-22", b"S1/tok", b"x").unwrap().new_key.is_none());
        assert_eq!(p.open(&key, b"S1/tok", &first.blob).unwrap().bytes(), "王小明".as_bytes());
        assert!(p.open(&key, b"S1/other", &first.blob).is_err());
        assert!(privacy(2).open(&key, b"S1/tok", &first.blob).is_err());
        let mut bent = first.blob.clone();
        bent.ciphertext.replace_range(0..1, if bent.ciphertext.starts_with('0') { "1" } else { "0" });
        assert!(p.open(&key, b"S1/tok", &bent).is_err());
    }

    #[test]
    fn a_new_day_has_a_new_key() {
        let mut p = privacy(1);
        let a = p.seal("2026-11-22", b"c", b"x").unwrap().new_key.unwrap();
        let b = p.seal("2026-11-23", b"c", b"x").unwrap().new_key.unwrap();
        assert_ne!(a.wrapped, b.wrapped);
    }

    #[test]
    fn names_are_masked() {
        assert_eq!(mask_name("王小明"), "王**");
        assert_eq!(mask_name(" J "), "J");
        assert_eq!(mask_name(""), "");
        assert_eq!(mask_name(&"x".repeat(80)).chars().count(), 8);
    }
}
