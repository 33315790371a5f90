//! Acts that cannot be undone: asked for, then confirmed, as types.
//!
//! Owns: which acts these are, and the only way from a wish to something that may be sent. Refuses: sending such an act
//! that nobody confirmed: [`Sendable`] has no other constructor for it. A crash forgets a question; nothing was sent.
//!
//! ```text
//! Act ──▶ wish() ──▶ Wish::Plain(Sendable) ─────────────────────▶ sent
//!                └─▶ Wish::Ask(Asked) ── confirm() ──▶ Sendable ─▶ sent
//! ```

use station::procedure::event::Act;

/// Something that may be sent: an ordinary act, or an irreversible one that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendable(Act);

impl Sendable {
    /// The act.
    pub fn act(&self) -> &Act {
        &self.0
    }
}

/// An irreversible act that a person asked for and has not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(Act);

impl Asked {
    /// The act, to put the question.
    pub fn act(&self) -> &Act {
        &self.0
    }
    /// The person says yes.
    pub fn confirm(self) -> Sendable {
        Sendable(self.0)
    }
}

/// What becomes of an act that a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// May be sent.
    Plain(Sendable),
    /// Has to be asked first.
    Ask(Asked),
}

/// Sorts an act.
pub fn wish(act: Act) -> Wish {
    let ask = match &act {
        Act::Seal | Act::Separate | Act::EndDraw | Act::AcceptDisposition | Act::Abort(_) => true,
        Act::ConfirmIdentity
        | Act::FormSeen(_)
        | Act::AskEligibility
        | Act::BagLooked
        | Act::BagRejected
        | Act::BagPlaced
        | Act::ArmReady(_)
        | Act::IdentityAskedAgain
        | Act::NeedleIn
        | Act::VenipunctureFailed
        | Act::SecondAttemptConsented
        | Act::PouchFull
        | Act::PouchClipClosed
        | Act::PlugBroken
        | Act::TubeFilled
        | Act::TubeMissing { .. }
        | Act::Pause
        | Act::Resume
        | Act::TourniquetReleased
        | Act::NeedleOut
        | Act::NeedleGuarded
        | Act::SealInspected { .. }
        | Act::SeparationInspected { .. }
        | Act::NeedleBinned
        | Act::BinReplaced
        | Act::StripTubing
        | Act::SegmentsSealed { .. }
        | Act::SegmentsLater
        | Act::BedCleared
        | Act::ChangeProgramme { .. }
        | Act::DonorCaredFor
        | Act::Reaction(_)
        | Act::EmergencyStop
        | Act::EmergencyOver
        | Act::Clamp
        | Act::CallForHelp
        | Act::HelpArrived
        | Act::PauseAudio
        | Act::ResumeAudio
        | Act::Acknowledge(_)
        | Act::ByHand { .. } => false,
    };
    if ask { Wish::Ask(Asked(act)) } else { Wish::Plain(Sendable(act)) }
}
