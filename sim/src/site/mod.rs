//! One simulated site: its beds, its donors, its labels.
//!
//! Owns: all of them, from one seed. Refuses: more than eight beds. The seed is printed by whoever makes a site, before
//! anything else.

pub mod change;
pub mod labels;
pub mod settings;

use crate::bed::SimBed;
use crate::bms::book::ListedDonor;
use crate::devices::probe::Thermometer;
use crate::devices::transmitter::Transmitters;
use crate::prng::Rng;
use crate::world::donor::Person;
use labels::{Kit, Roll};
use station::device::DeviceKind;
use station::ident::{BedId, Din, LocalDate, NameError};
use station::measure::Mono;
use station::shift::lots::LotKind;

/// Most donors of a site's list.
pub const MAX_DONORS: usize = 500;

/// A donor on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimDonor {
    /// Queue number.
    pub queue: String,
    /// Who.
    pub person: Person,
    /// Programme, mL.
    pub programme_ml: u16,
}

impl SimDonor {
    /// What the code on this donor's certificate says.
    pub fn certificate(&self) -> String {
        format!("https://donor.example/c/{}", self.queue)
    }
}

/// A site.
#[derive(Debug)]
pub struct Site {
    /// Its beds, ascending.
    pub beds: Vec<SimBed>,
    /// How far time was let pass by [`Site::stride`].
    now: Mono,
    /// In the blood refrigerator.
    pub fridge: Thermometer,
    /// In the transport box and in the bus.
    pub transmitters: Transmitters,
    /// Whether the chip answers to which the contacts are wired.
    pub chip_plugged: bool,
    /// Whether the cable of the nodes is in.
    pub nodes_plugged: bool,
    donors: Vec<SimDonor>,
    called: usize,
    roll: Roll,
}

impl Site {
    /// A site of `beds` beds (1 to 8) with `donors` donors on its list.
    ///
    /// # Errors
    /// [`NameError`] for another number of beds.
    pub fn new(
        seed: u64,
        beds: u8,
        donors: usize,
        today: LocalDate,
        pouch_on_tray: bool,
    ) -> Result<Self, NameError> {
        Self::with_labels(seed, seed, beds, donors, today, pouch_on_tray)
    }

    /// The same, with donors and labels of another seed than the world's.
    ///
    /// # Errors
    /// [`NameError`] for another number of beds.
    pub fn with_labels(
        seed: u64,
        labels: u64,
        beds: u8,
        donors: usize,
        today: LocalDate,
        pouch_on_tray: bool,
    ) -> Result<Self, NameError> {
        let numbers = (1..=beds.max(1)).map(BedId::new);
        let beds = numbers.map(|n| SimBed::new(n?, seed, pouch_on_tray)).collect::<Result<_, _>>()?;
        let mut rng = Rng::named(labels, "donors");
        let donors = (0..donors.min(MAX_DONORS))
            .map(|n| SimDonor {
                queue: format!("A{:03}", n + 1),
                person: Person::invent(&mut rng, u64::from(today.year()), n as u64),
                programme_ml: rng.pick(&[200, 300, 400, 400]).copied().unwrap_or(400),
            })
            .collect();
        let fridge = Thermometer::default();
        let transmitters = Transmitters::default();
        Ok(Self {
            beds,
            now: Mono::default(),
            fridge,
            transmitters,
            chip_plugged: true,
            nodes_plugged: true,
            donors,
            called: 0,
            roll: Roll::new(labels, today),
        })
    }

    /// The bed of this number, for somebody who does something there: what of the time has not passed there yet passes now.
    pub fn bed_mut(&mut self, bed: BedId) -> Option<&mut SimBed> {
        let bed = self.beds.iter_mut().find(|b| b.number() == bed)?;
        bed.touch(self.now);
        Some(bed)
    }

    /// The bed of this number.
    pub fn bed(&self, bed: BedId) -> Option<&SimBed> {
        self.beds.iter().find(|b| b.number() == bed)
    }

    /// Lets time pass at every bed.
    pub fn advance(&mut self, now: Mono) {
        self.beds.iter_mut().for_each(|bed| bed.advance(now));
    }

    /// Lets time pass, in steps as long as what happens at each bed allows: a bed where nothing happens before its next news waits for
    /// them, or for somebody who does something there.
    pub fn stride(&mut self, now: Mono) {
        self.now = now;
        self.beds.iter_mut().filter(|bed| bed.is_due(now)).for_each(|bed| bed.follow(now));
    }

    /// When it is worth looking at some bed again, if nobody does anything before.
    pub fn next_news(&mut self) -> Option<Mono> {
        let now = self.now;
        self.beds.iter_mut().map(|bed| bed.next_news(now)).min()
    }

    /// The beds where something happened since [`Site::next_news`] was asked last.
    pub fn moved(&self) -> impl Iterator<Item = &SimBed> {
        self.beds.iter().filter(|bed| bed.has_moved())
    }

    /// Bytes that the port of a bed's device has given by now.
    pub fn poll_bytes(&mut self, bed: BedId, device: DeviceKind) -> Vec<u8> {
        let now = self.now;
        let bed = self.beds.iter_mut().find(|b| b.number() == bed);
        bed.map_or_else(Vec::new, |bed| {
            let now = now.max(bed.now());
            bed.poll_bytes_at(device, now)
        })
    }

    /// Bytes from the station to a bed's device with a serial port.
    pub fn handle_bytes(&mut self, bed: BedId, device: DeviceKind, bytes: &[u8]) {
        if let Some(bed) = self.beds.iter_mut().find(|b| b.number() == bed) {
            let now = self.now.max(bed.now());
            bed.handle_bytes_at(device, now, bytes);
        }
    }

    /// The station is gone, and with it every output that it drove.
    pub fn let_go(&mut self) {
        for bed in &mut self.beds {
            bed.touch(self.now);
            bed.let_go();
        }
    }

    /// All donors.
    pub fn donors(&self) -> &[SimDonor] {
        &self.donors
    }

    /// The next donor who sits down somewhere. Begins anew at the end of the list.
    pub fn next_donor(&mut self) -> Option<SimDonor> {
        let donor = self.donors.get(self.called % self.donors.len().max(1)).cloned();
        self.called += 1;
        donor
    }

    /// The next kit with its labels.
    pub fn next_kit(&mut self) -> Kit {
        self.roll.next_kit()
    }

    /// Maker and catalogue number, lot and expiry of this site's bags, in one compound symbol.
    pub fn bag_codes_in_one(&self) -> String {
        let [catalog, lot, expiry] = self.roll.kit_of(String::new()).bag_codes;
        format!("=+03000{catalog}{lot}{expiry}")
    }

    /// The kit that carries this number.
    pub fn kit_of(&self, din: Din) -> Kit {
        self.roll.kit_of(din.to_string())
    }

    /// Lot and expiry on a package of supplies.
    pub fn package(&self, kind: LotKind) -> [String; 2] {
        self.roll.package(kind)
    }

    /// The list as the BMS has it.
    pub fn worklist(&self) -> Vec<ListedDonor> {
        self.donors
            .iter()
            .map(|donor| ListedDonor {
                queue: donor.queue.clone(),
                name: donor.person.name.clone(),
                id_number: donor.person.number.clone(),
                programme_ml: donor.programme_ml,
                screening: true,
                consent: true,
                eligible: true,
                din: None,
                last_donation: None,
                approved_ml: Some(donor.programme_ml),
                group: None,
                registration: Some(format!("R-{}", donor.queue)),
                codes: vec![donor.certificate()],
            })
            .collect()
    }
}
