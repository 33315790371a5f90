//! Whether a donation may begin at all.
//!
//! Owns: the checks of an opening. Refuses: settings out of bounds, programmes not offered, donors not eligible, and any
//! start while records cannot be kept or the time is not trusted. Holds no state.

use super::bed::Bed;
use super::eligibility;
use super::event::{Eligibility, Opening};
use super::refusal::Refusal;

/// Checks an opening.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn check(opening: &Opening, bed: &Bed) -> Result<(), Refusal> {
    if !bed.keeps_records() {
        return Err(Refusal::JournalFailed);
    }
    if bed.shared.clock_untrusted {
        return Err(Refusal::ClockUntrusted);
    }
    if let Some(why) = bed.shared.no_start {
        return Err(Refusal::NoStart(why));
    }
    if bed.emergency {
        return Err(Refusal::EmergencyStop);
    }
    let limits = &opening.settings.limits;
    if let Some(fault) = limits.faults().into_iter().next() {
        return Err(fault.into());
    }
    let offered = opening.settings.programmes_ml.contains(&opening.programme_ml);
    if !offered || opening.programme_ml == 0 || u32::from(opening.programme_ml) > limits.max_programme_ml {
        return Err(Refusal::NoSuchProgramme(opening.programme_ml));
    }
    let donor = &opening.donor;
    if let Some(approved_ml) = donor.approved_ml.filter(|ml| opening.programme_ml > *ml) {
        return Err(Refusal::OverApproved { programme_ml: opening.programme_ml, approved_ml });
    }
    if donor.eligibility == Eligibility::Refused {
        return Err(Refusal::NotEligible);
    }
    eligibility::interval(donor.last, opening.today, opening.mode, limits).map_err(Refusal::Ineligible)?;
    if !opening.online {
        eligibility::unanswered(donor.eligibility, &opening.settings).map_err(Refusal::Ineligible)?;
    }
    Ok(())
}
