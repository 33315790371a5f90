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
    let Some(length) = row.length.of(behind) else {
        let head = match row.length {
            ContentLength::Counted { head, .. } => head,
            ContentLength::Fixed(length) => length,
            ContentLength::Open => 0,
        };
        return Err(cut_off(head));
    };
    let content = behind.get(..length).ok_or_else(|| cut_off(length))?;
    let structure =
        structure::read(row, content).map_err(wrong)?.ok_or(MessageError::CompoundInside { at: at + 1 })?;
    Ok(Found { structure, code: Some(row.code), identifier, content })
}
