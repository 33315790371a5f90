//! Forms: a few typed fields, one after the other.
//!
//! Owns: editing, the bounds of each field, and turning what was typed into credentials and labels. Refuses: showing a PIN
//! (or the first reading of a label while the second is typed), keeping either in memory after use, and letters in a
//! number, so that the protective letter keys stay free while somebody signs in. A crash loses what was typed.

use crate::words::{AfterText, FormFault, Language, Say, ShiftField, after_text, say, shift_field};
use station::api::{Credential, TypedPerson};
use station::ident::{Din, LabelKind, LocalDateTime, OperatorId, SiteCode};
use station::measure::Wall;
use station::procedure::event::{
    FormSeen, NationalGrade, Reaction, ReactionClass, ReactionOutcome, Treatment,
};
use zeroize::Zeroizing;

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Staff number of the one who signs in: digits; others come from the badge.
    Number,
    /// Staff number of the second person.
    SecondNumber,
    /// PIN: digits, never shown.
    Pin,
    /// A donation number read off its label.
    Label,
    /// Maker and catalog number of a bag.
    Catalog,
    /// The same again, by the second person.
    LabelAgain,
    /// Name of the donor, as the document says.
    Name,
    /// Number of the document.
    DocumentNumber,
    /// Birth date, eight digits.
    Birth,
    /// 1 when the interview was passed, else 0.
    Interview,
    /// 1 when the examination was passed, else 0.
    Examination,
    /// Haemoglobin, g/L.
    Haemoglobin,
    /// Approved volume, mL.
    Approved,
    /// 1 when consent is signed, else 0.
    Consent,
    /// Tool of a step done by hand.
    Tool,
    /// Reason.
    Note,
    /// Grade on the national scale, a number; may stay empty, like all that follows.
    National,
    /// Pulse, beats a minute.
    Pulse,
    /// Pressure, as `120/80`.
    Pressure,
    /// Treatment, a number.
    Treatment,
    /// Outcome, a number.
    Outcome,
    /// What the codes do not say.
    Remark,
    /// Volume in mL.
    Volume,
    /// Collection site; empty: the usual one.
    Site,
    /// Vehicle; empty: the usual one.
    Vehicle,
    /// Team; empty: the usual one.
    Team,
    /// Group; may stay empty.
    Group,
    /// Lot of a package.
    Lot,
    /// Last day of use, `YYYYMMDD`.
    Expiry,
    /// First number of a roll.
    First,
    /// Last number of a roll.
    Last,
    /// How many.
    Count,
    /// Date and time, `YYYYMMDDhhmm`; empty: as shown.
    When,
    /// Number of a donation.
    Donation,
    /// Which field of a record, 1 to 6.
    Which,
    /// What a record says; empty: nothing.
    Old,
    /// What it should say; empty: nothing.
    New,
    /// A closed donation: its number, or its label with check character.
    Closed,
    /// Class of a late reaction, a number.
    Class,
    /// How severe it was, 1 to 5.
    Severity,
    /// 1 before something that cannot be undone.
    Certain,
    /// Who gave: document or queue number.
    Donor,
    /// Programme, mL.
    Programme,
    /// How many tubes were filled.
    Tubes,
    /// 1 when the needle side was sealed and the needle binned, else 0.
    Sealed,
    /// 1 when both have compared the form with the donor's document, else 0.
    Compared,
}

impl FieldKind {
    /// The field for the first reading of a label.
    pub fn of_label(label: LabelKind) -> Self {
        match label {
            LabelKind::Din => Self::Label,
            LabelKind::Catalog => Self::Catalog,
            LabelKind::Lot => Self::Lot,
            LabelKind::Expiry => Self::Expiry,
        }
    }

