//! One simulated bed: the world at it and all its devices.
//!
//! Owns: the order in which they act on each other in one step, and the station's view of them: serial ports by bytes,
//! contacts by lines (both by kind of device and the driver's own indices). Refuses: time that runs backwards, lines that
//! the device has not. Everything follows from the seed and from what the station and hands do, in whole steps.
//!
//! ```text
//!   coil, run, trigger ─▶ clamp, diverter, mixer, tools ─▶ line (blood) ─▶ tray (weight) ─▶ scale ─▶ bytes
//! ```

use crate::devices::clamp::Clamp;
use crate::devices::diverter::Diverter;
use crate::devices::enable::Enable;
use crate::devices::id_reader::IdReader;
use crate::devices::mixer::Mixer;
use crate::devices::node::Node;
use crate::devices::one_shot::OneShot;
use crate::devices::panel::Panel;
use crate::devices::rfid::{Tag, TagReader};
use crate::devices::sampler::Sampler;
use crate::devices::scale::Scale;
use crate::devices::scanner::Scanner;
use crate::prng::Rng;
use crate::world::donor::Vein;
use crate::world::hand::Hand;
use crate::world::line::{Line, Needle};
use crate::world::tray::{BagSet, Tray};
use crate::world::{LONGEST_STEP_US, STEP_US};
use station::device::DeviceKind;
use station::ident::{BedId, DeviceSerial, NameError};
use station::measure::{Mono, Span};

/// A bed. Public parts are for tests, demonstrations and checkers; the station reaches it by bytes and lines only.
#[derive(Debug)]
pub struct SimBed {
    number: BedId,
    seed: u64,
    rng: Rng,
    now: Mono,
    /// When it is worth looking here again; unknown since something happened.
    news_at: Option<Mono>,
    coils: Coils,
    /// Something was driven or done: what follows is looked at closely until then.
    stirred_until: Mono,
    donors: u32,
    /// The blood's way.
    pub line: Line,
    /// The tray.
    pub tray: Tray,
    /// The clamp.
    pub clamp: Clamp,
    /// The diverter.
    pub diverter: Diverter,
    /// The mixer.
    pub mixer: Mixer,
    /// The sealer.
    pub sealer: OneShot,
    /// The separator.
    pub separator: OneShot,
    /// The panel.
    pub panel: Panel,
    /// The rack that fills tubes by itself; the nurse here leaves it empty and fills them by hand.
    pub sampler: Sampler,
    /// Its node, when the contacts are wired to one.
    pub node: Option<Node>,
    /// The switches that its own and the station's enable line hold.
    pub enables: [Enable; 2],
    /// The scale.
    pub scale: Scale,
    /// The scanner.
    pub scanner: Scanner,
    /// The ID card reader.
    pub id_reader: IdReader,
    /// The tag reader under the tray.
    pub tags: TagReader,
    bags: u32,
    /// Every vein gives so much, mL/min, instead of what its seed says.
    pub vein_ml_min: Option<f64>,
}

/// What the station drives, before the emergency stop's contact.
#[derive(Debug, Default, Clone, Copy)]
struct Coils {
    clamp: bool,
    diverter: bool,
    sealer: [bool; 2],
    separator: [bool; 2],
}

impl SimBed {
    /// The bed of this number and seed.
    ///
    /// # Errors
    /// [`NameError`] never for a number of 1 to 8.
    pub fn new(number: BedId, seed: u64, pouch_on_tray: bool) -> Result<Self, NameError> {
        let stream = |part: &str| Rng::named(seed, &format!("bed{number}.{part}"));
        let serial = DeviceSerial::new(&format!("SIM-{:06}", 100_000 + u32::from(number.number())))?;
        Ok(Self {
            number,
            seed,
            rng: stream("hands"),
            now: Mono::default(),
            news_at: None,
            vein_ml_min: None,
            coils: Coils::default(),
            stirred_until: Mono::default(),
            donors: 0,
            line: Line::fresh(),
            tray: Tray::new(stream("tray"), pouch_on_tray),
            clamp: Clamp::new(stream("clamp")),
            diverter: Diverter::new(stream("diverter")),
            mixer: Mixer::new(stream("mixer")),
            sealer: OneShot::new(stream("sealer"), 1500, 2500),
            separator: OneShot::new(stream("separator"), 800, 1200),
            panel: Panel::default(),
            sampler: Sampler::default(),
            node: None,
            enables: [Enable::default(); 2],
            scale: Scale::new(stream("scale"), serial),
            scanner: Scanner::new(),
            id_reader: IdReader::new(u32::from(number.number())),
            tags: TagReader::default(),
            bags: 0,
        })
    }

