//! `hemostation device`: watch one device, try it by hand, record its traffic, play a record back.
//!
//! Owns: the loop around one device's driver, and its safe end. Refuses: to reach past a daemon or to an unfinished
//! donation, and an act that cannot be taken back without a person's word. Holds no state; a crash leaves a record that
//! ends early, and outputs as their backend leaves them.

mod acts;
mod leave;

use super::{Done, Failure, check_config, print, print_json};
use acts::{Act, Verdict};
use clap::Args;
use config::{Identity, StationConfig, Traffic};
use controller::devices::bench::Bench;
use controller::devices::build::{Built, build};
use controller::devices::host::Host;
use controller::devices::traffic::{Limits, Played, Recorder, Run, TraceError, play, read};
use controller::run::shutdown_on_signals;
use controller::state_dir::{StateDir, StateError};
use drivers::Observation;
use leave::Person;
use serde_json::{Value, json};
use station::ident::{BedId, DeviceId};
use station::measure::{Mono, Span};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// Watch one device, or try it by hand: weigh, read, scan, blink, open, close, divert, rock, seal, separate
///
/// Names are those of `hemostation doctor`: bed1.scale, bed2.clamp, shared.sealer, probe.fridge. Needs the device for
/// itself: a running daemon is only asked what it knows. Whatever opens, moves or heats something wants number and PIN of a
/// nurse, lead or engineer, is refused while a bed of that device has an unfinished donation, is journaled first, and ends
/// with every output safe, on Ctrl-C too. A seal or a separation asks for the device's name to be typed. Ends with 1 when
/// it did not work.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation device bed1.scale --config station.toml --state /var/lib/hemostation\n  \
    hemostation device bed1.scale weigh --config station.toml --state ./state\n  \
    hemostation device bed1.clamp open --by 1003 --seconds 5 --config station.toml --state ./state\n  \
    hemostation device shared.sealer seal --by 1003 --yes --json --config station.toml --state ./state\n  \
    hemostation device bed1.scale --config station.toml --state ./state --seconds 60 --traffic ./trace\n  \
    hemostation device bed1.scale --config station.toml --replay ./trace --json")]
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
    #[command(flatten)]
    person: Person,
    /// Seal or separate without asking
    #[arg(long)]
    yes: bool,
    /// Write every byte that goes over its port into files in this folder, one JSON object a line; what card readers and scanners say
    /// is masked: it may be a donor's
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    traffic: Option<PathBuf>,
    /// Most files of it; the oldest gives way
    #[arg(long, requires = "traffic", default_value_t = 16, value_parser = within(&Traffic::FILES))]
    files: u32,
    /// Most of one file, KiB
    #[arg(long, requires = "traffic", default_value_t = 1024, value_parser = within(&Traffic::KIB))]
    kib: u32,
    /// Give the driver what such a folder, or a file of it, holds, without any device
    #[arg(long, value_name = "DIR", conflicts_with = "yes")]
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

impl Device {
    pub(super) fn run(self) -> Done {
        let config = check_config::read(&self.config)?;
        let socket = |state: &Path| config.socket.path_in(state);
        let Some(chosen) = only(&self.name, self.act, build(&config)) else {
            let known = build(&config).drivers.into_iter().map(|(id, _)| id.to_string());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Failure::Usage(format!("no device {:?}; there are: {known}", self.name)));
        };
        if let Some(record) = &self.replay {
            return self.play(record, &config, &chosen.id);
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
        let mut leave =
            leave::without_daemon(&dir, lock, (&chosen.id, &chosen.beds), (self.act, &self.person), &config)?;
        self.confirm()?;
        leave.journal(&chosen.id, self.act)?;
        let stop = shutdown_on_signals().map_err(Failure::refused)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::refused)?;
        let tried = runtime.block_on(self.attempt(chosen, &config.identity, Span::from_secs(seconds), stop));
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

    async fn attempt(
        &self,
        chosen: Chosen,
        identity: &Identity,
        seconds: Span,
        stop: watch::Receiver<bool>,
    ) -> Done {
        let Chosen { id, built, .. } = chosen;
        let mut bench = Bench::new(built).map_err(Failure::refused)?;
        let recorder = self.recorder(&mut bench, identity)?;
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
        // The tap goes with it.
        drop(bench);
        let ended = ended.and(recorder.map_or(Ok(()), |recorder| self.recorded(recorder)));
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

    fn recorder(&self, bench: &mut Bench, identity: &Identity) -> Result<Option<Recorder>, Failure> {
        let Some(folder) = &self.traffic else { return Ok(None) };
        let limits = Limits { files: self.files, kib: self.kib };
        let started = Recorder::start(folder, limits, Run::of(identity, bench.begun()));
        let (tap, recorder) =
            started.map_err(|error| Failure::Usage(format!("--traffic {}: {error}", folder.display())))?;
        bench.links().tap(tap);
        Ok(Some(recorder))
    }

    /// A record that is not whole is told as such.
    fn recorded(&self, recorder: Recorder) -> Done {
        match recorder.finish() {
            Ok(0) => Ok(()),
            Ok(missing) => Err(Failure::Refused(format!(
                "{}: the record lacks {missing} pieces, where its file says so: the disk did not keep up",
                self.name
            ))),
            Err(error) => Err(Failure::Refused(format!("{}: the record ends early: {error}", self.name))),
        }
    }

    fn play(&self, record: &Path, config: &StationConfig, device: &DeviceId) -> Done {
        let trace = read(record)?;
        let mut begun = Mono::default();
        play(trace, || Host::new(build(config).drivers), &mut |played| match played {
            Played::Run(run) => {
                begun = run.mono_us;
                Ok(())
            }
            Played::Said(now, id, said) if id == device => tell(now.since(begun), said, self.json),
            Played::Said(..) => Ok(()),
            Played::Missing(pieces) => {
                eprintln!("hemostation: {pieces} pieces are missing here");
                Ok(())
            }
            Played::Gap => {
                eprintln!("hemostation: files gave way here, and the record goes on behind them");
                Ok(())
            }
        })
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

/// A number within these bounds.
fn within(bounds: &RangeInclusive<u32>) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*bounds.start())..=i64::from(*bounds.end()))
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Self {
        Self::Usage(error.to_string())
    }
}
