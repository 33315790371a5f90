//! The donation record: what leaves the station about one donation, and its versions.
//!
//! Owns: the schema (version [`SCHEMA`]) and the rule that its JSON, fields in the order below, is the canonical form over
//! which the hash is taken. Refuses: personal data; a curve of more than [`MAX_CURVE`] points; more than [`MAX_BYTES`]
//! bytes. Append-only: golden bytes of a released schema are never edited.

mod after;
mod correction;
mod disposition;
mod entered_later;
mod envelope;

pub use after::{AfterClosing, Which};
pub use correction::{CorrectedField, correct};
pub(crate) use disposition::Findings;
pub use entered_later::{EnteredLater, Entering, PaperForm, record as of_paper};
pub use envelope::{ENVELOPE, Envelope};

use crate::api::prompt::ScanWanted;
use crate::device::Mode;
use crate::ident::{Din, DonationId, DonorToken, GroupCode, LotNumber, OperatorId, RegistrationId, TagUid};
use crate::measure::{Microlitres, MicrolitresPerSecond, Milligrams, Mono, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::eligibility::NotEligible;
use crate::procedure::event::{
    AbortWhy, Arm, Eligibility, FormSeen, HandStep, IdentifiedBy, MissingWhy, Reaction,
};
use crate::shift::lots::LotInUse;
use serde::{Deserialize, Serialize};

/// Version of the schema below.
pub const SCHEMA: u32 = 1;
/// Most points of the volume curve.
pub const MAX_CURVE: usize = 600;
/// Most reactions of one donor, at the bed and later.
pub const MAX_REACTIONS: usize = 16;
/// Most bytes of the canonical form.
pub const MAX_BYTES: usize = 32 * 1024;

/// What becomes of the unit, as far as the station may say. Never "released".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Collected, waiting for handover.
    Collected,
    /// Quarantined, waiting for a decision.
    Quarantined,
    /// Discard proposed; quality decides.
    DiscardProposed,
    /// Nothing was collected.
    NoUnit,
}

impl Disposition {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Collected, Self::Quarantined, Self::DiscardProposed, Self::NoUnit];
}

/// Class of the collected volume against nominal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeClass {
    /// Within the band.
    Normal,
    /// Below it.
    Underweight,
    /// Above it.
    Overweight,
    /// Nothing was drawn.
    None,
}

/// Less than this in the bag is nothing collected.
const NOTHING: Microlitres = Microlitres::from_ml(1);

impl VolumeClass {
    /// The class of a volume against the lowest and highest normal one.
    pub(crate) fn of(volume: Microlitres, (low, high): (Microlitres, Microlitres)) -> Self {
        if volume < NOTHING {
            Self::None
        } else if volume < low {
            Self::Underweight
        } else if volume > high {
            Self::Overweight
        } else {
            Self::Normal
        }
    }
}

/// How something irreversible is known to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmed {
    /// The device confirmed.
    Device,
    /// A person looked.
    Person,
    /// Done by hand with another tool.
    ByHand,
}

