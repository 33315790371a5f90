//! What one run is like: everything drawn from its seed before it begins, and printed first.
//!
//! Owns: the swarm: each kind of trouble is there in some runs and not in others, so that no kind hides another. Refuses: any
//! chance that is not drawn here or from a stream named by the seed. Holds no state.

use crate::prng::Rng;
use std::fmt;

/// What happens in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Seed of everything.
    pub seed: u64,
    /// Beds, 1 to 8.
    pub beds: u8,
    /// Donations to be opened before the faults end.
    pub donations: u32,
    /// Longest time until the faults end, s.
    pub longest_s: u64,
    /// Mean time between two slips of a nurse, s; 0: none.
    pub slips_s: u64,
    /// Mean time between two troubles of a bed's devices, links, donor or set, s; 0: none.
    pub troubles_s: u64,
    /// Mean time between two stops of the computer, s; 0: none.
    pub stops_s: u64,
    /// Mean time between two mishaps of the disk, s; 0: none.
    pub disk_s: u64,
    /// Mean time between two mishaps at the BMS, s; 0: none.
    pub bms_s: u64,
    /// Mean time between two mishaps of clock and terminals, s; 0: none.
    pub rest_s: u64,
    /// Mean time between two of a bed's rare troubles, s; 0: none, and people do nothing odd.
    pub rare_s: u64,
    /// Shifts that are opened and ended one after the other; 0: the site keeps none, and nothing is asked before donors come.
    pub shifts: u8,
    /// Whether the pouch hangs on the tray and is weighed.
    pub pouch_on_tray: bool,
    /// Programme of every donor, mL; 0: as the list says.
    pub programme_ml: u16,
    /// Staff acts at once, and every vein gives an ordinary flow.
    pub brisk: bool,
    /// How long a commit takes: least and most, us.
    pub commit_us: (u64, u64),
    /// A segment of the journal is this long, bytes.
    pub segment_bytes: u64,
}

impl Options {
    /// Draws what the run of this seed is like.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::named(seed, "options");
        let beds = if rng.chance(0.6) { 1 } else { rng.range(2, 4) };
        let beds = if rng.chance(0.03) { 8 } else { beds };
        let calm = rng.chance(0.1);
        let mut swarm = |mean: &[u64]| {
            let there = rng.chance(0.6) && !calm;
            let mean = rng.pick(mean).copied().unwrap_or(0);
            if there { mean } else { 0 }
        };
        let slips_s = swarm(&[60, 180, 600]);
        let troubles_s = swarm(&[90, 300, 900]);
        let stops_s = swarm(&[300, 900, 1800]);
        let disk_s = swarm(&[300, 900, 1800]);
        let bms_s = swarm(&[60, 300, 900]);
        let rest_s = swarm(&[120, 600, 1800]);
        let slow_disk = rng.chance(0.2);
        // Of a stream of its own: what it was like before there was anything rare stays as the seed has it.
        let mut odd = Rng::named(seed, "rare");
        let rare_s = if odd.chance(0.4) && !calm { odd.pick(&[200, 600]).copied().unwrap_or(0) } else { 0 };
        // And so has what it was like before there were shifts.
        let mut shifts = Rng::named(seed, "shifts");
        let shifts = if shifts.chance(0.3) { shifts.range(1, 3) } else { 0 };
        Self {
            seed,
            beds: u8::try_from(beds).unwrap_or(1),
            donations: u32::try_from(beds * rng.range(1, 2)).unwrap_or(1),
            longest_s: 90 * 60,
            slips_s,
            troubles_s,
            stops_s,
            disk_s,
            bms_s,
            rest_s,
            rare_s,
            shifts: u8::try_from(shifts).unwrap_or(0),
            pouch_on_tray: false,
            brisk: false,
            programme_ml: if rng.chance(0.5) { 200 } else { 0 },
            commit_us: if slow_disk { (2_000, 400_000) } else { (500, 12_000) },
            segment_bytes: if rng.chance(0.3) { 64 << 10 } else { 16 << 20 },
        }
    }

    /// The same without shifts: as it was before there were any.
    pub fn without_shifts(seed: u64) -> Self {
        Self { shifts: 0, ..Self::draw(seed) }
    }

    /// The same without shifts and what is rare: as it was before there was anything rare.
    pub fn common(seed: u64) -> Self {
        Self { rare_s: 0, ..Self::without_shifts(seed) }
    }

    /// One bed, 400 mL, nothing goes wrong, nobody dawdles: what speed is measured with.
    pub fn calm(seed: u64, donations: u32) -> Self {
        Self {
            beds: 1,
            donations,
            longest_s: u64::from(donations) * 3600,
            slips_s: 0,
            troubles_s: 0,
            stops_s: 0,
            disk_s: 0,
            bms_s: 0,
            rest_s: 0,
            rare_s: 0,
            shifts: 0,
            pouch_on_tray: false,
            programme_ml: 400,
            brisk: true,
            commit_us: (500, 12_000),
            segment_bytes: 16 << 20,
            ..Self::draw(seed)
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, beds, donations, longest_s, slips_s, troubles_s, .. } = self;
        write!(f, "seed {seed}: beds {beds}, donations {donations} within {longest_s} s, ")?;
        write!(f, "slips each {slips_s} s, troubles each {troubles_s} s, stops each {} s, ", self.stops_s)?;
        write!(f, "disk each {} s, BMS each {} s, ", self.disk_s, self.bms_s)?;
        write!(f, "clock and terminals each {} s, rare each {} s, ", self.rest_s, self.rare_s)?;
        write!(f, "shifts {}, programme {} mL, ", self.shifts, self.programme_ml)?;
        let (least, most) = self.commit_us;
        let pouch = if self.pouch_on_tray { "weighed" } else { "beside the tray" };
        write!(f, "pouch {pouch}, commits {least} to {most} us, segments {} bytes", self.segment_bytes)
    }
}
