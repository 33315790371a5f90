//! Settings at a start: what differs from those of before has to be looked at by two people.
//!
//! Owns: the comparison, by names as in `station.toml`. Refuses: to forget a change that nobody confirmed yet when another one follows. The first
//! settings that a station ever has are taken as they are. Holds no state.

use super::super::Station;
use crate::clock::Stamp;
use serde_json::Value;
use station::procedure::limits::Settings;
use station::shift::ShiftEvent;
use station::shift::event::LimitChange;
use std::collections::BTreeMap;

/// Most characters of a value that are kept.
const MAX_VALUE: usize = 80;

impl Station {
    /// Compares the settings in force with those known last.
    pub(in crate::control) fn find_limits(&mut self, now: Stamp) {
        let known = self.desk.shift.limits();
        if known == Some(&self.settings) {
            return;
        }
        let pending = &self.desk.shift.state().limits_changed;
        let changed = known.map_or_else(Vec::new, |known| changes(known, &self.settings, pending));
        let settings = Box::new(self.settings.clone());
        self.shift_fact(now, ShiftEvent::LimitsFound { settings, changed });
    }
}

/// What differs from the settings that were confirmed last: `pending` is what already did at `known`.
fn changes(known: &Settings, now: &Settings, pending: &[LimitChange]) -> Vec<LimitChange> {
    let (known, now) = (flat(known), flat(now));
    let confirmed = |name: &str| {
        let before = pending.iter().find(|change| change.name == name).map(|change| change.old.clone());
        before.or_else(|| known.get(name).cloned()).unwrap_or_default()
    };
    let names: std::collections::BTreeSet<&String> = known.keys().chain(now.keys()).collect();
    let change = |name: &&String| {
        let new = now.get(*name).cloned().unwrap_or_default();
        LimitChange { name: (*name).clone(), old: confirmed(name), new }
    };
    names.iter().map(change).filter(|change| change.old != change.new).collect()
}

/// Every setting by its name.
fn flat(settings: &Settings) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    // invariant: settings are plain data with text keys.
    let value = serde_json::to_value(settings).expect("settings are plain data");
    let text = |value: &Value| value.to_string().chars().take(MAX_VALUE).collect::<String>();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(inner) => all.extend(inner.iter().map(|(name, value)| (name.clone(), text(value)))),
            None => drop(all.insert(name.clone(), text(value))),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_named_with_the_value_that_was_confirmed() {
        let first = Settings::default();
        let mut second = first.clone();
        second.limits.pouch_ml = 30;
        let changed = changes(&first, &second, &[]);
        let pouch = LimitChange { name: "pouch_ml".into(), old: "20".into(), new: "30".into() };
        assert_eq!(changed, vec![pouch]);
        let mut third = second.clone();
        third.limits.pouch_ml = 40;
        third.single_nurse = true;
        let again = changes(&second, &third, &changed);
        assert_eq!(again.len(), 2);
        assert_eq!((again[0].old.as_str(), again[0].new.as_str()), ("20", "40"));
        // Back to what was confirmed: nothing is left to confirm.
        assert_eq!(changes(&third, &first, &again), vec![]);
    }
}
