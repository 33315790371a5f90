//! What a person may answer at a bed now: one primary act at most, and a few others.
//!
//! Owns: keys and their meaning for each prompt. Refuses: judging whether the daemon will take it. Holds no state.

use crate::menu::Menu;
use crossterm::event::KeyCode;
use station::api::BedView;
use station::api::look::LookWhy;
use station::api::prompt::{Prompt, ScanWanted};
use station::ident::{BedId, LabelKind};
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{AbortWhy, Act, Arm, HandStep, ReactionClass};
use station::procedure::phase::PhaseName;

/// What a key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// An act at the bed.
    Act(Act),
    /// Calls the donor chosen in the worklist.
    Call,
    /// A choice out of a list.
    Menu(Menu),
    /// The programme for the donor chosen in the worklist.
    ChooseCall,
    /// Calls the donor chosen in the worklist with this programme, mL.
    CallFor(u16),
    /// The form for a donor whose document no reader reads.
    TypeIdentity,
    /// The form for what stands on the donor's form.
    ReadForm,
    /// The form for a label that no scanner reads.
    TypeLabel(LabelKind),
    /// The form for a step completed by hand.
    ByHand(HandStep),
    /// The form for a donor's reaction of this class and severity.
    Reaction(ReactionClass, u8),
    /// Looks at the donor's whole name.
    Look(LookWhy),
    /// Opens the bed.
    Open(BedId),
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its key.
    pub key: KeyCode,
    /// What it leads to.
    pub intent: Intent,
}

/// The answers to one prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// The one thing to do.
    pub primary: Option<Choice>,
    /// The others, most useful first; at most four.
    pub others: Vec<Choice>,
}

fn letter(key: char, intent: Intent) -> Choice {
    Choice { key: KeyCode::Char(key), intent }
}

fn act(key: char, act: Act) -> Choice {
    letter(key, Intent::Act(act))
}

/// Mixing by hand, while the tray stands still.
fn by_hand(bed: &BedView) -> Option<Choice> {
    let still = bed.alarms.iter().any(|a| a.code == AlarmCode::MixerStalled && a.holds);
    still.then(|| letter('d', Intent::ByHand(HandStep::Mixed)))
}

/// Beside the scanner: typing. A bag whose labels cannot be right is given up at once, not only once all of them were scanned; with
/// the needle in by taking it out.
fn scan(wanted: ScanWanted, bed: &BedView) -> Vec<Choice> {
    let typed = letter('t', Intent::TypeLabel(wanted.label()));
    match wanted {
        _ if bed.phase == PhaseName::Venipuncture && bed.needle_in => {
            vec![typed, act('v', Act::VenipunctureFailed)]
        }
        ScanWanted::Tube(tube) => vec![typed, letter('m', Intent::Menu(Menu::Missing { tube }))],
        ScanWanted::Bag | ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry
            if matches!(bed.phase, PhaseName::Label | PhaseName::Prepare | PhaseName::Venipuncture) =>
        {
            vec![typed, act('b', Act::BagRejected)]
        }
        ScanWanted::Form
        | ScanWanted::Bag
        | ScanWanted::BagCatalog
        | ScanWanted::BagLot
        | ScanWanted::BagExpiry
        | ScanWanted::Item(_) => vec![typed],
    }
}

