//! What people may do in any phase: protect from anyone, and the acts that belong to no single phase.
//!
//! Owns: which acts are protective, the emergency stop, help, care, reactions, aborts and steps done by hand. Refuses:
//! nothing of a protective kind, ever. Holds no state.

use super::alarm::AlarmCode;
use super::bed::Bed;
use super::donation::{Donation, Needle};
use super::event::{AbortWhy, Act, HandStep, PersonAct};
use super::machine::Busy;
use super::phase::{After, Phase};
use super::phases::end_draw;
use super::programme;
use super::reaction::check_note;
use super::refusal::Refusal;
use super::timers::Timer;
use crate::device::{Actuation, DeviceKind};
use crate::measure::{Microlitres, Mono};

/// An act that is anyone's, at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protective {
    /// Close the clamp; where it leads when blood may flow.
    Close(After),
    /// Everything off.
    Emergency,
    /// Call people.
    Help,
}

impl Protective {
    /// Which protective act this is, if it is one.
    pub(super) fn of(act: &Act) -> Option<Self> {
        Some(if matches!(act, Act::Pause | Act::Clamp) {
            Self::Close(After::Pause)
        } else if let Act::EndDraw = act {
            Self::Close(After::End)
        } else if let Act::NeedleOut = act {
            Self::Close(After::NeedleOut)
        } else if let Act::EmergencyStop = act {
            Self::Emergency
        } else if let Act::CallForHelp = act {
            Self::Help
        } else {
            return None;
        })
    }
}

impl Act {
    /// Whether this act only protects: anyone's, signed in or not, at once, whatever the screen showed.
    pub fn is_protective(&self) -> bool {
        Protective::of(self).is_some()
    }

    /// Whether it is taken, or noted at least, whoever says it: what protects, that a needle is in or out, and the sound.
    pub fn is_anyones(&self) -> bool {
        self.is_protective() || matches!(self, Self::NeedleIn | Self::PauseAudio | Self::ResumeAudio)
    }

    /// Whether nobody waits for a second person, nor is refused because of one: it only protects, or is a hand on the line or on
    /// the bag.
    pub fn needs_no_second(&self) -> bool {
        let by_hand = matches!(self, Self::ByHand { step: HandStep::ClampClosed | HandStep::Mixed, .. });
        by_hand || self.is_protective()
    }
}

/// Emergency stop: the donor's line first, then everything with heat, blade or motor.
pub(super) fn emergency(now: Mono, bed: &mut Bed) {
    bed.close_clamp(now);
    for actuation in [Actuation::SealerDisable, Actuation::SeparatorDisable, Actuation::MixerStop] {
        bed.protect(actuation);
    }
    bed.emergency = true;
    bed.set(AlarmCode::EmergencyStop, true, now);
}

/// Acts that settle something of the bed, donation or not. True when this was one.
///
/// # Errors
/// [`Refusal::EmergencyStop`] while the button is still pressed; [`Refusal::SecondPersonNeeded`] when it was and is lost.
pub(super) fn settle(
    now: Mono,
    bed: &mut Bed,
    busy: Option<&mut Busy>,
    by: &PersonAct,
) -> Result<bool, Refusal> {
    let act = &by.act;
    if let Act::HelpArrived = act {
        bed.set(AlarmCode::HelpCalled, false, now);
        return Ok(true);
    }
    if let Act::BinReplaced = act {
        bed.binned = 0;
        bed.senses.bin_replaced();
        bed.set(AlarmCode::BinFull, false, now);
        return Ok(true);
    }
    let Act::EmergencyOver = act else { return Ok(false) };
    if !bed.emergency {
        return Err(Refusal::NotNow);
    }
    if bed.senses.emergency_pressed() {
        // A button that is lost while pressed can never say that it was released: two people say it.
        if !bed.senses.troubled(DeviceKind::Panel) {
            return Err(Refusal::EmergencyStop);
        }
        match &by.second {
            Some(second) if by.by.as_ref() == Some(second) => return Err(Refusal::SamePerson),
            Some(_) => bed.senses.emergency_released(),
            None => return Err(Refusal::SecondPersonNeeded),
        }
    }
    bed.emergency = false;
    bed.set(AlarmCode::EmergencyStop, false, now);
    bed.raise_epoch();
    // Blood that stands still clots: the mixer goes on with the same act.
    if busy.is_some_and(|b| b.phase.turns(&b.donation)) {
        // Where no permit can be had any more the bag is mixed by hand, and the alarm for that says so.
        mix_again(now, bed).unwrap_or(());
    }
    Ok(true)
}

/// Asks for the mixer when it stands still.
///
/// # Errors
/// [`Refusal`] when nobody may.
pub(super) fn mix_again(now: Mono, bed: &mut Bed) -> Result<(), Refusal> {
    if bed.asked(Actuation::MixerRun) || (bed.mixer_wanted && bed.senses.mixer_turning()) {
        return Ok(());
    }
    bed.request(now, Actuation::MixerRun)
}

