//! Our Modbus frames against those of an independent implementation, which the script beside this file wrote.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of these tests fail like the tests themselves"
)]

use drivers::modbus::frame::{Reply, Request};

const FRAMES: &str = include_str!("modbus_frames.txt");

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn words(hex: &str) -> Vec<u16> {
    hex.split(',').map(|word| u16::from_str_radix(word, 16).unwrap()).collect()
}

#[test]
fn every_frame_is_the_other_implementation_s() {
    let mut checked = 0;
    for line in FRAMES.lines().filter(|line| !line.starts_with('#')) {
        let [name, unit, address, data, sent, answered, meant] =
            line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (unit, address): (u8, u16) = (unit.parse().unwrap(), address.parse().unwrap());
        let count = || data.parse().unwrap();
        let request = match name {
            "holding" => Request::ReadHolding { address, count: count() },
            "registers" => Request::ReadRegisters { address, count: count() },
            "inputs" => Request::ReadInputs { address, count: count() },
            "write" => Request::Write { address, value: words(data)[0] },
            "write_all" => Request::WriteAll { address, values: words(data) },
            other => panic!("{other}"),
        };
        let reply = match meant {
            "written" => Reply::Written,
            meant => match meant.strip_prefix("exception") {
                Some(code) => Reply::Exception(code.parse().unwrap()),
                None if name == "inputs" => Reply::Inputs(bytes(meant)),
                None => Reply::Registers(words(meant)),
            },
        };
        assert_eq!(request.encode(unit), bytes(sent), "{line}");
        assert_eq!(request.take_reply(unit, &mut bytes(answered)), Some(reply), "{line}");
        checked += 1;
    }
    assert_eq!(checked, 240);
}
