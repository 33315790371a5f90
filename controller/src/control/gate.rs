//! The permit gate: where permits wait until everything before them is on disk.
//!
//! Owns: the waiting permits, in the order in which they were asked for. Refuses: to decide by itself that a permit may
//! fire: it only says which one is ready; its bed's epoch, its expiry and the guard are asked at that moment (see
//! [`verdict`]). A crash loses the waiting permits, and that is right: none of them has fired.
//!
//! ```text
//!   permit ──▶ waiting ── durable through its entry ──▶ ready ── epoch, expiry, guard ──▶ fired
//!                 │                                                      │
//!                 └──────────── expired ──▶ lapsed ◀─────────────────────┘
//! ```

use crate::control::io::MAX_WAITING;
use station::ident::BedId;
use station::measure::Mono;
use station::procedure::command::{Epoch, Permit};
use station::procedure::event::Lapse;
use std::collections::VecDeque;

/// A permit at the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub bed: BedId,
    /// The permit.
    pub permit: Permit,
    /// Number of the last entry that has to be on disk before it.
    pub after_seq: u64,
}

/// The gate.
#[derive(Debug, Default)]
pub struct Gate {
    waiting: VecDeque<Waiting>,
    durable: u64,
}

impl Gate {
    /// Lets a permit wait. `false` when too many wait already: then it has to lapse.
    #[must_use]
    pub fn wait(&mut self, waiting: Waiting) -> bool {
        let room = self.waiting.len() < MAX_WAITING;
        if room {
            self.waiting.push_back(waiting);
        }
        room
    }

    /// Every entry up to this one is on disk. Never goes back.
    pub fn durable(&mut self, through: u64) {
        self.durable = self.durable.max(through);
    }

    /// Takes the next permit that needs a verdict now: one whose entries are durable, or one that has expired. Each comes
    /// out once.
    pub fn next(&mut self, now: Mono) -> Option<Waiting> {
        let ready = |w: &Waiting| self.durable >= w.after_seq || now >= w.permit.expires;
        let at = self.waiting.iter().position(ready)?;
        self.waiting.remove(at)
    }

    /// Whether the entries of this permit are on disk.
    pub fn is_durable(&self, waiting: &Waiting) -> bool {
        self.durable >= waiting.after_seq
    }

    /// Takes every permit out, to lapse: the journal has failed.
    pub fn close(&mut self) -> Vec<Waiting> {
        self.waiting.drain(..).collect()
    }

    /// Takes every permit of one bed out, to lapse: the bed has failed.
    pub fn close_bed(&mut self, bed: BedId) -> Vec<Waiting> {
        let (out, stay) = self.waiting.drain(..).partition(|w| w.bed == bed);
        self.waiting = stay;
        let out: VecDeque<Waiting> = out;
        out.into()
    }

    /// When the first waiting permit expires.
    pub fn next_timeout(&self) -> Option<Mono> {
        self.waiting.iter().map(|w| w.permit.expires).min()
    }
}

/// Whether a permit may fire now, the guard apart: its entries are durable, it has not expired, and its bed is still in
/// its epoch.
///
/// # Errors
/// [`Lapse`]: why it never fires.
pub fn verdict(durable: bool, permit: &Permit, epoch: Epoch, now: Mono) -> Result<(), Lapse> {
    if !durable || now >= permit.expires {
        Err(Lapse::Expired)
    } else if permit.epoch != epoch {
        Err(Lapse::EpochPassed)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use station::device::Actuation;
    use station::procedure::event::PermitId;
    use std::collections::BTreeSet;

    fn waiting(id: u32, epoch: u32, expires: u64, after_seq: u64) -> Waiting {
        let permit = Permit {
            id: PermitId(id),
            actuation: Actuation::ClampOpen,
            epoch: Epoch(epoch),
            expires: Mono(expires),
        };
        Waiting { bed: BedId::new(1).unwrap(), permit, after_seq }
    }

    #[test]
    fn a_permit_waits_for_its_own_entry_and_comes_out_once() {
        let mut gate = Gate::default();
        assert!(gate.wait(waiting(1, 0, 100, 7)));
        gate.durable(6);
        assert_eq!(gate.next(Mono(10)), None);
        gate.durable(7);
        assert_eq!(gate.next(Mono(10)).unwrap().permit.id, PermitId(1));
        assert_eq!(gate.next(Mono(10)), None);
    }

    #[test]
    fn what_is_never_durable_comes_out_expired() {
        let mut gate = Gate::default();
        assert!(gate.wait(waiting(1, 0, 100, 7)));
        assert_eq!(gate.next_timeout(), Some(Mono(100)));
        assert_eq!(gate.next(Mono(99)), None);
        let out = gate.next(Mono(100)).unwrap();
        assert_eq!(verdict(gate.is_durable(&out), &out.permit, Epoch(0), Mono(100)), Err(Lapse::Expired));
    }

    #[test]
    fn the_gate_is_bounded() {
        let mut gate = Gate::default();
        for n in 0..MAX_WAITING {
            assert!(gate.wait(waiting(n as u32, 0, 100, 7)));
        }
        assert!(!gate.wait(waiting(999, 0, 100, 7)));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Ask { ttl: u64 },
        Durable(u64),
        Protect,
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1_u64..40).prop_map(|ttl| Step::Ask { ttl }),
            3 => (0_u64..4).prop_map(Step::Durable),
            1 => Just(Step::Protect),
            3 => (0_u64..15).prop_map(Step::Pass),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        /// Whatever comes in whatever order: no permit fires after a protect of its epoch, none before its entries are
        /// durable, none after its time, none twice.
        #[test]
        fn no_permit_fires_that_should_not(steps in proptest::collection::vec(step(), 1..120)) {
            let mut gate = Gate::default();
            let (mut now, mut epoch, mut seq, mut durable, mut id) = (0_u64, 0_u32, 0_u64, 0_u64, 0_u32);
            let mut asked = Vec::new();
            let mut fired = BTreeSet::new();
            let mut gone = BTreeSet::new();
            for step in steps {
                match step {
                    Step::Ask { ttl } => {
                        seq += 2;
                        id += 1;
                        asked.push((id, epoch, seq, now + ttl));
                        prop_assert!(gate.wait(waiting(id, epoch, now + ttl, seq)) || asked.len() > MAX_WAITING);
                    }
                    Step::Durable(more) => {
                        durable = (durable + more).min(seq);
                        gate.durable(durable);
                    }
                    Step::Protect => epoch += 1,
                    Step::Pass(span) => now += span,
                }
                while let Some(out) = gate.next(Mono(now)) {
                    let id = out.permit.id.0;
                    prop_assert!(gone.insert(id), "came out twice");
                    if verdict(gate.is_durable(&out), &out.permit, Epoch(epoch), Mono(now)).is_ok() {
                        let (_, of, after, until) = asked[id as usize - 1];
                        prop_assert_eq!(of, epoch, "fired after a protect");
                        prop_assert!(durable >= after, "fired before its entry was durable");
                        prop_assert!(now < until, "fired after its time");
                        prop_assert!(fired.insert(id), "fired twice");
                    }
                }
            }
        }
    }
}
