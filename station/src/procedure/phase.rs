//! Where a donation is, and what every phase has to answer.
//!
//! Owns: the phases with the data that only they need, and the shape of a phase. Refuses: flags beside the phase that
//! would change its meaning. A crash loses the present phase; a replay finds it again.

use super::bed::Bed;
use super::donation::Donation;
use super::event::{Act, Scan};
use super::labels::{self, Expected};
use super::phases::{
    Closed, Divert, Draw, EndDraw, Identify, Interrupted, Label, NeedleOut, Pause, Prepare, Reconcile, Seal,
    Segments, Separate, Venipuncture,
};
use super::refusal::Refusal;
use super::timers::Timer;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{Actuation, Reading};
use crate::measure::Mono;
use serde::{Deserialize, Serialize};

/// Name of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// Bed free.
    Idle,
    /// The donor is made sure of.
    Identify,
    /// Form, bag and tubes get one DIN.
    Label,
    /// Bag on the tray, devices prove themselves.
    Prepare,
    /// Arm, second question, needle.
    Venipuncture,
    /// First blood to the pouch.
    Divert,
    /// Blood to the bag.
    Draw,
    /// Clamp closed, needle in.
    Pause,
    /// Clamped for good, needle still in.
    EndDraw,
    /// Needle out, to be guarded.
    NeedleOut,
    /// Needle side to be sealed.
    Seal,
    /// Needle to be taken off.
    Separate,
    /// Segments.
    Segments,
    /// Second scan of everything.
    Reconcile,
    /// Closed; the bed is to be cleared.
    Closed,
    /// After a restart: a person decides.
    Interrupted,
}

/// A phase of a donation under way, with what only that phase needs to know.
///
/// ```text
/// Identify ─▶ Label ─▶ Prepare ─▶ Venipuncture ─▶ Divert ─▶ Draw ─▶ EndDraw ─▶ NeedleOut ─▶ Seal ─▶ Separate ─┐
///                                                              Closed ◀─ Reconcile ◀─ Segments ◀──────────────┘
/// Prepare, Venipuncture ── the bag is bad ─▶ Label
/// Venipuncture ── a device is not ready any more, no needle in ─▶ Prepare
/// Divert, Draw ── pause, fault, emergency stop ─▶ Pause ── go on ─▶ the same again
/// Prepare, Venipuncture, Divert, Draw, Pause ── no vein, end, abort ─▶ EndDraw; the needle is out ─▶ NeedleOut
/// NeedleOut ── nothing in the bag, an attempt left ─▶ Venipuncture, which asks ── yes ─▶ Label; no ─▶ Seal
/// EndDraw ── approved sealer, needle in ─▶ Seal ─▶ Separate ─▶ EndDraw ─▶ NeedleOut ─▶ Separate, for the bin alone
/// Seal, Separate ── the needle comes out before they begin ─▶ NeedleOut
/// Identify to Venipuncture ── abort before any needle ─▶ Closed; before the second ─▶ Seal: the first kit's tail
/// all but Closed ── restart ─▶ Interrupted ── go on ─▶ Pause, Prepare, Venipuncture or where it was
///                                          ── end ─▶ EndDraw, NeedleOut or where it was in the tail
/// ```
/// Idle is the absence of a donation. `Interrupted` keeps the phase in which the restart came.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Identify(Identify),
    Label(Label),
    Prepare(Prepare),
    Venipuncture(Venipuncture),
    Divert(Divert),
    Draw(Box<Draw>),
    Pause(Pause),
    EndDraw(EndDraw),
    NeedleOut(NeedleOut),
    Seal(Seal),
    Separate(Separate),
    Segments(Segments),
    Reconcile(Reconcile),
    Closed(Closed),
    Interrupted(Box<Interrupted>),
}

