//! A tag reader under the tray, on a serial line, with the frames of FEIG OBID, or those of an RR3036.
//!
//! Owns: which tags lie in its field and what stands in them. Refuses: frames that are none, and commands that a station
//! has no use for. Faults: silence, a second tag in the field, an answer whose check is wrong.

use crate::devices::rr3036;
use crate::devices::wire::Wire;
use station::measure::Mono;

/// Longest frame.
const MAX_FRAME: usize = 255;

/// The frames of a simulated tag reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum TagVoice {
    /// FEIG OBID, standard frames.
    #[default]
    Feig,
    /// RR3036 and its relatives.
    Rr3036,
}

impl TagVoice {
    /// Its name in `station.toml`.
    pub fn protocol(self) -> &'static str {
        match self {
            Self::Feig => "feig",
            Self::Rr3036 => "rr3036",
        }
    }

    /// Length of a whole frame that begins with this byte.
    fn frame(self, first: u8) -> usize {
        match self {
            Self::Feig => usize::from(first),
            // It counts what follows it.
            Self::Rr3036 => usize::from(first) + 1,
        }
    }

    /// The address that a station writes.
    fn address(self) -> u8 {
        match self {
            // To everybody: there is one reader on a line.
            Self::Feig => 0xff,
            Self::Rr3036 => 0x00,
        }
    }
}

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Its number, the highest byte first.
    pub uid: [u8; 8],
    /// What stands in its blocks 8 to 11: a donation's number with its `=` and flags, or nothing.
    pub text: [u8; 16],
}

impl Tag {
    /// A tag as the maker delivers it, with nothing in it.
    pub fn blank(number: u32) -> Self {
        let [a, b, c, d] = number.to_be_bytes();
        Self { uid: [0xe0, 0x04, 0x01, 0x50, a, b, c, d], text: [0; 16] }
    }
}

/// The reader.
#[derive(Debug)]
pub struct TagReader {
    voice: TagVoice,
    wire: Wire,
    buffer: Vec<u8>,
    /// The tags in its field.
    pub field: Vec<Tag>,
    /// It answers nothing.
    pub silent: bool,
    /// The check of its answers is wrong.
    pub disturbed: bool,
}

impl Default for TagReader {
    fn default() -> Self {
        Self {
            voice: TagVoice::Feig,
            wire: Wire::new(38_400),
            buffer: Vec::new(),
            field: Vec::new(),
            silent: false,
            disturbed: false,
        }
    }
}

impl TagReader {
    /// From now on it speaks like this.
    pub fn speak(&mut self, voice: TagVoice) {
        self.voice = voice;
        self.buffer.clear();
    }

    /// Bytes from the station.
    pub fn handle_bytes(&mut self, now: Mono, bytes: &[u8]) {
        if !self.wire.is_plugged() {
            self.buffer.clear();
            return;
        }
        self.buffer.extend(bytes);
        while let Some(length) = self.buffer.first().map(|first| self.voice.frame(*first)) {
            let addressed = self.buffer.get(1).is_none_or(|address| *address == self.voice.address());
            if !addressed || !(5..=MAX_FRAME).contains(&length) {
                self.buffer.remove(0);
                continue;
            }
            let Some(frame) = self.buffer.get(..length).map(<[u8]>::to_vec) else { return };
            let (body, found) = frame.split_at(length - 2);
            if check(body).to_le_bytes() != found {
                self.buffer.remove(0);
                continue;
            }
            self.buffer.drain(..length);
            let answer = match self.voice {
                TagVoice::Feig => self.answer(&body[2..]),
                TagVoice::Rr3036 => Some(rr3036::answer(&body[2..], &self.field)),
            };
            if let Some(answer) = answer.filter(|_| !self.silent) {
                self.send(now, answer);
            }
        }
    }

    /// Command, status and data of the answer.
    fn answer(&self, asked: &[u8]) -> Option<Vec<u8>> {
        match *asked {
            [0x69] => Some(vec![0x69, 0x00]),
            // Firmware 9.9 of a reader of kind 51h, as nobody has it.
            [0x65] => Some(vec![0x65, 0x00, 9, 9, 0, 0, 0x51, 0, 8, 1, 0, 1, 0]),
            [0xb0, 0x01, 0x00] if self.field.is_empty() => Some(vec![0xb0, 0x01]),
            [0xb0, 0x01, 0x00] => {
                let mut data = vec![0xb0, 0x00, u8::try_from(self.field.len()).unwrap_or(u8::MAX)];
                for tag in &self.field {
                    data.extend([0x03, 0x00]);
                    data.extend(tag.uid);
                }
                Some(data)
            }
            [0xb0, 0x23, 0x01, ref uid @ .., block, count] => {
                let tag = self.field.iter().find(|tag| tag.uid == uid);
                let inside = (8..=12).contains(&block) && block.saturating_add(count) <= 12;
                let Some(tag) = tag.filter(|_| inside) else { return Some(vec![0xb0, 0x95, 0x10]) };
                let from = usize::from(block - 8) * 4;
                let mut data = vec![0xb0, 0x00, count, 4];
                for block in tag.text[from..from + usize::from(count) * 4].chunks(4) {
                    data.push(0);
                    data.extend(block);
                }
                Some(data)
            }
            _ => Some(vec![asked.first().copied().unwrap_or(0), 0x80]),
        }
    }

    fn send(&mut self, now: Mono, data: Vec<u8>) {
        // Length, address and check, of which an RR3036 does not count the length.
        let around = if self.voice == TagVoice::Feig { 4 } else { 3 };
        let mut frame = vec![u8::try_from(data.len() + around).unwrap_or(u8::MAX), 0x00];
        frame.extend(data);
        let check = if self.disturbed { !check(&frame) } else { check(&frame) };
        frame.extend(check.to_le_bytes());
        self.wire.send(now, &frame);
    }

