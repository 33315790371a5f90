//! Looks: what is not on every screen is asked for with a reason, and journaled before anything of it is shown.
//!
//! Owns: what may be looked at, by whom and why, and a donor's data on their way to one screen. Refuses: a reason in words, as words could
//! name somebody. Holds no state.

use crate::ident::BedId;
use crate::procedure::event::Role;
use crate::record::Which;
use serde::{Deserialize, Serialize};

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// Whole name and number of the donor at a bed.
    Donor(BedId),
    /// A closed donation's record, found by its number or its DIN, to be taken out of the station.
    Record(Which),
    /// Entries of the journal, to be taken out of the station.
    Journal {
        /// The first; the oldest when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<u64>,
        /// The last; the newest when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        through: Option<u64>,
        /// Only of this kind, 1 to 32 of `a` to `z` and `_`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
    },
}

impl Sight {
    /// Whether this role may look: who works at the bed knows the donor there, who answers for records takes them out.
    pub fn is_for(&self, role: Role) -> bool {
        match (self, role) {
            (Self::Donor(_), Role::Nurse | Role::Lead) => true,
            (Self::Donor(_), Role::Quality | Role::Engineer | Role::Admin | Role::Auditor) => false,
            (Self::Record(_) | Self::Journal { .. }, Role::Nurse | Role::Engineer) => false,
            (
                Self::Record(_) | Self::Journal { .. },
                Role::Lead | Role::Quality | Role::Admin | Role::Auditor,
            ) => true,
        }
    }
}

/// Why somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookWhy {
    /// To be sure who it is.
    Identity,
    /// The donor needs care, or somebody has to be called.
    Care,
    /// A record or form is compared or corrected.
    Record,
    /// An inspection.
    Audit,
}

impl LookWhy {
    /// All of them, in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Care, Self::Record, Self::Audit];
}

/// Where somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookFrom {
    /// At a terminal, signed in.
    Terminal,
    /// On the command line, with number and PIN.
    CommandLine,
}

/// A donor's data as document or worklist said them: for one screen and a short time, kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Name.
    pub name: String,
    /// Number of the document.
    pub number: String,
    /// Birth date, `YYYYMMDD`.
    pub birth: String,
}

impl std::fmt::Debug for PersonView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonView(masked)")
    }
}
