//! Labels from scanners that were set to drop the first character of a data identifier.
//!
//! Owns: when that character is put back. Refuses: to make a label of what is none with it: only a text that is no known code as it
//! stands and is a whole ISBT 128 structure with `=` before it is changed. Such a scanner takes some safety away: a
//! number of 15 digits from any other label looks like a donation's. Holds no state.

use super::codabar::Codabar;
use crate::driver::ScanText;
use station::ident::{Scanned, classify};

/// What a scanner makes of the data identifier that an ISBT 128 label begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// It sends all that it reads.
    Whole,
    /// It was set to drop `=`, because older systems wanted a bare number.
    EqualsDropped,
    /// Donation numbers are printed in Codabar, in the site's own form.
    Codabar(Codabar),
}

impl Labels {
    /// The read as the label has it.
    pub fn restore(self, scan: ScanText) -> ScanText {
        match self {
            Self::Whole => scan,
            Self::Codabar(form) => form.restore(scan),
            Self::EqualsDropped => {
                let is = |text: &str| classify(text, scan.aim.as_deref());
                let known = !matches!(is(&scan.text), Ok(Scanned::Opaque { .. }));
                let whole = format!("={}", scan.text);
                if known || !matches!(is(&whole), Ok(label) if !matches!(label, Scanned::Opaque { .. })) {
                    return scan;
                }
                ScanText { text: whole, ..scan }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(text: &str) -> String {
        let aim = Some("]C0".to_owned());
        Labels::EqualsDropped.restore(ScanText { aim, text: text.to_owned() }).text
    }

    #[test]
    fn a_dropped_character_is_put_back_and_nothing_else_is_touched() {
        for whole in ["=G12341765432100", "=<E0181000", "=>026001"] {
            assert!(!matches!(classify(whole, None), Ok(Scanned::Opaque { .. }) | Err(_)), "{whole}");
            assert_eq!(restored(&whole[1..]), whole);
            assert_eq!(restored(whole), whole, "what comes whole stays");
        }
        for other in
            ["HS-CMD-CONFIRM", "HS-OP-1001", "110101199001011237", "6901234567892", "G1234176543210", "hello"]
        {
            assert_eq!(restored(other), other);
        }
        let kept = ScanText { aim: None, text: "G12341765432100".to_owned() };
        assert_eq!(Labels::Whole.restore(kept.clone()), kept);
    }
}
