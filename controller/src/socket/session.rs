//! One connection: who is signed in on it, what it asked, what it is told.
//!
//! Owns: the session's operator and its idle time. Refuses: acts without a version it knows, more than [`MAX_OPEN`] open
//! requests. Losing the connection signs nobody out of the shift and stops no draw. Lost in a crash.

use super::frame::{self, FrameError, FrameReader};
use super::hub::{Hub, api_error};
use super::recent::Outcome;
use crate::control::io::ControlOp;
use crate::control::looks::Look;
use station::api::look::{LookFrom, LookWhy, Sight};
use station::api::shift::ShiftAsk;
use station::api::{Answer, Credential, ErrorCode, Op, Reply, Request, VERSION};
use station::measure::Mono;
use station::procedure::event::ActingOperator;
use station::record::{AfterClosing, Which};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Most requests of one connection that wait for an answer.
const MAX_OPEN: usize = 16;
/// Shortest time between two snapshots.
const SNAPSHOT_GAP: Duration = Duration::from_millis(100);
/// A subscriber hears at least this often, so that silence means a lost daemon.
const HEARTBEAT: u32 = 10;

struct Session {
    hub: Arc<Hub>,
    signed_in: Option<ActingOperator>,
    /// Somebody was signed out for leaving the terminal alone, which does not know it yet.
    lapsed: bool,
    last_request: Mono,
    subscribed: Option<Counted>,
    replies: mpsc::Sender<Reply>,
}

/// What a request needs after the session has looked at it.
enum Next {
    Reply(Outcome),
    Ask(Job),
    /// A look: carried out each time it comes, because its answer is never kept.
    Look(Option<ActingOperator>, Option<Credential>, Wish),
    Subscribe,
}

/// What is looked at, and why.
type Wish = (Sight, LookWhy);

/// A request that goes to the control thread.
struct Job {
    by: Option<ActingOperator>,
    second: Option<Credential>,
    op: Wanted,
}

/// What a request asks of the control thread.
enum Wanted {
    /// This.
    Op(ControlOp),
    /// Something about a closed donation, whose record has to be found first.
    AfterClosing(Which, AfterClosing),
}

impl Job {
    fn is_protective(&self) -> bool {
        matches!(&self.op, Wanted::Op(op) if op.is_protective())
    }
}

/// A terminal that is counted as looking on, until its connection ends, however it ends.
struct Counted(Arc<Hub>);

impl Drop for Counted {
    fn drop(&mut self) {
        let hub = self.0.clone();
        // Without a runtime the daemon is ending, and nobody counts any more.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { hub.terminal(false).await });
        }
    }
}

/// Serves one connection until it ends.
pub(super) async fn run(stream: UnixStream, hub: Arc<Hub>) {
    let (read, mut write) = stream.into_split();
    let mut reader = FrameReader::new(read);
    let (replies, mut outgoing) = mpsc::channel(MAX_OPEN);
    let now = hub.now();
    let mut snapshots = hub.snapshots.clone();
    let mut session =
        Session { hub, signed_in: None, lapsed: false, last_request: now, subscribed: None, replies };
    let mut gap = interval(SNAPSHOT_GAP);
    gap.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent = 0;
    loop {
        let step = tokio::select! {
            line = reader.next() => match line {
                Ok(line) => session.handle(&line).await,
                Err(e) => { session.refuse_frame(e, &mut write).await; break }
            },
            Some(reply) = outgoing.recv() => frame::write(&mut write, &reply).await,
            due = next_snapshot(&mut gap, &mut silent, &mut snapshots, session.subscribed.is_some()) => match due {
                Some(reply) => frame::write(&mut write, &reply).await,
                None => Ok(()),
            },
        };
        if let Err(error) = step {
            tracing::info!(%error, "a terminal was dropped");
            break;
        }
    }
}

/// Waits for the next moment at which a subscriber should hear, and says what.
async fn next_snapshot(
    gap: &mut Interval,
    silent: &mut u32,
    snapshots: &mut watch::Receiver<Arc<station::api::Snapshot>>,
    subscribed: bool,
) -> Option<Reply> {
    gap.tick().await;
    if !subscribed {
        return None;
    }
    *silent += 1;
    // A closed watch means that the control thread has ended: nothing new will come, and silence shows it.
    let changed = snapshots.has_changed().ok()?;
    if !changed && *silent < HEARTBEAT {
        return None;
    }
    *silent = 0;
    let newest = snapshots.borrow_and_update().clone();
    Some(Reply::Snapshot(Box::new((*newest).clone())))
}

impl Session {
    async fn refuse_frame(&self, error: FrameError, write: &mut tokio::net::unix::OwnedWriteHalf) {
        if matches!(error, FrameError::TooLong) {
            let reply = answer(String::new(), Err(api_error(ErrorCode::TooLong, error.to_string())));
            if let Err(error) = frame::write(write, &reply).await {
                tracing::debug!(%error, "the terminal did not take its refusal");
            }
        }
        tracing::debug!(%error, "a terminal left");
    }

