//! The blood's way: vein, needle, clamp, diverter, pouch or plug, bag. And the tubes that are filled beside it.
//!
//! Owns: where every nanolitre is (integers: nothing is lost to rounding), and what a hand has done to the line: needle,
//! clip, plug, seal. Refuses: blood through a closed place. State: true volumes; the devices only ever see their weight.
//!
//! ```text
//!   vein ─ needle ─ [seal] ─ clamp ─┬─ diverter at the pouch, clip open ─▶ pouch ─▶ tubes
//!        (donor line: filled first) └─ diverter at the bag, plug broken ─▶ bag line ─▶ bag
//! ```

use crate::world::donor::Vein;

/// Nanolitres of a millilitre.
pub const ML: i64 = 1_000_000;
/// Dead volume of the donor line, nL.
const DONOR_LINE: i64 = 3 * ML;
/// Dead volume of the line behind the plug, nL.
const BAG_LINE: i64 = 2 * ML;
/// What the pouch holds, nL.
const POUCH: i64 = 45 * ML;
/// What a sample tube draws, nL.
const TUBE: i64 = 5 * ML;

/// Where the needle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needle {
    /// In its cap, sterile.
    Capped,
    /// In the vein.
    InVein,
    /// Out of the donor, still on the line.
    Out,
    /// Taken off the line by the separator or by hand.
    Separated,
    /// In the sharps bin.
    Binned,
}

/// Where the diverter leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the pouch.
    Pouch,
    /// To the bag.
    Bag,
    /// Between the two: nowhere.
    Neither,
}

/// One set's line and everything that is in it.
#[derive(Debug, Clone)]
pub struct Line {
    vein: Option<Vein>,
    /// Where the needle is.
    pub needle: Needle,
    /// The pouch's clip is closed for good.
    pub clip_closed: bool,
    /// The plug in the bag's line is broken.
    pub plug_broken: bool,
    /// The needle side is sealed.
    pub sealed: bool,
    /// A hand or a haemostat pinches the line.
    pub pinched: bool,
    needle_us: u64,
    given_nl: i64,
    donor_line_nl: i64,
    bag_line_nl: i64,
    pouch_nl: i64,
    bag_nl: i64,
    tubes_nl: i64,
    tubes: u8,
}

impl Line {
    /// A fresh set.
    pub fn fresh() -> Self {
        Self {
            vein: None,
            needle: Needle::Capped,
            clip_closed: false,
            plug_broken: false,
            sealed: false,
            pinched: false,
            needle_us: 0,
            given_nl: 0,
            donor_line_nl: 0,
            bag_line_nl: 0,
            pouch_nl: 0,
            bag_nl: 0,
            tubes_nl: 0,
            tubes: 0,
        }
    }

    /// The needle goes into a vein. Only a capped one does.
    pub fn insert(&mut self, vein: Vein) {
        if self.needle == Needle::Capped {
            self.needle = Needle::InVein;
            self.vein = Some(vein);
            self.needle_us = 0;
        }
    }

    /// The needle leaves the donor.
    pub fn withdraw(&mut self) {
        if self.needle == Needle::InVein {
            self.needle = Needle::Out;
            self.vein = None;
        }
    }

    /// The vein, to be changed by a test or a demonstration.
    pub fn vein_mut(&mut self) -> Option<&mut Vein> {
        self.vein.as_mut()
    }

    /// Lets time pass. `openness` of the clamp: 0 closed, 1 open.
    pub fn step(&mut self, step_us: u64, openness: f64, way: Way) {
        let Some(vein) = self.vein.as_mut() else { return };
        let offered = vein.give(step_us, self.needle_us, self.given_nl);
        self.needle_us += step_us;
        if self.pinched || self.sealed {
            return;
        }
        let mut flow = (offered as f64 * openness.clamp(0.0, 1.0)) as i64;
        let room = match way {
            Way::Pouch if !self.clip_closed => POUCH - self.pouch_nl,
            Way::Bag if self.plug_broken => i64::MAX,
            Way::Pouch | Way::Bag | Way::Neither => 0,
        };
        if room <= 0 {
            return;
        }
        let before = flow;
        flow -= fill(&mut self.donor_line_nl, DONOR_LINE, flow);
        if way == Way::Bag {
            flow -= fill(&mut self.bag_line_nl, BAG_LINE, flow);
            self.bag_nl += flow;
            flow = 0;
        } else {
            flow -= fill(&mut self.pouch_nl, POUCH, flow);
        }
        self.given_nl += before - flow;
    }

