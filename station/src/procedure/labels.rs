//! Identity compared whole: what a scan ticks off, and why it does not.
//!
//! Owns: the comparison of every label with this donation, the place that a label is meant for, lot and expiry of the bag.
//! Refuses: anything half: a scan counts for all it holds or for nothing, and a mismatch names both values. Holds no state.

use super::alarm::AlarmCode;
use super::donation::Donation;
use super::event::{DinStanding, Scan};
use super::limits::{FormKind, LabelItem, MAX_LABEL_ITEMS};
use super::refusal::Refusal;
use crate::api::prompt::ScanWanted;
use crate::ident::{
    BedId, ContainerCode, ContainerLot, ContainerPlace, Din, DinFlag, DinLabel, LocalDate, Scanned, Stamp,
    Structure,
};
use crate::shift::refusal::ShiftRefusal;

/// What the labels of this bed have to agree with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) bed: BedId,
    /// The donation's DIN, or the one that the worklist gave to this donor.
    pub(super) din: Option<Din>,
}

/// All that one scan counts for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ticks {
    pub(super) din: Option<Din>,
    pub(super) places: Vec<ScanWanted>,
    pub(super) container: Option<ContainerCode>,
    pub(super) lot: Option<ContainerLot>,
    pub(super) expiry: Option<Stamp>,
    /// The further container, 2 to 9, whose catalogue number, lot and last day these are; `None`: the bag's.
    pub(super) of_item: Option<u8>,
}

impl Ticks {
    /// Every field that was read.
    pub(super) fn fields(&self) -> Vec<ScanWanted> {
        let of_bag = [
            (self.container.is_some(), ScanWanted::BagCatalog),
            (self.lot.is_some(), ScanWanted::BagLot),
            (self.expiry.is_some(), ScanWanted::BagExpiry),
        ];
        let of_bag = of_bag.into_iter().filter(|(read, _)| *read && self.of_item.is_none());
        self.places.iter().copied().chain(of_bag.map(|(_, field)| field)).collect()
    }
}

/// What the bag's own labels say of it, as far as they were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BagLabels {
    pub(super) container: Option<ContainerCode>,
    pub(super) lot: Option<ContainerLot>,
    pub(super) expiry: Option<Stamp>,
}

impl BagLabels {
    /// Labels were taken: what those of the bag say is known from then on.
    pub(super) fn take(&mut self, ticks: &Ticks) {
        if ticks.of_item.is_none() {
            self.container = self.container.or(ticks.container);
            self.lot = self.lot.or(ticks.lot);
            self.expiry = self.expiry.or(ticks.expiry);
        }
    }
}

/// Form, bag and the site's items: whose label was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Placed {
    form: bool,
    bag: bool,
    /// One bit for each item, the first one lowest.
    items: u8,
}

impl Placed {
    /// Another bag is taken for the same form.
    pub(super) fn form_only() -> Self {
        Self { form: true, bag: false, items: 0 }
    }

    /// The bag is given up, and with it the containers that hang on it.
    pub(super) fn without_bag(self) -> Self {
        Self { bag: false, items: 0, ..self }
    }

    /// Every place of this donation.
    pub(super) fn all(d: &Donation) -> Vec<ScanWanted> {
        let count = d.settings().label_items.len();
        let items = (1..=u8::MAX).take(count).map(ScanWanted::Item);
        Self::default().wanted(d).into_iter().chain(items).collect()
    }

    /// Form and bag, as far as they are outstanding. An electronic form is what bound the DIN to the donor: it has no label.
    pub(super) fn wanted(self, d: &Donation) -> Vec<ScanWanted> {
        let electronic = d.settings().form == FormKind::Electronic;
        let form = self.form || (electronic && d.is_bound());
        let open = [(!form, ScanWanted::Form), (!self.bag, ScanWanted::Bag)];
        open.into_iter().filter(|(open, _)| *open).map(|(_, place)| place).collect()
    }

