//! Donors who do not exist: their names, their cards, and the flow of a vein.
//!
//! Owns: identity numbers that are valid in form and of a region that was never given out, so that nobody is meant; the
//! flow, which begins after the needle, wanders, fades and may stop. Refuses: real people. State: the place of the wander;
//! the seed brings it back.

use crate::prng::Rng;

/// Region of every simulated number. No province begins with 99.
const REGION: &str = "990000";
const FAMILY: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const GIVEN: [&str; 12] =
    ["小明", "建国", "秀英", "伟", "芳", "志强", "丽华", "晨", "文博", "雨桐", "海燕", "子涵"];

/// A person as the worklist and an identity card know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// 18 characters with their check character.
    pub number: String,
    /// `YYYYMMDD`.
    pub birth: String,
    /// Male, else female.
    pub male: bool,
}

impl Person {
    /// Somebody between 18 and 55 years in the year `year`. `serial` (0 to 499) keeps people of one list apart.
    pub fn invent(rng: &mut Rng, year: u64, serial: u64) -> Self {
        let name = format!(
            "{}{}",
            rng.pick(&FAMILY).copied().unwrap_or("王"),
            rng.pick(&GIVEN).copied().unwrap_or("小明")
        );
        let birth = format!("{:04}{:02}{:02}", year - rng.range(20, 54), rng.range(1, 12), rng.range(1, 28));
        let male = rng.chance(0.5);
        let order = serial % 500 * 2 + u64::from(male);
        let data = format!("{REGION}{birth}{order:03}");
        let number = format!("{data}{}", check_character(&data));
        Self { name, number, birth, male }
    }
}

/// Check character of 17 digits by the sum of weights (GB 11643), apart from the product's own way of computing it.
fn check_character(data: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let sum: u32 = data.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b.saturating_sub(b'0')) * w).sum();
    CHECKS[(sum % 11) as usize]
}

/// A vein with a needle in it.
#[derive(Debug, Clone)]
pub struct Vein {
    rng: Rng,
    /// Mean flow at the beginning, uL/s.
    pub mean_ul_s: f64,
    /// Part of the flow that is gone after 400 mL, 0 to 1.
    pub fade: f64,
    /// Blood after which it gives no more, nL; `None`: it goes on.
    pub stops_after_nl: Option<i64>,
    /// Time until blood comes after the needle, us.
    onset_us: u64,
    wander: f64,
}

/// Correlation time of the wander, us.
const WANDER_US: f64 = 10_000_000.0;
/// Deviation of the wander, part of the mean.
const WANDER: f64 = 0.10;
/// From the first drop to the full flow, us.
const RISE_US: f64 = 2_000_000.0;

impl Vein {
    /// A vein of this mean flow, mL/min, at the beginning.
    pub fn new(mut rng: Rng, ml_min: f64) -> Self {
        let fade = rng.between(0.0, 0.15);
        let onset_us = rng.range(400_000, 1_500_000);
        Self { rng, mean_ul_s: ml_min * 1000.0 / 60.0, fade, stops_after_nl: None, onset_us, wander: 0.0 }
    }

    /// A common vein: 50 to 90 mL/min.
    pub fn plausible(mut rng: Rng) -> Self {
        let ml_min = rng.between(50.0, 90.0);
        Self::new(rng, ml_min)
    }

    /// What it would give in this step, nL: `since_us` after the needle went in, `given_nl` given so far.
    pub fn give(&mut self, step_us: u64, since_us: u64, given_nl: i64) -> i64 {
        let step = step_us as f64;
        let kick = WANDER * (2.0 * step / WANDER_US).sqrt() * self.rng.normal();
        self.wander = (self.wander * (1.0 - step / WANDER_US) + kick).clamp(-0.35, 0.35);
        if since_us < self.onset_us || self.stops_after_nl.is_some_and(|stop| given_nl >= stop) {
            return 0;
        }
        let rise = (((since_us - self.onset_us) as f64) / RISE_US).min(1.0);
        let faded = 1.0 - self.fade * (given_nl as f64 / 400e6).min(1.5);
        let ul_s = self.mean_ul_s * (1.0 + self.wander) * rise * faded;
        // uL/s times us is pL: a thousandth of a nanolitre.
        (ul_s.max(0.0) * step / 1000.0) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::ident::{ResidentId, Sex};

    #[test]
    fn every_invented_number_is_valid_in_form_and_says_the_same_as_the_card() {
        let mut rng = Rng::new(5);
        for serial in 0..300 {
            let person = Person::invent(&mut rng, 2026, serial);
            let number = ResidentId::new(&person.number).unwrap();
            assert_eq!(number.sex() == Sex::Male, person.male);
            assert_eq!(number.birth().to_string().replace('-', ""), person.birth);
        }
    }

    #[test]
    fn blood_comes_after_the_needle_wanders_around_its_mean_and_stops_when_told() {
        let mut vein = Vein::new(Rng::new(3), 60.0);
        vein.fade = 0.0;
        assert_eq!(vein.give(5000, 0, 0), 0, "not at once");
        let total: i64 = (0..60_000).map(|_| vein.give(5000, 60_000_000, 0)).sum();
        let ml = total as f64 / 1e6;
        assert!((270.0..330.0).contains(&ml), "60 mL/min for 300 s gave {ml} mL");
        vein.stops_after_nl = Some(1);
        assert_eq!(vein.give(5000, 60_000_000, 1), 0);
    }
}
