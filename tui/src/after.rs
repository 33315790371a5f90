//! The page after the donation: who rests, what is still open of closed donations, and the forms for what is said of them later.
//!
//! Owns: the list of the page, which form belongs to what, and turning a form into a request. Refuses: judging whether the daemon will take
//! it, and a donation meant by guess: one of the list, or its number or label typed. Holds no state.

use crate::form::{FieldKind, Form};
use crate::menu::CLASSES;
use crate::words::FormFault;
use station::api::{DonorNumber, Op, Snapshot};
use station::ident::{Din, DonationId, LabelKind};
use station::record::{AfterClosing, PaperForm, Which};

/// Digits of the longest number of a donation; a label has more.
const NUMBER_DIGITS: usize = 12;

/// A line of the page's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A donor rests after this donation.
    Resting(DonationId),
    /// Its segments are still to be sealed.
    Segments(DonationId),
    /// Any other closed donation, to be named in the form.
    Other,
}

impl Item {
    /// The donation meant, when the list names it.
    pub fn which(self) -> Option<Which> {
        match self {
            Self::Resting(donation) | Self::Segments(donation) => Some(Which::Donation(donation)),
            Self::Other => None,
        }
    }
}

/// The lines of the list: who may go first in front, then segments, of other shifts too, then any other donation.
pub fn items(snapshot: &Snapshot) -> Vec<Item> {
    let resting = snapshot.resting.iter().map(|rest| Item::Resting(rest.donation));
    let open = snapshot.segments_open.iter().map(|open| open.donation);
    let of_shift = snapshot.shift.segments_later.iter().copied();
    let listed = |donation: &DonationId| snapshot.segments_open.iter().any(|open| open.donation == *donation);
    let segments = open.chain(of_shift.filter(|donation| !listed(donation))).map(Item::Segments);
    resting.chain(segments).chain([Item::Other]).collect()
}

/// What a form of the page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterForm {
    /// A reaction that came late.
    Reaction(Option<Which>),
    /// The donor asks that the unit not be used.
    DoNotUse(Option<Which>),
    /// Segments left for later are sealed.
    Segments(DonationId),
    /// A donation carried out on paper.
    Paper,
}

impl AfterForm {
    /// Its fields.
    pub fn fields(self) -> Vec<FieldKind> {
        use FieldKind as F;
        let named = |which: Option<Which>| which.is_none().then_some(F::Closed).into_iter();
        match self {
            Self::Reaction(which) => {
                named(which).chain([F::Class, F::Severity]).chain(crate::form::REACTION).collect()
            }
            Self::DoNotUse(which) => named(which).chain([F::Certain]).collect(),
            Self::Segments(_) => vec![F::Count],
            Self::Paper => vec![
                F::Label,
                F::LabelAgain,
                F::Donor,
                F::When,
                F::Programme,
                F::Volume,
                F::Tubes,
                F::Sealed,
                F::SecondNumber,
                F::Pin,
            ],
        }
    }

    /// The request that a filled form makes.
    ///
    /// # Errors
    /// [`FormFault`].
    pub fn request(self, form: &Form, utc_offset_min: i16) -> Result<Op, FormFault> {
        let of = |which: Option<Which>| which.map_or_else(|| closed(form), Ok);
        let (which, what) = match self {
            Self::Reaction(which) => {
                let class = number(form, FieldKind::Class)?.checked_sub(1);
                let class = class.and_then(|at| CLASSES.get(usize::from(at)));
                let severity = form.text(FieldKind::Severity).parse().map_err(|_| FormFault::BadChoice)?;
                let reaction = form.reaction(*class.ok_or(FormFault::BadChoice)?, severity)?;
                (of(which)?, AfterClosing::Reaction(reaction))
            }
            Self::DoNotUse(which) => {
                let which = of(which)?;
                if form.text(FieldKind::Certain) != "1" {
                    return Err(FormFault::NotSaid);
                }
                (which, AfterClosing::SelfExclusion)
            }
            Self::Segments(donation) => {
                let count = form.text(FieldKind::Count).parse().map_err(|_| FormFault::BadField)?;
                (Which::Donation(donation), AfterClosing::SegmentsSealed { count })
            }
            Self::Paper => return paper(form, utc_offset_min),
        };
        Ok(Op::AfterClosing { which, what })
    }
}

fn number(form: &Form, kind: FieldKind) -> Result<u16, FormFault> {
    form.text(kind).parse().map_err(|_| FormFault::BadField)
}

/// The closed donation typed: its number, or its label with check character.
fn closed(form: &Form) -> Result<Which, FormFault> {
    let text = form.text(FieldKind::Closed).trim();
    if text.len() <= NUMBER_DIGITS
        && let Ok(number) = text.parse()
    {
        return Ok(Which::Donation(DonationId(number)));
    }
    Din::from_typed(text).map(Which::Din).map_err(|_| FormFault::BadClosed)
}

fn paper(form: &Form, utc_offset_min: i16) -> Result<Op, FormFault> {
    let (label, again) = form.labels(LabelKind::Din)?;
    let din = Din::from_typed(&label).map_err(|_| FormFault::BadLabel)?;
    let volume_ml = number(form, FieldKind::Volume)?;
    let paper = PaperForm {
        din,
        done: form.when(utc_offset_min).ok_or(FormFault::BadTime)?,
        programme_ml: number(form, FieldKind::Programme)?,
        volume_ml,
        tubes: form.text(FieldKind::Tubes).parse().map_err(|_| FormFault::BadField)?,
        sealed: number(form, FieldKind::Sealed)? == 1,
    };
    let donor = DonorNumber(form.text(FieldKind::Donor).to_owned());
    Ok(Op::EnterLater {
        form: paper,
        donor,
        second: form.credential()?,
        again: (!form.is_scanned(din)).then_some(again),
        compared: form.text(FieldKind::Compared) == "1",
    })
}
