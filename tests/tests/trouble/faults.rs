//! The table of device faults (`drivers/FAULTS.md`), row by row: each is brought about at the bed, over real ptys where the
//! device has a port, and what people read, which alarm is raised, what the bed does and how long all of it takes is compared
//! with the table.

use crate::bench::{Bench, Equipment, fault, holds};
use sim::bed::SimBed;
use sim::devices::cell::CellFault;
use sim::devices::clamp::ClampFault;
use sim::devices::diverter::SwitchFault;
use sim::devices::node::Node;
use sim::devices::one_shot::ToolFault;
use sim::devices::probe::ProbeFault;
use sim::devices::rfid::{Tag, TagVoice};
use sim::devices::scanner::ScannerVoice;
use sim::devices::transmitter::{BOX, EIGHT};
use sim::devices::voice::Voice;
use sim::world::hand::Hand;
use station::api::prompt::Prompt;
use station::device::DeviceKind;
use station::ident::DeviceSerial;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::Act;
use station::procedure::phase::PhaseName;

const TABLE: &str = include_str!("../../../drivers/FAULTS.md");

/// Where the bed is when the fault begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Nobody lies there.
    Free,
    /// First blood goes to the pouch.
    Divert,
    /// Blood flows into the bag.
    Draw,
    /// The screen asks for the seal.
    Seal,
    /// The screen asks for the separation.
    Separate,
}

/// What shows it.
#[derive(Debug, Clone)]
enum Shows {
    /// It shows by itself.
    Itself,
    /// This is ordered.
    Told(Act),
    /// The nurse goes on until this has been ordered.
    Nurse(fn(&SimBed) -> bool),
}

/// How a fault begins or goes on, and how it ends.
struct Trouble {
    device: &'static str,
    /// Whose health shows it.
    kind: DeviceKind,
    name: &'static str,
    when: When,
    begin: fn(&mut Bench),
    shows: Shows,
    /// Kept up every 50 ms, for lines that are never quiet.
    keep_up: Option<fn(&mut SimBed)>,
    end: fn(&mut Bench),
    /// What stands there.
    equipment: Equipment,
    /// Once it is told the bed comes to its phase within this, seconds.
    comes_s: u32,
}

/// Everything, at a chip, over ptys.
const PLAIN: Equipment = Equipment {
    all: true,
    nodes: false,
    ptys: true,
    scale: Voice::MtSics,
    tags: TagVoice::Feig,
    scanner: ScannerVoice::Line,
    transmitters: false,
};

const NOISE: [u8; 40] = [0xa5; 40];

fn nothing(_: &mut Bench) {}

const fn trouble(
    kind: DeviceKind,
    device: &'static str,
    name: &'static str,
    begin: fn(&mut Bench),
    end: fn(&mut Bench),
) -> Trouble {
    let (when, shows) = (When::Draw, Shows::Itself);
    Trouble { device, kind, name, when, begin, shows, keep_up: None, end, equipment: PLAIN, comes_s: 10 }
}

fn scale() -> Vec<Trouble> {
    let of = |name, begin, end| trouble(DeviceKind::Scale, "scale", name, begin, end);
    vec![
        of("cable pulled", |b| b.world(1).scale.plug(false), |b| b.world(1).scale.plug(true)),
        of("silent", |b| b.world(1).scale.silent = true, |b| b.world(1).scale.silent = false),
        Trouble { keep_up: Some(|w| w.scale.garble(w.now(), 40)), ..of("noise", nothing, nothing) },
        of(
            "restarts",
            |b| {
                let now = b.now();
                b.world(1).scale.reboot(now);
            },
            nothing,
        ),
        of(
            "another unit",
            |b| {
                let now = b.now();
                b.world(1).scale.swap(now, DeviceSerial::new("SIM-999999").unwrap());
            },
            nothing,
        ),
        of(
            "its number stands still",
            |b| b.world(1).scale.frozen = true,
            |b| b.world(1).scale.frozen = false,
        ),
    ]
}

/// It is asked for its number when it is plugged in.
fn another_at_the_cable(bench: &mut Bench) {
    let now = bench.now();
    bench.world(1).scale.plug(false);
    bench.world(1).scale.swap(now, DeviceSerial::new("SIM-999999").unwrap());
    bench.pass(500);
    bench.world(1).scale.plug(true);
}

