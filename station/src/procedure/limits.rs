//! Settings of the procedure: every number a site may choose, with its unit in its name and its bounds in one table.
//!
//! Owns: names, defaults and bounds. Refuses: values outside them, all named at once. Figures that a national rule may
//! prescribe are settings here because the printed rule decides, not this program. Holds no state; the settings in
//! force are copied into each donation's opening entry, so a later change never reaches back.

use crate::measure::{Density, Microlitres, Span};
use serde::{Deserialize, Serialize};

/// One number's bounds, as documented to the site and enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Name in `station.toml`, section `[limits]`.
    pub name: &'static str,
    /// Smallest accepted.
    pub min: u32,
    /// Largest accepted.
    pub max: u32,
    /// Used when the site says nothing.
    pub default: u32,
}

/// A number outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {found} is outside {min} to {max}")]
pub struct LimitError {
    /// Which.
    pub name: &'static str,
    /// What was given.
    pub found: u32,
    /// Smallest accepted.
    pub min: u32,
    /// Largest accepted.
    pub max: u32,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $default:literal in $min:literal..=$max:literal;)*) => {
        /// The procedure's numbers. The unit is in each name.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Limits { $($(#[$doc])* pub $name: u32,)* }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Limits {
            /// Every number's bounds, in the order of the procedure.
            pub const BOUNDS: &'static [Bound] = &[$(Bound {
                name: stringify!($name), min: $min, max: $max, default: $default,
            },)*];

            /// Every number that is outside its bounds.
            pub fn faults(&self) -> Vec<LimitError> {
                let mut faults = Vec::new();
                $(if !($min..=$max).contains(&self.$name) {
                    faults.push(LimitError { name: stringify!($name), found: self.$name, min: $min, max: $max });
                })*
                faults
            }

            /// Sets one number by its name.
            ///
            /// # Errors
            /// `Ok(false)` when there is no such name; [`LimitError`] when the value is outside its bounds.
            pub fn set(&mut self, name: &str, value: u32) -> Result<bool, LimitError> {
                match name {
                    $(stringify!($name) => {
                        if !($min..=$max).contains(&value) {
                            return Err(LimitError { name: stringify!($name), found: value, min: $min, max: $max });
                        }
                        self.$name = value;
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

limits! {
    /// Largest programme this site may draw, mL.
    max_programme_ml = 400 in 200..=500;
    /// Most blood of one donation, mL: bag and pouch, of both attempts. The target is lowered to keep it.
    max_taken_ml = 460 in 200..=600;
    /// Time in which the scale has to come to rest for the tare, s; then the nurse is told.
    tare_s = 60 in 20..=300;
    /// First blood led to the pouch, mL.
    pouch_ml = 20 in 0..=45;
    /// Time in which the pouch must be full once blood flows, s; then the nurse is asked. A pouch that is not weighed counts
    /// as full after it.
    pouch_s = 90 in 20..=300;
    /// Flow is expected into the bag within this time after the plug is broken, s.
    flow_expected_s = 10 in 5..=60;
    /// Flow below this is low, mL/min.
    low_flow_ml_min = 20 in 5..=60;
    /// Flow above this suggests an arterial puncture, mL/min.
    high_flow_ml_min = 200 in 120..=400;
    /// Flow below 3 mL/min for this long is no flow, s.
    no_flow_s = 10 in 3..=60;
    /// Site's longest draw, pauses included, s; then the nurse is asked to end.
    max_draw_s = 900 in 300..=1800;
    /// Longest pause, s; then the end is offered.
    max_pause_s = 180 in 30..=600;
    /// Collection of 200 mL longer than this: not for platelets, s.
    platelets_200_s = 300 in 120..=900;
    /// Collection of 300 mL longer than this: not for platelets, s.
    platelets_300_s = 450 in 120..=900;
    /// Collection of 400 mL and more longer than this: not for platelets, s.
    platelets_400_s = 600 in 120..=1200;
    /// Collection of 200 mL longer than this: not for fresh frozen plasma, s.
    plasma_200_s = 420 in 120..=1200;
    /// Collection of 300 mL longer than this: not for fresh frozen plasma, s.
    plasma_300_s = 600 in 120..=1200;
    /// Collection of 400 mL and more longer than this: not for fresh frozen plasma, s.
    plasma_400_s = 780 in 120..=1500;
    /// First call of the nurse this long before the target, s.
    first_call_s = 60 in 20..=180;
    /// Second call, s.
    second_call_s = 15 in 5..=60;
    /// Tolerance of the volume class, per cent of nominal.
    volume_tolerance_pct = 10 in 1..=10;
    /// Tubes are warned of this long after the pouch was full, s.
    sample_warn_s = 240 in 60..=900;
    /// Blood that one sample tube takes out of the pouch, mL. With a weighed pouch the tray shows so much less.
    tube_ml = 5 in 0..=15;
    /// Inversions of each tube.
    inversions = 8 in 0..=20;
    /// Mixer cycles after the clamp closed at the end.
    mix_after_cycles = 30 in 0..=120;
    /// Count of "mix by hand" when the mixer stands still with blood in the bag, s.
    hand_mix_s = 90 in 30..=120;
    /// Pause of the sound of alarms, s; a new alarm of the same or higher priority ends it.
    audio_pause_s = 120 in 10..=180;
    /// A weight older than this is stale, ms.
    stale_weight_ms = 1000 in 300..=3000;
    /// Segments sealed from the stripped tubing.
    segments = 3 in 0..=12;
    /// Blood-filled tubing to be left on the bag, cm.
    segment_tubing_cm = 35 in 0..=60;
    /// Separations until the sharps bin counts as full.
    bin_capacity = 60 in 1..=500;
    /// Clamp delay assumed before the first draw of a bed taught a better one, ms.
    clamp_delay_ms = 250 in 50..=550;
    /// A waiting permit expires after this, ms.
    permit_ms = 2000 in 200..=10000;
    /// Going on with a draw after a restart is offered up to this gap, s.
    resume_gap_s = 60 in 0..=180;
    /// Weight that may differ over a restart for the draw to go on, g.
    resume_weight_g = 3 in 1..=10;
    /// Weight that must appear on the tray for a bag to be there, g.
    bag_min_g = 20 in 5..=200;
    /// Heaviest empty set, g.
    bag_max_g = 600 in 100..=1500;
    /// Rest of a donor after closing, watched, s.
    rest_s = 600 in 0..=3600;
    /// A donation on paper may be entered up to so long after, h.
    entered_later_h = 72 in 1..=720;
    /// Age of the eligibility list after which it is refused, h.
    eligibility_max_h = 24 in 1..=72;
    /// The BMS has this long to answer about a donor, ms; then the cached list counts.
    eligibility_ask_ms = 2000 in 500..=10000;
    /// Calendar months from whole blood to whole blood.
    interval_whole_months = 6 in 1..=12;
    /// Days from apheresis to whole blood.
    interval_apheresis_days = 28 in 7..=180;
    /// Least haemoglobin on the form for anybody, g/L. What a man or a woman needs is the examiner's to say.
    haemoglobin_min_g_l = 115 in 100..=135;
}

/// When sample tubes get their labels checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TubesWhen {
    /// With form and bag, before the needle.
    Label,
    /// As each tube is filled.
    Filling,
}

/// Which number a second attempt carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DinOnRestick {
    /// Another one; the first is voided by two people.
    #[default]
    New,
    /// The same one, from a spare label of its set, when no blood entered the first bag; two people destroy that bag's label.
    Same,
}

impl DinOnRestick {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Where sample blood comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleMode {
    /// From the diversion pouch, while the bag fills.
    PouchDuringDraw,
    /// At the end, with the needle still in.
    LineEnd,
}

/// Whether this site's sealer may be used while the needle is in the donor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DonorConnectedSeal {
    /// Locked until the needle is out.
    Locked,
    /// The named device is approved for it.
    Approved,
}

/// Who says that a seal is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealConfirmedBy {
    /// The sealer itself; one that does not is an alarm.
    #[default]
    Device,
    /// The nurse, who looks at each: the sealer cannot say.
    Nurse,
}

impl SealConfirmedBy {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Smaller programmes that a kit's own data allow once blood has run into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallerProgrammes {
    /// Nominal volume of the kit, mL.
    pub kit_ml: u16,
    /// What may be drawn into it instead, mL, ascending, each below the nominal volume; 1 to 3.
    pub to_ml: Vec<u16>,
}

/// A sample tube the site wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeKind {
    /// Short name on the screen, e.g. `EDTA 5 mL`; 1 to 24 characters.
    pub name: String,
}

