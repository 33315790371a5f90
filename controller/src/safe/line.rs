//! The nodes of one RS-485 line, told without a daemon to have every output off.
//!
//! Owns: one attempt of bounded time, in which each node says itself that its outputs are off. Refuses: to let one silent node keep the others
//! waiting for longer than its share. What a crash does: a node without a heartbeat releases its guarded outputs by itself; this is for
//! the others, and for knowing it.

use crate::clock::{Clock as _, ClockError, SystemClock};
use crate::devices::build::BusPlan;
use drivers::modbus::bus::{Bus, NodeEvent, NodeSettings};
use drivers::transport::serial::{DataBits, LinkError, Parity, SerialLink, SerialSettings, StopBits};
use drivers::{Inbound, Outbound};
use serde::{Deserialize, Serialize};
use station::measure::Span;
use std::path::PathBuf;
use std::time::Duration;

/// So long a line is tried for each of its nodes: several repetitions at any speed.
const EACH: Span = Span::from_millis(1000);

/// A line and its nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMap {
    /// Stable name of its port.
    pub port: PathBuf,
    /// Bits per second.
    pub baud: u32,
    /// Seven data bits instead of eight.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seven_bits: bool,
    /// Parity of a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<Checked>,
    /// Two stop bits instead of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub two_stops: bool,
    /// Its nodes.
    pub nodes: Vec<NodeMap>,
}

/// How characters are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checked {
    /// Odd parity.
    Odd,
    /// Even parity.
    Even,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeMap {
    /// The site's name for it.
    pub name: String,
    /// Its address, 1 to 247.
    pub unit: u8,
    /// It releases its guarded outputs after this long without a heartbeat, ms.
    pub silence_ms: u16,
    /// How many outputs of devices hang on it.
    pub outputs: usize,
}

/// Why a node's outputs are not known to be off.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The port.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// No runtime for it.
    #[error("{}: {source}", .port.display())]
    Runtime {
        /// The port.
        port: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A node did not say it.
    #[error(
        "node {name} at {} does not say that its outputs are off; by itself it releases those it guards, {silence_ms} ms after its \
         last heartbeat",
        .port.display()
    )]
    Silent {
        /// The site's name for it.
        name: String,
        /// Its port.
        port: PathBuf,
        /// Its patience.
        silence_ms: u16,
    },
}

impl LineMap {
    /// The map of a line.
    pub(super) fn of(plan: &BusPlan) -> Self {
        let SerialSettings { path, baud, data_bits, parity, stop_bits } = plan.port.clone();
        let wires = |wiring: &drivers::transport::gpio::Wiring| wiring.outputs.iter().flatten().count();
        let nodes = plan.nodes.iter().map(|node| NodeMap {
            name: node.name.to_string(),
            unit: node.settings.unit,
            silence_ms: node.settings.silence_ms,
            outputs: node.members.iter().map(|(_, wiring)| wires(wiring)).sum(),
        });
        Self {
            port: path,
            baud,
            seven_bits: data_bits == DataBits::Seven,
            parity: match parity {
                Parity::None => None,
                Parity::Odd => Some(Checked::Odd),
                Parity::Even => Some(Checked::Even),
            },
            two_stops: stop_bits == StopBits::Two,
            nodes: nodes.collect(),
        }
    }

    fn settings(&self) -> SerialSettings {
        SerialSettings {
            data_bits: if self.seven_bits { DataBits::Seven } else { DataBits::Eight },
            parity: match self.parity {
                None => Parity::None,
                Some(Checked::Odd) => Parity::Odd,
                Some(Checked::Even) => Parity::Even,
            },
            stop_bits: if self.two_stops { StopBits::Two } else { StopBits::One },
            ..SerialSettings::new(self.port.clone(), self.baud)
        }
    }

    /// Tells every node of the line. Gives how many outputs are off, and why the others are not known to be.
    pub(super) fn drive(&self) -> (usize, Vec<LineError>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| LineError::Runtime { port: self.port.clone(), source });
        match runtime.and_then(|runtime| runtime.block_on(self.all_off())) {
            Ok(off) => {
                let (mut driven, mut silent) = (0, Vec::new());
                for (node, off) in self.nodes.iter().zip(off) {
                    if off {
                        driven += node.outputs;
                        continue;
                    }
                    let (name, port) = (node.name.clone(), self.port.clone());
                    silent.push(LineError::Silent { name, port, silence_ms: node.silence_ms });
                }
                (driven, silent)
            }
            Err(error) => (0, vec![error]),
        }
    }

    /// Opens the line, which begins with everything off, until every node has said so or its time is over.
    async fn all_off(&self) -> Result<Vec<bool>, LineError> {
        let mut clock = SystemClock::new()?;
        let mut link = SerialLink::open(&self.settings())?;
        let settings = |node: &NodeMap| NodeSettings { unit: node.unit, silence_ms: node.silence_ms };
        let mut bus = Bus::new(self.baud, &self.nodes.iter().map(settings).collect::<Vec<_>>());
        let mut off = vec![false; self.nodes.len()];
        let now = clock.now().mono;
        let until = now + Span(EACH.0.saturating_mul(self.nodes.len() as u64));
        bus.handle(now, Inbound::Opened);
        let mut buffer = [0_u8; 256];
        loop {
            while let Some(outbound) = bus.poll_outbound() {
                match outbound {
                    Outbound::Bytes(bytes) => link.write_now(&bytes)?,
                    Outbound::DrainInput => drop(link.drain_input()?),
                    // A line of bytes has no levels.
                    Outbound::Line { .. } => {}
                }
            }
            while let Some((node, event)) = bus.poll_event() {
                match event {
                    NodeEvent::Up => off[node] = true,
                    NodeEvent::Levels(_) | NodeEvent::Down(_) => {}
                }
            }
            let now = clock.now().mono;
            if now >= until || off.iter().all(|off| *off) {
                return Ok(off);
            }
            let wait = bus.next_timeout().unwrap_or(until).min(until).since(now);
            let heard = async {
                link.flush().await?;
                link.read(&mut buffer).await
            };
            match tokio::time::timeout(Duration::from_micros(wait.0), heard).await {
                Ok(read) => {
                    let read = read?;
                    bus.handle(clock.now().mono, Inbound::Bytes(&buffer[..read]));
                }
                Err(_) => bus.handle(clock.now().mono, Inbound::Timeout),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_there_is_said_and_its_settings_are_kept() {
        let node = NodeMap { name: "node1".to_owned(), unit: 1, silence_ms: 500, outputs: 3 };
        let line = LineMap {
            port: PathBuf::from("/nowhere/node"),
            baud: 115_200,
            seven_bits: false,
            parity: Some(Checked::Even),
            two_stops: true,
            nodes: vec![node],
        };
        let (driven, errors) = line.drive();
        assert!(
            driven == 0 && matches!(errors[..], [LineError::Link(LinkError::Absent { .. })]),
            "{errors:?}"
        );
        let again: LineMap = serde_json::from_str(&serde_json::to_string(&line).unwrap()).unwrap();
        assert_eq!(again, line);
        assert_eq!((again.settings().parity, again.settings().stop_bits), (Parity::Even, StopBits::Two));
    }
}
