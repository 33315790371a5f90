//! The `station.toml` of a simulated site.
//!
//! Owns: where every simulated device is: the names of its ports and the numbers of its lines. Refuses: anything but a
//! simulated station. Holds no state; the file is written anew at each start.

use crate::devices::probe::NUMBER;
use crate::devices::rfid::TagVoice;
use crate::devices::scanner::ScannerVoice;
use crate::devices::transmitter::{BOX, EIGHT};
use crate::devices::voice::Voice;
use drivers::modbus::node::{FIRST_OUTPUT, LAST_GUARDED};
use station::device::DeviceKind;
use station::ident::BedId;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Lines of one bed on the virtual chip.
const LINES_PER_BED: u32 = 40;
/// The station's enable line, behind those of eight beds.
pub const STATION_ENABLE: u32 = 8 * LINES_PER_BED;

/// How the contacts are wired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Wiring {
    /// To the virtual chip, which latches.
    #[default]
    Chip,
    /// The same, and clamp and tools have power only while the enable lines pulse.
    Enables,
    /// To one node for each bed on an RS-485 line.
    Nodes,
}

/// Devices with a serial port, and what they speak; scale and scanner speak as [`SiteFile`] says.
pub const SERIAL: [(DeviceKind, &str); 3] =
    [(DeviceKind::Scale, "mt_sics"), (DeviceKind::Scanner, "line"), (DeviceKind::IdReader, "sam")];

/// Devices with contacts: kind, roles of outputs, roles of inputs; by the indices of their drivers.
pub const CONTACTS: [(DeviceKind, &[&str], &[&str]); 7] = [
    (DeviceKind::Clamp, &drivers::clamp::OUTPUTS, &drivers::clamp::INPUTS),
    (DeviceKind::Mixer, &drivers::mixer::OUTPUTS, &drivers::mixer::INPUTS),
    (DeviceKind::Diverter, &drivers::diverter::OUTPUTS, &drivers::diverter::INPUTS),
    (DeviceKind::Sealer, &drivers::sealer::OUTPUTS, &drivers::sealer::INPUTS),
    (DeviceKind::Separator, &drivers::separator::OUTPUTS, &drivers::separator::INPUTS),
    (DeviceKind::Panel, &drivers::panel::OUTPUTS, &drivers::panel::INPUTS),
    (DeviceKind::Sampler, &drivers::sampler::OUTPUTS, &drivers::sampler::INPUTS),
];

/// One line of the virtual chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineUse {
    /// Its number.
    pub number: u32,
    /// Whose.
    pub bed: BedId,
    /// Which device.
    pub device: DeviceKind,
    /// The driver's index.
    pub index: usize,
    /// The station drives it, else hears it.
    pub output: bool,
    /// Its role in `station.toml`.
    pub role: &'static str,
}

/// A bed's own enable line.
pub fn enable_of(bed: BedId) -> u32 {
    u32::from(bed.number()) * LINES_PER_BED - 1
}

/// All lines of a bed at its node: inputs from 0, outputs that a silent station loses from 32, the others from 48.
pub fn node_lines_of(bed: BedId) -> Vec<LineUse> {
    let (mut input, mut guarded, mut kept) = (0, FIRST_OUTPUT, LAST_GUARDED + 1);
    let mut number = |line: &LineUse| {
        let next = match (line.output, line.device) {
            (false, _) => &mut input,
            (true, DeviceKind::Mixer | DeviceKind::Panel) => &mut kept,
            (true, _) => &mut guarded,
        };
        *next += 1;
        *next - 1
    };
    lines_of(bed).into_iter().map(|line| LineUse { number: number(&line), ..line }).collect()
}

/// All lines of a bed, ascending.
pub fn lines_of(bed: BedId) -> Vec<LineUse> {
    let mut number = u32::from(bed.number() - 1) * LINES_PER_BED;
    let mut all = Vec::new();
    for (device, outputs, inputs) in CONTACTS {
        for (roles, output) in [(outputs, true), (inputs, false)] {
            for (index, role) in roles.iter().enumerate() {
                all.push(LineUse { number, bed, device, index, output, role });
                number += 1;
            }
        }
    }
    all
}

/// Name of a device's port in the folder of the simulated devices.
pub fn port_in(folder: &Path, bed: BedId, device: DeviceKind) -> PathBuf {
    folder.join(format!("bed{bed}.{device}"))
}

/// Data and clock line of a bed's load cell, where scales are clocked.
pub fn cell_lines_of(bed: BedId) -> (u32, u32) {
    let data = 2 * u32::from(bed.number());
    (data, data + 1)
}

