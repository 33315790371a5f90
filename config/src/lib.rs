//! Typed configuration: TOML in, validated types out.
//!
//! Owns: what `station.toml` may say, every bound of it, and the report of every mistake at once with its line. Refuses:
//! to open anything named in it (ports, files and chips may be absent now and there later), and to guess: an unknown
//! key is a mistake. Holds no state; a crash loses nothing.
//!
//! `station.toml` beside this crate's sources is the commented example: every setting with unit, bounds and default.

mod bed;
mod bms;
mod contact;
mod identity;
mod line;
mod mistake;
mod port;
mod probe;
mod procedure;
mod render;
mod scale;
mod section;
mod serial;
mod service;
mod shift;

pub use bed::{Bed, Shared};
pub use bms::{BaseUrl, Bms, ClientCertificate};
pub use contact::{Clamp, Diverter, Enable, Mixer, Panel, Sampler, Tool, ToolLines};
pub use identity::{Identity, Profile};
pub use line::{GpioBackend, GpioName, Line, Pull};
pub use mistake::{Mistake, Mistakes, Problem};
pub use port::{DataBits, Parity, Port, StopBits};
pub use probe::{MAX_PROBES, Probe, ProbeProtocol, Registers, w1_serial};
pub use scale::{
    CellCoding, CellPoints, ColumnCheck, Columns, Mark, Scale, ScaleLink, ScaleProtocol, WeightUnit,
};
pub use serial::{
    Codabar, CodabarCheck, IdReader, IdReaderProtocol, Rfid, RfidProtocol, Scanner, ScannerLabels,
    ScannerLink, ScannerProtocol, Trigger,
};
pub use service::{Journal, Language, Operators, Secrets, Socket, Terminal, Traffic};

use section::{Log, Section};
use station::device::DeviceKind;
use station::ident::{BedId, DeviceId};
use station::procedure::limits::{DonorConnectedSeal, Settings};
use station::shift::ShiftSettings;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// Largest file accepted, bytes: many times a full eight-bed station.
pub const MAX_FILE: usize = 256 * 1024;

/// All that a site configures. Every value in it is inside its bounds and goes together with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationConfig {
    /// Who and where: section `[station]`.
    pub identity: Identity,
    /// The procedure: sections `[limits]` and `[procedure]`.
    pub settings: Settings,
    /// The beds, ascending by number; 1 to 8.
    pub beds: Vec<Bed>,
    /// Devices that all beds without one of their own share.
    pub shared: Shared,
    /// Ways to reach electrical lines, by the name that devices use.
    pub gpios: BTreeMap<GpioName, GpioBackend>,
    /// Thermometers, by the site's name; at most [`MAX_PROBES`].
    pub probes: BTreeMap<GpioName, Probe>,
    /// The blood-management system; without it records stay in the outbox.
    pub bms: Option<Bms>,
    /// The journal on disk.
    pub journal: Journal,
    /// The control socket.
    pub socket: Socket,
    /// The nurse terminal.
    pub terminal: Terminal,
    /// The shift.
    pub shift: ShiftSettings,
    /// Signing in.
    pub operators: Operators,
    /// The record of what goes over the ports.
    pub traffic: Traffic,
    /// Where keys are.
    pub secrets: Secrets,
}

impl StationConfig {
    /// The bed of this number.
    pub fn bed(&self, number: BedId) -> Option<&Bed> {
        self.beds.iter().find(|bed| bed.number == number)
    }

    /// The sealer this bed works with: its own, else the shared one.
    pub fn sealer_of<'a>(&'a self, bed: &'a Bed) -> Option<(DeviceId, &'a Tool)> {
        chosen(bed.number, DeviceKind::Sealer, bed.sealer.as_ref(), self.shared.sealer.as_ref())
    }

    /// Whether the sealer of this bed is approved for use while the needle is in the donor.
    pub fn donor_connected_seal(&self, bed: &Bed) -> DonorConnectedSeal {
        let own = self.sealer_of(bed).and_then(|(_, sealer)| sealer.donor_connected_seal);
        own.unwrap_or(DonorConnectedSeal::Locked)
    }

    /// The needle separator this bed works with: its own, else the shared one.
    pub fn separator_of<'a>(&'a self, bed: &'a Bed) -> Option<(DeviceId, &'a Tool)> {
        chosen(bed.number, DeviceKind::Separator, bed.separator.as_ref(), self.shared.separator.as_ref())
    }

    /// The ID card reader this bed works with: its own, else the shared one.
    pub fn id_reader_of<'a>(&'a self, bed: &'a Bed) -> Option<(DeviceId, &'a IdReader)> {
        chosen(bed.number, DeviceKind::IdReader, bed.id_reader.as_ref(), self.shared.id_reader.as_ref())
    }

    /// The configuration in force, every default written out, as a file that [`parse`] reads to the same value.
    pub fn summary(&self) -> String {
        render::render(self)
    }
}

