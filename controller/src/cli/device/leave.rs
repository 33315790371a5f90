//! Whether a device may be tried by hand now.
//!
//! Owns: who is asked: the running daemon, else the journal. Refuses: anything that adds energy while a bed of that device
//! has a donation, finished or not, or nobody with number and PIN answers for it whose role allows it, and whatever needs
//! the device's port while a daemon has it. What takes energy away is anybody's. What adds it is journaled first. A crash
//! leaves an entry of a trial that was not.

use super::super::desk::{self, Desk};
use super::super::{Failure, pin, socket};
use super::acts::Act;
use clap::Args;
use config::StationConfig;
use controller::clock::Stamp;
use controller::journal::{Body, Draft, EntryKind};
use controller::operators::LockOut;
use controller::state_dir::{StateDir, StateLock};
use serde::{Deserialize, Serialize};
use station::api::{Answer, DeviceReport, Op, Snapshot};
use station::ident::{BedId, DeviceId, OperatorId};
use station::procedure::event::{ActingOperator, Role};
use station::procedure::refusal::Refusal;
use std::path::Path;

/// `tried`: somebody tried a device by hand while no daemon ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tried {
    /// Which.
    device: DeviceId,
    /// What, as typed on the command line.
    act: String,
    /// The system's user who ran the command.
    uid: u32,
    /// Who answers for it; nobody was asked when the oldest entries were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<OperatorId>,
}

impl Body for Tried {
    const KIND: EntryKind = EntryKind::of("tried");
}

/// `tried_in_vain`: the PIN of whoever wanted to was wrong. Kept so that every call of the command counts, as at a terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct TriedInVain {
    /// Which.
    device: DeviceId,
    /// What, as typed on the command line.
    act: String,
    /// The system's user who ran the command.
    uid: u32,
    /// Whose PIN it was not.
    by: OperatorId,
}

impl Body for TriedInVain {
    const KIND: EntryKind = EntryKind::of("tried_in_vain");
}

/// Held while a device is tried: nobody else works in the folder.
pub(super) enum Leave {
    /// Nothing is ordered that adds energy.
    Look { _lock: StateLock },
    /// It has to be journaled first, with who answers for it.
    Act { desk: Box<Desk>, by: OperatorId },
}

/// Who tries a device.
#[derive(Debug, Args)]
pub(super) struct Person {
    /// Who opens, moves or heats something: staff number of a nurse, lead or engineer; the PIN is asked on the terminal, unseen
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// Read the PIN from standard input instead of asking for it, before anything else that is asked
    #[arg(long, requires = "by")]
    pin_stdin: bool,
}

impl Person {
    /// The number, where it is wanted.
    ///
    /// # Errors
    /// [`Failure::Usage`] when an act wants one and it is not there, or is none.
    pub(super) fn number(&self, act: Act) -> Result<Option<OperatorId>, Failure> {
        if !act.adds_energy() {
            return Ok(None);
        }
        let Some(by) = &self.by else {
            return Err(Failure::Usage(
                "--by ID is needed: whoever opens, moves or heats something has to be known".to_owned(),
            ));
        };
        OperatorId::new(by).map(Some).map_err(Failure::usage)
    }
}

/// Whether this person may try devices where no donor is.
fn may_try(by: &ActingOperator) -> Result<(), Failure> {
    match by.role {
        Role::Nurse | Role::Lead | Role::Engineer => Ok(()),
        Role::Quality | Role::Admin | Role::Auditor => Err(Failure::refused(Refusal::RoleForbids(by.role))),
    }
}

/// Leave to try a device, with the folder's lock.
///
/// # Errors
/// [`Failure::Refused`] when one of its beds has an unfinished donation, the journal cannot say, or nobody whose role allows it
/// answers for it.
pub(super) fn without_daemon(
    dir: &StateDir,
    lock: StateLock,
    (device, beds): (&DeviceId, &[BedId]),
    (act, person): (Act, &Person),
    config: &StationConfig,
) -> Result<Leave, Failure> {
    let Some(number) = person.number(act)? else { return Ok(Leave::Look { _lock: lock }) };
    let mut desk = Desk::open(dir, lock, desk::settings(config), LockOut::of(&config.operators))?;
    if let Some((bed, donation)) = desk.unfinished()?.into_iter().find(|(bed, _)| beds.contains(bed)) {
        return Err(Failure::Refused(format!(
            "bed {bed} has an unfinished donation ({donation}): start the daemon and finish it there; {device} stays as it is"
        )));
    }
    let pin = pin::known_pin(person.pin_stdin)?;
    let now = desk.now()?;
    remember(&mut desk, now, &number)?;
    let was_locked = desk.roster.is_locked(now.mono, &number);
    let by = match desk.roster.check(now.mono, &number, &pin) {
        Ok(by) => by,
        Err(denied) => {
            // Who is locked out was not compared.
            if desk.roster.knows(&number) && !was_locked {
                in_vain(
                    &mut desk,
                    now,
                    TriedInVain { device: device.clone(), act: name(act), uid: uid(), by: number },
                )?;
            }
            return Err(Failure::refused(denied));
        }
    };
    may_try(&by)?;
    Ok(Leave::Act { desk: Box::new(desk), by: by.id })
}

fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

fn name(act: Act) -> String {
    format!("{act:?}").to_lowercase()
}

/// What earlier calls since the machine's start found of this person's PIN: those of the journal's newest segment. The segments
/// before it are not read, so a lock-out may end with its segment; wrong PINs alone fill none.
fn remember(desk: &mut Desk, now: Stamp, number: &OperatorId) -> Result<(), Failure> {
    let mut found = Vec::new();
    desk.newest_entries(|entry| {
        if entry.stamp.boot_id != now.boot_id {
            return;
        }
        match (entry.body_as::<TriedInVain>(), entry.body_as::<Tried>()) {
            (Ok(Some(vain)), _) if vain.by == *number => found.push((entry.stamp.mono, false)),
            (_, Ok(Some(tried))) if tried.by.as_ref() == Some(number) => found.push((entry.stamp.mono, true)),
            (_, _) => {}
        }
    })?;
    for (at, right) in found {
        if right { desk.roster.was_right(number) } else { desk.roster.was_wrong(at, number) }
    }
    Ok(())
}

/// Durable before anybody hears that it was wrong.
fn in_vain(desk: &mut Desk, now: Stamp, vain: TriedInVain) -> Result<(), Failure> {
    desk.write(now, |seq| Ok(vec![Draft::new(seq, now, None, &vain)?]))
}

impl Leave {
    /// What is going to be done is made durable first, where it adds energy.
    ///
    /// # Errors
    /// [`Failure::Refused`]; then nothing is to be done.
    pub(super) fn journal(&mut self, device: &DeviceId, act: Act) -> Result<(), Failure> {
        let Self::Act { desk, by } = self else { return Ok(()) };
        let now = desk.now()?;
        let tried = Tried { device: device.clone(), act: name(act), uid: uid(), by: Some(by.clone()) };
        desk.write(now, |seq| Ok(vec![Draft::new(seq, now, None, &tried)?]))
    }
}

/// What a running daemon says of one of its devices.
///
/// # Errors
/// [`Failure::Refused`] when it does not answer, or the device is none of its.
pub(super) fn from_daemon(path: &Path, device: &DeviceId) -> Result<DeviceReport, Failure> {
    let of_this = socket::devices(path)?.into_iter().find(|report| report.device == *device);
    of_this.ok_or_else(|| {
        Failure::Refused(format!(
            "the running daemon has no {device}: it was started with another station.toml"
        ))
    })
}

/// Why a device cannot be tried beside this daemon.
pub(super) fn refusal(path: &Path, device: &DeviceId, beds: &[BedId]) -> Failure {
    match socket::ask(path, Op::Snapshot) {
        Ok(Answer::Snapshot(snapshot)) => Failure::Refused(words(&snapshot, device, beds)),
        Ok(_) => Failure::Refused("the daemon answered another question".to_owned()),
        Err(failure) => failure,
    }
}

fn words(snapshot: &Snapshot, device: &DeviceId, beds: &[BedId]) -> String {
    let busy: Vec<BedId> =
        snapshot.beds.iter().filter(|bed| bed.donation.is_some()).map(|bed| bed.bed).collect();
    let listed = |beds: &[BedId]| beds.iter().map(BedId::to_string).collect::<Vec<_>>().join(", ");
    let own: Vec<BedId> = busy.iter().copied().filter(|bed| beds.contains(bed)).collect();
    if !own.is_empty() {
        return format!("bed {} has a donation: {device} is not tried now", listed(&own));
    }
    if !busy.is_empty() {
        return format!(
            "the daemon has {device}, and bed {} has a donation: try it when that is over, with the daemon stopped",
            listed(&busy)
        );
    }
    format!(
        "the daemon has {device}; no bed has a donation: systemctl stop hemostation, try it, start it again"
    )
}
