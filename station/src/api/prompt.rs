//! Prompts: the one thing to do now at a bed, as a code; the terminal has the words.
//!
//! Owns: what the machine may ask of people. Refuses: sentences. At most one prompt a bed, with at most one primary act.

use crate::ident::LabelKind;
use crate::procedure::eligibility::NotEligible;
use crate::procedure::event::{AbortWhy, Act, HandStep};
use serde::{Deserialize, Serialize};

/// What a scan is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanWanted {
    /// DIN on the donor's form.
    Form,
    /// DIN on the primary bag.
    Bag,
    /// Catalogue number on the bag.
    BagCatalog,
    /// Lot on the bag.
    BagLot,
    /// Expiry on the bag.
    BagExpiry,
    /// DIN on item `n` of the site's list (transfer bags, tubing), from 1.
    Item(u8),
    /// DIN on tube `n`, from 1.
    Tube(u8),
}

impl ScanWanted {
    /// How it is typed when no scanner reads it.
    pub fn label(self) -> LabelKind {
        match self {
            Self::Form | Self::Bag | Self::Item(_) | Self::Tube(_) => LabelKind::Din,
            Self::BagCatalog => LabelKind::Catalog,
            Self::BagLot => LabelKind::Lot,
            Self::BagExpiry => LabelKind::Expiry,
        }
    }
}

/// The one thing to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Bed free: put the donor's ID card on the reader, or choose from the worklist.
    Identify,
    /// Ask name and birth date, then confirm.
    ConfirmIdentity,
    /// Read screening, approved volume and consent off the form with a second person.
    ReadForm,
    /// Wait: the BMS is asked about the donor.
    WaitEligibility,
    /// This donor may not give today: end here.
    NotEligible(NotEligible),
    /// Records cannot be kept: no needle can follow, end here.
    NoNeedle,
    /// Scan this.
    Scan {
        /// What.
        wanted: ScanWanted,
        /// Whether this is the second scan, before anything leaves the bed.
        again: bool,
    },
    /// Look at the bag, then confirm.
    LookAtBag,
    /// Hang the bag on the tray, lay the tubing into the clamp.
    PlaceBag,
    /// Wait: the bag is tared, mixer and clamp prove themselves.
    WaitPrepare,
    /// Choose arm, look at skin, disinfect.
    PrepareArm,
    /// Ask name and birth date again.
    AskAgain,
    /// Insert the needle and say so.
    InsertNeedle,
    /// A second attempt needs the donor's consent, the other arm and a new kit.
    SecondAttempt,
    /// Wait: the clamp opens.
    WaitClampOpen,
    /// Wait, or watch: the pouch fills.
    FillPouch {
        /// Whether the nurse has to say when it is full.
        by_word: bool,
    },
    /// Close the pouch's clip for good.
    ClosePouchClip,
    /// Break the plug.
    BreakPlug,
    /// Wait: drawing. Nothing to do but watch the donor.
    WaitDraw,
    /// Fill the tube just scanned and invert it.
    FillTube {
        /// From 1.
        tube: u8,
        /// How often to invert.
        inversions: u8,
        /// The needle has to stay in until the tubes are full.
        #[serde(default)]
        needle_stays: bool,
    },
    /// The draw is paused.
    Paused,
    /// The draw should be ended (time or pause too long, flow gone).
    EndAdvised,
    /// Wait: the clamp closes.
    WaitClampClosed,
    /// Pinch the line by hand: the clamp is not proved closed.
    PinchByHand,
    /// Release fist and tourniquet.
    ReleaseTourniquet,
    /// Take the needle out and say so.
    TakeNeedleOut,
    /// Guard the needle, press the site.
    GuardNeedle,
    /// Seal with the needle still in the donor: this very sealer is approved for it. Taking the needle out first is as good.
    SealConnected,
    /// Lay the tube into the sealer and seal.
    Seal,
    /// Wait: sealing.
    WaitSeal,
    /// Look at the seal: sound or not.
    InspectSeal,
    /// Take the needle off.
    Separate,
    /// Wait: separating.
    WaitSeparate,
    /// Look: is the needle off?
    InspectSeparation,
    /// Needle into the sharps bin.
    BinNeedle,
    /// Replace the full sharps bin.
    ReplaceBin,
    /// Strip the tubing and seal the segments, or leave it for later.
    Segments {
        /// How many are wanted.
        count: u8,
        /// Blood-filled tubing to be left on the bag, cm.
        length_cm: u8,
    },
    /// Look at the disposition and accept it.
    AcceptDisposition,
    /// Care for the donor first.
    CareForDonor {
        /// Why the donation ended.
        why: AbortWhy,
    },
    /// A device failed: complete this by hand, with a second person.
    ByHand(HandStep),
    /// Interrupted by a restart: go on (when allowed) or end.
    Interrupted {
        /// Whether going on is offered.
        may_resume: bool,
    },
    /// Emergency stop: find out why, then say it is over.
    EmergencyStop,
    /// Closed: hand the bag over, clear the bed.
    ClearBed,
    /// Something that only a newer terminal knows; no daemon says this. Nothing can be answered here, and what protects works as ever.
    Newer,
}