    async fn handle(&mut self, line: &[u8]) -> Result<(), FrameError> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let request: Request = match serde_json::from_slice(line) {
            Ok(request) => request,
            Err(e) => {
                return self.reply(String::new(), Err(api_error(ErrorCode::Malformed, e.to_string()))).await;
            }
        };
        let id = request.id.clone();
        match self.look_at(request).await {
            Next::Reply(outcome) => self.reply(id, outcome).await,
            Next::Subscribe => {
                if self.subscribed.is_none() {
                    self.hub.terminal(true).await;
                    self.subscribed = Some(Counted(self.hub.clone()));
                }
                let newest = self.hub.snapshots.borrow().clone();
                self.reply(id, Ok(Answer::Done)).await?;
                self.send(Reply::Snapshot(Box::new((*newest).clone()))).await
            }
            Next::Ask(job) if job.is_protective() => {
                // Whatever else is open here or was asked before: a stop is carried out, and once more does no harm.
                let (hub, replies) = (self.hub.clone(), self.replies.clone());
                tokio::spawn(async move {
                    let outcome = carry_out(hub, job).await;
                    if replies.try_send(answer(id, outcome)).is_err() {
                        tracing::debug!("the terminal does not take the answer to a protective act");
                    }
                });
                Ok(())
            }
            Next::Ask(job) => {
                // An open request holds a place in the queue of replies: that is the bound on open requests.
                let place = self.replies.clone().try_reserve_owned().map_err(|_| FrameError::Closed)?;
                let hub = self.hub.clone();
                // The answer waits for the disk; the connection does not.
                tokio::spawn(async move {
                    let outcome = hub.once(&id, carry_out(hub.clone(), job)).await;
                    place.send(answer(id, outcome));
                });
                Ok(())
            }
            Next::Look(by, who, wish) => {
                let place = self.replies.clone().try_reserve_owned().map_err(|_| FrameError::Closed)?;
                let hub = self.hub.clone();
                tokio::spawn(async move { place.send(answer(id, look(hub, by, who, wish).await)) });
                Ok(())
            }
        }
    }

    async fn look_at(&mut self, request: Request) -> Next {
        if request.v > VERSION {
            let text = format!("version {} is newer than this daemon's {VERSION}", request.v);
            return Next::Reply(Err(api_error(ErrorCode::Version, text)));
        }
        if request.id.is_empty() || request.id.chars().count() > 64 {
            return Next::Reply(Err(api_error(ErrorCode::Malformed, "id: 1 to 64 characters")));
        }
        let by = self.operator();
        if self.lapsed && needs_a_name(&request.op) {
            // The terminal still names somebody: it is told so.
            self.lapsed = false;
            return Next::Reply(Err(api_error(
                ErrorCode::NotSignedIn,
                "left alone for too long: sign in again",
            )));
        }
        match request.op {
            Op::Snapshot => {
                let newest = self.hub.snapshots.borrow().clone();
                Next::Reply(Ok(Answer::Snapshot(Box::new((*newest).clone()))))
            }
            Op::Subscribe => Next::Subscribe,
            Op::Devices { after } => {
                Next::Reply(Ok(Answer::Devices { devices: self.hub.equipment.page(after.as_ref()) }))
            }
            Op::Alarms { before } if by.is_some() => Next::Reply(self.hub.alarms(before).await),
            Op::Alarms { .. } => Next::Reply(Err(api_error(ErrorCode::NotSignedIn, "sign in first"))),
            Op::Look { sight, why, who } => Next::Look(by, who, (sight, why)),
            Op::SignIn(credential) => Next::Reply(self.sign_in(credential).await),
            Op::SignOut => {
                self.lapsed = false;
                if let Some(operator) = self.signed_in.take() {
                    self.hub.present(operator, false).await;
                }
                Next::Reply(Ok(Answer::Done))
            }
            Op::Act { bed, rev, act, second } => {
                Next::Ask(Job { by, second, op: Wanted::Op(ControlOp::Act { bed, rev, act }) })
            }
            Op::Call { bed, rev, queue, programme_ml } => {
                let op = Wanted::Op(ControlOp::Call { bed, rev, queue, programme_ml });
                Next::Ask(Job { by, second: None, op })
            }
            Op::TypedIdentity { bed, rev, person, second } => Next::Ask(Job {
                by,
                second: Some(second),
                op: Wanted::Op(ControlOp::TypedIdentity { bed, rev, person }),
            }),
            Op::TypedLabel { bed, rev, label, text, again, second } => Next::Ask(Job {
                by,
                second: Some(second),
                op: Wanted::Op(ControlOp::TypedLabel { bed, rev, label, text, again }),
            }),
            Op::Shift { ask, second } => Next::Ask(Job { by, second, op: Wanted::Op(ControlOp::Shift(ask)) }),
            Op::AfterClosing { .. } if by.is_none() => {
                Next::Reply(Err(api_error(ErrorCode::NotSignedIn, "sign in first")))
            }
            Op::AfterClosing { which, what } => {
                Next::Ask(Job { by, second: None, op: Wanted::AfterClosing(which, what) })
            }
            Op::RestOver { donation } => {
                Next::Ask(Job { by, second: None, op: Wanted::Op(ControlOp::RestOver { donation }) })
            }
            Op::EnterLater { form, donor, second, again, compared } => {
                let op = Wanted::Op(ControlOp::EnterLater { form, donor, again, compared });
                Next::Ask(Job { by, second: Some(second), op })
            }
        }
    }

    /// Who is signed in here, unless the terminal was left alone for too long.
    fn operator(&mut self) -> Option<ActingOperator> {
        let now = self.hub.now();
        if now.since(self.last_request) >= self.hub.idle
            && let Some(operator) = self.signed_in.take()
        {
            tracing::info!(operator = %operator.id, "signed out: the terminal was left alone");
            self.lapsed = true;
        }
        self.last_request = now;
        self.signed_in.clone()
    }

    async fn sign_in(&mut self, credential: Credential) -> Outcome {
        self.hub.shown(&credential.operator)?;
        let operator = self.hub.check(credential).await?;
        (self.signed_in, self.lapsed) = (Some(operator.clone()), false);
        self.hub.present(operator.clone(), true).await;
        Ok(Answer::SignedIn { operator: operator.id, role: operator.role })
    }

    async fn reply(&self, re: String, outcome: Outcome) -> Result<(), FrameError> {
        self.send(answer(re, outcome)).await
    }

    /// Into the connection's own queue, which this same task empties: full means that the terminal does not read.
    async fn send(&self, reply: Reply) -> Result<(), FrameError> {
        self.replies.try_send(reply).map_err(|_| FrameError::Closed)
    }
}