/// What a simulated site's file has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Name of the station.
    pub station: String,
    /// Beds.
    pub beds: Vec<BedId>,
    /// Folder of the ports and of the chip's socket; absolute.
    pub folder: PathBuf,
    /// Speed of time, 1 to 20.
    pub speed: u8,
    /// Whether the pouch hangs on the tray.
    pub pouch_on_tray: bool,
    /// Base address of the BMS.
    pub bms: Option<String>,
    /// What the scales speak.
    pub scale: Voice,
    /// How the contacts are wired.
    pub wiring: Wiring,
    /// `zh` or `en`.
    pub language: String,
    /// What the tag readers under the trays speak, where there are some.
    pub tags: Option<TagVoice>,
    /// What the scanners speak.
    pub scanner: ScannerVoice,
    /// Whether there are racks that fill tubes by themselves.
    pub samplers: bool,
    /// Whether there is a blood refrigerator with a thermometer.
    pub fridge: bool,
    /// Whether there are transmitters on a line of their own.
    pub transmitters: bool,
    /// Whether donations need an open shift, checked scales and opened packages.
    pub shift: bool,
}

impl SiteFile {
    /// The chip's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("gpio.sock")
    }

    /// The socket of the load cells' chips, where scales are such.
    pub fn cells(&self) -> PathBuf {
        self.folder.join("cells.sock")
    }

    /// The port of the nodes.
    pub fn node_port(&self) -> PathBuf {
        self.folder.join("nodes")
    }

    /// The port of the transmitters.
    pub fn probe_port(&self) -> PathBuf {
        self.folder.join("probes")
    }

    /// The file of the refrigerator's sensor.
    pub fn fridge_file(&self) -> PathBuf {
        self.folder.join(NUMBER).join("w1_slave")
    }

    fn render_gpio(&self) -> String {
        if self.wiring != Wiring::Nodes {
            return format!(
                "[gpio.sim]\nbackend = \"simulated\"\nsocket = {:?}\n",
                self.socket().display().to_string()
            );
        }
        let port = self.node_port().display().to_string();
        let node =
            |bed: &BedId| format!("[gpio.node{bed}]\nbackend = \"modbus\"\nport = {port:?}\nunit = {bed}\n");
        self.beds.iter().map(node).collect()
    }

    /// The file's text.
    pub fn render(&self) -> String {
        let mut text = format!(
            "# A simulated station: nothing of it happens. Written by the simulator; changes do not last.\n\
             [station]\nid = {:?}\nmode = \"simulated\"\nclock_scale = {}\n\n\
             [procedure]\npouch_on_tray = {}\n\n{}",
            self.station,
            self.speed,
            self.pouch_on_tray,
            self.render_gpio(),
        );
        if self.scale == Voice::Hx711 {
            let socket = self.cells().display().to_string();
            push(&mut text, &format!("\n[gpio.cells]\nbackend = \"simulated\"\nsocket = {socket:?}\n"));
        }
        for bed in &self.beds {
            self.render_bed(&mut text, *bed);
        }
        if self.wiring == Wiring::Enables {
            push(&mut text, &format!("\n[shared.enable]\ngpio = \"sim\"\npulse = {STATION_ENABLE}\n"));
        }
        if self.fridge {
            let file = self.fridge_file().display().to_string();
            push(
                &mut text,
                &format!("\n[probe.fridge]\nprotocol = \"w1\"\nfile = {file:?}\nlow_c = 2\nhigh_c = 6\n"),
            );
        }
        if self.transmitters {
            self.render_transmitters(&mut text);
        }
        if let Some(url) = &self.bms {
            push(
                &mut text,
                &format!("\n[bms]\nurl = {url:?}\nretry_first_s = 2\nretry_max_s = 20\nworklist_s = 10\n"),
            );
        }
        // Minutes of a clock that may run 20 times faster: people at the terminal do not.
        push(&mut text, "\n[operators]\nsession_idle_min = 60\nlockout_min = 10\n");
        push(&mut text, &format!("\n[terminal]\nlanguage = {:?}\n", self.language));
        push(
            &mut text,
            &format!(
                "\n[shift]\nrequired = {}\nsite = \"SIM\"\ndisk_mark_pct = 99\nteam = \"A\"\n",
                self.shift
            ),
        );
        text
    }

    fn render_transmitters(&self, text: &mut String) {
        let port = self.probe_port().display().to_string();
        push(
            text,
            &format!(
                "\n[probe.box]\nprotocol = \"xy_md02\"\nport = {port:?}\nunit = {BOX}\nlow_c = 2\nhigh_c = 10\n\
                 \n[probe.bus]\nprotocol = \"r4dcb08\"\nport = {port:?}\nunit = {EIGHT}\nlow_c = 10\nhigh_c = 35\n"
            ),
        );
    }

    fn render_bed(&self, text: &mut String, bed: BedId) {
        push(text, &format!("\n[[bed]]\nnumber = {bed}\n"));
        for (device, protocol) in SERIAL {
            let port = port_in(&self.folder, bed, device).display().to_string();
            let link = if device == DeviceKind::Scale && self.scale == Voice::Hx711 {
                // It is at lines that it names itself.
                ""
            } else if device == DeviceKind::Scale && self.scale == Voice::Iio {
                "file"
            } else if device == DeviceKind::Scanner && self.scanner == ScannerVoice::Keyboard {
                "device"
            } else {
                "port"
            };
            push(text, &format!("\n[bed.{device}]\n"));
            if link.is_empty() {
                let (data, clock) = cell_lines_of(bed);
                push(text, &format!("data = {data}\nclock = {clock}\n"));
            } else {
                push(text, &format!("{link} = {port:?}\n"));
            }
            if device == DeviceKind::Scale {
                let certificate = format!(
                    "{{ certificate = \"SIM-{bed}\", expires = \"2099-12-31\", made = \"2020-01-02\", by = \"SIM\" }}"
                );
                push(text, &format!("calibration = {certificate}\n{}", self.scale.settings()));
            } else {
                let protocol = if device == DeviceKind::Scanner { self.scanner.protocol() } else { protocol };
                push(text, &format!("protocol = {protocol:?}\n"));
            }
        }
        if let Some(voice) = self.tags {
            let port = port_in(&self.folder, bed, DeviceKind::Rfid).display().to_string();
            push(text, &format!("\n[bed.rfid]\nprotocol = {:?}\nport = {port:?}\n", voice.protocol()));
        }
        if self.wiring == Wiring::Enables {
            push(text, &format!("\n[bed.enable]\ngpio = \"sim\"\npulse = {}\n", enable_of(bed)));
        }
        let (lines, gpio) = match self.wiring {
            Wiring::Chip | Wiring::Enables => (lines_of(bed), "sim".to_owned()),
            Wiring::Nodes => (node_lines_of(bed), format!("node{bed}")),
        };
        let mut device = None;
        for line in lines.into_iter().filter(|line| self.samplers || line.device != DeviceKind::Sampler) {
            if device.replace(line.device) != Some(line.device) {
                push(text, &format!("\n[bed.{}]\ngpio = {gpio:?}\n", line.device));
            }
            push(text, &format!("{} = {}\n", line.role, line.number));
        }
    }
}

