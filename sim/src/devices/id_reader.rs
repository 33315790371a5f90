//! A reader of identity cards with a SAM module, on a serial line.
//!
//! Owns: which card lies on it and what was asked. Refuses: frames that are none, and fingerprints (there is no such
//! command). Faults: silence, a card that cannot be read.

use crate::devices::wire::Wire;
use crate::world::donor::Person;
use drivers::id_reader::sam::codec::{Command, Frames, PHOTO, Reply, TEXT, sw3};
use drivers::id_reader::sam::text;
use drivers::{IdCard, IdCardKind, Sex};
use station::measure::Mono;

/// The reader.
#[derive(Debug)]
pub struct IdReader {
    number: [u8; 16],
    frames: Frames,
    wire: Wire,
    card: Option<Box<[u8; TEXT]>>,
    selected: bool,
    /// It answers nothing.
    pub silent: bool,
    /// The card on it cannot be read.
    pub card_unreadable: bool,
}

impl IdReader {
    /// A reader whose module has this number, at 115200 baud.
    pub fn new(number: u32) -> Self {
        let mut module = [0; 16];
        module[0] = 5;
        module[2] = 3;
        module[4..8].copy_from_slice(&20_260_101_u32.to_le_bytes());
        module[8..12].copy_from_slice(&number.to_le_bytes());
        Self {
            number: module,
            frames: Frames::default(),
            wire: Wire::new(115_200),
            card: None,
            selected: false,
            silent: false,
            card_unreadable: false,
        }
    }

    /// Somebody lays a card on it.
    pub fn lay(&mut self, person: &Person) {
        let card = IdCard {
            kind: IdCardKind::Citizen,
            name: person.name.clone(),
            number: person.number.clone(),
            sex: Some(if person.male { Sex::Male } else { Sex::Female }),
            birth: person.birth.clone(),
            valid_to: None,
        };
        self.card = Some(Box::new(text::encode(&card)));
        self.selected = false;
    }

    /// Somebody lifts the card.
    pub fn lift(&mut self) {
        self.card = None;
        self.selected = false;
    }

    /// Whether a card lies on it.
    pub fn has_card(&self) -> bool {
        self.card.is_some()
    }

    /// Bytes from the station.
    pub fn handle_bytes(&mut self, now: Mono, bytes: &[u8]) {
        if self.silent || !self.wire.is_plugged() {
            return;
        }
        let mut asked = Vec::new();
        self.frames.feed(bytes, |body| asked.push(body.ok().map(Command::parse)));
        for command in asked {
            let reply = match command {
                None => Reply::bare(sw3::BAD_XOR),
                Some(None) => Reply::bare(sw3::COMMAND_ERROR),
                Some(Some(command)) => self.obey(command),
            };
            self.wire.send(now, &reply.encode());
        }
    }

    fn obey(&mut self, command: Command) -> Reply {
        match command {
            Command::SamNumber => Reply::sam_number(self.number),
            Command::Find if self.card.is_some() => {
                self.selected = false;
                Reply::found()
            }
            Command::Find => Reply::bare(sw3::NO_CARD),
            Command::Select if self.card.is_some() => {
                self.selected = true;
                Reply::selected()
            }
            Command::Select => Reply::bare(sw3::SELECT_FAILED),
            Command::ReadText => match &self.card {
                Some(text) if self.selected && !self.card_unreadable => Reply::card(text, &[0; PHOTO]),
                Some(_) | None => Reply::bare(sw3::READ_FAILED),
            },
        }
    }

    /// Bytes that have reached the station by `now`.
    pub fn poll_bytes(&mut self, now: Mono) -> Vec<u8> {
        self.wire.take(now)
    }

    /// Bytes that are no frame, or only a part of one.
    pub fn garble(&mut self, now: Mono, noise: &[u8]) {
        self.wire.send(now, noise);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prng::Rng;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    fn answer(reader: &mut IdReader, asked: &str) -> Vec<u8> {
        reader.handle_bytes(Mono(0), &hex(asked));
        reader.poll_bytes(Mono(10_000_000))
    }

    #[test]
    fn transcripts_of_the_manual() {
        let mut reader = IdReader::new(12_345);
        let find = "AA AA AA 96 69 00 03 20 01 22";
        assert_eq!(answer(&mut reader, find), hex("AA AA AA 96 69 00 04 00 00 80 84"));
        assert_eq!(
            answer(&mut reader, "AA AA AA 96 69 00 03 30 10 23"),
            hex("AA AA AA 96 69 00 04 00 00 21 25")
        );
        reader.lay(&Person::invent(&mut Rng::new(1), 2026, 0));
        assert_eq!(answer(&mut reader, find), hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"));
        let select = answer(&mut reader, "AA AA AA 96 69 00 03 20 02 21");
        assert_eq!(select, hex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"));
        let card = answer(&mut reader, "AA AA AA 96 69 00 03 30 01 32");
        assert_eq!((card.len(), &card[..14]), (1295, &hex("AA AA AA 96 69 05 08 00 00 90 01 00 04 00")[..]));
        reader.lift();
        assert_eq!(answer(&mut reader, find), hex("AA AA AA 96 69 00 04 00 00 80 84"));
    }
}
