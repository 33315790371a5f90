//! Reading one table of the file: ask for each key once, get its value or the default, and leave every mistake in the log.
//!
//! Owns: the types and bounds of single values, unknown and missing keys, and claims on what only one may have. Refuses:
//! to know any setting. A key counts as known because it was asked for, so there is no second list of keys to forget.

use crate::mistake::{Mistake, Mistakes, Problem, nearest};
use station::ident::looks_like_identity_number;
use std::cell::RefCell;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Place in the text, in bytes.
pub(crate) type Place = Range<usize>;

/// Something that only one may have, and who claimed it.
struct Claim {
    what: String,
    place: Place,
    key: String,
}

/// All that was found while reading one file.
#[derive(Default)]
pub(crate) struct Log {
    found: RefCell<Vec<(Place, String, Problem)>>,
    claims: RefCell<Vec<Claim>>,
}

impl Log {
    pub(crate) fn note(&self, place: Place, key: String, problem: Problem) {
        self.found.borrow_mut().push((place, key, problem));
    }

    fn claim(&self, what: String, place: Place, key: String) {
        self.claims.borrow_mut().push(Claim { what, place, key });
    }

    /// Every mistake, in the order of the text; `None` when there is none.
    pub(crate) fn into_mistakes(self, text: &str, file: &str) -> Option<Mistakes> {
        let mut found = self.found.into_inner();
        let mut claims = self.claims.into_inner();
        claims.sort_by_key(|claim| claim.place.start);
        for (at, claim) in claims.iter().enumerate() {
            if let Some(first) = claims[..at].iter().find(|earlier| earlier.what == claim.what) {
                let problem = Problem::Twice {
                    what: claim.what.clone(),
                    first_line: position(text, first.place.start).0,
                };
                found.push((claim.place.clone(), claim.key.clone(), problem));
            }
        }
        if found.is_empty() {
            return None;
        }
        found.sort_by(|a, b| (a.0.start, &a.1).cmp(&(b.0.start, &b.1)));
        let all = found
            .into_iter()
            .map(|(place, key, problem)| {
                let (line, column) = position(text, place.start);
                Mistake { line, column, key, problem }
            })
            .collect();
        Some(Mistakes { file: file.to_owned(), all })
    }
}

/// Line and column, both from 1, of a byte of the text.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    (line, column)
}

