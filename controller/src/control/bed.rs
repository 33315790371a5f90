//! One bed of the station: its walled-in machine and what is remembered beside it.
//!
//! Owns: the bed's revision (raised by all that a person's decision could depend on), and who lies there.
//! Refuses: to decide anything; that is the machine's. A crash loses it; a restart makes it again from the journal.

use super::io::BedParts;
use super::machine::Guarded;
use station::api::prompt::Prompt;
use station::api::{BedView, StepView, TubeView};
use station::draw::ClampDelay;
use station::ident::{BedId, Din, DonationId, DonorToken};
use station::measure::{Mono, Wall};
use station::procedure::alarm::ActiveAlarm;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::Disposition;

/// What a person's decision at a bed can depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    phase: PhaseName,
    prompt: Prompt,
    donation: Option<DonationId>,
    din: Option<Din>,
    chain: Vec<StepView>,
    tubes: Vec<TubeView>,
    alarms: Vec<ActiveAlarm>,
    refused: Option<Refusal>,
    disposition: Option<Disposition>,
}

/// The donor at a bed, as far as the station keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seated {
    /// Which donation.
    pub(super) donation: DonationId,
    /// The same for the same person.
    pub(super) token: DonorToken,
    /// For the screen.
    pub(super) masked: String,
    /// When the donation was opened.
    pub(super) opened: Wall,
}

/// A bed.
pub(super) struct Slot {
    /// Which.
    pub(super) bed: BedId,
    /// Its machine.
    pub(super) machine: Guarded,
    /// Calibration of its scale, for the next opening.
    pub(super) calibration: String,
    /// Clamp delay it has learned.
    pub(super) clamp_delay: Option<ClampDelay>,
    /// Who lies here.
    pub(super) seated: Option<Seated>,
    /// Why somebody was not taken to this bed, when it was not the machine that refused; until something else happens.
    pub(super) notice: Option<Refusal>,
    rev: u64,
    seen: Option<Seen>,
}

impl Slot {
    /// A free bed.
    pub(super) fn new(parts: BedParts, machine: Guarded) -> Self {
        Self {
            bed: parts.bed,
            machine,
            calibration: parts.calibration,
            clamp_delay: None,
            seated: None,
            notice: None,
            rev: 0,
            seen: None,
        }
    }

    /// Its revision.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    /// The donation on this bed.
    pub(super) fn donation(&self) -> Option<DonationId> {
        self.machine.standing().donation
    }

    /// Whether the bed is free.
    pub(super) fn is_idle(&self) -> bool {
        !self.machine.has_failed() && self.machine.standing().phase == PhaseName::Idle
    }

    /// Looks whether anything changed that a person could depend on. `number` grows over all runs of the station, so that
    /// a revision from before a restart is never taken for one after it.
    pub(super) fn revise(&mut self, now: Mono, number: u64) {
        self.notice = None;
        if self.donation().is_none() {
            self.seated = None;
        }
        let seen = self.machine.view(now).map(|view| Seen {
            phase: view.phase,
            prompt: view.prompt,
            donation: view.donation,
            din: view.din,
            chain: view.chain,
            tubes: view.tubes,
            alarms: view.alarms,
            refused: view.refused,
            disposition: view.disposition,
        });
        if seen != self.seen || self.machine.has_failed() {
            self.seen = seen;
            self.rev = number.max(self.rev + 1);
        }
    }

    /// What the machine shows, with what only the station knows filled in.
    pub(super) fn view(&self, now: Mono) -> Option<BedView> {
        let mut view = self.machine.view(now)?;
        view.rev = self.rev;
        view.donor = self.seated.as_ref().map(|seated| seated.masked.clone());
        view.refused = view.refused.or_else(|| self.notice.clone());
        Some(view)
    }
}
