//! Whether a donor may give today: the last donation, the answer of the BMS, the list of before, and the interval.
//!
//! Owns: what each of them says, which one counts, and the calendar of the interval. Refuses: a donor of whom nobody could be
//! asked, unless the site permits it; a list older than its limit; an interval that is not over, whoever says otherwise.
//! Lost in a crash; a replay finds the same.
//!
//! ```text
//!  asked online ── answered within its limit ──▶ online, or not eligible
//!       └─ no answer ──▶ the cached list, not too old ──▶ cached(age)
//!                └─ no list ──▶ unasked, where the site permits it, else not eligible
//! ```

use super::event::{Eligibility, Opening};
use super::limits::{Limits, Settings};
use crate::device::Mode;
use crate::ident::LocalDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a donor gave last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastKind {
    /// Whole blood.
    WholeBlood,
    /// Cells or plasma by apheresis.
    Apheresis,
    /// Nothing: a needle was in, on this station, and no blood came into the bag.
    NeedleOnly,
}

/// A donor's last donation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDonation {
    /// Its day in the station's zone, days since 1970-01-01.
    pub day: i32,
    /// What was given.
    pub kind: LastKind,
}

impl LastDonation {
    /// The first day on which whole blood may be given again, days since 1970-01-01; `None` outside the calendar.
    ///
    /// Months are calendar months: the same day of the later month, or its last day where it has fewer. After a needle
    /// without blood it is the next day.
    pub fn again(self, limits: &Limits) -> Option<i32> {
        match self.kind {
            LastKind::WholeBlood => {
                let months = u16::try_from(limits.interval_whole_months).ok()?;
                let last = LocalDate::from_days_since_1970(self.day.into()).ok()?;
                i32::try_from(last.plus_months(months).ok()?.days_since_1970()).ok()
            }
            LastKind::Apheresis => self.day.checked_add_unsigned(limits.interval_apheresis_days),
            LastKind::NeedleOnly => self.day.checked_add(1),
        }
    }
}

/// What the BMS answered about a donor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EligibilityAnswer {
    /// It has nothing against a donation today.
    pub eligible: bool,
    /// What it has against it, as far as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Deferral>,
    /// The last donation it knows of, anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastDonation>,
}

/// What a BMS may have against a donation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferral {
    /// The donor is deferred.
    Deferred,
    /// The interval since the last donation is not over.
    Interval,
    /// The donor has given elsewhere today.
    ElsewhereToday,
}

/// Why a donor may not give today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotEligible {
    /// The BMS says so.
    Told(Deferral),
    /// The interval is not over.
    Interval {
        /// Day of the last donation, days since 1970-01-01.
        last: i32,
        /// First day on which it is, days since 1970-01-01.
        again: i32,
    },
    /// A needle was in this donor's arm here today.
    DrawnToday,
    /// The BMS did not answer, no list says anything, and this site does not permit to go on then.
    Unasked,
    /// The BMS did not answer, and the list is too old.
    ListTooOld {
        /// Its age, hours.
        age_h: u32,
        /// The limit, hours.
        max_h: u32,
    },
}

impl NotEligible {
    /// Whether asking the BMS once more may change it.
    pub fn may_ask_again(self) -> bool {
        match self {
            Self::Told(_) | Self::Interval { .. } | Self::DrawnToday => false,
            Self::Unasked | Self::ListTooOld { .. } => true,
        }
    }
}

/// A day as `YYYY-MM-DD`.
pub fn day_words(day: i32) -> String {
    LocalDate::from_days_since_1970(day.into()).map_or_else(|_| "unknown".to_owned(), |date| date.to_string())
}

impl fmt::Display for NotEligible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(Deferral::Deferred) => f.write_str("the BMS says: deferred"),
            Self::Told(Deferral::Interval) => f.write_str("the BMS says: the interval is not over"),
            Self::Told(Deferral::ElsewhereToday) => f.write_str("the BMS says: has given elsewhere today"),
            Self::Interval { last, again } => {
                write!(f, "last donation {}, again from {}", day_words(*last), day_words(*again))
            }
            Self::DrawnToday => f.write_str("a needle was in this donor's arm here today"),
            Self::Unasked => f.write_str("the BMS did not answer and no list knows the donor"),
            Self::ListTooOld { age_h, max_h } => {
                write!(f, "the BMS did not answer and the list is {age_h} h old, at most {max_h} h")
            }
        }
    }
}

