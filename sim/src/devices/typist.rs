//! A scanner that types: what it sends, as the events of a keyboard.
//!
//! Owns: the keys of a US keyboard by the kernel's numbers. Refuses: nothing: what has no key is typed as `#`, as a key that somebody leans
//! on. Holds no state.

/// Type of a key event, and of the mark behind the events of one instant.
pub(crate) const KEY: u16 = 1;
const LEFT_SHIFT: u16 = 42;
const LEFT_CONTROL: u16 = 29;
/// Number of the first key of each row, and what the row types without and with Shift.
const ROWS: [(u16, &str, &str); 5] = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]\r", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", ""),
];

/// The events of these characters: a press and a release each, with Shift or Control around them where they need it.
pub fn typed(text: &[u8]) -> Vec<u8> {
    let mut events = Vec::new();
    for byte in text {
        let (key, modifier) = key(*byte).or_else(|| key(b'#')).unwrap_or_default();
        events.extend(modifier.iter().flat_map(|held| event(*held, 1)));
        events.extend([event(key, 1), event(key, 0)].concat());
        events.extend(modifier.iter().flat_map(|held| event(*held, 0)));
    }
    events
}

/// The numbers of all keys that are ever pressed.
pub fn keys() -> impl Iterator<Item = u16> {
    let rows = ROWS.iter().flat_map(|(first, plain, _)| (*first..).take(plain.len()));
    rows.chain([LEFT_SHIFT, LEFT_CONTROL])
}

/// A key's number, and what is held with it.
fn key(byte: u8) -> Option<(u16, Option<u16>)> {
    // A separator of two parts of a code.
    if byte == 0x1d {
        return Some((27, Some(LEFT_CONTROL)));
    }
    ROWS.iter().find_map(|(first, plain, shifted)| {
        let at = |row: &str| row.bytes().position(|known| known == byte);
        let (at, held) = match (at(plain), at(shifted)) {
            (Some(at), _) => (at, None),
            (None, Some(at)) => (at, Some(LEFT_SHIFT)),
            (None, None) => return None,
        };
        Some((first + u16::try_from(at).ok()?, held))
    })
}

/// One event and its mark, as a 64-bit kernel gives them: sixteen bytes of time, type, code, value.
fn event(code: u16, value: i32) -> Vec<u8> {
    let mut bytes = vec![0; 16];
    bytes.extend(KEY.to_ne_bytes());
    bytes.extend(code.to_ne_bytes());
    bytes.extend(value.to_ne_bytes());
    bytes.extend([0; 24]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::transport::keys::Keyboard;

    #[test]
    fn every_character_of_a_label_is_one_key_that_the_station_reads_as_it() {
        let all: Vec<u8> = (0x20..0x7f).chain([0x1d, b'\r']).collect();
        let mut keyboard = Keyboard::default();
        let events = typed(&all);
        let read: Vec<u8> = events.as_chunks().0.iter().filter_map(|event| keyboard.event(event)).collect();
        assert_eq!(read, all);
        assert_eq!(typed(&[0xa5]), typed(b"#"));
        // Key 46 is C, 42 is Shift, by the kernel's table.
        let shift = event(42, 1);
        assert_eq!(typed(b"C")[..96], [&shift[..], &event(46, 1)].concat());
        let number = |event: &[u8; 48]| u16::from_ne_bytes([event[18], event[19]]);
        assert!(events.as_chunks().0.iter().all(|event| keys().any(|key| key == number(event))));
    }
}