impl Phase {
    pub(super) fn name(&self) -> PhaseName {
        match self {
            Self::Identify(_) => PhaseName::Identify,
            Self::Label(_) => PhaseName::Label,
            Self::Prepare(_) => PhaseName::Prepare,
            Self::Venipuncture(_) => PhaseName::Venipuncture,
            Self::Divert(_) => PhaseName::Divert,
            Self::Draw(_) => PhaseName::Draw,
            Self::Pause(_) => PhaseName::Pause,
            Self::EndDraw(_) => PhaseName::EndDraw,
            Self::NeedleOut(_) => PhaseName::NeedleOut,
            Self::Seal(_) => PhaseName::Seal,
            Self::Separate(_) => PhaseName::Separate,
            Self::Segments(_) => PhaseName::Segments,
            Self::Reconcile(_) => PhaseName::Reconcile,
            Self::Closed(_) => PhaseName::Closed,
            Self::Interrupted(_) => PhaseName::Interrupted,
        }
    }

    /// Whether a needle may be in the donor of which nobody has spoken: it is awaited, or was before something came between.
    pub(super) fn awaits_needle(&self, d: &Donation) -> bool {
        match self {
            Self::Venipuncture(s) => s.awaits_needle(d),
            Self::Prepare(s) => s.may_find_needle_in() && d.may_have_needle(),
            Self::Interrupted(_) => d.may_have_needle(),
            Self::Identify(_)
            | Self::Label(_)
            | Self::Divert(_)
            | Self::Draw(_)
            | Self::Pause(_)
            | Self::EndDraw(_)
            | Self::NeedleOut(_)
            | Self::Seal(_)
            | Self::Separate(_)
            | Self::Segments(_)
            | Self::Reconcile(_)
            | Self::Closed(_) => false,
        }
    }

    /// The places whose labels are outstanding, in the order of asking; while blood is taken, the tube at hand.
    pub(super) fn outstanding(&self, d: &Donation) -> Vec<ScanWanted> {
        match self {
            Self::Label(s) => s.wanted(d),
            Self::Reconcile(s) => s.wanted(d),
            Self::Draw(_) | Self::Pause(_) | Self::EndDraw(_) => {
                d.sampling.next().map(ScanWanted::Tube).into_iter().collect()
            }
            Self::Identify(_)
            | Self::Prepare(_)
            | Self::Venipuncture(_)
            | Self::Divert(_)
            | Self::NeedleOut(_)
            | Self::Seal(_)
            | Self::Separate(_)
            | Self::Segments(_)
            | Self::Closed(_)
            | Self::Interrupted(_) => Vec::new(),
        }
    }

    /// Whether a needle may be in of which nobody has spoken, and nobody is asked about it.
    pub(super) fn may_hide_needle(&self, d: &Donation) -> bool {
        self.awaits_needle(d) && !matches!(self, Self::Venipuncture(_))
    }

    /// The irreversible order without an outcome of a donation whose facts are folded.
    pub(super) fn intent(&self) -> Option<Actuation> {
        if let Self::Interrupted(s) = self { s.intent() } else { None }
    }

    /// Whether a scale that falls silent in this phase has to be noticed at once.
    pub(super) fn weighs(&self) -> bool {
        matches!(self, Self::Prepare(_) | Self::Venipuncture(_) | Self::Divert(_) | Self::Draw(_))
    }

    /// Whether the tray has to turn: from before the needle until the blood in the bag is mixed.
    pub(super) fn turns(&self, d: &Donation) -> bool {
        match self {
            Self::Venipuncture(_) | Self::Divert(_) | Self::Draw(_) | Self::Pause(_) => true,
            Self::Identify(_) | Self::Label(_) | Self::Prepare(_) | Self::Closed(_) => false,
            Self::EndDraw(_)
            | Self::NeedleOut(_)
            | Self::Seal(_)
            | Self::Separate(_)
            | Self::Segments(_)
            | Self::Reconcile(_)
            | Self::Interrupted(_) => d.mixing_due(),
        }
    }

