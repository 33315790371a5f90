//! Frames of FEIG OBID readers (Siemens RF290R speaks them too), standard protocol.
//!
//! Owns: questions to bytes, bytes to the one answer that is expected. Refuses: another command's answer, lengths that do
//! not fit, a wrong check: such bytes are dropped one at a time. Holds no state.
//!
//! ```text
//! LEN  ADR  CMD  data...            CRC CRC       to the reader; LEN counts all bytes, CRC low byte first
//! LEN  ADR  CMD  STATUS  data...    CRC CRC       from it
//! ```

use super::words::{Answer, BLOCK, Look, MAX_TAGS, Question, seal, uid, unseal};

/// Everybody: there is one reader on a line.
const ADDRESS: u8 = 0xff;
/// Commands for ISO 15693 tags.
const HOST: u8 = 0xb0;
/// Its firmware.
const VERSION: u8 = 0x65;
/// The field off and on.
const RF_RESET: u8 = 0x69;
/// Fewest bytes of an answer.
const SHORTEST: usize = 6;

fn command(question: Question) -> u8 {
    match question {
        // It finds the tags' kind by itself; the field's reset stands for both.
        Question::Mode | Question::Field => RF_RESET,
        Question::Who => VERSION,
        Question::Inventory | Question::Read { .. } => HOST,
    }
}

/// The frame of a question.
pub fn encode(question: Question) -> Vec<u8> {
    let mut data = Vec::new();
    match question {
        Question::Mode | Question::Who | Question::Field => {}
        Question::Inventory => data.extend([0x01, 0x00]),
        Question::Read { uid, block, count } => {
            // Addressed to this one tag.
            data.extend([0x23, 0x01]);
            data.extend(uid.bytes());
            data.extend([block, count]);
        }
    }
    let length = u8::try_from(data.len() + 5).unwrap_or(u8::MAX);
    let mut frame = vec![length, ADDRESS, command(question)];
    frame.extend(data);
    seal(frame)
}

/// Looks at the beginning of what has arrived.
pub(super) fn look(question: Question, bytes: &[u8]) -> Look {
    let Some(length) = bytes.first().copied().map(usize::from) else { return Look::Partial };
    if length < SHORTEST || bytes.get(2).is_some_and(|found| *found != command(question)) {
        return Look::Wrong;
    }
    let Some(frame) = bytes.get(..length) else { return Look::Partial };
    let Some([_, _, _, status, data @ ..]) = unseal(frame) else { return Look::Wrong };
    answer(question, *status, data).map_or(Look::Wrong, Look::Answer)
}

fn answer(question: Question, status: u8, data: &[u8]) -> Option<Answer> {
    match status {
        // All well; or there are more tags than fit, which is too many anyway.
        0x00 | 0x94 => {}
        0x01 => return Some(Answer::NoTag),
        refused => return Some(Answer::Refused(refused)),
    }
    match question {
        Question::Mode | Question::Field => Some(Answer::Done),
        // Version of the firmware, of the development, of the hardware; the kind of reader; what else it can do.
        Question::Who => match data {
            [major, minor, _, _, kind, ..] => {
                Some(Answer::Who(format!("FEIG OBID, type {kind:02x}h, firmware {major}.{minor}")))
            }
            _ => None,
        },
        Question::Inventory => {
            let (count, rest) = data.split_first()?;
            // Kind of tag, DSFID, number.
            let (sets, left) = rest.as_chunks::<10>();
            if usize::from(*count) != sets.len() || !left.is_empty() {
                return None;
            }
            let tags: Option<Vec<_>> = sets.iter().take(MAX_TAGS).map(|set| uid(&set[2..])).collect();
            tags.map(Answer::Tags)
        }
        Question::Read { count, .. } => {
            let [found, size, blocks @ ..] = data else { return None };
            if usize::from(*size) != BLOCK {
                return Some(Answer::Blocks(Vec::new()));
            }
            // Its security, then its bytes.
            let (blocks, left) = blocks.as_chunks::<{ BLOCK + 1 }>();
            let whole = *found == count && blocks.len() == usize::from(count) && left.is_empty();
            whole.then(|| Answer::Blocks(blocks.iter().flat_map(|block| &block[1..]).copied().collect()))
        }
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
    fn questions_as_the_manual_has_them() {
        // Its check was counted apart from this program.
        assert_eq!(encode(Question::Inventory), [0x07, 0xff, 0xb0, 0x01, 0x00, 0x1c, 0x56]);
        assert_eq!(encode(Question::Field)[..3], [0x05, 0xff, 0x69]);
        assert_eq!(encode(Question::Who)[..3], [0x05, 0xff, 0x65]);
        let read = encode(Question::Read { uid: tag(), block: 8, count: 4 });
        assert_eq!(read[..15], [0x11, 0xff, 0xb0, 0x23, 0x01, 0xe0, 4, 1, 0, 0x9f, 0x26, 0x25, 0xf5, 8, 4]);
        assert_eq!(read.len(), 0x11);
    }

    #[test]
    fn answers() {
        let mut one = vec![17, 0, 0xb0, 0x00, 1, 0x03, 0x00];
        one.extend(tag().bytes());
        let one = seal(one);
        assert_eq!(look(Question::Inventory, &one), Look::Answer(Answer::Tags(vec![tag()])));
        for end in 0..one.len() {
            assert_eq!(look(Question::Inventory, &one[..end]), Look::Partial, "cut at {end}");
        }
        let none = seal(vec![6, 0, 0xb0, 0x01]);
        assert_eq!(look(Question::Inventory, &none), Look::Answer(Answer::NoTag));
        let field = seal(vec![6, 0, 0x69, 0x00]);
        assert_eq!(look(Question::Field, &field), Look::Answer(Answer::Done));
        assert_eq!(look(Question::Inventory, &field), Look::Wrong, "another command's");
        let who = seal(vec![17, 0, 0x65, 0x00, 3, 2, 0, 0x10, 0x5b, 0, 8, 1, 0, 1, 0]);
        let said = "FEIG OBID, type 5bh, firmware 3.2".to_owned();
        assert_eq!(look(Question::Who, &who), Look::Answer(Answer::Who(said)));
        assert_eq!(look(Question::Who, &seal(vec![8, 0, 0x65, 0, 3, 2])), Look::Wrong, "cut short");
        let refused = seal(vec![6, 0, 0xb0, 0x83]);
        assert_eq!(look(Question::Inventory, &refused), Look::Answer(Answer::Refused(0x83)));
    }

    #[test]
    fn blocks_and_what_does_not_fit() {
        let read = Question::Read { uid: tag(), block: 8, count: 2 };
        let good = seal(vec![18, 0, 0xb0, 0, 2, 4, 0, b'=', b'A', b'9', b'9', 0, b'9', b'9', b'2', b'6']);
        assert_eq!(look(read, &good), Look::Answer(Answer::Blocks(b"=A999926".to_vec())));
        let wide = seal(vec![8, 0, 0xb0, 0, 1, 8]);
        assert_eq!(look(read, &wide), Look::Answer(Answer::Blocks(vec![])), "blocks of eight bytes");
        let short = seal(vec![13, 0, 0xb0, 0, 2, 4, 0, b'=', b'A', b'9', b'9']);
        assert_eq!(look(read, &short), Look::Wrong);
        let mut broken = good;
        broken[8] ^= 1;
        assert_eq!(look(read, &broken), Look::Wrong);
    }
}
