//! The task that fetches the worklist: at the start and at the configured interval.
//!
//! Owns: the rhythm, and telling once when it changes from good to bad or back. Refuses: to keep what the BMS wrote longer than
//! it takes to turn it into tokens. A failed fetch leaves the list as it is; its age is seen at each donor.

use super::SharedClock;
use super::receiver::Receiver;
use crate::clock::Clock as _;
use crate::control::io::Input;
use crate::upstream::https::FetchError;
use crate::worklist::{Intake, Taken};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use zeroize::Zeroizing;

/// All that fetching needs.
pub(super) struct Fetching {
    pub(super) receiver: Receiver,
    pub(super) intake: Intake,
    pub(super) clock: SharedClock,
    pub(super) every: Duration,
    pub(super) to_control: mpsc::Sender<Input>,
    /// Tells the courier whether the BMS was reached.
    pub(super) reached: watch::Sender<bool>,
}

impl Fetching {
    pub(super) async fn run(mut self) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = String::new();
        loop {
            ticks.tick().await;
            let now_told = match self.fetch().await {
                Ok(taken) => {
                    let told = words(&taken);
                    for input in taken.inputs {
                        if self.to_control.send(input).await.is_err() {
                            return;
                        }
                    }
                    told
                }
                Err(error) => format!("the worklist stays as it is: {error}"),
            };
            // The same trouble every few seconds would only fill the log.
            if now_told != told {
                tracing::info!("{now_told}");
                told = now_told;
            }
        }
    }

    async fn fetch(&mut self) -> Result<Taken, String> {
        let receiver = self.receiver.clone();
        let fetched = tokio::task::spawn_blocking(move || receiver.worklist().map(Zeroizing::new));
        let Ok(fetched) = fetched.await else { return Err("fetching broke off".to_owned()) };
        // A BMS that has no list for this station is there all the same.
        self.reached.send_replace(!matches!(fetched, Err(FetchError::Unreachable(_))));
        let text = fetched.map_err(|error| error.to_string())?;
        let now = self.clock.now();
        self.intake.take(now, &text).map_err(|error| error.to_string())
    }
}

/// Most bad items told one by one.
const MAX_TOLD: usize = 10;

fn words(taken: &Taken) -> String {
    let mut words = format!("worklist: {} donors", taken.items);
    let bad = taken.bad.len();
    if bad > 0 {
        let shown: Vec<String> = taken.bad.iter().take(MAX_TOLD).map(ToString::to_string).collect();
        words.push_str(&format!(", {bad} items left out: {}", shown.join("; ")));
    }
    if taken.beyond > 0 {
        words.push_str(&format!(", {} beyond the bound", taken.beyond));
    }
    words
}