    /// Its number.
    pub fn number(&self) -> BedId {
        self.number
    }

    /// The world's time here.
    pub fn now(&self) -> Mono {
        self.now
    }

    /// Lets whole steps pass up to `now`.
    pub fn advance(&mut self, now: Mono) {
        while self.now.0 + STEP_US <= now.0 {
            self.now = Mono(self.now.0 + STEP_US);
            self.step(STEP_US);
        }
    }

    /// Lets time pass in steps as long as what happens allows: short ones while something moves, else from weight to weight. What is
    /// left up to `now` passes with the next step, or as soon as somebody does something here.
    pub fn follow(&mut self, now: Mono) {
        self.news_at = None;
        loop {
            let next = self.next_step();
            if next > now {
                return;
            }
            self.step_to(next);
        }
    }

    /// Lets all time pass up to `now`: somebody does something here.
    pub fn touch(&mut self, now: Mono) {
        self.follow(now);
        if self.now < now {
            self.step_to(now);
        }
    }

    /// The scale weighs at its own instants, whether or not anybody looks.
    fn next_step(&self) -> Mono {
        if self.is_quick() {
            return self.now + Span(STEP_US);
        }
        let latest = self.now + Span(LONGEST_STEP_US);
        self.scale.weighs_at().map_or(latest, |at| at.max(self.now + Span(1)).min(latest))
    }

    fn step_to(&mut self, next: Mono) {
        let step_us = next.since(self.now).0;
        self.now = next;
        self.step(step_us);
    }

    /// Whether it is time to look here again: its news have come, or something happened that nobody has looked at.
    pub fn is_due(&self, now: Mono) -> bool {
        self.news_at.is_none_or(|at| at <= now)
    }

    /// Whether something happened here since it was found out when there will be news.
    pub fn has_moved(&self) -> bool {
        self.news_at.is_none()
    }

    /// When it is worth looking here again after `now`, if nobody does anything before.
    pub fn next_news(&mut self, now: Mono) -> Mono {
        let known = self.news_at.filter(|at| *at > now);
        let next = known.unwrap_or_else(|| self.find_news(now));
        self.news_at = Some(next);
        next
    }

    fn find_news(&self, now: Mono) -> Mono {
        let step = if self.is_quick() { STEP_US } else { LONGEST_STEP_US };
        let quiet = self.is_quick() || self.scale.weighs_at().is_none();
        let step = quiet.then_some(self.now + Span(step));
        // What the ID card reader says is read when something else is: soon enough for a person.
        let lines = [self.scale.next_news(now), self.scanner.next_news()];
        let next = lines.into_iter().flatten().chain(step).filter(|at| *at > now).min();
        next.unwrap_or(now + Span(LONGEST_STEP_US))
    }

    fn is_quick(&self) -> bool {
        self.now < self.stirred_until
            || self.clamp.is_moving()
            || self.diverter.is_moving()
            || self.sealer.is_busy()
            || self.separator.is_busy()
    }

    fn stir(&mut self) {
        self.stirred_until = self.now + Span(10 * STEP_US);
    }

    fn step(&mut self, step_us: u64) {
        self.enables.iter_mut().for_each(|enable| enable.step(self.now.0));
        let powered = self.is_powered();
        self.clamp.drive(self.coils.clamp && powered);
        self.diverter.drive(self.coils.diverter);
        for (tool, [trigger, enable]) in
            [(&mut self.sealer, self.coils.sealer), (&mut self.separator, self.coils.separator)]
        {
            tool.drive_enable(enable && powered);
            tool.drive_trigger(trigger);
            tool.step(step_us);
        }
        self.clamp.step(step_us);
        self.diverter.step(step_us);
        self.mixer.step(step_us);
        self.sampler.step(step_us);
        if self.sealer.take_shot() {
            self.line.sealed = true;
        }
        if self.separator.take_shot() && matches!(self.line.needle, Needle::Capped | Needle::Out) {
            self.line.needle = Needle::Separated;
        }
        self.line.step(step_us, self.clamp.lets_through(), self.diverter.way());
        self.tray.step(step_us, &self.line, self.mixer.turn(), self.mixer.swing());
        self.scale.step(self.now, self.tray.felt_mg());
    }

