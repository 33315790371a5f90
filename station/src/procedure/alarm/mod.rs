//! Alarms: the table of what is told to people. One row each: stable code, priority, whether it latches.
//!
//! Owns: codes and priorities. Refuses: words (each language has its own file in the terminal) and invented codes.
//! Append-only: a code once released keeps its meaning.

mod active;

pub(crate) use active::{Alarms, Change};

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

macro_rules! alarms {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $priority:ident, latch = $latch:literal;)*) => {
        /// An alarm.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum AlarmCode { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl AlarmCode {
            /// Every alarm.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// Stable code, as in journal, record and manuals.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
            /// How urgent.
            pub fn priority(self) -> Priority {
                match self { $(Self::$name => Priority::$priority,)* }
            }
            /// Whether it stays until acknowledged, even when its condition is over.
            pub fn latches(self) -> bool {
                match self { $(Self::$name => $latch,)* }
            }
        }
    };
}

alarms! {
    /// Clamp not proved closed within its deadline: pinch the line by hand.
    ClampNotClosed, "H01", High, latch = true;
    /// Weight still rises although the clamp is closed.
    FlowAfterClamp, "H02", High, latch = true;
    /// More than the upper volume limit in the bag.
    OverVolume, "H03", High, latch = true;
    /// Labels do not agree.
    LabelMismatch, "H04", High, latch = true;
    /// Very high flow: suspected arterial puncture.
    HighFlow, "H05", High, latch = true;
    /// The needle-side seal failed or is unknown.
    SealNotConfirmed, "H06", High, latch = true;
    /// Somebody calls for help.
    HelpCalled, "H07", High, latch = true;
    /// Emergency stop.
    EmergencyStop, "H08", High, latch = true;
    /// The scale cannot be trusted while blood flows.
    ScaleLost, "H09", High, latch = true;
    /// The journal cannot be written.
    JournalFailed, "H10", High, latch = true;
    /// The bed's own program failed and was made safe.
    BedFailed, "H11", High, latch = true;
    /// The separation of the needle is unknown.
    SeparationNotConfirmed, "H12", High, latch = true;
    /// No flow.
    NoFlow, "M01", Medium, latch = false;
    /// Low flow.
    LowFlow, "M02", Medium, latch = false;
    /// The draw takes longer than the site's maximum.
    DrawTooLong, "M03", Medium, latch = false;
    /// The mixer stands still: mix by hand.
    MixerStalled, "M04", Medium, latch = false;
    /// A device of this bed is in trouble.
    DeviceFault, "M05", Medium, latch = false;
    /// Bag moved, fallen or bumped: weight jumped.
    BagMoved, "M06", Medium, latch = true;
    /// The pause takes too long.
    PauseTooLong, "M07", Medium, latch = false;
    /// The clamp does not open.
    ClampNotOpen, "M08", Medium, latch = false;
    /// Tubes not filled in time.
    SamplesLate, "M09", Medium, latch = false;
    /// A DIN is of another bed, donor or donation, used or voided, or a bag has expired.
    LabelRefused, "M10", Medium, latch = false;
    /// Entries wait for the disk too long.
    JournalSlow, "M11", Medium, latch = false;
    /// The diverter did not answer.
    DiverterNotObeying, "M12", Medium, latch = false;
    /// The draw was interrupted by a restart.
    Interrupted, "M13", Medium, latch = true;
    /// Outside the time fit for platelets.
    NotForPlatelets, "L01", Low, latch = false;
    /// Outside the time fit for fresh frozen plasma.
    NotForPlasma, "L02", Low, latch = false;
    /// The sharps bin is full.
    BinFull, "L03", Low, latch = false;
    /// Under the volume band at the end.
    Underweight, "L04", Low, latch = false;
    /// Records wait for the BMS.
    Backlog, "L05", Low, latch = false;
    /// The clock is not trusted.
    ClockUntrusted, "L06", Low, latch = false;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_say_their_priority() {
        let mut codes: Vec<_> = AlarmCode::ALL.iter().map(|a| a.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), AlarmCode::ALL.len());
        for a in AlarmCode::ALL {
            let letter = match a.priority() {
                Priority::High => 'H',
                Priority::Medium => 'M',
                Priority::Low => 'L',
            };
            assert!(a.code().starts_with(letter), "{a:?}");
        }
    }
}
