//! The bus against simulated nodes that know the protocol from a code of their own, in virtual time.

use super::super::node::{GUARDED, LAST_GUARDED};
use super::*;
use proptest::prelude::*;
use sim_node::Node as SimNode;

/// The simulator's node, by its source: that crate stands on this one.
#[path = "../../../sim/src/devices/node.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::cast_possible_truncation,
    reason = "it is the simulator's, used here in part"
)]
mod sim_node;

/// A line with its nodes, and what came out.
struct Bench {
    bus: Bus,
    nodes: Vec<SimNode>,
    now: Mono,
    told: Vec<(usize, NodeEvent)>,
    fed: bool,
    frames: Vec<Vec<u8>>,
}

const UNITS: [u8; 2] = [1, 7];

impl Bench {
    fn new() -> Self {
        let nodes: Vec<NodeSettings> =
            UNITS.iter().map(|unit| NodeSettings { unit: *unit, silence_ms: 400 }).collect();
        let mut bench = Self {
            bus: Bus::new(115_200, &nodes),
            nodes: UNITS.map(SimNode::new).to_vec(),
            now: Mono(1_000_000),
            told: Vec::new(),
            fed: true,
            frames: Vec::new(),
        };
        bench.bus.handle(bench.now, Inbound::Opened);
        bench
    }

    /// Both nodes answer.
    fn up() -> Self {
        let mut bench = Self::new();
        bench.pass(100);
        assert_eq!(bench.told.iter().filter(|(_, e)| *e == NodeEvent::Up).count(), 2, "{:?}", bench.told);
        bench.told.clear();
        bench
    }

