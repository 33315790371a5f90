//! A scripted nurse: reads a bed's screen, takes a moment, and does the next thing.
//!
//! Owns: the pace of a person: time to read, to do, and to try again what had no effect. Refuses: to be quicker than a person
//! (but where speed is measured: [`Nurse::brisk`]), and to look at anything but the screen and the bed. Lost in a crash; the
//! next look begins anew.

pub mod deed;
pub mod morning;

use crate::prng::Rng;
use crate::site::Site;
use deed::{Case, Deed};
use station::api::BedView;
use station::api::prompt::Prompt;
use station::ident::BedId;
use station::measure::{Mono, Span};

/// Until something without effect is tried again.
const AGAIN: Span = Span::from_secs(4);

/// A nurse at one bed.
#[derive(Debug)]
pub struct Nurse {
    case: Case,
    rng: Rng,
    seen: Option<Prompt>,
    ready_at: Mono,
    brisk: bool,
}

impl Nurse {
    /// A nurse at this bed.
    pub fn new(seed: u64, bed: BedId) -> Self {
        let rng = Rng::named(seed, &format!("bed{bed}.nurse"));
        Self { case: Case::new(bed), rng, seen: None, ready_at: Mono(0), brisk: false }
    }

    /// The same, who acts as soon as the screen asks for it.
    pub fn brisk(self, brisk: bool) -> Self {
        Self { brisk, ..self }
    }

    /// Which bed.
    pub fn bed(&self) -> BedId {
        self.case.bed()
    }

    /// The donor at the bed.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Looks at the screen. What is to be done now, if anything; whoever asks does it.
    pub fn look(&mut self, now: Mono, view: &BedView, site: &mut Site) -> Option<Deed> {
        if self.seen.as_ref() != Some(&view.prompt) {
            let (low, high) = if self.brisk { (0, 0) } else { pace(&view.prompt) };
            self.seen = Some(view.prompt.clone());
            self.ready_at = now + Span::from_millis(self.rng.range(low * 1000, high * 1000));
        }
        if now < self.ready_at {
            return None;
        }
        let deed = self.case.look(view, site)?;
        // What a hand did is followed by the word for it; a word and a scan are followed by the screen.
        let rest = match &deed {
            Deed::Hand(_) | Deed::LiftCard if self.brisk => Span::ZERO,
            Deed::Hand(_) | Deed::LiftCard => Span::from_millis(self.rng.range(800, 2_500)),
            Deed::Scan(_) | Deed::Act { .. } | Deed::LayCard(_) => AGAIN,
        };
        self.ready_at = now + rest;
        Some(deed)
    }
}

/// Time that a person takes for what the screen asks, from and to, s.
fn pace(prompt: &Prompt) -> (u64, u64) {
    match prompt {
        Prompt::Identify | Prompt::ClearBed => (30, 90),
        Prompt::PrepareArm => (40, 70),
        Prompt::Paused | Prompt::InsertNeedle | Prompt::FillTube { .. } => (15, 30),
        Prompt::GuardNeedle | Prompt::Segments { .. } => (20, 50),
        Prompt::ConfirmIdentity | Prompt::LookAtBag | Prompt::PlaceBag | Prompt::CareForDonor { .. } => {
            (8, 20)
        }
        Prompt::ReadForm
        | Prompt::WaitEligibility
        | Prompt::NotEligible(_)
        | Prompt::NoNeedle
        | Prompt::Newer
        | Prompt::Scan { .. }
        | Prompt::WaitPrepare
        | Prompt::AskAgain
        | Prompt::SecondAttempt
        | Prompt::WaitClampOpen
        | Prompt::FillPouch { .. }
        | Prompt::ClosePouchClip
        | Prompt::BreakPlug
        | Prompt::WaitDraw
        | Prompt::EndAdvised
        | Prompt::WaitClampClosed
        | Prompt::PinchByHand
        | Prompt::ReleaseTourniquet
        | Prompt::TakeNeedleOut
        | Prompt::Seal
        | Prompt::SealConnected
        | Prompt::WaitSeal
        | Prompt::InspectSeal
        | Prompt::Separate
        | Prompt::WaitSeparate
        | Prompt::InspectSeparation
        | Prompt::BinNeedle
        | Prompt::ReplaceBin
        | Prompt::AcceptDisposition
        | Prompt::ByHand(_)
        | Prompt::Interrupted { .. }
        | Prompt::EmergencyStop => (2, 5),
    }
}
