//! The Chinese resident identity number (GB 11643): 18 characters, used by resident cards, the residence permits of Hong Kong,
//! Macao and Taiwan residents, and foreigners' permanent residence cards.
//!
//! Owns: whether a number is one, and what it says: birth date and sex. Refuses: being kept or shown. It has no serialised
//! form and prints masked; the controller makes a donor token of it and lets go. Regions are not compared with a list,
//! because numbers keep the region of their first issue, which may since have been dissolved.

use super::isbt128::LocalDate;
use std::fmt;

/// A valid resident identity number.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentId {
    characters: [u8; 18],
    birth: LocalDate,
}

/// Sex as the number says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Odd sequence number.
    Male,
    /// Even sequence number.
    Female,
}

/// Why a text is not a resident identity number. Says nothing that the number holds, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Not 18 characters.
    #[error("{found} characters, expected 18")]
    Length {
        /// What was there.
        found: usize,
    },
    /// Something other than a digit, or than a digit or X at the end.
    #[error("position {at}: expected {expected}")]
    Character {
        /// Its place, counted from 1.
        at: usize,
        /// What is allowed there.
        expected: &'static str,
    },
    /// The region (positions 1 to 6) begins with 0.
    #[error("the region (positions 1 to 6) cannot begin with 0")]
    Region,
    /// Positions 7 to 14 are no date between 1800 and 2199.
    #[error("the birth date (positions 7 to 14) does not exist")]
    Birth,
    /// The last character does not agree with the others.
    #[error("the check character does not agree with the number")]
    Check,
}

/// Whether as many digits stand in a row as in the number of an identity card, old (15) or new, spaces and hyphens between them
/// not counted: no field that is shown or logged may hold such a text.
pub fn looks_like_identity_number(text: &str) -> bool {
    let close: String = text.chars().filter(|c| ![' ', '-'].contains(c)).collect();
    close.split(|c: char| !c.is_numeric()).any(|digits| digits.chars().count() >= 15)
}

impl ResidentId {
    /// Characters of the number.
    pub const LENGTH: usize = 18;

    /// Reads a number. A small `x` at the end counts as `X`: it is the same character typed without the shift key.
    ///
    /// # Errors
    /// [`ResidentIdError`], the first that applies.
    pub fn new(text: &str) -> Result<Self, ResidentIdError> {
        let found = text.chars().count();
        if found != Self::LENGTH {
            return Err(ResidentIdError::Length { found });
        }
        let mut characters = [b'0'; Self::LENGTH];
        for (index, (character, slot)) in text.chars().zip(&mut characters).enumerate() {
            let last = index + 1 == Self::LENGTH;
            *slot = match character {
                '0'..='9' => u8::try_from(character).unwrap_or(b'0'),
                'X' | 'x' if last => b'X',
                _ => {
                    let expected = if last { "0-9 or X" } else { "0-9" };
                    return Err(ResidentIdError::Character { at: index + 1, expected });
                }
            };
        }
        let [first, ..] = characters;
        if first == b'0' {
            return Err(ResidentIdError::Region);
        }
        let number = |from: usize, to: usize| {
            characters.iter().take(to).skip(from).fold(0_u16, |sum, byte| sum * 10 + u16::from(byte - b'0'))
        };
        let small = |value: u16| u8::try_from(value).map_err(|_| ResidentIdError::Birth);
        let birth = LocalDate::new(number(6, 10), small(number(10, 12))?, small(number(12, 14))?)
            .map_err(|_| ResidentIdError::Birth)?;
        let [data @ .., check] = characters;
        if check_character(data) != check {
            return Err(ResidentIdError::Check);
        }
        Ok(Self { characters, birth })
    }

    /// When the person was born.
    pub fn birth(&self) -> LocalDate {
        self.birth
    }

