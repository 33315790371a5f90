//! The question to the BMS about one donor, and what it answers.
//!
//! Owns: both as JSON. Refuses: an answer about another donor than the one asked for, an answer with a field that is not what
//! it should be, and to show what a question says of a person: [`Subject`] is masked wherever it is printed and
//! overwritten when it is dropped. Holds no state.
//!
//! ```text
//! POST {base}/eligibility
//!      {"station": "S1", "donor": "<token>", "programme_ml": 400,
//!       "registration": "...", "queue": "A001",              of a donor on the list,
//!       "code": "...",                                       with what a card or certificate said, when that was read; else
//!       "id_number": "..."}
//!  200 {"donor": "<token>", "eligible": true,
//!       "why": "deferred" | "interval" | "elsewhere_today",  with eligible = false; may be left out
//!       "last_donation": {"date": "2026-01-31", "kind": "whole_blood" | "apheresis"}}    may be left out
//! ```

use crate::upstream::https::{FetchError, Https};
use serde_json::{Map, Value, json};
use station::ident::{DonationId, DonorToken, LocalDate, RegistrationId};
use station::procedure::eligibility::{Deferral, EligibilityAnswer, LastDonation, LastKind};
use std::fmt;
use zeroize::Zeroizing;

/// What a donor was recognised by, for the BMS alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Subject {
    /// The number of the identity document of somebody who is on no list.
    IdNumber(Zeroizing<String>),
    /// What a donor card or certificate says, as it was read: nobody here understands it.
    Code(Zeroizing<String>),
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdNumber(_) => "IdNumber(masked)",
            Self::Code(_) => "Code(masked)",
        })
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// For which donation: the answer goes to it, wherever it is then.
    pub donation: DonationId,
    /// The same for the same person; the BMS only gives it back.
    pub donor: DonorToken,
    /// Programme, mL.
    pub programme_ml: u16,
    /// The BMS's own name of the registration.
    pub registration: Option<RegistrationId>,
    /// Queue number of a donor on the list.
    pub queue: Option<String>,
    /// What the donor was recognised by, where list and queue do not say it.
    pub subject: Option<Subject>,
}

impl Question {
    /// The body of the request.
    pub fn json(&self, station: &str) -> Zeroizing<String> {
        let mut body = json!({ "station": station, "donor": self.donor, "programme_ml": self.programme_ml });
        let mut put = |key: &str, value: &str| body[key] = Value::from(value);
        if let Some(registration) = &self.registration {
            put("registration", registration.as_str());
        }
        if let Some(queue) = &self.queue {
            put("queue", queue);
        }
        match &self.subject {
            Some(Subject::IdNumber(number)) => put("id_number", number),
            Some(Subject::Code(code)) => put("code", code),
            None => {}
        }
        Zeroizing::new(body.to_string())
    }
}

/// Why an answer is none. Says no content, as that could name people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not a JSON object.
    #[error("the answer about a donor is no JSON object")]
    Json,
    /// It speaks of somebody else.
    #[error("the answer is about another donor")]
    OtherDonor,
    /// A field is missing or not what it should be.
    #[error("the answer about a donor: {0} is not what it should be")]
    Field(&'static str),
}

/// Reads an answer about this donor.
///
/// # Errors
/// [`AnswerError`].
pub fn read(text: &str, donor: &DonorToken) -> Result<EligibilityAnswer, AnswerError> {
    let value: Value = serde_json::from_str(text).map_err(|_| AnswerError::Json)?;
    let fields = value.as_object().ok_or(AnswerError::Json)?;
    if fields.get("donor").and_then(Value::as_str) != Some(donor.as_str()) {
        return Err(AnswerError::OtherDonor);
    }
    let eligible = fields.get("eligible").and_then(Value::as_bool).ok_or(AnswerError::Field("eligible"))?;
    let why = match fields.get("why").filter(|why| !why.is_null()) {
        None => None,
        Some(why) => Some(match why.as_str() {
            Some("deferred") => Deferral::Deferred,
            Some("interval") => Deferral::Interval,
            Some("elsewhere_today") => Deferral::ElsewhereToday,
            Some(_) | None => return Err(AnswerError::Field("why")),
        }),
    };
    let last = last_donation(fields).ok_or(AnswerError::Field("last_donation"))?;
    Ok(EligibilityAnswer { eligible, why, last })
}

