//! From the configuration to drivers, routes and links to open.
//!
//! Owns: which driver speaks which protocol, and which line of a chip is which of a driver's. Refuses: to open anything, and to
//! guess: what the configuration has let pass is complete. Holds no state.

use crate::control::climate::ClimateParts;
use crate::control::io::{BedParts, DeviceRoute};
use config::{GpioBackend, GpioName, Line, Port, StationConfig};
use drivers::Driver;
use drivers::clamp::Clamp;
use drivers::contact::one_shot::{self, OneShot};
use drivers::diverter::Diverter;
use drivers::id_reader::sam::SamReader;
use drivers::mixer::{self, Mixer};
use drivers::modbus::bus::NodeSettings;
use drivers::panel::Panel;
use drivers::probe::modbus::{ModbusProbe, ModbusProbeSettings};
use drivers::probe::w1::{W1Probe, W1Settings};
use drivers::rfid::{self, RfidReader, RfidSettings};
use drivers::sampler::Sampler;
use drivers::scale::cell::{Cell, CellSettings, Coding, Points};
use drivers::scale::indicator::{Check, Columns, Dialect, Indicator, IndicatorSettings, Point};
use drivers::scale::mt_sics::{MtSics, MtSicsSettings};
use drivers::scale::text::Unit;
use drivers::scanner::line::{
    Codabar, CodabarCheck, Labels, LineScanner, LineScannerSettings, TriggerProtocol,
};
use drivers::transport::gpio::{LineRef, Pull, Wiring};
use drivers::transport::serial::{DataBits, Parity, SerialSettings, StopBits};
use drivers::transport::two_wires::TwoLines;
use station::device::DeviceKind;
use station::ident::{BedId, DeviceId};
use station::measure::{MilliCelsius, Milligrams, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortSettings {
    /// A serial port.
    Serial(SerialSettings),
    /// A keyboard, by its name.
    Keys(PathBuf),
    /// A file of the kernel's, read when it is asked for.
    File(PathBuf),
    /// A chip that this program clocks.
    Clocked(Clocked),
}

/// Two lines of a backend that are one device's port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocked {
    /// As people know it.
    pub name: PathBuf,
    /// How the lines are reached.
    pub backend: GpioBackend,
    /// Which they are.
    pub lines: TwoLines,
}

impl PortSettings {
    /// Its name.
    pub fn path(&self) -> &Path {
        match self {
            Self::Serial(settings) => &settings.path,
            Self::Keys(path) | Self::File(path) => path,
            Self::Clocked(clocked) => &clocked.name,
        }
    }
}

/// A device that bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialDevice {
    /// Which device.
    pub id: DeviceId,
    /// What it is.
    pub kind: DeviceKind,
    /// Its port.
    pub settings: PortSettings,
}

/// A chip and the devices at its lines, clamps first: that is the order in which they are driven safe.
#[derive(Debug, Clone)]
pub struct Chip {
    /// The site's name for it.
    pub name: GpioName,
    /// How it is reached.
    pub backend: GpioBackend,
    /// Devices with their wiring.
    pub members: Vec<(DeviceId, Wiring)>,
}

/// A node and the devices at its lines.
#[derive(Debug, Clone)]
pub struct NodePlan {
    /// The site's name for it.
    pub name: GpioName,
    /// Its address and patience.
    pub settings: NodeSettings,
    /// The beds that own a device at it: all of them have to be in order for its heart to beat.
    pub beds: Vec<BedId>,
    /// Devices with their wiring.
    pub members: Vec<(DeviceId, Wiring)>,
}

/// An RS-485 line and its nodes.
#[derive(Debug, Clone)]
pub struct BusPlan {
    /// Its port.
    pub port: SerialSettings,
    /// Its nodes.
    pub nodes: Vec<NodePlan>,
}

/// An enable line: it pulses as long as whoever it belongs to is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnableLine {
    /// Its name among the chip's devices.
    pub id: DeviceId,
    /// Its bed; the station's when `None`.
    pub bed: Option<BedId>,
}

/// All that is made from the configuration.
pub struct Built {
    /// The drivers.
    pub drivers: Vec<(DeviceId, Box<dyn Driver>)>,
    /// Whom each device serves.
    pub routes: Vec<DeviceRoute>,
    /// What the thermometers among them have to say.
    pub probes: Vec<ClimateParts>,
    /// The beds.
    pub beds: Vec<BedParts>,
    /// Devices at serial ports.
    pub serial: Vec<SerialDevice>,
    /// Chips with their devices.
    pub chips: Vec<Chip>,
    /// RS-485 lines with their nodes.
    pub buses: Vec<BusPlan>,
    /// Enable lines; they are at the chips.
    pub enables: Vec<EnableLine>,
}

