//! The shift's page: what can be asked there, and the forms for it.
//!
//! Owns: the list of open items, which form belongs to what, and turning a form into a request. Refuses: judging whether the daemon will take
//! it. Holds no state.

use crate::form::{FieldKind, Form};
use crate::words::FormFault;
use station::api::shift::{CorrectionAsk, ShiftAsk, ShiftPrompt, ShiftView};
use station::api::{Credential, Op, Snapshot};
use station::ident::{Din, DonationId, LocalDate, LotNumber, SiteCode};
use station::measure::Wall;
use station::record::CorrectedField;
use station::shift::event::Place;
use station::shift::lots::{LotInUse, LotKind};

/// An open item of the list: what may be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A request for a second person, by its number.
    Second(u32),
    /// An act that waits to be checked, by its number.
    Waiting(u32),
    /// A deviation, by its number.
    Deviation(u32),
    /// Segments that are sealed later.
    Segments(DonationId),
}

/// The open items, in the order of the page.
pub fn items(view: &ShiftView) -> Vec<Item> {
    let seconds = view.seconds.iter().map(|second| Item::Second(second.number));
    let waiting = view.waiting.iter().map(|check| Item::Waiting(check.number));
    let deviations = view.deviations.iter().map(|deviation| Item::Deviation(deviation.number));
    let segments = view.segments_later.iter().map(|donation| Item::Segments(*donation));
    seconds.chain(waiting).chain(deviations).chain(segments).collect()
}

/// What a form of the page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShiftForm {
    /// Open the shift.
    Open,
    /// A package, lot and expiry typed.
    Lot(LotKind),
    /// A roll of numbers.
    Roll,
    /// Numbers left over.
    Left,
    /// A second person signs for this number.
    Sign(u32),
    /// Two people confirm the time.
    Clock,
    /// Two people confirm changed settings.
    Limits,
    /// A deviation is explained.
    Explain(u32),
    /// A record is corrected.
    Correct,
    /// The shift ends.
    Close,
}

impl ShiftForm {
    /// Its fields.
    pub fn fields(self) -> &'static [FieldKind] {
        use FieldKind as F;
        match self {
            Self::Open => &[F::Site, F::Vehicle, F::Team, F::Group],
            Self::Lot(_) => &[F::Lot, F::Expiry],
            Self::Roll => &[F::First, F::Last],
            Self::Left => &[F::Count],
            Self::Sign(_) | Self::Limits => &[F::SecondNumber, F::Pin],
            Self::Clock => &[F::When, F::SecondNumber, F::Pin],
            Self::Explain(_) => &[F::Note],
            Self::Correct => &[F::Donation, F::Which, F::Old, F::New, F::Note, F::SecondNumber, F::Pin],
            Self::Close => &[F::Number, F::Pin],
        }
    }

    /// The request that a filled form makes.
    ///
    /// # Errors
    /// [`FormFault`].
    pub fn request(self, form: &Form, snapshot: &Snapshot) -> Result<Op, FormFault> {
        let person = || form.credential().map(Some);
        let (ask, second): (ShiftAsk, Option<Credential>) = match self {
            Self::Open => (ShiftAsk::Open(place(form, &snapshot.shift)?), None),
            Self::Lot(kind) => (ShiftAsk::OpenLot(lot(form, kind)?), None),
            Self::Roll => {
                let din = |kind| Din::new(form.text(kind)).map_err(|_| FormFault::BadField);
                (ShiftAsk::DinsReceived { first: din(FieldKind::First)?, last: din(FieldKind::Last)? }, None)
            }
            Self::Left => (ShiftAsk::DinsLeft(number(form, FieldKind::Count)?), None),
            Self::Sign(number) => (ShiftAsk::Sign(number), person()?),
            Self::Clock => (ShiftAsk::ConfirmClock(when(form, snapshot)?), person()?),
            Self::Limits => (ShiftAsk::ConfirmLimits, person()?),
            Self::Explain(number) => {
                let note = form.text(FieldKind::Note).trim().to_owned();
                if note.is_empty() {
                    return Err(FormFault::Empty);
                }
                (ShiftAsk::ClearDeviation { number, note }, None)
            }
            Self::Correct => (ShiftAsk::Correct(correction(form)?), person()?),
            Self::Close => (ShiftAsk::Close, person()?),
        };
        Ok(Op::Shift { ask, second })
    }
}

