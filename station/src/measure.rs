//! Measures: every quantity the station reasons about, as an integer with its unit in the type.
//!
//! Owns: masses, volumes, flows, instants and spans, and the conversions between them. Refuses: floats, and
//! arithmetic that wraps (all of it saturates or is checked, so a broken scale cannot turn a heavy bag into a
//! light one). Holds no state.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Neg, Sub};

/// Declares an integer newtype whose sums and differences saturate.
macro_rules! measure {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl $name {
            /// Zero of this measure.
            pub const ZERO: Self = Self(0);
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
    };
}

measure! {
    /// Mass in milligrams. A full set on the tray is below 2,000,000 mg; the range is ±9.2e15 kg.
    Milligrams(i64)
}
measure! {
    /// Volume in microlitres (1 mL = 1000 uL).
    Microlitres(i64)
}
measure! {
    /// Flow in microlitres per second (1 mL/min = 16.67 uL/s). Negative when the weight falls.
    MicrolitresPerSecond(i64)
}

measure! {
    /// Temperature in thousandths of a degree Celsius. What a station watches is between -55,000 and 125,000.
    MilliCelsius(i32)
}

impl Neg for Milligrams {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Neg for Microlitres {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Milligrams {
    /// The magnitude of this mass.
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Microlitres {
    /// A volume given in whole millilitres.
    pub const fn from_ml(ml: i64) -> Self {
        Self(ml.saturating_mul(1000))
    }
    /// Millilitres, rounded half away from zero.
    pub fn ml_rounded(self) -> i64 {
        let half = if self.0 < 0 { -500 } else { 500 };
        self.0.saturating_add(half) / 1000
    }
}

impl MicrolitresPerSecond {
    /// A flow given in mL/min, truncated to whole microlitres per second.
    pub const fn from_ml_per_min(ml_per_min: i64) -> Self {
        Self(ml_per_min.saturating_mul(1000) / 60)
    }
    /// This flow in mL/min, rounded half away from zero.
    pub fn ml_per_min_rounded(self) -> i64 {
        let scaled = self.0.saturating_mul(60);
        let half = if scaled < 0 { -500 } else { 500 };
        scaled.saturating_add(half) / 1000
    }
}

impl fmt::Display for Milligrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let a = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:01} g", a / 1000, a % 1000 / 100)
    }
}

impl fmt::Display for MilliCelsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded to tenths, half away from zero: a nurse reads no thousandths.
        let tenths = (self.0.unsigned_abs() + 50) / 100;
        let sign = if self.0 < 0 && tenths > 0 { "-" } else { "" };
        write!(f, "{sign}{}.{} \u{b0}C", tenths / 10, tenths % 10)
    }
}

impl fmt::Display for Microlitres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} mL", self.ml_rounded())
    }
}

/// Density of blood in milligrams per millilitre: 1053 means 1.053 g/mL. Accepted: 1030 to 1080.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Density(u32);

/// A density outside 1030 to 1080 mg/mL: no blood weighs that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("density {0} mg/mL is outside 1030 to 1080")]
pub struct DensityError(u32);

impl Density {
    /// 1.053 g/mL, the common value for whole blood (the site's setting overrides it).
    pub const DEFAULT: Self = Self(1053);

    /// Accepts 1030 to 1080 mg/mL.
    ///
    /// # Errors
    /// [`DensityError`] outside that range.
    pub fn new(mg_per_ml: u32) -> Result<Self, DensityError> {
        if (1030..=1080).contains(&mg_per_ml) { Ok(Self(mg_per_ml)) } else { Err(DensityError(mg_per_ml)) }
    }
    /// Milligrams per millilitre.
    pub fn mg_per_ml(self) -> u32 {
        self.0
    }
    /// Volume of this mass of blood, rounded toward zero.
    pub fn volume_of(self, mass: Milligrams) -> Microlitres {
        Microlitres((i128::from(mass.0) * 1000 / i128::from(self.0)) as i64)
    }
    /// Mass of this volume of blood, rounded toward zero.
    pub fn mass_of(self, volume: Microlitres) -> Milligrams {
        Milligrams(
            (i128::from(volume.0) * i128::from(self.0) / 1000).clamp(i64::MIN.into(), i64::MAX.into()) as i64
        )
    }
}

impl TryFrom<u32> for Density {
    type Error = DensityError;
    fn try_from(v: u32) -> Result<Self, DensityError> {
        Self::new(v)
    }
}
impl From<Density> for u32 {
    fn from(d: Density) -> u32 {
        d.0
    }
}

/// An instant of the machine's own clock, in microseconds since it booted (`CLOCK_BOOTTIME`). The only time the
/// procedure reasons with. Comparable only within one boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(pub u64);

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

/// A point of calendar time: milliseconds since 1970-01-01T00:00:00Z. For records and people, never for control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub i64);

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// A span of milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(1000))
    }
    /// A span of seconds.
    pub const fn from_secs(s: u64) -> Self {
        Self(s.saturating_mul(1_000_000))
    }
    /// A span of minutes.
    pub const fn from_mins(m: u64) -> Self {
        Self::from_secs(m.saturating_mul(60))
    }
    /// Whole milliseconds, truncated.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1000
    }
    /// Whole seconds, truncated.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Mono {
    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Mono) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Mono {
    type Output = Mono;
    fn add(self, span: Span) -> Mono {
        Mono(self.0.saturating_add(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_and_millilitres_agree_with_the_reference_table() {
        // 400 mL weigh 420.0 g at 1.050, 421.2 g at 1.053, 424.0 g at 1.060 g/mL.
        for (d, mg) in [(1050, 420_000), (1053, 421_200), (1060, 424_000)] {
            let d = Density::new(d).unwrap();
            assert_eq!(d.mass_of(Microlitres::from_ml(400)), Milligrams(mg));
            assert_eq!(d.volume_of(Milligrams(mg)), Microlitres::from_ml(400));
        }
    }

    #[test]
    fn a_temperature_is_shown_in_tenths() {
        let shown: Vec<String> = [4062, -10_125, -49, 50, 0].map(|t| MilliCelsius(t).to_string()).into();
        assert_eq!(shown, ["4.1 \u{b0}C", "-10.1 \u{b0}C", "0.0 \u{b0}C", "0.1 \u{b0}C", "0.0 \u{b0}C"]);
    }

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        assert_eq!(Milligrams(i64::MAX) + Milligrams(1), Milligrams(i64::MAX));
        assert_eq!(Mono(u64::MAX) + Span(1), Mono(u64::MAX));
        assert_eq!(Mono(3).since(Mono(7)), Span::ZERO);
    }

    #[test]
    fn a_density_no_blood_has_is_refused() {
        assert_eq!(Density::new(900), Err(DensityError(900)));
        assert!(serde_json::from_str::<Density>("1090").is_err());
    }

    #[test]
    fn flows_convert_to_the_nurse_s_unit() {
        assert_eq!(MicrolitresPerSecond(1000).ml_per_min_rounded(), 60);
        assert_eq!(MicrolitresPerSecond::from_ml_per_min(60).0, 1000);
    }
}