/// Most items of [`Settings::label_items`].
pub const MAX_LABEL_ITEMS: usize = 8;

/// Something beside form, bag and tubes that carries the donation's label: a transfer bag, the tubing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelItem {
    /// Short name on the screen, e.g. `transfer bag 1`; 1 to 24 characters.
    pub name: String,
    /// Container of the set whose flag its label may carry, 2 to 9. A label without a flag fits every item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<u8>,
}

/// What the donor's form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormKind {
    /// Paper: its label is scanned.
    #[default]
    Paper,
    /// Electronic: the DIN that it has bound to the donor is compared; without one its code is scanned like a label.
    Electronic,
}

impl FormKind {
    fn is_paper(&self) -> bool {
        *self == Self::Paper
    }
}

/// All that a site settles about the procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The numbers.
    pub limits: Limits,
    /// Density of whole blood.
    pub density: Density,
    /// Programmes offered, mL, ascending.
    pub programmes_ml: Vec<u16>,
    /// When tubes are scanned the first time.
    pub tubes_when: TubesWhen,
    /// Where sample blood comes from.
    pub sample_mode: SampleMode,
    /// Tubes in the order of filling; 0 to 8.
    pub tubes: Vec<TubeKind>,
    /// Whether a diversion pouch hangs on the tray and is weighed (true) or beside it (false).
    pub pouch_on_tray: bool,
    /// Whether the bag's catalogue number, lot and expiry must be scanned.
    pub scan_bag_lot: bool,
    /// Which number a second attempt carries.
    #[serde(default, skip_serializing_if = "DinOnRestick::is_usual")]
    pub din_on_restick: DinOnRestick,
    /// Whether the sealer may seal before the needle is out.
    pub donor_connected_seal: DonorConnectedSeal,
    /// Who says that a seal is made.
    #[serde(default, skip_serializing_if = "SealConfirmedBy::is_usual")]
    pub seal_confirmed_by: SealConfirmedBy,
    /// Kits that allow a smaller programme after first blood; none unless their maker's data say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smaller_programmes: Vec<SmallerProgrammes>,
    /// Whether the second person of the two-person table may be missing for now, the act waiting to be checked.
    pub single_nurse: bool,
    /// Whether a donor may give of whom neither the BMS nor a list could be asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub eligibility_unasked: bool,
    /// What the donor's form is.
    #[serde(default, skip_serializing_if = "FormKind::is_paper")]
    pub form: FormKind,
    /// What else carries the donation's label, in the order of asking; 0 to [`MAX_LABEL_ITEMS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_items: Vec<LabelItem>,
}

