//! Whether a device may be tried by hand now.
//!
//! Owns: who is asked: the running daemon, else the journal. Refuses: anything that adds energy while a bed of that device has a
//! donation, finished or not, and whatever needs the device's port while a daemon has it. What adds energy is journaled first. A
//! crash leaves an entry of a trial that was not.

use super::super::desk::Desk;
use super::super::{Failure, socket};
use super::acts::Act;
use controller::journal::{Body, Draft, EntryKind, Settings};
use controller::state_dir::{StateDir, StateLock};
use serde::{Deserialize, Serialize};
use station::api::{Answer, DeviceReport, Op, Snapshot};
use station::ident::{BedId, DeviceId};
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
}
impl Body for Tried {
    const KIND: EntryKind = EntryKind::of("tried");
}

/// Held while a device is tried: nobody else works in the folder.
pub(super) enum Leave {
    /// Nothing is ordered that adds energy.
    Look { _lock: StateLock },
    /// It has to be journaled first.
    Act { desk: Box<Desk> },
}

/// Leave to try a device, with the folder's lock.
///
/// # Errors
/// [`Failure::Refused`] when one of its beds has an unfinished donation, or the journal cannot say.
pub(super) fn without_daemon(
    dir: &StateDir,
    lock: StateLock,
    (device, beds): (&DeviceId, &[BedId]),
    act: Act,
) -> Result<Leave, Failure> {
    if !act.adds_energy() {
        return Ok(Leave::Look { _lock: lock });
    }
    let desk = Desk::open(dir, lock, Settings::default())?;
    if let Some((bed, donation)) = desk.unfinished()?.into_iter().find(|(bed, _)| beds.contains(bed)) {
        return Err(Failure::Refused(format!(
            "bed {bed} has an unfinished donation ({donation}): start the daemon and finish it there; {device} stays as it is"
        )));
    }
    Ok(Leave::Act { desk: Box::new(desk) })
}

impl Leave {
    /// What is going to be done is made durable first, where it adds energy.
    ///
    /// # Errors
    /// [`Failure::Refused`]; then nothing is to be done.
    pub(super) fn journal(&mut self, device: &DeviceId, act: Act) -> Result<(), Failure> {
        let Self::Act { desk } = self else { return Ok(()) };
        let now = desk.now()?;
        let uid = rustix::process::getuid().as_raw();
        let tried = Tried { device: device.clone(), act: format!("{act:?}").to_lowercase(), uid };
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