#[derive(Default)]
struct Builder {
    drivers: Vec<(DeviceId, Box<dyn Driver>)>,
    routes: Vec<DeviceRoute>,
    serial: Vec<SerialDevice>,
    wired: BTreeMap<GpioName, Vec<WiredDevice>>,
    enables: Vec<EnableLine>,
}

/// A device at some lines.
struct WiredDevice {
    kind: Option<DeviceKind>,
    owner: Option<BedId>,
    id: DeviceId,
    wiring: Wiring,
}

/// Makes drivers, routes and descriptions of links.
pub fn build(config: &StationConfig) -> Built {
    let mut b = Builder::default();
    for bed in &config.beds {
        let own = Some(bed.number);
        let beds = vec![bed.number];
        b.scale(own, beds.clone(), &bed.scale, &config.gpios);
        b.scanner(own, beds.clone(), &bed.scanner);
        b.clamp(own, beds.clone(), &bed.clamp);
        if let Some(enable) = &bed.enable {
            b.enable(own, enable);
        }
        b.mixer(own, beds.clone(), &bed.mixer);
        if let Some(diverter) = &bed.diverter {
            b.diverter(own, beds.clone(), diverter);
        }
        if let Some(sampler) = &bed.sampler {
            b.sampler(own, beds.clone(), sampler);
        }
        if let Some(panel) = &bed.panel {
            b.panel(own, beds.clone(), panel);
        }
        if let Some(reader) = &bed.id_reader {
            b.id_reader(own, beds.clone(), reader);
        }
        if let Some(reader) = &bed.rfid {
            b.rfid(own, beds.clone(), reader);
        }
        if let Some(tool) = &bed.sealer {
            b.tool(own, beds.clone(), one_shot::Tool::Sealer, tool);
        }
        if let Some(tool) = &bed.separator {
            b.tool(own, beds, one_shot::Tool::Separator, tool);
        }
    }
    b.shared(config);
    for (name, probe) in &config.probes {
        b.probe(name, probe, &config.probes);
    }
    let (mut chips, mut buses) = (Vec::new(), Vec::new());
    for (name, devices) in b.wired {
        match config.gpios.get(&name) {
            Some(GpioBackend::Modbus { port, unit, silence_ms }) => {
                let settings = NodeSettings { unit: *unit, silence_ms: *silence_ms };
                add_node(&mut buses, serial_settings(port), name, settings, devices);
            }
            Some(backend) => chips.push(chip(name, backend.clone(), devices)),
            // The configuration lets no device name a backend that is not there.
            None => {}
        }
    }
    let beds = config
        .beds
        .iter()
        .map(|bed| BedParts { bed: bed.number, donor_connected_seal: config.donor_connected_seal(bed) });
    Built {
        chips,
        buses,
        enables: b.enables,
        probes: climate_parts(config),
        beds: beds.collect(),
        drivers: b.drivers,
        routes: b.routes,
        serial: b.serial,
    }
}

/// A chip with its devices, clamps first.
fn chip(name: GpioName, backend: GpioBackend, mut devices: Vec<WiredDevice>) -> Chip {
    devices.sort_by_key(|device| device.kind != Some(DeviceKind::Clamp));
    let members = devices.into_iter().map(|device| (device.id, device.wiring)).collect();
    Chip { name, backend, members }
}

/// Adds a node to the line at its port.
fn add_node(
    buses: &mut Vec<BusPlan>,
    port: SerialSettings,
    name: GpioName,
    settings: NodeSettings,
    devices: Vec<WiredDevice>,
) {
    let mut beds: Vec<BedId> = devices.iter().filter_map(|device| device.owner).collect();
    beds.sort_unstable();
    beds.dedup();
    let members = devices.into_iter().map(|device| (device.id, device.wiring)).collect();
    let node = NodePlan { name, settings, beds, members };
    match buses.iter_mut().find(|bus| bus.port == port) {
        Some(bus) => bus.nodes.push(node),
        None => buses.push(BusPlan { port, nodes: vec![node] }),
    }
}

impl Builder {
    fn add(&mut self, owner: Option<BedId>, beds: Vec<BedId>, driver: Box<dyn Driver>) -> DeviceId {
        let kind = driver.kind();
        let id = config::device_id(owner, kind);
        self.drivers.push((id.clone(), driver));
        self.routes.push(DeviceRoute { id: id.clone(), kind, beds });
        id
    }

