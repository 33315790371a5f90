//! Devices made of plain contacts: clamp, mixer, diverter, sampler, sealer, separator, panel.
//!
//! Owns: the roles of their lines and their times. Refuses: a tool whose times together pass the deadline of its order,
//! because then a good shot would be told as unconfirmed. Holds no state.

use crate::line::{self, Chip, GpioName, Gpios, Line};
use crate::section::Section;
use serde::Serialize;
use station::device::{Actuation, DeviceKind};
use station::procedure::limits::DonorConnectedSeal;

/// The clamp on the donor line: energised to open, closed by its spring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clamp {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Output: opens while active.
    pub open: Line,
    /// Input: active when closed.
    pub closed_switch: Line,
    /// Input: active when open.
    pub open_switch: Line,
}

/// An enable line: pulses as long as the station, or the bed, is in order. What it feeds has to let go 200 ms after the last
/// edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enable {
    /// Where its line is.
    pub gpio: GpioName,
    /// Output: an edge every 50 ms.
    pub pulse: Line,
}

/// The mixer that rocks the bag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mixer {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Output: rocks while active.
    pub run: Line,
    /// Input: one pulse per rocking cycle.
    pub home: Line,
    /// Time of one rocking cycle, 1000 to 20000 ms. Two without a pulse are a standstill.
    pub period_ms: u32,
    /// From the order to run to the first pulse, 1000 to 10000 ms.
    pub cold_start_ms: u32,
    /// Pulses closer than this are bounce, 10 to 500 ms.
    pub bounce_ms: u32,
}

/// The diverter: rests at the pouch, energised to the bag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diverter {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Output: leads to the bag while active.
    pub to_bag: Line,
    /// Input: active at the pouch.
    pub at_pouch: Line,
    /// Input: active at the bag.
    pub at_bag: Line,
}

/// A rack that fills and inverts the sample tubes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sampler {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Input: active while tubes are in it.
    pub loaded: Line,
    /// Input: a pulse for each tube that is filled and inverted.
    pub filled: Line,
    /// Input: active in trouble; not wired when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Line>,
}

/// Inputs of a one-shot tool. One that is `None` is not wired: it is never waited for, and its interlock has to be in
/// the tool itself. Without `done` a shot is never confirmed by the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolLines {
    /// It may be triggered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<Line>,
    /// It works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<Line>,
    /// A good shot has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Line>,
    /// It is in trouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Line>,
    /// Tubing lies in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tube_present: Option<Line>,
    /// Its cover is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cover_closed: Option<Line>,
    /// The sharps bin is full. Separator only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bin_full: Option<Line>,
}

/// A sealer or a needle separator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Output: a pulse starts one shot.
    pub trigger: Line,
    /// Output: without it no shot starts.
    pub enable: Line,
    /// Inputs that are wired.
    #[serde(flatten)]
    pub inputs: ToolLines,
    /// From enable to trigger, 10 to 1000 ms.
    pub enable_lead_ms: u32,
    /// Length of the trigger, 50 to 1000 ms.
    pub pulse_ms: u32,
    /// From trigger to busy, 50 to 2000 ms.
    pub busy_within_ms: u32,
    /// From busy (without that line: from trigger) to done, 500 to 7500 ms.
    pub done_within_ms: u32,
    /// Rest between two shots, 0 to 10000 ms.
    pub cool_down_ms: u32,
    /// Whether this very sealer may work while the needle is in the donor; never a separator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub donor_connected_seal: Option<DonorConnectedSeal>,
}

const SEALS: [(&str, DonorConnectedSeal); 2] =
    [("locked", DonorConnectedSeal::Locked), ("approved", DonorConnectedSeal::Approved)];

/// The bed's panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Panel {
    /// Where its lines are.
    pub gpio: GpioName,
    /// Input: active while the emergency stop is pressed; not wired when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_stop: Option<Line>,
    /// Output: red lamp.
    pub lamp_red: Line,
    /// Output: yellow lamp.
    pub lamp_yellow: Line,
    /// Output: cyan lamp.
    pub lamp_cyan: Line,
    /// Output: buzzer.
    pub buzzer: Line,
}

pub(crate) fn read_clamp(section: &mut Section<'_>, gpios: &Gpios) -> Option<Clamp> {
    let chip = line::read_gpio(section, gpios);
    let open = chip.guarded(section, "open");
    let closed_switch = chip.input(section, "closed_switch");
    let open_switch = chip.input(section, "open_switch");
    Some(Clamp { gpio: chip.name?, open: open?, closed_switch: closed_switch?, open_switch: open_switch? })
}

pub(crate) fn read_enable(section: &mut Section<'_>, gpios: &Gpios) -> Option<Enable> {
    let chip = line::read_gpio(section, gpios);
    if chip.is_node() {
        section.refuse("gpio", "a node has a heartbeat of its own; an enable line belongs to a chip");
    }
    let pulse = chip.output(section, "pulse");
    Some(Enable { gpio: chip.name?, pulse: pulse? })
}