    /// Whether the station drives the clamp open.
    pub fn is_driven_open(&self) -> bool {
        self.coils.clamp
    }

    /// The station is gone, and with it every output that it drove.
    pub fn let_go(&mut self) {
        self.stir();
        self.coils = Coils::default();
        self.mixer.drive(false);
        (0..4).for_each(|output| self.panel.drive(output, false));
    }

    /// Whether clamp and tools have power: no emergency stop, and every enable line that is wired holds.
    pub fn is_powered(&self) -> bool {
        !self.panel.stop_pressed && self.enables.iter().all(Enable::holds)
    }

    /// Bytes from the station to a device with a serial port.
    pub fn handle_bytes(&mut self, device: DeviceKind, bytes: &[u8]) {
        self.handle_bytes_at(device, self.now, bytes);
    }

    /// Bytes that reach a device with a serial port then.
    pub fn handle_bytes_at(&mut self, device: DeviceKind, now: Mono, bytes: &[u8]) {
        self.news_at = None;
        match device {
            DeviceKind::Scale => self.scale.handle_bytes(now, bytes),
            DeviceKind::IdReader => self.id_reader.handle_bytes(now, bytes),
            DeviceKind::Rfid => self.tags.handle_bytes(now, bytes),
            // A scanner takes trigger orders and does not need them; the others have no port.
            DeviceKind::Scanner
            | DeviceKind::Clamp
            | DeviceKind::Mixer
            | DeviceKind::Diverter
            | DeviceKind::Sampler
            | DeviceKind::Sealer
            | DeviceKind::Separator
            | DeviceKind::Probe
            | DeviceKind::Panel => {}
        }
    }

    /// Bytes that a device's port has given by now.
    pub fn poll_bytes(&mut self, device: DeviceKind) -> Vec<u8> {
        self.poll_bytes_at(device, self.now)
    }

    /// Bytes that a device's port has given by then.
    pub fn poll_bytes_at(&mut self, device: DeviceKind, now: Mono) -> Vec<u8> {
        match device {
            DeviceKind::Scale => self.scale.poll_bytes(now),
            DeviceKind::Scanner => self.scanner.poll_bytes(now),
            DeviceKind::IdReader => self.id_reader.poll_bytes(now),
            DeviceKind::Rfid => self.tags.poll_bytes(now),
            DeviceKind::Clamp
            | DeviceKind::Mixer
            | DeviceKind::Diverter
            | DeviceKind::Sampler
            | DeviceKind::Sealer
            | DeviceKind::Separator
            | DeviceKind::Probe
            | DeviceKind::Panel => Vec::new(),
        }
    }

    /// Whether the cable of a device's serial port is in.
    pub fn is_plugged(&self, device: DeviceKind) -> bool {
        match device {
            DeviceKind::Scale => self.scale.is_plugged(),
            DeviceKind::Scanner => self.scanner.is_plugged(),
            DeviceKind::IdReader => self.id_reader.is_plugged(),
            DeviceKind::Rfid => self.tags.is_plugged(),
            DeviceKind::Clamp
            | DeviceKind::Mixer
            | DeviceKind::Diverter
            | DeviceKind::Sampler
            | DeviceKind::Sealer
            | DeviceKind::Separator
            | DeviceKind::Probe
            | DeviceKind::Panel => true,
        }
    }

    /// The station drives an output line; `output` is the driver's index.
    pub fn drive(&mut self, device: DeviceKind, output: usize, active: bool) {
        self.stir();
        match (device, output) {
            (DeviceKind::Clamp, 0) => self.coils.clamp = active,
            (DeviceKind::Diverter, 0) => self.coils.diverter = active,
            (DeviceKind::Mixer, 0) => self.mixer.drive(active),
            (DeviceKind::Sealer, 0 | 1) => self.coils.sealer[output] = active,
            (DeviceKind::Separator, 0 | 1) => self.coils.separator[output] = active,
            (DeviceKind::Panel, _) => self.panel.drive(output, active),
            (_, _) => {}
        }
    }

    /// Levels of a device's input lines, by the driver's indices; empty for a device without lines.
    pub fn inputs(&self, device: DeviceKind) -> Vec<bool> {
        let mut levels = Vec::new();
        self.each_input(device, &mut |_, active| levels.push(active));
        levels
    }

