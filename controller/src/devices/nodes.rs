//! The nodes of one RS-485 line, and which of their lines is whose.
//!
//! Owns: the way from a node's events to the drivers of its devices, and from a driver's order to the line. Refuses: to open
//! anything, and to decide whether a heart may beat: that is the deadman's. A crash loses it; the nodes release themselves.

use super::build::{BusPlan, NodePlan};
use super::host::Host;
use super::picture::Answers;
use config::GpioName;
use drivers::modbus::bus::{Bus, NodeEvent};
use drivers::modbus::node::Trouble;
use drivers::transport::gpio::{LineRef, Wiring};
use drivers::{Inbound, Outbound};
use station::api::{DeviceReport, IdentityView};
use station::ident::{BedId, DeviceId};
use station::measure::Mono;

/// One node and what hangs on it.
#[derive(Debug)]
struct Member {
    name: GpioName,
    beds: Vec<BedId>,
    devices: Vec<(DeviceId, Wiring)>,
    /// Levels handed out since it is up.
    told: Option<u32>,
}

/// All nodes of one line.
#[derive(Debug)]
pub struct NodeLine {
    bus: Bus,
    members: Vec<Member>,
    answers: Answers,
}

impl NodeLine {
    /// A line that is not open yet.
    pub fn new(plan: BusPlan) -> Self {
        let settings: Vec<_> = plan.nodes.iter().map(|node| node.settings).collect();
        let member =
            |node: NodePlan| Member { name: node.name, beds: node.beds, devices: node.members, told: None };
        Self {
            bus: Bus::new(plan.port.baud, &settings),
            members: plan.nodes.into_iter().map(member).collect(),
            answers: Answers::default(),
        }
    }

    /// Every device with the indices of its node and of itself on it.
    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, usize, usize)> {
        self.members.iter().enumerate().flat_map(|(node, member)| {
            member.devices.iter().enumerate().map(move |(device, (id, _))| (id, node, device))
        })
    }

    /// What came of the link, or the timer.
    pub fn handle(&mut self, now: Mono, inbound: Inbound<'_>, host: &mut Host) {
        match inbound {
            Inbound::Bytes(_) => self.answers.heard(now),
            Inbound::Opened | Inbound::Lost => self.answers.forget(),
            Inbound::Line { .. } | Inbound::Timeout => {}
        }
        self.bus.handle(now, inbound);
        self.tell(now, host);
    }

    /// A driver drives one of its outputs. One that is not wired is not there.
    pub fn drive(
        &mut self,
        now: Mono,
        (node, device): (usize, usize),
        output: usize,
        active: bool,
        host: &mut Host,
    ) {
        let wiring = self.members.get(node).and_then(|member| member.devices.get(device));
        let wire = wiring.and_then(|(_, wiring)| wiring.outputs.get(output).copied().flatten());
        let Some(wire) = wire else { return };
        match self.bus.drive(now, node, wire.line, active != wire.active_low) {
            Ok(()) => {}
            // Told already: the drivers know that their link is lost.
            Err(Trouble::LinkLost) => {}
            Err(trouble) => tracing::error!(line = wire.line, %trouble, "an output cannot be driven"),
        }
        self.tell(now, host);
    }

    /// Lets the hearts of those nodes beat whose beds are all in order.
    pub fn feed(&mut self, now: Mono, in_order: impl Fn(BedId) -> bool) {
        for (at, member) in self.members.iter().enumerate() {
            if member.beds.iter().all(|bed| in_order(*bed)) {
                self.bus.feed(now, at);
            }
        }
    }

    /// Everything off at every node.
    pub fn make_safe(&mut self, now: Mono, host: &mut Host) {
        for node in 0..self.members.len() {
            for device in 0..self.members[node].devices.len() {
                for output in 0..self.members[node].devices[device].1.outputs.len() {
                    self.drive(now, (node, device), output, false, host);
                }
            }
        }
    }

    /// The next thing for the port.
    pub fn poll_outbound(&mut self, now: Mono) -> Option<Outbound> {
        let outbound = self.bus.poll_outbound();
        if let Some(Outbound::Bytes(_)) = outbound {
            self.answers.asked(now);
        }
        outbound
    }

    /// Adds to the report of a device what its node says of itself, and how fast the line's nodes answer.
    pub fn explain(&self, node: usize, report: &mut DeviceReport) {
        report.answers = self.answers.times();
        let (Some(member), Some(firmware)) = (self.members.get(node), self.bus.firmware(node)) else {
            return;
        };
        if let Some(IdentityView { model, .. }) = &mut report.identity {
            *model =
                format!("contacts at node {}, firmware {firmware}", member.name).chars().take(64).collect();
        }
    }

    /// When the timer is wanted.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.bus.next_timeout()
    }

    fn tell(&mut self, now: Mono, host: &mut Host) {
        while let Some((node, event)) = self.bus.poll_event() {
            let Some(member) = self.members.get_mut(node) else { continue };
            match event {
                NodeEvent::Up => {
                    tracing::info!(gpio = %member.name, "a node is up");
                    member.told = None;
                    for (id, _) in &member.devices {
                        host.handle(now, id, Inbound::Opened);
                    }
                }
                NodeEvent::Levels(levels) => member.levels(now, levels, host),
                NodeEvent::Down(trouble) => {
                    tracing::error!(gpio = %member.name, %trouble, "a node is lost");
                    for (id, _) in &member.devices {
                        host.handle(now, id, Inbound::Lost);
                    }
                }
            }
        }
    }
}

impl Member {
    /// Tells each device the inputs that changed; the first time, all.
    fn levels(&mut self, now: Mono, levels: u32, host: &mut Host) {
        let before = self.told.replace(levels);
        let level = |levels: u32, wire: &LineRef| {
            levels.checked_shr(wire.line).is_some_and(|bits| bits & 1 == 1) != wire.active_low
        };
        for (id, wiring) in &self.devices {
            for (input, wire) in wiring.inputs.iter().enumerate() {
                let Some(wire) = wire else { continue };
                let active = level(levels, wire);
                if before.map(|before| level(before, wire)) != Some(active) {
                    host.handle(now, id, Inbound::Line { input, active });
                }
            }
        }
    }
}
