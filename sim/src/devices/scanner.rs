//! A barcode scanner on a serial line: each read is its AIM identifier, the text and a carriage return.
//!
//! Owns: the read on its way. Refuses: to judge codes. It takes trigger orders and needs none. Faults: noise, a read cut
//! short, a pulled cable.

use crate::devices::wire::Wire;
use drivers::ScanText;
use drivers::scanner::line::codec;
use station::measure::Mono;

/// The scanner.
#[derive(Debug)]
pub struct Scanner {
    wire: Wire,
}

impl Scanner {
    /// A scanner at 9600 baud.
    pub fn new() -> Self {
        Self { wire: Wire::new(9600) }
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
