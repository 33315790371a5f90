//! Identify: name and birth date asked openly, screening and consent known, the BMS asked.
//!
//! Owns: the order of these, and what the form has to say. Refuses: labels before the donor is certain, and a form on which
//! anything is not passed. Waits for the BMS no longer than its limit. Lost in a crash; a replay finds it again.

use super::Label;
use crate::api::prompt::Prompt;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, FormSeen};
use crate::procedure::limits::Settings;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::{FormPart, Refusal};
use crate::procedure::timers::Timer;

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Identify {
    confirmed: bool,
}

impl Identify {
    fn onward(&self, d: &Donation) -> Step {
        if self.confirmed && d.screened && !d.is_asking() && d.against().is_none() {
            Step::Go(Phase::Label(Label::default()))
        } else {
            Step::Stay
        }
    }
}

/// Whether the form says everything that it has to.
fn check_form(form: &FormSeen, settings: &Settings) -> Result<(), Refusal> {
    let min_g_l = settings.limits.haemoglobin_min_g_l;
    let found_g_l = form.haemoglobin_g_l;
    for (passed, part) in [
        (form.interview, FormPart::Interview),
        (form.examination, FormPart::Examination),
        (u32::from(found_g_l) >= min_g_l, FormPart::Haemoglobin { found_g_l, min_g_l }),
        (form.consent, FormPart::Consent),
    ] {
        if !passed {
            return Err(Refusal::FormNotPassed(part));
        }
    }
    let ml = form.approved_ml;
    let offered = settings.programmes_ml.contains(&ml) && u32::from(ml) <= settings.limits.max_programme_ml;
    if offered { Ok(()) } else { Err(Refusal::NoSuchProgramme(ml)) }
}

impl Stage for Identify {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        if !self.confirmed {
            return Prompt::ConfirmIdentity;
        }
        if d.screened { Prompt::WaitEligibility } else { Prompt::ReadForm }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::ConfirmIdentity if !self.confirmed => self.confirmed = true,
            Act::FormSeen(form) if !cx.d.screened => {
                check_form(form, cx.d.settings())?;
                cx.d.form_seen(*form);
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(self.onward(cx.d))
    }

    fn timer(&mut self, cx: &mut Cx<'_>, _timer: Timer) -> Step {
        self.onward(cx.d)
    }

    fn close(&mut self, _cx: &mut Cx<'_>, _after: After) -> Step {
        Step::Stay
    }
}
