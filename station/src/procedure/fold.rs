//! A donation that another logic version led: its facts are folded, nothing is decided anew.
//!
//! Owns: which journaled facts still speak for themselves: who, which DIN, where the needle is, what was sealed and
//! separated, by tools or by hands. Refuses: volumes that this station weighed (they depend on the logic) and any order but the safe ones. The bed
//! is `Interrupted` at every moment of it. Lost in a crash; folding again gives the same.

use super::command::Command;
use super::donation::{Donation, Needle};
use super::event::{Act, Event, HandStep, PersonAct, Scan, ScanVia};
use super::limits::SampleMode;
use super::machine::{Busy, Procedure};
use super::phase::Phase;
use super::phases::{EndDraw, Identify, Interrupted, NeedleOut, Seal, Segments, Separate};
use crate::device::{Actuation, Reading, ToolReport};
use crate::measure::{Microlitres, Mono};
use crate::record::Confirmed;

impl Procedure {
    /// Folds one journaled event of a donation of another logic version. `refused` says whether it was refused then.
    /// Orders nothing.
    pub fn fold(&mut self, now: Mono, event: &Event, refused: bool) {
        match event {
            Event::Opened(opening) if !refused => {
                let mut donation = Donation::new((**opening).clone());
                donation.told_eligibility(None);
                let phase = interrupted(&donation, None);
                self.busy = Some(Box::new(Busy { donation, phase }));
            }
            Event::Scan(scan) if !refused => self.fold_scan(now, scan),
            // A needle that is said to be in is in, whether that was allowed or not.
            Event::Act(act) if !refused || act.act == Act::NeedleIn => self.fold_act(now, act),
            Event::Reading(reading) => self.fold_reading(&reading.reading),
            Event::Operator(operator) => self.bed.operator.clone_from(operator),
            Event::Opened(_)
            | Event::Scan(_)
            | Event::Act(_)
            | Event::PermitFired(_)
            | Event::PermitLapsed { .. }
            | Event::Timer(_)
            | Event::Restarted(_)
            | Event::Eligibility(_)
            | Event::Shared(_) => (),
        }
        self.bed.touch();
    }

    fn fold_scan(&mut self, now: Mono, scan: &Scan) {
        let Some(busy) = &mut self.busy else { return };
        let d = &mut busy.donation;
        if let ScanVia::Tag { .. } = scan.via {
            return;
        }
        // A label that was taken after the consent is the second kit's, whatever became of the first needle.
        if d.awaits_second_kit() && !scan.content.labels().is_empty() {
            d.second_kit(now);
            busy.phase = interrupted(d, None);
        }
        if let (None, Some(din)) = (d.din, scan.content.din()) {
            d.din = Some(din);
            self.bed.tell(Command::BindDin(din));
        }
    }

    fn fold_act(&mut self, now: Mono, act: &PersonAct) {
        let Some(busy) = &mut self.busy else { return };
        let d = &mut busy.donation;
        d.note_people(act);
        let mut intent = busy.phase.intent();
        match &act.act {
            Act::FormSeen(form) => d.form_seen(*form),
            Act::ArmReady(arm) => d.arm = Some(*arm),
            Act::NeedleIn if d.needle == Needle::Never => {
                d.insert_needle(now);
                d.blood.unfollowed();
            }
            Act::NeedleOut => needle_out(now, d),
            Act::NeedleGuarded => d.guarded = true,
            Act::VenipunctureFailed => d.insert_needle(now),
            Act::SecondAttemptConsented => {
                d.agree_again(now).into_iter().for_each(|old| self.bed.tell(Command::VoidDin(old)));
            }
            Act::NeedleBinned if d.awaits_second_kit() => d.second_kit(now),
            Act::PouchClipClosed if d.settings().sample_mode == SampleMode::LineEnd => (),
            Act::PouchClipClosed => d.samples_due = Some(now + d.seconds(|l| l.sample_warn_s)),
            Act::TubeFilled => d.sampling.fold_filled(now),
            Act::TubeMissing { tube, why } => d.sampling.missing(*tube, *why).unwrap_or(()),
            Act::Seal
            | Act::SealInspected { .. }
            | Act::Separate
            | Act::SeparationInspected { .. }
            | Act::ByHand { .. } => intent = by_tool(now, d, &act.act, intent),
            Act::ChangeProgramme { ml } => d.opening.programme_ml = *ml,
            Act::Abort(why) => d.end_early(*why),
            Act::DonorCaredFor => d.cared = true,
            Act::Reaction(reaction) => d.note_reaction(now, reaction),
            Act::BedCleared => {
                self.busy = None;
                return;
            }
            // A donation whose record was frozen then is closed and folded no more: of any other people have to say it again.
            Act::AcceptDisposition
            | Act::NeedleIn
            | Act::ConfirmIdentity
            | Act::AskEligibility
            | Act::BagLooked
            | Act::BagRejected
            | Act::BagPlaced
            | Act::IdentityAskedAgain
            | Act::PouchFull
            | Act::PlugBroken
            | Act::Pause
            | Act::Resume
            | Act::EndDraw
            | Act::TourniquetReleased
            | Act::NeedleBinned
            | Act::BinReplaced
            | Act::StripTubing
            | Act::SegmentsSealed { .. }
            | Act::SegmentsLater
            | Act::EmergencyStop
            | Act::EmergencyOver
            | Act::Clamp
            | Act::CallForHelp
            | Act::HelpArrived
            | Act::PauseAudio
            | Act::ResumeAudio
            | Act::Acknowledge(_) => return,
        }
        busy.phase = interrupted(&busy.donation, intent);
    }

