//! The one barcode that stands for "yes": what it may say.
//!
//! Owns: the list of acts that a read of this barcode may stand for, and the time in which a second read of it means
//! nothing. Refuses: whatever moves blood, heat or a blade, says what became of a needle or a seal, or takes two people: each of these
//! is a person's own word, because a scanner may read a code twice, or one that lies about. Holds no state.

use super::event::Act;
use super::machine::Procedure;
use super::refusal::Refusal;
use crate::measure::{Mono, Span};

/// What is asked now has to have been asked for so long: a code read twice answers once.
const READ_TWICE: Span = Span::from_secs(2);

impl Procedure {
    /// The act for which the confirm barcode stands at this moment.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when what is asked is not for this barcode, or has only just been asked.
    pub fn confirmed(&self, now: Mono) -> Result<Act, Refusal> {
        let settled = self.bed.prompted.as_ref().is_none_or(|(_, since)| now.since(*since) >= READ_TWICE);
        let act = self.prompt().primary().filter(|act| settled && is_confirmable(act));
        act.ok_or(Refusal::NotNow)
    }
}

fn is_confirmable(act: &Act) -> bool {
    match act {
        Act::ConfirmIdentity
        | Act::BagLooked
        | Act::BagPlaced
        | Act::IdentityAskedAgain
        | Act::PouchFull
        | Act::PouchClipClosed
        | Act::PlugBroken
        | Act::TubeFilled
        | Act::EndDraw
        | Act::TourniquetReleased
        | Act::NeedleGuarded
        | Act::NeedleBinned
        | Act::SegmentsSealed { .. }
        | Act::AcceptDisposition
        | Act::DonorCaredFor
        | Act::BedCleared => true,
        Act::FormSeen(_)
        | Act::AskEligibility
        | Act::BagRejected
        | Act::ArmReady(_)
        | Act::NeedleIn
        | Act::VenipunctureFailed
        | Act::SecondAttemptConsented
        | Act::TubeMissing { .. }
        | Act::Pause
        | Act::Resume
        | Act::NeedleOut
        | Act::Seal
        | Act::SealInspected { .. }
        | Act::Separate
        | Act::SeparationInspected { .. }
        | Act::BinReplaced
        | Act::StripTubing
        | Act::SegmentsLater
        | Act::ChangeProgramme { .. }
        | Act::Abort(_)
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
    }
}
