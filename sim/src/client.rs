//! A scripted nurse at a running daemon, and the conversation that it has: a client of the control socket, as a terminal is.
//!
//! Owns: the conversation: subscribe, sign in with the badge, one act after the other. Refuses: to know more of the station than a terminal
//! does. A crash loses the sign-in; donations wait where they are.

use crate::bed::SimBed;
use crate::live::SharedSite;
use crate::nurse::Nurse;
use crate::nurse::deed::Deed;
use crate::nurse::morning::{Morning, MorningDeed};
use crate::staff::{NURSE, PIN, SECOND};
use station::api::{BedView, Credential, MAX_FRAME, Op, Reply, Request, Snapshot, VERSION};
use station::device::DeviceKind;
use station::ident::scan::badge_barcode;
use station::ident::{DonationId, NameError, OperatorId};
use station::measure::Span;
use station::procedure::phase::PhaseName;
use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Why the nurse stopped before the end.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket.
    #[error("control socket: {0}")]
    Socket(#[from] io::Error),
    /// The daemon's line is not one of the control API.
    #[error("the daemon says what is not understood: {0}")]
    Json(#[from] serde_json::Error),
    /// A name of the simulation.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The daemon ended the conversation.
    #[error("the daemon has closed the connection")]
    Closed,
    /// No scanner has read the badge.
    #[error("nobody signs in: no scanner has read the badge for {} s", MORNING.as_secs())]
    NoBadge,
    /// The morning's work does not come to its end.
    #[error("the shift is not open after {} s; the station asks for {asked}", MORNING.as_secs())]
    NotOpen {
        /// What it asks for, and why it refused the last answer.
        asked: String,
    },
}

/// A daemon that is away for longer does not come back.
const AWAY: Duration = Duration::from_secs(300);
/// A badge that was not read is shown again after this.
const SHOWN_AGAIN: Span = Span::from_secs(3);
/// The morning's work takes no longer than this.
const MORNING: Duration = Duration::from_secs(300);

/// What a nurse is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Seed of the nurse's pace.
    pub seed: u64,
    /// Donations to complete.
    pub donations: usize,
    /// Acts as soon as the screen asks for it, as no person does.
    pub brisk: bool,
}

/// Completes donations at the daemon that listens there. When the daemon goes away the nurse waits for it, and goes on
/// with what its screen shows then.
///
/// # Errors
/// [`ClientError`]; [`ClientError::Closed`] when it stays away for five minutes.
pub fn nurse(
    socket: &Path,
    site: &SharedSite,
    work: Work,
    progress: &mut dyn FnMut(&str),
) -> Result<(), ClientError> {
    let mut client = Client::new(Conversation::begin(socket)?, site, work)?;
    loop {
        match client.work(progress) {
            Err(ClientError::Closed | ClientError::Socket(_)) => {
                progress("the daemon is gone; waiting for it");
            }
            ended => return ended,
        }
        client.daemon = connect(socket)?;
    }
}

/// The daemon that is started again.
fn connect(socket: &Path) -> Result<Conversation, ClientError> {
    let begun = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return Ok(Conversation::over(stream)),
            Err(_) if begun.elapsed() > AWAY => return Err(ClientError::Closed),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// Does the morning's work at the daemon that listens there, as the nurse, until donors may come; what needs two people the second
/// one signs. Who signed in for the shift stays.
///
/// # Errors
/// [`ClientError`].
pub fn morning(socket: &Path, site: &SharedSite) -> Result<(), ClientError> {
    let work = Work { seed: 0, donations: 0, brisk: false };
    let mut client = Client::new(Conversation::begin(socket)?, site, work)?;
    client.sign_in(&mut |line| tracing::info!(line))?;
    let begun = Instant::now();
    loop {
        let Some(snapshot) = client.daemon.next(&mut |line| tracing::info!(line))? else { continue };
        client.begin_shift(&snapshot)?;
        let looked = snapshot.shift.scales.iter().all(|scale| scale.step.is_none());
        if looked && Morning::is_over(&snapshot, &site.hold()) {
            return Ok(());
        }
        if begun.elapsed() > MORNING {
            let asked = format!("{:?}, and refused {:?}", snapshot.shift.prompt, snapshot.shift.refused);
            return Err(ClientError::NotOpen { asked });
        }
    }
}

fn credential(number: &str) -> Result<Credential, NameError> {
    Ok(Credential { operator: OperatorId::new(number)?, pin: PIN.to_owned() })
}

/// A conversation with a daemon over its control socket.
#[derive(Debug)]
pub struct Conversation {
    reader: BufReader<UnixStream>,
    next_id: u64,
}

impl Conversation {
    /// Begins one with the daemon that listens there.
    ///
    /// # Errors
    /// [`ClientError::Socket`].
    pub fn begin(socket: &Path) -> Result<Self, ClientError> {
        Ok(Self::over(UnixStream::connect(socket)?))
    }

    fn over(stream: UnixStream) -> Self {
        Self { reader: BufReader::new(stream), next_id: 0 }
    }

    /// Asks. The answer is among what [`Self::next`] reads.
    ///
    /// # Errors
    /// [`ClientError::Socket`].
    pub fn ask(&mut self, op: Op) -> Result<(), ClientError> {
        self.next_id += 1;
        let id = format!("nurse-{}-{}", std::process::id(), self.next_id);
        let mut line = serde_json::to_vec(&Request { v: VERSION, id, op })?;
        line.push(b'\n');
        self.reader.get_mut().write_all(&line)?;
        Ok(())
    }

    /// Waits for what the daemon says next: a snapshot, or `None` for an answer; a refusal is told.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Closed`] when it has ended the conversation.
    pub fn next(&mut self, progress: &mut dyn FnMut(&str)) -> Result<Option<Box<Snapshot>>, ClientError> {
        let mut line = String::new();
        if self.reader.by_ref().take(MAX_FRAME as u64).read_line(&mut line)? == 0 {
            return Err(ClientError::Closed);
        }
        match serde_json::from_str(&line)? {
            Reply::Answer { result: Ok(_), .. } => Ok(None),
            Reply::Answer { result: Err(error), .. } => {
                progress(&format!("not taken: {error}"));
                Ok(None)
            }
            Reply::Snapshot(snapshot) => Ok(Some(snapshot)),
        }
    }
}

struct Client<'s> {
    daemon: Conversation,
    site: &'s SharedSite,
    nurses: Vec<Nurse>,
    morning: Morning,
    opened: BTreeSet<DonationId>,
    closed: BTreeSet<DonationId>,
    wanted: usize,
}

