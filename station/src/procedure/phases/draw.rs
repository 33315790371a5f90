//! Draw: blood to the bag, weighed, mixed and watched, until the clamp closes so that the bag ends on target.
//!
//! Owns: when to close, what the flow tells, the calls to the bed. Refuses: opening anything. Leaves only when the clamp is
//! proved closed. Lost in a crash; the same weights replayed bring it back.

use super::{Back, EndDraw, NeedleOut, Pause};
use crate::api::prompt::Prompt;
use crate::device::Reading;
use crate::draw::{Estimate, Sureness, UnsureReason};
use crate::measure::{Mono, Span};
use crate::procedure::alarm::AlarmCode;
use crate::procedure::bed::Bed;
use crate::procedure::donation::Donation;
use crate::procedure::event::{Act, HandStep, Scan};
use crate::procedure::limits::SampleMode;
use crate::procedure::phase::{After, Cx, Outcome, Phase, Stage, Step, unasked};
use crate::procedure::timers::Timer;
use crate::procedure::tubes;

/// Flow below this is none.
const NO_FLOW_ML_MIN: i64 = 3;
/// Flow from this on is some again.
const SOME_FLOW_ML_MIN: i64 = 5;
/// Low or high flow counts once it has lasted so long.
const FLOW_LASTS: Span = Span::from_secs(4);
/// No flow for so long: the end is advised.
const GIVE_UP: Span = Span::from_secs(60);

/// See the file.
#[derive(Debug, Clone, Default)]
pub(in crate::procedure) struct Draw {
    closing: Option<After>,
    flowing: bool,
    /// Until then blood is on its way, and the tray's swing may look like any flow: none is called low.
    expected_by: Mono,
    low_since: Option<Mono>,
    none_since: Option<Mono>,
    high_since: Option<Mono>,
    end_advised: bool,
    called: bool,
    called_again: bool,
    /// Nobody has said yet that the plug is broken; the tray showed it.
    plug_unsaid: bool,
}

/// Flow is expected from now on; by when.
fn expect(cx: &mut Cx<'_>) -> Mono {
    let by = cx.now + cx.d.seconds(|l| l.flow_expected_s);
    cx.bed.timers.arm(Timer::FlowExpected, by);
    by
}

impl Draw {
    /// The plug is broken and the way to the bag open.
    pub(in crate::procedure) fn begin(cx: &mut Cx<'_>) -> Self {
        cx.d.blood.begin_bag(cx.now);
        cx.bed.timers.disarm(Timer::DivertTooLong);
        cx.bed.timers.arm(Timer::DrawTooLong, cx.now + cx.d.seconds(|l| l.max_draw_s));
        Self { expected_by: expect(cx), ..Self::default() }
    }

    /// Blood runs into the bag although nobody said that the plug is broken.
    pub(in crate::procedure) fn unsaid(cx: &mut Cx<'_>) -> Self {
        Self { plug_unsaid: true, ..Self::begin(cx) }
    }

    /// Going on after a pause: flow has to show itself again.
    pub(in crate::procedure) fn again(self, cx: &mut Cx<'_>) -> Self {
        cx.bed.timers.arm(Timer::WeightStale, cx.now + cx.d.stale());
        if cx.bed.timers.at(Timer::DrawTooLong).is_none() && !cx.bed.alarms().holds(AlarmCode::DrawTooLong) {
            // A start of the station has forgotten it.
            let since = cx.d.blood.first_blood.unwrap_or(cx.now);
            cx.bed.timers.arm(Timer::DrawTooLong, since + cx.d.seconds(|l| l.max_draw_s));
        }
        Self {
            closing: None,
            flowing: false,
            expected_by: expect(cx),
            low_since: None,
            none_since: None,
            high_since: None,
            end_advised: false,
            ..self
        }
    }

    fn weighed(&mut self, cx: &mut Cx<'_>) -> Step {
        if self.closing.is_some() {
            return Step::Stay;
        }
        let estimate = cx.d.blood.estimate(cx.now);
        self.watch_flow(cx, estimate);
        match cx.d.blood.clamp_due(cx.now) {
            Some(at) if at <= cx.now => return self.at_target(cx),
            Some(at) => {
                cx.bed.timers.arm(Timer::ClampAtTarget, at);
                self.plan_calls(cx, at);
            }
            // Nobody knows when it will be full: neither is anybody called as was planned before.
            None => {
                for timer in [Timer::ClampAtTarget, Timer::FirstCall, Timer::SecondCall] {
                    cx.bed.timers.disarm(timer);
                }
            }
        }
        Step::Stay
    }

    fn plan_calls(&mut self, cx: &mut Cx<'_>, at: Mono) {
        let before = |s: Span| Mono(at.0.saturating_sub(s.0)).max(cx.now);
        let (first, second) =
            (before(cx.d.seconds(|l| l.first_call_s)), before(cx.d.seconds(|l| l.second_call_s)));
        if self.flowing && !self.called {
            cx.bed.timers.arm(Timer::FirstCall, first);
        }
        if self.flowing && !self.called_again {
            cx.bed.timers.arm(Timer::SecondCall, second);
        }
    }

