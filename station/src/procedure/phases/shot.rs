//! A shot: the irreversible act of a tool, from the asking to the outcome. The same for the seal and the separation.
//!
//! Owns: whether nothing moved, a permit waits, the order has left, or nobody knows. Refuses: a second order while the first
//! has no outcome. After a crash an order that may have left is unknown, and a person looks.

use crate::device::{Actuation, DeviceKind, ToolFailure, ToolReport};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::limits::Settings;
use crate::procedure::phase::{After, Cx, Gate};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;

/// A tool that acts once and cannot take it back.
pub(super) struct Tool {
    pub(super) device: DeviceKind,
    /// Its act, a permit.
    pub(super) act: Actuation,
    /// What takes its enable away, a protect.
    pub(super) disable: Actuation,
    /// How long its outcome is waited for.
    pub(super) timer: Timer,
    /// The outcome is not known.
    pub(super) alarm: AlarmCode,
    /// Whether it can say that it is done. One that cannot is looked at by a person, and its silence is no alarm.
    pub(super) confirms: fn(&Settings) -> bool,
}

/// What came of the shot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shot {
    /// Nothing moved yet.
    #[default]
    Ready,
    /// A permit waits at the gate.
    Asked,
    /// The order has left.
    Running,
    /// It may have happened, wholly, half or not at all.
    Unknown,
}

impl Shot {
    /// After a restart nobody knows whether an order left in the last moment.
    pub(super) fn restarted(self) -> Self {
        match self {
            Self::Ready => Self::Ready,
            Self::Asked | Self::Running | Self::Unknown => Self::Unknown,
        }
    }

    /// Asks for the permit, if `may`, the guard of the act, lets it.
    ///
    /// # Errors
    ///
    /// `UnderWay` while one has no outcome, `NotNow` until a person has looked at an unknown one; the guard's.
    pub(super) fn ask(
        &mut self,
        cx: &mut Cx<'_>,
        tool: &Tool,
        may: fn(&Bed, &Donation) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Ready => (),
            Self::Asked | Self::Running => return Err(Refusal::UnderWay),
            Self::Unknown => return Err(Refusal::NotNow),
        }
        may(cx.bed, cx.d)?;
        cx.bed.request(cx.now, tool.act)?;
        *self = Self::Asked;
        Ok(())
    }

    /// The outcome is known: by the tool, by a person who looked, or by hand.
    pub(super) fn settled(&mut self, cx: &mut Cx<'_>, tool: &Tool) {
        *self = Self::Ready;
        cx.bed.timers.disarm(tool.timer);
        cx.bed.set(tool.alarm, false, cx.now);
    }

    fn unknown(&mut self, cx: &mut Cx<'_>, tool: &Tool) {
        *self = Self::Unknown;
        cx.bed.timers.disarm(tool.timer);
        cx.bed.protect(tool.disable);
        cx.bed.set(tool.alarm, true, cx.now);
    }

    /// No outcome came, and none can be waited for.
    fn silent(&mut self, cx: &mut Cx<'_>, tool: &Tool) {
        self.unknown(cx, tool);
        if !(tool.confirms)(cx.d.settings()) {
            cx.bed.set(tool.alarm, false, cx.now);
        }
    }

    /// What the tool says. True when it confirms the act that was ordered.
    pub(super) fn report(&mut self, cx: &mut Cx<'_>, tool: &Tool, report: ToolReport) -> bool {
        if *self != Self::Running {
            return false;
        }
        match report {
            ToolReport::Done => return true,
            ToolReport::Failed(ToolFailure::Refused) => {
                *self = Self::Ready;
                cx.bed.timers.disarm(tool.timer);
            }
            // The trigger has left: a tool that never said that it is busy may have worked all the same.
            ToolReport::Failed(ToolFailure::StartFailed | ToolFailure::DeviceFault) => self.unknown(cx, tool),
            ToolReport::Failed(ToolFailure::NotConfirmed) => self.silent(cx, tool),
            ToolReport::Ready | ToolReport::NotReady | ToolReport::Busy => (),
        }
        false
    }

    /// A reading of any device: a tool in trouble in the middle of its act leaves it unknown.
    pub(super) fn reading(&mut self, cx: &mut Cx<'_>, tool: &Tool) {
        if *self == Self::Running && cx.bed.senses.troubled(tool.device) {
            self.unknown(cx, tool);
        }
    }

    /// A time-out of this phase: no outcome in time is an unknown one.
    pub(super) fn timer(&mut self, cx: &mut Cx<'_>, tool: &Tool, timer: Timer) {
        if timer == tool.timer && *self == Self::Running {
            self.silent(cx, tool);
        }
    }

    /// What came of the permit.
    pub(super) fn gate(&mut self, cx: &mut Cx<'_>, tool: &Tool, gate: Gate) {
        if gate == Gate::Fired(tool.act) {
            *self = Self::Running;
        } else if gate == Gate::Lapsed(tool.act) {
            *self = Self::Ready;
        }
        cx.bed.touch();
    }

    /// An emergency stop takes the enable away in the middle of the act.
    pub(super) fn close(&mut self, cx: &mut Cx<'_>, tool: &Tool, after: After) {
        if after == After::Emergency && *self == Self::Running {
            self.unknown(cx, tool);
        }
    }

    /// Whether a free tool could act now; else the step is done by hand.
    pub(super) fn tool_works(bed: &Bed, tool: &Tool) -> bool {
        bed.keeps_records() && bed.senses.ready(tool.device)
    }
}
