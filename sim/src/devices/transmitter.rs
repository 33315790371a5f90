//! Two temperature transmitters with Modbus RTU on one RS-485 line: an XY-MD02 (unit 1) in the transport box, and an R4DCB08 (unit 2)
//! with its first sensor in the bus and no second one.
//!
//! Owns: their temperatures and their answers, at the pace of the line. Refuses: frames with a wrong check or for another unit (silently),
//! and registers that they have not (with an exception). A question that comes before the last answer is over is two voices on one line:
//! counted, and answered by nobody.

use crate::devices::node::check;
use crate::devices::wire::Wire;
use station::measure::Mono;

/// The transport box's transmitter.
pub const BOX: u8 = 1;
/// The one with eight sensors.
pub const EIGHT: u8 = 2;
/// What a channel without a sensor shows.
const NO_SENSOR: u16 = 0x8000;
/// Length of a question.
const QUESTION: usize = 8;

/// The line.
#[derive(Debug)]
pub struct Transmitters {
    wire: Wire,
    buffer: Vec<u8>,
    /// Units that answer nothing.
    pub silent: Vec<u8>,
    /// The checks of all answers are wrong.
    pub disturbed: bool,
    /// Temperature of the transport box, tenths of a degree.
    pub box_tenths: i16,
    /// Temperature of the bus, tenths of a degree.
    pub bus_tenths: i16,
    /// Questions that came into an answer.
    pub collisions: u32,
}

impl Default for Transmitters {
    fn default() -> Self {
        Self {
            wire: Wire::new(9600),
            buffer: Vec::new(),
            silent: Vec::new(),
            disturbed: false,
            box_tenths: 45,
            bus_tenths: 215,
            collisions: 0,
        }
    }
}

impl Transmitters {
    /// Bytes from the station.
    pub fn handle_bytes(&mut self, now: Mono, bytes: &[u8]) {
        if !self.wire.is_plugged() {
            return;
        }
        if !bytes.is_empty() && !self.wire.is_idle() {
            self.collisions += 1;
            self.buffer.clear();
            return;
        }
        self.buffer.extend_from_slice(bytes);
        while let Some(question) = self.buffer.get(..QUESTION) {
            let (body, end) = question.split_at(QUESTION - 2);
            if check(body).to_le_bytes() != end {
                self.buffer.remove(0);
                continue;
            }
            let body = body.to_vec();
            self.buffer.drain(..QUESTION);
            if let Some(mut answer) = self.answer(&body) {
                let sum = if self.disturbed { !check(&answer) } else { check(&answer) };
                answer.extend(sum.to_le_bytes());
                self.wire.send(now, &answer);
            }
        }
    }

    fn answer(&self, asked: &[u8]) -> Option<Vec<u8>> {
        let [unit, function, high, low, 0, 1] = *asked else { return None };
        if self.silent.contains(&unit) {
            return None;
        }
        let value = match (unit, function, u16::from_be_bytes([high, low])) {
            (BOX, 4, 1) => self.box_tenths.cast_unsigned(),
            (EIGHT, 3, 0) => self.bus_tenths.cast_unsigned(),
            (EIGHT, 3, 1..=7) => NO_SENSOR,
            (BOX | EIGHT, _, _) => return Some(vec![unit, function | 0x80, 2]),
            (_, _, _) => return None,
        };
        let [high, low] = value.to_be_bytes();
        Some(vec![unit, function, 2, high, low])
    }

    /// Bytes that have reached the station by `now`.
    pub fn poll_bytes(&mut self, now: Mono) -> Vec<u8> {
        self.wire.take(now)
    }

    /// Pulls the line's cable or plugs it in.
    pub fn plug(&mut self, plugged: bool) {
        self.buffer.clear();
        self.wire.plug(plugged);
    }

    /// Whether the line's cable is in.
    pub fn is_plugged(&self) -> bool {
        self.wire.is_plugged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_are_those_of_the_maker_s_guide() {
        let mut line = Transmitters { box_tenths: 300, ..Transmitters::default() };
        line.handle_bytes(Mono(0), &[0x01, 0x04, 0x00, 0x01, 0x00, 0x01, 0x60, 0x0a]);
        assert_eq!(line.poll_bytes(Mono(20_000)), [0x01, 0x04, 0x02, 0x01, 0x2c, 0xb9, 0x7d], "30.0 degrees");
        line.handle_bytes(Mono(0), &[0x07, 0x04, 0x00, 0x01, 0x00, 0x01, 0x60, 0x6c]);
        assert!(line.poll_bytes(Mono(1_000_000)).is_empty(), "nobody has this address");
    }
}
