//! The configured BMS, for records, for the worklist and for questions about donors.
//!
//! Owns: turning the configuration into a transport. Refuses: nothing of its own. Holds no state but the connections.

use super::courier::SharedTransport;
use crate::eligibility::{self, Question};
use crate::upstream::Transport;
use crate::upstream::https::{FetchError, Https, HttpsSettings, SetupError};
use config::Bms;
use station::ident::StationId;
use station::procedure::eligibility::EligibilityAnswer;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A BMS that can be asked and sent to.
#[derive(Clone)]
pub(super) struct Receiver {
    https: Https,
    /// The same BMS with less patience.
    asked: Https,
    station: StationId,
}

impl Receiver {
    /// # Errors
    /// [`SetupError`] when a certificate cannot be used.
    pub(super) fn new(bms: &Bms, station: &StationId, ask: Duration) -> Result<Self, SetupError> {
        let client = bms.client.as_ref().map(|client| (client.cert_file.clone(), client.key_file.clone()));
        let settings = HttpsSettings {
            base: bms.url.as_str().to_owned(),
            timeout: Duration::from_secs(bms.timeout_s.into()),
            ca_file: bms.ca_file.clone(),
            client,
        };
        let asked = Https::new(&HttpsSettings { timeout: ask, ..settings.clone() })?;
        Ok(Self { https: Https::new(&settings)?, asked, station: station.clone() })
    }

    /// The worklist as the BMS wrote it. Blocks.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(super) fn worklist(&self) -> Result<String, FetchError> {
        self.https.worklist(self.station.as_str())
    }

    /// What the BMS says about a donor; `None` when it does not within the limit. Blocks.
    pub(super) fn ask(&self, question: &Question) -> Option<EligibilityAnswer> {
        eligibility::ask(&self.asked, self.station.as_str(), question)
    }

    pub(super) fn into_transport(self) -> SharedTransport {
        let transport: Box<dyn Transport> = Box::new(self.https);
        Arc::new(Mutex::new(transport))
    }
}