/// The answers at this bed now. `waiting` says whether a donor is chosen in the worklist.
pub fn at_bed(bed: &BedView, waiting: bool) -> Choices {
    let enter = |intent| Some(Choice { key: KeyCode::Enter, intent });
    let primary = match &bed.prompt {
        Prompt::Identify => enter(Intent::Call).filter(|_| waiting && bed.phase == PhaseName::Idle),
        Prompt::ReadForm => enter(Intent::ReadForm),
        Prompt::PrepareArm => Some(act('l', Act::ArmReady(Arm::Left))),
        Prompt::ByHand(step) => enter(Intent::ByHand(*step)),
        prompt => prompt.primary().and_then(|act| enter(Intent::Act(act))),
    };
    let others: Vec<Choice> = match &bed.prompt {
        Prompt::Identify if bed.phase == PhaseName::Idle => {
            let programme = waiting.then(|| letter('g', Intent::ChooseCall));
            programme.into_iter().chain([letter('t', Intent::TypeIdentity)]).collect()
        }
        Prompt::NotEligible(why) if why.may_ask_again() => vec![act('w', Act::AskEligibility)],
        Prompt::LookAtBag | Prompt::PlaceBag => vec![act('b', Act::BagRejected)],
        Prompt::WaitPrepare if bed.phase == PhaseName::Prepare => vec![act('b', Act::BagRejected)],
        Prompt::PrepareArm => vec![act('r', Act::ArmReady(Arm::Right)), act('b', Act::BagRejected)],
        Prompt::InsertNeedle | Prompt::FillPouch { .. } | Prompt::ClosePouchClip | Prompt::BreakPlug => {
            vec![act('v', Act::VenipunctureFailed)]
        }
        Prompt::SecondAttempt => vec![act('e', Act::Abort(AbortWhy::NoVein))],
        Prompt::Scan { wanted, .. } => scan(*wanted, bed),
        Prompt::FillTube { tube, .. } => vec![letter('m', Intent::Menu(Menu::Missing { tube: *tube }))],
        Prompt::Paused => [act('e', Act::EndDraw)].into_iter().chain(by_hand(bed)).collect(),
        Prompt::EndAdvised if bed.phase == PhaseName::Pause => vec![act('r', Act::Resume)],
        Prompt::SealConnected => vec![act('o', Act::NeedleOut)],
        Prompt::InspectSeal => vec![act('u', Act::SealInspected { sound: false })],
        Prompt::InspectSeparation => vec![act('u', Act::SeparationInspected { separated: false })],
        Prompt::Segments { .. } => vec![act('l', Act::SegmentsLater), act('t', Act::StripTubing)],
        Prompt::Interrupted { may_resume: true } => vec![act('e', Act::EndDraw)],
        Prompt::PinchByHand => vec![letter('d', Intent::ByHand(HandStep::ClampClosed))],
        Prompt::Seal => vec![letter('d', Intent::ByHand(HandStep::Sealed))],
        Prompt::Separate => vec![letter('d', Intent::ByHand(HandStep::Separated))],
        Prompt::Identify
        | Prompt::ConfirmIdentity
        | Prompt::ReadForm
        | Prompt::WaitEligibility
        | Prompt::NotEligible(_)
        | Prompt::NoNeedle
        | Prompt::Newer
        | Prompt::WaitPrepare
        | Prompt::AskAgain
        | Prompt::WaitClampOpen
        | Prompt::WaitDraw
        | Prompt::EndAdvised
        | Prompt::WaitClampClosed
        | Prompt::ReleaseTourniquet
        | Prompt::TakeNeedleOut
        | Prompt::GuardNeedle
        | Prompt::WaitSeal
        | Prompt::WaitSeparate
        | Prompt::BinNeedle
        | Prompt::ReplaceBin
        | Prompt::AcceptDisposition
        | Prompt::CareForDonor { .. }
        | Prompt::ByHand(_)
        | Prompt::Interrupted { may_resume: false }
        | Prompt::EmergencyStop
        | Prompt::ClearBed => Vec::new(),
    };
    let unsaid = bed.needle_unsaid.then(|| act('u', Act::NeedleIn));
    Choices { primary, others: others.into_iter().chain(unsaid).collect() }
}

/// The protective acts and the keys that work on every screen, locked or not: a letter, and a function key for screens
/// on which letters are typed.
pub const PROTECTIVE: [(char, u8, Act); 5] = [
    ('p', 4, Act::Pause),
    ('c', 5, Act::Clamp),
    ('s', 6, Act::EmergencyStop),
    ('n', 7, Act::NeedleOut),
    ('h', 8, Act::CallForHelp),
];
