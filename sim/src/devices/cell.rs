//! A load cell at a converter, as the kernel shows it: the raw number in `in_voltage0_raw`.
//!
//! Owns: the numbers of a cell with a zero of its own and a slope of its own, with noise. Refuses: grams: whoever reads it has
//! to know its two points. Faults: a torn-off bridge, a converter without power.

/// The number with nothing on the tray.
pub const EMPTY: i32 = 8_412_233;
/// Counts of a kilogram.
pub const PER_KG: i64 = 423_356;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// A wire of the bridge is off: the converter is at its end.
    Torn,
    /// The converter has no power: all ones.
    Powerless,
}

/// The cell.
#[derive(Debug, Clone, Default)]
pub struct LoadCell {
    /// Its trouble.
    pub fault: Option<CellFault>,
    noise: u32,
}

impl LoadCell {
    /// The file's text while this lies on the tray, mg.
    pub fn file(&mut self, felt_mg: i64) -> String {
        format!("{}\n", self.counts(felt_mg))
    }

    /// The number while this lies on the tray, mg. Each reading has another noise of up to 40 counts, about 0.1 g.
    pub fn counts(&mut self, felt_mg: i64) -> i64 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = i64::from(self.noise >> 16) % 81 - 40;
        match self.fault {
            None => i64::from(EMPTY) + felt_mg * PER_KG / 1_000_000 + noise,
            Some(CellFault::Torn) => 0,
            Some(CellFault::Powerless) => (1 << 24) - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::scale::cell::{Cell, CellSettings, Coding, Points};
    use drivers::{Driver as _, Inbound, Observation};
    use station::device::{Fault, Reading};
    use station::measure::{Milligrams, Mono, Span};

    /// The driver beside the cell for two seconds at 80 numbers a second.
    fn seconds(cell: &mut LoadCell, felt_mg: i64) -> Vec<Observation> {
        let loaded = EMPTY + i32::try_from(PER_KG / 2).unwrap();
        let points = Points::new(EMPTY, loaded, Milligrams(500_000)).unwrap();
        let coding = Coding::OffsetBinary;
        let mut driver = Cell::new(CellSettings { points, coding, period: Span::from_millis(12) });
        driver.handle(Mono(0), Inbound::Opened);
        let mut seen = Vec::new();
        for n in 0..160 {
            let now = Mono(n * 12_500);
            driver.handle(now, Inbound::Timeout);
            while driver.poll_outbound().is_some() {
                let text = format!("{}\0", cell.file(felt_mg));
                driver.handle(now, Inbound::Bytes(text.as_bytes()));
            }
            seen.extend(std::iter::from_fn(|| driver.poll_observation()));
        }
        seen
    }

    #[test]
    fn the_driver_weighs_to_a_tenth_of_a_gram_eighty_times_a_second() {
        let weight = |o: &Observation| {
            if let Observation::Reading(Reading::Weight(sample)) = o { Some(sample.gross.0) } else { None }
        };
        for felt in [0, 200_000, 650_000, 1_900_000] {
            let seen = seconds(&mut LoadCell::default(), felt);
            let weights: Vec<i64> = seen.iter().filter_map(weight).collect();
            assert_eq!(weights.len(), 160);
            assert!(weights.iter().all(|mg| (mg - felt).abs() <= 120), "{felt}: {weights:?}");
        }
    }

    #[test]
    fn a_torn_or_powerless_converter_is_a_fault_and_no_weight() {
        for fault in [CellFault::Torn, CellFault::Powerless] {
            let mut cell = LoadCell { fault: Some(fault), ..LoadCell::default() };
            let told = Fault::Device("load cell out of range".to_owned());
            assert_eq!(seconds(&mut cell, 300_000), [Observation::Fault(told)], "{fault:?}");
        }
    }
}
