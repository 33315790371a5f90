//! Codabar labels of an older system, as the donation numbers that they stand for.
//!
//! Owns: the site's form of such a label (start, eight digits, check, stop) and which facility it is of. Refuses: a read without its start and
//! stop (a shorter label would pass for a longer one), a wrong check, another symbology, and any label without a check unless the site says that
//! there is none: Codabar itself has no check, and a misread digit is another donation. Holds no state.

use crate::driver::ScanText;
use station::ident::{Scanned, classify};

/// Digits of a label: two of the year, six of the sequence.
const DIGITS: usize = 8;
/// Characters by their values from 0; those of start and stop, A to D, follow.
const VALUES: &[u8; 16] = b"0123456789-$:/.+";

/// How a label is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodabarCheck {
    /// Not at all.
    None,
    /// One character that makes the sum of all values, start and stop included, a multiple of 16 (AIM BC3).
    Mod16,
    /// One digit by the Luhn rule over the digits.
    Luhn,
}

/// The site's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codabar {
    /// Start character, `A` to `D`.
    pub start: u8,
    /// Stop character, `A` to `D`.
    pub stop: u8,
    /// The facility of every number: the first five characters of an ISBT 128 donation number.
    pub facility: [u8; 5],
    /// How a label is guarded.
    pub check: CodabarCheck,
}

impl Codabar {
    /// The read as an ISBT 128 donation number, when it is such a label; else as it came.
    pub fn restore(self, scan: ScanText) -> ScanText {
        let other_symbology = scan.aim.as_deref().is_some_and(|aim| !aim.starts_with("]F"));
        let number = self.digits(scan.text.as_bytes()).filter(|_| !other_symbology).map(|digits| {
            let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
            format!("={}{}00", text(&self.facility), text(digits))
        });
        match number {
            // Its symbology was judged here.
            Some(text) if matches!(classify(&text, None), Ok(Scanned::Din(_))) => {
                ScanText { aim: None, text }
            }
            Some(_) | None => scan,
        }
    }

    /// The eight digits of a label whose frame and check are right.
    fn digits(self, label: &[u8]) -> Option<&[u8]> {
        let [start, body @ .., stop] = label else { return None };
        if start.to_ascii_uppercase() != self.start || stop.to_ascii_uppercase() != self.stop {
            return None;
        }
        let (digits, check) = body.split_at_checked(DIGITS)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let right = match (self.check, check) {
            (CodabarCheck::None, []) => true,
            (CodabarCheck::Mod16, [_]) => {
                let values: Option<Vec<usize>> = label.iter().map(|c| value(*c)).collect();
                values.is_some_and(|values| values.iter().sum::<usize>() % 16 == 0)
            }
            (CodabarCheck::Luhn, [last]) => last.is_ascii_digit() && luhn(body),
            (CodabarCheck::None | CodabarCheck::Mod16 | CodabarCheck::Luhn, _) => false,
        };
        right.then_some(digits)
    }
}

fn value(character: u8) -> Option<usize> {
    let character = character.to_ascii_uppercase();
    let letter = (b'A'..=b'D').contains(&character).then(|| VALUES.len() + usize::from(character - b'A'));
    letter.or_else(|| VALUES.iter().position(|known| *known == character))
}

/// Every second digit from the right counts double, its own digits summed; the sum is a multiple of ten.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') * (1 + u32::from(at % 2 == 1));
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(check: CodabarCheck) -> Codabar {
        Codabar { start: b'A', stop: b'B', facility: *b"A1234", check }
    }

    fn read(check: CodabarCheck, aim: Option<&str>, text: &str) -> ScanText {
        site(check).restore(ScanText { aim: aim.map(str::to_owned), text: text.to_owned() })
    }

    #[test]
    fn the_check_of_the_standard_s_example() {
        // A37859B has + for its check character.
        let sum = b"A37859+B".iter().filter_map(|c| value(*c)).sum::<usize>();
        assert_eq!(sum % 16, 0);
        assert!(luhn(b"79927398713") && !luhn(b"79927398710"), "the rule's own example");
    }

    #[test]
    fn a_label_becomes_the_number_that_it_stands_for() {
        let whole = ScanText { aim: None, text: "=A12342600012300".to_owned() };
        assert_eq!(read(CodabarCheck::None, Some("]F0"), "A26000123B"), whole);
        assert_eq!(read(CodabarCheck::None, None, "a26000123b"), whole);
        // 16 + 2+6+1+2+3 + 17 = 47: one more.
        assert_eq!(read(CodabarCheck::Mod16, Some("]F1"), "A260001231B"), whole);
        assert_eq!(read(CodabarCheck::Luhn, Some("]F0"), "A260001235B"), whole);
    }

    #[test]
    fn what_is_not_exactly_such_a_label_is_left_as_it_is() {
        for (check, aim, text) in [
            (CodabarCheck::Mod16, Some("]F0"), "A260001232B"),
            (CodabarCheck::Mod16, Some("]F0"), "A26000123B"),
            (CodabarCheck::Luhn, Some("]F0"), "A260001231B"),
            (CodabarCheck::None, Some("]A0"), "A26000123B"),
            (CodabarCheck::None, Some("]C0"), "A26000123B"),
            (CodabarCheck::None, Some("]F0"), "26000123"),
            (CodabarCheck::None, Some("]F0"), "B26000123A"),
            (CodabarCheck::None, Some("]F0"), "A2600012B"),
            (CodabarCheck::None, Some("]F0"), "A260001234B"),
            (CodabarCheck::None, Some("]F0"), "A2600-123B"),
            (CodabarCheck::None, Some("]C0"), "=A12342600012300"),
            (CodabarCheck::None, None, "A"),
            (CodabarCheck::None, None, ""),
        ] {
            let kept = ScanText { aim: aim.map(str::to_owned), text: text.to_owned() };
            assert_eq!(read(check, aim, text), kept, "{check:?} {text}");
        }
    }

    #[test]
    fn a_wrong_digit_never_passes_the_check() {
        for (check, label) in [(CodabarCheck::Mod16, *b"A260001231B"), (CodabarCheck::Luhn, *b"A260001235B")]
        {
            for at in 1..10 {
                for digit in (b'0'..=b'9').filter(|digit| *digit != label[at]) {
                    let mut wrong = label;
                    wrong[at] = digit;
                    let text = String::from_utf8_lossy(&wrong).into_owned();
                    assert_eq!(read(check, None, &text).text, text, "{check:?}");
                }
            }
        }
    }
}
