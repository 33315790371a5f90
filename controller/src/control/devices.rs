//! The station's devices as the step sees them: whom each serves, who it is, how it is, who holds a shared tool.
//!
//! Owns: routing between devices and beds in both directions; identity (another serial number in mid-donation is a fault,
//! and that unit's readings are not taken); who uses a shared one-shot tool. Refuses: a second bed's shot on a tool that is
//! at work for a first one, and another bed's end of that shot, an emergency excepted. A crash loses it; each device identifies
//! itself again at its next opening.

use super::io::DeviceRoute;
use station::api::{DeviceHealth, DeviceView, ScannerLoan};
use station::device::{Actuation, DeviceKind, Fault, Reading, Scope, ToolReport};
use station::ident::{BedId, DeviceId, DeviceSerial};
use station::measure::{Mono, Span};
use station::procedure::phase::PhaseName;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a lent scanner reads is believed for so long after it read a number of the bed: long enough for the labels of one bag. Laid down at
/// its own bed and taken up there sooner it still reads for the other: both screens say so.
const MET_HOLDS: Span = Span::from_secs(60);

#[derive(Debug)]
struct Device {
    kind: DeviceKind,
    beds: Arc<[BedId]>,
    serial: Option<DeviceSerial>,
    /// The serial number of a unit that took the place of the known one in mid-donation.
    intruder: Option<DeviceSerial>,
    health: DeviceHealth,
    holder: Option<BedId>,
    /// The bed that a scanner reads for instead of its own: until it is given back, or that bed's donation is over.
    lent: Option<Loan>,
}

/// A scanner lent.
#[derive(Debug, Clone, Copy)]
struct Loan {
    to: BedId,
    /// When it last read a number of that bed's donation; none when the last one that it read was another's.
    met: Option<Mono>,
}

/// All devices of the station.
#[derive(Debug)]
pub(super) struct Devices {
    table: BTreeMap<DeviceId, Device>,
    of_bed: BTreeMap<(BedId, DeviceKind), DeviceId>,
    /// In some device's place another unit answers.
    intruded: bool,
    rev: u64,
}

impl Devices {
    /// From the configuration. A bed's own device comes before a shared one of the same kind.
    pub(super) fn new(routes: Vec<DeviceRoute>) -> Self {
        let mut of_bed: BTreeMap<(BedId, DeviceKind), DeviceId> = BTreeMap::new();
        let mut shared_first: Vec<&DeviceRoute> = routes.iter().collect();
        shared_first.sort_by_key(|r| std::cmp::Reverse(r.beds.len()));
        for route in shared_first {
            for bed in &route.beds {
                of_bed.insert((*bed, route.kind), route.id.clone());
            }
        }
        let device = |r: DeviceRoute| {
            let (serial, intruder, holder, lent) = (None, None, None, None);
            (
                r.id,
                Device {
                    kind: r.kind,
                    beds: r.beds.into(),
                    serial,
                    intruder,
                    health: DeviceHealth::Unknown,
                    holder,
                    lent,
                },
            )
        };
        Self { table: routes.into_iter().map(device).collect(), of_bed, intruded: false, rev: 0 }
    }

    /// The device of this kind that works for a bed.
    pub(super) fn of_bed(&self, bed: BedId, kind: DeviceKind) -> Option<&DeviceId> {
        self.of_bed.get(&(bed, kind))
    }

    /// Its kind.
    pub(super) fn kind(&self, id: &DeviceId) -> Option<DeviceKind> {
        self.table.get(id).map(|d| d.kind)
    }

    /// The serial number of the unit that answers.
    pub(super) fn serial(&self, id: &DeviceId) -> Option<&DeviceSerial> {
        self.table.get(id).and_then(|d| d.serial.as_ref())
    }

    /// Changes with every unit that names itself.
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    /// The beds it serves.
    pub(super) fn beds(&self, id: &DeviceId) -> &[BedId] {
        self.table.get(id).map_or(&[], |d| &d.beds)
    }

    /// A device named itself. Gives the reading that its beds have to hear.
    pub(super) fn identified(
        &mut self,
        id: &DeviceId,
        serial: Option<DeviceSerial>,
        in_use: bool,
    ) -> Option<Reading> {
        let device = self.table.get_mut(id)?;
        self.rev += 1;
        if in_use
            && let (Some(expected), Some(found)) = (&device.serial, &serial)
            && expected != found
        {
            let fault = Fault::Swapped { expected: expected.clone(), found: found.clone() };
            device.intruder = Some(found.clone());
            self.intruded = true;
            device.health = DeviceHealth::Faulted(fault.clone());
            return Some(Reading::Faulted(fault));
        }
        device.intruder = None;
        device.health = DeviceHealth::Online;
        if in_use && device.serial.is_some() && serial.is_none() {
            // It said its number when the donation began, and does not now: nobody can tell which unit this is.
            return Some(Reading::Online { serial: None });
        }
        device.serial = serial.or(device.serial.take());
        Some(Reading::Online { serial: device.serial.clone() })
    }

