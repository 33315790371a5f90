//! The daemon and its command line: control thread, journal, store, upstream, operators, control socket.

pub mod audit;
pub mod books;
pub mod clock;
pub mod control;
pub mod devices;
pub mod doctor;
pub mod eligibility;
pub mod hex;
pub mod journal;
pub mod operators;
pub mod privacy;
pub mod run;
pub mod safe;
pub mod services;
pub mod socket;
pub mod state_dir;
pub mod store;
pub mod upstream;
pub mod worklist;
