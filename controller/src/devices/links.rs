//! The daemon's links: serial ports and GPIO chips, moved by the control thread's own runtime.
//!
//! Owns: open ports and chips, and when each is opened again. Refuses: to wait for a write: what leaves, leaves with the call;
//! what the kernel does not take at once waits in the port's own bounded buffer; and, after the start, to wait for a port or
//! chip to open. A crash closes ports; what outputs do then depends on the chip's backend.

use super::build::{BusPlan, Chip, EnableLine, PortSettings, SerialDevice};
use super::deadman::Deadman;
use super::host::{Host, Reopen};
use super::link::Link;
use super::nodes::NodeLine;
use super::opening::{Opening, attempt};
use drivers::modbus::turns::Turns;
use drivers::transport::gpio::gpiocdev::KernelLines;
use drivers::transport::gpio::rppal::Registers;
use drivers::transport::gpio::simulated::VirtualLines;
use drivers::transport::gpio::{Bank, GpioError, Lines, Plan, Wiring};
use drivers::transport::serial::LinkError;
use drivers::{Inbound, Outbound};
use station::api::DeviceReport;
use station::device::DeviceKind;
use station::ident::DeviceId;
use station::measure::{Mono, Span};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Inputs of all chips are looked at this often at least: three times in the shortest pulse that counts.
const SAMPLE: Span = Span::from_millis(15);
/// And so often at most, in turns that something else has woken: weights come nearly as often, and one wake is enough for both.
const SAMPLE_SOONEST: Span = Span::from_millis(5);
/// What is being opened is looked at again this often.
const LOOK: Span = Span::from_millis(5);
/// Most characters of why something is closed.
const MAX_WORDS: usize = 200;
/// Most bytes taken from a port at once.
const READ: usize = 4096;

/// Whose a port is.
#[derive(Debug)]
enum User {
    Device(DeviceId),
    /// Several devices of one line, which ask in turn.
    Devices(Vec<DeviceId>, Turns),
    Nodes(usize),
}

struct Port {
    user: User,
    /// What its devices are.
    kinds: Vec<DeviceKind>,
    settings: PortSettings,
    link: Option<Link>,
    opening: Option<Opening<Result<Link, LinkError>>>,
    reopen: Reopen,
    /// Why it is closed; only while it is.
    closed: Option<String>,
}

struct OpenChip {
    chip: Chip,
    bank: Option<Bank>,
    opening: Option<Opening<Result<Bank, GpioError>>>,
    reopen: Reopen,
    /// Why it is closed; only while it is.
    closed: Option<String>,
}

/// Words for why something is closed.
fn words(error: &impl std::fmt::Display) -> Option<String> {
    Some(error.to_string().chars().take(MAX_WORDS).collect())
}

/// Where a device is.
#[derive(Debug, Clone, Copy)]
enum Place {
    Port(usize),
    /// Port, and whose turn.
    Shared(usize, usize),
    Chip(usize, usize),
    /// Line, node, device.
    Node(usize, usize, usize),
}

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From a device.
    In,
    /// To a device.
    Out,
}

/// What is heard at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'h> {
    /// It was opened.
    Opened,
    /// Bytes.
    Bytes(Way, &'h [u8]),
    /// So many bytes, which are nobody's business: they may be personal data.
    Masked(Way, usize),
    /// It was lost.
    Lost,
}

