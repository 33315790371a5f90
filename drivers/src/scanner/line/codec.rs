//! One read of a barcode: bytes to [`ScanText`] and back, and the bytes of the makers' trigger orders.
//!
//! Owns: line ends (CR, LF or both), the AIM identifier (`]C0`), which characters a read may have. Refuses: control
//! characters other than GS (the field separator of GS1 codes), bytes that are not UTF-8, reads over 512 bytes, and
//! judging content. Holds an unfinished read, which a crash loses: the label is read again.

use crate::driver::ScanText;

/// Longest read in bytes, identifier included, line end not.
pub const MAX_FRAME: usize = 512;

/// Separates the fields of a GS1 code.
const GS: char = '\u{1d}';
/// ENQ, ACK and NAK: a scanner's answers to orders. They belong to no read.
const ANSWERS: [u8; 3] = [0x05, 0x06, 0x15];

/// Why a read is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadScan {
    /// Longer than [`MAX_FRAME`]; everything to the next line end is dropped. Told again for each such length: noise that
    /// never ends is more than one bad read.
    #[error("a read of more than {MAX_FRAME} bytes")]
    TooLong,
    /// A control character other than GS.
    #[error("a control character in the read")]
    Control,
    /// Bytes that are not UTF-8.
    #[error("the read is not text")]
    NotText,
    /// An identifier and nothing after it.
    #[error("an empty read")]
    Empty,
    /// No line end within the idle time.
    #[error("the read has no end")]
    Unfinished,
    /// No AIM identifier where one is required: the scanner is not set up to send it.
    #[error("the scanner sends no symbology identifier: switch AIM identifiers on")]
    NoAim,
}

/// Reads one frame without its end.
///
/// # Errors
/// [`BadScan`] with the first reason found.
pub fn parse(frame: &[u8], require_aim: bool) -> Result<ScanText, BadScan> {
    if frame.len() > MAX_FRAME {
        return Err(BadScan::TooLong);
    }
    let text = std::str::from_utf8(frame).map_err(|_| BadScan::NotText)?;
    if text.chars().any(|c| c.is_control() && c != GS) {
        return Err(BadScan::Control);
    }
    let (aim, content) = match frame {
        [b']', code, modifier, ..] if code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() => {
            (Some(text[..3].to_owned()), &text[3..])
        }
        _ => (None, text),
    };
    if require_aim && aim.is_none() {
        return Err(BadScan::NoAim);
    }
    if content.is_empty() {
        return Err(BadScan::Empty);
    }
    Ok(ScanText { aim, text: content.to_owned() })
}

/// A read as a scanner sends it, ended by CR.
pub fn encode(scan: &ScanText) -> Vec<u8> {
    format!("{}{}\r", scan.aim.as_deref().unwrap_or(""), scan.text).into_bytes()
}

/// Cuts reads out of what arrives. At most [`MAX_FRAME`] bytes wait for their end.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// A read was over-long: drop up to its end. How much since it was last told.
    discarding: Option<usize>,
}

impl Frames {
    /// Takes bytes as they came and gives every read they complete to `each`, in order. An unfinished one stays.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&[u8], BadScan>)) {
        for &byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    if self.discarding.is_none() && !self.buffer.is_empty() {
                        each(Ok(&self.buffer));
                    }
                    self.clear();
                }
                _ if self.discarding.is_some_and(|dropped| dropped < MAX_FRAME) => {
                    self.discarding = self.discarding.map(|dropped| dropped + 1);
                }
                _ if self.discarding.is_some() => {
                    self.discarding = Some(0);
                    each(Err(BadScan::TooLong));
                }
                _ if self.buffer.is_empty() && ANSWERS.contains(&byte) => {}
                _ if self.buffer.len() == MAX_FRAME => {
                    self.buffer.clear();
                    self.discarding = Some(0);
                    each(Err(BadScan::TooLong));
                }
                _ => self.buffer.push(byte),
            }
        }
    }

    /// Whether a read waits for its end.
    pub fn is_partial(&self) -> bool {
        self.discarding.is_some() || !self.buffer.is_empty()
    }

    /// Takes the unfinished read out; empty when it was over-long and dropped already.
    pub fn take(&mut self) -> Vec<u8> {
        self.discarding = None;
        std::mem::take(&mut self.buffer)
    }

    /// Forgets an unfinished read.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.discarding = None;
    }
}

