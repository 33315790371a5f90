//! What is to be done at a bed for what its screen asks: the next deed, in the world or as an act.
//!
//! Owns: the step from a prompt and the state of the world to one deed, and which kit and donor are at the bed. Refuses: to
//! say that something was done before a hand has done it. Lost in a crash; the next look at screen and world finds it again,
//! with a new kit.

use crate::bed::SimBed;
use crate::site::labels::Kit;
use crate::site::{SimDonor, Site};
use crate::world::hand::Hand;
use crate::world::line::{ML, Needle};
use station::api::BedView;
use station::api::prompt::{Prompt, ScanWanted};
use station::ident::{BedId, DonationId};
use station::procedure::event::{AbortWhy, Act, Arm, FormSeen, HandStep};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;

/// The nurse says that the pouch is full at this volume, nL.
const POUCH_FULL: i64 = 20 * ML;

/// What stands on the form of every donor who comes without being on the list.
const FORM: FormSeen =
    FormSeen { interview: true, examination: true, haemoglobin_g_l: 138, approved_ml: 200, consent: true };

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A hand does something.
    Hand(Hand),
    /// A label is held before the scanner.
    Scan(String),
    /// The donor's identity card is laid on the reader.
    LayCard(Box<SimDonor>),
    /// The card is lifted.
    LiftCard,
    /// A person says something at the terminal.
    Act {
        /// What.
        act: Act,
        /// A second person confirms.
        second: bool,
    },
}

impl Deed {
    /// Does it at the bed, when it is a deed of the world. Acts are left to whoever has a terminal.
    pub fn perform(&self, bed: &mut SimBed) {
        match self {
            Self::Hand(hand) => bed.hand(*hand),
            Self::Scan(text) => bed.scan(text),
            Self::LayCard(donor) => bed.id_reader.lay(&donor.person),
            Self::LiftCard => bed.id_reader.lift(),
            Self::Act { .. } => {}
        }
    }
}

/// What belongs to one bed's present donation.
#[derive(Debug, Clone)]
pub struct Case {
    bed: BedId,
    donation: Option<DonationId>,
    kit: Option<Kit>,
    /// Kits of this donation that were laid aside for another.
    laid_aside: Vec<Kit>,
    donor: Option<SimDonor>,
    /// The donor was asked for a second attempt: the other arm.
    again: bool,
    /// And a new kit, with the first scan.
    renew: bool,
}

impl Case {
    /// A bed without a case.
    pub fn new(bed: BedId) -> Self {
        Self {
            bed,
            donation: None,
            kit: None,
            laid_aside: Vec::new(),
            donor: None,
            again: false,
            renew: false,
        }
    }

    /// Which bed.
    pub fn bed(&self) -> BedId {
        self.bed
    }

    /// The donor who sat down last.
    pub fn donor(&self) -> Option<&SimDonor> {
        self.donor.as_ref()
    }

    /// Takes up a donation that was under way before anybody stood here: its kit is the one that carries its number.
    pub fn take_up(&mut self, view: &BedView, site: &Site) {
        if let (true, Some(din)) = (view.donation.is_some() && view.donation != self.donation, view.din) {
            self.donation = view.donation;
            self.kit = Some(site.kit_of(din));
        }
    }

    /// The next deed for what the screen asks; `None` when there is only waiting. Asked again it is the same, until it is
    /// done or the screen asks something else.
    pub fn look(&mut self, view: &BedView, site: &mut Site) -> Option<Deed> {
        if view.donation.is_some() && view.donation != self.donation {
            self.donation = view.donation;
            (self.kit, self.again) = (None, false);
            self.laid_aside.clear();
        }
        if view.prompt == Prompt::Identify {
            return self.identify(site);
        }
        if let Prompt::Scan { wanted, .. } = view.prompt {
            // A second attempt takes another kit, unless its number goes on.
            if std::mem::take(&mut self.renew) && view.din.is_none() {
                self.laid_aside.extend(self.kit.take());
            }
            if let Some(din) = view.din {
                self.find(din.as_str());
            }
            if self.is_lost(view) {
                return Some(Deed::Act { act: Act::Abort(AbortWhy::LabelMismatch), second: false });
            }
            // A lent scanner wants a number first.
            let wanted = if view.refused == Some(Refusal::NumberFirst) { ScanWanted::Form } else { wanted };
            return Some(self.scan(wanted, site));
        }
        if view.prompt == Prompt::SecondAttempt {
            (self.again, self.renew) = (true, true);
        }
        let bed = site.bed(self.bed)?;
        match hand_for(&view.prompt, bed) {
            Some(deed) => Some(deed),
            None if self.again && view.prompt == Prompt::PrepareArm => {
                Some(Deed::Act { act: Act::ArmReady(Arm::Right), second: false })
            }
            None => act_for(&view.prompt, bed),
        }
    }

