//! What stands around a daemon in real time: site, ports, BMS, configuration, people.
//!
//! Owns: how they are made from one seed and in which folder everything lies. Refuses: names of more than 107 bytes for the
//! sockets, which the kernel would not take. Dropping it takes ports and BMS away; the state folder stays.

use crate::bms::Bms;
use crate::bms::book::Book;
use crate::devices::rfid::TagVoice;
use crate::devices::voice::Voice;
use crate::live::{Live, SharedSite};
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
    /// People cannot be entered.
    #[error(transparent)]
    Staff(#[from] StaffError),
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
            bed.tags.speak(plan.tags);
        }
        let bms = match plan.bms {
            Some(port) => {
                Some(Bms::start(Book::new(site.worklist()), port).map_err(failed("the BMS's port"))?)
            }
            None => None,
        };
        let file = SiteFile {
            station: "SIM-01".to_owned(),
            beds: site.beds.iter().map(|bed| bed.number()).collect::<Vec<BedId>>(),
            folder: folder.clone(),
            speed: plan.speed,
            pouch_on_tray: false,
            bms: bms.as_ref().map(Bms::url),
            scale: plan.scale,
            wiring: plan.wiring,
            language: plan.language.clone(),
            fridge: true,
            tags: Some(plan.tags),
            keyboard: false,
            samplers: true,
            transmitters: plan.transmitters,
            shift: true,
        };
        staff::enter(&state)?;
        let site = SharedSite::new(site);
        let live = Live::start(site.clone(), &file).map_err(failed("the simulated devices"))?;
        let (config, config_path) = (changed(file.render(), &plan.changes)?, folder.join("station.toml"));
        std::fs::write(&config_path, &config).map_err(failed("station.toml"))?;
        Ok(Self { site, config, config_path, state, bms, _live: live })
    }

    /// The daemon's control socket.
    pub fn socket(&self) -> PathBuf {
        self.state.join("control.sock")
    }
}
