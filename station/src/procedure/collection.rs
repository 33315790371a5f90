//! The blood of one donation: into the pouch, then into the bag, as the scale shows it.
//!
//! Owns: the estimator in use, tares, first blood, pauses, the curves, the final volume and what the clamp's delay taught.
//! Refuses: deciding what to do about any of it. A crash loses it; a replay of the same weights gives the same bits.

use super::event::{Opening, Restart};
use crate::device::WeightSample;
use crate::draw::{ClampDelay, DrawSettings, Estimate, Estimator, Sureness, UnsureReason};
use crate::measure::{Microlitres, MicrolitresPerSecond, Milligrams, Mono, Span};
use crate::record::MAX_CURVE;

/// Blood that counts as blood in the bag.
const FIRST_BLOOD: Microlitres = Microlitres::from_ml(1);
/// More than this on the tray behind a closed pouch and a whole plug is blood in the bag, whatever was said.
pub(super) const UNSAID: Microlitres = Microlitres::from_ml(5);
/// As much as any pouch holds.
const POUCH_HOLDS: Microlitres = Microlitres::from_ml(45);
/// Distance of the points of the recorded curve at first; doubled whenever the curve is full.
const CURVE_EVERY: Span = Span::from_secs(2);
/// Distance of the points of the shown flow curve.
const SHOWN_EVERY: Span = Span::from_secs(5);
/// Time for the bag to come to rest after the clamp closed.
pub(super) const REST: Span = Span::from_secs(4);
/// Blood in the bag may be so much more or less than recorded before it counts as unknown.
const UNKNOWN: Microlitres = Microlitres::from_ml(5);
/// Most points shown.
const MAX_SHOWN: usize = 180;

/// What the estimator measures at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Into {
    Nothing,
    /// The pouch hangs on the tray and is weighed with it.
    Pouch,
    /// The pouch hangs elsewhere: what the tray gains is blood in the bag.
    PouchBeside,
    /// The pouch is shut for good, the plug said to be whole: what the tray gains now is blood in the bag.
    Shut,
    Bag,
}

/// One donation's blood.
#[derive(Debug, Clone)]
pub(super) struct Collection {
    settings: DrawSettings,
    delay: ClampDelay,
    /// Mass of the empty set.
    pub(super) tare: Option<Milligrams>,
    /// What this attempt may take together with its pouch.
    room: Microlitres,
    /// Most that a pouch can hold.
    pub(super) pouch_holds: Microlitres,
    into: Into,
    /// One estimator from the needle on: it knows the tray's rocking long before blood comes to the bag.
    estimator: Option<Estimator>,
    pouch: Option<Microlitres>,
    /// What filled tubes took out of the weighed pouch.
    in_tubes: Microlitres,
    /// What the tubes that are still to be filled may take.
    open_tubes: Microlitres,
    pub(super) first_blood: Option<Mono>,
    /// Since when there has been blood in the bag although nobody said that the plug is broken.
    ran_since: Option<Mono>,
    closed_at: Option<Mono>,
    paused_at: Option<Mono>,
    pub(super) pauses: (u16, Span),
    /// Estimate when the clamp was told to close at the target.
    at_order: Option<Estimate>,
    /// Final volume, once the bag has come to rest, and by how much it may be off because tubes may have been filled unsaid.
    settled: Option<Microlitres>,
    settled_within: Microlitres,
    /// Volume some seconds after the clamp closed: the reference for flow after the clamp.
    at_rest: Option<Microlitres>,
    /// Whether that is still to be taken, or was taken of a lost track that is not found yet: the least guess counts then.
    rest_sought: bool,
    /// The same of the first time, once a hand has held the line since.
    first_rest: Option<Microlitres>,
    weighed: Option<Microlitres>,
    doubtful: bool,
    /// The track was lost since the volume became final, and nothing has borne that out yet.
    unproved: bool,
    pub(super) max_flow: MicrolitresPerSecond,
    curve: Vec<(u16, u32)>,
    curve_every: Span,
    curve_next: Option<Mono>,
    shown: Vec<u16>,
    shown_next: Option<Mono>,
}

impl Collection {
    pub(super) fn new(opening: &Opening) -> Self {
        Self::after(opening, Microlitres::ZERO)
    }