/// Which maker's orders switch the reading light. The scanner has to be set up for serial trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerProtocol {
    /// SYN T CR and SYN U CR.
    Honeywell,
    /// `T` and `X`.
    Datalogic,
    /// SOH T EOT and SOH P EOT, as its engines take them.
    Newland,
    /// The scanner's own button only.
    None,
}

impl TriggerProtocol {
    /// The bytes that switch the light on or off; none where only the button does.
    pub fn bytes(self, on: bool) -> &'static [u8] {
        match (self, on) {
            (Self::Honeywell, true) => &[0x16, 0x54, 0x0d],
            (Self::Honeywell, false) => &[0x16, 0x55, 0x0d],
            (Self::Datalogic, true) => b"T",
            (Self::Datalogic, false) => b"X",
            (Self::Newland, true) => &[0x01, 0x54, 0x04],
            (Self::Newland, false) => &[0x01, 0x50, 0x04],
            (Self::None, _) => &[],
        }
    }

    /// The scanner's side: takes the next order out of what arrived. Bytes that begin no order are dropped, the beginning
    /// of one stays.
    pub fn decode(self, buffer: &mut Vec<u8>) -> Option<bool> {
        while !buffer.is_empty() {
            let mut is_begun = false;
            for on in [true, false] {
                let order = self.bytes(on);
                if !order.is_empty() && buffer.starts_with(order) {
                    buffer.drain(..order.len());
                    return Some(on);
                }
                is_begun |= order.starts_with(buffer);
            }
            if is_begun {
                return None;
            }
            buffer.remove(0);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(aim: Option<&str>, text: &str) -> ScanText {
        ScanText { aim: aim.map(str::to_owned), text: text.to_owned() }
    }

    fn frames(parts: &[&[u8]]) -> Vec<Result<Vec<u8>, BadScan>> {
        let mut decoder = Frames::default();
        let mut out = Vec::new();
        for part in parts {
            decoder.feed(part, |frame| out.push(frame.map(<[u8]>::to_vec)));
        }
        out
    }

    #[test]
    fn a_read_has_its_identifier_apart_and_is_written_back_byte_for_byte() {
        for (bytes, aim, text) in [
            (&b"]C0=G1234176543217 00"[..], Some("]C0"), "=G1234176543217 00"),
            (b"]C1\x1d0106901234567892", Some("]C1"), "\u{1d}0106901234567892"),
            (b"]d1=A99991712345600", Some("]d1"), "=A99991712345600"),
            (b"6901234567892", None, "6901234567892"),
            ("]Q1\u{732e}\u{8840}".as_bytes(), Some("]Q1"), "\u{732e}\u{8840}"),
            (b"]", None, "]"),
            (b"]]x", None, "]]x"),
        ] {
            assert_eq!(parse(bytes, false), Ok(scan(aim, text)));
            assert_eq!(encode(&scan(aim, text)), [bytes, b"\r"].concat());
        }
    }

    #[test]
    fn each_bad_read_names_its_reason() {
        for (bytes, reason) in [
            (&b"]C0"[..], BadScan::Empty),
            (b"=G123", BadScan::NoAim),
            (b"]C0a\x00b", BadScan::Control),
            (b"]C0a\x1bb", BadScan::Control),
            (b"]C0a\x7fb", BadScan::Control),
            (b"]C0\xc2\x85b", BadScan::Control),
            (b"]C0\xcf\xd7", BadScan::NotText),
            (&[b'x'; MAX_FRAME + 1], BadScan::TooLong),
        ] {
            assert_eq!(parse(bytes, true), Err(reason), "{bytes:?}");
        }
    }

    #[test]
    fn cr_lf_and_both_end_a_read_and_empty_lines_are_none() {
        assert_eq!(
            frames(&[b"a\rb\nc\r", b"\n\r\r\nd\r\n"]),
            [b"a", b"b", b"c", b"d"].map(|f| Ok(f.to_vec()))
        );
    }

    #[test]
    fn a_read_cut_anywhere_is_the_same_read() {
        let whole = b"]C0=G123417654321700\r";
        for cut in 0..whole.len() {
            assert_eq!(frames(&[&whole[..cut]]), []);
            assert_eq!(frames(&[&whole[..cut], &whole[cut..]]), [Ok(whole[..whole.len() - 1].to_vec())]);
        }
    }

    #[test]
    fn an_over_long_read_is_dropped_whole() {
        let mut bytes = vec![b'x'; 2 * MAX_FRAME];
        bytes.extend_from_slice(b"\rnext\r");
        assert_eq!(frames(&[&bytes]), [Err(BadScan::TooLong), Ok(b"next".to_vec())]);
        let longest = [&[b'x'; MAX_FRAME][..], b"\r"].concat();
        assert_eq!(frames(&[&longest])[0].as_ref().unwrap().len(), MAX_FRAME);
    }

    #[test]
    fn noise_without_end_is_told_more_than_once() {
        let told = frames(&[&[b'x'; 3 * (MAX_FRAME + 1)]]);
        assert_eq!(told, [Err(BadScan::TooLong), Err(BadScan::TooLong), Err(BadScan::TooLong)]);
    }

    #[test]
    fn answers_to_orders_are_no_part_of_a_read() {
        assert_eq!(frames(&[b"\x06]C0x\r\x15\x05y\r"]), [Ok(b"]C0x".to_vec()), Ok(b"y".to_vec())]);
    }

    #[test]
    fn trigger_orders_are_the_makers_bytes() {
        use TriggerProtocol::{Datalogic, Honeywell, Newland, None};
        for (maker, on, off) in [
            (Honeywell, &b"\x16T\r"[..], &b"\x16U\r"[..]),
            (Datalogic, b"T", b"X"),
            (Newland, b"\x01T\x04", b"\x01P\x04"),
            (None, b"", b""),
        ] {
            assert_eq!((maker.bytes(true), maker.bytes(false)), (on, off), "{maker:?}");
            if maker == None {
                continue;
            }
            let mut buffer = [&b"??"[..], on, off, &on[..on.len() - 1]].concat();
            assert_eq!(maker.decode(&mut buffer), Some(true));
            assert_eq!(maker.decode(&mut buffer), Some(false));
            assert_eq!(maker.decode(&mut buffer), Option::None);
            assert_eq!(buffer, &on[..on.len() - 1], "the beginning of an order stays");
        }
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]

        #[test]
        fn noise_never_panics_never_grows_and_never_brings_a_control_character(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..6)
        ) {
            let mut decoder = Frames::default();
            for part in &parts {
                decoder.feed(part, |frame| {
                    if let Ok(scan) = frame.and_then(|frame| parse(frame, false)) {
                        assert!(scan.text.chars().all(|c| c == GS || !c.is_control()));
                        assert!(!scan.text.is_empty() && scan.text.chars().count() <= MAX_FRAME);
                    }
                });
                assert!(decoder.buffer.len() <= MAX_FRAME);
            }
        }

        #[test]
        fn any_split_reads_the_same(text in "[ -~]{1,40}", cut in 0_usize..44) {
            let bytes = encode(&scan(Some("]C0"), &text));
            let cut = cut.min(bytes.len());
            let read = frames(&[&bytes[..cut], &bytes[cut..]]);
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(parse(read[0].as_ref().unwrap(), true), Ok(scan(Some("]C0"), &text)));
        }
    }
}
