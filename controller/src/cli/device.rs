//! `hemostation device`: watch one device by itself, record its traffic, play a record back.
//!
//! Owns: the loop around one device's driver, and the form of the traffic file. Refuses: to run beside a daemon, any order to a
//! device (watching moves nothing; opening lines drives them safe), and to record an ID card reader: that would be personal
//! data. Holds no state; a crash leaves a traffic file that ends early.

use super::{Done, Failure, check_config, print, print_json};
use clap::Args;
use controller::clock::{Clock as _, SystemClock};
use controller::devices::build::{Built, build};
use controller::devices::deadman::Deadman;
use controller::devices::host::Host;
use controller::devices::links::{Links, Way};
use controller::hex;
use controller::state_dir::StateDir;
use drivers::{Inbound, Observation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use station::ident::{BedId, DeviceId};
use station::measure::{Mono, Span};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Watch one device: what it is, what it reads, what is wrong with it
///
/// Only while no daemon runs. Nothing is ordered; the outputs of the chip it is wired to are driven safe. Names are those of
/// `hemostation status`: bed1.scale, bed2.clamp, shared.sealer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation device bed1.scale --config station.toml --state /var/lib/hemostation\n  \
    hemostation device bed1.scale --config station.toml --state ./state --seconds 60 --traffic scale.jsonl\n  \
    hemostation device bed1.scale --config station.toml --replay scale.jsonl --json")]
pub(crate) struct Device {
    /// Its name
    name: String,
    /// The station's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The state folder, to be sure that no daemon runs
    #[arg(long, value_name = "DIR", required_unless_present = "replay")]
    state: Option<PathBuf>,
    /// How long to watch, seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Write every byte of a serial device to this file, one JSON object a line
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    traffic: Option<PathBuf>,
    /// Give the driver what such a file holds, without any device
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// One line of a traffic file.
#[derive(Debug, Serialize, Deserialize)]
struct Traffic {
    /// Since the beginning, us.
    at_us: u64,
    /// `in` from the device, `out` to it.
    way: Way,
    /// The bytes.
    hex: String,
}

/// The link, as a traffic file begins it.
const BEGIN: Mono = Mono(0);

impl Device {
    pub(super) fn run(self) -> Done {
        let config = check_config::read(&self.config)?;
        let Some((id, built)) = only(&self.name, build(&config)) else {
            let known = build(&config).drivers.into_iter().map(|(id, _)| id.to_string());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Failure::Usage(format!("no device {:?}; there are: {known}", self.name)));
        };
        if let Some(file) = &self.replay {
            return self.play(file, &id, built);
        }
        let Some(state) = &self.state else { return Err(Failure::Usage("--state is needed".to_owned())) };
        // Held until the end: no daemon starts meanwhile.
        let lock = StateDir::make(state).and_then(|folder| folder.lock()).map_err(Failure::refused)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let watched = runtime.map_err(Failure::refused)?.block_on(self.watch(&id, built));
        drop(lock);
        watched
    }

    async fn watch(&self, id: &DeviceId, built: Built) -> Done {
        let mut clock = SystemClock::new().map_err(Failure::refused)?;
        let begun = clock.now().mono;
        let beds: Vec<BedId> = built.beds.iter().map(|bed| bed.bed).collect();
        let mut host = Host::new(built.drivers);
        let mut links = Links::new(built.serial, built.chips, built.buses, built.enables);
        if let Some(file) = &self.traffic {
            links.tap(recorder(file, begun, id)?);
        }
        links.open_chips(begun);
        links.announce(begun, &mut host);
        let mut deadman = Deadman::default();
        let mut heard = false;
        loop {
            let now = clock.now().mono;
            if now.since(begun) >= Span::from_secs(self.seconds) {
                links.make_safe(now, &mut host);
                return if heard { Ok(()) } else { Err(self.nothing()) };
            }
            links.sample(now, &mut host);
            links.open_due(now, &mut host);
            host.timeouts(now);
            while let Some((id, outbound)) = host.poll_outbound() {
                links.send(now, &id, outbound, &mut host);
            }
            // A node's inputs count without a heartbeat too; with one it does not look like a dead station.
            deadman.stepped(now);
            beds.iter().for_each(|bed| deadman.passed(now, *bed));
            links.pulse(now, &mut deadman);
            while let Some((_, observation)) = host.poll_observation() {
                heard = true;
                self.tell(now.since(begun), &observation)?;
            }
            let due = [links.next_timeout(), host.next_timeout()].into_iter().flatten().min();
            let sleep = due.map_or(Span::from_millis(100), |at| at.since(now)).0.min(100_000);
            tokio::select! {
                arrived = links.read() => links.arrived(clock.now().mono, arrived, &mut host),
                () = tokio::time::sleep(Duration::from_micros(sleep)) => {}
            }
        }
    }

    /// Silence has to be told too: a port or chip that does not open gives no driver a word to say.
    fn nothing(&self) -> Failure {
        let (name, seconds) = (&self.name, self.seconds);
        Failure::Refused(format!(
            "{name}: not a word in {seconds} s; its port or chip does not open, or somebody else has it: see hemostation doctor"
        ))
    }

    /// Time passes as the file says, and no faster machine changes what comes out.
    fn play(&self, file: &Path, id: &DeviceId, built: Built) -> Done {
        let opened =
            File::open(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
        let mut host = Host::new(built.drivers);
        host.handle(BEGIN, id, Inbound::Opened);
        for (number, line) in BufReader::new(opened).lines().enumerate() {
            let wrong = |error: &dyn std::fmt::Display| {
                Failure::Usage(format!("{}:{}: {error}", file.display(), number + 1))
            };
            let line: Traffic =
                serde_json::from_str(&line.map_err(|e| wrong(&e))?).map_err(|error| wrong(&error))?;
            let now = Mono(line.at_us);
            while host.next_timeout().is_some_and(|at| at <= now) {
                let at = host.next_timeout().unwrap_or(now);
                host.timeouts(at);
                self.tell_all(at, &mut host)?;
            }
            if line.way == Way::In {
                let bytes = hex::decode(&line.hex).ok_or_else(|| wrong(&"not hexadecimal"))?;
                host.handle(now, id, Inbound::Bytes(&bytes));
            }
            self.tell_all(now, &mut host)?;
        }
        Ok(())
    }

    fn tell_all(&self, now: Mono, host: &mut Host) -> Done {
        while host.poll_outbound().is_some() {}
        while let Some((_, observation)) = host.poll_observation() {
            self.tell(now.since(BEGIN), &observation)?;
        }
        Ok(())
    }

    fn tell(&self, since: Span, observation: &Observation) -> Done {
        let (kind, what) = described(observation);
        if self.json {
            return print_json(&json!({ "at_us": since.0, "kind": kind, "what": what }));
        }
        let text = what.as_str().map_or_else(|| what.to_string(), str::to_owned);
        print(&format!("{:>9.3} s  {kind:<9} {text}\n", since.0 as f64 / 1e6))
    }
}

/// What a device said, without anybody's personal data.
fn described(observation: &Observation) -> (&'static str, Value) {
    match observation {
        Observation::Identity { serial, model } => {
            ("identity", json!({ "model": model, "serial": serial.as_ref().map(ToString::to_string) }))
        }
        Observation::Reading(reading) => ("reading", json!(reading)),
        Observation::Scan(scan) => ("scan", json!({ "aim": scan.aim, "text": scan.text })),
        Observation::Tag(tag) => ("tag", json!({ "uid": tag.uid, "text": tag.text })),
        Observation::Temperature(value) => ("reading", json!(value.to_string())),
        Observation::Card(card) => ("card", json!(format!("{:?} read, its data is not shown", card.kind))),
        Observation::Thrown(readings) => ("thrown", json!(format!("{readings} readings thrown away so far"))),
        Observation::Fault(fault) => ("fault", json!(fault.to_string())),
        Observation::Recovered => ("recovered", json!("the trouble is over")),
    }
}

/// The device of this name and nothing else of what was built; its chip keeps its other members, whose outputs stay safe.
fn only(name: &str, mut built: Built) -> Option<(DeviceId, Built)> {
    let id = built.drivers.iter().map(|(id, _)| id).find(|id| id.as_str() == name)?.clone();
    built.drivers.retain(|(other, _)| *other == id);
    built.serial.retain(|device| device.id == id);
    built.chips.retain(|chip| chip.members.iter().any(|(member, _)| *member == id));
    built.buses.retain(|bus| bus.nodes.iter().any(|n| n.members.iter().any(|(member, _)| *member == id)));
    built.enables.clear();
    Some((id, built))
}

fn recorder(file: &Path, begun: Mono, id: &DeviceId) -> Result<controller::devices::links::Tap, Failure> {
    if id.as_str().ends_with("id_reader") {
        let why = "the traffic of an ID card reader is personal data and is not recorded";
        return Err(Failure::Refused(why.to_owned()));
    }
    let shown = file.display().to_string();
    let mut out = File::create(file).map_err(|error| Failure::Usage(format!("{shown}: {error}")))?;
    Ok(Box::new(move |now: Mono, way: Way, bytes: &[u8]| {
        let line = Traffic { at_us: now.since(begun).0, way, hex: hex::encode(bytes) };
        let written = serde_json::to_string(&line).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|line| writeln!(out, "{line}")) {
            eprintln!("hemostation: {shown}: {error}");
        }
    }))
}