impl Prompt {
    /// The act that answers this prompt, where one act does; `None` for scans, waits and choices.
    pub fn primary(&self) -> Option<Act> {
        match self {
            Self::ConfirmIdentity => Some(Act::ConfirmIdentity),
            Self::NotEligible(_) => Some(Act::Abort(AbortWhy::NotEligible)),
            Self::NoNeedle => Some(Act::Abort(AbortWhy::DeviceFailed)),
            Self::LookAtBag => Some(Act::BagLooked),
            Self::PlaceBag => Some(Act::BagPlaced),
            Self::AskAgain => Some(Act::IdentityAskedAgain),
            Self::InsertNeedle => Some(Act::NeedleIn),
            Self::SecondAttempt => Some(Act::SecondAttemptConsented),
            Self::FillPouch { by_word: true } => Some(Act::PouchFull),
            Self::ClosePouchClip => Some(Act::PouchClipClosed),
            Self::BreakPlug => Some(Act::PlugBroken),
            Self::FillTube { .. } => Some(Act::TubeFilled),
            Self::Paused => Some(Act::Resume),
            Self::EndAdvised => Some(Act::EndDraw),
            Self::ReleaseTourniquet => Some(Act::TourniquetReleased),
            Self::TakeNeedleOut => Some(Act::NeedleOut),
            Self::GuardNeedle => Some(Act::NeedleGuarded),
            Self::Seal | Self::SealConnected => Some(Act::Seal),
            Self::InspectSeal => Some(Act::SealInspected { sound: true }),
            Self::Separate => Some(Act::Separate),
            Self::InspectSeparation => Some(Act::SeparationInspected { separated: true }),
            Self::BinNeedle => Some(Act::NeedleBinned),
            Self::ReplaceBin => Some(Act::BinReplaced),
            Self::Segments { count, .. } => Some(Act::SegmentsSealed { count: *count }),
            Self::AcceptDisposition => Some(Act::AcceptDisposition),
            Self::CareForDonor { .. } => Some(Act::DonorCaredFor),
            Self::Interrupted { may_resume } => Some(if *may_resume { Act::Resume } else { Act::EndDraw }),
            Self::EmergencyStop => Some(Act::EmergencyOver),
            Self::ClearBed => Some(Act::BedCleared),
            Self::Identify
            | Self::ReadForm
            | Self::WaitEligibility
            | Self::Scan { .. }
            | Self::WaitPrepare
            | Self::PrepareArm
            | Self::WaitClampOpen
            | Self::FillPouch { by_word: false }
            | Self::WaitDraw
            | Self::Newer
            | Self::WaitClampClosed
            | Self::PinchByHand
            | Self::WaitSeal
            | Self::WaitSeparate
            | Self::ByHand(_) => None,
        }
    }
}
