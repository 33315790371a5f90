//! What an RR3036 answers: status and data of each command that a station has use for.
//!
//! Owns: its commands. Refuses: the others, with its status for an unknown one. Holds no state; frames and field are the
//! reader's.

use crate::devices::rfid::Tag;

/// All well.
const DONE: u8 = 0x00;
/// Unknown command.
const UNKNOWN: u8 = 0x02;
/// No tag in the field.
const NO_TAG: u8 = 0x0e;
/// The tag itself refuses.
const TAG_REFUSES: u8 = 0x0f;
/// First of the four blocks that a simulated tag has.
const FIRST_BLOCK: u8 = 8;

/// Status and data of the answer to a command and its state.
pub(super) fn answer(asked: &[u8], field: &[Tag]) -> Vec<u8> {
    match *asked {
        // Firmware 9.9 of a reader of kind 51h, as nobody has it.
        [0x00, 0x00] => vec![DONE, 9, 9, 0, 0, 0x51, 0, 3, 30],
        // Speak ISO 15693; field on.
        [0x00, 0x06 | 0x02] => vec![DONE],
        [0x01, 0x06] if field.is_empty() => vec![NO_TAG],
        [0x01, 0x06] => {
            let mut data = vec![DONE];
            for tag in field {
                data.push(0x00);
                data.extend(tag.uid.iter().rev());
            }
            data
        }
        [0x20, 0x00, ref uid @ .., block] => {
            let tag = field.iter().find(|tag| tag.uid.iter().rev().eq(uid));
            let at = usize::from(block.wrapping_sub(FIRST_BLOCK)) * 4;
            match tag.and_then(|tag| tag.text.get(at..at + 4)) {
                Some(bytes) => [&[DONE, 0x00], bytes].concat(),
                None => vec![TAG_REFUSES, 0x10],
            }
        }
        _ => vec![UNKNOWN],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data as the published program takes them apart: numbers lowest byte first, a block behind its security byte.
    #[test]
    fn its_data_are_these() {
        let field = [Tag { text: *b"=A99992612345600", ..Tag::blank(7) }];
        assert_eq!(answer(&[1, 6], &[]), [0x0e]);
        assert_eq!(answer(&[1, 6], &field), [0, 0, 7, 0, 0, 0, 0x50, 1, 4, 0xe0]);
        let read = |block| answer(&[0x20, 0, 7, 0, 0, 0, 0x50, 1, 4, 0xe0, block], &field);
        assert_eq!(read(8), b"\0\0=A99");
        assert_eq!(read(12), [0x0f, 0x10]);
        assert_eq!(answer(&[0x77, 0], &field), [0x02]);
    }
}
