//! Another programme than the donor was called for.
//!
//! Owns: to which programmes a donation may change at this moment, and the change. Refuses: more than was approved for this
//! donor, any larger one once blood has run, and
//! a smaller one unless the kit's own data allow it: the anticoagulant in the bag is measured for its nominal volume. Holds no
//! state.

use super::donation::{Donation, Needle};
use super::refusal::Refusal;
use crate::measure::Microlitres;

/// Every programme that may be changed to now, mL, ascending.
pub(super) fn choices(d: &Donation) -> Vec<u16> {
    let settings = d.settings();
    let offered = settings.programmes_ml.iter().copied();
    let most = d.opening.donor.approved_ml.map_or(settings.limits.max_programme_ml, u32::from);
    let most = most.min(settings.limits.max_programme_ml);
    let fits = |ml: &u16| u32::from(*ml) <= most && *ml != d.opening.programme_ml;
    if d.clamped.is_some() || d.abort.is_some() {
        return Vec::new();
    }
    if !has_bled(d) {
        return offered.filter(fits).collect();
    }
    let kit = settings.smaller_programmes.iter().find(|kit| kit.kit_ml == d.kit_ml);
    let allowed = kit.map_or(&[][..], |kit| kit.to_ml.as_slice());
    offered.filter(fits).filter(|ml| *ml < d.opening.programme_ml && allowed.contains(ml)).collect()
}

/// Changes the programme.
///
/// # Errors
/// [`Refusal::NoSuchProgramme`] when it is not offered here; [`Refusal::ProgrammeFixed`] when the kit at the bed is for another one.
pub(super) fn change(now: crate::measure::Mono, d: &mut Donation, ml: u16) -> Result<(), Refusal> {
    if !d.settings().programmes_ml.contains(&ml) {
        return Err(Refusal::NoSuchProgramme(ml));
    }
    let already = d.blood.volume(now) >= Microlitres::from_ml(ml.into());
    if !choices(d).contains(&ml) || already {
        return Err(Refusal::ProgrammeFixed { kit_ml: d.kit_ml, wanted_ml: ml });
    }
    if !has_bled(d) {
        d.kit_ml = ml;
    }
    d.opening.programme_ml = ml;
    d.blood.retarget(Microlitres::from_ml(ml.into()));
    Ok(())
}

/// From the needle on blood runs into the kit that hangs there, the pouch first.
fn has_bled(d: &Donation) -> bool {
    d.needle == Needle::In || d.blood.first_blood.is_some()
}
