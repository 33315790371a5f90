//! Calendar dates and times as labels print them: local, without a zone, to the minute.
//!
//! Owns: the proleptic Gregorian calendar in integers, and the ISBT 128 form `cyyjjj[hhmm]`. Refuses: days that do not exist
//! and every century digit but 0 (20yy). Reads no clock: the caller says what today is.

use super::error::{Part, StructureError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A date or time that does not exist, or lies outside the years this station handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Outside [`LocalDate::FIRST_YEAR`] to [`LocalDate::LAST_YEAR`].
    #[error("year {0} is outside 1800 to 2199")]
    Year(i64),
    /// Not 1 to 12.
    #[error("there is no month {0}")]
    Month(u8),
    /// Not a day of that month.
    #[error("there is no day {day} in month {month} of {year}")]
    Day {
        /// The year.
        year: u16,
        /// The month.
        month: u8,
        /// What was asked for.
        day: u8,
    },
    /// Not a day of that year.
    #[error("there is no day {day} in the year {year}")]
    DayOfYear {
        /// The year.
        year: u16,
        /// What was asked for; 366 exists in leap years only.
        day: u16,
    },
    /// Not 00:00 to 23:59.
    #[error("there is no time {hour}:{minute}")]
    Time {
        /// The hour.
        hour: u8,
        /// The minute.
        minute: u8,
    },
    /// Text that is not `YYYY-MM-DD` or `YYYY-MM-DDThh:mm`.
    #[error("not a date: expected {0}")]
    Format(&'static str),
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalDate {
    year: u16,
    month: u8,
    day: u8,
}

/// A minute of a day, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalDateTime {
    date: LocalDate,
    hour: u8,
    minute: u8,
}

/// Whether a year has 366 days.
pub fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl LocalDate {
    /// First year accepted: nobody alive was born before.
    pub const FIRST_YEAR: u16 = 1800;
    /// Last year accepted.
    pub const LAST_YEAR: u16 = 2199;

    /// A day that exists.
    ///
    /// # Errors
    /// [`DateError`] when it does not, or the year is outside 1800 to 2199.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if !(Self::FIRST_YEAR..=Self::LAST_YEAR).contains(&year) {
            return Err(DateError::Year(year.into()));
        }
        if !(1..=12).contains(&month) {
            return Err(DateError::Month(month));
        }
        if !(1..=days_in_month(year, month)).contains(&day) {
            return Err(DateError::Day { year, month, day });
        }
        Ok(Self { year, month, day })
    }

    /// The day with this number in its year, 1 to 366.
    ///
    /// # Errors
    /// [`DateError`] when the year has no such day, or is outside 1800 to 2199.
    pub fn from_ordinal(year: u16, ordinal: u16) -> Result<Self, DateError> {
        let no_such_day = DateError::DayOfYear { year, day: ordinal };
        let mut left = ordinal;
        for month in 1..=12 {
            let length = u16::from(days_in_month(year, month));
            if left <= length {
                let day = u8::try_from(left).map_err(|_| no_such_day)?;
                return Self::new(year, month, day).map_err(|error| match error {
                    DateError::Year(_) => error,
                    DateError::Month(_)
                    | DateError::Day { .. }
                    | DateError::DayOfYear { .. }
                    | DateError::Time { .. }
                    | DateError::Format(_) => no_such_day,
                });
            }
            left -= length;
        }
        Err(no_such_day)
    }

    /// The day that is so many days after (negative: before) 1970-01-01.
    ///
    /// # Errors
    /// [`DateError::Year`] outside 1800 to 2199.
    pub fn from_days_since_1970(days: i64) -> Result<Self, DateError> {
        // Whole eras of 400 years counted from 1600-03-01, so that the leap day is the last day of its year.
        let since_1600 = days.checked_add(DAYS_1600_TO_1970).ok_or(DateError::Year(i64::MAX))?;
        let era = since_1600.div_euclid(DAYS_PER_ERA);
        let day_of_era = since_1600.rem_euclid(DAYS_PER_ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = 1600 + era * 400 + year_of_era + i64::from(month <= 2);
        let in_range = |value: i64| u8::try_from(value).map_err(|_| DateError::Year(year));
        Self::new(u16::try_from(year).map_err(|_| DateError::Year(year))?, in_range(month)?, in_range(day)?)
    }

    /// How many days after (negative: before) 1970-01-01.
    pub fn days_since_1970(self) -> i64 {
        let before_march = i64::from(self.month <= 2);
        let year = i64::from(self.year) - 1600 - before_march;
        let march_month = i64::from(self.month) + 12 * before_march - 3;
        let day_of_year = (153 * march_month + 2) / 5 + i64::from(self.day) - 1;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_PER_ERA + day_of_era - DAYS_1600_TO_1970
    }

    /// The same day so many calendar months later; the last day of the month where that has fewer days.
    ///
    /// # Errors
    /// [`DateError::Year`] after 2199.
    pub fn plus_months(self, months: u16) -> Result<Self, DateError> {
        let counted = u32::from(self.year) * 12 + u32::from(self.month - 1) + u32::from(months);
        let year = counted / 12;
        let month = counted % 12 + 1;
        let year = u16::try_from(year).map_err(|_| DateError::Year(year.into()))?;
        let month = u8::try_from(month).map_err(|_| DateError::Year(year.into()))?;
        Self::new(year, month, self.day.min(days_in_month(year, month)))
    }

    /// 1800 to 2199.
    pub fn year(self) -> u16 {
        self.year
    }
    /// 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }
    /// 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }
    /// Number of the day in its year, 1 to 366.
    pub fn ordinal(self) -> u16 {
        (1..self.month).map(|month| u16::from(days_in_month(self.year, month))).sum::<u16>()
            + u16::from(self.day)
    }
    /// The last minute of the day.
    pub fn end(self) -> LocalDateTime {
        LocalDateTime { date: self, hour: 23, minute: 59 }
    }
}

