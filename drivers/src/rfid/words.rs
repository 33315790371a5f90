//! What is asked of a reader and what it answers, whatever its frames look like; and the check that both makers use.
//!
//! Owns: these words. Refuses: writing to a tag: there is no such question. Holds no state.

use station::ident::TagUid;

/// Most tags of one answer that are looked at.
pub(super) const MAX_TAGS: usize = 8;
/// Bytes of a block. Tags with other blocks are known by their number only.
pub(super) const BLOCK: usize = 4;

/// A question to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Speak ISO 15693 from now on.
    Mode,
    /// Who are you?
    Who,
    /// Switch the field on, or off and on: every tag answers again.
    Field,
    /// Which tags are there?
    Inventory,
    /// What stands in this block and those behind it?
    Read {
        /// Of this tag.
        uid: TagUid,
        /// First block.
        block: u8,
        /// How many.
        count: u8,
    },
}

/// A reader's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done as asked.
    Done,
    /// The reader's kind and firmware, for people.
    Who(String),
    /// These tags, at most eight.
    Tags(Vec<TagUid>),
    /// The content of the blocks, in their order.
    Blocks(Vec<u8>),
    /// No tag answers.
    NoTag,
    /// The reader refuses, or the tag does, with the reader's own number.
    Refused(u8),
}

/// What came of looking at received bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// An answer.
    Answer(Answer),
    /// The beginning of one.
    Partial,
    /// No answer begins here.
    Wrong,
}

/// A tag's number in either order: its highest byte tells which.
pub(super) fn uid(bytes: &[u8]) -> Option<TagUid> {
    let mut all: [u8; 8] = bytes.try_into().ok()?;
    TagUid::new(all).ok().or_else(|| {
        all.reverse();
        TagUid::new(all).ok()
    })
}

/// CRC-16 with polynomial 8408 reflected, begins with FFFF, sent low byte first.
pub(super) fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8)
            .fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0x8408 } else { crc >> 1 })
    })
}

/// The frame with its check behind it.
pub(super) fn seal(mut frame: Vec<u8>) -> Vec<u8> {
    let check = crc(&frame);
    frame.extend_from_slice(&check.to_le_bytes());
    frame
}

/// The frame without its check, when that is right.
pub(super) fn unseal(frame: &[u8]) -> Option<&[u8]> {
    let (body, check) = frame.split_at_checked(frame.len().checked_sub(2)?)?;
    (crc(body).to_le_bytes() == check).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_published_one() {
        assert_eq!(crc(b"123456789"), 0x6f91);
        assert_eq!(unseal(&seal(vec![1, 2, 3])), Some(&[1, 2, 3][..]));
        assert_eq!(unseal(&[1]), None);
    }

    #[test]
    fn a_number_is_read_in_either_order_and_no_other() {
        let tag = [0xe0, 4, 1, 0, 0x9f, 0x26, 0x25, 0xf5];
        let mut turned = tag;
        turned.reverse();
        assert_eq!(uid(&tag), TagUid::new(tag).ok());
        assert_eq!(uid(&turned), TagUid::new(tag).ok());
        assert_eq!((uid(&[0; 8]), uid(&tag[1..])), (None, None));
    }
}
