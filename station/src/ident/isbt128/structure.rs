//! One data structure, typed.
//!
//! Owns: which content belongs to which identifier. Refuses: content without its identifier (`6200` is a blood group behind
//! `=%` and an antigen behind `=\`), and personal data: what names a donor or patient is known here by kind and length only.
//! Its text stays in the scan it came from, see [`super::message::Found`].

use super::content::{BloodGroup, ContainerCode, ContainerLot, ProductCode, StaffCode};
use super::date::Stamp;
use super::din::{DinError, DinLabel};
use super::donor::DonorNumber;
use super::error::{Part, StructureError};
use super::table::{self, Definition, StructureCode};
use serde::{Deserialize, Serialize};

/// A data structure. Kept as text of its content, so that a line of the journal can be read beside the label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// 001: a donation, and which of its labels this is.
    Din(DinLabel),
    /// 002: ABO and RhD.
    BloodGroup(BloodGroup),
    /// 003: which product.
    Product(ProductCode),
    /// 004 and 005: end of use.
    Expiry(Stamp),
    /// 006 and 007: when collected.
    Collected(Stamp),
    /// 008 and 009: when produced.
    Produced(Stamp),
    /// 017: the bag's maker and catalog number.
    Container(ContainerCode),
    /// 018: the bag's lot.
    Lot(ContainerLot),
    /// 020: a member of staff.
    Staff(StaffCode),
    /// 019, 024, 025, 037, 039, 040 and the national donor number: names a person, so only its kind and length are kept.
    Personal {
        /// Which; `None` for the national donor number.
        code: Option<StructureCode>,
        /// Characters of its content.
        length: u16,
    },
    /// `&a` to `&z` and `&!`: defined by a country or a facility. May hold anything, so its content is not kept.
    National {
        /// Second character of its identifier.
        identifier: char,
        /// Characters of its content.
        length: u16,
    },
    /// Any other of the table: checked for length, not looked into.
    Other(OtherStructure),
}

/// A structure of the table that a station does not look into: identifier and content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OtherStructure {
    code: StructureCode,
    wire: String,
}

/// Text that is not an [`OtherStructure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OtherError {
    /// No known identifier, or one of a structure with a type of its own.
    #[error("not the identifier of a structure that is kept as text")]
    Identifier,
    /// The content is not of its form.
    #[error(transparent)]
    Content(#[from] StructureError),
}

/// Content that is not what its identifier announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Of a DIN.
    #[error(transparent)]
    Din(#[from] DinError),
    /// Of any other structure.
    #[error(transparent)]
    Structure(#[from] StructureError),
}

impl OtherStructure {
    /// Number of the structure.
    pub fn code(&self) -> StructureCode {
        self.code
    }
    /// Identifier and content as scanned.
    pub fn wire(&self) -> &str {
        &self.wire
    }
    /// The content behind the identifier.
    pub fn content(&self) -> &str {
        let identifier = table::definition(&self.wire).map_or(0, |row| row.identifier.len());
        self.wire.get(identifier..).unwrap_or_default()
    }
}

impl TryFrom<String> for OtherStructure {
    type Error = OtherError;
    fn try_from(wire: String) -> Result<Self, OtherError> {
        let row = table::definition(&wire).ok_or(OtherError::Identifier)?;
        if kind(row) != Kind::Other {
            return Err(OtherError::Identifier);
        }
        let content = wire.get(row.identifier.len()..).unwrap_or_default();
        visible(row, content)?;
        Ok(Self { code: row.code, wire })
    }
}

impl From<OtherStructure> for String {
    fn from(other: OtherStructure) -> String {
        other.wire
    }
}

/// How a row is represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Din,
    BloodGroup,
    Product,
    Expiry,
    Collected,
    Produced,
    Container,
    Lot,
    Staff,
    Donor,
    Personal,
    /// Only the parser of messages can make sense of it.
    Compound,
    Other,
}

fn kind(row: &Definition) -> Kind {
    match row.code.0 {
        1 => Kind::Din,
        2 => Kind::BloodGroup,
        3 => Kind::Product,
        4 | 5 => Kind::Expiry,
        6 | 7 => Kind::Collected,
        8 | 9 => Kind::Produced,
        17 => Kind::Container,
        18 => Kind::Lot,
        19 => Kind::Donor,
        20 => Kind::Staff,
        23 => Kind::Compound,
        _ if row.personal => Kind::Personal,
        _ => Kind::Other,
    }
}

fn visible(row: &Definition, content: &str) -> Result<(), StructureError> {
    let found = content.chars().count();
    let expected = row.length.of(content).ok_or(StructureError::Length { expected: 4, found })?;
    Part::Visible.check_all(content, expected)
}

/// Reads the content of this row. `None` for the head of a compound message, which is no structure of its own.
pub(super) fn read(row: &Definition, content: &str) -> Result<Option<Structure>, ContentError> {
    Ok(Some(match kind(row) {
        Kind::Din => Structure::Din(DinLabel::from_content(content)?),
        Kind::BloodGroup => Structure::BloodGroup(BloodGroup::new(content)?),
        Kind::Product => Structure::Product(ProductCode::new(content)?),
        Kind::Expiry => Structure::Expiry(Stamp::read(content)?),
        Kind::Collected => Structure::Collected(Stamp::read(content)?),
        Kind::Produced => Structure::Produced(Stamp::read(content)?),
        Kind::Container => Structure::Container(ContainerCode::new(content)?),
        Kind::Lot => Structure::Lot(ContainerLot::new(content)?),
        Kind::Staff => Structure::Staff(StaffCode::new(content)?),
        Kind::Donor => {
            DonorNumber::new(content)?;
            Structure::Personal { code: Some(row.code), length: length_of(content) }
        }
        Kind::Personal => {
            visible(row, content)?;
            Structure::Personal { code: Some(row.code), length: length_of(content) }
        }
        Kind::Other => {
            visible(row, content)?;
            Structure::Other(OtherStructure { code: row.code, wire: format!("{}{content}", row.identifier) })
        }
        Kind::Compound => return Ok(None),
    }))
}

