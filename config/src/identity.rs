//! Section `[station]`: which station this is, and whether it is real.
//!
//! Owns: the station's name, mode, time zone and profile. Refuses: a clock faster than time unless everything is
//! simulated. Holds no state.

use crate::section::Section;
use serde::Serialize;
use station::device::Mode;
use station::ident::StationId;

/// Set of programmes and defaults by the rules a site works under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Mainland China: 200, 300 and 400 mL, UTC+8.
    Cn,
    /// Elsewhere: 450 and 500 mL.
    Intl,
}

/// Who and where the station is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Name of the station, part of every donation's name.
    pub id: StationId,
    /// Whether donors, devices and records are of the real world.
    pub mode: Mode,
    /// How many times faster than real time the simulated world runs, 1 to 20; 1 unless simulated.
    pub clock_scale: u8,
    /// Whether a simulation's calendar is trusted from the start; never of a station that is none.
    pub clock_trusted: bool,
    /// Local time minus UTC in minutes, -720 to 840; only for showing times.
    pub utc_offset_min: i16,
    /// Which programmes there are.
    pub profile: Profile,
}

const MODES: [(&str, Mode); 3] =
    [("real", Mode::Real), ("validation", Mode::Validation), ("simulated", Mode::Simulated)];

/// UTC+8.
const CN_OFFSET_MIN: i16 = 480;

pub(crate) fn read(section: &mut Section<'_>) -> Option<Identity> {
    let wanted = format!("1 to {} printable ASCII characters without spaces", StationId::MAX);
    let id = section.text("id", &wanted, |text| StationId::new(text).ok());
    let id = section.required("id", &wanted, id);
    let mode = section.required_choice("mode", &MODES);
    let profile = section.choice("profile", &[("cn", Profile::Cn), ("intl", Profile::Intl)]);
    let profile = profile.unwrap_or(Profile::Cn);
    let clock_scale = section.number_or("clock_scale", 1..=20, 1);
    if clock_scale != 1 && mode.is_some_and(|mode| mode != Mode::Simulated) {
        section.refuse("clock_scale", "only a simulated station may run faster than time");
    }
    let simulated = mode == Some(Mode::Simulated);
    let clock_trusted = section.flag_or("clock_trusted", simulated);
    if clock_trusted && !simulated {
        section.refuse("clock_trusted", "only a simulated station may trust its clock unasked");
    }
    let offset = section.number("utc_offset_min", -720..=840);
    let offset = match profile {
        Profile::Cn => offset.or(Some(CN_OFFSET_MIN)),
        Profile::Intl => section.required("utc_offset_min", "minutes, -720 to 840", offset),
    };
    Some(Identity { id: id?, mode: mode?, clock_scale, clock_trusted, utc_offset_min: offset?, profile })
}