/// Acts that belong to a donation but to no single phase. True when this was one.
///
/// # Errors
/// [`Refusal`]; nothing advances.
pub(super) fn common(now: Mono, bed: &mut Bed, busy: &mut Busy, act: &Act) -> Result<bool, Refusal> {
    let d = &mut busy.donation;
    if let Phase::Closed(_) = busy.phase {
        return Ok(false);
    }
    if let Act::Reaction(reaction) = act {
        reaction.check()?;
        d.note_reaction(now, reaction);
        return Ok(true);
    }
    if let Act::ChangeProgramme { ml } = act {
        return programme::change(now, d, *ml).map(|()| true);
    }
    if let Act::DonorCaredFor = act {
        if d.abort.is_none() || d.cared {
            return Err(Refusal::NotNow);
        }
        d.cared = true;
        return Ok(true);
    }
    if let Act::Abort(why) = act {
        if d.abort.is_none() {
            d.end_early(*why);
        } else if *why == AbortWhy::LabelMismatch && !d.gave_up_labels() {
            // What ended it stays what ended it; nobody is held up at its end by a label that cannot be put right.
            d.labels_given_up = true;
        } else {
            return Err(Refusal::UnderWay);
        }
        return Ok(true);
    }
    if let Act::ByHand { step, tool, note } = act {
        said_how(*step, tool, note)?;
        return by_hand(now, bed, busy, *step);
    }
    Ok(false)
}

/// Whether tool and reason were said. Nobody is held up for words where the hand protects.
fn said_how(step: HandStep, tool: &str, note: &str) -> Result<(), Refusal> {
    check_note(tool)?;
    check_note(note)?;
    let said = !tool.trim().is_empty() && !note.trim().is_empty();
    match step {
        HandStep::ClampClosed | HandStep::Mixed => Ok(()),
        HandStep::Sealed
        | HandStep::Separated
        | HandStep::Diverted
        | HandStep::TubeFilled { .. }
        | HandStep::SegmentsSealed { .. }
        | HandStep::Weighed { .. } => said.then_some(()).ok_or(Refusal::HowMissing),
    }
}

/// The count begins anew, and the tray is tried again: whoever mixes the bag has freed it, perhaps.
fn mixed_by_hand(now: Mono, bed: &mut Bed, d: &Donation) {
    bed.timers.arm(Timer::HandMix, now + d.seconds(|l| l.hand_mix_s));
    if !bed.emergency {
        // Where it cannot be asked for the hand goes on.
        mix_again(now, bed).unwrap_or(());
    }
}

/// The table of steps that hands may complete, and when. There is no tare by hand: without a scale no needle goes in. What is
/// false here is finished by its phase.
fn by_hand(now: Mono, bed: &mut Bed, busy: &mut Busy, step: HandStep) -> Result<bool, Refusal> {
    let d = &mut busy.donation;
    match step {
        HandStep::ClampClosed => bed.pinched(now),
        HandStep::Mixed => {
            if !bed.alarms().holds(AlarmCode::MixerStalled) {
                return Err(Refusal::NotByHand(step));
            }
            mixed_by_hand(now, bed, d);
        }
        HandStep::Weighed { volume_ml } => {
            if d.clamped.is_none() {
                return Err(Refusal::NotByHand(step));
            }
            d.blood.weighed_elsewhere(Microlitres::from_ml(volume_ml.into()));
            end_draw::classed(now, bed, d);
        }
        HandStep::Sealed => {
            if !matches!(busy.phase, Phase::Seal(_)) {
                return Err(Refusal::NotByHand(step));
            }
            if d.needle == Needle::In {
                return Err(Refusal::NeedleIn);
            }
            if !bed.proved_closed() {
                return Err(Refusal::ClampNotClosed);
            }
        }
        HandStep::Separated => {
            if !matches!(busy.phase, Phase::Separate(_)) {
                return Err(Refusal::NotByHand(step));
            }
        }
        HandStep::Diverted => {
            let needed = d.has_diverter(bed) && !bed.senses.ready(DeviceKind::Diverter);
            if !matches!(busy.phase, Phase::Divert(_)) || !needed {
                return Err(Refusal::NotByHand(step));
            }
        }
        HandStep::TubeFilled { tube } => {
            if d.needle == Needle::Never || !d.sampling.filled(tube, now) {
                return Err(Refusal::NotByHand(step));
            }
            if d.sampling.done() {
                bed.timers.disarm(Timer::SamplesDue);
                bed.set(AlarmCode::SamplesLate, false, now);
            }
        }
        HandStep::SegmentsSealed { .. } => {
            if !matches!(busy.phase, Phase::Segments(_)) {
                return Err(Refusal::NotByHand(step));
            }
        }
    }
    Ok(match step {
        HandStep::ClampClosed | HandStep::Mixed | HandStep::Weighed { .. } | HandStep::TubeFilled { .. } => {
            true
        }
        // The phase takes it from here.
        HandStep::Sealed | HandStep::Separated | HandStep::Diverted | HandStep::SegmentsSealed { .. } => {
            false
        }
    })
}