/// Scales of other makers, which say no number of their own unless they are asked.
fn other_scales() -> Vec<Trouble> {
    let mut all = Vec::new();
    for (device, voice) in [
        ("scale, and", Voice::And),
        ("scale, sbi", Voice::Sbi),
        ("scale, xk3190", Voice::Xk3190),
        ("scale, columns", Voice::Columns),
    ] {
        let equipment = Equipment { scale: voice, ..PLAIN };
        let of =
            |name, begin, end| Trouble { equipment, ..trouble(DeviceKind::Scale, device, name, begin, end) };
        all.extend([
            of("cable pulled", |b| b.world(1).scale.plug(false), |b| b.world(1).scale.plug(true)),
            of("silent", |b| b.world(1).scale.silent = true, |b| b.world(1).scale.silent = false),
            of("wrong parity", |b| b.world(1).scale.parity = true, |b| b.world(1).scale.parity = false),
        ]);
        if matches!(voice, Voice::And | Voice::Sbi) {
            all.push(of("another unit at the cable", another_at_the_cable, nothing));
        }
    }
    let equipment = Equipment { scale: Voice::Iio, ..PLAIN };
    let of = |name, begin, end| Trouble {
        equipment,
        ..trouble(DeviceKind::Scale, "scale, iio", name, begin, end)
    };
    all.extend([
        of("its file is gone", |b| b.world(1).scale.plug(false), |b| b.world(1).scale.plug(true)),
        of("its file hangs", |b| b.world(1).scale.silent = true, |b| b.world(1).scale.silent = false),
        of(
            "a wire of the cell is off",
            |b| b.world(1).scale.cell.fault = Some(CellFault::Torn),
            |b| b.world(1).scale.cell.fault = None,
        ),
    ]);
    all.extend(clocked_cells());
    all
}

/// Load cells that the station clocks itself.
fn clocked_cells() -> [Trouble; 5] {
    let equipment = Equipment { scale: Voice::Hx711, ..PLAIN };
    let of = |name, begin, end| Trouble {
        equipment,
        ..trouble(DeviceKind::Scale, "scale, hx711", name, begin, end)
    };
    [
        of("its lines are gone", |b| b.world(1).scale.plug(false), |b| b.world(1).scale.plug(true)),
        of("never ready", |b| b.world(1).scale.silent = true, |b| b.world(1).scale.silent = false),
        of(
            "a wire of the cell is off",
            |b| b.world(1).scale.cell.fault = Some(CellFault::Torn),
            |b| b.world(1).scale.cell.fault = None,
        ),
        of(
            "its data wire is off",
            |b| b.world(1).scale.clocked.chip.data_off = true,
            |b| b.world(1).scale.clocked.chip.data_off = false,
        ),
        of(
            "its thread is held up",
            |b| b.world(1).scale.clocked.held_up = true,
            |b| b.world(1).scale.clocked.held_up = false,
        ),
    ]
}

fn readers() -> Vec<Trouble> {
    let scanner = |name, begin, end| trouble(DeviceKind::Scanner, "scanner", name, begin, end);
    let card = |name, begin, end| trouble(DeviceKind::IdReader, "id_reader", name, begin, end);
    let mut all = vec![
        scanner("cable pulled", |b| b.world(1).scanner.plug(false), |b| b.world(1).scanner.plug(true)),
        Trouble {
            keep_up: Some(|w| w.scanner.garble(w.now(), &NOISE)),
            // A scanner says nothing by itself: the next label shows that it is well.
            ..scanner("noise", nothing, |b| b.world(1).scan("HS-BED-1"))
        },
        card("cable pulled", |b| b.world(1).id_reader.plug(false), |b| b.world(1).id_reader.plug(true)),
        card("silent", |b| b.world(1).id_reader.silent = true, |b| b.world(1).id_reader.silent = false),
        Trouble {
            keep_up: Some(|w| w.id_reader.garble(w.now(), &NOISE)),
            ..card("noise", |b| b.world(1).id_reader.silent = true, |b| b.world(1).id_reader.silent = false)
        },
    ];
    let equipment = Equipment { scanner: ScannerVoice::Keyboard, ..PLAIN };
    let typing = |name, begin, end| Trouble {
        equipment,
        ..trouble(DeviceKind::Scanner, "scanner, keyboard", name, begin, end)
    };
    all.extend([
        typing("pulled out", |b| b.world(1).scanner.plug(false), |b| b.world(1).scanner.plug(true)),
        Trouble {
            keep_up: Some(|w| w.scanner.garble(w.now(), &NOISE)),
            ..typing("types without end", nothing, |b| b.world(1).scan("HS-BED-1"))
        },
    ]);
    all.extend(tag_readers("rfid", TagVoice::Feig));
    all.extend(tag_readers("rfid, rr3036", TagVoice::Rr3036));
    all
}

