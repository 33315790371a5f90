//! A donation that was carried out on paper while the station could not: entered later by two people, never faked through the
//! procedure.
//!
//! Owns: what the paper says, and the record made of it. Refuses: a time in the future or too long ago, measures that cannot be, and a
//! unit without quarantine: nothing here was seen by a machine. Holds no state.

use super::{Confirmed, Disposition, DonationRecord, Findings, SCHEMA, TubeRecord, TypedLabel};
use crate::api::prompt::ScanWanted;
use crate::device::Mode;
use crate::ident::{Din, DonationId, DonorToken, OperatorId};
use crate::measure::{Microlitres, MicrolitresPerSecond, Span, Wall};
use crate::procedure::LOGIC_VERSION;
use crate::procedure::event::{Eligibility, HandStep, IdentifiedBy, MissingWhy};
use crate::procedure::limits::Settings;
use crate::procedure::refusal::Refusal;
use crate::record::VolumeClass;
use serde::{Deserialize, Serialize};

/// Largest volume that a form may say, mL.
const MAX_ML: u16 = 700;
const HOUR_MS: i64 = 3_600_000;

/// What the paper form says, the donor left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperForm {
    /// The form's number, which is the donation's DIN.
    pub din: Din,
    /// When it was carried out.
    pub done: Wall,
    /// Programme, mL.
    pub programme_ml: u16,
    /// Volume as weighed by hand, mL; 0 when nothing was collected.
    pub volume_ml: u16,
    /// Tubes that were filled, from the first on.
    pub tubes: u8,
    /// Whether the needle side was sealed and looked at, and the needle binned.
    pub sealed: bool,
}

/// How a record came to be that no machine has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredLater {
    /// When it was carried out, as the form says.
    pub done: Wall,
    /// When it was entered.
    pub entered: Wall,
    /// Who entered it.
    pub by: OperatorId,
    /// Who compared it with the form.
    pub second: OperatorId,
}

/// What the station adds to a form.
#[derive(Debug, Clone)]
pub struct Entering<'a> {
    /// The donation's number.
    pub donation: DonationId,
    /// Real, validation or simulated.
    pub mode: Mode,
    /// The site's settings.
    pub settings: &'a Settings,
    /// Who gave.
    pub donor: DonorToken,
    /// How the donor is known.
    pub identified_by: IdentifiedBy,
    /// Both times and both people.
    pub how: EnteredLater,
    /// The form's number was typed, by each of the two, and not scanned.
    pub typed: bool,
}

/// Makes the record of a form.
///
/// # Errors
/// [`Refusal`]: nothing was entered.
pub fn record(form: &PaperForm, entering: Entering<'_>) -> Result<DonationRecord, Refusal> {
    let how = &entering.how;
    let settings = entering.settings;
    if how.by == how.second {
        return Err(Refusal::SamePerson);
    }
    let oldest = how.entered.0 - i64::from(settings.limits.entered_later_h) * HOUR_MS;
    if how.done > how.entered || how.done.0 < oldest {
        return Err(Refusal::NotThatTime);
    }
    if !settings.programmes_ml.contains(&form.programme_ml) {
        return Err(Refusal::NoSuchProgramme(form.programme_ml));
    }
    if form.volume_ml > MAX_ML || usize::from(form.tubes) > settings.tubes.len() {
        return Err(Refusal::NotNow);
    }
    Ok(filled(form, entering))
}

fn filled(form: &PaperForm, entering: Entering<'_>) -> DonationRecord {
    let Entering { donation, mode, settings, donor, identified_by, how, typed } = entering;
    let volume = Microlitres::from_ml(form.volume_ml.into());
    let class = VolumeClass::of(volume, settings.volume_band(form.programme_ml));
    let tubes = (0_u8..).zip(&settings.tubes).map(|(at, kind)| TubeRecord {
        name: kind.name.clone(),
        filled: None,
        missing: (at >= form.tubes).then_some(MissingWhy::NotTaken),
    });
    let by_hand = form.sealed.then_some(Confirmed::ByHand);
    let findings = Findings {
        class,
        sure: true,
        abort: None,
        reconciled: false,
        tube_missing: usize::from(form.tubes) < settings.tubes.len(),
        self_excluded: false,
    };
    let blank = unseen(form, donation, mode, (donor, identified_by));
    let typed = if typed { vec![TypedLabel { label: ScanWanted::Form, again: false }] } else { Vec::new() };
    DonationRecord {
        typed_labels: u16::from(!typed.is_empty()),
        typed,
        density: settings.density.mg_per_ml(),
        volume,
        volume_class: class,
        tubes: tubes.collect(),
        seal: by_hand,
        separation: by_hand,
        operators: vec![how.by.clone(), how.second.clone()],
        disposition: findings.disposition(),
        entered_later: Some(how),
        ..blank
    }
}

/// A record of which no machine has seen anything.
fn unseen(
    form: &PaperForm,
    donation: DonationId,
    mode: Mode,
    (donor, identified_by): (DonorToken, IdentifiedBy),
) -> DonationRecord {
    DonationRecord {
        schema: SCHEMA,
        logic: LOGIC_VERSION,
        donation,
        mode,
        din: Some(form.din),
        voided: Vec::new(),
        donor,
        identified_by,
        eligibility: Eligibility::Unasked,
        ineligible: None,
        form: None,
        group: None,
        registration: None,
        programme_ml: form.programme_ml,
        kit_ml: None,
        bag_catalog: None,
        bag_lot: None,
        bag_expiry: None,
        bag_tag: None,
        arm: None,
        attempts: 1,
        first_attempt: None,
        first_kit: None,
        tare: None,
        density: 0,
        calibration: String::new(),
        needle_in: None,
        first_blood: None,
        clamped: None,
        needle_out: None,
        collection: None,
        pauses: (0, Span::ZERO),
        volume: Microlitres::ZERO,
        volume_class: VolumeClass::None,
        max_flow: MicrolitresPerSecond::ZERO,
        mean_flow: MicrolitresPerSecond::ZERO,
        pouch: None,
        not_for_platelets: false,
        not_for_plasma: false,
        tubes: Vec::new(),
        seal: None,
        separation: None,
        segments: None,
        segments_later: false,
        by_hand: vec![(HandStep::Weighed { volume_ml: form.volume_ml }, "entered later".to_owned())],
        typed_labels: 0,
        typed: Vec::new(),
        reconciled: false,
        abort: None,
        reactions: Vec::new(),
        self_excluded: false,
        alarms: Vec::new(),
        operators: Vec::new(),
        curve: Vec::new(),
        disposition: Disposition::Quarantined,
        lots: Vec::new(),
        entered_later: None,
    }
}
