//! Every word that the terminal shows, one folder per language, one file per subject.
//!
//! Owns: what can be said and the choice of the language. Refuses: a text without a translation (every match is
//! exhaustive, so a new code does not compile before it has words in both languages), and the words that this station
//! must never use (it does not release blood, and who gives it is a donor). Holds no state.

mod en;
mod lists;
#[cfg(test)]
pub(crate) mod tests;
mod zh;

pub use config::Language;
pub use lists::{AfterText, Key, Say, ShiftField, ShiftText, Text};

use crate::app::Stored;
use crate::lost::LostWhy;
use station::api::look::LookWhy;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::shift::ShiftPrompt;
use station::api::{ChainStep, ClimateView, ErrorCode, ScannerLoan};
use station::device::{DeviceKind, Fault, Mode};
use station::ident::BedId;
use station::procedure::CheckKind;
use station::procedure::alarm::{AlarmCode, Words};
use station::procedure::event::{AbortWhy, Act, HandStep, MissingWhy, ReactionClass, Role};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::{CorrectedField, Disposition};
use station::shift::deviation::DeviationKind;
use station::shift::gates::NoStart;
use station::shift::lots::LotKind;

/// Why a form was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFault {
    /// A field is empty.
    Empty,
    /// The staff number has a character that none has.
    BadNumber,
    /// The label is not a donation number with its check character.
    BadLabel,
    /// Not a catalog number of 10 characters, a lot of 1 to 10, or a day.
    BadBagLabel,
    /// The second reading of the label is another one.
    LabelsDiffer,
    /// The second person is the one who is signed in.
    SamePerson,
    /// Not a volume, 1 to 999 mL.
    BadVolume,
    /// Not one of the numbers offered, or not a pressure as `120/80`.
    BadChoice,
    /// Not a code, a lot, a date or a number.
    BadField,
    /// Neither the number of a donation nor its label with check character.
    BadClosed,
    /// Not a time as `YYYYMMDDhhmm`.
    BadTime,
    /// What cannot be undone was not said to be wanted.
    NotSaid,
}

macro_rules! in_each_language {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(language: Language, $($arg: $ty),*) -> $out {
            match language {
                Language::Zh => zh::$name($($arg),*),
                Language::En => en::$name($($arg),*),
            }
        })*
    };
}

in_each_language! {
    /// A text of an area.
    text(which: Text) -> &'static str;
    /// A text of a question or form.
    say(which: Say) -> &'static str;
    /// What a key does.
    key(which: Key) -> &'static str;
    /// The one thing to do now, in large words; `name` is what the site calls the item or tube that is meant.
    headline(prompt: &Prompt, name: Option<&str>) -> String;
    /// What is to be scanned, in a word.
    place(wanted: ScanWanted) -> String;
    /// A scanner reads for another bed than its own.
    loan(here: BedId, loan: ScannerLoan) -> String;
    /// What helps to do it right, where there is more to say.
    detail(prompt: &Prompt) -> Option<&'static str>;
    /// An act, as it stands behind its key.
    act(act: &Act) -> String;
    /// The question before an act that cannot be undone.
    really(act: &Act) -> String;
    /// The answer that opens a bed from the overview.
    open_bed(bed: BedId) -> String;
    /// Calls this donor from the worklist: queue number, masked name and programme are added by the caller.
    call() -> &'static str;
    /// The sound of the alarms is paused.
    audio_paused(seconds: u64) -> String;
    /// How many more there are of what finds no room.
    more(count: usize) -> String;
    /// Records that wait for the BMS.
    backlog(waiting: u32) -> String;
    /// Real, validation or simulated.
    mode(mode: Mode) -> &'static str;
    /// Why the machine did not take it, both values named.
    refusal(refusal: &Refusal) -> String;
    /// Why the daemon did not take it.
    error(code: ErrorCode) -> &'static str;
    /// Why there is no connection.
    lost(why: LostWhy) -> &'static str;
    /// What is wrong with a device.
    fault(fault: &Fault) -> String;
    /// A kind of device.
    device(kind: DeviceKind) -> &'static str;
    /// A step of the chain.
    step(step: ChainStep) -> &'static str;
    /// A phase, short.
    phase(phase: PhaseName) -> &'static str;
    /// Why a donation ends before its time.
    abort_why(why: AbortWhy) -> &'static str;
    /// Why a tube is missing.
    missing_why(why: MissingWhy) -> &'static str;
    /// A class of reactions.
    reaction(class: ReactionClass) -> &'static str;
    /// How severe, 1 to 5.
    severity(grade: u8) -> &'static str;
    /// Why somebody looks at a whole name.
    look_why(why: LookWhy) -> &'static str;
    /// What a person may do.
    role(role: Role) -> &'static str;
    /// What becomes of the unit.
    disposition(of: Disposition) -> &'static str;
    /// A step done by hand.
    hand_step(step: HandStep) -> String;
    /// A text or field of the page after the donation.
    after_text(which: AfterText) -> &'static str;
    /// That something of a donation that is over is stored, and under which number.
    stored(stored: Stored) -> String;
    /// A text of the shift's page.
    shift_text(which: ShiftText) -> &'static str;
    /// A field of the shift's forms.
    shift_field(which: ShiftField) -> &'static str;
    /// The one thing to do next before donors come.
    shift_prompt(prompt: ShiftPrompt) -> String;
    /// Why no donation may begin.
    no_start(why: NoStart) -> String;
    /// A thermometer and what it says.
    climate(view: &ClimateView) -> String;
    /// A kind of supplies.
    lot_kind(kind: LotKind) -> &'static str;
    /// What has to be explained.
    deviation(kind: DeviationKind) -> String;
    /// What a second person signs for.
    check_kind(kind: CheckKind) -> &'static str;
    /// A field that may be corrected.
    corrected_field(field: CorrectedField) -> &'static str;
    /// Why a form was not sent.
    form_fault(fault: FormFault) -> &'static str;
}

fn spoken(language: Language, words: Words) -> &'static str {
    match language {
        Language::Zh => words.zh,
        Language::En => words.en,
    }
}

/// What happened, from the alarm table.
pub fn alarm_what(language: Language, code: AlarmCode) -> &'static str {
    spoken(language, code.row().what)
}

/// What to do first, from the alarm table.
pub fn alarm_first(language: Language, code: AlarmCode) -> &'static str {
    spoken(language, code.row().first)
}

/// The other language.
pub fn other(language: Language) -> Language {
    match language {
        Language::Zh => Language::En,
        Language::En => Language::Zh,
    }
}
