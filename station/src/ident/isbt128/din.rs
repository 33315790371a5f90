//! The Donation Identification Number (data structure 001): one donation, worldwide and for a hundred years.
//!
//! Owns: [`Din`], the 13 characters that are the identity, and [`DinLabel`], the same with the flags of one label. Refuses:
//! everything that is not exactly of that form, a type 3 flag or a typed check character that does not agree, and every
//! temptation to correct: lower case, a missing `=`, a letter `O` for a zero are errors that say where.
//!
//! ```text
//!  =  G1234  17  654321  70        G1234 17 654321 [A]
//!  |    |    |     |      |                         |
//!  |    |    |     |      flags                     check character, printed in a box, for typing
//!  |    |    |     sequence number of the facility
//!  |    |    nominal year (may be a month off)
//!  |    facility that gave the number
//!  data identifier
//! ```

use super::check::CheckValue;
use super::error::Part;
use super::flag::{self, DinFlag, FlagMismatch};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Text that is not a DIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DinError {
    /// Not the number of characters this form has.
    #[error("{found} characters, expected {expected}")]
    Length {
        /// What the form has.
        expected: usize,
        /// What was there.
        found: usize,
    },
    /// Does not begin with `=`.
    #[error("begins with {found:?}, expected '='")]
    Identifier {
        /// The first character.
        found: char,
    },
    /// A character that this position of the number does not allow.
    #[error("character {found:?} at position {at} of the number, expected {expected}")]
    Character {
        /// Its place, counted from 1 at the first character of the number (behind the `=`).
        at: usize,
        /// The character.
        found: char,
        /// What is allowed there.
        expected: &'static str,
    },
    /// The type 3 flag does not agree with the number.
    #[error(transparent)]
    Flag(#[from] FlagMismatch),
    /// The typed check character does not agree with the number. What it should have been is not said: it must be read off the label.
    #[error("the check character {found:?} does not agree with the number: compare both with the label")]
    CheckCharacter {
        /// What was typed.
        found: char,
    },
}

/// A donation's number: 13 characters `αppppyynnnnnn`. Two labels belong together when these are equal, whatever their flags.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Din([u8; 13]);

/// A DIN as one label carries it: the number and what the flags say about the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DinLabel {
    din: Din,
    flag: DinFlag,
}

/// What each of the 13 positions allows.
const FORM: [Part; Din::LENGTH] = [
    Part::FacilityFirst,
    Part::Facility,
    Part::Facility,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
    Part::Digits,
];

/// What a flag character may be, for people.
const FLAG_FORM: &str = "0-9, A-H, J-N, P or R-Y";

impl Din {
    /// Characters of the number.
    pub const LENGTH: usize = 13;

    /// Reads exactly the 13 characters, without identifier, flags or check character.
    ///
    /// # Errors
    /// [`DinError::Length`] or [`DinError::Character`].
    pub fn new(text: &str) -> Result<Self, DinError> {
        exact(text, Self::LENGTH)?;
        let mut number = [b'0'; Self::LENGTH];
        for (index, ((found, part), slot)) in text.chars().zip(FORM).zip(&mut number).enumerate() {
            *slot = u8::try_from(found)
                .ok()
                .filter(|byte| part.allows(*byte))
                .ok_or(DinError::Character { at: index + 1, found, expected: part.expected() })?;
        }
        Ok(Self(number))
    }

    /// Reads what a person typed from the label: the 13 characters and the boxed check character; spaces do not count.
    ///
    /// # Errors
    /// As [`Din::new`]; [`DinError::CheckCharacter`] when the two do not agree.
    pub fn from_typed(text: &str) -> Result<Self, DinError> {
        let mut typed: String = text.chars().filter(|c| *c != ' ').collect();
        exact(&typed, Self::LENGTH + 1)?;
        let found = typed.pop().ok_or(DinError::Length { expected: Self::LENGTH + 1, found: 0 })?;
        let din = Self::new(&typed)?;
        if din.check_character() == found { Ok(din) } else { Err(DinError::CheckCharacter { found }) }
    }

