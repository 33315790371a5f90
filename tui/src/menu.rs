//! Choices out of a short list: why a donation ends, why a tube is missing, which reaction.
//!
//! Owns: the items and their order. Refuses: words. Holds no state.

use crate::words::{self, Language, Say};
use station::procedure::event::{AbortWhy, Act, MissingWhy, Reaction, ReactionClass};

/// A question with a short list of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
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
    /// How severe a reaction of this class is.
    Severity(ReactionClass),
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
const CLASSES: [ReactionClass; 6] = [
    ReactionClass::Local,
    ReactionClass::Vasovagal,
    ReactionClass::Apheresis,
    ReactionClass::Allergic,
    ReactionClass::OtherSerious,
    ReactionClass::Cardiovascular,
];
const SEVERITIES: [u8; 5] = [1, 2, 3, 4, 5];

impl Menu {
    /// The question.
    pub fn title(self, language: Language) -> &'static str {
        let which = match self {
            Self::Abort => Say::ChooseAbort,
            Self::Missing { .. } => Say::ChooseMissing,
            Self::Class => Say::ChooseReaction,
            Self::Programme(_) => Say::ChooseProgramme,
            Self::Severity(_) => Say::ChooseSeverity,
        };
        words::say(language, which)
    }

    /// The answers, at most eight: each one's words and what it leads to.
    pub fn items(self, language: Language) -> Vec<(String, Chosen)> {
        match self {
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
                .map(|grade| {
                    let reaction = Reaction { class, severity: *grade };
                    (words::severity(language, *grade).to_owned(), Chosen::Act(Act::Reaction(reaction)))
                })
                .collect(),
        }
    }
}
