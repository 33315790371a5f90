//! `hemostation device`: watch one device, try it by hand, record its traffic, play a record back.
//!
//! Owns: the loop around one device's driver, its safe end, and the form of the traffic file. Refuses: to reach past a daemon or
//! to an unfinished donation, an act that cannot be taken back without a person's word, and to record an ID card reader: that
//! would be personal data. Holds no state; a crash leaves a traffic file that ends early, and outputs as their backend leaves
//! them.

mod acts;
mod leave;

use super::{Done, Failure, check_config, print, print_json};
use acts::{Act, Verdict};
use clap::Args;
use controller::devices::bench::Bench;
use controller::devices::build::{Built, build};
use controller::devices::host::Host;
use controller::devices::links::{Tap, Way};
use controller::hex;
use controller::run::shutdown_on_signals;
use controller::state_dir::{StateDir, StateError};
use drivers::{Inbound, Observation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use station::ident::{BedId, DeviceId};
use station::measure::{Mono, Span};
use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// Watch one device, or try it by hand: weigh, read, scan, blink, open, close, divert, rock, seal, separate
///
/// Names are those of `hemostation doctor`: bed1.scale, bed2.clamp, shared.sealer, probe.fridge. Needs the device for itself: a
/// running daemon is only asked what it knows. Whatever moves or heats something is refused while a bed of that device has an
/// unfinished donation, is journaled first, and ends with every output safe, on Ctrl-C too. A seal or a separation asks for the
/// device's name to be typed. Ends with 1 when it did not work.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation device bed1.scale --config station.toml --state /var/lib/hemostation\n  \
    hemostation device bed1.scale weigh --config station.toml --state ./state\n  \
    hemostation device bed1.clamp open --seconds 5 --config station.toml --state ./state\n  \
    hemostation device shared.sealer seal --yes --json --config station.toml --state ./state\n  \
    hemostation device bed1.scale --config station.toml --state ./state --seconds 60 --traffic scale.jsonl\n  \
    hemostation device bed1.scale --config station.toml --replay scale.jsonl --json")]
pub(crate) struct Device {
    /// Its name
    name: String,
    /// What to do with it
    #[arg(value_enum, default_value_t = Act::Watch)]
    act: Act,
    /// The station's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The state folder, to be sure that no daemon runs
    #[arg(long, value_name = "DIR", required_unless_present = "replay")]
    state: Option<PathBuf>,
    /// How long, seconds
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: Option<u64>,
    /// Seal or separate without asking
    #[arg(long)]
    yes: bool,
    /// Write every byte of a serial device to this file, one JSON object a line
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    traffic: Option<PathBuf>,
    /// Give the driver what such a file holds, without any device
    #[arg(long, value_name = "FILE", conflicts_with = "yes")]
    replay: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Longest time for which something is moved or heated, seconds.
const MAX_ENERGY: u64 = 60;
/// A device answers and is ready within this, or is not ordered to do anything.
const ONLINE: Span = Span::from_secs(5);
/// What was ordered at the end has this long to be done.
const END: Span = Span::from_millis(500);

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
        let socket = |state: &Path| config.socket.path_in(state);
        let Some(chosen) = only(&self.name, self.act, build(&config)) else {
            let known = build(&config).drivers.into_iter().map(|(id, _)| id.to_string());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Failure::Usage(format!("no device {:?}; there are: {known}", self.name)));
        };
        if let Some(file) = &self.replay {
            return self.play(file, &chosen.id, chosen.built);
        }
        self.act.check(chosen.kind)?;
        let seconds = self.seconds.unwrap_or(self.act.seconds());
        if self.act.adds_energy() && seconds > MAX_ENERGY {
            return Err(Failure::Usage(format!("--seconds: found {seconds}; allowed: 1 to {MAX_ENERGY}")));
        }
        let Some(state) = &self.state else { return Err(Failure::Usage("--state is needed".to_owned())) };
        // Held until the end: no daemon starts meanwhile.
        let dir = StateDir::make(state).map_err(Failure::refused)?;
        let lock = match dir.lock() {
            Ok(lock) => lock,
            Err(StateError::InUse { .. }) => return self.beside_daemon(&socket(state), &chosen),
            Err(error) => return Err(Failure::refused(error)),
        };
        let mut leave = leave::without_daemon(&dir, lock, (&chosen.id, &chosen.beds), self.act)?;
        self.confirm()?;
        leave.journal(&chosen.id, self.act)?;
        let stop = shutdown_on_signals().map_err(Failure::refused)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::refused)?;
        let tried = runtime.block_on(self.attempt(chosen, Span::from_secs(seconds), stop));
        // A port or file that hangs keeps its thread: it is not waited for.
        runtime.shutdown_background();
        drop(leave);
        tried
    }

    /// A daemon has the device: what it knows of it is told; nothing is tried.
    fn beside_daemon(&self, socket: &Path, chosen: &Chosen) -> Done {
        let only_looks = matches!(self.act, Act::Watch | Act::Weigh | Act::Read) && self.traffic.is_none();
        if !only_looks {
            return Err(leave::refusal(socket, &chosen.id, &chosen.beds));
        }
        let report = leave::from_daemon(socket, &chosen.id)?;
        if self.json {
            return print_json(&report);
        }
        let said = report.reading.map(|reading| {
            format!("{}, {}.{} s ago", reading.what, reading.age.0 / 1_000_000, reading.age.0 / 100_000 % 10)
        });
        print(&format!(
            "the daemon has it: {}; more of it: hemostation doctor\n",
            said.unwrap_or_else(|| "it has said nothing yet".to_owned())
        ))
    }

    /// An act that cannot be taken back wants the device's name.
    fn confirm(&self) -> Done {
        if !self.act.is_final() || self.yes {
            return Ok(());
        }
        if std::io::stdin().is_terminal() {
            eprint!("Nothing but a piece of tubing in it, hands away? Type {} to go on: ", self.name);
        }
        let mut typed = String::new();
        let read = BufReader::new(std::io::stdin().lock().take(256)).read_line(&mut typed);
        read.map_err(|error| Failure::Usage(format!("standard input: {error}")))?;
        if typed.trim() == self.name {
            return Ok(());
        }
        Err(Failure::Refused(format!("not confirmed: {} was not typed, and nothing was done", self.name)))
    }

    async fn attempt(&self, chosen: Chosen, seconds: Span, stop: watch::Receiver<bool>) -> Done {
        let Chosen { id, built, .. } = chosen;
        let mut bench = Bench::new(built).map_err(Failure::refused)?;
        if let Some(file) = &self.traffic {
            bench.links().tap(recorder(file, &id)?);
        }
        let mut trial =
            Trial { act: self.act, online: None, verdict: Verdict::Nothing, heard: false, json: self.json };
        let mut orders = self.act.orders().into_iter().peekable();
        let mut outcome = Ok(());
        while outcome.is_ok() && !trial.is_over(bench.passed(), seconds) && !*stop.borrow() {
            outcome = trial.turn(&mut bench).await;
            let Some(online) = trial.online else { continue };
            while outcome.is_ok()
                && let Some((_, order)) = orders.next_if(|(at, _)| bench.passed() >= online + *at)
            {
                outcome = bench.order(&id, order).map_err(Failure::refused);
            }
        }
        let stopped = *stop.borrow();
        let ended = trial.end(&mut bench, &id).await;
        outcome.and(ended).and_then(|()| self.told(&trial, stopped, seconds))
    }

    /// Silence has to be told too: a port or chip that does not open gives no driver a word to say.
    fn told(&self, trial: &Trial, stopped: bool, seconds: Span) -> Done {
        let (name, act) = (&self.name, self.act);
        match trial.verdict {
            _ if stopped => Err(Failure::Refused(format!("{name}: interrupted; its outputs are safe"))),
            Verdict::Works => Ok(()),
            Verdict::Failed => {
                Err(Failure::Refused(format!("{name}: it does not work; what it said is above")))
            }
            Verdict::Nothing if !trial.heard => Err(Failure::Refused(format!(
                "{name}: not a word in {} s; its port or chip does not open, or somebody else has it: see hemostation doctor",
                seconds.min(ONLINE).0 / 1_000_000
            ))),
            Verdict::Nothing if trial.online.is_none() => Err(Failure::Refused(format!(
                "{name}: it is not ready, and nothing was ordered; what it said is above"
            ))),
            Verdict::Nothing => {
                Err(Failure::Refused(format!("{name}: no sign of {act:?} in {} s", seconds.0 / 1_000_000)))
            }
        }
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
            tell(now.since(BEGIN), &observation, self.json)?;
        }
        Ok(())
    }
}

