//! What every thermometer's driver tells and how: temperatures, trouble once, who is there.
//!
//! Owns: the calibration's offset, and how many bad readings in a row are a fault. Refuses: a trouble told twice. A crash loses
//! it; all of it is found out again.

use crate::driver::Observation;
use station::device::Fault;
use station::ident::DeviceSerial;
use station::measure::MilliCelsius;
use std::collections::VecDeque;

/// So many readings in a row that cannot be used are a fault; fewer are asked for again.
pub(super) const BAD_LIMIT: u8 = 3;
/// What a sensor of this kind can measure at all.
const RANGE: std::ops::RangeInclusive<MilliCelsius> = MilliCelsius(-55_000)..=MilliCelsius(125_000);

/// What a thermometer has to tell.
#[derive(Debug)]
pub(super) struct Report {
    model: &'static str,
    serial: Option<DeviceSerial>,
    offset: MilliCelsius,
    identified: bool,
    trouble: Option<Fault>,
    bad: u8,
    observations: VecDeque<Observation>,
}

impl Report {
    pub(super) fn new(model: &'static str, serial: Option<DeviceSerial>, offset: MilliCelsius) -> Self {
        Self {
            model,
            serial,
            offset,
            identified: false,
            trouble: None,
            bad: 0,
            observations: VecDeque::new(),
        }
    }

    /// The link is open: who is there has to be told anew.
    pub(super) fn opened(&mut self) {
        self.identified = false;
        self.bad = 0;
    }

    /// A temperature as the sensor has it.
    pub(super) fn measured(&mut self, raw: MilliCelsius) {
        if !RANGE.contains(&raw) {
            self.bad(Fault::Device("sensor open or shorted".to_owned()));
            return;
        }
        self.bad = 0;
        if !std::mem::replace(&mut self.identified, true) {
            let (serial, model) = (self.serial.clone(), self.model.to_owned());
            self.observations.push_back(Observation::Identity { serial, model });
        }
        if self.trouble.take().is_some() {
            self.observations.push_back(Observation::Recovered);
        }
        self.observations.push_back(Observation::Temperature(raw + self.offset));
    }

    /// Something came, or did not come, and no temperature can be had of it.
    pub(super) fn bad(&mut self, fault: Fault) {
        self.bad = self.bad.saturating_add(1);
        if self.bad >= BAD_LIMIT {
            self.fault(fault);
        }
    }

    /// Tells a trouble once, whatever it looks like next.
    pub(super) fn fault(&mut self, fault: Fault) {
        let lost = fault == Fault::LinkLost && self.trouble != Some(Fault::LinkLost);
        if self.trouble.is_none() || lost {
            self.trouble = Some(fault.clone());
            self.observations.push_back(Observation::Fault(fault));
        }
    }

    pub(super) fn poll(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }
}
