//! Divert: first blood to the pouch; the pouch's clip closed for good; the plug broken; the diverter, where there is one.
//!
//! Owns: that order. Refuses: the draw before clip and plug. Blood in the pouch is not blood in the bag. Lost in a crash; a
//! replay finds it again.

use super::{Back, Draw, EndDraw, NeedleOut, Pause, venipuncture};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, DeviceKind, DiverterPosition, Reading};
use crate::measure::{Microlitres, Mono, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::collection::UNSAID;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, HandStep};
use crate::procedure::limits::SampleMode;
use crate::procedure::phase::{After, Cx, Gate, Outcome, Phase, Stage, Step};
use crate::procedure::refusal::Refusal;
use crate::procedure::timers::Timer;
use crate::procedure::tubes;

/// Time for the clip and the plug after the pouch should be full. Beyond it nobody may be at the bed: the clamp closes.
const CLIP_AND_PLUG: Span = Span::from_secs(120);
/// What the bag gains has to last so long before it is believed: while the tray begins to rock, a gain may show that is none.
const GAIN_LASTS: Span = Span::from_secs(4);
/// Less than this in the pouch when its time is over: no flow.
const SOME_BLOOD: Microlitres = Microlitres::from_ml(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Filling,
    Clip,
    Plug,
    Switching,
}

/// See the file.
#[derive(Debug, Clone)]
pub(in crate::procedure) struct Divert {
    part: Part,
    by_word: bool,
    closing: Option<After>,
    /// What the bag had gained behind its plug when people were last told.
    told: Microlitres,
    /// Since when it seems to have gained more.
    gains_since: Option<Mono>,
}

impl Divert {
    /// The clamp is proved open: blood runs to the pouch.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>) -> Self {
        let weighed = cx.d.settings().pouch_on_tray;
        let pouch_ml = cx.d.settings().limits.pouch_ml;
        cx.d.blood.begin_pouch(cx.now, weighed);
        let part = if pouch_ml == 0 { Part::Clip } else { Part::Filling };
        Self { part, by_word: !weighed, closing: None, told: Microlitres::ZERO, gains_since: None }.again(cx)
    }

    /// Going on after a pause: every clock of first blood runs anew.
    pub(in crate::procedure) fn again(self, cx: &mut Cx<'_>) -> Self {
        let full = cx.now + cx.d.seconds(|l| l.pouch_s);
        if self.part == Part::Filling {
            cx.bed.timers.arm(Timer::PouchFull, full);
        }
        cx.bed.timers.arm(Timer::DivertTooLong, full + CLIP_AND_PLUG);
        cx.bed.timers.arm(Timer::WeightStale, cx.now + cx.d.stale());
        cx.bed.set(AlarmCode::NoFlow, false, cx.now);
        cx.bed.set(AlarmCode::PlugPassed, false, cx.now);
        Self { closing: None, gains_since: None, ..self }
    }

    /// The bag gains weight although nobody said that the plug is broken.
    fn unsaid(&mut self, cx: &mut Cx<'_>) -> Step {
        let gained = cx.d.blood.unsaid(cx.now);
        if self.closing.is_some() || gained < self.told + UNSAID {
            self.gains_since = None;
            return Step::Stay;
        }
        let since = *self.gains_since.get_or_insert(cx.now);
        if cx.now.since(since) < GAIN_LASTS {
            return Step::Stay;
        }
        let shut = matches!(self.part, Part::Plug | Part::Switching);
        if shut && !cx.d.has_diverter(cx.bed) {
            // It is broken, then: the draw weighs, mixes and clamps from here.
            return Step::Go(Phase::Draw(Box::new(Draw::unsaid(cx))));
        }
        self.told = gained;
        // Whether it is blood or something that was laid there, the scale cannot tell: neither what the bag weighs in the end.
        cx.d.blood.unfollowed();
        cx.bed.set(AlarmCode::PlugPassed, true, cx.now);
        cx.bed.close_clamp(cx.now);
        self.close(cx, After::Pause)
    }

    /// Whether the pouch is full and open still.
    pub(in crate::procedure) fn wants_clip(&self) -> bool {
        self.part == Part::Clip
    }

    /// The clip is closed for good, by the nurse's word.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when it was before.
    pub(in crate::procedure) fn clip_closed(&mut self, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        if !matches!(self.part, Part::Filling | Part::Clip) {
            return Err(Refusal::NotNow);
        }
        self.part = Part::Plug;
        cx.bed.timers.disarm(Timer::PouchFull);
        cx.bed.set(AlarmCode::NoFlow, false, cx.now);
        cx.bed.set(AlarmCode::PouchSlow, false, cx.now);
        cx.d.blood.pouch_closed(cx.now);
        let beside_draw = cx.d.settings().sample_mode == SampleMode::PouchDuringDraw;
        if beside_draw && !cx.d.sampling.done() {
            tubes::due(cx);
        }
        Ok(())
    }

    /// The same after a start of the station: the diverter's order is not under way any more.
    pub(in crate::procedure) fn restarted(self) -> Self {
        let part = if self.part == Part::Switching { Part::Plug } else { self.part };
        Self { part, closing: None, ..self }
    }

    fn plug_broken(&mut self, cx: &mut Cx<'_>) -> Outcome {
        if self.part != Part::Plug {
            return Err(if self.part == Part::Switching { Refusal::UnderWay } else { Refusal::NotNow });
        }
        if !cx.d.has_diverter(cx.bed) {
            return Ok(Step::Go(Phase::Draw(Box::new(Draw::begin(cx)))));
        }
        if !cx.bed.senses.ready(DeviceKind::Diverter) {
            return Err(Refusal::DeviceNotReady(DeviceKind::Diverter));
        }
        cx.bed.request(cx.now, Actuation::DivertToBag)?;
        self.part = Part::Switching;
        Ok(Step::Stay)
    }

    fn left(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        cx.bed.timers.disarm(Timer::PouchFull);
        cx.bed.timers.disarm(Timer::DivertTooLong);
        cx.bed.set(AlarmCode::PouchSlow, false, cx.now);
        match after {
            After::Pause | After::Emergency => {
                let back = Self { closing: None, ..self.clone() };
                Step::Go(Phase::Pause(Pause::begin(cx, Back::Divert(back))))
            }
            After::End => Step::Go(Phase::EndDraw(EndDraw::begin(cx))),
            After::NeedleOut => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
        }
    }
}

