//! One scanned text, taken apart into the data structures it holds.
//!
//! Owns: the three forms: a single structure, several back to back (two symbols that the scanner sent as one), and a compound
//! message (023: `=+aabbb`, then `aa` structures). Refuses: whatever does not come out exactly. A structure that is cut off,
//! characters left over, an unknown identifier, a count that is not the number of structures present: the whole scan is an
//! error, and nothing of it is used.
//!
//! ```text
//! =+04000  =/A9997XYZ100T0479  =A99991712345600  =,000012  =>019031
//!   |  |
//!   |  order of the structures, 000 for undefined (not interpreted: each has its identifier)
//!   how many follow
//! ```
//!
//! A national structure (`&a` to `&z`) has no published length, so it is all that follows it. It can stand alone or last in a
//! concatenation, never in a compound message.

use super::error::{Part, StructureError};
use super::structure::{self, ContentError, Structure};
use super::table::{self, COMPOUND, ContentLength, StructureCode};

/// Most characters accepted: what the largest Data Matrix symbol can hold.
pub const MAX_LENGTH: usize = 2335;

/// Why a text is not an ISBT 128 message. Positions count from 1 in the whole text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Nothing was scanned.
    #[error("nothing scanned")]
    Empty,
    /// More than any symbol can hold.
    #[error("{found} characters, at most {MAX_LENGTH}")]
    TooLong {
        /// What was there.
        found: usize,
    },
    /// A character that never occurs in these codes.
    #[error("character {found:?} at position {at}: only visible ASCII occurs in ISBT 128")]
    NotAscii {
        /// Its place.
        at: usize,
        /// The character.
        found: char,
    },
    /// A structure was expected, but no identifier of the table begins here.
    #[error("position {at}: expected a data identifier, found {found:?}")]
    Identifier {
        /// Where.
        at: usize,
        /// Up to three characters of what is there.
        found: String,
    },
    /// The text ends before the structure does.
    #[error("position {at}: {name} ({code}) needs {expected} characters, found {found}")]
    CutOff {
        /// Where the structure begins.
        at: usize,
        /// Which.
        code: StructureCode,
        /// What it is.
        name: &'static str,
        /// Length of its content, or of the part that says how long it is.
        expected: usize,
        /// What is left.
        found: usize,
    },
    /// The content is not what the identifier announces.
    #[error("position {at}: {name} ({code}): {error}")]
    Content {
        /// Where the structure begins.
        at: usize,
        /// Which.
        code: StructureCode,
        /// What it is.
        name: &'static str,
        /// What is wrong, with the place inside the content.
        error: ContentError,
    },
    /// The head of a compound message is not `=+` and five digits.
    #[error("the head of a compound message needs five digits behind =+")]
    CompoundHead,
    /// A compound message with nothing behind its head.
    #[error("the compound message holds no structure")]
    CompoundEmpty,
    /// A compound message inside another, or behind another structure.
    #[error("position {at}: a compound message can only stand at the beginning")]
    CompoundInside {
        /// Where.
        at: usize,
    },
    /// A compound message announces another number of structures than it holds.
    #[error("the compound message announces {announced} structures, but holds {found}")]
    Count {
        /// `aa` of the head.
        announced: u16,
        /// How many there are.
        found: usize,
    },
    /// A national structure in a compound message.
    #[error("position {at}: national structure &{identifier} is not allowed in a compound message")]
    NationalInCompound {
        /// Where.
        at: usize,
        /// Second character of its identifier.
        identifier: char,
    },
}

/// How the structures of a message are held together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One structure.
    Single,
    /// Several back to back.
    Concatenated,
    /// A compound message with this order number (0: undefined).
    Compound(u16),
}

/// A structure and the text it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// What it is.
    pub structure: Structure,
    /// Number of the structure; `None` for national ones.
    pub code: Option<StructureCode>,
    /// Its identifier.
    pub identifier: &'a str,
    /// Its content. Borrowed, because that of [`Structure::Personal`] and [`Structure::National`] must not outlive the scan.
    pub content: &'a str,
}