pub(crate) fn read_mixer(section: &mut Section<'_>, gpios: &Gpios) -> Option<Mixer> {
    let chip = line::read_gpio(section, gpios);
    let run = chip.output(section, "run");
    let home = chip.input(section, "home");
    let period_ms = section.number_or("period_ms", 1000..=20_000, 5000);
    let cold_start_ms = section.number_or("cold_start_ms", 1000..=10_000, 10_000);
    let bounce_ms = section.number_or("bounce_ms", 10..=500, 200);
    Some(Mixer { gpio: chip.name?, run: run?, home: home?, period_ms, cold_start_ms, bounce_ms })
}

pub(crate) fn read_diverter(section: &mut Section<'_>, gpios: &Gpios) -> Option<Diverter> {
    let chip = line::read_gpio(section, gpios);
    let to_bag = chip.guarded(section, "to_bag");
    let at_pouch = chip.input(section, "at_pouch");
    let at_bag = chip.input(section, "at_bag");
    Some(Diverter { gpio: chip.name?, to_bag: to_bag?, at_pouch: at_pouch?, at_bag: at_bag? })
}

pub(crate) fn read_sampler(section: &mut Section<'_>, gpios: &Gpios) -> Option<Sampler> {
    let chip = line::read_gpio(section, gpios);
    let loaded = chip.input(section, "loaded");
    let filled = chip.input(section, "filled");
    let fault = chip.optional_input(section, "fault");
    Some(Sampler { gpio: chip.name?, loaded: loaded?, filled: filled?, fault })
}

fn read_tool_inputs(section: &mut Section<'_>, chip: &Chip, kind: DeviceKind) -> ToolLines {
    let separator = kind == DeviceKind::Separator;
    ToolLines {
        ready: chip.optional_input(section, "ready"),
        busy: chip.optional_input(section, "busy"),
        done: chip.optional_input(section, "done"),
        fault: chip.optional_input(section, "fault"),
        tube_present: chip.optional_input(section, "tube_present"),
        cover_closed: chip.optional_input(section, "cover_closed"),
        bin_full: if separator { chip.optional_input(section, "bin_full") } else { None },
    }
}

/// Reads a sealer or a separator.
pub(crate) fn read_tool(section: &mut Section<'_>, gpios: &Gpios, kind: DeviceKind) -> Option<Tool> {
    let chip = line::read_gpio(section, gpios);
    let trigger = chip.guarded(section, "trigger");
    let enable = chip.guarded(section, "enable");
    let inputs = read_tool_inputs(section, &chip, kind);
    let enable_lead_ms = section.number_or("enable_lead_ms", 10..=1000, 50);
    let pulse_ms = section.number_or("pulse_ms", 50..=1000, 200);
    let busy_within_ms = section.number_or("busy_within_ms", 50..=2000, 300);
    let done_within_ms = section.number_or("done_within_ms", 500..=7500, 6000);
    let cool_down_ms = section.number_or("cool_down_ms", 0..=10_000, 1000);
    let donor_connected_seal = (kind == DeviceKind::Sealer)
        .then(|| section.choice("donor_connected_seal", &SEALS).unwrap_or(DonorConnectedSeal::Locked));
    let order = if kind == DeviceKind::Separator { Actuation::Separate } else { Actuation::Seal };
    let sum_ms = enable_lead_ms + busy_within_ms + done_within_ms;
    if let Some(deadline) = order.row().deadline.filter(|deadline| deadline.as_millis() < u64::from(sum_ms)) {
        let because = format!(
            "enable_lead_ms + busy_within_ms + done_within_ms is {sum_ms}, over the order's deadline of {}",
            deadline.as_millis()
        );
        section.refuse("done_within_ms", &because);
    }
    Some(Tool {
        gpio: chip.name?,
        trigger: trigger?,
        enable: enable?,
        inputs,
        enable_lead_ms,
        pulse_ms,
        busy_within_ms,
        done_within_ms,
        cool_down_ms,
        donor_connected_seal,
    })
}

pub(crate) fn read_panel(section: &mut Section<'_>, gpios: &Gpios) -> Option<Panel> {
    let chip = line::read_gpio(section, gpios);
    let emergency_stop = chip.optional_input(section, "emergency_stop");
    let lamp_red = chip.output(section, "lamp_red");
    let lamp_yellow = chip.output(section, "lamp_yellow");
    let lamp_cyan = chip.output(section, "lamp_cyan");
    let buzzer = chip.output(section, "buzzer");
    Some(Panel {
        gpio: chip.name?,
        emergency_stop,
        lamp_red: lamp_red?,
        lamp_yellow: lamp_yellow?,
        lamp_cyan: lamp_cyan?,
        buzzer: buzzer?,
    })
}
