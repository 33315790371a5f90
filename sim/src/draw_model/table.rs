//! What many draws came to: quantiles of |volume - target|, whole and at the corners of the model's range.
//!
//! Owns: the counting. Refuses: judging; whoever holds a bar compares these numbers with it.

use super::draws::Outcome;
use serde::Serialize;

/// Errors of some draws. Volumes in mL.
#[derive(Debug, Clone, Serialize)]
pub struct Quantiles {
    /// Number of draws.
    pub draws: usize,
    /// Half of the draws are at least this near.
    pub p50: f64,
    /// So are 90 %.
    pub p90: f64,
    /// So are 99 %.
    pub p99: f64,
    /// So are 99.9 %.
    pub p99_9: f64,
    /// The furthest.
    pub max: f64,
    /// Mean with its sign: under (-) or over (+) the target.
    pub mean_off: f64,
    /// Share within 1, 2 and 5 mL, per cent.
    pub within_1_ml: f64,
    /// See `within_1_ml`.
    pub within_2_ml: f64,
    /// See `within_1_ml`.
    pub within_5_ml: f64,
    /// The most over its target, per cent of it.
    pub worst_over_percent: f64,
}

impl Quantiles {
    /// Counts these outcomes; none of none.
    pub fn of(outcomes: &[&Outcome]) -> Option<Self> {
        let mut off: Vec<f64> = outcomes.iter().map(|o| o.off_ml.abs()).collect();
        off.sort_by(f64::total_cmp);
        let (n, max) = (off.len(), *off.last()?);
        // The nearest rank: the smallest error that at least this share of the draws keeps.
        let at = |share: f64| off[((n as f64 * share).ceil() as usize).clamp(1, n) - 1];
        let within = |ml: f64| rounded(100.0 * off.iter().filter(|o| **o <= ml).count() as f64 / n as f64);
        let over = outcomes.iter().map(|o| 100.0 * o.off_ml / o.target_ml).fold(f64::MIN, f64::max);
        Some(Self {
            draws: n,
            p50: rounded(at(0.5)),
            p90: rounded(at(0.9)),
            p99: rounded(at(0.99)),
            p99_9: rounded(at(0.999)),
            max: rounded(max),
            mean_off: rounded(outcomes.iter().map(|o| o.off_ml).sum::<f64>() / n as f64),
            within_1_ml: within(1.0),
            within_2_ml: within(2.0),
            within_5_ml: within(5.0),
            worst_over_percent: rounded(over),
        })
    }
}

/// Lasting steps: what was made and what was told.
#[derive(Debug, Clone, Serialize)]
pub struct StepsTold {
    /// Draws with a lasting step over 5 g.
    pub large: usize,
    /// Those in which one was told.
    pub large_told: usize,
    /// Those in which none was told, and the unit's volume is called doubtful.
    pub large_doubted: usize,
    /// Draws without one.
    pub none: usize,
    /// Those in which one was told all the same.
    pub none_told: usize,
    /// Those in which none was told, and the unit's volume is called doubtful.
    pub none_doubted: usize,
}

/// The whole answer.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// All draws.
    pub all: Quantiles,
    /// The corners of the model's range.
    pub corners: Vec<Corner>,
    /// Lasting steps.
    pub steps: StepsTold,
    /// The draws that were furthest off, at most ten.
    pub worst: Vec<Outcome>,
    /// Draws with a large step that was neither told nor doubted, or one that was not made and was, at most ten.
    pub mistold: Vec<Outcome>,
}

/// The draws of one corner.
#[derive(Debug, Clone, Serialize)]
pub struct Corner {
    /// Which.
    pub name: &'static str,
    /// Their errors.
    #[serde(flatten)]
    pub quantiles: Quantiles,
}

type Belongs = fn(&Outcome) -> bool;