    /// The blood of a further attempt, after so much was taken before.
    pub(super) fn after(opening: &Opening, taken: Microlitres) -> Self {
        let most = Microlitres::from_ml(opening.settings.limits.max_taken_ml.into());
        Self {
            room: most - taken,
            pouch_holds: if opening.settings.limits.pouch_ml == 0 { Microlitres::ZERO } else { POUCH_HOLDS },
            settings: DrawSettings {
                density: opening.settings.density,
                target: Microlitres::from_ml(opening.programme_ml.into()),
                clamp_delay: opening.clamp_delay.delay(),
            },
            delay: opening.clamp_delay,
            tare: None,
            into: Into::Nothing,
            estimator: None,
            pouch: None,
            in_tubes: Microlitres::ZERO,
            open_tubes: Microlitres::ZERO,
            first_blood: None,
            ran_since: None,
            closed_at: None,
            paused_at: None,
            pauses: (0, Span::ZERO),
            at_order: None,
            settled: None,
            settled_within: Microlitres::ZERO,
            at_rest: None,
            rest_sought: true,
            first_rest: None,
            weighed: None,
            doubtful: false,
            unproved: false,
            max_flow: MicrolitresPerSecond::ZERO,
            curve: Vec::new(),
            curve_every: CURVE_EVERY,
            curve_next: None,
            shown: Vec::new(),
            shown_next: None,
        }
    }

    /// Another programme was chosen: the bag ends at this volume.
    pub(super) fn retarget(&mut self, target: Microlitres) {
        self.settings.target = target;
        if let Some(estimator) = &mut self.estimator {
            estimator.retarget(target);
        }
    }

    /// First blood runs into the pouch; weighed when the pouch hangs on the tray.
    pub(super) fn begin_pouch(&mut self, now: Mono, weighed: bool) {
        self.into = if weighed { Into::Pouch } else { Into::PouchBeside };
        self.estimator = self.tare.map(|tare| Estimator::new(self.settings, now, tare));
    }

    /// The pouch's clip is closed: what is in the pouch stays there, and what comes upon the tray from here is blood in
    /// the bag.
    pub(super) fn pouch_closed(&mut self, now: Mono) {
        let gained = self.pouch(now).map(|v| v.max(Microlitres::ZERO));
        // What the pouch cannot hold ran past the plug: it is in the bag, and nothing has followed it there.
        self.pouch = gained.map(|v| v.min(self.pouch_holds));
        if gained.is_some_and(|v| v > self.pouch_holds + FIRST_BLOOD) {
            self.unfollowed();
        }
        // Bag and pouches together stay under the maximum: the bag gets what is left.
        let left = (self.room - self.in_pouch(now)).max(Microlitres::ZERO);
        self.settings.target = self.settings.target.min(left);
        // Behind a whole plug the bag is empty. What the tray lacks was on it at the tare and was taken off since: the bag
        // begins anew without it, and somebody has to look at what it weighs.
        let in_pouch = self.pouch.unwrap_or_default();
        let lacks = self.taken_off(now, in_pouch);
        if lacks < Microlitres::ZERO {
            self.unfollowed();
        }
        let in_pouch = self.settings.density.mass_of(in_pouch + lacks);
        let tare = self.tare.unwrap_or_default();
        let estimator = self.estimator.get_or_insert_with(|| Estimator::new(self.settings, now, tare));
        estimator.put_aside(in_pouch);
        estimator.retarget(self.settings.target);
        self.into = Into::Shut;
    }

    /// What the tray shows less than the empty bag and this pouch; zero when it is too little to be told from the rocking, of which
    /// less is known in the first seconds.
    fn taken_off(&self, now: Mono, in_pouch: Microlitres) -> Microlitres {
        // A step down is seen as one, and no blood is missing from what is believed: what the tray shows counts here.
        let shown = self.estimator.as_ref().map_or(Microlitres::ZERO, Estimator::shown);
        let sure = self.estimate(now).sure;
        let lacks = shown - in_pouch;
        let told = match sure {
            Sureness::Sure | Sureness::Unsure(UnsureReason::Stepped) => lacks < -UNSAID,
            Sureness::Unsure(UnsureReason::Settling) => lacks < -UNSAID - UNSAID,
            Sureness::Unsure(
                UnsureReason::NoWeight | UnsureReason::Stale | UnsureReason::Frozen | UnsureReason::Jumping,
            ) => false,
        };
        if told { lacks } else { Microlitres::ZERO }
    }

    /// The plug is broken, by somebody's word or by what the tray shows.
    pub(super) fn begin_bag(&mut self, now: Mono) {
        if self.into != Into::Shut {
            self.pouch_closed(now);
        }
        self.into = Into::Bag;
        if let Some(since) = self.ran_since.take() {
            self.first_blood(since, now);
        }
    }

