//! What all connections share: the way to the control thread and back, the roster, the newest snapshot.
//!
//! Owns: request tokens and who waits for them. Refuses: more waiting requests than the control thread's queue holds. The
//! control thread never takes a lock here: it hands answers to a channel and snapshots to a watch. Lost in a crash.

use super::recent::{Outcome, Recent, Seen};
use crate::clock::Clock;
use crate::control::io::{ControlOp, Input, Token};
use crate::devices::witness::Equipment;
use crate::operators::{Denied, Roster};
use station::api::look::PersonView;
use station::api::shift::ShiftAsk;
use station::api::{ApiError, Credential, ErrorCode, Snapshot};
use station::ident::{DonorToken, OperatorId};
use station::measure::{Mono, Span};
use station::procedure::event::ActingOperator;
use station::record::{Envelope, Which};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// A question to whoever keeps the store.
pub enum StoreQuery {
    /// A page of the alarm log.
    Alarms {
        /// Only alarms of lower numbers.
        before: Option<u64>,
        /// Takes the page.
        answer: oneshot::Sender<Outcome>,
    },
    /// What was sealed of a donor; the look at it is journaled.
    Person {
        /// Whose.
        donor: DonorToken,
        /// Takes it.
        answer: oneshot::Sender<Result<PersonView, ApiError>>,
    },
    /// The newest version of a closed donation's record.
    Record {
        /// Which donation.
        which: Which,
        /// Takes it.
        answer: oneshot::Sender<Result<Box<Envelope>, ApiError>>,
    },
}

/// What a hub is built from.
pub struct HubParts {
    /// Bounded queue into the control thread.
    pub to_control: mpsc::Sender<Input>,
    /// The same for protective acts alone.
    pub to_protect: mpsc::Sender<Input>,
    /// Newest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// What is known of each device.
    pub equipment: Equipment,
    /// Bounded queue to whoever keeps the store.
    pub store: mpsc::Sender<StoreQuery>,
    /// Who may act.
    pub roster: Arc<Mutex<Roster>>,
    /// For lock-outs and idle sessions.
    pub clock: Box<dyn Clock>,
    /// A terminal without a request for this long is signed out; a running draw does not notice.
    pub idle: Span,
    /// Nobody signs in whose badge no scanner has just read.
    pub badge_needed: bool,
}

/// Shared by all connections.
pub struct Hub {
    to_control: mpsc::Sender<Input>,
    to_protect: mpsc::Sender<Input>,
    pub(super) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(super) equipment: Equipment,
    store: mpsc::Sender<StoreQuery>,
    roster: Arc<Mutex<Roster>>,
    clock: Mutex<Box<dyn Clock>>,
    pub(super) idle: Span,
    badge_needed: bool,
    recent: Mutex<Recent>,
    next_token: AtomicU64,
    waiting: Mutex<BTreeMap<Token, oneshot::Sender<Outcome>>>,
    terminals: AtomicUsize,
}

/// A poisoned lock guards nothing that could be half-changed here: maps of independent rows.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an answer says that a request was not even looked at: the same one may be tried again.
fn nothing_was_done(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Busy | ErrorCode::Denied | ErrorCode::LockedOut | ErrorCode::BadgeFirst)
}

pub(super) fn api_error(code: ErrorCode, text: impl Into<String>) -> ApiError {
    ApiError { code, text: text.into(), refusal: None }
}

impl Hub {
    /// A hub without connections.
    pub fn new(parts: HubParts) -> Self {
        Self {
            to_control: parts.to_control,
            to_protect: parts.to_protect,
            snapshots: parts.snapshots,
            equipment: parts.equipment,
            store: parts.store,
            roster: parts.roster,
            clock: Mutex::new(parts.clock),
            idle: parts.idle,
            badge_needed: parts.badge_needed,
            recent: Mutex::default(),
            next_token: AtomicU64::new(1),
            waiting: Mutex::default(),
            terminals: AtomicUsize::new(0),
        }
    }

    /// Hands an answer of the control thread to whoever waits for it. An answer nobody waits for any more is dropped: the
    /// act itself is journaled, and the same request id gets the remembered outcome.
    pub fn deliver(&self, token: Token, outcome: Outcome) {
        let waiting = locked(&self.waiting).remove(&token);
        if waiting.is_none_or(|w| w.send(outcome).is_err()) {
            tracing::debug!(token, "nobody waits for this answer any more");
        }
    }

    pub(super) fn now(&self) -> Mono {
        locked(&self.clock).now().mono
    }

    /// Counts a terminal that subscribed (`true`) or left, and tells the control thread.
    pub(super) async fn terminal(&self, here: bool) {
        let count = if here {
            self.terminals.fetch_add(1, Ordering::SeqCst) + 1
        } else {
            self.terminals.fetch_sub(1, Ordering::SeqCst) - 1
        };
        if self.to_control.send(Input::Terminals(count)).await.is_err() {
            tracing::debug!("the control thread has ended");
        }
    }