/// Days in 400 years of the Gregorian calendar.
const DAYS_PER_ERA: i64 = 146_097;
/// From 1600-03-01 to 1970-01-01.
const DAYS_1600_TO_1970: i64 = 135_080;

impl LocalDateTime {
    /// A minute that exists.
    ///
    /// # Errors
    /// [`DateError::Time`] outside 00:00 to 23:59.
    pub fn new(date: LocalDate, hour: u8, minute: u8) -> Result<Self, DateError> {
        if hour > 23 || minute > 59 {
            return Err(DateError::Time { hour, minute });
        }
        Ok(Self { date, hour, minute })
    }

    /// What a wall clock shows `offset_minutes` east of UTC, so many seconds after 1970-01-01T00:00Z.
    ///
    /// # Errors
    /// [`DateError::Year`] outside 1800 to 2199.
    pub fn from_unix(seconds: i64, offset_minutes: i16) -> Result<Self, DateError> {
        let local = seconds.checked_add(i64::from(offset_minutes) * 60).ok_or(DateError::Year(i64::MAX))?;
        let date = LocalDate::from_days_since_1970(local.div_euclid(86_400))?;
        let minutes = local.rem_euclid(86_400) / 60;
        let small = |value: i64| u8::try_from(value).map_err(|_| DateError::Year(i64::MAX));
        Self::new(date, small(minutes / 60)?, small(minutes % 60)?)
    }

    /// The day.
    pub fn date(self) -> LocalDate {
        self.date
    }
    /// 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }
    /// 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}", self.date, self.hour, self.minute)
    }
}

impl std::str::FromStr for LocalDate {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        const FORM: DateError = DateError::Format("YYYY-MM-DD");
        let [a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return Err(FORM) };
        let year = digits(&[*a, *b, *c, *d]).ok_or(FORM)?;
        Self::new(year, two(*e, *f).ok_or(FORM)?, two(*g, *h).ok_or(FORM)?)
    }
}

impl std::str::FromStr for LocalDateTime {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        const FORM: DateError = DateError::Format("YYYY-MM-DDThh:mm");
        let (date, time) = text.split_once('T').ok_or(FORM)?;
        let [a, b, b':', c, d] = time.as_bytes() else { return Err(FORM) };
        Self::new(date.parse()?, two(*a, *b).ok_or(FORM)?, two(*c, *d).ok_or(FORM)?)
    }
}