    /// Blood in the bag behind a plug of which nobody said that it is broken: what the tray gains and no pouch can hold.
    pub(super) fn unsaid(&self, now: Mono) -> Microlitres {
        match self.into {
            Into::PouchBeside | Into::Shut => self.believed(now).unwrap_or_default(),
            Into::Pouch => (self.believed(now).unwrap_or_default() - self.pouch_holds).max(Microlitres::ZERO),
            Into::Nothing | Into::Bag => Microlitres::ZERO,
        }
    }

    /// Whether the tray shows less than the empty set: what was weighed with it hangs or lies there no more.
    pub(super) fn lacks(&self, now: Mono) -> bool {
        let fell = self.estimator.as_ref().is_some_and(|e| e.flags(now).step.is_some_and(|s| s.0 < 0));
        fell || self.believed(now).is_some_and(|volume| volume < -UNSAID)
    }

    /// Volume now, once the first weights of a rocking tray have settled.
    fn believed(&self, now: Mono) -> Option<Microlitres> {
        let estimate = self.estimate(now);
        match estimate.sure {
            Sureness::Sure | Sureness::Unsure(UnsureReason::Stepped) => Some(estimate.volume),
            Sureness::Unsure(
                UnsureReason::NoWeight
                | UnsureReason::Stale
                | UnsureReason::Frozen
                | UnsureReason::Jumping
                | UnsureReason::Settling,
            ) => None,
        }
    }

    fn first_blood(&mut self, since: Mono, now: Mono) {
        self.first_blood = Some(since);
        self.curve_next = Some(now);
        self.shown_next = Some(now);
    }

