//! Who a scale is, in its own words, where its maker gives it some: A&D's `?TN` and `?SN`, Sartorius' `ESC x1_` and `ESC x2_`.
//!
//! Owns: what is asked, in which order, and which line answers it. Refuses: a number that was not said twice alike: nothing
//! covers it with a check, and another number is another unit. Holds the answers of one opening; a crash loses them, and
//! they are asked again.

use super::and;
use super::driver::Dialect;
use super::words::Word;
use station::ident::DeviceSerial;

/// Label of Sartorius' answers, where the scale is set to print 22 columns.
const LABEL: usize = 6;
/// Most characters of a name.
const MAX_NAME: usize = 32;

/// What a scale said of itself.
#[derive(Debug, Default)]
pub(super) struct Who {
    /// Model, number, number.
    names: Vec<String>,
}

impl Who {
    /// The next question; `None`: all is asked, or this scale has no words for it.
    pub(super) fn question(&self, dialect: &Dialect) -> Option<&'static [u8]> {
        let all: &[&[u8]] = match dialect {
            Dialect::And => &[b"?TN\r\n", b"?SN\r\n", b"?SN\r\n"],
            Dialect::Sbi(_) => &[b"\x1bx1_\r\n", b"\x1bx2_\r\n", b"\x1bx2_\r\n"],
            Dialect::Columns(_) => &[],
        };
        all.get(self.names.len()).copied()
    }

    /// Takes a line while a question is out. `None`: it is about something else; false: the scale does not know the question.
    pub(super) fn heard(&mut self, dialect: &Dialect, line: &[u8]) -> Option<bool> {
        let text =
            std::str::from_utf8(line).ok().filter(|text| text.bytes().all(|b| (b' '..=b'~').contains(&b)))?;
        let name = match dialect {
            Dialect::And if and::parse(line) == Ok(Word::Refused) => return Some(false),
            Dialect::And => text.strip_prefix(if self.names.is_empty() { "TN," } else { "SN," })?,
            Dialect::Sbi(_) => sartorius(text, if self.names.is_empty() { "Model" } else { "SerNo." })?,
            Dialect::Columns(_) => return None,
        };
        let name = name.trim();
        let fits = (1..=MAX_NAME).contains(&name.len());
        fits.then(|| self.names.push(name.to_owned())).map(|()| true)
    }

    /// In its own words.
    pub(super) fn model(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// The number, said twice alike.
    pub(super) fn serial(&self) -> Option<DeviceSerial> {
        match &self.names[..] {
            [_, first, again] if first == again => DeviceSerial::new(first).ok(),
            _ => None,
        }
    }
}

/// Value of a line: 16 columns, or a label of six before them; never one of a weight or a message.
fn sartorius<'l>(text: &'l str, label: &str) -> Option<&'l str> {
    let value = match text.split_at_checked(LABEL) {
        Some((found, value)) if found.trim_end() == label => value,
        _ => text,
    };
    // A name is one word with a digit in it. A moving weight has no unit, and its plus may be a blank: what is a number alone is a
    // name when it has no point and more digits than a weight has columns for.
    let word = value.trim();
    let is_name = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'/' | b'.' | b'_'));
    let begins = word.starts_with(|first: char| first.is_ascii_alphanumeric());
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_weight = !word.contains(|c: char| c.is_ascii_alphabetic()) && (word.contains('.') || digits < 9);
    (is_name && begins && digits > 0 && !is_weight).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::text::Unit;

    /// Lines as balances send them, by published programs' logs (Sartorius), and as the maker's table of codes begins them (A&D).
    #[test]
    fn lines_that_say_who_it_is_and_lines_that_do_not() {
        let sbi = Dialect::Sbi(Unit::Gram);
        for (dialect, lines, model, serial) in [
            (
                sbi,
                ["Model  BCE224I-1SKR ", "SerNo.    0047304196", "SerNo.    0047304196"],
                "BCE224I-1SKR",
                "0047304196",
            ),
            (
                sbi,
                ["MSE1203S-100-DR     ", "0031801165      ", "0031801165"],
                "MSE1203S-100-DR",
                "0031801165",
            ),
            (Dialect::And, ["TN,GX-6001A", "SN, T0123456", "SN,T0123456"], "GX-6001A", "T0123456"),
        ] {
            let mut who = Who::default();
            for line in lines {
                assert!(who.question(&dialect).is_some());
                // Weights that are on their way are nobody's name.
                for other in [
                    &b"ST,+00123.45  g"[..],
                    b"+   153.00 g  ",
                    b"     153.0    ",
                    b"         153  ",
                    b"N          153.0    ",
                    b"     High     ",
                    b"\xff\xff1",
                    b"",
                ] {
                    assert_eq!(who.heard(&dialect, other), None, "{other:?}");
                }
                assert_eq!(who.heard(&dialect, line.as_bytes()), Some(true), "{line}");
            }
            assert_eq!(who.question(&dialect), None);
            assert_eq!((who.model(), who.serial().unwrap().as_str()), (Some(model), serial));
        }
        assert_eq!(Who::default().heard(&Dialect::And, b"EC,E01"), Some(false));
        assert_eq!(Who::default().heard(&Dialect::And, b"?"), Some(false));
    }

    proptest::proptest! {
        /// A scale that prints by itself says no name with it.
        #[test]
        fn no_line_that_is_a_weight_is_a_name(sign in "[ +-]", tenths in 0_u32..99_999_999, unit in "(g  |   )") {
            let line = format!("{sign}{:>9} {unit}", format!("{}.{}", tenths / 10, tenths % 10));
            let line = line.as_bytes();
            proptest::prop_assert!(super::super::sbi::parse(line, Unit::Gram).is_ok());
            proptest::prop_assert_eq!(Who::default().heard(&Dialect::Sbi(Unit::Gram), line), None);
        }
    }

    #[test]
    fn a_number_that_is_not_said_twice_alike_is_none() {
        let mut who = Who::default();
        for line in [&b"TN,GX-6001A"[..], b"SN,T0123456", b"SN,T0123466"] {
            assert_eq!(who.heard(&Dialect::And, line), Some(true));
        }
        assert_eq!((who.model(), who.serial()), (Some("GX-6001A"), None));
    }
}
