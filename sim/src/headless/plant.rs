//! The station's control code and the simulated site, tied together: bytes and lines without ports or chips, or, where that is
//! wanted, bytes over ptys.
//!
//! Owns: the order in which one step's news reaches the other side, that nothing is left unanswered when time goes on, and
//! what a pulled cable does: the driver hears that its link is lost, and that it is open again in the daemon's own rhythm.
//! Refuses: to decide anything. All of it is lost in a crash but what the records keep.

use super::cable::{Cable, CableError};
use crate::bed::SimBed;
use crate::devices::rack::Rack;
use crate::devices::scanner::ScannerVoice;
use crate::site::Site;
use crate::site::settings::{CONTACTS, SERIAL};
use controller::clock::Stamp;
use controller::control::Station;
use controller::control::io::{Input, Output};
use controller::devices::build::BusPlan;
use controller::devices::host::{Host, Reopen};
use controller::devices::nodes::NodeLine;
use drivers::modbus::turns::Turns;
use drivers::transport::asked::END;
use drivers::{Inbound, Outbound};
use station::device::DeviceKind;
use station::ident::{BedId, DeviceId};
use station::measure::Mono;
use std::collections::BTreeMap;
use std::path::Path;

/// The thermometer that is a file.
const FRIDGE: &str = "probe.fridge";

/// What a port leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Far {
    /// A device of a bed.
    Bed(BedId, DeviceKind),
    /// The file of the refrigerator's sensor.
    Fridge,
    /// The line of the transmitters, which they share.
    Transmitters,
    /// The nodes.
    Nodes,
}

/// Whether a link is open, and when it is tried again.
#[derive(Debug, Clone)]
struct Socket {
    open: bool,
    reopen: Reopen,
}

impl Default for Socket {
    fn default() -> Self {
        Self { open: true, reopen: Reopen::default() }
    }
}

impl Socket {
    /// Follows the plug: whether it has just been opened (true) or lost.
    fn follow(&mut self, now: Mono, plugged: bool) -> Option<bool> {
        if self.open && !plugged {
            self.open = false;
            self.reopen.failed(now);
            return Some(false);
        }
        if self.open || !self.reopen.is_due(now) {
            return None;
        }
        self.open = plugged;
        if !plugged {
            self.reopen.failed(now);
        }
        plugged.then_some(true)
    }
}

/// A port: open as long as its cable is in.
struct Port {
    id: Option<DeviceId>,
    far: Far,
    socket: Socket,
    cable: Option<Cable>,
    /// Answers that the station gets when time goes on.
    owed: Vec<u8>,
}

impl Port {
    fn new(id: Option<DeviceId>, far: Far) -> Self {
        Self { id, far, socket: Socket::default(), cable: None, owed: Vec::new() }
    }

    /// What has come for the station.
    fn arrived(&mut self, now: Mono, site: &mut Site) -> Vec<u8> {
        match self.far {
            Far::Bed(bed, kind) => site.poll_bytes(bed, kind),
            Far::Transmitters => site.transmitters.poll_bytes(now),
            Far::Fridge | Far::Nodes => std::mem::take(&mut self.owed),
        }
    }

    /// The same over the cable, in the parts in which it comes out. One that fails gives nothing and says so.
    fn parts(&mut self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let Some(cable) = &mut self.cable else { return vec![bytes] };
        cable.to_station(&bytes).unwrap_or_else(|error| self.failed(&error))
    }

    /// What the station says, as it reaches the other end.
    fn carried(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        match &mut self.cable {
            Some(cable) if self.socket.open => {
                cable.to_device(&bytes).unwrap_or_else(|error| self.failed(&error))
            }
            Some(_) => Vec::new(),
            None => bytes,
        }
    }

    fn drain(&mut self, site: &mut Site) {
        self.owed.clear();
        if let Far::Bed(bed, kind) = self.far {
            drop(site.poll_bytes(bed, kind));
        }
        if let Some(Err(error)) = self.cable.as_mut().filter(|_| self.socket.open).map(Cable::drain) {
            self.failed::<u8>(&error);
        }
    }

    fn failed<T>(&self, error: &CableError) -> Vec<T> {
        tracing::error!(far = ?self.far, %error, "a simulated cable fails");
        Vec::new()
    }
}

/// Station and site.
pub struct Plant {
    /// The world.
    pub site: Site,
    /// The station's step.
    pub station: Station,
    host: Host,
    ports: Vec<Port>,
    contacts: Vec<Contacts>,
    /// The levels of each bed's lines as its drivers were told them.
    levels: Vec<Option<u32>>,
    chip: Socket,
    nodes: Option<Nodes>,
    /// Who asks on the line of the transmitters, in turn.
    askers: (Vec<DeviceId>, Turns),
}