    /// Sex as the number says it.
    pub fn sex(&self) -> Sex {
        let [.., sequence, _check] = self.characters;
        if sequence % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Age in full years: one more on each birthday; who was born on 29 February becomes older on 1 March in other years.
    /// `None` before birth.
    pub fn age_on(&self, day: LocalDate) -> Option<u16> {
        let had_birthday = (day.month(), day.day()) >= (self.birth.month(), self.birth.day());
        let years = day.year().checked_sub(self.birth.year())?;
        if had_birthday { Some(years) } else { years.checked_sub(1) }
    }

    /// The number in the clear, for hashing and sealing only.
    pub fn expose(&self) -> &[u8; 18] {
        &self.characters
    }
}

/// ISO 7064 MOD 11-2 over 17 digits.
fn check_character(data: [u8; 17]) -> u8 {
    let sum = data.iter().fold(0_u8, |sum, byte| (sum + (byte - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => b'X',
        value => b'0' + value,
    }
}

impl fmt::Display for ResidentId {
    /// The region and the last four characters: `110101********1237`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.characters.iter().enumerate();
        let masked: String =
            masked.map(|(at, byte)| if (6..14).contains(&at) { '*' } else { char::from(*byte) }).collect();
        f.pad(&masked)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({self})")
    }
}

impl fmt::Display for Sex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Male => "male",
            Self::Female => "female",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(text: &str) -> ResidentId {
        ResidentId::new(text).unwrap()
    }

    #[test]
    fn what_could_be_an_identity_number_is_known_in_any_writing() {
        for text in [
            "11010519491231002X",
            "No. 110105 19491231-002X",
            "110105491231002",
            "张１１０１０５１９４９１２３１００２Ｘ",
        ] {
            assert!(looks_like_identity_number(text), "{text}");
        }
        for text in ["", "T-1042", "12345678901234", "1 a 2345678901234"] {
            assert!(!looks_like_identity_number(text), "{text}");
        }
    }

    #[test]
    fn published_numbers_read() {
        let woman = id("11010519491231002X");
        assert_eq!((woman.birth().to_string().as_str(), woman.sex()), ("1949-12-31", Sex::Female));
        let man = id("440524188001010014");
        assert_eq!((man.birth().to_string().as_str(), man.sex()), ("1880-01-01", Sex::Male));
        let third = id("110101199001011237");
        assert_eq!((third.birth().to_string().as_str(), third.sex()), ("1990-01-01", Sex::Male));
        assert_eq!(id("11010519491231002x"), woman);
        assert_eq!(woman.expose(), b"11010519491231002X");
    }

    #[test]
    fn the_check_character_is_the_weighted_sum_of_the_standard() {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        for text in ["11010519491231002X", "440524188001010014", "110101199001011237"] {
            let sum: u32 =
                text.chars().zip(weights).map(|(c, weight)| c.to_digit(10).unwrap() * weight).sum();
            let check = "10X98765432".as_bytes()[usize::try_from(sum % 11).unwrap()];
            assert_eq!(check, text.as_bytes()[17]);
        }
    }

    #[test]
    fn it_prints_masked() {
        assert_eq!(id("110101199001011237").to_string(), "110101********1237");
        assert_eq!(format!("{:?}", id("110101199001011237")), "ResidentId(110101********1237)");
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let refused = |text: &str| ResidentId::new(text).unwrap_err();
        assert_eq!(refused("110101900101123"), ResidentIdError::Length { found: 15 });
        assert_eq!(refused("1101011990X1011237"), ResidentIdError::Character { at: 11, expected: "0-9" });
        assert_eq!(
            refused("11010119900101123A"),
            ResidentIdError::Character { at: 18, expected: "0-9 or X" }
        );
        assert_eq!(refused("010101199001011237"), ResidentIdError::Region);
        assert_eq!(refused("110101199002301237"), ResidentIdError::Birth);
        assert_eq!(refused("110101000001011237"), ResidentIdError::Birth);
        assert_eq!(refused("110101199001011238"), ResidentIdError::Check);
    }

    #[test]
    fn age_is_in_full_years() {
        let day = |year, month, day| LocalDate::new(year, month, day).unwrap();
        let person = id("11010519491231002X");
        assert_eq!(person.age_on(day(1967, 12, 30)), Some(17));
        assert_eq!(person.age_on(day(1967, 12, 31)), Some(18));
        assert_eq!(person.age_on(day(1949, 12, 31)), Some(0));
        assert_eq!(person.age_on(day(1949, 12, 30)), None);
        assert_eq!(person.age_on(day(1948, 12, 31)), None);
        let leap = with_check("11010120000229123");
        assert_eq!(leap.age_on(day(2018, 2, 28)), Some(17));
        assert_eq!(leap.age_on(day(2018, 3, 1)), Some(18));
    }

    fn with_check(data: &str) -> ResidentId {
        let check = char::from(check_character(data.as_bytes().try_into().unwrap()));
        id(&format!("{data}{check}"))
    }

    proptest! {
        #![proptest_config(crate::ident::proptest_config())]

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            prop_assert!(ResidentId::new(&text).map_or(true, |id| id.expose() == text.to_uppercase().as_bytes()));
        }

        #[test]
        fn one_wrong_character_is_always_noticed(
            data in "[1-9][0-9]{5}19[0-9]{2}0[1-9]1[0-9]{4}",
            at in 0_usize..18,
            wrong in "[0-9]",
        ) {
            let right = with_check(&data);
            let mut text = String::from_utf8(right.expose().to_vec()).unwrap();
            let before = text.clone();
            text.replace_range(at..=at, &wrong);
            prop_assert_eq!(ResidentId::new(&text).is_ok(), text == before);
        }
    }
}
