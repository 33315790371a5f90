//! One data structure, typed.
//!
//! Owns: which content belongs to which identifier. Refuses: content without its identifier (`6200` is a blood group behind
//! `=%` and an antigen behind `=\`), and personal data: what names a donor or patient is known here by kind and length only.
//! Its text stays in the scan it came from, see [`super::message::Found`].

use super::content::{BloodGroup, ContainerCode, ContainerLot, ProductCode, StaffCode};
use super::date::Stamp;
use super::din::{DinError, DinLabel};
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