pub(super) fn length_of(content: &str) -> u16 {
    u16::try_from(content.chars().count()).unwrap_or(u16::MAX)
}

impl Structure {
    /// Identifier and content as in the symbol. `None` where the content is not kept, and for dates outside 2000 to 2099.
    pub fn to_wire(&self) -> Option<String> {
        let dated = |day: &str, minute: &str, stamp: Stamp| {
            let identifier = match stamp {
                Stamp::Day(_) => day,
                Stamp::Minute(_) => minute,
            };
            stamp.content().map(|content| format!("{identifier}{content}"))
        };
        match self {
            Self::Din(label) => Some(label.to_wire()),
            Self::BloodGroup(group) => Some(format!("=%{group}")),
            Self::Product(product) => Some(format!("=<{product}")),
            Self::Expiry(stamp) => dated("=>", "&>", *stamp),
            Self::Collected(stamp) => dated("=*", "&*", *stamp),
            Self::Produced(stamp) => dated("=}", "&}", *stamp),
            Self::Container(container) => Some(format!("=){container}")),
            Self::Lot(lot) => Some(format!("&){lot}")),
            Self::Staff(staff) => Some(format!("='{staff}")),
            Self::Other(other) => Some(other.wire.clone()),
            Self::Personal { .. } | Self::National { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(wire: &str) -> Result<Structure, ContentError> {
        let row = table::definition(wire).unwrap();
        read(row, &wire[row.identifier.len()..]).map(Option::unwrap)
    }

    #[test]
    fn published_examples_read_and_write_back() {
        for wire in [
            "=G12341765432170",
            "=%6200",
            "=<E0001V00",
            "=>019031",
            "&>0183652359",
            "=*019031",
            "&*0190312359",
            "=}019031",
            "&}0190312359",
            "=)2XX00AB123",
            "=)2FE1234567",
            "=)0CH222V222",
            "=)y000027QzE",
            "&)4R12345678",
            "&)123F5678V0",
            "&)00001234rZ",
            "='A9999000123",
            "=/A9997XYZ100T0479",
            "=,000012",
            "=\\620000000000000000",
        ] {
            let read = structure(wire).unwrap();
            assert_eq!(read.to_wire().as_deref(), Some(wire));
            let json = serde_json::to_string(&read).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Structure>(&json).unwrap(), read, "{json}");
        }
    }

    #[test]
    fn the_same_digits_behind_another_identifier_are_another_thing() {
        let Structure::BloodGroup(group) = structure("=%6200").unwrap() else { panic!("blood group") };
        assert_eq!((group.group(), group.meaning()), ("62", Some("A RhD positive")));
        let Structure::Other(antigens) = structure("=\\620000000000000000").unwrap() else { panic!("other") };
        assert_eq!((antigens.code(), antigens.content()), (StructureCode(12), "620000000000000000"));
    }

    #[test]
    fn fields_are_where_the_standard_puts_them() {
        let Structure::Container(bag) = structure("=)1XX0027QzE").unwrap() else { panic!("container") };
        assert_eq!(bag.place(), super::super::ContainerPlace::Primary);
        assert_eq!((bag.manufacturer(), bag.catalog(), bag.catalog_unpadded()), ("XX", "0027QzE", "27QzE"));
        let Structure::Lot(lot) = structure("&)00001234rZ").unwrap() else { panic!("lot") };
        assert_eq!(lot.unpadded(), "1234rZ");
        let Structure::Product(product) = structure("=<E0001V0a").unwrap() else { panic!("product") };
        assert_eq!(
            (product.description(), product.collection_type(), product.division()),
            ("E0001", "V", "0a")
        );
        let Structure::Staff(staff) = structure("='A9999000123").unwrap() else { panic!("staff") };
        assert_eq!((staff.facility(), staff.number()), ("A9999", "000123"));
    }

    #[test]
    fn what_names_a_person_is_known_by_kind_and_length_only() {
        let donor = structure("=;A99990000222244445555").unwrap();
        assert_eq!(donor, Structure::Personal { code: Some(StructureCode(19)), length: 21 });
        assert_eq!(donor.to_wire(), None);
        assert!(structure("=;A9999000022224444555X").is_err());
        for row in table::TABLE.iter().filter(|row| row.personal && row.code.0 != 19) {
            let content = "01".repeat(20);
            let content = &content[..row.length.of(&content).unwrap()];
            let read = read(row, content).unwrap().unwrap();
            assert!(matches!(read, Structure::Personal { code, .. } if code == Some(row.code)), "{row:?}");
        }
    }

    #[test]
    fn wrong_content_says_where() {
        let at = |at, found, expected| {
            Err(ContentError::Structure(StructureError::Character { at, found, expected }))
        };
        assert_eq!(structure("=)a234567890"), at(1, 'a', "0-9, A-Z, y or z"));
        assert_eq!(structure("=%6201"), at(4, '1', "0"));
        assert_eq!(structure("=<E0001V0A"), at(8, 'A', "0-9 or a-z"));
        assert_eq!(structure("=>01903A"), at(6, 'A', "0-9"));
        assert_eq!(structure("=>919031"), Err(ContentError::Structure(StructureError::Century { found: 9 })));
    }

    #[test]
    fn structures_kept_as_text_cannot_be_forged() {
        for text in
            ["=G12341765432170", "=;A99990000222244445555", "=,00012", "=,0000=2", "=+01000", "GARBAGE", ""]
        {
            assert!(OtherStructure::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
