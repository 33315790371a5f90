//! What stands around a daemon in real time: site, ports, BMS, configuration, people.
//!
//! Owns: how they are made from one seed and in which folder everything lies. Refuses: names of more than 107 bytes for the
//! sockets, which the kernel would not take. Dropping it takes ports and BMS away; the state folder stays.

use crate::bms::Bms;
use crate::bms::book::Book;
use crate::devices::rfid::TagVoice;
use crate::devices::scanner::ScannerVoice;
use crate::devices::voice::Voice;
use crate::live::{Live, LiveError, SharedSite};
use crate::site::Site;
use crate::site::change::{Change, ChangeError, changed};
use crate::site::settings::{SiteFile, Wiring};
use crate::staff::{self, StaffError};
use controller::clock::{Clock as _, ClockError, SystemClock};
use station::ident::{BedId, DateError, LocalDate, NameError};
use std::io;
use std::path::{Path, PathBuf};

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagePlan {
    /// Seed of everything.
    pub seed: u64,
    /// Beds, 1 to 8.
    pub beds: u8,
    /// Speed of time, 1 to 20.
    pub speed: u8,
    /// Folder of ports, chip and configuration; made absolute.
    pub folder: PathBuf,
    /// The station's state folder.
    pub state: PathBuf,
    /// Whether a BMS is wanted, and at which port (0: any).
    pub bms: Option<u16>,
    /// What the scales speak.
    pub scale: Voice,
    /// What the scanners speak.
    pub scanner: ScannerVoice,
    /// What the tag readers speak.
    pub tags: TagVoice,
    /// How the contacts are wired.
    pub wiring: Wiring,
    /// Whether there are transmitters on a line of their own.
    pub transmitters: bool,
    /// `zh` or `en`.
    pub language: String,
    /// Settings of the configuration that are wanted otherwise.
    pub changes: Vec<Change>,
    /// Whether a colleague has opened the shift already when the terminal is shown.
    pub shift_open: bool,
}