fn tag_readers(device: &'static str, voice: TagVoice) -> [Trouble; 4] {
    let equipment = Equipment { tags: voice, ..PLAIN };
    let tags =
        |name, begin, end| Trouble { equipment, ..trouble(DeviceKind::Rfid, device, name, begin, end) };
    [
        tags("cable pulled", |b| b.world(1).tags.plug(false), |b| b.world(1).tags.plug(true)),
        tags("silent", |b| b.world(1).tags.silent = true, |b| b.world(1).tags.silent = false),
        tags("wrong checks", |b| b.world(1).tags.disturbed = true, |b| b.world(1).tags.disturbed = false),
        tags(
            "two tags in its field",
            |b| b.world(1).tags.field.push(Tag::blank(0x00ff_0001)),
            |b| b.world(1).tags.field.truncate(1),
        ),
    ]
}

fn actuators() -> Vec<Trouble> {
    let clamp = |name, broken: fn(&mut Bench)| Trouble {
        shows: Shows::Told(Act::Pause),
        ..trouble(DeviceKind::Clamp, "clamp", name, broken, |b| b.world(1).clamp.set_fault(None))
    };
    vec![
        trouble(
            DeviceKind::Mixer,
            "mixer",
            "blocked",
            |b| b.world(1).mixer.blocked = true,
            |b| b.world(1).mixer.blocked = false,
        ),
        clamp("stuck open, told to close", |b| b.world(1).clamp.set_fault(Some(ClampFault::Stuck))),
        clamp("its closed switch fails, told to close", |b| {
            b.world(1).clamp.set_fault(Some(ClampFault::ClosedSwitchBroken));
        }),
        clamp("its open switch is welded, told to close", |b| {
            b.world(1).clamp.set_fault(Some(ClampFault::OpenSwitchWelded));
        }),
        Trouble {
            shows: Shows::Told(Act::Resume),
            ..clamp("stuck closed, told to open", |b| {
                b.act(1, Act::Pause, false).unwrap();
                b.pass(2000);
                b.world(1).clamp.set_fault(Some(ClampFault::Stuck));
            })
        },
        Trouble {
            when: When::Divert,
            shows: Shows::Nurse(|w| w.diverter.is_driven()),
            ..trouble(
                DeviceKind::Diverter,
                "diverter",
                "stuck, told to lead to the bag",
                |b| b.world(1).diverter.stuck = true,
                |b| b.world(1).diverter.stuck = false,
            )
        },
        Trouble {
            when: When::Divert,
            ..trouble(
                DeviceKind::Diverter,
                "diverter",
                "its bag switch is welded",
                |b| b.world(1).diverter.switch = Some(SwitchFault::BagWelded),
                |b| b.world(1).diverter.switch = None,
            )
        },
        Trouble {
            when: When::Divert,
            shows: Shows::Nurse(|w| w.diverter.is_driven()),
            comes_s: 15, // blood behind its plug is believed once it lasts, and some donors bleed slowly
            ..trouble(
                DeviceKind::Diverter,
                "diverter",
                "its bag switch fails, told to lead to the bag",
                |b| b.world(1).diverter.switch = Some(SwitchFault::BagBroken),
                |b| b.world(1).diverter.switch = None,
            )
        },
        trouble(
            DeviceKind::Sampler,
            "sampler",
            "sticks",
            |b| b.world(1).sampler.stuck = true,
            |b| b.world(1).sampler.stuck = false,
        ),
    ]
}

fn panels() -> [Trouble; 2] {
    let of = |name, begin, end| trouble(DeviceKind::Panel, "panel", name, begin, end);
    [
        of(
            "its button sticks",
            |b| b.world(1).panel.stop_pressed = true,
            |b| b.world(1).panel.stop_pressed = false,
        ),
        of("its wire is cut", |b| b.world(1).panel.wire_cut = true, |b| b.world(1).panel.wire_cut = false),
    ]
}

fn tools() -> Vec<Trouble> {
    let sealer = |name, begin: fn(&mut Bench)| {
        trouble(DeviceKind::Sealer, "sealer", name, begin, |b| b.world(1).sealer.fault = None)
    };
    let separator = |name, begin: fn(&mut Bench)| {
        trouble(DeviceKind::Separator, "separator", name, begin, |b| b.world(1).separator.fault = None)
    };
    let (seal, separate) = (Shows::Told(Act::Seal), Shows::Told(Act::Separate));
    let at = |when: When, shows: &Shows, trouble| Trouble { when, shows: shows.clone(), ..trouble };
    vec![
        sealer("reports a fault", |b| b.world(1).sealer.fault = Some(ToolFault::FaultContact)),
        at(
            When::Seal,
            &seal,
            sealer("does not start, told to seal", |b| {
                b.world(1).sealer.fault = Some(ToolFault::NoStart);
            }),
        ),
        at(
            When::Seal,
            &seal,
            sealer("does not say that it is done", |b| {
                b.world(1).sealer.fault = Some(ToolFault::SilentDone);
            }),
        ),
        separator("reports a fault", |b| b.world(1).separator.fault = Some(ToolFault::FaultContact)),
        at(
            When::Separate,
            &separate,
            separator("does not start, told to separate", |b| {
                b.world(1).separator.fault = Some(ToolFault::NoStart);
            }),
        ),
        at(
            When::Separate,
            &separate,
            separator("does not say that it is done", |b| {
                b.world(1).separator.fault = Some(ToolFault::SilentDone);
            }),
        ),
    ]
}