/// A device on contacts of the chip, and the levels that its driver was told.
#[derive(Debug, Clone)]
struct Contacts {
    id: DeviceId,
    bed: BedId,
    kind: DeviceKind,
    told: Vec<bool>,
}

/// The nodes, from both sides.
struct Nodes {
    line: NodeLine,
    rack: Rack,
    places: BTreeMap<DeviceId, (usize, usize)>,
}

impl Plant {
    /// Ties the two together and opens every link. Contacts are at the chip.
    pub fn new(now: Stamp, site: Site, station: Station, host: Host) -> Self {
        Self::wired(now, site, station, host, None)
    }

    /// The same, with the contacts at the nodes of this line.
    pub fn wired(now: Stamp, mut site: Site, station: Station, host: Host, bus: Option<BusPlan>) -> Self {
        let nodes = bus.map(|bus| {
            let line = NodeLine::new(bus);
            let places = line.devices().map(|(id, node, device)| (id.clone(), (node, device))).collect();
            Nodes { line, rack: Rack::new(&mut site), places }
        });
        let there: Vec<DeviceId> = host.devices().map(|(id, _)| id.clone()).collect();
        let serial = SERIAL.iter().map(|(kind, _)| *kind).chain([DeviceKind::Rfid]);
        let serial: Vec<DeviceKind> = serial.collect();
        let (mut ports, mut contacts) = (Vec::new(), Vec::new());
        for bed in site.beds.iter().map(|bed| bed.number()) {
            let known = |kind: &DeviceKind| {
                let id = config::device_id(Some(bed), *kind);
                let at_chip = there.contains(&id);
                at_chip.then_some((id, *kind))
            };
            let at_port = serial.iter().filter_map(known);
            ports.extend(at_port.map(|(id, kind)| Port::new(Some(id), Far::Bed(bed, kind))));
            if nodes.is_none() {
                let at_chip = CONTACTS.iter().filter_map(|(kind, _, _)| known(kind));
                contacts.extend(at_chip.map(|(id, kind)| Contacts { id, bed, kind, told: Vec::new() }));
            }
        }
        let probes = host.devices().filter(|(_, kind)| *kind == DeviceKind::Probe);
        let (fridge, askers): (Vec<DeviceId>, Vec<DeviceId>) =
            probes.map(|(id, _)| id.clone()).partition(|id| id.as_str() == FRIDGE);
        ports.extend(fridge.into_iter().map(|id| Port::new(Some(id), Far::Fridge)));
        ports.extend((!askers.is_empty()).then(|| Port::new(None, Far::Transmitters)));
        ports.extend(nodes.is_some().then(|| Port::new(None, Far::Nodes)));
        let (chip, askers) = (Socket::default(), (askers, Turns::default()));
        let levels = vec![None; site.beds.len()];
        let mut plant = Self { site, station, host, ports, contacts, levels, chip, nodes, askers };
        let at_nodes = |id: &DeviceId| plant.nodes.as_ref().is_some_and(|n| n.places.contains_key(id));
        for id in there.iter().filter(|id| !at_nodes(id)) {
            plant.host.handle(now.mono, id, Inbound::Opened);
        }
        if let Some(nodes) = &mut plant.nodes {
            nodes.line.handle(now.mono, Inbound::Opened, &mut plant.host);
        }
        plant
    }

    /// Lays a pty between every port and its device, in this folder; to a scanner that types, a keyboard. Files have no cable.
    ///
    /// # Errors
    /// [`CableError`].
    pub fn lay_cables(&mut self, folder: &Path, scanner: ScannerVoice) -> Result<(), CableError> {
        for port in &mut self.ports {
            let is_asked = |bed: &SimBed| bed.scale.voice().is_asked();
            let (is_file, types) = match port.far {
                Far::Fridge => (true, false),
                Far::Bed(bed, DeviceKind::Scale) => (self.site.bed(bed).is_some_and(is_asked), false),
                Far::Bed(_, kind) => {
                    (false, scanner == ScannerVoice::Keyboard && kind == DeviceKind::Scanner)
                }
                Far::Transmitters | Far::Nodes => (false, false),
            };
            if !is_file {
                let name = port.id.as_ref().map_or_else(|| format!("{:?}", port.far), ToString::to_string);
                port.cable = Some(Cable::new(folder.join(name), types)?);
            }
        }
        Ok(())
    }

