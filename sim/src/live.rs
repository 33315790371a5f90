//! The site bound to real ports: ptys, the virtual chip, and time that passes by itself.
//!
//! Owns: the thread that moves bytes and levels, the folder with its links and its socket. Refuses: to go faster than
//! [`MAX_SPEED`] times. Dropping it ends the thread and takes the links away; the station then sees pulled cables.

use crate::devices::enable::Enable;
use crate::devices::rack::Rack;
use crate::pty::Pty;
use crate::site::Site;
use crate::site::settings::{
    LineUse, SERIAL, STATION_ENABLE, SiteFile, Wiring, enable_of, lines_of, port_in,
};
use crate::vgpio::VirtualChip;
use controller::run::realtime;
use station::device::DeviceKind;
use station::ident::BedId;
use station::measure::{Mono, Span};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Fastest time.
pub const MAX_SPEED: u8 = 20;
/// The ports are looked at this often in real time: at full speed every 10 ms of the world's.
const REST: Duration = Duration::from_micros(500);

/// A site that others in this process may look at and reach into.
#[derive(Debug, Clone)]
pub struct SharedSite(Arc<Mutex<Site>>);

impl SharedSite {
    /// Shares a site.
    pub fn new(site: Site) -> Self {
        Self(Arc::new(Mutex::new(site)))
    }

    /// The site, held as long as the guard lives. A panic elsewhere leaves the world as it is.
    pub fn hold(&self) -> MutexGuard<'_, Site> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running site.
#[derive(Debug)]
pub struct Live {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Makes the ports in the file's folder and lets time pass.
    ///
    /// # Errors
    /// What the system says about folder, ptys, socket or thread.
    pub fn start(site: SharedSite, file: &SiteFile) -> io::Result<Self> {
        std::fs::create_dir_all(&file.folder)?;
        let mut ports = Vec::new();
        for bed in &file.beds {
            let tags = file.tags.then_some(DeviceKind::Rfid);
            for device in SERIAL.map(|(device, _)| device).into_iter().chain(tags) {
                ports.push((*bed, device, Pty::create(&port_in(&file.folder, *bed, device))?));
            }
        }
        let rack = match file.wiring {
            Wiring::Nodes => Some((Pty::create(&file.node_port())?, Rack::new(&mut site.hold()))),
            Wiring::Enables => {
                site.hold().beds.iter_mut().for_each(|bed| bed.enables = [Enable::wired(); 2]);
                None
            }
            Wiring::Chip => None,
        };
        let fridge = file.fridge.then(|| file.fridge_file());
        if let Some(folder) = fridge.as_ref().and_then(|file| file.parent()) {
            std::fs::create_dir_all(folder)?;
        }
        let mut world = World {
            fridge,
            probes: file.transmitters.then(|| Pty::create(&file.probe_port())).transpose()?,
            next_fridge: Mono::default(),
            ports,
            rack,
            chip: VirtualChip::bind(&file.socket())?,
            lines: file.beds.iter().flat_map(|bed| lines_of(*bed)).map(|line| (line.number, line)).collect(),
            speed: u64::from(file.speed.clamp(1, MAX_SPEED)),
            begun: Instant::now(),
            site,
        };
        world.turn()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let body = move || {
            // At full speed 15 ms of real time are all that a clamp has: a machine with other work would look like a fault.
            tracing::info!(precedence = ?realtime::attempt(), "the simulated devices run");
            while !stopped.load(Ordering::SeqCst) {
                if let Err(error) = world.turn() {
                    tracing::error!(%error, "the simulated devices have ended");
                    return;
                }
                std::thread::sleep(REST);
            }
        };
        let thread = std::thread::Builder::new().name("world".to_owned()).spawn(body)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct World {
    /// The file of the refrigerator's sensor.
    fridge: Option<PathBuf>,
    /// The line of the transmitters.
    probes: Option<Pty>,
    next_fridge: Mono,
    site: SharedSite,
    ports: Vec<(BedId, DeviceKind, Pty)>,
    chip: VirtualChip,
    rack: Option<(Pty, Rack)>,
    lines: BTreeMap<u32, LineUse>,
    speed: u64,
    begun: Instant,
}

impl World {
    /// Everything in, time up to now, everything out.
    fn turn(&mut self) -> io::Result<()> {
        let passed = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let now = Mono(passed.saturating_mul(self.speed));
        let mut site = self.site.hold();
        for (bed, device, pty) in &mut self.ports {
            let bytes = pty.read()?;
            if let Some(bed) = site.bed_mut(*bed).filter(|_| !bytes.is_empty()) {
                bed.handle_bytes(*device, &bytes);
            }
        }
        if let Some(pty) = &mut self.probes {
            site.transmitters.handle_bytes(now, &pty.read()?);
            pty.write(&site.transmitters.poll_bytes(now))?;
        }
        if let Some((pty, rack)) = &mut self.rack {
            let bytes = pty.read()?;
            pty.write(&rack.hear(now, &bytes, &mut site))?;
        }
        let lines = &self.lines;
        self.chip.poll(|number, high| {
            for bed in &mut site.beds {
                if number == enable_of(bed.number()) {
                    bed.enables[0].drive(high);
                } else if number == STATION_ENABLE {
                    bed.enables[1].drive(high);
                }
            }
            if let Some(line) = lines.get(&number).filter(|line| line.output)
                && let Some(bed) = site.bed_mut(line.bed)
            {
                bed.drive(line.device, line.index, high);
            }
        })?;
        site.advance(now);
        if let Some(file) = self.fridge.as_ref().filter(|_| self.next_fridge <= now) {
            if site.fridge.is_there() {
                // Nobody reads half of it.
                let new = file.with_extension("new");
                std::fs::write(&new, site.fridge.file(now))?;
                std::fs::rename(&new, file)?;
            } else if file.exists() {
                std::fs::remove_file(file)?;
            }
            self.next_fridge = now + Span::from_secs(1);
        }
        if let Some((_, rack)) = &self.rack {
            rack.feel(&mut site);
        }
        for (bed, device, pty) in &mut self.ports {
            if let Some(bed) = site.bed_mut(*bed) {
                pty.write(&bed.poll_bytes(*device))?;
            }
        }
        for line in self.lines.values().filter(|line| !line.output) {
            let level = site.bed(line.bed).and_then(|bed| bed.inputs(line.device).get(line.index).copied());
            self.chip.set_input(line.number, level.unwrap_or(false));
        }
        Ok(())
    }
}
