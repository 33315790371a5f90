//! What checkers see: every step of the world, every act of people, every order, every durable line.
//!
//! Owns: the vocabulary between the run and its checkers. Refuses: the station's inner state. Holds nothing.

use super::clock::Clock;
use super::eye::Line;
use super::truth::Truth;
use crate::bms::book::Book;
use crate::site::Site;
use crate::world::hand::Hand;
use controller::journal::Reader;
use controller::journal::mem_disk::MemDisk;
use station::api::shift::ShiftAsk;
use station::api::{Answer, ApiError, Snapshot};
use station::device::Actuation;
use station::ident::BedId;
use station::measure::Mono;
use station::procedure::event::{Act, ActingOperator, PermitId};

/// The world at an instant.
pub struct Scene<'a> {
    /// Clocks.
    pub clock: &'a Clock,
    /// What is there.
    pub site: &'a Site,
    /// What happened to the sets.
    pub truth: &'a Truth,
}

impl Scene<'_> {
    /// The world's time.
    pub fn now(&self) -> Mono {
        self.clock.world()
    }
}

/// A person's request at a terminal.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub token: u64,
    /// At which bed.
    pub bed: BedId,
    /// What.
    pub act: Act,
    /// Who is signed in there.
    pub by: Option<ActingOperator>,
    /// The picture on which it was asked was an old one.
    pub stale: bool,
    /// Whoever asks confirms as the second person, too.
    pub alone: bool,
}

/// A label typed at a terminal, by two people.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The request's name.
    pub token: u64,
    /// At which bed.
    pub bed: BedId,
    /// What a scanner would have read off it.
    pub label: String,
}

/// Something that happened.
pub enum Seen<'a> {
    /// Time has passed.
    Passed,
    /// A hand did something at a bed.
    Did(BedId, Hand),
    /// A label was held before a bed's scanner.
    Scanned(BedId, &'a str),
    /// A label was typed off.
    Typed(&'a Typed),
    /// A person asked for something.
    Asked(&'a Asked),
    /// A person asked for something of the shift; the request's name.
    AskedShift(u64, &'a ShiftAsk),
    /// A request was answered.
    Answered(u64, &'a Result<Answer, ApiError>),
    /// An order went to a device of a bed.
    Ordered(BedId, Actuation, Option<PermitId>),
    /// Entries up to this number were handed to the disk.
    Handed(u64),
    /// A line is durable.
    Line(&'a Line),
    /// People look at their screens.
    Shown(&'a Snapshot),
    /// The station stopped.
    Stopped,
    /// The station started.
    Started,
}

/// The end of a run.
pub struct End<'a> {
    /// Reads the journal.
    pub reader: &'a Reader,
    /// The disk.
    pub disk: &'a MemDisk,
    /// The last number in it.
    pub last: u64,
    /// What the BMS has.
    pub book: &'a Book,
}
