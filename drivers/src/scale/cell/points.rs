//! Two points of a calibration: what the converter said with nothing on the tray and with a known weight.
//!
//! Owns: the straight line through both, in integers. Refuses: points too near to each other: the line would turn with every count of noise.
//! Holds no state.

use station::measure::Milligrams;

/// Least counts between the two points.
pub const LEAST_COUNTS: i64 = 1_000;

/// The line from raw numbers to mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    empty: i64,
    loaded: i64,
    weight: Milligrams,
}

/// Points that make no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointsError {
    /// Too few counts between them.
    #[error("{found} counts between the two points, at least {LEAST_COUNTS}")]
    TooNear {
        /// Counts between them.
        found: u64,
    },
    /// A weight that no bag's tray carries.
    #[error("a weight of {0} for the second point: 50 g to 5 kg")]
    Weight(Milligrams),
}

impl Points {
    /// The line through `empty` and, with `weight` on the tray, `loaded`. The cell may be mounted either way up.
    ///
    /// # Errors
    /// [`PointsError`].
    pub fn new(empty: i32, loaded: i32, weight: Milligrams) -> Result<Self, PointsError> {
        let (empty, loaded) = (i64::from(empty), i64::from(loaded));
        if (loaded - empty).abs() < LEAST_COUNTS {
            return Err(PointsError::TooNear { found: loaded.abs_diff(empty) });
        }
        if !(50_000..=5_000_000).contains(&weight.0) {
            return Err(PointsError::Weight(weight));
        }
        Ok(Self { empty, loaded, weight })
    }

    /// The mass that a raw number stands for, rounded half away from zero.
    pub fn mass(&self, raw: i32) -> Milligrams {
        // At most 2^33 counts times 5e6 mg.
        let scaled = (i64::from(raw) - self.empty) * self.weight.0;
        let span = self.loaded - self.empty;
        let half = span.abs() / 2 * scaled.signum();
        Milligrams((scaled + half) / span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_points_and_what_lies_between_and_beyond() {
        let points = Points::new(8_400_000, 8_600_000, Milligrams(500_000)).unwrap();
        for (raw, mg) in [(8_400_000, 0), (8_600_000, 500_000), (8_500_000, 250_000), (8_360_000, -100_000)] {
            assert_eq!(points.mass(raw), Milligrams(mg));
        }
        let turned = Points::new(100_000, -100_000, Milligrams(500_000)).unwrap();
        assert_eq!(turned.mass(0), Milligrams(250_000), "a cell mounted the other way up");
    }

    #[test]
    fn a_line_that_turns_with_noise_is_refused() {
        let near = Points::new(5, 1_004, Milligrams(500_000));
        assert_eq!(near, Err(PointsError::TooNear { found: 999 }));
        assert!(Points::new(0, 100_000, Milligrams(49_999)).is_err());
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]

        #[test]
        fn it_is_the_nearest_milligram(
            empty in -8_388_608_i32..8_388_608, span in 1_000_i32..8_000_000, up in any::<bool>(), raw in any::<i32>()
        ) {
            let loaded = if up { empty + span } else { empty - span };
            let points = Points::new(empty, loaded, Milligrams(1_000_000)).unwrap();
            let exact = i128::from(i64::from(raw) - i64::from(empty)) * 1_000_000;
            let span = i128::from(i64::from(loaded) - i64::from(empty));
            let found = i128::from(points.mass(raw).0);
            prop_assert!((found * span - exact).abs() * 2 <= span.abs());
        }
    }
}
