//! A scale on a serial line. It speaks MT-SICS, or another maker's [`Voice`]; or a load cell, whose file is asked for.
//!
//! Owns: what it was asked, its stream, its display (a quantum of the felt weight). Refuses: commands it does not know
//! (`ES`, `EC,E01`), tare among them. It loses its stream when it restarts, and then says its serial number unasked, as real ones
//! do. Faults: silence, a frozen display, noise, half lines, another unit, a restart.

use crate::devices::cell::LoadCell;
use crate::devices::hx711::ClockedCell;
use crate::devices::voice::{Shown, Voice};
use crate::devices::wire::Wire;
use crate::prng::Rng;
use drivers::scale::mt_sics::codec::{Command, Reply};
use drivers::scale::text::{Lines, Mass, Unit};
use drivers::transport::asked::END;
use station::ident::DeviceSerial;
use station::measure::Mono;

/// Time between two weights of its stream, us: 23 a second.
const PERIOD_US: u64 = 43_000;
/// Step of the display, mg.
const QUANTUM_MG: f64 = 100.0;
/// The display counts as stable when it stayed within this, mg, for a second.
const STABLE_MG: f64 = 250.0;
/// A stable weight is waited for this long, us.
const STABLE_WAIT_US: u64 = 5_000_000;
/// Part of the weights of its stream that get lost.
const LOST: f64 = 0.01;
/// Characters of the shortest weight.
const SHORTEST: usize = 10;
/// Above this it says overload, mg.
const CAPACITY_MG: f64 = 3_000_000.0;

/// The scale.
#[derive(Debug)]
pub struct Scale {
    rng: Rng,
    voice: Voice,
    serial: DeviceSerial,
    lines: Lines,
    wire: Wire,
    stream: bool,
    next_at: u64,
    /// Bytes of the last weight that it said.
    said: usize,
    stable_until: Option<u64>,
    shown_mg: f64,
    /// What a load cell in its place feels, and whether its file is being read.
    felt_mg: f64,
    asked: bool,
    /// Middle of what was shown lately, and since when it has not moved away.
    middle_mg: f64,
    steady_since: u64,
    /// It answers nothing.
    pub silent: bool,
    /// Its display stays as it is.
    pub frozen: bool,
    /// It sends even parity to a station that takes it for an eighth bit.
    pub parity: bool,
    /// The load cell and its converter, for [`Voice::Iio`] and [`Voice::Hx711`].
    pub cell: LoadCell,
    /// The chip, and the station's thread that clocks it, for [`Voice::Hx711`].
    pub clocked: ClockedCell,
}

impl Scale {
    /// A scale of this serial number, just switched on.
    pub fn new(rng: Rng, serial: DeviceSerial) -> Self {
        Self {
            rng,
            voice: Voice::MtSics,
            serial,
            lines: Lines::default(),
            wire: Wire::new(9600),
            stream: false,
            next_at: 0,
            said: SHORTEST,
            stable_until: None,
            shown_mg: 0.0,
            felt_mg: 0.0,
            asked: false,
            middle_mg: 0.0,
            steady_since: 0,
            silent: false,
            frozen: false,
            parity: false,
            cell: LoadCell::default(),
            clocked: ClockedCell::default(),
        }
    }

    /// From now on it speaks like this, as if just switched on.
    pub fn speak(&mut self, voice: Voice) {
        self.voice = voice;
        if voice == Voice::Hx711 {
            // No line is between the chip's thread and the station.
            self.wire = Wire::new(1_000_000);
        }
        self.end_stream();
    }

    /// Bytes from the station.
    pub fn handle_bytes(&mut self, now: Mono, bytes: &[u8]) {
        if self.voice.is_asked() {
            // Being asked is all that a file or a chip hears; one that hangs answers when it goes on.
            self.asked |= self.wire.is_plugged();
            return;
        }
        if self.silent || !self.wire.is_plugged() {
            return;
        }
        if self.voice != Voice::MtSics {
            self.hear(now, bytes);
            return;
        }
        let mut asked = Vec::new();
        self.lines.feed(bytes, |line| asked.push(line.ok().and_then(Command::parse)));
        for command in asked {
            self.obey(now, command);
        }
    }

