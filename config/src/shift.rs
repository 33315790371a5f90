//! Section `[shift]`, and the calibration certificate of a scale or thermometer.
//!
//! Owns: their names, bounds and defaults in the file. Refuses: a check of a scale with a coarser limit than 10 g, and weights of which one
//! is no heavier than the other. Holds no state.

use crate::section::Section;
use station::ident::{LocalDate, LotNumber, SiteCode};
use station::shift::ShiftSettings;
use station::shift::gates::{Calibration, Calibrator};
use station::shift::lots::LotKind;

/// Most lots of one list.
const MAX_LOTS: usize = 200;

pub(crate) fn read(section: &mut Section<'_>) -> Option<ShiftSettings> {
    let wanted = format!("a code of 1 to {} printable ASCII characters without spaces", SiteCode::MAX);
    // invariant: one digit is a code.
    let one = || SiteCode::new("1").expect("a code");
    let mut code = |name: &'static str, usual: Option<SiteCode>| {
        if section.has(name) {
            section.text(name, &wanted, |text| SiteCode::new(text).ok()).map(Some)
        } else {
            Some(usual)
        }
    };
    let (site, team) = (code("site", Some(one())), code("team", Some(one())));
    let vehicle = code("vehicle", None);
    let usual = ShiftSettings::new(site??, team??);
    let kinds: Vec<(&str, LotKind)> = LotKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let lots = if section.has("lots") { section.choices("lots", &kinds) } else { Some(usual.lots.clone()) };
    Some(ShiftSettings {
        required: section.flag_or("required", usual.required),
        vehicle: vehicle?,
        longest_h: section.number_or("longest_h", 4..=36, usual.longest_h),
        check_weights_g: weights(section, usual.check_weights_g),
        check_limit_g: section.number_or("check_limit_g", 1..=10, usual.check_limit_g),
        check_valid_h: section.number_or("check_valid_h", 0..=72, usual.check_valid_h),
        second_within_s: section.number_or("second_within_s", 30..=1800, usual.second_within_s),
        disk_mark_pct: section.number_or("disk_mark_pct", 1..=99, usual.disk_mark_pct),
        lots: lots?,
        released: listed(section, "released"),
        recalled: listed(section, "recalled"),
        ..usual
    })
}

fn weights(section: &mut Section<'_>, usual: [u32; 2]) -> [u32; 2] {
    let Some(given) = section.numbers("check_weights_g", 50..=1500_u32) else { return usual };
    match given[..] {
        [light, heavy] if light < heavy => [light, heavy],
        _ => {
            section.refuse("check_weights_g", "two weights are needed, the lighter one first");
            usual
        }
    }
}

/// Lots as `kind:lot`.
fn listed(section: &mut Section<'_>, name: &'static str) -> Vec<(LotKind, LotNumber)> {
    let wanted = "a kind, a colon and a lot, e.g. \"kit:24B117\"";
    let lots = section.texts(name, wanted, |text| {
        let (kind, lot) = text.split_once(':')?;
        let kind = LotKind::ALL.into_iter().find(|known| known.name() == kind)?;
        Some((kind, LotNumber::new(lot).ok()?))
    });
    let lots = lots.unwrap_or_default();
    if lots.len() > MAX_LOTS {
        section.refuse(name, &format!("{} lots are more than {MAX_LOTS}", lots.len()));
    }
    lots
}

/// `calibration = { certificate = "...", expires = "YYYY-MM-DD", made = "YYYY-MM-DD", by = "..." }` of a scale or thermometer.
pub(crate) fn read_calibration(section: &mut Section<'_>) -> Option<Calibration> {
    let wanted = format!("the certificate's number, 1 to {} printable ASCII characters", SiteCode::MAX);
    let certificate = section.text("certificate", &wanted, |text| SiteCode::new(text).ok());
    let certificate = section.required("certificate", &wanted, certificate);
    let day = |text: &str| LocalDate::try_from(text.to_owned()).ok();
    let wanted = "the last day on which it holds, YYYY-MM-DD";
    let expires = section.text("expires", wanted, day);
    let expires = section.required("expires", wanted, expires);
    let made = section.text("made", "the day on which it was made, YYYY-MM-DD", day);
    if made.zip(expires).is_some_and(|(made, expires)| made > expires) {
        section.refuse("made", "it was made after the last day on which it holds");
    }
    let wanted = format!(
        "who made it: a name or staff number of 1 to {} characters, never an identity number",
        Calibrator::MAX
    );
    let by = section.text("by", &wanted, |text| Calibrator::new(text).ok());
    Some(Calibration { certificate: certificate?, expires: expires?, made, by })
}
