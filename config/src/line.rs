//! Electrical lines and the ways to reach them: sections `[gpio.NAME]`, and the lines that devices name.
//!
//! Owns: backends, line numbers, polarity, pulls. Refuses: a simulated backend in a station that is not simulated, one
//! line for two purposes, one chip under two names, and at a node what it does not release by itself where blood may run or heat
//! be made. Holds no state.

use crate::mistake::nearest;
use crate::port::{self, Port, absolute};
use crate::section::Section;
use serde::{Serialize, Serializer};
use station::device::Mode;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The site's name for one backend or thermometer: 1 to 16 of `a`-`z`, `0`-`9`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct GpioName(String);

impl GpioName {
    /// Longest accepted, characters.
    pub const MAX: usize = 16;

    pub(crate) fn new(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&text.len());
        let clean = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        (fits && clean).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GpioName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One way to reach lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "backend", rename_all = "snake_case")]
pub enum GpioBackend {
    /// The kernel's lines, given back when the process dies.
    Gpiocdev {
        /// Label of the chip, e.g. `pinctrl-rp1`; 1 to 31 characters.
        chip: String,
    },
    /// The registers of a Raspberry Pi; lines stay as they were driven when the process dies.
    Rppal,
    /// The virtual chip of a simulation.
    Simulated {
        /// Its socket.
        socket: PathBuf,
    },
    /// A node on an RS-485 line: inputs are lines 0 to 31, outputs 32 to 63; it releases 32 to 47 by itself when its heartbeat
    /// stops.
    Modbus {
        /// The line, which several nodes may share; 115200 baud unless told.
        #[serde(flatten)]
        port: Port,
        /// Its address, 1 to 247.
        unit: u8,
        /// It releases its outputs after this long without a heartbeat, 200 to 1000 ms.
        silence_ms: u16,
    },
}

impl GpioBackend {
    /// Line numbers that this backend may have for a purpose.
    fn lines(&self, purpose: Purpose) -> RangeInclusive<u32> {
        match (self, purpose) {
            (Self::Rppal, _) => 0..=27,
            (Self::Gpiocdev { .. } | Self::Simulated { .. }, _) => 0..=MAX_LINE,
            (Self::Modbus { .. }, Purpose::Input) => 0..=31,
            (Self::Modbus { .. }, Purpose::Guarded) => 32..=47,
            (Self::Modbus { .. }, Purpose::Output) => 32..=63,
        }
    }
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Input,
    /// An output that has to go off with the station: it opens a path or lets heat be made.
    Guarded,
    Output,
}

/// Largest line number of any chip a station meets.
const MAX_LINE: u32 = 511;
/// Longest label of a chip, characters: the kernel's own bound.
const MAX_LABEL: usize = 31;

/// Resistor at an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pull {
    /// None: the wiring has its own.
    None,
    /// To the supply.
    Up,
    /// To ground.
    Down,
}

/// One line of a device, on the device's backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its number: the BCM number on a Raspberry Pi.
    pub number: u32,
    /// Whether low is the active level; so is a normally closed contact told.
    pub active_low: bool,
    /// Resistor; `None` for outputs.
    pub pull: Pull,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written {
            line: u32,
            active_low: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            pull: Option<Pull>,
        }
        let pull = (self.pull != Pull::None).then_some(self.pull);
        Written { line: self.number, active_low: self.active_low, pull }.serialize(to)
    }
}

/// Backends by name; `None` for one whose own section is mistaken, so that its users are not blamed for that.
pub(crate) type Gpios = BTreeMap<GpioName, Option<GpioBackend>>;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Gpiocdev,
    Rppal,
    Simulated,
    Modbus,
}

const KINDS: [(&str, Kind); 4] = [
    ("gpiocdev", Kind::Gpiocdev),
    ("rppal", Kind::Rppal),
    ("simulated", Kind::Simulated),
    ("modbus", Kind::Modbus),
];

pub(crate) fn read_backends(section: &mut Section<'_>, mode: Option<Mode>) -> Gpios {
    let mut buses = Vec::new();
    let all = section.each_table(|name, section| {
        let name = GpioName::new(name).or_else(|| {
            section.wrong_name(name, "a name of 1 to 16 characters of a-z, 0-9, _ and -");
            None
        });
        let backend = read_backend(section, mode, &mut buses);
        Some((name?, backend))
    });
    all.into_iter().flatten().collect()
}