    /// Lets time pass to `now` on both sides and carries what they say to each other.
    pub fn advance(&mut self, now: Stamp) {
        self.site.advance(now.mono);
        self.exchange(now);
    }

    /// Carries what has been said by now from the world to the drivers.
    pub fn exchange(&mut self, now: Stamp) {
        for at in 0..self.ports.len() {
            if let Far::Bed(bed, _) = self.ports[at].far
                && !self.site.bed(bed).is_some_and(SimBed::has_moved)
            {
                continue;
            }
            self.follow(now.mono, at);
            let port = &mut self.ports[at];
            if !port.socket.open {
                continue;
            }
            let bytes = port.arrived(now.mono, &mut self.site);
            if bytes.is_empty() {
                continue;
            }
            for part in port.parts(bytes) {
                self.ports[at].socket.reopen.succeeded();
                self.give(now.mono, at, Inbound::Bytes(&part));
            }
        }
        self.take_turns(now.mono);
        self.feel_chip(now.mono);
        self.feel_nodes(now.mono);
        if self.host.next_timeout().is_some_and(|at| at <= now.mono) {
            self.host.timeouts(now.mono);
        }
    }

    /// Follows the cable of a port.
    fn follow(&mut self, now: Mono, at: usize) {
        let port = &mut self.ports[at];
        let plugged = match port.far {
            Far::Bed(bed, kind) => self.site.bed(bed).is_some_and(|bed| bed.is_plugged(kind)),
            Far::Fridge => self.site.fridge.is_there(),
            Far::Transmitters => self.site.transmitters.is_plugged(),
            Far::Nodes => self.site.nodes_plugged,
        };
        let Some(opened) = port.socket.follow(now, plugged) else { return };
        port.owed.clear();
        let moved = port.cable.as_mut().map(|cable| if opened { cable.plug() } else { cable.pull() });
        if let Some(Err(error)) = moved {
            port.failed::<u8>(&error);
        }
        self.give(now, at, if opened { Inbound::Opened } else { Inbound::Lost });
    }

    fn give(&mut self, now: Mono, at: usize, inbound: Inbound<'_>) {
        let port = &self.ports[at];
        if let Some(id) = &port.id {
            self.host.handle(now, id, inbound);
        } else if port.far == Far::Transmitters {
            self.give_asker(now, inbound);
        } else if let Some(nodes) = &mut self.nodes {
            nodes.line.handle(now, inbound, &mut self.host);
            self.send_frames(now);
        }
    }

    /// Bytes of a shared line are for whoever asked; what becomes of the line is for all.
    fn give_asker(&mut self, now: Mono, inbound: Inbound<'_>) {
        let (askers, turns) = &mut self.askers;
        if let Inbound::Bytes(_) = inbound {
            if let Some(id) = turns.heard(now).and_then(|who| askers.get(who)) {
                self.host.handle(now, id, inbound);
            }
            return;
        }
        turns.reset();
        askers.iter().for_each(|id| self.host.handle(now, id, inbound));
    }

    /// Lets whoever's turn it is speak to the transmitters.
    fn take_turns(&mut self, now: Mono) {
        let Some(port) = self.ports.iter_mut().find(|port| port.far == Far::Transmitters) else { return };
        while let Some(question) = self.askers.1.next(now) {
            port.drain(&mut self.site);
            let heard = port.carried(question);
            self.site.transmitters.handle_bytes(now, &heard);
        }
    }

    fn feel_chip(&mut self, now: Mono) {
        let moved = self.chip.follow(now, self.site.chip_plugged);
        let mut news = moved.is_some();
        for (told, bed) in self.levels.iter_mut().zip(&self.site.beds) {
            if bed.has_moved() || news || told.is_none() {
                let levels = self.chip.open.then(|| bed.levels());
                news |= std::mem::replace(told, levels) != levels;
            }
        }
        if self.chip.open {
            self.chip.reopen.succeeded();
        }
        if !news {
            return;
        }
        for Contacts { id, bed, kind, told } in &mut self.contacts {
            let Some(bed) = self.site.bed(*bed) else { continue };
            let host = &mut self.host;
            if let Some(opened) = moved {
                told.clear();
                host.handle(now, id, if opened { Inbound::Opened } else { Inbound::Lost });
            }
            if !self.chip.open {
                continue;
            }
            bed.each_input(*kind, &mut |input, active| {
                match told.get_mut(input) {
                    Some(level) if *level == active => return,
                    Some(level) => *level = active,
                    None => told.push(active),
                }
                host.handle(now, id, Inbound::Line { input, active });
            });
        }
    }

