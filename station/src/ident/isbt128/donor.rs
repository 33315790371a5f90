//! A donor's number (data structure 019): 21 characters, a facility and the number it gave.
//!
//! Owns: its form and check character. Refuses: being kept. It names a person, so it has no serialised form and is masked
//! wherever it is printed; the caller turns it into a keyed hash and lets go of it.

use super::check::CheckValue;
use super::error::{Part, StructureError, check};
use std::fmt;

/// A donor's number as on a donor card.
#[derive(Clone, PartialEq, Eq)]
pub struct DonorNumber([u8; 21]);

impl DonorNumber {
    /// Characters of the number.
    pub const LENGTH: usize = 21;

    /// Reads the content behind `=;`.
    ///
    /// # Errors
    /// [`StructureError`] for another length or a character that its position does not allow.
    pub fn new(content: &str) -> Result<Self, StructureError> {
        check(content, &[(Part::FacilityFirst, 1), (Part::Facility, 2), (Part::Digits, 18)])?;
        let length = StructureError::Length { expected: Self::LENGTH, found: content.len() };
        content.as_bytes().try_into().map(Self).map_err(|_| length)
    }

    /// MOD 37-2 over all 21 characters, printed beside the number for typing.
    pub fn check(&self) -> CheckValue {
        CheckValue::of_known(&self.0)
    }

    /// The number in the clear, for hashing and sealing only.
    pub fn expose(&self) -> &[u8; 21] {
        &self.0
    }
}

impl fmt::Display for DonorNumber {
    /// The facility and the last two digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |byte: &u8| char::from(*byte);
        let [head @ .., tens, units] = &self.0;
        let facility: String = head.iter().take(5).map(shown).collect();
        write!(f, "{facility}**************{}{}", shown(tens), shown(units))
    }
}

impl fmt::Debug for DonorNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DonorNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_read_and_are_masked() {
        for text in ["A99990000222244445555", "V01000000000806561665"] {
            let number = DonorNumber::new(text).unwrap();
            assert_eq!(number.expose(), text.as_bytes());
            assert_eq!(number.check(), CheckValue::of(text).unwrap());
            assert_eq!(format!("{number}"), format!("{}**************{}", &text[..5], &text[19..]));
            assert!(!format!("{number:?}").contains(&text[5..19]));
        }
    }

    #[test]
    fn another_form_is_refused() {
        assert_eq!(
            DonorNumber::new("A9999000022224444555"),
            Err(StructureError::Length { expected: 21, found: 20 })
        );
        assert_eq!(
            DonorNumber::new("A9999000022224444555X"),
            Err(StructureError::Character { at: 21, found: 'X', expected: "0-9" })
        );
    }
}