fn read_backend(section: &mut Section<'_>, mode: Option<Mode>, buses: &mut Vec<Port>) -> Option<GpioBackend> {
    let Some(kind) = section.required_choice("backend", &KINDS) else {
        // Which keys belong here cannot be known now; none of them is called unknown.
        for key in
            ["chip", "socket", "port", "baud", "data_bits", "parity", "stop_bits", "unit", "silence_ms"]
        {
            section.has(key);
        }
        return None;
    };
    match kind {
        Kind::Gpiocdev => {
            let wanted = "the label of a chip, 1 to 31 characters, e.g. \"pinctrl-rp1\"";
            let chip = section.text("chip", wanted, |text| {
                let fits = (1..=MAX_LABEL).contains(&text.len());
                (fits && text.bytes().all(|b| b.is_ascii_graphic())).then(|| text.to_owned())
            });
            let chip = section.required("chip", wanted, chip)?;
            section.claim("chip", format!("the chip {chip}"));
            Some(GpioBackend::Gpiocdev { chip })
        }
        Kind::Rppal => {
            section.claim("backend", "the backend rppal".to_owned());
            Some(GpioBackend::Rppal)
        }
        Kind::Simulated => {
            if mode.is_some_and(|mode| mode != Mode::Simulated) {
                section.refuse("backend", "only a simulated station may have simulated lines");
            }
            let wanted = "the absolute path of a socket";
            let socket = section.text("socket", wanted, absolute);
            let socket = section.required("socket", wanted, socket)?;
            section.claim("socket", format!("the socket {}", socket.display()));
            Some(GpioBackend::Simulated { socket })
        }
        Kind::Modbus => {
            let port = port::read_bus(section, mode, 115_200, buses);
            let unit = section.number("unit", 1..=247_u8);
            let unit = section.required("unit", "1 to 247", unit);
            if let (Some(port), Some(unit)) = (&port, unit) {
                section.claim("unit", format!("unit {unit} at the port {}", port.path.display()));
            }
            let silence_ms = section.number_or("silence_ms", 200..=1000_u16, 500);
            Some(GpioBackend::Modbus { port: port?, unit: unit?, silence_ms })
        }
    }
}

/// A device's backend, as its lines need it.
pub(crate) struct Chip {
    pub(crate) name: Option<GpioName>,
    backend: Option<GpioBackend>,
}

/// Reads a device's `gpio`, which must be one of `[gpio.NAME]`.
pub(crate) fn read_gpio(section: &mut Section<'_>, gpios: &Gpios) -> Chip {
    let known: Vec<&str> = gpios.keys().map(GpioName::as_str).collect();
    let wanted = if known.is_empty() {
        "the name of a section [gpio.NAME]; there is none".to_owned()
    } else {
        format!("the name of a section [gpio.NAME]; there are: {}", known.join(", "))
    };
    let name = section.text("gpio", &wanted, GpioName::new);
    let name = section.required("gpio", &wanted, name);
    match name.as_ref().map(|name| (name, gpios.get(name))) {
        Some((_, Some(backend))) => Chip { backend: backend.clone(), name },
        Some((wrong, None)) => {
            let near = nearest(wrong.as_str(), known).map(|near| format!("did you mean {near:?}? "));
            let because = format!("{}wanted: {wanted}", near.unwrap_or_default());
            section.refuse("gpio", &because);
            Chip { name: None, backend: None }
        }
        None => Chip { name: None, backend: None },
    }
}

impl Chip {
    /// An output that has to be there.
    pub(crate) fn output(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        self.needed(section, role, Purpose::Output)
    }

    /// An output that has to be there and has to go off with the station.
    pub(crate) fn guarded(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        self.needed(section, role, Purpose::Guarded)
    }

    /// An input that has to be there.
    pub(crate) fn input(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        self.needed(section, role, Purpose::Input)
    }

    /// An input that may be left out: then it is not wired.
    pub(crate) fn optional_input(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        self.line(section, role, Purpose::Input)
    }

    /// Whether it is a node.
    pub(crate) fn is_node(&self) -> bool {
        matches!(self.backend, Some(GpioBackend::Modbus { .. }))
    }

    fn needed(&self, section: &mut Section<'_>, role: &'static str, purpose: Purpose) -> Option<Line> {
        let line = self.line(section, role, purpose);
        section.required(role, &self.wanted(purpose), line)
    }

    fn bounds(&self, purpose: Purpose) -> RangeInclusive<u32> {
        self.backend.as_ref().map_or(0..=MAX_LINE, |backend| backend.lines(purpose))
    }

    fn wanted(&self, purpose: Purpose) -> String {
        let bounds = self.bounds(purpose);
        format!("a line, {} to {}", bounds.start(), bounds.end())
    }

    /// Either a number or a table with `line`, `active_low` and, for inputs, `pull`.
    fn line(&self, section: &mut Section<'_>, role: &'static str, purpose: Purpose) -> Option<Line> {
        let bounds = self.bounds(purpose);
        if !section.is_table(role) {
            let number = section.number(role, bounds)?;
            self.claim(section, role, number);
            return Some(Line { number, active_low: false, pull: Pull::None });
        }
        let input = purpose == Purpose::Input;
        section.table(role, |table| {
            let number = table.number("line", bounds);
            let number = table.required("line", &self.wanted(purpose), number);
            let active_low = table.flag_or("active_low", false);
            if active_low && !input && self.is_node() {
                table.refuse("active_low", "a node that goes safe has its outputs off: off has to be safe");
            }
            let pull = if input { table.choice("pull", &PULLS) } else { None };
            self.claim(table, "line", number?);
            Some(Line { number: number?, active_low, pull: pull.unwrap_or(Pull::None) })
        })?
    }

    fn claim(&self, section: &mut Section<'_>, key: &'static str, number: u32) {
        if let Some(name) = &self.name {
            section.claim(key, format!("line {number} of gpio {name}"));
        }
    }
}

const PULLS: [(&str, Pull); 3] = [("none", Pull::None), ("up", Pull::Up), ("down", Pull::Down)];