    /// The levels of all input lines as one number: as long as it is the same, no line has moved.
    pub fn levels(&self) -> u32 {
        let mut levels = 0;
        let mut take = |lines: &[bool]| {
            for line in lines {
                levels = levels << 1 | u32::from(*line);
            }
        };
        take(&self.clamp.switches());
        take(&self.diverter.switches());
        take(&[self.mixer.home(), self.panel.stop()]);
        take(&self.sealer.lines());
        take(&self.separator.lines());
        take(&self.sampler.lines());
        levels
    }

    /// The levels of a device's input lines, one after the other.
    pub fn each_input(&self, device: DeviceKind, tell: &mut dyn FnMut(usize, bool)) {
        let mut all = |levels: &[bool]| levels.iter().enumerate().for_each(|(at, level)| tell(at, *level));
        match device {
            DeviceKind::Clamp => all(&self.clamp.switches()),
            DeviceKind::Diverter => all(&self.diverter.switches()),
            DeviceKind::Mixer => all(&[self.mixer.home()]),
            DeviceKind::Sealer => all(&self.sealer.lines()[..6]),
            DeviceKind::Separator => all(&self.separator.lines()),
            DeviceKind::Panel => all(&[self.panel.stop()]),
            DeviceKind::Sampler => all(&self.sampler.lines()),
            DeviceKind::Scale
            | DeviceKind::Scanner
            | DeviceKind::IdReader
            | DeviceKind::Rfid
            | DeviceKind::Probe => {}
        }
    }

    /// Somebody holds a label before the scanner.
    pub fn scan(&mut self, text: &str) {
        self.scanner.read(self.now, "]C0", text);
    }

    /// A hand does something.
    pub fn hand(&mut self, hand: Hand) {
        self.stir();
        match hand {
            Hand::HangBag => {
                let bag = BagSet::plausible(&mut self.rng);
                self.tray.hang(bag);
                self.bags += 1;
                self.tags.field = vec![Tag::blank(u32::from(self.number.number()) << 16 | self.bags)];
            }
            Hand::InsertNeedle => {
                self.donors += 1;
                let name = format!("bed{}.vein.{}", self.number, self.donors);
                let rng = Rng::named(self.seed, &name);
                self.line.insert(match self.vein_ml_min {
                    Some(ml_min) => Vein::new(rng, ml_min),
                    None => Vein::plausible(rng),
                });
            }
            Hand::ClosePouchClip => self.line.clip_closed = true,
            Hand::BreakPlug => self.line.plug_broken = true,
            Hand::FillTube(_) => {
                self.line.fill_tube();
            }
            Hand::WithdrawNeedle => self.line.withdraw(),
            Hand::LayInSealer => (self.sealer.tube, self.sealer.cover) = (true, true),
            Hand::LayInSeparator => {
                (self.sealer.tube, self.sealer.cover) = (false, false);
                (self.separator.tube, self.separator.cover) = (true, true);
            }
            Hand::BinNeedle => {
                (self.separator.tube, self.separator.cover) = (false, false);
                if self.line.needle == Needle::Separated {
                    self.line.needle = Needle::Binned;
                    self.separator.bin += 1;
                }
            }
            Hand::EmptyBin => self.separator.bin = 0,
            Hand::Pinch => self.line.pinched = true,
            Hand::SealByHand => self.line.sealed = true,
            Hand::SeparateByHand => self.line.needle = Needle::Separated,
            Hand::PressStop => self.panel.stop_pressed = true,
            Hand::ReleaseStop => self.panel.stop_pressed = false,
            Hand::BumpTray => self.tray.bump(20_000.0, 500_000),
            Hand::DropBag => {
                self.tray.take_off();
                self.tags.field.clear();
            }
            Hand::LayWeight(grams) => self.tray.lay(grams),
            Hand::TakeWeight => self.tray.lay(0),
            Hand::ClearBed => self.clear(),
        }
    }

    fn clear(&mut self) {
        self.tray.take_off();
        self.tags.field.clear();
        self.line = Line::fresh();
        for tool in [&mut self.sealer, &mut self.separator] {
            (tool.tube, tool.cover) = (false, false);
        }
        self.sampler.loaded = false;
        self.id_reader.lift();
    }
}

#[cfg(test)]
#[path = "bed_tests.rs"]
mod tests;
