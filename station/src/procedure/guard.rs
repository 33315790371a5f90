//! The guard: one verdict from everything known, before any event is acted upon. Analyse first, act once.
//!
//! Owns: what is unsafe, and what may be opened, sealed and separated on present readings. Refuses: acting (the machine
//! does, once a step) and optimism: what is unknown is unsafe. Holds no state.

use super::alarm::AlarmCode;
use super::bed::{Bed, Line};
use super::donation::{Donation, Needle};
use super::limits::DonorConnectedSeal;
use super::phase::{After, Phase};
use super::refusal::Refusal;
use crate::device::{Actuation, ClampPosition, DeviceKind};
use crate::draw::{Sureness, UnsureReason};
use crate::measure::{Microlitres, Mono};

/// More than this beyond its size cannot be in the pouch: blood runs where it is not counted.
const POUCH_BEYOND: Microlitres = Microlitres::from_ml(60);
/// More than this in the closed bag than when it came to rest: the clamp does not hold.
const BEYOND_REST: Microlitres = Microlitres::from_ml(8);
/// Alarms that one look judges at most, so that room for them is found once.
const ALARMS: usize = 16;

/// What the readings say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The clamp has to close, and where that leads.
    pub(super) close: Option<After>,
    /// The emergency stop is pressed and not yet acted upon.
    pub(super) emergency: bool,
    /// The tray has to stand still: nothing hangs on it any more.
    pub(super) still: bool,
    /// Blood has run on behind the closed clamp.
    pub(super) ran_on: bool,
    /// Alarms whose condition the guard judges, and whether it holds.
    pub(super) alarms: Vec<(AlarmCode, bool)>,
}

/// Looks at everything. Pure.
pub(super) fn look(now: Mono, bed: &Bed, busy: Option<(&Donation, &Phase)>) -> Verdict {
    let mut verdict = Verdict {
        emergency: bed.senses.emergency_pressed() && !bed.emergency,
        alarms: Vec::with_capacity(ALARMS),
        ..Verdict::default()
    };
    verdict.alarms.push((AlarmCode::DeviceFault, bed.senses.any_trouble()));
    match busy {
        Some((d, _)) => verdict.alarms.push((AlarmCode::BinFull, bin_full(bed, d))),
        // Without a donation nobody knows how many needles the bin takes; its own word counts.
        None if bed.senses.bin_full() => verdict.alarms.push((AlarmCode::BinFull, true)),
        None => {}
    }
    if let Some((d, phase)) = busy {
        line(bed, d, phase, &mut verdict);
        let alone = bed.shared.terminals_gone && d.needle == Needle::In;
        verdict.alarms.push((AlarmCode::NoTerminal, alone));
        verdict.alarms.push((AlarmCode::SamplesIncomplete, d.sampling.any_missing()));
        if d.sampling.done() {
            // Filled, or missing for whatever reason: nobody is to fill them now.
            verdict.alarms.push((AlarmCode::SamplesLate, false));
        }
        match phase {
            Phase::Divert(_) | Phase::Draw(_) => {
                flowing(now, bed, d, phase, &mut verdict);
                fallen(now, bed, d, &mut verdict);
                took_long(now, d, &mut verdict);
            }
            Phase::Venipuncture(_) => weight_while_opening(now, bed, d, &mut verdict),
            Phase::Pause(_) => {
                weight_while_opening(now, bed, d, &mut verdict);
                fallen(now, bed, d, &mut verdict);
                took_long(now, d, &mut verdict);
                behind_clamp(now, d, &mut verdict);
            }
            Phase::EndDraw(_) => {
                if !scale_lost(now, bed, d) {
                    verdict.alarms.push((AlarmCode::ScaleLost, false));
                }
                behind_clamp(now, d, &mut verdict);
            }
            Phase::Interrupted(_) => {
                took_long(now, d, &mut verdict);
                behind_clamp(now, d, &mut verdict);
            }
            Phase::NeedleOut(_) | Phase::Seal(_) => verdict.alarms.push((AlarmCode::FlowAfterClamp, false)),
            Phase::Identify(_)
            | Phase::Label(_)
            | Phase::Prepare(_)
            | Phase::Separate(_)
            | Phase::Segments(_)
            | Phase::Reconcile(_)
            | Phase::Closed(_) => (),
        }
        mixing(bed, d, phase, &mut verdict);
    }
    verdict
}

fn demand(verdict: &mut Verdict, after: After) {
    verdict.close = Some(verdict.close.map_or(after, |before| before.max(after)));
}