fn node(bench: &mut Bench) -> &mut Node {
    bench.world(1).node.as_mut().unwrap()
}

/// Where the contacts end: the trouble of one is that of every device at it, and the clamp's is told first.
fn carriers() -> Vec<Trouble> {
    let node_at = |name, begin, end| Trouble {
        equipment: Equipment { nodes: true, ..PLAIN },
        ..trouble(DeviceKind::Clamp, "node", name, begin, end)
    };
    vec![
        trouble(
            DeviceKind::Clamp,
            "chip",
            "gone",
            |b| b.plant.site.chip_plugged = false,
            |b| b.plant.site.chip_plugged = true,
        ),
        node_at(
            "cable pulled",
            |b| b.plant.site.nodes_plugged = false,
            |b| b.plant.site.nodes_plugged = true,
        ),
        node_at("silent", |b| node(b).silent = true, |b| node(b).silent = false),
        node_at("restarts", |b| node(b).restart(), nothing),
    ]
}

fn thermometers() -> Vec<Trouble> {
    let of = |name, begin| Trouble {
        when: When::Free,
        ..trouble(DeviceKind::Probe, "probe", name, begin, |b| b.plant.site.fridge.fault = None)
    };
    vec![
        of("pulled out", |b| b.plant.site.fridge.fault = Some(ProbeFault::Gone)),
        of("silent", |b| b.plant.site.fridge.fault = Some(ProbeFault::Mute)),
        of("wrong checks", |b| b.plant.site.fridge.fault = Some(ProbeFault::Disturbed)),
        of("loses power", |b| b.plant.site.fridge.fault = Some(ProbeFault::PowerOn)),
        of("shorted", |b| b.plant.site.fridge.fault = Some(ProbeFault::Shorted)),
    ]
}

fn transmitters() -> Vec<Trouble> {
    let equipment = Equipment { transmitters: true, ..PLAIN };
    let of = |name, begin, end| Trouble {
        when: When::Free,
        equipment,
        ..trouble(DeviceKind::Probe, "probe, modbus", name, begin, end)
    };
    vec![
        of(
            "cable pulled",
            |b| b.plant.site.transmitters.plug(false),
            |b| b.plant.site.transmitters.plug(true),
        ),
        of(
            "one is silent",
            |b| b.plant.site.transmitters.silent = vec![BOX],
            |b| b.plant.site.transmitters.silent.clear(),
        ),
        of(
            "the other, an R4DCB08, is silent",
            |b| b.plant.site.transmitters.silent = vec![EIGHT],
            |b| b.plant.site.transmitters.silent.clear(),
        ),
        of(
            "wrong checks",
            |b| b.plant.site.transmitters.disturbed = true,
            |b| b.plant.site.transmitters.disturbed = false,
        ),
    ]
}

fn troubles() -> Vec<Trouble> {
    let all = [
        scale(),
        other_scales(),
        readers(),
        actuators(),
        panels().into(),
        tools(),
        carriers(),
        thermometers(),
        transmitters(),
    ];
    all.into_iter().flatten().collect()
}

/// Cells of the row of a fault.
fn row(trouble: &Trouble) -> Vec<&'static str> {
    let cells = rows().into_iter().find(|row| row[0] == trouble.device && row[1] == trouble.name);
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