    /// Bytes that have reached the station by `now`.
    pub fn poll_bytes(&mut self, now: Mono) -> Vec<u8> {
        self.wire.take(now)
    }

    /// Pulls its cable or plugs it in.
    pub fn plug(&mut self, plugged: bool) {
        self.buffer.clear();
        self.wire.plug(plugged);
    }

    /// Whether its cable is in.
    pub fn is_plugged(&self) -> bool {
        self.wire.is_plugged()
    }
}

/// CRC-16 over each bit from the lowest, as the reader's own hardware does it: polynomial 1021 turned round, begins with
/// all ones.
fn check(bytes: &[u8]) -> u16 {
    let mut register = 0xffff_u16;
    for bit in bytes.iter().flat_map(|byte| (0..8).map(move |at| u16::from(byte >> at & 1))) {
        let feedback = (register & 1) ^ bit;
        register = (register >> 1) ^ if feedback == 1 { 0x8408 } else { 0 };
    }
    register
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::rfid::{Dialect, RfidReader, RfidSettings};
    use drivers::{Driver as _, Inbound, Observation, Outbound};
    use station::device::Fault;

    #[test]
    fn the_driver_reads_a_tag_s_number_and_says_when_it_hears_nothing() {
        for (voice, dialect) in [(TagVoice::Feig, Dialect::Feig), (TagVoice::Rr3036, Dialect::Rr3036)] {
            let settings = RfidSettings { dialect, din_block: Some(8) };
            reads_and_tells(RfidReader::new(settings), voice);
        }
    }

    fn reads_and_tells(mut driver: RfidReader, voice: TagVoice) {
        let mut reader = TagReader::default();
        reader.speak(voice);
        reader.field.push(Tag { text: *b"=A99992612345600", ..Tag::blank(7) });
        driver.handle(Mono(0), Inbound::Opened);
        let mut seen = Vec::new();
        for ms in 1..20_000 {
            let now = Mono(ms * 1000);
            reader.silent = ms > 8000;
            while let Some(out) = driver.poll_outbound() {
                if let Outbound::Bytes(bytes) = out {
                    reader.handle_bytes(now, &bytes);
                }
            }
            driver.handle(now, Inbound::Bytes(&reader.poll_bytes(now)));
            driver.handle(now, Inbound::Timeout);
            seen.extend(std::iter::from_fn(|| driver.poll_observation()));
        }
        let text = Some("=A99992612345600".to_owned());
        let tag = |o: &Observation| if let Observation::Tag(tag) = o { Some(tag.text.clone()) } else { None };
        assert_eq!(seen.iter().filter_map(tag).collect::<Vec<_>>(), [text]);
        assert_eq!(seen.last(), Some(&Observation::Fault(Fault::NoReply)));
    }

    #[test]
    fn its_answers_are_these_bytes() {
        assert_eq!(check(b"123456789"), 0x6f91, "the published check value");
        let mut reader = TagReader::default();
        // Inventory, as the maker's manual has the frame.
        reader.handle_bytes(Mono(0), &[0x07, 0xff, 0xb0, 0x01, 0x00, 0x1c, 0x56]);
        assert_eq!(reader.poll_bytes(Mono(1_000_000))[..4], [0x06, 0x00, 0xb0, 0x01]);
        reader.field.push(Tag::blank(7));
        reader.handle_bytes(Mono(0), &[0xff, 0x07, 0xff, 0xb0, 0x01, 0x00, 0x1c, 0x56]);
        let answer = reader.poll_bytes(Mono(2_000_000));
        assert_eq!(answer[..15], [17, 0, 0xb0, 0, 1, 3, 0, 0xe0, 4, 1, 0x50, 0, 0, 0, 7]);
        let mut reader = TagReader::default();
        reader.speak(TagVoice::Rr3036);
        let asked = [0x05, 0x00, 0x01, 0x06];
        let sum = check(&asked).to_le_bytes();
        reader.handle_bytes(Mono(0), &[&asked[..], &sum].concat());
        let none = [4, 0, 0x0e];
        let sum = check(&none).to_le_bytes();
        assert_eq!(reader.poll_bytes(Mono(1_000_000)), [&none[..], &sum].concat());
    }

    /// Who it is: the fields in the order of the makers' public headers and programs, checks counted apart from this program.
    #[test]
    fn what_it_says_of_itself_is_these_bytes() {
        let feig = [17, 0, 0x65, 0, 9, 9, 0, 0, 0x51, 0, 8, 1, 0, 1, 0, 0x38, 0xf2];
        let refused = [6, 0, 0x66, 0x80, 0x36, 0xfd];
        let rr3036 = [12, 0, 0, 9, 9, 0, 0, 0x51, 0, 3, 30, 0xd4, 0xe5];
        for (voice, asked, answer) in [
            (TagVoice::Feig, &[5, 0xff, 0x65, 0xe5, 0xcb][..], &feig[..]),
            // It has no word for its number.
            (TagVoice::Feig, &[5, 0xff, 0x66, 0x7e, 0xf9], &refused[..]),
            (TagVoice::Rr3036, &[5, 0, 0, 0, 0x76, 0x6d], &rr3036[..]),
        ] {
            let mut reader = TagReader::default();
            reader.speak(voice);
            reader.handle_bytes(Mono(0), asked);
            assert_eq!(reader.poll_bytes(Mono(1_000_000)), answer, "{asked:02x?}");
        }
    }
}