/// ASCII digits as a number; at most four, so that it fits.
pub(super) fn digits(bytes: &[u8]) -> Option<u16> {
    if bytes.len() > 4 {
        return None;
    }
    bytes.iter().try_fold(0_u16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
}

fn two(tens: u8, units: u8) -> Option<u8> {
    digits(&[tens, units]).and_then(|value| u8::try_from(value).ok())
}

macro_rules! text_form {
    ($name:ty) => {
        impl TryFrom<String> for $name {
            type Error = DateError;
            fn try_from(text: String) -> Result<Self, DateError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(date: $name) -> String {
                date.to_string()
            }
        }
    };
}
text_form!(LocalDate);
text_form!(LocalDateTime);
text_form!(Stamp);

/// A date as a label carries it: with its time of day, or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stamp {
    /// `cyyjjj`: the whole day.
    Day(LocalDate),
    /// `cyyjjjhhmm`: that minute.
    Minute(LocalDateTime),
}

impl Stamp {
    /// Length of the content without a time.
    pub const DAY_LENGTH: usize = 6;
    /// Length of the content with a time.
    pub const MINUTE_LENGTH: usize = 10;

    /// The day.
    pub fn date(self) -> LocalDate {
        match self {
            Self::Day(date) => date,
            Self::Minute(minute) => minute.date,
        }
    }

    /// The last minute it covers: what an expiry is compared with.
    pub fn end(self) -> LocalDateTime {
        match self {
            Self::Day(date) => date.end(),
            Self::Minute(minute) => minute,
        }
    }

    /// Reads `cyyjjj` or `cyyjjjhhmm`.
    ///
    /// # Errors
    /// [`StructureError`] for another length, anything but digits, another century than 20yy, a day or time that does not exist.
    pub fn read(content: &str) -> Result<Self, StructureError> {
        let expected = if content.len() > Self::DAY_LENGTH { Self::MINUTE_LENGTH } else { Self::DAY_LENGTH };
        Part::Digits.check_all(content, expected)?;
        let bytes = content.as_bytes();
        let number = |from: usize, to: usize| {
            bytes
                .get(from..to)
                .and_then(digits)
                .ok_or(StructureError::Length { expected, found: content.len() })
        };
        let century = number(0, 1)?;
        if century != 0 {
            return Err(StructureError::Century { found: century });
        }
        let date = LocalDate::from_ordinal(2000 + number(1, 3)?, number(3, 6)?)?;
        if expected == Self::DAY_LENGTH {
            return Ok(Self::Day(date));
        }
        let time = number(6, 10)?;
        let small = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
        Ok(Self::Minute(LocalDateTime::new(date, small(time / 100), small(time % 100))?))
    }

    /// The content of the symbol. Dates before 2000 or after 2099 have none.
    pub fn content(self) -> Option<String> {
        let date = self.date();
        let year = date.year.checked_sub(2000).filter(|year| *year < 100)?;
        let day = format!("0{year:02}{:03}", date.ordinal());
        Some(match self {
            Self::Day(_) => day,
            Self::Minute(minute) => format!("{day}{:02}{:02}", minute.hour, minute.minute),
        })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Minute(minute) => minute.fmt(f),
        }
    }
}

impl std::str::FromStr for Stamp {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.contains('T') { text.parse().map(Self::Minute) } else { text.parse().map(Self::Day) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u16, month: u8, day: u8) -> LocalDate {
        LocalDate::new(year, month, day).unwrap()
    }

