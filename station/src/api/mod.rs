//! The control API: what a terminal says to the daemon and hears from it. Newline-delimited JSON over a Unix socket.
//!
//! Owns: the messages and their version policy. Refuses: anything a terminal could use to skip the procedure: every act is
//! a request, checked and journaled.
//!
//! **Version policy.** [`VERSION`] is in every frame. Fields and variants are added, never changed or removed, within one
//! version; a daemon answers a frame of a higher version with [`ErrorCode::Version`]. A terminal that does not know a prompt shows
//! [`prompt::Prompt::Newer`] in its place, and everything else as ever.
//!
//! One request a line, one [`Reply`] a line, at most [`MAX_FRAME`] bytes each. A [`Reply::Snapshot`] may come at any time
//! after [`Op::Subscribe`].

pub mod alarm_log;
pub mod equipment;
pub mod look;
mod newer;
pub mod prompt;
pub mod request;
pub mod shift;
pub mod snapshot;

pub use alarm_log::{ALARM_PAGE, LoggedAlarm, Noted};
pub use equipment::{
    AnswerTimes, DEVICE_PAGE, DeviceReport, HostEvidence, IdentityView, LastReading, PAST_FAULTS, PastFault,
};
pub use request::{Answer, ApiError, Credential, DonorNumber, ErrorCode, Op, Reply, Request, TypedPerson};
pub use snapshot::{
    BedView, ChainState, ChainStep, ClimateState, ClimateView, DeviceHealth, DeviceView, OpenSegments,
    OutboxView, OutstandingView, RestView, ScannerLoan, Snapshot, StepView, TubeView, WorkView,
};

/// Version of these messages.
pub const VERSION: u32 = 1;
/// Longest frame in bytes, line end included.
pub const MAX_FRAME: usize = 64 * 1024;
/// Most clients at once.
pub const MAX_CLIENTS: usize = 16;