/// What a value is, for people.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        // Neither a person's number nor a password in an address may reach a log by way of the report.
        DeValue::String(text) if looks_like_identity_number(text) => {
            format!("{} characters like an identity number's", text.chars().count())
        }
        DeValue::String(text) => match text.split_once("://").zip(text.rsplit_once('@')) {
            Some(((scheme, _), (_, host))) => format!("\"{scheme}://...@{host}\""),
            None => format!("{text:?}"),
        },
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn number_of(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// One table being read.
pub(crate) struct Section<'a> {
    log: &'a Log,
    path: String,
    place: Place,
    table: Option<&'a DeTable<'a>>,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// Reads the table of the whole file with `read`, then reports what nobody asked for.
    pub(crate) fn root<T>(log: &'a Log, table: &'a DeTable<'a>, read: impl FnOnce(&mut Self) -> T) -> T {
        Self { log, path: String::new(), place: 0..0, table: Some(table), asked: Vec::new() }.run(read)
    }

    fn run<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let value = read(&mut self);
        for (key, _) in self.table.into_iter().flat_map(DeTable::iter) {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let near = nearest(name, self.asked.iter().copied());
                let known = self.asked.iter().map(|&known| known.to_owned()).collect();
                self.log.note(key.span(), self.key(name), Problem::Unknown { near, known });
            }
        }
        value
    }

    /// The full name of a key of this table.
    fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.table?.get(name)
    }

    /// Whether the key is there, whatever its value.
    pub(crate) fn has(&mut self, name: &'static str) -> bool {
        self.value(name).is_some()
    }

    fn wrong(&self, name: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let problem = Problem::Value { found: describe(value.get_ref()), wanted: wanted.to_owned() };
        self.log.note(value.span(), self.key(name), problem);
    }

    /// Says that a value, or its absence, does not go together with the rest.
    pub(crate) fn refuse(&mut self, name: &'static str, because: &str) {
        let value = self.value(name);
        let place = value.map_or_else(|| self.place.clone(), Spanned::span);
        let found = value.map_or_else(|| "the default".to_owned(), |value| describe(value.get_ref()));
        self.log.note(place, self.key(name), Problem::Refused { found, because: because.to_owned() });
    }

    /// Says that the value of this key is something only one may have.
    pub(crate) fn claim(&mut self, name: &'static str, what: String) {
        let place = self.value(name).map_or_else(|| self.place.clone(), Spanned::span);
        self.log.claim(what, place, self.key(name));
    }

    /// Reports the key as missing unless it is there (then its mistake, if any, is known already).
    pub(crate) fn required<T>(&mut self, name: &'static str, wanted: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has(name) {
            self.log.note(self.place.clone(), self.key(name), Problem::Missing { wanted: wanted.to_owned() });
        }
        value
    }

    /// A whole number within bounds, when it is there.
    pub(crate) fn number<N>(&mut self, name: &'static str, bounds: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        let value = self.value(name)?;
        let number = number_of(value.get_ref()).and_then(|n| N::try_from(n).ok());
        let number = number.filter(|n| bounds.contains(n));
        if number.is_none() {
            let whole = if value.get_ref().is_integer() { "" } else { "a whole number, " };
            self.wrong(name, value, &format!("{whole}{} to {}", bounds.start(), bounds.end()));
        }
        number
    }

    /// A whole number within bounds, or the default.
    pub(crate) fn number_or<N>(&mut self, name: &'static str, bounds: RangeInclusive<N>, default: N) -> N
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        self.number(name, bounds).unwrap_or(default)
    }

    /// A list of whole numbers within bounds, when it is there.
    pub(crate) fn numbers<N>(&mut self, name: &'static str, bounds: RangeInclusive<N>) -> Option<Vec<N>>
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        let value = self.value(name)?;
        let wanted = format!("a list of numbers, {} to {}", bounds.start(), bounds.end());
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(name, value, &wanted);
            return None;
        };
        let mut numbers = Vec::new();
        for item in items.iter() {
            match number_of(item.get_ref()).and_then(|n| N::try_from(n).ok()).filter(|n| bounds.contains(n)) {
                Some(number) => numbers.push(number),
                None => self.wrong(name, item, &wanted),
            }
        }
        (numbers.len() == items.len()).then_some(numbers)
    }

    /// `true` or `false`, or the default.
    pub(crate) fn flag_or(&mut self, name: &'static str, default: bool) -> bool {
        let Some(value) = self.value(name) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(name, value, "true or false");
            default
        })
    }

    /// A text that `accept` turns into a value, when it is there. `wanted` says what it accepts.
    pub(crate) fn text<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        accept: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let accepted = value.get_ref().as_str().and_then(accept);
        if accepted.is_none() {
            self.wrong(name, value, wanted);
        }
        accepted
    }

    /// One of some words, when it is there.
    pub(crate) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let wanted = words(choices);
        self.text(name, &wanted, |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// A list of texts that `accept` turns into values, when it is there. `wanted` says what it accepts.
    pub(crate) fn texts<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        accept: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let value = self.value(name)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(name, value, &format!("a list, each {wanted}"));
            return None;
        };
        let mut all = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str().and_then(&accept) {
                Some(accepted) => all.push(accepted),
                None => self.wrong(name, item, wanted),
            }
        }
        (all.len() == items.len()).then_some(all)
    }

    /// A list of some words, when it is there.
    pub(crate) fn choices<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<Vec<T>> {
        let wanted = words(choices);
        self.texts(name, &wanted, |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// One of some words that has to be there.
    pub(crate) fn required_choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let value = self.choice(name, choices);
        self.required(name, &words(choices), value)
    }

    /// A table below this one, when it is there.
    pub(crate) fn table<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Section<'a>) -> T,
    ) -> Option<T> {
        let value = self.value(name)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(name, value, "a table");
            return None;
        };
        Some(self.below(self.key(name), value.span(), Some(table)).run(read))
    }

    /// A table below this one; when it is absent it is read as an empty one, so that every default applies.
    pub(crate) fn table_or_empty<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Section<'a>) -> T,
    ) -> T {
        let value = self.value(name);
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.wrong(name, value, "a table");
        }
        let place = value.map_or_else(|| self.place.clone(), Spanned::span);
        self.below(self.key(name), place, table).run(read)
    }

    /// A list of tables below this one, numbered from 1, when it is there.
    pub(crate) fn tables<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Section<'a>) -> T,
    ) -> Option<Vec<T>> {
        let value = self.value(name)?;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(name, value, "a list of tables");
            return None;
        };
        let mut all = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let path = format!("{}[{}]", self.key(name), at + 1);
                    all.push(self.below(path, item.span(), Some(table)).run(&mut read));
                }
                None => self.wrong(name, item, "a table"),
            }
        }
        Some(all)
    }

    /// Every table below this one, whatever its name; for tables whose keys the site chooses. Marks none as unknown.
    pub(crate) fn each_table<T>(&mut self, mut read: impl FnMut(&str, &mut Section<'a>) -> T) -> Vec<T> {
        let mut all = Vec::new();
        let Some(table) = self.table.take() else { return all };
        for (key, value) in table.iter() {
            let name: &str = key.get_ref();
            match value.get_ref().as_table() {
                Some(inner) => {
                    let section = self.below(self.key(name), key.span(), Some(inner));
                    all.push(section.run(|section| read(name, section)));
                }
                None => self.wrong(name, value, "a table"),
            }
        }
        all
    }

    /// A value that is either a whole number or a table, as a line is.
    pub(crate) fn is_table(&mut self, name: &'static str) -> bool {
        self.value(name).is_some_and(|value| value.get_ref().is_table())
    }

    /// Says that the name of this very table is not accepted.
    pub(crate) fn wrong_name(&self, found: &str, wanted: &str) {
        let problem = Problem::Value { found: format!("{found:?}"), wanted: wanted.to_owned() };
        self.log.note(self.place.clone(), self.path.clone(), problem);
    }

    fn below(&self, path: String, place: Place, table: Option<&'a DeTable<'a>>) -> Section<'a> {
        Section { log: self.log, path, place, table, asked: Vec::new() }
    }
}

/// What an optional table gave. `Some(None)`: not there. `None`: there, and mistaken.
pub(crate) fn settled<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

fn words<T>(choices: &[(&str, T)]) -> String {
    choices.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}