const CORNERS: [(&str, Belongs); 14] = [
    ("amplitude under 4 g", |o| o.rock_grams < 4.0),
    ("amplitude over 8 g", |o| o.rock_grams > 8.0),
    ("quantum 0.1 g", |o| o.station.quantum < 0.5),
    ("quantum 1 g", |o| o.station.quantum > 0.5),
    ("flow under 40 mL/min", |o| o.flow_ml_min < 40.0),
    ("flow over 120 mL/min", |o| o.flow_ml_min > 120.0),
    ("filter under 100 ms", |o| o.station.smoothing_s < 0.1),
    ("filter over 200 ms", |o| o.station.smoothing_s > 0.2),
    ("rocking under 0.21 Hz", |o| o.station.rock_hz < 0.21),
    ("rocking over 0.26 Hz", |o| o.station.rock_hz > 0.26),
    ("clamp under 100 ms", |o| o.station.clamp_s < 0.1),
    ("clamp over 230 ms", |o| o.station.clamp_s > 0.23),
    ("first draw", |o| o.nth == 0),
    ("delay learned", |o| o.nth > 0),
];

impl Table {
    /// Counts these outcomes; none of none.
    pub fn of(outcomes: &[Outcome]) -> Option<Self> {
        let all = Quantiles::of(&outcomes.iter().collect::<Vec<_>>())?;
        let corner = |(name, belongs): (&'static str, Belongs)| {
            let some: Vec<_> = outcomes.iter().filter(|o| belongs(o)).collect();
            Quantiles::of(&some).map(|quantiles| Corner { name, quantiles })
        };
        let large = |o: &&Outcome| o.step_made.is_some_and(|s| s.abs() > 5.0);
        let told = |o: &&Outcome| o.step_told.is_some();
        let doubted = |o: &&Outcome| !told(o) && o.may_hide;
        let steps = StepsTold {
            large: outcomes.iter().filter(large).count(),
            large_told: outcomes.iter().filter(large).filter(told).count(),
            large_doubted: outcomes.iter().filter(large).filter(doubted).count(),
            none: outcomes.iter().filter(|o| !large(o)).count(),
            none_told: outcomes.iter().filter(|o| !large(o)).filter(told).count(),
            none_doubted: outcomes.iter().filter(|o| !large(o)).filter(doubted).count(),
        };
        let mistold =
            outcomes.iter().filter(|o| large(o) != (told(o) || doubted(o))).take(10).copied().collect();
        let mut worst = outcomes.to_vec();
        worst.sort_by(|a, b| b.off_ml.abs().total_cmp(&a.off_ml.abs()));
        worst.truncate(10);
        Some(Self { all, corners: CORNERS.into_iter().filter_map(corner).collect(), steps, worst, mistold })
    }
}

fn rounded(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::bed::{Smoothing, Station, Tacho};
    use super::*;

    /// A draw with everything at one end of the model's range.
    fn at_end(high: bool) -> Outcome {
        let of = |low: f64, most: f64| if high { most } else { low };
        let station = Station {
            rate: 23.0,
            quantum: of(0.1, 1.0),
            smoothing_s: of(0.0, 0.3),
            smoothing: Smoothing::Lag,
            clamp_s: of(0.08, 0.25),
            rock_hz: of(0.2, 0.27),
            tacho: Tacho::Jittering,
        };
        Outcome {
            seed: 0,
            nth: u64::from(high),
            off_ml: of(0.25, 0.5),
            target_ml: 400.0,
            flow_ml_min: of(20.0, 150.0),
            rock_grams: of(2.0, 10.0),
            step_made: None,
            step_told: None,
            may_hide: false,
            station,
        }
    }

    #[test]
    fn each_end_of_the_model_s_range_is_in_a_corner_of_its_own() {
        let table = Table::of(&[at_end(false), at_end(true)]).unwrap();
        let names: Vec<_> =
            table.corners.iter().map(|corner| (corner.name, corner.quantiles.draws)).collect();
        assert_eq!(names, CORNERS.map(|(name, _)| (name, 1)));
        for pair in table.corners.chunks(2) {
            assert_eq!(
                pair.iter().map(|c| c.quantiles.max).sum::<f64>(),
                0.75,
                "{} and its other end",
                pair[0].name
            );
        }
    }
}
