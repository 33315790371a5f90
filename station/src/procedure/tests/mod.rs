//! The machine against a donor who bleeds and devices that obey, or do not.

mod alarms;
mod blood;
mod course;
mod eligibility;
mod ending;
mod interrupted;
mod labels;
mod lines;
mod needle;
mod outage;
mod pouch;
mod protect;
mod random;
mod refusals;
mod replayed;
mod slips;
mod tag;
mod trouble;
mod two_people;
mod ways_out;
mod wrong;
