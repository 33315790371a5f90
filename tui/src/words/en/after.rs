//! English: after the donation.
//!
//! Owns: these words. Refuses: a reason for not using a unit: the donor owes none. Holds no state.

use crate::app::Stored;
use crate::words::AfterText;
use station::record::Which;

pub(crate) fn stored(stored: Stored) -> String {
    match stored {
        Stored::Paper(din, donation) => format!("stored: {din} is donation {donation} here"),
        Stored::Word(Which::Donation(donation)) => format!("stored for donation {donation}"),
        Stored::Word(Which::Din(din)) => format!("stored for {din}"),
    }
}

pub(crate) fn after_text(which: AfterText) -> &'static str {
    match which {
        AfterText::Title => "AFTER THE DONATION",
        AfterText::Rests => "rests, left",
        AfterText::SegmentsOpen => "segments are still to be sealed",
        AfterText::Other => "another closed donation, or one on paper",
        AfterText::Donation => "donation",
        AfterText::ByLabel => "Which: its number, or its label with check character.",
        AfterText::RestHeadline => "Rests and is watched; goes when well and the time is over",
        AfterText::SegmentsHeadline => "Seal the segments of this unit",
        AfterText::OtherHeadline => "What is said of a donation after it was closed",
        AfterText::RestOverKey => "the rest is over",
        AfterText::SegmentsKey => "segments are sealed",
        AfterText::ReactionKey => "late reaction",
        AfterText::DoNotUseKey => "do not use",
        AfterText::PaperKey => "from paper",
        AfterText::FormReaction => "A reaction that came late",
        AfterText::FormDoNotUse => "The donor asks that this unit not be used",
        AfterText::FormSegments => "Segments are sealed",
        AfterText::FormPaper => "Enter a donation carried out on paper",
        AfterText::PaperDetail => "Scan the form at a free bed, or each reads its number off.",
        AfterText::Closed => "Number or label",
        AfterText::Class => "Class, 1 to 6",
        AfterText::Severity => "Severity, 1 to 5",
        AfterText::Certain => "1: yes. No undo",
        AfterText::Donor => "ID or queue number",
        AfterText::Programme => "Programme, mL",
        AfterText::Tubes => "Tubes filled",
        AfterText::Sealed => "Sealed, binned 1/0",
        AfterText::Compared => "Document seen 1/0",
    }
}
