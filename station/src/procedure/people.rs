//! What people do to a bed: open a donation, scan, act.
//!
//! Owns: who may, and in which order an act is judged: protective first, then person and role, then the second person, then
//! the phase. Refuses: everything else with a reason, and then nothing advances. Holds no state.

use super::alarm::AlarmCode;
use super::command::Command;
use super::donation::{Donation, Needle};
use super::event::{Act, HandStep, Opening, PersonAct, Scan, ScanVia};
use super::machine::{Busy, Procedure};
use super::phase::{After, Phase, Step};
use super::phases::{Closed, Identify, Reconcile, Seal, Separate};
use super::protect::{self, Protective};
use super::refusal::Refusal;
use super::second_check;
use super::timers::Timer;
use crate::ident::{CommandCode, Scanned};
use crate::measure::{Mono, Span};

impl Procedure {
    pub(super) fn open(&mut self, now: Mono, opening: &Opening) -> Result<(), Refusal> {
        if let Some(donation) = self.donation() {
            return Err(Refusal::BedOccupied(donation));
        }
        super::opening::check(opening, &self.bed)?;
        self.bed.senses.vouch();
        self.bed.audio_pause = Span::from_secs(opening.settings.limits.audio_pause_s.into());
        self.bed.permit_life = Span::from_millis(opening.settings.limits.permit_ms.into());
        self.bed.vacate(now);
        self.busy = Some(Box::new(Busy {
            donation: Donation::new(opening.clone()),
            phase: Phase::Identify(Identify::default()),
        }));
        self.bed.raise_epoch();
        if opening.online {
            self.ask_eligibility(now);
        }
        Ok(())
    }

    fn ask_eligibility(&mut self, now: Mono) {
        let Some(busy) = &self.busy else { return };
        let limit = Span::from_millis(busy.donation.settings().limits.eligibility_ask_ms.into());
        self.bed.timers.arm(Timer::EligibilityAsked, now + limit);
        self.bed.tell(Command::AskEligibility);
    }

    pub(super) fn scan(&mut self, now: Mono, scan: &Scan) -> Result<(), Refusal> {
        match &scan.content {
            Scanned::Command(code) => return self.command(now, *code),
            Scanned::Bed(bed) if *bed == self.bed.id => return Ok(()),
            Scanned::Din(_)
            | Scanned::Product(_)
            | Scanned::Expiry(_)
            | Scanned::Container(_)
            | Scanned::Lot(_)
            | Scanned::Structures(_)
            | Scanned::Bed(_)
            | Scanned::Badge(_)
            | Scanned::Opaque { .. } => (),
        }
        if let ScanVia::Tag { uid } = scan.via {
            return self.tag(scan, uid);
        }
        let operator = self.bed.acting()?.id.clone();
        if matches!(&scan.via, ScanVia::Typed { by, second } if by == second) {
            return Err(Refusal::SamePerson);
        }
        let labels = scan.content.labels();
        let labelled = !labels.is_empty();
        if labelled && self.busy.as_ref().is_some_and(|b| b.donation.just_read(now, &labels)) {
            return Err(Refusal::AlreadyScanned);
        }
        if let Some(busy) = &self.busy {
            busy.donation.may_go_on()?;
        }
        self.with_stage(now, |stage, cx| stage.scan(cx, scan))?;
        if let Some(busy) = &mut self.busy {
            if labelled {
                busy.donation.note_read(now, labels);
            }
            busy.donation.note_operator(&operator);
            if let ScanVia::Typed { by, second } = &scan.via {
                busy.donation.typed_labels = busy.donation.typed_labels.saturating_add(1);
                busy.donation.note_operator(by);
                busy.donation.note_operator(second);
            }
        }
        Ok(())
    }

    /// A command barcode: a protective one from anyone, the others in the name of the acting operator.
    fn command(&mut self, now: Mono, code: CommandCode) -> Result<(), Refusal> {
        let act = match code {
            CommandCode::Confirm => self.confirmed(now)?,
            CommandCode::Pause => Act::Pause,
            CommandCode::Resume => Act::Resume,
            CommandCode::Clamp => Act::Clamp,
            CommandCode::Stop => Act::EmergencyStop,
            CommandCode::NeedleOut => Act::NeedleOut,
            CommandCode::Help => Act::CallForHelp,
        };
        let by = self.bed.operator.as_ref().map(|o| o.id.clone());
        self.act(now, &PersonAct { act, by, second: None })
    }

