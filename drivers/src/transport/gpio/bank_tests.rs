//! The wiring in front of a backend that is a plain table.

use super::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

type Board = Arc<Mutex<BTreeMap<u32, bool>>>;

/// Lines that are cells of a table which the test holds too.
struct Table {
    board: Board,
    inputs: Vec<u32>,
}

impl Lines for Table {
    fn drive(&mut self, line: u32, high: bool) -> Result<(), GpioError> {
        self.board.lock().unwrap().insert(line, high);
        Ok(())
    }
    fn sample(&mut self, into: &mut [bool]) -> Result<(), GpioError> {
        let board = self.board.lock().unwrap();
        for (level, line) in into.iter_mut().zip(&self.inputs) {
            *level = *board.get(line).ok_or(GpioError::NotYet)?;
        }
        Ok(())
    }
}

fn wire(line: u32, active_low: bool) -> Option<LineRef> {
    Some(LineRef { line, active_low, pull: Pull::AsIs })
}

fn bank(members: Vec<Wiring>) -> (Bank, Board) {
    let board = Board::default();
    let table = board.clone();
    let bank = Bank::open(members, |plan| {
        let inputs = plan.inputs.iter().map(|(line, _)| *line).collect();
        Ok(Box::new(Table { board: table, inputs }))
    });
    (bank.unwrap(), board)
}

fn poll(bank: &mut Bank) -> Vec<(usize, usize, bool)> {
    let mut changes = Vec::new();
    bank.poll(|member, input, active| changes.push((member, input, active))).unwrap();
    changes
}

#[test]
fn polarity_is_turned_on_the_way_in_and_out() {
    let (mut bank, board) =
        bank(vec![Wiring { inputs: vec![wire(9, true)], outputs: vec![wire(4, true), wire(5, false)] }]);
    bank.drive(0, 0, true).unwrap();
    bank.drive(0, 1, true).unwrap();
    assert!(!board.lock().unwrap()[&4]);
    assert!(board.lock().unwrap()[&5]);
    board.lock().unwrap().insert(9, false);
    assert_eq!(poll(&mut bank), [(0, 0, true)]);
}

#[test]
fn the_first_poll_tells_all_inputs_and_later_ones_the_changes() {
    let (mut bank, board) = bank(vec![
        Wiring { inputs: vec![wire(7, false), None, wire(3, false)], outputs: vec![] },
        Wiring { inputs: vec![wire(7, true)], outputs: vec![] },
    ]);
    assert_eq!(poll(&mut bank), [], "no levels yet");
    board.lock().unwrap().extend([(3, false), (7, false)]);
    assert_eq!(poll(&mut bank), [(0, 0, false), (0, 2, false), (1, 0, true)]);
    assert_eq!(poll(&mut bank), []);
    board.lock().unwrap().insert(7, true);
    assert_eq!(poll(&mut bank), [(0, 0, true), (1, 0, false)], "a shared input reaches both devices");
}

#[test]
fn make_safe_drives_every_output_inactive() {
    let (mut bank, board) =
        bank(vec![Wiring { inputs: vec![], outputs: vec![wire(4, true), None, wire(5, false)] }]);
    bank.drive(0, 0, true).unwrap();
    bank.drive(0, 1, true).unwrap();
    bank.drive(0, 2, true).unwrap();
    bank.make_safe().unwrap();
    assert_eq!(*board.lock().unwrap(), BTreeMap::from([(4, true), (5, false)]));
    assert!(matches!(bank.drive(0, 3, true), Err(GpioError::NotWired { member: 0, index: 3 })));
}

#[test]
fn outputs_are_made_safe_in_the_order_of_the_devices() {
    let output = |line| Wiring { inputs: vec![], outputs: vec![wire(line, false)] };
    let plan = Plan::new(&[output(27), output(4)]).unwrap();
    assert_eq!(plan.outputs, [(27, false), (4, false)]);
}

#[test]
fn a_line_with_two_purposes_is_refused() {
    let output = |line| Wiring { inputs: vec![], outputs: vec![wire(line, false)] };
    let input = |line, pull| Wiring {
        inputs: vec![Some(LineRef { line, active_low: false, pull })],
        outputs: vec![],
    };
    for members in [
        vec![output(4), output(4)],
        vec![input(4, Pull::AsIs), output(4)],
        vec![input(4, Pull::Up), input(4, Pull::Down)],
    ] {
        assert!(matches!(Plan::new(&members), Err(GpioError::WiredTwice(4))), "{members:?}");
    }
    assert!(Plan::new(&[input(4, Pull::Up), input(4, Pull::Up)]).is_ok());
}