/// Why the stage cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Folder, ports, sockets, threads.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The devices.
    #[error("the simulated devices: {0}")]
    Live(#[from] LiveError),
    /// A name of the simulation.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The clock left the calendar.
    #[error(transparent)]
    Date(#[from] DateError),
    /// A setting cannot be changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The configuration does not take the settings that are wanted otherwise.
    #[error("a setting is refused (all of them stand in config/station.toml):\n{0}")]
    Setting(#[from] config::Mistakes),
    /// People cannot be entered.
    #[error(transparent)]
    Staff(#[from] StaffError),
}

impl StagePlan {
    /// Whether its settings can be had, before anything is made.
    ///
    /// # Errors
    /// [`StageError::Change`], [`StageError::Setting`], [`StageError::Name`].
    pub fn check(&self) -> Result<(), StageError> {
        let beds = (1..=self.beds).map(BedId::new).collect::<Result<_, _>>()?;
        // The port of the BMS is not known yet; any will do.
        let bms = self.bms.map(|port| format!("http://127.0.0.1:{}", port.max(1)));
        let text = changed(self.file(self.folder.clone(), beds, bms).render(), &self.changes)?;
        config::parse(&text, "station.toml")?;
        Ok(())
    }

    fn file(&self, folder: PathBuf, beds: Vec<BedId>, bms: Option<String>) -> SiteFile {
        SiteFile {
            station: "SIM-01".to_owned(),
            beds,
            folder,
            speed: self.speed,
            pouch_on_tray: false,
            bms,
            scale: self.scale,
            wiring: self.wiring,
            language: self.language.clone(),
            fridge: true,
            tags: Some(self.tags),
            scanner: self.scanner,
            samplers: true,
            transmitters: self.transmitters,
            shift: true,
        }
    }
}

/// Everything around the daemon.
#[derive(Debug)]
pub struct Stage {
    /// The world.
    pub site: SharedSite,
    /// The configuration's text.
    pub config: String,
    /// Where it was written.
    pub config_path: PathBuf,
    /// The state folder, absolute.
    pub state: PathBuf,
    /// The BMS.
    pub bms: Option<Bms>,
    _live: Live,
}

impl Stage {
    /// Sets the stage.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn set(plan: &StagePlan) -> Result<Self, StageError> {
        let failed = |what: &'static str| move |source: io::Error| StageError::Io { what, source };
        std::fs::create_dir_all(&plan.folder).map_err(failed("the folder of the devices"))?;
        let absolute = |path: &Path| std::path::absolute(path).map_err(failed("a folder"));
        let (folder, state) = (absolute(&plan.folder)?, absolute(&plan.state)?);
        let wall = SystemClock::new()?.now().wall;
        let today = LocalDate::from_days_since_1970((wall.0 + 8 * 3_600_000).div_euclid(86_400_000))?;
        // Labels and donors differ from start to start: a state folder that is gone on with knows the old ones.
        let fresh = plan.seed.wrapping_add(wall.0.unsigned_abs() << 8);
        let mut site = Site::with_labels(plan.seed, fresh, plan.beds, 60, today, false)?;
        for bed in &mut site.beds {
            bed.scale.speak(plan.scale);
            bed.scanner.speak(plan.scanner);
            bed.tags.speak(plan.tags);
        }
        let bms = match plan.bms {
            Some(port) => {
                Some(Bms::start(Book::new(site.worklist()), port).map_err(failed("the BMS's port"))?)
            }
            None => None,
        };
        let beds = site.beds.iter().map(|bed| bed.number()).collect();
        let file = plan.file(folder.clone(), beds, bms.as_ref().map(Bms::url));
        staff::enter(&state)?;
        let site = SharedSite::new(site);
        let live = Live::start(site.clone(), &file)?;
        let (config, config_path) = (changed(file.render(), &plan.changes)?, folder.join("station.toml"));
        std::fs::write(&config_path, &config).map_err(failed("station.toml"))?;
        Ok(Self { site, config, config_path, state, bms, _live: live })
    }

    /// The daemon's control socket.
    pub fn socket(&self) -> PathBuf {
        self.state.join("control.sock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[&str]) -> Result<(), String> {
        let changes = settings.iter().map(|text| text.parse()).collect::<Result<_, _>>();
        let plan = StagePlan {
            seed: 1,
            beds: 2,
            speed: 10,
            folder: PathBuf::from("/nowhere/devices"),
            state: PathBuf::from("/nowhere/state"),
            bms: Some(0),
            scale: Voice::default(),
            scanner: ScannerVoice::default(),
            tags: TagVoice::default(),
            wiring: Wiring::default(),
            transmitters: true,
            language: "en".to_owned(),
            changes: changes.map_err(|error: ChangeError| error.to_string())?,
            shift_open: true,
        };
        plan.check().map_err(|error| error.to_string())
    }

    /// A wrong setting is told with its place and what is allowed, before anything is made.
    #[test]
    fn a_setting_that_cannot_be_had_is_said() {
        check(&["procedure.single_nurse=true", "bed.2.scale.calibration.expires=2020-01-31"]).unwrap();
        for (setting, said) in [
            ("nosuch.place=1", "nosuch: unknown key; known here: station"),
            ("procedure.nosuch=1", "procedure.nosuch: unknown key"),
            (
                "limits.bin_capacity=full",
                "limits.bin_capacity: found \"full\"; allowed: a whole number, 1 to 500",
            ),
            ("limits.bin_capacity=501", "limits.bin_capacity: found 501; allowed: 1 to 500"),
            ("procedure.sample_mode=later", "allowed: \"pouch_during_draw\", \"line_end\""),
            ("bed.3.scale.baud=9600", "there is no section for \"bed.3.scale.baud\""),
            ("procedure.single_nurse", "is no setting: write it as procedure.single_nurse=true"),
        ] {
            let told = check(&[setting]).unwrap_err();
            assert!(told.contains(said), "{setting}: {told}");
        }
    }
}