    fn identify(&mut self, site: &mut Site) -> Option<Deed> {
        let bed = site.bed(self.bed)?;
        if bed.tray.bag().is_some() || bed.line.needle != Needle::Capped {
            // A station that started again may never have asked for it.
            return Some(Deed::Hand(Hand::ClearBed));
        }
        if bed.id_reader.has_card() {
            // It was not taken: lifted and laid down again, it is read again.
            return Some(Deed::LiftCard);
        }
        // Only who was taken to the bed makes room for the next.
        if self.donor.is_none() || self.donation.is_some() {
            self.donation = None;
            self.donor = site.next_donor();
        }
        self.donor.clone().map(|donor| Deed::LayCard(Box::new(donor)))
    }

    /// Looks for the kit of this number: a station that lost its last steps asks for the first one again.
    fn find(&mut self, din: &str) {
        let wanted = self.laid_aside.iter_mut().find(|kit| kit.din == din);
        if let (Some(there), Some(here)) = (wanted, &mut self.kit) {
            std::mem::swap(there, here);
        }
    }

    /// Whether the station holds to the number of a kit that is not at this bed, before the needle: it was read off another
    /// donor's form, so this donation has no labels.
    fn is_lost(&self, view: &BedView) -> bool {
        let Some(Refusal::DinMismatch { expected, found }) = view.refused else { return false };
        let here = self.kit.as_ref().is_some_and(|kit| kit.din == found.as_str());
        view.phase == PhaseName::Label && view.din == Some(expected) && here
    }

    fn scan(&mut self, wanted: ScanWanted, site: &mut Site) -> Deed {
        let kit = self.kit.get_or_insert_with(|| site.next_kit());
        Deed::Scan(match wanted {
            ScanWanted::Form => kit.form(),
            ScanWanted::Bag => kit.bag(),
            ScanWanted::Tube(_) => kit.tube(),
            ScanWanted::BagCatalog => kit.bag_codes[0].clone(),
            ScanWanted::BagLot => kit.bag_codes[1].clone(),
            ScanWanted::BagExpiry => kit.bag_codes[2].clone(),
            ScanWanted::Item(n) => kit.item(n),
        })
    }
}

