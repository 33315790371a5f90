//! The text protocol between the station and a virtual GPIO chip (the simulator's), over a Unix stream socket.
//!
//! Owns: one message per line, both directions, encode and decode. Refuses: anything that is not exactly a message, and
//! lines longer than [`MAX_LINE`]. State: the unfinished rest of the last read; a lost socket loses it.
//!
//! ```text
//!   station -> chip    out <line> <0|1>\n     drive an output; the chip keeps it when the station dies (it latches)
//!   chip -> station    in <line> <0|1>\n      level of an input: all of them at connect, then each change
//! ```
//! `<line>` is decimal, 0 to 4294967295, without sign or leading zeros. Levels are electrical: 1 is high.

/// Longest message without its newline: `out 4294967295 1`.
pub const MAX_LINE: usize = 16;

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The station drives a line.
    Out {
        /// Line number.
        line: u32,
        /// Level.
        high: bool,
    },
    /// The chip tells the level of a line.
    In {
        /// Line number.
        line: u32,
        /// Level.
        high: bool,
    },
}

/// A line that is no message. The connection is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// More than [`MAX_LINE`] bytes without a newline.
    #[error("virtual GPIO: a line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// Not a message; the text is printable and at most [`MAX_LINE`] characters.
    #[error("virtual GPIO: {0:?} is no message")]
    Unknown(String),
}

impl Message {
    /// Appends the message with its newline.
    pub fn encode(self, to: &mut Vec<u8>) {
        let (word, line, high) = match self {
            Self::Out { line, high } => ("out", line, high),
            Self::In { line, high } => ("in", line, high),
        };
        to.extend_from_slice(format!("{word} {line} {}\n", u8::from(high)).as_bytes());
    }

    /// Reads one line without its newline.
    ///
    /// # Errors
    /// [`WireError`] when it is no message.
    pub fn decode(text: &[u8]) -> Result<Self, WireError> {
        let unknown =
            || WireError::Unknown(String::from_utf8_lossy(text).escape_debug().take(MAX_LINE).collect());
        if text.len() > MAX_LINE {
            return Err(WireError::TooLong);
        }
        let text = std::str::from_utf8(text).map_err(|_| unknown())?;
        let mut words = text.split(' ');
        let (Some(word), Some(line), Some(level), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(unknown());
        };
        let number = line.parse::<u32>().ok().filter(|n| n.to_string() == line).ok_or_else(unknown)?;
        let high = match level {
            "0" => false,
            "1" => true,
            _ => return Err(unknown()),
        };
        match word {
            "out" => Ok(Self::Out { line: number, high }),
            "in" => Ok(Self::In { line: number, high }),
            _ => Err(unknown()),
        }
    }
}

/// Cuts a stream of bytes into messages.
#[derive(Debug, Default)]
pub struct Decoder {
    rest: Vec<u8>,
}

impl Decoder {
    /// Takes bytes as they came and hands each complete message to `each`. At most [`MAX_LINE`] bytes stay behind.
    ///
    /// # Errors
    /// [`WireError`] at the first line that is no message; what follows it is dropped.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Message)) -> Result<(), WireError> {
        for &byte in bytes {
            if byte == b'\n' {
                let message = Message::decode(&self.rest);
                self.rest.clear();
                each(message?);
            } else if self.rest.len() == MAX_LINE {
                self.rest.clear();
                return Err(WireError::TooLong);
            } else {
                self.rest.push(byte);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_are_these() {
        let mut bytes = Vec::new();
        Message::Out { line: 17, high: true }.encode(&mut bytes);
        Message::In { line: 4_294_967_295, high: false }.encode(&mut bytes);
        assert_eq!(bytes, b"out 17 1\nin 4294967295 0\n");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bad in
            ["", "in 1", "in 1 2", "in  1 1", "in +1 1", "in 01 1", "in 1 1 ", "in 1 1\r", "IN 1 1", "up 1 1"]
        {
            assert!(matches!(Message::decode(bad.as_bytes()), Err(WireError::Unknown(_))), "{bad:?}");
        }
        assert!(matches!(Message::decode(b"in \xff 1"), Err(WireError::Unknown(_))));
    }

    #[test]
    fn an_endless_line_is_cut_off() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.feed(&[b'1'; MAX_LINE + 1], |_| {}), Err(WireError::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

        #[test]
        fn messages_survive_any_split(
            sent in proptest::collection::vec((any::<bool>(), any::<u32>(), any::<bool>()), 0..20),
            cut in 1_usize..40,
        ) {
            let sent: Vec<Message> = sent
                .into_iter()
                .map(|(out, line, high)| if out { Message::Out { line, high } } else { Message::In { line, high } })
                .collect();
            let mut bytes = Vec::new();
            for message in &sent {
                message.encode(&mut bytes);
            }
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            for part in bytes.chunks(cut) {
                decoder.feed(part, |m| got.push(m)).unwrap();
            }
            prop_assert_eq!(got, sent);
        }

        #[test]
        fn noise_never_panics_and_never_grows(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = Decoder::default();
            for part in noise.chunks(7) {
                // Errors are expected here; what is tested is that nothing panics and nothing piles up.
                drop(decoder.feed(part, |_| {}));
                prop_assert!(decoder.rest.len() <= MAX_LINE);
            }
        }
    }
}
