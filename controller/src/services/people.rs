//! Personal data for one screen: opened when a look at them is journaled, and not before.
//!
//! Owns: the way from a donor's token over the store and the journal to what was sealed. Refuses: to keep anything of it. Holds no state but the
//! key.

use super::deliver::{Deliver, FollowError};
use crate::privacy::{MasterKey, OsEntropy, Privacy, PrivacyError};
use station::api::look::PersonView;
use station::ident::{DonorToken, StationId};

/// Opens what was sealed.
pub(super) struct People {
    station: StationId,
    privacy: Privacy,
}

/// Why a donor's data cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeopleError {
    /// Store or journal.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The key or the blob.
    #[error(transparent)]
    Privacy(#[from] PrivacyError),
    /// What was sealed is no text.
    #[error("what was sealed of a donor is no text")]
    Text,
}

impl People {
    pub(super) fn new(station: &StationId, key: &MasterKey) -> Self {
        Self { station: station.clone(), privacy: Privacy::new(key, Box::new(OsEntropy)) }
    }

    /// A donor's data as sealed last; `None` when there are none here, or no longer.
    pub(super) fn read(
        &self,
        deliver: &Deliver,
        donor: &DonorToken,
    ) -> Result<Option<PersonView>, PeopleError> {
        let Some((key, blob)) = deliver.sealed(donor)? else { return Ok(None) };
        let context = format!("{}/{donor}", self.station);
        let plain = self.privacy.open(&key, context.as_bytes(), &blob)?;
        let text = std::str::from_utf8(plain.bytes()).map_err(|_| PeopleError::Text)?;
        // Name, number, sex, birth date, end of validity.
        let mut fields = text.split('\t');
        let mut field = || fields.next().unwrap_or_default().to_owned();
        let (name, number, _sex, birth) = (field(), field(), field(), field());
        Ok(Some(PersonView { name, number, birth }))
    }
}
