//! The facts of one donation, collected on the way, and the record made of them at the end.
//!
//! Owns: what happened, and what becomes of the unit because of it. Refuses: unbounded lists. Lost in a crash; a replay
//! collects it again.

use super::alarm::AlarmCode;
use super::bed::Bed;
use super::collection::Collection;
use super::disputed::Disputed;
use super::eligibility::{self, EligibilityAnswer, NotEligible};
use super::event::{
    AbortWhy, Arm, FormSeen, HandStep, Known, MissingWhy, Opening, PersonAct, Reaction, Restart, Scan,
    ScanVia,
};
use super::labels::{self, BagLabels, Expected, Placed, Ticks};
use super::limits::{DinOnRestick, SampleMode, Settings};
use super::refusal::Refusal;
use super::sampling::Sampling;
use super::tag::BagTag;
use crate::api::prompt::ScanWanted;
use crate::device::{DeviceKind, DiverterPosition, Quality, WeightSample};
use crate::ident::{Din, DinLabel, LotNumber, OperatorId};
use crate::measure::{Microlitres, MicrolitresPerSecond, Milligrams, Mono, Span};
use crate::record::{
    Confirmed, Disposition, DonationRecord, Findings, KitRecord, MAX_REACTIONS, SCHEMA, TypedLabel,
    VolumeClass,
};

/// The same label within this time is one label read twice.
const READ_TWICE: Span = Span::from_secs(2);
/// A bag off the tray for so long has fallen, or was taken away.
const LIFTED: Span = Span::from_secs(1);
/// Needles a donor may be asked to bear in one donation.
const MAX_ATTEMPTS: u8 = 2;
const MAX_ALARMS: usize = 200;
const MAX_BY_HAND: usize = 16;
const MAX_OPERATORS: usize = 32;
/// Longest tool and reason of a step done by hand together, characters.
const MAX_HOW: usize = 162;

/// Whether this is read off the bag or what hangs on it.
fn of_bag(field: ScanWanted) -> bool {
    match field {
        ScanWanted::Bag
        | ScanWanted::BagCatalog
        | ScanWanted::BagLot
        | ScanWanted::BagExpiry
        | ScanWanted::Item(_) => true,
        ScanWanted::Form | ScanWanted::Tube(_) => false,
    }
}

/// Where the needle is, as people said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needle {
    /// Never was in this donor.
    Never,
    /// In the donor, or not known to be out.
    In,
    /// Out.
    Out,
}

/// What hangs on the tray against what should.
#[derive(Debug, Clone, Copy, Default)]
struct Tray {
    /// Since when less than half of it is there, and how much it should be.
    light: Option<(Mono, Milligrams)>,
    /// Mass on it.
    gross: Milligrams,
}

/// The kit of the first attempt, once the donor has agreed to a second one.
#[derive(Debug, Clone)]
struct FirstKit {
    din: Option<Din>,
    bag: BagLabels,
    tag: BagTag,
    arm: Option<Arm>,
    /// All blood that it took.
    taken: Microlitres,
    /// Seal and separation, once its needle is in the bin and another kit is taken.
    done: Option<(Option<Confirmed>, Option<Confirmed>)>,
}

impl FirstKit {
    fn record(&self) -> KitRecord {
        let (seal, separation) = self.done.unwrap_or_default();
        KitRecord {
            din: self.din,
            bag_catalog: self.bag.container.map(|c| c.as_str().to_owned()),
            bag_lot: self.bag.lot.and_then(LotNumber::of_container),
            bag_expiry: self.bag.expiry.map(|e| e.date().to_string()),
            bag_tag: self.tag.uid(),
            arm: self.arm,
            seal,
            separation,
        }
    }
}

