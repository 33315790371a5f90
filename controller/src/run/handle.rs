//! The control thread's counter: where other threads hand in inputs and requests, and see snapshots.
//!
//! Owns: the bounded queue into the control thread. Refuses: to let anybody wait for room in it: a full queue is "busy". A
//! crash loses what is in it; nobody was told that it was done.

use crate::control::io::{ControlOp, Input};
use station::api::{Answer, ApiError, ErrorCode, Snapshot};
use station::ident::OperatorId;
use station::procedure::event::ActingOperator;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// Most inputs and requests that wait for the control thread.
pub(crate) const QUEUE: usize = 256;

/// What is handed in.
pub(crate) enum Handed {
    /// A request, and where its answer goes.
    Request {
        by: Option<ActingOperator>,
        second: Option<OperatorId>,
        op: ControlOp,
        reply: oneshot::Sender<Result<Answer, ApiError>>,
    },
    /// Anything else.
    Input(Input),
}

/// The control thread does not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandError {
    /// Too much is waiting.
    #[error("the control thread is busy")]
    Busy,
    /// It has ended.
    #[error("the control thread has ended")]
    Ended,
}

/// A way to the control thread. Cheap to clone.
#[derive(Clone)]
pub struct ControlHandle {
    queue: mpsc::Sender<Handed>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl ControlHandle {
    pub(crate) fn new(queue: mpsc::Sender<Handed>, snapshots: watch::Receiver<Arc<Snapshot>>) -> Self {
        Self { queue, snapshots }
    }

    /// Hands an input in (not a request: its answer would be lost).
    ///
    /// # Errors
    /// [`HandError`]; it was not taken.
    pub fn hand(&self, input: Input) -> Result<(), HandError> {
        self.queue.try_send(Handed::Input(input)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => HandError::Busy,
            mpsc::error::TrySendError::Closed(_) => HandError::Ended,
        })
    }

    /// Asks for something and waits for the answer, which comes after what it says is durable.
    ///
    /// # Errors
    /// [`ApiError`]: the station's own, `Busy` when too much waits, `NotDurable` when the control thread ended before it
    /// could answer.
    pub async fn request(
        &self,
        by: Option<ActingOperator>,
        second: Option<OperatorId>,
        op: ControlOp,
    ) -> Result<Answer, ApiError> {
        let error = |code, text: &str| ApiError { code, text: text.to_owned(), refusal: None };
        let (reply, answer) = oneshot::channel();
        if self.queue.try_send(Handed::Request { by, second, op, reply }).is_err() {
            return Err(error(ErrorCode::Busy, "the control thread is busy: try again"));
        }
        let ended =
            || error(ErrorCode::NotDurable, "the daemon stopped: this may or may not have been taken");
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The newest snapshot, and a way to wait for the next.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}
