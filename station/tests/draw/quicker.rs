//! A flow that becomes much faster in mid-draw.
//!
//! Owns: how soon the estimator follows it, as an alarm on the flow needs it.

use super::bed::{Bed, Dice, PLAIN, Seen, weight};
use station::draw::{DrawSettings, Estimator};
use station::measure::{Density, Microlitres, Milligrams, Span};

/// Seconds until 200 mL/min are believed after 60 have become 260; none within a minute.
fn noticed_after(seed: u64) -> Option<f64> {
    let mut bed = Bed::new(seed, PLAIN, 600.0);
    (bed.flow, bed.open) = (1.0, true);
    let settings = DrawSettings {
        density: Density::DEFAULT,
        target: Microlitres(600_000),
        clamp_delay: Span::from_millis(150),
    };
    let mut e = Estimator::new(settings, bed.now(), Milligrams((bed.set * 1000.0) as i64));
    let changes = Dice(seed).between(30.0, 60.0);
    while bed.t < changes + 60.0 {
        if bed.t >= changes {
            bed.flow = 260.0 / 60.0;
        }
        for seen in bed.step() {
            match seen {
                Seen::Weight(grams) => e.handle_sample(bed.now(), weight(grams)),
                Seen::Pulse => e.handle_cycle(bed.now()),
            }
        }
        if bed.t > changes && e.estimate(bed.now()).flow.0 * 60 > 200_000 {
            return Some(bed.t - changes);
        }
    }
    None
}

#[test]
fn a_flow_that_quickens_is_noticed() {
    let mut after: Vec<(f64, u64)> =
        (1..=200).map(|seed| (noticed_after(seed).unwrap_or(60.0), seed)).collect();
    after.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!(
        "noticed after: p50 {:.1} s, p90 {:.1} s, the slowest {:?}",
        after[100].0,
        after[180].0,
        &after[190..]
    );
    assert!(after[100].0 < 5.0 && after[180].0 < 20.0, "{:?}", &after[180..]);
}
