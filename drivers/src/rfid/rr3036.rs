//! Frames of RR3036 and RR9036 readers and their relatives.
//!
//! Owns: questions to bytes, bytes to an answer. Refuses: lengths that do not fit and a wrong check: such bytes are dropped
//! one at a time. An answer does not name its question, so a late one is kept out by the driver's silence. Holds no state.
//!
//! ```text
//! LEN  ADR  CMD  STATE  data...   CRC CRC         to the reader; LEN counts what follows it, CRC low byte first
//! LEN  ADR  STATUS  data...       CRC CRC         from it
//! ```

use super::words::{Answer, BLOCK, Look, MAX_TAGS, Question, seal, uid, unseal};

/// Address that the reader leaves the factory with.
const ADDRESS: u8 = 0x00;
/// Fewest bytes behind the length of an answer.
const SHORTEST: usize = 4;
/// No tag in the field; none whole in its time.
const NO_TAG: [u8; 2] = [0x0e, 0x0a];

/// The frame of a question. Blocks are read one by one: `count` has to be 1.
pub fn encode(question: Question) -> Vec<u8> {
    let mut data = Vec::new();
    let [command, state] = match question {
        Question::Mode => [0x00, 0x06],
        Question::Who => [0x00, 0x00],
        Question::Field => [0x00, 0x02],
        Question::Inventory => [0x01, 0x06],
        Question::Read { uid, block, .. } => {
            let mut lowest_first = uid.bytes();
            lowest_first.reverse();
            data.extend(lowest_first);
            data.push(block);
            [0x20, 0x00]
        }
    };
    let length = u8::try_from(data.len() + 5).unwrap_or(u8::MAX);
    let mut frame = vec![length, ADDRESS, command, state];
    frame.extend(data);
    seal(frame)
}

/// Looks at the beginning of what has arrived.
pub(super) fn look(question: Question, bytes: &[u8]) -> Look {
    let Some(length) = bytes.first().copied().map(usize::from) else { return Look::Partial };
    if length < SHORTEST || bytes.get(1).is_some_and(|found| *found != ADDRESS) {
        return Look::Wrong;
    }
    let Some(frame) = bytes.get(..=length) else { return Look::Partial };
    let Some([_, _, status, data @ ..]) = unseal(frame) else { return Look::Wrong };
    answer(question, *status, data).map_or(Look::Wrong, Look::Answer)
}

fn answer(question: Question, status: u8, data: &[u8]) -> Option<Answer> {
    match status {
        // All well; or not all tags in its time, which is too many anyway.
        0x00 | 0x0b => {}
        none if NO_TAG.contains(&none) => return Some(Answer::NoTag),
        refused => return Some(Answer::Refused(refused)),
    }
    match question {
        Question::Mode | Question::Field => Some(Answer::Done),
        // Version, two bytes of nothing, the kind of reader, the kinds of tags, the longest inventory.
        Question::Who => match data {
            [major, minor, _, _, kind, ..] => {
                Some(Answer::Who(format!("RR3036, type {kind:02x}h, firmware {major}.{minor}")))
            }
            _ => None,
        },
        Question::Inventory => {
            let (sets, left) = data.as_chunks::<9>();
            if sets.is_empty() || !left.is_empty() {
                return None;
            }
            let tags: Option<Vec<_>> = sets.iter().take(MAX_TAGS).map(|set| uid(&set[1..])).collect();
            tags.map(Answer::Tags)
        }
        // Its security, then its bytes.
        Question::Read { .. } => match data {
            [_, block @ ..] if block.len() == BLOCK => Some(Answer::Blocks(block.to_vec())),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::ident::TagUid;

    fn tag() -> TagUid {
        TagUid::new([0xe0, 4, 1, 0, 0x9f, 0x26, 0x25, 0xf5]).unwrap()
    }

    #[test]
    fn questions_as_published_programs_send_them() {
        assert_eq!(encode(Question::Mode)[..4], [0x05, 0x00, 0x00, 0x06]);
        assert_eq!(encode(Question::Who)[..4], [0x05, 0x00, 0x00, 0x00]);
        assert_eq!(encode(Question::Field)[..4], [0x05, 0x00, 0x00, 0x02]);
        assert_eq!(encode(Question::Inventory)[..4], [0x05, 0x00, 0x01, 0x06]);
        let read = encode(Question::Read { uid: tag(), block: 9, count: 1 });
        assert_eq!(read[..13], [0x0e, 0, 0x20, 0, 0xf5, 0x25, 0x26, 0x9f, 0, 1, 4, 0xe0, 9]);
        assert_eq!(read.len(), 0x0f);
    }

    #[test]
    fn answers() {
        let one = seal(vec![13, 0, 0, 0, 0xf5, 0x25, 0x26, 0x9f, 0, 1, 4, 0xe0]);
        assert_eq!(look(Question::Inventory, &one), Look::Answer(Answer::Tags(vec![tag()])));
        for end in 0..one.len() {
            assert_eq!(look(Question::Inventory, &one[..end]), Look::Partial, "cut at {end}");
        }
        let none = seal(vec![4, 0, 0x0e]);
        assert_eq!(look(Question::Inventory, &none), Look::Answer(Answer::NoTag));
        assert_eq!(look(Question::Mode, &seal(vec![4, 0, 0])), Look::Answer(Answer::Done));
        assert_eq!(look(Question::Inventory, &seal(vec![4, 0, 0])), Look::Wrong, "a tag is missing");
        let who = seal(vec![12, 0, 0, 1, 4, 0, 0, 0x69, 0, 3, 30]);
        let said = "RR3036, type 69h, firmware 1.4".to_owned();
        assert_eq!(look(Question::Who, &who), Look::Answer(Answer::Who(said)));
        let block = seal(vec![9, 0, 0, 0, b'=', b'A', b'9', b'9']);
        let read = Question::Read { uid: tag(), block: 9, count: 1 };
        assert_eq!(look(read, &block), Look::Answer(Answer::Blocks(b"=A99".to_vec())));
        assert_eq!(look(read, &seal(vec![4, 0, 0x0f])), Look::Answer(Answer::Refused(0x0f)));
        let mut broken = one;
        broken[5] ^= 4;
        assert_eq!(look(Question::Inventory, &broken), Look::Wrong);
    }
}
