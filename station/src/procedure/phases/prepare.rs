//! Prepare: the bag on the tray, the mixer turning, the clamp proved closed, open and closed, the set tared.
//!
//! Owns: the order of these tests. Refuses: beginning beside a label that was refused and not answered; going on with any test
//! unproved: each failure leads back to the nurse, who starts them again. Lost in a crash; the tests are done again.

use super::{EndDraw, Label, NeedleOut, Venipuncture};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, Reading};
use crate::draw::Tare;
use crate::measure::Milligrams;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::{Donation, Needle};
use crate::procedure::event::Act;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;

/// Which test runs.
#[derive(Debug, Clone, Default)]
enum Test {
    /// None: the bag is to be placed.
    #[default]
    Place,
    /// The mixer is asked to run.
    Mixer,
    /// The clamp proves closed before anything else.
    Closed,
    /// It is asked to open.
    Opening,
    /// And proves closed again.
    Closing,
    /// The tray rocks, the clamp is closed: the set is weighed.
    Tare(Box<Tare>),
}

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Prepare {
    test: Test,
    /// Everything was ready for the needle, and then was not any more.
    again: bool,
}

impl Prepare {
    /// Something failed after everything had been proved and before the needle.
    pub(in crate::procedure) fn again() -> Self {
        Self { test: Test::Place, again: true }
    }

    /// Whether a needle may be in although the screen asks for none yet.
    pub(in crate::procedure) fn may_find_needle_in(&self) -> bool {
        self.again
    }

    fn begin(&mut self, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        if cx.d.needle == Needle::In {
            return Err(Refusal::NeedleIn);
        }
        cx.d.labels_agree()?;
        // Everything is proved anew from here: what restarted or was exchanged before counts as it is now.
        cx.bed.senses.accept_units();
        for kind in [DeviceKind::Scale, DeviceKind::Clamp, DeviceKind::Mixer] {
            if !cx.bed.senses.ready(kind) {
                return Err(Refusal::DeviceNotReady(kind));
            }
        }
        let weight =
            cx.bed.senses.weight(cx.now, cx.d.stale()).ok_or(Refusal::DeviceNotReady(DeviceKind::Scale))?;
        check_set(cx.d, weight.gross)?;
        cx.bed.may_permit()?;
        cx.bed.set(AlarmCode::TareNotSettled, false, cx.now);
        if cx.d.has_diverter(cx.bed) {
            // The last donation left it at the bag; first blood goes to the pouch.
            cx.bed.protect(Actuation::DivertToPouch);
        }
        if cx.bed.mixer_wanted && cx.bed.senses.mixer_turning() {
            self.test_clamp(cx);
            return Ok(());
        }
        cx.bed.request(cx.now, Actuation::MixerRun)?;
        self.test = Test::Mixer;
        Ok(())
    }

    /// The set cannot be tared: the nurse looks at it and begins again, or takes another one.
    fn not_tared(&mut self, cx: &mut Cx<'_>) {
        cx.bed.timers.disarm(Timer::TareTooLong);
        cx.bed.set(AlarmCode::TareNotSettled, true, cx.now);
        self.test = Test::Place;
    }

    fn tared(&mut self, cx: &mut Cx<'_>, result: Milligrams) -> Step {
        if check_set(cx.d, result).is_err() {
            self.not_tared(cx);
            return Step::Stay;
        }
        let leads = cx.d.leads_to_pouch(cx.bed);
        cx.bed.set(AlarmCode::DiverterNotObeying, !leads, cx.now);
        if !leads {
            self.test = Test::Place;
            return Step::Stay;
        }
        cx.bed.timers.disarm(Timer::TareTooLong);
        cx.d.tared(result);
        Step::Go(Phase::Venipuncture(Venipuncture::default()))
    }

    fn test_clamp(&mut self, cx: &mut Cx<'_>) {
        cx.bed.close_clamp(cx.now);
        self.test = Test::Closed;
        if cx.bed.proved_closed() {
            self.test_open(cx);
        }
    }

    fn test_open(&mut self, cx: &mut Cx<'_>) {
        self.test = match cx.bed.request(cx.now, Actuation::ClampOpen) {
            Ok(()) => Test::Opening,
            // Nobody is signed in any more: the nurse is asked again.
            Err(_) => Test::Place,
        };
    }
}

