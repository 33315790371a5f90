//! What a station of the simulation is made from: its configuration, its people, its random bytes.
//!
//! Owns: the same for the headless run and the explorer. Refuses: ports that exist: those named here are never opened. Holds no
//! state.

use super::HeadlessError;
use super::records::Records;
use crate::prng::Rng;
use crate::site::Site;
use crate::site::settings::SiteFile;
use crate::staff::{NURSE, SECOND};
use config::StationConfig;
use controller::clock::Stamp;
use controller::control::io::{Input, StationParts};
use controller::devices::build::Built;
use controller::journal::Recovery;
use controller::privacy::{Entropy, EntropyError, MasterKey, Privacy};
use controller::worklist::IntakeParts;
use station::ident::OperatorId;
use station::procedure::event::{ActingOperator, Role};
use std::path::PathBuf;

/// Random bytes of the seed, through the product's own seam.
struct SeededEntropy(Rng);

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.0.next_u64().to_le_bytes();
            chunk.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

/// Personal data end here; `part` keeps two users of one seed apart.
fn privacy(seed: u64, part: &str) -> Privacy {
    let master = MasterKey::from_bytes(*b"simulated key, never for a donor");
    Privacy::new(&master, Box::new(SeededEntropy(Rng::named(seed, part))))
}

/// Who works at a bed of the simulation, and who confirms.
#[derive(Debug, Clone)]
pub struct People {
    /// At the beds.
    pub nurse: ActingOperator,
    /// Confirms.
    pub second: ActingOperator,
}

impl People {
    /// The two.
    ///
    /// # Errors
    /// Never: the numbers are ours.
    pub fn new() -> Result<Self, HeadlessError> {
        let nurse = ActingOperator { id: OperatorId::new(NURSE)?, role: Role::Nurse };
        let second = ActingOperator { id: OperatorId::new(SECOND)?, role: Role::Lead };
        Ok(Self { nurse, second })
    }

    /// What a station hears first: a terminal, room on its disk, and both signed in.
    pub fn sign_in(&self) -> Vec<Input> {
        let signed =
            |operator: &ActingOperator| Input::SignedIn { operator: operator.clone(), present: true };
        vec![Input::Terminals(1), Input::DiskUsed(Some(1)), signed(&self.nurse), signed(&self.second)]
    }
}

/// The site's file, as the headless run has it.
pub fn site_file(site: &Site, bms: String) -> SiteFile {
    SiteFile {
        station: "SIM-01".to_owned(),
        beds: site.beds.iter().map(|bed| bed.number()).collect(),
        folder: PathBuf::from("/nonexistent/simulated"),
        speed: 20,
        pouch_on_tray: false,
        bms: Some(bms),
        scale: crate::devices::voice::Voice::default(),
        wiring: crate::site::settings::Wiring::default(),
        fridge: false,
        tags: None,
        scanner: crate::devices::scanner::ScannerVoice::default(),
        samplers: false,
        transmitters: false,
        language: "en".to_owned(),
        shift: true,
    }
}

/// The site's configuration, through the product's own reader. Its ports are never opened.
///
/// # Errors
/// [`config::Mistakes`].
pub fn configuration(file: &SiteFile) -> Result<StationConfig, config::Mistakes> {
    config::parse(&file.render(), "station.toml")
}

/// Everything that a station is built from: the configuration, and what the records know of before.
///
/// # Errors
/// [`HeadlessError`] when the records cannot be read back.
pub fn station_parts(
    config: &StationConfig,
    built: &Built,
    (records, recovery): (&Records, &Recovery),
    now: Stamp,
    seed: u64,
) -> Result<StationParts, HeadlessError> {
    Ok(StationParts {
        station: config.identity.id.clone(),
        mode: config.identity.mode,
        utc_offset_min: config.identity.utc_offset_min,
        settings: config.settings.clone(),
        beds: built.beds.clone(),
        devices: built.routes.clone(),
        probes: built.probes.clone(),
        privacy: privacy(seed, "cards"),
        next_seq: recovery.last_seq + 1,
        now,
        dins: records.dins()?,
        needles_binned: records.needles_binned()?,
        clamp_delays: records.clamp_delays()?,
        worklist: Vec::new(),
        drawn: records.drawn()?,
        online: true,
        recovered: records.recovered()?,
        shift: records.shift(config)?,
        closed: records.closed()?,
    })
}

/// What the intake of worklists is built from.
pub fn intake_parts(config: &StationConfig, seed: u64) -> IntakeParts {
    IntakeParts {
        station: config.identity.id.clone(),
        utc_offset_min: config.identity.utc_offset_min,
        programmes_ml: config.settings.programmes_ml.clone(),
        privacy: privacy(seed, "worklist"),
    }
}
