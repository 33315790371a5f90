//! Weights that come close together, made one: a tracker gains nothing from eighty weights a second, because what disturbs
//! them (slosh, rounding, the scale's own filter) is nearly the same in neighbours, and it would believe them too much.
//!
//! Owns: the weights of a window that is still open. Refuses: waiting when weights come seldom: each is then handed on at
//! once, untouched. A crash loses less than a tenth of a second.

use crate::measure::{Milligrams, Mono, Span};

/// Weights nearer than this are made one; those of a scale of ten or twelve a second are not.
const SHORTEST: Span = Span::from_millis(80);

/// The weights since the last that was handed on. At most one longer than [`SHORTEST`] apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    handed: Mono,
    /// When the first of them came, the sum of how much later all came, us, and the sum of them, mg.
    first: Mono,
    later: u64,
    sum: i64,
    count: u32,
}

impl Window {
    /// Nothing in it. The last weight was handed on at `handed`.
    pub(super) fn new(handed: Mono) -> Self {
        Self { handed, first: handed, later: 0, sum: 0, count: 0 }
    }

    /// Takes a weight in; hands on the mean of all in it, and the mean of their times, when the window is full.
    pub(super) fn add(&mut self, at: Mono, weight: Milligrams) -> Option<(Mono, Milligrams)> {
        if self.count == 0 {
            self.first = at;
        }
        self.later = self.later.saturating_add(at.since(self.first).0);
        self.sum = self.sum.saturating_add(weight.0);
        self.count += 1;
        if at.since(self.handed) < SHORTEST { None } else { self.close(at) }
    }

    /// Hands on what is in it, if anything.
    pub(super) fn close(&mut self, at: Mono) -> Option<(Mono, Milligrams)> {
        let count = i64::from(self.count);
        let mean = self.sum.checked_div(count)?;
        let time = self.first + Span(self.later / u64::from(self.count));
        *self = Self::new(at);
        Some((time, Milligrams(mean)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in ms and weights in mg in, the same out.
    fn through(weights: &[(u64, i64)]) -> Vec<(u64, i64)> {
        let mut window = Window::new(Mono(0));
        let add = |&(ms, mg): &(u64, i64)| window.add(Mono(ms * 1000), Milligrams(mg));
        weights.iter().filter_map(add).map(|(at, mass)| (at.0 / 1000, mass.0)).collect()
    }

    #[test]
    fn seldom_weights_are_handed_on_untouched() {
        let weights: Vec<_> = (1..100).map(|i| (i * 83, i as i64 * 7)).collect();
        assert_eq!(through(&weights), weights);
    }

    #[test]
    fn seven_of_eighty_a_second_become_one_in_their_middle() {
        let weights: Vec<_> = (1..=14).map(|i| (i * 12, i as i64 * 10)).collect();
        assert_eq!(through(&weights), [(48, 40), (132, 110)]);
    }

    #[test]
    fn what_is_left_in_it_is_handed_on_when_it_closes() {
        let mut window = Window::new(Mono(0));
        assert_eq!(window.add(Mono(10_000), Milligrams(4)), None);
        assert_eq!(window.add(Mono(20_000), Milligrams(8)), None);
        assert_eq!(window.close(Mono(25_000)), Some((Mono(15_000), Milligrams(6))));
        assert_eq!(window.close(Mono(25_000)), None);
    }
}
