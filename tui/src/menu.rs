//! Choices out of a short list: why a donation ends, why a tube is missing, which reaction.
//!
//! Owns: the items and their order. Refuses: words. Holds no state.

use crate::words::{self, Language, Say};
use station::api::BedView;
use station::api::look::LookWhy;
use station::procedure::event::{AbortWhy, Act, HandStep, MissingWhy, ReactionClass};

/// A question with a short list of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// How much is drawn from the donor chosen in the worklist, out of what is offered and approved, mL.
    Call([Option<u16>; MAX_PROGRAMMES]),
    /// Why the donation ends.
    Abort,
    /// Why this tube, from 1, is missing.
    Missing {
        /// Its number.
        tube: u8,
    },
    /// Class of the donor's reaction.
    Class,
    /// Which programme instead, out of those offered now, mL.
    Programme([Option<u16>; MAX_PROGRAMMES]),
    /// Which step was done by hand: the tube to be filled next, how many segments.
    ByHand {
        /// Number of the tube, when one is due.
        tube: Option<u8>,
    },
    /// How severe a reaction of this class is.
    Severity(ReactionClass),
    /// Why the donor's whole name is looked at.
    Look,
}

/// Most programmes to choose from.
pub const MAX_PROGRAMMES: usize = 4;

/// What a choice leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// An act.
    Act(Act),
    /// A further question.
    Menu(Menu),
    /// The form for a step done by hand.
    ByHand(HandStep),
    /// The form for a reaction of this class and severity.
    Reaction(ReactionClass, u8),
    /// A call with this programme, mL.
    Call(u16),
    /// A look at the donor's whole name.
    Look(LookWhy),
}

const ABORTS: [AbortWhy; 8] = [
    AbortWhy::DonorWithdraws,
    AbortWhy::Reaction,
    AbortWhy::NoVein,
    AbortWhy::FlowStopped,
    AbortWhy::DeviceFailed,
    AbortWhy::BagDefect,
    AbortWhy::LabelMismatch,
    AbortWhy::NotEligible,
];
const MISSING: [MissingWhy; 4] =
    [MissingWhy::NeedleOutEarly, MissingWhy::NotEnoughBlood, MissingWhy::Damaged, MissingWhy::NotTaken];
/// The classes of reactions, in their order.
pub const CLASSES: [ReactionClass; 6] = [
    ReactionClass::Local,
    ReactionClass::Vasovagal,
    ReactionClass::Apheresis,
    ReactionClass::Allergic,
    ReactionClass::OtherSerious,
    ReactionClass::Cardiovascular,
];
/// The grades of severity.
pub const SEVERITIES: [u8; 5] = [1, 2, 3, 4, 5];

const HANDS: [HandStep; 7] = [
    HandStep::ClampClosed,
    HandStep::Mixed,
    HandStep::Diverted,
    HandStep::Sealed,
    HandStep::Separated,
    HandStep::SegmentsSealed { count: 3 },
    HandStep::Weighed { volume_ml: 0 },
];

impl Menu {
    /// The steps that hands may do at this bed.
    pub fn by_hand(view: &BedView) -> Self {
        let due = (1..=u8::MAX).zip(&view.tubes).find(|(_, tube)| !tube.filled && !tube.missing);
        Self::ByHand { tube: due.map(|(number, _)| number) }
    }

    /// The question.
    pub fn title(self, language: Language) -> &'static str {
        let which = match self {
            Self::Call(_) => Say::ChooseCall,
            Self::Abort => Say::ChooseAbort,
            Self::Missing { .. } => Say::ChooseMissing,
            Self::Class => Say::ChooseReaction,
            Self::ByHand { .. } => Say::ChooseByHand,
            Self::Programme(_) => Say::ChooseProgramme,
            Self::Severity(_) => Say::ChooseSeverity,
            Self::Look => Say::ChooseLook,
        };
        words::say(language, which)
    }

    /// The answers, at most eight: each one's words and what it leads to.
    pub fn items(self, language: Language) -> Vec<(String, Chosen)> {
        match self {
            Self::Call(offered) => {
                offered.iter().flatten().map(|ml| (format!("{ml} mL"), Chosen::Call(*ml))).collect()
            }
            Self::Abort => ABORTS
                .iter()
                .map(|why| (words::abort_why(language, *why).to_owned(), Chosen::Act(Act::Abort(*why))))
                .collect(),
            Self::Missing { tube } => MISSING
                .iter()
                .map(|why| {
                    let words = words::missing_why(language, *why).to_owned();
                    (words, Chosen::Act(Act::TubeMissing { tube, why: *why }))
                })
                .collect(),
            Self::Class => CLASSES
                .iter()
                .map(|class| {
                    (words::reaction(language, *class).to_owned(), Chosen::Menu(Self::Severity(*class)))
                })
                .collect(),
            Self::ByHand { tube } => HANDS
                .into_iter()
                .chain(tube.map(|tube| HandStep::TubeFilled { tube }))
                .map(|step| (words::hand_step(language, step), Chosen::ByHand(step)))
                .collect(),
            Self::Programme(offered) => offered
                .iter()
                .flatten()
                .map(|ml| {
                    let act = Act::ChangeProgramme { ml: *ml };
                    (words::act(language, &act), Chosen::Act(act))
                })
                .collect(),
            Self::Severity(class) => SEVERITIES
                .iter()
                .map(|grade| (words::severity(language, *grade).to_owned(), Chosen::Reaction(class, *grade)))
                .collect(),
            Self::Look => LookWhy::ALL
                .iter()
                .map(|why| (words::look_why(language, *why).to_owned(), Chosen::Look(*why)))
                .collect(),
        }
    }
}