    /// A device is in trouble.
    pub(super) fn faulted(&mut self, id: &DeviceId, fault: Fault) -> Option<Reading> {
        let device = self.table.get_mut(id)?;
        device.health = DeviceHealth::Faulted(fault.clone());
        device.holder = None;
        Some(Reading::Faulted(fault))
    }

    /// A device is out of trouble. A swapped one stays in trouble until the right unit answers.
    pub(super) fn recovered(&mut self, id: &DeviceId) -> Option<Reading> {
        let device = self.table.get_mut(id).filter(|d| d.intruder.is_none())?;
        device.health = DeviceHealth::Online;
        Some(Reading::Online { serial: device.serial.clone() })
    }

    /// The beds have no donation any more: the unit that answers now is taken as it is. Gives what they have to hear.
    pub(super) fn accept_intruder(&mut self, id: &DeviceId) -> Option<Reading> {
        let device = self.table.get_mut(id)?;
        let serial = device.intruder.take()?;
        device.serial = Some(serial);
        self.rev += 1;
        self.recovered(id)
    }

    /// The beds that have to hear a reading; none when the unit is not the one that was there.
    pub(super) fn recipients(&mut self, id: &DeviceId, reading: &Reading) -> Arc<[BedId]> {
        let device = self.table.get_mut(id).filter(|d| d.intruder.is_none());
        let Some(device) = device else { return Arc::default() };
        let (Reading::Sealer(report) | Reading::Separator(report)) = reading else {
            return device.beds.clone();
        };
        match (report, device.holder) {
            (ToolReport::Done | ToolReport::Failed(_), Some(holder)) => {
                device.holder = None;
                Arc::from([holder])
            }
            (ToolReport::Busy, Some(holder)) => Arc::from([holder]),
            (ToolReport::Ready | ToolReport::NotReady, Some(_)) | (_, None) => device.beds.clone(),
        }
    }

    /// The bed's device for an order, when it may have it now: a shared tool at work for another bed takes neither its shot
    /// nor its end from this one.
    pub(super) fn for_order(&self, bed: BedId, actuation: Actuation) -> Option<&DeviceId> {
        let row = actuation.row();
        let id = self.of_bed(bed, row.device)?;
        let holder = self.table.get(id).and_then(|d| d.holder);
        let taken = row.scope == Scope::Station && holder.is_some_and(|holder| holder != bed);
        if taken { None } else { Some(id) }
    }

    /// The bed's shared tool that this order is for, when it is at work for another bed. For emergencies only: what heats or
    /// cuts is off for everybody then; the bed that loses its shot hears that it is not confirmed, and a person looks at it.
    pub(super) fn at_work_elsewhere(&self, bed: BedId, actuation: Actuation) -> Option<&DeviceId> {
        let id = self.of_bed(bed, actuation.row().device)?;
        let holder = self.table.get(id).and_then(|d| d.holder);
        holder.is_some_and(|holder| holder != bed).then_some(id)
    }

    /// The phase in which a tool that several beds share is at work for one of them, and whether a shot is under way now;
    /// `None` for every other device.
    pub(super) fn shared_tool(&self, id: &DeviceId) -> Option<(PhaseName, bool)> {
        let device = self.table.get(id).filter(|d| d.beds.len() > 1)?;
        let phase = match device.kind {
            DeviceKind::Sealer => PhaseName::Seal,
            DeviceKind::Separator => PhaseName::Separate,
            DeviceKind::Scale
            | DeviceKind::Clamp
            | DeviceKind::Mixer
            | DeviceKind::Diverter
            | DeviceKind::Scanner
            | DeviceKind::IdReader
            | DeviceKind::Sampler
            | DeviceKind::Rfid
            | DeviceKind::Probe
            | DeviceKind::Panel => return None,
        };
        Some((phase, device.holder.is_some()))
    }

    /// Devices in whose place another unit answers.
    pub(super) fn intruders(&mut self) -> Vec<DeviceId> {
        if !self.intruded {
            return Vec::new();
        }
        let intruded = self.table.iter().filter(|(_, device)| device.intruder.is_some());
        let intruders: Vec<DeviceId> = intruded.map(|(id, _)| id.clone()).collect();
        self.intruded = !intruders.is_empty();
        intruders
    }

    /// A shot left for this tool on behalf of a bed.
    pub(super) fn hold(&mut self, id: &DeviceId, bed: BedId, actuation: Actuation) {
        if matches!(actuation, Actuation::Seal | Actuation::Separate)
            && let Some(device) = self.table.get_mut(id)
        {
            device.holder = Some(bed);
        }
    }

