//! The station's computer: the product's step, drivers, journal, index and outbox on a disk in memory.
//!
//! Owns: starting it on whatever the disk holds, and answering everything that is due at one instant. Refuses: to rest while
//! something is unanswered, and to go on where that never ends. A power cut drops it; the disk and the world stay.

use super::clock::Clock;
use super::journal::JournalSide;
use super::options::Options;
use super::upstream::Upstream;
use crate::headless::HeadlessError;
use crate::headless::plant::Plant;
use crate::headless::records::{Records, RecordsError};
use crate::headless::setup::{self, People};
use crate::site::Site;
use config::StationConfig;
use controller::clock::Stamp;
use controller::control::Station;
use controller::control::io::{Input, Output};
use controller::devices::{build, host::Host};
use controller::journal::mem_disk::MemDisk;
use controller::journal::{DraftError, Settings};
use controller::worklist::{Intake, WorklistError};
use station::ident::{DateError, NameError};
use station::measure::{Mono, Wall};
use std::collections::VecDeque;
use std::sync::Arc;

/// Most things that one instant may lead to.
const MOST_AT_ONCE: u32 = 20_000;

/// Why the station does not run.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It cannot be started, or a part of it failed.
    #[error(transparent)]
    Station(#[from] HeadlessError),
    /// It answers itself without end.
    #[error("the station does not come to rest")]
    Restless,
}

macro_rules! from {
    ($($error:ty),*) => {
        $(impl From<$error> for Broken {
            fn from(error: $error) -> Self {
                Self::Station(error.into())
            }
        })*
    };
}
from!(RecordsError, WorklistError, DraftError, NameError, DateError, config::Mistakes);

/// A running one.
pub struct Computer {
    /// The step, and the world tied to it.
    pub plant: Plant,
    /// Journal, index and outbox.
    pub records: Records,
    /// The journal on its way to the disk.
    pub journal: JournalSide,
    intake: Intake,
    station: String,
    /// What the station has to hear.
    pub inputs: VecDeque<Input>,
    /// The time that two people have said it is.
    pub confirmed: Option<Wall>,
}

/// What it is started from.
pub struct Start<'a> {
    /// What the run is like.
    pub options: &'a Options,
    /// The site's configuration.
    pub config: &'a StationConfig,
    /// The disk.
    pub disk: &'a MemDisk,
    /// Clocks.
    pub clock: &'a Clock,
    /// Who works here.
    pub people: &'a People,
    /// How often it was started before.
    pub boot: u32,
    /// The last entry that an index that outlived the stop would know.
    pub known_durable: u64,
}

impl Computer {
    /// Starts it.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn start(site: Site, start: &Start<'_>) -> Result<Self, Broken> {
        let Start { options, config, clock, boot, .. } = start;
        let settings =
            Settings { segment_bytes: options.segment_bytes, raw_segment_bytes: options.segment_bytes };
        let (records, recovery) = Records::on(Arc::new(start.disk.clone()), settings, start.known_durable)?;
        let seed = options.seed.wrapping_add(u64::from(*boot) << 32);
        let built = build::build(config);
        let now = clock.now();
        let parts = setup::station_parts(config, &built, (&records, &recovery), now, seed)?;
        let station = Station::new(parts)?;
        let plant = Plant::new(now, site, station, Host::new(built.drivers));
        Ok(Self {
            plant,
            records,
            journal: JournalSide::new(options.seed, *boot, options.commit_us, now.mono),
            intake: Intake::new(setup::intake_parts(config, seed), []),
            station: config.identity.id.to_string(),
            inputs: start.people.sign_in().into(),
            confirmed: None,
        })
    }

    /// When it has something to do, by its own clock.
    pub fn next_timeout(&self, upstream: &Upstream) -> Option<Mono> {
        let parts =
            [self.plant.next_timeout(), self.journal.next_timeout(), upstream.next_timeout(&self.records)];
        parts.into_iter().flatten().min()
    }

    /// Answers every input and carries out every order, until nothing is left. `watch` sees each output before it is
    /// carried out.
    ///
    /// # Errors
    /// [`Broken::Restless`].
    pub fn settle(
        &mut self,
        now: Stamp,
        upstream: &mut Upstream,
        watch: &mut dyn FnMut(&Site, &Output),
    ) -> Result<(), Broken> {
        for _ in 0..MOST_AT_ONCE {
            while let Some(output) = self.plant.station.poll_output() {
                watch(&self.plant.site, &output);
                self.carry_out(now, output, upstream);
            }
            let Some(input) = self.inputs.pop_front().or_else(|| self.plant.next_input(now)) else {
                return Ok(());
            };
            self.plant.station.step(now, input);
        }
        Err(Broken::Restless)
    }

    fn carry_out(&mut self, now: Stamp, output: Output, upstream: &mut Upstream) {
        match self.plant.carry_out(now, output) {
            Ok(failed) => self.inputs.extend(failed),
            Err(Output::Journal { drafts, force }) => self.journal.keep(now.mono, drafts, force),
            Err(Output::Ask(question)) => upstream.ask(now.mono, &self.station, &question),
            Err(Output::ClockConfirmed(wall)) => self.confirmed = Some(wall),
            // Orders have been carried out; answers were watched.
            Err(Output::Answer { .. } | Output::Order { .. }) => {}
        }
    }

    /// Does what is due at the disk. What comes of it waits in [`Computer::inputs`].
    ///
    /// # Errors
    /// [`Broken`].
    pub fn turn_disk(&mut self, now: Stamp) -> Result<bool, Broken> {
        if self.journal.next_timeout().is_none_or(|at| at > now.mono) {
            return Ok(false);
        }
        let inputs = self.journal.turn(now, &mut self.records)?;
        let durable = inputs.iter().any(|input| matches!(input, Input::Durable(_)));
        self.inputs.extend(inputs);
        Ok(durable)
    }

    /// Does what is due on the way to the BMS.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn turn_upstream(&mut self, now: Stamp, upstream: &mut Upstream) -> Result<(), Broken> {
        if upstream.next_timeout(&self.records).is_some_and(|at| at <= now.mono) {
            self.inputs.extend(upstream.turn(now, &mut self.records, &mut self.intake)?);
        }
        Ok(())
    }
}
