//! Where random bytes for keys, nonces and ids come from.
//!
//! Owns: the seam, and the operating system behind it. Refuses: any other source in the product; the simulator passes its
//! seed through the same seam.

/// The source of random bytes has failed.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random source failed: {0}")]
pub struct EntropyError(pub String);

/// A source of random bytes.
pub trait Entropy: Send {
    /// Fills `bytes` whole.
    ///
    /// # Errors
    /// [`EntropyError`]; `bytes` must not be used then.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's random source.
#[derive(Debug, Default, Clone, Copy)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|e| EntropyError(e.to_string()))
    }
}
