//! What every contact driver keeps, whatever comes: no panic, no bytes, safe at opening, silent when lost, and orders
//! towards safety taken as long as there is a link.

use drivers::clamp::Clamp;
use drivers::contact::one_shot::Settings;
use drivers::diverter::Diverter;
use drivers::mixer::{self, Mixer};
use drivers::panel::Panel;
use drivers::{Driver, Inbound, Outbound, sealer, separator};
use proptest::prelude::*;
use station::device::{Actuation, Direction, Signal};
use station::measure::Mono;

const ORDERS: [Actuation; 15] = [
    Actuation::ClampClose,
    Actuation::ClampOpen,
    Actuation::MixerRun,
    Actuation::MixerStop,
    Actuation::DivertToPouch,
    Actuation::DivertToBag,
    Actuation::Seal,
    Actuation::SealerDisable,
    Actuation::Separate,
    Actuation::SeparatorDisable,
    Actuation::Lamp(Signal::High),
    Actuation::Lamp(Signal::Call),
    Actuation::Buzzer(Signal::Medium),
    Actuation::Buzzer(Signal::Off),
    Actuation::ScannerTrigger(true),
];

fn all() -> Vec<(Box<dyn Driver>, usize)> {
    vec![
        (Box::new(Clamp::new()), drivers::clamp::OUTPUTS.len()),
        (Box::new(Diverter::new()), drivers::diverter::OUTPUTS.len()),
        (Box::new(Mixer::new(mixer::Settings::default())), mixer::OUTPUTS.len()),
        (Box::new(Panel::new(true)), drivers::panel::OUTPUTS.len()),
        (Box::new(sealer::contact_closure(Settings::default())), sealer::OUTPUTS.len()),
        (Box::new(separator::contact_closure(Settings::default())), separator::OUTPUTS.len()),
    ]
}

/// Takes everything that waits; the levels of the outputs in order.
fn drain(driver: &mut dyn Driver) -> Vec<(usize, bool)> {
    while driver.poll_observation().is_some() {}
    let mut driven = Vec::new();
    while let Some(outbound) = driver.poll_outbound() {
        assert!(matches!(outbound, Outbound::Line { .. }), "a contact device has no bytes");
        if let Outbound::Line { output, active } = outbound {
            driven.push((output, active));
        }
    }
    driven
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn whatever_comes(
        steps in proptest::collection::vec((0_u8..10, 0_usize..9, any::<bool>(), 0_usize..ORDERS.len(), 0_u64..3_000_000), 0..60),
    ) {
        for (mut driver, outputs) in all() {
            let (mut now, mut open) = (Mono(0), false);
            for &(act, input, active, order, us) in &steps {
                now = Mono(now.0 + us);
                match act {
                    0 => {
                        driver.handle(now, Inbound::Opened);
                        open = true;
                        let safe: Vec<_> = (0..outputs).map(|output| (output, false)).collect();
                        prop_assert_eq!(drain(driver.as_mut()), safe);
                    }
                    1 => {
                        driver.handle(now, Inbound::Lost);
                        open = false;
                        prop_assert_eq!(drain(driver.as_mut()), vec![]);
                        prop_assert_eq!(driver.next_timeout(), None);
                    }
                    2 => driver.handle(now, Inbound::Bytes(&[0xFF, 0x00])),
                    3 | 4 => driver.handle(now, Inbound::Timeout),
                    5 | 6 => {
                        let order = ORDERS[order];
                        let taken = driver.actuate(now, order).is_ok();
                        let row = order.row();
                        if row.device != driver.kind() {
                            prop_assert!(!taken, "{:?} took {:?}", driver.kind(), order);
                        } else if row.direction == Direction::Protect {
                            prop_assert_eq!(taken, open, "{:?}", order);
                        }
                    }
                    _ => driver.handle(now, Inbound::Line { input, active }),
                }
                drain(driver.as_mut());
            }
        }
    }

    /// A caller that never drains costs a bounded amount, and the last level of an output is the one that counts.
    #[test]
    fn what_is_not_fetched_does_not_pile_up(changes in 100_usize..400) {
        let mut clamp = Clamp::new();
        clamp.handle(Mono(0), Inbound::Opened);
        clamp.handle(Mono(0), Inbound::Line { input: 1, active: false });
        for n in 0..changes {
            clamp.handle(Mono(0), Inbound::Line { input: 0, active: n % 2 == 0 });
            let order = if n % 2 == 0 { Actuation::ClampOpen } else { Actuation::ClampClose };
            prop_assert!(clamp.actuate(Mono(0), order).is_ok());
        }
        prop_assert!(clamp.actuate(Mono(0), Actuation::ClampClose).is_ok());
        prop_assert!(std::iter::from_fn(|| clamp.poll_observation()).count() <= 64);
        prop_assert_eq!(drain(&mut clamp), vec![(0, false)]);
    }
}
