//! Patterns of lamp and buzzer: which signal flashes and sounds how.
//!
//! Owns: the tables and the player that walks through one of them. Refuses: to know lines. The figures follow
//! IEC 60601-1-8 as commonly quoted (high 1.4 to 2.8 Hz and bursts of 10, medium 0.4 to 0.8 Hz and bursts of 3, low
//! constant); they have to be compared with the printed standard before anyone claims conformity. State: the place in
//! the table; a crash leaves the panel dark and silent until the alarms that stand are signalled again.

use station::device::Signal;
use station::measure::{Mono, Span};

/// One stretch of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) on: bool,
    pub(crate) ms: u64,
}

/// What a signal looks or sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// On or off until told otherwise.
    Constant(bool),
    /// The steps once, then off.
    Once(&'static [Step]),
    /// The steps over and over.
    Repeat(&'static [Step]),
}

const fn on(ms: u64) -> Step {
    Step { on: true, ms }
}
const fn off(ms: u64) -> Step {
    Step { on: false, ms }
}

/// 2 Hz, half of it on.
const FLASH_HIGH: [Step; 2] = [on(250), off(250)];
/// 0.6 Hz, half of it on.
const FLASH_MEDIUM: [Step; 2] = [on(833), off(833)];
/// 1 Hz: a call is no alarm, and no alarm flashes cyan.
const FLASH_CALL: [Step; 2] = [on(500), off(500)];

/// 3 + 2 pulses of 150 ms, the same again after 600 ms, the next burst after 5 s.
const BURST_HIGH: [Step; 20] = [
    on(150),
    off(100),
    on(150),
    off(100),
    on(150),
    off(350),
    on(150),
    off(100),
    on(150),
    off(600),
    on(150),
    off(100),
    on(150),
    off(100),
    on(150),
    off(350),
    on(150),
    off(100),
    on(150),
    off(5000),
];
/// 3 pulses of 200 ms, the next burst after 10 s.
const BURST_MEDIUM: [Step; 6] = [on(200), off(200), on(200), off(200), on(200), off(10_000)];
/// 1 pulse of 200 ms, again after 20 s.
const BURST_LOW: [Step; 2] = [on(200), off(20_000)];
/// Two short pulses, once.
const BURST_CALL: [Step; 3] = [on(80), off(120), on(80)];

/// How the lamp shows a signal.
pub(crate) fn lamp(signal: Signal) -> Pattern {
    match signal {
        Signal::Off => Pattern::Constant(false),
        Signal::Call => Pattern::Repeat(&FLASH_CALL),
        Signal::Low => Pattern::Constant(true),
        Signal::Medium => Pattern::Repeat(&FLASH_MEDIUM),
        Signal::High => Pattern::Repeat(&FLASH_HIGH),
    }
}

/// How the buzzer sounds a signal.
pub(crate) fn buzzer(signal: Signal) -> Pattern {
    match signal {
        Signal::Off => Pattern::Constant(false),
        Signal::Call => Pattern::Once(&BURST_CALL),
        Signal::Low => Pattern::Repeat(&BURST_LOW),
        Signal::Medium => Pattern::Repeat(&BURST_MEDIUM),
        Signal::High => Pattern::Repeat(&BURST_HIGH),
    }
}

/// Plays one pattern on one line.
#[derive(Debug)]
pub(crate) struct Player {
    pattern: Pattern,
    at: usize,
    until: Option<Mono>,
}

impl Player {
    /// Silent or dark.
    pub(crate) fn new() -> Self {
        Self { pattern: Pattern::Constant(false), at: 0, until: None }
    }

    /// Starts a pattern from its beginning and says the level to drive. A pattern that already plays goes on
    /// undisturbed (`None`): an alarm repeated by its sender must not stutter.
    pub(crate) fn start(&mut self, now: Mono, pattern: Pattern) -> Option<bool> {
        let playing = matches!(self.pattern, Pattern::Constant(_)) || self.until.is_some();
        if self.pattern == pattern && playing {
            return None;
        }
        self.pattern = pattern;
        self.at = 0;
        Some(self.enter(now))
    }

    /// Goes on to the next step when its time has come and says the level to drive. One step a call: a late caller
    /// stretches the pattern, it does not make it race.
    pub(crate) fn advance(&mut self, now: Mono) -> Option<bool> {
        if self.until.is_none_or(|until| now < until) {
            return None;
        }
        self.at += 1;
        if let Pattern::Repeat(steps) = self.pattern {
            self.at %= steps.len();
        }
        Some(self.enter(now))
    }

    pub(crate) fn next_timeout(&self) -> Option<Mono> {
        self.until
    }

    fn enter(&mut self, now: Mono) -> bool {
        let step = match self.pattern {
            Pattern::Constant(level) => {
                self.until = None;
                return level;
            }
            Pattern::Once(steps) | Pattern::Repeat(steps) => steps.get(self.at),
        };
        self.until = step.map(|step| now + Span::from_millis(step.ms));
        step.is_some_and(|step| step.on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a repeating pattern for a minute: starts of pulses in milliseconds, and the share of time that is on.
    fn minute(pattern: Pattern) -> (Vec<u64>, u64) {
        let mut player = Player::new();
        let mut level = player.start(Mono(0), pattern).unwrap_or(false);
        let mut starts = if level { vec![0] } else { vec![] };
        let (mut lit, mut since) = (0, 0);
        while let Some(at) = player.next_timeout().filter(|at| at.0 < 60_000_000) {
            let next = player.advance(at).unwrap();
            let ms = at.0 / 1000;
            if level {
                lit += ms - since;
            }
            if next && !level {
                starts.push(ms);
            }
            (level, since) = (next, ms);
        }
        (starts, lit * 100 / 60_000)
    }

    #[test]
    fn flashes_stay_in_the_bands_of_their_priority() {
        let (high, duty) = minute(lamp(Signal::High));
        assert!((84..=168).contains(&high.len()), "1.4 to 2.8 Hz: {} a minute", high.len());
        assert!((20..=60).contains(&duty));
        let (medium, duty) = minute(lamp(Signal::Medium));
        assert!((24..=48).contains(&medium.len()), "0.4 to 0.8 Hz: {} a minute", medium.len());
        assert!((20..=60).contains(&duty));
    }

    #[test]
    fn bursts_have_ten_and_three_pulses_and_a_pause() {
        for (signal, count) in [(Signal::High, 10), (Signal::Medium, 3)] {
            let (starts, _) = minute(buzzer(signal));
            assert!(starts.windows(2).take(count - 1).all(|w| w[1] - w[0] < 1300), "{starts:?}");
            assert!(starts[count] - starts[count - 1] > 2500, "{starts:?}");
        }
    }

    #[test]
    fn a_late_caller_gets_one_step_not_a_race() {
        let mut player = Player::new();
        assert_eq!(player.start(Mono(0), lamp(Signal::High)), Some(true));
        assert_eq!(player.advance(Mono(3_600_000_000)), Some(false));
        assert_eq!(player.advance(Mono(3_600_000_000)), None);
    }
}