impl Stage for Divert {
    fn prompt(&self, _bed: &Bed, _d: &Donation) -> Prompt {
        if self.closing.is_some() {
            return Prompt::WaitClampClosed;
        }
        match self.part {
            Part::Filling => Prompt::FillPouch { by_word: self.by_word },
            Part::Clip => Prompt::ClosePouchClip,
            Part::Plug => Prompt::BreakPlug,
            Part::Switching => Prompt::WaitPrepare,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other act is not for this moment, future ones too"
    )]
    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        if self.closing.is_some() {
            return Err(Refusal::NotNow);
        }
        match act {
            Act::PouchFull if self.part == Part::Filling => {
                self.part = Part::Clip;
                cx.bed.set(AlarmCode::PouchSlow, false, cx.now);
            }
            Act::PouchClipClosed => self.clip_closed(cx)?,
            Act::PlugBroken => return self.plug_broken(cx),
            Act::ByHand { step: HandStep::Diverted, .. } if self.part == Part::Plug => {
                return Ok(Step::Go(Phase::Draw(Box::new(Draw::begin(cx)))));
            }
            Act::VenipunctureFailed => {
                venipuncture::no_vein(cx);
                return Ok(self.close(cx, After::End));
            }
            _ => return Err(Refusal::NotNow),
        }
        Ok(Step::Stay)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "readings that tell nothing about pouch and diverter")]
    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        match reading {
            Reading::Weight(_) if self.part == Part::Filling => {
                let target = Microlitres::from_ml(cx.d.settings().limits.pouch_ml.into());
                if cx.d.blood.pouch(cx.now).is_some_and(|v| v >= target) {
                    self.part = Part::Clip;
                    cx.bed.set(AlarmCode::NoFlow, false, cx.now);
                    cx.bed.set(AlarmCode::PouchSlow, false, cx.now);
                    cx.bed.touch();
                }
                return self.unsaid(cx);
            }
            Reading::Weight(_) => return self.unsaid(cx),
            Reading::Diverter(DiverterPosition::Bag) if self.part == Part::Switching => {
                cx.bed.timers.disarm(Timer::Diverting);
                cx.bed.set(AlarmCode::DiverterNotObeying, false, cx.now);
                if self.closing.is_none() {
                    return Step::Go(Phase::Draw(Box::new(Draw::begin(cx))));
                }
            }
            _ => (),
        }
        Step::Stay
    }

    fn clamp(&mut self, cx: &mut Cx<'_>, open: bool) -> Step {
        match (self.closing, open) {
            (Some(after), false) => self.left(cx, after),
            (Some(_) | None, true) | (None, false) => Step::Stay,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "timers of other phases cannot be armed here")]
    fn timer(&mut self, cx: &mut Cx<'_>, timer: Timer) -> Step {
        match timer {
            // Nothing weighs it: by the time it has had it counts as full.
            Timer::PouchFull if self.part == Part::Filling && self.by_word => self.part = Part::Clip,
            Timer::PouchFull if self.part == Part::Filling => {
                self.by_word = true;
                let little = cx.d.blood.pouch(cx.now).is_some_and(|v| v < SOME_BLOOD);
                cx.bed.set(AlarmCode::NoFlow, little, cx.now);
                cx.bed.set(AlarmCode::PouchSlow, !little, cx.now);
            }
            Timer::DivertTooLong => {
                cx.bed.set(AlarmCode::NoFlow, true, cx.now);
                cx.bed.close_clamp(cx.now);
                return self.close(cx, After::Pause);
            }
            Timer::Diverting if self.part == Part::Switching => {
                self.part = Part::Plug;
                cx.bed.set(AlarmCode::DiverterNotObeying, true, cx.now);
            }
            _ => (),
        }
        Step::Stay
    }

    fn gate(&mut self, cx: &mut Cx<'_>, gate: Gate) -> Step {
        if gate == Gate::Lapsed(Actuation::DivertToBag) {
            self.part = Part::Plug;
            cx.bed.set(AlarmCode::DiverterNotObeying, true, cx.now);
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        let after = self.closing.map_or(after, |before| before.max(after));
        self.closing = Some(after);
        if self.part == Part::Switching {
            self.part = Part::Plug;
        }
        if cx.bed.proved_closed() { self.left(cx, after) } else { Step::Stay }
    }
}
