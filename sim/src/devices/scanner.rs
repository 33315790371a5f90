//! A barcode scanner, on a serial line or one that types: each read is its AIM identifier, the text and a carriage return.
//!
//! Owns: the read on its way. Refuses: to judge codes. It takes trigger orders and needs none. Faults: noise, a read cut
//! short, a pulled cable.

use crate::devices::wire::Wire;
use drivers::ScanText;
use drivers::scanner::line::codec;
use station::measure::Mono;

/// How a simulated scanner says what it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ScannerVoice {
    /// A line of text at a serial port.
    #[default]
    Line,
    /// It types: a keyboard of this computer's kernel, which wants /dev/uinput and the right to open it. What it types before the
    /// station has grabbed it goes to whatever has the screen, as from a real one. Tried up to twice real speed.
    Keyboard,
}

impl ScannerVoice {
    /// Its name in `station.toml`.
    pub fn protocol(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Keyboard => "keyboard",
        }
    }

    /// The serial line's speed; a keyboard, which the computer asks every few milliseconds, types as fast as this.
    fn baud(self) -> u32 {
        match self {
            Self::Line => 9600,
            Self::Keyboard => 2400,
        }
    }
}

/// The scanner.
#[derive(Debug)]
pub struct Scanner {
    wire: Wire,
}

impl Scanner {
    /// A scanner on a serial line, its cable in.
    pub fn new() -> Self {
        Self { wire: Wire::new(ScannerVoice::Line.baud()) }
    }

    /// Another one in its place, its cable in.
    pub fn speak(&mut self, voice: ScannerVoice) {
        self.wire = Wire::new(voice.baud());
    }

    /// Somebody holds a label before it. `aim` is the symbology, e.g. `]C0` for Code 128.
    pub fn read(&mut self, now: Mono, aim: &str, text: &str) {
        let scan = ScanText { aim: Some(aim.to_owned()), text: text.to_owned() };
        self.wire.send(now, &codec::encode(&scan));
    }

    /// Bytes that have reached the station by `now`.
    pub fn poll_bytes(&mut self, now: Mono) -> Vec<u8> {
        self.wire.take(now)
    }

    /// Bytes that are no read.
    pub fn garble(&mut self, now: Mono, noise: &[u8]) {
        self.wire.send(now, noise);
    }

    /// A read whose end is lost.
    pub fn cut_short(&mut self, now: Mono) {
        self.wire.send(now, b"]C0=A9999");
    }

    /// When all that is on its way will have reached the station.
    pub fn next_news(&self) -> Option<Mono> {
        self.wire.arrives_at()
    }

    /// Pulls its cable or plugs it in.
    pub fn plug(&mut self, plugged: bool) {
        self.wire.plug(plugged);
    }

    /// Whether its cable is in.
    pub fn is_plugged(&self) -> bool {
        self.wire.is_plugged()
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_these_bytes() {
        let mut scanner = Scanner::new();
        scanner.read(Mono(0), "]C0", "=A99992612345600");
        assert_eq!(scanner.poll_bytes(Mono(1_000_000)), b"]C0=A99992612345600\r");
    }
}
