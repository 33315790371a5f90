//! Frames of the SAM protocol: bytes to [`Reply`] and [`Command`], and back (the simulated reader speaks the same).
//!
//! Owns: finding a frame again after noise, its length and its XOR. Refuses: frames over 1300 bytes, a wrong XOR, and
//! asking for fingerprints (there is no such command). Holds an unfinished frame, zeroed when it is used or dropped;
//! a crash loses it.
//!
//! ```text
//!   to the reader    AA AA AA 96 69 | length, 2 bytes | command, parameter      | XOR
//!   from the reader  AA AA AA 96 69 | length, 2 bytes | SW1 SW2 SW3 | data      | XOR
//! ```
//! The length counts all after itself; the XOR is over all from the length to before itself. A stray byte inside the run of
//! AA is common, so only `96 69` marks a beginning.

use station::ident::DeviceSerial;
use zeroize::{Zeroize, Zeroizing};

/// Longest frame from its AA on; the longest of use has 1295 bytes.
pub const MAX_FRAME: usize = 1300;
/// Bytes of a card's text block.
pub const TEXT: usize = 256;
/// Most bytes of a card's photo.
pub const PHOTO: usize = 1024;

const PREAMBLE: [u8; 5] = [0xaa, 0xaa, 0xaa, 0x96, 0x69];
const MARK: [u8; 2] = [0x96, 0x69];
/// Mark and length.
const HEAD: usize = 4;
/// The input is taken in pieces of this size: a frame is cut off before the next piece needs its room.
const PIECE: usize = 256;

/// What may be asked of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The number of the SAM module: the reader's identity.
    SamNumber,
    /// Is there a card?
    Find,
    /// Choose the card that was found.
    Select,
    /// Text and photo of the chosen card.
    ReadText,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 4] = [Self::SamNumber, Self::Find, Self::Select, Self::ReadText];

    fn code(self) -> [u8; 2] {
        match self {
            Self::SamNumber => [0x12, 0xff],
            Self::Find => [0x20, 0x01],
            Self::Select => [0x20, 0x02],
            Self::ReadText => [0x30, 0x01],
        }
    }

    /// The command as a frame.
    pub fn encode(self) -> Vec<u8> {
        frame(&self.code()).to_vec()
    }

    /// Reads a frame's body. `None`: a reader answers that with [`sw3::COMMAND_ERROR`].
    pub fn parse(body: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == body)
    }
}

/// The third status byte: a reader's verdict on a command.
pub mod sw3 {
    /// Done.
    pub const DONE: u8 = 0x90;
    /// A card was found.
    pub const FOUND: u8 = 0x9f;
    /// The command arrived with a wrong XOR.
    pub const BAD_XOR: u8 = 0x10;
    /// The command arrived with a wrong length.
    pub const BAD_LENGTH: u8 = 0x11;
    /// The reader does not know the command.
    pub const COMMAND_ERROR: u8 = 0x21;
    /// Reader and card do not trust each other.
    pub const NOT_AUTHENTIC: u8 = 0x31;
    /// The card could not be read.
    pub const READ_FAILED: u8 = 0x41;
    /// There is no card.
    pub const NO_CARD: u8 = 0x80;
    /// The card could not be chosen.
    pub const SELECT_FAILED: u8 = 0x81;
}

/// What a reader says. Its data may be personal: zeroed when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The verdict, see [`sw3`].
    pub sw3: u8,
    /// What came with it.
    pub data: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply(SW3 {:02X}, {} bytes)", self.sw3, self.data.len())
    }
}

/// Why bytes are not a frame, or a frame not the answer it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The length is over [`MAX_FRAME`] or zero.
    #[error("the length of the frame is impossible")]
    Length,
    /// The XOR does not agree.
    #[error("the check byte of the frame does not agree")]
    Check,
    /// The frame is shorter than a reply or than what this reply must hold.
    #[error("the frame is too short for what it should hold")]
    Short,
}

impl Reply {
    /// A verdict without data.
    pub fn bare(sw3: u8) -> Self {
        Self { sw3, data: Zeroizing::default() }
    }

    /// A card was found.
    pub fn found() -> Self {
        Self { sw3: sw3::FOUND, data: Zeroizing::new(vec![0; 4]) }
    }

    /// The card is chosen.
    pub fn selected() -> Self {
        Self { sw3: sw3::DONE, data: Zeroizing::new(vec![0; 8]) }
    }

    /// The number of the SAM module, 16 bytes as it stores them.
    pub fn sam_number(number: [u8; 16]) -> Self {
        Self { sw3: sw3::DONE, data: Zeroizing::new(number.to_vec()) }
    }

    /// A card's text and photo.
    pub fn card(text: &[u8; TEXT], photo: &[u8; PHOTO]) -> Self {
        let mut data = Zeroizing::new(Vec::with_capacity(4 + TEXT + PHOTO));
        data.extend_from_slice(&[0x01, 0x00, 0x04, 0x00]);
        data.extend_from_slice(text);
        data.extend_from_slice(photo);
        Self { sw3: sw3::DONE, data }
    }

    /// Reads a frame's body.
    ///
    /// # Errors
    /// [`BadFrame::Short`] when there is no verdict in it.
    pub fn parse(body: &[u8]) -> Result<Self, BadFrame> {
        match body {
            [_, _, sw3, data @ ..] => Ok(Self { sw3: *sw3, data: Zeroizing::new(data.to_vec()) }),
            _ => Err(BadFrame::Short),
        }
    }

