//! `hemostation journal`: checking, replaying and showing the journal.
//!
//! Owns: the report of a full verification: chain, samples, and what only this command compares: records with their hashes and
//! acknowledgements with records. Refuses: to change anything but by the entry of who reads, and to stop at the first finding.
//! Works beside a running daemon.

use super::look::Looker;
use super::{Done, Failure, line, print, print_json};
use clap::{Args, Subcommand};
use controller::audit::{Audit, Difference, replay};
use controller::books::{BooksError, WentOn, go_on};
use controller::clock::{Clock as _, Stamp, SystemClock};
use controller::journal::disk::{Disk, RealDisk};
use controller::journal::entry::{Acknowledged, EntryKindError, RecordFrozen};
use controller::journal::{
    Digest, Entry, EntryKind, Reader, VerifyReport, accept, failed_before, forget_cached, verify,
};
use controller::state_dir::StateDir;
use serde::Serialize;
use station::api::look::Sight;
use station::ident::RecordId;
use station::record::Envelope;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Findings told one by one; the rest is counted.
const MAX_FINDINGS: usize = 100;
/// A journal longer than this gets a word about its progress, bytes.
const LONG: u64 = 64 << 20;
/// Entries between two words about progress.
const PROGRESS: u64 = 200_000;
/// Longest reason, characters.
const MAX_WHY: usize = 200;

/// Check or show the journal
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation journal verify --state /var/lib/hemostation\n  \
    hemostation journal show --state /var/lib/hemostation --from 1200 --kind record --by 1002 --why audit")]
pub(crate) struct Journal {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every line, every weight sample and every record; ends with 1 on damage
    #[command(
        after_help = "Example:\n  hemostation journal verify --state /var/lib/hemostation --json | jq .findings"
    )]
    Verify {
        /// The state folder
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Give every entry back to the program and compare its orders with those journaled; ends with 1 when they differ
    #[command(
        after_help = "Example:\n  hemostation journal replay --state /var/lib/hemostation --json | jq .sha256"
    )]
    Replay {
        /// The state folder
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write again to a journal whose disk failed, once you have looked at it
    ///
    /// After a failed disk the station writes nothing and no donation begins. This reads the whole journal from the disk
    /// itself and, when it is sound, lets the next start write it again.
    #[command(after_help = "Example:\n  hemostation journal accept --state /var/lib/hemostation")]
    Accept {
        /// The state folder; no daemon may work in it
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
    },
    /// Begin anew behind a damaged journal
    ///
    /// A damaged journal is never written. This begins a segment behind the damage with all that the station still knows: numbers
    /// used and voided, people, records that wait for the BMS, needles in bins. Every line that can be believed stays in its
    /// place and is proved by `verify`, which goes on telling the damage. Donations that were under way end here without a
    /// record, and are named; the shift is opened anew. Copy the state folder away first.
    #[command(
        after_help = "Example:\n  hemostation journal go-on --why 'card with bad sectors, copied' --state /var/lib/hemostation"
    )]
    GoOn {
        /// The state folder; no daemon may work in it
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// Why, for the journal; no personal data
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Print entries, one line of JSON each; who reads them and why is journaled first (`looked`)
    #[command(
        after_help = "Example:\n  hemostation journal show --state /var/lib/hemostation --kind acknowledged --by 1002 --why audit | jq .body"
    )]
    Show {
        /// The state folder
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// First entry; the oldest that is there when left out
        #[arg(long)]
        from: Option<u64>,
        /// Last entry; the newest when left out
        #[arg(long)]
        through: Option<u64>,
        /// Only entries of this kind
        #[arg(long, value_parser = kind)]
        kind: Option<String>,
        #[command(flatten)]
        looker: Looker,
    },
}

impl Journal {
    pub(super) fn run(self) -> Done {
        match self.action {
            Action::Verify { state, json } => run_verify(&state, json),
            Action::Replay { state, json } => run_replay(&state, json),
            Action::Accept { state } => run_accept(&state),
            Action::GoOn { state, why } => run_go_on(&state, why),
            Action::Show { state, from, through, kind, looker } => show(&state, from, through, kind, looker),
        }
    }
}