/// One device being tried.
struct Trial {
    act: Act,
    /// When it had answered and was ready.
    online: Option<Span>,
    verdict: Verdict,
    heard: bool,
    json: bool,
}

impl Trial {
    fn is_over(&self, passed: Span, seconds: Span) -> bool {
        let works = self.verdict == Verdict::Works && self.act.ends_when_it_works();
        let failed = self.verdict == Verdict::Failed;
        let late = match self.online {
            Some(online) => passed >= online + seconds,
            None => passed >= if self.act == Act::Watch { seconds } else { ONLINE },
        };
        works || failed || late
    }

    async fn turn(&mut self, bench: &mut Bench) -> Done {
        let mut done = Ok(());
        let (act, json) = (self.act, self.json);
        let mut heard = Vec::new();
        bench
            .turn(&mut |since, _, said| {
                if done.is_ok() {
                    done = tell(since, &said, json);
                }
                heard.push((since, said));
            })
            .await;
        for (since, said) in heard {
            self.heard = true;
            match act.verdict(&said) {
                _ if self.verdict == Verdict::Failed => {}
                // What stood before it was ordered is no verdict on the order.
                Verdict::Failed if self.online.is_some() => self.verdict = Verdict::Failed,
                Verdict::Works if self.online.is_some() || !act.adds_energy() => {
                    self.verdict = Verdict::Works
                }
                Verdict::Nothing | Verdict::Works | Verdict::Failed => {}
            }
            if self.online.is_none() && act.may_begin(&said) {
                self.online = Some(since);
            }
        }
        done
    }

