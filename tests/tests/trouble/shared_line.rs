//! Several transmitters on one line: the product's links and drivers over a real pty, in virtual time.

use controller::devices::build::build;
use controller::devices::host::Host;
use controller::devices::links::{Heard, Links, Way};
use drivers::Observation;
use sim::devices::scanner::ScannerVoice;
use sim::devices::transmitter::{BOX, Transmitters};
use sim::pty::Pty;
use sim::site::settings::{SiteFile, Wiring};
use station::device::Fault;
use station::ident::{BedId, DeviceId};
use station::measure::{MilliCelsius, Mono, Span};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Bytes that went over the line: in, out.
type Counted = Arc<Mutex<[usize; 2]>>;

struct Line {
    pty: Option<Pty>,
    world: Transmitters,
    links: Links,
    host: Host,
    counted: Counted,
    heard: usize,
    now: Mono,
    seen: Vec<(DeviceId, Observation)>,
}

fn line(folder: &Path) -> Line {
    let file = SiteFile {
        station: "SIM-01".to_owned(),
        beds: vec![BedId::new(1).unwrap()],
        folder: folder.to_owned(),
        speed: 1,
        pouch_on_tray: false,
        bms: None,
        scale: sim::devices::voice::Voice::default(),
        wiring: Wiring::Chip,
        language: "en".to_owned(),
        tags: None,
        scanner: ScannerVoice::default(),
        samplers: false,
        fridge: false,
        transmitters: true,
        shift: false,
    };
    // A third channel on the same line, without a sensor.
    let port = file.probe_port().display().to_string();
    let spare =
        format!("protocol = \"r4dcb08\"\nport = {port:?}\nunit = 2\nchannel = 2\nlow_c = 2\nhigh_c = 6");
    let text = format!("{}\n[probe.spare]\n{spare}\n", file.render());
    let config = config::parse(&text, "station.toml").unwrap();
    let mut built = build(&config);
    built.drivers.retain(|(id, _)| id.as_str().starts_with("probe."));
    built.serial.retain(|device| device.id.as_str().starts_with("probe."));
    let mut links = Links::new(built.serial, Vec::new(), Vec::new(), Vec::new());
    // Time passes by word only: whatever opens has opened at its instant.
    links.wait_for_ports(std::time::Duration::from_secs(10));
    let counted = Counted::default();
    let count = counted.clone();
    let tap = move |_: Mono, _: &str, heard: Heard<'_>| {
        if let Heard::Bytes(way, bytes) = heard {
            count.lock().unwrap()[usize::from(way == Way::Out)] += bytes.len();
        }
    };
    links.tap(Box::new(tap));
    let pty = Some(Pty::create(&file.probe_port()).unwrap());
    let (world, host) = (Transmitters::default(), Host::new(built.drivers));
    Line { pty, world, links, host, counted, heard: 0, now: Mono(0), seen: Vec::new() }
}

impl Line {
    /// Lets time pass; the kernel's own does not count.
    async fn pass(&mut self, span: Span) {
        let end = self.now + span;
        while self.now < end {
            self.now = self.now + Span::from_millis(5);
            self.turn().await;
        }
    }

    async fn turn(&mut self) {
        let now = self.now;
        self.links.open_due(now, &mut self.host);
        if let Some(pty) = &mut self.pty {
            // Whether somebody listens at the other end.
            let early = pty.read().unwrap();
            self.heard += early.len();
            self.world.handle_bytes(now, &early);
            let said = self.world.poll_bytes(now);
            let wanted = self.counted.lock().unwrap()[0] + said.len();
            pty.write(&said).unwrap();
            while self.counted.lock().unwrap()[0] < wanted {
                let arrived = self.links.read().await;
                self.links.arrived(now, arrived, &mut self.host);
            }
        }
        self.links.sample(now, &mut self.host);
        self.host.timeouts(now);
        while let Some((id, outbound)) = self.host.poll_outbound() {
            self.links.send(now, &id, outbound, &mut self.host);
        }
        self.seen.extend(std::iter::from_fn(|| self.host.poll_observation()));
        while let Some(pty) = &mut self.pty
            && self.heard < self.counted.lock().unwrap()[1]
        {
            // What the kernel has not taken yet leaves when the port is looked at.
            tokio::task::yield_now().await;
            let bytes = pty.read().unwrap();
            self.heard += bytes.len();
            self.world.handle_bytes(now, &bytes);
        }
    }

    fn told(&mut self, name: &str) -> Vec<Observation> {
        let id = DeviceId::new(name).unwrap();
        self.seen.extract_if(.., |(from, _)| *from == id).map(|(_, what)| what).collect()
    }
}

fn temperatures(told: &[Observation]) -> Vec<i32> {
    let value =
        |o: &Observation| if let Observation::Temperature(MilliCelsius(v)) = o { Some(*v) } else { None };
    told.iter().filter_map(value).collect()
}

#[tokio::test]
async fn several_transmitters_share_a_line_and_a_dead_one_disturbs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = line(folder.path());
    line.pass(Span::from_secs(100)).await;
    assert_eq!(temperatures(&line.told("probe.box")), [4500; 4]);
    assert_eq!(temperatures(&line.told("probe.bus")), [21_500; 4]);
    let absent = line.told("probe.spare");
    assert_eq!(absent, [Observation::Fault(Fault::Device("no sensor".to_owned()))]);

    line.world.silent = vec![BOX];
    line.pass(Span::from_secs(120)).await;
    assert_eq!(line.told("probe.box"), [Observation::Fault(Fault::NoReply)]);
    assert_eq!(line.told("probe.bus").len(), 4, "and goes on as before");
    line.world.silent.clear();
    line.pass(Span::from_secs(60)).await;
    assert!(line.told("probe.box").contains(&Observation::Recovered));
    assert_eq!(line.world.collisions, 0, "one question at a time");
}

#[tokio::test]
async fn a_shared_line_that_is_pulled_out_is_lost_for_all_and_found_again_by_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = line(folder.path());
    line.pass(Span::from_secs(5)).await;
    for name in ["probe.box", "probe.bus"] {
        assert_eq!(temperatures(&line.told(name)).len(), 1);
    }
    line.pty = None;
    let arrived = line.links.read().await;
    line.links.arrived(line.now, arrived, &mut line.host);
    line.pass(Span::from_secs(3)).await;
    for name in ["probe.box", "probe.bus", "probe.spare"] {
        assert!(line.told(name).contains(&Observation::Fault(Fault::LinkLost)), "{name}");
    }
    line.world = Transmitters::default();
    line.heard = line.counted.lock().unwrap()[1];
    line.pty = Some(Pty::create(&folder.path().join("probes")).unwrap());
    line.pass(Span::from_secs(10)).await;
    for name in ["probe.box", "probe.bus"] {
        let told = line.told(name);
        assert!(
            told.contains(&Observation::Recovered) && !temperatures(&told).is_empty(),
            "{name}: {told:?}"
        );
    }
}
