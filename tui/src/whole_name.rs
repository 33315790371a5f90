//! A donor's whole name and number on the screen, for a short time.
//!
//! Owns: how long they stand there. Refuses: to keep them when the time is over, the bed's screen was left or the donor has changed: they are
//! overwritten then. A crash loses them.

use station::api::look::PersonView;
use station::ident::{BedId, DonationId};
use zeroize::Zeroize as _;

/// So long they stand there, ms.
const SHOWN_MS: u64 = 30_000;

/// What the daemon answered to a look.
#[derive(Debug)]
pub struct WholeName {
    /// At which bed.
    pub bed: BedId,
    donation: Option<DonationId>,
    person: PersonView,
    until_ms: u64,
}

impl WholeName {
    /// Of the donor who gives this donation, from now on.
    pub fn new(bed: BedId, donation: Option<DonationId>, person: PersonView, now_ms: u64) -> Self {
        Self { bed, donation, person, until_ms: now_ms + SHOWN_MS }
    }

    /// Whether it is still to be shown, where this donation is on the bed's screen.
    pub fn holds(&self, shown: Option<(BedId, Option<DonationId>)>, now_ms: u64) -> bool {
        now_ms < self.until_ms && shown == Some((self.bed, self.donation))
    }

    /// Name, number, birth date and the seconds left.
    pub fn line(&self, now_ms: u64) -> String {
        let PersonView { name, number, birth } = &self.person;
        let left = self.until_ms.saturating_sub(now_ms).div_ceil(1000);
        format!("{name}  {number}  {birth}  {left} s")
    }
}

impl Drop for WholeName {
    fn drop(&mut self) {
        for text in [&mut self.person.name, &mut self.person.number, &mut self.person.birth] {
            text.zeroize();
        }
    }
}