    fn at_port(&mut self, id: DeviceId, kind: DeviceKind, port: &Port) {
        self.serial.push(SerialDevice { id, kind, settings: PortSettings::Serial(serial_settings(port)) });
    }

    fn at_lines(
        &mut self,
        (owner, id): (Option<BedId>, DeviceId),
        kind: DeviceKind,
        gpio: &GpioName,
        inputs: Vec<Option<Line>>,
        outputs: &[Line],
    ) {
        let wiring = Wiring {
            inputs: inputs.into_iter().map(|line| line.map(line_ref)).collect(),
            outputs: outputs.iter().map(|line| Some(line_ref(*line))).collect(),
        };
        let device = WiredDevice { kind: Some(kind), owner, id, wiring };
        self.wired.entry(gpio.clone()).or_default().push(device);
    }

    fn enable(&mut self, bed: Option<BedId>, enable: &config::Enable) {
        let id = config::enable_id(bed);
        let wiring = Wiring { inputs: Vec::new(), outputs: vec![Some(line_ref(enable.pulse))] };
        self.enables.push(EnableLine { id: id.clone(), bed });
        let device = WiredDevice { kind: None, owner: bed, id, wiring };
        self.wired.entry(enable.gpio.clone()).or_default().push(device);
    }

    fn scale(
        &mut self,
        owner: Option<BedId>,
        beds: Vec<BedId>,
        scale: &config::Scale,
        gpios: &BTreeMap<GpioName, GpioBackend>,
    ) {
        let poll_period = Span::from_millis(scale.poll_ms.into());
        let indicator = |dialect| Box::new(Indicator::new(IndicatorSettings { dialect, poll_period }));
        let driver: Box<dyn Driver> = match &scale.protocol {
            config::ScaleProtocol::MtSics => {
                Box::new(MtSics::new(MtSicsSettings { poll_period, ..MtSicsSettings::default() }))
            }
            config::ScaleProtocol::And => indicator(Dialect::And),
            config::ScaleProtocol::Sbi { unit } => indicator(Dialect::Sbi(weight_unit(*unit))),
            config::ScaleProtocol::Xk3190 { unit } => {
                indicator(Dialect::Columns(Columns { unit: weight_unit(*unit), ..Columns::XK3190 }))
            }
            config::ScaleProtocol::Iio { coding, points } => {
                let coding = match coding {
                    config::CellCoding::OffsetBinary => Coding::OffsetBinary,
                    config::CellCoding::Signed => Coding::Signed,
                };
                let Some(cell) = cell(points, coding, poll_period) else { return };
                Box::new(cell)
            }
            config::ScaleProtocol::Hx711 { points } => {
                let Some(cell) = cell(points, Coding::Signed, poll_period) else { return };
                Box::new(cell)
            }
            config::ScaleProtocol::Columns { columns } => indicator(Dialect::Columns(scale_columns(columns))),
        };
        let id = self.add(owner, beds, driver);
        match &scale.link {
            config::ScaleLink::Serial(port) => self.at_port(id, DeviceKind::Scale, port),
            config::ScaleLink::File { file } => {
                let settings = PortSettings::File(file.clone());
                self.serial.push(SerialDevice { id, kind: DeviceKind::Scale, settings });
            }
            config::ScaleLink::Lines { gpio, data, clock } => {
                // The configuration lets no device name a backend that is not there.
                let Some(backend) = gpios.get(gpio).cloned() else { return };
                let name = PathBuf::from(format!("gpio {gpio}, lines {} and {}", data.number, clock.number));
                let lines = TwoLines { data: line_ref(*data), clock: line_ref(*clock) };
                let settings = PortSettings::Clocked(Clocked { name, backend, lines });
                self.serial.push(SerialDevice { id, kind: DeviceKind::Scale, settings });
            }
        }
    }