/// The clamp against what was ordered, while a needle is in the donor or may be from one moment to the next, and after it
/// until the line is sealed.
fn line(bed: &Bed, d: &Donation, phase: &Phase, verdict: &mut Verdict) {
    let unsealed = d.seal.is_none() && matches!(phase, Phase::NeedleOut(_) | Phase::Seal(_));
    if d.needle != Needle::In && !unsealed && !matches!(phase, Phase::Venipuncture(_)) {
        return;
    }
    let strayed = match (bed.line, bed.senses.clamp()) {
        // Open without an order, or no longer provable.
        (Line::Closed, Some(ClampPosition::Closed)) => false,
        (
            Line::Closed,
            Some(ClampPosition::Open | ClampPosition::Between | ClampPosition::Contradiction) | None,
        ) => !bed.by_hand,
        (Line::Open, Some(ClampPosition::Open)) => false,
        (
            Line::Open,
            Some(ClampPosition::Closed | ClampPosition::Between | ClampPosition::Contradiction) | None,
        ) => true,
        (Line::Opening, Some(ClampPosition::Contradiction) | None) => true,
        (Line::Opening, Some(ClampPosition::Closed | ClampPosition::Open | ClampPosition::Between)) => false,
        // Already being closed, with its own deadline; or nothing was opened yet.
        (Line::Closing | Line::Unproved, _) => false,
    };
    if bed.line == Line::Open && bed.senses.clamp() == Some(ClampPosition::Closed) {
        verdict.alarms.push((AlarmCode::ClampNotOpen, true));
    }
    if strayed || (matches!(bed.line, Line::Open | Line::Opening) && bed.senses.troubled(DeviceKind::Clamp)) {
        demand(verdict, After::Pause);
    }
}

/// Everything that must hold while blood runs.
fn flowing(now: Mono, bed: &Bed, d: &Donation, phase: &Phase, verdict: &mut Verdict) {
    let estimate = d.blood.estimate(now);
    let lost = scale_lost(now, bed, d)
        || (d.blood.reached_bag()
            && match estimate.sure {
                Sureness::Unsure(UnsureReason::Frozen | UnsureReason::Jumping | UnsureReason::Stale) => true,
                Sureness::Sure
                | Sureness::Unsure(UnsureReason::NoWeight | UnsureReason::Settling | UnsureReason::Stepped) => {
                    false
                }
            });
    verdict.alarms.push((AlarmCode::ScaleLost, lost));
    if d.blood.lacks(now) {
        verdict.alarms.push((AlarmCode::BagMoved, true));
    }
    verdict.alarms.push((AlarmCode::FlowAfterClamp, false));
    if lost {
        demand(verdict, After::Pause);
    }
    match phase {
        Phase::Draw(_) => {
            let (_, upper) = d.settings().volume_band(d.opening.programme_ml);
            let over = estimate.volume > upper;
            if over {
                demand(verdict, After::End);
                verdict.alarms.push((AlarmCode::OverVolume, true));
            }
            if d.blood.stepped(now) {
                verdict.alarms.push((AlarmCode::BagMoved, true));
            }
        }
        Phase::Divert(_) => {
            let most = Microlitres::from_ml(d.settings().limits.pouch_ml.into()) + POUCH_BEYOND;
            if d.blood.running_to_pouch(now) > most {
                demand(verdict, After::Pause);
                verdict.alarms.push((AlarmCode::BagMoved, true));
            }
        }
        Phase::Identify(_)
        | Phase::Label(_)
        | Phase::Prepare(_)
        | Phase::Venipuncture(_)
        | Phase::Pause(_)
        | Phase::EndDraw(_)
        | Phase::NeedleOut(_)
        | Phase::Seal(_)
        | Phase::Separate(_)
        | Phase::Segments(_)
        | Phase::Reconcile(_)
        | Phase::Closed(_)
        | Phase::Interrupted(_) => (),
    }
}

/// A bag that hangs on the tray no more is neither weighed nor mixed: no blood runs into it, and the tray stands for whoever
/// hangs it back.
fn fallen(now: Mono, bed: &Bed, d: &Donation, verdict: &mut Verdict) {
    let fallen = d.bag_off(now).is_some();
    verdict.alarms.push((AlarmCode::BagFallen, fallen));
    verdict.still = fallen;
    if fallen && matches!(bed.line, Line::Opening | Line::Open) {
        demand(verdict, After::Pause);
    }
}

