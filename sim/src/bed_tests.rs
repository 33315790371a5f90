//! Simulated devices against the product's drivers, in virtual time: bytes and lines through, both ways.

use super::*;
use drivers::scale::mt_sics::{MtSics, MtSicsSettings};
use drivers::scanner::line::{LineScanner, LineScannerSettings};
use drivers::{Driver, Inbound, Observation, Outbound};
use station::device::{Actuation, ClampPosition, Fault, Reading, ToolReport};
use station::measure::Span;

/// A bed and one driver connected to it.
struct Bench<D: Driver> {
    bed: SimBed,
    driver: D,
    told: Vec<Option<bool>>,
    seen: Vec<(Mono, Observation)>,
}

impl<D: Driver> Bench<D> {
    fn new(driver: D) -> Self {
        let bed = SimBed::new(BedId::new(1).unwrap(), 7, false).unwrap();
        let told = vec![None; bed.inputs(driver.kind()).len()];
        let mut bench = Self { bed, driver, told, seen: Vec::new() };
        bench.driver.handle(Mono(0), Inbound::Opened);
        bench.drain();
        bench
    }

    fn order(&mut self, order: Actuation) {
        let now = self.bed.now();
        self.driver.actuate(now, order).unwrap();
        self.drain();
    }

    fn run(&mut self, ms: u64) {
        let until = self.bed.now() + Span::from_millis(ms);
        while self.bed.now() < until {
            let now = self.bed.now() + Span(STEP_US);
            self.bed.advance(now);
            let kind = self.driver.kind();
            let bytes = self.bed.poll_bytes(kind);
            if !bytes.is_empty() {
                self.driver.handle(now, Inbound::Bytes(&bytes));
            }
            for (input, active) in self.bed.inputs(kind).into_iter().enumerate() {
                if self.told[input].replace(active) != Some(active) {
                    self.driver.handle(now, Inbound::Line { input, active });
                }
            }
            if self.driver.next_timeout().is_some_and(|at| at <= now) {
                self.driver.handle(now, Inbound::Timeout);
            }
            self.drain();
        }
    }

    fn drain(&mut self) {
        let (now, kind) = (self.bed.now(), self.driver.kind());
        while let Some(out) = self.driver.poll_outbound() {
            match out {
                Outbound::Bytes(bytes) => self.bed.handle_bytes(kind, &bytes),
                Outbound::DrainInput => drop(self.bed.poll_bytes(kind)),
                Outbound::Line { output, active } => self.bed.drive(kind, output, active),
            }
        }
        while let Some(seen) = self.driver.poll_observation() {
            self.seen.push((now, seen));
        }
    }

    fn readings(&self) -> Vec<Reading> {
        let reading = |o: &Observation| if let Observation::Reading(r) = o { Some(r.clone()) } else { None };
        self.seen.iter().filter_map(|(_, o)| reading(o)).collect()
    }

    fn faults(&self) -> Vec<Fault> {
        let fault = |o: &Observation| if let Observation::Fault(f) = o { Some(f.clone()) } else { None };
        self.seen.iter().filter_map(|(_, o)| fault(o)).collect()
    }
}

fn scale() -> Bench<MtSics> {
    Bench::new(MtSics::new(MtSicsSettings::default()))
}

#[test]
fn the_scale_streams_the_weight_of_the_bag() {
    let mut bench = scale();
    bench.run(2_000);
    bench.bed.tray.hang(BagSet { tare_mg: 200_000 });
    bench.run(5_000);
    let weights: Vec<i64> = bench
        .readings()
        .iter()
        .filter_map(|r| if let Reading::Weight(w) = r { Some(w.gross.0) } else { None })
        .collect();
    assert!(weights.len() > 120, "{}", weights.len());
    assert!((weights.last().unwrap() - 200_000).abs() <= 200, "{weights:?}");
    assert_eq!(bench.faults(), []);
}

#[test]
fn a_restarted_a_swapped_and_a_silent_scale_are_noticed() {
    let mut bench = scale();
    bench.run(2_000);
    let now = bench.bed.now();
    bench.bed.scale.reboot(now);
    bench.run(3_000);
    bench.bed.scale.swap(bench.bed.now(), DeviceSerial::new("OTHER").unwrap());
    bench.run(3_000);
    bench.bed.scale.silent = true;
    bench.run(3_000);
    let faults = bench.faults();
    assert_eq!(faults[0], Fault::Rebooted);
    assert!(faults.iter().any(|f| matches!(f, Fault::Swapped { found, .. } if found.as_str() == "OTHER")));
    assert_eq!(faults.last(), Some(&Fault::NoReply));
}

#[test]
fn noise_and_half_lines_on_the_scale_s_line_do_not_stop_it() {
    let mut bench = scale();
    bench.run(2_000);
    let now = bench.bed.now();
    bench.bed.scale.garble(now, 30);
    bench.bed.scale.cut_short(now);
    let before = bench.readings().len();
    bench.run(2_000);
    assert!(bench.readings().len() > before + 30);
    assert_eq!(bench.faults(), []);
}

