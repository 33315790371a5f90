//! The contents of the structures a station looks into: product, blood group, container, container lot, staff.
//!
//! Owns: their fields and which characters each allows. Refuses: looking codes up; the tables of product descriptions,
//! manufacturers and facilities are licensed and come from files of the site.

use super::error::{Part, StructureError, check};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! content {
    ($(#[$doc:meta])* $name:ident, $length:literal, $fields:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $length]);

        impl $name {
            /// Characters of the content.
            pub const LENGTH: usize = $length;

            /// Reads the content, without its data identifier.
            ///
            /// # Errors
            /// [`StructureError`] for another length or a character that its position does not allow.
            pub fn new(content: &str) -> Result<Self, StructureError> {
                check(content, &$fields)?;
                let length = StructureError::Length { expected: $length, found: content.len() };
                content.as_bytes().try_into().map(Self).map_err(|_| length)
            }
            /// The content.
            pub fn as_str(&self) -> &str {
                // invariant: `new` is the only constructor and lets only ASCII through
                std::str::from_utf8(&self.0).expect("content is ASCII")
            }
            fn part(&self, from: usize, to: usize) -> &str {
                self.as_str().get(from..to).unwrap_or_default()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
        impl TryFrom<String> for $name {
            type Error = StructureError;
            fn try_from(content: String) -> Result<Self, StructureError> {
                Self::new(&content)
            }
        }
        impl From<$name> for String {
            fn from(content: $name) -> String {
                content.to_string()
            }
        }
    };
}

content! {
    /// Data structure 002, `ggre`: ABO and RhD group, or what the unit is for.
    BloodGroup, 4, [(Part::UpperDigits, 1), (Part::Alphanumeric, 2), (Part::Zero, 1)]
}

impl BloodGroup {
    /// The two characters of group and donation type.
    pub fn group(&self) -> &str {
        self.part(0, 2)
    }
    /// The Rh and Kell phenotype character, `0` for none.
    pub fn phenotype(&self) -> &str {
        self.part(2, 3)
    }
    /// In words: the codes of default use and the special ones. Codes of other donation types are not guessed.
    pub fn meaning(&self) -> Option<&'static str> {
        Some(match self.group() {
            "95" => "O RhD negative",
            "51" => "O RhD positive",
            "06" => "A RhD negative",
            "62" => "A RhD positive",
            "17" => "B RhD negative",
            "73" => "B RhD positive",
            "28" => "AB RhD negative",
            "84" => "AB RhD positive",
            "55" => "O",
            "66" => "A",
            "77" => "B",
            "88" => "AB",
            "00" => "not given",
            "Ma" => "autologous",
            "Mb" => "biohazard",
            "Md" => "discard",
            "Mf" => "for fractionation",
            "Mq" => "quarantine",
            "Mr" => "for research",
            "Mx" => "not for transfusion",
            _ => return None,
        })
    }
}

content! {
    /// Data structure 003, `αooootds`: which product this is.
    ProductCode, 8, [(Part::Upper, 1), (Part::UpperDigits, 4), (Part::Alphanumeric, 1), (Part::UpperDigits, 1), (Part::LowerDigits, 1)]
}

impl ProductCode {
    /// The product description code, 5 characters, e.g. `E0001`.
    pub fn description(&self) -> &str {
        self.part(0, 5)
    }
    /// Type of collection, e.g. `V` for a volunteer.
    pub fn collection_type(&self) -> &str {
        self.part(5, 6)
    }
    /// Division of the unit: `00` is undivided.
    pub fn division(&self) -> &str {
        self.part(6, 8)
    }
}

/// Which container of a set a manufacturer's label is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerPlace {
    /// `1`: the primary bag.
    Primary,
    /// `y`: the whole set.
    Set,
    /// `z`: a carton of sets.
    Carton,
    /// Any other: a satellite bag.
    Satellite(char),
}

content! {
    /// Data structure 017, `bqqwwwwwww`: the maker's catalog number of a container, and which container it is.
    ContainerCode, 10, [(Part::SetPlace, 1), (Part::Alphanumeric, 9)]
}

impl ContainerCode {
    /// Which container of the set.
    pub fn place(&self) -> ContainerPlace {
        let [place, ..] = self.0;
        match place {
            b'1' => ContainerPlace::Primary,
            b'y' => ContainerPlace::Set,
            b'z' => ContainerPlace::Carton,
            other => ContainerPlace::Satellite(char::from(other)),
        }
    }
    /// The maker, two characters of the licensed list.
    pub fn manufacturer(&self) -> &str {
        self.part(1, 3)
    }
    /// The maker's catalog number with its padding, 7 characters.
    pub fn catalog(&self) -> &str {
        self.part(3, Self::LENGTH)
    }
    /// The catalog number as the maker writes it. A number that itself begins with a zero cannot be told from padding.
    pub fn catalog_unpadded(&self) -> &str {
        self.catalog().trim_start_matches('0')
    }
}

content! {
    /// Data structure 018: the maker's lot number of a container, padded on the left with zeros to 10 characters.
    ContainerLot, 10, [(Part::Alphanumeric, 10)]
}

impl ContainerLot {
    /// The lot number as the maker writes it. A number that itself begins with a zero cannot be told from padding.
    pub fn unpadded(&self) -> &str {
        self.part(0, Self::LENGTH).trim_start_matches('0')
    }
}

content! {
    /// Data structure 020, `αppppuuuuuu`: a member of staff by number, never by name.
    StaffCode, 11, [(Part::FacilityFirst, 1), (Part::Facility, 2), (Part::Digits, 2), (Part::UpperDigits, 6)]
}

impl StaffCode {
    /// The facility that gave the number, 5 characters.
    pub fn facility(&self) -> &str {
        self.part(0, 5)
    }
    /// The number, 6 characters.
    pub fn number(&self) -> &str {
        self.part(5, Self::LENGTH)
    }
}

impl fmt::Display for ContainerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary => f.write_str("primary bag"),
            Self::Set => f.write_str("whole set"),
            Self::Carton => f.write_str("carton"),
            Self::Satellite(place) => write!(f, "satellite {place}"),
        }
    }
}
