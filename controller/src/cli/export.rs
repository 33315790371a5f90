//! `hemostation export`: a donation's frozen record, byte for byte, from the journal.
//!
//! Owns: finding the newest version and the entries around it. Refuses: to print anything before it is journaled who exports it
//! and why. Holds no state.

use super::look::Looker;
use super::{Done, Failure, line, print};
use clap::{Args, ValueEnum};
use controller::books::ReadBooks;
use controller::journal::entry::{Acknowledged, Attempted, Closed, DinBound, DinState, Opened, RecordFrozen};
use controller::journal::{Body, Entry};
use controller::state_dir::StateDir;
use station::api::look::Sight;
use station::ident::{BedId, Din, DonationId};
use station::record::Which;
use std::path::PathBuf;

/// Print a donation's record exactly as it was frozen and sent
///
/// Works beside a running daemon and without one. Who exports, which donation and why are journaled first (`looked`). The newest
/// version is printed. Ends with 1 when there is none.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation export --state /var/lib/hemostation --donation 1287 --by 1002 --why record | jq .record.volume\n  \
    hemostation export --state /var/lib/hemostation --donation 1287 --by 1002 --why audit | sha256sum   # what the BMS acknowledged\n  \
    hemostation export --state /var/lib/hemostation --din 'G123417654321' --by 1002 --why audit --history")]
pub(crate) struct Export {
    /// The state folder
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Number of the donation
    #[arg(long, value_name = "ID", required_unless_present = "din", conflicts_with = "din")]
    donation: Option<u64>,
    /// The donation's DIN, 13 characters
    #[arg(long)]
    din: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// After the record, one line each: every journal entry of the donation
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    looker: Looker,
}

/// Forms of the output.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The frozen bytes
    Json,
}

/// What the journal holds about one donation.
#[derive(Default)]
struct Found {
    bed: Option<BedId>,
    closed: bool,
    newest: Option<RecordFrozen>,
    history: Vec<String>,
}

impl Export {
    pub(super) fn run(self) -> Done {
        let dir = StateDir::existing(&self.state).map_err(Failure::usage)?;
        let which = which(self.donation, self.din.as_deref().unwrap_or_default())?;
        self.looker.journal(&dir, Sight::Record(which))?;
        let books = ReadBooks::open(&dir).map_err(Failure::refused)?;
        let donation = find(&books, which)?;
        if donation.0 < books.oldest {
            return Err(Failure::Refused(format!(
                "donation {donation} is older than the journal kept here, which begins with entry {}",
                books.oldest
            )));
        }
        let mut found = Found::default();
        for item in books.reader.entries(donation.0, books.index.applied()).map_err(Failure::refused)? {
            let entry = item.map_err(Failure::refused)?.entry;
            found.look_at(&entry, donation, self.history).map_err(Failure::refused)?;
        }
        let record = found.newest.ok_or_else(|| {
            Failure::Refused(match found.bed {
                None => format!("there is no donation {donation}"),
                Some(bed) => format!("donation {donation} on bed {bed} has no record yet: it is not closed"),
            })
        })?;
        match self.format {
            Format::Json => print(&record.canonical)?,
        }
        if self.history {
            print(&format!("\n{}\n", found.history.join("\n")))?;
        }
        Ok(())
    }
}

fn which(donation: Option<u64>, din: &str) -> Result<Which, Failure> {
    match donation {
        Some(donation) => Ok(Which::Donation(DonationId(donation))),
        None => {
            Din::new(din).map(Which::Din).map_err(|error| Failure::Usage(format!("--din {din:?}: {error}")))
        }
    }
}

fn find(books: &ReadBooks, which: Which) -> Result<DonationId, Failure> {
    let din = match which {
        Which::Donation(donation) => return Ok(donation),
        Which::Din(din) => din,
    };
    let taken = books.index.din(&din).map_err(Failure::refused)?;
    let taken = taken.ok_or_else(|| Failure::Refused(format!("no donation here has the DIN {din}")))?;
    if taken.1 == DinState::Voided {
        eprintln!("hemostation: the DIN {din} was voided in donation {}", taken.0);
    }
    Ok(taken.0)
}

impl Found {
    fn look_at(
        &mut self,
        entry: &Entry,
        donation: DonationId,
        history: bool,
    ) -> Result<(), serde_json::Error> {
        let ours = self.is_named(entry, donation)?;
        let at_bed = entry.bed.is_some() && entry.bed == self.bed && !self.closed;
        if history && (ours || at_bed) {
            self.history.push(line::of(entry)?);
        }
        if let Some(record) = entry.body_as::<RecordFrozen>()?.filter(|record| record.id.donation == donation)
        {
            let newer = self.newest.as_ref().is_none_or(|old| old.id.version < record.id.version);
            if newer {
                self.newest = Some(record);
            }
        }
        if entry.body_as::<Closed>()?.is_some_and(|closed| closed.donation == donation) {
            self.closed = true;
        }
        Ok(())
    }

    /// Whether an entry names the donation.
    fn is_named(&mut self, entry: &Entry, donation: DonationId) -> Result<bool, serde_json::Error> {
        if let Some(opened) = entry.body_as::<Opened>()? {
            if opened.donation == donation {
                self.bed = Some(opened.bed);
            }
            return Ok(opened.donation == donation);
        }
        Ok(names(entry, donation, |body: &DinBound| body.donation)?
            || names(entry, donation, |body: &Closed| body.donation)?
            || names(entry, donation, |body: &RecordFrozen| body.id.donation)?
            || names(entry, donation, |body: &Attempted| body.id.donation)?
            || names(entry, donation, |body: &Acknowledged| body.id.donation)?)
    }
}

fn names<B: Body>(
    entry: &Entry,
    donation: DonationId,
    of: impl Fn(&B) -> DonationId,
) -> Result<bool, serde_json::Error> {
    Ok(entry.body_as::<B>()?.is_some_and(|body| of(&body) == donation))
}