/// The closed bag against what it was when it had come to rest, while the needle is in.
fn behind_clamp(now: Mono, d: &Donation, verdict: &mut Verdict) {
    verdict.ran_on = d.needle == Needle::In && d.blood.since_rest(now) > BEYOND_REST;
    verdict.alarms.push((AlarmCode::FlowAfterClamp, verdict.ran_on));
}

/// The flags of time, as soon as they are due.
fn took_long(now: Mono, d: &Donation, verdict: &mut Verdict) {
    let (platelets, plasma) = d.too_long(now);
    verdict.alarms.push((AlarmCode::NotForPlatelets, platelets));
    verdict.alarms.push((AlarmCode::NotForPlasma, plasma));
}

/// The order to open has left: from here blood may run.
fn weight_while_opening(now: Mono, bed: &Bed, d: &Donation, verdict: &mut Verdict) {
    if matches!(bed.line, Line::Opening | Line::Open) && scale_lost(now, bed, d) {
        verdict.alarms.push((AlarmCode::ScaleLost, true));
        demand(verdict, After::Pause);
    } else if bed.line == Line::Closed && !scale_lost(now, bed, d) {
        verdict.alarms.push((AlarmCode::ScaleLost, false));
    }
}

fn scale_lost(now: Mono, bed: &Bed, d: &Donation) -> bool {
    !bed.senses.ready(DeviceKind::Scale) || bed.senses.weight(now, d.stale()).is_none()
}

/// Blood in the bag has to be mixed.
fn mixing(bed: &Bed, d: &Donation, phase: &Phase, verdict: &mut Verdict) {
    let needed = match phase {
        Phase::Draw(_) => true,
        // Its test has failed: the reason why nothing goes on.
        Phase::Prepare(_) => bed.mixer_blocked,
        Phase::Closed(_) => false,
        Phase::Identify(_)
        | Phase::Label(_)
        | Phase::Venipuncture(_)
        | Phase::Divert(_)
        | Phase::Pause(_)
        | Phase::EndDraw(_)
        | Phase::NeedleOut(_)
        | Phase::Seal(_)
        | Phase::Separate(_)
        | Phase::Segments(_)
        | Phase::Reconcile(_)
        | Phase::Interrupted(_) => d.mixing_due(),
    };
    let still = needed && (!bed.senses.mixer_turning() || bed.senses.troubled(DeviceKind::Mixer));
    verdict.alarms.push((AlarmCode::MixerStalled, still));
}

/// Whether the clamp may be opened towards a donor, on present readings.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn may_open(now: Mono, bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    bed.may_permit()?;
    if d.needle != Needle::In {
        return Err(Refusal::NotNow);
    }
    devices_ready(now, bed, d)?;
    match d.blood.estimate(now).sure {
        // What showed one value on a rocking tray, or none that makes sense, shows it still.
        Sureness::Unsure(UnsureReason::Frozen | UnsureReason::Jumping)
            if d.blood.reached_bag() && bed.senses.mixer_turning() =>
        {
            Err(Refusal::DeviceNotReady(DeviceKind::Scale))
        }
        Sureness::Sure
        | Sureness::Unsure(
            UnsureReason::Frozen
            | UnsureReason::Jumping
            | UnsureReason::NoWeight
            | UnsureReason::Stale
            | UnsureReason::Settling
            | UnsureReason::Stepped,
        ) => Ok(()),
    }
}

/// Clamp and scale as the opening of the clamp needs them.
fn devices_ready(now: Mono, bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    ready(bed, DeviceKind::Clamp)?;
    // Not even a hand on the line makes up for it: what is opened has to close again.
    if !bed.clamp_proves_closed() {
        return Err(Refusal::ClampNotClosed);
    }
    if scale_lost(now, bed, d) {
        return Err(Refusal::DeviceNotReady(DeviceKind::Scale));
    }
    match d.bag_off(now) {
        Some((found_g, expected_g)) => Err(Refusal::BagNotOnTray { found_g, expected_g }),
        None => Ok(()),
    }
}

/// Whether the devices allow a needle: nobody is stuck for a clamp that will then not open.
///
/// # Errors
/// The first [`Refusal`] that holds; it names the device.
pub(super) fn may_puncture(now: Mono, bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    d.tag_agrees()?;
    devices_ready(now, bed, d)?;
    if !bed.senses.mixer_turning() {
        return Err(Refusal::DeviceNotReady(DeviceKind::Mixer));
    }
    if !d.leads_to_pouch(bed) {
        return Err(Refusal::DeviceNotReady(DeviceKind::Diverter));
    }
    Ok(())
}