/// One donation, closed.
///
/// Instants are [`Mono`] of the boot in which they happened; `opened_seq` and `closed_seq` tie them to the journal, whose
/// entries carry calendar time. The controller adds station, record id and calendar times around it (see [`Envelope`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DonationRecord {
    /// Version of this schema.
    pub schema: u32,
    /// Version of the procedure's logic.
    pub logic: u32,
    /// Which donation of this station.
    pub donation: DonationId,
    /// Real, validation or simulated.
    pub mode: Mode,
    /// DIN, unless the donation ended before one was scanned.
    pub din: Option<Din>,
    /// DINs voided on the way.
    pub voided: Vec<Din>,
    /// Who gave, without saying who.
    pub donor: DonorToken,
    /// How the donor was identified.
    pub identified_by: IdentifiedBy,
    /// How eligibility was asked.
    pub eligibility: Eligibility,
    /// Why the donor was not eligible, where that ended the donation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ineligible: Option<NotEligible>,
    /// What two people read off the form, where the worklist did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormSeen>,
    /// The group with which the donor came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupCode>,
    /// The name that the BMS gave to the registration: queues, groups and fee waivers find the donation by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationId>,
    /// Programme, mL.
    pub programme_ml: u16,
    /// Nominal volume of the kit, mL, where it is not the programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kit_ml: Option<u16>,
    /// Catalogue number of the set as scanned.
    pub bag_catalog: Option<String>,
    /// Lot of the set.
    pub bag_lot: Option<LotNumber>,
    /// Expiry of the set, `YYYY-MM-DD`.
    pub bag_expiry: Option<String>,
    /// The tag on the bag, where it has one that agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag_tag: Option<TagUid>,
    /// Arm of the last attempt.
    pub arm: Option<Arm>,
    /// Attempts made, 0 to 2.
    pub attempts: u8,
    /// Blood that the first of two attempts took: its pouch, as weighed or as much as it may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_attempt: Option<Microlitres>,
    /// The kit that the first of two attempts used up; its needle was in the bin before the second kit came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_kit: Option<KitRecord>,
    /// Tare of the set.
    pub tare: Option<Milligrams>,
    /// Density used, mg/mL.
    pub density: u32,
    /// Scale calibration in force.
    pub calibration: String,
    /// Needle in.
    pub needle_in: Option<Mono>,
    /// First blood in the bag.
    pub first_blood: Option<Mono>,
    /// Clamp proved closed at the end.
    pub clamped: Option<Mono>,
    /// Needle out.
    pub needle_out: Option<Mono>,
    /// First blood in the bag to clamp closed, pauses included.
    pub collection: Option<Span>,
    /// Pauses: number and total.
    pub pauses: (u16, Span),
    /// Blood in the bag.
    pub volume: Microlitres,
    /// Class of the volume.
    pub volume_class: VolumeClass,
    /// Greatest flow believed.
    pub max_flow: MicrolitresPerSecond,
    /// Mean flow over the collection time.
    pub mean_flow: MicrolitresPerSecond,
    /// Blood led to the pouch, when it was weighed.
    pub pouch: Option<Microlitres>,
    /// Not for platelets (collection too long).
    pub not_for_platelets: bool,
    /// Not for fresh frozen plasma (collection too long).
    pub not_for_plasma: bool,
    /// Tubes in the site's order.
    pub tubes: Vec<TubeRecord>,
    /// How the needle-side seal is known; `None` when there was none.
    pub seal: Option<Confirmed>,
    /// How the separation is known; `None` when there was none.
    pub separation: Option<Confirmed>,
    /// Segments sealed; `None` when there were none, or they are done later.
    pub segments: Option<u8>,
    /// Segments are to be sealed later, elsewhere, and nobody has said yet that they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub segments_later: bool,
    /// Steps completed by hand.
    pub by_hand: Vec<(HandStep, String)>,
    /// Labels that were typed instead of scanned.
    pub typed_labels: u16,
    /// Which fields are as typed, in the order of typing; what was typed of a bag that was given up is only counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<TypedLabel>,
    /// Whether form, bag and every tube present agreed on the second scan.
    pub reconciled: bool,
    /// Why it ended before its time.
    pub abort: Option<AbortWhy>,
    /// Reactions of the donor.
    pub reactions: Vec<Reaction>,
    /// The donor asked later that the unit not be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_excluded: bool,
    /// Every alarm that was raised, with its instant, oldest first; at most 200.
    pub alarms: Vec<(Mono, AlarmCode)>,
    /// Who acted, in order of first act.
    pub operators: Vec<OperatorId>,
    /// Seconds since first blood and microlitres in the bag; at most [`MAX_CURVE`].
    pub curve: Vec<(u16, u32)>,
    /// What becomes of the unit.
    pub disposition: Disposition,
    /// Packages that were open in the shift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<LotInUse>,
    /// It was carried out on paper and entered later; the rest is what the form said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_later: Option<EnteredLater>,
}

/// The kit of a first attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitRecord {
    /// The number on its labels: among the voided ones, or this donation's where the site lets it go on.
    pub din: Option<Din>,
    /// Catalogue number of the set.
    pub bag_catalog: Option<String>,
    /// Lot of the set.
    pub bag_lot: Option<LotNumber>,
    /// Expiry of the set, `YYYY-MM-DD`.
    pub bag_expiry: Option<String>,
    /// The tag on the bag, where it has one that agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag_tag: Option<TagUid>,
    /// The arm in which no vein was found.
    pub arm: Option<Arm>,
    /// How the seal is known; `None` where no one could say it any more.
    pub seal: Option<Confirmed>,
    /// How the separation is known.
    pub separation: Option<Confirmed>,
}

/// A field of a record whose label was typed and confirmed by a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedLabel {
    /// Which label.
    pub label: ScanWanted,
    /// Whether that was on the second scan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// One tube of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TubeRecord {
    /// The site's name for it.
    pub name: String,
    /// When it was filled.
    pub filled: Option<Mono>,
    /// Why it is missing.
    pub missing: Option<MissingWhy>,
}
