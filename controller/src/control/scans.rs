//! What devices find out: readings, barcodes, cards, and how each reaches the bed that it concerns.
//!
//! Owns: translation into the machine's events. Refuses: to move work: a scan belongs to the bed whose scanner read it (or
//! that borrowed the scanner by its barcode), never to the bed that its content names; and to keep what it cannot tell: of
//! an unknown code only its length goes on, because it may be a person's card.

use super::Station;
use super::bed::Slot;
use super::entries::{ScanRefused, ScannerLent};
use super::register::OnBed;
use crate::clock::{ClockTrust, Stamp};
use drivers::{Observation, ScanText, TagRead};
use station::device::{DeviceKind, DeviceReading, Reading};
use station::ident::{BedId, CommandCode, DeviceId, LotNumber, Scanned, Structure, classify};
use station::procedure::event::{Act, DinStanding, Event, Scan, ScanVia};
use station::procedure::refusal::Refusal;

impl Station {
    pub(super) fn observed(&mut self, now: Stamp, id: &DeviceId, observation: Observation) {
        let Some(kind) = self.devices.kind(id) else {
            tracing::warn!(%id, "an observation of a device that this station does not have");
            return;
        };
        let reading = match observation {
            Observation::Identity { serial, .. } => {
                let in_use = self.is_in_use(id);
                self.devices.identified(id, serial, in_use)
            }
            Observation::Reading(reading) => Some(reading),
            Observation::Fault(fault) => {
                if kind == DeviceKind::Probe {
                    self.climate.heard(now.mono, id, None);
                    self.watch_climate(now);
                }
                self.devices.faulted(id, fault)
            }
            Observation::Recovered => self.devices.recovered(id),
            Observation::Scan(scan) => {
                self.scan(now, id, &scan);
                None
            }
            Observation::Tag(tag) => {
                self.tag(now, id, &tag);
                None
            }
            Observation::Temperature(value) => {
                self.climate.heard(now.mono, id, Some(value));
                self.watch_climate(now);
                None
            }
            Observation::Thrown(readings) => {
                tracing::warn!(%id, readings, "readings were thrown away since the start");
                None
            }
            Observation::Card(card) => {
                self.card(now, id, card);
                None
            }
        };
        if let Some(reading) = reading {
            self.reading(now, id, DeviceReading { device: kind, reading });
        }
    }

    /// Whether another unit in this one's place would be a fault. A bed's own device belongs to its donation from the opening
    /// to the end. A tool that several beds share is nobody's but while it works, or else a station that is never quite
    /// free could not replace a broken one all day.
    fn is_in_use(&self, id: &DeviceId) -> bool {
        let beds = self.devices.beds(id);
        let mut served = self.slots.iter().filter(|slot| beds.contains(&slot.bed));
        match self.devices.shared_tool(id) {
            Some((phase, shooting)) => shooting || served.any(|slot| slot.machine.standing().phase == phase),
            None => served.any(|slot| slot.donation().is_some()),
        }
    }

    /// Takes units that came in another's place as they are, as soon as nobody uses them; they may never say so again.
    pub(super) fn welcome(&mut self, now: Stamp) {
        for id in self.devices.intruders() {
            if !self.is_in_use(&id)
                && let Some(device) = self.devices.kind(&id)
                && let Some(reading) = self.devices.accept_intruder(&id)
            {
                self.reading(now, &id, DeviceReading { device, reading });
            }
        }
    }

    /// Hands a reading to every bed that it concerns. A fault reaches all beds of its device, whoever answers there.
    fn reading(&mut self, now: Stamp, id: &DeviceId, reading: DeviceReading) {
        let beds = match reading.reading {
            Reading::Faulted(_) => self.devices.beds(id).into(),
            _ => self.devices.recipients(id, &reading.reading),
        };
        for &bed in beds.iter() {
            // A bed with a device of its own does not hear the shared one.
            if self.devices.of_bed(bed, reading.device) != Some(id) {
                continue;
            }
            if let Some(at) = self.at(bed)
                && !self.looked_at(at, now, &reading)
            {
                self.feed(at, now, Event::Reading(reading.clone()));
            }
        }
    }