    /// Draws a sample tube: out of the pouch, else straight out of the vein. How full it became, nL.
    pub fn fill_tube(&mut self) -> i64 {
        let from_pouch = TUBE.min(self.pouch_nl);
        self.pouch_nl -= from_pouch;
        let missing = if self.needle == Needle::InVein { TUBE - from_pouch } else { 0 };
        self.given_nl += missing;
        self.tubes_nl += from_pouch + missing;
        self.tubes += 1;
        from_pouch + missing
    }

    /// Tubes drawn so far.
    pub fn tubes(&self) -> u8 {
        self.tubes
    }
    /// What the vein has given, nL.
    pub fn given_nl(&self) -> i64 {
        self.given_nl
    }
    /// Blood in the bag, nL.
    pub fn bag_nl(&self) -> i64 {
        self.bag_nl
    }
    /// Blood in the pouch, nL.
    pub fn pouch_nl(&self) -> i64 {
        self.pouch_nl
    }
    /// Blood in tubes, nL.
    pub fn tubes_nl(&self) -> i64 {
        self.tubes_nl
    }
    /// Blood in the tubing, nL.
    pub fn tubing_nl(&self) -> i64 {
        self.donor_line_nl + self.bag_line_nl
    }
}

/// Fills a place up to what it holds and says how much it took.
fn fill(place: &mut i64, holds: i64, offered: i64) -> i64 {
    let taken = offered.min(holds - *place).max(0);
    *place += taken;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prng::Rng;
    use proptest::prelude::*;

    fn connected() -> Line {
        let mut line = Line::fresh();
        line.insert(Vein::new(Rng::new(1), 80.0));
        line
    }

    fn run(line: &mut Line, seconds: u64, openness: f64, way: Way) {
        for _ in 0..seconds * 200 {
            line.step(5000, openness, way);
        }
    }

    #[test]
    fn first_blood_goes_to_the_pouch_and_then_through_the_broken_plug_to_the_bag() {
        let mut line = connected();
        run(&mut line, 30, 1.0, Way::Pouch);
        let pouch = line.pouch_nl();
        assert!(pouch > 20 * ML && line.bag_nl() == 0);
        run(&mut line, 10, 1.0, Way::Bag);
        assert_eq!((line.pouch_nl(), line.bag_nl()), (pouch, 0), "the plug holds");
        line.plug_broken = true;
        run(&mut line, 30, 1.0, Way::Bag);
        assert!(line.bag_nl() > 20 * ML);
    }

    #[test]
    fn nothing_passes_a_closed_clamp_a_pinch_or_a_seal() {
        for close in [|l: &mut Line| l.pinched = true, |l: &mut Line| l.sealed = true, |_: &mut Line| {}] {
            let mut line = connected();
            run(&mut line, 5, 1.0, Way::Pouch);
            close(&mut line);
            let openness = if line.pinched || line.sealed { 1.0 } else { 0.0 };
            let before = line.given_nl();
            run(&mut line, 5, openness, Way::Pouch);
            assert_eq!(line.given_nl(), before);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn no_blood_is_made_or_lost(deeds in proptest::collection::vec((0_u8..8, 1_u64..20), 1..40)) {
            let mut line = connected();
            let mut way = Way::Pouch;
            for (deed, seconds) in deeds {
                match deed {
                    0 => way = Way::Bag,
                    1 => way = Way::Neither,
                    2 => line.plug_broken = true,
                    3 => line.clip_closed = true,
                    4 => { line.fill_tube(); }
                    5 => line.withdraw(),
                    6 => line.sealed = true,
                    _ => way = Way::Pouch,
                }
                run(&mut line, seconds, 0.7, way);
                let sum = line.tubing_nl() + line.pouch_nl() + line.bag_nl() + line.tubes_nl();
                prop_assert_eq!(line.given_nl(), sum);
                prop_assert!(line.pouch_nl() <= POUCH);
            }
        }
    }
}
