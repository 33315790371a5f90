//! How long blood still runs after the clamp was told to close, learned from draw to draw.
//!
//! Owns: the learned delay of one bed and how sure it is. It is counted from the order to the last blood *as the scale
//! shows it*, so the clamp's own time and the scale's filter are learned together. Refuses: draws too slow to tell, and
//! delays no clamp has. It holds no hidden state: the caller stores the value and gives it back for the next draw.

use super::filter::root;
use crate::measure::{Microlitres, MicrolitresPerSecond, Span};
use serde::{Deserialize, Serialize};

/// Shortest delay believed.
const SHORTEST: Span = Span::from_millis(50);
/// Longest delay believed: a slow clamp (250 ms) behind a slow scale (300 ms).
const LONGEST: Span = Span::from_millis(550);
/// Slowest flow from which a delay is learned, uL/s (20 mL/min).
const SLOWEST_FLOW: i64 = 333;
/// Doubt of the two volumes of one draw together, uL.
const VOLUME_DOUBT: f64 = 450.0;
/// Doubt gained from one draw to the next (wear, another bag's tubing), ms.
const DRIFT: f64 = 10.0;

/// The learned delay of one bed's clamp. Stored by the caller between draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClampDelay {
    delay: Span,
    doubt: Span,
}

impl ClampDelay {
    /// What is assumed before the first draw: 250 ms, give or take 130.
    pub const DEFAULT: Self = Self::assumed(Span::from_millis(250));

    /// What a site assumes before the first draw of a bed, give or take 130 ms; brought within 50 to 550 ms when it is used.
    pub const fn assumed(delay: Span) -> Self {
        Self { delay, doubt: Span::from_millis(130) }
    }

    /// A delay known from the maker or measured by hand; brought within 50 to 550 ms.
    pub fn known(delay: Span) -> Self {
        Self { delay: delay.clamp(SHORTEST, LONGEST), doubt: Span::from_millis(30) }
    }

    /// Time from the order to close until the last blood shows on the scale: 50 to 550 ms.
    pub fn delay(self) -> Span {
        self.delay.clamp(SHORTEST, LONGEST)
    }

    /// How far off the delay may be (one standard deviation).
    pub fn doubt(self) -> Span {
        self.doubt
    }

    /// Learns from one draw: the estimate when the clamp was told to close, the flow then, and the volume once the
    /// closed line had settled. Returns what to store; the same as before when the draw was too slow to tell or the
    /// volumes make no sense.
    #[must_use]
    pub fn learned(self, at_order: Microlitres, flow: MicrolitresPerSecond, settled: Microlitres) -> Self {
        let more = settled.0.saturating_sub(at_order.0);
        if flow.0 < SLOWEST_FLOW || !(-2_000..=4_000).contains(&more) {
            return self;
        }
        let flow = flow.0.min(10_000) as f64;
        let seen = more as f64 / flow * 1000.0;
        let doubt = self.doubt.0.min(1_000_000) as f64 / 1000.0;
        let before = doubt * doubt + DRIFT * DRIFT;
        let of_seen = VOLUME_DOUBT / flow * 1000.0;
        let gain = before / (before + of_seen * of_seen);
        let now = self.delay().0 as f64 / 1000.0;
        let delay = (now + gain * (seen - now)).clamp(0.0, 1000.0);
        Self {
            delay: Span((delay * 1000.0) as u64).clamp(SHORTEST, LONGEST),
            doubt: Span((root((1.0 - gain) * before) * 1000.0) as u64),
        }
    }
}

impl Default for ClampDelay {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(draws: usize, more_per_second: i64, flow: i64) -> ClampDelay {
        let mut d = ClampDelay::DEFAULT;
        for _ in 0..draws {
            d = d.learned(
                Microlitres(400_000),
                MicrolitresPerSecond(flow),
                Microlitres(400_000 + flow * more_per_second / 1000),
            );
        }
        d
    }

    #[test]
    fn the_delay_is_learned_over_some_draws_and_stays_within_bounds() {
        assert!(after(30, 400, 1500).delay().as_millis().abs_diff(400) < 20);
        assert!(after(30, 90, 1500).delay().as_millis().abs_diff(90) < 20);
        assert_eq!(after(300, 900, 2500).delay(), LONGEST);
        assert_eq!(after(300, -300, 2500).delay(), SHORTEST);
    }

    #[test]
    fn a_slow_or_senseless_draw_teaches_nothing() {
        let d = ClampDelay::DEFAULT;
        assert_eq!(after(10, 900, 200), d);
        assert_eq!(d.learned(Microlitres(0), MicrolitresPerSecond(1000), Microlitres(i64::MAX)), d);
        assert_eq!(
            d.learned(Microlitres(i64::MAX), MicrolitresPerSecond(i64::MAX), Microlitres(i64::MIN)),
            d
        );
    }

    #[test]
    fn one_draw_teaches_a_part_and_less_when_it_was_slow() {
        let (slow, fast) = (after(1, 500, 500).delay(), after(1, 500, 2500).delay());
        assert!(ClampDelay::DEFAULT.delay() < slow && slow < fast && fast < Span::from_millis(400));
    }
}