    /// Its name.
    pub fn words(self, language: Language) -> &'static str {
        if let Some(field) = self.of_shift() {
            return shift_field(language, field);
        }
        if let Some(field) = self.of_after() {
            return after_text(language, field);
        }
        let which = match self {
            Self::Number => Say::StaffNumber,
            Self::SecondNumber => Say::SecondNumber,
            Self::Pin => Say::Pin,
            Self::Label => Say::LabelField,
            Self::Catalog => Say::CatalogField,
            Self::LabelAgain => Say::LabelAgainField,
            Self::Name => Say::NameField,
            Self::DocumentNumber => Say::DocumentField,
            Self::Birth => Say::BirthField,
            Self::Interview => Say::InterviewField,
            Self::Examination => Say::ExaminationField,
            Self::Haemoglobin => Say::HaemoglobinField,
            Self::Approved => Say::ApprovedField,
            Self::Consent => Say::ConsentField,
            Self::Tool => Say::ToolField,
            Self::Note => Say::NoteField,
            Self::Remark => Say::RemarkField,
            Self::National => Say::NationalField,
            Self::Pulse => Say::PulseField,
            Self::Pressure => Say::PressureField,
            Self::Treatment => Say::TreatmentField,
            Self::Outcome => Say::OutcomeField,
            // The others are the shift's.
            _ => Say::VolumeField,
        };
        say(language, which)
    }
    /// The name of a field of the forms after a donation.
    fn of_after(self) -> Option<AfterText> {
        match self {
            Self::Closed => Some(AfterText::Closed),
            Self::Class => Some(AfterText::Class),
            Self::Severity => Some(AfterText::Severity),
            Self::Certain => Some(AfterText::Certain),
            Self::Donor => Some(AfterText::Donor),
            Self::Programme => Some(AfterText::Programme),
            Self::Tubes => Some(AfterText::Tubes),
            Self::Sealed => Some(AfterText::Sealed),
            Self::Compared => Some(AfterText::Compared),
            _ => None,
        }
    }
    /// The name of a field of the shift's forms.
    fn of_shift(self) -> Option<ShiftField> {
        Some(match self {
            Self::Site => ShiftField::Site,
            Self::Vehicle => ShiftField::Vehicle,
            Self::Team => ShiftField::Team,
            Self::Group => ShiftField::Group,
            Self::Lot => ShiftField::Lot,
            Self::Expiry => ShiftField::Expiry,
            Self::First => ShiftField::First,
            Self::Last => ShiftField::Last,
            Self::Count => ShiftField::Count,
            Self::When => ShiftField::When,
            Self::Donation => ShiftField::Donation,
            Self::Which => ShiftField::Which,
            Self::Old => ShiftField::Old,
            Self::New => ShiftField::New,
            Self::Number
            | Self::SecondNumber
            | Self::Pin
            | Self::Label
            | Self::Catalog
            | Self::LabelAgain
            | Self::Note
            | Self::Volume
            | Self::Tool
            | Self::Remark
            | Self::National
            | Self::Pulse
            | Self::Pressure
            | Self::Treatment
            | Self::Outcome
            | Self::Name
            | Self::DocumentNumber
            | Self::Birth
            | Self::Interview
            | Self::Examination
            | Self::Haemoglobin
            | Self::Approved
            | Self::Consent
            | Self::Closed
            | Self::Class
            | Self::Severity
            | Self::Certain
            | Self::Donor
            | Self::Programme
            | Self::Tubes
            | Self::Sealed
            | Self::Compared => return None,
        })
    }
    /// Whether it may stay empty.
    pub fn is_optional(self) -> bool {
        let of_shift = matches!(
            self,
            Self::Site | Self::Vehicle | Self::Team | Self::Group | Self::When | Self::Old | Self::New
        );
        of_shift || self.hint().is_some()
    }
    /// Most characters.
    pub fn max(self) -> usize {
        match self {
            Self::Number | Self::SecondNumber => OperatorId::MAX,
            Self::Pin => 16,
            Self::Label | Self::LabelAgain | Self::Catalog => 20,
            Self::Name => 64,
            Self::DocumentNumber => 32,
            Self::Birth => 8,
            Self::Interview | Self::Examination | Self::Consent => 1,
            Self::Haemoglobin | Self::Approved => 3,
            Self::Tool | Self::Note | Self::Remark => 80,
            Self::Volume | Self::Pulse => 3,
            Self::Pressure => 7,
            Self::National | Self::Treatment | Self::Outcome => 1,
            Self::Site | Self::Vehicle | Self::Team | Self::Group => SiteCode::MAX,
            Self::Lot | Self::First | Self::Last | Self::Old | Self::New => 20,
            Self::Expiry => 8,
            Self::Count => 5,
            Self::When => 12,
            Self::Donation => 12,
            Self::Which
            | Self::Class
            | Self::Severity
            | Self::Certain
            | Self::Tubes
            | Self::Sealed
            | Self::Compared => 1,
            Self::Closed => 20,
            Self::Donor => 32,
            Self::Programme => 3,
        }
    }
    /// Whether letters are typed here, so that letter keys cannot act at the same time.
    pub fn takes_letters(self) -> bool {
        match self {
            Self::Label
            | Self::LabelAgain
            | Self::Catalog
            | Self::Tool
            | Self::Note
            | Self::Remark
            | Self::Name
            | Self::DocumentNumber
            | Self::Site
            | Self::Vehicle
            | Self::Team
            | Self::Group
            | Self::Lot
            | Self::First
            | Self::Last
            | Self::Old
            | Self::New
            | Self::Closed
            | Self::Donor => true,
            Self::Number
            | Self::SecondNumber
            | Self::Pin
            | Self::Volume
            | Self::Birth
            | Self::Interview
            | Self::Examination
            | Self::Haemoglobin
            | Self::Approved
            | Self::Consent
            | Self::National
            | Self::Pulse
            | Self::Pressure
            | Self::Treatment
            | Self::Outcome
            | Self::Expiry
            | Self::Count
            | Self::When
            | Self::Donation
            | Self::Which
            | Self::Class
            | Self::Severity
            | Self::Certain
            | Self::Programme
            | Self::Tubes
            | Self::Sealed
            | Self::Compared => false,
        }
    }
    fn allows(self, c: char) -> bool {
        match self {
            Self::Number
            | Self::SecondNumber
            | Self::Pin
            | Self::Volume
            | Self::Birth
            | Self::Haemoglobin
            | Self::Approved
            | Self::National
            | Self::Pulse
            | Self::Treatment
            | Self::Outcome
            | Self::Expiry
            | Self::Count
            | Self::When
            | Self::Donation
            | Self::Which
            | Self::Class
            | Self::Severity
            | Self::Programme
            | Self::Tubes => c.is_ascii_digit(),
            Self::Pressure => c.is_ascii_digit() || c == '/',
            Self::Label | Self::LabelAgain | Self::Catalog | Self::Closed => c.is_ascii_graphic() || c == ' ',
            Self::Interview
            | Self::Examination
            | Self::Consent
            | Self::Certain
            | Self::Sealed
            | Self::Compared => {
                matches!(c, '0' | '1')
            }
            Self::DocumentNumber | Self::Donor => c.is_ascii_graphic(),
            Self::Site
            | Self::Vehicle
            | Self::Team
            | Self::Group
            | Self::Lot
            | Self::First
            | Self::Last
            | Self::Old
            | Self::New => c.is_ascii_graphic(),
            Self::Name | Self::Tool | Self::Note | Self::Remark => !c.is_control(),
        }
    }
    /// What helps to fill in a field that may stay empty.
    pub fn hint(self) -> Option<Say> {
        match self {
            Self::National => Some(Say::NationalHint),
            Self::Treatment => Some(Say::TreatmentHint),
            Self::Outcome => Some(Say::OutcomeHint),
            Self::Pulse | Self::Pressure | Self::Remark => Some(Say::OptionalHint),
            _ => None,
        }
    }
}

