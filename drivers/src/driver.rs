//! The one shape that every device driver has: sans-IO, time passed in.
//!
//! Owns: the contract between a driver and whoever moves its bytes. Refuses: opening anything, reading a clock, waiting.
//!
//! ```text
//!            handle(now, Inbound)                     poll_outbound -> bytes or line levels for the link
//!   link ───────────────────────────▶  Driver  ───────────────────────────────────────────────────────▶ link
//!  caller ── actuate(now, order) ───▶          ── poll_observation ──▶ controller      next_timeout ──▶ timer
//! ```
//! Calling order: after every `handle` or `actuate`, drain `poll_outbound` and `poll_observation`, then ask
//! `next_timeout` and call `handle(.., Inbound::Timeout)` when it has come. A driver holds nothing that matters after a
//! crash: it starts from `Inbound::Opened` and finds out again.

use station::device::{Actuation, DeviceKind, Fault, Reading};
use station::ident::{DeviceSerial, TagUid};
use station::measure::{MilliCelsius, Mono};

/// What reaches a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbound<'a> {
    /// The link is open: begin.
    Opened,
    /// The link is gone: everything in flight is lost.
    Lost,
    /// Bytes from a serial line, as they came, of any length.
    Bytes(&'a [u8]),
    /// The level of one of the driver's input lines, at start and at each change. `true` is the active level: polarity
    /// is the transport's affair.
    Line {
        /// Index into the driver's own list of inputs.
        input: usize,
        /// Active or not.
        active: bool,
    },
    /// The instant named by `next_timeout` has come.
    Timeout,
}

/// What a driver sends out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// Bytes for the serial line.
    Bytes(Vec<u8>),
    /// Drop what has arrived and was not yet handed over.
    DrainInput,
    /// Drive one of the driver's output lines. Lines stay as driven until driven again.
    Line {
        /// Index into the driver's own list of outputs.
        output: usize,
        /// Active or not.
        active: bool,
    },
}

/// Text read by a scanner: one trigger event, one observation, even when the text repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanText {
    /// AIM symbology identifier with its `]`, e.g. `]C0`, when the scanner sends one.
    pub aim: Option<String>,
    /// The content without identifier and line end; at most 512 characters.
    pub text: String,
}

/// A tag read from a bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRead {
    /// Its own number.
    pub uid: TagUid,
    /// The donation's number that stands in it, 16 characters that begin with `=`; none when it holds none that can be read.
    pub text: Option<String>,
}

/// What an identity card said. Personal data: lives only between driver and the controller's privacy part, which turns
/// it into a token, a sealed blob and derived facts. Neither printed nor compared here.
#[derive(Clone, PartialEq, Eq)]
pub struct IdCard {
    /// Which layout the card has.
    pub kind: IdCardKind,
    /// Name as printed.
    pub name: String,
    /// The number as the card has it. 18 characters, check character verified; on a foreigner's card before 2023
    /// three letters and twelve digits.
    pub number: String,
    /// `male`, `female`, or unknown.
    pub sex: Option<Sex>,
    /// Birth date, `YYYYMMDD`, digits verified.
    pub birth: String,
    /// Last valid day `YYYYMMDD`; `None` is 长期, valid for life.
    pub valid_to: Option<String>,
}

impl std::fmt::Debug for IdCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdCard({:?}, masked)", self.kind)
    }
}

/// Layouts of identity cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdCardKind {
    /// Resident ID card of a citizen.
    Citizen,
    /// Permanent resident card of a foreigner, layout before 2023.
    Foreigner,
    /// Permanent resident card of a foreigner, layout of 2023.
    Foreigner2023,
    /// Residence permit of Hong Kong, Macao and Taiwan residents.
    HkMacaoTaiwan,
}

/// Sex as a card states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// What a driver has found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The device answered with its identity. Sent once per opening, before any reading.
    Identity {
        /// Its own serial number, when it has one.
        serial: Option<DeviceSerial>,
        /// Model and firmware as it says, for people; at most 64 characters.
        model: String,
    },
    /// A reading for the core.
    Reading(Reading),
    /// A barcode.
    Scan(ScanText),
    /// An identity card.
    Card(IdCard),
    /// The tag of a bag, once as long as it lies there.
    Tag(TagRead),
    /// A temperature, with the probe's calibration in it. The station's affair, no bed's.
    Temperature(MilliCelsius),
    /// So many readings were thrown away, since the driver was made. For whoever looks after the device; trouble is told as such.
    Thrown(u64),
    /// Trouble. Repeated only after it went away.
    Fault(Fault),
    /// The trouble is over.
    Recovered,
}

/// Why an order was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActuateError {
    /// The device is not there or has not identified itself.
    #[error("the {0} is not connected")]
    NotConnected(DeviceKind),
    /// This kind of device does not do that.
    #[error("a {device} cannot carry out {actuation:?}")]
    Unsupported {
        /// The device.
        device: DeviceKind,
        /// The order.
        actuation: Actuation,
    },
    /// A one-shot tool that is not ready or already busy. Nothing moved.
    #[error("the {0} is not ready")]
    NotReady(DeviceKind),
}

/// One device's driver. One request at a time on its link; all its waiting has a bound.
pub trait Driver: Send {
    /// What it drives.
    fn kind(&self) -> DeviceKind;
    /// Takes what came from the link, or the timer.
    fn handle(&mut self, now: Mono, inbound: Inbound<'_>);
    /// Takes an order. What has to leave at once is in `poll_outbound` when this returns.
    ///
    /// # Errors
    /// [`ActuateError`] when nothing was sent.
    fn actuate(&mut self, now: Mono, actuation: Actuation) -> Result<(), ActuateError>;
    /// Next thing for the link, in order.
    fn poll_outbound(&mut self) -> Option<Outbound>;
    /// Next thing found out, in order.
    fn poll_observation(&mut self) -> Option<Observation>;
    /// When `Inbound::Timeout` is wanted; may change with every call of the others.
    fn next_timeout(&self) -> Option<Mono>;
}