fn disk_of(state: &Path) -> Result<Arc<dyn Disk>, Failure> {
    let folder = StateDir::existing(state).map_err(Failure::usage)?.journal();
    let disk = RealDisk::read_only(&folder);
    Ok(Arc::new(disk.map_err(|error| Failure::Refused(format!("{}: {error}", folder.display())))?))
}

fn run_accept(state: &Path) -> Done {
    let folder = StateDir::existing(state).map_err(Failure::usage)?;
    let _lock = folder.lock().map_err(Failure::refused)?;
    let disk = RealDisk::open(&folder.journal()).map_err(Failure::refused)?;
    if !failed_before(&disk).map_err(Failure::refused)? {
        return print("this journal's disk has not failed: nothing was changed\n");
    }
    forget_cached(&disk).map_err(Failure::refused)?;
    let chain = verify(&disk, 0).map_err(Failure::refused)?;
    if !chain.is_sound() {
        return Err(Failure::Refused(
            "the journal is damaged: hemostation journal verify tells what, hemostation journal go-on begins anew behind it"
                .to_owned(),
        ));
    }
    accept(&disk).map_err(Failure::refused)?;
    print(&format!("sound up to entry {}: the next start writes it again\n", chain.last_seq))
}

fn run_go_on(state: &Path, why: String) -> Done {
    let long = why.chars().count() > MAX_WHY;
    if why.trim().is_empty() || long || why.chars().any(char::is_control) {
        return Err(Failure::Usage(format!("--why: 1 to {MAX_WHY} characters on one line")));
    }
    let folder = StateDir::existing(state).map_err(Failure::usage)?;
    let lock = folder.lock().map_err(Failure::refused)?;
    let mut clock = SystemClock::new().map_err(Failure::refused)?;
    let now = |newest: Option<Stamp>| {
        if let Some(newest) = newest {
            clock.not_before(newest.wall);
        }
        clock.now()
    };
    let uid = rustix::process::getuid().as_raw();
    let went_on = match go_on(&folder, &lock, (uid, why), now) {
        Err(BooksError::Sound) => return sound_again(&folder),
        went_on => went_on.map_err(Failure::refused)?,
    };
    print(&told(&went_on))
}

/// What is said of going on.
fn told(went_on: &WentOn) -> String {
    let WentOn { damage, known_through, ended, unreadable, aside, .. } = went_on;
    let mut text =
        format!("{damage}\nthe station knows everything up to entry {known_through} and goes on behind it\n");
    for (donation, din) in ended {
        let way = match din {
            Some(din) => format!(
                "{din}: it was under way; finish it by hand and enter its form later under this number, it completes this donation"
            ),
            None => {
                "without a number: it was under way; finish it by hand and enter its form later".to_owned()
            }
        };
        text.push_str(&format!("LOST donation {donation}, {way}\n"));
    }
    for (id, din) in unreadable {
        let din = din.map_or_else(|| "without a number".to_owned(), |din| din.to_string());
        text.push_str(&format!(
            "LOST record {id}, {din}: it waits for upload and its line cannot be read; tell the blood centre on paper\n"
        ));
    }
    for copy in aside {
        text.push_str(&format!("put aside: journal/{copy}\n"));
    }
    text.push_str(
        "the shift is opened anew: what waited in it for a second person or a word is in the lines before\n",
    );
    text
}

/// What the station starts from is not damaged: by the same word a disk that failed is written again.
fn sound_again(folder: &StateDir) -> Done {
    let disk = RealDisk::open(&folder.journal()).map_err(Failure::refused)?;
    if !failed_before(&disk).map_err(Failure::refused)? {
        return print(&format!("{}\n", BooksError::Sound));
    }
    accept(&disk).map_err(Failure::refused)?;
    print("what the station starts from is not damaged: the next start writes it again\n")
}