    /// So many tubes are filled from the pouch, of so much each, and so many are still to be.
    pub(super) fn tubes(&mut self, now: Mono, each: Microlitres, (filled, open): (usize, usize)) {
        let (Into::Shut | Into::Bag, Some(pouch)) = (self.into, self.pouch) else { return };
        let Some(estimator) = &mut self.estimator else { return };
        let of = |count| Microlitres(each.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)));
        let filled = of(filled).min(pouch);
        let (more, open) = (filled - self.in_tubes, of(open).min(pouch - filled));
        if (more, open) == (Microlitres::ZERO, self.open_tubes) {
            return;
        }
        let before = estimator.estimate(now).volume;
        estimator.handle_tubes(now, self.settings.density.mass_of(more), self.settings.density.mass_of(open));
        (self.in_tubes, self.open_tubes) = (filled, open);
        // The bag is the same as before; what is known of it is more.
        let estimate = estimator.estimate(now);
        let found = estimate.volume - before;
        self.at_rest = self.at_rest.map(|v| v + found);
        self.first_rest = self.first_rest.map(|v| v + found);
        if let Some(order) = &mut self.at_order {
            order.volume = order.volume + found;
        }
        self.settle_again(now);
    }

    /// The bag has come to rest, and what tubes took from beside it is better known now, as long as it hangs there.
    fn settle_again(&mut self, now: Mono) {
        if self.is_as_settled(now) {
            self.settle_at(now);
        }
    }

    /// Whether the bag surely holds what it held when its volume became final.
    fn is_as_settled(&self, now: Mono) -> bool {
        let estimate = self.estimate(now);
        let within = self.settled_within + UNKNOWN;
        let same = self.settled.is_some_and(|s| (-within..=within).contains(&(estimate.volume - s)));
        same && estimate.sure == Sureness::Sure
    }

    /// A weight arrived.
    pub(super) fn weight(&mut self, now: Mono, sample: WeightSample) {
        if let Some(estimator) = &mut self.estimator {
            estimator.handle_sample(now, sample);
        }
        if self.into == Into::Bag && self.settled.is_none() {
            self.follow(now);
        }
        if self.settled.is_some() && self.estimator.as_ref().is_some_and(Estimator::tubes_about) {
            self.settle_again(now);
        }
        if self.into == Into::Shut {
            let runs = self.unsaid(now) >= FIRST_BLOOD;
            self.ran_since = if runs { self.ran_since.or(Some(now)) } else { None };
        }
        if self.closed_at.is_some_and(|at| now.since(at) >= REST) {
            let seen = self.estimate(now).volume;
            match self.at_rest {
                None => self.at_rest = Some(seen),
                // A guess too high would hide a leak for good; one too low tells of one that is none, and people look.
                Some(rest) if self.rest_sought => self.at_rest = Some(rest.min(seen)),
                Some(_) => {}
            }
            self.rest_sought &= self.seeks();
        }
    }

    /// The mixer passed its home mark.
    pub(super) fn cycle(&mut self, now: Mono) {
        if let Some(estimator) = &mut self.estimator {
            estimator.handle_cycle(now);
        }
    }

    /// The clamp is proved open or closed.
    pub(super) fn clamp(&mut self, now: Mono, open: bool) {
        if let Some(estimator) = &mut self.estimator {
            estimator.handle_clamp(now, open);
        }
        self.closed_at = (!open).then_some(now);
        self.first_rest = self.first_rest.or(self.at_rest).filter(|_| !open);
        (self.at_rest, self.rest_sought) = (None, true);
    }

    fn follow(&mut self, now: Mono) {
        let estimate = self.estimate(now);
        if self.first_blood.is_none() && estimate.volume >= FIRST_BLOOD {
            self.first_blood(now, now);
        }
        let Some(first) = self.first_blood else { return };
        if estimate.sure == Sureness::Sure {
            self.max_flow = self.max_flow.max(estimate.flow);
        }
        if self.curve_next.is_some_and(|at| at <= now) {
            self.point(now.since(first), estimate.volume);
            self.curve_next = Some(now + self.curve_every);
        }
        if self.shown_next.is_some_and(|at| at <= now) && self.closed_at.is_none() {
            if self.shown.len() == MAX_SHOWN {
                self.shown.remove(0);
            }
            let flow = estimate.flow.ml_per_min_rounded().clamp(0, i64::from(u16::MAX));
            self.shown.push(u16::try_from(flow).unwrap_or(u16::MAX));
            self.shown_next = Some(now + SHOWN_EVERY);
        }
    }

    fn point(&mut self, since: Span, volume: Microlitres) {
        if self.curve.len() >= MAX_CURVE {
            let mut keep = false;
            self.curve.retain(|_| {
                keep = !keep;
                keep
            });
            self.curve_every = self.curve_every + self.curve_every;
        }
        let second = u16::try_from(since.as_secs()).unwrap_or(u16::MAX);
        self.curve.push((second, u32::try_from(volume.0.max(0)).unwrap_or(u32::MAX)));
    }

    /// Volume and flow now, pouch or bag. Unknown when nothing is weighed.
    pub(super) fn estimate(&self, now: Mono) -> Estimate {
        self.estimator.as_ref().map_or(
            Estimate {
                volume: Microlitres::ZERO,
                flow: MicrolitresPerSecond::ZERO,
                sure: Sureness::Unsure(UnsureReason::NoWeight),
                age: Span::ZERO,
            },
            |e| e.estimate(now),
        )
    }

    /// When to order the clamp closed; none while nothing runs into the bag.
    pub(super) fn clamp_due(&self, now: Mono) -> Option<Mono> {
        if self.into != Into::Bag {
            return None;
        }
        self.estimator.as_ref().and_then(|e| e.clamp_due(now))
    }

    /// Whether the bag was moved: a lasting step of over 5 g.
    pub(super) fn stepped(&self, now: Mono) -> bool {
        self.estimator.as_ref().is_some_and(|e| e.flags(now).step.is_some())
    }

    /// The clamp is told to close because the target is reached.
    pub(super) fn ordered_at_target(&mut self, now: Mono) {
        self.at_order = Some(self.estimate(now));
    }

    /// A pause begins (its clamp is proved closed).
    pub(super) fn pause(&mut self, now: Mono) {
        self.paused_at = Some(now);
        self.pauses.0 = self.pauses.0.saturating_add(1);
    }

    /// The pause is over, for going on or for good.
    pub(super) fn pause_over(&mut self, now: Mono) {
        if let Some(since) = self.paused_at.take() {
            self.pauses.1 = self.pauses.1 + now.since(since);
        }
    }

    /// The bag has come to rest. What the bed has learned of its clamp, when this draw could tell.
    pub(super) fn settle(&mut self, now: Mono) -> Option<ClampDelay> {
        if self.unsaid(now) >= UNSAID {
            self.begin_bag(now);
        }
        if self.into != Into::Bag || self.settled.is_some() {
            return None;
        }
        let estimate = self.estimate(now);
        let settled = self.settle_at(now);
        // Less than the empty set, or nothing where blood was seen: the bag is not there.
        let gone = estimate.volume < -UNSAID || (self.first_blood.is_some() && settled < FIRST_BLOOD);
        let step_lost = self.estimator.as_ref().is_some_and(|e| e.flags(now).step_lost);
        self.doubtful |= gone || step_lost || self.seeks();
        self.doubtful |= match estimate.sure {
            Sureness::Sure | Sureness::Unsure(UnsureReason::Settling) => false,
            Sureness::Unsure(
                UnsureReason::NoWeight
                | UnsureReason::Stale
                | UnsureReason::Frozen
                | UnsureReason::Jumping
                | UnsureReason::Stepped,
            ) => true,
        };
        let order = self.at_order.filter(|o| o.sure == Sureness::Sure && !self.doubtful)?;
        let learned = self.delay.learned(order.volume, order.flow, estimate.volume);
        (learned != self.delay).then_some(learned)
    }

    /// Whether mass and flow are being sought anew: a final volume has to wait for them.
    pub(super) fn seeks(&self) -> bool {
        self.estimator.as_ref().is_some_and(Estimator::seeks)
    }

    /// The final volume: in the middle of what it may be.
    fn settle_at(&mut self, now: Mono) -> Microlitres {
        let unseen = self.estimator.as_ref().map_or(Microlitres::ZERO, Estimator::unseen_in_tubes);
        self.settled_within = Microlitres(unseen.0 / 2);
        let settled = (self.estimate(now).volume + self.settled_within).max(Microlitres::ZERO);
        self.settled = Some(settled);
        settled
    }

    /// How much more there is than when the clamp had closed and the bag come to rest.
    pub(super) fn since_rest(&self, now: Mono) -> Microlitres {
        self.at_rest.map_or(Microlitres::ZERO, |s| self.estimate(now).volume - s)
    }

    /// The bag was weighed elsewhere.
    pub(super) fn weighed_elsewhere(&mut self, volume: Microlitres) {
        self.weighed = Some(volume);
    }

    /// Blood in the bag as believed: weighed by hand, at rest, or now.
    pub(super) fn volume(&self, now: Mono) -> Microlitres {
        let measured = match self.into {
            Into::Nothing | Into::Pouch => Microlitres::ZERO,
            Into::PouchBeside | Into::Shut if self.unsaid(now) < UNSAID => Microlitres::ZERO,
            Into::PouchBeside | Into::Shut | Into::Bag => {
                self.settled.unwrap_or_else(|| self.estimate(now).volume.max(Microlitres::ZERO))
            }
        };
        self.weighed.unwrap_or(measured)
    }

    /// Blood has run on behind the closed clamp. A volume that was final is at least what the bag shows now, and doubtful: flow where none
    /// can be is not surely weighed.
    pub(super) fn ran_on(&mut self, now: Mono) {
        let shown = self.estimate(now).volume;
        if let Some(settled) = &mut self.settled {
            *settled = (*settled).max(shown);
            self.doubtful = true;
        }
    }

    /// With the needle in: what runs on between two hands on the line adds up, however little it was each time.
    pub(super) fn add_up(&mut self, now: Mono) {
        let Some(first) = self.first_rest.filter(|_| self.at_rest.is_some()) else { return };
        let shown = self.estimate(now);
        // What runs where nothing should is a step to the estimator.
        let seen = matches!(shown.sure, Sureness::Sure | Sureness::Unsure(UnsureReason::Stepped));
        if seen && shown.volume - first > UNKNOWN {
            self.ran_on(now);
        }
    }

    /// The track was lost with the needle still in, after the final volume was taken: that may have been a guess. It is believed again
    /// once the bag is surely found to hold as much; a bag that is gone before has to be weighed by hand.
    pub(super) fn look_again(&mut self, now: Mono, needle_in: bool) {
        if self.settled.is_none() {
            return;
        }
        let sought = self.seeks();
        self.unproved |= needle_in && sought;
        self.unproved &= sought || !self.is_as_settled(now);
    }

    /// Blood may have run into the bag and nothing here has followed it.
    pub(super) fn unfollowed(&mut self) {
        self.doubtful = true;
    }

    /// The station started again: what changed meanwhile may have changed what hangs on the tray. A volume that was final
    /// stays so.
    pub(super) fn restarted(&mut self, restart: &Restart) {
        let same = restart.unchanged && restart.gap.is_some();
        self.doubtful |= !same && self.has_begun() && self.settled.is_none();
    }

    /// The clock is another one: no weight of before can be followed on, and no instant of before compared.
    pub(super) fn weigh_anew(&mut self, now: Mono) {
        let aside = match self.into {
            Into::Nothing | Into::Pouch | Into::PouchBeside => Microlitres::ZERO,
            Into::Shut | Into::Bag => self.pouch.unwrap_or_default(),
        };
        let tare = self.tare.unwrap_or_default() + self.settings.density.mass_of(aside);
        if let Some(estimator) = &mut self.estimator {
            let tubes = self.settings.density.mass_of(self.in_tubes);
            *estimator = Estimator::new(self.settings, now, tare - tubes);
            estimator.handle_clamp(now, false);
            // What is still to be filled is told anew with the next weight.
            self.open_tubes = Microlitres::ZERO;
        }
        self.ran_since = self.ran_since.map(|_| now);
        self.closed_at = self.closed_at.map(|_| now);
        (self.at_rest, self.first_rest, self.paused_at) = (None, None, None);
        self.rest_sought = true;
        (self.curve_next, self.shown_next) = (None, None);
    }

    /// Whether the final volume may be relied on.
    pub(super) fn volume_sure(&self) -> bool {
        self.weighed.is_some() || !(self.doubtful || self.unproved || self.settled_within > UNKNOWN)
    }

    /// Whether blood has run since the needle, into whatever.
    pub(super) fn has_begun(&self) -> bool {
        self.into != Into::Nothing
    }

    /// Whether there is blood in the bag, or may be because nothing here has followed it.
    pub(super) fn may_be_in_bag(&self) -> bool {
        self.first_blood.is_some() || (self.doubtful && !self.has_begun())
    }

    /// Whether blood ran, or may have run, into the bag.
    pub(super) fn reached_bag(&self) -> bool {
        self.into == Into::Bag
    }

    /// Blood that runs, or may run on, into a weighed pouch.
    pub(super) fn running_to_pouch(&self, now: Mono) -> Microlitres {
        if self.into == Into::Pouch { self.estimate(now).volume } else { Microlitres::ZERO }
    }

    /// When the clamp was last proved closed and stayed so.
    pub(super) fn closed_at(&self) -> Option<Mono> {
        self.closed_at
    }

    /// Blood in the pouch: running, or as it was when the plug was broken.
    pub(super) fn pouch(&self, now: Mono) -> Option<Microlitres> {
        match self.into {
            Into::Nothing | Into::PouchBeside => None,
            Into::Pouch => self.estimator.as_ref().map(|e| e.estimate(now).volume),
            Into::Shut | Into::Bag => self.pouch,
        }
    }

    /// Blood in the pouch; one that nobody weighed counts for all it may hold.
    fn in_pouch(&self, now: Mono) -> Microlitres {
        match self.into {
            Into::Nothing => Microlitres::ZERO,
            Into::Pouch | Into::PouchBeside | Into::Shut | Into::Bag => {
                self.pouch(now).map_or(self.pouch_holds, |v| v.max(Microlitres::ZERO))
            }
        }
    }

    /// All blood that this attempt has taken: pouch and bag.
    pub(super) fn taken(&self, now: Mono) -> Microlitres {
        self.in_pouch(now) + self.volume(now)
    }

    /// Whether nothing is in the bag: weighed, not only said.
    pub(super) fn bag_empty(&self, now: Mono) -> bool {
        let empty = match self.into {
            Into::Nothing => true,
            Into::Pouch => self.unsaid(now) < UNSAID,
            Into::PouchBeside | Into::Shut | Into::Bag => {
                let seen = self.at_rest.or_else(|| self.believed(now));
                seen.is_some_and(|seen| (-UNSAID..FIRST_BLOOD).contains(&seen))
            }
        };
        self.volume_sure() && empty
    }

    /// What should hang on the tray: the set and all blood that is weighed with it. `None` before the set was tared.
    pub(super) fn on_tray(&self, now: Mono) -> Option<Milligrams> {
        let before = match self.into {
            Into::Nothing | Into::Pouch | Into::PouchBeside => Microlitres::ZERO,
            Into::Shut | Into::Bag => self.pouch.unwrap_or_default(),
        };
        let blood = before - self.in_tubes + self.estimate(now).volume;
        Some(self.tare? + self.settings.density.mass_of(blood))
    }

    /// The recorded curve.
    pub(super) fn curve(&self) -> &[(u16, u32)] {
        &self.curve
    }

    /// The flow as shown, one value each 5 s.
    pub(super) fn shown(&self) -> &[u16] {
        &self.shown
    }
}