/// A message: its structures in the order of the symbol, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// How they are held together.
    pub form: Form,
    /// The structures.
    pub found: Vec<Found<'a>>,
}

impl std::fmt::Debug for Found<'_> {
    /// Leaves the content out: it may name a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Found").field(&self.structure).finish()
    }
}

/// Takes a scanned text apart.
///
/// # Errors
/// [`MessageError`]: what was wrong, where, and what was expected. Nothing of a refused text may be used.
pub fn parse(text: &str) -> Result<Message<'_>, MessageError> {
    let length = text.chars().count();
    if length == 0 {
        return Err(MessageError::Empty);
    }
    if length > MAX_LENGTH {
        return Err(MessageError::TooLong { found: length });
    }
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) {
        return Err(MessageError::NotAscii { at: index + 1, found });
    }
    match text.strip_prefix(COMPOUND.identifier) {
        Some(rest) => compound(text, rest),
        None => {
            let found = structures(text, 0)?;
            let form = if found.len() == 1 { Form::Single } else { Form::Concatenated };
            Ok(Message { form, found })
        }
    }
}

fn compound<'a>(text: &'a str, rest: &'a str) -> Result<Message<'a>, MessageError> {
    let head = rest.as_bytes().get(..5).ok_or(MessageError::CompoundHead)?;
    let (count, order) = head.split_at(2);
    let announced = super::date::digits(count).ok_or(MessageError::CompoundHead)?;
    let order = super::date::digits(order).ok_or(MessageError::CompoundHead)?;
    let start = COMPOUND.identifier.len() + head.len();
    let found = structures(text, start)?;
    if found.is_empty() {
        return Err(MessageError::CompoundEmpty);
    }
    let mut at = start + 1;
    for part in &found {
        if part.code.is_none() {
            let identifier = part.identifier.chars().nth(1).unwrap_or('?');
            return Err(MessageError::NationalInCompound { at, identifier });
        }
        at += part.identifier.len() + part.content.len();
    }
    if usize::from(announced) != found.len() {
        return Err(MessageError::Count { announced, found: found.len() });
    }
    Ok(Message { form: Form::Compound(order), found })
}

/// All structures from `start` to the end. `text` is ASCII, so bytes are characters.
fn structures(text: &str, start: usize) -> Result<Vec<Found<'_>>, MessageError> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let next = national(rest).map_or_else(|| defined(rest, at), Ok)?;
        at += next.identifier.len() + next.content.len();
        found.push(next);
    }
    Ok(found)
}

/// `&a` to `&z`, `&;` and `&!`: of unknown length, so all that is left.
fn national(rest: &str) -> Option<Found<'_>> {
    let [b'&', second, ..] = rest.as_bytes() else { return None };
    let (identifier, content) = rest.split_at(2);
    let length = structure::length_of(content);
    let structure = match second {
        b'a'..=b'z' | b'!' => Structure::National { identifier: char::from(*second), length },
        b';' => Structure::Personal { code: None, length },
        _ => return None,
    };
    Some(Found { structure, code: None, identifier, content })
}