    /// Commands of the other makers.
    fn hear(&mut self, now: Mono, bytes: &[u8]) {
        let mut asked = Vec::new();
        self.lines.feed(bytes, |line| asked.push(line.map(<[u8]>::to_vec).unwrap_or_default()));
        for line in asked {
            match (self.voice, line.as_slice()) {
                (Voice::And, b"C") => self.end_stream(),
                (Voice::And, b"SIR") => (self.stream, self.next_at) = (true, now.0),
                (Voice::And, b"Q" | b"SI") | (Voice::Sbi, b"\x1bP") => {
                    self.end_stream();
                    self.say_weight(now);
                }
                (Voice::And, b"?TN") => self.wire.send(now, b"TN,SIM-3000\r\n"),
                (Voice::And, b"?SN") => self.wire.send(now, format!("SN,{}\r\n", self.serial).as_bytes()),
                (Voice::And, _) => self.wire.send(now, b"EC,E01\r\n"),
                (Voice::Sbi, b"\x1bx1_") => self.wire.send(now, b"Model      SIM-3000 \r\n"),
                (Voice::Sbi, b"\x1bx2_") => {
                    self.wire.send(now, format!("SerNo.{:>14}\r\n", self.serial.as_str()).as_bytes());
                }
                // A Sartorius balance ignores what it does not know; the others do not listen.
                (
                    Voice::Sbi | Voice::Xk3190 | Voice::Columns | Voice::MtSics | Voice::Iio | Voice::Hx711,
                    _,
                ) => {}
            }
        }
    }

    fn obey(&mut self, now: Mono, command: Option<Command>) {
        let Some(command) = command else {
            self.say(now, &Reply::SyntaxError);
            return;
        };
        match command {
            Command::Reset => {
                self.end_stream();
                self.say(now, &Reply::Serial(self.serial.clone()));
            }
            Command::ListCommands => {
                let all = Command::ALL;
                for (at, known) in all.iter().enumerate() {
                    let level = u8::from(*known == Command::WeightStream);
                    let more = at + 1 < all.len();
                    self.say(now, &Reply::Listed { level, name: known.name().to_owned(), more });
                }
            }
            Command::Levels => {
                let levels = "\"01\" \"2.00\" \"2.00\" \"\" \"\"";
                self.say(now, &Reply::Levels(levels.to_owned()));
            }
            Command::Model => self.say(now, &Reply::Model("SIM-Bridge 3000.0 g".to_owned())),
            Command::Software => self.say(now, &Reply::Software("1.00 0.0.0".to_owned())),
            Command::Serial => self.say(now, &Reply::Serial(self.serial.clone())),
            Command::StableWeight => {
                self.end_stream();
                self.stable_until = Some(now.0 + STABLE_WAIT_US);
            }
            Command::Weight => {
                self.end_stream();
                self.say_weight(now);
            }
            Command::WeightStream => {
                self.stream = true;
                self.next_at = now.0;
            }
        }
    }

    fn end_stream(&mut self) {
        self.stream = false;
        self.stable_until = None;
    }

    /// Lets time pass up to `now`; `felt_mg` is what the load cell feels.
    pub fn step(&mut self, now: Mono, felt_mg: f64) {
        if !self.frozen {
            self.felt_mg = felt_mg;
            self.shown_mg = (felt_mg / QUANTUM_MG).round() * QUANTUM_MG;
        }
        if (self.shown_mg - self.middle_mg).abs() > STABLE_MG {
            self.middle_mg = self.shown_mg;
            self.steady_since = now.0;
        }
        if self.voice == Voice::Hx711 {
            self.be_clocked(now);
        }
        if self.silent {
            return;
        }
        if std::mem::take(&mut self.asked) {
            let text = self.file();
            self.wire.send(now, &[text.as_bytes(), &[END]].concat());
        }
        if (self.stream || self.voice.speaks_by_itself()) && now.0 >= self.next_at {
            // What it did not send while it was silent it does not make up for.
            self.next_at = (self.next_at + PERIOD_US).max(now.0);
            if !self.rng.chance(LOST) {
                self.say_weight(now);
            }
        }
        if let Some(until) = self.stable_until {
            if self.is_stable(now) {
                self.stable_until = None;
                self.say_weight(now);
            } else if now.0 >= until {
                self.stable_until = None;
                self.say(now, &Reply::NotNow);
            }
        }
    }

