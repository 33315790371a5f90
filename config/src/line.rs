//! Electrical lines and the ways to reach them: sections `[gpio.NAME]`, and the lines that devices name.
//!
//! Owns: backends, line numbers, polarity, pulls. Refuses: a simulated backend in a station that is not simulated, one
//! line for two purposes, one chip under two names. Holds no state.

use crate::mistake::nearest;
use crate::port::absolute;
use crate::section::Section;
use serde::{Serialize, Serializer};
use station::device::Mode;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The site's name for one backend: 1 to 16 of `a`-`z`, `0`-`9`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct GpioName(String);

impl GpioName {
    /// Longest accepted, characters.
    pub const MAX: usize = 16;

    fn new(text: &str) -> Option<Self> {
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
}

impl GpioBackend {
    /// Largest line number this backend may have.
    pub fn max_line(&self) -> u32 {
        match self {
            Self::Rppal => 27,
            Self::Gpiocdev { .. } | Self::Simulated { .. } => MAX_LINE,
        }
    }
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
}

const KINDS: [(&str, Kind); 3] =
    [("gpiocdev", Kind::Gpiocdev), ("rppal", Kind::Rppal), ("simulated", Kind::Simulated)];

pub(crate) fn read_backends(section: &mut Section<'_>, mode: Option<Mode>) -> Gpios {
    let all = section.each_table(|name, section| {
        let name = GpioName::new(name).or_else(|| {
            section.wrong_name(name, "a name of 1 to 16 characters of a-z, 0-9, _ and -");
            None
        });
        let backend = read_backend(section, mode);
        Some((name?, backend))
    });
    all.into_iter().flatten().collect()
}

fn read_backend(section: &mut Section<'_>, mode: Option<Mode>) -> Option<GpioBackend> {
    let Some(kind) = section.required_choice("backend", &KINDS) else {
        // Which keys belong here cannot be known now; none of them is called unknown.
        for key in ["chip", "socket"] {
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
    }
}

/// A device's backend, as its lines need it.
pub(crate) struct Chip {
    pub(crate) name: Option<GpioName>,
    max_line: u32,
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
        Some((_, Some(backend))) => {
            let max_line = backend.as_ref().map_or(MAX_LINE, GpioBackend::max_line);
            Chip { max_line, name }
        }
        Some((wrong, None)) => {
            let near = nearest(wrong.as_str(), known).map(|near| format!("did you mean {near:?}? "));
            let because = format!("{}wanted: {wanted}", near.unwrap_or_default());
            section.refuse("gpio", &because);
            Chip { name: None, max_line: MAX_LINE }
        }
        None => Chip { name: None, max_line: MAX_LINE },
    }
}

impl Chip {
    /// An output that has to be there.
    pub(crate) fn output(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        let line = self.line(section, role, false);
        section.required(role, &self.wanted(), line)
    }

    /// An input that has to be there.
    pub(crate) fn input(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        let line = self.line(section, role, true);
        section.required(role, &self.wanted(), line)
    }

    /// An input that may be left out: then it is not wired.
    pub(crate) fn optional_input(&self, section: &mut Section<'_>, role: &'static str) -> Option<Line> {
        self.line(section, role, true)
    }

    fn wanted(&self) -> String {
        format!("a line, 0 to {}", self.max_line)
    }

    /// Either a number or a table with `line`, `active_low` and, for inputs, `pull`.
    fn line(&self, section: &mut Section<'_>, role: &'static str, input: bool) -> Option<Line> {
        let bounds = 0..=self.max_line;
        if !section.is_table(role) {
            let number = section.number(role, bounds)?;
            self.claim(section, role, number);
            return Some(Line { number, active_low: false, pull: Pull::None });
        }
        section.table(role, |table| {
            let number = table.number("line", bounds);
            let number = table.required("line", &self.wanted(), number);
            let active_low = table.flag_or("active_low", false);
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