/// One donation under way.
#[derive(Debug, Clone)]
pub(super) struct Donation {
    pub(super) opening: Opening,
    pub(super) screened: bool,
    form: Option<FormSeen>,
    eligible: eligibility::Standing,
    pub(super) din: Option<Din>,
    pub(super) voided: Vec<Din>,
    pub(super) bag: BagLabels,
    /// Labels that were refused with an alarm and not answered yet.
    pub(super) disputed: Disputed,
    /// People have given up on labels that do not agree after something else had ended the donation.
    pub(super) labels_given_up: bool,
    /// The tag of the bag.
    pub(super) tag: BagTag,
    pub(super) sampling: Sampling,
    pub(super) arm: Option<Arm>,
    pub(super) attempts: u8,
    pub(super) needle: Needle,
    pub(super) needle_in: Option<Mono>,
    pub(super) needle_out: Option<Mono>,
    /// The needle that came out is guarded, the site pressed.
    pub(super) guarded: bool,
    pub(super) blood: Collection,
    pub(super) clamped: Option<Mono>,
    /// The clock began anew while blood was collected: nobody knows how long that took.
    untimed: bool,
    /// When the tubes are due.
    pub(super) samples_due: Option<Mono>,
    /// The tray carries far less than it should.
    tray: Tray,
    pub(super) cycles_after: u32,
    /// Nominal volume of the kit, mL: the programme for which it was taken.
    pub(super) kit_ml: u16,
    pub(super) seal: Option<Confirmed>,
    pub(super) separation: Option<Confirmed>,
    pub(super) segments: Option<u8>,
    pub(super) segments_later: bool,
    pub(super) reconciled: bool,
    pub(super) abort: Option<AbortWhy>,
    /// The arm in which no vein was found.
    pub(super) tried: Option<Arm>,
    /// What was used up in the first attempt, once a second one is agreed to.
    first_kit: Option<FirstKit>,
    /// Blood that the first attempt took, once a second one follows.
    pub(super) first_attempt: Option<Microlitres>,
    /// The labels read last, and when.
    read: Option<(Mono, Vec<DinLabel>)>,
    /// The donor was cared for after an abort.
    pub(super) cared: bool,
    /// The station started again in the middle of it.
    pub(super) restarted: bool,
    by_hand: Vec<(HandStep, String)>,
    pub(super) typed_labels: u16,
    /// The fields whose labels were typed: form, bag and what else is still at this donation.
    typed: Vec<TypedLabel>,
    reactions: Vec<Reaction>,
    alarms: Vec<(Mono, AlarmCode)>,
    operators: Vec<OperatorId>,
}