fn chosen<'a, T>(
    bed: BedId,
    kind: DeviceKind,
    own: Option<&'a T>,
    shared: Option<&'a T>,
) -> Option<(DeviceId, &'a T)> {
    own.map(|own| (device_id(Some(bed), kind), own)).or(shared.map(|shared| (device_id(None, kind), shared)))
}

/// The stable name of a device: `bed1.scale`, or `shared.sealer` without a bed.
pub fn device_id(bed: Option<BedId>, kind: DeviceKind) -> DeviceId {
    let owner = bed.map_or_else(|| "shared".to_owned(), |bed| format!("bed{bed}"));
    // invariant: a bed number has one digit and every kind's name is short ASCII.
    DeviceId::new(&format!("{owner}.{kind}")).expect("a device's name keeps its bounds")
}

/// The stable name of a thermometer: `probe.fridge`.
pub fn probe_id(name: &GpioName) -> DeviceId {
    // invariant: a site's name has at most 16 characters of ASCII.
    DeviceId::new(&format!("probe.{name}")).expect("a thermometer's name keeps its bounds")
}

/// The stable name of an enable line: `bed1.enable`, or `shared.enable`.
pub fn enable_id(bed: Option<BedId>) -> DeviceId {
    let owner = bed.map_or_else(|| "shared".to_owned(), |bed| format!("bed{bed}"));
    // invariant: a bed number has one digit.
    DeviceId::new(&format!("{owner}.enable")).expect("an enable line's name keeps its bounds")
}

/// Reads a configuration. `file_name` is only for the report.
///
/// # Errors
/// Every [`Mistake`] in the text, in the order of the text. When the text is not TOML, only the mistakes of its form.
pub fn parse(text: &str, file_name: &str) -> Result<StationConfig, Mistakes> {
    let log = Log::default();
    let config = read(text, &log);
    match (log.into_mistakes(text, file_name), config) {
        (Some(mistakes), _) => Err(mistakes),
        (None, Some(config)) => Ok(config),
        // A reader gave nothing and said nothing: our mistake, told as one and never taken for a configuration.
        (None, None) => {
            let problem = Problem::Missing { wanted: "a complete configuration".to_owned() };
            let mistake = Mistake { line: 1, column: 1, key: String::new(), problem };
            Err(Mistakes { file: file_name.to_owned(), all: vec![mistake] })
        }
    }
}

fn read(text: &str, log: &Log) -> Option<StationConfig> {
    if text.len() > MAX_FILE {
        log.note(0..0, String::new(), Problem::TooLong { found: text.len(), max: MAX_FILE });
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = error.span().unwrap_or(0..0);
        log.note(place, String::new(), Problem::Syntax(error.message().replace('\n', ", ")));
    }
    if !errors.is_empty() {
        return None;
    }
    Section::root(log, table.get_ref(), read_station)
}

fn read_station(file: &mut Section<'_>) -> Option<StationConfig> {
    let identity = file.table_or_empty("station", identity::read);
    let mode = identity.as_ref().map(|identity| identity.mode);
    let profile = identity.as_ref().map_or(Profile::Cn, |identity| identity.profile);
    let limits = file.table_or_empty("limits", |section| procedure::read_limits(section, profile));
    let settings =
        file.table_or_empty("procedure", |section| procedure::read_settings(section, profile, limits));
    let gpios = file.table_or_empty("gpio", |section| line::read_backends(section, mode));
    let context = bed::Context { mode, gpios: &gpios };
    let beds = bed::read_all(file, context);
    let shared = file.table_or_empty("shared", |section| bed::read_shared(section, context));
    let probes = file.table_or_empty("probe", |section| probe::read_all(section, mode));
    let bms = file.table("bms", |section| bms::read(section, mode));
    let journal = file.table_or_empty("journal", service::read_journal);
    let socket = file.table_or_empty("socket", service::read_socket);
    let terminal = file.table_or_empty("terminal", service::read_terminal);
    let shift = file.table_or_empty("shift", shift::read);
    let operators = file.table_or_empty("operators", service::read_operators);
    let traffic = file.table_or_empty("traffic", service::read_traffic);
    let secrets = file.table_or_empty("secrets", service::read_secrets);
    let bms = match bms {
        Some(bms) => Some(bms?),
        None => None,
    };
    let gpios = gpios.into_iter().map(|(name, backend)| Some((name, backend?))).collect::<Option<_>>();
    Some(StationConfig {
        identity: identity?,
        settings: settings?,
        beds: beds?,
        shared: shared?,
        gpios: gpios?,
        probes: probes?,
        bms,
        journal,
        socket: socket?,
        terminal,
        shift: shift?,
        operators,
        traffic,
        secrets,
    })
}
