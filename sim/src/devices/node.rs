//! An input/output node on an RS-485 line, as its firmware behaves.
//!
//! Owns: its registers, its outputs, what it does when its heartbeat stops. Refuses: frames with a wrong check or for another
//! unit (silently, as the protocol wants), unknown functions, addresses and commands (with an exception). It counts the
//! check by a table of its own, not with the station's code. A restart loses everything but its inputs.

/// Check of each half byte.
const CHECK: [u16; 16] = [
    0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000,
    0x9c01, 0x8801, 0x4400,
];

/// Outputs that it releases when the heartbeat stops.
const GUARDED: u32 = 0xffff;

/// The node.
#[derive(Debug, Clone)]
pub struct Node {
    unit: u8,
    state: u16,
    number: u16,
    heartbeat: u16,
    silence_us: u64,
    beat_at: u64,
    outputs: u32,
    buffer: Vec<u8>,
    /// Levels of its inputs.
    pub inputs: u32,
    /// It answers nothing and hears nothing.
    pub silent: bool,
    /// So many of its next answers are lost on the way.
    pub mute: u32,
    /// Commands it carried out.
    pub commands: u32,
}

impl Node {
    /// A node of this address, just switched on.
    pub fn new(unit: u8) -> Self {
        Self {
            unit,
            state: 0,
            number: 0,
            heartbeat: 0,
            silence_us: 500_000,
            beat_at: 0,
            outputs: 0,
            buffer: Vec::new(),
            inputs: 0,
            silent: false,
            mute: 0,
            commands: 0,
        }
    }

    /// Its power fails and comes back.
    pub fn restart(&mut self) {
        let inputs = self.inputs;
        *self = Self { inputs, commands: self.commands, ..Self::new(self.unit) };
    }

    /// Levels of its outputs.
    pub fn outputs(&self) -> u32 {
        self.outputs
    }

    /// Its state: 0 boot, 1 running, 5 safe.
    pub fn state(&self) -> u16 {
        self.state
    }

    /// Lets time pass up to `now_us`.
    pub fn step(&mut self, now_us: u64) {
        if self.state == 1 && now_us >= self.beat_at + self.silence_us {
            self.state = 5;
            self.outputs &= !GUARDED;
        }
    }

    /// Bytes from the line; what it answers.
    pub fn handle_bytes(&mut self, now_us: u64, bytes: &[u8]) -> Vec<u8> {
        self.step(now_us);
        if self.silent {
            return Vec::new();
        }
        self.buffer.extend_from_slice(bytes);
        let mut said = Vec::new();
        while let Some(frame) = self.frame() {
            if frame.first() == Some(&self.unit) {
                let mut answer = self.obey(now_us, &frame);
                let check = check(&answer).to_le_bytes();
                answer.extend_from_slice(&check);
                if self.mute > 0 {
                    self.mute -= 1;
                } else {
                    said.extend_from_slice(&answer);
                }
            }
        }
        said
    }

    /// The next whole frame without its check. What cannot be one is dropped.
    fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            let len = match self.buffer.get(1)? {
                2..=6 => 8,
                16 => 9 + usize::from(*self.buffer.get(6)?),
                _ => 0,
            };
            if len == 0 {
                self.buffer.remove(0);
                continue;
            }
            if self.buffer.len() < len {
                return None;
            }
            let (body, end) = self.buffer[..len].split_at(len - 2);
            if check(body).to_le_bytes() == end {
                let body = body.to_vec();
                self.buffer.drain(..len);
                return Some(body);
            }
            self.buffer.remove(0);
        }
    }

    fn obey(&mut self, now_us: u64, frame: &[u8]) -> Vec<u8> {
        let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        let (unit, function) = (frame[0], frame[1]);
        let (address, count) = (usize::from(word(2)), usize::from(word(4)));
        let refused = |code: u8| vec![unit, function | 0x80, code];
        let registers = |all: &[u16]| match all.get(address..address + count) {
            Some(some) if count > 0 => {
                let mut answer = vec![unit, function, some.len() as u8 * 2];
                answer.extend(some.iter().flat_map(|register| register.to_be_bytes()));
                answer
            }
            Some(_) | None => refused(2),
        };
        match function {
            2 if address + count <= 32 && count > 0 => {
                let bits = u64::from(self.inputs) >> address & ((1 << count) - 1);
                let bytes = count.div_ceil(8);
                let mut answer = vec![unit, function, bytes as u8];
                answer.extend_from_slice(&bits.to_le_bytes()[..bytes]);
                answer
            }
            4 => registers(&self.registers()),
            3 => registers(&[0, self.number, self.heartbeat, (self.silence_us / 1000) as u16]),
            6 if address == 2 => {
                self.beat(now_us, word(4));
                frame.to_vec()
            }
            16 if address == 0 && count == 6 => match self.command(now_us, frame) {
                Ok(()) => frame[..6].to_vec(),
                Err(code) => refused(code),
            },
            2 | 6 | 16 => refused(2),
            _ => refused(1),
        }
    }

    fn registers(&self) -> [u16; 12] {
        let half = |word: u32, high: bool| if high { (word >> 16) as u16 } else { word as u16 };
        let mut all = [0; 12];
        (all[0], all[5], all[6], all[11]) = (self.state, self.heartbeat, 0x0100, self.number);
        (all[7], all[8]) = (half(self.inputs, false), half(self.inputs, true));
        (all[9], all[10]) = (half(self.outputs, false), half(self.outputs, true));
        all
    }

    fn beat(&mut self, now_us: u64, heartbeat: u16) -> bool {
        let changed = std::mem::replace(&mut self.heartbeat, heartbeat) != heartbeat;
        if changed {
            self.beat_at = now_us;
        }
        changed
    }

    fn command(&mut self, now_us: u64, frame: &[u8]) -> Result<(), u8> {
        let value = |at: usize| u16::from_be_bytes([frame[7 + 2 * at], frame[8 + 2 * at]]);
        let outputs = u32::from(value(4)) | u32::from(value(5)) << 16;
        if value(0) != 5 || !(200..=1000).contains(&value(3)) {
            return Err(3);
        }
        if self.state != 1 && outputs & GUARDED != 0 {
            return Err(4);
        }
        self.silence_us = u64::from(value(3)) * 1000;
        let alive = self.beat(now_us, value(2));
        if self.state != 1 {
            self.state = if alive { 1 } else { 5 };
        }
        // All off is carried out whatever its number; anything else once.
        if value(1) != self.number || outputs == 0 {
            self.number = value(1);
            self.outputs = outputs;
            self.commands += 1;
        }
        Ok(())
    }
}

/// The check of a frame, by a table of half bytes.
pub(super) fn check(bytes: &[u8]) -> u16 {
    let half = |check: u16, nibble: u8| check >> 4 ^ CHECK[usize::from((check as u8 ^ nibble) & 0x0f)];
    bytes.iter().fold(0xffff, |check, byte| half(half(check, *byte), byte >> 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of the specification, and the answers of the map, byte for byte.
    #[test]
    fn frames_as_the_line_carries_them() {
        assert_eq!(check(&[0x01, 0x04, 0x00, 0x01, 0x00, 0x02]).to_le_bytes(), [0x20, 0x0b]);
        let mut node = Node::new(1);
        assert_eq!(
            node.handle_bytes(0, &[0x01, 0x06, 0x00, 0x02, 0x00, 0x01, 0xe9, 0xca]),
            [0x01, 0x06, 0x00, 0x02, 0x00, 0x01, 0xe9, 0xca]
        );
        assert!(node.handle_bytes(0, &[0x01, 0x41, 0xff]).is_empty());
    }
}