fn run_replay(state: &Path, json: bool) -> Done {
    let audit = replay(&Reader::new(disk_of(state)?), u64::MAX).map_err(Failure::refused)?;
    if json {
        print_json(&audit)?;
    } else {
        let Audit { logic, donations, folded, events, samples, commands, sha256, .. } = &audit;
        let mut text = format!(
            "{donations} donations, {folded} of them led by another logic than {logic}\n\
             {events} events and {samples} weights gave {commands} orders\nsha256 {sha256}\n"
        );
        for Difference { seq, bed, journaled, replayed } in &audit.differences {
            text.push_str(&format!(
                "DIFFERS entry {seq} bed {bed}: journaled {journaled:?}, now {replayed:?}\n"
            ));
        }
        if audit.more_differences > 0 {
            text.push_str(&format!("and {} more\n", audit.more_differences));
        }
        text.push_str(if audit.equal { "the orders are those of the journal\n" } else { "NOT the same\n" });
        print(&text)?;
    }
    if audit.equal { Ok(()) } else { Err(Failure::Told) }
}

/// A kind of entries, as typed.
fn kind(text: &str) -> Result<String, EntryKindError> {
    EntryKind::try_from(text.to_owned()).map(String::from)
}

fn show(state: &Path, from: Option<u64>, through: Option<u64>, kind: Option<String>, looker: Looker) -> Done {
    let dir = StateDir::existing(state).map_err(Failure::usage)?;
    looker.journal(&dir, Sight::Journal { from, through, kind: kind.clone() })?;
    let through = through.unwrap_or(u64::MAX);
    let reader = Reader::new(disk_of(state)?);
    let oldest = reader.segment_starts().map_err(Failure::refused)?.first().copied().unwrap_or(1);
    for item in reader.entries(from.unwrap_or(oldest), through).map_err(Failure::refused)? {
        let entry = item.map_err(Failure::refused)?.entry;
        if kind.as_deref().is_none_or(|kind| entry.kind.as_str() == kind) {
            let text = line::of(&entry).map_err(Failure::refused)?;
            print(&format!("{text}\n"))?;
        }
    }
    Ok(())
}

/// The report of `verify`.
#[derive(Debug, Default, Serialize)]
struct Report {
    sound: bool,
    segments: u32,
    first: u64,
    last: u64,
    entries: u64,
    packs: u64,
    /// Packs whose samples were removed after their retention.
    retired_packs: u64,
    records: u64,
    acknowledged: u64,
    /// What was never durable, or is being written just now.
    torn: Option<String>,
    findings: Vec<String>,
    /// Findings beyond those told.
    more_findings: usize,
}

impl Report {
    fn find(&mut self, what: String) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(what);
        } else {
            self.more_findings += 1;
        }
    }
}

fn run_verify(state: &Path, json: bool) -> Done {
    let disk = disk_of(state)?;
    let files = disk.list().map_err(Failure::refused)?;
    let bytes: u64 = files.iter().map(|(_, len)| len).sum();
    if bytes > LONG {
        eprintln!("checking {} files, {} MiB", files.len(), bytes >> 20);
    }
    let chain = verify(&*disk, 0).map_err(Failure::refused)?;
    let mut report = of_chain(&chain);
    if chain.is_sound() && chain.first_seq > 0 {
        records(&Reader::new(disk), &chain, &mut report);
    } else if !chain.is_sound() {
        report.find("records were not compared, because the journal is damaged".to_owned());
    }
    report.sound = report.findings.is_empty();
    if json {
        print_json(&report)?
    } else {
        print(&words(&report))?
    }
    if report.sound { Ok(()) } else { Err(Failure::Told) }
}

fn of_chain(chain: &VerifyReport) -> Report {
    let mut report = Report {
        segments: chain.segments,
        first: chain.first_seq,
        last: chain.last_seq,
        entries: chain.entries,
        packs: chain.packs,
        retired_packs: chain.retired_packs,
        torn: chain.torn.as_ref().map(|(file, offset)| format!("{file} from byte {offset} on")),
        ..Report::default()
    };
    for damage in &chain.damage {
        report.find(damage.to_string());
    }
    report
}