    fn watch_flow(&mut self, cx: &mut Cx<'_>, estimate: Estimate) {
        // A bag that was bumped is unsure of its volume, not of its flow.
        if !matches!(estimate.sure, Sureness::Sure | Sureness::Unsure(UnsureReason::Stepped)) {
            return;
        }
        let now = cx.now;
        let flow = estimate.flow.ml_per_min_rounded();
        let limits = &cx.d.settings().limits;
        let (low, high) = (i64::from(limits.low_flow_ml_min), i64::from(limits.high_flow_ml_min));
        if !self.flowing && flow >= low {
            self.flowing = true;
            cx.bed.timers.disarm(Timer::FlowExpected);
        }
        let since = |mark: &mut Option<Mono>, holds: bool| {
            *mark = if holds { mark.or(Some(now)) } else { None };
            mark.map_or(Span::ZERO, |at| now.since(at))
        };
        // Once told, a tenth more has to be there before it is over: a flow at the limit is told once.
        let holds = |code| cx.bed.alarms().holds(code);
        let none = since(&mut self.none_since, flow < NO_FLOW_ML_MIN);
        let low = if holds(AlarmCode::LowFlow) { low * 11 / 10 } else { low };
        let high = if holds(AlarmCode::HighFlow) { high * 9 / 10 } else { high };
        let slow = since(&mut self.low_since, flow < low);
        let fast = since(&mut self.high_since, flow > high);
        let waiting = cx.bed.timers.at(Timer::FlowExpected).is_some();
        let no_flow = none >= cx.d.seconds(|l| l.no_flow_s) && !waiting;
        if no_flow || flow >= SOME_FLOW_ML_MIN {
            cx.bed.set(AlarmCode::NoFlow, no_flow, now);
        }
        let stopped = cx.bed.alarms().holds(AlarmCode::NoFlow);
        cx.bed.set(AlarmCode::LowFlow, slow >= FLOW_LASTS && now >= self.expected_by && !stopped, now);
        cx.bed.set(AlarmCode::HighFlow, fast >= FLOW_LASTS, now);
        if stopped {
            if !self.end_advised && cx.bed.timers.at(Timer::NoFlow).is_none() {
                cx.bed.timers.arm(Timer::NoFlow, now + GIVE_UP);
            }
        } else {
            cx.bed.timers.disarm(Timer::NoFlow);
            self.end_advised = false;
        }
    }

    fn at_target(&mut self, cx: &mut Cx<'_>) -> Step {
        cx.d.blood.ordered_at_target(cx.now);
        cx.bed.close_clamp(cx.now);
        self.close(cx, After::End)
    }

    fn left(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        for timer in
            [Timer::NoFlow, Timer::ClampAtTarget, Timer::FlowExpected, Timer::FirstCall, Timer::SecondCall]
        {
            cx.bed.timers.disarm(timer);
        }
        for code in [AlarmCode::NoFlow, AlarmCode::LowFlow, AlarmCode::HighFlow] {
            cx.bed.set(code, false, cx.now);
        }
        match after {
            After::Pause | After::Emergency => {
                Step::Go(Phase::Pause(Pause::begin(cx, Back::Draw(Box::new(self.clone())))))
            }
            After::End => Step::Go(Phase::EndDraw(EndDraw::begin(cx))),
            After::NeedleOut => Step::Go(Phase::NeedleOut(NeedleOut::begin(cx))),
        }
    }
}

impl Stage for Draw {
    fn prompt(&self, bed: &Bed, d: &Donation) -> Prompt {
        if self.closing.is_some() {
            return Prompt::WaitClampClosed;
        }
        if self.end_advised || bed.alarms().holds(AlarmCode::DrawTooLong) {
            return Prompt::EndAdvised;
        }
        if bed.alarms().holds(AlarmCode::MixerStalled) {
            return Prompt::ByHand(HandStep::Mixed);
        }
        match d.settings().sample_mode {
            SampleMode::PouchDuringDraw => d.sampling.prompt().unwrap_or(Prompt::WaitDraw),
            SampleMode::LineEnd => Prompt::WaitDraw,
        }
    }

    fn act(&mut self, cx: &mut Cx<'_>, act: &Act) -> Outcome {
        if *act == Act::PlugBroken && std::mem::take(&mut self.plug_unsaid) {
            return Ok(Step::Stay);
        }
        tubes::act(cx, act)?;
        Ok(Step::Stay)
    }

    fn scan(&mut self, cx: &mut Cx<'_>, scan: &Scan) -> Outcome {
        if cx.d.settings().sample_mode == SampleMode::LineEnd {
            return unasked(cx, scan);
        }
        tubes::scan(cx, scan)?;
        Ok(Step::Stay)
    }

    fn reading(&mut self, cx: &mut Cx<'_>, reading: &Reading) -> Step {
        if let Reading::Weight(_) = reading {
            return self.weighed(cx);
        }
        if let Reading::TubeFilled(n) = reading {
            tubes::filled(cx, *n);
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
            Timer::ClampAtTarget if self.closing.is_none() => return self.at_target(cx),
            Timer::FlowExpected => cx.bed.set(AlarmCode::NoFlow, true, cx.now),
            Timer::NoFlow => self.end_advised = true,
            Timer::FirstCall => {
                self.called = true;
                cx.bed.call();
            }
            Timer::SecondCall => {
                self.called_again = true;
                cx.bed.call();
            }
            _ => (),
        }
        Step::Stay
    }

    fn close(&mut self, cx: &mut Cx<'_>, after: After) -> Step {
        let after = self.closing.map_or(after, |before| before.max(after));
        self.closing = Some(after);
        if cx.bed.proved_closed() { self.left(cx, after) } else { Step::Stay }
    }
}