/// Somebody who listens at every port: when, which device, what. A line of nodes, and bytes that nobody asked for, have the
/// port's path for a name.
pub type Tap = Box<dyn FnMut(Mono, &str, Heard<'_>) + Send>;

/// Bytes of these may be a person's card: what a scanner reads may be one too. Nobody ever hears them.
const MASKED: [DeviceKind; 2] = [DeviceKind::IdReader, DeviceKind::Scanner];

/// All links of a station.
pub struct Links {
    tap: Option<Tap>,
    ports: Vec<Port>,
    chips: Vec<OpenChip>,
    nodes: Vec<NodeLine>,
    /// Enable lines, at the chips.
    enables: Vec<EnableLine>,
    places: BTreeMap<DeviceId, Place>,
    /// When the chips' inputs were last looked at.
    sampled: Option<Mono>,
    /// When ports and chips that are being opened are looked at again.
    next_look: Mono,
    /// How long a port is waited for.
    patience: Duration,
    opener: fn(&PortSettings) -> Result<Link, LinkError>,
    chip_opener: fn(&Chip) -> Result<Bank, GpioError>,
    first_port: usize,
    buffer: Vec<u8>,
}

/// Something came from a port.
pub struct Arrived {
    port: usize,
    result: Result<usize, LinkError>,
}

/// Opens the lines of these devices; every output is driven safe by that.
///
/// # Errors
/// [`GpioError`] of the backend.
pub fn open_chip(chip: &Chip) -> Result<Bank, GpioError> {
    let members: Vec<Wiring> = chip.members.iter().map(|(_, wiring)| wiring.clone()).collect();
    Bank::open(members, |plan| open_lines(&chip.backend, plan))
}

/// Opens a backend for a plan; every output is driven safe by that.
///
/// # Errors
/// [`GpioError`] of the backend.
pub fn open_lines(backend: &config::GpioBackend, plan: &Plan) -> Result<Box<dyn Lines>, GpioError> {
    Ok(match backend {
        config::GpioBackend::Gpiocdev { chip } => Box::new(KernelLines::open(chip, plan)?),
        config::GpioBackend::Rppal => Box::new(Registers::open(plan)?),
        config::GpioBackend::Simulated { socket } => Box::new(VirtualLines::open(socket, plan)?),
        // A node is no chip: it is reached by frames, and releases its outputs by itself.
        config::GpioBackend::Modbus { .. } => return Err(GpioError::Gone),
    })
}

impl User {
    /// Another device has the same port. Its number among them.
    fn share(&mut self, id: DeviceId, places: &mut BTreeMap<DeviceId, Place>, at: usize) -> usize {
        if let Self::Device(first) = self {
            places.insert(first.clone(), Place::Shared(at, 0));
            *self = Self::Devices(vec![first.clone()], Turns::default());
        }
        let Self::Devices(ids, _) = self else { return 0 };
        ids.push(id);
        ids.len() - 1
    }
}

impl Links {
    /// Links that are all closed.
    pub fn new(
        serial: Vec<SerialDevice>,
        chips: Vec<Chip>,
        buses: Vec<BusPlan>,
        enables: Vec<EnableLine>,
    ) -> Self {
        let mut places = BTreeMap::new();
        let port = |user, kinds, settings| Port {
            user,
            kinds,
            settings,
            link: None,
            opening: None,
            reopen: Reopen::default(),
            closed: None,
        };
        let mut ports: Vec<Port> = Vec::new();
        for device in serial {
            let at = ports.iter().position(|port| port.settings == device.settings).unwrap_or(ports.len());
            let place = match ports.get_mut(at) {
                None => {
                    ports.push(port(User::Device(device.id.clone()), vec![device.kind], device.settings));
                    Place::Port(at)
                }
                Some(port) => {
                    port.kinds.push(device.kind);
                    Place::Shared(at, port.user.share(device.id.clone(), &mut places, at))
                }
            };
            places.insert(device.id, place);
        }
        let mut nodes = Vec::new();
        for bus in buses {
            ports.push(port(User::Nodes(nodes.len()), Vec::new(), PortSettings::Serial(bus.port.clone())));
            let line = NodeLine::new(bus);
            for (id, node, device) in line.devices() {
                places.insert(id.clone(), Place::Node(nodes.len(), node, device));
            }
            nodes.push(line);
        }
        for (at, chip) in chips.iter().enumerate() {
            for (member, (id, _)) in chip.members.iter().enumerate() {
                places.insert(id.clone(), Place::Chip(at, member));
            }
        }
        let chip =
            |chip| OpenChip { chip, bank: None, opening: None, reopen: Reopen::default(), closed: None };
        Self {
            tap: None,
            ports,
            chips: chips.into_iter().map(chip).collect(),
            nodes,
            enables,
            places,
            sampled: None,
            next_look: Mono::default(),
            patience: Duration::ZERO,
            opener: Link::open,
            chip_opener: open_chip,
            first_port: 0,
            buffer: vec![0; READ],
        }
    }

    /// From now on this one hears every byte of every port, but for what card readers and scanners say.
    pub fn tap(&mut self, tap: Tap) {
        self.tap = Some(tap);
    }

    /// Lets the tap hear what there is to be heard at a port.
    fn tell_tap(&mut self, now: Mono, at: usize, heard: Heard<'_>) {
        let (Some(tap), Some(port)) = (&mut self.tap, self.ports.get(at)) else { return };
        let is_masked = port.kinds.iter().any(|kind| MASKED.contains(kind));
        let heard = match heard {
            Heard::Bytes(way, bytes) if is_masked => Heard::Masked(way, bytes.len()),
            Heard::Bytes(..) | Heard::Masked(..) | Heard::Opened | Heard::Lost => heard,
        };
        let path = port.settings.path().to_string_lossy();
        match (&port.user, heard) {
            (User::Device(id), _) => tap(now, id.as_str(), heard),
            (User::Devices(ids, _), Heard::Opened | Heard::Lost) => {
                ids.iter().for_each(|id| tap(now, id.as_str(), heard));
            }
            (User::Devices(ids, turns), Heard::Bytes(..) | Heard::Masked(..)) => {
                let asks = turns.whose().and_then(|who| ids.get(who));
                tap(now, asks.map_or(&path, DeviceId::as_str), heard);
            }
            (User::Nodes(_), _) => tap(now, &path, heard),
        }
    }

    /// From now on a port that is being opened is waited for, at most so long. For whoever has nothing else to do meanwhile.
    pub fn wait_for_ports(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Opens the chips: every output is driven safe by that. The first thing a daemon does, and it waits for it.
    pub fn open_chips(&mut self, now: Mono) {
        for open in self.chips.iter_mut().filter(|open| open.bank.is_none() && open.reopen.is_due(now)) {
            match open_chip(&open.chip) {
                Ok(bank) => open.bank = Some(bank),
                Err(error) => {
                    tracing::warn!(chip = %open.chip.name, %error, "a GPIO chip does not open");
                    open.closed = words(&error);
                    open.reopen.failed(now);
                }
            }
        }
    }

    /// Tells the drivers of chips that are already open. Once, after [`Links::open_chips`] at start.
    pub fn announce(&mut self, now: Mono, host: &mut Host) {
        for open in self.chips.iter().filter(|open| open.bank.is_some()) {
            for (id, _) in &open.chip.members {
                host.handle(now, id, Inbound::Opened);
            }
        }
    }

    /// Opens what is closed and due. Must run within the runtime that reads the ports.
    pub fn open_due(&mut self, now: Mono, host: &mut Host) {
        for at in 0..self.ports.len() {
            let Some(opened) = self.opened(now, at) else { continue };
            let port = &mut self.ports[at];
            match opened {
                Ok(link) => {
                    tracing::info!(port = %port.settings.path().display(), "port opened");
                    port.link = Some(link);
                    port.closed = None;
                    self.tell_tap(now, at, Heard::Opened);
                    self.give(now, at, Inbound::Opened, host);
                }
                Err(error) => {
                    tracing::debug!(%error, "a port does not open");
                    port.closed = words(&error);
                    port.reopen.failed(now);
                }
            }
        }
        for at in 0..self.chips.len() {
            let Some(opened) = self.opened_chip(now, at) else { continue };
            let open = &mut self.chips[at];
            match opened {
                Ok(bank) => {
                    open.bank = Some(bank);
                    open.closed = None;
                    for (id, _) in &open.chip.members {
                        host.handle(now, id, Inbound::Opened);
                    }
                }
                Err(error) => {
                    tracing::debug!(chip = %open.chip.name, %error, "a GPIO chip does not open");
                    open.closed = words(&error);
                    open.reopen.failed(now);
                }
            }
        }
    }

    /// Begins to open a port that is closed and due, and says what came of it once that is known.
    fn opened(&mut self, now: Mono, at: usize) -> Option<Result<Link, LinkError>> {
        let port = &mut self.ports[at];
        if port.link.is_some() {
            return None;
        }
        let (settings, open, is_due) = (port.settings.clone(), self.opener, port.reopen.is_due(now));
        let opened = attempt(&mut port.opening, is_due, self.patience, move || open(&settings));
        if port.opening.is_some() {
            self.next_look = now + LOOK;
        }
        let path = port.settings.path();
        let failed = |source: io::Error| Err(LinkError::System { path: path.to_owned(), source });
        Some(opened?.unwrap_or_else(failed))
    }

    /// The same for a chip, whose outputs are driven safe by that.
    fn opened_chip(&mut self, now: Mono, at: usize) -> Option<Result<Bank, GpioError>> {
        let open = &mut self.chips[at];
        if open.bank.is_some() {
            return None;
        }
        let (chip, opener, is_due) = (open.chip.clone(), self.chip_opener, open.reopen.is_due(now));
        let opened = attempt(&mut open.opening, is_due, self.patience, move || opener(&chip));
        if open.opening.is_some() {
            self.next_look = now + LOOK;
        }
        let failed = |error: io::Error| {
            tracing::error!(chip = %open.chip.name, %error, "a GPIO chip cannot be opened");
            Err(GpioError::Gone)
        };
        Some(opened?.unwrap_or_else(failed))
    }

    /// Waits for bytes from any port. Dropping the future loses nothing.
    pub async fn read(&mut self) -> Arrived {
        let (ports, buffer) = (&mut self.ports, &mut self.buffer);
        let count = ports.len();
        let first = self.first_port;
        let arrived = poll_fn(|context| {
            // Begins with another port each time: one that never falls silent cannot keep the others waiting.
            for offset in 0..count {
                let at = (first + offset) % count;
                let Some(link) = ports[at].link.as_mut() else { continue };
                // What the kernel did not take before leaves as soon as it does.
                if link.has_pending()
                    && let Poll::Ready(Err(error)) = pin!(link.flush()).poll(context)
                {
                    return Poll::Ready(Arrived { port: at, result: Err(error) });
                }
                let read = pin!(link.read(buffer));
                if let Poll::Ready(result) = read.poll(context) {
                    return Poll::Ready(Arrived { port: at, result });
                }
            }
            Poll::Pending
        })
        .await;
        self.first_port = (arrived.port + 1) % count.max(1);
        arrived
    }

    /// What has come from any port by now. Who asks again and again has to ask [`Links::read`] in between: that is what wakes.
    pub fn ready(&mut self) -> Option<Arrived> {
        match pin!(self.read()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(arrived) => Some(arrived),
            Poll::Pending => None,
        }
    }

    /// How many ports there are.
    pub fn ports(&self) -> usize {
        self.ports.len()
    }

    /// Hands what came to its driver. A port that is gone is closed and opened again later.
    pub fn arrived(&mut self, now: Mono, arrived: Arrived, host: &mut Host) {
        let Some(port) = self.ports.get_mut(arrived.port) else { return };
        match arrived.result {
            Ok(count) => {
                port.reopen.succeeded();
                let mut buffer = std::mem::take(&mut self.buffer);
                self.tell_tap(now, arrived.port, Heard::Bytes(Way::In, &buffer[..count]));
                self.give(now, arrived.port, Inbound::Bytes(&buffer[..count]), host);
                // An ID card's bytes do not stay in memory.
                buffer[..count].fill(0);
                self.buffer = buffer;
            }
            Err(error) => self.lost(now, arrived.port, &error, host),
        }
    }

    /// Hands to whoever uses a port what came of it.
    fn give(&mut self, now: Mono, at: usize, inbound: Inbound<'_>, host: &mut Host) {
        match &mut self.ports[at].user {
            User::Device(id) => host.handle(now, id, inbound),
            User::Devices(ids, turns) => match inbound {
                Inbound::Bytes(_) => {
                    if let Some(id) = turns.heard(now).and_then(|who| ids.get(who)) {
                        host.handle(now, id, inbound);
                    }
                }
                Inbound::Opened | Inbound::Lost => {
                    turns.reset();
                    ids.iter().for_each(|id| host.handle(now, id, inbound));
                }
                // A port has no lines, and no time of its own.
                Inbound::Line { .. } | Inbound::Timeout => {}
            },
            User::Nodes(line) => {
                let line = *line;
                self.nodes[line].handle(now, inbound, host);
                self.send_frames(now, line, host);
            }
        }
    }

    /// Lets whoever's turn it is speak on a shared line.
    fn take_turns(&mut self, now: Mono, at: usize, host: &mut Host) {
        while let User::Devices(_, turns) = &mut self.ports[at].user
            && let Some(question) = turns.next(now)
        {
            self.with_port(now, at, host, Link::drain_input);
            self.write(now, at, host, &question);
        }
    }

    /// Sends what a line of nodes has to say.
    fn send_frames(&mut self, now: Mono, line: usize, host: &mut Host) {
        let port = self.ports.iter().position(|port| matches!(port.user, User::Nodes(at) if at == line));
        while let Some(outbound) = self.nodes[line].poll_outbound(now) {
            let Some(at) = port else { return };
            match outbound {
                Outbound::Bytes(bytes) => self.write(now, at, host, &bytes),
                Outbound::DrainInput => {
                    self.with_port(now, at, host, Link::drain_input);
                }
                Outbound::Line { .. } => tracing::error!("a line of nodes has no levels"),
            }
        }
    }

    /// Pulses the enable lines and lets the nodes' hearts beat of whoever is in order.
    pub fn pulse(&mut self, now: Mono, deadman: &mut Deadman) {
        if deadman.station_alive(now) {
            for line in &mut self.nodes {
                line.feed(now, |bed| deadman.bed_alive(now, bed));
            }
        }
        if self.enables.is_empty() {
            return;
        }
        let Some(level) = deadman.edge(now) else { return };
        for at in 0..self.enables.len() {
            let enable = &self.enables[at];
            let alive = enable.bed.map_or(deadman.station_alive(now), |bed| deadman.bed_alive(now, bed));
            let Some(Place::Chip(chip, member)) = self.places.get(&enable.id).copied() else { continue };
            let driven = self.chips[chip].bank.as_mut().map(|bank| bank.drive(member, 0, level && alive));
            if let Some(Err(error)) = driven {
                tracing::error!(enable = %self.enables[at].id, %error, "an enable line cannot be driven");
            }
        }
    }

    /// Samples the inputs of all chips unless that was done just now, and hands changes to the drivers.
    pub fn sample(&mut self, now: Mono, host: &mut Host) {
        for line in 0..self.nodes.len() {
            if self.nodes[line].next_timeout().is_some_and(|at| at <= now) {
                self.nodes[line].handle(now, Inbound::Timeout, host);
                self.send_frames(now, line, host);
            }
        }
        for at in 0..self.ports.len() {
            self.take_turns(now, at, host);
        }
        if self.sampled.is_some_and(|at| now < at + SAMPLE_SOONEST) {
            return;
        }
        self.sampled = Some(now);
        for open in &mut self.chips {
            let Some(bank) = &mut open.bank else { continue };
            let members = &open.chip.members;
            let polled = bank.poll(|member, input, active| {
                if let Some((id, _)) = members.get(member) {
                    host.handle(now, id, Inbound::Line { input, active });
                }
            });
            match polled {
                Ok(()) => open.reopen.succeeded(),
                Err(error) => {
                    tracing::error!(chip = %open.chip.name, %error, "a GPIO chip is lost");
                    open.closed = words(&error);
                    close_chip(now, open, host);
                }
            }
        }
    }

    /// Carries out what a driver wants sent. A link that fails on it is closed.
    pub fn send(&mut self, now: Mono, id: &DeviceId, outbound: Outbound, host: &mut Host) {
        match (self.places.get(id).copied(), outbound) {
            (Some(Place::Port(at)), Outbound::Bytes(bytes)) => self.write(now, at, host, &bytes),
            (Some(Place::Port(at)), Outbound::DrainInput) => {
                self.with_port(now, at, host, Link::drain_input);
            }
            (Some(Place::Shared(at, who)), Outbound::Bytes(bytes)) => {
                if let User::Devices(_, turns) = &mut self.ports[at].user {
                    turns.ask(who, bytes);
                }
                self.take_turns(now, at, host);
            }
            // A shared line is drained when its turn comes.
            (Some(Place::Shared(..)), Outbound::DrainInput) => {}
            (Some(Place::Chip(at, member)), Outbound::Line { output, active }) => {
                let Some(open) = self.chips.get_mut(at) else { return };
                let Some(bank) = &mut open.bank else { return };
                if let Err(error) = bank.drive(member, output, active) {
                    tracing::error!(chip = %open.chip.name, %error, "an output cannot be driven");
                    open.closed = words(&error);
                    close_chip(now, open, host);
                }
            }
            (Some(Place::Node(line, node, device)), Outbound::Line { output, active }) => {
                self.nodes[line].drive(now, (node, device), output, active, host);
                self.send_frames(now, line, host);
            }
            (Some(Place::Port(_) | Place::Shared(..)), Outbound::Line { .. })
            | (Some(Place::Chip(..) | Place::Node(..)), Outbound::Bytes(_) | Outbound::DrainInput)
            | (None, _) => tracing::error!(%id, "a driver wants what its link cannot do"),
        }
    }

    fn write(&mut self, now: Mono, at: usize, host: &mut Host, bytes: &[u8]) {
        if self.ports.get(at).is_some_and(|port| port.link.is_some()) {
            self.tell_tap(now, at, Heard::Bytes(Way::Out, bytes));
        }
        self.with_port(now, at, host, |link| link.write_now(bytes));
    }

    fn with_port(
        &mut self,
        now: Mono,
        at: usize,
        host: &mut Host,
        write: impl FnOnce(&mut Link) -> Result<(), LinkError>,
    ) {
        let Some(link) = self.ports.get_mut(at).and_then(|port| port.link.as_mut()) else { return };
        if let Err(error) = write(link) {
            self.lost(now, at, &error, host);
        }
    }

    fn lost(&mut self, now: Mono, at: usize, error: &LinkError, host: &mut Host) {
        tracing::warn!(%error, "a port is lost");
        self.ports[at].link = None;
        self.ports[at].closed = words(error);
        self.ports[at].reopen.failed(now);
        self.tell_tap(now, at, Heard::Lost);
        self.give(now, at, Inbound::Lost, host);
    }

    /// Drives every output of every open chip and node safe, clamps first. All are tried.
    pub fn make_safe(&mut self, now: Mono, host: &mut Host) {
        for line in 0..self.nodes.len() {
            self.nodes[line].make_safe(now, host);
            self.send_frames(now, line, host);
        }
        for open in &mut self.chips {
            if let Some(Err(error)) = open.bank.as_mut().map(Bank::make_safe) {
                tracing::error!(chip = %open.chip.name, %error, "an output cannot be driven safe");
            }
        }
    }

    /// When [`Links::sample`] or [`Links::open_due`] is next wanted.
    pub fn next_timeout(&self) -> Option<Mono> {
        let any_chip = self.chips.iter().any(|open| open.bank.is_some());
        let sample = any_chip.then(|| self.sampled.map_or(Mono::default(), |at| at + SAMPLE));
        let closed = self.ports.iter().filter(|port| port.link.is_none());
        let next = |is_opening, reopen: &Reopen| if is_opening { Some(self.next_look) } else { reopen.at() };
        let ports = closed.map(|port| next(port.opening.is_some(), &port.reopen));
        let closed = self.chips.iter().filter(|open| open.bank.is_none());
        let chips = closed.map(|open| next(open.opening.is_some(), &open.reopen));
        let nodes = self.nodes.iter().filter_map(NodeLine::next_timeout);
        let turns = self.ports.iter().filter_map(|port| match &port.user {
            User::Devices(_, turns) => turns.next_timeout(),
            User::Device(_) | User::Nodes(_) => None,
        });
        ports.chain(chips).map(Option::unwrap_or_default).chain(sample).chain(nodes).chain(turns).min()
    }

    /// Adds to these reports what is known of the links: why one is closed, how fast a node answers.
    pub fn explain(&self, reports: &mut [DeviceReport]) {
        for report in reports {
            match self.places.get(&report.device).copied() {
                Some(Place::Port(at) | Place::Shared(at, _)) => report.closed = self.ports[at].closed.clone(),
                Some(Place::Chip(at, _)) => report.closed = self.chips[at].closed.clone(),
                Some(Place::Node(line, node, _)) => {
                    let port =
                        self.ports.iter().find(|port| matches!(port.user, User::Nodes(at) if at == line));
                    report.closed = port.and_then(|port| port.closed.clone());
                    self.nodes[line].explain(node, report);
                }
                None => {}
            }
        }
    }

    /// Whether anything has to be kept alive.
    pub fn has_enables(&self) -> bool {
        !self.enables.is_empty() || !self.nodes.is_empty()
    }
}

fn close_chip(now: Mono, open: &mut OpenChip, host: &mut Host) {
    open.bank = None;
    open.reopen.failed(now);
    for (id, _) in &open.chip.members {
        host.handle(now, id, Inbound::Lost);
    }
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