    /// Its safe state, and every other output's; whatever came before.
    async fn end(&mut self, bench: &mut Bench, id: &DeviceId) -> Done {
        let mut done = Ok(());
        if self.online.is_some() {
            for order in self.act.end() {
                // What is not there cannot be ordered; its outputs are driven below.
                if let Err(error) = bench.order(id, order) {
                    eprintln!("hemostation: {id}: {error}");
                }
            }
            let (verdict, until) = (self.verdict, bench.passed() + END);
            while !self.act.end().is_empty() && bench.passed() < until {
                done = done.and(self.turn(bench).await);
            }
            self.verdict = verdict;
        }
        bench.make_safe();
        done
    }
}

fn tell(since: Span, observation: &Observation, json: bool) -> Done {
    let (kind, what) = described(observation);
    if json {
        return print_json(&json!({ "at_us": since.0, "kind": kind, "what": what }));
    }
    let text = what.as_str().map_or_else(|| what.to_string(), str::to_owned);
    print(&format!("{:>9.3} s  {kind:<9} {text}\n", since.0 as f64 / 1e6))
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

/// A device with nothing else of what was built.
struct Chosen {
    id: DeviceId,
    kind: station::device::DeviceKind,
    /// The beds that it serves.
    beds: Vec<BedId>,
    built: Built,
}

/// The device of this name; its chip keeps its other members, whose outputs stay safe. What adds energy needs the enable lines of
/// its beds.
fn only(name: &str, act: Act, mut built: Built) -> Option<Chosen> {
    let route = built.routes.iter().find(|route| route.id.as_str() == name)?;
    let (id, kind, beds) = (route.id.clone(), route.kind, route.beds.clone());
    built.drivers.retain(|(other, _)| *other == id);
    built.serial.retain(|device| device.id == id);
    built.enables.retain(|enable| act.adds_energy() && enable.bed.is_none_or(|bed| beds.contains(&bed)));
    let wanted = |member: &DeviceId| *member == id || built.enables.iter().any(|enable| enable.id == *member);
    built.chips.retain(|chip| chip.members.iter().any(|(member, _)| wanted(member)));
    built.buses.retain(|bus| bus.nodes.iter().any(|n| n.members.iter().any(|(member, _)| *member == id)));
    Some(Chosen { id, kind, beds, built })
}

fn recorder(file: &Path, id: &DeviceId) -> Result<Tap, Failure> {
    if id.as_str().ends_with("id_reader") {
        let why = "the traffic of an ID card reader is personal data and is not recorded";
        return Err(Failure::Refused(why.to_owned()));
    }
    let shown = file.display().to_string();
    let mut out = File::create(file).map_err(|error| Failure::Usage(format!("{shown}: {error}")))?;
    let mut begun = None;
    Ok(Box::new(move |now: Mono, way: Way, bytes: &[u8]| {
        let begun = *begun.get_or_insert(now);
        let line = Traffic { at_us: now.since(begun).0, way, hex: hex::encode(bytes) };
        let written = serde_json::to_string(&line).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|line| writeln!(out, "{line}")) {
            eprintln!("hemostation: {shown}: {error}");
        }
    }))
}
