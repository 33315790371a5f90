//! The alarm log: what was raised, who knew of it, how long it lasted.
//!
//! Owns: one line's shape and the size of a page. Refuses: personal data. Holds no state.

use crate::ident::{BedId, OperatorId};
use crate::measure::{Span, Wall};
use crate::procedure::alarm::AlarmCode;
use serde::{Deserialize, Serialize};

/// Alarms of one page of [`super::Op::Alarms`], at most.
pub const ALARM_PAGE: usize = 16;

/// One alarm of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedAlarm {
    /// Counts up over the station's life, from 1.
    pub number: u64,
    /// At which bed.
    pub bed: BedId,
    /// Which.
    pub code: AlarmCode,
    /// When it was raised.
    pub raised: Wall,
    /// Who took note of it first, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Noted>,
    /// When its condition ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Wall>,
    /// How long its condition held; none while it holds, and when a reboot lies between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted: Option<Span>,
}

/// Who took note of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Who.
    pub by: OperatorId,
    /// When.
    pub at: Wall,
}