/// A structure of the table.
fn defined(rest: &str, at: usize) -> Result<Found<'_>, MessageError> {
    let row = table::definition(rest)
        .ok_or_else(|| MessageError::Identifier { at: at + 1, found: rest.chars().take(3).collect() })?;
    if row.code == COMPOUND.code {
        return Err(MessageError::CompoundInside { at: at + 1 });
    }
    let (identifier, behind) = rest.split_at(row.identifier.len());
    let cut_off = |expected| MessageError::CutOff {
        at: at + 1,
        code: row.code,
        name: row.name,
        expected,
        found: behind.len(),
    };
    let wrong = |error| MessageError::Content { at: at + 1, code: row.code, name: row.name, error };
    if let ContentLength::Counted { head, count, .. } = row.length {
        let digits = behind.get(head - count..head).ok_or_else(|| cut_off(head))?;
        if let Some((index, found)) = digits.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            let at = head - count + index + 1;
            let expected = Part::Digits.expected();
            return Err(wrong(StructureError::Character { at, found, expected }.into()));
        }
    }
    let length = row.length.of(behind).ok_or_else(|| cut_off(0))?;
    let content = behind.get(..length).ok_or_else(|| cut_off(length))?;
    let structure =
        structure::read(row, content).map_err(wrong)?.ok_or(MessageError::CompoundInside { at: at + 1 })?;
    Ok(Found { structure, code: Some(row.code), identifier, content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wires(text: &str) -> Vec<String> {
        parse(text).unwrap().found.iter().map(|found| found.structure.to_wire().unwrap()).collect()
    }

    #[test]
    fn published_messages_come_apart() {
        let four = "=+04000=/A9997XYZ100T0479=A99991712345600=,000012=>019031";
        assert_eq!(parse(four).unwrap().form, Form::Compound(0));
        assert_eq!(wires(four), ["=/A9997XYZ100T0479", "=A99991712345600", "=,000012", "=>019031"]);
        let ordered = "=+04035=/A9997XYZ100T0479=,000012=A99991712345600=>019031";
        assert_eq!(parse(ordered).unwrap().form, Form::Compound(35));
        assert_eq!(wires(ordered), ["=/A9997XYZ100T0479", "=,000012", "=A99991712345600", "=>019031"]);
        let two = parse("=A99991712345600=,000012").unwrap();
        assert_eq!((two.form, two.found.len()), (Form::Concatenated, 2));
        assert_eq!(parse("=G12341765432170").unwrap().form, Form::Single);
        assert_eq!(wires("=)1FE1234567&)4R12345678"), ["=)1FE1234567", "&)4R12345678"]);
        assert_eq!(wires("&$0110101010101010=%5100"), ["&$0110101010101010", "=%5100"]);
    }

    #[test]
    fn a_wrong_count_is_refused_in_both_directions() {
        let body = "=/A9997XYZ100T0479=A99991712345600=,000012=>019031";
        for announced in [0, 3, 5, 99] {
            let refused = parse(&format!("=+{announced:02}000{body}")).map(|_| ());
            assert_eq!(refused, Err(MessageError::Count { announced, found: 4 }));
        }
    }

    #[test]
    fn garbage_is_refused_with_its_place() {
        let refused = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(refused("GARBAGE"), "position 1: expected a data identifier, found \"GAR\"");
        assert_eq!(
            refused("=A9O991712345600"),
            "position 1: donation identification number (001): character 'O' at position 3 of the number, \
             expected A-N, P-Z or 0-9"
        );
        assert_eq!(
            refused("=A99991x12345600"),
            "position 1: donation identification number (001): character 'x' at position 7 of the number, expected 0-9"
        );
        assert_eq!(
            refused("=A999917123456"),
            "position 1: donation identification number (001) needs 15 characters, found 13"
        );
        assert_eq!(
            refused("=A99991712345600=,00001"),
            "position 17: divisions (032) needs 6 characters, found 5"
        );
        assert_eq!(refused("=A999917123456007"), "position 17: expected a data identifier, found \"7\"");
        assert_eq!(
            refused("=A99991712345600 "),
            "character ' ' at position 17: only visible ASCII occurs in ISBT 128"
        );
        assert_eq!(refused("=%62"), "position 1: blood group (002) needs 4 characters, found 2");
        assert_eq!(
            refused("&#01x5"),
            "position 1: patient identification (025): character 'x' at position 3, expected 0-9"
        );
        assert_eq!(refused("&#01"), "position 1: patient identification (025) needs 4 characters, found 2");
        assert_eq!(parse(""), Err(MessageError::Empty));
        assert_eq!(parse(&"=".repeat(2336)), Err(MessageError::TooLong { found: 2336 }));
        assert_eq!(parse("=+0400"), Err(MessageError::CompoundHead));
        assert_eq!(parse("=+00000"), Err(MessageError::CompoundEmpty));
        assert_eq!(parse("=+01000"), Err(MessageError::CompoundEmpty));
        assert_eq!(parse("=+0x000=%5100"), Err(MessageError::CompoundHead));
        assert_eq!(parse("=%5100=+01000=%5100"), Err(MessageError::CompoundInside { at: 7 }));
        assert_eq!(parse("=+01000=+01000=%5100"), Err(MessageError::CompoundInside { at: 8 }));
    }

    #[test]
    fn a_national_structure_is_opaque_and_ends_the_text() {
        let message = parse("=A99991712345600&a=%6200").unwrap();
        assert_eq!(message.found.len(), 2);
        assert_eq!(message.found[1].structure, Structure::National { identifier: 'a', length: 6 });
        assert_eq!(message.found[1].content, "=%6200");
        assert_eq!(
            parse("&;12345").unwrap().found[0].structure,
            Structure::Personal { code: None, length: 5 }
        );
        assert_eq!(
            parse("=+02000=A99991712345600&ax"),
            Err(MessageError::NationalInCompound { at: 24, identifier: 'a' })
        );
    }

    #[test]
    fn what_is_printed_for_debugging_names_nobody() {
        let message = parse("=;A99990000222244445555&#0105ABCDE").unwrap();
        assert!(!format!("{message:?}").contains("22224444"));
        assert!(!format!("{message:?}").contains("ABCDE"));
        assert_eq!(message.found[0].content, "A99990000222244445555");
    }

    fn any_structure() -> impl Strategy<Value = String> {
        prop_oneof![
            "=[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{10}[0-5][0-9]",
            "=%[0-9A-Z][0-9A-Za-z]{2}0",
            "=<[A-Z][0-9A-Z]{4}[0-9A-Za-z][0-9A-Z][0-9a-z]",
            "=>0[0-9]{2}[12][0-9]{2}",
            "&>0[0-9]{2}[12][0-9]{2}1[0-9][0-5][0-9]",
            "=\\)[0-9A-Zyz][0-9A-Za-z]{9}",
            "&\\)[0-9A-Za-z]{10}",
            "='[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}[0-9A-Z]{6}",
            "=,[0-9]{6}",
            "&,4[0-9A-Za-z]{40}",
            "&\\$01[0-9]{14}",
            "&#0103[0-9A-Z]{3}",
        ]
    }

    proptest! {
        #![proptest_config(crate::ident::proptest_config())]

        #[test]
        fn no_text_panics(text in "[=&]?\\PC{0,40}") {
            if let Ok(message) = parse(&text) {
                let length: usize = message.found.iter().map(|f| f.identifier.len() + f.content.len()).sum();
                let head = if matches!(message.form, Form::Compound(_)) { 7 } else { 0 };
                prop_assert_eq!(length + head, text.len());
            }
        }

        #[test]
        fn anything_put_together_comes_apart(parts in proptest::collection::vec(any_structure(), 1..8)) {
            let text = parts.concat();
            let message = parse(&text).unwrap();
            let found: Vec<String> = message.found.iter().map(|f| format!("{}{}", f.identifier, f.content)).collect();
            prop_assert_eq!(&found, &parts);
            let compound = format!("=+{:02}000{text}", parts.len());
            prop_assert_eq!(parse(&compound).unwrap().found, message.found);
        }

        #[test]
        fn a_text_cut_anywhere_is_refused_or_a_shorter_whole(
            parts in proptest::collection::vec(any_structure(), 1..5),
            cut in any::<proptest::sample::Index>(),
        ) {
            let text = parts.concat();
            let cut = cut.index(text.len());
            let ends: Vec<usize> = parts.iter().scan(0, |at, part| { *at += part.len(); Some(*at) }).collect();
            prop_assert_eq!(parse(&text[..cut]).is_ok(), ends.contains(&cut), "{}", &text[..cut]);
        }
    }
}