    /// The site's items, as far as they are outstanding.
    pub(super) fn wanted_items(self, d: &Donation) -> impl Iterator<Item = ScanWanted> {
        let count = d.settings().label_items.len().min(MAX_LABEL_ITEMS);
        (1..=u8::MAX).take(count).filter(move |n| self.items & bit(*n) == 0).map(ScanWanted::Item)
    }

    /// Ticks a place off.
    pub(super) fn tick(&mut self, place: ScanWanted) {
        match place {
            ScanWanted::Form => self.form = true,
            ScanWanted::Bag => self.bag = true,
            ScanWanted::Item(n) => self.items |= bit(n),
            ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry | ScanWanted::Tube(_) => (),
        }
    }
}

/// The bit of item `n`, from 1.
fn bit(n: u8) -> u8 {
    n.checked_sub(1).and_then(|at| 1_u8.checked_shl(at.into())).unwrap_or(0)
}

/// Finds what a scan counts for. `wanted` is what is outstanding, in the order of asking; `known` are all places of this
/// step, ticked off or not.
///
/// # Errors
/// [`Refusal`], with nothing counted.
pub(super) fn read(
    scan: &Scan,
    expected: Expected,
    wanted: &[ScanWanted],
    known: &[ScanWanted],
    items: &[LabelItem],
) -> Result<Ticks, Refusal> {
    let mut ticks = check(scan, expected)?;
    let mut open: Vec<ScanWanted> = wanted.to_vec();
    for structure in &scan.content.structures() {
        if let Structure::Din(label) = structure {
            let place = place(*label, &open, known, items)?;
            open.retain(|w| *w != place);
            ticks.places.push(place);
        }
        if let Structure::Container(code) = structure {
            match code.place() {
                ContainerPlace::Primary | ContainerPlace::Set => ticks.container = Some(*code),
                ContainerPlace::Carton | ContainerPlace::Satellite(_) => {
                    return Err(wrong(wanted, &format!("container code of a {}", code.place())));
                }
            }
        }
    }
    if ticks.fields().is_empty() && ticks.of_item.is_none() {
        return Err(wrong(wanted, name(&scan.content)));
    }
    Ok(ticks)
}

/// Checks all that a scan says against this donation and today, and ticks no place off.
///
/// # Errors
/// [`Refusal`] as for a label that is scanned.
pub(super) fn check(scan: &Scan, expected: Expected) -> Result<Ticks, Refusal> {
    if let Some(refusal) = &scan.lot {
        return Err(Refusal::Shift(refusal.clone()));
    }
    let mut ticks = Ticks { din: compare(scan, expected)?, ..Ticks::default() };
    for structure in scan.content.structures() {
        if let Structure::Lot(lot) = structure {
            ticks.lot = Some(lot);
        }
        if let Structure::Expiry(stamp) = structure {
            check_expiry(stamp, scan.today)?;
            ticks.expiry = Some(stamp);
        }
    }
    ticks.of_item = container(&scan.content);
    Ok(ticks)
}

/// The further container of the set, 2 to 9, that the labels in a scan sit on, as their flags say.
pub(super) fn container(content: &Scanned) -> Option<u8> {
    content.labels().into_iter().find_map(|label| match role(label.flag()) {
        Role::Container(container) => Some(container),
        Role::Any | Role::Form | Role::Bag | Role::Tube | Role::Elsewhere => None,
    })
}

/// Compares every number of a scan with this donation's, and counts nothing. Gives the number, if there is one.
///
/// # Errors
/// [`Refusal`] as for a label that is scanned.
pub(super) fn compare(scan: &Scan, expected: Expected) -> Result<Option<Din>, Refusal> {
    let mut standings = scan.standing.iter();
    let mut seen = None;
    for label in scan.content.labels() {
        let din = label.din();
        check_din(din, standings.next(), Expected { din: seen.or(expected.din), ..expected })?;
        seen = Some(din);
    }
    Ok(seen)
}

