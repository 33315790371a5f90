//! Looks: who looks at unmasked personal data, searches or takes records out, and why.
//!
//! Owns: the entry, which is durable before the answer is given and so before anything is shown. Refuses: roles that may not look (that is
//! journaled too), and anything in the entry by which a donor could be known but the token. Holds no state.

use super::Station;
use super::answers::{bad, not_durable, refused};
use super::entries::Looked;
use crate::clock::Stamp;
use crate::journal::EntryKind;
use station::api::look::{LookFrom, LookWhy, Sight};
use station::api::{Answer, ApiError, ErrorCode};
use station::procedure::event::ActingOperator;
use station::procedure::refusal::Refusal;

/// A look that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What is looked at.
    pub sight: Sight,
    /// Why.
    pub why: LookWhy,
    /// Where.
    pub from: LookFrom,
}

impl Look {
    /// The entry of a look that shows no donor at a bed.
    ///
    /// # Errors
    /// [`ErrorCode::Malformed`] for a kind of entry that cannot be.
    pub fn entry(self, by: &ActingOperator) -> Result<Looked, ApiError> {
        let Self { sight, why, from } = self;
        if let Sight::Journal { kind: Some(kind), .. } = &sight {
            let kind = EntryKind::try_from(kind.clone());
            kind.map_err(|error| bad(ErrorCode::Malformed, &error.to_string()))?;
        }
        let refused = (!sight.is_for(by.role)).then_some(by.role);
        Ok(Looked { by: by.id.clone(), sight, why, from, donation: None, donor: None, refused })
    }
}

impl Station {
    pub(super) fn look(
        &mut self,
        now: Stamp,
        by: Option<ActingOperator>,
        look: Look,
    ) -> Result<Answer, ApiError> {
        let by = by.ok_or_else(|| bad(ErrorCode::NotSignedIn, "sign in first"))?;
        let mut entry = look.entry(&by)?;
        let mut here = None;
        if let Sight::Donor(bed) = &entry.sight {
            let at = self.at(*bed).ok_or_else(|| bad(ErrorCode::NoSuchBed, "no such bed here"))?;
            let seated = self.slots[at].seated.as_ref().ok_or_else(|| refused(Refusal::NotNow))?;
            here = Some(*bed);
            entry.donation = Some(seated.donation);
            entry.donor = Some(seated.token.clone());
        }
        // What is not journaled is not shown.
        if !self.keep(None, |pen| pen.write(now, here, &entry)) {
            return Err(not_durable());
        }
        match entry.refused {
            Some(role) => Err(refused(Refusal::RoleForbids(role))),
            None => Ok(Answer::Looked { donor: entry.donor }),
        }
    }
}
