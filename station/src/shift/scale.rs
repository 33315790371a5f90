//! The daily check of a scale: an empty tray, then two known weights.
//!
//! Owns: the steps, the deviations and the verdict, in integers. Refuses: to take a forgotten or a wrong weight for a bad scale: what
//! is far from the weight asked for is refused and nothing is known by it. Part of the shift's state.

use super::gates::NoStart;
use super::refusal::ShiftRefusal;
use super::settings::ShiftSettings;
use crate::ident::{BedId, DeviceSerial, LocalDate, OperatorId};
use crate::measure::{Milligrams, Wall};
use serde::{Deserialize, Serialize};

/// What is further from the weight asked for than this share of it is another weight, per cent.
const OTHER_WEIGHT_PCT: i64 = 20;
const MG_PER_G: i64 = 1000;
const MS_PER_HOUR: i64 = 3_600_000;

/// A check under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checking {
    /// The empty tray, once weighed.
    pub zero: Option<Milligrams>,
    /// The first weight, once weighed.
    pub first: Option<Point>,
}

/// One weight of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Mass of the known weight, g.
    pub nominal_g: u32,
    /// What the scale showed over the empty tray.
    pub found: Milligrams,
}

impl Point {
    /// What the scale showed too much.
    pub fn deviation(self) -> Milligrams {
        self.found - Milligrams(i64::from(self.nominal_g) * MG_PER_G)
    }
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleCheck {
    /// The day, when the calendar was trusted.
    pub day: Option<LocalDate>,
    /// When.
    pub at: Wall,
    /// Who laid the weights.
    pub by: OperatorId,
    /// The unit that weighed.
    pub serial: Option<DeviceSerial>,
    /// Both weights.
    pub points: [Point; 2],
    /// Whether both were within the limit.
    pub passed: bool,
}

impl ScaleCheck {
    /// Why this check, the newest of its bed, allows no start; `None` when it does.
    pub(super) fn stops(
        &self,
        today: Option<LocalDate>,
        now: Wall,
        serial: Option<&DeviceSerial>,
        settings: &ShiftSettings,
    ) -> Option<NoStart> {
        if !self.passed {
            return Some(NoStart::ScaleCheckFailed);
        }
        let in_time = match settings.check_valid_h {
            0 => self.day.is_some() && self.day == today,
            hours => now.0.saturating_sub(self.at.0) <= i64::from(hours) * MS_PER_HOUR,
        };
        let same_unit = self.serial.as_ref() == serial;
        if in_time && same_unit { None } else { Some(NoStart::ScaleUnchecked) }
    }
}

/// What is asked next in a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleStep {
    /// Take everything off the tray.
    Empty,
    /// Put this weight on the tray, g.
    Weight(u32),
}

/// What a weighing leads to.
pub(super) enum Weighed {
    Next(Checking),
    Done([Point; 2]),
}

impl Checking {
    pub(super) fn begun() -> Self {
        Self { zero: None, first: None }
    }

    /// What is asked next.
    pub fn step(&self, settings: &ShiftSettings) -> ScaleStep {
        match (self.zero, self.first) {
            (None, _) => ScaleStep::Empty,
            (Some(_), None) => ScaleStep::Weight(settings.check_weights_g[0]),
            (Some(_), Some(_)) => ScaleStep::Weight(settings.check_weights_g[1]),
        }
    }

    /// Takes the weight that lies on the tray now.
    pub(super) fn weigh(&self, gross: Milligrams, settings: &ShiftSettings) -> Result<Weighed, ShiftRefusal> {
        let Some(zero) = self.zero else {
            return Ok(Weighed::Next(Self { zero: Some(gross), first: None }));
        };
        let nominal_g = settings.check_weights_g[usize::from(self.first.is_some())];
        let point = Point { nominal_g, found: gross - zero };
        let far = i64::from(nominal_g) * MG_PER_G * OTHER_WEIGHT_PCT / 100;
        if point.deviation().abs().0 > far {
            let found_g = point.found.0 / MG_PER_G;
            return Err(ShiftRefusal::NotThisWeight { found_g, nominal_g });
        }
        Ok(match self.first {
            None => Weighed::Next(Self { first: Some(point), ..self.clone() }),
            Some(first) => Weighed::Done([first, point]),
        })
    }
}

/// Whether both weights are within the limit.
pub(super) fn passes(points: &[Point; 2], settings: &ShiftSettings) -> bool {
    let limit = i64::from(settings.check_limit_g) * MG_PER_G;
    points.iter().all(|point| point.deviation().abs().0 <= limit)
}

/// A bed's check under way, for the screen.
pub(super) fn running<'c>(
    checks: impl Iterator<Item = (&'c BedId, &'c Checking)>,
    settings: &ShiftSettings,
) -> Vec<(BedId, ScaleStep)> {
    checks.map(|(bed, checking)| (*bed, checking.step(settings))).collect()
}
