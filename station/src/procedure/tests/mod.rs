//! The machine against a donor who bleeds and devices that obey, or do not.

mod alarms;
mod course;
mod eligibility;
mod ending;
mod interrupted;
mod lines;
mod protect;
mod random;
mod refusals;
mod replayed;
mod slips;
mod trouble;
mod wrong;