/// Whether the needle side may be sealed, on present readings.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn may_seal(bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    bed.may_permit()?;
    if d.needle == Needle::In {
        may_seal_connected(bed, d)?;
    }
    if d.seal.is_some() || d.needle_unguarded() {
        return Err(Refusal::NotNow);
    }
    if !bed.clamp_proves_closed() {
        return Err(Refusal::ClampNotClosed);
    }
    if !bed.senses.ready(DeviceKind::Sealer) {
        return Err(Refusal::DeviceNotReady(DeviceKind::Sealer));
    }
    Ok(())
}

/// Whether this bed's sealer may work while the needle is in the donor: the site names it as approved, it is the very unit with which
/// the donation began, and the draw is over. After an abort nobody waits for a machine with a needle in the arm.
///
/// # Errors
/// [`Refusal::NeedleIn`]: the needle comes out first.
pub(super) fn may_seal_connected(bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    let approved = d.settings().donor_connected_seal == DonorConnectedSeal::Approved;
    let there = bed.senses.ready(DeviceKind::Sealer) && bed.senses.same_unit(DeviceKind::Sealer);
    let ended = d.clamped.is_some() && d.abort.is_none();
    if approved && there && ended && d.seal.is_none() && d.needle == Needle::In {
        Ok(())
    } else {
        Err(Refusal::NeedleIn)
    }
}

/// Whether the needle may be taken off, on present readings.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn may_separate(bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    bed.may_permit()?;
    if d.seal.is_none() {
        return Err(Refusal::NotSealed);
    }
    if d.separation.is_some() || d.needle_unguarded() {
        return Err(Refusal::NotNow);
    }
    if bin_full(bed, d) {
        return Err(Refusal::BinFull);
    }
    if !bed.senses.ready(DeviceKind::Separator) {
        return Err(Refusal::DeviceNotReady(DeviceKind::Separator));
    }
    Ok(())
}

/// Whether the clamp may open for stripping the tubing: the needle is off.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn may_strip(bed: &Bed, d: &Donation) -> Result<(), Refusal> {
    bed.may_permit()?;
    match d.needle {
        Needle::In => return Err(Refusal::NeedleIn),
        Needle::Never | Needle::Out => (),
    }
    if d.seal.is_none() || d.separation.is_none() {
        return Err(Refusal::NotSealed);
    }
    Ok(())
}

/// Whether the sharps bin is full, by its own word or by count.
pub(super) fn bin_full(bed: &Bed, d: &Donation) -> bool {
    bed.senses.bin_full() || bed.binned >= d.settings().limits.bin_capacity
}

/// The guard on present readings, asked again when a permit leaves the gate.
///
/// # Errors
/// The first [`Refusal`] that holds.
pub(super) fn may_fire(
    now: Mono,
    bed: &Bed,
    busy: Option<(&Donation, &Phase)>,
    actuation: Actuation,
) -> Result<(), Refusal> {
    bed.may_permit()?;
    let (d, phase) = busy.ok_or(Refusal::NotNow)?;
    match (actuation, phase) {
        (Actuation::ClampOpen, Phase::Prepare(_)) if d.needle == Needle::In => Err(Refusal::NeedleIn),
        (Actuation::ClampOpen, Phase::Prepare(_)) => ready(bed, DeviceKind::Clamp),
        (Actuation::ClampOpen, Phase::Venipuncture(_)) => {
            // What was refused since the needle's word comes before the blood.
            d.labels_agree()?;
            may_open(now, bed, d)
        }
        (Actuation::ClampOpen, Phase::Pause(_)) => may_open(now, bed, d),
        (Actuation::ClampOpen, Phase::Segments(_)) => may_strip(bed, d),
        (Actuation::DivertToBag, Phase::Divert(_) | Phase::Pause(_)) => ready(bed, DeviceKind::Diverter),
        (Actuation::MixerRun, _) => ready(bed, DeviceKind::Mixer),
        (Actuation::Seal, Phase::Seal(_)) => may_seal(bed, d),
        (Actuation::Separate, Phase::Separate(_)) => may_separate(bed, d),
        (_, _) => Err(Refusal::NotNow),
    }
}

fn ready(bed: &Bed, kind: DeviceKind) -> Result<(), Refusal> {
    if bed.senses.ready(kind) { Ok(()) } else { Err(Refusal::DeviceNotReady(kind)) }
}
