//! An adverse reaction of a donor: coded, measured, bounded.
//!
//! Owns: the international classes A to F with their severity, the national grade beside them, what was measured, done and came of it.
//! Refuses: measures that no living person has, and notes that could name one. Holds no state. Additive: a reaction of an older
//! journal has class and severity only.

use super::refusal::{Implausible, Refusal};
use crate::measure::{Mono, Wall};
use serde::{Deserialize, Serialize};

/// Longest note, characters.
pub(crate) const MAX_NOTE: usize = 80;
/// So many digits in a row could be a number that names a person.
const NAMES_A_PERSON: usize = 6;

/// An adverse reaction, coded by the international list (classes A to F) and by the national scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// Class.
    pub class: ReactionClass,
    /// Severity 1 (mild) to 5.
    pub severity: u8,
    /// Grade on the national scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<NationalGrade>,
    /// Pulse, beats a minute, 20 to 250.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulse: Option<u16>,
    /// Blood pressure, mmHg: systolic 40 to 300 and diastolic 20 to 200, the second below the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressure: Option<(u16, u16)>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treatment: Option<Treatment>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReactionOutcome>,
    /// What the codes do not say; at most [`MAX_NOTE`] characters, nothing that names a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was said at the bed. The machine writes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Mono>,
    /// When it was said after closing. The station writes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Wall>,
}

/// Classes of donor reactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReactionClass {
    /// A: local (haematoma, arterial puncture, nerve).
    Local,
    /// B: generalised, vasovagal.
    Vasovagal,
    /// C: of apheresis.
    Apheresis,
    /// D: allergic.
    Allergic,
    /// E: other serious.
    OtherSerious,
    /// F: major cardiovascular.
    Cardiovascular,
}

/// Grades of the national scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NationalGrade {
    /// Mild (轻度).
    Mild,
    /// Moderate (中度).
    Moderate,
    /// Severe (重度).
    Severe,
}

/// What was done for the donor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// Looked after and watched, nothing else.
    Watched,
    /// Laid flat, legs up.
    LaidFlat,
    /// The site pressed or cooled.
    Pressed,
    /// Something to drink.
    Drink,
    /// Medicine or infusion.
    Medicine,
    /// Resuscitation.
    Resuscitation,
}

/// What came of a reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReactionOutcome {
    /// Well again on the spot.
    Recovered,
    /// Went home and is asked again later.
    FollowedUp,
    /// Taken to a hospital.
    Hospital,
    /// Lasting harm or death.
    Lasting,
}

impl NationalGrade {
    /// Every grade, in the order of its number on forms.
    pub const ALL: [Self; 3] = [Self::Mild, Self::Moderate, Self::Severe];
}

impl Treatment {
    /// Every one, in the order of its number on forms.
    pub const ALL: [Self; 6] =
        [Self::Watched, Self::LaidFlat, Self::Pressed, Self::Drink, Self::Medicine, Self::Resuscitation];
}

impl ReactionOutcome {
    /// Every one, in the order of its number on forms.
    pub const ALL: [Self; 4] = [Self::Recovered, Self::FollowedUp, Self::Hospital, Self::Lasting];
}

impl Reaction {
    /// A reaction of which only class and severity are known yet.
    pub fn new(class: ReactionClass, severity: u8) -> Self {
        Self {
            class,
            severity,
            national: None,
            pulse: None,
            pressure: None,
            treatment: None,
            outcome: None,
            note: String::new(),
            at: None,
            said: None,
        }
    }

    /// Whether its values can be true.
    ///
    /// # Errors
    /// [`Refusal::Implausible`]: nothing was noted.
    pub fn check(&self) -> Result<(), Refusal> {
        let fits = |(systolic, diastolic): (u16, u16)| {
            (40..=300).contains(&systolic) && (20..=200).contains(&diastolic) && diastolic < systolic
        };
        let wrong = if !(1..=5).contains(&self.severity) {
            Implausible::Severity
        } else if self.pulse.is_some_and(|pulse| !(20..=250).contains(&pulse)) {
            Implausible::Pulse
        } else if !self.pressure.is_none_or(fits) {
            Implausible::Pressure
        } else {
            return check_note(&self.note);
        };
        Err(Refusal::Implausible(wrong))
    }
}

/// Whether a note is short and cannot name a person.
///
/// # Errors
/// [`Refusal::Implausible`].
pub(crate) fn check_note(note: &str) -> Result<(), Refusal> {
    let mut run = 0;
    let numbers = note.chars().any(|c| {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        run >= NAMES_A_PERSON
    });
    if numbers || note.chars().count() > MAX_NOTE || note.chars().any(char::is_control) {
        return Err(Refusal::Implausible(Implausible::Note));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Procedure 8.5: every measure has its bounds, and a note never holds a number that names somebody.
    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        let good = Reaction {
            national: Some(NationalGrade::Mild),
            pulse: Some(48),
            pressure: Some((85, 50)),
            treatment: Some(Treatment::LaidFlat),
            outcome: Some(ReactionOutcome::Recovered),
            note: "pale, sweating; well after 10 min".to_owned(),
            ..Reaction::new(ReactionClass::Vasovagal, 2)
        };
        assert_eq!(good.check(), Ok(()));
        let wrong = |change: fn(&mut Reaction)| {
            let mut reaction = good.clone();
            change(&mut reaction);
            reaction.check()
        };
        let refused = |what| Err(Refusal::Implausible(what));
        assert_eq!(wrong(|r| r.severity = 0), refused(Implausible::Severity));
        assert_eq!(wrong(|r| r.severity = 6), refused(Implausible::Severity));
        assert_eq!(wrong(|r| r.pulse = Some(19)), refused(Implausible::Pulse));
        assert_eq!(wrong(|r| r.pulse = Some(251)), refused(Implausible::Pulse));
        assert_eq!(wrong(|r| r.pressure = Some((80, 80))), refused(Implausible::Pressure));
        assert_eq!(wrong(|r| r.pressure = Some((301, 80))), refused(Implausible::Pressure));
        assert_eq!(wrong(|r| r.note = "x".repeat(81)), refused(Implausible::Note));
        assert_eq!(wrong(|r| r.note = "call 138001".to_owned()), refused(Implausible::Note));
    }

    /// Procedure 8.5: a reaction from before the details is still read.
    #[test]
    fn a_reaction_of_an_older_journal_is_read() {
        let old: Reaction = serde_json::from_str(r#"{"class":"vasovagal","severity":1}"#).unwrap();
        assert_eq!(old, Reaction::new(ReactionClass::Vasovagal, 1));
        assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"class":"vasovagal","severity":1}"#);
    }
}