impl Default for Settings {
    fn default() -> Self {
        let tube = |name: &str| TubeKind { name: name.to_owned() };
        Self {
            limits: Limits::default(),
            density: Density::DEFAULT,
            programmes_ml: vec![200, 300, 400],
            tubes_when: TubesWhen::Label,
            sample_mode: SampleMode::PouchDuringDraw,
            tubes: vec![tube("EDTA"), tube("NAT")],
            pouch_on_tray: true,
            scan_bag_lot: true,
            din_on_restick: DinOnRestick::New,
            donor_connected_seal: DonorConnectedSeal::Locked,
            seal_confirmed_by: SealConfirmedBy::Device,
            smaller_programmes: Vec::new(),
            single_nurse: false,
            eligibility_unasked: false,
            form: FormKind::Paper,
            label_items: Vec::new(),
        }
    }
}

impl Settings {
    /// Longest collection of this programme that is still fit for platelets and for fresh frozen plasma.
    pub fn collection_limits(&self, programme_ml: u16) -> (Span, Span) {
        let l = &self.limits;
        let (platelets, plasma) = match programme_ml {
            0..=249 => (l.platelets_200_s, l.plasma_200_s),
            250..=349 => (l.platelets_300_s, l.plasma_300_s),
            350..=u16::MAX => (l.platelets_400_s, l.plasma_400_s),
        };
        (Span::from_secs(platelets.into()), Span::from_secs(plasma.into()))
    }

    /// Lowest and highest volume that is of normal class for this programme.
    pub fn volume_band(&self, programme_ml: u16) -> (Microlitres, Microlitres) {
        let tolerance = i64::from(programme_ml) * 10 * i64::from(self.limits.volume_tolerance_pct);
        let nominal = i64::from(programme_ml) * 1000;
        (Microlitres(nominal - tolerance), Microlitres(nominal + tolerance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_inside_its_bounds() {
        assert_eq!(Limits::default().faults(), []);
        for b in Limits::BOUNDS {
            assert!((b.min..=b.max).contains(&b.default), "{}", b.name);
        }
    }

    #[test]
    fn a_number_outside_is_named_with_its_range() {
        let mut l = Limits::default();
        let error = l.set("pouch_ml", 46).unwrap_err();
        assert_eq!(error.to_string(), "pouch_ml = 46 is outside 0 to 45");
        assert_eq!(l.set("no_such", 1), Ok(false));
        l.max_programme_ml = 900;
        assert_eq!(l.faults().len(), 1);
    }

    #[test]
    fn bands_are_the_legal_ten_per_cent() {
        let s = Settings::default();
        assert_eq!(s.volume_band(400), (Microlitres::from_ml(360), Microlitres::from_ml(440)));
        assert_eq!(s.volume_band(200), (Microlitres::from_ml(180), Microlitres::from_ml(220)));
    }
}