    /// The 13 characters.
    pub fn as_str(&self) -> &str {
        // invariant: `new` is the only constructor and lets only ASCII through
        std::str::from_utf8(&self.0).expect("a DIN is ASCII")
    }

    /// The facility that gave the number, 5 characters.
    pub fn facility(&self) -> &str {
        self.part(0, 5)
    }

    /// Nominal year, 0 to 99. May be a month off at the turn of the year: worth a hint, never a refusal.
    pub fn year(&self) -> u8 {
        let [_, _, _, _, _, tens, units, ..] = self.0;
        (tens - b'0') * 10 + (units - b'0')
    }

    /// The facility's sequence number, 6 digits.
    pub fn sequence(&self) -> &str {
        self.part(7, Self::LENGTH)
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.as_str().get(from..to).unwrap_or_default()
    }

    /// MOD 37-2 over the 13 characters.
    pub fn check(&self) -> CheckValue {
        CheckValue::of_known(&self.0)
    }

    /// The character printed in the box beside the number.
    pub fn check_character(&self) -> char {
        self.check().character()
    }

    /// For people: facility, year and sequence number apart, with the check character, as `G1234 17 654321 A`.
    pub fn grouped(&self) -> String {
        format!("{} {} {} {}", self.facility(), self.part(5, 7), self.sequence(), self.check_character())
    }
}

impl DinLabel {
    /// Characters on the wire, identifier included.
    pub const LENGTH: usize = 16;

    /// A label of this donation.
    pub fn new(din: Din, flag: DinFlag) -> Self {
        Self { din, flag }
    }

    /// Reads what a scanner sends: `=`, 13 characters, 2 flag characters.
    ///
    /// # Errors
    /// [`DinError`], with the place; a type 3 flag that does not agree is a misread.
    pub fn from_wire(text: &str) -> Result<Self, DinError> {
        exact(text, Self::LENGTH)?;
        match text.strip_prefix('=') {
            Some(content) => Self::from_content(content),
            None => Err(DinError::Identifier { found: text.chars().next().unwrap_or_default() }),
        }
    }

    /// Reads the 15 characters behind the `=`. Only for systems which are known to strip it; a scanner sends it.
    ///
    /// # Errors
    /// As [`DinLabel::from_wire`].
    pub fn from_content(content: &str) -> Result<Self, DinError> {
        exact(content, Self::LENGTH - 1)?;
        let split = content.char_indices().nth(Din::LENGTH).map_or(content.len(), |(at, _)| at);
        let (number, flags) = content.split_at(split);
        let din = Din::new(number)?;
        let mut flag = [b'0'; 2];
        for (index, (found, slot)) in flags.chars().zip(&mut flag).enumerate() {
            *slot = u8::try_from(found)
                .ok()
                .filter(|byte| flag::allowed(*byte))
                .ok_or(DinError::Character { at: Din::LENGTH + index + 1, found, expected: FLAG_FORM })?;
        }
        Ok(Self { din, flag: DinFlag::read(flag, din.check())? })
    }

    /// The number, which is all that may be compared.
    pub fn din(self) -> Din {
        self.din
    }

    /// What the flags say about this label.
    pub fn flag(self) -> DinFlag {
        self.flag
    }

    /// The 16 characters of the symbol.
    pub fn to_wire(self) -> String {
        let [a, b] = self.flag.characters(self.din.check());
        format!("={}{a}{b}", self.din)
    }
}

fn exact(text: &str, expected: usize) -> Result<(), DinError> {
    let found = text.chars().count();
    if found == expected { Ok(()) } else { Err(DinError::Length { expected, found }) }
}

impl fmt::Display for Din {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Din {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Din({})", self.as_str())
    }
}

impl fmt::Display for DinLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_wire())
    }
}