/// Whether the interval since the last donation is over on a day. Validation draws from a water bag: nobody's interval.
///
/// # Errors
/// [`NotEligible`].
pub(super) fn interval(
    last: Option<LastDonation>,
    today: Option<i32>,
    mode: Mode,
    limits: &Limits,
) -> Result<(), NotEligible> {
    let (Some(last), Some(today)) = (last, today) else { return Ok(()) };
    if mode == Mode::Validation {
        return Ok(());
    }
    // A last day outside the calendar is a day of which nobody can say that it is long enough ago.
    let again = last.again(limits).unwrap_or(i32::MAX);
    if today >= again {
        return Ok(());
    }
    match last.kind {
        LastKind::NeedleOnly => Err(NotEligible::DrawnToday),
        LastKind::WholeBlood | LastKind::Apheresis => Err(NotEligible::Interval { last: last.day, again }),
    }
}

/// What is left when nobody answers: the list of before.
///
/// # Errors
/// [`NotEligible`].
pub(super) fn unanswered(cached: Eligibility, settings: &Settings) -> Result<Eligibility, NotEligible> {
    let max_h = settings.limits.eligibility_max_h;
    match cached {
        Eligibility::Cached { age_h } if age_h > max_h => Err(NotEligible::ListTooOld { age_h, max_h }),
        Eligibility::Unasked if !settings.eligibility_unasked => Err(NotEligible::Unasked),
        Eligibility::Refused => Err(NotEligible::Told(Deferral::Deferred)),
        Eligibility::Online | Eligibility::Cached { .. } | Eligibility::Unasked => Ok(cached),
    }
}

/// What is known of one donor's eligibility, from the opening to the needle.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    known: Result<Eligibility, NotEligible>,
    asking: bool,
}

impl Standing {
    /// As the opening says: asked online when somebody can be asked.
    pub(super) fn new(opening: &Opening) -> Self {
        let cached = opening.donor.eligibility;
        if opening.online {
            return Self { known: Ok(cached), asking: true };
        }
        Self { known: unanswered(cached, &opening.settings), asking: false }
    }

    /// Whether an answer is waited for.
    pub(super) fn is_asking(&self) -> bool {
        self.asking
    }

    /// Asks once more. False for what is certain, or asked already.
    pub(super) fn ask_again(&mut self) -> bool {
        let certain = match self.known {
            Ok(Eligibility::Online) => true,
            Ok(Eligibility::Cached { .. } | Eligibility::Unasked | Eligibility::Refused) => false,
            Err(why) => !why.may_ask_again(),
        };
        let asks = !certain && !self.asking;
        self.asking |= asks;
        asks
    }

    /// What came of asking: an answer, or none within the limit.
    pub(super) fn take(&mut self, opening: &Opening, answer: Option<&EligibilityAnswer>) {
        let Some(answer) = answer else {
            if std::mem::take(&mut self.asking) {
                self.known = unanswered(opening.donor.eligibility, &opening.settings);
            }
            return;
        };
        self.asking = false;
        let kept = interval(answer.last, opening.today, opening.mode, &opening.settings.limits);
        self.known = match (answer.eligible, answer.why, kept) {
            (_, _, Err(why)) => Err(why),
            (false, why, Ok(())) => Err(NotEligible::Told(why.unwrap_or(Deferral::Deferred))),
            (true, _, Ok(())) => Ok(Eligibility::Online),
        };
    }

    /// Why the donor may not give, as far as is known now.
    pub(super) fn against(&self) -> Option<NotEligible> {
        if self.asking { None } else { self.known.err() }
    }

    /// For the record.
    pub(super) fn recorded(&self) -> Eligibility {
        self.known.unwrap_or(Eligibility::Refused)
    }
}
