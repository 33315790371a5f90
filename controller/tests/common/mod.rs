//! The configuration that the tests of the whole program share: one bed, without serial devices, on a virtual chip.
//!
//! Owns: its text. Refuses: to be anything but simulated. Holds no state.

use std::path::Path;

/// The clamp's output.
pub(crate) const CLAMP_OPEN: u32 = 4;
/// The mixer's output.
pub(crate) const MIXER_RUN: u32 = 7;

/// `station.toml` with this chip, and more sections behind it.
pub(crate) fn station_toml(chip: &Path, more: &str) -> String {
    format!(
        r#"
        [station]
        id = "TEST"
        mode = "simulated"
        [gpio.chip]
        backend = "simulated"
        socket = "{}"
        [[bed]]
        number = 1
        [bed.scale]
        protocol = "mt_sics"
        port = "/dev/serial/by-id/no-such-scale"
        [bed.scanner]
        protocol = "line"
        port = "/dev/serial/by-id/no-such-scanner"
        [bed.clamp]
        gpio = "chip"
        open = {CLAMP_OPEN}
        closed_switch = 5
        open_switch = 6
        [bed.mixer]
        gpio = "chip"
        run = {MIXER_RUN}
        home = 8
        {more}
        "#,
        chip.display()
    )
}