    /// Moves frames: an answer arrives two milliseconds after its question.
    fn carry(&mut self) {
        while let Some(out) = self.bus.poll_outbound() {
            let Outbound::Bytes(bytes) = out else { continue };
            self.frames.push(bytes.clone());
            let answers: Vec<Vec<u8>> =
                self.nodes.iter_mut().map(|node| node.handle_bytes(self.now.0, &bytes)).collect();
            self.now = self.now + Span::from_millis(2);
            for answer in answers.into_iter().filter(|answer| !answer.is_empty()) {
                self.bus.handle(self.now, Inbound::Bytes(&answer));
            }
        }
        while let Some(event) = self.bus.poll_event() {
            self.told.push(event);
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now + Span::from_millis(ms);
        self.carry();
        while self.now < end {
            if self.fed {
                (0..self.nodes.len()).for_each(|at| self.bus.feed(self.now, at));
            }
            if self.bus.next_timeout().is_some_and(|at| at <= self.now) {
                self.bus.handle(self.now, Inbound::Timeout);
            }
            self.carry();
            self.now = self.now + Span::from_millis(1);
            self.nodes.iter_mut().for_each(|node| node.step(self.now.0));
        }
    }

    fn drive(&mut self, node: usize, line: u32, on: bool) -> Result<(), Trouble> {
        let done = self.bus.drive(self.now, node, line, on);
        self.carry();
        done
    }

    fn told(&mut self) -> Vec<(usize, NodeEvent)> {
        std::mem::take(&mut self.told)
    }
}

#[test]
fn the_first_words_on_the_line_switch_everything_off() {
    let mut b = Bench::new();
    b.nodes[0].handle_bytes(0, &[]);
    b.pass(30);
    // Unit 1, function 16, six registers from 0: command 5, number 1, heartbeat 1, 400 ms, no output.
    let sent = [1, 16, 0, 0, 0, 6, 12, 0, 5, 0, 1, 0, 1, 0x01, 0x90, 0, 0, 0, 0];
    assert_eq!(&b.frames[0][..19], sent);
    b.pass(100);
    let expected =
        [(0, NodeEvent::Up), (0, NodeEvent::Levels(0)), (1, NodeEvent::Up), (1, NodeEvent::Levels(0))];
    let mut told = b.told();
    told.sort_by_key(|(node, _)| *node);
    assert_eq!(told, expected);
    assert_eq!(b.nodes[0].state(), 1);
}

#[test]
fn inputs_are_told_at_each_change_and_outputs_follow() {
    let mut b = Bench::up();
    b.nodes[1].inputs = 0x8000_0001;
    b.pass(40);
    assert_eq!(b.told(), [(1, NodeEvent::Levels(0x8000_0001))]);
    b.drive(1, 32, true).unwrap();
    b.drive(1, 63, true).unwrap();
    b.pass(40);
    assert_eq!((b.nodes[0].outputs(), b.nodes[1].outputs()), (0, 0x8000_0001));
    b.drive(1, 32, false).unwrap();
    b.pass(20);
    assert_eq!(b.nodes[1].outputs(), 0x8000_0000);
    assert_eq!(b.told(), []);
}

#[test]
fn off_leaves_at_once_and_before_whatever_waits() {
    let mut b = Bench::up();
    b.drive(0, 32, true).unwrap();
    b.pass(40);
    // The other node has changes waiting; this one is switched off while a frame is on its way.
    for line in 33..40 {
        b.bus.drive(b.now, 1, line, true).unwrap();
    }
    b.frames.clear();
    b.bus.drive(b.now, 0, 32, false).unwrap();
    b.pass(12);
    assert_eq!(b.nodes[0].outputs(), 0, "within the frame on its way and its own");
    let first_of_node_0 = b.frames.iter().position(|f| f[0] == 1 && f[1] == 16).unwrap();
    assert!(first_of_node_0 <= 1, "{:02x?}", b.frames);
}

#[test]
fn an_enable_and_its_trigger_are_two_commands_in_this_order() {
    let mut b = Bench::up();
    let before = b.nodes[0].commands;
    b.bus.drive(b.now, 0, 33, true).unwrap();
    b.bus.drive(b.now, 0, 34, true).unwrap();
    b.frames.clear();
    b.pass(40);
    assert_eq!(b.nodes[0].commands - before, 2);
    let written: Vec<u8> = b.frames.iter().filter(|f| f[0] == 1 && f[1] == 16).map(|f| f[16]).collect();
    assert_eq!(written, [0b10, 0b110]);
}

#[test]
fn a_repeated_command_acts_once() {
    let mut b = Bench::up();
    let before = b.nodes[0].commands;
    b.nodes[0].mute = 2; // carried out, its answer lost, twice
    b.drive(0, 32, true).unwrap();
    b.frames.clear();
    b.pass(200);
    assert!(b.frames.iter().filter(|f| f[0] == 1 && f[1] == 16).count() >= 1);
    assert_eq!(b.nodes[0].commands - before, 1, "three frames, one act");
    assert_eq!((b.nodes[0].outputs(), b.told()), (1, vec![]));
}

#[test]
fn noise_for_a_quarter_of_a_second_loses_no_node_and_nothing_that_was_ordered() {
    let mut b = Bench::up();
    b.drive(0, 32, true).unwrap();
    b.pass(40);
    b.nodes[0].mute = 5;
    b.drive(0, 33, true).unwrap();
    b.pass(360);
    assert_eq!(b.told(), [], "five answers were lost");
    assert_eq!(b.nodes[0].outputs(), 0b11);
}

#[test]
fn a_node_that_restarts_between_a_command_and_its_repetition_stays_off() {
    let mut b = Bench::up();
    b.nodes[0].mute = 1;
    b.drive(0, 32, true).unwrap();
    assert_eq!(b.nodes[0].outputs(), 1);
    b.nodes[0].restart();
    b.pass(60);
    assert_eq!(b.nodes[0].outputs(), 0);
    assert_eq!(b.told()[0], (0, NodeEvent::Down(Trouble::Refused(4))));
}

#[test]
fn a_restart_is_told_and_the_node_comes_back_with_everything_off() {
    let mut b = Bench::up();
    b.drive(0, 32, true).unwrap();
    b.pass(40);
    b.nodes[0].restart();
    b.pass(100);
    let expected = [NodeEvent::Down(Trouble::Released), NodeEvent::Up, NodeEvent::Levels(0)];
    assert_eq!(b.told(), expected.map(|event| (0, event)));
    assert_eq!((b.nodes[0].outputs(), b.nodes[0].state()), (0, 1));
}

#[test]
fn a_silent_node_is_gone_when_it_has_released_its_outputs_and_costs_the_other_little() {
    let mut b = Bench::up();
    b.nodes[0].silent = true;
    let begun = b.now;
    while b.told.is_empty() {
        b.pass(1);
    }
    let took = b.now.since(begun);
    assert!(took >= Span::from_millis(390) && took < Span::from_millis(470), "{took:?}");
    assert_eq!(b.told(), [(0, NodeEvent::Down(Trouble::Silent))]);
    assert_eq!(b.drive(0, 32, true), Err(Trouble::LinkLost));
    b.drive(1, 32, true).unwrap();
    b.pass(80);
    assert_eq!(b.nodes[1].outputs(), 1, "an answer that does not come and a silence after it");
    b.pass(30_000);
    assert_eq!(b.told(), [], "the other one never suffers");
    assert_eq!(b.nodes[1].outputs(), 1);
    b.nodes[0].silent = false;
    b.pass(5_200);
    assert_eq!(b.told(), [(0, NodeEvent::Up), (0, NodeEvent::Levels(0))]);
}

#[test]
fn without_a_heartbeat_guarded_outputs_are_released_and_the_mixer_goes_on() {
    let mut b = Bench::up();
    b.drive(0, 32, true).unwrap();
    b.drive(0, 48, true).unwrap();
    b.pass(100);
    b.fed = false;
    let begun = b.now;
    while b.nodes[0].outputs() & GUARDED != 0 {
        b.pass(1);
        assert!(b.now.since(begun) < Span::from_millis(660), "250 ms of permission and 400 of silence");
    }
    assert_eq!(b.nodes[0].outputs(), 0x1_0000);
    b.pass(100);
    let expected = [NodeEvent::Down(Trouble::Released), NodeEvent::Up, NodeEvent::Levels(0)];
    assert_eq!(b.told(), expected.map(|event| (0, event)));
    assert_eq!((b.nodes[0].state(), b.nodes[1].state()), (5, 5));
    // The other one had nothing guarded on: it sleeps, its inputs still count, and it wakes with the first permission.
    b.nodes[1].inputs = 4;
    b.pass(40);
    assert_eq!(b.told(), [(1, NodeEvent::Levels(4))]);
    b.fed = true;
    b.pass(40);
    assert_eq!(b.nodes[1].state(), 1);
    b.drive(1, 32, true).unwrap();
    b.pass(40);
    assert_eq!(b.nodes[1].outputs(), 1);
    assert_eq!(b.told(), []);
}

#[test]
fn a_node_comes_back_asleep_when_nobody_feeds_it_and_can_prove_its_inputs() {
    let mut b = Bench::new();
    b.fed = false;
    b.nodes[0].inputs = 1;
    b.pass(100);
    assert!(b.told().contains(&(0, NodeEvent::Levels(1))));
    assert_eq!(b.nodes[0].state(), 5);
    assert_eq!(b.drive(0, 32, true), Ok(()));
    b.pass(60);
    assert_eq!(b.nodes[0].outputs(), 0, "no output without a heartbeat");
    assert_eq!(b.told()[0], (0, NodeEvent::Down(Trouble::Refused(4))));
}

#[test]
fn a_pulled_cable_is_every_node_s_trouble() {
    let mut b = Bench::up();
    b.bus.handle(b.now, Inbound::Lost);
    b.carry();
    let lost = NodeEvent::Down(Trouble::LinkLost);
    assert_eq!(b.told(), [(0, lost), (1, lost)]);
    assert_eq!(b.bus.next_timeout(), None);
    b.bus.handle(b.now, Inbound::Opened);
    b.pass(100);
    assert_eq!(b.told().iter().filter(|(_, e)| *e == NodeEvent::Up).count(), 2);
}

#[test]
fn the_map_ends_where_the_wiring_ends() {
    assert_eq!((FIRST_OUTPUT, LAST_GUARDED - FIRST_OUTPUT), (32, GUARDED.count_ones() - 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..crate::proptest_config() })]