    fn scanner(&mut self, owner: Option<BedId>, beds: Vec<BedId>, scanner: &config::Scanner) {
        let trigger = match scanner.trigger {
            config::Trigger::None => TriggerProtocol::None,
            config::Trigger::Honeywell => TriggerProtocol::Honeywell,
            config::Trigger::Datalogic => TriggerProtocol::Datalogic,
            config::Trigger::Newland => TriggerProtocol::Newland,
        };
        let driver: Box<dyn Driver> = match scanner.protocol {
            config::ScannerProtocol::Line | config::ScannerProtocol::Keyboard => {
                Box::new(LineScanner::new(LineScannerSettings {
                    trigger,
                    require_aim: scanner.require_aim,
                    labels: match (scanner.labels, &scanner.codabar) {
                        (config::ScannerLabels::EqualsDropped, _) => Labels::EqualsDropped,
                        (config::ScannerLabels::Codabar, Some(codabar)) => {
                            Labels::Codabar(codabar_form(codabar))
                        }
                        // The configuration lets no scanner read Codabar without its form.
                        (config::ScannerLabels::Whole | config::ScannerLabels::Codabar, _) => Labels::Whole,
                    },
                    accept_unterminated: scanner.accept_unterminated,
                }))
            }
        };
        let id = self.add(owner, beds, driver);
        match &scanner.link {
            config::ScannerLink::Serial(port) => self.at_port(id, DeviceKind::Scanner, port),
            config::ScannerLink::Keyboard { device } => {
                let settings = PortSettings::Keys(device.clone());
                self.serial.push(SerialDevice { id, kind: DeviceKind::Scanner, settings });
            }
        }
    }

    fn id_reader(&mut self, owner: Option<BedId>, beds: Vec<BedId>, reader: &config::IdReader) {
        let driver: Box<dyn Driver> = match reader.protocol {
            config::IdReaderProtocol::Sam => Box::new(SamReader::new()),
        };
        let id = self.add(owner, beds, driver);
        self.at_port(id, DeviceKind::IdReader, &reader.port);
    }

    fn rfid(&mut self, owner: Option<BedId>, beds: Vec<BedId>, reader: &config::Rfid) {
        let driver = RfidReader::new(RfidSettings {
            dialect: match reader.protocol {
                config::RfidProtocol::Feig => rfid::Dialect::Feig,
                config::RfidProtocol::Rr3036 => rfid::Dialect::Rr3036,
            },
            din_block: reader.holds_din.then_some(reader.din_block),
        });
        let id = self.add(owner, beds, Box::new(driver));
        self.at_port(id, DeviceKind::Rfid, &reader.port);
    }

    fn clamp(&mut self, owner: Option<BedId>, beds: Vec<BedId>, clamp: &config::Clamp) {
        let id = self.add(owner, beds, Box::new(Clamp::new()));
        let inputs = vec![Some(clamp.closed_switch), Some(clamp.open_switch)];
        self.at_lines((owner, id), DeviceKind::Clamp, &clamp.gpio, inputs, &[clamp.open]);
    }

    fn mixer(&mut self, owner: Option<BedId>, beds: Vec<BedId>, mixer: &config::Mixer) {
        let settings = mixer::Settings {
            period: Span::from_millis(mixer.period_ms.into()),
            cold_start: Span::from_millis(mixer.cold_start_ms.into()),
            bounce: Span::from_millis(mixer.bounce_ms.into()),
        };
        let id = self.add(owner, beds, Box::new(Mixer::new(settings)));
        self.at_lines((owner, id), DeviceKind::Mixer, &mixer.gpio, vec![Some(mixer.home)], &[mixer.run]);
    }

    fn diverter(&mut self, owner: Option<BedId>, beds: Vec<BedId>, diverter: &config::Diverter) {
        let id = self.add(owner, beds, Box::new(Diverter::new()));
        let inputs = vec![Some(diverter.at_pouch), Some(diverter.at_bag)];
        self.at_lines((owner, id), DeviceKind::Diverter, &diverter.gpio, inputs, &[diverter.to_bag]);
    }

    fn sampler(&mut self, owner: Option<BedId>, beds: Vec<BedId>, sampler: &config::Sampler) {
        let id = self.add(owner, beds, Box::new(Sampler::new(sampler.fault.is_some())));
        let inputs = vec![Some(sampler.loaded), Some(sampler.filled), sampler.fault];
        self.at_lines((owner, id), DeviceKind::Sampler, &sampler.gpio, inputs, &[]);
    }

    fn panel(&mut self, owner: Option<BedId>, beds: Vec<BedId>, panel: &config::Panel) {
        let id = self.add(owner, beds, Box::new(Panel::new(panel.emergency_stop.is_some())));
        let outputs = [panel.lamp_red, panel.lamp_yellow, panel.lamp_cyan, panel.buzzer];
        self.at_lines((owner, id), DeviceKind::Panel, &panel.gpio, vec![panel.emergency_stop], &outputs);
    }

