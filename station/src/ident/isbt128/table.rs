//! Every data structure by its data identifier: what it is called, how long its content is, whether it may name a person.
//!
//! Owns: where a structure ends, so that a scan with several can be taken apart. Refuses: identifiers that are not in the
//! table; their length is unknown and what follows would be guessed.

use super::date::digits;
use std::fmt;

/// Number of a data structure in the standard, e.g. 1 for the DIN. Printed as three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct StructureCode(pub u8);

/// How long the content behind a data identifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentLength {
    /// Always this many characters.
    Fixed(usize),
    /// `head` characters of which the last `count` are a number, then `unit` characters that many times.
    Counted {
        /// Characters before the repeated part.
        head: usize,
        /// Digits at the end of the head.
        count: usize,
        /// Characters repeated.
        unit: usize,
    },
}

/// One row: a data structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Its number.
    pub code: StructureCode,
    /// Its data identifier: 2 characters, or 3 after `&,`.
    pub identifier: &'static str,
    /// What it is, in a few words.
    pub name: &'static str,
    /// Length of its content.
    pub length: ContentLength,
    /// Whether its content names a donor or patient and must not be kept in the clear.
    pub personal: bool,
}

impl ContentLength {
    /// Length of the content that begins here. `None` when the count is missing or not a number.
    pub fn of(self, rest: &str) -> Option<usize> {
        match self {
            Self::Fixed(length) => Some(length),
            Self::Counted { head, count, unit } => {
                let number = rest.as_bytes().get(head.checked_sub(count)?..head).and_then(digits)?;
                Some(head + usize::from(number) * unit)
            }
        }
    }
}

impl fmt::Display for StructureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

const fn row(code: u8, identifier: &'static str, name: &'static str, length: usize) -> Definition {
    Definition {
        code: StructureCode(code),
        identifier,
        name,
        length: ContentLength::Fixed(length),
        personal: false,
    }
}

const fn counted(mut row: Definition, head: usize, count: usize, unit: usize) -> Definition {
    row.length = ContentLength::Counted { head, count, unit };
    row
}

const fn personal(mut row: Definition) -> Definition {
    row.personal = true;
    row
}

/// The DIN. Its second identifier character is the first of its content, so it cannot be found by comparing prefixes.
pub const DIN: Definition = row(1, "=", "donation identification number", 15);

/// The head of a compound message.
pub const COMPOUND: Definition = row(23, "=+", "compound message", 5);

/// All others.
pub const TABLE: [Definition; 39] = [
    row(2, "=%", "blood group", 4),
    row(3, "=<", "product code", 8),
    row(4, "=>", "expiry date", 6),
    row(5, "&>", "expiry date and time", 10),
    row(6, "=*", "collection date", 6),
    row(7, "&*", "collection date and time", 10),
    row(8, "=}", "production date", 6),
    row(9, "&}", "production date and time", 10),
    row(10, "&(", "special testing", 5),
    row(11, "={", "red cell antigens (retired)", 18),
    row(12, "=\\", "red cell antigens", 18),
    row(13, "&\\", "red cell antigens, national", 18),
    row(14, "&{", "platelet antigens", 18),
    row(15, "=[", "HLA-A and -B (retired)", 18),
    row(16, "=\"", "HLA-DRB1 (retired)", 18),
    row(17, "=)", "container maker and catalog number", 10),
    row(18, "&)", "container lot", 10),
    personal(row(19, "=;", "donor identification", 21)),
    row(20, "='", "staff identification", 11),
    row(21, "=-", "item maker and catalog number", 10),
    row(22, "&-", "item lot", 10),
    personal(row(24, "=#", "patient date of birth", 10)),
    personal(counted(row(25, "&#", "patient identification", 0), 4, 2, 1)),
    row(26, "=]", "expiry month", 6),
    row(27, "&\"", "infection markers", 18),
    row(28, "=$", "consignment", 16),
    counted(row(29, "&$", "dimensions", 0), 2, 2, 14),
    counted(row(30, "&%", "red cell antigens with history", 0), 3, 3, 10),
    row(31, "=(", "flexible date and time", 16),
    row(32, "=,", "divisions", 6),
    row(33, "&+", "processing facility", 11),
    row(34, "=/", "processor product", 16),
    row(35, "&,1", "data structure 035", 18),
    row(36, "&,2", "data structure 036", 18),
    personal(row(37, "&,3", "registry donor number (retired)", 19)),
    row(38, "&,4", "data structure 038", 40),
    personal(row(39, "&:", "registry donor number", 19)),
    personal(row(40, "&/", "chain of identity", 15)),
    COMPOUND,
];

/// The row whose identifier begins this text.
pub fn definition(text: &str) -> Option<&'static Definition> {
    if let [b'=', second, ..] = text.as_bytes()
        && super::error::Part::FacilityFirst.allows(*second)
    {
        return Some(&DIN);
    }
    TABLE.iter().find(|row| text.starts_with(row.identifier))
}

/// The row with this number.
pub fn by_code(code: StructureCode) -> Option<&'static Definition> {
    std::iter::once(&DIN).chain(&TABLE).find(|row| row.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_no_identifier_begins_another() {
        let mut seen = 1;
        for row in TABLE.iter().take(TABLE.len() - 1) {
            assert!(row.code.0 > seen, "{row:?}");
            seen = row.code.0;
            assert_eq!(TABLE.iter().filter(|other| other.identifier.starts_with(row.identifier)).count(), 1);
            assert_eq!(definition(row.identifier), Some(row));
            assert_eq!(by_code(row.code), Some(row));
        }
    }

    #[test]
    fn the_blood_group_is_not_an_antigen_code() {
        assert_eq!(definition("=%6200").map(|row| row.code.0), Some(2));
        assert_eq!(definition("=\\620000000000000000").map(|row| row.code.0), Some(12));
    }

    #[test]
    fn the_identifier_of_the_din_is_the_first_character_of_a_facility() {
        for second in (0_u8..=127).map(char::from) {
            let is_din = matches!(second, 'A'..='N' | 'P'..='Z' | '1'..='9');
            assert_eq!(definition(&format!("={second}")) == Some(&DIN), is_din, "{second:?}");
        }
    }

    #[test]
    fn counted_lengths_are_counted() {
        let length = |text: &str| definition(text).unwrap().length.of(&text[2..]);
        assert_eq!(length("&#0105ABCDE"), Some(9));
        assert_eq!(length("&$02"), Some(30));
        assert_eq!(length("&%003"), Some(33));
        assert_eq!(length("&#01x5"), None);
        assert_eq!(length("&#01"), None);
    }
}