/// The fields of a donor's reaction.
pub const REACTION: [FieldKind; 6] = [
    FieldKind::National,
    FieldKind::Pulse,
    FieldKind::Pressure,
    FieldKind::Treatment,
    FieldKind::Outcome,
    FieldKind::Remark,
];

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// What it takes.
    pub kind: FieldKind,
    text: Zeroizing<String>,
}

impl Field {
    fn new(kind: FieldKind) -> Self {
        Self { kind, text: Zeroizing::new(String::with_capacity(kind.max() * 4)) }
    }
}

/// A few fields, the one being typed, and what was wrong with them.
#[derive(Debug, Clone)]
pub struct Form {
    fields: Vec<Field>,
    at: usize,
    /// The number that a scanner filled in.
    scanned: Option<Din>,
    /// Why it was not sent or not taken, shown below the fields.
    pub complaint: Option<Complaint>,
}

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// Seen here, before it was sent.
    Here(FormFault),
    /// The daemon's answer.
    Daemon(station::api::ApiError),
}

impl Form {
    /// An empty form with these fields; at least one.
    pub fn new(kinds: &[FieldKind]) -> Self {
        let fields = kinds.iter().map(|kind| Field::new(*kind)).collect();
        Self { fields, at: 0, scanned: None, complaint: None }
    }
    /// Number and PIN of the one who signs in.
    pub fn sign_in() -> Self {
        Self::new(&[FieldKind::Number, FieldKind::Pin])
    }
    /// Number and PIN of a second person.
    pub fn second() -> Self {
        Self::new(&[FieldKind::SecondNumber, FieldKind::Pin])
    }
    /// Each field as it may be shown, and whether it is the one being typed.
    pub fn shown(&self) -> impl Iterator<Item = (FieldKind, String, bool)> {
        self.fields.iter().enumerate().map(|(i, field)| {
            let hide = match field.kind {
                FieldKind::Pin => true,
                // The second person reads the label, not what the first one has read.
                _ => i != self.at && self.fields.get(i + 1).is_some_and(|f| f.kind == FieldKind::LabelAgain),
            };
            let text = if hide { "•".repeat(field.text.chars().count()) } else { field.text.to_string() };
            (field.kind, text, i == self.at)
        })
    }
    /// Kind of the field being typed.
    pub fn kind(&self) -> Option<FieldKind> {
        self.fields.get(self.at).map(|f| f.kind)
    }
    /// Whether a PIN is the next thing to type.
    pub fn wants_pin(&self) -> bool {
        self.fields.get(self.at).is_some_and(|f| f.kind == FieldKind::Pin && f.text.is_empty())
    }
    /// Whether it asks for a second person.
    pub fn wants_person(&self) -> bool {
        self.fields.iter().any(|f| f.kind == FieldKind::SecondNumber)
    }
    /// Whether the last field is being typed and has something in it.
    pub fn is_ready(&self) -> bool {
        let filled = |f: &Field| f.kind.is_optional() || !f.text.is_empty();
        self.at + 1 == self.fields.len() && self.fields.iter().all(filled)
    }
    /// Types a character; what the field does not take is dropped.
    pub fn type_char(&mut self, c: char) {
        if let Some(field) = self.fields.get_mut(self.at)
            && field.kind.allows(c)
            && field.text.chars().count() < field.kind.max()
        {
            field.text.push(c);
            self.complaint = None;
        }
    }
    /// Takes the last character back; in an empty field it goes back to the one before, except from a second reading to the
    /// first one, which stays unseen.
    pub fn backspace(&mut self) {
        if let Some(field) = self.fields.get_mut(self.at)
            && field.text.pop().is_none()
            && field.kind != FieldKind::LabelAgain
        {
            self.previous();
        }
    }
    /// Goes on where something is still to be typed: not out of a field that may not stay empty, and from the last one to the first
    /// that was left out.
    pub fn forward(&mut self) {
        let open = |field: &Field| field.text.is_empty() && !field.kind.is_optional();
        match self.fields.get(self.at) {
            Some(field) if open(field) => {}
            Some(_) if self.at + 1 < self.fields.len() => self.next(),
            Some(_) | None => self.at = self.fields.iter().position(open).unwrap_or(self.at),
        }
    }
    /// Goes on to the next field, at most to the last.
    pub fn next(&mut self) {
        self.at = (self.at + 1).min(self.fields.len().saturating_sub(1));
    }
    /// Goes back to the field before.
    pub fn previous(&mut self) {
        self.at = self.at.saturating_sub(1);
    }
    /// Empties the PIN and goes there, after a wrong one.
    pub fn retype_pin(&mut self) {
        if let Some(i) = self.fields.iter().position(|f| f.kind == FieldKind::Pin) {
            self.fields[i].text = Zeroizing::new(String::with_capacity(FieldKind::Pin.max() * 4));
            self.at = i;
        }
    }
    /// Fills in the number on a scanned form, for both who would have read it, and goes on to the first field that is still to be filled.
    pub fn scanned(&mut self, din: Din) {
        let typed = format!("{din}{}", din.check_character());
        let mut labels = self.fields.iter_mut();
        let labels = labels.by_ref().filter(|f| matches!(f.kind, FieldKind::Label | FieldKind::LabelAgain));
        labels.for_each(|field| field.text = Zeroizing::new(typed.clone()));
        self.scanned = Some(din);
        self.complaint = None;
        let open = |field: &Field| field.text.is_empty() && !field.kind.is_optional();
        self.at = self.fields.iter().position(open).unwrap_or(self.at);
    }
    /// Whether this number is the one that was scanned.
    pub fn is_scanned(&self, din: Din) -> bool {
        self.scanned == Some(din)
    }
    /// Asks for one thing more, right before the second person.
    pub fn demand(&mut self, kind: FieldKind) {
        if self.fields.iter().all(|f| f.kind != kind) {
            let at = self.fields.iter().position(|f| f.kind == FieldKind::SecondNumber);
            self.at = at.unwrap_or(self.fields.len());
            self.fields.insert(self.at, Field::new(kind));
        }
    }
    /// Fills in the number of a scanned badge when the person field is empty or still being typed, and goes on to the PIN.
    pub fn badge(&mut self, who: &OperatorId) {
        let of_person = |kind| matches!(kind, FieldKind::Number | FieldKind::SecondNumber);
        // Whoever has gone on to the PIN without a number has only to scan.
        let at = match self.kind() {
            Some(FieldKind::Pin) => self.fields.iter().position(|f| of_person(f.kind) && f.text.is_empty()),
            Some(kind) if of_person(kind) => Some(self.at),
            Some(_) | None => None,
        };
        if let Some(field) = at.and_then(|at| self.fields.get_mut(at)) {
            field.text = Zeroizing::new(who.as_str().to_owned());
            self.complaint = None;
            self.at = at.map_or(self.at, |at| at + 1);
        }
    }
    /// What was typed into the first field of this kind.
    pub fn text(&self, kind: FieldKind) -> &str {
        self.fields.iter().find(|f| f.kind == kind).map_or("", |f| f.text.as_str())
    }
    /// The person and PIN typed.
    ///
    /// # Errors
    /// [`FormFault`] when a field is empty or the number cannot be one.
    pub fn credential(&self) -> Result<Credential, FormFault> {
        let number = match self.text(FieldKind::Number) {
            "" => self.text(FieldKind::SecondNumber),
            number => number,
        };
        let pin = self.text(FieldKind::Pin);
        if number.is_empty() || pin.is_empty() {
            return Err(FormFault::Empty);
        }
        let operator = OperatorId::new(number).map_err(|_| FormFault::BadNumber)?;
        Ok(Credential { operator, pin: pin.to_owned() })
    }
    /// Both readings of a label, equal and each one of its kind.
    ///
    /// # Errors
    /// [`FormFault::BadLabel`], [`FormFault::BadBagLabel`] or [`FormFault::LabelsDiffer`].
    pub fn labels(&self, label: LabelKind) -> Result<(String, String), FormFault> {
        let fault = if label.is_din() { FormFault::BadLabel } else { FormFault::BadBagLabel };
        let (text, again) = (self.text(FieldKind::of_label(label)), self.text(FieldKind::LabelAgain));
        let (first, second) = (label.read(text).ok_or(fault)?, label.read(again).ok_or(fault)?);
        if first == second { Ok((text.to_owned(), again.to_owned())) } else { Err(FormFault::LabelsDiffer) }
    }
    /// The reaction typed, of this class and severity. What stays empty is not known.
    ///
    /// # Errors
    /// [`FormFault::BadChoice`].
    pub fn reaction(&self, class: ReactionClass, severity: u8) -> Result<Reaction, FormFault> {
        let number = |text: &str| text.parse::<u16>().map_err(|_| FormFault::BadChoice);
        let pulse = match self.text(FieldKind::Pulse) {
            "" => None,
            text => Some(number(text)?),
        };
        let pressure = match self.text(FieldKind::Pressure) {
            "" => None,
            text => {
                let (over, under) = text.split_once('/').ok_or(FormFault::BadChoice)?;
                Some((number(over)?, number(under)?))
            }
        };
        Ok(Reaction {
            national: self.chosen(FieldKind::National, &NationalGrade::ALL)?,
            pulse,
            pressure,
            treatment: self.chosen(FieldKind::Treatment, &Treatment::ALL)?,
            outcome: self.chosen(FieldKind::Outcome, &ReactionOutcome::ALL)?,
            note: self.text(FieldKind::Remark).trim().to_owned(),
            ..Reaction::new(class, severity)
        })
    }