    fn tool(&mut self, owner: Option<BedId>, beds: Vec<BedId>, kind: one_shot::Tool, tool: &config::Tool) {
        let i = &tool.inputs;
        let wired = one_shot::Wired {
            ready: i.ready.is_some(),
            busy: i.busy.is_some(),
            done: i.done.is_some(),
            fault: i.fault.is_some(),
            tube_present: i.tube_present.is_some(),
            cover_closed: i.cover_closed.is_some(),
            bin_full: i.bin_full.is_some(),
        };
        let settings = one_shot::Settings {
            wired,
            enable_lead: Span::from_millis(tool.enable_lead_ms.into()),
            pulse: Span::from_millis(tool.pulse_ms.into()),
            busy_within: Span::from_millis(tool.busy_within_ms.into()),
            done_within: Span::from_millis(tool.done_within_ms.into()),
            cool_down: Span::from_millis(tool.cool_down_ms.into()),
        };
        let driver = OneShot::new(kind, settings);
        let device = driver.kind();
        let id = self.add(owner, beds, Box::new(driver));
        let mut inputs = vec![i.ready, i.busy, i.done, i.fault, i.tube_present, i.cover_closed];
        if device == DeviceKind::Separator {
            inputs.push(i.bin_full);
        }
        self.at_lines((owner, id), device, &tool.gpio, inputs, &[tool.trigger, tool.enable]);
    }

    /// A thermometer serves no bed.
    fn probe(&mut self, name: &GpioName, probe: &config::Probe, all: &BTreeMap<GpioName, config::Probe>) {
        let id = config::probe_id(name);
        let period = Span::from_secs(probe.period_s.into());
        let offset = MilliCelsius(probe.offset_mc);
        let (driver, settings): (Box<dyn Driver>, PortSettings) = match &probe.protocol {
            config::ProbeProtocol::W1 { file } => {
                // The configuration takes no file whose folder is not a sensor's number.
                let Some(serial) = config::w1_serial(file) else { return };
                (
                    Box::new(W1Probe::new(W1Settings { serial, period, offset })),
                    PortSettings::File(file.clone()),
                )
            }
            config::ProbeProtocol::Modbus { port, unit, registers, register, per_degree } => {
                let shares = |other: &&config::Probe| match &other.protocol {
                    config::ProbeProtocol::Modbus { port: its, .. } => its == port,
                    config::ProbeProtocol::W1 { .. } => false,
                };
                let sharers = u8::try_from(all.values().filter(shares).count()).unwrap_or(u8::MAX);
                let settings = ModbusProbeSettings {
                    baud: port.baud,
                    unit: *unit,
                    input: *registers == config::Registers::Input,
                    register: *register,
                    per_degree: *per_degree,
                    period,
                    offset,
                    sharers,
                };
                (Box::new(ModbusProbe::new(settings)), PortSettings::Serial(serial_settings(port)))
            }
        };
        self.routes.push(DeviceRoute { id: id.clone(), kind: driver.kind(), beds: Vec::new() });
        self.drivers.push((id.clone(), driver));
        self.serial.push(SerialDevice { id, kind: DeviceKind::Probe, settings });
    }

    /// Shared devices serve the beds that have none of their own.
    fn shared(&mut self, config: &StationConfig) {
        let without = |has: &dyn Fn(&config::Bed) -> bool| -> Vec<BedId> {
            config.beds.iter().filter(|bed| !has(bed)).map(|bed| bed.number).collect()
        };
        if let Some(enable) = &config.shared.enable {
            self.enable(None, enable);
        }
        if let Some(reader) = &config.shared.id_reader {
            self.id_reader(None, without(&|bed| bed.id_reader.is_some()), reader);
        }
        if let Some(tool) = &config.shared.sealer {
            self.tool(None, without(&|bed| bed.sealer.is_some()), one_shot::Tool::Sealer, tool);
        }
        if let Some(tool) = &config.shared.separator {
            self.tool(None, without(&|bed| bed.separator.is_some()), one_shot::Tool::Separator, tool);
        }
    }
}

/// The thermometers and what is right for each. One that missed three readings says nothing any more.
pub fn climate_parts(config: &StationConfig) -> Vec<ClimateParts> {
    let degrees = |degrees: i32| MilliCelsius(degrees.saturating_mul(1000));
    let parts = |(name, probe): (&GpioName, &config::Probe)| ClimateParts {
        probe: config::probe_id(name),
        name: name.to_string(),
        low: degrees(probe.low_c),
        high: degrees(probe.high_c),
        patience: Span::from_secs(probe.alarm_after_s.into()),
        stale: Span::from_secs(u64::from(probe.period_s) * 3 + 30),
        calibration: probe.calibration.clone(),
    };
    config.probes.iter().map(parts).collect()
}