    pub(super) fn act(&mut self, now: Mono, act: &PersonAct) -> Result<(), Refusal> {
        let unasked = matches!(act.act, Act::NeedleIn | Act::NeedleOut) && self.needle_said(now);
        if let Some(protective) = Protective::of(&act.act) {
            self.protective(now, protective);
            if let Some(busy) = &mut self.busy {
                busy.donation.note_people(act);
            }
            return Ok(());
        }
        if let Act::Acknowledge(code) = act.act {
            return if act.by.is_some() { self.bed.acknowledge(code) } else { Err(Refusal::NoOperator) };
        }
        if let Act::PauseAudio = act.act {
            return self.bed.pause_audio(now);
        }
        if let Act::ResumeAudio = act.act {
            return if self.bed.resume_audio() { Ok(()) } else { Err(Refusal::NotNow) };
        }
        let acting = self.bed.acting()?;
        if act.by.as_ref() != Some(&acting.id) {
            return Err(Refusal::NoOperator);
        }
        if protect::settle(now, &mut self.bed, self.busy.as_deref_mut(), act)? {
            return Ok(());
        }
        let Some(busy) = &mut self.busy else { return Err(Refusal::NotNow) };
        let waits = second_check::check(act, &busy.donation)?;
        // That a needle is in where nobody asked is noted, and that is all that follows from it.
        if !unasked && !protect::common(now, &mut self.bed, busy, &act.act)? {
            if self.bed.emergency {
                return Err(Refusal::EmergencyStop);
            }
            if let Act::AskEligibility = act.act {
                busy.donation.ask_eligibility()?;
                self.ask_eligibility(now);
            } else {
                busy.donation.may_go_on()?;
                self.with_stage(now, |stage, cx| stage.act(cx, &act.act))?;
            }
        }
        if let Some(busy) = &mut self.busy {
            busy.donation.note_people(act);
            // Only now: a hand that the phase refused has completed nothing.
            if let Act::ByHand { step, tool, note } = &act.act {
                busy.donation.note_by_hand(*step, tool, note);
            }
        }
        if let Some(kind) = waits {
            self.bed.tell(Command::CheckLater(kind));
        }
        self.follow_hand(now, &act.act);
        Ok(())
    }

    /// Whoever says it, and whether it is allowed or not: a needle that is in is in, and one that comes out was. True where
    /// nobody was asked for it.
    fn needle_said(&mut self, now: Mono) -> bool {
        let Some(busy) = &mut self.busy else { return false };
        let unasked = busy.phase.may_hide_needle(&busy.donation);
        if busy.phase.awaits_needle(&busy.donation) {
            busy.donation.insert_needle(now);
            self.bed.touch();
        }
        unasked
    }

    /// A line pinched by hand is a line proved closed: whoever waits for that goes on.
    fn follow_hand(&mut self, now: Mono, act: &Act) {
        if let Act::ByHand { step: HandStep::ClampClosed, .. } = act {
            if let Some(busy) = &mut self.busy {
                busy.donation.blood.clamp(now, false);
            }
            self.protective(now, Protective::Close(After::Pause));
            // The phase that waited for the hand has gone on; the hand still holds.
            self.bed.pinched(now);
        }
        if let Act::Abort(_) = act {
            self.aborted(now);
        }
    }

    fn aborted(&mut self, now: Mono) {
        let Some(busy) = &mut self.busy else { return };
        match busy.donation.needle {
            Needle::Never if busy.donation.attempts == 0 => self.close_unused(now),
            Needle::Never => self.end_first_kit(now),
            Needle::In => self.protective(now, Protective::Close(After::End)),
            // No vein, and no second attempt: what is left of the kit walks the tail.
            Needle::Out if matches!(busy.phase, Phase::Venipuncture(_)) => {
                busy.donation.tubes_end();
                self.protective(now, Protective::Close(After::NeedleOut));
            }
            Needle::Out => self.bed.raise_epoch(),
        }
    }

    /// The kit at the bed never met the donor: its number is voided.
    fn void_kit(&mut self, now: Mono) {
        self.bed.close_clamp(now);
        self.bed.rest_mixer();
        self.bed.set(AlarmCode::Interrupted, false, now);
        let Some(busy) = &mut self.busy else { return };
        if let Some(din) = busy.donation.din {
            busy.donation.voided.push(din);
            self.bed.tell(Command::VoidDin(din));
        }
    }

    /// No needle was in: there is no tail to walk.
    fn close_unused(&mut self, now: Mono) {
        self.void_kit(now);
        let Some(busy) = &mut self.busy else { return };
        self.bed.tell(Command::Close(Box::new(busy.donation.record(now))));
        busy.phase = Phase::Closed(Closed);
        self.bed.raise_epoch();
    }

    /// No second needle: what is left is the first kit, as far as its tail has been walked.
    fn end_first_kit(&mut self, now: Mono) {
        self.void_kit(now);
        self.with_stage(now, |_, cx| {
            cx.d.no_second_needle();
            Ok(Step::Go(match (cx.d.seal, cx.d.separation) {
                (None, _) => Phase::Seal(Seal::default()),
                (Some(_), None) => Phase::Separate(Separate::default()),
                (Some(_), Some(_)) => Phase::Reconcile(Reconcile::default()),
            }))
        })
        .unwrap_or(());
    }

    pub(super) fn protective(&mut self, now: Mono, act: Protective) {
        match act {
            Protective::Close(after) => {
                if let (After::NeedleOut, Some(busy)) = (after, &mut self.busy) {
                    busy.donation.remove_needle(now);
                }
                self.bed.close_clamp(now);
                self.with_stage(now, |stage, cx| Ok(stage.close(cx, after))).unwrap_or(());
            }
            Protective::Emergency => self.emergency(now),
            Protective::Help => self.bed.set(AlarmCode::HelpCalled, true, now),
        }
    }
}
