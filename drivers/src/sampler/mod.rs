//! A sampler: a rack beside the bed that fills and inverts the sample tubes by itself.
//!
//! Owns: the count. Refuses: to count without tubes in it, and bounce. It is told nothing: which tubes are due, and whether their labels were
//! scanned, is the procedure's to know; the rack only says "one more". After a crash or a lost link the count begins at one again, so it
//! is never ahead of the tubes: what it then names was filled, what it misses the nurse says.
//!
//! ```text
//!   loaded ──▶ count 0 ── filled, a pulse for each tube ──▶ TubeFilled(1), TubeFilled(2), ...      unloaded ──▶ count 0
//! ```

use crate::contact::{Contacts, News};
use crate::driver::{ActuateError, Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, DeviceKind, Fault, Reading};
use station::measure::{Mono, Span};

/// Input lines by index. `fault` may be left out.
pub const INPUTS: [&str; 3] = ["loaded", "filled", "fault"];
/// Output lines by index.
pub const OUTPUTS: [&str; 0] = [];

const LOADED: usize = 0;
const FILLED: usize = 1;
const FAULT: usize = 2;

/// A tube takes seconds; pulses closer than this are bounce.
const BOUNCE: Span = Span::from_millis(500);
/// Most tubes of a rack.
pub const MAX_TUBES: u8 = 8;

/// Driver of a sampler.
#[derive(Debug)]
pub struct Sampler {
    contacts: Contacts<3>,
    count: u8,
    last: Option<Mono>,
}

impl Sampler {
    /// A sampler whose link is not open yet.
    pub fn new(fault_wired: bool) -> Self {
        Self {
            contacts: Contacts::new(DeviceKind::Sampler, OUTPUTS.len(), [true, true, fault_wired]),
            count: 0,
            last: None,
        }
    }

    fn pulse(&mut self, now: Mono) {
        let bounced = self.last.is_some_and(|last| now.since(last) < BOUNCE);
        if bounced || !self.contacts.is_active(LOADED) || self.count >= MAX_TUBES {
            return;
        }
        self.last = Some(now);
        self.count += 1;
        self.contacts.read(Reading::TubeFilled(self.count));
    }

    fn begin(&mut self) {
        self.count = 0;
        self.last = None;
    }

    fn trouble(&mut self) {
        if self.contacts.is_active(FAULT) {
            self.contacts.fail(Fault::Device("sampler".to_owned()));
        } else {
            self.contacts.recovered();
        }
    }
}

impl Driver for Sampler {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Sampler
    }

    fn handle(&mut self, now: Mono, inbound: Inbound<'_>) {
        match inbound {
            Inbound::Opened => {
                self.begin();
                self.contacts.opened();
            }
            Inbound::Lost => {
                self.begin();
                self.contacts.lost();
            }
            Inbound::Line { input, active } => match (self.contacts.line(input, active), input) {
                (News::Changed, LOADED) => self.begin(),
                (News::Changed, FILLED) if active => self.pulse(now),
                // A fault that stands from the beginning is one too.
                (News::Changed, FAULT) | (News::Complete, _) => self.trouble(),
                (News::Changed | News::Nothing, _) => {}
            },
            // It waits for nothing, and has no bytes.
            Inbound::Timeout | Inbound::Bytes(_) => {}
        }
    }

    fn actuate(&mut self, _now: Mono, actuation: Actuation) -> Result<(), ActuateError> {
        self.contacts.unsupported(actuation)
    }

    fn poll_outbound(&mut self) -> Option<Outbound> {
        self.contacts.poll_outbound()
    }

    fn poll_observation(&mut self) -> Option<Observation> {
        self.contacts.poll_observation()
    }

    fn next_timeout(&self) -> Option<Mono> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rack {
        driver: Sampler,
        ms: u64,
    }

    impl Rack {
        fn new(loaded: bool) -> Self {
            let mut rack = Self { driver: Sampler::new(true), ms: 0 };
            rack.driver.handle(Mono(0), Inbound::Opened);
            rack.line(LOADED, loaded);
            rack.line(FILLED, false);
            rack.line(FAULT, false);
            assert!(matches!(rack.told()[..], [Observation::Identity { .. }]));
            rack
        }
        fn line(&mut self, input: usize, active: bool) {
            self.driver.handle(Mono(self.ms * 1000), Inbound::Line { input, active });
        }
        fn fill(&mut self) {
            self.ms += 10_000;
            self.line(FILLED, true);
            // The contact bounces at both its ends.
            for ms in [1, 3, 200] {
                self.ms += ms;
                self.line(FILLED, false);
                self.line(FILLED, true);
            }
            self.line(FILLED, false);
        }
        fn told(&mut self) -> Vec<Observation> {
            std::iter::from_fn(|| self.driver.poll_observation()).collect()
        }
        fn tubes(&mut self) -> Vec<u8> {
            let tube = |o| if let Observation::Reading(Reading::TubeFilled(n)) = o { Some(n) } else { None };
            self.told().into_iter().filter_map(tube).collect()
        }
    }

    #[test]
    fn each_tube_counts_once_and_a_new_rack_begins_at_one() {
        let mut rack = Rack::new(true);
        rack.fill();
        rack.fill();
        assert_eq!(rack.tubes(), [1, 2]);
        rack.line(LOADED, false);
        rack.fill();
        assert!(rack.tubes().is_empty(), "there are no tubes in it");
        rack.line(LOADED, true);
        rack.fill();
        assert_eq!(rack.tubes(), [1]);
    }

    #[test]
    fn a_contact_that_chatters_for_ever_fills_eight_tubes_at_most() {
        let mut rack = Rack::new(true);
        (0..50).for_each(|_| rack.fill());
        assert_eq!(rack.tubes(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_level_at_the_opening_is_no_tube_and_after_a_lost_link_the_count_is_never_ahead() {
        let mut rack = Rack::new(true);
        rack.fill();
        rack.driver.handle(Mono(20_000_000), Inbound::Lost);
        rack.driver.handle(Mono(21_000_000), Inbound::Opened);
        rack.ms = 21_000;
        for input in 0..3 {
            rack.line(input, input == FILLED || input == LOADED);
        }
        assert_eq!(rack.tubes(), [1], "from before; the level that stood there is none");
        rack.line(FILLED, false);
        rack.fill();
        assert_eq!(rack.tubes(), [1]);
    }

    #[test]
    fn its_fault_line_is_told_and_ends() {
        let mut rack = Rack::new(false);
        rack.line(FAULT, true);
        rack.line(FAULT, false);
        let fault = Fault::Device("sampler".to_owned());
        assert_eq!(rack.told(), [Observation::Fault(fault), Observation::Recovered]);
        assert!(rack.driver.actuate(Mono(0), Actuation::Seal).is_err());
    }
}