/// A load cell; none of points that make no line, which the configuration does not take.
fn cell(points: &config::CellPoints, coding: Coding, period: Span) -> Option<Cell> {
    let weight = Milligrams(i64::from(points.weight_g) * 1000);
    let points = Points::new(points.empty, points.loaded, weight).ok()?;
    Some(Cell::new(CellSettings { points, coding, period }))
}

fn weight_unit(unit: config::WeightUnit) -> Unit {
    match unit {
        config::WeightUnit::Gram => Unit::Gram,
        config::WeightUnit::Kilogram => Unit::Kilogram,
    }
}

fn codabar_form(codabar: &config::Codabar) -> Codabar {
    // The configuration takes five characters and letters of ASCII only.
    let mut facility = [b' '; 5];
    facility.iter_mut().zip(codabar.facility.bytes()).for_each(|(place, byte)| *place = byte);
    let letter = |letter: char| u8::try_from(letter).unwrap_or(0);
    Codabar {
        start: letter(codabar.start),
        stop: letter(codabar.stop),
        facility,
        check: match codabar.check {
            config::CodabarCheck::None => CodabarCheck::None,
            config::CodabarCheck::Mod16 => CodabarCheck::Mod16,
            config::CodabarCheck::Luhn => CodabarCheck::Luhn,
        },
    }
}

fn scale_columns(columns: &config::Columns) -> Columns {
    // The configuration takes printable ASCII only.
    let mark = |mark: config::Mark| (mark.column, u8::try_from(mark.is).unwrap_or(0));
    Columns {
        start: columns.start,
        end: columns.end,
        length: columns.length,
        sign: columns.sign,
        number: (columns.number_from, columns.number_to),
        point: match (columns.decimals, columns.decimals_column) {
            (Some(places), _) => Point::Fixed(places),
            (None, Some(column)) => Point::Column(column),
            (None, None) => Point::Written,
        },
        unit: weight_unit(columns.unit),
        stable: columns.stable.map(mark),
        overload: columns.overload.map(mark),
        check: match columns.check {
            config::ColumnCheck::None => Check::None,
            config::ColumnCheck::XorHex => Check::XorHex,
        },
    }
}

fn line_ref(line: Line) -> LineRef {
    let pull = match line.pull {
        config::Pull::None => Pull::AsIs,
        config::Pull::Up => Pull::Up,
        config::Pull::Down => Pull::Down,
    };
    LineRef { line: line.number, active_low: line.active_low, pull }
}

fn serial_settings(port: &Port) -> SerialSettings {
    SerialSettings {
        data_bits: match port.data_bits {
            config::DataBits::Seven => DataBits::Seven,
            config::DataBits::Eight => DataBits::Eight,
        },
        parity: match port.parity {
            config::Parity::None => Parity::None,
            config::Parity::Odd => Parity::Odd,
            config::Parity::Even => Parity::Even,
        },
        stop_bits: match port.stop_bits {
            config::StopBits::One => StopBits::One,
            config::StopBits::Two => StopBits::Two,
        },
        ..SerialSettings::new(port.path.clone(), port.baud)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_configuration_builds_whole() {
        let text = include_str!("../../../config/station.toml");
        let config = config::parse(text, "station.toml").unwrap();
        let built = build(&config);
        assert_eq!(built.drivers.len(), built.routes.len());
        let wired = built.chips.iter().map(|chip| chip.members.len()).sum::<usize>() - built.enables.len();
        let at_nodes =
            built.buses.iter().flat_map(|bus| &bus.nodes).map(|node| node.members.len()).sum::<usize>();
        let linked = built.serial.len() + wired + at_nodes;
        assert_eq!(linked, built.drivers.len(), "every device has one link");
        assert_eq!(built.beds.len(), config.beds.len());
        for chip in &built.chips {
            let members: Vec<Wiring> = chip.members.iter().map(|(_, wiring)| wiring.clone()).collect();
            drivers::transport::gpio::Plan::new(&members).unwrap();
            let clamps = chip.members.iter().take_while(|(id, _)| id.as_str().ends_with("clamp")).count();
            let all = chip.members.iter().filter(|(id, _)| id.as_str().ends_with("clamp")).count();
            assert_eq!(clamps, all, "clamps are driven safe first");
        }
    }
}