#[test]
fn a_label_before_the_scanner_is_one_scan() {
    let mut bench = Bench::new(LineScanner::new(LineScannerSettings::default()));
    bench.run(100);
    bench.bed.scan("=A99992612345600");
    bench.run(500);
    let scans: Vec<&Observation> =
        bench.seen.iter().map(|(_, o)| o).filter(|o| matches!(o, Observation::Scan(_))).collect();
    assert!(
        matches!(scans[..], [Observation::Scan(s)] if s.text == "=A99992612345600" && s.aim.as_deref() == Some("]C0"))
    );
}

#[test]
fn a_card_on_the_reader_is_read_once_for_each_time_it_is_laid_down() {
    let mut bench = Bench::new(drivers::id_reader::sam::SamReader::new());
    bench.run(1_000);
    let person = crate::world::donor::Person::invent(&mut Rng::new(9), 2026, 3);
    bench.bed.id_reader.lay(&person);
    bench.run(3_000);
    bench.bed.id_reader.lift();
    bench.run(2_000);
    let cards: Vec<_> = bench
        .seen
        .iter()
        .filter_map(|(_, o)| if let Observation::Card(c) = o { Some(c.number.clone()) } else { None })
        .collect();
    assert_eq!(cards, [person.number]);
}

#[test]
fn the_clamp_proves_open_and_closed_in_time_and_a_stuck_one_does_not() {
    let mut bench = Bench::new(drivers::clamp::Clamp::new());
    bench.run(100);
    bench.order(Actuation::ClampOpen);
    bench.run(1_000);
    bench.order(Actuation::ClampClose);
    bench.run(1_000);
    let ends: Vec<Reading> =
        bench.readings().into_iter().filter(|r| *r != Reading::Clamp(ClampPosition::Between)).collect();
    let expected = [ClampPosition::Closed, ClampPosition::Open, ClampPosition::Closed];
    assert_eq!(ends, expected.map(Reading::Clamp));
    assert_eq!(bench.faults(), []);
    bench.order(Actuation::ClampOpen);
    bench.run(1_000);
    bench.bed.clamp.set_fault(Some(crate::devices::clamp::ClampFault::Stuck));
    bench.order(Actuation::ClampClose);
    bench.run(1_000);
    assert_eq!(bench.faults(), [Fault::NotObeying]);
}

#[test]
fn the_mixer_turns_once_in_four_to_five_seconds() {
    let mut bench = Bench::new(drivers::mixer::Mixer::new(drivers::mixer::Settings::default()));
    bench.run(100);
    bench.order(Actuation::MixerRun);
    bench.run(60_000);
    let cycles = bench.readings().iter().filter(|r| **r == Reading::MixerCycle).count();
    assert!((11..=17).contains(&cycles), "{cycles}");
    bench.bed.mixer.blocked = true;
    bench.run(15_000);
    assert_eq!(bench.faults(), [Fault::Stalled]);
}

#[test]
fn a_seal_is_done_by_the_sealer_s_own_word_and_seals_the_line() {
    let mut bench = Bench::new(drivers::sealer::contact_closure(Default::default()));
    bench.bed.hand(Hand::LayInSealer);
    bench.run(2_000);
    bench.order(Actuation::Seal);
    bench.run(5_000);
    let reports = [ToolReport::Ready, ToolReport::Busy, ToolReport::Done, ToolReport::Ready];
    assert_eq!(bench.readings(), reports.map(Reading::Sealer));
    assert!(bench.bed.line.sealed);
    assert_eq!(bench.bed.sealer.shots(), 1);
}

#[test]
fn the_emergency_stop_takes_the_clamp_s_power_away() {
    let mut bench = Bench::new(drivers::clamp::Clamp::new());
    bench.run(100);
    bench.order(Actuation::ClampOpen);
    bench.run(1_000);
    bench.bed.panel.stop_pressed = true;
    bench.run(1_000);
    assert_eq!(bench.readings().last(), Some(&Reading::Clamp(ClampPosition::Closed)));
}

#[test]
fn the_same_seed_is_the_same_world_however_often_it_is_looked_at() {
    let felt = |chunk_us: u64| {
        let mut bed = SimBed::new(BedId::new(2).unwrap(), 11, true).unwrap();
        bed.hand(Hand::HangBag);
        bed.drive(DeviceKind::Mixer, 0, true);
        bed.drive(DeviceKind::Clamp, 0, true);
        bed.hand(Hand::InsertNeedle);
        let mut at = 0;
        while at < 20_000_000 {
            at += chunk_us;
            bed.advance(Mono(at));
        }
        (bed.tray.felt_mg().to_bits(), bed.line.pouch_nl())
    };
    assert_eq!(felt(1_000), felt(100_000));
    assert!(felt(100_000).1 > 0);
}
