//! The picture of a bed for people: prompt, chain, measures.
//!
//! Owns: what is shown. Refuses: personal data (the controller adds the masked name) and words. Holds no state.

use super::alarm::AlarmCode;
use super::donation::{Donation, Needle};
use super::machine::{Busy, Procedure};
use super::phase::{Phase, PhaseName};
use super::programme;
use super::timers::Timer;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::api::{BedView, ChainState, ChainStep, OutstandingView, StepView};
use crate::draw::Sureness;
use crate::measure::{Microlitres, MicrolitresPerSecond, Mono, Span};

/// The one thing to do now.
pub(super) fn prompt(p: &Procedure) -> Prompt {
    if p.bed.emergency {
        return Prompt::EmergencyStop;
    }
    let Some(busy) = p.busy.as_deref() else { return Prompt::Identify };
    if pinch(p, busy) {
        return Prompt::PinchByHand;
    }
    let after_the_blood = !matches!(busy.phase, Phase::Divert(_) | Phase::Draw(_) | Phase::Closed(_));
    match busy.donation.abort {
        Some(why) if busy.donation.owes_care() && after_the_blood => Prompt::CareForDonor { why },
        Some(_) | None => match busy.donation.against() {
            Some(why) => Prompt::NotEligible(why),
            None if no_needle(p, busy) => Prompt::NoNeedle,
            None => busy.phase.stage().prompt(&p.bed, &busy.donation),
        },
    }
}

/// Whether people would make ready for a needle that cannot come: no permit leaves any more.
fn no_needle(p: &Procedure, busy: &Busy) -> bool {
    let before = matches!(
        busy.phase,
        Phase::Identify(_) | Phase::Label(_) | Phase::Prepare(_) | Phase::Venipuncture(_)
    );
    before && busy.donation.needle == Needle::Never && !p.bed.keeps_records()
}

/// Whether blood may run through a line that should be closed: from donor to bag, and after the needle until it is sealed.
fn pinch(p: &Procedure, busy: &Busy) -> bool {
    let holds = |code| p.bed.alarms().holds(code);
    match busy.donation.needle {
        Needle::Never => false,
        Needle::In => holds(AlarmCode::ClampNotClosed) || holds(AlarmCode::FlowAfterClamp),
        Needle::Out => {
            let over = matches!(busy.phase, Phase::Closed(_)) || busy.donation.seal.is_some();
            holds(AlarmCode::ClampNotClosed) && !over
        }
    }
}

impl Procedure {
    /// What is left of the time that people have for what only they can do now.
    fn count(&self, now: Mono) -> Option<Span> {
        let at = self.bed.timers.at(Timer::HandMix).or(self.bed.timers.at(Timer::PauseTooLong))?;
        Some(at.since(now))
    }

    /// The bed as people see it. The masked name of the donor is the controller's to add.
    pub fn view(&self, now: Mono) -> BedView {
        let mut view = BedView {
            bed: self.bed.id,
            rev: self.bed.rev(),
            phase: self.phase(),
            prompt: self.prompt(),
            donation: self.donation(),
            din: None,
            donor: None,
            operator: self.bed.operator.as_ref().map(|o| o.id.clone()),
            programme_ml: 0,
            programmes_ml: Vec::new(),
            volume: Microlitres::ZERO,
            flow: MicrolitresPerSecond::ZERO,
            sure: false,
            elapsed: None,
            left: None,
            calls: self.bed.calls,
            count: self.count(now),
            flow_curve: Vec::new(),
            chain: Vec::new(),
            tubes: Vec::new(),
            outstanding: Vec::new(),
            scanner: None,
            needle_in: false,
            needle_unsaid: false,
            alarms: self.bed.alarms().list(),
            audio_paused: self.bed.alarms().quiet_until().map(|until| until.since(now)),
            refused: self.bed.refused.clone(),
            devices: self.bed.senses.views(),
            disposition: None,
        };
        if let Some(busy) = self.busy.as_deref() {
            fill(&mut view, busy, now);
        }
        view
    }
}

fn fill(view: &mut BedView, busy: &Busy, now: Mono) {
    let d = &busy.donation;
    let flowing = matches!(busy.phase, Phase::Divert(_) | Phase::Draw(_));
    let estimate = d.blood.estimate(now);
    view.din = d.din;
    view.programme_ml = d.opening.programme_ml;
    view.programmes_ml = programme::choices(d);
    view.volume = d.blood.volume(now);
    view.flow =
        if flowing { estimate.flow.max(MicrolitresPerSecond::ZERO) } else { MicrolitresPerSecond::ZERO };
    view.sure = if flowing { estimate.sure == Sureness::Sure } else { d.blood.volume_sure() };
    view.elapsed = d.elapsed(now);
    view.left = match (&busy.phase, d.blood.clamp_due(now)) {
        (Phase::Draw(_), Some(at)) => Some(at.since(now)),
        (_, Some(_) | None) => None,
    };
    view.flow_curve = d.blood.shown().to_vec();
    view.chain = chain(d, &busy.phase);
    view.tubes = d.sampling.views();
    view.outstanding = outstanding(d, &busy.phase);
    let asked = view.prompt == Prompt::InsertNeedle;
    view.needle_unsaid = busy.phase.awaits_needle(d) && d.needle != Needle::In && !asked;
    view.needle_in = d.needle == Needle::In;
    if is_decided(d, &busy.phase) {
        view.disposition = Some(d.disposition(now));
    }
    debug_assert!(view.left.is_none_or(|l| l <= Span::from_mins(10)), "foretold at most ten minutes");
}