    #[test]
    fn every_day_of_four_centuries_counts_on_and_back() {
        let mut day = date(1800, 1, 1);
        let mut count = day.days_since_1970();
        assert_eq!(date(1970, 1, 1).days_since_1970(), 0);
        assert_eq!(date(2000, 3, 1).days_since_1970(), 11_017);
        loop {
            assert_eq!(LocalDate::from_days_since_1970(count), Ok(day));
            assert_eq!(day.days_since_1970(), count);
            assert_eq!(LocalDate::from_ordinal(day.year(), day.ordinal()), Ok(day));
            count += 1;
            match LocalDate::from_days_since_1970(count) {
                Ok(next) => {
                    assert!(next > day);
                    day = next;
                }
                Err(error) => {
                    assert_eq!((error, day), (DateError::Year(2200), date(2199, 12, 31)));
                    break;
                }
            }
        }
        assert!(LocalDate::from_days_since_1970(i64::MAX).is_err());
        assert!(LocalDate::from_days_since_1970(i64::MIN).is_err());
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(LocalDate::new(2023, 2, 29), Err(DateError::Day { year: 2023, month: 2, day: 29 }));
        assert_eq!(LocalDate::new(1900, 2, 29), Err(DateError::Day { year: 1900, month: 2, day: 29 }));
        assert!(LocalDate::new(2000, 2, 29).is_ok());
        assert_eq!(LocalDate::new(2024, 13, 1), Err(DateError::Month(13)));
        assert_eq!(LocalDate::new(1799, 1, 1), Err(DateError::Year(1799)));
        assert_eq!(LocalDate::from_ordinal(2023, 366), Err(DateError::DayOfYear { year: 2023, day: 366 }));
        assert_eq!(LocalDate::from_ordinal(2024, 366), Ok(date(2024, 12, 31)));
        assert_eq!(LocalDate::from_ordinal(2024, 0), Err(DateError::DayOfYear { year: 2024, day: 0 }));
    }

    #[test]
    fn labels_read() {
        let read = |text: &str| Stamp::read(text).map(|stamp| stamp.to_string());
        assert_eq!(read("0183652359").as_deref(), Ok("2018-12-31T23:59"));
        assert_eq!(read("019031").as_deref(), Ok("2019-01-31"));
        assert_eq!(Stamp::read("019031").unwrap().end().to_string(), "2019-01-31T23:59");
        assert_eq!(read("024366").as_deref(), Ok("2024-12-31"));
        assert_eq!(read("023366"), Err(StructureError::Date(DateError::DayOfYear { year: 2023, day: 366 })));
        assert_eq!(read("919031"), Err(StructureError::Century { found: 9 }));
        assert_eq!(read("0183652400"), Err(StructureError::Date(DateError::Time { hour: 24, minute: 0 })));
        assert_eq!(read("01836523"), Err(StructureError::Length { expected: 10, found: 8 }));
        assert_eq!(read("0183a5"), Err(StructureError::Character { at: 5, found: 'a', expected: "0-9" }));
        assert_eq!(Stamp::Day(date(1999, 1, 1)).content(), None);
    }

    #[test]
    fn clocks_become_local_minutes() {
        let local = |seconds, offset| LocalDateTime::from_unix(seconds, offset).map(|t| t.to_string());
        assert_eq!(local(0, 480).as_deref(), Ok("1970-01-01T08:00"));
        assert_eq!(local(-1, 0).as_deref(), Ok("1969-12-31T23:59"));
        assert_eq!(local(1_735_689_599, 0).as_deref(), Ok("2024-12-31T23:59"));
        assert_eq!(local(1_735_689_599, 480).as_deref(), Ok("2025-01-01T07:59"));
        assert!(local(i64::MAX, 480).is_err());
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(date(2024, 8, 31).plus_months(6), Ok(date(2025, 2, 28)));
        assert_eq!(date(2023, 8, 31).plus_months(6), Ok(date(2024, 2, 29)));
        assert_eq!(date(2024, 1, 15).plus_months(12), Ok(date(2025, 1, 15)));
        assert_eq!(date(2199, 12, 1).plus_months(1), Err(DateError::Year(2200)));
        assert!(date(2024, 1, 1).plus_months(u16::MAX).is_err());
    }

    #[test]
    fn json_is_iso_8601_and_is_checked() {
        let day: LocalDate = serde_json::from_str("\"2024-02-29\"").unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "\"2024-02-29\"");
        for wrong in
            ["2023-02-29", "24-02-29", "2024-2-29", "2024-02-29T1:00", "2024-02-29T24:00", "+024-02-29", ""]
        {
            assert!(wrong.parse::<Stamp>().is_err(), "{wrong}");
        }
        let minute = serde_json::from_str::<Stamp>("\"2024-02-29T23:59\"").unwrap();
        assert_eq!(minute, Stamp::Minute(day.end()));
    }
}
