//! The site bound to real ports: ptys, keyboards of the kernel's, the virtual chip, and time that passes by itself.
//!
//! Owns: the thread that moves bytes and levels, the folder with its links and its socket. Refuses: to go faster than
//! [`MAX_SPEED`] times. Dropping it ends the thread and takes the links away; the station then sees pulled cables.

use crate::clocked_port::ClockedPort;
use crate::devices::enable::Enable;
use crate::devices::rack::Rack;
use crate::devices::scanner::ScannerVoice;
use crate::devices::voice::Voice;
use crate::pty::Pty;
use crate::site::Site;
use crate::site::settings::{
    LineUse, SERIAL, STATION_ENABLE, SiteFile, Wiring, enable_of, lines_of, port_in,
};
use crate::uinput::{Keyboard, UinputError};
use crate::vgpio::VirtualChip;
use controller::run::realtime;
use station::device::DeviceKind;
use station::ident::BedId;
use station::measure::{Mono, Span};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Fastest time.
pub const MAX_SPEED: u8 = 20;
/// The ports are looked at this often in real time: at full speed every 10 ms of the world's.
const REST: Duration = Duration::from_micros(500);
/// A load cell's converter has a new number this often.
const CELL: Span = Span::from_millis(12);

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

/// Why a site is not there, or is there no more.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Folder, ptys, sockets, thread.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No keyboard for a scanner that types.
    #[error(transparent)]
    Uinput(#[from] UinputError),
}

/// What a cable leads to.
enum Port {
    Serial(Pty),
    Keys(Keyboard),
}

/// A port: there as long as its cable is in.
struct Outlet {
    path: PathBuf,
    /// What its keyboard is called, where it is one.
    keyboard: Option<String>,
    port: Option<Port>,
}

impl Outlet {
    fn new(path: PathBuf) -> Result<Self, LiveError> {
        Self::plugged(path, None)
    }

    fn plugged(path: PathBuf, keyboard: Option<String>) -> Result<Self, LiveError> {
        let mut outlet = Self { path, keyboard, port: None };
        outlet.follow(true)?;
        Ok(outlet)
    }

