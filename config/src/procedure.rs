//! Sections `[limits]` and `[procedure]`: the settings that are copied into every donation.
//!
//! Owns: their names in the file and what has to go together. Refuses: bounds of its own: those of the numbers are the
//! procedure's table. Holds no state.

use crate::identity::Profile;
use crate::section::Section;
use station::measure::Density;
use station::procedure::limits::{
    DinOnRestick, FormKind, LabelItem, Limits, MAX_LABEL_ITEMS, SampleMode, SealConfirmedBy, Settings,
    SmallerProgrammes, TubeKind, TubesWhen,
};

/// Most tubes of one donation.
const MAX_TUBES: usize = 8;
/// Longest name of a tube, characters.
const MAX_TUBE_NAME: usize = 24;

impl Profile {
    /// Programmes this profile knows, mL, ascending.
    pub fn programmes_ml(self) -> &'static [u16] {
        match self {
            Self::Cn => &[200, 300, 400],
            Self::Intl => &[450, 500],
        }
    }

    /// Largest programme when the site says nothing, mL.
    fn max_programme_ml(self) -> u32 {
        match self {
            Self::Cn => 400,
            Self::Intl => 500,
        }
    }

    /// Most blood of one donation when the site says nothing, mL: the largest programme, pouches and some.
    fn max_taken_ml(self) -> u32 {
        self.max_programme_ml() + 60
    }
}

pub(crate) fn read_limits(section: &mut Section<'_>, profile: Profile) -> Limits {
    let mut limits = Limits {
        max_programme_ml: profile.max_programme_ml(),
        max_taken_ml: profile.max_taken_ml(),
        ..Limits::default()
    };
    for bound in Limits::BOUNDS {
        let Some(value) = section.number(bound.name, bound.min..=bound.max) else { continue };
        // Both names and bounds are the table's, so this cannot fail; if it ever did, the value would not be taken.
        if limits.set(bound.name, value) != Ok(true) {
            section.refuse(bound.name, "the procedure does not take it");
        }
    }
    for (low, low_value, high, high_value) in ordered_pairs(&limits) {
        if low_value >= high_value {
            section.refuse(low, &format!("{low_value} has to be below {high}, which is {high_value}"));
        }
    }
    let least = limits.max_programme_ml + limits.pouch_ml;
    if limits.max_taken_ml < least {
        let because = format!(
            "{} cannot be below max_programme_ml and pouch_ml together: {least}",
            limits.max_taken_ml
        );
        section.refuse("max_taken_ml", &because);
    }
    limits
}

/// Numbers of which the first has to be below the second.
fn ordered_pairs(l: &Limits) -> [(&'static str, u32, &'static str, u32); 6] {
    [
        ("low_flow_ml_min", l.low_flow_ml_min, "high_flow_ml_min", l.high_flow_ml_min),
        ("second_call_s", l.second_call_s, "first_call_s", l.first_call_s),
        ("platelets_200_s", l.platelets_200_s, "plasma_200_s", l.plasma_200_s),
        ("platelets_300_s", l.platelets_300_s, "plasma_300_s", l.plasma_300_s),
        ("platelets_400_s", l.platelets_400_s, "plasma_400_s", l.plasma_400_s),
        ("bag_min_g", l.bag_min_g, "bag_max_g", l.bag_max_g),
    ]
}

const FORMS: [(&str, FormKind); 2] = [("paper", FormKind::Paper), ("electronic", FormKind::Electronic)];
const TUBES_WHEN: [(&str, TubesWhen); 2] = [("label", TubesWhen::Label), ("filling", TubesWhen::Filling)];
const SAMPLE_MODES: [(&str, SampleMode); 2] =
    [("pouch_during_draw", SampleMode::PouchDuringDraw), ("line_end", SampleMode::LineEnd)];
const RESTICKS: [(&str, DinOnRestick); 2] = [("new", DinOnRestick::New), ("same", DinOnRestick::Same)];
const CONFIRMED_BY: [(&str, SealConfirmedBy); 2] =
    [("device", SealConfirmedBy::Device), ("nurse", SealConfirmedBy::Nurse)];
/// Most smaller programmes of one kit, and most kits with such.
const MAX_SMALLER: usize = 3;

pub(crate) fn read_settings(section: &mut Section<'_>, profile: Profile, limits: Limits) -> Option<Settings> {
    let usual = Settings::default();
    let density = section
        .number("density_mg_per_ml", 1030..=1080)
        .map_or(Some(usual.density), |density| Density::new(density).ok());
    let programmes_ml = read_programmes(section, profile, &limits);
    Some(Settings {
        density: density?,
        programmes_ml,
        tubes_when: section.choice("tubes_when", &TUBES_WHEN).unwrap_or(usual.tubes_when),
        sample_mode: section.choice("sample_mode", &SAMPLE_MODES).unwrap_or(usual.sample_mode),
        tubes: read_tubes(section, usual.tubes),
        pouch_on_tray: section.flag_or("pouch_on_tray", usual.pouch_on_tray),
        scan_bag_lot: section.flag_or("scan_bag_lot", usual.scan_bag_lot),
        din_on_restick: section.choice("din_on_restick", &RESTICKS).unwrap_or(usual.din_on_restick),
        // Each sealer's own section says whether it is approved for that: see `StationConfig::donor_connected_seal`.
        donor_connected_seal: usual.donor_connected_seal,
        seal_confirmed_by: section
            .choice("seal_confirmed_by", &CONFIRMED_BY)
            .unwrap_or(usual.seal_confirmed_by),
        smaller_programmes: read_smaller(section, profile),
        single_nurse: section.flag_or("single_nurse", usual.single_nurse),
        form: section.choice("form", &FORMS).unwrap_or(usual.form),
        label_items: read_items(section),
        eligibility_unasked: section.flag_or("eligibility_unasked", usual.eligibility_unasked),
        limits,
    })
}