/// What records and acknowledgements have to agree on.
#[derive(Default)]
struct Records {
    hashes: BTreeMap<RecordId, Digest>,
    acknowledged: u64,
}

fn records(reader: &Reader, chain: &VerifyReport, report: &mut Report) {
    let mut records = Records::default();
    // What was frozen before the oldest segment cannot be compared any more.
    let whole = chain.first_seq == 1;
    let entries = match reader.entries(chain.first_seq, chain.last_seq) {
        Ok(entries) => entries,
        Err(error) => return report.find(error.to_string()),
    };
    let mut seen = 0_u64;
    for item in entries {
        match item {
            Ok(item) => {
                if let Some(finding) = records.look_at(&item.entry, whole) {
                    report.find(format!("entry {}: {finding}", item.entry.seq));
                }
            }
            Err(error) => report.find(error.to_string()),
        }
        seen += 1;
        if seen.is_multiple_of(PROGRESS) {
            eprintln!("{seen} of {} entries compared", chain.entries);
        }
    }
    report.records = u64::try_from(records.hashes.len()).unwrap_or(u64::MAX);
    report.acknowledged = records.acknowledged;
}

impl Records {
    /// What is wrong with an entry, if anything is.
    fn look_at(&mut self, entry: &Entry, whole: bool) -> Option<String> {
        match (entry.body_as::<RecordFrozen>(), entry.body_as::<Acknowledged>()) {
            (Err(error), _) | (_, Err(error)) => Some(format!("cannot be understood: {error}")),
            (Ok(Some(record)), _) => self.record(record),
            (_, Ok(Some(acknowledged))) => self.acknowledgement(&acknowledged, whole),
            (Ok(None), Ok(None)) => None,
        }
    }

    fn record(&mut self, record: RecordFrozen) -> Option<String> {
        let RecordFrozen { id, sha256, canonical, .. } = record;
        let mut finding = None;
        if Digest::of(canonical.as_bytes()) != sha256 {
            finding = Some(format!("the bytes of record {id} do not have the hash {sha256}"));
        }
        match serde_json::from_str::<Envelope>(&canonical) {
            Ok(envelope) if envelope.record_id() == id && envelope.id == id.to_string() => {}
            Ok(envelope) => finding = Some(format!("record {id} calls itself {}", envelope.id)),
            Err(error) => finding = Some(format!("record {id} cannot be understood: {error}")),
        }
        if self.hashes.insert(id.clone(), sha256).is_some() {
            finding = Some(format!("record {id} was frozen twice"));
        }
        finding
    }

    fn acknowledgement(&mut self, acknowledged: &Acknowledged, whole: bool) -> Option<String> {
        let Acknowledged { id, sha256 } = acknowledged;
        match self.hashes.get(id) {
            Some(frozen) if frozen == sha256 => {
                self.acknowledged += 1;
                None
            }
            Some(frozen) => Some(format!("record {id} with hash {frozen} was acknowledged as {sha256}")),
            None => whole.then(|| format!("record {id} was acknowledged and never frozen")),
        }
    }
}

fn words(report: &Report) -> String {
    let Report { segments, first, last, entries, packs, retired_packs, records, acknowledged, .. } = report;
    let mut text = format!(
        "{segments} segments, entries {first} to {last} ({entries} good)\n\
         {packs} packs of weight samples, {retired_packs} of them past their retention\n\
         {records} records, {acknowledged} acknowledged\n"
    );
    if let Some(torn) = &report.torn {
        text.push_str(&format!("not durable yet: {torn}\n"));
    }
    for finding in &report.findings {
        text.push_str(&format!("DAMAGE {finding}\n"));
    }
    if report.more_findings > 0 {
        text.push_str(&format!("and {} more\n", report.more_findings));
    }
    text.push_str(if report.sound {
        "sound\n"
    } else {
        "NOT sound: keep a copy of the folder; hemostation journal go-on begins anew behind the damage\n"
    });
    text
}