    /// The tag of the bag on a bed's tray. A text in it that is no donation's number counts as none: the printed label is what counts.
    pub(super) fn tag(&mut self, now: Stamp, id: &DeviceId, tag: &TagRead) {
        let bed = self.devices.beds(id).first().copied();
        let Some(at) = bed.and_then(|bed| self.at(bed)) else { return };
        // Nobody has laid it there just now: after a start the devices are waited for all the same.
        if let Some(restarting) = &mut self.slots[at].restarting {
            restarting.tag = Some((id.clone(), tag.clone()));
            return;
        }
        let text = tag.text.as_deref().unwrap_or_default();
        let content = classify(text, None).ok().filter(|content| matches!(content, Scanned::Din(_)));
        let content = content.unwrap_or(Scanned::Opaque { len: 0 });
        self.feed_scan(at, now, content, ScanVia::Tag { uid: tag.uid });
    }

    fn scan(&mut self, now: Stamp, id: &DeviceId, scan: &ScanText) {
        let Some(bed) = self.devices.scans_for(id) else { return };
        let Some(at) = self.at(bed) else { return };
        let length = u16::try_from(scan.text.chars().count()).unwrap_or(u16::MAX);
        let content = classify(&scan.text, scan.aim.as_deref()).unwrap_or_else(|error| {
            tracing::info!(%bed, length, %error, "a code was not understood");
            Scanned::Opaque { len: length }
        });
        match content {
            Scanned::Bed(named) => {
                if self.at(named).is_some() && self.devices.lend(id, named) {
                    self.note_loan(now, id, Some(named));
                }
            }
            Scanned::Badge(operator) => {
                if let Some(acting) = self.desk.shift.badge(&operator) {
                    self.now_acting(at, now, &acting);
                }
                // A form that asks for a number takes it, whoever acts.
                self.badge = Some((bed, operator, now.mono));
            }
            Scanned::Command(CommandCode::Confirm | CommandCode::Resume) if self.devices.is_lent(id) => {
                self.refuse_lent(at, now, id, content, Refusal::LentScanner);
            }
            Scanned::Command(code) => {
                self.command_code(at, now, code);
                self.stop_at_home(at, id, now, code);
            }
            content if self.take_lot(at, now, &content) => {}
            content @ (Scanned::Opaque { .. } | Scanned::Structures(_)) if self.is_called(at, &content) => {
                if !self.open_by_code(at, now, &scan.text) {
                    self.feed_scan(at, now, content, ScanVia::Scanner);
                    self.notice(at, Refusal::DonorUnknown);
                }
            }
            content if self.is_strange(at, now, id, &content) => {
                self.refuse_lent(at, now, id, content, Refusal::NumberFirst);
            }
            Scanned::Din(_)
            | Scanned::Product(_)
            | Scanned::Expiry(_)
            | Scanned::Container(_)
            | Scanned::Lot(_)
            | Scanned::Structures(_)
            | Scanned::Opaque { .. } => {
                self.note_form(at, now, &content);
                let numbers = content.labels();
                self.feed_scan(at, now, content, ScanVia::Scanner);
                if !numbers.is_empty() {
                    let here = (self.slots[at].donation(), None);
                    let of_bed = |din| self.register.standing(din, here, &[]) == DinStanding::ThisDonation;
                    let met = numbers.iter().all(|label| of_bed(label.din()));
                    self.devices.meet(id, met.then_some(now.mono));
                }
            }
        }
    }

    /// Whether this label has no number, and was read by a lent scanner that has read none of the bed's of late: nobody can tell
    /// whether it is of the bed's set.
    fn is_strange(&self, at: usize, now: Stamp, id: &DeviceId, content: &Scanned) -> bool {
        let labelled = !content.labels().is_empty() || matches!(content, Scanned::Opaque { .. });
        !labelled && !self.slots[at].is_idle() && self.devices.is_strange(id, now.mono)
    }

    /// What a lent scanner read is not believed: journaled, and shown at both beds.
    fn refuse_lent(&mut self, at: usize, now: Stamp, id: &DeviceId, content: Scanned, refused: Refusal) {
        let body = ScanRefused { scanner: id.clone(), content, refused: refused.clone() };
        let bed = self.slots[at].bed;
        self.keep(Some(at), |pen| pen.write(now, Some(bed), &body));
        if let Some(home) = self.devices.beds(id).first().and_then(|bed| self.at(*bed)) {
            self.slots[home].mention(refused.clone());
        }
        self.notice(at, refused);
    }

    /// Journals for which bed a scanner reads from now on, and shows it at both.
    pub(super) fn note_loan(&mut self, now: Stamp, scanner: &DeviceId, to: Option<BedId>) {
        self.keep_loan(now, scanner, to);
        let number = self.pen.next_seq();
        for at in 0..self.slots.len() {
            self.slots[at].turn(number);
        }
    }

