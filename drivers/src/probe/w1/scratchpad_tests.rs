//! Every way in which a `w1_slave` file lies.

use super::*;
use proptest::prelude::*;

/// 4.0625 degrees, 12 bits.
const COLD: [u8; 8] = [0x41, 0x00, 0x4b, 0x46, 0x7f, 0xff, 0x0f, 0x10];
/// From the kernel's documentation and many logs: the value after power-on, its check included.
const WOKEN: &str = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n";

fn file(bytes: [u8; 8], t: i32) -> String {
    let check = crc(&bytes);
    let hex: String = bytes.iter().chain([&check]).map(|b| format!("{b:02x} ")).collect();
    format!("{hex}: crc={check:02x} YES\n{hex}t={t}\n")
}

#[test]
fn the_check_is_the_one_that_sensors_send() {
    assert_eq!(crc(&[0x50, 0x05, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10]), 0x1c);
    assert_eq!(crc(&[0xff; 8]), 0xc9, "a line without a sensor is all ones and its check is wrong");
    assert_eq!(crc(b"123456789"), 0xa1, "the published check value");
}

#[test]
fn temperatures_above_and_below_zero() {
    assert_eq!(parse(file(COLD, 4062).as_bytes()), Ok(MilliCelsius(4062)));
    let below = [0x5e, 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x02, 0x10];
    assert_eq!(parse(file(below, -10125).as_bytes()), Ok(MilliCelsius(-10_125)));
    // A log of a room.
    let room = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n";
    assert_eq!(parse(room.as_bytes()), Ok(MilliCelsius(23_125)));
}

#[test]
fn the_value_after_power_on_has_a_right_check_and_is_none() {
    assert_eq!(parse(WOKEN.as_bytes()), Err(Unusable::PowerOn));
}

#[test]
fn a_failed_check_hides_the_last_good_value() {
    let stale = "ff ff ff ff ff ff ff ff ff : crc=c9 NO\n41 00 4b 46 7f ff 0f 10 c4 t=4062\n";
    assert_eq!(parse(stale.as_bytes()), Err(Unusable::Check));
    let lying = file(COLD, 4062).replace("crc=", "crc=0").replace("YES", "NO");
    assert!(parse(lying.as_bytes()).is_err());
}

#[test]
fn a_dead_line_reads_as_nought_degrees_with_a_right_check() {
    let zeros = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n";
    assert_eq!(parse(zeros.as_bytes()), Err(Unusable::Dead));
}

#[test]
fn other_chips_an_empty_file_and_a_disagreement() {
    let mut other = COLD;
    other[4] = 0x00;
    assert_eq!(parse(file(other, 4062).as_bytes()), Err(Unusable::NotThis));
    assert_eq!(parse(b""), Err(Unusable::Empty));
    assert_eq!(parse(file(COLD, 9062).as_bytes()), Err(Unusable::Layout), "two values");
    assert_eq!(parse(format!("{}more\n", file(COLD, 4062)).as_bytes()), Err(Unusable::Layout));
    assert_eq!(parse(&[b' '; MAX_TEXT + 1]), Err(Unusable::Layout));
}

#[test]
fn a_text_cut_anywhere_is_no_temperature() {
    let whole = file(COLD, 4062);
    for end in 0..whole.len() {
        assert!(parse(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(crate::proptest_config())]

    /// A bit that flips anywhere leaves the value as it was, or none.
    #[test]
    fn a_flipped_bit_is_never_another_temperature(raw in -880_i16..2000, at in 0_usize..75, bit in 0_u8..8) {
        let [low, high] = raw.to_le_bytes();
        let bytes = [low, high, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10];
        let value = i32::from(raw) * 1000 / 16;
        let mut text = file(bytes, value).into_bytes();
        let at = at % text.len();
        text[at] ^= 1 << bit;
        if let Ok(found) = parse(&text) {
            prop_assert_eq!(found, MilliCelsius(value));
        }
    }

    #[test]
    fn no_noise_is_a_temperature(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(parse(&bytes).is_err());
    }
}
