//! Frames of Modbus RTU, the station's side: requests to bytes, bytes to the one reply that is expected.
//!
//! Owns: the check, the layout of the five functions used here. Refuses: a reply from another unit, of another function or
//! length, or to another address, and anything with a wrong check: such bytes are dropped one at a time until a frame fits.
//! Holds no state.

/// Longest frame of the protocol, bytes.
pub const MAX_FRAME: usize = 256;
/// Most registers of one request here.
pub const MAX_REGISTERS: u16 = 64;

/// What is asked of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// 02: discrete inputs.
    ReadInputs {
        /// First.
        address: u16,
        /// How many.
        count: u16,
    },
    /// 03: holding registers.
    ReadHolding {
        /// First.
        address: u16,
        /// How many.
        count: u16,
    },
    /// 04: input registers.
    ReadRegisters {
        /// First.
        address: u16,
        /// How many.
        count: u16,
    },
    /// 06: write one holding register.
    Write {
        /// Which.
        address: u16,
        /// Its value.
        value: u16,
    },
    /// 16: write holding registers together.
    WriteAll {
        /// First.
        address: u16,
        /// Their values.
        values: Vec<u16>,
    },
}

/// What a unit answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Discrete inputs, the first in bit 0 of the first byte; as many bits as whole bytes.
    Inputs(Vec<u8>),
    /// Registers.
    Registers(Vec<u16>),
    /// Written as asked.
    Written,
    /// The unit refuses: 1 function, 2 address, 3 value, 4 failure, and others.
    Exception(u8),
}

impl Request {
    /// Number of the function.
    pub fn function(&self) -> u8 {
        match self {
            Self::ReadInputs { .. } => 0x02,
            Self::ReadHolding { .. } => 0x03,
            Self::ReadRegisters { .. } => 0x04,
            Self::Write { .. } => 0x06,
            Self::WriteAll { .. } => 0x10,
        }
    }

    /// The frame for this unit.
    pub fn encode(&self, unit: u8) -> Vec<u8> {
        let mut frame = vec![unit, self.function()];
        let mut word = |value: u16| frame.extend_from_slice(&value.to_be_bytes());
        match self {
            Self::ReadInputs { address, count }
            | Self::ReadHolding { address, count }
            | Self::ReadRegisters { address, count } => {
                word(*address);
                word(*count);
            }
            Self::Write { address, value } => {
                word(*address);
                word(*value);
            }
            Self::WriteAll { address, values } => {
                let count = u16::try_from(values.len()).unwrap_or(MAX_REGISTERS).min(MAX_REGISTERS);
                word(*address);
                word(count);
                frame.push(u8::try_from(count * 2).unwrap_or(u8::MAX));
                for value in values.iter().take(usize::from(count)) {
                    frame.extend_from_slice(&value.to_be_bytes());
                }
            }
        }
        seal(frame)
    }

    /// Bytes of the whole good reply, address and check included.
    pub fn reply_len(&self) -> usize {
        match self {
            Self::ReadInputs { count, .. } => 5 + usize::from(*count).div_ceil(8),
            Self::ReadHolding { count, .. } | Self::ReadRegisters { count, .. } => {
                5 + 2 * usize::from(*count)
            }
            Self::Write { .. } | Self::WriteAll { .. } => 8,
        }
    }

    /// Takes the reply out of what has arrived. `None`: not yet there; then only what can be no part of it was dropped.
    pub fn take_reply(&self, unit: u8, buffer: &mut Vec<u8>) -> Option<Reply> {
        loop {
            match self.read(unit, buffer) {
                Read::Reply(reply) => {
                    buffer.clear();
                    return Some(reply);
                }
                Read::Partial => return None,
                Read::Wrong => drop(buffer.remove(0)),
            }
        }
    }

    fn read(&self, unit: u8, bytes: &[u8]) -> Read {
        let function = self.function();
        let (first, second) = (bytes.first().copied(), bytes.get(1).copied());
        if first.is_none() || (first == Some(unit) && second.is_none()) {
            return Read::Partial;
        }
        let refused = second == Some(function | 0x80);
        if first != Some(unit) || !(refused || second == Some(function)) {
            return Read::Wrong;
        }
        let len = if refused { 5 } else { self.reply_len() };
        let Some(frame) = bytes.get(..len) else { return self.partial(refused, bytes) };
        let (body, check) = frame.split_at(len - 2);
        if crc(body).to_le_bytes() != check {
            return Read::Wrong;
        }
        let data = &body[2..];
        if refused {
            return data.first().map_or(Read::Wrong, |code| Read::Reply(Reply::Exception(*code)));
        }
        match self {
            Self::ReadInputs { .. } => {
                self.counted(data).map_or(Read::Wrong, |d| Read::Reply(Reply::Inputs(d.to_vec())))
            }
            Self::ReadHolding { .. } | Self::ReadRegisters { .. } => {
                let words =
                    |d: &[u8]| d.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                self.counted(data).map_or(Read::Wrong, |d| Read::Reply(Reply::Registers(words(d))))
            }
            Self::Write { .. } | Self::WriteAll { .. } => {
                if self.echoed() == data {
                    Read::Reply(Reply::Written)
                } else {
                    Read::Wrong
                }
            }
        }
    }

    /// An unfinished frame: what is there may already show that it is not ours.
    fn partial(&self, refused: bool, bytes: &[u8]) -> Read {
        let told = bytes.get(2).copied();
        let expected = u8::try_from(self.reply_len() - 5).ok();
        let counted =
            matches!(self, Self::ReadInputs { .. } | Self::ReadHolding { .. } | Self::ReadRegisters { .. });
        if !refused && counted && told.is_some() && told != expected { Read::Wrong } else { Read::Partial }
    }

    /// The data behind the byte that counts it.
    fn counted<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        let (count, rest) = data.split_first()?;
        (usize::from(*count) == rest.len()).then_some(rest)
    }

    /// The four bytes that the answer to a write repeats.
    fn echoed(&self) -> Vec<u8> {
        let frame = self.encode(0);
        frame[2..6].to_vec()
    }
}

enum Read {
    Reply(Reply),
    Partial,
    Wrong,
}

/// Appends the check.
fn seal(mut frame: Vec<u8>) -> Vec<u8> {
    let check = crc(&frame);
    frame.extend_from_slice(&check.to_le_bytes());
    frame
}

/// CRC-16 of Modbus: polynomial A001 reflected, begins with FFFF, sent low byte first.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8)
            .fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 })
    })
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