fn check_set(d: &Donation, gross: Milligrams) -> Result<(), Refusal> {
    let limits = &d.settings().limits;
    let (min_g, max_g) = (limits.bag_min_g, limits.bag_max_g);
    let found_g = gross.0 / 1000;
    if (i64::from(min_g)..=i64::from(max_g)).contains(&found_g) {
        Ok(())
    } else {
        Err(Refusal::WeightNotABag { found_g, min_g, max_g })
    }
}

impl Stage for Prepare {
    fn prompt(&self, _bed: &Bed, d: &Donation) -> Prompt {
        // The nurse was quicker than the screen: with that needle nothing can be drawn.
        if d.needle == Needle::In {
            return Prompt::TakeNeedleOut;
        }
        if let Some(wanted) = d.disputed_place() {
            return Prompt::Scan { wanted, again: true };
        }
        match self.test {
            Test::Place => Prompt::PlaceBag,
            Test::Mixer | Test::Closed | Test::Opening | Test::Closing | Test::Tare(_) => Prompt::WaitPrepare,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        match act {
            Act::BagPlaced => match self.test {
                Test::Place => self.begin(cx)?,
                Test::Mixer | Test::Closed | Test::Opening | Test::Closing | Test::Tare(_) => {
                    return Err(Refusal::UnderWay);
                }
            },
            // The arm may be made ready while the devices prove themselves.
            Act::ArmReady(arm) => cx.d.choose_arm(*arm)?,
            Act::BagRejected => {
                // The test may just have opened it.
                cx.bed.close_clamp(cx.now);
                cx.bed.rest_mixer();
                cx.bed.set(AlarmCode::TareNotSettled, false, cx.now);
                cx.d.new_bag();
                return Ok(Step::Go(Phase::Label(Label::with_new_bag())));
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        match (&mut self.test, reading) {
            (Test::Mixer, Reading::MixerCycle | Reading::MixerTurning(true)) if cx.bed.mixer_wanted => {
                self.test_clamp(cx);
            }
            (Test::Tare(tare), Reading::MixerCycle) => tare.handle_cycle(cx.now),
            (Test::Tare(tare), Reading::Weight(sample)) => {
                tare.handle_sample(cx.now, *sample);
                if let Some(result) = tare.result() {
                    return self.tared(cx, result);
                }
            }
            (_, Reading::Faulted(_))
                if [DeviceKind::Mixer, DeviceKind::Scale, DeviceKind::Clamp]
                    .into_iter()
                    .any(|kind| cx.bed.senses.troubled(kind)) =>
            {
                self.test = Test::Place;
            }
            _ => (),
        }
        Step::Stay
    }

    fn clamp(&mut self, cx: &mut Cx<'_>, open: bool) -> Step {
        match (&self.test, open) {
            (Test::Closed, false) => self.test_open(cx),
            (Test::Opening, true) => {
                cx.bed.close_clamp(cx.now);
                self.test = Test::Closing;
            }
            (Test::Closing, false) => {
                self.test = Test::Tare(Box::default());
                cx.bed.timers.arm(Timer::TareTooLong, cx.now + cx.d.seconds(|l| l.tare_s));
            }
            (
                Test::Place | Test::Mixer | Test::Closed | Test::Opening | Test::Closing | Test::Tare(_),
                true | false,
            ) => (),
        }
        Step::Stay
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "timers of other phases cannot be armed here")]
    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        match timer {
            Timer::ClampOpening | Timer::ClampClosing | Timer::MixerStarting => self.test = Test::Place,
            // The tray does not come to rest, or no weight comes at all.
            Timer::TareTooLong | Timer::WeightStale if matches!(self.test, Test::Tare(_)) => {
                self.not_tared(cx);
            }
            _ => (),
        }
        Step::Stay
    }

    fn gate(&mut self, _cx: &mut Cx<'_>, gate: Gate) -> Step {
        match gate {
            Gate::Fired(_) => (),
            Gate::Lapsed(_) => self.test = Test::Place,
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        self.test = Test::Place;
        match (after, cx.d.needle) {
            (After::End, Needle::In) => Step::Go(Phase::EndDraw(EndDraw::begin(cx))),
            (After::NeedleOut, Needle::Out) => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
            (
                After::Pause | After::Emergency | After::End | After::NeedleOut,
                Needle::Never | Needle::In | Needle::Out,
            ) => Step::Stay,
        }
    }
}
