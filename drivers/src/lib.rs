//! Device protocols: codec, dialogue and driver of every device, and the transports that carry them.
//!
//! One folder per kind of device, one sub-module per protocol. Only `transport/` opens anything.

mod asked_file;
pub mod clamp;
pub mod contact;
pub mod diverter;
pub mod driver;
pub mod id_reader;
pub mod mixer;
pub mod modbus;
pub mod panel;
pub mod probe;
pub mod rfid;
pub mod sampler;
pub mod scale;
pub mod scanner;
pub mod sealer;
pub mod separator;
pub mod transport;

pub use driver::{
    ActuateError, Driver, IdCard, IdCardKind, Inbound, Observation, Outbound, ScanText, Sex, TagRead,
};

/// The same cases on every run and every machine; a failure names its input.
#[cfg(test)]
pub(crate) fn proptest_config() -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..proptest::test_runner::Config::default()
    }
}