    /// The station's thread has been asked for a number.
    fn be_clocked(&mut self, now: Mono) {
        self.clocked.chip.mute = self.silent;
        if std::mem::take(&mut self.asked) {
            let counts = self.cell.counts(self.felt_mg.round() as i64) - (1 << 23);
            let (at, shifted) = self.clocked.ask(now, counts);
            self.wire.send(at, &[shifted.text().as_bytes(), &[END]].concat());
        }
    }

    fn is_stable(&self, now: Mono) -> bool {
        now.0.saturating_sub(self.steady_since) >= 1_000_000
    }

    fn say_weight(&mut self, now: Mono) {
        let tenths = (self.shown_mg / 100.0).round() as i64;
        if self.voice != Voice::MtSics {
            let stable = self.is_stable(now);
            let over = self.shown_mg > CAPACITY_MG;
            let shown = if over { Shown::Overload } else { Shown::Tenths { tenths, stable } };
            let mut said = self.voice.say(shown);
            if self.parity {
                said.iter_mut().filter(|byte| byte.count_ones() % 2 == 1).for_each(|byte| *byte |= 0x80);
            }
            self.said = said.len();
            self.wire.send(now, &said);
            return;
        }
        let reply = if self.shown_mg > CAPACITY_MG {
            Reply::Overload
        } else {
            match Mass::new(tenths, 1, Unit::Gram) {
                Some(mass) => Reply::Weight { mass, stable: self.is_stable(now) },
                None => Reply::Overload,
            }
        };
        let said = reply.encode();
        self.said = said.len();
        self.wire.send(now, &said);
    }

    fn say(&mut self, now: Mono, reply: &Reply) {
        self.wire.send(now, &reply.encode());
    }

    /// What the file of its converter says now.
    pub fn file(&mut self) -> String {
        self.cell.file(self.felt_mg.round() as i64)
    }

    /// What it speaks.
    pub fn voice(&self) -> Voice {
        self.voice
    }

    /// Bytes that have reached the station by `now`.
    pub fn poll_bytes(&mut self, now: Mono) -> Vec<u8> {
        self.wire.take(now)
    }

    /// When it weighs next by itself.
    pub fn weighs_at(&self) -> Option<Mono> {
        let weighs = (self.stream || self.voice.speaks_by_itself()) && !self.silent;
        weighs.then_some(Mono(self.next_at))
    }

    /// When something more will have arrived at the station after `now`: the last byte of what is on its way, or of the
    /// next weight.
    pub fn next_news(&self, now: Mono) -> Option<Mono> {
        let weight = || self.weighs_at().map(|at| at + self.wire.lasts(self.said));
        self.wire.arrives_at().filter(|at| *at > now).or_else(weight)
    }

    /// Its power fails and comes back: the stream is lost, it greets with its serial number.
    pub fn reboot(&mut self, now: Mono) {
        self.end_stream();
        self.lines.clear();
        if self.voice == Voice::MtSics {
            self.say(now, &Reply::Serial(self.serial.clone()));
        }
    }

    /// Another unit is put in its place.
    pub fn swap(&mut self, now: Mono, serial: DeviceSerial) {
        self.serial = serial;
        self.reboot(now);
    }

    /// Noise on the line.
    pub fn garble(&mut self, now: Mono, bytes: usize) {
        let noise: Vec<u8> =
            (0..bytes).map(|_| u8::try_from(self.rng.range(0x80, 0xff)).unwrap_or(0x80)).collect();
        self.wire.send(now, &noise);
    }

    /// The beginning of a weight and not its end.
    pub fn cut_short(&mut self, now: Mono) {
        self.wire.send(now, b"S S     12");
    }

    /// Pulls its cable or plugs it in.
    pub fn plug(&mut self, plugged: bool) {
        self.asked = false;
        self.wire.plug(plugged);
    }

    /// Whether its cable is in.
    pub fn is_plugged(&self) -> bool {
        self.wire.is_plugged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        Scale::new(Rng::new(1), DeviceSerial::new("B021002593").unwrap())
    }

