//! Number of an ISO 15693 tag: eight bytes, of which the first is always E0, the second the chip's maker.
//!
//! Owns: its form, 16 hexadecimal digits. Refuses: any other first byte: such a number was read wrongly. Holds no state.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Unique number of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagUid([u8; 8]);

/// What is no tag's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no tag's number: 16 hexadecimal digits, the first two E0")]
pub struct TagUidError(String);

impl TagUid {
    /// From its bytes, the highest first.
    ///
    /// # Errors
    /// [`TagUidError`] when the first is not E0.
    pub fn new(bytes: [u8; 8]) -> Result<Self, TagUidError> {
        let uid = Self(bytes);
        if bytes[0] == 0xe0 { Ok(uid) } else { Err(TagUidError(uid.to_string())) }
    }

    /// Its bytes, the highest first.
    pub fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for TagUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl From<TagUid> for String {
    fn from(uid: TagUid) -> Self {
        uid.to_string()
    }
}

impl TryFrom<String> for TagUid {
    type Error = TagUidError;
    fn try_from(text: String) -> Result<Self, TagUidError> {
        let digits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
        let number = u64::from_str_radix(&text, 16).ok().filter(|_| digits);
        number.and_then(|number| Self::new(number.to_be_bytes()).ok()).ok_or(TagUidError(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_and_read_as_sixteen_digits() {
        let uid = TagUid::new([0xe0, 0x04, 0x01, 0x00, 0x9f, 0x26, 0x25, 0xf5]).unwrap();
        assert_eq!(uid.to_string(), "E00401009F2625F5");
        assert_eq!(TagUid::try_from(uid.to_string()), Ok(uid));
        for wrong in ["E00401009F2625F", "F00401009F2625F5", "e00401009f2625f5", "+00401009F2625F5"] {
            assert!(TagUid::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