    /// Tells the control thread that a person is here for the day, or left.
    pub(super) async fn present(&self, operator: ActingOperator, present: bool) {
        if self.to_control.send(Input::SignedIn { operator, present }).await.is_err() {
            tracing::debug!("the control thread has ended");
        }
    }

    /// Whether this person's badge was just read, where that is needed to sign in.
    pub(super) fn shown(&self, operator: &OperatorId) -> Result<(), ApiError> {
        let read = || self.snapshots.borrow().badge.as_ref().is_some_and(|(_, who)| who == operator);
        if !self.badge_needed || read() {
            return Ok(());
        }
        Err(api_error(ErrorCode::BadgeFirst, "have this badge read by a scanner first, then give the PIN"))
    }

    /// Checks badge number and PIN, off the async threads because it is slow on purpose.
    pub(super) async fn check(self: &Arc<Self>, credential: Credential) -> Result<ActingOperator, ApiError> {
        let hub = self.clone();
        let checked = tokio::task::spawn_blocking(move || {
            let pin = zeroize::Zeroizing::new(credential.pin);
            let now = hub.now();
            locked(&hub.roster).check(now, &credential.operator, &pin)
        });
        match checked.await {
            Ok(Ok(operator)) => Ok(operator),
            Ok(Err(denied @ Denied::Wrong)) => Err(api_error(ErrorCode::Denied, denied.to_string())),
            Ok(Err(denied @ Denied::LockedOut { .. })) => {
                Err(api_error(ErrorCode::LockedOut, denied.to_string()))
            }
            Err(_) => Err(api_error(ErrorCode::Busy, "the PIN could not be checked")),
        }
    }

    /// Carries a request out once, however often its id comes.
    pub(super) async fn once<F>(&self, id: &str, carry_out: F) -> Outcome
    where
        F: Future<Output = Outcome>,
    {
        let now = self.now();
        let seen = locked(&self.recent).look_up(now, id);
        match seen {
            Seen::New(outcome) => {
                let result = carry_out.await;
                outcome.send_replace(Some(result.clone()));
                if result.as_ref().is_err_and(|error| nothing_was_done(error.code)) {
                    locked(&self.recent).forget(id);
                }
                result
            }
            Seen::Before(mut outcome) => match outcome.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(result)) => result.clone(),
                Ok(None) | Err(_) => {
                    Err(api_error(ErrorCode::NotDurable, "the first request was not carried to its end"))
                }
            },
            Seen::Full => Err(api_error(ErrorCode::Busy, "too many requests in ten minutes")),
        }
    }

    /// One page of the alarm log.
    pub(super) async fn alarms(&self, before: Option<u64>) -> Outcome {
        let (answer, page) = oneshot::channel();
        if self.store.try_send(StoreQuery::Alarms { before, answer }).is_err() {
            return Err(api_error(ErrorCode::Busy, "the alarm log is busy, try again"));
        }
        page.await.unwrap_or_else(|_| Err(api_error(ErrorCode::Busy, "the station is stopping")))
    }

    /// The newest version of a closed donation's record.
    pub(super) async fn closed(&self, which: Which) -> Result<Box<Envelope>, ApiError> {
        let (answer, found) = oneshot::channel();
        if self.store.try_send(StoreQuery::Record { which, answer }).is_err() {
            return Err(api_error(ErrorCode::Busy, "the store is busy, try again"));
        }
        found.await.unwrap_or_else(|_| Err(api_error(ErrorCode::Busy, "the station is stopping")))
    }

    /// A donor's data. Whoever asks has journaled the look before.
    pub(super) async fn person(&self, donor: DonorToken) -> Result<PersonView, ApiError> {
        let (answer, found) = oneshot::channel();
        if self.store.try_send(StoreQuery::Person { donor, answer }).is_err() {
            return Err(api_error(ErrorCode::Busy, "the store is busy, try again"));
        }
        found.await.unwrap_or_else(|_| Err(api_error(ErrorCode::Busy, "the station is stopping")))
    }

    /// Sends one operation to the control thread and waits for its answer, which comes after it is durable.
    pub(super) async fn ask(
        &self,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        op: ControlOp,
    ) -> Outcome {
        let token = self.next_token.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        locked(&self.waiting).insert(token, sender);
        // What the clocks of the services have to follow, once it is taken.
        let confirmed =
            if let ControlOp::Shift(ShiftAsk::ConfirmClock(wall)) = &op { Some(*wall) } else { None };
        let protective = op.is_protective();
        let input = Input::Request { token, by, second, op };
        let sent = if protective {
            // Never refused for want of room: nothing else is in that queue, and the control thread empties it in every turn.
            self.to_protect.send(input).await.is_ok()
        } else {
            self.to_control.try_send(input).is_ok()
        };
        if !sent {
            locked(&self.waiting).remove(&token);
            return Err(api_error(ErrorCode::Busy, "the station is busy, try again"));
        }
        let outcome = receiver.await;
        if let (Some(wall), Ok(Ok(_))) = (confirmed, &outcome) {
            locked(&self.clock).confirm(wall);
        }
        outcome.unwrap_or_else(|_| Err(api_error(ErrorCode::NotDurable, "the station is stopping")))
    }
}