    /// Whatever is lost, flipped, restarted and withheld: a guarded output is on only if it was ordered on since the node was
    /// last up, no command acts twice, and when trouble ends the outputs become what was ordered.
    #[test]
    fn nothing_is_on_that_was_not_ordered(steps in prop::collection::vec((0_u8..10, 0_usize..2, 0_u32..4, 0_u64..80), 0..60)) {
        let mut b = Bench::up();
        let mut ordered = [0_u32; 2];
        // Until when an output may still be on that is to be off.
        let mut off_by = [Mono::default(); 2];
        for (act, node, line, ms) in steps {
            match act {
                0..=3 => {
                    let on = act < 2;
                    if b.drive(node, 32 + line, on).is_ok() {
                        if !on {
                            // A lost answer or noise on the line comes first.
                            off_by[node] = off_by[node].max(b.now + Span::from_millis(300));
                        }
                        ordered[node] = if on { ordered[node] | 1 << line } else { ordered[node] & !(1 << line) };
                    }
                }
                4 => b.nodes[node].mute = line,
                5 => b.nodes[node].restart(),
                6 => b.fed = line > 0,
                7 => b.bus.handle(b.now, Inbound::Bytes(&[line as u8, 16, 0])),
                _ => b.nodes[node].inputs = line,
            }
            b.pass(ms);
            for (at, event) in b.told() {
                if matches!(event, NodeEvent::Down(_)) {
                    // What was on when a node was lost is off as soon as it hears, and by its own hand after 400 ms.
                    (ordered[at], off_by[at]) = (0, b.now + Span::from_millis(400));
                }
            }
            for at in (0..2).filter(|at| b.now > off_by[*at]) {
                prop_assert_eq!(b.nodes[at].outputs() & !ordered[at], 0);
            }
        }
        b.fed = true;
        b.nodes.iter_mut().for_each(|node| node.mute = 0);
        b.pass(6_000);
        for (at, event) in b.told() {
            if matches!(event, NodeEvent::Down(_)) {
                ordered[at] = 0;
            }
        }
        for (node, ordered) in b.nodes.iter().zip(ordered) {
            prop_assert_eq!(node.outputs(), ordered);
        }
    }
}