    /// The reply as a frame.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(3 + self.data.len()));
        body.extend_from_slice(&[0, 0, self.sw3]);
        body.extend_from_slice(&self.data);
        frame(&body)
    }

    /// The SAM number in the way that is printed on a reader: `05.03-20100101-000012345-123456789`.
    ///
    /// # Errors
    /// [`BadFrame::Short`] when there are not 16 bytes.
    pub fn to_sam_number(&self) -> Result<DeviceSerial, BadFrame> {
        let data: &[u8; 16] = self.data.as_slice().try_into().map_err(|_| BadFrame::Short)?;
        let [maker, _, kind, _, a, b, c, d, e, f, g, h, i, j, k, l] = *data;
        let date = u32::from_le_bytes([a, b, c, d]);
        let high = u32::from_le_bytes([e, f, g, h]);
        let low = u32::from_le_bytes([i, j, k, l]);
        let text = format!("{maker:02}.{kind:02}-{date}-{high:09}-{low:09}");
        DeviceSerial::new(&text).map_err(|_| BadFrame::Short)
    }

    /// The text block of a card that was read. The photo stays behind and is zeroed with the reply.
    ///
    /// # Errors
    /// [`BadFrame::Short`] when the lengths inside are not those of a card.
    pub fn into_text(self) -> Result<Zeroizing<Vec<u8>>, BadFrame> {
        let [text_high, text_low, photo_high, photo_low, rest @ ..] = self.data.as_slice() else {
            return Err(BadFrame::Short);
        };
        let text = usize::from(u16::from_be_bytes([*text_high, *text_low]));
        let photo = usize::from(u16::from_be_bytes([*photo_high, *photo_low]));
        if text != TEXT || photo > PHOTO || rest.len() != text + photo {
            return Err(BadFrame::Short);
        }
        Ok(Zeroizing::new(rest[..TEXT].to_vec()))
    }
}

/// A whole frame around a body. Bodies are ours and far below 64 KiB.
fn frame(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(PREAMBLE.len() + 2 + body.len() + 1));
    out.extend_from_slice(&PREAMBLE);
    let length = u16::try_from(body.len() + 1).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(body);
    let check = xor(&out[PREAMBLE.len()..]);
    out.push(check);
    out
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Cuts frames out of what arrives.
pub struct Frames {
    /// Never moves, so that no copy of it stays anywhere; zero from `length` on.
    buffer: Zeroizing<Box<[u8]>>,
    length: usize,
    dropped: u64,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frames({} bytes wait, {} dropped)", self.length, self.dropped)
    }
}

impl Default for Frames {
    fn default() -> Self {
        let buffer = Zeroizing::new(vec![0; MAX_FRAME + PIECE].into_boxed_slice());
        Self { buffer, length: 0, dropped: 0 }
    }
}

impl Frames {
    /// Takes bytes as they came and gives the body of every frame they complete, between length and XOR, to `each`. An
    /// unfinished frame stays.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&[u8], BadFrame>)) {
        for piece in bytes.chunks(PIECE) {
            self.buffer[self.length..self.length + piece.len()].copy_from_slice(piece);
            self.length += piece.len();
            while let Some(done) = self.next(&mut each) {
                self.discard(done);
            }
        }
    }

    /// Bytes that were in no frame, the run of AA before a frame not counted.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets an unfinished frame.
    pub fn clear(&mut self) {
        self.discard(self.length);
    }

    /// Handles what begins the buffer; says how many bytes are done with, `None` when more have to come.
    fn next(&mut self, each: &mut impl FnMut(Result<&[u8], BadFrame>)) -> Option<usize> {
        let noise = self.until_mark();
        if noise > 0 {
            let lost = self.buffer[..noise].iter().filter(|b| **b != PREAMBLE[0]).count();
            self.dropped = self.dropped.saturating_add(lost as u64);
            return Some(noise);
        }
        let [_, _, high, low, rest @ ..] = &self.buffer[..self.length] else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let bad = if length == 0 || PREAMBLE.len() + 2 + length > MAX_FRAME {
            BadFrame::Length
        } else if rest.len() < length {
            return None;
        } else if xor(&self.buffer[MARK.len()..HEAD + length]) != 0 {
            BadFrame::Check
        } else {
            each(Ok(&rest[..length - 1]));
            return Some(HEAD + length);
        };
        each(Err(bad));
        // The true beginning may lie inside what looked like a frame: give up one byte only.
        self.dropped = self.dropped.saturating_add(1);
        Some(1)
    }

    /// Bytes before the next `96 69`, or before a last `96` that may become one.
    fn until_mark(&self) -> usize {
        let bytes = &self.buffer[..self.length];
        let whole = bytes.windows(MARK.len()).position(|pair| pair == MARK);
        whole.unwrap_or(if bytes.last() == Some(&MARK[0]) { bytes.len() - 1 } else { bytes.len() })
    }

    /// Moves the rest to the front and zeroes what it left.
    fn discard(&mut self, count: usize) {
        self.buffer.copy_within(count..self.length, 0);
        let left = self.length - count;
        self.buffer[left..self.length].zeroize();
        self.length = left;
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