fn push(text: &mut String, more: &str) {
    // invariant: writing to a String never fails.
    text.write_str(more).expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_reads_the_file_of_one_to_eight_beds() {
        for beds in 1..=8 {
            let file = SiteFile {
                station: "SIM-01".into(),
                beds: (1..=beds).map(|n| BedId::new(n).unwrap()).collect(),
                folder: "/tmp/hemostation sim".into(),
                speed: 20,
                pouch_on_tray: true,
                bms: Some("http://127.0.0.1:8080".into()),
                scale: Voice::all()[usize::from(beds % 7)],
                wiring: [Wiring::Chip, Wiring::Enables, Wiring::Nodes][usize::from(beds % 3)],
                language: "en".into(),
                fridge: beds % 2 == 0,
                tags: [None, Some(TagVoice::Feig), Some(TagVoice::Rr3036)][usize::from(beds % 3)],
                scanner: [ScannerVoice::Line, ScannerVoice::Keyboard][usize::from(beds % 4 == 3)],
                samplers: beds % 3 == 1,
                transmitters: beds % 2 == 0,
                shift: true,
            };
            let text = file.render();
            let config = config::parse(&text, "station.toml").unwrap_or_else(|m| panic!("{m}\n{text}"));
            assert_eq!(config.beds.len(), usize::from(beds));
            assert_eq!(config.operators.session_idle_min, 60);
            let bed = &config.beds[0];
            assert!(bed.panel.is_some() && bed.diverter.is_some() && bed.sealer.is_some());
            assert!(bed.separator.as_ref().is_some_and(|s| s.inputs.bin_full.is_some()));
        }
    }
}
