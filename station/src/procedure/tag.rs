//! The tag of the bag on the tray, compared with what is printed on it.
//!
//! Owns: which tag is this donation's, and that a bag whose tag disagrees gets no needle and does not leave the bed. Refuses: to tick anything
//! off: the printed label is what counts, a tag only contradicts it. A donation without tags is none the worse. Lost in a
//! crash; a replay finds it again.

use super::alarm::AlarmCode;
use super::donation::Donation;
use super::event::Scan;
use super::labels::{self, Expected};
use super::machine::Procedure;
use super::phase::Phase;
use super::refusal::Refusal;
use crate::ident::{Din, TagUid};

/// What is known of the bag's tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BagTag {
    /// The tag that agreed, and the number in it if it holds one.
    agreed: Option<(TagUid, Option<Din>)>,
    /// The tag that was read last does not agree: the alarm that it is.
    wrong: Option<AlarmCode>,
}

impl BagTag {
    /// The tag that belongs to this donation.
    pub(super) fn uid(self) -> Option<TagUid> {
        self.agreed.map(|(uid, _)| uid)
    }

    /// The alarm for a tag that does not agree.
    pub(super) fn alarm(self) -> Option<AlarmCode> {
        self.wrong
    }

    /// The tag of a bag that was put aside: it contradicts nothing any more.
    pub(super) fn laid_aside(self) -> Self {
        Self { wrong: None, ..self }
    }

    /// The number that it holds.
    pub(super) fn din(self) -> Option<Din> {
        self.agreed.and_then(|(_, din)| din)
    }
}

impl Donation {
    /// Whether the bag's tag stands against going on. Nothing does once people have given up on labels that do not agree.
    ///
    /// # Errors
    /// [`Refusal::TagDisagrees`].
    pub(super) fn tag_agrees(&self) -> Result<(), Refusal> {
        if self.tag.wrong.is_some() && !self.gave_up_labels() { Err(Refusal::TagDisagrees) } else { Ok(()) }
    }
}

impl Procedure {
    /// A tag was read. On a bed without a donor it concerns nobody.
    pub(super) fn tag(&mut self, scan: &Scan, uid: TagUid) -> Result<(), Refusal> {
        let bed = self.bed.id;
        let Some(busy) = &mut self.busy else { return Ok(()) };
        if matches!(busy.phase, Phase::Identify(_) | Phase::Closed(_)) {
            return Ok(());
        }
        let d = &mut busy.donation;
        let expected = Expected { bed, din: d.expected_din() };
        let known = d.tag.uid().filter(|known| *known != uid);
        let compared = match known {
            Some(expected) => Err(Refusal::TagMismatch { expected, found: uid }),
            None => labels::compare(scan, expected),
        };
        match compared {
            Ok(din) => {
                d.tag = BagTag { agreed: Some((uid, din)), wrong: None };
                Ok(())
            }
            Err(refusal) => {
                d.tag.wrong = labels::alarm_of(&refusal);
                Err(refusal)
            }
        }
    }
}
