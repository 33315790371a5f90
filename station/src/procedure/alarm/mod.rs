//! Alarms: what people are told, see [`table`], and which of it holds now.
//!
//! Owns: priorities and the form of an active alarm. Refuses: nothing. Holds no state.

mod active;
pub mod table;

pub(crate) use active::{Alarms, Change};
pub use table::{AlarmCode, AlarmRow, Words};

use serde::{Deserialize, Serialize};

/// Urgency after IEC 60601-1-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Look when you can.
    Low,
    /// Prompt reaction.
    Medium,
    /// Immediate reaction.
    High,
}

/// One alarm that people are told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveAlarm {
    /// Which.
    pub code: AlarmCode,
    /// When it was raised.
    pub since: crate::measure::Mono,
    /// Whether its condition still holds.
    pub holds: bool,
    /// Whether a person has acknowledged it.
    pub acknowledged: bool,
}