/// The alarm that a refused label is, if it is one.
pub(super) fn alarm_of(refusal: &Refusal) -> Option<AlarmCode> {
    match refusal {
        Refusal::DinMismatch { .. } | Refusal::DinOnOtherBed { .. } | Refusal::TagMismatch { .. } => {
            Some(AlarmCode::LabelMismatch)
        }
        Refusal::DinOfOtherDonor { .. }
        | Refusal::DinUsed { .. }
        | Refusal::DinVoided { .. }
        | Refusal::Expired { .. }
        | Refusal::Shift(ShiftRefusal::LotRecalled { .. } | ShiftRefusal::LotNotReleased { .. }) => {
            Some(AlarmCode::LabelRefused)
        }
        Refusal::WrongCode { .. }
        | Refusal::WrongLabelPlace { .. }
        | Refusal::Mistyped { .. }
        | Refusal::AlreadyScanned
        | Refusal::TagDisagrees
        | Refusal::ClockUntrusted
        | Refusal::NotNow
        | Refusal::NoOperator
        | Refusal::RoleForbids(_)
        | Refusal::SecondPersonNeeded
        | Refusal::SamePerson
        | Refusal::LentScanner
        | Refusal::NumberFirst
        | Refusal::DeviceNotReady(_)
        | Refusal::EmergencyStop
        | Refusal::ClampNotClosed
        | Refusal::NeedleIn
        | Refusal::NotSealed
        | Refusal::BinFull
        | Refusal::UnderWay
        | Refusal::NotEligible
        | Refusal::Ineligible(_)
        | Refusal::DonorUnknown
        | Refusal::IdentityMistyped(_)
        | Refusal::FormNotPassed(_)
        | Refusal::OverApproved { .. }
        | Refusal::NoSuchProgramme(_)
        | Refusal::ProgrammeFixed { .. }
        | Refusal::NoStart(_)
        | Refusal::Shift(_)
        | Refusal::BedOccupied(_)
        | Refusal::JournalFailed
        | Refusal::JournalSlow
        | Refusal::BadSetting { .. }
        | Refusal::SameArm
        | Refusal::Implausible(_)
        | Refusal::HowMissing
        | Refusal::NotThatTime
        | Refusal::FormNotScanned { .. }
        | Refusal::DonorNotKept { .. }
        | Refusal::UnknownDonor
        | Refusal::NotByHand(_)
        | Refusal::BagNotOnTray { .. }
        | Refusal::WeightNotABag { .. } => None,
    }
}

/// Nothing of what was scanned belongs here.
pub(super) fn wrong(wanted: &[ScanWanted], found: &str) -> Refusal {
    wanted.first().map_or(Refusal::AlreadyScanned, |wanted| Refusal::WrongCode {
        wanted: *wanted,
        found: found.to_owned(),
    })
}

fn check_din(din: Din, standing: Option<&DinStanding>, expected: Expected) -> Result<(), Refusal> {
    match standing {
        Some(DinStanding::OnBed(bed)) if *bed != expected.bed => {
            return Err(Refusal::DinOnOtherBed { din, bed: *bed, here: expected.bed });
        }
        Some(DinStanding::Used(donation)) => return Err(Refusal::DinUsed { din, donation: *donation }),
        // A number whose standing nobody knows is treated as one that must not be used.
        Some(DinStanding::Voided) | None => return Err(Refusal::DinVoided { din }),
        Some(DinStanding::OtherDonor) => return Err(Refusal::DinOfOtherDonor { din }),
        Some(DinStanding::Free | DinStanding::ThisDonation | DinStanding::OnBed(_)) => (),
    }
    match expected.din {
        Some(expected) if expected != din => Err(Refusal::DinMismatch { expected, found: din }),
        Some(_) | None => Ok(()),
    }
}

