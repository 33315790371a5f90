//! Mistakes in a configuration: where each one is, what was found and what is accepted there.
//!
//! Owns: the wording and the order of the report. Refuses: to stop at the first mistake: a technician in a bus corrects
//! a file once. Holds no state.

use std::fmt;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The text is not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// The file is larger than any configuration can be.
    #[error("the file has {found} bytes, allowed: up to {max}")]
    TooLong {
        /// Its size.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A key that means nothing here.
    #[error("unknown key; {}", hint(.near.as_deref(), .known))]
    Unknown {
        /// The known key that is most like it, if any is.
        near: Option<String>,
        /// All keys that mean something here.
        known: Vec<String>,
    },
    /// A key that has to be there.
    #[error("is missing; wanted: {wanted}")]
    Missing {
        /// What has to be there.
        wanted: String,
    },
    /// A value of the wrong type or outside what is accepted.
    #[error("found {found}; allowed: {wanted}")]
    Value {
        /// What is there.
        found: String,
        /// What is accepted.
        wanted: String,
    },
    /// A value that could be accepted, but not together with the rest.
    #[error("{found} is refused: {because}")]
    Refused {
        /// What is there.
        found: String,
        /// Why not.
        because: String,
    },
    /// What only one may have.
    #[error("{what} is used twice, first in line {first_line}")]
    Twice {
        /// What it is.
        what: String,
        /// Where it was used first.
        first_line: usize,
    },
}

fn hint(near: Option<&str>, known: &[String]) -> String {
    near.map_or_else(|| format!("known here: {}", known.join(", ")), |near| format!("did you mean {near:?}?"))
}

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key from the top, e.g. `bed[2].scale.baud`; beds and other lists count from 1. Empty for the whole file.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, key, problem } = self;
        if key.is_empty() {
            write!(f, "{line}:{column}: {problem}")
        } else {
            write!(f, "{line}:{column}: {key}: {problem}")
        }
    }
}

/// Every mistake of one file, in the order of the text; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// Name of the file, as it was given.
    pub file: String,
    /// The mistakes.
    pub all: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    /// One line for each mistake, `FILE:LINE:COLUMN: KEY: WHAT`, then their number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.all {
            writeln!(f, "{}:{mistake}", self.file)?;
        }
        match self.all.len() {
            1 => write!(f, "{}: 1 mistake", self.file),
            n => write!(f, "{}: {n} mistakes", self.file),
        }
    }
}

impl std::error::Error for Mistakes {}

/// The known word that `found` was most likely meant to be: at most a third of its letters differ.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed = (found.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(found, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, word)| word.to_owned())
}

/// Letters to change, add or take away to make one word of the other; two swapped neighbours count as two.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let known = ["baud", "port", "parity"];
        assert_eq!(nearest("buad", known), None, "two of four letters are too many");
        assert_eq!(nearest("bauds", known).as_deref(), Some("baud"));
        assert_eq!(nearest("parety", known).as_deref(), Some("parity"));
        assert_eq!(nearest("speed", known), None);
    }

    #[test]
    fn distance_counts_letters_not_bytes() {
        assert_eq!(distance("采血", "献血"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