impl<'s> Client<'s> {
    fn new(daemon: Conversation, site: &'s SharedSite, work: Work) -> Result<Self, ClientError> {
        let Work { seed, donations: wanted, brisk } = work;
        let nurse = |bed: &SimBed| Nurse::new(seed, bed.number()).brisk(brisk);
        let nurses = site.hold().beds.iter().map(nurse).collect();
        Ok(Self {
            daemon,
            site,
            nurses,
            morning: Morning::new()?,
            opened: BTreeSet::new(),
            closed: BTreeSet::new(),
            wanted,
        })
    }

    /// Looks on from now on, and signs in once a scanner has read the badge.
    fn sign_in(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), ClientError> {
        let Credential { operator, pin } = credential(NURSE)?;
        self.daemon.ask(Op::Subscribe)?;
        let (mut shown_at, begun) = (None, Instant::now());
        while begun.elapsed() < MORNING {
            let Some(snapshot) = self.daemon.next(progress)? else { continue };
            if snapshot.badge.as_ref().is_some_and(|(_, who)| *who == operator) {
                return self.daemon.ask(Op::SignIn(Credential { operator, pin }));
            }
            if shown_at.is_none_or(|at| snapshot.mono.since(at) > SHOWN_AGAIN) {
                shown_at = Some(snapshot.mono);
                let mut site = self.site.hold();
                let reads = |bed: &&mut SimBed| bed.is_plugged(DeviceKind::Scanner);
                let first = site.beds.iter_mut().find(reads).map(|bed| bed.number());
                first
                    .and_then(|bed| site.bed_mut(bed))
                    .into_iter()
                    .for_each(|bed| bed.scan(&badge_barcode(&operator)));
            }
        }
        Err(ClientError::NoBadge)
    }

    /// Signs in and works until all is done.
    fn work(&mut self, progress: &mut dyn FnMut(&str)) -> Result<(), ClientError> {
        self.sign_in(progress)?;
        loop {
            let Some(snapshot) = self.daemon.next(progress)? else { continue };
            self.begin_shift(&snapshot)?;
            if self.look(&snapshot, progress)? {
                return Ok(());
            }
        }
    }

    /// Does what the shift asks next.
    fn begin_shift(&mut self, snapshot: &Snapshot) -> Result<(), ClientError> {
        let deed = self.morning.look(snapshot, &self.site.hold());
        match deed {
            Some(MorningDeed::Ask(ask, second)) => {
                let second = if second { Some(credential(SECOND)?) } else { None };
                self.daemon.ask(Op::Shift { ask, second })?;
            }
            Some(MorningDeed::Hand(bed, hand)) => {
                if let Some(bed) = self.site.hold().bed_mut(bed) {
                    bed.hand(hand);
                }
            }
            Some(MorningDeed::Scan(bed, code)) => {
                if let Some(bed) = self.site.hold().bed_mut(bed) {
                    bed.scan(&code);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// True when all is done.
    fn look(&mut self, snapshot: &Snapshot, progress: &mut dyn FnMut(&str)) -> Result<bool, ClientError> {
        for view in &snapshot.beds {
            self.note(view, progress);
            let ready = Morning::is_over(snapshot, &self.site.hold());
            if view.phase == PhaseName::Idle && (self.opened.len() >= self.wanted || !ready) {
                continue;
            }
            let Some(nurse) = self.nurses.iter_mut().find(|nurse| nurse.bed() == view.bed) else { continue };
            let mut site = self.site.hold();
            let Some(deed) = nurse.look(snapshot.mono, view, &mut site) else { continue };
            if let Deed::Act { act, second } = deed {
                drop(site);
                let second = if second { Some(credential(SECOND)?) } else { None };
                self.daemon.ask(Op::Act { bed: view.bed, rev: view.rev, act, second })?;
            } else if let Some(bed) = site.bed_mut(view.bed) {
                deed.perform(bed);
            }
        }
        let idle = snapshot.beds.iter().all(|view| view.phase == PhaseName::Idle);
        Ok(idle && self.closed.len() >= self.wanted && snapshot.outbox.waiting == 0)
    }

    fn note(&mut self, view: &BedView, progress: &mut dyn FnMut(&str)) {
        let Some(donation) = view.donation else { return };
        if self.opened.insert(donation) {
            progress(&format!("bed {}: donation {donation} opened", view.bed));
        }
        if view.phase == PhaseName::Closed && self.closed.insert(donation) {
            progress(&format!("bed {}: donation {donation} closed, {}", view.bed, view.volume));
        }
    }
}