/// The field `last_donation`: `Some(None)` when there is none, `None` when it is not what it should be.
pub(crate) fn last_donation(fields: &Map<String, Value>) -> Option<Option<LastDonation>> {
    let Some(value) = fields.get("last_donation").filter(|value| !value.is_null()) else { return Some(None) };
    let date: LocalDate = value.get("date")?.as_str()?.parse().ok()?;
    let kind = match value.get("kind")?.as_str()? {
        "whole_blood" => LastKind::WholeBlood,
        "apheresis" => LastKind::Apheresis,
        _ => return None,
    };
    let day = i32::try_from(date.days_since_1970()).ok()?;
    Some(Some(LastDonation { day, kind }))
}

/// Asks and reads, for as long as the connection's own limit. `None`: nobody answered, or not about this donor.
pub fn ask(https: &Https, station: &str, question: &Question) -> Option<EligibilityAnswer> {
    let donation = question.donation;
    let answered = https.ask(&question.json(station)).map(Zeroizing::new);
    let read = answered.map_err(AskError::Fetch).and_then(|text| Ok(read(&text, &question.donor)?));
    read.inspect_err(|error| tracing::info!(%donation, %error, "the BMS was asked about a donor")).ok()
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Fetch(FetchError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> DonorToken {
        DonorToken::new("00ff").unwrap()
    }

    #[test]
    fn a_question_says_who_by_what_the_bms_knows_and_never_prints_it() {
        let mut question = Question {
            donation: DonationId(7),
            donor: token(),
            programme_ml: 400,
            registration: RegistrationId::new("R-1").ok(),
            queue: Some("A001".to_owned()),
            subject: None,
        };
        assert_eq!(
            *question.json("S1"),
            r#"{"donor":"00ff","programme_ml":400,"queue":"A001","registration":"R-1","station":"S1"}"#
        );
        (question.registration, question.queue) = (None, None);
        question.subject = Some(Subject::IdNumber(Zeroizing::new("110101199001011237".to_owned())));
        assert!(question.json("S1").contains(r#""id_number":"110101199001011237""#));
        assert!(!format!("{question:?}").contains("1101"), "{question:?}");
        question.subject = Some(Subject::Code(Zeroizing::new("https://card/1\"2".to_owned())));
        assert!(question.json("S1").contains(r#""code":"https://card/1\"2""#));
    }

    #[test]
    fn an_answer_is_taken_whole_or_not_at_all() {
        let read = |text: &str| read(text, &token());
        let last = LastDonation { day: 20_484, kind: LastKind::WholeBlood };
        assert_eq!(
            read(
                r#"{"donor":"00ff","eligible":true,"last_donation":{"date":"2026-01-31","kind":"whole_blood"},"more":1}"#
            ),
            Ok(EligibilityAnswer { eligible: true, why: None, last: Some(last) })
        );
        assert_eq!(
            read(r#"{"donor":"00ff","eligible":false,"why":"elsewhere_today","last_donation":null}"#),
            Ok(EligibilityAnswer { eligible: false, why: Some(Deferral::ElsewhereToday), last: None })
        );
        for (text, error) in [
            ("", AnswerError::Json),
            ("[]", AnswerError::Json),
            (r#"{"eligible":true}"#, AnswerError::OtherDonor),
            (r#"{"donor":"00fe","eligible":true}"#, AnswerError::OtherDonor),
            (r#"{"donor":"00ff","eligible":"yes"}"#, AnswerError::Field("eligible")),
            (r#"{"donor":"00ff","eligible":false,"why":"x"}"#, AnswerError::Field("why")),
            (
                r#"{"donor":"00ff","eligible":true,"last_donation":{"date":"2026-02-30","kind":"whole_blood"}}"#,
                AnswerError::Field("last_donation"),
            ),
            (
                r#"{"donor":"00ff","eligible":true,"last_donation":{"date":"2026-02-03","kind":"x"}}"#,
                AnswerError::Field("last_donation"),
            ),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }
}