    fn fold_reading(&mut self, reading: &Reading) {
        let Some(busy) = &mut self.busy else { return };
        let (d, intent) = (&mut busy.donation, busy.phase.intent());
        if *reading == Reading::Sealer(ToolReport::Done) && intent == Some(Actuation::Seal) {
            d.seal = Some(Confirmed::Device);
        } else if *reading == Reading::Separator(ToolReport::Done) && intent == Some(Actuation::Separate) {
            d.separation = Some(Confirmed::Device);
        } else {
            return;
        }
        busy.phase = interrupted(&busy.donation, None);
    }
}

/// A needle that comes out of an arm made ready was in, whether anybody has said so or not.
fn needle_out(now: Mono, d: &mut Donation) {
    if d.may_have_needle() {
        d.insert_needle(now);
    }
    d.remove_needle(now);
}

/// What was ordered of a tool, looked at, or done by hand. The order that is without an outcome after that.
fn by_tool(now: Mono, d: &mut Donation, act: &Act, intent: Option<Actuation>) -> Option<Actuation> {
    if let Act::Seal = act {
        return Some(Actuation::Seal);
    }
    if let Act::Separate = act {
        return Some(Actuation::Separate);
    }
    if let Act::SealInspected { sound } = act {
        d.seal = sound.then_some(Confirmed::Person);
    } else if let Act::SeparationInspected { separated } = act {
        d.separation = separated.then_some(Confirmed::Person);
    } else if let Act::ByHand { step, tool, note } = act {
        d.note_by_hand(*step, tool, note);
        return by_hand(now, d, *step, intent);
    }
    None
}

/// What hands completed. The order that is still without an outcome after that.
fn by_hand(now: Mono, d: &mut Donation, step: HandStep, intent: Option<Actuation>) -> Option<Actuation> {
    match step {
        HandStep::Sealed => d.seal = Some(Confirmed::ByHand),
        HandStep::Separated => d.separation = Some(Confirmed::ByHand),
        HandStep::Weighed { volume_ml } => {
            d.blood.weighed_elsewhere(Microlitres::from_ml(volume_ml.into()));
            return intent;
        }
        HandStep::TubeFilled { tube } => {
            d.sampling.filled(tube, now);
            return intent;
        }
        HandStep::ClampClosed | HandStep::Mixed | HandStep::Diverted | HandStep::SegmentsSealed { .. } => {
            return intent;
        }
    }
    None
}

/// The place that the facts alone tell. An order without an outcome comes before everything else: somebody looks.
fn interrupted(d: &Donation, intent: Option<Actuation>) -> Phase {
    let sealing = intent == Some(Actuation::Seal);
    let separating = intent == Some(Actuation::Separate);
    let was = match (d.needle, d.seal, d.separation) {
        (Needle::Never, _, _) => Phase::Identify(Identify::default()),
        (Needle::In | Needle::Out, None, _) if sealing => Phase::Seal(Seal::unsure()),
        (Needle::In | Needle::Out, Some(_), None) if separating => Phase::Separate(Separate::unsure()),
        (Needle::In, _, _) => Phase::EndDraw(EndDraw::released()),
        (Needle::Out, None, _) => Phase::NeedleOut(NeedleOut),
        (Needle::Out, Some(_), None) => Phase::Separate(Separate::default()),
        (Needle::Out, Some(_), Some(_)) => Phase::Segments(Segments),
    };
    Phase::Interrupted(Box::new(Interrupted::folded(was, intent)))
}
