//! What sample tubes that are filled from a pouch on the tray take off it.
//!
//! Owns: how much of what a thought calls steps is theirs. Refuses: to say when a tube is filled (the procedure does). Lost with the
//! track in a crash.

/// Blood that sample tubes take off the tray, g.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tubes {
    /// Of tubes that are said to be filled, as far as it is not yet settled with the tare.
    pub(super) taken: f64,
    /// Of tubes of which nobody has said so: it may be off the tray by now.
    pub(super) open: f64,
}

impl Tubes {
    /// What they took off without these steps showing it, g.
    pub(super) fn unshown_in(self, steps: f64) -> f64 {
        (self.taken + steps.min(0.0)).max(0.0)
    }

    /// What of these steps they do not explain, g.
    pub(super) fn leave_of(self, steps: f64) -> f64 {
        steps + self.taken - self.unshown_in(steps)
    }
}