    pub(super) fn stage(&self) -> &dyn Stage {
        match self {
            Self::Identify(s) => s,
            Self::Label(s) => s,
            Self::Prepare(s) => s,
            Self::Venipuncture(s) => s,
            Self::Divert(s) => s,
            Self::Draw(s) => s.as_ref(),
            Self::Pause(s) => s,
            Self::EndDraw(s) => s,
            Self::NeedleOut(s) => s,
            Self::Seal(s) => s,
            Self::Separate(s) => s,
            Self::Segments(s) => s,
            Self::Reconcile(s) => s,
            Self::Closed(s) => s,
            Self::Interrupted(s) => s.as_ref(),
        }
    }

    pub(super) fn stage_mut(&mut self) -> &mut dyn Stage {
        match self {
            Self::Identify(s) => s,
            Self::Label(s) => s,
            Self::Prepare(s) => s,
            Self::Venipuncture(s) => s,
            Self::Divert(s) => s,
            Self::Draw(s) => s.as_mut(),
            Self::Pause(s) => s,
            Self::EndDraw(s) => s,
            Self::NeedleOut(s) => s,
            Self::Seal(s) => s,
            Self::Separate(s) => s,
            Self::Segments(s) => s,
            Self::Reconcile(s) => s,
            Self::Closed(s) => s,
            Self::Interrupted(s) => s.as_mut(),
        }
    }
}

/// What a phase works with.
pub(super) struct Cx<'a> {
    pub(super) now: Mono,
    pub(super) bed: &'a mut Bed,
    pub(super) d: &'a mut Donation,
}

/// Where a donation goes after a phase has answered.
#[derive(Debug)]
pub(super) enum Step {
    /// Stays in this phase.
    Stay,
    /// Into another phase.
    Go(Phase),
    /// The donation is over, the bed free.
    Free,
}

/// A phase's answer to a person.
pub(super) type Outcome = Result<Step, Refusal>;

/// What came of a permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// It left for its device.
    Fired(Actuation),
    /// It never will.
    Lapsed(Actuation),
}

/// Where the donation goes once the line is closed. Ordered: the later one wins over the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum After {
    /// Somewhere safe from which it may go on.
    Pause,
    /// The same, and tools that work in one shot have lost their enable.
    Emergency,
    /// To the end of the draw.
    End,
    /// The needle is out already.
    NeedleOut,
}

/// A label for which nobody asked: one that is not this donation's is told all the same, and the right one answers it.
///
/// # Errors
/// [`Refusal`] as for a label that is scanned; [`Refusal::NotNow`] when there was nothing to answer.
pub(super) fn unasked(cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
    let expected = Expected { bed: cx.bed.id, din: cx.d.expected_din() };
    labels::check(scan, expected)?;
    if cx.d.answers(scan, expected, false) { Ok(Step::Stay) } else { Err(Refusal::NotNow) }
}

/// What every phase answers. The defaults are for what does not concern it.
pub(super) trait Stage {
    /// The one thing to do now.
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt;

    /// A person's act that is not protective.
    ///
    /// # Errors
    /// [`Refusal`]; nothing advances.
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome;

    /// A label.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is ticked off.
    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        unasked(cx, scan)
    }

    /// A device of the bed said something; the bed's own notes are already up to date.
    fn reading(&mut self, _cx: &mut Cx<'_>, _reading: &Reading) -> Step {
        Step::Stay
    }

    /// The clamp's ordered move is proved: open (true) or closed (false).
    fn clamp(&mut self, _cx: &mut Cx<'_>, _open: bool) -> Step {
        Step::Stay
    }

    /// A timer came due.
    fn timer(&mut self, _cx: &mut Cx<'_>, _timer: Timer) -> Step {
        Step::Stay
    }

    /// A permit fired or lapsed.
    fn gate(&mut self, _cx: &mut Cx<'_>, _gate: Gate) -> Step {
        Step::Stay
    }

    /// The clamp has just been ordered closed for this reason. With the line proved closed already, this is the moment to go.
    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step;
}