    /// What it answers within a second, with `grams` on it for two seconds before.
    fn talk(scale: &mut Scale, grams: f64, asked: &[u8]) -> String {
        let mut bytes = Vec::new();
        for step in 0..400 {
            scale.step(Mono(step * 5000), grams * 1000.0);
        }
        scale.handle_bytes(Mono(2_000_000), asked);
        for step in 400..600 {
            scale.step(Mono(step * 5000), grams * 1000.0);
            bytes.extend(scale.poll_bytes(Mono(step * 5000)));
        }
        String::from_utf8(bytes).unwrap()
    }

    /// Lines as the maker's manual prints them; the codec shared with the driver cannot hide a common mistake here.
    #[test]
    fn transcripts_of_the_manual() {
        assert_eq!(talk(&mut scale(), 100.0, b"S\r\n"), "S S      100.0 g\r\n");
        assert_eq!(talk(&mut scale(), -12.3, b"SI\r\n"), "S S      -12.3 g\r\n");
        assert_eq!(talk(&mut scale(), 0.0, b"@\r\n"), "I4 A \"B021002593\"\r\n");
        assert_eq!(talk(&mut scale(), 0.0, b"I4\r\n"), "I4 A \"B021002593\"\r\n");
        assert_eq!(talk(&mut scale(), 0.0, b"I2\r\n"), "I2 A \"SIM-Bridge 3000.0 g\"\r\n");
        assert_eq!(talk(&mut scale(), 0.0, b"T\r\n"), "ES\r\n", "there is no tare");
        let list = talk(&mut scale(), 0.0, b"I0\r\n");
        assert!(
            list.starts_with("I0 B 0 \"@\"\r\nI0 B 0 \"I0\"\r\n") && list.ends_with("I0 A 1 \"SIR\"\r\n"),
            "{list}"
        );
    }

    #[test]
    fn the_other_makers_are_asked_in_their_own_words() {
        for (voice, asked, answer) in [
            (Voice::And, &b"Q\r\n"[..], "ST,+000100.0  g\r\n"),
            (Voice::And, b"T\r\n", "EC,E01\r\n"),
            (Voice::Sbi, b"\x1bP\r\n", "+    100.0 g  \r\n"),
            (Voice::Sbi, b"\x1bT\r\n", ""),
            // Who it is: A&D's codes of the answers stand in its manual's table, Sartorius' lines are those of logs of real balances
            // (`Model  BCE224I-1SKR `, `SerNo.    0047304196`): a label of six, a value of fourteen, ended with a blank or not.
            (Voice::And, b"?TN\r\n", "TN,SIM-3000\r\n"),
            (Voice::And, b"?SN\r\n", "SN,B021002593\r\n"),
            (Voice::And, b"?ID\r\n", "EC,E01\r\n"),
            (Voice::Sbi, b"\x1bx1_\r\n", "Model      SIM-3000 \r\n"),
            (Voice::Sbi, b"\x1bx2_\r\n", "SerNo.    B021002593\r\n"),
            (Voice::Sbi, b"\x1bx3_\r\n", ""),
        ] {
            let mut scale = scale();
            scale.speak(voice);
            assert_eq!(talk(&mut scale, 100.0, asked), answer);
        }
        let mut columns = scale();
        columns.speak(Voice::Columns);
        assert!(talk(&mut columns, 100.0, b"").contains("S +   100.0 g\r\nS +"));
        let mut scale = scale();
        scale.speak(Voice::Xk3190);
        assert!(talk(&mut scale, 100.0, b"").contains("\x02+00100011B\x03\x02+"));
    }

    #[test]
    fn the_stream_has_23_weights_a_second_and_ends_with_the_next_command() {
        let mut scale = scale();
        let text = talk(&mut scale, 250.0, b"SIR\r\n");
        let weights = text.matches("S S      250.0 g\r\n").count();
        assert!((21..=24).contains(&weights), "{weights}");
        scale.handle_bytes(Mono(3_000_000), b"@\r\n");
        assert!(!scale.stream);
    }

    #[test]
    fn a_silent_scale_says_nothing_and_an_overloaded_one_says_so() {
        let mut scale = scale();
        assert_eq!(talk(&mut scale, 4000.0, b"SI\r\n"), "S +\r\n");
        scale.silent = true;
        assert_eq!(talk(&mut scale, 100.0, b"SI\r\n"), "");
    }
}