    /// The time typed, `YYYYMMDDhhmm` in the station's zone.
    pub fn when(&self, utc_offset_min: i16) -> Option<Wall> {
        let text = self.text(FieldKind::When);
        let time = text.get(8..12).filter(|_| text.len() == 12)?;
        let (hour, minute) = (time[..2].parse().ok()?, time[2..].parse().ok()?);
        let local = LocalDateTime::new(crate::shift::date(text)?, hour, minute).ok()?;
        let hours = local.date().days_since_1970() * 24 + i64::from(local.hour());
        Some(Wall((hours * 60 + i64::from(local.minute()) - i64::from(utc_offset_min)) * 60_000))
    }

    /// The value whose number, from 1, was typed.
    fn chosen<T: Copy>(&self, kind: FieldKind, all: &[T]) -> Result<Option<T>, FormFault> {
        match self.text(kind) {
            "" => Ok(None),
            text => {
                let number = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                number.and_then(|n| all.get(n)).copied().map(Some).ok_or(FormFault::BadChoice)
            }
        }
    }

    /// The donor as typed. What is wrong with it is the daemon's to say.
    ///
    /// # Errors
    /// [`FormFault::Empty`].
    pub fn person(&self) -> Result<TypedPerson, FormFault> {
        let text = |kind| match self.text(kind).trim() {
            "" => Err(FormFault::Empty),
            text => Ok(text.to_owned()),
        };
        let (name, number) = (text(FieldKind::Name)?, text(FieldKind::DocumentNumber)?);
        Ok(TypedPerson { name, number, birth: text(FieldKind::Birth)? })
    }
    /// What was read off the donor's form.
    ///
    /// # Errors
    /// [`FormFault::Empty`] when something was not said.
    pub fn form_seen(&self) -> Result<FormSeen, FormFault> {
        let number = |kind| self.text(kind).parse::<u16>().map_err(|_| FormFault::Empty);
        Ok(FormSeen {
            interview: number(FieldKind::Interview)? == 1,
            examination: number(FieldKind::Examination)? == 1,
            haemoglobin_g_l: number(FieldKind::Haemoglobin)?,
            approved_ml: number(FieldKind::Approved)?,
            consent: number(FieldKind::Consent)? == 1,
        })
    }
    /// The volume typed, 1 to 999 mL.
    ///
    /// # Errors
    /// [`FormFault::BadVolume`].
    pub fn volume_ml(&self) -> Result<u16, FormFault> {
        match self.text(FieldKind::Volume).parse::<u16>() {
            Ok(ml @ 1..=999) => Ok(ml),
            Ok(_) | Err(_) => Err(FormFault::BadVolume),
        }
    }
}