/// Whether nothing is left that could change what becomes of the unit: before the second scan is complete every one would be said to
/// be in quarantine.
fn is_decided(d: &Donation, phase: &Phase) -> bool {
    if let Phase::Reconcile(reconcile) = phase {
        return reconcile.asked(d).is_none();
    }
    matches!(phase, Phase::Closed(_))
}

/// What the present step still wants scanned.
fn outstanding(d: &Donation, phase: &Phase) -> Vec<OutstandingView> {
    let mut wanted = Vec::new();
    if let Phase::Label(_) | Phase::Reconcile(_) | Phase::Prepare(_) | Phase::Venipuncture(_) = phase {
        wanted = phase.outstanding(d);
        if wanted.is_empty() {
            wanted.extend(d.disputed_place());
        }
    }
    let at = |n: u8| usize::from(n).saturating_sub(1);
    let name = |wanted: ScanWanted| match wanted {
        ScanWanted::Item(n) => d.settings().label_items.get(at(n)).map(|item| item.name.clone()),
        ScanWanted::Tube(n) => d.settings().tubes.get(at(n)).map(|tube| tube.name.clone()),
        ScanWanted::Form
        | ScanWanted::Bag
        | ScanWanted::BagCatalog
        | ScanWanted::BagLot
        | ScanWanted::BagExpiry => None,
    };
    wanted.into_iter().map(|wanted| OutstandingView { wanted, name: name(wanted) }).collect()
}

/// Where the procedure is on the chain as nurses know it.
fn at(name: PhaseName) -> ChainStep {
    match name {
        PhaseName::Idle | PhaseName::Identify => ChainStep::Identity,
        PhaseName::Label => ChainStep::Labels,
        PhaseName::Prepare => ChainStep::Prepare,
        PhaseName::Venipuncture => ChainStep::Needle,
        PhaseName::Divert => ChainStep::Pouch,
        PhaseName::Draw | PhaseName::Pause | PhaseName::Interrupted => ChainStep::Draw,
        PhaseName::EndDraw | PhaseName::NeedleOut => ChainStep::NeedleOut,
        PhaseName::Seal => ChainStep::Seal,
        PhaseName::Separate => ChainStep::Separate,
        PhaseName::Segments => ChainStep::Segments,
        PhaseName::Reconcile => ChainStep::Reconcile,
        PhaseName::Closed => ChainStep::Closed,
    }
}

const STEPS: [ChainStep; 13] = [
    ChainStep::Identity,
    ChainStep::Labels,
    ChainStep::Prepare,
    ChainStep::Needle,
    ChainStep::Pouch,
    ChainStep::Draw,
    ChainStep::Samples,
    ChainStep::NeedleOut,
    ChainStep::Seal,
    ChainStep::Separate,
    ChainStep::Segments,
    ChainStep::Reconcile,
    ChainStep::Closed,
];

fn chain(d: &Donation, phase: &Phase) -> Vec<StepView> {
    let here = at(phase.name());
    STEPS
        .into_iter()
        .map(|step| {
            let state = if step == ChainStep::Samples {
                samples(d, here)
            } else if step == here {
                match phase.name() {
                    PhaseName::Interrupted | PhaseName::Pause => ChainState::Trouble,
                    PhaseName::Closed => ChainState::Done,
                    PhaseName::Idle
                    | PhaseName::Identify
                    | PhaseName::Label
                    | PhaseName::Prepare
                    | PhaseName::Venipuncture
                    | PhaseName::Divert
                    | PhaseName::Draw
                    | PhaseName::EndDraw
                    | PhaseName::NeedleOut
                    | PhaseName::Seal
                    | PhaseName::Separate
                    | PhaseName::Segments
                    | PhaseName::Reconcile => ChainState::Now,
                }
            } else if step > here {
                ChainState::Ahead
            } else if passed_without(d, step, here) {
                ChainState::Skipped
            } else {
                ChainState::Done
            };
            StepView { step, state }
        })
        .collect()
}

fn samples(d: &Donation, here: ChainStep) -> ChainState {
    if d.sampling.any_missing() || (d.needle_in.is_none() && here > ChainStep::Needle) {
        ChainState::Skipped
    } else if d.sampling.done() {
        ChainState::Done
    } else if here >= ChainStep::Draw {
        ChainState::Now
    } else {
        ChainState::Ahead
    }
}

/// Whether a step behind us was left out.
fn passed_without(d: &Donation, step: ChainStep, here: ChainStep) -> bool {
    match step {
        // Over before an arm was chosen: nobody knows how far labels and tests had come.
        ChainStep::Labels | ChainStep::Prepare => {
            d.needle_in.is_none() && d.arm.is_none() && here > ChainStep::Needle
        }
        ChainStep::Needle => d.needle_in.is_none(),
        ChainStep::Pouch => d.samples_due.is_none() && d.blood.first_blood.is_none(),
        ChainStep::Draw => d.blood.first_blood.is_none(),
        ChainStep::NeedleOut => d.needle_out.is_none(),
        ChainStep::Seal => d.seal.is_none(),
        ChainStep::Separate => d.separation.is_none(),
        ChainStep::Segments => d.segments.is_none(),
        ChainStep::Reconcile => !d.reconciled,
        ChainStep::Identity | ChainStep::Samples | ChainStep::Closed => false,
    }
}
