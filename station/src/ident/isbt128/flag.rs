//! The two flag characters that follow the 13 characters of a DIN: which of the labels of one donation this is.
//!
//! Owns: their meaning. Refuses: guessing. A reserved flag stays reserved, and a locally defined flag (20 to 59) is kept as a
//! number, because only the facility that printed it knows what it means. Flags are never part of the donation's identity.

use super::check::CheckValue;
use std::fmt;

/// What the two flag characters after a DIN say about the label that carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DinFlag {
    /// `00`: nothing said.
    None,
    /// `01`-`04`, `15`-`19`: this container of the set.
    Container(SetContainer),
    /// `05`: second or repeated label printed on demand.
    SecondLabel,
    /// `06`: pilot tube.
    PilotTube,
    /// `07`: test tube.
    TestTube,
    /// `08`: donor record.
    DonorRecord,
    /// `09`: tube for nucleic acid tests.
    NatTube,
    /// `10`: sample for a bacterial test.
    BacterialSample,
    /// `11`: to be matched with the unit.
    MatchWithUnit,
    /// `12`: partial label, affixed.
    PartialLabel,
    /// `13`: label attached (tie tag or the like).
    AttachedLabel,
    /// `20`-`59`: defined by the facility that printed it.
    Local(LocalFlag),
    /// `60`-`96`: type 3, a checksum of the DIN which was found to be right.
    Verified,
    /// `14`, `97`-`99` and all with letters: without a meaning so far.
    Reserved(ReservedFlag),
}

/// Container of the set, 1 to 9; 1 is the primary bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetContainer(u8);

/// A flag that its facility defines, 20 to 59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalFlag(u8);

/// Two flag characters that have no meaning so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservedFlag([u8; 2]);

impl SetContainer {
    /// 1 to 9.
    pub fn new(number: u8) -> Option<Self> {
        (1..=9).contains(&number).then_some(Self(number))
    }
    /// 1 to 9.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl LocalFlag {
    /// 20 to 59.
    pub fn new(number: u8) -> Option<Self> {
        (20..=59).contains(&number).then_some(Self(number))
    }
    /// 20 to 59.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl ReservedFlag {
    /// The two characters.
    pub fn characters(self) -> [char; 2] {
        self.0.map(char::from)
    }
}

/// A type 3 flag that does not agree with its DIN: the symbol was misread, or belongs to another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the checksum flag {found} does not agree with the number: expected {expected}; misread, scan again")]
pub struct FlagMismatch {
    /// What the symbol carried, 60 to 96.
    pub found: u8,
    /// What this DIN needs.
    pub expected: u8,
}

/// A character that cannot be in a flag: `I`, `O`, `Q`, `Z`, lower case and signs.
pub(super) fn allowed(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'H' | b'J'..=b'N' | b'P' | b'R'..=b'Y')
}

impl DinFlag {
    /// Reads two allowed characters that stood behind a number with this check value.
    pub(super) fn read(flag: [u8; 2], check: CheckValue) -> Result<Self, FlagMismatch> {
        let [tens, units] = flag;
        if !(tens.is_ascii_digit() && units.is_ascii_digit()) {
            return Ok(Self::Reserved(ReservedFlag(flag)));
        }
        let number = (tens - b'0') * 10 + (units - b'0');
        Ok(match number {
            0 => Self::None,
            1..=4 => Self::Container(SetContainer(number)),
            5 => Self::SecondLabel,
            6 => Self::PilotTube,
            7 => Self::TestTube,
            8 => Self::DonorRecord,
            9 => Self::NatTube,
            10 => Self::BacterialSample,
            11 => Self::MatchWithUnit,
            12 => Self::PartialLabel,
            13 => Self::AttachedLabel,
            15..=19 => Self::Container(SetContainer(number - 10)),
            20..=59 => Self::Local(LocalFlag(number)),
            60..=96 if number == check.flag() => Self::Verified,
            60..=96 => return Err(FlagMismatch { found: number, expected: check.flag() }),
            _ => Self::Reserved(ReservedFlag(flag)),
        })
    }

    /// The two characters as they stand in the symbol of a number with this check value.
    pub fn characters(self, check: CheckValue) -> [char; 2] {
        let number = match self {
            Self::None => 0,
            Self::Container(SetContainer(n)) if n <= 4 => n,
            Self::Container(SetContainer(n)) => n + 10,
            Self::SecondLabel => 5,
            Self::PilotTube => 6,
            Self::TestTube => 7,
            Self::DonorRecord => 8,
            Self::NatTube => 9,
            Self::BacterialSample => 10,
            Self::MatchWithUnit => 11,
            Self::PartialLabel => 12,
            Self::AttachedLabel => 13,
            Self::Local(LocalFlag(n)) => n,
            Self::Verified => check.flag(),
            Self::Reserved(flag) => return flag.characters(),
        };
        [char::from(b'0' + number / 10), char::from(b'0' + number % 10)]
    }
}

impl fmt::Display for DinFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no flag"),
            Self::Container(n) => write!(f, "container {} of the set", n.0),
            Self::SecondLabel => f.write_str("second or repeated label"),
            Self::PilotTube => f.write_str("pilot tube"),
            Self::TestTube => f.write_str("test tube"),
            Self::DonorRecord => f.write_str("donor record"),
            Self::NatTube => f.write_str("NAT tube"),
            Self::BacterialSample => f.write_str("bacterial test sample"),
            Self::MatchWithUnit => f.write_str("to be matched with the unit"),
            Self::PartialLabel => f.write_str("affixed partial label"),
            Self::AttachedLabel => f.write_str("attached label"),
            Self::Local(n) => write!(f, "defined locally ({})", n.0),
            Self::Verified => f.write_str("type 3, checksum verified"),
            Self::Reserved(flag) => {
                let [a, b] = flag.characters();
                write!(f, "reserved ({a}{b})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_reads_and_writes_back() {
        let check = CheckValue::of("G123417654321").unwrap();
        let characters = || (b'0'..=b'Z').filter(|b| allowed(*b));
        assert_eq!(characters().count(), 32);
        for a in characters() {
            for b in characters() {
                match DinFlag::read([a, b], check) {
                    Ok(flag) => assert_eq!(flag.characters(check), [char::from(a), char::from(b)]),
                    Err(error) => assert!((60..=96).contains(&error.found) && error.found != 70),
                }
            }
        }
    }

    #[test]
    fn flags_mean_what_the_table_says() {
        let check = CheckValue::of("G123417654321").unwrap();
        let read = |text: &[u8; 2]| DinFlag::read(*text, check);
        assert_eq!(read(b"04"), Ok(DinFlag::Container(SetContainer(4))));
        assert_eq!(read(b"15"), Ok(DinFlag::Container(SetContainer(5))));
        assert_eq!(read(b"19"), Ok(DinFlag::Container(SetContainer(9))));
        assert_eq!(read(b"14"), Ok(DinFlag::Reserved(ReservedFlag(*b"14"))));
        assert_eq!(read(b"97"), Ok(DinFlag::Reserved(ReservedFlag(*b"97"))));
        assert_eq!(read(b"1A"), Ok(DinFlag::Reserved(ReservedFlag(*b"1A"))));
        assert_eq!(read(b"20"), Ok(DinFlag::Local(LocalFlag(20))));
        assert_eq!(read(b"70"), Ok(DinFlag::Verified));
        assert_eq!(read(b"69"), Err(FlagMismatch { found: 69, expected: 70 }));
        assert_eq!(read(b"71"), Err(FlagMismatch { found: 71, expected: 70 }));
    }
}
