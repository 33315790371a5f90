//! Settings of the simulated `station.toml` that a person at a demonstration wants otherwise.
//!
//! Owns: reading `PLACE=VALUE` and putting it into the file's text. Refuses: to know any setting; what is wrong with one is the
//! configuration's to say. Holds no state.

use std::str::FromStr;
use toml::{Table, Value};

/// One setting: its place with dots, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    place: Vec<String>,
    value: String,
}

/// Why a setting cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is not of the form that is wanted.
    #[error("{0:?} is no setting: write it as procedure.single_nurse=true")]
    Form(String),
    /// Something at this place is no section of the file.
    #[error("there is no section for {0:?} in station.toml")]
    Place(String),
    /// The simulator's own file is broken.
    #[error("station.toml of the simulation: {0}")]
    Read(#[from] toml::de::Error),
    /// The changed file cannot be written as text.
    #[error("station.toml of the simulation: {0}")]
    Write(#[from] toml::ser::Error),
}

impl FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Self, ChangeError> {
        let wrong = || ChangeError::Form(text.to_owned());
        let (place, value) = text.split_once('=').ok_or_else(wrong)?;
        let place: Vec<String> = place.trim().split('.').map(str::to_owned).collect();
        if place.len() < 2 || place.iter().any(String::is_empty) {
            return Err(wrong());
        }
        Ok(Self { place, value: value.trim().to_owned() })
    }
}

impl Change {
    /// The value as the file has it: what is no TOML, or a date, is text.
    fn value(&self) -> Value {
        let read = format!("value = {}", self.value).parse::<Table>().ok();
        match read.and_then(|mut table| table.remove("value")) {
            Some(Value::Datetime(date)) => Value::String(date.to_string()),
            Some(value) => value,
            None => Value::String(self.value.clone()),
        }
    }

    fn put(&self, into: &mut Value, place: &[String]) -> Result<(), ChangeError> {
        let nowhere = || ChangeError::Place(self.place.join("."));
        let (first, rest) = place.split_first().ok_or_else(nowhere)?;
        match into {
            Value::Table(table) if rest.is_empty() => {
                table.insert(first.clone(), self.value());
                Ok(())
            }
            Value::Table(table) => {
                let section = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
                self.put(section, rest)
            }
            // `bed.2.scale` is the second bed's scale, `bed.scale` that of each bed.
            Value::Array(all) => match first.parse::<usize>() {
                Ok(number) => {
                    let one = number.checked_sub(1).and_then(|at| all.get_mut(at));
                    self.put(one.ok_or_else(nowhere)?, rest)
                }
                Err(_) => all.iter_mut().try_for_each(|one| self.put(one, place)),
            },
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => Err(nowhere()),
        }
    }
}

/// The text of a configuration with these settings changed, in their order.
///
/// # Errors
/// [`ChangeError`].
pub fn changed(text: String, changes: &[Change]) -> Result<String, ChangeError> {
    if changes.is_empty() {
        return Ok(text);
    }
    let mut file = Value::Table(text.parse::<Table>()?);
    for change in changes {
        change.put(&mut file, &change.place)?;
    }
    Ok(toml::to_string(&file)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[procedure]\nsample_mode = \"pouch_during_draw\"\n[[bed]]\nnumber = 1\n[bed.scale]\ncalibration = { expires = \"2099-12-31\" }\n[[bed]]\nnumber = 2\n[bed.scale]\ncalibration = { expires = \"2099-12-31\" }\n";

    fn with(changes: &[&str]) -> Result<Table, ChangeError> {
        let changes: Vec<Change> = changes.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        Ok(changed(TEXT.to_owned(), &changes)?.parse::<Table>()?)
    }

    #[test]
    fn a_setting_is_put_where_it_belongs_at_one_bed_or_at_each() {
        let file = with(&[
            "procedure.sample_mode=line_end",
            "limits.bin_capacity=1",
            "bed.2.scale.calibration.expires=2020-01-31",
            "bed.sealer.donor_connected_seal=\"approved\"",
            "procedure.label_items=[{ name = \"transfer bag\", container = 2 }]",
        ])
        .unwrap();
        assert_eq!(file["procedure"]["sample_mode"].as_str(), Some("line_end"));
        assert_eq!(file["limits"]["bin_capacity"].as_integer(), Some(1));
        assert_eq!(file["bed"][0]["scale"]["calibration"]["expires"].as_str(), Some("2099-12-31"));
        assert_eq!(file["bed"][1]["scale"]["calibration"]["expires"].as_str(), Some("2020-01-31"));
        for bed in 0..2 {
            assert_eq!(file["bed"][bed]["sealer"]["donor_connected_seal"].as_str(), Some("approved"));
        }
        assert_eq!(file["procedure"]["label_items"][0]["container"].as_integer(), Some(2));
    }

    #[test]
    fn what_is_no_setting_is_said() {
        for text in ["single_nurse=true", "procedure.single_nurse", "procedure..x=1", ""] {
            assert!(matches!(with(&[text]), Err(ChangeError::Form(_))), "{text}");
        }
        for text in ["procedure.sample_mode.x=1", "bed.3.scale.baud=1"] {
            assert!(matches!(with(&[text]), Err(ChangeError::Place(_))), "{text}");
        }
    }

    #[test]
    fn without_a_change_the_text_stays_as_it_is() {
        assert_eq!(changed(TEXT.to_owned(), &[]).unwrap(), TEXT);
    }
}