/// What a label's flag says it sits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Any,
    Form,
    Bag,
    Tube,
    /// A further container of the set, 2 to 9.
    Container(u8),
    Elsewhere,
}

/// Whether a label may be that of a donor's form: it is not marked for something else.
pub fn may_be_form(label: DinLabel) -> bool {
    fits(role(label.flag()), ScanWanted::Form, &[])
}

/// What a label with this flag sits on.
pub(super) fn role(flag: DinFlag) -> Role {
    match flag {
        DinFlag::Container(n) if n.number() == 1 => Role::Bag,
        DinFlag::Container(n) => Role::Container(n.number()),
        DinFlag::BacterialSample => Role::Elsewhere,
        DinFlag::DonorRecord => Role::Form,
        DinFlag::PilotTube | DinFlag::TestTube | DinFlag::NatTube => Role::Tube,
        DinFlag::None
        | DinFlag::SecondLabel
        | DinFlag::MatchWithUnit
        | DinFlag::PartialLabel
        | DinFlag::AttachedLabel
        | DinFlag::Local(_)
        | DinFlag::Verified
        | DinFlag::Reserved(_) => Role::Any,
    }
}

/// Whether a label for this may be ticked off there.
pub(super) fn fits(role: Role, place: ScanWanted, items: &[LabelItem]) -> bool {
    match place {
        ScanWanted::Form => matches!(role, Role::Any | Role::Form),
        ScanWanted::Bag => matches!(role, Role::Any | Role::Bag),
        ScanWanted::Tube(_) => matches!(role, Role::Any | Role::Tube),
        ScanWanted::Item(n) => match role {
            Role::Any => true,
            Role::Container(container) => {
                let item = usize::from(n).checked_sub(1).and_then(|at| items.get(at));
                item.is_some_and(|item| item.container == Some(container))
            }
            Role::Form | Role::Bag | Role::Tube | Role::Elsewhere => false,
        },
        ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry => false,
    }
}

fn place(
    label: DinLabel,
    open: &[ScanWanted],
    known: &[ScanWanted],
    items: &[LabelItem],
) -> Result<ScanWanted, Refusal> {
    let role = role(label.flag());
    if let Some(place) = open.iter().find(|w| fits(role, **w, items)) {
        return Ok(*place);
    }
    if known.iter().any(|w| fits(role, *w, items)) {
        return Err(Refusal::AlreadyScanned);
    }
    match open.first() {
        Some(wanted) => Err(Refusal::WrongLabelPlace { wanted: *wanted, found: label.flag().to_string() }),
        None => Err(Refusal::AlreadyScanned),
    }
}

fn check_expiry(stamp: Stamp, today: Option<i32>) -> Result<(), Refusal> {
    let today = i64::from(today.ok_or(Refusal::ClockUntrusted)?);
    let last = stamp.date().days_since_1970();
    // Only the day is known here: a bag that ends in the course of today may have ended already.
    let ends_within_its_day = stamp.end() != stamp.date().end();
    if last > today || (last == today && !ends_within_its_day) {
        return Ok(());
    }
    let today =
        LocalDate::from_days_since_1970(today).map_or_else(|_| "unknown".to_owned(), |d| d.to_string());
    Err(Refusal::Expired { expiry: stamp.date().to_string(), today })
}

/// What was scanned, in a word.
pub(super) fn name(content: &Scanned) -> &'static str {
    match content {
        Scanned::Din(_) => "DIN",
        Scanned::Product(_) => "product code",
        Scanned::Expiry(_) => "expiry",
        Scanned::Container(_) => "container code",
        Scanned::Lot(_) => "lot",
        Scanned::Structures(_) => "label of another kind",
        Scanned::Bed(_) => "bed",
        Scanned::Badge(_) => "badge",
        Scanned::Command(_) => "command",
        Scanned::Opaque { .. } => "unknown code",
    }
}
