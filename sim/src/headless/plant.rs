//! The station's control code and the simulated site, tied together in memory: bytes and lines without ports or chips.
//!
//! Owns: the order in which one step's news reaches the other side, that nothing is left unanswered when time goes on, and
//! what a pulled cable does: the driver hears that its link is lost, and that it is open again in the daemon's own rhythm.
//! Refuses: to decide anything. All of it is lost in a crash but what the records keep.

use crate::site::Site;
use crate::site::settings::{CONTACTS, SERIAL};
use controller::clock::Stamp;
use controller::control::Station;
use controller::control::io::{Input, Output};
use controller::devices::host::{Host, Reopen};
use drivers::{Inbound, Outbound};
use station::device::DeviceKind;
use station::ident::{BedId, DeviceId};
use station::measure::Mono;

/// A device of a bed, as both sides name it.
#[derive(Debug, Clone)]
struct Tie {
    id: DeviceId,
    bed: BedId,
    kind: DeviceKind,
}

/// A serial port of a bed: open as long as its cable is in.
#[derive(Debug, Clone)]
struct Port {
    tie: Tie,
    open: bool,
    reopen: Reopen,
}

/// Station and site.
pub struct Plant {
    /// The world.
    pub site: Site,
    /// The station's step.
    pub station: Station,
    host: Host,
    serial: Vec<Port>,
    contacts: Vec<Contacts>,
}

/// A device on contacts, and the levels that its driver was told.
#[derive(Debug, Clone)]
struct Contacts {
    tie: Tie,
    told: Vec<bool>,
}

impl Port {
    /// Follows the cable. Whether bytes can come.
    fn follow(&mut self, now: Mono, plugged: bool, host: &mut Host) -> bool {
        if self.open && !plugged {
            self.open = false;
            self.reopen.failed(now);
            host.handle(now, &self.tie.id, Inbound::Lost);
        } else if !self.open && self.reopen.is_due(now) {
            if plugged {
                self.open = true;
                host.handle(now, &self.tie.id, Inbound::Opened);
            } else {
                self.reopen.failed(now);
            }
        }
        self.open
    }
}

impl Plant {
    /// Ties the two together and opens every link.
    pub fn new(now: Stamp, site: Site, station: Station, host: Host) -> Self {
        let ties = |kinds: Vec<DeviceKind>| -> Vec<Tie> {
            let of_bed = |bed: BedId| {
                let tie = move |kind: &DeviceKind| Tie {
                    id: config::device_id(Some(bed), *kind),
                    bed,
                    kind: *kind,
                };
                kinds.iter().map(tie).collect::<Vec<_>>()
            };
            site.beds.iter().flat_map(|bed| of_bed(bed.number())).collect()
        };
        let port = |tie| Port { tie, open: true, reopen: Reopen::default() };
        let serial = ties(SERIAL.iter().map(|(kind, _)| *kind).collect()).into_iter().map(port).collect();
        let contacts = ties(CONTACTS.iter().map(|(kind, _, _)| *kind).collect());
        let contacts = contacts.into_iter().map(|tie| Contacts { tie, told: Vec::new() }).collect();
        let mut plant = Self { site, station, host, serial, contacts };
        let ids: Vec<DeviceId> = plant.host.devices().map(|(id, _)| id.clone()).collect();
        for id in ids {
            plant.host.handle(now.mono, &id, Inbound::Opened);
        }
        plant
    }

    /// Lets time pass to `now` on both sides and carries what they say to each other.
    pub fn advance(&mut self, now: Stamp) {
        self.site.advance(now.mono);
        self.exchange(now);
    }

    /// Carries what has been said by now from the world to the drivers.
    pub fn exchange(&mut self, now: Stamp) {
        for port in &mut self.serial {
            let Some(bed) = self.site.bed_mut(port.tie.bed) else { continue };
            if !port.follow(now.mono, bed.is_plugged(port.tie.kind), &mut self.host) {
                continue;
            }
            let bytes = bed.poll_bytes(port.tie.kind);
            if !bytes.is_empty() {
                port.reopen.succeeded();
                self.host.handle(now.mono, &port.tie.id, Inbound::Bytes(&bytes));
            }
        }
        for Contacts { tie, told } in &mut self.contacts {
            let Some(bed) = self.site.bed(tie.bed) else { continue };
            let host = &mut self.host;
            bed.each_input(tie.kind, &mut |input, active| {
                match told.get_mut(input) {
                    Some(level) if *level == active => return,
                    Some(level) => *level = active,
                    None => told.push(active),
                }
                host.handle(now.mono, &tie.id, Inbound::Line { input, active });
            });
        }
        if self.host.next_timeout().is_some_and(|at| at <= now.mono) {
            self.host.timeouts(now.mono);
        }
    }

    /// When a driver or the station wants to be asked again, by the station's clock.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.host.next_timeout().into_iter().chain(self.station.next_timeout()).min()
    }

    /// The next thing that the station has to take: an observation, or its timer.
    pub fn next_input(&mut self, now: Stamp) -> Option<Input> {
        self.drain_host();
        if let Some((device, observation)) = self.host.poll_observation() {
            return Some(Input::Observed { device, observation });
        }
        self.station.next_timeout().is_some_and(|at| at <= now.mono).then_some(Input::Timeout)
    }

    /// Gives an order to its device. What came of it, when that is news.
    pub fn carry_out(&mut self, now: Stamp, output: Output) -> Result<Option<Input>, Output> {
        let Output::Order { device, actuation, permit } = output else { return Err(output) };
        let taken = self.host.order(now.mono, &device, actuation);
        self.drain_host();
        Ok(taken.err().map(|_| Input::OrderFailed { device, actuation, permit }))
    }

    fn drain_host(&mut self) {
        while let Some((id, outbound)) = self.host.poll_outbound() {
            let contacts = self.contacts.iter().map(|contacts| &contacts.tie);
            let mut ties = self.serial.iter().map(|port| &port.tie).chain(contacts);
            let tie = ties.find(|tie| tie.id == id);
            let Some((tie, bed)) = tie.and_then(|tie| Some((tie, self.site.bed_mut(tie.bed)?))) else {
                continue;
            };
            match outbound {
                Outbound::Bytes(bytes) => bed.handle_bytes(tie.kind, &bytes),
                Outbound::DrainInput => drop(bed.poll_bytes(tie.kind)),
                Outbound::Line { output, active } => bed.drive(tie.kind, output, active),
            }
        }
    }
}