/// A bed where the fault has begun and is about to show.
fn begun(seed: u64, trouble: &Trouble, folder: &std::path::Path) -> Bench {
    let mut bench = Bench::equipped(seed, 1, folder, trouble.equipment);
    match trouble.when {
        When::Free => bench.pass(60_000),
        When::Divert => drop(bench.bring_to(1, PhaseName::Divert)),
        When::Draw => drop(bench.draw(1, 30_000)),
        When::Seal => drop(bench.nurse_until(1, "the seal", |view| view.prompt == Prompt::Seal)),
        When::Separate => {
            drop(bench.nurse_until(1, "the separation", |view| view.prompt == Prompt::Separate));
        }
    }
    if matches!(trouble.when, When::Seal | When::Separate) {
        // The tubing is laid in.
        let tube = if trouble.when == When::Seal { Hand::LayInSealer } else { Hand::LayInSeparator };
        bench.world(1).hand(tube);
        bench.pass(500);
    }
    (trouble.begin)(&mut bench);
    match &trouble.shows {
        Shows::Itself => {}
        Shows::Told(act) => drop(bench.act(1, act.clone(), false).unwrap()),
        Shows::Nurse(ordered) => {
            bench.nurse_until_true(1, "the order", |bench| ordered(bench.world(1)));
        }
    }
    bench
}

/// Whether people read these words of the device. What is shown as `-` is told by the alarm alone.
fn is_shown(bench: &mut Bench, kind: DeviceKind, words: &str) -> bool {
    words == "-" || fault(&bench.view(1), kind).is_some_and(|fault| fault.to_string() == words)
}

fn bring_about(seed: u64, trouble: &Trouble) {
    let cells = row(trouble);
    let [device, name, shown, alarm, bed, told, well] = cells[..] else { panic!("{cells:?}") };
    let folder = tempfile::tempdir().unwrap();
    let mut bench = begun(seed, trouble, folder.path());
    let code = AlarmCode::ALL.iter().copied().find(|code| code.code() == alarm).unwrap();
    let kind = trouble.kind;
    let most = told.parse().unwrap();
    // What it is first taken for may be less than what it turns out to be: another unit is a silent one first.
    let took = until(&mut bench, trouble, true, most, "told", |bench| {
        is_shown(bench, kind, shown) && holds(&bench.view(1), code)
    });
    let phase = |bench: &mut Bench| serde_json::to_value(bench.view(1).phase).unwrap();
    // What it is after five seconds, or comes to later.
    for n in 0..trouble.comes_s * 20 {
        if n >= 100 && phase(&mut bench) == bed {
            break;
        }
        if let Some(keep_up) = trouble.keep_up {
            keep_up(bench.world(1));
        }
        bench.pass(50);
    }
    assert_eq!(phase(&mut bench), bed, "{device} {name}");
    if bed == "pause" || trouble.equipment.nodes {
        assert!(bench.is_closed(1), "{device} {name}: nothing flows");
    }
    if trouble.keep_up.is_some() {
        // A frame that begins in the last noise is lost with it.
        bench.pass(500);
    }
    (trouble.end)(&mut bench);
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
        fault(&bench.view(1), kind).is_none() && (shown != "-" || !holds(&bench.view(1), code))
    });
    println!("{device} {name}: told after {took:.2} s, well after {again:.2} s");
    if ["chip", "node"].contains(&device) {
        // The tray turns again without anybody's word: blood that lies still clots.
        let again = until(&mut bench, trouble, false, 10.0, "mixed again", |bench| {
            !holds(&bench.view(1), AlarmCode::MixerStalled)
        });
        println!("{device} {name}: mixed again after {again:.2} s");
    }
}

/// Brings about the rows of these.
fn bring_about_all(seed: u64, troubles: &[Trouble]) {
    for (n, trouble) in (0..).zip(troubles) {
        bring_about(seed + n, trouble);
    }
}

#[test]
fn every_row_of_a_scale_is_as_it_says() {
    bring_about_all(300, &scale());
}

#[test]
fn every_row_of_another_maker_s_scale_is_as_it_says() {
    bring_about_all(360, &other_scales());
}

#[test]
fn every_row_of_a_transmitter_is_as_it_says() {
    bring_about_all(380, &transmitters());
}

#[test]
fn every_row_of_a_reader_is_as_it_says() {
    bring_about_all(310, &readers());
}

#[test]
fn every_row_of_an_actuator_is_as_it_says() {
    bring_about_all(320, &actuators());
}

#[test]
fn every_row_of_a_panel_is_as_it_says() {
    bring_about_all(390, &panels());
}

#[test]
fn every_row_of_a_tool_is_as_it_says() {
    bring_about_all(330, &tools());
}

#[test]
fn every_row_of_what_carries_contacts_is_as_it_says() {
    bring_about_all(340, &carriers());
}

#[test]
fn every_row_of_a_thermometer_is_as_it_says() {
    bring_about_all(350, &thermometers());
}

#[test]
fn the_table_holds_what_is_brought_about_and_nothing_else() {
    let troubles = troubles();
    let brought: Vec<(&str, &str)> = troubles.iter().map(|t| (t.device, t.name)).collect();
    let written: Vec<(&str, &str)> = rows().iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(written, brought);
}