    /// Follows the cable: a station sees a pulled one as a port that is gone.
    fn follow(&mut self, plugged: bool) -> Result<(), LiveError> {
        if !plugged {
            self.port = None;
        } else if self.port.is_none() {
            self.port = Some(match &self.keyboard {
                Some(name) => Port::Keys(Keyboard::create(name, &self.path)?),
                None => Port::Serial(Pty::create(&self.path)?),
            });
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.port {
            Some(Port::Serial(pty)) => pty.read(),
            // A keyboard is told nothing.
            Some(Port::Keys(_)) | None => Ok(Vec::new()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.port {
            Some(Port::Serial(pty)) => pty.write(bytes),
            Some(Port::Keys(keyboard)) => keyboard.write(bytes),
            None => Ok(()),
        }
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
    /// [`LiveError`].
    pub fn start(site: SharedSite, file: &SiteFile) -> Result<Self, LiveError> {
        std::fs::create_dir_all(&file.folder)?;
        let mut ports = Vec::new();
        for bed in &file.beds {
            let tags = file.tags.map(|_| DeviceKind::Rfid);
            let by_file = |device| device == DeviceKind::Scale && file.scale.is_asked();
            let devices = SERIAL.map(|(device, _)| device).into_iter().chain(tags);
            for device in devices.filter(|device| !by_file(*device)) {
                let types = device == DeviceKind::Scanner && file.scanner == ScannerVoice::Keyboard;
                let keyboard = types.then(|| format!("Hemostation simulated scanner, bed {bed}"));
                let outlet = Outlet::plugged(port_in(&file.folder, *bed, device), keyboard)?;
                ports.push((*bed, device, outlet));
            }
        }
        let rack = match file.wiring {
            Wiring::Nodes => Some((Outlet::new(file.node_port())?, Rack::new(&mut site.hold()))),
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
            files: Files {
                fridge,
                next_fridge: Mono::default(),
                cells: cells(file),
                next_cells: Mono::default(),
            },
            clocked: (file.scale == Voice::Hx711).then(|| ClockedPort::bind(&file.cells())).transpose()?,
            probes: file.transmitters.then(|| Outlet::new(file.probe_port())).transpose()?,
            ports,
            rack,
            chip: Some(VirtualChip::bind(&file.socket())?),
            socket: file.socket(),
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

/// The files that a kernel would show.
struct Files {
    /// The refrigerator's sensor.
    fridge: Option<PathBuf>,
    next_fridge: Mono,
    /// Load cells, where scales are such.
    cells: Vec<(BedId, PathBuf)>,
    next_cells: Mono,
}

impl Files {
    fn write(&mut self, now: Mono, site: &mut Site) -> io::Result<()> {
        if let Some(file) = self.fridge.as_ref().filter(|_| self.next_fridge <= now) {
            put(file, site.fridge.is_there().then(|| site.fridge.file(now)))?;
            self.next_fridge = now + Span::from_secs(1);
        }
        if self.next_cells > now {
            return Ok(());
        }
        self.next_cells = now + CELL;
        for (bed, file) in &self.cells {
            let Some(scale) = site.bed_mut(*bed).map(|bed| &mut bed.scale) else { continue };
            let text = if scale.silent { String::new() } else { scale.file() };
            put(file, scale.is_plugged().then_some(text))?;
        }
        Ok(())
    }
}

struct World {
    files: Files,
    /// The load cells' chips, where scales are such.
    clocked: Option<ClockedPort>,
    /// The line of the transmitters.
    probes: Option<Outlet>,
    site: SharedSite,
    ports: Vec<(BedId, DeviceKind, Outlet)>,
    /// None while it is gone; what it drove stays driven.
    chip: Option<VirtualChip>,
    socket: PathBuf,
    rack: Option<(Outlet, Rack)>,
    lines: BTreeMap<u32, LineUse>,
    speed: u64,
    begun: Instant,
}

impl World {
    /// Everything in, time up to now, everything out.
    fn turn(&mut self) -> Result<(), LiveError> {
        let passed = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let now = Mono(passed.saturating_mul(self.speed));
        let mut site = self.site.hold();
        for (bed, device, port) in &mut self.ports {
            let Some(bed) = site.bed_mut(*bed) else { continue };
            port.follow(bed.is_plugged(*device))?;
            let bytes = port.read()?;
            if !bytes.is_empty() {
                bed.handle_bytes(*device, &bytes);
            }
        }
        if let Some(clocked) = &mut self.clocked {
            clocked.hear(&mut site)?;
        }
        if let Some(pty) = &mut self.probes {
            pty.follow(site.transmitters.is_plugged())?;
            site.transmitters.handle_bytes(now, &pty.read()?);
            pty.write(&site.transmitters.poll_bytes(now))?;
        }
        if let Some((pty, rack)) = &mut self.rack {
            pty.follow(site.nodes_plugged)?;
            let bytes = pty.read()?;
            pty.write(&rack.hear(now, &bytes, &mut site))?;
        }
        if site.chip_plugged != self.chip.is_some() {
            self.chip = site.chip_plugged.then(|| VirtualChip::bind(&self.socket)).transpose()?;
        }
        let lines = &self.lines;
        let driven = |number, high| {
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
        };
        if let Some(chip) = &mut self.chip {
            chip.poll(driven)?;
        }
        site.advance(now);
        self.files.write(now, &mut site)?;
        if let Some((_, rack)) = &self.rack {
            rack.feel(&mut site);
        }
        for (bed, device, port) in &mut self.ports {
            if let Some(bed) = site.bed_mut(*bed) {
                port.write(&bed.poll_bytes(*device))?;
            }
        }
        if let Some(clocked) = &mut self.clocked {
            clocked.tell(&mut site);
        }
        for line in self.lines.values().filter(|line| !line.output) {
            let level = site.bed(line.bed).and_then(|bed| bed.inputs(line.device).get(line.index).copied());
            if let Some(chip) = &mut self.chip {
                chip.set_input(line.number, level.unwrap_or(false));
            }
        }
        Ok(())
    }
}

/// The files of load cells that a site has.
fn cells(file: &SiteFile) -> Vec<(BedId, PathBuf)> {
    let path = |bed: &BedId| (*bed, port_in(&file.folder, *bed, DeviceKind::Scale));
    file.beds.iter().filter(|_| file.scale == Voice::Iio).map(path).collect()
}

/// Puts a file of the kernel's there, or takes it away. Nobody reads half of it.
fn put(file: &Path, text: Option<String>) -> io::Result<()> {
    let Some(text) = text else {
        return if file.exists() { std::fs::remove_file(file) } else { Ok(()) };
    };
    let new = file.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, file)
}