/// Whether nobody may ask for this unnamed. Looking at the screen is anyone's, and so is what protects
/// or is true whoever says it.
fn needs_a_name(op: &Op) -> bool {
    match op {
        Op::Act { act, .. } => !act.is_anyones(),
        Op::Snapshot | Op::Subscribe | Op::Devices { .. } | Op::SignIn(_) | Op::SignOut => false,
        Op::Alarms { .. }
        | Op::Look { .. }
        | Op::Call { .. }
        | Op::TypedIdentity { .. }
        | Op::TypedLabel { .. }
        | Op::Shift { .. }
        | Op::AfterClosing { .. }
        | Op::RestOver { .. }
        | Op::EnterLater { .. } => true,
    }
}

async fn carry_out(hub: Arc<Hub>, job: Job) -> Outcome {
    if let Wanted::Op(op @ ControlOp::Act { act, .. }) = &job.op
        && act.needs_no_second()
    {
        return at_once(&hub, job.by, job.second, op.clone()).await;
    }
    let second = match job.second {
        Some(credential) => Some(hub.check(credential).await?),
        None => None,
    };
    let op = match job.op {
        // What is corrected is read here: the control thread never waits for a disk.
        Wanted::Op(ControlOp::Shift(ShiftAsk::Correct(ask))) => {
            let present = hub.closed(Which::Donation(ask.donation)).await?;
            ControlOp::Correct(ask, present)
        }
        Wanted::Op(op) => op,
        Wanted::AfterClosing(which, what) => {
            ControlOp::AfterClosing { envelope: hub.closed(which).await?, what }
        }
    };
    hub.ask(job.by, second, op).await
}

/// An act that protects is done before anybody asks who stands beside it. A PIN that came with it is checked after: a wrong one
/// counts like any other, and the act stands.
async fn at_once(
    hub: &Arc<Hub>,
    by: Option<ActingOperator>,
    second: Option<Credential>,
    op: ControlOp,
) -> Outcome {
    let outcome = hub.ask(by, None, op).await;
    if let Some(second) = second {
        let number = second.operator.clone();
        if hub.check(second).await.is_err() {
            tracing::warn!(%number, "a protective act was taken; the second person beside it is not known by this PIN");
        }
    }
    outcome
}

/// Journals a look and then fetches what it is at, where that comes over the socket.
async fn look(hub: Arc<Hub>, by: Option<ActingOperator>, who: Option<Credential>, wish: Wish) -> Outcome {
    let (by, from) = match (who, by) {
        (Some(who), _) => (hub.check(who).await?, LookFrom::CommandLine),
        (None, Some(by)) => (by, LookFrom::Terminal),
        (None, None) => return Err(api_error(ErrorCode::NotSignedIn, "sign in first")),
    };
    let (sight, why) = wish;
    match hub.ask(Some(by), None, ControlOp::Look(Look { sight, why, from })).await? {
        Answer::Looked { donor: Some(donor) } => hub.person(donor).await.map(Answer::Person),
        answer => Ok(answer),
    }
}

fn answer(re: String, result: Outcome) -> Reply {
    Reply::Answer { v: VERSION, re, result }
}