impl std::str::FromStr for Din {
    type Err = DinError;
    fn from_str(text: &str) -> Result<Self, DinError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Din {
    type Error = DinError;
    fn try_from(text: String) -> Result<Self, DinError> {
        Self::new(&text)
    }
}

impl From<Din> for String {
    fn from(din: Din) -> String {
        din.to_string()
    }
}

impl TryFrom<String> for DinLabel {
    type Error = DinError;
    fn try_from(text: String) -> Result<Self, DinError> {
        Self::from_wire(&text)
    }
}

impl From<DinLabel> for String {
    fn from(label: DinLabel) -> String {
        label.to_wire()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::isbt128::{LocalFlag, SetContainer};
    use proptest::prelude::*;

    const FORM_REGEX: &str = "[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{10}";

    #[test]
    fn the_published_label_reads() {
        let label = DinLabel::from_wire("=G12341765432170").unwrap();
        assert_eq!(label.flag(), DinFlag::Verified);
        let din = label.din();
        assert_eq!((din.facility(), din.year(), din.sequence()), ("G1234", 17, "654321"));
        assert_eq!(din.check_character(), 'A');
        assert_eq!(din.grouped(), "G1234 17 654321 A");
        assert_eq!(label.to_wire(), "=G12341765432170");
        assert_eq!(Din::from_typed("G1234 17 654321 A"), Ok(din));
        assert_eq!(Din::from_typed("G123417654321A"), Ok(din));
    }

    #[test]
    fn published_numbers_have_their_check_character() {
        for (number, check) in [
            ("G123417654321", 'A'),
            ("A999921123456", '3'),
            ("W000009123456", 'G'),
            ("G123498654321", 'H'),
            ("G123489654321", 'Y'),
            ("A999914123456", 'N'),
            ("C000307001466", '6'),
            ("A999922012346", '*'),
        ] {
            assert_eq!(Din::new(number).unwrap().check_character(), check);
            assert_eq!(Din::from_typed(&format!("{number}{check}")).unwrap().as_str(), number);
        }
    }

    #[test]
    fn labels_of_one_donation_differ_only_in_their_flags() {
        let read = |text: &str| DinLabel::from_wire(text).unwrap();
        let (bag, tube) = (read("=A99992112345600"), read("=A99992112345607"));
        assert_eq!(bag.din(), tube.din());
        assert_ne!(bag, tube);
        assert_eq!(tube.flag(), DinFlag::TestTube);
        assert_eq!(read("=A99992112345601").flag(), DinFlag::Container(SetContainer::new(1).unwrap()));
        assert_eq!(read("=A99992112345620").flag(), DinFlag::Local(LocalFlag::new(20).unwrap()));
        assert_ne!(read("=A99992112345700").din(), bag.din());
    }

    #[test]
    fn a_chinese_donation_code_has_the_same_structure() {
        let label = DinLabel::from_wire("=123456789012345").unwrap();
        assert_eq!(label.din().as_str(), "1234567890123");
        assert_eq!(label.flag(), DinFlag::Local(LocalFlag::new(45).unwrap()));
        assert_eq!(DinLabel::from_content("123456789012345"), Ok(label));
    }

    #[test]
    fn refusals_say_what_where_and_what_was_expected() {
        let wire = |text: &str| DinLabel::from_wire(text).unwrap_err();
        let at = |at, found, expected| DinError::Character { at, found, expected };
        assert_eq!(wire("=ABCDE2700006900"), at(4, 'D', "0-9"));
        assert_eq!(Din::new("ABCDE27000069"), Err(at(4, 'D', "0-9")));
        assert_eq!(wire("=A9O991712345600"), at(3, 'O', "A-N, P-Z or 0-9"));
        assert_eq!(wire("=A99991x12345600"), at(7, 'x', "0-9"));
        assert_eq!(wire("=099991712345600"), at(1, '0', "A-N, P-Z or 1-9"));
        assert_eq!(wire("=A9999171234560I"), at(15, 'I', FLAG_FORM));
        assert_eq!(wire("=A999917123456"), DinError::Length { expected: 16, found: 14 });
        assert_eq!(wire("GARBAGE"), DinError::Length { expected: 16, found: 7 });
        assert_eq!(wire("&A99991712345600"), DinError::Identifier { found: '&' });
        assert_eq!(wire("=G12341765432171"), DinError::Flag(FlagMismatch { found: 71, expected: 70 }));
        assert_eq!(Din::from_typed("G1234 17 654321 B"), Err(DinError::CheckCharacter { found: 'B' }));
        assert_eq!(Din::from_typed("g1234 17 654321 A"), Err(at(1, 'g', "A-N, P-Z or 1-9")));
        assert_eq!(Din::from_typed("G1234 17 654321"), Err(DinError::Length { expected: 14, found: 13 }));
        assert_eq!(
            at(3, 'O', "A-N, P-Z or 0-9").to_string(),
            "character 'O' at position 3 of the number, expected A-N, P-Z or 0-9"
        );
    }

    #[test]
    fn json_is_the_text_and_is_checked() {
        let label = DinLabel::from_wire("=A99992112345607").unwrap();
        assert_eq!(serde_json::to_string(&label).unwrap(), "\"=A99992112345607\"");
        assert_eq!(serde_json::to_string(&label.din()).unwrap(), "\"A999921123456\"");
        assert_eq!(serde_json::from_str::<DinLabel>("\"=A99992112345607\"").unwrap(), label);
        assert!(serde_json::from_str::<Din>("\"ABCDE27000069\"").is_err());
    }

    proptest! {
        #![proptest_config(crate::ident::proptest_config())]

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            if let Ok(din) = Din::new(&text) { prop_assert_eq!(din.as_str(), text.as_str()); }
            if let Ok(label) = DinLabel::from_wire(&text) { prop_assert_eq!(label.to_wire(), text.clone()); }
            if let Ok(din) = Din::from_typed(&text) { prop_assert!(text.starts_with(&din.as_str()[..1])); }
        }

        #[test]
        fn every_label_round_trips(number in FORM_REGEX, flag in "[0-5A-HJ-NPR-Y][0-9A-HJ-NPR-Y]") {
            let wire = format!("={number}{flag}");
            let label = DinLabel::from_wire(&wire).unwrap();
            prop_assert_eq!(label.to_wire(), wire);
            prop_assert_eq!(label.din(), Din::new(&number).unwrap());
            let json = serde_json::to_string(&label).unwrap();
            prop_assert_eq!(serde_json::from_str::<DinLabel>(&json).unwrap(), label);
        }

        #[test]
        fn one_wrong_character_is_always_noticed(number in FORM_REGEX, at in 0_usize..14, wrong in "[0-9A-Z*]") {
            let din = Din::new(&number).unwrap();
            let typed = format!("{number}{}", din.check_character());
            let mut other = typed.clone();
            other.replace_range(at..=at, &wrong);
            prop_assert_eq!(Din::from_typed(&other).is_ok(), other == typed, "{}", other);
        }

        #[test]
        fn two_swapped_neighbours_are_always_noticed(number in FORM_REGEX, at in 0_usize..12) {
            let typed = format!("{number}{}", Din::new(&number).unwrap().check_character());
            let mut bytes = typed.clone().into_bytes();
            bytes.swap(at, at + 1);
            let other = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(Din::from_typed(&other).is_ok(), other == typed, "{}", other);
        }

        #[test]
        fn only_the_right_type_3_flag_is_accepted(number in FORM_REGEX, flag in 60_u8..=96) {
            let right = Din::new(&number).unwrap().check().flag();
            let read = DinLabel::from_wire(&format!("={number}{flag}"));
            if flag == right {
                prop_assert_eq!(read.unwrap().flag(), DinFlag::Verified);
            } else {
                let mismatch = FlagMismatch { found: flag, expected: right };
                prop_assert_eq!(read, Err(DinError::Flag(mismatch)));
            }
        }
    }
}
