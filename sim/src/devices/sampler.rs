//! A sampler: a rack of tubes that fills and inverts one after the other.
//!
//! Owns: whether tubes are in it, and the contact that closes for a moment at each tube. Refuses: to count. Faults: it sticks, its contact
//! bounces.

/// How long the contact is closed, us.
const PULSE_US: u64 = 400_000;

/// The rack.
#[derive(Debug, Clone, Default)]
pub struct Sampler {
    /// Tubes are in it.
    pub loaded: bool,
    /// It sticks: its fault contact is closed and it fills nothing.
    pub stuck: bool,
    /// Its contact opens once in the middle of each pulse.
    pub bounces: bool,
    left_us: u64,
}

impl Sampler {
    /// A tube is full and was inverted.
    pub fn fill(&mut self) {
        if self.loaded && !self.stuck {
            self.left_us = PULSE_US;
        }
    }

    /// Lets time pass.
    pub fn step(&mut self, us: u64) {
        self.left_us = self.left_us.saturating_sub(us);
    }

    /// Its contacts: loaded, filled, fault.
    pub fn lines(&self) -> [bool; 3] {
        let middle = (PULSE_US / 2 - 20_000..PULSE_US / 2).contains(&self.left_us);
        [self.loaded, self.left_us > 0 && !(self.bounces && middle), self.stuck]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::sampler::Sampler as SamplerDriver;
    use drivers::{Driver as _, Inbound, Observation};
    use station::device::{Fault, Reading};
    use station::measure::Mono;

    /// The driver beside the rack for a minute, a tube each ten seconds.
    fn minute(mut rack: Sampler) -> Vec<Observation> {
        let mut driver = SamplerDriver::new(true);
        driver.handle(Mono(0), Inbound::Opened);
        let mut seen = Vec::new();
        for ms in (0..60_000).step_by(5) {
            if ms % 10_000 == 5_000 {
                rack.fill();
            }
            rack.step(5_000);
            for (input, active) in rack.lines().into_iter().enumerate() {
                driver.handle(Mono(ms * 1000), Inbound::Line { input, active });
            }
            seen.extend(std::iter::from_fn(|| driver.poll_observation()));
        }
        seen
    }

    fn tubes(seen: &[Observation]) -> Vec<u8> {
        let tube = |o: &Observation| {
            if let Observation::Reading(Reading::TubeFilled(n)) = o { Some(*n) } else { None }
        };
        seen.iter().filter_map(tube).collect()
    }

    #[test]
    fn the_driver_counts_each_tube_once_however_the_contact_bounces() {
        for bounces in [false, true] {
            let rack = Sampler { loaded: true, bounces, ..Sampler::default() };
            assert_eq!(tubes(&minute(rack)), [1, 2, 3, 4, 5, 6]);
        }
        assert!(tubes(&minute(Sampler::default())).is_empty());
        let stuck = minute(Sampler { loaded: true, stuck: true, ..Sampler::default() });
        assert!(
            stuck.contains(&Observation::Fault(Fault::Device("sampler".to_owned())))
                && tubes(&stuck).is_empty()
        );
    }
}