    fn feel_nodes(&mut self, now: Mono) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.rack.feel(&mut self.site);
        // What a silent node lets go of reaches its bed although nothing comes.
        nodes.rack.hear(now, &[], &mut self.site);
        let in_order = self.station.beds_in_order(now);
        nodes.line.feed(now, |bed| in_order.contains(&bed));
        if nodes.line.next_timeout().is_some_and(|at| at <= now) {
            nodes.line.handle(now, Inbound::Timeout, &mut self.host);
        }
        self.send_frames(now);
    }

    /// Carries what the station says to its nodes; their answers wait until time goes on.
    fn send_frames(&mut self, now: Mono) {
        let Some(nodes) = &mut self.nodes else { return };
        let Some(port) = self.ports.iter_mut().find(|port| port.far == Far::Nodes) else { return };
        while let Some(outbound) = nodes.line.poll_outbound(now) {
            match outbound {
                Outbound::Bytes(bytes) => {
                    let heard = port.carried(bytes);
                    port.owed.extend(nodes.rack.hear(now, &heard, &mut self.site));
                }
                Outbound::DrainInput => port.drain(&mut self.site),
                Outbound::Line { .. } => {}
            }
        }
    }

    /// When a driver or the station wants to be asked again, by the station's clock.
    pub fn next_timeout(&self) -> Option<Mono> {
        let nodes = self.nodes.as_ref().and_then(|nodes| nodes.line.next_timeout());
        let turn = self.askers.1.next_timeout();
        self.host.next_timeout().into_iter().chain(self.station.next_timeout()).chain(nodes).chain(turn).min()
    }

    /// The next thing that the station has to take: an observation, or its timer.
    pub fn next_input(&mut self, now: Stamp) -> Option<Input> {
        self.drain_host(now.mono);
        if let Some((device, observation)) = self.host.poll_observation() {
            return Some(Input::Observed { device, observation });
        }
        self.station.next_timeout().is_some_and(|at| at <= now.mono).then_some(Input::Timeout)
    }

    /// Gives an order to its device. What came of it, when that is news.
    pub fn carry_out(&mut self, now: Stamp, output: Output) -> Result<Option<Input>, Output> {
        let Output::Order { device, actuation, permit } = output else { return Err(output) };
        let taken = self.host.order(now.mono, &device, actuation);
        self.drain_host(now.mono);
        Ok(taken.err().map(|_| Input::OrderFailed { device, actuation, permit }))
    }

    fn drain_host(&mut self, now: Mono) {
        while let Some((id, outbound)) = self.host.poll_outbound() {
            match outbound {
                Outbound::Line { output, active } => self.drive(now, &id, output, active),
                Outbound::Bytes(bytes) => self.say(now, &id, bytes),
                Outbound::DrainInput => {
                    if let Some(port) = self.ports.iter_mut().find(|port| port.id.as_ref() == Some(&id)) {
                        port.drain(&mut self.site);
                    }
                }
            }
        }
    }

    fn say(&mut self, now: Mono, id: &DeviceId, bytes: Vec<u8>) {
        if let Some(who) = self.askers.0.iter().position(|asker| asker == id) {
            self.askers.1.ask(who, bytes);
            self.take_turns(now);
            return;
        }
        let Some(port) = self.ports.iter_mut().find(|port| port.id.as_ref() == Some(id)) else { return };
        match port.far {
            Far::Bed(bed, kind) => {
                let heard = port.carried(bytes);
                self.site.handle_bytes(bed, kind, &heard);
            }
            // Being asked is all that a file hears.
            Far::Fridge => {
                port.owed = self.site.fridge.file(now).into_bytes();
                port.owed.push(END);
            }
            Far::Transmitters | Far::Nodes => {}
        }
    }

    fn drive(&mut self, now: Mono, id: &DeviceId, output: usize, active: bool) {
        if let Some(nodes) = &mut self.nodes {
            if let Some(place) = nodes.places.get(id).copied() {
                nodes.line.drive(now, place, output, active, &mut self.host);
                self.send_frames(now);
            }
            return;
        }
        let at_chip = self.contacts.iter().find(|contacts| contacts.id == *id);
        if let Some(Contacts { bed, kind, .. }) = at_chip.filter(|_| self.chip.open)
            && let Some(bed) = self.site.bed_mut(*bed)
        {
            bed.drive(*kind, output, active);
        }
    }
}