    /// Journals a loan alone.
    pub(super) fn keep_loan(&mut self, now: Stamp, scanner: &DeviceId, to: Option<BedId>) {
        let home = self.devices.beds(scanner).first().copied();
        let body = ScannerLent { scanner: scanner.clone(), to: to.filter(|to| Some(*to) != home) };
        self.keep(None, |pen| pen.write(now, to.or(home), &body));
    }

    /// Whether a code at a free bed may be a donor's: a queue number, a card, a certificate. Of an ISBT 128 symbol it is the
    /// one with a donor's number in it.
    fn is_called(&self, at: usize, content: &Scanned) -> bool {
        let personal = |s: &Structure| matches!(s, Structure::Personal { .. });
        let structures = content.structures();
        self.slots[at].is_idle() && (structures.is_empty() || structures.iter().all(personal))
    }

    /// Gives a scan to a bed's machine, with what the register knows of each DIN in it.
    pub(super) fn feed_scan(
        &mut self,
        at: usize,
        now: Stamp,
        content: Scanned,
        via: ScanVia,
    ) -> Option<Refusal> {
        let slot = &self.slots[at];
        let here = (slot.donation(), slot.seated.as_ref().map(|seated| &seated.token));
        let beds = self.on_beds();
        let labels = content.labels();
        let standing = labels.iter().map(|label| self.register.standing(label.din(), here, &beds)).collect();
        let today = self.today(now);
        let structures = content.structures();
        let lot = structures.iter().find_map(|structure| {
            let Structure::Lot(lot) = structure else { return None };
            self.desk.shift.refuses_bag(&LotNumber::of_container(*lot)?)
        });
        self.feed(at, now, Event::Scan(Scan { content, standing, today, lot, via }))
    }

    /// What lies on beds right now.
    pub(super) fn on_beds(&self) -> Vec<OnBed<'_>> {
        fn of(slot: &Slot) -> Option<OnBed<'_>> {
            let donor = slot.seated.as_ref().map(|seated| &seated.token);
            Some(OnBed { bed: slot.bed, donation: slot.donation()?, donor })
        }
        self.slots.iter().filter_map(of).collect()
    }

    /// Today in the station's zone, as days since 1970-01-01; `None` while the clock is untrusted.
    pub(super) fn today(&self, now: Stamp) -> Option<i32> {
        (now.trust != ClockTrust::Untrusted).then(|| self.local_day(now)).flatten()
    }

    /// The day that the clock shows in the station's zone, trusted or not.
    pub(super) fn local_day(&self, now: Stamp) -> Option<i32> {
        let local = now.wall.0.saturating_add(i64::from(self.utc_offset_min) * 60_000);
        i32::try_from(local.div_euclid(86_400_000)).ok()
    }

    /// A lent scanner may still lie at its own bed: whoever stops something with it may mean that one, so both are made safe.
    fn stop_at_home(&mut self, lent_to: usize, id: &DeviceId, now: Stamp, code: CommandCode) {
        let home = self.devices.beds(id).first().and_then(|bed| self.at(*bed));
        let Some(home) = home.filter(|home| *home != lent_to) else { return };
        match code {
            CommandCode::Pause | CommandCode::Clamp | CommandCode::Stop | CommandCode::Help => {
                self.command_code(home, now, code);
            }
            // Where the needle is, is said of one bed; the line of the other is closed all the same.
            CommandCode::NeedleOut => self.command_code(home, now, CommandCode::Clamp),
            // Of a lent scanner neither is taken, at any bed.
            CommandCode::Confirm | CommandCode::Resume => {}
        }
    }

    fn command_code(&mut self, at: usize, now: Stamp, code: CommandCode) {
        let act = match code {
            // What it stands for at this moment, if anything, is the machine's to say.
            CommandCode::Confirm => {
                self.feed_scan(at, now, Scanned::Command(code), ScanVia::Scanner);
                None
            }
            CommandCode::Pause => Some(Act::Pause),
            CommandCode::Resume => Some(Act::Resume),
            CommandCode::Clamp => Some(Act::Clamp),
            CommandCode::Stop => Some(Act::EmergencyStop),
            CommandCode::NeedleOut => Some(Act::NeedleOut),
            CommandCode::Help => Some(Act::CallForHelp),
        };
        if let Some(act) = act {
            self.barcode_act(at, now, act);
        }
    }
}