fn number<N: std::str::FromStr>(form: &Form, kind: FieldKind) -> Result<N, FormFault> {
    form.text(kind).parse().map_err(|_| FormFault::BadField)
}

/// A code as typed; `None` for an empty field.
fn code(form: &Form, kind: FieldKind) -> Result<Option<SiteCode>, FormFault> {
    match form.text(kind).trim() {
        "" => Ok(None),
        text => SiteCode::new(text).map(Some).map_err(|_| FormFault::BadField),
    }
}

fn place(form: &Form, view: &ShiftView) -> Result<Place, FormFault> {
    let usual = view.usual.clone().ok_or(FormFault::Empty)?;
    Ok(Place {
        site: code(form, FieldKind::Site)?.unwrap_or(usual.site),
        vehicle: code(form, FieldKind::Vehicle)?.or(usual.vehicle),
        team: code(form, FieldKind::Team)?.unwrap_or(usual.team),
        group: code(form, FieldKind::Group)?,
    })
}

/// `YYYYMMDD`.
pub(crate) fn date(text: &str) -> Option<LocalDate> {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let (year, month, day) =
        (part(0..4)?.parse().ok()?, part(4..6)?.parse().ok()?, part(6..8)?.parse().ok()?);
    LocalDate::new(year, month, day).ok()
}

fn lot(form: &Form, kind: LotKind) -> Result<LotInUse, FormFault> {
    let lot = LotNumber::new(form.text(FieldKind::Lot).trim()).map_err(|_| FormFault::BadField)?;
    let expires = date(form.text(FieldKind::Expiry)).filter(|_| form.text(FieldKind::Expiry).len() == 8);
    Ok(LotInUse { kind, lot, expires: expires.ok_or(FormFault::BadField)? })
}

/// The time as typed in the station's zone, or as shown.
fn when(form: &Form, snapshot: &Snapshot) -> Result<Wall, FormFault> {
    if form.text(FieldKind::When).is_empty() {
        return Ok(snapshot.wall);
    }
    form.when(snapshot.utc_offset_min).ok_or(FormFault::BadTime)
}

fn correction(form: &Form) -> Result<CorrectionAsk, FormFault> {
    let which: usize = number(form, FieldKind::Which)?;
    let field = which.checked_sub(1).and_then(|at| CorrectedField::ALL.get(at)).copied();
    let text = |kind| form.text(kind).trim().to_owned();
    Ok(CorrectionAsk {
        donation: DonationId(number(form, FieldKind::Donation)?),
        field: field.ok_or(FormFault::BadField)?,
        old: text(FieldKind::Old),
        new: text(FieldKind::New),
        why: text(FieldKind::Note),
    })
}

/// What Enter does on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Opens this form.
    Form(ShiftForm),
    /// Asks for this.
    Ask(ShiftAsk),
    /// Only waiting, or nothing that a key could do.
    Nothing,
}

/// The answer to what the page asks.
pub fn answer(view: &ShiftView) -> Answer {
    match view.prompt {
        None | Some(ShiftPrompt::MakeRoom | ShiftPrompt::RenewCalibration(_)) => Answer::Nothing,
        Some(ShiftPrompt::ConfirmClock) => Answer::Form(ShiftForm::Clock),
        Some(ShiftPrompt::ConfirmLimits) => Answer::Form(ShiftForm::Limits),
        Some(ShiftPrompt::OpenShift) => Answer::Form(ShiftForm::Open),
        Some(ShiftPrompt::EndShift) => Answer::Form(ShiftForm::Close),
        Some(ShiftPrompt::CheckScale(bed)) => Answer::Ask(ShiftAsk::CheckScale(bed)),
        Some(ShiftPrompt::Weigh { bed, .. }) => {
            let rests = view.scales.iter().any(|scale| scale.bed == bed && scale.at_rest);
            if rests { Answer::Ask(ShiftAsk::Weigh(bed)) } else { Answer::Nothing }
        }
        Some(ShiftPrompt::OpenLot(kind)) if view.lot_awaited == Some(kind) => Answer::Nothing,
        Some(ShiftPrompt::OpenLot(kind)) => Answer::Ask(ShiftAsk::AwaitLot(kind)),
    }
}
