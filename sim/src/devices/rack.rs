//! The nodes of all beds on one RS-485 line, each with its bed's contacts.
//!
//! Owns: the way from a node's outputs to the bed's devices and from their switches to its inputs. Refuses: nothing; a node
//! refuses for itself. A crash is a cable pulled out.

use crate::devices::node::Node;
use crate::site::Site;
use crate::site::settings::{LineUse, node_lines_of};
use drivers::modbus::node::FIRST_OUTPUT;
use station::ident::BedId;
use station::measure::Mono;

/// The nodes and what hangs on them.
#[derive(Debug)]
pub struct Rack {
    nodes: Vec<(BedId, Vec<LineUse>)>,
}

impl Rack {
    /// One node for each bed; its address is the bed's number. The nodes themselves belong to the site.
    pub fn new(site: &mut Site) -> Self {
        let mut nodes = Vec::new();
        for bed in &mut site.beds {
            let number = bed.number();
            bed.node.get_or_insert_with(|| Node::new(number.number()));
            nodes.push((number, node_lines_of(number)));
        }
        Self { nodes }
    }

    /// Bytes from the line to all nodes, outputs to the beds; what is answered.
    pub fn hear(&self, now: Mono, bytes: &[u8], site: &mut Site) -> Vec<u8> {
        let mut answers = Vec::new();
        for (bed, lines) in &self.nodes {
            let Some(bed) = site.bed_mut(*bed) else { continue };
            let Some(node) = &mut bed.node else { continue };
            node.step(now.0);
            answers.extend(node.handle_bytes(now.0, bytes));
            let outputs = node.outputs();
            for line in lines.iter().filter(|line| line.output) {
                bed.drive(line.device, line.index, outputs >> (line.number - FIRST_OUTPUT) & 1 == 1);
            }
        }
        answers
    }

    /// The beds' switches to the nodes' inputs.
    pub fn feel(&self, site: &mut Site) {
        for (bed, lines) in &self.nodes {
            let Some(bed) = site.bed_mut(*bed) else { continue };
            let mut inputs = 0;
            for line in lines.iter().filter(|line| !line.output) {
                let active = bed.inputs(line.device).get(line.index).copied().unwrap_or(false);
                inputs |= u32::from(active) << line.number;
            }
            if let Some(node) = &mut bed.node {
                node.inputs = inputs;
            }
        }
    }
}