    /// A shot did not leave after all.
    pub(super) fn let_go(&mut self, id: &DeviceId) {
        if let Some(device) = self.table.get_mut(id) {
            device.holder = None;
        }
    }

    /// The bed for which a scanner reads now.
    pub(super) fn scans_for(&self, id: &DeviceId) -> Option<BedId> {
        let device = self.table.get(id)?;
        device.lent.map(|loan| loan.to).or(device.beds.first().copied())
    }

    /// Whether this scanner reads for another bed than its own.
    pub(super) fn is_lent(&self, id: &DeviceId) -> bool {
        self.table.get(id).is_some_and(|device| device.lent.is_some())
    }

    /// A bed's barcode was read: this scanner reads for that bed from now on. Its own bed's takes it back. False when it
    /// does so already.
    pub(super) fn lend(&mut self, id: &DeviceId, bed: BedId) -> bool {
        let Some(device) = self.table.get_mut(id) else { return false };
        let lent = (device.beds.first() != Some(&bed)).then_some(bed);
        if device.lent.map(|loan| loan.to) == lent {
            return false;
        }
        device.lent = lent.map(|to| Loan { to, met: None });
        true
    }

    /// A scanner has read a number: of the bed's donation for which it reads now, when, or of another.
    pub(super) fn meet(&mut self, id: &DeviceId, met: Option<Mono>) {
        if let Some(loan) = self.table.get_mut(id).and_then(|device| device.lent.as_mut()) {
            loan.met = met;
        }
    }

    /// The bed's number is another one: what lent scanners have read before says nothing of its set.
    pub(super) fn part(&mut self, bed: BedId) {
        for loan in self.table.values_mut().filter_map(|device| device.lent.as_mut()) {
            if loan.to == bed {
                loan.met = None;
            }
        }
    }

    /// Whether this scanner is lent, and nothing says yet, or any more, that what it reads is of that bed.
    pub(super) fn is_strange(&self, id: &DeviceId, now: Mono) -> bool {
        let lent = self.table.get(id).and_then(|device| device.lent);
        lent.is_some_and(|loan| loan.met.is_none_or(|at| now.since(at) > MET_HOLDS))
    }

    /// The bed's donation is over: scanners that it borrowed go home. Gives which.
    pub(super) fn end_loans(&mut self, bed: BedId) -> Vec<DeviceId> {
        let lent = self.lent_to(bed);
        for id in &lent {
            if let Some(device) = self.table.get_mut(id) {
                device.lent = None;
            }
        }
        lent
    }

    /// Scanners that this bed borrows.
    pub(super) fn lent_to(&self, bed: BedId) -> Vec<DeviceId> {
        let lent = self.table.iter().filter(|(_, device)| device.lent.is_some_and(|loan| loan.to == bed));
        lent.map(|(id, _)| id.clone()).collect()
    }

    /// Whether this bed has lent its scanner, or borrows one.
    pub(super) fn loan(&self, bed: BedId) -> Option<ScannerLoan> {
        let loans = || self.table.values().filter_map(|d| Some((d.beds.first().copied()?, d.lent?.to)));
        let out = loans().find(|(home, _)| *home == bed).map(|(_, to)| ScannerLoan::LentTo(to));
        out.or_else(|| loans().find(|(_, to)| *to == bed).map(|(home, _)| ScannerLoan::BorrowedFrom(home)))
    }