/// What a hand has to do before the prompt's act is true.
fn hand_for(prompt: &Prompt, bed: &SimBed) -> Option<Deed> {
    let line = &bed.line;
    let hand = |needed: bool, hand: Hand| needed.then_some(Deed::Hand(hand));
    match prompt {
        Prompt::ConfirmIdentity => bed.id_reader.has_card().then_some(Deed::LiftCard),
        Prompt::PlaceBag if !matches!(line.needle, Needle::Capped | Needle::InVein) => {
            // The set of a first attempt.
            Some(Deed::Hand(Hand::ClearBed))
        }
        Prompt::PlaceBag => hand(bed.tray.bag().is_none(), Hand::HangBag),
        Prompt::InsertNeedle | Prompt::FillPouch { .. } => {
            hand(line.needle == Needle::Capped, Hand::InsertNeedle)
        }
        Prompt::ClosePouchClip => hand(!line.clip_closed, Hand::ClosePouchClip),
        Prompt::BreakPlug => hand(!line.plug_broken, Hand::BreakPlug),
        Prompt::FillTube { tube, .. } => hand(line.tubes() < *tube, Hand::FillTube(*tube)),
        Prompt::TakeNeedleOut => hand(line.needle == Needle::InVein, Hand::WithdrawNeedle),
        Prompt::Seal | Prompt::SealConnected => hand(!bed.sealer.tube, Hand::LayInSealer),
        Prompt::Separate => hand(!bed.separator.tube, Hand::LayInSeparator),
        Prompt::BinNeedle => hand(line.needle == Needle::Separated, Hand::BinNeedle),
        Prompt::ReplaceBin => hand(bed.separator.bin > 0, Hand::EmptyBin),
        Prompt::PinchByHand | Prompt::ByHand(HandStep::ClampClosed) => hand(!line.pinched, Hand::Pinch),
        Prompt::ByHand(HandStep::Sealed) => hand(!line.sealed, Hand::SealByHand),
        Prompt::ByHand(HandStep::Separated) => {
            hand(!matches!(line.needle, Needle::Separated | Needle::Binned), Hand::SeparateByHand)
        }
        Prompt::EmergencyStop => hand(bed.panel.stop_pressed, Hand::ReleaseStop),
        Prompt::ClearBed => hand(bed.tray.bag().is_some(), Hand::ClearBed),
        Prompt::Identify
        | Prompt::ReadForm
        | Prompt::WaitEligibility
        | Prompt::NotEligible(_)
        | Prompt::NoNeedle
        | Prompt::Newer
        | Prompt::Scan { .. }
        | Prompt::LookAtBag
        | Prompt::WaitPrepare
        | Prompt::PrepareArm
        | Prompt::AskAgain
        | Prompt::SecondAttempt
        | Prompt::WaitClampOpen
        | Prompt::WaitDraw
        | Prompt::Paused
        | Prompt::EndAdvised
        | Prompt::WaitClampClosed
        | Prompt::ReleaseTourniquet
        | Prompt::GuardNeedle
        | Prompt::WaitSeal
        | Prompt::InspectSeal
        | Prompt::WaitSeparate
        | Prompt::InspectSeparation
        | Prompt::Segments { .. }
        | Prompt::AcceptDisposition
        | Prompt::CareForDonor { .. }
        | Prompt::ByHand(
            HandStep::Mixed
            | HandStep::Diverted
            | HandStep::TubeFilled { .. }
            | HandStep::SegmentsSealed { .. }
            | HandStep::Weighed { .. },
        )
        | Prompt::Interrupted { .. } => None,
    }
}

/// The act that answers the prompt truly, as the world is.
fn act_for(prompt: &Prompt, bed: &SimBed) -> Option<Deed> {
    let line = &bed.line;
    let alone = |act: Act| Some(Deed::Act { act, second: false });
    let two = |act: Act| Some(Deed::Act { act, second: true });
    let by_hand = |step: HandStep| {
        let (tool, note) = ("haemostat, hand sealer".to_owned(), "the device failed".to_owned());
        Some(Deed::Act { act: Act::ByHand { step, tool, note }, second: true })
    };
    if let Prompt::FillPouch { by_word: true } = prompt
        && line.pouch_nl() < POUCH_FULL
    {
        return None;
    }
    if let Prompt::ByHand(step) = prompt {
        return by_hand(*step);
    }
    let separated = matches!(line.needle, Needle::Separated | Needle::Binned);
    match prompt.primary() {
        Some(act @ Act::SecondAttemptConsented) => Some(Deed::Act { act, second: true }),
        // After a restart two look; who else looks does no harm before.
        Some(Act::SealInspected { .. }) => two(Act::SealInspected { sound: line.sealed }),
        Some(Act::SeparationInspected { .. }) => two(Act::SeparationInspected { separated }),
        Some(act) => alone(act),
        None if *prompt == Prompt::ReadForm => Some(Deed::Act { act: Act::FormSeen(FORM), second: true }),
        None if *prompt == Prompt::PrepareArm => alone(Act::ArmReady(Arm::Left)),
        None if *prompt == Prompt::PinchByHand => by_hand(HandStep::ClampClosed),
        None => None,
    }
}