fn read_programmes(section: &mut Section<'_>, profile: Profile, limits: &Limits) -> Vec<u16> {
    let known = profile.programmes_ml();
    let usual = || known.iter().copied().filter(|ml| u32::from(*ml) <= limits.max_programme_ml).collect();
    let Some(programmes) = section.numbers("programmes_ml", 100..=500_u16) else { return usual() };
    if programmes.is_empty() {
        section.refuse("programmes_ml", "at least one programme is needed");
    }
    if !programmes.is_sorted_by(|a, b| a < b) {
        section.refuse("programmes_ml", "programmes have to ascend, each named once");
    }
    if let Some(other) = programmes.iter().find(|ml| !known.contains(ml)) {
        section.refuse(
            "programmes_ml",
            &format!("{other} is not a programme of this profile, which has {known:?}"),
        );
    } else if let Some(large) = programmes.iter().find(|ml| u32::from(**ml) > limits.max_programme_ml) {
        let because =
            format!("{large} is over limits.max_programme_ml, which is {}", limits.max_programme_ml);
        section.refuse("programmes_ml", &because);
    }
    programmes
}

fn read_smaller(section: &mut Section<'_>, profile: Profile) -> Vec<SmallerProgrammes> {
    let known = profile.programmes_ml();
    let kits = section.tables("smaller_programmes", |kit| {
        let kit_ml = kit.number("kit_ml", 100..=500_u16);
        let kit_ml = kit.required("kit_ml", "the kit's nominal volume, mL", kit_ml);
        let to_ml = kit.numbers("to_ml", 100..=500_u16);
        let to_ml = kit.required("to_ml", "the smaller programmes, mL, ascending", to_ml);
        let (kit_ml, to_ml) = (kit_ml?, to_ml?);
        kit.claim("kit_ml", format!("the kit of {kit_ml} mL"));
        let ascend = to_ml.is_sorted_by(|a, b| a < b) && (1..=MAX_SMALLER).contains(&to_ml.len());
        if !ascend || to_ml.iter().any(|ml| *ml >= kit_ml || !known.contains(ml)) {
            kit.refuse("to_ml", &format!("1 to {MAX_SMALLER} of {known:?}, ascending, below {kit_ml}"));
        }
        Some(SmallerProgrammes { kit_ml, to_ml })
    });
    kits.unwrap_or_default().into_iter().flatten().collect()
}

/// What carries the donation's label beside form, bag and tubes.
fn read_items(section: &mut Section<'_>) -> Vec<LabelItem> {
    let wanted = format!("1 to {MAX_TUBE_NAME} characters");
    let items = section.tables("label_items", |item| {
        let name = item.text("name", &wanted, short_name);
        let name = item.required("name", &wanted, name)?;
        item.claim("name", format!("the item {name:?}"));
        let container = item.number("container", 2..=9_u8);
        Some(LabelItem { name, container })
    });
    let items = items.unwrap_or_default();
    if items.len() > MAX_LABEL_ITEMS {
        section.refuse("label_items", &format!("{} items are more than {MAX_LABEL_ITEMS}", items.len()));
    }
    items.into_iter().flatten().collect()
}

/// A name of 1 to 24 characters, as it stands on a screen.
fn short_name(text: &str) -> Option<String> {
    let fits = (1..=MAX_TUBE_NAME).contains(&text.chars().count());
    let clean = text.trim() == text && !text.chars().any(char::is_control);
    (fits && clean).then(|| text.to_owned())
}

fn read_tubes(section: &mut Section<'_>, usual: Vec<TubeKind>) -> Vec<TubeKind> {
    if !section.has("tubes") {
        return usual;
    }
    let wanted = format!("1 to {MAX_TUBE_NAME} characters");
    let tubes = section.tables("tubes", |tube| {
        let name = tube.text("name", &wanted, short_name);
        let name = tube.required("name", &wanted, name)?;
        tube.claim("name", format!("the tube {name:?}"));
        Some(TubeKind { name })
    });
    let tubes = tubes.unwrap_or_default();
    if tubes.len() > MAX_TUBES {
        section.refuse("tubes", &format!("{} tubes are more than {MAX_TUBES}", tubes.len()));
    }
    tubes.into_iter().flatten().collect()
}
