//! Names the station itself gives or is given: beds, devices, operators, donations, lots.
//!
//! Owns: their bounds and characters. Refuses: empty, over-long and control characters. Holds no state; a copy of a name shares its
//! text, because a device's goes with every reading.

use super::isbt128::ContainerLot;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// A name that breaks its own rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, or longer than the bound.
    #[error("{what}: {found} characters, allowed 1 to {max}")]
    Length {
        /// What was being named.
        what: &'static str,
        /// How long it was.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A character outside the printable ASCII range the name allows.
    #[error("{what}: character {found:?} at {at} is not allowed")]
    Character {
        /// What was being named.
        what: &'static str,
        /// The character.
        found: char,
        /// Its place, counted from 0.
        at: usize,
    },
    /// A number outside its range.
    #[error("{what}: {found} is outside {min} to {max}")]
    Range {
        /// What was being numbered.
        what: &'static str,
        /// The number.
        found: u64,
        /// Smallest allowed.
        min: u64,
        /// Largest allowed.
        max: u64,
    },
}

macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Longest accepted, in characters.
            pub const MAX: usize = $max;

            /// Accepts printable ASCII without spaces at its ends.
            ///
            /// # Errors
            /// [`NameError`] when empty, over-long or with a character outside `!`..=`~`.
            pub fn new(text: &str) -> Result<Self, NameError> {
                let found = text.chars().count();
                if found == 0 || found > $max {
                    return Err(NameError::Length { what: $what, found, max: $max });
                }
                if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) {
                    return Err(NameError::Character { what: $what, found, at });
                }
                Ok(Self(text.into()))
            }
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_owned()
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_name! {
    /// The station: chosen at installation, part of every donation's and record's name.
    StationId, "station", 32
}
text_name! {
    /// A device of the configuration, e.g. `bed1.scale`. Stays the same when the unit behind it is replaced.
    DeviceId, "device", 48
}
text_name! {
    /// The serial number that a device itself reports. It, not the port, is the unit's identity.
    DeviceSerial, "device serial number", 64
}
text_name! {
    /// A person who may act: staff number, never a name.
    OperatorId, "operator", 24
}
text_name! {
    /// Lot of a kit, tube, needle or disinfectant, as printed.
    LotNumber, "lot", 20
}

impl LotNumber {
    /// The lot that a container's label names, as the maker writes it; one of zeros only keeps its padding. `None` when it
    /// is no lot that can be printed.
    pub fn of_container(lot: ContainerLot) -> Option<Self> {
        Self::new(lot.unpadded()).or_else(|_| Self::new(lot.as_str())).ok()
    }
}

text_name! {
    /// The group of an appointment (a unit, a school, a street), as the BMS names it.
    GroupCode, "group", 32
}
text_name! {
    /// The BMS's own name for one registration of a donor. Says nothing to anybody else.
    RegistrationId, "registration", 64
}
text_name! {
    /// A site, vehicle, team, group or certificate: a code of the centre's own list, never a person's name.
    SiteCode, "code", 24
}
text_name! {
    /// Keyed hash of a donor's identity document (64 hexadecimal digits). Says that two donors are the same person, never who.
    DonorToken, "donor token", 64
}

/// A bed (donation chair) of this station, 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct BedId(u8);

impl BedId {
    /// Most beds a station may have.
    pub const MAX: u8 = 8;

    /// Accepts 1 to 8.
    ///
    /// # Errors
    /// [`NameError::Range`] outside.
    pub fn new(number: u8) -> Result<Self, NameError> {
        if (1..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(NameError::Range { what: "bed", found: number.into(), min: 1, max: Self::MAX.into() })
        }
    }
    /// 1 to 8.
    pub fn number(self) -> u8 {
        self.0
    }
    /// 0 to 7, for tables.
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}
impl TryFrom<u8> for BedId {
    type Error = NameError;
    fn try_from(n: u8) -> Result<Self, NameError> {
        Self::new(n)
    }
}
impl From<BedId> for u8 {
    fn from(b: BedId) -> u8 {
        b.0
    }
}
impl fmt::Display for BedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A donation: the journal number of its opening entry, unique on this station. The DIN is an attribute, never the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DonationId(pub u64);

impl fmt::Display for DonationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Name of one version of one donation's record everywhere: `station/donation/version`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// Where it was made.
    pub station: StationId,
    /// Which donation.
    pub donation: DonationId,
    /// 1 for the first, one more for each correction.
    pub version: u32,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.station, self.donation, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_bounds() {
        assert!(matches!(OperatorId::new(""), Err(NameError::Length { found: 0, .. })));
        assert!(matches!(OperatorId::new("a b"), Err(NameError::Character { found: ' ', at: 1, .. })));
        assert!(serde_json::from_str::<LotNumber>("\"123456789012345678901\"").is_err());
        assert_eq!(BedId::new(3).unwrap().index(), 2);
        assert!(serde_json::from_str::<BedId>("9").is_err());
    }
}