impl Donation {
    pub(super) fn new(opening: Opening) -> Self {
        let known = |k: &Known| match k {
            Known::Worklist | Known::Form { .. } => true,
            Known::Missing => false,
        };
        Self {
            screened: known(&opening.donor.screening) && known(&opening.donor.consent),
            form: None,
            eligible: eligibility::Standing::new(&opening),
            din: None,
            voided: Vec::new(),
            bag: BagLabels::default(),
            disputed: Disputed::default(),
            labels_given_up: false,
            tag: BagTag::default(),
            sampling: Sampling::new(&opening.settings),
            arm: None,
            attempts: 0,
            needle: Needle::Never,
            needle_in: None,
            needle_out: None,
            guarded: false,
            blood: Collection::new(&opening),
            clamped: None,
            untimed: false,
            samples_due: None,
            tray: Tray::default(),
            cycles_after: 0,
            kit_ml: opening.programme_ml,
            seal: None,
            separation: None,
            segments: None,
            segments_later: false,
            reconciled: false,
            abort: None,
            tried: None,
            first_kit: None,
            first_attempt: None,
            read: None,
            cared: false,
            restarted: false,
            by_hand: Vec::new(),
            typed_labels: 0,
            typed: Vec::new(),
            reactions: Vec::new(),
            alarms: Vec::new(),
            operators: opening.donor.identity_second.iter().cloned().collect(),
            opening,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.opening.settings
    }

    /// Seconds of one of the limits.
    pub(super) fn seconds(&self, of: impl Fn(&super::limits::Limits) -> u32) -> Span {
        Span::from_secs(of(&self.opening.settings.limits).into())
    }

    /// A weight older than this is stale.
    pub(super) fn stale(&self) -> Span {
        Span::from_millis(self.opening.settings.limits.stale_weight_ms.into())
    }

    /// The form was read by two people: what it approves is the programme.
    pub(super) fn form_seen(&mut self, form: FormSeen) {
        self.screened = true;
        self.form = Some(form);
        self.opening.programme_ml = form.approved_ml;
        self.opening.donor.approved_ml = Some(form.approved_ml);
        self.kit_ml = form.approved_ml;
        self.blood = Collection::new(&self.opening);
    }

    /// Whether the BMS is being asked about the donor.
    pub(super) fn is_asking(&self) -> bool {
        self.eligible.is_asking()
    }

    /// The BMS answered about the donor, or did not within its time.
    pub(super) fn told_eligibility(&mut self, answer: Option<&EligibilityAnswer>) {
        self.eligible.take(&self.opening, answer);
    }

    /// The BMS is asked about the donor once more.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when nobody can be asked, or the answer is certain or on its way.
    pub(super) fn ask_eligibility(&mut self) -> Result<(), Refusal> {
        let may = self.opening.online && self.against().is_some();
        if may && self.eligible.ask_again() { Ok(()) } else { Err(Refusal::NotNow) }
    }

    /// Why this donor gets no needle, as far as is known; `None` from the needle on.
    pub(super) fn against(&self) -> Option<NotEligible> {
        let before = self.needle == Needle::Never && self.abort.is_none();
        self.eligible.against().filter(|_| before)
    }

    /// Whether anything but the end is left for this donor.
    ///
    /// # Errors
    /// [`Refusal::Ineligible`].
    pub(super) fn may_go_on(&self) -> Result<(), Refusal> {
        self.against().map_or(Ok(()), |why| Err(Refusal::Ineligible(why)))
    }

    /// Whether the worklist has bound a DIN to the donor that still counts.
    pub(super) fn is_bound(&self) -> bool {
        self.opening.donor.bound_din.is_some_and(|din| !self.voided.contains(&din))
    }

    /// The DIN that labels have to carry: this donation's, or the one that the worklist gave to the donor, or the one in the
    /// tag of the bag.
    pub(super) fn expected_din(&self) -> Option<Din> {
        let bound = self.opening.donor.bound_din.filter(|d| !self.voided.contains(d));
        self.din.or(bound).or(self.tag.din())
    }

    /// A bag was rejected, or a second attempt takes a new kit: nothing of the old bag counts.
    pub(super) fn new_bag(&mut self) {
        self.blood.tare = None;
        self.tray = Tray::default();
        self.tag = BagTag::default();
        self.bag = BagLabels::default();
        self.disputed.gone(of_bag);
        self.typed.retain(|typed| !of_bag(typed.label));
    }

    /// The empty set is weighed.
    pub(super) fn tared(&mut self, tare: Milligrams) {
        self.blood.tare = Some(tare);
        self.tray = Tray::default();
    }

    /// A weight: is what should hang on the tray there? Until it is back, the mass from before it was gone counts.
    pub(super) fn watch_tray(&mut self, now: Mono, sample: WeightSample) {
        if sample.quality == Quality::Bad || self.clamped.is_some() {
            return;
        }
        let gross = sample.gross;
        self.tray.gross = gross;
        self.tray.light = match self.tray.light {
            Some((_, whole)) if gross.0.saturating_mul(10) > whole.0.saturating_mul(9) => None,
            Some(light) => Some(light),
            None => self.blood.on_tray(now).filter(|whole| gross.0 < whole.0 / 2).map(|whole| (now, whole)),
        };
    }

    /// Whether the bag hangs on the tray no more: grams found and expected. A hand that lifts it for a moment is none.
    pub(super) fn bag_off(&self, now: Mono) -> Option<(i64, i64)> {
        let (since, whole) = self.tray.light?;
        (now.since(since) >= LIFTED).then_some((self.tray.gross.0 / 1000, whole.0 / 1000))
    }

    /// Every place that a label may have at this donation.
    pub(super) fn places(&self) -> Vec<ScanWanted> {
        let tube = self.sampling.first_there().map(ScanWanted::Tube);
        Placed::all(self).into_iter().chain(tube).collect()
    }

    /// The label that has to be seen once more before anything goes on: one that was refused in its place is not answered yet.
    pub(super) fn disputed_place(&self) -> Option<ScanWanted> {
        self.disputed.wanted()
    }

    /// Whether neither a label nor the tag of the bag stands against a needle.
    ///
    /// # Errors
    /// [`Refusal::TagDisagrees`]; [`Refusal::NotNow`]: a label that was refused comes first.
    pub(super) fn labels_agree(&self) -> Result<(), Refusal> {
        self.tag_agrees()?;
        if self.disputed_place().is_some() { Err(Refusal::NotNow) } else { Ok(()) }
    }

    /// Labels were taken, each in its place. Whether that answered any that was refused.
    pub(super) fn answered_by(&mut self, ticks: &Ticks) -> bool {
        self.disputed.ticked(ticks, self.bag, &self.opening.settings.label_items)
    }

    /// Whether a label that is ticked off already answers one that was refused.
    pub(super) fn answers(&mut self, scan: &Scan, expected: Expected, again: bool) -> bool {
        let Ok(ticks) = labels::check(scan, expected) else { return false };
        let of_label = self.answered_by(&ticks);
        let seen = self.disputed.seen(scan, &self.opening.settings.label_items);
        self.mark_typed(scan, &seen, again);
        of_label || !seen.is_empty()
    }

    /// Marks the fields of labels that were taken, where they were typed; `again` on the second scan.
    pub(super) fn mark_typed(&mut self, scan: &Scan, fields: &[ScanWanted], again: bool) {
        if let ScanVia::Typed { .. } = scan.via {
            for label in fields.iter().map(|label| TypedLabel { label: *label, again }) {
                if !self.typed.contains(&label) {
                    self.typed.push(label);
                }
            }
        }
    }

    /// A tube is missing.
    ///
    /// # Errors
    /// [`Refusal`] as [`Sampling::missing`].
    pub(super) fn tube_missing(&mut self, tube: u8, why: MissingWhy) -> Result<(), Refusal> {
        self.sampling.missing(tube, why)?;
        self.tubes_gone();
        Ok(())
    }

    /// No label answers for a tube that is missing.
    fn tubes_gone(&mut self) {
        let sampling = &self.sampling;
        self.disputed.gone(|place| matches!(place, ScanWanted::Tube(n) if sampling.is_missing(n)));
    }

    /// Whether labels stand against this donation that nothing has answered yet.
    pub(super) fn disputes(&self, code: AlarmCode) -> bool {
        self.disputed.holds(code) || self.tag.alarm() == Some(code)
    }

    /// Whether these very labels were read a moment ago: one label must not pass for two.
    pub(super) fn just_read(&self, now: Mono, labels: &[DinLabel]) -> bool {
        let same = |(at, before): &(Mono, Vec<DinLabel>)| before == labels && now.since(*at) < READ_TWICE;
        self.read.as_ref().is_some_and(same)
    }

    /// Notes labels that were taken.
    pub(super) fn note_read(&mut self, now: Mono, labels: Vec<DinLabel>) {
        self.read = Some((now, labels));
    }

    /// The arm to be used now.
    ///
    /// # Errors
    /// [`Refusal::SameArm`] when no vein was found in it.
    pub(super) fn choose_arm(&mut self, arm: Arm) -> Result<(), Refusal> {
        if self.tried == Some(arm) {
            return Err(Refusal::SameArm);
        }
        self.arm = Some(arm);
        Ok(())
    }

    /// Notes who acted.
    pub(super) fn note_people(&mut self, act: &PersonAct) {
        for id in act.by.iter().chain(&act.second) {
            self.note_operator(id);
        }
    }

    pub(super) fn note_operator(&mut self, id: &OperatorId) {
        if self.operators.len() < MAX_OPERATORS && !self.operators.contains(id) {
            self.operators.push(id.clone());
        }
    }

    pub(super) fn note_alarm(&mut self, now: Mono, code: AlarmCode) {
        if self.alarms.len() < MAX_ALARMS {
            self.alarms.push((now, code));
        }
    }

    pub(super) fn note_by_hand(&mut self, step: HandStep, tool: &str, note: &str) {
        if self.by_hand.len() < MAX_BY_HAND {
            let how = if tool.is_empty() { note.to_owned() } else { format!("{tool}; {note}") };
            self.by_hand.push((step, how.chars().take(MAX_HOW).collect()));
        }
    }

    pub(super) fn note_reaction(&mut self, now: Mono, reaction: &Reaction) {
        if self.reactions.len() < MAX_REACTIONS {
            self.reactions.push(Reaction { at: Some(now), ..reaction.clone() });
        }
    }

    /// The needle is in.
    pub(super) fn insert_needle(&mut self, now: Mono) {
        if self.needle != Needle::In {
            self.needle = Needle::In;
            self.needle_out = None;
            self.guarded = false;
            self.attempts = self.attempts.saturating_add(1);
            self.needle_in = Some(now);
        }
    }

    /// Whether a needle may have been put in although nobody has said so: the arm is ready for it.
    pub(super) fn may_have_needle(&self) -> bool {
        self.needle == Needle::Never && self.arm.is_some()
    }

    /// The station started again. What is on the tray may be something else; after another boot every instant kept so far is
    /// of another clock.
    pub(super) fn restart(&mut self, now: Mono, restart: &Restart) {
        self.restarted = true;
        self.blood.restarted(restart);
        if restart.gap.is_some() {
            return;
        }
        self.untimed |= self.clamped.is_none() && self.blood.has_begun();
        self.blood.weigh_anew(now);
        self.tray = Tray::default();
        self.read = None;
        self.samples_due = self.samples_due.map(|_| now);
    }

    /// A weight arrived. What tubes took from a pouch on the tray is told to it first.
    pub(super) fn weighed(&mut self, now: Mono, sample: WeightSample) {
        if self.settings().sample_mode == SampleMode::PouchDuringDraw {
            let each = Microlitres::from_ml(self.settings().limits.tube_ml.into());
            self.blood.tubes(now, each, self.sampling.counts());
        }
        self.blood.weight(now, sample);
        if self.needle == Needle::In {
            self.blood.add_up(now);
        }
        self.blood.look_again(now, self.needle == Needle::In);
    }

    /// Whether the bag still has to be mixed: while blood may come, and some cycles after the end.
    pub(super) fn mixing_due(&self) -> bool {
        let enough = self.cycles_after >= self.settings().limits.mix_after_cycles;
        self.blood.may_be_in_bag() && !(self.clamped.is_some() && enough)
    }

    /// Whether another needle may be asked for: the first is out, nothing is in the bag, and what is left of the maximum
    /// still fills a bag of normal class.
    pub(super) fn may_try_again(&self, now: Mono) -> bool {
        let limits = &self.settings().limits;
        let most = Microlitres::from_ml(limits.max_taken_ml.into());
        // What the pouch beside the tray takes nobody will know.
        let weighed = self.settings().pouch_on_tray;
        let pouch =
            if weighed { Microlitres::from_ml(limits.pouch_ml.into()) } else { self.blood.pouch_holds };
        let (low, _) = self.settings().volume_band(self.opening.programme_ml);
        self.attempts < MAX_ATTEMPTS
            && self.needle == Needle::Out
            && self.abort.is_none()
            && self.seal.is_none()
            && self.blood.bag_empty(now)
            && most - self.blood.taken(now) - pouch >= low
    }

    /// Whether the attempts are used up.
    pub(super) fn was_last_attempt(&self) -> bool {
        self.attempts >= MAX_ATTEMPTS
    }

    /// The donor consents to another needle: other arm, new kit. The old number where it is not used again. Before the new kit
    /// comes the needle of this one goes into the bin.
    pub(super) fn agree_again(&mut self, now: Mono) -> Option<Din> {
        let same = self.settings().din_on_restick == DinOnRestick::Same && !self.blood.reached_bag();
        if self.first_kit.is_none() {
            self.first_kit = Some(FirstKit {
                din: self.din,
                bag: self.bag,
                tag: self.tag,
                arm: self.arm,
                taken: self.blood.taken(now),
                done: None,
            });
        }
        let old = if same { None } else { self.din.take() };
        self.voided.extend(old);
        old
    }

    /// Whether another kit is taken as soon as the needle of this one is in the bin.
    pub(super) fn awaits_second_kit(&self) -> bool {
        self.first_kit.as_ref().is_some_and(|first| first.done.is_none())
    }

    /// The first needle is in the bin: all is ready for the second kit.
    pub(super) fn second_kit(&mut self, now: Mono) {
        let done = (self.seal.take(), self.separation.take());
        // What it took was weighed when the donor consented: by now its kit may be off the tray.
        let taken = match &mut self.first_kit {
            Some(first) => {
                first.done = Some(done);
                first.taken
            }
            None => self.blood.taken(now),
        };
        self.sampling.again(self.din.is_none());
        if self.din.is_none() {
            self.typed.clear();
        }
        self.blood = Collection::after(&self.opening, taken);
        self.first_attempt = Some(taken);
        self.tried = self.arm.take();
        self.needle = Needle::Never;
        self.clamped = None;
        self.untimed = false;
        self.samples_due = None;
        self.cycles_after = 0;
        self.new_bag();
    }

    /// The second kit does not come: the first one is the donation's only one.
    pub(super) fn no_second_kit(&mut self) {
        if self.awaits_second_kit() {
            self.first_kit = None;
        }
    }

    /// The needle is out, and neither guarded nor the site pressed yet.
    pub(super) fn needle_unguarded(&self) -> bool {
        self.needle == Needle::Out && !self.guarded
    }

    /// The second needle will not come: what is left is the first kit, whose needle is out and guarded.
    pub(super) fn no_second_needle(&mut self) {
        self.din = None;
        self.new_bag();
        if let Some(first) = self.first_kit.take() {
            self.bag = first.bag;
            self.tag = first.tag.laid_aside();
            self.arm = first.arm;
            (self.seal, self.separation) = first.done.unwrap_or_default();
        }
        self.needle = Needle::Out;
        self.guarded = true;
        self.tubes_end();
    }

    /// The needle is out, whoever says so. Nothing happens when it never was in.
    pub(super) fn remove_needle(&mut self, now: Mono) {
        if self.needle == Needle::In {
            self.needle = Needle::Out;
            self.needle_out = Some(now);
            self.tubes_end();
        }
    }

    /// Whether the donation ended before its time and nobody has cared for the donor yet.
    pub(super) fn owes_care(&self) -> bool {
        self.abort.is_some() && !self.cared
    }

    /// Nothing more comes out of the donor: what is not filled is missing, and why.
    pub(super) fn tubes_end(&mut self) {
        let why = if self.abort.is_some() { MissingWhy::NotTaken } else { MissingWhy::NeedleOutEarly };
        self.sampling.give_up(why);
        self.tubes_gone();
    }

    /// Whether people have given up on labels that do not agree.
    pub(super) fn gave_up_labels(&self) -> bool {
        self.labels_given_up || self.abort == Some(AbortWhy::LabelMismatch)
    }

    /// The donation ends before its time. A donor who leaves before the needle gave up.
    pub(super) fn end_early(&mut self, why: AbortWhy) {
        let stuck = self.attempts > 0;
        let why = match (why, stuck) {
            (AbortWhy::DonorWithdraws, false) => AbortWhy::GaveUp,
            (AbortWhy::GaveUp, true) => AbortWhy::DonorWithdraws,
            (why, true | false) => why,
        };
        self.abort = Some(why);
        self.no_second_kit();
        // Before the needle nobody needs care; in the tail the donor comes first.
        self.cared = !stuck;
        if self.needle == Needle::Out {
            self.tubes_end();
        }
    }

    /// Since the first blood in the bag, until the clamp closed for good. What clamp and station do after that does not
    /// change it. `None` without blood in the bag, and where nobody knows.
    pub(super) fn elapsed(&self, now: Mono) -> Option<Span> {
        let first = self.blood.first_blood.filter(|_| !self.untimed)?;
        Some(self.clamped.unwrap_or(now).since(first))
    }

    /// How long the collection took, once it is over.
    fn collection(&self) -> Option<Span> {
        self.elapsed(self.clamped?)
    }

    /// Whether a diverter leads the blood of this bed: configured, or heard of.
    pub(super) fn has_diverter(&self, bed: &Bed) -> bool {
        self.opening.diverter || bed.senses.has(DeviceKind::Diverter)
    }

    /// Whether first blood goes to the pouch: proved by the diverter, or there is none and the line leads there by itself.
    pub(super) fn leads_to_pouch(&self, bed: &Bed) -> bool {
        !self.has_diverter(bed) || bed.senses.diverter() == Some(DiverterPosition::Pouch)
    }

    /// Whether the collection took too long for platelets and for plasma.
    pub(super) fn too_long(&self, now: Mono) -> (bool, bool) {
        let (platelets, plasma) = self.settings().collection_limits(self.opening.programme_ml);
        let unknown = self.untimed && self.blood.first_blood.is_some();
        self.elapsed(now).map_or((unknown, unknown), |took| (took > platelets, took > plasma))
    }

    pub(super) fn volume_class(&self, now: Mono) -> VolumeClass {
        let volume = self.blood.volume(now);
        VolumeClass::of(volume, self.settings().volume_band(self.opening.programme_ml))
    }

    /// What becomes of the unit. Never "released".
    pub(super) fn disposition(&self, now: Mono) -> Disposition {
        let findings = Findings {
            class: self.volume_class(now),
            sure: self.blood.volume_sure(),
            abort: self.abort,
            reconciled: self.reconciled,
            tube_missing: self.sampling.any_missing(),
            self_excluded: false,
        };
        findings.disposition()
    }

    /// The record of this donation as it is now.
    pub(super) fn record(&self, now: Mono) -> DonationRecord {
        let volume = self.blood.volume(now);
        let (not_for_platelets, not_for_plasma) = self.too_long(now);
        let collection = self.collection();
        let mean = collection.map_or(0, |c| {
            let micros = i64::try_from(c.0.max(1)).unwrap_or(i64::MAX);
            volume.0.saturating_mul(1_000_000) / micros
        });
        DonationRecord {
            schema: SCHEMA,
            logic: self.opening.logic,
            donation: self.opening.donation,
            mode: self.opening.mode,
            din: self.din,
            voided: self.voided.clone(),
            donor: self.opening.donor.token.clone(),
            identified_by: self.opening.donor.identified_by,
            eligibility: self.eligible.recorded(),
            ineligible: self.eligible.against(),
            form: self.form,
            group: self.opening.donor.group.clone(),
            registration: self.opening.donor.registration.clone(),
            programme_ml: self.opening.programme_ml,
            kit_ml: (self.kit_ml != self.opening.programme_ml).then_some(self.kit_ml),
            bag_catalog: self.bag.container.map(|c| c.as_str().to_owned()),
            bag_lot: self.bag.lot.and_then(LotNumber::of_container),
            bag_expiry: self.bag.expiry.map(|e| e.date().to_string()),
            bag_tag: self.tag.uid(),
            arm: self.arm,
            attempts: self.attempts,
            first_attempt: self.first_attempt,
            first_kit: self.first_kit.as_ref().map(FirstKit::record),
            tare: self.blood.tare,
            density: self.settings().density.mg_per_ml(),
            calibration: self.opening.calibration.clone(),
            needle_in: self.needle_in,
            first_blood: self.blood.first_blood,
            clamped: self.clamped,
            needle_out: self.needle_out,
            collection,
            pauses: self.blood.pauses,
            volume,
            volume_class: self.volume_class(now),
            max_flow: self.blood.max_flow,
            mean_flow: MicrolitresPerSecond(mean),
            pouch: self.blood.pouch(now),
            not_for_platelets,
            not_for_plasma,
            tubes: self.sampling.records(),
            seal: self.seal,
            separation: self.separation,
            segments: self.segments,
            segments_later: self.segments_later,
            by_hand: self.by_hand.clone(),
            typed_labels: self.typed_labels,
            typed: self.typed.clone(),
            reconciled: self.reconciled,
            abort: self.abort,
            reactions: self.reactions.clone(),
            self_excluded: false,
            alarms: self.alarms.clone(),
            operators: self.operators.clone(),
            curve: self.blood.curve().to_vec(),
            disposition: self.disposition(now),
            lots: self.opening.lots.clone(),
            entered_later: None,
        }
    }
}