    /// Health of the devices of a bed, in the order of the bedside chain.
    pub(super) fn view(&self, bed: BedId) -> Vec<DeviceView> {
        let health = |id: &DeviceId| self.table.get(id).map(|d| d.health.clone());
        DeviceKind::ALL
            .into_iter()
            .filter_map(|kind| {
                let health = health(self.of_bed(bed, kind)?)?;
                Some(DeviceView { kind, health })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(n: u8) -> BedId {
        BedId::new(n).unwrap()
    }
    fn id(text: &str) -> DeviceId {
        DeviceId::new(text).unwrap()
    }
    fn devices() -> Devices {
        let route = |name: &str, kind, beds: &[u8]| DeviceRoute {
            id: id(name),
            kind,
            beds: beds.iter().map(|n| bed(*n)).collect(),
        };
        Devices::new(vec![
            route("bed1.scale", DeviceKind::Scale, &[1]),
            route("bed1.scanner", DeviceKind::Scanner, &[1]),
            route("bed2.sealer", DeviceKind::Sealer, &[2]),
            route("shared.sealer", DeviceKind::Sealer, &[1, 2, 3]),
        ])
    }
    fn serial(text: &str) -> Option<DeviceSerial> {
        DeviceSerial::new(text).ok()
    }

    #[test]
    fn a_bed_s_own_device_comes_before_the_shared_one() {
        let d = devices();
        assert_eq!(d.of_bed(bed(2), DeviceKind::Sealer), Some(&id("bed2.sealer")));
        assert_eq!(d.of_bed(bed(3), DeviceKind::Sealer), Some(&id("shared.sealer")));
    }

    #[test]
    fn another_unit_in_mid_donation_is_a_fault_and_is_not_believed() {
        let mut d = devices();
        let scale = id("bed1.scale");
        assert_eq!(d.identified(&scale, serial("A"), false), Some(Reading::Online { serial: serial("A") }));
        assert!(matches!(
            d.identified(&scale, serial("B"), true),
            Some(Reading::Faulted(Fault::Swapped { .. }))
        ));
        assert!(d.recipients(&scale, &Reading::MixerCycle).is_empty());
        assert_eq!(d.recovered(&scale), None);
        assert_eq!(d.identified(&scale, serial("A"), true), Some(Reading::Online { serial: serial("A") }));
        assert_eq!(*d.recipients(&scale, &Reading::MixerCycle), [bed(1)]);
    }

    /// A number that is known is not lent to a unit that says none.
    #[test]
    fn a_unit_that_does_not_say_its_number_any_more_is_not_called_by_it() {
        let mut d = devices();
        let scale = id("bed1.scale");
        d.identified(&scale, serial("A"), false);
        assert_eq!(d.identified(&scale, None, true), Some(Reading::Online { serial: None }));
        assert!(matches!(
            d.identified(&scale, serial("B"), true),
            Some(Reading::Faulted(Fault::Swapped { .. }))
        ));
        assert_eq!(d.identified(&scale, serial("A"), true), Some(Reading::Online { serial: serial("A") }));
    }

    #[test]
    fn between_donations_another_unit_is_taken() {
        let mut d = devices();
        let scale = id("bed1.scale");
        d.identified(&scale, serial("A"), false);
        d.identified(&scale, serial("B"), true);
        assert_eq!(d.accept_intruder(&scale), Some(Reading::Online { serial: serial("B") }));
        assert_eq!(d.accept_intruder(&scale), None);
    }

    #[test]
    fn a_shared_tool_at_work_answers_only_its_bed_and_takes_no_other_bed_s_order() {
        let mut d = devices();
        let sealer = id("shared.sealer");
        assert_eq!(d.for_order(bed(1), Actuation::Seal), Some(&sealer));
        d.hold(&sealer, bed(1), Actuation::Seal);
        assert_eq!(d.for_order(bed(3), Actuation::Seal), None);
        assert_eq!(d.for_order(bed(3), Actuation::SealerDisable), None);
        assert_eq!(d.for_order(bed(1), Actuation::SealerDisable), Some(&sealer));
        assert_eq!(d.at_work_elsewhere(bed(3), Actuation::SealerDisable), Some(&sealer));
        assert_eq!(d.at_work_elsewhere(bed(1), Actuation::SealerDisable), None);
        assert_eq!(*d.recipients(&sealer, &Reading::Sealer(ToolReport::Done)), [bed(1)]);
        assert_eq!(d.for_order(bed(3), Actuation::Seal), Some(&sealer));
    }

    /// Procedure 3.10: a number of the first kit says nothing of the second one's labels.
    #[test]
    fn another_number_of_the_bed_has_to_be_read_anew() {
        let mut d = devices();
        let scanner = id("bed1.scanner");
        d.lend(&scanner, bed(2));
        d.meet(&scanner, Some(Mono(5)));
        d.part(bed(3));
        assert!(!d.is_strange(&scanner, Mono(6)));
        d.part(bed(2));
        assert!(d.is_strange(&scanner, Mono(6)));
    }

    /// Procedure 3.10: one read lends a scanner until it is taken back or the borrower's donation is over; both beds show it.
    #[test]
    fn a_lent_scanner_goes_home() {
        let mut d = devices();
        let scanner = id("bed1.scanner");
        assert!(d.lend(&scanner, bed(2)) && !d.lend(&scanner, bed(2)));
        assert_eq!(d.scans_for(&scanner), Some(bed(2)));
        assert_eq!(d.loan(bed(1)), Some(ScannerLoan::LentTo(bed(2))));
        assert_eq!(d.loan(bed(2)), Some(ScannerLoan::BorrowedFrom(bed(1))));
        assert_eq!(d.loan(bed(3)), None);
        assert!(d.lend(&scanner, bed(1)), "taken back");
        assert_eq!((d.scans_for(&scanner), d.loan(bed(1))), (Some(bed(1)), None));
        d.lend(&scanner, bed(2));
        assert_eq!(d.end_loans(bed(1)), []);
        assert_eq!(d.end_loans(bed(2)), std::slice::from_ref(&scanner));
        assert_eq!(d.scans_for(&scanner), Some(bed(1)));
    }
}
