//! Identifiers: everything that names a person, a donation or a thing, parsed once and never a raw string after.
//!
//! Owns: the types below and what text they accept. Refuses: comparing any two identifiers of different kinds, and
//! personal data: a resident ID number is checked here but leaves as a [`DonorToken`] made by the controller.

mod names;

pub use names::{
    BedId, DeviceId, DeviceSerial, DonationId, DonorToken, LotNumber, NameError, OperatorId, RecordId,
    StationId,
};
