//! The table of device faults (`drivers/FAULTS.md`), row by row: each is brought about while blood flows, and what people read, which
//! alarm is raised, what the bed does and how long all of it takes is compared with the table.

use crate::bench::{Bench, fault, holds};
use sim::bed::SimBed;
use sim::devices::clamp::ClampFault;
use station::device::DeviceKind;
use station::ident::DeviceSerial;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::Act;

const TABLE: &str = include_str!("../../../drivers/FAULTS.md");

/// How a fault begins or goes on, and how it ends.
struct Trouble {
    device: DeviceKind,
    name: &'static str,
    begin: fn(&mut SimBed),
    /// Kept up every 50 ms, for lines that are never quiet.
    keep_up: Option<fn(&mut SimBed)>,
    end: fn(&mut SimBed),
    /// It shows only when the clamp is told to close.
    by_closing: bool,
}

const NOISE: [u8; 40] = [0xa5; 40];

fn nothing(_: &mut SimBed) {}

const fn trouble(
    device: DeviceKind,
    name: &'static str,
    begin: fn(&mut SimBed),
    end: fn(&mut SimBed),
) -> Trouble {
    Trouble { device, name, begin, keep_up: None, end, by_closing: false }
}

const TROUBLES: [Trouble; 12] = [
    trouble(DeviceKind::Scale, "cable pulled", |w| w.scale.plug(false), |w| w.scale.plug(true)),
    trouble(DeviceKind::Scale, "silent", |w| w.scale.silent = true, |w| w.scale.silent = false),
    Trouble {
        keep_up: Some(|w| w.scale.garble(w.now(), 40)),
        ..trouble(DeviceKind::Scale, "noise", nothing, nothing)
    },
    trouble(DeviceKind::Scale, "restarts", |w| w.scale.reboot(w.now()), nothing),
    trouble(DeviceKind::Scale, "another unit", exchange, nothing),
    trouble(DeviceKind::Scanner, "cable pulled", |w| w.scanner.plug(false), |w| w.scanner.plug(true)),
    Trouble {
        keep_up: Some(|w| w.scanner.garble(w.now(), &NOISE)),
        // A scanner says nothing by itself: the next label shows that it is well.
        ..trouble(DeviceKind::Scanner, "noise", nothing, |w| w.scanner.read(w.now(), "]C0", "HS-BED-1"))
    },
    trouble(DeviceKind::IdReader, "cable pulled", |w| w.id_reader.plug(false), |w| w.id_reader.plug(true)),
    Trouble {
        keep_up: Some(|w| w.id_reader.garble(w.now(), &NOISE)),
        ..trouble(
            DeviceKind::IdReader,
            "noise",
            |w| w.id_reader.silent = true,
            |w| w.id_reader.silent = false,
        )
    },
    trouble(DeviceKind::Mixer, "blocked", |w| w.mixer.blocked = true, |w| w.mixer.blocked = false),
    Trouble {
        by_closing: true,
        ..trouble(
            DeviceKind::Clamp,
            "stuck open, told to close",
            |w| w.clamp.set_fault(Some(ClampFault::Stuck)),
            |w| w.clamp.set_fault(None),
        )
    },
    Trouble {
        by_closing: true,
        ..trouble(
            DeviceKind::Clamp,
            "its closed switch fails, told to close",
            |w| w.clamp.set_fault(Some(ClampFault::ClosedSwitchBroken)),
            |w| w.clamp.set_fault(None),
        )
    },
];

fn exchange(world: &mut SimBed) {
    let now = world.now();
    world.scale.swap(now, DeviceSerial::new("SIM-999999").unwrap());
}

/// Cells of the row of a fault.
fn row(trouble: &Trouble) -> Vec<&'static str> {
    let cells = rows().into_iter().find(|row| row[0] == trouble.device.name() && row[1] == trouble.name);
    cells.unwrap_or_else(|| panic!("{} {}: not in the table", trouble.device, trouble.name))
}

fn rows() -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Lets time pass with the fault kept up until `done`, at most so many seconds. How many it took.
fn until(
    bench: &mut Bench,
    trouble: &Trouble,
    on: bool,
    most: f64,
    what: &str,
    done: impl Fn(&mut Bench) -> bool,
) -> f64 {
    let begin = bench.now();
    loop {
        let passed = bench.now().since(begin).0 as f64 / 1e6;
        if done(bench) {
            return passed;
        }
        let view = bench.view(1);
        assert!(passed <= most, "{} {}: {what} not within {most} s: {view:?}", trouble.device, trouble.name);
        if let Some(keep_up) = trouble.keep_up.filter(|_| on) {
            keep_up(bench.world(1));
        }
        bench.pass(50);
    }
}

fn bring_about(seed: u64, trouble: &Trouble) {
    let cells = row(trouble);
    let [device, name, shown, alarm, bed, told, well] = cells[..] else { panic!("{cells:?}") };
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(seed, 1, folder.path());
    bench.draw(1, 30_000);
    (trouble.begin)(bench.world(1));
    if trouble.by_closing {
        bench.act(1, Act::Pause, false).unwrap();
    }
    let code = AlarmCode::ALL.iter().copied().find(|code| code.code() == alarm).unwrap();
    let kind = trouble.device;
    let most = told.parse().unwrap();
    // What it is first taken for may be less than what it turns out to be: another unit is a silent one first.
    let took = until(&mut bench, trouble, true, most, "told", |bench| {
        let view = bench.view(1);
        // What is told to stand is in no trouble; only the alarm tells then.
        let is_shown = shown == "-" || fault(&view, kind).is_some_and(|fault| fault.to_string() == shown);
        is_shown && holds(&view, code)
    });
    for _ in 0..100 {
        if let Some(keep_up) = trouble.keep_up {
            keep_up(bench.world(1));
        }
        bench.pass(50);
    }
    let phase = serde_json::to_value(bench.view(1).phase).unwrap();
    assert_eq!(phase, bed, "{device} {name}");
    if trouble.keep_up.is_some() {
        // A frame that begins in the last noise is lost with it.
        bench.pass(500);
    }
    (trouble.end)(bench.world(1));
    if well == "never" {
        bench.pass(30_000);
        assert!(bench.act(1, Act::Resume, false).is_err(), "{device} {name}: not with this donation");
        println!("{device} {name}: told after {took:.2} s");
        return;
    }
    if well == "by hand" {
        bench.nurse_until(1, "well again", |view| !holds(view, code));
        println!("{device} {name}: told after {took:.2} s, ended by the nurse");
        return;
    }
    let again = until(&mut bench, trouble, false, well.parse().unwrap(), "well", |bench| {
        fault(&bench.view(1), kind).is_none()
    });
    println!("{device} {name}: told after {took:.2} s, well after {again:.2} s");
}

#[test]
fn every_row_of_the_table_is_as_it_says() {
    for (n, trouble) in (0..).zip(&TROUBLES) {
        bring_about(300 + n, trouble);
    }
}

#[test]
fn the_table_holds_what_is_brought_about_and_nothing_else() {
    let brought: Vec<(&str, &str)> = TROUBLES.iter().map(|t| (t.device.name(), t.name)).collect();
    let written: Vec<(&str, &str)> = rows().iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(written, brought);
}
