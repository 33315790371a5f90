//! The task that asks the BMS about donors: one request for each question, all of them apart from everything else.
//!
//! Owns: nothing but the way there and back. Refuses: to wait longer than the limit of the procedure; what comes later finds
//! a bed that has gone on. A crash loses a question; its bed does not wait for it.

use super::receiver::Receiver;
use crate::control::io::Input;
use crate::eligibility::Question;
use tokio::sync::mpsc;

/// All that asking needs.
pub(super) struct Asking {
    pub(super) receiver: Option<Receiver>,
    pub(super) questions: mpsc::Receiver<Question>,
    pub(super) to_control: mpsc::Sender<Input>,
}

impl Asking {
    pub(super) async fn run(mut self) {
        while let Some(question) = self.questions.recv().await {
            let (receiver, to_control) = (self.receiver.clone(), self.to_control.clone());
            tokio::spawn(async move {
                let donation = question.donation;
                let asked = tokio::task::spawn_blocking(move || receiver?.ask(&question));
                let answer = asked.await.ok().flatten();
                if to_control.send(Input::Eligibility { donation, answer }).await.is_err() {
                    tracing::debug!("the control thread has ended");
                }
            });
        }
    }
}
